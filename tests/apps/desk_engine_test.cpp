#include "apps/desk_engine.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace evenkeel::apps {
namespace {

/// Time stands still, so that no tick is due.
struct StillClock {
  TimeNs now() const { return 1'000; }
};

/// Asks for nothing.
struct SilentRules {
  void observe(const View&, const Event&, ProposalBuffer&) {}
  void evaluate(const View&, PortfolioId, ProposalBuffer&) {}
  void on_submitted(const View&, const Proposal&, const SubmitResult&) {}
  bool suspended(PortfolioId) const { return false; }
  bool in_episode(PortfolioId) const { return false; }
  bool volatility_high(ModelId) const { return false; }
  std::size_t policy_count() const { return 1; }
};

/// Answers every kResume command with as many orders as `burst` says; notes halts.
struct BurstOrders {
  std::uint64_t burst = 0;
  OrderId next = 1;
  int halts = 0;
  std::vector<PortfolioId> none{};

  SubmitResult submit(const View&, Book&, const Proposal&, std::span<const ProposalLine>,
                      IntentBuffer&) {
    return {};
  }
  std::span<const PortfolioId> apply(const View&, Book&, const Event& event, IntentBuffer& out) {
    if (event.type != EventType::kCommand) return none;
    if (event.payload.command.command == Command::kHalt) ++halts;
    if (event.payload.command.command != Command::kResume) return none;
    for (std::uint64_t i = 0; i < burst; ++i) {
      Intent intent;
      intent.type = IntentType::kNewOrder;
      intent.order_id = next++;
      EXPECT_TRUE(out.add(intent));
    }
    return none;
  }
  std::uint32_t open_orders() const { return static_cast<std::uint32_t>(next - 1); }
  std::uint32_t open_orders(PortfolioId) const { return 0; }
  AlertCode halted() const { return halts > 0 ? AlertCode::kHalted : AlertCode::kNone; }
  AlertCode halted(PortfolioId) const { return AlertCode::kNone; }
  bool logged_on() const { return true; }
  fix::OrderDeskCounters counters() const { return {}; }
};

class DeskEngineTest : public testing::Test {
 protected:
  DeskEngineTest()
      : market_(table_, 1),
        book_(table_, market_),
        engine_(table_, market_, finished(book_), rules_, orders_),
        sequencer_(StillClock{}, ClockMode::kWall, kHour) {
    sequencer_.add_input(feed_);
    sequencer_.add_input(commands_);
  }
  static Book& finished(Book& book) {
    book.finish();
    return book;
  }
  EngineAgent<SilentRules, BurstOrders, StillClock>& agent() {
    if (!agent_) {
      EngineAgentWiring wiring;
      wiring.journal = &journal_;
      wiring.reports = &reports_;
      wiring.arrivals = {ArrivalReader(arrivals_)};
      agent_ = std::make_unique<EngineAgent<SilentRules, BurstOrders, StillClock>>(
          sequencer_, engine_, table_, book_, market_, rules_, orders_, wiring,
          [](void* self) { ++static_cast<DeskEngineTest*>(self)->wakes_; }, this);
      agent_->do_work();  // the first tick
      drain();
    }
    return *agent_;
  }
  void command(Command command) {
    Event event = Event::make(EventType::kCommand, SourceId::none());
    event.payload.command.command = command;
    ASSERT_TRUE(commands_.try_push(event));
  }
  /// Takes what is there: events are counted, the orders' numbers are given.
  std::vector<OrderId> drain() {
    std::vector<OrderId> ids;
    JournalEntry entry;
    while (journal_.try_pop(entry)) {
      if (entry.kind == JournalEntry::Kind::kIntent) {
        ids.push_back(entry.body.intent.order_id);
        continue;
      }
      ++events_;
      EXPECT_EQ(entry.body.event.sequence, ++last_sequence_) << "in order, none left out";
      last_intents_ = entry.intents;
    }
    return ids;
  }

