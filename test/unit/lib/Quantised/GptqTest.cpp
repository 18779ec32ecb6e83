#include "QuantisedFolder.h"
#include <gtest/gtest.h>
#include <random>

using namespace vspec;

static std::string config(int bits, int group, const std::string &more = "") {
  return R"({"quant_method": "gptq", "bits": )" + std::to_string(bits) + R"(, "group_size": )" + std::to_string(group) + more + "}";
}

/// Writes `bits` bits at place i of a column of words, by the definition: a stream of bits.
static void put(std::vector<uint32_t> &words, int64_t start, int64_t stride, int64_t i, int bits, unsigned value) {
  for (int b = 0; b < bits; ++b)
    words[size_t(start + (i * bits + b) / 32 * stride)] |= (value >> b & 1) << (i * bits + b) % 32;
}

// All widths, groups and orders of columns: weight = scale * (code - zero).
TEST(Gptq, DecodesByDefinition) {
  std::mt19937 random(1);
  auto below = [&](unsigned n) { return unsigned(random() % n); };
  for (int bits : {2, 3, 4, 8})
    for (int64_t group : {32, 48, -1})
      for (bool scattered : {false, true})
        for (bool second : {false, true}) {
          int64_t rows = 32, columns = 96, length = group < 0 ? columns : group, groups = columns / length;
          std::vector<uint32_t> codes(size_t(columns / 32 * bits * rows)), zeros(size_t(groups * rows / 32 * bits));
          std::vector<float> scales(size_t(groups * rows)), want(size_t(rows * columns));
          std::vector<unsigned> zero(size_t(groups * rows));
          std::vector<int32_t> index;
          for (int64_t column = 0; column < columns; ++column)
            index.push_back(int32_t((scattered ? (column * 35 + 7) % columns : column) / length));
          for (int64_t i = 0; i < groups * rows; ++i) {
            scales[size_t(i)] = float(1 + below(100)) / 64;
            zero[size_t(i)] = below(1u << bits);
            put(zeros, i / rows * (rows / 32 * bits), 1, i % rows, bits, (zero[size_t(i)] - !second) & ((1u << bits) - 1));
          }
          for (int64_t row = 0; row < rows; ++row)
            for (int64_t column = 0; column < columns; ++column) {
              unsigned code = below(1u << bits);
              size_t number = size_t(index[size_t(column)] * rows + row);
              put(codes, row, rows, column, bits, code);
              want[size_t(row * columns + column)] = scales[number] * (float(code) - float(zero[number]));
            }
          QuantisedFolder folder(config(bits, int(group), second ? R"(, "checkpoint_format": "gptq_v2")" : ""));
          folder.add("layer.qweight", "I32", {columns / 32 * bits, rows}, codes);
          folder.add("layer.qzeros", "I32", {groups, rows / 32 * bits}, zeros);
          folder.add("layer.scales", "F32", {groups, rows}, scales);
          folder.add("layer.g_idx", "I32", {columns}, index);
          auto matrix = folder.matrix(rows, columns);
          ASSERT_TRUE(matrix) << matrix.error().message;
          ASSERT_TRUE(*matrix);
          EXPECT_EQ((**matrix).order.empty(), !scattered || group < 0);
          EXPECT_EQ(valuesOf(**matrix), want) << bits << " " << group << " " << scattered << " " << second;
          std::string extent = group < 0 ? "row" : group == 48 ? "16" : "32", width = std::to_string(bits);
          EXPECT_EQ((**matrix).format.text(), "int{" + width + "} x " + extent + ":f32, zero int{" + (bits == 3 ? "4" : width) + "}");
        }
}

static QuantisedFolder &fill(QuantisedFolder &folder) {
  folder.zeros("layer.qweight", "I32", {8, 32}).zeros("layer.scales", "F16", {2, 32});
  return folder.add("layer.qzeros", "I32", {2, 4}, std::vector<uint32_t>(8, 0x77777777));
}

TEST(Gptq, NeedsNoZeroPointInTheMiddle) {
  QuantisedFolder folder(config(4, 32));
  EXPECT_EQ(folder.problem(32, 64), "plain floats");
  EXPECT_EQ(fill(folder).problem(32, 64), "fine: int{4} x 32:f16");
}

