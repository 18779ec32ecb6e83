// A model file for programs to read.
#ifndef VSPEC_TOOLS_VSPECINSPECT_MODELFILEJSON_H
#define VSPEC_TOOLS_VSPECINSPECT_MODELFILEJSON_H
#include "ModelFileView/ModelFileView.h"

namespace vspec {

/// One object with "file", "bytes", "version", "sections", "manifest", "programs" and "provenance".
Result<std::string> modelFileJSON(const ModelFileView &file);

} // namespace vspec
#endif
