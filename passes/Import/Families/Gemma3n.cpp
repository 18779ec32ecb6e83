// Gemma 3n: layers compute with one of several residual streams, predict the others before and correct them behind (AltUp). A low-rank
// path stands beside attention (LAuReL), each layer has an input of its own for each token, the last layers read caches of earlier
// ones, and gates of the first ones keep only their largest numbers. transformers, modeling_gemma3n.
#include "passes/Import/Families/Families.h"
#include <cmath>

using namespace mlir;
using namespace vspec;

static constexpr int64_t mostStreams = 16;

// Where so much of a normal distribution lies below. By bisection, since libraries differ in the last bit:
// below x lies 1/2 + density(x) * (x + x^3 / 3 + x^5 / 15 + ...).
static double normalQuantile(double share) {
  auto below = [](double x) {
    double sum = 0, term = x;
    for (int i = 1; i < 400; ++i) {
      sum += term;
      term *= x * x / (2 * i + 1);
    }
    return 0.5 + sum * portablePower(2.718281828459045, -x * x / 2) * 0.3989422804014327;
  };
  double low = -8, high = 8;
  for (int i = 0; i < 64; ++i)
    (below((low + high) / 2) < share ? low : high) = (low + high) / 2;
  return low;
}

// config.json has the share of each layer's numbers that are dropped, GGUF files the deviations that this makes, -infinity of none.
static void readSparsity(ConfigFields &fields, bool isGguf, DecoderConfig &config) {
  std::string key = isGguf ? "gemma3n.activation_sparsity_scale" : "activation_sparsity_pattern";
  std::vector<std::optional<float>> &deviations = config.streams.deviations;
  deviations.assign(config.layers, std::nullopt);
  if (!fields.has(key)) {
    for (int64_t layer = 0; config.layers > 10 && layer < 10; ++layer)
      deviations[layer] = float(normalQuantile(0.95f));
    return;
  }
  std::vector<double> numbers = fields.numbersOr(key, config.layers);
  for (int64_t layer = 0; layer < config.layers; ++layer) {
    double number = numbers[layer];
    if (isGguf ? number == -INFINITY : number == 0)
      continue;
    if (isGguf && !std::isfinite(number))
      return fields.refuse(key, "holds " + std::to_string(number) + ", expected finite numbers, or -inf for layers that drop nothing");
    if (!isGguf && !(number > 0 && number < 1))
      return fields.refuse(key, "holds " + std::to_string(number) + ", expected parts of a row, from 0 to below 1");
    deviations[layer] = float(isGguf ? number : normalQuantile(float(number)));
  }
}

static void readSharing(ConfigFields &fields, bool isGguf, DecoderConfig &config) {
  std::string key = isGguf ? "gemma3n.attention.shared_kv_layers" : "num_kv_shared_layers";
  int64_t usual = isGguf ? std::max<int64_t>(0, config.layers - 20) : 15;
  config.sharedLayers = fields.has(key) ? fields.countOrZero(key, maxLayers) : usual;
  if (config.sharedLayers >= config.layers)
    return fields.refuse(key, "is " + std::to_string(config.sharedLayers) + ", expected less than the number of layers, " +
                                  std::to_string(config.layers));
  for (int64_t layer = 0; layer < config.layers; ++layer)
    if (config.cacheLayer(layer) < 0)
      return fields.refuse(
          key, "is " + std::to_string(config.sharedLayers) + ", but layer " + std::to_string(layer) +
                   " finds no cache before it: " + (config.windows[layer] ? "none has its window" : "all have a window, but it has none"));
}

static void readGemma3n(ConfigFields &fields, bool isGguf, DecoderConfig &config) {
  auto key = [&](const char *name, const char *inGguf) { return isGguf ? "gemma3n." + std::string(inGguf) : std::string(name); };
  config.scales.embedding = float(std::sqrt(double(config.hidden)));
  config.scales.attention = 1;
  config.scales.logitCap = readSoftCap(fields, isGguf, "gemma3n", "final_logit_softcapping", 30);
  StreamConfig &streams = config.streams;
  streams.count = fields.countOr(key("altup_num_inputs", "altup.num_inputs"), mostStreams, 4);
  std::string active = key("altup_active_idx", "altup.active_idx");
  streams.active = fields.countOrZero(active, mostStreams);
  if (streams.active >= streams.count)
    fields.refuse(active,
                  "is " + std::to_string(streams.active) + ", expected one of " + std::to_string(streams.count) + " streams, from 0 on");
  streams.scalesActive = isGguf || fields.booleanOr("altup_correct_scale", true);
  streams.inputWidth =
      fields.countOr(key("hidden_size_per_layer_input", "embedding_length_per_layer_input"), maxWidth / config.layers, 256);
  // Converters to GGUF add the missing rows; the rank they do not tell.
  streams.inputVocabulary = isGguf ? config.vocabulary : fields.countOr("vocab_size_per_layer_input", maxVocabulary, 262144);
  streams.laurelRank = isGguf ? 64 : fields.countOr("laurel_rank", maxWidth, 64);
  if (!fields.problem())
    readSharing(fields, isGguf, config);
  if (!fields.problem())
    readSparsity(fields, isGguf, config);
}

