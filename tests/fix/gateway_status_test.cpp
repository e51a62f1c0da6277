// Status of all orders with one request: what it answers, what it leaves to be asked one by one,
// and counterparties that do not know it.

#include <map>

#include "tests/fix/fix_pipe.hpp"
#include "tests/fix/gateway_rig.hpp"

namespace evenkeel::fix {
namespace {

using testing::about;
using testing::field;
using testing::FixPair;
using testing::GatewayRig;
using testing::new_order;
using testing::TextVenue;

class GatewayStatus : public ::testing::Test {
 protected:
  GatewayStatus() {
    GatewayConfig config;
    config.host = "pipe";
    config.sender = "DESK";
    config.target = "VENUE";
    config.engine = *engine_code("EK1");
    config.epoch = testing::kEpoch;
    config.source = SourceId{7};
    config.accounts = {"FUND1"};
    config.mass_status = true;
    SimulatorConfig venue;
    venue.sender = "VENUE";
    venue.target = "DESK";
    venue.venue.run = "P";
    pair_ = std::make_unique<FixPair>(config, venue, testing::gateway_instruments(),
                                      open_gateway_store(config).value());
  }
  void send(const Intent& intent) { ASSERT_TRUE(pair_->intents.try_push(intent)); }
  void ask(OrderId id) {
    Intent question = new_order(id, 10, 90);
    question.type = IntentType::kRequestStatus;
    question.orig_order_id = id;
    send(question);
  }
  /// Statuses that have come, by order.
  std::map<OrderId, OrdStatus> statuses() {
    std::map<OrderId, OrdStatus> out;
    for (const Event& event : pair_->take_events()) {
      const ExecutionPayload& report = event.payload.execution;
      if (event.type != EventType::kExecution || report.exec_type != ExecType::kStatus) continue;
      EXPECT_EQ(out.count(report.order_id), 0u) << "answered twice: " << report.order_id;
      out[report.order_id] = report.ord_status;
    }
    return out;
  }

