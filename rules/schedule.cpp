#include "rules/schedule.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rules/words.hpp"

namespace evenkeel::rules {
namespace {

absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }

constexpr std::array<std::string_view, 6> kFrequencies = {"daily",     "weekly",       "monthly",
                                                          "quarterly", "semiannually", "yearly"};
/// How many months apart; zero: by days.
constexpr std::array<std::int32_t, 6> kMonthsApart = {0, 0, 1, 3, 6, 12};
constexpr std::array<std::string_view, 4> kRolls = {"rolled forward", "rolled back",
                                                    "rolled modified", "not rolled"};

std::int32_t months_apart(Schedule::Frequency frequency) {
  return kMonthsApart[static_cast<std::size_t>(frequency)];
}

/// In the largest unit that gives a whole number: "90m".
std::string duration_text(DurationNs duration) {
  if (duration % kHour == 0) return absl::StrCat(duration / kHour, "h");
  if (duration % kMinute == 0) return absl::StrCat(duration / kMinute, "m");
  return absl::StrCat(duration / kSecond, "s");
}

std::string moment_text(const DayTime& at, std::string_view zone) {
  const std::string distance = at.distance == 0 ? "the" : duration_text(at.distance);
  switch (at.kind) {
    case DayTime::Kind::kClock:
      return absl::StrCat(format_clock(at.distance), zone.empty() ? "" : " ", to_absl(zone));
    case DayTime::Kind::kAfterOpen:
      return absl::StrCat(distance, at.distance == 0 ? " open" : " after the open");
    case DayTime::Kind::kBeforeClose:
      return absl::StrCat(distance, at.distance == 0 ? " close" : " before the close");
  }
  return {};
}

/// Nothing when it is a time by the session of a day that has none, or outside the years covered.
std::optional<TimeNs> moment_of(const DayTime& at, Zone zone, const ExchangeCalendar& calendar,
                                DayNumber day) {
  if (at.kind == DayTime::Kind::kClock) return to_utc(zone, {day, at.distance});
  const Session* session = calendar.session(day);
  if (session == nullptr) return std::nullopt;
  return at.kind == DayTime::Kind::kAfterOpen
             ? std::min(session->open + at.distance, session->close)
             : std::max(session->close - at.distance, session->open);
}

/// The local day of a time, the first or last one that is covered when it lies outside.
DayNumber covered_day(Zone zone, TimeNs time) {
  constexpr DayNumber kFirst = ExchangeCalendar::first_day();
  if (time < kFirst * kCalendarDay) return kFirst;
  const std::optional<LocalTime> local = to_local(zone, time);
  if (!local) return ExchangeCalendar::last_day();
  return std::clamp(local->day, kFirst, ExchangeCalendar::last_day());
}

}  // namespace

// --- Schedule: when --------------------------------------------------------------------------

std::int32_t Schedule::period_of(DayNumber day) const {
  constexpr DayNumber kFirst = ExchangeCalendar::first_day();
  if (frequency_ == Frequency::kDaily) return day - kFirst;
  if (frequency_ == Frequency::kWeekly) return (day - weekday_until(kFirst, Weekday::kMonday)) / 7;
  const CivilDate date = civil_date(day);
  return ((date.year - kMarketFirstYear) * 12 + date.month - 1) / months_apart(frequency_);
}

std::int32_t Schedule::period_count() const { return period_of(ExchangeCalendar::last_day()) + 1; }

/// The day that the words name, whether or not there is a session on it.
std::optional<DayNumber> Schedule::nominal_day(std::int32_t period) const {
  constexpr DayNumber kFirst = ExchangeCalendar::first_day();
  if (frequency_ == Frequency::kDaily) return kFirst + period;
  if (frequency_ == Frequency::kWeekly)
    return weekday_until(kFirst, Weekday::kMonday) + 7 * period +
           static_cast<std::int32_t>(weekday_);
  const std::int32_t apart = months_apart(frequency_);
  const std::int32_t months = period * apart + (month_ - 1) % apart;
  const std::int32_t year = kMarketFirstYear + months / 12, month = months % 12 + 1;
  switch (day_kind_) {
    case DayKind::kNthSession: {
      const auto nth = calendar_->nth_session(year, month, n_);
      return nth ? nth : calendar_->last_session(year, month);
    }
    case DayKind::kLastSession:
      return calendar_->last_session(year, month);
    case DayKind::kDayOfMonth:
      return day_number(year, month, std::min(n_, days_in_month(year, month)));
    case DayKind::kLastDay:
      return last_of_month(year, month);
    case DayKind::kNthWeekday:
      return nth_weekday(year, month, weekday_, n_);
    case DayKind::kLastWeekday:
      return last_weekday(year, month, weekday_);
    case DayKind::kEverySession:
    case DayKind::kWeekday:
      break;
  }
  return std::nullopt;
}

