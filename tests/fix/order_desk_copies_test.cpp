// What a drop-copy session tells beside what the order session tells: the same, something else, or
// nothing in time. Whatever comes, no position moves by a copy.

#include "core/archive.hpp"
#include "tests/fix/order_desk_world.hpp"

namespace evenkeel::fix {
namespace {

using testing::intents_text;
using testing::quantity;
using testing::say;
using testing::World;

constexpr SourceId kCopies{9};

OrderDeskConfig comparing(std::uint32_t copies_max = 64) {
  OrderDeskConfig config = testing::test_config();
  config.drop_copy = kCopies;
  config.copy_overdue = 10 * kSecond;
  config.copies_max = copies_max;
  config.ack_timeout = kHour;
  return config;
}

class OrderDeskCopies : public ::testing::Test {
 protected:
  void SetUp() override {
    session(SessionState::kLoggedOn);
    world_.submit("SPY +100");
    say(world_, "new 1 A1 0/100 new");
  }
  OrderDesk& desk() { return *world_.desk; }
  const OrderDeskCounters& counts() { return desk().counters(); }
  AlertCode halted(PortfolioId id = World::kAlpha) { return desk().halted(id); }
  void session(SessionState state) {
    Event event = Event::make(EventType::kSessionStatus, kCopies);
    event.payload.session.state = state;
    world_.give(event);
  }
  /// A report as `execution` has it, copied: account alpha, a buy of SPY, unless told otherwise.
  Event copy_of(std::string_view text, std::uint32_t account = 1) {
    Event event = testing::execution(world_, text);
    event.source = kCopies;
    ExecutionPayload& report = event.payload.execution;
    report.copied_account = account;
    if (report.side == Side::kNone) report.side = Side::kBuy;
    if (!event.instrument().valid()) event.subject = world_.id("SPY").value;
    return event;
  }
  void copy(std::string_view text, std::uint32_t account = 1) {
    world_.give(copy_of(text, account));
  }
  /// One fill, and its copy as `text` has it: the alerts.
  std::string compared(std::string_view text, std::uint32_t account = 1) {
    say(world_, "trade 1 E1 40/60 partly 40@500.02");
    copy(text, account);
    return intents_text(world_);
  }
  void expect_quiet() {
    EXPECT_EQ(halted(), AlertCode::kNone);
    EXPECT_EQ(desk().halted(), AlertCode::kNone);
    EXPECT_EQ(counts().halts, 0u);
    EXPECT_EQ(desk().copies_awaited(), 0u);
    EXPECT_EQ(desk().copies_ahead(), 0u);
  }
  Quantity executed() { return desk().executed(World::kAlpha, world_.id("SPY")); }

