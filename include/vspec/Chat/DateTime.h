// The time of day that a chat template may ask for. It comes from the caller, so that a rendering can be repeated.
#ifndef VSPEC_CHAT_DATETIME_H
#define VSPEC_CHAT_DATETIME_H
#include <string>
#include <string_view>

namespace vspec {

/// A local time. Nothing is checked: months beyond 12 have no name.
struct DateTime {
  int year = 1970, month = 1, day = 1; // from 1
  int hour = 0, minute = 0, second = 0;

  /// The clock of the system in its time zone.
  static DateTime now();
  /// As Python's strftime in the C locale; a conversion that is not known stays as it is.
  std::string format(std::string_view format) const;
};

} // namespace vspec
#endif
