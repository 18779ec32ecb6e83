#include "runtime/StepProfile.h"
#include <new>
#include <time.h>

namespace vspec {
namespace {

uint64_t clockNanoseconds(clockid_t clock) {
  timespec t;
  clock_gettime(clock, &t);
  return uint64_t(t.tv_sec) * 1000000000u + uint64_t(t.tv_nsec);
}

} // namespace

uint64_t monotonicNanoseconds() { return clockNanoseconds(CLOCK_MONOTONIC); }
uint64_t threadNanoseconds() { return clockNanoseconds(CLOCK_THREAD_CPUTIME_ID); }

void LaunchRecord::reset(bool processorTime, const int32_t *chosenExperts) {
  begin.store(~uint64_t(0), std::memory_order_relaxed);
  work.store(0, std::memory_order_relaxed);
  prologue.store(0, std::memory_order_relaxed);
  processor.store(0, std::memory_order_relaxed);
  takes.store(0, std::memory_order_relaxed);
  countsProcessor = processorTime;
  chosen = chosenExperts;
  end = experts = barriers = 0;
}

void LaunchRecord::add(const LaunchPart &part) {
  for (uint64_t seen = begin.load(std::memory_order_relaxed);
       part.begin < seen && !begin.compare_exchange_weak(seen, part.begin, std::memory_order_relaxed);)
    ;
  work.fetch_add(part.end - part.begin, std::memory_order_relaxed);
  prologue.fetch_add(part.ready - part.begin, std::memory_order_relaxed);
  processor.fetch_add(part.processor, std::memory_order_relaxed);
  takes.fetch_add(part.takes, std::memory_order_relaxed);
}

void LaunchRecord::finish() {
  end = monotonicNanoseconds();
  experts = chosen ? uint32_t(*chosen) : 0;
  ++barriers;
}

Result<std::unique_ptr<StepProfile>> StepProfile::open(uint32_t launches, bool processorTime) {
  std::unique_ptr<StepProfile> profile(new StepProfile);
  const uint64_t recordBytes = roundToLine(uint64_t(launches) * sizeof(LaunchRecord));
  auto memory = Memory::allocate(recordBytes + launches * sizeof(vspec_launch_time), "the times of the launches");
  if (!memory)
    return memory.error();
  profile->memory = std::move(*memory);
  profile->records = reinterpret_cast<LaunchRecord *>(profile->memory.data());
  for (uint32_t i = 0; i < launches; ++i)
    new (&profile->records[i]) LaunchRecord;
  profile->times = reinterpret_cast<vspec_launch_time *>(profile->memory.data() + recordBytes);
  profile->processorTime = processorTime;
  return profile;
}

void StepProfile::start(uint32_t firstLaunch, uint32_t launches, uint64_t now) {
  told.first_launch = firstLaunch;
  told.launches = launches;
  told.times = times;
  for (uint32_t i = 0; i < launches; ++i)
    times[i] = {};
  began = now;
  callerBegan = processorTime ? threadNanoseconds() : 0;
}

LaunchRecord *StepProfile::record(uint32_t launch, uint32_t tiles, const int32_t *chosenExperts) {
  times[launch].tiles = tiles;
  records[launch].reset(processorTime, chosenExperts);
  return &records[launch];
}

void StepProfile::finish(uint64_t others) {
  for (uint32_t i = 0; i < told.launches; ++i) {
    vspec_launch_time &time = times[i];
    if (time.tiles == 0)
      continue;
    const LaunchRecord &record = records[i];
    time.takes = record.takes.load(std::memory_order_relaxed);
    time.begin_ns = record.begin.load(std::memory_order_relaxed) - began;
    time.end_ns = record.end - began;
    time.work_ns = record.work.load(std::memory_order_relaxed);
    time.prologue_ns = record.prologue.load(std::memory_order_relaxed);
    time.experts = record.experts;
    time.barriers = record.barriers;
    told.processor_work_ns += record.processor.load(std::memory_order_relaxed);
  }
  if (processorTime) {
    caller += threadNanoseconds() - callerBegan;
    told.processor_ns = caller + others - othersBefore;
  }
  told.wall_ns = monotonicNanoseconds() - began;
  ++told.steps;
}

} // namespace vspec