std::optional<DayNumber> Schedule::rolled(DayNumber day) const {
  if (calendar_->is_session(day)) return day;
  if (!rolls() || roll_ == Roll::kSkip) return std::nullopt;
  if (roll_ == Roll::kBack) return calendar_->session_until(day);
  const std::optional<DayNumber> ahead = calendar_->session_from(day);
  const bool leaves = !ahead || civil_date(*ahead).month != civil_date(day).month;
  return roll_ == Roll::kModified && leaves ? calendar_->session_until(day) : ahead;
}

std::optional<TimeNs> Schedule::due_in(std::int32_t period) const {
  const std::optional<DayNumber> nominal = nominal_day(period);
  if (!nominal) return std::nullopt;
  const std::optional<DayNumber> day = rolled(*nominal);
  if (!day) return std::nullopt;
  return moment_of(at_, zone_, *calendar_, *day);
}

std::optional<TimeNs> Schedule::next(TimeNs time) const {
  // Due times never go backwards from period to period: from one that is past, the first that is
  // not is the answer. Two days are more than any zone or session is off its date.
  const DayNumber around = std::max(covered_day(zone_, time) - 2, ExchangeCalendar::first_day());
  std::int32_t period = period_of(around);
  for (; period > 0; --period) {
    const std::optional<TimeNs> due = due_in(period);
    if (due && *due <= time) break;
  }
  for (const std::int32_t end = period_count(); period < end; ++period) {
    const std::optional<TimeNs> due = due_in(period);
    if (due && *due > time) return due;
  }
  return std::nullopt;
}

std::string Schedule::day_text() const {
  switch (day_kind_) {
    case DayKind::kEverySession:
      return {};
    case DayKind::kWeekday:
      return std::string(weekday_name(weekday_));
    case DayKind::kNthSession:
      return absl::StrCat(ordinal(n_), " business day");
    case DayKind::kLastSession:
      return "last business day";
    case DayKind::kDayOfMonth:
      return absl::StrCat("day ", n_);
    case DayKind::kLastDay:
      return "last day";
    case DayKind::kNthWeekday:
      return absl::StrCat(ordinal(n_), " ", to_absl(weekday_name(weekday_)));
    case DayKind::kLastWeekday:
      return absl::StrCat("last ", to_absl(weekday_name(weekday_)));
  }
  return {};
}

std::string Schedule::text() const {
  std::string text(kFrequencies[static_cast<std::size_t>(frequency_)]);
  if (frequency_ != Frequency::kDaily) absl::StrAppend(&text, " on ", day_text());
  if (months_apart(frequency_) > 1) absl::StrAppend(&text, " of ", to_absl(month_name(month_)));
  if (rolls() && !calendar_->is_every_day())
    absl::StrAppend(&text, " ", to_absl(kRolls[static_cast<std::size_t>(roll_)]));
  const bool exact = at_.kind == DayTime::Kind::kClock || at_.distance == 0;
  absl::StrAppend(&text, exact ? " at " : " ", moment_text(at_, zone_name(zone_)), " on ",
                  to_absl(calendar_->name()));
  return text;
}

// --- Active hours: when ----------------------------------------------------------------------

