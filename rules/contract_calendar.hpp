// The dates of futures contracts: which months are listed, when each trades last and when notice
// of delivery can first come, by the exchanges' rules or by the user's own; and when to roll from
// one to the next. Never reads a clock, never guesses: a contract without a rule has no dates.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/text.hpp"
#include "core/time.hpp"
#include "rules/civil.hpp"
#include "rules/config_reader.hpp"
#include "rules/exchange_calendar.hpp"

namespace evenkeel::rules {

/// A delivery month.
struct ContractMonth {
  std::int32_t year = 0;
  std::int32_t month = 0;  // 1..12
  friend constexpr auto operator<=>(const ContractMonth&, const ContractMonth&) = default;
};

/// F G H J K M N Q U V X Z for January to December.
constexpr char month_code(std::int32_t month) { return "FGHJKMNQUVXZ"[month - 1]; }
std::optional<std::int32_t> month_of_code(char code);

/// "ES" and December 2026.
struct ContractCode {
  std::string root;
  ContractMonth month;
  friend bool operator==(const ContractCode&, const ContractCode&) = default;
};

/// Reads "ESZ6", "ESZ26" or "ESZ2026": root, month code, year. One digit means the year that ends
/// in it from two before `as_of` to seven after, two digits from fifty before to 49 after; so a
/// contract that has just expired is that one and not one of ten years on. Nothing when it is not
/// such a code.
std::optional<ContractCode> parse_contract(std::string_view code, DayNumber as_of);
/// "ESZ6", as data feeds and order entry write it.
std::string contract_text(std::string_view root, ContractMonth month);

/// A date rule in words, relative to the delivery month:
///   "3rd friday", "2nd friday"            or the business day before it when that is none
///   "day 10"                              or the business day after it
///   "1st business day", "last business day"
///   each of them with "N business days before" in front and "of the month before" behind
struct DateRule {
  enum class Anchor : std::uint8_t { kNthWeekday = 0, kDayOfMonth, kNthSession, kLastSession };
  Anchor anchor = Anchor::kLastSession;
  Weekday weekday = Weekday::kFriday;
  std::int32_t n = 0;            // of the weekday, the day of the month or the session
  std::int32_t days_before = 0;  // business days
  bool month_before = false;
  friend bool operator==(const DateRule&, const DateRule&) = default;

  static absl::StatusOr<DateRule> parse(std::string_view text);
  std::string text() const;
  /// Nothing outside the years that calendars cover.
  std::optional<DayNumber> day(ContractMonth month, const ExchangeCalendar& calendar) const;
};

/// What one contract's dates are instead of what the rules say.
struct ContractDates {
  ContractMonth month;
  std::optional<DayNumber> last_trading;
  std::optional<DayNumber> first_notice;
};

/// The contracts of one root.
struct ContractRules {
  Text<8> root;
  std::uint16_t cycle = 0;                     // months listed, January in bit 0
  const ExchangeCalendar* calendar = nullptr;  // whose sessions are business days
  DateRule last_trading;
  std::optional<DurationNs> last_trading_time;  // by the wall clock of the calendar; else the close
  std::optional<DateRule> first_notice;         // none: settled in cash, or no notice
  std::vector<ContractDates> exceptions{};      // by month

  bool lists(ContractMonth month) const { return (cycle >> (month.month - 1) & 1) != 0; }
  /// The listed month after this one.
  ContractMonth following(ContractMonth month) const;
  /// Nothing outside the years that calendars cover.
  std::optional<DayNumber> last_trading_day(ContractMonth month) const;
  /// Nothing as well when there is no notice.
  std::optional<DayNumber> first_notice_day(ContractMonth month) const;
  /// The moment from which it no longer trades.
  std::optional<TimeNs> expires(ContractMonth month) const;
};

/// The roots that the exchanges' published rules are known for, by the user's changes.
class ContractCalendar {
 public:
  static constexpr std::size_t kRootsMax = 256;

  /// `calendars` outlives it.
  explicit ContractCalendar(const CalendarSet& calendars);

  /// Null: unknown.
  const ContractRules* find(std::string_view root) const;
  std::vector<std::string_view> roots() const;
  /// Adds a root or replaces it. False: full.
  bool put(ContractRules rules);
  const CalendarSet& calendars() const { return *calendars_; }

 private:
  const CalendarSet* calendars_;
  std::vector<ContractRules> all_;
};

/// When to go from one contract to the next: "5 business days before first notice or last trading
/// day", "8 business days before last trading day for 3 business days". Without "for" the window
/// stays open until the day before what it leads up to.
struct RollSchedule {
  enum class Before : std::uint8_t { kFirstNoticeOrLastTrading = 0, kFirstNotice, kLastTrading };
  std::int32_t days_before = 5;  // business days
  Before before = Before::kFirstNoticeOrLastTrading;
  std::int32_t days_open = 0;  // business days; 0: until the end
  friend bool operator==(const RollSchedule&, const RollSchedule&) = default;

  static absl::StatusOr<RollSchedule> parse(std::string_view text);
  std::string text() const;
};

/// Out of `from` and into `to` from `opens` until just before `closes`: from the open of the first
/// business day to the close of the last. After that nothing is left in `from`.
struct RollWindow {
  ContractMonth from, to;
  TimeNs opens = 0;
  TimeNs closes = 0;
  friend bool operator==(const RollWindow&, const RollWindow&) = default;
};

/// The window of one contract. Nothing when it is not listed, outside the years covered, or when
/// what the schedule leads up to does not exist for this root.
std::optional<RollWindow> roll_window(const RollSchedule& schedule, const ContractRules& rules,
                                      ContractMonth from);
/// The first window that closes after `time`: the one that is open, or else the next to open.
std::optional<RollWindow> roll_at(const RollSchedule& schedule, const ContractRules& rules,
                                  TimeNs time);
/// The first time strictly after `time` at which a window opens, for a timer.
std::optional<TimeNs> next_roll(const RollSchedule& schedule, const ContractRules& rules,
                                TimeNs time);

/// Reads the tables `[contract.ROOT]` of a file; docs/CALENDARS.md is their reference. What is
/// wrong becomes a complaint at its place, and its root stays as it was.
///
///   [contract.ES]
///   dates = [{ contract = "ESM26", last_trading = 2026-06-18 }]
///   [contract.XYZ]
///   cycle = "HMUZ"
///   calendar = "XEUR"
///   last_trading = "2 business days before day 10"
void read_contracts(const Table& root, ContractCalendar& contracts);
/// Reads a roll schedule; what is wrong becomes a complaint at the value.
std::optional<RollSchedule> read_roll_schedule(const Value& value);

}  // namespace evenkeel::rules
