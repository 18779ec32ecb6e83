// What the launches of a model file read and compute in a step: known from the file, without running it, but for how many
// experts rows choose.
//
// Bytes are those that must come from memory once in a step: weights with their scales, and keys and values as stored.
// Activations stay in the caches. An embedding decodes the 16 weight rows around each token; that is what it reads. Of experts
// only those that rows choose are read; a profile of the step tells how many they are. What linears that skip zeros read
// is the rows' affair, none of it if all are zero: neither its bytes nor its operations are counted, but how many bytes it may be.
// Operations are two for a multiplication with its addition, as the compiler counted them: of linears, attention and recurrences.
#ifndef VSPEC_TOOLS_VSPECBENCH_LAUNCHCOSTS_H
#define VSPEC_TOOLS_VSPECBENCH_LAUNCHCOSTS_H
#include "ModelFileView/ModelFileView.h"

namespace vspec {

/// A step of `sessions` sessions, all alike: `rows` new tokens each, after `position` tokens; logits of `selected` rows.
struct StepShape {
  uint64_t sessions, rows, position, selected;
  std::vector<uint32_t> experts = {}; // that the rows choose, for each launch; empty: the model has none

  uint64_t expertsOf(size_t launch) const { return launch < experts.size() ? experts[launch] : 0; }
};

/// By the type of what is multiplied.
struct Operations {
  uint64_t int8 = 0, f32 = 0;
  uint64_t all() const { return int8 + f32; }
  Operations &operator+=(const Operations &other);
  friend Operations operator*(const Operations &operations, uint64_t count) { return {operations.int8 * count, operations.f32 * count}; }
};

struct StepCost {
  uint64_t weightBytes = 0, stateBytes = 0;
  uint64_t sparseBytes = 0; // at most these beside, where no number is zero
  Operations linear, attention, recurrence;
  uint64_t bytes() const { return weightBytes + stateBytes; }
  Operations operations() const;
  StepCost &operator+=(const StepCost &other);
};

/// A launch of the program "cpu".
struct CostedLaunch {
  std::string kernel, name, kind; // kind: the kernel's name without its number: "linear"
  file::Grid grid;
  uint64_t weightBytes = 0;  // in any step
  uint64_t expertBytes = 0;  // of all experts
  uint64_t sparseBytes = 0;  // of rows that meet other numbers than zero
  uint64_t rowBytes = 0;     // for each row of the step
  Operations ofRow;          // for each row that it computes
  bool onlySelected = false; // it computes the selected rows, else all
  uint64_t tokenBytes = 0;   // of the state, for each token that is read
  uint64_t sessionBytes = 0; // of recurrent state, for each session: read and written
  Operations ofToken;        // for each row and token
  uint64_t window = 0;       // most tokens that a row reads; 0: all

  /// Nothing if the launch has no tiles in such a step, which reads so many experts.
  StepCost cost(const StepShape &step, uint64_t experts) const;
};

struct CostedVariant {
  std::string name;
  uint32_t rowCapacity, logitsCapacity;
  uint32_t firstLaunch; // in the program's table
  std::vector<CostedLaunch> launches;

  StepCost cost(const StepShape &step) const;
};

struct LaunchCosts {
  std::vector<CostedVariant> variants;
  std::string compiler, flags; // of the provenance
  bool hasExperts() const;

  /// Refuses a file whose weights and kernels are not described by its provenance.
  static Result<LaunchCosts> read(const ModelFileView &file);
  /// The one that the runtime takes: the smallest that holds the step; null if none does.
  const CostedVariant *variantOf(const StepShape &step) const;
};

} // namespace vspec
#endif
