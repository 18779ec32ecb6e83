// The elementary functions of kernels: bit for bit against the same chain in plain C++, and their errors against double.
#include "KernelFixture.h"
#include "KernelReference.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "passes/Lower/BuildKernel.h"
#include "passes/Lower/KernelMath.h"
#include "passes/Lower/LowerKernels.h"
#include "llvm/IR/Module.h"
#include <cmath>

using namespace vspec;

namespace {
constexpr int64_t lanes = 16;

class KernelMath : public KernelTest {
protected:
  void SetUp() override {
    KernelTest::SetUp();
    if (IsSkipped())
      return;
    mlir::MLIRContext context(kernelDialects(), mlir::MLIRContext::Threading::DISABLED);
    context.loadAllAvailableDialects();
    mlir::OpBuilder builder(&context);
    auto module = mlir::OwningOpRef<mlir::ModuleOp>(mlir::ModuleOp::create(builder.getUnknownLoc()));
    builder.setInsertionPointToEnd(module->getBody());
    auto add = [&](const char *name, bool isDouble, llvm::function_ref<llvm::SmallVector<mlir::Value>(KernelWriter &, mlir::Value)> write) {
      mlir::func::FuncOp function = createKernelFunction(builder, builder.getUnknownLoc(), name);
      mlir::OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPoint(function.getBody().front().getTerminator());
      KernelWriter w(builder, builder.getUnknownLoc());
      auto operand = [&](int64_t i) { return w.load(w.ptr(), w.at(function.getArgument(1), i * 8), 8); };
      w.loop(function.getArgument(3), function.getArgument(4), lanes, [&](mlir::Value i) {
        int64_t bytes = isDouble ? 8 : 4;
        mlir::Value x = w.load(w.vec(lanes, isDouble ? w.f64() : w.f32()), w.at(operand(0), w.mul(i, bytes)), 8);
        for (auto [index, y] : llvm::enumerate(write(w, x)))
          w.store(y, w.at(operand(1 + int64_t(index)), w.mul(i, 4)));
      });
    };
    add("math.exp", false, [](KernelWriter &w, mlir::Value x) { return llvm::SmallVector<mlir::Value>{emitExp(w, x)}; });
    add("math.silu", false, [](KernelWriter &w, mlir::Value x) { return llvm::SmallVector<mlir::Value>{emitSilu(w, x)}; });
    add("math.gelu", false, [](KernelWriter &w, mlir::Value x) { return llvm::SmallVector<mlir::Value>{emitGeluTanh(w, x)}; });
    add("math.exact_gelu", false, [](KernelWriter &w, mlir::Value x) { return llvm::SmallVector<mlir::Value>{emitGelu(w, x)}; });
    add("math.softplus", false, [](KernelWriter &w, mlir::Value x) { return llvm::SmallVector<mlir::Value>{emitSoftplus(w, x)}; });
    add("math.cos_sin", true, [](KernelWriter &w, mlir::Value x) {
      auto [cos, sin] = emitCosSin(w, x);
      return llvm::SmallVector<mlir::Value>{cos, sin};
    });
    const CodeTarget &target = **findCodeTarget(GetParam());
    mlir::PassManager passes(&context);
    addLowerPasses(passes, target, 1);
    ASSERT_TRUE(mlir::succeeded(passes.run(*module)));
    mlir::registerBuiltinDialectTranslation(context);
    mlir::registerLLVMDialectTranslation(context);
    llvm::LLVMContext llvmContext;
    auto translated = mlir::translateModuleToLLVMIR(*module, llvmContext);
    ASSERT_TRUE(translated);
    Result<CodeImage> image =
        compileImage(*translated, target, {"math.exp", "math.silu", "math.gelu", "math.exact_gelu", "math.softplus", "math.cos_sin"});
    ASSERT_TRUE(image) << image.error().message;
    code = std::make_unique<Code>(std::move(*image));
  }

  std::vector<float> call(const std::string &name, const std::vector<float> &x) {
    Buffer input = bufferOf(x), output(x.size() * 4);
    void *operands[] = {input.as(), output.as()};
    code->function<std::remove_pointer_t<KernelFunction>>(name)(nullptr, operands, nullptr, 0, int64_t(x.size()), nullptr);
    return output.values();
  }
  std::vector<float> between(double low, double high) {
    std::vector<float> x;
    for (int64_t i = 0; i < 1 << 18; ++i)
      x.push_back(float(low + (high - low) * double(random() % (1u << 30)) / double(1u << 30)));
    return x;
  }

  std::unique_ptr<Code> code;
};

// In units of the last place of an f32 near `expected`.
double ulps(float actual, double expected) {
  double place = std::ldexp(1.0, std::max(std::ilogb(float(expected)), -126) - 23);
  return std::fabs(double(actual) - expected) / place;
}
} // namespace

TEST_P(KernelMath, ExpHasTwoUlps) {
  for (auto [low, high] : {std::pair(-87.3, 88.0), {-1.0, 1.0}, {-1e-6, 1e-6}}) {
    std::vector<float> x = between(low, high), y = call("math.exp", x);
    double worst = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      worst = std::max(worst, ulps(y[i], std::exp(double(x[i]))));
      ASSERT_EQ(y[i], reference::exp(x[i])) << x[i];
    }
    EXPECT_LE(worst, 2) << low << " to " << high;
  }
}

