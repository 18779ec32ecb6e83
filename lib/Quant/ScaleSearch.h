// Finds the scale, and the minimum or zero point, with which codes come nearest to a group of weights.
#ifndef VSPEC_LIB_QUANT_SCALESEARCH_H
#define VSPEC_LIB_QUANT_SCALESEARCH_H
#include "vspec/Quant/Format.h"

namespace vspec {

/// weight = scale * value + minimum.
struct GroupFit {
  float scale = 0, minimum = 0;
  unsigned zero = 0; // of zeroPoint(): weight = scale * (code - zero)
};

class ScaleSearch {
public:
  ScaleSearch(const Element &element, const NormalForm &form);

  /// No minimum. A scale with a sign can give the larger magnitude of a lopsided grid (-8 to 7) to the largest weight.
  GroupFit symmetric(const float *weights, int64_t count, bool signedScale) const;
  /// The best power of two as the scale.
  GroupFit powerOfTwo(const float *weights, int64_t count) const;
  GroupFit affine(const float *weights, int64_t count, bool negativeMinimum) const;
  GroupFit zeroPoint(const float *weights, int64_t count, unsigned zeroBits) const;
  /// Ternary with exactly one zero in each four: the scale does not change the codes.
  GroupFit oneZeroInFour(const float *weights, int64_t count) const;

  void nearestCodes(const float *weights, int64_t count, float scale, float minimum, uint8_t *codes) const;
  static void oneZeroInFourCodes(const float *weights, int64_t count, uint8_t *codes);

  /// Values of codes: value(code) - bias, without the form's unit.
  float least, most;
  float largest() const { return most > -least ? most : -least; }

private:
  struct Sums {
    float q = 0, qq = 0, wq = 0;
  };
  /// Over the values q nearest to (weight - minimum) * inverse; of uniform codes, those between `low` and `high`.
  Sums sums(const float *weights, int64_t count, float inverse, float minimum, float low, float high) const;
  unsigned nearestEntry(float x) const;

  bool isUniform;
  unsigned bias;
  std::vector<float> reaches; // candidates: what the largest weight is divided by the scale, or how many steps its range has
  // Of a table, in ascending order without duplicates.
  std::vector<float> values, thresholds; // above thresholds[i], values[i + 1] is nearer than values[i]
  std::vector<uint8_t> codeOf, cells;    // cells: the first entry that may be the nearest
  float cellsPerUnit = 0;
  static constexpr int sketchSize = 1024;
  std::vector<float> sketch; // the nearest value at the centre of each part of the range: near enough to compare candidates
  int mostSteps = 0;         // from a cell's entry to the nearest one
};

} // namespace vspec
#endif
