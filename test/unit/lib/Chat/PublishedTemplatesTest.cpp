// Every template of test/data/chat-templates over every conversation, and the small templates of language.json: the same bytes
// as Python's Jinja2, and an error where it has one. make-goldens.py wrote what is expected.
#include "vspec/Chat/ChatTemplate.h"
#include "vspec/Support/MappedFile.h"
#include <filesystem>
#include <gtest/gtest.h>

using namespace vspec;
namespace fs = std::filesystem;

namespace {

const fs::path folder = fs::path(VSPEC_TEST_DATA) / "chat-templates";
const DateTime now = {2026, 3, 7, 15, 4, 5};

Result<std::string> render(const std::string &text, const Json &variables) {
  Result<ChatTemplate> parsed = ChatTemplate::parse(text, "chat");
  return parsed ? parsed->render(variables, now) : parsed.error();
}

/// `golden` has one of text, raised and fails.
void expectSame(const Result<std::string> &made, const Json &golden, const std::string &where) {
  if (auto text = golden.find("text"))
    EXPECT_EQ(made ? *made : "error: " + made.error().message, *text->string()) << where;
  else if (auto raised = golden.find("raised"))
    EXPECT_TRUE(!made && made.error().message.find(": " + std::string(*raised->string())) != std::string::npos)
        << where << "\nfound " << (made ? *made : made.error().message) << "\nexpected the error " << *raised->string();
  else
    EXPECT_FALSE(made) << where << "\nexpected an error: " << *golden.string("fails") << "\nfound " << *made;
}

TEST(PublishedTemplates, RenderAsInPython) {
  const Result<Json> conversations = Json::read((folder / "conversations.json").string());
  ASSERT_TRUE(conversations) << conversations.error().message;
  size_t templates = 0;
  for (const auto &entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".jinja")
      continue;
    ++templates;
    const Result<Json> goldens = Json::read((folder / "goldens" / entry.path().stem()).string() + ".json");
    ASSERT_TRUE(goldens) << goldens.error().message;
    ASSERT_EQ(goldens->size(), conversations->size());
    auto bytes = MappedFile::open(entry.path().string());
    ASSERT_TRUE(bytes);
    for (Json conversation : *conversations) {
      const std::string name(conversation.key());
      expectSame(render(std::string(bytes->view()), conversation), *goldens->member(name), entry.path().stem().string() + ", " + name);
    }
  }
  EXPECT_GE(templates, 40u);
}

TEST(Language, RendersAsInPython) {
  const Result<Json> cases = Json::read((folder / "language.json").string());
  ASSERT_TRUE(cases) << cases.error().message;
  const Json all = *cases->array("cases"), variables = *cases->object("variables");
  EXPECT_GE(all.size(), 150u);
  for (Json one : all) {
    const std::string text(*one.string("template"));
    expectSame(render(text, variables), one, text);
  }
}

} // namespace