FamilyKeys vspec::gemma3nKeys() {
  FamilyKeys keys;
  keys.feedForwardsDiffer = true;
  keys.read = readGemma3n;
  DecoderConfig &defaults = keys.defaults;
  defaults.vocabulary = 262400;
  defaults.heads = 8;
  defaults.cacheHeads = 2;
  defaults.trainedContext = 32768;
  defaults.tied = true;
  defaults.gate = GateFunction::GELUTanh;
  defaults.window = 512;
  defaults.windowPeriod = 5;
  defaults.rope.base = 1e6;
  defaults.windowRope = Rope();
  return keys;
}

TensorNames vspec::gemma3nNames() {
  TensorNames names;
  names.own = {{"per_layer_token_embd", "model.embed_tokens_per_layer"},
               {"per_layer_model_proj", "model.per_layer_model_projection"},
               {"per_layer_proj_norm", "model.per_layer_projection_norm"},
               {"altup_proj.*", "model.altup_projections.*"},
               {"altup_unembd_proj.*", "model.altup_unembed_projections.*"},
               {"inp_gate", "per_layer_input_gate"},
               {"proj", "per_layer_projection"},
               {"post_norm", "post_per_layer_input_norm"},
               {"altup_router", "altup.modality_router"},
               {"altup_router_norm", "altup.router_norm"},
               {"altup_predict_coef", "altup.prediction_coefs"},
               {"altup_correct_scale.weight", "altup.correct_output_scale"},
               {"altup_correct_coef", "altup.correction_coefs"},
               {"laurel_l", "laurel.linear_left"},
               {"laurel_r", "laurel.linear_right"},
               {"laurel_post_norm", "laurel.post_laurel_norm"}};
  return names;
}

namespace {
class Gemma3n {
public:
  explicit Gemma3n(StepBuilder &step) : step(step), config(step.config), streams(step.config.streams) {
    attention.bias = config.attentionBias;
    output.bias = config.outputBias;
  }

  void build() {
    enter();
    for (int64_t layer = 0; layer < config.layers; ++layer) {
      step.enterLayer(layer);
      buildLayer(layer);
    }
    step.leaveLayers();
    leave();
  }

private:
  const float halfRoot = float(std::sqrt(0.5));

  // The streams that the layers start with, and the input of each.
  void enter() {
    Value embedded = step.embed();
    Value rows = step.embed("per_layer_token_embd", streams.inputVocabulary, config.layers * streams.inputWidth,
                            float(std::sqrt(double(streams.inputWidth))));
    Value projected = step.linear(embedded, "per_layer_model_proj", config.layers * streams.inputWidth);
    SmallVector<Value> others = matrices({embedded}, "altup_proj");
    projected = step.scale(projected, float(1 / std::sqrt(double(config.hidden))), "per_layer_proj_scale");
    projected = step.norm(projected, "per_layer_proj_norm", config.layers);
    projected = step.scale(step.add(projected, rows, "per_layer_sum"), halfRoot, "per_layer_inputs");
    x = {embedded};
    for (Value other : others)
      x.push_back(step.matchMagnitude(other, embedded, "altup_proj_magnitude"));
    for (int64_t layer = 0; layer < config.layers; ++layer)
      inputs.push_back(step.takePart(projected, layer, config.layers, "per_layer_input"));
  }

  // Of each stream but the first its matrix's product; one value is the input of all. GGUF files have a stack of them.
  SmallVector<Value> matrices(ArrayRef<Value> from, const std::string &name) {
    SmallVector<Value> results;
    for (int64_t i = 0; i + 1 < streams.count; ++i) {
      LinearOptions options;
      if (step.isGguf())
        options.part = {name, config.hidden, i * config.hidden, (streams.count - 1) * config.hidden};
      results.push_back(step.linear(from[from.size() == 1 ? 0 : i + 1], name + "." + std::to_string(i), config.hidden, options));
    }
    return results;
  }

