#include "rules/exchange_calendar.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/check.hpp"

namespace evenkeel::rules {
namespace {

absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }

/// A moment by the wall clock, `of_day` being up to a day before or after its midnight.
TimeNs wall_time(Zone zone, DayNumber day, DurationNs of_day) {
  if (of_day < 0) return wall_time(zone, day - 1, of_day + kCalendarDay);
  if (of_day > kCalendarDay) return wall_time(zone, day + 1, of_day - kCalendarDay);
  const std::optional<TimeNs> time = to_utc(zone, {day, of_day});
  EVENKEEL_CHECK(time.has_value());  // the years of calendars lie within those of zones
  return *time;
}

/// A session that begins or ends within its pause does so at the pause's end or beginning.
Session session_of(Zone zone, DayNumber day, const DayPlan& plan) {
  const bool paused = plan.pauses < plan.resumes;
  const bool begins_late = paused && plan.opens >= plan.pauses;
  const bool ends_early = paused && plan.closes <= plan.resumes;
  const DurationNs opens = begins_late ? std::max(plan.opens, plan.resumes) : plan.opens;
  const DurationNs closes = ends_early ? std::min(plan.closes, plan.pauses) : plan.closes;
  Session session{.day = day, .early_close = plan.early_close};
  session.open = wall_time(zone, day, opens);
  session.close = wall_time(zone, day, closes);
  if (paused && !begins_late && !ends_early) {
    session.pause = wall_time(zone, day, plan.pauses);
    session.resume = wall_time(zone, day, plan.resumes);
  }
  return session;
}

}  // namespace

ExchangeCalendar::ExchangeCalendar(std::string_view name, Market market,
                                   std::span<const DayChange> changes)
    : name_(name), market_(market) {
  before_.reserve(static_cast<std::size_t>(last_day() - first_day()) + 2);
  std::size_t change = 0;
  for (DayNumber day = first_day(); day <= last_day(); ++day) {
    before_.push_back(static_cast<std::uint16_t>(sessions_.size()));
    const bool changed = change < changes.size() && changes[change].day == day;
    const DayPlan plan = changed ? changes[change++].plan : day_plan(market, day);
    if (!plan.trades) continue;
    const Session session = session_of(zone(), day, plan);
    EVENKEEL_CHECK(session.open < session.close);
    EVENKEEL_CHECK(sessions_.empty() || sessions_.back().close <= session.open);
    sessions_.push_back(session);
  }
  before_.push_back(static_cast<std::uint16_t>(sessions_.size()));
  EVENKEEL_CHECK(change == changes.size());
}

// --- By date ---------------------------------------------------------------------------------

/// The index of the first session on a day or after it. Precondition: the day is covered, or the
/// one after the last.
std::size_t ExchangeCalendar::first_at_or_after(DayNumber day) const {
  return before_[static_cast<std::size_t>(day - first_day())];
}

const Session* ExchangeCalendar::session(DayNumber day) const {
  if (!covers(day)) return nullptr;
  const std::size_t at = first_at_or_after(day);
  return at < first_at_or_after(day + 1) ? &sessions_[at] : nullptr;
}

std::optional<DayNumber> ExchangeCalendar::session_from(DayNumber day) const {
  if (!covers(day)) return std::nullopt;
  const std::size_t at = first_at_or_after(day);
  if (at == sessions_.size()) return std::nullopt;
  return sessions_[at].day;
}

std::optional<DayNumber> ExchangeCalendar::session_until(DayNumber day) const {
  if (!covers(day)) return std::nullopt;
  const std::size_t after = first_at_or_after(day + 1);
  if (after == 0) return std::nullopt;
  return sessions_[after - 1].day;
}

std::optional<DayNumber> ExchangeCalendar::sessions_from(DayNumber day, std::int32_t n) const {
  if (!covers(day)) return std::nullopt;
  const std::int64_t at = n > 0 ? static_cast<std::int64_t>(first_at_or_after(day + 1)) + n - 1
                                : static_cast<std::int64_t>(first_at_or_after(day)) + n;
  if (at < 0 || at >= std::ssize(sessions_)) return std::nullopt;
  return sessions_[static_cast<std::size_t>(at)].day;
}

std::optional<std::int32_t> ExchangeCalendar::sessions_between(DayNumber from,
                                                               DayNumber until) const {
  if (from > until || !covers(from) || !covers(until - (until > from ? 1 : 0))) return std::nullopt;
  return static_cast<std::int32_t>(first_at_or_after(until) - first_at_or_after(from));
}

