// The life of an order, as FIX scripts: one message a line, and after it the state of each order,
// the working and the executed quantity, and what the desk asked for.
#include "tests/fix/order_desk_world.hpp"

namespace evenkeel::fix {
namespace {

using namespace evenkeel::fix::testing;  // NOLINT(google-build-using-namespace)

TEST(OrderDeskStatesTest, FilledInTwoParts) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                              | pending_new   | 100 | 0   | new 1 buy 100@500.51
pending_new 1 E0 0/100 pending_new           | pending_new   | 100 | 0   |
new 1 E1 0/100 new                           | new           | 100 | 0   |
trade 1 E2 40/60 partly 40@500.01            | partly_filled | 60  | 40  |
trade 1 E3 100/0 filled 60@500.02            | filled        | 0   | 100 |
)");
  // 40 x 500.01 + 60 x 500.02
  EXPECT_EQ(world.line("USD").quantity, quantity("949998.40"));
  EXPECT_EQ(world.desk->orders()[0].filled_value, money("50001.6"));
  EXPECT_EQ(world.desk->counters().partial_fills, 1u);
  EXPECT_EQ(world.desk->counters().filled, 1u);
  EXPECT_EQ(world.desk->open_orders(), 0u);
}

TEST(OrderDeskStatesTest, SellsWorkNegative) {
  World world;
  run(world, "SPY", R"(
submit SPY -100                              | pending_new   | -100 | 0    | new 1 sell 100@499.5
new 1 E1 0/100 new                           | new           | -100 | 0    |
trade 1 E2 40/60 partly 40@499.99            | partly_filled | -60  | -40  |
trade 1 E3 100/0 filled 60@499.98            | filled        | 0    | -100 |
)");
}

TEST(OrderDeskStatesTest, FuturesMoveCostAndNoCash) {
  World world;
  run(world, "ES", R"(
submit ES -2                                 | pending_new   | -2 | 0  | new 1 sell 2@4995
new 1 E1 0/2 new                             | new           | -2 | 0  |
trade 1 E2 2/0 filled 2@5000.00              | filled        | 0  | -2 |
)");
  EXPECT_EQ(world.line("USD").quantity, quantity("1000000"));
  EXPECT_EQ(world.line("ES").cost, money("-500000"));
}

TEST(OrderDeskStatesTest, FillBeforeTheAcknowledgement) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                              | pending_new   | 100 | 0   | new 1 buy 100@500.51
trade 1 E2 40/60 partly 40@500.01            | partly_filled | 60  | 40  |
# The acknowledgement was overtaken: its CumQty was right when it was written.
new 1 E1 0/100 new                           | partly_filled | 60  | 40  |
trade 1 E3 100/0 filled 60@500.01            | filled        | 0   | 100 |
pending_new 1 E0 0/100 pending_new           | filled        | 0   | 100 |
)");
  EXPECT_EQ(world.desk->counters().stale_reports, 2u);
}

TEST(OrderDeskStatesTest, Rejected) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                              | pending_new | 100 | 0 | new 1 buy 100@500.51
rejected 1 E1 0/0 rejected reason=3          | rejected    | 0   | 0 | !rejected: rejected, reason 3
# Said again under the same ExecID: nothing.
rejected 1 E1 0/0 rejected reason=3 dup      | rejected    | 0   | 0 |
)");
  EXPECT_EQ(world.desk->counters().rejected, 1u);
  EXPECT_EQ(world.desk->counters().duplicates, 1u);
  EXPECT_EQ(world.desk->halted(World::kAlpha), AlertCode::kNone);
}

TEST(OrderDeskStatesTest, CancelledByTheOperator) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                              | pending_new    | 100 | 0  | new 1 buy 100@500.51
new 1 E1 0/100 new                           | new            | 100 | 0  |
cancel_all alpha                             | pending_cancel | 100 | 0  | cancel 2/1
pending_cancel 2/1 E2 0/100 pending_cancel   | pending_cancel | 100 | 0  |
canceled 2/1 E3 0/0 canceled                 | canceled       | 0   | 0  |
)");
  EXPECT_EQ(world.desk->counters().unsolicited_cancels, 0u);
}

TEST(OrderDeskStatesTest, FillsWhileACancelIsPending) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                              | pending_new    | 100 | 0  | new 1 buy 100@500.51
new 1 E1 0/100 new                           | new            | 100 | 0  |
cancel_all                                   | pending_cancel | 100 | 0  | cancel 2/1
trade 1 E2 30/70 pending_cancel 30@500.01    | pending_cancel | 70  | 30 |
# The fill may be told under the number of the cancel.
trade 2/1 E3 50/50 pending_cancel 20@500.01  | pending_cancel | 50  | 50 |
canceled 2/1 E4 50/0 canceled                | canceled       | 0   | 50 |
)");
}

TEST(OrderDeskStatesTest, TooLateToCancel) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                              | pending_new    | 100 | 0   | new 1 buy 100@500.51
new 1 E1 0/100 new                           | new            | 100 | 0   |
cancel_all                                   | pending_cancel | 100 | 0   | cancel 2/1
# Pending cancel outranks filled in OrdStatus, and nothing is left.
trade 1 E2 100/0 pending_cancel 100@500.01   | filled         | 0   | 100 |
reject 2/1 filled reason=0                   | filled         | 0   | 100 |
)");
}

