// Reads the text of a format: names, short forms, and the full form of Format.h's grammar.
#include "FormatScanner.h"
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>

using namespace vspec;

namespace {
/// A recursive descent: each function reads its rule and returns false, with `failure` set, where the text does not follow it.
class FormatReader : public FormatScanner {
public:
  using FormatScanner::FormatScanner;

  bool format() {
    if (!element())
      return false;
    while (skipSpace() < text.size())
      if (!(accept("x") || fail("expected 'x' and a level, or the end")) || !level())
        return false;
    return nesting() && finishInt();
  }

  Format result;

private:
  bool element() {
    Element &e = result.element;
    auto is = [&](std::string_view name, Element::Kind kind) { return accept(name) && (e.kind = kind, true); };
    if (is("f32", Element::Kind::Float))
      return floating(8, 23);
    if (is("f16", Element::Kind::Float))
      return floating(5, 10);
    if (is("bf16", Element::Kind::Float))
      return floating(8, 7);
    if (is("int", Element::Kind::Int))
      return expect("{") && number(1, 8, e.bits) && intMeaning() && expect("}");
    if (is("float", Element::Kind::Float)) {
      unsigned exponent, mantissa;
      return expect("{") && number(1, 8, exponent) && expect(",") && number(0, 23, mantissa) && expect("}") && floating(exponent, mantissa);
    }
    if (is("table", Element::Kind::Table))
      return expect("{") && number(1, 8, e.bits) && expect(",") && tableValues() && expect("}");
    if (is("ternary", Element::Kind::Ternary))
      return expect("{") && ternaryPacking() && expect("}");
    if (is("planes", Element::Kind::Planes))
      return expect("{") && number(1, 8, e.bits) && expect("}");
    if (is("codebook", Element::Kind::Codebook))
      return expect("{") && number(1, 64, e.together) && expect(",") && number(1, 16, e.bits) && expect(",") && number(1, 8, e.sums) &&
             expect("}");
    if (is("decode", Element::Kind::Decode))
      return expect("{") && expect("@") && symbol(e.function) && expect(",") && number(1, 1024, e.together) && expect("in") &&
             number(1, 4096, e.bits) && (e.bits *= 8) && expect("bytes") && expect("}");
    return fail("expected a name or an element (int, float, table, ternary, planes, codebook, decode); nearest names: " +
                nearestFormatNames(text));
  }

  bool floating(unsigned exponent, unsigned mantissa) {
    result.element.exponent = exponent;
    result.element.mantissa = mantissa;
    result.element.bits = 1 + exponent + mantissa;
    return true;
  }

  bool intMeaning() {
    Element &e = result.element;
    if (!accept(","))
      return true;
    saysBias = true;
    if (accept("unsigned"))
      return e.bias = 0, true;
    if (accept("signed"))
      return e.bias = 1u << (e.bits - 1), true;
    return (accept("biased") || fail("expected signed, unsigned or biased")) && number(0, (1 << e.bits) - 1, e.bias);
  }

  bool tableValues() {
    Element &e = result.element;
    skipSpace();
    size_t end = at;
    while (end < text.size() && text[end] != '}' && text[end] != ' ')
      ++end;
    if (const std::vector<float> *named = namedTable(text.substr(at, end - at))) {
      if (named->size() != size_t(1) << e.bits)
        return fail("the table has " + std::to_string(named->size()) + " values, but " + std::to_string(e.bits) + " bits have " +
                    std::to_string(1 << e.bits));
      e.values = *named;
      at = end;
      return true;
    }
    for (int i = 0; i < 1 << e.bits; ++i) {
      skipSpace();
      end = std::min(text.find_first_not_of("+-.0123456789eE", at), text.size());
      std::string digits(text.substr(at, end - at));
      char *stop = nullptr;
      float value = std::strtof(digits.c_str(), &stop);
      if (digits.empty() || *stop || !std::isfinite(value))
        return fail("expected a name like nf4, or value " + std::to_string(i + 1) + " of " + std::to_string(1 << e.bits));
      e.values.push_back(value);
      at = end;
    }
    return true;
  }

