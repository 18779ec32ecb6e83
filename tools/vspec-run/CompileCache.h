// Checkpoints are compiled before they run, once: the model files stay in a cache.
//
// The cache is $XDG_CACHE_HOME/vspec, or ~/.cache/vspec. A file's name has the checkpoint's name and a hash over its place,
// the sizes and times of its files, and the compiler, so that whatever changes, nothing stale runs. The files may be deleted
// at any time.
#ifndef VSPEC_TOOLS_VSPECRUN_COMPILECACHE_H
#define VSPEC_TOOLS_VSPECRUN_COMPILECACHE_H
#include "vspec/Support/Result.h"
#include <functional>
#include <string>

namespace vspec {

/// The model file for `path`: itself, if it is none of GGUF and folder, else that of the cache, which vspec-compile beside
/// this program makes if it is not there. What it prints goes to standard error; `tell` gets a sentence before it starts.
Result<std::string> modelFileOf(const std::string &path, const std::function<void(const std::string &)> &tell);

} // namespace vspec
#endif
