// Sessions that come and go, requests that nobody answers, and the operator.
#include "tests/fix/order_desk_world.hpp"

namespace evenkeel::fix {
namespace {

using namespace evenkeel::fix::testing;  // NOLINT(google-build-using-namespace)

TEST(OrderDeskSessionTest, NothingBeforeTheStartAndTheLogon) {
  World world(wide_limits(), test_config(), false);
  EXPECT_EQ(world.submit("SPY +1").blocked_by, AlertCode::kLimitHalted);
  Event start = Event::make(EventType::kEngineStart, SourceId{2});
  start.payload.start.epoch = 42;
  world.give(start);
  EXPECT_EQ(world.desk->epoch(), 42u);
  EXPECT_EQ(world.submit("SPY +1").blocked_by, AlertCode::kLimitSessionDown);
  world.session(SessionState::kConnected);
  EXPECT_EQ(world.submit("SPY +1").blocked_by, AlertCode::kLimitSessionDown);
  world.session(SessionState::kLoggedOn);
  EXPECT_EQ(world.touched.size(), 2u);  // every portfolio may trade now
  EXPECT_TRUE(world.desk->ready());
  EXPECT_TRUE(world.submit("SPY +1").accepted);
  start.payload.start.epoch = 43;
  world.give(start);
  EXPECT_EQ(world.desk->epoch(), 43u);
  EXPECT_FALSE(world.desk->ready());  // another run: its session is yet to come
}

TEST(OrderDeskSessionTest, AfterAReconnectEveryOpenOrderIsAskedFor) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                 | pending_new                                   | 100 | 0   | new 1 buy 100@500.51
new 1 E1 0/100 new              | new                                           | 100 | 0   |
submit SPY +50                  | new pending_new                               | 150 | 0   | new 2 buy 50@500.51
submit SPY +10                  | new pending_new pending_new                   | 160 | 0   | new 3 buy 10@500.51
trade 3 E2 10/0 filled 10@500.0 | new pending_new filled                        | 150 | 10  |
lost                            | unknown unknown filled                        | 150 | 10  | !session: session lost, 2 orders open
submit SPY +5                   | unknown unknown filled                        | 150 | 10  | !limit: session_down
pass 60000                      | unknown unknown filled                        | 150 | 10  |
logon                           | unknown unknown filled                        | 150 | 10  | ask 1; ask 2
submit SPY +5                   | unknown unknown filled                        | 150 | 10  | !limit: orders_unanswered 2 > 0
# What was missed comes first, under the numbers it had.
trade 1 E3 40/60 partly 40@500  | unknown unknown filled                        | 110 | 50  |
status 1 S1 40/60 partly        | partly_filled unknown filled                  | 110 | 50  |
submit SPY +5                   | partly_filled unknown filled                  | 110 | 50  |
# The second never arrived.
status 2 S2 0/0 rejected        | partly_filled rejected filled                 | 60  | 50  | !rejected: never arrived
submit SPY +5                   | partly_filled rejected filled pending_new     | 65  | 50  | new 4 buy 5@500.51
)");
  EXPECT_EQ(world.desk->counters().status_requests, 2u);
  EXPECT_EQ(world.desk->counters().sent, 4u);
  EXPECT_TRUE(world.desk->ready());
}

TEST(OrderDeskSessionTest, TheLastAnswerGivesEveryPortfolioLeaveToTrade) {
  World world;
  say(world, "submit SPY +100");
  say(world, "lost");
  say(world, "logon");
  EXPECT_TRUE(world.touched.empty());
  say(world, "status 1 S1 0/0 canceled");
  EXPECT_EQ(world.touched.size(), 2u);
}

TEST(OrderDeskSessionTest, AnEndToldInTheResendIsAnAnswer) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                 | pending_new | 100 | 0   | new 1 buy 100@500.51
lost                            | unknown     | 100 | 0   | !session: session lost, 1 orders open
logon                           | unknown     | 100 | 0   | ask 1
# An acknowledgement from before the loss is not.
new 1 E1 0/100 new              | unknown     | 100 | 0   |
trade 1 E2 100/0 filled 100@500 | filled      | 0   | 100 |
)");
  EXPECT_TRUE(world.desk->ready());
}

