// The kernel of an attention launch. A tile is a run of rows of one slot and one head of the cache: their query heads read K
// and V once. The tokens that a row sees are walked in blocks of 64 at absolute positions, in ascending order, with a running
// maximum (online softmax: Milakov and Gimelshein, arXiv:1805.02867). At multiples of the op's split it starts anew and the
// splits are merged, so a tile may have one split only: then it leaves a part, and merge_splits does the rest. Either way the
// result depends on nothing but position and cache.
#include "dialects/VSpec/VSpec.h"
#include "passes/Lower/ActivationPanel.h"
#include "passes/Lower/AttentionSplits.h"
#include "passes/Lower/AttentionValues.h"
#include "passes/Lower/CacheRows.h"
#include "passes/Lower/KernelMath.h"
#include "passes/PlanMemory/LaunchTiles.h"
#include "llvm/Support/MathExtras.h"
#include <limits>
#include <numeric>

using namespace mlir;
using namespace vspec;

namespace {
constexpr int64_t blockTokens = CacheLayout::tokensPerTile;
constexpr int64_t queryBlock = 32;  // columns of a query that share an int8 scale
constexpr int64_t tileQueries = 32; // of all rows of a tile: what they need fits the fastest cache
constexpr int64_t mostTogether = 8; // queries whose softmax is one piece of code
constexpr float infinity = std::numeric_limits<float>::infinity();

class AttentionKernel {
public:
  AttentionKernel(OpBuilder &b, vexec::KernelOp kernel, const KernelTarget &target, AttentionOp op, KVCacheType cache)
      : b(b), kernel(kernel), target(target), op(op), cache(cache), layout(cacheLayoutOf(cache)), size(layout.headSize),
        group(int64_t(op.getHeads()) / layout.heads), split(op.getSplit()), splits(op.getParts() ? partsOf(op) : 0),
        tileRowsMost(int64_t(llvm::bit_floor(uint64_t(std::max<int64_t>(1, tileQueries / group))))), integers(!layout.keyForm.isFloat()),
        passes(group, integers ? target.integerRows : target.floatRows), units(group, mostTogether), panel(size, queryBlock),
        values(layout, target, group), record(size) {}

  KernelFunctions build();

private:
  int64_t partsOf(AttentionOp op) const { return op.getParts().getType().getDimSize(1) / (int64_t(op.getHeads()) * (size + 2)); }
  void writeTile(KernelWriter &w, Value tile);
  void writeRun(KernelWriter &w, Value row, function_ref<void()> body);
  void writeRows(KernelWriter &w, Value row, Value head);
  void writePart(KernelWriter &w, Value row, Value head, Value split);
  void readQueries(KernelWriter &w, Value row, Value head);
  void writeSplit(KernelWriter &w, Value head, Value split);
  void writeBlock(KernelWriter &w, Value head, Value index);
  void writeScores(KernelWriter &w, const AttentionBlock &block);
  void scoreTile(KernelWriter &w, const AttentionBlock &block, Value tile, Value firstQuery, int64_t count);
  void writeSoftmax(KernelWriter &w, Value firstQuery);
  using EachQuery = function_ref<void(Value row, Value queryOfRow, Value query)>;
  void eachQuery(KernelWriter &w, Value beginRow, Value endRow, EachQuery body);
  Value maximumOf(KernelWriter &w, Value query) {
    return w.loadf(w.at(w.at(tile.scratch, maxima), w.mul(w.div(query, units.unit), lineBytes)), w.rem(query, units.unit));
  }
  Value totalOf(KernelWriter &w, Value query) { return w.sumOf(w.load(w.vec(16), totalsOf(w, query), lineBytes)); }
  Value recordOf(KernelWriter &w, Value query) { return w.at(w.at(tile.scratch, records), w.mul(query, record.bytes())); }
  Value last(KernelWriter &w) { return w.sub(w.add(tile.position, tile.rows), 1); }
  Value scoresOf(KernelWriter &w, Value query) { return w.at(w.at(tile.scratch, scores), w.mul(query, blockTokens * 4)); }
  Value totalsOf(KernelWriter &w, Value query) { return w.at(w.at(tile.scratch, totals), w.mul(query, lineBytes)); }
  /// Where the sink of query `q` of a cache head lies; none if there are no sinks.
  Value sinkOf(KernelWriter &w, Value head, Value q) { return sinks ? w.at(sinks, w.mul(w.add(w.mul(head, group), q), 4)) : Value(); }
  /// Where the queries (outputs) of a row's head lie.
  Value place(KernelWriter &w, Value base, Value row, Value head) {
    return w.at(base, w.mul(w.add(w.mul(row, layout.heads), head), group * size * 4));
  }

