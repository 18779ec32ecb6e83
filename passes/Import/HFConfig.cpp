// config.json of Hugging Face transformers. What a key means when it is absent follows transformers' configuration classes.
#include "passes/Import/Config.h"
#include "passes/Import/ConfigFields.h"
#include "vspec/Support/Quote.h"
#include <cmath>

using namespace vspec;

namespace {

/// Fields of a JSON document; dots lead into nested objects. A null counts as absent, as in transformers.
class JsonFields : public ConfigFields {
public:
  JsonFields(const Json &config, const std::vector<NamePair> &names) : config(config), names(names) {}

  bool isNull(const std::string &key) const override {
    std::optional<Json> value = config.find(spelled(key));
    return value && value->isNull();
  }

private:
  /// What this file calls the key.
  std::string spelled(const std::string &key) const {
    if (config.find(key))
      return key;
    std::string usual;
    for (const NamePair &pair : names)
      if (pair.ours == key && (usual.empty() || config.find(std::string(pair.theirs))))
        usual = pair.theirs;
    return usual.empty() ? key : usual;
  }
  std::optional<Json> find(const std::string &name) const {
    std::string key = spelled(name);
    std::optional<Json> value = config;
    for (size_t begin = 0; value && begin <= key.size();) {
      size_t end = std::min(key.find('.', begin), key.size());
      value = value->find(key.substr(begin, end - begin));
      begin = end + 1;
    }
    return value && !value->isNull() ? value : std::nullopt;
  }
  Error errorAt(const std::string &key, const std::string &what) const override {
    return {config.file() + ": " + spelled(key) + " " + what};
  }
  bool present(const std::string &key) const override { return find(key).has_value(); }
  Result<int64_t> integer(const std::string &key) const override { return find(key)->integer(); }
  Result<double> number(const std::string &key) const override { return find(key)->number(); }
  Result<bool> boolean(const std::string &key) const override { return find(key)->boolean(); }
  Result<std::string> text(const std::string &key) const override {
    Result<std::string_view> text = find(key)->string();
    return text ? Result<std::string>(std::string(*text)) : Result<std::string>(text.error());
  }
  Result<std::vector<double>> numbers(const std::string &key) const override {
    Result<Json> array = find(key)->array();
    if (!array)
      return array.error();
    std::vector<double> values;
    for (Json element : *array) {
      Result<double> value = element.number();
      if (!value)
        return value.error();
      values.push_back(*value);
    }
    return values;
  }

  Json config;
  std::vector<NamePair> names;
};

} // namespace

