// Linears and embeddings of every format, bit for bit against the reference.
#include "KernelFixture.h"
#include "KernelReference.h"
#include "KernelTestWeights.h"

using namespace vspec;

namespace {
class LinearKernels : public KernelTest {
protected:
  // Rows with all that a prologue may meet: an ordinary one, zeros, zero blocks, one large number, almost nothing.
  std::vector<float> activations(int64_t rows, int64_t columns) {
    std::vector<float> x = normals(rows * columns);
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t k = 0; k < columns; ++k) {
        float &value = x[size_t(row * columns + k)];
        if (row == 3 || (row == 4 && k / 64 % 2 == 0))
          value = 0;
        if (row == 5 && k == columns / 2)
          value = -1000;
        if (row == 6)
          value *= k < columns / 2 ? 1e-4f : 1e-40f;
      }
    return x;
  }
};

struct Linear {
  std::string name, format;
  int64_t outputs, columns, block; // no block: f32 activations
  NormalForm form;

  std::string text() const {
    std::string x = block ? "%q" : "%x", text = "vexec.kernel @" + name + " {\n" + weightLine("w0", outputs, columns, format);
    text += "  func.func @body(%x: " + rowsType(columns) + ") -> " + rowsType(outputs) + " {\n";
    if (block)
      text += "    %q = vspec.quantize %x {block = " + std::to_string(block) + " : i64} : " + rowsType(columns) + "\n";
    text += "    %y = vspec.linear " + x + ", @w0 : " + rowsType(columns) + " -> " + rowsType(outputs) + "\n";
    return text + "    return %y : " + rowsType(outputs) + "\n  }\n}\n";
  }
  std::vector<float> expected(const CodedRows &weight, const float *x) const {
    return block ? reference::linear(form, weight, reference::quantize(x, columns, block), block) : reference::linear(form, weight, x);
  }
};
} // namespace

// Every format on the integer path if it has one, every eighth one (and all others) on the float path; shapes take turns.
TEST_P(LinearKernels, EqualTheReference) {
  const int64_t outputs[] = {1, 8, 16, 24, 172}, columns[] = {4, 64, 172, 256, 8, 96, 300, 520};
  constexpr int64_t capacity = 43;
  constexpr size_t together = 12; // kernels in an image
  std::vector<Linear> linears;
  std::vector<std::string> formats = formatsWithKernels();
  for (size_t i = 0; i < formats.size(); ++i)
    for (bool integers : {true, false}) {
      int64_t n = outputs[linears.size() % 5], k = wholeBlocks(formats[i], columns[(i + 3 * !integers) % 8]);
      NormalForm form = formOf(formats[i], k);
      // The float path unrolls a block of the layout, and so many rows of it: long ones take seconds to compile.
      bool isLong = PackedLayout(form, k).blockK > 64;
      if (integers ? !form.hasIntegerForm() : form.hasIntegerForm() && (i % 8 || isLong))
        continue;
      int64_t block = activationBlock(form);
      if (i % 3 == 0) // as beside a coarser weight
        block = 256;
      if (i % 5 == 1) // the whole row
        block = 1024;
      linears.push_back({"k" + std::to_string(linears.size()), formats[i], n, k, integers ? block : 0, form});
    }
  std::optional<Kernels> kernels;
  for (size_t i = 0; i < linears.size(); ++i) {
    const Linear &linear = linears[i];
    if (i % together == 0) {
      std::string text;
      for (size_t j = i; j < std::min(i + together, linears.size()); ++j)
        text += linears[j].text();
      kernels.emplace(text, GetParam(), capacity);
    }
    for (bool isEncoded : {true, false}) {
      SCOPED_TRACE(linear.format + ", " + std::to_string(linear.outputs) + "x" + std::to_string(linear.columns) + ", block " +
                   std::to_string(linear.block));
      auto draw = isEncoded ? encodedWeight : arbitraryWeight;
      CodedRows weight = draw(linear.format, linear.outputs, linear.columns, random);
      std::vector<float> x = activations(capacity, linear.columns), expected;
      for (int64_t row = 0; row < capacity; ++row)
        for (float y : linear.expected(weight, &x[size_t(row * linear.columns)]))
          expected.push_back(y);
      Buffer input = bufferOf(x), bytes = packed(linear.form, weight);
      for (int64_t rows : {1, 2, 7, 8, 15, 32, 43}) { // from 32 on codes may be unpacked once for all passes
        Buffer output(size_t(rows * linear.outputs) * 4);
        kernels->launch(linear.name, rows, {input.as(), bytes.as(), output.as()});
        EXPECT_TRUE(sameBits(output.as(), expected.data(), rows * linear.outputs)) << rows << " rows";
      }
    }
  }
}

