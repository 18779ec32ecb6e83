// A tokenizer section or a tokenizer.json, and a text: whatever is accepted must encode and decode without a fault.
//
// Byte 0: even for a section, odd for a tokenizer.json. Byte 1: how many of the last bytes are the text.
#include "vspec/Tokenizer/FromHuggingFace.h"
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

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2)
    return 0;
  const std::string_view all(reinterpret_cast<const char *>(data) + 2, size - 2);
  const size_t textBytes = std::min<size_t>(data[1], all.size());
  const std::string_view input = all.substr(0, all.size() - textBytes), text = all.substr(all.size() - textBytes);
  if (data[0] % 2 == 0) {
    if (Result<TokenizerModel> model = TokenizerModel::parse(input)) {
      if (model->serialize() != input)
        std::abort();
      if (Result<Tokenizer> tokenizer = Tokenizer::fromModel(std::move(*model)))
        use(*tokenizer, text);
    }
    return 0;
  }
  if (Result<Json> json = Json::parse(input, "tokenizer.json"))
    if (Result<TokenizerModel> model = fromHuggingFace(*json, std::nullopt, {}))
      if (Result<Tokenizer> tokenizer = Tokenizer::fromModel(std::move(*model)))
        use(*tokenizer, text);
  return 0;
}
