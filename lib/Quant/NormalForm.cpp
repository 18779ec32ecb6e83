// From the algebra to the form in which kernels see a format, or the reason why no kernel can run it.
#include "vspec/Quant/Format.h"
#include "vspec/Support/SmallFloat.h"
#include <algorithm>
#include <cmath>

using namespace vspec;

static constexpr int64_t leastGroup = 4, mostGroup = 1024;

static Error refusal(const Format &format, const std::string &why) { return Error{"no kernel for '" + format.text() + "': " + why}; }

/// Beside the floats themselves two tables of biased bytes: integers of 16 bits, so that a value is off by half a unit, less than
/// 2^-15 of the largest one. A sum of 256 products with int8 activations is still below 2^31.
static void useWideTable(NormalForm &form, std::vector<float> values, float largest) {
  constexpr int bias = 128, most = 127 * 256 + 127;
  values.resize(16, 0.0f);
  while (largest / form.tableUnit > most)
    form.tableUnit *= 2;
  while (largest > 0 && largest / (form.tableUnit / 2) <= most)
    form.tableUnit /= 2;
  form.bias = bias;
  for (float value : values) {
    int wide = int(std::nearbyint(value / form.tableUnit)), high = (wide + bias) >> 8;
    form.table.push_back(uint8_t(high + bias));
    form.tableLow.push_back(uint8_t(wide - 256 * high + bias));
  }
  form.floatTable = std::move(values);
}

/// 16 integers times a power of two, or 16 floats.
static void useTable(NormalForm &form, std::vector<float> values) {
  auto [least, most] = std::minmax_element(values.begin(), values.end());
  float low = *least, high = *most;
  auto fits = [&](float unit) {
    for (float value : values)
      if (value / unit != std::nearbyint(value / unit))
        return false;
    return true;
  };
  float largest = std::max(std::fabs(low), std::fabs(high)), unit = 1;
  while (unit > 0x1p-24f && !fits(unit))
    unit /= 2;
  while (largest > 0 && fits(unit * 2))
    unit *= 2;
  bool exact = fits(unit) && largest / unit <= 128 && high / unit <= 127;
  // A sum of signed bytes: what is no more than 127 from the least value needs no more than that as its bias.
  if (exact) {
    form.bias = (high - low) / unit <= 127 && low <= 0 ? unsigned(-low / unit) : 128;
    form.unit = unit;
    for (float value : values)
      form.table.push_back(uint8_t(int(value / unit) + int(form.bias)));
    form.table.resize(16, uint8_t(form.bias));
  } else {
    useWideTable(form, std::move(values), largest);
  }
}

/// Bytes are biased 128 for kernels: unsigned ones take it out of their zero point.
static bool storesCentredZero(const Format &format) {
  return format.element.kind == Element::Kind::Int && format.element.bits == 8 && format.element.bias == 0 && !format.levels.empty() &&
         format.levels[0].zeroBits == 8u;
}

static Result<NormalForm> elementForm(const Format &format) {
  const Element &element = format.element;
  NormalForm form;
  form.bits = element.bits;
  switch (element.kind) {
  case Element::Kind::Int:
    form.bias = element.bias;
    if (storesCentredZero(format))
      form.bias = 128;
    if (element.bits == 8 && form.bias != 128)
      return refusal(format, "codes of 8 bits must be biased 128, or unsigned with a zero point of 8 bits; nearest: 'int8', 'int8:min', "
                             "'int8:zero'");
    return form;
  case Element::Kind::Float:
    if (element.isPlainFloat()) {
      form.element = element.mantissa == 23 ? ElementKind::F32 : element.mantissa == 10 ? ElementKind::F16 : ElementKind::BF16;
      return form;
    }
    if (element.bits > 8)
      return refusal(format,
                     "floats of more than 8 bits, other than f32, f16 and bf16, are not multiplied; nearest: 'bf16', 'fp8', 'int8'");
    {
      std::vector<float> values;
      for (unsigned code = 0; code < 1u << element.bits; ++code)
        values.push_back(smallFloat(element.exponent, element.mantissa, code));
      if (element.bits > 4) {
        form.exponent = element.exponent;
        form.floatTable = std::move(values);
      } else {
        useTable(form, values);
      }
    }
    return form;
  case Element::Kind::Table:
    if (element.bits > 4)
      return refusal(format, "tables have at most 16 values; nearest: 'nf4', 'iq4_nl', 'int" + std::to_string(element.bits) + "'");
    useTable(form, element.values);
    return form;
  case Element::Kind::Ternary:
    form.bits = 2;
    form.bias = 1;
    return form;
  case Element::Kind::Planes:
    return refusal(format, "bit planes with a scale each are not multiplied; nearest: 'int" + std::to_string(element.bits) + ":min'");
  case Element::Kind::Codebook:
    return refusal(format, "codebooks are not multiplied; nearest: 'int2', 'int4', 'nf4'");
  case Element::Kind::Decode: {
    const Decoder *decoder = findDecoder(element.function);
    if (!decoder)
      return refusal(format,
                     "there is no decoder @" + element.function + ", only " + decoderNames() + "; --format-library FILE brings others");
    if (decoder->columns != element.together || decoder->bytes * 8 != element.bits)
      return refusal(format,
                     "the decoder's blocks are " + std::to_string(decoder->columns) + " in " + std::to_string(decoder->bytes) + " bytes");
    form.decoder = decoder;
    form.bits = 8;
    form.bias = decoder->bias;
    form.scale.push_back({Number::Decoded, 0, decoder->group});
    return form;
  }
  }
  return form;
}

