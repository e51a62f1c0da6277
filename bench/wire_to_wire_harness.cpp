// From a quote on the wire to an order on the wire: a UDP datagram is sent, and the time is taken
// until the bytes of the NewOrderSingle it causes are read from the counterparty's TCP socket. All
// through the program's own objects and threads: sockets, feed thread, ring, engine, ring, gateway,
// QuickFIX session. Beside it the floor: one thread that waits for the datagram and writes as many
// bytes to a socket, and nothing else.
//
// Once each without a journal, with one that the operating system holds (durability "os"), and
// with one that is on the disk before the order leaves ("disk").
//
// Every order is checked (side and size alternate as the price does), so that a figure without a
// right answer never stands. Each order comes after a pause, as orders do.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "apps/desk.hpp"
#include "apps/desk_latency.hpp"
#include "apps/events_text.hpp"
#include "core/check.hpp"
#include "core/system_clock.hpp"
#include "evenkeel/version.hpp"
#include "feeds/endpoint.hpp"
#include "feeds/tops_writer.hpp"
#include "fix/quickfix/session_host.hpp"

namespace evenkeel::apps {
namespace {

constexpr DurationNs kCoolDown = kMillisecond;
constexpr std::int64_t kFuturePrice = 100;
constexpr std::size_t kOrderBytes = 200;  // about what an order takes

// --- a desk whose every price step is worth an order ---

class DeskFolder {
 public:
  DeskFolder(bool spin, std::string_view durability) {
    std::string pattern = std::filesystem::temp_directory_path() / "evenkeel-harness-XXXXXX";
    EVENKEEL_CHECK(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
    write("evenkeel.toml", std::string("name = \"harness\"\ninstruments = \"instruments.toml\"\n"
                                       "limits = \"limits.toml\"\npolicies = [\"policy.toml\"]\n"
                                       "[engine]\nid = \"HN\"\ntick = \"1s\"\nspin = ") +
                               (spin ? "true" : "false") + "\n[journal]\ndurability = \"" +
                               std::string(durability) +
                               "\"\n[feed.main]\nlisten = \"127.0.0.1:0\"\nsilent_after = \"1h\"\n"
                               "[fix]\nhost = \"127.0.0.1\"\nport = 1\nsender = \"DESK\"\n"
                               "target = \"VENUE\"\n[[portfolio]]\nname = \"fund\"\n"
                               "file = \"fund.csv\"\npolicy = \"overlay\"\nbase = \"USD\"\n");
    write("instruments.toml", R"(currencies = ["USD"]
[[instrument]]
symbol = "AAA"
kind = "etf"
currency = "USD"
[[instrument]]
symbol = "FUT"
kind = "future"
currency = "USD"
tick = 0.01
multiplier = 5
expiry = 2099-12-18
)");
    write("policy.toml", R"(name = "overlay"
action = "futures_overlay"
band = "1pp"
cool_down = "1ms"
[sleeves.equity]
target = "60%"
instruments = ["AAA"]
hedge = ["FUT"]
[sleeves.cash]
target = "40%"
band = "none"
)");
    write("limits.toml", R"([desk]
orders_per_second = 100000
orders_per_minute = 1000000
open_orders = 40
open_orders_per_portfolio = 20
daily_notional = "USD 90bn"
[kind.future]
order_quantity = 10_000
order_notional = "USD 10m"
price_collar = "5%"
quote_age = "1h"
[orders]
reprice_after = "1h"
cancel_after = "2h"
ack_timeout = "1h"
status_timeout = "2h"
)");
    write("fund.csv", "symbol,shares,price,class\nAAA,6000,100,equity\nUSD,400000,,\n");
  }
  ~DeskFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ + "/" + name) << text;
  }
  std::string path_;
};

// --- sockets ---

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int bound_socket(int type, std::uint16_t& port) {
  const int socket_fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  EVENKEEL_CHECK(bind(socket_fd, reinterpret_cast<sockaddr*>(&address), length) == 0);
  EVENKEEL_CHECK(getsockname(socket_fd, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  port = ntohs(address.sin_port);
  return socket_fd;
}

void no_delay(int socket_fd) {
  const int on = 1;
  setsockopt(socket_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// Datagrams to a port of this machine.
class Quotes {
 public:
  explicit Quotes(std::uint16_t port) : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_in to = loopback(port);
    EVENKEEL_CHECK(connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  }
  ~Quotes() { close(socket_); }
  Quotes(const Quotes&) = delete;
  Quotes& operator=(const Quotes&) = delete;

  template <class Message>
  void send_message(const Message& message) {
    EVENKEEL_CHECK(writer_.add(message));
    const auto packet = writer_.finish(SystemClock().now());
    EVENKEEL_CHECK(::send(socket_, packet.data(), packet.size(), 0) ==
                   static_cast<ssize_t>(packet.size()));
  }
  void quote(std::string_view symbol, std::int64_t dollars) {
    feeds::tops::Quote quote;
    quote.ts_ns = SystemClock().now();
    quote.symbol = *feeds::tops::WireSymbol::from(symbol);
    quote.bid = dollars * feeds::tops::kPriceScale - 100;
    quote.ask = dollars * feeds::tops::kPriceScale + 100;
    quote.bid_size = quote.ask_size = 100'000;
    send_message(quote);
  }

 private:
  int socket_;
  feeds::tops::PacketWriter writer_{1, 1};
};

// --- the counterparty ---

/// A FIX acceptor on a blocking socket: takes the time as soon as bytes are there, answers each
/// order with an acknowledgement and a fill.
class Counterparty : private fix::Transport, private fix::Application {
 public:
  Counterparty() : listener_(bound_socket(SOCK_STREAM, port_)) {
    EVENKEEL_CHECK(listen(listener_, 1) == 0);
    fix::SessionSettings settings;
    settings.role = fix::SessionRole::kAcceptor;
    settings.sender_comp_id = "VENUE";
    settings.target_comp_id = "DESK";
    fix::StoreOptions store;
    store.identity = "harness";
    std::string error;
    session_ = fix::SessionHost::create(
        settings, std::shared_ptr<fix::SequenceStore>(fix::SequenceStore::in_memory(store, &error)),
        this, this, &error);
    EVENKEEL_CHECK(session_ != nullptr);
  }
  ~Counterparty() override {
    close_socket();
    ::close(listener_);
  }
  std::uint16_t port() const { return port_; }

  void await_logon() {
    socket_ = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    EVENKEEL_CHECK(socket_ >= 0);
    no_delay(socket_);
    session_->on_connected();
    while (!session_->logged_on()) read_some();
  }
  /// Answers what the session asks, if anything has come.
  void pump() {
    pollfd waiter{socket_, POLLIN, 0};
    if (poll(&waiter, 1, 0) > 0) read_some();
  }
  /// Blocks until an order has come. Its time is that of the read that brought it.
  const fix::NewOrder& await_order(TimeNs& read_at) {
    have_order_ = false;
    while (!have_order_) read_at = read_some();
    return order_;
  }
  void acknowledge_and_fill() {
    fix::ExecutionReport report;
    report.cl_ord_id = order_.cl_ord_id;
    report.instrument = order_.instrument;
    report.account = order_.account;
    report.side = order_.side;
    report.order_id.assign(std::to_string(++number_).c_str());
    report.exec_id.assign(("N" + std::to_string(number_)).c_str());
    report.exec_type = report.ord_status = '0';
    report.leaves_quantity_e6 = order_.quantity_e6;
    report.transact_time_ns = SystemClock().now();
    EVENKEEL_CHECK(session_->send(report).sent());
    report.exec_id.assign(("F" + std::to_string(number_)).c_str());
    report.exec_type = 'F';
    report.ord_status = '2';
    report.present = fix::ExecutionReport::kLastQuantity | fix::ExecutionReport::kLastPrice;
    report.last_quantity_e6 = report.cumulative_quantity_e6 = order_.quantity_e6;
    // At the mid, so that no trade costs anything and every round is the first one again.
    report.last_price_e9 = kFuturePrice * 1'000'000'000;
    report.leaves_quantity_e6 = 0;
    EVENKEEL_CHECK(session_->send(report).sent());
  }
  /// Answers the desk's logout.
  void until_closed() {
    while (socket_ >= 0) read_some();
  }

 private:
  TimeNs read_some() {
    std::array<char, 16'384> bytes;
    const ssize_t got = recv(socket_, bytes.data(), bytes.size(), 0);
    const TimeNs now = SystemClock::monotonic();
    if (got <= 0) {
      close_socket();
      return now;
    }
    session_->on_bytes(bytes.data(), static_cast<std::size_t>(got));
    return now;
  }
  void close_socket() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }
  std::size_t writable_bytes() noexcept override { return 1 << 20; }
  bool write(const char* data, std::size_t size) noexcept override {
    return ::send(socket_, data, size, MSG_NOSIGNAL) == static_cast<ssize_t>(size);
  }
  void close() noexcept override { close_socket(); }
  void on_session_event(const fix::SessionEvent&) noexcept override {}
  void on_new_order(const fix::NewOrder& order) noexcept override {
    order_ = order;
    have_order_ = true;
  }

  std::uint16_t port_ = 0;
  int listener_;
  int socket_ = -1;
  std::unique_ptr<fix::SessionHost> session_;
  fix::NewOrder order_;
  bool have_order_ = false;
  std::uint64_t number_ = 0;
};

// --- measuring ---

void print_row(const char* name, const LatencyHistogram& histogram) {
  std::printf(
      "%-44s %10s %10s %10s %10s   %llu\n", name, duration_text(histogram.percentile(500)).c_str(),
      duration_text(histogram.percentile(900)).c_str(),
      duration_text(histogram.percentile(990)).c_str(), duration_text(histogram.max()).c_str(),
      static_cast<unsigned long long>(histogram.count()));
  std::fflush(stdout);
}

/// Until `settled`, and as long as the policy's cool-down lasts. The floor waits as long as the
/// desk: a processor that has gone to sleep meanwhile is part of both.
template <class Settled>
void await_quiet(Settled settled) {
  const TimeNs quiet_from = SystemClock::monotonic() + 2 * kCoolDown;
  while (!settled() || SystemClock::monotonic() < quiet_from) std::this_thread::yield();
}

/// One thread in between that only waits, reads and writes.
LatencyHistogram measure_floor(int rounds, bool pauses) {
  std::uint16_t udp_port = 0, tcp_port = 0;
  const int udp = bound_socket(SOCK_DGRAM, udp_port);
  const int listener = bound_socket(SOCK_STREAM, tcp_port);
  EVENKEEL_CHECK(listen(listener, 1) == 0);
  std::thread relay([&] {
    const int out = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in to = loopback(tcp_port);
    EVENKEEL_CHECK(connect(out, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    no_delay(out);
    std::array<char, 2'048> bytes{};
    for (int i = 0; i < rounds; ++i) {
      EVENKEEL_CHECK(recv(udp, bytes.data(), bytes.size(), 0) > 0);
      EVENKEEL_CHECK(::send(out, bytes.data(), kOrderBytes, 0) ==
                     static_cast<ssize_t>(kOrderBytes));
    }
    close(out);
  });
  const int in = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  Quotes quotes(udp_port);
  LatencyHistogram histogram;
  std::array<char, 2'048> bytes{};
  for (int i = 0; i < rounds; ++i) {
    if (pauses) await_quiet([] { return true; });
    const TimeNs sent = SystemClock::monotonic();
    quotes.quote("AAA", 100);
    for (std::size_t got = 0; got < kOrderBytes;) {
      const ssize_t more = recv(in, bytes.data(), bytes.size(), 0);
      EVENKEEL_CHECK(more > 0);
      got += static_cast<std::size_t>(more);
    }
    histogram.record(SystemClock::monotonic() - sent);
  }
  relay.join();
  for (const int descriptor : {in, listener, udp}) close(descriptor);
  return histogram;
}

struct DeskFigures {
  LatencyHistogram wire_to_wire;
  LatencyHistogram received_to_decided;
};

DeskFigures measure_desk(bool spin, std::string_view durability, int rounds) {
  const DeskFolder folder(spin, durability);
  rules::Complaints complaints;
  auto config = load_desk(folder.path(), complaints);
  if (!config.ok()) std::fprintf(stderr, "%s\n", std::string(config.status().message()).c_str());
  EVENKEEL_CHECK(config.ok());
  Counterparty counterparty;
  DeskOverrides overrides;
  overrides.fix_port = counterparty.port();
  overrides.fix_in_memory = true;
  auto desk = Desk::build(*std::move(config), overrides);
  EVENKEEL_CHECK(desk.ok());
  (*desk)->start();
  counterparty.await_logon();
  while (!(*desk)->gauges().logged_on.load()) counterparty.pump();

  Quotes quotes((*desk)->feeds().port(0));
  quotes.send_message(feeds::tops::SystemEvent{'R', SystemClock().now()});
  quotes.quote("FUT", kFuturePrice);
  quotes.quote("AAA", 100);
  const auto settled = [&] { return (*desk)->gauges().open_orders.load() == 0; };
  DeskFigures figures;
  for (int i = 0; i < rounds; ++i) {
    await_quiet(settled);
    const bool up = i % 2 == 0;
    const TimeNs sent = SystemClock::monotonic();
    quotes.quote("AAA", up ? 110 : 100);
    TimeNs read_at = 0;
    const fix::NewOrder& order = counterparty.await_order(read_at);
    figures.wire_to_wire.record(read_at - sent);
    // 660,000 of 1,060,000 in equity against 60%: 48 contracts of 500 too much; and back again.
    EVENKEEL_CHECK(order.side == (up ? '2' : '1') && order.quantity_e6 == 48'000'000);
    counterparty.acknowledge_and_fill();
    Report report;
    while ((*desk)->reports().try_pop(report)) {
    }
  }
  await_quiet(settled);
  std::thread goodbye([&] { counterparty.until_closed(); });
  (*desk)->stop();
  goodbye.join();
  EVENKEEL_CHECK((*desk)->core().books->book.audit(PortfolioId{0}));
  figures.received_to_decided = (*desk)->final_snapshot().decision;
  return figures;
}

int run(bool smoke) {
  const int rounds = smoke ? 20 : 5'000;
  std::printf("evenkeel %s (%s, %s, %s), %u processors, %d rounds\n", std::string(kVersion).c_str(),
              std::string(build_commit()).c_str(), std::string(kCompiler).c_str(),
              std::string(kBuildType).c_str(), std::thread::hardware_concurrency(), rounds);
  std::printf("%-44s %10s %10s %10s %10s   %s\n", "", "median", "p90", "p99", "max", "count");
  print_row("floor: datagram in, bytes out, no pauses", measure_floor(rounds, false));
  print_row("floor: the same after a pause of 2 ms", measure_floor(rounds, true));
  for (const bool spin : {false, true}) {
    for (const std::string_view durability : {"none", "os", "disk"}) {
      const DeskFigures figures = measure_desk(spin, durability, rounds);
      const std::string name = std::string("quote sent to order read, engine ") +
                               (spin ? "spins, " : "parks, ") + std::string(durability);
      print_row(name.c_str(), figures.wire_to_wire);
      print_row("  of that: received to decided", figures.received_to_decided);
    }
  }
  return 0;
}

}  // namespace
}  // namespace evenkeel::apps

int main(int argc, char** argv) {
  return evenkeel::apps::run(argc > 1 && std::string_view(argv[1]) == "--smoke");
}
