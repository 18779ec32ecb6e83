// The places of what is not zero in a row, in ascending order: which rows of a weight a sparse kernel reads.
#ifndef VSPEC_PASSES_LOWER_NONZEROLIST_H
#define VSPEC_PASSES_LOWER_NONZEROLIST_H
#include "passes/Lower/KernelWriter.h"

namespace vspec {

class NonzeroList {
public:
  /// For at most so many places.
  NonzeroList(ScratchPlan &scratch, int64_t most) : offset(scratch.take((most + 1) * 4)) {}

  /// Lists the numbers below `count` for which `isNonzero` holds; gives how many. Without a branch: which they are nobody can guess.
  mlir::Value fill(KernelWriter &w, mlir::Value scratch, mlir::Value count, llvm::function_ref<mlir::Value(mlir::Value)> isNonzero) const {
    mlir::Value list = w.at(scratch, offset), zero = w.integer(0), one = w.integer(1);
    auto found = w.loop(zero, count, 1, {zero}, [&](mlir::Value i, mlir::ValueRange carried) {
      w.store(w.narrow(i, w.i32()), place(w, list, carried[0]));
      return mlir::SmallVector<mlir::Value>{w.add(carried[0], w.select(isNonzero(i), one, zero))};
    });
    w.store(w.integer(w.i32(), 0), place(w, list, found[0])); // what is asked for ahead of the last one
    return found[0];
  }

  /// Calls for each of the first `found` places, with the number there. What the next one reads, `bytes` at `addressOf`, is asked for
  /// first: the processor cannot know where that is.
  void each(KernelWriter &w, mlir::Value scratch, mlir::Value found, int64_t bytes, llvm::function_ref<mlir::Value(mlir::Value)> addressOf,
            KernelWriter::Body body) const {
    constexpr int64_t lineBytes = 64, mostLines = 64;
    mlir::Value list = w.at(scratch, offset);
    w.loop(w.integer(0), found, 1, [&](mlir::Value j) {
      mlir::Value next = addressOf(number(w, list, w.add(j, 1)));
      for (int64_t line = 0; line < std::min(bytes / lineBytes, mostLines); ++line)
        w.prefetch(w.at(next, line * lineBytes));
      body(number(w, list, j));
    });
  }

private:
  static mlir::Value place(KernelWriter &w, mlir::Value list, mlir::Value j) { return w.at(list, w.mul(j, 4)); }
  static mlir::Value number(KernelWriter &w, mlir::Value list, mlir::Value j) {
    return w.widen(w.load(w.i32(), place(w, list, j)), w.i64());
  }
  int64_t offset; // scratch, i32 [most + 1]
};

} // namespace vspec
#endif
