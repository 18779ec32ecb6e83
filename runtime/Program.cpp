#include "runtime/Program.h"
#include "runtime/Memory.h"
#include <algorithm>

namespace vspec {

uint32_t Program::rowCapacity() const {
  uint32_t most = 0;
  for (const file::Variant &variant : variants)
    most = std::max(most, variant.rowCapacity);
  return most;
}

uint32_t Program::logitsCapacity() const {
  uint32_t most = 0;
  for (const file::Variant &variant : variants)
    most = std::max(most, variant.logitsCapacity);
  return most;
}

uint64_t Program::arenaBytes() const {
  uint64_t most = 0;
  for (const file::Variant &variant : variants)
    most = std::max(most, variant.arenaBytes);
  return most;
}

uint64_t Program::scratchBytes() const {
  uint64_t most = 0;
  for (const file::Kernel &kernel : kernels)
    most = std::max(most, roundToLine(kernel.scratchBytes) + roundToLine(kernel.panelBytes));
  return most;
}

uint64_t Program::panelBytes() const {
  uint64_t most = 0;
  for (const file::Kernel &kernel : kernels)
    most = std::max(most, roundToLine(kernel.panelBytes));
  return most;
}

uint32_t gridTiles(const file::Grid &grid, int64_t rows, int64_t slots, int64_t maxPosition, int64_t selected) {
  int64_t sum = grid.constant + grid.rows * rows + grid.slots * slots + grid.position * maxPosition + grid.selected * selected;
  int64_t count = (sum + grid.divisor - 1) / grid.divisor;
  return uint32_t(grid.factor * (grid.maximum ? std::min<int64_t>(count, grid.maximum) : count));
}

uint64_t stateTiles(const file::State &state, uint32_t context) {
  if (isRecurrent(state))
    return 1;
  uint64_t tokens = state.ringTokens ? std::min<uint64_t>(context, state.ringTokens) : context;
  return (tokens + state.tokensPerTile - 1) / state.tokensPerTile;
}

uint64_t sessionBytes(const Program &program, uint32_t context) {
  uint64_t sum = 0;
  for (const file::State &state : program.states)
    sum += roundToLine(stateTiles(state, context) * state.bytesPerTile);
  return sum;
}

} // namespace vspec
