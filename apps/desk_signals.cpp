#include "apps/desk_signals.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>

#include "apps/cli.hpp"
#include "core/check.hpp"

namespace evenkeel::apps {
namespace {

std::atomic<int> signals_seen{0};
std::atomic<int> wake_end{-1};

void on_signal(int) {
  const int saved = errno;
  if (signals_seen.fetch_add(1) > 0) _exit(kExitInterrupted);
  const char byte = 1;
  [[maybe_unused]] const ssize_t written = write(wake_end.load(), &byte, 1);
  errno = saved;
}

void install(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

sigset_t stop_set() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

StopSignals::StopSignals() {
  std::array<int, 2> ends{};
  EVENKEEL_CHECK(pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
  read_end_ = ends[0];
  signals_seen.store(0);
  wake_end.store(ends[1]);
  signal(SIGPIPE, SIG_IGN);
  install(on_signal);
}

StopSignals::~StopSignals() {
  install(SIG_DFL);
  close(wake_end.exchange(-1));
  close(read_end_);
}

int StopSignals::count() { return signals_seen.load(); }

void StopSignals::wait(int timeout_ms, int other) const {
  // Once a signal has come the pipe stays readable: it must not end every wait from then on.
  std::array<pollfd, 2> waiters = {pollfd{count() == 0 ? read_end_ : -1, POLLIN, 0},
                                   pollfd{other, POLLIN, 0}};
  poll(waiters.data(), waiters.size(), timeout_ms);
}

StopSignals::Blocked::Blocked() {
  const sigset_t set = stop_set();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

StopSignals::Blocked::~Blocked() {
  const sigset_t set = stop_set();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace evenkeel::apps
