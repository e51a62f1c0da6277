// The numbers that decide: exact integers with a unit in their type.
//
//   type        one unit of the raw integer     holds up to about
//   Price       10^-9 of the quote currency      9.2 billion a unit
//   Quantity    10^-6 of a share or contract     9.2 trillion
//   Multiplier  10^-6                            9.2 trillion
//   Money       10^-4 of a currency unit         922 trillion
//   Ratio       10^-9 (1.0 = 100% = 10,000bp)    9.2 billion
//
// Which operation yields which type (everything else does not compile):
//   X + X -> X, X - X -> X, -X -> X, X <=> X      for each type with itself
//   notional(Price, Quantity, Multiplier) -> Money   rounded half away from zero, checked
//   convert(Money, Price rate, inverse)   -> Money   rounded half away from zero, checked
//   fraction(Money, Ratio)                -> Money   rounded half away from zero, checked
//   ratio_of(Money, Money)                -> Ratio   rounded; for people, never for a decision
//   compare_weight(Money, Money, Ratio)   -> ordering, exact in 128 bits: this decides
//
// Rounding happens once for each line of a portfolio, in a function of that line's inputs alone and
// monotone in each of them; sums are exact. So incremental, from-scratch, live and replayed totals
// agree to the bit, and the extreme of a line over a box of prices lies in the box's corner. This
// header never touches floating point.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>

#include "core/check.hpp"

namespace evenkeel {

__extension__ typedef __int128 Int128;

/// An integer count of a unit. Sums are checked: an overflow is a broken invariant, since every
/// input is bounded where it enters (`kMaxLineRaw`, `kMaxLinesPerPortfolio`).
template <class Tag, std::int64_t kUnitsPerOne>
class Fixed {
 public:
  static constexpr std::int64_t kScale = kUnitsPerOne;

  constexpr Fixed() = default;
  /// From the raw integer, a count of 1/kScale.
  static constexpr Fixed from_raw(std::int64_t raw) { return Fixed(raw); }
  /// From a whole number. Precondition: `whole * kScale` fits.
  static constexpr Fixed from_whole(std::int64_t whole) {
    std::int64_t raw = 0;
    EVENKEEL_CHECK(!__builtin_mul_overflow(whole, kScale, &raw));
    return Fixed(raw);
  }
  static constexpr Fixed max() { return Fixed(std::numeric_limits<std::int64_t>::max()); }

  constexpr std::int64_t raw() const { return raw_; }
  constexpr bool is_zero() const { return raw_ == 0; }
  /// -1, 0 or 1.
  constexpr int sign() const { return (raw_ > 0) - (raw_ < 0); }
  constexpr Fixed abs() const { return raw_ < 0 ? -*this : *this; }

  constexpr Fixed operator-() const {
    EVENKEEL_CHECK(raw_ != std::numeric_limits<std::int64_t>::min());
    return Fixed(-raw_);
  }
  friend constexpr Fixed operator+(Fixed a, Fixed b) {
    std::int64_t raw = 0;
    EVENKEEL_CHECK(!__builtin_add_overflow(a.raw_, b.raw_, &raw));
    return Fixed(raw);
  }
  friend constexpr Fixed operator-(Fixed a, Fixed b) {
    std::int64_t raw = 0;
    EVENKEEL_CHECK(!__builtin_sub_overflow(a.raw_, b.raw_, &raw));
    return Fixed(raw);
  }
  constexpr Fixed& operator+=(Fixed other) { return *this = *this + other; }
  constexpr Fixed& operator-=(Fixed other) { return *this = *this - other; }
  friend constexpr bool operator==(Fixed, Fixed) = default;
  friend constexpr auto operator<=>(Fixed, Fixed) = default;

