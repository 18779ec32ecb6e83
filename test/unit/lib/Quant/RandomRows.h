// Random weights and coded rows for the tests of this folder, and every named format that kernels run.
#ifndef VSPEC_TEST_QUANT_RANDOMROWS_H
#define VSPEC_TEST_QUANT_RANDOMROWS_H
#include "vspec/Quant/CodedRows.h"
#include "vspec/Quant/Format.h"
#include <gtest/gtest.h>
#include <random>

namespace vspec {

inline Format formatOf(std::string_view text) {
  Result<Format> format = parseFormat(text);
  EXPECT_TRUE(bool(format)) << format.error().message;
  return format ? *format : Format{};
}

inline NormalForm formOf(std::string_view text, int64_t columns) {
  Result<NormalForm> form = normalForm(formatOf(text), columns);
  EXPECT_TRUE(bool(form)) << form.error().message;
  return form ? *form : NormalForm{};
}

/// Named formats and others with what the names do not have: blocks, row minima, zero points, tables of few bits.
inline std::vector<std::string> kernelFormats() {
  std::vector<std::string> all;
  for (const NamedFormat &named : namedFormats())
    if (normalForm(formatOf(named.text), 256))
      all.push_back(named.name);
  for (const char *text : {"int4:g4", "int4:g1024", "int3:g64:min", "int4:g128:zero", "int8:zero", "int8:min", "int8:row", "int4:row:min",
                           "int4:tensor:min", "int5:row:zero", "ternary:g64:bf16", "nf4:min", "f16 x row:f32", "int{4} x 16x64:f16",
                           "int{4} x 32:uint{6},uint{6} x row:f32,f32", "float{5, 2} x row:f32", "float{1, 4} x 16:f16", "int{4} x 16:uint{4} x 64:uint{6} x 256:f16 x tensor:f32",
                           "table{2, -1.5 -0.5 0.5 1.5} x 64:f16", "table{3, -1 -0.6 -0.3 0 0.2 0.4 0.7 1} x 32:f32"})
    all.push_back(text);
  return all;
}

/// Any bits that a level may store.
inline CodedRows randomRows(const NormalForm &form, int64_t rows, int64_t columns, uint32_t seed) {
  std::mt19937 random(seed);
  CodedRows coded(form, rows, columns);
  for (uint8_t &code : coded.codes)
    code = uint8_t(random() & ((1u << form.bits) - 1));
  for (uint32_t &bits : coded.floats)
    bits = random() >> (32 - form.bits);
  for (auto [levels, stored] : {std::pair(&form.scale, &coded.scale), std::pair(&form.minimum, &coded.minimum)})
    for (size_t i = 0; i < levels->size(); ++i)
      for (uint32_t &number : (*stored)[i])
        number = random() >> (32 - (*levels)[i].bits);
  for (float &scale : coded.rowScale)
    scale = float(random() % 1000) / 64;
  return coded;
}

inline std::vector<float> randomWeights(int64_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> weights; // the sum of uniform numbers is nearly normal
  for (int64_t i = 0; i < count; ++i) {
    int32_t sum = 0;
    for (int j = 0; j < 4; ++j)
      sum += int32_t(random() % 2001) - 1000;
    weights.push_back(float(sum) * 1e-5f);
  }
  return weights;
}

} // namespace vspec
#endif
