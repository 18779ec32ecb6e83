// What a session owns: its states in one allocation, and how many tokens are in them. It never looks into a state.
#ifndef VSPEC_RUNTIME_SESSION_H
#define VSPEC_RUNTIME_SESSION_H
#include "runtime/Memory.h"
#include "runtime/Program.h"
#include "runtime/Status.h"
#include "vspec/KernelABI.h"
#include <atomic>
#include <memory>
#include <vector>

struct vspec_model;

namespace vspec {

/// What a saved state is bound to.
struct StateOrigin {
  uint8_t fingerprint[32];
  char deviceClass[24];
};

class Session {
public:
  /// `context`: 1 to the ceiling, which the caller has checked. The program must outlive the session.
  static Result<std::unique_ptr<Session>> open(const Program &program, uint32_t context);

  bool runs(const Program &other) const { return &program == &other; }
  uint32_t context() const { return room; }
  uint32_t position() const { return tokens; }
  const StateRef &state(uint32_t i) const { return states[i]; }
  uint64_t usedBytes() const { return memory.bytes(); }

  /// The executor has appended `count` tokens.
  void advance(uint32_t count);
  Status truncate(uint32_t position);

  uint64_t savedBytes() const;
  /// Writes savedBytes() bytes.
  void save(const StateOrigin &origin, uint8_t *bytes) const;
  Status restore(const StateOrigin &origin, const uint8_t *bytes, uint64_t count);

  int32_t slot = -1; // in the step that runs
  std::atomic<bool> cancelled{false};

private:
  explicit Session(const Program &program) : program(program) {}
  uint64_t usedTiles(uint32_t state, uint32_t position) const;

  const Program &program;
  Memory memory;
  std::vector<StateRef> states;
  uint32_t room = 0, tokens = 0;
  uint32_t written = 0; // the most tokens since the session was empty: what a ring may have overwritten
};

} // namespace vspec

struct vspec_session final {
  vspec_model *model;
  std::unique_ptr<vspec::Session> session;
};
#endif
