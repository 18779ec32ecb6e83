#include "vspec/ModelFile/ProgramTables.h"
#include <cstring>
#include <gtest/gtest.h>

using namespace vspec;
using file::OperandKind;

namespace {

template <typename T> T element(const std::vector<uint8_t> &bytes, const file::Table &table, uint32_t i) {
  EXPECT_LT(i, table.count);
  EXPECT_EQ(table.offset % 8, 0u);
  T value;
  std::memcpy(&value, bytes.data() + table.offset + i * sizeof value, sizeof value);
  return value;
}

} // namespace

TEST(ProgramTables, AnEmptyProgramIsAHeader) {
  auto bytes = ProgramTables().bytes();
  ASSERT_TRUE(bytes);
  ASSERT_EQ(bytes->size(), sizeof(file::ProgramHeader));
  file::ProgramHeader header;
  std::memcpy(&header, bytes->data(), sizeof header);
  EXPECT_EQ(header.launches.count, 0u);
  EXPECT_EQ(header.strings.count, 0u);
}

TEST(ProgramTables, KeepsWhatIsAddedInOrder) {
  ProgramTables tables;
  EXPECT_EQ(tables.kernel("norm", 100), 0u);
  EXPECT_EQ(tables.kernel("linear", 200, 300), 1u);
  EXPECT_EQ(tables.state("keys", 16, 4096, 64), 0u);
  for (uint32_t v = 0; v < 2; ++v) {
    file::Variant variant{};
    variant.rowCapacity = v + 1;
    EXPECT_EQ(tables.variant(v ? "prefill" : "decode", variant), v);
    EXPECT_EQ(tables.launch("layer.0", 1, {2, 3, 4, 5, 6, 7, 8, 0}, {{OperandKind::Arena, 0, 64, 32}, {OperandKind::Weight, 0, 128, 16}}),
              0u);
    EXPECT_EQ(tables.launch("layer.0", 0, {}, {}), 1u);
    EXPECT_EQ(tables.launch("layer.1", 0, {}, {{OperandKind::Rows, 0, 0, 0}}), 2u);
    tables.slice(v, "hidden", 0, 2, 64, 32);
  }
  auto bytes = tables.bytes();
  ASSERT_TRUE(bytes);
  file::ProgramHeader header;
  std::memcpy(&header, bytes->data(), sizeof header);
  auto text = [&](uint32_t offset) { return std::string(reinterpret_cast<const char *>(bytes->data()) + header.strings.offset + offset); };

  EXPECT_EQ(text(element<file::Kernel>(*bytes, header.kernels, 1).name), "linear");
  EXPECT_EQ(element<file::Kernel>(*bytes, header.kernels, 1).scratchBytes, 200u);
  EXPECT_EQ(element<file::Kernel>(*bytes, header.kernels, 1).panelBytes, 300u);
  EXPECT_EQ(element<file::State>(*bytes, header.states, 0).ringTokens, 64u);
  auto prefill = element<file::Variant>(*bytes, header.variants, 1);
  EXPECT_EQ(text(prefill.name), "prefill");
  EXPECT_EQ(prefill.rowCapacity, 2u);
  EXPECT_EQ(prefill.firstLaunch, 3u);
  EXPECT_EQ(prefill.launches, 3u);
  auto launch = element<file::Launch>(*bytes, header.launches, 3);
  EXPECT_EQ(text(launch.name), "layer.0");
  EXPECT_EQ(launch.kernel, 1u);
  EXPECT_EQ(launch.firstOperand, 3u);
  EXPECT_EQ(launch.operands, 2u);
  EXPECT_EQ(launch.grid.divisor, 8);
  EXPECT_EQ(element<file::Operand>(*bytes, header.operands, 4).offset, 128u);
  EXPECT_EQ(header.operands.count, 6u);
  EXPECT_EQ(text(element<file::Slice>(*bytes, header.slices, 1).name), "hidden");
  EXPECT_EQ(element<file::Slice>(*bytes, header.slices, 1).variant, 1u);
  // Equal strings share a place: eight names, each once.
  EXPECT_EQ(header.strings.count, sizeof "norm"
                                         "\0"
                                         "linear"
                                         "\0"
                                         "keys"
                                         "\0"
                                         "decode"
                                         "\0"
                                         "layer.0"
                                         "\0"
                                         "layer.1"
                                         "\0"
                                         "hidden"
                                         "\0"
                                         "prefill");
}
