#include "lib/Tokenizer/Protobuf.h"
#include <cstring>

namespace vspec {

bool ProtobufReader::varint(uint64_t &value) {
  value = 0;
  for (int shift = 0; shift < 64 && !rest.empty(); shift += 7) {
    const uint8_t byte = uint8_t(rest[0]);
    rest.remove_prefix(1);
    value |= uint64_t(byte & 0x7F) << shift;
    if (!(byte & 0x80))
      return true;
  }
  return false;
}

bool ProtobufReader::fixed(size_t size) {
  if (size > rest.size())
    return false;
  for (size_t i = 0; i < size; ++i)
    number |= uint64_t(uint8_t(rest[i])) << (8 * i);
  rest.remove_prefix(size);
  return true;
}

bool ProtobufReader::next() {
  if (rest.empty() || failed)
    return false;
  uint64_t tag = 0, size = 0;
  number = 0;
  bytes = {};
  bool good = varint(tag) && tag >> 3 != 0 && tag >> 3 <= 0x1FFFFFFF;
  field = uint32_t(tag >> 3);
  switch (tag & 7) {
  case 0:
    good = good && varint(number);
    break;
  case 1:
    good = good && fixed(8);
    break;
  case 2:
    good = good && varint(size) && size <= rest.size();
    if (good) {
      bytes = rest.substr(0, size);
      rest.remove_prefix(size);
    }
    break;
  case 5:
    good = good && fixed(4);
    break;
  default:
    good = false;
  }
  failed = !good;
  return good;
}

float ProtobufReader::asFloat() const {
  const uint32_t bits = uint32_t(number);
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

} // namespace vspec
