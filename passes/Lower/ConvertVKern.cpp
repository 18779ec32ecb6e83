// The conversion of vkern: the pass, what all targets share, and the generic patterns, which are the oracle of the others.
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Lower/Passes.h"
#include "passes/Lower/VKernPatterns.h"
#include "vspec/Quant/PackedLayout.h"

namespace vspec {
#define GEN_PASS_DEF_CONVERTVKERN
#include "passes/Lower/Passes.h.inc"
} // namespace vspec

using namespace mlir;
using namespace vspec;
using namespace vspec::vkern;

void vkern::replaceUnpack(UnpackOp unpack, PatternRewriter &rewriter, MoveBits move) {
  RegisterWriter w(rewriter, unpack.getLoc());
  int64_t lineCount = unpack.getLines().getType().getDimSize(0);
  BitUnit unit = bitUnit(unsigned(8 * lineCount / unpack.getCodes().getType().getDimSize(0)));
  SmallVector<Value> codes;
  for (int64_t first = 0; first < lineCount; first += unit.lines)
    for (const std::vector<Field> &fields : unit.codes) {
      Value code;
      unsigned to = 0;
      for (const Field &field : fields) {
        Value part = move(w.row(unpack.getLines(), first + field.line), field.shift, field.width, to);
        code = code ? w.bitOr(code, part) : part;
        to += field.width;
      }
      codes.push_back(code);
    }
  rewriter.replaceOp(unpack, w.stack(codes));
}

Value vkern::moveByWords(RegisterWriter &w, Value line, unsigned wordBits, unsigned shift, unsigned width, unsigned to) {
  int64_t bytes = cast<VectorType>(line.getType()).getNumElements();
  Value words = w.vectorCast(line, 8 * bytes / wordBits, w.b.getIntegerType(wordBits));
  words = shift > to ? w.shiftRight(words, shift - to) : w.shiftLeft(words, to - shift);
  return w.bitAnd(w.bytes(words, bytes), ((1 << width) - 1) << to);
}

LogicalResult vkern::UnpackByWords::matchAndRewrite(UnpackOp unpack, PatternRewriter &rewriter) const {
  RegisterWriter w(rewriter, unpack.getLoc());
  if (8 * unpack.getCodes().getType().getDimSize(1) % wordBits)
    return rewriter.notifyMatchFailure(unpack, "lines are not whole words");
  replaceUnpack(unpack, rewriter,
                [&](Value line, unsigned shift, unsigned width, unsigned to) { return moveByWords(w, line, wordBits, shift, width, to); });
  return success();
}

void vkern::replaceDot4(Dot4Op dot, PatternRewriter &rewriter, function_ref<Value(int64_t)> sums) {
  SmallVector<Value> rows;
  for (int64_t m = 0; m < dot.getSums().getType().getDimSize(0); ++m)
    rows.push_back(sums(m));
  rewriter.replaceOp(dot, RegisterWriter(rewriter, dot.getLoc()).stack(rows));
}

void vkern::replaceLookup(LookupOp lookup, PatternRewriter &rewriter, function_ref<Value(Value)> map) {
  RegisterWriter w(rewriter, lookup.getLoc());
  VectorType type = lookup.getValues().getType();
  if (type.getRank() == 1)
    return rewriter.replaceOp(lookup, map(lookup.getCodes()));
  SmallVector<Value> rows;
  for (int64_t i = 0; i < type.getDimSize(0); ++i)
    rows.push_back(map(w.row(lookup.getCodes(), i)));
  rewriter.replaceOp(lookup, w.stack(rows));
}

namespace {
// unpack  -->  code = (line >> shift & mask) << to, or'ed over the pieces
struct UnpackGeneric : OpRewritePattern<UnpackOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(UnpackOp unpack, PatternRewriter &rewriter) const override {
    RegisterWriter w(rewriter, unpack.getLoc());
    replaceUnpack(unpack, rewriter, [&](Value line, unsigned shift, unsigned width, unsigned to) {
      Value low = w.shiftRight(line, shift);
      if (shift + width < 8)
        low = w.bitAnd(low, (1 << width) - 1);
      return w.shiftLeft(low, to);
    });
    return success();
  }
};

