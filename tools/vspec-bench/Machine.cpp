#include "Machine.h"
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sched.h>

namespace vspec {
namespace {

/// The first line of a file; empty if there is none.
std::string firstLine(const char *path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string processorName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.compare(0, 10, "model name") == 0)
      if (const size_t colon = line.find(": "); colon != std::string::npos)
        return line.substr(colon + 2);
  return "unknown processor";
}

unsigned usableProcessors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  const int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
  return count > 0 ? unsigned(count) : 1;
}

/// The largest cache of the first processor.
uint64_t lastCacheBytes() {
  uint64_t most = 0;
  for (int index = 0; index < 8; ++index) {
    const std::string size = firstLine(("/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/size").c_str());
    most = std::max<uint64_t>(most, std::strtoull(size.c_str(), nullptr, 10) * 1024); // "32768K"
  }
  return most;
}

} // namespace

Machine thisMachine() {
  Machine machine;
  machine.processor = processorName();
  machine.processors = usableProcessors();
  machine.governor = firstLine("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  const std::string load = firstLine("/proc/loadavg");
  machine.load = load.empty() ? -1 : std::strtod(load.c_str(), nullptr);
  machine.cacheBytes = lastCacheBytes();
  return machine;
}

} // namespace vspec
