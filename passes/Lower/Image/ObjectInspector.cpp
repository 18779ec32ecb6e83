// Sections, relocations, symbols and stack frames of the objects.
#include "passes/Lower/Image/ObjectInspector.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/LEB128.h"
#include <algorithm>
#include <set>

using namespace llvm;
using namespace vspec;
using object::ELF64LEObjectFile;

// Distances only: never addresses, never the global offset table, never thread-locals.
static bool isDistance(unsigned machine, unsigned type) {
  using namespace ELF;
  static const std::set<unsigned> x86{R_X86_64_PC32, R_X86_64_PLT32, R_X86_64_PC64, R_X86_64_PC8};
  static const std::set<unsigned> arm{R_AARCH64_CALL26,
                                      R_AARCH64_JUMP26,
                                      R_AARCH64_CONDBR19,
                                      R_AARCH64_TSTBR14,
                                      R_AARCH64_ADR_PREL_PG_HI21,
                                      R_AARCH64_ADR_PREL_LO21,
                                      R_AARCH64_ADD_ABS_LO12_NC,
                                      R_AARCH64_LDST8_ABS_LO12_NC,
                                      R_AARCH64_LDST16_ABS_LO12_NC,
                                      R_AARCH64_LDST32_ABS_LO12_NC,
                                      R_AARCH64_LDST64_ABS_LO12_NC,
                                      R_AARCH64_LDST128_ABS_LO12_NC,
                                      R_AARCH64_LD_PREL_LO19,
                                      R_AARCH64_PREL32,
                                      R_AARCH64_PREL64};
  return machine == EM_X86_64 ? x86.count(type) : arm.count(type);
}

// With a section for each symbol, the section has the symbol's name; private constants have no other.
static std::string nameIn(StringRef section) {
  bool isPool = section.starts_with(".rodata.str") || section.starts_with(".rodata.cst");
  for (StringRef prefix : {".text.", ".rodata.", ".data.rel.ro.", ".data.", ".bss.", ".tdata.", ".tbss."})
    if (!isPool && section.consume_front(prefix)) {
      section.consume_front(".L");
      return ("'" + section + "'").str();
    }
  return ("section " + section).str();
}

static bool isConstant(StringRef section) { return section.starts_with(".data.rel.ro") || section.starts_with(".rodata"); }

// A jump table of a function leads back into it; that is not a call.
static bool isJumpTable(StringRef table, StringRef code) {
  return table.consume_front(".rodata.") && code.consume_front(".text.") && table == code;
}

std::string ObjectInspector::describe(const Node &node) const { return (node.isCode ? "function " : "") + nameIn(node.section); }

void ObjectInspector::addSection(size_t node, object::ELFSectionRef section) {
  StringRef name = nodes[node].section;
  uint64_t flags = section.getFlags();
  if (!(flags & ELF::SHF_ALLOC) || !section.getSize())
    return;
  std::string in = nameIn(name).front() == '\'' ? (" (section " + name + ")").str() : "";
  if (flags & ELF::SHF_TLS)
    nodes[node].fault = "is thread-local data" + in;
  else if (flags & ELF::SHF_WRITE)
    nodes[node].fault = "is writable data" + in;
  else if (!name.starts_with(".text") && !name.starts_with(".rodata"))
    nodes[node].fault = "is neither code nor constants";
}

void ObjectInspector::addRelocation(const ELF64LEObjectFile &object, size_t first, size_t from,
                                    const object::ELFRelocationRef &relocation) {
  object::symbol_iterator symbol = relocation.getSymbol();
  std::string name = cantFail(symbol->getName()).str();
  object::section_iterator section = cantFail(symbol->getSection());
  if (section == object.section_end()) {
    nodes[from].imports.push_back(name);
    return;
  }
  size_t to = first + section->getIndex();
  if (to != from && !isJumpTable(nodes[from].section, nodes[to].section))
    nodes[from].uses.push_back(to);
  if (!nodes[to].fault.empty())
    return; // said already, and better
  bool isSection = object::ELFSymbolRef(*symbol).getELFType() == ELF::STT_SECTION;
  name = isSection ? nameIn(nodes[to].section) : "'" + name + "'";
  SmallString<32> type;
  relocation.getTypeName(type);
  // A constant with addresses counts as writable, for a loader would write them: the reason is the first address.
  std::string &fault = nodes[from].fault;
  bool isNews = fault.empty() || (isConstant(nodes[from].section) && !StringRef(fault).starts_with("needs"));
  if (isNews && !isDistance(object.getELFFile().getHeader().e_machine, relocation.getType()))
    fault = ("needs relocation " + type + " against " + name + ", which is no distance").str();
}

