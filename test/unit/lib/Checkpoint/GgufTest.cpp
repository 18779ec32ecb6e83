#include "vspec/Checkpoint/Gguf.h"
#include "test/unit/lib/Checkpoint/GgufBytes.h"
#include <gtest/gtest.h>

using namespace vspec;

constexpr uint32_t f32 = 0, q4_0 = 2;
constexpr uint64_t huge = uint64_t(1) << 63;

static std::string errorOf(const GgufBytes &file) {
  auto gguf = parseGguf(file.bytes, "x.gguf");
  return gguf ? "no error" : gguf.error().message;
}

TEST(Gguf, ReadsTensors) {
  for (uint32_t version : {2, 3}) {
    GgufBytes file;
    file.header(3, 1, version).key("general.name", GgufType::String).text("tiny");
    file.tensor("matrix", {32, 3}, q4_0, 0).tensor("number", {}, f32, 64).tensor("none", {0, 7}, f32, 64).data(68);
    auto gguf = parseGguf(file.bytes, "x.gguf");
    ASSERT_TRUE(gguf) << gguf.error().message;
    EXPECT_EQ(gguf->version, version);
    EXPECT_EQ(gguf->alignment, 32u);
    EXPECT_EQ(*gguf->metadata.string("general.name"), "tiny");
    ASSERT_EQ(gguf->tensors.size(), 3u);
    const Tensor &matrix = gguf->tensors[0];
    EXPECT_EQ(matrix.name, "matrix");
    EXPECT_EQ(matrix.encoding, Encoding::Q4_0);
    EXPECT_EQ(matrix.shape, (std::vector<int64_t>{3, 32})); // rows, columns
    EXPECT_EQ(matrix.bytes, 54u);
    EXPECT_EQ(matrix.data[53], 53);
    EXPECT_EQ(reinterpret_cast<const char *>(matrix.data), file.bytes.data() + matrix.offset);
    EXPECT_EQ(gguf->tensors[1].data[0], 64);
    EXPECT_EQ(gguf->tensors[1].elements(), 1);
    EXPECT_EQ(gguf->tensors[2].bytes, 0u);
    EXPECT_EQ(gguf->tensors[2].shape, (std::vector<int64_t>{7, 0}));
  }
}

TEST(Gguf, HonoursTheAlignment) {
  GgufBytes file;
  file.header(2, 1).key("general.alignment", GgufType::U32).u32(8).tensor("a", {1}, f32, 0).tensor("b", {1}, f32, 8).data(12, 8);
  auto gguf = parseGguf(file.bytes, "x.gguf");
  ASSERT_TRUE(gguf) << gguf.error().message;
  EXPECT_EQ(gguf->alignment, 8u);
  EXPECT_EQ(gguf->tensors[1].data[0], 8);
}

TEST(Gguf, MayHoldNothing) { EXPECT_EQ(errorOf(GgufBytes().header(0, 0)), "no error"); }

TEST(Gguf, RefusesOtherFiles) {
  EXPECT_EQ(errorOf({""}), "x.gguf: not a GGUF file: starts with '', expected 'GGUF'");
  EXPECT_EQ(errorOf({"PK\x03\x04....."}), "x.gguf: not a GGUF file: starts with 'PK\\x03\\x04', expected 'GGUF'");
  EXPECT_EQ(errorOf(GgufBytes().header(0, 0, 1)), "x.gguf: is GGUF version 1, expected 2 or 3");
  EXPECT_EQ(errorOf(GgufBytes().header(0, 0, 4)), "x.gguf: is GGUF version 4, expected 2 or 3");
  EXPECT_EQ(errorOf(GgufBytes().header(0, 0, 0x03000000)), "x.gguf: is a big-endian GGUF file, expected little endian");
}

