#include "fix/quickfix/number_text.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace evenkeel::fix {
namespace {

std::string format(std::int64_t value, int decimals) {
  char text[kDecimalTextMax];
  const std::size_t size = format_decimal(value, decimals, text);
  EXPECT_LE(size, kDecimalTextMax);
  return std::string(text, size);
}

struct Parsed {
  NumberError error;
  std::int64_t value;
};

Parsed parse(const std::string& text, int decimals) {
  Parsed parsed{NumberError::kNone, -77};
  parsed.error = parse_decimal(text.data(), text.size(), decimals, &parsed.value);
  return parsed;
}

TEST(NumberText, FormatsWithoutTrailingZeros) {
  EXPECT_EQ(format(0, 9), "0");
  EXPECT_EQ(format(1, 9), "0.000000001");
  EXPECT_EQ(format(-1, 9), "-0.000000001");
  EXPECT_EQ(format(5012250000000, 9), "5012.25");
  EXPECT_EQ(format(-37630000000, 9), "-37.63");
  EXPECT_EQ(format(100000000000, 9), "100");
  EXPECT_EQ(format(7000000, 6), "7");
  EXPECT_EQ(format(1500000, 6), "1.5");
  EXPECT_EQ(format(42, 0), "42");
  EXPECT_EQ(format(100, 0), "100");
  EXPECT_EQ(format(std::numeric_limits<std::int64_t>::max(), 9), "9223372036.854775807");
  EXPECT_EQ(format(std::numeric_limits<std::int64_t>::min(), 9), "-9223372036.854775808");
  EXPECT_EQ(format(std::numeric_limits<std::int64_t>::min(), 18), "-9.223372036854775808");
}

TEST(NumberText, ReadsWhatFixAllows) {
  EXPECT_EQ(parse("5012.25", 9).value, 5012250000000);
  EXPECT_EQ(parse("0023.2300", 9).value, 23230000000);
  EXPECT_EQ(parse("-37.63", 9).value, -37630000000);
  EXPECT_EQ(parse("7", 6).value, 7000000);
  EXPECT_EQ(parse(".5", 9).value, 500000000);
  EXPECT_EQ(parse("5.", 9).value, 5000000000);
  EXPECT_EQ(parse("-0", 9).value, 0);
  EXPECT_EQ(parse("1.000000000000000000000", 9).value, 1000000000);
  EXPECT_EQ(parse("-9223372036.854775808", 9).value, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parse("9223372036.854775807", 9).value, std::numeric_limits<std::int64_t>::max());
}

TEST(NumberText, RefusesWhatItCannotHoldExactly) {
  EXPECT_EQ(parse("0.0000000001", 9).error, NumberError::kTooManyDecimals);
  EXPECT_EQ(parse("1.0000005", 6).error, NumberError::kTooManyDecimals);
  EXPECT_EQ(parse("9223372036.854775808", 9).error, NumberError::kOverflow);
  EXPECT_EQ(parse("-9223372036.854775809", 9).error, NumberError::kOverflow);
  EXPECT_EQ(parse("99999999999999999999999", 0).error, NumberError::kOverflow);
}

TEST(NumberText, RefusesWhatIsNoNumber) {
  for (const char* text : {"-", ".", "-.", "+1", "1e3", "1,000", " 1", "1 ", "1.2.3", "--1", "0x1",
                           "nan", "inf", "1\x01"}) {
    EXPECT_EQ(parse(text, 9).error, NumberError::kNotANumber) << text;
    EXPECT_EQ(parse(text, 9).value, -77) << "written although refused: " << text;
  }
  EXPECT_EQ(parse("", 9).error, NumberError::kEmpty);
  EXPECT_EQ(parse(std::string(65, '0'), 9).error, NumberError::kNotANumber);
}

TEST(NumberText, FormattingAndReadingAreInverse) {
  std::uint64_t state = 12345;
  for (int i = 0; i < 20000; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    const auto value = static_cast<std::int64_t>(state) >> (i % 60);
    for (const int decimals : {0, 6, 9}) {
      const Parsed parsed = parse(format(value, decimals), decimals);
      ASSERT_EQ(parsed.error, NumberError::kNone) << format(value, decimals);
      ASSERT_EQ(parsed.value, value);
    }
  }
}

TEST(NumberText, TruncatesOnlyWhenAsked) {
  std::int64_t value = 0;
  const std::string text = "100.3333333333333";
  EXPECT_EQ(parse_decimal_truncating(text.data(), text.size(), 9, &value), NumberError::kNone);
  EXPECT_EQ(value, 100333333333);
  EXPECT_EQ(parse(text, 9).error, NumberError::kTooManyDecimals);
}

TEST(NumberText, ReadsIntegersWithinTheirRange) {
  std::int32_t value = 0;
  EXPECT_EQ(parse_integer("-2147483648", 11, &value), NumberError::kNone);
  EXPECT_EQ(value, std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ(parse_integer("2147483648", 10, &value), NumberError::kOverflow);
  EXPECT_EQ(parse_integer("3.0", 3, &value), NumberError::kNotANumber);
  EXPECT_EQ(parse_integer("", 0, &value), NumberError::kEmpty);
}

std::string time_text(std::int64_t ns, int digits) {
  char text[kTimestampTextMax];
  return std::string(text, format_utc_timestamp(ns, digits, text));
}

TEST(NumberText, WritesUtcTimes) {
  EXPECT_EQ(time_text(0, 0), "19700101-00:00:00");
  EXPECT_EQ(time_text(951782400LL * 1000000000, 3), "20000229-00:00:00.000");
  EXPECT_EQ(time_text(1798761599LL * 1000000000 + 987654321, 3), "20261231-23:59:59.987");
  EXPECT_EQ(time_text(1798761599LL * 1000000000 + 987654321, 6), "20261231-23:59:59.987654");
  EXPECT_EQ(time_text(-5, 0), "19700101-00:00:00");
}

TEST(NumberText, ReadsUtcTimes) {
  const auto read = [](const std::string& text) {
    std::int64_t ns = -1;
    return parse_utc_timestamp(text.data(), text.size(), &ns) ? ns : -1;
  };
  EXPECT_EQ(read("19700101-00:00:00"), 0);
  EXPECT_EQ(read("20261231-23:59:59.987"), 1798761599LL * 1000000000 + 987000000);
  EXPECT_EQ(read("20261231-23:59:59.9"), 1798761599LL * 1000000000 + 900000000);
  EXPECT_EQ(read("20161231-23:59:60"), 1483228800LL * 1000000000);
  for (const char* text :
       {"", "20261231", "20261231-23:59", "20260229-00:00:00", "20261301-00:00:00",
        "20261231-24:00:00", "20261231-23:59:61", "20261231 23:59:59", "20261231-23:59:59.",
        "20261231-23:59:59.12x", "19691231-23:59:59", "99991231-23:59:59",
        "20261231-23:59:59.1234567890"}) {
    EXPECT_EQ(read(text), -1) << text;
  }
}

TEST(NumberText, EveryDaySurvivesTheRoundTrip) {
  for (std::int64_t day = 0; day < 106000; ++day) {
    const std::int64_t ns = (day * 86400 + day % 86400) * 1000000000;
    const std::string text = time_text(ns, 0);
    std::int64_t back = -1;
    ASSERT_TRUE(parse_utc_timestamp(text.data(), text.size(), &back)) << text;
    ASSERT_EQ(back, ns) << text;
  }
}

}  // namespace
}  // namespace evenkeel::fix
