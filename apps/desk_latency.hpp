// How long things took: a histogram of fixed size with about three percent resolution, from 1 ns to
// over an hour. Recording is a few instructions and allocates nothing. Never used for a decision.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/time.hpp"

namespace evenkeel::apps {

class LatencyHistogram {
 public:
  /// Negative durations (two clocks that disagree) count as zero.
  void record(DurationNs duration) {
    const auto value = static_cast<std::uint64_t>(duration < 0 ? 0 : duration);
    ++buckets_[bucket_of(value)];
    ++count_;
    if (duration > max_) max_ = duration;
  }
  std::uint64_t count() const { return count_; }
  DurationNs max() const { return max_; }
  /// The value that `permille` of a thousand do not exceed, rounded up within its bucket; 0 when
  /// nothing was recorded.
  DurationNs percentile(std::uint32_t permille) const {
    if (count_ == 0) return 0;
    const std::uint64_t wanted = (count_ * permille + 999) / 1000;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen >= wanted && seen > 0) {
        const DurationNs top = top_of(i);
        return top < max_ ? top : max_;
      }
    }
    return max_;
  }

 private:
  // 32 buckets an octave; below 32 ns each nanosecond has its own.
  static constexpr unsigned kBits = 5;
  static constexpr std::size_t kBuckets = (43 - kBits) << kBits;

  static std::size_t bucket_of(std::uint64_t value) {
    const unsigned width = static_cast<unsigned>(std::bit_width(value));
    if (width <= kBits) return static_cast<std::size_t>(value);
    const unsigned shift = width - kBits - 1;
    // The leading bit is left on: it moves the index past the octave before.
    const std::size_t index = (static_cast<std::size_t>(shift) << kBits) + (value >> shift);
    return index < kBuckets ? index : kBuckets - 1;
  }
  static DurationNs top_of(std::size_t index) {
    const std::size_t octave = index >> kBits;
    if (octave == 0) return static_cast<DurationNs>(index);
    const std::size_t shift = octave - 1;
    const std::size_t lead = index - (shift << kBits);
    return static_cast<DurationNs>(((lead + 1) << shift) - 1);
  }

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  DurationNs max_ = 0;
};

}  // namespace evenkeel::apps
