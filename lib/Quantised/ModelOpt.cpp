// NVIDIA's ModelOpt, as its checkpoints on the hub are:
//
//   NVFP4  weight [N, K / 2] u8, weight_scale [N, K / 16] f8_e4m3, weight_scale_2: one f32 that multiplies
//   FP8    weight [N, K] f8_e4m3, weight_scale: one f32
#include "PackedFp4.h"
#include "ScaledCodes.h"
#include "vspec/Support/Quote.h"

using namespace vspec;

Result<void> vspec::checkModelOpt(const Json &config) {
  Result<std::string_view> algorithm = config.string("quant_algo");
  if (!algorithm)
    return algorithm.error();
  if (*algorithm != "NVFP4" && *algorithm != "FP8")
    return config.member("quant_algo")->error("is " + quote(*algorithm) + ", expected NVFP4 or FP8");
  return {};
}

Result<std::optional<QuantisedMatrix>> vspec::modelOptMatrix(const MatrixRequest &request) {
  const Tensor *weight = request.find(".weight");
  if (weight && weight->encoding == Encoding::U8)
    return packedFp4Matrix(request, {".weight", ".weight_scale", ".weight_scale_2", false});
  if (weight && weight->encoding == Encoding::F8_E4M3)
    return scaledMatrix(request, *weight, ".weight_scale", "", {});
  return std::optional<QuantisedMatrix>();
}
