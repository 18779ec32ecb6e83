// The metadata of a GGUF file: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Keys start with the architecture.
#include "passes/Import/Config.h"
#include "passes/Import/ConfigFields.h"
#include "vspec/Support/Quote.h"
#include <cmath>
#include <cstring>

using namespace vspec;

namespace {

class MetadataFields : public ConfigFields {
public:
  explicit MetadataFields(const GgufMetadata &metadata) : metadata(metadata) {}

  /// Whether a key holds a list of booleans, and which.
  Result<std::vector<bool>> booleans(const std::string &key) const { return metadata.booleans(key); }

private:
  Error errorAt(const std::string &key, const std::string &what) const override { return metadata.error(key, what); }
  bool present(const std::string &key) const override { return metadata.find(key); }
  Result<int64_t> integer(const std::string &key) const override { return metadata.integer(key); }
  Result<double> number(const std::string &key) const override { return metadata.number(key); }
  Result<bool> boolean(const std::string &key) const override { return metadata.boolean(key); }
  Result<std::string> text(const std::string &key) const override {
    Result<std::string_view> text = metadata.string(key);
    return text ? Result<std::string>(std::string(*text)) : Result<std::string>(text.error());
  }
  Result<std::vector<double>> numbers(const std::string &key) const override { return metadata.numbers(key); }

  const GgufMetadata &metadata;
};

} // namespace

// A factor for each pair that turns: llama.cpp's converter makes them of llama3's scaling, and takes over those of longrope.
static Result<void> readFactors(const Checkpoint &checkpoint, const Tensor &tensor, Rope &rope) {
  std::string place = checkpoint.path() + ": tensor " + quote(tensor.name);
  if (tensor.encoding != Encoding::F32 || tensor.shape != std::vector<int64_t>{rope.columns / 2})
    return Error{place + " has " + std::to_string(tensor.elements()) + " numbers in " + encodingName(tensor.encoding) + ", expected " +
                 std::to_string(rope.columns / 2) + " in f32"};
  rope.scaling.factors.resize(rope.columns / 2);
  std::memcpy(rope.scaling.factors.data(), tensor.data, tensor.bytes);
  for (float factor : rope.scaling.factors)
    if (!std::isfinite(factor) || factor <= 0)
      return Error{place + " holds " + std::to_string(factor) + ", expected numbers above 0"};
  return {};
}

static void readRope(MetadataFields &fields, const std::string &scope, DecoderConfig &config) {
  Rope &rope = config.rope;
  RopeScaling &scaling = rope.scaling;
  rope.base = fields.positiveOr(scope + "freq_base", rope.base);
  rope.columns = fields.countOr(scope + "dimension_count", maxHeadSize, config.headSize);
  if (rope.columns > config.headSize || rope.columns % 2 != 0)
    fields.refuse(scope + "dimension_count", "is " + std::to_string(rope.columns) + ", expected an even number up to the head size, " +
                                                 std::to_string(config.headSize));
  std::string type = fields.textOr(scope + "scaling.type", "linear");
  double factor = fields.positiveOr(scope + "scaling.factor", fields.positiveOr(scope + "scale_linear", 1));
  scaling.originalContext =
      double(fields.countOr(scope + "scaling.original_context_length", maxContext, std::max<int64_t>(1, config.trainedContext)));
  scaling.attentionFactor = fields.positiveOr(scope + "scaling.attn_factor", 1);
  if (type == "linear") {
    scaling.kind = RopeScaling::Kind::Linear;
    scaling.factor = factor;
  } else if (type == "yarn") {
    scaling.kind = RopeScaling::Kind::YaRN;
    scaling.factor = factor;
    scaling.betaFast = fields.positiveOr(scope + "scaling.yarn_beta_fast", 32);
    scaling.betaSlow = fields.positiveOr(scope + "scaling.yarn_beta_slow", 1);
    scaling.attentionFactor *= yarnAttentionFactor(factor);
  } else if (type != "none" && type != "longrope") {
    fields.refuse(scope + "scaling.type", "is " + quote(type) + ", expected none, linear, yarn or longrope");
  }
  if (config.windowRope) {
    config.windowRope->base = fields.positiveOr(scope + "freq_base_swa", config.windowRope->base);
    config.windowRope->columns = rope.columns;
  }
}

// Of longrope's two sets of factors: the one for the context.
static const Tensor *factorsOf(const Checkpoint &checkpoint, int64_t context, const DecoderConfig &config) {
  bool isLong = double(context ? context : config.trainedContext) > config.rope.scaling.originalContext;
  if (const Tensor *factors = checkpoint.find(isLong ? "rope_factors_long.weight" : "rope_factors_short.weight"))
    return factors;
  return checkpoint.find("rope_freqs.weight");
}

