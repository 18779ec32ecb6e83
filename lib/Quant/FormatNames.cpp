// The table of named formats, a line each, and the named value tables.
#include "vspec/Quant/Format.h"
#include <algorithm>

using namespace vspec;

const std::vector<NamedFormat> &vspec::namedFormats() {
  static const std::vector<NamedFormat> all = {
      {"f32", "f32", "as in the checkpoint"},
      {"f16", "f16", "rounded to nearest even"},
      {"bf16", "bf16", "rounded to nearest even"},
      {"int8", "int{8} x 32:f16", "symmetric; like Q8_0"},
      {"int7", "int{7} x 32:f16", "symmetric"},
      {"int6", "int{6} x 32:f16", "symmetric"},
      {"int5", "int{5} x 32:f16", "symmetric; like Q5_0"},
      {"int4", "int{4} x 32:f16", "symmetric; like Q4_0"},
      {"int3", "int{3} x 32:f16", "symmetric"},
      {"int2", "int{2} x 32:f16", "symmetric: -2 to 1"},
      {"int1", "int{1} x 32:f16,f16", "two values for each group"},
      {"ternary", "ternary{2 bits} x row:f32", "-1, 0, 1"},
      {"bitnet", "ternary{2 bits} x tensor:f32", "BitNet b1.58: the scale is the mean magnitude"},
      {"sherry", "ternary{4 in 5 bits} x 128:f16", "1.25 bits: one zero in each four, three signs"},
      {"nf4", "table{4, nf4} x 64:f16", "quantiles of the normal distribution (QLoRA)"},
      {"fp4", "float{2, 1} x 32:f16", "0, 0.5, 1, 1.5, 2, 3, 4, 6 and their negatives"},
      {"mxfp4", "float{2, 1} x 32:e8m0", "OCP MX"},
      {"nvfp4", "float{2, 1} x 16:e4m3 x tensor:f32", "NVIDIA"},
      {"mxint8", "int{8} x 32:e8m0", "OCP MX, up to its fixed factor of 64"},
      {"mxfp6", "float{2, 3} x 32:e8m0", "OCP MX"},
      {"mxfp8", "float{4, 3} x 32:e8m0", "OCP MX"},
      {"fp8", "float{4, 3} x 128x128:f32", "as DeepSeek-V3 stores it"},
      {"hlq2", "planes{2} x 128:per plane,f16", "a scale for each bit plane (ELUTQ); no kernel"},
      {"aqlm", "codebook{8, 16, 2}", "two codebooks of 8 weights (AQLM); no kernel"},
      {"q8_0", "int{8} x 32:f16", "ggml"},
      {"q5_0", "int{5} x 32:f16", "ggml"},
      {"q5_1", "int{5} x 32:f16,f16", "ggml"},
      {"q4_0", "int{4} x 32:f16", "ggml"},
      {"q4_1", "int{4} x 32:f16,f16", "ggml"},
      {"q6_k", "int{6} x 16:int{8} x 256:f16", "ggml"},
      {"q5_k", "int{5} x 32:uint{6},uint{6} x 256:f16,f16", "ggml"},
      {"q4_k", "int{4} x 32:uint{6},uint{6} x 256:f16,f16", "ggml"},
      {"q3_k", "int{3} x 16:int{6} x 256:f16", "ggml"},
      {"q2_k", "int{2} x 16:uint{4},uint{4} x 256:f16,f16", "ggml"},
      {"q2_0", "int{2, biased 1} x 64:f16", "ggml: -1 to 2"},
      {"q1_0", "table{1, -1 1} x 128:f16", "ggml: a sign"},
      {"iq4_nl", "table{4, iq4_nl} x 32:f16", "ggml"},
      {"iq4_xs", "table{4, iq4_nl} x 32:int{6} x 256:f16", "ggml"},
      {"iq3_s", "decode{@iq3_s, 256 in 110 bytes}", "ggml"},
      {"iq3_xxs", "decode{@iq3_xxs, 256 in 98 bytes}", "ggml"},
      {"iq2_s", "decode{@iq2_s, 256 in 82 bytes}", "ggml"},
      {"iq2_xs", "decode{@iq2_xs, 256 in 74 bytes}", "ggml"},
      {"iq2_xxs", "decode{@iq2_xxs, 256 in 66 bytes}", "ggml"},
      {"iq1_m", "decode{@iq1_m, 256 in 56 bytes}", "ggml"},
      {"iq1_s", "decode{@iq1_s, 256 in 50 bytes}", "ggml"},
      {"tq1_0", "ternary{5 in 8 bits} x 256:f16", "ggml; kernels see 2-bit codes"},
      {"tq2_0", "ternary{2 bits} x 256:f16", "ggml"},
  };
  return all;
}

namespace {
struct NamedTable {
  const char *name;
  std::vector<float> values;
};
} // namespace

static const std::vector<NamedTable> &namedTables() {
  static const std::vector<NamedTable> all = {
      {"nf4",
       {-1.0f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f, -0.18477343022823334f,
        -0.09105003625154495f, 0.0f, 0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f,
        0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1.0f}},
      {"iq1", {-1.125, -0.875, -0.125, 0.125, 0.875, 1.125, 0, 0}},
      {"iq2", {-5.375, -3.125, -1, 1, 3.125, 5.375, 0, 0}},
      {"iq3_s", {-15, -13, -11, -9, -7, -5, -3, -1, 1, 3, 5, 7, 9, 11, 13, 15}},
      {"iq3_xxs", {-15.5, -13, -11, -9, -7, -5, -3, -1, 1, 3, 5, 7, 9, 11, 13, 15.5}},
      {"iq4_nl", {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113}},
  };
  return all;
}

const std::vector<float> *vspec::namedTable(std::string_view name) {
  for (const NamedTable &table : namedTables())
    if (table.name == name)
      return &table.values;
  return nullptr;
}

std::string_view vspec::tableName(const std::vector<float> &values) {
  for (const NamedTable &table : namedTables())
    if (table.values == values)
      return table.name;
  return {};
}

std::vector<std::string_view> vspec::formatNames() {
  std::vector<std::string_view> names;
  for (const NamedFormat &format : namedFormats())
    names.push_back(format.name);
  return names;
}

/// How many characters have to be put in, left out or changed.
static size_t editDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string vspec::nearestFormatNames(std::string_view typed) {
  typed = typed.substr(0, std::min<size_t>(typed.find_first_of(": {"), 32));
  std::vector<std::pair<size_t, size_t>> ranked; // distance, line of the table
  for (size_t i = 0; i < namedFormats().size(); ++i)
    ranked.push_back({editDistance(typed, namedFormats()[i].name), i});
  std::sort(ranked.begin(), ranked.end());
  std::string text;
  for (size_t i = 0; i < 3; ++i)
    text += (i ? ", " : "") + std::string(namedFormats()[ranked[i].second].name);
  return text;
}