// lookup  -->  select(code == 15, table[15], ... table[0])
struct LookupGeneric : OpRewritePattern<LookupOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(LookupOp lookup, PatternRewriter &rewriter) const override {
    RegisterWriter w(rewriter, lookup.getLoc());
    auto entries = llvm::to_vector(lookup.getTable().getValues<Attribute>());
    replaceLookup(lookup, rewriter, [&](Value codes) {
      auto type = cast<VectorType>(codes.getType()).clone(lookup.getValues().getType().getElementType());
      Value result;
      for (auto [code, entry] : llvm::enumerate(entries)) {
        Value value = arith::ConstantOp::create(rewriter, w.loc, DenseElementsAttr::get(type, entry));
        result = result ? w.select(w.equal(codes, w.integer(codes.getType(), int64_t(code))), value, result) : value;
      }
      return result;
    });
    return success();
  }
};

// dot4  -->  a 32-bit multiplication for each byte; the bias is taken from every code, so the correction is not read
struct Dot4Generic : OpRewritePattern<Dot4Op> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(Dot4Op dot, PatternRewriter &rewriter) const override {
    RegisterWriter w(rewriter, dot.getLoc());
    VectorType type = dot.getCodes().getType();
    int64_t lanes = type.getDimSize(1) / 4;
    replaceDot4(dot, rewriter, [&](int64_t m) {
      Value sum = w.integer(w.vec(lanes, w.i32()), 0);
      for (int64_t quad = 0; quad < type.getDimSize(0); ++quad) {
        Value codes = w.vectorCast(w.row(dot.getCodes(), quad), lanes, w.i32());
        Value activations = w.broadcast(w.element(dot.getActivations(), {m, quad}), lanes);
        for (int64_t j = 0; j < 4; ++j) {
          Value code = w.bitAnd(w.shiftRight(codes, 8 * j), 255);
          Value activation = w.shiftRightSigned(w.shiftLeft(activations, 24 - 8 * j), 24);
          sum = w.add(sum, w.mul(w.sub(code, dot.getBias()), activation));
        }
      }
      return sum;
    });
    return success();
  }
};

constexpr VKernTarget targets[] = {{"generic", 0}, {"avx2", 32},      {"avxvnni", 32}, {"avx512", 64},
                                   {"neon", 16},   {"neon-i8mm", 16}, {"nvptx", 16}};

struct ConvertVKern : vspec::impl::ConvertVKernBase<ConvertVKern> {
  using ConvertVKernBase::ConvertVKernBase;
  void runOnOperation() override {
    const VKernTarget *chosen = llvm::find_if(targets, [&](const VKernTarget &t) { return t.name == target; });
    if (chosen == std::end(targets)) {
      auto names = llvm::map_range(targets, [](const VKernTarget &t) { return t.name; });
      getOperation()->emitError() << "vkern has no target '" << target << "', only " << llvm::join(names, ", ");
      return signalPassFailure();
    }
    RewritePatternSet patterns(&getContext());
    patterns.add<UnpackGeneric, LookupGeneric>(&getContext(), /*benefit=*/1);
    if (!chosen->registerBytes)
      patterns.add<Dot4Generic>(&getContext());
    else if (chosen->name.starts_with("neon"))
      populateNeonPatterns(patterns, *chosen);
    else if (chosen->name == "nvptx")
      populateNVPTXPatterns(patterns);
    else
      populateX86Patterns(patterns, *chosen);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    getOperation()->walk([&](Dot4Op dot) {
      dot.emitOpError() << "has code vectors of " << dot.getCodes().getType().getDimSize(1) << " bytes, but the registers of target "
                        << target << " have " << chosen->registerBytes;
      signalPassFailure();
    });
  }
};
} // namespace
