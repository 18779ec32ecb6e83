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

namespace {
struct Case {
  const char *text, *message;
};
} // namespace

template <size_t count> static void expectErrors(const Case (&cases)[count]) {
  for (const Case &one : cases)
    EXPECT_EQ(rendered(one.text), std::string("error chat:1: ") + one.message) << one.text;
}

TEST(ChatTemplate, SaysWhatTheGrammarExpected) {
  expectErrors({
      {"{# a", "a comment without its end, expected '#}'"},
      {"{% raw %}a", "raw text without its end, expected '{% endraw %}'"},
      {"{{ ) }}", "found ')' without its opening"},
      {"{{ 1e999 }}", "found '1e999', expected a number within the range of double"},
      {"{{ a.'b' }}", "found the string 'b', expected the name of an attribute"},
      {"{{ a | 1 }}", "found '1', expected the name of a filter"},
      {"{{ a | b.1 }}", "found '1', expected the name of a filter"},
      {"{{ a is 1 }}", "found '1', expected the name of a test"},
      {"{{ a is b is c }}", "found a second 'is', expected the end of the test: tests are not chained"},
      {"{{ a[] }}", "found '}}', expected an index"},
      {"{% 1 %}", "found '1', expected the name of a block"},
      {"{% if a b %}", "found 'b', expected the end of the block, '%}'"},
      {"{% set a.1 = 2 %}", "found '1', expected the name of an attribute"},
      {"{% set a 1 %}", "found '1', expected '=' and a value, or '%}' and a block up to endset"},
      {"{% macro 1() %}", "found '1', expected the name of a macro"},
      {"{% macro m(a=1, b) %}", "found ')', expected '=': parameters behind one with a default need one too"},
      {"{% call m %}", "found '%}', expected a call of a macro before it"},
  });
}

TEST(ChatTemplate, SaysWhatAnOperatorExpected) {
  expectErrors({
      {"{{ 1 // 0 }}", "a division by zero"},
      {"{{ [1] * 9223372036854775807 }}", "values of more than 536870912 bytes, which is the limit"},
      {"{{ -'a' }}", "found a string behind -, expected a number"},
      {"{{ +'a' }}", "found a string behind +, expected a number"},
      {"{{ {}.keys() < 1.5 }}", "found a view of a dict and a float, expected values that have an order"},
      {"{% macro m() %}{% endmacro %}{{ m < x }}",
       "found a macro and an undefined value ('x' is undefined), expected values that have an order"},
      {"{{ 1 in 'a' }}", "found an integer in a string, expected a string"},
      {"{{ x() }}", "'x' is undefined, so it cannot be called"},
      {"{{ 1() }}", "an integer cannot be called"},
      {"{{ range(**1) }}", "found an integer behind **, expected a dict"},
      {"{{ range(**{1: 2}) }}", "found an integer as the name of an argument, expected a string"},
      {"{{ (1 if false).a }}", "an if without else whose condition is false is undefined, so it has no 'a'"},
      {"{{ x[0] }}", "'x' is undefined, so it has no items"},
      {"{{ [1][2].a }}", "a list has no item 2, so it has no 'a'"},
      {"{{ [1][none].a }}", "a list has no item 'None', so it has no 'a'"},
      {"{{ 'a'['b':] }}", "a bound of a slice is a string, expected an integer"},
      {"{{ 'a'[::0] }}", "found a slice with step 0, expected any other integer"},
      {"{{ 1[1:] }}", "found an integer, expected a string or a list to slice"},
      {"{{ {[]: 1} }}", "a list cannot be the key of a dict"},
      {"{{ 1 is eq }}", "a comparison got no argument 'other'"},
      {"{% for a in 1 %}{% endfor %}", "found an integer, expected something with items"},
      {"{% for a, b in [[1]] %}{% endfor %}", "found 1 values, expected 2 to unpack"},
      {"{% for a in [1] %}{{ loop([]) }}{% endfor %}", "loop can be called in a loop marked 'recursive' only"},
      {"{% for a in [1] %}{{ loop.cycle() }}{% endfor %}", "cycle got no arguments, expected at least one"},
      {"{% for a in [1] %}{{ loop.previtem.a }}{% endfor %}", "there is no previous item, so it has no 'a'"},
      {"{% for a in [1] %}{{ loop.nextitem.a }}{% endfor %}", "there is no next item, so it has no 'a'"},
      {"{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}", "the macro 'm' got 2 arguments, expected at most 1"},
      {"{% macro m(a) %}{% endmacro %}{{ m(1, a=2) }}", "the macro 'm' got the argument 'a' twice"},
      {"{% macro m(a) %}{% endmacro %}{{ m(b=2) }}", "the macro 'm' has no argument 'b'"},
      {"{% macro m(a) %}{{ a.b }}{% endmacro %}{{ m() }}", "the parameter 'a' was not provided, so it has no 'b'"},
  });
}

