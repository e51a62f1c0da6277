// Events on their way into a ring that may be full: a queue of fixed size in front of it, in order;
// and of those that came from messages, which are not settled yet: not known to be safe where the
// ring's consumer puts them. One thread. Full is a return value that its owner sees to it never
// happens: `room` and `unsettled_room` say how much may still come.
#pragma once

#include <cstdint>
#include <vector>

#include "core/check.hpp"
#include "core/event.hpp"
#include "core/ring.hpp"

namespace evenkeel::fix {

class EventBacklog {
 public:
  /// `unsettled_max`: how many events that came from messages may wait to be settled. Precondition:
  /// nobody else pushes to the ring, and it is empty.
  EventBacklog(SpscRing<Event>& ring, std::size_t capacity, std::size_t unsettled_max)
      : ring_(ring), waiting_(capacity), unsettled_(unsettled_max) {}

  /// Into the ring, or behind what waits. Returns the event's place in the order of all, from 1.
  /// Precondition: room() > 0, and for an event from a message unsettled_room() > 0. `message` is
  /// the inbound sequence number it came from, 0 for none.
  std::uint64_t add(const Event& event, std::int32_t message) {
    ++added_;
    if (message > 0) {
      // Numbers that start again: what is known of the old ones has no meaning any more. (The last
      // one may come twice, when its number could not be stored; those before it still wait.)
      if (message < last_message_) unsettled_.clear();
      last_message_ = message;
      unsettled_.push({added_, message});
    }
    if (waiting_.empty() && ring_.try_push(event)) {
      ++pushed_;
    } else {
      waiting_.push(event);
    }
    return added_;
  }
  /// Moves what the ring takes; how many.
  int flush() {
    int moved = 0;
    while (!waiting_.empty() && ring_.try_push(waiting_.front())) {
      waiting_.pop();
      ++pushed_;
      ++moved;
    }
    return moved;
  }
  bool empty() const { return waiting_.empty(); }
  std::size_t size() const { return waiting_.size(); }
  std::size_t room() const { return waiting_.room(); }
  /// The consumer has taken the event with this place, and what it did before that is visible here.
  bool taken(std::uint64_t place) const { return pushed_ >= place + ring_.size(); }
  std::uint64_t pushed() const { return pushed_; }

  /// Events up to this place are safe.
  void settle(std::uint64_t place) {
    while (!unsettled_.empty() && unsettled_.front().place <= place) unsettled_.pop();
  }
  /// The message of the first event that is not settled; 0 when all are.
  std::int32_t first_unsettled() const {
    return unsettled_.empty() ? 0 : unsettled_.front().message;
  }
  std::size_t unsettled_room() const { return unsettled_.room(); }

 private:
  template <class T>
  class Queue {
   public:
    explicit Queue(std::size_t capacity) : slots_(capacity) {}
    void push(const T& value) {
      EVENKEEL_CHECK(size_ < slots_.size());
      slots_[(first_ + size_) % slots_.size()] = value;
      ++size_;
    }
    const T& front() const { return slots_[first_]; }
    void pop() {
      first_ = (first_ + 1) % slots_.size();
      --size_;
    }
    void clear() { size_ = 0; }
    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }
    std::size_t room() const { return slots_.size() - size_; }

   private:
    std::vector<T> slots_;
    std::size_t first_ = 0, size_ = 0;
  };
  struct Unsettled {
    std::uint64_t place = 0;
    std::int32_t message = 0;
  };

  SpscRing<Event>& ring_;
  Queue<Event> waiting_;
  Queue<Unsettled> unsettled_;
  std::uint64_t added_ = 0, pushed_ = 0;
  std::int32_t last_message_ = 0;
};

}  // namespace evenkeel::fix
