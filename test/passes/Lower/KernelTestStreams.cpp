// What models of several residual streams add: sums of rows by factors of each row, gains by columns, parts of rows, what lies far
// above the mean, magnitudes of other rows, tokens without a row. Bit for bit against the reference.
#include "KernelFixture.h"
#include "KernelReference.h"
#include "KernelTestWeights.h"
#include "vspec/Support/SmallFloat.h"
#include <cmath>

using namespace vspec;

namespace {
class StreamKernels : public KernelTest {
protected:
  static constexpr int64_t rows = 5;
  static constexpr int64_t widths[] = {1, 50, 172};

  /// A launch that makes %out; `line` is what follows its first "=".
  void expectRows(const std::string &line, int64_t columns, const std::vector<const void *> &inputs, const std::string &arguments,
                  const std::string &result, const std::string &symbols, const std::vector<float> &expected) {
    Kernels kernels("vexec.kernel @k {\n" + symbols + "func.func @body(" + arguments + ") -> " + result + " {\n  %" +
                        (line.rfind("vspec.linear", 0) == 0 ? "0" : "out") + " = " + line + "\n  return %out : " + result + "\n}\n}\n",
                    GetParam(), rows);
    Buffer out(expected.size() * 4);
    std::vector<const void *> operands = inputs;
    operands.push_back(out.as());
    kernels.launch("k", rows, operands);
    EXPECT_TRUE(sameBits(out.as(), expected.data(), int64_t(expected.size()))) << line << ", " << columns << " columns";
  }
};

/// The factors of Numerics.md, of one row.
float mixed(const std::vector<float> &x, const std::vector<float> &factors) {
  float sum = factors[0] * x[0];
  for (size_t i = 1; i < x.size(); ++i)
    sum = std::fma(factors[i], x[i], sum);
  return sum;
}
} // namespace

TEST_P(StreamKernels, WeightedSums) {
  for (int64_t columns : widths) {
    std::string type = rowsType(columns);
    std::vector<float> x = normals(rows * columns), y = normals(rows * columns), z = normals(rows * columns), weights = normals(rows * 7);
    std::vector<float> fixed, weighted;
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t c = 0; c < columns; ++c) {
        size_t i = size_t(row * columns + c);
        const float *w = &weights[size_t(row * 7 + 3)];
        fixed.push_back(mixed({x[i], y[i], z[i]}, {0.25f, -1.0f, 3.0f}));
        weighted.push_back(mixed({x[i], y[i], z[i]}, {w[0] + 1.0f, w[1] + 0.0f, w[2] + -0.5f}));
      }
    Buffer a = bufferOf(x), b = bufferOf(y), c = bufferOf(z), w = bufferOf(weights);
    std::string three = "%x: " + type + ", %y: " + type + ", %z: " + type, types = type + ", " + type + ", " + type;
    expectRows("vspec.weighted_sum %x, %y, %z {factors = array<f32: 0.25, -1.0, 3.0>} : " + types + " -> " + type, columns,
               {a.as(), b.as(), c.as()}, three, type, "", fixed);
    expectRows("vspec.weighted_sum %x, %y, %z by %w {factors = array<f32: 1.0, 0.0, -0.5>, first = 3 : i64} : " + types + " by " +
                   rowsType(7) + " -> " + type,
               columns, {a.as(), b.as(), c.as(), w.as()}, three + ", %w: " + rowsType(7), type, "", weighted);
  }
}

TEST_P(StreamKernels, GainsOfColumnsAndNormsWithoutGain) {
  for (int64_t columns : widths) {
    std::string type = rowsType(columns);
    std::vector<float> x = normals(rows * columns), gain = normals(columns), scaled, normed = x;
    for (size_t i = 0; i < x.size(); ++i)
      scaled.push_back(x[i] * gain[i % size_t(columns)]);
    for (int64_t row = 0; row < rows; ++row)
      reference::rmsNorm(&normed[size_t(row * columns)], columns, nullptr, 1e-5f);
    Buffer in = bufferOf(x), gains = bufferOf(gain);
    expectRows("vspec.scale_columns %x, @w0 : " + type, columns, {in.as(), gains.as()}, "%x: " + type, type,
               weightLine("w0", 1, columns, "f32", "plain"), scaled);
    expectRows("vspec.rms_norm %x {epsilon = 1.0e-5 : f32} : " + type, columns, {in.as()}, "%x: " + type, type, "", normed);
  }
}

TEST_P(StreamKernels, PartsOfRows) {
  for (int64_t columns : widths) {
    std::vector<float> x = normals(rows * 3 * columns), expected;
    for (int64_t row = 0; row < rows; ++row)
      expected.insert(expected.end(), x.begin() + (row * 3 + 2) * columns, x.begin() + (row * 3 + 3) * columns);
    Buffer in = bufferOf(x);
    std::string all = rowsType(3 * columns), type = rowsType(columns);
    expectRows("vspec.take_part %x {part = 2 : i64, parts = 3 : i64} : " + all + " -> " + type, columns, {in.as()}, "%x: " + all, type, "",
               expected);
  }
}

TEST_P(StreamKernels, SumsOfParts) {
  for (int64_t columns : widths) {
    std::vector<float> x = normals(rows * 3 * columns), expected;
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t c = 0; c < columns; ++c) {
        const float *first = &x[size_t(row * 3 * columns + c)];
        expected.push_back(first[0] + first[columns] + first[2 * columns]);
      }
    Buffer in = bufferOf(x);
    std::string all = rowsType(3 * columns), type = rowsType(columns);
    expectRows("vspec.sum_parts %x {parts = 3 : i64} : " + all + " -> " + type, columns, {in.as()}, "%x: " + all, type, "", expected);
  }
}

