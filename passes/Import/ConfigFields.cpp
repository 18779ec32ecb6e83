// Ranges and messages; where the fields come from is in HFConfig.cpp and GGUFConfig.cpp.
#include "passes/Import/ConfigFields.h"
#include <cmath>

using namespace vspec;

void ConfigFields::refuse(const std::string &key, const std::string &what) {
  if (!first)
    first = errorAt(key, what);
}

template <typename T> T ConfigFields::valueOr(Result<T> result, T otherwise) {
  if (result)
    return *result;
  if (!first)
    first = result.error();
  return otherwise;
}

int64_t ConfigFields::count(const std::string &key, int64_t most) {
  if (!present(key))
    refuse(key, "is missing");
  return countOr(key, most, 1);
}

int64_t ConfigFields::countOr(const std::string &key, int64_t most, int64_t otherwise) {
  if (!present(key))
    return otherwise;
  int64_t value = valueOr<int64_t>(integer(key), 1);
  if (value >= 1 && value <= most)
    return value;
  refuse(key, "is " + std::to_string(value) + ", expected a number from 1 to " + std::to_string(most));
  return 1;
}

int64_t ConfigFields::countOrZero(const std::string &key, int64_t most) {
  bool isZero = present(key) && integer(key) && *integer(key) == 0;
  return isZero ? 0 : countOr(key, most, 0);
}

std::vector<int64_t> ConfigFields::countsOfList(const std::string &key, int64_t most, int64_t count) {
  if (!present(key) || !numbers(key))
    return {};
  std::vector<int64_t> counts;
  for (double value : numbersOr(key, count)) {
    if (!(value >= 1 && value <= double(most)) || value != std::floor(value))
      refuse(key, "holds " + std::to_string(value) + ", expected whole numbers from 1 to " + std::to_string(most));
    counts.push_back(first ? 1 : int64_t(value));
  }
  return counts;
}

double ConfigFields::positive(const std::string &key) {
  if (!present(key))
    refuse(key, "is missing");
  return positiveOr(key, 1);
}

double ConfigFields::positiveOr(const std::string &key, double otherwise) {
  if (!present(key))
    return otherwise;
  double value = valueOr<double>(number(key), 1);
  if (std::isfinite(value) && value > 0)
    return value;
  refuse(key, "is " + std::to_string(value) + ", expected a number above 0");
  return 1;
}

std::vector<double> ConfigFields::numbersOr(const std::string &key, int64_t count) {
  if (!present(key))
    return {};
  std::vector<double> values = valueOr<std::vector<double>>(numbers(key), std::vector<double>(count));
  if (int64_t(values.size()) != count)
    refuse(key, "has " + std::to_string(values.size()) + " numbers, expected " + std::to_string(count));
  values.resize(count);
  return values;
}

bool ConfigFields::booleanOr(const std::string &key, bool otherwise) {
  return present(key) ? valueOr<bool>(boolean(key), otherwise) : otherwise;
}

std::string ConfigFields::textOr(const std::string &key, const std::string &otherwise) {
  return present(key) ? valueOr<std::string>(text(key), otherwise) : otherwise;
}
