// Routing, the linears of experts and the sum of what they made, bit for bit against the reference.
#include "KernelFixture.h"
#include "KernelReference.h"
#include "KernelTestWeights.h"
#include "vspec/Plan/RouteTable.h"
#include <cmath>
#include <limits>

using namespace vspec;

namespace {
struct Case {
  int64_t experts, chosen, hidden, width;
  std::string format, scores;
  int64_t block; // 0: f32 activations
  float scale;
  bool hasBias;

  std::string routes() const {
    return "!vspec.routes<experts = " + std::to_string(experts) + ", chosen = " + std::to_string(chosen) + ">";
  }
};

std::string stackLine(const std::string &name, const Case &c, int64_t rows, int64_t columns) {
  return "  vspec.weight @" + name + " : !vspec.weight<" + std::to_string(c.experts) + "x" + std::to_string(rows) + "x" +
         std::to_string(columns) + ", \"" + c.format + "\", rows16> {source = \"\"}\n";
}

// Four launches: routes; gate and up with their biases; down; the sum and a residual.
std::string textOf(const Case &c) {
  std::string routes = c.routes(), x = rowsType(c.hidden), h = rowsType(c.chosen * c.width), y = rowsType(c.chosen * c.hidden);
  auto linear = [&](const std::string &to, const std::string &from, const std::string &weight, const std::string &in, const std::string &out) {
    return "    %" + to + " = vspec.linear %" + from + ", @" + weight + " by %r : " + in + ", " + routes + " -> " + out + "\n";
  };
  auto rounded = [&](const std::string &type, int64_t parts) {
    std::string of = parts > 1 ? ", parts = " + std::to_string(parts) + " : i64" : "";
    return c.block ? "    %q = vspec.quantize %x {block = " + std::to_string(c.block) + " : i64" + of + "} : " + type + "\n" : "";
  };
  auto bias = [&](const std::string &to, const std::string &from, const std::string &weight) {
    return "    %" + to + " = vspec.add_bias %" + from + ", @" + weight + " by %r : " + h + ", " + routes + "\n";
  };
  std::string in = c.block ? "q" : "x", logits = rowsType(c.experts);
  std::string text = "vexec.kernel @route {\n  func.func @body(%l: " + logits + ") -> " + routes +
                     " {\n    %r = vspec.route %l {chosen = " + std::to_string(c.chosen) + " : i64, scores = #vspec.scores<" + c.scores + ">" +
                     (c.scale != 1 ? ", scale = " + std::to_string(c.scale) + " : f32" : "") + "} : " + logits + "\n    return %r : " + routes +
                     "\n  }\n}\n";
  text += "vexec.kernel @first {\n" + stackLine("w0", c, c.width, c.hidden) + stackLine("w1", c, c.width, c.hidden) +
          (c.hasBias ? weightLine("b0", c.experts, c.width, "f32", "plain") + weightLine("b1", c.experts, c.width, "f32", "plain") : "") +
          "  func.func @body(%x: " + x + ", %r: " + routes + ") -> " + h + " {\n" + rounded(x, 1) + linear("g", in, "w0", x, h) +
          linear("u", in, "w1", x, h) + (c.hasBias ? bias("gb", "g", "b0") + bias("ub", "u", "b1") : "") + "    %h = vspec.gate %" +
          (c.hasBias ? "gb, %ub {activation = #vspec.activation<clamped_swish>" : "g, %u {activation = #vspec.activation<silu>") + "} : " + h +
          "\n    return %h : " + h + "\n  }\n}\n";
  text += "vexec.kernel @second {\n" + stackLine("w0", c, c.hidden, c.width) + "  func.func @body(%x: " + h + ", %r: " + routes + ") -> " + y +
          " {\n" + rounded(h, c.chosen) + linear("y", in, "w0", h, y) + "    return %y : " + y + "\n  }\n}\n";
  text += "vexec.kernel @sum {\n  func.func @body(%y: " + y + ", %r: " + routes + ", %x: " + x + ") -> " + x +
          " {\n    %c = vspec.combine %y, %r : " + y + ", <experts = " + std::to_string(c.experts) + ", chosen = " + std::to_string(c.chosen) +
          "> -> " + x + "\n    %s = vspec.add %x, %c : " + x + "\n    return %s : " + x + "\n  }\n}\n";
  return text;
}

class ExpertKernels : public KernelTest {
protected:
  struct Stack {
    std::vector<CodedRows> matrices;
    NormalForm form;
    Buffer bytes;
  };