TEST(OrderDeskSessionTest, AnOrderNobodyAnswersForHaltsItsPortfolioAlone) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                 | pending_new | 100 | 0 | new 1 buy 100@500.51
lost                            | unknown     | 100 | 0 | !session: session lost, 1 orders open
logon                           | unknown     | 100 | 0 | ask 1
pass 14000                      | unknown     | 100 | 0 |
pass 1000                       | unknown     | 100 | 0 | !order unknown: status request unanswered; ask 1
)");
  EXPECT_EQ(world.desk->halted(World::kAlpha), AlertCode::kOrderUnknown);
  EXPECT_EQ(world.submit("SPY +5", World::kBeta).accepted, true);
  run(world, "SPY", R"(
# Asked again from time to time, without another alert, for as long as it takes.
pass 15000                      | unknown unknown         | 100 | 0 | !order unknown: no answer to a request; ask 1; ask 2
status 1 S1 0/100 new           | new unknown             | 100 | 0 |
)");
  // Known again, but nobody has said go.
  EXPECT_EQ(world.submit("SPY +5").blocked_by, AlertCode::kLimitHalted);
}

TEST(OrderDeskSessionTest, ALossWhileAskingStartsOver) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                 | pending_new | 100 | 0 | new 1 buy 100@500.51
lost                            | unknown     | 100 | 0 | !session: session lost, 1 orders open
logon                           | unknown     | 100 | 0 | ask 1
lost                            | unknown     | 100 | 0 | !session: session lost, 1 orders open
pass 60000                      | unknown     | 100 | 0 |
logon                           | unknown     | 100 | 0 | ask 1
status 1 S1 0/100 new           | new         | 100 | 0 |
)");
  EXPECT_TRUE(world.desk->ready());
}

TEST(OrderDeskSessionTest, WithoutRoomTheQuestionsGoOutOneByOne) {
  World world;
  say(world, "submit SPY +1");
  say(world, "submit SPY +2");
  say(world, "submit SPY +3");
  say(world, "lost");
  world.out = IntentBuffer(1);
  say(world, "logon");
  EXPECT_EQ(intents_text(world), "ask 1");
  world.give(Event::make(EventType::kClock, SourceId{2}));
  EXPECT_EQ(intents_text(world), "ask 2");
  world.give(Event::make(EventType::kClock, SourceId{2}));
  EXPECT_EQ(intents_text(world), "ask 3");
}

// --- requests without an answer ---

TEST(OrderDeskSessionTest, ANewOrderWithoutAnAnswerIsAskedForNotSentAgain) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                 | pending_new | 100 | 0 | new 1 buy 100@500.51
pass 4999                       | pending_new | 100 | 0 |
pass 1                          | unknown     | 100 | 0 | !order unknown: no answer to a request; ask 1
pass 1000                       | unknown     | 100 | 0 |
# Fresh evidence ends this doubt.
new 1 E1 0/100 new              | new         | 100 | 0 |
pass 60000                      | new         | 100 | 0 |
)");
  EXPECT_EQ(world.desk->counters().sent, 1u);
}

TEST(OrderDeskSessionTest, AnAnswerOfPendingStartsTheWaitAgain) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                      | pending_new | 100 | 0 | new 1 buy 100@500.51
pass 4000                            | pending_new | 100 | 0 |
pending_new 1 E1 0/100 pending_new   | pending_new | 100 | 0 |
pass 4000                            | pending_new | 100 | 0 |
pass 1000                            | unknown     | 100 | 0 | !order unknown: no answer to a request; ask 1
status 1 S1 0/100 pending_new        | pending_new | 100 | 0 |
)");
}

TEST(OrderDeskSessionTest, ACancelThatWasNeverTakenIsAskedForAgain) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                 | pending_new    | 100 | 0 | new 1 buy 100@500.51
new 1 E1 0/100 new              | new            | 100 | 0 |
cancel_all                      | pending_cancel | 100 | 0 | cancel 2/1
pass 5000                       | unknown        | 100 | 0 | !order unknown: no answer to a request; ask 1
# The answer shows no pending cancel: known again, and then cancelled again.
status 1 S1 0/100 new           | pending_cancel | 100 | 0 | cancel 3/1
canceled 2/1 E2 0/0 canceled    | canceled       | 0   | 0 |
)");
}

