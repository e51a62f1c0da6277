#include "fix/simulator.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include "absl/strings/str_cat.h"
#include "core/system_clock.hpp"
#include "fix/gateway_socket.hpp"

namespace evenkeel::fix {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::size_t kOutputBytesMax = 1 << 20;
constexpr std::size_t kReadBytes = 16 * 1024;
constexpr DurationNs kWaitMax = 20 * kMillisecond;
constexpr DurationNs kLogoutWithin = 2 * kSecond;
constexpr int kMarketBurst = 1024;

/// A port that one session at a time may connect to.
struct Door {
  Door(asio::io_context& context, std::size_t output_bytes_max)
      : acceptor(context), socket(context, output_bytes_max) {}

  absl::Status open(std::uint16_t wanted) {
    error_code error;
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), wanted);
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(4, error);
    if (error) {
      return absl::UnavailableError(
          absl::StrCat("cannot listen on 127.0.0.1:", wanted, ": ", error.message()));
    }
    port = acceptor.local_endpoint(error).port();
    return absl::OkStatus();
  }
  /// `Session`: on_connected, on_bytes, on_closed.
  template <class Session>
  void accept(Session& session) {
    acceptor.async_accept([this, &session](const error_code& error, tcp::socket peer) {
      if (error) return;
      // One session, one connection: a second one is closed at once.
      if (!socket.open() && socket.attach(std::move(peer))) session.on_connected();
      accept(session);
    });
  }
  template <class Session>
  int read(Session& session) {
    if (!socket.readable()) return 0;
    char buffer[kReadBytes];
    const std::size_t got = socket.read(buffer, sizeof buffer);
    if (got == 0) return 0;
    session.on_bytes(buffer, got);
    return 1;
  }
  void shut() {
    socket.abort();
    error_code ignored;
    acceptor.close(ignored);
  }

  tcp::acceptor acceptor;
  FixSocket socket;
  std::uint16_t port = 0;
};

}  // namespace

class Simulator::Impl {
 public:
  Impl(const SimulatorConfig& config, std::vector<SpscRing<Event>*> market, Doorbell& bell)
      : config_(config),
        market_(std::move(market)),
        bell_(bell),
        bell_watch_(context_),
        orders_(context_, kOutputBytesMax),
        copied_(context_, kOutputBytesMax) {}

  absl::Status open(const InstrumentTable& instruments) {
    if (config_.copies) {
      auto copies = SimulatorCopies::create(*config_.copies, copied_.socket);
      if (!copies.ok()) return copies.status();
      copies_ = *std::move(copies);
      if (absl::Status status = copied_.open(config_.copies->port); !status.ok()) return status;
    }
    auto core =
        SimulatorCore::create(config_, instruments, orders_.socket,
                              [this](SimulatorRecord&& record) { keep(std::move(record)); });
    if (!core.ok()) return core.status();
    core_ = *std::move(core);
    if (absl::Status status = orders_.open(config_.port); !status.ok()) return status;
    error_code error;
    bell_watch_.assign(dup(bell_.fd()), error);
    if (error) return absl::UnavailableError(error.message());
    return absl::OkStatus();
  }

  std::uint16_t port() const { return orders_.port; }
  std::uint16_t copy_port() const { return copied_.port; }

  void start() {
    orders_.accept(*core_);
    if (copies_ != nullptr) copied_.accept(*copies_);
    watch_bell();
    thread_ = std::thread([this] { run(); });
  }

  void stop() {
    if (!thread_.joinable()) return;
    stop_.store(true, std::memory_order_release);
    bell_.ring();
    thread_.join();
  }

  void cut_connection() {
    asio::post(context_, [this] { orders_.socket.abort(); });
    bell_.ring();
  }

  SimulatorState state() {
    if (!thread_.joinable()) return snapshot();
    std::promise<SimulatorState> promise;
    auto future = promise.get_future();
    asio::post(context_, [this, &promise] { promise.set_value(snapshot()); });
    return future.get();
  }

  std::vector<SimulatorRecord> take_records() {
    const std::lock_guard lock(records_mutex_);
    return std::exchange(records_, {});
  }
  void keep_records(bool keep) { keep_records_.store(keep, std::memory_order_relaxed); }

 private:
  void watch_bell() {
    bell_watch_.async_wait(
        asio::posix::stream_descriptor::wait_read, [this](const error_code& error) {
          if (error) return;
          std::uint64_t drained = 0;
          [[maybe_unused]] const ssize_t got = read(bell_.fd(), &drained, sizeof drained);
          watch_bell();
        });
  }

