// A gateway that only listens: which copied reports it makes events of, what it says of the others,
// and that nothing of the desk's ever leaves through it. The broker is a session in memory that
// copies what the test tells it to; the test is engine and journal.

#include <atomic>

#include "fix/gateway_core.hpp"
#include "tests/fix/gateway_rig.hpp"

namespace evenkeel::fix {
namespace {

using testing::about;
using testing::cl_ord_id;
using testing::kAapl;
using testing::new_order;

constexpr SourceId kCopies{8};

GatewayConfig listening() {
  GatewayConfig config = testing::pipe_config(kCopies, {"FUND1", "FUND2"});
  config.drop_copy = true;
  return config;
}

/// A fill of 10 AAPL at 100 of our first order, in our first account.
ExecutionReport fill(const char* exec_id) {
  ExecutionReport report;
  report.cl_ord_id.assign(cl_ord_id(1));
  report.order_id.assign("V-1");
  report.exec_id.assign(exec_id);
  report.account.assign("FUND1");
  report.instrument.symbol.assign("AAPL");
  report.exec_type = 'F';
  report.ord_status = '2';
  report.side = '1';
  report.present = ExecutionReport::kLastQuantity | ExecutionReport::kLastPrice;
  report.last_quantity_e6 = 10'000'000;
  report.last_price_e9 = 100'000'000'000;
  report.cumulative_quantity_e6 = 10'000'000;
  return report;
}

ExecutionReport adjusting(const char* exec_id, char type, const char* fill_id) {
  ExecutionReport report = fill(exec_id);
  report.exec_type = type;
  report.exec_ref_id.assign(fill_id);
  return report;
}

class GatewayDropCopy : public ::testing::Test {
 protected:
  void make(const GatewayConfig& config) {
    auto made = GatewayCore::create(config, instruments_, intents_, events_,
                                    open_gateway_store(config).value(), pipe_);
    ASSERT_TRUE(made.ok()) << made.status();
    gateway_ = *std::move(made);
    gateway_->on_connecting();
    broker_.host->on_connected();
    gateway_->on_connected(moment());
    settle();
    ASSERT_TRUE(gateway_->logged_on());
    take();
    settle();
  }
  Moment moment() const { return {now_, now_}; }
  /// Both sides do what is due, until nothing moves any more.
  void settle() {
    for (bool moved = true; moved;) {
      moved = gateway_->turn(moment()) > 0;
      for (const std::string& message : pipe_.take()) {
        broker_.offer(message);
        moved = true;
      }
      for (const std::string& message : broker_.pipe.take()) {
        EXPECT_EQ(gateway_->on_bytes(moment(), message.data(), message.size()), message.size());
        moved = true;
      }
    }
  }
  void pass(DurationNs time) {
    now_ += time;
    settle();
  }
  template <class Record>
  void copy(const Record& record) {
    ASSERT_TRUE(broker_.host->send(record).sent()) << broker_.host->last_problem();
    settle();
  }
  /// A copy that came to nothing the desk hears of.
  template <class Record>
  void expect_silence(const Record& record) {
    copy(record);
    EXPECT_TRUE(take().empty());
  }
  std::vector<Event> take() {
    std::vector<Event> out;
    for (Event event; events_.try_pop(event);) out.push_back(event);
    return out;
  }
  /// The event of the one report that has come.
  ExecutionPayload copied(const ExecutionReport& report) {
    copy(report);
    const std::vector<Event> events = take();
    EXPECT_EQ(events.size(), 1u);
    if (events.size() != 1) return {};
    EXPECT_EQ(events[0].type, EventType::kExecution);
    EXPECT_EQ(events[0].source, kCopies);
    last_subject_ = events[0].subject;
    return events[0].payload.execution;
  }
  std::string notes() {
    std::string all;
    GatewayNote note;
    while (gateway_->next_note(note)) all += std::string(note.text.view()) + "\n";
    return all;
  }
  const GatewayCounts& counts() { return gateway_->counts(); }
  const SequenceStore& store() const { return gateway_->store(); }
  /// Nothing but the session's own messages has ever left: logon, heartbeat, test request, resend
  /// request, reject, sequence reset, logout.
  void expect_only_the_sessions_own() const {
    for (const std::string& message : pipe_.history) {
      const std::string type = testing::field(message, 35);
      EXPECT_NE(std::string("A012345").find(type), std::string::npos) << testing::bars(message);
    }
    EXPECT_TRUE(broker_.app.orders.empty() && broker_.app.replaces.empty());
    EXPECT_TRUE(broker_.app.cancels.empty() && broker_.app.status_requests.empty());
    EXPECT_TRUE(broker_.app.mass_cancels.empty() && broker_.app.dont_knows.empty());
    EXPECT_TRUE(broker_.app.rejects.empty());
  }

