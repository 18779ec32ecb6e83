// What LLVM may use for a target is what the runtime asks of a processor: more would trap there, less makes LLVM end the process
// when a kernel asks for an instruction.
#include "ImageFixture.h"
#include "passes/Lower/Image/CodeUnit.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Target/TargetMachine.h"

using namespace vspec;

namespace {
struct Meaning {
  uint64_t bit; // 0: no target may use it
  const char *llvm;
};

void check(const CodeTarget &target, const std::vector<Meaning> &meanings) {
  std::unique_ptr<llvm::TargetMachine> machine = createTargetMachine(target);
  ASSERT_TRUE(machine) << target.name;
  for (const Meaning &meaning : meanings)
    EXPECT_EQ(machine->getMCSubtargetInfo()->checkFeatures(std::string("+") + meaning.llvm), (target.features & meaning.bit) != 0)
        << target.name << " and " << meaning.llvm;
}
} // namespace

TEST(TargetFeatures, AreThoseOfLLVM) {
  using namespace file;
  const std::vector<Meaning> x86 = {{X86V3, "avx2"},     {X86V3, "fma"},       {X86V3, "f16c"},
                                    {X86V3, "bmi2"},     {X86V3, "movbe"},     {X86V3, "lzcnt"},
                                    {X86V4, "avx512f"},  {X86V4, "avx512dq"},  {X86V4, "avx512cd"},
                                    {X86V4, "avx512bw"}, {X86V4, "avx512vl"},  {AVX512VNNI, "avx512vnni"},
                                    {GFNI, "gfni"},      {AVXVNNI, "avxvnni"}, {AVX512VBMI, "avx512vbmi"},
                                    {0, "avx512vbmi2"},  {0, "avx512bf16"},    {0, "avx512fp16"},
                                    {0, "avx512bitalg"}, {0, "vaes"},          {0, "avx512vpopcntdq"},
                                    {0, "avxvnniint8"},  {0, "avxifma"},       {0, "avxneconvert"},
                                    {0, "avx512ifma"},   {0, "amx-int8"},      {0, "avx10.2"}};
  const std::vector<Meaning> arm = {{DotProd, "dotprod"}, {I8MM, "i8mm"}, {0, "fullfp16"}, {0, "bf16"},
                                    {0, "rdm"},           {0, "lse"},     {0, "sve"},      {0, "sme"}};
  for (const CodeTarget &target : codeTargets())
    check(target, target.machine == Target::X86_64 ? x86 : arm);
}
