// Workers that walk a launch list together. There is no master and no barrier of arrivals: a launch is over when its last
// tile is done, and the worker that did that tile opens the next launch. A worker that the system has put aside delays
// nobody unless it holds tiles.
//
// Each worker has a share of every launch's tiles, one behind the other, so that it reads weights as one stream; who has done
// its own takes from those of the others, first of its memory node. A share is one 64-bit word: launch number << 32 | bias +
// tiles that are still free. Taking tiles is one fetch_sub, which answers "which launch" and "which tiles" at once; a worker
// that wakes up late joins whatever is running. Who comes first to a share opens it, so opening a launch is one store however
// many workers there are. The list is read only while a tile is held: until that tile is told to be done neither the launch
// nor the step can end. "Tiles" here are units of a launch's tiles: small ones are not worth a take each (TileCost.h).
#ifndef VSPEC_RUNTIME_WORKERPOOL_H
#define VSPEC_RUNTIME_WORKERPOOL_H
#include "runtime/StepProfile.h"
#include "runtime/Topology.h"
#include "vspec/KernelABI.h"
#include "vspec/Support/Result.h"
#include <atomic>
#include <memory>
#include <pthread.h>

namespace vspec {

/// A launch of one step, with everything that a worker needs.
struct PoolLaunch {
  KernelFunction prologue; // of all rows, by each worker for its own panel; may be null
  KernelFunction tile;
  void *const *operands;
  uint32_t tiles;                 // 1 to WorkerPool::maxTiles
  uint32_t unit = 1;              // tiles that are taken at least at once; the last unit may have fewer
  LaunchRecord *record = nullptr; // where the time is noted; null: nowhere
  uint64_t panelOffset = 0;       // of a worker's own panel in its scratch
  uint8_t *panel = nullptr;       // of all workers; null: each has its own
  bool preparesRows = false;      // `tile` is a prologue, and a tile is a row
  uint32_t units() const { return (tiles - 1) / unit + 1; }
};

class WorkerPool {
public:
  static constexpr unsigned maxWorkers = 256;
  static constexpr uint32_t maxTiles = 1u << 29;
  /// The first unit of a worker's share.
  static constexpr uint32_t beginOf(unsigned worker, unsigned workers, uint32_t units) {
    return uint32_t(uint64_t(units) * worker / workers);
  }

  /// A pool of `workers` (1 to maxWorkers), the caller of `run` included. Worker w owns the scratch bytes
  /// [w * scratchStride, (w + 1) * scratchStride); base and stride are multiples of 64.
  /// With several memory nodes the workers but the caller stay on the processors of theirs; the caller counts to the first.
  static Result<std::unique_ptr<WorkerPool>> start(unsigned workers, uint8_t *scratch, uint64_t scratchStride,
                                                   const Topology &topology = {});
  ~WorkerPool();
  WorkerPool(const WorkerPool &) = delete;
  WorkerPool &operator=(const WorkerPool &) = delete;

  /// Runs the launches in order and returns when the last tile is done. The caller works too. One call at a time.
  void run(const PoolLaunch *launches, uint32_t count, const StepArguments &arguments);
  unsigned workers() const { return count; }
  /// Processor time that the workers have received, without the caller's, in nanoseconds.
  uint64_t processorNanoseconds() const;

private:
  WorkerPool() = default;
  /// Units of a launch, of this many; none where the share is empty.
  struct Take {
    uint32_t launch, units, begin, count;
  };
  void open(uint32_t launch);
  void await(uint32_t launch);
  void work(unsigned worker, uint32_t until, bool caller);
  Take take(unsigned share, uint32_t launch, uint32_t units);
  void empty(unsigned share, uint32_t launch, uint32_t units, uint8_t *mine, uint64_t &prepared);
  uint32_t *launchWord();

  struct Start {
    WorkerPool *pool;
    unsigned worker;
  };
  static void *main(void *start);

  // This fraction of what is left of a share is taken at once: few takes at the start, single units at the end.
  static constexpr uint32_t takesPerShare = 4;

  // Failed takes count down below the bias without borrowing from the launch number: each worker fails at most once a launch
  // and share, by at most maxTiles / takesPerShare / workers units, and the bias is larger than all of them.
  static constexpr uint32_t bias = 1u << 30;
  struct alignas(64) Share {
    std::atomic<uint64_t> state{bias};
  };
  std::unique_ptr<Share[]> shares;              // [count]
  alignas(64) std::atomic<uint64_t> running{0}; // launch number << 32 | its units, 0 between steps
  alignas(64) std::atomic<uint32_t> done{0};
  alignas(64) std::atomic<uint32_t> sleepers{0};
  std::atomic<bool> leave{false};
  alignas(64) const PoolLaunch *list = nullptr;
  uint32_t first = 0, listed = 0; // launch numbers of the running step
  const StepArguments *arguments = nullptr;
  uint8_t *scratch = nullptr;
  uint64_t scratchStride = 0;
  Topology topology;
  unsigned count = 1;   // workers that are meant to run
  unsigned started = 1; // workers that do, the caller included
  std::unique_ptr<pthread_t[]> threads;
  std::unique_ptr<Start[]> starts;
};

} // namespace vspec
#endif
