// Tells the reasoning of a model, between <think> and </think>, from its answer. The text comes in pieces.
#ifndef VSPEC_CHAT_THINKINGTEXT_H
#define VSPEC_CHAT_THINKINGTEXT_H
#include <string>
#include <string_view>
#include <vector>

namespace vspec {

class ThinkingText {
public:
  struct Part {
    bool thinking; // the tags too
    std::string text;
  };

  /// `within`: the prompt has opened the block already.
  explicit ThinkingText(bool within) : within(within) {}

  /// The parts that are certain now: what could become a tag waits.
  std::vector<Part> push(std::string_view text);
  std::vector<Part> finish();

private:
  bool within;
  std::string waiting;
};

/// Whether a prompt ends within an open <think> block, so that the model begins with its reasoning.
bool opensThinking(std::string_view prompt);

} // namespace vspec
#endif