  InstrumentTable instruments_ = testing::gateway_instruments();
  SpscRing<Intent> intents_{64};
  SpscRing<Event> events_{256};
  testing::PipeEnd pipe_;
  testing::Side broker_{testing::venue_settings()};
  std::unique_ptr<GatewayCore> gateway_;
  TimeNs now_ = kSecond;
  std::uint32_t last_subject_ = 0;
};

// --- what becomes an event ---

TEST_F(GatewayDropCopy, AFillIsAnEventWithItsAccount) {
  make(listening());
  const ExecutionPayload said = copied(fill("E1"));
  EXPECT_EQ(last_subject_, kAapl.value);
  EXPECT_EQ(said.exec_type, ExecType::kTrade);
  EXPECT_EQ(said.exec_id.view(), "E1");
  EXPECT_EQ(said.order_id, 1u);
  EXPECT_EQ(said.side, evenkeel::Side::kBuy);
  EXPECT_EQ(said.last_quantity, Quantity::from_whole(10));
  EXPECT_EQ(said.last_price, Price::from_whole(100));
  EXPECT_EQ(said.copied_account, 1u);
  EXPECT_EQ(counts().executions, 1u);
  EXPECT_EQ(counts().passed_over, 0u);
}

TEST_F(GatewayDropCopy, BustsAndCorrectionsAreEvents) {
  make(listening());
  const ExecutionPayload bust = copied(adjusting("B1", 'H', "E1"));
  EXPECT_EQ(bust.exec_type, ExecType::kTradeCancel);
  EXPECT_EQ(bust.exec_ref_id.view(), "E1");
  const ExecutionPayload correction = copied(adjusting("C1", 'G', "E2"));
  EXPECT_EQ(correction.exec_type, ExecType::kTradeCorrect);
  EXPECT_EQ(correction.exec_ref_id.view(), "E2");
  EXPECT_EQ(counts().executions, 2u);
}

TEST_F(GatewayDropCopy, OtherReportsAreCountedAndPassedOver) {
  make(listening());
  std::uint64_t passed = 0;
  // New, canceled, replaced, rejected, expired, a status, pending new, done for day, restated.
  for (const char type : {'0', '4', '5', '8', 'C', 'I', 'A', '3', 'D'}) {
    ExecutionReport report = fill("E1");
    report.exec_type = type;
    report.present = 0;
    report.last_quantity_e6 = report.last_price_e9 = 0;
    expect_silence(report);
    EXPECT_EQ(counts().passed_over, ++passed) << type;
  }
  CancelReject reject;
  reject.order_id.assign("V-1");
  reject.cl_ord_id.assign(cl_ord_id(2));
  reject.orig_cl_ord_id.assign(cl_ord_id(1));
  reject.ord_status = '2';
  reject.response_to = '1';
  expect_silence(reject);
  EXPECT_EQ(counts().passed_over, ++passed);
  EXPECT_EQ(counts().executions, 0u);
  EXPECT_EQ(counts().cancel_rejects, 0u);
  EXPECT_EQ(counts().unusable_reports, 0u);
}

// --- whose it is ---

TEST_F(GatewayDropCopy, TheAccountIsOneOfOursOrForeignOrNotGiven) {
  make(listening());
  ExecutionReport report = fill("E1");
  report.account.assign("FUND2");
  EXPECT_EQ(copied(report).copied_account, 2u);
  report = fill("E2");
  report.account.clear();
  EXPECT_EQ(copied(report).copied_account, kAccountNotGiven);
  EXPECT_EQ(counts().foreign_reports, 0u);
  report = fill("E3");
  report.account.assign("FUND10");  // begins as one of ours
  EXPECT_EQ(copied(report).copied_account, kAccountForeign);
  EXPECT_EQ(counts().foreign_reports, 1u);
  EXPECT_EQ(counts().executions, 3u);
}

TEST_F(GatewayDropCopy, ATradeOfNoOrderOfOursIsAnEventToo) {
  make(listening());
  ExecutionReport report = fill("E1");
  report.cl_ord_id.assign("BY-TELEPHONE");
  const ExecutionPayload said = copied(report);
  EXPECT_EQ(said.order_id, 0u);
  EXPECT_EQ(said.copied_account, 1u);
  EXPECT_EQ(counts().foreign_reports, 0u) << "the account is ours";
}

TEST_F(GatewayDropCopy, AnUnknownSymbolIsToldWithoutAnInstrument) {
  make(listening());
  ExecutionReport report = fill("E1");
  report.instrument.symbol.assign("ZZZ");
  const ExecutionPayload said = copied(report);
  EXPECT_GE(last_subject_, instruments_.size()) << "none of ours";
  EXPECT_EQ(said.exec_id.view(), "E1");
  EXPECT_EQ(said.order_id, 1u);
  EXPECT_EQ(counts().unusable_reports, 0u);
}

TEST_F(GatewayDropCopy, WhatCannotBeAnEventIsSaidAndAskedAboutNowhere) {
  make(listening());
  notes();
  expect_silence(fill("AN-EXECID-LONGER-THAN-THE-FORTY-CHARACTERS-THAT-FIT"));
  EXPECT_EQ(counts().unusable_reports, 1u);
  EXPECT_NE(notes().find("copy refused: an ExecID too long"), std::string::npos);
  pass(10 * kSecond);
  EXPECT_TRUE(gateway_->logged_on()) << "the order session would ask about its orders here";
  EXPECT_TRUE(take().empty());
  EXPECT_EQ(copied(fill("E2")).exec_id.view(), "E2");
  expect_only_the_sessions_own();
}

TEST_F(GatewayDropCopy, AReportThatTheSessionRefusesIsCountedAndAskedAboutNowhere) {
  make(listening());
  // Without its ExecID: refused with its number, before it is a report.
  const std::string bad = testing::fix_message(
      "35=8|34=" + std::to_string(store().next_target()) +
      "|49=VENUE|52=" + testing::utc_text(testing::now_ns()) +
      "|56=DESK|37=V-1|150=F|39=2|55=AAPL|54=1|38=10|32=10|31=100|14=10|151=0|6=100|");
  gateway_->on_bytes(moment(), bad.data(), bad.size());
  gateway_->turn(moment());
  EXPECT_EQ(counts().rejects_sent, 1u);
  EXPECT_EQ(counts().unusable_reports, 1u);
  EXPECT_EQ(counts().executions, 0u);
  EXPECT_TRUE(gateway_->logged_on());
  EXPECT_TRUE(take().empty());
}

// --- what leaves ---

TEST_F(GatewayDropCopy, NothingOfTheDesksLeavesAndNothingIsAnswered) {
  make(listening());
  notes();
  const Intent order = new_order(1, 10, 100);
  Intent question = about(IntentType::kRequestStatus, 1, order);
  Intent dont_know = order;
  dont_know.type = IntentType::kDontKnowTrade;
  dont_know.text.assign("E1");
  const std::int32_t next = store().next_sender();
  for (const Intent& intent : {order, about(IntentType::kReplaceOrder, 2, order),
                               about(IntentType::kCancelOrder, 3, order), question, dont_know}) {
    ASSERT_TRUE(intents_.try_push(intent));
    settle();
  }
  EXPECT_EQ(intents_.size(), 0u) << "taken, so that nobody waits for it";
  EXPECT_EQ(store().next_sender(), next) << "not one number was used";
  EXPECT_EQ(counts().refused_invalid, 5u);
  EXPECT_EQ(counts().orders + counts().replaces + counts().cancels, 0u);
  EXPECT_EQ(counts().status_requests + counts().dont_knows, 0u);
  EXPECT_TRUE(take().empty()) << "a refusal here would be taken for one of the order session";
  EXPECT_NE(notes().find("this session only listens"), std::string::npos);
  expect_only_the_sessions_own();
}

TEST_F(GatewayDropCopy, MassStatusIsNotAskedForEither) {
  GatewayConfig config = listening();
  config.mass_status = true;
  make(config);
  ASSERT_TRUE(intents_.try_push(about(IntentType::kRequestStatus, 1, new_order(1, 10, 100))));
  pass(10 * kSecond);
  EXPECT_EQ(counts().mass_status_requests, 0u);
  EXPECT_EQ(counts().status_requests, 0u);
  expect_only_the_sessions_own();
}

TEST_F(GatewayDropCopy, WhatWasCopiedInVainComesWithTheNextLogon) {
  make(listening());
  copied(fill("E1"));
  ASSERT_TRUE(broker_.host->send(fill("E2")).sent());
  broker_.pipe.take();  // and lost on its way
  broker_.host->on_disconnected();
  gateway_->on_closed(moment(), "cut");
  pass(kSecond);
  const std::vector<Event> lost = take();
  ASSERT_FALSE(lost.empty());
  EXPECT_EQ(lost.back().type, EventType::kSessionStatus);
  EXPECT_EQ(lost.back().source, kCopies);
  EXPECT_EQ(lost.back().payload.session.state, SessionState::kDisconnected);
  pipe_.take();
  gateway_->on_connecting();
  broker_.host->on_connected();
  gateway_->on_connected(moment());
  settle();
  std::vector<ExecutionPayload> again;
  for (const Event& event : take()) {
    if (event.type == EventType::kExecution) again.push_back(event.payload.execution);
  }
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].exec_id.view(), "E2");
  EXPECT_EQ(again[0].poss_dup, 1);
  settle();
  EXPECT_TRUE(gateway_->logged_on());
  take();
  EXPECT_EQ(copied(fill("E3")).exec_id.view(), "E3");
  expect_only_the_sessions_own();
}

