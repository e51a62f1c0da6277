#include "core/book.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/core/world.hpp"

namespace evenkeel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace testing_world;

constexpr Money usd(std::int64_t whole) { return Money::from_whole(whole); }
constexpr Quantity units(std::int64_t whole) { return Quantity::from_whole(whole); }
constexpr Price price(std::int64_t whole) { return Price::from_whole(whole); }

/// One USD portfolio of 100 stocks at 100, 200 bonds at 50, 50 euro stocks at 40 EUR, 10 fund
/// units at 20, 1,000 USD and 500 CHF in cash; EURUSD 1.25, USDCHF 0.80.
class BookTest : public testing::Test {
 protected:
  BookTest() {
    model_ = *book_.add_model(tree_model(i_));
    spec_.name = "one";
    spec_.base = i_.usd;
    spec_.model = model_;
    spec_.holdings = {{i_.stock, units(100), {}},      {i_.bond, units(200), {}},
                      {i_.euro_stock, units(50), {}},  {i_.fund, units(10), {}},
                      {i_.usd_cash, units(1'000), {}}, {i_.chf_cash, units(500), {}}};
    one_ = *book_.add_portfolio(spec_);
  }
  void quote(InstrumentId id, std::int64_t cents) {
    if (market_.apply(make_.price(id, cents))) book_.reprice(id, [](PortfolioId) {});
  }
  void open_market() {
    book_.finish();
    quote(i_.stock, 10'000);
    quote(i_.bond, 5'000);
    quote(i_.euro_stock, 4'000);
    quote(i_.future, 200'000);
    quote(i_.eurusd, 125);
    quote(i_.usdchf, 80);
  }
  void expect_whole() {
    EXPECT_TRUE(book_.audit(one_));
    EXPECT_EQ(book_.exposure(one_, kRootSleeve), book_.nav(one_));
    EXPECT_EQ(book_.projected(one_, kRootSleeve), book_.nav(one_));
  }
  Quantity held(InstrumentId id) const { return book_.line(one_, id)->quantity; }

  Instruments i_;
  MarketState market_{i_.table, 2};
  Book book_{i_.table, market_};
  EventMaker make_;
  ModelId model_;
  PortfolioSpec spec_;
  PortfolioId one_;
};

// 10,000 + 10,000 + 50 x 40 x 1.25 = 2,500 + 200 + 1,000 + 500 / 0.8 = 625
constexpr std::int64_t kNav = 24'325;

TEST_F(BookTest, ValuesInTheBaseCurrency) {
  open_market();
  EXPECT_EQ(book_.nav(one_), usd(kNav));
  EXPECT_EQ(book_.unvalued_lines(one_), 0U);
  EXPECT_EQ(book_.exposure(one_, kGrowth), usd(12'500));
  EXPECT_EQ(book_.exposure(one_, kDomestic), usd(10'000));
  EXPECT_EQ(book_.exposure(one_, kForeign), usd(2'500));
  EXPECT_EQ(book_.exposure(one_, kSafe), usd(11'625));
  EXPECT_EQ(book_.exposure(one_, kCash), usd(1'625));
  expect_whole();
}

TEST_F(BookTest, AddsTheLinesThatTheModelAndTheCurrenciesNeed) {
  open_market();
  // The future of the model and EUR cash were not among the holdings.
  EXPECT_NE(book_.line(one_, i_.future), nullptr);
  EXPECT_NE(book_.line(one_, i_.eur_cash), nullptr);
  EXPECT_EQ(book_.line(one_, i_.eurusd), nullptr);
  EXPECT_EQ(book_.line(one_, i_.eur_cash)->sleeve, kCash);
  EXPECT_EQ(book_.line(one_, i_.fund)->sleeve, kRootSleeve);
  EXPECT_EQ(book_.lines(one_).size(), 8U);
  for (std::size_t n = 1; n < book_.lines(one_).size(); ++n) {
    EXPECT_LT(book_.lines(one_)[n - 1].instrument, book_.lines(one_)[n].instrument);
  }
}

TEST_F(BookTest, CountsWhatHasNoValueYet) {
  book_.finish();
  // No mark: stock, bond, euro stock; no rate: CHF cash. Empty lines need no value.
  EXPECT_EQ(book_.unvalued_lines(one_), 4U);
  EXPECT_EQ(book_.nav(one_), usd(1'200));
  quote(i_.euro_stock, 4'000);
  EXPECT_EQ(book_.unvalued_lines(one_), 4U);  // the rate is still missing
  quote(i_.eurusd, 125);
  EXPECT_EQ(book_.unvalued_lines(one_), 3U);
  EXPECT_EQ(book_.nav(one_), usd(3'700));
  EXPECT_EQ(book_.line(one_, i_.stock)->unvalued, 1);
  // To work something that has no value is to have something without a value.
  EXPECT_EQ(book_.set_working(one_, i_.future, units(1), Quantity{}), FillResult::kApplied);
  EXPECT_EQ(book_.unvalued_lines(one_), 4U);
  EXPECT_EQ(book_.set_working(one_, i_.future, Quantity{}, Quantity{}), FillResult::kApplied);
  EXPECT_EQ(book_.unvalued_lines(one_), 3U);
  expect_whole();
}

TEST_F(BookTest, ABuyMovesCashAndKeepsTheNav) {
  open_market();
  EXPECT_EQ(book_.apply_fill(one_, i_.stock, units(5), price(100)), FillResult::kApplied);
  EXPECT_EQ(held(i_.stock), units(105));
  EXPECT_EQ(held(i_.usd_cash), units(500));
  EXPECT_EQ(book_.nav(one_), usd(kNav));
  EXPECT_EQ(book_.exposure(one_, kDomestic), usd(10'500));
  // Paid a dollar more than the mark: a loss at once.
  EXPECT_EQ(book_.apply_fill(one_, i_.stock, units(5), price(101)), FillResult::kApplied);
  EXPECT_EQ(book_.nav(one_), usd(kNav - 5));
  EXPECT_EQ(held(i_.usd_cash), units(-5));  // overdrawn, and said so
  expect_whole();
}

TEST_F(BookTest, AForeignBuyIsPaidInItsCurrency) {
  open_market();
  EXPECT_EQ(book_.apply_fill(one_, i_.euro_stock, units(10), price(40)), FillResult::kApplied);
  EXPECT_EQ(held(i_.eur_cash), units(-400));
  EXPECT_EQ(held(i_.usd_cash), units(1'000));
  EXPECT_EQ(book_.nav(one_), usd(kNav));
  EXPECT_EQ(book_.exposure(one_, kForeign), usd(3'000));
  EXPECT_EQ(book_.exposure(one_, kCash), usd(1'125));
  expect_whole();
}

TEST_F(BookTest, AnFxTradeMovesTwoCurrencies) {
  open_market();
  EXPECT_EQ(book_.apply_fill(one_, i_.eurusd, units(400), Price::from_raw(1'260'000'000)),
            FillResult::kApplied);
  EXPECT_EQ(held(i_.eur_cash), units(400));
  EXPECT_EQ(held(i_.usd_cash), units(496));
  EXPECT_EQ(book_.nav(one_), usd(kNav - 4));
  // USDCHF sold: dollars go, francs come.
  EXPECT_EQ(book_.apply_fill(one_, i_.usdchf, units(-100), Price::from_raw(800'000'000)),
            FillResult::kApplied);
  EXPECT_EQ(held(i_.usd_cash), units(396));
  EXPECT_EQ(held(i_.chf_cash), units(580));
  EXPECT_EQ(book_.nav(one_), usd(kNav - 4));
  expect_whole();
}

TEST_F(BookTest, AFutureIsExposureFinancedByCash) {
  open_market();
  // Sells 2 at 2,000 x 50: an exposure of -200,000, nothing paid.
  EXPECT_EQ(book_.apply_fill(one_, i_.future, units(-2), price(2'000)), FillResult::kApplied);
  EXPECT_EQ(book_.nav(one_), usd(kNav));
  EXPECT_EQ(book_.exposure(one_, kDomestic), usd(10'000 - 200'000));
  EXPECT_EQ(book_.exposure(one_, kCash), usd(1'625 + 200'000));
  EXPECT_EQ(held(i_.usd_cash), units(1'000));
  EXPECT_EQ(book_.line(one_, i_.future)->cost, usd(-200'000));
  expect_whole();
  // The market falls by one per cent: the short gains 2,000.
  quote(i_.future, 198'000);
  EXPECT_EQ(book_.nav(one_), usd(kNav + 2'000));
  EXPECT_EQ(book_.exposure(one_, kDomestic), usd(10'000 - 198'000));
  expect_whole();
  // Bought back: the gain stays, and needs no mark.
  EXPECT_EQ(book_.apply_fill(one_, i_.future, units(2), price(1'980)), FillResult::kApplied);
  EXPECT_EQ(held(i_.future), Quantity{});
  EXPECT_EQ(book_.line(one_, i_.future)->cost, usd(-2'000));
  EXPECT_EQ(book_.nav(one_), usd(kNav + 2'000));
  EXPECT_EQ(book_.exposure(one_, kDomestic), usd(10'000));
  EXPECT_EQ(book_.exposure(one_, kCash), usd(1'625 + 2'000));
  expect_whole();
}

TEST_F(BookTest, AFutureThatWasHeldCountsFromItsCostPrice) {
  spec_.name = "two";
  spec_.holdings = {{i_.future, units(3), price(1'900)}};
  const PortfolioId two = *book_.add_portfolio(spec_);
  open_market();
  EXPECT_EQ(book_.nav(two), usd(3 * 100 * 50));
  EXPECT_EQ(book_.exposure(two, kDomestic), usd(3 * 2'000 * 50));
  EXPECT_EQ(book_.exposure(two, kRootSleeve), book_.nav(two));
  EXPECT_TRUE(book_.audit(two));
}

TEST_F(BookTest, ARealisedGainNeedsNoMark) {
  book_.finish();
  EXPECT_EQ(book_.apply_fill(one_, i_.future, units(1), price(2'000)), FillResult::kApplied);
  EXPECT_EQ(book_.unvalued_lines(one_), 5U);
  EXPECT_EQ(book_.apply_fill(one_, i_.future, units(-1), price(2'010)), FillResult::kApplied);
  EXPECT_EQ(book_.unvalued_lines(one_), 4U);
  EXPECT_EQ(book_.nav(one_), usd(1'200 + 500));
  expect_whole();
}

TEST_F(BookTest, ABustUndoesAFillExactly) {
  open_market();
  const PortfolioTotals before = book_.totals(one_);
  const std::vector<Line> lines(book_.lines(one_).begin(), book_.lines(one_).end());
  const Price odd = Price::from_raw(33'333'333'333);
  const Quantity part = Quantity::from_raw(1'234'567);
  for (const InstrumentId id : {i_.stock, i_.euro_stock, i_.future, i_.eurusd, i_.usdchf}) {
    ASSERT_EQ(book_.apply_fill(one_, id, part, odd), FillResult::kApplied);
    ASSERT_NE(book_.totals(one_), before);
    ASSERT_EQ(book_.apply_fill(one_, id, -part, odd), FillResult::kApplied);
    EXPECT_EQ(book_.totals(one_), before);
  }
  for (std::size_t n = 0; n < lines.size(); ++n) {
    EXPECT_EQ(book_.lines(one_)[n].quantity, lines[n].quantity);
    EXPECT_EQ(book_.lines(one_)[n].cost, lines[n].cost);
  }
}

TEST_F(BookTest, WorkingOrdersAreProjectedAtTheMark) {
  open_market();
  EXPECT_EQ(book_.set_working(one_, i_.stock, units(10), units(30)), FillResult::kApplied);
  EXPECT_EQ(book_.exposure(one_, kDomestic), usd(10'000));
  EXPECT_EQ(book_.projected(one_, kDomestic), usd(8'000));
  EXPECT_EQ(book_.projected(one_, kCash), usd(1'625 + 2'000));
  EXPECT_EQ(book_.projected(one_, kSafe), usd(11'625 + 2'000));
  EXPECT_EQ(book_.nav(one_), usd(kNav));
  expect_whole();
  quote(i_.stock, 11'000);
  EXPECT_EQ(book_.projected(one_, kDomestic), usd(8'800));
  expect_whole();
  // Filled and no longer working: the projection has come true.
  EXPECT_EQ(book_.apply_fill(one_, i_.stock, units(-30), price(110)), FillResult::kApplied);
  EXPECT_EQ(book_.set_working(one_, i_.stock, units(10), Quantity{}), FillResult::kApplied);
  EXPECT_EQ(book_.projected(one_, kDomestic), usd(8'800));
  expect_whole();
}

TEST_F(BookTest, AWorkingFxOrderIsProjectedInItsBaseCurrency) {
  open_market();
  EXPECT_EQ(book_.set_working(one_, i_.eurusd, units(100), Quantity{}), FillResult::kApplied);
  EXPECT_EQ(book_.line(one_, i_.eur_cash)->projected, usd(125));
  EXPECT_EQ(book_.projected(one_, kCash), usd(1'625));  // euros come, dollars go: all of it is cash
  expect_whole();
}

TEST_F(BookTest, CashFlows) {
  open_market();
  EXPECT_EQ(book_.apply_cash_flow(one_, i_.usd, usd(675)), FillResult::kApplied);
  EXPECT_EQ(book_.nav(one_), usd(25'000));
  EXPECT_EQ(book_.apply_cash_flow(one_, i_.chf, usd(-500)), FillResult::kApplied);
  EXPECT_EQ(book_.nav(one_), usd(25'000 - 625));
  EXPECT_EQ(book_.exposure(one_, kCash), usd(1'675));
  expect_whole();
}

TEST_F(BookTest, WhatCannotBeBookedChangesNothing) {
  open_market();
  const PortfolioTotals before = book_.totals(one_);
  EXPECT_EQ(book_.line(one_, InstrumentId::none()), nullptr);
  // Cash is moved by flows and by what it pays for; it is not itself traded.
  EXPECT_EQ(book_.apply_fill(one_, i_.usd_cash, units(1), kUnitPrice), FillResult::kNoLine);
  EXPECT_EQ(book_.apply_cash_flow(one_, CurrencyId{9}, usd(1)), FillResult::kNoLine);
  EXPECT_EQ(book_.apply_cash_flow(one_, CurrencyId::none(), usd(1)), FillResult::kNoLine);
  // Too large for a line.
  EXPECT_EQ(book_.apply_fill(one_, i_.stock, units(1'000'000'000), price(1'000'000)),
            FillResult::kOverflow);
  EXPECT_EQ(book_.apply_fill(one_, i_.stock, Quantity::max(), Price::from_raw(1)),
            FillResult::kOverflow);
  EXPECT_EQ(book_.apply_fill(one_, i_.future, Quantity::from_raw(INT64_MIN), Price::max()),
            FillResult::kOverflow);
  EXPECT_EQ(book_.apply_cash_flow(one_, i_.usd, Money::max()), FillResult::kOverflow);
  EXPECT_EQ(book_.set_working(one_, i_.stock, Quantity::max(), Quantity{}), FillResult::kOverflow);
  EXPECT_EQ(book_.totals(one_), before);
  expect_whole();
}

TEST_F(BookTest, NoLine) {
  spec_.name = "bare";
  spec_.holdings = {};
  Model bare;
  bare.sleeves.resize(1);
  spec_.model = *book_.add_model(bare);
  const PortfolioId two = *book_.add_portfolio(spec_);
  open_market();
  EXPECT_EQ(book_.apply_fill(two, i_.stock, units(1), price(1)), FillResult::kNoLine);
  EXPECT_EQ(book_.apply_fill(two, i_.eurusd, units(1), price(1)), FillResult::kNoLine);
  EXPECT_EQ(book_.apply_fill(two, i_.usdchf, units(1), price(1)), FillResult::kNoLine);
  EXPECT_EQ(book_.set_working(two, i_.stock, units(1), units(0)), FillResult::kNoLine);
  EXPECT_EQ(book_.apply_cash_flow(two, i_.eur, usd(1)), FillResult::kNoLine);
  EXPECT_EQ(book_.apply_cash_flow(two, i_.usd, usd(1)), FillResult::kApplied);
  EXPECT_EQ(book_.nav(two), usd(1));
  EXPECT_EQ(book_.exposure(two, kRootSleeve), usd(1));
}

TEST_F(BookTest, ManyFillsEndInARefusalNeverInAnAbort) {
  open_market();
  // The cost of a future, a line's quantity with its working orders, and cash: each has an end.
  FillResult last = FillResult::kApplied;
  for (int n = 0; n < 100 && last == FillResult::kApplied; ++n) {
    last = book_.apply_fill(one_, i_.future, units(20'000'000), price(2'000));
  }
  EXPECT_EQ(last, FillResult::kOverflow);
  EXPECT_TRUE(book_.audit(one_));
  ASSERT_EQ(book_.set_working(one_, i_.stock, Quantity::from_raw(INT64_MAX / 2), Quantity{}),
            FillResult::kApplied);
  last = FillResult::kApplied;
  for (int n = 0; n < 100 && last == FillResult::kApplied; ++n) {
    last = book_.apply_fill(one_, i_.stock, units(1'000'000'000'000), Price::from_raw(1));
  }
  EXPECT_EQ(last, FillResult::kOverflow);
  EXPECT_TRUE(book_.audit(one_));
  last = FillResult::kApplied;
  for (int n = 0; n < 100 && last == FillResult::kApplied; ++n) {
    last = book_.apply_cash_flow(one_, i_.usd, usd(1'000'000'000'000));
  }
  EXPECT_EQ(last, FillResult::kOverflow);
  EXPECT_TRUE(book_.audit(one_));
  EXPECT_GT(book_.unvalued_lines(one_), 0U);  // beyond what a line can be worth: nothing may act
}

TEST_F(BookTest, RepriceTouchesEachReaderOnceInOrder) {
  // The second portfolio reads EURUSD by two lines; the third does not read it at all.
  PortfolioSpec spec = spec_;
  spec.name = "two";
  spec.holdings = {{i_.euro_stock, units(1), {}}, {i_.eur_cash, units(1), {}}};
  const PortfolioId two = *book_.add_portfolio(spec);
  Model bare;
  bare.sleeves.resize(1);
  spec.model = *book_.add_model(bare);
  spec.name = "three";
  spec.holdings = {{i_.stock, units(1), {}}};
  const PortfolioId three = *book_.add_portfolio(spec);
  open_market();
  const auto readers = [this](InstrumentId id) {
    std::vector<PortfolioId> touched, looked;
    book_.reprice(id, [&touched](PortfolioId p) { touched.push_back(p); });
    book_.for_each_portfolio(id, [&looked](PortfolioId p) { looked.push_back(p); });
    EXPECT_EQ(touched, looked);
    return touched;
  };
  EXPECT_THAT(readers(i_.eurusd), ElementsAre(one_, two));
  EXPECT_THAT(readers(i_.stock), ElementsAre(one_, two, three));
  EXPECT_THAT(readers(i_.usdchf), ElementsAre(one_));
  EXPECT_THAT(readers(i_.fund), ElementsAre(one_));
  EXPECT_EQ(book_.name(three), "three");
  EXPECT_EQ(book_.portfolio_count(), 3U);
}

TEST_F(BookTest, ToBase) {
  open_market();
  EXPECT_EQ(book_.to_base(one_, i_.usd, usd(5)), usd(5));
  EXPECT_EQ(book_.to_base(one_, i_.eur, usd(4)), usd(5));
  EXPECT_EQ(book_.to_base(one_, i_.chf, usd(4)), usd(5));
  EXPECT_EQ(book_.to_base(one_, i_.usd, Money::from_raw(kMaxLineRaw + 1)), std::nullopt);
}

// --- building
// ------------------------------------------------------------------------------------------

TEST_F(BookTest, RefusesPortfoliosWithTheReason) {
  const CurrencyId gbp = *i_.table.add_currency("GBP");
  Instrument british = define("GBS", InstrumentKind::kEquity, gbp);
  const InstrumentId gbs = *i_.table.add(british);
  const auto refused = [this](auto&& spoil) {
    PortfolioSpec spec = spec_;
    spoil(spec);
    const auto added = book_.add_portfolio(spec);
    return added.ok() ? std::string("accepted") : std::string(added.status().message());
  };
  EXPECT_THAT(refused([](PortfolioSpec& s) { s.model = ModelId{7}; }), HasSubstr("unknown model"));
  EXPECT_THAT(refused([](PortfolioSpec& s) { s.base = CurrencyId{7}; }),
              HasSubstr("unknown base currency"));
  EXPECT_THAT(refused([](PortfolioSpec& s) {
                s.holdings.push_back({InstrumentId{99}, {}, {}});
              }),
              HasSubstr("unknown instrument"));
  EXPECT_THAT(refused([](PortfolioSpec& s) { s.holdings.push_back(s.holdings[0]); }),
              HasSubstr("STK is held twice"));
  EXPECT_THAT(refused([this](PortfolioSpec& s) {
                s.holdings.push_back({i_.eurusd, {}, {}});
              }),
              HasSubstr("EURUSD cannot be held"));
  EXPECT_THAT(refused([gbs](PortfolioSpec& s) {
                s.holdings.push_back({gbs, {}, {}});
              }),
              HasSubstr("no cash instrument for GBP"));
  EXPECT_THAT(refused([this](PortfolioSpec& s) { s.base = i_.chf; }),
              HasSubstr("no FX pair between EUR and CHF"));
  EXPECT_THAT(refused([this](PortfolioSpec& s) {
                s.holdings.push_back({i_.future, units(1'000'000'000), price(1'000'000'000)});
              }),
              HasSubstr("notional of ESZ is too large"));
  EXPECT_EQ(book_.portfolio_count(), 1U);
}

TEST_F(BookTest, RefusesModelsThatAreNotTrees) {
  const Model good = tree_model(i_);
  EXPECT_TRUE(good.well_formed());
  const auto ok = [this, &good](auto&& spoil) {
    Model model = good;
    spoil(model);
    return book_.add_model(model).ok();
  };
  EXPECT_TRUE(ok([](Model&) {}));
  EXPECT_FALSE(ok([](Model& m) { m.sleeves.clear(); }));
  EXPECT_FALSE(ok([](Model& m) { m.sleeves[0].parent = SleeveId{1}; }));
  EXPECT_FALSE(ok([](Model& m) { m.sleeves[2].parent = SleeveId{2}; }));
  EXPECT_FALSE(ok([](Model& m) { m.sleeves[2].parent = SleeveId{3}; }));
  EXPECT_FALSE(ok([](Model& m) { m.sleeves[2].parent = SleeveId::none(); }));
  EXPECT_FALSE(ok([](Model& m) { m.cash_sleeve = SleeveId{6}; }));
  EXPECT_FALSE(ok([](Model& m) { m.cash_sleeve = SleeveId::none(); }));
  EXPECT_FALSE(ok([](Model& m) { m.assignments[1].sleeve = SleeveId{6}; }));
  EXPECT_FALSE(ok([](Model& m) { m.assignments[1].instrument = m.assignments[0].instrument; }));
  EXPECT_FALSE(ok([](Model& m) { std::swap(m.assignments[0], m.assignments[1]); }));
  EXPECT_FALSE(ok([](Model& m) { m.assignments.back().instrument = InstrumentId{99}; }));
}

TEST_F(BookTest, AModelKnowsItsSleeves) {
  const Model& model = book_.model(book_.model_id(one_));
  EXPECT_EQ(model.sleeve_of(i_.stock), kDomestic);
  EXPECT_EQ(model.sleeve_of(i_.bond), kSafe);
  EXPECT_EQ(model.sleeve_of(i_.fund), kRootSleeve);
}

using BookDeathTest = BookTest;

TEST_F(BookDeathTest, NothingIsAddedAfterTheStart) {
  book_.finish();
  EXPECT_DEATH(static_cast<void>(book_.add_portfolio(spec_)), "finished");
  EXPECT_DEATH(book_.finish(), "finished");
  EXPECT_DEATH(book_.set_working(one_, i_.stock, units(-1), units(0)), "broken invariant");
}

}  // namespace
}  // namespace evenkeel
