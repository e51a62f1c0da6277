// What a gateway does for the journal, and for the run after a crash: inbound numbers that wait,
// attempts, requests that never left, identifiers of earlier runs, and a process that ends at every
// write of its store. The test is engine and journal.

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <thread>

#include "tests/fix/fix_pipe.hpp"
#include "tests/fix/gateway_rig.hpp"

namespace evenkeel::fix {
namespace {

using testing::about;
using testing::FixPair;
using testing::GatewayRig;
using testing::kAapl;
using testing::new_order;

GatewayConfig desk_config() { return testing::pipe_config(SourceId{7}, {"FUND1"}); }

SimulatorConfig venue_config() {
  SimulatorConfig config;
  config.sender = "VENUE";
  config.target = "DESK";
  config.venue.run = "P";
  return config;
}

StoreOptions small_store(SyncPolicy sync) {
  StoreOptions options = gateway_store_options(desk_config());
  options.slot_count = 64;
  options.slot_bytes = 1024;
  options.sync = sync;
  options.boot = 1;
  return options;
}

std::shared_ptr<SequenceStore> open_image(const StoreOptions& options,
                                          const std::shared_ptr<StoreImage>& image) {
  std::string error;
  std::shared_ptr<SequenceStore> store = SequenceStore::on_image(options, image, &error);
  EXPECT_NE(store, nullptr) << error;
  return store;
}

/// A pair over a store's image, with a market that fills what is bought at 100.
class GatewayRecovery : public ::testing::Test {
 protected:
  void make(GatewayConfig config, SyncPolicy sync = SyncPolicy::kDisk) {
    options_ = small_store(sync);
    pair_ = std::make_unique<FixPair>(config, venue_config(), testing::gateway_instruments(),
                                      open_image(options_, image_));
    Event open = Event::make(EventType::kVenueSession, SourceId{0});
    open.payload.venue.phase = VenuePhase::kRegular;
    pair_->simulator->on_market(open);
    Event quote = Event::make(EventType::kQuote, SourceId{0}, kAapl.value);
    quote.payload.quote = {0, Price::from_whole(99), Price::from_whole(100),
                           Quantity::from_whole(1'000'000), Quantity::from_whole(1'000'000)};
    pair_->simulator->on_market(quote);
  }
  /// Another process over the same store.
  void restart(GatewayConfig config) {
    pair_->kill_desk();
    pair_->take_events();
    while (pair_->intents.front() != nullptr) pair_->intents.pop();
    pair_->settle();
    pair_->config = std::move(config);
    ASSERT_TRUE(pair_->start_desk(open_image(options_, image_)).ok());
  }
  void send(const Intent& intent) { ASSERT_TRUE(pair_->intents.try_push(intent)); }
  std::vector<Event> events(EventType type) {
    std::vector<Event> out;
    for (const Event& event : pair_->take_events()) {
      if (event.type == type) out.push_back(event);
    }
    return out;
  }
  const SequenceStore& store() const { return pair_->gateway->store(); }

