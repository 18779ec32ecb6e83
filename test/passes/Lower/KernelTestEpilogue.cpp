// What stands around a linear: norms and selected rows before it, everything elementwise and by heads behind it.
#include "KernelFixture.h"
#include "KernelReference.h"
#include "KernelTestWeights.h"
#include "vspec/Support/SmallFloat.h"

using namespace vspec;

namespace {
class EpilogueKernels : public KernelTest {
protected:
  /// A weight in f32 whose output n is its input first + n, exactly.
  static Buffer picking(int64_t outputs, int64_t columns, int64_t first) {
    NormalForm form = formOf("f32", columns);
    CodedRows coded(form, outputs, columns);
    for (int64_t n = 0; n < outputs; ++n)
      coded.floats[size_t(n * columns + first + n)] = bitsOfFloat(1);
    return packed(form, coded);
  }
};

std::string number(int64_t i) { return std::to_string(i); }
} // namespace

TEST_P(EpilogueKernels, NormSelectAndQuantizeBeforeALinear) {
  constexpr int64_t outputs = 17, inputs = 5, selected = 3;
  struct Case {
    int64_t columns, heads;
    bool isQuantized;
  };
  for (Case c : {Case{172, 1, true}, {172, 1, false}, {96, 3, false}, {64, 8, true}}) {
    std::string x = rowsType(c.columns), y = rowsType(outputs);
    int64_t size = c.columns / c.heads;
    std::string heads = c.heads > 1 ? ", heads = " + number(c.heads) + " : i64" : "";
    Kernels kernels("vexec.kernel @k {\n" + weightLine("w0", 1, size, "f32", "plain") + weightLine("w1", outputs, c.columns, "int4") +
                        "func.func @body(%x: " + x + ", %s: tensor<?xi32>) -> " + y + " {\n  %0 = vspec.select_rows %x, %s : " + x +
                        "\n  %1 = vspec.rms_norm %0, @w0 {epsilon = 1.0e-5 : f32" + heads + "} : " + x +
                        (c.isQuantized ? "\n  %2 = vspec.quantize %1 {block = 64 : i64} : " + x : "") + "\n  %3 = vspec.linear %" +
                        (c.isQuantized ? "2" : "1") + ", @w1 : " + x + " -> " + y + "\n  return %3 : " + y + "\n}\n}\n",
                    GetParam(), inputs);
    std::vector<float> input = normals(inputs * c.columns), gain = normals(size), expected;
    std::fill_n(input.begin() + 2 * c.columns, c.columns, 0.0f);
    NormalForm form = formOf("int4", c.columns);
    CodedRows weight = encodedWeight("int4", outputs, c.columns, random);
    const int32_t select[] = {4, 2, 0};
    for (int32_t row : select) {
      std::vector<float> normed(input.begin() + row * c.columns, input.begin() + (row + 1) * c.columns);
      for (int64_t head = 0; head < c.heads; ++head)
        reference::rmsNorm(&normed[size_t(head * size)], size, gain.data(), 1e-5f);
      for (float value : c.isQuantized ? reference::linear(form, weight, reference::quantize(normed.data(), c.columns, 64), 64)
                                       : reference::linear(form, weight, normed.data()))
        expected.push_back(value);
    }
    Buffer in = bufferOf(input), gains = bufferOf(gain), bytes = packed(form, weight), out(expected.size() * 4);
    kernels.launch("k", StepArguments{inputs, 1, inputs - 1, selected}, {in.as(), select, gains.as(), bytes.as(), out.as()});
    EXPECT_TRUE(sameBits(out.as(), expected.data(), selected * outputs)) << c.columns << " columns, " << c.heads << " heads";
  }
}

TEST_P(EpilogueKernels, LayerNormBeforeALinear) {
  constexpr int64_t rows = 3;
  for (int64_t columns : {1, 24, 64, 172})
    for (bool hasBias : {true, false}) {
      std::string x = rowsType(columns);
      Kernels kernels("vexec.kernel @k {\n" + weightLine("w0", 1, columns, "f32", "plain") +
                          (hasBias ? weightLine("w1", 1, columns, "f32", "plain") : "") + weightLine("w2", columns, columns, "f32") +
                          "func.func @body(%x: " + x + ") -> " + x + " {\n  %0 = vspec.layer_norm %x, @w0 " + (hasBias ? "bias @w1 " : "") +
                          "{epsilon = 1.0e-5 : f32} : " + x + "\n  %1 = vspec.linear %0, @w2 : " + x + " -> " + x + "\n  return %1 : " + x +
                          "\n}\n}\n",
                      GetParam(), rows);
      std::vector<float> input = normals(rows * columns, 3), gain = normals(columns), bias = normals(columns);
      std::fill_n(input.begin() + columns, columns, 7.0f); // no variance
      std::vector<float> expected = input;
      for (int64_t row = 0; row < rows; ++row)
        reference::layerNorm(&expected[size_t(row * columns)], columns, gain.data(), hasBias ? bias.data() : nullptr, 1e-5f);
      for (float &value : expected)
        value += 0.0f; // as the linear adds it to 0, which makes 0 of -0
      Buffer in = bufferOf(input), gains = bufferOf(gain), biases = bufferOf(bias), weight = picking(columns, columns, 0),
             out(expected.size() * 4);
      std::vector<const void *> operands = {in.as(), gains.as()};
      if (hasBias)
        operands.push_back(biases.as());
      operands.insert(operands.end(), {weight.as(), out.as()});
      kernels.launch("k", rows, operands);
      EXPECT_TRUE(sameBits(out.as(), expected.data(), rows * columns)) << columns << " columns, bias " << hasBias;
    }
}

