#include "vspec/Eval/Evaluation.h"
#include <algorithm>

namespace vspec {
namespace {

/// Rows that the reference may be ahead of the model: enough for full tiles, 16 MiB of logits for 128 Ki tokens.
constexpr uint32_t blockRows = 32;

Result<void> check(const std::vector<int32_t> &tokens, const ChunkProtocol &protocol) {
  if (protocol.context < 3)
    return Error{"a chunk has " + std::to_string(protocol.context) + " tokens, expected at least 3, so that one is scored"};
  if (protocol.chunks(tokens.size()) == 0)
    return Error{"the text has " + std::to_string(tokens.size()) + " tokens, expected at least one chunk of " +
                 std::to_string(protocol.context)};
  return {};
}

std::vector<int32_t> chunkOf(const std::vector<int32_t> &tokens, const ChunkProtocol &protocol, uint64_t chunk) {
  const auto begin = tokens.begin() + ptrdiff_t(chunk * protocol.context);
  std::vector<int32_t> part(begin, begin + protocol.context);
  if (protocol.firstToken >= 0)
    part[0] = protocol.firstToken;
  return part;
}

/// Empties the context and feeds what is not scored.
Result<void> start(LogitsSource &model, const std::vector<int32_t> &chunk, const ChunkProtocol &protocol) {
  if (auto done = model.reset(); !done)
    return done;
  return model.feed(chunk.data(), protocol.firstScored(), nullptr);
}

Result<void> scoreChunk(LogitsSource &model, const std::vector<int32_t> &chunk, const ChunkProtocol &protocol, PerplexityMeter &meter) {
  if (auto done = start(model, chunk, protocol); !done)
    return done;
  const int32_t *next = chunk.data() + protocol.firstScored() + 1;
  const uint32_t vocabulary = model.vocabulary();
  return model.feed(chunk.data() + protocol.firstScored(), protocol.scored(), [&](uint32_t count, const float *logits) -> Result<void> {
    for (uint32_t i = 0; i < count; ++i)
      if (auto added = meter.add(logits + uint64_t(i) * vocabulary, vocabulary, *next++); !added)
        return added;
    return {};
  });
}

/// One block of a chunk: the reference's logits are kept until the model's have come.
Result<void> compareBlock(LogitsSource &model, LogitsSource &reference, const int32_t *tokens, uint32_t rows, std::vector<float> &kept,
                          PerplexityMeter &perplexity, DivergenceMeter &divergence) {
  const uint32_t vocabulary = model.vocabulary();
  kept.clear();
  auto fed = reference.feed(tokens, rows, [&](uint32_t count, const float *logits) -> Result<void> {
    kept.insert(kept.end(), logits, logits + uint64_t(count) * vocabulary);
    return {};
  });
  if (!fed)
    return Error{"reference: " + fed.error().message};
  uint32_t row = 0;
  return model.feed(tokens, rows, [&](uint32_t count, const float *logits) -> Result<void> {
    for (uint32_t i = 0; i < count; ++i, ++row, logits += vocabulary) {
      if (auto added = perplexity.add(logits, vocabulary, tokens[row + 1]); !added)
        return added;
      if (auto added = divergence.add(kept.data() + uint64_t(row) * vocabulary, logits, vocabulary); !added)
        return added;
    }
    return {};
  });
}

} // namespace

Result<Perplexity> evaluatePerplexity(LogitsSource &model, const std::vector<int32_t> &tokens, const ChunkProtocol &protocol,
                                      const ChunkProgress &progress) {
  if (auto fits = check(tokens, protocol); !fits)
    return fits.error();
  PerplexityMeter meter;
  const uint64_t chunks = protocol.chunks(tokens.size());
  for (uint64_t i = 0; i < chunks; ++i) {
    if (progress)
      progress(i, chunks);
    if (auto scored = scoreChunk(model, chunkOf(tokens, protocol, i), protocol, meter); !scored)
      return Error{"chunk " + std::to_string(i) + ": " + scored.error().message};
  }
  return meter.report();
}

Result<Comparison> evaluateDivergence(LogitsSource &model, LogitsSource &reference, const std::vector<int32_t> &tokens,
                                      const ChunkProtocol &protocol, const ChunkProgress &progress) {
  if (model.vocabulary() != reference.vocabulary())
    return Error{"the model's vocabulary has " + std::to_string(model.vocabulary()) + " tokens, but the reference's has " +
                 std::to_string(reference.vocabulary())};
  if (auto fits = check(tokens, protocol); !fits)
    return fits.error();
  PerplexityMeter perplexity;
  DivergenceMeter divergence;
  std::vector<float> kept;
  const uint64_t chunks = protocol.chunks(tokens.size());
  for (uint64_t i = 0; i < chunks; ++i) {
    if (progress)
      progress(i, chunks);
    const std::vector<int32_t> chunk = chunkOf(tokens, protocol, i);
    auto done = start(reference, chunk, protocol);
    if (done)
      done = start(model, chunk, protocol);
    for (uint32_t row = 0; done && row < protocol.scored(); row += blockRows)
      done = compareBlock(model, reference, chunk.data() + protocol.firstScored() + row, std::min(blockRows, protocol.scored() - row), kept,
                          perplexity, divergence);
    if (!done)
      return Error{"chunk " + std::to_string(i) + ": " + done.error().message};
  }
  return Comparison{perplexity.report(), divergence.report()};
}

} // namespace vspec