  bool ternaryPacking() {
    Element &e = result.element;
    if (accept("2-bit"))
      return e.bits = 2, true;
    for (auto [together, bits] : {std::pair(5u, 8u), std::pair(4u, 5u), std::pair(1u, 2u)}) {
      size_t start = at;
      e.together = together;
      e.bits = bits;
      if ((together == 1 || (accept(std::to_string(together)) && accept("in"))) && accept(std::to_string(bits)) && accept("bits"))
        return true;
      at = start;
    }
    return fail("expected '2 bits', '5 in 8 bits' or '4 in 5 bits'");
  }

  bool symbol(std::string &name) {
    size_t start = at;
    while (at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) || text[at] == '_' || text[at] == '.'))
      ++at;
    name = text.substr(start, at - start);
    return !name.empty() || fail("expected the name of a function");
  }

  bool level() {
    Level level;
    levelStarts.push_back(skipSpace());
    if (accept("row"))
      level.extent = Level::Extent::Row;
    else if (accept("tensor"))
      level.extent = Level::Extent::Tensor;
    else if (at < text.size() && (text[at] < '0' || text[at] > '9'))
      return fail("expected a group (a number of columns), a block (rows x columns), row or tensor");
    else if (!number(1, mostColumns, level.columns))
      return false;
    else if (accept("x")) {
      level.extent = Level::Extent::Block;
      level.rows = level.columns;
      if (!number(1, mostColumns, level.columns))
        return false;
      if (level.rows == 1)
        level.extent = Level::Extent::Group;
    }
    if (!expect(":") || !levelNumbers(level))
      return false;
    result.levels.push_back(level);
    return true;
  }

  bool levelNumbers(Level &level) {
    if (accept("per plane")) {
      if (result.element.kind != Element::Kind::Planes)
        return fail("only planes{bits} have a scale per plane");
      level.perPlane = true;
    } else if (!numberType(level.scale))
      return false;
    if (!accept(","))
      return true;
    if (accept("zero")) {
      unsigned bits;
      if (!(accept("uint") || accept("int") || fail("expected int{bits}")) || !expect("{") || !number(1, 8, bits) || !expect("}"))
        return false;
      level.zeroBits = bits;
      return true;
    }
    NumberType minimum;
    if (!numberType(minimum))
      return false;
    if (minimum.number == Number::E8M0 || minimum.number == Number::E4M3)
      return fail("a minimum needs a sign: expected f32, f16, bf16, or integers that a coarser level scales");
    level.minimum = minimum;
    return true;
  }

  /// Levels go from fine to coarse, each made of whole finer ones, and integers are scaled by a coarser level.
  bool nesting() {
    bool hasMinimum = false;
    for (size_t i = 0; i < result.levels.size(); ++i) {
      const Level &level = result.levels[i];
      at = levelStarts[i];
      if (i) {
        const Level &finer = result.levels[i - 1];
        if (level.extent < finer.extent && !(finer.extent == Level::Extent::Block && level.extent == Level::Extent::Group))
          return fail("levels go from fine to coarse: groups or blocks, then row, then tensor");
        bool sameRank = level.columns == 0 && level.extent == finer.extent;
        bool nests = level.columns == 0 ? level.extent == Level::Extent::Tensor || finer.rows == 1
                                        : level.columns % finer.columns == 0 && level.rows % finer.rows == 0;
        if (sameRank || !nests || (level.columns && level.columns == finer.columns && level.rows == finer.rows))
          return fail("a level must be made of whole finer levels, and coarser than they are");
      }
      bool last = i + 1 == result.levels.size();
      bool scaled = !last && (!level.minimum || !isInteger(*level.minimum) || result.levels[i + 1].minimum);
      if (!scaled && (isInteger(level.scale) || (level.minimum && isInteger(*level.minimum))))
        return fail(
            "integers need a coarser level that scales them, as in 'x 32:uint{6} x 256:f16' or 'x 32:uint{6},uint{6} x 256:f16,f16'");
      if (hasMinimum && level.columns && !level.minimum)
        return fail("a finer level has a minimum: expected a scale and what scales the minimum, as in 'x 256:f16,f16'");
      if (i && level.minimum && !hasMinimum)
        return fail("a minimum begins at the finest level, as in 'x 32:uint{6},uint{6} x 256:f16,f16'");
      hasMinimum |= level.minimum.has_value();
      if (i && level.zeroBits)
        return fail("a zero point belongs to the finest level");
    }
    return true;
  }
  static bool isInteger(NumberType type) { return type.number == Number::Int || type.number == Number::UInt; }

  bool finishInt() {
    if (result.element.kind == Element::Kind::Int && !saysBias)
      result.element.bias = result.defaultBias();
    return true;
  }

  bool saysBias = false;
  std::vector<size_t> levelStarts;
};
} // namespace

