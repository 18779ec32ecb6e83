// vspec.fused: its text and what may stand in it.
#include "dialects/VSpec/VSpec.h"

using namespace mlir;
using namespace vspec;

// vspec.fused (%inside = %outside : type, ...) -> (types) attributes {...} { body }
ParseResult FusedOp::parse(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::Argument> arguments;
  auto parseInput = [&]() -> ParseResult {
    OpAsmParser::UnresolvedOperand operand;
    OpAsmParser::Argument &argument = arguments.emplace_back();
    return failure(parser.parseArgument(argument) || parser.parseEqual() || parser.parseOperand(operand) ||
                   parser.parseColonType(argument.type) || parser.resolveOperand(operand, argument.type, result.operands));
  };
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, parseInput) || parser.parseOptionalArrowTypeList(result.types) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  return parser.parseRegion(*result.addRegion(), arguments, /*enableNameShadowing=*/true);
}

void FusedOp::print(OpAsmPrinter &printer) {
  printer << " (";
  llvm::interleaveComma(llvm::zip_equal(getBody().getArguments(), getInputs()), printer, [&](auto pair) {
    auto [argument, input] = pair;
    printer << argument << " = " << input << " : " << input.getType();
  });
  printer << ")";
  printer.printOptionalArrowTypeList(getResultTypes());
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs());
  printer << " ";
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

LogicalResult FusedOp::verifyRegions() {
  if (getBody().getArgumentTypes() != getInputs().getTypes())
    return emitOpError() << "has inputs of types (" << getInputs().getTypes() << "), but its block takes (" << getBody().getArgumentTypes()
                         << ")";
  Block &block = getBody().front();
  auto yield = cast<YieldOp>(block.back());
  if (yield.getValues().getTypes() != getResultTypes()) {
    InFlightDiagnostic diagnostic = emitOpError() << "has results of types (" << getResultTypes() << "), but yields ("
                                                  << yield.getValues().getTypes() << ")";
    diagnostic.attachNote(yield.getLoc()) << "yielded here";
    return diagnostic;
  }
  for (Operation &op : block.without_terminator())
    if (!isa<LaunchRole>(op)) {
      InFlightDiagnostic diagnostic = emitOpError() << "holds '" << op.getName() << "', which has no role in a launch";
      diagnostic.attachNote(op.getLoc()) << "it is here";
      return diagnostic;
    }
  return success();
}
