#include "core/text.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <type_traits>

namespace evenkeel {
namespace {

static_assert(std::is_trivially_copyable_v<Text<16>> && sizeof(Text<16>) == 16);

TEST(Text, HoldsWhatFits) {
  Text<8> text;
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(text.view(), "");
  EXPECT_TRUE(text.assign("ESM7"));
  EXPECT_EQ(text.view(), "ESM7");
  EXPECT_FALSE(text.empty());
  EXPECT_TRUE(text.assign("12345678"));
  EXPECT_EQ(text.view(), "12345678");
}

TEST(Text, RefusesInsteadOfCutting) {
  Text<8> text;
  ASSERT_TRUE(text.assign("kept"));
  EXPECT_FALSE(text.assign("123456789"));
  EXPECT_FALSE(text.assign(std::string_view("a\0b", 3)));
  EXPECT_EQ(text.view(), "kept");
}

TEST(Text, EqualTextsHaveEqualBytes) {
  Text<8> a, b;
  ASSERT_TRUE(a.assign("longer"));
  ASSERT_TRUE(a.assign("abc"));  // the tail of what was there before is cleared
  ASSERT_TRUE(b.assign("abc"));
  EXPECT_EQ(a, b);
  EXPECT_EQ(std::memcmp(&a, &b, sizeof a), 0);
  ASSERT_TRUE(b.assign("abd"));
  EXPECT_NE(a, b);
}

}  // namespace
}  // namespace evenkeel
