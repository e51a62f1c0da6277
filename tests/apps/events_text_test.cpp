#include "apps/events_text.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace evenkeel::apps {
namespace {

TEST(EventsText, ExactNumbersLoseNothing) {
  EXPECT_EQ(exact(Price::from_raw(123'450'000'000)), "123.45");
  EXPECT_EQ(exact(Price::from_raw(1)), "0.000000001");
  EXPECT_EQ(exact(Price::from_raw(-1'500'000'000)), "-1.5");
  EXPECT_EQ(exact(Quantity{}), "0");
  EXPECT_EQ(exact(Money::from_raw(std::numeric_limits<std::int64_t>::min())),
            "-922337203685477.5808");
}

TEST(EventsText, AmountsForPeopleAreRoundedHalfAwayFromZero) {
  EXPECT_EQ(grouped(Money::from_raw(12'345'678'950), 2), "1,234,567.90");
  EXPECT_EQ(grouped(Money::from_raw(-5), 3), "-0.001");
  EXPECT_EQ(grouped(Money::from_raw(-4), 3), "0.000");
  EXPECT_EQ(grouped(Money::from_whole(999), 0), "999");
  EXPECT_EQ(grouped(Money::from_raw(9'999'500), 0), "1,000");
  EXPECT_EQ(grouped(Quantity::from_raw(12'500'250'000)), "12,500.25");
  EXPECT_EQ(grouped(Quantity::from_raw(-250'000)), "-0.25");
}

TEST(EventsText, CompactAmountsStayShort) {
  EXPECT_EQ(compact(Money::from_whole(9'870)), "9,870");
  EXPECT_EQ(compact(Money::from_whole(12'345)), "12.35k");
  EXPECT_EQ(compact(Money::from_whole(512'345)), "512.3k");
  EXPECT_EQ(compact(Money::from_whole(-1'234'567)), "-1.23m");
  EXPECT_EQ(compact(Money::from_whole(2'500'000'000)), "2.50b");
}

TEST(EventsText, RatiosArePercentages) {
  EXPECT_EQ(percent(Ratio::from_raw(653'249'999), 2), "65.32");
  EXPECT_EQ(percent(Ratio::from_raw(653'250'000), 2), "65.33");
  EXPECT_EQ(signed_percent(Ratio::from_raw(17'650'000), 2), "+1.77");
  EXPECT_EQ(signed_percent(Ratio::from_raw(-3'000'000), 2), "-0.30");
}

TEST(EventsText, Times) {
  EXPECT_EQ(time_of_day(1'499'697'062 * kSecond + 118 * kMillisecond), "14:31:02.118");
  EXPECT_EQ(date_time(1'499'697'062 * kSecond), "2017-07-10 14:31:02");
  EXPECT_EQ(duration_text(850), "850 ns");
  EXPECT_EQ(duration_text(12'345), "12.3 us");
  EXPECT_EQ(duration_text(4'560'000), "4.56 ms");
  EXPECT_EQ(duration_text(125 * kSecond), "2 min 05 s");
}

TEST(EventsText, JsonStringsAreValidWhateverTheBytes) {
  const auto json = [](std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
  };
  EXPECT_EQ(json("plain"), "\"plain\"");
  EXPECT_EQ(json("a\"b\\c\n"), "\"a\\\"b\\\\c\\u000a\"");
  EXPECT_EQ(json("M\xc3\xbcnster"), "\"M\xc3\xbcnster\"");
  EXPECT_EQ(json("\xff\xc3"), "\"\\u00ff\\u00c3\"");
  EXPECT_EQ(json("\xed\xa0\x80"), "\"\\u00ed\\u00a0\\u0080\"") << "a surrogate is not UTF-8";
  EXPECT_EQ(json("\xc0\xaf"), "\"\\u00c0\\u00af\"") << "an overlong form is not UTF-8";
}

TEST(EventsText, EveryCodeHasAName) {
  for (int i = 1; i <= static_cast<int>(AlertCode::kSessionDown); ++i) {
    EXPECT_NE(name_of(static_cast<AlertCode>(i)), "unknown") << i;
  }
  EXPECT_EQ(name_of(AlertCode::kSessionDown), "session_down");
  EXPECT_EQ(name_of(Trigger::kSizing), "sizing");
  EXPECT_EQ(name_of(ExecType::kStatus), "status");
  EXPECT_EQ(name_of(OrdStatus::kExpired), "expired");
}

}  // namespace
}  // namespace evenkeel::apps
