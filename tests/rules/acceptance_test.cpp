// Worked examples about rebalancing with their right numbers.
#include <gtest/gtest.h>

#include <string>

#include "tests/rules/test_desk.hpp"

namespace evenkeel::rules {
namespace {

using testing::TestDesk;

/// Equity and debt at 60/40 of 1,000,000: 6,000 shares at 100 and 4,000 at 100.
struct SixtyForty {
  explicit SixtyForty(const std::string& head, const std::string& band = "band = '5pp'") {
    desk.share("EQ");
    desk.share("DEBT");
    const ModelId model =
        desk.policy("name = 'sixty-forty'\naction = 'cash'\nreach = '0bp'\n" + band + "\n" + head +
                    "\n[sleeves.equity]\ntarget = '60%'\ninstruments = ['EQ']\n"
                    "[sleeves.debt]\ntarget = '40%'\ninstruments = ['DEBT']\n");
    id = desk.portfolio(model, {{"EQ", "6000"}, {"DEBT", "4000"}});
    desk.start();
    desk.quote("EQ", "100");
    desk.quote("DEBT", "100");
  }
  std::size_t fired() const { return desk.orders.proposals.size(); }
  TestDesk desk;
  PortfolioId id;
};

TEST(Acceptance, DriftsOfSixtyForty) {
  struct Row {
    const char* equity;
    const char* debt;
    const char* weight;
    bool fires;
  };
  constexpr Row kRows[] = {
      {"112", "104", "61.765%", false},     // +12%, +4%: +1.765pp and not 66/34
      {"123.8", "100", "64.998%", false},   // 65.000% and a bit less
      {"123.809523", "100", "65%", false},  // just below: 65% needs +23.81% alone ...
      {"123.809524", "100", "65%", true},   // ... and fires just beyond
      {"128.76", "104", "65%", false},      // with debt +4% it needs +28.76%
      {"128.8", "104", "65.007%", true},
      {"66", "100", "49.749%", true},  // -34%, bonds flat: drift -10.25pp
      {"66", "121", "45%", true},      // 45/55 needs bonds +21%
  };
  for (const Row& row : kRows) {
    SixtyForty test("");
    test.desk.quote("DEBT", row.debt);
    const std::size_t before = test.fired();
    test.desk.quote("EQ", row.equity);
    EXPECT_EQ(test.fired() - before, row.fires ? 1U : 0U) << row.equity << "/" << row.debt;
    // The weight of what is held, whatever has been proposed since.
    EXPECT_EQ(percent_text(
                  ratio_of(test.desk.book->exposure(test.id, test.desk.policies[0].find("equity")),
                           test.desk.book->nav(test.id)),
                  3),
              row.weight);
  }
}

/// Ten million, 60% target, 5% relative: fires beyond 63%, and at 63% the trade is 300,000.
TEST(Acceptance, RelativeBandFiresBeyondAndNotAtItsEdge) {
  for (const bool inclusive : {false, true}) {
    TestDesk desk;
    desk.share("EQ");
    desk.statement("BOND", "100");
    const ModelId model =
        desk.policy("name = 'rel'\naction = 'cash'\nreach = '0bp'\n" +
                    std::string(inclusive ? "edge = 'at'\n" : "") +
                    "[sleeves.equity]\ntarget = '60%'\nband_relative = '5%'\ninstruments = ['EQ']\n"
                    "[sleeves.bonds]\ntarget = '40%'\ninstruments = ['BOND']\n");
    // 63,000 x 100 of 10,000,000.
    desk.portfolio(model, {{"EQ", "63000"}, {"BOND", "37000"}});
    desk.start();
    desk.quote("EQ", "100");
    if (inclusive) {
      EXPECT_EQ(desk.trades(0), "sell 3,000 EQ");  // 300,000
      EXPECT_EQ(desk.why(0), "equity 63% = 63% (target 60%, band 5% of it)");
      continue;
    }
    EXPECT_EQ(desk.trades(0), "");
    desk.quote("EQ", "100.01");
    EXPECT_EQ(desk.why(0), "equity 63.002% > 63% (target 60%, band 5% of it)");
  }
}

/// 5pp, 10% of target, and the tighter of 5pp and 25% (crossover at a target of 20%).
TEST(Acceptance, EdgesOfBands) {
  struct Row {
    const char* target;
    const char* absolute;
    const char* relative;
    const char* low;
    const char* high;
    Trigger trigger;
  };
  constexpr Row kRows[] = {
      {"60%", "5pp", "", "55%", "65%", Trigger::kAbsoluteBand},
      {"60%", "", "10%", "54%", "66%", Trigger::kRelativeBand},
      {"60%", "5pp", "25%", "55%", "65%", Trigger::kAbsoluteBand},
      {"20%", "5pp", "25%", "15%", "25%", Trigger::kAbsoluteBand},
      {"19%", "5pp", "25%", "14.25%", "23.75%", Trigger::kRelativeBand},
      {"10%", "5pp", "25%", "7.5%", "12.5%", Trigger::kRelativeBand},
      {"5%", "5pp", "25%", "3.75%", "6.25%", Trigger::kRelativeBand},
      {"60%", "+7pp/-3pp", "", "57%", "67%", Trigger::kAbsoluteBand},
      {"60%", "+7pp/-3pp", "+10%/-10%", "57%", "66%", Trigger::kRelativeBand},
  };
  for (const Row& row : kRows) {
    TestDesk desk;
    desk.share("A");
    desk.share("B");
    const Ratio target = *parse_ratio(row.target);
    std::string text = "name = 'edges'\naction = 'monitor'\n[sleeves.a]\ntarget = '" +
                       std::string(row.target) + "'\ninstruments = ['A']\n";
    if (*row.absolute) text += "band = '" + std::string(row.absolute) + "'\n";
    if (*row.relative) text += "band_relative = '" + std::string(row.relative) + "'\n";
    text += "[sleeves.b]\ntarget = '" + percent_text(kWhole - target) +
            "'\nband = 'none'\ninstruments = ['B']\n";
    desk.policy(text);
    const Edges edges = edges_around(target, desk.policies[0].sleeves[1].band);
    EXPECT_EQ(percent_text(edges.low, 7), row.low) << text;
    EXPECT_EQ(percent_text(edges.high, 7), row.high) << text;
    EXPECT_EQ(edges.high_trigger, row.trigger) << text;
  }
}

/// Sub-sleeves 35/17/8 of equity 60, debt 40; now 36/21/12 and 31 (of 100,000 shares at 1).
TEST(Acceptance, SubSleevesToTargetsOrInProportion) {
  struct Row {
    const char* within;
    const char* sales;
    const char* us;
    const char* eu;
    const char* em;
  };
  constexpr Row kRows[] = {
      {"targets", "sell 1,000 US, sell 4,000 EU, sell 4,000 EM", "35%", "17%", "8%"},
      // Equity times 60/69.
      {"proportions", "sell 4,696 US, sell 2,740 EU, sell 1,566 EM", "31.304%", "18.26%",
       "10.434%"},
  };
  for (const Row& row : kRows) {
    TestDesk desk;
    for (const char* symbol : {"US", "EU", "EM", "DEBT"}) desk.share(symbol);
    const ModelId model = desk.policy("name = 'subs'\naction = 'cash'\nreach = '0bp'\nwithin = '" +
                                      std::string(row.within) +
                                      "'\n[sleeves.equity]\ntarget = '60%'\nband = '5pp'\n"
                                      "[sleeves.equity.us]\ntarget = '35%'\ninstruments = ['US']\n"
                                      "[sleeves.equity.eu]\ntarget = '17%'\ninstruments = ['EU']\n"
                                      "[sleeves.equity.em]\ntarget = '8%'\ninstruments = ['EM']\n"
                                      "[sleeves.debt]\ntarget = '40%'\ninstruments = ['DEBT']\n");
    const PortfolioId p = desk.portfolio(
        model, {{"US", "36000"}, {"EU", "21000"}, {"EM", "12000"}, {"DEBT", "31000"}});
    desk.start();
    for (const char* symbol : {"US", "EU", "EM", "DEBT"}) desk.quote(symbol, "1");
    EXPECT_EQ(desk.trades(0), row.sales);
    EXPECT_EQ(desk.why(0), "equity 69% > 65% (target 60%, band 5pp)");
    desk.fill_all();
    EXPECT_EQ(desk.weight(p, "us"), row.us);
    EXPECT_EQ(desk.weight(p, "eu"), row.eu);
    EXPECT_EQ(desk.weight(p, "em"), row.em);
    for (const auto& told : desk.orders.proposals) EXPECT_EQ(told.proposal.cause.proposal, 1U);
  }
}

/// Three classes, four funds; only real estate breaches; a purchase too many would overdraw by
/// 5.11 once costs are paid.
TEST(Acceptance, NeverOverdrawsAfterCosts) {
  TestDesk desk;
  desk.statement("VTI", "220");
  desk.statement("VXUS", "58");
  desk.statement("BND", "75");
  desk.statement("VNQ", "85");
  desk.share("TICK");
  const ModelId model = desk.policy(R"(
name = 'classes'
action = 'cash'
band = '5pp'
trading_cost = '5bp'
reach = '0bp'
[sleeves.stocks]
target = '60%'
instruments = ['VTI', 'VXUS']
trade = ['VTI']
[sleeves.bonds]
target = '30%'
instruments = ['BND']
[sleeves.real_estate]
target = '10%'
instruments = ['VNQ']
)");
  const PortfolioId p =
      desk.portfolio(model, {{"VTI", "5000"}, {"VXUS", "2000"}, {"BND", "8000"}, {"VNQ", "1000"}});
  desk.start();
  EXPECT_EQ(desk.book->nav(p), Money::from_whole(1'901'000));
  ASSERT_EQ(desk.trades(0), "sell 343 VTI, sell 396 BND");
  EXPECT_EQ(desk.why(0), "real_estate 4.47% < 5% (target 10%, band 5pp)");
  desk.fill(0);
  // 343 x 220 pays for more than half, but bonds are still working and this is the smaller wish.
  desk.fill(1);
  desk.fill_all();
  std::int64_t bought = 0, traded_raw = 0;
  for (const auto& told : desk.orders.proposals) {
    for (const ProposalLine& line : told.lines) {
      if (line.quantity.raw() > 0) bought += line.quantity.raw() / Quantity::kScale;
      traded_raw += notional(line.reference_price, line.quantity.abs(), kUnitMultiplier)->raw();
    }
  }
  EXPECT_EQ(bought, 1235);
  const Money costs = *fraction(Money::from_raw(traded_raw), Ratio::from_raw(500'000));
  EXPECT_EQ(money_text(Money::from_raw((desk.cash(p) - costs).raw() * 100)), "7,993");  // 79.93
  for (const auto& told : desk.orders.proposals)
    EXPECT_EQ(told.proposal.cause.proposal, 1U) << "one episode, one number";
}

/// 800,000 at 58/35/7 against 50/40/10; bonds stand exactly at -5 and do not fire by themselves.
TEST(Acceptance, ThreeClassesToTarget) {
  TestDesk desk;
  for (const char* symbol : {"ST", "BD", "ALT"}) desk.share(symbol);
  const ModelId model = desk.policy(R"(
name = 'three'
action = 'cash'
reach = '0bp'
band = '5pp'
[sleeves.stocks]
target = '50%'
instruments = ['ST']
[sleeves.bonds]
target = '40%'
instruments = ['BD']
[sleeves.alternatives]
target = '10%'
instruments = ['ALT']
)");
  desk.portfolio(model, {{"ST", "464000"}, {"BD", "280000"}, {"ALT", "56000"}});
  desk.start();
  for (const char* symbol : {"ST", "BD", "ALT"}) desk.quote(symbol, "1");
  EXPECT_EQ(desk.trades(0), "sell 64,000 ST");
  EXPECT_EQ(desk.why(0), "stocks 58% > 55% (target 50%, band 5pp)");
  desk.fill(0);
  EXPECT_EQ(desk.trades(1), "buy 40,000 BD, buy 24,000 ALT");
  EXPECT_EQ(desk.orders.proposals[1].proposal.cause.trigger, Trigger::kCompletion);
}

/// Bonds at exactly 35% against 40% +-5pp, everything else within.
TEST(Acceptance, ExactlyAtTheEdgeDoesNotFireUnlessAsked) {
  for (const bool at : {false, true}) {
    TestDesk desk;
    desk.share("ST");
    desk.share("BD");
    const ModelId model =
        desk.policy(std::string("name = 'edge'\naction = 'cash'\n") + (at ? "edge = 'at'\n" : "") +
                    "[sleeves.stocks]\ntarget = '60%'\ninstruments = ['ST']\n"
                    "[sleeves.bonds]\ntarget = '40%'\nband = '5pp'\ninstruments = ['BD']\n");
    desk.portfolio(model, {{"ST", "65"}, {"BD", "35"}});
    desk.start();
    desk.quote("ST", "1000");
    desk.quote("BD", "1000");
    EXPECT_EQ(desk.orders.proposals.size(), at ? 1U : 0U);
  }
}

/// 500 million: public equity trades back to target, the illiquid sleeves are left out; what that
/// frees goes to the deficits in proportion: 8 and 12 million.
TEST(Acceptance, DeficitsShareWhatSalesFree) {
  TestDesk desk;
  desk.share("PUB");
  desk.share("FI");
  desk.share("REAL");
  desk.statement("PRIV", "1");
  desk.statement("HEDGE", "1");
  const auto policy = [](const char* band) {
    return std::string("name = 'endowment'\naction = 'cash'\nreach = '0bp'\n") +
           "[sleeves.public]\ntarget = '35%'\nband = '" + band + "'\ninstruments = ['PUB']\n" +
           "[sleeves.private]\ntarget = '25%'\nband = '7pp'\npriced = 'statement'\n"
           "instruments = ['PRIV']\n"
           "[sleeves.fixed]\ntarget = '20%'\nband = '5pp'\ninstruments = ['FI']\n"
           "[sleeves.real]\ntarget = '10%'\nband = '5pp'\ninstruments = ['REAL']\n"
           "[sleeves.hedge_funds]\ntarget = '10%'\nband = '7pp'\npriced = 'statement'\n"
           "instruments = ['HEDGE']\n";
  };
  const ModelId calm = desk.policy(policy("5pp"));
  const ModelId told = desk.policy(policy("3pp"));
  for (const ModelId model : {calm, told}) {
    desk.portfolio(model, {{"PUB", "195000000"},
                           {"PRIV", "125000000"},
                           {"FI", "90000000"},
                           {"REAL", "35000000"},
                           {"HEDGE", "55000000"}});
  }
  desk.start();
  for (const char* symbol : {"PUB", "FI", "REAL"}) desk.quote(symbol, "1");
  ASSERT_EQ(desk.orders.proposals.size(), 1U) << "+4pp fires at 3pp and not at 5pp";
  EXPECT_EQ(desk.orders.proposals[0].proposal.portfolio, PortfolioId{1});
  EXPECT_EQ(desk.trades(0), "sell 20,000,000 PUB");
  desk.fill(0);
  EXPECT_EQ(desk.trades(1), "buy 8,000,000 FI, buy 12,000,000 REAL");
}

/// 100 million from 68% to 60% equity by contracts: 8 million a leg.
TEST(Acceptance, OverlayInWholeContracts) {
  struct Row {
    const char* index;
    const char* trades;
  };
  constexpr Row kRows[] = {
      {"5000", "sell 32 ES, buy 80 BOND"},
      {"7450.03", "sell 21 ES, sell 5 MES, buy 80 BOND"},  // 8.009 million
  };
  for (const Row& row : kRows) {
    TestDesk desk;
    desk.statement("STOCK", "1");
    desk.statement("BONDS", "1");
    desk.future("ES", "50");
    desk.future("MES", "5");
    desk.future("BOND", "1000");
    const ModelId model = desk.policy(R"(
name = 'overlay'
action = 'futures_overlay'
band = '5pp'
[sleeves.equity]
target = '60%'
instruments = ['STOCK']
hedge = ['ES', 'MES']
[sleeves.bonds]
target = '40%'
instruments = ['BONDS']
hedge = ['BOND']
)");
    const PortfolioId p = desk.portfolio(model, {{"STOCK", "68000000"}, {"BONDS", "32000000"}});
    desk.start();
    EXPECT_EQ(desk.orders.proposals.size(), 0U) << "contracts without a price: nothing is sized";
    desk.quote("ES", row.index);
    desk.quote("MES", row.index);
    desk.quote("BOND", "100");
    ASSERT_EQ(desk.orders.proposals.size(), 1U);
    EXPECT_EQ(desk.trades(0), row.trades);
    EXPECT_EQ(desk.why(0), "equity 68% > 65% (target 60%, band 5pp)");
    const auto equity = desk.book->projected(p, desk.policies[0].find("equity"));
    EXPECT_LT((equity - Money::from_whole(60'000'000)).abs(), Money::from_whole(20'000));
    desk.fill_all();
    EXPECT_EQ(desk.orders.proposals.size(), 1U) << "filled is as good as working";
    EXPECT_EQ(desk.held(p, "STOCK"), Quantity::from_whole(68'000'000)) << "no stock is sold";
  }
}

/// $8 million of equity through a future of another beta: N = 8,000,000 / (5,000 x 50 x beta), and
/// once it is done the book sees the target reached, whatever the beta.
TEST(Acceptance, OverlaySizedByBeta) {
  struct Row {
    const char* beta;
    const char* trades;
  };
  constexpr Row kRows[] = {
      {"1", "sell 32 ES, buy 80 BOND"},
      {"0.8", "sell 40 ES, buy 80 BOND"},
      {"1.25", "sell 26 ES, buy 80 BOND"},  // 25.6
      {"1.6", "sell 20 ES, buy 80 BOND"},
  };
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.beta);
    TestDesk desk;
    desk.statement("STOCK", "1");
    desk.statement("BONDS", "1");
    desk.future("ES", "50", "USD", row.beta);
    desk.future("BOND", "1000");
    const ModelId model = desk.policy(R"(
name = 'overlay'
action = 'futures_overlay'
band = '5pp'
[sleeves.equity]
target = '60%'
instruments = ['STOCK']
hedge = ['ES']
[sleeves.bonds]
target = '40%'
instruments = ['BONDS']
hedge = ['BOND']
)");
    const PortfolioId p = desk.portfolio(model, {{"STOCK", "68000000"}, {"BONDS", "32000000"}});
    desk.start();
    desk.quote("ES", "5000");
    desk.quote("BOND", "100");
    ASSERT_EQ(desk.orders.proposals.size(), 1U);
    EXPECT_EQ(desk.trades(0), row.trades);
    desk.fill_all();
    const auto equity = desk.book->exposure(p, desk.policies[0].find("equity"));
    EXPECT_LE((equity - Money::from_whole(60'000'000)).abs(), Money::from_whole(156'250))
        << "within half a contract";
    EXPECT_EQ(desk.orders.proposals.size(), 1U);
    EXPECT_TRUE(desk.book->audit(p));
  }
}

TEST(Acceptance, AsymmetricBandsOnBothOfTwoCollapse) {
  TestDesk desk;
  desk.share("A");
  desk.share("B");
  desk.policy(R"(name = 'both'
action = 'cash'
[sleeves.a]
target = '60%'
band = '+7pp/-3pp'
instruments = ['A']
[sleeves.b]
target = '40%'
band = '+7pp/-3pp'
instruments = ['B']
)");
  const auto found = check_policy(desk.policies[0], desk.instruments, {}, {}, {});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].text(),
            "test.toml:5:8: warning: the band of 'a' (+7pp/-3pp) collapses to +3pp/-3pp: the lower "
            "edges of its siblings are nearer and fire first");
  EXPECT_EQ(found[1].position, (Position{9, 8}));
}

/// How far a rebalance goes: 1,000,000 at 66/34 against 60/40 with 5pp.
TEST(Acceptance, Destinations) {
  struct Row {
    const char* destination;
    const char* equity;  // after both steps
  };
  constexpr Row kRows[] = {
      {"target", "60%"}, {"half", "63%"},      {"edge", "65%"},
      {"50%", "62.5%"},  {"87.5%", "64.375%"}, {"0%", "60%"},
  };
  for (const Row& row : kRows) {
    TestDesk desk;
    desk.share("EQ", "USD", "0.001");
    desk.share("DEBT", "USD", "0.001");
    const ModelId model =
        desk.policy("name = 'far'\naction = 'cash'\nreach = '0bp'\nband = '5pp'\ndestination = '" +
                    std::string(row.destination) +
                    "'\n[sleeves.equity]\ntarget = '60%'\ninstruments = ['EQ']\n"
                    "[sleeves.debt]\ntarget = '40%'\ninstruments = ['DEBT']\n");
    const PortfolioId p = desk.portfolio(model, {{"EQ", "6600"}, {"DEBT", "3400"}});
    desk.start();
    desk.quote("EQ", "100");
    desk.quote("DEBT", "100");
    desk.fill_all();
    EXPECT_EQ(desk.weight(p, "equity"), row.equity) << row.destination;
    EXPECT_LE(desk.cash(p), Money::from_whole(1)) << row.destination;
    EXPECT_EQ(desk.orders.proposals.size(), 2U) << row.destination;
  }
}

/// 60 fires at 48/72 (20% relative) and goes to half the band: 66.
TEST(Acceptance, OpportunisticRebalancing) {
  TestDesk desk;
  desk.share("EQ", "USD", "0.001");
  desk.share("DEBT", "USD", "0.001");
  const ModelId model = desk.policy(R"(name = 'opportunistic'
action = 'cash'
reach = '0bp'
destination = '50%'
[sleeves.equity]
target = '60%'
band_relative = '20%'
instruments = ['EQ']
[sleeves.debt]
target = '40%'
instruments = ['DEBT']
)");
  const PortfolioId p = desk.portfolio(model, {{"EQ", "6000"}, {"DEBT", "4000"}});
  desk.start();
  desk.quote("DEBT", "100");
  desk.quote("EQ", "171.4");
  EXPECT_EQ(desk.orders.proposals.size(), 0U);
  desk.quote("EQ", "172");
  EXPECT_EQ(desk.why(0), "equity 72.07% > 72% (target 60%, band 20% of it)");
  desk.fill_all();
  EXPECT_EQ(desk.weight(p, "equity"), "66%");
}

}  // namespace
}  // namespace evenkeel::rules
