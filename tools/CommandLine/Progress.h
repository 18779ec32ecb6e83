// One line on a terminal that tells how far a long job is and how long it will still take. Elsewhere it shows nothing.
#ifndef VSPEC_TOOLS_COMMANDLINE_PROGRESS_H
#define VSPEC_TOOLS_COMMANDLINE_PROGRESS_H
#include <chrono>
#include <cstdint>
#include <string>

namespace vspec {

class Progress {
public:
  /// `what` is done: "evaluating". Time counts from here.
  explicit Progress(std::string what);
  ~Progress() { clear(); }
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

  /// Draws at most ten times a second.
  void show(uint64_t done, uint64_t total);
  /// Wipes the line, before anything else is written.
  void clear();

private:
  using Clock = std::chrono::steady_clock;

  std::string what;
  Clock::time_point start, lastDrawn;
  bool terminal, drawn = false;
};

/// "4 s", "3 min 20 s", "2 h 5 min".
std::string readableSeconds(double seconds);

} // namespace vspec
#endif
