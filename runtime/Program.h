// The tables of a Program section, in memory of their own, checked before anything points with them.
#ifndef VSPEC_RUNTIME_PROGRAM_H
#define VSPEC_RUNTIME_PROGRAM_H
#include "vspec/ModelFormat.h"
#include "vspec/Support/Result.h"
#include <string>
#include <vector>

namespace vspec {

/// Elements of a table that someone else holds.
template <typename T> struct TableView {
  const T *first = nullptr;
  uint32_t count = 0;
  const T *begin() const { return first; }
  const T *end() const { return first + count; }
  uint32_t size() const { return count; }
  const T &operator[](uint32_t i) const { return assert(i < count), first[i]; }
};

/// What the program is checked against.
struct ProgramLimits {
  uint32_t vocabulary, contextCeiling, slots;
  uint64_t weightBytes;
};

class Program {
public:
  /// Copies and checks a Program section. Errors say where in the tables, not which file.
  static Result<Program> read(const uint8_t *bytes, uint64_t count, const ProgramLimits &limits);
  Program(Program &&) = default;
  Program &operator=(Program &&) = default;

  TableView<file::Kernel> kernels;
  TableView<file::State> states;
  TableView<file::Variant> variants;
  TableView<file::Launch> launches;
  TableView<file::Operand> operands;
  TableView<file::Slice> slices;
  const char *string(uint32_t offset) const { return assert(offset < strings.count), strings.first + offset; }
  uint64_t bytes() const { return size; }

  // The largest of all variants.
  uint32_t rowCapacity() const;
  uint32_t logitsCapacity() const;
  uint64_t arenaBytes() const;
  /// Of one worker, its own panel behind what the kernel needs beside; a multiple of 64.
  uint64_t scratchBytes() const;
  /// Of a panel that all workers share; a multiple of 64.
  uint64_t panelBytes() const;

private:
  Program() = default;
  friend class ProgramCheck;
  std::vector<uint64_t> storage; // 8-byte aligned; its address survives a move
  uint64_t size = 0;
  TableView<char> strings;
};

/// The tiles of a launch: see file::Grid. The grid has been checked for all steps that fit the variant.
uint32_t gridTiles(const file::Grid &grid, int64_t rows, int64_t slots, int64_t maxPosition, int64_t selected);

/// Whether a state is what all tokens so far have made of it, so that only the position it has and 0 are known.
inline bool isRecurrent(const file::State &state) { return state.tokensPerTile == 0; }
/// Tiles of a state for a session with room for `context` tokens.
uint64_t stateTiles(const file::State &state, uint32_t context);
/// Bytes of all states of a session: each starts at a multiple of 64.
uint64_t sessionBytes(const Program &program, uint32_t context);

} // namespace vspec
#endif
