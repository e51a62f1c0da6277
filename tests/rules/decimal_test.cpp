#include "core/decimal.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <string>

namespace evenkeel {
namespace {

TEST(Decimal, ParsesExactlyOrNotAtAll) {
  struct Row {
    std::string_view text;
    std::int64_t raw;
    DecimalError error;
  };
  constexpr Row kRows[] = {
      {"0", 0, DecimalError::kNone},
      {"-0.0", 0, DecimalError::kNone},
      {"0.1", 100'000'000, DecimalError::kNone},
      {"5000.25", 5'000'250'000'000, DecimalError::kNone},
      {"+7.", 7'000'000'000, DecimalError::kNone},
      {".5", 500'000'000, DecimalError::kNone},
      {"0.1000000000000", 100'000'000, DecimalError::kNone},
      {"9223372036.854775807", INT64_MAX, DecimalError::kNone},
      {"-9223372036.854775807", -INT64_MAX, DecimalError::kNone},
      {"9223372036.854775808", 0, DecimalError::kTooLarge},
      {"99999999999999999999999999999999999999999999999999", 0, DecimalError::kTooLarge},
      {"0.0000000001", 0, DecimalError::kTooManyDecimals},
      {"", 0, DecimalError::kNotANumber},
      {"-", 0, DecimalError::kNotANumber},
      {".", 0, DecimalError::kNotANumber},
      {"1.2.3", 0, DecimalError::kNotANumber},
      {"1e5", 0, DecimalError::kNotANumber},
      {" 1", 0, DecimalError::kNotANumber},
      {"1,000", 0, DecimalError::kNotANumber},
      {"--1", 0, DecimalError::kNotANumber},
      {"99999999999999999999x", 0, DecimalError::kNotANumber},
      {std::string_view("1\0", 2), 0, DecimalError::kNotANumber},
  };
  for (const Row& row : kRows) {
    const DecimalResult result = parse_decimal(row.text, Price::kScale);
    EXPECT_EQ(result.raw, row.raw) << row.text;
    EXPECT_EQ(result.error, row.error) << row.text;
  }
}

TEST(Decimal, Formats) {
  EXPECT_EQ(format_exact(Price::from_raw(5'000'250'000'000)).view(), "5000.25");
  EXPECT_EQ(format_exact(Price::from_raw(5'000'250'000'000), 4, true).view(), "5,000.2500");
  EXPECT_EQ(format_exact(Price::from_whole(-1'234'567), 0, true).view(), "-1,234,567");
  EXPECT_EQ(format_exact(Money::from_whole(7), 2).view(), "7.00");
  EXPECT_EQ(format_exact(Price::from_raw(-1)).view(), "-0.000000001");
  EXPECT_EQ(format_rounded(617'647'058, Ratio::kScale / 100, 2).view(), "61.76");
  EXPECT_EQ(format_rounded(-617'650'000, Ratio::kScale / 100, 2).view(), "-61.77");
  EXPECT_EQ(format_decimal(INT64_MIN, 1'000'000'000).view(), "-9223372036.854775808");
  EXPECT_EQ(format_decimal(INT64_MIN, 1, 0, true).view(), "-9,223,372,036,854,775,808");
}

RC_GTEST_PROP(Decimal, TextAndBack, (std::int64_t raw)) {
  if (raw == INT64_MIN) raw = 0;
  for (const std::int64_t scale :
       {std::int64_t{1}, Money::kScale, Quantity::kScale, Price::kScale}) {
    const DecimalText text = format_decimal(raw, scale);
    const DecimalResult back = parse_decimal(text.view(), scale);
    RC_ASSERT(back.ok());
    RC_ASSERT(back.raw == raw);
  }
}

}  // namespace
}  // namespace evenkeel
