// Hashes with libcrypto's own SHA-256 functions. They are marked deprecated in favour of EVP, which allocates, can fail,
// and reads the machine's OpenSSL configuration; a hash of bytes should do none of that.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "vspec/Support/Sha256.h"
#include <new>
#include <openssl/sha.h>

using namespace vspec;

static SHA256_CTX *context(unsigned char *state) { return std::launder(reinterpret_cast<SHA256_CTX *>(state)); }

Sha256::Sha256() {
  static_assert(sizeof(state) >= sizeof(SHA256_CTX) && alignof(SHA256_CTX) <= 8);
  SHA256_Init(new (state) SHA256_CTX);
}

void Sha256::update(const void *bytes, size_t count) { SHA256_Update(context(state), bytes, count); }

Digest Sha256::finish() {
  Digest digest;
  SHA256_Final(digest.data(), context(state));
  return digest;
}

Digest vspec::sha256(const void *bytes, size_t count) {
  Sha256 hash;
  hash.update(bytes, count);
  return hash.finish();
}

std::string vspec::toHex(const Digest &digest) {
  std::string text;
  for (uint8_t byte : digest)
    text += {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]};
  return text;
}
