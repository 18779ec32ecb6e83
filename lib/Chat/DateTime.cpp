// strftime without the process' locale.
#include "vspec/Chat/DateTime.h"
#include <cstdio>
#include <ctime>

using namespace vspec;

static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};
static const char *const weekdays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

DateTime DateTime::now() {
  const std::time_t seconds = std::time(nullptr);
  std::tm local = {};
  localtime_r(&seconds, &local);
  return {local.tm_year + 1900, local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec};
}

static bool isLeap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

/// From 0, the first of January.
static int dayOfYear(const DateTime &time) {
  constexpr int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  const int month = time.month >= 1 && time.month <= 12 ? time.month : 1;
  return before[month - 1] + time.day - 1 + (month > 2 && isLeap(time.year));
}

/// From 0, Sunday.
static int weekday(const DateTime &time) {
  const int years = time.year - 1;
  const int day = years * 365 + years / 4 - years / 100 + years / 400 + dayOfYear(time) + 1;
  return (day % 7 + 7) % 7;
}

std::string DateTime::format(std::string_view format) const {
  std::string text;
  // `plain`: as %-d asks, without leading zeros.
  auto number = [&](int value, int digits, bool plain, char fill = '0') {
    const std::string written = std::to_string(value);
    if (!plain && int(written.size()) < digits)
      text.append(size_t(digits) - written.size(), fill);
    text += written;
  };
  const int hour12 = hour % 12 == 0 ? 12 : hour % 12;
  const char *monthName = month >= 1 && month <= 12 ? months[month - 1] : "?", *dayName = weekdays[weekday(*this)];
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      text += format[i];
      continue;
    }
    const bool plain = format[i + 1] == '-' && i + 2 < format.size();
    i += plain ? 2 : 1;
    switch (format[i]) {
    case 'Y':
      number(year, 4, true);
      break;
    case 'y':
      number(year % 100, 2, plain);
      break;
    case 'C':
      number(year / 100, 2, plain);
      break;
    case 'm':
      number(month, 2, plain);
      break;
    case 'd':
      number(day, 2, plain);
      break;
    case 'e':
      number(day, 2, plain, ' ');
      break;
    case 'H':
      number(hour, 2, plain);
      break;
    case 'I':
      number(hour12, 2, plain);
      break;
    case 'M':
      number(minute, 2, plain);
      break;
    case 'S':
      number(second, 2, plain);
      break;
    case 'f':
      text += "000000";
      break;
    case 'j':
      number(dayOfYear(*this) + 1, 3, plain);
      break;
    case 'u':
      number(weekday(*this) == 0 ? 7 : weekday(*this), 1, true);
      break;
    case 'w':
      number(weekday(*this), 1, true);
      break;
    case 'B':
      text += monthName;
      break;
    case 'b':
    case 'h':
      text += std::string(monthName).substr(0, 3);
      break;
    case 'A':
      text += dayName;
      break;
    case 'a':
      text += std::string(dayName).substr(0, 3);
      break;
    case 'p':
      text += hour < 12 ? "AM" : "PM";
      break;
    case 'F':
      text += this->format("%Y-%m-%d");
      break;
    case 'T':
    case 'X':
      text += this->format("%H:%M:%S");
      break;
    case 'R':
      text += this->format("%H:%M");
      break;
    case 'D':
    case 'x':
      text += this->format("%m/%d/%y");
      break;
    case 'c':
      text += this->format("%a %b %e %H:%M:%S %Y");
      break;
    case 'Z':
    case 'z':
      break; // a local time without a zone has none
    case 'n':
      text += '\n';
      break;
    case 't':
      text += '\t';
      break;
    case '%':
      text += '%';
      break;
    default:
      text += plain ? "%-" : "%", text += format[i];
    }
  }
  return text;
}
