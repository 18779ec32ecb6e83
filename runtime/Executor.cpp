#include "runtime/Executor.h"
#include <algorithm>
#include <numeric>
#include <utility>

namespace vspec {
namespace {

// Cuts an allocation into arrays; each starts a cache line. Without memory it only counts.
class Carver {
public:
  explicit Carver(uint8_t *base) : base(base) {}
  template <typename T> T *take(uint64_t count) {
    T *first = base ? reinterpret_cast<T *>(base + used) : nullptr;
    used += roundToLine(count * sizeof(T));
    return first;
  }
  uint64_t used = 0;

private:
  uint8_t *base;
};

} // namespace

ExecutorBytes planExecutor(const Program &program, uint32_t slots, unsigned threads) {
  auto lines = [](uint64_t count, uint64_t size) { return roundToLine(count * size); };
  uint64_t tables = lines(program.rowCapacity(), sizeof(Row)) + lines(program.logitsCapacity(), sizeof(int32_t)) +
                    lines(uint64_t(program.states.size()) * slots, sizeof(StateRef)) + lines(program.operands.size(), sizeof(void *)) +
                    lines(program.launches.size(), sizeof(PoolLaunch)) + lines(2 * uint64_t(program.launches.size()), sizeof(PoolLaunch)) +
                    lines(program.launches.size(), sizeof(LaunchBytes)) + lines(slots, sizeof(Session *)) +
                    lines(program.rowCapacity(), sizeof(vspec_row)) + lines(program.rowCapacity(), sizeof(uint32_t));
  uint64_t shared = threads > 1 ? program.panelBytes() : 0;
  return {roundToLine(program.arenaBytes()), program.scratchBytes() * threads + shared, tables};
}

Result<std::unique_ptr<Executor>> Executor::open(const ExecutorInputs &inputs) {
  std::unique_ptr<Executor> executor(new Executor(inputs));
  ExecutorBytes planned = planExecutor(inputs.program, inputs.manifest.slots, inputs.threads);
  for (auto [memory, bytes, what] :
       {std::tuple(&executor->arena, planned.arena, "the arena"), std::tuple(&executor->scratch, planned.scratch, "the workers' scratch"),
        std::tuple(&executor->tables, planned.tables, "the tables of a step")}) {
    auto allocated = Memory::allocate(bytes, what);
    if (!allocated)
      return allocated.error();
    *memory = std::move(*allocated);
  }
  executor->resolve();
  executor->panel = executor->scratch.data() + inputs.program.scratchBytes() * inputs.threads;
  auto pool = WorkerPool::start(inputs.threads, executor->scratch.data(), inputs.program.scratchBytes(), inputs.topology);
  if (!pool)
    return pool.error();
  executor->pool = std::move(*pool);
  return executor;
}

void Executor::resolve() {
  const Program &program = inputs.program;
  uint32_t slots = inputs.manifest.slots;
  Carver carver(tables.data());
  rowTable = carver.take<Row>(program.rowCapacity());
  selectTable = carver.take<int32_t>(program.logitsCapacity());
  stateTable = carver.take<StateRef>(uint64_t(program.states.size()) * slots);
  operandTable = carver.take<void *>(program.operands.size());
  resolved = carver.take<PoolLaunch>(program.launches.size());
  running = carver.take<PoolLaunch>(2 * uint64_t(program.launches.size()));
  costs = carver.take<LaunchBytes>(program.launches.size());
  slotTable = carver.take<Session *>(slots);
  chunkRows = carver.take<vspec_row>(program.rowCapacity());
  chunkSelect = carver.take<uint32_t>(program.rowCapacity());
  std::iota(chunkSelect, chunkSelect + program.rowCapacity(), 0);
  assert(carver.used == tables.bytes());

  for (uint32_t i = 0; i < program.operands.size(); ++i) {
    const file::Operand &operand = program.operands[i];
    switch (operand.kind) {
    case file::OperandKind::Arena:
    case file::OperandKind::Routes:
      operandTable[i] = arena.data() + operand.offset;
      break;
    case file::OperandKind::Weight:
      operandTable[i] = const_cast<uint8_t *>(inputs.weights) + operand.offset;
      break;
    case file::OperandKind::State:
      operandTable[i] = stateTable + uint64_t(operand.index) * slots;
      break;
    case file::OperandKind::Rows:
      operandTable[i] = rowTable;
      break;
    case file::OperandKind::Select:
      operandTable[i] = selectTable;
      break;
    }
  }
  const uint8_t *code = inputs.code.data();
  for (uint32_t i = 0; i < program.launches.size(); ++i) {
    const file::Launch &launch = program.launches[i];
    const file::KernelEntry &entry = inputs.entries[launch.kernel];
    auto function = [&](uint64_t offset) {
      return offset == file::KernelEntry::none ? nullptr : reinterpret_cast<KernelFunction>(reinterpret_cast<uintptr_t>(code + offset));
    };
    resolved[i] = {function(entry.prologue), function(entry.tile), operandTable + launch.firstOperand, 0};
    resolved[i].panelOffset = roundToLine(program.kernels[launch.kernel].scratchBytes);
  }
  for (const file::Variant &variant : program.variants)
    for (uint32_t i = variant.firstLaunch; i < variant.firstLaunch + variant.launches; ++i)
      costs[i] = bytesOf(program.launches[i], variant.rowCapacity);
}

LaunchBytes Executor::bytesOf(const file::Launch &launch, uint32_t rowCapacity) const {
  LaunchBytes bytes;
  for (uint32_t i = launch.firstOperand; i < launch.firstOperand + launch.operands; ++i) {
    const file::Operand &operand = inputs.program.operands[i];
    bytes.weights += operand.kind == file::OperandKind::Weight ? operand.bytes : 0;
    bytes.row += file::liesInArena(operand.kind) ? operand.bytes / rowCapacity : 0;
    if (operand.kind != file::OperandKind::State)
      continue;
    const file::State &state = inputs.program.states[operand.index];
    if (isRecurrent(state)) // whole for each row, like weights
      bytes.weights += state.bytesPerTile;
    else
      bytes.token += state.bytesPerTile / state.tokensPerTile;
  }
  return pricedBytes(bytes);
}

double Executor::panelBytesOfRow(const file::Launch &launch) const {
  return double(inputs.program.kernels[launch.kernel].panelBytes) / std::max(1u, inputs.program.rowCapacity());
}

// The smallest variant that holds the step; null if none does.
const file::Variant *Executor::choose(uint32_t count, uint32_t selected) const {
  const file::Variant *best = nullptr;
  for (const file::Variant &variant : inputs.program.variants)
    if (count <= variant.rowCapacity && selected <= variant.logitsCapacity && (!best || variant.rowCapacity < best->rowCapacity))
      best = &variant;
  return best;
}

// Where a launch of experts finds how many the rows chose; null if it has none.
const int32_t *Executor::chosenExperts(const file::Launch &launch) const {
  if (launch.grid.maximum == 0)
    return nullptr;
  uint32_t i = launch.firstOperand;
  while (inputs.program.operands[i].kind != file::OperandKind::Routes) // there is one: ProgramCheck
    ++i;
  return static_cast<const int32_t *>(operandTable[i]);
}

// Gives each session of the step its slot. On failure the sessions that have one keep it: the caller takes it back.
Status Executor::check(const vspec_row *rows, uint32_t count, const uint32_t *select, uint32_t selected, uint32_t &slots) {
  auto refuse = [](std::string message) { return Status(VSPEC_INVALID_ARGUMENT, std::move(message)); };
  auto row = [](uint32_t i) { return "row " + std::to_string(i); };
  slots = 0;
  uint32_t ofSession = 0; // rows of the session before this one
  for (uint32_t i = 0; i < count; ++i) {
    if (!rows[i].session)
      return refuse(row(i) + " has no session");
    Session *session = rows[i].session->session.get();
    if (!session->runs(inputs.program))
      return {VSPEC_OTHER_MODEL, row(i) + " has a session of another model"};
    if (!i || rows[i - 1].session != rows[i].session) {
      if (session->slot >= 0)
        return refuse(row(i) + " returns to the session of an earlier row: the rows of a session must lie together");
      if (slots == inputs.manifest.slots)
        return refuse("the step has more than " + std::to_string(slots) + " sessions, the model's most");
      session->slot = int32_t(slots);
      slotTable[slots++] = session;
      ofSession = 0;
    }
    if (session->context() - session->position() <= ofSession++)
      return {VSPEC_CONTEXT_FULL, row(i) + " is token " + std::to_string(session->position() + ofSession) + " of a session with room for " +
                                      std::to_string(session->context())};
    if (rows[i].token < 0 || uint32_t(rows[i].token) >= inputs.manifest.vocabulary)
      return refuse(row(i) + " has token " + std::to_string(rows[i].token) + ", expected 0 to " +
                    std::to_string(inputs.manifest.vocabulary - 1));
  }
  for (uint32_t i = 0; i < selected; ++i)
    if (select[i] >= count || (i && select[i] <= select[i - 1]))
      return refuse("selected row " + std::to_string(i) + " is " + std::to_string(select[i]) + ", expected ascending rows below " +
                    std::to_string(count));
  return {};
}

Status Executor::step(const vspec_row *rows, uint32_t count, const uint32_t *select, uint32_t selected, const float **logits) {
  const file::Variant *variant = choose(count, selected);
  if (!count || !variant)
    return {VSPEC_INVALID_ARGUMENT, "the step has " + std::to_string(count) + " rows and selects " + std::to_string(selected) +
                                        ", but the model takes 1 to " + std::to_string(inputs.program.rowCapacity()) +
                                        " rows and selects at most " + std::to_string(inputs.program.logitsCapacity())};
  const uint64_t began = attached ? monotonicNanoseconds() : 0;
  uint32_t slots = 0;
  Status checked = check(rows, count, select, selected, slots);
  for (uint32_t s = 0; s < slots && !checked.ok(); ++s)
    slotTable[s]->slot = -1;
  if (!checked.ok())
    return checked;

  if (attached)
    attached->start(variant->firstLaunch, variant->launches, began);
  StepArguments arguments{count, slots, 0, selected};
  uint32_t position = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const Session &session = *rows[i].session->session;
    position = i && rows[i - 1].session == rows[i].session ? position + 1 : session.position();
    rowTable[i] = {session.slot, int32_t(position), rows[i].token, 0};
    arguments.maxPosition = std::max<int64_t>(arguments.maxPosition, position);
  }
  std::copy(select, select + selected, selectTable);
  for (uint32_t state = 0; state < inputs.program.states.size(); ++state)
    for (uint32_t s = 0; s < slots; ++s)
      stateTable[uint64_t(state) * inputs.manifest.slots + s] = slotTable[s]->state(state);

