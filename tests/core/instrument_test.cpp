#include "core/instrument.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "tests/core/world.hpp"

namespace evenkeel {
namespace {

using testing::HasSubstr;
using testing_world::define;
using testing_world::Instruments;

TEST(InstrumentTable, FindsWhatWasAdded) {
  const Instruments i;
  EXPECT_EQ(i.table.find("STK"), i.stock);
  EXPECT_EQ(i.table.find("EURUSD"), i.eurusd);
  EXPECT_FALSE(i.table.find("stk").valid());
  EXPECT_FALSE(i.table.find("").valid());
  EXPECT_FALSE(i.table.find("ZZZ").valid());
  EXPECT_EQ(i.table[i.future].multiplier, Multiplier::from_whole(50));
  EXPECT_TRUE(i.table[i.future].is_future());
  EXPECT_EQ(i.table.size(), 10U);
}

TEST(InstrumentTable, IdsFollowTheOrderOfAdding) {
  const Instruments a, b;
  for (std::uint32_t n = 0; n < a.table.size(); ++n) {
    EXPECT_EQ(a.table[InstrumentId{n}].symbol, b.table[InstrumentId{n}].symbol);
    EXPECT_EQ(a.table.find(a.table[InstrumentId{n}].symbol.view()), InstrumentId{n});
  }
}

TEST(InstrumentTable, ACurrencyIsAddedOnce) {
  Instruments i;
  EXPECT_EQ(*i.table.add_currency("EUR"), i.eur);
  EXPECT_EQ(i.table.currency_count(), 3);
  EXPECT_EQ(i.table.currency_code(i.chf), "CHF");
  EXPECT_EQ(i.table.find_currency("CHF"), i.chf);
  EXPECT_FALSE(i.table.find_currency("GBP").valid());
  for (const char* code : {"", "US", "USDX", "usd", "U1D"}) {
    EXPECT_FALSE(i.table.add_currency(code).ok()) << code;
  }
}

TEST(InstrumentTable, CashIsWorthOne) {
  const Instruments i;
  EXPECT_EQ(i.table.cash(i.usd), i.usd_cash);
  EXPECT_EQ(i.table[i.usd_cash].statement_price, kUnitPrice);
  EXPECT_FALSE(i.table[i.usd_cash].quoted);
  InstrumentTable bare;
  const CurrencyId gbp = *bare.add_currency("GBP");
  EXPECT_FALSE(bare.cash(gbp).valid());
}

TEST(InstrumentTable, RefusesWithTheReason) {
  Instruments i;
  struct Case {
    const char* said;
    std::function<void(Instrument&)> spoil;
  };
  const Case cases[] = {
      {"without a symbol", [](Instrument& x) { x.symbol = {}; }},
      {"tick must be positive", [](Instrument& x) { x.tick = {}; }},
      {"tick must be positive", [](Instrument& x) { x.tick = -kUnitPrice; }},
      {"lot must be positive", [](Instrument& x) { x.lot = {}; }},
      {"multiplier must be positive", [](Instrument& x) { x.multiplier = {}; }},
      {"unknown currency", [](Instrument& x) { x.currency = CurrencyId{9}; }},
      {"unknown currency", [](Instrument& x) { x.currency = CurrencyId::none(); }},
      {"STK is defined twice", [](Instrument& x) { x.symbol.assign("STK"); }},
      {"two different currencies", [](Instrument& x) { x.kind = InstrumentKind::kFx; }},
      {"two different currencies",
       [&i](Instrument& x) {
         x.kind = InstrumentKind::kFx;
         x.base_currency = i.usd;
       }},
      {"no multiplier",
       [&i](Instrument& x) {
         x.kind = InstrumentKind::kFx;
         x.base_currency = i.eur;
         x.multiplier = Multiplier::from_whole(2);
       }},
      {"beta must be positive",
       [](Instrument& x) {
         x.kind = InstrumentKind::kFuture;
         x.beta = {};
       }},
      {"must not be negative", [](Instrument& x) { x.statement_price = -kUnitPrice; }},
      {"must not be negative", [](Instrument& x) { x.spread_max = -kWhole; }},
      {"must not be negative", [](Instrument& x) { x.move_max = -kWhole; }},
      {"must not be negative", [](Instrument& x) { x.confirm_for = -1; }},
      {"two cash instruments", [](Instrument& x) { x.kind = InstrumentKind::kCash; }},
  };
  const std::uint32_t before = i.table.size();
  for (const Case& c : cases) {
    Instrument instrument = define("NEW", InstrumentKind::kEquity, i.usd);
    c.spoil(instrument);
    const auto added = i.table.add(instrument);
    ASSERT_FALSE(added.ok()) << c.said;
    EXPECT_THAT(std::string(added.status().message()), HasSubstr(c.said));
  }
  EXPECT_EQ(i.table.size(), before);
  EXPECT_TRUE(i.table.add(define("NEW", InstrumentKind::kEquity, i.usd)).ok());
}

TEST(InstrumentTable, LinksCurrenciesEitherWay) {
  const Instruments i;
  const FxLink same = i.table.fx_link(i.usd, i.usd);
  EXPECT_TRUE(same.known);
  EXPECT_FALSE(same.pair.valid());
  const FxLink direct = i.table.fx_link(i.eur, i.usd);
  EXPECT_TRUE(direct.known);
  EXPECT_EQ(direct.pair, i.eurusd);
  EXPECT_FALSE(direct.inverse);
  const FxLink inverse = i.table.fx_link(i.chf, i.usd);
  EXPECT_EQ(inverse.pair, i.usdchf);
  EXPECT_TRUE(inverse.inverse);
  // No chain of pairs is guessed.
  EXPECT_FALSE(i.table.fx_link(i.eur, i.chf).known);
}

TEST(InstrumentKind, HasTheNamesUsedInFiles) {
  EXPECT_EQ(kind_name(InstrumentKind::kEquity), "equity");
  EXPECT_EQ(kind_name(InstrumentKind::kEtf), "etf");
  EXPECT_EQ(kind_name(InstrumentKind::kFund), "fund");
  EXPECT_EQ(kind_name(InstrumentKind::kFuture), "future");
  EXPECT_EQ(kind_name(InstrumentKind::kFx), "fx");
  EXPECT_EQ(kind_name(InstrumentKind::kCash), "cash");
}

}  // namespace
}  // namespace evenkeel
