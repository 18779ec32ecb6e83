#include "vspec/ModelFile/ProgramTables.h"
#include <cstring>

namespace vspec {
namespace {

// Appends the elements at the next multiple of 8 and notes where they lie.
template <typename Elements> void place(std::vector<uint8_t> &bytes, file::Table &table, const Elements &elements) {
  bytes.resize((bytes.size() + 7) / 8 * 8);
  table = {uint32_t(bytes.size()), uint32_t(elements.size())};
  const auto *first = reinterpret_cast<const uint8_t *>(elements.data());
  bytes.insert(bytes.end(), first, first + elements.size() * sizeof(*elements.data()));
}

} // namespace

uint32_t ProgramTables::string(std::string_view text) {
  auto found = offsets.find(text);
  if (found != offsets.end())
    return found->second;
  uint32_t offset = uint32_t(strings.size());
  strings.append(text).push_back('\0');
  offsets.emplace(text, offset);
  return offset;
}

uint32_t ProgramTables::kernel(std::string_view name, uint64_t scratchBytes, uint64_t panelBytes) {
  kernels.push_back({string(name), 0, scratchBytes, panelBytes});
  return uint32_t(kernels.size() - 1);
}

uint32_t ProgramTables::state(std::string_view name, uint32_t tokensPerTile, uint64_t bytesPerTile, uint64_t ringTokens) {
  states.push_back({string(name), tokensPerTile, bytesPerTile, ringTokens});
  return uint32_t(states.size() - 1);
}

uint32_t ProgramTables::variant(std::string_view name, file::Variant variant) {
  variant.name = string(name);
  variant.firstLaunch = uint32_t(launches.size());
  variant.launches = 0;
  variants.push_back(variant);
  return uint32_t(variants.size() - 1);
}

uint32_t ProgramTables::launch(std::string_view name, uint32_t kernel, const file::Grid &grid, const std::vector<file::Operand> &list) {
  assert(!variants.empty() && "a launch belongs to a variant");
  launches.push_back({kernel, string(name), uint32_t(operands.size()), uint32_t(list.size()), grid});
  operands.insert(operands.end(), list.begin(), list.end());
  return variants.back().launches++;
}

void ProgramTables::slice(uint32_t variant, std::string_view name, uint32_t firstLaunch, uint32_t lastLaunch, uint64_t offset,
                          uint64_t bytes) {
  slices.push_back({variant, string(name), firstLaunch, lastLaunch, offset, bytes});
}

Result<std::vector<uint8_t>> ProgramTables::bytes() const {
  uint64_t most = sizeof(file::ProgramHeader) + 7 * 8 + strings.size() + kernels.size() * sizeof(file::Kernel) +
                  states.size() * sizeof(file::State) + variants.size() * sizeof(file::Variant) + launches.size() * sizeof(file::Launch) +
                  operands.size() * sizeof(file::Operand) + slices.size() * sizeof(file::Slice);
  if (most > UINT32_MAX)
    return Error{"the program has " + std::to_string(most) + " bytes of tables, but its offsets have 32 bits"};
  file::ProgramHeader header{};
  std::vector<uint8_t> bytes(sizeof header);
  bytes.reserve(most);
  place(bytes, header.kernels, kernels);
  place(bytes, header.states, states);
  place(bytes, header.variants, variants);
  place(bytes, header.launches, launches);
  place(bytes, header.operands, operands);
  place(bytes, header.slices, slices);
  place(bytes, header.strings, strings);
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

} // namespace vspec
