// Times in tests, as a person writes them: UTC, to the minute.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rules/civil.hpp"

namespace evenkeel::rules::testing {

inline TimeNs utc(std::string_view day, std::string_view clock) {
  return *parse_day(day) * kCalendarDay + *parse_clock(clock);
}
/// "2026-11-27 18:00"
inline TimeNs utc(std::string_view text) { return utc(text.substr(0, 10), text.substr(11)); }

inline std::string stamp(std::optional<TimeNs> time) {
  if (!time) return "never";
  const LocalTime local = *to_local(Zone::kUtc, *time);
  return format_day(local.day) + " " + format_clock(local.of_day);
}

}  // namespace evenkeel::rules::testing
