// SHA-256 (FIPS 180-4), computed by libcrypto, which uses the processor's SHA instructions where there are any.
#ifndef VSPEC_SUPPORT_SHA256_H
#define VSPEC_SUPPORT_SHA256_H
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vspec {

using Digest = std::array<uint8_t, 32>;

/// A hash in the making: any number of updates, then one finish. A copy goes on by itself.
class Sha256 {
public:
  Sha256();
  void update(const void *bytes, size_t count);
  Digest finish();

private:
  alignas(8) unsigned char state[112]; // libcrypto's SHA256_CTX
};

Digest sha256(const void *bytes, size_t count);
inline Digest sha256(std::string_view bytes) { return sha256(bytes.data(), bytes.size()); }

/// 64 lower-case hexadecimal digits.
std::string toHex(const Digest &digest);

} // namespace vspec
#endif
