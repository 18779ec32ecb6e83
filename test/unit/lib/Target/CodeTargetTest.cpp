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
  EXPECT_EQ(found.error().message, "there is no code target 'avx', only avx512, v3");
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
