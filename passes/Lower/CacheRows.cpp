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

static Value tileAddress(KernelWriter &w, const CacheLayout &layout, const CacheShare &share, Value tile) {
  Value inRing = arith::RemUIOp::create(w.b, w.loc, tile, share.tiles);
  return w.at(share.base, w.mul(inRing, layout.bytesPerTile()));
}

Value vspec::keyTile(KernelWriter &w, const CacheLayout &layout, const CacheShare &share, Value head, Value tile) {
  return w.at(tileAddress(w, layout, share, tile), w.mul(head, layout.keyTileBytes));
}

Value vspec::valueTile(KernelWriter &w, const CacheLayout &layout, const CacheShare &share, Value head, Value tile) {
  Value values = w.at(tileAddress(w, layout, share, tile), layout.heads * layout.keyTileBytes);
  return w.at(values, w.mul(head, layout.valueTileBytes));
}

// Rounds one group: f16 scale = max / 127 (or / 7), code = nearest even of x / scale, biased, as bytes at `codes`.
// Returns the scale.
static Value quantizeGroup(KernelWriter &w, const NormalForm &form, Value source, Value codes) {
  int64_t count = form.flush, lanes = std::gcd(count, int64_t(16)), largest = (1 << (form.bits - 1)) - 1;
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
  Value tile = keyTile(w, layout, share, head, w.div(position, tileRows)), lane = w.rem(position, tileRows);
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
    Value scale = k < layout.headSize ? quantizeGroup(w, form, w.at(source, k * 4), w.at(temporary, k))
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

void vspec::emitValueAppend(KernelWriter &w, const CacheLayout &layout, const CacheShare &share, Value head, Value position, Value source,
                            Value temporary) {
  const NormalForm &form = layout.valueForm;
  int64_t size = layout.headSize;
  Value tile = valueTile(w, layout, share, head, w.div(position, tileRows));
  Value token = w.at(tile, w.mul(w.rem(position, tileRows), layout.valueTokenBytes));
  if (form.isFloat()) {
    int64_t lanes = std::gcd(size, int64_t(16)), bytes = form.bits / 8;
    for (int64_t i = 0; i < size; i += lanes) {
      Value x = w.load(w.vec(lanes), w.at(source, i * 4));
      w.store(bytes == 2 ? w.truncatef(x, w.vec(lanes, w.b.getF16Type())) : x, w.at(token, i * bytes), bytes);
    }
    return;
  }
  int64_t groups = size / form.flush, codesAt = groups * 2;
  for (int64_t g = 0; g < groups; ++g) {
    Value scale = quantizeGroup(w, form, w.at(source, g * form.flush * 4), w.at(temporary, g * form.flush));
    w.store(scale, w.at(token, g * 2), 2);
  }
  int64_t half = form.bits == 4 ? size / 2 : size, lanes = std::gcd(half, int64_t(16));
  VectorType bytes = w.vec(lanes, w.i8());
  for (int64_t i = 0; i < half; i += lanes) {
    Value codes = w.load(bytes, w.at(temporary, i), 1);
    if (form.bits == 4)
      codes = w.bitOr(codes, w.shiftLeft(w.load(bytes, w.at(temporary, i + half), 1), 4));
    w.store(codes, w.at(token, codesAt + i), 1);
  }
}
