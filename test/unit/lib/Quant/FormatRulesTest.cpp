// Which rule fits which name, and where one rule ends and the next begins.
#include "vspec/Quant/FormatRules.h"
#include "gtest/gtest.h"
#include <random>
using namespace vspec;

static FormatRules rulesOf(std::string_view text) {
  Result<FormatRules> rules = FormatRules::parse(text);
  EXPECT_TRUE(rules) << text << ": " << rules.error().message;
  return rules ? *rules : FormatRules();
}

/// The canonical text of the format for a name, or "none".
static std::string formatFor(FormatRules &rules, const std::string &name) {
  const std::string *format = rules.find({name});
  return format ? *format : "none";
}

TEST(FormatRules, patterns) {
  EXPECT_TRUE(matchesPattern("", ""));
  EXPECT_FALSE(matchesPattern("", "a"));
  EXPECT_TRUE(matchesPattern("*", ""));
  EXPECT_TRUE(matchesPattern("*.down", "blk.12.down"));
  EXPECT_FALSE(matchesPattern("*.down", "blk.12.down.bias"));
  EXPECT_TRUE(matchesPattern("blk.?.up", "blk.3.up"));
  EXPECT_FALSE(matchesPattern("blk.?.up", "blk.13.up"));
  EXPECT_TRUE(matchesPattern("b*k*up", "blk.kk.up"));
  EXPECT_FALSE(matchesPattern("?", ""));
  EXPECT_FALSE(matchesPattern("a", "A"));
}

/// What the patterns mean, in exponential time.
static bool slowMatch(std::string_view pattern, std::string_view name) {
  if (pattern.empty())
    return name.empty();
  if (pattern[0] == '*')
    return slowMatch(pattern.substr(1), name) || (!name.empty() && slowMatch(pattern, name.substr(1)));
  return !name.empty() && (pattern[0] == '?' || pattern[0] == name[0]) && slowMatch(pattern.substr(1), name.substr(1));
}

TEST(FormatRules, patterns_equal_their_definition) {
  std::mt19937 random(1);
  auto draw = [&](std::string_view letters) {
    std::string text(random() % 9, ' ');
    for (char &c : text)
      c = letters[random() % letters.size()];
    return text;
  };
  int matches = 0;
  for (int i = 0; i < 50000; ++i) {
    std::string pattern = draw("ab*?"), name = draw("ab*");
    ASSERT_EQ(matchesPattern(pattern, name), slowMatch(pattern, name)) << pattern << " " << name;
    matches += matchesPattern(pattern, name);
  }
  EXPECT_GT(matches, 5000);
  EXPECT_LT(matches, 45000);
}

TEST(FormatRules, many_stars_take_no_longer) { // trying every split would outlive us
  std::string pattern, name(2000, 'a');
  for (int i = 0; i < 500; ++i)
    pattern += "*a";
  EXPECT_TRUE(matchesPattern(pattern, name));
  EXPECT_FALSE(matchesPattern(pattern + "b", name));
}

TEST(FormatRules, the_last_rule_that_fits_counts) {
  FormatRules rules = rulesOf("int4,*.down=int5,blk.0.*=int8");
  EXPECT_EQ(formatFor(rules, "blk.1.up"), "int{4} x 32:f16");
  EXPECT_EQ(formatFor(rules, "blk.1.down"), "int{5} x 32:f16");
  EXPECT_EQ(formatFor(rules, "blk.0.down"), "int{8} x 32:f16");
  FormatRules reversed = rulesOf("*.down=int5,int4");
  EXPECT_EQ(formatFor(reversed, "blk.1.down"), "int{4} x 32:f16");
}

TEST(FormatRules, stored_is_no_format_but_a_rule) {
  FormatRules rules = rulesOf("int4,*.down=stored");
  EXPECT_EQ(formatFor(rules, "blk.1.up"), "int{4} x 32:f16");
  EXPECT_EQ(formatFor(rules, "blk.1.down"), asStored);
  rules = rulesOf("stored");
  EXPECT_EQ(formatFor(rules, "a"), asStored);
}

