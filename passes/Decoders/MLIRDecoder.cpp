#include "passes/Decoders/MLIRDecoder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Utils/Utils.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Decoders/DecoderChecks.h"
#include "vspec/Quant/WriteOut.h"
#include "vspec/Support/Quote.h"
#include "vspec/Support/SmallFloat.h"
#include <random>

using namespace mlir;
using namespace vspec;

// "mine.mlir:3:5: message", the first one.
static std::string textOf(Diagnostic &diagnostic, StringRef file) {
  std::string place = file.str();
  if (auto at = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>())
    place += ":" + std::to_string(at.getLine()) + ":" + std::to_string(at.getColumn());
  return place + ": " + diagnostic.str();
}

// What the file put into a message stays one line.
static std::string oneLine(std::string text) {
  for (char &c : text)
    if (uint8_t(c) < 0x20 || c == 0x7f)
      c = ' ';
  return text.substr(0, validUtf8(text));
}

namespace {
// Fills in a decoder from its text. Errors are MLIR's diagnostics.
class DecoderReader {
public:
  explicit DecoderReader(MLIRDecoder &decoder) : decoder(decoder) {}

  OwningOpRef<ModuleOp> read(StringRef text, StringRef file, MLIRContext &context) {
    if (isNestedTooDeep(text)) {
      emitError(UnknownLoc::get(&context)) << "has brackets in brackets deeper than 64";
      return {};
    }
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, ParserConfig(&context), file);
    if (!module)
      return {};
    FailureOr<func::FuncOp> function = checkDecoder(*module);
    if (failed(function) || failed(readNumbers(*function)) || failed(checkCost(*function, calls())) ||
        failed(writeBlock(*module, *function)) || failed(checkBlock(*module)))
      return {};
    return module;
  }

private:
  unsigned calls() const { return decoder.columns / decoder.together; }
  LogicalResult number(func::FuncOp function, StringRef name, int64_t least, int64_t most, int64_t otherwise, int64_t &value);
  LogicalResult readNumbers(func::FuncOp function);
  LogicalResult readWrittenOut(func::FuncOp function);
  LogicalResult writeBlock(ModuleOp module, func::FuncOp function);
  MLIRDecoder &decoder;
};

LogicalResult DecoderReader::number(func::FuncOp function, StringRef name, int64_t least, int64_t most, int64_t otherwise, int64_t &value) {
  auto attribute = function->getAttrOfType<IntegerAttr>(("vspec." + name).str());
  value = otherwise;
  if (attribute && attribute.getValue().getBitWidth() <= 64)
    value = attribute.getInt();
  if (value < least || value > most || (attribute && attribute.getValue().getBitWidth() > 64))
    return function.emitError() << "attribute vspec." << name << " is " << (attribute ? Twine(value).str() : "missing") << ", expected "
                                << least << " to " << most;
  return success();
}

LogicalResult DecoderReader::readNumbers(func::FuncOp function) {
  decoder.name = function.getSymName().str();
  for (char c : decoder.name)
    if (!isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '.')
      return function.emitError() << "name has other characters than letters, digits, '_' and '.'";
  FunctionType type = function.getFunctionType();
  auto block = type.getNumInputs() == 2 ? dyn_cast<MemRefType>(type.getInput(0)) : MemRefType();
  Type element = block ? block.getElementType() : Type();
  bool takes = block && block.hasStaticShape() && block.getRank() == 1 && block.getLayout().isIdentity() && !block.getMemorySpace() &&
               (element.isInteger(8) || element.isInteger(16) || element.isInteger(32)) && type.getInput(1).isIndex();
  bool gives =
      type.getNumResults() == 2 && (type.getResult(0).isInteger(32) || type.getResult(0).isInteger(64)) && type.getResult(1).isF32();
  if (!takes || !gives)
    return function.emitError() << "is " << type
                                << ", expected from (memref<NxI>, index), where I is i8, i16 or i32, to (i32, f32) or (i64, f32)";
  unsigned width = element.getIntOrFloatBitWidth() / 8;
  if (block.getNumElements() < 1 || block.getNumElements() > 4096 / width)
    return function.emitError() << "has blocks of " << block.getNumElements() << " elements, expected 1 to " << 4096 / width;
  decoder.bytes = unsigned(block.getNumElements()) * width;
  decoder.together = type.getResult(0).getIntOrFloatBitWidth() / 8;
  int64_t columns, group, bias, most, ggml;
  if (failed(number(function, "columns", 16, 1024, -1, columns)) || failed(number(function, "group", decoder.together, columns, -1, group)))
    return failure();
  if ((columns & (columns - 1)) || (group & (group - 1)))
    return function.emitError() << "has blocks of " << columns << " columns and groups of " << group << ", expected powers of two";
  if (failed(number(function, "bias", 0, 128, -1, bias)) || failed(number(function, "most", 1, bias == 128 ? 255 : 127, -1, most)) ||
      failed(number(function, "ggml_type", 0, INT32_MAX, 0, ggml)))
    return failure();
  decoder.columns = unsigned(columns), decoder.group = unsigned(group), decoder.bias = unsigned(bias), decoder.most = unsigned(most);
  if (function->hasAttr("vspec.ggml_type"))
    decoder.ggmlType = uint32_t(ggml);
  return readWrittenOut(function);
}

