#include "vspec/Support/MappedFile.h"
#include "test/unit/lib/Support/TemporaryFolder.h"
#include <gtest/gtest.h>
#include <sys/stat.h>

using namespace vspec;

TEST(MappedFile, ShowsTheBytes) {
  TemporaryFolder folder;
  std::string bytes(10000, 'x');
  bytes += std::string("\0end", 4);
  auto file = MappedFile::open(folder.write("a", bytes));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->view(), bytes);
  EXPECT_EQ(file->path(), folder / "a");
}

TEST(MappedFile, StaysWhereItIsWhenMoved) {
  TemporaryFolder folder;
  auto first = MappedFile::open(folder.write("a", "first"));
  auto second = MappedFile::open(folder.write("b", "second"));
  ASSERT_TRUE(first && second);
  const uint8_t *address = first->data();
  MappedFile moved = std::move(*first);
  EXPECT_EQ(moved.data(), address);
  EXPECT_EQ(moved.view(), "first");
  EXPECT_EQ(first->size(), 0u);
  moved = std::move(*second);
  EXPECT_EQ(moved.view(), "second");
  EXPECT_EQ(moved.path(), folder / "b");
}

TEST(MappedFile, RefusesWhatStandsForALargeFile) {
  TemporaryFolder folder;
  auto file = MappedFile::open(folder.write("a", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab\nsize 12345\n"));
  EXPECT_EQ(file.error().message, folder / "a" + ": is what stands for a large file in git, not the file; `git lfs pull` fetches it");
}

TEST(MappedFile, AnEmptyFileHasNoBytes) {
  TemporaryFolder folder;
  auto file = MappedFile::open(folder.write("empty", ""));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->size(), 0u);
  EXPECT_EQ(file->view(), "");
}

// Files of the kernel have a size, but cannot be mapped.
TEST(MappedFile, TellsWhyAFileCannotBeMapped) {
  const std::string path = "/sys/kernel/mm/transparent_hugepage/enabled";
  if (!std::filesystem::exists(path))
    GTEST_SKIP() << "there is no " << path;
  EXPECT_EQ(MappedFile::open(path).error().message, path + ": cannot map 4096 bytes: No such device");
}

TEST(MappedFile, RefusesWhatIsNoFile) {
  TemporaryFolder folder;
  auto missing = MappedFile::open(folder / "missing");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, folder / "missing" + ": cannot open: No such file or directory");
  auto directory = MappedFile::open(folder.path());
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().message, folder.path() + ": is a folder, expected a file");
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  auto pipe = MappedFile::open(folder / "pipe");
  ASSERT_FALSE(pipe);
  EXPECT_EQ(pipe.error().message, folder / "pipe" + ": is not a regular file, expected a file");
}
