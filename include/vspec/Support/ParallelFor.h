// One loop over several threads. Who takes which index is left to chance; what an index computes must not depend on it.
#ifndef VSPEC_SUPPORT_PARALLELFOR_H
#define VSPEC_SUPPORT_PARALLELFOR_H
#include <atomic>
#include <cstddef>
#include <functional>

namespace vspec {

/// Calls `work` on up to `threads` threads at once, of which the caller is one, and returns when all calls have returned. If
/// the system refuses a thread, there are fewer calls.
void runOnThreads(size_t threads, const std::function<void()> &work);

/// Calls fn(index) once for each index below `count`, on `threads` threads, of which the caller is one; 0 counts as 1.
/// Indices are handed out in ascending order. Returns when all calls have returned. `fn` must not throw: it writes its
/// result, a Result<T> for instance, to a place of its own, and the caller takes the first error by index. If the system
/// refuses a thread, the others do its share.
template <typename Fn> void parallelFor(size_t count, unsigned threads, Fn fn) {
  std::atomic<size_t> next{0};
  runOnThreads(threads < count ? threads : count, [&] {
    for (size_t index = next++; index < count; index = next++)
      fn(index);
  });
}

} // namespace vspec
#endif
