// A GGUF file only names its pre-tokenizer (`tokenizer.ggml.pre`). These are the patterns behind the names, as each model publishes them in
// its tokenizer.json and llama.cpp lists them.
#ifndef VSPEC_LIB_TOKENIZER_PUBLISHEDPRETOKENIZERS_H
#define VSPEC_LIB_TOKENIZER_PUBLISHEDPRETOKENIZERS_H
#include <string>
#include <string_view>
#include <vector>

namespace vspec {

struct PublishedPreTokenizer {
  std::vector<std::string_view> names;
  std::vector<std::string_view> patterns; // Oniguruma's dialect; each step isolates its matches
  bool wholeWordFirst = false;
  bool addBos = false;       // unless the file says otherwise
  bool normalizeNFC = false; // of the models that the name was made for; GGUF does not say
  bool characters = false;   // words are characters, not bytes, and their spaces U+2581
};

/// What `name` means, or null.
const PublishedPreTokenizer *publishedPreTokenizer(std::string_view name);

/// All names, for messages.
std::string publishedPreTokenizerNames();

/// GPT-2's pattern, which `ByteLevel` means in tokenizer.json.
extern const std::string_view gpt2Pattern;

} // namespace vspec
#endif
