#include "vspec/ModelFile/ModelFileWriter.h"
#include "test/unit/lib/Support/TemporaryFolder.h"
#include "vspec/ModelFile/Fingerprint.h"
#include <cstring>
#include <gtest/gtest.h>

using namespace vspec;
using file::SectionKind;

namespace {

std::string message(const Result<void> &result) { return result ? "" : result.error().message; }

file::Manifest manifest() {
  file::Manifest manifest{};
  manifest.vocabulary = 7;
  return manifest;
}

template <typename T> T at(const std::string &bytes, uint64_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

// Program "abc", weights of 70000 bytes in pieces of `piece`.
std::string written(const TemporaryFolder &folder, const char *name, uint64_t piece) {
  auto writer = ModelFileWriter::create(folder / name, manifest());
  EXPECT_TRUE(writer);
  EXPECT_TRUE(writer->add({SectionKind::Program, file::Target::None, "cpu"}, "abc", 3));
  EXPECT_TRUE(writer->begin({SectionKind::Weights, file::Target::None, "cpu", 5}));
  std::string weights(70000, 'w');
  for (uint64_t done = 0; done < weights.size(); done += piece) {
    EXPECT_EQ(writer->sectionBytes(), done);
    EXPECT_TRUE(writer->append(weights.data() + done, std::min(piece, weights.size() - done)));
  }
  EXPECT_TRUE(writer->end());
  EXPECT_TRUE(writer->add({SectionKind::ChatTemplate}, "x", 1));
  EXPECT_EQ(message(writer->finish()), "");
  return folder.read(name);
}

} // namespace

TEST(ModelFileWriter, WritesHeaderTableAndAlignedSections) {
  TemporaryFolder folder;
  std::string bytes = written(folder, "m.vspec", 70000);
  ASSERT_EQ(bytes.size(), 5u * 65536 + 1);
  auto header = at<file::Header>(bytes, 0);
  EXPECT_EQ(std::string(header.magic, 8), "VSPECMF1");
  EXPECT_EQ(header.version, file::version);
  EXPECT_EQ(header.sections, 4u);
  EXPECT_EQ(header.fileBytes, bytes.size());
  Digest digest = sha256(bytes.data() + 64, 4 * 96);
  EXPECT_EQ(std::memcmp(header.tableHash, digest.data(), 32), 0);

  file::Section table[4];
  std::memcpy(table, bytes.data() + 64, sizeof table);
  uint64_t offsets[4] = {65536, 131072, 196608, 327680}, counts[4] = {144, 3, 70000, 1};
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(table[i].offset, offsets[i]);
    EXPECT_EQ(table[i].bytes, counts[i]);
    digest = sha256(bytes.data() + offsets[i], counts[i]);
    EXPECT_EQ(std::memcmp(table[i].hash, digest.data(), 32), 0);
  }
  EXPECT_STREQ(table[2].name, "cpu");
  EXPECT_EQ(table[2].features, 5u);
  EXPECT_EQ(bytes.substr(131072, 4), std::string("abc\0", 4));
  digest = modelFingerprint(table, 4);
  EXPECT_EQ(std::memcmp(at<file::Manifest>(bytes, 65536).fingerprint, digest.data(), 32), 0);
}

TEST(ModelFileWriter, EqualCallsGiveEqualBytesHoweverTheyAreCut) {
  TemporaryFolder folder;
  std::string whole = written(folder, "a", 70000);
  EXPECT_EQ(written(folder, "b", 70000), whole);
  EXPECT_EQ(written(folder, "c", 1), whole);
  EXPECT_EQ(written(folder, "d", 64 * 1024), whole);
}

TEST(ModelFileWriter, AnUnfinishedFileDisappears) {
  TemporaryFolder folder;
  folder.write("m", "before");
  {
    auto writer = ModelFileWriter::create(folder / "m", manifest());
    ASSERT_TRUE(writer);
    EXPECT_TRUE(writer->add({SectionKind::Program}, "abc", 3));
  }
  EXPECT_EQ(folder.read("m"), "before");
  EXPECT_EQ(folder.files(), 1u);
}

TEST(ModelFileWriter, RefusesCallsInTheWrongOrderOrForm) {
  TemporaryFolder folder;
  std::string path = folder / "m";
  auto refused = [&](auto calls) {
    auto writer = ModelFileWriter::create(path, manifest());
    EXPECT_TRUE(writer);
    std::string text = message(calls(*writer));
    EXPECT_EQ(text.substr(0, path.size() + 2), path + ": ");
    return text.substr(path.size() + 2);
  };
  using W = ModelFileWriter;
  EXPECT_EQ(refused([](W &w) { return w.append("a", 1); }), "bytes are appended, but no section is open");
  EXPECT_EQ(refused([](W &w) { return w.end(); }), "a section ends, but none is open");
  EXPECT_EQ(refused([](W &w) {
              EXPECT_TRUE(w.begin({SectionKind::Code, file::Target::X86_64, "v3"}));
              return w.begin({SectionKind::Code, file::Target::X86_64, "v4"});
            }),
            "section 'v4' begins before section 'v3' has ended");
  EXPECT_EQ(refused([](W &w) {
              EXPECT_TRUE(w.begin({SectionKind::Code, file::Target::X86_64, "v3"}));
              return w.end();
            }),
            "section 'v3' of kind 3 is empty");
  EXPECT_EQ(refused([](W &w) {
              EXPECT_TRUE(w.begin({SectionKind::Code, file::Target::X86_64, "v3"}));
              return w.finish();
            }),
            "the file ends before section 'v3' has ended");
  EXPECT_EQ(refused([](W &w) {
              EXPECT_TRUE(w.add({SectionKind::Weights, file::Target::None, "cpu"}, "a", 1));
              EXPECT_TRUE(w.add({SectionKind::Weights, file::Target::None, "cuda"}, "a", 1));
              return w.add({SectionKind::Weights, file::Target::None, "cpu"}, "a", 1);
            }),
            "a second section of kind 5 is called 'cpu'");
  EXPECT_EQ(refused([](W &w) { return w.add({SectionKind::Manifest}, "a", 1); }), "a second section of kind 1 is called ''");
  EXPECT_EQ(refused([](W &w) {
              return w.begin({SectionKind::Code, file::Target::X86_64, "abcdefghijklmnopqrstuvwx"});
            }),
            "section name 'abcdefghijklmnopqrstuvwx' has 24 bytes, at most 23 fit");
  EXPECT_EQ(refused([](W &w) {
              return w.begin({SectionKind::Code, file::Target::X86_64, std::string("a\0b", 3)});
            }),
            "a section name has a zero byte");
  EXPECT_EQ(refused([](W &w) {
              for (int i = 1; i < 64; ++i)
                EXPECT_TRUE(w.add({SectionKind::Code, file::Target::X86_64, std::to_string(i)}, "a", 1));
              return w.begin({SectionKind::Code, file::Target::X86_64, "64"});
            }),
            "a model file has at most 64 sections");
}