TEST(OrderDeskSessionTest, ACancelIsGivenUpAfterSoManyTries) {
  OrderDeskConfig config = test_config();
  config.cancels_max = 2;
  World world(wide_limits(), config);
  run(world, "SPY", R"(
submit SPY +100                 | pending_new    | 100 | 0 | new 1 buy 100@500.51
new 1 E1 0/100 new              | new            | 100 | 0 |
cancel_all                      | pending_cancel | 100 | 0 | cancel 2/1
reject 2/1 new                  | new            | 100 | 0 | !cancel: cancel rejected
pass 5000                       | pending_cancel | 100 | 0 | cancel 3/1
reject 3/1 new                  | new            | 100 | 0 | !cancel: cancel rejected
pass 5000                       | new            | 100 | 0 | !cancel: cancel given up
pass 5000                       | new            | 100 | 0 |
cancel_all                      | new            | 100 | 0 | !cancel: cancel given up
)");
}

OrderDeskConfig repricing() {
  OrderDeskConfig config = test_config();
  config.reprice_after = 2 * kSecond;
  return config;
}

TEST(OrderDeskSessionTest, AnAnswerFromBeforeARequestSaysNothingOfIt) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                 | pending_new    | 100 | 0 | new 1 buy 100@500.51
lost                            | unknown        | 100 | 0 | !session: session lost, 1 orders open
cancel_all                      | unknown        | 100 | 0 |
logon                           | unknown        | 100 | 0 | ask 1; cancel 2/1
# Asked before the cancel: the cancel is still on its way.
status 1 S1 0/100 new           | pending_cancel | 100 | 0 |
status 1 S2 0/100 new           | pending_cancel | 100 | 0 |
canceled 2/1 E1 0/0 canceled    | canceled       | 0   | 0 |
)");
}

TEST(OrderDeskSessionTest, AReplaceInFlightIsNotTakenForLostByAnOldAnswer) {
  World world(wide_limits(), repricing());
  run(world, "SPY", R"(
submit SPY +100                 | pending_new     | 100 | 0   | new 1 buy 100@500.51
lost                            | unknown         | 100 | 0   | !session: session lost, 1 orders open
logon                           | unknown         | 100 | 0   | ask 1
lost                            | unknown         | 100 | 0   | !session: session lost, 1 orders open
logon                           | unknown         | 100 | 0   | ask 1
status 1 S1 0/100 new           | new             | 100 | 0   |
quote SPY 502.99 503.01         | new             | 100 | 0   |
pass 2000                       | pending_replace | 100 | 0   | replace 2/1 @503.51
status 1 S2 0/100 new           | pending_replace | 100 | 0   |
replaced 2/1 E1 0/100 new       | new             | 100 | 0   |
trade 2 E2 100/0 filled 100@503 | filled          | 0   | 100 |
)");
}

TEST(OrderDeskSessionTest, AReplaceWithoutAnAnswerIsFirstAskedForByItsNewNumber) {
  World world(wide_limits(), repricing());
  run(world, "SPY", R"(
submit SPY +100                 | pending_new     | 100 | 0 | new 1 buy 100@500.51
new 1 E1 0/100 new              | new             | 100 | 0 |
quote SPY 500.99 501.01         | new             | 100 | 0 |
pass 2000                       | pending_replace | 100 | 0 | replace 2/1 @501.51
pass 5000                       | unknown         | 100 | 0 | !order unknown: no answer to a request; ask 2
status 2 S1 0/100 new           | new             | 100 | 0 |
)");
  EXPECT_EQ(world.desk->orders()[0].current_id, 2u);
  EXPECT_EQ(world.desk->orders()[0].limit_price, price("501.51"));
}

