#include "runtime/Session.h"
#include <algorithm>
#include <cstring>

namespace vspec {
namespace {

// A saved state: this header, then for each state its used tiles, without padding.
struct SavedHeader {
  char magic[8];
  StateOrigin origin;
  uint32_t tokens, written;
  uint64_t bytes; // with this header
};
static_assert(sizeof(SavedHeader) == 80);
constexpr char savedMagic[8] = {'V', 'S', 'P', 'E', 'C', 'S', 'T', '1'};

} // namespace

Result<std::unique_ptr<Session>> Session::open(const Program &program, uint32_t context) {
  auto memory = Memory::allocate(sessionBytes(program, context), "the state of a session");
  if (!memory)
    return memory.error();
  std::unique_ptr<Session> session(new Session(program));
  session->memory = std::move(*memory);
  session->room = context;
  uint64_t offset = 0;
  for (const file::State &state : program.states) {
    uint64_t tiles = stateTiles(state, context);
    session->states.push_back({session->memory.data() + offset, int64_t(tiles)});
    offset += roundToLine(tiles * state.bytesPerTile);
  }
  assert(offset == session->usedBytes());
  return session;
}

void Session::advance(uint32_t count) {
  tokens += count;
  written = std::max(written, tokens);
}

// A ring holds at least window + rowCapacity - 1 tokens. Going back to n needs the tokens from n - window on, and those before
// written - ring are gone: so n must be at least written - rowCapacity + 1, whatever the window is.
Status Session::truncate(uint32_t position) {
  if (position > tokens)
    return {VSPEC_INVALID_ARGUMENT,
            "the session has " + std::to_string(tokens) + " tokens, so it cannot go back to " + std::to_string(position)};
  for (const file::State &state : program.states) {
    if (isRecurrent(state) && position && position != tokens)
      return {VSPEC_INVALID_ARGUMENT, "the session cannot go back to " + std::to_string(position) +
                                          ": its model has recurrent state, so it can stay at " + std::to_string(tokens) +
                                          " or go back to 0"};
    bool wrapped = state.ringTokens && written > state.ringTokens;
    if (wrapped && position && position + uint64_t(program.rowCapacity()) <= written)
      return {VSPEC_INVALID_ARGUMENT, "the session cannot go back to " + std::to_string(position) + ": it has had " +
                                          std::to_string(written) + " tokens and keeps a window only, so it can go back to 0 or to " +
                                          std::to_string(written - program.rowCapacity() + 1) + " and later"};
  }
  tokens = position;
  if (!position)
    written = 0;
  return {};
}

uint64_t Session::usedTiles(uint32_t state, uint32_t position) const {
  uint64_t perTile = program.states[state].tokensPerTile;
  if (isRecurrent(program.states[state]))
    return position != 0;
  return std::min<uint64_t>((position + perTile - 1) / perTile, uint64_t(states[state].tiles));
}

uint64_t Session::savedBytes() const {
  uint64_t bytes = sizeof(SavedHeader);
  for (uint32_t i = 0; i < program.states.size(); ++i)
    bytes += usedTiles(i, tokens) * program.states[i].bytesPerTile;
  return bytes;
}

void Session::save(const StateOrigin &origin, uint8_t *bytes) const {
  SavedHeader header{{}, origin, tokens, written, savedBytes()};
  std::memcpy(header.magic, savedMagic, sizeof header.magic);
  std::memcpy(bytes, &header, sizeof header);
  bytes += sizeof header;
  for (uint32_t i = 0; i < program.states.size(); ++i) {
    uint64_t used = usedTiles(i, tokens) * program.states[i].bytesPerTile;
    std::memcpy(bytes, states[i].base, used);
    bytes += used;
  }
}

Status Session::restore(const StateOrigin &origin, const uint8_t *bytes, uint64_t count) {
  SavedHeader header;
  if (count < sizeof header)
    return {VSPEC_MALFORMED,
            "the saved state has " + std::to_string(count) + " bytes, its header alone has " + std::to_string(sizeof header)};
  std::memcpy(&header, bytes, sizeof header);
  if (std::memcmp(header.magic, savedMagic, sizeof header.magic))
    return {VSPEC_MALFORMED, "the saved state does not start with VSPECST1"};
  if (std::memcmp(&header.origin, &origin, sizeof origin))
    return {VSPEC_OTHER_MODEL, "the saved state is of another model: its fingerprint or device class differs"};
  if (header.bytes != count)
    return {VSPEC_MALFORMED,
            "the saved state has " + std::to_string(count) + " bytes, but its header says " + std::to_string(header.bytes)};
  if (header.tokens > room)
    return {VSPEC_CONTEXT_FULL,
            "the saved state has " + std::to_string(header.tokens) + " tokens, but the session has room for " + std::to_string(room)};
  if (header.written < header.tokens)
    return {VSPEC_MALFORMED, "the saved state has " + std::to_string(header.tokens) + " tokens, but only " +
                                 std::to_string(header.written) + " were written"};
  uint64_t needed = sizeof header;
  for (uint32_t i = 0; i < program.states.size(); ++i)
    needed += usedTiles(i, header.tokens) * program.states[i].bytesPerTile;
  if (needed != count)
    return {VSPEC_MALFORMED, "the saved state has " + std::to_string(count) + " bytes, but its " + std::to_string(header.tokens) +
                                 " tokens need " + std::to_string(needed)};
  bytes += sizeof header;
  for (uint32_t i = 0; i < program.states.size(); ++i) {
    uint64_t used = usedTiles(i, header.tokens) * program.states[i].bytesPerTile;
    std::memcpy(states[i].base, bytes, used);
    bytes += used;
  }
  tokens = header.tokens;
  written = header.written;
  return {};
}

} // namespace vspec