// What long contexts do to the frequencies; `scope` is the object that says so. https://github.com/huggingface/transformers,
// modeling_rope_utils.
static void readScaling(JsonFields &fields, const std::string &scope, int64_t context, DecoderConfig &config, Rope &rope) {
  std::string typeKey = scope + (fields.has(scope + ".rope_type") ? ".rope_type" : ".type");
  std::string type = fields.textOr(typeKey, "default");
  RopeScaling &scaling = rope.scaling;
  if (!fields.has(typeKey) && fields.has(scope + ".factor"))
    fields.refuse(typeKey, "is missing");
  if (type == "default")
    return;
  // Phi3 has it beside `rope_scaling`, and there it counts.
  auto originalContext = [&] {
    std::string inside = scope + ".original_max_position_embeddings", outside = "original_max_position_embeddings";
    std::string key = fields.has(outside) ? outside : inside;
    int64_t trained = config.trainedContext;
    scaling.originalContext = double(trained ? fields.countOr(key, maxContext, trained) : fields.count(key, maxContext));
  };
  // Given, or for this ratio of contexts.
  auto stretch = [&] { return fields.positiveOr(scope + ".factor", double(config.trainedContext) / scaling.originalContext); };
  if (type == "linear") {
    scaling.kind = RopeScaling::Kind::Linear;
    scaling.factor = fields.positive(scope + ".factor");
  } else if (type == "llama3") {
    scaling.kind = RopeScaling::Kind::Llama3;
    scaling.factor = fields.positive(scope + ".factor");
    scaling.lowFactor = fields.positiveOr(scope + ".low_freq_factor", 1);
    scaling.highFactor = fields.positiveOr(scope + ".high_freq_factor", 4);
    originalContext();
    if (scaling.highFactor <= scaling.lowFactor)
      fields.refuse(scope + ".high_freq_factor", "is not above low_freq_factor");
  } else if (type == "yarn") {
    scaling.kind = RopeScaling::Kind::YaRN;
    originalContext();
    scaling.factor = stretch();
    scaling.betaFast = fields.positiveOr(scope + ".beta_fast", 32);
    scaling.betaSlow = fields.positiveOr(scope + ".beta_slow", 1);
    scaling.truncate = fields.booleanOr(scope + ".truncate", true);
    double usual = yarnAttentionFactor(scaling.factor);
    if (fields.has(scope + ".mscale") && fields.has(scope + ".mscale_all_dim"))
      usual = yarnAttentionFactor(scaling.factor, fields.positive(scope + ".mscale")) /
              yarnAttentionFactor(scaling.factor, fields.positive(scope + ".mscale_all_dim"));
    scaling.attentionFactor = fields.positiveOr(scope + ".attention_factor", usual);
  } else if (type == "longrope" || type == "su") {
    originalContext();
    double factor = stretch(), usual = factor <= 1 ? 1 : std::sqrt(1 + portableLog(factor) / portableLog(scaling.originalContext));
    scaling.attentionFactor = fields.positiveOr(scope + ".attention_factor", usual);
    bool isLong = double(context ? context : config.trainedContext) > scaling.originalContext;
    std::string key = scope + (isLong ? ".long_factor" : ".short_factor");
    if (!fields.has(key))
      fields.refuse(key, "is missing");
    for (double value : fields.numbersOr(key, rope.columns / 2)) {
      if (value <= 0)
        fields.refuse(key, "holds " + std::to_string(value) + ", expected numbers above 0");
      scaling.factors.push_back(float(value));
    }
  } else if (type == "dynamic") {
    // Up to the trained context these are the plain frequencies; beyond it they would change from token to token.
    if (context > config.trainedContext)
      fields.refuse(typeKey, "is 'dynamic', whose frequencies change beyond max_position_embeddings, " +
                                 std::to_string(config.trainedContext) + "; expected a context up to that, but --context is " +
                                 std::to_string(context));
  } else {
    fields.refuse(typeKey, "is " + quote(type) + ", expected default, linear, dynamic, llama3, yarn or longrope");
  }
}

static Rope readRopeOf(JsonFields &fields, const std::string &scope, int64_t context, DecoderConfig &config, Rope rope) {
  rope.base = fields.positiveOr(scope + ".rope_theta", fields.positiveOr("rope_theta", rope.base));
  double part = fields.positiveOr(scope + ".partial_rotary_factor", fields.positiveOr("partial_rotary_factor", rope.part));
  rope.columns = int64_t(double(config.headSize) * std::min(part, 1.0));
  if (part > 1 || rope.columns < 2 || rope.columns % 2 != 0)
    fields.refuse("partial_rotary_factor", "is " + std::to_string(part) + ", expected a part of a head of " +
                                               std::to_string(config.headSize) + " that is an even number of columns");
  else
    readScaling(fields, scope, context, config, rope);
  return rope;
}

// Newer files hold everything in `rope_parameters`, by kinds of layers where these differ; older ones `rope_theta` beside
// `rope_scaling`, whose type is called `rope_type` or, in the oldest, `type`.
static void readRope(JsonFields &fields, const Json &json, int64_t context, DecoderConfig &config) {
  std::string scope = fields.has("rope_parameters") ? "rope_parameters" : "rope_scaling";
  if (std::optional<Json> found = json.find(scope); found && !found->isNull() && !found->isObject())
    return fields.refuse(scope, "is no object");
  std::string full = scope + ".full_attention", sliding = scope + ".sliding_attention";
  Rope windowed = config.windowRope.value_or(config.rope);
  if (fields.has(full) || fields.has(sliding)) {
    config.rope = readRopeOf(fields, full, context, config, config.rope);
    config.windowRope = readRopeOf(fields, sliding, context, config, windowed);
    return;
  }
  config.rope = readRopeOf(fields, scope, context, config, config.rope);
  // Older files of models with two bases scale only the layers that see everything.
  if (config.windowRope) {
    config.windowRope->base = fields.positiveOr("rope_local_base_freq", windowed.base);
    config.windowRope->columns = config.rope.columns;
  }
}

