// Any bytes are a model file or a refusal; of a file, every table can be walked to its end. Input that does not start like a
// model file is taken as the bytes of manifest, program and entries, each after its length in two bytes, and is put into a file
// whose hashes are right: else nothing would reach the checks behind them.
#include "runtime/ModelFile.h"
#include "vspec/ModelFile/Fingerprint.h"
#include "vspec/Support/Quote.h"
#include <algorithm>
#include <cstdlib>
#include <cstring>

using namespace vspec;
using file::Section;
using file::SectionKind;

namespace {

constexpr uint64_t codeBytes = 4096, weightBytes = 4096;

void insist(bool holds) {
  if (!holds)
    std::abort();
}

struct Layout {
  Section table[5] = {};
  std::vector<uint64_t> words; // malloc gives 16 bytes of alignment: see `aligned`
  uint8_t *aligned = nullptr;
  uint64_t bytes = 0;

  explicit Layout(uint64_t capacity) : words(capacity / 8 + 8) {
    aligned = reinterpret_cast<uint8_t *>((reinterpret_cast<uintptr_t>(words.data()) + 63) & ~uintptr_t(63));
  }
};

// The sections of the input, then code and weights of zeros.
void layOut(Layout &layout, const uint8_t *data, size_t size) {
  const SectionKind kinds[5] = {SectionKind::Manifest, SectionKind::Program, SectionKind::Entries, SectionKind::Code, SectionKind::Weights};
  const char *names[5] = {"", "cpu", "isa", "isa", "cpu"};
  uint64_t offset = file::sectionAlignment;
  for (int i = 0; i < 5; ++i) {
    uint64_t bytes = i == 3 ? codeBytes : weightBytes;
    if (i < 3) {
      bytes = size >= 2 ? std::min<size_t>(data[0] | data[1] << 8, size - 2) : 0;
      if (bytes)
        std::memcpy(layout.aligned + offset, data + 2, bytes);
      data += std::min<size_t>(size, bytes + 2);
      size -= std::min<size_t>(size, bytes + 2);
    }
    layout.table[i].kind = kinds[i];
    layout.table[i].offset = offset;
    layout.table[i].bytes = bytes;
    std::strcpy(layout.table[i].name, names[i]);
    layout.bytes = offset + bytes;
    offset += file::sectionAlignment;
  }
}

void seal(Layout &layout) {
  auto hash = [&](Section &section) {
    Digest digest = sha256(layout.aligned + section.offset, section.bytes);
    std::memcpy(section.hash, digest.data(), digest.size());
  };
  for (Section &section : layout.table)
    hash(section);
  if (layout.table[0].bytes == sizeof(file::Manifest)) {
    Digest fingerprint = modelFingerprint(layout.table, 5);
    std::memcpy(reinterpret_cast<file::Manifest *>(layout.aligned + layout.table[0].offset)->fingerprint, fingerprint.data(),
                fingerprint.size());
    hash(layout.table[0]);
  }
  file::Header header{};
  std::memcpy(header.magic, file::magic, sizeof header.magic);
  header.version = file::version;
  header.sections = 5;
  header.fileBytes = layout.bytes;
  Digest digest = sha256(layout.table, sizeof layout.table);
  std::memcpy(header.tableHash, digest.data(), digest.size());
  std::memcpy(layout.aligned, &header, sizeof header);
  std::memcpy(layout.aligned + sizeof header, layout.table, sizeof layout.table);
}

void walk(const ModelFile &file, const Program &program) {
  const file::Manifest &manifest = file.manifest();
  insist(sessionBytes(program, manifest.contextCeiling) < uint64_t(1) << 48);
  size_t letters = 0;
  for (const file::Variant &variant : program.variants) {
    letters += std::strlen(program.string(variant.name));
    insist(variant.rowCapacity <= program.rowCapacity() && variant.arenaBytes <= program.arenaBytes());
    for (uint32_t i = 0; i < variant.launches; ++i) {
      const file::Launch &launch = program.launches[variant.firstLaunch + i];
      letters += std::strlen(program.string(launch.name)) + std::strlen(program.string(program.kernels[launch.kernel].name));
      for (int64_t rows : {uint32_t(1), variant.rowCapacity})
        for (int64_t position : {uint32_t(0), manifest.contextCeiling - 1})
          for (int64_t selected : {uint32_t(0), variant.logitsCapacity})
            insist(gridTiles(launch.grid, rows, std::min<int64_t>(rows, manifest.slots), position, selected) <= 1u << 29);
      for (uint32_t o = 0; o < launch.operands; ++o) {
        const file::Operand &operand = program.operands[launch.firstOperand + o];
        if (file::liesInArena(operand.kind))
          insist(operand.offset + operand.bytes <= variant.arenaBytes);
        if (operand.kind == file::OperandKind::State)
          letters += std::strlen(program.string(program.states[operand.index].name));
      }
    }
  }
  for (const file::Slice &slice : program.slices)
    letters += std::strlen(program.string(slice.name));
  insist(letters < ~size_t(0));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  bool whole = size && data[0] == 'V';
  Layout layout(whole ? size + 64 : 6 * file::sectionAlignment);
  if (whole) {
    std::memcpy(layout.aligned, data, size);
    layout.bytes = size;
  } else {
    layOut(layout, data, size);
    seal(layout);
  }
  auto bytes = FileBytes::wrap(layout.aligned, layout.bytes);
  insist(bool(bytes));
  auto file = ModelFile::read(std::move(*bytes));
  if (!file)
    return insist(isUtf8(file.error().message)), 0;
  auto program = file->program("cpu");
  if (!program)
    return insist(isUtf8(program.error().message)), 0;
  walk(*file, *program);
  for (const Section &section : file->sections())
    if (section.kind == SectionKind::Code)
      if (auto entries = file->entries(section, program->kernels.size()))
        for (const file::KernelEntry &entry : *entries)
          insist(entry.tile < section.bytes);
  return 0;
}
