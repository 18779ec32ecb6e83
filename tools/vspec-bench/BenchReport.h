// Everything that a report tells, as text, JSON or a page.
#ifndef VSPEC_TOOLS_VSPECBENCH_BENCHREPORT_H
#define VSPEC_TOOLS_VSPECBENCH_BENCHREPORT_H
#include "Bench.h"
#include "Machine.h"
#include "Roofline.h"

namespace vspec {

struct BenchReport {
  std::string path, fingerprint; // hexadecimal
  uint64_t fileBytes;
  std::string compiler, flags;
  Machine machine;
  std::string readName, int8Name, f32Name; // of the machine's loops
  uint64_t bufferBytes;
  BenchResults results;
  std::vector<Roofline> rooflines;
};

} // namespace vspec
#endif
