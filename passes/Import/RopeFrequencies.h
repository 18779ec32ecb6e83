// The angles of RoPE: one inverse frequency for each pair of a head, all scaling for long contexts done. No MLIR.
#ifndef VSPEC_PASSES_IMPORT_ROPEFREQUENCIES_H
#define VSPEC_PASSES_IMPORT_ROPEFREQUENCIES_H
#include <cstdint>
#include <vector>

namespace vspec {

/// How a model stretches its frequencies to contexts longer than it was first trained on.
struct RopeScaling {
  enum class Kind { None, Linear, Llama3 };
  Kind kind = Kind::None;
  double factor = 1;                    // Linear, Llama3: how much longer
  double lowFactor = 1, highFactor = 1; // Llama3: between which wavelengths the stretch sets in
  double originalContext = 1;           // Llama3: what it was first trained on
  std::vector<float> factors;           // each frequency is divided by its own, after the above; empty: all 1
};

/// frequencies[i] = base^(-2 i / headSize), scaled, for i < headSize / 2. Computed in double and rounded once; the same bits
/// on every machine, since only + - * / and exact powers of two are used. Within one unit in the last place of what
/// transformers computes in f32.
///
/// Llama3 (as in transformers' modeling_rope_utils): a wavelength 2 pi / f above originalContext / lowFactor is stretched by
/// `factor`, one below originalContext / highFactor is kept, and between them f is interpolated.
std::vector<float> ropeFrequencies(int64_t headSize, double base, const RopeScaling &scaling);

/// base^exponent for base > 0, to 1e-13 of itself (1e-15 for the bases that models have).
double portablePower(double base, double exponent);

} // namespace vspec
#endif
