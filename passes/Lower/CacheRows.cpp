#include "passes/Lower/CacheRows.h"
#include <numeric>

using namespace mlir;
using namespace vspec;

CacheLayout vspec::cacheLayoutOf(KVCacheType type) {
  return *CacheLayout::create(type.getHeads(), type.getHeadSize(), type.getK().str(), type.getV().str());
}

CacheShare vspec::shareOfSlot(KernelWriter &w, Value state, Value slot) {
  Value entry = w.at(state, w.mul(slot, 16));
  return {w.load(w.ptr(), entry, 8), w.load(w.i64(), w.at(entry, 8), 8)};
}

Value vspec::headTile(KernelWriter &w, const CacheLayout &layout, const CacheShare &share, Value head, Value tile) {
  Value inRing = arith::RemUIOp::create(w.b, w.loc, tile, share.tiles);
  return w.at(w.at(share.base, w.mul(inRing, layout.bytesPerTile())), w.mul(head, layout.headBytes()));
}

// Rounds one group: f16 scale = max / 127 (or / 7), code = nearest even of x / scale, biased, as bytes at `codes`.
// Returns the scale.
static Value quantizeGroup(KernelWriter &w, const NormalForm &form, Value source, Value codes, int64_t count) {
  int64_t lanes = std::gcd(count, int64_t(16)), largest = (1 << (form.bits - 1)) - 1;
  VectorType type = w.vec(lanes), integers = w.vec(lanes, w.i32());
  Value most = w.real(type, 0);
  for (int64_t i = 0; i < count; i += lanes)
    most = w.greaterOf(most, w.absf(w.load(type, w.at(source, i * 4))));
  Value scale = w.truncatef(w.divf(w.greatestOf(most), w.real(double(largest))), w.b.getF16Type());
  Value rounded = w.extendf(scale, w.f32());
  Value isZero = w.equalf(rounded, w.real(0));
  Value inverse = w.select(isZero, w.real(0), w.divf(w.real(1), w.select(isZero, w.real(1), rounded)));
  Value factor = w.broadcast(inverse, lanes);
  for (int64_t i = 0; i < count; i += lanes) {
    Value code = w.toInteger(w.roundEven(w.mulf(w.load(type, w.at(source, i * 4)), factor)), integers);
    code = w.most(w.least(code, w.integer(integers, largest)), w.integer(integers, -largest));
    w.store(w.narrow(w.add(code, w.integer(integers, form.bias)), w.vec(lanes, w.i8())), w.at(codes, i), 1);
  }
  return scale;
}

// The keys of a token are one row of a rows16 tile: its elements lie apart, each at an offset that is known here.
void vspec::emitKeyAppend(KernelWriter &w, const CacheLayout &layout, const CacheShare &share, Value head, Value position, Value source,
                          Value temporary) {
  const NormalForm &form = layout.keyForm;
  PackedLayout packed(form, layout.headSize);
  Value inTile = w.rem(position, CacheLayout::tokensPerTile), lane = w.rem(position, tileRows);
  Value tile = headTile(w, layout, share, head, w.div(position, CacheLayout::tokensPerTile));
  tile = w.at(tile, w.mul(w.div(inTile, tileRows), layout.keyTileBytes));
  const PackedLayout::Stream &elements = packed.streams.back();
  if (form.isFloat()) {
    int64_t bytes = form.bits / 8;
    Value column = w.at(tile, w.mul(lane, bytes));
    for (int64_t k = 0; k < packed.paddedColumns(layout.headSize); ++k) {
      Value x = k < layout.headSize ? w.load(w.f32(), w.at(source, k * 4)) : w.real(0);
      int64_t offset = k / packed.blockK * packed.blockBytes + packed.unitOffset(elements, k % packed.blockK) +
                       k % packed.blockK % elements.perUnit * tileRows * bytes;
      w.store(bytes == 2 ? w.truncatef(x, w.b.getF16Type()) : x, w.at(column, offset), bytes);
    }
    return;
  }
  int64_t padded = packed.paddedColumns(layout.headSize);
  for (int64_t k = layout.headSize; k < padded; k += 4)
    w.store(w.integer(w.i32(), 0), w.at(temporary, k));
  Value quadColumn = w.at(tile, w.mul(lane, 4)), halfColumn = w.at(tile, w.mul(lane, 2));
  for (int64_t k = 0; k < padded; k += form.flush) {
    int64_t inBlock = k % packed.blockK, block = k / packed.blockK * packed.blockBytes;
    const PackedLayout::Place &place = packed.scale[0];
    unsigned vector = packed.vectorOf(place, inBlock / form.flush);
    int64_t offset = block + packed.unitOffset(packed.streams[place.stream], vector) + vector % 2 * 32;
    Value scale = k < layout.headSize ? quantizeGroup(w, form, w.at(source, k * 4), w.at(temporary, k), form.flush)
                                      : w.real(w.b.getF16Type(), 0);
    w.store(scale, w.at(halfColumn, offset), 2);
  }
  // Quads of bytes, or of nibbles: two quads share the bytes of a line.
  int64_t quadsPerUnit = elements.perUnit;
  for (int64_t k = 0; k < padded; k += 4 * quadsPerUnit) {
    Value word = w.load(w.i32(), w.at(temporary, k));
    if (quadsPerUnit == 2)
      word = w.bitOr(word, w.shiftLeft(w.load(w.i32(), w.at(temporary, k + 4)), 4));
    int64_t offset = k / packed.blockK * packed.blockBytes + packed.unitOffset(elements, k % packed.blockK / 4);
    w.store(word, w.at(quadColumn, offset), 4);
  }
}

