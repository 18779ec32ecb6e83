// config.json of Hugging Face transformers. What a key means when it is absent follows transformers' configuration classes.
#include "passes/Import/Config.h"
#include "passes/Import/ConfigFields.h"
#include "vspec/Support/Quote.h"

using namespace vspec;

namespace {

/// Fields of a JSON document; dots lead into nested objects. A null counts as absent, as in transformers.
class JsonFields : public ConfigFields {
public:
  explicit JsonFields(const Json &config) : config(config) {}

private:
  std::optional<Json> find(const std::string &key) const {
    std::optional<Json> value = config;
    for (size_t begin = 0; value && begin <= key.size();) {
      size_t end = std::min(key.find('.', begin), key.size());
      value = value->find(key.substr(begin, end - begin));
      begin = end + 1;
    }
    return value && !value->isNull() ? value : std::nullopt;
  }
  Error errorAt(const std::string &key, const std::string &what) const override { return {config.file() + ": " + key + " " + what}; }
  bool present(const std::string &key) const override { return find(key).has_value(); }
  Result<int64_t> integer(const std::string &key) const override { return find(key)->integer(); }
  Result<double> number(const std::string &key) const override { return find(key)->number(); }
  Result<bool> boolean(const std::string &key) const override { return find(key)->boolean(); }
  Result<std::string> text(const std::string &key) const override {
    Result<std::string_view> text = find(key)->string();
    return text ? Result<std::string>(std::string(*text)) : Result<std::string>(text.error());
  }

  Json config;
};

} // namespace

// Newer files hold everything in `rope_parameters`, older ones `rope_theta` beside `rope_scaling`, whose type is called
// `rope_type` or, in the oldest, `type`.
static void readRope(JsonFields &fields, const Json &json, DecoderConfig &config) {
  std::string scope = fields.has("rope_parameters") ? "rope_parameters" : "rope_scaling";
  if (std::optional<Json> found = json.find(scope); found && !found->isNull() && !found->isObject())
    return fields.refuse(scope, "is no object");
  if (fields.has(scope + ".full_attention") || fields.has(scope + ".sliding_attention"))
    return fields.refuse(scope, "is of each kind of layer by itself, expected the same for all layers");
  config.ropeBase = fields.positiveOr(scope + ".rope_theta", fields.positiveOr("rope_theta", 10000));
  std::string typeKey = scope + (fields.has(scope + ".rope_type") ? ".rope_type" : ".type");
  std::string type = fields.textOr(typeKey, "default");
  RopeScaling &scaling = config.ropeScaling;
  if (fields.positiveOr(scope + ".partial_rotary_factor", fields.positiveOr("partial_rotary_factor", 1)) != 1)
    fields.refuse("partial_rotary_factor", "is not 1, expected heads that turn as a whole");
  if (!fields.has(typeKey) && fields.has(scope + ".factor"))
    fields.refuse(typeKey, "is missing");
  if (type == "default")
    return;
  scaling.factor = fields.positive(scope + ".factor");
  if (type == "linear") {
    scaling.kind = RopeScaling::Kind::Linear;
  } else if (type == "llama3") {
    scaling.kind = RopeScaling::Kind::Llama3;
    scaling.lowFactor = fields.positiveOr(scope + ".low_freq_factor", 1);
    scaling.highFactor = fields.positiveOr(scope + ".high_freq_factor", 4);
    scaling.originalContext = double(fields.count(scope + ".original_max_position_embeddings", maxContext));
    if (scaling.highFactor <= scaling.lowFactor)
      fields.refuse(scope + ".high_freq_factor", "is not above low_freq_factor");
  } else {
    fields.refuse(typeKey, "is " + quote(type) + ", expected default, linear or llama3");
  }
}

// `layer_types` says which layers have the window, or `use_sliding_window` and `max_window_layers` do.
static void readWindows(JsonFields &fields, const Json &json, DecoderConfig &config) {
  config.windows.assign(config.layers, 0);
  int64_t window = fields.countOrZero("sliding_window", maxContext);
  if (std::optional<Json> types = json.find("layer_types"); types && !types->isNull()) {
    if (int64_t(types->size()) != config.layers)
      return fields.refuse("layer_types",
                           "has " + std::to_string(types->size()) + " entries, but num_hidden_layers is " + std::to_string(config.layers));
    size_t layer = 0;
    for (Json type : *types) {
      Result<std::string_view> text = type.string();
      if (!text || (*text != "full_attention" && *text != "sliding_attention"))
        return fields.refuse(type.path(), "is " + (text ? quote(*text) : "no text") + ", expected full_attention or sliding_attention");
      if (*text == "sliding_attention" && window == 0)
        return fields.refuse(type.path(), "is sliding_attention, but there is no sliding_window");
      config.windows[layer++] = *text == "sliding_attention" ? window : 0;
    }
    return;
  }
  if (!fields.booleanOr("use_sliding_window", false) || window == 0)
    return;
  int64_t first = fields.countOrZero("max_window_layers", maxLayers);
  for (int64_t layer = first; layer < config.layers; ++layer)
    config.windows[layer] = window;
}

static void readGate(JsonFields &fields, DecoderConfig &config) {
  std::string name = fields.textOr("hidden_act", "silu");
  if (name == "silu" || name == "swish")
    config.gate = GateFunction::SiLU;
  else if (name == "gelu")
    config.gate = GateFunction::GELU;
  else if (name == "gelu_pytorch_tanh" || name == "gelu_new")
    config.gate = GateFunction::GELUTanh;
  else if (name == "relu2")
    config.gate = GateFunction::ReLU2;
  else
    fields.refuse("hidden_act", "is " + quote(name) + ", expected silu, gelu, gelu_pytorch_tanh or relu2");
}

// What random weights are stored in.
static void readFormat(JsonFields &fields, DecoderConfig &config) {
  std::string key = fields.has("dtype") ? "dtype" : "torch_dtype", name = fields.textOr(key, "float32");
  config.format = name == "float32" ? "f32" : name == "float16" ? "f16" : "bf16";
  if (name != "float32" && name != "float16" && name != "bfloat16")
    fields.refuse(key, "is " + quote(name) + ", expected float32, float16 or bfloat16");
}

Result<DecoderConfig> vspec::readHFConfig(const Json &json, int64_t defaultHeadSize) {
  JsonFields fields(json);
  DecoderConfig config;
  config.vocabulary = fields.count("vocab_size", maxVocabulary);
  config.hidden = fields.count("hidden_size", maxWidth);
  config.layers = fields.count("num_hidden_layers", maxLayers);
  config.feedForward = fields.count("intermediate_size", maxWidth);
  config.heads = fields.count("num_attention_heads", maxHeads);
  config.cacheHeads = fields.countOr("num_key_value_heads", maxHeads, config.heads);
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
  config.trainedContext = fields.countOr("max_position_embeddings", maxContext, 0);
  config.epsilon = float(fields.positiveOr("rms_norm_eps", 1e-6));
  config.tied = fields.booleanOr("tie_word_embeddings", false);
  config.attentionBias = fields.booleanOr("attention_bias", false);
  config.feedForwardBias = fields.booleanOr("mlp_bias", false);
  readRope(fields, json, config);
  readGate(fields, config);
  readFormat(fields, config);
  if (fields.problem())
    return *fields.problem();
  readWindows(fields, json, config);
  if (fields.problem())
    return *fields.problem();
  return config;
}
