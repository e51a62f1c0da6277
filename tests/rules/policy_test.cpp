#include "rules/policy.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rules/explain.hpp"
#include "tests/rules/test_desk.hpp"

namespace evenkeel::rules {
namespace {

using testing::exact;
using testing::TestDesk;

/// Instruments that the policies below speak of.
struct Shop : TestDesk {
  Shop() {
    for (const char* symbol : {"SPY", "VEA", "AGG"}) share(symbol);
    future("ESZ6", "50");
    future("MESZ6", "5");
    statement("PRIV", "100");
    currency("EUR");
    pair("EURUSD", "EUR", "USD");
  }
  std::string errors(const std::string& text) {
    const auto policy = parse_policy(text, "p.toml", instruments);
    return policy.ok() ? "" : std::string(policy.status().message());
  }
};

std::string with(const std::string& head, const std::string& equity, const std::string& rest = "") {
  return "name = 'p'\n" + head + "\n[sleeves.equity]\n" + equity +
         "\n[sleeves.bonds]\ntarget = '40%'\ninstruments = ['AGG']\n" + rest;
}
const std::string kEquity = "target = '60%'\ninstruments = ['SPY']";

TEST(Policy, BadInputIsNamedAndPlaced) {
  struct Row {
    std::string text;
    std::string message;
  };
  const Row kRows[] = {
      {with("action = 'cash'", kEquity), ""},
      {with("action = 'cahs'", kEquity),
       "p.toml:2:10: action: unknown value 'cahs' (did you mean 'cash'?); it is one of: monitor, "
       "futures_overlay, cash"},
      {with("action = 'cash'\nbnad = '5pp'", kEquity),
       "p.toml:3:1: unknown key 'bnad' (did you mean 'band'?)"},
      {with("action = 'cash'\nband = 5", kEquity),
       "p.toml:3:8: band: expected a string, found a number"},
      {with("action = 'cash'\nband = '5%'", kEquity),
       "p.toml:3:8: band: '5%' has another unit; write it like '5pp' (percentage points) or "
       "'10bp'; "
       "a part of the target goes into band_relative"},
      {with("action = 'cash'\nband_relative = '5pp'", kEquity),
       "p.toml:3:17: band_relative: '5pp' has another unit; write it like '60%'"},
      {with("action = 'cash'\nband = '+7pp/3pp'", kEquity),
       "p.toml:3:8: band: '3pp' needs a sign, as in '+7pp/-3pp'"},
      {with("action = 'cash'\nband = '+7pp/+3pp'", kEquity),
       "p.toml:3:8: band: '+7pp/+3pp' needs one '+' and one '-' side, '+7pp/-3pp'"},
      {with("action = 'cash'\nband = '0pp'", kEquity), "p.toml:3:8: band: '0pp' is no distance"},
      {with("action = 'cash'", "target = '50%'\ninstruments = ['SPY']"),
       "p.toml:3:1: the targets of the sleeves sum to 90%, not to 100%"},
      {with("action = 'cash'", "target = 0.6\ninstruments = ['SPY']"),
       "p.toml:4:10: sleeves.equity.target: '0.6' has no unit; write it like '60%'"},
      {with("action = 'cash'", "target = '160%'\ninstruments = ['SPY']"),
       "p.toml:4:10: sleeves.equity.target: 160% is not within 0% to 100%"},
      {with("action = 'cash'", "instruments = ['SPY']"),
       "p.toml:3:1: sleeves.equity: missing key 'target'"},
      {with("action = 'cash'", "target = '60%'\ninstruments = ['SPX']"),
       "p.toml:5:16: sleeves.equity.instruments: unknown instrument 'SPX' (did you mean 'SPY'?)"},
      {with("action = 'cash'", "target = '60%'\ninstruments = ['SPY', 'AGG']"),
       "p.toml:8:16: sleeves.bonds.instruments: 'AGG' is already in 'equity'"},
      {with("action = 'cash'", "target = '60%'\ninstruments = ['SPY', 'SPY']"),
       "p.toml:5:23: sleeves.equity.instruments: 'SPY' is already in this sleeve"},
      {with("action = 'cash'", "target = '60%'"), "p.toml:3:1: sleeves.equity: has no instruments"},
      {with("action = 'cash'", "target = '60%'\ninstruments = ['EURUSD']"),
       "p.toml:5:16: sleeves.equity.instruments: a currency pair is a rate, not a holding"},
      {with("action = 'cash'", "target = '60%'\ninstruments = ['ESZ6']"),
       "p.toml:5:16: sleeves.equity.instruments: a future is not held for its own sake; list it "
       "under 'hedge'"},
      {with("action = 'futures_overlay'", kEquity),
       "p.toml:1:1: a futures_overlay needs 'hedge' contracts in at least one sleeve"},
      {with("action = 'futures_overlay'", kEquity + "\nhedge = ['VEA']"),
       "p.toml:6:10: sleeves.equity.hedge: only futures can hedge"},
      {with("action = 'cash'", kEquity + "\ntrade = ['VEA']"),
       "p.toml:6:10: sleeves.equity.trade: 'VEA' is not among this sleeve's instruments"},
      {with("action = 'cash'",
            "target = '60%'\ninstruments = ['SPY', 'VEA']\nweights = { SPY = '60%', VEA = '30%' }"),
       "p.toml:6:11: sleeves.equity.weights: the weights sum to 90%, not to 100%"},
      {with("action = 'cash'\nminimum_trade = '10000'", kEquity),
       "p.toml:3:17: minimum_trade: '10000' is not an amount; write it like 'USD 250k', 'EUR "
       "1.5m'"},
      {with("action = 'cash'\nminimum_trade = 'CHF 10k'", kEquity),
       "p.toml:3:17: minimum_trade: no instrument is in the currency 'CHF'"},
      {with("action = 'cash'\nhold_for = 30", kEquity),
       "p.toml:3:12: hold_for: '30' has no unit; write it like '250ms', '30s', '5m' or '2h'"},
      {with("action = 'cash'\ndestination = 'midway'", kEquity),
       "p.toml:3:15: destination: unknown value 'midway'; it is target, half, edge, or a part of "
       "the band like '50%'"},
      {with("action = 'cash'\ndestination = '150%'", kEquity),
       "p.toml:3:15: destination: is not within 0% to 100%"},
      {"name = 'p'\naction = 'cash'\n", "p.toml:1:1: missing key 'sleeves'"},
      {"name = 'p'\naction = 'cash'\n[sleeves]\n", "p.toml:3:1: sleeves: has no sleeve"},
      {"name = 'p'\naction = \n",
       "p.toml:2:10: Error while parsing key-value pair: expected value, saw '\\n'"},
  };
  for (const Row& row : kRows) {
    Shop shop;
    EXPECT_EQ(shop.errors(row.text), row.message) << row.text;
  }
}

TEST(Policy, BadVolatilityIsNamedAndPlaced) {
  const std::string head = "sample = '1m'\nhalf_life = '1h'\nwhen_above = '25%'\n";
  struct Row {
    std::string table;
    std::string message;
  };
  const Row kRows[] = {
      {"instruments = ['SPY']\n" + head + "target.equity = '40%'", ""},
      {head + "target.equity = '40%'",
       "p.toml:9:1: volatility: needs either 'instruments' or 'sleeve' to watch"},
      {"sleeve = 'equty'\n" + head + "target.equity = '40%'",
       "p.toml:10:10: volatility.sleeve: unknown sleeve 'equty' (did you mean 'equity'?)"},
      {"sleeve = 'equity'\n" + head + "target.equity = '140%'",
       "p.toml:14:17: volatility.target.equity: is not within 0% to 100%"},
      {"sleeve = 'equity'\n" + head + "target.equity = '40%'\ntarget.bonds = '50%'",
       "p.toml:14:1: volatility.target: the targets under 'portfolio' sum to 90%, not to 100%"},
      {"sleeve = 'equity'\n" + head + "until_below = '30%'\ntarget.equity = '40%'",
       "p.toml:14:15: volatility.until_below: is above when_above, 25%; it ends what that begins"},
      {"sleeve = 'equity'\n" + head + "lambda = 0.94\ntarget.equity = '40%'",
       "p.toml:9:1: volatility: needs either 'half_life' or 'lambda'"},
      {"sleeve = 'equity'\nsample = '1m'\nlambda = 1.5\nwhen_above = '25%'\ntarget.equity = '40%'",
       "p.toml:12:10: volatility.lambda: must be between 0 and 1"},
      {"instruments = ['PRIV']\n" + head + "target.equity = '40%'",
       "p.toml:9:1: volatility: 'PRIV' is not quoted"},
  };
  for (const Row& row : kRows) {
    Shop shop;
    const std::string text = with("action = 'cash'", kEquity, "[volatility]\n" + row.table + "\n");
    EXPECT_EQ(shop.errors(text), row.message) << text;
  }
}

TEST(Policy, SeveralComplaintsAtOnceInTheOrderOfTheFile) {
  Shop shop;
  const std::string errors = shop.errors(
      "name = 'p'\naction = 'cash'\nbanb = '5pp'\n[sleeves.equity]\ntarget = 60\n"
      "instruments = ['SPX']\n[sleeves.bonds]\ntarget = '40%'\ninstruments = ['AGG', 'QQQQ']\n");
  EXPECT_EQ(errors,
            "p.toml:3:1: unknown key 'banb' (did you mean 'band'?)\n"
            "p.toml:5:10: sleeves.equity.target: '60' has no unit; write it like '60%'\n"
            "p.toml:6:16: sleeves.equity.instruments: unknown instrument 'SPX' (did you mean "
            "'SPY'?)\n"
            "p.toml:9:23: sleeves.bonds.instruments: unknown instrument 'QQQQ'");
}

TEST(Policy, ReadsWhatItSays) {
  Shop shop;
  shop.policy(R"(
name = 'overlay'
action = 'futures_overlay'
band = '5pp'
destination = '87.5%'
hold_for = '30s'
cool_down = '5m'
minimum_trade = 'USD 10k'
cash_buffer = '0.5%'
trading_cost = '5bp'

[sleeves.equity]
target = '60%'
hedge = ['ESZ6', 'MESZ6']
[sleeves.equity.us]
target = '35%'
instruments = ['SPY']
[sleeves.equity.world]
target = '25%'
band = '+4pp/-2pp'
band_relative = '25%'
instruments = ['VEA']
[sleeves.bonds]
target = '30%'
band = 'none'
instruments = ['AGG']
[sleeves.private]
target = '8%'
priced = 'statement'
instruments = ['PRIV']
[sleeves.cash]
target = '2%'
)");
  ASSERT_EQ(shop.policies.size(), 1U);
  const Policy& policy = shop.policies[0];
  EXPECT_EQ(policy.action, Action::kFuturesOverlay);
  EXPECT_EQ(policy.destination.kind, Destination::Kind::kBand);
  EXPECT_EQ(policy.destination.fraction, Ratio::from_raw(875'000'000));
  EXPECT_EQ(policy.hold_for, 30 * kSecond);
  EXPECT_EQ(policy.cool_down, 5 * kMinute);
  EXPECT_EQ(policy.minimum_trade.money, Money::from_whole(10'000));
  EXPECT_EQ(policy.cash_buffer.of_nav, Ratio::from_raw(5'000'000));
  EXPECT_EQ(policy.sleeves.size(), 7U) << "with the whole";
  const PolicySleeve& world = policy.sleeves[policy.find("world").index()];
  EXPECT_EQ(world.parent, policy.find("equity"));
  EXPECT_EQ(world.band.absolute_up, Ratio::from_raw(40'000'000));
  EXPECT_EQ(world.band.absolute_down, Ratio::from_raw(20'000'000));
  EXPECT_EQ(world.band.relative_up, Ratio::from_raw(250'000'000));
  EXPECT_EQ(policy.sleeves[policy.find("us").index()].band.absolute_up, Ratio::from_raw(50'000'000))
      << "inherited";
  EXPECT_FALSE(policy.sleeves[policy.find("bonds").index()].band.any());
  EXPECT_FALSE(policy.sleeves[policy.find("private").index()].tradable);
  EXPECT_EQ(policy.cash_sleeve, policy.find("cash"));
  EXPECT_EQ(policy.path(policy.find("world")), "equity/world");
  const Model model = policy.model();
  EXPECT_TRUE(model.well_formed());
  EXPECT_EQ(model.sleeve_of(shop.id("MESZ6")), policy.find("equity"));
  EXPECT_EQ(model.sleeve_of(shop.id("VEA")), policy.find("world"));
}

TEST(Policy, TargetsOfTheParent) {
  Shop shop;
  shop.policy(R"(name = 'parts'
action = 'cash'
targets = 'of_parent'
[sleeves.equity]
target = '60%'
[sleeves.equity.us]
target = '66.6666667%'
instruments = ['SPY']
[sleeves.equity.world]
target = '33.3333333%'
instruments = ['VEA']
[sleeves.bonds]
target = '40%'
instruments = ['AGG']
)");
  const Policy& policy = shop.policies.at(0);
  const Ratio us = policy.sleeves[policy.find("us").index()].target;
  const Ratio world = policy.sleeves[policy.find("world").index()].target;
  EXPECT_EQ(us.raw(), 400'000'000);
  EXPECT_EQ(us + world, Ratio::from_raw(600'000'000)) << "sums exactly, whatever was rounded";
  Shop other;
  EXPECT_EQ(other.errors(with("action = 'cash'\ntargets = 'of_parent'",
                              "target = '60%'\n[sleeves.equity.us]\ntarget = '90%'\n"
                              "instruments = ['SPY']")),
            "p.toml:5:10: the targets of the sub-sleeves of 'equity' sum to 90%, not to 100% of "
            "their parent");
}

TEST(Policy, TargetsInHighVolatilityShareTheRest) {
  Shop shop;
  shop.policy(R"(name = 'calm'
action = 'cash'
[sleeves.equity]
target = '60%'
[sleeves.equity.us]
target = '40%'
instruments = ['SPY']
[sleeves.equity.world]
target = '20%'
instruments = ['VEA']
[sleeves.bonds]
target = '30%'
instruments = ['AGG']
[sleeves.cash]
target = '10%'
[volatility]
sleeve = 'equity'
sample = '1m'
lambda = 0.94
when_above = '25%'
until_below = '20%'
target.equity = '30%'
)");
  const auto& trigger = shop.policies.at(0).volatility;
  ASSERT_TRUE(trigger.has_value());
  const auto target = [&](const char* name) {
    return percent_text(trigger->targets[shop.policies[0].find(name).index()], 3);
  };
  EXPECT_EQ(target("equity"), "30%");
  EXPECT_EQ(target("us"), "20%");
  EXPECT_EQ(target("world"), "10%");
  EXPECT_EQ(target("bonds"), "52.5%");
  EXPECT_EQ(target("cash"), "17.5%");
  EXPECT_EQ(trigger->instruments.size(), 2U);
  EXPECT_EQ(trigger->settings.year_numerator, 98'280);
  EXPECT_EQ(trigger->settings.year_denominator, 1);
}

TEST(Policy, WarningsComeWithThePolicy) {
  Shop shop;
  shop.policy(with("action = 'futures_overlay'", kEquity + "\nhedge = ['MESZ6', 'ESZ6']"));
  ASSERT_EQ(shop.warnings.size(), 1U);
  EXPECT_EQ(shop.warnings[0].text(),
            "test.toml:6:9: warning: sleeves.equity.hedge: 'ESZ6' has a larger multiplier than "
            "'MESZ6'; list the largest contract first");
}

std::string check(Shop& shop, const std::string& text, std::int64_t nav) {
  shop.policy(text);
  std::vector<Price> marks(shop.instruments.size(), Price::from_whole(100));
  marks[shop.id("ESZ6").index()] = marks[shop.id("MESZ6").index()] = Price::from_whole(5'000);
  const std::vector<Price> rates(shop.instruments.currency_count(), kUnitPrice);
  std::string all;
  for (const Complaint& c :
       check_policy(shop.policies.at(0), shop.instruments, Money::from_whole(nav), marks, rates))
    all += c.text() + "\n";
  return all;
}

TEST(PolicyCheck, FindsWhatCannotFireAndWhatCannotBeCured) {
  struct Row {
    std::string text;
    std::int64_t nav;
    std::string found;
  };
  const std::string overlay = kEquity + "\nband = '5pp'\nhedge = ['ESZ6', 'MESZ6']";
  const Row kRows[] = {
      {with("action = 'cash'", kEquity + "\nband = '5pp'"), 1'000'000, ""},
      {with("action = 'cash'", kEquity), 0,
       "test.toml:1:1: warning: no sleeve has a band: this policy never acts\n"},
      {with("action = 'cash'", kEquity + "\nband = '60pp'"), 0,
       "test.toml:6:8: warning: the band of 'equity' can never fire: no weight is below 0% or "
       "above "
       "120%\n"
       "test.toml:6:8: warning: the band of 'equity' (+60pp/-60pp) collapses to +40pp/-60pp: the "
       "lower edges of its siblings are nearer and fire first\n"},
      {with("action = 'cash'", kEquity + "\nband = '5pp'"), 1'000,
       "test.toml:6:8: warning: a breach of 'equity' could not be cured at a nav of 1,000: it "
       "calls "
       "for a trade of 50 at the edge, and one lot of SPY is 100\n"},
      {with("action = 'cash'\nminimum_trade = 'USD 100k'", kEquity + "\nband = '5pp'"), 1'000'000,
       "test.toml:7:8: warning: a breach of 'equity' could not be cured at a nav of 1,000,000: it "
       "calls for a trade of 50,000 at the edge, and the minimum trade is 100,000\n"},
      {with("action = 'futures_overlay'", overlay), 100'000'000, ""},
      {with("action = 'futures_overlay'", overlay), 200'000,
       "test.toml:6:8: warning: a breach of 'equity' could not be cured at a nav of 200,000: it "
       "calls for a trade of 10,000 at the edge, and one contract of MESZ6 is 25,000\n"},
      {with("action = 'cash'",
            "target = '60%'\nband = '5pp'\npriced = 'statement'\ninstruments = ['PRIV']"),
       0,
       "test.toml:5:8: warning: 'equity' has a band but nothing that cash can trade: a breach is "
       "told "
       "and not cured\n"},
  };
  for (const Row& row : kRows) {
    Shop shop;
    EXPECT_EQ(check(shop, row.text, row.nav), row.found) << row.text;
  }
}

TEST(Explain, SaysWhatPeopleSay) {
  Shop shop;
  shop.policy(with("action = 'cash'\nband = '5pp'", kEquity));
  const Policy& policy = shop.policies.at(0);
  Cause cause;
  cause.sleeve = policy.find("equity");
  cause.trigger = Trigger::kAbsoluteBand;
  cause.measured = *parse_ratio("67.9%");
  cause.threshold = *parse_ratio("65%");
  cause.target = *parse_ratio("60%");
  cause.nav = Money::from_whole(100'000'000);
  cause.proposal = 7;
  Proposal proposal{.portfolio = PortfolioId{0}, .cause = cause};
  const std::vector<ProposalLine> lines{
      {shop.id("ESZ6"), Quantity::from_whole(-32), exact<Price>("5000.25")},
      {shop.id("AGG"), Quantity::from_whole(71'000), exact<Price>("110.5")}};
  EXPECT_EQ(
      explain(proposal, lines, policy, shop.instruments),
      "equity 67.9% > 65% (target 60%, band 5pp): sell 32 ESZ6 at 5,000.25, buy 71,000 AGG at "
      "110.5");
  proposal.cause.measured = *parse_ratio("65.0001%");
  EXPECT_EQ(explain_cause(proposal.cause, policy), "equity 65.0001% > 65% (target 60%, band 5pp)");
  proposal.cause.trigger = Trigger::kVolatility;
  proposal.cause.measured = *parse_ratio("27.3%");
  proposal.cause.threshold = *parse_ratio("25%");
  proposal.cause.target = *parse_ratio("40%");
  EXPECT_EQ(explain_cause(proposal.cause, policy), "volatility 27.3% > 25%: equity to 40%");
  proposal.cause = cause;
  proposal.cause.trigger = Trigger::kMarketState;
  proposal.alert = AlertCode::kSuspended;
  EXPECT_EQ(explain(proposal, {lines.data(), 1}, policy, shop.instruments),
            "breached, but a price it reads may not be acted on (ESZ6): equity 67.9% > 65% (target "
            "60%)");
}

}  // namespace
}  // namespace evenkeel::rules
