// From an intent in the gateway's ring to the acknowledgement in the engine's: both sessions, both
// threads and the loopback between them. Its floor is what as many bytes cost there and back over a
// raw socket between two threads that block. Beside it, what writing an order by hand costs without
// a session: snprintf and a checksum.

#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "bench/support/answer.hpp"
#include "core/check.hpp"
#include "fix/gateway.hpp"
#include "fix/simulator.hpp"

namespace evenkeel::fix {
namespace {

constexpr std::size_t kOrderBytes = 232;   // about what the gateway writes for one
constexpr std::size_t kReportBytes = 248;  // and the simulator to acknowledge it

struct Sockets {
  Sockets() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EVENKEEL_CHECK(::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0);
    EVENKEEL_CHECK(::listen(listener, 1) == 0);
    EVENKEEL_CHECK(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    ours = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EVENKEEL_CHECK(::connect(ours, reinterpret_cast<sockaddr*>(&address), size) == 0);
    theirs = ::accept(listener, nullptr, nullptr);
    EVENKEEL_CHECK(theirs >= 0);
    ::close(listener);
    const int yes = 1;
    for (const int fd : {ours, theirs}) {
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
  }
  ~Sockets() {
    ::close(ours);
    ::close(theirs);
  }
  Sockets(const Sockets&) = delete;
  Sockets& operator=(const Sockets&) = delete;
  int ours = -1, theirs = -1;
};

/// False at the end of the connection.
bool read_all(int fd, char* out, std::size_t size) {
  for (std::size_t got = 0; got < size;) {
    const ssize_t n = ::recv(fd, out + got, size - got, 0);
    if (n <= 0) return false;
    got += static_cast<std::size_t>(n);
  }
  return true;
}

void BM_RawRoundTripFloor(benchmark::State& state) {
  Sockets sockets;
  std::thread echo([&sockets] {
    char in[kOrderBytes];
    const char out[kReportBytes] = {};
    while (read_all(sockets.theirs, in, sizeof in)) {
      EVENKEEL_CHECK(::send(sockets.theirs, out, sizeof out, MSG_NOSIGNAL) == sizeof out);
    }
  });
  const char order[kOrderBytes] = {};
  char report[kReportBytes];
  for (auto _ : state) {
    EVENKEEL_CHECK(::send(sockets.ours, order, sizeof order, MSG_NOSIGNAL) == sizeof order);
    EVENKEEL_CHECK(read_all(sockets.ours, report, sizeof report));
  }
  ::shutdown(sockets.ours, SHUT_WR);
  echo.join();
}
BENCHMARK(BM_RawRoundTripFloor)->UseRealTime()->Unit(benchmark::kMicrosecond);

InstrumentTable instruments() {
  InstrumentTable table;
  Instrument instrument;
  instrument.symbol.assign("ESZ6");
  instrument.kind = InstrumentKind::kFuture;
  instrument.currency = table.add_currency("USD").value();
  instrument.tick = Price::from_raw(250'000'000);
  instrument.multiplier = Multiplier::from_whole(50);
  instrument.feed = SourceId{0};
  instrument.expiry_yyyymmdd = 20261218;
  EVENKEEL_CHECK(table.add(instrument).ok());
  return table;
}

/// A gateway and a simulator that are logged on to each other.
class Pair {
 public:
  Pair() {
    SimulatorConfig venue;
    venue.sender = "VENUE";
    venue.target = "DESK";
    venue.venue.acknowledge_after = 0;
    venue.venue.fill_after = 0;
    simulator_ = Simulator::create(venue, table_, {}, venue_bell_).value();
    simulator_->keep_records(false);
    simulator_->start();
    GatewayConfig desk;
    desk.host = "127.0.0.1";
    desk.port = simulator_->port();
    desk.sender = "DESK";
    desk.target = "VENUE";
    desk.engine = *engine_code("BNCH");
    desk.epoch = 1;
    desk.source = SourceId{1};
    desk.accounts = {"FUND1"};
    gateway_ = Gateway::create(desk, table_, intents_, events_, &bell_).value();
    gateway_->start();
    Event event;
    do {
      event = next();
    } while (event.type != EventType::kSessionStatus ||
             event.payload.session.state != SessionState::kLoggedOn);
  }
  ~Pair() {
    gateway_->stop();
    simulator_->stop();
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  void push(const Intent& intent) {
    EVENKEEL_CHECK(intents_.try_push(intent));
    gateway_->wake();
  }
  /// The next thing heard; that an order is about to be written is not.
  Event next() {
    Event event;
    do {
      while (!events_.try_pop(event)) {
        bell_.park([this] { return events_.size() > 0; }, 1'000);
      }
    } while (event.type == EventType::kSendAttempt);
    return event;
  }

 private:
  InstrumentTable table_ = instruments();
  SpscRing<Intent> intents_{64};
  SpscRing<Event> events_{1024};
  Doorbell bell_, venue_bell_;
  std::unique_ptr<Simulator> simulator_;
  std::unique_ptr<Gateway> gateway_;
};

void BM_IntentToAcknowledgement(benchmark::State& state) {
  Pair pair;
  Intent order;
  order.type = IntentType::kNewOrder;
  order.side = Side::kBuy;
  order.portfolio = PortfolioId{0};
  order.instrument = InstrumentId{0};
  order.quantity = Quantity::from_whole(7);
  order.limit_price = Price::from_raw(5'012'250'000'000);
  order.time_in_force = TimeInForce::kImmediateOrCancel;  // so that nothing is left behind
  bench::Answer answer, reference;
  for (auto _ : state) {
    ++order.order_id;
    pair.push(order);
    const Event acknowledged = pair.next();
    EVENKEEL_CHECK(acknowledged.payload.execution.exec_type == ExecType::kNew);
    answer.add(acknowledged.payload.execution.order_id);
    reference.add(order.order_id);
    state.PauseTiming();
    EVENKEEL_CHECK(pair.next().payload.execution.exec_type == ExecType::kCanceled);
    state.ResumeTiming();
  }
  // Its hash depends on how many orders were sent, so it is compared and not shown.
  EVENKEEL_CHECK(answer == reference);
}
BENCHMARK(BM_IntentToAcknowledgement)->UseRealTime()->Unit(benchmark::kMicrosecond);

// The least that a person would write by hand: no session, no store, no number kept.
void BM_SnprintfOrderFloor(benchmark::State& state) {
  char body[512], message[640];
  std::int64_t quarters = 20'049;
  int sequence = 0;
  for (auto _ : state) {
    ++quarters;
    ++sequence;
    const int size = std::snprintf(body, sizeof body,
                                   "35=D\001"
                                   "34=%d\001"
                                   "49=DESK\001"
                                   "52=20261124-12:00:00.000\001"
                                   "56=VENUE\001"
                                   "11=BNCH-1-%d\001"
                                   "1=FUND1\001"
                                   "55=ESZ6\001"
                                   "54=1\001"
                                   "38=7\001"
                                   "40=2\001"
                                   "44=%lld.%02d\001"
                                   "60=20261124-12:00:00.000\001",
                                   sequence, sequence, static_cast<long long>(quarters / 4),
                                   static_cast<int>(quarters % 4 * 25));
    int total = std::snprintf(message, sizeof message,
                              "8=FIX.4.4\001"
                              "9=%d\001"
                              "%s",
                              size, body);
    unsigned sum = 0;
    for (int i = 0; i < total; ++i) sum += static_cast<unsigned char>(message[i]);
    total += std::snprintf(message + total, sizeof message - static_cast<std::size_t>(total),
                           "10=%03u\001", sum % 256);
    benchmark::DoNotOptimize(total);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(BM_SnprintfOrderFloor);

}  // namespace
}  // namespace evenkeel::fix
