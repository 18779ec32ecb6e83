#include "passes/Pipelines/Compiler.h"
#include "dialects/VSpec/ToJson.h"
#include "dialects/VSpec/VSpec.h"
#include "mlir/IR/Diagnostics.h"
#include "passes/Decoders/Decoders.h"
#include "passes/Emit/EmitModelFile.h"
#include "passes/Emit/WeightStream.h"
#include "passes/Import/Import.h"
#include "passes/Lower/Image/CodeImage.h"
#include "passes/Lower/LowerKernels.h"
#include "passes/Lower/PTX/PTXCode.h"
#include "passes/Pipelines/FitMemory.h"
#include "passes/Pipelines/Pipelines.h"
#include "vspec/Support/AtomicFile.h"
#include "vspec/Support/NpyWriter.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace vspec;

namespace {
/// One of the words that an option may have.
template <typename... Words> std::optional<size_t> wordIndex(StringRef word, const Words &...words) {
  size_t index = 0;
  for (StringRef known : {StringRef(words)...}) {
    if (word == known)
      return index;
    ++index;
  }
  return std::nullopt;
}

class Compiler {
public:
  explicit Compiler(const CompileRequest &request) : request(request), flags(request.flags) {}
  Result<std::optional<CompileReport>> run();

private:
  Result<void> readOptions();
  Result<void> readTargets();
  Result<void> import();
  Result<void> fit();
  Result<void> runStages();
  Result<void> writeText(const std::string &text);
  Result<void> writeJson();
  Result<std::string> codeText();
  Result<CompileReport> writeModelFile();
  Error failed(StringRef otherwise) const { return Error{message.empty() ? otherwise.str() : message}; }

