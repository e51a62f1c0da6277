#include "apps/desk_paper.hpp"

#include <gtest/gtest.h>

namespace evenkeel::apps {
namespace {

ToldPosition position(const char* account, const char* symbol, std::int64_t quantity) {
  return {account, symbol, Quantity::from_whole(quantity)};
}

TEST(Positions, AreReadExactlyAndFlatOnesLeftOut) {
  const auto read = parse_positions(
      R"({"positions":[{"account":"b","symbol":"X","quantity":"-12.5"},)"
      R"({"account":"a","symbol":"Y","quantity":"3"},{"account":"a","symbol":"Z","quantity":"0"}]})");
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[0], position("a", "Y", 3));
  EXPECT_EQ((*read)[1].quantity, Quantity::from_raw(-12'500'000));
}

TEST(Positions, AnythingElseIsAnError) {
  for (const char* text : {"", "nonsense", "[]", "{}", R"({"positions":5})", R"({"positions":[5]})",
                           R"({"positions":[{"account":"a","symbol":"X","quantity":3}]})",
                           R"({"positions":[{"account":"a","symbol":"X","quantity":"three"}]})",
                           R"({"positions":[{"account":"a","symbol":"X"}]})",
                           R"({"positions":[{"account":"a","symbol":"X","quantity":"1"},)"
                           R"({"account":"a","symbol":"X","quantity":"1"}]})"}) {
    EXPECT_FALSE(parse_positions(text).ok()) << text;
  }
}

TEST(Positions, DifferencesNameBothSides) {
  const std::vector<ToldPosition> ours = {position("a", "X", 3), position("a", "Y", 1)};
  EXPECT_EQ(differences(ours, ours), "");
  EXPECT_EQ(differences(ours, {position("a", "X", 3)}), "a Y: ours 1, the simulator's 0");
  EXPECT_EQ(differences({}, {position("b", "Z", -2)}), "b Z: ours 0, the simulator's -2");
  EXPECT_EQ(differences({position("a", "X", 3)}, {position("a", "X", 4)}),
            "a X: ours 3, the simulator's 4");
}

}  // namespace
}  // namespace evenkeel::apps
