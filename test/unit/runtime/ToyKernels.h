// A model that is small enough to compute by hand: logits depend on all tokens of the session through a growing state, and on
// the last few through a ring.
#ifndef VSPEC_TEST_TOYKERNELS_H
#define VSPEC_TEST_TOYKERNELS_H
#include "vspec/KernelABI.h"
#include "vspec/ModelFormat.h"
#include <vector>

constexpr int32_t toyVocabulary = 64;
constexpr int32_t toyTile = 4;   // tokens of a tile of state
constexpr int32_t toyWindow = 5; // tokens that the ring is asked for
constexpr int32_t toyBias = 12345;

/// A flat code image for the machine that runs the test, and the entries of kernels append, attend and logits.
std::vector<uint8_t> toyCode();
std::vector<vspec::file::KernelEntry> toyEntries();

/// What the model answers for `token` after `tokens`.
float toyLogit(const std::vector<int32_t> &tokens, int32_t token);
#endif
