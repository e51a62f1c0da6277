// When a market is open: the sessions of a named calendar over fifty years, built once from the
// published rules (rules/market_days.hpp) and from days that the user adds, takes away or shortens
// in TOML. Never reads a clock, never allocates once built, and answers nothing for days that it
// does not cover: outside its years a market counts as shut.
#pragma once

#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/time.hpp"
#include "rules/config_reader.hpp"
#include "rules/market_days.hpp"

namespace evenkeel::rules {

/// One session, in UTC: open from `open` until just before `close`, but for the pause within.
struct Session {
  DayNumber day = 0;  // the date that it bears, in the zone of its calendar
  bool early_close = false;
  TimeNs open = 0;
  TimeNs close = 0;
  TimeNs pause = 0, resume = 0;  // equal: no pause
  friend bool operator==(const Session&, const Session&) = default;

  bool holds(TimeNs time) const {
    return time >= open && time < close && !(time >= pause && time < resume);
  }
};

/// A moment at which a market begins or ceases to trade. Where one session follows on another
/// without a break, it opens.
struct Boundary {
  TimeNs at = 0;
  bool opens = false;
  friend bool operator==(const Boundary&, const Boundary&) = default;
};

/// What one date is instead of what the rules say, by the wall clock of the calendar's zone.
struct DayChange {
  DayNumber day = 0;
  DayPlan plan;
};

class ExchangeCalendar {
 public:
  /// The longest name of a calendar.
  static constexpr std::size_t kNameMax = 24;

  /// A calendar by rule. `changes`, ordered by day and each day once, replace what the rules say.
  /// Precondition: changed days are covered, open before they close, and meet no other session.
  ExchangeCalendar(std::string_view name, Market market, std::span<const DayChange> changes = {});

  std::string_view name() const { return name_; }
  Market market() const { return market_; }
  Zone zone() const { return facts_of(market_).zone; }
  /// The days that it answers for, both included.
  static constexpr DayNumber first_day() { return day_number(kMarketFirstYear, 1, 1); }
  static constexpr DayNumber last_day() { return day_number(kMarketLastYear, 12, 31); }
  static constexpr bool covers(DayNumber day) { return day >= first_day() && day <= last_day(); }
  /// No day is without a session, as on `always`.
  bool is_every_day() const { return std::ssize(sessions_) == last_day() - first_day() + 1; }
  /// All of them, in order.
  std::span<const Session> sessions() const { return sessions_; }

  // By date ------------------------------------------------------------------------------------

  /// The session of a date, or null: none, or not covered.
  const Session* session(DayNumber day) const;
  bool is_session(DayNumber day) const { return session(day) != nullptr; }
  /// The date itself when it is a session, else the next (or the previous) one that is.
  std::optional<DayNumber> session_from(DayNumber day) const;
  std::optional<DayNumber> session_until(DayNumber day) const;
  /// The n-th session after a date (n > 0) or before it (n < 0); whether the date itself is one
  /// makes no difference. Precondition: n is not zero.
  std::optional<DayNumber> sessions_from(DayNumber day, std::int32_t n) const;
  /// Sessions of the dates from `from` up to and not including `until`. Nothing when a date is not
  /// covered or they are in the wrong order.
  std::optional<std::int32_t> sessions_between(DayNumber from, DayNumber until) const;
  /// The n-th session of a month, from 1. Nothing when it has fewer, or is not covered.
  std::optional<DayNumber> nth_session(std::int32_t year, std::int32_t month, std::int32_t n) const;
  std::optional<DayNumber> last_session(std::int32_t year, std::int32_t month) const;

  // By time ------------------------------------------------------------------------------------

  /// False outside the years covered, and in a pause.
  bool is_open(TimeNs time) const;
  /// The session that a time lies in, its pause included, or null.
  const Session* session_at(TimeNs time) const;
  /// Strictly after `time`; pauses do not count.
  std::optional<TimeNs> next_open(TimeNs time) const;
  std::optional<TimeNs> next_close(TimeNs time) const;
  /// At or before `time`.
  std::optional<TimeNs> previous_close(TimeNs time) const;
  /// Strictly after `time`; a pause has boundaries, too.
  std::optional<Boundary> next_boundary(TimeNs time) const;

 private:
  std::size_t first_at_or_after(DayNumber day) const;

  std::string name_;
  Market market_;
  std::vector<Session> sessions_;
  // By day from first_day(), and one more: how many sessions are before it.
  std::vector<std::uint16_t> before_;
};

/// The calendars that a policy can speak of. Those that exist by rule are there from the start and
/// built when first asked for.
class CalendarSet {
 public:
  static constexpr std::size_t kCalendarsMax = 64;

  CalendarSet();
  CalendarSet(CalendarSet&&) noexcept;
  CalendarSet& operator=(CalendarSet&&) noexcept;
  ~CalendarSet();

  /// Null: no such name. The calendar lives as long as the set, moved or not.
  const ExchangeCalendar* find(std::string_view name) const;
  /// For "did you mean".
  std::vector<std::string_view> names() const;
  /// Adds a calendar, or replaces the one of its name. False: the set is full.
  /// Precondition: nobody holds the one that is replaced.
  bool put(std::unique_ptr<ExchangeCalendar> calendar);

 private:
  struct Entry;
  mutable std::vector<Entry> entries_;
};

/// Reads the tables `[calendar.NAME]` of a file; docs/CALENDARS.md is their reference. What is
/// wrong becomes a complaint at its place, and its calendar stays as it was.
///
///   [calendar.XNYS]                       # a known name: changes that calendar
///   closed = [2027-01-28]                 # no session
///   hours = [{ day = 2027-07-02, close = "13:00" }]
///   [calendar.desk]                       # a new name: another calendar, made from `base`
///   base = "XLON"
///   open = [2027-12-27]                   # a session of the regular hours
void read_calendars(const Table& root, CalendarSet& calendars);

/// A file of nothing but calendars. Errors: every complaint, each with file:line:column. Warnings
/// are added to `warnings` when it is not null.
absl::StatusOr<CalendarSet> parse_calendars(std::string_view text, std::string_view file,
                                            std::vector<Complaint>* warnings = nullptr);

}  // namespace evenkeel::rules
