// The codes and scales of 16 weight rows whose blocks a decoder reads: each operation of its function becomes one on vectors, a
// row of the weight in each lane.
#ifndef VSPEC_PASSES_LOWER_DECODEDTILE_H
#define VSPEC_PASSES_LOWER_DECODEDTILE_H
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "passes/Decoders/MLIRDecoder.h"
#include "passes/Lower/KernelWriter.h"
#include "vspec/Quant/PackedLayout.h"
#include <map>

namespace vspec {

class DecodedTile {
public:
  DecodedTile(KernelWriter &w, const MLIRDecoder &decoder, const PackedLayout &layout, int64_t registerBytes);

  /// What follows is of this block of the tile whose blocks begin at `first`.
  void begin(mlir::Value first, mlir::Value block);
  /// The code vector of four columns: byte 4 * row + column % 4.
  mlir::Value codes(int64_t quad, int64_t slice);
  /// The scales of a group, f32.
  mlir::Value scale(int64_t group, int64_t slice);

private:
  using Value = mlir::Value;
  Value vector(Value scalar, int64_t slice);
  Value emit(mlir::Operation &op, int64_t slice);
  Value wordOf(int64_t byte, int64_t slice);
  Value fromTable(mlir::memref::LoadOp load, int64_t slice);
  void addTable(mlir::ModuleOp kernels, mlir::memref::GlobalOp table);
  std::string tableName(llvm::StringRef table) const;
  mlir::Type laneType(mlir::Type scalar);

  KernelWriter &w;
  const MLIRDecoder &decoder;
  const PackedLayout &layout;
  int64_t sliceBytes, lanes;
  mlir::OwningOpRef<mlir::ModuleOp> module; // of the decoder
  mlir::func::FuncOp function;
  Value linesAddress, sharedAddress, sharedShift;
  std::map<std::pair<void *, int64_t>, Value> made; // (scalar, slice), of the block being written
};

} // namespace vspec
#endif