  std::shared_ptr<StoreImage> image_ = std::make_shared<StoreImage>();
  StoreOptions options_;
  std::unique_ptr<FixPair> pair_;
};

// --- numbers that wait for the journal ---

TEST_F(GatewayRecovery, AnInboundNumberWaitsUntilItsEventIsDurable) {
  std::atomic<std::uint64_t> durable{0}, sequence{0};
  GatewayConfig config = desk_config();
  config.durable_events = &durable;
  config.durable_sequence = &sequence;
  make(config);
  ASSERT_TRUE(pair_->log_on());
  // So far only states of the session: the messages behind them need nothing durable.
  EXPECT_EQ(store().committed_target(), store().next_target());
  const std::uint64_t states = pair_->gateway->events_pushed();
  const std::int32_t before = store().next_target();
  send(new_order(1, 10, 100));
  pair_->run_for(100 * kMillisecond);
  // Attempt, acknowledgement, fill.
  ASSERT_EQ(pair_->gateway->events_pushed(), states + 3);
  EXPECT_EQ(store().next_target(), before + 2);
  EXPECT_EQ(store().committed_target(), before);
  EXPECT_EQ(store().committed_mark(), 0u);
  durable = states + 1;  // the attempt came of no message
  pair_->settle();
  EXPECT_EQ(store().committed_target(), before);
  sequence = 50;
  durable = states + 2;
  pair_->settle();
  EXPECT_EQ(store().committed_target(), before + 1);
  EXPECT_EQ(store().committed_mark(), 50u);
  // A message without an event goes with the event before it: the fill's.
  ASSERT_TRUE(pair_->simulator->session().probe("HERE"));
  pair_->settle();
  EXPECT_EQ(store().next_target(), before + 3);
  EXPECT_EQ(store().committed_target(), before + 1);
  sequence = 60;
  durable = states + 3;
  pair_->settle();
  EXPECT_EQ(store().committed_target(), before + 3);
  EXPECT_EQ(store().committed_mark(), 60u);
}

TEST_F(GatewayRecovery, WhatWasNotDurableComesAgainAndWhatWasDoesNot) {
  std::atomic<std::uint64_t> durable{0}, sequence{0};
  GatewayConfig config = desk_config();
  config.durable_events = &durable;
  config.durable_sequence = &sequence;
  make(config);
  ASSERT_TRUE(pair_->log_on());
  const std::uint64_t states = pair_->gateway->events_pushed();
  send(new_order(1, 10, 100));
  pair_->run_for(100 * kMillisecond);
  durable = states + 2;  // attempt and acknowledgement
  sequence = 33;
  pair_->settle();
  durable = 0;  // another journal agent counts anew
  pair_->kill_desk();
  pair_->config.journal_sequence = 32;
  EXPECT_FALSE(pair_->start_desk(open_image(options_, image_)).ok())
      << "the journal is older than the store";
  config.journal_sequence = 33;
  restart(config);
  ASSERT_NE(pair_->gateway, nullptr);
  EXPECT_EQ(store().committed_mark(), 33u);
  ASSERT_TRUE(pair_->log_on());
  pair_->run_for(100 * kMillisecond);
  const std::vector<Event> again = events(EventType::kExecution);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].payload.execution.exec_type, ExecType::kTrade);
  EXPECT_EQ(again[0].payload.execution.poss_dup, 1);
}

TEST_F(GatewayRecovery, AJournalThatStandsStillHoldsTheSessionBackAndLosesNothing) {
  std::atomic<std::uint64_t> durable{0};
  GatewayConfig config = desk_config();
  config.durable_events = &durable;
  make(config);
  ASSERT_TRUE(pair_->log_on());
  std::set<std::string> fills;
  const auto take = [&] {
    for (const Event& event : events(EventType::kExecution)) {
      if (event.payload.execution.exec_type == ExecType::kTrade) {
        fills.emplace(event.payload.execution.exec_id.view());
      }
    }
  };
  constexpr OrderId kOrders = 16'000;
  OrderId id = 0;
  while (id < kOrders && !pair_->gateway->holding_back()) {
    for (int i = 0; i < 200; ++i) send(new_order(++id, 1, 100));
    for (int i = 0; i < 4; ++i) {
      pair_->run_for(kMillisecond);
      take();
    }
  }
  ASSERT_TRUE(pair_->gateway->holding_back()) << "nothing bounds what waits for the journal";
  EXPECT_LT(id, kOrders);
  durable = 1'000'000;
  pair_->run_until([&] {
    take();
    return fills.size() == id;
  });
  EXPECT_EQ(fills.size(), id);
  EXPECT_FALSE(pair_->gateway->holding_back());
  EXPECT_EQ(store().committed_target(), store().next_target());
}

TEST_F(GatewayRecovery, ARequestThatTheJournalCouldNotTakeDoesNotLeaveButACancelDoes) {
  make(desk_config());
  ASSERT_TRUE(pair_->log_on());
  Intent order = new_order(1, 10, 90);
  order.flags |= kIntentNotDurable;
  send(order);
  const Intent good = new_order(2, 10, 90);
  send(good);
  pair_->run_for(100 * kMillisecond);
  Intent replace = about(IntentType::kReplaceOrder, 3, good);
  replace.flags |= kIntentNotDurable;
  send(replace);
  Intent cancel = about(IntentType::kCancelOrder, 4, good);
  cancel.flags |= kIntentNotDurable;
  send(cancel);
  pair_->run_for(100 * kMillisecond);
  EXPECT_EQ(pair_->gateway->counts().refused_not_durable, 2u);
  const VenueCounts venue = pair_->simulator->state().venue;
  EXPECT_EQ(venue.orders, 1u);
  EXPECT_EQ(venue.replaced, 0u);
  EXPECT_EQ(venue.cancelled, 1u);
}

