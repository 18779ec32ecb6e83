#include "vspec/Plan/ArenaPlanner.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <random>

using namespace vspec;

namespace {

// Whether both may lie where they do: never needed together, apart, or one in place of the other.
bool mayStand(const std::vector<ArenaBuffer> &buffers, const std::vector<uint64_t> &offsets, size_t i, size_t j) {
  const ArenaBuffer &a = buffers[i], &b = buffers[j];
  if (a.firstLaunch > b.lastLaunch || b.firstLaunch > a.lastLaunch)
    return true;
  if (offsets[i] + a.bytes <= offsets[j] || offsets[j] + b.bytes <= offsets[i])
    return true;
  bool inPlace = (a.mayReuse && *a.mayReuse == j) || (b.mayReuse && *b.mayReuse == i);
  return inPlace && offsets[i] == offsets[j];
}

// Everything a plan promises, pair by pair.
void expectSound(const std::vector<ArenaBuffer> &buffers, const ArenaPlan &plan) {
  ASSERT_EQ(plan.offsets.size(), buffers.size());
  uint64_t top = 0;
  for (size_t i = 0; i < buffers.size(); ++i) {
    EXPECT_EQ(plan.offsets[i] % buffers[i].alignment, 0u) << "buffer " << i;
    top = std::max(top, plan.offsets[i] + buffers[i].bytes);
    for (size_t j = 0; j < i; ++j)
      if (buffers[i].bytes && buffers[j].bytes) {
        EXPECT_TRUE(mayStand(buffers, plan.offsets, i, j)) << "buffers " << j << " and " << i << " overlap";
      }
  }
  EXPECT_EQ(plan.bytes, top);
  EXPECT_GE(plan.bytes, plan.lowerBound);
}

// The smallest arena, by trying every aligned offset of every buffer: less than `limit`, or `limit`.
uint64_t smallestArena(const std::vector<ArenaBuffer> &buffers, std::vector<uint64_t> &offsets, uint64_t top, uint64_t limit) {
  size_t next = offsets.size();
  if (next == buffers.size())
    return top;
  for (uint64_t offset = 0; offset + buffers[next].bytes < limit; offset += buffers[next].alignment) {
    offsets.push_back(offset);
    bool stands = true;
    for (size_t j = 0; j < next && stands; ++j)
      stands = mayStand(buffers, offsets, next, j);
    if (stands)
      limit = std::min(limit, smallestArena(buffers, offsets, std::max(top, offset + buffers[next].bytes), limit));
    offsets.pop_back();
  }
  return limit;
}

std::vector<ArenaBuffer> randomBuffers(std::mt19937 &random, uint32_t count, uint32_t launches, uint32_t mostBytes, uint64_t alignments) {
  std::vector<ArenaBuffer> buffers(count);
  for (uint32_t i = 0; i < count; ++i) {
    ArenaBuffer &buffer = buffers[i];
    buffer.bytes = 1 + random() % mostBytes;
    buffer.firstLaunch = random() % launches;
    buffer.lastLaunch = std::min<uint32_t>(launches - 1, buffer.firstLaunch + random() % (launches / 2 + 1));
    buffer.alignment = uint64_t(1) << random() % alignments;
    for (uint32_t j = 0; j < i; ++j)
      if (buffers[j].lastLaunch == buffer.firstLaunch && buffer.bytes <= buffers[j].bytes && random() % 2)
        buffer.mayReuse = j;
  }
  return buffers;
}

ArenaPlan planned(const std::vector<ArenaBuffer> &buffers) {
  Result<ArenaPlan> plan = planArena(buffers);
  EXPECT_TRUE(plan) << plan.error().message;
  return *plan;
}

std::string refusal(const std::vector<ArenaBuffer> &buffers) {
  Result<ArenaPlan> plan = planArena(buffers);
  return plan ? "accepted" : plan.error().message;
}

// One step of a decoder: per layer norm, QKV, attention, output + residual, norm, gate and up, down + residual.
std::vector<ArenaBuffer> transformerStep(uint32_t layers, uint64_t hidden, uint64_t qkv, uint64_t feedForward, bool inPlace) {
  std::vector<ArenaBuffer> buffers;
  uint32_t launch = 0, residual = 0;
  buffers.push_back({hidden, 0, 0, 64, {}});
  auto add = [&](uint64_t bytes) { return buffers.push_back({bytes, launch, launch + 1, 64, {}}), uint32_t(buffers.size() - 1); };
  auto addToResidual = [&] { // reads the residual, writes its successor
    ++launch;
    buffers[residual].lastLaunch = launch;
    ArenaBuffer next{hidden, launch, launch, 64, {}};
    if (inPlace)
      next.mayReuse = residual;
    buffers.push_back(next);
    residual = buffers.size() - 1;
  };
  for (uint32_t layer = 0; layer < layers; ++layer) {
    ++launch, add(qkv);
    ++launch, add(hidden);
    addToResidual();
    ++launch, add(2 * feedForward);
    ++launch, add(feedForward);
    addToResidual();
  }
  return buffers;
}

TEST(ArenaPlanner, EmptyArena) {
  ArenaPlan plan = planned({});
  EXPECT_EQ(plan.bytes, 0u);
  EXPECT_EQ(plan.lowerBound, 0u);
}

TEST(ArenaPlanner, BuffersOfNoBytesCostNothing) {
  std::vector<ArenaBuffer> buffers = {{0, 0, 9, 64, {}}, {100, 0, 9, 64, {}}, {0, 9, 9, 64, 1}};
  ArenaPlan plan = planned(buffers);
  expectSound(buffers, plan);
  EXPECT_EQ(plan.bytes, 100u);
}

TEST(ArenaPlanner, ExampleOfTheHeader) {
  std::vector<ArenaBuffer> buffers = {{256, 0, 1, 64, {}}, {128, 0, 0, 64, {}}, {256, 1, 2, 64, {}}};
  EXPECT_EQ(planned(buffers).bytes, 512u);
  buffers[2].mayReuse = 0;
  ArenaPlan plan = planned(buffers);
  expectSound(buffers, plan);
  EXPECT_EQ(plan.bytes, 384u);
  EXPECT_EQ(plan.offsets[2], plan.offsets[0]);
}

TEST(ArenaPlanner, OnlyOneMayTakeThePlace) {
  std::vector<ArenaBuffer> buffers = {{64, 0, 1, 64, {}}, {64, 1, 2, 64, 0}, {64, 1, 2, 64, 0}};
  ArenaPlan plan = planned(buffers);
  expectSound(buffers, plan);
  EXPECT_EQ(plan.bytes, 128u);
  EXPECT_EQ(plan.lowerBound, 128u);
}

TEST(ArenaPlanner, ChainInPlaceKeepsOneOffset) {
  std::vector<ArenaBuffer> buffers = {{640, 0, 1, 64, {}}, {640, 1, 2, 64, 0}, {640, 2, 3, 64, 1}, {640, 3, 4, 64, 2}};
  ArenaPlan plan = planned(buffers);
  expectSound(buffers, plan);
  EXPECT_EQ(plan.bytes, 640u);
}

TEST(ArenaPlanner, LargestAlignmentOfAChainHolds) {
  std::vector<ArenaBuffer> buffers = {{100, 0, 3, 4, {}}, {100, 0, 1, 4, {}}, {100, 1, 2, 4096, 1}};
  ArenaPlan plan = planned(buffers);
  expectSound(buffers, plan);
  EXPECT_EQ(plan.bytes, 200u); // the chain at 0, the other above it
}

TEST(ArenaPlanner, TransformerStepsReachTheLowerBound) {
  for (bool inPlace : {false, true})
    for (uint32_t layers : {1, 2, 28, 64}) {
      std::vector<ArenaBuffer> buffers = transformerStep(layers, 1024 * 4, 4096 * 4, 3072 * 4, inPlace);
      ArenaPlan plan = planned(buffers);
      expectSound(buffers, plan);
      EXPECT_EQ(plan.bytes, plan.lowerBound) << layers << " layers" << (inPlace ? ", in place" : "");
    }
}

TEST(ArenaPlanner, SmallestArenaOfFewBuffers) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<ArenaBuffer> buffers = randomBuffers(random, 1 + random() % 6, 2 + random() % 6, 5, 1 + round % 3);
    ArenaPlan plan = planned(buffers);
    expectSound(buffers, plan);
    std::vector<uint64_t> offsets;
    EXPECT_EQ(plan.bytes, smallestArena(buffers, offsets, 0, 1 + 8 * buffers.size())) << "round " << round;
  }
}

