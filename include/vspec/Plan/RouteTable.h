// What `vspec.route` writes and the launches behind it read: of each row the experts that it chose with their weights, and the
// same choices by expert, so that a launch has tiles only for experts that some row chose. No MLIR.
//
// A step of R rows with C choices each has R * C choices, number r * C + c. Every part has room for so many numbers of 4 bytes,
// and no table has more: rows may choose up to R * C distinct experts.
//
//   header     i32 [16]: how many distinct experts were chosen
//   weights    f32 [R][C]
//   experts    i32 [R][C]
//   slots      i32 [R * C]: the distinct experts in ascending order
//   first      i32 [R * C]: of each slot, where its choices begin in `choices`
//   count      i32 [R * C]: and how many they are
//   choices    i32 [R * C]: by slot; of a slot in ascending order
//
// Two rows that chose experts 5, 2 and 2, 7: slots 2 5 7, first 0 2 3, count 2 1 1, choices 1 2 0 3.
#ifndef VSPEC_PLAN_ROUTETABLE_H
#define VSPEC_PLAN_ROUTETABLE_H
#include <cstdint>

namespace vspec {

struct RouteTable {
  enum Part { Weights, Experts, Slots, First, Count, Choices, parts };
  static constexpr int64_t headerBytes = 64;
  /// Where a part begins in the table of a step with so many choices.
  static constexpr int64_t bytesOfChoice = 4 * parts;
  static int64_t bytes(int64_t rows, int64_t chosen) { return headerBytes + rows * chosen * bytesOfChoice; }
};

} // namespace vspec
#endif