  const CompileRequest &request;
  PipelineOptions options;
  Stage last = Stage::Emit;
  std::vector<const CodeTarget *> targets;
  std::optional<Checkpoint> checkpoint;
  std::unique_ptr<MLIRContext> context;
  OwningOpRef<ModuleOp> module;
  std::string message; // the first error
  std::string flags;
  bool trying = false; // candidates, whose remarks nobody needs
};

Result<void> Compiler::readOptions() {
  options.weights = request.weights;
  options.activations = request.activations;
  if (!wordIndex(request.activations, "int8", "bf16", "f32"))
    return Error{"--activations is '" + request.activations + "', expected int8, bf16 or f32"};
  options.activationBlock = request.activationBlock;
  if (!wordIndex(request.activationBlock, "group", "token"))
    return Error{"--activation-block is '" + request.activationBlock + "', expected group or token"};
  if (request.activationBlock != "group" && request.activations != "int8")
    return Error{"--activation-block is '" + request.activationBlock + "', but --activations=" + request.activations + " has no blocks"};
  std::vector<std::string> sides{"", ""};
  StringRef kv = request.kv;
  if (!kv.contains(':')) {
    options.keys = options.values = kv.str();
  } else {
    SmallVector<StringRef> parts;
    kv.split(parts, ',');
    for (StringRef part : parts) {
      auto [side, format] = part.split(':');
      std::optional<size_t> index = wordIndex(side, "k", "v");
      if (!index)
        return Error{"--kv has '" + part.str() + "', expected a format, or k:FORMAT,v:FORMAT"};
      (*index ? options.values : options.keys) = format.str();
    }
  }
  for (const std::string &format : {options.keys, options.values})
    if (!wordIndex(format, "f32", "f16", "int8", "int4"))
      return Error{"--kv has format '" + format + "', expected f32, f16, int8 or int4"};
  if (request.context < 0 || request.context > 0x7fffffff)
    return Error{"--context is " + std::to_string(request.context) + ", expected 1 to 2147483647"};
  if (request.batch < 1 || request.batch > 4096)
    return Error{"--batch is " + std::to_string(request.batch) + ", expected 1 to 4096"};
  if (request.chunk && (*request.chunk < 1 || *request.chunk > 4096))
    return Error{"--chunk is " + std::to_string(*request.chunk) + ", expected 1 to 4096"};
  options.context = request.context;
  options.decodeRows = request.batch;
  if (!wordIndex(request.emit, "vspec", "json", "mlir", "llvm", "asm", "ptx"))
    return Error{"--emit is '" + request.emit + "', expected vspec, json, mlir, llvm, asm or ptx"};
  if (!request.stopAfter.empty()) {
    std::optional<size_t> index = wordIndex(request.stopAfter, "import", "quantize", "plan-kv", "fuse", "pack", "plan-memory", "lower", "emit");
    if (!index)
      return Error{"--stop-after is '" + request.stopAfter +
                   "', expected import, quantize, plan-kv, fuse, pack, plan-memory, lower or emit"};
    last = Stage(*index);
  } else if (request.emit == "json") {
    last = Stage::Fuse;
  } else if (request.emit != "vspec") {
    last = request.emit == "mlir" ? Stage::PlanMemory : Stage::Lower;
  }
  if (request.emit == "json" && last > Stage::Fuse)
    return Error{"--emit=json tells what the model computes: --stop-after is '" + request.stopAfter +
                 "', expected import, quantize, plan-kv or fuse"};
  return readTargets();
}

// "cpu" is short for "cpu:x86_64", all targets of that machine; "cpu:v3" is one target, "cuda:sm_80" one chip.
Result<void> Compiler::readTargets() {
  SmallVector<StringRef> names;
  StringRef(request.target).split(names, ',');
  for (StringRef name : names) {
    auto [device, isas] = (name == "cpu" ? "cpu:x86_64" : name).split(':');
    if ((device != "cpu" && device != "cuda") || isas.empty())
      return Error{"--target has '" + name.str() + "', expected cpu, cpu:all, some of them, like cpu:v3+i8mm, or a chip, like cuda:sm_80"};
    SmallVector<StringRef> chosen;
    isas.split(chosen, '+');
    for (StringRef isa : chosen) {
      if (device == "cuda") {
        Result<const CodeTarget *> chip = findCudaTarget(isa.str());
        if (!chip)
          return Error{"--target: " + chip.error().message};
        targets.push_back(*chip);
        continue;
      }
      Result<std::vector<const CodeTarget *>> some = chooseCodeTargets(isa.str());
      if (!some)
        return Error{"--target: " + some.error().message};
      targets.insert(targets.end(), some->begin(), some->end());
    }
  }
  llvm::SmallVector<const CodeTarget *> unique;
  for (const std::vector<CodeTarget> *known : {&codeTargets(), &cudaTargets()}) // best first, each once
    for (const CodeTarget &target : *known)
      if (llvm::is_contained(targets, &target))
        unique.push_back(&target);
  targets.assign(unique.begin(), unique.end());
  auto isCuda = [](const CodeTarget *target) { return target->machine == file::Target::CUDA; };
  if (request.emit == "ptx" && llvm::none_of(targets, isCuda))
    return Error{"--emit is 'ptx', but --target is '" + request.target + "', which has no CUDA chip"};
  if (last == Stage::Emit && llvm::all_of(targets, isCuda))
    return Error{"--target is '" + request.target + "', but a model file needs cpu too: the runtime has no CUDA device yet (--emit=ptx "
                 "prints the code)"};
  return {};
}

Result<void> Compiler::import() {
  FailureOr<OwningOpRef<ModuleOp>> imported = failure();
  if (request.randomWeights) {
    Result<Json> config = Json::read(request.input);
    if (!config)
      return config.error();
    imported = importConfig(*context, *config, *request.randomWeights, request.context);
  } else {
    Result<Checkpoint> opened = Checkpoint::open(request.input);
    if (!opened)
      return opened.error();
    checkpoint = std::move(*opened);
    imported = importModel(*context, *checkpoint, request.context);
  }
  if (llvm::failed(imported))
    return failed("the model could not be imported");
  module = std::move(*imported);
  // With 64 rows a weight is read often enough, and the rows stay in the caches. An expert gets but a part of the rows.
  bool hasExperts = module->walk([](RouteOp) { return WalkResult::interrupt(); }).wasInterrupted();
  int64_t chunk = request.chunk.value_or(hasExperts ? 256 : 64);
  options.prefillRows = std::max(chunk, request.batch);
  flags += " chunk=" + std::to_string(chunk);
  return {};
}

Result<void> Compiler::fit() {
  FitRequest wanted;
  wanted.limit = request.fit;
  wanted.sessions = request.batch;
  wanted.threads = CompileReport::threads;
  wanted.target = targets.front();
  wanted.weightsGiven = !request.weights.empty();
  wanted.cacheGiven = request.kvGiven;
  wanted.contextGiven = request.context != 0;
  trying = true;
  FailureOr<FitChoice> chosen = fitMemory(*module, options, wanted);
  trying = false;
  if (llvm::failed(chosen))
    return failed("nothing fits");
  options = chosen->options;
  flags += " fit=" + std::to_string(request.fit) + " chose: " + chosen->description;
  if (request.note)
    request.note("--fit chose " + chosen->description);
  return {};
}

Result<void> Compiler::runStages() {
  PassManager passes(context.get());
  addStages(passes, options, last);
  if (llvm::failed(passes.run(*module)))
    return failed("a stage failed");
  return {};
}

Result<void> Compiler::writeText(const std::string &text) {
  if (request.output.empty() || request.output == "-") {
    llvm::outs() << text;
    llvm::outs().flush();
    if (llvm::outs().has_error())
      return Error{"standard output: " + llvm::outs().error().message()};
    return {};
  }
  Result<AtomicFile> file = AtomicFile::create(request.output);
  if (!file)
    return file.error();
  if (Result<void> written = file->write(text); !written)
    return written;
  return file->commit();
}

// A folder with module.json and each weight as NAME.npy, decoded from its format.
Result<void> Compiler::writeJson() {
  Result<std::string> text = moduleToJson(*module);
  if (!text)
    return text.error();
  if (request.output.empty() || request.output == "-")
    return writeText(*text);
  if (std::error_code code = llvm::sys::fs::create_directories(request.output))
    return Error{request.output + ": cannot create the folder: " + code.message()};
  WeightStream stream(checkpoint ? &*checkpoint : nullptr, request.threads);
  for (auto weight : module->getOps<WeightOp>()) {
    std::string path = request.output + "/" + weight.getSymName().str() + ".npy";
    WeightType type = weight.getWeightType();
    Result<NpyWriter> npy = NpyWriter::create(path, uint64_t(type.getColumns()));
    if (!npy)
      return npy.error();
    Result<void> written = stream.writeDecoded(weight, [&](const void *bytes, uint64_t count) -> Result<void> {
      auto *row = static_cast<const float *>(bytes);
      for (const float *end = row + count / 4; row != end; row += type.getColumns())
        if (Result<void> appended = npy->append(row); !appended)
          return appended;
      return Result<void>();
    });
    if (!written)
      return written;
    if (Result<void> closed = npy->commit(); !closed)
      return closed;
  }
  Result<AtomicFile> file = AtomicFile::create(request.output + "/module.json");
  if (!file)
    return file.error();
  if (Result<void> written = file->write(*text); !written)
    return written;
  return file->commit();
}

Result<std::string> Compiler::codeText() {
  std::string all;
  for (const CodeTarget *target : targets) {
    bool isCuda = target->machine == file::Target::CUDA;
    if (request.emit == "ptx" && !isCuda)
      continue;
    llvm::LLVMContext llvmContext;
    FailureOr<LoweredKernels> lowered = lowerKernels(*module, *target, options.prefillRows, llvmContext);
    if (llvm::failed(lowered))
      return failed("the kernels could not be lowered");
    if (request.emit == "mlir") {
      llvm::raw_string_ostream(all) << *lowered->dialect << "\n";
      continue;
    }
    ImageOptions image;
    image.threads = request.threads;
    bool isAssembly = request.emit == "asm" || request.emit == "ptx";
    Result<std::string> text = isCuda ? (isAssembly ? emitPTX : emitPTXModule)(*lowered->module, *target, lowered->functions)
                                      : (isAssembly ? emitAssembly : emitLLVM)(*lowered->module, *target, lowered->functions, image);
    if (!text)
      return text.error();
    all += *text;
  }
  return all;
}

Result<CompileReport> Compiler::writeModelFile() {
  EmitOptions emit;
  emit.path = request.output;
  emit.targets = targets;
  emit.threads = request.threads;
  emit.slots = request.batch;
  emit.rowCapacity = options.prefillRows;
  emit.version = request.version;
  emit.flags = flags;
  emit.dryRun = request.dryRun;
  if (request.progress)
    emit.progress = [&](uint64_t done, uint64_t all) { request.progress("writing weights", done, all); };
  FailureOr<EmitReport> emitted = emitModelFile(*module, checkpoint ? &*checkpoint : nullptr, emit);
  if (llvm::failed(emitted))
    return failed("the model file could not be written");
  CompileReport report;
  report.parts = {{"weights", emitted->weightBytes},
                  {"code", emitted->codeBytes},
                  {"program", emitted->programBytes},
                  {"tokenizer", emitted->tokenizerBytes}};
  for (const EmitReport::FormatShare &share : emitted->formats)
    report.formats.push_back({share.format, share.tensors, share.weights, share.bytes});
  report.weights = emitted->weights;
  report.weightBytes = emitted->weightBytes;
  report.arenaBytes = emitted->arenaBytes;
  report.scratchBytes = emitted->scratchBytes;
  report.panelBytes = emitted->panelBytes;
  report.stateBytes = emitted->stateBytes;
  report.context = (*module)->getAttrOfType<IntegerAttr>("vspec.context").getInt();
  report.sessions = request.batch;
  return report;
}

Result<std::optional<CompileReport>> Compiler::run() {
  if (Result<void> read = readOptions(); !read)
    return read.error();
  DialectRegistry registry;
  registerDialects(registry);
  context = std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  context->loadAllAvailableDialects();
  ScopedDiagnosticHandler handler(context.get(), [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error) {
      if (message.empty())
        message = diagnostic.str();
    } else if (request.note && !trying) {
      request.note(diagnostic.str());
    }
    return success();
  });
  if (Result<void> imported = import(); !imported)
    return imported.error();
  if (request.fit != 0)
    if (Result<void> fitted = fit(); !fitted)
      return fitted.error();
  if (Result<void> staged = runStages(); !staged)
    return staged.error();
  if (request.emit == "json") {
    Result<void> written = writeJson();
    return written ? Result<std::optional<CompileReport>>(std::nullopt) : written.error();
  }
  if (last != Stage::Emit) {
    std::string text;
    if (last == Stage::Lower) {
      Result<std::string> code = codeText();
      if (!code)
        return code.error();
      text = *code;
    } else {
      llvm::raw_string_ostream(text) << *module << "\n";
    }
    Result<void> written = writeText(text);
    return written ? Result<std::optional<CompileReport>>(std::nullopt) : written.error();
  }
  Result<CompileReport> report = writeModelFile();
  if (!report)
    return report.error();
  return std::optional<CompileReport>(*report);
}
} // namespace

Result<std::optional<CompileReport>> vspec::compile(const CompileRequest &request) {
  addBuiltInDecoders();
  for (const std::string &library : request.formatLibraries)
    if (Result<void> loaded = loadDecoder(library); !loaded)
      return loaded.error();
  return Compiler(request).run();
}