std::array<ActiveHours::Span, 2> ActiveHours::spans_of(DayNumber day) const {
  const Session* session = calendar_->session(day);
  if (session == nullptr) return {};
  const bool overnight = from_.kind == DayTime::Kind::kClock &&
                         until_.kind == DayTime::Kind::kClock && until_.distance <= from_.distance;
  const auto from = moment_of(from_, zone_, *calendar_, day);
  const auto until = moment_of(until_, zone_, *calendar_, overnight ? day + 1 : day);
  if (!from || !until || *from >= *until) return {};
  if (session->pause == session->resume || session->resume <= *from || session->pause >= *until)
    return {Span{*from, *until}, Span{}};
  return {Span{*from, std::max(*from, session->pause)},
          Span{std::min(*until, session->resume), *until}};
}

bool ActiveHours::active(TimeNs time) const {
  const DayNumber day = covered_day(zone_, time);
  for (DayNumber near = day - 2; near <= day + 2; ++near) {
    for (const Span& span : spans_of(near)) {
      if (time >= span.from && time < span.until) return true;
    }
  }
  return false;
}

std::optional<Boundary> ActiveHours::next_change(TimeNs time) const {
  Span window;  // spans that follow on each other are one
  for (DayNumber day = covered_day(zone_, time) - 2; day <= ExchangeCalendar::last_day(); ++day) {
    for (const Span& span : spans_of(day)) {
      if (span.from == span.until) continue;
      if (window.from != window.until && span.from == window.until) {
        window.until = span.until;
        continue;
      }
      if (window.from != window.until && window.until > time)
        return window.from > time ? Boundary{window.from, true} : Boundary{window.until, false};
      window = span;
    }
  }
  if (window.from == window.until || window.until <= time) return std::nullopt;
  return window.from > time ? Boundary{window.from, true} : Boundary{window.until, false};
}

std::string ActiveHours::text() const {
  const bool clock_last = until_.kind == DayTime::Kind::kClock;
  const std::string_view zone = zone_name(zone_);
  return absl::StrCat(moment_text(from_, clock_last ? std::string_view{} : zone), " to ",
                      moment_text(until_, zone), " on ", to_absl(calendar_->name()));
}

// --- Reading the words -----------------------------------------------------------------------

/// Reads one schedule or one window of hours.
class ScheduleReader : private Words {
 public:
  ScheduleReader(std::string_view text, const CalendarSet& calendars)
      : Words(text), calendars_(calendars) {}

  absl::StatusOr<Schedule> schedule() {
    Schedule schedule;
    read_frequency(schedule);
    if (good() && accept("on")) {
      read_day(schedule);
    } else if (good() && schedule.frequency_ != Schedule::Frequency::kDaily) {
      fail_at(absl::StrCat("'on' and a day, as in '",
                           to_absl(kFrequencies[static_cast<std::size_t>(schedule.frequency_)]),
                           schedule.frequency_ == Schedule::Frequency::kWeekly
                               ? " on friday'"
                               : " on last business day'"));
    }
    if (good()) read_month(schedule);
    const bool rolled = peek() == "rolled" || peek() == "not";
    if (good()) read_roll(schedule);
    if (good()) read_at();
    if (good()) schedule.at_ = read_moment();
    if (good()) read_calendar(schedule.zone_, schedule.calendar_, {schedule.at_});
    if (good()) check(schedule, rolled);
    if (!good()) return status();
    return schedule;
  }

  absl::StatusOr<ActiveHours> active_hours() {
    ActiveHours hours;
    hours.from_ = read_moment();
    if (good() && !accept("to")) fail_at("'to' and the end of the hours");
    if (good()) hours.until_ = read_moment(kCalendarDay);
    if (good()) read_calendar(hours.zone_, hours.calendar_, {hours.from_, hours.until_});
    if (good() && !hours.next_change(0)) fail("the hours never hold");
    if (!good()) return status();
    return hours;
  }

 private:
  using Frequency = Schedule::Frequency;
  using DayKind = Schedule::DayKind;

  void read_frequency(Schedule& schedule) {
    const auto found = std::find(kFrequencies.begin(), kFrequencies.end(), peek());
    if (found == kFrequencies.end())
      return fail_at("daily, weekly, monthly, quarterly, semiannually or yearly",
                     did_you_mean(peek(), {kFrequencies.begin(), kFrequencies.end()}));
    schedule.frequency_ = static_cast<Frequency>(found - kFrequencies.begin());
    skip();
  }

