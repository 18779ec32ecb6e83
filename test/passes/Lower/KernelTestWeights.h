// Weights of every format for the tests of kernels: encoded from numbers, or with any codes and scales that can be stored.
#ifndef VSPEC_TEST_PASSES_LOWER_KERNELTESTWEIGHTS_H
#define VSPEC_TEST_PASSES_LOWER_KERNELTESTWEIGHTS_H
#include "vspec/Quant/Codec.h"
#include <random>
#include <string>
#include <vector>

namespace vspec {

/// All named formats that have a kernel, and their variations.
std::vector<std::string> formatsWithKernels();

/// Rounded from normal numbers with a row and a few groups of zeros.
CodedRows encodedWeight(const std::string &format, int64_t rows, int64_t columns, std::mt19937_64 &random);
/// Codes and numbers of levels at random, the extremes included.
CodedRows arbitraryWeight(const std::string &format, int64_t rows, int64_t columns, std::mt19937_64 &random);

/// The next number of columns that are whole blocks of a decoder.
int64_t wholeBlocks(const std::string &format, int64_t columns);

NormalForm formOf(const std::string &format, int64_t columns);

} // namespace vspec
#endif