// --- attempts ---

TEST_F(GatewayRecovery, EachOrderMessageThatLeavesIsTold) {
  make(desk_config());
  ASSERT_TRUE(pair_->log_on());
  pair_->take_events();
  const Intent order = new_order(1, 10, 90);
  const auto number = static_cast<std::uint32_t>(store().next_sender());
  send(order);
  send(about(IntentType::kRequestStatus, 1, order));  // a question is no attempt
  send(about(IntentType::kReplaceOrder, 2, order));
  Intent bad = new_order(3, 10, 90);
  bad.instrument = InstrumentId{99};
  send(bad);  // refused before it had a number
  pair_->run_for(100 * kMillisecond);
  pair_->pipe.desk.cut_after = 20;
  pair_->pipe.desk.cut_is_told = true;
  Intent replaced = order;
  replaced.order_id = 2;
  send(about(IntentType::kCancelOrder, 4, replaced));
  pair_->settle();
  const std::vector<Event> attempts = events(EventType::kSendAttempt);
  ASSERT_EQ(attempts.size(), 3u);
  const SendAttemptPayload first = attempts[0].payload.attempt;
  EXPECT_EQ(first.order_id, 1u);
  EXPECT_EQ(first.message, number);
  EXPECT_EQ(first.result, SendResultKind::kSent);
  EXPECT_EQ(attempts[0].source, SourceId{7});
  EXPECT_EQ(attempts[1].payload.attempt.order_id, 2u);
  EXPECT_EQ(attempts[1].payload.attempt.message, number + 2);
  EXPECT_EQ(attempts[2].payload.attempt.order_id, 4u);
  EXPECT_EQ(attempts[2].payload.attempt.result, SendResultKind::kLost);
}

// --- requests that never left ---

class NeverSent : public GatewayRecovery {
 protected:
  /// Orders 1 and 2 are sent, 3 is not; then the process ends. `machine`: and the machine with it.
  void crash_after_two(SyncPolicy sync) {
    make(desk_config(), sync);
    ASSERT_TRUE(pair_->log_on());
    pair_->take_events();
    for (OrderId id = 1; id <= 2; ++id) {
      send(new_order(id, 10, 90));
      pair_->run_for(10 * kMillisecond);
    }
    for (const Event& event : pair_->take_events()) {
      if (event.type != EventType::kSendAttempt) continue;
      messages_.push_back(event.payload.attempt.message);
    }
    ASSERT_EQ(messages_.size(), 2u);
  }
  /// What the next run says of 1, 2 and 3 when the journal knows of the attempts up to `known`.
  std::set<OrderId> never_sent(std::size_t known) {
    GatewayConfig config = desk_config();
    for (OrderId id = known + 1; id <= 3; ++id) config.undecided.push_back(new_order(id, 10, 90));
    if (known > 0) config.last_sent_message = config.last_sent_in_run = messages_[known - 1];
    change(config);
    restart(config);
    std::set<OrderId> ended;
    for (const Event& event : events(EventType::kExecution)) {
      EXPECT_EQ(event.payload.execution.exec_type, ExecType::kExpired);
      EXPECT_EQ(event.payload.execution.ord_status, OrdStatus::kExpired);
      ended.insert(event.payload.execution.order_id);
    }
    EXPECT_FALSE(pair_->gateway->attached()) << "before the first connection";
    EXPECT_EQ(pair_->gateway->counts().never_sent, ended.size());
    EXPECT_EQ(pair_->gateway->counts().left_undecided + ended.size(), config.undecided.size());
    return ended;
  }
  std::function<void(GatewayConfig&)> change = [](GatewayConfig&) {};
  std::vector<std::uint32_t> messages_;
};

