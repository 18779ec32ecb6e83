#include "ModelFileText.h"
#include "ArenaSketch.h"
#include "CommandLine/Console.h"
#include "CommandLine/InputFiles.h"
#include "ModelFileView/ProvenanceJSON.h"
#include "ModelFileView/Wording.h"
#include "vspec/Support/Sha256.h"
#include <algorithm>
#include <cstdio>

namespace vspec {
namespace {

std::string number(uint64_t value) { return std::to_string(value); }
std::string padded(std::string text, size_t width) { return text.append(width > text.size() ? width - text.size() : 0, ' '); }

std::string hex(const uint8_t (&bytes)[32]) {
  Digest digest;
  std::copy(std::begin(bytes), std::end(bytes), digest.begin());
  return toHex(digest);
}

std::string sectionsText(const ModelFileView &file) {
  std::string text = "sections\n";
  for (const file::Section &section : file.sections()) {
    const std::string name = section.name[0] ? word(sectionName(section)) : "";
    text += "  " + padded(kindName(section.kind), 14) + padded(name, 9) + padded(targetName(section.target), 8) +
            padded(readableBytes(section.bytes), 11) + "at " + padded(number(section.offset), 12) + "sha256 " + hex(section.hash);
    text += section.features != 0 ? "  needs " + featureWords(section.features) + "\n" : "\n";
  }
  return text + "\n";
}

std::string manifestText(const file::Manifest &manifest) {
  std::string text = "manifest\n";
  const std::string_view family(manifest.family, std::find(std::begin(manifest.family), std::end(manifest.family), 0) - manifest.family);
  text += "  family           " + word(family) + ", " + number(manifest.layers) + " layers, hidden size " + number(manifest.hidden) + "\n";
  text += "  vocabulary       " + number(manifest.vocabulary) + "\n";
  text += "  context          at most " + number(manifest.contextCeiling) + " tokens" +
          (manifest.trainedContext != 0 ? ", trained with " + number(manifest.trainedContext) : "") + "\n";
  text += "  sessions a step  at most " + number(manifest.slots) + "\n";
  text += "  bos              " + (manifest.bosToken < 0 ? "none" : std::to_string(manifest.bosToken)) +
          (manifest.addBos != 0 ? ", before each prompt" : "") + "\n";
  text += "  end tokens      ";
  for (uint32_t i = 0; i < manifest.endTokens; ++i)
    text += " " + std::to_string(manifest.endToken[i]);
  return text + (manifest.endTokens == 0 ? " none" : "") + "\n  fingerprint      " + hex(manifest.fingerprint) + "\n\n";
}

std::string memoryText(const ProgramView &program, const file::Manifest &manifest) {
  uint64_t arena = 0, scratch = 0, panel = 0;
  for (const file::Variant &variant : program.variants)
    arena = std::max(arena, variant.arenaBytes);
  for (const file::Kernel &kernel : program.kernels)
    scratch = std::max(scratch, kernel.scratchBytes + kernel.panelBytes), panel = std::max(panel, kernel.panelBytes);
  std::string text = "  memory: arena " + readableBytes(arena) + ", scratch of a worker " + readableBytes(scratch) + ", shared rows " +
                     readableBytes(panel) + ", state of a session " + readableBytes(sessionBytes(program, manifest.contextCeiling)) +
                     " for " + number(manifest.contextCeiling) + " tokens\n";
  for (size_t i = 0; i < program.states.size(); ++i) {
    const file::State &state = program.states[i];
    text += "  state " + number(i) + ": " + word(program.name(state.name)) + ", " + number(state.bytesPerTile) + " bytes for " +
            (state.tokensPerTile == 0 ? "all tokens" : number(state.tokensPerTile) + " tokens") +
            (state.ringTokens != 0 ? ", a ring of " + number(state.ringTokens) + " tokens" : "") + "\n";
  }
  return text;
}

std::string launchText(const ProgramView &program, const file::Launch &launch, size_t index) {
  std::string text = "    " + padded(number(index), 4) + padded(word(program.name(program.kernels[launch.kernel].name)), 30) + " " +
                     padded(word(program.name(launch.name)), 26) + " tiles " + gridText(launch.grid) + "\n         ";
  for (uint32_t i = 0; i < launch.operands; ++i)
    text += (i == 0 ? " " : ", ") + operandText(program.operands[launch.firstOperand + i]);
  return text + "\n";
}

std::string variantText(const ProgramView &program, uint32_t index) {
  const file::Variant &variant = program.variants[index];
  const std::vector<ArenaPictureSlice> slices = program.slicesOf(index);
  std::string text = "\n  variant " + word(program.name(variant.name)) + ": at most " + number(variant.rowCapacity) + " rows, " +
                     number(variant.launches) + " launches, arena " + number(variant.arenaBytes) + " bytes, logits of " +
                     number(variant.logitsCapacity) + " rows at " + number(variant.logitsOffset) + "\n";
  text += "    the arena over time, " + number(slices.size()) + " slices, launches from left to right\n";
  text += arenaSketch(slices, variant.arenaBytes, variant.launches);
  for (uint32_t i = 0; i < variant.launches; ++i)
    text += launchText(program, program.launches[variant.firstLaunch + i], i);
  return text;
}

} // namespace

Result<std::string> modelFileText(const ModelFileView &file) {
  std::string text = quotedPath(file.path()) + ": model file, version " + number(file::version) + ", " + readableBytes(file.bytes()) +
                     "\n\n" + sectionsText(file) + manifestText(file.manifest());
  for (const file::Section &section : file.sections()) {
    if (section.kind != file::SectionKind::Program)
      continue;
    auto program = file.program(section);
    if (!program)
      return program.error();
    text += sectionWords(section) + "\n" + memoryText(*program, file.manifest());
    for (uint32_t i = 0; i < program->variants.size(); ++i)
      text += variantText(*program, i);
    text += "\n";
  }
  auto provenance = provenanceJSON(file);
  if (!provenance)
    return provenance.error();
  return text + "provenance\n" + provenance->dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

} // namespace vspec
