#include "vspec/Support/ReadableBytes.h"
#include <cinttypes>
#include <cstdio>

std::string vspec::readableBytes(uint64_t bytes) {
  constexpr const char *units[] = {"KiB", "MiB", "GiB", "TiB"};
  char text[32];
  if (bytes < 1024) {
    std::snprintf(text, sizeof(text), "%" PRIu64 " B", bytes);
    return text;
  }
  double value = double(bytes) / 1024;
  int unit = 0;
  for (; value >= 1024 && unit < 3; ++unit)
    value /= 1024;
  std::snprintf(text, sizeof(text), "%.1f %s", value, units[unit]);
  return text;
}
