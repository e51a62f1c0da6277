// When rules speak and when they keep quiet, through the real engine.
#include "rules/rule_set.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/rules/test_desk.hpp"

namespace evenkeel::rules {
namespace {

using testing::exact;
using testing::TestDesk;

const std::string kSleeves =
    "[sleeves.equity]\ntarget = '60%'\ninstruments = ['EQ']\n"
    "[sleeves.debt]\ntarget = '40%'\ninstruments = ['DEBT']\n";

/// 6,000 + 4,000 shares at 100, or contracts on top of them.
struct Desk : TestDesk {
  explicit Desk(const std::string& head = "", const std::string& action = "cash") {
    share("EQ");
    share("DEBT");
    future("ES", "50");
    future("ZN", "1000");
    model = policy("name = 'test'\naction = '" + action + "'\nband = '5pp'\nreach = '0bp'\n" +
                   head + "\n" +
                   (action == "futures_overlay"
                        ? "[sleeves.equity]\ntarget = '60%'\ninstruments = ['EQ']\nhedge = ['ES']\n"
                          "[sleeves.debt]\ntarget = '40%'\ninstruments = ['DEBT']\nhedge = ['ZN']\n"
                        : kSleeves));
    p = portfolio(model, {{"EQ", "6000"}, {"DEBT", "4000"}});
    start();
    quote("EQ", "100");
    quote("DEBT", "100");
  }
  std::size_t proposals() const { return orders.proposals.size(); }
  std::size_t alerts() const { return orders.alerts.size(); }
  AlertCode alert_code(std::size_t i) const { return orders.alerts[i].proposal.alert; }
  ModelId model;
  PortfolioId p;
};

TEST(RuleSet, FiresOnceForOneCause) {
  Desk desk;
  desk.quote("EQ", "130");
  ASSERT_EQ(desk.proposals(), 1U);
  for (int i = 0; i < 50; ++i) {
    desk.now += 10 * kSecond;
    desk.quote("EQ", i % 2 == 0 ? "130.1" : "130");
  }
  EXPECT_EQ(desk.proposals(), 1U) << "working counts as done";
  desk.fill(0);
  EXPECT_EQ(desk.proposals(), 2U);
  EXPECT_EQ(desk.orders.proposals[1].proposal.cause.trigger, Trigger::kCompletion);
  desk.fill_all();
  EXPECT_EQ(desk.proposals(), 2U) << "filled counts as done";
  EXPECT_FALSE(desk.rules->in_episode(desk.p));
  EXPECT_EQ(desk.alerts(), 0U);
}

TEST(RuleSet, FiresAfreshWhenPricesRunFurtherWhileOrdersWork) {
  Desk desk("cool_down = '1m'");
  desk.quote("EQ", "130");
  ASSERT_EQ(desk.proposals(), 1U);
  // Far beyond the band again even if every sale is filled.
  desk.quote("EQ", "190");
  EXPECT_EQ(desk.proposals(), 1U) << "cooling down";
  desk.wait(kMinute);
  ASSERT_EQ(desk.proposals(), 2U);
  EXPECT_EQ(desk.orders.proposals[1].proposal.cause.proposal, 2U);
  EXPECT_LT(desk.orders.proposals[1].lines[0].quantity, Quantity{}) << "sells more";
  desk.fill_all();
  // The first sale was filled at its old price, so this is not quite the target.
  EXPECT_EQ(desk.weight(desk.p, "equity").substr(0, 2), "61");
}

TEST(RuleSet, WhatACancelledOrderLeavesFiresAfresh) {
  Desk desk;
  desk.quote("EQ", "130");
  ASSERT_EQ(desk.proposals(), 1U);
  desk.cancel(0);
  EXPECT_EQ(desk.proposals(), 1U);
  desk.wait(kSecond);
  ASSERT_EQ(desk.proposals(), 2U);
  EXPECT_EQ(desk.trades(1), desk.trades(0));
  EXPECT_EQ(desk.orders.proposals[1].proposal.cause.proposal, 2U);
}

TEST(RuleSet, PurchasesWaitForTheirMoney) {
  Desk desk;
  desk.quote("EQ", "130");
  // 780,000 less 60% of 1,180,000 is 72,000: 553.8 shares.
  ASSERT_EQ(desk.trades(0), "sell 554 EQ");
  desk.fill(0, "200");
  EXPECT_EQ(desk.proposals(), 1U) << "26,000: too little to begin with";
  desk.fill(0, "100");
  EXPECT_EQ(desk.trades(1), "buy 390 DEBT") << "39,000: more than half, and no more than is there";
  desk.fill(1);
  desk.fill(0, "200");
  EXPECT_EQ(desk.proposals(), 2U) << "a step a second at most";
  desk.wait(kSecond);
  EXPECT_EQ(desk.trades(2), "buy 260 DEBT");
  desk.fill_all();
  EXPECT_EQ(desk.trades(3), "buy 70 DEBT");
  EXPECT_EQ(desk.proposals(), 4U);
  for (const auto& told : desk.orders.proposals) EXPECT_EQ(told.proposal.cause.proposal, 1U);
  EXPECT_EQ(desk.cash(desk.p), Money::from_whole(20));
}

TEST(RuleSet, HoldsForAWhileBeforeItActs) {
  Desk desk("hold_for = '30s'");
  desk.quote("EQ", "130");
  EXPECT_EQ(desk.proposals(), 0U);
  desk.wait(29 * kSecond);
  EXPECT_EQ(desk.proposals(), 0U);
  desk.quote("EQ", "100");  // back: the wait begins anew
  desk.quote("EQ", "130");
  desk.wait(29 * kSecond);
  EXPECT_EQ(desk.proposals(), 0U);
  desk.wait(kSecond);
  EXPECT_EQ(desk.proposals(), 1U) << "by time alone, without a quote";
}

TEST(RuleSet, MonitorTellsOnceUntilItIsWellInsideAgain) {
  Desk desk("", "monitor");
  desk.quote("EQ", "130");
  EXPECT_EQ(desk.alerts(), 2U) << "equity above and debt below";
  for (const char* price : {"123", "130", "123.7", "131"}) desk.quote("EQ", price);
  EXPECT_EQ(desk.alerts(), 2U) << "to and fro at the edge is no news";
  desk.quote("EQ", "100");
  desk.quote("EQ", "130");
  EXPECT_EQ(desk.alerts(), 4U);
  EXPECT_EQ(desk.alert_code(0), AlertCode::kBandBreached);
  EXPECT_EQ(desk.proposals(), 0U);
}

TEST(RuleSet, UnsoundPricesSuspendABreachAndAreToldOnce) {
  Desk desk;
  desk.withdraw("DEBT");
  EXPECT_EQ(desk.alerts(), 0U) << "nothing is breached";
  desk.quote("EQ", "130");
  EXPECT_EQ(desk.proposals(), 0U);
  ASSERT_EQ(desk.alerts(), 1U);
  EXPECT_EQ(desk.last_alert(),
            "breached, but a price it reads may not be acted on (DEBT): equity 66.1% > 65% (target "
            "60%)");
  EXPECT_TRUE(desk.rules->suspended(desk.p));
  for (int i = 0; i < 20; ++i) desk.quote("EQ", i % 2 == 0 ? "130.5" : "130");
  EXPECT_EQ(desk.alerts(), 1U);
  desk.quote("DEBT", "100");
  EXPECT_EQ(desk.alerts(), 2U);
  EXPECT_EQ(desk.alert_code(1), AlertCode::kResumed);
  EXPECT_EQ(desk.proposals(), 1U) << "and then it acts";
}

TEST(RuleSet, FlickeringQuotesDoNotFlood) {
  Desk desk("hold_for = '0s'\ncool_down = '1h'");
  desk.quote("EQ", "130");
  desk.fill_all();
  desk.quote("EQ", "190");  // breached again, cooling down for an hour
  const std::size_t before = desk.alerts();
  for (int i = 0; i < 100; ++i) {
    desk.now += 10 * kMillisecond;
    desk.withdraw("DEBT");
    desk.now += 10 * kMillisecond;
    desk.quote("DEBT", "100");
  }
  EXPECT_LE(desk.alerts() - before, 2U);
  desk.withdraw("DEBT");
  desk.wait(kMinute);
  EXPECT_TRUE(desk.rules->suspended(desk.p)) << "what lasts is told";
}

TEST(RuleSet, NothingActsOutsideRegularHours) {
  Desk desk;
  desk.phase(VenuePhase::kPostMarket);
  desk.quote("EQ", "130");
  EXPECT_EQ(desk.proposals(), 0U);
  desk.phase(VenuePhase::kRegular);
  EXPECT_EQ(desk.proposals(), 1U);
}

TEST(RuleSet, AQuoteOfRegularHoursBehindAGapLetsRulesAct) {
  Desk desk;
  desk.phase(VenuePhase::kPreMarket);
  desk.send(Event::make(EventType::kFeedGap, SourceId{0}));
  desk.quote("EQ", "130");
  desk.quote("DEBT", "100");
  EXPECT_EQ(desk.proposals(), 0U) << "nothing says that the venue is regular";
  desk.tells_phase = true;
  desk.quote("DEBT", "100");
  EXPECT_EQ(desk.proposals(), 1U) << "the breach is in EQ, the proof came with DEBT";
}

TEST(RuleSet, ABreachThatNoLotCuresIsToldOnce) {
  TestDesk desk;
  desk.share("EQ");
  desk.statement("DEBT", "100");
  const ModelId model = desk.policy(
      "name = 'small'\naction = 'cash'\nminimum_trade = 'USD 50k'\nband = '5pp'\n" + kSleeves);
  desk.portfolio(model, {{"EQ", "600"}, {"DEBT", "400"}});
  desk.start();
  for (const char* price : {"100", "130", "131", "132", "130"}) desk.quote("EQ", price);
  EXPECT_EQ(desk.orders.proposals.size(), 0U);
  ASSERT_EQ(desk.orders.alerts.size(), 1U);
  EXPECT_EQ(desk.orders.alerts[0].proposal.alert, AlertCode::kIncurable);
  EXPECT_EQ(desk.rules->counters().incurable, 1U);
}

TEST(RuleSet, ARefusalIsTriedAgainEverMoreSlowly) {
  Desk desk;
  desk.orders.refuse_with = AlertCode::kLimitNotional;
  desk.quote("EQ", "130");
  EXPECT_EQ(desk.proposals(), 1U);
  std::vector<int> seconds;
  std::size_t seen = 1;
  for (int s = 1; s <= 130; ++s) {
    for (int i = 0; i < 10; ++i) {
      desk.now += 100 * kMillisecond;
      desk.quote("EQ", i % 2 == 0 ? "130.1" : "130");
    }
    if (desk.proposals() != seen) seconds.push_back(s);
    seen = desk.proposals();
  }
  EXPECT_EQ(seconds, (std::vector<int>{1, 3, 7, 15, 31, 63, 123}))
      << "1, 2, 4 ... 60 seconds apart";
  desk.orders.refuse_with = AlertCode::kNone;
  desk.wait(kMinute);
  EXPECT_TRUE(desk.orders.proposals.back().accepted);
  EXPECT_EQ(desk.book->line(desk.p, desk.id("EQ"))->working_sell.sign(), 1);
}

TEST(RuleSet, NothingBelowZeroNav) {
  Desk desk;
  desk.contribute(desk.p, "-2000000");
  ASSERT_EQ(desk.alerts(), 1U);
  EXPECT_EQ(desk.alert_code(0), AlertCode::kNavNotPositive);
  desk.quote("EQ", "130");
  EXPECT_EQ(desk.alerts(), 1U);
  EXPECT_EQ(desk.proposals(), 0U);
}

TEST(RuleSet, ContributionsAreInvestedDownToTheBuffer) {
  Desk desk("cash_buffer = 'USD 10k'");
  desk.contribute(desk.p, "500000");  // equity 40%, debt 26.7%
  ASSERT_EQ(desk.proposals(), 1U);
  // 300,000 and 200,000 wanted; 490,000 may be spent.
  EXPECT_EQ(desk.trades(0), "buy 2,940 EQ, buy 1,960 DEBT");
  desk.fill_all();
  EXPECT_EQ(desk.cash(desk.p), Money::from_whole(10'000));
}

TEST(RuleSet, PurchasesAreFundedAtWhatTheyMayCost) {
  TestDesk desk;
  desk.share("EQ");
  desk.share("DEBT");
  const ModelId model =
      desk.policy("name = 'reach'\naction = 'cash'\nband = '5pp'\nreach = '100bp'\n" + kSleeves);
  const PortfolioId p = desk.portfolio(model, {{"USD", "1000000"}});
  desk.start();
  desk.quote("EQ", "99", "101");
  desk.quote("DEBT", "99", "101");
  Money worst;
  for (const ProposalLine& line : desk.orders.proposals.at(0).lines)
    worst += *notional(exact<Price>("102.01"), line.quantity, kUnitMultiplier);
  EXPECT_LE(worst, Money::from_whole(1'000'000));
  EXPECT_GT(worst, Money::from_whole(999'000));
  EXPECT_EQ(desk.cash(p), Money::from_whole(1'000'000)) << "before the fills";
}

TEST(RuleSet, EachCurrencyPaysForItsOwn) {
  TestDesk desk;
  desk.currency("EUR");
  desk.pair("EURUSD", "EUR", "USD");
  desk.share("EQ");
  desk.share("STOXX", "EUR");
  const ModelId model = desk.policy(
      "name = 'fx'\naction = 'cash'\nband = '5pp'\nreach = '0bp'\n"
      "[sleeves.us]\ntarget = '50%'\ninstruments = ['EQ']\n"
      "[sleeves.eu]\ntarget = '50%'\ninstruments = ['STOXX']\n");
  // 500,000 of US shares, 1.10 x 200,000 of European ones, 280,000 USD and 10,000 EUR of cash.
  const PortfolioId p = desk.portfolio(
      model, {{"EQ", "5000"}, {"STOXX", "2000"}, {"USD", "269000"}, {"EUR", "10000"}});
  desk.start();
  desk.quote("EQ", "100");
  desk.quote("STOXX", "100");
  EXPECT_EQ(desk.orders.proposals.size(), 0U) << "no rate, no value";
  desk.quote("EURUSD", "1.10");
  EXPECT_EQ(desk.book->nav(p), Money::from_whole(1'000'000));
  // 280,000 are missing in Europe: 2,545 shares; the euros there are buy 100.
  ASSERT_EQ(desk.orders.proposals.size(), 1U);
  EXPECT_EQ(desk.trades(0), "buy 100 STOXX");
  desk.fill_all();
  EXPECT_EQ(desk.cash(p, "EUR"), Money{});
  EXPECT_EQ(desk.cash(p, "USD"), Money::from_whole(269'000));
  ASSERT_FALSE(desk.orders.alerts.empty());
  EXPECT_EQ(desk.orders.alerts.back().proposal.alert, AlertCode::kIncurable);
  desk.withdraw("EURUSD");
  desk.quote("STOXX", "101");
  EXPECT_EQ(desk.orders.alerts.back().proposal.alert, AlertCode::kSuspended)
      << "a rate is a price like any other";
}

TEST(RuleSet, OverlayCountsContractsThatWorkAndThatAreFilled) {
  Desk desk("", "futures_overlay");
  desk.quote("ES", "400");  // 20,000 a contract
  desk.quote("ZN", "10");   // 10,000 a contract
  desk.quote("EQ", "130");  // equity 780,000 of 1,180,000; target 708,000: 3.6 contracts
  ASSERT_EQ(desk.trades(0), "sell 4 ES, buy 7 ZN");
  desk.quote("EQ", "131");
  EXPECT_EQ(desk.proposals(), 1U);
  desk.fill(0, "2");
  desk.fill(1);
  desk.cancel(0);
  desk.wait(kMinute);
  EXPECT_EQ(desk.proposals(), 1U) << "two contracts brought it inside; what is left is no breach";
  EXPECT_TRUE(desk.book->audit(desk.p));
}

TEST(RuleSet, VolatilityBringsOtherTargetsAndTheirEnd) {
  const std::string trigger = R"([volatility]
instruments = ['EQ']
sample = '1m'
lambda = 0.5
warm_up = 3
when_above = '100%'
until_below = '50%'
target.equity = '40%'
)";
  TestDesk desk;
  desk.share("EQ");
  desk.statement("DEBT", "100");
  const ModelId model = desk.policy("name = 'vol'\naction = 'cash'\nband = '5pp'\nreach = '0bp'\n" +
                                    kSleeves + trigger);
  const PortfolioId p = desk.portfolio(model, {{"EQ", "6000"}, {"DEBT", "4000"}});
  desk.start();
  const auto minutes = [&](int count, const char* even, const char* odd) {
    for (int i = 0; i < count; ++i) {
      desk.now += kMinute;
      desk.quote("EQ", i % 2 == 0 ? even : odd);
    }
  };
  minutes(6, "100", "100");
  EXPECT_EQ(desk.rules->volatility(model), Ratio{});
  EXPECT_EQ(desk.orders.proposals.size(), 0U);
  // 1% a minute is over 300% a year.
  minutes(3, "101", "100");
  ASSERT_EQ(desk.orders.proposals.size(), 1U);
  EXPECT_TRUE(desk.rules->volatility_high(model));
  const Cause& cause = desk.orders.proposals[0].proposal.cause;
  EXPECT_EQ(cause.trigger, Trigger::kVolatility);
  EXPECT_EQ(cause.threshold, kWhole);
  EXPECT_EQ(desk.why(0).substr(0, 10), "volatility");
  EXPECT_TRUE(desk.why(0).ends_with("% > 100%: equity to 40%")) << desk.why(0);
  desk.fill_all();
  EXPECT_EQ(desk.weight(p, "equity").substr(0, 2), "40");
  // Calm: the estimate halves its variance each minute, and the usual targets return.
  const std::size_t before = desk.orders.proposals.size();
  minutes(12, "100", "100");
  EXPECT_FALSE(desk.rules->volatility_high(model));
  ASSERT_GT(desk.orders.proposals.size(), before);
  EXPECT_EQ(desk.orders.proposals[before].proposal.cause.trigger, Trigger::kVolatility);
  EXPECT_TRUE(desk.why(before).ends_with("% < 50%: equity to 60%")) << desk.why(before);
  desk.fill_all();
  EXPECT_EQ(desk.weight(p, "equity").substr(0, 2), "60");
  EXPECT_EQ(desk.rules->counters().regime_changes, 2U);
}

TEST(RuleSet, ManyPortfoliosKeepToTheirOwnPolicies) {
  TestDesk desk;
  desk.share("EQ");
  desk.share("DEBT");
  const ModelId tight = desk.policy("name = 'tight'\naction = 'cash'\nband = '1pp'\n" + kSleeves);
  const ModelId loose =
      desk.policy("name = 'loose'\naction = 'monitor'\nband = '10pp'\n" + kSleeves);
  for (int i = 0; i < 100; ++i)
    desk.portfolio(i % 2 == 0 ? tight : loose, {{"EQ", "6000"}, {"DEBT", "4000"}});
  desk.start();
  desk.quote("EQ", "100");
  desk.quote("DEBT", "100");
  desk.quote("EQ", "110");  // 62.26%
  EXPECT_EQ(desk.orders.proposals.size(), 50U);
  for (std::size_t i = 0; i < desk.orders.proposals.size(); ++i) {
    EXPECT_EQ(desk.orders.proposals[i].proposal.portfolio,
              PortfolioId{static_cast<std::uint32_t>(2 * i)});
    EXPECT_EQ(desk.orders.proposals[i].proposal.cause.proposal, i + 1);
  }
  EXPECT_EQ(desk.orders.alerts.size(), 0U);
}

}  // namespace
}  // namespace evenkeel::rules
