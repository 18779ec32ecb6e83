// Refusals; values are compared with bitsandbytes' own.
#include "QuantisedFolder.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace vspec;

static QuantisedFolder &text(QuantisedFolder &folder, const std::string &state) {
  std::vector<char> bytes(state.begin(), state.end());
  return folder.add("layer.weight.quant_state.bitsandbytes__nf4", "U8", {int64_t(bytes.size())}, bytes);
}

static QuantisedFolder &fill(QuantisedFolder &folder) {
  folder.zeros("layer.weight", "U8", {256, 1}).zeros("layer.weight.quant_map", "F32", {16}).zeros("layer.weight.absmax", "F32", {8});
  return text(folder, R"({"blocksize": 64, "nested_blocksize": 4, "nested_offset": 0.5})");
}

TEST(BitsAndBytes, RefusesParts) {
  auto problem = [](auto change, int64_t rows = 8) {
    QuantisedFolder folder(R"({"quant_method": "bitsandbytes", "load_in_4bit": true})");
    change(fill(folder));
    return folder.problem(rows, 64);
  };
  EXPECT_EQ(problem([](auto &) {}), "fine: table{4, 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0} x 64:f32");
  EXPECT_EQ(problem([](auto &f) { f.without("layer.weight"); }), "plain floats");
  EXPECT_EQ(problem([](auto &) {}, 9), ": tensor 'layer.weight' has 256 bytes, expected 288 for 9x64 codes of 4 bits");
  EXPECT_EQ(problem([](auto &f) { f.zeros("layer.weight.quant_map", "F32", {15}); }),
            ": tensor 'layer.weight.quant_map' is 15 of f32, expected 16 of f32");
  EXPECT_EQ(problem([](auto &f) { f.add("layer.weight.quant_map", "F32", {16}, std::vector<float>(16, INFINITY)); }),
            ": tensor 'layer.weight.quant_map' has a value that is not finite at 0");
  EXPECT_EQ(problem([](auto &f) { f.zeros("layer.weight.absmax", "F32", {7}); }),
            ": tensor 'layer.weight.absmax' is 7 of f32, expected 8 of f32");
  EXPECT_EQ(problem([](auto &f) { f.without("layer.weight.quant_state.bitsandbytes__nf4"); }),
            ": tensor 'layer.weight' has no quant_state of nf4 or fp4, expected as bitsandbytes saves it");
  EXPECT_EQ(problem([](auto &f) { text(f, R"({"blocksize": 0})"); }),
            ": 'layer.weight.quant_state.bitsandbytes__nf4': blocksize is 0, expected a number from 1 to 1048576");
  auto nested = [](QuantisedFolder &f) -> QuantisedFolder & {
    f.zeros("layer.weight.absmax", "U8", {8}).zeros("layer.weight.nested_quant_map", "F32", {256});
    return f.zeros("layer.weight.nested_absmax", "F32", {2});
  };
  EXPECT_EQ(problem(nested).substr(0, 5), "fine:");
  EXPECT_EQ(problem([&](auto &f) { nested(f).zeros("layer.weight.nested_absmax", "F32", {3}); }),
            ": tensor 'layer.weight.nested_absmax' is 3 of f32, expected 2 of f32");
  EXPECT_EQ(problem([&](auto &f) { nested(f).zeros("layer.weight.nested_quant_map", "F32", {255}); }),
            ": tensor 'layer.weight.nested_quant_map' is 255 of f32, expected 256 of f32");
  EXPECT_EQ(problem([&](auto &f) { nested(f).zeros("layer.weight.absmax", "F32", {8}); }),
            ": tensor 'layer.weight.absmax' is 8 of f32, expected 8 of u8");
}

TEST(BitsAndBytes, RefusesTilesOfEightBits) {
  QuantisedFolder folder(R"({"quant_method": "bitsandbytes", "load_in_8bit": true})");
  folder.zeros("layer.weight", "I8", {8, 64}).zeros("layer.SCB", "F32", {8}).add<uint8_t>("layer.weight_format", "U8", {}, {2});
  EXPECT_EQ(folder.problem(8, 64), ": tensor 'layer.weight_format' says that rows lie in tiles of a GPU, expected 0: row by row");
  EXPECT_EQ(folder.without("layer.weight_format").problem(8, 64), "fine: int{8} x row:f32");
  EXPECT_EQ(folder.zeros("layer.SCB", "F32", {7}).problem(8, 64), ": tensor 'layer.SCB' is 7 of f32, expected 8 of f32");
}
