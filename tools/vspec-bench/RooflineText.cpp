#include "RooflineText.h"
#include "Numbers.h"
#include "TextTable.h"

namespace vspec {
namespace {

void addRow(TextTable &table, const Roofline &roofline, const RooflineRow &row, const std::string &first, const std::string &second) {
  const bool busy = row.seconds > 0;
  table.add({first, second, std::to_string(row.launches), shortNumber(row.seconds * 1e6), percentNumber(row.seconds / roofline.wallSeconds),
             shortNumber(row.bytes / 1e6), shortNumber(row.operations / 1e6), busy ? shortNumber(row.bytes / row.seconds / 1e9) : "-",
             busy ? shortNumber(row.operations / row.seconds / 1e9) : "-", nameOf(row.bound), percentNumber(row.boundShare),
             shortNumber(row.gapSeconds * 1e6)});
}

} // namespace

std::string launchesText(const Roofline &roofline) {
  std::string text = std::to_string(roofline.launches) + " launches, " + std::to_string(roofline.barriers) + " barriers; of " +
                     shortNumber(roofline.wallSeconds * 1e6) + " us " + shortNumber(roofline.launchSeconds * 1e6) + " in launches, " +
                     shortNumber(roofline.gapSeconds * 1e6) + " between them, " + shortNumber(roofline.outsideSeconds() * 1e6) +
                     " before and after; kernels fill " + percentNumber(roofline.workShare) + " of the workers' time in launches";
  if (roofline.tileShare >= 0)
    text += " and " + percentNumber(roofline.tileShare) + " of the processor time received (" + shortNumber(roofline.processors) +
            " processors)";
  return text;
}

std::string rooflineText(const Roofline &roofline) {
  const std::vector<std::string> header = {"launches", "us", "of step", "MB", "Mop", "GB/s", "GOPS", "bound", "of bound", "us before"};
  const auto table = [&](std::vector<std::string> first) {
    first.insert(first.end(), header.begin(), header.end());
    return TextTable(std::move(first), 2);
  };
  TextTable kernels = table({"kernel", "where"}), kinds = table({"kind", ""});
  for (const RooflineRow &row : roofline.kernels)
    addRow(kernels, roofline, row, row.kernel, row.name);
  for (const RooflineRow &row : roofline.kinds)
    addRow(kinds, roofline, row, row.kind, "");
  return "\n" + titleOf(roofline) + ": medians of " + std::to_string(roofline.steps) + " steps; " +
         shortNumber(roofline.machine.bytes / 1e9) + " GB/s, " + shortNumber(roofline.machine.int8 / 1e9) + " GOPS in int8, " +
         shortNumber(roofline.machine.f32 / 1e9) + " in f32\n" + launchesText(roofline) + "\n" + kernels.text() + kinds.text();
}

} // namespace vspec