LogicalResult DecoderReader::readWrittenOut(func::FuncOp function) {
  auto text = function->getAttrOfType<StringAttr>("vspec.written_out");
  if (!text)
    return success();
  Result<Format> format = parseFormat(text.str());
  Result<NormalForm> form = format ? normalForm(*format, decoder.columns) : Result<NormalForm>(format.error());
  if (Result<void> checked = form ? checkWrittenOut(decoder, *form) : Result<void>(form.error()); !checked)
    return function.emitError() << "attribute vspec.written_out is '" << oneLine(text.str()) << "': " << checked.error().message;
  decoder.writtenOut = format->text();
  return success();
}

// Replaces the function by @block: its calls one behind the other, loops written out, constants folded.
LogicalResult DecoderReader::writeBlock(ModuleOp module, func::FuncOp function) {
  OpBuilder builder(function);
  FunctionType type = function.getFunctionType();
  SmallVector<Type> results(calls(), type.getResult(0));
  results.append(decoder.columns / decoder.group, type.getResult(1));
  SymbolTable::setSymbolName(function, "call");
  auto block = func::FuncOp::create(builder, function.getLoc(), "block", builder.getFunctionType(type.getInput(0), results));
  builder.setInsertionPointToStart(block.addEntryBlock());
  SmallVector<Value> codes, scales;
  for (unsigned call = 0; call < calls(); ++call) {
    IRMapping map;
    map.map(function.getArgument(0), block.getArgument(0));
    map.map(function.getArgument(1), arith::ConstantIndexOp::create(builder, function.getLoc(), call).getResult());
    for (Operation &op : function.getBody().front().without_terminator())
      builder.clone(op, map);
    Operation *end = function.getBody().front().getTerminator();
    codes.push_back(map.lookup(end->getOperand(0)));
    if (call * decoder.together % decoder.group == 0)
      scales.push_back(map.lookup(end->getOperand(1)));
  }
  codes.append(scales);
  func::ReturnOp::create(builder, function.getLoc(), codes);
  function.erase();
  SmallVector<scf::ForOp> loops;
  block.walk([&](scf::ForOp loop) { loops.push_back(loop); }); // inner ones first
  for (scf::ForOp loop : loops)
    (void)loopUnrollFull(loop); // what is left is refused
  IRRewriter rewriter(module.getContext());
  for (int pass = 0; pass < 2; ++pass) {
    (void)applyPatternsGreedily(block, RewritePatternSet(module.getContext()));
    DominanceInfo dominance(block);
    eliminateCommonSubExpressions(rewriter, dominance, block);
  }
  return success();
}
} // namespace

static void loadDialects(MLIRContext &context) {
  context.loadDialect<arith::ArithDialect, func::FuncDialect, memref::MemRefDialect, scf::SCFDialect>();
}

static Result<void> writesOut(const MLIRDecoder &decoder, const std::vector<uint8_t> &block) {
  CodedRows blocks;
  blocks.rows = 1, blocks.columns = decoder.columns, blocks.blocks = block;
  NormalForm form = *normalForm(*parseFormat(decoder.writtenOut), decoder.columns);
  Result<CodedRows> rows = writeOut(decoder, blocks, form, 0);
  return rows ? Result<void>() : rows.error();
}

Result<std::unique_ptr<const MLIRDecoder>> MLIRDecoder::parse(StringRef text, StringRef file) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  loadDialects(context);
  std::optional<std::string> problem;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    if (!problem && diagnostic.getSeverity() == DiagnosticSeverity::Error)
      problem = textOf(diagnostic, file);
    return success();
  });
  auto decoder = std::make_unique<MLIRDecoder>();
  // The parser reads until it meets a zero, which a mapped file need not have.
  OwningOpRef<ModuleOp> module = DecoderReader(*decoder).read(text.str(), file, context);
  if (!module)
    return Error{problem ? oneLine(*problem) : file.str() + ": is no decoder"};
  llvm::raw_string_ostream(decoder->blockText) << *module;
  decoder->tape = BlockTape(module->lookupSymbol<func::FuncOp>("block"));
  // What codes are is the text's promise, on which kernels rely: here is the attempt to break it.
  std::mt19937 random(1);
  std::vector<uint8_t> block(decoder->bytes), codes(decoder->columns);
  std::vector<float> scales(decoder->columns / decoder->group);
  for (int attempt = 0; attempt < 64; ++attempt) {
    for (uint8_t &byte : block)
      byte = attempt < 2 ? uint8_t(-attempt) : uint8_t(random());
    decoder->decode(block.data(), codes.data(), scales.data());
    for (uint8_t code : codes)
      if (code > decoder->most)
        return Error{file.str() + ": decoder @" + decoder->name + " makes the code " + std::to_string(code) + ", but vspec.most is " +
                     std::to_string(decoder->most)};
    bool areNumbers = llvm::all_of(scales, [](float scale) { return std::isfinite(scale); });
    if (areNumbers && !decoder->writtenOut.empty())
      if (Result<void> written = writesOut(*decoder, block); !written)
        return Error{file.str() + ": decoder @" + decoder->name + " makes what '" + decoder->writtenOut +
                     "' cannot say: " + written.error().message};
  }
  return std::unique_ptr<const MLIRDecoder>(std::move(decoder));
}

void MLIRDecoder::decode(const uint8_t *block, uint8_t *codes, float *scales) const {
  std::vector<uint64_t> made = tape.run(block);
  for (unsigned i = 0; i < columns; ++i)
    codes[i] = uint8_t(made[i / together] >> 8 * (i % together));
  for (unsigned g = 0; g < columns / group; ++g)
    scales[g] = floatOfBits(uint32_t(made[columns / together + g]));
}

OwningOpRef<ModuleOp> MLIRDecoder::blockModule(MLIRContext &context) const {
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(blockText, ParserConfig(&context));
  assert(module && "printed by MLIR itself");
  return module;
}