// --- numbers that wait for the journal ---

TEST_F(GatewayDropCopy, NoNumberIsRecordedBeforeItsEventIsDurable) {
  std::atomic<std::uint64_t> durable{0}, sequence{0};
  GatewayConfig config = listening();
  config.durable_events = &durable;
  config.durable_sequence = &sequence;
  make(config);
  EXPECT_EQ(store().committed_target(), store().next_target());
  const std::uint64_t states = gateway_->events_pushed();
  const std::int32_t before = store().next_target();
  copy(fill("E1"));
  ExecutionReport acknowledged = fill("A1");
  acknowledged.exec_type = acknowledged.ord_status = '0';
  copy(acknowledged);
  copy(fill("E2"));
  ASSERT_EQ(gateway_->events_pushed(), states + 2);
  EXPECT_EQ(store().next_target(), before + 3);
  EXPECT_EQ(store().committed_target(), before);
  // The report without an event goes with the one before it.
  sequence = 50;
  durable = states + 1;
  settle();
  EXPECT_EQ(store().committed_target(), before + 2);
  EXPECT_EQ(store().committed_mark(), 50u);
  durable = states;  // a count never goes back; and if it did, no number would
  settle();
  EXPECT_EQ(store().committed_target(), before + 2);
  sequence = 60;
  durable = states + 2;
  settle();
  EXPECT_EQ(store().committed_target(), before + 3);
  EXPECT_EQ(store().committed_mark(), 60u);
}

}  // namespace
}  // namespace evenkeel::fix
