// The sequencer: the only place that reads a clock. It takes events from the input rings in a fixed
// order of turns, numbers and stamps them, and puts a clock event in when time has passed. What
// comes out is the record of the run. It never drops or changes what an event says.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <utility>
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
  /// A feed may jump ahead by this much at once (a long weekend between two recorded days); further
  /// only when the next market event agrees, since time that went ahead wrongly never comes back.
  static constexpr DurationNs kFeedJumpMax = 7 * kCalendarDay;
  static constexpr DurationNs kFeedAgree = kMinute;
  /// No exchange time lies beyond (about the year 2200): sums with it cannot overflow.
  static constexpr TimeNs kFeedTimeMax = 7'250'000'000 * kSecond;

  /// `tick`: a clock event is inserted when that much time has passed since the last one; a pause
  /// of many ticks gives one. Precondition: tick > 0.
  Sequencer(C clock, ClockMode mode, DurationNs tick)
      : clock_(std::move(clock)), mode_(mode), tick_(tick), last_reading_(clock_.now()) {
    EVENKEEL_CHECK(tick > 0);
    anchor_wall_ = last_reading_;
  }

  /// Goes on behind a record that ends with this number and time: the next event has the next
  /// number, and no event is older, even when the clock now shows less (time then goes on from
  /// `ts`, slower until the clock has caught up). Call before the first event.
  void resume(std::uint64_t sequence, TimeNs ts) {
    EVENKEEL_CHECK(sequence_ == 0 && ts >= 0);
    sequence_ = sequence;
    last_ts_ = last_tick_ts_ = ts;
    const TimeNs wall = wall_now();
    if (mode_ == ClockMode::kWall) {
      ahead_ += std::max<DurationNs>(ts - wall, 0);
      return;
    }
    // A time shortly after 1970 was counted, not heard: the feed's own is still to come.
    feed_ts_ = ts < kFeedJumpMax ? 0 : ts;
    anchor_wall_ = wall - (ts - feed_ts_);
  }

  /// Inputs are asked in the order of adding, a bounded burst each, so that none starves. The ring
  /// outlives this.
  void add_input(SpscRing<Event>& ring) { inputs_.push_back(&ring); }

  /// The next event, numbered and stamped. False when there is none and no tick is due.
  bool next(Event& out) {
    // An input whose burst has ended is asked again when all the others are empty.
    const std::size_t turns = inputs_.size() + (burst_left_ == 0 ? 1 : 0);
    for (std::size_t turn = 0; turn < turns && !inputs_.empty(); ++turn) {
      if (burst_left_ > 0 && inputs_[current_]->try_pop(out)) {
        --burst_left_;
        stamp(out, now_for(out));
        return true;
      }
      current_ = current_ + 1 == inputs_.size() ? 0 : current_ + 1;
      burst_left_ = kBurst;
      // A full round: ticks come before the next burst, so that a flood of quotes cannot hold time
      // back.
      if (current_ == 0 && tick_due(out)) return true;
    }
    return inputs_.empty() && tick_due(out);
  }
  /// Whether an input is waiting (for idle policies).
  bool has_input() const {
    return std::any_of(inputs_.begin(), inputs_.end(),
                       [](const auto* ring) { return ring->size() > 0; });
  }
  std::uint64_t sequence() const { return sequence_; }
  TimeNs now() const { return last_ts_; }
  /// Exchange times too far ahead to be believed on one event's word.
  std::uint64_t feed_jumps_refused() const { return feed_jumps_refused_; }

 private:
  static constexpr int kBurst = 64;
  /// What time that ran ahead gives back: one part in so many of the time that passes.
  static constexpr DurationNs kSlew = 8;

  /// The clock's reading, but never going back: time goes on from where it was when the clock is
  /// set back (time-outs must still fire), and then runs slower until the clock has caught up.
  TimeNs wall_now() {
    const TimeNs reading = clock_.now();
    const DurationNs step = reading - last_reading_;
    last_reading_ = reading;
    ahead_ -= step < 0 ? step : std::min(ahead_, step / kSlew);
    return reading + ahead_;
  }
  TimeNs now_at(TimeNs wall) const {
    return mode_ == ClockMode::kWall ? wall : feed_ts_ + (wall - anchor_wall_);
  }
  TimeNs now_for(const Event& event) {
    const TimeNs wall = wall_now();
    if (mode_ == ClockMode::kFeed && event.type >= EventType::kQuote &&
        event.type <= EventType::kFeedGap) {
      hear(event.payload.quote.exchange_ts, wall);  // all market payloads begin with it
    }
    return now_at(wall);
  }
  void hear(TimeNs heard, TimeNs wall) {
    if (heard <= 0) return;  // the source does not know
    const TimeNs now = now_at(wall);
    const bool far = heard > kFeedTimeMax || (feed_ts_ != 0 && heard - now > kFeedJumpMax);
    const bool agreed = heard <= kFeedTimeMax && heard >= jump_heard_ - kFeedAgree &&
                        heard <= jump_heard_ + kFeedAgree;
    jump_heard_ = far && heard <= kFeedTimeMax ? heard : 0;
    if (far && !agreed) {
      ++feed_jumps_refused_;
      return;
    }
    if (heard <= now) return;
    feed_ts_ = heard;
    anchor_wall_ = wall;
  }
  bool tick_due(Event& out) {
    const TimeNs now = now_at(wall_now());
    if (now - last_tick_ts_ < tick_) return false;
    out = Event::make(EventType::kClock, SourceId::none());
    stamp(out, now);
    last_tick_ts_ = last_ts_;
    return true;
  }
  void stamp(Event& event, TimeNs now) {
    last_ts_ = std::max(now, last_ts_);
    event.ts = last_ts_;
    event.sequence = ++sequence_;
  }

  C clock_;
  ClockMode mode_;
  DurationNs tick_;
  std::vector<SpscRing<Event>*> inputs_;
  std::size_t current_ = 0;
  int burst_left_ = kBurst;
  std::uint64_t sequence_ = 0;
  std::uint64_t feed_jumps_refused_ = 0;
  TimeNs last_ts_ = 0;
  TimeNs last_tick_ts_ = 0;
  TimeNs last_reading_;
  DurationNs ahead_ = 0;  // of the clock's reading, >= 0
  TimeNs feed_ts_ = 0;
  TimeNs anchor_wall_ = 0;  // the wall time at which `feed_ts_` was heard
  TimeNs jump_heard_ = 0;   // a jump too far, waiting for agreement
};

}  // namespace evenkeel
