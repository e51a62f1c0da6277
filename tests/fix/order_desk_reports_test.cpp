// What arrives twice, out of order, wrong, or for nobody.
#include "tests/fix/order_desk_world.hpp"

namespace evenkeel::fix {
namespace {

using namespace evenkeel::fix::testing;  // NOLINT(google-build-using-namespace)

// --- twice ---

TEST(OrderDeskReportsTest, AnExecutionCountsOnce) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                              | pending_new   | 100 | 0   | new 1 buy 100@500.51
new 1 E1 0/100 new                           | new           | 100 | 0   |
trade 1 E2 40/60 partly 40@500.01            | partly_filled | 60  | 40  |
trade 1 E2 40/60 partly 40@500.01            | partly_filled | 60  | 40  |
trade 1 E2 40/60 partly 40@500.01 dup        | partly_filled | 60  | 40  |
# Old news after newer news is still old.
trade 1 E3 70/30 partly 30@500.01            | partly_filled | 30  | 70  |
trade 1 E2 40/60 partly 40@500.01 dup        | partly_filled | 30  | 70  |
new 1 E1 0/100 new dup                       | partly_filled | 30  | 70  |
# PossDup alone makes no duplicate: an ExecID not seen before is a fill.
trade 1 E4 80/20 partly 10@500.01 dup        | partly_filled | 20  | 80  |
# Two equal fills under two ids are two fills.
trade 1 E5 90/10 partly 10@500.01            | partly_filled | 10  | 90  |
)");
  EXPECT_EQ(world.desk->counters().duplicates, 4u);
  EXPECT_EQ(world.desk->counters().mismatches, 0u);
}

TEST(OrderDeskReportsTest, LongExecIdsAreComparedWhole) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                                                            | pending_new   | 100 | 0   | new 1 buy 100@500.51
trade 1 0123456789012345678901234567890123456789 40/60 partly 40@500.01    | partly_filled | 60  | 40  |
trade 1 0123456789012345678901234567890123456788 80/20 partly 40@500.01    | partly_filled | 20  | 80  |
trade 1 012345678901234567890123456789012345678 90/10 partly 10@500.01     | partly_filled | 10  | 90  |
trade 1 0123456789012345678901234567890123456789 40/60 partly 40@500.01    | partly_filled | 10  | 90  |
)");
}

TEST(OrderDeskReportsTest, OneIdForTwoDifferentFillsHalts) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                              | pending_new   | 100 | 0   | new 1 buy 100@500.51
trade 1 E2 40/60 partly 40@500.01            | partly_filled | 60  | 40  |
trade 1 E2 70/30 partly 30@500.01            | partly_filled | 60  | 40  | !duplicate: E2
)");
  EXPECT_EQ(world.desk->halted(World::kAlpha), AlertCode::kDuplicateExecution);
  EXPECT_EQ(world.desk->halted(World::kBeta), AlertCode::kNone);
  EXPECT_EQ(world.desk->counters().conflicting_duplicates, 1u);
}

// --- busts and corrections ---

TEST(OrderDeskReportsTest, ABustUnwindsItsFillExactly) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                              | pending_new   | 100 | 0   | new 1 buy 100@500.51
new 1 E1 0/100 new                           | new           | 100 | 0   |
trade 1 E2 40/60 partly 40@500.01            | partly_filled | 60  | 40  |
trade 1 E3 70/30 partly 30@499.87            | partly_filled | 30  | 70  |
bust 1 E4 30/70 partly ref=E2                | partly_filled | 70  | 30  | !busted: E2
bust 1 E4 30/70 partly ref=E2 dup            | partly_filled | 70  | 30  |
bust 1 E5 0/100 new ref=E3                   | new           | 100 | 0   | !busted: E3
)");
  EXPECT_EQ(world.line("USD").quantity, quantity("1000000"));
  EXPECT_EQ(world.desk->orders()[0].filled_value, Money{});
  EXPECT_EQ(world.desk->counters().busted, 2u);
}

