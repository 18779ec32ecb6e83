// Types and attributes: their text and what a right one is.
#include "dialects/VSpec/VSpec.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace vspec;

// 512x64, or a stack of 8x172x64
static ParseResult parseShape(AsmParser &parser, int64_t &matrices, int64_t &rows, int64_t &columns) {
  SMLoc location = parser.getCurrentLocation();
  SmallVector<int64_t, 2> shape;
  if (parser.parseDimensionList(shape, /*allowDynamic=*/false, /*withTrailingX=*/false))
    return failure();
  if (shape.size() != 2 && shape.size() != 3)
    return parser.emitError(location) << "expected rows x columns, or matrices before them, found " << shape.size() << " sizes";
  matrices = shape.size() == 3 ? shape[0] : 1;
  if (llvm::MulOverflow(matrices, shape[shape.size() - 2], rows))
    return parser.emitError(location) << "stack of " << matrices << " matrices has more rows than a number can tell";
  columns = shape.back();
  return success();
}

static void printShape(AsmPrinter &printer, int64_t matrices, int64_t rows, int64_t columns) {
  if (matrices != 1)
    printer << matrices << 'x';
  printer << rows / matrices << 'x' << columns;
}

// 3x768, any number of sizes
static ParseResult parseStateShape(AsmParser &parser, SmallVector<int64_t> &shape) {
  return parser.parseDimensionList(shape, /*allowDynamic=*/false, /*withTrailingX=*/false);
}

static void printStateShape(AsmPrinter &printer, ArrayRef<int64_t> shape) { llvm::interleave(shape, printer, "x"); }

// Any text of the algebra, short forms too; the type keeps the canonical one.
static ParseResult parseFormatText(AsmParser &parser, std::string &format) {
  SMLoc location = parser.getCurrentLocation();
  if (parser.parseString(&format))
    return failure();
  Result<Format> parsed = parseFormat(format);
  if (!parsed)
    return parser.emitError(location) << parsed.error().message;
  format = parsed->text();
  return success();
}

static void printFormatText(AsmPrinter &printer, StringRef format) { printer.printString(format); }

#include "dialects/VSpec/VSpecEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/VSpec/VSpecAttrs.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/VSpec/VSpecTypes.cpp.inc"

void VSpecDialect::registerAttributesAndTypes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/VSpec/VSpecAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/VSpec/VSpecTypes.cpp.inc"
      >();
}

LogicalResult WeightType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t rows, int64_t columns, StringRef format, Layout,
                                 int64_t matrices) {
  if (rows < 1 || columns < 1 || matrices < 1)
    return emitError() << "weight is " << rows << "x" << columns << ", but both sizes must be at least 1";
  assert(matrices >= 1 && rows % matrices == 0 && "the text tells matrices and the rows of each");
  Result<Format> parsed = parseFormat(std::string_view(format));
  if (!parsed)
    return emitError() << parsed.error().message;
  if (parsed->text() != format)
    return emitError() << "format is '" << format << "', expected its canonical text '" << parsed->text() << "'";
  return success();
}

Format WeightType::getParsedFormat() const {
  Result<Format> parsed = parseFormat(std::string_view(getFormat()));
  assert(parsed && "verified when the type was made");
  return *parsed;
}

LogicalResult RoutesType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t experts, int64_t chosen) {
  constexpr int64_t mostExperts = 65536; // beyond, tables of choices would be as large as weights
  if (chosen >= 1 && chosen <= experts && experts <= mostExperts)
    return success();
  return emitError() << "routes choose " << chosen << " of " << experts << " experts, but must choose at least one and at most all of "
                     << mostExperts;
}

// <heads = 4, head_size = 8, window = 512, k = "f16", v = "f16", capacity = 1024, ring>
Type KVCacheType::parse(AsmParser &parser) {
  int64_t heads = 0, headSize = 0, window = 0, capacity = 0;
  std::string k, v;
  bool ring = false;
  auto parseField = [&]() -> ParseResult {
    SMLoc location = parser.getCurrentLocation();
    StringRef field;
    if (parser.parseKeyword(&field))
      return failure();
    if (field == "ring") {
      ring = true;
      return success();
    }
    if (parser.parseEqual())
      return failure();
    if (field == "k" || field == "v")
      return parser.parseString(field == "k" ? &k : &v);
    int64_t *number = llvm::StringSwitch<int64_t *>(field)
                          .Case("heads", &heads)
                          .Case("head_size", &headSize)
                          .Case("window", &window)
                          .Case("capacity", &capacity)
                          .Default(nullptr);
    if (!number)
      return parser.emitError(location) << "kv cache has no field '" << field
                                        << "', only heads, head_size, window, k, v, capacity and ring";
    return parser.parseInteger(*number);
  };
  SMLoc location = parser.getNameLoc();
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater, parseField))
    return {};
  return getChecked([&] { return parser.emitError(location); }, parser.getContext(), heads, headSize, window, k, v, capacity, ring);
}

void KVCacheType::print(AsmPrinter &printer) const {
  printer << "<heads = " << getHeads() << ", head_size = " << getHeadSize();
  if (getWindow())
    printer << ", window = " << getWindow();
  if (isPlanned())
    printer << ", k = \"" << getK() << "\", v = \"" << getV() << "\", capacity = " << getCapacity();
  printer << (getRing() ? ", ring>" : ">");
}

LogicalResult KVCacheType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t heads, int64_t headSize, int64_t window,
                                  StringRef k, StringRef v, int64_t capacity, bool ring) {
  if (heads < 1 || headSize < 2 || headSize % 2 != 0)
    return emitError() << "kv cache has " << heads << " heads of " << headSize
                       << " values, but needs at least one head of an even number of values";
  if (window < 0 || capacity < 0)
    return emitError() << "kv cache has window " << window << " and capacity " << capacity << ", but neither may be negative";
  if (k.empty() != v.empty() || k.empty() != (capacity == 0))
    return emitError() << "kv cache is half planned: k is \"" << k << "\", v is \"" << v << "\" and capacity is " << capacity
                       << ", but PlanKV sets all three";
  for (StringRef format : {k, v})
    if (!format.empty() && !llvm::is_contained({"f32", "f16", "int8", "int4"}, format))
      return emitError() << "kv cache has format \"" << format << "\", but can be f32, f16, int8 or int4";
  if ((k.starts_with("int") || v.starts_with("int")) && headSize % 4 != 0)
    return emitError() << "kv cache has heads of " << headSize << " values, but integer formats need a multiple of 4";
  if (ring && capacity < std::max<int64_t>(window, 1))
    return emitError() << "kv cache is a ring of " << capacity << " tokens, but its window is " << window;
  if (ring && window == 0)
    return emitError() << "kv cache is a ring without a window: it would forget tokens that a query may see";
  return success();
}

LogicalResult RecurrentStateType::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t> shape) {
  constexpr int64_t most = int64_t(1) << 40; // numbers; more are a mistake, and their bytes would overflow sums
  int64_t count = 1;
  for (int64_t size : shape)
    count = size < 1 || size > most / count ? 0 : count * size;
  if (shape.empty() || count == 0)
    return emitError() << "recurrent state needs at least one size, each at least 1 and their product at most " << most;
  return success();
}

int64_t RecurrentStateType::getBytes() const {
  int64_t count = 1;
  for (int64_t size : getShape())
    count *= size;
  return count * int64_t(sizeof(float));
}
