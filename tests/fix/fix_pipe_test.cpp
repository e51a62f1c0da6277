// Gateway and simulator in one thread, over a pipe, with time of their own: trading, and what a
// connection can do to it.

#include "tests/fix/fix_pipe.hpp"

#include <map>
#include <set>

#include "tests/fix/gateway_rig.hpp"

namespace evenkeel::fix {
namespace {

using testing::about;
using testing::FixPair;
using testing::kAapl;
using testing::new_order;

GatewayConfig desk_config() { return testing::pipe_config(SourceId{7}, {"FUND1", "FUND2"}); }

SimulatorConfig venue_config() {
  SimulatorConfig config;
  config.sender = "VENUE";
  config.target = "DESK";
  config.venue.run = "P";
  return config;
}

class FixPipeTest : public ::testing::Test {
 protected:
  FixPipeTest() : store_(open_gateway_store(desk_config()).value()) {
    pair_ = std::make_unique<FixPair>(desk_config(), venue_config(), testing::gateway_instruments(),
                                      store_);
    Event open = Event::make(EventType::kVenueSession, SourceId{0});
    open.payload.venue.phase = VenuePhase::kRegular;
    pair_->simulator->on_market(open);
  }
  void quote(std::int64_t bid, std::int64_t ask) {
    Event event = Event::make(EventType::kQuote, SourceId{0}, kAapl.value);
    event.payload.quote = {0, Price::from_whole(bid), Price::from_whole(ask),
                           Quantity::from_whole(1'000'000), Quantity::from_whole(1'000'000)};
    pair_->simulator->on_market(event);
  }
  void send(const Intent& intent) { ASSERT_TRUE(pair_->intents.try_push(intent)); }
  /// Keeps the events so far: fills by ExecID, refusals, the last session state.
  void take() {
    for (const Event& event : pair_->take_events()) {
      if (event.type == EventType::kSessionStatus) {
        states_.push_back(event.payload.session.state);
      }
      if (event.type != EventType::kExecution) continue;
      const ExecutionPayload& report = event.payload.execution;
      if (report.exec_type == ExecType::kRejected) refused_.insert(report.order_id);
      if (report.exec_type == ExecType::kNew) acknowledged_.insert(report.order_id);
      if (report.exec_type == ExecType::kStatus) statuses_[report.order_id] = report.ord_status;
      if (report.exec_type != ExecType::kTrade) continue;
      if (fills_.insert(std::string(report.exec_id.view())).second) {
        filled_[report.order_id] += report.last_quantity;
      } else {
        EXPECT_EQ(report.poss_dup, 1);  // what is sent again says so
      }
    }
  }
  /// The session is there, everything has come, and the events are taken.
  void calm() {
    pair_->run_for(50 * kMillisecond);  // what is under way breaks, if it is to
    ASSERT_TRUE(pair_->run_until([this] {
      take();
      const SimulatorState state = pair_->simulator->state();
      return pair_->gateway->logged_on() && state.logged_on && state.reports_waiting == 0;
    }));
    pair_->run_for(100 * kMillisecond);
    take();
  }
  VenueCounts venue() const { return pair_->simulator->state().venue; }

