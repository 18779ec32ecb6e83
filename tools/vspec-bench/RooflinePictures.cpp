#include "RooflinePictures.h"
#include "Numbers.h"
#include <algorithm>
#include <cmath>

namespace vspec {
namespace {

constexpr size_t colourCount = 10;

std::string at(double value) { return fixedNumber(value, 1); }

std::string text(double x, double y, const std::string &classes, const std::string &content, const std::string &more = "") {
  return "<text x=\"" + at(x) + "\" y=\"" + at(y) + "\" class=\"" + classes + "\"" + more + ">" + escapeMarkup(content) + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2, const std::string &classes) {
  return "<line x1=\"" + at(x1) + "\" y1=\"" + at(y1) + "\" x2=\"" + at(x2) + "\" y2=\"" + at(y2) + "\" class=\"" + classes + "\"/>\n";
}

std::string box(double x, double y, double width, double height, const std::string &classes, const std::string &tip = "") {
  return "<rect x=\"" + at(x) + "\" y=\"" + at(y) + "\" width=\"" + at(std::max(width, 0.0)) + "\" height=\"" + at(height) + "\" class=\"" +
         classes + "\"" + (tip.empty() ? "/>\n" : "><title>" + escapeMarkup(tip) + "</title></rect>\n");
}

std::string tipOf(const Roofline &roofline, const RooflineRow &row) {
  return KernelColours::label(row) + " (" + row.kernel + ", " + row.name + "), " + titleOf(roofline) + ": " +
         shortNumber(row.seconds * 1e6) + " us in " + std::to_string(row.launches) + " launches, " +
         percentNumber(row.seconds / roofline.wallSeconds) + " of the step; " + shortNumber(row.bytes / row.seconds / 1e9) + " GB/s, " +
         shortNumber(row.operations / row.seconds / 1e9) + " GOPS, " + percentNumber(row.boundShare) + " of its bound";
}

/// From 10^low to 10^high over a number of pixels.
struct LogAxis {
  double low, high, from, to;
  double pixel(double value) const { return from + (std::log10(value) - low) / (high - low) * (to - from); }
};

/// A kernel in the plot, and where its name is written.
struct Point {
  const Roofline *roofline;
  const RooflineRow *row;
  double x, y, radius, labelY;
  double share() const { return row->seconds / roofline->wallSeconds; }
};

constexpr double labelHeight = 16, labelWidth = 110, labelGap = 30, leastLabelledShare = 0.015;

class Plot {
public:
  Plot(const std::vector<const Roofline *> &rooflines, const KernelColours &colours) : rooflines(rooflines), colours(colours) {}
  std::string draw();

private:
  static constexpr double width = 960, height = 520, left = 66, right = 20, top = 18, bottom = 52;
  void place();
  void spreadLabels();
  std::string grid() const;
  std::string roofs() const;
  std::string marks() const;

