// A tokenizer section, a tokenizer.json, a file of SentencePiece or ranks, and a text: whatever is accepted must encode and decode without
// a fault.
//
// Byte 0, modulo 4: which of them. Byte 1: how many of the last bytes are the text.
#include "lib/Tokenizer/FromFolder.h"
#include "vspec/Tokenizer/FromHuggingFace.h"
#include "vspec/Tokenizer/FromSentencePiece.h"
#include "vspec/Tokenizer/Tokenizer.h"
#include <algorithm>
#include <cstdint>
#include <cstdlib>

using namespace vspec;

static void use(const Tokenizer &tokenizer, std::string_view text) {
  for (bool special : {false, true}) {
    Result<std::vector<int32_t>> ids = tokenizer.encode(text, {special, special});
    if (!ids)
      continue;
    const std::string whole = tokenizer.decode(*ids, special);
    StreamDecoder decoder(tokenizer, true, special);
    std::string streamed;
    for (int32_t id : *ids) {
      if (id < 0 || size_t(id) >= tokenizer.model().tokens.size())
        std::abort();
      streamed += decoder.push(id);
    }
    if (streamed + std::string(decoder.finish()) != whole)
      std::abort();
  }
}

static Result<TokenizerModel> read(uint8_t kind, std::string_view input) {
  if (kind == 2)
    return fromSentencePiece(input, "tokenizer.model");
  if (kind == 3)
    return fromRanks(input, "tokenizer.model");
  if (kind == 1) {
    Result<Json> json = Json::parse(input, "tokenizer.json");
    return json ? fromHuggingFace(*json, std::nullopt, {}) : Result<TokenizerModel>(json.error());
  }
  Result<TokenizerModel> model = TokenizerModel::parse(input);
  if (model && model->serialize() != input)
    std::abort();
  return model;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2)
    return 0;
  const std::string_view all(reinterpret_cast<const char *>(data) + 2, size - 2);
  const size_t textBytes = std::min<size_t>(data[1], all.size());
  const std::string_view input = all.substr(0, all.size() - textBytes), text = all.substr(all.size() - textBytes);
  if (Result<TokenizerModel> model = read(data[0] % 4, input))
    if (Result<Tokenizer> tokenizer = Tokenizer::fromModel(std::move(*model)))
      use(*tokenizer, text);
  return 0;
}
