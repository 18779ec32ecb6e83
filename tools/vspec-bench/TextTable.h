// A table of text: the first columns as they are, numbers aligned to the right.
#ifndef VSPEC_TOOLS_VSPECBENCH_TEXTTABLE_H
#define VSPEC_TOOLS_VSPECBENCH_TEXTTABLE_H
#include <string>
#include <vector>

namespace vspec {

class TextTable {
public:
  /// The first `left` columns are aligned to the left.
  explicit TextTable(std::vector<std::string> header, size_t left = 0) : rows{std::move(header)}, left(left) {}
  void add(std::vector<std::string> row) { rows.push_back(std::move(row)); }
  /// Two spaces between columns, two before the first.
  std::string text() const;

private:
  std::vector<std::vector<std::string>> rows;
  size_t left;
};

} // namespace vspec
#endif
