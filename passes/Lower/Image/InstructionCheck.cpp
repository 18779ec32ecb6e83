// Disassembles the image and looks at the text of each instruction.
#include "passes/Lower/Image/InstructionCheck.h"
#include "passes/Lower/Image/CodeUnit.h"
#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCDisassembler/MCDisassembler.h"
#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCInstPrinter.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;
using namespace vspec;

// Their encoding starts with 62 hex, after prefixes for the address size and the segment.
static bool isAVX512(ArrayRef<uint8_t> instruction) {
  for (uint8_t byte : instruction)
    if (byte != 0x67 && byte != 0x64 && byte != 0x65)
      return byte == 0x62;
  return false;
}

static const char *fault(StringRef text, ArrayRef<uint8_t> instruction, const CodeTarget &target) {
  auto has = [&](std::initializer_list<const char *> words) {
    return llvm::any_of(words, [&](const char *word) { return text.contains(word); });
  };
  if (has({"%fs:", "%gs:", "tpidr"}))
    return "reads thread data";
  if (has({"syscall", "sysenter", "int\t", "svc\t"}))
    return "calls the system";
  if (has({"mxcsr", "fldcw", "fpcr"}))
    return "changes how floats round";
  if (has({"cpuid", "rdtsc", "xgetbv", "rdpmc"}))
    return "asks about the machine";
  if (target.machine == file::Target::X86_64 && !(target.features & file::X86V4) && isAVX512(instruction))
    return "needs AVX-512";
  if (target.machine == file::Target::X86_64 && !(target.features & file::AVXVNNI) && has({"{vex}\tvpdp"}))
    return "needs AVX-VNNI";
  return nullptr;
}

std::vector<std::string> vspec::checkInstructions(const FlatCode &code, const CodeTarget &target) {
  std::unique_ptr<TargetMachine> machine = createTargetMachine(target);
  const Triple &triple = machine->getTargetTriple();
  const Target &found = machine->getTarget();
  const MCRegisterInfo &registers = *machine->getMCRegisterInfo();
  const MCAsmInfo &assembly = *machine->getMCAsmInfo();
  const MCSubtargetInfo &features = *machine->getMCSubtargetInfo();
  MCContext context(triple, &assembly, &registers, &features);
  std::unique_ptr<MCDisassembler> disassembler(found.createMCDisassembler(features, context));
  std::unique_ptr<MCInstPrinter> printer(
      found.createMCInstPrinter(triple, assembly.getAssemblerDialect(), assembly, *machine->getMCInstrInfo(), registers));

  std::vector<std::string> problems;
  for (const FlatCode::Function &function : code.functions) {
    ArrayRef<uint8_t> bytes = ArrayRef(code.bytes).slice(function.offset, function.bytes);
    for (uint64_t at = 0, size = 0; at < bytes.size(); at += size) {
      MCInst instruction;
      if (disassembler->getInstruction(instruction, size, bytes.slice(at), function.offset + at, nulls()) != MCDisassembler::Success) {
        problems.push_back("function '" + function.name + "' has bytes that are no instruction, at byte " + std::to_string(at));
        break;
      }
      std::string text;
      raw_string_ostream os(text);
      printer->printInst(&instruction, function.offset + at, "", features, os);
      if (const char *why = fault(text, bytes.slice(at, size), target)) {
        std::string shown = StringRef(text).trim().str();
        std::replace(shown.begin(), shown.end(), '\t', ' ');
        problems.push_back("function '" + function.name + "' has the instruction '" + shown + "', which " + why);
      }
    }
  }
  return problems;
}
