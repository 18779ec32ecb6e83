#include "lib/Tokenizer/Trie.h"
#include "SmallTokenizers.h"
#include <map>

using namespace vspec;

TEST(Trie, FindsWhatATextStartsWith) {
  Trie trie;
  EXPECT_TRUE(trie.empty());
  EXPECT_EQ(trie.longest("a").value, -1);
  trie.add("ab", 1);
  trie.add("abcd", 2);
  trie.add(std::string("\0", 1), 3);
  EXPECT_FALSE(trie.empty());
  EXPECT_EQ(trie.longest("abc").value, 1);
  EXPECT_EQ(trie.longest("abcde").bytes, 4u);
  EXPECT_EQ(trie.longest("a").value, -1);
  EXPECT_EQ(trie.longest(std::string("\0a", 2)).value, 3);
  trie.add("ab", 7);
  EXPECT_EQ(trie.longest("ab").value, 7);
}

TEST(Trie, EqualsAMap) {
  std::mt19937 random(4);
  Trie trie;
  std::map<std::string, int32_t> map;
  auto text = [&](size_t most) {
    std::string made;
    for (size_t count = 1 + random() % most; count > 0; --count)
      made += char(random() % 5 + 250);
    return made;
  };
  for (int32_t i = 0; i < 500; ++i) {
    const std::string key = text(8);
    trie.add(key, i);
    map[key] = i;
  }
  for (int round = 0; round < 500; ++round) {
    const std::string given = text(12);
    std::vector<std::pair<size_t, int32_t>> found, expected;
    trie.forEach(given, [&](size_t bytes, int32_t value) { found.push_back({bytes, value}); });
    for (size_t bytes = 1; bytes <= given.size(); ++bytes)
      if (auto entry = map.find(given.substr(0, bytes)); entry != map.end())
        expected.push_back({bytes, entry->second});
    EXPECT_EQ(found, expected);
  }
}
