#include "runtime/Model.h"
#include "runtime/ProcessorFeatures.h"
#include "vspec/Support/Quote.h"
#include <cstdlib>
#include <cstring>

namespace vspec {
namespace {

// The device class that this runtime executes.
constexpr char deviceClass[] = "cpu";

void log(const vspec_model_options &options, const std::string &line) {
  if (options.log)
    options.log(options.user, line.c_str());
}

} // namespace

Status Model::open(FileBytes bytes, const vspec_model_options &options, std::unique_ptr<Model> &result, Topology topology) {
  auto file = ModelFile::read(std::move(bytes));
  if (!file)
    return {VSPEC_MALFORMED, file.error()};
  std::unique_ptr<Model> model(new Model(std::move(*file), std::move(topology)));
  if (!model->file.find(file::SectionKind::Program, file::Target::None, deviceClass))
    return {VSPEC_UNSUPPORTED, model->file.name() + ": has no program for the device class '" + deviceClass + "'"};
  auto program = model->file.program(deviceClass);
  if (!program)
    return {VSPEC_MALFORMED, program.error()};
  model->checkedProgram = std::move(*program);
  for (auto load : {&Model::chooseCode, &Model::loadCode, &Model::loadWeights})
    if (Status loaded = (*model.*load)(options); !loaded.ok())
      return loaded;
  if (Status loaded = model->loadText(); !loaded.ok())
    return loaded;
  if (Status started = model->start(options); !started.ok())
    return started;
  result = std::move(model);
  return {};
}

// The first variant in the file whose features are all there; or the one that was asked for, whose features must be there.
Status Model::chooseCode(const vspec_model_options &options) {
  const char *wanted = options.isa ? options.isa : std::getenv("VSPEC_ISA");
  if (wanted && !*wanted)
    wanted = nullptr;
  uint64_t have = processorFeatures();
  std::string others; // why the variants of this instruction set will not do
  for (const file::Section &section : file.sections()) {
    if (section.kind != file::SectionKind::Code || section.target != processorTarget())
      continue;
    uint64_t missing = section.features & ~have;
    if (!missing && (!wanted || !std::strcmp(wanted, section.name))) {
      codeSection = &section;
      return {};
    }
    others += (others.empty() ? "" : "; ") + sectionTitle(section) + (missing ? " needs " + featureNames(missing) : " would do");
  }
  return {VSPEC_UNSUPPORTED,
          file.name() + (wanted ? ": has no code " + quote(wanted) + " that this processor runs" : ": has no code for this processor") +
              (others.empty() ? "" : " (" + others + ")")};
}

Status Model::loadCode(const vspec_model_options &options) {
  auto table = file.entries(*codeSection, program().kernels.size());
  if (!table)
    return {VSPEC_MALFORMED, table.error()};
  entries = std::move(*table);
  auto image = CodeImage::map(file.bytes(), codeSection->offset, codeSection->bytes, options.copy_code != 0);
  if (!image)
    return {VSPEC_CANNOT_READ, image.error()};
  code.emplace(std::move(*image));
  // The very bytes that will run.
  if (auto verified = file.verifyCopy(*codeSection, code->data()); !verified)
    return {VSPEC_MALFORMED, verified.error()};
  log(options, sectionTitle(*codeSection) + ": " + std::to_string(code->bytes()) + " bytes, " +
                   (code->copied() ? "copied" : "mapped from the file"));
  return {};
}

Status Model::loadWeights(const vspec_model_options &options) {
  weightsSection = file.find(file::SectionKind::Weights, file::Target::None, deviceClass);
  if (!weightsSection)
    return {};
  file.bytes().readAhead(weightsSection->offset, weightsSection->bytes);
  log(options, "weights: " + std::to_string(weightsSection->bytes) + " bytes, " + (options.weights_in_ram ? "copied" : "mapped"));
  if (options.weights_in_ram)
    if (Status copied = copyWeights(options); !copied.ok())
      return copied;
  if (!options.verify_weights)
    return {};
  auto verified = file.verify(
      *weightsSection, [&](uint64_t done, uint64_t total) { return !options.progress || !options.progress(options.user, done, total); });
  if (!verified)
    return {VSPEC_MALFORMED, verified.error()};
  return *verified ? Status() : Status(VSPEC_CANCELLED, file.name() + ": cancelled while its weights were verified");
}

Status Model::copyWeights(const vspec_model_options &options) {
  constexpr uint64_t piece = 16 << 20;
  uint64_t total = weightsSection->bytes;
  auto memory = Memory::allocateHuge(total, "a copy of the weights");
  if (!memory)
    return {VSPEC_OUT_OF_MEMORY, file.name() + ": " + memory.error().message};
  placeWeights(memory->data());
  for (uint64_t done = 0; done < total; done += piece) {
    if (options.progress && options.progress(options.user, done, total))
      return {VSPEC_CANCELLED, file.name() + ": cancelled while its weights were copied"};
    std::memcpy(memory->data() + done, file.data(*weightsSection) + done, std::min(piece, total - done));
  }
  weightCopy = std::move(*memory);
  return {};
}

// Each node gets its part of every weight, in huge pages: its workers take the same part of the tiles first.
void Model::placeWeights(uint8_t *copy) const {
  constexpr uint64_t page = 2 << 20;
  for (const file::Operand &operand : program().operands) {
    if (operand.kind != file::OperandKind::Weight || topology.count() == 1)
      continue;
    auto cut = [&](uint64_t node) { return (operand.offset + operand.bytes / topology.count() * node) / page * page; };
    for (unsigned node = 0; node < topology.count(); ++node)
      placeOnNode(copy + cut(node), cut(node + 1) - cut(node), topology.nodes[node].number);
  }
}

Status Model::loadText() {
  using file::SectionKind;
  auto text = [&](SectionKind kind, std::optional<std::string> &into) -> Status {
    const file::Section *section = file.find(kind, file::Target::None, "");
    if (!section)
      return {};
    if (auto verified = file.verify(*section); !verified)
      return {VSPEC_MALFORMED, verified.error()};
    into.emplace(reinterpret_cast<const char *>(file.data(*section)), section->bytes);
    return {};
  };
  std::optional<std::string> tokenizerBytes;
  for (auto [kind, into] : {std::pair(SectionKind::Tokenizer, &tokenizerBytes), std::pair(SectionKind::ChatTemplate, &templateText),
                            std::pair(SectionKind::Provenance, &provenanceText)})
    if (Status read = text(kind, *into); !read.ok())
      return read;
  if (!tokenizerBytes)
    return {};
  auto read = Tokenizer::fromBytes(*tokenizerBytes);
  if (!read)
    return {VSPEC_MALFORMED, file.name() + ": " + read.error().message};
  words.emplace(std::move(*read));
  return {};
}

Status Model::start(const vspec_model_options &options) {
  unsigned threads = options.threads ? options.threads : std::min(availableProcessors(), WorkerPool::maxWorkers);
  if (threads > WorkerPool::maxWorkers)
    return {VSPEC_INVALID_ARGUMENT,
            std::to_string(threads) + " threads asked for, but the runtime takes 1 to " + std::to_string(WorkerPool::maxWorkers)};
  ExecutorBytes planned = planExecutor(program(), manifest().slots, threads);
  log(options, "arena: " + std::to_string(planned.arena) + " bytes; scratch of " + std::to_string(threads) +
                   " workers: " + std::to_string(planned.scratch) + " bytes; tables: " + std::to_string(planned.tables) + " bytes");
  const uint8_t *weights = weightCopy.data() ? weightCopy.data() : weightsSection ? file.data(*weightsSection) : nullptr;
  auto opened = Executor::open({program(), *code, entries, weights, manifest(), threads, topology});
  if (!opened)
    return {VSPEC_OUT_OF_MEMORY, file.name() + ": " + opened.error().message};
  runner = std::move(*opened);
  assert(runner->used() == planned);
  std::memcpy(stateOrigin.fingerprint, manifest().fingerprint, sizeof stateOrigin.fingerprint);
  std::memcpy(stateOrigin.deviceClass, deviceClass, sizeof deviceClass);
  return {};
}

Status Model::checkContext(uint32_t context) const {
  if (context <= manifest().contextCeiling)
    return {};
  return {VSPEC_INVALID_ARGUMENT, "a context of " + std::to_string(context) + " tokens is asked for, but " + file.name() +
                                      " was compiled for at most " + std::to_string(manifest().contextCeiling)};
}

void Model::describe(vspec_model_info &info) const {
  const file::Manifest &m = manifest();
  info = {};
  info.vocabulary = m.vocabulary;
  info.context_ceiling = m.contextCeiling;
  info.trained_context = m.trainedContext;
  info.slots = m.slots;
  info.row_capacity = program().rowCapacity();
  info.logits_capacity = program().logitsCapacity();
  info.layers = m.layers;
  info.hidden = m.hidden;
  info.threads = runner->threads();
  info.bos_token = m.bosToken;
  info.add_bos = int32_t(m.addBos);
  info.end_tokens = m.endTokens;
  static_assert(sizeof info.end_token == sizeof m.endToken && sizeof info.family == sizeof m.family);
  std::memcpy(info.end_token, m.endToken, sizeof m.endToken);
  info.has_tokenizer = words.has_value();
  std::memcpy(info.family, m.family, sizeof m.family);
  std::memcpy(info.isa, codeSection->name, sizeof codeSection->name);
  std::memcpy(info.fingerprint, m.fingerprint, sizeof m.fingerprint);
  ExecutorBytes used = runner->used();
  info.arena_bytes = used.arena;
  info.scratch_bytes = used.scratch;
  info.table_bytes = used.tables;
  info.weight_bytes = weightsSection ? weightsSection->bytes : 0;
  info.weights_in_ram = weightCopy.data() != nullptr;
  info.code_bytes = code->bytes();
}

} // namespace vspec
