#include "rules/civil.hpp"

#include <array>

#include "absl/strings/str_cat.h"

namespace evenkeel::rules {
namespace {

constexpr std::array<std::string_view, 7> kWeekdays = {
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
constexpr std::array<std::string_view, 12> kMonths = {
    "january", "february", "march",     "april",   "may",      "june",
    "july",    "august",   "september", "october", "november", "december"};

/// Two digits at a place, or -1.
constexpr std::int32_t two_digits(std::string_view text, std::size_t at) {
  if (at + 2 > text.size()) return -1;
  std::int32_t value = 0;
  for (const char c : text.substr(at, 2)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::string padded(std::int32_t value) { return absl::StrCat(absl::Dec(value, absl::kZeroPad2)); }

// --- Daylight saving -------------------------------------------------------------------------

/// "The second Sunday in March at 02:00", on the clock that the rule is written in.
struct ChangeDay {
  std::int32_t month;
  std::int32_t n;  // of the month; 0: the last
};

/// Summer time within one year, for a range of years. The change is at `at` on the local clock
/// that it is then (standard in spring, summer in autumn), or of UTC.
struct SummerRule {
  std::int32_t first_year, last_year;
  ChangeDay begins, ends;
  bool by_utc;
  DurationNs at;
};

/// United States: Uniform Time Act as amended in 1986, and the Energy Policy Act of 2005.
constexpr std::array<SummerRule, 2> kAmerican = {{
    {kZoneFirstYear, 2006, {4, 1}, {10, 0}, false, 2 * kHour},
    {2007, kZoneLastYear, {3, 2}, {11, 1}, false, 2 * kHour},
}};
/// European Union: directives 97/44/EC and 2000/84/EC; the United Kingdom has kept the same.
constexpr std::array<SummerRule, 1> kEuropean = {{
    {kZoneFirstYear, kZoneLastYear, {3, 0}, {10, 0}, true, 1 * kHour},
}};

struct ZoneRule {
  Zone zone;
  std::string_view name;
  DurationNs standard;  // ahead of UTC
  const SummerRule* summer;
  std::size_t summer_count;
};

constexpr std::array<ZoneRule, 6> kZones = {{
    {Zone::kUtc, "UTC", 0, nullptr, 0},
    {Zone::kNewYork, "America/New_York", -5 * kHour, kAmerican.data(), kAmerican.size()},
    {Zone::kChicago, "America/Chicago", -6 * kHour, kAmerican.data(), kAmerican.size()},
    {Zone::kLondon, "Europe/London", 0, kEuropean.data(), kEuropean.size()},
    {Zone::kBerlin, "Europe/Berlin", 1 * kHour, kEuropean.data(), kEuropean.size()},
    {Zone::kTokyo, "Asia/Tokyo", 9 * kHour, nullptr, 0},
}};

struct ZoneAlias {
  std::string_view name;
  Zone zone;
};
constexpr std::array<ZoneAlias, 12> kAliases = {{
    {"Etc/UTC", Zone::kUtc},
    {"US/Eastern", Zone::kNewYork},
    {"US/Central", Zone::kChicago},
    {"Europe/Amsterdam", Zone::kBerlin},
    {"Europe/Brussels", Zone::kBerlin},
    {"Europe/Frankfurt", Zone::kBerlin},
    {"Europe/Madrid", Zone::kBerlin},
    {"Europe/Milan", Zone::kBerlin},
    {"Europe/Paris", Zone::kBerlin},
    {"Europe/Rome", Zone::kBerlin},
    {"Europe/Vienna", Zone::kBerlin},
    {"Europe/Zurich", Zone::kBerlin},
}};

const ZoneRule& rule_of(Zone zone) { return kZones[static_cast<std::size_t>(zone)]; }

DayNumber sunday_of(std::int32_t year, ChangeDay change) {
  if (change.n == 0) return last_weekday(year, change.month, Weekday::kSunday);
  return *nth_weekday(year, change.month, Weekday::kSunday, change.n);
}

/// Summer time of one year as instants; `begins == ends`: none.
struct Summer {
  TimeNs begins = 0, ends = 0;
};

Summer summer_of(const ZoneRule& zone, std::int32_t year) {
  for (std::size_t i = 0; i < zone.summer_count; ++i) {
    const SummerRule& rule = zone.summer[i];
    if (year < rule.first_year || year > rule.last_year) continue;
    const DurationNs standard = rule.by_utc ? 0 : zone.standard;
    const DurationNs summer = rule.by_utc ? 0 : zone.standard + kHour;
    return {sunday_of(year, rule.begins) * kCalendarDay + rule.at - standard,
            sunday_of(year, rule.ends) * kCalendarDay + rule.at - summer};
  }
  return {};
}

DayNumber day_of(TimeNs time) {
  const std::int64_t day = time / kCalendarDay;
  return static_cast<DayNumber>(time % kCalendarDay < 0 ? day - 1 : day);
}

bool covered(DayNumber day) {
  return day >= day_number(kZoneFirstYear, 1, 1) && day <= day_number(kZoneLastYear, 12, 31);
}

}  // namespace

std::string format_day(DayNumber day) {
  const CivilDate date = civil_date(day);
  return absl::StrCat(absl::Dec(date.year, absl::kZeroPad4), "-", padded(date.month), "-",
                      padded(date.day));
}

std::optional<DayNumber> parse_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const std::int32_t century = two_digits(text, 0), year = two_digits(text, 2);
  const std::int32_t month = two_digits(text, 5), day = two_digits(text, 8);
  if (century < 0 || year < 0 || month < 0 || day < 0) return std::nullopt;
  const CivilDate date{century * 100 + year, month, day};
  if (!is_valid(date)) return std::nullopt;
  return day_number(date);
}

std::string_view weekday_name(Weekday weekday) {
  return kWeekdays[static_cast<std::size_t>(weekday)];
}

std::optional<Weekday> weekday_by_name(std::string_view name) {
  for (std::size_t i = 0; i < kWeekdays.size(); ++i) {
    if (kWeekdays[i] == name) return static_cast<Weekday>(i);
  }
  return std::nullopt;
}

std::string_view month_name(std::int32_t month) {
  return kMonths[static_cast<std::size_t>(month - 1)];
}

std::optional<std::int32_t> month_by_name(std::string_view name) {
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (kMonths[i] == name) return static_cast<std::int32_t>(i + 1);
  }
  return std::nullopt;
}

std::string_view zone_name(Zone zone) { return rule_of(zone).name; }

std::optional<Zone> zone_by_name(std::string_view name) {
  for (const ZoneRule& rule : kZones) {
    if (rule.name == name) return rule.zone;
  }
  for (const ZoneAlias& alias : kAliases) {
    if (alias.name == name) return alias.zone;
  }
  return std::nullopt;
}

std::optional<LocalTime> to_local(Zone zone, TimeNs time) {
  const DayNumber utc_day = day_of(time);
  if (!covered(utc_day)) return std::nullopt;
  const ZoneRule& rule = rule_of(zone);
  // Summer time never touches the turn of a year, so the year of UTC will do.
  const Summer summer = summer_of(rule, civil_date(utc_day).year);
  const bool in_summer = time >= summer.begins && time < summer.ends;
  const TimeNs wall = time + rule.standard + (in_summer ? kHour : 0);
  const DayNumber day = day_of(wall);
  return LocalTime{day, wall - day * kCalendarDay};
}

std::optional<Instants> instants_of(Zone zone, LocalTime local) {
  if (!covered(local.day) || local.of_day < 0 || local.of_day > kCalendarDay) return std::nullopt;
  const ZoneRule& rule = rule_of(zone);
  const Summer summer = summer_of(rule, civil_date(local.day).year);
  const TimeNs by_standard = local.day * kCalendarDay + local.of_day - rule.standard;
  const TimeNs by_summer = by_standard - kHour;
  const bool summer_holds = by_summer >= summer.begins && by_summer < summer.ends;
  const bool standard_holds = by_standard < summer.begins || by_standard >= summer.ends;
  if (summer_holds && standard_holds)
    return Instants{Instants::Kind::kTwice, by_summer, by_standard};
  if (summer_holds) return Instants{Instants::Kind::kOnce, by_summer, by_summer};
  if (standard_holds) return Instants{Instants::Kind::kOnce, by_standard, by_standard};
  return Instants{Instants::Kind::kSkipped, by_standard, by_standard};
}

std::optional<TimeNs> to_utc(Zone zone, LocalTime local) {
  const std::optional<Instants> instants = instants_of(zone, local);
  if (!instants) return std::nullopt;
  return instants->first;
}

std::optional<DurationNs> parse_clock(std::string_view text) {
  const bool with_seconds = text.size() == 8 && text[5] == ':';
  if ((text.size() != 5 && !with_seconds) || text[2] != ':') return std::nullopt;
  const std::int32_t hour = two_digits(text, 0), minute = two_digits(text, 3);
  const std::int32_t second = with_seconds ? two_digits(text, 6) : 0;
  if (hour < 0 || minute < 0 || minute > 59 || second < 0 || second > 59) return std::nullopt;
  const DurationNs of_day = hour * kHour + minute * kMinute + second * kSecond;
  if (of_day > kCalendarDay) return std::nullopt;
  return of_day;
}

std::string format_clock(DurationNs of_day) {
  const auto part = [of_day](DurationNs unit, std::int64_t modulus) {
    return padded(static_cast<std::int32_t>(of_day / unit % modulus));
  };
  std::string text = absl::StrCat(part(kHour, 100), ":", part(kMinute, 60));
  if (of_day % kMinute != 0) absl::StrAppend(&text, ":", part(kSecond, 60));
  return text;
}

}  // namespace evenkeel::rules
