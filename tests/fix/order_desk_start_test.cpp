// Runs that start over recovered state: what is in doubt, what is over, what is forgotten, and what
// the journal's facts say of requests that may never have left.
#include <string>

#include "core/archive.hpp"
#include "tests/fix/order_desk_world.hpp"

namespace evenkeel::fix {
namespace {

using namespace evenkeel::fix::testing;  // NOLINT(google-build-using-namespace)

void start(World& world, std::uint64_t epoch) {
  Event event = Event::make(EventType::kEngineStart, SourceId{2});
  event.payload.start.epoch = epoch;
  world.give(event);
}

void attempt(World& world, OrderId id, std::uint32_t message,
             SendResultKind result = SendResultKind::kSent) {
  Event event = Event::make(EventType::kSendAttempt, World::kSession);
  event.payload.attempt.order_id = id;
  event.payload.attempt.message = message;
  event.payload.attempt.result = result;
  world.give(event);
}

std::string undecided_text(const World& world) {
  std::string all;
  for (const Intent& intent : world.desk->undecided()) {
    if (!all.empty()) all += "; ";
    all += intent_text(intent);
  }
  return all;
}

std::string states(const World& world) {
  std::string all;
  for (const Order& order : world.desk->orders()) {
    if (!all.empty()) all += ' ';
    all += order_state_name(order.state());
  }
  return all;
}

TEST(OrderDeskStartTest, OpenOrdersAreInDoubtAndAskedAboutAfterTheLogon) {
  World world;
  run(world, "SPY", R"(
submit SPY +100                 | pending_new             | 100 | 0  | new 1 buy 100@500.51
new 1 E1 0/100 new              | new                     | 100 | 0  |
trade 1 E2 40/60 partly 40@500  | partly_filled           | 60  | 40 |
submit SPY +50                  | partly_filled pending_new | 110 | 40 | new 2 buy 50@500.51
)");
  start(world, 8);
  EXPECT_EQ(intents_text(world), "!session: started again, 2 orders open");
  EXPECT_EQ(states(world), "unknown unknown");
  EXPECT_EQ(world.line("SPY").working_buy, quantity("110"));  // each at its worst
  EXPECT_EQ(world.touched.size(), 2u);
  EXPECT_FALSE(world.desk->logged_on());
  EXPECT_EQ(world.desk->counters().sessions_lost, 1u);
  run(world, "SPY", R"(
submit SPY +5                   | unknown unknown         | 110 | 40 | !limit: session_down
pass 60000                      | unknown unknown         | 110 | 40 |
logon                           | unknown unknown         | 110 | 40 | ask 1; ask 2
submit SPY +5                   | unknown unknown         | 110 | 40 | !limit: orders_unanswered 2 > 0
status 1 S1 40/60 partly        | partly_filled unknown   | 110 | 40 |
status 2 S2 0/0 rejected        | partly_filled rejected  | 60  | 40 | !rejected: never arrived
submit SPY +5                   | partly_filled rejected pending_new | 65 | 40 | new 3 buy 5@500.51
)");
  EXPECT_EQ(world.desk->counters().sent, 3u);
}

TEST(OrderDeskStartTest, ASecondCrashBeforeAnyLogonChangesNothing) {
  World world;
  say(world, "submit SPY +100");
  start(world, 8);
  start(world, 9);
  EXPECT_EQ(states(world), "unknown");
  EXPECT_EQ(world.desk->counters().sessions_lost, 1u);
  say(world, "logon");
  EXPECT_EQ(intents_text(world), "ask 1");
  say(world, "status 1 S1 0/100 new");
  EXPECT_EQ(states(world), "new");
  EXPECT_TRUE(world.desk->ready());
}

TEST(OrderDeskStartTest, TheHaltOfAnOrderlyEndIsOverAndOthersStay) {
  World world;
  say(world, "submit SPY +100");
  say(world, "halt beta");
  say(world, "shutdown");
  EXPECT_EQ(world.desk->halted(), AlertCode::kHalted);
  start(world, 8);
  EXPECT_EQ(world.desk->halted(), AlertCode::kNone);
  EXPECT_EQ(world.desk->halted(World::kBeta), AlertCode::kHalted);
  say(world, "shutdown");
  say(world, "shutdown");
  start(world, 9);
  EXPECT_EQ(world.desk->halted(), AlertCode::kNone);
  // The operator's halt came first, and only the operator takes it back.
  say(world, "halt");
  say(world, "shutdown");
  start(world, 10);
  EXPECT_EQ(world.desk->halted(), AlertCode::kHalted);
  say(world, "resume");
  EXPECT_EQ(world.desk->halted(), AlertCode::kNone);
}

TEST(OrderDeskStartTest, AHaltThatComesDuringTheEndOutlivesIt) {
  World world;
  say(world, "shutdown");
  say(world, "halt");
  start(world, 8);
  EXPECT_EQ(world.desk->halted(), AlertCode::kHalted);
  say(world, "resume");
  EXPECT_EQ(world.desk->halted(), AlertCode::kNone);
}

// --- old orders ---

TEST(OrderDeskStartTest, OrdersThatEndedLongAgoAreForgottenAndStillCount) {
  World world;
  run(world, "SPY", R"(
submit SPY +10                  | pending_new             | 10 | 0  | new 1 buy 10@500.51
trade 1 E1 10/0 filled 10@500   | filled                  | 0  | 10 |
submit SPY -4                   | filled pending_new      | -4 | 10 | new 2 sell 4@499.5
trade 2 E2 4/0 filled 4@500     | filled filled           | 0  | 6  |
)");
  world.pass(6 * kCalendarDay);
  run(world, "SPY", R"(
submit SPY +3                   | filled filled pending_new | 3 | 6 | new 3 buy 3@500.51
trade 3 E3 3/0 filled 3@500     | filled filled filled      | 0 | 9 |
)");
  start(world, 8);
  EXPECT_EQ(world.desk->orders().size(), 3u);  // not a week yet
  world.pass(2 * kCalendarDay);
  start(world, 9);
  EXPECT_EQ(world.desk->orders().size(), 1u);
  EXPECT_EQ(world.desk->counters().retired, 2u);
  EXPECT_EQ(world.desk->executions().size(), 1u);
  EXPECT_EQ(world.desk->retired_requests(), 2u);
  EXPECT_EQ(world.desk->find(1), nullptr);
  EXPECT_EQ(world.desk->find(2), nullptr);
  EXPECT_EQ(world.desk->state(2), OrderState::kNone);
  ASSERT_NE(world.desk->find(3), nullptr);
  EXPECT_EQ(world.desk->find(3)->id, 3u);
  EXPECT_EQ(world.desk->state(3), OrderState::kFilled);
  EXPECT_EQ(world.desk->executed(World::kAlpha, world.id("SPY")), quantity("9"));
  say(world, "logon");
  run(world, "SPY", R"(
# What the counterparty repeats: of what is kept a duplicate, of what is forgotten unknown; booked never.
trade 3 E3 3/0 filled 3@500 dup | filled                  | 0  | 9 |
trade 1 E1 10/0 filled 10@500 dup | filled                | 0  | 9 | !unknown execution: E1
trade 1 E1 10/0 filled 10@500 dup | filled                | 0  | 9 |
bust 2 B1 0/4 new ref=E2        | filled                  | 0  | 9 | !unknown execution: E2
# Numbers go on.
submit SPY +1                   | filled pending_new      | 1  | 9 | new 4 buy 1@500.51
trade 4 E4 1/0 filled 1@500     | filled filled           | 0  | 10 |
bust 3 B2 0/3 new ref=E3        | new filled              | 3  | 7 | !busted: E3
)");
  EXPECT_EQ(world.desk->counters().retired_reports, 1u);
  EXPECT_EQ(world.desk->counters().dont_know_trades, 0u);
  EXPECT_EQ(world.desk->counters().duplicates, 2u);
}

TEST(OrderDeskStartTest, AnOrderThatMattersKeepsThoseAfterIt) {
  World world;
  run(world, "SPY", R"(
submit SPY +10                  | pending_new             | 10 | 0  | new 1 buy 10@500.51
new 1 E1 0/10 new               | new                     | 10 | 0  |
submit SPY +20                  | new pending_new         | 30 | 0  | new 2 buy 20@500.51
new 2 E2 0/20 new               | new new                 | 30 | 0  |
)");
  // A cancel of the first is numbered after the second.
  world.command(Command::kCancelAll, PortfolioId::none(), 1);
  EXPECT_EQ(intents_text(world), "cancel 3/1");
  run(world, "SPY", R"(
canceled 3/1 E3 0/0 canceled    | canceled new            | 20 | 0  |
submit SPY +30                  | canceled new pending_new | 50 | 0  | new 4 buy 30@500.51
trade 4 E5 30/0 filled 30@500   | canceled new filled     | 20 | 30 |
)");
  world.pass(8 * kCalendarDay);
  start(world, 8);
  EXPECT_EQ(states(world), "unknown filled");  // the first is gone, the second is open
  EXPECT_EQ(world.desk->retired_requests(), 1u);
  EXPECT_EQ(world.desk->find(1), nullptr);
  EXPECT_EQ(world.desk->find(3), nullptr);  // its cancel, though its number is among those kept
  EXPECT_EQ(world.desk->find(2)->id, 2u);
  EXPECT_EQ(world.desk->find(4)->id, 4u);
  EXPECT_EQ(world.desk->open_orders(), 1u);
  say(world, "logon");
  EXPECT_EQ(intents_text(world), "ask 2");
  run(world, "SPY", R"(
status 2 S2 0/20 new            | new filled              | 20 | 30 |
trade 3/1 E9 5/5 partly 5@500   | new filled              | 20 | 30 | !unknown execution: E9
cancel_all                      | pending_cancel filled   | 20 | 30 | cancel 5/2
canceled 5/2 E6 0/0 canceled    | canceled filled         | 0  | 30 |
)");
  EXPECT_EQ(world.desk->counters().retired_reports, 1u);
  world.pass(8 * kCalendarDay);
  start(world, 9);
  EXPECT_TRUE(world.desk->orders().empty());
  EXPECT_TRUE(world.desk->executions().empty());
  EXPECT_EQ(world.desk->next_request_id(), 6u);
  EXPECT_EQ(world.desk->executed(World::kAlpha, world.id("SPY")), quantity("30"));
  say(world, "logon");
  say(world, "submit SPY +1");
  EXPECT_EQ(intents_text(world), "new 6 buy 1@500.51");
}

TEST(OrderDeskStartTest, TheTablesHoldAWeekOfALongLife) {
  OrderDeskConfig config = test_config();
  config.orders_max = 40;
  config.executions_max = 160;
  World world(wide_limits(), config);
  std::uint64_t epoch = 7;
  OrderId id = 0;
  for (int day = 0; day < 60; ++day) {
    start(world, ++epoch);
    say(world, "logon");
    for (int i = 0; i < 4; ++i) {
      ASSERT_TRUE(world.submit("SPY +1").accepted) << "day " << day;
      ++id;
      say(world, "trade " + std::to_string(id) + " E" + std::to_string(id) + " 1/0 filled 1@500");
    }
    world.pass(kCalendarDay);
  }
  EXPECT_EQ(world.desk->executed(World::kAlpha, world.id("SPY")), quantity("240"));
  EXPECT_EQ(world.line("SPY").quantity, quantity("1240"));
  EXPECT_EQ(world.desk->counters().halts, 0u);
  EXPECT_TRUE(world.audit());
}

TEST(OrderDeskStartTest, WhatIsRetiredSurvivesAsBytes) {
  World world;
  say(world, "submit SPY +10");
  attempt(world, 1, 12);
  say(world, "trade 1 E1 10/0 filled 10@500");
  world.pass(8 * kCalendarDay);
  start(world, 8);
  say(world, "logon");
  say(world, "submit SPY +1");
  std::string bytes;
  ArchiveWriter writer(bytes);
  writer(*world.desk);
  World other(wide_limits(), test_config(), false);
  ArchiveReader reader(bytes);
  reader(*other.desk);
  ASSERT_TRUE(reader.ok() && reader.at_end());
  EXPECT_EQ(other.desk->executed(World::kAlpha, world.id("SPY")), quantity("10"));
  EXPECT_EQ(other.desk->epochs(), world.desk->epochs());
  EXPECT_EQ(other.desk->last_sent_message(), 12u);
  EXPECT_EQ(other.desk->find(1), nullptr);
  EXPECT_EQ(other.desk->state(2), OrderState::kPendingNew);
  std::string again;
  ArchiveWriter second(again);
  second(*other.desk);
  EXPECT_EQ(again, bytes);
}

// --- epochs ---

TEST(OrderDeskStartTest, EachNumberKeepsItsEpoch) {
  World world;
  EXPECT_EQ(world.desk->epochs(), EpochTable(7));
  say(world, "submit SPY +1");
  say(world, "submit SPY +1");
  const EpochTable told = world.desk->epochs_for(8);
  start(world, 8);
  EXPECT_EQ(world.desk->epochs(), told);
  EXPECT_EQ(told.epoch_of(2), 7u);
  EXPECT_EQ(told.epoch_of(3), 8u);
  EXPECT_EQ(world.desk->epoch(), 8u);
}

TEST(OrderDeskStartTest, TheOldestEpochsLeaveUnlessAnOrderOfTheirsIsOpen) {
  World world;
  std::uint64_t epoch = 7;
  // An order in each run, all filled.
  for (std::size_t run = 1; run < EpochTable::kMax; ++run) {
    say(world, "logon");
    ASSERT_TRUE(world.submit("SPY +1").accepted);
    const std::string id = std::to_string(run);
    say(world, "trade " + id + " E" + id + " 1/0 filled 1@500");
    start(world, ++epoch);
  }
  EXPECT_TRUE(world.desk->epochs().full());
  say(world, "logon");
  ASSERT_TRUE(world.submit("SPY +1").accepted);  // open from here on
  start(world, ++epoch);
  EXPECT_EQ(world.desk->halted(), AlertCode::kNone);
  EXPECT_EQ(world.desk->epochs().entries().size(), 2u);
  EXPECT_EQ(world.desk->epochs().epoch_of(EpochTable::kMax), epoch - 1);
  EXPECT_EQ(world.desk->epochs().epoch_of(EpochTable::kMax + 1), epoch);
}

TEST(OrderDeskStartTest, AnEpochThatHasNoRoomHaltsTheDesk) {
  World world;
  std::uint64_t epoch = 7;
  for (std::size_t run = 1; run < EpochTable::kMax; ++run) {
    say(world, "logon");
    const std::string id = std::to_string(run);
    if (run > 1) say(world, "status 1 S" + id + " 0/1 new");
    ASSERT_TRUE(world.submit("SPY +1").accepted) << run;
    if (run > 1) say(world, "trade " + id + " E" + id + " 1/0 filled 1@500");
    start(world, ++epoch);
  }
  say(world, "logon");
  say(world, "status 1 S 0/1 new");
  ASSERT_TRUE(world.submit("SPY +1").accepted);
  EXPECT_NE(world.desk->epochs_for(epoch + 1).entries().back().epoch, epoch + 1);
  start(world, ++epoch);
  EXPECT_EQ(world.desk->halted(), AlertCode::kLimitBufferFull);
  // An epoch that is not beyond the last would name orders twice.
  World twice;
  say(twice, "submit SPY +1");
  start(twice, 7);
  EXPECT_NE(twice.desk->halted(), AlertCode::kNone);
}

// --- attempts ---

TEST(OrderDeskStartTest, AnAttemptIsNotedAndMovesNothing) {
  World world;
  say(world, "submit SPY +10");
  EXPECT_FALSE(world.desk->orders()[0].attempted);
  attempt(world, 1, 5);
  EXPECT_TRUE(world.touched.empty());
  EXPECT_EQ(intents_text(world), "");
  EXPECT_TRUE(world.desk->orders()[0].attempted);
  EXPECT_EQ(states(world), "pending_new");
  EXPECT_EQ(world.desk->last_sent_message(), 5u);
  attempt(world, 99, 6);  // of nothing we know: its number counts
  attempt(world, 0, 7, SendResultKind::kLost);
  EXPECT_EQ(world.desk->last_sent_message(), 7u);
  EXPECT_EQ(world.desk->last_sent_in_run(), 7u);
  EXPECT_EQ(world.desk->counters().attempts, 3u);
  start(world, 8);
  EXPECT_EQ(world.desk->last_sent_message(), 7u);
  EXPECT_EQ(world.desk->last_sent_in_run(), 0u);
}

TEST(OrderDeskStartTest, RequestsNotKnownToHaveLeftAreLookedIntoOnce) {
  World world;
  say(world, "submit SPY +10");
  say(world, "submit SPY +20");
  say(world, "submit SPY +30");
  say(world, "new 3 E3 0/30 new");
  EXPECT_EQ(undecided_text(world), "new 1 buy 10@500.51; new 2 buy 20@500.51");
  attempt(world, 1, 5);
  EXPECT_EQ(undecided_text(world), "new 2 buy 20@500.51");
  say(world, "cancel_all");  // 4, 5, 6
  EXPECT_EQ(undecided_text(world), "cancel 4/1; new 2 buy 20@500.51; cancel 5/2; cancel 6/3");
  attempt(world, 4, 6);
  attempt(world, 6, 7);
  EXPECT_EQ(undecided_text(world), "new 2 buy 20@500.51; cancel 5/2");
  say(world, "reject 5/2 new");
  EXPECT_EQ(undecided_text(world), "new 2 buy 20@500.51");
  start(world, 8);
  EXPECT_EQ(undecided_text(world), "");  // this start has looked; the next knows less
}

TEST(OrderDeskStartTest, WhatWasNeverSentEndsAndHaltsNobody) {
  OrderDeskConfig config = test_config();
  config.rejects_max = 2;
  World world(wide_limits(), config);
  for (int i = 0; i < 4; ++i) say(world, "submit SPY +10");
  start(world, 8);
  run(world, "SPY", R"(
expired 1 - 0/0 expired         | expired unknown unknown unknown | 30 | 0 |
expired 2 - 0/0 expired         | expired expired unknown unknown | 20 | 0 |
expired 3 - 0/0 expired         | expired expired expired unknown | 10 | 0 |
logon                           | expired expired expired unknown | 10 | 0 | ask 4
)");
  EXPECT_EQ(world.desk->halted(), AlertCode::kNone);
  EXPECT_EQ(world.desk->counters().rejected, 0u);
  EXPECT_EQ(world.desk->counters().expired, 3u);
}

// --- reconciliation ---

// Whatever is said of a filled quantity, it is compared with the sum of unique, unbusted
// executions; a difference halts the portfolio, and nothing of it is sent before the operator has
// looked.
TEST(OrderDeskStartTest, ASumThatDiffersHalts) {
  // clang-format off
  const struct { const char* report; const char* what; } cases[] = {
      {"new 1 N 7/3 new",                          "an acknowledgement"},
      {"trade 1 T 9/1 partly 3@500",               "a fill"},
      {"canceled 1 C 6/0 canceled",                "an end"},
      {"expired 1 C 4/0 expired",                  "an expiry"},
      {"status 1 S 6/4 partly",                    "a status"},
      {"bust 1 B 5/5 partly ref=E1",               "a bust"},
      {"correct 1 G 5/5 partly 4@500 ref=E1",      "a correction"},
      {"restated 1 R 6/4 partly",                  "a restatement"},
  };
  // clang-format on
  for (const auto& [report, what] : cases) {
    World world;
    say(world, "submit SPY +10");
    say(world, "new 1 E0 0/10 new");
    say(world, "trade 1 E1 5/5 partly 5@500");
    ASSERT_EQ(world.desk->counters().mismatches, 0u);
    say(world, report);
    EXPECT_EQ(world.desk->counters().mismatches, 1u) << what;
    EXPECT_EQ(world.desk->halted(World::kAlpha), AlertCode::kExecutionMismatch) << what;
    EXPECT_EQ(world.desk->orders()[0].state(), OrderState::kUnknown) << what;
    EXPECT_FALSE(world.submit("SPY +1").accepted) << what;
    EXPECT_TRUE(world.submit("SPY +1", World::kBeta).accepted) << what;
    // The position is what the executions sum up to, whatever was said.
    EXPECT_EQ(world.line("SPY").quantity - quantity("1000"),
              world.desk->executed(World::kAlpha, world.id("SPY")))
        << what;
  }
}

TEST(OrderDeskStartTest, AMissedFillShowsAfterARestart) {
  World world;
  say(world, "submit SPY +10");
  say(world, "new 1 E0 0/10 new");
  start(world, 8);
  say(world, "logon");
  // The fill itself never came: what the status says cannot be booked, and is not.
  say(world, "status 1 S 4/6 partly");
  EXPECT_EQ(world.desk->halted(World::kAlpha), AlertCode::kExecutionMismatch);
  EXPECT_EQ(world.line("SPY").quantity, quantity("1000"));
  EXPECT_EQ(states(world), "unknown");
}

}  // namespace
}  // namespace evenkeel::fix
