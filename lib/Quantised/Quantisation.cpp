// Finds the method and its options.
#include "vspec/Quantised/Quantisation.h"
#include "Methods.h"
#include "vspec/Support/Quote.h"

using namespace vspec;

static const QuantisationMethod methods[] = {
    {"gptq", checkGptq, gptqMatrix, {}},
    {"awq", checkAwq, awqMatrix, {}},
    {"compressed-tensors",
     checkCompressedTensors,
     compressedMatrix,
     {".input_scale", ".input_zero_point", ".input_global_scale", ".output_scale", ".k_scale", ".v_scale"}},
    {"fp8", checkFp8, fp8Matrix, {".input_scale", ".activation_scale", ".k_scale", ".v_scale"}},
    {"fbgemm_fp8", checkFp8, fp8Matrix, {".input_scale_ub"}},
    {"modelopt", checkModelOpt, modelOptMatrix, {".input_scale", ".k_scale", ".v_scale"}},
    {"bitnet", checkBitNet, bitNetMatrix, {}},
    {"bitsandbytes", checkBitsAndBytes, bitsAndBytesMatrix, {}},
    {"mxfp4", checkMxfp4, mxfp4Matrix, {}},
};

static Result<const QuantisationMethod *> methodOf(const Json &config, std::string_view name) {
  std::string names;
  for (const QuantisationMethod &method : methods) {
    if (name == method.name)
      return &method;
    names += (names.empty() ? "" : ", ") + std::string(method.name);
  }
  return config.error("has quant_method " + quote(name) + ", expected one of " + names +
                      "; the model's plain floats, quantised by --weights, work too");
}

Result<std::optional<Quantisation>> Quantisation::of(const Checkpoint &checkpoint) {
  if (checkpoint.kind() != Checkpoint::Kind::HuggingFace)
    return std::optional<Quantisation>();
  std::optional<Json> config = checkpoint.config().find("quantization_config");
  if (!config || config->isNull())
    config = checkpoint.config().find("compression_config"); // what compressed-tensors wrote first
  std::string_view otherwise;
  if (!config || config->isNull()) {
    Result<std::optional<Json>> file = checkpoint.json("quantize_config.json");
    if (!file)
      return file.error();
    config = *file;
    otherwise = "gptq";
  }
  if (!config || config->isNull())
    return std::optional<Quantisation>();
  if (!config->isObject())
    return config->error("is no object, expected one that says how the weights were quantised");
  Result<std::string_view> name = otherwise.empty() ? config->string("quant_method") : config->stringOr("quant_method", otherwise);
  if (!name)
    return name.error();
  Result<const QuantisationMethod *> method = methodOf(*config, *name);
  if (!method)
    return method.error();
  if (Result<void> checked = (*method)->check(*config); !checked)
    return checked.error();
  return std::optional<Quantisation>(Quantisation(**method, *config));
}

const char *Quantisation::method() const { return entry->name; }

Result<std::optional<QuantisedMatrix>> Quantisation::matrix(const Checkpoint &checkpoint, std::string_view module, int64_t rows,
                                                            int64_t columns) const {
  return entry->matrix({checkpoint, config, std::string(module), rows, columns});
}

std::vector<std::string> Quantisation::notes() const {
  std::optional<Json> scheme = config.find("kv_cache_scheme");
  if (!scheme || scheme->isNull())
    return {};
  return {scheme->error("is left aside: --kv says how keys and values are kept").message};
}

bool Quantisation::isAside(std::string_view tensor) const {
  for (const char *suffix : entry->aside)
    if (suffix && tensor.size() > std::string_view(suffix).size() &&
        tensor.substr(tensor.size() - std::string_view(suffix).size()) == suffix)
      return true;
  return false;
}

bool vspec::isQuantisedSource(std::string_view source) {
  for (const QuantisationMethod &method : methods)
    if (source.size() > std::string_view(method.name).size() && source[std::string_view(method.name).size()] == ':' &&
        source.substr(0, std::string_view(method.name).size()) == method.name)
      return true;
  return false;
}
