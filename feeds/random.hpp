// Random numbers by integer arithmetic alone: the same seed gives the same numbers on every machine
// and compiler. For synthetic markets and tests; never for anything secret.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

namespace evenkeel::feeds {

// xoshiro256**, its state filled by SplitMix64.
class Random {
 public:
  explicit Random(std::uint64_t seed) {
    for (auto& word : state_) {
      seed += 0x9e3779b97f4a7c15U;
      std::uint64_t z = seed;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
      word = z ^ (z >> 31);
    }
  }
  // A stream of its own for each name under one seed, so that adding a name leaves the others as
  // they were. (FNV-1a.)
  static Random named(std::uint64_t seed, std::string_view name) {
    std::uint64_t hash = 0xcbf29ce484222325U ^ seed;
    for (const char c : name) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    }
    return Random(hash);
  }

  std::uint64_t next() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }
  // 0 <= result < bound; the tiny bias of the multiplication does not matter here. Precondition:
  // bound > 0.
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
  }
  // True with probability chance / 2^32.
  bool chance(std::uint64_t chance_of_2_32) { return (next() >> 32) < chance_of_2_32; }
  // About normal: mean 0, standard deviation 2^16, the sum of twelve uniform numbers; within +-6 of
  // it.
  std::int64_t normal_q16() {
    std::int64_t sum = 0;
    for (int word = 0; word < 3; ++word) {
      const std::uint64_t bits = next();
      for (int part = 0; part < 4; ++part) {
        sum += static_cast<std::int64_t>((bits >> (16 * part)) & 0xffff);
      }
    }
    return sum - 6 * 65'535;
  }

 private:
  std::uint64_t state_[4];
};

}  // namespace evenkeel::feeds
