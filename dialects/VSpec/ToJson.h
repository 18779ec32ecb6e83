// A module as JSON, for programs that do not speak MLIR: python/vspec/reference.py runs it.
#ifndef VSPEC_DIALECTS_VSPEC_TOJSON_H
#define VSPEC_DIALECTS_VSPEC_TOJSON_H
#include "mlir/IR/BuiltinOps.h"
#include "vspec/Support/Result.h"
#include <string>

namespace vspec {

/// The weights, the caches and the operations of @step, from Import to Fuse. Values are numbers, in the order in which they
/// come about; a fused operation has a body of its own:
///   {"name": "tiny", "attributes": {"family": "llama", "vocabulary": 512},
///    "weights": {"up": {"rows": 172, "columns": 64, "format": "f32", "layout": "unpacked", "source": "...",
///                       "transforms": [{"scale_by": "up.scale"}]}},
///    "caches": {"cache.0": {"heads": 4, "head_size": 8, "window": 0, "k": "f16", "v": "f16", "capacity": 512, "ring": false}},
///    "step": {"arguments": [0, 1],
///             "operations": [{"op": "linear", "location": "blk.0.ffn_up", "operands": [2], "results": [3],
///                             "attributes": {"weight": "up"}},
///                            {"op": "return", "operands": [3], "results": []}]}}
/// Fails if there is no @step or it holds what the dialect does not know.
Result<std::string> moduleToJson(mlir::ModuleOp module);

} // namespace vspec
#endif
