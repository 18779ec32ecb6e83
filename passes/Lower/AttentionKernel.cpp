// The kernel of an attention launch. A tile is one row and one head of the cache; its group of query heads reads K and V once.
// The tokens that the row sees are walked in blocks of 64 at absolute positions, in ascending order, with a running maximum
// (online softmax: Milakov and Gimelshein, arXiv:1805.02867), so the result depends on nothing but position and cache.
#include "dialects/VSpec/VSpec.h"
#include "passes/Lower/ActivationPanel.h"
#include "passes/Lower/BuildKernel.h"
#include "passes/Lower/CacheRows.h"
#include "passes/Lower/KernelMath.h"
#include "passes/PlanMemory/LaunchTiles.h"
#include <limits>
#include <numeric>

using namespace mlir;
using namespace vspec;

namespace {
constexpr int64_t blockTokens = 64;
constexpr int64_t blockTiles = blockTokens / tileRows;
constexpr int64_t queryBlock = 32; // columns of a query that share an int8 scale

class AttentionKernel {
public:
  AttentionKernel(OpBuilder &b, vexec::KernelOp kernel, const KernelTarget &target, AttentionOp op, KVCacheType cache)
      : b(b), kernel(kernel), target(target), op(op), cache(cache), layout(cacheLayoutOf(cache)), size(layout.headSize),
        group(int64_t(op.getHeads()) / layout.heads), integers(!layout.keyForm.isFloat()), panel(size, queryBlock) {}

  KernelFunctions build();

private:
  void writeTile(KernelWriter &w, Value rows, Value query, Value output, Value state, Value tile);
  void writeScores(KernelWriter &w, Value head, Value tile, Value blockStart);
  void writeSoftmax(KernelWriter &w, Value query, Value firstTile, Value endTile);
  void writeValues(KernelWriter &w, Value head, Value tile, Value blockStart);
  Value valueAt(KernelWriter &w, Value token, Value column, int64_t lanes, bool highHalf);
  Value scoresOf(KernelWriter &w, int64_t query, Value column) {
    return w.at(w.at(scratch, scores + query * blockTokens * 4), w.mul(column, 4));
  }

