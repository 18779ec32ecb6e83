// What passes/Lower/PTX/KernelEntries.h says of an entry: which thread takes which tile or row, with which scratch and panel, on any
// grid.
#include "passes/Lower/PTX/PTXCode.h"
#include "test/simt/SimtExecutor.h"
#include "test/simt/SimtModule.h"
#include "vspec/KernelABI.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/SourceMgr.h"
#include <gtest/gtest.h>

using namespace vspec;

namespace {
// Operands: scratch addresses i64 [tiles], and how often each tile ran i64 [tiles]. A prologue counts its rows in the panel, i64 [rows].
const char text[] = R"(
define void @k.prologue(ptr %arguments, ptr %operands, ptr %scratch, i64 %begin, i64 %end, ptr %panel) {
  %at = getelementptr i64, ptr %panel, i64 %begin
  %before = load i64, ptr %at
  %rows = sub i64 %end, %begin
  %after = add i64 %before, %rows
  store i64 %after, ptr %at
  ret void
}
define void @k.tile(ptr %arguments, ptr %operands, ptr %scratch, i64 %begin, i64 %end, ptr %panel) {
  %addresses = load ptr, ptr %operands
  %second = getelementptr ptr, ptr %operands, i64 1
  %runs = load ptr, ptr %second
  %address = ptrtoint ptr %scratch to i64
  %address.at = getelementptr i64, ptr %addresses, i64 %begin
  store i64 %address, ptr %address.at
  %run.at = getelementptr i64, ptr %runs, i64 %begin
  %before = load i64, ptr %run.at
  %tiles = sub i64 %end, %begin
  %after = add i64 %before, %tiles
  store i64 %after, ptr %run.at
  ret void
}
)";
using Entry = void (*)(const StepArguments *, void *const *operands, uint8_t *scratch, int64_t scratchBytes, int64_t tiles, uint8_t *panel);

std::string entryText() {
  llvm::LLVMContext context;
  llvm::SMDiagnostic diagnostic;
  std::unique_ptr<llvm::Module> module = llvm::parseAssemblyString(text, diagnostic, context);
  Result<std::string> optimised = emitPTXModule(*module, **findCudaTarget("sm_80"), {"k.prologue", "k.tile"});
  EXPECT_TRUE(optimised) << optimised.error().message;
  return *optimised;
}

TEST(KernelEntries, ThreadsShareOutTilesAndOwnTheirScratch) {
  Result<SimtModule> module = SimtModule::create(entryText());
  ASSERT_TRUE(module) << module.error().message;
  Result<void *> found = module->find("k"), foundPrologue = module->find("k_prologue");
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_TRUE(foundPrologue) << foundPrologue.error().message;
  auto entry = reinterpret_cast<Entry>(*found), prologue = reinterpret_cast<Entry>(*foundPrologue);
  constexpr int64_t scratchBytes = 64;
  uint32_t seed = 0;
  for (SimtGrid grid : {SimtGrid{1, 1}, SimtGrid{1, 7}, SimtGrid{3, 2}, SimtGrid{5, 8}})
    for (int64_t tiles : {0, 1, 6, 17, 40, 41}) {
      std::vector<int64_t> addresses(size_t(tiles) + 1), runs(size_t(tiles) + 1), rows(size_t(tiles) + 1);
      std::vector<int64_t> scratch(grid.threads() * scratchBytes / 8);
      void *operands[] = {addresses.data(), runs.data()};
      StepArguments arguments{};
      auto *base = reinterpret_cast<uint8_t *>(scratch.data());
      SimtExecutor executor(grid, seed++);
      auto *panel = reinterpret_cast<uint8_t *>(rows.data());
      ASSERT_TRUE(executor.launch([&] { prologue(&arguments, operands, base, scratchBytes, tiles, panel); }));
      ASSERT_TRUE(executor.launch([&] { entry(&arguments, operands, base, scratchBytes, tiles, panel); }));
      for (int64_t tile = 0; tile < tiles; ++tile) {
        EXPECT_EQ(runs[size_t(tile)], 1);
        EXPECT_EQ(rows[size_t(tile)], 1);
        EXPECT_EQ(addresses[size_t(tile)], int64_t(uintptr_t(base)) + tile % grid.threads() * scratchBytes);
      }
      EXPECT_EQ(runs[size_t(tiles)] + rows[size_t(tiles)], 0) << "behind the last tile";
    }
}
} // namespace
