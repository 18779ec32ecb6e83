// The second half of attention: what the weights of a block's tokens make of their values. Integer values are a weight over
// tokens, so weights times V's scales become a row of int8 activations; float values are added token by token.
#ifndef VSPEC_PASSES_LOWER_ATTENTIONVALUES_H
#define VSPEC_PASSES_LOWER_ATTENTIONVALUES_H
#include "passes/Lower/BuildKernel.h"
#include "passes/Lower/WeightTile.h"
#include "vspec/Plan/CacheLayout.h"

namespace vspec {

/// A tile of attention has some rows of one slot and one head of the cache. Queries count through its rows, `group` for each.
struct AttentionTile {
  mlir::Value scratch, position, rows; // of the first row; how many
  int64_t window = 0;                  // 0: none
  /// The first token that row `row` sees.
  mlir::Value firstToken(KernelWriter &w, mlir::Value row) const {
    return window ? w.most(w.sub(w.add(position, row), window - 1), w.integer(0)) : w.integer(0);
  }
  /// The rows that see some of the tokens [start, start + count): from the first to the one before the second.
  std::pair<mlir::Value, mlir::Value> rowsThatSee(KernelWriter &w, mlir::Value start, int64_t count) const {
    mlir::Value first = w.most(w.sub(start, position), w.integer(0));
    return {first, window ? w.least(rows, w.sub(w.add(start, count - 1 + window), position)) : rows};
  }
};

/// 64 tokens, and those rows of a tile that see some of them.
struct AttentionBlock {
  mlir::Value start;            // the first token
  mlir::Value keys, values;     // of the head, in the cache
  mlir::Value next;             // where the head's part of the following block lies, or anywhere
  mlir::Value firstRow, endRow; // of the tile
  mlir::Value firstQuery, endQuery;
  /// While one block is computed the next one comes, part by part as this one is read: the parts of a head lie apart, so no
  /// hardware foresees them.
  void prefetch(KernelWriter &w, mlir::Value offset, int64_t bytes) const {
    for (int64_t line = 0; line < bytes; line += lineBytes)
      w.prefetch(w.at(w.at(next, offset), line));
  }
};

/// Queries in passes that one product takes together: whole rows, or parts of one row. `body` gets a pass of each kind.
class QueryPasses {
public:
  QueryPasses(int64_t group, int64_t most);
  void each(KernelWriter &w, mlir::Value begin, mlir::Value end, llvm::function_ref<void(mlir::Value first, int64_t count)> body) const;
  const int64_t group;
  int64_t unit;  // divides the group
  int64_t whole; // units
};

class AttentionValues {
public:
  AttentionValues(const CacheLayout &layout, const KernelTarget &target, int64_t group);

  void plan(ScratchPlan &plan, int64_t queries);
  /// Sets a query's sums to zero.
  void clear(KernelWriter &w, mlir::Value scratch, mlir::Value query) const;
  /// Multiplies sums by `corrections`, f32 [query], and adds the block's values times `weights`, f32 [query][64], which are 0
  /// where a row must not look.
  void add(KernelWriter &w, const AttentionTile &tile, const AttentionBlock &block, mlir::Value weights, mlir::Value corrections) const;
  /// f32 [head size] of a query.
  mlir::Value sums(KernelWriter &w, mlir::Value scratch, mlir::Value query) const {
    return w.at(w.at(scratch, outputs), w.mul(query, columns * 4));
  }

private:
  using Value = mlir::Value;
  void readScales(KernelWriter &w, const AttentionTile &tile, const AttentionBlock &block) const;
  void quantize(KernelWriter &w, Value scratch, Value weights, Value firstQuery) const;
  void addIntegers(KernelWriter &w, Value scratch, const AttentionBlock &block, Value corrections) const;
  void addFloats(KernelWriter &w, const AttentionTile &tile, const AttentionBlock &block, Value weights, Value corrections) const;
  void addTokens(KernelWriter &w, Value scratch, Value values, Value weights, Value firstQuery, int64_t count, Value begin,
                 Value end) const;

  const CacheLayout &layout;
  const KernelTarget &target;
  const QueryPasses passes, units;
  const bool integers;
  const int64_t columns; // of a query's sums: whole tiles if values are integers
  // Scratch: f32 [query][columns]; of integer values f32 [groups][64], i8 [query][groups][64], f32 and i32 [query][groups][2]
  int64_t outputs = 0, scales = 0, codes = 0, codeScales = 0, codeCorrections = 0;
};

} // namespace vspec
#endif
