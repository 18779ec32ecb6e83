// Where the bits of a weight lie for the CPU: "rows16", one layout for AVX-512, AVX2 and NEON. No MLIR.
//
// A weight of N rows and K columns is a list of tiles, one for each 16 rows (the last one is padded with zero rows). A tile
// is one ascending stream of 64-byte lines: a line of 16 f32 row scales if the format has them, then its blocks, each
// 16 rows x blockK. K is padded to whole blocks with zero codes; activations are zero there.
//
// In a block everything lies in the order in which a kernel first needs it, levels before the codes that they scale:
//   codes          code vectors of 64 bytes, byte 4 * row + k % 4, for 4 consecutive k. `lines` vectors of b bits lie in
//                  fewer lines by one rule for every b, see bitUnit.
//   levels of 16   half lines: 16 rows; of 32 bits (f32): whole lines, 16 rows.
//   levels of <= 8 code vectors of 16 rows x 4 groups, packed like codes.
//   float elements one vector for each k: 16 rows of f32 (a line) or of f16, bf16 (half a line).
//   decoded blocks byte c of a row's block is byte 4 * row + c % 4 of line c / 4. What four bytes leave over shares a line, which
//                  comes first, with that of the next blocks: 66 bytes are 16 lines, and half a line before every second block.
#ifndef VSPEC_QUANT_PACKEDLAYOUT_H
#define VSPEC_QUANT_PACKEDLAYOUT_H
#include "vspec/Quant/NormalForm.h"
#include <cstdint>
#include <vector>

namespace vspec {

constexpr int64_t tileRows = 16;
constexpr int64_t lineBytes = 64;

/// Bits [shift, shift + width) of a line. A code is a list of fields, low bits first.
struct Field {
  unsigned line, shift, width;
};

/// `lines` lines hold codes.size() code vectors. 3 bits: 3 lines, 8 code vectors.
struct BitUnit {
  unsigned lines;
  std::vector<std::vector<Field>> codes;
};

/// First the codes that lie whole in a line; the rest is made of left-over bits, from the top of the lines, longest first.
/// 3 bits: v0 v1 = L0[0:3] L0[3:6], v2 v3 from L1, v4 v5 from L2, v6 = L0[6:8] L1[6], v7 = L2[6:8] L1[7].
BitUnit bitUnit(unsigned bits);

class PackedLayout {
public:
  /// The codes, or all levels that share a storage and a group.
  struct Stream {
    unsigned bits, group, levels; // the elements are one level of group 1
    bool isElement;
    unsigned vectors, perUnit, unitBytes;
    std::vector<int64_t> offsets; // bytes in the block of each unit
    bool isByteVector() const { return bits <= 8; }
  };
  struct Place {
    NormalLevel level;
    unsigned stream, nth; // of the stream's levels; a MinusScale has none
  };

  unsigned blockK = 0;         // columns of a block
  int64_t blockBytes = 0;      // a multiple of 64; 0 with a decoder
  int64_t headerBytes = 0;     // of a tile: 64 with row scales, else 0
  std::vector<Stream> streams; // the elements are the last one
  std::vector<Place> scale, minimum;
  struct DecodedBlocks {
    unsigned lines = 0, rest = 0, share = 1; // whole lines of a block, bytes left over, blocks that share a line of them
    /// Bytes from the first block of a tile to this block's lines, and to the line that its last bytes share.
    int64_t linesOf(int64_t block) const { return sharedOf(block) + (rest != 0 ? lineBytes : 0) + block % share * lines * lineBytes; }
    int64_t sharedOf(int64_t block) const { return block / share * sharedBytes(); }
    int64_t sharedBytes() const { return (share * lines + (rest != 0)) * lineBytes; }
  } decoded; // with a decoder

  /// The layout of a weight with this many columns. Where a level would fill only half a line of a block, the block is
  /// doubled or the line left half empty, whichever takes fewer bytes for these columns.
  PackedLayout(const NormalForm &form, int64_t columns);

  /// The vector of its stream that holds a level's numbers of group g of the block.
  unsigned vectorOf(const Place &place, unsigned g) const;
  /// Where the unit that holds a vector starts, in bytes in the block.
  int64_t unitOffset(const Stream &stream, unsigned vector) const { return stream.offsets[vector / stream.perUnit]; }

  int64_t paddedColumns(int64_t columns) const { return (columns + blockK - 1) / blockK * blockK; }
  int64_t tileBytes(int64_t columns) const {
    int64_t blocks = paddedColumns(columns) / blockK;
    if (decoded.lines == 0 && decoded.rest == 0)
      return headerBytes + blocks * blockBytes;
    return headerBytes + (blocks ? decoded.linesOf(blocks - 1) + decoded.lines * lineBytes : 0);
  }
  /// [ceil(rows / 16)][tileBytes]
  int64_t weightBytes(int64_t rows, int64_t columns) const { return (rows + tileRows - 1) / tileRows * tileBytes(columns); }

private:
  enum class Lines { Whole, Half }; // may a level's last line be half empty
  PackedLayout(const NormalForm &form, Lines lines);
  void planDecoded(const Decoder &decoder);
  bool fits(Lines lines);
};

/// Rows that can be read one by one: cut into parts of equal length, which lie in a tile as if they were rows of a narrower weight. How
/// many parts: 16, so that a row has a tile of its own, or as many as no group (nor block of a decoder) spans two of; 1: rows stay whole.
/// The weight [rows, columns] is then packed as [rows * parts, columns / parts], with the normal form that it has anyway.
int64_t rowParts(const NormalForm &form, int64_t columns);

/// The activation block of a format: how many consecutive k share an activation scale when this weight is multiplied with
/// int8 activations. Its coarsest group, at least 64 and at most 256; 256 without groups. A region takes the largest of
/// its weights'. A power of two, as all groups are.
unsigned activationBlock(const NormalForm &form);

} // namespace vspec
#endif
