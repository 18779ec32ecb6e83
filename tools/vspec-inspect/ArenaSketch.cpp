#include "ArenaSketch.h"
#include <algorithm>
#include <cmath>

namespace vspec {
namespace {

constexpr uint32_t mostColumns = 96, widestLaunch = 8, mostLines = 16;

struct Cells {
  uint32_t begin, end;
};

/// The cells that [begin, end) of `size` touches, out of `count`. Sizes of a damaged file may be anything, so this is double.
Cells cellsOf(double begin, double end, double size, uint32_t count) {
  const double first = std::floor(begin * count / size), last = std::ceil(end * count / size);
  return {uint32_t(std::clamp(first, 0.0, double(count))), uint32_t(std::clamp(last, 0.0, double(count)))};
}

} // namespace

std::string arenaSketch(const std::vector<ArenaPictureSlice> &slices, uint64_t arenaBytes, uint32_t launches) {
  if (arenaBytes == 0 || launches == 0)
    return "";
  const uint32_t columns = launches < mostColumns ? launches * std::min(mostColumns / launches, widestLaunch) : mostColumns;
  std::vector<std::string> lines(mostLines, std::string(columns, '.'));
  for (size_t i = 0; i < slices.size(); ++i) {
    const ArenaPictureSlice &slice = slices[i];
    const Cells across = cellsOf(slice.firstLaunch, double(slice.lastLaunch) + 1, launches, columns);
    const Cells up = cellsOf(double(slice.offset), double(slice.offset) + double(slice.bytes), double(arenaBytes), mostLines);
    for (uint32_t line = up.begin; line < up.end; ++line)
      for (uint32_t column = across.begin; column < across.end; ++column)
        lines[mostLines - 1 - line][column] = char('a' + i % 26);
  }
  std::string text;
  for (const std::string &line : lines)
    text += "    |" + line + "|\n";
  return text;
}

} // namespace vspec
