#include "vspec/Checkpoint/Safetensors.h"
#include <cstring>
#include <gtest/gtest.h>

using namespace vspec;

static std::string withHeader(const std::string &header, size_t dataBytes) {
  uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  bytes += header;
  for (size_t i = 0; i < dataBytes; ++i)
    bytes += char(i);
  return bytes;
}

static std::string errorOf(const std::string &bytes) {
  auto file = parseSafetensors(bytes, "m.safetensors");
  return file ? "no error" : file.error().message;
}

static std::string errorOf(const std::string &header, size_t dataBytes) { return errorOf(withHeader(header, dataBytes)); }

TEST(Safetensors, ReadsTensorsInTheOrderOfTheirBytes) {
  std::string bytes =
      withHeader(R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[1,2],"data_offsets":[3,11]},)"
                 R"("a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"e":{"dtype":"F16","shape":[0],"data_offsets":[3,3]},)"
                 R"("s":{"dtype":"BF16","shape":[],"data_offsets":[11,13]}}   )",
                 13);
  auto file = parseSafetensors(bytes, "m.safetensors");
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->tensors.size(), 4u);
  EXPECT_EQ(file->tensors[0].name, "a");
  EXPECT_EQ(file->tensors[1].name, "e");
  const Tensor &b = file->tensors[2];
  EXPECT_EQ(b.name, "b");
  EXPECT_EQ(b.encoding, Encoding::F32);
  EXPECT_EQ(b.shape, (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(b.bytes, 8u);
  EXPECT_EQ(b.data[0], 3);
  EXPECT_EQ(reinterpret_cast<const char *>(b.data), bytes.data() + b.offset);
  EXPECT_EQ(file->tensors[3].elements(), 1);
  ASSERT_EQ(file->metadata.size(), 1u);
  EXPECT_EQ(file->metadata[0], (std::pair<std::string, std::string>("format", "pt")));
}

TEST(Safetensors, MayHoldNothing) { EXPECT_EQ(errorOf("{}", 0), "no error"); }

TEST(Safetensors, RefusesBadHeaders) {
  EXPECT_EQ(errorOf(""), "m.safetensors: has 0 bytes, expected a header length of 8");
  EXPECT_EQ(errorOf(std::string(8, '\xFF')), "m.safetensors: says that its header has 18446744073709551615 bytes, expected at most 0");
  std::string cut = withHeader("{}", 0);
  cut.pop_back();
  EXPECT_EQ(errorOf(cut), "m.safetensors: says that its header has 2 bytes, expected at most 1");
  EXPECT_EQ(errorOf(" {}", 0), "m.safetensors: header starts with ' ', expected '{'");
  EXPECT_EQ(errorOf("", 0), "m.safetensors: header starts with '', expected '{'");
  EXPECT_EQ(errorOf("{]", 0),
            "m.safetensors: header: not JSON at byte 2: syntax error while parsing object key - unexpected ']'; expected string literal");
  EXPECT_EQ(errorOf(R"({"a":{},"a":{}})", 0), "m.safetensors: header: not JSON at byte 15: the object that ends here has 'a' twice");
  EXPECT_EQ(errorOf(R"({"__metadata__":{"n":1}})", 0), "m.safetensors: header: __metadata__.n is an integer, expected a string");
  EXPECT_EQ(errorOf(R"({"__metadata__":"n"})", 0), "m.safetensors: header: __metadata__ is a string, expected an object");
}

TEST(Safetensors, RefusesBadTensors) {
  EXPECT_EQ(errorOf(R"({"w":7})", 0), "m.safetensors: header: w is an integer, expected an object");
  EXPECT_EQ(errorOf(R"({"w":{"shape":[1],"data_offsets":[0,1]}})", 1), "m.safetensors: header: w has no dtype");
  EXPECT_EQ(errorOf(R"({"w":{"dtype":"Q8","shape":[1],"data_offsets":[0,1]}})", 1),
            "m.safetensors: header: w has the dtype 'Q8', which is none of safetensors'");
  EXPECT_EQ(errorOf(R"({"w":{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}})", 1),
            "m.safetensors: header: w.shape[0] is a string, expected an integer");
  EXPECT_EQ(errorOf(R"({"w":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}})", 1),
            "m.safetensors: header: w.shape[0] is -1, expected at least 0");
  EXPECT_EQ(errorOf(R"({"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}})", 1),
            "m.safetensors: header: w has 3 data_offsets, expected 2");
  EXPECT_EQ(errorOf(R"({"w":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}})", 1),
            "m.safetensors: header: w has data_offsets 1 to 0, expected a range of the file's 1 bytes of data");
  EXPECT_EQ(errorOf(R"({"w":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", 1),
            "m.safetensors: header: w has data_offsets 0 to 2, expected a range of the file's 1 bytes of data");
  EXPECT_EQ(errorOf(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4),
            "m.safetensors: header: w has data_offsets 0 to 4, but its shape and dtype say 8 bytes");
  EXPECT_EQ(errorOf(R"({"w":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}})", 2),
            "m.safetensors: header: w has a shape that is no whole number of bytes below 2^63");
  EXPECT_EQ(errorOf(R"({"w":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0),
            "m.safetensors: header: w has a shape that is no whole number of bytes below 2^63");
  EXPECT_EQ(errorOf(R"({"model.w":{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,0]}})", 0),
            "m.safetensors: header: ['model.w'].shape[0] is a number, expected an integer");
}

TEST(Safetensors, RefusesHolesAndOverlaps) {
  EXPECT_EQ(errorOf(R"({"w":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})", 2),
            "m.safetensors: tensor 'w' begins at byte 1 of the data, expected 0, where the tensor before it ends");
  EXPECT_EQ(errorOf(R"({"v":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"w":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})", 3),
            "m.safetensors: tensor 'w' begins at byte 1 of the data, expected 2, where the tensor before it ends");
  EXPECT_EQ(errorOf(R"({"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 2),
            "m.safetensors: has 2 bytes of data, but its tensors end at 1");
  EXPECT_EQ(errorOf("{}", 1), "m.safetensors: has 1 bytes of data, but its tensors end at 0");
}
