// Rounds rows of a weight: with the best scales and minima of the finest groups, the numbers of each level from coarse to fine,
// so that a finer number is chosen for the coarser one as stored, and at last the codes.
#include "RowEncoder.h"
#include "GroupFits.h"
#include "vspec/Support/SmallFloat.h"
#include <algorithm>
#include <cmath>

using namespace vspec;

namespace {
/// The rows of one call of encode. `group` is the finest extent along a row; all arrays are [rows][groups].
class RowEncoder {
public:
  RowEncoder(const Format &format, const NormalForm &form, const float *weights, int64_t rows, int64_t columns, const TensorRange &range,
             int64_t firstRow)
      : format(format), form(form), search(format.element, form), weights(weights), rows(rows), columns(columns), range(range),
        firstRow(firstRow), group(form.flush ? form.flush : std::max<int64_t>(columns, 1)), groups((columns + group - 1) / group),
        coded(form, rows, columns), fits(size_t(rows * groups)), scaleOuter(fits.size(), form.unit), minimumOuter(fits.size(), 1.0f),
        rowMinimum(size_t(rows), 1.0f) {}

  Result<CodedRows> encode() {
    bool good = finite();
    if (good && !form.isFloat())
      fits = fitGroups(format, search, weights, rows, columns, group, range);
    if (good && form.rowScale)
      std::fill(coded.rowScale.begin(), coded.rowScale.end(), 1.0f);
    rowFactor.assign(size_t(rows), 1.0f);
    for (size_t i = format.levels.size(); good && i-- > 0;)
      good = storeLevel(i);
    if (!good)
      return Error{failure};
    foldRowNumbers();
    if (form.isFloat() ? !roundElements() : (chooseCodes(), false))
      return Error{failure};
    return std::move(coded);
  }

private:
  bool fail(int64_t row, int64_t column, const std::string &why) {
    failure = "row " + std::to_string(firstRow + row) + ", column " + std::to_string(column) + ": " + why;
    return false;
  }

  bool finite() {
    for (int64_t i = 0; i < rows * columns; ++i)
      if ((bitsOfFloat(weights[i]) & 0x7f800000) == 0x7f800000)
        return fail(i / columns, i % columns,
                    std::string("weight is ") + (std::isnan(weights[i]) ? "nan" : "infinite") + ", expected a finite number");
    return true;
  }

  /// The largest number of a type that finer levels use; floats take what is left, about 1.
  static float span(NumberType type) {
    switch (type.number) {
    case Number::Int:
      return float((1u << (type.bits - 1)) - 1);
    case Number::UInt:
      return float((1u << type.bits) - 1);
    case Number::E4M3:
      return 448;
    default:
      return 1;
    }
  }

  /// Stores the numbers of a level, given those of all coarser ones, and multiplies them into the outer products.
  bool storeLevel(size_t index) {
    const Level &level = format.levels[index];
    int64_t levelColumns = level.columns ? level.columns : std::max<int64_t>(columns, 1);
    int64_t levelRows = level.extent == Level::Extent::Tensor ? std::max<int64_t>(rows, 1) : level.rows;
    for (int64_t row = 0; row < rows; row += levelRows)
      for (int64_t start = 0; start < columns; start += levelColumns) {
        Part part{row, std::min(row + levelRows, rows), start / group, std::min((start + levelColumns + group - 1) / group, groups)};
        if (!storeScale(index, part) || (level.minimum && !storeMinimum(index, part)))
          return false;
        if (level.zeroBits)
          storeZero(part);
      }
    return true;
  }
  struct Part {
    int64_t row, endRow, group, endGroup;
  };
  template <typename Visit> void forEach(const Part &part, Visit visit) {
    for (int64_t row = part.row; row < part.endRow; ++row)
      for (int64_t g = part.group; g < part.endGroup; ++g)
        visit(size_t(row * groups + g), row);
  }

