#include "core/journal_agent.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/support/memory_storage.hpp"

namespace evenkeel {
namespace {

using testing::MemoryStorage;
using Operation = MemoryStorage::Operation;

constexpr SourceId kFix{3};
constexpr SourceId kCopies{4};

/// An agent over a journal on a disk in memory; time is what the test says.
class JournalAgentTest : public ::testing::Test {
 protected:
  void make(Durability durability, std::size_t room_to_send = 64) {
    storage_ = std::make_unique<MemoryStorage>();
    JournalOptions options;
    options.engine = "EK1";
    options.segment_bytes = 64 * 1024;
    auto opened = JournalWriter::open(*storage_, options, {}, {{"evenkeel.toml", "x = 1\n"}});
    ASSERT_TRUE(opened.ok()) << opened.status();
    if (durability != Durability::kNone) writer_ = *std::move(opened);
    intents_ = std::make_unique<SpscRing<Intent>>(room_to_send);
    JournalAgentConfig config;
    config.durability = durability;
    config.fix_source = kFix;
    config.copy_source = kCopies;
    agent_ =
        std::make_unique<JournalAgent>(config, entries_, writer_.get(), intents_.get(), &halts_);
    agent_->do_work(now_);
    storage_->on_operation([this](Operation operation, std::string_view) {
      ++(operation == Operation::kSync ? syncs_ : writes_);
      return absl::OkStatus();
    });
  }
  void event(EventType type = EventType::kQuote, SourceId source = SourceId{0}, int intents = 0) {
    Event event = Event::make(type, source, 0);
    event.sequence = ++sequence_;
    event.ts = static_cast<TimeNs>(sequence_);
    ASSERT_TRUE(entries_.try_push(JournalEntry::of(event, static_cast<std::size_t>(intents))));
  }
  void intent(IntentType type, OrderId id = 0) {
    Intent intent;
    intent.event_sequence = sequence_;
    intent.type = type;
    intent.order_id = id;
    ASSERT_TRUE(entries_.try_push(JournalEntry::of(intent)));
  }
  void order() {
    event(EventType::kQuote, SourceId{0}, 1);
    intent(IntentType::kNewOrder, sequence_);
  }
  int work(DurationNs later = 0) { return agent_->do_work(now_ += later); }
  std::vector<Intent> sent() {
    std::vector<Intent> out;
    Intent intent;
    while (intents_->try_pop(intent)) out.push_back(intent);
    return out;
  }
  /// What a reader finds on the disk after a power cut now.
  JournalTail tail_after_power_cut() {
    writer_.reset();
    storage_->crash(MemoryStorage::Loss::kAll);
    auto reader = JournalReader::open(*storage_);
    EXPECT_TRUE(reader.ok()) << reader.status();
    JournalRecord record;
    for (;;) {
      const auto more = (*reader)->next(record);
      EXPECT_TRUE(more.ok()) << more.status();
      if (!more.ok() || !*more) break;
    }
    return (*reader)->tail();
  }

  std::unique_ptr<MemoryStorage> storage_;
  std::unique_ptr<JournalWriter> writer_;
  SpscRing<JournalEntry> entries_{1024};
  SpscRing<Event> halts_{2};
  std::unique_ptr<SpscRing<Intent>> intents_;
  std::unique_ptr<JournalAgent> agent_;
  std::uint64_t sequence_ = 0;
  TimeNs now_ = kSecond;
  int syncs_ = 0, writes_ = 0;
};

TEST_F(JournalAgentTest, AnOrderLeavesOnlyOnceItIsOnTheDisk) {
  make(Durability::kDisk);
  bool synced = false;
  storage_->on_operation([&](Operation operation, std::string_view) {
    if (operation == Operation::kSync) synced = true;
    EXPECT_EQ(intents_->size(), 0U) << "nothing may be on its way before the disk has it";
    return absl::OkStatus();
  });
  event();
  order();
  event();
  EXPECT_GT(work(), 0);
  EXPECT_TRUE(synced);
  const auto out = sent();
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].order_id, 2U);
  EXPECT_EQ(out[0].flags, 0);
  EXPECT_EQ(agent_->progress().durable_sequence.load(), 3U);
  EXPECT_EQ(tail_after_power_cut().last_sequence, 3U);
}

TEST_F(JournalAgentTest, TicksWaitForNobodyAndAreWrittenInTime) {
  make(Durability::kDisk);
  work(kSecond);
  for (int i = 0; i < 100; ++i) event();
  work();
  EXPECT_EQ(syncs_, 0) << "no order, no disk";
  EXPECT_EQ(agent_->progress().durable_sequence.load(), 0U);
  EXPECT_LE(agent_->wait_at_most(now_), 100 * kMillisecond);
  work(100 * kMillisecond);
  EXPECT_EQ(syncs_, 1);
  EXPECT_EQ(agent_->progress().durable_sequence.load(), 100U);
  work(kSecond);
  EXPECT_EQ(syncs_, 1) << "nothing new, nothing to sync";
}

