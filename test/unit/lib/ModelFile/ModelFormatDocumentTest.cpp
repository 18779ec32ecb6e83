// The worked example of docs/ModelFormat.md, byte by byte.
#include "test/unit/lib/Support/TemporaryFolder.h"
#include "vspec/ModelFile/ModelFileWriter.h"
#include "vspec/ModelFile/ProgramTables.h"
#include <cstring>
#include <fstream>
#include <gtest/gtest.h>

using namespace vspec;
using file::OperandKind;
using file::SectionKind;

namespace {

std::string exampleFile() {
  file::Manifest manifest{};
  manifest.vocabulary = 2;
  manifest.contextCeiling = 512;
  manifest.slots = manifest.layers = manifest.endTokens = 1;
  manifest.hidden = 8;
  manifest.bosToken = -1;
  manifest.endToken[0] = 1;
  std::strcpy(manifest.family, "tiny");

  ProgramTables tables;
  uint32_t twice = tables.kernel("double", 64, 128), keys = tables.state("keys", 16, 1024);
  file::Variant variant{};
  variant.rowCapacity = variant.logitsCapacity = 1;
  variant.arenaBytes = 64;
  variant.logitsBytes = 8;
  tables.variant("decode", variant);
  tables.launch("layer.0", twice, {1, 0, 1, 0, 0, 0, 1, 0},
                {{OperandKind::Weight, 0, 0, 8}, {OperandKind::State, keys, 0, 0}, {OperandKind::Arena, 0, 0, 8}});
  auto program = tables.bytes();
  EXPECT_TRUE(program);

  TemporaryFolder folder;
  auto writer = ModelFileWriter::create(folder / "tiny.vspec", manifest);
  EXPECT_TRUE(writer);
  file::KernelEntry entry{file::KernelEntry::none, 0};
  float weights[2] = {1.5f, -2};
  EXPECT_TRUE(writer->add({SectionKind::Program, file::Target::None, "cpu"}, program->data(), program->size()));
  EXPECT_TRUE(writer->add({SectionKind::Code, file::Target::X86_64, "v3", file::X86V3}, "\xc3", 1));
  EXPECT_TRUE(writer->add({SectionKind::Entries, file::Target::X86_64, "v3"}, &entry, sizeof entry));
  EXPECT_TRUE(writer->add({SectionKind::Weights, file::Target::None, "cpu"}, weights, sizeof weights));
  EXPECT_TRUE(writer->finish());
  return folder.read("tiny.vspec");
}

// The bytes between the first and the second pair of spaces of a line.
std::string bytesOf(const std::string &line) {
  std::string digits, bytes;
  for (char c : line.substr(8, line.find("  ", 8) - 8))
    if (c != ' ')
      digits += c;
  for (size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes += char(std::stoi(digits.substr(i, 2), nullptr, 16));
  return bytes;
}

} // namespace

TEST(ModelFormatDocument, TheExampleIsWhatIsWritten) {
  std::string file = exampleFile();
  std::ifstream document(VSPEC_DOCUMENT);
  ASSERT_TRUE(document);
  std::string told(file.size(), '\0'), line;
  bool inBlock = false;
  size_t lines = 0;
  while (std::getline(document, line)) {
    if (line.rfind("```", 0) == 0) {
      inBlock = line == "```text";
      continue;
    }
    if (!inBlock)
      continue;
    size_t offset = std::stoul(line.substr(0, 6), nullptr, 16);
    std::string bytes = bytesOf(line);
    ASSERT_LE(offset + bytes.size(), file.size()) << line;
    EXPECT_EQ(file.substr(offset, bytes.size()), bytes) << line;
    told.replace(offset, bytes.size(), bytes);
    ++lines;
  }
  EXPECT_GT(lines, 100u);
  EXPECT_TRUE(told == file) << "bytes that have no line are not zero";
}
