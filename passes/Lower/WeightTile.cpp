#include "passes/Lower/WeightTile.h"
#include "dialects/VKern/VKern.h"
#include <numeric>

using namespace mlir;
using namespace vspec;

WeightTile::WeightTile(KernelWriter &w, const NormalForm &form, int64_t columns, int64_t registerBytes, int64_t block)
    : w(w), form(form), layout(form, columns), columns(columns), block(block), sliceBytes(registerBytes),
      sliceCount(lineBytes / registerBytes), lanes(registerBytes / 4) {
  if (form.decoder)
    decoded = std::make_unique<DecodedTile>(w, static_cast<const MLIRDecoder &>(*form.decoder), layout, registerBytes);
}

void WeightTile::beginBlock(Value first) {
  unpacked.clear();
  for (int64_t line = 0; asked && line < linesAsked(); ++line)
    w.prefetch(w.at(asked, w.mul(w.add(w.mul(blockIndex, linesAsked()), line), lineBytes)));
  if (decoded)
    decoded->begin(first, blockIndex);
  else
    blockAddress = w.at(first, w.mul(blockIndex, layout.blockBytes));
}

SmallVector<Value> WeightTile::dot(Value tile, const ActivationRows &activations, int64_t rowCount, bool integers, ArrayRef<Value> start) {
  in = activations;
  rows = rowCount;
  int64_t blockCount = this->blockCount();
  Value header = tile;
  Value first = w.at(tile, layout.headerBytes);
  auto inBlock = [&](llvm::function_ref<void(Values &)> body) {
    return [this, first, body](Values &carried) {
      beginBlock(first);
      body(carried);
    };
  };
  Value zero = w.real(laneType(w.f32()), 0);
  Values accumulators(rows * sliceCount, zero);
  if (!start.empty())
    accumulators.assign(start.begin(), start.end());

  if (!integers) {
    auto body = [&](Values &carried) { floatGroups(carried); };
    accumulators = blocks(w.integer(0), w.integer(blockCount), accumulators, inBlock(body));
  } else {
    int64_t flush = flushLength(form, block), exact = form.exactColumns(unsigned(block));
    auto group = [&](int64_t k, Values &inner) { exact > flush ? exactGroups(k, exact, flush, inner) : integerGroup(k, flush, inner); };
    // acc = fma(activation scale, inner, acc) for the activation block that holds column k of the current block.
    auto close = [&](Values &acc, const Values &inner, Value blockOfActivations) {
      for (int64_t row = 0; row < rows; ++row) {
        Value scale = w.load(w.f32(), w.at(w.at(in.scales, row * in.scaleStride), w.mul(blockOfActivations, 4 * in.together)));
        Value factor = w.broadcast(scale, lanes);
        for (int64_t slice = 0; slice < sliceCount; ++slice) {
          Value &a = acc[row * sliceCount + slice];
          a = w.fma(factor, inner[row * sliceCount + slice], a);
        }
      }
    };
    if (layout.blockK >= block) {
      int64_t parts = layout.blockK / block;
      auto body = [&](Values &acc) {
        for (int64_t part = 0; part < parts; ++part) {
          Values inner(rows * sliceCount, zero);
          for (int64_t k = part * block; k < (part + 1) * block; k += exact)
            group(k, inner);
          close(acc, inner, w.add(w.mul(blockIndex, parts), part));
        }
      };
      accumulators = blocks(w.integer(0), w.integer(blockCount), accumulators, inBlock(body));
    } else {
      int64_t together = block / layout.blockK;
      auto body = [&](Values &inner) {
        for (int64_t k = 0; k < layout.blockK; k += exact)
          group(k, inner);
      };
      auto activationBlocks = [&](Value index, Value begin, Value end, Values acc) {
        Values inner = blocks(begin, end, Values(rows * sliceCount, zero), inBlock(body));
        close(acc, inner, index);
        return acc;
      };
      int64_t whole = blockCount / together;
      if (whole)
        accumulators = w.loop(w.integer(0), w.integer(whole), 1, accumulators, [&](Value index, ValueRange carried) {
          Value begin = w.mul(index, together);
          return activationBlocks(index, begin, w.add(begin, together), llvm::to_vector(carried));
        });
      if (blockCount % together) // the short block at the end of K
        accumulators = activationBlocks(w.integer(whole), w.integer(whole * together), w.integer(blockCount), accumulators);
    }
  }
  if (form.scale.empty() && form.unit != 1) // no level takes the constant factor
    for (Value &acc : accumulators)
      acc = w.mulf(acc, w.real(acc.getType(), form.unit));
  if (form.rowScale)
    for (int64_t slice = 0; slice < sliceCount; ++slice) {
      Value scale = w.load(laneType(w.f32()), w.at(header, slice * sliceBytes), 16);
      for (int64_t row = 0; row < rows; ++row) {
        Value &acc = accumulators[row * sliceCount + slice];
        acc = w.mulf(acc, scale);
      }
    }
  return accumulators;
}

