// How a Hugging Face checkpoint was quantised by others (`quantization_config`), and its matrices as codes and numbers. They are
// taken over as they are: what is decoded equals what the method's own library makes of them.
#ifndef VSPEC_QUANTISED_QUANTISATION_H
#define VSPEC_QUANTISED_QUANTISATION_H
#include "vspec/Checkpoint/Checkpoint.h"
#include "vspec/Quantised/QuantisedMatrix.h"

namespace vspec {

struct QuantisationMethod;

class Quantisation {
public:
  /// From config.json, or quantize_config.json of older GPTQ checkpoints; none if the weights are plain floats. Refuses methods
  /// and options that no reader knows, before any weight is looked at.
  static Result<std::optional<Quantisation>> of(const Checkpoint &checkpoint);

  /// "gptq", "awq", ...
  const char *method() const;
  /// The matrix of that module ("model.layers.0.self_attn.q_proj"); none if the checkpoint left it in plain floats. Refuses parts
  /// whose shapes or types do not fit these sizes. `checkpoint` is the one of the quantisation.
  Result<std::optional<QuantisedMatrix>> matrix(const Checkpoint &checkpoint, std::string_view module, int64_t rows, int64_t columns) const;
  /// What the configuration says that is left aside, for remarks.
  std::vector<std::string> notes() const;
  /// Whether a tensor is about something other than weights: scales of activations or caches.
  bool isAside(std::string_view tensor) const;

private:
  Quantisation(const QuantisationMethod &method, Json config) : entry(&method), config(std::move(config)) {}
  const QuantisationMethod *entry;
  Json config;
};

/// Whether a weight's source is "METHOD:MODULE@ROWS".
bool isQuantisedSource(std::string_view source);

} // namespace vspec
#endif
