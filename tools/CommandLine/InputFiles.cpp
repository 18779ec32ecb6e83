#include "CommandLine/InputFiles.h"
#include "vspec/ModelFormat.h"
#include "vspec/Support/Quote.h"
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>
#include <sys/stat.h>

namespace vspec {
namespace {

struct Close {
  void operator()(std::FILE *file) const { std::fclose(file); }
};

Error cannotRead(const std::string &path) { return Error{quotedPath(path) + ": " + std::strerror(errno)}; }

bool isSpace(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

} // namespace

Result<std::string> readTextFile(const std::string &path) {
  const bool standardInput = path == "-";
  std::unique_ptr<std::FILE, Close> opened(standardInput ? nullptr : std::fopen(path.c_str(), "rb"));
  std::FILE *file = standardInput ? stdin : opened.get();
  if (!file)
    return cannotRead(path);
  std::string text;
  char block[65536];
  while (size_t count = std::fread(block, 1, sizeof(block), file))
    text.append(block, count);
  if (std::ferror(file))
    return cannotRead(standardInput ? "standard input" : path);
  return text;
}

Result<std::vector<int32_t>> readTokenFile(const std::string &path, uint32_t vocabulary) {
  auto text = readTextFile(path);
  if (!text)
    return text.error();
  std::vector<int32_t> tokens;
  const char *end = text->data() + text->size();
  for (const char *at = text->data();;) {
    while (at != end && isSpace(*at))
      ++at;
    if (at == end)
      break;
    const char *wordEnd = at;
    while (wordEnd != end && !isSpace(*wordEnd))
      ++wordEnd;
    int32_t token = -1;
    const auto parsed = std::from_chars(at, wordEnd, token);
    if (parsed.ec != std::errc() || parsed.ptr != wordEnd || token < 0 || uint32_t(token) >= vocabulary)
      return Error{quotedPath(path) + ": token " + std::to_string(tokens.size()) + " is " + quote({at, size_t(wordEnd - at)}) +
                   ", expected an id from 0 to " + std::to_string(vocabulary - 1)};
    tokens.push_back(token);
    at = wordEnd;
  }
  if (tokens.empty())
    return Error{quotedPath(path) + " holds no tokens, expected ids between white space"};
  return tokens;
}

Result<InputKind> inputKind(const std::string &path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0)
    return cannotRead(path);
  if (S_ISDIR(status.st_mode))
    return InputKind::Folder;
  if (!S_ISREG(status.st_mode))
    return Error{quotedPath(path) + " is neither a file nor a folder"};
  std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
  if (!file)
    return cannotRead(path);
  char start[8] = {};
  const size_t count = std::fread(start, 1, sizeof(start), file.get());
  if (count == sizeof(start) && std::memcmp(start, file::magic, sizeof(start)) == 0)
    return InputKind::ModelFile;
  return count >= 4 && std::memcmp(start, "GGUF", 4) == 0 ? InputKind::GGUF : InputKind::Other;
}

} // namespace vspec
