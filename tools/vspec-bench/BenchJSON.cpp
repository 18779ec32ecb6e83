#include "BenchJSON.h"
#include "CommandLine/Console.h"
#include <nlohmann/json.hpp>

namespace vspec {

using JSON = nlohmann::ordered_json;

namespace {

JSON spreadJSON(const Spread &of) { return {{"median", of.median}, {"min", of.least}, {"max", of.most}}; }

JSON machineJSON(const BenchReport &report) {
  const Machine &machine = report.machine;
  return {{"processor", machine.processor},
          {"processors", machine.processors},
          {"governor", machine.governor.empty() ? JSON() : JSON(machine.governor)},
          {"load", machine.load < 0 ? JSON() : JSON(machine.load)},
          {"last_level_cache_bytes", machine.cacheBytes},
          {"read_loop", report.readName},
          {"read_buffer_bytes", report.bufferBytes},
          {"int8_loop", report.int8Name},
          {"f32_loop", report.f32Name}};
}

JSON modelJSON(const BenchReport &report) {
  const vspec_model_info &info = report.results.model;
  return {{"file", report.path},
          {"bytes", report.fileBytes},
          {"fingerprint", report.fingerprint},
          {"compiler", report.compiler},
          {"flags", report.flags},
          {"isa", info.isa},
          {"family", info.family},
          {"weight_bytes", info.weight_bytes},
          {"row_capacity", info.row_capacity},
          {"open_seconds", spreadJSON(spreadOf(report.results.openSeconds))}};
}

JSON probeJSON(const MachineMeasurement &machine) {
  const auto rate = [&](double MachineRates::*of) { return spreadJSON(spreadOf(machine.rates, of)); };
  return {{"threads", machine.threads},
          {"probes", machine.rates.size()},
          {"read_bytes_per_second", rate(&MachineRates::bytes)},
          {"int8_operations_per_second", rate(&MachineRates::int8)},
          {"f32_operations_per_second", rate(&MachineRates::f32)}};
}

JSON measurementJSON(const Measurement &m) {
  const Figures figures = figuresOf(m);
  std::vector<double> seconds;
  for (const Repetition &repetition : m.repetitions)
    seconds.push_back(repetition.seconds);
  return {{"threads", m.threads},
          {"batch", m.batch},
          {"depth", m.depth},
          {"steps", m.steps.size()},
          {"tokens", m.tokens},
          {"weight_bytes", m.cost.weightBytes},
          {"experts_per_layer", m.expertsPerLayer() == 0 ? JSON() : JSON(m.expertsPerLayer())},
          {"sparse_bytes_at_most", m.cost.sparseBytes},
          {"state_bytes", m.cost.stateBytes},
          {"linear_operations", m.cost.linear.all()},
          {"attention_operations", m.cost.attention.all()},
          {"recurrence_operations", m.cost.recurrence.all()},
          {"f32_operations", m.cost.operations().f32},
          {"seconds", spreadJSON(spreadOf(seconds))},
          {"tokens_per_second", spreadJSON(figures.tokensPerSecond)},
          {"bytes_per_second", spreadJSON(figures.bytesPerSecond)},
          {"share_of_read_bandwidth", spreadJSON(figures.bytesShare)},
          {"linear_operations_per_second", spreadJSON(figures.operationsPerSecond)},
          {"share_of_int8_peak", spreadJSON(figures.int8Share)},
          {"share_of_f32_peak", spreadJSON(figures.f32Share)},
          {"bound_tokens_per_second", spreadJSON(figures.boundTokensPerSecond)},
          {"share_of_bound", spreadJSON(figures.boundShare)},
          {"processors_received", spreadJSON(figures.processors)}};
}

JSON rowJSON(const RooflineRow &row) {
  return {{"kernel", row.kernel},
          {"name", row.name},
          {"kind", row.kind},
          {"launches", row.launches},
          {"bytes", row.bytes},
          {"operations", row.operations},
          {"f32_operations", row.f32Operations},
          {"seconds", row.seconds},
          {"seconds_before", row.gapSeconds},
          {"work_seconds", row.workSeconds},
          {"prologue_seconds", row.prologueSeconds},
          {"predicted_seconds", row.predictedSeconds},
          {"bound_seconds", row.boundSeconds},
          {"bound", nameOf(row.bound)},
          {"share_of_bound", row.boundShare}};
}

template <typename List, typename Item> JSON listJSON(const List &list, const Item &item) {
  JSON all = JSON::array();
  for (const auto &element : list)
    all.push_back(item(element));
  return all;
}

JSON rooflineJSON(const Roofline &roofline) {
  return {{"work", roofline.work == Work::Decode ? "decode" : "prefill"},
          {"threads", roofline.threads},
          {"batch", roofline.batch},
          {"depth", roofline.depth},
          {"rows", roofline.rows},
          {"variant", roofline.variant},
          {"steps", roofline.steps},
          {"launches", roofline.launches},
          {"barriers", roofline.barriers},
          {"read_bytes_per_second", roofline.machine.bytes},
          {"int8_operations_per_second", roofline.machine.int8},
          {"f32_operations_per_second", roofline.machine.f32},
          {"seconds", roofline.wallSeconds},
          {"seconds_in_launches", roofline.launchSeconds},
          {"seconds_between_launches", roofline.gapSeconds},
          {"work_share_of_launches", roofline.workShare},
          {"work_share_of_processor_time", roofline.tileShare < 0 ? JSON() : JSON(roofline.tileShare)},
          {"processors_received", roofline.tileShare < 0 ? JSON() : JSON(roofline.processors)},
          {"kernels", listJSON(roofline.kernels, rowJSON)},
          {"kinds", listJSON(roofline.kinds, rowJSON)},
          {"each", listJSON(roofline.each, rowJSON)}};
}

} // namespace

std::string benchJSON(const BenchReport &report) {
  const BenchResults &results = report.results;
  const BenchPlan &plan = results.plan;
  JSON all = {{"version", toolVersion()},
              {"machine", machineJSON(report)},
              {"model", modelJSON(report)},
              {"settings",
               {{"prompt", plan.prompt},
                {"generated", plan.generated},
                {"repeat", plan.repeat},
                {"weights_in", plan.load.weightsInRAM ? "ram" : "file"}}},
              {"probes", listJSON(results.machine, probeJSON)},
              {"prefill", listJSON(results.prefill, measurementJSON)},
              {"decode", listJSON(results.decode, measurementJSON)}};
  if (plan.roofline)
    all["rooflines"] = listJSON(report.rooflines, rooflineJSON);
  return all.dump(2, ' ', false, JSON::error_handler_t::replace) + "\n";
}

} // namespace vspec
