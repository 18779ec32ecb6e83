// Errors, and what is ours and not Jinja's. What the language means is in PublishedTemplatesTest.cpp.
#include "vspec/Chat/ChatTemplate.h"
#include <gtest/gtest.h>

using namespace vspec;

static std::string rendered(const std::string &text, const std::string &variables = "{}") {
  Result<ChatTemplate> parsed = ChatTemplate::parse(text, "chat");
  if (!parsed)
    return "error " + parsed.error().message;
  Result<std::string> made = parsed->render(*Json::parse(variables, "variables"), DateTime());
  return made ? *made : "error " + made.error().message;
}

TEST(ChatTemplate, SaysLineFoundAndExpected) {
  EXPECT_EQ(rendered("a\n{% if x %}\n"), "error chat:2: the template ends within the block of line 2, expected '{% endif %}'");
  EXPECT_EQ(rendered("\n\n{{ 1 + }}"), "error chat:3: found '}}', expected an expression");
  EXPECT_EQ(rendered("{% endfor %}"),
            "error chat:1: found 'endfor', expected one of if, for, set, macro, call, filter, with, generation, break, continue, raw");
  EXPECT_EQ(rendered("{{ a b }}"), "error chat:1: found 'b', expected an operator or '}}'");
  EXPECT_EQ(rendered("{{ [1) }}"), "error chat:1: found ')', expected ']'");
  EXPECT_EQ(rendered("{{ 'a }}"), "error chat:1: a string without its end, expected '");
  EXPECT_EQ(rendered("{{ 99999999999999999999 }}"), "error chat:1: found '99999999999999999999', expected an integer of at most 64 bits");
  EXPECT_EQ(rendered("{{ '\\ud800' }}"), "error chat:1: found the escape '\\x5cud800', expected 4 hexadecimal digits of a character");
  EXPECT_EQ(rendered("{{ a $ }}"), "error chat:1: found '$', expected an expression or the end of the tag");
  EXPECT_EQ(rendered("{% set true = 1 %}"), "error chat:1: found 'true', expected a variable");
  EXPECT_EQ(rendered("{% break %}"), "error chat:1: found 'break' outside of a loop");
}

TEST(ChatTemplate, SaysWhyARenderingStopped) {
  EXPECT_EQ(rendered("x\n{{ raise_exception('roles must alternate') }}"), "error chat:2: roles must alternate");
  EXPECT_EQ(rendered("{{ message.content }}"), "error chat:1: 'message' is undefined, so it has no 'content'");
  EXPECT_EQ(rendered("{{ m.a.b }}", R"({"m": {}})"), "error chat:1: a dict has no attribute 'a', so it has no 'b'");
  EXPECT_EQ(rendered("{{ 'a' + 1 }}"), "error chat:1: found a string + an integer, expected two numbers, two strings or two lists");
  EXPECT_EQ(rendered("{{ x | shout }}"), "error chat:1: there is no filter 'shout'");
  EXPECT_EQ(rendered("{{ x is loud }}"), "error chat:1: there is no test 'loud'");
  EXPECT_EQ(rendered("{{ 'a' | replace('b') }}"), "error chat:1: replace got no argument 'new'");
  EXPECT_EQ(rendered("{{ 'a' | indent(colour=1) }}"), "error chat:1: indent has no argument 'colour'");
  EXPECT_EQ(rendered("{{ 9223372036854775807 + 1 }}"), "error chat:1: an integer of more than 64 bits");
  EXPECT_EQ(rendered("{% set x.y = 1 %}", R"({"x": 1})"),
            "error chat:1: found an integer before .y, expected a namespace: only its attributes can be set");
}

TEST(ChatTemplate, RefusesWhatIsNoTemplate) {
  EXPECT_EQ(rendered("\xff"), "error chat: byte 0 is not UTF-8");
  EXPECT_EQ(rendered(std::string(ChatTemplate::maxBytes + 1, 'a')),
            "error chat: has 1048577 bytes, expected a template of at most 1048576");
  EXPECT_EQ(rendered("a", "[]"), "error variables: the document is not an object, expected the variables of the template by name");
}

// transformers forbids these; templates made for other programs use them.
TEST(ChatTemplate, ListsAndDictsCanChange) {
  EXPECT_EQ(rendered("{% set l = [1] %}{% set _ = l.append(2) %}{{ l }}{{ l.pop(0) }}{{ l }}{{ l.pop() }}{{ l }}"), "[1, 2]1[2]2[]");
  EXPECT_EQ(rendered("{% set l = [1] %}{% set _ = l.extend([2, 3]) %}{% set _ = l.insert(0, 0) %}{{ l }}"), "[0, 1, 2, 3]");
  EXPECT_EQ(
      rendered("{% set d = {'a': 1} %}{% set _ = d.update({'b': 2}, c=3) %}{{ d.pop('a') }}{{ d }}{{ d.c }}{{ d.setdefault('e', 4) }}"),
      "1{'b': 2, 'c': 3}34");
  EXPECT_EQ(rendered("{% set t = (1,) %}{{ t.append(2) }}"), "error chat:1: a tuple has no append, expected a list");
  EXPECT_EQ(rendered("{{ [].pop() }}"), "error chat:1: pop of item -1 from a list of 0");
}

TEST(ChatTemplate, ValuesThatHoldThemselvesEndInAnError) {
  const std::string cyclic = "{% set l = [] %}{% set _ = l.append(l) %}";
  EXPECT_EQ(rendered(cyclic + "{{ l }}"), "error chat:1: nested deeper than 400, which is the limit");
  EXPECT_EQ(rendered(cyclic + "{{ l | tojson }}"), "error chat:1: nested deeper than 400, which is the limit");
  EXPECT_EQ(rendered(cyclic + "{{ [l] == [[l]] }}"), "True");
  EXPECT_EQ(rendered("{% set ns = namespace() %}{% set ns.a = ns %}{{ ns.a.a.a.b is defined }}"), "False");
}

TEST(ChatTemplate, RendersTheSameTwice) {
  Result<ChatTemplate> parsed = ChatTemplate::parse("{% set ns = namespace(n=0) %}{% set ns.n = ns.n + 1 %}{{ ns.n }}", "chat");
  ASSERT_TRUE(parsed);
  const Json none = *Json::parse("{}", "variables");
  EXPECT_EQ(*parsed->render(none, DateTime()), "1");
  EXPECT_EQ(*parsed->render(none, DateTime()), "1");
}