  std::unique_ptr<FixPair> pair_;
};

using Statuses = std::map<OrderId, OrdStatus>;

TEST_F(GatewayStatus, OneRequestAsksAboutAllAndTheRestIsAskedOneByOne) {
  ASSERT_TRUE(pair_->log_on());
  for (OrderId id = 1; id <= 3; ++id) send(new_order(id, 10, 90));
  pair_->run_for(100 * kMillisecond);
  send(about(IntentType::kCancelOrder, 4, new_order(2, 10, 90)));
  pair_->run_for(100 * kMillisecond);
  pair_->take_events();
  for (const OrderId id : {1u, 2u, 3u, 9u}) ask(id);
  pair_->run_for(100 * kMillisecond);
  // The venue tells of what is open; the cancelled and the unknown one are asked about by name.
  EXPECT_EQ(statuses(), (Statuses{{1, OrdStatus::kNew},
                                  {2, OrdStatus::kCanceled},
                                  {3, OrdStatus::kNew},
                                  {9, OrdStatus::kRejected}}));
  const VenueCounts venue = pair_->simulator->state().venue;
  EXPECT_EQ(venue.mass_status_requests, 1u);
  EXPECT_EQ(venue.status_requests, 2u);
  EXPECT_EQ(pair_->gateway->counts().mass_status_requests, 1u);
  EXPECT_EQ(pair_->gateway->counts().status_requests, 2u);
  EXPECT_EQ(pair_->gateway->counts().foreign_reports, 0u);
}

TEST_F(GatewayStatus, AVenueWithoutOrdersSaysSoAndNobodyTakesItForAnOrder) {
  ASSERT_TRUE(pair_->log_on());
  pair_->take_events();
  ask(9);
  pair_->run_for(100 * kMillisecond);
  EXPECT_EQ(statuses(), (Statuses{{9, OrdStatus::kRejected}}));
  EXPECT_EQ(pair_->simulator->state().venue.status_requests, 1u);
}

TEST_F(GatewayStatus, AReplaceUnderWayIsAnsweredUnderItsOrdersNumber) {
  ASSERT_TRUE(pair_->log_on());
  const Intent order = new_order(1, 10, 90);
  send(order);
  pair_->run_for(100 * kMillisecond);
  pair_->take_events();
  // Asked about by the replace's number, of which the venue has not heard.
  Intent question = order;
  question.type = IntentType::kRequestStatus;
  question.orig_order_id = 2;
  send(question);
  pair_->run_for(100 * kMillisecond);
  EXPECT_EQ(statuses(), (Statuses{{1, OrdStatus::kNew}}));
  EXPECT_EQ(pair_->simulator->state().venue.status_requests, 0u);
}

TEST_F(GatewayStatus, QuestionsThatComeMeanwhileGoWithTheNextRequest) {
  ASSERT_TRUE(pair_->log_on());
  for (OrderId id = 1; id <= 3; ++id) send(new_order(id, 10, 90));
  pair_->run_for(100 * kMillisecond);
  pair_->take_events();
  pair_->pipe.venue.delay = 50 * kMillisecond;
  ask(1);
  pair_->run_for(10 * kMillisecond);
  ask(3);
  pair_->run_for(200 * kMillisecond);
  EXPECT_EQ(pair_->simulator->state().venue.mass_status_requests, 2u);
  EXPECT_EQ(pair_->simulator->state().venue.status_requests, 0u);
}

TEST_F(GatewayStatus, WithoutAnAnswerEachIsAskedAbout) {
  ASSERT_TRUE(pair_->log_on());
  send(new_order(1, 10, 90));
  pair_->run_for(100 * kMillisecond);
  pair_->pipe.venue.delay = 7 * kSecond;
  ask(1);
  ask(9);
  pair_->run_until([] { return false; }, 4 * kSecond, 100 * kMillisecond);
  EXPECT_EQ(pair_->simulator->state().venue.status_requests, 0u);
  pair_->run_until([] { return false; }, 2 * kSecond, 100 * kMillisecond);
  EXPECT_EQ(pair_->simulator->state().venue.status_requests, 2u);
}

TEST_F(GatewayStatus, ALostConnectionForgetsTheQuestions) {
  ASSERT_TRUE(pair_->log_on());
  send(new_order(1, 10, 90));
  pair_->run_for(100 * kMillisecond);
  pair_->pipe.venue.delay = kSecond;
  ask(1);
  pair_->run_for(10 * kMillisecond);
  pair_->pipe.venue.delay = 0;
  pair_->pipe.cut();
  ASSERT_TRUE(pair_->run_until([this] {
    pair_->take_events();  // as an engine, which hears of the loss
    return pair_->gateway->counts().logons == 2;
  }));
  pair_->run_for(100 * kMillisecond);
  // What was sent before is resent by the session, and asked anew by nobody.
  EXPECT_EQ(pair_->simulator->state().venue.mass_status_requests, 1u);
  ask(1);
  pair_->run_for(100 * kMillisecond);
  EXPECT_EQ(pair_->simulator->state().venue.mass_status_requests, 2u);
}

TEST(GatewayStatusRefused, ACounterpartyThatDoesNotKnowItIsAskedOneByOne) {
  GatewayRig rig;
  TextVenue venue;
  rig.config.mass_status = true;
  rig.start(venue.port());
  venue.accept_and_log_on();
  rig.until_session(SessionState::kLoggedOn);
  const Intent order = new_order(1, 10, 100);
  rig.push(about(IntentType::kRequestStatus, 1, order));
  const std::string request = venue.read_until("AF");
  EXPECT_EQ(field(request, 585), "7");
  EXPECT_FALSE(field(request, 584).empty());
  venue.send("j", "45=" + field(request, 34) + "|372=AF|380=3|58=unsupported|");
  EXPECT_EQ(field(venue.read_until("H"), 11), testing::cl_ord_id(1));
  rig.push(about(IntentType::kRequestStatus, 2, new_order(2, 10, 100)));
  EXPECT_EQ(field(venue.read_until("H"), 11), testing::cl_ord_id(2));
  EXPECT_TRUE(rig.await([](const GatewayCounts& c) { return c.status_requests == 2; }));
  EXPECT_EQ(rig.gateway->counts().mass_status_requests, 1u);
}

}  // namespace
}  // namespace evenkeel::fix