TEST(ChatTemplate, SaysWhatAFunctionExpected) {
  expectErrors({
      {"{{ range() }}", "range got 0 arguments, expected 1 to 3"},
      {"{{ range('a') }}", "an argument of range is a string, expected an integer"},
      {"{{ range(1, 2, 0) }}", "range got the step 0, expected any other integer"},
      {"{{ range(100001) }}", "a range of more than 100000 numbers"},
      {"{{ dict(1, 2) }}", "dict got 2 values, expected at most 1"},
      {"{{ dict([[1, 2, 3]]) }}", "dict got an item of 3 values, expected a key and a value"},
      {"{{ strftime_now(1) }}", "strftime_now got an integer, expected a format"},
      {"{{ cycler() }}", "cycler got no items, expected at least one"},
      {"{{ joiner(1, 2) }}", "joiner got 2 arguments, expected at most 1"},
      {"{{ joiner(1, sep=2) }}", "joiner got the argument 'sep' twice"},
      {"{{ [].insert('a', 1) }}", "the index is a string, expected an integer"},
      {"{{ [1].index(2) }}", "the value that index looks for is not in a list"},
      {"{{ {}.update(1) }}", "update got an integer, expected a dict"},
      {"{{ {}.pop('a') }}", "pop of a key that the dict does not have, expected one of its keys or a default"},
      {"{{ 'a'.strip(1) }}", "the set of characters to strip is an integer, expected a string"},
      {"{{ 'a'.startswith(1) }}", "the start that is asked for is an integer, expected a string"},
      {"{{ 'a'.endswith(1) }}", "the end that is asked for is an integer, expected a string"},
      {"{{ 'a'.split('') }}", "found an empty separator, expected a string of at least one character"},
      {"{{ 'a'.partition('') }}", "found an empty separator, expected a string of at least one character"},
      {"{{ 'a'.split(1) }}", "the separator is an integer, expected a string"},
      {"{{ 'a'.replace(1, 2) }}", "the text to replace is an integer, expected a string"},
      {"{{ 'a'.replace('a', 2) }}", "the replacement is an integer, expected a string"},
      {"{{ 'a'.join([1]) }}", "an item to join is an integer, expected a string"},
      {"{{ 'a'.find(1) }}", "the text to find is an integer, expected a string"},
      {"{{ 'a'.index('b') }}", "the text that index looks for is not in the string"},
      {"{{ 'a'.count(1) }}", "the text to count is an integer, expected a string"},
      {"{{ 'a'.removeprefix(1) }}", "the part to remove is an integer, expected a string"},
      {"{{ 'a'.center('b') }}", "the width is a string, expected an integer"},
      {"{{ 'a'.ljust(9, '') }}", "found '' to fill with, expected one character"},
  });
}

