// Decoding is the definition of a format; encoding is RowEncoder's affair.
#include "vspec/Quant/Codec.h"
#include "RowEncoder.h"
#include <algorithm>
#include <cassert>
#include <cmath>

using namespace vspec;

void TensorRange::add(const float *weights, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    least = std::min(least, weights[i]);
    most = std::max(most, weights[i]);
    magnitudes += std::fabs(double(weights[i]));
    nonzero += weights[i] != 0;
  }
  count += n;
}

Result<Codec> Codec::create(const Format &format, int64_t columns) {
  Result<NormalForm> form = normalForm(format, columns);
  if (!form)
    return form.error();
  return Codec(format, std::move(*form), columns);
}

bool Codec::needsRange() const { return !theFormat.levels.empty() && theFormat.levels.back().extent == Level::Extent::Tensor; }

int64_t Codec::sharedRows() const {
  int64_t most = 1;
  for (const Level &level : theFormat.levels)
    most = std::max(most, level.rows);
  return most;
}

std::vector<float> Codec::decode(const CodedRows &coded) const { return decodeRows(theForm, coded); }

static std::vector<float> decodeBlocks(const NormalForm &form, const CodedRows &coded) {
  const Decoder &decoder = *form.decoder;
  std::vector<float> weights(size_t(coded.rows * coded.columns)), scales(decoder.columns / decoder.group);
  std::vector<uint8_t> codes(decoder.columns);
  const uint8_t *block = coded.blocks.data();
  for (size_t at = 0; at < weights.size(); at += decoder.columns, block += decoder.bytes) {
    decoder.decode(block, codes.data(), scales.data());
    for (unsigned i = 0; i < decoder.columns; ++i) {
      float weight = scales[i / decoder.group] * float(int(codes[i]) - int(decoder.bias));
      weights[at + i] = form.rowScale ? coded.rowScale[at / size_t(coded.columns)] * weight : weight;
    }
  }
  return weights;
}

std::vector<float> vspec::decodeRows(const NormalForm &form, const CodedRows &coded) {
  if (form.decoder)
    return decodeBlocks(form, coded);
  std::vector<float> weights(size_t(coded.rows * coded.columns)), values(256);
  for (unsigned code = 0; !form.isFloat() && code < 1u << form.bits; ++code)
    values[code] =
        !form.floatTable.empty() ? form.floatTable[code] : float(int(form.table.empty() ? code : form.table[code]) - int(form.bias));
  int64_t group = form.flush ? form.flush : std::max<int64_t>(coded.columns, 1);
  for (int64_t row = 0; row < coded.rows; ++row)
    for (int64_t start = 0; start < coded.columns; start += group) {
      float scale = coded.scaleAt(form, row, start), minimum = coded.minimumAt(form, row, start);
      for (int64_t column = start; column < std::min(start + group, coded.columns); ++column) {
        size_t at = size_t(row * coded.columns + column);
        float weight = form.isFloat() ? elementValue(form.element, coded.floats[at]) : scale * values[coded.codes[at]];
        if (!form.minimum.empty())
          weight += minimum;
        weights[at] = form.rowScale ? coded.rowScale[size_t(row)] * weight : weight;
      }
    }
  return weights;
}

Result<CodedRows> Codec::encode(const float *weights, int64_t rows, const TensorRange &range, int64_t firstRow) const {
  if (theForm.decoder)
    return Error{"'" + theFormat.text() + "' is decoded only: its blocks come from a checkpoint"};
  assert(firstRow % sharedRows() == 0 && "a part begins within a block");
  return encodeRows(*this, weights, rows, columns, range, firstRow);
}

Result<CodedRows> Codec::encode(const float *weights, int64_t rows) const {
  TensorRange range;
  if (needsRange())
    range.add(weights, rows * columns);
  return encode(weights, rows, range);
}
