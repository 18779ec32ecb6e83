// The tables of instruction sets and chips.
#include "vspec/Target/CodeTarget.h"
#include <gtest/gtest.h>
#include <set>

using namespace vspec;

TEST(CodeTarget, FindsByName) {
  for (const CodeTarget &target : codeTargets()) {
    Result<const CodeTarget *> found = findCodeTarget(target.name);
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, &target);
  }
}

TEST(CodeTarget, RefusesOtherNames) {
  Result<const CodeTarget *> found = findCodeTarget("avx");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().message, "there is no code target 'avx', only avx512, avxvnni, v3, i8mm, dotprod");
}

TEST(CodeTarget, ChoosesSeveral) {
  auto names = [](std::string_view name) {
    std::string all;
    Result<std::vector<const CodeTarget *>> chosen = chooseCodeTargets(name);
    if (!chosen)
      return chosen.error().message;
    for (const CodeTarget *target : *chosen)
      all += (all.empty() ? "" : " ") + std::string(target->name);
    return all;
  };
  EXPECT_EQ(names("x86_64"), "avx512 avxvnni v3");
  EXPECT_EQ(names("aarch64"), "i8mm dotprod");
  EXPECT_EQ(names("all"), "avx512 avxvnni v3 i8mm dotprod");
  EXPECT_EQ(names("dotprod"), "dotprod");
  EXPECT_EQ(names("neon"), "there is no code target 'neon', only avx512, avxvnni, v3, i8mm, dotprod, and together x86_64, aarch64, all");
}

TEST(CodeTarget, FindsChips) {
  Result<const CodeTarget *> found = findCudaTarget("sm_80");
  ASSERT_TRUE(found);
  EXPECT_EQ((*found)->machine, file::Target::CUDA);
  EXPECT_EQ((*found)->cpu, "sm_80");
  EXPECT_EQ((*found)->llvmFeatures, "+ptx70");
  found = findCudaTarget("sm_90a");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().message, "there is no CUDA chip 'sm_90a', only sm_75, sm_80, sm_86, sm_87, sm_89, sm_90");
}

TEST(CodeTarget, NamesDifferAndFitInASection) {
  std::set<std::string_view> names;
  for (const std::vector<CodeTarget> *targets : {&codeTargets(), &cudaTargets()})
    for (const CodeTarget &target : *targets) {
      EXPECT_TRUE(names.insert(target.name).second) << target.name;
      EXPECT_LT(target.name.size(), sizeof(file::Section::name)) << target.name;
    }
}

// The runtime takes the first that the processor can run: a later one with more features would never be chosen.
TEST(CodeTarget, BestComesFirst) {
  const std::vector<CodeTarget> &targets = codeTargets();
  for (size_t i = 0; i < targets.size(); ++i)
    for (size_t later = i + 1; later < targets.size(); ++later)
      if (targets[i].machine == targets[later].machine)
        EXPECT_NE(targets[i].features & targets[later].features, targets[i].features) << targets[later].name << " is never chosen";
}

TEST(CodeTarget, HasTheInstructionsOfItsConversion) {
  for (const std::vector<CodeTarget> *targets : {&codeTargets(), &cudaTargets()})
    for (const CodeTarget &target : *targets) {
      Result<void> checked = checkConversion(target);
      EXPECT_TRUE(checked) << checked.error().message;
    }
}

TEST(CodeTarget, RefusesAConversionThatItCannotRun) {
  auto message = [](std::string_view name, std::string_view vkern, uint64_t without = 0, unsigned registerBytes = 0) {
    CodeTarget target = **findCodeTarget(name);
    target.vkern = vkern;
    target.features &= ~without;
    target.registerBytes = registerBytes ? registerBytes : target.registerBytes;
    Result<void> checked = checkConversion(target);
    return checked ? "" : checked.error().message;
  };
  EXPECT_EQ(message("v3", "avxvnni"), "code target 'v3' converts vkern for 'avxvnni', which needs features 32 more than the target's 1");
  EXPECT_EQ(message("avx512", "avx512", file::AVX512VNNI),
            "code target 'avx512' converts vkern for 'avx512', which needs features 4 more than the target's 27");
  EXPECT_EQ(message("dotprod", "neon-i8mm"),
            "code target 'dotprod' converts vkern for 'neon-i8mm', which needs features 128 more than the target's 64");
  EXPECT_EQ(message("i8mm", "avx2"), "code target 'i8mm' converts vkern for 'avx2', which is of another machine");
  EXPECT_EQ(message("v3", "avx2", 0, 64),
            "code target 'v3' converts vkern for 'avx2', which has registers of 32 bytes, but the target's have 64");
  EXPECT_EQ(message("v3", "sse"), "code target 'v3' converts vkern for 'sse', which does not exist");
  EXPECT_EQ(message("v3", "generic"), "");
}
