// Makes GGUF files byte by byte, right or wrong.
#ifndef VSPEC_TEST_UNIT_LIB_CHECKPOINT_GGUFBYTES_H
#define VSPEC_TEST_UNIT_LIB_CHECKPOINT_GGUFBYTES_H
#include "vspec/Checkpoint/GgufMetadata.h"
#include <cstring>
#include <string>
#include <vector>

namespace vspec {

struct GgufBytes {
  std::string bytes;

  template <typename T> GgufBytes &number(T value) {
    char raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof(T));
    bytes.append(raw, sizeof(T));
    return *this;
  }
  GgufBytes &u32(uint32_t value) { return number(value); }
  GgufBytes &u64(uint64_t value) { return number(value); }
  GgufBytes &text(std::string_view value) {
    u64(value.size());
    bytes += value;
    return *this;
  }
  GgufBytes &header(uint64_t tensors, uint64_t keys, uint32_t version = 3) {
    bytes += "GGUF";
    return u32(version).u64(tensors).u64(keys);
  }
  GgufBytes &key(std::string_view name, GgufType type) { return text(name).u32(uint32_t(type)); }
  GgufBytes &array(GgufType element, uint64_t count) { return u32(uint32_t(element)).u64(count); }
  /// Dimensions as the file has them: innermost first.
  GgufBytes &tensor(std::string_view name, std::vector<uint64_t> dimensions, uint32_t type, uint64_t offset) {
    text(name).u32(uint32_t(dimensions.size()));
    for (uint64_t extent : dimensions)
      u64(extent);
    return u32(type).u64(offset);
  }
  /// Pads to where the data begins, then `count` bytes 0, 1, 2, ...
  GgufBytes &data(uint64_t count, uint64_t alignment = 32) {
    bytes.resize((bytes.size() + alignment - 1) / alignment * alignment);
    for (uint64_t i = 0; i < count; ++i)
      bytes += char(i);
    return *this;
  }
};

} // namespace vspec
#endif
