// Rooflines as tables for people.
#ifndef VSPEC_TOOLS_VSPECBENCH_ROOFLINETEXT_H
#define VSPEC_TOOLS_VSPECBENCH_ROOFLINETEXT_H
#include "Roofline.h"

namespace vspec {

std::string rooflineText(const Roofline &roofline);
/// "82 launches, each with a barrier at its end; ...": where the time outside of the kernels is.
std::string launchesText(const Roofline &roofline);

} // namespace vspec
#endif
