// Runs steps of a program: fills the row table, chooses a variant, and walks its launches with the workers. It owns the arena,
// the workers' scratch and the resolved tables; after `open` it allocates nothing.
#ifndef VSPEC_RUNTIME_EXECUTOR_H
#define VSPEC_RUNTIME_EXECUTOR_H
#include "runtime/FileBytes.h"
#include "runtime/Memory.h"
#include "runtime/Program.h"
#include "runtime/Session.h"
#include "runtime/Status.h"
#include "runtime/WorkerPool.h"
#include "vspec/Plan/TileCost.h"
#include <memory>
#include <vector>

namespace vspec {

/// What a step needs of a model. Everything must outlive the executor.
struct ExecutorInputs {
  const Program &program;
  const CodeImage &code;
  const std::vector<file::KernelEntry> &entries; // [kernels]
  const uint8_t *weights;
  const file::Manifest &manifest;
  unsigned threads;
  Topology topology = {};
};

/// Bytes that an executor allocates: known before it does.
struct ExecutorBytes {
  uint64_t arena, scratch, tables;
  bool operator==(const ExecutorBytes &other) const { return arena == other.arena && scratch == other.scratch && tables == other.tables; }
};
ExecutorBytes planExecutor(const Program &program, uint32_t slots, unsigned threads);

/// The arguments of vspec_session_prefill.
struct PrefillRequest {
  const int32_t *tokens;
  uint64_t count;
  uint32_t chunk;
  vspec_logits which;
  vspec_logits_callback callback;
  void *user;
};

class Executor {
public:
  /// Allocates, resolves operands and starts the workers.
  static Result<std::unique_ptr<Executor>> open(const ExecutorInputs &inputs);

  /// One step, as vspec_step says. The sessions belong to this executor's model.
  Status step(const vspec_row *rows, uint32_t count, const uint32_t *select, uint32_t selected, const float **logits);

  /// All tokens of a prompt, in steps: as vspec_session_prefill says. The session belongs to this executor's model.
  Status prefill(vspec_session &session, const PrefillRequest &request, const float **logits);

  /// Notes times from now on, or no longer (null). The profile has room for the largest variant.
  void attach(StepProfile *profile);
  StepProfile *profile() const { return attached; }

  ExecutorBytes used() const { return {arena.bytes(), scratch.bytes(), tables.bytes()}; }
  unsigned threads() const { return pool->workers(); }

private:
  explicit Executor(const ExecutorInputs &inputs) : inputs(inputs) {}
  void resolve();
  LaunchBytes bytesOf(const file::Launch &launch, uint32_t rowCapacity) const;
  double panelBytesOfRow(const file::Launch &launch) const;
  Status check(const vspec_row *rows, uint32_t count, const uint32_t *select, uint32_t selected, uint32_t &slots);
  const file::Variant *choose(uint32_t count, uint32_t selected) const;
  const int32_t *chosenExperts(const file::Launch &launch) const;

  ExecutorInputs inputs;
  Memory arena, scratch, tables;
  std::unique_ptr<WorkerPool> pool;
  StepProfile *attached = nullptr;
  uint8_t *panel = nullptr; // of all workers, in `scratch`
  // In `tables`.
  Row *rowTable = nullptr;         // [rowCapacity]
  int32_t *selectTable = nullptr;  // [logitsCapacity]
  StateRef *stateTable = nullptr;  // [states][slots]
  void **operandTable = nullptr;   // [operands]: the address is the same for all variants
  PoolLaunch *resolved = nullptr;  // [launches], without tiles
  PoolLaunch *running = nullptr;   // [2 launches]: those of the step that have tiles, and of some a shared prologue before
  LaunchBytes *costs = nullptr;    // [launches]
  Session **slotTable = nullptr;   // [slots]
  vspec_row *chunkRows = nullptr;  // [rowCapacity]: of a prefill
  uint32_t *chunkSelect = nullptr; // [rowCapacity]: 0, 1, 2, ...
};

} // namespace vspec
#endif
