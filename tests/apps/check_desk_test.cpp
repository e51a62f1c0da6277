// evenkeel check: the report, what could never work, and the exit code.
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include <nlohmann/json.hpp>

#include "apps/check.hpp"
#include "apps/check_print.hpp"
#include "apps/cli.hpp"
#include "tests/apps/config_scratch.hpp"

namespace evenkeel::apps {
namespace {

struct Outcome {
  int code = 0;
  std::string out, err;
};
Outcome check(const ScratchDesk& scratch, bool json = false) {
  std::ostringstream out, err;
  Outcome outcome;
  outcome.code = check_desk({scratch.folder(), json}, out, err);
  outcome.out = scratch.without_folder(out.str());
  outcome.err = scratch.without_folder(err.str());
  return outcome;
}

TEST(CheckDesk, PrintsPoliciesAndWeights) {
  const ScratchDesk scratch("monitor");
  const Outcome outcome = check(scratch);
  EXPECT_EQ(outcome.code, kExitOk);
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.out,
            "desk monitor  (evenkeel.toml)\n"
            "  engine EK1, time of the wall clock, tick 100ms\n"
            "  feed main at 127.0.0.1:5001, silent after 3s\n"
            "  no [fix]: this desk watches, and sends no order\n"
            "\n"
            "policy five_twenty_five  (policies/five_twenty_five.toml)\n"
            "  monitor, fires beyond the edge, rests 1s after each\n"
            "  sleeve       target           band  holds\n"
            "  stocks          60%     55% .. 65%  VTI, VXUS\n"
            "  bonds           30%     25% .. 35%  BND\n"
            "  real_estate     10%  7.5% .. 12.5%  VNQ\n"
            "  cash             0%        no band\n"
            "\n"
            "portfolio smith  (portfolios/smith.csv)\n"
            "  policy five_twenty_five, nav USD 1,901,000.00 at the prices of the files\n"
            "  sleeve       weight  target    drift           band\n"
            "  stocks       63.97%  60.00%  +3.97pp     55% .. 65%  within its band\n"
            "  bonds        31.56%  30.00%  +1.56pp     25% .. 35%  within its band\n"
            "  real_estate   4.47%  10.00%  -5.53pp  7.5% .. 12.5%  BELOW its band\n"
            "  cash          0.00%   0.00%   0.00pp        no band\n"
            "\n"
            "portfolio jones  (portfolios/jones.csv)\n"
            "  policy five_twenty_five, nav USD 800,850.00 at the prices of the files\n"
            "  sleeve       weight  target    drift           band\n"
            "  stocks       60.16%  60.00%  +0.16pp     55% .. 65%  within its band\n"
            "  bonds        29.97%  30.00%  -0.03pp     25% .. 35%  within its band\n"
            "  real_estate   9.87%  10.00%  -0.13pp  7.5% .. 12.5%  within its band\n"
            "  cash          0.00%   0.00%   0.00pp        no band\n"
            "\n"
            "nothing to complain about\n");
}

TEST(CheckDesk, PrintsTreesHedgesAndTheVolatilityTrigger) {
  const ScratchDesk overlay("sixty-forty");
  const std::string out = check(overlay).out;
  EXPECT_NE(out.find("  equity     60%  57% .. 63%  SPY; hedged with ESZ6, MESZ6\n"),
            std::string::npos);
  EXPECT_NE(out.find("  while the volatility of SPY is above 40%, until it is below 30%:\n"
                     "    equity 50%, bonds 47.5%, cash 2.5%\n"),
            std::string::npos);
  const ScratchDesk tree("balanced");
  EXPECT_NE(check(tree).out.find("    us_small       8%    6.4% .. 9.6%  IWM\n"), std::string::npos)
      << check(tree).out;
}

TEST(CheckDesk, AnEdgeIsReachedOnlyWhenThePolicySaysSo) {
  // 58/35/7 against 50/40/10: bonds stand exactly 5 points low.
  const ScratchDesk scratch("monitor");
  scratch.write("policies/five_twenty_five.toml",
                "name = \"five_twenty_five\"\naction = \"monitor\"\nband = \"5pp\"\n"
                "[sleeves.stocks]\ntarget = \"50%\"\ninstruments = [\"VTI\"]\n"
                "[sleeves.bonds]\ntarget = \"40%\"\ninstruments = [\"BND\"]\n"
                "[sleeves.other]\ntarget = \"10%\"\ninstruments = [\"VNQ\", \"VXUS\"]\n");
  const std::string holdings =
      "symbol,shares,price,class\nVTI,5800,80,\nBND,2800,100,\nVNQ,1400,40,\n";
  scratch.write("portfolios/smith.csv", holdings);
  scratch.write("portfolios/jones.csv", holdings);
  const std::string inside = "  bonds   35.00%  40.00%  -5.00pp  35% .. 45%  within its band\n";
  const std::string below = "  bonds   35.00%  40.00%  -5.00pp  35% .. 45%  BELOW its band\n";
  EXPECT_NE(check(scratch).out.find(inside), std::string::npos) << check(scratch).out;
  scratch.change("policies/five_twenty_five.toml", "band = \"5pp\"",
                 "band = \"5pp\"\nedge = \"at\"");
  EXPECT_NE(check(scratch).out.find(below), std::string::npos) << check(scratch).out;
}

TEST(CheckDesk, SaysWhereErrorsAreAndThatItCannotRun) {
  const ScratchDesk scratch("sixty-forty");
  scratch.change("policies/sixty_forty.toml", "target = \"60%\"", "target = \"61%\"");
  scratch.change("limits.toml", "orders_per_second", "orders_per_secund");
  const Outcome outcome = check(scratch);
  EXPECT_EQ(outcome.code, kExitConfig);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err,
            "policies/sixty_forty.toml:12:1: the targets of the sleeves sum to 101%, not to 100%\n"
            "limits.toml:5:1: [desk]: unknown key 'orders_per_secund' (did you mean "
            "'orders_per_second'?)\n"
            "2 errors: this desk cannot run\n");
}

