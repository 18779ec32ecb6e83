#include "ModelFileView/ProgramView.h"
#include <algorithm>
#include <cstring>

namespace vspec {
namespace {

template <typename Container>
Result<void> readTable(std::string_view section, const file::Table &table, const char *what, Container &into) {
  using Element = typename Container::value_type;
  const uint64_t bytes = uint64_t(table.count) * sizeof(Element);
  if (table.offset > section.size() || bytes > section.size() - table.offset)
    return Error{std::string("the ") + what + " lie at " + std::to_string(table.offset) + " with " + std::to_string(bytes) +
                 " bytes, outside of the section's " + std::to_string(section.size())};
  into.resize(table.count);
  if (bytes != 0)
    std::memcpy(&into[0], section.data() + table.offset, bytes);
  return {};
}

/// That [first, first + count) is inside of a table with `size` elements.
Result<void> checkRange(uint64_t first, uint64_t count, uint64_t size, const std::string &whose) {
  if (first <= size && count <= size - first)
    return {};
  return Error{whose + " are " + std::to_string(first) + " to " + std::to_string(first + count) + ", but there are " +
               std::to_string(size)};
}

/// Every index and name of the tables.
class Check {
  static constexpr size_t mostVariants = 64;

public:
  explicit Check(const ProgramView &program) : program(program) {}

  Result<void> run() {
    if (program.strings.empty() || program.strings.back() != 0)
      return Error{"the strings do not end with a zero"};
    for (const file::Kernel &kernel : program.kernels)
      name(kernel.name, "a kernel's name");
    for (const file::State &state : program.states)
      name(state.name, "a state's name");
    if (program.variants.size() > mostVariants)
      return Error{"there are " + std::to_string(program.variants.size()) + " variants, expected at most " + std::to_string(mostVariants)};
    // Lists that overlap would make a small file say endlessly much.
    uint64_t variantLaunches = 0, launchOperands = 0;
    for (const file::Variant &variant : program.variants) {
      range(variantLaunches += variant.launches, 0, program.launches.size(), "the launches of all variants");
      name(variant.name, "a variant's name");
      range(variant.firstLaunch, variant.launches, program.launches.size(), "a variant's launches");
    }
    for (const file::Launch &launch : program.launches) {
      range(launchOperands += launch.operands, 0, program.operands.size(), "the operands of all launches");
      name(launch.name, "a launch's name");
      range(launch.kernel, 1, program.kernels.size(), "a launch's kernels");
      range(launch.firstOperand, launch.operands, program.operands.size(), "a launch's operands");
    }
    for (const file::Slice &slice : program.slices) {
      name(slice.name, "a slice's name");
      range(slice.variant, 1, program.variants.size(), "a slice's variants");
    }
    return result;
  }

private:
  void name(uint32_t offset, const char *whose) { range(offset, 1, program.strings.size(), whose); }
  void range(uint64_t first, uint64_t count, uint64_t size, const char *whose) {
    if (result)
      result = checkRange(first, count, size, whose);
  }

  const ProgramView &program;
  Result<void> result;
};

} // namespace

Result<ProgramView> ProgramView::read(std::string_view section) {
  file::ProgramHeader header;
  if (section.size() < sizeof(header))
    return Error{"has " + std::to_string(section.size()) + " bytes, expected at least " + std::to_string(sizeof(header))};
  std::memcpy(&header, section.data(), sizeof(header));
  ProgramView program;
  auto done = readTable(section, header.strings, "strings", program.strings);
  if (done)
    done = readTable(section, header.kernels, "kernels", program.kernels);
  if (done)
    done = readTable(section, header.states, "states", program.states);
  if (done)
    done = readTable(section, header.variants, "variants", program.variants);
  if (done)
    done = readTable(section, header.launches, "launches", program.launches);
  if (done)
    done = readTable(section, header.operands, "operands", program.operands);
  if (done)
    done = readTable(section, header.slices, "slices", program.slices);
  if (done)
    done = Check(program).run();
  if (!done)
    return done.error();
  return program;
}

std::vector<ArenaPictureSlice> ProgramView::slicesOf(uint32_t variant) const {
  std::vector<ArenaPictureSlice> result;
  for (const file::Slice &slice : slices)
    if (slice.variant == variant)
      result.push_back({std::string(name(slice.name)), slice.firstLaunch, slice.lastLaunch, slice.offset, slice.bytes});
  return result;
}

uint64_t sessionBytes(const ProgramView &program, uint64_t tokens) {
  uint64_t total = 0;
  for (const file::State &state : program.states) {
    if (state.tokensPerTile == 0) { // recurrent
      total += (state.bytesPerTile + 63) / 64 * 64;
      continue;
    }
    const uint64_t tileTokens = state.tokensPerTile;
    const uint64_t held = state.ringTokens != 0 ? std::min(tokens, state.ringTokens) : tokens;
    total += (held / tileTokens + (held % tileTokens != 0)) * state.bytesPerTile;
  }
  return total;
}

} // namespace vspec
