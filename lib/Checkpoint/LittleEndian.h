// Numbers as checkpoint files store them.
#ifndef VSPEC_LIB_CHECKPOINT_LITTLEENDIAN_H
#define VSPEC_LIB_CHECKPOINT_LITTLEENDIAN_H
#include <cstring>
#include <string_view>

namespace vspec {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "files are read as they lie");

/// The number at the start of `bytes`, which need not be aligned. The caller has checked that it is there.
template <typename T> T loadLittle(std::string_view bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

} // namespace vspec
#endif
