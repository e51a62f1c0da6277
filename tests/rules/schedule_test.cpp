#include "rules/schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/rules/heap_count.hpp"
#include "tests/rules/utc_times.hpp"

namespace evenkeel::rules {
namespace {

using testing::stamp;
using testing::utc;

const CalendarSet& calendars() {
  static const CalendarSet kSet = [] {
    // A desk that rests for a whole August, and one that never does but on one day.
    std::string text = "[calendar.rest]\nbase = 'XETR'\nclosed = [";
    for (int day = 1; day <= 31; ++day)
      text += "2027-08-" + std::string(day < 10 ? "0" : "") + std::to_string(day) + ", ";
    auto set = parse_calendars(
        text + "]\n[calendar.nearly]\nbase = 'always'\nclosed = [2027-05-01]", "c.toml");
    EXPECT_TRUE(set.ok()) << set.status();
    return *std::move(set);
  }();
  return kSet;
}

Schedule schedule(const std::string& text) {
  const absl::StatusOr<Schedule> parsed = Schedule::parse(text, calendars());
  EXPECT_TRUE(parsed.ok()) << text << ": " << parsed.status();
  return *parsed;
}
ActiveHours hours(const std::string& text) {
  const absl::StatusOr<ActiveHours> parsed = ActiveHours::parse(text, calendars());
  EXPECT_TRUE(parsed.ok()) << text << ": " << parsed.status();
  return *parsed;
}

/// What comes first after a time, and what after that.
TEST(Schedule, NextAndTheOneAfter) {
  struct Row {
    const char* text;
    const char* after;
    const char* first;
    const char* second;
  };
  constexpr Row kRows[] = {
      {"daily at 15:30 America/New_York on XNYS", "2026-11-25 20:29", "2026-11-25 20:30",
       "2026-11-27 20:30"},
      {"daily at 15:30 America/New_York", "2026-11-27 20:30", "2026-11-28 20:30",
       "2026-11-29 20:30"},
      {"daily at 02:30 America/New_York", "2026-03-07 12:00", "2026-03-08 07:30",  // skipped hour
       "2026-03-09 06:30"},
      {"daily at 01:30 America/New_York", "2026-10-31 12:00", "2026-11-01 05:30",  // not twice
       "2026-11-02 06:30"},
      {"daily 30m before the close on XNYS", "2026-11-25 20:30", "2026-11-27 17:30",
       "2026-11-30 20:30"},
      {"daily 6h before the close on XNYS", "2026-11-26 00:00", "2026-11-27 14:30",
       "2026-11-30 15:00"},
      {"daily at the open on XCME", "2026-11-22 00:00", "2026-11-22 23:00", "2026-11-23 23:00"},
      {"daily at the close on FX", "2026-11-27 21:00", "2026-11-27 22:00", "2026-11-30 22:00"},
      {"weekly on friday at 16:00 on XLON", "2026-12-18 16:00", "2026-12-29 16:00",
       "2027-01-04 16:00"},
      {"weekly on friday rolled back at 16:00 on XLON", "2026-12-18 16:00", "2026-12-24 16:00",
       "2026-12-31 16:00"},
      {"weekly on friday not rolled at 16:00 on XLON", "2026-12-18 16:00", "2027-01-08 16:00",
       "2027-01-15 16:00"},
      {"monthly on last business day 30m before the close on XNYS", "2024-03-01 00:00",
       "2024-03-28 19:30", "2024-04-30 19:30"},
      {"monthly on 1st business day at the open on XNYS", "2026-12-31 00:00", "2027-01-04 14:30",
       "2027-02-01 14:30"},
      {"monthly on 16th business day at the open on XNYS", "2001-09-01 00:00", "2001-09-28 13:30",
       "2001-10-22 13:30"},
      {"monthly on day 31 at 12:00 UTC", "2026-01-31 12:00", "2026-02-28 12:00",
       "2026-03-31 12:00"},
      {"monthly on day 31 at 12:00 UTC on XNYS", "2026-01-30 12:00", "2026-02-02 12:00",
       "2026-03-02 12:00"},
      {"monthly on day 31 rolled modified at 12:00 UTC on XNYS", "2026-01-30 00:00",
       "2026-01-30 12:00", "2026-02-27 12:00"},
      {"monthly on 3rd friday at 09:30 on XNYS", "2026-06-01 00:00", "2026-06-22 13:30",
       "2026-07-17 13:30"},
      {"monthly on 3rd friday rolled back at 09:30 on XNYS", "2026-06-01 00:00", "2026-06-18 13:30",
       "2026-07-17 13:30"},
      {"monthly on last monday at 09:00 on XLON", "2026-05-01 00:00", "2026-05-26 08:00",
       "2026-06-29 08:00"},
      {"quarterly on last business day at the close on XNYS", "2026-01-01 00:00",
       "2026-03-31 20:00", "2026-06-30 20:00"},
      {"quarterly on 1st business day at the close on XNYS", "2026-01-01 00:00", "2026-01-02 21:00",
       "2026-04-01 20:00"},
      {"quarterly on day 15 of february at 12:00 on XNYS", "2026-01-01 00:00", "2026-02-17 17:00",
       "2026-05-15 16:00"},
      {"semiannually on last day at 12:00 UTC", "2026-01-01 00:00", "2026-06-30 12:00",
       "2026-12-31 12:00"},
      {"semiannually on 2nd business day of november at 12:00 on XNYS", "2026-01-01 00:00",
       "2026-05-04 16:00", "2026-11-03 17:00"},
      {"yearly on last business day of june at 12:00 on XTKS", "2026-07-01 00:00",
       "2027-06-30 03:00", "2028-06-30 03:00"},
      {"yearly on day 29 of february at 12:00 UTC", "2026-01-01 00:00", "2026-02-28 12:00",
       "2027-02-28 12:00"},
      {"weekly on monday at 12:00 on rest", "2027-07-26 12:00", "2027-09-01 10:00",
       "2027-09-06 10:00"},
      {"monthly on day 1 at 12:00 UTC on nearly", "2027-04-02 00:00", "2027-05-02 12:00",
       "2027-06-01 12:00"},
      {"monthly on last business day at 12:00 UTC on rest", "2027-07-31 00:00", "2027-09-30 12:00",
       "2027-10-29 12:00"},
      {"yearly on last business day at 12:00 on XNYS", "2048-12-31 23:00", "2049-12-31 17:00",
       "never"},
      {"daily at 12:00 UTC", "1970-01-01 00:00", "2000-01-01 12:00", "2000-01-02 12:00"},
      {"daily at 12:00 UTC", "2150-01-01 00:00", "never", "never"},
  };
  for (const Row& row : kRows) {
    const Schedule one = schedule(row.text);
    const std::optional<TimeNs> first = one.next(utc(row.after));
    EXPECT_EQ(stamp(first), row.first) << row.text << " after " << row.after;
    if (first) {
      EXPECT_EQ(stamp(one.next(*first)), row.second) << row.text;
    }
  }
}

TEST(Schedule, WordsInFull) {
  struct Row {
    const char* text;
    const char* full;
  };
  constexpr Row kRows[] = {
      {"daily at 15:30 US/Eastern", "daily at 15:30 America/New_York on always"},
      {"daily  at 15:30  on XNYS ", "daily at 15:30 America/New_York on XNYS"},
      {"daily at 15:30 Europe/London on XNYS", "daily at 15:30 Europe/London on XNYS"},
      {"daily at the open on XCME", "daily at the open on XCME"},
      {"daily 90m before the close on XNYS", "daily 90m before the close on XNYS"},
      {"daily 0s after the open on XNYS", "daily at the open on XNYS"},
      {"weekly on friday at 16:00 on XLON",
       "weekly on friday rolled forward at 16:00 Europe/London on XLON"},
      {"monthly on last business day 2h before the close on XNYS",
       "monthly on last business day 2h before the close on XNYS"},
      {"monthly on day 15 rolled modified at 09:00:30 on XETR",
       "monthly on day 15 rolled modified at 09:00:30 Europe/Berlin on XETR"},
      {"monthly on last day not rolled at the close on XETR",
       "monthly on last day not rolled at the close on XETR"},
      {"quarterly on 3rd friday at 12:00 UTC",
       "quarterly on 3rd friday of january at 12:00 UTC on always"},
      {"quarterly on last friday of november at 12:00 UTC",
       "quarterly on last friday of february at 12:00 UTC on always"},
      {"yearly on 2nd business day of march at 12:00 on XNYS",
       "yearly on 2nd business day of march at 12:00 America/New_York on XNYS"},
  };
  for (const Row& row : kRows) {
    const Schedule one = schedule(row.text);
    EXPECT_EQ(one.text(), row.full);
    EXPECT_EQ(schedule(one.text()), one) << row.full;
  }
}

TEST(Schedule, BadWordsAreNamed) {
  struct Row {
    const char* text;
    const char* message;
  };
  constexpr Row kRows[] = {
      {"", "ends where it needs daily, weekly, monthly, quarterly, semiannually or yearly"},
      {"dayly at 15:30 UTC",
       "'dayly' (did you mean 'daily'?) where it needs daily, weekly, monthly, quarterly, "
       "semiannually or yearly"},
      {"daily", "ends where it needs a time like '15:30', 'the close' or '30m before the close'"},
      {"daily at", "ends where it needs a time of day like '15:30', or 'the close'"},
      {"daily at noon UTC", "'noon' where it needs a time of day like '15:30', or 'the close'"},
      {"daily 15:30 UTC", "'15:30' where it needs 'at'"},
      {"daily at 24:00 UTC", "'24:00' where it needs a time before 24:00"},
      {"daily at 25:00 UTC", "'25:00' where it needs a time of day like '15:30', or 'the close'"},
      {"daily at 15:30", "a time needs a time zone or a calendar, as in '15:30 America/New_York'"},
      {"daily at 15:30 America/NewYork",
       "'America/NewYork' (did you mean 'America/New_York'?) where it needs a time zone that is "
       "known, like 'America/New_York'"},
      {"daily at 15:30 on XNSY",
       "'XNSY' (did you mean 'XNYS'?) where it needs the name of a calendar"},
      {"daily at 15:30 on", "ends where it needs the name of a calendar"},
      {"daily at 15:30 UTC on XNYS please", "'please' where it needs nothing more"},
      {"daily on friday at 15:30 UTC", "'daily' takes no day; the calendar comes last"},
      {"daily at the close", "open and close need a calendar with sessions, as in 'on XNYS'"},
      {"daily at the clsoe on XNYS", "'clsoe' where it needs 'open' or 'close'"},
      {"daily 30m before the open on XNYS", "'open' where it needs 'the close'"},
      {"daily 30 before the close on XNYS",
       "'30' where it needs a time like '15:30', 'the close' or '30m before the close'"},
      {"daily 3d before the close on XNYS",
       "'3d' where it needs a time like '15:30', 'the close' or '30m before the close'"},
      {"daily 5ms before the close on XNYS",
       "'5ms' where it needs a time like '15:30', 'the close' or '30m before the close'"},
      {"weekly at 15:30 UTC", "'at' where it needs 'on' and a day, as in 'weekly on friday'"},
      {"weekly on fryday at 15:30 UTC",
       "'fryday' (did you mean 'friday'?) where it needs a day of the week"},
      {"monthly at 15:30 UTC",
       "'at' where it needs 'on' and a day, as in 'monthly on last business day'"},
      {"monthly on day 32 at 15:30 UTC", "'32' where it needs a day from 1 to 31"},
      {"monthly on 3th business day at 15:30 on XNYS",
       "'3th' where it needs 'day 15', 'last day', '1st business day', 'last business day', '3rd "
       "friday'"},
      {"monthly on 24th business day at 15:30 on XNYS", "no month has more than 23 business days"},
      {"monthly on 5th friday at 15:30 on XNYS", "not every month has a 5th; write 'last'"},
      {"monthly on last business at 15:30 on XNYS", "'at' where it needs 'day'"},
      {"monthly on last business day at 15:30 UTC",
       "a business day needs a calendar with days off, as in 'on XNYS'"},
      {"monthly on last business day rolled back at 15:30 on XNYS", "a business day is not rolled"},
      {"monthly on day 15 rolled at 15:30 on XNYS",
       "'at' where it needs forward, back or modified"},
      {"monthly on day 15 rolled back at 15:30 UTC",
       "nothing is rolled without a calendar that has days off"},
      {"weekly on friday rolled modified at 15:30 on XNYS",
       "'rolled modified' is for months; a week is rolled forward or back"},
      {"monthly on day 15 of march at 15:30 on XNYS",
       "'of' a month is for quarterly, semiannually and yearly"},
      {"yearly on day 15 of marhc at 15:30 on XNYS",
       "'marhc' (did you mean 'march'?) where it needs a month"},
  };
  for (const Row& row : kRows) {
    const absl::StatusOr<Schedule> parsed = Schedule::parse(row.text, calendars());
    EXPECT_EQ(parsed.ok() ? "" : std::string(parsed.status().message()), row.message) << row.text;
  }
}

// --- Against a slow reference ----------------------------------------------------------------

/// A schedule in the test's own terms.
struct Wanted {
  int months = 0;    // apart; 0: a week, -1: a day
  std::string kind;  // "nth", "last", "day", "last day", "weekday"
  int n = 0;
  Weekday weekday = Weekday::kMonday;
  int month = 1;
  std::string roll;
};

/// The day that a month's words name, by walking through the month.
std::optional<DayNumber> walk_month(const Wanted& wanted, const ExchangeCalendar& calendar,
                                    int year, int month) {
  std::optional<DayNumber> found;
  int sessions = 0, weekdays = 0;
  for (int day = 1; day <= days_in_month(year, month); ++day) {
    const DayNumber date = day_number(year, month, day);
    const bool session = calendar.is_session(date), weekday = weekday_of(date) == wanted.weekday;
    if (wanted.kind == "nth" && session && sessions++ < wanted.n) found = date;
    if (wanted.kind == "last" && session) found = date;
    if (wanted.kind == "day" && day <= wanted.n) found = date;
    if (wanted.kind == "last day") found = date;
    if (wanted.kind == "weekday" && weekday && weekdays++ < wanted.n) found = date;
  }
  return found;
}

std::optional<DayNumber> walk_to_session(const std::string& roll, const ExchangeCalendar& calendar,
                                         DayNumber from) {
  const auto walk = [&](int step) -> std::optional<DayNumber> {
    for (DayNumber day = from; ExchangeCalendar::covers(day); day += step) {
      if (calendar.is_session(day)) return day;
    }
    return std::nullopt;
  };
  if (calendar.is_session(from)) return from;
  if (roll == "not rolled") return std::nullopt;
  if (roll == "rolled back") return walk(-1);
  const std::optional<DayNumber> ahead = walk(1);
  if (roll == "rolled modified" && (!ahead || civil_date(*ahead).month != civil_date(from).month))
    return walk(-1);
  return ahead;
}

/// Every day on which it is due, in order.
std::vector<DayNumber> walk_all(const Wanted& wanted, const ExchangeCalendar& calendar) {
  std::vector<DayNumber> days;
  for (DayNumber day = ExchangeCalendar::first_day(); day <= ExchangeCalendar::last_day(); ++day) {
    const CivilDate date = civil_date(day);
    std::optional<DayNumber> due;
    if (wanted.months < 0) {
      if (calendar.is_session(day)) due = day;
    } else if (wanted.months == 0) {
      if (weekday_of(day) == wanted.weekday) due = walk_to_session(wanted.roll, calendar, day);
    } else if (date.day == 1 && (date.month - wanted.month) % wanted.months == 0) {
      due = walk_month(wanted, calendar, date.year, date.month);
      if (due) due = walk_to_session(wanted.roll, calendar, *due);
    }
    if (due) days.push_back(*due);
  }
  std::sort(days.begin(), days.end());
  days.erase(std::unique(days.begin(), days.end()), days.end());
  return days;
}

/// Deterministic numbers (an LCG with Knuth's constants).
struct Dice {
  std::uint64_t state = 0;
  std::int64_t below(std::int64_t n) {
    state = state * 6'364'136'223'846'793'005ull + 1'442'695'040'888'963'407ull;
    return static_cast<std::int64_t>((state >> 33) % static_cast<std::uint64_t>(n));
  }
};

struct Drawn {
  Wanted wanted;
  std::string text;
  std::string calendar;
};

Drawn draw(Dice& dice) {
  constexpr const char* kCalendars[] = {"XNYS", "XCME", "XLON", "XETR", "XTKS", "FX", "rest"};
  constexpr const char* kRolls[] = {"rolled forward", "rolled back", "not rolled",
                                    "rolled modified"};
  constexpr const char* kNames[] = {"monthly", "quarterly", "semiannually", "yearly"};
  constexpr const char* kOrdinals[] = {"", "1st", "2nd", "3rd", "4th"};
  constexpr int kMonths[] = {1, 3, 6, 12};
  Drawn drawn;
  Wanted& wanted = drawn.wanted;
  drawn.calendar = kCalendars[dice.below(7)];
  wanted.weekday = static_cast<Weekday>(dice.below(7));
  const std::string weekday(weekday_name(wanted.weekday));
  const std::int64_t frequency = dice.below(6);
  if (frequency == 0) {
    wanted.months = -1;
    drawn.text = "daily";
    return drawn;
  }
  if (frequency == 1) {
    wanted.roll = kRolls[dice.below(3)];
    drawn.text = "weekly on " + weekday + " " + wanted.roll;
    return drawn;
  }
  wanted.months = kMonths[frequency - 2];
  wanted.month = static_cast<int>(1 + dice.below(wanted.months));
  drawn.text = kNames[frequency - 2] + std::string(" on ");
  switch (dice.below(5)) {
    case 0:
      wanted.kind = "nth";
      wanted.n = static_cast<int>(4 + dice.below(17));
      drawn.text += std::to_string(wanted.n) + "th business day";
      break;
    case 2:
      wanted.kind = "day";
      wanted.n = static_cast<int>(1 + dice.below(31));
      drawn.text += "day " + std::to_string(wanted.n);
      break;
    case 3:
      wanted.kind = "last day";
      drawn.text += "last day";
      break;
    default:
      wanted.kind = "weekday";
      wanted.n = static_cast<int>(1 + dice.below(4));
      drawn.text += std::string(kOrdinals[wanted.n]) + " " + weekday;
  }
  if (wanted.months > 1) drawn.text += " of " + std::string(month_name(wanted.month));
  if (wanted.kind != "nth" && wanted.kind != "last") {
    wanted.roll = kRolls[dice.below(4)];
    drawn.text += " " + wanted.roll;
  }
  return drawn;
}

/// Random schedules: what `next` walks through is the walked list, nothing skipped, nothing twice;
/// and from random times it finds the first later one.
TEST(Schedule, AgreesWithADayByDayWalk) {
  Dice dice{20261124};
  for (int round = 0; round < 120; ++round) {
    const Drawn drawn = draw(dice);
    const ExchangeCalendar& calendar = *calendars().find(drawn.calendar);
    const bool by_clock = dice.below(2) == 0;
    const Schedule one = schedule(
        drawn.text + (by_clock ? " at 02:30 America/New_York on " : " 20m before the close on ") +
        drawn.calendar);
    std::vector<TimeNs> due;
    for (const DayNumber day : walk_all(drawn.wanted, calendar))
      due.push_back(by_clock ? *to_utc(Zone::kNewYork, {day, 2 * kHour + 30 * kMinute})
                             : calendar.session(day)->close - 20 * kMinute);
    ASSERT_TRUE(std::is_sorted(due.begin(), due.end()));
    std::optional<TimeNs> at = one.next(utc("1999-12-01 00:00"));
    for (const TimeNs expected : due) {
      ASSERT_EQ(stamp(at), stamp(expected)) << one.text();
      ASSERT_EQ(one.next(expected - 1), expected) << one.text();
      at = one.next(expected);
    }
    ASSERT_EQ(at, std::nullopt) << one.text();
    TimeNs before = 0;
    std::optional<TimeNs> next_before = one.next(0);
    for (int i = 0; i < 200; ++i) {
      const TimeNs time =
          utc("1999-12-01 00:00") + dice.below(51 * 366 * 24 * 60) * kMinute + dice.below(kMinute);
      const auto first = std::upper_bound(due.begin(), due.end(), time);
      const std::optional<TimeNs> next = one.next(time);
      ASSERT_EQ(next, first == due.end() ? std::nullopt : std::optional<TimeNs>(*first));
      ASSERT_TRUE(!next || *next > time);
      // Never earlier for a later time.
      const bool later = time >= before;
      const TimeNs a = (later ? next_before : next).value_or(INT64_MAX);
      const TimeNs b = (later ? next : next_before).value_or(INT64_MAX);
      ASSERT_LE(a, b) << one.text();
      before = time;
      next_before = next;
    }
  }
}

// --- Active hours ----------------------------------------------------------------------------

TEST(ActiveHours, WindowsAndTheirEdges) {
  struct Row {
    const char* text;
    const char* at;
    bool active;
    const char* change;
    bool opens;
  };
  constexpr Row kRows[] = {
      {"09:45 to 15:30 on XNYS", "2026-11-25 14:44", false, "2026-11-25 14:45", true},
      {"09:45 to 15:30 on XNYS", "2026-11-25 14:45", true, "2026-11-25 20:30", false},
      {"09:45 to 15:30 on XNYS", "2026-11-25 20:30", false, "2026-11-27 14:45", true},
      {"15m after the open to 10m before the close on XNYS", "2026-11-27 14:45", true,
       "2026-11-27 17:50", false},
      {"the open to the close on XNYS", "2026-11-27 18:00", false, "2026-11-30 14:30", true},
      {"the open to 12:00 on XNYS", "2026-11-27 16:59", true, "2026-11-27 17:00", false},
      {"09:00 Europe/London to 17:00 on XNYS", "2026-11-25 09:00", true, "2026-11-25 17:00", false},
      {"22:00 to 06:00 America/New_York on XNYS", "2026-11-26 10:59", true, "2026-11-26 11:00",
       false},
      {"22:00 to 06:00 America/New_York on XNYS", "2026-11-27 04:00", false, "2026-11-28 03:00",
       true},
      {"17:00 to 17:00 America/New_York on XNYS", "2026-11-25 12:00", true, "2026-11-26 22:00",
       false},
      {"00:00 to 24:00 America/New_York on XNYS", "2026-11-24 12:00", true, "2026-11-26 05:00",
       false},
      {"the open to the close on FX", "2026-11-23 12:00", true, "2026-11-27 22:00", false},
      {"the open to the close on XTKS", "2026-11-24 02:29", true, "2026-11-24 02:30", false},
      {"the open to the close on XTKS", "2026-11-24 02:30", false, "2026-11-24 03:30", true},
      {"12:00 to 14:00 on XTKS", "2026-11-24 03:10", false, "2026-11-24 03:30", true},
      {"10:00 to 12:00 on XTKS", "2026-11-24 02:45", false, "2026-11-25 01:00", true},
      {"00:00 to 24:00 UTC", "2026-11-24 02:45", true, "2050-01-01 00:00", false},
  };
  for (const Row& row : kRows) {
    const ActiveHours one = hours(row.text);
    EXPECT_EQ(one.active(utc(row.at)), row.active) << row.text << " at " << row.at;
    const std::optional<Boundary> change = one.next_change(utc(row.at));
    ASSERT_TRUE(change.has_value()) << row.text;
    EXPECT_EQ(stamp(change->at), row.change) << row.text << " after " << row.at;
    EXPECT_EQ(change->opens, row.opens) << row.text;
    EXPECT_EQ(hours(one.text()), one) << one.text();
  }
  EXPECT_FALSE(hours("00:00 to 24:00 UTC").active(utc("1999-12-31 12:00")));
  EXPECT_FALSE(hours("00:00 to 24:00 UTC").active(utc("2050-01-01 12:00")));
  EXPECT_EQ(hours("00:00 to 24:00 UTC").next_change(INT64_MAX), std::nullopt);
}

/// Minute by minute through some weeks: activity changes where `next_change` says, and nowhere
/// else.
TEST(ActiveHours, ChangesOnlyWhereSaid) {
  for (const char* text :
       {"15m after the open to 10m before the close on XNYS", "the open to the close on XCME",
        "the open to the close on XTKS", "22:00 to 06:00 on XNYS", "the open to 12:00 on XCME",
        "01:30 to 03:30 America/New_York", "the open to the close on FX"}) {
    const ActiveHours one = hours(text);
    for (const char* begin : {"2026-03-02 00:00", "2026-10-26 00:00", "2026-12-21 00:00"}) {
      TimeNs time = utc(begin);
      bool active = one.active(time);
      std::optional<Boundary> change = one.next_change(time);
      for (int minute = 0; minute < 20 * 24 * 60; ++minute) {
        time += kMinute;
        if (time == change->at) {
          ASSERT_NE(active, change->opens) << text << " " << stamp(time);
          active = change->opens;
          change = one.next_change(time);
        }
        ASSERT_EQ(one.active(time), active) << text << " " << stamp(time);
        ASSERT_GT(change->at, time);
      }
    }
  }
}

TEST(ActiveHours, BadWordsAreNamed) {
  struct Row {
    const char* text;
    const char* message;
  };
  constexpr Row kRows[] = {
      {"", "ends where it needs a time like '15:30', 'the close' or '30m before the close'"},
      {"09:45 until 15:30 on XNYS",
       "'until' where it needs a time zone that is known, like 'America/New_York'"},
      {"the open on XNYS", "'on' where it needs 'to' and the end of the hours"},
      {"09:45 to 15:30", "a time needs a time zone or a calendar, as in '15:30 America/New_York'"},
      {"09:45 UTC to 15:30 Asia/Tokyo", "'Asia/Tokyo' where it needs the same time zone as before"},
      {"the open to the close", "open and close need a calendar with sessions, as in 'on XNYS'"},
      {"24:00 to 08:00 UTC", "'24:00' where it needs a time before 24:00"},
      {"the close to the open on XNYS", "the hours never hold"},
      {"7h after the open to the close on XNYS", "the hours never hold"},
  };
  for (const Row& row : kRows) {
    const absl::StatusOr<ActiveHours> parsed = ActiveHours::parse(row.text, calendars());
    EXPECT_EQ(parsed.ok() ? "" : std::string(parsed.status().message()), row.message) << row.text;
  }
}

TEST(Schedule, NextAsksTheHeapForNothing) {
  const Schedule due = schedule("quarterly on 3rd friday rolled modified at 15:30 on XNYS");
  const ActiveHours open = hours("15m after the open to 10m before the close on XTKS");
  const std::optional<std::uint64_t> before = testing::heap_count();
  if (!before) GTEST_SKIP() << "NOT CHECKED: a sanitizer owns the heap";
  TimeNs time = utc("2020-01-01 00:00");
  std::int64_t sum = 0;
  for (int i = 0; i < 1'000; ++i, time += kCalendarDay)
    sum += *due.next(time) - time + open.next_change(time)->at - time + (open.active(time) ? 1 : 0);
  EXPECT_EQ(testing::heap_count(), before);
  EXPECT_GT(sum, 0);
}

TEST(Schedule, ComplaintsHaveAPlace) {
  Complaints complaints;
  Config config = Config::parse(
      "rebalance = 'montly on last day at 12:00 UTC'\nhours = '9 to 5'\ngood = 'daily at 12:00 "
      "UTC'\nnumber = 5\n",
      "p.toml", complaints);
  EXPECT_FALSE(read_schedule(config.root().get("rebalance"), calendars()).has_value());
  EXPECT_FALSE(read_active_hours(config.root().get("hours"), calendars()).has_value());
  EXPECT_TRUE(read_schedule(config.root().get("good"), calendars()).has_value());
  EXPECT_FALSE(read_schedule(config.root().get("number"), calendars()).has_value());
  EXPECT_FALSE(read_schedule(config.root().get("absent"), calendars()).has_value());
  ASSERT_EQ(complaints.all().size(), 3u);
  EXPECT_EQ(complaints.all()[0].text(),
            "p.toml:1:13: rebalance: 'montly' (did you mean 'monthly'?) where it needs daily, "
            "weekly, monthly, quarterly, semiannually or yearly");
  EXPECT_EQ(complaints.all()[1].text(),
            "p.toml:2:9: hours: '9' where it needs a time like '15:30', 'the close' or '30m before "
            "the close'");
  EXPECT_EQ(complaints.all()[2].text(), "p.toml:4:10: number: expected a string, found a number");
}

}  // namespace
}  // namespace evenkeel::rules
