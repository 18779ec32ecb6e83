// A decoder's function as a list of steps that a small interpreter runs: what a block of bytes means while compiling.
#ifndef VSPEC_PASSES_DECODERS_BLOCKTAPE_H
#define VSPEC_PASSES_DECODERS_BLOCKTAPE_H
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <vector>

namespace vspec {

class BlockTape {
public:
  BlockTape() = default;
  /// The function has no loops, and MLIRDecoder has checked it: every place lies in its table, every shift is less than the width.
  explicit BlockTape(mlir::func::FuncOp function);

  /// Bits of the function's results.
  std::vector<uint64_t> run(const uint8_t *block) const;

private:
  enum class Code {
    Add,
    Sub,
    Mul,
    And,
    Or,
    Xor,
    ShiftLeft,
    ShiftRight,
    ShiftRightSigned,
    LeastSigned,
    MostSigned,
    LeastUnsigned,
    MostUnsigned,
    Compare,
    Select,
    Copy,
    SignExtend,
    UnsignedToFloat,
    SignedToFloat,
    HalfToFloat,
    AddFloat,
    SubFloat,
    MulFloat,
    NegateFloat,
    Block,
    Table
  };
  struct Step {
    Code code;
    unsigned bits, fromBits; // of the result, of the first operand
    unsigned to, a = 0, b = 0, c = 0;
    unsigned detail = 0; // of a comparison its predicate, of a load from a table which one, from the block the byte
  };
  static std::optional<Code> codeOf(mlir::Operation &op);

  std::vector<Step> steps;
  std::vector<uint64_t> slots; // of all values; constants have theirs
  std::vector<unsigned> results;
  std::vector<std::vector<uint64_t>> tables;
};

} // namespace vspec
#endif