TEST_F(NeverSent, TheStoreTellsWhatDidNotLeave) {
  crash_after_two(SyncPolicy::kOs);
  EXPECT_EQ(never_sent(0), std::set<OrderId>{3});
  // The run after has nothing more to say of it, but an order of its own is looked for there only.
  EXPECT_TRUE(pair_->log_on());
  EXPECT_EQ(pair_->simulator->state().venue.orders, 2u);
}

TEST_F(NeverSent, WhatTheJournalKnowsNarrowsTheSearch) {
  crash_after_two(SyncPolicy::kOs);
  EXPECT_EQ(never_sent(1), std::set<OrderId>{3});
}

TEST_F(NeverSent, ACancelThatNeverLeftIsAnsweredAsRefused) {
  crash_after_two(SyncPolicy::kDisk);
  GatewayConfig config = desk_config();
  config.undecided = {about(IntentType::kCancelOrder, 4, new_order(1, 10, 90)),
                      about(IntentType::kReplaceOrder, 5, new_order(2, 10, 90))};
  restart(config);
  const std::vector<Event> rejects = events(EventType::kCancelReject);
  ASSERT_EQ(rejects.size(), 2u);
  EXPECT_EQ(rejects[0].payload.cancel_reject.order_id, 4u);
  EXPECT_EQ(rejects[0].payload.cancel_reject.orig_order_id, 1u);
  EXPECT_EQ(rejects[1].payload.cancel_reject.response_to, 2);
}

TEST_F(NeverSent, AStoreOlderThanTheJournalDecidesNothing) {
  crash_after_two(SyncPolicy::kDisk);
  change = [](GatewayConfig& config) { config.last_sent_message += 100; };
  EXPECT_EQ(never_sent(1), std::set<OrderId>{});
}

TEST_F(NeverSent, ANewStoreDecidesNothing) {
  crash_after_two(SyncPolicy::kDisk);
  image_ = std::make_shared<StoreImage>();
  EXPECT_EQ(never_sent(0), std::set<OrderId>{});
}

TEST_F(NeverSent, AStoreThatNoLongerHasAllMessagesDecidesNothing) {
  crash_after_two(SyncPolicy::kDisk);
  // More messages than slots.
  for (int i = 0; i < 70; ++i) {
    ASSERT_TRUE(pair_->gateway->session().probe("HERE"));
  }
  EXPECT_EQ(never_sent(0), std::set<OrderId>{});
}

TEST_F(NeverSent, AnUnsyncedStoreDecidesNothingOnceTheMachineWentDown) {
  crash_after_two(SyncPolicy::kOs);
  options_.boot = 2;
  EXPECT_EQ(never_sent(0), std::set<OrderId>{});
}

TEST_F(NeverSent, ASyncedStoreDecidesEvenThen) {
  crash_after_two(SyncPolicy::kDisk);
  options_.boot = 2;
  image_->lose_power(nullptr);
  EXPECT_EQ(never_sent(0), std::set<OrderId>{3});
}

TEST_F(NeverSent, AResetOfTheNumbersDecidesNothing) {
  crash_after_two(SyncPolicy::kDisk);
  pair_->kill_desk();
  pair_->settle();
  const std::shared_ptr<SequenceStore> store = open_image(options_, image_);
  ASSERT_TRUE(store->reset(1));
  for (std::int32_t seq = 1; seq < 10; ++seq) {
    ASSERT_TRUE(store->put(seq, "8=x", 3) && store->set_next_sender(seq + 1));
  }
  EXPECT_EQ(never_sent(0), std::set<OrderId>{});
}

// --- identifiers of earlier runs ---

