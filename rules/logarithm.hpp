// The natural logarithm of a ratio of whole numbers, in integers: every compiler, flag and machine
// gives the same bits. A function of the ratio alone (scaling both numbers changes nothing), odd
// (swapping them changes the sign and nothing else) and monotone to within its error. Never
// decides.
//
// How far from the truth, in units of 2^-62:
//   a / b is scaled by 2^e into [sqrt(1/2), sqrt(2)]; ln = e ln 2 + 2 (z + z^3/3 + z^5/5 + ...)
//   with z = (a - b) / (a + b), so |z| <= 0.1716 and z^2 <= 0.0295.
//   - z is off by at most 1/2, z^2 by at most 2 |z| / 2 + 1 < 1.2.
//   - each power is off by at most 0.03 of the error of the one before, 0.1716 x 1.2 and 1 for the
//     truncation: below 1.4; divided by k >= 3 and truncated, each term by less than 1.5.
//   - eleven terms and z itself: below 17; twice that is 34. What is cut off, from z^25/25 on, is
//     below 2 x 0.1716^25 / 25 / (1 - 0.0295), a hundredth of a unit.
//   - |e| <= 63 times half a unit of the constant: 31.5.
// Together below 66; `kLnErrorMax` says 128.
#pragma once

#include <bit>
#include <cstdint>

#include "core/check.hpp"
#include "core/units.hpp"

namespace evenkeel::rules {

inline constexpr int kLnBits = 62;
/// ln_ratio is off by less than this many units of 2^-62: 2.8 x 10^-17.
inline constexpr std::int64_t kLnErrorMax = 128;

/// ln(numerator / denominator) in units of 2^-62. Preconditions: both positive.
constexpr Int128 ln_ratio(std::int64_t numerator, std::int64_t denominator) {
  EVENKEEL_CHECK(numerator > 0 && denominator > 0);
  constexpr Int128 kLnOfTwo = 3'196'577'161'300'663'915;
  constexpr Int128 kOne = Int128{1} << kLnBits;
  const auto width_a = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(numerator)));
  const auto width_b = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(denominator)));
  // Both below 2^63, so that twice a square fits.
  Int128 a = static_cast<Int128>(numerator) << (63 - width_a);
  Int128 b = static_cast<Int128>(denominator) << (63 - width_b);
  int exponent = width_a - width_b;
  if (a * a > 2 * (b * b)) {
    b *= 2;
    ++exponent;
  } else if (b * b > 2 * (a * a)) {
    a *= 2;
    --exponent;
  }
  const Int128 z = divide_rounded((a - b) * kOne, a + b);
  const Int128 square = z * z / kOne;
  Int128 power = z;
  Int128 sum = z;
  for (int k = 3; k <= 23; k += 2) {
    power = power * square / kOne;  // towards zero, so that the sign does not matter
    sum += power / k;
  }
  return exponent * kLnOfTwo + 2 * sum;
}

/// A return of one bar, in units of 10^-12: within this of zero, so that sums of squares fit.
inline constexpr std::int64_t kReturnMax = 10'000'000'000'000;

/// ln(to / from) in units of 10^-12, rounded (off by at most 0.51 of a unit), at most +-kReturnMax.
/// Preconditions: both positive.
constexpr std::int64_t log_return(std::int64_t from, std::int64_t to) {
  constexpr Int128 kUnitsOfOne = 1'000'000'000'000;
  const Int128 value = divide_rounded(ln_ratio(to, from) * kUnitsOfOne, Int128{1} << kLnBits);
  if (value > kReturnMax) return kReturnMax;
  return value < -kReturnMax ? -kReturnMax : static_cast<std::int64_t>(value);
}

/// to / from - 1 in units of 10^-12, rounded, at most +kReturnMax. Preconditions: both positive.
constexpr std::int64_t simple_return(std::int64_t from, std::int64_t to) {
  EVENKEEL_CHECK(from > 0 && to > 0);
  constexpr Int128 kUnitsOfOne = 1'000'000'000'000;
  const Int128 value = divide_rounded((static_cast<Int128>(to) - from) * kUnitsOfOne, from);
  return value > kReturnMax ? kReturnMax : static_cast<std::int64_t>(value);
}

}  // namespace evenkeel::rules
