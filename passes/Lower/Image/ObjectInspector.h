// Looks for whatever keeps an object from being part of a flat image, while the guilty function still has a name: lld would
// resolve some of it without a word.
#ifndef VSPEC_PASSES_LOWER_IMAGE_OBJECTINSPECTOR_H
#define VSPEC_PASSES_LOWER_IMAGE_OBJECTINSPECTOR_H
#include "vspec/Support/Result.h"
#include "llvm/Object/ELFObjectFile.h"
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vspec {

class ObjectInspector {
public:
  void add(const llvm::object::ELF64LEObjectFile &object);

  /// What was found in all objects, each thing once, in the order of the objects.
  std::vector<std::string> problems() const;

  /// The most stack that a call of a function takes, with all that it calls.
  Result<uint64_t> stackBytes(const std::string &function) const;

private:
  // A section is one function or one constant; edges are what it refers to.
  struct Node {
    std::string section;
    bool isCode = false;
    std::optional<uint64_t> frameBytes;
    std::vector<size_t> uses;
    std::vector<std::string> imports;
    std::string fault; // what follows "which", if the section may not be in an image
  };
  std::vector<Node> nodes;
  std::map<std::string, size_t> defined; // by symbol
  std::vector<std::string> found;

  void addSection(size_t node, llvm::object::ELFSectionRef section);
  void addRelocation(const llvm::object::ELF64LEObjectFile &object, size_t first, size_t from,
                     const llvm::object::ELFRelocationRef &relocation);
  void addFrame(llvm::StringRef contents, Node &function);
  std::string describe(const Node &node) const;
  Result<uint64_t> depth(size_t node, std::vector<size_t> &path) const;
};

} // namespace vspec
#endif
