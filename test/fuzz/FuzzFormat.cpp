// Any bytes are formats and rules or a refusal in one line; a format prints as what parses to the same, and its codec runs.
//
// The first line is a format and a list of rules, each further one the name of a weight.
#include "vspec/Quant/Codec.h"
#include "vspec/Quant/FormatRules.h"
#include "vspec/Support/Quote.h"
#include <cmath>
#include <cstdint>
#include <cstdlib>

using namespace vspec;

static void insist(bool holds) {
  if (!holds)
    std::abort();
}

static void insistOneLine(const Error &error) { insist(isUtf8(error.message) && error.message.find('\n') == std::string::npos); }

static void encode(const Format &format, int64_t columns) {
  Result<Codec> codec = Codec::create(format, columns);
  if (!codec)
    return insistOneLine(codec.error());
  constexpr int64_t rows = 3;
  std::vector<float> weights;
  for (int64_t i = 0; i < rows * columns; ++i)
    weights.push_back(float((i * 37) % 101 - 50) / 64);
  Result<CodedRows> coded = codec->encode(weights.data(), rows);
  if (!coded)
    return insistOneLine(coded.error());
  for (float weight : codec->decode(*coded))
    insist(!std::isnan(weight));
}

static void use(const Format &format) {
  const std::string text = format.text();
  Result<Format> again = parseFormat(text);
  insist(again && *again == format && again->text() == text);
  constexpr int64_t columns[] = {0, 1, 40, 172};
  for (int64_t count : columns)
    insist(format.bits(3, count) >= 0);
  encode(format, columns[text.size() % 4]); // all of them would take most of the time
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view rest(reinterpret_cast<const char *>(data), size);
  const auto line = [&rest] {
    const std::string_view first = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(first.size() + 1, rest.size()));
    return first;
  };
  const std::string_view text = line();
  if (Result<Format> format = parseFormat(text))
    use(*format);
  else
    insistOneLine(format.error());

  Result<FormatRules> rules = FormatRules::parse(text);
  if (!rules)
    return insistOneLine(rules.error()), 0;
  insist(!rules->empty());
  while (!rest.empty())
    if (const std::string *found = rules->find({std::string(line())}))
      insist(bool(parseFormat(*found)));
  if (const FormatRule *unused = rules->unused())
    insist(!unused->used);
  return 0;
}