  Stack drawStack(const Case &c, int64_t rows, int64_t columns) {
    NormalForm form = formOf(c.format, columns);
    size_t bytesOfOne = size_t(PackedLayout(form, columns).weightBytes(rows, columns));
    Stack stack{{}, form, Buffer(bytesOfOne * size_t(c.experts))};
    for (int64_t i = 0; i < c.experts; ++i) {
      stack.matrices.push_back(encodedWeight(c.format, rows, columns, random));
      Buffer one = packed(form, stack.matrices.back());
      std::copy_n(one.as<uint8_t>(), bytesOfOne, stack.bytes.as<uint8_t>() + size_t(i) * bytesOfOne);
    }
    return stack;
  }

  static std::vector<float> product(const Case &c, const Stack &stack, int expert, const float *x) {
    const CodedRows &matrix = stack.matrices[size_t(expert)];
    return c.block ? reference::linear(stack.form, matrix, reference::quantize(x, matrix.columns, c.block), c.block)
                   : reference::linear(stack.form, matrix, x);
  }
};
} // namespace

TEST_P(ExpertKernels, EqualTheReference) {
  constexpr int64_t capacity = 15;
  const Case cases[] = {{5, 2, 64, 40, "int4", "softmax", 64, 1, false},        {7, 3, 60, 20, "f32", "softmax_of_chosen", 0, 1, true},
                        {3, 1, 172, 24, "q6_k", "sigmoid", 256, 2.5f, false},   {32, 4, 96, 17, "int5:g16:min", "sigmoid_of_chosen", 64, 1.5f, true},
                        {1, 1, 32, 16, "bf16", "softmax", 0, 1, false},         {6, 4, 64, 33, "mxfp4", "softmax_of_chosen", 64, 1, true},
                        {60, 4, 64, 32, "int8:row", "softmax", 256, 1, false}};
  for (const Case &c : cases) {
    SCOPED_TRACE(std::to_string(c.experts) + " experts of " + c.format + ", " + c.scores);
    Kernels kernels(textOf(c), GetParam(), capacity);
    Stack gate = drawStack(c, c.width, c.hidden), up = drawStack(c, c.width, c.hidden), down = drawStack(c, c.hidden, c.width);
    std::vector<float> gateBias = normals(c.experts * c.width, 3), upBias = normals(c.experts * c.width, 3);
    Buffer gateBiases = bufferOf(gateBias), upBiases = bufferOf(upBias);
    for (int64_t rows : {1, 2, 7, 9, 15}) {
      std::vector<float> x = normals(rows * c.hidden), logits = normals(rows * c.experts, 2), residual = normals(rows * c.hidden);
      for (int64_t row = 0; row < rows && rows % 8 == 7; ++row) // all rows choose the same, by number
        std::fill_n(logits.begin() + row * c.experts, c.experts, 0.5f);
      std::vector<float> hidden, results, sums;
      std::vector<int> experts;
      std::vector<float> weights;
      for (int64_t row = 0; row < rows; ++row) {
        reference::Choices choices = reference::route(&logits[size_t(row * c.experts)], c.experts, c.chosen, c.scores, c.scale);
        std::vector<float> sum(size_t(c.hidden), 0.0f);
        for (size_t i = 0; i < choices.experts.size(); ++i) {
          int expert = choices.experts[i];
          std::vector<float> g = product(c, gate, expert, &x[size_t(row * c.hidden)]), u = product(c, up, expert, &x[size_t(row * c.hidden)]);
          for (size_t n = 0; n < g.size(); ++n) {
            size_t ofBias = size_t(expert) * g.size() + n;
            g[n] = c.hasBias ? reference::clampedSwish(g[n] + gateBias[ofBias], u[n] + upBias[ofBias]) : reference::silu(g[n]) * u[n];
          }
          std::vector<float> y = product(c, down, expert, g.data());
          for (size_t n = 0; n < y.size(); ++n)
            sum[n] = i ? std::fma(choices.weights[i], y[n], sum[n]) : choices.weights[i] * y[n];
          hidden.insert(hidden.end(), g.begin(), g.end());
          results.insert(results.end(), y.begin(), y.end());
        }
        for (int64_t n = 0; n < c.hidden; ++n)
          sums.push_back(residual[size_t(row * c.hidden + n)] + sum[size_t(n)]);
        experts.insert(experts.end(), choices.experts.begin(), choices.experts.end());
        weights.insert(weights.end(), choices.weights.begin(), choices.weights.end());
      }
      Buffer in = bufferOf(x), scores = bufferOf(logits), more = bufferOf(residual), table(size_t(RouteTable::bytes(rows, c.chosen))),
             h(hidden.size() * 4), y(results.size() * 4), out(sums.size() * 4);
      kernels.launch("route", rows, {scores.as(), table.as()});
      const float *parts = table.as() + RouteTable::headerBytes / 4;
      ASSERT_TRUE(sameBits(parts, weights.data(), rows * c.chosen)) << rows << " rows";
      ASSERT_TRUE(std::equal(experts.begin(), experts.end(), reinterpret_cast<const int *>(parts) + rows * c.chosen)) << rows << " rows";
      std::vector<const void *> operands{in.as(), table.as(), gate.bytes.as(), up.bytes.as()};
      if (c.hasBias)
        operands.insert(operands.end(), {gateBiases.as(), upBiases.as()});
      operands.push_back(h.as());
      kernels.launch("first", rows, operands);
      ASSERT_TRUE(sameBits(h.as(), hidden.data(), int64_t(hidden.size()))) << rows << " rows";
      kernels.launch("second", rows, {h.as(), table.as(), down.bytes.as(), y.as()});
      ASSERT_TRUE(sameBits(y.as(), results.data(), int64_t(results.size()))) << rows << " rows";
      kernels.launch("sum", rows, {y.as(), table.as(), more.as(), out.as()});
      ASSERT_TRUE(sameBits(out.as(), sums.data(), int64_t(sums.size()))) << rows << " rows";
    }
  }
}

