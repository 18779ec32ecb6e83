// Prints what the checkpoint readers see, one line for each thing, for comparison with other readers:
//   tensor <tab> name <tab> encoding <tab> rows,columns,... <tab> SHA-256 of the bytes
//   key <tab> name <tab> value                              (GGUF; strings and names in hexadecimal)
#include "vspec/Checkpoint/Checkpoint.h"
#include <cinttypes>
#include <cstdio>

using namespace vspec;

static std::string hexadecimal(std::string_view text) {
  std::string digits;
  for (unsigned char byte : text)
    digits += {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]};
  return digits;
}

static std::string describe(const GgufValue &value) {
  if (auto elements = value.elements()) {
    std::string all;
    for (const GgufValue &element : *elements)
      all += (all.empty() ? "" : ",") + describe(element);
    return "[" + all + "]";
  }
  if (auto text = value.string())
    return "'" + hexadecimal(*text);
  if (auto boolean = value.boolean())
    return *boolean ? "true" : "false";
  if (auto integer = value.integer())
    return std::to_string(*integer);
  char digits[40];
  std::snprintf(digits, sizeof(digits), "%.17g", *value.number());
  return digits;
}

int main(int count, char **arguments) {
  if (count != 2)
    return std::fprintf(stderr, "usage: vspec-list-checkpoint PATH\n"), 2;
  Result<Checkpoint> checkpoint = Checkpoint::open(arguments[1]);
  if (!checkpoint)
    return std::fprintf(stderr, "%s\n", checkpoint.error().message.c_str()), 1;
  for (const Tensor &tensor : checkpoint->tensors()) {
    std::string shape;
    for (int64_t extent : tensor.shape)
      shape += (shape.empty() ? "" : ",") + std::to_string(extent);
    std::printf("tensor\t%s\t%s\t%s\t%s\n", hexadecimal(tensor.name).c_str(), encodingName(tensor.encoding), shape.c_str(),
                toHex(sha256(tensor.data, tensor.bytes)).c_str());
  }
  if (checkpoint->kind() == Checkpoint::Kind::Gguf)
    for (const GgufMetadata::Entry &entry : checkpoint->metadata().entries())
      std::printf("key\t%s\t%s\n", hexadecimal(entry.key).c_str(), describe(entry.value).c_str());
  return 0;
}