static std::string nearestGroups(int64_t group) {
  int64_t below = leastGroup;
  while (below * 2 <= group && below * 2 <= mostGroup)
    below *= 2;
  std::string text = std::to_string(below);
  if (below < group && below < mostGroup)
    text += ", " + std::to_string(below * 2);
  return text;
}

static unsigned nextPowerOfTwo(int64_t n) {
  unsigned power = 1;
  while (power < n && power < 1u << 31)
    power *= 2;
  return power;
}

/// Whether the finest of several levels is a small integer, one for each flush group.
static bool beginsWithInteger(const std::vector<NormalLevel> &levels, unsigned flush) {
  if (levels.size() < 2 || levels[1].number == Number::MinusScale)
    return false;
  return (levels[0].number == Number::Int || levels[0].number == Number::UInt) && levels[0].bits <= 8 && levels[0].group == flush;
}

unsigned NormalForm::exactColumns(unsigned block) const {
  unsigned group = std::min(flush ? flush : 64, block);
  if (!hasIntegerForm() || !tableLow.empty() || !beginsWithInteger(scale, flush))
    return group;
  unsigned columns = std::min(scale[1].group, block);
  int64_t largest = std::max<int64_t>(maxValue() - bias, bias) << scale[0].bits;
  if (columns <= group || columns * largest * 127 >= int64_t(1) << 31)
    return group;
  if (minimum.empty())
    return columns;
  // Minimums of four groups are a code vector, which meets sums of activations split into 7 bits and a signed byte.
  bool fits = beginsWithInteger(minimum, flush) && minimum[0].number == Number::UInt && minimum[0].bits <= 7 &&
              minimum[1].group == scale[1].group && flush <= 128 && columns % (4 * flush) == 0;
  return fits ? columns : group;
}

std::optional<FoldedCodes> NormalForm::foldedCodes(unsigned block) const {
  if (flush == 0 || exactColumns(block) <= std::min(flush, block))
    return {};
  int half = 1 << (scale[0].bits - 1), least = scale[0].number == Number::Int ? -half : 0, greatest = 2 * half - 1 + least;
  int low = 0, high = 0; // zero is in every group of zero scale
  for (int value : {int(maxValue()) - int(bias), -int(bias)})
    for (int factor : {least, greatest})
      low = std::min(low, value * factor), high = std::max(high, value * factor);
  // Codes above 127 are biased 128.
  for (int sign : {1, -1}) {
    int from = sign > 0 ? low : -high, to = sign > 0 ? high : -low;
    if (to - from <= 127)
      return FoldedCodes{sign, unsigned(-from), unsigned(to - from)};
    if (from >= -128 && to <= 127)
      return FoldedCodes{sign, 128, unsigned(to + 128)};
  }
  return {};
}

Result<NormalForm> vspec::normalForm(const Format &format, int64_t columns) {
  Result<NormalForm> result = elementForm(format);
  if (!result)
    return result;
  NormalForm &form = *result;
  bool rowAffine = false, groups = false, hasMinimum = false, hasZero = false;
  unsigned coarsest = 0;
  for (const Level &level : format.levels) {
    hasMinimum |= level.minimum.has_value();
    hasZero |= level.zeroBits.has_value();
    rowAffine |= !level.columns && !level.isPureScale();
    if (!level.columns)
      continue;
    groups = true;
    if (level.columns < leastGroup || level.columns > mostGroup || (level.columns & (level.columns - 1)))
      return refusal(format, "groups of " + std::to_string(level.columns) + " columns are not multiplied, only powers of two from " +
                                 std::to_string(leastGroup) + " to " + std::to_string(mostGroup) +
                                 "; nearest: " + nearestGroups(level.columns));
    coarsest = unsigned(level.columns);
    form.scale.push_back({level.scale.number, level.scale.bits, coarsest});
    if (level.minimum)
      form.minimum.push_back({level.minimum->number, level.minimum->bits, coarsest});
  }
  if (form.isFloat() && (groups || format.isAffine()))
    return refusal(format,
                   "f32, f16 and bf16 elements take row and tensor scales only; nearest: '" + Format{format.element, {}}.text() + "'");
  if (form.decoder && (groups || format.isAffine()))
    return refusal(format, "a decoder makes the scales of its groups, so only row and tensor scales may follow; nearest: '" +
                               Format{format.element, {}}.text() + "'");
  if (form.decoder && columns % form.decoder->columns)
    return refusal(format, std::to_string(columns) + " columns are not whole blocks of " + std::to_string(form.decoder->columns));
  if (hasZero && format.element.kind != Element::Kind::Int)
    return refusal(format, "only int elements have a zero point; nearest: a minimum");
  if (format.element.kind == Element::Kind::Ternary && format.element.together == 4 && columns % 4)
    return refusal(format, std::to_string(columns) + " columns are not whole fours; nearest: 'ternary'");
  if (rowAffine) // few enough numbers, in a block no longer than the weight
    coarsest = std::max(coarsest, std::clamp(nextPowerOfTwo(columns), 64u, 256u));
  if (rowAffine) {
    form.scale.push_back({Number::F32, 32, coarsest});
    if (hasMinimum)
      form.minimum.push_back({Number::F32, 32, coarsest});
  }
  for (const Level &level : format.levels)
    if (level.zeroBits) {
      unsigned group = level.columns ? unsigned(level.columns) : coarsest;
      form.minimum.push_back({storesCentredZero(format) ? Number::Int : Number::UInt, *level.zeroBits, group});
      form.minimum.push_back({Number::MinusScale, 0, form.scale[0].group});
    }
  for (const Level &level : format.levels)
    form.rowScale |= !level.columns && !rowAffine;
  form.flush = form.scale.empty() ? 0 : form.scale[0].group;
  return form;
}
