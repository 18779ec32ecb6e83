// Checks the tables of a Program section one after the other, each against what has been checked before it.
#include "runtime/Memory.h"
#include "runtime/Program.h"
#include "runtime/WorkerPool.h"
#include "vspec/Plan/RouteTable.h"
#include <algorithm>
#include <cstring>

namespace vspec {
namespace {

// Sizes beyond these are damage; below them no sum or product of ours overflows.
constexpr uint64_t maxBytes = uint64_t(1) << 47;
constexpr uint32_t maxVariants = 64, maxStates = 65536, maxRows = 1u << 20;

std::string number(uint64_t value) { return std::to_string(value); }

// "the weights: [64, 192) of 128 bytes"
std::string extent(const char *of, uint64_t offset, uint64_t bytes, uint64_t size) {
  return std::string(of) + ": " + number(bytes) + " bytes at " + number(offset) + " of " + number(size);
}
bool fits(uint64_t offset, uint64_t bytes, uint64_t size) { return offset <= size && bytes <= size - offset; }

} // namespace

class ProgramCheck {
public:
  ProgramCheck(Program &program, const ProgramLimits &limits) : program(program), limits(limits) {}

  Result<void> run() {
    for (auto check : {&ProgramCheck::tables, &ProgramCheck::kernels, &ProgramCheck::states, &ProgramCheck::variants,
                       &ProgramCheck::launches, &ProgramCheck::slices})
      if (auto checked = (this->*check)(); !checked)
        return checked;
    return {};
  }

private:
  const uint8_t *bytes() const { return reinterpret_cast<const uint8_t *>(program.storage.data()); }

  template <typename T> Result<void> view(TableView<T> &table, const file::Table &place, const char *name) {
    if (place.offset % 8)
      return Error{"program table '" + std::string(name) + "' starts at byte " + number(place.offset) + ", which is not a multiple of 8"};
    if (place.offset < sizeof(file::ProgramHeader) || !fits(place.offset, uint64_t(place.count) * sizeof(T), program.size))
      return Error{"program table '" + std::string(name) + "' has " + number(place.count) + " elements of " + number(sizeof(T)) +
                   " bytes at byte " + number(place.offset) + ", outside of the section's " + number(program.size) + " bytes"};
    table = {reinterpret_cast<const T *>(bytes() + place.offset), place.count};
    return {};
  }

  Result<void> tables() {
    file::ProgramHeader header;
    if (program.size < sizeof header)
      return Error{"the program section has " + number(program.size) + " bytes, its header alone has " + number(sizeof header)};
    std::memcpy(&header, bytes(), sizeof header);
    if (auto r = view(program.strings, header.strings, "strings"); !r)
      return r;
    if (!program.strings.count || program.strings.first[program.strings.count - 1])
      return Error{"the strings of the program do not end with a zero byte"};
    if (auto r = view(program.kernels, header.kernels, "kernels"); !r)
      return r;
    if (auto r = view(program.states, header.states, "states"); !r)
      return r;
    if (auto r = view(program.variants, header.variants, "variants"); !r)
      return r;
    if (auto r = view(program.launches, header.launches, "launches"); !r)
      return r;
    if (auto r = view(program.operands, header.operands, "operands"); !r)
      return r;
    return view(program.slices, header.slices, "slices");
  }

  Result<void> name(uint32_t offset, const std::string &where) const {
    if (offset >= program.strings.count)
      return Error{where + " has its name at " + number(offset) + ", but the strings have " + number(program.strings.count) + " bytes"};
    return {};
  }

  Result<void> kernels() {
    for (uint32_t i = 0; i < program.kernels.count; ++i) {
      const file::Kernel &kernel = program.kernels[i];
      std::string where = "kernel " + number(i);
      if (auto r = name(kernel.name, where); !r)
        return r;
      if (kernel.reserved)
        return Error{where + " has " + number(kernel.reserved) + " in a reserved field, expected 0"};
      if (kernel.scratchBytes > maxBytes / WorkerPool::maxWorkers)
        return Error{where + " wants " + number(kernel.scratchBytes) + " bytes of scratch for each worker"};
      if (kernel.panelBytes > maxBytes / WorkerPool::maxWorkers)
        return Error{where + " wants " + number(kernel.panelBytes) + " bytes for prepared rows"};
    }
    return {};
  }

