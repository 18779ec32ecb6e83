// What a kernel multiplies, known from its body without running it.
#ifndef VSPEC_PASSES_EMIT_KERNELWORK_H
#define VSPEC_PASSES_EMIT_KERNELWORK_H
#include "dialects/VExec/VExec.h"

namespace vspec {

/// Multiplications, nearly all with an addition, by the type of both factors.
struct Products {
  int64_t int8 = 0, f32 = 0;
};

/// Of linears, attention and recurrences; norms, activations and the like weigh nothing beside them. Linears that skip zeros are not
/// counted: how much they multiply is the rows' affair.
struct KernelWork {
  Products row;   // for each row that the kernel computes; of experts for those that the row chooses
  Products token; // for each row and each token of the cache that the row reads
};

KernelWork workOf(vexec::KernelOp kernel);

} // namespace vspec
#endif
