// Ctrl-C as a question to ask between steps.
#ifndef VSPEC_TOOLS_VSPECRUN_INTERRUPT_H
#define VSPEC_TOOLS_VSPECRUN_INTERRUPT_H

namespace vspec {

/// From now on the first SIGINT is only remembered. A second one ends the program as usual.
void catchInterrupt();
bool interrupted();
/// From now on SIGINT ends the program again.
void releaseInterrupt();

} // namespace vspec
#endif