  const std::vector<const Roofline *> &rooflines;
  const KernelColours &colours;
  MachineRates machine = {};
  LogAxis across = {}, up = {};
  std::vector<Point> points;
};

void Plot::place() {
  std::vector<MachineRates> machines;
  double lowX = 1e300, highX = 0, lowY = 1e300;
  for (const Roofline *roofline : rooflines) {
    machines.push_back(roofline->machine);
    for (const RooflineRow &row : roofline->kernels)
      if (row.operations > 0 && row.bytes > 0 && row.seconds > 0) {
        points.push_back({roofline, &row, row.operations / row.bytes, row.operations / row.seconds, 0, 0});
        lowX = std::min(lowX, points.back().x);
        highX = std::max(highX, points.back().x);
        lowY = std::min(lowY, points.back().y);
      }
  }
  machine = medianOf(machines);
  const double ridge = machine.int8 / machine.bytes;
  across = {std::log10(std::min(lowX, ridge / 4) / 2.5), std::log10(std::max(highX, ridge) * 2.5), left, width - right};
  up = {std::log10(std::min(lowY, machine.int8 / 20) * 0.6), std::log10(machine.int8 * 1.8), height - bottom, top};
  for (Point &point : points) {
    point.radius = 3.5 + 15 * std::sqrt(std::min(point.share(), 1.0));
    point.x = across.pixel(point.x);
    point.y = point.labelY = up.pixel(point.y);
  }
  // Large ones first, so that small ones lie on them.
  std::sort(points.begin(), points.end(), [](const Point &a, const Point &b) { return a.radius > b.radius; });
}

// Names that would cover each other move apart, upwards and downwards in turn until all have room.
void Plot::spreadLabels() {
  for (int round = 0; round < 200; ++round) {
    bool moved = false;
    for (Point &a : points)
      for (Point &b : points) {
        const bool both = a.share() >= leastLabelledShare && b.share() >= leastLabelledShare;
        const double distance = b.labelY - a.labelY;
        if (&a == &b || !both || std::fabs(a.x - b.x) > labelWidth || std::fabs(distance) >= labelHeight)
          continue;
        const bool aAbove = distance > 0 || (distance == 0 && &a < &b);
        const double push = (labelHeight - std::fabs(distance)) / 2 + 0.1;
        a.labelY += aAbove ? -push : push;
        b.labelY += aAbove ? push : -push;
        moved = true;
      }
    if (!moved)
      return;
  }
}

std::string Plot::grid() const {
  std::string all;
  for (const bool isAcross : {true, false}) {
    const LogAxis &axis = isAcross ? across : up;
    for (double decade = std::floor(axis.low); decade <= axis.high; ++decade)
      for (int digit = 1; digit < 10; ++digit) {
        const double value = digit * std::pow(10, decade), pixel = axis.pixel(value);
        if (std::log10(value) < axis.low - 1e-9 || std::log10(value) > axis.high + 1e-9)
          continue;
        const std::string classes = digit == 1 ? "decade" : "minor";
        all += isAcross ? line(pixel, top, pixel, height - bottom, classes) : line(left, pixel, width - right, pixel, classes);
        const double shown = isAcross ? value : value / 1e9;
        const std::string number = shown >= 1 ? fixedNumber(shown, 0) : fixedNumber(shown, int(-std::floor(std::log10(shown) + 1e-9)));
        if (digit == 1 || ((digit == 2 || digit == 5) && axis.high - axis.low < 3))
          all += isAcross ? text(pixel, height - bottom + 18, "tick middle", number) : text(left - 8, pixel + 4, "tick end", number);
      }
  }
  all += text((left + width - right) / 2, height - 10, "axis middle", "operations for each byte from memory");
  all += text(0, 0, "axis middle", "operations in a second, G",
              " transform=\"translate(16 " + at((top + height - bottom) / 2) + ") rotate(-90)\"");
  return all;
}

std::string Plot::roofs() const {
  const double ridge = machine.int8 / machine.bytes;
  const double lowX = std::max(std::pow(10, across.low), std::pow(10, up.low) / machine.bytes);
  const double x0 = across.pixel(lowX), y0 = up.pixel(machine.bytes * lowX);
  const double x1 = across.pixel(ridge), y1 = up.pixel(machine.int8), x2 = width - right;
  const std::string corners = at(x0) + "," + at(y0) + " " + at(x1) + "," + at(y1) + " " + at(x2) + "," + at(y1);
  std::string all = "<polygon points=\"" + corners + " " + at(x2) + "," + at(height - bottom) + " " + at(x0) + "," + at(height - bottom) +
                    "\" class=\"under\"/>\n<polyline points=\"" + corners + "\" class=\"roof\"/>\n";
  const double angle = std::atan2(y1 - y0, x1 - x0) * 180 / M_PI, share = 0.62;
  all +=
      text(0, 0, "name middle", "reads " + shortNumber(machine.bytes / 1e9) + " GB/s",
           " transform=\"translate(" + at(x0 + share * (x1 - x0)) + " " + at(y0 + share * (y1 - y0) - 8) + ") rotate(" + at(angle) + ")\"");
  all += text(x1 + 12, y1 - 9, "name", "int8 peak " + shortNumber(machine.int8 / 1e9) + " GOPS");
  const bool hasFloats = std::any_of(points.begin(), points.end(), [](const Point &point) { return point.row->f32Operations > 0; });
  const double y = up.pixel(machine.f32);
  return !hasFloats ? all
                    : all + line(across.pixel(machine.f32 / machine.bytes), y, x2, y, "roof f32") +
                          text(x1 + 12, y - 9, "name", "f32 peak " + shortNumber(machine.f32 / 1e9) + " GOPS");
}

std::string Plot::marks() const {
  std::string all;
  for (const Point &point : points) {
    const std::string classes = "mark " + colours.of(*point.row), tip = tipOf(*point.roofline, *point.row);
    const double half = point.radius * 0.886; // a square of the same area
    if (point.roofline->work == Work::Decode)
      all += "<circle cx=\"" + at(point.x) + "\" cy=\"" + at(point.y) + "\" r=\"" + at(point.radius) + "\" class=\"" + classes +
             "\"><title>" + escapeMarkup(tip) + "</title></circle>\n";
    else
      all += box(point.x - half, point.y - half, 2 * half, 2 * half, classes, tip);
  }
  for (const Point &point : points) {
    if (point.share() < leastLabelledShare)
      continue;
    const bool decodes = point.roofline->work == Work::Decode;
    const std::string batch = decodes && point.roofline->batch > 1 ? " x" + std::to_string(point.roofline->batch) : "";
    const double edge = decodes ? point.x - labelGap : point.x + labelGap;
    all += line(point.x, point.y, decodes ? edge + 3 : edge - 3, point.labelY - 1, "leader");
    all += text(edge, point.labelY + 3, decodes ? "label end" : "label", KernelColours::label(*point.row) + batch);
  }
  return all;
}

std::string Plot::draw() {
  place();
  if (points.empty())
    return "";
  spreadLabels();
  return "<svg viewBox=\"0 0 " + at(width) + " " + at(height) +
         "\" role=\"img\">\n<title>Roofline: " + escapeMarkup(titleOf(*rooflines[0])) + " and others</title>\n" + grid() + roofs() +
         marks() + "</svg>\n";
}

constexpr double barWidth = 620, barLeft = 262, barHeight = 28, barStep = 44, barsTop = 26;

std::string barOf(const Roofline &roofline, const KernelColours &colours, double y) {
  // On a restless machine the medians of the parts may exceed that of the whole.
  double parts = roofline.gapSeconds;
  for (const RooflineRow &row : roofline.kernels)
    parts += row.seconds;
  const double scale = barWidth / std::max(roofline.wallSeconds, parts);
  std::string all = text(barLeft - 12, y + 18, "bar end", titleOf(roofline));
  double x = barLeft;
  for (const RooflineRow &row : roofline.kernels) {
    const double width = row.seconds * scale, strong = std::min(row.boundSeconds * scale, width);
    const std::string colour = colours.of(row), tip = tipOf(roofline, row), label = KernelColours::label(row);
    all += box(x, y, width, barHeight, "weak " + colour, tip) + box(x, y, strong, barHeight, "strong " + colour, tip);
    if (width > 7.2 * double(label.size()) + 6)
      all += text(x + width / 2, y + 18, "inside middle", label);
    x += width;
  }
  const double between = roofline.gapSeconds * scale;
  all += box(x, y, between, barHeight, "between", "between launches: " + shortNumber(roofline.gapSeconds * 1e6) + " us");
  all += box(x + between, y, barLeft + barWidth - x - between, barHeight, "outside",
             "before and after the launches: " + shortNumber(roofline.outsideSeconds() * 1e6) + " us");
  return all + text(barLeft + barWidth + 10, y + 18, "bar", shortNumber(roofline.wallSeconds * 1e3) + " ms");
}

} // namespace

KernelColours::KernelColours(const std::vector<Roofline> &rooflines) {
  for (const Roofline &roofline : rooflines)
    for (const RooflineRow &row : roofline.kernels)
      if (std::find(order.begin(), order.end(), label(row)) == order.end())
        order.push_back(label(row));
}

std::string KernelColours::of(const RooflineRow &row) const {
  const size_t index = size_t(std::find(order.begin(), order.end(), label(row)) - order.begin());
  return "c" + std::to_string(index % colourCount);
}

std::string KernelColours::label(const RooflineRow &row) {
  if (row.kind == "logits" || row.kind == "attention")
    return row.kind;
  return row.kind == "embed" ? "embedding" : row.name.substr(row.name.rfind('.') + 1);
}

std::string rooflinePlot(const std::vector<const Roofline *> &rooflines, const KernelColours &colours) {
  return Plot(rooflines, colours).draw();
}

std::string stepBars(const std::vector<Roofline> &rooflines, const KernelColours &colours) {
  const double height = barsTop + barStep * double(rooflines.size());
  std::string all = "<svg viewBox=\"0 0 960 " + at(height) + "\" role=\"img\">\n<title>Where the time of a step goes</title>\n";
  for (int percent = 0; percent <= 100; percent += 25) {
    const double x = barLeft + barWidth * percent / 100;
    all += line(x, barsTop - 6, x, height - 8, "minor") + text(x, barsTop - 12, "tick middle", std::to_string(percent) + " %");
  }
  for (size_t i = 0; i < rooflines.size(); ++i)
    all += barOf(rooflines[i], colours, barsTop + barStep * double(i));
  return all + "</svg>\n";
}

} // namespace vspec
