// How the parts of a model file are called. The runtime words its own messages: the names here differ from its.
#ifndef VSPEC_TOOLS_MODELFILEVIEW_WORDING_H
#define VSPEC_TOOLS_MODELFILEVIEW_WORDING_H
#include "vspec/ModelFormat.h"
#include "vspec/Support/Result.h"
#include <string>
#include <string_view>

namespace vspec {

/// "manifest", "program", ...; "unknown 17".
std::string kindName(file::SectionKind kind);
/// "x86_64", "aarch64", "cuda"; empty for none.
std::string targetName(file::Target target);
/// "v3 avx512vnni"; empty for none.
std::string featureWords(uint64_t features);
/// "code 'avx512'".
std::string sectionWords(const file::Section &section);

/// A name from a file: as it is if it is one printable word, else quoted.
std::string word(std::string_view name);
inline std::string_view sectionName(const file::Section &section) { return section.name; }

/// "12", "4 * rows", "ceil((31 + 4 * position) / 32)": see file::Grid.
std::string gridText(const file::Grid &grid);
/// "arena[0, 256)", "weight[4096, 12288)", "state 2", "rows", "select".
std::string operandText(const file::Operand &operand);
/// "arena", "weight", "state", "rows", "select"; "unknown 9".
std::string operandKindName(file::OperandKind kind);

} // namespace vspec
#endif
