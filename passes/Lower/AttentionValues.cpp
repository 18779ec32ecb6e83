#include "passes/Lower/AttentionValues.h"
#include <numeric>

using namespace mlir;
using namespace vspec;

namespace {
constexpr int64_t blockTokens = CacheLayout::tokensPerTile;
constexpr int64_t weightBlock = 32; // tokens whose weights share an int8 scale
constexpr int64_t parts = blockTokens / weightBlock;

int64_t largestDivisor(int64_t number, int64_t most) {
  int64_t divisor = std::min(number, most);
  while (number % divisor)
    --divisor;
  return divisor;
}
} // namespace

QueryPasses::QueryPasses(int64_t group, int64_t most) : group(group), unit(largestDivisor(group, most)), whole(unit) {
  if (unit == group)
    whole = most / unit * unit;
}

void QueryPasses::each(KernelWriter &w, Value begin, Value end, function_ref<void(Value, int64_t)> body) const {
  Value middle = begin;
  if (whole > unit) {
    middle = w.add(begin, w.mul(w.div(w.sub(end, begin), whole), whole));
    w.loop(begin, middle, whole, [&](Value first) { body(first, whole); });
  }
  w.loop(middle, end, unit, [&](Value first) { body(first, unit); });
}

AttentionValues::AttentionValues(const CacheLayout &layout, const KernelTarget &target, int64_t group)
    : layout(layout), target(target), passes(group, layout.valueForm.isFloat() ? target.floatRows : target.integerRows),
      units(group, 8), integers(!layout.valueForm.isFloat()),
      columns(integers ? layout.columnTiles() * tileRows : layout.headSize) {}

void AttentionValues::plan(ScratchPlan &plan, int64_t queries) {
  outputs = plan.take(queries * columns * 4);
  if (!integers)
    return;
  scales = plan.take(layout.valueGroups * blockTokens * 4);
  codes = plan.take(queries * layout.valueGroups * blockTokens);
  // Written 16 at a time, in ascending order: the last may reach behind the end.
  codeScales = plan.take(queries * layout.valueGroups * parts * 4 + lineBytes);
  codeCorrections = plan.take(queries * layout.valueGroups * parts * 4 + lineBytes);
}

void AttentionValues::clear(KernelWriter &w, Value scratch, Value query) const {
  int64_t lanes = std::gcd(columns, int64_t(16));
  Value to = sums(w, scratch, query);
  w.loop(0, columns, lanes, [&](Value i) { w.store(w.real(w.vec(lanes), 0), w.at(to, w.mul(i, 4))); });
}

void AttentionValues::add(KernelWriter &w, const AttentionTile &tile, const AttentionBlock &block, Value weights, Value corrections) const {
  if (!integers)
    return addFloats(w, tile, block, weights, corrections);
  readScales(w, tile, block);
  w.loop(block.firstQuery, block.endQuery, units.unit, [&](Value query) { quantize(w, tile.scratch, weights, query); });
  addIntegers(w, tile.scratch, block, corrections);
}

// The scales as f32; 0 behind the last token, where the cache may hold anything.
void AttentionValues::readScales(KernelWriter &w, const AttentionTile &tile, const AttentionBlock &block) const {
  VectorType type = w.vec(tileRows);
  Value stored = w.sub(w.add(tile.position, tile.rows), block.start); // tokens
  w.loop(0, blockTokens, tileRows, [&](Value token) {
    Value isStored = w.less(w.lanesFrom(token, tileRows), w.broadcast(w.narrow(stored, w.i32()), tileRows));
    for (int64_t g = 0; g < layout.valueGroups; ++g) {
      Value from = w.at(w.at(block.values, g * blockTokens * 2), w.mul(token, 2));
      Value scale = w.extendf(w.load(w.vec(tileRows, w.b.getF16Type()), from, 32), type);
      w.store(w.select(isStored, scale, w.real(type, 0)), w.at(w.at(tile.scratch, scales + g * blockTokens * 4), w.mul(token, 4)), lineBytes);
    }
  });
}

