// Moves codes and stored numbers between rows and tiles. The layout says where a vector lies; here are the bits.
#include "vspec/Quant/Packing.h"
#include <algorithm>
#include <cstring>

using namespace vspec;

namespace {
/// One field of a code vector: bits [drop, drop + width) of each code are bits [shift, shift + width) of a line's bytes.
struct Move {
  unsigned vector, drop, line, shift;
  uint64_t mask; // of the code's field, for 8 bytes at once
};

/// The bytes of a code vector, 16 rows x 4.
struct CodeVector {
  uint64_t words[8];
  uint8_t *bytes() { return reinterpret_cast<uint8_t *>(words); }
};

class UnitPacker {
public:
  explicit UnitPacker(const PackedLayout::Stream &stream) {
    BitUnit unit = bitUnit(stream.bits);
    for (unsigned vector = 0; vector < unit.codes.size(); ++vector) {
      unsigned drop = 0;
      for (const Field &field : unit.codes[vector]) {
        moves.push_back({vector, drop, field.line, field.shift, ((uint64_t(1) << field.width) - 1) * 0x0101010101010101u});
        drop += field.width;
      }
    }
  }
  void pack(const CodeVector *vectors, uint8_t *lines) const {
    for (const Move &move : moves)
      for (unsigned i = 0; i < 8; ++i) {
        uint64_t line;
        uint8_t *at = lines + move.line * lineBytes + i * 8;
        std::memcpy(&line, at, 8);
        line |= (vectors[move.vector].words[i] >> move.drop & move.mask) << move.shift;
        std::memcpy(at, &line, 8);
      }
  }
  void unpack(const uint8_t *lines, CodeVector *vectors) const {
    for (const Move &move : moves)
      for (unsigned i = 0; i < 8; ++i) {
        uint64_t line;
        std::memcpy(&line, lines + move.line * lineBytes + i * 8, 8);
        vectors[move.vector].words[i] |= (line >> move.shift & move.mask) << move.drop;
      }
  }

private:
  std::vector<Move> moves;
};

/// Visits the streams of a tile; Packs says the direction. Both directions share every address.
template <bool Packs> class TileMover {
public:
  using Byte = std::conditional_t<Packs, uint8_t, const uint8_t>;
  using Rows = std::conditional_t<Packs, const CodedRows, CodedRows>;

  TileMover(const NormalForm &form, const PackedLayout &layout, Rows &coded, int64_t firstRow, Byte *tile)
      : form(form), layout(layout), coded(coded), firstRow(firstRow), rows(std::min(tileRows, coded.rows - firstRow)), tile(tile),
        blocks(layout.paddedColumns(coded.columns) / layout.blockK) {}

  void move() {
    for (int64_t row = 0; row < rows && form.rowScale; ++row)
      copy(tile + row * 4, coded.rowScale[size_t(firstRow + row)]);
    if (form.decoder)
      return moveDecoded(*form.decoder);
    for (size_t i = 0; i < layout.streams.size(); ++i) {
      const PackedLayout::Stream &stream = layout.streams[i];
      if (stream.isByteVector())
        moveCodes(i, stream);
      else if (stream.isElement)
        moveNumbers(stream, coded.floats, 1, [](unsigned k) { return k; });
    }
    for (auto [places, numbers] : {std::pair(&layout.scale, &coded.scale), std::pair(&layout.minimum, &coded.minimum)})
      for (size_t i = 0; i < places->size(); ++i) {
        const PackedLayout::Place &place = (*places)[i];
        if (place.level.number != Number::MinusScale && !layout.streams[place.stream].isByteVector())
          moveNumbers(layout.streams[place.stream], (*numbers)[i], place.level.group,
                      [&](unsigned g) { return layout.vectorOf(place, g); });
      }
  }

private:
  Byte *blockAt(int64_t block) const { return tile + layout.headerBytes + block * layout.blockBytes; }

  template <typename T> static void copy(uint8_t *bytes, const T &value) { std::memcpy(bytes, &value, sizeof(T)); }
  template <typename T> static void copy(const uint8_t *bytes, T &value) { std::memcpy(&value, bytes, sizeof(T)); }

  /// Numbers of 16 or 32 bits: [rows][ceil(columns / group)].
  template <typename Numbers, typename VectorOf>
  void moveNumbers(const PackedLayout::Stream &stream, Numbers &numbers, int64_t group, VectorOf vectorOf) {
    int64_t groups = (coded.columns + group - 1) / group, perBlock = layout.blockK / group, vectorBytes = tileRows * stream.bits / 8;
    for (int64_t g = 0; g < groups; ++g) {
      unsigned vector = vectorOf(unsigned(g % perBlock));
      Byte *at = blockAt(g / perBlock) + layout.unitOffset(stream, vector) + vector % stream.perUnit * vectorBytes;
      for (int64_t row = 0; row < rows; ++row) {
        auto &number = numbers[size_t((firstRow + row) * groups + g)];
        if (stream.bits == 32) {
          copy(at + row * 4, number);
        } else if constexpr (Packs) {
          copy(at + row * 2, uint16_t(number));
        } else {
          uint16_t half;
          copy(at + row * 2, half);
          number = half;
        }
      }
    }
  }

  /// Four bytes of each row stand side by side.
  void moveDecoded(const Decoder &decoder) {
    const PackedLayout::DecodedBlocks &decoded = layout.decoded;
    Byte *first = tile + layout.headerBytes;
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t block = 0; block < blocks; ++block) {
        auto *bytes = coded.blocks.data() + ((firstRow + row) * blocks + block) * decoder.bytes;
        Byte *lines = first + decoded.linesOf(block) + row * 4;
        Byte *shared = first + decoded.sharedOf(block) + row * 4 + block % decoded.share * decoded.rest;
        for (unsigned i = 0; i < decoder.bytes; ++i) {
          Byte &byte = i / 4 < decoded.lines ? lines[i / 4 * lineBytes + i % 4] : shared[i % 4];
          if constexpr (Packs)
            byte = bytes[i];
          else
            bytes[i] = byte;
        }
      }
  }

