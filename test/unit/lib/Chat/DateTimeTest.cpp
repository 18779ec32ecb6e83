#include "vspec/Chat/DateTime.h"
#include <gtest/gtest.h>

using namespace vspec;

TEST(DateTime, FormatsAsPython) {
  const DateTime time = {2024, 2, 29, 0, 5, 9};
  EXPECT_EQ(time.format("%Y-%m-%d %H:%M:%S"), "2024-02-29 00:05:09");
  EXPECT_EQ(time.format("%d %b %Y|%B|%A|%a|%p|%I|%j|%e|%-m|%y"), "29 Feb 2024|February|Thursday|Thu|AM|12|060|29|2|24");
  EXPECT_EQ(time.format("%F %T %R %D 100%% %u %w"), "2024-02-29 00:05:09 00:05 02/29/24 100% 4 4");
  EXPECT_EQ((DateTime{2023, 1, 1, 13, 0, 0}).format("%A %u %w %I %p %e|%c"), "Sunday 7 0 01 PM  1|Sun Jan  1 13:00:00 2023");
}

TEST(DateTime, KeepsWhatItDoesNotKnow) {
  EXPECT_EQ(DateTime().format("%Q %-Q %"), "%Q %-Q %");
  EXPECT_EQ((DateTime{2024, 13, 1}).format("%B"), "?");
}

TEST(DateTime, NowIsAfterThisWasWritten) { EXPECT_GE(DateTime::now().year, 2025); }
