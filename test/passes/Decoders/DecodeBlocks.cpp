// vspec-decode-blocks TYPE COLUMNS: blocks of rows of so many columns on standard input become f32 on standard output.
#include "passes/Decoders/Decoders.h"
#include "vspec/Quant/BlockFormat.h"
#include "vspec/Quant/Codec.h"
#include <cstdio>
#include <cstdlib>
#include <iterator>

using namespace vspec;

static Result<std::vector<float>> decode(const char *name, int64_t columns, const std::vector<uint8_t> &bytes) {
  Result<int64_t> row = blocksBytes(name, columns);
  if (!row)
    return row.error();
  int64_t rows = *row ? int64_t(bytes.size()) / *row : 0;
  Result<CodedRows> coded = decodeBlocks(name, bytes.data(), int64_t(bytes.size()), rows, columns);
  if (!coded)
    return coded.error();
  return decodeRows(*normalForm(*blockFormat(name), columns), *coded);
}

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  addBuiltInDecoders();
  std::vector<uint8_t> bytes, part(1 << 16);
  while (size_t count = std::fread(part.data(), 1, part.size(), stdin))
    bytes.insert(bytes.end(), part.begin(), part.begin() + ptrdiff_t(count));
  Result<std::vector<float>> weights = decode(argv[1], std::atoll(argv[2]), bytes);
  if (!weights) {
    std::fprintf(stderr, "%s\n", weights.error().message.c_str());
    return 1;
  }
  return std::fwrite(weights->data(), 4, weights->size(), stdout) != weights->size();
}