// All layers have the window, but for those that the family, or a file of a newer converter, leaves out.
static void readWindows(MetadataFields &fields, const std::string &scope, DecoderConfig &config) {
  int64_t window = fields.countOrZero(scope + "sliding_window", maxContext);
  config.windows.assign(fields.problem() ? 0 : config.layers, window);
  std::string pattern = scope + "sliding_window_pattern";
  if (Result<std::vector<bool>> told = fields.booleans(pattern)) {
    if (int64_t(told->size()) != config.layers)
      fields.refuse(pattern, "has " + std::to_string(told->size()) + " entries, but block_count is " + std::to_string(config.layers));
    for (size_t layer = 0; layer < std::min(told->size(), config.windows.size()); ++layer)
      config.windows[layer] = (*told)[layer] ? window : 0;
    return;
  }
  for (size_t layer = 0; config.windowPeriod && layer < config.windows.size(); ++layer)
    if (int64_t(layer + 1) % config.windowPeriod == 0)
      config.windows[layer] = 0;
}

static void readHeads(MetadataFields &fields, const std::string &scope, DecoderConfig &config) {
  config.heads = fields.count(scope + "head_count", maxHeads);
  config.cacheHeads = fields.countOr(scope + "head_count_kv", maxHeads, config.heads);
  if (config.heads % config.cacheHeads != 0)
    fields.refuse(scope + "head_count",
                  "is " + std::to_string(config.heads) + ", expected a multiple of head_count_kv, " + std::to_string(config.cacheHeads));
  config.headSize = fields.countOr(scope + "key_length", maxHeadSize, 0);
  if (config.headSize == 0) {
    config.headSize = config.hidden / config.heads;
    if (config.hidden % config.heads != 0)
      fields.refuse(scope + "head_count",
                    "is " + std::to_string(config.heads) + ", expected a divisor of embedding_length, " + std::to_string(config.hidden));
  }
  if (config.headSize % 2 != 0 || config.headSize < 2 || config.headSize > maxHeadSize)
    fields.refuse(scope + "key_length",
                  "is " + std::to_string(config.headSize) + ", expected an even number up to " + std::to_string(maxHeadSize));
  int64_t valueSize = fields.countOr(scope + "value_length", maxHeadSize, config.headSize);
  if (valueSize != config.headSize)
    fields.refuse(scope + "value_length", "is " + std::to_string(valueSize) + ", expected key_length, " + std::to_string(config.headSize));
}

// Which layers have experts, their tensors tell.
static void readExperts(MetadataFields &fields, const std::string &scope, DecoderConfig &config) {
  ExpertConfig &experts = config.experts;
  experts.count = fields.countOrZero(scope + "expert_count", maxExperts);
  if (experts.count == 0)
    return;
  experts.chosen = fields.count(scope + "expert_used_count", maxExperts);
  if (experts.chosen > experts.count)
    fields.refuse(scope + "expert_used_count",
                  "is " + std::to_string(experts.chosen) + ", expected at most expert_count, " + std::to_string(experts.count));
  experts.feedForward = fields.countOr(scope + "expert_feed_forward_length", maxWidth, config.feedForward);
  experts.sharedFeedForward = fields.countOrZero(scope + "expert_shared_feed_forward_length", maxWidth);
  if (fields.has(scope + "expert_weights_norm"))
    experts.normalized = fields.booleanOr(scope + "expert_weights_norm", false);
}

// Files need not tell the vocabulary: the embedding has a row for each token.
static Result<void> readVocabulary(const Checkpoint &checkpoint, MetadataFields &fields, const std::string &scope, DecoderConfig &config) {
  const Tensor *embedding = checkpoint.find("token_embd.weight");
  config.vocabulary = embedding && embedding->shape.size() == 2 ? embedding->shape[0] : 1;
  config.vocabulary = fields.countOr(scope + "vocab_size", maxVocabulary, config.vocabulary);
  if (config.vocabulary > maxVocabulary)
    return Error{checkpoint.path() + ": tensor 'token_embd.weight' has " + std::to_string(config.vocabulary) + " rows, expected at most " +
                 std::to_string(maxVocabulary)};
  return {};
}

static StateSpace readStateSpace(MetadataFields &fields, const std::string &scope) {
  StateSpace ssm;
  ssm.heads = fields.count(scope + "time_step_rank", maxHeads);
  int64_t inner = fields.count(scope + "inner_size", maxWidth);
  ssm.headSize = inner / ssm.heads;
  if (inner % ssm.heads != 0 || ssm.headSize > maxHeadSize)
    fields.refuse(scope + "inner_size", "is " + std::to_string(inner) + ", expected time_step_rank, " + std::to_string(ssm.heads) +
                                            ", times a number up to " + std::to_string(maxHeadSize));
  ssm.stateSize = fields.count(scope + "state_size", maxStateSize);
  ssm.groups = fields.countOr(scope + "group_count", maxHeads, 1);
  if (ssm.heads % ssm.groups != 0)
    fields.refuse(scope + "group_count",
                  "is " + std::to_string(ssm.groups) + ", expected a divisor of time_step_rank, " + std::to_string(ssm.heads));
  ssm.convolution = fields.count(scope + "conv_kernel", maxConvolution);
  if (ssm.convolution < 2)
    fields.refuse(scope + "conv_kernel", "is 1, expected at least 2");
  if (fields.booleanOr(scope + "dt_b_c_rms", false))
    fields.refuse(scope + "dt_b_c_rms", "is true, expected B, C and time steps without norms");
  return ssm;
}

