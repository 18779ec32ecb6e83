// The passes of the Lower stage.
#ifndef VSPEC_PASSES_LOWER_PASSES_TD
#define VSPEC_PASSES_LOWER_PASSES_TD
include "mlir/Pass/PassBase.td"

def BuildKernels : Pass<"vspec-build-kernels", "::mlir::ModuleOp"> {
  let summary = "writes the functions of each kernel for the registers of one target";
  let description = [{
    Needs `vexec.kernel` operations as PlanMemory leaves them, with packed weights and planned caches. Leaves for each a
    function `@<kernel>.tile` and, where the launch prepares rows, `@<kernel>.prologue`, as KernelABI.h says, in vkern, scf,
    arith, math, vector and llvm; the module holds nothing else but the tables of decoders. `vexec.scratch_bytes` of a tile
    function is what a worker needs for the row capacity, `vexec.panel_bytes` what the prepared rows do. What a kernel computes does not depend on the target, only with which registers.
  }];
  let options = [
    Option<"registerBytes", "register-bytes", "int64_t", "64", "width of the target's vector registers: 64, 32 or 16">,
    Option<"integerRows", "integer-rows", "int64_t", "8", "rows of activations in one pass over an integer weight">,
    Option<"floatRows", "float-rows", "int64_t", "8", "rows of activations in one pass on the float path">,
    Option<"rowCapacity", "row-capacity", "int64_t", "64", "most rows of a step">,
    Option<"foldsScales", "folds-scales", "bool", "true",
           "whether passes over many rows multiply codes times their finest scale, where these are bytes">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::ub::UBDialect", "::mlir::vector::VectorDialect", "::vspec::vkern::VKernDialect"];
}

def ConvertVKern : Pass<"vspec-convert-vkern"> {
  let summary = "lowers vkern to the instructions of one target";
  let description = [{
    Leaves no vkern operation, only `arith`, `math`, `vector`, `ub` and `llvm.call_intrinsic`. Code vectors must be as wide
    as the target's registers: `avx512` 64 bytes, `avx2` and `avxvnni` 32, `neon` and `neon-i8mm` 16, and for `nvptx` four
    registers of 4; a `vkern.dot4` of another width is an error. `generic` takes any width and is the oracle of the others: all targets give
    the same integers.
  }];
  let options = [Option<"target", "target", "std::string", "\"generic\"",
                        "generic, avx2, avxvnni, avx512, neon, neon-i8mm or nvptx">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect",
                           "::mlir::ub::UBDialect", "::mlir::vector::VectorDialect"];
}
#endif
