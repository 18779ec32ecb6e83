#include "lib/Tokenizer/Protobuf.h"
#include <gtest/gtest.h>
#include <random>
#include <string>

using namespace vspec;

TEST(Protobuf, ReadsFields) {
  // 1: varint 300; 2: "ab"; 3: 1.5f; 4: eight bytes.
  const std::string message("\x08\xac\x02\x12\x02"
                            "ab\x1d\x00\x00\xc0\x3f\x21\x01\x00\x00\x00\x00\x00\x00\x80",
                            21);
  ProtobufReader reader(message);
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.field, 1u);
  EXPECT_EQ(reader.number, 300u);
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.bytes, "ab");
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.asFloat(), 1.5f);
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.number, 0x8000000000000001u);
  EXPECT_FALSE(reader.next());
  EXPECT_FALSE(reader.failed);
}

TEST(Protobuf, BrokenMessagesEnd) {
  for (const std::string &message : {std::string("\x08"), std::string("\x08\xff"),
                                     std::string("\x12\x05"
                                                 "abc"),
                                     std::string("\x1d\x00", 2), std::string("\x0b"), std::string("\x00\x01", 2),
                                     std::string("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11), std::string(12, '\xff')}) {
    ProtobufReader reader(message);
    EXPECT_FALSE(reader.next());
    EXPECT_TRUE(reader.failed);
    EXPECT_FALSE(reader.next());
  }
}

TEST(Protobuf, RandomBytesEnd) {
  std::mt19937 random(2);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random() % 40, '\0');
    for (char &byte : bytes)
      byte = char(random());
    ProtobufReader reader(bytes);
    size_t fields = 0;
    while (reader.next())
      ++fields;
    EXPECT_LE(fields, bytes.size());
  }
}
