// Civil dates and the clocks of the places where markets are, in whole numbers: dates from and to
// days since the epoch, weekdays, months, Easter, and local time by daylight-saving rules written
// down here. Never reads a clock, the environment or a time-zone database, and refuses years that
// its rules do not cover.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace evenkeel::rules {

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
using DayNumber = std::int32_t;

enum class Weekday : std::uint8_t {
  kMonday = 0,
  kTuesday,
  kWednesday,
  kThursday,
  kFriday,
  kSaturday,
  kSunday,
};

struct CivilDate {
  std::int32_t year = 1970;
  std::int32_t month = 1;  // 1..12
  std::int32_t day = 1;    // 1..31
  friend constexpr bool operator==(const CivilDate&, const CivilDate&) = default;
};

// --- Dates -----------------------------------------------------------------------------------

constexpr bool is_leap_year(std::int32_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/// Precondition: month 1..12.
constexpr std::int32_t days_in_month(std::int32_t year, std::int32_t month) {
  if (month == 2) return is_leap_year(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/// A date that exists, of the years 1 to 9999.
constexpr bool is_valid(CivilDate date) {
  return date.year >= 1 && date.year <= 9999 && date.month >= 1 && date.month <= 12 &&
         date.day >= 1 && date.day <= days_in_month(date.year, date.month);
}

/// Counts in years that begin in March, so that the leap day is the last of its year (the method
/// of Howard Hinnant's "chrono-compatible low-level date algorithms"). Precondition: a valid date.
constexpr DayNumber day_number(CivilDate date) {
  const std::int32_t year = date.month > 2 ? date.year : date.year - 1;
  const std::int32_t month = date.month > 2 ? date.month - 3 : date.month + 9;  // March is 0
  const std::int32_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
  return 365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719'468;
}
constexpr DayNumber day_number(std::int32_t year, std::int32_t month, std::int32_t day) {
  return day_number(CivilDate{year, month, day});
}

/// The reverse. Precondition: a day of the years 1 to 9999.
constexpr CivilDate civil_date(DayNumber day) {
  const std::int32_t from_year_0 = day + 719'468;  // days since 0000-03-01
  const std::int32_t era = from_year_0 / 146'097, of_era = from_year_0 % 146'097;
  const std::int32_t year_of_era =
      (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
  const std::int32_t day_of_year =
      of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int32_t month = (5 * day_of_year + 2) / 153;  // March is 0
  const std::int32_t year = era * 400 + year_of_era + (month >= 10 ? 1 : 0);
  return {year, month < 10 ? month + 3 : month - 9, day_of_year - (153 * month + 2) / 5 + 1};
}

constexpr Weekday weekday_of(DayNumber day) {
  const std::int32_t since_monday = (day + 3) % 7;  // the epoch was a Thursday
  return static_cast<Weekday>(since_monday < 0 ? since_monday + 7 : since_monday);
}
constexpr bool is_weekend(DayNumber day) { return weekday_of(day) >= Weekday::kSaturday; }

/// The same day of another month, or that month's last day when it is shorter.
/// Precondition: the result is of the years 1 to 9999.
constexpr CivilDate add_months(CivilDate date, std::int32_t months) {
  const std::int32_t count = date.year * 12 + date.month - 1 + months;
  const CivilDate first{count / 12, count % 12 + 1, 1};
  const std::int32_t length = days_in_month(first.year, first.month);
  return {first.year, first.month, date.day < length ? date.day : length};
}

constexpr DayNumber first_of_month(std::int32_t year, std::int32_t month) {
  return day_number(year, month, 1);
}
constexpr DayNumber last_of_month(std::int32_t year, std::int32_t month) {
  return day_number(year, month, days_in_month(year, month));
}

/// That weekday on `day` or next after it; and on it or last before it.
constexpr DayNumber weekday_from(DayNumber day, Weekday weekday) {
  const std::int32_t ahead =
      static_cast<std::int32_t>(weekday) - static_cast<std::int32_t>(weekday_of(day));
  return day + (ahead < 0 ? ahead + 7 : ahead);
}
constexpr DayNumber weekday_until(DayNumber day, Weekday weekday) {
  return weekday_from(day - 6, weekday);
}

/// "The second Sunday in March". Nothing when the month has no such day; n from 1.
constexpr std::optional<DayNumber> nth_weekday(std::int32_t year, std::int32_t month,
                                               Weekday weekday, std::int32_t n) {
  const DayNumber day = weekday_from(first_of_month(year, month), weekday) + 7 * (n - 1);
  if (n < 1 || day > last_of_month(year, month)) return std::nullopt;
  return day;
}
constexpr DayNumber last_weekday(std::int32_t year, std::int32_t month, Weekday weekday) {
  return weekday_until(last_of_month(year, month), weekday);
}

/// Easter Sunday of the Gregorian calendar, by the algorithm that "A New York correspondent" sent
/// to Nature in 1876, as Butcher and Meeus ("Astronomical Algorithms", chapter 8) give it.
/// Precondition: year from 1583.
constexpr DayNumber easter_sunday(std::int32_t year) {
  const std::int32_t golden = year % 19, century = year / 100, of_century = year % 100;
  const std::int32_t moon_shift = (century - (century + 8) / 25 + 1) / 3;
  const std::int32_t epact = (19 * golden + century - century / 4 - moon_shift + 15) % 30;
  const std::int32_t to_sunday =
      (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4) % 7;
  const std::int32_t correction = (golden + 11 * epact + 22 * to_sunday) / 451;
  const std::int32_t from_march = epact + to_sunday - 7 * correction + 114;
  return day_number(year, from_march / 31, from_march % 31 + 1);
}

/// 20261218, as configuration and instruments hold dates.
constexpr std::int32_t to_yyyymmdd(DayNumber day) {
  const CivilDate date = civil_date(day);
  return date.year * 10'000 + date.month * 100 + date.day;
}
/// Nothing when there is no such date.
constexpr std::optional<DayNumber> from_yyyymmdd(std::int32_t yyyymmdd) {
  const CivilDate date{yyyymmdd / 10'000, yyyymmdd / 100 % 100, yyyymmdd % 100};
  if (yyyymmdd < 0 || !is_valid(date)) return std::nullopt;
  return day_number(date);
}

/// "2026-12-18".
std::string format_day(DayNumber day);
/// Nothing unless it is exactly such a date, and exists.
std::optional<DayNumber> parse_day(std::string_view text);

/// "monday".
std::string_view weekday_name(Weekday weekday);
std::optional<Weekday> weekday_by_name(std::string_view name);
/// "january"; month 1..12.
std::string_view month_name(std::int32_t month);
std::optional<std::int32_t> month_by_name(std::string_view name);

// --- Local time ------------------------------------------------------------------------------

enum class Zone : std::uint8_t {
  kUtc = 0,
  kNewYork,
  kChicago,
  kLondon,
  kBerlin,  // and all who keep central European time
  kTokyo,
};

/// The years whose rules are written down: 1996 is the first of the common European rule; from 2027
/// on it is the law as it stood in 2026.
inline constexpr std::int32_t kZoneFirstYear = 1996;
inline constexpr std::int32_t kZoneLastYear = 2099;

/// "America/New_York".
std::string_view zone_name(Zone zone);
/// By the IANA name; some places that keep the same time are known as well ("Europe/Paris").
std::optional<Zone> zone_by_name(std::string_view name);

/// What clock and calendar on the wall say.
struct LocalTime {
  DayNumber day = 0;
  DurationNs of_day = 0;  // since midnight by the wall clock, 0 up to 24 hours
  friend constexpr bool operator==(const LocalTime&, const LocalTime&) = default;
};

/// Nothing outside the years above (of UTC).
std::optional<LocalTime> to_local(Zone zone, TimeNs time);

/// When the wall clock shows something. In the hour that is skipped in spring it never does: the
/// answer is what the clock would have reached had it not been moved (02:30 becomes 03:30 summer
/// time). In the hour that is repeated in autumn it does twice: `first`, in summer time, is the
/// answer where one is needed, and `second` is an hour later.
struct Instants {
  enum class Kind : std::uint8_t { kOnce = 0, kSkipped, kTwice };
  Kind kind = Kind::kOnce;
  TimeNs first = 0;
  TimeNs second = 0;  // the same as `first` unless kTwice
};
/// Nothing outside the years above (local). `of_day` may be 24 hours: the midnight that ends it.
std::optional<Instants> instants_of(Zone zone, LocalTime local);
/// `instants_of(...)->first`.
std::optional<TimeNs> to_utc(Zone zone, LocalTime local);

/// "15:30" or "15:30:05", up to "24:00".
std::optional<DurationNs> parse_clock(std::string_view text);
/// The same back. Precondition: whole seconds within a day.
std::string format_clock(DurationNs of_day);

}  // namespace evenkeel::rules
