#include "passes/Emit/EmitModelFile.h"
#include "dialects/VExec/VExec.h"
#include "dialects/VSpec/VSpec.h"
#include "passes/Emit/KernelWork.h"
#include "passes/Emit/MemoryPlan.h"
#include "passes/Emit/ProgramSection.h"
#include "passes/Emit/WeightStream.h"
#include "passes/Lower/Image/CodeImage.h"
#include "passes/Lower/LowerKernels.h"
#include "passes/Lower/PTX/PTXCode.h"
#include "vspec/Chat/ChatTemplate.h"
#include "vspec/ModelFile/ModelFileWriter.h"
#include "vspec/Tokenizer/ChatTemplateOf.h"
#include "vspec/Tokenizer/FromCheckpoint.h"
#include "llvm/Support/JSON.h"
#include <algorithm>
#include <cstring>

using namespace mlir;
using namespace vspec;

namespace {
class ModelFileEmitter {
public:
  ModelFileEmitter(ModuleOp module, const Checkpoint *checkpoint, const EmitOptions &options)
      : module(module), checkpoint(checkpoint), options(options) {}

  FailureOr<EmitReport> emit();

private:
  LogicalResult fail(const Error &error) { return module.emitError(error.message); }
  int64_t number(StringRef attribute) {
    auto value = module->getAttrOfType<IntegerAttr>(attribute);
    return value ? value.getInt() : 0;
  }
  LogicalResult planWeights();
  LogicalResult lowerCode();
  LogicalResult lowerImage(const CodeTarget &target, const LoweredKernels &lowered);
  LogicalResult lowerPTX(const CodeTarget &target, const LoweredKernels &lowered);
  LogicalResult readTokenizer();
  file::Manifest manifest();
  std::string provenance();
  LogicalResult write(ModelFileWriter &writer);
  void reportPlans();

