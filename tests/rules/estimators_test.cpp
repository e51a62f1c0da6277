#include "rules/estimators.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "rules/explain.hpp"
#include "rules/volatility.hpp"
#include "tests/rules/saved.hpp"

namespace evenkeel::rules {
namespace {

constexpr std::array kAll = {Estimator::kEwma,           Estimator::kCloseToClose,
                             Estimator::kParkinson,      Estimator::kGarmanKlass,
                             Estimator::kRogersSatchell, Estimator::kYangZhang,
                             Estimator::kRealised};

Price cents(std::int64_t value) { return Price::from_raw(value * 10'000'000); }
double plain(Ratio ratio) { return static_cast<double>(ratio.raw()) / 1e9; }
double plain(Price price) { return static_cast<double>(price.raw()) / 1e9; }

BarVolatilitySettings settings_of(Estimator estimator, std::uint32_t window = 20,
                                  std::uint32_t warm_up = 2) {
  return {.estimator = estimator,
          .bars = {.interval = kMinute, .phase = 0, .gaps = Gaps::kBreak},
          .window = window,
          .warm_up = warm_up,
          .lambda = Ratio::from_raw(940'000'000),
          .year = {252, 1}};
}

// --- the logarithm ---------------------------------------------------------------------------

long double ln_value(Int128 value) {
  return static_cast<long double>(value) / static_cast<long double>(Int128{1} << kLnBits);
}

TEST(Logarithm, KnownValues) {
  EXPECT_TRUE(ln_ratio(1, 1) == 0);
  EXPECT_TRUE(ln_ratio(INT64_MAX, INT64_MAX) == 0);
  // ln 2 = 0.693 147 180 559 945 309 417...
  EXPECT_EQ(log_return(1, 2), 693'147'180'560);
  EXPECT_EQ(log_return(2, 1), -693'147'180'560);
  // ln 10 = 2.302 585 092 994 045 684...
  EXPECT_EQ(log_return(1, 10), 2'302'585'092'994);
  // ln 1.01 = 0.009 950 330 853 168 083...
  EXPECT_EQ(log_return(100, 101), 9'950'330'853);
  EXPECT_EQ(log_return(1, INT64_MAX), kReturnMax) << "capped";
  EXPECT_EQ(log_return(INT64_MAX, 1), -kReturnMax);
  static_assert(log_return(7, 7) == 0, "usable at compile time");
}

RC_GTEST_PROP(Logarithm, KeepsItsBound,
              (std::int64_t first, std::int64_t second, std::uint8_t shift)) {
  const std::int64_t a = (first & INT64_MAX) >> (shift % 63) | 1;
  const std::int64_t b = (second & INT64_MAX) >> (shift / 4 % 63) | 1;
  const Int128 value = ln_ratio(a, b);
  // The reference itself rounds: each logarithm to 64 bits of at most 43.7, so to 2^-58.
  const long double reference =
      std::log(static_cast<long double>(a)) - std::log(static_cast<long double>(b));
  const long double bound =
      static_cast<long double>(kLnErrorMax) / std::exp2(62.0L) + std::exp2(-57.0L);
  RC_ASSERT(std::abs(ln_value(value) - reference) <= bound);
  RC_ASSERT(ln_ratio(b, a) == -value);
}

RC_GTEST_PROP(Logarithm, IsAFunctionOfTheRatio,
              (std::uint32_t first, std::uint32_t second, std::uint32_t scale)) {
  const std::int64_t a = 1 + static_cast<std::int64_t>(first);
  const std::int64_t b = 1 + static_cast<std::int64_t>(second);
  const std::int64_t k = 1 + static_cast<std::int64_t>(scale >> 2);
  RC_ASSERT(ln_ratio(a, b) == ln_ratio(a * k, b * k));
}

RC_GTEST_PROP(Logarithm, NearOneItFollowsTheSeries, (std::int32_t change)) {
  // ln(1 + x) = x - x^2/2 + x^3/3 - ..., |x| <= 2.2e-6: the fourth term is below 10^-23.
  constexpr std::int64_t kBase = 1'000'000'000'000'000;
  const long double x = static_cast<long double>(change) / static_cast<long double>(kBase);
  const long double series = x - x * x / 2 + x * x * x / 3;
  RC_ASSERT(std::abs(ln_value(ln_ratio(kBase + change, kBase)) - series) < 2.9e-17L);
}

// --- bars ------------------------------------------------------------------------------------

struct Made {
  Bar bar;
  Price previous;
};

/// Feeds marks to a maker and collects what it makes.
struct Maker {
  explicit Maker(Gaps gaps, DurationNs phase = 0)
      : maker({.interval = kMinute, .phase = phase, .gaps = gaps}) {}
  void at(DurationNs now, std::int64_t value, bool sound = true) {
    advance(now);
    maker.see(cents(value), sound);
  }
  void advance(DurationNs now) {
    maker.advance(now, [this](const Bar& bar, Price previous) { made.push_back({bar, previous}); });
  }
  BarMaker maker;
  std::vector<Made> made;
};

TEST(Bars, OpenHighLowCloseOfTheMarksWithin) {
  Maker m(Gaps::kBreak);
  m.at(10 * kSecond, 10'000);  // the bar that watching began in counts as a reference only
  m.at(60 * kSecond, 10'100);
  m.at(70 * kSecond, 10'300);
  m.at(80 * kSecond, 9'900);
  m.at(90 * kSecond, 10'050);
  EXPECT_TRUE(m.made.empty());
  m.at(120 * kSecond, 10'060);
  ASSERT_EQ(m.made.size(), 1U);
  EXPECT_EQ(m.made[0].bar, (Bar{cents(10'100), cents(10'300), cents(9'900), cents(10'050)}));
  EXPECT_EQ(m.made[0].previous, cents(10'000));
}

TEST(Bars, SilentPointsAreFlatAndALongSilenceIsAnOutage) {
  Maker m(Gaps::kBreak);
  m.at(0, 10'000);
  m.at(kMinute, 10'100);
  m.advance(4 * kMinute);  // ends bar 1, then bars 2 and 3, which saw no event
  ASSERT_EQ(m.made.size(), 3U);
  EXPECT_EQ(m.made[2].bar, (Bar{cents(10'100), cents(10'100), cents(10'100), cents(10'100)}));
  EXPECT_EQ(m.made[2].previous, cents(10'100));
  m.at((6 + kSilentPointsMax) * kMinute, 20'000);
  EXPECT_EQ(m.made.size(), 4U) << "bar 4 counts, the dark after it does not";
  m.advance((7 + kSilentPointsMax) * kMinute);
  EXPECT_EQ(m.made.size(), 4U) << "nor does the jump";
  m.advance((8 + kSilentPointsMax) * kMinute);
  EXPECT_EQ(m.made.size(), 5U);
}

TEST(Bars, UnsoundAtAGridPointIsNoBarWithinASession) {
  Maker m(Gaps::kBreak);
  m.at(0, 10'000);
  m.at(kMinute, 10'000);
  m.at(kMinute + kSecond, 1, false);  // unsound when bar 1 ends, and its mark is in no bar
  m.at(2 * kMinute + kSecond, 20'000);
  m.at(3 * kMinute, 20'000);  // bar 2 began unsound
  EXPECT_TRUE(m.made.empty());
  m.at(4 * kMinute, 20'000);
  EXPECT_EQ(m.made.size(), 1U);
}

TEST(Bars, OfADaySpanTheNight) {
  Maker m(Gaps::kSpan);
  m.at(0, 10'000);
  m.at(kMinute, 10'200);
  m.at(kMinute + 1, 10'200, false);  // closed: the bar still counts
  m.at(2 * kMinute, 10'200, false);  // a bar without a sound price: none
  m.at(3 * kMinute, 10'500);         // the return spans it
  m.at(3 * kMinute + 1, 10'500, false);
  m.advance(4 * kMinute);
  ASSERT_EQ(m.made.size(), 2U);
  EXPECT_EQ(m.made[0].previous, cents(10'000));
  EXPECT_EQ(m.made[1].previous, cents(10'200));
  EXPECT_EQ(m.made[1].bar.open, cents(10'500));
  m.at((6 + kSilentPointsMax) * kMinute, 10'000);
  m.advance((7 + kSilentPointsMax) * kMinute);
  ASSERT_EQ(m.made.size(), 3U);
  EXPECT_EQ(m.made[2].previous, Price{}) << "but not an outage";
}

TEST(Bars, TheGridMayBeShifted) {
  Maker m(Gaps::kBreak, 20 * kSecond);
  m.at(0, 10'000);
  m.at(20 * kSecond, 10'100);
  m.at(79 * kSecond, 10'200);
  m.at(80 * kSecond, 10'300);
  ASSERT_EQ(m.made.size(), 1U);
  EXPECT_EQ(m.made[0].bar.close, cents(10'200));
}

// --- estimators ------------------------------------------------------------------------------

/// The formulas as they are printed, in double precision.
double textbook(Estimator estimator, const std::vector<Made>& bars) {
  const double n = static_cast<double>(bars.size());
  const auto mean_of = [&](auto&& value) {
    double sum = 0;
    for (const Made& made : bars) sum += value(made);
    return sum / n;
  };
  const auto variance_of = [&](auto&& value) {
    const double mean = mean_of(value);
    return mean_of([&](const Made& m) { return (value(m) - mean) * (value(m) - mean); }) * n /
           (n - 1);
  };
  const auto o = [](const Made& m) { return std::log(plain(m.bar.open) / plain(m.previous)); };
  const auto u = [](const Made& m) { return std::log(plain(m.bar.high) / plain(m.bar.open)); };
  const auto d = [](const Made& m) { return std::log(plain(m.bar.low) / plain(m.bar.open)); };
  const auto c = [](const Made& m) { return std::log(plain(m.bar.close) / plain(m.bar.open)); };
  const auto hl = [](const Made& m) { return std::log(plain(m.bar.high) / plain(m.bar.low)); };
  const auto rs = [&](const Made& m) { return u(m) * (u(m) - c(m)) + d(m) * (d(m) - c(m)); };
  const auto r = [](const Made& m) { return std::log(plain(m.bar.close) / plain(m.previous)); };
  switch (estimator) {
    case Estimator::kCloseToClose:
      return variance_of(r);
    case Estimator::kParkinson:
      return mean_of([&](const Made& m) { return hl(m) * hl(m); }) / (4 * std::log(2.0));
    case Estimator::kGarmanKlass:
      return mean_of([&](const Made& m) {
        return 0.5 * hl(m) * hl(m) - (2 * std::log(2.0) - 1) * c(m) * c(m);
      });
    case Estimator::kRogersSatchell:
      return mean_of(rs);
    case Estimator::kYangZhang: {
      const double k = 0.34 / (1.34 + (n + 1) / (n - 1));
      return variance_of(o) + k * variance_of(c) + (1 - k) * mean_of(rs);
    }
    case Estimator::kRealised:
      return mean_of([&](const Made& m) { return r(m) * r(m); });
    case Estimator::kEwma:
      break;
  }
  return 0;
}

/// Two bars small enough for pencil and paper.
///   bar 1: previous 100, open 102, high 104, low 101, close 103
///   bar 2: previous 103, open 103, high 106, low 102, close 102
/// in natural logarithms, to 10 digits:
///   o1 = ln 1.02      = 0.0198026273     o2 = 0
///   u1 = ln(104/102)  = 0.0194180859     u2 = ln(106/103) = 0.0287101059
///   d1 = ln(101/102)  = -0.0098522964    d2 = ln(102/103) = -0.0097561749
///   c1 = ln(103/102)  = 0.0097561749     c2 = -0.0097561749
///   hl1 = u1 - d1     = 0.0292703823     hl2 = 0.0384662808
///   r1 = 0.0295588022                    r2 = -0.0097561749
const std::vector<Made> kTwoBars = {
    {{cents(10'200), cents(10'400), cents(10'100), cents(10'300)}, cents(10'000)},
    {{cents(10'300), cents(10'600), cents(10'200), cents(10'200)}, cents(10'300)}};

TEST(Estimators, ByHand) {
  struct Case {
    Estimator estimator;
    double variance;  // of one bar
  };
  const Case cases[] = {
      // ((r1 - r2)^2 / 2) / (2 - 1) = 0.0393149771^2 / 2
      {Estimator::kCloseToClose, 0.000'772'833'716},
      // (hl1^2 + hl2^2) / (8 ln 2) = (0.00085675528 + 0.00147965476) / 5.545177444
      {Estimator::kParkinson, 0.000'421'340'897},
      // ((hl1^2 + hl2^2) / 2 - 0.3862943611 (c1^2 + c2^2)) / 2
      //   = (0.00116820502 - 0.3862943611 x 0.00019036590) / 2
      {Estimator::kGarmanKlass, 0.000'547'333'873},
      // u1 (u1 - c1) = 0.0194180859 x 0.0096619110 = 0.00018761582
      // d1 (d1 - c1) = 0.0098522964 x 0.0196084713 = 0.00019318847
      // u2 (u2 - c2) = 0.0287101059 x 0.0384662808 = 0.00110437100
      // d2 (d2 - c2) = 0;  half of the sum
      {Estimator::kRogersSatchell, 0.000'742'587'642},
      // var o = o1^2 / 2 = 0.00019607202;  var c = (2 c1)^2 / 2 = 0.00019036590
      // k = 0.34 / (1.34 + 3) = 0.0783410138
      //   0.00019607202 + 0.0783410138 x 0.00019036590 + 0.9216589862 x 0.00074258764
      {Estimator::kYangZhang, 0.000'895'398'055},
      // (r1^2 + r2^2) / 2 = (0.00087372279 + 0.00009518295) / 2
      {Estimator::kRealised, 0.000'484'452'870},
  };
  for (const Case& one : cases) {
    BarVolatility volatility(settings_of(one.estimator));
    for (const Made& made : kTwoBars) volatility.add(made.bar, made.previous);
    const double variance = static_cast<double>(volatility.variance()) / 1e24;
    EXPECT_NEAR(variance, one.variance, 1e-11) << estimator_name(one.estimator);
    EXPECT_NEAR(variance, textbook(one.estimator, kTwoBars), 1e-13);
    ASSERT_TRUE(volatility.annual().has_value());
    EXPECT_NEAR(plain(*volatility.annual()), std::sqrt(one.variance * 252), 1e-8);
  }
}

TEST(Estimators, NamesComeBack) {
  ASSERT_EQ(estimator_names().size(), kAll.size());
  for (const Estimator estimator : kAll)
    EXPECT_EQ(find_estimator(estimator_name(estimator)), estimator);
  EXPECT_FALSE(find_estimator("yang").has_value());
}

TEST(Estimators, ShowNothingUntilWarm) {
  for (const Estimator estimator : kAll) {
    BarVolatility volatility(settings_of(estimator, 5, 3));
    for (int i = 0; i < 3; ++i) {
      EXPECT_FALSE(volatility.annual().has_value()) << estimator_name(estimator);
      volatility.add(kTwoBars[0].bar, kTwoBars[0].previous);
    }
    EXPECT_TRUE(volatility.annual().has_value()) << estimator_name(estimator);
  }
}

TEST(Estimators, ABarThatFollowsNothingCountsOnlyWhereItsInsideDoes) {
  for (const Estimator estimator : kAll) {
    BarVolatility volatility(settings_of(estimator));
    volatility.add(kTwoBars[0].bar, Price{});
    const bool inside = estimator == Estimator::kParkinson ||
                        estimator == Estimator::kGarmanKlass ||
                        estimator == Estimator::kRogersSatchell;
    EXPECT_EQ(volatility.samples(), inside ? 1U : 0U) << estimator_name(estimator);
  }
}

TEST(Estimators, AWindowOfOneHasNoVarianceAboutItsMean) {
  BarVolatility volatility(settings_of(Estimator::kCloseToClose, 1, 1));
  for (int i = 0; i < 4; ++i) volatility.add(kTwoBars[0].bar, kTwoBars[0].previous);
  EXPECT_FALSE(volatility.annual().has_value());
}

/// Random bars, each following the one before.
std::vector<Made> bars_of(const std::vector<std::uint32_t>& seed) {
  std::vector<Made> bars;
  std::int64_t close = 100'000;
  for (const std::uint32_t word : seed) {
    const auto part = [&](int at) { return static_cast<std::int64_t>(word >> at & 0xff); };
    const std::int64_t previous = close;
    const std::int64_t open = std::max<std::int64_t>(previous + 4 * part(0) - 510, 20'000);
    close = std::max<std::int64_t>(open + 8 * part(8) - 1'020, 20'000);
    const std::int64_t high = std::max(open, close) + 5 * part(16);
    const std::int64_t low = std::min(open, close) - 5 * part(24);
    bars.push_back({{cents(open), cents(high), cents(low), cents(close)}, cents(previous)});
  }
  return bars;
}

RC_GTEST_PROP(Estimators, FollowTheTextbook, (const std::vector<std::uint32_t>& seed)) {
  const std::vector<Made> bars = bars_of(seed);
  constexpr std::size_t kWindow = 8;
  for (const Estimator estimator : kAll) {
    if (estimator == Estimator::kEwma) continue;
    BarVolatility volatility(settings_of(estimator, kWindow, 2));
    std::vector<Made> window;
    for (const Made& made : bars) {
      volatility.add(made.bar, made.previous);
      window.push_back(made);
      if (window.size() > kWindow) window.erase(window.begin());
      RC_ASSERT(volatility.annual().has_value() == (volatility.samples() >= 2));
      if (window.size() < 2) continue;
      const double expected = textbook(estimator, window);
      RC_ASSERT(volatility.variance() >= 0);
      RC_ASSERT(std::abs(static_cast<double>(volatility.variance()) / 1e24 - expected) <
                1e-13 + 1e-9 * expected);
      RC_ASSERT(std::abs(plain(*volatility.annual()) - std::sqrt(expected * 252)) < 2e-6);
    }
  }
}

/// A price in other units is as volatile: to the bit, since only ratios count.
RC_GTEST_PROP(Estimators, DoNotDependOnTheScaleOfPrices,
              (const std::vector<std::uint32_t>& seed, std::uint8_t factor)) {
  const std::int64_t k = 2 + factor % 50;
  const auto scaled = [&](Price p) { return Price::from_raw(p.raw() * k); };
  for (const Estimator estimator : kAll) {
    BarVolatility volatility(settings_of(estimator)), larger(settings_of(estimator));
    for (const auto& [bar, previous] : bars_of(seed)) {
      volatility.add(bar, previous);
      larger.add({scaled(bar.open), scaled(bar.high), scaled(bar.low), scaled(bar.close)},
                 scaled(previous));
    }
    if (volatility.samples() >= 2) RC_ASSERT(volatility.variance() == larger.variance());
  }
}

RC_GTEST_PROP(Estimators, ConstantPricesHaveNone, (std::uint32_t value, std::uint8_t count)) {
  const Price price = Price::from_raw(1 + static_cast<std::int64_t>(value));
  for (const Estimator estimator : kAll) {
    BarVolatility volatility(settings_of(estimator));
    for (int i = 0; i < 2 + count % 40; ++i) volatility.add({price, price, price, price}, price);
    RC_ASSERT(volatility.annual() == Ratio{});
  }
}

/// Extremes of what a Price can hold: capped, non-negative, no overflow.
TEST(Estimators, AbsurdPricesDoNotOverflow) {
  const Price low = Price::from_raw(1), high = Price::max();
  for (const Estimator estimator : kAll) {
    BarVolatility volatility(settings_of(estimator, kWindowMax, 2));
    for (std::uint32_t i = 0; i < 2 * kWindowMax; ++i) {
      const bool up = i % 2 == 0;
      volatility.add({kUnitPrice, high, low, up ? high : low}, up ? low : high);
    }
    EXPECT_TRUE(volatility.variance() >= 0) << estimator_name(estimator);
    ASSERT_TRUE(volatility.annual().has_value());
    EXPECT_GT(volatility.annual()->raw(), 0);
  }
}

/// A window forgets: what left it does not matter, to the bit.
RC_GTEST_PROP(Estimators, AFullWindowKnowsNothingElse,
              (const std::vector<std::uint32_t>& before, const std::vector<std::uint32_t>& seed)) {
  const std::vector<Made> bars = bars_of(seed);
  RC_PRE(bars.size() >= 2U);
  const auto n = static_cast<std::uint32_t>(bars.size());
  for (const Estimator estimator : kAll) {
    if (estimator == Estimator::kEwma) continue;
    BarVolatility fresh(settings_of(estimator, n, 2)), old(settings_of(estimator, n, 2));
    for (const auto& [bar, previous] : bars_of(before)) old.add(bar, previous);
    for (const auto& [bar, previous] : bars) {
      fresh.add(bar, previous);
      old.add(bar, previous);
    }
    RC_ASSERT(fresh.variance() == old.variance());
  }
}

/// The same marks through rules/volatility.hpp: the same bits.
RC_GTEST_PROP(Estimators, EwmaIsThatOfTheVolatilityTrigger,
              (const std::vector<std::uint16_t>& moves)) {
  BarVolatility bars(settings_of(Estimator::kEwma, 20, 4));
  VolatilityEstimator samples({.sample = kMinute,
                               .lambda = Ratio::from_raw(940'000'000),
                               .year_numerator = 252,
                               .year_denominator = 1,
                               .warm_up = 4},
                              1);
  TimeNs now = 0;
  for (const std::uint16_t move : moves) {
    now += kSecond * (move % 97) * (move % 31 == 0 ? 60 : 1);
    const Price mark = cents(9'000 + move % 2'000);
    const bool sound = move % 13 != 0;
    bars.advance(now);
    samples.advance(now);
    bars.see(mark, sound);
    samples.see(0, mark, sound);
    RC_ASSERT(bars.annual() == samples.annual());
  }
}

/// What was saved in the middle and restored goes on as the original does.
RC_GTEST_PROP(Estimators, GoOnFromASnapshot, (const std::vector<std::uint16_t>& moves)) {
  for (const Estimator estimator : kAll) {
    for (const Gaps gaps : {Gaps::kBreak, Gaps::kSpan}) {
      BarVolatilitySettings settings = settings_of(estimator, 5, 2);
      settings.bars.gaps = gaps;
      BarVolatility original(settings);
      TimeNs now = 0;
      const auto feed = [&](BarVolatility& v, std::size_t i) {
        v.advance(now);
        v.see(cents(9'000 + moves[i] % 2'000), moves[i] % 13 != 0);
      };
      std::size_t i = 0;
      for (; i < moves.size() / 2; ++i, now += 20 * kSecond) feed(original, i);
      BarVolatility again = testing::restored(original, BarVolatility(settings));
      for (; i < moves.size(); ++i, now += 20 * kSecond) {
        feed(original, i);
        feed(again, i);
        RC_ASSERT(again.annual() == original.annual());
        RC_ASSERT(again.samples() == original.samples());
      }
    }
  }
}

// --- pairs -----------------------------------------------------------------------------------

PairSettings pair_settings(std::uint32_t window, std::uint32_t warm_up = 2) {
  return {.grid = {.interval = kMinute, .phase = 0, .gaps = Gaps::kBreak},
          .window = window,
          .warm_up = warm_up,
          .lambda = Ratio::from_raw(940'000'000),
          .year = {252, 1}};
}

/// x = 1%, 2%, -3%; y = 2%, 1%, -3%. Means zero. Sxy = 2 + 2 + 9 = 13, Sxx = Syy = 14 (10^-4).
TEST(Pairs, ByHand) {
  constexpr std::int64_t kPercent = 10'000'000'000;
  PairEstimator pair(pair_settings(3));
  pair.add(kPercent, 2 * kPercent);
  EXPECT_FALSE(pair.correlation().has_value());
  pair.add(2 * kPercent, kPercent);
  pair.add(-3 * kPercent, -3 * kPercent);
  EXPECT_EQ(pair.correlation()->raw(), 928'571'429);        // 13 / 14
  EXPECT_EQ(pair.beta()->raw(), 928'571'429);               // 13 / 14
  EXPECT_EQ(pair.annual_covariance()->raw(), 163'800'000);  // 13e-4 / 2 x 252
  // One more pushes the first out: x = 2, -3, 4; y = 1, -3, 2. Means 1 and 0.
  // Sxy = 1x1 + (-4)(-3) + 3x2 = 19; Sxx = 1 + 16 + 9 = 26; Syy = 14.
  pair.add(4 * kPercent, 2 * kPercent);
  EXPECT_EQ(pair.beta()->raw(), 1'357'142'857);       // 19 / 14
  EXPECT_EQ(pair.correlation()->raw(), 995'870'595);  // 19 / sqrt(364) = 19 / 19.0787840283
}

TEST(Pairs, ByHandForgetting) {
  constexpr std::int64_t kPercent = 10'000'000'000;
  PairEstimator pair(pair_settings(0));
  pair.add(kPercent, 2 * kPercent);
  pair.add(2 * kPercent, kPercent);
  // About zero: xy = (2 + 2) / 2, xx = (1 + 4) / 2, yy = 5 / 2.
  EXPECT_EQ(pair.correlation()->raw(), 800'000'000);
  pair.add(-3 * kPercent, 0);
  // lambda 0.94: xy = 1.88, xx = 0.94 x 2.5 + 0.06 x 9 = 2.89, yy = 2.35.
  EXPECT_EQ(pair.beta()->raw(), 800'000'000);
  EXPECT_EQ(pair.correlation()->raw(), 721'398'104);       // 1.88 / sqrt(6.7915)
  EXPECT_EQ(pair.annual_covariance()->raw(), 47'376'000);  // 1.88e-4 x 252
}

TEST(Pairs, WithoutMovementThereIsNothingToRelate) {
  PairEstimator pair(pair_settings(4));
  for (int i = 0; i < 4; ++i) pair.add(i * 1'000, 5'000);
  EXPECT_FALSE(pair.correlation().has_value());
  EXPECT_FALSE(pair.beta().has_value());
  EXPECT_EQ(pair.annual_covariance(), Ratio{});
}

TEST(Pairs, SampleWhenBothAreSound) {
  PairEstimator pair(pair_settings(8));
  const auto at = [&](int minute, std::int64_t first, std::int64_t second, bool sound) {
    pair.advance(minute * kMinute);
    pair.see(0, cents(first), true);
    pair.see(1, cents(second), sound);
  };
  at(0, 10'000, 10'000, true);
  at(1, 10'100, 10'100, true);
  at(2, 10'200, 10'200, false);  // point 2: the first return; point 3 is unsound
  EXPECT_EQ(pair.samples(), 1U);
  at(3, 10'300, 10'300, true);
  at(4, 10'400, 10'400, true);
  EXPECT_EQ(pair.samples(), 1U);
  at(5, 10'500, 10'500, true);
  EXPECT_EQ(pair.samples(), 2U);
  pair.advance((7 + kSilentPointsMax) * kMinute);
  EXPECT_EQ(pair.samples(), 3U) << "a silence that long is an outage";
}

TEST(Pairs, OfDaysSpanWhatIsClosed) {
  PairSettings settings = pair_settings(8);
  settings.grid.gaps = Gaps::kSpan;
  PairEstimator pair(settings);
  const auto at = [&](int minute, std::int64_t first, std::int64_t second, bool sound) {
    pair.advance(minute * kMinute);
    pair.see(0, cents(first), sound);
    pair.see(1, cents(second), sound);
    pair.see(0, cents(first), false);  // closed at the end
    pair.see(1, cents(second), false);
  };
  at(0, 10'000, 10'000, true);
  at(1, 10'000, 10'000, false);
  at(2, 10'100, 10'200, true);
  at(3, 10'000, 10'100, true);
  pair.advance(4 * kMinute);
  EXPECT_EQ(pair.samples(), 2U);
  EXPECT_GT(pair.correlation()->raw(), 999'999'000) << "two points lie on a line";
}

RC_GTEST_PROP(Pairs, FollowTheTextbook, (const std::vector<std::pair<int, int>>& moves)) {
  constexpr std::size_t kWindow = 6;
  PairEstimator pair(pair_settings(kWindow)), mirrored(pair_settings(kWindow));
  std::vector<std::pair<double, double>> window;
  for (const auto& [a, b] : moves) {
    const std::int64_t x = a % 100'000 * 1'000'000LL, y = b % 100'000 * 1'000'000LL + x / 2;
    pair.add(x, y);
    mirrored.add(-y, x);
    window.emplace_back(static_cast<double>(x) / 1e12, static_cast<double>(y) / 1e12);
    if (window.size() > kWindow) window.erase(window.begin());
    if (window.size() < 2) continue;
    const double n = static_cast<double>(window.size());
    double mx = 0, my = 0, xy = 0, xx = 0, yy = 0;
    for (const auto& [p, q] : window) mx += p / n, my += q / n;
    for (const auto& [p, q] : window)
      xy += (p - mx) * (q - my), xx += (p - mx) * (p - mx), yy += (q - my) * (q - my);
    const double covariance = xy / (n - 1) * 252;
    RC_ASSERT(std::abs(plain(*pair.annual_covariance()) - covariance) <
              2e-9 + 1e-9 * std::abs(covariance));
    if (yy > 1e-12) RC_ASSERT(std::abs(plain(*pair.beta()) - xy / yy) < 1e-6);
    if (xx > 1e-12 && yy > 1e-12) {
      RC_ASSERT(std::abs(plain(*pair.correlation()) - xy / std::sqrt(xx * yy)) < 1e-6);
      RC_ASSERT(pair.correlation()->abs() <= kWhole);
      RC_ASSERT(*mirrored.correlation() == -*pair.correlation());
    }
  }
}

RC_GTEST_PROP(Pairs, ASeriesGoesWithItself, (const std::vector<std::int32_t>& moves)) {
  PairEstimator pair(pair_settings(16)), forgetting(pair_settings(0));
  for (const std::int32_t move : moves) {
    pair.add(move, move);
    forgetting.add(move, -static_cast<std::int64_t>(move));
  }
  if (pair.correlation()) {
    RC_ASSERT(kWhole - *pair.correlation() <= Ratio::from_raw(1));
    RC_ASSERT(*pair.beta() == kWhole);
  }
  if (forgetting.correlation()) {
    RC_ASSERT(*forgetting.correlation() + kWhole <= Ratio::from_raw(1));
    RC_ASSERT(*forgetting.beta() == -kWhole);
  }
}

RC_GTEST_PROP(Pairs, GoOnFromASnapshot, (const std::vector<std::uint16_t>& moves)) {
  for (const std::uint32_t window : {std::uint32_t{0}, std::uint32_t{4}}) {
    PairEstimator original(pair_settings(window));
    TimeNs now = 0;
    const auto feed = [&](PairEstimator& pair, std::size_t i) {
      pair.advance(now);
      pair.see(i % 2, cents(9'000 + moves[i] % 2'000), moves[i] % 13 != 0);
    };
    std::size_t i = 0;
    for (; i < moves.size() / 2; ++i, now += 20 * kSecond) feed(original, i);
    PairEstimator again = testing::restored(original, PairEstimator(pair_settings(window)));
    for (; i < moves.size(); ++i, now += 20 * kSecond) {
      feed(original, i);
      feed(again, i);
      RC_ASSERT(again.correlation() == original.correlation());
      RC_ASSERT(again.annual_covariance() == original.annual_covariance());
    }
  }
}

TEST(Pairs, AbsurdReturnsDoNotOverflow) {
  for (const std::uint32_t window : {std::uint32_t{0}, kWindowMax}) {
    PairEstimator pair(pair_settings(window));
    for (std::uint32_t i = 0; i < 2 * kWindowMax; ++i) {
      const std::int64_t x = i % 2 == 0 ? kReturnMax : -kReturnMax;
      pair.add(x, i % 3 == 0 ? -x : x);
    }
    EXPECT_GT(pair.correlation()->raw(), 0);
    EXPECT_LT(*pair.correlation(), kWhole);
    EXPECT_GT(pair.beta()->raw(), 0);
    EXPECT_GT(pair.annual_covariance()->raw(), 0);
  }
}

// --- tracking error and drawdown -------------------------------------------------------------

TEST(TrackingErrors, AreTheVolatilityOfActiveReturns) {
  TrackingError error({.grid = {.interval = kMinute, .phase = 0, .gaps = Gaps::kBreak},
                       .warm_up = 2,
                       .lambda = Ratio::from_raw(900'000'000),
                       .year = {10'000, 1}});
  const auto at = [&](int minute, std::int64_t nav, std::int64_t level) {
    error.advance(minute * kMinute);
    error.see_nav(Money::from_whole(nav), true);
    error.see_benchmark(Price::from_whole(level), true);
  };
  at(0, 1'000'000, 100);
  at(1, 1'020'000, 101);  // active +1%
  error.advance(2 * kMinute);
  EXPECT_FALSE(error.annual().has_value());
  error.flow(Money::from_whole(1'020'000), Money::from_whole(2'040'000));  // no return
  at(2, 2'040'000, 101);                                                   // active 0
  error.advance(3 * kMinute);
  // (1e-4 + 0) / 2 x 10,000 = 0.5
  EXPECT_EQ(percent_text(*error.annual(), 4), "70.7107%");
  TrackingError again = testing::restored(
      error, TrackingError({.grid = {.interval = kMinute, .phase = 0, .gaps = Gaps::kBreak},
                            .warm_up = 2,
                            .lambda = Ratio::from_raw(900'000'000),
                            .year = {10'000, 1}}));
  EXPECT_EQ(again.annual(), error.annual());
  at(3, 2'040'000 / 2, 101);  // -50%
  error.advance(4 * kMinute);
  // 0.9 x 0.5e-4 + 0.1 x 0.25 = 0.025045; x 10,000 = 250.45
  EXPECT_EQ(percent_text(*error.annual(), 3), "1582.561%");
}

TEST(Drawdowns, FromAPeakOnAGrid) {
  Drawdown drawdown(kMinute);
  const auto at = [&](DurationNs now, std::int64_t nav, bool sound = true) {
    drawdown.advance(now);
    drawdown.see(Money::from_whole(nav), sound);
  };
  at(0, 1'000'000);
  EXPECT_FALSE(drawdown.value().has_value()) << "no grid point has passed";
  at(kMinute, 900'000);
  EXPECT_EQ(drawdown.value()->raw(), 100'000'000);
  at(kMinute + 1, 2'000'000);  // between grid points: no peak
  EXPECT_EQ(drawdown.value(), Ratio{});
  at(kMinute + 2, 750'000);
  EXPECT_EQ(drawdown.value()->raw(), 250'000'000);
  drawdown.flow(Money::from_whole(750'000), Money::from_whole(1'500'000));
  EXPECT_EQ(drawdown.peak(), Money::from_whole(2'000'000));
  EXPECT_EQ(drawdown.value()->raw(), 250'000'000) << "a contribution is no gain";
  drawdown = testing::restored(drawdown, Drawdown(kMinute));
  EXPECT_EQ(drawdown.peak(), Money::from_whole(2'000'000));
  at(2 * kMinute, 1'500'000, false);
  EXPECT_FALSE(drawdown.value().has_value());
  at(3 * kMinute, -1'000'000);
  EXPECT_EQ(drawdown.value()->raw(), 1'500'000'000) << "more than everything";
  drawdown.flow(Money::from_whole(-1'000'000), Money::from_whole(5));
  EXPECT_FALSE(drawdown.value().has_value());
}

}  // namespace
}  // namespace evenkeel::rules