  void read_day(Schedule& schedule) {
    if (schedule.frequency_ == Frequency::kDaily)
      return fail("'daily' takes no day; the calendar comes last");
    if (schedule.frequency_ == Frequency::kWeekly) {
      schedule.day_kind_ = DayKind::kWeekday;
      schedule.weekday_ = weekday("a day of the week");
      return;
    }
    if (accept("day")) return read_day_of_month(schedule);
    if (accept("last")) {
      if (accept("day")) {
        schedule.day_kind_ = DayKind::kLastDay;
      } else if (accept_business_day()) {
        schedule.day_kind_ = DayKind::kLastSession;
      } else {
        schedule.day_kind_ = DayKind::kLastWeekday;
        schedule.weekday_ = weekday("'day', 'business day' or a day of the week");
      }
      return;
    }
    read_ordinal_day(schedule);
  }

  void read_day_of_month(Schedule& schedule) {
    schedule.day_kind_ = DayKind::kDayOfMonth;
    schedule.n_ = small_number(peek());
    if (schedule.n_ < 1 || schedule.n_ > 31) return fail_at("a day from 1 to 31");
    skip();
  }

  void read_ordinal_day(Schedule& schedule) {
    schedule.n_ = ordinal_number(peek());
    if (schedule.n_ < 1)
      return fail_at("'day 15', 'last day', '1st business day', 'last business day', '3rd friday'");
    skip();
    if (accept_business_day()) {
      schedule.day_kind_ = DayKind::kNthSession;
      if (schedule.n_ > 23) return fail("no month has more than 23 business days");
      return;
    }
    schedule.day_kind_ = DayKind::kNthWeekday;
    schedule.weekday_ = weekday("'business day' or a day of the week");
    if (schedule.n_ > 4) fail("not every month has a 5th; write 'last'");
  }

  /// "of march": the months that are a whole number of periods from it. By default the first of a
  /// period, and for what is last in a period the last.
  void read_month(Schedule& schedule) {
    const std::int32_t apart = months_apart(schedule.frequency_);
    const bool last = schedule.day_kind_ == DayKind::kLastSession ||
                      schedule.day_kind_ == DayKind::kLastDay ||
                      schedule.day_kind_ == DayKind::kLastWeekday;
    schedule.month_ = last && apart > 0 ? apart : 1;
    if (!accept("of")) return;
    if (apart <= 1)
      return fail(absl::StrCat("'of' a month is for quarterly, semiannually and yearly"));
    const std::optional<std::int32_t> month = month_by_name(peek());
    if (!month) {
      std::vector<std::string_view> names;
      for (std::int32_t m = 1; m <= 12; ++m) names.push_back(month_name(m));
      return fail_at("a month", did_you_mean(peek(), names));
    }
    schedule.month_ = (*month - 1) % apart + 1;
    skip();
  }

  void read_roll(Schedule& schedule) {
    const bool is_not = accept("not");
    if (!accept("rolled")) {
      if (is_not) fail_at("'rolled'");
      return;
    }
    if (is_not) {
      schedule.roll_ = Roll::kSkip;
    } else if (accept("back")) {
      schedule.roll_ = Roll::kBack;
    } else if (accept("modified")) {
      schedule.roll_ = Roll::kModified;
    } else if (!accept("forward")) {
      fail_at("forward, back or modified");
    }
  }

  /// "at" stands before a time by the clock, "the open" and "the close"; not before distances.
  void read_at() {
    const bool given = accept("at"), exact = peek() == "the" || parse_clock(peek()).has_value();
    if (given && !exact) fail_at("a time of day like '15:30', or 'the close'");
    if (!given && exact) fail_at("'at'");
  }

