#include "vspec/Support/AtomicFile.h"
#include "test/unit/lib/Support/TemporaryFolder.h"
#include <csignal>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace vspec;

TEST(AtomicFile, AppearsOnlyWhenCommitted) {
  TemporaryFolder folder;
  auto file = AtomicFile::create(folder / "out");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_TRUE(file->write("HEADbody"));
  EXPECT_TRUE(file->padTo(8)); // is there already
  EXPECT_EQ(file->position(), 8u);
  EXPECT_TRUE(file->write("!"));
  EXPECT_TRUE(file->padTo(4));
  EXPECT_EQ(file->position(), 12u);
  EXPECT_TRUE(file->overwrite(0, "head", 4));
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
  EXPECT_EQ(folder.files(), 1u);
  auto committed = file->commit();
  ASSERT_TRUE(committed) << committed.error().message;
  EXPECT_EQ(folder.read("out"), std::string("headbody!\0\0\0", 12));
  EXPECT_EQ(folder.files(), 1u);
}

TEST(AtomicFile, LeavesWhatWasThereUnlessCommitted) {
  TemporaryFolder folder;
  folder.write("out", "before");
  {
    auto file = AtomicFile::create(folder / "out");
    ASSERT_TRUE(file);
    EXPECT_TRUE(file->write("after"));
    AtomicFile moved = std::move(*file);
    EXPECT_TRUE(moved.write("wards"));
    EXPECT_EQ(folder.files(), 2u);
  }
  EXPECT_EQ(folder.read("out"), "before");
  EXPECT_EQ(folder.files(), 1u);
}

TEST(AtomicFile, ReplacesInOneStep) {
  TemporaryFolder folder;
  folder.write("out", "a longer text than before");
  auto file = AtomicFile::create(folder / "out");
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->write("new"));
  EXPECT_TRUE(file->commit());
  EXPECT_EQ(folder.read("out"), "new");
}

TEST(AtomicFile, HasThePermissionsOfOtherNewFiles) {
  TemporaryFolder folder;
  folder.write("plain", "");
  auto file = AtomicFile::create(folder / "out");
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->commit());
  EXPECT_EQ(std::filesystem::status(folder / "out").permissions(), std::filesystem::status(folder / "plain").permissions());
}

TEST(AtomicFile, TwoOfOneNameDoNotMeet) {
  TemporaryFolder folder;
  auto first = AtomicFile::create(folder / "out"), second = AtomicFile::create(folder / "out");
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->temporaryPath(), second->temporaryPath());
  EXPECT_TRUE(first->write("first") && second->write("second"));
  EXPECT_TRUE(first->commit());
  EXPECT_EQ(folder.read("out"), "first");
  EXPECT_TRUE(second->commit());
  EXPECT_EQ(folder.read("out"), "second");
}

TEST(AtomicFile, RefusesPlacesThatCannotHoldAFile) {
  TemporaryFolder folder;
  auto directory = AtomicFile::create(folder.path());
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().message, folder.path() + ": is a folder, expected a file or nothing");
  auto device = AtomicFile::create("/dev/null");
  ASSERT_FALSE(device);
  EXPECT_EQ(device.error().message, "/dev/null: is not a regular file, expected a file or nothing");
  auto nowhere = AtomicFile::create(folder / "missing/out");
  ASSERT_FALSE(nowhere);
  std::string message = nowhere.error().message;
  EXPECT_EQ(message.substr(0, message.find(".tmp-")), folder / "missing/out");
  EXPECT_EQ(message.substr(message.find(':')), ": cannot create: No such file or directory");
}

// The pieces that go to the file are not those that are written, and a header may be overwritten before it is there.
TEST(AtomicFile, KeepsTheOrderOfLongWrites) {
  TemporaryFolder folder;
  auto file = AtomicFile::create(folder / "out");
  ASSERT_TRUE(file);
  std::string expected;
  for (size_t length : {10u, 5000000u, 1u, 4194304u, 0u, 3000000u, 9000001u, 7u}) {
    std::string part(length, char('a' + expected.size() % 26));
    ASSERT_TRUE(file->write(part));
    expected += part;
    EXPECT_EQ(file->position(), expected.size());
    std::string header = "header " + std::to_string(length);
    for (size_t offset : {size_t(0), expected.size() - std::min(expected.size(), header.size())}) {
      header.resize(std::min(header.size(), expected.size() - offset));
      ASSERT_TRUE(file->overwrite(offset, header.data(), header.size()));
      expected.replace(offset, header.size(), header);
    }
  }
  ASSERT_TRUE(file->commit());
  EXPECT_TRUE(folder.read("out") == expected);
}

TEST(AtomicFile, AFullDiskIsAnError) {
  TemporaryFolder folder;
  auto file = AtomicFile::create(folder / "out");
  ASSERT_TRUE(file);
  // A limit on file sizes stands for the full disk: the first write is cut short, the rest of it fails.
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit = {4096, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  auto written = file->write(std::string(10000, 'x'));
  if (written)
    written = file->commit();
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message, file->temporaryPath() + ": cannot write 5904 bytes at offset 4096: File too large");
}

TEST(AtomicFile, ALostTemporaryFileIsAnError) {
  TemporaryFolder folder;
  folder.write("out", "before");
  auto file = AtomicFile::create(folder / "out");
  ASSERT_TRUE(file);
  std::filesystem::remove(file->temporaryPath());
  auto committed = file->commit();
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().message, file->temporaryPath() + ": cannot rename to " + (folder / "out") + ": No such file or directory");
  EXPECT_EQ(folder.read("out"), "before");
}
