// Small floating-point numbers as bits, to and from f32: f16, bf16, e8m0, e4m3, and any float{e, m} of at most 16 bits.
// Widening is exact; narrowing rounds to nearest even. No compiler half types, so bits never depend on the compiler.
#ifndef VSPEC_SUPPORT_SMALLFLOAT_H
#define VSPEC_SUPPORT_SMALLFLOAT_H
#include <cmath>
#include <cstdint>
#include <cstring>

namespace vspec {

inline float floatOfBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

inline uint32_t bitsOfFloat(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

inline float halfToFloat(uint16_t half) {
  uint32_t sign = uint32_t(half & 0x8000) << 16, rest = half & 0x7fff;
  if (rest >= 0x7c00) // infinity, NaN
    return floatOfBits(sign | 0x7f800000 | rest << 13);
  if (rest >= 0x400)
    return floatOfBits(sign | ((112u << 23) + (rest << 13)));
  // Subnormal: the digits below a leading one that is taken away again.
  return floatOfBits(sign | bitsOfFloat(floatOfBits((113u << 23) | rest << 13) - 0x1p-14f));
}

/// Above 65504 it is infinity, as IEEE has it.
inline uint16_t floatToHalf(float value) {
  uint32_t bits = bitsOfFloat(value), sign = bits >> 16 & 0x8000, rest = bits & 0x7fffffff;
  if (rest > 0x7f800000) // NaN stays NaN
    return uint16_t(sign | 0x7e00 | (rest >> 13 & 0x3ff));
  if (rest >= 0x477ff000) // 65520 and more
    return uint16_t(sign | 0x7c00);
  if (rest < 0x38800000) // subnormal: the sum with 0.5 has its last digit at 2^-24
    return uint16_t(sign | (bitsOfFloat(floatOfBits(rest) + 0.5f) - 0x3f000000));
  rest += 0xfff + (rest >> 13 & 1);
  return uint16_t(sign | (rest - (112u << 23)) >> 13);
}

inline float bfloatToFloat(uint16_t bits) { return floatOfBits(uint32_t(bits) << 16); }

inline uint16_t floatToBfloat(float value) {
  uint32_t bits = bitsOfFloat(value);
  if ((bits & 0x7fffffff) > 0x7f800000)
    return uint16_t(bits >> 16 | 0x40);
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/// 2^(bits - 127), a scale. 0 is the subnormal 2^-127; 255 (NaN in OCP's MX) comes out as infinity, as kernels do it.
inline float e8m0ToFloat(uint8_t bits) { return floatOfBits(bits ? uint32_t(bits) << 23 : 0x400000); }

/// The nearest power of two, 2^-127 for what is not positive, and at most 2^127.
inline uint8_t floatToE8m0(float value) {
  if (!(value > 0))
    return 0;
  uint32_t bits = bitsOfFloat(value);
  bits = (bits + 0x3fffff + (bits >> 23 & 1)) >> 23;
  return uint8_t(bits < 254 ? bits : 254);
}

/// The magnitude of float{exponent, mantissa}, sign bit left out, as if no code were infinity or NaN.
inline float smallMagnitude(unsigned exponentBits, unsigned mantissaBits, uint32_t code) {
  int bias = (1 << (exponentBits - 1)) - 1, exponent = int(code >> mantissaBits);
  uint32_t mantissa = code & ((1u << mantissaBits) - 1);
  if (exponent == 0)
    return std::ldexp(float(mantissa), 1 - bias - int(mantissaBits));
  return std::ldexp(float(mantissa | 1u << mantissaBits), exponent - bias - int(mantissaBits));
}

/// A code of float{exponent, mantissa}: sign, exponent, mantissa. Of OCP's formats e4m3 has a NaN (all ones), e5m2 infinities and
/// NaNs (exponent all ones); the others are finite throughout.
inline float smallFloat(unsigned exponentBits, unsigned mantissaBits, uint32_t code) {
  uint32_t sign = code >> (exponentBits + mantissaBits) & 1, rest = code & ((1u << (exponentBits + mantissaBits)) - 1);
  float magnitude = smallMagnitude(exponentBits, mantissaBits, rest);
  if (exponentBits == 4 && mantissaBits == 3 && rest == 0x7f)
    magnitude = floatOfBits(0x7fc00000);
  if (exponentBits == 5 && mantissaBits == 2 && rest >= 0x7c)
    magnitude = floatOfBits(rest == 0x7c ? 0x7f800000 : 0x7fc00000);
  return sign ? 0 - magnitude : magnitude;
}

/// The nearest magnitude of float{exponent, mantissa} as if the exponent had no end: the caller compares with its largest
/// code. `value` is finite and not negative.
inline uint64_t nearestMagnitude(unsigned exponentBits, unsigned mantissaBits, float value) {
  int least = 2 - (1 << (exponentBits - 1)), exponent = 0;
  std::frexp(value, &exponent);
  exponent = value == 0 || exponent - 1 < least ? least : exponent - 1;
  double digits = std::nearbyint(std::ldexp(double(value), int(mantissaBits) - exponent));
  return (uint64_t(exponent - least) << mantissaBits) + uint64_t(digits);
}

/// OCP's e4m3: largest 448, no infinity, NaN is 0x7f.
inline float e4m3ToFloat(uint8_t bits) {
  if ((bits & 0x7f) == 0x7f)
    return floatOfBits(0x7fc00000 | uint32_t(bits & 0x80) << 24);
  float magnitude = smallMagnitude(4, 3, bits & 0x7f);
  return bits & 0x80 ? -magnitude : magnitude;
}

/// What would be more than 448 is NaN.
inline uint8_t floatToE4m3(float value) {
  uint8_t sign = std::signbit(value) ? 0x80 : 0;
  if (!std::isfinite(value))
    return sign | 0x7f;
  uint64_t code = nearestMagnitude(4, 3, std::fabs(value));
  return sign | uint8_t(code < 0x7f ? code : 0x7f);
}

} // namespace vspec
#endif
