// vkern for x86: AVX2 and AVX-VNNI with registers of 32 bytes, AVX-512 with 64.
#include "passes/Lower/VKernPatterns.h"

using namespace mlir;
using namespace vspec;
using namespace vspec::vkern;

namespace {
// A pattern for the registers of one target.
template <typename Op> struct RegisterPattern : OpRewritePattern<Op> {
  RegisterPattern(MLIRContext *context, PatternBenefit benefit, int64_t registerBytes)
      : OpRewritePattern<Op>(context, benefit), registerBytes(registerBytes) {}
  int64_t registerBytes;
};

// unpack  -->  affine maps over GF(2), which move any bits of a byte anywhere, and shifts of words
// A map is one instruction for two, but of the units that dot products keep busy. So it is left to every third code that lies in one
// piece, and to first pieces: the mask of a later one is part of the instruction that joins them.
struct UnpackByAffineMap : RegisterPattern<UnpackOp> {
  using RegisterPattern::RegisterPattern;
  LogicalResult matchAndRewrite(UnpackOp unpack, PatternRewriter &rewriter) const override {
    RegisterWriter w(rewriter, unpack.getLoc());
    int64_t bytes = unpack.getCodes().getType().getDimSize(1);
    if (bytes != registerBytes)
      return rewriter.notifyMatchFailure(unpack, "lines are not registers");
    auto name = "llvm.x86.vgf2p8affineqb." + std::to_string(8 * bytes);
    Value zero = w.integer(w.i8(), 0);
    unsigned bits = 8 * unpack.getLines().getType().getDimSize(0) / unpack.getCodes().getType().getDimSize(0), whole = 0;
    replaceUnpack(unpack, rewriter, [&](Value line, unsigned shift, unsigned width, unsigned to) {
      if (shift == to || to > 0 || (width == bits && ++whole % 3 != 0))
        return moveByWords(w, line, 16, shift, width, to);
      uint64_t matrix = 0; // bit i of the result is the parity of byte 7 - i of the matrix and the line's byte
      for (unsigned i = 0; i < width; ++i)
        matrix |= uint64_t(1) << (shift + i) << 8 * (7 - to - i);
      Value map = w.bytes(w.integer(w.vec(bytes / 8, w.i64()), int64_t(matrix)), bytes);
      return w.call(name, line.getType(), {line, map, zero});
    });
    return success();
  }
};

// lookup of bytes  -->  pshufb in the table, which is repeated for each 16 bytes
// lookup of floats -->  vpermps; on AVX2 one for each half of the table, and a selection
struct LookupByShuffle : RegisterPattern<LookupOp> {
  using RegisterPattern::RegisterPattern;
  LogicalResult matchAndRewrite(LookupOp lookup, PatternRewriter &rewriter) const override {
    RegisterWriter w(rewriter, lookup.getLoc());
    VectorType type = lookup.getValues().getType();
    int64_t lanes = type.getShape().back();
    if (lanes * type.getElementTypeBitWidth() / 8 != registerBytes)
      return rewriter.notifyMatchFailure(lookup, "codes are not registers");
    auto entries = llvm::to_vector(lookup.getTable().getValues<Attribute>());
    auto table = [&](ArrayRef<Attribute> part, int64_t copies) -> Value {
      SmallVector<Attribute> all;
      for (int64_t i = 0; i < copies; ++i)
        all.append(part.begin(), part.end());
      auto tableType = w.vec(int64_t(all.size()), type.getElementType());
      return arith::ConstantOp::create(rewriter, w.loc, DenseElementsAttr::get(tableType, all));
    };
    replaceLookup(lookup, rewriter, [&](Value codes) {
      if (type.getElementType().isInteger(8))
        return w.call(registerBytes == 64 ? "llvm.x86.avx512.pshuf.b.512" : "llvm.x86.avx2.pshuf.b", codes.getType(),
                      {table(entries, lanes / 16), codes});
      auto result = w.vec(lanes);
      if (registerBytes == 64)
        return w.call("llvm.x86.avx512.permvar.sf.512", result, {table(entries, 1), codes});
      auto half = [&](int64_t first) {
        return w.call("llvm.x86.avx2.permps", result, {table(ArrayRef(entries).slice(first, 8), 1), codes});
      };
      Value low = half(0), high = half(8);
      return w.select(w.less(codes, w.integer(codes.getType(), 8)), low, high);
    });
    return success();
  }
};

// dot4  -->  vpdpbusd. Of few rows each takes two chains, so that an addition need not wait for the one before it. A short group of
// short codes takes one: the next group's need not wait, and Q3_K is a little faster, but Q6_K a fifth slower.
struct Dot4ByVNNI : RegisterPattern<Dot4Op> {
  using RegisterPattern::RegisterPattern;
  LogicalResult matchAndRewrite(Dot4Op dot, PatternRewriter &rewriter) const override {
    RegisterWriter w(rewriter, dot.getLoc());
    VectorType type = dot.getCodes().getType();
    int64_t bytes = type.getDimSize(1), quads = type.getDimSize(0);
    if (bytes != registerBytes)
      return rewriter.notifyMatchFailure(dot, "code vectors are not registers");
    auto name = "llvm.x86.avx512.vpdpbusd." + std::to_string(8 * bytes);
    Value zero = w.integer(w.vec(bytes / 4, w.i32()), 0);
    int64_t rows = dot.getSums().getType().getDimSize(0);
    bool isShort = quads == 1 || (quads <= 4 && dot.getMax() <= 15);
    int64_t count = rows < 4 && !isShort ? 2 : 1;
    SmallVector<Value> chains;
    for (int64_t m = 0; m < rows; ++m) {
      chains.push_back(dot.getCorrection() ? w.correction(dot, m, bytes / 4) : zero);
      chains.append(count - 1, zero);
    }
    // Row by row in a quad: what stands side by side does not depend on one another.
    for (int64_t quad = 0; quad < quads; ++quad)
      for (int64_t m = 0; m < rows; ++m) {
        Value &chain = chains[m * count + quad % count];
        chain = w.call(name, zero.getType(), {chain, w.row(dot.getCodes(), quad), w.activations(dot, m, quad, bytes)});
      }
    replaceDot4(dot, rewriter, [&](int64_t m) { return count > 1 ? w.add(chains[2 * m], chains[2 * m + 1]) : chains[m]; });
    return success();
  }
};

// dot4  -->  maddubs: pairs of u8 x s8 added in 16 bits, which saturate; as many as `max` allows are added before they are
// widened by madd with ones.
// Codes above 127 have bias 128: code - 128 is signed, and |code - 128| times sign(code - 128) * activation fits for one pair.
struct Dot4ByMaddubs : RegisterPattern<Dot4Op> {
  using RegisterPattern::RegisterPattern;
  LogicalResult matchAndRewrite(Dot4Op dot, PatternRewriter &rewriter) const override {
    RegisterWriter w(rewriter, dot.getLoc());
    VectorType type = dot.getCodes().getType();
    int64_t bytes = type.getDimSize(1), quads = type.getDimSize(0);
    if (bytes != registerBytes)
      return rewriter.notifyMatchFailure(dot, "code vectors are not registers");
    auto words = w.vec(16, rewriter.getI16Type()), integers = w.vec(8, w.i32());
    bool isSigned = dot.getMax() > 127;
    int64_t together = isSigned ? 1 : 32767 / (2 * 127 * dot.getMax());
    replaceDot4(dot, rewriter, [&](int64_t m) {
      Value sum = dot.getCorrection() && !isSigned ? w.correction(dot, m, 8) : Value();
      for (int64_t first = 0; first < quads; first += together) {
        Value pairs;
        for (int64_t quad = first; quad < std::min(quads, first + together); ++quad) {
          Value codes = w.row(dot.getCodes(), quad), activations = w.activations(dot, m, quad, bytes);
          if (isSigned) {
            Value weights = w.b.createOrFold<arith::XOrIOp>(w.loc, codes, w.integer(codes.getType(), 128));
            activations = w.call("llvm.x86.avx2.psign.b", codes.getType(), {activations, weights});
            codes = math::AbsIOp::create(rewriter, w.loc, weights);
          }
          Value product = w.call("llvm.x86.avx2.pmadd.ub.sw", words, {codes, activations});
          pairs = pairs ? w.add(pairs, product) : product;
        }
        Value part = w.call("llvm.x86.avx2.pmadd.wd", integers, {pairs, w.integer(words, 1)});
        sum = sum ? w.add(sum, part) : part;
      }
      return sum;
    });
    return success();
  }
};
} // namespace

void vkern::populateX86Patterns(RewritePatternSet &patterns, const VKernTarget &target) {
  MLIRContext *context = patterns.getContext();
  const PatternBenefit better(2); // than the generic ones
  patterns.add<LookupByShuffle>(context, better, target.registerBytes);
  patterns.add<UnpackByWords>(context, better, /*wordBits=*/16);
  if (target.name == "avx512")
    patterns.add<UnpackByAffineMap>(context, PatternBenefit(3), target.registerBytes);
  if (target.name == "avx2")
    patterns.add<Dot4ByMaddubs>(context, better, target.registerBytes);
  else
    patterns.add<Dot4ByVNNI>(context, better, target.registerBytes);
}
