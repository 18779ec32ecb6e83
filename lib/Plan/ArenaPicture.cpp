// Draws an arena as SVG text. Knows nothing of how the plan was made: broken plans are drawn too.
#include "vspec/Plan/ArenaPicture.h"
#include "vspec/Support/ReadableBytes.h"
#include <algorithm>

namespace vspec {
namespace {

constexpr double left = 90, top = 30, width = 1090, height = 520; // of the plot; labels stand left of it and below

std::string escaped(const std::string &text) {
  std::string result;
  for (char c : text) {
    switch (c) {
    case '&':
      result += "&amp;";
      break;
    case '<':
      result += "&lt;";
      break;
    case '>':
      result += "&gt;";
      break;
    case '"':
      result += "&quot;";
      break;
    default:
      result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c; // XML forbids control characters
    }
  }
  return result;
}

// Two digits after the point, whatever the locale says about points.
std::string number(double value) {
  long long hundredths = static_cast<long long>(value * 100 + 0.5);
  std::string digits = std::to_string(hundredths % 100);
  return std::to_string(hundredths / 100) + (digits.size() == 1 ? ".0" : ".") + digits;
}

std::string text(double x, double y, const char *anchor, const std::string &content) {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\">" + escaped(content) + "</text>\n";
}

// The same name has the same colour in every picture (FNV-1a of the name as a hue).
std::string colourOf(const std::string &name) {
  uint32_t hash = 2166136261u;
  for (char c : name)
    hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return "hsl(" + std::to_string(hash % 360) + ",55%,72%)";
}

struct Scale {
  double launches, bytes; // that the whole plot holds
  double x(double launch) const { return left + std::min(launch / launches, 1.0) * width; }
  double y(double offset) const { return top + (1 - std::min(offset / bytes, 1.0)) * height; }
};

bool broken(const ArenaPictureSlice &slice, uint64_t arenaBytes) {
  return slice.firstLaunch > slice.lastLaunch || slice.bytes > arenaBytes || slice.offset > arenaBytes - slice.bytes;
}

std::string box(const ArenaPictureSlice &slice, const Scale &scale, uint64_t arenaBytes) {
  double x = scale.x(std::min(slice.firstLaunch, slice.lastLaunch)), right = scale.x(std::max(slice.firstLaunch, slice.lastLaunch) + 1.0);
  double y = scale.y(static_cast<double>(slice.offset) + static_cast<double>(slice.bytes)),
         bottom = scale.y(static_cast<double>(slice.offset));
  std::string tip = slice.name + ": launches " + std::to_string(slice.firstLaunch) + " to " + std::to_string(slice.lastLaunch) +
                    ", offset " + std::to_string(slice.offset) + ", " + std::to_string(slice.bytes) + " bytes";
  std::string result = "<g><title>" + escaped(tip) + "</title><rect x=\"" + number(x) + "\" y=\"" + number(y) + "\" width=\"" +
                       number(right - x) + "\" height=\"" + number(bottom - y) + "\" fill=\"" +
                       (broken(slice, arenaBytes) ? "red" : colourOf(slice.name)) + "\" stroke=\"#444\" stroke-width=\"0.5\"/>";
  // A letter is about 6 units wide and 10 high.
  if (bottom - y >= 12 && right - x >= 6.0 * slice.name.size() + 4)
    result += text((x + right) / 2, (y + bottom) / 2 + 4, "middle", slice.name);
  return result + "</g>\n";
}

} // namespace

std::string arenaPicture(const std::vector<ArenaPictureSlice> &slices, uint64_t arenaBytes) {
  Scale scale{1, std::max(1.0, static_cast<double>(arenaBytes))};
  for (const ArenaPictureSlice &slice : slices)
    scale.launches = std::max({scale.launches, slice.firstLaunch + 1.0, slice.lastLaunch + 1.0});
  std::string result = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1200 600\" font-family=\"sans-serif\" font-size=\"11\">\n"
                       "<rect x=\"0\" y=\"0\" width=\"1200\" height=\"600\" fill=\"white\"/>\n";
  result += text(left, 18, "start",
                 "arena of " + readableBytes(arenaBytes) + ", " + std::to_string(slices.size()) + " slices, " +
                     std::to_string(static_cast<uint64_t>(scale.launches)) + " launches");
  for (int tick = 0; tick <= 4; ++tick) {
    double offset = static_cast<double>(arenaBytes) / 4 * tick, launch = scale.launches / 4 * tick;
    result += text(left - 6, scale.y(offset) + 4, "end", readableBytes(static_cast<uint64_t>(offset)));
    result += text(scale.x(launch), top + height + 18, "middle", std::to_string(static_cast<uint64_t>(launch)));
  }
  for (const ArenaPictureSlice &slice : slices)
    result += box(slice, scale, arenaBytes);
  result += "<rect x=\"" + number(left) + "\" y=\"" + number(top) + "\" width=\"" + number(width) + "\" height=\"" + number(height) +
            "\" fill=\"none\" stroke=\"black\"/>\n";
  result += text(left + width / 2, top + height + 38, "middle", "launch");
  return result + "</svg>\n";
}

} // namespace vspec