TEST_F(GatewayRecovery, AnOrderKeepsItsNameThroughLaterRuns) {
  make(desk_config());
  ASSERT_TRUE(pair_->log_on());
  const Intent order = new_order(1, 10, 90);
  send(order);
  pair_->run_for(100 * kMillisecond);
  GatewayConfig next = desk_config();
  next.epoch = testing::kEpoch + 5;
  next.epochs = EpochTable(testing::kEpoch);
  ASSERT_TRUE(next.epochs.add(2, next.epoch));
  restart(next);
  ASSERT_TRUE(pair_->log_on());
  pair_->take_events();
  send(about(IntentType::kRequestStatus, 1, order));
  send(about(IntentType::kCancelOrder, 2, order));
  pair_->run_for(100 * kMillisecond);
  const std::vector<Event> reports = events(EventType::kExecution);
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_EQ(reports[0].payload.execution.exec_type, ExecType::kStatus);
  EXPECT_EQ(reports[0].payload.execution.order_id, 1u);
  EXPECT_EQ(reports[1].payload.execution.exec_type, ExecType::kCanceled);
  EXPECT_EQ(reports[1].payload.execution.order_id, 2u);
  EXPECT_EQ(reports[1].payload.execution.orig_order_id, 1u);
  std::set<std::string> names;
  for (const SimulatorRecord& record : pair_->records) {
    if (record.kind == SimulatorRecord::Kind::kOrder ||
        record.kind == SimulatorRecord::Kind::kCancel) {
      names.insert(record.order.cl_ord_id.str());
    }
  }
  const auto name = [](std::uint64_t epoch, OrderId id) {
    return std::string(format_cl_ord_id(*engine_code("EK1"), epoch, id)->view());
  };
  EXPECT_EQ(names, (std::set<std::string>{name(testing::kEpoch, 1), name(next.epoch, 2)}));
  EXPECT_EQ(pair_->gateway->counts().foreign_reports, 0u);
}

TEST_F(GatewayRecovery, ATableWithoutThisRunIsRefused) {
  make(desk_config());
  GatewayConfig config = desk_config();
  config.epochs = EpochTable(testing::kEpoch - 1);
  pair_->config = config;
  EXPECT_FALSE(pair_->start_desk(open_image(options_, image_)).ok());
}

// --- a crash at every write of the store ---

// A desk that sends one order at a time, as a journal would have it: what was asked for, attempted
// and reported survives (here at once), the store as far as it came. After each crash the next run
// decides what never left, asks about the rest, and goes on. At the end the venue has each order
// once, and the desk each fill.
class CrashingDesk {
 public:
  static constexpr OrderId kOrders = 4;

  CrashingDesk(SyncPolicy sync, std::uint64_t end_at, std::size_t keep_eighths, bool machine)
      : machine_(machine), options_(small_store(sync)) {
    image_->on_point = [this, end_at, keep_eighths](std::size_t, std::size_t size) {
      if (image_->points != end_at) return size == 0 ? std::size_t{1} : size;
      return size * keep_eighths / 8;
    };
    store_ = SequenceStore::on_image(options_, image_, &error_);
  }

  void play() {
    make();
    for (int life = 0; life < 3 && !done(); ++life) live();
  }
  bool crashed() const { return crashes_ > 0; }
  bool done() const { return settled_.size() == kOrders; }
  std::uint64_t points() const { return image_->points; }

  std::map<OrderId, Quantity> filled;
  std::set<OrderId> expired, unknown;
  std::unique_ptr<FixPair> pair;

