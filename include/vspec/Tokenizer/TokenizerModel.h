// What a tokenizer is made of, as plain data: the compiler fills it from a checkpoint, the model file stores it, and Tokenizer
// (Tokenizer.h) turns it into something that encodes. Nothing here knows where the data came from.
#ifndef VSPEC_TOKENIZER_TOKENIZERMODEL_H
#define VSPEC_TOKENIZER_TOKENIZERMODEL_H
#include "vspec/Support/Result.h"
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace vspec {

/// How a word becomes tokens.
enum class TokenizerKind : uint32_t {
  SentencePiece = 1, // neighbours merge if together they are a token, the best score first; unknown characters become byte tokens
  ByteLevelBPE = 2,  // bytes merge by the list of merges
  CharacterBPE = 3,  // characters merge by the list of merges; unknown characters become byte tokens
  Unigram = 4,       // the tokens whose scores have the highest sum
  WordPiece = 5,     // the longest token from the left, and again from where it ends
  WordLevel = 6,     // the word is a token
};

/// Numbers as in `tokenizer.ggml.token_type` of GGUF.
enum class TokenType : uint8_t { Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, Byte = 6 };

/// The merge of two neighbours; its place in the list is its rank, low ranks first.
struct Merge {
  int32_t left, right, result;
};

/// One change of a text before it is cut into words.
struct NormalizeStep {
  enum Kind : uint32_t {
    NFC = 1,
    NFD = 2,
    NFKC = 3,
    NFKD = 4,
    Lowercase = 5,
    DropMarks = 6,       // flags: only those that take no space
    Strip = 7,           // flags: StripFlags
    Prepend = 8,         // `to`, unless the text is empty
    Replace = 9,         // the text `from` by `to`
    ReplacePattern = 10, // the PCRE2 pattern `from` by `to`
    CharacterMap = 11,   // `from` is SentencePiece's map (CharacterMap.h), looked up as Hugging Face tokenizers do
    Nmt = 12,            // controls are dropped, other white space becomes a space
    CleanText = 13,      // the same as BERT has it
    SpaceChinese = 14,   // a space on each side of a Chinese character
    SentencePiece = 15,  // all that SentencePiece does to a text: the map `from`, and flags
    Last = SentencePiece
  };
  enum Flags : uint32_t { OnlyNonSpacing = 1 };
  enum SentencePieceFlags : uint32_t { PrefixSpace = 1, RemoveExtraSpaces = 2, EscapeSpaces = 4 };

  Kind kind = NFC;
  uint32_t flags = 0;
  std::string from{}, to{};
};

/// What becomes of the matches of a pattern and of the gaps between them.
enum class SplitBehavior : uint8_t {
  Isolated = 0,           // each is a word
  Removed = 1,            // matches are dropped, gaps are words
  Contiguous = 2,         // each is a word, but neighbouring matches are one
  MergedWithPrevious = 3, // a match belongs to the gap before it
  MergedWithNext = 4,     // a match belongs to the gap after it
};

/// Where a space is put before words.
enum class SpacePrefix : uint8_t { None = 0, FirstText = 1, EveryText = 2 };

/// Cuts each of the words of the step before.
struct SplitStep {
  std::string pattern; // PCRE2, UTF-8 with Unicode properties; of `spaces`: how a space is written
  SplitBehavior behavior = SplitBehavior::Isolated;
  bool invert = false; // gaps and matches change their parts
  /// Instead of cutting, writes spaces as `pattern` and puts one before words that do not start with it: `FirstText`: only before a word
  /// that starts the input.
  bool spaces = false;
  SpacePrefix prefix = SpacePrefix::None;
};

/// Of a token that is found literally.
enum LiteralFlags : uint8_t {
  StripLeft = 1,  // white space beside it is swallowed
  StripRight = 2, //
  SingleWord = 4, // not within a word
  Normalized = 8, // is sought, normalised itself, in normalised text
  NoWord = 16,    // no word becomes it
};
enum StripFlags : uint32_t { AtStart = 1, AtEnd = 2 };

/// What a token decodes to where that is not its text.
struct Spelling {
  int32_t id;
  std::string text;
};

/// The score of a token that no word is cut into.
constexpr double notAPiece = -std::numeric_limits<double>::infinity();

struct TokenizerModel {
  TokenizerKind kind = TokenizerKind::ByteLevelBPE;

  /// The bytes that a token stands for in a prepared text: GPT-2's alphabet is undone, `<0x0A>` is one byte; a space may be U+2581.
  /// Empty: an id without a token, of type Unused.
  std::vector<std::string> tokens;
  std::vector<TokenType> types;  // [tokens]
  std::vector<uint8_t> literals; // [tokens] LiteralFlags, or empty
  std::vector<double> scores;    // [tokens], SentencePiece and Unigram; or notAPiece
  std::vector<Merge> merges;     // by rank; ByteLevelBPE and CharacterBPE

  // Text is made ready in this order.
  bool literalsInside = false; // user-defined tokens are not cut out, but nothing changes them (SentencePiece files)
  std::vector<NormalizeStep> normalizers;
  std::vector<SplitStep> splits; // none: the text is one word

  // Words become tokens.
  bool wholeWordFirst = false;        // a word that is a token is not merged from its parts ("ignore merges")
  bool rankByResult = false;          // merges that follow each other and make the same token have the same rank (tiktoken)
  bool fuseUnknown = false;           // neighbouring unknown characters are one unknown token
  bool singlePrecision = false;       // Unigram: sums are rounded to float (SentencePiece)
  double unknownScore = 0;            // Unigram: of a character that is no token
  uint32_t longestWord = 0;           // WordPiece: a word of more characters is unknown
  std::string continuingPrefix;       // WordPiece and CharacterBPE: before the text of a token that does not start a word
  std::string wordSuffix;             // CharacterBPE: behind the text of a token that ends a word
  std::vector<int32_t> before, after; // ids beside those of a text

  // Tokens become text.
  bool unescapeSpaces = false;          // U+2581 in tokens is a space
  std::vector<Spelling> spellings;      // ascending ids: what a token decodes to, bytes as they are
  std::vector<Spelling> firstSpellings; // the same where it is the first token of a text
  uint32_t dropSpaces = 0;              // at most so many spaces at the start of a decoded text are not text
  bool firstDropsSpaces = false;        // no U+2581 of the first token becomes text
  bool dropLastSpace = false;           // the space of a token that ends with wordSuffix is no text at the end

  int32_t bos = -1, eos = -1, unknown = -1; // -1: none
  std::vector<int32_t> endTokens;           // a model that predicts one of them has finished; ascending

  /// Does a text start with `bos`?
  bool addsBos() const { return bos >= 0 && !before.empty() && before.front() == bos; }

  /// Checks that every id, size and number is one that Tokenizer can use. `origin` starts the message.
  Result<void> validate(const std::string &origin) const;

  /// The bytes of a model file's tokenizer section: little endian, the same for the same model.
  std::string serialize() const;

  /// The model of serialize()'s bytes; hostile bytes give an error.
  static Result<TokenizerModel> parse(std::string_view bytes);
};

} // namespace vspec
#endif
