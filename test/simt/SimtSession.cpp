#include "test/simt/SimtSession.h"

using namespace vspec;

Result<SimtSession> SimtSession::open(const ModelFile &file, const SimtModule &module, SimtExecutor &executor) {
  Result<Program> program = file.program("cpu"); // programs and weights of both device classes are the same so far
  if (!program)
    return program.error();
  SimtSession session(file, std::move(*program), executor);
  for (const file::Kernel &kernel : session.program.kernels) {
    Result<void *> entry = module.find(session.program.string(kernel.name));
    if (!entry)
      return entry.error();
    Result<void *> prologue = module.find(session.program.string(kernel.name) + std::string("_prologue"));
    session.entries.push_back({prologue ? reinterpret_cast<Entry>(*prologue) : nullptr, reinterpret_cast<Entry>(*entry)});
  }
  if (Result<void> allocated = session.allocate(); !allocated)
    return allocated.error();
  session.resolve();
  return session;
}

Result<void> SimtSession::allocate() {
  stateBytes.resize(program.states.size());
  auto allocate = [](Memory &memory, uint64_t bytes, const char *what) -> Result<void> {
    Result<Memory> allocated = Memory::allocate(bytes, what);
    if (!allocated)
      return allocated.error();
    memory = std::move(*allocated);
    return {};
  };
  if (Result<void> done = allocate(arena, roundToLine(program.arenaBytes()), "the arena"); !done)
    return done;
  if (Result<void> done = allocate(scratch, program.scratchBytes() * executor->grid().threads(), "the threads' scratch"); !done)
    return done;
  if (Result<void> done = allocate(panel, program.panelBytes(), "the panel"); !done)
    return done;
  for (uint32_t i = 0; i < program.states.size(); ++i) {
    uint64_t tiles = stateTiles(program.states[i], file->manifest().contextCeiling);
    if (Result<void> done = allocate(stateBytes[i], roundToLine(tiles * program.states[i].bytesPerTile), "a state"); !done)
      return done;
    states.push_back({stateBytes[i].data(), int64_t(tiles)});
  }
  rows.resize(program.rowCapacity());
  return {};
}

void SimtSession::resolve() {
  const file::Section *weights = file->find(file::SectionKind::Weights, file::Target::None, "cpu");
  auto *weightBytes = weights ? const_cast<uint8_t *>(file->data(*weights)) : nullptr;
  for (const file::Operand &operand : program.operands)
    operands.push_back(file::liesInArena(operand.kind)             ? static_cast<void *>(arena.data() + operand.offset)
                       : operand.kind == file::OperandKind::Weight ? static_cast<void *>(weightBytes + operand.offset)
                       : operand.kind == file::OperandKind::State  ? static_cast<void *>(&states[operand.index])
                       : operand.kind == file::OperandKind::Rows   ? static_cast<void *>(rows.data())
                                                                   : static_cast<void *>(select.data()));
}

Result<const float *> SimtSession::step(const std::vector<int32_t> &tokens) {
  const file::Variant *variant = nullptr; // the smallest that holds the step
  for (const file::Variant &candidate : program.variants)
    if (tokens.size() <= candidate.rowCapacity && (!variant || candidate.rowCapacity < variant->rowCapacity))
      variant = &candidate;
  if (tokens.empty() || !variant)
    return Error{"a step of " + std::to_string(tokens.size()) + " rows, expected 1 to " + std::to_string(program.rowCapacity())};
  StepArguments arguments{int64_t(tokens.size()), 1, position + int64_t(tokens.size()) - 1, 1};
  for (size_t i = 0; i < tokens.size(); ++i)
    rows[i] = {0, position++, tokens[i], 0};
  select[0] = int32_t(tokens.size()) - 1;

  int64_t scratchBytes = int64_t(program.scratchBytes());
  for (uint32_t i = variant->firstLaunch; i < variant->firstLaunch + variant->launches; ++i) {
    const file::Launch &launch = program.launches[i];
    int64_t tiles = gridTiles(launch.grid, arguments.rows, arguments.slots, arguments.maxPosition, arguments.selected);
    for (auto [entry, count] : {std::pair(entries[launch.kernel].prologue, arguments.rows), {entries[launch.kernel].tile, tiles}}) {
      if (!entry)
        continue;
      Result<void> launched = executor->launch([&, entry = entry, count = count] {
        entry(&arguments, operands.data() + launch.firstOperand, scratch.data(), scratchBytes, count, panel.data());
      });
      if (!launched)
        return Error{std::string(program.string(launch.name)) + ": " + launched.error().message};
    }
  }
  return reinterpret_cast<const float *>(arena.data() + variant->logitsOffset);
}
