// The sequencer: the only place that reads a clock. It takes events from the input rings in a fixed
// order of turns, numbers and stamps them, and puts a clock event in when time has passed. What
// comes out is the record of the run.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <vector>

#include "core/event.hpp"
#include "core/ring.hpp"

namespace evenkeel {

/// `now()` in nanoseconds since the epoch, UTC.
template <class C>
concept Clock = requires(C clock) {
  { clock.now() } -> std::same_as<TimeNs>;
};

/// Which time events are stamped with.
enum class ClockMode : std::uint8_t {
  kWall = 0,
  /// The latest exchange time heard, plus the wall time since: a recorded or compressed day then
  /// runs on its own time, so that sampling intervals and time-outs mean what they say in it.
  /// Before the first market event it counts from zero.
  kFeed = 1,
};

template <Clock C>
class Sequencer {
 public:
  /// `tick`: a clock event is inserted when that much time has passed since the last one.
  Sequencer(C clock, ClockMode mode, DurationNs tick)
      : clock_(std::move(clock)), mode_(mode), tick_(tick), anchor_wall_(clock_.now()) {}

  /// Inputs are asked in the order of adding, a bounded burst each, so that none starves. The ring
  /// outlives this.
  void add_input(SpscRing<Event>& ring) { inputs_.push_back(&ring); }

  /// The next event, numbered and stamped. False when there is none and no tick is due.
  bool next(Event& out) {
    for (std::size_t turn = 0; turn < inputs_.size(); ++turn) {
      if (burst_left_ > 0 && take(*inputs_[current_], out)) {
        --burst_left_;
        return stamp(out, now_for(out));
      }
      current_ = current_ + 1 == inputs_.size() ? 0 : current_ + 1;
      burst_left_ = kBurst;
      // A full round: ticks come before the next burst, so that a flood of quotes cannot hold time
      // back.
      if (current_ == 0 && tick_due(out)) return true;
    }
    return tick_due(out);
  }
  /// Whether an input is waiting (for idle policies).
  bool has_input() const {
    return std::any_of(inputs_.begin(), inputs_.end(),
                       [](const auto* ring) { return ring->size() > 0; });
  }
  std::uint64_t sequence() const { return sequence_; }
  TimeNs now() const { return last_ts_; }

 private:
  static constexpr int kBurst = 64;

  bool take(SpscRing<Event>& ring, Event& out) { return ring.try_pop(out); }

  TimeNs now_for(const Event& event) {
    const TimeNs wall = clock_.now();
    if (mode_ == ClockMode::kWall) return wall;
    if (event.type >= EventType::kQuote && event.type <= EventType::kFeedGap) {
      // All market payloads begin with the exchange's time.
      const TimeNs heard = event.payload.quote.exchange_ts;
      if (heard > feed_ts_ + (wall - anchor_wall_) || feed_ts_ == 0) {
        feed_ts_ = std::max(heard, last_ts_);
        anchor_wall_ = wall;
      }
    }
    return feed_ts_ + (wall - anchor_wall_);
  }
  bool tick_due(Event& out) {
    const TimeNs now = now_for(Event{});
    if (now - last_tick_ts_ < tick_) return false;
    out = Event::make(EventType::kClock, SourceId::none());
    return stamp(out, now);
  }
  bool stamp(Event& event, TimeNs now) {
    last_ts_ = std::max(now, last_ts_);
    event.ts = last_ts_;
    event.sequence = ++sequence_;
    if (event.type == EventType::kClock) last_tick_ts_ = last_ts_;
    return true;
  }

  C clock_;
  ClockMode mode_;
  DurationNs tick_;
  std::vector<SpscRing<Event>*> inputs_;
  std::size_t current_ = 0;
  int burst_left_ = kBurst;
  std::uint64_t sequence_ = 0;
  TimeNs last_ts_ = 0;
  TimeNs last_tick_ts_ = 0;
  TimeNs feed_ts_ = 0;
  TimeNs anchor_wall_;
};

}  // namespace evenkeel
