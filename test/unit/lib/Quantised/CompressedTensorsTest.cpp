// What the library's own matrices do not show: other ways to store zero points, and refusals.
#include "QuantisedFolder.h"
#include <gtest/gtest.h>

using namespace vspec;

static std::string config(const std::string &weights, const std::string &more = "") {
  return R"({"quant_method": "compressed-tensors", "config_groups": {"group_0": {"targets": ["Linear"], "weights": {)" + weights + "}}}" +
         more + "}";
}
static const std::string int4 = R"("num_bits": 4, "type": "int", "group_size": 32)";

static QuantisedFolder &fill(QuantisedFolder &folder) {
  folder.zeros("layer.weight_packed", "I32", {8, 8}).zeros("layer.weight_scale", "BF16", {8, 2});
  return folder.add<int64_t>("layer.weight_shape", "I64", {2}, {8, 64});
}

TEST(CompressedTensors, ZeroPointsMayBeBytes) {
  QuantisedFolder folder(config(int4));
  fill(folder).add("layer.weight_zero_point", "I8", {8, 2}, std::vector<int8_t>(16, -3));
  folder.add("layer.weight_scale", "F32", {8, 2}, std::vector<float>(16, 0.5f));
  folder.add("layer.weight_packed", "I32", {8, 8}, std::vector<uint32_t>(64, 0xffffffff));
  auto matrix = folder.matrix(8, 64);
  ASSERT_TRUE(matrix) << matrix.error().message;
  EXPECT_EQ((**matrix).format.text(), "int{4} x 32:f32, zero int{4}");
  EXPECT_EQ(valuesOf(**matrix), std::vector<float>(512, 0.5f * (7 + 3)));
}

TEST(CompressedTensors, UnsetOrderIsNone) {
  QuantisedFolder folder(config(int4));
  fill(folder).add("layer.weight_g_idx", "I32", {64}, std::vector<int32_t>(64, -1));
  EXPECT_TRUE((**folder.matrix(8, 64)).order.empty());
}

TEST(CompressedTensors, BlocksAndE5M2) {
  QuantisedFolder folder(config(R"("num_bits": 8, "type": "float", "block_structure": [16, 32])"));
  folder.zeros("layer.weight", "F8_E5M2", {40, 80}).zeros("layer.weight_scale", "F16", {3, 3});
  EXPECT_EQ(folder.problem(40, 80), "fine: float{5, 2} x 16x32:f16");
  folder.add("layer.weight", "F8_E5M2", {40, 80}, std::vector<uint8_t>(3200, 0x7c));
  EXPECT_EQ((**folder.matrix(40, 80)).coded(16, 1).error().message, "row 16, column 0: weight is infinite, expected a finite number");
}

