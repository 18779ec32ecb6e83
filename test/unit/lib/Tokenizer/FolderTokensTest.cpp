#include "lib/Tokenizer/FolderTokens.h"
#include "SmallTokenizers.h"

using namespace vspec;

// What folderTokens reads is tested with the folders of FromFolderTest.cpp.
TEST(FolderTokens, WritesStringsOfJson) {
  for (const std::string text : {"", "a\"b\\c", "\n\x01", "\u00e9"}) {
    Result<Json> json = Json::parse(jsonString(text), "t");
    ASSERT_TRUE(json) << json.error().message;
    EXPECT_EQ(*json->string(), text);
  }
  EXPECT_EQ(jsonString("\x1f"), "\"\\u001f\"");
}
