// Runs a grid of GPU threads on the host. Each thread of a block is a fiber: it runs until it ends or must wait for others at
// a barrier or a warp's exchange, then the next one runs. Blocks run one after another. Blocks and threads take turns in an
// order that the seed shuffles, so what depends on an order differs between seeds.
//
// It knows no model and no LLVM. It says nothing of weak memory, and blocks cannot wait for each other.
#ifndef VSPEC_TEST_SIMT_SIMTEXECUTOR_H
#define VSPEC_TEST_SIMT_SIMTEXECUTOR_H
#include "vspec/Support/Result.h"
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <ucontext.h>
#include <vector>

namespace vspec {

struct SimtGrid {
  uint32_t blocks, blockThreads;
  uint32_t threads() const { return blocks * blockThreads; }
};

/// How a warp's lanes choose whom they read from: the modes of shfl.sync.
enum class ShuffleMode { Up, Down, Butterfly, Index };

class SimtExecutor {
public:
  static constexpr uint32_t warpThreads = 32;

  explicit SimtExecutor(SimtGrid grid, uint32_t seed = 0);
  SimtExecutor(const SimtExecutor &) = delete;

  /// Runs `kernel` as each thread of the grid. Fails where threads wait for others that never come.
  Result<void> launch(const std::function<void()> &kernel);

  // What a kernel asks, on its own thread.
  static SimtExecutor &running();
  const SimtGrid &grid() const { return size; }
  uint32_t block() const { return currentBlock; }
  uint32_t thread() const { return current; }
  uint32_t lane() const { return current % warpThreads; }
  /// bar.sync: all threads of the block meet.
  void barrier();
  /// shfl.sync: the lanes of `mask` meet and each reads the value of another. `clamp` is PTX's operand c.
  uint32_t shuffle(ShuffleMode mode, uint32_t mask, uint32_t value, uint32_t operand, uint32_t clamp);

private:
  struct Fiber {
    ucontext_t context;
    std::unique_ptr<uint8_t[]> stack;
    bool done;
  };
  // Those who have come, and how often all had come.
  struct Meeting {
    uint32_t arrived = 0;
    uint64_t turn = 0;
  };
  struct Exchange {
    Meeting meeting;
    uint32_t values[warpThreads];
  };

  Result<void> runBlock(const std::function<void()> &kernel);
  void meet(Meeting &meeting, uint32_t expected);
  static void enter();

  SimtGrid size;
  std::vector<uint32_t> blockOrder, threadOrder;
  std::vector<Fiber> fibers;
  ucontext_t scheduler;
  const std::function<void()> *body = nullptr;
  uint32_t currentBlock = 0, current = 0;
  uint64_t progress = 0; // meetings held and threads ended
  Meeting blockMeeting;
  std::map<std::pair<uint32_t, uint32_t>, Exchange> exchanges; // by warp and mask
};

} // namespace vspec
#endif
