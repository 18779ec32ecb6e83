#ifndef VSPEC_SUPPORT_READABLEBYTES_H
#define VSPEC_SUPPORT_READABLEBYTES_H
#include <cstdint>
#include <string>

namespace vspec {

/// 512 B, 1.5 KiB, 3.2 MiB, 7.0 GiB: for people.
std::string readableBytes(uint64_t bytes);

} // namespace vspec
#endif
