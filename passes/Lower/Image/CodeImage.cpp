// The steps from a module to an image, and what is asked between them.
#include "passes/Lower/Image/CodeImage.h"
#include "passes/Lower/Image/CodeUnit.h"
#include "passes/Lower/Image/FlatLink.h"
#include "passes/Lower/Image/InstructionCheck.h"
#include "passes/Lower/Image/ObjectInspector.h"
#include "vspec/Support/ParallelFor.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/Module.h"
#include <set>

using namespace llvm;
using namespace vspec;

// One output for each entry, in their order.
static Result<std::vector<std::string>> compileUnits(const Module &module, const CodeTarget &target,
                                                     const std::vector<std::string> &entries, UnitOutput output,
                                                     const ImageOptions &options) {
  std::set<std::string> names;
  for (const std::string &entry : entries)
    if (!names.insert(entry).second)
      return vspec::Error{"entry '" + entry + "' is listed twice"};
  for (const char *support : {"memcpy", "memmove", "memset"})
    if (names.count(support))
      return vspec::Error{"entry '" + std::string(support) + "' has the name of a support function"};
  std::string bitcode;
  raw_string_ostream os(bitcode);
  WriteBitcodeToFile(module, os);
  std::vector<Result<std::string>> units(entries.size(), vspec::Error{});
  parallelFor(entries.size(), options.threads, [&](size_t i) { units[i] = compileUnit(bitcode, entries[i], target, output); });
  std::vector<std::string> texts;
  for (Result<std::string> &unit : units) {
    if (!unit)
      return unit.error();
    texts.push_back(std::move(*unit));
  }
  return texts;
}

static Result<CodeImage> compile(const Module &module, const CodeTarget &target, const std::vector<std::string> &entries,
                                 const ImageOptions &options) {
  Result<std::vector<std::string>> objects = compileUnits(module, target, entries, UnitOutput::Object, options);
  if (!objects)
    return objects.error();
  Result<std::string> support = compileSupport(target);
  if (!support)
    return support.error();
  objects->push_back(std::move(*support));

  ObjectInspector inspector;
  for (const std::string &bytes : *objects)
    inspector.add(cast<object::ELF64LEObjectFile>(*cantFail(object::ObjectFile::createObjectFile(MemoryBufferRef(bytes, "unit")))));
  if (std::vector<std::string> problems = inspector.problems(); !problems.empty())
    return vspec::Error{join(problems, "; ")};

  CodeImage image;
  for (const std::string &entry : entries) {
    Result<uint64_t> stack = inspector.stackBytes(entry);
    if (!stack)
      return stack.error();
    image.entries.push_back({entry, 0, *stack});
  }
  Result<FlatCode> code = linkFlat(*objects, entries);
  if (!code)
    return code.error();
  if (std::vector<std::string> problems = checkInstructions(*code, target); !problems.empty())
    return vspec::Error{join(problems, "; ")};
  for (CodeImage::Entry &entry : image.entries) {
    auto function = find_if(code->functions, [&](const FlatCode::Function &f) { return f.name == entry.name; });
    if (function == code->functions.end())
      return vspec::Error{"function '" + entry.name + "' is not in the linked file"};
    entry.offset = function->offset;
  }
  image.bytes = std::move(code->bytes);
  return image;
}

template <typename T> static Result<T> named(Result<T> result, const CodeTarget &target) {
  if (!result)
    return vspec::Error{"code for " + std::string(target.name) + ": " + result.error().message};
  return result;
}

Result<CodeImage> vspec::compileImage(const Module &module, const CodeTarget &target, const std::vector<std::string> &entries,
                                      const ImageOptions &options) {
  return named(compile(module, target, entries, options), target);
}

static Result<std::string> emitText(const Module &module, const CodeTarget &target, const std::vector<std::string> &entries,
                                    const ImageOptions &options, UnitOutput output, StringRef comment) {
  Result<std::vector<std::string>> units = compileUnits(module, target, entries, output, options);
  if (!units)
    return named(Result<std::string>(units.error()), target);
  std::string all;
  for (size_t i = 0; i < entries.size(); ++i)
    all += (comment + " " + entries[i] + "\n" + (*units)[i] + "\n").str();
  return all;
}

Result<std::string> vspec::emitAssembly(const Module &module, const CodeTarget &target, const std::vector<std::string> &entries,
                                        const ImageOptions &options) {
  return emitText(module, target, entries, options, UnitOutput::Assembly, target.machine == file::Target::AArch64 ? "//" : "#");
}

Result<std::string> vspec::emitLLVM(const Module &module, const CodeTarget &target, const std::vector<std::string> &entries,
                                    const ImageOptions &options) {
  return emitText(module, target, entries, options, UnitOutput::LLVM, ";");
}
