// Writes what a tile does with the packed weight: the dot products of 16 weight rows with some rows of activations, or the
// decoded values of 16 weight rows. One builder for every format: what differs is read from the normal form and the layout.
// It chooses no instructions; `vkern` stands where targets want different ones.
#ifndef VSPEC_PASSES_LOWER_WEIGHTTILE_H
#define VSPEC_PASSES_LOWER_WEIGHTTILE_H
#include "passes/Lower/DecodedTile.h"
#include "passes/Lower/KernelWriter.h"
#include "vspec/Quant/PackedLayout.h"
#include <map>

namespace vspec {

/// What the dot products of one weight read of a row of activations, at addresses of the first row. Strides are bytes from
/// row to row. Where rows lie `together`, numbers of 4 bytes and runs of codes of one stand beside those of the others.
struct ActivationRows {
  static constexpr int64_t codeRun = 16;
  mlir::Value floats;      // f32 [columns], for the float path
  mlir::Value floatSums;   // f32 [columns / flush], for the float path with minimums
  mlir::Value codes;       // i8 [columns], for the integer path; zero behind the end
  mlir::Value scales;      // f32 [columns / block]
  mlir::Value corrections; // i32 [columns / flush], -bias * (sum of the codes)
  mlir::Value sums;        // i32 [columns / flush], for the integer path with minimums
  mlir::Value splitSums;   // the same as i8 [2][columns / flush]: the rest, and the low seven bits, for those that are small integers
  int64_t floatStride = 0, floatSumStride = 0, codeStride = 0, scaleStride = 0, correctionStride = 0, sumStride = 0, splitSumStride = 0;
  int64_t lowSumOffset = 0; // from the rest of splitSums to their low bits
  int64_t together = 1;     // of the integer path
};

class WeightTile {
public:
  /// `registerBytes` is the width of the target's registers: 64, 32 or 16. `block` is the activation block.
  WeightTile(KernelWriter &w, const NormalForm &form, int64_t columns, int64_t registerBytes, int64_t block);

  const PackedLayout &packedLayout() const { return layout; }
  /// Consecutive k that share one integer sum.
  static int64_t flushLength(const NormalForm &form, int64_t block) {
    return form.flush ? std::min<int64_t>(form.flush, block) : std::min<int64_t>(64, block);
  }
  /// The same of folded codes, which activations have corrections for: a whole part of what shares the next scale.
  static int64_t foldedLength(const NormalForm &form, int64_t block) { return std::min<int64_t>(64, form.exactColumns(unsigned(block))); }
  int64_t slices() const { return sliceCount; }
  int64_t lanesOfSlice() const { return lanes; }
  /// Columns of a block that the float path writes out one by one; the others are a loop.
  int64_t columnsWrittenOut() const;

  /// The dot products of the 16 weight rows at address `tile` with `rows` rows of activations: [row][slice] vectors. By the
  /// chain of docs/Numerics.md, which begins with zero or goes on from `start`.
  mlir::SmallVector<mlir::Value> dot(mlir::Value tile, const ActivationRows &activations, int64_t rows, bool integers,
                                     mlir::ArrayRef<mlir::Value> start = {});

  /// Bytes of a tile's codes when unpacked.
  static int64_t unpackedBytes(const NormalForm &form, int64_t columns) {
    return PackedLayout(form, columns).paddedColumns(columns) / 4 * lineBytes;
  }

  /// Writes the codes of the 16 weight rows at address `tile` to `codes`: code vectors, one for each 4 columns, of bytes that no table
  /// stands before.
  void unpack(mlir::Value tile, mlir::Value codes);

  /// Called for each vector of values of the 16 weight rows: f32, of column `first + k`, where `first` is a multiple of 4 and the
  /// same value for many calls one after the other. Those behind the end of the rows are padding.
  using Visitor =
      llvm::function_ref<void(mlir::Value first, int64_t k, int64_t slice, mlir::Value value, mlir::SmallVector<mlir::Value> &carried)>;
  mlir::SmallVector<mlir::Value> visit(mlir::Value tile, mlir::SmallVector<mlir::Value> carried, Visitor visitor);
  /// Writes them as f32 [columns, padded][16] to `lines`.
  void decode(mlir::Value tile, mlir::Value lines);
  /// The line of column `first + k` in such an array.
  mlir::Value lineOf(mlir::Value lines, mlir::Value first, int64_t k, int64_t slice);

