// Every module of refused.txt is refused, with exactly its message.
#include "ImageFixture.h"
#include "passes/Lower/Image/CodeUnit.h"
#include "passes/Lower/Image/FlatLink.h"
#include "llvm/Bitcode/BitcodeWriter.h"

using namespace vspec;

namespace {
// ### name target | message
struct Refused {
  std::string name, target, message, module;
};

std::vector<Refused> readRefused() {
  std::vector<Refused> all;
  std::istringstream lines(readText("refused.txt"));
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("### ", 0) == 0) {
      std::istringstream head(line.substr(4));
      Refused next;
      std::string bar;
      head >> next.name >> next.target >> bar;
      std::getline(head >> std::ws, next.message);
      all.push_back(next);
    } else if (!all.empty()) {
      all.back().module += line + "\n";
    }
  }
  return all;
}

const Refused &refused(const std::string &name) {
  static const std::vector<Refused> all = readRefused();
  for (const Refused &one : all)
    if (one.name == name)
      return one;
  ADD_FAILURE() << "refused.txt has no " << name;
  return all[0];
}

class RefusedTest : public testing::TestWithParam<Refused> {};
} // namespace

TEST_P(RefusedTest, WithItsMessage) {
  const Refused &expected = GetParam();
  ParsedModule parsed(expected.module);
  Result<CodeImage> image = compileImage(*parsed.module, testTarget(expected.target), {"k"});
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().message, expected.message);
}

INSTANTIATE_TEST_SUITE_P(All, RefusedTest, testing::ValuesIn(readRefused()), [](const auto &info) {
  std::string name = info.param.name;
  for (char &c : name)
    c = c == '-' ? '_' : c;
  return name;
});

// lld writes the addresses of base 0 into such a table without a word: were our list of relocations wrong, only the second
// link would notice.
TEST(SecondLink, NoticesAddresses) {
  ParsedModule parsed(refused("hidden-address-table").module);
  std::string bitcode;
  llvm::raw_string_ostream os(bitcode);
  llvm::WriteBitcodeToFile(*parsed.module, os);
  Result<std::string> object = compileUnit(bitcode, "k", testTarget("v3"), UnitOutput::Object);
  ASSERT_TRUE(object) << object.error().message;
  Result<FlatCode> code = linkFlat({*object}, {"k"});
  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().message, "the image depends on its address");
}

TEST(Linker, NamesWhatIsMissing) {
  ParsedModule parsed(refused("allocation").module);
  std::string bitcode;
  llvm::raw_string_ostream os(bitcode);
  llvm::WriteBitcodeToFile(*parsed.module, os);
  Result<std::string> object = compileUnit(bitcode, "k", testTarget("v3"), UnitOutput::Object);
  ASSERT_TRUE(object) << object.error().message;
  Result<FlatCode> code = linkFlat({*object}, {"k"});
  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().message, "ld.lld: error: undefined hidden symbol: malloc\n>>> referenced by kernels\n>>>               0:(k)");
}
