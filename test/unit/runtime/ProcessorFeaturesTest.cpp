#include "runtime/ProcessorFeatures.h"
#include "vspec/Target/CodeTarget.h"
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

using namespace vspec;

TEST(ProcessorFeatures, HaveNames) {
  EXPECT_EQ(featureNames(0), "");
  EXPECT_EQ(featureNames(file::X86V3), "x86-64-v3");
  EXPECT_EQ(featureNames(file::X86V3 | file::X86V4 | file::AVX512VNNI | file::AVX512VBMI | file::GFNI),
            "x86-64-v3, x86-64-v4, avx512vnni, avx512vbmi, gfni");
  EXPECT_EQ(featureNames(file::X86V3 | file::AVXVNNI), "x86-64-v3, avxvnni");
  EXPECT_EQ(featureNames(file::DotProd | file::I8MM), "dotprod, i8mm");
  EXPECT_EQ(featureNames(file::GFNI | 1ull << 20), "gfni, unknown features 0x100000");
}

TEST(ProcessorFeatures, AreThoseThatTheKernelLists) {
#if defined(__x86_64__)
  std::ifstream file("/proc/cpuinfo");
  std::string line, flags;
  while (std::getline(file, line) && flags.empty())
    if (line.rfind("flags", 0) == 0)
      flags = line.substr(line.find(':') + 1) + " ";
  if (flags.empty())
    GTEST_SKIP() << "no /proc/cpuinfo";
  auto all = [&](const char *names) {
    std::istringstream words(names);
    for (std::string word; words >> word;)
      if (flags.find(" " + word + " ") == std::string::npos)
        return false;
    return true;
  };
  bool v3 = all("pni ssse3 cx16 sse4_1 sse4_2 popcnt lahf_lm fma movbe avx f16c bmi1 avx2 bmi2 abm");
  bool v4 = v3 && all("avx512f avx512dq avx512cd avx512bw avx512vl");
  uint64_t expected = 0;
  auto add = [&](bool there, uint64_t bit) { expected |= there ? bit : 0; };
  add(v3, file::X86V3);
  add(v4, file::X86V4);
  add(v4 && all("avx512_vnni"), file::AVX512VNNI);
  add(v4 && all("avx512vbmi"), file::AVX512VBMI);
  add(v3 && all("gfni"), file::GFNI);
  add(v3 && all("avx_vnni"), file::AVXVNNI);
  EXPECT_EQ(processorFeatures(), expected);
#elif defined(__aarch64__)
  std::ifstream file("/proc/cpuinfo");
  std::string word;
  uint64_t expected = 0;
  while (file >> word)
    expected |= word == "asimddp" ? file::DotProd : word == "i8mm" ? file::I8MM : 0;
  EXPECT_EQ(processorFeatures(), expected);
#else
  EXPECT_EQ(processorFeatures(), 0u);
#endif
}

namespace {
constexpr uint64_t avx512 = file::X86V3 | file::X86V4 | file::AVX512VNNI | file::AVX512VBMI | file::GFNI;
// Processors as CPUID describes them: only the bits that are asked for.
constexpr uint32_t v3c1 = 1 | 1 << 9 | 1 << 12 | 1 << 13 | 1 << 19 | 1 << 20 | 1 << 22 | 1 << 23 | 1 << 27 | 1 << 28 | 1 << 29;
constexpr uint32_t v3b7 = 1 << 3 | 1 << 5 | 1 << 8, v4b7 = v3b7 | 1 << 16 | 1 << 17 | 1 << 28 | 1 << 30 | 1u << 31;
constexpr uint32_t gfni = 1 << 8, vnni512 = 1 << 11, vbmi = 1 << 1, avxVnni = 1 << 4, lahfAndLzcnt = 1 | 1 << 5;
constexpr X86Words haswell{v3c1, v3b7, 0, 0, lahfAndLzcnt, 0x07};
constexpr X86Words alderLake{v3c1, v3b7, gfni, avxVnni, lahfAndLzcnt, 0x207};
constexpr X86Words zen4{v3c1, v4b7, gfni | vnni512 | vbmi, 0, lahfAndLzcnt, 0xe7};
constexpr X86Words zen5{v3c1, v4b7, gfni | vnni512 | vbmi, avxVnni, lahfAndLzcnt, 0xe7};
} // namespace

TEST(ProcessorFeatures, FollowTheWordsOfX86) {
  EXPECT_EQ(featuresOf(haswell), file::X86V3);
  EXPECT_EQ(featuresOf(alderLake), file::X86V3 | file::GFNI | file::AVXVNNI);
  EXPECT_EQ(featuresOf(zen4), avx512);
  EXPECT_EQ(featuresOf(zen5), avx512 | file::AVXVNNI);
}

TEST(ProcessorFeatures, NeedRegistersThatTheSystemSaves) {
  X86Words words = zen5;
  words.savedState = 0x07; // no mask registers, no upper halves
  EXPECT_EQ(featuresOf(words), file::X86V3 | file::GFNI | file::AVXVNNI);
  words.savedState = 0x03;
  EXPECT_EQ(featuresOf(words), 0u);
  words = alderLake;
  words.c1 &= ~(1u << 12); // FMA: the chain of every sum
  EXPECT_EQ(featuresOf(words), 0u);
}

TEST(ProcessorFeatures, FollowTheWordsOfArm) {
  constexpr uint64_t asimdDP = 1 << 20, i8mm = 1 << 13;
  EXPECT_EQ(featuresOf(ArmWords{0xff, 0}), 0u);
  EXPECT_EQ(featuresOf(ArmWords{asimdDP, 0}), file::DotProd);
  EXPECT_EQ(featuresOf(ArmWords{asimdDP, i8mm}), file::DotProd | file::I8MM);
  EXPECT_EQ(featuresOf(ArmWords{i8mm, asimdDP}), 0u); // each bit in its own word
}

// What Model::open takes: the first row of the table whose features are all there.
TEST(ProcessorFeatures, ChooseTheBestTarget) {
  auto best = [](file::Target machine, uint64_t features) -> std::string {
    for (const CodeTarget &target : codeTargets())
      if (target.machine == machine && !(target.features & ~features))
        return std::string(target.name);
    return "";
  };
  EXPECT_EQ(best(file::Target::X86_64, featuresOf(haswell)), "v3");
  EXPECT_EQ(best(file::Target::X86_64, featuresOf(alderLake)), "avxvnni");
  EXPECT_EQ(best(file::Target::X86_64, featuresOf(zen4)), "avx512");
  EXPECT_EQ(best(file::Target::X86_64, featuresOf(zen5)), "avx512");
  EXPECT_EQ(best(file::Target::X86_64, 0), "");
  EXPECT_EQ(best(file::Target::AArch64, file::DotProd), "dotprod");
  EXPECT_EQ(best(file::Target::AArch64, file::DotProd | file::I8MM), "i8mm");
  EXPECT_EQ(best(file::Target::AArch64, 0), "");
}

TEST(ProcessorFeatures, ThereIsAProcessor) { EXPECT_GE(availableProcessors(), 1u); }
