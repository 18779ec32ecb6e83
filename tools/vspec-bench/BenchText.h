// Results as tables for people.
#ifndef VSPEC_TOOLS_VSPECBENCH_BENCHTEXT_H
#define VSPEC_TOOLS_VSPECBENCH_BENCHTEXT_H
#include "BenchReport.h"

namespace vspec {

std::string benchText(const BenchReport &report);

} // namespace vspec
#endif