TEST(OrderDeskSessionTest, AReplaceThatNeverArrivedLeavesTheOldOrderToBeAskedFor) {
  World world(wide_limits(), repricing());
  run(world, "SPY", R"(
submit SPY +100                 | pending_new     | 100 | 0 | new 1 buy 100@500.51
new 1 E1 0/100 new              | new             | 100 | 0 |
quote SPY 500.99 501.01         | new             | 100 | 0 |
pass 2000                       | pending_replace | 100 | 0 | replace 2/1 @501.51
lost                            | unknown         | 100 | 0 | !session: session lost, 1 orders open
logon                           | unknown         | 100 | 0 | ask 2
status 2 S1 0/0 rejected        | unknown         | 100 | 0 | ask 1
status 1 S2 0/100 new           | new             | 100 | 0 |
)");
  EXPECT_EQ(world.desk->orders()[0].current_id, 1u);
  // Should it be taken after all, it is taken as it was asked.
  say(world, "replaced 2/1 E9 0/100 new");
  EXPECT_EQ(world.desk->orders()[0].current_id, 2u);
  EXPECT_EQ(world.desk->orders()[0].limit_price, price("501.51"));
}

TEST(OrderDeskSessionTest, AReplaceThoughtLostMayStillTrade) {
  World world(wide_limits(), repricing());
  run(world, "SPY", R"(
submit SPY +100                      | pending_new     | 100 | 0   | new 1 buy 100@500.51
new 1 E1 0/100 new                   | new             | 100 | 0   |
quote SPY 502.99 503.01              | new             | 100 | 0   |
pass 2000                            | pending_replace | 100 | 0   | replace 2/1 @503.51
pass 5000                            | unknown         | 100 | 0   | !order unknown: no answer to a request; ask 2
status 1 S1 0/100 new                | new             | 100 | 0   |
quote SPY 501.49 501.51              | new             | 100 | 0   |
pass 2000                            | pending_replace | 100 | 0   | replace 3/1 @502.01
# The first was taken after all: its price is one we sent.
replaced 2/1 E2 0/100 new            | pending_replace | 100 | 0   |
trade 2 E3 40/60 partly 40@503.40    | pending_replace | 60  | 40  |
)");
  EXPECT_EQ(world.desk->counters().mismatches, 0u);
  // And the cash it may cost is still promised: 60 x 503.51 of what 40 x 503.40 have left.
  EXPECT_EQ(world.desk->orders()[0].committed, money("30210.6"));
}

TEST(OrderDeskSessionTest, AGraveDoubtIsNotEndedByALightAnswer) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                      | pending_new | 100 | 0  | new 1 buy 100@500.51
trade 1 E1 60/40 partly 40@500.01    | unknown     | 60  | 40 | !mismatch: cum_qty 60, ours 40; ask 1
cancel_all                           | unknown     | 60  | 40 | cancel 2/1
reject 2/1 filled                    | unknown     | 60  | 40 | !cancel: cancel rejected; ask 1
new 1 E2 40/60 partly                | unknown     | 60  | 40 |
status 1 S1 40/60 partly             | partly_filled | 60 | 40 |
)");
}

TEST(OrderDeskSessionTest, AnOrderInDoubtIsNeverReplaced) {
  World world(wide_limits(), repricing());
  run(world, "SPY", R"(
submit SPY +100                 | pending_new     | 100 | 0 | new 1 buy 100@500.51
new 1 E1 0/100 new              | new             | 100 | 0 |
quote SPY 500.99 501.01         | new             | 100 | 0 |
lost                            | unknown         | 100 | 0 | !session: session lost, 1 orders open
logon                           | unknown         | 100 | 0 | ask 1
pass 9000                       | unknown         | 100 | 0 |
)");
}

TEST(OrderDeskSessionTest, AnAcknowledgedOrderSaidNotToExistStaysAtItsWorst) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                 | pending_new | 100 | 0 | new 1 buy 100@500.51
new 1 E1 0/100 new              | new         | 100 | 0 |
lost                            | unknown     | 100 | 0 | !session: session lost, 1 orders open
logon                           | unknown     | 100 | 0 | ask 1
status 1 S1 0/0 rejected        | unknown     | 100 | 0 | !mismatch: said to be unknown
)");
  EXPECT_EQ(world.desk->halted(World::kAlpha), AlertCode::kExecutionMismatch);
  EXPECT_TRUE(world.desk->ready());  // it is answered for; the others may trade
}

