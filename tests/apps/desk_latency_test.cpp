#include "apps/desk_latency.hpp"

#include <gtest/gtest.h>

#include <random>

namespace evenkeel::apps {
namespace {

TEST(LatencyHistogram, SmallValuesAreExact) {
  LatencyHistogram histogram;
  for (int ns = 0; ns < 20; ++ns) histogram.record(ns);
  EXPECT_EQ(histogram.count(), 20U);
  EXPECT_EQ(histogram.percentile(500), 9);
  EXPECT_EQ(histogram.percentile(1000), 19);
  EXPECT_EQ(histogram.max(), 19);
}

TEST(LatencyHistogram, PercentilesAreWithinThreePercentOfTheTruth) {
  std::mt19937_64 random(7);
  std::vector<std::int64_t> values;
  LatencyHistogram histogram;
  for (int i = 0; i < 20'000; ++i) {
    const auto exponent = static_cast<int>(random() % 36);
    const auto value = static_cast<std::int64_t>((std::uint64_t{1} << exponent) +
                                                 random() % (std::uint64_t{1} << exponent));
    values.push_back(value);
    histogram.record(value);
  }
  std::sort(values.begin(), values.end());
  for (const std::uint32_t permille : {1U, 10U, 250U, 500U, 900U, 990U, 999U, 1000U}) {
    const std::int64_t truth = values[(values.size() * permille + 999) / 1000 - 1];
    const std::int64_t told = histogram.percentile(permille);
    EXPECT_GE(told, truth) << permille;
    EXPECT_LE(told - truth, truth / 32 + 1) << permille;
  }
}

TEST(LatencyHistogram, ExtremesDoNotFallOut) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.percentile(500), 0) << "nothing recorded";
  histogram.record(-5);
  histogram.record(100 * kCalendarDay);
  EXPECT_EQ(histogram.count(), 2U);
  EXPECT_EQ(histogram.percentile(500), 0);
  EXPECT_GT(histogram.percentile(1000), kHour);
  EXPECT_EQ(histogram.max(), 100 * kCalendarDay);
}

}  // namespace
}  // namespace evenkeel::apps
