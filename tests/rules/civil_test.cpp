#include "rules/civil.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/rules/utc_times.hpp"

namespace evenkeel::rules {
namespace {

using testing::utc;

std::string text(const LocalTime& local) {
  return format_day(local.day) + " " + format_clock(local.of_day);
}

static_assert(day_number(1970, 1, 1) == 0);
static_assert(day_number(2000, 3, 1) == 11'017);
static_assert(civil_date(-1) == CivilDate{1969, 12, 31});
static_assert(weekday_of(day_number(2026, 11, 24)) == Weekday::kTuesday);
static_assert(easter_sunday(2024) == day_number(2024, 3, 31));

/// Every day of the years 1 to 9999, counted by hand.
TEST(Civil, DaysFollowEachOther) {
  CivilDate date{1, 1, 1};
  DayNumber day = day_number(date);
  EXPECT_EQ(day, -719'162);
  Weekday weekday = Weekday::kMonday;  // 0001-01-01 was a Monday
  for (; date.year <= 9999; ++day) {
    ASSERT_EQ(day_number(date), day);
    ASSERT_EQ(civil_date(day), date);
    ASSERT_EQ(weekday_of(day), weekday);
    weekday = weekday == Weekday::kSunday
                  ? Weekday::kMonday
                  : static_cast<Weekday>(static_cast<std::uint8_t>(weekday) + 1);
    if (date.day++ < days_in_month(date.year, date.month)) continue;
    date.day = 1;
    if (date.month++ < 12) continue;
    date.month = 1;
    ++date.year;
  }
  EXPECT_EQ(day, day_number(9999, 12, 31) + 1);
}

TEST(Civil, LeapYearsAndValidity) {
  EXPECT_TRUE(is_leap_year(2000) && is_leap_year(2024) && !is_leap_year(2100));
  EXPECT_FALSE(is_leap_year(2026));
  EXPECT_TRUE(is_valid({2024, 2, 29}));
  EXPECT_FALSE(is_valid({2026, 2, 29}));
  EXPECT_FALSE(is_valid({2026, 4, 31}));
  EXPECT_FALSE(is_valid({2026, 13, 1}));
  EXPECT_FALSE(is_valid({0, 1, 1}));
  EXPECT_FALSE(is_valid({2026, 1, 0}));
}

TEST(Civil, AddingMonthsStopsAtTheEndOfAShorterOne) {
  EXPECT_EQ(add_months({2024, 1, 31}, 1), (CivilDate{2024, 2, 29}));
  EXPECT_EQ(add_months({2026, 1, 31}, 1), (CivilDate{2026, 2, 28}));
  EXPECT_EQ(add_months({2026, 11, 30}, 3), (CivilDate{2027, 2, 28}));
  EXPECT_EQ(add_months({2026, 3, 15}, -3), (CivilDate{2025, 12, 15}));
  EXPECT_EQ(add_months({2026, 3, 15}, -27), (CivilDate{2023, 12, 15}));
}

TEST(Civil, WeekdaysOfAMonth) {
  EXPECT_EQ(nth_weekday(2026, 11, Weekday::kThursday, 4), day_number(2026, 11, 26));
  EXPECT_EQ(nth_weekday(2026, 6, Weekday::kFriday, 3), day_number(2026, 6, 19));
  EXPECT_EQ(nth_weekday(2026, 3, Weekday::kSunday, 5), day_number(2026, 3, 29));
  EXPECT_EQ(nth_weekday(2026, 2, Weekday::kSunday, 5), std::nullopt);
  EXPECT_EQ(nth_weekday(2026, 2, Weekday::kSunday, 0), std::nullopt);
  EXPECT_EQ(last_weekday(2026, 5, Weekday::kMonday), day_number(2026, 5, 25));
  EXPECT_EQ(weekday_from(day_number(2026, 11, 24), Weekday::kTuesday), day_number(2026, 11, 24));
  EXPECT_EQ(weekday_until(day_number(2026, 11, 24), Weekday::kWednesday), day_number(2026, 11, 18));
}

/// From tables in almanacs, the earliest and latest possible dates among them.
TEST(Civil, Easter) {
  const char* const kSundays[] = {
      "1818-03-22", "1943-04-25", "1954-04-18", "1961-04-02", "1981-04-19", "2000-04-23",
      "2008-03-23", "2010-04-04", "2011-04-24", "2016-03-27", "2019-04-21", "2024-03-31",
      "2025-04-20", "2026-04-05", "2027-03-28", "2038-04-25", "2049-04-18", "2285-03-22"};
  for (const char* sunday : kSundays) {
    const DayNumber day = *parse_day(sunday);
    EXPECT_EQ(easter_sunday(civil_date(day).year), day) << sunday;
    EXPECT_EQ(weekday_of(day), Weekday::kSunday);
  }
}

TEST(Civil, TextOfDays) {
  EXPECT_EQ(format_day(day_number(2026, 1, 9)), "2026-01-09");
  EXPECT_EQ(format_day(day_number(987, 6, 5)), "0987-06-05");
  EXPECT_EQ(parse_day("2026-02-28"), day_number(2026, 2, 28));
  for (const char* bad : {"", "2026-02-29", "2026-2-28", "2026/02/28", "20260228", "2026-02-2x",
                          "+026-02-28", "2026-02-28 ", "0000-01-01"})
    EXPECT_EQ(parse_day(bad), std::nullopt) << bad;
  EXPECT_EQ(to_yyyymmdd(day_number(2026, 12, 18)), 20261218);
  EXPECT_EQ(from_yyyymmdd(20261218), day_number(2026, 12, 18));
  EXPECT_EQ(from_yyyymmdd(20261232), std::nullopt);
  EXPECT_EQ(from_yyyymmdd(-20261218), std::nullopt);
  EXPECT_EQ(from_yyyymmdd(0), std::nullopt);
}

TEST(Civil, TextOfClocks) {
  EXPECT_EQ(parse_clock("15:30"), 15 * kHour + 30 * kMinute);
  EXPECT_EQ(parse_clock("00:00:01"), kSecond);
  EXPECT_EQ(parse_clock("24:00"), kCalendarDay);
  for (const char* bad :
       {"", "9:30", "24:01", "12:60", "12:00:60", "12-00", "ab:cd", "12:0", "12:00:", "-1:00"})
    EXPECT_EQ(parse_clock(bad), std::nullopt) << bad;
  for (const char* clock : {"00:00", "09:30", "23:59:59", "24:00"})
    EXPECT_EQ(format_clock(*parse_clock(clock)), clock);
}

TEST(Civil, NamesThereAndBack) {
  for (int i = 0; i < 7; ++i) {
    const auto weekday = static_cast<Weekday>(i);
    EXPECT_EQ(weekday_by_name(weekday_name(weekday)), weekday);
  }
  for (int month = 1; month <= 12; ++month) EXPECT_EQ(month_by_name(month_name(month)), month);
  EXPECT_EQ(weekday_by_name("Monday"), std::nullopt);
  EXPECT_EQ(month_by_name("marhc"), std::nullopt);
  for (const Zone zone :
       {Zone::kUtc, Zone::kNewYork, Zone::kChicago, Zone::kLondon, Zone::kBerlin, Zone::kTokyo})
    EXPECT_EQ(zone_by_name(zone_name(zone)), zone);
  EXPECT_EQ(zone_by_name("Europe/Paris"), Zone::kBerlin);
  EXPECT_EQ(zone_by_name("America/Sao_Paulo"), std::nullopt);
}

/// The changes as governments announced them.
TEST(Zones, LocalTimeAroundTheChanges) {
  struct Row {
    const char* zone;
    const char* day;
    const char* clock;
    const char* local;
  };
  constexpr Row kRows[] = {
      {"America/New_York", "2026-03-08", "06:59:59", "2026-03-08 01:59:59"},
      {"America/New_York", "2026-03-08", "07:00", "2026-03-08 03:00"},
      {"America/New_York", "2026-11-01", "05:59:59", "2026-11-01 01:59:59"},
      {"America/New_York", "2026-11-01", "06:00", "2026-11-01 01:00"},
      {"America/New_York", "2006-04-02", "06:59:59", "2006-04-02 01:59:59"},
      {"America/New_York", "2006-04-02", "07:00", "2006-04-02 03:00"},
      {"America/New_York", "2006-10-29", "06:00", "2006-10-29 01:00"},
      {"America/New_York", "2007-03-11", "07:00", "2007-03-11 03:00"},
      {"America/New_York", "2007-11-04", "06:00", "2007-11-04 01:00"},
      {"America/Chicago", "2026-03-08", "08:00", "2026-03-08 03:00"},
      {"America/Chicago", "2026-11-01", "07:00", "2026-11-01 01:00"},
      {"America/Chicago", "2026-07-01", "00:00", "2026-06-30 19:00"},
      {"Europe/London", "2026-03-29", "00:59:59", "2026-03-29 00:59:59"},
      {"Europe/London", "2026-03-29", "01:00", "2026-03-29 02:00"},
      {"Europe/London", "2026-10-25", "01:00", "2026-10-25 01:00"},
      {"Europe/Berlin", "2026-03-29", "00:59:59", "2026-03-29 01:59:59"},
      {"Europe/Berlin", "2026-03-29", "01:00", "2026-03-29 03:00"},
      {"Europe/Berlin", "2026-10-25", "00:59:59", "2026-10-25 02:59:59"},
      {"Europe/Berlin", "2026-10-25", "01:00", "2026-10-25 02:00"},
      {"Asia/Tokyo", "2026-07-01", "16:00", "2026-07-02 01:00"},
      {"UTC", "2026-07-01", "16:00", "2026-07-01 16:00"},
  };
  for (const Row& row : kRows) {
    const auto local = to_local(*zone_by_name(row.zone), utc(row.day, row.clock));
    ASSERT_TRUE(local.has_value());
    EXPECT_EQ(text(*local), row.local) << row.zone << " " << row.day << " " << row.clock;
  }
}

TEST(Zones, SkippedAndRepeatedHours) {
  struct Row {
    const char* zone;
    const char* day;
    const char* clock;
    Instants::Kind kind;
    const char* first;
    const char* second;
  };
  constexpr Row kRows[] = {
      {"America/New_York", "2026-03-08", "02:30", Instants::Kind::kSkipped, "07:30", "07:30"},
      {"America/New_York", "2026-03-08", "03:00", Instants::Kind::kOnce, "07:00", "07:00"},
      {"America/New_York", "2026-11-01", "00:59", Instants::Kind::kOnce, "04:59", "04:59"},
      {"America/New_York", "2026-11-01", "01:30", Instants::Kind::kTwice, "05:30", "06:30"},
      {"America/New_York", "2026-11-01", "02:00", Instants::Kind::kOnce, "07:00", "07:00"},
      {"Europe/Berlin", "2026-03-29", "02:00", Instants::Kind::kSkipped, "01:00", "01:00"},
      {"Europe/Berlin", "2026-10-25", "02:00", Instants::Kind::kTwice, "00:00", "01:00"},
      {"Europe/London", "2026-03-29", "01:59:59", Instants::Kind::kSkipped, "01:59:59", "01:59:59"},
      {"Europe/London", "2026-10-25", "01:00", Instants::Kind::kTwice, "00:00", "01:00"},
      {"Asia/Tokyo", "2026-03-08", "12:30", Instants::Kind::kOnce, "03:30", "03:30"},
  };
  for (const Row& row : kRows) {
    const auto instants =
        instants_of(*zone_by_name(row.zone), {*parse_day(row.day), *parse_clock(row.clock)});
    ASSERT_TRUE(instants.has_value());
    EXPECT_EQ(instants->kind, row.kind) << row.zone << " " << row.day << " " << row.clock;
    EXPECT_EQ(instants->first, utc(row.day, row.first)) << row.zone << " " << row.clock;
    EXPECT_EQ(instants->second, utc(row.day, row.second)) << row.zone << " " << row.clock;
  }
}

/// Every half hour of every covered year goes to local time and back; there the wall clock only
/// moves on, or back by one hour once a year.
TEST(Zones, ThereAndBack) {
  for (const Zone zone :
       {Zone::kUtc, Zone::kNewYork, Zone::kChicago, Zone::kLondon, Zone::kBerlin, Zone::kTokyo}) {
    const TimeNs begin = utc("1996-01-02", "00:00"), end = utc("2099-12-30", "00:00");
    int moved_back = 0, moved_ahead = 0;
    TimeNs wall_before = 0;
    for (TimeNs time = begin; time < end; time += kHour / 2) {
      const auto local = to_local(zone, time);
      ASSERT_TRUE(local.has_value());
      ASSERT_TRUE(local->of_day >= 0 && local->of_day < kCalendarDay);
      const auto back = instants_of(zone, *local);
      ASSERT_TRUE(back.has_value());
      ASSERT_TRUE(back->kind != Instants::Kind::kSkipped);
      ASSERT_TRUE(back->first == time || back->second == time);
      const TimeNs wall = local->day * kCalendarDay + local->of_day;
      if (time > begin && wall < wall_before) ++moved_back;
      if (time > begin && wall > wall_before + kHour / 2) ++moved_ahead;
      wall_before = wall;
    }
    const int changes = zone == Zone::kUtc || zone == Zone::kTokyo ? 0 : 104;
    EXPECT_EQ(moved_back, changes) << zone_name(zone);
    EXPECT_EQ(moved_ahead, changes) << zone_name(zone);
  }
}

TEST(Zones, RefuseOtherYears) {
  EXPECT_EQ(to_local(Zone::kUtc, utc("1995-12-31", "24:00") - 1), std::nullopt);
  EXPECT_EQ(to_local(Zone::kBerlin, utc("2100-01-01", "00:00")), std::nullopt);
  EXPECT_EQ(to_local(Zone::kBerlin, INT64_MIN), std::nullopt);
  EXPECT_EQ(to_local(Zone::kBerlin, INT64_MAX), std::nullopt);
  EXPECT_EQ(to_utc(Zone::kBerlin, {day_number(1995, 12, 31), 0}), std::nullopt);
  EXPECT_EQ(to_utc(Zone::kBerlin, {day_number(2100, 1, 1), 0}), std::nullopt);
  EXPECT_EQ(to_utc(Zone::kBerlin, {day_number(2026, 1, 1), -1}), std::nullopt);
  EXPECT_EQ(to_utc(Zone::kBerlin, {day_number(2026, 1, 1), kCalendarDay + 1}), std::nullopt);
  EXPECT_EQ(to_utc(Zone::kBerlin, {day_number(2026, 1, 1), kCalendarDay}),
            utc("2026-01-01", "23:00"));
}

}  // namespace
}  // namespace evenkeel::rules