  Result<void> states() {
    if (program.states.count > maxStates)
      return Error{"the program has " + number(program.states.count) + " states, at most " + number(maxStates) + " are allowed"};
    uint64_t sum = 0;
    for (uint32_t i = 0; i < program.states.count; ++i) {
      const file::State &state = program.states[i];
      std::string where = "state " + number(i);
      if (auto r = name(state.name, where); !r)
        return r;
      if (!state.bytesPerTile)
        return Error{where + " has 0 bytes in a tile, expected at least 1"};
      if (isRecurrent(state) && state.ringTokens)
        return Error{where + " has no tokens in a tile, so it is recurrent, but a ring of " + number(state.ringTokens) + " tokens"};
      if (!isRecurrent(state) && state.ringTokens % state.tokensPerTile)
        return Error{where + " is a ring of " + number(state.ringTokens) + " tokens, which is not a multiple of its tile of " +
                     number(state.tokensPerTile)};
      uint64_t tiles = stateTiles(state, limits.contextCeiling);
      if (state.bytesPerTile > (maxBytes - sum) / tiles)
        return Error{where + " has " + number(tiles) + " tiles of " + number(state.bytesPerTile) +
                     " bytes at the context ceiling: more than " + number(maxBytes) + " bytes of state"};
      sum += tiles * state.bytesPerTile;
    }
    return {};
  }

  Result<void> variants() {
    if (!program.variants.count || program.variants.count > maxVariants)
      return Error{"the program has " + number(program.variants.count) + " variants, expected 1 to " + number(maxVariants)};
    for (uint32_t i = 0; i < program.variants.count; ++i)
      if (auto r = variant(program.variants[i], "variant " + number(i)); !r)
        return r;
    // A step appends all its rows before it reads: a ring that is shorter would overwrite what the step still needs.
    for (uint32_t i = 0; i < program.states.count; ++i)
      if (uint64_t ring = program.states[i].ringTokens; ring && ring < program.rowCapacity())
        return Error{"state " + number(i) + " is a ring of " + number(ring) + " tokens, but a step may have " +
                     number(program.rowCapacity()) + " rows"};
    return {};
  }

  Result<void> variant(const file::Variant &variant, const std::string &where) const {
    if (auto r = name(variant.name, where); !r)
      return r;
    if (variant.reserved)
      return Error{where + " has " + number(variant.reserved) + " in a reserved field, expected 0"};
    if (!variant.rowCapacity || variant.rowCapacity > maxRows)
      return Error{where + " holds " + number(variant.rowCapacity) + " rows, expected 1 to " + number(maxRows)};
    if (variant.logitsCapacity > variant.rowCapacity)
      return Error{where + " selects up to " + number(variant.logitsCapacity) + " rows, but holds only " + number(variant.rowCapacity)};
    if (variant.arenaBytes > maxBytes)
      return Error{where + " has an arena of " + number(variant.arenaBytes) + " bytes, at most " + number(maxBytes) + " are allowed"};
    if (!fits(variant.firstLaunch, variant.launches, program.launches.count))
      return Error{where + " has " + number(variant.launches) + " launches from " + number(variant.firstLaunch) + ", but the program has " +
                   number(program.launches.count)};
    if (variant.logitsOffset % 4 || !fits(variant.logitsOffset, variant.logitsBytes, variant.arenaBytes))
      return Error{where + " has its logits outside of " +
                   extent("the arena", variant.logitsOffset, variant.logitsBytes, variant.arenaBytes)};
    uint64_t needed = uint64_t(variant.logitsCapacity) * limits.vocabulary * sizeof(float);
    if (variant.logitsBytes < needed)
      return Error{where + " has " + number(variant.logitsBytes) + " bytes of logits, but " + number(variant.logitsCapacity) + " rows of " +
                   number(limits.vocabulary) + " need " + number(needed)};
    return {};
  }

  Result<void> launches() {
    for (uint32_t i = 0; i < program.launches.count; ++i) {
      const file::Launch &launch = program.launches[i];
      std::string where = "launch " + number(i);
      if (auto r = name(launch.name, where); !r)
        return r;
      if (launch.kernel >= program.kernels.count)
        return Error{where + " calls kernel " + number(launch.kernel) + ", but the program has " + number(program.kernels.count)};
      if (!fits(launch.firstOperand, launch.operands, program.operands.count))
        return Error{where + " has " + number(launch.operands) + " operands from " + number(launch.firstOperand) +
                     ", but the program has " + number(program.operands.count)};
      if (launch.grid.divisor <= 0 || launch.grid.factor < 0 || launch.grid.maximum < 0)
        return Error{where + " has a grid with factor " + std::to_string(launch.grid.factor) + ", divisor " +
                     std::to_string(launch.grid.divisor) + " and maximum " + std::to_string(launch.grid.maximum) +
                     ", expected at least 0, at least 1 and at least 0"};
    }
    for (uint32_t v = 0; v < program.variants.count; ++v) {
      const file::Variant &variant = program.variants[v];
      for (uint32_t i = 0; i < variant.launches; ++i) {
        const file::Launch &launch = program.launches[variant.firstLaunch + i];
        std::string where = "launch " + number(i) + " of variant " + number(v);
        if (auto r = grid(launch.grid, variant, where); !r)
          return r;
        bool hasRoutes = false;
        for (uint32_t o = 0; o < launch.operands; ++o) {
          const file::Operand &operand = program.operands[launch.firstOperand + o];
          if (auto r = this->operand(operand, variant, where + ", operand " + number(o)); !r)
            return r;
          hasRoutes |= operand.kind == file::OperandKind::Routes;
        }
        if (launch.grid.maximum && !hasRoutes)
          return Error{where + " has a grid of at most " + number(uint64_t(launch.grid.maximum)) +
                       " experts, but no operand tells which of them rows chose"};
      }
    }
    return {};
  }