TEST(FormatRules, any_name_of_a_weight_may_fit) {
  FormatRules rules = rulesOf("lm_head=int6");
  ASSERT_TRUE(rules.find({"output", "output.weight", "lm_head"}));
  EXPECT_EQ(rules.find({"output", "output.weight"}), nullptr);
}

TEST(FormatRules, commas_of_formats_do_not_separate) {
  FormatRules rules = rulesOf("int{4} x 64:f16,f16,a=int{4, biased 8} x 32:f16,b=int{5} x 32:uint{6},uint{6} x 256:f16,f16,c=f16,bf16");
  EXPECT_EQ(formatFor(rules, "a"), "bf16"); // the last of all rules has no pattern
  rules = rulesOf("int{4} x 64:f16,f16,a=int{4, biased 8} x 32:f16,b=int{5} x 32:uint{6},uint{6} x 256:f16,f16,c=bf16");
  EXPECT_EQ(formatFor(rules, "x"), "int{4} x 64:f16,f16");
  EXPECT_EQ(formatFor(rules, "a"), "int{4} x 32:f16");
  EXPECT_EQ(formatFor(rules, "b"), "int{5} x 32:uint{6},uint{6} x 256:f16,f16");
  EXPECT_EQ(formatFor(rules, "c"), "bf16");
}

TEST(FormatRules, a_format_may_have_as_many_levels_as_fit) {
  std::string format = "int{4, biased 8}"; // and a comma in each level
  for (int64_t columns = 1; columns <= int64_t(1) << 31; columns *= 2)
    format += " x " + std::to_string(columns) + ":f16,f16";
  for (int64_t rows = 2; rows <= int64_t(1) << 31; rows *= 2)
    format += " x " + std::to_string(rows) + "x2147483648:f16,f16";
  format += " x tensor:f16,f16";
  FormatRules rules = rulesOf(format + ",a=int8");
  EXPECT_EQ(formatFor(rules, "b"), format);
  EXPECT_EQ(formatFor(rules, "a"), "int{8} x 32:f16");
}

TEST(FormatRules, unused_tells_the_first_pattern_that_never_fitted) {
  FormatRules rules = rulesOf("int4,a=int5,b=int6,c=int8");
  ASSERT_TRUE(rules.unused());
  EXPECT_EQ(rules.unused()->pattern, "a");
  rules.find({"a"});
  rules.find({"c"});
  ASSERT_TRUE(rules.unused());
  EXPECT_EQ(rules.unused()->pattern, "b");
  rules.find({"b"});
  EXPECT_EQ(rules.unused(), nullptr);
  EXPECT_EQ(rulesOf("int4").unused(), nullptr); // fits all, even if there is none
}

TEST(FormatRules, empty_has_no_rules) {
  FormatRules rules;
  EXPECT_TRUE(rules.empty());
  EXPECT_EQ(rules.find({"a"}), nullptr);
  EXPECT_FALSE(rulesOf("int4").empty());
}

static const std::string unknown = "format 'int9': unknown name; nearest: int8, int7, int6; expected a name, a name with suffixes "
                                   "('int4:g64:zero'), or a full form ('int{4} x 64:f16, zero int{4}')";

static std::string errorOf(std::string_view text) {
  Result<FormatRules> rules = FormatRules::parse(text);
  return rules ? "no error" : rules.error().message;
}

TEST(FormatRules, errors_name_the_rule) {
  EXPECT_EQ(errorOf("=int4"), "rule '=int4' has no name before '='");
  EXPECT_EQ(errorOf("int4,*.up=int9"), "rule for '*.up': " + unknown);
  EXPECT_EQ(errorOf("int9"), unknown);
  EXPECT_EQ(errorOf("int4,*\xff\n=int9"), "rule for '*\\xff\\x0a': " + unknown);
  EXPECT_EQ(errorOf("\xff=int4,=\n"), "rule '=\\x0a' has no name before '='");
  for (const char *text : {"", ",", "int4,", "a=", "int4,,int5", "{", "}"})
    EXPECT_NE(errorOf(text), "no error") << text;
}
