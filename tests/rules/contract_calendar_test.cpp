#include "rules/contract_calendar.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "rules/schedule.hpp"
#include "tests/rules/utc_times.hpp"

namespace evenkeel::rules {
namespace {

using testing::stamp;
using testing::utc;

const CalendarSet& calendars() {
  static const CalendarSet kSet;
  return kSet;
}
const ContractCalendar& contracts() {
  static const ContractCalendar kContracts(calendars());
  return kContracts;
}

constexpr DayNumber kToday = day_number(2026, 11, 24);

std::string date(std::optional<DayNumber> day) { return day ? format_day(*day) : "none"; }

TEST(ContractCode, YearsAreNearTheDate) {
  struct Row {
    const char* code;
    DayNumber as_of;
    const char* root;
    std::int32_t year, month;
  };
  constexpr Row kRows[] = {
      {"ESZ6", kToday, "ES", 2026, 12},
      {"ESH7", kToday, "ES", 2027, 3},
      {"ESU4", kToday, "ES", 2024, 9},  // two years back
      {"ESU3", kToday, "ES", 2033, 9},  // seven years ahead
      {"ESZ9", day_number(2020, 1, 2), "ES", 2019, 12},
      {"ESH0", day_number(2019, 12, 30), "ES", 2020, 3},
      {"ESH0", day_number(2008, 1, 2), "ES", 2010, 3},
      {"ESZ26", kToday, "ES", 2026, 12},
      {"ESZ98", day_number(2001, 1, 1), "ES", 1998, 12},
      {"ESZ2026", kToday, "ES", 2026, 12},
      {"MESZ6", kToday, "MES", 2026, 12},
      {"ZNZ6", kToday, "ZN", 2026, 12},
      {"ZZ6", kToday, "Z", 2026, 12},
      {"6EZ6", kToday, "6E", 2026, 12},
      {"NK225H27", kToday, "NK225", 2027, 3},
  };
  for (const Row& row : kRows) {
    const std::optional<ContractCode> code = parse_contract(row.code, row.as_of);
    ASSERT_TRUE(code.has_value()) << row.code;
    EXPECT_EQ(*code, (ContractCode{row.root, {row.year, row.month}})) << row.code;
  }
  for (const char* bad : {"", "6", "Z6", "ES", "ESZ", "ESA6", "ESZ126", "ESZ12345", "esZ6", "ES Z6",
                          "ESz6", "VERYLONGROOTZ6", "SPY"})
    EXPECT_EQ(parse_contract(bad, kToday), std::nullopt) << bad;
  EXPECT_EQ(contract_text("ES", {2026, 12}), "ESZ6");
  EXPECT_EQ(contract_text("NK225", {2030, 3}), "NK225H0");
}

/// Dates as CME Group, Eurex, ICE Futures Europe and Japan Exchange Group listed them.
TEST(ContractCalendar, DatesAsListed) {
  struct Row {
    const char* code;
    const char* last_trading;
    const char* first_notice;
  };
  constexpr Row kRows[] = {
      {"ESH08", "2008-03-20", "none"},  // the third Friday was Good Friday
      {"ESZ12", "2012-12-21", "none"},
      {"ESH24", "2024-03-15", "none"},
      {"ESM24", "2024-06-21", "none"},
      {"ESU24", "2024-09-20", "none"},
      {"ESZ24", "2024-12-20", "none"},
      {"ESM26", "2026-06-18", "none"},  // the third Friday was Juneteenth
      {"ESZ26", "2026-12-18", "none"},
      {"MESZ26", "2026-12-18", "none"},
      {"ZNH24", "2024-03-19", "2024-02-29"},  // Good Friday was the month's last weekday
      {"ZNZ24", "2024-12-19", "2024-11-29"},
      {"ZNU25", "2025-09-19", "2025-08-29"},
      {"TNZ24", "2024-12-19", "2024-11-29"},
      {"ZBZ24", "2024-12-19", "2024-11-29"},
      {"UBZ24", "2024-12-19", "2024-11-29"},
      {"ZFZ24", "2024-12-31", "2024-11-29"},
      {"ZTZ24", "2024-12-31", "2024-11-29"},
      {"ZTH25", "2025-03-31", "2025-02-28"},
      {"6EM24", "2024-06-17", "none"},  // the third Wednesday was Juneteenth
      {"6EZ24", "2024-12-16", "none"},
      {"FGBLH24", "2024-03-07", "2024-03-07"},  // the 10th was a Sunday
      {"FGBLM19", "2019-06-06", "2019-06-06"},  // the 10th was Whit Monday, and a trading day
      {"FGBLZ24", "2024-12-06", "2024-12-06"},
      {"FGBLH25", "2025-03-06", "2025-03-06"},
      {"FGBLU25", "2025-09-08", "2025-09-08"},
      {"FESXH24", "2024-03-15", "none"},
      {"FESXZ24", "2024-12-20", "none"},
      {"FESXH08", "2008-03-20", "none"},
      {"ZM24", "2024-06-21", "none"},
      {"ZH08", "2008-03-20", "none"},
      {"NK225H24", "2024-03-07", "none"},
      {"NK225Z25", "2025-12-11", "none"},
  };
  for (const Row& row : kRows) {
    const ContractCode code = *parse_contract(row.code, kToday);
    const ContractRules* rules = contracts().find(code.root);
    ASSERT_NE(rules, nullptr) << row.code;
    EXPECT_TRUE(rules->lists(code.month));
    EXPECT_EQ(date(rules->last_trading_day(code.month)), row.last_trading) << row.code;
    EXPECT_EQ(date(rules->first_notice_day(code.month)), row.first_notice) << row.code;
  }
  EXPECT_EQ(contracts().find("XYZ"), nullptr);
}

TEST(ContractCalendar, ExpiryInUtc) {
  const auto expires = [](std::string_view code) {
    const ContractCode parsed = *parse_contract(code, kToday);
    return stamp(contracts().find(parsed.root)->expires(parsed.month));
  };
  EXPECT_EQ(expires("ESZ26"), "2026-12-18 14:30");
  EXPECT_EQ(expires("ESM26"), "2026-06-18 13:30");
  EXPECT_EQ(expires("ZNZ24"), "2024-12-19 18:01");
  EXPECT_EQ(expires("6EZ24"), "2024-12-16 15:16");
  EXPECT_EQ(expires("FGBLH24"), "2024-03-07 11:30");
  EXPECT_EQ(expires("FESXM24"), "2024-06-21 10:00");
  EXPECT_EQ(expires("ZM24"), "2024-06-21 09:15");
  EXPECT_EQ(expires("NK225Z25"), "2025-12-11 06:30");
  EXPECT_EQ(expires("ESZ99"), "never");
  EXPECT_EQ(expires("ESH50"), "never");
}

/// Over all the years that are covered, by what each rule promises in itself.
TEST(ContractCalendar, EveryContractKeepsItsRule) {
  for (const std::string_view root : contracts().roots()) {
    const ContractRules& rules = *contracts().find(root);
    DayNumber before = 0;
    int count = 0;
    for (ContractMonth month{2000, 3}; month.year <= kMarketLastYear;
         month = rules.following(month)) {
      const std::optional<DayNumber> last = rules.last_trading_day(month);
      ASSERT_TRUE(last.has_value()) << contract_text(root, month);
      ASSERT_TRUE(rules.calendar->is_session(*last));
      ASSERT_GT(*last, before);
      ASSERT_EQ(civil_date(*last).month, month.month);
      const std::optional<DayNumber> notice = rules.first_notice_day(month);
      ASSERT_EQ(notice.has_value(), rules.first_notice.has_value());
      ASSERT_TRUE(!notice || *notice <= *last);
      ASSERT_TRUE(rules.expires(month) <= rules.calendar->session(*last)->close);
      before = *last;
      ++count;
    }
    EXPECT_EQ(count, 200) << root;
  }
}

TEST(ContractCalendar, MonthsFollowByTheCycle) {
  const ContractRules& rules = *contracts().find("ES");
  EXPECT_EQ(rules.following({2026, 12}), (ContractMonth{2027, 3}));
  EXPECT_EQ(rules.following({2026, 11}), (ContractMonth{2026, 12}));
  EXPECT_FALSE(rules.lists({2026, 11}));
  for (std::int32_t month = 1; month <= 12; ++month)
    EXPECT_EQ(month_of_code(month_code(month)), month);
  EXPECT_EQ(month_of_code('A'), std::nullopt);
}

TEST(DateRule, WordsThereAndBack) {
  for (const char* text :
       {"3rd friday", "2nd friday of the month before", "day 10", "1st business day",
        "last business day", "last business day of the month before",
        "1 business day before 2nd friday", "7 business days before last business day",
        "2 business days before day 10 of the month before"}) {
    const absl::StatusOr<DateRule> rule = DateRule::parse(text);
    ASSERT_TRUE(rule.ok()) << text << ": " << rule.status();
    EXPECT_EQ(rule->text(), text);
  }
  struct Row {
    const char* text;
    const char* message;
  };
  constexpr Row kRows[] = {
      {"", "ends where it needs '3rd friday', 'day 10', '1st business day' or 'last business day'"},
      {"3rd fridya",
       "'fridya' (did you mean 'friday'?) where it needs 'business day' or a day of "
       "the week"},
      {"5th friday", "not every month has a 5th of that"},
      {"16th business day", "a month may have no more than 15 business days"},
      {"day 29", "'29' where it needs a day from 1 to 28"},
      {"last friday", "'friday' where it needs 'business day'"},
      {"0 business days before day 10", "'0' where it needs 1 to 60 business days"},
      {"7 days before day 10", "'days' where it needs 'business days before'"},
      {"7 business days after day 10", "'after' where it needs 'before'"},
      {"day 10 of the month after", "'after' where it needs 'of the month before'"},
      {"day 10 or so", "'or' where it needs nothing more"},
  };
  for (const Row& row : kRows) {
    const absl::StatusOr<DateRule> rule = DateRule::parse(row.text);
    EXPECT_EQ(rule.ok() ? "" : std::string(rule.status().message()), row.message) << row.text;
  }
}

TEST(DateRule, DaysOfAMonth) {
  struct Row {
    const char* text;
    ContractMonth month;
    const char* day;
  };
  constexpr Row kRows[] = {
      {"day 4", {2026, 7}, "2026-07-06"},  // Saturday, the holiday on Friday: Monday
      {"day 10", {2026, 11}, "2026-11-10"},
      {"1st business day", {2026, 1}, "2026-01-02"},
      {"1 business day before 1st business day", {2026, 1}, "2025-12-31"},
      {"3rd friday of the month before", {2027, 1}, "2026-12-18"},
      {"last business day of the month before", {2000, 1}, "none"},  // not covered
      {"1 business day before day 1", {2000, 1}, "none"},
      {"last business day", {2050, 1}, "none"},
  };
  for (const Row& row : kRows)
    EXPECT_EQ(date(DateRule::parse(row.text)->day(row.month, *calendars().find("XNYS"))), row.day)
        << row.text;
}

// --- Rolls -----------------------------------------------------------------------------------

RollSchedule roll(const std::string& text) {
  const absl::StatusOr<RollSchedule> parsed = RollSchedule::parse(text);
  EXPECT_TRUE(parsed.ok()) << text << ": " << parsed.status();
  return *parsed;
}

TEST(RollSchedule, Windows) {
  struct Row {
    const char* text;
    const char* from;
    const char* to;
    const char* opens;
    const char* closes;
  };
  constexpr Row kRows[] = {
      // December 2026 ends on Friday the 18th.
      {"5 business days before first notice or last trading day", "ESZ26", "ESH27",
       "2026-12-11 14:30", "2026-12-17 21:00"},
      {"8 business days before last trading day for 3 business days", "ESZ26", "ESH27",
       "2026-12-08 14:30", "2026-12-10 21:00"},
      {"1 business day before last trading day", "ESM26", "ESU26", "2026-06-17 13:30",
       "2026-06-17 20:00"},
      // First notice on 29 November 2024, a short day after Thanksgiving.
      {"5 business days before first notice or last trading day", "ZNZ24", "ZNH25",
       "2024-11-21 14:30", "2024-11-27 21:00"},
      {"2 business days before first notice", "ZNZ24", "ZNH25", "2024-11-26 14:30",
       "2024-11-27 21:00"},
      {"5 business days before last trading day", "ZNZ24", "ZNH25", "2024-12-12 14:30",
       "2024-12-18 21:00"},
      {"3 business days before last trading day", "FGBLH24", "FGBLM24", "2024-03-04 00:10",
       "2024-03-06 21:00"},
  };
  for (const Row& row : kRows) {
    const ContractCode from = *parse_contract(row.from, kToday);
    const ContractRules& rules = *contracts().find(from.root);
    const std::optional<RollWindow> window = roll_window(roll(row.text), rules, from.month);
    ASSERT_TRUE(window.has_value()) << row.text << " " << row.from;
    EXPECT_EQ(window->from, from.month);
    EXPECT_EQ(window->to, parse_contract(row.to, kToday)->month) << row.from;
    EXPECT_EQ(stamp(window->opens), row.opens) << row.text << " " << row.from;
    EXPECT_EQ(stamp(window->closes), row.closes) << row.text << " " << row.from;
    EXPECT_EQ(roll(row.text).text(), row.text);
  }
  const ContractRules& es = *contracts().find("ES");
  EXPECT_EQ(roll_window(roll("5 business days before last trading day"), es, {2026, 11}),
            std::nullopt);  // not listed
  EXPECT_EQ(roll_window(roll("5 business days before first notice"), es, {2026, 12}),
            std::nullopt);  // there is no notice
  EXPECT_EQ(roll_window(roll("5 business days before last trading day"), es, {2055, 12}),
            std::nullopt);  // not covered
}

TEST(RollSchedule, WhatIsOpenAndWhatComesNext) {
  const RollSchedule schedule = roll("5 business days before first notice or last trading day");
  const ContractRules& rules = *contracts().find("ZN");
  const TimeNs opens = utc("2024-11-21 14:30"), closes = utc("2024-11-27 21:00");
  EXPECT_EQ(roll_at(schedule, rules, opens - 1)->from, (ContractMonth{2024, 12}));
  EXPECT_EQ(roll_at(schedule, rules, closes - 1)->from, (ContractMonth{2024, 12}));
  EXPECT_EQ(roll_at(schedule, rules, closes)->from, (ContractMonth{2025, 3}));
  EXPECT_EQ(next_roll(schedule, rules, opens - 1), opens);
  EXPECT_EQ(stamp(next_roll(schedule, rules, opens)), "2025-02-21 14:30");
  EXPECT_EQ(next_roll(schedule, rules, INT64_MAX), std::nullopt);
  EXPECT_EQ(roll_at(schedule, rules, INT64_MAX), std::nullopt);
  EXPECT_EQ(stamp(next_roll(schedule, rules, INT64_MIN)), "2000-02-22 14:30");
}

/// For every root: windows come in order, each ends before notice and expiry, and from any time the
/// answers are those of a walk through all contracts.
TEST(RollSchedule, AgreesWithAWalk) {
  for (const std::string_view root : contracts().roots()) {
    const ContractRules& rules = *contracts().find(root);
    for (const char* text : {"1 business day before first notice or last trading day",
                             "12 business days before last trading day for 4 business days"}) {
      const RollSchedule schedule = roll(text);
      std::vector<RollWindow> all;
      for (std::int32_t count = 2000 * 12; count < 2051 * 12; ++count) {
        const auto window = roll_window(schedule, rules, {count / 12, count % 12 + 1});
        if (!window) continue;
        ASSERT_TRUE(window->opens < window->closes);
        ASSERT_TRUE(window->closes < *rules.expires(window->from));
        ASSERT_TRUE(all.empty() || all.back().closes <= window->opens);
        ASSERT_TRUE(all.empty() || all.back().to == window->from);
        all.push_back(*window);
      }
      ASSERT_GT(all.size(), 190u);
      for (std::size_t i = 0; i + 1 < all.size(); ++i) {
        for (const TimeNs time : {all[i].opens, all[i].closes - 1}) {
          ASSERT_EQ(roll_at(schedule, rules, time), all[i]);
          ASSERT_EQ(next_roll(schedule, rules, time), all[i + 1].opens);
        }
        ASSERT_EQ(roll_at(schedule, rules, all[i].closes), all[i + 1]);
        ASSERT_EQ(next_roll(schedule, rules, all[i].opens - 1), all[i].opens);
      }
    }
  }
}

TEST(RollSchedule, BadWordsAreNamed) {
  struct Row {
    const char* text;
    const char* message;
  };
  constexpr Row kRows[] = {
      {"",
       "ends where it needs a number of business days, as in '5 business days before last "
       "trading day'"},
      {"five business days before last trading day",
       "'five' where it needs a number of business days, as in '5 business days before last "
       "trading day'"},
      {"61 business days before last trading day", "'61' where it needs 1 to 60 business days"},
      {"5 days before last trading day", "'days' where it needs 'business days before'"},
      {"5 business days before expiry",
       "'expiry' where it needs 'first notice', 'last trading day' or 'first notice or last "
       "trading day'"},
      {"5 business days before first notice or expiry",
       "'expiry' where it needs 'last trading "
       "day'"},
      {"5 business days before last trading day for 6 business days",
       "'6' where it needs 1 to as many business days as there are before"},
      {"5 business days before last trading day at noon", "'at' where it needs nothing more"},
  };
  for (const Row& row : kRows) {
    const absl::StatusOr<RollSchedule> parsed = RollSchedule::parse(row.text);
    EXPECT_EQ(parsed.ok() ? "" : std::string(parsed.status().message()), row.message) << row.text;
  }
}

// --- The user's own --------------------------------------------------------------------------

std::string read(const std::string& text, ContractCalendar& own) {
  Complaints complaints;
  {
    Config config = Config::parse(text, "c.toml", complaints);
    read_contracts(config.root(), own);
    config.finish();
  }
  complaints.sort();
  std::string all;
  for (const Complaint& complaint : complaints.all())
    all += (all.empty() ? "" : "\n") + complaint.text();
  return all;
}

TEST(ContractFile, ChangesAndAddsRoots) {
  ContractCalendar own(calendars());
  ASSERT_EQ(read("[contract.ES]\n"
                 "dates = [{ contract = 'ESZ26', last_trading = 2026-12-17 }]\n"
                 "[contract.ZN]\n"
                 "first_notice = 'none'\n"
                 "last_trading_time = 'close'\n"
                 "[contract.FBTP]\n"
                 "cycle = 'HMUZ'\n"
                 "calendar = 'XEUR'\n"
                 "last_trading = '2 business days before day 10'\n"
                 "last_trading_time = '12:30'\n"
                 "dates = [{ contract = 'FBTPH2027', first_notice = 2027-03-04 }]\n",
                 own),
            "");
  EXPECT_EQ(date(own.find("ES")->last_trading_day({2026, 12})), "2026-12-17");
  EXPECT_EQ(date(own.find("ES")->last_trading_day({2027, 3})), "2027-03-19");
  EXPECT_EQ(stamp(own.find("ES")->expires({2026, 12})), "2026-12-17 14:30");
  EXPECT_EQ(date(own.find("ZN")->first_notice_day({2024, 12})), "none");
  EXPECT_EQ(date(own.find("ZN")->last_trading_day({2024, 12})), "2024-12-19");
  EXPECT_EQ(stamp(own.find("ZN")->expires({2024, 12})), "2024-12-19 21:00");
  ASSERT_NE(own.find("FBTP"), nullptr);
  EXPECT_EQ(date(own.find("FBTP")->last_trading_day({2024, 3})), "2024-03-07");
  EXPECT_EQ(date(own.find("FBTP")->first_notice_day({2027, 3})), "2027-03-04");
  EXPECT_EQ(date(own.find("FBTP")->first_notice_day({2027, 6})), "none");
  // A second file changes the one date again, and leaves the rest.
  ASSERT_EQ(
      read("[contract.ES]\ndates = [{ contract = 'ESZ26', last_trading = 2026-12-16 }]\n", own),
      "");
  EXPECT_EQ(date(own.find("ES")->last_trading_day({2026, 12})), "2026-12-16");
}

TEST(ContractFile, BadInputIsNamedAndPlaced) {
  struct Row {
    std::string text;
    std::string message;
  };
  const std::string es = "[contract.ES]\n";
  const Row kRows[] = {
      {"[contract.XYZ]\n",
       "c.toml:1:1: [contract.XYZ]: missing key 'cycle'\n"
       "c.toml:1:1: [contract.XYZ]: missing key 'calendar'\n"
       "c.toml:1:1: [contract.XYZ]: missing key 'last_trading'"},
      {"[contract.es]\ncycle = 'HMUZ'\ncalendar = 'XNYS'\nlast_trading = 'day 10'\n",
       "c.toml:1:1: contract.es: the root of a contract is 1 to 8 capital letters and digits"},
      {es + "cycle = 'HMUA'\n",
       "c.toml:2:9: contract.ES.cycle: 'HMUA' is not a list of month codes; write it like 'HMUZ'"},
      {es + "calendar = 'XNSY'\n",
       "c.toml:2:12: contract.ES.calendar: there is no calendar 'XNSY' (did you mean 'XNYS'?)"},
      {es + "last_trading = '3rd fryday'\n",
       "c.toml:2:16: contract.ES.last_trading: 'fryday' (did you mean 'friday'?) where it needs "
       "'business day' or a day of the week"},
      {es + "last_trading_time = 'noon'\n",
       "c.toml:2:21: contract.ES.last_trading_time: 'noon' is not a time of day; write it like "
       "'12:01', or 'close'"},
      {es + "lsat_trading = 'day 10'\n",
       "c.toml:2:1: [contract.ES]: unknown key 'lsat_trading' (did you mean 'last_trading'?)"},
      {es + "dates = [{ contract = 'ESZ6', last_trading = 2026-12-17 }]\n",
       "c.toml:2:23: contract.ES.dates.contract: 'ESZ6' is not a contract of 'ES' with its year; "
       "write it like 'ESZ26'"},
      {es + "dates = [{ contract = 'NQZ26', last_trading = 2026-12-17 }]\n",
       "c.toml:2:23: contract.ES.dates.contract: 'NQZ26' is not a contract of 'ES' with its year; "
       "write it like 'ESZ26'"},
      {es + "dates = [{ contract = 'ESX26', last_trading = 2026-11-17 }]\n",
       "c.toml:2:23: contract.ES.dates.contract: 'ESX26' is not in the cycle"},
      {es + "dates = [{ contract = 'ESZ26' }]\n",
       "c.toml:2:23: contract.ES.dates.contract: needs 'last_trading', 'first_notice' or both"},
      {es + "dates = [{ contract = 'ESZ26', last_trading = 2026-12-25 }]\n",
       "c.toml:2:47: contract.ES.dates.last_trading: 2026-12-25 is not a business day of XNYS"},
      {es + "dates = [{ contract = 'ESZ26', last_trading = 2028-12-15 }]\n",
       "c.toml:2:23: contract.ES.dates.contract: 'ESZ26' cannot end three months or more from its "
       "delivery month"},
      {es + "dates = [{ contract = 'ESZ26', last_trading = 2026-12-17 }, "
            "{ contract = 'ESZ2026', last_trading = 2026-12-17 }]\n",
       "c.toml:2:74: contract.ES.dates.contract: 'ESZ2026' is listed twice"},
      {es + "cycle = 4\ndates = [{ contract = 'ESZ26', last_trading = 2026-12-17 }]\n",
       "c.toml:2:9: contract.ES.cycle: expected a string, found a number"},
  };
  for (const Row& row : kRows) {
    ContractCalendar own(calendars());
    EXPECT_EQ(read(row.text, own), row.message) << row.text;
    // What is wrong changes nothing.
    EXPECT_EQ(date(own.find("ES")->last_trading_day({2026, 12})), "2026-12-18");
    EXPECT_EQ(own.roots().size(), contracts().roots().size());
  }
}

TEST(ContractFile, RollSchedulesHaveAPlace) {
  Complaints complaints;
  Config config = Config::parse(
      "a = '5 business days before last trading day'\nb = '5 days'\nc = 5\n", "p.toml", complaints);
  EXPECT_EQ(read_roll_schedule(config.root().get("a")),
            roll("5 business days before last trading day"));
  EXPECT_EQ(read_roll_schedule(config.root().get("b")), std::nullopt);
  EXPECT_EQ(read_roll_schedule(config.root().get("c")), std::nullopt);
  EXPECT_EQ(read_roll_schedule(config.root().get("d")), std::nullopt);
  ASSERT_EQ(complaints.all().size(), 2u);
  EXPECT_EQ(complaints.all()[0].text(),
            "p.toml:2:5: b: 'days' where it needs 'business days before'");
  EXPECT_EQ(complaints.all()[1].text(), "p.toml:3:5: c: expected a string, found a number");
}

// --- What docs/CALENDARS.md shows ------------------------------------------------------------

/// Everything in its blocks is read, and its configuration without a word of complaint.
TEST(CalendarDocument, ShowsWhatIsRead) {
  std::ifstream in(std::string(EVENKEEL_SOURCE_DIR) + "/docs/CALENDARS.md");
  ASSERT_TRUE(in.good());
  std::string fence, toml;
  int lines = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("```", 0) == 0) {
      fence = fence.empty() ? line : "";
    } else if (fence == "```toml") {
      toml += line + "\n";
    } else if (fence == "```") {
      ++lines;
      EXPECT_TRUE(Schedule::parse(line, calendars()).ok() ||
                  ActiveHours::parse(line, calendars()).ok())
          << line;
    } else if (line.find("    ") == 0 && line.find("business day") != std::string::npos) {
      ++lines;
      EXPECT_TRUE(RollSchedule::parse(line).ok()) << line;
    }
  }
  EXPECT_EQ(lines, 12);
  Complaints complaints;
  CalendarSet set;
  ContractCalendar own(calendars());
  Config config = Config::parse(toml, "CALENDARS.md", complaints);
  read_calendars(config.root(), set);
  read_contracts(config.root(), own);
  config.finish();
  for (const Complaint& complaint : complaints.all()) ADD_FAILURE() << complaint.text();
  EXPECT_TRUE(set.find("desk") != nullptr && own.find("FBTP") != nullptr);
}

}  // namespace
}  // namespace evenkeel::rules
