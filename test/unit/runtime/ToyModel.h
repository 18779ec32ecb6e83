// Model files of the toy model, on disk or in memory, and means to damage them.
#ifndef VSPEC_TEST_TOYMODEL_H
#define VSPEC_TEST_TOYMODEL_H
#include "test/unit/runtime/ToyKernels.h"
#include "vspec/Runtime.h"
#include <cstring>
#include <string>
#include <vector>

constexpr uint32_t toyContext = 100, toySlots = 3, toyRows = 8, toyRing = 12; // 5 + 8 - 1

struct ToyOptions {
  bool tokenizer = true;
  int32_t bias = toyBias; // another bias is another model
  uint64_t features = 0;  // that the code asks for
  bool recurrent = false; // the window is a recurrent state of four tokens, not a ring
  bool chatTemplate = true;
  bool experts = false; // two launches more: what stands for routes, which is overwritten later, and one of experts
};

/// Writes the toy model to `path`; an empty string or why it failed.
std::string writeToyModel(const std::string &path, const ToyOptions &options = {});

/// A model file in memory, 64-byte aligned, whose structs can be changed.
class ToyFile {
public:
  ToyFile();
  uint8_t *data() { return reinterpret_cast<uint8_t *>(lines.data()); }
  uint64_t size() const { return count; }
  void truncate(uint64_t bytes) { count = bytes; }

  vspec::file::Header &header() { return *reinterpret_cast<vspec::file::Header *>(data()); }
  vspec::file::Section *sections() { return reinterpret_cast<vspec::file::Section *>(data() + sizeof(vspec::file::Header)); }
  vspec::file::Section &section(vspec::file::SectionKind kind);
  template <typename T> T *in(vspec::file::SectionKind kind, uint64_t offset = 0) {
    return reinterpret_cast<T *>(data() + section(kind).offset + offset);
  }
  vspec::file::Manifest &manifest() { return *in<vspec::file::Manifest>(vspec::file::SectionKind::Manifest); }
  vspec::file::ProgramHeader &program() { return *in<vspec::file::ProgramHeader>(vspec::file::SectionKind::Program); }
  template <typename T> T *table(const vspec::file::Table &place) { return in<T>(vspec::file::SectionKind::Program, place.offset); }

  /// Makes all hashes right again, so that a change is seen by the check that it is meant for.
  void seal();
  void sealTable();

private:
  struct alignas(64) Line {
    uint8_t bytes[64];
  };
  std::vector<Line> lines;
  uint64_t count = 0;
};
#endif
