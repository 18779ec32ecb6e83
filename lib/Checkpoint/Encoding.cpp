// The table of encodings. Block sizes of ggml types are those of ggml-common.h.
#include "vspec/Checkpoint/Encoding.h"
#include <cassert>
#include <deque>

using namespace vspec;

namespace {
struct Row {
  Encoding encoding;
  const char *name;
  unsigned blockElements, blockBytes;
  int ggml;                // enum ggml_type; -1: not a type of ggml
  const char *safetensors; // "": not a dtype of safetensors
};
} // namespace

// In the order of the enumeration.
static constexpr Row table[] = {
    {Encoding::F64, "f64", 1, 8, 28, "F64"},
    {Encoding::F32, "f32", 1, 4, 0, "F32"},
    {Encoding::F16, "f16", 1, 2, 1, "F16"},
    {Encoding::BF16, "bf16", 1, 2, 30, "BF16"},
    {Encoding::I64, "i64", 1, 8, 27, "I64"},
    {Encoding::I32, "i32", 1, 4, 26, "I32"},
    {Encoding::I16, "i16", 1, 2, 25, "I16"},
    {Encoding::I8, "i8", 1, 1, 24, "I8"},
    {Encoding::Q4_0, "q4_0", 32, 18, 2, ""},
    {Encoding::Q4_1, "q4_1", 32, 20, 3, ""},
    {Encoding::Q5_0, "q5_0", 32, 22, 6, ""},
    {Encoding::Q5_1, "q5_1", 32, 24, 7, ""},
    {Encoding::Q8_0, "q8_0", 32, 34, 8, ""},
    {Encoding::Q8_1, "q8_1", 32, 36, 9, ""},
    {Encoding::Q2_K, "q2_K", 256, 84, 10, ""},
    {Encoding::Q3_K, "q3_K", 256, 110, 11, ""},
    {Encoding::Q4_K, "q4_K", 256, 144, 12, ""},
    {Encoding::Q5_K, "q5_K", 256, 176, 13, ""},
    {Encoding::Q6_K, "q6_K", 256, 210, 14, ""},
    {Encoding::Q8_K, "q8_K", 256, 292, 15, ""},
    {Encoding::IQ2_XXS, "iq2_xxs", 256, 66, 16, ""},
    {Encoding::IQ2_XS, "iq2_xs", 256, 74, 17, ""},
    {Encoding::IQ3_XXS, "iq3_xxs", 256, 98, 18, ""},
    {Encoding::IQ1_S, "iq1_s", 256, 50, 19, ""},
    {Encoding::IQ4_NL, "iq4_nl", 32, 18, 20, ""},
    {Encoding::IQ3_S, "iq3_s", 256, 110, 21, ""},
    {Encoding::IQ2_S, "iq2_s", 256, 82, 22, ""},
    {Encoding::IQ4_XS, "iq4_xs", 256, 136, 23, ""},
    {Encoding::IQ1_M, "iq1_m", 256, 56, 29, ""},
    {Encoding::TQ1_0, "tq1_0", 256, 54, 34, ""},
    {Encoding::TQ2_0, "tq2_0", 256, 66, 35, ""},
    {Encoding::MXFP4, "mxfp4", 32, 17, 39, ""},
    {Encoding::NVFP4, "nvfp4", 64, 36, 40, ""},
    {Encoding::Q1_0, "q1_0", 128, 18, 41, ""},
    {Encoding::Q2_0, "q2_0", 64, 18, 42, ""},
    {Encoding::C64, "c64", 1, 8, -1, "C64"},
    {Encoding::U64, "u64", 1, 8, -1, "U64"},
    {Encoding::U32, "u32", 1, 4, -1, "U32"},
    {Encoding::U16, "u16", 1, 2, -1, "U16"},
    {Encoding::U8, "u8", 1, 1, -1, "U8"},
    {Encoding::Bool, "bool", 1, 1, -1, "BOOL"},
    {Encoding::F8_E5M2, "f8_e5m2", 1, 1, -1, "F8_E5M2"},
    {Encoding::F8_E4M3, "f8_e4m3", 1, 1, -1, "F8_E4M3"},
    {Encoding::F8_E8M0, "f8_e8m0", 1, 1, -1, "F8_E8M0"},
    {Encoding::F8_E4M3FNUZ, "f8_e4m3fnuz", 1, 1, -1, "F8_E4M3FNUZ"},
    {Encoding::F8_E5M2FNUZ, "f8_e5m2fnuz", 1, 1, -1, "F8_E5M2FNUZ"},
    {Encoding::F6_E2M3, "f6_e2m3", 4, 3, -1, "F6_E2M3"},
    {Encoding::F6_E3M2, "f6_e3m2", 4, 3, -1, "F6_E3M2"},
    {Encoding::F4, "f4", 2, 1, -1, "F4"},
};

