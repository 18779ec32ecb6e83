#include "vspec/Support/ReadableBytes.h"
#include <gtest/gtest.h>

using namespace vspec;

TEST(ReadableBytes, OneDigitBehindThePointOfEachUnit) {
  EXPECT_EQ(readableBytes(0), "0 B");
  EXPECT_EQ(readableBytes(1023), "1023 B");
  EXPECT_EQ(readableBytes(1536), "1.5 KiB");
  EXPECT_EQ(readableBytes(uint64_t(7) << 30), "7.0 GiB");
  EXPECT_EQ(readableBytes(UINT64_MAX), "16777216.0 TiB");
}
