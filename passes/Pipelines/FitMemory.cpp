#include "passes/Pipelines/FitMemory.h"
#include "dialects/VSpec/VSpec.h"
#include "passes/Emit/MemoryPlan.h"
#include "passes/Lower/LowerKernels.h"
#include "passes/PlanKV/Passes.h"
#include "vspec/Quant/FormatRules.h"
#include "vspec/Support/ReadableBytes.h"
#include "llvm/ADT/StringMap.h"
#include <map>

using namespace mlir;
using namespace vspec;

namespace {
constexpr int64_t shortContext = 4096, leastContext = 512;

struct CacheFormats {
  std::string keys, values;
};

/// Sizes of candidates, each part computed once.
class FitSearch {
public:
  FitSearch(ModuleOp module, const PipelineOptions &options, const FitRequest &request)
      : module(module), options(options), request(request) {}
  FailureOr<FitChoice> run();

private:
  void listCandidates();
  std::vector<int64_t> halvings(int64_t from, int64_t least) const;
  FailureOr<uint64_t> bytesOf(const PipelineOptions &candidate);
  FailureOr<uint64_t> fixedBytes(const PipelineOptions &candidate);
  LogicalResult refuse(const PipelineOptions &smallest);
  FailureOr<uint64_t> cacheBytes(const PipelineOptions &candidate);
  FailureOr<uint64_t> scratchBytes(ModuleOp planned);

