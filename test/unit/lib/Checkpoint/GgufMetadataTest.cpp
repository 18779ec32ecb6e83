#include "vspec/Checkpoint/GgufMetadata.h"
#include "test/unit/lib/Checkpoint/GgufBytes.h"
#include "vspec/Checkpoint/Gguf.h"
#include <gtest/gtest.h>

using namespace vspec;

/// One key of each type, and arrays.
static const GgufMetadata &sample() {
  static GgufBytes file;
  static std::optional<Gguf> gguf;
  if (!gguf) {
    file.header(0, 18);
    file.key("u8", GgufType::U8).number(uint8_t(200)).key("i8", GgufType::I8).number(int8_t(-100));
    file.key("u16", GgufType::U16).number(uint16_t(60000)).key("i16", GgufType::I16).number(int16_t(-30000));
    file.key("u32", GgufType::U32).u32(4000000000u).key("i32", GgufType::I32).number(int32_t(-2000000000));
    file.key("u64", GgufType::U64).u64(5).key("i64", GgufType::I64).number(INT64_MIN);
    file.key("large", GgufType::U64).u64(uint64_t(1) << 63);
    file.key("f32", GgufType::F32).number(0.5f).key("f64", GgufType::F64).number(1e-300);
    file.key("bool", GgufType::Bool).number(uint8_t(1)).key("string", GgufType::String).text("größe");
    file.key("strings", GgufType::Array).array(GgufType::String, 2).text("a").text("");
    file.key("ints", GgufType::Array).array(GgufType::I16, 2).number(int16_t(-1)).number(int16_t(2));
    file.key("floats", GgufType::Array).array(GgufType::F32, 1).number(1.5f);
    file.key("bools", GgufType::Array).array(GgufType::Bool, 2).number(uint8_t(0)).number(uint8_t(1));
    file.key("nested", GgufType::Array).array(GgufType::Array, 3);
    file.array(GgufType::U8, 1).number(uint8_t(9)).array(GgufType::String, 1).text("in").array(GgufType::F32, 0);
    gguf = *parseGguf(file.bytes, "x.gguf");
  }
  return gguf->metadata;
}

template <typename T> static std::string errorOf(const Result<T> &result) { return result ? "no error" : result.error().message; }

TEST(GgufMetadata, ReadsEveryNumber) {
  const GgufMetadata &metadata = sample();
  EXPECT_EQ(*metadata.integer("u8"), 200);
  EXPECT_EQ(*metadata.integer("i8"), -100);
  EXPECT_EQ(*metadata.integer("u16"), 60000);
  EXPECT_EQ(*metadata.integer("i16"), -30000);
  EXPECT_EQ(*metadata.integer("u32"), 4000000000);
  EXPECT_EQ(*metadata.integer("i32"), -2000000000);
  EXPECT_EQ(*metadata.integer("u64"), 5);
  EXPECT_EQ(*metadata.integer("i64"), INT64_MIN);
  EXPECT_EQ(*metadata.number("f32"), 0.5);
  EXPECT_EQ(*metadata.number("f64"), 1e-300);
  EXPECT_EQ(*metadata.number("i16"), -30000.0);
  EXPECT_EQ(*metadata.number("large"), 9223372036854775808.0);
  EXPECT_EQ(*metadata.boolean("bool"), true);
  EXPECT_EQ(*metadata.string("string"), "größe");
  EXPECT_EQ(metadata.entries().size(), 18u);
}

TEST(GgufMetadata, ReadsArrays) {
  const GgufMetadata &metadata = sample();
  EXPECT_EQ(*metadata.strings("strings"), (std::vector<std::string_view>{"a", ""}));
  EXPECT_EQ(*metadata.integers("ints"), (std::vector<int64_t>{-1, 2}));
  EXPECT_EQ(*metadata.numbers("ints"), (std::vector<double>{-1, 2}));
  EXPECT_EQ(*metadata.numbers("floats"), std::vector<double>{1.5});
  EXPECT_EQ(*metadata.booleans("bools"), (std::vector<bool>{false, true}));
}

TEST(GgufMetadata, ReadsArraysInArrays) {
  auto outer = *sample().find("nested")->elements();
  ASSERT_EQ(outer.size(), 3u);
  EXPECT_EQ((*outer[0].elements())[0].integer(), 9);
  EXPECT_EQ((*outer[1].elements())[0].string(), "in");
  EXPECT_EQ(outer[2].elements()->size(), 0u);
  EXPECT_EQ(outer[1].describe(), "an array of string");
}

TEST(GgufMetadata, NamesWhatWasFoundAndExpected) {
  const GgufMetadata &metadata = sample();
  EXPECT_EQ(errorOf(metadata.integer("f32")), "x.gguf: key 'f32' is an f32, expected an integer");
  EXPECT_EQ(errorOf(metadata.integer("large")), "x.gguf: key 'large' is a u64 of 9223372036854775808, expected an integer");
  EXPECT_EQ(errorOf(metadata.number("string")), "x.gguf: key 'string' is a string, expected a number");
  EXPECT_EQ(errorOf(metadata.string("ints")), "x.gguf: key 'ints' is an array of i16, expected a string");
  EXPECT_EQ(errorOf(metadata.boolean("u8")), "x.gguf: key 'u8' is a u8, expected a bool");
  EXPECT_EQ(errorOf(metadata.integers("u8")), "x.gguf: key 'u8' is a u8, expected an array of integers");
  EXPECT_EQ(errorOf(metadata.integers("floats")), "x.gguf: key 'floats' is an array of f32, expected an array of integers");
  EXPECT_EQ(errorOf(metadata.booleans("floats")), "x.gguf: key 'floats' is an array of f32, expected an array of bool");
  EXPECT_EQ(errorOf(metadata.numbers("nested")), "x.gguf: key 'nested' is an array of array, expected an array of numbers");
  EXPECT_EQ(errorOf(metadata.strings("nested")), "x.gguf: key 'nested' is an array of array, expected an array of strings");
  EXPECT_EQ(errorOf(metadata.integer("none")), "x.gguf: has no key 'none', expected an integer");
  EXPECT_EQ(metadata.error("u8", "is 200, expected less").message, "x.gguf: key 'u8' is 200, expected less");
}

TEST(GgufMetadata, FallsBackOnlyForAbsentKeys) {
  const GgufMetadata &metadata = sample();
  EXPECT_EQ(*metadata.integerOr("none", 3), 3);
  EXPECT_EQ(*metadata.integerOr("u8", 3), 200);
  EXPECT_EQ(*metadata.numberOr("none", 0.25), 0.25);
  EXPECT_EQ(*metadata.booleanOr("none", true), true);
  EXPECT_EQ(*metadata.stringOr("none", "x"), "x");
  EXPECT_EQ(errorOf(metadata.integerOr("string", 3)), "x.gguf: key 'string' is a string, expected an integer");
}
