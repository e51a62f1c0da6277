// When to send: the clock and the waiting of those who send on schedule. Tests use one that only
// counts.
#pragma once

#include <atomic>

#include "core/time.hpp"

namespace evenkeel::feeds {

class Pacer {
 public:
  virtual ~Pacer() = default;
  // A clock that never goes back, from some beginning of its own.
  virtual TimeNs now() = 0;
  // Waits until then, at once when it is past. False: stop was asked for meanwhile.
  virtual bool wait_until(TimeNs when) = 0;
};

// The machine's monotonic clock. `stop` may be set by a signal handler or another thread; it is
// noticed within a twentieth of a second.
class SystemPacer final : public Pacer {
 public:
  explicit SystemPacer(const std::atomic<bool>& stop) : stop_(stop) {}
  TimeNs now() override;
  bool wait_until(TimeNs when) override;

 private:
  const std::atomic<bool>& stop_;
};

}  // namespace evenkeel::feeds
