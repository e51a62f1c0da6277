#include "fix/quickfix/number_text.hpp"

#include <cstring>
#include <limits>

namespace evenkeel {
namespace fix {
namespace {

constexpr std::size_t kNumberTextMax = 64;  // longer is not a number anybody means
constexpr std::int64_t kNsPerSecond = 1000000000;
constexpr std::int64_t kSecondsPerDay = 86400;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Appends a digit to *magnitude; false on overflow.
bool push_digit(std::uint64_t* magnitude, unsigned digit) {
  return !__builtin_mul_overflow(*magnitude, std::uint64_t{10}, magnitude) &&
         !__builtin_add_overflow(*magnitude, std::uint64_t{digit}, magnitude);
}

NumberError apply_sign(std::uint64_t magnitude, bool negative, std::int64_t* out) {
  const std::uint64_t max = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (magnitude > max + (negative ? 1U : 0U)) return NumberError::kOverflow;
  // Two's complement negation in unsigned arithmetic, so that the most negative value needs no
  // special case.
  *out = static_cast<std::int64_t>(negative ? ~magnitude + 1U : magnitude);
  return NumberError::kNone;
}

NumberError parse_scaled(const char* text, std::size_t size, int decimals, bool truncate,
                         std::int64_t* out) {
  if (size == 0) return NumberError::kEmpty;
  if (size > kNumberTextMax) return NumberError::kNotANumber;
  const bool negative = text[0] == '-';
  std::uint64_t magnitude = 0;
  int decimals_seen = 0;
  bool point = false;
  bool any_digit = false;
  bool overflow = false;
  bool lost = false;
  for (std::size_t i = negative ? 1 : 0; i < size; ++i) {
    const char c = text[i];
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (!is_digit(c)) return NumberError::kNotANumber;
    any_digit = true;
    if (point && decimals_seen == decimals) {
      lost = lost || c != '0';
    } else {
      decimals_seen += point ? 1 : 0;
      overflow = overflow || !push_digit(&magnitude, static_cast<unsigned>(c - '0'));
    }
  }
  if (!any_digit) return NumberError::kNotANumber;
  for (; decimals_seen < decimals; ++decimals_seen) {
    overflow = overflow || !push_digit(&magnitude, 0);
  }
  if (lost && !truncate) return NumberError::kTooManyDecimals;
  if (overflow) return NumberError::kOverflow;
  return apply_sign(magnitude, negative, out);
}

struct CivilDate {
  int year;
  int month;
  int day;
};

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int days_in_month(int year, int month) {
  static const int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[month - 1];
}

// Days before 1 January of `year`, counted from 1 January 1970.
std::int64_t days_before_year(int year) {
  const std::int64_t y = year - 1;
  return y * 365 + y / 4 - y / 100 + y / 400 - 719162;
}

CivilDate civil_date(std::int64_t days) {
  // 146097 days are 400 years; the estimate is at most one year off.
  int year = static_cast<int>(1970 + days * 400 / 146097);
  while (days_before_year(year) > days) --year;
  while (days_before_year(year + 1) <= days) ++year;
  int day = static_cast<int>(days - days_before_year(year));
  int month = 1;
  while (day >= days_in_month(year, month)) {
    day -= days_in_month(year, month);
    ++month;
  }
  return CivilDate{year, month, day + 1};
}

char* put_digits(char* out, std::int64_t value, int count) {
  for (int i = count - 1; i >= 0; --i) {
    out[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return out + count;
}

// Reads exactly `count` digits; -1 when one of them is not.
int take_digits(const char* text, int count) {
  int value = 0;
  for (int i = 0; i < count; ++i) {
    if (!is_digit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

}  // namespace

const char* describe(NumberError error) {
  switch (error) {
    case NumberError::kNone:
      return "is a number";
    case NumberError::kEmpty:
      return "is empty";
    case NumberError::kNotANumber:
      return "is not a number";
    case NumberError::kTooManyDecimals:
      return "has more decimals than can be held exactly";
    case NumberError::kOverflow:
      return "is too large";
  }
  return "is not a number";
}

std::size_t format_decimal(std::int64_t value, int decimals, char* out) {
  std::uint64_t magnitude = static_cast<std::uint64_t>(value);
  if (value < 0) magnitude = ~magnitude + 1U;
  char reversed[kDecimalTextMax];
  std::size_t n = 0;
  int left = decimals;
  while (left > 0 && magnitude % 10 == 0 && magnitude != 0) {  // trailing zeros of the fraction
    magnitude /= 10;
    --left;
  }
  if (magnitude == 0) left = 0;
  const bool fraction = left > 0;
  for (; left > 0; --left) {
    reversed[n++] = static_cast<char>('0' + magnitude % 10);
    magnitude /= 10;
  }
  if (fraction) reversed[n++] = '.';
  do {
    reversed[n++] = static_cast<char>('0' + magnitude % 10);
    magnitude /= 10;
  } while (magnitude != 0);
  if (value < 0) reversed[n++] = '-';
  for (std::size_t i = 0; i < n; ++i) out[i] = reversed[n - 1 - i];
  return n;
}

NumberError parse_decimal(const char* text, std::size_t size, int decimals, std::int64_t* out) {
  return parse_scaled(text, size, decimals, false, out);
}

NumberError parse_decimal_truncating(const char* text, std::size_t size, int decimals,
                                     std::int64_t* out) {
  return parse_scaled(text, size, decimals, true, out);
}

NumberError parse_integer(const char* text, std::size_t size, std::int32_t* out) {
  if (size != 0 && std::memchr(text, '.', size) != nullptr) return NumberError::kNotANumber;
  std::int64_t wide = 0;
  const NumberError error = parse_scaled(text, size, 0, false, &wide);
  if (error != NumberError::kNone) return error;
  if (wide < std::numeric_limits<std::int32_t>::min() ||
      wide > std::numeric_limits<std::int32_t>::max()) {
    return NumberError::kOverflow;
  }
  *out = static_cast<std::int32_t>(wide);
  return NumberError::kNone;
}

std::size_t format_utc_timestamp(std::int64_t ns_since_epoch, int fraction_digits, char* out) {
  const std::int64_t ns = ns_since_epoch < 0 ? 0 : ns_since_epoch;
  const std::int64_t seconds = ns / kNsPerSecond;
  const CivilDate date = civil_date(seconds / kSecondsPerDay);
  const std::int64_t of_day = seconds % kSecondsPerDay;
  char* p = put_digits(out, date.year, 4);
  p = put_digits(p, date.month, 2);
  p = put_digits(p, date.day, 2);
  *p++ = '-';
  p = put_digits(p, of_day / 3600, 2);
  *p++ = ':';
  p = put_digits(p, of_day / 60 % 60, 2);
  *p++ = ':';
  p = put_digits(p, of_day % 60, 2);
  if (fraction_digits > 0) {
    *p++ = '.';
    std::int64_t fraction = ns % kNsPerSecond;
    for (int i = fraction_digits; i < 9; ++i) fraction /= 10;
    p = put_digits(p, fraction, fraction_digits);
  }
  return static_cast<std::size_t>(p - out);
}

bool parse_utc_timestamp(const char* text, std::size_t size, std::int64_t* ns_since_epoch) {
  constexpr std::size_t kWholeSeconds = 17;
  if (size < kWholeSeconds || size == kWholeSeconds + 1 || size > kTimestampTextMax) return false;
  if (text[8] != '-' || text[11] != ':' || text[14] != ':') return false;
  const int year = take_digits(text, 4);
  const int month = take_digits(text + 4, 2);
  const int day = take_digits(text + 6, 2);
  const int hour = take_digits(text + 9, 2);
  const int minute = take_digits(text + 12, 2);
  const int second = take_digits(text + 15, 2);
  if (year < 1970 || year > 2261 || month < 1 || month > 12) return false;
  if (day < 1 || day > days_in_month(year, month)) return false;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return false;
  std::int64_t fraction = 0;
  if (size > kWholeSeconds) {
    if (text[kWholeSeconds] != '.') return false;
    for (std::size_t i = 0; i < 9; ++i) {
      const std::size_t at = kWholeSeconds + 1 + i;
      if (at < size && !is_digit(text[at])) return false;
      fraction = fraction * 10 + (at < size ? text[at] - '0' : 0);
    }
  }
  std::int64_t days = days_before_year(year) + day - 1;
  for (int m = 1; m < month; ++m) days += days_in_month(year, m);
  const std::int64_t seconds = days * kSecondsPerDay + hour * 3600 + minute * 60 + second;
  *ns_since_epoch = seconds * kNsPerSecond + fraction;
  return true;
}

}  // namespace fix
}  // namespace evenkeel
