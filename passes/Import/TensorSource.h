// Where weights come from: the tensors of a checkpoint, or a random generator. Keeps account of what was taken. No MLIR.
#ifndef VSPEC_PASSES_IMPORT_TENSORSOURCE_H
#define VSPEC_PASSES_IMPORT_TENSORSOURCE_H
#include "passes/Import/TensorNames.h"
#include "vspec/Checkpoint/Checkpoint.h"
#include "vspec/Quantised/Quantisation.h"
#include <map>
#include <set>

namespace vspec {

class TensorSource {
public:
  struct Taken {
    std::string source;                  // what the weight's recipe calls it
    std::string format;                  // canonical text of what it is stored in
    std::string order = {};              // source of the order of its columns, equal for equal orders; empty: as they should be
    std::vector<std::string> below = {}; // of a stack, or a vector, whose parts are tensors of their own: all but the first
  };

  /// `names` are those of a Hugging Face folder's family, and outlive the source; `quantisation` is the checkpoint's, if it has one.
  TensorSource(const Checkpoint &checkpoint, const TensorNames &names, std::optional<Quantisation> quantisation = std::nullopt);
  /// Every matrix is there, in that format: "random:SEED:NAME".
  TensorSource(uint64_t seed, std::string format) : seed(seed), format(std::move(format)) {}

  bool isGguf() const { return checkpoint && checkpoint->kind() == Checkpoint::Kind::Gguf; }
  bool isRandom() const { return !checkpoint; }
  /// Whether the checkpoint has the tensor of this name of ours; never true for random weights.
  bool has(std::string_view name) const;

  Result<Taken> takeMatrix(std::string_view name, int64_t rows, int64_t columns);
  /// A matrix of plain floats that is stored as columns x rows.
  Result<Taken> takeTransposed(std::string_view name, int64_t rows, int64_t columns);
  /// A stack of matrices: one tensor of them all, "NAME", or one for each, "NAME.0" and so on. In one tensor of plain floats each
  /// may be stored as columns x rows.
  Result<Taken> takeStack(std::string_view name, int64_t matrices, int64_t rows, int64_t columns, bool isTransposed = false);
  /// A gain, bias or table of such rows; its format is f32, whatever float it is stored in.
  Result<Taken> takeVector(std::string_view name, int64_t columns) { return takeFloats(name, {columns}); }
  Result<Taken> takeFloats(std::string_view name, const std::vector<int64_t> &shape);
  /// A vector whose parts of so many columns are tensors "NAME.0" and so on, all of one type.
  Result<Taken> takeParts(std::string_view name, int64_t parts, int64_t columns);
  /// A tensor of one number.
  Result<Taken> takeNumber(std::string_view name);
  /// The output matrix of a tied model: some files repeat the embedding there.
  void ignore(std::string_view name);
  /// The tensors of a layer behind those of the model: it predicts further tokens.
  void ignoreLayer(int64_t layer);
  /// What of the checkpoint is no part of its text model: "12 tensors of the vision tower and its projector"; empty: nothing.
  std::string leftOut() const;
  /// Refuses the tensors that nobody took: the model means something else than what was built.
  Result<void> finish() const;

private:
  std::string theirName(std::string_view name) const;
  bool isOfOtherPart(const Tensor &tensor) const;
  Result<Taken> takeTensor(std::string_view name, const std::vector<int64_t> &shape);
  Error withCodes(std::string_view name, Error missing) const;
  Result<Taken> takePlain(std::string_view name, const std::vector<int64_t> &shape);
  Result<const Tensor *> find(std::string_view name, const std::vector<int64_t> &shape);
  Result<void> checkFloat(const Tensor &tensor) const;
  Result<std::optional<Taken>> takeQuantised(std::string_view name, int64_t rows, int64_t columns);
  /// Whether a tensor that nobody took changes nothing.
  bool isIdle(const Tensor &tensor) const;

  const Checkpoint *checkpoint = nullptr;
  const TensorNames *names = nullptr;
  std::optional<Quantisation> quantisation;
  std::map<std::vector<uint32_t>, std::string> orders; // of columns, and the source of the first that has it
  Naming naming = Naming::GGUF;
  std::string textModel;   // "model.language_model.": where a model of several kinds of input has its text model; empty: it is one
  bool hasNoStart = false; // of names: "model."
  uint64_t seed = 0;
  std::string format;
  std::set<std::string, std::less<>> taken;
};

} // namespace vspec
#endif