TEST(OrderDeskReportsTest, ABustOfACompleteOrderOpensItAgainOrNot) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                              | pending_new          | 100 | 0   | new 1 buy 100@500.51
trade 1 E2 100/0 filled 100@500.01           | filled               | 0   | 100 |
# The counterparty puts the order back on the book.
bust 1 E3 0/100 new ref=E2                   | new                  | 100 | 0   | !busted: E2
trade 1 E4 100/0 filled 100@500.01           | filled               | 0   | 100 |
# Or it does not.
bust 1 E5 0/0 canceled ref=E4                | canceled             | 0   | 0   | !busted: E4
submit SPY +10                               | canceled pending_new | 10  | 0   | new 2 buy 10@500.51
trade 2 E6 10/0 filled 10@500.01             | canceled filled      | 0   | 10  |
bust 2 E7 0/0 filled ref=E6                  | canceled canceled    | 0   | 0   | !busted: E6
)");
  EXPECT_EQ(world.desk->open_orders(), 0u);
  EXPECT_EQ(world.desk->counters().mismatches, 0u);
}

TEST(OrderDeskReportsTest, CorrectionsReplaceTheFillTheyName) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                              | pending_new   | 100 | 0   | new 1 buy 100@500.51
trade 1 E2 40/60 partly 40@500.01            | partly_filled | 60  | 40  |
correct 1 E3 40/60 partly 40@500.11 ref=E2   | partly_filled | 60  | 40  | !corrected: E2
# A correction of the correction, in quantity.
correct 1 E4 25/75 partly 25@500.11 ref=E3   | partly_filled | 75  | 25  | !corrected: E3
)");
  EXPECT_EQ(world.line("USD").quantity, quantity("987497.25"));  // 25 x 500.11
  run(world, "SPY", R"(
# Busting any of them busts the fill.
bust 1 E5 0/100 new ref=E3                   | new           | 100 | 0   | !busted: E3
)");
}

TEST(OrderDeskReportsTest, ABustWithoutAClOrdIdIsFoundByItsFill) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                              | pending_new   | 100 | 0   | new 1 buy 100@500.51
trade 1 E2 40/60 partly 40@500.01            | partly_filled | 60  | 40  |
bust 0 E3 0/100 new ref=E2                   | new           | 100 | 0   | !busted: E2
)");
}

