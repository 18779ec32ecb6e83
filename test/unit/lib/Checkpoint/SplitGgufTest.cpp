#include "test/unit/lib/Checkpoint/GgufBytes.h"
#include "test/unit/lib/Support/TemporaryFolder.h"
#include "vspec/Checkpoint/Checkpoint.h"
#include <gtest/gtest.h>

using namespace vspec;

namespace {
/// One part as gguf-split writes it; each tensor is 4 bytes.
struct Part {
  int number, count, tensors;
  std::vector<std::string> names;
  std::string model = "m"; // general.name; empty: none

  std::string bytes() const {
    GgufBytes file;
    file.header(names.size(), 3 + !model.empty());
    if (!model.empty())
      file.key("general.name", GgufType::String).text(model);
    file.key("split.no", GgufType::U16).number(uint16_t(number)).key("split.count", GgufType::U16).number(uint16_t(count));
    file.key("split.tensors.count", GgufType::I32).number(int32_t(tensors));
    for (size_t i = 0; i < names.size(); ++i)
      file.tensor(names[i], {4}, 24, 32 * i);
    return file.data(32 * names.size()).bytes;
  }
};

class SplitGguf : public testing::Test {
protected:
  void SetUp() override {
    parts = {{0, 3, 4, {"a", "b"}}, {1, 3, 4, {"c"}, ""}, {2, 3, 4, {"d"}, ""}};
    write();
  }
  std::string place(int part) const { return folder / ("m-0000" + std::to_string(part + 1) + "-of-00003.gguf"); }
  void write() {
    for (int i = 0; i < 3; ++i)
      folder.write("m-0000" + std::to_string(i + 1) + "-of-00003.gguf", parts[size_t(i)].bytes());
  }
  std::string problem(int opened = 0) {
    write();
    auto checkpoint = Checkpoint::open(place(opened));
    return checkpoint ? "no error" : checkpoint.error().message;
  }
  TemporaryFolder folder;
  std::vector<Part> parts;
};
} // namespace

TEST_F(SplitGguf, OpensAllPartsFromTheFirst) {
  auto checkpoint = Checkpoint::open(place(0));
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  ASSERT_EQ(checkpoint->tensors().size(), 4u);
  for (auto [name, part] : {std::pair("a", 0u), {"b", 0}, {"c", 1}, {"d", 2}}) {
    const Tensor *tensor = checkpoint->find(name);
    ASSERT_TRUE(tensor) << name;
    EXPECT_EQ(tensor->source, part);
    EXPECT_EQ(tensor->data, checkpoint->sources()[part].data() + tensor->offset);
  }
  EXPECT_EQ(checkpoint->hashSources(1).size(), 3u);
  EXPECT_EQ(*checkpoint->metadata().string("general.name"), "m");
  parts[1].model = "m"; // what the first part says may be said again
  parts[2].names.clear();
  parts[0].tensors = parts[1].tensors = parts[2].tensors = 3;
  EXPECT_EQ(problem(), "no error");
}

TEST_F(SplitGguf, RefusesOtherPartsThanTheFirst) {
  EXPECT_EQ(problem(1), place(1) + ": is part 2 of 3 of a split GGUF file, expected the first one, " + place(0));
  std::string renamed = folder.write("renamed.gguf", parts[0].bytes());
  EXPECT_EQ(Checkpoint::open(renamed).error().message,
            renamed + ": is part 1 of 3 of a split GGUF file, expected a name that ends with '-00001-of-00003.gguf', by which the other "
                      "parts are found");
}

TEST_F(SplitGguf, RefusesMissingParts) {
  std::filesystem::remove(place(2));
  EXPECT_EQ(Checkpoint::open(place(0)).error().message, place(2) + ": cannot open: No such file or directory");
}

TEST_F(SplitGguf, RefusesWrongNumbers) {
  parts[1].number = 2;
  EXPECT_EQ(problem(), place(1) + ": key 'split.no' is 2, expected 1");
  parts[1] = {1, 4, 4, {"c"}, ""};
  EXPECT_EQ(problem(), place(1) + ": key 'split.count' is 4, expected 3");
  parts[1] = {1, 3, 5, {"c"}, ""};
  EXPECT_EQ(problem(), place(1) + ": key 'split.tensors.count' is 5, expected 4");
  parts[0].tensors = parts[2].tensors = 5;
  EXPECT_EQ(problem(), place(0) + ": key 'split.tensors.count' is 5, but the 3 parts hold 4 tensors");
  parts[0].number = 7;
  EXPECT_EQ(problem(), place(0) + ": key 'split.no' is 7, expected 0 to 2");
}

TEST_F(SplitGguf, RefusesPartsOfOtherModels) {
  parts[2].model = "another";
  EXPECT_EQ(problem(), place(2) + ": key 'general.name' is not what " + place(0) + " says");
  parts[0].model = "";
  EXPECT_EQ(problem(), place(2) + ": key 'general.name' is not what " + place(0) + " says");
}

TEST_F(SplitGguf, RefusesTensorsThatStandTwice) {
  parts[2].names = {"b"};
  EXPECT_EQ(problem(), place(0) + ": tensor 'b' stands in part 1 and in part 3");
}

TEST_F(SplitGguf, RefusesBadKeys) {
  auto lone = [&](auto &&keys, uint64_t count) {
    GgufBytes file;
    file.header(0, count);
    keys(file);
    return Checkpoint::open(folder.write("lone-00001-of-00002.gguf", file.bytes)).error().message;
  };
  const std::string name = folder / "lone-00001-of-00002.gguf";
  EXPECT_EQ(lone([](GgufBytes &file) { file.key("split.count", GgufType::U16).number(uint16_t(2)); }, 1),
            name + ": has no key 'split.no', expected an integer");
  EXPECT_EQ(lone([](GgufBytes &file) { file.key("split.count", GgufType::I32).number(int32_t(-1)); }, 1),
            name + ": key 'split.count' is -1, expected 0 to 65535");
  EXPECT_EQ(lone([](GgufBytes &file) { file.key("split.count", GgufType::String).text("2"); }, 1),
            name + ": key 'split.count' is a string, expected an integer");
  auto twoKeys = [](GgufBytes &file) {
    file.key("split.count", GgufType::U16).number(uint16_t(2)).key("split.no", GgufType::U16).number(uint16_t(0));
  };
  EXPECT_EQ(lone(twoKeys, 2), name + ": has no key 'split.tensors.count', expected an integer");
}