// Each head has a gain and a bias of its own; 5 heads of 24 are cut into tiles.
TEST_P(EpilogueKernels, LayerNormOfHeads) {
  constexpr int64_t rows = 3;
  for (auto [heads, size] : {std::pair<int64_t, int64_t>(5, 24), {3, 8}, {2, 80}}) {
    int64_t columns = heads * size;
    std::string x = rowsType(columns);
    Kernels kernels("vexec.kernel @k {\n" + weightLine("w0", columns, columns, "f32") + weightLine("w1", 1, columns, "f32", "plain") +
                        weightLine("w2", 1, columns, "f32", "plain") + "func.func @body(%x: " + x + ") -> " + x +
                        " {\n  %0 = vspec.linear %x, @w0 : " + x + " -> " + x +
                        "\n  %1 = vspec.layer_norm %0, @w1 bias @w2 {epsilon = 1.0e-5 : f32, heads = " + number(heads) + " : i64} : " + x +
                        "\n  return %1 : " + x + "\n}\n}\n",
                    GetParam(), rows);
    std::vector<float> input = normals(rows * columns, 3), gain = normals(columns), bias = normals(columns), expected = input;
    for (int64_t i = 0; i < rows * heads; ++i)
      reference::layerNorm(&expected[size_t(i * size)], size, &gain[size_t(i % heads * size)], &bias[size_t(i % heads * size)], 1e-5f);
    Buffer in = bufferOf(input), weight = picking(columns, columns, 0), gains = bufferOf(gain), biases = bufferOf(bias),
           out(expected.size() * 4);
    kernels.launch("k", rows, {in.as(), weight.as(), gains.as(), biases.as(), out.as()});
    EXPECT_TRUE(sameBits(out.as(), expected.data(), rows * columns)) << heads << " heads";
  }
}

TEST_P(EpilogueKernels, AddResidualAndBias) {
  constexpr int64_t rows = 3;
  for (int64_t columns : {1, 24, 172}) {
    std::string type = rowsType(columns);
    Kernels kernels("vexec.kernel @k {\n" + weightLine("w0", columns, columns, "f32") + weightLine("w1", 1, columns, "f32", "plain") +
                        "func.func @body(%x: " + type + ", %r: " + type + ") -> " + type + " {\n  %0 = vspec.linear %x, @w0 : " + type +
                        " -> " + type + "\n  %1 = vspec.add_bias %0, @w1 : " + type + "\n  %2 = vspec.add %r, %1 : " + type +
                        "\n  return %2 : " + type + "\n}\n}\n",
                    GetParam(), rows);
    std::vector<float> x = normals(rows * columns), residual = normals(rows * columns), bias = normals(columns), expected;
    for (int64_t i = 0; i < rows * columns; ++i)
      expected.push_back(residual[size_t(i)] + (x[size_t(i)] + bias[size_t(i % columns)]));
    Buffer in = bufferOf(x), more = bufferOf(residual), weight = picking(columns, columns, 0), biases = bufferOf(bias),
           out(expected.size() * 4);
    kernels.launch("k", rows, {in.as(), more.as(), weight.as(), biases.as(), out.as()});
    EXPECT_TRUE(sameBits(out.as(), expected.data(), rows * columns)) << columns << " columns";
  }
}

