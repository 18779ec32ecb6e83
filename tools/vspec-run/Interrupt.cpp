#include "Interrupt.h"
#include <csignal>

namespace vspec {
namespace {

volatile std::sig_atomic_t seen = 0;

void remember(int) { seen = 1; }

} // namespace

void catchInterrupt() {
  seen = 0;
  struct sigaction action = {};
  action.sa_handler = remember;
  // Calls that were waiting go on; the second time the default is back.
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigaction(SIGINT, &action, nullptr);
}

bool interrupted() { return seen != 0; }

void releaseInterrupt() {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  sigaction(SIGINT, &action, nullptr);
}

} // namespace vspec
