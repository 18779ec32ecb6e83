// Starts the threads. Apart from the header because the compiler, which shares it, is built without exceptions.
#include "vspec/Support/ParallelFor.h"
#include <system_error>
#include <thread>
#include <vector>

void vspec::runOnThreads(size_t threads, const std::function<void()> &work) {
  std::vector<std::thread> others;
  try {
    while (others.size() + 1 < threads)
      others.emplace_back(work);
  } catch (const std::system_error &) {
  }
  work();
  for (std::thread &other : others)
    other.join();
}