// The values of a token are one k of rows16 tiles: a byte, or half a byte, in a word of each column.
void vspec::emitValueAppend(KernelWriter &w, const CacheLayout &layout, const CacheShare &share, Value head, Value position, Value source,
                            Value temporary) {
  const NormalForm &form = layout.valueForm;
  int64_t size = layout.headSize;
  Value token = w.rem(position, CacheLayout::tokensPerTile);
  Value tile = headTile(w, layout, share, head, w.div(position, CacheLayout::tokensPerTile));
  Value values = w.at(tile, CacheLayout::keyTiles * layout.keyTileBytes);
  if (form.isFloat()) {
    int64_t lanes = std::gcd(size, int64_t(16)), bytes = form.bits / 8;
    Value row = w.at(values, w.mul(token, size * bytes));
    for (int64_t i = 0; i < size; i += lanes) {
      Value x = w.load(w.vec(lanes), w.at(source, i * 4));
      w.store(bytes == 2 ? w.truncatef(x, w.vec(lanes, w.b.getF16Type())) : x, w.at(row, i * bytes), bytes);
    }
    return;
  }
  Value scales = w.at(values, w.mul(token, 2)), codes = w.at(values, layout.valueScaleBytes());
  for (int64_t k = size; k < layout.columnTiles() * tileRows; k += 4)
    w.store(w.integer(w.i32(), 0), w.at(temporary, k));
  for (int64_t g = 0; g < layout.valueGroups; ++g) {
    int64_t k = g * form.flush, count = std::min<int64_t>(form.flush, size - k);
    Value scale = quantizeGroup(w, form, w.at(source, k * 4), w.at(temporary, k), count);
    w.store(scale, w.at(scales, g * CacheLayout::tokensPerTile * 2), 2);
  }
  // A line has 16 words, one for each column: the bytes of 4 tokens, or the nibbles of 8, those of the first 4 below.
  VectorType words = w.vec(tileRows, w.i32());
  int64_t tokensPerLine = 32 / form.bits;
  Value shift = w.mul(w.rem(token, 4), 8);
  if (tokensPerLine == 8)
    shift = w.add(shift, w.mul(w.rem(w.div(token, 4), 2), 4));
  Value distance = w.broadcast(w.narrow(shift, w.i32()), tileRows);
  auto shifted = [&](Value x) -> Value { return arith::ShLIOp::create(w.b, w.loc, x, distance); };
  Value mask = arith::XOrIOp::create(w.b, w.loc, shifted(w.integer(words, (1 << form.bits) - 1)), w.integer(words, -1));
  Value line = w.at(codes, w.mul(w.div(token, tokensPerLine), lineBytes));
  for (int64_t i = 0; i < layout.columnTiles(); ++i) {
    Value place = w.at(line, i * layout.columnTileBytes);
    Value code = shifted(w.widenUnsigned(w.load(w.vec(tileRows, w.i8()), w.at(temporary, i * tileRows), 1), words));
    Value others = arith::AndIOp::create(w.b, w.loc, w.load(words, place, lineBytes), mask);
    w.store(w.bitOr(others, code), place, lineBytes);
  }
}
