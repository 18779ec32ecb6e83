// Images that run, and what must not change them.
#include "ImageFixture.h"
#include "RunningImage.h"
#include <array>
#include <thread>

using namespace vspec;

namespace {
const std::vector<std::string> kernelNames = {"k_table", "k_shuffle", "k_switch", "k_indirect", "k_memory", "k_frame"};

const llvm::Module &kernels() {
  static ParsedModule parsed(readText("kernels.ll"));
  return *parsed.module;
}

constexpr int64_t count = 203;
using Input = std::array<uint8_t, count + 16>;
Input someBytes() {
  Input in;
  for (size_t i = 0; i < in.size(); ++i)
    in[i] = uint8_t(i * 37 + 11);
  return in;
}

class CodeImageRuns : public testing::TestWithParam<const char *> {
protected:
  void SetUp() override {
    if (!canRun(GetParam()))
      GTEST_SKIP() << "this processor cannot run " << GetParam();
    Result<CodeImage> made = compileImage(kernels(), testTarget(GetParam()), kernelNames);
    ASSERT_TRUE(made) << made.error().message;
    image = *made;
  }
  CodeImage image;
  Input in = someBytes();
};
} // namespace

TEST_P(CodeImageRuns, ConstantTable) {
  const float nf4[16] = {-1.0f,   -0.6875f, -0.5f, -0.375f, -0.25f,  -0.1875f, -0.125f, 0.0f,
                         0.0625f, 0.125f,   0.25f, 0.3125f, 0.4375f, 0.5625f,  0.75f,   1.0f};
  float out[count];
  RunningImage{image}.kernel("k_table")(in.data(), out, count);
  for (int64_t i = 0; i < count; ++i)
    EXPECT_EQ(out[i], nf4[in[i] & 15]) << i;
}

TEST_P(CodeImageRuns, ConstantPools) {
  const int from[16] = {3, 14, 1, 0, 7, 9, 5, 12, 11, 2, 13, 8, 15, 4, 6, 10};
  const int add[16] = {1, 2, 4, 8, 16, 32, 64, 127, 3, 5, 7, 11, 13, 17, 19, 23};
  uint8_t out[192];
  RunningImage{image}.kernel("k_shuffle")(in.data(), out, 192);
  for (int i = 0; i < 192; ++i)
    EXPECT_EQ(out[i], uint8_t(in[i / 16 * 16 + from[i % 16]] + add[i % 16])) << i;
}

TEST_P(CodeImageRuns, JumpTable) {
  uint32_t out[count];
  RunningImage{image}.kernel("k_switch")(in.data(), out, count);
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t want[8] = {i + 11, i * i, i ^ 255, i << 3, 5 - i, i / 7, i % 13, i | 4096};
    EXPECT_EQ(out[i], want[in[i] & 7]) << i;
  }
}

TEST_P(CodeImageRuns, TableOfFunctions) {
  uint32_t out[count];
  RunningImage{image}.kernel("k_indirect")(in.data(), out, count);
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t want[4] = {i + 7, i * 3, i ^ 9, i << 2};
    EXPECT_EQ(out[i], want[in[i] & 3]) << i;
  }
}

