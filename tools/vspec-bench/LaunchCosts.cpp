#include "LaunchCosts.h"
#include "CommandLine/InputFiles.h"
#include "ModelFileView/ProvenanceJSON.h"
#include <algorithm>
#include <map>

namespace vspec {
namespace {

constexpr char deviceClass[] = "cpu"; // the program that the runtime runs
constexpr uint64_t decodedRows = 16;  // of an embedding's weight, for one token
constexpr char endOfKernelKind = '_'; // "linear_3" is a linear

struct WeightShape {
  uint64_t rows, columns;
};
using WeightShapes = std::map<uint64_t, WeightShape>; // by offset

struct KernelWork {
  Operations ofRow, ofToken;
};
using KernelWorks = std::map<std::string, KernelWork>; // by name

/// What the grid's factor multiplies, before the division.
int64_t gridSum(const file::Grid &grid, const StepShape &step) {
  const auto of = [](int32_t factor, uint64_t count) { return int64_t(factor) * int64_t(count); };
  return grid.constant + of(grid.rows, step.sessions * step.rows) + of(grid.slots, step.sessions) +
         of(grid.position, step.position + step.rows - 1) + of(grid.selected, step.selected);
}

/// 1 + 2 + ... from position + 1 on: tokens that the rows of a session read, each at most `window` (0: all).
uint64_t tokensRead(const StepShape &step, uint64_t window) {
  uint64_t tokens = 0;
  for (uint64_t row = 0; row < step.rows; ++row)
    tokens += window ? std::min(step.position + row + 1, window) : step.position + row + 1;
  return tokens;
}

/// The tokens whose keys and values a session's rows read, each once.
uint64_t tokensTouched(const StepShape &step, uint64_t window) {
  const uint64_t all = step.position + step.rows;
  return window ? std::min(all, window + step.rows - 1) : all;
}

class Reader {
public:
  Reader(const ModelFileView &file, const ProgramView &program, const WeightShapes &shapes, const KernelWorks &works)
      : file(file), program(program), shapes(shapes), works(works) {
    for (const file::Variant &variant : program.variants)
      largestRows = std::max(largestRows, variant.rowCapacity);
  }

  Result<CostedLaunch> launch(const file::Variant &variant, const file::Launch &launch) const {
    CostedLaunch costed;
    costed.kernel = program.name(program.kernels[launch.kernel].name);
    costed.kind = costed.kernel.substr(0, costed.kernel.rfind(endOfKernelKind));
    costed.name = program.name(launch.name);
    costed.grid = launch.grid;
    const auto work = works.find(costed.kernel);
    if (work == works.end())
      return Error{quotedPath(file.path()) + ": its provenance has no kernel " + costed.kernel + ", which is launched"};
    costed.ofRow = work->second.ofRow;
    costed.ofToken = work->second.ofToken;
    for (uint32_t i = 0; i < launch.operands; ++i) {
      const file::Operand &operand = program.operands[launch.firstOperand + i];
      if (operand.kind == file::OperandKind::Weight)
        if (auto added = addWeight(operand, costed); !added)
          return added.error();
      if (operand.kind == file::OperandKind::State && program.states[operand.index].tokensPerTile == 0)
        costed.sessionBytes += 2 * program.states[operand.index].bytesPerTile;
      else if (operand.kind == file::OperandKind::State && costed.kind == "attention")
        addState(program.states[operand.index], costed);
      costed.onlySelected |= operand.kind == file::OperandKind::Select;
    }
    return costed;
  }

private:
  Result<void> addWeight(const file::Operand &operand, CostedLaunch &launch) const {
    const auto found = shapes.find(operand.offset);
    if (found == shapes.end())
      return Error{quotedPath(file.path()) + ": its provenance has no weight at " + std::to_string(operand.offset) + ", which the launch " +
                   launch.name + " reads"};
    const WeightShape &shape = found->second;
    if (launch.kind == "embed") {
      launch.rowBytes += operand.bytes / ((shape.rows + decodedRows - 1) / decodedRows);
      return {};
    }
    if (launch.kind == "gated_linear" || launch.kind == "sparse_linear") {
      launch.sparseBytes += operand.bytes;
      return {};
    }
    const bool isOfExperts = launch.grid.maximum > 0 && shape.rows > 1;
    (isOfExperts ? launch.expertBytes : launch.weightBytes) += operand.bytes;
    return {};
  }

  void addState(const file::State &state, CostedLaunch &launch) const {
    launch.tokenBytes = state.bytesPerTile / std::max(state.tokensPerTile, 1u);
    // A ring holds the window and the longest chunk but one token.
    if (state.ringTokens != 0)
      launch.window = state.ringTokens - std::min<uint64_t>(largestRows - 1, state.ringTokens - 1);
  }

