// What a format is as text and how many bits it takes.
#include "vspec/Quant/Format.h"
#include <cassert>
#include <cmath>
#include <cstdio>
#include <cstdlib>

using namespace vspec;

std::string NumberType::text() const {
  switch (number) {
  case Number::F32:
    return "f32";
  case Number::F16:
    return "f16";
  case Number::BF16:
    return "bf16";
  case Number::E8M0:
    return "e8m0";
  case Number::E4M3:
    return "e4m3";
  case Number::Int:
    return "int{" + std::to_string(bits) + "}";
  case Number::UInt:
    return "uint{" + std::to_string(bits) + "}";
  case Number::MinusScale:
  case Number::Decoded:
    break;
  }
  return "none"; // of normal forms only
}

bool Element::operator==(const Element &other) const {
  return kind == other.kind && bits == other.bits && together == other.together && bias == other.bias && exponent == other.exponent &&
         mantissa == other.mantissa && values == other.values && sums == other.sums && function == other.function;
}

bool Element::isPlainFloat() const {
  return kind == Kind::Float && ((exponent == 8 && (mantissa == 23 || mantissa == 7)) || (exponent == 5 && mantissa == 10));
}

bool Level::operator==(const Level &other) const {
  return extent == other.extent && rows == other.rows && columns == other.columns && scale == other.scale && perPlane == other.perPlane &&
         minimum == other.minimum && zeroBits == other.zeroBits;
}

static std::string shortest(float value) { // the fewest digits that give the same f32
  char digits[32];
  if (value == std::nearbyint(value) && std::fabs(value) < 1e6f)
    return std::to_string(int(value));
  for (int precision = 1; precision <= 9; ++precision) {
    std::snprintf(digits, sizeof(digits), "%.*g", precision, double(value));
    if (std::strtof(digits, nullptr) == value)
      break;
  }
  return digits;
}

static std::string elementText(const Format &format) {
  const Element &element = format.element;
  auto number = [](unsigned n) { return std::to_string(n); };
  switch (element.kind) {
  case Element::Kind::Int:
    if (element.bias == format.defaultBias())
      return "int{" + number(element.bits) + "}";
    return "int{" + number(element.bits) + (element.bias ? ", biased " + number(element.bias) : ", unsigned") + "}";
  case Element::Kind::Float:
    if (element.isPlainFloat())
      return element.mantissa == 23 ? "f32" : element.mantissa == 10 ? "f16" : "bf16";
    return "float{" + number(element.exponent) + ", " + number(element.mantissa) + "}";
  case Element::Kind::Table: {
    std::string values(tableName(element.values));
    if (values.empty())
      for (float value : element.values)
        values += (values.empty() ? "" : " ") + shortest(value);
    return "table{" + number(element.bits) + ", " + values + "}";
  }
  case Element::Kind::Ternary:
    return "ternary{" + (element.together == 1 ? std::string() : number(element.together) + " in ") + number(element.bits) + " bits}";
  case Element::Kind::Planes:
    return "planes{" + number(element.bits) + "}";
  case Element::Kind::Codebook:
    return "codebook{" + number(element.together) + ", " + number(element.bits) + ", " + number(element.sums) + "}";
  case Element::Kind::Decode:
    return "decode{@" + element.function + ", " + number(element.together) + " in " + number(element.bits / 8) + " bytes}";
  }
  return "";
}

std::string Format::text() const {
  std::string text = elementText(*this);
  for (const Level &level : levels) {
    text += " x ";
    switch (level.extent) {
    case Level::Extent::Group:
      text += std::to_string(level.columns);
      break;
    case Level::Extent::Block:
      text += std::to_string(level.rows) + "x" + std::to_string(level.columns);
      break;
    case Level::Extent::Row:
      text += "row";
      break;
    case Level::Extent::Tensor:
      text += "tensor";
      break;
    }
    text += ":" + (level.perPlane ? "per plane" : level.scale.text());
    if (level.minimum)
      text += "," + level.minimum->text();
    if (level.zeroBits)
      text += ", zero int{" + std::to_string(*level.zeroBits) + "}";
  }
  return text;
}

Format vspec::decoderFormat(const Decoder &decoder) {
  Format format;
  format.element.kind = Element::Kind::Decode;
  format.element.function = decoder.name;
  format.element.together = decoder.columns;
  format.element.bits = decoder.bytes * 8;
  return format;
}

static int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

int64_t Format::bits(int64_t rows, int64_t columns) const {
  assert(rows >= 0 && columns >= 0 && (columns == 0 || rows <= (int64_t(1) << 48) / columns));
  // Codes of one row: whole groups, then the short one.
  int64_t group = finestGroup().value_or(columns), whole = group ? columns / group : 0;
  auto codeBits = [&](int64_t count) { return ceilDiv(count, element.together) * element.bits * element.sums; };
  int64_t total = rows * (whole * codeBits(group) + codeBits(columns - whole * group));
  for (const Level &level : levels) {
    int64_t numbers = level.scale.bits * (level.perPlane ? element.bits : 1u);
    numbers += (level.minimum ? level.minimum->bits : 0) + level.zeroBits.value_or(0);
    switch (level.extent) {
    case Level::Extent::Group:
    case Level::Extent::Block:
      total += numbers * ceilDiv(rows, level.rows) * ceilDiv(columns, level.columns);
      break;
    case Level::Extent::Row:
      total += numbers * rows;
      break;
    case Level::Extent::Tensor:
      total += numbers;
      break;
    }
  }
  return total;
}

std::optional<int64_t> Format::finestGroup() const {
  for (const Level &level : levels)
    if (level.columns)
      return level.columns;
  return std::nullopt;
}

bool Format::isAffine() const {
  for (const Level &level : levels)
    if (!level.isPureScale())
      return true;
  return false;
}

unsigned Format::defaultBias() const {
  bool zero = false;
  for (const Level &level : levels)
    zero |= level.zeroBits.has_value();
  return zero || (isAffine() && element.bits < 8) ? 0 : 1u << (element.bits - 1);
}
