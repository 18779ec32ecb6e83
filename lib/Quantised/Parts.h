// The tensors that a quantised matrix consists of: checked against what they should be, then read number by number.
#ifndef VSPEC_LIB_QUANTISED_PARTS_H
#define VSPEC_LIB_QUANTISED_PARTS_H
#include "Methods.h"

namespace vspec {

/// A tensor of that shape in one of these encodings; or "<path>: tensor '<name>' is 4x16 of i32, expected 4x8 of i32".
Result<const Tensor *> takePart(const MatrixRequest &request, std::string_view suffix, const std::vector<int64_t> &shape,
                                const std::vector<Encoding> &encodings);

/// "<path>: tensor '<name>' <problem>"
Error partError(const MatrixRequest &request, std::string_view suffix, const std::string &problem);

/// Numbers that scales may be stored in, by their type's names in the algebra.
inline const std::vector<Encoding> floatEncodings = {Encoding::F16, Encoding::BF16, Encoding::F32};

/// Number i of a tensor of i32 (or u32): a word of packed codes.
uint32_t wordAt(const Tensor &tensor, int64_t i);
/// Number i of a tensor of f16, bf16 or f32, as stored.
uint32_t floatBitsAt(const Tensor &tensor, int64_t i);
float floatAt(const Tensor &tensor, int64_t i);

/// The number at bit `bit` of words that continue each other: word w is number start + w * stride of the tensor. A code may cross
/// words (3 bits do).
uint32_t bitsAt(const Tensor &tensor, int64_t start, int64_t stride, int64_t bit, unsigned bits);

/// The columns, those of group 0 first, by a tensor [K] i32 of the group of each; empty if they lie so already, or if all are -1.
Result<std::vector<uint32_t>> columnOrder(const MatrixRequest &request, std::string_view suffix, int64_t group);

/// Where the numbers of a matrix with one level come from. Groups count along a row; one for the whole row if `group` is 0.
struct LevelSource {
  int64_t group;                                             // columns; 0: a row
  std::function<uint32_t(int64_t row, int64_t group)> scale; // as stored in the format's type
  std::function<uint32_t(int64_t row, int64_t group)> zero;  // none: no zero points
};

/// Puts them where the normal form has them. `scaleType` is the format's.
void fillLevel(const LevelSource &source, NumberType scaleType, int64_t first, const NormalForm &form, CodedRows &into);

/// The bits that zero points of so many bits are kept in: 3 in 4, 5 to 7 in 8. In fewer a tile's block would be up to 2048 columns long.
unsigned zeroBits(unsigned bits);

/// `group` columns as the algebra writes them: "128" or "row"; a length that kernels do not know becomes its largest power of two,
/// with the number repeated.
std::string extentText(int64_t group);
int64_t kernelGroup(int64_t group);

} // namespace vspec
#endif
