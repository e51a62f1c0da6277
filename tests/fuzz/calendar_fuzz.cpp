// Any text as what the calendar reads: a schedule, active hours, a date rule, a roll, a contract,
// and a file of calendars and contracts. Either it is well formed, prints to words that mean the
// same, and answers with times in order; or it is refused. Never anything else.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/check.hpp"
#include "rules/contract_calendar.hpp"
#include "rules/schedule.hpp"

namespace {

using namespace evenkeel;  // NOLINT: a program of one function

constexpr TimeNs kTimes[] = {
    INT64_MIN, 0, 1'000'000'000 * kSecond, 1'790'000'000 * kSecond, 2'520'000'000 * kSecond,
    INT64_MAX};

void check_schedule(std::string_view text, const rules::CalendarSet& calendars) {
  const auto schedule = rules::Schedule::parse(text, calendars);
  if (!schedule.ok()) return;
  const auto again = rules::Schedule::parse(schedule->text(), calendars);
  EVENKEEL_CHECK(again.ok() && *again == *schedule);
  TimeNs last = INT64_MIN;
  for (const TimeNs time : kTimes) {
    const std::optional<TimeNs> next = schedule->next(time);
    if (!next) continue;
    EVENKEEL_CHECK(*next > time && *next >= last);
    EVENKEEL_CHECK(schedule->next(*next - 1) == *next);
    last = *next;
  }
}

void check_hours(std::string_view text, const rules::CalendarSet& calendars) {
  const auto hours = rules::ActiveHours::parse(text, calendars);
  if (!hours.ok()) return;
  const auto again = rules::ActiveHours::parse(hours->text(), calendars);
  EVENKEEL_CHECK(again.ok() && *again == *hours);
  for (const TimeNs time : kTimes) {
    const std::optional<rules::Boundary> change = hours->next_change(time);
    if (!change) continue;
    EVENKEEL_CHECK(change->at > time);
    EVENKEEL_CHECK(hours->active(change->at) == change->opens);
    EVENKEEL_CHECK(hours->active(change->at - 1) != change->opens);
  }
}

void check_contracts(std::string_view text, const rules::CalendarSet& calendars,
                     const rules::ContractCalendar& contracts) {
  if (const auto rule = rules::DateRule::parse(text); rule.ok()) {
    const auto again = rules::DateRule::parse(rule->text());
    EVENKEEL_CHECK(again.ok() && *again == *rule);
    rule->day({2026, 12}, *calendars.find("XNYS"));
  }
  const auto today = rules::day_number(2026, 11, 24);
  if (const auto code = rules::parse_contract(text, today)) {
    const std::string written = rules::contract_text(code->root, code->month);
    EVENKEEL_CHECK(rules::parse_contract(written, today).has_value());
  }
  const auto roll = rules::RollSchedule::parse(text);
  if (!roll.ok()) return;
  const auto again = rules::RollSchedule::parse(roll->text());
  EVENKEEL_CHECK(again.ok() && *again == *roll);
  for (const TimeNs time : kTimes) {
    const auto window = rules::roll_at(*roll, *contracts.find("ZN"), time);
    EVENKEEL_CHECK(!window || (window->opens < window->closes && window->closes > time));
  }
}

void check_file(std::string_view text, const rules::ContractCalendar& known) {
  rules::Complaints complaints;
  rules::CalendarSet calendars;
  rules::ContractCalendar contracts = known;  // by the calendars without the file's changes
  rules::Config config = rules::Config::parse(text, "fuzz.toml", complaints);
  rules::read_calendars(config.root(), calendars);
  rules::read_contracts(config.root(), contracts);
  config.finish();
  for (const rules::Complaint& complaint : complaints.all())
    EVENKEEL_CHECK(complaint.text().find("fuzz.toml:") == 0);
  if (!complaints.ok()) return;
  for (const std::string_view root : contracts.roots()) contracts.find(root)->expires({2026, 12});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const rules::CalendarSet kCalendars;
  static const rules::ContractCalendar kContracts(kCalendars);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_schedule(text, kCalendars);
  check_hours(text, kCalendars);
  check_contracts(text, kCalendars, kContracts);
  check_file(text, kContracts);
  return 0;
}
