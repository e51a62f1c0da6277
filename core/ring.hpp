// A bounded ring between one producer thread and one consumer thread: lock-free, allocation only
// when built. Full and empty are return values; it never blocks and never overwrites.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

#include "core/check.hpp"

namespace evenkeel {

inline constexpr std::size_t kCacheLine = 64;

/// Single producer, single consumer. T is trivially copyable. Capacity is a power of two given at
/// construction.
template <class T>
class SpscRing {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  /// Precondition: capacity is a power of two, at least 2.
  explicit SpscRing(std::size_t capacity)
      : slots_(std::make_unique<T[]>(capacity)), mask_(capacity - 1) {
    EVENKEEL_CHECK(capacity >= 2 && std::has_single_bit(capacity));
  }
  SpscRing(const SpscRing&) = delete;
  SpscRing& operator=(const SpscRing&) = delete;

  /// Producer only. False when full, with nothing written.
  bool try_push(const T& value) {
    const std::uint64_t head = producer_.index.load(std::memory_order_relaxed);
    if (head - producer_.other_seen > mask_) {
      // Acquires the consumer's release in `pop`: the slot it freed is ours to overwrite.
      producer_.other_seen = consumer_.index.load(std::memory_order_acquire);
      if (head - producer_.other_seen > mask_) return false;
    }
    slots_[head & mask_] = value;
    // Releases the slot's bytes to the consumer's acquire in `front`.
    producer_.index.store(head + 1, std::memory_order_release);
    return true;
  }

  /// Consumer only. The oldest element, or null when empty. Valid until `pop`.
  const T* front() {
    const std::uint64_t tail = consumer_.index.load(std::memory_order_relaxed);
    if (tail == consumer_.other_seen) {
      // Acquires the producer's release in `try_push`: the bytes of the slots are there.
      consumer_.other_seen = producer_.index.load(std::memory_order_acquire);
      if (tail == consumer_.other_seen) return nullptr;
    }
    return &slots_[tail & mask_];
  }

  /// Consumer only. Precondition: `front()` was not null.
  void pop() {
    const std::uint64_t tail = consumer_.index.load(std::memory_order_relaxed);
    // Releases the freed slot to the producer's acquire in `try_push`.
    consumer_.index.store(tail + 1, std::memory_order_release);
  }

  /// Consumer only. False when empty.
  bool try_pop(T& out) {
    const T* value = front();
    if (value == nullptr) return false;
    out = *value;
    pop();
    return true;
  }

  std::size_t capacity() const { return mask_ + 1; }
  /// A snapshot: the producer never sees less than there is, the consumer never more. For people,
  /// back-pressure and idle policies.
  std::size_t size() const {
    const std::uint64_t tail = consumer_.index.load(std::memory_order_acquire);
    const std::uint64_t head = producer_.index.load(std::memory_order_acquire);
    // A third thread may read a tail that has moved on since.
    return std::min(static_cast<std::size_t>(head - tail), capacity());
  }

 private:
  // Each side's index and its last view of the other side's, alone on their cache line.
  struct alignas(kCacheLine) Cursor {
    std::atomic<std::uint64_t> index{0};
    std::uint64_t other_seen = 0;
  };
  static_assert(sizeof(Cursor) == kCacheLine);

  std::unique_ptr<T[]> slots_;
  std::uint64_t mask_;
  Cursor producer_;
  Cursor consumer_;
};

}  // namespace evenkeel
