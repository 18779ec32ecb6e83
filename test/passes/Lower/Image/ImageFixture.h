// Modules for the tests of the code image: from text, for targets of the table and others.
#ifndef VSPEC_TEST_PASSES_LOWER_IMAGE_IMAGEFIXTURE_H
#define VSPEC_TEST_PASSES_LOWER_IMAGE_IMAGEFIXTURE_H
#include "passes/Lower/Image/CodeImage.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/SourceMgr.h"
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

struct ParsedModule {
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module;

  explicit ParsedModule(const std::string &text) {
    llvm::SMDiagnostic diagnostic;
    module = llvm::parseAssemblyString(text, diagnostic, context);
    EXPECT_TRUE(module) << diagnostic.getMessage().str() << " in line " << diagnostic.getLineNo() << " of\n" << text;
  }
};

/// Of the target table, or one that only these tests have.
inline const vspec::CodeTarget &testTarget(const std::string &name) {
  using vspec::file::Target;
  static const std::vector<vspec::CodeTarget> others = {
      {"v2", Target::X86_64, 0, "x86_64-none-elf", "x86-64-v2", "", "generic", 16, 16},
  };
  for (const vspec::CodeTarget &target : others)
    if (target.name == name)
      return target;
  vspec::Result<const vspec::CodeTarget *> found = vspec::findCodeTarget(name);
  EXPECT_TRUE(found) << name;
  return **found;
}

inline std::string readText(const std::string &name) {
  std::ifstream file(std::string(IMAGE_TEST_FOLDER) + "/" + name);
  EXPECT_TRUE(file) << name;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}
#endif
