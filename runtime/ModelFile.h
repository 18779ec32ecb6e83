// A model file whose header, section table, manifest and programs have been checked. It holds no resource but the mapping:
// tools that only look at a file need nothing else. What runs is chosen and resolved in Model.h.
#ifndef VSPEC_RUNTIME_MODELFILE_H
#define VSPEC_RUNTIME_MODELFILE_H
#include "runtime/FileBytes.h"
#include "runtime/Program.h"
#include <functional>
#include <string_view>
#include <vector>

namespace vspec {

class ModelFile {
public:
  /// Checks everything but programs, code and weights. Errors name the file.
  static Result<ModelFile> read(FileBytes bytes);

  const std::string &name() const { return file.name(); }
  const file::Manifest &manifest() const { return manifestCopy; }
  const std::vector<file::Section> &sections() const { return table; }
  /// Null if there is none.
  const file::Section *find(file::SectionKind kind, file::Target target, std::string_view name) const;
  const uint8_t *data(const file::Section &section) const { return file.data() + section.offset; }
  const FileBytes &bytes() const { return file; }

  /// Compares the bytes of a section with its hash. `progress(done, total)` is called every few MiB and may cancel by answering
  /// false; the result is then false.
  Result<bool> verify(const file::Section &section, const std::function<bool(uint64_t, uint64_t)> &progress = nullptr) const;
  /// The same for bytes that were copied or mapped elsewhere.
  Result<void> verifyCopy(const file::Section &section, const uint8_t *copy) const;

  /// The program of a device class, its hash and all its tables checked.
  Result<Program> program(std::string_view deviceClass) const;
  /// Entry points for the code of the same name, checked against its size: KernelEntry[kernels].
  Result<std::vector<file::KernelEntry>> entries(const file::Section &code, uint32_t kernels) const;

private:
  explicit ModelFile(FileBytes bytes) : file(std::move(bytes)) {}
  Result<void> readTable();
  Result<void> readManifest();
  Error error(const std::string &what) const { return Error{name() + ": " + what}; }

  FileBytes file;
  std::vector<file::Section> table;
  file::Manifest manifestCopy{};
};

/// "code 'avx512'": for messages.
std::string sectionTitle(const file::Section &section);

} // namespace vspec
#endif
