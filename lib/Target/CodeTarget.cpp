// The tables of instruction sets and chips.
#include "vspec/Target/CodeTarget.h"

using namespace vspec;
using file::Target;

const std::vector<CodeTarget> &vspec::codeTargets() {
  using namespace file;
  static const std::vector<CodeTarget> targets = {
      {"avx512", Target::X86_64, X86V3 | X86V4 | AVX512VNNI | AVX512VBMI | GFNI, "x86_64-none-elf", "x86-64-v4",
       "+avx512vnni,+avx512vbmi,+gfni", "avx512", 64, 32},
      // The same products as avx512 in half the width, in the encoding of processors without AVX-512.
      {"avxvnni", Target::X86_64, X86V3 | AVXVNNI, "x86_64-none-elf", "x86-64-v3", "+avxvnni", "avxvnni", 32, 16},
      {"v3", Target::X86_64, X86V3, "x86_64-none-elf", "x86-64-v3", "", "avx2", 32, 16},
      // Of Armv8.2 and later only what their bits promise. x18 belongs to some operating systems.
      {"i8mm", Target::AArch64, DotProd | I8MM, "aarch64-none-elf", "generic", "+dotprod,+i8mm,+reserve-x18", "neon-i8mm", 16, 32},
      {"dotprod", Target::AArch64, DotProd, "aarch64-none-elf", "generic", "+dotprod,+reserve-x18", "neon", 16, 32},
  };
  return targets;
}

Result<void> vspec::checkConversion(const CodeTarget &target) {
  using namespace file;
  static const struct {
    std::string_view vkern;
    Target machine;
    unsigned registerBytes;
    uint64_t features;
  } conversions[] = {{"avx2", Target::X86_64, 32, X86V3},
                     {"avxvnni", Target::X86_64, 32, X86V3 | AVXVNNI},
                     {"avx512", Target::X86_64, 64, X86V4 | AVX512VNNI | GFNI},
                     {"neon", Target::AArch64, 16, DotProd},
                     {"neon-i8mm", Target::AArch64, 16, DotProd | I8MM},
                     {"nvptx", Target::CUDA, 16, 0}};
  std::string what = "code target '" + std::string(target.name) + "' converts vkern for '" + std::string(target.vkern) + "', ";
  if (target.vkern == "generic") // plain arithmetic
    return {};
  for (const auto &known : conversions) {
    if (known.vkern != target.vkern)
      continue;
    if (known.machine != target.machine)
      return Error{what + "which is of another machine"};
    if (known.registerBytes != target.registerBytes)
      return Error{what + "which has registers of " + std::to_string(known.registerBytes) + " bytes, but the target's have " +
                   std::to_string(target.registerBytes)};
    if (uint64_t missing = known.features & ~target.features)
      return Error{what + "which needs features " + std::to_string(missing) + " more than the target's " + std::to_string(target.features)};
    return {};
  }
  return Error{what + "which does not exist"};
}

// Each chip with the lowest PTX version that knows it, so that the oldest driver will do. LLVM ends the process where a chip and
// a version do not fit: both come from here, never from a user. NVPTX takes vectors apart: narrow ones keep the text short.
static CodeTarget chip(std::string_view name, std::string_view ptx) {
  return {name, Target::CUDA, 0, "nvptx64-nvidia-cuda", name, ptx, "nvptx", 16, 16};
}

const std::vector<CodeTarget> &vspec::cudaTargets() {
  static const std::vector<CodeTarget> targets = {chip("sm_75", "+ptx63"), chip("sm_80", "+ptx70"), chip("sm_86", "+ptx71"),
                                                  chip("sm_87", "+ptx74"), chip("sm_89", "+ptx78"), chip("sm_90", "+ptx78")};
  return targets;
}

static Result<const CodeTarget *> find(const std::vector<CodeTarget> &targets, const std::string &what, std::string_view name) {
  std::string names;
  for (const CodeTarget &target : targets) {
    if (target.name == name)
      return &target;
    names += (names.empty() ? "" : ", ") + std::string(target.name);
  }
  return Error{"there is no " + what + " '" + std::string(name) + "', only " + names};
}

Result<const CodeTarget *> vspec::findCodeTarget(std::string_view name) { return find(codeTargets(), "code target", name); }

Result<std::vector<const CodeTarget *>> vspec::chooseCodeTargets(std::string_view name) {
  std::vector<const CodeTarget *> chosen;
  for (const CodeTarget &target : codeTargets()) {
    std::string_view machine = target.machine == Target::X86_64 ? "x86_64" : "aarch64";
    if (name == "all" || name == machine || name == target.name)
      chosen.push_back(&target);
  }
  if (chosen.empty())
    return Error{findCodeTarget(name).error().message + ", and together x86_64, aarch64, all"};
  return chosen;
}

Result<const CodeTarget *> vspec::findCudaTarget(std::string_view name) { return find(cudaTargets(), "CUDA chip", name); }