TEST(Gptq, ShapesMayTellSizesWhereModulesDiffer) {
  QuantisedFolder folder(config(8, 128, R"(, "dynamic": {"layer": {"bits": 4}})"));
  EXPECT_EQ(fill(folder).problem(32, 64), "fine: int{4} x 32:f16");
  QuantisedFolder one(config(8, 128, R"(, "dynamic": {"layer": {"bits": 4}})"));
  fill(one).zeros("layer.scales", "F16", {1, 32}).zeros("layer.qzeros", "I32", {1, 4});
  EXPECT_EQ(one.problem(32, 64), "fine: int{4} x row:f16, zero int{4}");
}

TEST(Gptq, RefusesParts) {
  auto problem = [](auto change, int64_t rows = 32, int64_t columns = 64, std::string more = "") {
    QuantisedFolder folder(config(4, 32, more));
    change(fill(folder));
    return folder.problem(rows, columns);
  };
  auto none = [](QuantisedFolder &) {};
  EXPECT_EQ(problem(none, 32, 80), ": tensor 'layer.qweight' is of 32x80 weights, expected multiples of 32");
  EXPECT_EQ(problem(none, 32, 96), ": tensor 'layer.qweight' is 8x32 of i32, expected 12x32 of i32");
  EXPECT_EQ(problem([](auto &f) {
              f.zeros("layer.qweight", "F32", {8, 32});
            }),
            ": tensor 'layer.qweight' is 8x32 of f32, expected 8x32 of i32");
  EXPECT_EQ(problem([](auto &f) { f.zeros("layer.qzeros", "I32", {8}); }), ": tensor 'layer.qzeros' is 8 of i32, expected 2x4 of i32");
  EXPECT_EQ(problem([](auto &f) {
              f.zeros("layer.scales", "F64", {2, 32});
            }),
            ": tensor 'layer.scales' is 2x32 of f64, expected 2x32 of f16, bf16 or f32");
  EXPECT_EQ(problem([](auto &f) { f.without("layer.scales"); }), ": has no tensor 'layer.scales'");
  EXPECT_EQ(problem(none, 32, 64, R"(, "desc_act": true)"),
            ": tensor 'layer.g_idx' is missing, but desc_act says that columns are out of order");
  auto withIndex = [&](std::vector<int32_t> index) {
    return problem([&](auto &f) { f.add("layer.g_idx", "I32", {int64_t(index.size())}, index); });
  };
  std::vector<int32_t> index(64);
  EXPECT_EQ(withIndex(index), ": tensor 'layer.g_idx' has group 0 more than 32 times, the columns of that group");
  EXPECT_EQ(withIndex(std::vector<int32_t>(63)), ": tensor 'layer.g_idx' is 63 of i32, expected 64 of i32");
  index[5] = 2;
  EXPECT_EQ(withIndex(index), ": tensor 'layer.g_idx' has 2 at 5, expected a group from 0 to 1");
  index[5] = -1;
  EXPECT_EQ(withIndex(index), ": tensor 'layer.g_idx' has -1 at 5, expected a group from 0 to 1");
}

TEST(Gptq, RefusesOptions) {
  auto problem = [](const std::string &text) { return QuantisedFolder(text).problem(32, 64); };
  EXPECT_EQ(problem(R"({"bits": 4})"), "/config.json: quantization_config has no quant_method");
  EXPECT_EQ(problem(R"("gptq")"), "/config.json: quantization_config is no object, expected one that says how the weights were quantised");
  EXPECT_EQ(problem(R"({"quant_method": "gptq"})"), "/config.json: quantization_config has no bits");
  EXPECT_EQ(problem(R"({"quant_method": "gptq", "bits": 4})"), "/config.json: quantization_config has no group_size");
  EXPECT_EQ(problem(config(5, 32)), "/config.json: quantization_config.bits is 5, expected 2, 3, 4 or 8");
  EXPECT_EQ(problem(config(4, 0)), "/config.json: quantization_config.group_size is 0, expected -1 (a row) or a number of columns");
  EXPECT_EQ(problem(config(4, 32, R"(, "checkpoint_format": "marlin")")),
            "/config.json: quantization_config.checkpoint_format is 'marlin', expected gptq or gptq_v2, which GPTQModel writes by default");
  EXPECT_EQ(problem(config(4, 32, R"(, "pack_dtype": "int16")")),
            "/config.json: quantization_config.pack_dtype is 'int16', expected int32");
  EXPECT_EQ(problem(config(4, 32, R"(, "desc_act": 1)")), "/config.json: quantization_config.desc_act is an integer, expected a boolean");
}
