#include "RandomRows.h"
#include "vspec/Quant/Codec.h"
#include <cmath>
using namespace vspec;

static Codec codecOf(const std::string &text, int64_t columns) {
  Result<Codec> codec = Codec::create(formatOf(text), columns);
  EXPECT_TRUE(bool(codec)) << codec.error().message;
  return *codec;
}

static double relativeError(const std::vector<float> &a, const std::vector<float> &b) {
  double error = 0, power = 1e-30;
  for (size_t i = 0; i < a.size(); ++i) {
    error += std::pow(double(a[i]) - b[i], 2);
    power += std::pow(double(b[i]), 2);
  }
  return std::sqrt(error / power);
}

TEST(RowEncoder, errors_are_as_small_as_the_bits_allow) {
  for (auto [text, most] : {std::pair("f32", 0.0),
                            {"f16", 4e-4},
                            {"bf16", 4e-3},
                            {"int8", 0.006},
                            {"int6", 0.025},
                            {"int5", 0.05},
                            {"int4", 0.09},
                            {"int3", 0.19},
                            {"int2", 0.36},
                            {"int1", 0.62},
                            {"int4:min", 0.08},
                            {"int4:g128:zero", 0.11},
                            {"int8:zero", 0.006},
                            {"int8:min", 0.006},
                            {"int8:row", 0.01},
                            {"nf4", 0.1},
                            {"mxfp4", 0.13},
                            {"nvfp4", 0.1},
                            {"fp8", 0.027},
                            {"mxfp8", 0.03},
                            {"mxfp6", 0.035},
                            {"float{5, 2} x row:f32", 0.06},
                            {"mxint8", 0.01},
                            {"iq4_nl", 0.09},
                            {"iq4_xs", 0.09},
                            {"q6_k", 0.02},
                            {"q5_k", 0.045},
                            {"q4_k", 0.085},
                            {"q3_k", 0.17},
                            {"q2_k", 0.31},
                            {"tq1_0", 0.47},
                            {"ternary", 0.47},
                            {"bitnet", 0.6},
                            {"sherry", 0.6},
                            {"int4:row:min", 0.12},
                            {"int4:tensor:min", 0.15},
                            {"int{4} x 16x64:f16", 0.12},
                            {"int{4} x 32:uint{6},uint{6} x row:f32,f32", 0.085},
                            {"f16 x row:f32", 4e-4},
                            {"int{4} x 16:uint{4} x 64:uint{6} x 256:f16 x tensor:f32", 0.11},
                            {"int{4} x 32:f16 x row:f32", 0.09},
                            {"int{8} x row:uint{8} x tensor:f32", 0.012}}) {
    for (int64_t columns : {512, 300}) {
      std::vector<float> weights = randomWeights(32 * columns, 7);
      Codec codec = codecOf(text, columns);
      Result<CodedRows> coded = codec.encode(weights.data(), 32);
      ASSERT_TRUE(bool(coded)) << text << ": " << coded.error().message;
      double error = relativeError(codec.decode(*coded), weights);
      EXPECT_LE(error, most) << text;
      EXPECT_GE(error, most * 0.4) << text << ": the bound is too lax";
    }
  }
}

TEST(RowEncoder, encodes_any_shape_of_every_format) {
  for (const std::string &text : kernelFormats())
    for (auto [rows, columns] : {std::pair(0, 8), {1, 1}, {2, 4}, {3, 31}, {17, 172}, {1, 1027}}) {
      if (text == "sherry" && columns % 4)
        continue;
      std::vector<float> weights = randomWeights(rows * columns, uint32_t(columns));
      Codec codec = codecOf(text, columns);
      Result<CodedRows> coded = codec.encode(weights.data(), rows);
      ASSERT_TRUE(bool(coded)) << text << ": " << coded.error().message;
      EXPECT_LE(relativeError(codec.decode(*coded), weights), 1.0) << text << ' ' << columns;
    }
}

TEST(RowEncoder, zeros_stay_zeros) {
  for (const std::string &text : kernelFormats()) {
    std::vector<float> weights(4 * 128);
    Codec codec = codecOf(text, 128);
    Result<CodedRows> coded = codec.encode(weights.data(), 4);
    ASSERT_TRUE(bool(coded)) << text << ": " << coded.error().message;
    for (float weight : codec.decode(*coded))
      ASSERT_EQ(weight, 0) << text;
  }
  Codec codec = codecOf("int4", 64);
  std::vector<float> half(64);
  half[40] = 1;
  EXPECT_EQ(codec.encode(half.data(), 1)->scale[0][0], 0u);
}

