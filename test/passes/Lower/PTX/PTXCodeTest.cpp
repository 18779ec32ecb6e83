// From LLVM IR to PTX: entries, roundings, chips, and what is refused.
#include "passes/Lower/PTX/PTXCode.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/SourceMgr.h"
#include <gtest/gtest.h>
#include <regex>

using namespace vspec;

namespace {
// A kernel @k whose tile runs `body` on floats %x and %y and stores %z; `more` are declarations.
std::string tileText(const std::string &body, const std::string &more = "") {
  return more + R"(
define void @k.tile(ptr %arguments, ptr %operands, ptr %scratch, i64 %begin, i64 %end, ptr %panel) "stackrealign" alignstack(64) {
  %p = load ptr, ptr %operands
  %q = getelementptr float, ptr %p, i64 1
  %x = load float, ptr %p
  %y = load float, ptr %q
)" + body +
         R"(
  %r = getelementptr float, ptr %p, i64 %begin
  store float %z, ptr %r
  ret void
}
)";
}

Result<std::string> emit(const std::string &text, const std::vector<std::string> &functions = {"k.tile"}, const char *chip = "sm_80") {
  llvm::LLVMContext context;
  llvm::SMDiagnostic diagnostic;
  std::unique_ptr<llvm::Module> module = llvm::parseAssemblyString(text, diagnostic, context);
  if (!module)
    return Error{diagnostic.getMessage().str()};
  return emitPTX(*module, **findCudaTarget(chip), functions);
}

std::string ptx(const std::string &text, const std::vector<std::string> &functions = {"k.tile"}, const char *chip = "sm_80") {
  Result<std::string> result = emit(text, functions, chip);
  EXPECT_TRUE(result) << result.error().message;
  return result ? *result : "";
}

bool has(const std::string &text, const char *pattern) { return std::regex_search(text, std::regex(pattern)); }

// ptxas contracts a product and a sum unless their rounding is written out.
TEST(PTXCode, NeverContracts) {
  std::string text = ptx(tileText("%p1 = fmul float %x, %y\n  %z = fadd float %p1, 1.5"));
  EXPECT_TRUE(has(text, "mul\\.rn\\.f32")) << text;
  EXPECT_TRUE(has(text, "add\\.rn\\.f32")) << text;
  EXPECT_FALSE(has(text, "fma|mad\\..*f32")) << text;
}

TEST(PTXCode, RoundsLikeTheCPU) {
  auto instruction = [](const char *body, const char *declaration = "") { return ptx(tileText(body, declaration)); };
  EXPECT_TRUE(
      has(instruction("%z = call float @llvm.fma.f32(float %x, float %y, float 1.5)", "declare float @llvm.fma.f32(float, float, float)"),
          "fma\\.rn\\.f32"));
  EXPECT_TRUE(has(instruction("%z = fdiv float %x, %y"), "div\\.rn\\.f32"));
  EXPECT_TRUE(has(instruction("%z = fsub float %x, %y"), "sub\\.rn\\.f32"));
  EXPECT_TRUE(has(instruction("%z = call float @llvm.sqrt.f32(float %x)", "declare float @llvm.sqrt.f32(float)"), "sqrt\\.rn\\.f32"));
  EXPECT_TRUE(has(instruction("%z = call float @llvm.roundeven.f32(float %x)", "declare float @llvm.roundeven.f32(float)"),
                  "cvt\\.rni\\.f32\\.f32"));
  EXPECT_TRUE(has(instruction("%h = fptrunc float %x to half\n  %z = fpext half %h to float"), "cvt\\.rn\\.f16\\.f32"));
}

TEST(PTXCode, TilesAndPrologueHaveEntries) {
  std::string text = ptx(tileText("%z = fadd float %x, %y") + R"(
define void @k.prologue(ptr %arguments, ptr %operands, ptr %scratch, i64 %begin, i64 %end, ptr %panel) {
  store i32 77, ptr %panel
  ret void
}
)",
                         {"k.prologue", "k.tile"});
  EXPECT_TRUE(has(text, "\\.visible \\.entry k\\(\\s*"
                        "\\.param \\.u64 \\.ptr \\.align 1 k_param_0,\\s*\\.param \\.u64 \\.ptr \\.align 1 k_param_1,\\s*"
                        "\\.param \\.u64 \\.ptr \\.align 1 k_param_2,\\s*\\.param \\.u64 k_param_3,\\s*\\.param \\.u64 k_param_4,\\s*"
                        "\\.param \\.u64 \\.ptr \\.align 1 k_param_5\\s*\\)\\s*"
                        "\\.maxntid 128\\s"))
      << text;
  EXPECT_FALSE(has(text, "\\.func|call|\\.local")) << "everything is inlined, nothing is on the stack: " << text;
  for (const char *part : {"%ctaid\\.x", "%ntid\\.x", "%tid\\.x", "%nctaid\\.x", "77"})
    EXPECT_TRUE(has(text, part)) << part << " in " << text;
  EXPECT_TRUE(has(text, "\\.visible \\.entry k_prologue\\(")) << text;
  EXPECT_TRUE(has(text.substr(text.find("entry k_prologue")), "77")) << text;
}

TEST(PTXCode, NamesChipAndLowestVersion) {
  std::string text = tileText("%z = fadd float %x, %y");
  const std::pair<const char *, const char *> versions[] = {{"sm_75", "6.3"}, {"sm_80", "7.0"}, {"sm_86", "7.1"},
                                                            {"sm_87", "7.4"}, {"sm_89", "7.8"}, {"sm_90", "7.8"}};
  ASSERT_EQ(std::size(versions), cudaTargets().size());
  for (auto [chip, version] : versions)
    EXPECT_TRUE(has(ptx(text, {"k.tile"}, chip), (std::string("\\.version ") + version + "\n\\.target " + chip + "\n").c_str())) << chip;
}

TEST(PTXCode, SameTextEachTimeAndModuleUnchanged) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic diagnostic;
  std::unique_ptr<llvm::Module> module = llvm::parseAssemblyString(tileText("%z = fadd float %x, %y"), diagnostic, context);
  auto print = [&] {
    std::string text;
    llvm::raw_string_ostream os(text);
    module->print(os, nullptr);
    return text;
  };
  std::string before = print();
  const CodeTarget &target = **findCudaTarget("sm_80");
  Result<std::string> first = emitPTX(*module, target, {"k.tile"}), second = emitPTX(*module, target, {"k.tile"});
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(print(), before);
}

TEST(PTXCode, RefusesImports) {
  Result<std::string> text = emit(tileText("%z = call float @expf(float %x)", "declare float @expf(float)"));
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().message, "code for sm_80: the kernels call 'expf', which a GPU does not have");
}
} // namespace
