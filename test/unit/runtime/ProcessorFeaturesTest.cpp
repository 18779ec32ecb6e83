#include "runtime/ProcessorFeatures.h"
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

using namespace vspec;

TEST(ProcessorFeatures, HaveNames) {
  EXPECT_EQ(featureNames(0), "");
  EXPECT_EQ(featureNames(file::X86V3), "x86-64-v3");
  EXPECT_EQ(featureNames(file::X86V3 | file::X86V4 | file::AVX512VNNI | file::AVX512VBMI | file::GFNI),
            "x86-64-v3, x86-64-v4, avx512vnni, avx512vbmi, gfni");
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
  EXPECT_EQ(processorFeatures(), expected);
#else
  EXPECT_EQ(processorFeatures(), 0u);
#endif
}

TEST(ProcessorFeatures, ThereIsAProcessor) { EXPECT_GE(availableProcessors(), 1u); }
