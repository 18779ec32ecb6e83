// Texts, token ids and models as command lines name them.
#ifndef VSPEC_TOOLS_COMMANDLINE_INPUTFILES_H
#define VSPEC_TOOLS_COMMANDLINE_INPUTFILES_H
#include "vspec/Support/Result.h"
#include <cstdint>
#include <string>
#include <vector>

namespace vspec {

/// 'PATH', whole: unlike what a file says, what the user typed is not cut.
inline std::string quotedPath(const std::string &path) { return "'" + path + "'"; }

/// The bytes of a file as they are; "-" reads standard input.
Result<std::string> readTextFile(const std::string &path);

/// Decimal ids between white space: "1 403 407\n". At least one, each below `vocabulary`.
Result<std::vector<int32_t>> readTokenFile(const std::string &path, uint32_t vocabulary);

enum class InputKind {
  ModelFile,
  GGUF,
  Folder, // a checkpoint of Hugging Face, if anything
  Other,
};

/// By the first bytes, not by the name.
Result<InputKind> inputKind(const std::string &path);

} // namespace vspec
#endif
