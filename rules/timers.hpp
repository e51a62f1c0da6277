// At most one deadline for each of a fixed number of keys, the earliest first: an indexed binary
// heap. Ties go to the lower key, so that the order is a function of its content. Storage is
// allocated once. Never reads a clock.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/archive.hpp"
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
  /// The deadline of a key; 0 when it has none.
  TimeNs deadline(std::uint32_t key) const {
    return place_[key] == kNowhere ? 0 : heap_[place_[key]].due;
  }

  /// Into timers of as many keys.
  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [heap, place] = s;
    a.list(heap, place.size());
    if constexpr (A::kLoading) {
      if (!s.index()) a.fail();
    }
  }

 private:
  struct Entry {
    TimeNs due = 0;
    std::uint32_t key = 0;

    template <class A, class Self>
    static void archive(A& a, Self& s) {
      auto& [due, key] = s;
      a(due, key);
    }
    friend bool operator<(const Entry& a, const Entry& b) {
      return a.due != b.due ? a.due < b.due : a.key < b.key;
    }
  };
  static constexpr std::uint32_t kNowhere = 0xffffffff;

  /// Finds every entry's place. False, and empty, when the entries are no heap of different keys.
  bool index() {
    std::fill(place_.begin(), place_.end(), kNowhere);
    bool good = true;
    for (std::uint32_t at = 0; at < heap_.size() && good; ++at) {
      const std::uint32_t key = heap_[at].key;
      good = key < place_.size() && place_[key] == kNowhere &&
             !(at > 0 && heap_[at] < heap_[(at - 1) / 2]);
      if (good) place_[key] = at;
    }
    if (good) return true;
    heap_.clear();
    std::fill(place_.begin(), place_.end(), kNowhere);
    return false;
  }
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