/// Those of decoders that were added; a deque, since others hold on to their names.
static std::deque<std::pair<Row, std::string>> &added() {
  static std::deque<std::pair<Row, std::string>> rows;
  return rows;
}

static const Row &row(Encoding encoding) {
  if (size_t(encoding) >= std::size(table))
    return added()[size_t(encoding) - std::size(table)].first;
  const Row &found = table[size_t(encoding)];
  assert(found.encoding == encoding);
  return found;
}

const char *vspec::encodingName(Encoding encoding) { return row(encoding).name; }
unsigned vspec::blockElements(Encoding encoding) { return row(encoding).blockElements; }
unsigned vspec::blockBytes(Encoding encoding) { return row(encoding).blockBytes; }

std::optional<uint64_t> vspec::encodedBytes(Encoding encoding, const std::vector<int64_t> &shape) {
  // A zero makes the tensor empty whatever the others are, but not a product of the others that overflows: code that
  // multiplies them must stay safe.
  int64_t elements = 1, bytes = 0;
  bool empty = false;
  for (int64_t extent : shape) {
    empty |= extent == 0;
    if (extent < 0 || __builtin_mul_overflow(elements, extent == 0 ? 1 : extent, &elements))
      return std::nullopt;
  }
  if (empty)
    return 0;
  const Row &found = row(encoding);
  if (elements % found.blockElements != 0 || __builtin_mul_overflow(elements / found.blockElements, found.blockBytes, &bytes))
    return std::nullopt;
  return uint64_t(bytes);
}

std::optional<Encoding> vspec::encodingOfGgml(uint32_t type) {
  for (const Row &candidate : table)
    if (candidate.ggml >= 0 && uint32_t(candidate.ggml) == type)
      return candidate.encoding;
  for (const auto &[candidate, name] : added())
    if (uint32_t(candidate.ggml) == type)
      return candidate.encoding;
  return std::nullopt;
}

Result<void> vspec::addGgmlEncoding(uint32_t type, std::string name, unsigned blockElements, unsigned blockBytes) {
  std::optional<Encoding> known = encodingOfGgml(type);
  if (known || !removedGgmlType(type).empty())
    return Error{"type " + std::to_string(type) + " of GGUF files is " +
                 (known ? encodingName(*known) : std::string(removedGgmlType(type)) + ", which ggml has removed")};
  if (std::size(table) + added().size() > 255)
    return Error{"more than " + std::to_string(added().size()) + " decoders with types of GGUF files"};
  auto &[row, kept] = added().emplace_back(Row{}, std::move(name));
  row = {Encoding(std::size(table) + added().size() - 1), kept.c_str(), blockElements, blockBytes, int(type), ""};
  return {};
}

std::string_view vspec::removedGgmlType(uint32_t type) {
  switch (type) {
  case 4:
    return "q4_2";
  case 5:
    return "q4_3";
  case 31:
    return "q4_0_4_4";
  case 32:
    return "q4_0_4_8";
  case 33:
    return "q4_0_8_8";
  case 36:
    return "iq4_nl_4_4";
  case 37:
    return "iq4_nl_4_8";
  case 38:
    return "iq4_nl_8_8";
  default:
    return "";
  }
}

std::optional<Encoding> vspec::encodingOfSafetensors(std::string_view dtype) {
  for (const Row &candidate : table)
    if (candidate.safetensors == dtype && !dtype.empty())
      return candidate.encoding;
  return std::nullopt;
}