// Weights times scales as int8, by the rule of ActivationPanel. What is not negative rounds by adding 2^23, which leaves the
// nearest integer in the low bits, so codes and their sums need no conversion.
void AttentionValues::quantize(KernelWriter &w, Value scratch, Value weights, Value firstQuery) const {
  VectorType type = w.vec(16), integerType = w.vec(16, w.i32());
  constexpr uint32_t rounder = 0x4b000000; // the bits of 2^23
  int64_t perQuery = layout.valueGroups * parts, count = units.unit * perQuery, bias = layout.valueForm.bias;
  Value number = w.mul(firstQuery, perQuery * 4);
  auto product = [&](int64_t i, int64_t half) {
    int64_t query = i / perQuery, part = i % parts * weightBlock + half * 16, g = i / parts % layout.valueGroups;
    Value weight = w.load(type, w.at(w.at(weights, w.mul(firstQuery, blockTokens * 4)), (query * blockTokens + part) * 4), lineBytes);
    return w.mulf(weight, w.load(type, w.at(scratch, scales + (g * blockTokens + part) * 4), lineBytes));
  };
  for (int64_t first = 0; first < count; first += 16) {
    int64_t end = std::min(first + 16, count);
    SmallVector<Value> greatest, sums;
    for (int64_t i = first; i < end; ++i)
      greatest.push_back(w.greaterOf(product(i, 0), product(i, 1)));
    Value most = w.reduceEach(greatest, [&](Value x, Value y) { return w.greaterOf(x, y); });
    Value isZero = w.lessf(most, w.real(type, 0x1p-120));
    Value scale = w.select(isZero, w.real(type, 0), w.divf(most, w.real(type, 127)));
    Value inverse = w.select(isZero, w.real(type, 0), w.divf(w.real(type, 127), w.select(isZero, w.real(type, 1), most)));
    w.store(scale, w.at(w.at(scratch, codeScales + first * 4), number));
    for (int64_t i = first; i < end; ++i) {
      Value factor = w.splat(inverse, i - first), sum;
      for (int64_t half : {0, 1}) {
        Value bits = w.bitcast(w.addf(w.mulf(product(i, half), factor), w.real(type, 0x1p23)), integerType);
        Value to = w.at(w.at(scratch, codes + i * weightBlock + half * 16), w.mul(firstQuery, perQuery * weightBlock));
        w.store(w.narrow(bits, w.vec(16, w.i8())), to, 16);
        sum = sum ? w.add(sum, bits) : bits;
      }
      sums.push_back(sum);
    }
    Value sum = w.reduceEach(sums, [&](Value x, Value y) { return w.add(x, y); });
    sum = w.mul(w.sub(sum, w.integer(integerType, int32_t(weightBlock * rounder))), w.integer(integerType, -bias));
    w.store(sum, w.at(w.at(scratch, codeCorrections + first * 4), number));
  }
}

// out = out * correction, then out = fma(scale, float(isum), out) for each 32 tokens.
void AttentionValues::addIntegers(KernelWriter &w, Value scratch, const AttentionBlock &block, Value corrections) const {
  int64_t perQuery = layout.valueGroups * parts;
  Value tiles = w.at(block.values, layout.valueScaleBytes());
  int64_t valuesAt = CacheLayout::keyTiles * layout.keyTileBytes;
  block.prefetch(w, w.integer(valuesAt), layout.valueScaleBytes());
  w.loop(0, layout.columnTiles(), 1, [&](Value columnTile) {
    Value offset = w.mul(columnTile, layout.columnTileBytes), address = w.at(tiles, offset);
    block.prefetch(w, w.add(offset, valuesAt + layout.valueScaleBytes()), layout.columnTileBytes);
    Value group = w.div(columnTile, layout.valueForm.flush / tileRows);
    passes.each(w, block.firstQuery, block.endQuery, [&](Value query, int64_t count) {
      WeightTile values(w, layout.valueCodes, blockTokens, target.registerBytes, weightBlock);
      ActivationRows rows;
      Value place = w.add(w.mul(query, perQuery * 4), w.mul(group, parts * 4));
      rows.codes = w.at(w.at(scratch, codes), w.mul(place, weightBlock / 4));
      rows.scales = w.at(w.at(scratch, codeScales), place);
      rows.corrections = w.at(w.at(scratch, codeCorrections), place);
      rows.codeStride = perQuery * weightBlock;
      rows.scaleStride = rows.correctionStride = perQuery * 4;
      Value output = w.at(sums(w, scratch, query), w.mul(columnTile, lineBytes));
      int64_t lanes = values.lanesOfSlice();
      auto placeOf = [&](int64_t i, int64_t slice) { return w.at(output, i * columns * 4 + slice * target.registerBytes); };
      SmallVector<Value> start;
      for (int64_t i = 0; i < count; ++i) {
        Value correction = w.broadcast(w.loadf(w.at(corrections, i * 4), query), lanes);
        for (int64_t slice = 0; slice < values.slices(); ++slice)
          start.push_back(w.mulf(w.load(w.vec(lanes), placeOf(i, slice)), correction));
      }
      SmallVector<Value> added = values.dot(address, rows, count, /*integers=*/true, start);
      for (int64_t i = 0; i < count; ++i)
        for (int64_t slice = 0; slice < values.slices(); ++slice)
          w.store(added[i * values.slices() + slice], placeOf(i, slice));
    });
  });
}

