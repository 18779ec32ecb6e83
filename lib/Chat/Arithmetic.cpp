// + - * / // % ** as Python has them. Integers have 64 bits: a result that does not fit is an error.
#include "Operations.h"
#include <cmath>

namespace vspec::chat {

static Value tooLarge(Rendering &run) { return run.fail("an integer of more than 64 bits"); }
static Value byZero(Rendering &run) { return run.fail("a division by zero"); }

static Value power(Rendering &run, int64_t base, int64_t exponent) {
  if (exponent < 0)
    return base == 0 ? byZero(run) : Value::of(std::pow(double(base), double(exponent)));
  int64_t result = 1;
  while (exponent > 0) {
    if (exponent % 2 == 1 && __builtin_mul_overflow(result, base, &result))
      return tooLarge(run);
    exponent /= 2;
    if (exponent > 0 && __builtin_mul_overflow(base, base, &base))
      return tooLarge(run);
  }
  return Value::of(result);
}

static Value wholeArithmetic(Rendering &run, Operator operation, int64_t a, int64_t b) {
  int64_t result = 0;
  switch (operation) {
  case Operator::Add:
    return __builtin_add_overflow(a, b, &result) ? tooLarge(run) : Value::of(result);
  case Operator::Subtract:
    return __builtin_sub_overflow(a, b, &result) ? tooLarge(run) : Value::of(result);
  case Operator::Multiply:
    return __builtin_mul_overflow(a, b, &result) ? tooLarge(run) : Value::of(result);
  case Operator::Power:
    return power(run, a, b);
  default:
    break;
  }
  if (b == 0)
    return byZero(run);
  if (operation == Operator::Divide)
    return Value::of(double(a) / double(b));
  if (b == -1)
    return operation == Operator::Remainder ? Value::of(int64_t(0)) : wholeArithmetic(run, Operator::Subtract, 0, a);
  // C rounds to zero, Python down.
  const int64_t remainder = a % b, down = remainder != 0 && (remainder < 0) != (b < 0);
  return Value::of(operation == Operator::Remainder ? remainder + (down ? b : 0) : a / b - down);
}

static Value realArithmetic(Rendering &run, Operator operation, double a, double b) {
  switch (operation) {
  case Operator::Add:
    return Value::of(a + b);
  case Operator::Subtract:
    return Value::of(a - b);
  case Operator::Multiply:
    return Value::of(a * b);
  case Operator::Power:
    return a == 0 && b < 0 ? byZero(run) : Value::of(std::pow(a, b));
  default:
    break;
  }
  if (b == 0)
    return byZero(run);
  if (operation == Operator::Divide)
    return Value::of(a / b);
  double remainder = std::fmod(a, b);
  if (remainder != 0 && (remainder < 0) != (b < 0))
    remainder += b;
  return Value::of(operation == Operator::Remainder ? remainder : std::floor((a - remainder) / b + 0.5));
}

static Value repeated(Rendering &run, const Value &value, int64_t times) {
  const auto count = uint64_t(std::max<int64_t>(times, 0));
  const uint64_t bytes = value.isText() ? value.bytes().size() : value.sequence->items.size() * sizeof(Value);
  uint64_t total = 0;
  if (!run.room(__builtin_mul_overflow(bytes, count, &total) ? UINT64_MAX : total))
    return {};
  if (value.isText()) {
    std::string made;
    made.reserve(total);
    for (uint64_t i = 0; i < count && bytes > 0; ++i)
      made += value.bytes();
    return run.text(std::move(made), value.text->markup);
  }
  std::vector<Value> made;
  made.reserve(total / sizeof(Value));
  const std::vector<Value> &items = value.sequence->items;
  for (uint64_t i = 0; i < count && bytes > 0; ++i)
    made.insert(made.end(), items.begin(), items.end());
  return run.sequence(value.sequence->form, std::move(made));
}

static bool repeats(const Value &value) {
  return value.isText() || (value.is(Kind::Sequence) && value.sequence->form <= Sequence::Form::Tuple);
}

static Value concatenated(Rendering &run, const Value &a, const Value &b) {
  if (a.isText()) {
    const bool markup = a.text->markup || b.text->markup;
    auto part = [&](const Value &one) { return markup && !one.text->markup ? escapedMarkup(one.bytes()) : std::string(one.bytes()); };
    if (!run.room(a.bytes().size() + b.bytes().size()))
      return {};
    return run.text(part(a) + part(b), markup);
  }
  std::vector<Value> items = a.sequence->items;
  items.insert(items.end(), b.sequence->items.begin(), b.sequence->items.end());
  return run.sequence(a.sequence->form, std::move(items));
}

Value arithmetic(Rendering &run, Operator operation, const Value &a, const Value &b) {
  if (a.isNumber() && b.isNumber())
    return a.isWhole() && b.isWhole() ? wholeArithmetic(run, operation, a.whole(), b.whole())
                                      : realArithmetic(run, operation, a.real(), b.real());
  if (operation == Operator::Remainder && a.isText())
    return formatPercent(run, a, b);
  if (operation == Operator::Multiply && repeats(a) && b.isWhole())
    return repeated(run, a, b.whole());
  if (operation == Operator::Multiply && repeats(b) && a.isWhole())
    return repeated(run, b, a.whole());
  const bool sameKind = repeats(a) && repeats(b) && a.kind == b.kind && (a.isText() || a.sequence->form == b.sequence->form);
  if (operation == Operator::Add && sameKind)
    return concatenated(run, a, b);
  constexpr const char *signs[] = {"+", "-", "*", "/", "//", "%", "**"};
  return run.fail("found " + kindName(a) + " " + signs[size_t(operation)] + " " + kindName(b) + ", expected two numbers" +
                  (operation == Operator::Add ? ", two strings or two lists" : ""));
}

Value negative(Rendering &run, const Value &value) {
  if (value.isWhole())
    return wholeArithmetic(run, Operator::Subtract, 0, value.whole());
  if (value.is(Kind::Float))
    return Value::of(-value.number);
  return run.fail("found " + kindName(value) + " behind -, expected a number");
}

} // namespace vspec::chat