TEST_F(JournalAgentTest, ThatTimePassesMayWaitASecond) {
  make(Durability::kDisk);
  for (int i = 0; i < 9; ++i) {
    event(EventType::kClock);
    work(100 * kMillisecond);
    EXPECT_GT(agent_->wait_at_most(now_), kMillisecond) << "nobody looks in vain";
  }
  EXPECT_EQ(syncs_, 0);
  work(200 * kMillisecond);
  EXPECT_EQ(syncs_, 1);
  EXPECT_EQ(agent_->progress().durable_sequence.load(), 9U);
  work(kSecond);
  EXPECT_EQ(syncs_, 1);
}

TEST_F(JournalAgentTest, WhatMattersDoesNotWaitLongerForTheTicksBeforeIt) {
  make(Durability::kDisk);
  for (const EventType type :
       {EventType::kQuote, EventType::kExecution, EventType::kVenueSession}) {
    const int before = syncs_;
    event(EventType::kClock);
    work(500 * kMillisecond);
    event(type, kFix);
    event(EventType::kClock);
    work();
    work(99 * kMillisecond);
    EXPECT_EQ(syncs_, before);
    work(kMillisecond);
    EXPECT_EQ(syncs_, before + 1) << static_cast<int>(type);
    EXPECT_EQ(agent_->progress().durable_sequence.load(), sequence_);
    work(kSecond);
  }
}

TEST_F(JournalAgentTest, ATickThatLedToSomethingIsLikeAnyOtherEvent) {
  make(Durability::kDisk);
  event(EventType::kClock, SourceId::none(), 1);
  intent(IntentType::kAlert);
  work();
  EXPECT_EQ(syncs_, 0);
  work(100 * kMillisecond);
  EXPECT_EQ(syncs_, 1);
  event(EventType::kClock, SourceId::none(), 1);
  intent(IntentType::kNewOrder, 7);
  work();
  EXPECT_EQ(syncs_, 2);
  EXPECT_EQ(sent().size(), 1U);
}

TEST_F(JournalAgentTest, OneSyncServesAllOrdersThatWait) {
  make(Durability::kDisk);
  for (int i = 0; i < 20; ++i) order();
  work();
  EXPECT_EQ(syncs_, 1);
  EXPECT_EQ(sent().size(), 20U);
}

TEST_F(JournalAgentTest, SurvivingTheProcessNeedsNoDisk) {
  make(Durability::kOs);
  order();
  work();
  EXPECT_EQ(syncs_, 0);
  EXPECT_EQ(sent().size(), 1U);
  EXPECT_EQ(agent_->progress().durable_sequence.load(), 1U);
  work(kSecond);
  EXPECT_EQ(syncs_, 1) << "and yet the disk gets it within a second";
}

TEST_F(JournalAgentTest, WithoutAJournalOrdersPassAtOnce) {
  make(Durability::kNone);
  order();
  work();
  EXPECT_EQ(sent().size(), 1U);
}

TEST_F(JournalAgentTest, AlertsAreRecordedAndNotSent) {
  make(Durability::kDisk);
  event(EventType::kQuote, SourceId{0}, 1);
  intent(IntentType::kAlert);
  work(kSecond);
  EXPECT_TRUE(sent().empty());
  ASSERT_TRUE(agent_->finish({}).ok());
  auto reader = JournalReader::open(*storage_);
  ASSERT_TRUE(reader.ok());
  JournalRecord record;
  int alerts = 0;
  while ((*reader)->next(record).value()) alerts += record.kind == FrameKind::kIntent ? 1 : 0;
  EXPECT_EQ(alerts, 1);
  EXPECT_TRUE((*reader)->tail().closed);
}

TEST_F(JournalAgentTest, AnEventWaitsForAllItsIntents) {
  make(Durability::kDisk);
  event(EventType::kQuote, SourceId{0}, 2);
  intent(IntentType::kNewOrder, 1);
  work();
  EXPECT_TRUE(sent().empty()) << "the engine is still handing over";
  intent(IntentType::kNewOrder, 2);
  work();
  EXPECT_EQ(sent().size(), 2U);
}

TEST_F(JournalAgentTest, CountsTheSessionsOwnEventsOnceTheyAreDurable) {
  make(Durability::kDisk);
  event(EventType::kExecution, kFix);
  event(EventType::kQuote);
  event(EventType::kSessionStatus, kFix);
  work();
  EXPECT_EQ(agent_->progress().durable_from_fix.load(), 0U);
  work(kSecond);
  EXPECT_EQ(agent_->progress().durable_from_fix.load(), 2U);
}