  /// Bytes from each line that is read to one that is asked for, on the way through tiles that lie one behind the other; 0: none.
  int64_t prefetchDistance = 0;
  /// Where dot() on the integer path finds codes that unpack() has written; none: it unpacks them itself.
  mlir::Value unpackedCodes;
  /// How scales are folded into unpacked codes, if they are: the activations' corrections are then of these.
  std::optional<FoldedCodes> folded;
  /// dot() asks for a quarter of the tile behind this one: the `nth` quarter, or some lines behind the last one.
  void askForNext(mlir::Value tile, mlir::Value nth);
  void askForNothing() { asked = {}; }

private:
  using Value = mlir::Value;
  using Values = mlir::SmallVector<mlir::Value>;

  void beginBlock(Value first);
  Values blocks(Value begin, Value end, Values carried, llvm::function_ref<void(Values &)> body);
  void integerGroup(int64_t k, int64_t flush, Values &inner);
  void exactGroups(int64_t k, int64_t count, int64_t flush, Values &inner);
  Values foldedSums(int64_t k, int64_t count, int64_t slice);
  Values minimumSums(int64_t k, int64_t count, int64_t flush, int64_t slice);
  void floatGroups(Values &accumulators);
  Values pieces(int64_t k, int64_t count, Values carried, llvm::function_ref<Values(Value first, int64_t count, Values carried)> body);
  int64_t blockCount() const { return layout.paddedColumns(columns) / layout.blockK; }
  int64_t linesAsked() const { return (layout.tileBytes(columns) / blockCount() + 4 * lineBytes - 1) / (4 * lineBytes); }
  int64_t unitColumns() const;
  int64_t pieceLength(int64_t count) const;
  Values integerSums(int64_t k, int64_t flush, int64_t slice);
  Value inTable(Value codes, llvm::ArrayRef<uint8_t> values);
  Value foldScale(Value codes, int64_t k, int64_t slice);
  Value unpackedPlace(Value unpacked, int64_t k, int64_t slice);
  bool isFolded() const { return folded && unpackedCodes; }
  Value loaded(Value base, int64_t stride, int64_t quads, int64_t per, int64_t k, int64_t run);
  void scalesOf(int64_t k, int64_t slice, Value &scale, Value &minimum);
  Value product(llvm::ArrayRef<PackedLayout::Place> levels, int64_t k, int64_t slice, Value scale);
  Value number(const PackedLayout::Place &place, int64_t k, int64_t slice);
  Value smallInteger(const PackedLayout::Place &place, int64_t k, int64_t slice);
  Value element(int64_t k, int64_t slice);
  Value codeVector(const PackedLayout::Stream &stream, unsigned index, int64_t slice);
  Value codesOf(int64_t k, int64_t slice);
  Value byteOf(Value quad, unsigned byte, unsigned mask);
  Value activation(Value base, mlir::Type type, int64_t stride, int64_t row, int64_t per, int64_t k, int64_t run = 1);
  Value loadBytes(int64_t offset, int64_t bytes);
  mlir::VectorType laneType(mlir::Type element) { return w.vec(lanes, element); }

  KernelWriter &w;
  const NormalForm &form;
  const PackedLayout layout;
  const int64_t columns, block, sliceBytes, sliceCount, lanes;
  int64_t rows = 0;
  ActivationRows in;
  Value blockIndex, blockAddress; // the address is of no block that a decoder reads
  Value asked;                    // lines to ask for, linesAsked() in each block
  std::unique_ptr<DecodedTile> decoded;
  std::map<std::pair<int64_t, int64_t>, Value> unpacked; // (offset in the block, slice), of the block being written
};

} // namespace vspec
#endif
