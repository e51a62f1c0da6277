// Time as data: nanoseconds since the Unix epoch, UTC, and durations in nanoseconds. Nothing here
// reads a clock.
#pragma once

#include <cstdint>

namespace evenkeel {

/// Nanoseconds since 1970-01-01T00:00:00Z.
using TimeNs = std::int64_t;
/// A length of time in nanoseconds.
using DurationNs = std::int64_t;

inline constexpr DurationNs kMicrosecond = 1'000;
inline constexpr DurationNs kMillisecond = 1'000'000;
inline constexpr DurationNs kSecond = 1'000'000'000;
inline constexpr DurationNs kMinute = 60 * kSecond;
inline constexpr DurationNs kHour = 60 * kMinute;
inline constexpr DurationNs kCalendarDay = 24 * kHour;

}  // namespace evenkeel
