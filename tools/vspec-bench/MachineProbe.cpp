#include "MachineProbe.h"
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <numeric>
#include <sys/mman.h>
#include <thread>
#include <vector>

namespace vspec {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t leastBuffer = 256u << 20, mostBuffer = 2u << 30, cachesOfBuffer = 8;
constexpr uint64_t block = 4u << 20; // is read between two looks at the clock
constexpr uint64_t roundsOfBlock = 20000;
constexpr auto readTime = std::chrono::milliseconds(100), multiplyTime = std::chrono::milliseconds(30);

/// Runs `work(thread)`, a block of something, over and over on so many threads at once, for that long. Each thread divides
/// what its blocks returned by its own time; the sum of these rates.
template <typename Work> double rateOf(unsigned threads, Clock::duration time, const Work &work) {
  std::vector<double> rates(threads);
  std::atomic<unsigned> ready{0};
  const auto run = [&](unsigned thread) {
    ++ready;
    while (ready < threads) // a barrier: none measures alone
      std::this_thread::yield();
    const Clock::time_point start = Clock::now();
    Clock::time_point now = start;
    double done = 0;
    for (; now - start < time; now = Clock::now())
      done += work(thread);
    rates[thread] = done / std::chrono::duration<double>(now - start).count();
  };
  std::vector<std::thread> others;
  for (unsigned thread = 1; thread < threads; ++thread)
    others.emplace_back(run, thread);
  run(0);
  for (std::thread &other : others)
    other.join();
  return std::accumulate(rates.begin(), rates.end(), 0.0);
}

} // namespace

void MachineProbe::Unmap::operator()(uint8_t *memory) const { munmap(memory, bytes); }

Result<MachineProbe> MachineProbe::create(uint64_t cacheBytes) {
  const uint64_t bytes = std::clamp(cachesOfBuffer * cacheBytes, leastBuffer, mostBuffer) / block * block;
  void *memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return Error{"no memory for the " + std::to_string(bytes) + " bytes that are read to measure the machine: " + std::strerror(errno)};
  // Huge pages where the system gives them: the loop is to measure the memory, not the page tables.
  madvise(memory, bytes, MADV_HUGEPAGE);
  std::unique_ptr<uint8_t[], Unmap> buffer(static_cast<uint8_t *>(memory), Unmap{bytes});
  std::memset(memory, 1, bytes); // else all pages would be the one zero page
  return MachineProbe(std::move(buffer));
}

MachineRates MachineProbe::measure(unsigned threads) const {
  const uint64_t blocks = bufferBytes() / block;
  std::vector<uint64_t> next(threads * 8); // a line for each thread
  std::atomic<uint64_t> sink{0};
  const double bytes = rateOf(threads, readTime, [&](unsigned thread) {
    // Each thread walks round its own part.
    const uint64_t begin = blocks * thread / threads, end = std::max(begin + 1, blocks * (thread + 1) / threads);
    const uint64_t at = begin + next[thread * 8]++ % (end - begin);
    sink.store(reading.read(buffer.get() + at * block, block), std::memory_order_relaxed);
    return double(block);
  });
  const auto operations = [&](const MultiplyLoop &loop) {
    return rateOf(threads, multiplyTime, [&](unsigned) {
      loop.run(roundsOfBlock);
      return double(loop.operations * roundsOfBlock);
    });
  };
  return {bytes, operations(int8), operations(f32)};
}

} // namespace vspec
