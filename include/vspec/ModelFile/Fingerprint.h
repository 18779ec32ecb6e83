// What a saved state is bound to: the launch lists and weights that made it. Code, tokenizer and template may change.
#ifndef VSPEC_MODELFILE_FINGERPRINT_H
#define VSPEC_MODELFILE_FINGERPRINT_H
#include "vspec/ModelFormat.h"
#include "vspec/Support/Sha256.h"

namespace vspec {

/// SHA-256 over the hashes of the Program and Weights sections, in the order of the table.
Digest modelFingerprint(const file::Section *sections, uint32_t count);

} // namespace vspec
#endif