  void run() {
    while (!stop_.load(std::memory_order_acquire)) {
      const int work = turn();
      context_.restart();
      if (work > 0) {
        context_.poll();
        continue;
      }
      bell_.set_parked(true);
      if (!has_market() && !stop_.load(std::memory_order_acquire)) {
        context_.run_one_for(std::chrono::nanoseconds(wait_for()));
      }
      bell_.set_parked(false);
    }
    log_out();
  }

  int turn() {
    core_->at(SystemClock().now());
    int work = take_market();
    work += orders_.read(*core_);
    work += core_->turn(SystemClock::monotonic());
    if (!orders_.socket.open()) core_->on_closed();
    return work + turn_copies();
  }

  int turn_copies() {
    if (copies_ == nullptr) return 0;
    const int work = copied_.read(*copies_) + copies_->turn(SystemClock::monotonic());
    if (!copied_.socket.open()) copies_->on_closed();
    return work;
  }

  int take_market() {
    int taken = 0;
    for (SpscRing<Event>* ring : market_) {
      for (int i = 0; i < kMarketBurst; ++i) {
        const Event* event = ring->front();
        if (event == nullptr) break;
        core_->on_market(*event);
        ring->pop();
        ++taken;
      }
    }
    return taken;
  }

  bool has_market() const {
    return std::any_of(market_.begin(), market_.end(),
                       [](const auto* ring) { return ring->size() > 0; });
  }

  DurationNs wait_for() const {
    const TimeNs due = core_->next_due();
    if (due - core_->now() > kWaitMax) return kWaitMax;
    return std::clamp<DurationNs>(due - SystemClock().now(), 0, kWaitMax);
  }

  void log_out() {
    core_->request_logout();
    if (copies_ != nullptr) copies_->request_logout();
    const auto attached = [this] {
      return core_->attached() || (copies_ != nullptr && copies_->attached());
    };
    const TimeNs until = SystemClock::monotonic() + kLogoutWithin;
    while (attached() && SystemClock::monotonic() < until) {
      turn();
      context_.restart();
      context_.run_one_for(std::chrono::milliseconds(1));
    }
    orders_.shut();
    copied_.shut();
    error_code ignored;
    bell_watch_.close(ignored);
    context_.restart();
    context_.poll();  // who asked for a state gets it
  }

  SimulatorState snapshot() {
    SimulatorState state = core_->state();
    if (copies_ != nullptr) {
      state.copies_sent = copies_->sent();
      state.copies_waiting = copies_->waiting();
      state.copies_lost = copies_->lost();
    }
    const std::lock_guard lock(records_mutex_);
    state.records_dropped = records_dropped_;
    return state;
  }

  void keep(SimulatorRecord&& record) {
    if (copies_ != nullptr && record.kind == SimulatorRecord::Kind::kReport) {
      copies_->add(record.report);
    }
    if (!keep_records_.load(std::memory_order_relaxed)) return;
    const std::lock_guard lock(records_mutex_);
    if (records_.size() == kRecordsMax) {
      ++records_dropped_;
    } else {
      records_.push_back(std::move(record));
    }
  }

  SimulatorConfig config_;
  std::vector<SpscRing<Event>*> market_;
  asio::io_context context_{1};
  Doorbell& bell_;
  asio::posix::stream_descriptor bell_watch_;
  Door orders_, copied_;
  std::unique_ptr<SimulatorCore> core_;
  std::unique_ptr<SimulatorCopies> copies_;  // null: no drop-copy session
  std::atomic<bool> stop_{false};
  std::atomic<bool> keep_records_{true};
  std::mutex records_mutex_;
  std::vector<SimulatorRecord> records_;
  std::uint64_t records_dropped_ = 0;
  std::thread thread_;
};

absl::StatusOr<std::unique_ptr<Simulator>> Simulator::create(const SimulatorConfig& config,
                                                             const InstrumentTable& instruments,
                                                             std::vector<SpscRing<Event>*> market,
                                                             Doorbell& bell) {
  auto impl = std::make_unique<Impl>(config, std::move(market), bell);
  if (absl::Status status = impl->open(instruments); !status.ok()) return status;
  return std::unique_ptr<Simulator>(new Simulator(std::move(impl)));
}

Simulator::Simulator(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Simulator::~Simulator() { impl_->stop(); }
std::uint16_t Simulator::port() const { return impl_->port(); }
std::uint16_t Simulator::copy_port() const { return impl_->copy_port(); }
void Simulator::start() { impl_->start(); }
void Simulator::stop() { impl_->stop(); }
void Simulator::cut_connection() { impl_->cut_connection(); }
SimulatorState Simulator::state() { return impl_->state(); }
std::vector<SimulatorRecord> Simulator::take_records() { return impl_->take_records(); }
void Simulator::keep_records(bool keep) { impl_->keep_records(keep); }

}  // namespace evenkeel::fix
