// vkern for NVIDIA GPUs: code vectors of 16 bytes are four words of a thread, which permutes their bytes and multiplies four at a time.
#include "passes/Lower/VKernPatterns.h"
#include <array>

using namespace mlir;
using namespace vspec;
using namespace vspec::vkern;

namespace {
constexpr int64_t lanes = 4;

// prmt: byte i of the result is the one that nibble i of `places` names, of the four of `low` and behind them the four of `high`;
// with the nibble's highest bit it is eight times that byte's sign.
Value permute(RegisterWriter &w, Value low, Value high, Value places) { return w.call("llvm.nvvm.prmt", w.i32(), {low, high, places}); }
Value permute(RegisterWriter &w, Value low, Value high, int64_t places) { return permute(w, low, high, w.integer(w.i32(), places)); }

Value fromWords(RegisterWriter &w, ArrayRef<Value> words) {
  return vector::FromElementsOp::create(w.b, w.loc, w.vec(int64_t(words.size()), w.i32()), words);
}

// Four codes below 16, one in each byte of a word.
class FourCodes {
public:
  FourCodes(RegisterWriter &w, Value word) : w(w), word(word) {
    Value nibbles = w.bitOr(word, w.shiftRight(word, 4)); // codes 0 and 1 in byte 0, 2 and 3 in byte 2
    places = w.bitAnd(permute(w, nibbles, nibbles, 0x2020), 0x7777);
  }

  // The byte of the table for each code.
  Value lookup(const std::array<uint8_t, 16> &table) {
    auto half = [&](size_t first) {
      auto four = [&](size_t at) {
        return w.integer(w.i32(), int32_t(table[at] | table[at + 1] << 8 | table[at + 2] << 16 | uint32_t(table[at + 3]) << 24));
      };
      return permute(w, four(first), four(first + 4), places);
    };
    if (llvm::all_equal(table))
      return w.integer(w.i32(), int32_t(table[0] * 0x01010101u));
    Value low = half(0);
    if (std::equal(table.begin(), table.begin() + 8, table.begin() + 8))
      return low;
    Value high = half(8);
    if (!isUpper)
      isUpper = permute(w, w.shiftLeft(word, 4), w.integer(w.i32(), 0), 0xba98);
    auto either = [&](Value x, Value y) { return w.b.createOrFold<arith::XOrIOp>(w.loc, x, y); };
    return either(low, w.b.createOrFold<arith::AndIOp>(w.loc, either(low, high), isUpper));
  }

private:
  RegisterWriter &w;
  Value word;
  Value places;  // a nibble for each code, without its highest bit
  Value isUpper; // a byte of ones for each code with that bit, once a table needs it
};

// lookup of bytes   -->  prmt in both halves of the table
// lookup of floats  -->  the same for each of their four bytes, which are then brought together
struct LookupByPermutation : OpRewritePattern<LookupOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(LookupOp lookup, PatternRewriter &rewriter) const override {
    RegisterWriter w(rewriter, lookup.getLoc());
    VectorType type = lookup.getValues().getType();
    Type element = type.getElementType();
    if (type.getShape().back() * element.getIntOrFloatBitWidth() != 32 * lanes)
      return rewriter.notifyMatchFailure(lookup, "codes are not four words");
    std::array<uint8_t, 16> table[4];
    for (auto [i, entry] : llvm::enumerate(lookup.getTable().getValues<Attribute>())) {
      auto real = dyn_cast<FloatAttr>(entry);
      uint64_t bits = (real ? real.getValue().bitcastToAPInt() : cast<IntegerAttr>(entry).getValue()).getZExtValue();
      for (unsigned byte = 0; byte < 4; ++byte)
        table[byte][i] = uint8_t(bits >> 8 * byte);
    }
    replaceLookup(lookup, rewriter, [&](Value codes) {
      Value words = w.vectorCast(codes, lanes, w.i32());
      SmallVector<Value> word;
      for (int64_t lane = 0; lane < lanes; ++lane)
        word.push_back(w.element(words, lane));
      if (element.isInteger(8)) {
        for (Value &one : word)
          one = FourCodes(w, one).lookup(table[0]);
        return w.bytes(fromWords(w, word), 4 * lanes);
      }
      auto pair = [&](Value x, Value y, int64_t places) { return permute(w, x, y, places); };
      FourCodes packed(w, pair(pair(word[0], word[1], 0x0040), pair(word[2], word[3], 0x0040), 0x5410));
      Value byte[4];
      for (unsigned i = 0; i < 4; ++i)
        byte[i] = packed.lookup(table[i]);
      // Halves of lanes 0 and 1, and of 2 and 3.
      Value low[] = {pair(byte[0], byte[1], 0x5140), pair(byte[0], byte[1], 0x7362)};
      Value high[] = {pair(byte[2], byte[3], 0x5140), pair(byte[2], byte[3], 0x7362)};
      for (int64_t lane = 0; lane < lanes; ++lane)
        word[lane] = pair(low[lane / 2], high[lane / 2], lane % 2 ? 0x7632 : 0x5410);
      return w.vectorCast(fromWords(w, word), lanes, element);
    });
    return success();
  }
};

// dot4  -->  dp4a
struct Dot4ByDP4A : OpRewritePattern<Dot4Op> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(Dot4Op dot, PatternRewriter &rewriter) const override {
    RegisterWriter w(rewriter, dot.getLoc());
    VectorType type = dot.getCodes().getType();
    if (type.getDimSize(1) != 4 * lanes)
      return rewriter.notifyMatchFailure(dot, "code vectors are not four words");
    replaceDot4(dot, rewriter, [&](int64_t m) {
      SmallVector<Value> sums(lanes, dot.getCorrection() ? w.element(dot.getCorrection(), m) : w.integer(w.i32(), 0));
      for (int64_t quad = 0; quad < type.getDimSize(0); ++quad) {
        Value codes = w.vectorCast(w.row(dot.getCodes(), quad), lanes, w.i32()), activations = w.element(dot.getActivations(), {m, quad});
        for (auto [lane, sum] : llvm::enumerate(sums))
          sum = w.call("llvm.nvvm.idp4a.u.s", w.i32(), {w.element(codes, int64_t(lane)), activations, sum});
      }
      return fromWords(w, sums);
    });
    return success();
  }
};
} // namespace

void vkern::populateNVPTXPatterns(RewritePatternSet &patterns) {
  const PatternBenefit better(2); // than the generic ones
  patterns.add<UnpackByWords>(patterns.getContext(), better, /*wordBits=*/32);
  patterns.add<LookupByPermutation, Dot4ByDP4A>(patterns.getContext(), better);
}
