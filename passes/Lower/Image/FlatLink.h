// Objects to one segment of bytes that is right at every address.
#ifndef VSPEC_PASSES_LOWER_IMAGE_FLATLINK_H
#define VSPEC_PASSES_LOWER_IMAGE_FLATLINK_H
#include "vspec/Support/Result.h"
#include <cstdint>
#include <string>
#include <vector>

namespace vspec {

struct FlatCode {
  struct Function {
    std::string name;
    uint64_t offset, bytes;
  };
  std::vector<uint8_t> bytes;
  std::vector<Function> functions; // by offset
};

/// Links objects twice, at two addresses, keeps what `entries` reach, and compares. One call at a time: lld has global state.
Result<FlatCode> linkFlat(const std::vector<std::string> &objects, const std::vector<std::string> &entries);

} // namespace vspec
#endif
