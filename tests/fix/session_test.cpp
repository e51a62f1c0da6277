// Sessions between two hosts, back to back in memory: logon, orders and reports, interruptions,
// restarts, time.

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "fix/quickfix/session_host.hpp"
#include "tests/fix/session_fixture.hpp"

namespace evenkeel::fix::testing {
namespace {

constexpr std::int64_t kSecond = 1000000000;

int count_of_type(const std::vector<std::string>& messages, const std::string& type) {
  return static_cast<int>(
      std::count_if(messages.begin(), messages.end(),
                    [&](const std::string& m) { return field(m, 35) == type; }));
}

TEST(FixSession, LogsOnAndOff) {
  SessionPair pair;
  pair.connect();
  EXPECT_TRUE(pair.desk.host->logged_on());
  EXPECT_TRUE(pair.venue.host->logged_on());
  EXPECT_FALSE(pair.desk.host->resend_pending());
  EXPECT_EQ(pair.desk.app.count(SessionEventKind::kLoggedOn), 1);
  EXPECT_EQ(pair.venue.app.count(SessionEventKind::kLoggedOn), 1);
  EXPECT_EQ(field(pair.desk.pipe.history.front(), 108), "30");
  EXPECT_EQ(field(pair.desk.pipe.history.front(), 141), "") << "numbers are never reset at logon";

  pair.desk.host->request_logout("end of day");
  EXPECT_FALSE(pair.desk.host->logged_on()) << "no orders once a logout is under way";
  pair.pump();
  EXPECT_EQ(pair.desk.app.last(SessionEventKind::kLogoutSent).text, "end of day");
  EXPECT_EQ(pair.venue.app.last(SessionEventKind::kLogoutReceived).text, "end of day");
  EXPECT_FALSE(pair.desk.host->connected());
  EXPECT_FALSE(pair.venue.host->connected());
  EXPECT_EQ(pair.desk.app.count(SessionEventKind::kLoggedOut), 1);

  pair.connect();
  EXPECT_TRUE(pair.desk.host->logged_on()) << "a logout is not for ever";
  EXPECT_EQ(pair.desk.app.count(SessionEventKind::kSequenceGap), 0);
}

TEST(FixSession, UsernameAndPasswordTravelWithTheLogon) {
  SessionSettings settings = desk_settings();
  settings.username = "u";
  settings.password = "secret";
  Side desk(settings);
  desk.host->on_connected();
  EXPECT_EQ(field(desk.pipe.history.front(), 553), "u");
  EXPECT_EQ(field(desk.pipe.history.front(), 554), "secret");
}

TEST(FixSession, AnOrderAndItsFill) {
  SessionPair pair;
  pair.connect();
  const NewOrder order = limit_order("C1");
  const SendOutcome outcome = pair.desk.host->send(order);
  EXPECT_EQ(outcome.result, SendResult::kSent);
  EXPECT_EQ(outcome.msg_seq_num, 2);
  pair.pump();
  ASSERT_EQ(pair.venue.app.orders.size(), 1U);
  const NewOrder& seen = pair.venue.app.orders[0];
  EXPECT_EQ(seen.cl_ord_id, "C1");
  EXPECT_EQ(seen.account, "FUND1");
  EXPECT_EQ(seen.instrument.symbol, "ES");
  EXPECT_EQ(seen.instrument.security_type, "FUT");
  EXPECT_EQ(seen.instrument.maturity_month_year, "202612");
  EXPECT_EQ(seen.instrument.security_exchange, "XCME");
  EXPECT_EQ(seen.instrument.currency, "USD");
  EXPECT_EQ(seen.side, '1');
  EXPECT_EQ(seen.ord_type, '2');
  EXPECT_EQ(seen.time_in_force, '0');
  EXPECT_EQ(seen.quantity_e6, 7000000);
  EXPECT_TRUE(seen.has_price);
  EXPECT_EQ(seen.price_e9, 5012250000000);
  EXPECT_EQ(seen.transact_time_ns, order.transact_time_ns / 1000000 * 1000000);
  EXPECT_EQ(seen.header.msg_seq_num, 2);

  ExecutionReport report = fill_of(order, "E1");
  report.text.assign("well done");
  EXPECT_TRUE(pair.venue.host->send(report).sent());
  pair.pump();
  ASSERT_EQ(pair.desk.app.reports.size(), 1U);
  const ExecutionReport& fill = pair.desk.app.reports[0];
  EXPECT_EQ(fill.cl_ord_id, "C1");
  EXPECT_EQ(fill.exec_id, "E1");
  EXPECT_EQ(fill.exec_type, 'F');
  EXPECT_TRUE(fill.has(ExecutionReport::kLastPrice));
  EXPECT_EQ(fill.last_price_e9, 5012250000000);
  EXPECT_EQ(fill.last_quantity_e6, 7000000);
  EXPECT_EQ(fill.cumulative_quantity_e6, 7000000);
  EXPECT_EQ(fill.leaves_quantity_e6, 0);
  EXPECT_FALSE(fill.has(ExecutionReport::kOrdRejReason));
  EXPECT_EQ(fill.text, "well done");
  EXPECT_FALSE(fill.text_cut);
}

TEST(FixSession, EveryMessageArrivesAsItWasSent) {
  SessionPair pair;
  pair.connect();
  ReplaceOrder replace;
  replace.order = limit_order("C2");
  replace.order.price_e9 = -1;
  replace.orig_cl_ord_id.assign("C1");
  replace.order_id.assign("V-1");
  CancelOrder cancel;
  cancel.cl_ord_id.assign("C3");
  cancel.orig_cl_ord_id.assign("C2");
  cancel.instrument = replace.order.instrument;
  cancel.side = '2';
  cancel.has_quantity = true;
  cancel.quantity_e6 = 500000;
  cancel.transact_time_ns = now_ns();
  StatusRequest status;
  status.cl_ord_id.assign("C2");
  status.request_id.assign("R1");
  status.instrument = replace.order.instrument;
  status.side = '1';
  MassCancel mass;
  mass.cl_ord_id.assign("K1");
  mass.request_type = '7';
  mass.transact_time_ns = now_ns();
  DontKnowTrade dont_know;
  dont_know.order_id.assign("V-9");
  dont_know.exec_id.assign("E-9");
  dont_know.reason = 'D';
  dont_know.side = '1';
  dont_know.instrument = replace.order.instrument;
  dont_know.has_last_price = true;
  dont_know.last_price_e9 = 250000000;
  EXPECT_TRUE(pair.desk.host->send(replace).sent());
  EXPECT_TRUE(pair.desk.host->send(cancel).sent());
  EXPECT_TRUE(pair.desk.host->send(status).sent());
  EXPECT_TRUE(pair.desk.host->send(mass).sent());
  EXPECT_TRUE(pair.desk.host->send(dont_know).sent());
  pair.pump();
  ASSERT_EQ(pair.venue.app.replaces.size(), 1U);
  EXPECT_EQ(pair.venue.app.replaces[0].orig_cl_ord_id, "C1");
  EXPECT_EQ(pair.venue.app.replaces[0].order_id, "V-1");
  EXPECT_EQ(pair.venue.app.replaces[0].order.price_e9, -1);
  ASSERT_EQ(pair.venue.app.cancels.size(), 1U);
  EXPECT_EQ(pair.venue.app.cancels[0].orig_cl_ord_id, "C2");
  EXPECT_EQ(pair.venue.app.cancels[0].quantity_e6, 500000);
  EXPECT_EQ(pair.venue.app.cancels[0].side, '2');
  ASSERT_EQ(pair.venue.app.status_requests.size(), 1U);
  EXPECT_EQ(pair.venue.app.status_requests[0].request_id, "R1");
  ASSERT_EQ(pair.venue.app.mass_cancels.size(), 1U);
  EXPECT_EQ(pair.venue.app.mass_cancels[0].request_type, '7');
  ASSERT_EQ(pair.venue.app.dont_knows.size(), 1U);
  EXPECT_EQ(pair.venue.app.dont_knows[0].exec_id, "E-9");
  EXPECT_EQ(pair.venue.app.dont_knows[0].last_price_e9, 250000000);
  EXPECT_FALSE(pair.venue.app.dont_knows[0].has_last_quantity);

  CancelReject reject;
  reject.order_id.assign("NONE");
  reject.cl_ord_id.assign("C3");
  reject.orig_cl_ord_id.assign("C2");
  reject.ord_status = '8';
  reject.response_to = '1';
  reject.has_reason = true;
  reject.reason = 1;
  MassCancelReport mass_report;
  mass_report.cl_ord_id.assign("K1");
  mass_report.order_id.assign("V-K");
  mass_report.request_type = '7';
  mass_report.response = '7';
  mass_report.has_affected = true;
  mass_report.affected_orders = 3;
  MessageReject business;
  business.ref_seq_num = 3;
  business.ref_msg_type.assign("G");
  business.business_ref_id.assign("C2");
  business.reason = 0;
  business.text.assign("not today");
  EXPECT_TRUE(pair.venue.host->send(reject).sent());
  EXPECT_TRUE(pair.venue.host->send(mass_report).sent());
  EXPECT_TRUE(pair.venue.host->send(business).sent());
  pair.pump();
  ASSERT_EQ(pair.desk.app.cancel_rejects.size(), 1U);
  EXPECT_EQ(pair.desk.app.cancel_rejects[0].reason, 1);
  EXPECT_EQ(pair.desk.app.cancel_rejects[0].response_to, '1');
  ASSERT_EQ(pair.desk.app.mass_cancel_reports.size(), 1U);
  EXPECT_EQ(pair.desk.app.mass_cancel_reports[0].affected_orders, 3);
  ASSERT_EQ(pair.desk.app.rejects.size(), 1U);
  EXPECT_TRUE(pair.desk.app.rejects[0].business);
  EXPECT_EQ(pair.desk.app.rejects[0].business_ref_id, "C2");
  EXPECT_EQ(pair.desk.app.rejects[0].ref_seq_num, 3);
  EXPECT_EQ(pair.desk.app.rejects[0].text, "not today");
  EXPECT_EQ(pair.venue.app.count(SessionEventKind::kRejectSent), 0)
      << "the application's own reject";
  EXPECT_EQ(pair.desk.host->counters().application_out, 5U);
  EXPECT_EQ(pair.desk.host->counters().application_in, 3U);
}

TEST(FixSession, ReusedMessagesForgetTheFieldsOfTheLastOne) {
  SessionPair pair;
  pair.connect();
  EXPECT_TRUE(pair.desk.host->send(limit_order("C1")).sent());
  NewOrder market;
  market.cl_ord_id.assign("C2");
  market.instrument.symbol.assign("SPY");
  market.side = '2';
  market.ord_type = '1';
  market.quantity_e6 = 1;
  market.transact_time_ns = now_ns();
  EXPECT_TRUE(pair.desk.host->send(market).sent());
  const std::string wire = bars(pair.desk.pipe.history.back());
  EXPECT_NE(wire.find("|38=0.000001|40=1|54=2|55=SPY|60="), std::string::npos) << wire;
  for (const char* gone : {"|1=", "|44=", "|59=", "|167=", "|200=", "|207=", "|15="}) {
    EXPECT_EQ(wire.find(gone), std::string::npos) << gone << " in " << wire;
  }
}

TEST(FixSession, ExtraFieldsGoWithOrders) {
  SessionSettings settings = desk_settings();
  settings.order_fields = {{847, "1001"}, {9700, "ALGO"}};
  Side desk(settings);
  TextPeer(&desk).log_on();
  EXPECT_TRUE(desk.host->send(limit_order("C1")).sent());
  EXPECT_EQ(field(desk.pipe.history.back(), 847), "1001");
  EXPECT_EQ(field(desk.pipe.history.back(), 9700), "ALGO");
}

TEST(FixSession, RefusesOrdersThatAreNotComplete) {
  SessionPair pair;
  pair.connect();
  const auto expect_invalid = [&](void (*spoil)(NewOrder*), const char* why) {
    NewOrder order = limit_order("C1");
    spoil(&order);
    EXPECT_EQ(pair.desk.host->send(order).result, SendResult::kInvalid) << why;
    EXPECT_NE(std::string(pair.desk.host->last_problem()).find(why), std::string::npos)
        << pair.desk.host->last_problem();
  };
  expect_invalid([](NewOrder* o) { o->cl_ord_id.clear(); }, "ClOrdID");
  expect_invalid([](NewOrder* o) { o->instrument.symbol.clear(); }, "Symbol");
  expect_invalid([](NewOrder* o) { o->side = 0; }, "Side");
  expect_invalid([](NewOrder* o) { o->ord_type = 0; }, "OrdType");
  expect_invalid([](NewOrder* o) { o->quantity_e6 = 0; }, "OrderQty");
  expect_invalid([](NewOrder* o) { o->quantity_e6 = -1; }, "OrderQty");
  expect_invalid([](NewOrder* o) { o->has_price = false; }, "Price");
  expect_invalid([](NewOrder* o) { o->ord_type = '1'; }, "Price");
  expect_invalid([](NewOrder* o) { o->transact_time_ns = 0; }, "TransactTime");
  EXPECT_EQ(pair.desk.host->next_sender(), 2) << "no number was used";
  EXPECT_EQ(pair.desk.host->counters().refused_invalid, 9U);
}

TEST(FixSession, IdsAreRefusedRatherThanCut) {
  ClientOrderId id;
  EXPECT_TRUE(id.assign(std::string(32, 'x')));
  EXPECT_FALSE(id.assign(std::string(33, 'y')));
  EXPECT_EQ(id.str(), std::string(32, 'x'));
  EXPECT_FALSE(
      id.assign("A\x01"
                "38=999"));
  EXPECT_FALSE(id.assign("A\nB"));
}

// --- Not sent means never sent ---------------------------------------------------------

TEST(FixSession, AnOrderIsNotKeptForLater) {
  SessionPair pair;
  EXPECT_EQ(pair.desk.host->send(limit_order("C0")).result, SendResult::kNotLoggedOn);
  pair.connect();
  pair.cut();
  EXPECT_EQ(pair.desk.host->send(limit_order("C1")).result, SendResult::kNotLoggedOn);
  EXPECT_FALSE(SessionHostProbe::send_unchecked(pair.desk.host.get(), limit_order("C2")))
      << "QuickFIX must be told not to, even when it is asked directly";
  EXPECT_EQ(pair.desk.host->next_sender(), 2) << "no number was used";
  EXPECT_EQ(pair.desk.host->counters().refused_not_logged_on, 2U);

  pair.connect();
  ASSERT_TRUE(pair.desk.host->logged_on());
  // The venue believes it has missed something and asks for everything.
  pair.venue.host->on_disconnected();
  pair.desk.host->on_disconnected();
  ASSERT_TRUE(pair.venue.store->set_next_target(1));
  pair.connect();
  pair.pump();
  EXPECT_EQ(pair.desk.app.count(SessionEventKind::kPeerResendRequest), 1);
  EXPECT_EQ(count_of_type(pair.desk.pipe.history, "D"), 0);
  EXPECT_TRUE(pair.venue.app.orders.empty());
  EXPECT_TRUE(pair.desk.host->send(limit_order("C3")).sent());
  pair.pump();
  ASSERT_EQ(pair.venue.app.orders.size(), 1U);
  EXPECT_EQ(pair.venue.app.orders[0].cl_ord_id, "C3");
}

TEST(FixSession, NotSentBetweenConnectionAndLogon) {
  SessionPair pair;
  pair.venue.host->on_connected();
  pair.desk.host->on_connected();
  EXPECT_EQ(pair.desk.host->send(limit_order("C1")).result, SendResult::kNotLoggedOn);
  EXPECT_FALSE(SessionHostProbe::send_unchecked(pair.desk.host.get(), limit_order("C1")));
  EXPECT_EQ(pair.desk.host->next_sender(), 2) << "only the Logon has a number";
}

// The order left us but the connection broke before it arrived. It must not arrive later: the
// answer to the venue's resend request is a gap fill, and nothing but session messages carries
// 43=Y.
void lost_order_stays_lost(bool give_messages_to_resends) {
  SessionPair pair;
  if (give_messages_to_resends) {
    SessionHostProbe::give_messages_to_resends(pair.desk.host.get());
  }
  pair.connect();
  EXPECT_TRUE(pair.desk.host->send(limit_order("C1")).sent());
  EXPECT_TRUE(pair.desk.host->send(limit_order("C2")).sent());
  pair.cut();
  pair.connect();
  EXPECT_EQ(pair.venue.app.last(SessionEventKind::kSequenceGap).expected, 2);
  EXPECT_EQ(pair.desk.app.last(SessionEventKind::kPeerResendRequest).expected, 2);
  EXPECT_EQ(pair.venue.app.last(SessionEventKind::kPeerSequenceReset).text, "gap fill");
  EXPECT_TRUE(pair.venue.app.orders.empty());
  for (const std::string& message : pair.desk.pipe.history) {
    if (field(message, 43) != "Y") continue;
    EXPECT_EQ(field(message, 35), "4") << bars(message);
  }
  EXPECT_EQ(pair.desk.host->counters().suppressed_resends, give_messages_to_resends ? 2U : 0U);
  EXPECT_FALSE(pair.venue.host->resend_pending());
  EXPECT_TRUE(pair.desk.host->send(limit_order("C3")).sent());
  pair.pump();
  ASSERT_EQ(pair.venue.app.orders.size(), 1U);
  EXPECT_EQ(pair.venue.app.orders[0].cl_ord_id, "C3");
}

TEST(FixSession, ALostOrderStaysLost) { lost_order_stays_lost(false); }
TEST(FixSession, ALostOrderStaysLostEvenIfQuickFixFindsIt) { lost_order_stays_lost(true); }

TEST(FixSession, FillsAreSentAgainWhileOrdersAreNot) {
  SessionPair pair;
  pair.connect();
  const NewOrder order = limit_order("C1");
  pair.desk.host->send(order);
  pair.pump();
  pair.venue.host->send(fill_of(order, "E1"));
  pair.venue.host->send(fill_of(order, "E2"));
  pair.cut();
  EXPECT_TRUE(pair.desk.app.reports.empty());
  pair.venue.host->on_connected();
  pair.desk.host->on_connected();
  SessionPair::carry(pair.desk, pair.venue);
  SessionPair::carry(pair.venue, pair.desk);
  EXPECT_TRUE(pair.desk.host->logged_on());
  EXPECT_TRUE(pair.desk.host->resend_pending()) << "do not trade before the past is known";
  pair.pump();
  EXPECT_FALSE(pair.desk.host->resend_pending());
  ASSERT_EQ(pair.desk.app.reports.size(), 2U);
  EXPECT_EQ(pair.desk.app.reports[0].exec_id, "E1");
  EXPECT_TRUE(pair.desk.app.reports[0].header.poss_dup);
  EXPECT_EQ(pair.desk.app.reports[1].exec_id, "E2");
}

TEST(FixSession, OrdersStillGoOutWhileTheirPredecessorsFillsArrive) {
  SessionPair pair;
  pair.connect();
  pair.venue.app.on_record = [&] {
    // A venue answers from within the callback.
    if (pair.venue.app.orders.size() == 1) {
      EXPECT_TRUE(pair.venue.host->send(fill_of(pair.venue.app.orders[0], "E1")).sent());
    }
  };
  pair.desk.app.on_record = [&] {
    if (pair.desk.app.reports.size() == 1) {
      EXPECT_TRUE(pair.desk.host->send(limit_order("C2")).sent());
    }
  };
  pair.desk.host->send(limit_order("C1"));
  pair.pump();
  EXPECT_EQ(pair.venue.app.orders.size(), 2U);
}

// --- Room, and stores that fail --------------------------------------------------------

TEST(FixSession, BackpressureRefusesBeforeAnythingIsStored) {
  SessionPair pair;
  pair.connect();
  pair.desk.pipe.room = SessionHost::kOutputReserve - 1;
  EXPECT_EQ(pair.desk.host->send(limit_order("C1")).result, SendResult::kBackpressure);
  EXPECT_EQ(pair.desk.host->next_sender(), 2);
  EXPECT_TRUE(pair.desk.host->logged_on());
  pair.desk.pipe.room = SessionHost::kOutputReserve;
  EXPECT_EQ(pair.desk.host->send(limit_order("C1")).result, SendResult::kSent);
  EXPECT_EQ(pair.desk.host->counters().refused_backpressure, 1U);
}

TEST(FixSession, ATransportThatRefusesEndsTheSession) {
  SessionPair pair;
  pair.connect();
  pair.desk.pipe.refuse = true;
  const SendOutcome outcome = pair.desk.host->send(limit_order("C1"));
  EXPECT_EQ(outcome.result, SendResult::kLost);
  EXPECT_EQ(outcome.msg_seq_num, 2);
  EXPECT_FALSE(pair.desk.host->connected());
  EXPECT_TRUE(pair.desk.pipe.closed);
  EXPECT_EQ(pair.desk.app.count(SessionEventKind::kOutputOverflow), 1);
  pair.desk.pipe.refuse = false;
  pair.cut();
  pair.connect();
  EXPECT_TRUE(pair.desk.host->logged_on());
  EXPECT_TRUE(pair.venue.app.orders.empty()) << "lost is lost";
}

TEST(FixSession, AFailedStoreKeepsTheOrderBack) {
  SessionPair pair;
  pair.connect();
  pair.desk.store->fail_writes(true);
  EXPECT_EQ(pair.desk.host->send(limit_order("C1")).result, SendResult::kStoreFailed);
  EXPECT_EQ(pair.desk.app.count(SessionEventKind::kStoreFailed), 1);
  EXPECT_EQ(count_of_type(pair.desk.pipe.history, "D"), 0);
  pair.desk.store->fail_writes(false);
  EXPECT_EQ(pair.desk.host->send(limit_order("C2")).msg_seq_num, 2);
  pair.pump();
  EXPECT_EQ(pair.venue.app.orders.size(), 1U);
}

TEST(FixSession, AFailedStoreEndsTheSessionRatherThanMiscount) {
  SessionPair pair;
  pair.connect();
  pair.venue.host->send(fill_of(limit_order("C1"), "E1"));
  pair.desk.store->fail_writes(true);
  SessionPair::carry(pair.venue, pair.desk);
  EXPECT_EQ(pair.desk.app.reports.size(), 1U);
  EXPECT_EQ(pair.desk.host->next_target(), 2) << "the report was not counted";
  EXPECT_FALSE(pair.desk.host->connected());
  pair.desk.store->fail_writes(false);
  pair.cut();
  pair.connect();
  EXPECT_EQ(pair.desk.app.reports.size(), 2U) << "and so it came again";
}

// --- When the inbound number counts ----------------------------------------------------

TEST(FixSession, AMessageCountsOnlyAfterItsCallback) {
  SessionPair pair;
  pair.connect();
  std::int32_t during = 0;
  pair.desk.app.on_record = [&] { during = pair.desk.store->next_target(); };
  pair.venue.host->send(fill_of(limit_order("C1"), "E1"));
  pair.pump();
  EXPECT_EQ(during, 2) << "not yet counted while the application looks at it";
  EXPECT_EQ(pair.desk.store->next_target(), 3);
}

TEST(FixSession, ReportsThatWereNotMadeDurableComeAgainAfterARestart) {
  StoreOptions options;
  options.path = ::testing::TempDir() + "evenkeel_session_" + std::to_string(now_ns());
  options.identity = "DESK";
  options.slot_count = 64;
  options.inbound_commit = InboundCommit::kByOwner;
  std::string error;
  std::shared_ptr<SequenceStore> store = SequenceStore::open_file(options, &error);
  ASSERT_NE(store, nullptr) << error;
  SessionPair pair;
  pair.desk.store = store;
  pair.desk.restart();
  pair.connect();
  pair.venue.host->send(fill_of(limit_order("C1"), "E1"));
  pair.venue.host->send(fill_of(limit_order("C1"), "E2"));
  pair.pump();
  ASSERT_EQ(pair.desk.app.reports.size(), 2U);
  // Only the first report reached the owner's journal before the power went.
  ASSERT_TRUE(store->commit_inbound(pair.desk.app.reports[0].header.msg_seq_num + 1));
  pair.cut();
  pair.desk.host.reset();
  pair.desk.store.reset();
  store.reset();
  store = SequenceStore::open_file(options, &error);
  ASSERT_NE(store, nullptr) << error;
  EXPECT_EQ(store->next_target(), 3);
  EXPECT_EQ(store->next_sender(), 2);
  pair.desk.store = store;
  pair.desk.restart();
  pair.connect();
  ASSERT_EQ(pair.desk.app.reports.size(), 3U);
  EXPECT_EQ(pair.desk.app.reports[2].exec_id, "E2");
  EXPECT_TRUE(pair.desk.app.reports[2].header.poss_dup);
  std::filesystem::remove(options.path);
}

TEST(FixSession, ARestartContinuesTheNumbers) {
  SessionPair pair;
  pair.connect();
  pair.desk.host->send(limit_order("C1"));
  pair.pump();
  pair.cut();
  pair.desk.restart();
  pair.venue.restart();
  pair.connect();
  EXPECT_TRUE(pair.desk.host->logged_on());
  EXPECT_EQ(pair.desk.app.count(SessionEventKind::kSequenceGap), 0);
  EXPECT_EQ(pair.venue.app.count(SessionEventKind::kSequenceGap), 0);
  EXPECT_EQ(pair.desk.host->send(limit_order("C2")).msg_seq_num, 4);
}

TEST(FixSession, PauseHoldsMessagesBack) {
  SessionPair pair;
  pair.connect();
  for (int i = 0; i < 5; ++i) {
    pair.venue.host->send(fill_of(limit_order("C1"), ("E" + std::to_string(i)).c_str()));
  }
  std::string all;
  for (const std::string& m : pair.venue.pipe.take()) all += m;
  pair.desk.app.on_record = [&] { pair.desk.host->pause(); };
  EXPECT_EQ(pair.desk.host->on_bytes(all.data(), all.size()), all.size()) << "buffered, not lost";
  EXPECT_EQ(pair.desk.app.reports.size(), 1U);
  pair.desk.host->resume();
  EXPECT_EQ(pair.desk.app.reports.size(), 2U);
  pair.desk.app.on_record = nullptr;
  pair.desk.host->resume();
  EXPECT_EQ(pair.desk.app.reports.size(), 5U);
}

TEST(FixSession, WhilePausedOnlyTheBufferFills) {
  SessionSettings settings = desk_settings();
  settings.message_bytes_max = 1024;
  Side desk(settings);
  TextPeer peer(&desk);
  peer.log_on();
  desk.host->pause();
  std::string all;
  for (int i = 0; i < 30; ++i) all += peer.make("8", report_fields());
  const std::size_t taken = desk.host->on_bytes(all.data(), all.size());
  EXPECT_EQ(taken, 2048U);
  desk.host->resume();
  EXPECT_EQ(desk.host->on_bytes(all.data() + taken, all.size() - taken), all.size() - taken);
  EXPECT_EQ(desk.app.reports.size(), 30U);
}

// --- Time ------------------------------------------------------------------------------

TEST(FixSession, HeartbeatsGoOutWhenNothingElseDoes) {
  SessionPair pair;
  pair.connect();
  pair.desk.host->on_timer(now_ns());
  EXPECT_TRUE(pair.desk.pipe.messages.empty());
  pair.desk.host->simulate_silence(30);
  pair.desk.host->on_timer(now_ns());
  ASSERT_EQ(pair.desk.pipe.messages.size(), 1U);
  EXPECT_EQ(field(pair.desk.pipe.messages[0], 35), "0");
}

TEST(FixSession, ASilentPeerIsAskedAndThenLeft) {
  SessionPair pair;
  pair.connect();
  pair.desk.host->simulate_silence(37);  // more than 1.2 intervals
  pair.desk.host->on_timer(now_ns());
  EXPECT_EQ(pair.desk.app.count(SessionEventKind::kTestRequestSent), 1);
  pair.pump();
  EXPECT_TRUE(pair.desk.host->connected());
  ASSERT_FALSE(pair.venue.pipe.history.empty());
  EXPECT_EQ(field(pair.venue.pipe.history.back(), 35), "0") << "the venue has answered";
  EXPECT_EQ(field(pair.venue.pipe.history.back(), 112), "TEST");

  pair.desk.host->simulate_silence(73);  // more than 2.4 intervals
  pair.desk.host->on_timer(now_ns());
  EXPECT_EQ(pair.desk.app.count(SessionEventKind::kHeartbeatTimeout), 1);
  EXPECT_FALSE(pair.desk.host->connected());
  EXPECT_TRUE(pair.desk.pipe.closed);
  EXPECT_EQ(pair.desk.host->counters().timeouts, 1U);
}

TEST(FixSession, ALogonThatIsNotAnsweredTimesOut) {
  Side desk(desk_settings());
  desk.host->on_connected();
  desk.host->on_timer(5 * kSecond);
  EXPECT_TRUE(desk.host->connected());
  desk.host->simulate_silence(10);
  desk.host->on_timer(6 * kSecond);
  EXPECT_EQ(desk.app.count(SessionEventKind::kLogonTimeout), 1);
  EXPECT_FALSE(desk.host->connected());
}

TEST(FixSession, APeerThatNeverLogsOnIsLeft) {
  Side venue(venue_settings());
  venue.host->on_connected();
  venue.host->on_timer(100 * kSecond);
  venue.host->on_timer(109 * kSecond);
  EXPECT_TRUE(venue.host->connected());
  venue.host->on_timer(110 * kSecond);
  EXPECT_EQ(venue.app.count(SessionEventKind::kLogonTimeout), 1);
  EXPECT_FALSE(venue.host->connected());
}

TEST(FixSession, ALogoutThatIsNotAnsweredTimesOut) {
  SessionPair pair;
  pair.connect();
  pair.desk.host->request_logout("bye");
  EXPECT_TRUE(pair.desk.host->connected());
  pair.desk.host->simulate_silence(3);
  pair.desk.host->on_timer(now_ns());
  EXPECT_EQ(pair.desk.app.count(SessionEventKind::kLogoutTimeout), 1);
  EXPECT_FALSE(pair.desk.host->connected());
}

// A session that never ends must not start again at midnight, or ever: the schedule has no edge.
TEST(FixSession, ANonStopSessionIsOpenAtAnyTime) {
  SessionPair pair;
  pair.connect();
  for (int i = 0; i < 3; ++i) {
    pair.desk.host->on_timer(now_ns());
    pair.venue.host->on_timer(now_ns());
  }
  EXPECT_TRUE(pair.desk.host->logged_on());
  EXPECT_EQ(pair.desk.host->next_sender(), 2);
}

TEST(FixSession, OutsideItsHoursASessionDoesNotLogOn) {
  SessionSettings settings = desk_settings();
  settings.schedule.kind = SessionSchedule::Kind::kDaily;
  const auto second = static_cast<std::int32_t>(now_ns() / kSecond % 86400);
  settings.schedule.start_second_of_day = (second + 7200) % 86400;
  settings.schedule.end_second_of_day = (second + 10800) % 86400;
  Side desk(settings);
  desk.host->on_connected();
  EXPECT_EQ(count_of_type(desk.pipe.history, "A"), 0);
  settings.schedule.start_second_of_day = (second + 86400 - 3600) % 86400;
  settings.schedule.end_second_of_day = (second + 3600) % 86400;
  Side open_desk(settings);
  open_desk.host->on_connected();
  EXPECT_EQ(count_of_type(open_desk.pipe.history, "A"), 1);
}

TEST(FixSession, SettingsAreChecked) {
  const auto problem = [](void (*spoil)(SessionSettings*)) {
    SessionSettings settings = desk_settings();
    spoil(&settings);
    PipeEnd pipe;
    Recorder app;
    std::string error;
    EXPECT_EQ(SessionHost::create(settings, memory_store("x"), &pipe, &app, &error), nullptr);
    return error;
  };
  EXPECT_NE(problem([](SessionSettings* s) { s->sender_comp_id.clear(); }).find("SenderCompID"),
            std::string::npos);
  EXPECT_NE(problem([](SessionSettings* s) { s->target_comp_id = "A\x01"; }).find("TargetCompID"),
            std::string::npos);
  EXPECT_NE(problem([](SessionSettings* s) { s->target_comp_id = "DESK"; }).find("the same"),
            std::string::npos);
  EXPECT_NE(problem([](SessionSettings* s) { s->heartbeat_seconds = 0; }).find("heartbeat"),
            std::string::npos);
  EXPECT_NE(problem([](SessionSettings* s) { s->timestamp_digits = 4; }).find("digits"),
            std::string::npos);
  EXPECT_NE(problem([](SessionSettings* s) { s->schedule.end_day = 8; }).find("schedule"),
            std::string::npos);
  EXPECT_NE(problem([](SessionSettings* s) { s->message_bytes_max = 100; }).find("largest message"),
            std::string::npos);
  EXPECT_NE(problem([](SessionSettings* s) {
              s->order_fields = {{58,
                                  "a\x01"
                                  "b"}};
            }).find("extra"),
            std::string::npos);
}

}  // namespace
}  // namespace evenkeel::fix::testing
