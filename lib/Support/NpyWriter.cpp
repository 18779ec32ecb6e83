// The .npy header and rows: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
#include "vspec/Support/NpyWriter.h"

using namespace vspec;

// Any number of rows up to 2^64 fits in the dictionary's 118 bytes, so the header can be rewritten in place.
static std::string header(uint64_t rows, uint64_t columns) {
  std::string dictionary =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", " + std::to_string(columns) + "), }";
  dictionary.resize(117, ' ');
  return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + dictionary + '\n';
}

Result<NpyWriter> NpyWriter::create(const std::string &path, uint64_t columns) {
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file)
    return file.error();
  if (auto written = file->write(header(0, columns)); !written)
    return written.error();
  return NpyWriter(std::move(*file), columns);
}

Result<void> NpyWriter::append(const float *row) {
  ++count;
  return file.write(row, columns * sizeof(float));
}

Result<void> NpyWriter::commit() {
  std::string text = header(count, columns);
  if (auto written = file.overwrite(0, text.data(), text.size()); !written)
    return written;
  return file.commit();
}
