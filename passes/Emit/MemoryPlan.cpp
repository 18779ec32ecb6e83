#include "passes/Emit/MemoryPlan.h"
#include "dialects/VExec/VExec.h"
#include "dialects/VSpec/VSpec.h"
#include "passes/Emit/WeightStream.h"
#include "vspec/Plan/CacheLayout.h"

using namespace mlir;
using namespace vspec;

FailureOr<uint64_t> vspec::packedWeightBytes(ModuleOp module) {
  uint64_t sum = 0;
  for (auto weight : module.getOps<WeightOp>()) {
    Result<uint64_t> bytes = WeightStream::packedBytes(weight.getWeightType());
    if (!bytes)
      return weight.emitError() << "@" << weight.getSymName() << ": " << bytes.error().message;
    sum += *bytes;
  }
  return sum;
}

uint64_t vspec::sessionBytes(ModuleOp module) {
  uint64_t sum = 0;
  for (auto cache : module.getOps<KVCacheOp>()) {
    KVCacheType type = cache.getCacheType();
    if (Result<CacheLayout> layout = CacheLayout::create(type.getHeads(), type.getHeadSize(), type.getK().str(), type.getV().str()))
      sum += uint64_t(type.getCapacity() / CacheLayout::tokensPerTile * layout->bytesPerTile());
  }
  for (auto state : module.getOps<RecurrentStateOp>())
    sum += (uint64_t(state.getStateType().getBytes()) + 63) / 64 * 64;
  return sum;
}

uint64_t vspec::arenaBytes(ModuleOp module) {
  uint64_t most = 0;
  for (auto variant : module.lookupSymbol<vexec::ProgramOp>("step").getBodyRegion().getOps<vexec::VariantOp>())
    most = std::max<uint64_t>(most, variant.getArenaBytes());
  return most;
}