  // How a token uses the streams, of the one that layers compute with: numbers in -1..1.
  Value modalities(Value active) {
    Value routed = step.linear(step.norm(active, "altup_router_norm"), "altup_router", streams.count);
    return step.softCap(step.scale(routed, float(1 / double(config.hidden)), "altup_router_scale"), 1, "altup_modalities");
  }

  void buildLayer(int64_t layer) {
    Value coefficients = step.linear(modalities(x[streams.active]), "altup_predict_coef", streams.count * streams.count);
    SmallVector<Value> predicted;
    for (int64_t i = 0; i < streams.count; ++i) {
      SmallVector<float> itself(streams.count, 0);
      itself[i] = 1;
      predicted.push_back(step.weightedSum(x, itself, "altup_predict", coefficients, i * streams.count));
    }
    Value activated = feedForward(layer, attend(layer, predicted[streams.active]));

    coefficients = step.linear(modalities(activated), "altup_correct_coef", streams.count);
    Value innovation = step.weightedSum({activated, predicted[streams.active]}, {1, -1}, "altup_innovation");
    for (int64_t i = 0; i < streams.count; ++i)
      x[i] = step.add(predicted[i], step.weightedSum(innovation, 1, "altup_correction", coefficients, i), "altup_correct");

    Value first = x[streams.active];
    if (streams.scalesActive)
      first = step.scaleColumns(first, "altup_correct_scale");
    else
      step.ignoreUnused({"altup_correct_scale"});
    first = step.gate(step.linear(first, "inp_gate", streams.inputWidth), inputs[layer], "inp_act");
    first = step.norm(step.linear(first, "proj", config.hidden), "post_norm");
    for (int64_t i = 1; i < streams.count; ++i)
      x[i] = step.add(x[i], first, "inp_residual");
  }

  Value attend(int64_t layer, Value active) {
    Value n = step.norm(active, "attn_norm");
    Value q = step.linear(n, "attn_q", config.queryWidth(), attention), k, v;
    if (config.cacheLayer(layer) == layer) {
      k = step.linear(n, "attn_k", config.cacheWidth(), attention);
      v = step.linear(n, "attn_v", config.cacheWidth(), attention);
    } else {
      step.ignoreUnused({"attn_k", "attn_k.bias", "attn_v", "attn_v.bias", "attn_k_norm"});
    }
    Value low = step.linear(n, "laurel_l", streams.laurelRank);
    q = step.norm(q, "attn_q_norm", config.heads);
    if (k) {
      k = step.norm(k, "attn_k_norm", config.cacheHeads);
      v = step.normWithoutGain(v, "attn_v_norm", config.cacheHeads);
    }
    Value attended = step.attend(q, k, v);
    Value laurel = step.linear(low, "laurel_r", config.hidden);
    Value a = step.linear(attended, "attn_output", config.hidden, output);
    a = step.add(active, step.norm(a, "post_attention_norm"), "attn_residual");
    laurel = step.add(n, step.norm(laurel, "laurel_post_norm"), "laurel_residual");
    return step.scale(step.add(a, laurel, "attn_laurel_sum"), halfRoot, "attn_laurel");
  }

  Value feedForward(int64_t layer, Value from) {
    int64_t width = config.feedForwardOf(layer);
    Value n = step.norm(from, "pre_ffw_norm");
    Value gate = step.linear(n, "ffn_gate", width), up = step.linear(n, "ffn_up", width);
    if (streams.deviations[layer])
      gate = step.excess(gate, *streams.deviations[layer], "ffn_gate_largest");
    Value down = step.linear(step.gate(gate, up), "ffn_down", config.hidden);
    return step.add(from, step.norm(down, "post_ffw_norm"), "ffn_residual");
  }

  // The mean of all streams.
  void leave() {
    SmallVector<Value> all = matrices(x, "altup_unembd_proj");
    for (Value &value : all)
      value = step.matchMagnitude(value, x[0], "altup_unembd_magnitude");
    all.insert(all.begin(), x[0]);
    step.logits(step.weightedSum(all, SmallVector<float>(streams.count, float(1 / double(streams.count))), "altup_mean"));
  }

  StepBuilder &step;
  const DecoderConfig &config;
  const StreamConfig &streams;
  LinearOptions attention, output;
  SmallVector<Value> x;      // the streams
  SmallVector<Value> inputs; // of each layer
};
} // namespace

void vspec::buildGemma3n(StepBuilder &step, bool) { Gemma3n(step).build(); }
