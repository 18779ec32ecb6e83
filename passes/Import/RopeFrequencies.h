// The angles of RoPE: one inverse frequency for each pair of a head that turns, all scaling for long contexts done. No MLIR.
#ifndef VSPEC_PASSES_IMPORT_ROPEFREQUENCIES_H
#define VSPEC_PASSES_IMPORT_ROPEFREQUENCIES_H
#include <cstdint>
#include <vector>

namespace vspec {

/// How a model stretches its frequencies to contexts longer than it was first trained on.
struct RopeScaling {
  enum class Kind { None, Linear, Llama3, YaRN };
  Kind kind = Kind::None;
  double factor = 1;                    // how much longer
  double lowFactor = 1, highFactor = 1; // Llama3: between which wavelengths the stretch sets in
  double betaFast = 32, betaSlow = 1;   // YaRN: between which turns over the original context the stretch sets in
  bool truncate = true;                 // YaRN: the pairs where it does are rounded outwards
  double originalContext = 1;           // Llama3, YaRN: what it was first trained on
  std::vector<float> factors;           // each frequency is divided by its own, after the above; empty: all 1
  double attentionFactor = 1;           // cos and sin are multiplied by it
};

/// How the heads of a layer turn.
struct Rope {
  double base = 10000;
  RopeScaling scaling;
  int64_t columns = 0; // of a head that turn, the first ones; 0: all
  double part = 1;     // of a head that turns, where a file does not tell
};

/// frequencies[i] = base^(-2 i / columns), scaled, for i < columns / 2. Computed in double and rounded once; the same bits
/// on every machine, since only + - * / and exact powers of two are used. Within one unit in the last place of what
/// transformers computes in f32.
///
/// Llama3 (as in transformers' modeling_rope_utils): a wavelength 2 pi / f above originalContext / lowFactor is stretched by
/// `factor`, one below originalContext / highFactor is kept, and between them f is interpolated.
///
/// YaRN (arXiv:2309.00071, as there): pair i turns originalContext f / (2 pi) times over the original context. Pairs that turn more
/// than betaFast times are kept, those that turn less than betaSlow times stretched by `factor`, and between them f is
/// interpolated, linearly in i.
std::vector<float> ropeFrequencies(int64_t columns, double base, const RopeScaling &scaling);

/// What YaRN multiplies cos and sin by: 1 + 0.1 mscale ln(factor) for factors above 1.
double yarnAttentionFactor(double factor, double mscale = 1);

/// base^exponent for base > 0, to 1e-13 of itself (1e-15 for the bases that models have).
double portablePower(double base, double exponent);

/// The natural logarithm of a positive number, to 1e-15 of itself.
double portableLog(double value);

} // namespace vspec
#endif
