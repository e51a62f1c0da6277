// Chance for a simulation: one stream of numbers for each thing that chance decides, all from one
// seed, by integer arithmetic alone.
#pragma once

#include <cstdint>
#include <string_view>

#include "feeds/random.hpp"

namespace evenkeel::simulation {

class Dice {
 public:
  Dice(std::uint64_t seed, std::string_view name) : random_(feeds::Random::named(seed, name)) {}

  /// 0 <= result < bound. Precondition: bound > 0.
  std::uint32_t below(std::uint32_t bound) { return random_.below(bound); }
  /// low <= result <= high.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    const auto width = static_cast<std::uint64_t>(high - low) + 1;
    return low + static_cast<std::int64_t>(random_.next() % width);
  }
  /// True `of_million` times in a million.
  bool chance(std::uint32_t of_million) { return random_.below(1'000'000) < of_million; }
  std::int64_t normal_q16() { return random_.normal_q16(); }
  std::uint64_t next() { return random_.next(); }

 private:
  feeds::Random random_;
};

}  // namespace evenkeel::simulation
