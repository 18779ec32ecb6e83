#include "vspec/Quant/FormatRules.h"
#include "vspec/Support/Quote.h"
#include <algorithm>

using namespace vspec;

// The last `*` takes as little as it can, and one more character at each mismatch; what earlier ones took never has to change.
bool vspec::matchesPattern(std::string_view pattern, std::string_view name) {
  constexpr size_t none = std::string_view::npos;
  size_t inPattern = 0, inName = 0, star = none, starEnd = 0; // the last star, and where in the name its part ends
  while (inName < name.size()) {
    if (inPattern < pattern.size() && pattern[inPattern] == '*') {
      star = inPattern++;
      starEnd = inName;
    } else if (inPattern < pattern.size() && (pattern[inPattern] == '?' || pattern[inPattern] == name[inName])) {
      ++inPattern;
      ++inName;
    } else if (star != none) {
      inPattern = star + 1;
      inName = ++starEnd;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', inPattern) == none;
}

// A comma ends a rule if what follows can start one: a pattern with `=`, or a format by itself. `f16` in `x 64:f16,f16` is
// both, so the longest format wins: text up to the next comma joins the rule before if the joined text parses.
//
// A level has at most one such comma. It is at least twice as wide or high as the one before, both up to 2^31, or the tensor.
static constexpr size_t mostLevels = 32 + 31 + 1;

Result<FormatRules> FormatRules::parse(std::string_view text) {
  std::vector<std::string> pieces;
  unsigned depth = 0;
  std::string piece;
  for (char c : text) {
    depth += c == '{';
    depth -= c == '}' && depth;
    if (c == ',' && !depth) {
      pieces.push_back(piece);
      piece.clear();
    } else {
      piece += c;
    }
  }
  pieces.push_back(piece);

  FormatRules result;
  for (size_t i = 0; i < pieces.size();) {
    size_t equals = pieces[i].find('=');
    std::string pattern = equals == std::string::npos ? "" : pieces[i].substr(0, equals);
    std::string format = equals == std::string::npos ? pieces[i] : pieces[i].substr(equals + 1);
    if (equals != std::string::npos && pattern.empty())
      return Error{"rule " + quote(pieces[i]) + " has no name before '='"};
    size_t next = i + 1;
    std::string joined = format;
    for (size_t j = i + 1; j < std::min(pieces.size(), i + 1 + mostLevels) && pieces[j].find('=') == std::string::npos; ++j) {
      joined += "," + pieces[j];
      if (joined.find(':') != std::string::npos && parseFormat(joined)) {
        format = joined;
        next = j + 1;
      }
    }
    i = next;
    if (format == asStored) {
      result.rules.push_back({pattern, format});
      continue;
    }
    Result<Format> parsed = parseFormat(format);
    if (!parsed)
      return Error{pattern.empty() ? parsed.error().message : "rule for " + quote(pattern) + ": " + parsed.error().message};
    result.rules.push_back({pattern, parsed->text()});
  }
  return result;
}

const std::string *FormatRules::find(const std::vector<std::string> &names) {
  const std::string *format = nullptr;
  for (FormatRule &rule : rules) {
    bool fits = rule.pattern.empty();
    for (const std::string &name : names)
      fits = fits || matchesPattern(rule.pattern, name);
    if (fits) {
      rule.used = true;
      format = &rule.format;
    }
  }
  return format;
}

const FormatRule *FormatRules::unused() const {
  for (const FormatRule &rule : rules)
    if (!rule.pattern.empty() && !rule.used)
      return &rule;
  return nullptr;
}
