// vkern for AArch64 with the dot-product extension, with and without i8mm: registers of 16 bytes.
#include "passes/Lower/VKernPatterns.h"

using namespace mlir;
using namespace vspec;
using namespace vspec::vkern;

namespace {
// lookup of bytes   -->  tbl
// lookup of floats  -->  tbl with four registers: code c is at bytes 4c to 4c + 3
struct LookupByTable : OpRewritePattern<LookupOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(LookupOp lookup, PatternRewriter &rewriter) const override {
    VectorType type = lookup.getValues().getType();
    Type element = type.getElementType();
    int64_t lanes = type.getShape().back();
    if (lanes * element.getIntOrFloatBitWidth() != 128)
      return rewriter.notifyMatchFailure(lookup, "codes are not registers");
    RegisterWriter w(rewriter, lookup.getLoc());
    auto entries = llvm::to_vector(lookup.getTable().getValues<Attribute>());
    SmallVector<Value> table; // in registers
    for (int64_t first = 0; first < 16; first += lanes) {
      auto part = DenseElementsAttr::get(w.vec(lanes, element), ArrayRef(entries).slice(first, lanes));
      table.push_back(w.bytes(arith::ConstantOp::create(rewriter, w.loc, part), 16));
    }
    replaceLookup(lookup, rewriter, [&](Value codes) {
      if (element.isInteger(8))
        return w.call("llvm.aarch64.neon.tbl1.v16i8", codes.getType(), {table[0], codes});
      Value places = w.add(w.mul(codes, 0x04040404), w.integer(codes.getType(), 0x03020100));
      Value bytes = w.bytes(places, 16);
      Value found = w.call("llvm.aarch64.neon.tbl4.v16i8", bytes.getType(), {table[0], table[1], table[2], table[3], bytes});
      return w.vectorCast(found, lanes, element);
    });
    return success();
  }
};

// sdot and smmla are signed x signed: codes up to 127 are signed as they are, larger ones have bias 128.
Value signedCodes(RegisterWriter w, Dot4Op dot, int64_t quad) {
  Value codes = w.row(dot.getCodes(), quad);
  return dot.getMax() > 127 ? w.b.createOrFold<arith::XOrIOp>(w.loc, codes, w.integer(codes.getType(), 128)) : codes;
}
Value firstSums(RegisterWriter w, Dot4Op dot, int64_t m) {
  return dot.getCorrection() && dot.getMax() <= 127 ? w.correction(dot, m, 4) : w.integer(w.vec(4, w.i32()), 0);
}

// dot4  -->  sdot, one chain
struct Dot4BySdot : OpRewritePattern<Dot4Op> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(Dot4Op dot, PatternRewriter &rewriter) const override {
    RegisterWriter w(rewriter, dot.getLoc());
    VectorType type = dot.getCodes().getType();
    if (type.getDimSize(1) != 16)
      return rewriter.notifyMatchFailure(dot, "code vectors are not registers");
    replaceDot4(dot, rewriter, [&](int64_t m) {
      Value sum = firstSums(w, dot, m);
      for (int64_t quad = 0; quad < type.getDimSize(0); ++quad)
        sum =
            w.call("llvm.aarch64.neon.sdot.v4i32.v16i8", sum.getType(), {sum, signedCodes(w, dot, quad), w.activations(dot, m, quad, 16)});
      return sum;
    });
    return success();
  }
};

// dot4  -->  smmla: 2 rows of 8 codes times 2 rows of 8 activations
// Two code vectors hold 4 rows of 4 + 4: zipped, they are rows 0 and 1, and rows 2 and 3. The sums [row][m] are unzipped
// once for the group.
struct Dot4BySmmla : OpRewritePattern<Dot4Op> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(Dot4Op dot, PatternRewriter &rewriter) const override {
    RegisterWriter w(rewriter, dot.getLoc());
    VectorType type = dot.getCodes().getType();
    int64_t quads = type.getDimSize(0), rows = dot.getSums().getType().getDimSize(0);
    if (type.getDimSize(1) != 16)
      return rewriter.notifyMatchFailure(dot, "code vectors are not registers");
    if (quads % 2 || rows % 2)
      return rewriter.notifyMatchFailure(dot, "code vectors and rows do not come in pairs");
    auto shuffle = [&](Value x, Value y, ArrayRef<int64_t> lanes) -> Value {
      return vector::ShuffleOp::create(rewriter, w.loc, x, y, lanes);
    };
    const int64_t low[] = {0, 4, 1, 5}, high[] = {2, 6, 3, 7}, even[] = {0, 2, 4, 6}, odd[] = {1, 3, 5, 7};
    SmallVector<Value> results;
    for (int64_t m = 0; m < rows; m += 2) {
      Value first = firstSums(w, dot, m), second = firstSums(w, dot, m + 1);
      Value top = shuffle(first, second, low), bottom = shuffle(first, second, high);
      for (int64_t quad = 0; quad < quads; quad += 2) {
        Value x = w.vectorCast(signedCodes(w, dot, quad), 4, w.i32()), y = w.vectorCast(signedCodes(w, dot, quad + 1), 4, w.i32());
        SmallVector<Value> pair; // [m][quad]
        for (int64_t i : {0, 1, 2, 3})
          pair.push_back(w.element(dot.getActivations(), {m + i / 2, quad + i % 2}));
        Value activations = w.bytes(vector::FromElementsOp::create(rewriter, w.loc, cast<VectorType>(x.getType()), pair), 16);
        auto multiply = [&](Value sum, ArrayRef<int64_t> lanes) {
          return w.call("llvm.aarch64.neon.smmla.v4i32.v16i8", sum.getType(), {sum, w.bytes(shuffle(x, y, lanes), 16), activations});
        };
        top = multiply(top, low);
        bottom = multiply(bottom, high);
      }
      results.push_back(shuffle(top, bottom, even));
      results.push_back(shuffle(top, bottom, odd));
    }
    rewriter.replaceOp(dot, w.stack(results));
    return success();
  }
};
} // namespace

void vkern::populateNeonPatterns(RewritePatternSet &patterns, const VKernTarget &target) {
  patterns.add<LookupByTable, Dot4BySdot>(patterns.getContext(), /*benefit=*/2);
  if (target.name == "neon-i8mm")
    patterns.add<Dot4BySmmla>(patterns.getContext(), /*benefit=*/3);
}
