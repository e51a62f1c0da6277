#ifndef EVENKEEL_TESTS_FIX_GATEWAY_RIG_HPP_
#define EVENKEEL_TESTS_FIX_GATEWAY_RIG_HPP_

// A gateway under test: its rings, an engine that is the test itself, and counterparties on the
// loopback: a venue written as text, for messages that no session would send. Ports are the
// kernel's choice; everything that waits, waits for an event or a byte, and gives up after a while
// with a failed test.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/system_clock.hpp"
#include "fix/clordid.hpp"
#include "fix/gateway.hpp"
#include "tests/fix/session_fixture.hpp"

namespace evenkeel::fix::testing {

inline constexpr DurationNs kPatience = 30 * kSecond;
inline constexpr std::uint64_t kEpoch = 777;

inline InstrumentTable gateway_instruments() {
  InstrumentTable table;
  const CurrencyId usd = table.add_currency("USD").value();
  const auto add = [&](const char* symbol, InstrumentKind kind, std::int32_t expiry) {
    Instrument instrument;
    instrument.symbol.assign(symbol);
    instrument.kind = kind;
    instrument.currency = usd;
    instrument.tick = Price::from_raw(10'000'000);  // 0.01
    instrument.feed = SourceId{0};
    instrument.expiry_yyyymmdd = expiry;
    if (kind == InstrumentKind::kFuture) instrument.multiplier = Multiplier::from_whole(50);
    return table.add(instrument).value();
  };
  add("AAPL", InstrumentKind::kEquity, 0);
  add("ESZ6", InstrumentKind::kFuture, 20261218);
  return table;
}
inline constexpr InstrumentId kAapl{0};
inline constexpr InstrumentId kEs{1};

inline std::string cl_ord_id(OrderId id) {
  return std::string(format_cl_ord_id(*engine_code("EK1"), kEpoch, id)->view());
}

inline Intent new_order(OrderId id, std::int64_t quantity, std::int64_t price,
                        InstrumentId instrument = kAapl) {
  Intent intent;
  intent.type = IntentType::kNewOrder;
  intent.side = evenkeel::Side::kBuy;
  intent.order_id = id;
  intent.portfolio = PortfolioId{0};
  intent.instrument = instrument;
  intent.quantity = Quantity::from_whole(quantity);
  intent.limit_price = Price::from_whole(price);
  return intent;
}
inline Intent about(IntentType type, OrderId id, const Intent& order) {
  Intent intent = order;
  intent.type = type;
  intent.order_id = id;
  intent.orig_order_id = order.order_id;
  return intent;
}

/// A desk that talks to a VENUE in memory.
inline GatewayConfig pipe_config(SourceId source, std::vector<std::string> accounts) {
  GatewayConfig config;
  config.host = "pipe";
  config.sender = "DESK";
  config.target = "VENUE";
  config.engine = *engine_code("EK1");
  config.epoch = kEpoch;
  config.source = source;
  config.accounts = std::move(accounts);
  return config;
}

/// Rings, gateway, and the engine's place at the other end of them.
class GatewayRig {
 public:
  explicit GatewayRig(std::size_t event_slots = 1024) : events(event_slots) {
    config.host = "127.0.0.1";
    config.sender = "DESK";
    config.target = "VENUE";
    config.engine = *engine_code("EK1");
    config.epoch = kEpoch;
    config.source = SourceId{7};
    config.accounts = {"FUND1", "FUND2"};
    config.reconnect_min = kMillisecond;
    config.reconnect_max = 20 * kMillisecond;
    config.logout_within = 20 * kMillisecond;  // text answers no logout
  }

