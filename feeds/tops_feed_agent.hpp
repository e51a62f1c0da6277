// A TOPS line as an agent: reads its socket, decodes, hands events to the ring and rings the
// consumer's bell. Reads the machine's clock, to notice silence. It stops reading while the ring
// has no room.
#pragma once

#include <poll.h>
#include <time.h>

#include <thread>

#include "core/agent_thread.hpp"
#include "core/time.hpp"
#include "feeds/tops_feed.hpp"
#include "feeds/udp_receiver.hpp"

namespace evenkeel::feeds {

class TopsFeedAgent {
 public:
  // `bell` may be null: the consumer never parks. All three outlive this.
  TopsFeedAgent(UdpReceiver& receiver, TopsFeed& feed, Doorbell* bell)
      : receiver_(receiver), feed_(feed), bell_(bell) {}

  // One batch of datagrams at most. Returns datagrams taken plus waiting events handed over.
  int do_work() {
    const TimeNs now = monotonic_now();
    int work = feed_.flush();
    work += receiver_.receive(
        [&](std::span<const std::byte> bytes, TimeNs) { return feed_.on_datagram(bytes, now); });
    if (work == 0 && feed_.check_line(now)) work = 1;
    if (bell_ != nullptr && work != 0) bell_->notify();
    return work;
  }
  // Events or a datagram wait for room in the ring: waiting for the socket would not help.
  bool blocked() const { return feed_.has_waiting() || receiver_.holds_refused(); }
  int descriptor() { return receiver_.native_handle(); }

 private:
  static TimeNs monotonic_now() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * kSecond + now.tv_nsec;
  }

  UdpReceiver& receiver_;
  TopsFeed& feed_;
  Doorbell* bell_;
};

// Idles on the agent's socket: sleeps until a datagram comes or the time-out passes, so that a
// quiet line costs nothing and silence is still noticed.
class SocketIdle {
 public:
  SocketIdle(TopsFeedAgent& agent, int timeout_ms) : agent_(agent), timeout_ms_(timeout_ms) {}
  void idle(int work) {
    if (work != 0) return;
    if (agent_.blocked()) {
      std::this_thread::yield();
      return;
    }
    pollfd waiter{agent_.descriptor(), POLLIN, 0};
    poll(&waiter, 1, timeout_ms_);
  }

 private:
  TopsFeedAgent& agent_;
  int timeout_ms_;
};

}  // namespace evenkeel::feeds
