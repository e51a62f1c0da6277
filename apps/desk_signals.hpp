// Ctrl-C and SIGTERM: the first asks, the second ends the process at once (its children are killed
// by the kernel with it). The handler only counts and wakes; nothing else happens in it.
#pragma once

namespace evenkeel::apps {

class StopSignals {
 public:
  /// Installs the handlers, ignores SIGPIPE, and blocks both signals in threads started while
  /// `Blocked` lives, so that they reach the main thread. One at a time in a process.
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// How many have come.
  static int count();
  /// Becomes readable with the first.
  int descriptor() const { return read_end_; }
  /// Waits until a signal has come or the time-out has passed; also for `other` to be readable when
  /// it is not negative.
  void wait(int timeout_ms, int other = -1) const;

  class Blocked {
   public:
    Blocked();
    ~Blocked();
    Blocked(const Blocked&) = delete;
    Blocked& operator=(const Blocked&) = delete;
  };

 private:
  int read_end_ = -1;
};

}  // namespace evenkeel::apps
