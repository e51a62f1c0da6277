// Once it stands, the rule set asks the heap for nothing: not when quiet, not when it fires, not
// for second steps, alerts, timers or samples of volatility.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tests/rules/heap_count.hpp"
#include "tests/rules/test_desk.hpp"

namespace evenkeel::rules {
namespace {

using testing::heap_count;
using testing::TestDesk;

/// Takes what is proposed into the book by hand, so that nothing but the rules runs in between.
void exercise(const char* action) {
  TestDesk desk;
  desk.share("EQ");
  desk.share("DEBT");
  desk.future("FA", "10");
  desk.future("FB", "10");
  const bool overlay = std::string(action) == "futures_overlay";
  const ModelId model =
      desk.policy("name = 'heap'\naction = '" + std::string(action) +
                  "'\nband = '5pp'\n[sleeves.equity]\ntarget = '60%'\ninstruments = ['EQ']\n" +
                  (overlay ? "hedge = ['FA']\n" : "") +
                  "[sleeves.debt]\ntarget = '40%'\ninstruments = ['DEBT']\n" +
                  (overlay ? "hedge = ['FB']\n" : "") +
                  "[volatility]\ninstruments = ['EQ']\nsample = '1s'\nlambda = 0.9\nwarm_up = 2\n"
                  "when_above = '900%'\nuntil_below = '400%'\ntarget.equity = '40%'\n");
  const PortfolioId p = desk.portfolio(model, {{"EQ", "6000"}, {"DEBT", "4000"}});
  desk.start();
  for (const char* symbol : {"EQ", "DEBT", "FA", "FB"}) desk.quote(symbol, "100");
  ProposalBuffer out(64, 4096);
  std::uint64_t spent = 0;
  for (int i = 0; i < 200; ++i) {
    Event event = Event::make(EventType::kQuote, SourceId{0}, desk.id("EQ").value);
    event.ts = desk.now += kSecond;
    event.sequence = ++desk.sequence;
    event.payload.quote.bid = event.payload.quote.ask = Price::from_whole(i % 20 < 10 ? 140 : 100);
    event.payload.quote.bid_size = event.payload.quote.ask_size =
        Quantity::from_whole(i % 7 == 0 ? 0 : 1);
    if (desk.market->apply(event)) desk.book->reprice(event.instrument(), [](PortfolioId) {});
    const View view{desk.instruments, *desk.market, *desk.book, event.ts, event.sequence};
    out.clear();
    const std::uint64_t before = *heap_count();
    desk.rules->evaluate(view, p, out);
    desk.rules->observe(view, event, out);
    for (const Proposal& proposal : out.proposals())
      desk.rules->on_submitted(view, proposal, {true, AlertCode::kNone, {}});
    spent += *heap_count() - before;
    // Every proposal is filled at once.
    for (const Proposal& proposal : out.proposals()) {
      if (proposal.alert != AlertCode::kNone) continue;
      for (const ProposalLine& line : out.lines(proposal))
        desk.book->apply_fill(p, line.instrument, line.quantity, line.reference_price);
    }
  }
  EXPECT_EQ(spent, 0U) << action;
  const RuleCounters& counters = desk.rules->counters();
  if (std::string(action) != "monitor") {
    EXPECT_GT(counters.proposals, 5U) << action;
  }
  if (std::string(action) == "cash") {
    EXPECT_GT(counters.completions, 2U);
  }
  if (std::string(action) == "monitor") {
    EXPECT_GT(counters.suspensions, 0U) << "a breach that nobody cures meets an unsound quote";
  }
}

TEST(Allocation, NoneOnceTheRulesStand) {
  if (!heap_count()) GTEST_SKIP() << "a sanitizer owns the heap here; the other builds count";
  for (const char* action : {"cash", "futures_overlay", "monitor"}) exercise(action);
}

}  // namespace
}  // namespace evenkeel::rules
