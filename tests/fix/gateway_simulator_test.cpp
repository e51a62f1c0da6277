// The gateway and the simulator, two sessions over a real connection, and an order desk's messages
// between them.

#include <map>

#include "fix/simulator.hpp"
#include "tests/fix/gateway_rig.hpp"

namespace evenkeel::fix {
namespace {

using testing::about;
using testing::GatewayRig;
using testing::kAapl;
using testing::kEs;
using testing::new_order;

class GatewaySimulator : public ::testing::Test {
 protected:
  void SetUp() override {
    config_.sender = "VENUE";
    config_.target = "DESK";
    config_.venue.run = "T";
    desk_.config.logout_within = testing::kPatience;  // the simulator answers
  }
  void TearDown() override {
    if (desk_.gateway != nullptr) desk_.gateway->stop();
    if (simulator_ != nullptr) simulator_->stop();
  }
  void start() {
    auto made = Simulator::create(config_, desk_.instruments, {&quotes_}, bell_);
    ASSERT_TRUE(made.ok()) << made.status();
    simulator_ = *std::move(made);
    simulator_->start();
    Event open = Event::make(EventType::kVenueSession, SourceId{0});
    open.payload.venue.phase = VenuePhase::kRegular;
    market(open);
    desk_.start(simulator_->port());
    desk_.until_session(SessionState::kLoggedOn);
  }
  void market(const Event& event) {
    ASSERT_TRUE(quotes_.try_push(event));
    ++told_;
    bell_.notify();
  }
  void quote(std::int64_t bid, std::int64_t ask, std::int64_t size, InstrumentId id = kAapl) {
    Event event = Event::make(EventType::kQuote, SourceId{0}, id.value);
    event.payload.quote = {0, Price::from_whole(bid), Price::from_whole(ask),
                           Quantity::from_whole(size), Quantity::from_whole(size)};
    market(event);
  }
  /// The simulator has seen everything told so far.
  SimulatorState settled() {
    for (;;) {
      const SimulatorState state = simulator_->state();
      if (state.market_events == told_) return state;
      std::this_thread::yield();
    }
  }
  template <class Condition>
  bool await(Condition condition) {
    const TimeNs until = SystemClock::monotonic() + testing::kPatience;
    while (!condition(simulator_->state())) {
      if (SystemClock::monotonic() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }

  SimulatorConfig config_;
  SpscRing<Event> quotes_{1024};
  Doorbell bell_;
  std::uint64_t told_ = 0;
  GatewayRig desk_;
  std::unique_ptr<Simulator> simulator_;
};

TEST_F(GatewaySimulator, EachFillIsCopiedOnASessionOfItsOwn) {
  config_.venue.partial = kWhole;
  config_.copies = CopySettings{"VENUE", "COPIES", 0};
  start();
  ASSERT_NE(simulator_->copy_port(), 0);
  GatewayRig copies;
  copies.config.sender = "COPIES";
  copies.config.drop_copy = true;
  copies.config.source = SourceId{8};
  copies.config.logout_within = testing::kPatience;
  quote(99, 101, 1'000);
  settled();
  // The first copies wait for somebody to log on.
  desk_.push(new_order(1, 100, 101));
  std::vector<ExecutionPayload> fills;
  Quantity filled;
  while (filled < Quantity::from_whole(100)) {
    const ExecutionPayload report = desk_.execution();
    ASSERT_NE(report.exec_type, ExecType::kNone);
    if (report.exec_type != ExecType::kTrade) continue;
    filled += report.last_quantity;
    fills.push_back(report);
  }
  ASSERT_GT(fills.size(), 1U);
  copies.start(simulator_->copy_port());
  for (const ExecutionPayload& fill : fills) {
    const ExecutionPayload copy = copies.execution();
    EXPECT_EQ(copy.exec_type, ExecType::kTrade);
    EXPECT_EQ(copy.exec_id, fill.exec_id);
    EXPECT_EQ(copy.order_id, 1U);
    EXPECT_EQ(copy.last_quantity, fill.last_quantity);
    EXPECT_EQ(copy.last_price, fill.last_price);
    EXPECT_EQ(copies.seen.back().source, SourceId{8});
    EXPECT_EQ(copies.seen.back().instrument(), kAapl);
  }
  EXPECT_TRUE(await([](const SimulatorState& state) { return state.copies_waiting == 0; }));
  EXPECT_EQ(simulator_->state().copies_lost, 0U);
  EXPECT_EQ(copies.gateway->counts().orders, 0U);
  copies.gateway->stop();
}

TEST_F(GatewaySimulator, AnOrderIsAcknowledgedAndFilledInParts) {
  config_.venue.partial = kWhole;  // every fill that can be split is
  start();
  quote(99, 101, 1'000);
  settled();
  desk_.push(new_order(1, 100, 101));
  const ExecutionPayload ack = desk_.execution();
  EXPECT_EQ(ack.exec_type, ExecType::kNew);
  EXPECT_EQ(ack.ord_status, OrdStatus::kNew);
  EXPECT_EQ(ack.order_id, 1u);
  EXPECT_EQ(ack.leaves_quantity, Quantity::from_whole(100));
  EXPECT_FALSE(ack.broker_order_id.empty());
  Quantity filled;
  int fills = 0;
  std::map<std::string, int> ids;
  while (filled < Quantity::from_whole(100)) {
    const ExecutionPayload fill = desk_.execution();
    ASSERT_EQ(fill.exec_type, ExecType::kTrade);
    EXPECT_EQ(fill.last_price, Price::from_whole(101));
    filled += fill.last_quantity;
    ++fills;
    EXPECT_EQ(fill.cumulative_quantity, filled);
    EXPECT_EQ(fill.leaves_quantity, Quantity::from_whole(100) - filled);
    EXPECT_EQ(fill.ord_status, filled == Quantity::from_whole(100) ? OrdStatus::kFilled
                                                                   : OrdStatus::kPartiallyFilled);
    EXPECT_EQ(++ids[std::string(fill.exec_id.view())], 1);
  }
  EXPECT_GT(fills, 1);
  const SimulatorState state = simulator_->state();
  ASSERT_EQ(state.positions.size(), 1u);
  EXPECT_EQ(state.positions[0].quantity, Quantity::from_whole(100));
  EXPECT_EQ(state.positions[0].account.str(), "FUND1");
  EXPECT_EQ(state.live_orders, 0u);
}

TEST_F(GatewaySimulator, ARestingOrderIsReplacedThenCancelled) {
  start();
  quote(99, 101, 1'000);
  settled();
  const Intent order = new_order(1, 100, 90);
  desk_.push(order);
  EXPECT_EQ(desk_.execution().exec_type, ExecType::kNew);
  Intent replace = about(IntentType::kReplaceOrder, 2, order);
  replace.limit_price = Price::from_whole(95);
  replace.quantity = Quantity::from_whole(80);
  desk_.push(replace);
  const ExecutionPayload replaced = desk_.execution();
  EXPECT_EQ(replaced.exec_type, ExecType::kReplaced);
  EXPECT_EQ(replaced.order_id, 2u);
  EXPECT_EQ(replaced.orig_order_id, 1u);
  EXPECT_EQ(replaced.leaves_quantity, Quantity::from_whole(80));
  desk_.push(about(IntentType::kCancelOrder, 3, replace));
  const ExecutionPayload cancelled = desk_.execution();
  EXPECT_EQ(cancelled.exec_type, ExecType::kCanceled);
  EXPECT_EQ(cancelled.order_id, 3u);
  EXPECT_EQ(cancelled.orig_order_id, 2u);
  EXPECT_TRUE(cancelled.leaves_quantity.is_zero());
  desk_.push(about(IntentType::kCancelOrder, 4, replace));
  const CancelRejectPayload late = desk_.cancel_reject();
  EXPECT_EQ(late.order_id, 4u);
  EXPECT_EQ(late.reject_reason, 1u);  // 0: too late
  EXPECT_EQ(late.ord_status, OrdStatus::kCanceled);
}

TEST_F(GatewaySimulator, RejectsAndStatusesComeAsEvents) {
  config_.venue.reject = kWhole;
  start();
  const Intent order = new_order(1, 100, 100);
  desk_.push(order);
  const ExecutionPayload rejected = desk_.execution();
  EXPECT_EQ(rejected.exec_type, ExecType::kRejected);
  EXPECT_EQ(rejected.order_id, 1u);
  desk_.push(order);  // a ClOrdID used twice
  EXPECT_EQ(desk_.execution().reject_reason, 7u);
  desk_.push(about(IntentType::kRequestStatus, 1, order));
  const ExecutionPayload status = desk_.execution();
  EXPECT_EQ(status.exec_type, ExecType::kStatus);
  EXPECT_EQ(status.ord_status, OrdStatus::kRejected);
  desk_.push(about(IntentType::kRequestStatus, 9, new_order(9, 1, 1)));
  const ExecutionPayload unknown = desk_.execution();
  EXPECT_EQ(unknown.order_id, 9u);
  EXPECT_EQ(unknown.exec_type, ExecType::kStatus);
  EXPECT_EQ(unknown.reject_reason, 6u);
}

TEST_F(GatewaySimulator, AFillWhileTheDeskIsAwayArrivesOnceAndNoOrderTwice) {
  start();
  quote(99, 101, 1'000);
  settled();
  const Intent order = new_order(1, 100, 100);
  desk_.push(order);
  EXPECT_EQ(desk_.execution().exec_type, ExecType::kNew);
  simulator_->cut_connection();
  desk_.until_session(SessionState::kDisconnected);
  quote(98, 100, 1'000);
  const ExecutionPayload fill = desk_.execution();  // whenever the session is there again
  EXPECT_EQ(fill.exec_type, ExecType::kTrade);
  EXPECT_EQ(fill.last_quantity, Quantity::from_whole(100));
  if (!desk_.gateway->logged_on()) desk_.until_session(SessionState::kLoggedOn);
  desk_.push(about(IntentType::kRequestStatus, 1, order));
  const ExecutionPayload status = desk_.execution();
  EXPECT_EQ(status.exec_type, ExecType::kStatus) << "the fill came twice";
  EXPECT_EQ(status.ord_status, OrdStatus::kFilled);
  const SimulatorState state = simulator_->state();
  EXPECT_EQ(state.venue.orders, 1u);
  EXPECT_EQ(state.venue.fills, 1u);
  EXPECT_EQ(state.sessions, 2u);
}

TEST_F(GatewaySimulator, CuttingTheConnectionAgainAndAgainLosesAndDoublesNothing) {
  constexpr int kOrders = 60;
  config_.venue.partial = Ratio::from_raw(Ratio::kScale / 2);
  config_.venue.size_multiple = 0;
  start();
  quote(99, 100, 1'000'000);
  settled();
  std::map<OrderId, Quantity> filled;
  std::map<std::string, int> ids;
  std::map<OrderId, bool> refused;
  const auto take = [&](const Event& event) {
    if (event.type != EventType::kExecution) return;
    const ExecutionPayload& report = event.payload.execution;
    if (report.exec_type == ExecType::kRejected) refused[report.order_id] = true;
    if (report.exec_type != ExecType::kTrade) return;
    if (++ids[std::string(report.exec_id.view())] == 1) {
      filled[report.order_id] += report.last_quantity;
    } else {
      EXPECT_EQ(report.poss_dup, 1);  // what is sent again says so
    }
  };
  for (int i = 1; i <= kOrders; ++i) {
    desk_.push(new_order(static_cast<OrderId>(i), 10, 100));
    Event event;
    // Two orders before each cut are under way when it comes; the others are answered first.
    if (i % 10 == 4) continue;
    if (i % 10 == 5) {
      simulator_->cut_connection();
      do {
        event = desk_.next();
        ASSERT_NE(event.type, EventType::kNone);
        take(event);
      } while (event.type != EventType::kSessionStatus ||
               event.payload.session.state != SessionState::kLoggedOn);
    }
    while (i % 10 != 5 && (event.type != EventType::kExecution ||
                           event.payload.execution.order_id != static_cast<OrderId>(i))) {
      event = desk_.next();
      ASSERT_NE(event.type, EventType::kNone);
      take(event);
    }
  }
  // All is settled when the venue knows of nothing that waits and has been asked after the last.
  const Intent marker = new_order(kOrders + 1, 1, 1);
  for (bool answered = false; !answered;) {
    ASSERT_TRUE(await([](const SimulatorState& s) {
      return s.live_orders == 0 && s.reports_waiting == 0 && s.logged_on;
    }));
    desk_.push(about(IntentType::kRequestStatus, marker.order_id, marker));
    const TimeNs until = SystemClock::monotonic() + kSecond / 5;
    while (!answered && SystemClock::monotonic() < until) {
      Event event;
      if (!desk_.events.try_pop(event)) {
        desk_.bell.park([this] { return desk_.events.size() > 0; }, 10);
        continue;
      }
      take(event);
      answered = event.type == EventType::kExecution &&
                 event.payload.execution.order_id == marker.order_id;
    }
  }
  const SimulatorState state = simulator_->state();
  EXPECT_EQ(state.sessions, 7u);
  EXPECT_GT(filled.size(), kOrders / 2u);
  Quantity total;
  for (const auto& [id, quantity] : filled) {
    EXPECT_EQ(quantity, Quantity::from_whole(10)) << id;
    EXPECT_FALSE(refused[id]) << id;
    total += quantity;
  }
  EXPECT_EQ(ids.size(), state.venue.fills);
  ASSERT_FALSE(state.positions.empty());
  EXPECT_EQ(state.positions[0].quantity, total);
  EXPECT_EQ(state.venue.duplicates, 0u);
}

TEST_F(GatewaySimulator, ClosedMarketsAndWithdrawnQuotesFillNothing) {
  start();
  quote(99, 101, 1'000);
  quote(0, 0, 0);
  settled();
  Intent order = new_order(1, 100, 0);
  order.order_type = OrderType::kMarket;
  desk_.push(order);
  EXPECT_EQ(desk_.execution().exec_type, ExecType::kNew);
  Event close = Event::make(EventType::kVenueSession, SourceId{0});
  close.payload.venue.phase = VenuePhase::kPostMarket;
  market(close);
  quote(99, 101, 1'000);
  EXPECT_EQ(settled().venue.fills, 0u);
  Event open = close;
  open.payload.venue.phase = VenuePhase::kRegular;
  market(open);
  const ExecutionPayload fill = desk_.execution();
  EXPECT_EQ(fill.last_price, Price::from_whole(101));
  EXPECT_EQ(fill.leaves_quantity, Quantity{});
}

}  // namespace
}  // namespace evenkeel::fix