// `layer_types` says which layers have the window, or the family, or `use_sliding_window` and `max_window_layers` do.
static void readWindows(JsonFields &fields, const Json &json, DecoderConfig &config) {
  config.windows.assign(config.layers, 0);
  std::optional<Json> told = json.find("sliding_window");
  int64_t window = told ? fields.countOrZero("sliding_window", maxContext) : config.window; // null is none
  bool isUsed = fields.booleanOr("use_sliding_window", config.windowPeriod != 0);
  if (std::optional<Json> types = json.find("layer_types"); types && !types->isNull()) {
    if (!types->isArray())
      return fields.refuse("layer_types", "is no list");
    if (int64_t(types->size()) != config.layers)
      return fields.refuse("layer_types",
                           "has " + std::to_string(types->size()) + " entries, but num_hidden_layers is " + std::to_string(config.layers));
    size_t layer = 0;
    config.recurrent.assign(config.recurrentPeriod ? config.layers : 0, false);
    for (Json type : *types) {
      Result<std::string_view> text = type.string();
      if (text && *text == "linear_attention" && config.recurrentPeriod) {
        config.recurrent[layer++] = true;
        continue;
      }
      if (!text || (*text != "full_attention" && *text != "sliding_attention"))
        return fields.refuse(type.path(), "is " + (text ? quote(*text) : "no text") + ", expected full_attention or sliding_attention");
      if (*text == "sliding_attention" && window == 0)
        return fields.refuse(type.path(), "is sliding_attention, but there is no sliding_window");
      config.windows[layer++] = *text == "sliding_attention" ? window : 0;
    }
    return;
  }
  if (config.recurrentPeriod) {
    int64_t period = fields.countOr("full_attention_interval", maxLayers + 1, config.recurrentPeriod);
    for (int64_t layer = 0; layer < config.layers; ++layer)
      config.recurrent.push_back((layer + 1) % period != 0);
  }
  if (!isUsed || window == 0)
    return;
  int64_t period = fields.countOr("sliding_window_pattern", maxLayers + 1, config.windowPeriod);
  int64_t first = fields.has("max_window_layers") ? fields.countOrZero("max_window_layers", maxLayers) : 28;
  if (period)
    first = 0;
  for (int64_t layer = first; layer < config.layers; ++layer)
    config.windows[layer] = period && (layer + 1) % period == 0 ? 0 : window;
}

// A layer has experts unless `mlp_only_layers` names it or `decoder_sparse_step` passes over it.
static void readExperts(JsonFields &fields, const Json &json, DecoderConfig &config) {
  ExpertConfig &experts = config.experts;
  const char *key = fields.has("num_experts") ? "num_experts" : "num_local_experts";
  if (experts.count == 0 || fields.has(key))
    experts.count = fields.countOrZero(key, maxExperts);
  if (experts.count == 0)
    return;
  experts.chosen =
      experts.chosen ? fields.countOr("num_experts_per_tok", maxExperts, experts.chosen) : fields.count("num_experts_per_tok", maxExperts);
  if (experts.chosen > experts.count)
    fields.refuse("num_experts_per_tok", "is " + std::to_string(experts.chosen) + ", expected at most " + key + ", " +
                                             std::to_string(experts.count));
  experts.feedForward = fields.countOr("moe_intermediate_size", maxWidth, config.feedForward);
  experts.sharedFeedForward = fields.countOrZero("shared_expert_intermediate_size", maxWidth);
  experts.normalized = fields.booleanOr("norm_topk_prob", experts.normalized.value_or(false));
  int64_t step = fields.countOr("decoder_sparse_step", maxLayers, 1);
  experts.layers.assign(config.layers, false);
  for (int64_t layer = step - 1; layer < config.layers; layer += step)
    experts.layers[layer] = true;
  std::optional<Json> dense = json.find("mlp_only_layers");
  if (!dense || dense->isNull())
    return;
  Result<Json> array = dense->array();
  if (!array)
    return fields.refuse("mlp_only_layers", "is no list");
  for (Json number : *array) {
    Result<int64_t> layer = number.integer();
    if (!layer || *layer < 0 || *layer >= config.layers)
      return fields.refuse(number.path(), "is " + (layer ? std::to_string(*layer) : "no number") + ", expected a layer below " +
                                              std::to_string(config.layers));
    experts.layers[*layer] = false;
  }
}