TEST(CheckDesk, SaysThatThereIsNoDesk) {
  const ScratchDesk scratch;
  const Outcome outcome = check(scratch);
  EXPECT_EQ(outcome.code, kExitUsage);
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(outcome.err.find("holds no evenkeel.toml; `evenkeel init"), std::string::npos);
}

TEST(CheckDesk, FindsBandsThatCollapseAndStaysRunnable) {
  const ScratchDesk scratch("monitor");
  scratch.write("policies/five_twenty_five.toml",
                "name = \"five_twenty_five\"\naction = \"monitor\"\nband = \"+7pp/-3pp\"\n"
                "[sleeves.stocks]\ntarget = \"60%\"\ninstruments = [\"VTI\", \"VXUS\"]\n"
                "[sleeves.bonds]\ntarget = \"40%\"\ninstruments = [\"BND\", \"VNQ\"]\n");
  scratch.change("portfolios/smith.csv", "Real Estate", "Bonds");
  scratch.change("portfolios/jones.csv", "Real Estate", "Bonds");
  const Outcome outcome = check(scratch);
  EXPECT_EQ(outcome.code, kExitOk);
  // Once for each sleeve, though two portfolios follow the policy.
  EXPECT_NE(outcome.err.find("'stocks' (+7pp/-3pp) collapses to +3pp/-3pp"), std::string::npos)
      << outcome.err;
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 2) << outcome.err;
  EXPECT_NE(outcome.out.find("2 warnings; this desk can run\n"), std::string::npos);
}

TEST(CheckDesk, FindsWhatNoWholeContractCouldCure) {
  const ScratchDesk scratch("sixty-forty");
  scratch.write("portfolios/pension.csv",
                "symbol,shares,price,class\nSPY,90,670,\nAGG,380,100.10,\nUSD,2000,,\n");
  const Outcome outcome = check(scratch);
  EXPECT_EQ(outcome.code, kExitOk);
  EXPECT_NE(outcome.err.find("a breach of 'bonds' could not be cured at a nav of 100,338"),
            std::string::npos)
      << outcome.err;
}

TEST(CheckDesk, FindsHoldingsWithoutAPrice) {
  const ScratchDesk scratch("balanced");
  scratch.change("instruments.toml", "reference_price = 1.1650\n", "");
  const Outcome outcome = check(scratch);
  EXPECT_EQ(outcome.code, kExitOk);
  EXPECT_NE(outcome.out.find("nav not known"), std::string::npos);
  EXPECT_NE(outcome.err.find("portfolios/foundation.csv: warning: the nav is not known until these "
                             "have a price: EUR, EXSA\n"),
            std::string::npos)
      << outcome.err;
}

struct Blocked {
  const char* from;
  const char* to;
  int code;
  const char* expected;
};

