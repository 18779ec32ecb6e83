#include "vspec/ModelFile/Fingerprint.h"

namespace vspec {

Digest modelFingerprint(const file::Section *sections, uint32_t count) {
  Sha256 hash;
  for (uint32_t i = 0; i < count; ++i)
    if (sections[i].kind == file::SectionKind::Program || sections[i].kind == file::SectionKind::Weights)
      hash.update(sections[i].hash, sizeof sections[i].hash);
  return hash.finish();
}

} // namespace vspec