TEST(CompressedTensors, RefusesParts) {
  auto problem = [](auto change, int64_t rows = 8, int64_t columns = 64) {
    QuantisedFolder folder(config(int4));
    change(fill(folder));
    return folder.problem(rows, columns);
  };
  auto none = [](QuantisedFolder &) {};
  EXPECT_EQ(problem(none), "fine: int{4} x 32:bf16");
  EXPECT_EQ(problem([](auto &f) { f.without("layer.weight_packed"); }), "plain floats");
  EXPECT_EQ(problem(none, 8, 96), ": tensor 'layer.weight_packed' is 8x8 of i32, expected 8x12 of i32");
  EXPECT_EQ(problem([](auto &f) {
              f.zeros("layer.weight_scale", "F8_E4M3", {8, 2});
            }),
            ": tensor 'layer.weight_scale' is 8x2 of f8_e4m3, expected 8x2 of f16, bf16 or f32");
  EXPECT_EQ(
      problem([](auto &f) {
        f.zeros("layer.weight_scale", "F16", {3, 2});
      }),
      ": tensor 'layer.weight_scale' is 3x2, expected one number, one for each of 8 rows, or for groups of their 64 columns, or for the "
      "blocks of the configuration");
  EXPECT_EQ(problem([](auto &f) {
              f.zeros("layer.weight_zero_point", "I32", {8, 2});
            }),
            ": tensor 'layer.weight_zero_point' is 8x2 of i32, expected 1x2 of i32 or i8");
  EXPECT_EQ(problem([](auto &f) { f.zeros("layer.weight_g_idx", "I32", {64}); }),
            ": tensor 'layer.weight_g_idx' has group 0 more than 32 times, the columns of that group");
  EXPECT_EQ(problem([](auto &f) {
              f.without("layer.weight_packed").zeros("layer.weight", "I8", {8, 64}).zeros("layer.weight_g_idx", "I32", {64});
            }),
            ": tensor 'layer.weight_g_idx' is there, but columns out of order are only read of pack-quantized weights");
  EXPECT_EQ(problem([](auto &f) {
              f.without("layer.weight_packed").zeros("layer.weight", "F8_E4M3FNUZ", {8, 64});
            }),
            ": tensor 'layer.weight' is 8x64 of f8_e4m3fnuz, expected 8x64 of f8_e4m3, f8_e5m2 or i8");
  EXPECT_EQ(problem([](auto &f) {
              f.zeros("layer.weight_packed", "U8", {8, 32}).zeros("layer.weight_scale", "U8", {8, 4});
            }),
            ": tensor 'layer.weight_scale' is 8x4 of u8, expected 8x2 of u8 or f8_e8m0");
  EXPECT_EQ(problem(
                [](auto &f) {
                  f.zeros("layer.weight_packed", "U8", {8, 20});
                },
                8, 40),
            ": tensor 'layer.weight_packed' is of 40 columns, expected whole groups of 32");
  QuantisedFolder none4(R"({"quant_method": "compressed-tensors", "config_groups": {}})");
  EXPECT_EQ(fill(none4).problem(8, 64),
            "/config.json: quantization_config.config_groups says nothing of weights, but there are packed ones");
}

TEST(CompressedTensors, ScalesOfNvfp4AreNumbers) {
  QuantisedFolder folder(config(R"("num_bits": 4)"));
  folder.zeros("layer.weight_packed", "U8", {8, 32}).add<float>("layer.weight_global_scale", "F32", {1}, {4});
  folder.add("layer.weight_scale", "F8_E4M3", {8, 4}, std::vector<uint8_t>(32, 0x80));
  EXPECT_EQ((**folder.matrix(8, 64)).coded(0, 8).error().message, "row 0, column 0: scale is negative or nan, expected a scale in e4m3");
  folder.zeros("layer.weight_global_scale", "F32", {2});
  EXPECT_EQ(folder.problem(8, 64), ": tensor 'layer.weight_global_scale' is 2 of f32, expected 1 of f32");
}

TEST(CompressedTensors, RefusesOptions) {
  auto problem = [](const std::string &text) { return QuantisedFolder(text).problem(8, 64); };
  EXPECT_EQ(
      problem(config(int4,
                     R"(, "format": "pack-quantized", "transform_config": {}, "sparsity_config": {}, "kv_cache_scheme": {"num_bits": 8})")),
      "plain floats");
  EXPECT_EQ(problem(config(int4, R"(, "format": "marlin-24")")),
            "/config.json: quantization_config.format is 'marlin-24', expected one of pack-quantized, int-quantized, float-quantized, "
            "naive-quantized, nvfp4-pack-quantized, mxfp4-pack-quantized, mxfp8-quantized, mixed-precision, dense");
  EXPECT_EQ(
      problem(config(int4, R"(, "sparsity_config": {"format": "sparse-24-bitmask"})")),
      "/config.json: quantization_config.sparsity_config.format is 'sparse-24-bitmask', expected dense: no reader fills in the zeros of "
      "sparse weights");
  EXPECT_EQ(problem(config(int4, R"(, "transform_config": {"config_groups": {}})")),
            "/config.json: quantization_config.transform_config turns activations, which nothing here computes, expected none");
  EXPECT_EQ(problem(config(R"("num_bits": 16)")),
            "/config.json: quantization_config.config_groups.group_0.weights.num_bits is 16, expected 1 to 8");
  EXPECT_EQ(problem(config(R"("block_structure": [128])")),
            "/config.json: quantization_config.config_groups.group_0.weights.block_structure is no pair of numbers above 0");
  EXPECT_EQ(problem(R"({"quant_method": "compressed-tensors"})"), "/config.json: quantization_config has no config_groups");
}
