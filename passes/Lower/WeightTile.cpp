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