  ModuleOp module;
  const PipelineOptions &options;
  const FitRequest &request;
  int64_t wanted = 0;                      // context
  std::vector<PipelineOptions> candidates; // best first
  llvm::StringMap<uint64_t> fixed;         // weights, arena and scratch by the rules of weights
  bool countsScratch = false;              // even of what is too large without it
  std::map<std::string, uint64_t> sessions;
};

std::string describe(const PipelineOptions &options) {
  std::string cache = options.keys == options.values ? options.keys : "k:" + options.keys + ",v:" + options.values;
  return (options.weights.empty() ? "the default formats of weights," : "--weights=" + options.weights) + " --kv=" + cache +
         " --context=" + std::to_string(options.context);
}

bool hasBlocks(ModuleOp module) {
  return llvm::any_of(module.getOps<WeightOp>(), [](WeightOp weight) {
    Format format = weight.getWeightType().getParsedFormat();
    return !format.element.isPlainFloat() || !format.levels.empty();
  });
}

std::vector<int64_t> FitSearch::halvings(int64_t from, int64_t least) const {
  std::vector<int64_t> contexts;
  for (int64_t context = from; context > least; context /= 2)
    contexts.push_back(context);
  contexts.push_back(std::min(from, least));
  return contexts;
}

void FitSearch::listCandidates() {
  wanted = options.context ? options.context : defaultContext(module);
  std::vector<int64_t> contexts{wanted}, shorter;
  if (!request.contextGiven) {
    contexts = halvings(wanted, shortContext);
    if (contexts.back() > leastContext)
      shorter = halvings(contexts.back() / 2, leastContext);
  }
  // What makes the logits keeps more bits.
  std::string logits = module.lookupSymbol("output") ? ",token_embd=%,output=%" : ",token_embd=%";
  auto rules = [&](const char *format, char bits) {
    std::string text = format + logits;
    std::string named = std::string("int") + bits;
    for (size_t at; (at = text.find('%')) != std::string::npos;)
      text.replace(at, 1, named);
    return text;
  };
  std::vector<std::string> good{"int8", "int6", "int5", ""}, small{rules("int3", '6'), rules("int2", '4')};
  if (request.weightsGiven || hasBlocks(module)) {
    good = {options.weights};
    small.clear();
    if (!request.weightsGiven)
      small = {asStored}; // a decoder's blocks, which are written out otherwise
  }
  std::vector<CacheFormats> caches{{"f16", "f16"}, {"int8", "int8"}, {"int8", "int4"}};
  if (request.cacheGiven)
    caches = {{options.keys, options.values}};
  auto add = [&](llvm::ArrayRef<int64_t> contexts, llvm::ArrayRef<std::string> weights, llvm::ArrayRef<CacheFormats> caches) {
    for (int64_t context : contexts)
      for (const std::string &rule : weights)
        for (const CacheFormats &cache : caches) {
          PipelineOptions candidate = options;
          candidate.weights = rule, candidate.context = context, candidate.keys = cache.keys, candidate.values = cache.values;
          candidates.push_back(candidate);
        }
  };
  add(contexts, good, caches);
  add(contexts.back(), small, caches);
  std::vector<std::string> least{good.back()};
  least.insert(least.end(), small.begin(), small.end());
  add(shorter, least, caches.back());
}

FailureOr<uint64_t> FitSearch::cacheBytes(const PipelineOptions &candidate) {
  std::string key = candidate.keys + "," + candidate.values + "," + std::to_string(candidate.context);
  auto known = sessions.find(key);
  if (known != sessions.end())
    return known->second;
  OwningOpRef<ModuleOp> copy = module.clone();
  PassManager passes(module.getContext());
  PlanKVOptions plan;
  plan.keys = candidate.keys, plan.values = candidate.values, plan.context = candidate.context, plan.chunk = candidate.prefillRows;
  passes.addPass(createPlanKV(plan));
  if (failed(passes.run(*copy)))
    return failure();
  return sessions[key] = sessionBytes(*copy) * uint64_t(request.sessions);
}

FailureOr<uint64_t> FitSearch::scratchBytes(ModuleOp planned) {
  llvm::LLVMContext context;
  FailureOr<LoweredKernels> lowered = lowerKernels(planned, *request.target, options.prefillRows, context);
  if (failed(lowered))
    return failure();
  int64_t scratch = 0, panel = 0;
  for (auto &entry : lowered->memory)
    scratch = std::max(scratch, entry.second.ofWorker()), panel = std::max(panel, entry.second.panel);
  return uint64_t(scratch) * request.threads + uint64_t(panel);
}

// Does not depend on the cache: a launch reads it, but keeps no part of it.
FailureOr<uint64_t> FitSearch::fixedBytes(const PipelineOptions &candidate) {
  auto known = fixed.find(candidate.weights);
  if (known != fixed.end())
    return known->second;
  OwningOpRef<ModuleOp> copy = module.clone();
  PassManager passes(module.getContext());
  addStages(passes, candidate, Stage::PlanMemory);
  if (failed(passes.run(*copy)))
    return failure();
  FailureOr<uint64_t> weights = packedWeightBytes(*copy);
  if (failed(weights))
    return failure();
  uint64_t sum = *weights + arenaBytes(*copy);
  // Lowering takes long: not for what is too large already.
  if (sum <= request.limit || countsScratch) {
    FailureOr<uint64_t> scratch = scratchBytes(*copy);
    if (failed(scratch))
      return failure();
    sum += *scratch;
  }
  return fixed[candidate.weights] = sum;
}

FailureOr<uint64_t> FitSearch::bytesOf(const PipelineOptions &candidate) {
  FailureOr<uint64_t> cache = cacheBytes(candidate);
  if (failed(cache))
    return failure();
  FailureOr<uint64_t> rest = fixedBytes(candidate);
  if (failed(rest))
    return failure();
  return *cache + *rest;
}

FailureOr<FitChoice> FitSearch::run() {
  listCandidates();
  uint64_t least = UINT64_MAX;
  PipelineOptions smallest;
  for (const PipelineOptions &candidate : candidates) {
    FailureOr<uint64_t> bytes = bytesOf(candidate);
    if (failed(bytes))
      return failure();
    if (*bytes <= request.limit) {
      FitChoice choice{candidate, describe(candidate)};
      if (candidate.context == wanted && !request.contextGiven)
        choice.options.context = 0; // the default, which may be above the checkpoint's own
      return choice;
    }
    if (*bytes < least)
      least = *bytes, smallest = candidate;
  }
  return refuse(smallest);
}

LogicalResult FitSearch::refuse(const PipelineOptions &smallest) {
  fixed.clear();
  countsScratch = true;
  FailureOr<uint64_t> bytes = bytesOf(smallest);
  if (failed(bytes))
    return failure();
  return module.emitError() << "--fit is " << readableBytes(request.limit) << ", but the least that a choice takes is "
                            << readableBytes(*bytes) << ": " << describe(smallest);
}
} // namespace

FailureOr<FitChoice> vspec::fitMemory(ModuleOp module, const PipelineOptions &options, const FitRequest &request) {
  return FitSearch(module, options, request).run();
}
