#include "vspec/Quantised/QuantisedMatrix.h"

using namespace vspec;

Result<CodedRows> QuantisedMatrix::coded(int64_t first, int64_t count) const {
  if (first < 0 || count < 0 || first > rows - count)
    return Error{"rows " + std::to_string(first) + " to " + std::to_string(first + count) + " of " + std::to_string(rows)};
  Result<NormalForm> form = normalForm(format, columns);
  if (!form)
    return form.error();
  CodedRows into(*form, count, columns);
  if (Result<void> filled = fill(first, *form, into); !filled)
    return filled.error();
  return into;
}