// Half of the formats on each target: what decodes has no code of its own for a target.
TEST_P(LinearKernels, EmbedLikeTheCodec) {
  std::string text;
  std::vector<std::string> formats = formatsWithKernels();
  const int64_t columns[] = {4, 64, 96, 172, 300};
  constexpr int64_t tokens = 37, capacity = 3;
  auto columnsOf = [&](size_t i) { return wholeBlocks(formats[i], columns[i % 5]); };
  size_t firstFormat = GetParam() == "v3";
  for (size_t i = firstFormat; i < formats.size(); i += 2) {
    std::string type = rowsType(columnsOf(i));
    text += "vexec.kernel @k" + std::to_string(i) + " {\n" + weightLine("w0", tokens, columnsOf(i), formats[i]) +
            "  func.func @body(%rows: !vspec.rows) -> " + type + " {\n    %x = vspec.embed @w0, %rows : " + type +
            "\n    return %x : " + type + "\n  }\n}\n";
  }
  Kernels kernels(text, GetParam(), capacity);
  for (size_t i = firstFormat; i < formats.size(); i += 2) {
    SCOPED_TRACE(formats[i]);
    NormalForm form = formOf(formats[i], columnsOf(i));
    for (bool isEncoded : {true, false}) {
      CodedRows coded =
          isEncoded ? encodedWeight(formats[i], tokens, columnsOf(i), random) : arbitraryWeight(formats[i], tokens, columnsOf(i), random);
      std::vector<float> decoded = decodeRows(form, coded);
      for (float &value : decoded)
        value += 0.0f; // whether a zero has a sign is not told: of small floats the codec and the kernel differ there
      Buffer weight = packed(form, coded);
      for (int64_t token = 0; token < tokens; token += capacity) {
        int64_t count = std::min(capacity, tokens - token);
        Buffer rows(size_t(count) * sizeof(Row)), output(size_t(count * columnsOf(i)) * 4);
        for (int64_t row = 0; row < count; ++row)
          rows.as<Row>()[row] = {0, int32_t(row), int32_t(token + row), 0};
        kernels.launch("k" + std::to_string(i), count, {rows.as(), weight.as(), output.as()});
        for (int64_t k = 0; k < count * columnsOf(i); ++k)
          output.as()[k] += 0.0f;
        ASSERT_TRUE(sameBits(output.as(), &decoded[size_t(token * columnsOf(i))], count * columnsOf(i))) << "token " << token;
      }
    }
  }
}

