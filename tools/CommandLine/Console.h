// How the tools talk: results on standard output, everything else on standard error, status 0 or 1.
#ifndef VSPEC_TOOLS_COMMANDLINE_CONSOLE_H
#define VSPEC_TOOLS_COMMANDLINE_CONSOLE_H
#include "vspec/Support/ReadableBytes.h"
#include "vspec/Support/Result.h"
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// CLI11's header takes seconds to compile: those that ask an App something include it themselves.
namespace CLI {
class App;
class Option;
class Validator;
} // namespace CLI

namespace vspec {

/// The version of the tools, as --version tells it.
const char *toolVersion();

/// Adds --version and parses. The exit status, if the program is to end now: 0 after --help and --version, 1 after a message
/// about a wrong command line. Values must not be empty, except that of `mayBeEmpty`.
std::optional<int> parseCommandLine(CLI::App &app, int argc, const char *const *argv, const CLI::Option *mayBeEmpty = nullptr);

/// Values of options: what is not such a number is refused with both.
CLI::Validator wholeNumber(uint64_t least, uint64_t most);
CLI::Validator realNumber(double least, double most);

/// A line of the program on standard error.
void note(const CLI::App &app, const std::string &message);
/// "PROGRAM: error: MESSAGE" on standard error; returns 1.
int fail(const CLI::App &app, const Error &error);

/// Writes to standard output and brings it there. A full disk is an error.
Result<void> writeOutput(std::string_view text);

} // namespace vspec
#endif
