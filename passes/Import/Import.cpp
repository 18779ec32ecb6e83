// Chooses the family and the reader of its numbers.
#include "passes/Import/Import.h"
#include "passes/Import/Config.h"
#include "passes/Import/Families/Families.h"
#include "vspec/Support/Quote.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace vspec;

/// "llama, qwen3": the values of a field of the table, for messages.
static std::string known(const char *Family::*field) {
  std::string names;
  for (const Family &family : families())
    if (family.*field)
      names += (names.empty() ? "" : ", ") + std::string(family.*field);
  return names;
}

static const Family *familyWith(const char *Family::*field, std::string_view value) {
  for (const Family &family : families())
    if (family.*field && value == family.*field)
      return &family;
  return nullptr;
}

// `architectures` says what the weights are for; `model_type` stands in where it is missing.
static Result<const Family *> familyOfConfig(const Json &config) {
  if (std::optional<Json> architectures = config.find("architectures"); architectures && architectures->size() != 0) {
    Result<Json> array = architectures->array();
    if (!array)
      return array.error();
    Result<std::string_view> name = (*array->begin()).string();
    if (!name)
      return name.error();
    if (const Family *family = familyWith(&Family::architecture, *name))
      return family;
    return (*array->begin()).error("is " + quote(*name) + ", expected one of " + known(&Family::architecture));
  }
  Result<std::string_view> type = config.string("model_type");
  if (!type)
    return type.error();
  if (const Family *family = familyWith(&Family::modelType, *type))
    return family;
  return config.find("model_type")->error("is " + quote(*type) + ", expected one of " + known(&Family::modelType));
}

static Result<const Family *> familyOfGguf(const GgufMetadata &metadata) {
  Result<std::string_view> name = metadata.string("general.architecture");
  if (!name)
    return name.error();
  if (const Family *family = familyWith(&Family::ggufArchitecture, *name))
    return family;
  return metadata.error("general.architecture", "is " + quote(*name) + ", expected one of " + known(&Family::ggufArchitecture));
}

static Result<OwningOpRef<ModuleOp>> build(MLIRContext &context, const Family &family, const DecoderConfig &config, TensorSource &source) {
  context.loadDialect<VSpecDialect, func::FuncDialect>();
  StepBuilder step(context, config, source, family.name);
  family.build(step, family.permutedInGguf && source.isGguf());
  return step.finish();
}

static Result<OwningOpRef<ModuleOp>> buildFromCheckpoint(MLIRContext &context, const Checkpoint &checkpoint) {
  bool isGguf = checkpoint.kind() == Checkpoint::Kind::Gguf;
  Result<const Family *> family = isGguf ? familyOfGguf(checkpoint.metadata()) : familyOfConfig(checkpoint.config());
  if (!family)
    return family.error();
  Result<std::optional<Quantisation>> quantisation = Quantisation::of(checkpoint);
  if (!quantisation)
    return quantisation.error();
  Result<DecoderConfig> config =
      isGguf ? readGGUFConfig(checkpoint, (*family)->ggufArchitecture) : readHFConfig(checkpoint.config(), (*family)->defaultHeadSize);
  if (!config)
    return config.error();
  if (config->name.empty())
    config->name = llvm::sys::path::filename(StringRef(checkpoint.path()).rtrim('/')).str();
  TensorSource source(checkpoint, *quantisation);
  return build(context, **family, *config, source);
}

static Result<OwningOpRef<ModuleOp>> buildFromConfig(MLIRContext &context, const Json &json, uint64_t seed) {
  Result<const Family *> family = familyOfConfig(json);
  if (!family)
    return family.error();
  Result<DecoderConfig> config = readHFConfig(json, (*family)->defaultHeadSize);
  if (!config)
    return config.error();
  if (std::optional<Json> quantised = json.find("quantization_config"); quantised && !quantised->isNull())
    return quantised->error("says how weights were quantised, but random weights are plain floats: --weights quantises them");
  TensorSource source(seed, config->format);
  return build(context, **family, *config, source);
}

static FailureOr<OwningOpRef<ModuleOp>> reported(MLIRContext &context, Result<OwningOpRef<ModuleOp>> result) {
  if (result)
    return std::move(*result);
  return emitError(UnknownLoc::get(&context)) << result.error().message;
}

FailureOr<OwningOpRef<ModuleOp>> vspec::importModel(MLIRContext &context, const Checkpoint &checkpoint) {
  return reported(context, buildFromCheckpoint(context, checkpoint));
}

FailureOr<OwningOpRef<ModuleOp>> vspec::importConfig(MLIRContext &context, const Json &config, uint64_t seed) {
  return reported(context, buildFromConfig(context, config, seed));
}