TEST_P(EpilogueKernels, GateAndActivate) {
  constexpr int64_t rows = 2, columns = 172;
  std::string type = rowsType(columns), both = rowsType(2 * columns), text;
  const std::vector<std::string> activations = {"silu", "relu2", "gelu_tanh", "gelu"};
  for (const std::string &name : activations)
    text += "vexec.kernel @" + name + " {\n" + weightLine("w0", columns, 2 * columns, "f32") +
            weightLine("w1", columns, 2 * columns, "f32") + "func.func @body(%x: " + both + ") -> (" + type + ", " + type +
            ") {\n  %0 = vspec.linear %x, @w0 : " + both + " -> " + type + "\n  %1 = vspec.linear %x, @w1 : " + both + " -> " + type +
            "\n  %2 = vspec.gate %0, %1 {activation = #vspec.activation<" + name + ">} : " + type +
            "\n  %3 = vspec.activate %0 {activation = #vspec.activation<" + name + ">} : " + type + "\n  return %2, %3 : " + type + ", " +
            type + "\n}\n}\n";
  Kernels kernels(text, GetParam(), rows);
  std::vector<float> x = normals(rows * 2 * columns, 4);
  Buffer in = bufferOf(x), gates = picking(columns, 2 * columns, 0), values = picking(columns, 2 * columns, columns);
  for (const std::string &name : activations) {
    std::vector<float> expected, ungated;
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t k = 0; k < columns; ++k) {
        float gate = x[size_t(row * 2 * columns + k)], value = x[size_t((row * 2 + 1) * columns + k)], positive = std::max(gate, 0.0f);
        float active = name == "silu"        ? reference::silu(gate)
                       : name == "relu2"     ? positive * positive
                       : name == "gelu_tanh" ? reference::geluTanh(gate)
                                             : reference::gelu(gate);
        expected.push_back(active * value);
        ungated.push_back(active);
      }
    Buffer out(expected.size() * 4), alone(expected.size() * 4);
    kernels.launch(name, rows, {in.as(), gates.as(), values.as(), out.as(), alone.as()});
    EXPECT_TRUE(sameBits(out.as(), expected.data(), rows * columns)) << name;
    EXPECT_TRUE(sameBits(alone.as(), ungated.data(), rows * columns)) << name;
  }
}

// A tile is whole heads; 3 heads of 24 end within the weight's last tile. The norm is exact, the turn within 1e-6. Of some heads
// only the first columns turn.
TEST_P(EpilogueKernels, NormAndTurnHeads) {
  constexpr int64_t rows = 7, capacity = 8;
  struct Case {
    int64_t heads, size, pairs;
  };
  for (auto [heads, size, pairs] : {Case{4, 8, 4}, {3, 24, 12}, {2, 64, 32}, {3, 20, 2}, {2, 80, 16}, {1, 96, 36}}) {
    int64_t columns = heads * size;
    std::string type = rowsType(columns), frequencies, count = number(heads) + " : i64";
    std::vector<float> turns;
    for (int64_t i = 0; i < pairs; ++i) {
      turns.push_back(float(std::pow(10000.0, -double(2 * i) / double(size))));
      char digits[32];
      snprintf(digits, sizeof(digits), "%s%.9e", i ? ", " : "", double(turns.back()));
      frequencies += digits;
    }
    Kernels kernels("vexec.kernel @k {\n" + weightLine("w0", columns, columns, "f32") + weightLine("w1", 1, size, "f32", "plain") +
                        "func.func @body(%x: " + type + ", %rows: !vspec.rows) -> (" + type + ", " + type +
                        ") {\n  %0 = vspec.linear %x, @w0 : " + type + " -> " + type +
                        "\n  %1 = vspec.rms_norm %0, @w1 {epsilon = 1.0e-6 : f32, heads = " + count + "} : " + type +
                        "\n  %2 = vspec.rope %1, %rows {frequencies = array<f32: " + frequencies + ">, heads = " + count +
                        ", attention_factor = 1.25 : f32} : " + type + "\n  return %1, %2 : " + type + ", " + type + "\n}\n}\n",
                    GetParam(), capacity);
    const int32_t positions[rows] = {0, 1, 63, 1000, 4095, 65537, 100000};
    Row table[rows];
    for (int32_t row = 0; row < rows; ++row)
      table[row] = {row, positions[row], 0, 0};
    std::vector<float> x = normals(rows * columns), gain = normals(size), normed = x;
    for (int64_t head = 0; head < rows * heads; ++head)
      reference::rmsNorm(&normed[size_t(head * size)], size, gain.data(), 1e-6f);
    Buffer in = bufferOf(x), weight = picking(columns, columns, 0), gains = bufferOf(gain), norms(x.size() * 4), turned(x.size() * 4);
    kernels.launch("k", StepArguments{rows, rows, 100000, rows}, {in.as(), table, weight.as(), gains.as(), norms.as(), turned.as()});
    ASSERT_TRUE(sameBits(norms.as(), normed.data(), rows * columns)) << heads << " heads";
    for (int64_t head = 0; head < rows * heads; ++head) {
      for (int64_t i = 0; i < pairs; ++i) {
        size_t low = size_t(head * size + i), high = low + size_t(pairs);
        double angle = double(positions[head / heads]) * double(turns[size_t(i)]), cos = 1.25 * std::cos(angle),
               sin = 1.25 * std::sin(angle);
        double bound = 1e-6 * (std::fabs(normed[low]) + std::fabs(normed[high]));
        EXPECT_NEAR(turned.as()[low], normed[low] * cos - normed[high] * sin, bound)
            << "position " << positions[head / heads] << ", column " << i;
        EXPECT_NEAR(turned.as()[high], normed[high] * cos + normed[low] * sin, bound)
            << "position " << positions[head / heads] << ", column " << i;
      }
      size_t rest = size_t(head * size + 2 * pairs);
      ASSERT_TRUE(sameBits(turned.as() + rest, &normed[rest], size - 2 * pairs)) << heads << " heads";
    }
  }
}

VSPEC_ON_ALL_TARGETS(EpilogueKernels);
