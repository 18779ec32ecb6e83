// What a tokenizer is made of, as plain data: the compiler fills it from a checkpoint, the model file stores it, and Tokenizer
// (Tokenizer.h) turns it into something that encodes. Nothing here knows where the data came from.
#ifndef VSPEC_TOKENIZER_TOKENIZERMODEL_H
#define VSPEC_TOKENIZER_TOKENIZERMODEL_H
#include "vspec/Support/Result.h"
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vspec {

enum class TokenizerKind : uint32_t {
  SentencePiece = 1, // neighbours merge if together they are a token, the best score first; unknown characters become byte tokens
  ByteLevelBPE = 2,  // bytes merge by the list of merges, within the words that the pre-tokenizer cuts
  CharacterBPE = 3,  // characters merge by the list of merges; unknown characters become byte tokens (SentencePiece in tokenizer.json)
};

/// Numbers as in `tokenizer.ggml.token_type` of GGUF.
enum class TokenType : uint8_t { Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, Byte = 6 };

/// The merge of two neighbours; its place in the list is its rank, low ranks first.
struct Merge {
  int32_t left, right, result;
};

/// Cuts text into words: each match and each gap between matches becomes a word, unless `dropGaps`.
struct SplitStep {
  std::string pattern; // PCRE2, UTF-8 with Unicode properties
  bool dropGaps = false;
};

/// Where a space is put before text. Text is what lies between two tokens that were found literally.
enum class SpacePrefix : uint8_t { None = 0, FirstText = 1, EveryText = 2 };

/// White space beside a token that is found literally is swallowed.
enum StripFlags : uint8_t { StripLeft = 1, StripRight = 2 };

struct TokenizerModel {
  TokenizerKind kind = TokenizerKind::ByteLevelBPE;

  /// The bytes that a token stands for: GPT-2's alphabet is undone, `<0x0A>` is one byte. A space is U+2581 in the normal tokens of
  /// SentencePiece and CharacterBPE. Empty: an id without a token, of type Unused.
  std::vector<std::string> tokens;
  std::vector<TokenType> types; // [tokens]
  std::vector<uint8_t> strips;  // [tokens] StripFlags, or empty
  std::vector<float> scores;    // [tokens], SentencePiece only
  std::vector<Merge> merges;    // by rank; not for SentencePiece

  // Text is made ready in this order.
  bool normalizeNFC = false;
  SpacePrefix spacePrefix = SpacePrefix::None;
  bool prefixUnlessSpace = false; // no prefix before text that starts with a space
  bool escapeSpaces = false;      // a space becomes U+2581
  std::vector<SplitStep> splits;  // each cuts the words of the step before; none: the text is one word

  bool wholeWordFirst = false;    // a word that is a token is not merged from its parts ("ignore merges")
  bool fuseUnknown = false;       // neighbouring unknown characters are one unknown token
  bool stripLeadingSpace = false; // the space at the start of a decoded text is the prefix, not text
  bool addBos = false, addEos = false;
  int32_t bos = -1, eos = -1, unknown = -1; // -1: none
  std::vector<int32_t> endTokens;           // a model that predicts one of them has finished; ascending

  /// Checks that every id, size and number is one that Tokenizer can use. `origin` starts the message.
  Result<void> validate(const std::string &origin) const;

  /// The bytes of a model file's tokenizer section: little endian, the same for the same model.
  std::string serialize() const;

  /// The model of serialize()'s bytes; hostile bytes give an error.
  static Result<TokenizerModel> parse(std::string_view bytes);
};

} // namespace vspec
#endif
