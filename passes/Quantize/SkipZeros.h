// Where most numbers of a row are zero: linears become those that do not read what meets only zeros.
#ifndef VSPEC_PASSES_QUANTIZE_SKIPZEROS_H
#define VSPEC_PASSES_QUANTIZE_SKIPZEROS_H
#include "dialects/VSpec/VSpec.h"

namespace vspec {

/// gate(excess(g), linear(x, up))     -->  gated_linear(excess(g), x, up)
/// linear(gate(excess(g), y), down)   -->  sum_parts(sparse_linear(gate(excess(g), y), transposed down))
/// Only if the weight's rows can be cut in its final format, and, of `down`, if its source can be read transposed: `areFloats` are the
/// weights whose source is plain floats. A remark says why another one is read whole.
void skipZeros(mlir::ModuleOp module, const llvm::DenseSet<mlir::Operation *> &areFloats);

} // namespace vspec
#endif
