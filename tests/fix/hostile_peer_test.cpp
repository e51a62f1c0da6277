// Peers that are wrong, broken or malicious: each ends in a clear event, a count, and a session
// that is as it was or gone.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "fix/quickfix/session_host.hpp"
#include "tests/fix/session_fixture.hpp"

namespace evenkeel::fix::testing {
namespace {

class HostilePeer : public ::testing::Test {
 protected:
  HostilePeer()
      : desk_(desk_settings()), venue_(venue_settings()), to_desk_(&desk_), to_venue_(&venue_) {}

  std::string last_sent(const Side& side) const {
    return side.pipe.history.empty() ? "" : bars(side.pipe.history.back());
  }

  Side desk_;
  Side venue_;
  TextPeer to_desk_;   // plays the venue
  TextPeer to_venue_;  // plays the desk
};

// --- Logon -----------------------------------------------------------------------------

TEST_F(HostilePeer, LogonWithANumberTooLowIsToldWhy) {
  ASSERT_TRUE(venue_.store->set_next_target(5));
  venue_.host->on_connected();
  venue_.offer(to_venue_.make_numbered(3, "A", "98=0|108=30|"));
  EXPECT_EQ(venue_.app.last(SessionEventKind::kSequenceTooLow).expected, 5);
  EXPECT_EQ(venue_.app.last(SessionEventKind::kSequenceTooLow).received, 3);
  EXPECT_EQ(venue_.app.last(SessionEventKind::kLogoutSent).text,
            "MsgSeqNum too low, expecting 5 but received 3");
  EXPECT_NE(last_sent(venue_).find("|35=5|"), std::string::npos);
  EXPECT_FALSE(venue_.host->connected());
  EXPECT_TRUE(venue_.pipe.closed);
  EXPECT_EQ(venue_.host->next_target(), 5);
}

TEST_F(HostilePeer, LogonWithANumberTooHighStartsAResend) {
  venue_.host->on_connected();
  venue_.offer(to_venue_.make_numbered(9, "A", "98=0|108=30|"));
  EXPECT_TRUE(venue_.host->logged_on());
  EXPECT_TRUE(venue_.host->resend_pending());
  EXPECT_EQ(venue_.app.last(SessionEventKind::kSequenceGap).expected, 1);
  EXPECT_EQ(venue_.app.last(SessionEventKind::kResendRequested).expected, 1);
  EXPECT_NE(last_sent(venue_).find("|35=2|"), std::string::npos);
  venue_.offer(to_venue_.make_numbered(1, "4", "43=Y|122=" + utc_text(now_ns()) + "|123=Y|36=10|"));
  EXPECT_FALSE(venue_.host->resend_pending());
  EXPECT_EQ(venue_.host->next_target(), 10);
}

TEST_F(HostilePeer, StrangersAreTurnedAway) {
  venue_.host->on_connected();
  const std::string time = "|52=" + utc_text(now_ns());
  venue_.offer(fix_message("35=A|34=1|49=INTRUDER" + time + "|56=VENUE|98=0|108=30|"));
  EXPECT_NE(venue_.app.last(SessionEventKind::kWrongCompId).text.find("INTRUDER"),
            std::string::npos);
  EXPECT_FALSE(venue_.host->connected());
  EXPECT_TRUE(venue_.pipe.history.empty()) << "no answer for strangers";
  EXPECT_EQ(venue_.host->next_target(), 1);
}

TEST_F(HostilePeer, TheFirstMessageMustBeALogon) {
  venue_.host->on_connected();
  venue_.offer(to_venue_.make("D", "11=C1|55=ES|54=1|38=7|40=1|60=" + utc_text(now_ns()) + "|"));
  EXPECT_EQ(venue_.app.count(SessionEventKind::kLogonRefused), 1);
  EXPECT_TRUE(venue_.app.orders.empty());
  EXPECT_FALSE(venue_.host->connected());
  EXPECT_EQ(venue_.host->next_target(), 1);
}

TEST_F(HostilePeer, HeartbeatIntervalsOutOfRangeAreRefused) {
  for (const char* interval : {"0", "-5", "3601"}) {
    Side venue(venue_settings());
    TextPeer peer(&venue);
    venue.host->on_connected();
    venue.offer(peer.make("A", std::string("98=0|108=") + interval + "|"));
    EXPECT_EQ(venue.app.count(SessionEventKind::kLogonRefused), 1) << interval;
    EXPECT_FALSE(venue.host->connected()) << interval;
  }
}

TEST_F(HostilePeer, ALogoutInsteadOfALogonIsHeard) {
  desk_.host->on_connected();
  desk_.offer(to_desk_.make("5", "58=MsgSeqNum too low, expecting 8 but received 1|"));
  EXPECT_EQ(desk_.app.last(SessionEventKind::kLogoutReceived).text,
            "MsgSeqNum too low, expecting 8 but received 1");
  EXPECT_FALSE(desk_.host->connected());
}

TEST_F(HostilePeer, GarbageBeforeTheLogonEndsTheConnection) {
  venue_.host->on_connected();
  venue_.offer("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_GE(venue_.app.count(SessionEventKind::kGarbled), 1);
  EXPECT_FALSE(venue_.host->connected());
}

TEST_F(HostilePeer, AnotherVersionIsToldSo) {
  to_venue_.log_on();
  const std::string body = "35=0|34=2|49=DESK|52=" + utc_text(now_ns()) + "|56=VENUE|";
  venue_.offer(fix_message(body, "FIX.4.2"));
  EXPECT_EQ(venue_.app.last(SessionEventKind::kLogoutSent).text, "Incorrect BeginString");
}

TEST_F(HostilePeer, TimesTooFarOffEndTheSession) {
  to_venue_.log_on();
  venue_.offer(fix_message("35=0|34=2|49=DESK|52=" + utc_text(now_ns() - 3600LL * 1000000000) +
                           "|56=VENUE|"));
  EXPECT_NE(venue_.app.last(SessionEventKind::kRejectSent).text.find("SendingTime"),
            std::string::npos);
  EXPECT_EQ(venue_.app.count(SessionEventKind::kLogoutSent), 1);
}

// --- Numbers ---------------------------------------------------------------------------

TEST_F(HostilePeer, GoingBackEndsTheSession) {
  to_desk_.log_on();
  to_desk_.send("8", report_fields());
  desk_.offer(to_desk_.make_numbered(2, "8", report_fields("58=again|")));
  EXPECT_EQ(desk_.app.reports.size(), 1U);
  EXPECT_EQ(desk_.host->counters().sequence_too_low, 1U);
  EXPECT_FALSE(desk_.host->connected());
}

TEST_F(HostilePeer, ARepetitionMarkedAsSuchIsIgnored) {
  to_desk_.log_on();
  to_desk_.send("8", report_fields());
  desk_.offer(to_desk_.make_numbered(
      2, "8", "43=Y|122=" + utc_text(now_ns() - 1000000) + "|" + report_fields()));
  EXPECT_EQ(desk_.app.reports.size(), 1U);
  EXPECT_TRUE(desk_.host->logged_on()) << desk_.app.all_events();
}

TEST_F(HostilePeer, MessagesBehindAGapWaitForIt) {
  to_desk_.log_on();
  desk_.offer(to_desk_.make_numbered(4, "8", report_fields("527=late|")));
  desk_.offer(to_desk_.make_numbered(3, "8", report_fields()));
  EXPECT_TRUE(desk_.app.reports.empty());
  EXPECT_EQ(desk_.app.count(SessionEventKind::kResendRequested), 1);
  desk_.offer(to_desk_.make_numbered(
      2, "8", "43=Y|122=" + utc_text(now_ns() - 1000000) + "|" + report_fields()));
  ASSERT_EQ(desk_.app.reports.size(), 3U);
  EXPECT_EQ(desk_.app.reports[2].header.msg_seq_num, 4);
  EXPECT_EQ(desk_.host->next_target(), 5);
}

TEST_F(HostilePeer, AGapThatIsNeverFilledHasABound) {
  SessionSettings settings = desk_settings();
  settings.queued_messages_max = 10;
  Side desk(settings);
  TextPeer peer(&desk);
  peer.log_on();
  for (int seq = 3; seq <= 12; ++seq) desk.offer(peer.make_numbered(seq, "8", report_fields()));
  EXPECT_TRUE(desk.host->connected());
  desk.offer(peer.make_numbered(13, "8", report_fields()));
  EXPECT_EQ(desk.app.count(SessionEventKind::kTooManyQueued), 1);
  EXPECT_FALSE(desk.host->connected());
}

TEST_F(HostilePeer, ResendRequestsMustMakeSense) {
  to_desk_.log_on();
  to_desk_.send("2", "7=0|16=0|");
  EXPECT_EQ(desk_.app.count(SessionEventKind::kRejectSent), 1);
  to_desk_.send("2", "7=999999999|16=0|");
  EXPECT_EQ(desk_.app.count(SessionEventKind::kRejectSent), 2);
  to_desk_.send("2", "7=1|16=-1|");
  EXPECT_EQ(desk_.app.count(SessionEventKind::kRejectSent), 3);
  EXPECT_TRUE(desk_.host->logged_on());
  desk_.pipe.take();
  to_desk_.send("2", "7=1|16=999999999|");
  ASSERT_EQ(desk_.pipe.messages.size(), 1U);
  EXPECT_EQ(field(desk_.pipe.messages[0], 35), "4");
  EXPECT_EQ(desk_.host->next_target(), to_desk_.next());
}

TEST_F(HostilePeer, ASequenceResetBackwardsIsRefused) {
  to_desk_.log_on();
  to_desk_.send("4", "36=1|");
  EXPECT_EQ(desk_.app.count(SessionEventKind::kRejectSent), 1);
  EXPECT_EQ(desk_.host->next_target(), 2);
}

// --- Bytes -----------------------------------------------------------------------------

TEST_F(HostilePeer, GarbageInsideASessionIsPassedOver) {
  to_desk_.log_on();
  desk_.offer("\x01\x02garbage");
  std::string spoilt = to_desk_.make_numbered(2, "8", report_fields());
  spoilt[spoilt.find("5012")] = '9';
  desk_.offer(spoilt);
  EXPECT_EQ(desk_.host->counters().bad_checksums, 1U);
  EXPECT_TRUE(desk_.host->logged_on());
  EXPECT_EQ(desk_.host->next_target(), 2) << "not counted: the next message will show the gap";
  to_desk_.send("8", report_fields());
  EXPECT_EQ(desk_.app.reports.size(), 1U);
}

TEST_F(HostilePeer, GarbageWithoutEndIsNotTolerated) {
  to_desk_.log_on();
  for (int i = 0; i < 40 && desk_.host->connected(); ++i) {
    desk_.offer(
        "8=FIX.4.4\x01"
        "9=x\x01");
  }
  EXPECT_FALSE(desk_.host->connected());
  EXPECT_EQ(desk_.host->counters().garbled, 17U);
}

TEST_F(HostilePeer, AnOversizedMessageEndsTheConnection) {
  to_desk_.log_on();
  desk_.offer(
      "8=FIX.4.4\x01"
      "9=65537\x01"
      "35=8\x01");
  EXPECT_EQ(desk_.host->counters().oversized, 1U);
  EXPECT_EQ(desk_.app.count(SessionEventKind::kOversized), 1);
  EXPECT_FALSE(desk_.host->connected());
}

TEST_F(HostilePeer, AConnectionThatBreaksMidMessageLeavesNothingBehind) {
  to_desk_.log_on();
  const std::string message = to_desk_.make_numbered(2, "8", report_fields());
  desk_.offer(message.substr(0, message.size() - 5));
  desk_.host->on_disconnected();
  EXPECT_TRUE(desk_.app.reports.empty());
  desk_.host->on_disconnected();
  EXPECT_EQ(desk_.app.count(SessionEventKind::kDisconnected), 1);
  EXPECT_EQ(desk_.host->on_bytes("x", 1), 0U) << "nobody is connected";
  desk_.host->on_connected();
  desk_.offer(to_desk_.make_numbered(2, "A", "98=0|108=30|"));
  EXPECT_TRUE(desk_.host->logged_on()) << desk_.app.all_events();
}

TEST_F(HostilePeer, WrongCompIdsInsideASession) {
  to_desk_.log_on();
  desk_.offer(fix_message("35=0|34=2|49=OTHER|52=" + utc_text(now_ns()) + "|56=DESK|"));
  EXPECT_EQ(desk_.host->counters().wrong_comp_ids, 1U);
  EXPECT_EQ(desk_.app.count(SessionEventKind::kRejectSent), 1);
  EXPECT_EQ(desk_.app.count(SessionEventKind::kLogoutSent), 1);
}

TEST_F(HostilePeer, ALongTestRequestIsNotEchoed) {
  to_desk_.log_on();
  to_desk_.send("1", "112=" + std::string(257, 'x') + "|");
  EXPECT_EQ(desk_.app.count(SessionEventKind::kRejectSent), 1);
  to_desk_.send("1", "112=" + std::string(256, 'x') + "|");
  EXPECT_NE(last_sent(desk_).find("|35=0|"), std::string::npos);
}

// --- Messages --------------------------------------------------------------------------

TEST_F(HostilePeer, UnknownMessageTypesAreRefused) {
  to_desk_.log_on();
  to_desk_.send("ZZ");
  EXPECT_EQ(desk_.app.last(SessionEventKind::kRejectSent).msg_type, "ZZ");
  EXPECT_EQ(desk_.app.last(SessionEventKind::kRejectSent).received, 2);
  to_desk_.send("D", "11=C1|55=ES|54=1|38=7|40=1|60=" + utc_text(now_ns()) + "|");
  EXPECT_NE(last_sent(desk_).find("|35=j|"), std::string::npos) << "known, but not for this side";
  EXPECT_TRUE(desk_.app.orders.empty());
  EXPECT_TRUE(desk_.host->logged_on());
  to_desk_.send("8", report_fields());
  EXPECT_EQ(desk_.app.reports.size(), 1U);
}

TEST_F(HostilePeer, ReportsWithBadFieldsAreRefusedAndNamed) {
  const struct {
    const char* from;
    const char* to;
    const char* why;
  } cases[] = {
      {"31=5012.25|", "31=abc|", "tag 31"},
      {"31=5012.25|", "31=1e5|", "tag 31"},
      {"31=5012.25|", "31=0.0000000001|", "tag 31 has more decimals than can be held exactly"},
      {"31=5012.25|", "31=99999999999|", "tag 31 is too large"},
      {"32=7|", "32=0.0000001|", "tag 32 has more decimals than can be held exactly"},
      {"14=7|", "14=|", "tag 14"},
      {"14=7|", "", "tag 14"},
      {"151=0|", "", "tag 151"},
      {"54=1|", "54=12|", "tag 54"},
      {"39=2|", "", "tag 39"},
      {"17=E1|", "", "tag 17"},
      {"17=E1|", "17=E1|17=E2|", "tag 17"},
      {"60=2", "60=X", "tag 60"},
      {"11=C1|", "11=CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC|", "tag 11 is longer than allowed"},
  };
  int refused = 0;
  to_desk_.log_on();
  for (const auto& c : cases) {
    std::string fields = report_fields();
    fields.replace(fields.find(c.from), std::string(c.from).size(), c.to);
    to_desk_.send("8", fields);
    EXPECT_EQ(desk_.app.count(SessionEventKind::kRejectSent), ++refused) << c.to;
    const SeenEvent event = desk_.app.last(SessionEventKind::kRejectSent);
    EXPECT_NE(event.text.find(c.why), std::string::npos) << event.text << " for " << c.to;
    EXPECT_EQ(event.msg_type, "8") << c.to;
    EXPECT_EQ(event.received, to_desk_.next() - 1) << c.to;
  }
  EXPECT_TRUE(desk_.app.reports.empty());
  EXPECT_TRUE(desk_.host->logged_on()) << "one bad message is no reason to stop listening";
  EXPECT_EQ(desk_.host->next_target(), to_desk_.next()) << "each was counted";
  EXPECT_EQ(desk_.host->counters().rejects_out, std::size(cases));
}

TEST_F(HostilePeer, WhatABrokerAddsIsLetThrough) {
  to_desk_.log_on();
  to_desk_.send("8",
                report_fields("6=0|9702=own|1057=Y|828=0|453=2|448=A|447=D|452=1|802=1|523=x|803=4|"
                              "448=B|447=D|452=12|382=1|375=CB|337=T|")
                    .replace(report_fields().find("6=5012.25|"), 10, ""));
  ASSERT_EQ(desk_.app.reports.size(), 1U) << desk_.app.all_events();
  EXPECT_EQ(desk_.app.reports[0].last_price_e9, 5012250000000);
}

TEST_F(HostilePeer, AnAverageWithManyDecimalsIsCutAndATextTooLongIsMarked) {
  to_desk_.log_on();
  std::string fields = report_fields("58=" + std::string(300, 't') + "|");
  fields.replace(fields.find("|6=5012.25|"), 11, "|6=5012.123456789987654321|");
  to_desk_.send("8", fields);
  ASSERT_EQ(desk_.app.reports.size(), 1U) << desk_.app.all_events();
  EXPECT_EQ(desk_.app.reports[0].average_price_e9, 5012123456789);
  EXPECT_TRUE(desk_.app.reports[0].text_cut);
  EXPECT_EQ(desk_.app.reports[0].text.size(), 128U);
}

TEST_F(HostilePeer, ARejectOfOurMessageIsHeard) {
  to_desk_.log_on();
  to_desk_.send("3", "45=2|371=44|372=D|373=5|58=price|");
  ASSERT_EQ(desk_.app.rejects.size(), 1U);
  EXPECT_FALSE(desk_.app.rejects[0].business);
  EXPECT_EQ(desk_.app.rejects[0].ref_seq_num, 2);
  EXPECT_EQ(desk_.app.rejects[0].ref_tag, 44);
  EXPECT_EQ(desk_.app.rejects[0].reason, 5);
  EXPECT_EQ(desk_.app.rejects[0].ref_msg_type, "D");
}

TEST_F(HostilePeer, OrdersWithBadFieldsAreRefusedByTheVenue) {
  to_venue_.log_on();
  const std::string tail = "54=1|40=2|44=10|60=" + utc_text(now_ns()) + "|";
  to_venue_.send("D", "11=C1|55=ES|38=1.0000001|" + tail);
  to_venue_.send("D", "55=ES|38=1|" + tail);
  to_venue_.send("D", "11=C1|38=1|" + tail);
  EXPECT_TRUE(venue_.app.orders.empty());
  EXPECT_EQ(venue_.app.count(SessionEventKind::kRejectSent), 3);
  to_venue_.send("D", "11=C1|55=ES|38=1|" + tail);
  EXPECT_EQ(venue_.app.orders.size(), 1U);
}

}  // namespace
}  // namespace evenkeel::fix::testing
