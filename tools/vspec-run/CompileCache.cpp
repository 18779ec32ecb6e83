#include "CompileCache.h"
#include "CommandLine/Console.h"
#include "CommandLine/InputFiles.h"
#include "vspec/Support/Sha256.h"
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace fs = std::filesystem;

namespace vspec {
namespace {

Error because(const fs::path &path, const std::string &reason) { return Error{quotedPath(path.string()) + ": " + reason}; }

Result<fs::path> cacheFolder() {
  const char *xdg = std::getenv("XDG_CACHE_HOME"), *home = std::getenv("HOME");
  fs::path folder;
  if (xdg && *xdg == '/')
    folder = fs::path(xdg) / "vspec";
  else if (home && *home == '/')
    folder = fs::path(home) / ".cache/vspec";
  else
    return Error{"no place for compiled checkpoints: neither XDG_CACHE_HOME nor HOME is an absolute path"};
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed)
    return because(folder, "cannot create the folder for compiled checkpoints: " + failed.message());
  return folder;
}

Result<fs::path> compilerBesideThisProgram(const std::string &checkpoint) {
  std::error_code failed;
  const fs::path self = fs::read_symlink("/proc/self/exe", failed);
  const fs::path compiler = self.parent_path() / "vspec-compile";
  if (failed || access(compiler.c_str(), X_OK) != 0)
    return Error{quotedPath(checkpoint) + " is a checkpoint, not a model file, and " + quotedPath(compiler.string()) +
                 " is not there to compile it"};
  return compiler;
}

/// Path, bytes and time of a file, for the key.
Result<std::string> identity(const fs::path &path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0)
    return because(path, std::strerror(errno));
  return path.string() + '\n' + std::to_string(status.st_size) + ' ' + std::to_string(status.st_mtim.tv_sec) + '.' +
         std::to_string(status.st_mtim.tv_nsec) + '\n';
}

Result<std::vector<fs::path>> filesOf(const fs::path &checkpoint, InputKind kind) {
  if (kind != InputKind::Folder)
    return std::vector<fs::path>{checkpoint};
  std::vector<fs::path> files;
  std::error_code failed;
  for (fs::directory_iterator at(checkpoint, failed), end; !failed && at != end; at.increment(failed))
    files.push_back(at->path());
  if (failed)
    return because(checkpoint, failed.message());
  std::sort(files.begin(), files.end());
  return files;
}

Result<std::string> keyOf(const fs::path &checkpoint, InputKind kind, const fs::path &compiler) {
  auto files = filesOf(checkpoint, kind);
  if (!files)
    return files.error();
  files->push_back(compiler);
  Sha256 hash;
  const std::string about = std::string(toolVersion()) + '\n';
  hash.update(about.data(), about.size());
  for (const fs::path &file : *files) {
    auto line = identity(file);
    if (!line)
      return line.error();
    hash.update(line->data(), line->size());
  }
  return toHex(hash.finish()).substr(0, 16);
}

// The file stays on this machine.
#ifdef __aarch64__
constexpr char ownTargets[] = "--target=cpu:aarch64";
#else
constexpr char ownTargets[] = "--target=cpu:x86_64";
#endif

/// Runs the compiler with standard error as its standard output: ours is for results.
Result<void> compile(const fs::path &compiler, const std::string &checkpoint, const fs::path &output) {
  const pid_t child = fork();
  if (child < 0)
    return because(compiler, std::string("cannot start: ") + std::strerror(errno));
  if (child == 0) {
    dup2(STDERR_FILENO, STDOUT_FILENO);
    execl(compiler.c_str(), compiler.c_str(), checkpoint.c_str(), "-o", output.c_str(), ownTargets, static_cast<char *>(nullptr));
    _exit(127);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return because(compiler, std::strerror(errno));
  if (WIFSIGNALED(status))
    return because(checkpoint, "vspec-compile was ended by signal " + std::to_string(WTERMSIG(status)));
  if (WEXITSTATUS(status) != 0)
    return because(checkpoint, "vspec-compile refused it with status " + std::to_string(WEXITSTATUS(status)));
  return {};
}

} // namespace

Result<std::string> modelFileOf(const std::string &path, const std::function<void(const std::string &)> &tell) {
  auto kind = inputKind(path);
  if (!kind)
    return kind.error();
  if (*kind != InputKind::GGUF && *kind != InputKind::Folder)
    return path;
  std::error_code failed;
  if (*kind == InputKind::Folder && !fs::exists(fs::path(path) / "config.json", failed))
    return because(path, "neither a model file nor a checkpoint: the folder has no config.json");
  const fs::path checkpoint = fs::canonical(path, failed);
  if (failed)
    return because(path, failed.message());
  auto compiler = compilerBesideThisProgram(path);
  if (!compiler)
    return compiler.error();
  auto key = keyOf(checkpoint, *kind, *compiler);
  if (!key)
    return key.error();
  auto folder = cacheFolder();
  if (!folder)
    return folder.error();
  const fs::path output = *folder / (checkpoint.stem().string() + '-' + *key + ".vspec");
  if (fs::exists(output, failed))
    return output.string();
  tell("compiling " + quotedPath(path) + " to " + quotedPath(output.string()) + ", once");
  if (auto compiled = compile(*compiler, checkpoint.string(), output); !compiled)
    return compiled.error();
  return output.string();
}

} // namespace vspec