  const ModelFileView &file;
  const ProgramView &program;
  const WeightShapes &shapes;
  const KernelWorks &works;
  uint32_t largestRows = 1;
};

Result<WeightShapes> shapesOf(const ModelFileView &file, const nlohmann::ordered_json &provenance) {
  WeightShapes shapes;
  const Error wrong{quotedPath(file.path()) + ": its provenance does not say which weights it has"};
  if (!provenance.is_object() || !provenance.contains("weights") || !provenance["weights"].is_array())
    return wrong;
  for (const auto &weight : provenance["weights"]) {
    const auto number = [&](const char *key) { return weight.is_object() && weight.contains(key) && weight[key].is_number_unsigned(); };
    if (!number("offset") || !number("rows") || !number("columns") || weight["rows"] == 0)
      return wrong;
    shapes[weight["offset"]] = {weight["rows"], weight["columns"]};
  }
  return shapes;
}

Result<KernelWorks> worksOf(const ModelFileView &file, const nlohmann::ordered_json &provenance) {
  KernelWorks works;
  const Error wrong{quotedPath(file.path()) +
                    ": its provenance does not say what its kernels multiply; compile it with this version of vspec"};
  if (!provenance.contains("kernels") || !provenance["kernels"].is_array())
    return wrong;
  for (const auto &kernel : provenance["kernels"]) {
    const auto operations = [&](const char *key, Operations &operations) {
      const auto number = [&](const char *type, uint64_t &count) {
        const bool known = kernel.is_object() && kernel.contains(key) && kernel[key].is_object() && kernel[key].contains(type) &&
                           kernel[key][type].is_number_unsigned();
        count = known ? 2 * kernel[key][type].template get<uint64_t>() : 0;
        return known;
      };
      return number("int8", operations.int8) && number("f32", operations.f32);
    };
    KernelWork work;
    if (!operations("row_products", work.ofRow) || !operations("token_products", work.ofToken) || !kernel.contains("name") ||
        !kernel["name"].is_string())
      return wrong;
    works[kernel["name"]] = work;
  }
  return works;
}

std::string textOf(const nlohmann::ordered_json &provenance, const char *key) {
  return provenance.contains(key) && provenance[key].is_string() ? provenance[key].get<std::string>() : "";
}

} // namespace

Operations &Operations::operator+=(const Operations &other) {
  int8 += other.int8;
  f32 += other.f32;
  return *this;
}

Operations StepCost::operations() const {
  Operations sum = linear;
  sum += attention;
  return sum += recurrence;
}

StepCost &StepCost::operator+=(const StepCost &other) {
  weightBytes += other.weightBytes;
  stateBytes += other.stateBytes;
  sparseBytes += other.sparseBytes;
  linear += other.linear;
  attention += other.attention;
  recurrence += other.recurrence;
  return *this;
}

StepCost CostedLaunch::cost(const StepShape &step, uint64_t experts) const {
  if (grid.factor == 0 || gridSum(grid, step) <= 0)
    return {};
  const uint64_t rows = step.sessions * step.rows;
  StepCost cost;
  cost.weightBytes = weightBytes + rowBytes * rows;
  cost.sparseBytes = sparseBytes;
  cost.stateBytes = step.sessions * (sessionBytes + tokenBytes * tokensTouched(step, window));
  (kind == "linear" ? cost.linear : cost.recurrence) = ofRow * (onlySelected ? step.selected : rows);
  cost.attention = ofToken * (step.sessions * tokensRead(step, window));
  if (grid.maximum > 0)
    cost.weightBytes += expertBytes / uint64_t(grid.maximum) * experts;
  return cost;
}

StepCost CostedVariant::cost(const StepShape &step) const {
  StepCost sum;
  for (size_t i = 0; i < launches.size(); ++i)
    sum += launches[i].cost(step, step.expertsOf(i));
  return sum;
}

Result<LaunchCosts> LaunchCosts::read(const ModelFileView &file) {
  auto provenance = provenanceJSON(file);
  if (!provenance)
    return provenance.error();
  auto shapes = shapesOf(file, *provenance);
  if (!shapes)
    return shapes.error();
  auto works = worksOf(file, *provenance);
  if (!works)
    return works.error();
  LaunchCosts costs;
  costs.compiler = textOf(*provenance, "compiler");
  costs.flags = textOf(*provenance, "flags");
  for (const file::Section &section : file.sections()) {
    if (section.kind != file::SectionKind::Program || std::string_view(section.name) != deviceClass)
      continue;
    auto program = file.program(section);
    if (!program)
      return program.error();
    const Reader reader(file, *program, *shapes, *works);
    for (const file::Variant &variant : program->variants) {
      CostedVariant costed{std::string(program->name(variant.name)), variant.rowCapacity, variant.logitsCapacity, variant.firstLaunch, {}};
      for (uint32_t i = 0; i < variant.launches; ++i) {
        auto launch = reader.launch(variant, program->launches[variant.firstLaunch + i]);
        if (!launch)
          return launch.error();
        costed.launches.push_back(std::move(*launch));
      }
      costs.variants.push_back(std::move(costed));
    }
  }
  return costs;
}

bool LaunchCosts::hasExperts() const {
  for (const CostedVariant &variant : variants)
    for (const CostedLaunch &launch : variant.launches)
      if (launch.grid.maximum > 0)
        return true;
  return false;
}

const CostedVariant *LaunchCosts::variantOf(const StepShape &step) const {
  const CostedVariant *best = nullptr;
  for (const CostedVariant &variant : variants)
    if (step.sessions * step.rows <= variant.rowCapacity && step.selected <= variant.logitsCapacity &&
        (!best || variant.rowCapacity < best->rowCapacity))
      best = &variant;
  return best;
}

} // namespace vspec
