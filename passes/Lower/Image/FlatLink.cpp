// The linker runs in process, on files in a private folder.
#include "passes/Lower/Image/FlatLink.h"
#include "lld/Common/Driver.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <algorithm>
#include <mutex>

LLD_HAS_DRIVER(elf)

using namespace llvm;
using namespace vspec;
using object::ELF64LEObjectFile;

namespace {
// One segment: code first, so that entry points have small offsets, then constants. What is not listed is an error.
const char script[] = R"(PHDRS { image PT_LOAD FLAGS(5); }
SECTIONS {
  . = image_base;
  .image : ALIGN(64) { *(.text .text.*) . = ALIGN(64); *(.rodata .rodata.*) . = ALIGN(64); } :image
  .comment 0 : { *(.comment) } .symtab 0 : { *(.symtab) } .strtab 0 : { *(.strtab) } .shstrtab 0 : { *(.shstrtab) }
  /DISCARD/ : { *(.stack_sizes) *(.note.GNU-stack) *(.llvm_addrsig) *(.note.gnu.property) }
}
)";

class PrivateFolder {
public:
  PrivateFolder() { failed = sys::fs::createUniqueDirectory("vspec-image", folder); }
  ~PrivateFolder() {
    if (!failed)
      sys::fs::remove_directories(folder);
  }
  std::string path(StringRef name) const {
    SmallString<128> full(folder);
    sys::path::append(full, name);
    return full.str().str();
  }
  Result<void> write(StringRef name, StringRef bytes) {
    if (failed)
      return vspec::Error{"no temporary folder: " + failed.message()};
    std::error_code error;
    raw_fd_ostream os(path(name), error);
    if (!error) {
      os << bytes;
      os.close();
      error = os.error();
      os.clear_error();
    }
    if (error)
      return vspec::Error{path(name) + ": " + error.message()};
    return {};
  }
  // What lld says, without the folder's name, which differs from run to run.
  std::string withoutPaths(std::string text) const {
    std::string prefix = path("");
    for (size_t at; (at = text.find(prefix)) != std::string::npos;)
      text.erase(at, prefix.size());
    return StringRef(text).trim().str();
  }

private:
  SmallString<128> folder;
  std::error_code failed;
};

Result<std::unique_ptr<MemoryBuffer>> linkAt(const PrivateFolder &folder, size_t objects, const std::vector<std::string> &entries,
                                             StringRef address) {
  // Not -shared, not -pie, not --oformat=binary: those hide what must be an error.
  std::vector<std::string> words{"ld.lld",
                                 "-static",
                                 "--entry=0",
                                 "-T",
                                 folder.path("script"),
                                 ("--defsym=image_base=" + address).str(),
                                 "--orphan-handling=error",
                                 "--gc-sections",
                                 "--icf=all",
                                 "--fatal-warnings",
                                 "--build-id=none",
                                 "-z",
                                 "noexecstack",
                                 "--threads=1",
                                 "-o",
                                 folder.path("image")};
  for (const std::string &entry : entries)
    words.insert(words.end(), {"-u", entry});
  for (size_t i = 0; i < objects; ++i)
    words.push_back(folder.path(std::to_string(i)));
  std::vector<const char *> arguments;
  for (const std::string &word : words)
    arguments.push_back(word.c_str());
  std::string said;
  raw_string_ostream os(said);
  static bool isUsable = true; // after a crash lld must not run again
  if (!isUsable)
    return vspec::Error{"lld crashed before and cannot run again"};
  lld::Result result = lld::lldMain(arguments, os, os, {{lld::Gnu, &lld::elf::link}});
  isUsable = result.canRunAgain;
  if (result.retCode || !said.empty())
    return vspec::Error{folder.withoutPaths(said)};
  ErrorOr<std::unique_ptr<MemoryBuffer>> file =
      MemoryBuffer::getFile(folder.path("image"), /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return vspec::Error{"the linked file cannot be read: " + file.getError().message()};
  return std::move(*file);
}

// The bytes of the only segment, which holds the only section.
Result<ArrayRef<uint8_t>> onlySegment(const ELF64LEObjectFile &file) {
  ArrayRef<uint8_t> bytes;
  for (object::ELFSectionRef section : file.sections())
    if ((section.getFlags() & ELF::SHF_ALLOC) && section.getSize() && cantFail(section.getName()) != ".image")
      return vspec::Error{"the linked file has section " + cantFail(section.getName()).str()};
  for (const auto &segment : cantFail(file.getELFFile().program_headers())) {
    if (segment.p_type != ELF::PT_LOAD)
      continue;
    if (!bytes.empty() || segment.p_flags != (ELF::PF_R | ELF::PF_X) || segment.p_filesz != segment.p_memsz)
      return vspec::Error{"the linked file is not one segment to read and execute"};
    bytes = cantFail(file.getELFFile().getSegmentContents(segment));
  }
  return bytes;
}

Result<FlatCode> readFlat(MemoryBufferRef buffer) {
  auto object = cantFail(object::ObjectFile::createObjectFile(buffer));
  const auto &file = cast<ELF64LEObjectFile>(*object);
  Result<ArrayRef<uint8_t>> bytes = onlySegment(file);
  if (!bytes)
    return bytes.error();
  FlatCode code{std::vector<uint8_t>(bytes->begin(), bytes->end()), {}};
  uint64_t base = 0;
  for (object::ELFSymbolRef symbol : file.symbols())
    if (cantFail(symbol.getName()) == "image_base")
      base = cantFail(symbol.getValue());
  for (object::ELFSymbolRef symbol : file.symbols()) {
    if (symbol.getELFType() != ELF::STT_FUNC)
      continue;
    FlatCode::Function function{cantFail(symbol.getName()).str(), cantFail(symbol.getAddress()) - base, symbol.getSize()};
    if (function.offset > code.bytes.size() || function.bytes > code.bytes.size() - function.offset)
      return vspec::Error{"function '" + function.name + "' lies outside of the image"};
    code.functions.push_back(std::move(function));
  }
  std::sort(code.functions.begin(), code.functions.end(),
            [](const auto &a, const auto &b) { return std::tie(a.offset, a.name) < std::tie(b.offset, b.name); });
  return code;
}
} // namespace

Result<FlatCode> vspec::linkFlat(const std::vector<std::string> &objects, const std::vector<std::string> &entries) {
  static std::mutex lldIsNotReentrant;
  std::lock_guard<std::mutex> lock(lldIsNotReentrant);
  PrivateFolder folder;
  if (Result<void> written = folder.write("script", script); !written)
    return written.error();
  for (size_t i = 0; i < objects.size(); ++i)
    if (Result<void> written = folder.write(std::to_string(i), objects[i]); !written)
      return written.error();
  Result<std::unique_ptr<MemoryBuffer>> low = linkAt(folder, objects.size(), entries, "0");
  if (!low)
    return low.error();
  Result<std::unique_ptr<MemoryBuffer>> high = linkAt(folder, objects.size(), entries, "0x7654320000");
  if (!high)
    return high.error();
  Result<FlatCode> code = readFlat(**low), same = readFlat(**high);
  if (!code || !same)
    return code ? same.error() : code.error();
  if (code->bytes != same->bytes)
    return vspec::Error{"the image depends on its address"};
  return code;
}