TEST(OrderDeskReportsTest, BustsThatMakeNoSenseHaltAndMoveNothing) {
  struct Row {
    const char* what;
    const char* message;
    const char* intents;
  };
  const Row rows[] = {
      {"of a fill never seen", "bust 1 E9 40/60 partly ref=NONE", "!unknown execution: NONE"},
      {"of nothing", "bust 1 E9 40/60 partly", "!unknown execution"},
      {"of an acknowledgement", "bust 1 E9 40/60 partly ref=E1", "!unknown execution: E1"},
      {"again, under another id", "bust 1 E9 40/60 partly ref=E3",
       "!mismatch: adjusts a busted fill; ask 1"},
      {"of another order's fill", "bust 2 E9 40/60 partly ref=E2",
       "!mismatch: adjusts another order's fill; ask 1"},
      {"correction to nothing", "correct 1 E9 40/60 partly 0@500.01 ref=E2",
       "!mismatch: correction not plausible; ask 1"},
      {"correction to a price of zero", "correct 1 E9 40/60 partly 40@0 ref=E2",
       "!mismatch: correction not plausible; ask 1"},
      {"correction to too much", "correct 1 E9 40/60 partly 300@500.01 ref=E2",
       "!mismatch: correction not plausible; ask 1"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    World world;
    for (const char* message : {"submit SPY +100", "new 1 E1 0/100 new", "submit SPY +100",
                                "trade 1 E3 30/70 partly 30@500.01", "bust 1 E4 0/100 new ref=E3",
                                "trade 1 E2 40/60 partly 40@500.01"}) {
      say(world, message);
    }
    ASSERT_EQ(world.desk->counters().mismatches, 0u);
    const Quantity cash = world.line("USD").quantity;
    say(world, row.message);
    EXPECT_EQ(intents_text(world), row.intents);
    EXPECT_EQ(world.desk->executed(World::kAlpha, world.id("SPY")), quantity("40"));
    EXPECT_EQ(world.line("USD").quantity, cash);
    EXPECT_NE(world.desk->halted(World::kAlpha), AlertCode::kNone);
    EXPECT_TRUE(world.audit());
  }
}

// --- disagreement ---

TEST(OrderDeskReportsTest, QuantitiesThatDisagreeHaltAndAsk) {
  struct Row {
    const char* what;
    const char* message;
    const char* executed;
    const char* working;
    const char* intents;
  };
  // Before each: order 1 for 100, 40 filled.
  const Row rows[] = {
      {"a fill was missed", "trade 1 E9 90/10 partly 30@500.01", "70", "30",
       "!mismatch: cum_qty 90, ours 70; ask 1"},
      {"a fill is not known there", "trade 1 E9 30/70 partly 30@500.01", "70", "70",
       "!mismatch: cum_qty 30, ours 70; ask 1"},
      {"more is open than we think", "trade 1 E9 70/60 partly 30@500.01", "70", "60",
       "!mismatch: leaves_qty 60, ours 30; ask 1"},
      {"filled, but not all of it", "trade 1 E9 70/0 filled 30@500.01", "70", "30",
       "!mismatch: filled 70, ours 100; ask 1"},
      {"cancelled with more filled than we know", "canceled 1 E9 50/0 canceled", "40", "60",
       "!mismatch: cum_qty 50, ours 40; ask 1"},
      {"cancelled with something open", "canceled 1 E9 40/60 partly", "40", "60",
       "!mismatch: leaves_qty 60, ours 0; ask 1"},
      {"acknowledged with fills we do not know", "new 1 E9 60/40 partly", "40", "60",
       "!mismatch: cum_qty 60, ours 40; ask 1"},
      {"rejected after a fill", "rejected 1 E9 40/0 rejected", "40", "60",
       "!mismatch: rejected after a fill; ask 1"},
      {"filled beyond the order", "trade 1 E9 110/0 filled 70@500.01", "110", "0",
       "!mismatch: overfilled 110, ours 100; ask 1"},
      {"a fill of the other side", "trade 1 E9 70/30 partly 30@500.01 side=sell", "40", "60",
       "!mismatch: fill of something else; ask 1"},
      {"a fill of another instrument", "trade 1 E9 70/30 partly 30@500.01 symbol=AGG", "40", "60",
       "!mismatch: fill of something else; ask 1"},
      {"a fill of nothing", "trade 1 E9 40/60 partly 0@500.01", "40", "60",
       "!mismatch: fill not plausible; ask 1"},
      {"a negative fill", "trade 1 E9 30/70 partly -10@500.01", "40", "70",
       "!mismatch: fill not plausible; ask 1"},
      {"a fill for nothing", "trade 1 E9 70/30 partly 30@0", "40", "60",
       "!mismatch: fill not plausible; ask 1"},
      {"a fill at an absurd price", "trade 1 E9 70/30 partly 30@9000000", "40", "60",
       "!mismatch: fill not plausible; ask 1"},
      {"a fill of an absurd quantity", "trade 1 E9 9000000/0 filled 8999960@500.01", "40", "60",
       "!mismatch: fill not plausible; ask 1"},
      {"a fill without an ExecID", "trade 1 - 70/30 partly 30@500.01", "40", "60",
       "!mismatch: fill not plausible; ask 1"},
      {"negative leaves", "suspended 1 E9 40/-60 suspended", "40", "60",
       "!mismatch: leaves_qty -60, ours 60; ask 1"},
      {"absurd leaves", "suspended 1 E9 40/9000000000000 suspended", "40", "100",
       "!mismatch: leaves_qty 9000000000000, ours"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    World world;
    say(world, "submit SPY +100");
    say(world, "trade 1 E1 40/60 partly 40@500.01");
    say(world, row.message);
    EXPECT_EQ(world.desk->executed(World::kAlpha, world.id("SPY")), quantity(row.executed));
    EXPECT_EQ(world.line("SPY").quantity, quantity("1000") + quantity(row.executed));
    EXPECT_EQ(world.line("SPY").working_buy, quantity(row.working));
    EXPECT_EQ(intents_text(world).substr(0, std::string(row.intents).size()), row.intents);
    EXPECT_EQ(world.desk->halted(World::kAlpha), AlertCode::kExecutionMismatch);
    EXPECT_EQ(world.desk->halted(World::kBeta), AlertCode::kNone);
    EXPECT_EQ(world.desk->state(1), OrderState::kUnknown);
    EXPECT_TRUE(world.audit());
    EXPECT_FALSE(world.submit("SPY +1").accepted);
  }
}

TEST(OrderDeskReportsTest, AnAnswerThatAgreesEndsTheDoubtButNotTheHalt) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                              | pending_new   | 100 | 0   | new 1 buy 100@500.51
trade 1 E1 40/60 partly 40@500.01            | partly_filled | 60  | 40  |
# 20 are missing. They come late; the order stays in doubt until it is answered for.
trade 1 E3 70/30 partly 10@500.01            | unknown       | 50  | 50  | !mismatch: cum_qty 70, ours 50; ask 1
trade 1 E2 70/30 partly 20@500.01            | unknown       | 30  | 70  |
status 1 S1 70/30 partly                     | partly_filled | 30  | 70  |
)");
  EXPECT_EQ(world.desk->halted(World::kAlpha), AlertCode::kExecutionMismatch);
  EXPECT_EQ(world.submit("SPY +1").blocked_by, AlertCode::kLimitHalted);
  say(world, "resume alpha");
  EXPECT_TRUE(world.submit("SPY +1").accepted);
}