/// Applies `:g64`, `:row`, `:tensor`, `:min`, `:zero` and number types to the one level of a named format.
static Result<Format> withSuffixes(std::string_view text, size_t colon, Format format) {
  auto failure = [&](size_t at, const std::string &why) {
    return Error{"format " + quote(text) + ", position " + std::to_string(at + 1) + ": " + why};
  };
  if (format.levels.size() != 1 || format.levels[0].extent == Level::Extent::Block || format.levels[0].perPlane)
    return failure(colon, "only names with one level take suffixes; expected the full form, '" + format.text() + "'");
  Level &level = format.levels[0];
  bool implied = format.element.kind == Element::Kind::Int && format.element.bias == format.defaultBias();
  bool typed = false, affine = false;
  for (size_t at = colon; at < text.size();) {
    size_t start = at + 1, end = std::min(text.find(':', start), text.size());
    std::string_view suffix = text.substr(start, end - start);
    FormatReader reader(suffix);
    at = end;
    if (suffix == "row" || suffix == "tensor") {
      level.extent = suffix == "row" ? Level::Extent::Row : Level::Extent::Tensor;
      level.columns = 0;
      if (!typed)
        level.scale = {Number::F32, 32};
    } else if (suffix == "min") {
      affine = true;
      level.minimum = level.scale;
    } else if (suffix == "zero") {
      if (format.element.kind != Element::Kind::Int)
        return failure(start, "only int formats have a zero point");
      level.minimum.reset();
      level.zeroBits = format.element.bits;
    } else if (reader.accept("g") && reader.number(1, mostColumns, level.columns) && reader.at == suffix.size()) {
      level.extent = Level::Extent::Group;
      if (!typed && level.scale.number == Number::F32)
        level.scale = {Number::F16, 16};
    } else if (reader = FormatReader(suffix); reader.numberType(level.scale) && reader.at == suffix.size()) {
      typed = true;
    } else
      return failure(start, quote(suffix) +
                                " is no suffix; expected g and a number of columns, row, tensor, min, zero, or a type of numbers (f32, "
                                "f16, bf16, e8m0, e4m3)");
  }
  if (level.minimum)
    level.minimum = level.scale;
  if (affine && level.zeroBits)
    return failure(colon, "a format has a minimum or a zero point, not both");
  if (implied)
    format.element.bias = format.defaultBias();
  return format;
}

Result<Format> vspec::parseFormat(std::string_view text) {
  size_t colon = text.find(':');
  std::string name(text.substr(0, colon));
  for (char &c : name)
    c = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
  for (const NamedFormat &named : namedFormats())
    if (name == named.name) {
      FormatReader reader(named.text);
      bool good = reader.format();
      assert(good && "a line of namedFormats() does not follow the grammar");
      if (!good || colon == std::string_view::npos)
        return reader.result;
      Result<Format> changed = withSuffixes(text, colon, reader.result);
      // The suffixes may have made what the grammar refuses (e8m0 minima, integers that nothing scales).
      std::string full = changed ? changed->text() : "";
      FormatReader check(full);
      if (changed && !check.format())
        return Error{"format " + quote(text) + ", that is '" + full + "', " + check.failure};
      return changed;
    }
  if (const Decoder *decoder = findDecoder(text))
    return decoderFormat(*decoder);
  if (text.find_first_of("{ ") == std::string_view::npos)
    return Error{"format " + quote(text) + ": unknown name; nearest: " + nearestFormatNames(name) +
                 "; expected a name, a name with suffixes ('int4:g64:zero'), or a full form ('int{4} x 64:f16, zero int{4}')"};
  FormatReader reader(text);
  if (!reader.format())
    return Error{"format " + quote(text) + ", " + reader.failure};
  return reader.result;
}
