// Checkpoints of fp8 numbers with scales:
//
//   fp8         weight [N, K] f8_e4m3, and weight_scale_inv for blocks (128x128 of DeepSeek-V3 and Qwen3) or the whole tensor;
//               older files call it weight_scale. In spite of its name it is what multiplies
//   fbgemm_fp8  weight [N, K] f8_e4m3, weight_scale [N, 1]
//
// Scales of activations are left aside: what is multiplied are the weights.
#include "ScaledCodes.h"
#include "vspec/Support/Quote.h"

using namespace vspec;

static Result<std::vector<NumberBlock>> blocksOf(const Json &config) {
  std::optional<Json> size = config.find("weight_block_size");
  if (!size || size->isNull())
    return std::vector<NumberBlock>();
  std::vector<int64_t> sides;
  for (Json side : *size) {
    Result<int64_t> extent = side.integer();
    if (!extent)
      return extent.error();
    sides.push_back(*extent);
  }
  if (!size->isArray() || sides.size() != 2 || sides[0] < 1 || sides[1] < 1 || sides[0] > 1 << 20 || sides[1] > 1 << 20)
    return size->error("is no pair of numbers above 0");
  return std::vector<NumberBlock>{{sides[0], sides[1]}};
}

Result<void> vspec::checkFp8(const Json &config) {
  Result<std::string_view> format = config.stringOr("fmt", "e4m3");
  if (!format)
    return format.error();
  if (*format != "e4m3" && *format != "e5m2" && *format != "float8_e4m3fn")
    return config.member("fmt")->error("is " + quote(*format) + ", expected e4m3 or e5m2");
  if (Result<std::vector<NumberBlock>> blocks = blocksOf(config); !blocks)
    return blocks.error();
  return {};
}

Result<std::optional<QuantisedMatrix>> vspec::fp8Matrix(const MatrixRequest &request) {
  const Tensor *weight = request.find(".weight");
  if (!weight || (weight->encoding != Encoding::F8_E4M3 && weight->encoding != Encoding::F8_E5M2))
    return std::optional<QuantisedMatrix>();
  std::string_view scale = request.find(".weight_scale_inv") || !request.find(".weight_scale") ? ".weight_scale_inv" : ".weight_scale";
  return scaledMatrix(request, *weight, scale, "", *blocksOf(request.config));
}
