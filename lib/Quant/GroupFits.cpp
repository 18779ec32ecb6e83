#include "GroupFits.h"
#include <algorithm>
#include <cmath>

using namespace vspec;

static bool hasSign(NumberType type) { return type.number != Number::E8M0 && type.number != Number::E4M3 && type.number != Number::UInt; }

static GroupFit fitGroup(const Format &format, const ScaleSearch &search, const float *group, int64_t count) {
  const Level &finest = format.levels[0];
  if (hasOneZeroInFour(format.element))
    return search.oneZeroInFour(group, count);
  if (finest.zeroBits)
    return search.zeroPoint(group, count, *finest.zeroBits);
  if (finest.minimum)
    return search.affine(group, count, finest.minimum->number == Number::UInt);
  if (finest.scale.number == Number::E8M0)
    return search.powerOfTwo(group, count);
  return search.symmetric(group, count, hasSign(finest.scale));
}

static GroupFit fitTensor(const Format &format, const ScaleSearch &search, const TensorRange &range) {
  if (format.isAffine()) {
    float ends[2] = {range.least, range.most};
    return format.levels[0].zeroBits ? search.zeroPoint(ends, 2, *format.levels[0].zeroBits) : search.affine(ends, 2, false);
  }
  if (format.element.kind == Element::Kind::Ternary) {
    double mean = range.count ? range.magnitudes / double(range.count) : 0, magnitude = range.largest();
    bool ternaryAlready = std::fabs(range.magnitudes - magnitude * double(range.nonzero)) <= 1e-6 * range.magnitudes;
    return {ternaryAlready ? float(magnitude) : float(mean), 0, 0};
  }
  return {range.largest() / search.largest(), 0, 0};
}

/// A block's rows share its fit.
static GroupFit fitBlock(const Format &format, const ScaleSearch &search, const float *first, int64_t rows, int64_t count, int64_t stride) {
  std::vector<float> block;
  for (int64_t row = 0; row < rows; ++row)
    block.insert(block.end(), first + row * stride, first + row * stride + count);
  return fitGroup(format, search, block.data(), int64_t(block.size()));
}

std::vector<GroupFit> vspec::fitGroups(const Format &format, const ScaleSearch &search, const float *weights, int64_t rows, int64_t columns,
                                       int64_t group, const TensorRange &range) {
  const int64_t groups = (columns + group - 1) / group;
  std::vector<GroupFit> fits(size_t(rows * groups));
  if (format.levels.empty())
    return fits;
  const Level &finest = format.levels[0];
  if (finest.extent == Level::Extent::Tensor) {
    std::fill(fits.begin(), fits.end(), fitTensor(format, search, range));
  } else if (finest.extent == Level::Extent::Row) {
    for (int64_t row = 0; row < rows; ++row)
      std::fill_n(fits.begin() + row * groups, groups, fitGroup(format, search, weights + row * columns, columns));
  } else {
    for (int64_t row = 0; row < rows; row += finest.rows)
      for (int64_t g = 0; g < groups; ++g) {
        const int64_t shared = std::min(finest.rows, rows - row), count = std::min(group, columns - g * group);
        const float *first = weights + row * columns + g * group;
        const GroupFit fit =
            shared == 1 ? fitGroup(format, search, first, count) : fitBlock(format, search, first, shared, count, columns);
        for (int64_t r = row; r < row + shared; ++r)
          fits[size_t(r * groups + g)] = fit;
      }
  }
  return fits;
}