// The example of RouteTable.h.
TEST_P(ExpertKernels, ListRowsByExpert) {
  Case c{8, 2, 32, 16, "f32", "softmax", 0, 1, false};
  Kernels kernels(textOf(c), GetParam(), 4);
  std::vector<float> logits(16, 0.0f);
  logits[5] = logits[8 + 2] = 2, logits[2] = logits[8 + 7] = 1;
  Buffer in = bufferOf(logits), table(size_t(RouteTable::bytes(2, 2)));
  kernels.launch("route", 2, {in.as(), table.as()});
  EXPECT_EQ(table.as<int>()[0], 3);
  const int *parts = table.as<int>() + RouteTable::headerBytes / 4;
  auto part = [&](RouteTable::Part which, size_t count) { return std::vector<int>(parts + which * 4, parts + which * 4 + count); };
  EXPECT_EQ(part(RouteTable::Experts, 4), (std::vector<int>{5, 2, 2, 7}));
  EXPECT_EQ(part(RouteTable::Slots, 3), (std::vector<int>{2, 5, 7}));
  EXPECT_EQ(part(RouteTable::First, 3), (std::vector<int>{0, 2, 3}));
  EXPECT_EQ(part(RouteTable::Count, 3), (std::vector<int>{2, 1, 1}));
  EXPECT_EQ(part(RouteTable::Choices, 4), (std::vector<int>{1, 2, 0, 3}));
}

// NaNs and infinities spoil a row, but every number of an expert stays in its range.
TEST_P(ExpertKernels, StayInRangeWhateverTheLogits) {
  Case c{5, 3, 32, 16, "f32", "softmax", 0, 1, false};
  Kernels kernels(textOf(c), GetParam(), 2);
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  for (const std::vector<float> &logits : {std::vector<float>(10, nan), std::vector<float>(10, -infinity), std::vector<float>(10, infinity),
                                           std::vector<float>{nan, 1, nan, nan, nan, 0, infinity, -infinity, nan, 0}}) {
    Stack gate = drawStack(c, c.width, c.hidden), up = drawStack(c, c.width, c.hidden);
    Buffer in = bufferOf(logits), table(size_t(RouteTable::bytes(2, 3))), x = bufferOf(normals(2 * c.hidden)), h(size_t(2 * 3 * c.width) * 4);
    kernels.launch("route", 2, {in.as(), table.as()});
    const int *parts = table.as<int>() + RouteTable::headerBytes / 4;
    for (int i = 0; i < 6; ++i)
      EXPECT_TRUE(parts[RouteTable::Experts * 6 + i] >= 0 && parts[RouteTable::Experts * 6 + i] < 5);
    kernels.launch("first", 2, {x.as(), table.as(), gate.bytes.as(), up.bytes.as(), h.as()});
    for (float value : h.values())
      EXPECT_TRUE(std::isfinite(value));
  }
}

VSPEC_ON_ALL_TARGETS(ExpertKernels);
