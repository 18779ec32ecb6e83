// The table of instruction sets.
#include "vspec/Target/CodeTarget.h"

using namespace vspec;

const std::vector<CodeTarget> &vspec::codeTargets() {
  using namespace file;
  // avx512 could unpack with GFNI, but shifted words are as fast or faster for 2, 3 and 4 bits.
  static const std::vector<CodeTarget> targets = {
      {"avx512", Target::X86_64, X86V3 | X86V4 | AVX512VNNI | AVX512VBMI | GFNI, "x86_64-none-elf", "x86-64-v4",
       "+avx512vnni,+avx512vbmi,+gfni", "avx512", 64, 32},
      {"v3", Target::X86_64, X86V3, "x86_64-none-elf", "x86-64-v3", "", "avx2", 32, 16},
  };
  return targets;
}

Result<const CodeTarget *> vspec::findCodeTarget(std::string_view name) {
  std::string names;
  for (const CodeTarget &target : codeTargets()) {
    if (target.name == name)
      return &target;
    names += (names.empty() ? "" : ", ") + std::string(target.name);
  }
  return Error{"there is no code target '" + std::string(name) + "', only " + names};
}