  // A grid is monotone in each of its variables: its extremes are at the ends of their ranges.
  Result<void> grid(const file::Grid &grid, const file::Variant &variant, const std::string &where) const {
    __int128 least = grid.constant, most = grid.constant;
    auto term = [&](int64_t coefficient, int64_t low, int64_t high) {
      least += __int128(coefficient) * (coefficient < 0 ? high : low);
      most += __int128(coefficient) * (coefficient < 0 ? low : high);
    };
    term(grid.rows, 1, variant.rowCapacity);
    term(grid.slots, 1, std::min(limits.slots, variant.rowCapacity));
    term(grid.position, 0, int64_t(limits.contextCeiling) - 1);
    term(grid.selected, 0, variant.logitsCapacity);
    if (least <= -grid.divisor)
      return Error{where + " has a grid that becomes negative: down to " + std::to_string(int64_t(least)) + " before the division"};
    __int128 count = (most + grid.divisor - 1) / grid.divisor;
    __int128 tiles = grid.factor * (grid.maximum ? std::min<__int128>(count, grid.maximum) : count);
    if (tiles > WorkerPool::maxTiles)
      return Error{where + " has up to " + (tiles > INT64_MAX ? "2^63 or more" : std::to_string(int64_t(tiles))) + " tiles, at most " +
                   number(WorkerPool::maxTiles) + " are allowed"};
    return {};
  }

  Result<void> operand(const file::Operand &operand, const file::Variant &variant, const std::string &where) const {
    switch (operand.kind) {
    case file::OperandKind::Arena:
    case file::OperandKind::Routes:
      if (!fits(operand.offset, operand.bytes, variant.arenaBytes))
        return Error{where + " lies outside of " + extent("the arena", operand.offset, operand.bytes, variant.arenaBytes)};
      if (operand.kind == file::OperandKind::Routes && (operand.offset % sizeof(int32_t) || operand.bytes < RouteTable::headerBytes))
        return Error{where + " has routes of " + number(operand.bytes) + " bytes at " + number(operand.offset) + ", expected at least " +
                     number(RouteTable::headerBytes) + " at a multiple of " + number(sizeof(int32_t))};
      return {};
    case file::OperandKind::Weight:
      if (!fits(operand.offset, operand.bytes, limits.weightBytes))
        return Error{where + " lies outside of " + extent("the weights", operand.offset, operand.bytes, limits.weightBytes)};
      return {};
    case file::OperandKind::State:
      if (operand.index >= program.states.count)
        return Error{where + " is state " + number(operand.index) + ", but the program has " + number(program.states.count)};
      return {};
    case file::OperandKind::Rows:
    case file::OperandKind::Select:
      return {};
    }
    return Error{where + " has kind " + number(uint32_t(operand.kind)) + ", expected 1 to 6"};
  }

  Result<void> slices() {
    for (uint32_t i = 0; i < program.slices.count; ++i) {
      const file::Slice &slice = program.slices[i];
      std::string where = "slice " + number(i);
      if (auto r = name(slice.name, where); !r)
        return r;
      if (slice.variant >= program.variants.count)
        return Error{where + " is of variant " + number(slice.variant) + ", but the program has " + number(program.variants.count)};
      const file::Variant &variant = program.variants[slice.variant];
      if (slice.firstLaunch > slice.lastLaunch || slice.lastLaunch >= variant.launches)
        return Error{where + " lives from launch " + number(slice.firstLaunch) + " to " + number(slice.lastLaunch) + ", but variant " +
                     number(slice.variant) + " has " + number(variant.launches)};
      if (!fits(slice.offset, slice.bytes, variant.arenaBytes))
        return Error{where + " lies outside of " + extent("the arena", slice.offset, slice.bytes, variant.arenaBytes)};
    }
    return {};
  }

  Program &program;
  const ProgramLimits &limits;
};

Result<Program> Program::read(const uint8_t *bytes, uint64_t count, const ProgramLimits &limits) {
  Program program;
  program.storage.resize((count + 7) / 8);
  program.size = count;
  std::memcpy(program.storage.data(), bytes, count);
  if (auto checked = ProgramCheck(program, limits).run(); !checked)
    return checked.error();
  return program;
}

} // namespace vspec
