// What the conversions of vkern for all targets share.
#ifndef VSPEC_PASSES_LOWER_VKERNPATTERNS_H
#define VSPEC_PASSES_LOWER_VKERNPATTERNS_H
#include "dialects/VKern/VKern.h"
#include "mlir/IR/PatternMatch.h"
#include "passes/Lower/KernelWriter.h"

namespace vspec::vkern {

/// What a target of the pass may hold in a register. The patterns for a target match no wider vector.
struct VKernTarget {
  llvm::StringRef name;
  int64_t registerBytes; // 0: any
};

void populateX86Patterns(mlir::RewritePatternSet &patterns, const VKernTarget &target);
void populateNeonPatterns(mlir::RewritePatternSet &patterns, const VKernTarget &target);
void populateNVPTXPatterns(mlir::RewritePatternSet &patterns);

/// Writes whole registers.
struct RegisterWriter : KernelWriter {
  using KernelWriter::KernelWriter;

  Value bytes(Value x, int64_t count) { return vectorCast(x, count, i8()); }
  Value element(Value matrix, llvm::ArrayRef<int64_t> at) { return b.createOrFold<mlir::vector::ExtractOp>(loc, matrix, at); }
  /// The four activations of a quad, for every row of the weight.
  Value activations(Dot4Op dot, int64_t m, int64_t quad, int64_t registerBytes) {
    return bytes(broadcast(element(dot.getActivations(), {m, quad}), registerBytes / 4), registerBytes);
  }
  Value correction(Dot4Op dot, int64_t m, int64_t lanes) { return broadcast(element(dot.getCorrection(), {m}), lanes); }
  Value call(llvm::StringRef intrinsic, Type type, mlir::ValueRange arguments) {
    return mlir::LLVM::CallIntrinsicOp::create(b, loc, type, b.getStringAttr(intrinsic), arguments).getResult(0);
  }
};

/// Puts bits [shift, shift + width) of every byte of a line at bit `to`.
using MoveBits = llvm::function_ref<mlir::Value(mlir::Value line, unsigned shift, unsigned width, unsigned to)>;
/// Makes every code vector of the pieces of lines that `bitUnit` names.
void replaceUnpack(UnpackOp unpack, mlir::PatternRewriter &rewriter, MoveBits move);

/// Where byte shifts do not exist: words shifted by the distance that the bits have left to go, and a mask where they arrive.
mlir::Value moveByWords(RegisterWriter &w, mlir::Value line, unsigned wordBits, unsigned shift, unsigned width, unsigned to);

/// unpack  -->  shifts of words. Any number of them will do: LLVM splits plain arithmetic.
struct UnpackByWords : mlir::OpRewritePattern<UnpackOp> {
  UnpackByWords(mlir::MLIRContext *context, mlir::PatternBenefit benefit, unsigned wordBits)
      : OpRewritePattern(context, benefit), wordBits(wordBits) {}
  mlir::LogicalResult matchAndRewrite(UnpackOp unpack, mlir::PatternRewriter &rewriter) const override;
  unsigned wordBits;
};

/// Makes the sums of each row of activations by itself.
void replaceDot4(Dot4Op dot, mlir::PatternRewriter &rewriter, llvm::function_ref<mlir::Value(int64_t m)> sums);

/// Rewrites a lookup in a matrix row by row; a vector is one row.
void replaceLookup(LookupOp lookup, mlir::PatternRewriter &rewriter, llvm::function_ref<mlir::Value(mlir::Value codes)> map);

} // namespace vspec::vkern
#endif
