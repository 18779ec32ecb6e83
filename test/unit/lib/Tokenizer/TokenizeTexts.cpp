// Tokenises many texts, for comparisons with other programs.
//
// usage: vspec-tokenize-texts TOKENIZER, where TOKENIZER is a tokenizer.json (NAME.json), a tokenizer.model (NAME.model), a GGUF file or a
// folder. Standard input: texts, each its length (u32, little endian) and its bytes. For each a line:
//   the ids with special tokens; without; with special tokens in the text as plain text; the decoded text of the first ids, in hex; the
//   decoded text of the third, in hex
// with | between them, or "error MESSAGE". It ends with status 1 if decoding token by token gives another text or half a character.
#include "lib/Tokenizer/FromFolder.h"
#include "vspec/Support/MappedFile.h"
#include "vspec/Support/Quote.h"
#include "vspec/Tokenizer/FromCheckpoint.h"
#include "vspec/Tokenizer/FromHuggingFace.h"
#include "vspec/Tokenizer/FromSentencePiece.h"
#include "vspec/Tokenizer/Tokenizer.h"
#include <cstdio>
#include <cstdlib>

using namespace vspec;

static Result<TokenizerModel> modelAt(const std::string &path) {
  auto ends = [&](std::string_view end) {
    return path.size() >= end.size() && path.compare(path.size() - end.size(), end.size(), end) == 0;
  };
  if (ends(".json")) {
    Result<Json> json = Json::read(path);
    return json ? fromHuggingFace(*json, std::nullopt, {}) : Result<TokenizerModel>(json.error());
  }
  if (ends(".model")) {
    Result<MappedFile> file = MappedFile::open(path);
    return file ? fromSentencePiece(file->view(), path) : Result<TokenizerModel>(file.error());
  }
  Result<Checkpoint> checkpoint = Checkpoint::open(path);
  return checkpoint ? tokenizerOf(*checkpoint) : Result<TokenizerModel>(checkpoint.error());
}

static std::string decoded(const Tokenizer &tokenizer, const std::vector<int32_t> &ids) {
  StreamDecoder decoder(tokenizer);
  std::string streamed;
  for (int32_t id : ids) {
    const std::string_view part = decoder.push(id);
    if (!isUtf8(part)) {
      std::fprintf(stderr, "half a character\n");
      std::exit(1);
    }
    streamed += part;
  }
  streamed += decoder.finish();
  if (streamed != tokenizer.decode(ids)) {
    std::fprintf(stderr, "decoding token by token gives another text\n");
    std::exit(1);
  }
  return streamed;
}

static void showHex(const std::string &text) {
  for (char byte : text)
    std::printf("%02x", uint8_t(byte));
}

static void tokenize(const Tokenizer &tokenizer, const std::string &text) {
  Result<std::vector<int32_t>> ids[] = {tokenizer.encode(text, {true, true}), tokenizer.encode(text, {false, true}),
                                        tokenizer.encode(text, {false, false})};
  for (const auto &list : ids)
    if (!list) {
      std::printf("error %s\n", list.error().message.c_str());
      return;
    }
  for (const auto &list : ids) {
    for (int32_t id : *list)
      std::printf("%d ", id);
    std::printf("|");
  }
  showHex(decoded(tokenizer, *ids[0]));
  std::printf("|");
  showHex(decoded(tokenizer, *ids[2]));
  std::printf("\n");
}

int main(int count, char **arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: vspec-tokenize-texts TOKENIZER\n");
    return 1;
  }
  Result<TokenizerModel> model = modelAt(arguments[1]);
  Result<Tokenizer> tokenizer = model ? Tokenizer::fromBytes(model->serialize()) : Result<Tokenizer>(model.error());
  if (!tokenizer) {
    std::fprintf(stderr, "%s\n", tokenizer.error().message.c_str());
    return 1;
  }
  unsigned char size[4];
  while (std::fread(size, 1, 4, stdin) == 4) {
    std::string text(size[0] | size[1] << 8 | size[2] << 16 | uint32_t(size[3]) << 24, '\0');
    if (std::fread(text.data(), 1, text.size(), stdin) != text.size())
      return 1;
    tokenize(*tokenizer, text);
  }
  return 0;
}