static void readGate(JsonFields &fields, DecoderConfig &config) {
  const std::string key = fields.has("hidden_activation") ? "hidden_activation" : "hidden_act";
  if (!fields.has(key))
    return;
  std::string name = fields.textOr(key, "silu");
  if (name == "silu" || name == "swish")
    config.gate = GateFunction::SiLU;
  else if (name == "gelu")
    config.gate = GateFunction::GELU;
  else if (name == "gelu_pytorch_tanh" || name == "gelu_new")
    config.gate = GateFunction::GELUTanh;
  else if (name == "relu2")
    config.gate = GateFunction::ReLU2;
  else
    fields.refuse(key, "is " + quote(name) + ", expected silu, gelu, gelu_pytorch_tanh or relu2");
}

// What random weights are stored in.
static void readFormat(JsonFields &fields, DecoderConfig &config) {
  std::string key = fields.has("dtype") ? "dtype" : "torch_dtype", name = fields.textOr(key, "float32");
  config.format = name == "float32" ? "f32" : name == "float16" ? "f16" : "bf16";
  if (name != "float32" && name != "float16" && name != "bfloat16")
    fields.refuse(key, "is " + quote(name) + ", expected float32, float16 or bfloat16");
}

Result<DecoderConfig> vspec::readHFConfig(const Json &json, const FamilyKeys &family, int64_t context) {
  JsonFields fields(json, family.names);
  DecoderConfig config = family.defaults;
  const int64_t defaultHeadSize = config.headSize;
  // Some families leave out what is as usual.
  auto count = [&](const char *key, int64_t most, int64_t usual) {
    return usual ? fields.countOr(key, most, usual) : fields.count(key, most);
  };
  config.vocabulary = count("vocab_size", maxVocabulary, config.vocabulary);
  config.hidden = fields.count("hidden_size", maxWidth);
  config.layers = fields.count("num_hidden_layers", maxLayers);
  if (family.feedForwardsDiffer)
    config.feedForwards = fields.countsOfList("intermediate_size", maxWidth, config.layers);
  if (config.feedForwards.empty())
    config.feedForward = count("intermediate_size", maxWidth, family.fourfoldFeedForward ? std::min(4 * config.hidden, maxWidth) : 0);
  config.heads = count("num_attention_heads", maxHeads, config.heads);
  config.cacheHeads = fields.countOr("num_key_value_heads", maxHeads, config.cacheHeads ? config.cacheHeads : config.heads);
  if (config.heads % config.cacheHeads != 0)
    fields.refuse("num_attention_heads", "is " + std::to_string(config.heads) + ", expected a multiple of num_key_value_heads, " +
                                             std::to_string(config.cacheHeads));
  if (fields.has("head_dim") || defaultHeadSize != 0) {
    config.headSize = fields.countOr("head_dim", maxHeadSize, defaultHeadSize);
    if (config.headSize % 2 != 0)
      fields.refuse("head_dim", "is " + std::to_string(config.headSize) + ", expected an even number");
  } else {
    config.headSize = config.hidden / config.heads;
    if (config.hidden % (2 * config.heads) != 0 || config.headSize > maxHeadSize)
      fields.refuse("hidden_size", "is " + std::to_string(config.hidden) + ", expected num_attention_heads, " +
                                       std::to_string(config.heads) + ", times an even number up to " + std::to_string(maxHeadSize));
  }
  config.trainedContext = fields.countOr("max_position_embeddings", maxContext, config.trainedContext);
  config.epsilon = float(fields.positiveOr("rms_norm_eps", config.epsilon ? config.epsilon : 1e-6));
  config.tied = fields.booleanOr("tie_word_embeddings", config.tied);
  config.outputBias = fields.booleanOr("attention_bias", config.outputBias);
  config.attentionBias = fields.booleanOr("attention_bias", config.attentionBias);
  config.feedForwardBias = fields.booleanOr("mlp_bias", config.feedForwardBias);
  readRope(fields, json, context, config);
  readGate(fields, config);
  readFormat(fields, config);
  if (fields.problem())
    return *fields.problem();
  readWindows(fields, json, config);
  readExperts(fields, json, config);
  if (family.read && !fields.problem())
    family.read(fields, /*isGguf=*/false, config);
  if (fields.problem())
    return *fields.problem();
  return config;
}

