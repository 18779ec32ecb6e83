// What the conversions of vkern compute: on every target that this processor runs, and with a GPU's instructions emulated, the
// integers of the operations' definitions.
#include "Image/RunningImage.h"
#include "dialects/VKern/VKern.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVMPass.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVMPass.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Lower/Passes.h"
#include "test/simt/SimtModule.h"
#include "vspec/Quant/PackedLayout.h"
#include "llvm/IR/Module.h"
#include <random>
#include <sstream>

using namespace vspec;

namespace {
// A conversion, the code target on which it runs here (none: emulated), and its code vectors.
struct Lowering {
  std::string vkern, code;
  int64_t bytes;
};
const Lowering lowerings[] = {{"generic", "v3", 16},      {"generic", "v3", 64},    {"avx2", "v3", 32},
                              {"avxvnni", "avxvnni", 32}, {"avx512", "avx512", 64}, {"nvptx", "", 16}};

// Writes the body of @k(%in, %out, %n) line by line.
class KernelText {
public:
  std::ostringstream os;
  int64_t at = 0; // in %in

  std::string value() { return "%v" + std::to_string(next++); }
  std::string pointer(const std::string &base, int64_t offset) {
    std::string p = value();
    os << p << " = llvm.getelementptr " << base << "[" << offset << "] : (!llvm.ptr) -> !llvm.ptr, i8\n";
    return p;
  }
  std::string load(const std::string &type, int64_t bytes) {
    std::string p = pointer("%in", at), v = value();
    os << v << " = llvm.load " << p << " {alignment = 1 : i64} : !llvm.ptr -> " << type << "\n";
    at += bytes;
    return v;
  }
  // vector<count x lanes x type>
  std::string loadRows(int64_t count, int64_t lanes, const std::string &type, int64_t elementBytes) {
    std::string row = vector({lanes}, type), all = vector({count, lanes}, type), result = value();
    os << result << " = ub.poison : " << all << "\n";
    for (int64_t i = 0; i < count; ++i) {
      std::string one = load(row, lanes * elementBytes), more = value();
      os << more << " = vector.insert " << one << ", " << result << " [" << i << "] : " << row << " into " << all << "\n";
      result = more;
    }
    return result;
  }
  void storeRows(const std::string &matrix, int64_t count, int64_t lanes, const std::string &type, int64_t elementBytes) {
    std::string row = vector({lanes}, type), all = vector({count, lanes}, type);
    for (int64_t i = 0; i < count; ++i) {
      std::string one = value();
      os << one << " = vector.extract " << matrix << "[" << i << "] : " << row << " from " << all << "\n";
      std::string p = pointer("%out", i * lanes * elementBytes);
      os << "llvm.store " << one << ", " << p << " {alignment = 1 : i64} : " << row << ", !llvm.ptr\n";
    }
  }
  static std::string vector(std::initializer_list<int64_t> shape, const std::string &type) {
    std::string text = "vector<";
    for (int64_t size : shape)
      text += std::to_string(size) + "x";
    return text + type + ">";
  }

private:
  int next = 0;
};

std::vector<uint8_t> run(const KernelText &kernel, const Lowering &lowering, const std::vector<uint8_t> &in, size_t outBytes) {
  std::string text = "func.func @k(%in: !llvm.ptr, %out: !llvm.ptr, %n: i64) {\n" + kernel.os.str() + "return\n}\n";
  mlir::DialectRegistry registry;
  registry.insert<mlir::arith::ArithDialect, mlir::func::FuncDialect, mlir::LLVM::LLVMDialect, mlir::ub::UBDialect,
                  mlir::vector::VectorDialect, vkern::VKernDialect>();
  mlir::registerBuiltinDialectTranslation(registry);
  mlir::registerLLVMDialectTranslation(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  EXPECT_TRUE(module) << text;
  mlir::PassManager passes(&context);
  ConvertVKernOptions convert;
  convert.target = lowering.vkern;
  passes.addPass(createConvertVKern(convert));
  passes.addPass(mlir::createCanonicalizerPass());
  passes.addPass(mlir::createConvertVectorToLLVMPass());
  passes.addPass(mlir::createUBToLLVMConversionPass());
  passes.addPass(mlir::createConvertMathToLLVMPass());
  passes.addPass(mlir::createArithToLLVMConversionPass());
  passes.addPass(mlir::createConvertFuncToLLVMPass());
  passes.addPass(mlir::createReconcileUnrealizedCastsPass());
  EXPECT_TRUE(mlir::succeeded(passes.run(*module)));
  llvm::LLVMContext llvmContext;
  std::unique_ptr<llvm::Module> code = mlir::translateModuleToLLVMIR(*module, llvmContext);
  EXPECT_TRUE(code);
  std::vector<uint8_t> out(outBytes);
  if (lowering.code.empty()) {
    std::string assembly;
    llvm::raw_string_ostream(assembly) << *code;
    Result<SimtModule> module = SimtModule::create(assembly);
    EXPECT_TRUE(module) << module.error().message;
    reinterpret_cast<void (*)(const uint8_t *, uint8_t *, int64_t)>(*module->find("k"))(in.data(), out.data(), 0);
    return out;
  }
  Result<CodeImage> image = compileImage(*code, **findCodeTarget(lowering.code), {"k"});
  EXPECT_TRUE(image) << image.error().message;
  RunningImage{*image}.kernel("k")(in.data(), out.data(), 0);
  return out;
}

template <typename T> std::vector<uint8_t> bytesOf(const std::vector<T> &values) {
  std::vector<uint8_t> bytes(values.size() * sizeof(T));
  memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

class VKernConversion : public testing::TestWithParam<Lowering> {
protected:
  void SetUp() override {
    if (!GetParam().code.empty() && !canRun(GetParam().code))
      GTEST_SKIP() << "this processor cannot run " << GetParam().code;
  }
  std::mt19937 random{1};
  uint8_t upTo(unsigned most) { return uint8_t(random() % (most + 1)); }
};
} // namespace

TEST_P(VKernConversion, UnpacksEveryWidth) {
  int64_t width = GetParam().bytes;
  for (unsigned bits = 1; bits <= 8; ++bits) {
    BitUnit unit = bitUnit(bits);
    int64_t lines = 2 * int64_t(unit.lines), codes = 2 * int64_t(unit.codes.size());
    KernelText kernel;
    std::string packed = kernel.loadRows(lines, width, "i8", 1), result = kernel.value();
    kernel.os << result << " = vkern.unpack " << packed << " : " << KernelText::vector({lines, width}, "i8") << " -> "
              << KernelText::vector({codes, width}, "i8") << "\n";
    kernel.storeRows(result, codes, width, "i8", 1);
    std::vector<uint8_t> in, want;
    for (int64_t i = 0; i < lines * width; ++i)
      in.push_back(upTo(255));
    for (size_t first = 0; first < 2 * unit.lines; first += unit.lines)
      for (const std::vector<Field> &fields : unit.codes)
        for (int64_t i = 0; i < width; ++i) {
          unsigned code = 0, to = 0;
          for (const Field &field : fields) {
            code |= (in[(first + field.line) * size_t(width) + size_t(i)] >> field.shift & ((1u << field.width) - 1)) << to;
            to += field.width;
          }
          want.push_back(uint8_t(code));
        }
    EXPECT_EQ(run(kernel, GetParam(), in, want.size()), want) << bits << " bits";
  }
}

TEST_P(VKernConversion, LooksUpBytes) {
  int64_t width = GetParam().bytes;
  const int table[16] = {1, 24, 45, 63, 79, 93, 106, 118, 129, 141, 153, 166, 181, 197, 217, 241};
  KernelText kernel;
  std::string codes = kernel.loadRows(2, width, "i8", 1), values = kernel.value(), type = KernelText::vector({2, width}, "i8");
  kernel.os << values << " = vkern.lookup " << codes << ", dense<[";
  for (int i = 0; i < 16; ++i)
    kernel.os << (i ? ", " : "") << int(int8_t(table[i]));
  kernel.os << "]> : vector<16xi8> : " << type << " -> " << type << "\n";
  kernel.storeRows(values, 2, width, "i8", 1);
  std::vector<uint8_t> in, want;
  for (int64_t i = 0; i < 2 * width; ++i) {
    in.push_back(upTo(15));
    want.push_back(uint8_t(table[in.back()]));
  }
  EXPECT_EQ(run(kernel, GetParam(), in, want.size()), want);
}

TEST_P(VKernConversion, LooksUpFloats) {
  int64_t lanes = GetParam().bytes / 4;
  KernelText kernel;
  std::string codes = kernel.loadRows(2, lanes, "i32", 4), values = kernel.value();
  kernel.os << values << " = vkern.lookup " << codes << ", dense<[";
  for (int i = 0; i < 16; ++i)
    kernel.os << (i ? ", " : "") << i * i << ".5";
  kernel.os << "]> : vector<16xf32> : " << KernelText::vector({2, lanes}, "i32") << " -> " << KernelText::vector({2, lanes}, "f32") << "\n";
  kernel.storeRows(values, 2, lanes, "f32", 4);
  std::vector<int32_t> in;
  std::vector<float> want;
  for (int64_t i = 0; i < 2 * lanes; ++i) {
    in.push_back(upTo(15));
    want.push_back(float(in.back() * in.back()) + 0.5f);
  }
  EXPECT_EQ(run(kernel, GetParam(), bytesOf(in), want.size() * 4), bytesOf(want));
}

// Once at random, once with nothing but the largest products, whose sums in 16 bits must not saturate.
TEST_P(VKernConversion, MultipliesExactly) {
  struct Case {
    int64_t quads, rows;
    unsigned bias, max;
    bool isExtreme;
  };
  std::vector<Case> cases;
  for (bool isExtreme : {false, true})
    for (auto [quads, rows, bias, max] : {std::tuple(8, 1, 8u, 15u),
                                          {8, 2, 0u, 15u},
                                          {8, 3, 2u, 3u},
                                          {8, 2, 32u, 63u},
                                          {5, 1, 64u, 127u},
                                          {8, 2, 128u, 255u},
                                          {1, 1, 128u, 241u},
                                          {1, 2, 0u, 1u},
                                          {64, 1, 16u, 31u}})
      cases.push_back({quads, rows, bias, max, isExtreme});
  int64_t width = GetParam().bytes, lanes = width / 4;
  for (const Case &c : cases) {
    KernelText kernel;
    std::string codes = kernel.loadRows(c.quads, width, "i8", 1), activations = kernel.loadRows(c.rows, c.quads, "i32", 4);
    std::string correction = kernel.load(KernelText::vector({c.rows}, "i32"), 4 * c.rows), sums = kernel.value();
    kernel.os << sums << " = vkern.dot4 " << codes << ", " << activations;
    if (c.bias)
      kernel.os << " correction " << correction << " bias " << c.bias;
    kernel.os << " max " << c.max << " : " << KernelText::vector({c.quads, width}, "i8") << ", "
              << KernelText::vector({c.rows, c.quads}, "i32") << " -> " << KernelText::vector({c.rows, lanes}, "i32") << "\n";
    kernel.storeRows(sums, c.rows, lanes, "i32", 4);

    std::vector<uint8_t> in;
    for (int64_t i = 0; i < c.quads * width; ++i)
      in.push_back(!c.isExtreme ? upTo(c.max) : uint8_t(i / 4 % 2 ? 0 : c.max)); // every other row of the weight
    std::vector<int8_t> a;                                                       // [rows][quads][4]
    for (int64_t i = 0; i < c.rows * c.quads * 4; ++i)
      a.push_back(!c.isExtreme ? int8_t(int(upTo(254)) - 127) : int8_t(i / (4 * c.quads) % 2 ? -127 : 127)); // by row
    std::vector<int32_t> corrections(size_t(c.rows), 0), want;
    for (int64_t m = 0; m < c.rows; ++m)
      for (int64_t i = 0; i < 4 * c.quads; ++i)
        corrections[size_t(m)] -= int32_t(c.bias) * a[size_t(m * c.quads * 4 + i)];
    for (int64_t m = 0; m < c.rows; ++m)
      for (int64_t row = 0; row < lanes; ++row) {
        int32_t sum = 0;
        for (int64_t i = 0; i < 4 * c.quads; ++i)
          sum += (int32_t(in[size_t(i / 4 * width + 4 * row + i % 4)]) - int32_t(c.bias)) * a[size_t(m * c.quads * 4 + i)];
        want.push_back(sum);
      }
    for (const std::vector<uint8_t> &more : {bytesOf(a), bytesOf(corrections)})
      in.insert(in.end(), more.begin(), more.end());
    EXPECT_EQ(run(kernel, GetParam(), in, want.size() * 4), bytesOf(want))
        << c.quads << " quads, " << c.rows << " rows, bias " << c.bias << ", max " << c.max << (c.isExtreme ? ", extreme" : "");
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, VKernConversion, testing::ValuesIn(lowerings), [](const auto &info) {
  std::string name = info.param.vkern + "_" + std::to_string(info.param.bytes);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});
