#include "KernelTestWeights.h"
#include "passes/Decoders/Decoders.h"
#include "vspec/Support/SmallFloat.h"
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <set>

using namespace vspec;

std::vector<std::string> vspec::formatsWithKernels() {
  addBuiltInDecoders();
  std::vector<std::string> formats;
  std::set<std::string> seen; // q4_0 is another name for int4
  for (const NamedFormat &named : namedFormats())
    if (Result<Format> format = parseFormat(named.name); format && normalForm(*format, 256) && seen.insert(format->text()).second)
      formats.push_back(named.name);
  EXPECT_GE(formats.size(), 25u);
  for (const char *variation : {"int8:min",
                                "int8:zero",
                                "int8:row",
                                "int7:g64:min",
                                "int6:tensor",
                                "int5:g8:zero",
                                "int4:min",
                                "int4:g16",
                                "int4:g128:zero",
                                "int4:g256",
                                "int4:row:min",
                                "int4:row:zero",
                                "int4:bf16",
                                "int4:f32",
                                "int3:g4",
                                "int2:g16:min",
                                "int1:g64",
                                "ternary:tensor",
                                "nf4:row",
                                "nf4:g16:min",
                                "fp4:row",
                                "table{3, -8 -5 -3 -1 1 3 5 8} x 16:f16",
                                "table{3, iq2} x 16:uint{5} x 256:f16",
                                "table{4, iq3_xxs} x 32:uint{5} x 256:f16",
                                "float{5, 2} x row:f32",
                                "float{3, 3} x 16:f16",
                                "f16 x row:f32",
                                "int{4} x 16:uint{4} x 64:e8m0"})
    formats.push_back(variation);
  return formats;
}

NormalForm vspec::formOf(const std::string &format, int64_t columns) {
  Result<Format> parsed = parseFormat(format);
  EXPECT_TRUE(parsed) << format << ": " << parsed.error().message;
  Result<NormalForm> form = normalForm(*parsed, columns);
  EXPECT_TRUE(form) << format << ": " << form.error().message;
  return *form;
}

int64_t vspec::wholeBlocks(const std::string &format, int64_t columns) {
  Element element = parseFormat(format)->element;
  int64_t block = element.kind == Element::Kind::Decode ? element.together : 1;
  return (columns + block - 1) / block * block;
}

CodedRows vspec::encodedWeight(const std::string &format, int64_t rows, int64_t columns, std::mt19937_64 &random) {
  if (wholeBlocks(format, 1) > 1) // is not encoded
    return arbitraryWeight(format, rows, columns, random);
  std::normal_distribution<float> normal(0, 0.5f);
  std::vector<float> weights(size_t(rows * columns), 0.0f);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t k = 0; k < columns; ++k)
      if (row % 5 != 3 && (row % 3 != 1 || k / 32 % 3 != 0))
        weights[size_t(row * columns + k)] = normal(random);
  Result<Codec> codec = Codec::create(*parseFormat(format), columns);
  EXPECT_TRUE(codec) << format;
  Result<CodedRows> coded = codec->encode(weights.data(), rows);
  EXPECT_TRUE(coded) << format << ": " << coded.error().message;
  return *coded;
}

CodedRows vspec::arbitraryWeight(const std::string &format, int64_t rows, int64_t columns, std::mt19937_64 &random) {
  std::normal_distribution<float> normal(0, 0.5f);
  NormalForm form = formOf(format, columns);
  CodedRows coded(form, rows, columns);
  bool isTernary = parseFormat(format)->element.kind == Element::Kind::Ternary;
  for (uint8_t &code : coded.codes)
    do
      code = uint8_t(random() % (isTernary ? 3 : 1u << form.bits));
    while (form.isSmallFloat() && !std::isfinite(form.floatTable[code]));
  for (uint32_t &bits : coded.floats)
    bits = form.element == ElementKind::F32   ? bitsOfFloat(normal(random))
           : form.element == ElementKind::F16 ? floatToHalf(normal(random))
                                              : floatToBfloat(normal(random));
  auto draw = [&](const NormalLevel &level) -> uint32_t {
    switch (level.number) {
    case Number::F32:
      return bitsOfFloat(normal(random));
    case Number::F16:
      return floatToHalf(normal(random) * 0.01f); // some are subnormal
    case Number::BF16:
      return floatToBfloat(normal(random));
    case Number::E8M0:
      return random() % 8 ? 110 + random() % 20 : random() % 2;
    case Number::E4M3:
      return random() % 0x7f;
    default:
      return uint32_t(random() & ((1u << level.bits) - 1));
    }
  };
  for (auto [levels, stored] : {std::pair(&form.scale, &coded.scale), std::pair(&form.minimum, &coded.minimum)})
    for (size_t i = 0; i < levels->size(); ++i)
      for (uint32_t &number : (*stored)[i])
        number = draw((*levels)[i]);
  for (float &scale : coded.rowScale)
    scale = normal(random);
  for (size_t at = 0; at < coded.blocks.size(); at += form.decoder->bytes) {
    std::vector<uint8_t> codes(form.decoder->columns);
    std::vector<float> scales(form.decoder->columns / form.decoder->group, NAN);
    while (!std::all_of(scales.begin(), scales.end(), [](float scale) { return std::isfinite(scale); })) {
      for (unsigned i = 0; i < form.decoder->bytes; ++i)
        coded.blocks[at + i] = uint8_t(random());
      form.decoder->decode(&coded.blocks[at], codes.data(), scales.data());
    }
  }
  return coded;
}