TEST(ChatTemplate, SaysWhatAFilterExpected) {
  expectErrors({
      {"{{ [1] | map(1) }}", "found an integer, expected the name of a filter or test"},
      {"{{ [1] | selectattr }}", "selectattr got no attribute"},
      {"{{ [1] | rejectattr }}", "rejectattr got no attribute"},
      {"{{ 1 | dictsort }}", "found an integer to sort, expected a dict"},
      {"{{ {} | dictsort(by='size') }}", "dictsort sorts by 'size', expected 'key' or 'value'"},
      {"{{ [1] | batch('a') }}", "the size of a batch is a string, expected an integer"},
      {"{{ [1] | batch(0) }}", "found batches of 0, expected at least 1"},
      {"{{ [1] | slice('a') }}", "the number of slices is a string, expected an integer"},
      {"{{ [1] | slice(0) }}", "found 0 slices, expected 1 to 100000"},
      {"{{ 1 | items }}", "found an integer, expected a dict to take items of"},
      {"{{ 1 | length }}", "an integer has no length"},
      {"{{ ([] | first).a }}", "an empty sequence has no first item, so it has no 'a'"},
      {"{{ ([] | last).a }}", "an empty sequence has no last item, so it has no 'a'"},
      {"{{ ([] | min).a }}", "an empty sequence has no smallest item, so it has no 'a'"},
      {"{{ ([] | max).a }}", "an empty sequence has no largest item, so it has no 'a'"},
      {"{{ [1] | map('abs') | last }}", "found a generator, expected a sequence that has a last item: make it a list"},
      {"{{ 'a' | abs }}", "found a string, expected a number for its absolute value"},
      {"{{ 'a' | round }}", "found a string to round, expected a number"},
      {"{{ 1 | round('a') }}", "the precision is a string, expected an integer"},
      {"{{ 1 | round(301) }}", "the precision is 301, expected -300 to 300"},
      {"{{ 1 | round(1, 'up') }}", "found the method 'up' to round, expected common, ceil or floor"},
      {"{{ x | int }}", "'x' is undefined, so it is no number"},
      {"{{ x | float }}", "'x' is undefined, so it is no number"},
      {"{{ '1' | int(base='a') }}", "the base is a string, expected an integer"},
      {"{{ '1' | int(base=37) }}", "the base is 37, expected 2 to 36"},
      {"{{ 1 | attr(1) }}", "attr got an integer, expected the name of an attribute"},
      {"{{ ({} | attr('a')).b }}", "a dict has no attribute 'a', so it has no 'b'"},
      {"{{ 'a' | indent([]) }}", "the width of an indentation is a list, expected an integer"},
      {"{{ 1 | indent }}", "found an integer to indent, expected a string"},
      {"{{ 'a' | truncate('b') }}", "the length is a string, expected an integer"},
      {"{{ 'a' | truncate(leeway='b') }}", "the leeway is a string, expected an integer"},
      {"{{ 'a' | truncate(2) }}", "truncate got the length 2, expected at least 3, the length of its end"},
      {"{{ 'a' | truncate(leeway=-1) }}", "truncate got the leeway -1, expected at least 0"},
      {"{{ 1 | tojson(separators=[1]) }}", "the separators of tojson are a list, expected two strings"},
      {"{{ range | tojson }}", "found a function, expected a value that JSON has"},
      {"{{ {(1,): 1} | tojson }}", "found a tuple as a key, expected one that JSON has"},
  });
}

TEST(ChatTemplate, SaysWhatAFormatExpected) {
  expectErrors({
      {"{{ '%100001d' % 1 }}", "found a width in '%100001d', expected at most 100000"},
      {"{{ '%5' % 1 }}", "the format '%5' ends within a conversion"},
      {"{{ '%q' % 1 }}", "found the conversion '%q', expected one of d, i, u, x, X, o, f, e, g, s, r"},
      {"{{ '%d' % 'a' }}", "found a string for '%d', expected a number"},
      {"{{ '%(a)s' % 1 }}", "found '%(a)s' % an integer, expected a dict for names in parentheses"},
      {"{{ '%(a)s' % {} }}", "the dict has no 'a', which the format names"},
      {"{{ '%s %s' % 1 }}", "the format '%s %s' has more conversions than the 1 values"},
      {"{{ 'a' % 1 }}", "the format 'a' has no conversion for the value"},
      {"{{ 'a%s' % (1, 2) }}", "the format 'a%s' has 1 conversions, expected 2"},
      {"{{ '{:d}'.format('a') }}", "found a string for the format 'd'"},
      {"{{ '{:dd}'.format(1) }}", "found the format 'dd', expected [[fill]align][sign][#][0][width][,][.precision][type]"},
      {"{{ '{}'.format() }}", "found the field {}, expected an argument of that name or number"},
      {"{{ '{0[a}'.format(1) }}", "found the field {0[a}, expected ']'"},
      {"{{ 'a}'.format(1) }}", "the format 'a}' has a '}' without '{'"},
      {"{{ 'a{'.format(1) }}", "the format 'a{' has a '{' without '}'"},
      {"{{ '{:{}}'.format(1) }}", "the format '{:{}}' has fields within fields, which are not known"},
  });
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
