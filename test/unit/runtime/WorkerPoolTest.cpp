#include "runtime/WorkerPool.h"
#include "runtime/FloatingPointMode.h"
#include "runtime/Memory.h"
#include <cstring>
#include <gtest/gtest.h>
#include <vector>

using namespace vspec;

namespace {

// What the kernels below write into. Operand 0 of a launch is its Record.
struct Record {
  std::vector<std::atomic<uint32_t>> taken; // [tiles] how often
  std::atomic<uint32_t> prologues{0}, rows{0}, done{0};
  uint32_t number = 0;
  std::atomic<uint32_t> *before = nullptr; // tiles of the launch before that are done
  uint32_t tilesBefore = 0;
  explicit Record(uint32_t tiles) : taken(tiles) {}
};

std::atomic<uint32_t> mistakes{0};

Record &recordOf(void *const *operands) { return *static_cast<Record *>(operands[0]); }

constexpr int64_t rowCount = 42, panelBytes = 192; // u32 [rows]

// Each row of a panel becomes the number of the launch.
void prologue(const StepArguments *step, void *const *operands, uint8_t *, int64_t begin, int64_t end, uint8_t *panel) {
  Record &record = recordOf(operands);
  mistakes += begin >= end || end > step->rows;
  for (int64_t row = begin; row < end; ++row) {
    mistakes += reinterpret_cast<uint32_t *>(panel)[row] == record.number; // a second time for this launch
    reinterpret_cast<uint32_t *>(panel)[row] = record.number;
  }
  record.rows += uint32_t(end - begin);
  ++record.prologues;
}

void tile(const StepArguments *step, void *const *operands, uint8_t *, int64_t begin, int64_t end, uint8_t *panel) {
  Record &record = recordOf(operands);
  for (int64_t row = 0; row < rowCount; ++row)
    mistakes += reinterpret_cast<uint32_t *>(panel)[row] != record.number; // not prepared
  mistakes += step->rows != rowCount || begin >= end || end > int64_t(record.taken.size());
  mistakes += record.before && *record.before != record.tilesBefore; // the launch before has not ended
  for (int64_t i = begin; i < end; ++i)
    ++record.taken[size_t(i)];
  record.done += uint32_t(end - begin);
}

/// Nodes without processors of their own: nobody is pinned, but each worker has a node.
Topology simulated(unsigned nodes) {
  Topology topology;
  for (unsigned i = 0; i < nodes; ++i)
    topology.nodes.push_back({i, {}});
  return topology;
}

void stress(unsigned workers, uint32_t steps, unsigned nodes = 1) {
  constexpr uint64_t stride = 64 + panelBytes;
  auto scratch = Memory::allocate(workers * stride + panelBytes, "scratch");
  ASSERT_TRUE(scratch);
  uint8_t *shared = scratch->data() + workers * stride;
  auto pool = WorkerPool::start(workers, scratch->data(), stride, simulated(nodes));
  ASSERT_TRUE(pool) << pool.error().message;
  uint32_t number = 0;
  mistakes = 0;
  for (uint32_t step = 0; step < steps; ++step) {
    std::vector<std::unique_ptr<Record>> records;
    std::vector<void *> operands;
    std::vector<PoolLaunch> launches;
    for (uint32_t i = 0; i < step % 41; ++i) {
      uint32_t tiles = i % 5 == 4 ? 500 : 1 + (step + i) % 9;
      records.push_back(std::make_unique<Record>(tiles));
      records.back()->number = ++number;
      if (i) {
        records[i]->before = &records[i - 1]->done;
        records[i]->tilesBefore = uint32_t(records[i - 1]->taken.size());
      }
      operands.push_back(records.back().get());
    }
    auto isShared = [](uint32_t i) { return i % 3 == 1; };
    for (uint32_t i = 0; i < records.size(); ++i) {
      PoolLaunch launch{prologue, tile, &operands[i], uint32_t(records[i]->taken.size()), 1 + (step / 3 + i) % 4};
      launch.panelOffset = 64;
      if (isShared(i)) {
        launch.prologue = nullptr, launch.panel = shared;
        PoolLaunch rows = launch;
        rows.tile = prologue, rows.tiles = rowCount, rows.preparesRows = true;
        launches.push_back(rows);
      }
      launches.push_back(launch);
    }
    StepArguments arguments{rowCount, 1, 0, 0};
    (*pool)->run(launches.data(), uint32_t(launches.size()), arguments);
    for (uint32_t i = 0; i < records.size(); ++i) {
      for (auto &taken : records[i]->taken)
        ASSERT_EQ(taken, 1u);
      ASSERT_GE(records[i]->prologues, 1u);
      if (isShared(i))
        ASSERT_EQ(records[i]->rows, uint32_t(rowCount));
      else
        ASSERT_LE(records[i]->prologues, std::min<size_t>(workers, records[i]->taken.size()));
    }
    ASSERT_EQ(mistakes, 0u) << "step " << step;
  }
}

} // namespace

