// The provenance section as a JSON value.
#ifndef VSPEC_TOOLS_MODELFILEVIEW_PROVENANCEJSON_H
#define VSPEC_TOOLS_MODELFILEVIEW_PROVENANCEJSON_H
#include "ModelFileView/ModelFileView.h"
#include <nlohmann/json.hpp>

namespace vspec {

/// null if the file has none. An error if it is not JSON.
Result<nlohmann::ordered_json> provenanceJSON(const ModelFileView &file);

} // namespace vspec
#endif
