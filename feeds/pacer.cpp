// See pacer.hpp.
#include "feeds/pacer.hpp"

#include <time.h>

#include <algorithm>

namespace evenkeel::feeds {

TimeNs SystemPacer::now() {
  timespec at{};
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * kSecond + at.tv_nsec;
}

bool SystemPacer::wait_until(TimeNs when) {
  constexpr DurationNs kStopCheck = 50 * kMillisecond;
  while (!stop_.load(std::memory_order_relaxed)) {
    const TimeNs start = now();
    if (start >= when) return true;
    const TimeNs until = std::min(when, start + kStopCheck);
    const timespec at{until / kSecond, until % kSecond};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr);
  }
  return false;
}

}  // namespace evenkeel::feeds