  uint32_t launches = 0;
  for (uint32_t i = variant->firstLaunch; i < variant->firstLaunch + variant->launches; ++i) {
    PoolLaunch launch = resolved[i];
    launch.tiles = gridTiles(inputs.program.launches[i].grid, count, slots, arguments.maxPosition, selected);
    if (!launch.tiles)
      continue;
    double alone = launchNanoseconds(costs[i], launch.tiles, count, double(arguments.maxPosition + 1));
    launch.unit = pool->workers() == 1 ? launch.tiles : tilesTogether(launch.tiles, alone);
    if (attached)
      launch.record = attached->record(i - variant->firstLaunch, launch.tiles, chosenExperts(inputs.program.launches[i]));
    double ofRow = panelBytesOfRow(inputs.program.launches[i]);
    if (launch.prologue && launch.unit < launch.tiles && sharesPanel(ofRow, count, pool->workers())) {
      launch.panel = panel;
      PoolLaunch &prepare = running[launches++] = launch;
      prepare.tile = std::exchange(launch.prologue, nullptr);
      prepare.prologue = nullptr;
      prepare.tiles = count, prepare.unit = tilesTogether(count, prepareNanoseconds(ofRow, count));
      prepare.preparesRows = true;
    }
    running[launches++] = launch;
  }
  pool->run(running, launches, arguments);

