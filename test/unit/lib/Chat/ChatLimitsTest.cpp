// Templates that would run or grow without end stop with an error that names the limit, and soon.
#include "vspec/Chat/ChatTemplate.h"
#include <gtest/gtest.h>

using namespace vspec;

static std::string errorOf(const std::string &text, const ChatLimits &limits = {}) {
  Result<ChatTemplate> parsed = ChatTemplate::parse(text, "chat");
  if (!parsed)
    return parsed.error().message;
  Result<std::string> made = parsed->render(*Json::parse("{}", "variables"), DateTime(), limits);
  return made ? "no error, " + std::to_string(made->size()) + " bytes" : made.error().message;
}

static std::string repeated(const std::string &text, size_t count) {
  std::string made;
  for (size_t i = 0; i < count; ++i)
    made += text;
  return made;
}

TEST(ChatLimits, Steps) {
  const std::string loops = "{% set many = range(10000) %}{% for a in many %}{% for b in many %}{% endfor %}{% endfor %}";
  EXPECT_EQ(errorOf(loops), "chat:1: more than 20000000 steps, which is the limit");
  ChatLimits few;
  few.steps = 100;
  EXPECT_EQ(errorOf("{% for a in range(99) %}{{ a }}{% endfor %}", few), "chat:1: more than 100 steps, which is the limit");
}

TEST(ChatLimits, ScansCountAsSteps) {
  ChatLimits few;
  few.steps = 20'000;
  EXPECT_EQ(errorOf("{% set t = 'a' * 1000000 %}{% for i in range(1000) %}{{ 'b' in t }}{% endfor %}", few),
            "chat:1: more than 20000 steps, which is the limit");
  EXPECT_NE(errorOf("{% set t = 'a' * 1000000 %}{{ t.rfind('a' * 500000 ~ 'b') }}", few).find("steps"), std::string::npos);
}

TEST(ChatLimits, Output) {
  ChatLimits small;
  small.output = 1000;
  EXPECT_EQ(errorOf("{% for a in range(500) %}xyz{% endfor %}", small), "chat:1: more than 1000 bytes of text, which is the limit");
  EXPECT_EQ(errorOf("{{ 'x' * 1000 }}", small), "no error, 1000 bytes");
}

TEST(ChatLimits, Memory) {
  const char *templates[] = {
      "{{ 'x' * 10 ** 9 }}",
      "{{ ('x' * 10 ** 9) | length }}",
      "{{ 'x' * 9223372036854775807 }}",
      "{{ [0] * 10 ** 9 }}",
      "{{ 'ab'.center(10 ** 9) }}",
      "{{ 'ab'.zfill(9223372036854775807) }}",
      "{{ ('a\\n' * 10000) | indent(10 ** 6) }}",
      "{{ ('a' * 100000).replace('', 'b' * 100000) }}",
      "{{ ('b' * 100000).join(('a' * 100000) | list) }}",
      "{{ [1, 2] | batch(10 ** 12, 0) | list }}",
      "{{ [1] | tojson(indent=10 ** 9) }}",
      "{% set ns = namespace(t='x') %}{% for i in range(40) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}",
      "{% set ns = namespace(l=[0]) %}{% for i in range(40) %}{% set ns.l = ns.l + ns.l %}{% endfor %}",
      "{% set l = [0] %}{% for i in range(40) %}{% set _ = l.extend(l) %}{% endfor %}",
  };
  ChatLimits small;
  small.memory = 1 << 24;
  for (const char *text : templates)
    EXPECT_EQ(errorOf(text, small), "chat:1: values of more than 16777216 bytes, which is the limit") << text;
}

// Each level refers twice to the one below: little to hold, but without end to print.
TEST(ChatLimits, SharedValuesThatUnfoldWithoutEnd) {
  ChatLimits small;
  small.memory = 1 << 24;
  small.steps = 1'000'000;
  const std::string doubling = "{% set ns = namespace(l=[]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}";
  for (const char *use :
       {"{{ ns.l }}", "{{ ns.l | tojson }}", "{{ ns.l == [ns.l[0], [ns.l[1][0], []]] }}", "{{ ns.l < [ns.l[0], [ns.l[1][0], []]] }}"}) {
    const std::string why = errorOf(doubling + use, small);
    EXPECT_TRUE(why.find("steps, which is the limit") != std::string::npos || why.find("bytes, which is the limit") != std::string::npos ||
                why.rfind("no error", 0) == 0)
        << use << ": " << why;
  }
}

TEST(ChatLimits, Depth) {
  EXPECT_EQ(errorOf("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"), "chat:1: nested deeper than 400, which is the limit");
  EXPECT_EQ(errorOf("{% for i in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}"), "chat:1: nested deeper than 400, which is the limit");
  EXPECT_EQ(errorOf("{% set ns = namespace(l=[]) %}{% for i in range(1000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}"),
            "chat:1: nested deeper than 400, which is the limit");
}

TEST(ChatLimits, NestingOfTheText) {
  EXPECT_EQ(errorOf("{{ " + repeated("(", 100000)), "chat:1: the template ends within {{, expected '}}'");
  EXPECT_EQ(errorOf("{{ " + repeated("(", 100000) + "1" + repeated(")", 100000) + " }}"),
            "chat:1: brackets and blocks nested deeper than 200");
  EXPECT_EQ(errorOf("{{ " + repeated("- ", 100000) + "1 }}"), "chat:1: brackets and blocks nested deeper than 200");
  EXPECT_EQ(errorOf("{{ " + repeated("not ", 100000) + "1 }}"), "chat:1: brackets and blocks nested deeper than 200");
  EXPECT_EQ(errorOf(repeated("{% if 1 %}", 50000)), "chat:1: brackets and blocks nested deeper than 200");
  EXPECT_EQ(errorOf("{{ 1" + repeated(" + 1", 50000) + " }}"), "chat:1: an expression of more than 300 operators within each other");
  EXPECT_EQ(errorOf("{{ 1" + repeated(" | abs", 50000) + " }}"), "chat:1: an expression of more than 300 operators within each other");
  EXPECT_EQ(errorOf("{{ 1" + repeated(" if 1 else 1", 50000) + " }}"), "chat:1: brackets and blocks nested deeper than 200");
  EXPECT_EQ(errorOf("{{ a" + repeated(".a", 50000) + " }}"), "chat:1: an expression of more than 300 operators within each other");
}