  bool storeScale(size_t index, const Part &part) {
    const Level &level = format.levels[index];
    size_t first = size_t(part.row * groups + part.group);
    float target = 0, spans = 1;
    for (size_t i = 0; i < index; ++i)
      spans *= span(format.levels[i].scale);
    if (form.isFloat())
      target = elementTarget(level, part);
    else if (index == 0)
      target = fits[first].scale / nonzero(scaleOuter[first]);
    else if (level.extent == Level::Extent::Tensor)
      target =
          (format.isAffine() ? (range.most - range.least) / (search.most - search.least) : range.largest() / search.largest()) / form.unit;
    else
      forEach(part, [&](size_t at, int64_t) { target = std::max(target, std::fabs(fits[at].scale / nonzero(scaleOuter[at]))); });
    NormalLevel type{level.scale.number, level.scale.bits, 0};
    uint32_t stored = 0;
    if (!storeClamped(type, target / spans, index == 0 && format.levels.size() > 1, stored))
      return fail(part.row, part.group * group,
                  "scale " + std::to_string(double(target / spans)) + " does not fit in " + level.scale.text());
    float value = numberValue(type, stored);
    if (level.columns)
      storeAll(coded.scale, form.scale, index, part, stored);
    for (int64_t row = part.row; row < part.endRow && !level.columns; ++row)
      rowFactor[size_t(row)] *= value;
    forEach(part, [&](size_t at, int64_t) {
      scaleOuter[at] *= value;
      if (!level.columns && !level.minimum) // rows and tensors scale all that is in them
        minimumOuter[at] *= value;
    });
    for (int64_t row = part.row; row < part.endRow && !level.columns && !level.minimum; ++row)
      rowMinimum[size_t(row)] *= value;
    return true;
  }

  /// The finest number under a coarser one may be past its range by a little: that one was rounded, and chosen for the
  /// largest weight before the search.
  static bool storeClamped(const NormalLevel &type, float target, bool mayClamp, uint32_t &stored) {
    if (mayClamp && type.number == Number::UInt)
      target = std::clamp(target, 0.0f, float((1u << type.bits) - 1));
    if (mayClamp && type.number == Number::Int)
      target = std::clamp(target, -float(1u << (type.bits - 1)), float((1u << (type.bits - 1)) - 1));
    if (mayClamp && type.number == Number::E4M3)
      target = std::min(target, 448.0f);
    return storeNumber(type, target, stored);
  }
  static float nonzero(float value) { return value != 0 ? value : 1; }

  float elementTarget(const Level &level, const Part &part) const {
    float largest = 0;
    if (level.extent == Level::Extent::Tensor)
      return range.largest();
    for (int64_t column = 0; column < columns; ++column)
      largest = std::max(largest, std::fabs(weights[part.row * columns + column]));
    return largest / nonzero(scaleOuter[size_t(part.row * groups)]);
  }

  bool storeMinimum(size_t index, const Part &part) {
    const Level &level = format.levels[index];
    size_t first = size_t(part.row * groups + part.group);
    float spans = 1;
    for (size_t i = 0; i < index; ++i)
      spans *= format.levels[i].minimum ? span(*format.levels[i].minimum) : 1;
    float target = fits[first].minimum / nonzero(minimumOuter[first]);
    if (index > 0) {
      float peak = 0;
      forEach(part, [&](size_t at, int64_t) { peak = std::max(peak, std::fabs(fits[at].minimum / nonzero(minimumOuter[at]))); });
      if (level.extent == Level::Extent::Tensor)
        peak = std::max(range.most, -range.least);
      // Unsigned finer numbers: the minima are negative, and the sign is here.
      target = format.levels[0].minimum->number == Number::UInt ? -peak / spans : peak / spans;
    }
    NormalLevel type{level.minimum->number, level.minimum->bits, 0};
    uint32_t stored = 0;
    if (!storeClamped(type, target, index == 0 && format.levels.size() > 1, stored))
      return fail(part.row, part.group * group, "minimum " + std::to_string(double(target)) + " does not fit in " + level.minimum->text());
    float value = numberValue(type, stored);
    if (level.columns) {
      size_t place = 0; // of the form's minima, which only some levels have
      for (size_t i = 0; i < index; ++i)
        place += format.levels[i].minimum.has_value();
      storeAll(coded.minimum, form.minimum, place, part, stored);
    }
    for (int64_t row = part.row; row < part.endRow && !level.columns; ++row)
      rowMinimum[size_t(row)] *= value;
    forEach(part, [&](size_t at, int64_t) { minimumOuter[at] *= value; });
    return true;
  }

