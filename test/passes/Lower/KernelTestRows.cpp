// Launches without an anchor: whole rows, norms among them, bit for bit against the reference.
#include "KernelFixture.h"
#include "KernelReference.h"
#include <cmath>

using namespace vspec;

namespace {
using RowKernels = KernelTest;
} // namespace

TEST_P(RowKernels, NormScaleSumAndSoftCap) {
  constexpr int64_t rows = 5;
  for (int64_t columns : {1, 24, 172}) {
    std::string type = rowsType(columns);
    Kernels kernels("vexec.kernel @k {\n" + weightLine("w0", 1, columns, "f32", "plain") + "func.func @body(%x: " + type + ", %r: " + type +
                        ") -> (" + type + ", " + type + ") {\n  %0 = vspec.rms_norm %x, @w0 {epsilon = 1.0e-5 : f32} : " + type +
                        "\n  %1 = vspec.scale %0 {factor = 0.25 : f32} : " + type + "\n  %2 = vspec.add %r, %1 : " + type +
                        "\n  %3 = vspec.soft_cap %2 {cap = 1.5 : f32} : " + type + "\n  return %2, %3 : " + type + ", " + type + "\n}\n}\n",
                    GetParam(), rows);
    std::vector<float> x = normals(rows * columns), residual = normals(rows * columns), gain = normals(columns), sums = x, capped;
    for (int64_t row = 0; row < rows; ++row)
      reference::rmsNorm(&sums[size_t(row * columns)], columns, gain.data(), 1e-5f);
    for (size_t i = 0; i < sums.size(); ++i) {
      sums[i] = residual[i] + sums[i] * 0.25f;
      capped.push_back(reference::softCap(sums[i], 1.5f));
      EXPECT_NEAR(capped.back(), 1.5 * std::tanh(sums[i] / 1.5), 1e-6);
    }
    Buffer in = bufferOf(x), more = bufferOf(residual), gains = bufferOf(gain), sum(x.size() * 4), out(x.size() * 4);
    kernels.launch("k", rows, {in.as(), more.as(), gains.as(), sum.as(), out.as()});
    EXPECT_TRUE(sameBits(sum.as(), sums.data(), rows * columns)) << columns << " columns";
    EXPECT_TRUE(sameBits(out.as(), capped.data(), rows * columns)) << columns << " columns";
  }
}

// Heads of 24 columns of which the first 2 x 5 turn; the rest is kept.
TEST_P(RowKernels, TurnsPartOfAHead) {
  constexpr int64_t rows = 2, heads = 3, size = 24, half = 5, columns = heads * size;
  std::string type = rowsType(columns);
  Kernels kernels("vexec.kernel @k {\nfunc.func @body(%x: " + type + ", %rows: !vspec.rows) -> " + type +
                      " {\n  %0 = vspec.rope %x, %rows {frequencies = array<f32: 1.0, 0.5, 0.25, 0.125, 0.0625>, heads = 3 : i64} : " +
                      type + "\n  return %0 : " + type + "\n}\n}\n",
                  GetParam(), rows);
  const int32_t positions[rows] = {3, 7000};
  Row table[rows];
  for (int32_t row = 0; row < rows; ++row)
    table[row] = {row, positions[row], 0, 0};
  std::vector<float> x = normals(rows * columns);
  Buffer in = bufferOf(x), out(x.size() * 4);
  kernels.launch("k", StepArguments{rows, rows, 7000, rows}, {in.as(), table, out.as()});
  for (int64_t i = 0; i < rows * columns; ++i) {
    int64_t column = i % size, position = positions[i / columns];
    double expected = x[size_t(i)], angle = double(position) / double(1 << column % half);
    if (column < half)
      expected = x[size_t(i)] * std::cos(angle) - x[size_t(i + half)] * std::sin(angle);
    else if (column < 2 * half)
      expected = x[size_t(i)] * std::cos(angle) + x[size_t(i - half)] * std::sin(angle);
    EXPECT_NEAR(out.as()[i], expected, 2e-6) << "column " << i;
  }
}

VSPEC_ON_ALL_TARGETS(RowKernels);