// Where there is no upper limit, Python writes Infinity, as {"__float__": "Infinity"} in newer files.
static std::optional<float> readStepLimit(JsonFields &fields, const Json &limit, bool isUpper) {
  Result<std::string_view> special = limit.stringOr("__float__", "");
  if (isUpper && (limit.isNull() || (special && *special == "Infinity")))
    return std::nullopt;
  Result<double> number = limit.number();
  if (!number || *number < 0)
    fields.refuse("time_step_limit", "is not two numbers from 0 on, of which the second may be Infinity");
  return number && (isUpper || *number > 0) ? std::optional(float(*number)) : std::nullopt;
}

static StateSpace readStateSpace(JsonFields &fields, const Json &json, int64_t hidden) {
  StateSpace ssm;
  ssm.heads = fields.countOr("num_heads", maxHeads, 128);
  ssm.headSize = fields.countOr("head_dim", maxHeadSize, 64);
  ssm.stateSize = fields.countOr("state_size", maxStateSize, 128);
  ssm.groups = fields.countOr("n_groups", maxHeads, 8);
  ssm.convolution = fields.countOr("conv_kernel", maxConvolution, 4);
  ssm.bias = fields.booleanOr("use_bias", false);
  ssm.convolutionBias = fields.booleanOr("use_conv_bias", true);
  int64_t expand = fields.countOr("expand", maxWidth, 2);
  if (ssm.innerWidth() != expand * hidden)
    fields.refuse("head_dim", "is " + std::to_string(ssm.headSize) + ", but num_heads, " + std::to_string(ssm.heads) +
                                  ", of them are not expand times hidden_size, " + std::to_string(expand * hidden));
  if (ssm.heads % ssm.groups != 0)
    fields.refuse("n_groups", "is " + std::to_string(ssm.groups) + ", expected a divisor of num_heads, " + std::to_string(ssm.heads));
  if (ssm.convolution < 2)
    fields.refuse("conv_kernel", "is 1, expected at least 2");
  if (std::optional<Json> limits = json.find("time_step_limit"); limits && !limits->isNull()) {
    if (limits->size() != 2)
      fields.refuse("time_step_limit", "has " + std::to_string(limits->size()) + " numbers, expected 2");
    else
      ssm.leastStep = readStepLimit(fields, *limits->begin(), false), ssm.mostStep = readStepLimit(fields, *++limits->begin(), true);
  }
  return ssm;
}

Result<DecoderConfig> vspec::readHFStateSpace(const Json &json) {
  JsonFields fields(json, {});
  DecoderConfig config;
  config.vocabulary = fields.count("vocab_size", maxVocabulary);
  config.hidden = fields.count("hidden_size", maxWidth);
  config.layers = fields.count("num_hidden_layers", maxLayers);
  config.epsilon = float(fields.positiveOr("layer_norm_epsilon", 1e-5));
  config.tied = fields.booleanOr("tie_word_embeddings", false);
  if (std::string act = fields.textOr("hidden_act", "silu"); act != "silu" && act != "swish")
    fields.refuse("hidden_act", "is " + quote(act) + ", expected silu");
  config.stateSpace = readStateSpace(fields, json, config.hidden);
  readFormat(fields, config);
  if (fields.problem())
    return *fields.problem();
  return config;
}
