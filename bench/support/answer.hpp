// What each benchmark says besides its time: a hash of the answer it computed, so that a figure
// without a right answer never stands, and two machines can be seen to have done the same work.
// Never part of a measured loop's cost beyond one multiplication a value.
#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "core/check.hpp"

namespace evenkeel::bench {

/// An order-dependent hash of 64-bit values. Not for anything but comparing answers.
class Answer {
 public:
  void add(std::uint64_t value) { hash_ = (hash_ ^ value) * 0x9e3779b97f4a7c15U; }
  void add(std::int64_t value) { add(static_cast<std::uint64_t>(value)); }
  /// The bytes of a plain record, by words. Precondition: a whole number of words.
  void add_bytes(const void* bytes, std::size_t size) {
    EVENKEEL_CHECK(size % sizeof(std::uint64_t) == 0);
    for (std::size_t at = 0; at < size; at += sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, static_cast<const char*>(bytes) + at, sizeof word);
      add(word);
    }
  }
  std::uint64_t hash() const { return hash_; }
  friend bool operator==(Answer, Answer) = default;

 private:
  std::uint64_t hash_ = 0x243f6a8885a308d3U;
};

/// Stops the program unless the answer is the reference's; then prints it beside the figure.
inline void expect_answer(benchmark::State& state, Answer answer, Answer reference) {
  EVENKEEL_CHECK(answer == reference);
  char label[32];
  std::snprintf(label, sizeof label, "answer %016llx",
                static_cast<unsigned long long>(answer.hash()));
  state.SetLabel(label);
}

}  // namespace evenkeel::bench