TEST(RowEncoder, decoded_weights_encode_almost_to_themselves) {
  for (const char *text : {"int8", "int4", "int3", "int2", "int4:min", "nf4", "mxfp4", "nvfp4", "ternary", "bitnet", "q6_k", "tq1_0"}) {
    std::vector<float> weights = randomWeights(16 * 256, 3);
    Codec codec = codecOf(text, 256);
    std::vector<float> once = codec.decode(*codec.encode(weights.data(), 16));
    EXPECT_LE(relativeError(codec.decode(*codec.encode(once.data(), 16)), once), 0.035) << text;
  }
}

TEST(RowEncoder, a_ternary_tensor_keeps_its_magnitude_and_others_take_the_mean) {
  std::vector<float> ternary = {0.7f, 0, -0.7f, 0, 0, 0, 0.7f, 0}, other = {0.9f, 0.1f, -0.8f, 0.2f};
  EXPECT_EQ(codecOf("bitnet", 8).encode(ternary.data(), 1)->rowScale[0], 0.7f);
  EXPECT_FLOAT_EQ(codecOf("bitnet", 4).encode(other.data(), 1)->rowScale[0], 0.5f);
}

TEST(RowEncoder, parts_of_a_weight_give_the_bits_of_the_whole) {
  for (const std::string &text : kernelFormats()) {
    const int64_t columns = 260;
    Codec codec = codecOf(text, columns);
    const int64_t partRows = std::max<int64_t>(16, codec.sharedRows()), rows = 2 * partRows + 16;
    std::vector<float> weights = randomWeights(rows * columns, 21);
    TensorRange range;
    range.add(weights.data(), rows * columns);
    std::vector<float> whole = codec.decode(*codec.encode(weights.data(), rows)), parts;
    for (int64_t row = 0; row < rows; row += partRows) {
      std::vector<float> part =
          codec.decode(*codec.encode(weights.data() + row * columns, std::min(partRows, rows - row), range, row));
      parts.insert(parts.end(), part.begin(), part.end());
    }
    EXPECT_EQ(parts, whole) << text;
  }
}

TEST(RowEncoder, block_rows_share_their_scale) {
  Codec codec = codecOf("int{4} x 16x64:f16", 64);
  std::vector<float> weights = randomWeights(20 * 64, 2);
  CodedRows coded = *codec.encode(weights.data(), 20);
  for (size_t row = 1; row < 16; ++row)
    EXPECT_EQ(coded.scale[0][row], coded.scale[0][0]);
  EXPECT_NE(coded.scale[0][16], coded.scale[0][0]);
  EXPECT_EQ(coded.scale[0][19], coded.scale[0][16]);
}

TEST(RowEncoder, errors_name_row_and_column) {
  std::vector<float> weights(3 * 64);
  weights[64 + 5] = NAN;
  Codec codec = codecOf("int4", 64);
  EXPECT_EQ(codec.encode(weights.data(), 3, {}, 100).error().message, "row 101, column 5: weight is nan, expected a finite number");
  weights[64 + 5] = -INFINITY;
  EXPECT_EQ(codec.encode(weights.data(), 3).error().message, "row 1, column 5: weight is infinite, expected a finite number");
  weights[64 + 5] = 0;
  weights[128 + 40] = 8e6f;
  EXPECT_NE(codec.encode(weights.data(), 3).error().message.find("row 2, column 32: scale "), std::string::npos);
  EXPECT_EQ(codecOf("f16", 64).encode(weights.data(), 3).error().message, "row 2, column 40: 8000000.000000 does not fit in f16");
}

TEST(RowEncoder, tiny_and_huge_weights_keep_their_precision) {
  for (float factor : {1e-30f, 1e-20f, 1e20f, 1e34f})
    for (const char *text : {"int4:f32", "int4:f32:min", "int4:f32:zero", "nf4:f32", "int4:e8m0", "ternary"}) {
      std::vector<float> plain = randomWeights(4 * 64, 8), weights = plain;
      for (float &weight : weights)
        weight *= factor;
      Codec codec = codecOf(text, 64);
      Result<CodedRows> coded = codec.encode(weights.data(), 4);
      ASSERT_TRUE(bool(coded)) << text << ": " << coded.error().message;
      std::vector<float> decoded = codec.decode(*coded);
      for (float &weight : decoded)
        weight /= factor;
      EXPECT_LE(relativeError(decoded, plain), 0.5) << text << ' ' << factor;
    }
}