TEST_P(StreamKernels, ExcessOverTheMean) {
  for (int64_t columns : widths)
    for (auto [text, deviations] : {std::pair("1.64485359", 1.64485359f), {"-0.5", -0.5f}, {"0.0", 0.0f}}) {
      std::vector<float> x = normals(rows * columns, 3);
      std::fill_n(x.begin() + columns, columns, 7.0f); // no deviation: nothing lies above the mean
      std::vector<float> expected = x;
      int64_t kept = 0;
      for (int64_t row = 0; row < rows; ++row)
        reference::excess(&expected[size_t(row * columns)], columns, deviations);
      for (int64_t c = 0; c < columns; ++c)
        EXPECT_EQ(expected[size_t(columns + c)], 0);
      for (float value : expected)
        kept += value > 0;
      if (columns == 172)
        EXPECT_NEAR(double(kept) / (4 * 172), 0.5 * std::erfc(double(deviations) / std::sqrt(2.0)), 0.05);
      Buffer in = bufferOf(x);
      std::string type = rowsType(columns);
      expectRows("vspec.excess %x {deviations = " + std::string(text) + " : f32} : " + type, columns, {in.as()}, "%x: " + type, type, "",
                 expected);
    }
}

TEST_P(StreamKernels, MagnitudesOfOtherRows) {
  for (int64_t columns : widths) {
    std::vector<float> x = normals(rows * columns, 3), like = normals(rows * columns, 0.1), expected = x;
    std::fill_n(x.begin() + 2 * columns, columns, 1e-4f); // below epsilon
    expected = x;
    for (int64_t row = 0; row < rows; ++row)
      reference::matchMagnitude(&expected[size_t(row * columns)], &like[size_t(row * columns)], columns, 1e-5f);
    Buffer in = bufferOf(x), other = bufferOf(like);
    std::string type = rowsType(columns);
    expectRows("vspec.match_magnitude %x, %y {epsilon = 1.0e-5 : f32} : " + type, columns, {in.as(), other.as()},
               "%x: " + type + ", %y: " + type, type, "", expected);
  }
}

// Behind a linear, in tiles of 16 columns of which the last is short; the weights of the sum come from elsewhere.
TEST_P(StreamKernels, BehindALinear) {
  for (int64_t columns : widths) {
    std::string type = rowsType(columns);
    NormalForm form = formOf("f32", columns);
    CodedRows identity(form, columns, columns);
    for (int64_t n = 0; n < columns; ++n)
      identity.floats[size_t(n * columns + n)] = bitsOfFloat(1);
    std::vector<float> x = normals(rows * columns), y = normals(rows * columns), weights = normals(rows * 4), gain = normals(columns),
                       expected;
    for (size_t i = 0; i < x.size(); ++i) {
      const float *w = &weights[i / size_t(columns) * 4];
      expected.push_back(mixed({x[i] * gain[i % size_t(columns)], y[i]}, {w[0] + 1.0f, w[1] + 2.0f}));
    }
    Buffer in = bufferOf(x), more = bufferOf(y), numbers = bufferOf(weights), weight = packed(form, identity), gains = bufferOf(gain);
    expectRows("vspec.linear %x, @w0 : " + type + " -> " + type + "\n  %1 = vspec.scale_columns %0, @w1 : " + type +
                   "\n  %out = vspec.weighted_sum %1, %r by %w {factors = array<f32: 1.0, 2.0>} : " + type + ", " + type + " by " +
                   rowsType(4) + " -> " + type,
               columns, {in.as(), more.as(), numbers.as(), weight.as(), gains.as()},
               "%x: " + type + ", %r: " + type + ", %w: " + rowsType(4), type,
               weightLine("w0", columns, columns, "f32") + weightLine("w1", 1, columns, "f32", "plain"), expected);
  }
}

TEST_P(StreamKernels, TokensWithoutARow) {
  constexpr int64_t columns = 44, tokens = 20;
  std::string type = rowsType(columns);
  Kernels kernels("vexec.kernel @k {\n" + weightLine("w0", tokens, columns, "int4") + "func.func @body(%rows: !vspec.rows) -> " + type +
                      " {\n  %x = vspec.embed @w0, %rows {stand_in = 3 : i64} : " + type + "\n  return %x : " + type + "\n}\n}\n",
                  GetParam(), 4);
  NormalForm form = formOf("int4", columns);
  CodedRows coded = encodedWeight("int4", tokens, columns, random);
  std::vector<float> expected, decoded = decodeRows(form, coded);
  const Row table[] = {{0, 0, 19, 0}, {0, 1, 20, 0}, {0, 2, 4000000, 0}, {0, 3, 7, 0}};
  for (int64_t token : {19, 3, 3, 7})
    expected.insert(expected.end(), decoded.begin() + token * columns, decoded.begin() + (token + 1) * columns);
  Buffer weight = packed(form, coded), output(expected.size() * 4);
  kernels.launch("k", 4, {table, weight.as(), output.as()});
  EXPECT_TRUE(sameBits(output.as(), expected.data(), 4 * columns));
}

VSPEC_ON_ALL_TARGETS(StreamKernels);