  ModuleOp module;
  const Checkpoint *checkpoint;
  const EmitOptions &options;
  EmitReport report;
  llvm::StringMap<WeightPlace> places;
  llvm::StringMap<KernelMemory> memory;
  struct Code {
    const CodeTarget *target;
    CodeImage image;
    std::vector<file::KernelEntry> entries;
  };
  std::vector<Code> code;
  struct PTX {
    const CodeTarget *target;
    std::string text; // its entries have the names of the kernels: it needs no table of them
  };
  std::vector<PTX> ptx;
  std::optional<TokenizerModel> tokenizer;
  std::string chatTemplate; // empty: none
};

FailureOr<EmitReport> ModelFileEmitter::emit() {
  if (failed(planWeights()) || failed(readTokenizer()))
    return failure();
  // Before the long part: a file that cannot be written should be said at once.
  std::optional<ModelFileWriter> writer;
  if (!options.dryRun) {
    Result<ModelFileWriter> created = ModelFileWriter::create(options.path, manifest());
    if (!created)
      return fail(created.error());
    writer.emplace(std::move(*created));
  }
  if (failed(lowerCode()) || (writer && failed(write(*writer))))
    return failure();
  reportPlans();
  return report;
}

LogicalResult ModelFileEmitter::planWeights() {
  uint64_t offset = 0;
  for (auto weight : module.getOps<WeightOp>()) {
    WeightType type = weight.getWeightType();
    Result<uint64_t> bytes = WeightStream::packedBytes(type);
    if (!bytes)
      return weight.emitError() << "@" << weight.getSymName() << ": " << bytes.error().message;
    places[weight.getSymName()] = {offset, *bytes};
    offset += *bytes;
    uint64_t count = uint64_t(type.getRows()) * uint64_t(type.getColumns());
    report.weights += count;
    std::string format = type.getLayout() == Layout::Plain ? "gains and biases, f32" : type.getFormat().str();
    auto it = llvm::find_if(report.formats, [&](const EmitReport::FormatShare &share) { return share.format == format; });
    if (it == report.formats.end())
      it = report.formats.insert(report.formats.end(), {format, 0, 0, 0});
    ++it->tensors, it->weights += count, it->bytes += *bytes;
  }
  report.weightBytes = offset;
  return success();
}

LogicalResult ModelFileEmitter::readTokenizer() {
  if (!checkpoint)
    return success();
  Result<TokenizerModel> model = tokenizerOf(*checkpoint);
  if (!model)
    return fail(model.error());
  tokenizer = *model;
  report.tokenizerBytes = tokenizer->serialize().size();
  Result<std::optional<std::string>> text = chatTemplateOf(*checkpoint);
  if (!text)
    return fail(text.error());
  chatTemplate = text->value_or("");
  // Whoever never chats does not need it.
  if (Result<ChatTemplate> chat = ChatTemplate::parse(chatTemplate, "the chat template"); !chat)
    module.emitWarning() << checkpoint->path() << ": " << chat.error().message << "; --chat needs another one, see --chat-template";
  return success();
}

LogicalResult ModelFileEmitter::lowerCode() {
  for (const CodeTarget *target : options.targets) {
    llvm::LLVMContext context;
    FailureOr<LoweredKernels> lowered = lowerKernels(module, *target, options.rowCapacity, context);
    if (failed(lowered))
      return failure();
    for (auto kernel : module.getOps<vexec::KernelOp>()) {
      KernelMemory &most = memory[kernel.getSymName()], bytes = lowered->memory.lookup(kernel.getSymName());
      most = {std::max(most.scratch, bytes.scratch), std::max(most.panel, bytes.panel)};
    }
    if (failed(target->machine == file::Target::CUDA ? lowerPTX(*target, *lowered) : lowerImage(*target, *lowered)))
      return failure();
  }
  return success();
}

LogicalResult ModelFileEmitter::lowerImage(const CodeTarget &target, const LoweredKernels &lowered) {
  ImageOptions image;
  image.threads = options.threads;
  Result<CodeImage> built = compileImage(*lowered.module, target, lowered.functions, image);
  if (!built)
    return fail(built.error());
  Code entry{&target, std::move(*built), {}};
  auto offsetOf = [&](const std::string &name) {
    auto it = llvm::find_if(entry.image.entries, [&](const CodeImage::Entry &e) { return e.name == name; });
    return it == entry.image.entries.end() ? file::KernelEntry::none : it->offset;
  };
  for (auto kernel : module.getOps<vexec::KernelOp>()) {
    std::string name = kernel.getSymName().str();
    entry.entries.push_back({offsetOf(name + ".prologue"), offsetOf(name + ".tile")});
  }
  report.codeBytes += entry.image.bytes.size();
  code.push_back(std::move(entry));
  return success();
}

LogicalResult ModelFileEmitter::lowerPTX(const CodeTarget &target, const LoweredKernels &lowered) {
  Result<std::string> text = emitPTX(*lowered.module, target, lowered.functions);
  if (!text)
    return fail(text.error());
  report.codeBytes += text->size();
  ptx.push_back({&target, std::move(*text)});
  return success();
}

file::Manifest ModelFileEmitter::manifest() {
  file::Manifest manifest{};
  manifest.vocabulary = uint32_t(number("vspec.vocabulary"));
  manifest.contextCeiling = uint32_t(number("vspec.context"));
  manifest.trainedContext = uint32_t(number("vspec.trained_context"));
  manifest.slots = uint32_t(options.slots);
  manifest.layers = uint32_t(number("vspec.layers"));
  manifest.hidden = uint32_t(number("vspec.hidden"));
  manifest.bosToken = -1;
  if (tokenizer) {
    manifest.bosToken = tokenizer->bos;
    manifest.addBos = tokenizer->addsBos();
    for (int32_t token : tokenizer->endTokens)
      if (manifest.endTokens < std::size(manifest.endToken) && token < int32_t(manifest.vocabulary))
        manifest.endToken[manifest.endTokens++] = token;
  }
  if (auto family = module->getAttrOfType<StringAttr>("vspec.family"))
    std::strncpy(manifest.family, family.str().c_str(), sizeof manifest.family - 1);
  return manifest;
}

std::string ModelFileEmitter::provenance() {
  llvm::json::Array sources, weights, kernels;
  if (checkpoint)
    for (const Checkpoint::SourceHash &source : checkpoint->hashSources(options.threads))
      sources.push_back(llvm::json::Object{{"name", source.name}, {"bytes", int64_t(source.bytes)}, {"sha256", toHex(source.sha256)}});
  for (auto weight : module.getOps<WeightOp>()) {
    WeightType type = weight.getWeightType();
    WeightPlace place = places.lookup(weight.getSymName());
    weights.push_back(llvm::json::Object{{"name", weight.getSymName()},
                                         {"source", weight.getSource()},
                                         {"rows", type.getRows()},
                                         {"columns", type.getColumns()},
                                         {"format", type.getFormat()},
                                         {"offset", int64_t(place.offset)},
                                         {"bytes", int64_t(place.bytes)}});
  }
  auto products = [](const Products &p) { return llvm::json::Object{{"int8", p.int8}, {"f32", p.f32}}; };
  for (auto kernel : module.getOps<vexec::KernelOp>()) {
    KernelWork work = workOf(kernel);
    kernels.push_back(
        llvm::json::Object{{"name", kernel.getSymName()}, {"row_products", products(work.row)}, {"token_products", products(work.token)}});
  }
  llvm::json::Object all{{"compiler", "vspec " + options.version},
                         {"flags", options.flags},
                         {"sources", std::move(sources)},
                         {"weights", std::move(weights)},
                         {"kernels", std::move(kernels)}};
  std::string text;
  llvm::raw_string_ostream(text) << llvm::formatv("{0:2}", llvm::json::Value(std::move(all)));
  return text;
}

LogicalResult ModelFileEmitter::write(ModelFileWriter &writer) {
  using file::SectionKind;
  Result<std::vector<uint8_t>> program = buildProgramSection(module, memory, places);
  if (!program)
    return fail(program.error());
  report.programBytes = program->size();
  auto add = [&](const SectionName &name, const void *bytes, uint64_t count) -> LogicalResult {
    Result<void> added = writer.add(name, bytes, count);
    return added ? success() : fail(added.error());
  };
  if (failed(add({SectionKind::Program, file::Target::None, "cpu"}, program->data(), program->size())))
    return failure();
  for (const Code &variant : code) {
    SectionName name{SectionKind::Code, variant.target->machine, std::string(variant.target->name), variant.target->features};
    if (failed(add(name, variant.image.bytes.data(), variant.image.bytes.size())))
      return failure();
    name.kind = SectionKind::Entries;
    if (failed(add(name, variant.entries.data(), variant.entries.size() * sizeof(file::KernelEntry))))
      return failure();
  }
  for (const PTX &variant : ptx) {
    SectionName name{SectionKind::Code, variant.target->machine, std::string(variant.target->name), variant.target->features};
    if (failed(add(name, variant.text.data(), variant.text.size())))
      return failure();
  }
  if (tokenizer) {
    std::string bytes = tokenizer->serialize();
    if (failed(add({SectionKind::Tokenizer}, bytes.data(), bytes.size())))
      return failure();
    if (!chatTemplate.empty() && failed(add({SectionKind::ChatTemplate}, chatTemplate.data(), chatTemplate.size())))
      return failure();
  }
  std::string text = provenance();
  if (failed(add({SectionKind::Provenance}, text.data(), text.size())))
    return failure();

  WeightStream stream(checkpoint, options.threads);
  if (Result<void> begun = writer.begin({SectionKind::Weights, file::Target::None, "cpu"}); !begun)
    return fail(begun.error());
  uint64_t done = 0;
  auto append = [&](const void *bytes, uint64_t count) {
    Result<void> appended = writer.append(bytes, count);
    done += count;
    if (appended && options.progress)
      options.progress(done, report.weightBytes);
    return appended;
  };
  for (auto weight : module.getOps<WeightOp>()) {
    assert(writer.sectionBytes() == places.lookup(weight.getSymName()).offset && "weights begin where they were planned");
    if (Result<void> written = stream.write(weight, append); !written)
      return fail(written.error());
  }
  if (Result<void> ended = writer.end(); !ended)
    return fail(ended.error());
  if (Result<void> finished = writer.finish(); !finished)
    return fail(finished.error());
  return success();
}

void ModelFileEmitter::reportPlans() {
  report.arenaBytes = arenaBytes(module);
  report.stateBytes = sessionBytes(module);
  for (auto &entry : memory) {
    report.scratchBytes = std::max<uint64_t>(report.scratchBytes, entry.second.ofWorker());
    report.panelBytes = std::max<uint64_t>(report.panelBytes, entry.second.panel);
  }
  report.fileBytes = report.weightBytes + report.codeBytes + report.programBytes + report.tokenizerBytes;
}
} // namespace

FailureOr<EmitReport> vspec::emitModelFile(ModuleOp module, const Checkpoint *checkpoint, const EmitOptions &options) {
  return ModelFileEmitter(module, checkpoint, options).emit();
}