TEST(OrderDeskStatesTest, CancelRejectedWhileTheOrderLives) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                              | pending_new    | 100 | 0  | new 1 buy 100@500.51
new 1 E1 0/100 new                           | new            | 100 | 0  |
trade 1 E2 10/90 partly 10@500.01            | partly_filled  | 90  | 10 |
cancel_all                                   | pending_cancel | 90  | 10 | cancel 2/1
reject 2/1 partly reason=2                   | partly_filled  | 90  | 10 | !cancel: cancel rejected, reason 2
reject 2/1 partly reason=2                   | partly_filled  | 90  | 10 |
# It is asked again, not at once.
pass 4000                                    | partly_filled  | 90  | 10 |
pass 1000                                    | pending_cancel | 90  | 10 | cancel 3/1
canceled 3/1 E3 10/0 canceled                | canceled       | 0   | 10 |
)");
}

TEST(OrderDeskStatesTest, CancelRejectThatSaysTheOrderIsOverMakesItUnknown) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                              | pending_new    | 100 | 0   | new 1 buy 100@500.51
new 1 E1 0/100 new                           | new            | 100 | 0   |
cancel_all                                   | pending_cancel | 100 | 0   | cancel 2/1
reject 2/1 filled reason=0                   | unknown        | 100 | 0   | !cancel: cancel rejected, reason 0; ask 1
trade 1 E2 100/0 filled 100@500.01           | filled         | 0   | 100 |
)");
}

TEST(OrderDeskStatesTest, LateFillAfterTheCancel) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                              | pending_new    | 100 | 0  | new 1 buy 100@500.51
new 1 E1 0/100 new                           | new            | 100 | 0  |
cancel_all                                   | pending_cancel | 100 | 0  | cancel 2/1
canceled 2/1 E2 0/0 canceled                 | canceled       | 0   | 0  |
trade 1 E3 25/0 canceled 25@500.01           | canceled       | 0   | 25 | !unknown execution: fill after canceled
)");
  EXPECT_EQ(world.desk->counters().late_fills, 1u);
  EXPECT_EQ(world.desk->halted(World::kAlpha), AlertCode::kNone);
}

TEST(OrderDeskStatesTest, UnsolicitedCancelExpiryAndDoneForDay) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                              | pending_new                       | 100 | 0 | new 1 buy 100@500.51
new 1 E1 0/100 new                           | new                               | 100 | 0 |
canceled 1 E2 0/0 canceled                   | canceled                          | 0   | 0 | !rejected: cancelled by the counterparty
submit SPY +50                               | canceled pending_new              | 50  | 0 | new 2 buy 50@500.51
expired 2 E3 0/0 expired                     | canceled expired                  | 0   | 0 |
submit SPY +10                               | canceled expired pending_new      | 10  | 0 | new 3 buy 10@500.51
trade 3 E4 4/6 partly 4@500.01               | canceled expired partly_filled    | 6   | 4 |
done 3 E5 4/0 done                           | canceled expired done_for_day     | 0   | 4 |
)");
  EXPECT_EQ(world.desk->counters().unsolicited_cancels, 1u);
}

TEST(OrderDeskStatesTest, AnImmediateOrderEndsWithoutAlarm) {
  OrderDeskConfig config = test_config();
  config.time_in_force = TimeInForce::kImmediateOrCancel;
  World world(wide_limits(), config);
  run(world, "SPY", R"(
submit SPY +100                              | pending_new    | 100 | 0  | new 1 buy 100@500.51
trade 1 E1 60/40 partly 60@500.01            | partly_filled  | 40  | 60 |
canceled 1 E2 60/0 canceled                  | canceled       | 0   | 60 |
)");
}

TEST(OrderDeskStatesTest, SuspendedCountsAndComesBack) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                              | pending_new | 100 | 0 | new 1 buy 100@500.51
new 1 E1 0/100 new                           | new         | 100 | 0 |
suspended 1 E2 0/100 suspended               | suspended   | 100 | 0 |
new 1 E3 0/100 new                           | new         | 100 | 0 |
stopped 1 E4 0/100 new                       | new         | 100 | 0 |
)");
}

TEST(OrderDeskStatesTest, RestatedToLessButNeverToMore) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                              | pending_new | 100 | 0 | new 1 buy 100@500.51
new 1 E1 0/100 new                           | new         | 100 | 0 |
restated 1 E2 0/100 new                      | new         | 100 | 0 |
restated 1 E3 0/60 new                       | new         | 60  | 0 | !rejected: quantity restated
restated 1 E4 0/80 new                       | unknown     | 60  | 0 | !mismatch: restated 80, ours 60; ask 1
)");
  EXPECT_EQ(world.desk->halted(World::kAlpha), AlertCode::kExecutionMismatch);
}

// --- replacing ---

