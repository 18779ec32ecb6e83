#include "vspec/Support/ParallelFor.h"
#include <gtest/gtest.h>
#include <thread>
#include <vector>

using namespace vspec;

TEST(ParallelFor, CallsEachIndexOnce) {
  for (size_t count : {0, 1, 2, 1000})
    for (unsigned threads : {0u, 1u, 2u, 7u}) {
      std::vector<std::atomic<int>> calls(count);
      parallelFor(count, threads, [&](size_t index) { ++calls[index]; });
      for (const std::atomic<int> &call : calls)
        EXPECT_EQ(call, 1) << count << " indices, " << threads << " threads";
    }
}

TEST(ParallelFor, UsesSeveralThreadsAtOnce) {
  // Each call waits for the other: one thread alone would never return.
  std::atomic<int> arrived{0};
  parallelFor(2, 2, [&](size_t) {
    ++arrived;
    while (arrived < 2)
      std::this_thread::yield();
  });
  EXPECT_EQ(arrived, 2);
}

TEST(ParallelFor, OneThreadIsTheCaller) {
  std::vector<size_t> order;
  parallelFor(5, 1, [&](size_t index) { order.push_back(index); });
  EXPECT_EQ(order, (std::vector<size_t>{0, 1, 2, 3, 4}));
}
