#include "vspec/ModelFile/ModelFileWriter.h"
#include "vspec/ModelFile/Fingerprint.h"
#include <cstring>

namespace vspec {

using file::Section;
using file::SectionKind;

Result<ModelFileWriter> ModelFileWriter::create(const std::string &path, const file::Manifest &manifest) {
  auto file = AtomicFile::create(path);
  if (!file)
    return file.error();
  ModelFileWriter writer(std::move(*file), manifest);
  // Header and table have room in front of the first section; finish() fills it.
  static_assert(sizeof(file::Header) + file::maxSections * sizeof(Section) <= file::sectionAlignment);
  file::Header empty{};
  if (auto written = writer.file.write(&empty, sizeof empty); !written)
    return written.error();
  if (auto added = writer.add({SectionKind::Manifest}, &writer.manifest, sizeof manifest); !added)
    return added.error();
  return writer;
}

Result<void> ModelFileWriter::add(const SectionName &name, const void *bytes, uint64_t count) {
  if (auto begun = begin(name); !begun)
    return begun;
  if (auto appended = append(bytes, count); !appended)
    return appended;
  return end();
}

Result<void> ModelFileWriter::begin(const SectionName &name) {
  if (open)
    return error("section '" + name.name + "' begins before section '" + table.back().name + "' has ended");
  if (table.size() == file::maxSections)
    return error("a model file has at most " + std::to_string(file::maxSections) + " sections");
  if (name.name.size() >= sizeof Section::name)
    return error("section name '" + name.name + "' has " + std::to_string(name.name.size()) + " bytes, at most 23 fit");
  if (name.name.find('\0') != std::string::npos)
    return error("a section name has a zero byte");
  for (const Section &other : table)
    if (other.kind == name.kind && other.target == name.target && other.name == name.name)
      return error("a second section of kind " + std::to_string(uint32_t(name.kind)) + " is called '" + name.name + "'");
  if (auto padded = file.padTo(file::sectionAlignment); !padded)
    return padded;
  Section section{};
  section.kind = name.kind;
  section.target = name.target;
  section.features = name.features;
  section.offset = file.position();
  std::memcpy(section.name, name.name.data(), name.name.size());
  table.push_back(section);
  hash = Sha256();
  open = true;
  return {};
}

Result<void> ModelFileWriter::append(const void *bytes, uint64_t count) {
  if (!open)
    return error("bytes are appended, but no section is open");
  hash.update(bytes, count);
  return file.write(bytes, count);
}

Result<void> ModelFileWriter::end() {
  if (!open)
    return error("a section ends, but none is open");
  Section &section = table.back();
  section.bytes = sectionBytes();
  if (!section.bytes)
    return error("section '" + std::string(section.name) + "' of kind " + std::to_string(uint32_t(section.kind)) + " is empty");
  Digest digest = hash.finish();
  std::memcpy(section.hash, digest.data(), digest.size());
  open = false;
  return {};
}

Result<void> ModelFileWriter::finish() {
  if (open)
    return error("the file ends before section '" + std::string(table.back().name) + "' has ended");
  Digest fingerprint = modelFingerprint(table.data(), uint32_t(table.size()));
  std::memcpy(manifest.fingerprint, fingerprint.data(), fingerprint.size());
  if (auto written = file.overwrite(table[0].offset, &manifest, sizeof manifest); !written)
    return written;
  Digest digest = sha256(&manifest, sizeof manifest);
  std::memcpy(table[0].hash, digest.data(), digest.size());

  uint64_t tableBytes = table.size() * sizeof(Section);
  file::Header header{};
  std::memcpy(header.magic, file::magic, sizeof header.magic);
  header.version = file::version;
  header.sections = uint32_t(table.size());
  header.fileBytes = file.position();
  digest = sha256(table.data(), tableBytes);
  std::memcpy(header.tableHash, digest.data(), digest.size());
  if (auto written = file.overwrite(0, &header, sizeof header); !written)
    return written;
  if (auto written = file.overwrite(sizeof header, table.data(), tableBytes); !written)
    return written;
  return file.commit();
}

} // namespace vspec
