// A decoder as MLIR text: one function from the bytes of a block to some codes and their scale. It is checked, written out for a
// whole block, interpreted where the compiler needs numbers, and becomes a part of the kernels that read such blocks.
// docs/AddingAFormat.md says what the text may be.
#ifndef VSPEC_PASSES_DECODERS_MLIRDECODER_H
#define VSPEC_PASSES_DECODERS_MLIRDECODER_H
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "passes/Decoders/BlockTape.h"
#include "vspec/Quant/Decoder.h"
#include <optional>

namespace vspec {

class MLIRDecoder : public Decoder {
public:
  /// Errors begin with the file, and the line where there is one.
  static Result<std::unique_ptr<const MLIRDecoder>> parse(llvm::StringRef text, llvm::StringRef file);

  void decode(const uint8_t *block, uint8_t *codes, float *scales) const override;

  unsigned together = 0;            // codes in one integer of the function, a byte each: 4 or 8
  std::optional<uint32_t> ggmlType; // GGUF's number for tensors of such blocks

  /// A module with the function `block` and its tables: from the block's bytes to all codes, `together` in an integer, then all
  /// scales. No loops, and every place is checked. The context has loaded arith, func and memref.
  mlir::OwningOpRef<mlir::ModuleOp> blockModule(mlir::MLIRContext &context) const;

private:
  std::string blockText;
  BlockTape tape;
};

} // namespace vspec
#endif
