#include "ModelFileView/ModelFileView.h"
#include "CommandLine/InputFiles.h"
#include "ModelFileView/Wording.h"
#include "vspec/ModelFile/Fingerprint.h"
#include "vspec/Support/Quote.h"
#include "vspec/Support/Sha256.h"
#include <algorithm>
#include <cstring>

namespace vspec {

using file::Section;
using file::SectionKind;

Error ModelFileView::error(const std::string &what) const { return Error{quotedPath(path()) + ": " + what}; }

Result<ModelFileView> ModelFileView::open(const std::string &path) {
  auto mapped = MappedFile::open(path);
  if (!mapped)
    return mapped.error();
  ModelFileView view(std::move(*mapped));
  if (auto read = view.readTable(); !read)
    return read.error();
  if (auto read = view.readManifest(); !read)
    return read.error();
  return view;
}

Result<void> ModelFileView::readTable() {
  file::Header header = {};
  if (mapped.size() != 0)
    std::memcpy(&header, mapped.data(), std::min<uint64_t>(sizeof(header), mapped.size()));
  if (std::memcmp(header.magic, file::magic, sizeof(header.magic)) != 0)
    return error("not a model file: starts with " + quote({header.magic, sizeof(header.magic)}) + ", expected 'VSPECMF1'");
  if (mapped.size() < sizeof(header))
    return error("has " + std::to_string(mapped.size()) + " bytes, expected at least the " + std::to_string(sizeof(header)) +
                 " of a header");
  if (header.version != file::version)
    return error("has version " + std::to_string(header.version) + ", expected " + std::to_string(file::version) +
                 (header.version < file::version ? ": compile the model again" : ""));
  if (header.fileBytes != mapped.size())
    return error("has " + std::to_string(mapped.size()) + " bytes, but its header says " + std::to_string(header.fileBytes));
  if (header.sections == 0 || header.sections > file::maxSections)
    return error("has " + std::to_string(header.sections) + " sections, expected 1 to " + std::to_string(file::maxSections));
  const uint64_t tableBytes = header.sections * sizeof(Section);
  if (tableBytes > mapped.size() - sizeof(header))
    return error("has " + std::to_string(mapped.size()) + " bytes, too few for a table of " + std::to_string(header.sections) +
                 " sections");
  const Digest digest = sha256(mapped.data() + sizeof(header), tableBytes);
  if (std::memcmp(digest.data(), header.tableHash, digest.size()) != 0)
    return error("the section table does not have its hash: the file is damaged");
  table.resize(header.sections);
  std::memcpy(table.data(), mapped.data() + sizeof(header), tableBytes);
  for (const Section &section : table) {
    if (std::memchr(section.name, 0, sizeof(section.name)) == nullptr)
      return error("section " + std::to_string(&section - table.data()) + " has a name without end");
    if (section.offset > mapped.size() || section.bytes > mapped.size() - section.offset)
      return error(sectionWords(section) + " lies at " + std::to_string(section.offset) + " with " + std::to_string(section.bytes) +
                   " bytes, outside of the file's " + std::to_string(mapped.size()));
  }
  return {};
}

Result<void> ModelFileView::readManifest() {
  auto found = find(SectionKind::Manifest);
  if (!found)
    return found.error();
  if (found->size() != sizeof(manifestCopy))
    return error("the manifest has " + std::to_string(found->size()) + " bytes, expected " + std::to_string(sizeof(manifestCopy)));
  std::memcpy(&manifestCopy, found->data(), sizeof(manifestCopy));
  constexpr uint32_t most = std::size(decltype(manifestCopy.endToken){});
  if (manifestCopy.endTokens > most)
    return error("the manifest has " + std::to_string(manifestCopy.endTokens) + " end tokens, expected at most " + std::to_string(most));
  return {};
}

std::string_view ModelFileView::contents(const Section &section) const { return mapped.view().substr(section.offset, section.bytes); }

Result<void> ModelFileView::compareHash(const Section &section) const {
  const Digest digest = sha256(contents(section));
  if (std::memcmp(digest.data(), section.hash, digest.size()) == 0)
    return {};
  Digest expected;
  std::copy(std::begin(section.hash), std::end(section.hash), expected.begin());
  return error(sectionWords(section) + " has the SHA-256 " + toHex(digest) + ", but the section table says " + toHex(expected) +
               ": the file is damaged");
}

Result<std::string_view> ModelFileView::find(SectionKind kind) const {
  for (const Section &section : table)
    if (section.kind == kind) {
      auto same = compareHash(section);
      return same ? Result<std::string_view>(contents(section)) : same.error();
    }
  return std::string_view();
}

Result<ProgramView> ModelFileView::program(const Section &section) const {
  if (auto same = compareHash(section); !same)
    return same.error();
  auto program = ProgramView::read(contents(section));
  return program ? std::move(program) : error(sectionWords(section) + ": " + program.error().message);
}

Result<void> ModelFileView::verify(const std::function<void(uint64_t, uint64_t)> &progress) const {
  uint64_t done = 0, total = 0;
  for (const Section &section : table)
    total += section.bytes;
  constexpr uint64_t piece = 8 << 20;
  for (const Section &section : table) {
    Sha256 hash;
    for (uint64_t at = 0; at < section.bytes; at += piece) {
      const std::string_view part = contents(section).substr(at, piece);
      hash.update(part.data(), part.size());
      progress(done += part.size(), total);
    }
    const Digest digest = hash.finish();
    if (std::memcmp(digest.data(), section.hash, digest.size()) != 0)
      return compareHash(section);
  }
  const Digest fingerprint = modelFingerprint(table.data(), uint32_t(table.size()));
  if (std::memcmp(fingerprint.data(), manifestCopy.fingerprint, fingerprint.size()) != 0)
    return error("the manifest's fingerprint is not that of the programs and weights: the file is put together from others");
  return {};
}

} // namespace vspec
