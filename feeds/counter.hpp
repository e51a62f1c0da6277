// A count written by one thread and read by any: relaxed, so it costs its writer no more than a
// plain integer. It orders nothing: never use it to hand data over.
#pragma once

#include <atomic>
#include <cstdint>

namespace evenkeel::feeds {

class Counter {
 public:
  // Writer only.
  void add(std::uint64_t more) { set(value_.load(std::memory_order_relaxed) + more); }
  void set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  Counter& operator++() {
    add(1);
    return *this;
  }
  // Any thread.
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace evenkeel::feeds