OrderDeskConfig repricing() {
  OrderDeskConfig config = test_config();
  config.reprice_after = 2 * kSecond;
  config.reprices_max = 2;
  return config;
}

TEST(OrderDeskStatesTest, TheOldOrderLivesUntilReplaced) {
  World world(wide_limits(), repricing());
  run(world, "SPY", R"(
submit SPY +100                              | pending_new     | 100 | 0   | new 1 buy 100@500.51
new 1 E1 0/100 new                           | new             | 100 | 0   |
quote SPY 500.99 501.01                      | new             | 100 | 0   |
pass 1000                                    | new             | 100 | 0   |
pass 1000                                    | pending_replace | 100 | 0   | replace 2/1 @501.51
pending_replace 2/1 E2 0/100 pending_replace | pending_replace | 100 | 0   |
# Filled under its old number while the replace is pending.
trade 1 E3 30/70 pending_replace 30@500.50   | pending_replace | 70  | 30  |
replaced 2/1 E4 30/70 partly                 | partly_filled   | 70  | 30  |
trade 2 E5 100/0 filled 70@501.01            | filled          | 0   | 100 |
)");
  EXPECT_EQ(world.desk->state(1), OrderState::kReplaced);
  EXPECT_EQ(world.desk->state(2), OrderState::kFilled);
  EXPECT_EQ(world.desk->orders()[0].limit_price, price("501.51"));
}

TEST(OrderDeskStatesTest, RepricesAreCounted) {
  World world(wide_limits(), repricing());
  run(world, "SPY", R"(
submit SPY +100                              | pending_new     | 100 | 0   | new 1 buy 100@500.51
new 1 E1 0/100 new                           | new             | 100 | 0   |
# Still marketable: left alone.
pass 3000                                    | new             | 100 | 0   |
quote SPY 500.99 501.01                      | new             | 100 | 0   |
pass 2000                                    | pending_replace | 100 | 0   | replace 2/1 @501.51
replaced 2/1 E2 0/100 new                    | new             | 100 | 0   |
quote SPY 502.99 503.01                      | new             | 100 | 0   |
pass 2000                                    | pending_replace | 100 | 0   | replace 3/2 @503.51
replaced 3/2 E3 0/100 new                    | new             | 100 | 0   |
quote SPY 504.99 505.01                      | new             | 100 | 0   |
# Two were allowed.
pass 9000                                    | new             | 100 | 0   |
cancel_all                                   | pending_cancel  | 100 | 0   | cancel 4/3
canceled 4/3 E4 0/0 canceled                 | canceled        | 0   | 0   |
)");
}

TEST(OrderDeskStatesTest, ARejectedReplaceLeavesTheOrderAsItWas) {
  World world(wide_limits(), repricing());
  run(world, "SPY", R"(
submit SPY +100                              | pending_new     | 100 | 0   | new 1 buy 100@500.51
new 1 E1 0/100 new                           | new             | 100 | 0   |
quote SPY 500.99 501.01                      | new             | 100 | 0   |
pass 2000                                    | pending_replace | 100 | 0   | replace 2/1 @501.51
reject 2/1 new reason=99                     | new             | 100 | 0   | !cancel: replace rejected, reason 99
pass 2000                                    | pending_replace | 100 | 0   | replace 3/1 @501.51
# Some say it with an execution report.
rejected 3/1 E3 0/0 rejected reason=99       | new             | 100 | 0   | !cancel: replace rejected, reason 99
)");
  EXPECT_EQ(world.desk->state(2), OrderState::kRejected);
  EXPECT_EQ(world.desk->counters().rejected, 0u);
}

TEST(OrderDeskStatesTest, ACancelWaitsForThePendingReplace) {
  World world(wide_limits(), repricing());
  run(world, "SPY", R"(
submit SPY +100                              | pending_new     | 100 | 0   | new 1 buy 100@500.51
new 1 E1 0/100 new                           | new             | 100 | 0   |
quote SPY 500.99 501.01                      | new             | 100 | 0   |
pass 2000                                    | pending_replace | 100 | 0   | replace 2/1 @501.51
cancel_all                                   | pending_replace | 100 | 0   |
replaced 2/1 E2 0/100 new                    | pending_cancel  | 100 | 0   | cancel 3/2
canceled 3/2 E3 0/0 canceled                 | canceled        | 0   | 0   |
)");
}

TEST(OrderDeskStatesTest, CancelAfterATime) {
  OrderDeskConfig config = test_config();
  config.cancel_after = 30 * kSecond;
  World world(wide_limits(), config);
  run(world, "SPY", R"(
submit SPY +100                              | pending_new     | 100 | 0   | new 1 buy 100@500.51
new 1 E1 0/100 new                           | new             | 100 | 0   |
pass 29000                                   | new             | 100 | 0   |
pass 1000                                    | pending_cancel  | 100 | 0   | cancel 2/1
)");
  EXPECT_EQ(world.out.intents()[0].cause.trigger, Trigger::kTimeout);
  EXPECT_EQ(world.out.intents()[0].cause.proposal, world.desk->orders()[0].cause.proposal);
}

}  // namespace
}  // namespace evenkeel::fix