  void storeZero(const Part &part) {
    const NormalLevel &level = form.minimum[0];
    forEach(part, [&](size_t at, int64_t row) {
      unsigned zero = fits[at].zero;
      if (level.number == Number::Int) // centred, like the codes
        zero = (zero - 128) & 0xff;
      coded.minimum[0][size_t(row * coded.groups(level)) + (at - size_t(row * groups)) * size_t(group) / level.group] = zero;
    });
  }

  /// One number into all rows and groups of its part (a block's number is stored in each of its rows).
  void storeAll(std::vector<std::vector<uint32_t>> &numbers, const std::vector<NormalLevel> &levels, size_t index, const Part &part,
                uint32_t stored) {
    for (int64_t row = part.row; row < part.endRow; ++row)
      numbers[index][size_t(row * coded.groups(levels[index]) + part.group * group / levels[index].group)] = stored;
  }

  /// Numbers of rows and the tensor: one f32 for each row, or f32 levels where one of them has a minimum.
  void foldRowNumbers() {
    if (form.rowScale) {
      coded.rowScale = rowFactor;
      return;
    }
    bool folded = false, foldedMinimum = false;
    for (const Level &level : format.levels) {
      folded |= !level.columns;
      foldedMinimum |= level.minimum.has_value();
    }
    if (folded)
      for (int64_t row = 0; row < rows; ++row) {
        size_t perRow = size_t(coded.groups(form.scale.back()));
        std::fill_n(coded.scale.back().begin() + row * int64_t(perRow), perRow, bitsOfFloat(rowFactor[size_t(row)]));
        if (foldedMinimum)
          std::fill_n(coded.minimum.back().begin() + row * int64_t(perRow), perRow, bitsOfFloat(rowMinimum[size_t(row)]));
      }
  }

  void chooseCodes() {
    for (int64_t row = 0; row < rows; ++row) {
      float rowScale = form.rowScale ? coded.rowScale[size_t(row)] : 1;
      for (int64_t g = 0; g < groups; ++g) {
        int64_t at = row * columns + g * group, count = std::min(group, columns - g * group);
        if (hasOneZeroInFour(format.element)) {
          ScaleSearch::oneZeroInFourCodes(weights + at, count, &coded.codes[size_t(at)]);
          continue;
        }
        float scale = rowScale * coded.scaleAt(form, row, g * group), minimum = rowScale * coded.minimumAt(form, row, g * group);
        search.nearestCodes(weights + at, count, scale, minimum, &coded.codes[size_t(at)]);
      }
    }
  }

  bool roundElements() {
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t column = 0; column < columns; ++column) {
        size_t at = size_t(row * columns + column);
        float value = form.rowScale ? weights[at] / nonzero(coded.rowScale[size_t(row)]) : weights[at];
        NormalLevel type{form.element == ElementKind::F32   ? Number::F32
                         : form.element == ElementKind::F16 ? Number::F16
                                                            : Number::BF16,
                         form.bits, 0};
        if (!storeNumber(type, value, coded.floats[at]))
          return fail(row, column, std::to_string(double(value)) + " does not fit in " + NumberType{type.number, type.bits}.text());
      }
    return true;
  }

  const Format &format;
  const NormalForm &form;
  ScaleSearch search;
  const float *weights;
  int64_t rows, columns;
  const TensorRange &range;
  int64_t firstRow, group, groups;
  CodedRows coded;
  std::vector<GroupFit> fits;
  std::vector<float> scaleOuter, minimumOuter, rowFactor, rowMinimum;
  std::string failure;
};
} // namespace

Result<CodedRows> vspec::encodeRows(const Codec &codec, const float *weights, int64_t rows, int64_t columns, const TensorRange &range,
                                    int64_t firstRow) {
  return RowEncoder(codec.format(), codec.form(), weights, rows, columns, range, firstRow).encode();
}