// Tokens that all rows see are read once for all queries; those that only some see, for each row.
void AttentionValues::addFloats(KernelWriter &w, const AttentionTile &tile, const AttentionBlock &block, Value weights,
                                Value corrections) const {
  int64_t lanes = std::gcd(columns, int64_t(16));
  w.loop(block.firstQuery, block.endQuery, 1, [&](Value query) {
    Value correction = w.broadcast(w.loadf(corrections, query), lanes), output = sums(w, tile.scratch, query);
    w.loop(0, columns, lanes, [&](Value i) {
      Value at = w.at(output, w.mul(i, 4));
      w.store(w.mulf(w.load(w.vec(lanes), at), correction), at);
    });
  });
  auto beginOf = [&](Value row) { return w.most(w.sub(tile.firstToken(w, row), block.start), w.integer(0)); };
  auto endOf = [&](Value row) { return w.least(w.add(w.sub(w.add(tile.position, row), block.start), 1), w.integer(blockTokens)); };
  Value begin = beginOf(w.sub(block.endRow, 1)), end = w.most(endOf(block.firstRow), begin);
  auto rowByRow = [&](llvm::function_ref<std::pair<Value, Value>(Value)> tokensOf) {
    w.loop(block.firstRow, block.endRow, 1, [&](Value row) {
      auto [first, last] = tokensOf(row);
      w.loop(w.mul(row, passes.group), w.mul(w.add(row, 1), passes.group), passes.unit, [&, first = first, last = last](Value query) {
        addTokens(w, tile.scratch, block.values, weights, query, passes.unit, first, last);
      });
    });
  };
  if (tile.window)
    rowByRow([&](Value row) { return std::pair(beginOf(row), w.least(begin, endOf(row))); });
  passes.each(w, block.firstQuery, block.endQuery,
              [&](Value query, int64_t count) { addTokens(w, tile.scratch, block.values, weights, query, count, begin, end); });
  rowByRow([&](Value row) { return std::pair(end, endOf(row)); });
}

// out[d] = fma(weight[t], v[t][d], out[d]) for tokens [begin, end) of the block, in ascending order.
void AttentionValues::addTokens(KernelWriter &w, Value scratch, Value values, Value weights, Value firstQuery, int64_t count, Value begin,
                                Value end) const {
  int64_t lanes = std::gcd(columns, int64_t(16)), bytes = layout.valueForm.bits / 8;
  Value output = sums(w, scratch, firstQuery), weightRow = w.at(weights, w.mul(firstQuery, blockTokens * 4));
  w.loop(0, columns, lanes, [&](Value column) {
    auto place = [&](int64_t i) { return w.at(w.at(output, i * columns * 4), w.mul(column, 4)); };
    SmallVector<Value> start;
    for (int64_t i = 0; i < count; ++i)
      start.push_back(w.load(w.vec(lanes), place(i)));
    Value from = w.at(values, w.mul(column, bytes));
    auto added = w.loop(begin, end, 1, start, [&](Value token, ValueRange carried) {
      Value address = w.at(from, w.mul(token, columns * bytes));
      Value value = bytes == 4 ? w.load(w.vec(lanes), address)
                               : w.extendf(w.load(w.vec(lanes, w.b.getF16Type()), address, 2), w.vec(lanes));
      SmallVector<Value> next;
      for (int64_t i = 0; i < count; ++i)
        next.push_back(w.fma(w.broadcast(w.loadf(w.at(weightRow, i * blockTokens * 4), token), lanes), value, carried[i]));
      return next;
    });
    for (int64_t i = 0; i < count; ++i)
      w.store(added[i], place(i));
  });
}
