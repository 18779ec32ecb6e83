#include "vspec/Quant/WriteOut.h"
#include <algorithm>
#include <array>
#include <cmath>

using namespace vspec;

std::optional<Format> vspec::writtenOut(const Format &blocks) {
  const Decoder *decoder = blocks.element.kind == Element::Kind::Decode ? findDecoder(blocks.element.function) : nullptr;
  if (!decoder || decoder->writtenOut.empty())
    return {};
  Format codes = *parseFormat(decoder->writtenOut);
  codes.levels.insert(codes.levels.end(), blocks.levels.begin(), blocks.levels.end());
  return codes;
}

namespace {
/// What differs between a decoder's integers and a form's is a power of two.
float unitsOf(const Decoder &decoder, const NormalForm &form) {
  auto largest = [](int most, int bias) { return float(std::max(most - bias, bias)); };
  return largest(int(decoder.most), int(decoder.bias)) / largest(int(form.maxValue()), int(form.bias));
}

/// The form's code of each of a decoder's codes.
std::array<int, 256> codesOf(const Decoder &decoder, const NormalForm &form, float units) {
  std::array<int, 256> codes;
  codes.fill(-1);
  for (int code = (1 << form.bits) - 1; code >= 0; --code) {
    float value = float((form.table.empty() ? code : int(form.table[size_t(code)])) - int(form.bias)) * units + float(decoder.bias);
    if (value >= 0 && value <= float(decoder.most) && value == std::floor(value))
      codes[size_t(value)] = code;
  }
  return codes;
}

/// One number of a level and small integers, whose products are `scales` times `factor`: the least integers that do.
bool splitScales(const NormalForm &form, const std::vector<float> &scales, float factor, uint32_t &number,
                 std::vector<uint32_t> &integers) {
  auto first = std::find_if(scales.begin(), scales.end(), [](float scale) { return scale != 0; });
  integers.assign(scales.size(), 0), number = 0;
  if (first == scales.end())
    return true;
  float most = float((1u << form.scale[0].bits) - 1);
  for (float guess = 1; guess <= most; ++guess) {
    if (!storeNumber(form.scale[1], *first * factor / guess, number))
      continue;
    float unit = numberValue(form.scale[1], number);
    bool fits = unit != 0;
    for (size_t g = 0; fits && g < scales.size(); ++g) {
      float integer = std::nearbyint(scales[g] * factor / unit);
      fits = integer >= 0 && integer <= most && integer * unit == scales[g] * factor;
      integers[g] = fits ? uint32_t(integer) : 0;
    }
    if (fits)
      return true;
  }
  return false;
}
} // namespace

Result<void> vspec::checkWrittenOut(const Decoder &decoder, const NormalForm &form) {
  if (form.isFloat() || form.isSmallFloat() || form.decoder || !form.tableLow.empty() || !form.minimum.empty() || form.rowScale)
    return Error{"expected codes of integers, with scales alone"};
  if (form.scale.size() != 2 || form.scale[0].number != Number::UInt || form.scale[0].bits > 8 || form.scale[0].group != decoder.group ||
      form.scale[1].group != decoder.columns)
    return Error{"expected the scales 'x " + std::to_string(decoder.group) + ":uint{BITS} x " + std::to_string(decoder.columns) + ":f16'"};
  int exponent;
  if (float units = unitsOf(decoder, form); std::frexp(units, &exponent) != 0.5f)
    return Error{"its largest value is not the decoder's, times a power of two"};
  return {};
}

Result<CodedRows> vspec::writeOut(const Decoder &decoder, const CodedRows &blocks, const NormalForm &form, int64_t firstRow) {
  CodedRows rows(form, blocks.rows, blocks.columns);
  rows.rowScale = blocks.rowScale;
  float units = unitsOf(decoder, form);
  std::array<int, 256> codeOf = codesOf(decoder, form, units);
  int64_t perRow = blocks.columns / decoder.columns, groups = decoder.columns / decoder.group;
  std::vector<uint8_t> codes(decoder.columns);
  std::vector<float> scales(static_cast<size_t>(groups));
  std::vector<uint32_t> integers;
  for (int64_t block = 0; block < blocks.rows * perRow; ++block) {
    auto error = [&](int64_t column, const std::string &what) {
      return Error{"row " + std::to_string(firstRow + block / perRow) + ", column " +
                   std::to_string(block % perRow * decoder.columns + column) + ": " + what};
    };
    decoder.decode(blocks.blocks.data() + block * decoder.bytes, codes.data(), scales.data());
    for (int64_t g = 0; g < groups; ++g)
      if (!std::isfinite(scales[size_t(g)]))
        return error(g * decoder.group, std::string("scale is ") + (std::isnan(scales[size_t(g)]) ? "nan" : "inf") + ", expected a number");
    if (!splitScales(form, scales, units / form.unit, rows.scale[1][size_t(block)], integers))
      return error(0, "the scales of its groups are no small multiples of one number");
    std::copy(integers.begin(), integers.end(), rows.scale[0].begin() + block * groups);
    for (unsigned i = 0; i < decoder.columns; ++i) {
      int code = codeOf[codes[i]];
      if (code < 0)
        return error(i, "the value " + std::to_string(int(codes[i]) - int(decoder.bias)) + " has no code");
      rows.codes[size_t(block) * decoder.columns + i] = uint8_t(code);
    }
  }
  return rows;
}
