// A session that runs on the SIMT executor: the launches of a model file's program, one by one, with the file's weights. What
// a CUDA device will do, with the host's memory as the GPU's.
#ifndef VSPEC_TEST_SIMT_SIMTSESSION_H
#define VSPEC_TEST_SIMT_SIMTSESSION_H
#include "runtime/Memory.h"
#include "runtime/ModelFile.h"
#include "test/simt/SimtExecutor.h"
#include "test/simt/SimtModule.h"
#include "vspec/KernelABI.h"

namespace vspec {

class SimtSession {
public:
  /// The kernels of `module` are those of the file's program. All must outlive the session.
  static Result<SimtSession> open(const ModelFile &file, const SimtModule &module, SimtExecutor &executor);

  /// Runs the tokens that follow as one step. Returns f32 [vocabulary] of the last one, valid until the next step.
  Result<const float *> step(const std::vector<int32_t> &tokens);

private:
  /// See passes/Lower/PTX/KernelEntries.h.
  using Entry = void (*)(const StepArguments *, void *const *operands, uint8_t *scratch, int64_t scratchBytes, int64_t tiles,
                         uint8_t *panel);
  struct Entries {
    Entry prologue, tile; // the first may be null
  };

  SimtSession(const ModelFile &file, Program program, SimtExecutor &executor)
      : file(&file), program(std::move(program)), executor(&executor) {}
  Result<void> allocate();
  void resolve();

  const ModelFile *file;
  Program program;
  SimtExecutor *executor;
  std::vector<Entries> entries; // [kernels]
  Memory arena, scratch, panel;
  std::vector<Memory> stateBytes;    // [states]
  std::vector<StateRef> states;      // [states]: one slot
  std::vector<void *> operands;      // [operands]
  std::vector<Row> rows;             // [rowCapacity]
  std::vector<int32_t> select = {0}; // the last row
  int32_t position = 0;
};

} // namespace vspec
#endif