TEST(ArenaPlanner, RandomArenasStayNearTheLowerBound) {
  std::mt19937 random(11);
  double worst = 1, sum = 0;
  constexpr int rounds = 25;
  for (int round = 0; round < rounds; ++round) {
    std::vector<ArenaBuffer> buffers = randomBuffers(random, 20 + random() % 180, 10 + random() % 60, 1 << (4 + random() % 12), 1);
    ArenaPlan plan = planned(buffers);
    expectSound(buffers, plan);
    double ratio = double(plan.bytes) / double(plan.lowerBound);
    worst = std::max(worst, ratio);
    sum += ratio;
  }
  RecordProperty("worstRatio", std::to_string(worst));
  RecordProperty("meanRatio", std::to_string(sum / rounds));
  EXPECT_LE(worst, 1.15);
  EXPECT_LE(sum / rounds, 1.04);
}

TEST(ArenaPlanner, SamePlanEachTime) {
  std::mt19937 random(3);
  std::vector<ArenaBuffer> buffers = randomBuffers(random, 100, 40, 5000, 7);
  EXPECT_EQ(planned(buffers).offsets, planned(buffers).offsets);
}

TEST(ArenaPlanner, RefusesWhatDoesNotHold) {
  EXPECT_EQ(refusal({{1, 3, 2, 64, {}}}), "arena buffer 0: is needed from launch 3 to the earlier launch 2");
  EXPECT_EQ(refusal({{1, 0, 0, 48, {}}}), "arena buffer 0: has alignment 48, expected a power of two");
  EXPECT_EQ(refusal({{1, 0, 0, 0, {}}}), "arena buffer 0: has alignment 0, expected a power of two");
  EXPECT_EQ(refusal({{1, 0, 0, 64, 5}}), "arena buffer 0: reuses buffer 5, but there are only 1");
  EXPECT_EQ(refusal({{1, 0, 0, 64, 0}}), "arena buffer 0: reuses itself");
  EXPECT_EQ(refusal({{8, 0, 1, 64, {}}, {8, 2, 3, 64, 0}}),
            "arena buffer 1: is first written by launch 2, but the buffer it reuses, 0, is last read by launch 1");
  EXPECT_EQ(refusal({{8, 0, 1, 64, {}}, {9, 1, 3, 64, 0}}), "arena buffer 1: has 9 bytes, but the buffer it reuses, 0, only 8");
  EXPECT_EQ(refusal({{uint64_t(1) << 62, 0, 1, 64, {}}, {uint64_t(1) << 62, 5, 6, 64, {}}}),
            "arena buffer 1: all buffers up to this one have 2^63 bytes or more together");
}

} // namespace
