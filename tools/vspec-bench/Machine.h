// What a measurement says about the machine that it was made on.
#ifndef VSPEC_TOOLS_VSPECBENCH_MACHINE_H
#define VSPEC_TOOLS_VSPECBENCH_MACHINE_H
#include <cstdint>
#include <string>

namespace vspec {

struct Machine {
  std::string processor; // its name
  unsigned processors;   // that this process may use
  std::string governor;  // of the clock; empty where the system does not tell
  double load;           // processes that wanted to run in the last minute, this one included; negative: not known
  uint64_t cacheBytes;   // of the last level; 0 where the system does not tell
};

Machine thisMachine();

} // namespace vspec
#endif
