#include "rules/exchange_calendar.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "tests/rules/utc_times.hpp"

namespace evenkeel::rules {
namespace {

using testing::utc;

const ExchangeCalendar& calendar(std::string_view name) {
  static const CalendarSet kSet;
  const ExchangeCalendar* found = kSet.find(name);
  EXPECT_NE(found, nullptr) << name;
  return *found;
}

/// "01-01 01-15 ...": the weekdays of a year without a session.
std::string closed_weekdays(std::string_view name, std::int32_t year) {
  std::string days;
  for (DayNumber day = day_number(year, 1, 1); day <= day_number(year, 12, 31); ++day) {
    if (is_weekend(day) || calendar(name).is_session(day)) continue;
    days += (days.empty() ? "" : " ") + format_day(day).substr(5);
  }
  return days;
}

/// The days of a year that close early, with the local time at which they do.
std::string early_closes(std::string_view name, std::int32_t year) {
  std::string days;
  for (const Session& session : calendar(name).sessions()) {
    if (!session.early_close || civil_date(session.day).year != year) continue;
    const LocalTime local = *to_local(calendar(name).zone(), session.close);
    days += (days.empty() ? "" : " ") + format_day(session.day).substr(5) + "@" +
            format_clock(local.of_day);
  }
  return days;
}

struct Year {
  std::string_view name;
  std::int32_t year;
  const char* closed;
  const char* early;
};

/// As the exchanges published them: NYSE "Holidays and Trading Hours", CME's Globex holiday
/// schedules, the London Stock Exchange's business days (the bank holidays of gov.uk), Deutsche
/// Boerse's trading calendar, and the Japan Exchange Group's market holidays.
constexpr Year kYears[] = {
    {"XNYS", 2001, "01-01 01-15 02-19 04-13 05-28 07-04 09-03 09-11 09-12 09-13 09-14 11-22 12-25",
     "07-03@13:00 11-23@13:00 12-24@13:00"},
    {"XNYS", 2002, "01-01 01-21 02-18 03-29 05-27 07-04 09-02 11-28 12-25",
     "07-05@13:00 11-29@13:00 12-24@13:00"},
    {"XNYS", 2003, "01-01 01-20 02-17 04-18 05-26 07-04 09-01 11-27 12-25",
     "07-03@13:00 11-28@13:00 12-24@13:00 12-26@13:00"},
    {"XNYS", 2004, "01-01 01-19 02-16 04-09 05-31 06-11 07-05 09-06 11-25 12-24", "11-26@13:00"},
    {"XNYS", 2007, "01-01 01-02 01-15 02-19 04-06 05-28 07-04 09-03 11-22 12-25",
     "07-03@13:00 11-23@13:00 12-24@13:00"},
    {"XNYS", 2011, "01-17 02-21 04-22 05-30 07-04 09-05 11-24 12-26", "11-25@13:00"},
    {"XNYS", 2012, "01-02 01-16 02-20 04-06 05-28 07-04 09-03 10-29 10-30 11-22 12-25",
     "07-03@13:00 11-23@13:00 12-24@13:00"},
    {"XNYS", 2013, "01-01 01-21 02-18 03-29 05-27 07-04 09-02 11-28 12-25",
     "07-03@13:00 11-29@13:00 12-24@13:00"},
    {"XNYS", 2018, "01-01 01-15 02-19 03-30 05-28 07-04 09-03 11-22 12-05 12-25",
     "07-03@13:00 11-23@13:00 12-24@13:00"},
    {"XNYS", 2020, "01-01 01-20 02-17 04-10 05-25 07-03 09-07 11-26 12-25",
     "11-27@13:00 12-24@13:00"},
    {"XNYS", 2021, "01-01 01-18 02-15 04-02 05-31 07-05 09-06 11-25 12-24", "11-26@13:00"},
    {"XNYS", 2022, "01-17 02-21 04-15 05-30 06-20 07-04 09-05 11-24 12-26", "11-25@13:00"},
    {"XNYS", 2023, "01-02 01-16 02-20 04-07 05-29 06-19 07-04 09-04 11-23 12-25",
     "07-03@13:00 11-24@13:00"},
    {"XNYS", 2024, "01-01 01-15 02-19 03-29 05-27 06-19 07-04 09-02 11-28 12-25",
     "07-03@13:00 11-29@13:00 12-24@13:00"},
    {"XNYS", 2025, "01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25",
     "07-03@13:00 11-28@13:00 12-24@13:00"},
    {"XNYS", 2026, "01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25",
     "11-27@13:00 12-24@13:00"},
    {"XCME", 2024, "01-01 03-29 12-25",
     "01-15@12:00 02-19@12:00 05-27@12:00 06-19@12:00 07-03@12:15 07-04@12:00 09-02@12:00 "
     "11-28@12:00 11-29@12:15 12-24@12:15"},
    {"XCME", 2025, "01-01 04-18 12-25",
     "01-09@08:30 01-20@12:00 02-17@12:00 05-26@12:00 06-19@12:00 07-03@12:15 07-04@12:00 "
     "09-01@12:00 11-27@12:00 11-28@12:15 12-24@12:15"},
    {"XLON", 2002, "01-01 03-29 04-01 05-06 06-03 06-04 08-26 12-25 12-26",
     "12-24@12:30 12-31@12:30"},
    {"XLON", 2011, "01-03 04-22 04-25 04-29 05-02 05-30 08-29 12-26 12-27",
     "12-23@12:30 12-30@12:30"},
    {"XLON", 2012, "01-02 04-06 04-09 05-07 06-04 06-05 08-27 12-25 12-26",
     "12-24@12:30 12-31@12:30"},
    {"XLON", 2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28", "12-24@12:30 12-31@12:30"},
    {"XLON", 2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28", "12-24@12:30 12-31@12:30"},
    {"XLON", 2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27",
     "12-23@12:30 12-30@12:30"},
    {"XLON", 2023, "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26",
     "12-22@12:30 12-29@12:30"},
    {"XLON", 2024, "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26", "12-24@12:30 12-31@12:30"},
    {"XLON", 2025, "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26", "12-24@12:30 12-31@12:30"},
    {"XLON", 2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28", "12-24@12:30 12-31@12:30"},
    {"XETR", 2017, "04-14 04-17 05-01 06-05 10-03 10-31 12-25 12-26", "12-29@14:00"},
    {"XETR", 2024, "01-01 03-29 04-01 05-01 12-24 12-25 12-26 12-31", "12-30@14:00"},
    {"XETR", 2025, "01-01 04-18 04-21 05-01 12-24 12-25 12-26 12-31", "12-30@14:00"},
    {"XETR", 2026, "01-01 04-03 04-06 05-01 12-24 12-25 12-31", "12-30@14:00"},
    {"XTKS", 2019,
     "01-01 01-02 01-03 01-14 02-11 03-21 04-29 04-30 05-01 05-02 05-03 05-06 07-15 08-12 09-16 "
     "09-23 10-14 10-22 11-04 12-31",
     ""},
    {"XTKS", 2020,
     "01-01 01-02 01-03 01-13 02-11 02-24 03-20 04-29 05-04 05-05 05-06 07-23 07-24 08-10 09-21 "
     "09-22 10-01 11-03 11-23 12-31",
     ""},
    {"XTKS", 2021,
     "01-01 01-11 02-11 02-23 04-29 05-03 05-04 05-05 07-22 07-23 08-09 09-20 09-23 11-03 11-23 "
     "12-31",
     ""},
    {"XTKS", 2024,
     "01-01 01-02 01-03 01-08 02-12 02-23 03-20 04-29 05-03 05-06 07-15 08-12 09-16 09-23 10-14 "
     "11-04 12-31",
     ""},
    {"XTKS", 2025,
     "01-01 01-02 01-03 01-13 02-11 02-24 03-20 04-29 05-05 05-06 07-21 08-11 09-15 09-23 10-13 "
     "11-03 11-24 12-31",
     ""},
    {"XTKS", 2026,
     "01-01 01-02 01-12 02-11 02-23 03-20 04-29 05-04 05-05 05-06 07-20 08-11 09-21 09-22 09-23 "
     "10-12 11-03 11-23 12-31",
     ""},
};

TEST(ExchangeCalendar, YearsAsPublished) {
  for (const Year& year : kYears) {
    EXPECT_EQ(closed_weekdays(year.name, year.year), year.closed) << year.name << " " << year.year;
    EXPECT_EQ(early_closes(year.name, year.year), year.early) << year.name << " " << year.year;
  }
}

TEST(ExchangeCalendar, DaysThatAreEasyToGetWrong) {
  struct Row {
    const char* name;
    const char* day;
    bool session;
    const char* because;
  };
  constexpr Row kRows[] = {
      {"XNYS", "2021-06-18", true, "Juneteenth is a holiday of the exchange from 2022"},
      {"XNYS", "2021-12-31", true, "a New Year's Day on a Saturday is not made up for"},
      {"XNYS", "2010-12-31", true, "the same"},
      {"XNYS", "2027-12-31", true, "the same"},
      {"XNYS", "2027-06-18", false, "Juneteenth on a Saturday"},
      {"XNYS", "2028-12-25", false, "Christmas on a Monday"},
      {"XNYS", "2001-09-17", true, "trading resumed"},
      {"XNYS", "2025-04-21", true, "New York trades on Easter Monday"},
      {"XLON", "2022-05-30", true, "the spring holiday was moved to 2 June"},
      {"XLON", "2020-05-04", true, "the May holiday was moved to 8 May"},
      {"XETR", "2022-06-06", true, "Xetra trades on Whit Monday from 2022"},
      {"XETR", "2022-10-03", true, "and on Unity Day"},
      {"XETR", "2021-05-24", false, "but did not before"},
      {"XEUR", "2019-06-10", true, "Eurex trades on Whit Monday"},
      {"XTKS", "2009-09-22", false, "a day between two holidays"},
      {"XTKS", "2015-09-22", false, "a day between two holidays"},
      {"XTKS", "2032-09-21", false, "a day between two holidays"},
      {"XTKS", "2008-05-06", false, "a Sunday's substitute after other holidays"},
      {"FX", "2026-07-03", true, "currencies trade on exchange holidays"},
      {"FX", "2026-12-25", false, "but not at Christmas"},
      {"FX", "2026-11-28", false, "a Saturday"},
      {"always", "2026-11-28", true, "every day"},
  };
  for (const Row& row : kRows)
    EXPECT_EQ(calendar(row.name).is_session(*parse_day(row.day)), row.session)
        << row.name << " " << row.day << ": " << row.because;
}

TEST(ExchangeCalendar, Equinoxes) {
  // As proclaimed in the official gazette of Japan.
  for (const char* day : {"2000-03-20", "2003-03-21", "2007-03-21", "2011-03-21", "2012-03-20",
                          "2020-03-20", "2023-03-21", "2024-03-20", "2025-03-20", "2026-03-20",
                          "2027-03-21", "2000-09-23", "2003-09-23", "2012-09-22", "2016-09-22",
                          "2020-09-22", "2023-09-23", "2024-09-22", "2025-09-23", "2026-09-23"})
    EXPECT_TRUE(is_japanese_holiday(*parse_day(day))) << day;
  for (const char* day : {"2012-03-21", "2024-03-21", "2012-09-24", "2016-09-23"})
    EXPECT_FALSE(is_japanese_holiday(*parse_day(day))) << day;
}

TEST(ExchangeCalendar, HoursInUtc) {
  struct Row {
    const char* name;
    const char* day;
    const char *open_day, *open;
    const char *close_day, *close;
  };
  constexpr Row kRows[] = {
      {"XNYS", "2026-01-05", "2026-01-05", "14:30", "2026-01-05", "21:00"},
      {"XNYS", "2026-07-01", "2026-07-01", "13:30", "2026-07-01", "20:00"},
      {"XNYS", "2026-11-27", "2026-11-27", "14:30", "2026-11-27", "18:00"},
      {"XNYS", "2026-03-09", "2026-03-09", "13:30", "2026-03-09", "20:00"},  // summer time began
      {"XNYS", "2002-09-11", "2002-09-11", "16:00", "2002-09-11", "20:00"},
      {"XCME", "2026-11-23", "2026-11-22", "23:00", "2026-11-23", "22:00"},
      {"XCME", "2026-03-09", "2026-03-08", "22:00", "2026-03-09", "21:00"},
      {"XCME", "2026-11-26", "2026-11-25", "23:00", "2026-11-26", "18:00"},
      {"XLON", "2026-07-01", "2026-07-01", "07:00", "2026-07-01", "15:30"},
      {"XETR", "2026-01-05", "2026-01-05", "08:00", "2026-01-05", "16:30"},
      {"XEUR", "2026-01-05", "2026-01-05", "00:10", "2026-01-05", "21:00"},
      {"XEUR", "2018-12-07", "2018-12-07", "07:00", "2018-12-07", "21:00"},
      {"XTKS", "2024-11-01", "2024-11-01", "00:00", "2024-11-01", "06:00"},
      {"XTKS", "2024-11-05", "2024-11-05", "00:00", "2024-11-05", "06:30"},
      {"XTKS", "2009-01-05", "2009-01-05", "00:00", "2009-01-05", "02:00"},
      {"FX", "2026-11-23", "2026-11-22", "22:00", "2026-11-23", "22:00"},
      {"FX", "2026-07-13", "2026-07-12", "21:00", "2026-07-13", "21:00"},
      {"always", "2026-07-12", "2026-07-12", "00:00", "2026-07-12", "24:00"},
  };
  for (const Row& row : kRows) {
    const Session* session = calendar(row.name).session(*parse_day(row.day));
    ASSERT_NE(session, nullptr) << row.name << " " << row.day;
    EXPECT_EQ(session->open, utc(row.open_day, row.open)) << row.name << " " << row.day;
    EXPECT_EQ(session->close, utc(row.close_day, row.close)) << row.name << " " << row.day;
  }
}

TEST(ExchangeCalendar, OpenAndWhatComesNext) {
  const ExchangeCalendar& nyse = calendar("XNYS");
  const TimeNs open = utc("2026-11-27", "14:30"), close = utc("2026-11-27", "18:00");
  EXPECT_FALSE(nyse.is_open(open - 1));
  EXPECT_TRUE(nyse.is_open(open));
  EXPECT_TRUE(nyse.is_open(close - 1));
  EXPECT_FALSE(nyse.is_open(close));
  EXPECT_EQ(nyse.next_open(open), utc("2026-11-30", "14:30"));
  EXPECT_EQ(nyse.next_open(open - 1), open);
  EXPECT_EQ(nyse.next_close(open), close);
  EXPECT_EQ(nyse.previous_close(close), close);
  EXPECT_EQ(nyse.previous_close(close - 1), utc("2026-11-25", "21:00"));
  EXPECT_EQ(nyse.next_boundary(open - 1), (Boundary{open, true}));
  EXPECT_EQ(nyse.next_boundary(open), (Boundary{close, false}));
  const ExchangeCalendar& tokyo = calendar("XTKS");
  EXPECT_TRUE(tokyo.is_open(utc("2026-11-24", "02:29")));
  EXPECT_FALSE(tokyo.is_open(utc("2026-11-24", "02:30")));
  EXPECT_FALSE(tokyo.is_open(utc("2026-11-24", "03:29")));
  EXPECT_TRUE(tokyo.is_open(utc("2026-11-24", "03:30")));
  EXPECT_NE(tokyo.session_at(utc("2026-11-24", "03:00")), nullptr);
  EXPECT_EQ(tokyo.next_boundary(utc("2026-11-24", "02:00")),
            (Boundary{utc("2026-11-24", "02:30"), false}));
  EXPECT_EQ(tokyo.next_boundary(utc("2026-11-24", "02:30")),
            (Boundary{utc("2026-11-24", "03:30"), true}));
  EXPECT_EQ(tokyo.next_boundary(utc("2026-11-24", "03:30")),
            (Boundary{utc("2026-11-24", "06:30"), false}));
  const ExchangeCalendar& cme = calendar("XCME");
  EXPECT_TRUE(cme.is_open(utc("2026-11-24", "21:59")));
  EXPECT_FALSE(cme.is_open(utc("2026-11-24", "22:00")));  // the daily break
  EXPECT_TRUE(cme.is_open(utc("2026-11-24", "23:00")));
  const ExchangeCalendar& fx = calendar("FX");
  EXPECT_EQ(fx.next_boundary(utc("2026-11-23", "21:00")),
            (Boundary{utc("2026-11-23", "22:00"), true}));
  EXPECT_FALSE(fx.is_open(utc("2026-11-28", "12:00")));
}

TEST(ExchangeCalendar, CountsOfSessions) {
  const ExchangeCalendar& nyse = calendar("XNYS");
  // The year's trading days as commonly counted.
  const auto in_year = [&](std::int32_t year) {
    return nyse.sessions_between(day_number(year, 1, 1), day_number(year + 1, 1, 1));
  };
  EXPECT_EQ(in_year(2001), 248);
  EXPECT_EQ(in_year(2019), 252);
  EXPECT_EQ(in_year(2020), 253);
  EXPECT_EQ(in_year(2023), 250);
  EXPECT_EQ(in_year(2024), 252);
  EXPECT_EQ(in_year(2025), 250);
  EXPECT_EQ(in_year(2026), 251);
  EXPECT_EQ(nyse.nth_session(2026, 1, 1), day_number(2026, 1, 2));
  EXPECT_EQ(nyse.nth_session(2026, 7, 3), day_number(2026, 7, 6));
  EXPECT_EQ(nyse.nth_session(2026, 7, 23), std::nullopt);
  EXPECT_EQ(nyse.nth_session(2001, 9, 15), day_number(2001, 9, 28));
  EXPECT_EQ(nyse.nth_session(2001, 9, 16), std::nullopt);
  EXPECT_EQ(nyse.last_session(2024, 3), day_number(2024, 3, 28));
  EXPECT_EQ(nyse.last_session(2026, 5), day_number(2026, 5, 29));
  EXPECT_EQ(nyse.session_from(day_number(2026, 11, 26)), day_number(2026, 11, 27));
  EXPECT_EQ(nyse.session_until(day_number(2026, 11, 26)), day_number(2026, 11, 25));
  EXPECT_EQ(nyse.session_until(day_number(2026, 11, 25)), day_number(2026, 11, 25));
  EXPECT_EQ(nyse.sessions_from(day_number(2026, 11, 25), 1), day_number(2026, 11, 27));
  EXPECT_EQ(nyse.sessions_from(day_number(2026, 11, 26), 1), day_number(2026, 11, 27));
  EXPECT_EQ(nyse.sessions_from(day_number(2026, 11, 26), -1), day_number(2026, 11, 25));
  EXPECT_EQ(nyse.sessions_from(day_number(2026, 11, 27), -2), day_number(2026, 11, 24));
  EXPECT_EQ(nyse.sessions_between(day_number(2026, 11, 23), day_number(2026, 11, 23)), 0);
  EXPECT_EQ(nyse.sessions_between(day_number(2026, 11, 24), day_number(2026, 11, 23)),
            std::nullopt);
}

TEST(ExchangeCalendar, RefusesOtherYears) {
  for (const MarketFacts& facts : kMarkets) {
    const ExchangeCalendar& one = calendar(facts.name);
    const DayNumber before = ExchangeCalendar::first_day() - 1;
    const DayNumber after = ExchangeCalendar::last_day() + 1;
    for (const DayNumber day : {before, after, DayNumber{INT32_MIN}, DayNumber{INT32_MAX}}) {
      EXPECT_FALSE(one.is_session(day));
      EXPECT_EQ(one.session_from(day), std::nullopt);
      EXPECT_EQ(one.session_until(day), std::nullopt);
      EXPECT_EQ(one.sessions_from(day, 1), std::nullopt);
    }
    EXPECT_EQ(one.nth_session(1999, 12, 1), std::nullopt);
    EXPECT_EQ(one.last_session(2050, 1), std::nullopt);
    EXPECT_EQ(one.sessions_between(before, after), std::nullopt);
    EXPECT_EQ(one.sessions_between(ExchangeCalendar::first_day(), after),
              std::ssize(one.sessions()));
    EXPECT_EQ(one.next_open(INT64_MAX), std::nullopt);
    EXPECT_EQ(one.next_close(INT64_MAX), std::nullopt);
    EXPECT_EQ(one.next_boundary(INT64_MAX), std::nullopt);
    EXPECT_EQ(one.previous_close(INT64_MIN), std::nullopt);
    EXPECT_FALSE(one.is_open(INT64_MIN) || one.is_open(INT64_MAX));
  }
}

/// Every answer by time against a scan of all sessions, at moments around each of their edges.
TEST(ExchangeCalendar, AnswersAgreeWithAScan) {
  for (const MarketFacts& facts : kMarkets) {
    const ExchangeCalendar& one = calendar(facts.name);
    const std::span<const Session> all = one.sessions();
    for (std::size_t i = 1; i + 1 < all.size(); i += 7) {
      const Session& s = all[i];
      for (const TimeNs at : {s.open, s.close, s.pause, s.resume, (s.open + s.close) / 2}) {
        for (const TimeNs time : {at - 1, at, at + 1}) {
          if (at == 0) continue;
          bool open = false;
          std::optional<TimeNs> next_open, next_close, previous_close;
          for (std::size_t j = i - 1; j <= i + 1; ++j) {
            open = open || all[j].holds(time);
            if (all[j].open > time && !next_open) next_open = all[j].open;
            if (all[j].close > time && !next_close) next_close = all[j].close;
            if (all[j].close <= time) previous_close = all[j].close;
          }
          ASSERT_EQ(one.is_open(time), open);
          ASSERT_TRUE(!next_open || one.next_open(time) == next_open);
          ASSERT_TRUE(!next_close || one.next_close(time) == next_close);
          ASSERT_TRUE(!previous_close || one.previous_close(time) == previous_close);
          const std::optional<Boundary> boundary = one.next_boundary(time);
          ASSERT_TRUE(boundary && boundary->at > time);
          ASSERT_EQ(one.is_open(boundary->at), boundary->opens);
          ASSERT_EQ(one.is_open(boundary->at - 1), open);
        }
      }
    }
  }
}

// --- Price history ---------------------------------------------------------------------------

/// The days of the first column of a file, of the covered years; empty when there is no file.
std::set<DayNumber> days_of(const std::string& file) {
  std::ifstream in(std::string(EVENKEEL_SHARED_DATA_DIR) + "/history/" + file);
  std::set<DayNumber> days;
  for (std::string line; std::getline(in, line);) {
    const std::optional<DayNumber> day = parse_day(line.substr(0, 10));
    if (day && ExchangeCalendar::covers(*day)) days.insert(*day);
  }
  return days;
}

/// Days that one side has and the other has not, between the first and the last price.
std::string differences(const std::set<DayNumber>& priced) {
  std::string text;
  for (DayNumber day = *priced.begin(); day <= *priced.rbegin(); ++day) {
    const bool session = calendar("XNYS").is_session(day), price = priced.count(day) > 0;
    if (session && !price) text += "no price on " + format_day(day) + "\n";
    if (price && !session) text += format_day(day) + "\n";
  }
  return text;
}

/// SPY traded on every session from 2000 to March 2021, and on no other day.
TEST(ExchangeCalendar, AgreesWithTheHistoryOfAFund) {
  const std::set<DayNumber> priced = days_of("stock_bond_daily_1998_2021.csv");
  if (priced.empty()) GTEST_SKIP() << "NOT CHECKED: the price history is not there";
  EXPECT_GT(priced.size(), 5'000u);
  EXPECT_EQ(differences(priced), "");
}

/// VIX has a value on each session. It also has one on holidays on which Cboe's options trade
/// around the clock (from 2022, until 11:30 New York), on the day of mourning of 2025 for the same
/// reason, and, flat, on that of 2004.
TEST(ExchangeCalendar, AgreesWithTheHistoryOfAnIndex) {
  const std::set<DayNumber> priced = days_of("vix-daily.csv");
  if (priced.empty()) GTEST_SKIP() << "NOT CHECKED: the index history is not there";
  EXPECT_GT(priced.size(), 6'000u);
  std::string expected;
  for (DayNumber day = *priced.begin(); day <= *priced.rbegin(); ++day) {
    const CivilDate date = civil_date(day);
    const bool futures_only = day >= day_number(2022, 5, 30) && !calendar("XNYS").is_session(day) &&
                              calendar("XCME").is_session(day);
    if (futures_only || date == CivilDate{2004, 6, 11}) expected += format_day(day) + "\n";
  }
  EXPECT_EQ(differences(priced), expected);
}

// --- Days of the user's own ------------------------------------------------------------------

std::string errors(const std::string& text) {
  const auto parsed = parse_calendars(text, "c.toml");
  return parsed.ok() ? "" : std::string(parsed.status().message());
}

TEST(CalendarFile, AddsTakesAwayAndShortens) {
  std::vector<Complaint> warnings;
  auto set = parse_calendars(
      "[calendar.XNYS]\n"
      "closed = [2027-01-28, \"2027-01-29\"]\n"
      "hours = [{ day = 2027-07-02, close = \"13:00\" }, { day = 2027-07-06, open = \"11:00\" }]\n"
      "[calendar.desk]\n"
      "base = \"XLON\"\n"
      "open = [2027-12-28]\n",
      "c.toml", &warnings);
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_TRUE(warnings.empty());
  const ExchangeCalendar* nyse = set->find("XNYS");
  const ExchangeCalendar* desk = set->find("desk");
  ASSERT_TRUE(nyse != nullptr && desk != nullptr);
  EXPECT_EQ(nyse->name(), "XNYS");
  EXPECT_FALSE(nyse->is_session(day_number(2027, 1, 28)));
  EXPECT_FALSE(nyse->is_session(day_number(2027, 1, 29)));
  EXPECT_TRUE(nyse->is_session(day_number(2027, 2, 1)));
  EXPECT_EQ(nyse->last_session(2027, 1), day_number(2027, 1, 27));
  const Session* early = nyse->session(day_number(2027, 7, 2));
  EXPECT_TRUE(early->early_close);
  EXPECT_EQ(early->close, utc("2027-07-02", "17:00"));
  EXPECT_EQ(early->open, utc("2027-07-02", "13:30"));
  const Session* late = nyse->session(day_number(2027, 7, 6));
  EXPECT_FALSE(late->early_close);
  EXPECT_EQ(late->open, utc("2027-07-06", "15:00"));
  EXPECT_EQ(std::ssize(nyse->sessions()), std::ssize(calendar("XNYS").sessions()) - 2);
  EXPECT_FALSE(calendar("XLON").is_session(day_number(2027, 12, 28)));
  const Session* extra = desk->session(day_number(2027, 12, 28));
  ASSERT_NE(extra, nullptr);
  EXPECT_EQ(extra->close, utc("2027-12-28", "16:30"));
  EXPECT_TRUE(set->find("XLON") != nullptr && set->find("nobody") == nullptr);
}

TEST(CalendarFile, HoursThatMeetThePause) {
  const auto set = parse_calendars(
      "[calendar.XTKS]\nhours = [{ day = 2027-07-01, close = '12:00' },"
      "{ day = 2027-07-02, open = '11:45' }]\n",
      "c.toml");
  ASSERT_TRUE(set.ok()) << set.status();
  const Session* morning = set->find("XTKS")->session(day_number(2027, 7, 1));
  const Session* afternoon = set->find("XTKS")->session(day_number(2027, 7, 2));
  EXPECT_EQ(morning->close, utc("2027-07-01", "02:30"));
  EXPECT_EQ(afternoon->open, utc("2027-07-02", "03:30"));
  EXPECT_TRUE(morning->pause == morning->resume && afternoon->pause == afternoon->resume);
}

TEST(CalendarFile, WarnsOfWhatChangesNothing) {
  std::vector<Complaint> warnings;
  const auto set = parse_calendars("[calendar.XNYS]\nclosed = [2027-01-01]\nopen = [2027-01-04]\n",
                                   "c.toml", &warnings);
  ASSERT_TRUE(set.ok());
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_EQ(warnings[0].text(),
            "c.toml:2:11: warning: calendar.XNYS.closed: 2027-01-01 is closed already");
  EXPECT_EQ(warnings[1].text(),
            "c.toml:3:9: warning: calendar.XNYS.open: 2027-01-04 is open already; its hours become "
            "the regular ones");
}

TEST(CalendarFile, BadInputIsNamedAndPlaced) {
  struct Row {
    std::string text;
    std::string message;
  };
  const std::string head = "[calendar.XNYS]\n";
  const Row kRows[] = {
      {"", ""},
      {head, ""},
      {"[calendar.XNSY]\n",
       "c.toml:1:1: calendar.XNSY: there is no calendar 'XNSY' (did you mean 'XNYS'?); a new one "
       "needs a 'base' to be made from"},
      {"[calendar.mine]\nbase = 'XLNO'\n",
       "c.toml:2:8: calendar.mine.base: unknown value 'XLNO' (did you mean 'XLON'?); it is one of: "
       "always, XNYS, XCME, XLON, XETR, XEUR, XTKS, FX"},
      {"[calendar.XNYS]\nbase = 'XLON'\n",
       "c.toml:2:8: calendar.XNYS.base: 'XNYS' is a calendar already; it cannot be made from "
       "'XLON'"},
      {head + "clsoed = [2027-01-28]\n",
       "c.toml:2:1: [calendar.XNYS]: unknown key 'clsoed' (did you mean 'closed'?)"},
      {head + "closed = 2027-01-28\n",
       "c.toml:2:10: calendar.XNYS.closed: expected a list, found "
       "a date"},
      {head + "closed = ['2027-02-30']\n",
       "c.toml:2:11: calendar.XNYS.closed: 20270230 is not a date that exists"},
      {head + "closed = ['soon']\n",
       "c.toml:2:11: calendar.XNYS.closed: 'soon' is not a date; write it like 2026-12-18"},
      {head + "closed = [2050-01-03]\n",
       "c.toml:2:11: calendar.XNYS.closed: 2050-01-03 is outside the years 2000 to 2049"},
      {head + "closed = [2027-01-28, 2027-01-28]\n",
       "c.toml:2:23: calendar.XNYS.closed: 2027-01-28 is listed twice"},
      {head + "closed = [2027-01-28]\nopen = [2027-01-28]\n",
       "c.toml:3:9: calendar.XNYS.open: 2027-01-28 is listed twice"},
      {head + "hours = [{ day = 2027-07-02 }]\n",
       "c.toml:2:18: calendar.XNYS.hours.day: needs 'open', 'close' or both"},
      {head + "hours = [{ close = '13:00' }]\n",
       "c.toml:2:10: [calendar.XNYS.hours]: missing key 'day'"},
      {head + "hours = [{ day = 2027-07-02, close = '1pm' }]\n",
       "c.toml:2:38: calendar.XNYS.hours.close: '1pm' is not a time of day; write it like '13:00'"},
      {head + "hours = [{ day = 2027-07-02, close = '09:30' }]\n",
       "c.toml:2:18: calendar.XNYS.hours.day: opens no earlier than it closes"},
      {"[calendar.XCME]\nhours = [{ day = 2027-07-01, close = '18:00' }]\n",
       "c.toml:1:1: calendar.XCME: the session of 2027-07-01 would run into the one of "
       "2027-07-02"},
      {"[calendar.XTKS]\nhours = [{ day = 2027-07-01, open = '11:45', close = '12:15' }]\n",
       "c.toml:1:1: calendar.XTKS: the hours of 2027-07-01 leave no session"},
      {"[calendar.'a b']\nbase = 'XLON'\n",
       "c.toml:1:1: calendar.a b: the name of a calendar is 1 to 24 letters, digits, '-' and '_'"},
      {"[calender.XNYS]\n", "c.toml:1:2: unknown key 'calender' (did you mean 'calendar'?)"},
  };
  for (const Row& row : kRows) EXPECT_EQ(errors(row.text), row.message) << row.text;
}

}  // namespace
}  // namespace evenkeel::rules