  /// "15:30", "the open", "the close", "30m before the close", "15m after the open".
  DayTime read_moment(DurationNs clock_max = kCalendarDay - kSecond) {
    DayTime at;
    if (accept("the")) {
      at.kind = peek() == "open" ? DayTime::Kind::kAfterOpen : DayTime::Kind::kBeforeClose;
      if (!accept("open") && !accept("close")) fail_at("'open' or 'close'");
      return at;
    }
    if (const std::optional<DurationNs> clock = parse_clock(peek())) {
      if (*clock > clock_max) fail_at("a time before 24:00");
      at.distance = *clock;
      skip();
      if (!peek().empty() && peek() != "on" && peek() != "to") read_zone();
      return at;
    }
    const absl::StatusOr<DurationNs> distance = parse_duration(peek());
    if (!distance.ok() || *distance % kSecond != 0 || *distance > kCalendarDay) {
      fail_at("a time like '15:30', 'the close' or '30m before the close'");
      return at;
    }
    at.distance = *distance;
    skip();
    const bool before = accept("before");
    at.kind = before ? DayTime::Kind::kBeforeClose : DayTime::Kind::kAfterOpen;
    if (!before && !accept("after"))
      fail_at("'before the close' or 'after the open'");
    else if (!accept("the") || !accept(before ? "close" : "open"))
      fail_at(before ? "'the close'" : "'the open'");
    return at;
  }

  void read_zone() {
    const std::optional<Zone> zone = zone_by_name(peek());
    if (!zone) {
      std::vector<std::string_view> names;
      for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(Zone::kTokyo); ++i)
        names.push_back(zone_name(static_cast<Zone>(i)));
      return fail_at("a time zone that is known, like 'America/New_York'",
                     did_you_mean(peek(), names));
    }
    if (zone_ && zone_ != zone) return fail_at("the same time zone as before");
    zone_ = zone;
    skip();
  }

  void read_calendar(Zone& zone, const ExchangeCalendar*& calendar,
                     std::initializer_list<DayTime> moments) {
    const bool given = accept("on");
    const std::string_view name = given ? peek() : "always";
    calendar = calendars_.find(name);
    if (calendar == nullptr)
      return fail_at("the name of a calendar", did_you_mean(name, calendars_.names()));
    if (given) skip();
    if (!peek().empty()) return fail_at("nothing more");
    const bool by_clock = std::any_of(moments.begin(), moments.end(), [](const DayTime& at) {
      return at.kind == DayTime::Kind::kClock;
    });
    const bool by_session = std::any_of(moments.begin(), moments.end(), [](const DayTime& at) {
      return at.kind != DayTime::Kind::kClock;
    });
    if (by_session && calendar->market() == Market::kAlways)
      return fail("open and close need a calendar with sessions, as in 'on XNYS'");
    if (by_clock && !given && !zone_)
      return fail("a time needs a time zone or a calendar, as in '15:30 America/New_York'");
    zone = by_clock && zone_ ? *zone_ : calendar->zone();
  }

  void check(const Schedule& schedule, bool rolled) {
    const bool always = schedule.calendar_->is_every_day();
    if (rolled && !schedule.rolls()) fail("a business day is not rolled");
    if (rolled && always) fail("nothing is rolled without a calendar that has days off");
    if (schedule.roll_ == Roll::kModified && schedule.frequency_ == Frequency::kWeekly)
      fail("'rolled modified' is for months; a week is rolled forward or back");
    const bool business =
        schedule.day_kind_ == DayKind::kNthSession || schedule.day_kind_ == DayKind::kLastSession;
    if (business && always) fail("a business day needs a calendar with days off, as in 'on XNYS'");
  }

  const CalendarSet& calendars_;
  std::optional<Zone> zone_;
};

absl::StatusOr<Schedule> Schedule::parse(std::string_view text, const CalendarSet& calendars) {
  return ScheduleReader(text, calendars).schedule();
}

absl::StatusOr<ActiveHours> ActiveHours::parse(std::string_view text,
                                               const CalendarSet& calendars) {
  return ScheduleReader(text, calendars).active_hours();
}

namespace {

template <class T>
std::optional<T> read_words(const Value& value, const CalendarSet& calendars) {
  const std::optional<std::string> text = value.string();
  if (!text) return std::nullopt;
  absl::StatusOr<T> parsed = T::parse(*text, calendars);
  if (parsed.ok()) return *std::move(parsed);
  value.complain(std::string(parsed.status().message()));
  return std::nullopt;
}

}  // namespace

std::optional<Schedule> read_schedule(const Value& value, const CalendarSet& calendars) {
  return read_words<Schedule>(value, calendars);
}
std::optional<ActiveHours> read_active_hours(const Value& value, const CalendarSet& calendars) {
  return read_words<ActiveHours>(value, calendars);
}

}  // namespace evenkeel::rules
