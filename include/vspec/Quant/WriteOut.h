// Weights that a decoder's blocks say, said in codes: more bits, and far less work for kernels. A point of a lattice becomes the
// codes of its numbers; nothing is rounded.
#ifndef VSPEC_QUANT_WRITEOUT_H
#define VSPEC_QUANT_WRITEOUT_H
#include "vspec/Quant/CodedRows.h"
#include "vspec/Quant/Format.h"

namespace vspec {

/// The format in which blocks of this one can be written out, its scales of rows and the tensor included; nothing if its decoder names
/// none, or it is none of a decoder.
std::optional<Format> writtenOut(const Format &blocks);

/// Why blocks of this decoder cannot be written out in such a form, whatever they hold. Its groups must be the decoder's, with small
/// integers for scales, and its next level's the decoder's blocks.
Result<void> checkWrittenOut(const Decoder &decoder, const NormalForm &form);

/// The rows' blocks as codes and numbers of such a form; the first is row `firstRow` of its weight. Errors name the row and column of
/// what the form cannot say: a scale that is no number, or, of a decoder that promised too much, any scale or code.
Result<CodedRows> writeOut(const Decoder &decoder, const CodedRows &blocks, const NormalForm &form, int64_t firstRow);

} // namespace vspec
#endif
