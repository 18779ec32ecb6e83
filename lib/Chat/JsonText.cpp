// The filter tojson, as transformers defines it: Python's json.dumps with ensure_ascii off unless asked for.
#include "Filters.h"
#include <cmath>

namespace vspec::chat {
namespace {

class JsonWriter {
public:
  JsonWriter(Rendering &run, const JsonStyle &style) : run(run), style(style) {}

  void write(const Value &value) {
    Rendering::Deeper deeper(run);
    if (!run.work(64) || !run.room(value.isText() ? value.bytes().size() : 8))
      return;
    switch (value.kind) {
    case Kind::None:
      text += "null";
      break;
    case Kind::Boolean:
      text += value.boolean ? "true" : "false";
      break;
    case Kind::Integer:
      text += std::to_string(value.integer);
      break;
    case Kind::Float:
      text += number(value.number);
      break;
    case Kind::Text:
      string(value.bytes());
      break;
    case Kind::Dict:
      object(*value.dict);
      break;
    case Kind::Sequence:
      if (value.sequence->form <= Sequence::Form::Tuple) {
        array(value.sequence->items);
        break;
      }
      [[fallthrough]];
    default:
      run.fail("found " + kindName(value) + ", expected a value that JSON has");
    }
  }

  std::string text;

private:
  static std::string number(double value) {
    if (std::isnan(value))
      return "NaN";
    if (std::isinf(value))
      return value < 0 ? "-Infinity" : "Infinity";
    return floatSpelling(value);
  }

  void unit(unsigned value) {
    constexpr char digits[] = "0123456789abcdef";
    text += {'\\', 'u', digits[value >> 12 & 15], digits[value >> 8 & 15], digits[value >> 4 & 15], digits[value & 15]};
  }

  void string(std::string_view bytes) {
    constexpr std::string_view plain = "\"\\\n\r\t\b\f", letters = "\"\\nrtbf";
    text += '"';
    for (size_t at = 0; at < bytes.size();) {
      const size_t start = at;
      const char32_t character = nextCharacter(bytes, at);
      const size_t known = character < 0x80 ? plain.find(char(character)) : std::string_view::npos;
      if (known != std::string_view::npos)
        text += {'\\', letters[known]};
      else if (character < 0x20 || (style.ascii && character >= 0x7F && character < 0x10000 && character != 0x7F))
        unit(unsigned(character));
      else if (style.ascii && character >= 0x10000) {
        unit(0xD800 + unsigned((character - 0x10000) >> 10));
        unit(0xDC00 + unsigned((character - 0x10000) & 0x3FF));
      } else
        text += bytes.substr(start, at - start);
    }
    text += '"';
  }

  void newLine() {
    if (!style.indent)
      return;
    if (!run.room(1 + level * style.indent->size()))
      return;
    text += '\n';
    for (size_t i = 0; i < level; ++i)
      text += *style.indent;
  }

  template <typename Each> void container(char open, char close, size_t count, Each each) {
    text += open;
    ++level;
    for (size_t i = 0; i < count && !run.stopped(); ++i) {
      if (i > 0)
        text += style.itemSeparator;
      newLine();
      each(i);
    }
    --level;
    if (count > 0)
      newLine();
    text += close;
  }

  void array(const std::vector<Value> &items) {
    container('[', ']', items.size(), [&](size_t i) { write(items[i]); });
  }

  void object(const Dict &dict) {
    std::vector<std::pair<Value, Value>> entries = dict.entries;
    if (style.sortKeys) {
      std::vector<Value> keys, order;
      for (const auto &entry : entries) {
        keys.push_back(entry.first);
        order.push_back(Value::of(int64_t(order.size())));
      }
      order = sorted(run, order, keys, /*backwards=*/false);
      for (size_t i = 0; i < entries.size() && !run.stopped(); ++i)
        entries[i] = dict.entries[size_t(order[i].integer)];
    }
    container('{', '}', entries.size(), [&](size_t i) {
      key(entries[i].first);
      text += style.keySeparator;
      write(entries[i].second);
    });
  }

  void key(const Value &key) {
    switch (key.kind) {
    case Kind::Text:
      return string(key.bytes());
    case Kind::Integer:
      return string(std::to_string(key.integer));
    case Kind::Float:
      return string(number(key.number));
    case Kind::Boolean:
      return string(key.boolean ? "true" : "false");
    case Kind::None:
      return string("null");
    default:
      run.fail("found " + kindName(key) + " as a key, expected one that JSON has");
    }
  }

  Rendering &run;
  const JsonStyle &style;
  size_t level = 0;
};

} // namespace

std::string toJson(Rendering &run, const Value &value, const JsonStyle &style) {
  JsonWriter writer(run, style);
  writer.write(value);
  return std::move(writer.text);
}

} // namespace vspec::chat
