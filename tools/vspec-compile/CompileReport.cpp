#include "CompileReport.h"
#include "CommandLine/Console.h"
#include <algorithm>
#include <cstdio>

namespace vspec {
namespace {

std::string line(const std::string &name, const std::string &bytes, const std::string &note) {
  char text[320];
  std::snprintf(text, sizeof(text), "  %-40s %12s  %s", name.c_str(), bytes.c_str(), note.c_str());
  std::string result = text;
  result.erase(result.find_last_not_of(' ') + 1);
  return result + "\n";
}

std::string bitsPerWeight(uint64_t bytes, uint64_t weights) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.3f bits per weight as stored", double(bytes) * 8 / double(std::max<uint64_t>(1, weights)));
  return text;
}

} // namespace

std::string reportText(const CompileReport &report) {
  std::string text = "file\n";
  for (const CompileReport::Part &part : report.parts)
    text += line(part.name, readableBytes(part.bytes), part.name == "weights" ? bitsPerWeight(part.bytes, report.weights) : "");
  text += "weights by format\n";
  for (const CompileReport::FormatShare &share : report.formats)
    text += line(share.format, readableBytes(share.bytes), bitsPerWeight(share.bytes, share.weights) + ", " + std::to_string(share.tensors) + " tensors");
  std::string sessions = report.sessions == 1 ? "a session" : std::to_string(report.sessions) + " sessions";
  std::string threads = std::to_string(CompileReport::threads);
  text += "planned peak memory\n";
  text += line("weights, mapped", readableBytes(report.weightBytes), "");
  text += line(sessions + " of " + std::to_string(report.context) + " tokens", readableBytes(report.stateBytes * uint64_t(report.sessions)), "");
  text += line("arena", readableBytes(report.arenaBytes), "");
  text += line("scratch of a thread", readableBytes(report.scratchBytes), "");
  text += line("rows that threads share", readableBytes(report.panelBytes), "");
  text += line("in all, with " + threads + " threads", readableBytes(report.inAll()), "");
  return text;
}

} // namespace vspec