  InstrumentTable table_;
  MarketState market_;
  Book book_;
  SilentRules rules_;
  BurstOrders orders_;
  Engine<SilentRules, BurstOrders> engine_;
  Sequencer<StillClock> sequencer_;
  SpscRing<Event> feed_{64}, commands_{16};
  SpscRing<JournalEntry> journal_{4};
  std::uint64_t events_ = 0, last_sequence_ = 0;
  std::uint32_t last_intents_ = 0;
  SpscRing<Report> reports_{8};
  ArrivalRing arrivals_{8};
  int wakes_ = 0;
  std::unique_ptr<EngineAgent<SilentRules, BurstOrders, StillClock>> agent_;
};

TEST_F(DeskEngineTest, AnEventGoesToTheJournalWithItsIntentsAndWakesItOnce) {
  agent();
  orders_.burst = 3;
  command(Command::kResume);
  EXPECT_EQ(agent().do_work(), 1);
  EXPECT_EQ(wakes_, 1);
  const std::uint64_t before = events_;
  EXPECT_EQ(drain(), (std::vector<OrderId>{1, 2, 3}));
  EXPECT_EQ(events_, before + 1);
  EXPECT_EQ(last_intents_, 3U) << "the journal is told how many follow";
  EXPECT_EQ(agent().gauges().journal_full.load(), 0U);
}

TEST_F(DeskEngineTest, WhatAsksForNothingWakesNobody) {
  agent();
  command(Command::kHalt);
  EXPECT_EQ(agent().do_work(), 1);
  EXPECT_EQ(wakes_, 0);
  EXPECT_TRUE(drain().empty());
  EXPECT_EQ(last_intents_, 0U);
}

TEST_F(DeskEngineTest, AFullJournalLosesNothingAndHoldsTheEngineBack) {
  agent();
  orders_.burst = 7;  // the ring takes four entries
  command(Command::kResume);
  command(Command::kCancelAll);
  agent().do_work();
  EXPECT_EQ(agent().gauges().journal_full.load(), 1U);
  const std::uint64_t before = sequencer_.sequence();
  EXPECT_EQ(agent().do_work(), 0);
  EXPECT_EQ(sequencer_.sequence(), before) << "no event is taken while an intent waits";
  EXPECT_EQ(agent().gauges().journal_full.load(), 1U) << "one wait is counted once";

  EXPECT_EQ(drain(), (std::vector<OrderId>{1, 2, 3}));
  orders_.burst = 0;
  std::vector<OrderId> rest;
  for (int turn = 0; turn < 4; ++turn) {
    agent().do_work();
    for (const OrderId id : drain()) rest.push_back(id);
  }
  EXPECT_EQ(rest, (std::vector<OrderId>{4, 5, 6, 7}));
  EXPECT_EQ(events_, sequencer_.sequence());
  EXPECT_EQ(orders_.halts, 0);
}

TEST_F(DeskEngineTest, ASlowReaderCostsRecordsNotTheEngine) {
  agent();
  for (int i = 0; i < 12; ++i) command(Command::kHalt);
  for (int turn = 0; turn < 12; ++turn) {
    agent().do_work();
    drain();
  }
  EXPECT_EQ(orders_.halts, 12);
  EXPECT_EQ(agent().gauges().dropped_reports.load(), 4U) << "the ring holds eight";
}

TEST_F(DeskEngineTest, ArrivalTimesFindTheirEvents) {
  ArrivalRing ring(8);
  ArrivalReader reader(ring);
  ring.try_push({0, 2, 100});
  ring.try_push({2, 3, 200});
  ring.try_push({5, 6, 300});  // the stamp of two events before it was lost
  std::vector<TimeNs> times;
  for (int i = 0; i < 7; ++i) times.push_back(reader.received_next());
  EXPECT_EQ(times, (std::vector<TimeNs>{100, 100, 200, 0, 0, 300, 0}));
}

TEST_F(DeskEngineTest, ASnapshotIsFilledOnlyWhenAsked) {
  agent();
  SnapshotExchange& exchange = agent().exchange();
  EXPECT_EQ(exchange.ready(), nullptr);
  agent().do_work();
  EXPECT_EQ(exchange.ready(), nullptr);
  exchange.ask();
  EXPECT_TRUE(agent().has_input());
  agent().do_work();
  const DeskSnapshot* snapshot = exchange.ready();
  ASSERT_NE(snapshot, nullptr);
  EXPECT_TRUE(snapshot->logged_on);
  EXPECT_EQ(snapshot->lines.size(), 1U);
  exchange.release();
  EXPECT_EQ(exchange.ready(), nullptr);
}

TEST_F(DeskEngineTest, TheVenueClosingIsSeenWithoutAsking) {
  agent();
  Event event = Event::make(EventType::kVenueSession, SourceId{0});
  event.payload.venue.phase = VenuePhase::kRegular;
  feed_.try_push(event);
  agent().do_work();
  EXPECT_FALSE(agent().line(SourceId{0}).closed.load());
  event.payload.venue.phase = VenuePhase::kPostMarket;
  feed_.try_push(event);
  agent().do_work();
  EXPECT_TRUE(agent().line(SourceId{0}).closed.load());
  EXPECT_EQ(agent().line(SourceId{0}).phase.load(), VenuePhase::kPostMarket);
}

}  // namespace
}  // namespace evenkeel::apps