  /// A stream of code vectors: the elements, or the small numbers of all levels with these bits and group.
  void moveCodes(size_t index, const PackedLayout::Stream &stream) {
    UnitPacker packer(stream);
    std::vector<CodeVector> vectors(stream.perUnit);
    for (int64_t block = 0; block < blocks; ++block)
      for (size_t unit = 0; unit < stream.offsets.size(); ++unit) {
        std::fill(vectors.begin(), vectors.end(), CodeVector{});
        Byte *lines = blockAt(block) + stream.offsets[unit];
        if constexpr (!Packs)
          packer.unpack(lines, vectors.data());
        for (unsigned v = 0; v < stream.perUnit; ++v)
          if (stream.isElement)
            moveElements(vectors[v], block * layout.blockK + (int64_t(unit) * stream.perUnit + v) * 4);
          else
            moveLevels(index, stream, vectors[v], block, unsigned(unit) * stream.perUnit + v);
        if constexpr (Packs)
          packer.pack(vectors.data(), lines);
      }
  }

  void moveElements(CodeVector &vector, int64_t k) {
    int64_t count = std::min<int64_t>(4, coded.columns - k);
    for (int64_t row = 0; row < rows && count > 0; ++row) {
      auto *codes = coded.codes.data() + (firstRow + row) * coded.columns + k;
      uint8_t *bytes = vector.bytes() + 4 * row;
      if constexpr (Packs)
        count == 4 ? std::memcpy(bytes, codes, 4) : std::memcpy(bytes, codes, size_t(count));
      else
        std::memcpy(codes, bytes, size_t(count));
    }
  }

  void moveLevels(size_t index, const PackedLayout::Stream &stream, CodeVector &vector, int64_t block, unsigned nth) {
    for (auto [places, numbers] : {std::pair(&layout.scale, &coded.scale), std::pair(&layout.minimum, &coded.minimum)})
      for (size_t i = 0; i < places->size(); ++i) {
        const PackedLayout::Place &place = (*places)[i];
        if (place.level.number == Number::MinusScale || place.stream != index)
          continue;
        unsigned perBlock = layout.blockK / stream.group, first = layout.vectorOf(place, 0);
        if (nth < first || nth >= first + perBlock / 4)
          continue;
        int64_t groups = coded.groups(place.level), g = block * perBlock + (nth - first) * 4;
        for (int64_t row = 0; row < rows; ++row)
          for (int64_t byte = 0; byte < 4 && g + byte < groups; ++byte) {
            auto &number = (*numbers)[i][size_t((firstRow + row) * groups + g + byte)];
            if constexpr (Packs)
              vector.bytes()[4 * row + byte] = uint8_t(number);
            else
              number = vector.bytes()[4 * row + byte];
          }
      }
  }

  const NormalForm &form;
  const PackedLayout &layout;
  Rows &coded;
  int64_t firstRow, rows;
  Byte *tile;
  int64_t blocks;
};
} // namespace

void vspec::packTile(const NormalForm &form, const PackedLayout &layout, const CodedRows &coded, int64_t firstRow, uint8_t *tile) {
  std::fill_n(tile, layout.tileBytes(coded.columns), uint8_t(0));
  TileMover<true>(form, layout, coded, firstRow, tile).move();
}

void vspec::unpackTile(const NormalForm &form, const PackedLayout &layout, const uint8_t *tile, int64_t firstRow, CodedRows &coded) {
  TileMover<false>(form, layout, coded, firstRow, tile).move();
}
