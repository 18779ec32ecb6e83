// Writes a model file section by section. Weights stream through it: nothing is kept but the section table. Equal calls give
// equal bytes.
#ifndef VSPEC_MODELFILE_MODELFILEWRITER_H
#define VSPEC_MODELFILE_MODELFILEWRITER_H
#include "vspec/ModelFormat.h"
#include "vspec/Support/AtomicFile.h"
#include "vspec/Support/Sha256.h"
#include <string>
#include <vector>

namespace vspec {

/// What a section is; `file::Section` without the place.
struct SectionName {
  file::SectionKind kind;
  file::Target target = file::Target::None;
  std::string name = ""; // at most 23 bytes
  uint64_t features = 0;
};

/// Use: create, the sections in the order in which the file shall have them (Manifest is the first by itself), finish. After
/// an error nothing but destruction is allowed; an unfinished file disappears.
///
///   auto writer = ModelFileWriter::create("model.vspec", manifest);
///   writer->add({SectionKind::Program, Target::None, "cpu"}, program.data(), program.size());
///   writer->begin({SectionKind::Weights, Target::None, "cpu"});
///   for (const Tensor &tensor : tensors) writer->append(tensor.data, tensor.bytes);
///   writer->end();
///   writer->finish();
class ModelFileWriter {
public:
  /// The manifest's fingerprint is filled in by `finish`.
  static Result<ModelFileWriter> create(const std::string &path, const file::Manifest &manifest);

  /// A whole section. Refuses an empty one, a name that is too long, and a second one of the same kind, target and name.
  Result<void> add(const SectionName &name, const void *bytes, uint64_t count);
  /// A section in pieces: begin, append (any number), end.
  Result<void> begin(const SectionName &name);
  Result<void> append(const void *bytes, uint64_t count);
  /// Bytes appended to the open section so far: the offset of the next piece.
  uint64_t sectionBytes() const { return file.position() - table.back().offset; }
  Result<void> end();
  /// Writes manifest, section table and header, and gives the file its name.
  Result<void> finish();

private:
  explicit ModelFileWriter(AtomicFile file, const file::Manifest &manifest) : file(std::move(file)), manifest(manifest) {}
  Error error(const std::string &what) const { return Error{file.path() + ": " + what}; }

  AtomicFile file;
  file::Manifest manifest;
  std::vector<file::Section> table;
  Sha256 hash; // of the open section
  bool open = false;
};

} // namespace vspec
#endif
