#include "ModelFileView/ProvenanceJSON.h"
#include "vspec/Support/Json.h"

namespace vspec {

Result<nlohmann::ordered_json> provenanceJSON(const ModelFileView &file) {
  auto text = file.find(file::SectionKind::Provenance);
  if (!text)
    return text.error();
  if (text->empty())
    return nlohmann::ordered_json();
  // Ours first: it bounds the depth, on which printing recurses.
  if (auto parsed = Json::parse(*text, file.path() + " (provenance)"); !parsed)
    return parsed.error();
  return nlohmann::ordered_json::parse(*text, nullptr, /*allow_exceptions=*/false);
}

} // namespace vspec