Result<DecoderConfig> vspec::readGGUFConfig(const Checkpoint &checkpoint, const std::string &architecture, const FamilyKeys &family,
                                            int64_t context) {
  MetadataFields fields(checkpoint.metadata());
  DecoderConfig config = family.defaults;
  std::string scope = architecture + ".";
  config.name = fields.textOr("general.name", "");
  config.hidden = fields.count(scope + "embedding_length", maxWidth);
  config.layers = fields.count(scope + "block_count", maxLayers);
  config.layersAhead = fields.countOrZero(scope + "nextn_predict_layers", config.layers - 1);
  config.layers -= config.layersAhead;
  if (family.feedForwardsDiffer)
    config.feedForwards = fields.countsOfList(scope + "feed_forward_length", maxWidth, config.layers);
  if (config.feedForwards.empty())
    config.feedForward = fields.count(scope + "feed_forward_length", maxWidth);
  config.trainedContext = fields.countOr(scope + "context_length", maxContext, 0);
  if (Result<void> read = readVocabulary(checkpoint, fields, scope, config); !read)
    return read.error();
  std::string epsilon = scope + "attention.layer_norm_epsilon"; // of norms that take the mean off
  config.epsilon = float(fields.positive(fields.has(epsilon) ? epsilon : scope + "attention.layer_norm_rms_epsilon"));
  readExperts(fields, scope, config);
  readHeads(fields, scope + "attention.", config);
  readRope(fields, scope + "rope.", config);
  readWindows(fields, scope + "attention.", config);
  if (config.recurrentPeriod) {
    bool convolutionBias = config.stateSpace.convolutionBias;
    config.stateSpace = readStateSpace(fields, scope + "ssm.");
    config.stateSpace.convolutionBias = convolutionBias;
    for (int64_t layer = 0; layer < config.layers; ++layer)
      config.recurrent.push_back(checkpoint.find("blk." + std::to_string(layer) + ".ssm_conv1d.weight"));
  }
  if (family.read && !fields.problem())
    family.read(fields, /*isGguf=*/true, config);
  if (fields.problem())
    return *fields.problem();
  if (const Tensor *factors = factorsOf(checkpoint, context, config))
    if (Result<void> read = readFactors(checkpoint, *factors, config.rope); !read)
      return read.error();
  for (int64_t layer = 0; config.experts.count != 0 && layer < config.layers; ++layer)
    config.experts.layers.push_back(checkpoint.find("blk." + std::to_string(layer) + ".ffn_gate_inp.weight"));
  if (const Tensor *positions = checkpoint.find("position_embd.weight"); positions && positions->shape.size() == 2)
    config.positions = positions->shape[0];
  config.tied = !checkpoint.find("output.weight");
  config.attentionBias = checkpoint.find("blk.0.attn_q.bias") || checkpoint.find("blk.0.attn_qkv.bias");
  config.outputBias = checkpoint.find("blk.0.attn_output.bias");
  config.feedForwardBias = checkpoint.find("blk.0.ffn_up.bias");
  return config;
}

Result<DecoderConfig> vspec::readGGUFStateSpace(const Checkpoint &checkpoint, const std::string &architecture) {
  MetadataFields fields(checkpoint.metadata());
  DecoderConfig config;
  std::string scope = architecture + ".";
  config.name = fields.textOr("general.name", "");
  config.hidden = fields.count(scope + "embedding_length", maxWidth);
  config.layers = fields.count(scope + "block_count", maxLayers);
  config.trainedContext = fields.countOr(scope + "context_length", maxContext, 0);
  config.epsilon = float(fields.positive(scope + "attention.layer_norm_rms_epsilon"));
  config.stateSpace = readStateSpace(fields, scope + "ssm.");
  if (fields.problem())
    return *fields.problem();
  Result<void> hasVocabulary = readVocabulary(checkpoint, fields, scope, config);
  if (!hasVocabulary || fields.problem())
    return hasVocabulary ? *fields.problem() : hasVocabulary.error();
  config.tied = !checkpoint.find("output.weight");
  config.stateSpace.bias = checkpoint.find("blk.0.ssm_in.bias");
  config.stateSpace.convolutionBias = checkpoint.find("blk.0.ssm_conv1d.bias");
  return config;
}