TEST_P(LinearKernels, EmbedAddsLearnedPositions) {
  constexpr int64_t columns = 44, tokens = 20, positions = 9;
  std::string type = rowsType(columns);
  Kernels kernels("vexec.kernel @k {\n" + weightLine("w0", tokens, columns, "int4") + weightLine("w1", positions, columns, "f32", "plain") +
                      "  func.func @body(%rows: !vspec.rows) -> " + type + " {\n    %x = vspec.embed @w0, %rows positions @w1 : " + type +
                      "\n    return %x : " + type + "\n  }\n}\n",
                  GetParam(), 3);
  NormalForm form = formOf("int4", columns);
  CodedRows coded = encodedWeight("int4", tokens, columns, random);
  std::vector<float> expected, decoded = decodeRows(form, coded), learned = normals(positions * columns);
  const Row rows[] = {{0, 8, 19, 0}, {0, 0, 3, 0}, {1, 5, 0, 0}};
  for (const Row &row : rows)
    for (int64_t k = 0; k < columns; ++k)
      expected.push_back(decoded[size_t(row.token * columns + k)] + learned[size_t(row.position * columns + k)]);
  Buffer weight = packed(form, coded), table = bufferOf(learned), output(expected.size() * 4);
  kernels.launch("k", 3, {rows, weight.as(), table.as(), output.as()});
  EXPECT_TRUE(sameBits(output.as(), expected.data(), 3 * columns));
}

// Three segments of unlike formats, two of which share a prepared row with other flush lengths, biases and minimums.
TEST_P(LinearKernels, ShareAPreparedRow) {
  constexpr int64_t columns = 300, capacity = 9;
  struct Part {
    std::string format;
    int64_t outputs;
  };
  struct Launch {
    int64_t block; // 0: f32 activations
    std::vector<Part> parts;
  };
  const Launch launches[] = {{256, {{"q4_k", 40}, {"q6_k", 24}, {"int3:g16:min", 1}}},
                             {256, {{"int4", 172}, {"int8:zero", 8}, {"ternary", 33}}},
                             {256, {{"fp4:row", 16}, {"int1", 17}, {"nf4", 5}}},
                             {0, {{"int4", 24}, {"nf4:g16:min", 8}, {"ternary", 17}}}};
  for (const auto &[block, parts] : launches) {
    std::string text = "vexec.kernel @k {\n", body, types, values;
    std::vector<Buffer> buffers;
    std::vector<float> x = activations(capacity, columns);
    Buffer input = bufferOf(x);
    std::vector<const void *> operands{input.as()};
    std::vector<std::vector<float>> expected;
    for (const Part &part : parts) {
      std::string id = std::to_string(expected.size()), type = rowsType(part.outputs);
      NormalForm form = formOf(part.format, columns);
      CodedRows weight = arbitraryWeight(part.format, part.outputs, columns, random);
      std::vector<float> &y = expected.emplace_back();
      for (int64_t row = 0; row < capacity; ++row) {
        const float *from = &x[size_t(row * columns)];
        std::vector<float> one = block ? reference::linear(form, weight, reference::quantize(from, columns, block), block)
                                       : reference::linear(form, weight, from);
        y.insert(y.end(), one.begin(), one.end());
      }
      buffers.push_back(packed(form, weight));
      operands.push_back(buffers.back().as());
      text += weightLine("w" + id, part.outputs, columns, part.format);
      body += "    %y" + id + " = vspec.linear %" + (block ? "q" : "x") + ", @w" + id + " : " + rowsType(columns) + " -> " + type + "\n";
      types += (types.empty() ? "" : ", ") + type;
      values += (values.empty() ? "%y" : ", %y") + id;
    }
    text += "  func.func @body(%x: " + rowsType(columns) + ") -> (" + types + ") {\n";
    if (block)
      text += "    %q = vspec.quantize %x {block = " + std::to_string(block) + " : i64} : " + rowsType(columns) + "\n";
    text += body + "    return " + values + " : " + types + "\n  }\n}\n";
    for (const std::vector<float> &y : expected) {
      buffers.emplace_back(y.size() * 4);
      operands.push_back(buffers.back().as());
    }
    Kernels(text, GetParam(), capacity).launch("k", capacity, operands);
    for (size_t i = 0; i < parts.size(); ++i)
      EXPECT_TRUE(sameBits(buffers[parts.size() + i].as(), expected[i].data(), int64_t(expected[i].size())))
          << parts[i].format << ", block " << block;
  }
}

VSPEC_ON_ALL_TARGETS(LinearKernels);