TEST(CheckDesk, FindsLimitsThatRefuseWhatThePolicyAsksFor) {
  const Blocked cases[] = {
      {"orders_per_second = 10\n", "", kExitConfig,
       "limits.toml: every order would be refused: [desk] lacks orders_per_second\n1 error: this "
       "desk could not do its work\n"},
      {"price_collar = \"1%\"", "", kExitConfig,
       "limits.toml: warning: every order in ESZ6 would be refused: no price_collar\n"
       "limits.toml: warning: every order in MESZ6 would be refused: no price_collar\n"
       "limits.toml: warning: every order in ZNZ6 would be refused: no price_collar\n"
       "limits.toml: portfolio 'pension' could never trade: the limits refuse every order that "
       "policy 'sixty_forty' may ask for\n"
       "1 error, 3 warnings: this desk could not do its work\n"},
      {"order_notional = \"USD 20m\"", "order_notional = \"USD 10k\"", kExitConfig,
       "limits.toml: warning: every order in ESZ6 would be refused: one lot is worth 337,250, "
       "order_notional is 10,000\n"
       "limits.toml: warning: every order in MESZ6 would be refused: one lot is worth 33,725, "
       "order_notional is 10,000\n"
       "limits.toml: warning: every order in ZNZ6 would be refused: one lot is worth 112,750, "
       "order_notional is 10,000\n"
       "limits.toml: portfolio 'pension' could never trade: the limits refuse every order that "
       "policy 'sixty_forty' may ask for\n"
       "1 error, 3 warnings: this desk could not do its work\n"},
      {"order_notional = \"USD 20m\"", "order_notional = \"USD 150k\"", kExitOk,
       "limits.toml: warning: every order in ESZ6 would be refused: one lot is worth 337,250, "
       "order_notional is 150,000\n"
       "limits.toml: warning: a breach of 'equity' of 'pension' moves at least 3,000,000, and the "
       "orders it may send together at most 150,000: it would be refused\n"
       "limits.toml: warning: a breach of 'bonds' of 'pension' moves at least 3,000,000, and the "
       "orders it may send together at most 150,000: it would be refused\n"},
      {"order_notional = \"USD 20m\"", "order_notional = \"USD 1m\"", kExitOk,
       "limits.toml: warning: a breach of 'equity' of 'pension' moves at least 3,000,000, and the "
       "orders it may send together at most 2,000,000: it would be refused\n"
       "limits.toml: warning: a breach of 'bonds' of 'pension' moves at least 3,000,000, and the "
       "orders it may send together at most 1,000,000: it would be refused\n"},
      {"order_quantity = 100\n", "order_quantity = 2\n", kExitOk,
       "limits.toml: warning: a breach of 'equity' of 'pension' moves at least 3,000,000, and the "
       "orders it may send together at most 2,360,750: it would be refused\n"
       "limits.toml: warning: a breach of 'bonds' of 'pension' moves at least 3,000,000, and the "
       "orders it may send together at most 225,500: it would be refused\n"},
      {"daily_notional = \"USD 60m\"", "daily_notional = \"USD 2m\"", kExitOk,
       "limits.toml: warning: a breach of 'equity' of 'pension' moves at least 3,000,000, and "
       "daily_notional is 2,000,000: it would be refused\n"
       "limits.toml: warning: a breach of 'bonds' of 'pension' moves at least 3,000,000, and "
       "daily_notional is 2,000,000: it would be refused\n"},
  };
  for (const Blocked& c : cases) {
    const ScratchDesk scratch("sixty-forty");
    scratch.change("limits.toml", c.from, c.to);
    const Outcome outcome = check(scratch);
    EXPECT_EQ(outcome.code, c.code) << c.to << outcome.err;
    EXPECT_EQ(outcome.err, c.expected) << c.to;
  }
}

TEST(CheckDesk, ABrokenSyntheticMarketIsAnError) {
  const ScratchDesk scratch("monitor");
  scratch.change("market.toml", "price = 220.00", "price = 0");
  const Outcome outcome = check(scratch);
  EXPECT_EQ(outcome.code, kExitConfig);
  EXPECT_NE(outcome.err.find("market.toml:15:9: instrument.VTI.price: must be above zero\n"),
            std::string::npos)
      << outcome.err;
}

TEST(CheckDesk, PrintsJson) {
  const ScratchDesk good("monitor");
  const Outcome outcome = check(good, true);
  EXPECT_EQ(outcome.code, kExitOk);
  EXPECT_EQ(outcome.err, "");
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json.at("ok").get<bool>(), true);
  EXPECT_EQ(json.at("sends_orders").get<bool>(), false);
  EXPECT_EQ(json.at("policies").at(0).at("sleeves").at(0).at("low").get<double>(), 0.55);
  const auto& smith = json.at("portfolios").at(0);
  EXPECT_EQ(smith.at("nav").get<double>(), 1'901'000.0);
  EXPECT_EQ(smith.at("sleeves").at(2).at("sleeve").get<std::string>(), "real_estate");
  EXPECT_EQ(smith.at("sleeves").at(2).at("standing").get<std::string>(), "below");
  EXPECT_TRUE(json.at("complaints").empty());

  const ScratchDesk bad("monitor");
  bad.change("evenkeel.toml", "base = \"USD\"", "base = \"usd\"");
  const Outcome refused = check(bad, true);
  EXPECT_EQ(refused.code, kExitConfig);
  const auto complaint = nlohmann::json::parse(refused.out).at("complaints").at(0);
  EXPECT_EQ(complaint.at("severity").get<std::string>(), "error");
  EXPECT_EQ(complaint.at("file").get<std::string>(), "evenkeel.toml");
  EXPECT_EQ(complaint.at("line").get<int>(), 22);

  const ScratchDesk none;
  EXPECT_EQ(check(none, true).code, kExitUsage);
  const auto nothing = nlohmann::json::parse(check(none, true).out);
  EXPECT_EQ(nothing.at("ok").get<bool>(), false);
  EXPECT_FALSE(nothing.at("problem").get<std::string>().empty());
}

TEST(ExactDuration, UsesTheLargestUnitsThatFit) {
  EXPECT_EQ(exact_duration(0), "0s");
  EXPECT_EQ(exact_duration(250 * kMillisecond), "250ms");
  EXPECT_EQ(exact_duration(90 * kSecond), "1m30s");
  EXPECT_EQ(exact_duration(kHour + 1), "1h1ns");
}

}  // namespace
}  // namespace evenkeel::apps
