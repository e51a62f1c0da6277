// Threads for agents, and the idle policies that need the operating system: yielding, and parking
// on an eventfd. An edge of the house: nothing that decides includes this.
#pragma once

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <thread>
#include <utility>

#include "core/agent.hpp"
#include "core/check.hpp"

namespace evenkeel {

/// Wakes a consumer that said it is parked. A wake-up costs microseconds, so `notify` writes to the
/// eventfd only when the consumer has announced that it sleeps.
class Doorbell {
 public:
  Doorbell() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { EVENKEEL_CHECK(fd_ >= 0); }
  ~Doorbell() { close(fd_); }
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;

  /// Any thread, after it has made work visible (ring push).
  void notify() {
    // Orders the producer's push before the read of `parked_`; pairs with the fence in `park`.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (parked_.load(std::memory_order_relaxed)) ring();
  }
  /// Any thread; wakes the consumer whether it said it is parked or not.
  void ring() {
    const std::uint64_t one = 1;
    const ssize_t written = write(fd_, &one, sizeof one);
    // EAGAIN: the counter is full, so the consumer has been woken already.
    EVENKEEL_CHECK(written == sizeof one || errno == EAGAIN);
  }
  /// Consumer only. Sleeps until notified or for `timeout_ms`. `has_work` is asked once more after
  /// announcing, so that no push between the last look and the sleep is missed.
  template <class HasWork>
  void park(HasWork has_work, int timeout_ms) {
    parked_.store(true, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (!has_work()) {
      pollfd waiter{fd_, POLLIN, 0};
      poll(&waiter, 1, timeout_ms);
    }
    parked_.store(false, std::memory_order_relaxed);
    drain();
  }
  /// For registering with an event loop. Before it waits, the loop calls `set_parked(true)` and
  /// looks for work once more; when `fd` is readable, it calls `drain` and then looks for work.
  int fd() const { return fd_; }
  /// Consumer only. Forgets the rings so far, before the look for work that answers them.
  void drain() {
    std::uint64_t rings = 0;
    [[maybe_unused]] const ssize_t got = read(fd_, &rings, sizeof rings);
  }
  void set_parked(bool parked) {
    parked_.store(parked, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }

 private:
  int fd_;
  std::atomic<bool> parked_{false};
};

/// Spins a while, then gives the core away between looks.
class SpinYield {
 public:
  void idle(int work) {
    if (work != 0) {
      idle_cycles_ = 0;
    } else if (idle_cycles_ < kSpins) {
      ++idle_cycles_;
      cpu_pause();
    } else {
      std::this_thread::yield();
    }
  }

 private:
  static constexpr int kSpins = 2'000;
  int idle_cycles_ = 0;
};

/// Spins a little, then parks on a doorbell until work arrives or a millisecond timeout (for
/// timers) passes. `HasWork` is a callable that says whether any input is waiting.
template <class HasWork>
class SpinPark {
 public:
  SpinPark(Doorbell& doorbell, HasWork has_work, int timeout_ms, int spins)
      : doorbell_(doorbell),
        has_work_(std::move(has_work)),
        timeout_ms_(timeout_ms),
        spins_(spins) {}
  void idle(int work) {
    if (work != 0) {
      idle_cycles_ = 0;
    } else if (idle_cycles_ < spins_) {
      ++idle_cycles_;
      cpu_pause();
    } else {
      doorbell_.park(has_work_, timeout_ms_);
    }
  }

 private:
  Doorbell& doorbell_;
  HasWork has_work_;
  int timeout_ms_;
  int spins_;
  int idle_cycles_ = 0;
};

/// Runs an agent on its own thread until stopped; joins when destroyed. The agent outlives it.
template <Agent A, IdlePolicy P>
class AgentThread {
 public:
  AgentThread(A& agent, P policy)
      : thread_([this, &agent, policy = std::move(policy)]() mutable {
          while (!stop_.load(std::memory_order_acquire)) policy.idle(agent.do_work());
        }) {}
  ~AgentThread() { stop(); }
  AgentThread(const AgentThread&) = delete;
  AgentThread& operator=(const AgentThread&) = delete;

  /// Asks the thread to end after its present duty cycle. An agent that parks for long ends sooner
  /// when its doorbell is rung after this.
  void request_stop() { stop_.store(true, std::memory_order_release); }
  /// Asks and waits.
  void stop() {
    request_stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace evenkeel