// .stack_sizes: the address, eight bytes, and the size in LEB128.
void ObjectInspector::addFrame(StringRef contents, Node &function) {
  if (contents.size() > 8)
    function.frameBytes = decodeULEB128(contents.bytes_begin() + 8, nullptr, contents.bytes_end());
}

void ObjectInspector::add(const ELF64LEObjectFile &object) {
  size_t first = nodes.size();
  auto sections = cantFail(object.getELFFile().sections());
  nodes.resize(first + sections.size());
  for (object::ELFSectionRef section : object.sections()) {
    Node &node = nodes[first + section.getIndex()];
    node.section = cantFail(section.getName()).str();
    node.isCode = section.isText();
    addSection(first + section.getIndex(), section);
  }
  for (object::ELFSymbolRef symbol : object.symbols()) {
    std::string name = cantFail(symbol.getName()).str();
    if (symbol.getELFType() == ELF::STT_GNU_IFUNC)
      found.push_back("'" + name + "' is an indirect function, which only a loader can resolve");
    uint32_t flags = cantFail(symbol.getFlags());
    if (!(flags & object::BasicSymbolRef::SF_Undefined) && symbol.getBinding() != ELF::STB_LOCAL)
      defined.emplace(name, first + cantFail(symbol.getSection())->getIndex());
  }
  for (object::ELFSectionRef section : object.sections()) {
    if (nodes[first + section.getIndex()].section == ".stack_sizes")
      addFrame(cantFail(section.getContents()), nodes[first + sections[section.getIndex()].sh_link]);
    object::section_iterator target = cantFail(section.getRelocatedSection());
    if (target == object.section_end() || !(object::ELFSectionRef(*target).getFlags() & ELF::SHF_ALLOC))
      continue;
    for (object::ELFRelocationRef relocation : section.relocations())
      addRelocation(object, first, first + target->getIndex(), relocation);
  }
}

std::vector<std::string> ObjectInspector::problems() const {
  std::vector<std::string> all = found;
  std::vector<bool> isTold(nodes.size());
  for (const Node &node : nodes) {
    if (node.isCode && !node.fault.empty())
      all.push_back(describe(node) + " " + node.fault);
    if (node.isCode)
      for (size_t used : node.uses)
        if (!nodes[used].isCode && !nodes[used].fault.empty()) {
          isTold[used] = true;
          all.push_back(describe(node) + " uses " + describe(nodes[used]) + ", which " + nodes[used].fault);
        }
    for (const std::string &name : node.imports)
      if (!defined.count(name))
        all.push_back(describe(node) + " needs '" + name + "', which is not in the image");
  }
  for (size_t i = 0; i < nodes.size(); ++i)
    if (!nodes[i].isCode && !nodes[i].fault.empty() && !isTold[i])
      all.push_back(describe(nodes[i]) + " " + nodes[i].fault);
  std::set<std::string> seen;
  all.erase(std::remove_if(all.begin(), all.end(), [&](const std::string &text) { return !seen.insert(text).second; }), all.end());
  return all;
}

Result<uint64_t> ObjectInspector::stackBytes(const std::string &function) const {
  auto at = defined.find(function);
  if (at == defined.end())
    return vspec::Error{"function '" + function + "' has no code"};
  std::vector<size_t> path;
  return depth(at->second, path);
}

Result<uint64_t> ObjectInspector::depth(size_t index, std::vector<size_t> &path) const {
  const Node &node = nodes[index];
  if (std::find(path.begin(), path.end(), index) != path.end())
    return vspec::Error{describe(node) + " can call itself, so that its stack has no bound"};
  if (node.isCode && !node.frameBytes)
    return vspec::Error{describe(node) + " has a stack frame of unknown size"};
  // Return address and frame pointer, and what realignment may skip.
  const uint64_t besideFrame = 2 * 8 + 64;
  uint64_t own = node.isCode ? *node.frameBytes + besideFrame : 0, deepest = 0;
  std::vector<size_t> next = node.uses;
  for (const std::string &name : node.imports)
    next.push_back(defined.at(name));
  std::sort(next.begin(), next.end());
  next.erase(std::unique(next.begin(), next.end()), next.end());
  path.push_back(index);
  for (size_t to : next) {
    Result<uint64_t> below = depth(to, path);
    if (!below)
      return below;
    deepest = std::max(deepest, *below);
  }
  path.pop_back();
  return own + deepest;
}
