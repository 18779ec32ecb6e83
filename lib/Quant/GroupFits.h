// The best scales and minima of a weight's finest groups, before any of them is rounded.
#ifndef VSPEC_LIB_QUANT_GROUPFITS_H
#define VSPEC_LIB_QUANT_GROUPFITS_H
#include "ScaleSearch.h"
#include "vspec/Quant/Codec.h"

namespace vspec {

/// Ternary whose packing has exactly one zero in each four.
inline bool hasOneZeroInFour(const Element &element) { return element.kind == Element::Kind::Ternary && element.together == 4; }

/// Of `weights` [rows][columns], [rows][groups] for groups of `group` columns, as if every number could be stored exactly; where
/// rows or the tensor share their numbers, so do their groups. Without levels all are zeros.
std::vector<GroupFit> fitGroups(const Format &format, const ScaleSearch &search, const float *weights, int64_t rows, int64_t columns,
                                int64_t group, const TensorRange &range);

} // namespace vspec
#endif