// memset of 4 n bytes, memcpy of n, and memmove of n by 5 bytes up, which overlaps.
TEST_P(CodeImageRuns, SupportFunctions) {
  RunningImage running(image);
  for (int64_t n : {0, 1, 5, 31, 32, 33, 64, 100, 203}) {
    std::vector<uint8_t> out(4 * count + 8, 7), want = out;
    running.kernel("k_memory")(in.data(), out.data(), n);
    memset(want.data(), -91, size_t(4 * n));
    memcpy(want.data(), in.data(), size_t(n));
    memmove(want.data() + 5, want.data(), size_t(n));
    EXPECT_EQ(out, want) << n << " bytes";
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, CodeImageRuns, testing::Values("v2", "v3", "avxvnni", "avx512"));

TEST(CodeImage, IsTheSameForAnyNumberOfThreads) {
  Result<CodeImage> one = compileImage(kernels(), testTarget("v3"), kernelNames, {/*threads=*/1});
  Result<CodeImage> four = compileImage(kernels(), testTarget("v3"), kernelNames, {/*threads=*/4});
  ASSERT_TRUE(one && four);
  EXPECT_EQ(one->bytes, four->bytes);
  for (size_t i = 0; i < kernelNames.size(); ++i) {
    EXPECT_EQ(one->entries[i].name, kernelNames[i]);
    EXPECT_EQ(one->entries[i].offset, four->entries[i].offset);
  }
}

TEST(CodeImage, MayBeMadeFromSeveralThreads) {
  Result<CodeImage> expected = compileImage(kernels(), testTarget("v3"), kernelNames);
  ASSERT_TRUE(expected);
  std::vector<Result<CodeImage>> made(3, Error{});
  std::vector<std::thread> threads;
  std::vector<std::unique_ptr<ParsedModule>> modules;
  for (size_t i = 0; i < made.size(); ++i)
    modules.push_back(std::make_unique<ParsedModule>(readText("kernels.ll")));
  for (size_t i = 0; i < made.size(); ++i)
    threads.emplace_back([&, i] { made[i] = compileImage(*modules[i]->module, testTarget("v3"), kernelNames); });
  for (std::thread &thread : threads)
    thread.join();
  for (const Result<CodeImage> &image : made) {
    ASSERT_TRUE(image) << image.error().message;
    EXPECT_EQ(image->bytes, expected->bytes);
  }
}

TEST(CodeImage, IsMadeForAArch64) {
  for (const char *target : {"i8mm", "dotprod"}) {
    Result<CodeImage> image = compileImage(kernels(), testTarget(target), kernelNames);
    ASSERT_TRUE(image) << image.error().message;
    EXPECT_EQ(image->bytes.size() % 4, 0u);
  }
}

TEST(CodeImage, HoldsOnlyWhatItsEntriesReach) {
  Result<CodeImage> all = compileImage(kernels(), testTarget("v3"), kernelNames);
  Result<CodeImage> one = compileImage(kernels(), testTarget("v3"), {"k_frame"});
  ASSERT_TRUE(all && one);
  EXPECT_LT(one->bytes.size(), 128u);
  EXPECT_GT(all->bytes.size(), 512u);
}

// The frame, and that of what is called.
TEST(CodeImage, BoundsTheStack) {
  Result<CodeImage> image = compileImage(kernels(), testTarget("v3"), {"k_frame", "k_memory", "k_table"});
  ASSERT_TRUE(image);
  EXPECT_GE(image->entries[0].stackBytes, 4096u);
  EXPECT_LE(image->entries[0].stackBytes, 4096u + 256u);
  EXPECT_GE(image->entries[1].stackBytes, 2 * 80u);
  EXPECT_LE(image->entries[1].stackBytes, 1024u);
  EXPECT_LE(image->entries[2].stackBytes, 256u);
}

TEST(CodeImage, RefusesEntriesThatCannotBe) {
  auto message = [&](const std::vector<std::string> &entries) {
    Result<CodeImage> image = compileImage(kernels(), testTarget("v3"), entries);
    return image ? "" : image.error().message;
  };
  EXPECT_EQ(message({"k_table", "k_gone"}), "code for v3: the module does not define function 'k_gone'");
  EXPECT_EQ(message({"k_table", "k_table"}), "code for v3: entry 'k_table' is listed twice");
  EXPECT_EQ(message({"memset"}), "code for v3: entry 'memset' has the name of a support function");
}

// Hot spill slots must not straddle pages, so kernels align the stack themselves.
TEST(CodeText, AlignsTheStackOfKernels) {
  Result<std::string> wide = emitAssembly(kernels(), testTarget("v3"), {"k_frame"});
  Result<std::string> narrow = emitAssembly(kernels(), testTarget("v2"), {"k_frame"});
  ASSERT_TRUE(wide && narrow);
  EXPECT_EQ(wide->rfind("# k_frame\n", 0), 0u) << *wide;
  EXPECT_NE(wide->find("andq\t$-64, %rsp"), std::string::npos) << *wide;
  EXPECT_EQ(narrow->find("andq\t$-64, %rsp"), std::string::npos) << *narrow;
}

TEST(CodeText, ShowsOptimisedIR) {
  Result<std::string> text = emitLLVM(kernels(), testTarget("avx512"), {"k_table", "k_frame"});
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(text->rfind("; k_table\n", 0), 0u) << *text;
  EXPECT_NE(text->find("\n; k_frame\n"), std::string::npos) << *text;
  EXPECT_NE(text->find("\"prefer-vector-width\"=\"512\""), std::string::npos) << *text;
  EXPECT_NE(text->find("alignstack=64"), std::string::npos) << *text;
  EXPECT_EQ(text->find("k_switch"), std::string::npos) << *text;
}

// LLVM 22's loop vectoriser reads p[base + k % 4] as p[base + k]: loops stay as they were written.
TEST(CodeText, LeavesLoopsScalar) {
  Result<std::string> text = emitLLVM(kernels(), testTarget("avx512"), {"k_table"});
  ASSERT_TRUE(text);
  EXPECT_EQ(text->find(" x i8> "), std::string::npos) << *text;
}
