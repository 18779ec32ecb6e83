// A model file as it lies on the disk: sections, manifest, text. Only pages that are looked at are read, so the size of the
// weights does not matter. It checks that everything lies inside the file and has its hash; whether a program makes sense,
// the runtime decides.
#ifndef VSPEC_TOOLS_MODELFILEVIEW_MODELFILEVIEW_H
#define VSPEC_TOOLS_MODELFILEVIEW_MODELFILEVIEW_H
#include "ModelFileView/ProgramView.h"
#include "vspec/ModelFormat.h"
#include "vspec/Support/MappedFile.h"
#include "vspec/Support/Result.h"
#include <functional>
#include <string_view>
#include <vector>

namespace vspec {

class ModelFileView {
public:
  /// Maps the file and checks header, section table and manifest.
  static Result<ModelFileView> open(const std::string &path);

  const std::string &path() const { return mapped.path(); }
  uint64_t bytes() const { return mapped.size(); }
  const std::vector<file::Section> &sections() const { return table; }
  const file::Manifest &manifest() const { return manifestCopy; }

  /// The bytes of a section, not compared with its hash.
  std::string_view contents(const file::Section &section) const;
  /// The first section of a kind, whose bytes have its hash; empty if there is none.
  Result<std::string_view> find(file::SectionKind kind) const;
  /// The tables of a Program section, which has its hash.
  Result<ProgramView> program(const file::Section &section) const;

  /// Reads all sections and compares them with their hashes, and the fingerprint with theirs. `progress` gets bytes.
  Result<void> verify(const std::function<void(uint64_t done, uint64_t total)> &progress) const;

private:
  explicit ModelFileView(MappedFile mapped) : mapped(std::move(mapped)) {}
  Error error(const std::string &what) const;
  Result<void> readTable();
  Result<void> readManifest();
  Result<void> compareHash(const file::Section &section) const;

  MappedFile mapped;
  std::vector<file::Section> table;
  file::Manifest manifestCopy = {};
};

} // namespace vspec
#endif
