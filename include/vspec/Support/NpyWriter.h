// Writes a matrix of numbers as NumPy reads it (format version 1.0), row by row: logits of a run, for comparison.
#ifndef VSPEC_SUPPORT_NPYWRITER_H
#define VSPEC_SUPPORT_NPYWRITER_H
#include "vspec/Support/AtomicFile.h"

namespace vspec {

/// float32, C order, shape [rows, columns]. The number of rows need not be known before: commit writes it into the header.
class NpyWriter {
public:
  static Result<NpyWriter> create(const std::string &path, uint64_t columns);
  Result<void> append(const float *row); // [columns]
  Result<void> commit();
  uint64_t rows() const { return count; }

private:
  NpyWriter(AtomicFile file, uint64_t columns) : file(std::move(file)), columns(columns) {}

  AtomicFile file;
  uint64_t columns;
  uint64_t count = 0;
};

} // namespace vspec
#endif
