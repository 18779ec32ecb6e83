// A whole report as one page of HTML, with nothing from outside: it is also well-formed XML.
#ifndef VSPEC_TOOLS_VSPECBENCH_ROOFLINEPAGE_H
#define VSPEC_TOOLS_VSPECBENCH_ROOFLINEPAGE_H
#include "BenchReport.h"

namespace vspec {

std::string rooflinePage(const BenchReport &report);

} // namespace vspec
#endif