TEST(OrderDeskSessionTest, AnAnswerWithoutAStatusIsNone) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                 | pending_new | 100 | 0 | new 1 buy 100@500.51
lost                            | unknown     | 100 | 0 | !session: session lost, 1 orders open
logon                           | unknown     | 100 | 0 | ask 1
status 1 S1 0/100 -             | unknown     | 100 | 0 |
)");
  EXPECT_FALSE(world.desk->ready());
}

// --- the operator ---

TEST(OrderDeskSessionTest, HaltAndResume) {
  World world;
  say(world, "halt alpha");
  EXPECT_EQ(intents_text(world), "!halt: halted");
  EXPECT_EQ(world.touched, std::vector<PortfolioId>{World::kAlpha});
  EXPECT_EQ(world.submit("SPY +1").blocked_by, AlertCode::kLimitHalted);
  EXPECT_TRUE(world.submit("SPY +1", World::kBeta).accepted);
  say(world, "resume");  // the desk, which was not halted
  EXPECT_FALSE(world.submit("SPY +1").accepted);
  say(world, "resume alpha");
  EXPECT_TRUE(world.submit("SPY +1").accepted);
  say(world, "halt");
  EXPECT_FALSE(world.desk->ready());
  EXPECT_EQ(world.submit("SPY +1", World::kBeta).blocked_by, AlertCode::kLimitHalted);
  say(world, "resume");
  EXPECT_EQ(world.touched.size(), 2u);
  EXPECT_TRUE(world.submit("SPY +1", World::kBeta).accepted);
}

TEST(OrderDeskSessionTest, CancelAllOfOnePortfolioOrOfOneOrder) {
  World world;
  world.submit("SPY +1");
  world.submit("SPY +2", World::kBeta);
  world.submit("AGG +3");
  world.command(Command::kCancelAll, World::kAlpha);
  EXPECT_EQ(intents_text(world), "cancel 4/1; cancel 5/3");
  world.command(Command::kCancelAll, PortfolioId::none(), 2);
  EXPECT_EQ(intents_text(world), "cancel 6/2");
  EXPECT_EQ(world.out.intents()[0].cause.trigger, Trigger::kCommand);
  world.command(Command::kCancelAll, PortfolioId::none(), 99);
  EXPECT_EQ(intents_text(world), "");
}

TEST(OrderDeskSessionTest, ShutdownHaltsCancelsAndIsFinal) {
  World world;
  world.submit("SPY +1");
  world.submit("SPY +2", World::kBeta);
  say(world, "shutdown");
  EXPECT_EQ(intents_text(world), "!halt: shutting down; cancel 3/1; cancel 4/2");
  say(world, "canceled 3/1 E1 0/0 canceled");
  EXPECT_EQ(world.desk->open_orders(), 1u);
  say(world, "canceled 4/2 E2 0/0 canceled");
  EXPECT_EQ(world.desk->open_orders(), 0u);
  say(world, "resume");
  EXPECT_EQ(world.submit("SPY +1").blocked_by, AlertCode::kLimitHalted);
  EXPECT_EQ(world.desk->counters().bad_commands, 1u);
}

TEST(OrderDeskSessionTest, TheOperatorMayCancelWhatIsInDoubt) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                 | pending_new    | 100 | 0 | new 1 buy 100@500.51
lost                            | unknown        | 100 | 0 | !session: session lost, 1 orders open
cancel_all                      | unknown        | 100 | 0 |
logon                           | unknown        | 100 | 0 | ask 1; cancel 2/1
canceled 2/1 E1 0/0 canceled    | canceled       | 0   | 0 |
)");
}

TEST(OrderDeskSessionTest, CommandsThatMakeNoSenseAreCounted) {
  World world;
  world.command(Command::kHalt, PortfolioId{17});
  world.command(Command::kNone);
  EXPECT_EQ(world.desk->counters().bad_commands, 2u);
  EXPECT_TRUE(world.submit("SPY +1").accepted);
}

}  // namespace
}  // namespace evenkeel::fix
