// Ternary weights of BitNet b1.58 as transformers packs them: weight [N / 4, K] u8, byte (r, k) has the rows r, r + N/4, r + 2N/4,
// r + 3N/4 from its lowest bits, each 2 bits less 1; and weight_scale, one number. An AutoBitLinear is multiplied by it; a BitLinear,
// the older one, is divided by it.
#include "Parts.h"
#include "vspec/Support/Quote.h"
#include "vspec/Support/SmallFloat.h"

using namespace vspec;

Result<void> vspec::checkBitNet(const Json &config) {
  Result<std::string_view> linear = config.stringOr("linear_class", "bitlinear"), mode = config.stringOr("quantization_mode", "offline");
  Result<bool> norm = config.booleanOr("use_rms_norm", false);
  if (!linear || !mode)
    return (!linear ? linear : mode).error();
  if (!norm)
    return norm.error();
  if (*linear != "bitlinear" && *linear != "autobitlinear")
    return config.member("linear_class")->error("is " + quote(*linear) + ", expected bitlinear or autobitlinear");
  if (*linear == "autobitlinear" && *mode != "offline")
    return config.member("quantization_mode")
        ->error("is " + quote(*mode) + ", which rounds floats whenever they are used, expected offline: the packed checkpoint");
  if (*norm)
    return config.member("use_rms_norm")->error("is true, expected false: no norm stands before each linear");
  return {};
}

Result<std::optional<QuantisedMatrix>> vspec::bitNetMatrix(const MatrixRequest &request) {
  const Tensor *weight = request.find(".weight");
  if (!weight || weight->encoding != Encoding::U8)
    return std::optional<QuantisedMatrix>();
  if (request.rows % 4)
    return partError(request, ".weight", "is of " + std::to_string(request.rows) + " rows, expected a multiple of 4");
  Result<const Tensor *> codes = takePart(request, ".weight", {request.rows / 4, request.columns}, {Encoding::U8});
  Result<const Tensor *> scale = codes ? takePart(request, ".weight_scale", {1}, floatEncodings) : codes;
  if (!scale)
    return scale.error();
  bool divides = *request.config.stringOr("linear_class", "bitlinear") == "bitlinear";
  float factor = divides ? 1 / floatAt(**scale, 0) : floatAt(**scale, 0);
  QuantisedMatrix matrix;
  matrix.rows = request.rows, matrix.columns = request.columns;
  matrix.parts = {*codes, *scale};
  matrix.format = *parseFormat("ternary{2 bits} x tensor:f32");
  matrix.fill = [codes = *codes, quarter = request.rows / 4, factor](int64_t first, const NormalForm &, CodedRows &into) -> Result<void> {
    for (int64_t row = 0; row < into.rows; ++row) {
      int64_t part = (first + row) / quarter, line = (first + row) % quarter;
      for (int64_t column = 0; column < into.columns; ++column) {
        uint8_t code = codes->data[line * into.columns + column] >> 2 * part & 3;
        if (code == 3)
          return Error{"row " + std::to_string(first + row) + ", column " + std::to_string(column) + ": code is 3, expected 0 to 2"};
        into.codes[size_t(row * into.columns + column)] = code;
      }
      into.rowScale[size_t(row)] = factor;
    }
    return {};
  };
  return std::optional<QuantisedMatrix>(std::move(matrix));
}
