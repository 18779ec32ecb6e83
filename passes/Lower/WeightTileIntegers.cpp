// The integer path of a weight tile: exact sums of codes and int8 activations, and codes that are unpacked once for many passes.
#include "dialects/VKern/VKern.h"
#include "passes/Lower/WeightTile.h"

using namespace mlir;
using namespace vspec;

// inner = fma(scale, float(isum), inner), and with a minimum inner = fma(minimum, float(asum), inner).
void WeightTile::integerGroup(int64_t k, int64_t flush, Values &inner) {
  for (int64_t slice = 0; slice < sliceCount; ++slice) {
    // Scales first, as they lie first: the loads then ascend, which the hardware's prefetcher wants.
    Value scale, minimum;
    scalesOf(k, slice, scale, minimum);
    if (scale && form.tableUnit != 1)
      scale = w.mulf(scale, w.real(scale.getType(), form.tableUnit));
    Values sums = integerSums(k, flush, slice);
    for (int64_t row = 0; row < rows; ++row) {
      Value &value = inner[row * sliceCount + slice];
      Value sum = w.toFloat(sums[row], laneType(w.f32()));
      if (!scale && form.tableUnit != 1)
        sum = w.mulf(sum, w.real(sum.getType(), form.tableUnit));
      value = scale ? w.fma(scale, sum, value) : w.addf(value, sum);
      if (minimum) {
        Value activations = w.toFloat(activation(in.sums, w.i32(), in.sumStride, row, flush, k), w.f32());
        value = w.fma(minimum, w.broadcast(activations, lanes), value);
      }
    }
  }
}

// The same where the finest numbers are small integers: they multiply integer sums, and what is coarser meets their total.
void WeightTile::exactGroups(int64_t k, int64_t count, int64_t flush, Values &inner) {
  for (int64_t slice = 0; slice < sliceCount; ++slice) {
    Value scale, minimum;
    Values totals(rows), minimums;
    if (isFolded()) {
      scale = product(ArrayRef(layout.scale).drop_front(), k, slice, {});
      if (folded->sign < 0)
        scale = w.negf(scale);
      totals = foldedSums(k, count, slice);
    } else {
      for (int64_t g = k; g < k + count; g += flush) {
        Value factor = smallInteger(layout.scale[0], g, slice);
        if (!scale) // behind the finest, as it lies
          scale = product(ArrayRef(layout.scale).drop_front(), k, slice, {});
        Values sums = integerSums(g, flush, slice);
        for (int64_t row = 0; row < rows; ++row) {
          Value product = w.mul(factor, sums[row]);
          totals[row] = totals[row] ? w.add(totals[row], product) : product;
        }
      }
    }
    if (!layout.minimum.empty()) {
      minimum = product(ArrayRef(layout.minimum).drop_front(), k, slice, {});
      minimums = minimumSums(k, count, flush, slice);
    }
    if (form.unit != 1)
      scale = w.mulf(scale, w.real(scale.getType(), form.unit));
    for (int64_t row = 0; row < rows; ++row) {
      Value &value = inner[row * sliceCount + slice];
      value = w.fma(scale, w.toFloat(totals[row], laneType(w.f32())), value);
      if (minimum)
        value = w.fma(minimum, w.toFloat(minimums[row], laneType(w.f32())), value);
    }
  }
}

// The sums of codes that scales are folded into: parts that are all alike, so a loop.
SmallVector<Value> WeightTile::foldedSums(int64_t k, int64_t count, int64_t slice) {
  int64_t length = foldedLength(form, block);
  Value codes = unpackedCodes, activations = in.codes, corrections = in.corrections;
  Values totals =
      w.loop(w.integer(0), w.integer(count / length), 1, Values(rows, w.integer(laneType(w.i32()), 0)), [&](Value part, ValueRange sums) {
        unpackedCodes = w.at(codes, w.mul(part, length / 4 * lineBytes));
        in.codes = w.at(activations, w.mul(part, length * in.together));
        if (corrections)
          in.corrections = w.at(corrections, w.mul(part, 4 * in.together));
        Values added = integerSums(k, length, slice);
        for (auto [sum, more] : llvm::zip_equal(sums, added))
          more = w.add(sum, more);
        return added;
      });
  unpackedCodes = codes, in.codes = activations, in.corrections = corrections;
  return totals;
}

// The sums of minimum times activations: minimums of four groups are a code vector.
SmallVector<Value> WeightTile::minimumSums(int64_t k, int64_t count, int64_t flush, int64_t slice) {
  const PackedLayout::Place &place = layout.minimum[0];
  int64_t quads = count / (4 * flush);
  Values codes;
  for (int64_t quad = 0; quad < quads; ++quad)
    codes.push_back(codeVector(layout.streams[place.stream], layout.vectorOf(place, k / flush + 4 * quad), slice));
  Value matrix = w.stack(codes);
  auto dot = [&](Value sums) {
    return vkern::Dot4Op::create(w.b, w.loc, VectorType::get({rows, lanes}, w.i32()), matrix,
                                 loaded(sums, in.splitSumStride, quads, 4 * flush, k, 1), Value(), 0, (1 << place.level.bits) - 1);
  };
  Value high = dot(in.splitSums), low = dot(w.at(in.splitSums, in.lowSumOffset));
  Values result;
  for (int64_t row = 0; row < rows; ++row)
    result.push_back(w.add(w.shiftLeft(w.row(high, row), 7), w.row(low, row)));
  return result;
}

