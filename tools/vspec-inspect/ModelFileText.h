// A model file for people to read.
#ifndef VSPEC_TOOLS_VSPECINSPECT_MODELFILETEXT_H
#define VSPEC_TOOLS_VSPECINSPECT_MODELFILETEXT_H
#include "ModelFileView/ModelFileView.h"

namespace vspec {

/// Sections, manifest, memory, launch lists and provenance, some lines each.
Result<std::string> modelFileText(const ModelFileView &file);

} // namespace vspec
#endif
