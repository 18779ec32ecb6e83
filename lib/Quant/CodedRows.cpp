// Stored numbers and their products.
#include "vspec/Quant/CodedRows.h"
#include "vspec/Support/SmallFloat.h"
#include <algorithm>
#include <cmath>

using namespace vspec;

CodedRows::CodedRows(const NormalForm &form, int64_t rows, int64_t columns) : rows(rows), columns(columns) {
  if (form.isFloat())
    floats.resize(size_t(rows * columns));
  else if (form.decoder)
    blocks.resize(size_t(rows * (columns / form.decoder->columns) * form.decoder->bytes));
  else
    codes.resize(size_t(rows * columns));
  for (auto [levels, stored] : {std::pair(&form.scale, &scale), std::pair(&form.minimum, &minimum)})
    for (const NormalLevel &level : *levels)
      stored->emplace_back(level.bits == 0 ? 0 : size_t(rows * groups(level)));
  if (form.rowScale)
    rowScale.resize(size_t(rows));
}

bool CodedRows::operator==(const CodedRows &other) const {
  return rows == other.rows && columns == other.columns && codes == other.codes && blocks == other.blocks && floats == other.floats && scale == other.scale &&
         minimum == other.minimum && rowScale == other.rowScale;
}

CodedRows CodedRows::cut(int64_t parts) && {
  std::vector<float> ofParts;
  for (float scale : rowScale)
    ofParts.insert(ofParts.end(), size_t(parts), scale);
  rows *= parts, columns /= parts, rowScale = std::move(ofParts);
  return std::move(*this); // all else lies row by row already
}

float CodedRows::scaleAt(const NormalForm &form, int64_t row, int64_t column) const {
  float product = 1;
  for (size_t i = 0; i < form.scale.size(); ++i)
    product *= numberValue(form.scale[i], scale[i][size_t(row * groups(form.scale[i]) + column / form.scale[i].group)]);
  return product * form.unit;
}

float CodedRows::minimumAt(const NormalForm &form, int64_t row, int64_t column) const {
  if (form.minimum.empty())
    return 0;
  float product = 1;
  for (size_t i = 0; i < form.minimum.size(); ++i) {
    const NormalLevel &level = form.minimum[i];
    product *= level.number == Number::MinusScale ? -scaleAt(form, row, column)
                                                  : numberValue(level, minimum[i][size_t(row * groups(level) + column / level.group)]);
  }
  return product;
}

float vspec::numberValue(const NormalLevel &level, uint32_t stored) {
  switch (level.number) {
  case Number::F32:
    return floatOfBits(stored);
  case Number::F16:
    return halfToFloat(uint16_t(stored));
  case Number::BF16:
    return bfloatToFloat(uint16_t(stored));
  case Number::E8M0:
    return e8m0ToFloat(uint8_t(stored));
  case Number::E4M3:
    return smallMagnitude(4, 3, stored & 0x7f);
  case Number::Int:
    return float(int32_t(stored << (32 - level.bits)) >> (32 - level.bits));
  case Number::UInt:
    return float(stored);
  case Number::MinusScale:
  case Number::Decoded:
    break;
  }
  return 0;
}

bool vspec::storeNumber(const NormalLevel &level, float value, uint32_t &stored) {
  switch (level.number) {
  case Number::F32:
    stored = bitsOfFloat(value);
    return std::isfinite(value);
  case Number::F16:
    stored = floatToHalf(value);
    return (stored & 0x7c00) != 0x7c00;
  case Number::BF16:
    stored = floatToBfloat(value);
    return (stored & 0x7f80) != 0x7f80;
  case Number::E8M0:
    stored = floatToE8m0(value);
    return value >= 0 && value <= 0x1.8p127f;
  case Number::E4M3:
    stored = floatToE4m3(value) & 0x7f;
    return value >= 0 && stored != 0x7f;
  case Number::Int:
  case Number::UInt: {
    bool isSigned = level.number == Number::Int;
    float least = isSigned ? -float(1u << (level.bits - 1)) : 0, most = float((1u << (level.bits - isSigned)) - 1);
    float nearest = std::nearbyint(value);
    if (!(nearest >= least && nearest <= most))
      return false;
    stored = uint32_t(int32_t(nearest)) & ((1u << level.bits) - 1);
    return true;
  }
  case Number::MinusScale:
  case Number::Decoded:
    break;
  }
  return false;
}

float vspec::elementValue(ElementKind kind, uint32_t bits) {
  return kind == ElementKind::F32   ? floatOfBits(bits)
         : kind == ElementKind::F16 ? halfToFloat(uint16_t(bits))
                                    : bfloatToFloat(uint16_t(bits));
}