void WeightTile::askForNext(Value tile, Value nth) {
  int64_t bytes = layout.tileBytes(columns);
  asked = w.at(tile, w.add(w.least(w.mul(nth, linesAsked() * blockCount() * lineBytes), w.integer(bytes)), bytes));
}

// A loop over layout blocks.
SmallVector<Value> WeightTile::blocks(Value begin, Value end, Values carried, llvm::function_ref<void(Values &)> body) {
  return w.loop(begin, end, 1, carried, [&](Value index, ValueRange values) {
    blockIndex = index;
    Values next = llvm::to_vector(values);
    body(next);
    return next;
  });
}

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
    }
    for (int64_t g = k; !isFolded() && g < k + count; g += flush) {
      Value factor = smallInteger(layout.scale[0], g, slice);
      if (!scale) // behind the finest, as it lies
        scale = product(ArrayRef(layout.scale).drop_front(), k, slice, {});
      Values sums = integerSums(g, flush, slice);
      for (int64_t row = 0; row < rows; ++row) {
        Value product = w.mul(factor, sums[row]);
        totals[row] = totals[row] ? w.add(totals[row], product) : product;
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

// Columns [k, k + count) in pieces of whole units, one behind the other: short groups are written out, long ones are a loop, or
// they would compile for minutes. The body writes columns that count from k.
SmallVector<Value> WeightTile::pieces(int64_t k, int64_t count, Values carried, llvm::function_ref<Values(Value, int64_t, Values)> body) {
  int64_t length = pieceLength(count);
  if (length == count)
    return body(w.integer(0), count, std::move(carried));
  Value block = blockAddress, floats = in.floats;
  int64_t bytes = length / unitColumns() * layout.streams.back().unitBytes;
  Values result = w.loop(w.integer(0), w.integer(count / length), 1, carried, [&](Value piece, ValueRange values) {
    unpacked.clear();
    blockAddress = w.at(block, w.mul(piece, bytes));
    if (floats)
      in.floats = w.at(floats, w.mul(piece, length * 4));
    return body(w.mul(piece, length), length, llvm::to_vector(values));
  });
  blockAddress = block, in.floats = floats;
  unpacked.clear();
  return result;
}

int64_t WeightTile::unitColumns() const { return layout.streams.back().perUnit * (layout.streams.back().isByteVector() ? 4 : 1); }

int64_t WeightTile::pieceLength(int64_t count) const {
  if (decoded)
    return count; // its places are known for a whole block only
  int64_t length = std::lcm(unitColumns(), int64_t(32));
  return count % length ? count : length;
}

int64_t WeightTile::columnsWrittenOut() const {
  int64_t group = form.flush ? form.flush : layout.blockK;
  return layout.blockK / group * pieceLength(group);
}

// One layout block on the float path: sum = fma(element, x, sum) over each group, acc = fma(scale, sum, acc). Without levels
// the sum is the accumulator itself.
void WeightTile::floatGroups(Values &accumulators) {
  int64_t group = form.flush ? form.flush : layout.blockK;
  Value zero = w.real(laneType(w.f32()), 0);
  for (int64_t k = 0; k < layout.blockK; k += group)
    for (int64_t slice = 0; slice < sliceCount; ++slice) {
      Value scale, minimum;
      scalesOf(k, slice, scale, minimum);
      Values sums(rows);
      for (int64_t row = 0; row < rows; ++row)
        sums[row] = scale ? zero : accumulators[row * sliceCount + slice];
      sums = pieces(k, group, sums, [&](Value, int64_t count, Values sums) {
        for (int64_t i = 0; i < count; ++i) {
          Value value = element(k + i, slice);
          for (int64_t row = 0; row < rows; ++row)
            sums[row] = w.fma(value, w.broadcast(activation(in.floats, w.f32(), in.floatStride, row, 1, k + i), lanes), sums[row]);
        }
        return sums;
      });
      for (int64_t row = 0; row < rows; ++row) {
        Value &acc = accumulators[row * sliceCount + slice];
        acc = scale ? w.fma(scale, sums[row], acc) : sums[row];
        if (minimum)
          acc = w.fma(minimum, w.broadcast(activation(in.floatSums, w.f32(), in.floatSumStride, row, group, k), lanes), acc);
      }
    }
}

SmallVector<Value> WeightTile::visit(Value tile, Values carried, Visitor visitor) {
  int64_t blockCount = layout.paddedColumns(columns) / layout.blockK;
  int64_t group = form.flush ? form.flush : layout.blockK;
  return blocks(w.integer(0), w.integer(blockCount), std::move(carried), [&](Values &carried) {
    beginBlock(w.at(tile, layout.headerBytes));
    Value start = w.mul(blockIndex, layout.blockK);
    for (int64_t k = 0; k < layout.blockK; k += group)
      for (int64_t slice = 0; slice < sliceCount; ++slice) {
        Value scale, minimum;
        scalesOf(k, slice, scale, minimum);
        carried = pieces(k, group, carried, [&](Value first, int64_t count, Values carried) {
          Value from = w.add(start, first);
          for (int64_t i = 0; i < count; ++i) {
            Value value = element(k + i, slice);
            if (scale)
              value = w.mulf(scale, value);
            else if (form.unit != 1)
              value = w.mulf(value, w.real(value.getType(), form.unit));
            if (minimum)
              value = w.addf(value, minimum);
            if (form.rowScale)
              value = w.mulf(value, w.load(laneType(w.f32()), w.at(tile, slice * sliceBytes), 16));
            visitor(from, k + i, slice, value, carried);
          }
          return carried;
        });
      }
  });
}

Value WeightTile::lineOf(Value lines, Value first, int64_t k, int64_t slice) {
  return w.at(w.at(lines, w.mul(first, lineBytes)), k * lineBytes + slice * sliceBytes);
}

void WeightTile::decode(Value tile, Value lines) {
  visit(tile, {},
        [&](Value first, int64_t k, int64_t slice, Value value, Values &) { w.store(value, lineOf(lines, first, k, slice), 16); });
}

void WeightTile::scalesOf(int64_t k, int64_t slice, Value &scale, Value &minimum) {
  scale = product(layout.scale, k, slice, {});
  if (scale && form.unit != 1)
    scale = w.mulf(scale, w.real(scale.getType(), form.unit));
  minimum = product(layout.minimum, k, slice, scale);
}

Value WeightTile::product(ArrayRef<PackedLayout::Place> levels, int64_t k, int64_t slice, Value scale) {
  Value result;
  for (const PackedLayout::Place &place : levels) {
    Value factor = place.level.number == Number::MinusScale ? w.negf(scale)
                   : place.level.number == Number::Decoded  ? decoded->scale(k / place.level.group, slice)
                                                            : number(place, k, slice);
    result = result ? w.mulf(result, factor) : factor;
  }
  return result;
}

// One level's numbers for the rows of a slice, as f32; exact.
Value WeightTile::number(const PackedLayout::Place &place, int64_t k, int64_t slice) {
  const PackedLayout::Stream &stream = layout.streams[place.stream];
  unsigned group = k / stream.group, vector = layout.vectorOf(place, group), byte = group % 4;
  auto f32 = laneType(w.f32()), i32 = laneType(w.i32());
  auto wide = [&](unsigned bytes) {
    return loadBytes(layout.unitOffset(stream, vector) + vector % stream.perUnit * 16 * bytes + slice * bytes * lanes, bytes * lanes);
  };
  switch (place.level.number) {
  case Number::F32:
    return w.vectorCast(wide(4), lanes, w.f32());
  case Number::F16:
    return w.extendf(w.vectorCast(wide(2), lanes, w.b.getF16Type()), f32);
  case Number::BF16:
    return w.bitcast(w.shiftLeft(w.widenUnsigned(w.vectorCast(wide(2), lanes, w.b.getI16Type()), i32), 16), f32);
  default:
    break;
  }
  if (place.level.number == Number::UInt || place.level.number == Number::Int)
    return w.toFloat(smallInteger(place, k, slice), f32);
  Value quad = w.vectorCast(codeVector(stream, vector, slice), lanes, w.i32());
  switch (place.level.number) {
  case Number::E8M0: { // 2^(e - 127); e = 0 is subnormal
    Value exponent = w.shiftLeft(byteOf(quad, byte, 255), 23);
    return w.bitcast(arith::MaxUIOp::create(w.b, w.loc, exponent, w.integer(i32, 0x400000)), f32);
  }
  default: { // e4m3 without a sign, as a small f32, times 2^120: subnormals come out right
    Value small = w.shiftLeft(byteOf(quad, byte, 127), 20);
    return w.mulf(w.bitcast(small, f32), w.real(f32, 0x1p120));
  }
  }
}

// A level of integers of at most 8 bits, for the rows of a slice.
Value WeightTile::smallInteger(const PackedLayout::Place &place, int64_t k, int64_t slice) {
  const PackedLayout::Stream &stream = layout.streams[place.stream];
  unsigned group = k / stream.group, byte = group % 4, bits = place.level.bits;
  Value quad = w.vectorCast(codeVector(stream, layout.vectorOf(place, group), slice), lanes, w.i32());
  if (place.level.number == Number::UInt)
    return byteOf(quad, byte, 255);
  return w.shiftRightSigned(w.shiftLeft(quad, 32 - 8 * byte - bits), 32 - bits);
}

// The elements of column k as f32, before scales.
Value WeightTile::element(int64_t k, int64_t slice) {
  const PackedLayout::Stream &stream = layout.streams.back();
  auto f32 = laneType(w.f32()), i32 = laneType(w.i32());
  auto wide = [&](unsigned bytes) {
    return loadBytes(layout.unitOffset(stream, k) + k % stream.perUnit * 16 * bytes + slice * bytes * lanes, bytes * lanes);
  };
  switch (form.element) {
  case ElementKind::F32:
    return w.vectorCast(wide(4), lanes, w.f32());
  case ElementKind::F16:
    return w.extendf(w.vectorCast(wide(2), lanes, w.b.getF16Type()), f32);
  case ElementKind::BF16:
    return w.bitcast(w.shiftLeft(w.widenUnsigned(w.vectorCast(wide(2), lanes, w.b.getI16Type()), i32), 16), f32);
  case ElementKind::Code:
    break;
  }
  Value code = byteOf(w.vectorCast(codeVector(stream, k / 4, slice), lanes, w.i32()), k % 4, 255);
  if (form.isSmallFloat()) { // as a small f32, times a power of two: subnormals come out right
    unsigned below = form.bits - 1, mantissa = below - form.exponent, bias = (1u << (form.exponent - 1)) - 1;
    Value magnitude = w.shiftLeft(w.bitAnd(code, (1u << below) - 1), 23 - mantissa);
    Value sign = w.shiftLeft(w.shiftRight(code, below), 31);
    return w.mulf(w.bitcast(w.bitOr(sign, magnitude), f32), w.real(f32, std::ldexp(1.0, int(127 - bias))));
  }
  if (!form.floatTable.empty()) {
    auto table = DenseElementsAttr::get(w.vec(16), ArrayRef<float>(form.floatTable));
    return vkern::LookupOp::create(w.b, w.loc, f32, code, table);
  }
  if (!form.table.empty()) { // 16 small integers are exact floats
    SmallVector<float> values(form.table.begin(), form.table.end());
    for (float &value : values)
      value -= float(form.bias);
    return vkern::LookupOp::create(w.b, w.loc, f32, code, DenseElementsAttr::get(w.vec(16), ArrayRef<float>(values)));
  }
  return w.toFloat(form.bias ? w.sub(code, w.integer(i32, form.bias)) : code, f32);
}

Value WeightTile::codeVector(const PackedLayout::Stream &stream, unsigned index, int64_t slice) {
  if (decoded)
    return decoded->codes(index, slice);
  int64_t offset = layout.unitOffset(stream, index), lineCount = stream.unitBytes / lineBytes, count = stream.perUnit;
  Value &codes = unpacked[{offset, slice}];
  if (!codes) {
    Values lines;
    for (int64_t line = 0; line < lineCount; ++line)
      lines.push_back(loadBytes(offset + line * lineBytes + slice * sliceBytes, sliceBytes));
    codes = w.stack(lines);
    if (stream.bits != 8)
      codes = vkern::UnpackOp::create(w.b, w.loc, VectorType::get({count, sliceBytes}, w.i8()), codes);
  }
  return w.row(codes, index % count);
}

// The codes of columns k to k + 3, unpacked or not.
Value WeightTile::codesOf(int64_t k, int64_t slice) {
  if (unpackedCodes)
    return w.load(w.vec(sliceBytes, w.i8()), unpackedPlace(unpackedCodes, k, slice), unsigned(sliceBytes));
  return codeVector(layout.streams.back(), k / 4, slice);
}

Value WeightTile::byteOf(Value quad, unsigned byte, unsigned mask) { return w.bitAnd(w.shiftRight(quad, 8 * byte), mask); }

// Number [(block * blockK + k) / per] of a row of an activation buffer, in which runs of so many stay together; all have 4 bytes.
Value WeightTile::activation(Value base, Type type, int64_t stride, int64_t row, int64_t per, int64_t k, int64_t run) {
  Value start = w.mul(blockIndex, layout.blockK / per * 4 * in.together);
  int64_t number = k / per, inRun = number % run;
  return w.load(type, w.at(w.at(base, start), row * stride + ((number - inRun) * in.together + inRun) * 4));
}

Value WeightTile::loadBytes(int64_t offset, int64_t bytes) {
  if (prefetchDistance && offset % lineBytes == 0)
    w.prefetch(w.at(blockAddress, offset + prefetchDistance));
  return w.load(w.vec(bytes, w.i8()), w.at(blockAddress, offset), bytes >= 64 ? 64 : bytes);
}
