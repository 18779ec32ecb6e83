// A tokenizer from the metadata of a GGUF file.
#ifndef VSPEC_TOKENIZER_FROMGGUF_H
#define VSPEC_TOKENIZER_FROMGGUF_H
#include "vspec/Tokenizer/TokenizerModel.h"
#include <optional>

namespace vspec {

/// The keys `tokenizer.ggml.*`, as they stand in the file; what the file does not have is empty.
struct GGUFTokenizerMetadata {
  std::string file;                // for messages
  std::string modelName;           // general.name: Phi-3 swallows white space after its control tokens, which no key says
  std::string model;               // tokenizer.ggml.model
  std::optional<std::string> pre;  // tokenizer.ggml.pre
  std::vector<std::string> tokens; // .tokens
  std::vector<float> scores;       // .scores
  std::vector<int32_t> types;      // .token_type
  std::vector<std::string> merges; // .merges
  std::optional<uint32_t> bos, eos, unknown, eot, eom; // .bos_token_id, ...; 2^32 - 1 is none
  std::optional<bool> addBos, addEos, addSpacePrefix;  // .add_bos_token, ...
  std::optional<bool> removeExtraSpaces;               // .remove_extra_whitespaces
  std::string charsmap;                                // .precompiled_charsmap
};

/// Knows the models "llama" (SentencePiece with scores), "gpt2" and "gemma4" (BPE) with the pre-tokenizers of llama.cpp that
/// docs/Tokenizers.md lists, "t5" (Unigram) and "bert" (WordPiece); everything else is refused by its name.
Result<TokenizerModel> fromGGUF(const GGUFTokenizerMetadata &metadata);

} // namespace vspec
#endif
