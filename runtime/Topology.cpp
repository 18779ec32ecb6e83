#include "runtime/Topology.h"
#include <algorithm>
#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vspec {
namespace {

constexpr uint32_t mostNumbers = 65536; // processors; more is no list of them

std::vector<uint32_t> readList(const std::string &path) {
  char text[4096];
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  ssize_t count = file < 0 ? 0 : ::read(file, text, sizeof text);
  if (file >= 0)
    ::close(file);
  return numbersOfList(std::string(text, size_t(std::max<ssize_t>(count, 0))));
}

bool mayUse(uint32_t processor) {
  cpu_set_t set;
  return processor < CPU_SETSIZE && sched_getaffinity(0, sizeof set, &set) == 0 && CPU_ISSET(processor, &set);
}

} // namespace

std::vector<uint32_t> numbersOfList(const std::string &text) {
  std::vector<uint32_t> numbers;
  size_t at = 0;
  auto number = [&](uint32_t &value) {
    size_t begin = at;
    for (value = 0; at < text.size() && text[at] >= '0' && text[at] <= '9' && value < mostNumbers; ++at)
      value = value * 10 + uint32_t(text[at] - '0');
    return at > begin && value < mostNumbers;
  };
  for (uint32_t first = 0, last = 0; number(first); ++at) {
    last = first;
    if (at < text.size() && text[at] == '-' && (++at, !number(last)))
      break;
    for (uint32_t i = first; i <= last; ++i)
      numbers.push_back(i);
    if (at >= text.size() || text[at] != ',')
      break;
  }
  return numbers;
}

Topology Topology::read(const std::string &folder) {
  Topology topology;
  std::vector<uint32_t> online = readList(folder + "/online");
  if (online.size() < 2)
    return topology;
  for (uint32_t number : online) {
    Node node{number, readList(folder + "/node" + std::to_string(number) + "/cpulist")};
    node.processors.erase(std::remove_if(node.processors.begin(), node.processors.end(), [](uint32_t p) { return !mayUse(p); }),
                          node.processors.end());
    if (!node.processors.empty())
      topology.nodes.push_back(std::move(node));
  }
  return topology.nodes.size() < 2 || topology.nodes.size() > maxNodes ? Topology() : topology;
}

Topology::Group Topology::groupOf(unsigned worker, unsigned workers) const {
  auto firstOf = [&](unsigned node) { return unsigned((uint64_t(node) * workers + count() - 1) / count()); };
  unsigned node = nodeOf(worker, workers);
  return {firstOf(node), firstOf(node + 1) - firstOf(node)};
}

void Topology::pin(unsigned node) const {
  if (node >= nodes.size())
    return;
  cpu_set_t set;
  CPU_ZERO(&set);
  for (uint32_t processor : nodes[node].processors)
    if (processor < CPU_SETSIZE)
      CPU_SET(processor, &set);
  if (CPU_COUNT(&set))
    sched_setaffinity(0, sizeof set, &set); // no matter if refused: results do not depend on it
}

void placeOnNode(void *base, uint64_t bytes, uint32_t node) {
  constexpr int preferred = 1;
  uint64_t mask[mostNumbers / 64 / 64 + 1] = {}; // 1024 nodes and one bit: the system wants to know a bit more than it uses
  if (node / 64 >= sizeof mask / sizeof *mask)
    return;
  mask[node / 64] = uint64_t(1) << node % 64;
  uintptr_t page = uintptr_t(sysconf(_SC_PAGESIZE)), address = reinterpret_cast<uintptr_t>(base);
  uintptr_t begin = (address + page - 1) / page * page, end = (address + bytes) / page * page;
  if (begin < end)
    syscall(SYS_mbind, begin, end - begin, preferred, mask, sizeof mask * 8 - 63, 0);
}

} // namespace vspec
