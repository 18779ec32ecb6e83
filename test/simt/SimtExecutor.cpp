#include "test/simt/SimtExecutor.h"
#include <algorithm>
#include <cassert>
#include <numeric>
#include <random>

using namespace vspec;

namespace {
constexpr size_t stackBytes = 256 << 10;
SimtExecutor *runningExecutor = nullptr;

std::vector<uint32_t> shuffled(uint32_t count, std::mt19937 &random, bool inOrder) {
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  if (!inOrder)
    std::shuffle(order.begin(), order.end(), random);
  return order;
}
} // namespace

SimtExecutor::SimtExecutor(SimtGrid grid, uint32_t seed) : size(grid) {
  std::mt19937 random(seed);
  blockOrder = shuffled(grid.blocks, random, !seed);
  threadOrder = shuffled(grid.blockThreads, random, !seed);
  fibers.resize(grid.blockThreads);
  for (Fiber &fiber : fibers)
    fiber.stack.reset(new uint8_t[stackBytes]);
}

SimtExecutor &SimtExecutor::running() {
  assert(runningExecutor && "no kernel is running");
  return *runningExecutor;
}

Result<void> SimtExecutor::launch(const std::function<void()> &kernel) {
  runningExecutor = this;
  Result<void> result;
  for (uint32_t block : blockOrder) {
    currentBlock = block;
    if (result = runBlock(kernel); !result)
      break;
  }
  runningExecutor = nullptr;
  return result;
}

Result<void> SimtExecutor::runBlock(const std::function<void()> &kernel) {
  body = &kernel;
  blockMeeting = {};
  exchanges.clear();
  for (Fiber &fiber : fibers) {
    fiber.done = false;
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.get();
    fiber.context.uc_stack.ss_size = stackBytes;
    fiber.context.uc_link = &scheduler;
    makecontext(&fiber.context, &SimtExecutor::enter, 0);
  }
  uint32_t left = size.blockThreads;
  while (left) {
    uint64_t before = progress;
    for (uint32_t thread : threadOrder) {
      if (fibers[thread].done)
        continue;
      current = thread;
      swapcontext(&scheduler, &fibers[thread].context);
      left -= fibers[thread].done;
    }
    if (progress == before)
      return Error{"block " + std::to_string(currentBlock) + ": " + std::to_string(left) + " of " + std::to_string(size.blockThreads) +
                   " threads wait for others that never come"};
  }
  return {};
}

void SimtExecutor::enter() {
  SimtExecutor &executor = running();
  (*executor.body)();
  executor.fibers[executor.current].done = true;
  ++executor.progress;
}

void SimtExecutor::meet(Meeting &meeting, uint32_t expected) {
  if (++meeting.arrived == expected) {
    meeting.arrived = 0;
    ++meeting.turn;
    ++progress;
    return;
  }
  for (uint64_t turn = meeting.turn; turn == meeting.turn;)
    swapcontext(&fibers[current].context, &scheduler);
}

void SimtExecutor::barrier() { meet(blockMeeting, size.blockThreads); }

uint32_t SimtExecutor::shuffle(ShuffleMode mode, uint32_t mask, uint32_t value, uint32_t operand, uint32_t clamp) {
  uint32_t warp = current / warpThreads, own = lane(), lanes = std::min(warpThreads, size.blockThreads - warp * warpThreads);
  uint32_t expected = 0;
  for (uint32_t i = 0; i < lanes; ++i)
    expected += mask >> i & 1;
  // The PTX manual: segments of lanes by the high part of c, the last lane that may be read by its low part.
  uint32_t segment = clamp >> 8 & 31, distance = operand & 31;
  uint32_t first = own & segment, last = first | (clamp & 31 & ~segment);
  uint32_t source = mode == ShuffleMode::Up          ? own - distance
                    : mode == ShuffleMode::Down      ? own + distance
                    : mode == ShuffleMode::Butterfly ? own ^ distance
                                                     : first | (distance & ~segment);
  bool isInside = mode == ShuffleMode::Up ? int32_t(source) >= int32_t(last) : source <= last;

  Exchange &exchange = exchanges[{warp, mask}];
  exchange.values[own] = value;
  meet(exchange.meeting, expected);
  uint32_t result = exchange.values[isInside ? source : own];
  meet(exchange.meeting, expected); // nobody writes its next value before all have read
  return result;
}
