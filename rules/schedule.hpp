// When a rule is due by the calendar, and the hours in which it may act: "monthly on last business
// day 30m before the close on XNYS", "09:45 to 15:30 on XNYS". Values: given a time, the next one
// after it, so that an engine can set a timer. Never reads a clock, keeps no state, never allocates
// once parsed. docs/CALENDARS.md has the words.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/time.hpp"
#include "rules/civil.hpp"
#include "rules/config_reader.hpp"
#include "rules/exchange_calendar.hpp"

namespace evenkeel::rules {

/// A moment of a day: by the wall clock, or by the session. A moment by the session never lies
/// outside of it: on a short day, "6h before the close" is the open.
struct DayTime {
  enum class Kind : std::uint8_t { kClock = 0, kAfterOpen, kBeforeClose };
  Kind kind = Kind::kClock;
  DurationNs distance = 0;  // since midnight, after the open, or before the close
  friend bool operator==(const DayTime&, const DayTime&) = default;
};

/// What becomes of a day of a period on which there is no session.
enum class Roll : std::uint8_t {
  kForward = 0,  // the next session
  kBack,         // the previous one
  kModified,     // the next one, unless that is in another month: then the previous one
  kSkip,         // nothing in that period
};

class Schedule {
 public:
  enum class Frequency : std::uint8_t {
    kDaily = 0,
    kWeekly,
    kMonthly,
    kQuarterly,
    kSemiannually,
    kYearly
  };
  enum class DayKind : std::uint8_t {
    kEverySession = 0,  // daily
    kWeekday,           // weekly: "friday"
    kNthSession,        // "3rd business day"; a period with fewer has its last one
    kLastSession,       // "last business day"
    kDayOfMonth,        // "day 15"; in a shorter month its last day
    kLastDay,           // "last day"
    kNthWeekday,        // "3rd friday"
    kLastWeekday,       // "last friday"
  };

  /// Reads the words. `calendars` outlives the schedule. Errors: InvalidArgument, naming the word.
  static absl::StatusOr<Schedule> parse(std::string_view text, const CalendarSet& calendars);
  /// The words in full, which parse to the same schedule.
  std::string text() const;

  /// The first time strictly after `time` at which it is due. Nothing: not any more within the
  /// years that calendars cover.
  std::optional<TimeNs> next(TimeNs time) const;

  Frequency frequency() const { return frequency_; }
  DayKind day_kind() const { return day_kind_; }
  Roll roll() const { return roll_; }
  const DayTime& at() const { return at_; }
  Zone zone() const { return zone_; }
  const ExchangeCalendar& calendar() const { return *calendar_; }
  friend bool operator==(const Schedule&, const Schedule&) = default;

 private:
  friend class ScheduleReader;

  /// Periods are numbered from the first that calendars cover.
  std::int32_t period_count() const;
  std::int32_t period_of(DayNumber day) const;
  std::optional<DayNumber> nominal_day(std::int32_t period) const;
  std::optional<DayNumber> rolled(DayNumber day) const;
  /// When the schedule is due in a period; never earlier than in the period before.
  std::optional<TimeNs> due_in(std::int32_t period) const;
  bool rolls() const { return day_kind_ == DayKind::kWeekday || day_kind_ >= DayKind::kDayOfMonth; }
  std::string day_text() const;

  Frequency frequency_ = Frequency::kDaily;
  DayKind day_kind_ = DayKind::kEverySession;
  Roll roll_ = Roll::kForward;
  Weekday weekday_ = Weekday::kMonday;
  std::int32_t n_ = 0;      // of kNthSession, kDayOfMonth, kNthWeekday
  std::int32_t month_ = 1;  // quarterly and rarer: a month in which it is due
  DayTime at_;
  Zone zone_ = Zone::kUtc;  // of a time by the clock
  const ExchangeCalendar* calendar_ = nullptr;
};

/// A window of each session day: "15m after the open to 10m before the close on XNYS". It holds the
/// time at which it begins, not the one at which it ends, nor the midday pause of its calendar.
class ActiveHours {
 public:
  static absl::StatusOr<ActiveHours> parse(std::string_view text, const CalendarSet& calendars);
  std::string text() const;

  /// False outside the years that calendars cover.
  bool active(TimeNs time) const;
  /// The first moment strictly after `time` at which `active` changes; `opens`: to true.
  std::optional<Boundary> next_change(TimeNs time) const;

  const ExchangeCalendar& calendar() const { return *calendar_; }
  friend bool operator==(const ActiveHours&, const ActiveHours&) = default;

 private:
  friend class ScheduleReader;

  struct Span {
    TimeNs from = 0, until = 0;  // equal: nothing
  };
  /// The window of one date, without the pause; both empty when there is none.
  std::array<Span, 2> spans_of(DayNumber day) const;

  DayTime from_, until_;
  Zone zone_ = Zone::kUtc;
  const ExchangeCalendar* calendar_ = nullptr;
};

/// The same from a configuration; what is wrong becomes a complaint at the value.
std::optional<Schedule> read_schedule(const Value& value, const CalendarSet& calendars);
std::optional<ActiveHours> read_active_hours(const Value& value, const CalendarSet& calendars);

}  // namespace evenkeel::rules