SmallVector<Value> WeightTile::integerSums(int64_t k, int64_t flush, int64_t slice) {
  int64_t quads = flush / 4;
  unsigned bias = isFolded() ? folded->bias : form.bias, most = isFolded() ? folded->most : form.maxValue();
  // Codes before activations: only a load that stands behind all others can be part of the product.
  Values all;
  for (int64_t quad = 0; quad < quads; ++quad)
    all.push_back(codesOf(k + 4 * quad, slice));
  Value codes = w.stack(all);
  Value correction;
  if (bias) {
    Values corrections;
    for (int64_t row = 0; row < rows; ++row)
      corrections.push_back(activation(in.corrections, w.i32(), in.correctionStride, row, flush, k));
    correction = vector::FromElementsOp::create(w.b, w.loc, VectorType::get({rows}, w.i32()), corrections);
  }
  Value vectors = loaded(in.codes, in.codeStride, quads, 4, k, ActivationRows::codeRun / 4);
  auto dot = [&](Value codes) -> Value {
    return vkern::Dot4Op::create(w.b, w.loc, VectorType::get({rows, lanes}, w.i32()), codes, vectors, correction, bias, most);
  };
  Value sums = dot(unpackedCodes ? codes : inTable(codes, form.table));
  Value low = form.tableLow.empty() ? Value() : dot(inTable(codes, form.tableLow));
  Values result;
  for (int64_t row = 0; row < rows; ++row) {
    Value sum = w.row(sums, row);
    result.push_back(low ? w.add(w.shiftLeft(sum, 8), w.row(low, row)) : sum);
  }
  return result;
}

Value WeightTile::inTable(Value codes, ArrayRef<uint8_t> values) {
  if (values.empty())
    return codes;
  auto table = DenseElementsAttr::get(w.vec(16, w.i8()), values);
  return vkern::LookupOp::create(w.b, w.loc, codes.getType(), codes, table);
}

Value WeightTile::unpackedPlace(Value unpacked, int64_t k, int64_t slice) {
  Value block = w.at(unpacked, w.mul(blockIndex, layout.blockK / 4 * lineBytes));
  return w.at(block, k / 4 * lineBytes + slice * sliceBytes);
}

void WeightTile::unpack(Value tile, Value codes) {
  blocks(w.integer(0), w.integer(blockCount()), {}, [&](Values &) {
    beginBlock(w.at(tile, layout.headerBytes));
    for (int64_t k = 0; k < layout.blockK; k += 4)
      for (int64_t slice = 0; slice < sliceCount; ++slice) {
        Value values = inTable(codeVector(layout.streams.back(), k / 4, slice), form.table);
        w.store(folded ? foldScale(values, k, slice) : values, unpackedPlace(codes, k, slice), unsigned(sliceBytes));
      }
  });
}

// sign * (code - bias) * scale + bias of the folded ones, modulo 256: the even bytes of words and the odd ones.
Value WeightTile::foldScale(Value codes, int64_t k, int64_t slice) {
  Value scale = smallInteger(layout.scale[0], k, slice);
  Value factor = w.vectorCast(w.mul(w.bitAnd(w.mul(scale, folded->sign), 0xffff), 0x10001), 2 * lanes, w.b.getI16Type());
  Value zero = w.sub(w.integer(scale.getType(), folded->bias), w.mul(scale, folded->sign * int64_t(form.bias)));
  Value start = w.vectorCast(w.mul(w.bitAnd(zero, 255), 0x1010101), sliceBytes, w.i8());
  Value pairs = w.vectorCast(codes, 2 * lanes, w.b.getI16Type());
  auto half = [&](int64_t mask) { return w.bitAnd(w.mul(w.bitAnd(pairs, mask), factor), mask); };
  return w.add(w.vectorCast(w.bitOr(half(0xff), half(0xff00)), sliceBytes, w.i8()), start);
}

// Quads of bytes for each row of activations, each made of `per` columns.
Value WeightTile::loaded(Value base, int64_t stride, int64_t quads, int64_t per, int64_t k, int64_t run) {
  Values all;
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t quad = 0; quad < quads; ++quad)
      all.push_back(activation(base, w.i32(), stride, row, per, k + per * quad, run));
  return vector::FromElementsOp::create(w.b, w.loc, VectorType::get({rows, quads}, w.i32()), all);
}
