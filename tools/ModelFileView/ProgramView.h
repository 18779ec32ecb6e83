// The tables of a Program section, copied out of a file that may be damaged: every name, range and index is inside of its
// table.
#ifndef VSPEC_TOOLS_MODELFILEVIEW_PROGRAMVIEW_H
#define VSPEC_TOOLS_MODELFILEVIEW_PROGRAMVIEW_H
#include "vspec/ModelFormat.h"
#include "vspec/Plan/ArenaPicture.h"
#include "vspec/Support/Result.h"
#include <string_view>
#include <vector>

namespace vspec {

struct ProgramView {
  static Result<ProgramView> read(std::string_view section);

  /// The string at an offset that `read` has checked.
  std::string_view name(uint32_t offset) const { return strings.data() + offset; }
  /// What lies in the arena of a variant.
  std::vector<ArenaPictureSlice> slicesOf(uint32_t variant) const;

  std::string strings; // zero-terminated, one after the other
  std::vector<file::Kernel> kernels;
  std::vector<file::State> states;
  std::vector<file::Variant> variants;
  std::vector<file::Launch> launches;
  std::vector<file::Operand> operands;
  std::vector<file::Slice> slices;
};

/// Bytes of all states of a session with room for so many tokens.
uint64_t sessionBytes(const ProgramView &program, uint64_t tokens);

} // namespace vspec
#endif
