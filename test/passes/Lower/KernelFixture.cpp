#include "KernelFixture.h"
#include "dialects/VExec/VExec.h"
#include "dialects/VKern/VKern.h"
#include "dialects/VSpec/VSpec.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Parser/Parser.h"
#include "passes/Lower/LowerKernels.h"
#include "passes/PlanMemory/LaunchTiles.h"
#include <algorithm>

using namespace vspec;

Buffer::Buffer(size_t bytes, uint8_t fill) : bytes(bytes) {
  size_t all = (guard + bytes + guard + 63) / 64 * 64;
  memory.reset(static_cast<uint8_t *>(std::aligned_alloc(64, all)));
  std::fill_n(memory.get(), all, uint8_t(0xa5));
  std::fill_n(memory.get() + guard, bytes, fill);
}

Buffer::~Buffer() {
  if (!memory)
    return;
  auto isGuard = [](uint8_t byte) { return byte == 0xa5; };
  EXPECT_TRUE(std::all_of(memory.get(), memory.get() + guard, isGuard)) << "something was written in front of a buffer";
  uint8_t *end = memory.get() + guard + bytes;
  EXPECT_TRUE(std::all_of(end, end + guard, isGuard)) << "something was written behind a buffer of " << bytes << " bytes";
}

Buffer vspec::bufferOf(const std::vector<float> &values) {
  Buffer buffer(values.size() * 4);
  std::copy(values.begin(), values.end(), buffer.as());
  return buffer;
}

Buffer vspec::packed(const NormalForm &form, const CodedRows &coded) {
  PackedLayout layout(form, coded.columns);
  Buffer bytes(size_t(layout.weightBytes(coded.rows, coded.columns)));
  for (int64_t row = 0; row < coded.rows; row += tileRows)
    packTile(form, layout, coded, row, bytes.as<uint8_t>() + row / tileRows * layout.tileBytes(coded.columns));
  return bytes;
}

const mlir::DialectRegistry &vspec::kernelDialects() {
  static const mlir::DialectRegistry registry = [] {
    mlir::DialectRegistry all;
    all.insert<VSpecDialect, vexec::VExecDialect, vkern::VKernDialect, mlir::arith::ArithDialect, mlir::cf::ControlFlowDialect,
               mlir::func::FuncDialect, mlir::LLVM::LLVMDialect, mlir::math::MathDialect, mlir::scf::SCFDialect, mlir::ub::UBDialect,
               mlir::vector::VectorDialect>();
    return all;
  }();
  return registry;
}

bool Code::has(const std::string &name) const {
  return std::any_of(image.entries.begin(), image.entries.end(), [&](const CodeImage::Entry &entry) { return entry.name == name; });
}

void Kernels::compile(const std::string &text, const std::string &targetName, int64_t rowCapacity) {
  mlir::MLIRContext context(kernelDialects(), mlir::MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  ASSERT_TRUE(module) << text;
  llvm::LLVMContext llvmContext;
  const CodeTarget &target = **findCodeTarget(targetName);
  mlir::FailureOr<LoweredKernels> lowered = lowerKernels(*module, target, rowCapacity, llvmContext);
  ASSERT_TRUE(mlir::succeeded(lowered)) << text;
  for (auto kernel : module->getOps<vexec::KernelOp>()) {
    vexec::GridAttr grid = *gridOf(*kernel.getBodyRegion().getOps<mlir::func::FuncOp>().begin(), rowCapacity);
    kernels[kernel.getSymName().str()] = {lowered->memory.lookup(kernel.getSymName()),
                                          grid.getFactor(),
                                          grid.getConstant(),
                                          grid.getRows(),
                                          grid.getSlots(),
                                          grid.getPosition(),
                                          grid.getSelected(),
                                          grid.getDivisor(),
                                          grid.getMaximum()};
  }
  Result<CodeImage> image = compileImage(*lowered->module, target, lowered->functions, {/*threads=*/2});
  ASSERT_TRUE(image) << image.error().message;
  code = std::make_unique<Code>(std::move(*image));
}

void Kernels::launch(const std::string &name, const StepArguments &arguments, const std::vector<const void *> &operands) const {
  ASSERT_TRUE(code && kernels.count(name)) << name;
  const Kernel &kernel = kernels.at(name);
  int64_t sum = kernel.constant + kernel.rows * arguments.rows + kernel.slots * arguments.slots + kernel.position * arguments.maxPosition +
                kernel.selected * arguments.selected;
  int64_t count = (sum + kernel.divisor - 1) / kernel.divisor;
  int64_t tiles = kernel.factor * (kernel.maximum ? std::min(count, kernel.maximum) : count);
  auto *all = const_cast<void *const *>(reinterpret_cast<const void *const *>(operands.data()));
  // The first worker prepares all rows at once, the second one by one and backwards, with scratch that belongs to somebody else each time.
  for (int64_t worker : {0, 1}) {
    Buffer scratch(size_t(kernel.memory.scratch)), panel(size_t(kernel.memory.panel));
    auto call = [&](const char *part, int64_t begin, int64_t end) {
      Buffer other(size_t(kernel.memory.scratch));
      code->function<std::remove_pointer_t<KernelFunction>>(name + part)(
          &arguments, all, (worker && begin % 2 ? other : scratch).as<uint8_t>(), begin, end, panel.as<uint8_t>());
    };
    if (code->has(name + ".prologue") && worker == 0)
      call(".prologue", 0, arguments.rows);
    else if (code->has(name + ".prologue"))
      for (int64_t row = arguments.rows; row-- > 0;)
        call(".prologue", row, row + 1);
    if (worker == 0)
      for (int64_t i = 0; i < tiles; i += 2)
        call(".tile", i, i + 1);
    else
      for (int64_t i = tiles / 2 * 2 - 1; i > 0; i -= 2)
        call(".tile", i, i + 1);
  }
}

void Kernels::launch(const std::string &name, int64_t rows, const std::vector<const void *> &operands) const {
  launch(name, StepArguments{rows, 1, rows - 1, rows}, operands);
}

std::vector<float> KernelTest::normals(int64_t count, double deviation) {
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(normal(deviation));
  return values;
}

testing::AssertionResult vspec::sameBits(const float *actual, const float *expected, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    if (memcmp(actual + i, expected + i, 4))
      return testing::AssertionFailure() << "element " << i << " of " << count << " is " << testing::PrintToString(actual[i])
                                         << ", expected " << testing::PrintToString(expected[i]);
  return testing::AssertionSuccess();
}

std::string vspec::weightLine(const std::string &name, int64_t rows, int64_t columns, const std::string &format,
                              const std::string &layout) {
  return "  vspec.weight @" + name + " : !vspec.weight<" + std::to_string(rows) + "x" + std::to_string(columns) + ", \"" + format + "\", " +
         layout + "> {source = \"\"}\n";
}

std::string vspec::rowsType(int64_t columns) { return "tensor<?x" + std::to_string(columns) + "xf32>"; }
