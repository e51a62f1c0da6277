// The producer's side of a ring of events: hands events over at once while the ring has room, and
// keeps them in a bounded buffer while it has none. Quotes and trades then give way to the newest
// of their instrument; everything else is kept, in order. It never drops an event that must be kept
// and never lets a quote or trade change places with one (a quote from before a gap must not heal
// the gap).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/check.hpp"
#include "core/event.hpp"
#include "core/ring.hpp"

namespace evenkeel::feeds {

class ConflatingQueue {
 public:
  // `kept_max`: how many events that must be kept may wait, besides quotes and trades. The ring
  // outlives this. All memory is taken here.
  ConflatingQueue(SpscRing<Event>& ring, std::uint32_t instrument_count, std::size_t kept_max)
      : ring_(ring),
        kept_max_(kept_max),
        latest_(std::size_t{instrument_count} * 2, kNowhere),
        // Twice what can be alive, so that closing the holes left by moved entries is rare.
        waiting_((std::size_t{instrument_count} * 2 + kept_max) * 2 + 1) {}
  ConflatingQueue(const ConflatingQueue&) = delete;
  ConflatingQueue& operator=(const ConflatingQueue&) = delete;

  // How many more events that must be kept are sure to be taken.
  std::size_t room() const { return kept_max_ - kept_waiting_; }

  // Precondition: a quote or trade names an instrument below the count; for anything else room() >
  // 0.
  void push(const Event& event) {
    if (live_ == 0 && ring_.try_push(event)) {
      ++handed_over_;
      return;
    }
    if (conflatable(event.type)) {
      wait_conflated(event);
    } else {
      EVENKEEL_CHECK(kept_waiting_ < kept_max_);
      append(event);
      ++kept_waiting_;
      last_kept_ = end_ - 1;
    }
  }

  // Hands waiting events over as far as the ring takes them; returns how many.
  int flush() {
    int count = 0;
    while (live_ != 0) {
      Waiting& entry = waiting_[begin_];
      if (entry.alive) {
        if (!ring_.try_push(entry.event)) break;
        retire(entry);
        ++count;
      }
      ++begin_;
    }
    if (live_ == 0) begin_ = end_ = 0;
    handed_over_ += static_cast<std::uint64_t>(count);
    return count;
  }

  std::size_t waiting() const { return live_; }
  std::uint64_t handed_over() const { return handed_over_; }
  // Quotes and trades that gave way to a newer one.
  std::uint64_t conflated() const { return conflated_; }

 private:
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);
  struct Waiting {
    Event event;
    bool alive = false;
  };

  std::size_t& latest_of(const Event& event) {
    const std::size_t kind = event.type == EventType::kQuote ? 0 : 1;
    return latest_[std::size_t{event.subject} * 2 + kind];
  }

  void wait_conflated(const Event& event) {
    std::size_t& at = latest_of(event);
    if (at != kNowhere) {
      ++conflated_;
      // Newer data takes the place in the line, so that a busy instrument is not put off for ever,
      // unless something that must be kept stands between.
      if (last_kept_ == kNowhere || at > last_kept_) {
        waiting_[at].event = event;
        return;
      }
      waiting_[at].alive = false;
      --live_;
    }
    append(event);  // may move entries: `at` is then still this instrument's slot in latest_
    latest_of(event) = end_ - 1;
  }

  void append(const Event& event) {
    if (end_ == waiting_.size()) close_holes();
    EVENKEEL_CHECK(end_ < waiting_.size());
    waiting_[end_].event = event;
    waiting_[end_].alive = true;
    ++end_;
    ++live_;
  }

  void retire(Waiting& entry) {
    if (conflatable(entry.event.type)) {
      latest_of(entry.event) = kNowhere;
    } else if (--kept_waiting_ == 0) {
      last_kept_ = kNowhere;
    }
    entry.alive = false;
    --live_;
  }

  void close_holes() {
    std::size_t to = 0;
    for (std::size_t from = begin_; from < end_; ++from) {
      if (!waiting_[from].alive) continue;
      if (from != to) waiting_[to] = waiting_[from];
      const Event& event = waiting_[to].event;
      if (conflatable(event.type)) {
        latest_of(event) = to;
      } else {
        last_kept_ = to;
      }
      ++to;
    }
    begin_ = 0;
    end_ = to;
  }

  SpscRing<Event>& ring_;
  std::size_t kept_max_;
  std::vector<std::size_t> latest_;  // by instrument, quote and trade: where it waits
  std::vector<Waiting> waiting_;     // [begin_, end_), oldest first
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t live_ = 0;
  std::size_t kept_waiting_ = 0;
  std::size_t last_kept_ = kNowhere;
  std::uint64_t handed_over_ = 0;
  std::uint64_t conflated_ = 0;
};

}  // namespace evenkeel::feeds
