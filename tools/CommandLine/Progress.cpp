#include "CommandLine/Progress.h"
#include <cstdio>
#include <unistd.h>

namespace vspec {

Progress::Progress(std::string what) : what(std::move(what)), start(Clock::now()), terminal(isatty(STDERR_FILENO)) {}

void Progress::clear() {
  if (drawn)
    std::fputs("\r\x1b[K", stderr);
  drawn = false;
}

void Progress::show(uint64_t done, uint64_t total) {
  const Clock::time_point now = Clock::now();
  if (!terminal || (drawn && now - lastDrawn < std::chrono::milliseconds(100)))
    return;
  std::string line = "\r" + what;
  if (total > 0)
    line += " " + std::to_string(int(100.0 * double(done) / double(total))) + " %";
  if (done > 0 && done <= total)
    line += ", " + readableSeconds(std::chrono::duration<double>(now - start).count() / double(done) * double(total - done)) + " left";
  std::fputs((line + "\x1b[K").c_str(), stderr);
  std::fflush(stderr);
  lastDrawn = now;
  drawn = true;
}

std::string readableSeconds(double seconds) {
  const auto whole = uint64_t(seconds + 0.5);
  if (whole < 60)
    return std::to_string(whole) + " s";
  if (whole < 3600)
    return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole % 3600 / 60) + " min";
}

} // namespace vspec
