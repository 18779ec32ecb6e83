// FP8 and ModelOpt: the names that their tensors have, and refusals. Blocks are compared with transformers.
#include "QuantisedFolder.h"
#include <gtest/gtest.h>

using namespace vspec;

static std::string method(const std::string &name, const std::string &more = "") {
  return R"({"quant_method": ")" + name + "\"" + more + "}";
}

TEST(Fp8, ScalesHaveManyNames) {
  auto format = [](const std::string &text, const char *scale, const char *dtype, std::vector<int64_t> shape) {
    QuantisedFolder folder(text);
    folder.zeros("layer.weight", "F8_E4M3", {200, 160}).zeros(scale, dtype, std::move(shape));
    return folder.problem(200, 160);
  };
  std::string blocks = method("fp8", R"(, "weight_block_size": [128, 128])");
  EXPECT_EQ(format(blocks, "layer.weight_scale_inv", "F32", {2, 2}), "fine: float{4, 3} x 128x128:f32");
  EXPECT_EQ(format(blocks, "layer.weight_scale_inv", "F8_E8M0", {2, 2}), "fine: float{4, 3} x 128x128:e8m0");
  EXPECT_EQ(format(method("fp8"), "layer.weight_scale", "F32", {}), "fine: float{4, 3} x tensor:f32");
  EXPECT_EQ(format(method("fbgemm_fp8"), "layer.weight_scale", "F32", {200, 1}), "fine: float{4, 3} x row:f32");
  EXPECT_EQ(format(method("modelopt", R"(, "quant_algo": "FP8")"), "layer.weight_scale", "F32", {}), "fine: float{4, 3} x tensor:f32");
  EXPECT_EQ(
      format(blocks, "layer.weight_scale_inv", "F32", {3, 2}),
      ": tensor 'layer.weight_scale_inv' is 3x2, expected one number, one for each of 200 rows, or for groups of their 160 columns, or for "
      "the blocks of the configuration");
  EXPECT_EQ(format(method("fp8"), "layer.scale", "F32", {}), ": has no tensor 'layer.weight_scale_inv'");
  EXPECT_EQ(QuantisedFolder(method("fp8")).zeros("layer.weight", "BF16", {8, 8}).problem(8, 8), "plain floats");
}

TEST(Fp8, RefusesWhatIsNoNumber) {
  QuantisedFolder folder(method("fp8"));
  folder.add("layer.weight", "F8_E4M3", {16, 64}, std::vector<uint8_t>(1024, 0xff)).add<float>("layer.weight_scale_inv", "F32", {}, {1});
  EXPECT_EQ((**folder.matrix(16, 64)).coded(3, 2).error().message, "row 3, column 0: weight is nan, expected a finite number");
}

TEST(Fp8, RefusesOptions) {
  auto problem = [](const std::string &text) { return QuantisedFolder(text).problem(8, 64); };
  EXPECT_EQ(problem(method("fp8", R"(, "fmt": "e3m4")")), "/config.json: quantization_config.fmt is 'e3m4', expected e4m3 or e5m2");
  EXPECT_EQ(problem(method("fp8", R"(, "weight_block_size": [128, 0])")),
            "/config.json: quantization_config.weight_block_size is no pair of numbers above 0");
  EXPECT_EQ(problem(method("modelopt", R"(, "quant_algo": "W4A8_AWQ")")),
            "/config.json: quantization_config.quant_algo is 'W4A8_AWQ', expected NVFP4 or FP8");
}

TEST(ModelOpt, Nvfp4MultipliesByTheSecondScale) {
  QuantisedFolder folder(method("modelopt", R"(, "quant_algo": "NVFP4")"));
  folder.add("layer.weight", "U8", {16, 32}, std::vector<uint8_t>(512, 0xa7)); // 6, then -1
  folder.add("layer.weight_scale", "F8_E4M3", {16, 4}, std::vector<uint8_t>(64, 0x40))
      .add<float>("layer.weight_scale_2", "F32", {}, {0.25f});
  auto matrix = folder.matrix(16, 64);
  ASSERT_TRUE(matrix) << matrix.error().message;
  std::vector<float> want;
  for (int i = 0; i < 1024; ++i)
    want.push_back(0.25f * 2 * (i % 2 ? -1.0f : 6.0f));
  EXPECT_EQ(valuesOf(**matrix), want);
}