TEST(Gguf, EveryCutIsRefused) {
  GgufBytes file;
  file.header(1, 2).key("a", GgufType::Array).array(GgufType::String, 1).text("text").key("b", GgufType::U16).number(uint16_t(7));
  file.tensor("w", {2}, f32, 0).data(8);
  ASSERT_EQ(errorOf(file), "no error");
  for (size_t size = 0; size < file.bytes.size(); ++size)
    EXPECT_NE(errorOf({file.bytes.substr(0, size)}), "no error") << size;
  EXPECT_EQ(errorOf({file.bytes.substr(0, 10)}), "x.gguf: needs 8 bytes at byte 8, but the file has 10");
}

TEST(Gguf, RefusesCountsBeyondTheFile) {
  EXPECT_EQ(errorOf(GgufBytes().header(huge, 0)), "x.gguf: says 9223372036854775808 tensors, but the 8 bytes left hold at most 0");
  EXPECT_EQ(errorOf(GgufBytes().header(0, huge)), "x.gguf: says 9223372036854775808 metadata keys, but the 0 bytes left hold at most 0");
  EXPECT_EQ(errorOf(GgufBytes().header(0, 1).u64(huge).text("padding")),
            "x.gguf: metadata entry 0: needs 9223372036854775808 bytes at byte 32, but the file has 47");
  GgufBytes numbers;
  numbers.header(0, 1).key("a", GgufType::Array).array(GgufType::U64, huge).u64(0);
  EXPECT_EQ(errorOf(numbers), "x.gguf: key 'a': says 9223372036854775808 elements, but the 8 bytes left hold at most 1");
  GgufBytes strings;
  strings.header(0, 1).key("a", GgufType::Array).array(GgufType::String, 3).text("").text("");
  EXPECT_EQ(errorOf(strings), "x.gguf: key 'a': says 3 elements, but the 16 bytes left hold at most 2");
  GgufBytes dimension;
  dimension.header(1, 0).tensor("w", {huge}, f32, 0).data(4);
  EXPECT_EQ(errorOf(dimension), "x.gguf: tensor 'w': has a dimension of 9223372036854775808, expected at most 2^63 - 1");
  GgufBytes product;
  product.header(1, 0).tensor("w", {uint64_t(1) << 32, uint64_t(1) << 31}, f32, 0).data(4);
  EXPECT_EQ(errorOf(product), "x.gguf: tensor 'w': has more than 2^63 bytes");
}

TEST(Gguf, RefusesBadMetadata) {
  GgufBytes twice;
  twice.header(0, 2).key("a", GgufType::U8).number(uint8_t(1)).key("a", GgufType::U8).number(uint8_t(1));
  EXPECT_EQ(errorOf(twice), "x.gguf: has the key 'a' twice");
  GgufBytes type;
  type.header(0, 1).key("a", GgufType(13)).u64(0);
  EXPECT_EQ(errorOf(type), "x.gguf: key 'a': has value type 13, expected 0 to 12");
  GgufBytes element;
  element.header(0, 1).key("a", GgufType::Array).array(GgufType(99), 0).u64(0);
  EXPECT_EQ(errorOf(element), "x.gguf: key 'a': has value type 99, expected 0 to 12");
  GgufBytes boolean;
  boolean.header(0, 1).key("a", GgufType::Bool).number(uint8_t(2));
  EXPECT_EQ(errorOf(boolean), "x.gguf: key 'a': has a bool of value 2, expected 0 or 1");
  GgufBytes text;
  text.header(0, 1).key("a", GgufType::String).text("ok\xFF");
  EXPECT_EQ(errorOf(text), "x.gguf: key 'a': text is not UTF-8 at its byte 2");
  GgufBytes key;
  key.header(0, 1).key("\xC3", GgufType::U8).number(uint8_t(1));
  EXPECT_EQ(errorOf(key), "x.gguf: metadata entry 0: text is not UTF-8 at its byte 0");
  GgufBytes name;
  name.header(0, 1).key(std::string(65536, 'k'), GgufType::U8).number(uint8_t(1));
  EXPECT_EQ(errorOf(name), "x.gguf: metadata entry 0: name has 65536 bytes, expected at most 65535");
}

