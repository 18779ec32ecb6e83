#include "vspec/Quant/Codec.h"
#include "RandomRows.h"
#include <cmath>
using namespace vspec;

static Codec codecOf(const std::string &text, int64_t columns) {
  Result<Codec> codec = Codec::create(formatOf(text), columns);
  EXPECT_TRUE(bool(codec)) << codec.error().message;
  return *codec;
}

TEST(Codec, decodes_by_the_definition) {
  Codec codec = codecOf("int{4} x 32:f16 x row:f32", 2);
  CodedRows coded(codec.form(), 1, 2);
  coded.codes = {15, 0};
  coded.scale[0] = {0x3800}; // 0.5
  coded.rowScale = {3};
  EXPECT_EQ(codec.decode(coded), (std::vector<float>{10.5f, -12}));
  Codec affine = codecOf("int4:min", 2);
  coded = CodedRows(affine.form(), 1, 2);
  coded.codes = {15, 0};
  coded.scale[0] = {0x3800};
  coded.minimum[0] = {0xc000}; // -2
  EXPECT_EQ(affine.decode(coded), (std::vector<float>{5.5f, -2}));
}

TEST(Codec, decoding_matches_scalar_arithmetic_for_any_bits) {
  for (const std::string &text : kernelFormats()) {
    const int64_t rows = 3, columns = 300;
    Codec codec = codecOf(text, columns);
    const NormalForm &form = codec.form();
    CodedRows coded = randomRows(form, rows, columns, 11);
    std::vector<float> weights = codec.decode(coded);
    for (int64_t i = 0; i < rows * columns; ++i) {
      float weight;
      if (form.isFloat())
        weight = elementValue(form.element, coded.floats[size_t(i)]);
      else {
        unsigned code = coded.codes[size_t(i)];
        float value =
            form.floatTable.empty() ? float(int(form.table.empty() ? code : form.table[code]) - int(form.bias)) : form.floatTable[code];
        weight = coded.scaleAt(form, i / columns, i % columns) * value;
      }
      if (!form.minimum.empty())
        weight = weight + coded.minimumAt(form, i / columns, i % columns);
      if (form.rowScale)
        weight = coded.rowScale[size_t(i / columns)] * weight;
      ASSERT_TRUE(std::isnan(weight) ? std::isnan(weights[size_t(i)]) : weight == weights[size_t(i)]) << text;
    }
  }
}

TEST(Codec, refuses_what_kernels_refuse) {
  EXPECT_FALSE(bool(Codec::create(formatOf("aqlm"), 128)));
  EXPECT_TRUE(codecOf("nvfp4", 64).needsRange());
  EXPECT_FALSE(codecOf("int4", 64).needsRange());
}
