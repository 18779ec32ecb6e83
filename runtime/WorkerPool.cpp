#include "runtime/WorkerPool.h"
#include "runtime/FloatingPointMode.h"
#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <linux/futex.h>
#include <new>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace vspec {
namespace {

// About two tiles: shorter than that, sleeping costs more than waiting; longer, waiting takes time from others.
constexpr uint64_t pauseNanoseconds = 100000;

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb" ::: "memory"); // "yield" does nothing on most cores
#endif
}

void futex(uint32_t *word, int operation, uint32_t value) { syscall(SYS_futex, word, operation, value, nullptr, nullptr, 0); }

uint64_t stateOf(uint32_t launch, uint32_t units) { return uint64_t(launch) << 32 | units; }
uint32_t launchOf(uint64_t state) { return uint32_t(state >> 32); }

} // namespace

// The upper half of what is running.
uint32_t *WorkerPool::launchWord() { return reinterpret_cast<uint32_t *>(&running) + (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 1 : 0); }

Result<std::unique_ptr<WorkerPool>> WorkerPool::start(unsigned workers, uint8_t *scratch, uint64_t scratchStride,
                                                      const Topology &topology) {
  if (!workers || workers > maxWorkers)
    return Error{std::to_string(workers) + " threads asked for, but the runtime takes 1 to " + std::to_string(maxWorkers)};
  std::unique_ptr<WorkerPool> pool(new WorkerPool);
  pool->scratch = scratch;
  pool->scratchStride = scratchStride;
  pool->count = workers;
  pool->topology = topology;
  pool->topology.nodes.resize(std::min<size_t>(topology.nodes.size(), workers));
  pool->shares.reset(new Share[workers]);
  pool->threads.reset(new pthread_t[workers]);
  pool->starts.reset(new Start[workers]);
  // The signals of the host program belong to the host's threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int failed = 0;
  for (; !failed && pool->started < workers; pool->started += !failed) {
    pool->starts[pool->started] = {pool.get(), pool->started};
    failed = pthread_create(&pool->threads[pool->started], nullptr, main, &pool->starts[pool->started]);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (failed)
    return Error{"the system gave " + std::to_string(pool->started) + " of " + std::to_string(workers) + " threads (error " +
                 std::to_string(failed) + ")"};
  return pool;
}

WorkerPool::~WorkerPool() {
  leave = true;
  for (unsigned i = 1; i < started; ++i) {
    // A worker between its look at `leave` and the futex would sleep on: change the word that it compares with.
    running.fetch_add(stateOf(1, 0));
    futex(launchWord(), FUTEX_WAKE_PRIVATE, INT_MAX);
    pthread_join(threads[i], nullptr);
  }
}

void *WorkerPool::main(void *start) {
  auto *mine = static_cast<Start *>(start);
  FloatingPointMode mode;
  if (mine->pool->topology.count() > 1)
    mine->pool->topology.pin(mine->pool->topology.nodeOf(mine->worker, mine->pool->count));
  mine->pool->work(mine->worker, 0, false);
  return nullptr;
}

uint64_t WorkerPool::processorNanoseconds() const {
  uint64_t sum = 0;
  for (unsigned i = 1; i < started; ++i) {
    clockid_t clock;
    timespec t = {};
    if (pthread_getcpuclockid(threads[i], &clock) == 0 && clock_gettime(clock, &t) == 0)
      sum += uint64_t(t.tv_sec) * 1000000000u + uint64_t(t.tv_nsec);
  }
  return sum;
}

void WorkerPool::run(const PoolLaunch *launches, uint32_t launchCount, const StepArguments &step) {
  FloatingPointMode mode;
  list = launches;
  listed = launchCount;
  arguments = &step;
  first = launchOf(running.load()) + 1;
  // A share without units in any launch must not keep its number until numbers come round.
  for (unsigned share = 0; share < count; ++share)
    shares[share].state.store(stateOf(first - 1, bias), std::memory_order_relaxed);
  open(first);
  work(0, first + launchCount, true);
}

void WorkerPool::open(uint32_t launch) {
  uint32_t at = launch - first, units = at < listed ? list[at].units() : 0;
  bool last = at >= listed; // the caller must wake, whoever else sleeps
  done.store(0, std::memory_order_relaxed);
  running.store(stateOf(launch, units)); // seq_cst: ordered before the look at sleepers
  if (!sleepers.load())
    return;
  // One unit is for us, each other can feed one sleeper.
  if (uint32_t wake = last ? INT_MAX : units - 1)
    futex(launchWord(), FUTEX_WAKE_PRIVATE, wake);
}

// Waits until the launch number is not `launch`.
void WorkerPool::await(uint32_t launch) {
  for (uint64_t end = 0;;) {
    for (int i = 0; i < 16; ++i) {
      if (launchOf(running.load(std::memory_order_acquire)) != launch || leave)
        return;
      relax();
    }
    uint64_t now = monotonicNanoseconds();
    if (!end)
      end = now + pauseNanoseconds;
    if (now >= end)
      break;
  }
  while (launchOf(running.load()) == launch && !leave) {
    ++sleepers;
    futex(launchWord(), FUTEX_WAIT_PRIVATE, launch);
    --sleepers;
  }
}

WorkerPool::Take WorkerPool::take(unsigned share, uint32_t launch, uint32_t units) {
  auto freeOf = [](uint64_t s) { return int32_t(uint32_t(s) - bias); };
  auto worth = [](uint32_t units) { return std::max(1u, units / takesPerShare); };
  std::atomic<uint64_t> &state = shares[share].state;
  // Not opened yet. If the launch that we see were over, somebody would have: then the number is not below ours.
  uint64_t s = state.load(std::memory_order_acquire);
  while (int32_t(launchOf(s) - launch) < 0) {
    uint32_t begin = beginOf(share, count, units), size = beginOf(share + 1, count, units) - begin;
    if (!size)
      return {};
    if (state.compare_exchange_weak(s, stateOf(launch, bias + size - worth(size)), std::memory_order_acq_rel, std::memory_order_acquire))
      return {launch, units, begin, worth(size)};
  }
  if (freeOf(s) <= 0)
    return {};
  uint32_t wanted = worth(uint32_t(freeOf(s)));
  s = state.fetch_sub(wanted, std::memory_order_acq_rel);
  if (freeOf(s) <= 0)
    return {};
  launch = launchOf(s); // it may be a later one
  units = list[launch - first].units();
  return {launch, units, beginOf(share + 1, count, units) - uint32_t(freeOf(s)), std::min(wanted, uint32_t(freeOf(s)))};
}

// Takes all that is left of a share, and tells what is done at the end, which opens the next launch if it was the last of this one.
void WorkerPool::empty(unsigned share, uint32_t launch, uint32_t units, uint8_t *mine, uint64_t &prepared) {
  uint32_t sum = 0;
  LaunchRecord *record = nullptr;
  LaunchPart part = {};
  for (Take taken; (taken = take(share, launch, units)).count; sum += taken.count) {
    launch = taken.launch, units = taken.units; // no other from now on: it does not end without ours
    const PoolLaunch &now = list[launch - first];
    if (now.record && !sum) {
      record = now.record;
      part.processor = record->countsProcessor ? threadNanoseconds() : 0;
      part.begin = part.ready = monotonicNanoseconds();
    }
    uint8_t *panel = now.panel ? now.panel : mine + now.panelOffset;
    if (now.prologue && prepared != launch) {
      now.prologue(arguments, now.operands, mine, 0, arguments->rows, panel);
      part.ready = record ? monotonicNanoseconds() : 0;
    }
    prepared = launch, ++part.takes;
    uint32_t end = taken.begin + taken.count;
    now.tile(arguments, now.operands, mine, taken.begin * now.unit, end == units ? now.tiles : end * now.unit, panel);
  }
  if (record) {
    part.end = monotonicNanoseconds();
    if (list[launch - first].preparesRows)
      part.ready = part.end, part.takes = 0;
    part.processor = record->countsProcessor ? threadNanoseconds() - part.processor : 0;
    record->add(part);
  }
  if (!sum || done.fetch_add(sum, std::memory_order_acq_rel) + sum != units)
    return;
  if (record)
    record->finish();
  open(launch + 1);
}

// Works until launch number `until` is reached (the caller) or the pool ends (the others).
void WorkerPool::work(unsigned worker, uint32_t until, bool caller) {
  uint8_t *mine = scratch + worker * scratchStride;
  uint64_t prepared = ~uint64_t(0); // the launch whose prologue has filled our panel
  const Topology::Group group = topology.groupOf(worker, count);
  while (!leave) {
    uint64_t now = running.load(std::memory_order_acquire);
    uint32_t launch = launchOf(now), units = uint32_t(now);
    if (caller && launch == until)
      return;
    for (unsigned turn = 0; turn < count; ++turn)
      empty(group.helped(worker, turn, count), launch, units, mine, prepared);
    await(launch);
  }
}

} // namespace vspec