  std::shared_ptr<SequenceStore> store_;
  std::unique_ptr<FixPair> pair_;
  std::vector<SessionState> states_;
  std::set<OrderId> refused_, acknowledged_;
  std::set<std::string> fills_;
  std::map<OrderId, Quantity> filled_;
  std::map<OrderId, OrdStatus> statuses_;
};

TEST_F(FixPipeTest, AnOrderIsAcknowledgedAndFilledInVirtualTime) {
  pair_->pipe.desk.delay = pair_->pipe.venue.delay = 40 * kMillisecond;
  pair_->pipe.venue.piece_max = 7;
  quote(99, 100);
  ASSERT_TRUE(pair_->log_on());
  EXPECT_GE(pair_->pipe.now, 160 * kMillisecond);  // logon and probe, there and back
  send(new_order(1, 10, 100));
  const TimeNs sent = pair_->pipe.now;
  ASSERT_TRUE(pair_->run_until([this] {
    take();
    return filled_[1] == Quantity::from_whole(10);
  }));
  EXPECT_EQ(acknowledged_.count(1), 1u);
  // There and back, and a millisecond each for the acknowledgement and the fill.
  EXPECT_EQ(pair_->pipe.now - sent, 82 * kMillisecond);
  EXPECT_EQ(venue().orders, 1u);
  pair_->gateway->request_stop(pair_->moment());
  EXPECT_TRUE(
      pair_->run_until([this] { return pair_->gateway->finished(pair_->moment()); }, kSecond));
  EXPECT_FALSE(pair_->gateway->attached());
}

TEST_F(FixPipeTest, NothingIsSentWhileNobodyCanBeReached) {
  pair_->reachable = false;
  send(new_order(1, 10, 100));
  pair_->run_for(5 * kSecond);
  take();
  EXPECT_EQ(refused_, std::set<OrderId>{1});
  const std::uint64_t failures = pair_->gateway->counts().connect_failures;
  // 0.1 s, doubled each time: at 0, 0.1, 0.3, 0.7, 1.5 and 3.1 s.
  EXPECT_EQ(failures, 6u);
  pair_->reachable = true;
  EXPECT_TRUE(pair_->log_on());
  EXPECT_EQ(venue().orders, 0u);
}

// The order's bytes break off at every place: whether it arrived is the venue's word, and the desk
// never sends it again.
TEST_F(FixPipeTest, ADisconnectInTheMiddleOfAnOrderSendsNothingTwice) {
  quote(99, 100);
  OrderId id = 0;
  for (const bool told : {false, true}) {
    for (std::size_t at = 0; at <= 220; at += 11) {
      calm();
      const std::uint64_t before = venue().orders;
      pair_->pipe.desk.cut_after = at;
      pair_->pipe.desk.cut_is_told = told;
      send(new_order(++id, 10, 100));
      pair_->settle();
      EXPECT_LE(venue().orders, before + 1) << at;
      calm();
      const bool arrived = venue().orders > before;
      if (arrived) {
        EXPECT_EQ(filled_[id], Quantity::from_whole(10)) << at;
      } else {
        // Only the venue knows: it is asked.
        Intent ask = about(IntentType::kRequestStatus, id, new_order(id, 10, 100));
        ask.orig_order_id = id;
        if (told) {
          EXPECT_EQ(refused_.count(id), 1u) << at;
        }
        send(ask);
        calm();
        EXPECT_EQ(statuses_[id], OrdStatus::kRejected) << at;
      }
    }
  }
  EXPECT_GT(venue().orders, 0u);
  EXPECT_LT(venue().orders, id);
  EXPECT_EQ(venue().duplicates, 0u);
  EXPECT_EQ(fills_.size(), venue().fills);
}

TEST_F(FixPipeTest, AReportThatWasCutOffIsSentAgainAndCountsOnce) {
  quote(99, 100);
  for (OrderId id = 1; id <= 20; ++id) {
    calm();
    pair_->pipe.venue.cut_after = id * 37;  // somewhere in acknowledgement or fill
    send(new_order(id, 10, 100));
    calm();
    EXPECT_EQ(filled_[id], Quantity::from_whole(10)) << id;
  }
  EXPECT_EQ(venue().orders, 20u);
  EXPECT_EQ(fills_.size(), venue().fills);
  EXPECT_GT(pair_->gateway->counts().sequence_gaps, 0u);
}

TEST_F(FixPipeTest, BytesThatComeTwiceEndTheSessionAndDoubleNothing) {
  quote(99, 100);
  calm();
  pair_->pipe.venue.twice = 1;
  send(new_order(1, 10, 100));
  calm();
  EXPECT_GT(pair_->gateway->counts().sequence_too_low, 0u);
  EXPECT_EQ(filled_[1], Quantity::from_whole(10));
  EXPECT_EQ(fills_.size(), 1u);
  pair_->pipe.desk.twice = 1;
  send(new_order(2, 10, 100));
  calm();
  EXPECT_EQ(venue().orders, 2u);
  EXPECT_EQ(filled_[2], Quantity::from_whole(10));
}

// The venue has forgotten messages of ours (its number is too low) or we have forgotten its.
TEST_F(FixPipeTest, MessagesThatWereMissedAreFilledBeforeAnythingIsSent) {
  quote(99, 100);
  calm();
  const std::int32_t before = store_->next_sender();
  pair_->pipe.cut();
  // Numbers were used that never reached the venue: it asks for them, and gets a gap fill.
  ASSERT_TRUE(store_->set_next_sender(before + 5));
  send(new_order(1, 10, 100));  // refused: not logged on
  calm();
  EXPECT_EQ(refused_.count(1), 1u);
  send(new_order(2, 10, 100));
  calm();
  EXPECT_EQ(filled_[2], Quantity::from_whole(10));
  EXPECT_EQ(venue().orders, 1u);
  // A restored backup: we expect less than has been sent, and it comes again.
  pair_->pipe.cut();
  ASSERT_TRUE(store_->set_next_target(store_->next_target() - 3));
  calm();
  EXPECT_EQ(fills_.size(), 1u);
  EXPECT_EQ(filled_[2], Quantity::from_whole(10));
}

TEST_F(FixPipeTest, OurNumbersTooLowEndInARefusalNotInATrade) {
  calm();
  pair_->pipe.cut();
  pair_->settle();
  ASSERT_TRUE(store_->set_next_sender(1));
  send(new_order(1, 10, 100));
  pair_->run_for(3 * kSecond);
  take();
  EXPECT_FALSE(pair_->gateway->logged_on());
  EXPECT_EQ(venue().orders, 0u);
}

TEST_F(FixPipeTest, ASilentPeerIsLeft) {
  calm();
  pair_->reachable = false;
  pair_->gateway->session().simulate_silence(80);
  pair_->run_for(kSecond);
  take();
  EXPECT_EQ(states_.back(), SessionState::kDisconnected);
  EXPECT_GT(pair_->gateway->counts().timeouts, 0u);
}

TEST_F(FixPipeTest, AKilledDeskGoesOnWhereItsStoreSays) {
  quote(99, 100);
  calm();
  send(new_order(1, 10, 100));
  pair_->settle();
  pair_->kill_desk();  // the order is under way, its reports are not read
  pair_->run_for(kSecond);
  EXPECT_EQ(venue().fills, 1u);
  pair_->take_events();  // died with it
  ASSERT_TRUE(pair_->start_desk(store_).ok());
  calm();
  EXPECT_EQ(filled_[1], Quantity::from_whole(10));
  EXPECT_EQ(venue().orders, 1u);
}

TEST_F(FixPipeTest, AnEngineThatDoesNotListenHoldsTheBytesBackAndLosesNothing) {
  pair_ = std::make_unique<FixPair>(desk_config(), venue_config(), testing::gateway_instruments(),
                                    open_gateway_store(desk_config()).value(), 8);
  Event open = Event::make(EventType::kVenueSession, SourceId{0});
  open.payload.venue.phase = VenuePhase::kRegular;
  pair_->simulator->on_market(open);
  quote(99, 100);
  calm();
  for (OrderId id = 1; id <= 50; ++id) send(new_order(id, 10, 100));
  pair_->run_for(kSecond);
  EXPECT_TRUE(pair_->gateway->holding_back());
  EXPECT_EQ(venue().fills, 50u);
  ASSERT_TRUE(pair_->run_until([this] {
    take();
    return fills_.size() == 50;
  }));
}

}  // namespace
}  // namespace evenkeel::fix