TEST(OrderDeskReportsTest, AnAnswerThatDisagreesIsNotAskedForAgain) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                              | pending_new   | 100 | 0   | new 1 buy 100@500.51
trade 1 E3 70/30 partly 10@500.01            | unknown       | 90  | 10  | !mismatch: cum_qty 70, ours 10; ask 1
status 1 S1 70/30 partly                     | unknown       | 90  | 10  | !mismatch: cum_qty 70, ours 10
pass 60000                                   | unknown       | 90  | 10  |
)");
}

TEST(OrderDeskReportsTest, AClosedOrderSaidToBeOpenCountsAgain) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                              | pending_new   | 100 | 0   | new 1 buy 100@500.51
canceled 1 E1 0/0 canceled                   | canceled      | 0   | 0   | !rejected: cancelled by the counterparty
# Unasked, it may be an old answer that comes late: it is asked about.
status 1 S1 0/100 new                        | unknown       | 100 | 0   | !mismatch: leaves_qty 100, ours 0; ask 1
status 1 S2 0/0 canceled                     | canceled      | 0   | 0   |
# A late fill that says the rest is still open.
trade 1 E2 10/90 partly 10@500.01            | unknown       | 90  | 10  | !mismatch: leaves_qty 90, ours 0; ask 1
)");
}

TEST(OrderDeskReportsTest, AFillBeyondTheLimitPriceCountsAndHalts) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                              | pending_new   | 100 | 0   | new 1 buy 100@500.51
trade 1 E1 40/60 partly 40@500.52            | partly_filled | 60  | 40  | !mismatch: price 500.52 beyond limit
)");
  EXPECT_EQ(world.desk->halted(World::kAlpha), AlertCode::kExecutionMismatch);
  World seller;
  run(seller, "SPY", R"(
submit SPY -100                              | pending_new   | -100 | 0   | new 1 sell 100@499.5
trade 1 E1 40/60 partly 40@499.50            | partly_filled | -60  | -40 |
trade 1 E2 80/20 partly 40@499.49            | partly_filled | -20  | -80 | !mismatch: price 499.49 beyond limit
)");
}

// --- for nobody ---

TEST(OrderDeskReportsTest, AnExecutionOfNoOrderOfOursIsRefusedOnce) {
  World world;
  run(world, "SPY", R"(
trade 0 X1 40/60 partly 40@500.01 symbol=SPY |  | 0 | 0 | !unknown execution: X1; dk X1
trade 0 X1 40/60 partly 40@500.01 symbol=SPY |  | 0 | 0 |
# A number never given.
trade 77 X2 40/60 partly 40@500.01           |  | 0 | 0 | !unknown execution: X2; dk X2
# Not a fill: nothing to refuse.
new 77 X3 0/100 new                          |  | 0 | 0 | !unknown execution: X3
bust 0 X4 0/0 canceled ref=X1                |  | 0 | 0 | !unknown execution: X1
reject 77/76 new                             |  | 0 | 0 | !cancel: of an unknown request
)");
  EXPECT_EQ(world.desk->counters().dont_know_trades, 2u);
  EXPECT_EQ(world.desk->executions()[0].state, ExecutionState::kRefused);
  const Event stranger = execution(world, "trade 0 X9 1/0 filled 1@1");
  Event beyond = stranger;
  beyond.subject = 4'000'000;
  beyond.payload.execution.exec_id.assign("X10");
  world.give(beyond);
  EXPECT_FALSE(world.out.intents()[0].instrument.valid());
}

TEST(OrderDeskReportsTest, ANumberNotOursIsNotLookedUpByTheOrderItReplaces) {
  World world;
  say(world, "submit SPY +100");
  say(world, "trade 99/1 E1 40/60 partly 40@500.01");
  EXPECT_EQ(intents_text(world), "!unknown execution: E1; dk E1");
  // With only the original number given, it is that order's.
  say(world, "trade 0/1 E2 40/60 partly 40@500.01");
  EXPECT_EQ(world.desk->orders()[0].filled, quantity("40"));
}

