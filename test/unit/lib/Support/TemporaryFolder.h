// A folder for one test, removed with all that is in it.
#ifndef VSPEC_TEST_UNIT_LIB_SUPPORT_TEMPORARYFOLDER_H
#define VSPEC_TEST_UNIT_LIB_SUPPORT_TEMPORARYFOLDER_H
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace vspec {

class TemporaryFolder {
public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "vspec-test-XXXXXX").string();
    root = mkdtemp(name.data());
  }
  TemporaryFolder(const TemporaryFolder &) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(root); }

  const std::string &path() const { return root; }
  std::string operator/(const std::string &name) const { return root + "/" + name; }

  std::string write(const std::string &name, std::string_view bytes) const {
    std::ofstream(*this / name, std::ios::binary) << bytes;
    return *this / name;
  }
  std::string read(const std::string &name) const {
    std::ifstream file(*this / name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  size_t files() const { return size_t(std::distance(std::filesystem::directory_iterator(root), std::filesystem::directory_iterator())); }

private:
  std::string root;
};

} // namespace vspec
#endif
