#include "QuantisedFolder.h"
#include <gtest/gtest.h>

using namespace vspec;

static std::string config(const std::string &more) { return R"({"quant_method": "bitnet")" + more + "}"; }

TEST(BitNet, RefusesPartsAndOptions) {
  auto problem = [](auto change, int64_t rows = 8) {
    QuantisedFolder folder(config(""));
    folder.zeros("layer.weight", "U8", {2, 64}).zeros("layer.weight_scale", "BF16", {1});
    change(folder);
    return folder.problem(rows, 64);
  };
  EXPECT_EQ(problem([](auto &) {}), "fine: ternary{2 bits} x tensor:f32");
  EXPECT_EQ(problem([](auto &f) { f.zeros("layer.weight", "BF16", {8, 64}); }), "plain floats");
  EXPECT_EQ(problem([](auto &) {}, 9), ": tensor 'layer.weight' is of 9 rows, expected a multiple of 4");
  EXPECT_EQ(problem([](auto &) {}, 12), ": tensor 'layer.weight' is 2x64 of u8, expected 3x64 of u8");
  EXPECT_EQ(problem([](auto &f) { f.zeros("layer.weight", "U8", {}); }),
            ": tensor 'layer.weight' is a single number of u8, expected 2x64 of u8");
  EXPECT_EQ(problem([](auto &f) { f.zeros("layer.weight_scale", "BF16", {8}); }),
            ": tensor 'layer.weight_scale' is 8 of bf16, expected 1 of f16, bf16 or f32");
  auto options = [](const std::string &more) { return QuantisedFolder(config(more)).problem(8, 64); };
  EXPECT_EQ(options(R"(, "linear_class": "linear")"),
            "/config.json: quantization_config.linear_class is 'linear', expected bitlinear or autobitlinear");
  EXPECT_EQ(
      options(R"(, "linear_class": "autobitlinear", "quantization_mode": "online")"),
      "/config.json: quantization_config.quantization_mode is 'online', which rounds floats whenever they are used, expected offline: the "
      "packed checkpoint");
  EXPECT_EQ(options(R"(, "use_rms_norm": true)"),
            "/config.json: quantization_config.use_rms_norm is true, expected false: no norm stands before each linear");
}

TEST(BitNet, ThreeIsNoTernaryCode) {
  QuantisedFolder folder(config(""));
  folder.add("layer.weight", "U8", {2, 64}, std::vector<uint8_t>(128, 0x70)).add<float>("layer.weight_scale", "F32", {1}, {2});
  auto matrix = folder.matrix(8, 64); // the rows of the third quarter
  ASSERT_TRUE(matrix) << matrix.error().message;
  EXPECT_EQ((**matrix).coded(0, 8).error().message, "row 4, column 0: code is 3, expected 0 to 2");
}
