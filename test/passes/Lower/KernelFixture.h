// Kernels in the test's own process: a module's text is lowered and compiled for a target, and launches run as the runtime
// runs them. Buffers have guards; scratch is full of NaN.
#ifndef VSPEC_TEST_PASSES_LOWER_KERNELFIXTURE_H
#define VSPEC_TEST_PASSES_LOWER_KERNELFIXTURE_H
#include "Image/RunningImage.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "passes/Lower/LowerKernels.h"
#include "vspec/KernelABI.h"
#include "vspec/Quant/Packing.h"
#include <map>
#include <memory>
#include <optional>
#include <random>

namespace vspec {

/// Bytes at a multiple of 64. Whoever writes in front of them or behind them fails the test.
class Buffer {
public:
  explicit Buffer(size_t bytes, uint8_t fill = 0xff);
  ~Buffer();
  Buffer(Buffer &&) = default;
  Buffer &operator=(Buffer &&) = default;

  template <typename T = float> T *as() const { return reinterpret_cast<T *>(memory.get() + guard); }
  template <typename T = float> std::vector<T> values() const { return {as<T>(), as<T>() + bytes / sizeof(T)}; }

private:
  static constexpr size_t guard = 64;
  struct Free {
    void operator()(uint8_t *p) const { free(p); }
  };
  size_t bytes;
  std::unique_ptr<uint8_t[], Free> memory;
};

Buffer bufferOf(const std::vector<float> &values);
/// As Pack lays it out.
Buffer packed(const NormalForm &form, const CodedRows &coded);

/// All dialects between `vexec.kernel` and LLVM IR.
const mlir::DialectRegistry &kernelDialects();

/// An image and its functions.
class Code {
public:
  explicit Code(CodeImage compiled) : image(std::move(compiled)), running(image) {}
  template <typename Function> Function *function(const std::string &name) const {
    return reinterpret_cast<Function *>(reinterpret_cast<void *>(running.kernel(name)));
  }
  bool has(const std::string &name) const;

private:
  CodeImage image;
  RunningImage running;
};

class Kernels {
public:
  /// `text` is a list of `vexec.kernel`.
  Kernels(const std::string &text, const std::string &target, int64_t rowCapacity) { compile(text, target, rowCapacity); }

  /// All tiles of a launch, by two workers: the first takes every other tile, the second the rest from the back.
  void launch(const std::string &kernel, const StepArguments &arguments, const std::vector<const void *> &operands) const;
  /// With rows 0 .. rows - 1, all selected.
  void launch(const std::string &kernel, int64_t rows, const std::vector<const void *> &operands) const;

private:
  void compile(const std::string &text, const std::string &target, int64_t rowCapacity);

  struct Kernel {
    KernelMemory memory;
    int64_t factor, constant, rows, slots, position, selected, divisor, maximum; // of the grid
  };
  std::map<std::string, Kernel> kernels;
  std::unique_ptr<Code> code;
};

/// The tests run once for each target of this processor.
class KernelTest : public testing::TestWithParam<std::string> {
protected:
  void SetUp() override {
    if (!canRun(GetParam()))
      GTEST_SKIP() << "this processor cannot run " << GetParam();
  }
  float normal(double deviation = 1) { return float(std::normal_distribution<double>(0, deviation)(random)); }
  int64_t below(int64_t end) { return int64_t(random() % uint64_t(end)); }
  std::vector<float> normals(int64_t count, double deviation = 1);

  std::mt19937_64 random{7};
};

#define VSPEC_ON_ALL_TARGETS(fixture)                                                                                                      \
  INSTANTIATE_TEST_SUITE_P(Targets, fixture, testing::Values("avx512", "avxvnni", "v3"), [](const auto &info) { return info.param; })

/// Equal in all bits; a failure names the first element that differs.
testing::AssertionResult sameBits(const float *actual, const float *expected, int64_t count);

/// "!vspec.weight<16x64, "f32", rows16>" and so on.
std::string weightLine(const std::string &name, int64_t rows, int64_t columns, const std::string &format,
                       const std::string &layout = "rows16");
std::string rowsType(int64_t columns);

} // namespace vspec
#endif
