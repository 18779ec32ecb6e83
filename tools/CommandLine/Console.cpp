#include "CommandLine/Console.h"
#include "vspec/Support/Quote.h"
#include <CLI/CLI.hpp>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>

namespace vspec {

namespace {

// "--weights=" would take the next argument, perhaps another option, for its value.
std::optional<std::string> optionWithoutValue(const CLI::App &app, int argc, const char *const *argv) {
  for (int i = 1; i < argc && std::strcmp(argv[i], "--") != 0; ++i) {
    const std::string argument = argv[i];
    if (argument.size() < 4 || argument.compare(0, 2, "--") != 0 || argument.find('=') != argument.size() - 1)
      continue;
    const CLI::Option *option = app.get_option_no_throw(argument.substr(0, argument.size() - 1));
    if (option && option->get_items_expected_max() > 0)
      return argument + " has no value, expected " + argument + option->get_type_name();
  }
  return std::nullopt;
}

// An empty text would pass for an option that was not given.
std::optional<std::string> emptyValue(const CLI::App &app, const CLI::Option *mayBeEmpty) {
  for (const CLI::Option *option : app.get_options())
    for (const std::string &value : option->results())
      if (value.empty() && option != mayBeEmpty)
        return option->get_name() + " is empty, expected " + option->get_type_name();
  return std::nullopt;
}

int wrongCommandLine(const CLI::App &app, const std::string &why) {
  std::fprintf(stderr, "%s: error: %s\nRun %s --help for the options.\n", app.get_name().c_str(), why.c_str(), app.get_name().c_str());
  return 1;
}

} // namespace

const char *toolVersion() { return VSPEC_VERSION; }

std::optional<int> parseCommandLine(CLI::App &app, int argc, const char *const *argv, const CLI::Option *mayBeEmpty) {
  app.set_version_flag("--version", app.get_name() + " " VSPEC_VERSION, "Print the version and exit");
  app.get_formatter()->column_width(34);
  if (auto why = optionWithoutValue(app, argc, argv))
    return wrongCommandLine(app, *why);
  try {
    app.parse(argc, argv);
    auto why = emptyValue(app, mayBeEmpty);
    return why ? std::optional(wrongCommandLine(app, *why)) : std::nullopt;
  } catch (const CLI::CallForHelp &) {
    std::fputs(app.help().c_str(), stdout);
  } catch (const CLI::CallForVersion &) {
    std::printf("%s\n", app.version().c_str());
  } catch (const CLI::Error &error) {
    return wrongCommandLine(app, error.what());
  }
  if (auto written = writeOutput(""); !written)
    return fail(app, written.error());
  return 0;
}

CLI::Validator wholeNumber(uint64_t least, uint64_t most) {
  const std::string range = std::to_string(least) + " to " + std::to_string(most);
  const auto check = [=](const std::string &text) -> std::string {
    uint64_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool fine = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && value >= least && value <= most;
    return fine ? "" : "is " + quote(text) + ", expected a whole number from " + range;
  };
  return CLI::Validator(check, "");
}

CLI::Validator realNumber(double least, double most) {
  char range[64];
  std::snprintf(range, sizeof(range), "%g to %g", least, most);
  const auto check = [=, range = std::string(range)](const std::string &text) -> std::string {
    double value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool fine = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && value >= least && value <= most;
    return fine ? "" : "is " + quote(text) + ", expected a number from " + range;
  };
  return CLI::Validator(check, "");
}

void note(const CLI::App &app, const std::string &message) { std::fprintf(stderr, "%s: %s\n", app.get_name().c_str(), message.c_str()); }

int fail(const CLI::App &app, const Error &error) {
  note(app, "error: " + error.message);
  return 1;
}

Result<void> writeOutput(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    return Error{std::string("cannot write to standard output: ") + std::strerror(errno)};
  return {};
}

} // namespace vspec
