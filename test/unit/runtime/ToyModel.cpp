#include "test/unit/runtime/ToyModel.h"
#include "runtime/ProcessorFeatures.h"
#include "test/unit/lib/Support/TemporaryFolder.h"
#include "vspec/ModelFile/Fingerprint.h"
#include "vspec/ModelFile/ModelFileWriter.h"
#include "vspec/ModelFile/ProgramTables.h"
#include "vspec/Tokenizer/TokenizerModel.h"

using namespace vspec;
using file::OperandKind;
using file::SectionKind;

namespace {

// Byte tokens are too many for 64: letters, a space, two halves of a character, and a few words.
TokenizerModel toyTokenizer() {
  TokenizerModel model;
  for (char c = 'a'; c <= 'z'; ++c)
    model.tokens.push_back(std::string(1, c));
  model.tokens.insert(model.tokens.end(), {" ", "\xc3", "\xa4", "</s>", "<s>"});
  model.types.assign(model.tokens.size(), TokenType::Normal);
  model.types[29] = model.types[30] = TokenType::Control;
  model.bos = 30;
  model.eos = 29;
  model.endTokens = {29};
  model.before = {30};
  return model;
}

std::vector<uint8_t> toyProgram(const ToyOptions &options) {
  ProgramTables tables;
  uint32_t append = tables.kernel("append", 0), attend = tables.kernel("attend", 0), logits = tables.kernel("logits", 0, toyRows * 4);
  uint32_t all = tables.state("all", toyTile, toyTile * 4),
           ring = options.recurrent ? tables.fixedState("window", toyTile * 4) : tables.state("window", toyTile, toyTile * 4, toyRing);
  auto operand = [](OperandKind kind, uint32_t index = 0, uint64_t offset = 0, uint64_t bytes = 0) {
    return file::Operand{kind, index, offset, bytes};
  };
  for (auto [name, rows] : {std::pair("decode", toySlots), std::pair("prefill", toyRows)}) {
    uint64_t hiddenBytes = 64, logitsBytes = uint64_t(rows) * toyVocabulary * 4;
    file::Variant variant{};
    variant.rowCapacity = variant.logitsCapacity = rows;
    variant.arenaBytes = hiddenBytes + logitsBytes;
    variant.logitsOffset = hiddenBytes;
    variant.logitsBytes = logitsBytes;
    uint32_t v = tables.variant(name, variant);
    file::Operand hidden = operand(OperandKind::Arena, 0, 0, rows * 4), rowTable = operand(OperandKind::Rows);
    file::Operand growing = operand(OperandKind::State, all), window = operand(OperandKind::State, ring);
    file::Grid eachRow{1, 0, 1, 0, 0, 0, 1, 0}, eachQuarter{4, 0, 0, 0, 0, 1, 1, 0}, eachExpert{1, 0, 1, 0, 0, 0, 1, 5};
    tables.launch("layer.0.append", append, eachRow, {rowTable, growing, window});
    if (options.experts) { // the bias is added later, and to append again changes nothing
      tables.launch("layer.0.route", attend, eachRow, {rowTable, growing, window, operand(OperandKind::Weight, 0, 0, 4), hidden});
      tables.launch("layer.0.experts", append, eachExpert, {rowTable, growing, window, operand(OperandKind::Routes, 0, 0, hiddenBytes)});
    }
    tables.launch("layer.0.attend", attend, eachRow, {rowTable, growing, window, operand(OperandKind::Weight, 0, 64, 4), hidden});
    tables.launch("logits", logits, eachQuarter,
                  {operand(OperandKind::Select), hidden, operand(OperandKind::Arena, 0, hiddenBytes, logitsBytes)});
    uint32_t last = options.experts ? 4 : 2;
    tables.slice(v, "hidden", 1, last, 0, hiddenBytes);
    tables.slice(v, "logits", last, last, hiddenBytes, logitsBytes);
  }
  return *tables.bytes();
}

file::Manifest toyManifest() {
  file::Manifest manifest{};
  manifest.vocabulary = toyVocabulary;
  manifest.contextCeiling = toyContext;
  manifest.trainedContext = 2 * toyContext;
  manifest.slots = toySlots;
  manifest.layers = 1;
  manifest.hidden = 1;
  manifest.endTokens = 1;
  manifest.endToken[0] = 29;
  manifest.bosToken = 30;
  manifest.addBos = 1;
  std::strcpy(manifest.family, "toy");
  return manifest;
}

} // namespace

std::string writeToyModel(const std::string &path, const ToyOptions &options) {
  auto writer = ModelFileWriter::create(path, toyManifest());
  if (!writer)
    return writer.error().message;
  std::string failed;
  auto add = [&](const SectionName &name, const void *bytes, uint64_t count) {
    if (auto added = writer->add(name, bytes, count); !added && failed.empty())
      failed = added.error().message;
  };
  auto program = toyProgram(options);
  auto code = toyCode();
  auto entries = toyEntries();
  add({SectionKind::Program, file::Target::None, "cpu"}, program.data(), program.size());
  add({SectionKind::Code, processorTarget(), "toy", options.features}, code.data(), code.size());
  add({SectionKind::Entries, processorTarget(), "toy"}, entries.data(), entries.size() * sizeof entries[0]);
  int32_t weights[32] = {};
  weights[16] = options.bias;
  add({SectionKind::Weights, file::Target::None, "cpu"}, weights, sizeof weights);
  if (options.tokenizer) {
    std::string bytes = toyTokenizer().serialize();
    add({SectionKind::Tokenizer}, bytes.data(), bytes.size());
  }
  if (options.chatTemplate)
    add({SectionKind::ChatTemplate}, "{{ text }}", 10);
  add({SectionKind::Provenance}, "{\"made\": \"by hand\"}", 19);
  if (!failed.empty())
    return failed;
  auto finished = writer->finish();
  return finished ? "" : finished.error().message;
}

ToyFile::ToyFile() {
  TemporaryFolder folder;
  std::string failed = writeToyModel(folder / "toy.vspec"), bytes = failed.empty() ? folder.read("toy.vspec") : failed;
  count = bytes.size();
  lines.resize((count + 63) / 64);
  std::memcpy(lines.data(), bytes.data(), count);
}

file::Section &ToyFile::section(SectionKind kind) {
  for (uint32_t i = 0; i < 16; ++i)
    if (sections()[i].kind == kind)
      return sections()[i];
  return sections()[0];
}

void ToyFile::sealTable() {
  Digest digest = sha256(sections(), header().sections * sizeof(file::Section));
  std::memcpy(header().tableHash, digest.data(), digest.size());
}

void ToyFile::seal() {
  auto hash = [&](file::Section &section) {
    Digest digest = sha256(data() + section.offset, section.bytes);
    std::memcpy(section.hash, digest.data(), digest.size());
  };
  for (uint32_t i = 0; i < header().sections; ++i)
    hash(sections()[i]);
  Digest fingerprint = modelFingerprint(sections(), header().sections);
  std::memcpy(manifest().fingerprint, fingerprint.data(), fingerprint.size());
  hash(section(SectionKind::Manifest));
  sealTable();
}
