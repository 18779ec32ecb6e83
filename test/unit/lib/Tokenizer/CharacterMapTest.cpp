#include "lib/Tokenizer/CharacterMap.h"
#include "SmallTokenizers.h"
#include "lib/Tokenizer/Normalizer.h"

using namespace vspec;

// The map of "a" -> "x" and "ab" -> "yy", made by hand: node 0 has offset 1; "a" stands at 1 ^ 'a', its offset leads to a leaf and a child.
static std::string smallMap() {
  std::vector<uint32_t> units(512, 0);
  auto offset = [](size_t from, size_t to) { return uint32_t(from ^ to) << 10; };
  const size_t a = 1 ^ 'a', aLeaf = 300, b = aLeaf ^ 'b', bLeaf = 400;
  units[0] = offset(0, 1);
  units[a] = 'a' | 1u << 8 | offset(a, aLeaf);
  units[aLeaf] = 1u << 31 | 0;
  units[b] = 'b' | 1u << 8 | offset(b, bLeaf);
  units[bLeaf] = 1u << 31 | 2;
  std::string bytes;
  auto word = [&](uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8)
      bytes += char(value >> shift & 0xFF);
  };
  word(uint32_t(units.size() * 4));
  for (uint32_t unit : units)
    word(unit);
  return bytes + std::string("x\0yy\0", 5);
}

TEST(CharacterMap, FindsShortestAndLongest) {
  const std::string bytes = smallMap();
  ASSERT_TRUE(CharacterMap::validate(bytes));
  const CharacterMap map(bytes);
  EXPECT_EQ(map.longest("abc").text, "yy");
  EXPECT_EQ(map.longest("abc").bytes, 2u);
  EXPECT_EQ(map.shortest("abc").text, "x");
  EXPECT_EQ(map.longest("ac").text, "x");
  EXPECT_EQ(map.longest("b").bytes, 0u);
  EXPECT_EQ(map.longest("").bytes, 0u);
  EXPECT_EQ(CharacterMap("").longest("a").bytes, 0u);
}

TEST(CharacterMap, GraphemesBecomeWhatTheirStartBecomes) {
  TokenizerModel model;
  model.normalizers = {{NormalizeStep::CharacterMap, 0, smallMap()}};
  EXPECT_EQ(*Normalizer::compile(model)->run("aba\u0301b"), "xbxb"); // Hugging Face: a and its accent are one
  model.normalizers[0].kind = NormalizeStep::SentencePiece;
  EXPECT_EQ(*Normalizer::compile(model)->run("aba\u0301b"), "yyx\u0301b");
}

TEST(CharacterMap, CannotBreakText) {
  std::string half = smallMap();
  half[half.size() - 5] = char(0xC3); // "a" becomes half a character
  TokenizerModel model;
  model.normalizers = {{NormalizeStep::SentencePiece, 0, half}, {NormalizeStep::Lowercase}};
  EXPECT_EQ(*Normalizer::compile(model)->run("acC"), "\uFFFDcc");
}

TEST(CharacterMap, DamageIsHarmless) {
  std::mt19937 random(3);
  const std::string good = smallMap();
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = good.substr(0, good.size() - random() % 4);
    for (int count = random() % 6; count > 0; --count)
      bytes[4 + random() % (bytes.size() - 4)] = char(random());
    if (!CharacterMap::validate(bytes))
      continue;
    (void)CharacterMap(bytes).longest("abab");
    (void)CharacterMap(bytes).shortest(std::string(20, char(random())));
  }
}
