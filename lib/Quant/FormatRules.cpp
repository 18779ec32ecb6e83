#include "vspec/Quant/FormatRules.h"

using namespace vspec;

bool vspec::matchesPattern(std::string_view pattern, std::string_view name) {
  if (pattern.empty())
    return name.empty();
  if (pattern[0] == '*') {
    for (size_t skip = 0; skip <= name.size(); ++skip)
      if (matchesPattern(pattern.substr(1), name.substr(skip)))
        return true;
    return false;
  }
  return !name.empty() && (pattern[0] == '?' || pattern[0] == name[0]) && matchesPattern(pattern.substr(1), name.substr(1));
}

// A comma ends a rule if what follows can start one: a pattern with `=`, or a format by itself. `f16` in `x 64:f16,f16` is
// both, so the longest format wins: text up to the next comma joins the rule before as long as the joined text parses.
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
      return Error{"rule '" + pieces[i] + "' has no name before '='"};
    size_t next = i + 1;
    std::string joined = format;
    for (size_t j = i + 1; j < pieces.size() && pieces[j].find('=') == std::string::npos; ++j) {
      joined += "," + pieces[j];
      if (joined.find(':') != std::string::npos && parseFormat(joined)) {
        format = joined;
        next = j + 1;
      }
    }
    Result<Format> parsed = parseFormat(format);
    if (!parsed)
      return Error{pattern.empty() ? parsed.error().message : "rule for '" + pattern + "': " + parsed.error().message};
    result.rules.push_back({pattern, parsed->text()});
    i = next;
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
