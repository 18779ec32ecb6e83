// Reads fields of a model's metadata and keeps the first problem, so that readers are straight lines. No MLIR.
#ifndef VSPEC_PASSES_IMPORT_CONFIGFIELDS_H
#define VSPEC_PASSES_IMPORT_CONFIGFIELDS_H
#include "vspec/Support/Result.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vspec {

/// After a problem, answers go on being in range; `problem` tells the first one. Messages name the file and the key.
class ConfigFields {
public:
  virtual ~ConfigFields() = default;

  /// A number from 1 to `most`.
  int64_t count(const std::string &key, int64_t most);
  int64_t countOr(const std::string &key, int64_t most, int64_t otherwise);
  /// A number from 0 to `most`; 0 if it is absent.
  int64_t countOrZero(const std::string &key, int64_t most);
  /// So many numbers from 1 to `most`, of a key that is a list; else none.
  std::vector<int64_t> countsOfList(const std::string &key, int64_t most, int64_t count);
  /// A finite number above 0.
  double positive(const std::string &key);
  double positiveOr(const std::string &key, double otherwise);
  bool booleanOr(const std::string &key, bool otherwise);
  std::string textOr(const std::string &key, const std::string &otherwise);
  /// So many numbers; empty if the key is absent.
  std::vector<double> numbersOr(const std::string &key, int64_t count);
  bool has(const std::string &key) const { return present(key); }
  /// Whether it is there to say that there is nothing.
  virtual bool isNull(const std::string &) const { return false; }

  /// Records an error at the key, unless there is a problem already.
  void refuse(const std::string &key, const std::string &what);
  const std::optional<Error> &problem() const { return first; }

private:
  /// Names the file and the key.
  virtual Error errorAt(const std::string &key, const std::string &what) const = 0;
  virtual bool present(const std::string &key) const = 0;
  // Of a key that is present.
  virtual Result<int64_t> integer(const std::string &key) const = 0;
  virtual Result<double> number(const std::string &key) const = 0;
  virtual Result<bool> boolean(const std::string &key) const = 0;
  virtual Result<std::string> text(const std::string &key) const = 0;
  virtual Result<std::vector<double>> numbers(const std::string &key) const = 0;
  template <typename T> T valueOr(Result<T> result, T otherwise);

  std::optional<Error> first;
};

} // namespace vspec
#endif