TEST(OrderDeskReportsTest, AReportOfNoKindIsCounted) {
  World world;
  say(world, "submit SPY +100");
  Event event = execution(world, "new 1 E1 0/100 new");
  event.payload.execution.exec_type = ExecType::kNone;
  world.give(event);
  EXPECT_EQ(world.desk->counters().malformed, 1u);
  EXPECT_EQ(world.desk->state(1), OrderState::kPendingNew);
}

// --- too many ---

TEST(OrderDeskReportsTest, RejectsInShortOrderHaltTheDesk) {
  OrderDeskConfig config = test_config();
  config.rejects_max = 3;
  config.rejects_within = kMinute;
  World world(wide_limits(), config);
  const auto reject_one = [&](OrderId id) {
    EXPECT_TRUE(world.submit("SPY +1").accepted);
    const std::string number = std::to_string(id);
    say(world, "rejected " + number + " R" + number + " 0/0 rejected");
  };
  reject_one(1);
  world.pass(31 * kSecond);
  reject_one(2);
  world.pass(30 * kSecond);
  reject_one(3);  // the first is more than a minute ago
  EXPECT_EQ(world.desk->halted(), AlertCode::kNone);
  reject_one(4);
  EXPECT_EQ(intents_text(world), "!rejected: rejected; !halt: 3 rejects in short order");
  EXPECT_EQ(world.desk->halted(), AlertCode::kOrderRejected);
  EXPECT_EQ(world.submit("SPY +1", World::kBeta).blocked_by, AlertCode::kLimitHalted);
  say(world, "resume");
  EXPECT_TRUE(world.submit("SPY +1").accepted);
}

TEST(OrderDeskReportsTest, TheLogFillsUpFailingClosed) {
  OrderDeskConfig config = test_config();
  config.executions_max = 8;
  World world(wide_limits(), config);
  say(world, "submit SPY +100");
  const auto trade = [&](int n) {
    say(world, "trade 1 E" + std::to_string(n) + " " + std::to_string(n) + "/" +
                   std::to_string(100 - n) + " partly 1@500.01");
  };
  for (int n = 1; n <= 6; ++n) trade(n);
  EXPECT_EQ(world.desk->halted(), AlertCode::kNone);
  trade(7);
  EXPECT_EQ(intents_text(world), "!halt: execution log nearly full");
  EXPECT_EQ(world.desk->halted(), AlertCode::kLimitBufferFull);
  say(world, "suspended 1 X1 7/93 suspended");  // acted on, not remembered
  EXPECT_EQ(world.desk->state(1), OrderState::kSuspended);
  EXPECT_EQ(world.desk->executions().size(), 7u);
  trade(8);
  EXPECT_EQ(world.line("SPY").quantity, quantity("1008"));
  trade(9);  // cannot be remembered, so cannot be counted
  EXPECT_EQ(intents_text(world), "!mismatch: execution log full; ask 1");
  EXPECT_EQ(world.line("SPY").quantity, quantity("1008"));
  EXPECT_EQ(world.desk->counters().executions_lost, 1u);
  trade(8);  // still known
  EXPECT_EQ(world.desk->counters().duplicates, 1u);
  EXPECT_TRUE(world.audit());
}

TEST(OrderDeskReportsTest, AFullIntentBufferLosesNoFill) {
  World world;
  world.out = IntentBuffer(1);
  say(world, "submit SPY +100");
  say(world, "trade 1 E1 90/10 partly 40@500.01");  // a mismatch: an alert and a question
  EXPECT_EQ(intents_text(world), "!mismatch: cum_qty 90, ours 40");
  EXPECT_EQ(world.line("SPY").quantity, quantity("1040"));
  world.give(Event::make(EventType::kClock, SourceId{2}));
  EXPECT_EQ(intents_text(world), "ask 1");  // as soon as there is room
}

TEST(OrderDeskReportsTest, TouchedIsWhomItIsAbout) {
  World world;
  world.submit("SPY +100", World::kBeta);
  say(world, "trade 1 E1 40/60 partly 40@500.01");
  EXPECT_EQ(world.touched, std::vector<PortfolioId>{World::kBeta});
  say(world, "trade 1 E1 40/60 partly 40@500.01");
  EXPECT_TRUE(world.touched.empty());
  EXPECT_EQ(world.line("SPY", World::kBeta).quantity, quantity("1040"));
  EXPECT_EQ(world.line("SPY", World::kAlpha).quantity, quantity("1000"));
}

}  // namespace
}  // namespace evenkeel::fix
