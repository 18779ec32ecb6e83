#include "RooflinePage.h"
#include "CommandLine/Console.h"
#include "Numbers.h"
#include "RooflinePictures.h"
#include "RooflineText.h"

namespace vspec {
namespace {

constexpr char style[] = R"(
:root { color-scheme: light dark; --paper: #fbfbf8; --card: #ffffff; --ink: #1c1e21; --soft: #62676e; --rule: #e3e3de; --faint: #f0f0ec;
  --under: #eef1f8; --gap: #b9bcc2; --edge: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #131518; --card: #1a1d21; --ink: #e8e8e4; --soft: #9aa0a8; --rule: #2d3137; --faint: #22262b; --under: #1d222d;
    --gap: #565b63; --edge: #131518; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 36px 28px 64px; }
h1 { font-size: 27px; margin: 0; letter-spacing: -0.01em; }
h2 { font-size: 19px; margin: 44px 0 6px; }
p { margin: 4px 0 12px; color: var(--soft); max-width: 76ch; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 18px; margin: 16px 0 24px; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(220px, 1fr)); gap: 14px; }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 14px 16px; }
.card b { display: block; font-size: 25px; font-weight: 650; letter-spacing: -0.01em; } .card span { color: var(--soft); display: block; }
figure { margin: 10px 0 14px; background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 14px; }
svg { display: block; width: 100%; height: auto; font: 12.5px system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
svg text { fill: var(--ink); } .tick, .axis { fill: var(--soft); } .middle { text-anchor: middle; } .end { text-anchor: end; }
.decade { stroke: var(--rule); } .minor { stroke: var(--faint); } .roof { fill: none; stroke: var(--ink); stroke-width: 2; }
.f32 { stroke-dasharray: 5 4; } .under { fill: var(--under); } .name { font-weight: 600; } .leader { stroke: var(--soft); stroke-width: 0.8; }
.label { paint-order: stroke; stroke: var(--card); stroke-width: 3px; stroke-linejoin: round; font-size: 12px; }
.mark { fill-opacity: 0.8; stroke: var(--edge); stroke-width: 1.2; } .weak { fill-opacity: 0.38; } .between { fill: var(--gap); }
.outside { fill: var(--gap); fill-opacity: 0.4; } .inside { paint-order: stroke; stroke: var(--card); stroke-width: 2.5px; stroke-opacity: 0.65; }
.c0 { fill: #4269d0; background: #4269d0; } .c1 { fill: #e8a317; background: #e8a317; } .c2 { fill: #f2644f; background: #f2644f; }
.c3 { fill: #55b8a2; background: #55b8a2; } .c4 { fill: #8f5fe0; background: #8f5fe0; } .c5 { fill: #e86fa4; background: #e86fa4; }
.c6 { fill: #3ca951; background: #3ca951; } .c7 { fill: #7ba7ec; background: #7ba7ec; } .c8 { fill: #9c6b4e; background: #9c6b4e; }
.c9 { fill: #8b9098; background: #8b9098; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 2px 2px 8px; color: var(--soft); }
.legend i { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 6px; } .legend i.gap { background: var(--gap); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 13.5px; }
th { text-align: right; font-weight: 600; color: var(--soft); border-bottom: 1px solid var(--rule); padding: 5px 9px; white-space: nowrap; }
td { text-align: right; border-bottom: 1px solid var(--faint); padding: 5px 9px; white-space: nowrap; }
th.word, td.word { text-align: left; } td small { color: var(--soft); font-size: 12px; }
.meter { display: inline-block; width: 64px; height: 8px; margin-left: 8px; border-radius: 4px; background: var(--faint); overflow: hidden; }
.meter u { display: block; height: 8px; background: #4269d0; text-decoration: none; }
details { margin: 6px 0; } summary { cursor: pointer; font-weight: 600; padding: 4px 0; }
footer { margin-top: 48px; color: var(--soft); font-size: 13.5px; }
)";

std::string element(const std::string &name, const std::string &content) {
  return "<" + name + ">" + escapeMarkup(content) + "</" + name + ">";
}

std::string cell(const std::string &content) { return element("td", content); }
std::string word(const std::string &content) { return "<td class=\"word\">" + escapeMarkup(content) + "</td>"; }

std::string spreadCell(const Spread &of) {
  return "<td>" + shortNumber(of.median) + " <small>" + shortNumber(of.least) + " to " + shortNumber(of.most) + "</small></td>";
}

std::string shareCell(double share) {
  const double width = share < 0 ? 0 : share > 1 ? 100 : 100 * share;
  return "<td>" + percentNumber(share) + "<span class=\"meter\"><u style=\"width: " + fixedNumber(width, 0) + "%\"></u></span></td>";
}

/// The first `words` titles stand over words.
std::string tableHead(const std::vector<std::string> &titles, size_t words) {
  std::string all = "<div class=\"wide\"><table><thead><tr>";
  for (size_t i = 0; i < titles.size(); ++i)
    all += (i < words ? "<th class=\"word\">" : "<th>") + escapeMarkup(titles[i]) + "</th>";
  return all + "</tr></thead><tbody>\n";
}
const char tableEnd[] = "</tbody></table></div>\n";

std::string fileName(const std::string &path) { return path.substr(path.rfind('/') + 1); }

std::string headOf(const BenchReport &report) {
  const Machine &machine = report.machine;
  const BenchPlan &plan = report.results.plan;
  const auto item = [](const char *name, const std::string &text) { return element("dt", name) + element("dd", text) + "\n"; };
  return element("h1", fileName(report.path)) + "\n<dl>\n" +
         item("machine", machine.processor + ", " + std::to_string(machine.processors) + " processors, clock governor " +
                             (machine.governor.empty() ? "not told" : machine.governor) + ", load " +
                             (machine.load < 0 ? "not told" : shortNumber(machine.load))) +
         item("model", report.path + ", " + readableBytes(report.fileBytes) + ", fingerprint " + report.fingerprint.substr(0, 16)) +
         item("compiled", report.compiler + ", " + report.flags) +
         item("running", std::string("code ") + report.results.model.isa + ", vspec-bench " + toolVersion()) +
         item("settings", "prompt " + std::to_string(plan.prompt) + " tokens, " + std::to_string(plan.generated) +
                              " tokens generated by each session, " + std::to_string(plan.repeat) +
                              (plan.repeat == 1 ? " repetition" : " repetitions")) +
         item("machine's loops",
              report.readName + " over " + readableBytes(report.bufferBytes) + "; " + report.int8Name + "; " + report.f32Name) +
         "</dl>\n";
}

std::string cardsOf(const BenchReport &report) {
  std::string all = "<div class=\"cards\">\n";
  const auto card = [&](const Measurement &m, const std::string &what, const Spread &share, const char *of) {
    const Figures figures = figuresOf(m);
    all += "<div class=\"card\"><b>" + shortNumber(figures.tokensPerSecond.median) + " tokens/s</b><span>" + escapeMarkup(what) + ", " +
           std::to_string(m.threads) + (m.threads == 1 ? " thread" : " threads") + ", depth " + std::to_string(m.depth) + "</span><span>" +
           percentNumber(share.median) + " of " + of + "</span></div>\n";
  };
  const uint32_t most = report.results.plan.mostThreads();
  for (const Measurement &m : report.results.prefill)
    if (m.threads == most && m.depth == report.results.plan.depths[0]) {
      if (m.cost.linear.int8 >= m.cost.linear.f32)
        card(m, "prefill", figuresOf(m).int8Share, "the int8 peak");
      else
        card(m, "prefill", figuresOf(m).f32Share, "the f32 peak");
    }
  for (const Measurement &m : report.results.decode)
    if (m.threads == most)
      card(m, "decode of " + std::to_string(m.batch) + (m.batch == 1 ? " session" : " sessions"), figuresOf(m).bytesShare,
           "the read bandwidth");
  return all + "</div>\n";
}

std::string resultsOf(const BenchReport &report) {
  std::vector<std::string> titles = {"work", "threads", "batch", "depth", "tokens/s", "GB/s", "of read", "GOPS", "of int8", "of f32"};
  const bool experts = report.results.hasExperts();
  if (experts)
    titles.push_back("experts/layer");
  titles.insert(titles.end(), {"bound, tokens/s", "of bound"});
  std::string all = element("h2", "Speed") +
                    "<p>Medians of the repetitions, and their least and most. Shares are made repetition by repetition against what the "
                    "machine did just before and after; those of int8 and f32 are what linears multiply, of the peak.</p>\n" +
                    tableHead(titles, 1);
  for (const std::vector<Measurement> *list : {&report.results.prefill, &report.results.decode})
    for (const Measurement &m : *list) {
      const Figures figures = figuresOf(m);
      all += "<tr>" + word(m.work == Work::Decode ? "decode" : "prefill") + cell(std::to_string(m.threads)) +
             cell(std::to_string(m.batch)) + cell(std::to_string(m.depth)) + spreadCell(figures.tokensPerSecond) +
             cell(shortNumber(figures.bytesPerSecond.median / 1e9)) + cell(percentNumber(figures.bytesShare.median)) +
             cell(shortNumber(figures.operationsPerSecond.median / 1e9)) + cell(percentNumber(figures.int8Share.median)) +
             cell(percentNumber(figures.f32Share.median)) + (experts ? cell(shortNumber(m.expertsPerLayer())) : "") +
             cell(shortNumber(figures.boundTokensPerSecond.median)) + shareCell(figures.boundShare.median) + "</tr>\n";
    }
  return all + tableEnd;
}

std::string legendOf(const KernelColours &colours) {
  std::string all = "<div class=\"legend\">";
  for (size_t i = 0; i < colours.labels().size(); ++i)
    all += "<span><i class=\"c" + std::to_string(i % 10) + "\"></i>" + escapeMarkup(colours.labels()[i]) + "</span>";
  return all + "<span><i class=\"gap\"></i>between launches, before and after them</span></div>\n";
}

std::string barsOf(const BenchReport &report, const KernelColours &colours) {
  return element("h2", "Where the time of a step goes") +
         "<p>Each bar is one step. The strong part of a kernel is its bound: what the memory and the multipliers need at least. The weak "
         "part "
         "is what is above it.</p>\n" +
         legendOf(colours) + "<figure>" + stepBars(report.rooflines, colours) + "</figure>\n";
}

std::string kernelTable(const Roofline &roofline) {
  std::string all =
      tableHead({"kernel", "where", "launches", "us", "of step", "MB", "Mop", "GB/s", "GOPS", "bound", "of bound", "us before"}, 2);
  for (const std::vector<RooflineRow> *rows : {&roofline.kernels, &roofline.kinds})
    for (const RooflineRow &row : *rows)
      all += "<tr>" + word(rows == &roofline.kinds ? "all " + row.kind : row.kernel) + word(rows == &roofline.kinds ? "" : row.name) +
             cell(std::to_string(row.launches)) + cell(shortNumber(row.seconds * 1e6)) +
             cell(percentNumber(row.seconds / roofline.wallSeconds)) + cell(shortNumber(row.bytes / 1e6)) +
             cell(shortNumber(row.operations / 1e6)) + cell(shortNumber(row.bytes / row.seconds / 1e9)) +
             cell(shortNumber(row.operations / row.seconds / 1e9)) + cell(nameOf(row.bound)) + shareCell(row.boundShare) +
             cell(shortNumber(row.gapSeconds * 1e6)) + "</tr>\n";
  return all + tableEnd;
}

/// The work of one number of threads at one depth.
std::string sectionOf(const BenchReport &report, uint32_t threads, uint32_t depth, const KernelColours &colours) {
  std::vector<const Roofline *> chosen;
  for (const Roofline &roofline : report.rooflines)
    if (roofline.threads == threads && roofline.depth == depth)
      chosen.push_back(&roofline);
  if (chosen.empty())
    return "";
  std::string all =
      element("h2", std::to_string(threads) + (threads == 1 ? " thread" : " threads") + ", depth " + std::to_string(depth)) +
      "<p>Circles are decode, squares prefill; their areas are shares of the step's time. A kernel on a roof is as fast as this "
      "machine allows.</p>\n<figure>" +
      rooflinePlot(chosen, colours) + "</figure>\n";
  for (const Roofline *roofline : chosen)
    all += (roofline->work == Work::Decode && roofline->batch == 1 ? "<details open=\"open\">" : "<details>") +
           element("summary", titleOf(*roofline) + ": " + shortNumber(roofline->wallSeconds * 1e3) + " ms a step") +
           element("p", launchesText(*roofline) + ".") + "\n" + kernelTable(*roofline) + "</details>\n";
  return all;
}

} // namespace

std::string rooflinePage(const BenchReport &report) {
  const KernelColours colours(report.rooflines);
  std::string page = "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n" +
                     element("title", fileName(report.path) + " - vspec-bench") + "\n<style>" + style +
                     "</style>\n</head>\n<body>\n<main>\n";
  page += headOf(report) + cardsOf(report) + resultsOf(report) + barsOf(report, colours);
  for (auto threads = report.results.plan.threads.rbegin(); threads != report.results.plan.threads.rend(); ++threads)
    for (uint32_t depth : report.results.plan.depths)
      page += sectionOf(report, *threads, depth, colours);
  page +=
      element("footer", "Bytes are those that must come from memory once in a step: weights with their scales, keys and values as stored. "
                        "Operations are two for a multiplication with its addition.");
  return page + "\n</main>\n</body>\n</html>\n";
}

} // namespace vspec
