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
  const char *aside[6];
};

Result<void> checkGptq(const Json &config);
Result<std::optional<QuantisedMatrix>> gptqMatrix(const MatrixRequest &request);
Result<void> checkAwq(const Json &config);
Result<std::optional<QuantisedMatrix>> awqMatrix(const MatrixRequest &request);
Result<void> checkCompressedTensors(const Json &config);
Result<std::optional<QuantisedMatrix>> compressedMatrix(const MatrixRequest &request);
Result<void> checkFp8(const Json &config);
Result<std::optional<QuantisedMatrix>> fp8Matrix(const MatrixRequest &request);
Result<void> checkModelOpt(const Json &config);
Result<std::optional<QuantisedMatrix>> modelOptMatrix(const MatrixRequest &request);
Result<void> checkBitNet(const Json &config);
Result<std::optional<QuantisedMatrix>> bitNetMatrix(const MatrixRequest &request);
Result<void> checkBitsAndBytes(const Json &config);
Result<std::optional<QuantisedMatrix>> bitsAndBytesMatrix(const MatrixRequest &request);
Result<void> checkMxfp4(const Json &config);
Result<std::optional<QuantisedMatrix>> mxfp4Matrix(const MatrixRequest &request);

} // namespace vspec
#endif