  World world_{testing::wide_limits(), comparing()};
};

constexpr const char* kFill = "trade 1 E1 40/60 partly 40@500.02";

TEST_F(OrderDeskCopies, TheSameIsMatchedAndMovesNothing) {
  say(world_, kFill);
  EXPECT_EQ(desk().copies_awaited(), 1u);
  copy(kFill);
  EXPECT_EQ(intents_text(world_), "");
  EXPECT_EQ(counts().copies_matched, 1u);
  EXPECT_EQ(executed(), quantity("40"));
  EXPECT_EQ(desk().orders()[0].filled, quantity("40"));
  EXPECT_TRUE(world_.audit());
  expect_quiet();
  world_.pass(kMinute);
  expect_quiet();
}

TEST_F(OrderDeskCopies, TheCopyMayComeFirst) {
  copy(kFill);
  EXPECT_EQ(desk().copies_ahead(), 1u);
  EXPECT_EQ(executed(), Quantity{});
  EXPECT_TRUE(desk().orders()[0].filled.is_zero());
  say(world_, kFill);
  EXPECT_EQ(counts().copies_matched, 1u);
  EXPECT_EQ(executed(), quantity("40"));
  world_.pass(kMinute);
  expect_quiet();
}

TEST_F(OrderDeskCopies, ARepetitionIsCountedAndNoMore) {
  copy(kFill);
  copy(kFill);
  EXPECT_EQ(counts().copies_repeated, 1u);
  say(world_, kFill);
  copy(kFill);
  EXPECT_EQ(counts().copies_repeated, 2u);
  EXPECT_EQ(counts().copies_matched, 1u);
  expect_quiet();
}

TEST_F(OrderDeskCopies, AnAccountThatIsNotGivenIsThatOfTheOrder) {
  EXPECT_EQ(compared(kFill, kAccountNotGiven), "");
  expect_quiet();
}

struct Difference {
  const char* copy;
  std::uint32_t account;
  const char* alerts;
};

class OrderDeskDifferences : public OrderDeskCopies,
                             public ::testing::WithParamInterface<Difference> {};

TEST_P(OrderDeskDifferences, HaltsAndShowsBothSides) {
  EXPECT_EQ(compared(GetParam().copy, GetParam().account), GetParam().alerts);
  EXPECT_EQ(halted(), AlertCode::kCopyMismatch);
  EXPECT_EQ(counts().copies_different, 1u);
  EXPECT_EQ(executed(), quantity("40"));
  const auto intents = world_.out.intents();
  ASSERT_EQ(intents.size(), 2u);
  EXPECT_EQ(intents[0].quantity, quantity("40"));
  EXPECT_EQ(intents[0].limit_price, testing::price("500.02"));
  EXPECT_EQ(intents[0].portfolio, World::kAlpha);
  EXPECT_EQ(intents[1].quantity, copy_of(GetParam().copy).payload.execution.last_quantity);
  EXPECT_EQ(intents[1].limit_price, copy_of(GetParam().copy).payload.execution.last_price);
}

INSTANTIATE_TEST_SUITE_P(
    EachField, OrderDeskDifferences,
    ::testing::Values(Difference{"trade 1 E1 40/60 partly 39@500.02", 1,
                                 "!copy differs: qty: copy 39, order 40; !copy differs: E1"},
                      Difference{
                          "trade 1 E1 40/60 partly 40@500.03", 1,
                          "!copy differs: price: copy 500.03, order 500.02; !copy differs: E1"},
                      Difference{"trade 1 E1 40/60 partly 40@500.02 side=sell", 1,
                                 "!copy differs: side: copy sell, order buy; !copy differs: E1"},
                      Difference{"trade 1 E1 40/60 partly 40@500.02 symbol=AGG", 1,
                                 "!copy differs: symbol: copy AGG, order SPY; !copy differs: E1"},
                      Difference{"trade 1 E1 40/60 partly 40@500.02", 2,
                                 "!copy differs: account differs; !copy differs: E1"},
                      Difference{"trade 1 E1 40/60 partly 40@500.02", kAccountForeign,
                                 "!copy differs: account differs; !copy differs: E1"}));

TEST_F(OrderDeskCopies, ADifferenceIsFoundWhenTheCopyWasFirst) {
  copy("trade 1 E1 40/60 partly 39@500.02");
  EXPECT_EQ(halted(), AlertCode::kNone);
  say(world_, kFill);
  EXPECT_EQ(halted(), AlertCode::kCopyMismatch);
  EXPECT_EQ(halted(World::kBeta), AlertCode::kNone);
  EXPECT_EQ(executed(), quantity("40"));
}

TEST_F(OrderDeskCopies, AnotherAccountOfOursHaltsBoth) {
  compared(kFill, 2);
  EXPECT_EQ(halted(), AlertCode::kCopyMismatch);
  EXPECT_EQ(halted(World::kBeta), AlertCode::kCopyMismatch);
}

TEST_F(OrderDeskCopies, TwoCopiesOfOneExecIdHalt) {
  copy(kFill);
  copy("trade 1 E1 40/60 partly 41@500.02");
  EXPECT_EQ(halted(), AlertCode::kCopyMismatch);
  EXPECT_EQ(intents_text(world_), "!copy differs: one ExecID, two copies; !copy differs: E1");
}

TEST_F(OrderDeskCopies, AFillWithoutACopyHaltsInTime) {
  say(world_, kFill);
  world_.pass(10 * kSecond - 1);
  EXPECT_EQ(halted(), AlertCode::kNone);
  world_.pass(1);
  EXPECT_EQ(halted(), AlertCode::kCopyMissing);
  EXPECT_EQ(intents_text(world_), "!copy missing: not on the drop copy; !copy missing: E1");
  EXPECT_EQ(counts().copies_overdue, 1u);
  world_.pass(kMinute);
  EXPECT_EQ(intents_text(world_), "") << "told once";
  copy(kFill);
  EXPECT_EQ(counts().copies_matched, 1u) << "late is better than never; people resume";
  EXPECT_EQ(halted(), AlertCode::kCopyMissing);
}

TEST_F(OrderDeskCopies, ACopyWithoutAFillHaltsInTime) {
  copy(kFill);
  world_.pass(10 * kSecond - 1);
  EXPECT_EQ(halted(), AlertCode::kNone);
  world_.pass(1);
  EXPECT_EQ(halted(), AlertCode::kCopyMissing);
  EXPECT_EQ(intents_text(world_), "!copy missing: only on the drop copy; !copy missing: E1");
  EXPECT_EQ(counts().copies_only, 1u);
  EXPECT_EQ(executed(), Quantity{});
  world_.pass(kMinute);
  EXPECT_EQ(intents_text(world_), "");
  say(world_, kFill);
  EXPECT_EQ(counts().copies_matched, 1u);
}

TEST_F(OrderDeskCopies, ATradeOfNoOrderInOurAccountHaltsInTime) {
  copy("trade 0 X1 5/0 filled 5@500.00", 2);
  world_.pass(10 * kSecond);
  EXPECT_EQ(halted(World::kBeta), AlertCode::kCopyMissing);
  EXPECT_EQ(halted(), AlertCode::kNone);
}

TEST_F(OrderDeskCopies, TimeWithoutTheDropCopyDoesNotCount) {
  say(world_, kFill);
  world_.pass(9 * kSecond);
  session(SessionState::kDisconnected);
  EXPECT_EQ(intents_text(world_), "!session: drop copy lost, 1 not copied");
  world_.pass(kHour);
  EXPECT_EQ(halted(), AlertCode::kNone);
  session(SessionState::kLoggedOn);
  world_.pass(10 * kSecond - 1);
  EXPECT_EQ(halted(), AlertCode::kNone);
  world_.pass(1);
  EXPECT_EQ(halted(), AlertCode::kCopyMissing);
}

TEST_F(OrderDeskCopies, TimeWithoutTheOrderSessionDoesNotCountForCopies) {
  copy(kFill);
  world_.session(SessionState::kDisconnected);
  world_.pass(kHour);
  EXPECT_EQ(halted(), AlertCode::kNone);
  world_.session(SessionState::kLoggedOn);
  world_.pass(10 * kSecond);
  EXPECT_EQ(halted(), AlertCode::kCopyMissing);
}

TEST_F(OrderDeskCopies, TheSessionsAreToldApart) {
  session(SessionState::kDisconnected);
  EXPECT_TRUE(desk().logged_on());
  EXPECT_FALSE(desk().copy_logged_on());
  session(SessionState::kLoggedOn);
  world_.session(SessionState::kDisconnected);
  EXPECT_FALSE(desk().logged_on());
  EXPECT_TRUE(desk().copy_logged_on());
}

TEST_F(OrderDeskCopies, BustsAreCompared) {
  compared(kFill);
  const char* bust = "bust 1 B1 0/100 new 40@500.02 ref=E1";
  say(world_, bust);
  EXPECT_EQ(desk().copies_awaited(), 1u);
  copy(bust);
  EXPECT_EQ(counts().copies_matched, 2u);
  EXPECT_EQ(executed(), Quantity{});
  expect_quiet();
}

TEST_F(OrderDeskCopies, ABustOnTheDropCopyOnlyHaltsAndUndoesNothing) {
  compared(kFill);
  copy("bust 1 B1 0/100 new 40@500.02 ref=E1");
  EXPECT_EQ(executed(), quantity("40"));
  world_.pass(10 * kSecond);
  EXPECT_EQ(halted(), AlertCode::kCopyMissing);
  EXPECT_EQ(executed(), quantity("40"));
}

TEST_F(OrderDeskCopies, CorrectionsAreCompared) {
  compared(kFill);
  say(world_, "correct 1 C1 30/70 partly 30@500.01 ref=E1");
  copy("correct 1 C1 30/70 partly 30@500.01 ref=E1");
  EXPECT_EQ(counts().copies_matched, 2u);
  expect_quiet();
  say(world_, "correct 1 C2 20/80 partly 20@500.01 ref=C1");
  copy("correct 1 C2 20/80 partly 20@500.00 ref=C1");
  EXPECT_EQ(halted(), AlertCode::kCopyMismatch);
  EXPECT_EQ(executed(), quantity("20"));
}

TEST_F(OrderDeskCopies, ABustOfAnotherFillHalts) {
  compared(kFill);
  say(world_, "trade 1 E2 80/20 partly 40@500.02");
  copy("trade 1 E2 80/20 partly 40@500.02");
  say(world_, "bust 1 B1 40/60 partly 40@500.02 ref=E1");
  copy("bust 1 B1 40/60 partly 40@500.02 ref=E2");
  EXPECT_EQ(halted(), AlertCode::kCopyMismatch);
}

TEST_F(OrderDeskCopies, AccountsThatAreNotOursAreSaidOnceAndHaltNothing) {
  copy("trade 0 F1 5/0 filled 5@1.00", kAccountForeign);
  EXPECT_EQ(intents_text(world_), "!copy foreign: F1");
  copy("trade 0 F2 5/0 filled 5@1.00", kAccountForeign);
  EXPECT_EQ(intents_text(world_), "");
  EXPECT_EQ(counts().copies_foreign, 2u);
  world_.pass(kMinute);
  expect_quiet();
}

TEST_F(OrderDeskCopies, WhatIsNoFillIsPassedOver) {
  copy("new 1 A1 0/100 new");
  copy("canceled 1 A2 0/0 canceled");
  EXPECT_EQ(counts().copies, 0u);
  EXPECT_TRUE(desk().orders()[0].open());
  expect_quiet();
}

TEST(OrderDeskCopiesFull, HaltsTheDesk) {
  for (const bool copy_first : {true, false}) {
    World world(testing::wide_limits(), comparing(2));
    world.submit("SPY +100");
    for (int i = 1; i <= 3; ++i) {
      EXPECT_EQ(world.desk->halted(), AlertCode::kNone);
      Event event =
          testing::execution(world, "trade 1 E" + std::to_string(i) + " " + std::to_string(10 * i) +
                                        "/" + std::to_string(100 - 10 * i) + " partly 10@500.02");
      if (copy_first) event.source = kCopies;
      world.give(event);
    }
    EXPECT_EQ(world.desk->halted(), AlertCode::kCopyMissing);
    EXPECT_EQ(world.desk->counters().copies_dropped, 1u);
    EXPECT_EQ(world.desk->executed(World::kAlpha, world.id("SPY")),
              copy_first ? Quantity{} : quantity("30"));
  }
}

TEST_F(OrderDeskCopies, ARestartFromSavedStateGoesOnWaiting) {
  say(world_, kFill);
  copy("trade 1 E9 80/20 partly 40@500.02");
  std::string state;
  ArchiveWriter writer(state);
  writer(desk());
  World again(testing::wide_limits(), comparing(), false);
  ArchiveReader reader(state);
  reader(*again.desk);
  ASSERT_TRUE(reader.ok() && reader.at_end());
  EXPECT_EQ(again.desk->copies_awaited(), 1u);
  EXPECT_EQ(again.desk->copies_ahead(), 1u);
  again.sequence = world_.sequence;
  again.now = world_.now;
  Event start = Event::make(EventType::kEngineStart, SourceId{2});
  start.payload.start.epoch = 8;
  again.give(start);
  EXPECT_FALSE(again.desk->copy_logged_on());
  again.pass(kHour);
  EXPECT_EQ(again.desk->halted(World::kAlpha), AlertCode::kNone);
  Event logon = Event::make(EventType::kSessionStatus, kCopies);
  logon.payload.session.state = SessionState::kLoggedOn;
  again.give(logon);
  again.pass(10 * kSecond);
  EXPECT_EQ(again.desk->halted(World::kAlpha), AlertCode::kCopyMissing);
  EXPECT_EQ(again.desk->counters().copies_overdue, 1u);
}

TEST(OrderDeskWithoutCopies, WaitsForNone) {
  World world;
  world.submit("SPY +100");
  say(world, kFill);
  world.pass(kMinute);
  EXPECT_EQ(world.desk->copies_awaited(), 0u);
  EXPECT_EQ(world.desk->counters().copies, 0u);
}

}  // namespace
}  // namespace evenkeel::fix
