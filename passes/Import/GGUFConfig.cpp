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

  const GgufMetadata &metadata;
};

} // namespace

// A factor for each pair of a head, which llama.cpp's converter made of llama3's scaling.
static Result<void> readFactors(const Checkpoint &checkpoint, const Tensor &tensor, DecoderConfig &config) {
  std::string place = checkpoint.path() + ": tensor " + quote(tensor.name);
  if (tensor.encoding != Encoding::F32 || tensor.shape != std::vector<int64_t>{config.headSize / 2})
    return Error{place + " has " + std::to_string(tensor.elements()) + " numbers in " + encodingName(tensor.encoding) + ", expected " +
                 std::to_string(config.headSize / 2) + " in f32"};
  config.ropeScaling.factors.resize(config.headSize / 2);
  std::memcpy(config.ropeScaling.factors.data(), tensor.data, tensor.bytes);
  for (float factor : config.ropeScaling.factors)
    if (!std::isfinite(factor) || factor <= 0)
      return Error{place + " holds " + std::to_string(factor) + ", expected numbers above 0"};
  return {};
}

static void readRope(MetadataFields &fields, const std::string &scope, DecoderConfig &config) {
  config.ropeBase = fields.positiveOr(scope + "freq_base", 10000);
  int64_t turning = fields.countOr(scope + "dimension_count", maxHeadSize, config.headSize);
  if (turning != config.headSize)
    fields.refuse(scope + "dimension_count",
                  "is " + std::to_string(turning) + ", expected the head size, " + std::to_string(config.headSize));
  std::string type = fields.textOr(scope + "scaling.type", "linear");
  if (type == "linear") {
    config.ropeScaling.kind = RopeScaling::Kind::Linear;
    config.ropeScaling.factor = fields.positiveOr(scope + "scaling.factor", fields.positiveOr(scope + "scale_linear", 1));
  } else if (type != "none") {
    fields.refuse(scope + "scaling.type", "is " + quote(type) + ", expected none or linear");
  }
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

Result<DecoderConfig> vspec::readGGUFConfig(const Checkpoint &checkpoint, const std::string &architecture) {
  MetadataFields fields(checkpoint.metadata());
  DecoderConfig config;
  std::string scope = architecture + ".";
  config.name = fields.textOr("general.name", "");
  config.hidden = fields.count(scope + "embedding_length", maxWidth);
  config.layers = fields.count(scope + "block_count", maxLayers);
  config.feedForward = fields.count(scope + "feed_forward_length", maxWidth);
  config.trainedContext = fields.countOr(scope + "context_length", maxContext, 0);
  // Files need not tell the vocabulary: the embedding has a row for each token.
  const Tensor *embedding = checkpoint.find("token_embd.weight");
  config.vocabulary = embedding && embedding->shape.size() == 2 ? embedding->shape[0] : 1;
  config.vocabulary = fields.countOr(scope + "vocab_size", maxVocabulary, config.vocabulary);
  if (config.vocabulary > maxVocabulary)
    return Error{checkpoint.path() + ": tensor 'token_embd.weight' has " + std::to_string(config.vocabulary) + " rows, expected at most " +
                 std::to_string(maxVocabulary)};
  config.epsilon = float(fields.positive(scope + "attention.layer_norm_rms_epsilon"));
  if (fields.has(scope + "expert_count") && fields.countOrZero(scope + "expert_count", maxWidth) != 0)
    fields.refuse(scope + "expert_count", "is not 0, expected a model without experts");
  readHeads(fields, scope + "attention.", config);
  readRope(fields, scope + "rope.", config);
  config.windows.assign(fields.problem() ? 0 : config.layers, fields.countOrZero(scope + "attention.sliding_window", maxContext));
  if (fields.problem())
    return *fields.problem();
  if (const Tensor *factors = checkpoint.find("rope_freqs.weight"))
    if (Result<void> read = readFactors(checkpoint, *factors, config); !read)
      return read.error();
  config.tied = !checkpoint.find("output.weight");
  config.attentionBias = checkpoint.find("blk.0.attn_q.bias");
  config.feedForwardBias = checkpoint.find("blk.0.ffn_up.bias");
  return config;
}
