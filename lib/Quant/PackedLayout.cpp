// Plans where the bits of a block lie. What is in them is the codec's affair.
#include "vspec/Quant/PackedLayout.h"
#include <algorithm>

using namespace vspec;

BitUnit vspec::bitUnit(unsigned bits) {
  unsigned divisor = bits % 8 == 0 ? 8 : bits % 4 == 0 ? 4 : bits % 2 == 0 ? 2 : 1;
  BitUnit unit{bits / divisor, {}};
  std::vector<Field> rest;
  for (unsigned line = 0; line < unit.lines; ++line) {
    unsigned shift = 0;
    for (; shift + bits <= 8; shift += bits)
      unit.codes.push_back({{line, shift, bits}});
    if (shift < 8)
      rest.push_back({line, shift, 8 - shift});
  }
  while (unit.codes.size() < 8 / divisor) {
    std::vector<Field> code;
    for (unsigned have = 0; have < bits;) {
      Field &longest = *std::max_element(rest.begin(), rest.end(), [](const Field &a, const Field &b) { return a.width < b.width; });
      unsigned width = std::min(longest.width, bits - have);
      code.push_back({longest.line, longest.shift, width});
      longest.shift += width;
      longest.width -= width;
      have += width;
    }
    unit.codes.push_back(code);
  }
  return unit;
}

PackedLayout::PackedLayout(const NormalForm &form, int64_t columns) : PackedLayout(form, Lines::Whole) {
  if (form.decoder)
    return;
  PackedLayout relaxed(form, Lines::Half);
  if (relaxed.tileBytes(columns) < tileBytes(columns))
    *this = relaxed;
}

void PackedLayout::planDecoded(const Decoder &decoder) {
  blockK = decoder.columns;
  decoded = {decoder.bytes / 4, decoder.bytes % 4, 1};
  if (decoded.rest == 3) // as if it were four
    decoded = {decoded.lines + 1, 0, 1};
  else if (decoded.rest)
    decoded.share = 4 / decoded.rest;
  scale.push_back({{Number::Decoded, 0, decoder.group}, 0, 0});
  streams.push_back({8, 1, 1, true, blockK / 4, 1, unsigned(lineBytes), {}});
}

PackedLayout::PackedLayout(const NormalForm &form, Lines lines) : headerBytes(form.rowScale ? lineBytes : 0) {
  if (form.decoder) {
    planDecoded(*form.decoder);
    return;
  }
  for (auto [levels, places] : {std::pair(&form.scale, &scale), std::pair(&form.minimum, &minimum)})
    for (const NormalLevel &level : *levels) {
      bool stored = level.number != Number::MinusScale;
      unsigned found = 0;
      while (found < streams.size() && (streams[found].bits != level.bits || streams[found].group != level.group))
        ++found;
      if (found == streams.size() && stored)
        streams.push_back({level.bits, level.group, 0, false, 0, 0, 0, {}});
      places->push_back({level, found, stored ? streams[found].levels++ : 0});
    }
  streams.push_back({form.bits, 1, 1, true, 0, 0, 0, {}});
  // Without levels a block is a matter of taste: long enough to unroll, short enough not to pad much.
  unsigned coarsest = form.isFloat() ? 8 : form.flush ? form.flush : 64;
  for (const Stream &stream : streams)
    coarsest = std::max(coarsest, stream.group);
  for (blockK = coarsest; !fits(lines); blockK += coarsest)
    ;
  // What is needed next comes next; of equal need, levels before codes.
  auto need = [&](const Stream &stream) {
    unsigned vector = unsigned(stream.offsets.size()) * stream.perUnit;
    if (stream.isByteVector())
      return vector * 4 * stream.group % blockK;
    return vector / stream.levels * stream.group;
  };
  for (;;) {
    Stream *next = nullptr;
    for (Stream &stream : streams)
      if (stream.offsets.size() * stream.perUnit < stream.vectors && (!next || need(stream) < need(*next)))
        next = &stream;
    if (!next)
      return;
    next->offsets.push_back(blockBytes);
    blockBytes += next->unitBytes;
  }
}

bool PackedLayout::fits(Lines lines) {
  for (Stream &stream : streams) {
    unsigned numbers = stream.levels * (blockK / stream.group);
    if (stream.isByteVector()) {
      BitUnit unit = bitUnit(stream.bits);
      stream.perUnit = unsigned(unit.codes.size());
      stream.unitBytes = unit.lines * unsigned(lineBytes);
      stream.vectors = numbers / 4;
      if (blockK / stream.group % 4)
        return false;
    } else {
      stream.perUnit = 32 / stream.bits;
      stream.unitBytes = unsigned(lineBytes);
      stream.vectors = numbers;
    }
    if (stream.vectors % stream.perUnit && (stream.isByteVector() || stream.isElement || lines == Lines::Whole))
      return false;
  }
  return true;
}

unsigned PackedLayout::vectorOf(const Place &place, unsigned g) const {
  const Stream &stream = streams[place.stream];
  return stream.isByteVector() ? place.nth * (blockK / stream.group / 4) + g / 4 : place.nth + stream.levels * g;
}

int64_t vspec::rowParts(const NormalForm &form, int64_t columns) {
  int64_t whole = form.decoder ? form.decoder->columns : 1;
  for (auto *levels : {&form.scale, &form.minimum})
    for (const NormalLevel &level : *levels)
      whole = std::max<int64_t>(whole, level.group); // powers of two: the largest is a multiple of all
  int64_t parts = tileRows;
  while (columns % (parts * whole) != 0 && parts > 1)
    parts /= 2;
  return parts;
}

unsigned vspec::activationBlock(const NormalForm &form) {
  unsigned coarsest = form.decoder ? form.decoder->columns : 0;
  for (auto *levels : {&form.scale, &form.minimum})
    for (const NormalLevel &level : *levels)
      coarsest = std::max(coarsest, level.group);
  return coarsest ? std::clamp(coarsest, 64u, 256u) : 256u;
}