  OpBuilder &b;
  vexec::KernelOp kernel;
  const KernelTarget &target;
  AttentionOp op;
  KVCacheType cache;
  const CacheLayout layout;
  const int64_t size, group;  // of a head; query heads for each head of the cache
  const int64_t split;        // tokens
  const int64_t splits;       // most of a row, each a tile; 0: a tile has all splits of its rows
  const int64_t tileRowsMost; // a power of two
  const bool integers;
  const QueryPasses passes, units; // of scores; of softmax
  ActivationPanel panel;           // the queries
  AttentionValues values;
  SplitRecord record;
  // Scratch: f32 [query][64], [query / unit][16], [query], [query][16], [query][record]
  int64_t scores = 0, maxima = 0, corrections = 0, totals = 0, records = 0;
  // Of the tile being written:
  Value rowTable, rowCount, query, output, parts, state;
  Value sinks;        // or none
  Value splitsOfStep; // most of any row, where splits are tiles
  AttentionTile tile;
  CacheShare share;
};

KernelFunctions AttentionKernel::build() {
  KernelFunctions functions;
  ScratchPlan plan;
  int64_t queries = tileRowsMost * group;
  panel.require(layout.keyForm, integers);
  panel.plan(plan, plan, queries);
  values.plan(plan, queries);
  scores = plan.take(queries * blockTokens * 4);
  maxima = plan.take(queries / units.unit * lineBytes);
  corrections = plan.take(queries * 4 + lineBytes);
  totals = plan.take(queries * lineBytes);
  if (!splits)
    records = plan.take(queries * record.bytes());
  functions.scratchBytes = plan.total;
  functions.tile = createKernelFunction(b, kernel.getLoc(), kernel.getSymName().str() + ".tile");

  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(functions.tile.getBody().front().getTerminator());
  KernelWriter w(b, kernel.getLoc());
  tile.scratch = functions.tile.getArgument(2), tile.window = cache.getWindow();
  KernelOperands operands(kernel, functions.tile.getArgument(1));
  rowCount = stepRows(w, functions.tile.getArgument(0));
  query = operands.argument(w, op.getQuery()), rowTable = operands.argument(w, op.getRows());
  state = operands.symbol(w, op.getCache()), output = operands.result(w, 0);
  if (op.getSinks())
    sinks = operands.symbol(w, *op.getSinks());
  if (splits)
    parts = operands.result(w, 1), splitsOfStep = w.add(w.div(stepPosition(w, functions.tile.getArgument(0)), split), 1);
  w.loop(functions.tile.getArgument(3), functions.tile.getArgument(4), 1, [&](Value tile) { writeTile(w, tile); });
  return functions;
}

// The grid has a tile for each row and head, or for each split of the longest row: then those of a row and head lie together,
// so that who takes several of them goes on reading, and tiles behind the last row have nothing to do. The first row of a run
// does the work of the run, the others none: so a step of many sessions has as many tiles as it has rows, and a prefill shares
// what it reads.
void AttentionKernel::writeTile(KernelWriter &w, Value number) {
  Value part;
  if (splits) {
    part = arith::RemUIOp::create(b, w.loc, number, splitsOfStep);
    number = arith::DivUIOp::create(b, w.loc, number, splitsOfStep);
  }
  Value row = w.div(number, layout.heads), head = w.rem(number, layout.heads);
  if (!splits)
    return writeRun(w, row, [&] { writeRows(w, row, head); });
  w.when(w.less(row, rowCount), [&] { writeRun(w, row, [&] { writePart(w, row, head, part); }); });
}

void AttentionKernel::writeRun(KernelWriter &w, Value row, function_ref<void()> body) {
  Value slot = rowField(w, rowTable, row, RowField::Slot);
  tile.position = rowField(w, rowTable, row, RowField::Position);
  auto both = [&](Value x, Value y) -> Value { return arith::AndIOp::create(b, w.loc, x, y); };
  // Whether row `other`, in the table or at its end, is `distance` tokens behind this one.
  auto isInRun = [&](Value other, Value distance) {
    return both(w.equal(rowField(w, rowTable, other, RowField::Slot), slot),
                w.equal(rowField(w, rowTable, other, RowField::Position), w.add(tile.position, distance)));
  };
  Value inRun = w.rem(tile.position, tileRowsMost);
  Value follows = both(w.less(w.integer(0), inRun), isInRun(w.most(w.sub(row, 1), w.integer(0)), w.integer(-1)));
  Value isFirst = w.equal(w.select(follows, w.integer(1), w.integer(0)), w.integer(0));
  w.when(isFirst, [&] {
    Value most = w.sub(w.integer(tileRowsMost), inRun);
    tile.rows = w.loop(w.integer(1), most, 1, {w.integer(1)}, [&](Value i, ValueRange carried) {
      Value other = w.least(w.add(row, i), w.sub(rowCount, 1));
      return SmallVector<Value>{w.add(carried[0], w.select(isInRun(other, i), w.integer(1), w.integer(0)))};
    })[0];
    share = shareOfSlot(w, state, slot);
    body();
  });
}

void AttentionKernel::writeRows(KernelWriter &w, Value row, Value head) {
  readQueries(w, row, head);
  Value first = w.div(tile.firstToken(w, w.integer(0)), split), end = w.add(w.div(last(w), split), 1);
  Value areSeveral = w.less(w.add(first, 1), end);
  w.when(areSeveral,
         [&] { eachQuery(w, w.integer(0), tile.rows, [&](Value, Value, Value query) { record.clear(w, recordOf(w, query)); }); });
  w.loop(first, end, 1, [&](Value number) {
    writeSplit(w, head, number);
    w.when(areSeveral, [&] {
      auto [beginRow, endRow] = tile.rowsThatSee(w, w.mul(number, split), split);
      eachQuery(w, beginRow, endRow, [&](Value, Value, Value query) {
        record.merge(w, recordOf(w, query), maximumOf(w, query), totalOf(w, query), values.sums(w, tile.scratch, query));
      });
    });
  });
  eachQuery(w, w.integer(0), tile.rows, [&](Value i, Value q, Value query) {
    Value merged = recordOf(w, query), total = w.select(areSeveral, record.total(w, merged), totalOf(w, query));
    Value maximum = sinks ? w.select(areSeveral, record.maximum(w, merged), maximumOf(w, query)) : Value();
    Value sums = w.select(areSeveral, merged, values.sums(w, tile.scratch, query));
    Value to = w.at(place(w, output, w.add(row, i), head), w.mul(q, size * 4));
    record.writeOutput(w, maximum, total, sums, to, sinkOf(w, head, q));
  });
}

// One split of a run. A row with no other one has its output at once.
void AttentionKernel::writePart(KernelWriter &w, Value row, Value head, Value number) {
  w.when(w.less(w.mul(number, split), w.add(tile.position, tile.rows)), [&] {
    readQueries(w, row, head);
    writeSplit(w, head, number);
    auto [beginRow, endRow] = tile.rowsThatSee(w, w.mul(number, split), split);
    eachQuery(w, beginRow, endRow, [&](Value i, Value q, Value query) {
      Value sums = values.sums(w, tile.scratch, query), position = w.add(tile.position, i);
      w.when(w.less(position, w.integer(split)), [&] {
        Value to = w.at(place(w, output, w.add(row, i), head), w.mul(q, size * 4));
        record.writeOutput(w, sinks ? maximumOf(w, query) : Value(), totalOf(w, query), sums, to, sinkOf(w, head, q));
      });
      w.when(w.less(w.integer(split - 1), position), [&] {
        Value ofHead = w.add(w.mul(w.add(w.mul(w.add(row, i), layout.heads), head), group), q);
        Value part = w.at(parts, w.mul(w.add(w.mul(ofHead, splits), number), record.bytes()));
        record.write(w, part, maximumOf(w, query), totalOf(w, query), sums);
      });
    });
  });
}

void AttentionKernel::eachQuery(KernelWriter &w, Value beginRow, Value endRow, EachQuery body) {
  w.loop(beginRow, endRow, 1, [&](Value i) { w.loop(0, group, 1, [&](Value q) { body(i, q, w.add(w.mul(i, group), q)); }); });
}

void AttentionKernel::readQueries(KernelWriter &w, Value row, Value head) {
  RowGroup all{w.integer(0), w.mul(tile.rows, group)};
  eachQuery(w, w.integer(0), tile.rows, [&](Value i, Value q, Value number) {
    Value from = w.at(place(w, query, w.add(row, i), head), w.mul(q, size * 4));
    panel.fill(w, tile.scratch, number, all, from, panel.floatRow(w, tile.scratch, tile.scratch, number));
  });
}

// The softmax of one split's tokens, from nothing.
void AttentionKernel::writeSplit(KernelWriter &w, Value head, Value number) {
  eachQuery(w, w.integer(0), tile.rows, [&](Value, Value, Value query) {
    values.clear(w, tile.scratch, query);
    w.store(w.real(w.vec(16), 0), totalsOf(w, query), lineBytes);
  });
  w.loop(w.integer(0), w.mul(tile.rows, group / units.unit), 1,
         [&](Value i) { w.store(w.real(w.vec(16), -infinity), w.at(w.at(tile.scratch, maxima), w.mul(i, lineBytes)), lineBytes); });
  Value begin = w.most(w.div(tile.firstToken(w, w.integer(0)), blockTokens), w.mul(number, split / blockTokens));
  Value end = w.least(w.add(w.div(last(w), blockTokens), 1), w.mul(w.add(number, 1), split / blockTokens));
  w.loop(begin, end, 1, [&](Value index) { writeBlock(w, head, index); });
}

void AttentionKernel::writeBlock(KernelWriter &w, Value head, Value index) {
  AttentionBlock block;
  block.start = w.mul(index, blockTokens);
  block.keys = headTile(w, layout, share, head, index);
  block.values = w.at(block.keys, CacheLayout::keyTiles * layout.keyTileBytes);
  block.next = headTile(w, layout, share, head, w.add(index, 1));
  std::tie(block.firstRow, block.endRow) = tile.rowsThatSee(w, block.start, blockTokens);
  block.firstQuery = w.mul(block.firstRow, group);
  block.endQuery = w.mul(block.endRow, group);
  writeScores(w, block);
  w.loop(block.firstQuery, block.endQuery, units.unit, [&](Value query) { writeSoftmax(w, query); });
  values.add(w, tile, block, w.at(tile.scratch, scores), w.at(tile.scratch, corrections));
}

// Scores of the tiles that some row sees; minus infinity elsewhere.
void AttentionKernel::writeScores(KernelWriter &w, const AttentionBlock &block) {
  Value first = w.most(w.sub(tile.firstToken(w, block.firstRow), block.start), w.integer(0));
  Value last = w.sub(w.sub(w.add(tile.position, block.endRow), block.start), 1);
  Value begin = w.div(first, tileRows), end = w.least(w.add(w.div(last, tileRows), 1), w.integer(CacheLayout::keyTiles));
  auto clear = [&](Value from, Value to) {
    w.loop(from, to, 1, [&](Value keyTile) {
      w.loop(block.firstQuery, block.endQuery, 1,
             [&](Value query) { w.store(w.real(w.vec(16), -infinity), w.at(scoresOf(w, query), w.mul(keyTile, lineBytes)), lineBytes); });
    });
  };
  clear(w.integer(0), begin);
  clear(end, w.integer(CacheLayout::keyTiles));
  int64_t bytes = layout.valueForm.isFloat() ? layout.headBytes() / CacheLayout::keyTiles : layout.keyTileBytes;
  w.loop(begin, end, 1, [&](Value keyTile) {
    block.prefetch(w, w.mul(keyTile, bytes), bytes);
    passes.each(w, block.firstQuery, block.endQuery, [&](Value query, int64_t count) { scoreTile(w, block, keyTile, query, count); });
  });
}

// scale * q . k for 16 tokens and some queries; minus infinity where their row must not look.
void AttentionKernel::scoreTile(KernelWriter &w, const AttentionBlock &block, Value keyTile, Value firstQuery, int64_t count) {
  WeightTile keys(w, layout.keyForm, size, target.registerBytes, queryBlock);
  Value address = w.at(block.keys, w.mul(keyTile, layout.keyTileBytes));
  SmallVector<Value> sums = keys.dot(address, panel.rowsOf(w, tile.scratch, firstQuery, count, layout.keyForm, integers), count, integers);
  int64_t lanes = keys.lanesOfSlice();
  VectorType type = w.vec(lanes);
  Value firstRow = w.div(firstQuery, group), token = w.add(block.start, w.mul(keyTile, tileRows));
  auto bound = [&](Value limit) { return w.broadcast(w.narrow(limit, w.i32()), lanes); };
  for (int64_t slice = 0; slice < keys.slices(); ++slice) {
    Value tokens = w.lanesFrom(w.add(token, slice * lanes), lanes), isVisible;
    for (int64_t i = 0; i < count; ++i) {
      if (i % group == 0) {
        Value row = w.add(firstRow, i / group);
        isVisible = w.less(tokens, bound(w.add(w.add(tile.position, row), 1)));
        if (tile.window)
          isVisible = arith::AndIOp::create(b, w.loc, isVisible, w.less(bound(w.sub(tile.firstToken(w, row), 1)), tokens));
      }
      Value score = w.mulf(sums[i * keys.slices() + slice], w.real(type, op.getScale().convertToFloat()));
      if (op.getSoftCap())
        score = emitSoftCap(w, score, op.getSoftCap()->convertToFloat());
      score = w.select(isVisible, score, w.real(type, -infinity));
      Value to = w.at(w.at(scoresOf(w, firstQuery), i * blockTokens * 4), w.mul(keyTile, lineBytes));
      w.store(score, w.at(to, slice * target.registerBytes));
    }
  }
}

// Turns the block's scores of some queries into weights. What was summed before is to be scaled to the new maxima.
void AttentionKernel::writeSoftmax(KernelWriter &w, Value firstQuery) {
  VectorType type = w.vec(16);
  Value rows = scoresOf(w, firstQuery), line = w.at(w.at(tile.scratch, maxima), w.mul(w.div(firstQuery, units.unit), lineBytes));
  Value correctionsAt = w.at(w.at(tile.scratch, corrections), w.mul(firstQuery, 4));
  auto placeOf = [&](int64_t i, int64_t part) { return w.at(rows, i * blockTokens * 4 + part * lineBytes); };
  constexpr int64_t parts = blockTokens / 16;
  SmallVector<Value> greatest;
  for (int64_t i = 0; i < units.unit; ++i) {
    Value most = w.load(type, placeOf(i, 0), lineBytes);
    for (int64_t part = 1; part < parts; ++part)
      most = w.greaterOf(most, w.load(type, placeOf(i, part), lineBytes));
    greatest.push_back(most);
  }
  Value before = w.load(type, line, lineBytes);
  Value maximum = w.greaterOf(before, w.reduceEach(greatest, [&](Value x, Value y) { return w.greaterOf(x, y); }));
  w.store(maximum, line, lineBytes);
  Value correction = emitExp(w, w.subf(before, maximum));
  w.store(correction, correctionsAt); // 16 of them: those behind the unit are written again
  for (int64_t i = 0; i < units.unit; ++i) {
    Value offset = w.splat(maximum, i), sum;
    for (int64_t part = 0; part < parts; ++part) {
      Value weight = emitExp(w, w.subf(w.load(type, placeOf(i, part), lineBytes), offset));
      w.store(weight, placeOf(i, part), lineBytes);
      sum = sum ? w.addf(sum, weight) : weight;
    }
    Value totalsAt = w.at(totalsOf(w, firstQuery), i * lineBytes);
    w.store(w.fma(w.load(type, totalsAt, lineBytes), w.splat(correction, i), sum), totalsAt, lineBytes);
  }
}
} // namespace

FailureOr<KernelFunctions> vspec::buildAttentionKernel(OpBuilder &builder, vexec::KernelOp kernel, const KernelTarget &target) {
  auto op = onlyOp<AttentionOp>(*kernel.getBodyRegion().getOps<func::FuncOp>().begin());
  KVCacheType cache = SymbolTable::lookupNearestSymbolFrom<KVCacheOp>(op, op.getCacheAttr()).getCacheType();
  return AttentionKernel(builder, kernel, target, op, cache).build();
}
