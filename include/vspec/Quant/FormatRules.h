// Which weight gets which format, as users say it: `int4,lm_head=int6,*.down=int5`.
#ifndef VSPEC_QUANT_FORMATRULES_H
#define VSPEC_QUANT_FORMATRULES_H
#include "vspec/Quant/Format.h"
#include "vspec/Support/Result.h"
#include <string>
#include <string_view>
#include <vector>

namespace vspec {

/// A pattern for names and the canonical text of a format. Patterns know `*` (anything) and `?` (one character).
struct FormatRule {
  std::string pattern; // empty: every weight
  std::string format;  // or asStored
  bool used = false;
};
/// In place of a format: the weight stays what the checkpoint has, bit for bit.
constexpr const char *asStored = "stored";

class FormatRules {
public:
  /// Rules separated by commas outside of braces; a comma that continues a level (`x 64:f16,f16`) does not separate. The last
  /// rule that fits a weight counts. Errors name the rule.
  static Result<FormatRules> parse(std::string_view text);

  /// The format for a weight with any of these names, or nothing. Marks the rules that fit as used.
  const std::string *find(const std::vector<std::string> &names);
  /// The first rule with a pattern that never fitted, or nothing.
  const FormatRule *unused() const;
  bool empty() const { return rules.empty(); }

private:
  std::vector<FormatRule> rules;
};

/// Whether `name` fits the pattern.
bool matchesPattern(std::string_view pattern, std::string_view name);

} // namespace vspec
#endif
