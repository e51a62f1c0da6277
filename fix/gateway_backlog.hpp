// Events on their way into a ring that may be full: a queue of fixed size in front of it, in order,
// each with the sequence number of the message it came from. One thread. Full is a return value
// that its owner sees to it never happens: `room` says how much may still come.
#pragma once

#include <cstdint>
#include <vector>

#include "core/check.hpp"
#include "core/event.hpp"
#include "core/ring.hpp"

namespace evenkeel::fix {

class EventBacklog {
 public:
  /// Precondition: nobody else pushes to the ring, and it is empty.
  EventBacklog(SpscRing<Event>& ring, std::size_t capacity) : ring_(ring), waiting_(capacity) {}

  /// Into the ring, or behind what waits. Returns the event's place in the order of all, from 1.
  /// Precondition: room() > 0. `message` is the inbound sequence number it came from, 0 for none.
  std::uint64_t add(const Event& event, std::int32_t message) {
    if (size_ == 0 && ring_.try_push(event)) {
      ++pushed_;
      if (message > 0) last_message_ = message;
      return ++added_;
    }
    EVENKEEL_CHECK(size_ < waiting_.size());
    waiting_[(first_ + size_) % waiting_.size()] = {event, message};
    ++size_;
    return ++added_;
  }
  /// Moves what the ring takes; how many.
  int flush() {
    int moved = 0;
    while (size_ > 0 && ring_.try_push(waiting_[first_].event)) {
      if (waiting_[first_].message > 0) last_message_ = waiting_[first_].message;
      first_ = (first_ + 1) % waiting_.size();
      --size_;
      ++pushed_;
      ++moved;
    }
    return moved;
  }
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  std::size_t room() const { return waiting_.size() - size_; }
  /// The consumer has taken the event with this place, and what it did before that is visible here.
  bool taken(std::uint64_t place) const { return pushed_ >= place + ring_.size(); }
  /// The last message whose event is in the ring.
  std::int32_t last_message() const { return last_message_; }
  std::uint64_t pushed() const { return pushed_; }

 private:
  struct Waiting {
    Event event;
    std::int32_t message = 0;
  };
  SpscRing<Event>& ring_;
  std::vector<Waiting> waiting_;
  std::size_t first_ = 0, size_ = 0;
  std::uint64_t added_ = 0, pushed_ = 0;
  std::int32_t last_message_ = 0;
};

}  // namespace evenkeel::fix
