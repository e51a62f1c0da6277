#include "core/units.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdint>
#include <string>

namespace evenkeel {
namespace {

// --- what must not compile -------------------------------------------------------------------

template <class A, class B>
concept Addable = requires(A a, B b) {
  a + b;
};
template <class A, class B>
concept Subtractable = requires(A a, B b) {
  a - b;
};
template <class A, class B>
concept Multipliable = requires(A a, B b) {
  a* b;
};
template <class A, class B>
concept Comparable = requires(A a, B b) {
  a < b;
};
template <class A, class B>
concept EqualityComparable = requires(A a, B b) {
  a == b;
};
template <class P, class Q>
concept HasNotional = requires(P p, Q q) {
  notional(p, q, Multiplier{});
};

static_assert(Addable<Price, Price> && Subtractable<Money, Money> && Comparable<Ratio, Ratio>);
static_assert(!Addable<Price, Quantity> && !Addable<Price, int> && !Addable<Money, double>);
static_assert(!Subtractable<Money, Ratio> && !Subtractable<Quantity, Multiplier>);
static_assert(!Multipliable<Price, Quantity> && !Multipliable<Price, Price>);
static_assert(!Multipliable<Money, Ratio> && !Multipliable<Quantity, int>);
static_assert(!Comparable<Price, Money> && !EqualityComparable<Ratio, Multiplier>);
static_assert(!Comparable<Price, int> && !EqualityComparable<Money, int>);
static_assert(HasNotional<Price, Quantity> && !HasNotional<Quantity, Price>);
static_assert(!std::is_constructible_v<Price, int> && !std::is_convertible_v<Price, Money>);
static_assert(!std::is_constructible_v<Money, double> && !std::is_convertible_v<Money, double>);
static_assert(!std::is_convertible_v<Quantity, std::int64_t>);

// --- slow references, written apart from the header --------------------------------------------

/// Rounds half away from zero by remainder, not by adding a half.
Int128 slow_round(Int128 numerator, Int128 denominator) {
  Int128 quotient = numerator / denominator;
  const Int128 rest = numerator % denominator;
  const Int128 twice = (rest < 0 ? -rest : rest) * 2;
  if (twice >= denominator) quotient += numerator < 0 ? -1 : 1;
  return quotient;
}

/// Any magnitude equally often, so that both the small and the huge are met.
rc::Gen<std::int64_t> any_magnitude() {
  return rc::gen::apply([](std::int64_t value, int shift) { return value >> shift; },
                        rc::gen::resize(1000, rc::gen::arbitrary<std::int64_t>()),
                        rc::gen::inRange(0, 63));
}

Price price_of(std::int64_t raw) { return Price::from_raw(raw); }
Quantity quantity_of(std::int64_t raw) { return Quantity::from_raw(raw); }

// --- Fixed ---------------------------------------------------------------------------------------

TEST(Fixed, KeepsItsScale) {
  EXPECT_EQ(Price::from_whole(1).raw(), 1'000'000'000);
  EXPECT_EQ(Quantity::from_whole(-3).raw(), -3'000'000);
  EXPECT_EQ(Money::from_whole(2).raw(), 20'000);
  EXPECT_EQ(kWhole.raw(), 1'000'000'000);
  EXPECT_TRUE(Price{}.is_zero());
}

TEST(Fixed, AddsSubtractsNegatesAndCompares) {
  const Money a = Money::from_raw(5), b = Money::from_raw(-8);
  EXPECT_EQ((a + b).raw(), -3);
  EXPECT_EQ((a - b).raw(), 13);
  EXPECT_EQ((-b).raw(), 8);
  EXPECT_EQ(b.abs().raw(), 8);
  EXPECT_EQ(b.sign(), -1);
  EXPECT_EQ(Money{}.sign(), 0);
  EXPECT_LT(b, a);
  Money sum = a;
  sum += a;
  sum -= b;
  EXPECT_EQ(sum.raw(), 18);
}

TEST(FixedDeathTest, AnOverflowStopsTheProcess) {
  const Money largest = Money::max();
  EXPECT_DEATH(static_cast<void>(largest + Money::from_raw(1)), "broken invariant");
  EXPECT_DEATH(static_cast<void>(-largest - Money::from_raw(2)), "broken invariant");
  EXPECT_DEATH(static_cast<void>(-Money::from_raw(INT64_MIN)), "broken invariant");
  EXPECT_DEATH(static_cast<void>(Price::from_whole(INT64_MAX)), "broken invariant");
}

// --- notional
// --------------------------------------------------------------------------------------

struct NotionalCase {
  const char* name;
  std::int64_t price, quantity, multiplier;  // raw
  std::int64_t money;                        // raw
};

TEST(Notional, Cases) {
  // clang-format off
  const NotionalCase cases[] = {
      // name                    price (1e-9)     quantity (1e-6)  multiplier   money (1e-4)
      {"one share at 100",       100'000'000'000, 1'000'000,       1'000'000,    1'000'000},
      {"half a unit rounds up",  50'000,          1'000'000,       1'000'000,            1},
      {"just below a half",      49'999,          1'000'000,       1'000'000,            0},
      {"half away, short",       50'000,         -1'000'000,       1'000'000,           -1},
      {"just below, short",      49'999,         -1'000'000,       1'000'000,            0},
      {"one and a half",         150'000,         1'000'000,       1'000'000,            2},
      {"ES 50 times",            4'500'000'000'000, 2'000'000,     50'000'000, 4'500'000'000},
      {"multiplier of half",     3'000'000'000,   1'000'000,       500'000,         15'000},
      {"half by the multiplier", 100'000,         1'000'000,       500'000,              1},
      {"half, short",            100'000,        -1'000'000,       500'000,             -1},
      {"negative price",        -37'630'000'000,  1'000'000,   1'000'000'000, -376'300'000},
      {"zero price",             0,               9'000'000,       1'000'000,            0},
  };
  // clang-format on
  for (const NotionalCase& c : cases) {
    const auto money =
        notional(price_of(c.price), quantity_of(c.quantity), Multiplier::from_raw(c.multiplier));
    ASSERT_TRUE(money.has_value()) << c.name;
    EXPECT_EQ(money->raw(), c.money) << c.name;
  }
}

TEST(Notional, IsNothingBeyondALine) {
  const Price hundred_million = Price::from_whole(100'000'000);
  const auto at_limit = notional(hundred_million, Quantity::from_whole(100'000), kUnitMultiplier);
  ASSERT_TRUE(at_limit.has_value());
  EXPECT_EQ(at_limit->raw(), kMaxLocalRaw);
  EXPECT_FALSE(
      notional(hundred_million, Quantity::from_raw(100'000'000'001), kUnitMultiplier).has_value());
  EXPECT_FALSE(
      notional(hundred_million, Quantity::from_raw(-100'000'000'001), kUnitMultiplier).has_value());
  EXPECT_FALSE(notional(hundred_million, Quantity::from_whole(100'001), Multiplier::from_whole(50))
                   .has_value());
  // The largest raw values of all: the product in 128 bits overflows, or comes within a half of it.
  EXPECT_FALSE(notional(Price::max(), Quantity::max(), Multiplier::max()).has_value());
  EXPECT_FALSE(
      notional(price_of(INT64_MIN), quantity_of(INT64_MIN), Multiplier::from_raw(2)).has_value());
  EXPECT_FALSE(notional(price_of(INT64_MIN), quantity_of(INT64_MAX), kUnitMultiplier).has_value());
}

TEST(Notional, EqualsTheSlowReference) {
  EXPECT_TRUE(rc::check("price x quantity x multiplier, rounded once", [] {
    const std::int64_t price = *any_magnitude();
    const std::int64_t quantity = *any_magnitude();
    const std::int64_t multiplier = *rc::gen::oneOf(
        rc::gen::just<std::int64_t>(1'000'000), rc::gen::inRange<std::int64_t>(1, 1'000'000'000));
    const auto money =
        notional(price_of(price), quantity_of(quantity), Multiplier::from_raw(multiplier));
    const Int128 product = static_cast<Int128>(price) * quantity;
    const Int128 limit = static_cast<Int128>(1) << 90;
    if (product > limit || product < -limit) {
      // At a multiplier of 10^-6 this is 10^10 units of money: the reference below could not hold
      // more. Such lines are checked to be either refused or within the bound.
      RC_ASSERT(money.value_or(Money{}).abs().raw() <= kMaxLocalRaw);
      return;
    }
    const Int128 wanted = slow_round(product * multiplier, Int128{100'000'000'000} * 1'000'000);
    const bool fits = wanted <= kMaxLocalRaw && wanted >= -kMaxLocalRaw;
    RC_ASSERT(money.has_value() == fits);
    if (fits) RC_ASSERT(Int128{money->raw()} == wanted);
  }));
}

TEST(Notional, IsMonotone) {
  EXPECT_TRUE(rc::check("a higher price never makes a long line smaller", [] {
    const std::int64_t price = *rc::gen::inRange<std::int64_t>(0, 2'000'000'000'000);
    const std::int64_t step = *rc::gen::inRange<std::int64_t>(0, 1'000'000);
    const std::int64_t quantity = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000);
    const Multiplier multiplier = Multiplier::from_raw(*rc::gen::inRange(1, 300'000'000));
    const auto low = notional(price_of(price), quantity_of(quantity), multiplier);
    const auto high = notional(price_of(price + step), quantity_of(quantity), multiplier);
    const auto more = notional(price_of(price), quantity_of(quantity + step), multiplier);
    if (!low || !high || !more) return;
    RC_ASSERT(*low <= *high);
    RC_ASSERT(*low <= *more);
    // A short line mirrors the long one exactly: busts undo fills.
    const auto mirrored = notional(price_of(price), quantity_of(-quantity), multiplier);
    RC_ASSERT(*mirrored == -*low);
  }));
}

TEST(DivideRounded, EqualsRoundingByRemainder) {
  EXPECT_TRUE(rc::check("half away from zero, odd and even denominators", [] {
    const std::int64_t denominator = (*any_magnitude() & INT64_MAX) | 1;
    for (const Int128 by : {Int128{denominator}, Int128{denominator} + 1}) {
      const Int128 numerator = static_cast<Int128>(*any_magnitude()) * *any_magnitude();
      RC_ASSERT(divide_rounded(numerator, by) == slow_round(numerator, by));
      RC_ASSERT(divide_rounded(-numerator, by) == -divide_rounded(numerator, by));
    }
  }));
}

// --- convert, fraction, ratio_of, compare_weight
// -----------------------------------------------------

TEST(Convert, GoesThroughThePairEitherWay) {
  const Money hundred = Money::from_whole(100);
  const Price rate = price_of(1'250'000'000);  // 1.25
  EXPECT_EQ(convert(hundred, rate, false), Money::from_whole(125));
  EXPECT_EQ(convert(hundred, rate, true), Money::from_whole(80));
  EXPECT_EQ(convert(-hundred, rate, true), Money::from_whole(-80));
  EXPECT_EQ(convert(Money::from_raw(1), price_of(500'000'000), false), Money::from_raw(1));
  EXPECT_EQ(convert(Money::from_raw(-1), price_of(500'000'000), false), Money::from_raw(-1));
  EXPECT_EQ(convert(Money::from_raw(1), price_of(499'999'999), false), Money{});
}

TEST(Convert, IsNothingWithoutARateOrBeyondALine) {
  const Money hundred = Money::from_whole(100);
  EXPECT_FALSE(convert(hundred, Price{}, false).has_value());
  EXPECT_FALSE(convert(hundred, Price::from_whole(-1), true).has_value());
  EXPECT_FALSE(convert(hundred + hundred, price_of(1), true).has_value());
  EXPECT_FALSE(convert(Money::max(), Price::max(), false).has_value());
  EXPECT_FALSE(convert(-Money::max(), Price::max(), false).has_value());
  EXPECT_EQ(convert(Money::from_raw(kMaxLineRaw), kUnitPrice, false), Money::from_raw(kMaxLineRaw));
  EXPECT_FALSE(convert(Money::from_raw(kMaxLineRaw + 1), kUnitPrice, false).has_value());
}

TEST(Convert, EqualsTheSlowReference) {
  EXPECT_TRUE(rc::check("amount times or by a rate, rounded once", [] {
    const std::int64_t amount = *any_magnitude();
    const std::int64_t rate =
        *rc::gen::inRange<std::int64_t>(1, INT64_MAX) >> *rc::gen::inRange(0, 62);
    if (rate <= 0 || amount == INT64_MIN) return;
    for (const bool inverse : {false, true}) {
      const Int128 wanted = inverse ? slow_round(static_cast<Int128>(amount) * 1'000'000'000, rate)
                                    : slow_round(static_cast<Int128>(amount) * rate, 1'000'000'000);
      const auto money = convert(Money::from_raw(amount), price_of(rate), inverse);
      const bool fits = wanted <= kMaxLineRaw && wanted >= -kMaxLineRaw;
      RC_ASSERT(money.has_value() == fits);
      if (fits) RC_ASSERT(Int128{money->raw()} == wanted);
    }
  }));
}

TEST(Fraction, TakesAShareOfAnAmount) {
  EXPECT_EQ(fraction(Money::from_whole(1000), Ratio::from_raw(605'000'000)),
            Money::from_whole(605));
  EXPECT_EQ(fraction(Money::from_raw(3), Ratio::from_raw(500'000'000)), Money::from_raw(2));
  EXPECT_EQ(fraction(Money::from_raw(-3), Ratio::from_raw(500'000'000)), Money::from_raw(-2));
  EXPECT_FALSE(fraction(Money::max(), Ratio::from_whole(2)).has_value());
}

TEST(RatioOf, IsForPeople) {
  EXPECT_EQ(ratio_of(Money::from_whole(1), Money::from_whole(3)).raw(), 333'333'333);
  EXPECT_EQ(ratio_of(Money::from_whole(2), Money::from_whole(3)).raw(), 666'666'667);
  EXPECT_EQ(ratio_of(Money::from_whole(-2), Money::from_whole(3)).raw(), -666'666'667);
  EXPECT_EQ(ratio_of(Money::from_whole(2), Money::from_whole(-3)).raw(), -666'666'667);
  EXPECT_EQ(ratio_of(Money::from_whole(2), Money{}), Ratio{});
  EXPECT_EQ(ratio_of(Money::max(), Money::from_raw(1)), Ratio::max());
  EXPECT_EQ(ratio_of(-Money::max(), Money::from_raw(1)), -Ratio::max());
}

TEST(CompareWeight, DecidesAtTheVeryEdge) {
  const Money nav = Money::from_raw(999'999'999'999'999'999);
  const Ratio bound = Ratio::from_raw(600'000'000);
  // 0.6 x nav = 599999999999999999.4
  EXPECT_TRUE(compare_weight(Money::from_raw(599'999'999'999'999'999), nav, bound) < 0);
  EXPECT_TRUE(compare_weight(Money::from_raw(600'000'000'000'000'000), nav, bound) > 0);
  EXPECT_TRUE(compare_weight(Money::from_raw(6), Money::from_raw(10), bound) == 0);
  EXPECT_TRUE(compare_weight(Money::from_raw(-6), Money::from_raw(10), -bound) == 0);
}

TEST(CompareWeight, EqualsDigitByDigitComparison) {
  EXPECT_TRUE(rc::check("part x 10^9 against bound x whole, in 32-bit digits", [] {
    // Products in two 64-bit halves, by school multiplication: no 128-bit type involved.
    struct Wide {
      std::uint64_t high, low;
      auto operator<=>(const Wide&) const = default;
    };
    const auto multiply = [](std::uint64_t a, std::uint64_t b) {
      const std::uint64_t a0 = a & 0xffffffff, a1 = a >> 32, b0 = b & 0xffffffff, b1 = b >> 32;
      const std::uint64_t low = a0 * b0;
      const std::uint64_t middle = a1 * b0 + (low >> 32);
      const std::uint64_t middle2 = a0 * b1 + (middle & 0xffffffff);
      return Wide{a1 * b1 + (middle >> 32) + (middle2 >> 32), (middle2 << 32) | (low & 0xffffffff)};
    };
    const std::int64_t part = *rc::gen::inRange<std::int64_t>(0, INT64_MAX);
    const std::int64_t whole =
        (*rc::gen::inRange<std::int64_t>(1, INT64_MAX) >> *rc::gen::inRange(0, 62)) + 1;
    if (whole <= 0) return;
    const std::int64_t exact =
        static_cast<std::int64_t>(static_cast<Int128>(part) * 1'000'000'000 / whole);
    const std::int64_t bound = *rc::gen::oneOf(rc::gen::inRange<std::int64_t>(0, INT64_MAX),
                                               rc::gen::just(exact < 0 ? 0 : exact));
    const auto wanted =
        multiply(static_cast<std::uint64_t>(part), 1'000'000'000) <=>
        multiply(static_cast<std::uint64_t>(bound), static_cast<std::uint64_t>(whole));
    RC_ASSERT(compare_weight(Money::from_raw(part), Money::from_raw(whole),
                             Ratio::from_raw(bound)) == wanted);
    // Both sides negated: the opposite answer.
    RC_ASSERT(compare_weight(-Money::from_raw(part), Money::from_raw(whole),
                             -Ratio::from_raw(bound)) == (0 <=> wanted));
  }));
}

TEST(CompareWeightDeathTest, NeedsAPositiveWhole) {
  EXPECT_DEATH(static_cast<void>(compare_weight(Money{}, Money{}, kWhole)), "whole");
}

TEST(CashQuantity, IsExact) {
  EXPECT_EQ(cash_quantity(Money::from_whole(12)), Quantity::from_whole(12));
  EXPECT_EQ(notional(kUnitPrice, cash_quantity(Money::from_raw(-123'457)), kUnitMultiplier),
            Money::from_raw(-123'457));
}

// Evaluated by the compiler: no undefined behaviour hides in these.
static_assert(notional(Price::from_whole(100), Quantity::from_whole(3), kUnitMultiplier) ==
              Money::from_whole(300));
static_assert(notional(Price::max(), Quantity::max(), kUnitMultiplier) == std::nullopt);
static_assert(convert(Money::from_whole(8), Price::from_whole(2), true) == Money::from_whole(4));

}  // namespace
}  // namespace evenkeel