TEST_P(KernelMath, ExpEndsAtZeroAndAtItsLargest) {
  constexpr float infinity = INFINITY;
  std::vector<float> x(lanes, 0.0f), want(lanes, 1.0f);
  x[1] = -infinity, want[1] = 0;
  x[2] = -87.4f, want[2] = 0;
  x[3] = -3e38f, want[3] = 0;
  x[4] = infinity, want[4] = reference::exp(88);
  x[5] = 3e38f, want[5] = reference::exp(88);
  x[6] = -0.0f;
  EXPECT_EQ(call("math.exp", x), want);
  x[0] = NAN;
  EXPECT_TRUE(std::isnan(call("math.exp", x)[0]));
}

// The argument of e^x is exact in silu; in gelu it is rounded, which counts |2u| times.
TEST_P(KernelMath, GatesAreClose) {
  for (auto [low, high] : {std::pair(-80.0, 80.0), {-3.0, 3.0}, {-1e-3, 1e-3}}) {
    std::vector<float> x = between(low, high), silu = call("math.silu", x), gelu = call("math.gelu", x);
    for (size_t i = 0; i < x.size(); ++i) {
      double v = x[i], twice = 2 * 0.7978845608028654 * (v + 0.044715 * v * v * v);
      ASSERT_EQ(silu[i], reference::silu(x[i])) << v;
      ASSERT_EQ(gelu[i], reference::geluTanh(x[i])) << v;
      ASSERT_LE(ulps(silu[i], v / (1 + std::exp(-v))), 4) << v;
      if (twice > -87)
        ASSERT_LE(ulps(gelu[i], v / (1 + std::exp(-twice))), 4 + 4 * std::fabs(std::min(twice, 0.0))) << v;
      else
        ASSERT_LE(std::fabs(gelu[i]), 1e-36) << v;
    }
  }
}

// The argument of e^(-x^2/2) is rounded, which counts x^2 / 2 times.
TEST_P(KernelMath, ExactGeluIsClose) {
  for (auto [low, high] : {std::pair(-13.0, 80.0), {-3.0, 3.0}, {-1e-3, 1e-3}}) {
    std::vector<float> x = between(low, high), gelu = call("math.exact_gelu", x);
    for (size_t i = 0; i < x.size(); ++i) {
      double v = x[i];
      ASSERT_EQ(gelu[i], reference::gelu(x[i])) << v;
      ASSERT_LE(ulps(gelu[i], v * std::erfc(-v / std::sqrt(2.0)) / 2), v < 0 ? 6 + v * v : 6) << v;
    }
  }
  EXPECT_EQ(call("math.exact_gelu", std::vector<float>(lanes, -20.0f)), std::vector<float>(lanes, -0.0f));
}

TEST_P(KernelMath, SoftplusHasThreeUlps) {
  for (auto [low, high] : {std::pair(-87.0, 88.0), {-10.0, 10.0}, {-1e-3, 1e-3}}) {
    std::vector<float> x = between(low, high), y = call("math.softplus", x);
    for (size_t i = 0; i < x.size(); ++i) {
      ASSERT_EQ(y[i], reference::softplus(x[i])) << x[i];
      double v = x[i];
      ASSERT_LE(ulps(y[i], std::max(v, 0.0) + std::log1p(std::exp(-std::fabs(v)))), 3) << v;
    }
  }
  std::vector<float> ends(lanes, -88.0f);
  ends[1] = 1e30f;
  EXPECT_EQ(call("math.softplus", ends)[0], 0);
  EXPECT_EQ(call("math.softplus", ends)[1], 1e30f);
}

// Angles as rope has them, and near the multiples of a quarter turn.
TEST_P(KernelMath, CosAndSinAreRoundedOnce) {
  constexpr int64_t count = 1 << 18;
  Buffer angles(count * 8), cos(count * 4), sin(count * 4);
  for (int64_t i = 0; i < count; ++i) {
    double uniform = double(random() % (1u << 30)) / double(1u << 30), largest = i % 4 ? 1e6 : 10;
    angles.as<double>()[i] = i % 2 ? uniform * largest : std::nearbyint(uniform * 6e5) * 1.5707963267948966 + normal(1e-3);
  }
  angles.as<double>()[0] = 0;
  void *operands[] = {angles.as<double>(), cos.as(), sin.as()};
  code->function<std::remove_pointer_t<KernelFunction>>("math.cos_sin")(nullptr, operands, nullptr, 0, count, nullptr);
  EXPECT_EQ(cos.as()[0], 1);
  EXPECT_EQ(sin.as()[0], 0);
  for (int64_t i = 0; i < count; ++i) {
    double angle = angles.as<double>()[i];
    for (auto [actual, expected] : {std::pair(cos.as()[i], std::cos(angle)), {sin.as()[i], std::sin(angle)}}) {
      ASSERT_LE(std::fabs(double(actual) - expected), 0x1.001p-25) << angle;
      if (std::fabs(expected) > 1e-4)
        ASSERT_LE(ulps(actual, expected), 0.51) << angle;
    }
  }
}

VSPEC_ON_ALL_TARGETS(KernelMath);
