// Any text is a decoder of --format-library or a refusal in one line; a decoder reads its block and nothing beside it, and prints as
// what parses again.
//
// Half of the changes put a word of the text, or a number at an edge, in the place of another: bytes alone seldom pass MLIR's parser.
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "passes/Decoders/MLIRDecoder.h"
#include "vspec/Support/Quote.h"
#include <cstdlib>
#include <cstring>
#include <random>

using namespace mlir;
using namespace vspec;

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

static void insist(bool holds) {
  if (!holds)
    std::abort();
}

static void insistOneLine(const Error &error) {
  insist(isUtf8(error.message));
  for (char c : error.message)
    insist(uint8_t(c) >= 0x20 && c != 0x7f);
}

static void use(const MLIRDecoder &decoder) {
  insist(decoder.columns >= 16 && decoder.columns <= 1024 && decoder.bytes >= 1 && decoder.bytes <= 4096 && decoder.group >= 4);
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<arith::ArithDialect, func::FuncDialect, memref::MemRefDialect>();
  insist(bool(decoder.blockModule(context)));
  // Of their exact sizes, so that a step beside them is seen.
  std::vector<uint8_t> block(decoder.bytes, 0xa5), codes(decoder.columns);
  std::vector<float> scales(decoder.columns / decoder.group);
  block.shrink_to_fit();
  decoder.decode(block.data(), codes.data(), scales.data());
}

static bool isOfWord(char c) { return isalnum(static_cast<unsigned char>(c)) || strchr("_.%@!#\"-", c); }

/// Where the word lies that starts at or behind a random place; empty if there is none.
static std::string_view randomWord(std::string_view text, std::mt19937 &random) {
  size_t begin = random() % text.size();
  while (begin < text.size() && !isOfWord(text[begin]))
    ++begin;
  while (begin > 0 && begin < text.size() && isOfWord(text[begin - 1]))
    --begin;
  size_t end = begin;
  while (end < text.size() && isOfWord(text[end]))
    ++end;
  return text.substr(begin, end - begin);
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
  static constexpr std::string_view edges[] = {"0",
                                               "1",
                                               "-1",
                                               "7",
                                               "8",
                                               "31",
                                               "32",
                                               "63",
                                               "64",
                                               "127",
                                               "128",
                                               "i1",
                                               "i8",
                                               "i16",
                                               "i32",
                                               "i64",
                                               "f32",
                                               "f16",
                                               "bf16",
                                               "index",
                                               "4096",
                                               "?",
                                               "65536",
                                               "65537",
                                               "4294967296",
                                               "18446744073709551615",
                                               "0x7FF8000000000000"};
  std::mt19937 random(seed);
  if (size == 0 || random() % 2)
    return LLVMFuzzerMutate(data, size, most);
  const std::string text(reinterpret_cast<const char *>(data), size);
  const std::string_view there = randomWord(text, random);
  const std::string_view instead = random() % 3 ? randomWord(text, random) : edges[random() % std::size(edges)];
  std::string changed = text;
  changed.replace(size_t(there.data() - text.data()), there.size(), instead);
  if (changed.size() > most)
    return size;
  memcpy(data, changed.data(), changed.size());
  return changed.size();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Result<std::unique_ptr<const MLIRDecoder>> decoder = MLIRDecoder::parse({reinterpret_cast<const char *>(data), size}, "fuzz.mlir");
  if (decoder)
    use(**decoder);
  else
    insistOneLine(decoder.error());
  return 0;
}
