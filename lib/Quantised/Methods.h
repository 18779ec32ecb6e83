// The table of methods: a file each.
#ifndef VSPEC_LIB_QUANTISED_METHODS_H
#define VSPEC_LIB_QUANTISED_METHODS_H
#include "vspec/Checkpoint/Checkpoint.h"
#include "vspec/Quantised/QuantisedMatrix.h"

namespace vspec {

/// What a method is asked for.
struct MatrixRequest {
  const Checkpoint &checkpoint;
  const Json &config; // the method's own: quantization_config
  std::string module; // "model.layers.0.self_attn.q_proj"
  int64_t rows, columns;

  const Tensor *find(std::string_view suffix) const { return checkpoint.find(module + std::string(suffix)); }
};

struct QuantisationMethod {
  const char *name; // quant_method
  /// Refuses options that the reader does not know.
  Result<void> (*check)(const Json &config);
  /// None if the module's weight is plain floats.
  Result<std::optional<QuantisedMatrix>> (*matrix)(const MatrixRequest &request);
  /// Endings of tensors that say nothing of weights, up to a null.
  const char *aside[4];
};

Result<void> checkGptq(const Json &config);
Result<std::optional<QuantisedMatrix>> gptqMatrix(const MatrixRequest &request);

} // namespace vspec
#endif
