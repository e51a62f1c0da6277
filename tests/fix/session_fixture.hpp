#ifndef EVENKEEL_TESTS_FIX_SESSION_FIXTURE_HPP_
#define EVENKEEL_TESTS_FIX_SESSION_FIXTURE_HPP_

// FIX sessions in memory: a host with a recording application and a pipe for a connection, two
// hosts back to back, and a peer that is nothing but text, for messages that no host would send.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fix/quickfix/number_text.hpp"
#include "fix/quickfix/session_host.hpp"

namespace evenkeel::fix::testing {

inline std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

inline std::string utc_text(std::int64_t ns) {
  char text[kTimestampTextMax];
  return std::string(text, format_utc_timestamp(ns, 3, text));
}

// "8=..|9=..|" and the checksum around a body written with '|' for SOH.
inline std::string fix_message(const std::string& body_with_bars,
                               const std::string& begin_string = "FIX.4.4") {
  std::string body = body_with_bars;
  std::replace(body.begin(), body.end(), '|', '\x01');
  std::string message =
      "8=" + begin_string + "\x01" + "9=" + std::to_string(body.size()) + "\x01" + body;
  unsigned sum = 0;
  for (const char c : message) sum += static_cast<unsigned char>(c);
  const std::string digits = std::to_string(1000 + sum % 256).substr(1);
  return message + "10=" + digits + "\x01";
}

inline std::string bars(std::string message) {
  std::replace(message.begin(), message.end(), '\x01', '|');
  return message;
}

// The value of the first field with this tag, or "" when there is none.
inline std::string field(const std::string& message, int tag) {
  const std::string text = "\x01" + message;
  const std::string start = "\x01" + std::to_string(tag) + "=";
  const std::size_t at = text.find(start);
  if (at == std::string::npos) return "";
  const std::size_t begin = at + start.size();
  return text.substr(begin, text.find('\x01', begin) - begin);
}

// A connection that keeps what is written until somebody takes it.
class PipeEnd : public Transport {
 public:
  std::size_t writable_bytes() noexcept override { return room; }
  bool write(const char* data, std::size_t size) noexcept override {
    if (refuse) return false;
    messages.emplace_back(data, size);
    history.emplace_back(data, size);
    return true;
  }
  void close() noexcept override { closed = true; }

  std::vector<std::string> take() { return std::exchange(messages, {}); }

  std::size_t room = 1 << 20;
  bool refuse = false;
  bool closed = false;
  std::vector<std::string> messages;  // written and not yet taken
  std::vector<std::string> history;   // everything ever written
};

struct SeenEvent {
  SessionEventKind kind;
  std::string text;
  std::int32_t expected;
  std::int32_t received;
  std::string msg_type;
};

class Recorder : public Application {
 public:
  void on_session_event(const SessionEvent& event) noexcept override {
    events.push_back({event.kind, std::string(event.text, event.text_size), event.expected,
                      event.received, event.msg_type.str()});
  }
  void on_execution_report(const ExecutionReport& r) noexcept override { note(reports, r); }
  void on_cancel_reject(const CancelReject& r) noexcept override { note(cancel_rejects, r); }
  void on_mass_cancel_report(const MassCancelReport& r) noexcept override {
    note(mass_cancel_reports, r);
  }
  void on_new_order(const NewOrder& r) noexcept override { note(orders, r); }
  void on_replace_order(const ReplaceOrder& r) noexcept override { note(replaces, r); }
  void on_cancel_order(const CancelOrder& r) noexcept override { note(cancels, r); }
  void on_status_request(const StatusRequest& r) noexcept override { note(status_requests, r); }
  void on_mass_cancel(const MassCancel& r) noexcept override { note(mass_cancels, r); }
  void on_dont_know_trade(const DontKnowTrade& r) noexcept override { note(dont_knows, r); }
  void on_message_reject(const MessageReject& r) noexcept override { note(rejects, r); }

  int count(SessionEventKind kind) const {
    return static_cast<int>(std::count_if(events.begin(), events.end(),
                                          [kind](const SeenEvent& e) { return e.kind == kind; }));
  }
  // The last event of this kind; an empty one, and a failed test, when there is none.
  SeenEvent last(SessionEventKind kind) const {
    const auto it = std::find_if(events.rbegin(), events.rend(),
                                 [kind](const SeenEvent& e) { return e.kind == kind; });
    if (it != events.rend()) return *it;
    ADD_FAILURE() << "no event: " << to_string(kind) << "\n" << all_events();
    return {};
  }
  std::string all_events() const {
    std::string text;
    for (const SeenEvent& e : events) text += std::string(to_string(e.kind)) + ": " + e.text + "\n";
    return text;
  }

  std::function<void()> on_record;  // called after each record was noted
  std::vector<SeenEvent> events;
  std::vector<ExecutionReport> reports;
  std::vector<CancelReject> cancel_rejects;
  std::vector<MassCancelReport> mass_cancel_reports;
  std::vector<NewOrder> orders;
  std::vector<ReplaceOrder> replaces;
  std::vector<CancelOrder> cancels;
  std::vector<StatusRequest> status_requests;
  std::vector<MassCancel> mass_cancels;
  std::vector<DontKnowTrade> dont_knows;
  std::vector<MessageReject> rejects;

