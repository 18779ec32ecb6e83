// Reads a message of Protocol Buffers field by field. The bytes may be hostile.
#ifndef VSPEC_LIB_TOKENIZER_PROTOBUF_H
#define VSPEC_LIB_TOKENIZER_PROTOBUF_H
#include <cstdint>
#include <string_view>

namespace vspec {

class ProtobufReader {
public:
  explicit ProtobufReader(std::string_view message) : rest(message) {}

  uint32_t field = 0;     // of the value that next() read
  uint64_t number = 0;    // varint or fixed bits; 0 of bytes
  std::string_view bytes; // length-delimited; else empty
  bool failed = false;    // the message ends within a field, or has a wire type that is not known

  /// Reads a field. False at the end, and where the message is broken.
  bool next();

  float asFloat() const;

private:
  bool varint(uint64_t &value);
  bool fixed(size_t size);
  std::string_view rest;
};

} // namespace vspec
#endif
