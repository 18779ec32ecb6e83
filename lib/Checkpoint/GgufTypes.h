// What the GGUF reader and the metadata's accessors both know about value types.
#ifndef VSPEC_LIB_CHECKPOINT_GGUFTYPES_H
#define VSPEC_LIB_CHECKPOINT_GGUFTYPES_H
#include "vspec/Checkpoint/GgufMetadata.h"

namespace vspec {

constexpr uint32_t ggufTypes = 13;

/// Bytes of a number or bool; 0 for strings and arrays, which say it themselves.
constexpr uint64_t ggufNumberBytes(GgufType type) {
  constexpr uint8_t bytes[ggufTypes] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
  return bytes[uint32_t(type)];
}

/// Fewest bytes that a value can have: its count for a string, element type and count for an array.
constexpr uint64_t ggufLeastBytes(GgufType type) {
  return type == GgufType::String ? 8 : type == GgufType::Array ? 12 : ggufNumberBytes(type);
}

/// Takes a value off the front of `rest`, which the reader has checked.
GgufValue takeGgufValue(GgufType type, std::string_view &rest);

} // namespace vspec
#endif
