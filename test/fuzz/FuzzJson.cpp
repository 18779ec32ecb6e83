// Any bytes are JSON or a refusal; of JSON, every value has a place and a kind.
#include "vspec/Support/Json.h"
#include "vspec/Support/Quote.h"
#include <cstdlib>

using namespace vspec;

static size_t visit(const Json &value) {
  size_t values = 1;
  if (!isUtf8(value.path()) || !isUtf8(value.key()) || (value.isString() && !isUtf8(*value.string())))
    std::abort();
  size_t children = 0;
  for (Json child : value) {
    values += visit(child);
    ++children;
  }
  if (children != value.size())
    std::abort();
  return values;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto json = Json::parse({reinterpret_cast<const char *>(data), size}, "fuzz.json");
  if (!json)
    return isUtf8(json.error().message) ? 0 : (std::abort(), 0);
  return visit(*json) > 0 ? 0 : (std::abort(), 0);
}
