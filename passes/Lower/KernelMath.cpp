#include "passes/Lower/KernelMath.h"

using namespace mlir;
using namespace vspec;

namespace {
// ((c0 x + c1) x + c2) ...
Value polynomial(KernelWriter &w, Value x, ArrayRef<double> coefficients) {
  Value result = w.real(x.getType(), coefficients[0]);
  for (double c : coefficients.drop_front())
    result = w.fma(result, x, w.real(x.getType(), c));
  return result;
}
} // namespace

Value vspec::emitExp(KernelWriter &w, Value x) {
  Type type = x.getType();
  int64_t lanes = cast<VectorType>(type).getDimSize(0);
  Value low = w.real(type, -87.3), high = w.real(type, 88.0);
  Value tiny = w.lessf(x, low);
  Value clamped = w.lesserOf(w.greaterOf(x, low), high);
  Value n = w.roundEven(w.mulf(clamped, w.real(type, 1.4426950408889634)));
  Value r = w.fma(n, w.real(type, -0.693359375), clamped);
  r = w.fma(n, w.real(type, 2.12194440e-4), r);
  // Cephes' expf: e^r = 1 + r + r^2 P(r) for |r| <= ln 2 / 2.
  Value p = polynomial(w, r, {1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1});
  Value result = w.addf(w.fma(p, w.mulf(r, r), r), w.real(type, 1));
  // Times 2^n: the product is never subnormal, so it is a sum of exponents.
  VectorType bits = w.vec(lanes, w.i32());
  result = w.bitcast(w.add(w.bitcast(result, bits), w.shiftLeft(w.toInteger(n, bits), 23)), type);
  return w.select(tiny, w.real(type, 0), result);
}

Value vspec::emitSilu(KernelWriter &w, Value x) {
  Value one = w.real(x.getType(), 1);
  return w.divf(x, w.addf(one, emitExp(w, w.negf(x))));
}

Value vspec::emitSigmoid(KernelWriter &w, Value x) {
  Value one = w.real(x.getType(), 1);
  return w.divf(one, w.addf(one, emitExp(w, w.negf(x))));
}

Value vspec::emitClampedSwish(KernelWriter &w, Value x, Value y) {
  Type type = x.getType();
  Value limit = w.real(type, 7), one = w.real(type, 1);
  Value gate = w.lesserOf(x, limit), value = w.greaterOf(w.lesserOf(y, limit), w.real(type, -7));
  Value swish = w.divf(gate, w.addf(one, emitExp(w, w.mulf(gate, w.real(type, -1.702)))));
  return w.mulf(swish, w.addf(value, one));
}

// ln(1 + u) = 2 artanh(s) = 2 s (1 + s^2/3 + s^4/5 + ...) with s = u / (2 + u), at most 1/3: the first term left out is below 2e-9.
Value vspec::emitSoftplus(KernelWriter &w, Value x) {
  Type type = x.getType();
  Value u = emitExp(w, w.negf(w.absf(x)));
  Value s = w.divf(u, w.addf(w.real(type, 2), u)), twice = w.addf(s, s);
  Value z = w.mulf(s, s);
  Value series = polynomial(w, z, {1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9, 1.0 / 7, 1.0 / 5, 1.0 / 3});
  Value logarithm = w.fma(w.mulf(series, z), twice, twice);
  return w.addf(w.greaterOf(x, w.real(type, 0)), logarithm);
}

// 1 + tanh u = 2 / (1 + e^-2u), so nothing cancels where tanh u is near -1.
Value vspec::emitGeluTanh(KernelWriter &w, Value x) {
  Type type = x.getType();
  Value cube = w.mulf(w.mulf(x, x), x);
  Value u2 = w.mulf(w.fma(cube, w.real(type, 0.044715), x), w.real(type, 2 * 0.7978845608028654));
  return w.divf(x, w.addf(w.real(type, 1), emitExp(w, w.negf(u2))));
}

Value vspec::emitSoftCap(KernelWriter &w, Value x, double cap) {
  Type type = x.getType();
  Value one = w.real(type, 1), e = emitExp(w, w.mulf(w.absf(x), w.real(type, -2 / cap)));
  Value bounded = w.mulf(w.divf(w.subf(one, e), w.addf(one, e)), w.real(type, cap));
  return w.select(w.lessf(x, w.real(type, 0)), w.negf(bounded), bounded);
}

Value vspec::emitGelu(KernelWriter &w, Value x) {
  Type type = x.getType();
  Value one = w.real(type, 1), size = w.absf(x);
  Value t = w.divf(one, w.fma(size, w.real(type, 0.3125), one));
  // Minimax in relative error from 0 to 13.3, where e^(-x^2/2) ends: off by less than 1e-8.
  Value p = polynomial(w, t,
                       {-1.847957261e-02, 8.844598383e-02, -1.440061778e-01, 6.477150321e-02, 5.433238577e-03, 5.123651028e-02,
                        9.158306569e-02, 1.115632802e-01, 1.247887686e-01, 1.246633977e-01});
  Value below = w.mulf(w.mulf(p, t), emitExp(w, w.mulf(w.mulf(size, w.real(type, -0.5)), size)));
  return w.mulf(x, w.select(w.lessf(x, w.real(type, 0)), below, w.subf(one, below)));
}

std::pair<Value, Value> vspec::emitCosSin(KernelWriter &w, Value x) {
  int64_t lanes = cast<VectorType>(x.getType()).getDimSize(0);
  Type f64 = w.vec(lanes, w.f64()), i32 = w.vec(lanes, w.i32()), f32 = w.vec(lanes);
  Value k = w.roundEven(w.mulf(x, w.real(f64, 0.63661977236758134308)));
  Value r = w.fma(k, w.real(f64, -1.57079632679489655800), x);
  r = w.fma(k, w.real(f64, -6.12323399573676603587e-17), r);
  Value z = w.mulf(r, r);
  // Taylor series: |r| <= pi / 4, so the first term left out is below 1e-12.
  Value sine =
      w.fma(w.mulf(polynomial(w, z, {1.0 / 6227020800, -1.0 / 39916800, 1.0 / 362880, -1.0 / 5040, 1.0 / 120, -1.0 / 6}), z), r, r);
  Value cosine = w.fma(polynomial(w, z, {1.0 / 479001600, -1.0 / 3628800, 1.0 / 40320, -1.0 / 720, 1.0 / 24, -0.5}), z, w.real(f64, 1));
  Value quadrant = w.toInteger(k, i32);
  Value odd = w.equal(w.bitAnd(quadrant, 1), w.integer(i32, 1));
  auto signedBy = [&](Value value, Value bits) { // negative where bit 1 is set
    return w.select(w.equal(w.bitAnd(bits, 2), w.integer(i32, 2)), w.negf(value), value);
  };
  Value sin = signedBy(w.select(odd, cosine, sine), quadrant);
  Value cos = signedBy(w.select(odd, sine, cosine), w.add(quadrant, 1));
  return {w.truncatef(cos, f32), w.truncatef(sin, f32)};
}