  OpBuilder &b;
  vexec::KernelOp kernel;
  const KernelTarget &target;
  AttentionOp op;
  KVCacheType cache;
  const CacheLayout layout;
  const int64_t size, group; // of a head; query heads for each head of the cache
  const bool integers;
  ActivationPanel panel;                                  // the group's queries
  int64_t scores = 0, outputs = 0, maxima = 0, totals = 0; // scratch: f32 [group][64], [group][size], [group], [group]
  // Of the tile being written:
  Value scratch, position, firstToken;
  CacheShare share;
};

KernelFunctions AttentionKernel::build() {
  KernelFunctions functions;
  ScratchPlan plan;
  panel.require(layout.keyForm, integers);
  panel.plan(plan, group);
  scores = plan.take(group * blockTokens * 4);
  outputs = plan.take(group * size * 4);
  maxima = plan.take(group * 4);
  totals = plan.take(group * 4);
  functions.scratchBytes = plan.total;
  functions.tile = createKernelFunction(b, kernel.getLoc(), kernel.getSymName().str() + ".tile", true);

  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(functions.tile.getBody().front().getTerminator());
  KernelWriter w(b, kernel.getLoc());
  scratch = functions.tile.getArgument(2);
  KernelOperands operands(kernel, functions.tile.getArgument(1));
  Value query = operands.argument(w, op.getQuery()), rows = operands.argument(w, op.getRows());
  Value state = operands.symbol(w, op.getCache()), output = operands.result(w, 0);
  w.loop(functions.tile.getArgument(3), functions.tile.getArgument(4), 1,
         [&](Value tile) { writeTile(w, rows, query, output, state, tile); });
  return functions;
}

void AttentionKernel::writeTile(KernelWriter &w, Value rows, Value query, Value output, Value state, Value tile) {
  Value row = w.div(tile, layout.heads), head = w.rem(tile, layout.heads);
  position = rowField(w, rows, row, RowField::Position);
  share = shareOfSlot(w, state, rowField(w, rows, row, RowField::Slot));
  firstToken = w.integer(0);
  if (cache.getWindow())
    firstToken = w.most(w.sub(position, cache.getWindow() - 1), w.integer(0));
  Value offset = w.mul(w.add(w.mul(row, layout.heads), head), group * size * 4);
  Value from = w.at(query, offset), to = w.at(output, offset);

  int64_t lanes = std::gcd(size, int64_t(16));
  w.loop(0, group, 1, [&](Value q) {
    Value queryRow = panel.floatRow(w, scratch, q);
    emitCopy(w, w.at(from, w.mul(q, size * 4)), queryRow, w.integer(size), lanes);
    panel.clearPadding(w, queryRow);
    panel.fill(w, scratch, q);
    w.store(w.real(-std::numeric_limits<float>::infinity()), w.at(w.at(scratch, maxima), w.mul(q, 4)));
    w.store(w.real(0), w.at(w.at(scratch, totals), w.mul(q, 4)));
    Value sums = w.at(w.at(scratch, outputs), w.mul(q, size * 4));
    w.loop(0, size, lanes, [&](Value i) { w.store(w.real(w.vec(lanes), 0), w.at(sums, w.mul(i, 4))); });
  });
  Value firstTile = w.div(firstToken, tileRows), endTile = w.add(w.div(position, tileRows), 1);
  Value firstBlock = w.div(firstToken, blockTokens), endBlock = w.add(w.div(position, blockTokens), 1);
  w.loop(firstBlock, endBlock, 1, [&](Value block) {
    Value blockStart = w.mul(block, blockTiles);
    Value begin = w.most(blockStart, firstTile), end = w.least(w.add(blockStart, blockTiles), endTile);
    w.loop(begin, end, 1, [&](Value t) { writeScores(w, head, t, blockStart); });
    w.loop(0, group, 1, [&](Value q) { writeSoftmax(w, q, w.sub(begin, blockStart), w.sub(end, blockStart)); });
    w.loop(begin, end, 1, [&](Value t) { writeValues(w, head, t, blockStart); });
  });
  w.loop(0, group, 1, [&](Value q) {
    Value total = w.load(w.f32(), w.at(w.at(scratch, totals), w.mul(q, 4)));
    Value factor = w.broadcast(w.divf(w.real(1), total), lanes);
    Value sums = w.at(w.at(scratch, outputs), w.mul(q, size * 4)), target = w.at(to, w.mul(q, size * 4));
    w.loop(0, size, lanes, [&](Value i) {
      Value at = w.mul(i, 4);
      w.store(w.mulf(w.load(w.vec(lanes), w.at(sums, at)), factor), w.at(target, at));
    });
  });
}

// scale * q . k for the 16 tokens of a tile; minus infinity where the row must not look.
void AttentionKernel::writeScores(KernelWriter &w, Value head, Value tile, Value blockStart) {
  WeightTile keys(w, layout.keyForm, size, target.registerBytes, queryBlock);
  Value address = keyTile(w, layout, share, head, tile);
  Value column = w.mul(w.sub(tile, blockStart), tileRows);
  int64_t lanes = keys.lanesOfSlice(), together = integers ? target.integerRows : target.floatRows;
  VectorType type = w.vec(lanes), integerType = w.vec(lanes, w.i32());
  SmallVector<Value> visible;
  for (int64_t slice = 0; slice < keys.slices(); ++slice) {
    SmallVector<int32_t> numbers(lanes);
    std::iota(numbers.begin(), numbers.end(), slice * lanes);
    Value lane = arith::ConstantOp::create(b, w.loc, DenseElementsAttr::get(integerType, ArrayRef<int32_t>(numbers)));
    Value token = w.add(w.broadcast(w.narrow(w.mul(tile, tileRows), w.i32()), lanes), lane);
    auto bound = [&](Value limit) { return w.broadcast(w.narrow(limit, w.i32()), lanes); };
    Value isVisible = w.less(token, bound(w.add(position, 1)));
    if (cache.getWindow())
      isVisible = arith::AndIOp::create(b, w.loc, isVisible, w.less(bound(w.sub(firstToken, 1)), token));
    visible.push_back(isVisible);
  }
  for (int64_t first = 0; first < group; first += together) {
    int64_t count = std::min(together, group - first);
    SmallVector<Value> sums = keys.dot(address, panel.rowsOf(w, scratch, w.integer(first), layout.keyForm, integers), count, integers);
    for (int64_t i = 0; i < count; ++i)
      for (int64_t slice = 0; slice < keys.slices(); ++slice) {
        Value score = w.mulf(sums[i * keys.slices() + slice], w.real(type, op.getScale().convertToFloat()));
        score = w.select(visible[slice], score, w.real(type, -std::numeric_limits<float>::infinity()));
        w.store(score, w.at(scoresOf(w, first + i, column), slice * target.registerBytes));
      }
  }
}

// Turns the block's scores of one query into weights, and scales what was summed before to the new maximum.
void AttentionKernel::writeSoftmax(KernelWriter &w, Value query, Value firstTile, Value endTile) {
  VectorType type = w.vec(tileRows);
  Value row = w.at(w.at(scratch, scores), w.mul(query, blockTokens * 4));
  auto place = [&](Value tile) { return w.at(row, w.mul(tile, lineBytes)); };
  auto most = w.loop(firstTile, endTile, 1, {w.real(type, -std::numeric_limits<float>::infinity())}, [&](Value tile, ValueRange carried) {
    return SmallVector<Value>{w.greaterOf(carried[0], w.load(type, place(tile)))};
  });
  Value maximumAt = w.at(w.at(scratch, maxima), w.mul(query, 4)), totalAt = w.at(w.at(scratch, totals), w.mul(query, 4));
  Value before = w.load(w.f32(), maximumAt), maximum = w.greaterOf(before, w.greatestOf(most[0]));
  Value correction = w.row(emitExp(w, w.broadcast(w.subf(before, maximum), 1)), 0);
  w.store(maximum, maximumAt);
  Value offset = w.broadcast(maximum, tileRows);
  auto sums = w.loop(firstTile, endTile, 1, {w.real(type, 0)}, [&](Value tile, ValueRange carried) {
    Value weight = emitExp(w, w.subf(w.load(type, place(tile)), offset));
    w.store(weight, place(tile));
    return SmallVector<Value>{w.addf(carried[0], weight)};
  });
  w.store(w.fma(w.load(w.f32(), totalAt), correction, w.sumOf(sums[0])), totalAt);
  int64_t lanes = std::gcd(size, int64_t(16));
  Value output = w.at(w.at(scratch, outputs), w.mul(query, size * 4)), factor = w.broadcast(correction, lanes);
  w.loop(0, size, lanes, [&](Value i) {
    Value at = w.at(output, w.mul(i, 4));
    w.store(w.mulf(w.load(w.vec(lanes), at), factor), at);
  });
}

// output[d] = fma(p[t], v[t][d], output[d]) for the tile's tokens in ascending order; scales of integer values go into p.
void AttentionKernel::writeValues(KernelWriter &w, Value head, Value tile, Value blockStart) {
  const NormalForm &form = layout.valueForm;
  Value address = valueTile(w, layout, share, head, tile), tileStart = w.mul(tile, tileRows);
  Value begin = w.sub(w.most(firstToken, tileStart), tileStart);
  Value end = w.sub(w.least(w.add(position, 1), w.add(tileStart, tileRows)), tileStart);
  Value column = w.mul(w.sub(tile, blockStart), tileRows);
  int64_t halves = form.bits == 4 ? 2 : 1, part = size / halves;
  int64_t lanes = std::gcd(part, int64_t(16));
  if (form.flush)
    lanes = std::gcd(lanes, int64_t(form.flush));
  constexpr int64_t together = 8; // accumulators in registers
  for (int64_t first = 0; first < group; first += together) {
    int64_t count = std::min(together, group - first);
    for (int64_t half = 0; half < halves; ++half)
      w.loop(0, part, lanes, [&](Value d) {
        Value columnOfHead = w.add(d, half * part);
        auto place = [&](int64_t q) { return w.at(w.at(scratch, outputs + (first + q) * size * 4), w.mul(columnOfHead, 4)); };
        SmallVector<Value> start;
        for (int64_t q = 0; q < count; ++q)
          start.push_back(w.load(w.vec(lanes), place(q)));
        auto sums = w.loop(begin, end, 1, start, [&](Value t, ValueRange carried) {
          Value token = w.at(address, w.mul(t, layout.valueTokenBytes));
          Value value = valueAt(w, token, d, lanes, half);
          Value scale;
          if (form.flush)
            scale = w.extendf(w.load(w.b.getF16Type(), w.at(token, w.mul(w.div(columnOfHead, form.flush), 2)), 2), w.f32());
          SmallVector<Value> next;
          for (int64_t q = 0; q < count; ++q) {
            Value p = w.load(w.f32(), scoresOf(w, first + q, w.add(column, t)));
            if (scale)
              p = w.mulf(p, scale);
            next.push_back(w.fma(w.broadcast(p, lanes), value, carried[q]));
          }
          return next;
        });
        for (int64_t q = 0; q < count; ++q)
          w.store(sums[q], place(q));
      });
  }
}

// Values [column, column + lanes) of a token without their scale; of int4, of its low or high half.
Value AttentionKernel::valueAt(KernelWriter &w, Value token, Value column, int64_t lanes, bool highHalf) {
  const NormalForm &form = layout.valueForm;
  VectorType type = w.vec(lanes);
  if (form.element == ElementKind::F32)
    return w.load(type, w.at(token, w.mul(column, 4)));
  if (form.element == ElementKind::F16)
    return w.extendf(w.load(w.vec(lanes, w.b.getF16Type()), w.at(token, w.mul(column, 2)), 2), type);
  Value codes = w.load(w.vec(lanes, w.i8()), w.at(w.at(token, size / form.flush * 2), column), 1);
  if (form.bits == 4)
    codes = highHalf ? w.shiftRight(codes, 4) : w.bitAnd(codes, 15);
  VectorType integers = w.vec(lanes, w.i32());
  return w.toFloat(w.sub(w.widenUnsigned(codes, integers), w.integer(integers, form.bias)), type);
}
} // namespace

FailureOr<KernelFunctions> vspec::buildAttentionKernel(OpBuilder &builder, vexec::KernelOp kernel, const KernelTarget &target) {
  auto op = onlyOp<AttentionOp>(*kernel.getBodyRegion().getOps<func::FuncOp>().begin());
  KVCacheType cache = SymbolTable::lookupNearestSymbolFrom<KVCacheOp>(op, op.getCacheAttr()).getCacheType();
  return AttentionKernel(builder, kernel, target, op, cache).build();
}
