// How a weight's recipe becomes bytes: source, transforms, format, layout. Streams tile by tile, so memory does not grow with
// the weight. The only place where weights are touched.
#ifndef VSPEC_PASSES_EMIT_WEIGHTSTREAM_H
#define VSPEC_PASSES_EMIT_WEIGHTSTREAM_H
#include "dialects/VSpec/VSpec.h"
#include "vspec/Checkpoint/Checkpoint.h"
#include "vspec/Support/Result.h"
#include <functional>

namespace vspec {

class WeightStream {
public:
  /// Without a checkpoint all sources must be random.
  WeightStream(const Checkpoint *checkpoint, unsigned threads) : checkpoint(checkpoint), threads(threads) {}

  using Append = std::function<Result<void>(const void *bytes, uint64_t count)>;

  /// Bytes of a packed weight, a multiple of 64.
  static Result<uint64_t> packedBytes(WeightType type);
  /// Appends exactly packedBytes. Errors name the tensor.
  Result<void> write(WeightOp weight, const Append &append) const;
  /// Appends what the format makes of the weight: f32 [rows][columns].
  Result<void> writeDecoded(WeightOp weight, const Append &append) const;

private:
  const Checkpoint *checkpoint;
  unsigned threads;
};

} // namespace vspec
#endif
