// Collects the tables of a Program section and turns them into its bytes. It knows the order of the tables and nothing of
// what they mean: the runtime checks that.
#ifndef VSPEC_MODELFILE_PROGRAMTABLES_H
#define VSPEC_MODELFILE_PROGRAMTABLES_H
#include "vspec/ModelFormat.h"
#include "vspec/Support/Result.h"
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vspec {

/// Add states and kernels first; then each variant with its launches in order. All calls return the index of what they added.
class ProgramTables {
public:
  /// The offset of `text` in the strings; equal texts share one.
  uint32_t string(std::string_view text);
  uint32_t kernel(std::string_view name, uint64_t scratchBytes, uint64_t panelBytes = 0);
  uint32_t state(std::string_view name, uint32_t tokensPerTile, uint64_t bytesPerTile, uint64_t ringTokens = 0);
  /// As many bytes for each session, whatever its context.
  uint32_t fixedState(std::string_view name, uint64_t bytes) { return state(name, 0, bytes); }
  /// The launches added from now on belong to it. `variant.name`, `firstLaunch` and `launches` are filled in here.
  uint32_t variant(std::string_view name, file::Variant variant);
  /// `name` says where in the model the launch comes from.
  uint32_t launch(std::string_view name, uint32_t kernel, const file::Grid &grid, const std::vector<file::Operand> &operands);
  /// Launch numbers count from the variant's first launch, which is 0.
  void slice(uint32_t variant, std::string_view name, uint32_t firstLaunch, uint32_t lastLaunch, uint64_t offset, uint64_t bytes);

  /// The bytes of the section, every table at a multiple of 8. Refuses what does not fit into 32-bit offsets.
  Result<std::vector<uint8_t>> bytes() const;

private:
  std::map<std::string, uint32_t, std::less<>> offsets; // of the strings
  std::string strings;
  std::vector<file::Kernel> kernels;
  std::vector<file::State> states;
  std::vector<file::Variant> variants;
  std::vector<file::Launch> launches;
  std::vector<file::Operand> operands;
  std::vector<file::Slice> slices;
};

} // namespace vspec
#endif