TEST(Gguf, RefusesDeepArrays) {
  for (int depth : {4, 5}) {
    GgufBytes file;
    file.header(0, 1).key("a", GgufType::Array);
    for (int i = 1; i < depth; ++i)
      file.array(GgufType::Array, 1);
    file.array(GgufType::U8, 1).number(uint8_t(1));
    EXPECT_EQ(errorOf(file), depth == 4 ? "no error" : "x.gguf: key 'a': has arrays nested deeper than 4");
  }
}

TEST(Gguf, RefusesBadAlignments) {
  for (uint32_t alignment : {0u, 4u, 24u, 33u}) {
    GgufBytes file;
    file.header(0, 1).key("general.alignment", GgufType::U32).u32(alignment);
    EXPECT_EQ(errorOf(file),
              "x.gguf: key 'general.alignment': is " + std::to_string(alignment) + ", expected a power of two of at least 8");
  }
  GgufBytes wide;
  wide.header(0, 1).key("general.alignment", GgufType::U64).u64(32);
  EXPECT_EQ(errorOf(wide), "x.gguf: key 'general.alignment': is a u64, expected a u32");
}

TEST(Gguf, RefusesBadTensors) {
  auto one = [](std::vector<uint64_t> dimensions, uint32_t type, uint64_t offset) {
    return errorOf(GgufBytes().header(1, 0).tensor("w", dimensions, type, offset).data(64));
  };
  EXPECT_EQ(one({1, 1, 1, 1, 1}, f32, 0), "x.gguf: tensor 'w': has 5 dimensions, expected at most 4");
  EXPECT_EQ(one({1}, 31, 0), "x.gguf: tensor 'w': has type 31, q4_0_4_4, which ggml has removed");
  EXPECT_EQ(one({1}, 1000, 0), "x.gguf: tensor 'w': has type 1000, which is none of ggml's");
  EXPECT_EQ(one({48}, q4_0, 0), "x.gguf: tensor 'w': has rows of 48 elements, expected a multiple of the 32 in a block of q4_0");
  EXPECT_EQ(one({1}, f32, 33), "x.gguf: tensor 'w': has offset 33, expected a multiple of the alignment 32");
  EXPECT_EQ(one({17}, f32, 0), "x.gguf: tensor 'w': has 68 bytes at offset 0 of the data, of which the file has 64");
  EXPECT_EQ(one({1}, f32, 64), "x.gguf: tensor 'w': has 4 bytes at offset 64 of the data, of which the file has 64");
  EXPECT_EQ(one({1}, f32, huge), "x.gguf: tensor 'w': has 4 bytes at offset 9223372036854775808 of the data, of which the file has 64");
  EXPECT_EQ(one({16}, f32, 0), "no error");
  EXPECT_EQ(errorOf(GgufBytes().header(1, 0).tensor("\xC3", {1}, f32, 0)), "x.gguf: tensor entry 0: text is not UTF-8 at its byte 0");
  // The file ends before the padding that precedes the data.
  GgufBytes cut;
  cut.header(1, 0).tensor("w", {0}, f32, 0);
  EXPECT_EQ(errorOf(cut), "x.gguf: tensor 'w': has 0 bytes at offset 0 of the data, of which the file has 0");
}

TEST(Gguf, RefusesTensorsThatMeet) {
  GgufBytes twice;
  twice.header(2, 0).tensor("w", {1}, f32, 0).tensor("w", {1}, f32, 32).data(64);
  EXPECT_EQ(errorOf(twice), "x.gguf: has the tensor 'w' twice");
  GgufBytes overlap;
  overlap.header(2, 0).tensor("late", {1}, f32, 32).tensor("early", {9}, f32, 0).data(64);
  EXPECT_EQ(errorOf(overlap), "x.gguf: tensors 'early' and 'late' overlap: bytes 128 to 164, and from 160");
  GgufBytes same;
  same.header(2, 0).tensor("a", {1}, f32, 0).tensor("b", {1}, f32, 0).data(64);
  EXPECT_NE(errorOf(same), "no error");
}
