#include "rules/volatility.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "rules/explain.hpp"
#include "rules/timers.hpp"

namespace evenkeel::rules {
namespace {

VolatilitySettings settings(std::uint32_t warm_up = 1, std::int64_t lambda = 940'000'000) {
  return {.sample = kMinute,
          .lambda = Ratio::from_raw(lambda),
          .year_numerator = 98'280,
          .year_denominator = 1,
          .warm_up = warm_up};
}

Price price(std::int64_t cents) { return Price::from_raw(cents * 10'000'000); }

TEST(Volatility, SquareRoots) {
  for (const std::int64_t v : {0LL, 1LL, 2LL, 3LL, 4LL, 99LL, 100LL, 1LL << 62}) {
    const Int128 root = integer_sqrt(v);
    EXPECT_TRUE(root * root <= v && (root + 1) * (root + 1) > v) << v;
  }
  constexpr Int128 kBig = Int128{1} << 120;
  EXPECT_TRUE(integer_sqrt(kBig) == Int128{1} << 60);
  EXPECT_TRUE(integer_sqrt(kBig - 1) == (Int128{1} << 60) - 1);
}

/// A known answer: 1% up each minute, from a plain mean to the annual figure.
TEST(Volatility, OfAConstantReturn) {
  VolatilityEstimator estimator(settings(3), 1);
  TimeNs now = 0;
  std::int64_t cents = 1'000'000;
  for (int i = 0; i < 5; ++i) {
    estimator.advance(now);
    estimator.see(0, price(cents), true);
    cents = cents / 100 * 101;
    now += kMinute;
    // The first point has nothing before it; the third return is known at the fifth.
    EXPECT_EQ(estimator.annual().has_value(), i == 4) << i;
  }
  EXPECT_EQ(estimator.samples(), 3U);
  EXPECT_EQ(percent_text(*estimator.annual(), 3), "313.496%");  // 1% x sqrt(98,280)
}

TEST(Volatility, KnownAnswers) {
  VolatilityEstimator estimator(settings(1, 900'000'000), 1);
  const auto at = [&](std::int64_t minute, std::int64_t cents) {
    estimator.advance(minute * kMinute);
    estimator.see(0, price(cents), true);
  };
  at(10, 10'000);
  at(11, 10'100);  // sample: 100.00
  at(12, 10'100);  // sample: 101.00, +1%: variance 1e-4
  ASSERT_TRUE(estimator.annual().has_value());
  EXPECT_EQ(percent_text(*estimator.annual(), 4), "313.4964%");
  at(13, 10'100);  // 0%: variance 0.9e-4
  EXPECT_EQ(percent_text(*estimator.annual(), 4), "297.4088%");
  at(15, 10'100);  // two points, both 0%: 0.729e-4
  EXPECT_EQ(percent_text(*estimator.annual(), 4), "267.6679%");
  EXPECT_EQ(estimator.samples(), 4U);
}

TEST(Volatility, UnsoundPricesAreNoSamples) {
  VolatilityEstimator estimator(settings(), 1);
  const auto at = [&](std::int64_t minute, std::int64_t cents, bool sound) {
    estimator.advance(minute * kMinute);
    estimator.see(0, price(cents), sound);
  };
  at(0, 10'000, true);
  at(1, 10'000, true);
  at(2, 10'000, false);  // point 2 saw 100.00, sound: the first return
  EXPECT_EQ(estimator.samples(), 1U);
  at(3, 20'000, true);  // point 3 saw an unsound price
  at(4, 20'000, true);  // point 4: no reference, so the doubling is no return
  EXPECT_EQ(estimator.samples(), 1U);
  at(5, 20'000, true);
  EXPECT_EQ(estimator.samples(), 2U);
  EXPECT_EQ(estimator.annual(), Ratio{});
}

TEST(Volatility, ALongSilenceIsAnOutageAndNotCalm) {
  VolatilityEstimator estimator(settings(1, 900'000'000), 1);
  estimator.advance(0);
  estimator.see(0, price(10'000), true);
  estimator.advance(kMinute);
  estimator.see(0, price(10'100), true);
  estimator.advance(2 * kMinute);
  const auto before = estimator.annual();
  ASSERT_TRUE(before.has_value());
  estimator.advance((2 + 2 + VolatilityEstimator::kSilentPointsMax) * kMinute);
  // The first point after the last event counts, what lies in the dark does not.
  EXPECT_EQ(estimator.samples(), 2U);
  estimator.see(0, price(30'000), true);
  estimator.advance((3 + 2 + VolatilityEstimator::kSilentPointsMax) * kMinute);
  EXPECT_EQ(estimator.samples(), 2U) << "nor does the jump across it";
}

TEST(Volatility, OfSeveralIsThatOfTheirAverageReturn) {
  VolatilityEstimator both(settings(), 2);
  both.advance(0);
  both.see(0, price(10'000), true);
  both.see(1, price(10'000), true);
  both.advance(kMinute);
  both.see(0, price(10'200), true);
  both.see(1, price(9'800), true);
  both.advance(2 * kMinute);
  both.advance(3 * kMinute);
  EXPECT_EQ(both.annual(), Ratio{}) << "+2% and -2% cancel";
}

TEST(Volatility, LambdaOfAHalfLife) {
  EXPECT_EQ(lambda_of_half_life(kMinute, kMinute).raw(), 500'000'000);
  EXPECT_EQ(lambda_of_half_life(kMinute, 2 * kMinute).raw(), 707'106'781);
  EXPECT_EQ(lambda_of_half_life(2 * kMinute, kMinute).raw(), 250'000'000);
  for (const int life : {3, 7, 11, 30, 60, 390, 10'000}) {
    const double expected = std::exp2(-1.0 / life);
    EXPECT_NEAR(static_cast<double>(lambda_of_half_life(kMinute, life * kMinute).raw()) / 1e9,
                expected, 2e-9)
        << life;
  }
}

/// The integers follow the textbook in double precision closely, and do not depend on how many
/// events come between the grid points.
RC_GTEST_PROP(Volatility, FollowsTheTextbook, (std::vector<std::uint8_t> moves)) {
  VolatilityEstimator sparse(settings(5), 1), dense(settings(5), 1);
  double variance = 0, sum = 0, last = 100'000;
  std::int64_t cents = 100'000;
  int samples = 0;
  TimeNs now = 0;
  const auto step = [&](VolatilityEstimator& e) {
    e.advance(now);
    e.see(0, price(cents), true);
  };
  step(sparse);
  step(dense);
  for (const std::uint8_t move : moves) {
    now += kMinute / 2;
    dense.advance(now);
    cents += static_cast<int>(move) * 10 - 1275;
    cents = std::max<std::int64_t>(cents, 1'000);
    now += kMinute / 4;
    step(sparse);
    step(dense);
    now += kMinute / 4;
    sparse.advance(now);
    dense.advance(now);
    const double r = (static_cast<double>(cents) - last) / last;
    last = static_cast<double>(cents);
    // The first point after the start has the first mark as its reference only from then on.
    ++samples;
    if (samples == 1) continue;
    if (samples - 1 <= 5) {
      sum += r * r;
      variance = sum / (samples - 1);
    } else {
      variance = 0.94 * variance + 0.06 * r * r;
    }
  }
  RC_ASSERT(sparse.annual() == dense.annual());
  if (sparse.annual()) {
    const double annual = std::sqrt(variance * 98'280);
    RC_ASSERT(std::abs(static_cast<double>(sparse.annual()->raw()) / 1e9 - annual) <
              1e-6 * (1 + annual));
  }
}

/// A reference that forgets nothing: the timers' order is that of (due, key).
RC_GTEST_PROP(Timers, FollowTheReference,
              (std::vector<std::pair<std::uint8_t, std::uint8_t>> steps)) {
  Timers timers(16);
  std::map<std::uint32_t, TimeNs> reference;
  for (const auto& [what, value] : steps) {
    const std::uint32_t key = what % 16;
    switch (what / 16 % 4) {
      case 0:
        timers.set(key, value);
        reference[key] = value;
        break;
      case 1:
        timers.set_earlier(key, value);
        if (!reference.contains(key) || reference[key] > value) reference[key] = value;
        break;
      case 2:
        timers.clear(key);
        reference.erase(key);
        break;
      default: {
        const auto first =
            std::min_element(reference.begin(), reference.end(), [](const auto& a, const auto& b) {
              return std::pair(a.second, a.first) < std::pair(b.second, b.first);
            });
        const bool due = first != reference.end() && first->second <= value;
        RC_ASSERT(timers.due(value) == due);
        if (due) {
          RC_ASSERT(timers.pop() == first->first);
          reference.erase(first);
        }
      }
    }
    RC_ASSERT(timers.size() == reference.size());
  }
}

}  // namespace
}  // namespace evenkeel::rules
