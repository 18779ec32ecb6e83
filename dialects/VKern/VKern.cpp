// The vkern dialect: registration and verifiers.
#include "dialects/VKern/VKern.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace vspec::vkern;

#include "dialects/VKern/VKernDialect.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/VKern/VKernOps.cpp.inc"

void VKernDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/VKern/VKernOps.cpp.inc"
      >();
}

LogicalResult UnpackOp::verify() {
  VectorType lines = getLines().getType(), codes = getCodes().getType();
  int64_t lineCount = lines.getDimSize(0), codeCount = codes.getDimSize(0);
  if (lines.getDimSize(1) != codes.getDimSize(1))
    return emitOpError() << "lines have " << lines.getDimSize(1) << " bytes, but code vectors have " << codes.getDimSize(1);
  if (8 * lineCount % codeCount || 8 * lineCount / codeCount > 8)
    return emitOpError() << lineCount << " lines do not hold " << codeCount << " code vectors of 1 to 8 whole bits";
  return success();
}

LogicalResult LookupOp::verify() {
  auto table = cast<ShapedType>(getTable().getType());
  VectorType codes = getCodes().getType(), values = getValues().getType();
  if (table.getRank() != 1 || table.getNumElements() != 16)
    return emitOpError() << "table is " << table << ", but must have one dimension of 16 entries";
  if (table.getElementType() != values.getElementType())
    return emitOpError() << "table holds " << table.getElementType() << ", but the result " << values.getElementType();
  if (values.getElementTypeBitWidth() != codes.getElementTypeBitWidth())
    return emitOpError() << "codes have " << codes.getElementTypeBitWidth() << " bits, but entries have "
                         << values.getElementTypeBitWidth();
  return success();
}

LogicalResult Dot4Op::verify() {
  VectorType codes = getCodes().getType(), activations = getActivations().getType(), sums = getSums().getType();
  if (codes.getDimSize(0) != activations.getDimSize(1))
    return emitOpError() << "has " << codes.getDimSize(0) << " code vectors, but " << activations.getDimSize(1) << " activations in a row";
  if (sums.getDimSize(0) != activations.getDimSize(0))
    return emitOpError() << "has " << activations.getDimSize(0) << " rows of activations, but " << sums.getDimSize(0) << " of sums";
  if (codes.getDimSize(1) != 4 * sums.getDimSize(1))
    return emitOpError() << "code vectors of " << codes.getDimSize(1) << " bytes do not give " << sums.getDimSize(1) << " sums";
  if (getMax() > 255)
    return emitOpError() << "codes up to " << getMax() << " do not fit in a byte";
  if (getMax() > 127 && getBias() != 128)
    return emitOpError() << "codes up to " << getMax() << " must have bias 128, but the bias is " << getBias();
  if (getBias() && !getCorrection())
    return emitOpError() << "has bias " << getBias() << ", but no correction";
  if (!getBias() && getCorrection())
    return emitOpError() << "has a correction, but no bias";
  return success();
}
