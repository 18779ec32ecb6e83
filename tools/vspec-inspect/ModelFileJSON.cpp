#include "ModelFileJSON.h"
#include "ModelFileView/ProvenanceJSON.h"
#include "ModelFileView/Wording.h"
#include "vspec/Support/Sha256.h"
#include <algorithm>

namespace vspec {

using JSON = nlohmann::ordered_json;

namespace {

std::string hex(const uint8_t (&bytes)[32]) {
  Digest digest;
  std::copy(std::begin(bytes), std::end(bytes), digest.begin());
  return toHex(digest);
}

JSON sectionsJSON(const ModelFileView &file) {
  JSON list = JSON::array();
  for (const file::Section &section : file.sections())
    list.push_back({{"kind", kindName(section.kind)},
                    {"name", std::string(sectionName(section))},
                    {"target", targetName(section.target)},
                    {"features", featureWords(section.features)},
                    {"offset", section.offset},
                    {"bytes", section.bytes},
                    {"sha256", hex(section.hash)}});
  return list;
}

JSON manifestJSON(const file::Manifest &manifest) {
  const auto familyEnd = std::find(std::begin(manifest.family), std::end(manifest.family), 0);
  return {{"family", std::string(manifest.family, familyEnd - manifest.family)},
          {"layers", manifest.layers},
          {"hidden", manifest.hidden},
          {"vocabulary", manifest.vocabulary},
          {"context_ceiling", manifest.contextCeiling},
          {"trained_context", manifest.trainedContext},
          {"slots", manifest.slots},
          {"bos", manifest.bosToken},
          {"add_bos", manifest.addBos != 0},
          {"end_tokens", std::vector<int32_t>(manifest.endToken, manifest.endToken + manifest.endTokens)},
          {"fingerprint", hex(manifest.fingerprint)}};
}

JSON gridJSON(const file::Grid &grid) {
  return {{"text", gridText(grid)}, {"factor", grid.factor},     {"constant", grid.constant}, {"rows", grid.rows},
          {"slots", grid.slots},    {"position", grid.position}, {"selected", grid.selected}, {"divisor", grid.divisor},   {"maximum", grid.maximum}};
}

JSON launchJSON(const ProgramView &program, const file::Launch &launch) {
  JSON operands = JSON::array();
  for (uint32_t i = 0; i < launch.operands; ++i) {
    const file::Operand &operand = program.operands[launch.firstOperand + i];
    JSON item = {{"kind", operandKindName(operand.kind)}};
    if (operand.kind == file::OperandKind::State)
      item["index"] = operand.index;
    if (file::liesInArena(operand.kind) || operand.kind == file::OperandKind::Weight)
      item.update(JSON{{"offset", operand.offset}, {"bytes", operand.bytes}});
    operands.push_back(item);
  }
  return {{"kernel", word(program.name(program.kernels[launch.kernel].name))},
          {"name", word(program.name(launch.name))},
          {"grid", gridJSON(launch.grid)},
          {"operands", operands}};
}

JSON variantJSON(const ProgramView &program, uint32_t index) {
  const file::Variant &variant = program.variants[index];
  JSON launches = JSON::array(), slices = JSON::array();
  for (uint32_t i = 0; i < variant.launches; ++i)
    launches.push_back(launchJSON(program, program.launches[variant.firstLaunch + i]));
  for (const ArenaPictureSlice &slice : program.slicesOf(index))
    slices.push_back({{"name", word(slice.name)},
                      {"first_launch", slice.firstLaunch},
                      {"last_launch", slice.lastLaunch},
                      {"offset", slice.offset},
                      {"bytes", slice.bytes}});
  return {{"name", word(program.name(variant.name))},
          {"row_capacity", variant.rowCapacity},
          {"logits_capacity", variant.logitsCapacity},
          {"logits_offset", variant.logitsOffset},
          {"arena_bytes", variant.arenaBytes},
          {"launches", launches},
          {"slices", slices}};
}

JSON programJSON(const ProgramView &program, const file::Section &section, const file::Manifest &manifest) {
  JSON kernels = JSON::array(), states = JSON::array(), variants = JSON::array();
  for (const file::Kernel &kernel : program.kernels)
    kernels.push_back(
        {{"name", word(program.name(kernel.name))}, {"scratch_bytes", kernel.scratchBytes}, {"panel_bytes", kernel.panelBytes}});
  for (const file::State &state : program.states)
    states.push_back({{"name", word(program.name(state.name))},
                      {"tokens_per_tile", state.tokensPerTile},
                      {"bytes_per_tile", state.bytesPerTile},
                      {"ring_tokens", state.ringTokens}});
  for (uint32_t i = 0; i < program.variants.size(); ++i)
    variants.push_back(variantJSON(program, i));
  return {{"device_class", std::string(sectionName(section))},
          {"session_bytes", sessionBytes(program, manifest.contextCeiling)},
          {"kernels", kernels},
          {"states", states},
          {"variants", variants}};
}

} // namespace

Result<std::string> modelFileJSON(const ModelFileView &file) {
  JSON programs = JSON::array();
  for (const file::Section &section : file.sections())
    if (section.kind == file::SectionKind::Program) {
      auto program = file.program(section);
      if (!program)
        return program.error();
      programs.push_back(programJSON(*program, section, file.manifest()));
    }
  auto provenance = provenanceJSON(file);
  if (!provenance)
    return provenance.error();
  const JSON all = {{"file", file.path()},
                    {"bytes", file.bytes()},
                    {"version", file::version},
                    {"sections", sectionsJSON(file)},
                    {"manifest", manifestJSON(file.manifest())},
                    {"programs", programs},
                    {"provenance", *provenance}};
  // Names that are not UTF-8 become U+FFFD.
  return all.dump(2, ' ', false, JSON::error_handler_t::replace) + "\n";
}

} // namespace vspec
