// An open model: the checked file, the code that this machine runs, and the executor. Opening goes in the order of this file.
#ifndef VSPEC_RUNTIME_MODEL_H
#define VSPEC_RUNTIME_MODEL_H
#include "runtime/Executor.h"
#include "runtime/Memory.h"
#include "runtime/ModelFile.h"
#include "vspec/Tokenizer/Tokenizer.h"
#include <optional>

namespace vspec {

class Model {
public:
  static Status open(FileBytes bytes, const vspec_model_options &options, std::unique_ptr<Model> &model,
                     Topology topology = Topology::read());

  const file::Manifest &manifest() const { return file.manifest(); }
  const Program &program() const { return *checkedProgram; }
  Executor &executor() const { return *runner; }
  /// Null if the file has none.
  const Tokenizer *tokenizer() const { return words ? &*words : nullptr; }
  /// The text of a section; null if the file has none.
  const std::string *chatTemplate() const { return templateText ? &*templateText : nullptr; }
  const std::string *provenance() const { return provenanceText ? &*provenanceText : nullptr; }
  const StateOrigin &origin() const { return stateOrigin; }
  void describe(vspec_model_info &info) const;
  /// Refuses more than the ceiling.
  Status checkContext(uint32_t context) const;

  /// Set while a thread runs or changes sessions: the second one is refused.
  std::atomic<bool> busy{false};

private:
  Model(ModelFile file, Topology topology) : file(std::move(file)), topology(std::move(topology)) {}
  Status chooseCode(const vspec_model_options &options);
  Status loadCode(const vspec_model_options &options);
  Status loadWeights(const vspec_model_options &options);
  Status copyWeights(const vspec_model_options &options);
  void placeWeights(uint8_t *copy) const;
  Status loadText();
  Status start(const vspec_model_options &options);

  ModelFile file;
  std::optional<Program> checkedProgram;
  const file::Section *codeSection = nullptr, *weightsSection = nullptr;
  std::optional<CodeImage> code;
  Memory weightCopy; // empty if the weights are mapped
  Topology topology;
  std::vector<file::KernelEntry> entries;
  std::optional<Tokenizer> words;
  std::optional<std::string> templateText, provenanceText;
  StateOrigin stateOrigin{};
  std::unique_ptr<Executor> runner; // last: its workers stop first
};

} // namespace vspec

struct vspec_model final {
  std::unique_ptr<vspec::Model> model;
};
#endif