  for (uint32_t i = 0; i < count; ++i)
    rows[i].session->session->advance(1);
  for (uint32_t s = 0; s < slots; ++s)
    slotTable[s]->slot = -1;
  if (logits)
    *logits = selected ? reinterpret_cast<const float *>(arena.data() + variant->logitsOffset) : nullptr;
  if (attached)
    attached->finish(pool->processorNanoseconds());
  return {};
}

void Executor::attach(StepProfile *profile) {
  attached = profile;
  if (profile)
    profile->baseline(pool->processorNanoseconds());
}

Status Executor::prefill(vspec_session &handle, const PrefillRequest &request, const float **logits) {
  Session &session = *handle.session;
  if (!request.count)
    return {VSPEC_INVALID_ARGUMENT, "a prefill needs at least one token"};
  if (request.count > session.context() - session.position())
    return {VSPEC_CONTEXT_FULL, "the session has " + std::to_string(session.position()) + " tokens and room for " +
                                    std::to_string(session.context()) + ", so " + std::to_string(request.count) + " more do not fit"};
  uint32_t most = inputs.program.rowCapacity();
  if (request.which == VSPEC_LOGITS_ALL)
    most = std::min(most, inputs.program.logitsCapacity());
  if (!most || (request.which == VSPEC_LOGITS_LAST && !inputs.program.logitsCapacity()))
    return {VSPEC_INVALID_ARGUMENT, "logits are asked for, but the model makes none"};
  uint32_t chunk = request.chunk ? std::min(request.chunk, most) : most;
  for (uint64_t first = 0; first < request.count; first += chunk) {
    if (session.cancelled.exchange(false))
      return {VSPEC_CANCELLED, "cancelled after " + std::to_string(first) + " of " + std::to_string(request.count) + " tokens"};
    uint32_t rows = uint32_t(std::min<uint64_t>(chunk, request.count - first));
    for (uint32_t i = 0; i < rows; ++i)
      chunkRows[i] = {&handle, request.tokens[first + i]};
    bool last = first + rows == request.count;
    uint32_t selected = request.which == VSPEC_LOGITS_ALL ? rows : request.which == VSPEC_LOGITS_LAST && last ? 1 : 0;
    const float *made = nullptr;
    if (Status stepped = step(chunkRows, rows, chunkSelect + (rows - selected), selected, &made); !stepped.ok())
      return stepped;
    if (selected && request.callback && request.callback(request.user, first + rows - selected, selected, made))
      return {VSPEC_CANCELLED,
              "stopped by the callback after " + std::to_string(first + rows) + " of " + std::to_string(request.count) + " tokens"};
    if (logits && last)
      *logits = selected ? made + uint64_t(selected - 1) * inputs.manifest.vocabulary : nullptr;
  }
  return {};
}

} // namespace vspec
