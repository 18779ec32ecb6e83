#include "runtime/ModelFile.h"
#include "vspec/ModelFile/Fingerprint.h"
#include "vspec/Support/Quote.h"
#include "vspec/Support/Sha256.h"
#include <algorithm>
#include <cstring>

namespace vspec {

using file::Section;
using file::SectionKind;

namespace {

constexpr uint32_t maxSlots = 65536;
constexpr uint64_t verifyPiece = 8 << 20;

const char *kindName(SectionKind kind) {
  static constexpr const char *names[] = {"manifest", "program", "code", "entries", "weights", "tokenizer", "chat template", "provenance"};
  uint32_t at = uint32_t(kind) - 1;
  return at < 8 ? names[at] : "unknown section";
}

std::string number(int64_t value) { return std::to_string(value); }

} // namespace

std::string sectionTitle(const Section &section) {
  std::string title = kindName(section.kind);
  return section.name[0] ? title + " " + quote(std::string_view(section.name, strnlen(section.name, sizeof section.name))) : title;
}

Result<ModelFile> ModelFile::read(FileBytes bytes) {
  ModelFile model(std::move(bytes));
  if (auto read = model.readTable(); !read)
    return read.error();
  if (auto read = model.readManifest(); !read)
    return read.error();
  return model;
}

Result<void> ModelFile::readTable() {
  file::Header header;
  if (file.size() < sizeof header)
    return error("has " + number(file.size()) + " bytes, the header of a model file alone has " + number(sizeof header));
  std::memcpy(&header, file.data(), sizeof header);
  if (std::memcmp(header.magic, file::magic, sizeof header.magic))
    return error("does not start with VSPECMF1: not a model file");
  if (header.version != file::version)
    return error("is a model file of version " + number(header.version) + ", this runtime reads version " + number(file::version) +
                 (header.version < file::version ? ": compile the model again" : ""));
  if (!header.sections || header.sections > file::maxSections)
    return error("has " + number(header.sections) + " sections, expected 1 to " + number(file::maxSections));
  if (header.fileBytes > file.size())
    return error("has " + number(file.size()) + " bytes, but its header says " + std::to_string(header.fileBytes) + ": it is cut off");
  if (header.reserved)
    return error("has " + std::to_string(header.reserved) + " in a reserved field of the header, expected 0");
  uint64_t tableBytes = header.sections * sizeof(Section);
  if (header.fileBytes < sizeof header + tableBytes)
    return error("has " + std::to_string(header.fileBytes) + " bytes, header and section table alone have " +
                 number(sizeof header + tableBytes));
  table.resize(header.sections);
  std::memcpy(table.data(), file.data() + sizeof header, tableBytes);
  Digest digest = sha256(table.data(), tableBytes);
  if (std::memcmp(digest.data(), header.tableHash, digest.size()))
    return error("the section table does not match its hash: the file is damaged");

  uint64_t end = sizeof header + tableBytes; // of the section before
  for (uint32_t i = 0; i < table.size(); ++i) {
    const Section &section = table[i];
    std::string where = "section " + number(i);
    if (section.name[sizeof section.name - 1])
      return error(where + " has a name without a zero byte at its end");
    if (section.reserved)
      return error(where + " has " + std::to_string(section.reserved) + " in a reserved field, expected 0");
    if (section.offset % file::sectionAlignment)
      return error(where + " starts at byte " + std::to_string(section.offset) + ", which is not a multiple of 65536");
    if (section.offset < end)
      return error(where + " starts at byte " + std::to_string(section.offset) + ", before the end of what precedes it at " +
                   std::to_string(end));
    if (section.offset > header.fileBytes || section.bytes > header.fileBytes - section.offset)
      return error(where + " has " + std::to_string(section.bytes) + " bytes at " + std::to_string(section.offset) +
                   ", outside of the file's " + std::to_string(header.fileBytes));
    if (!section.bytes)
      return error(where + " is empty");
    if (find(section.kind, section.target, section.name) != &section)
      return error(where + " is a second " + sectionTitle(section));
    end = section.offset + section.bytes;
  }
  return {};
}

const Section *ModelFile::find(SectionKind kind, file::Target target, std::string_view name) const {
  for (const Section &section : table)
    if (section.kind == kind && section.target == target && name == section.name)
      return &section;
  return nullptr;
}

Result<void> ModelFile::readManifest() {
  const Section *section = find(SectionKind::Manifest, file::Target::None, "");
  if (!section)
    return error("has no manifest");
  if (section->bytes != sizeof(file::Manifest))
    return error("the manifest has " + std::to_string(section->bytes) + " bytes, expected " + number(sizeof(file::Manifest)));
  std::memcpy(&manifestCopy, data(*section), sizeof manifestCopy);
  if (auto verified = verifyCopy(*section, reinterpret_cast<const uint8_t *>(&manifestCopy)); !verified)
    return verified;
  const file::Manifest &m = manifestCopy;
  Digest fingerprint = modelFingerprint(table.data(), uint32_t(table.size()));
  if (std::memcmp(fingerprint.data(), m.fingerprint, fingerprint.size()))
    return error("the manifest's fingerprint is not that of the programs and weights in the file");
  if (!m.vocabulary || m.vocabulary > INT32_MAX)
    return error("the manifest has a vocabulary of " + number(m.vocabulary) + " tokens, expected 1 to " + number(INT32_MAX));
  if (!m.contextCeiling || m.contextCeiling > INT32_MAX)
    return error("the manifest has a context ceiling of " + number(m.contextCeiling) + " tokens, expected 1 to " + number(INT32_MAX));
  if (!m.slots || m.slots > maxSlots)
    return error("the manifest has " + number(m.slots) + " slots, expected 1 to " + number(maxSlots));
  if (m.endTokens > std::size(m.endToken))
    return error("the manifest has " + number(m.endTokens) + " end tokens, at most " + number(std::size(m.endToken)) + " are allowed");
  for (uint32_t i = 0; i < m.endTokens; ++i)
    if (m.endToken[i] < 0 || uint32_t(m.endToken[i]) >= m.vocabulary)
      return error("the manifest has the end token " + number(m.endToken[i]) + ", expected 0 to " + number(m.vocabulary - 1));
  if (m.bosToken < -1 || m.bosToken >= int64_t(m.vocabulary))
    return error("the manifest has the bos token " + number(m.bosToken) + ", expected -1 to " + number(m.vocabulary - 1));
  if (m.addBos > 1 || (m.addBos && m.bosToken < 0))
    return error("the manifest has addBos " + number(m.addBos) + " and the bos token " + number(m.bosToken) +
                 ", expected 0, or 1 with a token of the vocabulary");
  if (m.reserved)
    return error("the manifest has " + number(m.reserved) + " in a reserved field, expected 0");
  if (m.family[sizeof m.family - 1])
    return error("the manifest has a family name without a zero byte at its end");
  return {};
}

Result<bool> ModelFile::verify(const Section &section, const std::function<bool(uint64_t, uint64_t)> &progress) const {
  Sha256 hash;
  for (uint64_t done = 0; done < section.bytes;) {
    uint64_t piece = std::min(verifyPiece, section.bytes - done);
    hash.update(data(section) + done, piece);
    done += piece;
    if (progress && !progress(done, section.bytes))
      return false;
  }
  Digest digest = hash.finish();
  if (std::memcmp(digest.data(), section.hash, digest.size()))
    return error(sectionTitle(section) + " does not match its hash: the file is damaged");
  return true;
}

Result<void> ModelFile::verifyCopy(const Section &section, const uint8_t *copy) const {
  Digest digest = sha256(copy, section.bytes);
  if (std::memcmp(digest.data(), section.hash, digest.size()))
    return error(sectionTitle(section) + " does not match its hash: the file is damaged");
  return {};
}

Result<Program> ModelFile::program(std::string_view deviceClass) const {
  const Section *section = find(SectionKind::Program, file::Target::None, deviceClass);
  if (!section)
    return error("has no program for the device class " + quote(deviceClass));
  if (auto verified = verify(*section); !verified)
    return verified.error();
  const Section *weights = find(SectionKind::Weights, file::Target::None, deviceClass);
  ProgramLimits limits{manifestCopy.vocabulary, manifestCopy.contextCeiling, manifestCopy.slots, weights ? weights->bytes : 0};
  auto program = Program::read(data(*section), section->bytes, limits);
  if (!program)
    return error(sectionTitle(*section) + ": " + program.error().message);
  return program;
}

Result<std::vector<file::KernelEntry>> ModelFile::entries(const Section &code, uint32_t kernels) const {
  using file::KernelEntry;
  const Section *section = find(SectionKind::Entries, code.target, code.name);
  if (!section)
    return error(sectionTitle(code) + " has no entries section");
  if (section->bytes != kernels * sizeof(KernelEntry))
    return error(sectionTitle(*section) + ": has " + std::to_string(section->bytes) + " bytes, but " + number(kernels) + " kernels need " +
                 number(kernels * sizeof(KernelEntry)));
  std::vector<KernelEntry> entries(kernels);
  std::memcpy(entries.data(), data(*section), section->bytes);
  if (auto verified = verifyCopy(*section, reinterpret_cast<const uint8_t *>(entries.data())); !verified)
    return verified.error();
  for (uint32_t i = 0; i < kernels; ++i) {
    const KernelEntry &entry = entries[i];
    if (entry.tile >= code.bytes || (entry.prologue != KernelEntry::none && entry.prologue >= code.bytes))
      return error(sectionTitle(*section) + ": kernel " + number(i) + " starts at byte " +
                   std::to_string(entry.tile >= code.bytes ? entry.tile : entry.prologue) + ", outside of the code's " +
                   std::to_string(code.bytes));
  }
  return entries;
}

} // namespace vspec
