#include "core/ids.hpp"

#include <gtest/gtest.h>

#include <concepts>

namespace evenkeel {
namespace {

static_assert(sizeof(InstrumentId) == 4 && sizeof(SleeveId) == 2);
// Ids of different tables do not mix, and a number is not an id.
static_assert(!std::equality_comparable_with<InstrumentId, PortfolioId>);
static_assert(!std::convertible_to<InstrumentId, PortfolioId>);
static_assert(!std::convertible_to<std::uint32_t, InstrumentId>);
static_assert(!std::convertible_to<InstrumentId, std::uint32_t>);

TEST(Ids, NoneIsNotValid) {
  EXPECT_FALSE(InstrumentId::none().valid());
  EXPECT_FALSE(InstrumentId{}.valid());
  EXPECT_TRUE(InstrumentId{0}.valid());
  EXPECT_EQ(SleeveId::of(7).index(), 7U);
  EXPECT_LT(PortfolioId{1}, PortfolioId{2});
}

TEST(IdsDeathTest, AnIndexThatDoesNotFitIsNotCut) {
  EXPECT_EQ(SleeveId::of(65'534).index(), 65'534U);
  EXPECT_DEATH(static_cast<void>(SleeveId::of(65'535)), "broken invariant");
  EXPECT_DEATH(static_cast<void>(SleeveId::of(70'000)), "broken invariant");
}

}  // namespace
}  // namespace evenkeel