TEST_F(JournalAgentTest, CountsTheTwoSessionsApart) {
  make(Durability::kDisk);
  const auto expect_durable = [&](std::uint64_t fix, std::uint64_t copies) {
    EXPECT_EQ(agent_->progress().durable_from_fix.load(), fix);
    EXPECT_EQ(agent_->progress().durable_from_copy.load(), copies);
  };
  event(EventType::kSessionStatus, kCopies);
  event(EventType::kExecution, kFix);
  event(EventType::kExecution, kCopies);
  event(EventType::kQuote);
  event(EventType::kExecution, kCopies);
  work();
  expect_durable(0, 0);
  work(kSecond);
  expect_durable(1, 3);
  // Alone, neither moves the other.
  event(EventType::kExecution, kCopies);
  work();
  work(kSecond);
  expect_durable(1, 4);
  event(EventType::kExecution, kFix);
  work();
  work(kSecond);
  expect_durable(2, 4);
}

TEST_F(JournalAgentTest, AFullSenderHoldsThingsBackInOrder) {
  make(Durability::kDisk, 4);
  for (int i = 0; i < 10; ++i) order();
  std::vector<OrderId> ids;
  for (int turn = 0; turn < 20; ++turn) {
    work(kMillisecond);
    for (const Intent& intent : sent()) ids.push_back(intent.order_id);
  }
  EXPECT_EQ(ids, (std::vector<OrderId>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
}

/// Every way a disk can refuse.
class JournalAgentFailureTest : public JournalAgentTest,
                                public ::testing::WithParamInterface<Operation> {};

TEST_P(JournalAgentFailureTest, NoOrderLeavesCancelsDoAndTheDeskHalts) {
  make(Durability::kDisk);
  order();
  work();
  ASSERT_EQ(sent().size(), 1U);
  const std::uint64_t durable = agent_->progress().durable_sequence.load();
  storage_->on_operation([](Operation operation, std::string_view) {
    return operation == GetParam() ? absl::ResourceExhaustedError("no space left on device")
                                   : absl::OkStatus();
  });
  order();
  event(EventType::kQuote, SourceId{0}, 2);
  intent(IntentType::kReplaceOrder, 7);
  intent(IntentType::kCancelOrder, 8);
  event(EventType::kExecution, kFix);
  event(EventType::kExecution, kCopies);
  work(kSecond);
  EXPECT_TRUE(agent_->failed());
  EXPECT_NE(agent_->problem().message().find("no space"), std::string::npos) << agent_->problem();
  EXPECT_EQ(agent_->progress().durable_sequence.load(), durable) << "nothing new is called durable";
  EXPECT_EQ(agent_->progress().durable_from_fix.load(), 0U);
  EXPECT_EQ(agent_->progress().durable_from_copy.load(), 0U);
  const auto out = sent();
  ASSERT_EQ(out.size(), 3U);
  EXPECT_EQ(out[0].flags, kIntentNotDurable) << "a new order is handed on to be refused";
  EXPECT_EQ(out[1].flags, kIntentNotDurable) << "so is a replacement";
  EXPECT_EQ(out[2].flags, 0) << "a cancel may leave";
  Event halt;
  ASSERT_TRUE(halts_.try_pop(halt));
  EXPECT_EQ(halt.payload.command.command, Command::kHalt);

  // It never comes back by itself, even if the disk does.
  storage_->on_operation(nullptr);
  order();
  work(kSecond);
  EXPECT_EQ(sent().at(0).flags, kIntentNotDurable);
  EXPECT_EQ(agent_->progress().durable_sequence.load(), durable);
  EXPECT_FALSE(agent_->finish({}).ok());
  EXPECT_EQ(tail_after_power_cut().last_sequence, 1U);
}

INSTANTIATE_TEST_SUITE_P(Refusals, JournalAgentFailureTest,
                         ::testing::Values(Operation::kWrite, Operation::kSync));

TEST_F(JournalAgentTest, EndsWithADigestAndInOrder) {
  make(Durability::kDisk);
  for (int i = 0; i < 700; ++i) event();
  Sha256 digest{};
  digest[0] = std::byte{42};
  ASSERT_TRUE(agent_->finish(digest).ok());
  auto reader = JournalReader::open(*storage_);
  ASSERT_TRUE(reader.ok());
  JournalRecord record;
  std::uint64_t events = 0;
  bool found = false;
  while ((*reader)->next(record).value()) {
    events += record.kind == FrameKind::kEvent ? 1 : 0;
    found = found ||
            (record.kind == FrameKind::kDigest && record.hash == digest && record.sequence == 700);
  }
  EXPECT_EQ(events, 700U);
  EXPECT_TRUE(found);
  EXPECT_TRUE((*reader)->tail().closed);
}

}  // namespace
}  // namespace evenkeel