  void start(std::uint16_t port) {
    config.port = port;
    auto made = Gateway::create(config, instruments, intents, events, &bell);
    ASSERT_TRUE(made.ok()) << made.status();
    gateway = *std::move(made);
    gateway->start();
  }
  void push(const Intent& intent) {
    ASSERT_TRUE(intents.try_push(intent));
    gateway->wake();
  }
  /// The next event of any kind; a failed test and an event of no type when none comes.
  Event next() {
    Event event;
    const TimeNs until = SystemClock::monotonic() + kPatience;
    while (!events.try_pop(event)) {
      if (SystemClock::monotonic() > until) {
        ADD_FAILURE() << "no event came\n" << notes();
        return Event{};
      }
      bell.park([this] { return events.size() > 0; }, 100);
    }
    return event;
  }
  /// Events up to and with the next session state `state`; all others are kept in `seen`.
  void until_session(SessionState state) {
    for (;;) {
      const Event event = next();
      seen.push_back(event);
      if (event.type == EventType::kNone) return;
      if (event.type == EventType::kSessionStatus && event.payload.session.state == state) return;
    }
  }
  /// The next execution report; session states on the way are kept in `seen`.
  ExecutionPayload execution() {
    for (;;) {
      const Event event = next();
      seen.push_back(event);
      if (event.type == EventType::kExecution) return event.payload.execution;
      if (event.type == EventType::kNone) return {};
    }
  }
  CancelRejectPayload cancel_reject() {
    for (;;) {
      const Event event = next();
      seen.push_back(event);
      if (event.type == EventType::kCancelReject) return event.payload.cancel_reject;
      if (event.type == EventType::kNone) return {};
    }
  }
  /// Waits until the gateway's counters say so.
  template <class Condition>
  bool await(Condition condition) {
    const TimeNs until = SystemClock::monotonic() + kPatience;
    while (!condition(gateway->counts())) {
      if (SystemClock::monotonic() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }
  int seen_of(EventType type) const {
    return static_cast<int>(
        std::count_if(seen.begin(), seen.end(), [type](const Event& e) { return e.type == type; }));
  }
  std::string notes() {
    GatewayNote note;
    while (gateway != nullptr && gateway->next_note(note)) {
      all_notes += std::string(note.text.view()) + "\n";
    }
    return all_notes;
  }

  InstrumentTable instruments = gateway_instruments();
  SpscRing<Intent> intents{1024};
  SpscRing<Event> events;
  Doorbell bell;
  GatewayConfig config;
  std::vector<Event> seen;
  std::string all_notes;
  std::unique_ptr<Gateway> gateway;
};

/// A venue that is nothing but text on a socket. It answers nothing by itself.
class TextVenue {
 public:
  TextVenue() { listen_on(0); }
  ~TextVenue() {
    hang_up();
    stop_listening();
  }
  TextVenue(const TextVenue&) = delete;
  TextVenue& operator=(const TextVenue&) = delete;

  std::uint16_t port() const { return port_; }
  void stop_listening() {
    if (listener_ >= 0) ::close(listener_);
    listener_ = -1;
  }
  void listen_again() { listen_on(port_); }

  /// Takes the next connection.
  void accept() {
    hang_up();
    ASSERT_TRUE(wait_for(listener_)) << "nobody connects";
    socket_ = ::accept(listener_, nullptr, nullptr);
    ASSERT_GE(socket_, 0);
    received_.clear();
  }
  void hang_up() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }
  void send_bytes(const std::string& bytes) {
    ASSERT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  std::string make(int seq, const std::string& type, const std::string& fields) const {
    return fix_message("35=" + type + "|34=" + std::to_string(seq) +
                       "|49=VENUE|52=" + utc_text(now_ns()) + "|56=DESK|" + fields);
  }
  void send_numbered(int seq, const std::string& type, const std::string& fields) {
    send_bytes(make(seq, type, fields));
  }
  void send(const std::string& type, const std::string& fields) {
    send_numbered(next_++, type, fields);
  }
  void resend(int seq, const std::string& type, const std::string& fields) {
    const std::string now = utc_text(now_ns());
    send_numbered(seq, type, "43=Y|122=" + now + "|" + fields);
  }
  void set_next(int seq) { next_ = seq; }

  /// The next whole message; empty when the connection ends or nothing comes.
  std::string read() {
    for (;;) {
      const std::size_t at = received_.find(
          "\x01"
          "10=");
      if (at != std::string::npos && received_.size() >= at + 8) {
        std::string message = received_.substr(0, at + 8);
        received_.erase(0, at + 8);
        return message;
      }
      char bytes[4096];
      if (!wait_for(socket_)) return "";
      const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
      if (got <= 0) return "";
      received_.append(bytes, static_cast<std::size_t>(got));
    }
  }
  /// The next message of this type. Others are counted in `orders` when they are orders.
  std::string read_until(const std::string& type) {
    for (;;) {
      const std::string message = read();
      if (message.empty()) {
        ADD_FAILURE() << "no message of type " << type;
        return "";
      }
      const std::string got = field(message, 35);
      if (got == "D" || got == "G") ++orders;
      if (got == type) return message;
    }
  }
  void accept_and_log_on() {
    accept();
    read_until("A");
    send("A", "98=0|108=30|");
    answer_probe();
  }
  void answer_probe() { send("0", "112=" + field(read_until("1"), 112) + "|"); }
  /// Everything that was sent before this has been read when it returns.
  void ping() {
    send("1", "112=PING|");
    EXPECT_EQ(field(read_until("0"), 112), "PING");
  }
  static std::string report(OrderId id, const std::string& exec_id, char type, char status,
                            int last, int cumulative, int leaves) {
    std::string text = "37=V1|17=" + exec_id + "|150=" + type + "|39=" + status +
                       "|55=AAPL|54=1|38=" + std::to_string(cumulative + leaves) +
                       "|14=" + std::to_string(cumulative) + "|151=" + std::to_string(leaves) +
                       "|6=0|60=" + utc_text(now_ns()) + "|11=" + cl_ord_id(id) + "|";
    if (last > 0) text += "32=" + std::to_string(last) + "|31=100|";
    return text;
  }

  int orders = 0;

 private:
  static bool wait_for(int fd) {
    pollfd waiter{fd, POLLIN, 0};
    return ::poll(&waiter, 1, static_cast<int>(kPatience / kMillisecond)) == 1;
  }
  void listen_on(std::uint16_t port) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    ASSERT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(listener_, 4), 0);
    socklen_t size = sizeof address;
    ASSERT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }

  int listener_ = -1;
  int socket_ = -1;
  std::uint16_t port_ = 0;
  int next_ = 1;
  std::string received_;
};

}  // namespace evenkeel::fix::testing

#endif  // EVENKEEL_TESTS_FIX_GATEWAY_RIG_HPP_