 private:
  template <typename Record>
  void note(std::vector<Record>& list, const Record& record) {
    list.push_back(record);
    if (on_record) on_record();
  }
};

inline std::shared_ptr<SequenceStore> memory_store(const std::string& identity) {
  StoreOptions options;
  options.identity = identity;
  options.slot_count = 256;
  options.slot_bytes = 1024;
  std::string error;
  std::shared_ptr<SequenceStore> store = SequenceStore::in_memory(options, &error);
  EXPECT_NE(store, nullptr) << error;
  return store;
}

inline SessionSettings desk_settings() {
  SessionSettings settings;
  settings.role = SessionRole::kInitiator;
  settings.sender_comp_id = "DESK";
  settings.target_comp_id = "VENUE";
  return settings;
}

inline SessionSettings venue_settings() {
  SessionSettings settings;
  settings.role = SessionRole::kAcceptor;
  settings.sender_comp_id = "VENUE";
  settings.target_comp_id = "DESK";
  settings.resend_application_messages = true;
  return settings;
}

// One side of a session.
struct Side {
  explicit Side(const SessionSettings& session_settings)
      : Side(session_settings, memory_store(session_settings.sender_comp_id)) {}
  Side(const SessionSettings& session_settings, std::shared_ptr<SequenceStore> session_store)
      : settings(session_settings), store(std::move(session_store)) {
    restart();
  }

  // A new host over the same store, as after a restart of the process.
  void restart() {
    host.reset();
    pipe = PipeEnd();
    std::string error;
    host = SessionHost::create(settings, store, &pipe, &app, &error);
    EXPECT_NE(host, nullptr) << error;
  }
  void feed(const std::string& bytes) {
    EXPECT_EQ(host->on_bytes(bytes.data(), bytes.size()), bytes.size());
  }
  // Offers bytes of which some may be left over because the session ends on the way.
  void offer(const std::string& bytes) { host->on_bytes(bytes.data(), bytes.size()); }

  SessionSettings settings;
  std::shared_ptr<SequenceStore> store;
  PipeEnd pipe;
  Recorder app;
  std::unique_ptr<SessionHost> host;
};

// A desk and a venue that talk to each other.
struct SessionPair {
  SessionPair() : desk(desk_settings()), venue(venue_settings()) {}

  void connect() {
    desk.pipe.closed = venue.pipe.closed = false;
    venue.host->on_connected();
    desk.host->on_connected();
    pump();
  }
  // The connection breaks; what was under way is lost.
  void cut() {
    desk.pipe.take();
    venue.pipe.take();
    desk.host->on_disconnected();
    venue.host->on_disconnected();
  }
  // Carries bytes both ways until nothing moves any more. Messages go in pieces, as a network may
  // deliver them.
  void pump() {
    for (bool moved = true; moved;) {
      moved = carry(desk, venue);
      moved = carry(venue, desk) || moved;
    }
  }
  static bool carry(Side& from, Side& to) {
    const std::vector<std::string> messages = from.pipe.take();
    for (const std::string& message : messages) {
      const std::size_t half = message.size() / 2;
      to.offer(message.substr(0, half));
      to.offer(message.substr(half));
    }
    if (from.pipe.closed && to.host->connected()) to.host->on_disconnected();
    return !messages.empty();
  }

  Side desk;
  Side venue;
};

// A peer written as text, speaking to one side.
class TextPeer {
 public:
  explicit TextPeer(Side* side) : side_(side) {}

  // A whole message: `type`, the next number, the right CompIDs and the time, then `fields`
  // ("11=A|55=B|").
  std::string make(const std::string& type, const std::string& fields = "") {
    return make_numbered(next_++, type, fields);
  }
  std::string make_numbered(int seq, const std::string& type,
                            const std::string& fields = "") const {
    return fix_message("35=" + type + "|34=" + std::to_string(seq) +
                       "|49=" + side_->settings.target_comp_id + "|52=" + utc_text(now_ns()) +
                       "|56=" + side_->settings.sender_comp_id + "|" + fields);
  }
  void send(const std::string& type, const std::string& fields = "") {
    side_->offer(make(type, fields));
  }
  // Connects and exchanges logons.
  void log_on() {
    side_->host->on_connected();
    send("A", "98=0|108=30|");
    ASSERT_TRUE(side_->host->logged_on()) << side_->app.all_events();
    side_->pipe.take();
  }
  void set_next(int seq) { next_ = seq; }
  int next() const { return next_; }

 private:
  Side* side_;
  int next_ = 1;
};

inline NewOrder limit_order(const char* id) {
  NewOrder order;
  order.cl_ord_id.assign(id);
  order.account.assign("FUND1");
  order.instrument.symbol.assign("ES");
  order.instrument.security_type.assign("FUT");
  order.instrument.maturity_month_year.assign("202612");
  order.instrument.security_exchange.assign("XCME");
  order.instrument.currency.assign("USD");
  order.side = '1';
  order.ord_type = '2';
  order.time_in_force = '0';
  order.quantity_e6 = 7000000;
  order.has_price = true;
  order.price_e9 = 5012250000000;
  order.transact_time_ns = now_ns();
  return order;
}

inline ExecutionReport fill_of(const NewOrder& order, const char* exec_id) {
  ExecutionReport report;
  report.cl_ord_id = order.cl_ord_id;
  report.order_id.assign("V-1");
  report.exec_id.assign(exec_id);
  report.instrument = order.instrument;
  report.exec_type = 'F';
  report.ord_status = '2';
  report.side = order.side;
  report.present = ExecutionReport::kLastQuantity | ExecutionReport::kLastPrice;
  report.last_quantity_e6 = order.quantity_e6;
  report.last_price_e9 = order.price_e9;
  report.cumulative_quantity_e6 = order.quantity_e6;
  return report;
}

// Fields of a complete ExecutionReport, to be changed by tests.
inline std::string report_fields(const std::string& more = "") {
  return "37=O1|17=E1|150=F|39=2|55=ES|54=1|38=7|32=7|31=5012.25|14=7|151=0|6=5012.25|60=" +
         utc_text(now_ns()) + "|11=C1|" + more;
}

}  // namespace evenkeel::fix::testing

#endif  // EVENKEEL_TESTS_FIX_SESSION_FIXTURE_HPP_