 private:
  void make() {
    pair =
        std::make_unique<FixPair>(config(durable_), venue_config(), testing::gateway_instruments(),
                                  store_ != nullptr ? store_ : spare());
    Event open = Event::make(EventType::kVenueSession, SourceId{0});
    open.payload.venue.phase = VenuePhase::kRegular;
    pair->simulator->on_market(open);
    Event quote = Event::make(EventType::kQuote, SourceId{0}, kAapl.value);
    quote.payload.quote = {0, Price::from_whole(99), Price::from_whole(100),
                           Quantity::from_whole(1'000'000), Quantity::from_whole(1'000'000)};
    pair->simulator->on_market(quote);
  }
  std::shared_ptr<SequenceStore> spare() {
    std::string error;
    return SequenceStore::in_memory(options_, &error);
  }
  static GatewayConfig config(const std::atomic<std::uint64_t>& durable) {
    GatewayConfig config = desk_config();
    config.durable_events = &durable;
    return config;
  }
  /// One process, from its start to its end. What it told in its last moment no journal has.
  void live() {
    if (store_ != nullptr && !image_->ended) take();
    for (int step = 0; step < 4'000 && !done(); ++step) {
      if (store_ == nullptr || image_->ended) {
        crash();
        return;
      }
      if (pair->gateway->logged_on()) act();
      pair->run_for(kMillisecond);
      if (!image_->ended) take();
    }
  }
  void act() {
    // An order at a time; the next when the last is settled.
    if (asked_ == 0 || settled_.count(asked_) > 0) {
      if (asked_ == kOrders) return;
      ++asked_;
      questioned_ = false;
      EXPECT_TRUE(pair->intents.try_push(new_order(asked_, 10, 100)));
    } else if (in_doubt_ && !questioned_) {
      questioned_ = true;
      EXPECT_TRUE(pair->intents.try_push(
          about(IntentType::kRequestStatus, asked_, new_order(asked_, 10, 100))));
    }
  }
  void take() {
    const std::vector<Event> events = pair->take_events();
    durable_ += events.size();
    for (const Event& event : events) {
      if (event.type == EventType::kSendAttempt) {
        attempted_.insert(event.payload.attempt.order_id);
        last_message_ = event.payload.attempt.message;
      }
      if (event.type != EventType::kExecution) continue;
      const ExecutionPayload& report = event.payload.execution;
      const OrderId id = report.order_id;
      if (report.exec_type == ExecType::kExpired) expired.insert(id);
      if (report.exec_type == ExecType::kStatus && report.ord_status == OrdStatus::kRejected) {
        unknown.insert(id);
      }
      if (report.exec_type == ExecType::kTrade &&
          executions_.emplace(report.exec_id.view()).second) {
        filled[id] += report.last_quantity;
      }
      const bool ended = expired.count(id) + unknown.count(id) > 0 ||
                         report.exec_type == ExecType::kRejected ||
                         filled[id] == Quantity::from_whole(10);
      if (ended) settled_.insert(id);
    }
  }
  void crash() {
    ++crashes_;
    pair->kill_desk();
    pair->take_events();
    durable_ = 0;
    while (pair->intents.front() != nullptr) pair->intents.pop();
    pair->run_for(100 * kMillisecond);
    store_.reset();
    image_->on_point = nullptr;
    image_->revive();
    if (machine_) {
      options_.boot = 2;
      image_->lose_power(nullptr);
    }
    GatewayConfig next = config(durable_);
    next.last_sent_message = next.last_sent_in_run = last_message_;
    if (asked_ > 0 && settled_.count(asked_) == 0 && attempted_.count(asked_) == 0) {
      next.undecided.push_back(new_order(asked_, 10, 100));
    }
    in_doubt_ = true;
    store_ = SequenceStore::on_image(options_, image_, &error_);
    ASSERT_NE(store_, nullptr) << error_;
    pair->config = next;
    ASSERT_TRUE(pair->start_desk(store_).ok());
  }

  bool machine_;
  std::atomic<std::uint64_t> durable_{0};
  StoreOptions options_;
  std::shared_ptr<StoreImage> image_ = std::make_shared<StoreImage>();
  std::shared_ptr<SequenceStore> store_;
  std::string error_;
  int crashes_ = 0;
  OrderId asked_ = 0;
  bool in_doubt_ = false, questioned_ = false;
  std::uint32_t last_message_ = 0;
  std::set<OrderId> settled_, attempted_;
  std::set<std::string> executions_;
};

TEST(GatewayCrash, NoWriteAtWhichTheProcessEndsSendsTwiceOrLosesAFill) {
  struct Case {
    SyncPolicy sync;
    bool machine;
  };
  int crashes = 0, never = 0;
  for (const Case& c : {Case{SyncPolicy::kOs, false}, Case{SyncPolicy::kDisk, false},
                        Case{SyncPolicy::kDisk, true}}) {
    CrashingDesk whole(c.sync, 0, 0, false);
    whole.play();
    ASSERT_TRUE(whole.done());
    for (std::uint64_t end = 3; end <= whole.points(); ++end) {
      for (const std::size_t keep : {0u, 5u}) {
        CrashingDesk desk(c.sync, end, keep, c.machine);
        desk.play();
        crashes += desk.crashed() ? 1 : 0;
        never += static_cast<int>(desk.expired.size());
        ASSERT_TRUE(desk.done()) << "stuck after a crash at " << end << "/" << keep;
        const SimulatorState venue = desk.pair->simulator->state();
        EXPECT_EQ(venue.venue.duplicates, 0u) << end;
        Quantity total;
        for (const auto& [id, quantity] : desk.filled) total += quantity;
        const Quantity theirs = venue.positions.empty() ? Quantity{} : venue.positions[0].quantity;
        EXPECT_EQ(total, theirs) << "at " << end << "/" << keep;
        for (const OrderId id : desk.expired) {
          EXPECT_TRUE(desk.filled[id].is_zero()) << "declared unsent, and filled: " << id;
        }
      }
    }
  }
  EXPECT_GT(crashes, 100);
  EXPECT_GT(never, 10);
}

