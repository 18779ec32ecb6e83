// Results for programs to read.
#ifndef VSPEC_TOOLS_VSPECBENCH_BENCHJSON_H
#define VSPEC_TOOLS_VSPECBENCH_BENCHJSON_H
#include "BenchReport.h"

namespace vspec {

/// One object with "version", "machine", "model", "settings", "probes", "prefill", "decode" and, with --roofline, "rooflines". Rates are
/// per second in plain units; what was repeated is {"median": .., "min": .., "max": ..}.
std::string benchJSON(const BenchReport &report);

} // namespace vspec
#endif
