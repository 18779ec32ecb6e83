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

uint32_t launchOf(uint64_t state) { return uint32_t(state >> 32); }

} // namespace

// The upper half of the state.
uint32_t *WorkerPool::launchWord() {
  return reinterpret_cast<uint32_t *>(&shares[0].state) + (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 1 : 0);
}

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
  pool->nodes = pool->topology.count();
  pool->perShare = takesPerShare * (workers / pool->nodes);
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
    shares[0].state.fetch_add(uint64_t(1) << 32);
    futex(launchWord(), FUTEX_WAKE_PRIVATE, INT_MAX);
    pthread_join(threads[i], nullptr);
  }
}

void *WorkerPool::main(void *start) {
  auto *mine = static_cast<Start *>(start);
  FloatingPointMode mode;
  if (mine->pool->nodes > 1)
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
  first = launchOf(shares[0].state.load()) + 1;
  open(first);
  work(0, first + launchCount, true);
}

void WorkerPool::open(uint32_t launch) {
  uint32_t at = launch - first, tiles = at < listed ? list[at].units() : 0;
  bool last = at >= listed; // the caller must wake, whoever else sleeps
  done.store(0, std::memory_order_relaxed);
  for (unsigned node = nodes - 1; node > 0; --node)
    shares[node].state.store(uint64_t(launch) << 32 | (bias + beginOf(node + 1, nodes, tiles) - beginOf(node, nodes, tiles)),
                             std::memory_order_release);
  shares[0].state.store(uint64_t(launch) << 32 | (bias + beginOf(1, nodes, tiles))); // seq_cst: ordered before the look at sleepers
  if (!sleepers.load())
    return;
  // One tile is for us, each other can feed one sleeper.
  if (uint32_t wake = last ? INT_MAX : tiles - 1)
    futex(launchWord(), FUTEX_WAKE_PRIVATE, wake);
}

// Waits until the launch number is not `launch`.
void WorkerPool::await(uint32_t launch) {
  uint64_t end = monotonicNanoseconds() + pauseNanoseconds;
  do
    for (int i = 0; i < 16; ++i) {
      if (launchOf(shares[0].state.load(std::memory_order_acquire)) != launch || leave)
        return;
      relax();
    }
  while (monotonicNanoseconds() < end);
  while (launchOf(shares[0].state.load()) == launch && !leave) {
    ++sleepers;
    futex(launchWord(), FUTEX_WAIT_PRIVATE, launch);
    --sleepers;
  }
}

void WorkerPool::runTiles(const PoolLaunch &launch, bool prepared, uint8_t *mine, uint32_t begin, uint32_t end) {
  if (launch.prologue && !prepared)
    launch.prologue(arguments, launch.operands, mine);
  launch.tile(arguments, launch.operands, mine, begin, end);
}

// The same with a look at the clock between all parts. What is noted is there before the tiles count as done.
void WorkerPool::runTimed(const PoolLaunch &launch, bool prepared, uint8_t *mine, uint32_t begin, uint32_t end) {
  LaunchRecord &record = *launch.record;
  uint64_t processor = record.countsProcessor ? threadNanoseconds() : 0, start = monotonicNanoseconds(), ready = start;
  record.begins(start);
  if (launch.prologue && !prepared) {
    launch.prologue(arguments, launch.operands, mine);
    ready = monotonicNanoseconds();
    record.prologue.fetch_add(ready - start, std::memory_order_relaxed);
  }
  launch.tile(arguments, launch.operands, mine, begin, end);
  record.work.fetch_add(monotonicNanoseconds() - start, std::memory_order_relaxed);
  record.takes.fetch_add(1, std::memory_order_relaxed);
  if (record.countsProcessor)
    record.processor.fetch_add(threadNanoseconds() - processor, std::memory_order_relaxed);
}

// Takes tiles until launch number `until` is reached (the caller) or the pool ends (the others).
void WorkerPool::work(unsigned worker, uint32_t until, bool caller) {
  uint8_t *mine = scratch + worker * scratchStride;
  uint64_t prepared = ~uint64_t(0); // the launch whose prologue has filled our scratch
  unsigned home = nodes > 1 ? topology.nodeOf(worker, count) : 0;
  auto freeOf = [](uint64_t s) { return int32_t(uint32_t(s) - bias); };
  while (!leave) {
    uint64_t front = shares[0].state.load(std::memory_order_acquire), s = front;
    if (caller && launchOf(front) == until)
      return;
    unsigned node = home;
    if (nodes > 1) {
      s = shares[node].state.load(std::memory_order_acquire);
      for (unsigned others = 1; others < nodes && freeOf(s) <= 0; ++others) {
        node = (home + others) % nodes;
        s = shares[node].state.load(std::memory_order_acquire);
      }
    }
    if (freeOf(s) <= 0) {
      await(launchOf(front));
      continue;
    }
    uint32_t wanted = std::max(1u, uint32_t(freeOf(s)) / perShare);
    s = shares[node].state.fetch_sub(wanted, std::memory_order_acq_rel);
    if (freeOf(s) <= 0)
      continue; // it may even be the caller's last launch now: look again, never wait on this answer
    uint32_t launch = launchOf(s), taken = std::min(wanted, uint32_t(freeOf(s)));
    const PoolLaunch now = list[launch - first]; // a copy: after done.fetch_add the step may be over and the list gone
    uint32_t units = now.units(), unit = beginOf(node + 1, nodes, units) - uint32_t(freeOf(s));
    uint32_t begin = unit * now.unit, end = unit + taken == units ? now.tiles : (unit + taken) * now.unit;
    if (now.record)
      runTimed(now, prepared == launch, mine, begin, end);
    else
      runTiles(now, prepared == launch, mine, begin, end);
    prepared = launch;
    if (done.fetch_add(taken, std::memory_order_acq_rel) + taken != units)
      continue;
    if (now.record)
      now.record->end = monotonicNanoseconds();
    open(launch + 1);
  }
}

} // namespace vspec