 private:
  constexpr explicit Fixed(std::int64_t raw) : raw_(raw) {}
  std::int64_t raw_ = 0;
};

using Price = Fixed<struct PriceTag, 1'000'000'000>;
using Quantity = Fixed<struct QuantityTag, 1'000'000>;
using Multiplier = Fixed<struct MultiplierTag, 1'000'000>;
using Money = Fixed<struct MoneyTag, 10'000>;
using Ratio = Fixed<struct RatioTag, 1'000'000'000>;

inline constexpr Price kUnitPrice = Price::from_whole(1);
inline constexpr Multiplier kUnitMultiplier = Multiplier::from_whole(1);
inline constexpr Ratio kWhole = Ratio::from_whole(1);

/// Bounds of one line in its own currency (10 trillion units) and in a base currency (100 billion):
/// sums over `kMaxLinesPerPortfolio` lines cannot overflow.
inline constexpr std::int64_t kMaxLocalRaw = 100'000'000'000'000'000;
inline constexpr std::int64_t kMaxLineRaw = 1'000'000'000'000'000;
inline constexpr std::uint32_t kMaxLinesPerPortfolio = 4096;

/// `numerator / denominator` rounded half away from zero. Preconditions: denominator > 0;
/// |numerator| + denominator / 2 fits.
constexpr Int128 divide_rounded(Int128 numerator, Int128 denominator) {
  const Int128 half = denominator / 2;
  return numerator >= 0 ? (numerator + half) / denominator : -((-numerator + half) / denominator);
}

/// `value` as a T when it lies within +-limit; nothing otherwise.
template <class T>
constexpr std::optional<T> narrow(Int128 value, std::int64_t limit) {
  if (value > limit || value < -static_cast<Int128>(limit)) return std::nullopt;
  return T::from_raw(static_cast<std::int64_t>(value));
}

/// price x quantity x multiplier in the instrument's currency. Nothing when it exceeds
/// `kMaxLocalRaw`.
constexpr std::optional<Money> notional(Price price, Quantity quantity, Multiplier multiplier) {
  // 10^-9 * 10^-6 = 10^-15; to 10^-4 with a unit multiplier it takes a division by 10^11.
  // The compiler's 128-bit division is the fastest here: multiplying by a reciprocal was measured
  // and lost (bench/RESULTS.md).
  constexpr Int128 kToMoney = 100'000'000'000;
  const Int128 product = static_cast<Int128>(price.raw()) * quantity.raw();
  if (multiplier == kUnitMultiplier) {
    return narrow<Money>(divide_rounded(product, kToMoney), kMaxLocalRaw);
  }
  constexpr Int128 kScaledToMoney = kToMoney * Multiplier::kScale;
  constexpr Int128 kScaledMax = kScaledToMoney * (kMaxLocalRaw + 1);  // so that rounding fits, too
  Int128 scaled = 0;
  if (__builtin_mul_overflow(product, static_cast<Int128>(multiplier.raw()), &scaled) ||
      scaled > kScaledMax || scaled < -kScaledMax) {
    return std::nullopt;
  }
  return narrow<Money>(divide_rounded(scaled, kScaledToMoney), kMaxLocalRaw);
}

/// An amount in another currency: amount x rate, or amount / rate when `inverse` (the pair is
/// quoted the other way round). Nothing when rate <= 0 or the result exceeds `kMaxLineRaw`.
constexpr std::optional<Money> convert(Money amount, Price rate, bool inverse) {
  if (rate.raw() <= 0) return std::nullopt;
  const Int128 value =
      inverse ? divide_rounded(static_cast<Int128>(amount.raw()) * Price::kScale, rate.raw())
              : divide_rounded(static_cast<Int128>(amount.raw()) * rate.raw(), Price::kScale);
  return narrow<Money>(value, kMaxLineRaw);
}

/// amount x ratio. Nothing when the result does not fit Money.
constexpr std::optional<Money> fraction(Money amount, Ratio ratio) {
  return narrow<Money>(
      divide_rounded(static_cast<Int128>(amount.raw()) * ratio.raw(), Ratio::kScale),
      std::numeric_limits<std::int64_t>::max());
}

/// part / whole, rounded to 10^-9: for showing and recording, never for deciding. Zero when whole
/// is zero; the largest ratio of its sign when it does not fit.
constexpr Ratio ratio_of(Money part, Money whole) {
  if (whole.is_zero()) return Ratio{};
  const Int128 sign = whole.raw() < 0 ? -1 : 1;
  const Int128 value = divide_rounded(sign * static_cast<Int128>(part.raw()) * Ratio::kScale,
                                      sign * static_cast<Int128>(whole.raw()));
  return narrow<Ratio>(value, std::numeric_limits<std::int64_t>::max())
      .value_or(value < 0 ? -Ratio::max() : Ratio::max());
}

/// Compares the weight part / whole with `bound`, exactly. Precondition: whole > 0.
constexpr std::strong_ordering compare_weight(Money part, Money whole, Ratio bound) {
  EVENKEEL_CHECK(whole.raw() > 0);
  return static_cast<Int128>(part.raw()) * Ratio::kScale <=>
         static_cast<Int128>(bound.raw()) * whole.raw();
}

/// A cash amount as the quantity of a cash instrument, whose price is one: exact.
/// Precondition: |amount| is within `kMaxLocalRaw` / 2.
constexpr Quantity cash_quantity(Money amount) {
  static_assert(Quantity::kScale == Money::kScale * 100);
  std::int64_t raw = 0;
  EVENKEEL_CHECK(!__builtin_mul_overflow(amount.raw(), std::int64_t{100}, &raw));
  return Quantity::from_raw(raw);
}

}  // namespace evenkeel
