#include "ModelFileView/Wording.h"
#include "vspec/Support/Quote.h"
#include <algorithm>
#include <utility>

namespace vspec {

using namespace file;

std::string kindName(SectionKind kind) {
  switch (kind) {
  case SectionKind::Manifest:
    return "manifest";
  case SectionKind::Program:
    return "program";
  case SectionKind::Code:
    return "code";
  case SectionKind::Entries:
    return "entries";
  case SectionKind::Weights:
    return "weights";
  case SectionKind::Tokenizer:
    return "tokenizer";
  case SectionKind::ChatTemplate:
    return "chat template";
  case SectionKind::Provenance:
    return "provenance";
  }
  return "unknown " + std::to_string(uint32_t(kind));
}

std::string targetName(Target target) {
  switch (target) {
  case Target::None:
    return "";
  case Target::X86_64:
    return "x86_64";
  case Target::AArch64:
    return "aarch64";
  case Target::CUDA:
    return "cuda";
  }
  return "unknown " + std::to_string(uint32_t(target));
}

std::string featureWords(uint64_t features) {
  constexpr std::pair<uint64_t, const char *> known[] = {
      {X86V3, "v3"},  {X86V4, "v4"},        {AVX512VNNI, "avx512vnni"}, {AVX512VBMI, "avx512vbmi"},
      {GFNI, "gfni"}, {AVXVNNI, "avxvnni"}, {DotProd, "dotprod"},       {I8MM, "i8mm"}};
  std::string text;
  for (const auto &[bit, name] : known)
    if (features & bit) {
      text += (text.empty() ? "" : " ") + std::string(name);
      features &= ~bit;
    }
  if (features != 0)
    text += (text.empty() ? "" : " ") + ("unknown " + std::to_string(features));
  return text;
}

std::string sectionWords(const Section &section) {
  const std::string title = kindName(section.kind);
  return section.name[0] ? title + " " + quote(sectionName(section)) : title;
}

std::string word(std::string_view name) {
  const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; });
  return plain && name.size() <= 100 ? std::string(name) : quote(name);
}

std::string gridText(const Grid &grid) {
  std::string sum = grid.constant != 0 ? std::to_string(grid.constant) : "";
  const std::pair<int32_t, const char *> terms[] = {
      {grid.rows, "rows"}, {grid.slots, "slots"}, {grid.position, "position"}, {grid.selected, "selected"}};
  int count = grid.constant != 0;
  for (const auto &[factor, variable] : terms)
    if (factor != 0) {
      sum += (sum.empty() ? "" : " + ") + (factor == 1 ? "" : std::to_string(factor) + " * ") + variable;
      ++count;
    }
  if (count == 0)
    return "0";
  if (count > 1)
    sum = "(" + sum + ")";
  if (grid.divisor != 1)
    sum = "ceil(" + sum + " / " + std::to_string(grid.divisor) + ")";
  if (grid.maximum != 0)
    sum = "min(" + sum + ", " + std::to_string(grid.maximum) + ")";
  return grid.factor == 1 ? sum : std::to_string(grid.factor) + " * " + sum;
}

std::string operandKindName(OperandKind kind) {
  switch (kind) {
  case OperandKind::Arena:
    return "arena";
  case OperandKind::Weight:
    return "weight";
  case OperandKind::State:
    return "state";
  case OperandKind::Rows:
    return "rows";
  case OperandKind::Select:
    return "select";
  case OperandKind::Routes:
    return "routes";
  }
  return "unknown " + std::to_string(uint32_t(kind));
}

std::string operandText(const Operand &operand) {
  const std::string kind = operandKindName(operand.kind);
  if (liesInArena(operand.kind) || operand.kind == OperandKind::Weight)
    return kind + "[" + std::to_string(operand.offset) + ", " + std::to_string(operand.offset + operand.bytes) + ")";
  return operand.kind == OperandKind::State ? kind + " " + std::to_string(operand.index) : kind;
}

} // namespace vspec
