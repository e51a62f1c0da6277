// The wall clock, for the sequencer and the edges. Nothing that decides includes this.
#pragma once

#include <ctime>

#include "core/time.hpp"

namespace evenkeel {

struct SystemClock {
  /// UTC nanoseconds since the epoch.
  TimeNs now() const { return read(CLOCK_REALTIME); }
  /// Never goes back; for measuring durations only.
  static TimeNs monotonic() { return read(CLOCK_MONOTONIC); }

 private:
  static TimeNs read(clockid_t id) {
    timespec ts{};
    clock_gettime(id, &ts);
    return static_cast<TimeNs>(ts.tv_sec) * kSecond + ts.tv_nsec;
  }
};

}  // namespace evenkeel