std::optional<DayNumber> ExchangeCalendar::nth_session(std::int32_t year, std::int32_t month,
                                                       std::int32_t n) const {
  if (year < kMarketFirstYear || year > kMarketLastYear || n < 1) return std::nullopt;
  const std::size_t at =
      first_at_or_after(first_of_month(year, month)) + static_cast<std::size_t>(n) - 1;
  if (at >= first_at_or_after(last_of_month(year, month) + 1)) return std::nullopt;
  return sessions_[at].day;
}

std::optional<DayNumber> ExchangeCalendar::last_session(std::int32_t year,
                                                        std::int32_t month) const {
  if (year < kMarketFirstYear || year > kMarketLastYear) return std::nullopt;
  const std::optional<DayNumber> day = session_until(last_of_month(year, month));
  if (!day || *day < first_of_month(year, month)) return std::nullopt;
  return day;
}

// --- By time ---------------------------------------------------------------------------------

const Session* ExchangeCalendar::session_at(TimeNs time) const {
  const auto after =
      std::upper_bound(sessions_.begin(), sessions_.end(), time,
                       [](TimeNs t, const Session& session) { return t < session.open; });
  if (after == sessions_.begin()) return nullptr;
  const Session& session = *std::prev(after);
  return time < session.close ? &session : nullptr;
}

bool ExchangeCalendar::is_open(TimeNs time) const {
  const Session* session = session_at(time);
  return session != nullptr && session->holds(time);
}

std::optional<TimeNs> ExchangeCalendar::next_open(TimeNs time) const {
  const auto after =
      std::upper_bound(sessions_.begin(), sessions_.end(), time,
                       [](TimeNs t, const Session& session) { return t < session.open; });
  if (after == sessions_.end()) return std::nullopt;
  return after->open;
}

std::optional<TimeNs> ExchangeCalendar::next_close(TimeNs time) const {
  const auto after =
      std::upper_bound(sessions_.begin(), sessions_.end(), time,
                       [](TimeNs t, const Session& session) { return t < session.close; });
  if (after == sessions_.end()) return std::nullopt;
  return after->close;
}

std::optional<TimeNs> ExchangeCalendar::previous_close(TimeNs time) const {
  const auto after =
      std::upper_bound(sessions_.begin(), sessions_.end(), time,
                       [](TimeNs t, const Session& session) { return t < session.close; });
  if (after == sessions_.begin()) return std::nullopt;
  return std::prev(after)->close;
}

std::optional<Boundary> ExchangeCalendar::next_boundary(TimeNs time) const {
  const Session* now = session_at(time);
  if (now != nullptr && now->pause < now->resume && time < now->resume) {
    return time < now->pause ? Boundary{now->pause, false} : Boundary{now->resume, true};
  }
  const std::optional<TimeNs> opens = next_open(time), closes = next_close(time);
  if (opens && (!closes || *opens <= *closes)) return Boundary{*opens, true};
  if (closes) return Boundary{*closes, false};
  return std::nullopt;
}

// --- The set ---------------------------------------------------------------------------------

struct CalendarSet::Entry {
  std::string name;
  Market market;                               // when it is by rule alone
  std::unique_ptr<ExchangeCalendar> calendar;  // null: not built yet
};

CalendarSet::CalendarSet() {
  entries_.reserve(kCalendarsMax);
  for (const MarketFacts& facts : kMarkets)
    entries_.push_back({std::string(facts.name), facts.market, nullptr});
}
CalendarSet::CalendarSet(CalendarSet&&) noexcept = default;
CalendarSet& CalendarSet::operator=(CalendarSet&&) noexcept = default;
CalendarSet::~CalendarSet() = default;

const ExchangeCalendar* CalendarSet::find(std::string_view name) const {
  for (Entry& entry : entries_) {
    if (entry.name != name) continue;
    if (entry.calendar == nullptr)
      entry.calendar = std::make_unique<ExchangeCalendar>(name, entry.market);
    return entry.calendar.get();
  }
  return nullptr;
}

std::vector<std::string_view> CalendarSet::names() const {
  std::vector<std::string_view> names;
  for (const Entry& entry : entries_) names.push_back(entry.name);
  return names;
}

