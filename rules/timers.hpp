// At most one deadline for each of a fixed number of keys, the earliest first: an indexed binary
// heap. Ties go to the lower key, so that the order is a function of its content. Storage is
// allocated once. Never reads a clock.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/time.hpp"

namespace evenkeel::rules {

class Timers {
 public:
  explicit Timers(std::uint32_t keys) : place_(keys, kNowhere) { heap_.reserve(keys); }

  /// Sets or moves the deadline of a key.
  void set(std::uint32_t key, TimeNs due) {
    if (place_[key] == kNowhere) {
      place_[key] = static_cast<std::uint32_t>(heap_.size());
      heap_.push_back({due, key});
    } else {
      heap_[place_[key]].due = due;
    }
    sift(place_[key]);
  }
  /// Sets the deadline unless an earlier one stands.
  void set_earlier(std::uint32_t key, TimeNs due) {
    if (place_[key] == kNowhere || heap_[place_[key]].due > due) set(key, due);
  }
  void clear(std::uint32_t key) {
    const std::uint32_t at = place_[key];
    if (at == kNowhere) return;
    place_[key] = kNowhere;
    const Entry last = heap_.back();
    heap_.pop_back();
    if (at == heap_.size()) return;
    heap_[at] = last;
    place_[last.key] = at;
    sift(at);
  }
  bool due(TimeNs now) const { return !heap_.empty() && heap_.front().due <= now; }
  /// Removes the earliest and returns its key. Precondition: not empty.
  std::uint32_t pop() {
    const std::uint32_t key = heap_.front().key;
    clear(key);
    return key;
  }
  std::size_t size() const { return heap_.size(); }

 private:
  struct Entry {
    TimeNs due;
    std::uint32_t key;
    friend bool operator<(const Entry& a, const Entry& b) {
      return a.due != b.due ? a.due < b.due : a.key < b.key;
    }
  };
  static constexpr std::uint32_t kNowhere = 0xffffffff;

  void exchange(std::uint32_t a, std::uint32_t b) {
    std::swap(heap_[a], heap_[b]);
    place_[heap_[a].key] = a;
    place_[heap_[b].key] = b;
  }
  void sift(std::uint32_t at) {
    while (at > 0 && heap_[at] < heap_[(at - 1) / 2]) {
      exchange(at, (at - 1) / 2);
      at = (at - 1) / 2;
    }
    while (true) {
      std::uint32_t least = at;
      for (const std::uint32_t child : {2 * at + 1, 2 * at + 2}) {
        if (child < heap_.size() && heap_[child] < heap_[least]) least = child;
      }
      if (least == at) return;
      exchange(at, least);
      at = least;
    }
  }

  std::vector<Entry> heap_;
  std::vector<std::uint32_t> place_;
};

}  // namespace evenkeel::rules
