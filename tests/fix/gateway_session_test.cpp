// The gateway against a venue written as text: what must never be sent, what must never be lost,
// and what a counterparty may do wrong.

#include "tests/fix/gateway_rig.hpp"

namespace evenkeel::fix {
namespace {

using testing::about;
using testing::bars;
using testing::cl_ord_id;
using testing::field;
using testing::GatewayRig;
using testing::kAapl;
using testing::kEs;
using testing::new_order;
using testing::TextVenue;

TEST(GatewaySession, AnOrderCarriesEveryFieldItNeeds) {
  TextVenue venue;
  GatewayRig desk;
  desk.start(venue.port());
  venue.accept_and_log_on();
  desk.until_session(SessionState::kLoggedOn);
  EXPECT_TRUE(desk.await([&](const GatewayCounts& c) { return c.logons == 1; }));
  EXPECT_TRUE(desk.gateway->logged_on());

  Intent future = new_order(1, 7, 5012, kEs);
  future.portfolio = PortfolioId{1};
  future.limit_price = Price::from_raw(5'012'250'000'000);
  future.side = evenkeel::Side::kSell;
  desk.push(future);
  const std::string sent = venue.read_until("D");
  EXPECT_EQ(field(sent, 11), cl_ord_id(1));
  EXPECT_EQ(field(sent, 1), "FUND2");
  EXPECT_EQ(field(sent, 55), "ESZ6");
  EXPECT_EQ(field(sent, 167), "FUT");
  EXPECT_EQ(field(sent, 200), "202612");
  EXPECT_EQ(field(sent, 541), "20261218");
  EXPECT_EQ(field(sent, 54), "2");
  EXPECT_EQ(field(sent, 38), "7");
  EXPECT_EQ(field(sent, 40), "2");
  EXPECT_EQ(field(sent, 44), "5012.25");
  EXPECT_EQ(field(sent, 59), "0");
  EXPECT_EQ(field(sent, 21), "1");

  Intent market = new_order(2, 100, 0);
  market.order_type = OrderType::kMarket;
  market.time_in_force = TimeInForce::kImmediateOrCancel;
  desk.push(market);
  const std::string at_market = venue.read_until("D");
  EXPECT_EQ(field(at_market, 40), "1");
  EXPECT_EQ(field(at_market, 44), "");
  EXPECT_EQ(field(at_market, 59), "3");
  EXPECT_EQ(field(at_market, 167), "CS");
  EXPECT_EQ(field(at_market, 200), "");
}

TEST(GatewaySession, AnOrderWhileDisconnectedIsRefusedAndNeverSent) {
  TextVenue venue;
  GatewayRig desk;
  desk.start(venue.port());
  venue.accept_and_log_on();
  desk.until_session(SessionState::kLoggedOn);
  venue.stop_listening();
  venue.hang_up();
  desk.until_session(SessionState::kDisconnected);

  desk.push(new_order(1, 100, 100));
  const ExecutionPayload refused = desk.execution();
  EXPECT_EQ(refused.order_id, 1u);
  EXPECT_EQ(refused.exec_type, ExecType::kRejected);
  EXPECT_EQ(refused.ord_status, OrdStatus::kRejected);
  EXPECT_EQ(refused.reject_reason, 100u);  // 99, other
  EXPECT_TRUE(refused.exec_id.empty());
  desk.push(about(IntentType::kReplaceOrder, 2, new_order(1, 100, 100)));
  EXPECT_EQ(desk.cancel_reject().response_to, 2);
  desk.push(about(IntentType::kCancelOrder, 3, new_order(1, 100, 100)));
  const CancelRejectPayload cancel = desk.cancel_reject();
  EXPECT_EQ(cancel.order_id, 3u);
  EXPECT_EQ(cancel.orig_order_id, 1u);
  EXPECT_EQ(cancel.response_to, 1);

  venue.listen_again();
  venue.accept_and_log_on();
  desk.until_session(SessionState::kLoggedOn);
  venue.ping();
  // A counterparty that asks for everything again gets no order either.
  venue.send("2", "7=1|16=0|");
  EXPECT_EQ(field(venue.read_until("4"), 123), "Y");
  venue.answer_probe();
  desk.until_session(SessionState::kConnected);
  desk.until_session(SessionState::kLoggedOn);
  EXPECT_EQ(venue.orders, 0);
  EXPECT_EQ(desk.gateway->counts().orders, 0u);
  EXPECT_EQ(desk.gateway->counts().refused_not_logged_on, 3u);
}

TEST(GatewaySession, ARequestMadeBeforeTheDeskHeardOfTheLossIsNotSentAfterIt) {
  TextVenue venue;
  GatewayRig desk;
  desk.start(venue.port());
  venue.accept_and_log_on();
  desk.until_session(SessionState::kLoggedOn);
  venue.hang_up();
  // The engine is busy: it has taken nothing yet, and still asks for an order on the old session.
  ASSERT_TRUE(desk.await([](const GatewayCounts& c) { return c.disconnects == 1; }));
  venue.accept_and_log_on();
  venue.ping();  // the gateway has handled the logon
  ASSERT_TRUE(desk.intents.try_push(new_order(1, 100, 100)));
  EXPECT_EQ(desk.gateway->counts().logons, 1u);
  desk.until_session(SessionState::kDisconnected);
  desk.until_session(SessionState::kLoggedOn);
  EXPECT_EQ(desk.seen_of(EventType::kExecution), 1);
  const auto refused = std::find_if(desk.seen.begin(), desk.seen.end(),
                                    [](const Event& e) { return e.type == EventType::kExecution; });
  ASSERT_NE(refused, desk.seen.end());
  EXPECT_EQ(refused->payload.execution.exec_type, ExecType::kRejected);
  venue.ping();
  EXPECT_EQ(venue.orders, 0);

  desk.push(new_order(2, 100, 100));  // one of the new session goes out
  EXPECT_EQ(field(venue.read_until("D"), 11), cl_ord_id(2));
}

TEST(GatewaySession, AFilledGapComesBeforeTheLogonIsToldAndCountsOnce) {
  TextVenue venue;
  GatewayRig desk;
  desk.start(venue.port());
  venue.accept_and_log_on();
  desk.until_session(SessionState::kLoggedOn);
  desk.push(new_order(1, 100, 100));
  venue.read_until("D");
  venue.send("8", TextVenue::report(1, "E1", '0', '0', 0, 0, 100));  // 3
  EXPECT_EQ(desk.execution().exec_type, ExecType::kNew);
  venue.hang_up();
  desk.until_session(SessionState::kDisconnected);

  // Messages 4 and 5 were sent into the broken connection.
  venue.set_next(6);
  venue.accept();
  venue.read_until("A");
  venue.send("A", "98=0|108=30|");  // 6
  const std::string request = venue.read_until("2");
  EXPECT_EQ(field(request, 7), "4") << bars(request);
  venue.answer_probe();               // 7
  desk.push(new_order(2, 100, 100));  // not while the gap is open
  EXPECT_EQ(desk.execution().exec_type, ExecType::kRejected);
  venue.resend(4, "8", TextVenue::report(1, "E2", 'F', '1', 40, 40, 60));
  venue.resend(5, "8", TextVenue::report(1, "E3", 'F', '2', 60, 100, 0));
  venue.resend(6, "4", "123=Y|36=7|");
  const std::size_t before = desk.seen.size();
  desk.until_session(SessionState::kLoggedOn);
  Quantity filled;
  int fills = 0;
  for (std::size_t i = before; i < desk.seen.size(); ++i) {
    if (desk.seen[i].type != EventType::kExecution) continue;
    EXPECT_EQ(desk.seen[i].payload.execution.poss_dup, 1);
    EXPECT_EQ(desk.seen[i].instrument(), kAapl);
    filled += desk.seen[i].payload.execution.last_quantity;
    ++fills;
  }
  EXPECT_EQ(fills, 2);
  EXPECT_EQ(filled, Quantity::from_whole(100));
  EXPECT_EQ(venue.orders, 1);
  venue.ping();
  EXPECT_EQ(venue.orders, 1) << "the order was sent again";
}

TEST(GatewaySession, NothingIsSentUntilThePeerIsKnownToMissNothing) {
  TextVenue venue;
  GatewayRig desk;
  desk.start(venue.port());
  venue.accept_and_log_on();
  desk.until_session(SessionState::kLoggedOn);
  venue.hang_up();
  desk.until_session(SessionState::kDisconnected);

  venue.accept();
  venue.read_until("A");
  venue.send("A", "98=0|108=30|");
  const std::string first = venue.read_until("1");
  venue.send("2", "7=2|16=0|");  // it has missed something of ours
  EXPECT_EQ(field(venue.read_until("4"), 123), "Y");
  const std::string second = venue.read_until("1");
  EXPECT_NE(field(first, 112), field(second, 112));
  venue.send("0", "112=" + field(first, 112) + "|");  // that one says nothing any more
  desk.push(new_order(1, 100, 100));
  EXPECT_EQ(desk.execution().exec_type, ExecType::kRejected);
  EXPECT_EQ(desk.gateway->counts().logons, 1u);
  venue.send("0", "112=" + field(second, 112) + "|");
  desk.until_session(SessionState::kLoggedOn);
  desk.push(new_order(2, 100, 100));
  EXPECT_EQ(field(venue.read_until("D"), 11), cl_ord_id(2));
}

TEST(GatewaySession, APeerThatVanishesMidOrderLeavesTheOrderToBeAskedAbout) {
  TextVenue venue;
  GatewayRig desk;
  desk.start(venue.port());
  venue.accept_and_log_on();
  desk.until_session(SessionState::kLoggedOn);
  const Intent order = new_order(1, 100, 100);
  desk.push(order);
  venue.read_until("D");
  venue.hang_up();
  desk.until_session(SessionState::kDisconnected);
  EXPECT_EQ(desk.seen_of(EventType::kExecution), 0) << "nobody knows, so nobody may say";

  venue.accept_and_log_on();
  desk.until_session(SessionState::kLoggedOn);
  desk.push(about(IntentType::kRequestStatus, 1, order));
  const std::string asked = venue.read_until("H");
  EXPECT_EQ(field(asked, 11), cl_ord_id(1));
  EXPECT_EQ(field(asked, 55), "AAPL");
  EXPECT_EQ(venue.orders, 1);
  venue.send("8", TextVenue::report(1, "S1", 'I', '1', 0, 30, 70));
  const ExecutionPayload answer = desk.execution();
  EXPECT_EQ(answer.exec_type, ExecType::kStatus);
  EXPECT_EQ(answer.ord_status, OrdStatus::kPartiallyFilled);
  EXPECT_EQ(answer.cumulative_quantity, Quantity::from_whole(30));
}

TEST(GatewaySession, ALogonThatGoesBackIsRefused) {
  TextVenue venue;
  GatewayRig desk;
  desk.start(venue.port());
  venue.accept_and_log_on();
  desk.until_session(SessionState::kLoggedOn);
  venue.ping();
  venue.hang_up();
  desk.until_session(SessionState::kDisconnected);
  venue.set_next(1);
  venue.accept();
  venue.read_until("A");
  venue.send("A", "98=0|108=30|");
  EXPECT_NE(field(venue.read_until("5"), 58).find("too low"), std::string::npos);
  desk.until_session(SessionState::kDisconnected);
  EXPECT_TRUE(desk.await([](const GatewayCounts& c) { return c.sequence_too_low >= 1; }));
  EXPECT_EQ(desk.gateway->counts().logons, 1u);
  EXPECT_NE(desk.notes().find("too low"), std::string::npos);
}

TEST(GatewaySession, GarbageIsCountedAndTheSessionGoesOn) {
  TextVenue venue;
  GatewayRig desk;
  desk.start(venue.port());
  venue.accept_and_log_on();
  desk.until_session(SessionState::kLoggedOn);
  venue.send_bytes("\x01\x02 nothing that FIX knows 8=FIX.4.4\x01");
  std::string broken = venue.make(3, "8", TextVenue::report(1, "E1", 'F', '2', 1, 1, 0));
  broken[broken.size() - 2] = broken[broken.size() - 2] == '0' ? '1' : '0';  // its checksum
  venue.send_bytes(broken);
  venue.ping();
  EXPECT_TRUE(
      desk.await([](const GatewayCounts& c) { return c.garbled >= 1 && c.bad_checksums == 1; }));
  EXPECT_EQ(desk.seen_of(EventType::kExecution), 0);
  EXPECT_EQ(desk.gateway->counts().disconnects, 0u);
}

TEST(GatewaySession, GarbageInsteadOfALogonEndsTheConnection) {
  TextVenue venue;
  GatewayRig desk;
  desk.start(venue.port());
  venue.accept();
  venue.read_until("A");
  venue.send_bytes(std::string(500, 'x') +
                   "8=FIX.4.4\x01"
                   "9=5\x01"
                   "35=0\x01"
                   "10=000\x01");
  desk.until_session(SessionState::kDisconnected);
  venue.accept_and_log_on();
  desk.until_session(SessionState::kLoggedOn);
}

TEST(GatewaySession, AFullRingHoldsTheSocketBackAndLosesNothing) {
  constexpr int kReports = 3'000;
  TextVenue venue;
  GatewayRig desk(4);
  desk.start(venue.port());
  venue.accept_and_log_on();
  desk.until_session(SessionState::kLoggedOn);
  for (int i = 1; i <= kReports; ++i) {
    venue.send("8", TextVenue::report(1, "E" + std::to_string(i), 'F', '1', 1, i, 9'999 - i));
  }
  ASSERT_TRUE(desk.await([](const GatewayCounts& c) { return c.ring_full >= 1; }));
  // A request is still taken, and its answer waits behind the reports.
  desk.push(new_order(2, 100, 100));
  EXPECT_EQ(field(venue.read_until("D"), 11), cl_ord_id(2));
  for (int i = 1; i <= kReports; ++i) {
    const ExecutionPayload report = desk.execution();
    ASSERT_EQ(report.exec_id.view(), "E" + std::to_string(i));
    ASSERT_EQ(report.cumulative_quantity, Quantity::from_whole(i));
  }
  EXPECT_TRUE(desk.await([](const GatewayCounts& c) { return c.executions == kReports; }));
  EXPECT_LT(desk.gateway->counts().queued_max, 64u) << "the session was not held back";
  venue.ping();
  EXPECT_EQ(desk.seen_of(EventType::kExecution), kReports);
}

TEST(GatewaySession, AReportThatNobodyCanCountMakesTheDeskAskAboutEverything) {
  TextVenue venue;
  GatewayRig desk;
  desk.start(venue.port());
  venue.accept_and_log_on();
  desk.until_session(SessionState::kLoggedOn);
  venue.send("8", TextVenue::report(1, std::string(41, 'E'), 'F', '2', 1, 1, 0));
  desk.until_session(SessionState::kConnected);  // not to be traded on
  desk.until_session(SessionState::kLoggedOn);   // ask
  EXPECT_TRUE(desk.await([](const GatewayCounts& c) { return c.unusable_reports == 1; }));
  EXPECT_EQ(desk.seen_of(EventType::kExecution), 0);

  // One the session itself refuses: a price that is no number.
  std::string fields = TextVenue::report(1, "E2", 'F', '2', 1, 1, 0);
  fields.replace(fields.find("31=100|"), 7, "31=1e2|");
  venue.send("8", fields);
  EXPECT_EQ(field(venue.read_until("3"), 371), "31");
  desk.until_session(SessionState::kConnected);
  desk.until_session(SessionState::kLoggedOn);
  EXPECT_EQ(desk.gateway->counts().unusable_reports, 2u);
  EXPECT_EQ(desk.seen_of(EventType::kExecution), 0);
  venue.ping();
}

TEST(GatewaySession, AMessageTheVenueCannotReadIsAnsweredAsRefused) {
  TextVenue venue;
  GatewayRig desk;
  desk.start(venue.port());
  venue.accept_and_log_on();
  desk.until_session(SessionState::kLoggedOn);
  desk.push(new_order(1, 100, 100));
  venue.send("3", "45=" + field(venue.read_until("D"), 34) + "|372=D|373=1|58=tag missing|");
  const ExecutionPayload rejected = desk.execution();
  EXPECT_EQ(rejected.order_id, 1u);
  EXPECT_EQ(rejected.exec_type, ExecType::kRejected);
  desk.push(about(IntentType::kCancelOrder, 3, new_order(2, 100, 100)));
  venue.send("j", "45=" + field(venue.read_until("F"), 34) + "|372=F|380=3|58=no cancels|");
  EXPECT_EQ(desk.cancel_reject().order_id, 3u);
  EXPECT_TRUE(desk.await([](const GatewayCounts& c) { return c.message_rejects == 2; }));
}

TEST(GatewaySession, AForeignFillIsDisownedUnderItsOwnNames) {
  TextVenue venue;
  GatewayRig desk;
  desk.start(venue.port());
  venue.accept_and_log_on();
  desk.until_session(SessionState::kLoggedOn);
  std::string fields = TextVenue::report(1, "EX9", 'F', '2', 5, 5, 0);
  const std::string id = "11=" + cl_ord_id(1);
  fields.replace(fields.find(id), id.size(), "11=SOMEBODY-ELSE");
  venue.send("8", fields);
  EXPECT_EQ(desk.execution().order_id, 0u);
  Intent disown;
  disown.type = IntentType::kDontKnowTrade;
  disown.side = evenkeel::Side::kBuy;
  disown.quantity = Quantity::from_whole(5);
  disown.limit_price = Price::from_whole(100);
  disown.text.assign("EX9");
  desk.push(disown);
  const std::string sent = venue.read_until("Q");
  EXPECT_EQ(field(sent, 17), "EX9");
  EXPECT_EQ(field(sent, 37), "V1");
  EXPECT_EQ(field(sent, 55), "AAPL");
  EXPECT_EQ(field(sent, 127), "D");
  EXPECT_EQ(field(sent, 32), "5");
  EXPECT_EQ(desk.gateway->counts().foreign_reports, 1u);
}

TEST(GatewaySession, StoppingSendsTheRestThenLogsOut) {
  TextVenue venue;
  GatewayRig desk;
  desk.config.logout_within = testing::kPatience;
  desk.start(venue.port());
  venue.accept_and_log_on();
  desk.until_session(SessionState::kLoggedOn);
  ASSERT_TRUE(desk.intents.try_push(about(IntentType::kCancelOrder, 2, new_order(1, 100, 100))));
  std::thread peer([&venue] {
    EXPECT_EQ(field(venue.read_until("F"), 11), cl_ord_id(2));
    venue.read_until("5");
    venue.send("5", "");
    EXPECT_EQ(venue.read(), "");  // the end of the connection
  });
  desk.gateway->stop();
  peer.join();
  desk.until_session(SessionState::kDisconnected);
  EXPECT_FALSE(desk.gateway->logged_on());
  desk.gateway->stop();  // again: nothing
}

TEST(GatewaySession, StoppingDoesNotWaitForeverForAnAnswer) {
  TextVenue venue;
  GatewayRig desk(2);
  desk.start(venue.port());
  venue.accept_and_log_on();
  desk.until_session(SessionState::kLoggedOn);
  desk.gateway->stop();  // the venue says nothing, and nobody takes events
  venue.read_until("5");
}

TEST(GatewaySession, StoppingWithoutAVenueIsQuick) {
  TextVenue venue;
  venue.stop_listening();
  GatewayRig desk;
  desk.start(venue.port());
  ASSERT_TRUE(desk.await([](const GatewayCounts& c) { return c.connect_failures >= 2; }));
  desk.gateway->stop();
  EXPECT_NE(desk.notes().find("cannot connect"), std::string::npos);
}

TEST(GatewaySession, ARestartOverItsStoreGoesOnWhereItWas) {
  TextVenue venue;
  char folder[] = "/tmp/evenkeel_gateway_XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  const std::string file = std::string(folder) + "/session.store";
  {
    GatewayRig desk;
    desk.config.store_file = file;
    // It does not come back before it ends, or the venue would accept the wrong one of the two.
    desk.config.reconnect_min = desk.config.reconnect_max = kHour;
    desk.start(venue.port());
    venue.accept_and_log_on();
    desk.until_session(SessionState::kLoggedOn);
    venue.ping();
    venue.hang_up();
    desk.until_session(SessionState::kDisconnected);
  }
  GatewayRig desk;
  desk.config.store_file = file;
  desk.config.epoch = testing::kEpoch + 1;
  desk.start(venue.port());
  venue.accept();
  EXPECT_EQ(field(venue.read_until("A"), 34), "4");
  venue.send("A", "98=0|108=30|");
  venue.answer_probe();
  desk.until_session(SessionState::kLoggedOn);
  // A report about the order of the run before is none of ours.
  venue.send("8", TextVenue::report(1, "E1", 'F', '2', 1, 1, 0));
  EXPECT_EQ(desk.execution().order_id, 0u);
  desk.gateway->stop();
  ::unlink(file.c_str());
  ::rmdir(folder);
}

TEST(GatewaySession, SettingsThatMakeNoSenseAreRefused) {
  GatewayRig desk;
  desk.config.port = 1;
  const auto refused = [&](auto change) {
    GatewayConfig config = desk.config;
    change(config);
    return !Gateway::create(config, desk.instruments, desk.intents, desk.events, nullptr).ok();
  };
  EXPECT_FALSE(refused([](GatewayConfig&) {}));
  EXPECT_TRUE(refused([](GatewayConfig& c) { c.host = ""; }));
  EXPECT_TRUE(refused([](GatewayConfig& c) { c.port = 0; }));
  EXPECT_TRUE(refused([](GatewayConfig& c) { c.sender = ""; }));
  EXPECT_TRUE(refused([](GatewayConfig& c) { c.heartbeat = 1'500 * kMillisecond; }));
  EXPECT_TRUE(refused([](GatewayConfig& c) { c.engine = {}; }));
  EXPECT_TRUE(refused([](GatewayConfig& c) { c.epoch = ~0ULL; }));
  EXPECT_TRUE(refused([](GatewayConfig& c) { c.accounts = {std::string(33, 'A')}; }));
  EXPECT_TRUE(refused([](GatewayConfig& c) {
    c.accounts = {
        "A\x01"
        "B"};
  }));
  EXPECT_TRUE(refused([](GatewayConfig& c) { c.reconnect_max = 0; }));
  EXPECT_TRUE(refused([](GatewayConfig& c) { c.store_file = "/nonexistent/folder/x.store"; }));
}

}  // namespace
}  // namespace evenkeel::fix