bool CalendarSet::put(std::unique_ptr<ExchangeCalendar> calendar) {
  for (Entry& entry : entries_) {
    if (entry.name != calendar->name()) continue;
    entry.calendar = std::move(calendar);
    return true;
  }
  if (entries_.size() == kCalendarsMax) return false;
  entries_.push_back({std::string(calendar->name()), calendar->market(), std::move(calendar)});
  return true;
}

// --- Reading ---------------------------------------------------------------------------------

namespace {

/// Reads one `[calendar.NAME]`.
class CalendarReader {
 public:
  CalendarReader(const Table& table, std::string_view name, CalendarSet& calendars)
      : table_(table), name_(name), calendars_(calendars) {}

  void read() {
    if (!find_base()) return;
    for (const Value& value : table_.get("closed").array()) close_day(value);
    for (const Value& value : table_.get("open").array()) open_day(value);
    for (const Table& one : table_.tables("hours")) change_hours(one);
    std::sort(changes_.begin(), changes_.end(),
              [](const DayChange& a, const DayChange& b) { return a.day < b.day; });
    if (sound_) check_neighbours();
    if (!sound_) return;
    if (!calendars_.put(std::make_unique<ExchangeCalendar>(name_, market_, changes_)))
      table_.complain(absl::StrCat("more than ", CalendarSet::kCalendarsMax, " calendars"));
  }

 private:
  bool find_base() {
    const std::vector<std::string_view> known = calendars_.names();
    const bool exists = std::find(known.begin(), known.end(), name_) != known.end();
    const Value base = table_.get("base");
    if (name_.empty() || name_.size() > ExchangeCalendar::kNameMax || !plain(name_)) {
      table_.complain(absl::StrCat("the name of a calendar is 1 to ", ExchangeCalendar::kNameMax,
                                   " letters, digits, '-' and '_'"));
      return false;
    }
    std::vector<std::string_view> by_rule;
    for (const MarketFacts& facts : kMarkets) by_rule.push_back(facts.name);
    if (base.present()) {
      const auto which = base.one_of(by_rule);
      if (which && exists && kMarkets[*which].name != name_)
        base.complain(absl::StrCat("'", name_, "' is a calendar already; it cannot be made from '",
                                   to_absl(kMarkets[*which].name), "'"));
      if (!which || (exists && kMarkets[*which].name != name_)) return false;
      market_ = kMarkets[*which].market;
      return true;
    }
    const auto found = std::find(by_rule.begin(), by_rule.end(), name_);
    if (found == by_rule.end()) {
      table_.complain(absl::StrCat("there is no calendar '", name_, "'",
                                   did_you_mean(name_, by_rule),
                                   "; a new one needs a 'base' to be made from"));
      return false;
    }
    market_ = kMarkets[static_cast<std::size_t>(found - by_rule.begin())].market;
    return true;
  }

