#include "vspec/Support/NpyWriter.h"
#include "test/unit/lib/Support/TemporaryFolder.h"
#include <cstring>
#include <gtest/gtest.h>

using namespace vspec;

TEST(NpyWriter, WritesWhatNumPyReads) {
  TemporaryFolder folder;
  auto writer = NpyWriter::create(folder / "logits.npy", 3);
  ASSERT_TRUE(writer) << writer.error().message;
  float rows[2][3] = {{1, -2, 0.5f}, {3e38f, 0, -0.0f}};
  EXPECT_TRUE(writer->append(rows[0]));
  EXPECT_TRUE(writer->append(rows[1]));
  EXPECT_EQ(writer->rows(), 2u);
  EXPECT_TRUE(writer->commit());
  std::string bytes = folder.read("logits.npy");
  ASSERT_EQ(bytes.size(), 128 + sizeof(rows));
  EXPECT_EQ(bytes.substr(0, 10), std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  std::string dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  EXPECT_EQ(bytes.substr(10, 118), dictionary + std::string(117 - dictionary.size(), ' ') + "\n");
  EXPECT_EQ(std::memcmp(bytes.data() + 128, rows, sizeof(rows)), 0);
}

TEST(NpyWriter, MayHaveNoRows) {
  TemporaryFolder folder;
  auto writer = NpyWriter::create(folder / "none.npy", 5);
  ASSERT_TRUE(writer);
  EXPECT_TRUE(writer->commit());
  std::string bytes = folder.read("none.npy");
  EXPECT_EQ(bytes.size(), 128u);
  EXPECT_NE(bytes.find("'shape': (0, 5), }"), std::string::npos);
}
