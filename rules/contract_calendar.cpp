#include "rules/contract_calendar.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/check.hpp"
#include "rules/words.hpp"

namespace evenkeel::rules {
namespace {

absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }

constexpr std::string_view kMonthCodes = "FGHJKMNQUVXZ";

// --- What the exchanges publish --------------------------------------------------------------

struct PublishedRule {
  std::string_view root;
  std::string_view cycle;
  std::string_view calendar;
  std::string_view last_trading;
  std::string_view last_time;     // by the clock of the calendar; empty: its close
  std::string_view first_notice;  // empty: none
};

// The contract specifications, in words:
// - CME equity index futures trade until 9:30 New York on the third Friday; when that is no
//   business day, on the one before (Good Friday 2008, Juneteenth 2026).
// - CBOT Treasury futures: bonds, notes of ten years and Ultra contracts trade last on the seventh
//   business day before the last of the month, notes of two, three and five years on the last, all
//   until 12:01 Chicago. First notice is the last business day of the month before.
// - CME currency futures trade last on the second business day before the third Wednesday, until
//   9:16 Chicago.
// - Eurex fixed income: delivery on the tenth or the exchange day after it; last trading two
//   exchange days before, until 12:30; notice is given on that day. Index futures: third Friday or
//   the exchange day before, EURO STOXX 50 until 12:00, DAX until 13:00.
// - ICE FTSE 100: third Friday or the business day before, until 10:15.
// - OSE Nikkei 225 (large): the business day before the second Friday.
constexpr std::string_view kThirdFriday = "3rd friday";
constexpr std::string_view kSeventhBeforeLast = "7 business days before last business day";
constexpr std::string_view kLast = "last business day";
constexpr std::string_view kLastOfMonthBefore = "last business day of the month before";
constexpr std::string_view kBeforeThirdWednesday = "2 business days before 3rd wednesday";
constexpr std::string_view kBeforeTenth = "2 business days before day 10";

constexpr std::array kPublished = {
    PublishedRule{"ES", "HMUZ", "XNYS", kThirdFriday, "09:30", ""},
    PublishedRule{"MES", "HMUZ", "XNYS", kThirdFriday, "09:30", ""},
    PublishedRule{"NQ", "HMUZ", "XNYS", kThirdFriday, "09:30", ""},
    PublishedRule{"MNQ", "HMUZ", "XNYS", kThirdFriday, "09:30", ""},
    PublishedRule{"RTY", "HMUZ", "XNYS", kThirdFriday, "09:30", ""},
    PublishedRule{"M2K", "HMUZ", "XNYS", kThirdFriday, "09:30", ""},
    PublishedRule{"YM", "HMUZ", "XNYS", kThirdFriday, "09:30", ""},
    PublishedRule{"MYM", "HMUZ", "XNYS", kThirdFriday, "09:30", ""},
    PublishedRule{"ZT", "HMUZ", "XNYS", kLast, "13:01", kLastOfMonthBefore},
    PublishedRule{"ZF", "HMUZ", "XNYS", kLast, "13:01", kLastOfMonthBefore},
    PublishedRule{"ZN", "HMUZ", "XNYS", kSeventhBeforeLast, "13:01", kLastOfMonthBefore},
    PublishedRule{"TN", "HMUZ", "XNYS", kSeventhBeforeLast, "13:01", kLastOfMonthBefore},
    PublishedRule{"ZB", "HMUZ", "XNYS", kSeventhBeforeLast, "13:01", kLastOfMonthBefore},
    PublishedRule{"UB", "HMUZ", "XNYS", kSeventhBeforeLast, "13:01", kLastOfMonthBefore},
    PublishedRule{"6E", "HMUZ", "XNYS", kBeforeThirdWednesday, "10:16", ""},
    PublishedRule{"6B", "HMUZ", "XNYS", kBeforeThirdWednesday, "10:16", ""},
    PublishedRule{"6J", "HMUZ", "XNYS", kBeforeThirdWednesday, "10:16", ""},
    PublishedRule{"FGBL", "HMUZ", "XEUR", kBeforeTenth, "12:30", kBeforeTenth},
    PublishedRule{"FGBM", "HMUZ", "XEUR", kBeforeTenth, "12:30", kBeforeTenth},
    PublishedRule{"FGBS", "HMUZ", "XEUR", kBeforeTenth, "12:30", kBeforeTenth},
    PublishedRule{"FGBX", "HMUZ", "XEUR", kBeforeTenth, "12:30", kBeforeTenth},
    PublishedRule{"FESX", "HMUZ", "XEUR", kThirdFriday, "12:00", ""},
    PublishedRule{"FDAX", "HMUZ", "XEUR", kThirdFriday, "13:00", ""},
    PublishedRule{"Z", "HMUZ", "XLON", kThirdFriday, "10:15", ""},
    PublishedRule{"NK225", "HMUZ", "XTKS", "1 business day before 2nd friday", "", ""},
};

std::optional<std::uint16_t> cycle_of(std::string_view codes) {
  std::uint16_t cycle = 0;
  for (const char code : codes) {
    const std::optional<std::int32_t> month = month_of_code(code);
    if (!month) return std::nullopt;
    cycle = static_cast<std::uint16_t>(cycle | 1u << (*month - 1));
  }
  if (cycle == 0) return std::nullopt;
  return cycle;
}

ContractRules rules_of(const PublishedRule& published, const CalendarSet& calendars) {
  ContractRules rules;
  EVENKEEL_CHECK(rules.root.assign(published.root));
  rules.cycle = cycle_of(published.cycle).value_or(0);
  rules.calendar = calendars.find(published.calendar);
  const absl::StatusOr<DateRule> last = DateRule::parse(published.last_trading);
  EVENKEEL_CHECK(rules.cycle != 0 && rules.calendar != nullptr && last.ok());
  rules.last_trading = *last;
  rules.last_trading_time = parse_clock(published.last_time);
  if (!published.first_notice.empty()) {
    const absl::StatusOr<DateRule> notice = DateRule::parse(published.first_notice);
    EVENKEEL_CHECK(notice.ok());
    rules.first_notice = *notice;
  }
  return rules;
}

bool is_capital_or_digit(char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

// --- Codes -----------------------------------------------------------------------------------

std::optional<std::int32_t> month_of_code(char code) {
  const std::size_t at = kMonthCodes.find(code);
  if (at == std::string_view::npos) return std::nullopt;
  return static_cast<std::int32_t>(at) + 1;
}

std::optional<ContractCode> parse_contract(std::string_view code, DayNumber as_of) {
  std::size_t digits = 0;
  while (digits < code.size() && is_digit(code[code.size() - 1 - digits])) ++digits;
  if ((digits != 1 && digits != 2 && digits != 4) || code.size() < digits + 2) return std::nullopt;
  const std::string_view root = code.substr(0, code.size() - digits - 1);
  const std::optional<std::int32_t> month = month_of_code(code[root.size()]);
  if (!month || root.size() > 8 || !std::all_of(root.begin(), root.end(), is_capital_or_digit))
    return std::nullopt;
  std::int32_t year = 0;
  for (const char c : code.substr(code.size() - digits)) year = year * 10 + (c - '0');
  if (digits < 4) {
    const std::int32_t modulus = digits == 1 ? 10 : 100;
    const std::int32_t earliest = civil_date(as_of).year - (digits == 1 ? 2 : 50);
    year = earliest + ((year - earliest) % modulus + modulus) % modulus;
  }
  return ContractCode{std::string(root), {year, *month}};
}

std::string contract_text(std::string_view root, ContractMonth month) {
  return absl::StrCat(to_absl(root), std::string(1, month_code(month.month)), month.year % 10);
}

// --- Date rules ------------------------------------------------------------------------------

namespace {

void read_anchor(Words& words, DateRule& rule) {
  if (words.accept("last")) {
    if (!words.accept_business_day()) words.fail_at("'business day'");
    return;
  }
  if (words.accept("day")) {
    rule.anchor = DateRule::Anchor::kDayOfMonth;
    rule.n = small_number(words.peek());
    if (rule.n < 1 || rule.n > 28) return words.fail_at("a day from 1 to 28");
    return words.skip();
  }
  rule.n = ordinal_number(words.peek());
  if (rule.n < 1)
    return words.fail_at("'3rd friday', 'day 10', '1st business day' or 'last business day'");
  words.skip();
  if (words.accept_business_day()) {
    rule.anchor = DateRule::Anchor::kNthSession;
    if (rule.n > 15) words.fail("a month may have no more than 15 business days");
    return;
  }
  rule.anchor = DateRule::Anchor::kNthWeekday;
  rule.weekday = words.weekday("'business day' or a day of the week");
  if (rule.n > 4) words.fail("not every month has a 5th of that");
}

/// "5 business days before". Nothing read: 0.
std::int32_t read_days_before(Words& words) {
  const std::int32_t days = small_number(words.peek());
  if (days < 0) return 0;
  if (days < 1 || days > 60) {
    words.fail_at("1 to 60 business days");
    return 0;
  }
  words.skip();
  if (!words.accept_business_day()) words.fail_at("'business days before'");
  if (words.good() && !words.accept("before")) words.fail_at("'before'");
  return days;
}

std::string days_text(std::int32_t days) {
  return absl::StrCat(days, " business day", days == 1 ? "" : "s");
}

}  // namespace

absl::StatusOr<DateRule> DateRule::parse(std::string_view text) {
  Words words(text);
  DateRule rule;
  rule.days_before = read_days_before(words);
  if (words.good()) read_anchor(words, rule);
  if (words.good() && words.accept("of")) {
    rule.month_before = true;
    if (!words.accept("the") || !words.accept("month") || !words.accept("before"))
      words.fail_at("'of the month before'");
  }
  if (words.good() && !words.peek().empty()) words.fail_at("nothing more");
  if (!words.good()) return words.status();
  return rule;
}

std::string DateRule::text() const {
  std::string text = days_before == 0 ? "" : days_text(days_before) + " before ";
  switch (anchor) {
    case Anchor::kNthWeekday:
      absl::StrAppend(&text, ordinal(n), " ", to_absl(weekday_name(weekday)));
      break;
    case Anchor::kDayOfMonth:
      absl::StrAppend(&text, "day ", n);
      break;
    case Anchor::kNthSession:
      absl::StrAppend(&text, ordinal(n), " business day");
      break;
    case Anchor::kLastSession:
      absl::StrAppend(&text, "last business day");
      break;
  }
  return text + (month_before ? " of the month before" : "");
}

std::optional<DayNumber> DateRule::day(ContractMonth contract,
                                       const ExchangeCalendar& calendar) const {
  const CivilDate first = add_months({contract.year, contract.month, 1}, month_before ? -1 : 0);
  if (!ExchangeCalendar::covers(day_number(first))) return std::nullopt;
  std::optional<DayNumber> day;
  switch (anchor) {
    case Anchor::kNthWeekday:
      day = nth_weekday(first.year, first.month, weekday, n);
      break;
    case Anchor::kDayOfMonth:
      day = day_number(first.year, first.month, n);
      break;
    case Anchor::kNthSession:
      day = calendar.nth_session(first.year, first.month, n);
      break;
    case Anchor::kLastSession:
      day = calendar.last_session(first.year, first.month);
      break;
  }
  if (!day) return std::nullopt;
  // Counted back from the date itself, be it a business day or not.
  if (days_before > 0) return calendar.sessions_from(*day, -days_before);
  return anchor == Anchor::kDayOfMonth ? calendar.session_from(*day) : calendar.session_until(*day);
}

// --- Contracts -------------------------------------------------------------------------------

namespace {

const ContractDates* exception_of(const ContractRules& rules, ContractMonth month) {
  for (const ContractDates& dates : rules.exceptions) {
    if (dates.month == month) return &dates;
  }
  return nullptr;
}

}  // namespace

ContractMonth ContractRules::following(ContractMonth month) const {
  for (std::int32_t i = 0; i < 12; ++i) {
    month = month.month == 12 ? ContractMonth{month.year + 1, 1}
                              : ContractMonth{month.year, month.month + 1};
    if (lists(month)) break;
  }
  return month;
}

std::optional<DayNumber> ContractRules::last_trading_day(ContractMonth month) const {
  const ContractDates* dates = exception_of(*this, month);
  if (dates != nullptr && dates->last_trading) return dates->last_trading;
  return last_trading.day(month, *calendar);
}

std::optional<DayNumber> ContractRules::first_notice_day(ContractMonth month) const {
  const ContractDates* dates = exception_of(*this, month);
  if (dates != nullptr && dates->first_notice) return dates->first_notice;
  if (!first_notice) return std::nullopt;
  return first_notice->day(month, *calendar);
}

std::optional<TimeNs> ContractRules::expires(ContractMonth month) const {
  const std::optional<DayNumber> day = last_trading_day(month);
  if (!day) return std::nullopt;
  const Session* session = calendar->session(*day);
  if (session == nullptr) return std::nullopt;
  if (!last_trading_time) return session->close;
  const std::optional<TimeNs> time = to_utc(calendar->zone(), {*day, *last_trading_time});
  if (!time) return std::nullopt;
  return std::min(*time, session->close);
}

ContractCalendar::ContractCalendar(const CalendarSet& calendars) : calendars_(&calendars) {
  for (const PublishedRule& published : kPublished) all_.push_back(rules_of(published, calendars));
}

const ContractRules* ContractCalendar::find(std::string_view root) const {
  for (const ContractRules& rules : all_) {
    if (rules.root.view() == root) return &rules;
  }
  return nullptr;
}

std::vector<std::string_view> ContractCalendar::roots() const {
  std::vector<std::string_view> roots;
  for (const ContractRules& rules : all_) roots.push_back(rules.root.view());
  return roots;
}

bool ContractCalendar::put(ContractRules rules) {
  for (ContractRules& one : all_) {
    if (one.root != rules.root) continue;
    one = std::move(rules);
    return true;
  }
  if (all_.size() == kRootsMax) return false;
  all_.push_back(std::move(rules));
  return true;
}

// --- Rolls -----------------------------------------------------------------------------------

namespace {

constexpr std::array<std::string_view, 3> kBefore = {"first notice or last trading day",
                                                     "first notice", "last trading day"};

RollSchedule::Before read_before(Words& words) {
  using Before = RollSchedule::Before;
  if (words.accept("last")) {
    if (!words.accept("trading") || !words.accept("day")) words.fail_at("'last trading day'");
    return Before::kLastTrading;
  }
  if (!words.accept("first") || !words.accept("notice")) {
    words.fail_at("'first notice', 'last trading day' or 'first notice or last trading day'");
    return Before::kFirstNotice;
  }
  if (!words.accept("or")) return Before::kFirstNotice;
  if (!words.accept("last") || !words.accept("trading") || !words.accept("day"))
    words.fail_at("'last trading day'");
  return Before::kFirstNoticeOrLastTrading;
}

/// The day that a roll leads up to.
std::optional<DayNumber> deadline(RollSchedule::Before before, const ContractRules& rules,
                                  ContractMonth month) {
  const std::optional<DayNumber> last = rules.last_trading_day(month);
  const std::optional<DayNumber> notice = rules.first_notice_day(month);
  if (before == RollSchedule::Before::kLastTrading) return last;
  if (before == RollSchedule::Before::kFirstNotice) return notice;
  // A notice that there is a rule for, yet no date, is not a contract without notice.
  if (!last || (rules.first_notice && !notice)) return std::nullopt;
  return notice ? std::min(*last, *notice) : *last;
}

/// The first listed month from a year and a quarter before a time on: whatever was listed earlier
/// is long past.
ContractMonth long_before(const ContractRules& rules, TimeNs time) {
  constexpr TimeNs kBegin = ExchangeCalendar::first_day() * kCalendarDay;
  constexpr TimeNs kEnd = (ExchangeCalendar::last_day() + 1) * kCalendarDay;
  const TimeNs within = std::clamp(time, kBegin, kEnd);
  const CivilDate date = civil_date(static_cast<DayNumber>(within / kCalendarDay));
  const CivilDate start = add_months({date.year, date.month, 1}, -15);
  return rules.following({start.year, start.month});
}

}  // namespace

absl::StatusOr<RollSchedule> RollSchedule::parse(std::string_view text) {
  Words words(text);
  RollSchedule schedule;
  schedule.days_before = read_days_before(words);
  if (words.good() && schedule.days_before == 0)
    words.fail_at("a number of business days, as in '5 business days before last trading day'");
  if (words.good()) schedule.before = read_before(words);
  if (words.good() && words.accept("for")) {
    schedule.days_open = small_number(words.peek());
    if (schedule.days_open < 1 || schedule.days_open > schedule.days_before) {
      words.fail_at("1 to as many business days as there are before");
    } else {
      words.skip();
      if (!words.accept_business_day()) words.fail_at("'business days'");
    }
  }
  if (words.good() && !words.peek().empty()) words.fail_at("nothing more");
  if (!words.good()) return words.status();
  return schedule;
}

std::string RollSchedule::text() const {
  const std::string open = days_open == 0 ? "" : " for " + days_text(days_open);
  return absl::StrCat(days_text(days_before), " before ",
                      to_absl(kBefore[static_cast<std::size_t>(before)]), open);
}

std::optional<RollWindow> roll_window(const RollSchedule& schedule, const ContractRules& rules,
                                      ContractMonth from) {
  if (!rules.lists(from)) return std::nullopt;
  const std::optional<DayNumber> end = deadline(schedule.before, rules, from);
  if (!end) return std::nullopt;
  const std::int32_t open = schedule.days_open == 0 ? schedule.days_before : schedule.days_open;
  const auto first = rules.calendar->sessions_from(*end, -schedule.days_before);
  const auto last = rules.calendar->sessions_from(*end, open - schedule.days_before - 1);
  if (!first || !last) return std::nullopt;
  return RollWindow{from, rules.following(from), rules.calendar->session(*first)->open,
                    rules.calendar->session(*last)->close};
}

std::optional<RollWindow> roll_at(const RollSchedule& schedule, const ContractRules& rules,
                                  TimeNs time) {
  for (ContractMonth month = long_before(rules, time); month.year <= kMarketLastYear + 1;
       month = rules.following(month)) {
    const std::optional<RollWindow> window = roll_window(schedule, rules, month);
    if (window && window->closes > time) return window;
  }
  return std::nullopt;
}

std::optional<TimeNs> next_roll(const RollSchedule& schedule, const ContractRules& rules,
                                TimeNs time) {
  for (ContractMonth month = long_before(rules, time); month.year <= kMarketLastYear + 1;
       month = rules.following(month)) {
    const std::optional<RollWindow> window = roll_window(schedule, rules, month);
    if (window && window->opens > time) return window->opens;
  }
  return std::nullopt;
}

// --- Reading ---------------------------------------------------------------------------------

namespace {

/// Reads one `[contract.ROOT]`.
class ContractReader {
 public:
  ContractReader(const Table& table, std::string_view root, ContractCalendar& contracts)
      : table_(table), root_(root), contracts_(contracts) {}

  void read() {
    const ContractRules* known = contracts_.find(root_);
    if (known != nullptr) rules_ = *known;
    if (root_.empty() || !rules_.root.assign(root_) ||
        !std::all_of(root_.begin(), root_.end(), is_capital_or_digit)) {
      table_.complain("the root of a contract is 1 to 8 capital letters and digits");
      sound_ = false;
    }
    read_cycle(known != nullptr);
    read_calendar(known != nullptr);
    read_rules(known != nullptr);
    // Dates speak of months and business days, so these have to be right first.
    for (const Table& one : table_.tables("dates")) {
      if (sound_) {
        read_dates(one);
      } else {
        for (const std::string_view key : {"contract", "last_trading", "first_notice"})
          one.get(key);
      }
    }
    if (!sound_) return;
    if (!contracts_.put(std::move(rules_)))
      table_.complain(absl::StrCat("more than ", ContractCalendar::kRootsMax, " roots"));
  }

 private:
  /// Required for a new root; what a known one does not say stays as it is.
  Value needed(std::string_view key, bool known) {
    const Value value = known ? table_.get(key) : table_.require(key);
    sound_ = sound_ && (known || value.present());
    return value;
  }
  void complain(const Value& value, const std::string& message) {
    value.complain(message);
    sound_ = false;
  }
  /// A string; what is there and is none spoils the table.
  std::optional<std::string> words(const Value& value) {
    const std::optional<std::string> text = value.string();
    sound_ = sound_ && (text.has_value() || !value.present());
    return text;
  }

  void read_cycle(bool known) {
    const Value value = needed("cycle", known);
    const std::optional<std::string> codes = words(value);
    if (!codes) return;
    const std::optional<std::uint16_t> cycle = cycle_of(*codes);
    if (!cycle)
      complain(value, absl::StrCat("'", *codes,
                                   "' is not a list of month codes; write it like "
                                   "'HMUZ'"));
    rules_.cycle = cycle.value_or(0);
  }

  void read_calendar(bool known) {
    const Value value = needed("calendar", known);
    const std::optional<std::string> name = words(value);
    if (!name) return;
    rules_.calendar = contracts_.calendars().find(*name);
    if (rules_.calendar == nullptr)
      complain(value, absl::StrCat("there is no calendar '", *name, "'",
                                   did_you_mean(*name, contracts_.calendars().names())));
  }

  void read_rules(bool known) {
    if (const auto rule = date_rule(needed("last_trading", known))) rules_.last_trading = *rule;
    const Value notice = table_.get("first_notice");
    if (notice.is_string() && notice.string() == "none") {
      rules_.first_notice.reset();
    } else if (const auto rule = date_rule(notice)) {
      rules_.first_notice = rule;
    }
    const Value time = table_.get("last_trading_time");
    const std::optional<std::string> clock = words(time);
    if (!clock) return;
    rules_.last_trading_time = parse_clock(*clock);
    if (*clock != "close" && !rules_.last_trading_time)
      complain(time, absl::StrCat("'", *clock,
                                  "' is not a time of day; write it like '12:01', or "
                                  "'close'"));
  }

  std::optional<DateRule> date_rule(const Value& value) {
    const std::optional<std::string> text = words(value);
    if (!text) return std::nullopt;
    const absl::StatusOr<DateRule> rule = DateRule::parse(*text);
    if (rule.ok()) return *rule;
    complain(value, std::string(rule.status().message()));
    return std::nullopt;
  }

  void read_dates(const Table& one) {
    const Value value = one.require("contract");
    const std::optional<std::string> code = words(value);
    sound_ = sound_ && code.has_value();
    ContractDates dates;
    const Value last = one.get("last_trading"), notice = one.get("first_notice");
    dates.last_trading = business_day(last);
    dates.first_notice = business_day(notice);
    if (!code) return;
    const std::size_t tail = code->size() > root_.size() ? code->size() - root_.size() - 1 : 0;
    // Two digits mean a year of this century whatever the date.
    const auto parsed = parse_contract(*code, day_number(2025, 1, 1));
    if (!parsed || parsed->root != root_ || tail < 2)
      return complain(value, absl::StrCat("'", *code, "' is not a contract of '", root_,
                                          "' with its year; write it like '", root_, "Z26'"));
    dates.month = parsed->month;
    if (!rules_.lists(dates.month))
      return complain(value, absl::StrCat("'", *code, "' is not in the cycle"));
    if (!last.present() && !notice.present())
      return complain(value, "needs 'last_trading', 'first_notice' or both");
    if (!near(dates.last_trading, dates.month) || !near(dates.first_notice, dates.month))
      return complain(value, absl::StrCat("'", *code,
                                          "' cannot end three months or more from its "
                                          "delivery month"));
    if (std::find(seen_.begin(), seen_.end(), dates.month) != seen_.end())
      return complain(value, absl::StrCat("'", *code, "' is listed twice"));
    seen_.push_back(dates.month);
    std::erase_if(rules_.exceptions,
                  [&](const ContractDates& other) { return other.month == dates.month; });
    rules_.exceptions.push_back(dates);
  }

  static bool near(std::optional<DayNumber> day, ContractMonth month) {
    if (!day) return true;
    const CivilDate date = civil_date(*day);
    const std::int32_t apart = (date.year - month.year) * 12 + date.month - month.month;
    return apart > -3 && apart < 3;
  }

  std::optional<DayNumber> business_day(const Value& value) {
    const std::optional<std::int32_t> date = value.date();
    sound_ = sound_ && (date.has_value() || !value.present());
    if (!date) return std::nullopt;
    const std::optional<DayNumber> day = from_yyyymmdd(*date);
    if (day && rules_.calendar->is_session(*day)) return day;
    complain(value, absl::StrCat(day ? format_day(*day) : absl::StrCat(*date),
                                 " is not a business day of ", to_absl(rules_.calendar->name())));
    return std::nullopt;
  }

  const Table& table_;
  std::string root_;
  ContractCalendar& contracts_;
  ContractRules rules_;
  std::vector<ContractMonth> seen_;
  bool sound_ = true;
};

}  // namespace

void read_contracts(const Table& root, ContractCalendar& contracts) {
  const std::optional<Table> all = root.table("contract");
  if (!all) return;
  for (const Table::Named& one : all->named_tables())
    ContractReader(one.table, one.name, contracts).read();
}

std::optional<RollSchedule> read_roll_schedule(const Value& value) {
  const std::optional<std::string> text = value.string();
  if (!text) return std::nullopt;
  const absl::StatusOr<RollSchedule> parsed = RollSchedule::parse(*text);
  if (parsed.ok()) return *parsed;
  value.complain(std::string(parsed.status().message()));
  return std::nullopt;
}

}  // namespace evenkeel::rules
