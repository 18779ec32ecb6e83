// What a parsed JSON document is in memory: shared by the parser, which fills it, and Json, which reads it.
#ifndef VSPEC_LIB_SUPPORT_JSONDOCUMENT_H
#define VSPEC_LIB_SUPPORT_JSONDOCUMENT_H
#include "vspec/Support/Json.h"
#include <vector>

namespace vspec {

/// A stretch of Json::Document::characters.
struct JsonText {
  uint32_t offset, size;
};

struct JsonNode {
  Json::Kind kind;
  uint32_t parent;
  uint32_t next;     // the node after this one and all below it: its sibling, if it has one
  uint32_t children; // direct ones
  JsonText key;
  union {
    bool boolean;
    int64_t integer;
    double number;
    JsonText string;
  };
};
struct Json::Document {
  std::string file;
  std::string characters; // of all keys and strings
  std::vector<JsonNode> nodes;

  std::string_view view(JsonText text) const { return std::string_view(characters).substr(text.offset, text.size); }
};

} // namespace vspec
#endif
