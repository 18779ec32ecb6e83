// NVPTX LLVM IR on the host: what only a GPU has reaches the executor, and what is unknown is refused.
#include "test/simt/SimtModule.h"
#include "test/simt/SimtExecutor.h"
#include <gtest/gtest.h>

using namespace vspec;

namespace {
// The sum over a block: butterflies in each warp, shared memory between warps.
const char blockSum[] = R"(
target triple = "nvptx64-nvidia-cuda"
@partial = internal addrspace(3) global [2 x float] undef
declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.ntid.x()
declare float @llvm.nvvm.shfl.sync.bfly.f32(i32, float, i32, i32)
declare void @llvm.nvvm.barrier.cta.sync.aligned.all(i32)

define ptx_kernel void @sum(ptr addrspace(1) %in, ptr addrspace(1) %out) {
entry:
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %block = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %threads = call i32 @llvm.nvvm.read.ptx.sreg.ntid.x()
  %before = mul i32 %block, %threads
  %index = add i32 %before, %thread
  %in.at = getelementptr float, ptr addrspace(1) %in, i32 %index
  %value = load float, ptr addrspace(1) %in.at
  br label %step
step:
  %distance = phi i32 [ 16, %entry ], [ %half, %step ]
  %sum = phi float [ %value, %entry ], [ %more, %step ]
  %other = call float @llvm.nvvm.shfl.sync.bfly.f32(i32 -1, float %sum, i32 %distance, i32 31)
  %more = fadd float %sum, %other
  %half = lshr i32 %distance, 1
  %again = icmp ne i32 %half, 0
  br i1 %again, label %step, label %share
share:
  %warp = lshr i32 %thread, 5
  %slot = getelementptr float, ptr addrspace(3) @partial, i32 %warp
  store float %more, ptr addrspace(3) %slot
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %first = load float, ptr addrspace(3) @partial
  %second.at = getelementptr float, ptr addrspace(3) @partial, i32 1
  %second = load float, ptr addrspace(3) %second.at
  %total = fadd float %first, %second
  %out.at = getelementptr float, ptr addrspace(1) %out, i32 %index
  store float %total, ptr addrspace(1) %out.at
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  ret void
}
)";

TEST(SimtModule, RunsWarpsBarriersAndSharedMemory) {
  Result<SimtModule> module = SimtModule::create(blockSum);
  ASSERT_TRUE(module) << module.error().message;
  Result<void *> found = module->find("sum");
  ASSERT_TRUE(found) << found.error().message;
  auto *sum = reinterpret_cast<void (*)(const float *, float *)>(*found);
  std::vector<float> in(3 * 64), out(in.size());
  for (size_t i = 0; i < in.size(); ++i)
    in[i] = float(i * i % 97);
  for (uint32_t seed : {0, 1, 2}) {
    SimtExecutor executor({3, 64}, seed);
    ASSERT_TRUE(executor.launch([&] { sum(in.data(), out.data()); }));
    for (size_t block = 0; block < 3; ++block) {
      float expected = 0;
      for (size_t i = 0; i < 64; ++i)
        expected += in[block * 64 + i];
      for (size_t i = 0; i < 64; ++i)
        ASSERT_EQ(out[block * 64 + i], expected) << "thread " << i << " of block " << block << ", seed " << seed;
    }
  }
}

std::string refusal(const char *text) {
  Result<SimtModule> module = SimtModule::create(text);
  return module ? "" : module.error().message;
}

TEST(SimtModule, RefusesWhatTheExecutorDoesNotHave) {
  EXPECT_EQ(refusal("declare i32 @llvm.nvvm.read.ptx.sreg.smid()\n"
                    "define i32 @k() {\n  %a = call i32 @llvm.nvvm.read.ptx.sreg.smid()\n  ret i32 %a\n}\n"),
            "the SIMT executor has no llvm.nvvm.read.ptx.sreg.smid");
  EXPECT_EQ(refusal("define void @k() {\n  call void asm sideeffect \"trap;\", \"\"()\n  ret void\n}\n"),
            "'k' has inline assembly, which the SIMT executor does not run");
  EXPECT_EQ(refusal("define void @k() {\n  return\n}\n"), "line 2: expected instruction opcode");
}
} // namespace
