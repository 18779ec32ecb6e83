// Our own elementary functions, equal bit for bit on every target with FMA: no libm, no approximate instructions.
#ifndef VSPEC_PASSES_LOWER_KERNELMATH_H
#define VSPEC_PASSES_LOWER_KERNELMATH_H
#include "passes/Lower/KernelWriter.h"

namespace vspec {

/// e^x for f32 vectors: range reduction by ln 2 in two parts and a polynomial of degree 6; relative error below 2e-7.
/// 0 below -87.3, which includes -infinity; e^88 above 88.
mlir::Value emitExp(KernelWriter &w, mlir::Value x);

/// x / (1 + e^-x).
mlir::Value emitSilu(KernelWriter &w, mlir::Value x);

/// 1 / (1 + e^-x).
mlir::Value emitSigmoid(KernelWriter &w, mlir::Value x);

/// x / (1 + e^(-1.702 x)) * (y + 1) of x at most 7 and y in -7..7.
mlir::Value emitClampedSwish(KernelWriter &w, mlir::Value x, mlir::Value y);

/// ln(1 + e^x), 0 below -87.3. By max(x, 0) + ln(1 + e^-|x|), whose logarithm is a series that nothing cancels in.
mlir::Value emitSoftplus(KernelWriter &w, mlir::Value x);

/// 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), by 1 + tanh u = 2 / (1 + e^-2u).
mlir::Value emitGeluTanh(KernelWriter &w, mlir::Value x);

/// 0.5 x (1 + erf(x / sqrt 2)): x times the share of the normal distribution that is below x. That below -|x| is e^(-x^2/2) times
/// a polynomial in 1 / (1 + 0.3125 |x|).
mlir::Value emitGelu(KernelWriter &w, mlir::Value x);

/// cap * tanh(x / cap), by tanh u = (1 - e^-2u) / (1 + e^-2u) for u >= 0; within 3e-7 of the cap.
mlir::Value emitSoftCap(KernelWriter &w, mlir::Value x, double cap);

/// Cosine and sine, as f32, of f64 vectors up to a million: reduced and evaluated in f64, rounded once.
std::pair<mlir::Value, mlir::Value> emitCosSin(KernelWriter &w, mlir::Value angle);

} // namespace vspec
#endif
