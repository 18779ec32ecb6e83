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

static Result<const Family *> familyOfType(const Json &config) {
  Result<std::string_view> type = config.string("model_type");
  if (!type)
    return type.error();
  if (const Family *family = familyWith(&Family::modelType, *type))
    return family;
  return config.find("model_type")->error("is " + quote(*type) + ", expected one of " + known(&Family::modelType));
}

// `architectures` says what the weights are for; `model_type` stands in where it is missing.
static Result<const Family *> familyOfConfig(const Json &config) {
  if (std::optional<Json> architectures = config.find("architectures"); architectures && !architectures->isNull()) {
    Result<Json> array = architectures->array();
    if (!array)
      return array.error();
    if (array->size() == 0)
      return familyOfType(config);
    Result<std::string_view> name = (*array->begin()).string();
    if (!name)
      return name.error();
    if (const Family *family = familyWith(&Family::architecture, *name))
      return family;
    return (*array->begin()).error("is " + quote(*name) + ", expected one of " + known(&Family::architecture));
  }
  return familyOfType(config);
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

static FamilyKeys keysOf(const Family &family) {
  FamilyKeys keys = family.keys ? family.keys() : FamilyKeys();
  keys.defaults.headSize = family.defaultHeadSize;
  return keys;
}

static Result<DecoderConfig> readHF(const Family &family, const Json &config, int64_t tokens) {
  return family.isStateSpace ? readHFStateSpace(config) : readHFConfig(config, keysOf(family), tokens);
}

static Result<DecoderConfig> readGGUF(const Family &family, const Checkpoint &checkpoint, int64_t tokens) {
  return family.isStateSpace ? readGGUFStateSpace(checkpoint, family.ggufArchitecture)
                             : readGGUFConfig(checkpoint, family.ggufArchitecture, keysOf(family), tokens);
}

// Models of several kinds of input keep what concerns text in an object of its own.
static Json textConfig(const Json &config) {
  std::optional<Json> text = config.find("text_config");
  return text && text->isObject() ? *text : config;
}

static Result<OwningOpRef<ModuleOp>> buildFromCheckpoint(MLIRContext &context, const Checkpoint &checkpoint, int64_t tokens) {
  bool isGguf = checkpoint.kind() == Checkpoint::Kind::Gguf;
  Result<const Family *> family = isGguf ? familyOfGguf(checkpoint.metadata()) : familyOfConfig(checkpoint.config());
  if (!family)
    return family.error();
  Result<std::optional<Quantisation>> quantisation = Quantisation::of(checkpoint);
  if (!quantisation)
    return quantisation.error();
  if (*quantisation)
    for (const std::string &note : (**quantisation).notes())
      emitRemark(UnknownLoc::get(&context)) << note;
  Result<DecoderConfig> config =
      isGguf ? readGGUF(**family, checkpoint, tokens) : readHF(**family, textConfig(checkpoint.config()), tokens);
  if (!config)
    return config.error();
  if (config->name.empty())
    config->name = llvm::sys::path::filename(StringRef(checkpoint.path()).rtrim('/')).str();
  TensorSource source(checkpoint, (*family)->names, *quantisation);
  for (int64_t i = 0; i < config->layersAhead; ++i)
    source.ignoreLayer(config->layers + i);
  Result<OwningOpRef<ModuleOp>> module = build(context, **family, *config, source);
  if (std::string left = source.leftOut(); module && !left.empty())
    emitRemark(UnknownLoc::get(&context)) << checkpoint.path() << ": " << left << " are left out: only text goes in and out";
  return module;
}

static Result<OwningOpRef<ModuleOp>> buildFromConfig(MLIRContext &context, const Json &json, uint64_t seed, int64_t tokens) {
  Result<const Family *> family = familyOfConfig(json);
  if (!family)
    return family.error();
  Result<DecoderConfig> config = readHF(**family, textConfig(json), tokens);
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

FailureOr<OwningOpRef<ModuleOp>> vspec::importModel(MLIRContext &context, const Checkpoint &checkpoint, int64_t tokens) {
  return reported(context, buildFromCheckpoint(context, checkpoint, tokens));
}

FailureOr<OwningOpRef<ModuleOp>> vspec::importConfig(MLIRContext &context, const Json &config, uint64_t seed, int64_t tokens) {
  return reported(context, buildFromConfig(context, config, seed, tokens));
}
