// From f32 to codes and back: the slow, obvious reference. It defines what a format's numbers are; every kernel and packed
// layout is compared with it.
//
//   weight = rowScale * (scale * (value(code) - bias) + minimum)
//
// in f32, rounded after each multiplication and addition; scale and minimum as CodedRows::scaleAt and minimumAt give them;
// what a form does not have is left out, not multiplied by one. A format without levels is its elements.
#ifndef VSPEC_QUANT_CODEC_H
#define VSPEC_QUANT_CODEC_H
#include "vspec/Quant/CodedRows.h"
#include "vspec/Quant/Format.h"

namespace vspec {

/// What numbers of the whole tensor are chosen from. A weight that is read in parts is read twice: for this, then to encode.
struct TensorRange {
  float least = 0, most = 0; // 0 included
  double magnitudes = 0;     // the sum of all
  int64_t nonzero = 0, count = 0;
  void add(const float *weights, int64_t count);
  float largest() const { return most > -least ? most : -least; }
};

class Codec {
public:
  /// For weights with this many columns; refuses what normalForm refuses.
  static Result<Codec> create(const Format &format, int64_t columns);

  const Format &format() const { return theFormat; }
  const NormalForm &form() const { return theForm; }
  /// Whether encode needs the range of the whole tensor.
  bool needsRange() const;
  /// Rows that share numbers: a part of a weight begins at a multiple of this.
  int64_t sharedRows() const;

  /// Rounds to the nearest codes. The finest scales (and minima) come from a search: for each of several candidates, the
  /// nearest codes, and for these the scale of least squared error; the best one is rounded to its number type, and the codes
  /// are chosen again. Groups of zeros get scale 0. A tensor's ternary scale is the mean magnitude (BitNet b1.58), or the
  /// magnitude itself where all nonzero weights have the same. The same rows give the same bits on every machine.
  /// `weights` is [rows][columns], beginning with row `firstRow` of the tensor (for errors).
  /// Errors name row and column: a weight that is not finite, or a number too large for its type.
  Result<CodedRows> encode(const float *weights, int64_t rows, const TensorRange &range, int64_t firstRow = 0) const;
  /// A whole tensor.
  Result<CodedRows> encode(const float *weights, int64_t rows) const;

  /// [rows][columns]
  std::vector<float> decode(const CodedRows &coded) const;

private:
  Codec(Format format, NormalForm form, int64_t columns) : theFormat(std::move(format)), theForm(std::move(form)), columns(columns) {}
  Format theFormat;
  NormalForm theForm;
  int64_t columns;
};

/// The decoder, for forms that come from elsewhere (a checkpoint's blocks): [rows][columns].
std::vector<float> decodeRows(const NormalForm &form, const CodedRows &coded);

} // namespace vspec
#endif