TEST(WorkerPool, OneWorkerDoesEachTileOnceInOrder) { stress(1, 400); }
TEST(WorkerPool, TwoWorkersDoEachTileOnceInOrder) { stress(2, 400); }
TEST(WorkerPool, ThreeWorkersDoEachTileOnceInOrder) { stress(3, 300); }
TEST(WorkerPool, FourWorkersDoEachTileOnceInOrder) { stress(4, 300); }
TEST(WorkerPool, MoreWorkersThanMostLaunchesHaveTilesDoEachTileOnceInOrder) { stress(12, 150); }

TEST(WorkerPool, WorkersOfTwoNodesDoEachTileOnceInOrder) { stress(4, 300, 2); }
TEST(WorkerPool, WorkersOfThreeNodesDoEachTileOnceInOrder) { stress(3, 300, 3); }
TEST(WorkerPool, FewerWorkersThanNodesDoEachTileOnceInOrder) { stress(2, 200, 5); }
TEST(WorkerPool, OneWorkerOfManyNodesDoesEachTileOnceInOrder) { stress(1, 200, 3); }

// Two workers take their first tiles at the begin of their shares, and at last what the other leaves.
TEST(WorkerPool, WorkersTakeTheirOwnShareFirst) {
  auto scratch = Memory::allocate(2 * 64, "scratch");
  auto pool = WorkerPool::start(2, scratch->data(), 64);
  ASSERT_TRUE(pool);
  struct Takes {
    std::atomic<uint32_t> workers{0}, tiles{0};
    std::atomic<int64_t> first[2] = {{-1}, {-1}};
    uint8_t *scratch;
  } takes;
  takes.scratch = scratch->data();
  void *operand = &takes;
  auto note = [](const StepArguments *, void *const *operands, uint8_t *mine, int64_t begin, int64_t end, uint8_t *) {
    auto &takes = *static_cast<Takes *>(operands[0]);
    auto &first = takes.first[mine == takes.scratch ? 0 : 1];
    if (first == -1) {
      first = begin;
      ++takes.workers;
      while (takes.workers < 2) // until the other has come
        sched_yield();
    }
    takes.tiles += uint32_t(end - begin);
  };
  PoolLaunch launch{nullptr, note, &operand, 101, 2}; // 51 units: the second share begins with unit 25
  (*pool)->run(&launch, 1, {});
  EXPECT_EQ(takes.first[0], 0);
  EXPECT_EQ(takes.first[1], 50);
  EXPECT_EQ(takes.tiles, 101u);
}

TEST(WorkerPool, WorkersThatSleepWakeForTheNextStep) {
  auto scratch = Memory::allocate(4 * 64, "scratch");
  auto pool = WorkerPool::start(4, scratch->data(), 64);
  ASSERT_TRUE(pool);
  for (int step = 0; step < 20; ++step) {
    timespec pause{0, 2000000}; // much longer than the workers' pause
    nanosleep(&pause, nullptr);
    std::atomic<uint32_t> workers{0};
    void *operand = &workers;
    // Each tile waits until another worker has come too: it hangs if none wakes.
    auto meet = [](const StepArguments *, void *const *operands, uint8_t *, int64_t begin, int64_t end, uint8_t *) {
      auto &workers = *static_cast<std::atomic<uint32_t> *>(operands[0]);
      ++workers;
      while (workers < 2)
        sched_yield();
    };
    PoolLaunch launch{nullptr, meet, &operand, 2};
    (*pool)->run(&launch, 1, {});
    EXPECT_EQ(workers, 2u);
  }
}

TEST(WorkerPool, StartsAndEndsWithoutWork) {
  for (unsigned workers = 1; workers <= 4; ++workers)
    for (int i = 0; i < 50; ++i)
      ASSERT_TRUE(WorkerPool::start(workers, nullptr, 0));
}

TEST(WorkerPool, RefusesNumbersOfThreads) {
  auto none = WorkerPool::start(0, nullptr, 0), many = WorkerPool::start(257, nullptr, 0);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message, "0 threads asked for, but the runtime takes 1 to 256");
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().message, "257 threads asked for, but the runtime takes 1 to 256");
}

TEST(WorkerPool, KernelsSeeDenormalsWhateverTheHostHasSet) {
#if defined(__x86_64__)
  unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040); // flush to zero, denormals are zero
  auto pool = WorkerPool::start(2, nullptr, 0);
  struct Results {
    volatile float smallest = 1e-40f;
    std::atomic<int> flushed{0};
  } results;
  void *operand = &results;
  auto halve = [](const StepArguments *, void *const *operands, uint8_t *, int64_t, int64_t, uint8_t *) {
    auto &results = *static_cast<Results *>(operands[0]);
    results.flushed += results.smallest * 0.5f == 0;
  };
  PoolLaunch launch{nullptr, halve, &operand, 64};
  for (int i = 0; i < 10; ++i)
    (*pool)->run(&launch, 1, {});
  EXPECT_EQ(results.flushed, 0);
  EXPECT_EQ(_mm_getcsr() & 0x8040, 0x8040u); // and the host has its own again
  _mm_setcsr(before);
#else
  GTEST_SKIP() << "written for MXCSR";
#endif
}