  /// What a schedule can name without quotes.
  static bool plain(std::string_view name) {
    return std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '-' || c == '_';
    });
  }

  void complain(const Value& value, const std::string& message) {
    value.complain(message);
    sound_ = false;
  }

  /// A date that exists, is covered, and is not spoken of twice.
  std::optional<DayNumber> new_day(const Value& value) {
    const std::optional<std::int32_t> date = value.date();
    sound_ = sound_ && date.has_value();
    if (!date) return std::nullopt;
    const std::optional<DayNumber> day = from_yyyymmdd(*date);
    if (!day) {
      complain(value, absl::StrCat(*date, " is not a date that exists"));
    } else if (!ExchangeCalendar::covers(*day)) {
      complain(value, absl::StrCat(format_day(*day), " is outside the years ", kMarketFirstYear,
                                   " to ", kMarketLastYear));
    } else if (std::any_of(changes_.begin(), changes_.end(),
                           [&](const DayChange& other) { return other.day == *day; })) {
      complain(value, absl::StrCat(format_day(*day), " is listed twice"));
    } else {
      return day;
    }
    return std::nullopt;
  }

  void close_day(const Value& value) {
    const std::optional<DayNumber> day = new_day(value);
    if (!day) return;
    if (!day_plan(market_, *day).trades)
      value.warn(absl::StrCat(format_day(*day), " is closed already"));
    changes_.push_back({*day, {}});
  }

  void open_day(const Value& value) {
    const std::optional<DayNumber> day = new_day(value);
    if (!day) return;
    if (day_plan(market_, *day).trades)
      value.warn(absl::StrCat(format_day(*day),
                              " is open already; its hours become the regular "
                              "ones"));
    changes_.push_back({*day, regular_plan(*day)});
  }

  /// The hours of an ordinary day near by: the first full one from then on, or before.
  DayPlan regular_plan(DayNumber day) const {
    for (DayNumber near = day; ExchangeCalendar::covers(near); ++near) {
      const DayPlan plan = day_plan(market_, near);
      if (plan.trades && !plan.early_close) return plan;
    }
    for (DayNumber near = day; ExchangeCalendar::covers(near); --near) {
      const DayPlan plan = day_plan(market_, near);
      if (plan.trades && !plan.early_close) return plan;
    }
    return {};
  }

  void change_hours(const Table& one) {
    const Value at = one.require("day");
    sound_ = sound_ && at.present();
    const std::optional<DayNumber> day = new_day(at);
    const Value opens = one.get("open"), closes = one.get("close");
    if (!opens.present() && !closes.present()) complain(at, "needs 'open', 'close' or both");
    if (!day) return;
    DayPlan plan = regular_plan(*day);
    const DurationNs regular_close = plan.closes;
    plan.opens = clock(opens, plan.opens);
    plan.closes = clock(closes, plan.closes);
    plan.early_close = plan.closes < regular_close;
    if (plan.opens >= plan.closes) complain(at, "opens no earlier than it closes");
    changes_.push_back({*day, plan});
  }

  DurationNs clock(const Value& value, DurationNs otherwise) {
    const std::optional<std::string> text = value.string();
    if (!text) {
      sound_ = sound_ && !value.present();
      return otherwise;
    }
    const std::optional<DurationNs> of_day = parse_clock(*text);
    if (!of_day)
      complain(value, absl::StrCat("'", *text, "' is not a time of day; write it like '13:00'"));
    return of_day.value_or(otherwise);
  }

  DayPlan plan_of(DayNumber day) const {
    const auto change =
        std::lower_bound(changes_.begin(), changes_.end(), day,
                         [](const DayChange& one, DayNumber wanted) { return one.day < wanted; });
    return change != changes_.end() && change->day == day ? change->plan : day_plan(market_, day);
  }

  /// Sessions that begin on the evening before must not run into the one before them.
  void check_neighbours() {
    const Zone zone = facts_of(market_).zone;
    for (const DayChange& change : changes_) {
      for (const DayNumber day : {change.day, change.day + 1}) {
        if (!ExchangeCalendar::covers(day - 1) || !ExchangeCalendar::covers(day)) continue;
        const DayPlan before = plan_of(day - 1), plan = plan_of(day);
        if (!before.trades || !plan.trades) continue;
        if (session_of(zone, day - 1, before).close <= session_of(zone, day, plan).open) continue;
        table_.complain(absl::StrCat("the session of ", format_day(day - 1),
                                     " would run into the one of ", format_day(day)));
        sound_ = false;
        return;
      }
    }
    for (const DayChange& change : changes_) {
      if (!change.plan.trades) continue;
      const Session session = session_of(zone, change.day, change.plan);
      // All of it in the midday pause, or in the hour that is skipped in spring.
      if (session.open < session.close) continue;
      table_.complain(absl::StrCat("the hours of ", format_day(change.day), " leave no session"));
      sound_ = false;
    }
  }

  const Table& table_;
  std::string name_;
  CalendarSet& calendars_;
  Market market_ = Market::kAlways;
  std::vector<DayChange> changes_;
  bool sound_ = true;
};

}  // namespace

void read_calendars(const Table& root, CalendarSet& calendars) {
  const std::optional<Table> all = root.table("calendar");
  if (!all) return;
  for (const Table::Named& one : all->named_tables())
    CalendarReader(one.table, one.name, calendars).read();
}

absl::StatusOr<CalendarSet> parse_calendars(std::string_view text, std::string_view file,
                                            std::vector<Complaint>* warnings) {
  Complaints complaints;
  CalendarSet calendars;
  {
    Config config = Config::parse(text, file, complaints);
    read_calendars(config.root(), calendars);
    config.finish();
  }
  complaints.sort();
  if (!complaints.ok()) return complaints.status();
  if (warnings != nullptr)
    warnings->insert(warnings->end(), complaints.all().begin(), complaints.all().end());
  return calendars;
}

}  // namespace evenkeel::rules