// --- the shell ---

/// Hands intents on from a queue of its own, as a journal agent does.
struct Upstream {
  std::vector<Intent> waiting;
  std::atomic<std::size_t> ready{0};  // how many of them may go
  std::size_t handed = 0;
  SpscRing<Intent>* out = nullptr;
  std::atomic<int> turns{0};

  UpstreamDuty duty() {
    UpstreamDuty duty;
    duty.self = this;
    duty.do_work = [](void* self) { return static_cast<Upstream*>(self)->do_work(); };
    duty.has_input = [](void* self) {
      return static_cast<Upstream*>(self)->handed < static_cast<Upstream*>(self)->ready.load();
    };
    duty.wait_at_most = [](void*) { return 20 * kMillisecond; };
    return duty;
  }
  int do_work() {
    ++turns;
    int work = 0;
    while (handed < ready.load() && out->try_push(waiting[handed])) {
      ++handed;
      ++work;
    }
    return work;
  }
};

TEST(GatewayUpstream, IsTurnedAheadOfTheSessionAndNeverLeftForLong) {
  GatewayRig rig;
  testing::TextVenue venue;
  Upstream upstream;
  upstream.out = &rig.intents;
  for (OrderId id = 1; id <= 3; ++id) upstream.waiting.push_back(new_order(id, 10, 100));
  rig.config.upstream = upstream.duty();
  rig.start(venue.port());
  venue.accept_and_log_on();
  rig.until_session(SessionState::kLoggedOn);
  // With nothing to do it is turned for its timers' sake all the same.
  const int before = upstream.turns;
  while (upstream.turns < before + 5) std::this_thread::yield();
  upstream.ready = 1;
  rig.gateway->wake();
  EXPECT_EQ(testing::field(venue.read_until("D"), 11), testing::cl_ord_id(1));
  // What is in its hands at the end still goes out.
  upstream.ready = 3;
  std::thread stopper([&] { rig.gateway->stop(); });
  EXPECT_EQ(testing::field(venue.read_until("D"), 11), testing::cl_ord_id(2));
  EXPECT_EQ(testing::field(venue.read_until("D"), 11), testing::cl_ord_id(3));
  stopper.join();
  EXPECT_EQ(rig.gateway->counts().orders, 3u);
}

TEST(GatewayUpstream, NumbersAreRecordedAfterTheEndOnceTheJournalHasThem) {
  std::atomic<std::uint64_t> durable{0};
  GatewayRig rig;
  testing::TextVenue venue;
  char pattern[] = "/tmp/evenkeel_gateway_XXXXXX";
  ASSERT_NE(::mkdtemp(pattern), nullptr);
  rig.config.store_file = std::string(pattern) + "/session.store";
  rig.config.durable_events = &durable;
  rig.start(venue.port());
  venue.accept_and_log_on();
  rig.until_session(SessionState::kLoggedOn);
  rig.push(new_order(1, 10, 100));
  venue.read_until("D");
  venue.send("8", testing::TextVenue::report(1, "E1", '0', '0', 0, 0, 10));
  EXPECT_EQ(rig.execution().exec_type, ExecType::kNew);
  rig.gateway->stop();
  durable = 1'000;
  rig.gateway->commit_inbound();
  rig.gateway.reset();
  const auto store = open_gateway_store(rig.config);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->next_target(), 4);  // logon, probe's answer, report
  std::filesystem::remove_all(pattern);
}

}  // namespace
}  // namespace evenkeel::fix
