#include "fix/simulator.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <future>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include "absl/strings/str_cat.h"
#include "core/system_clock.hpp"
#include "fix/gateway_socket.hpp"
#include "fix/quickfix/session_host.hpp"

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

}  // namespace

class Simulator::Impl final : public Application, public VenueListener {
 public:
  Impl(const InstrumentTable& instruments, const SimulatorConfig& config,
       std::vector<SpscRing<Event>*> market, Doorbell& bell)
      : config_(config),
        market_(std::move(market)),
        acceptor_(context_),
        bell_(bell),
        bell_watch_(context_),
        socket_(context_, kOutputBytesMax),
        venue_(instruments, config.venue, *this) {}

  absl::Status open() {
    SessionSettings settings;
    settings.role = SessionRole::kAcceptor;
    settings.sender_comp_id = config_.sender;
    settings.target_comp_id = config_.target;
    settings.resend_application_messages = true;
    StoreOptions store;
    store.identity = absl::StrCat("FIX.4.4:", config_.sender, "->", config_.target);
    std::string problem;
    host_ = SessionHost::create(settings, SequenceStore::in_memory(store, &problem), &socket_, this,
                                &problem);
    if (host_ == nullptr) return absl::InvalidArgumentError(problem);
    error_code error;
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), config_.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(4, error);
    if (error) {
      return absl::UnavailableError(
          absl::StrCat("cannot listen on 127.0.0.1:", config_.port, ": ", error.message()));
    }
    port_ = acceptor_.local_endpoint(error).port();
    bell_watch_.assign(dup(bell_.fd()), error);
    if (error) return absl::UnavailableError(error.message());
    return absl::OkStatus();
  }

  std::uint16_t port() const { return port_; }

  void start() {
    accept();
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
    asio::post(context_, [this] { socket_.abort(); });
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

  // --- what the session says ---
  void on_session_event(const SessionEvent& event) noexcept override {
    if (event.kind == SessionEventKind::kLoggedOn) ++sessions_;
    SimulatorRecord record;
    record.kind = SimulatorRecord::Kind::kSession;
    record.text = absl::StrCat(to_string(event.kind), event.text_size > 0 ? ": " : "",
                               absl::string_view(event.text, event.text_size));
    keep(std::move(record));
  }
  void on_new_order(const NewOrder& order) noexcept override {
    SimulatorRecord record;
    record.order = order;
    keep(std::move(record));
    venue_.on_new_order(order, now_);
  }
  void on_replace_order(const ReplaceOrder& replace) noexcept override {
    SimulatorRecord record;
    record.kind = SimulatorRecord::Kind::kReplace;
    record.order = replace.order;
    record.orig_cl_ord_id = replace.orig_cl_ord_id;
    keep(std::move(record));
    venue_.on_replace_order(replace, now_);
  }
  void on_cancel_order(const CancelOrder& cancel) noexcept override {
    SimulatorRecord record;
    record.kind = SimulatorRecord::Kind::kCancel;
    record.order.cl_ord_id = cancel.cl_ord_id;
    record.order.account = cancel.account;
    record.order.instrument = cancel.instrument;
    record.order.side = cancel.side;
    record.orig_cl_ord_id = cancel.orig_cl_ord_id;
    keep(std::move(record));
    venue_.on_cancel_order(cancel, now_);
  }
  void on_status_request(const StatusRequest& request) noexcept override {
    venue_.on_status_request(request);
  }

  // --- what the venue says ---
  void report(const ExecutionReport& report) override {
    SimulatorRecord record;
    record.kind = SimulatorRecord::Kind::kReport;
    record.report = report;
    keep(std::move(record));
    outgoing_.emplace_back(report);
  }
  void reject_cancel(const CancelReject& reject) override {
    SimulatorRecord record;
    record.kind = SimulatorRecord::Kind::kCancelReject;
    record.reject = reject;
    keep(std::move(record));
    outgoing_.emplace_back(reject);
  }

 private:
  void accept() {
    acceptor_.async_accept([this](const error_code& error, tcp::socket peer) {
      if (error) return;
      // One session, one connection: a second one is closed at once.
      if (!socket_.open() && socket_.attach(std::move(peer))) {
        connected_ = true;
        host_->on_connected();
      }
      accept();
    });
  }

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
    now_ = std::max(now_, SystemClock().now());
    int work = take_market();
    work += read_socket();
    venue_.advance(now_);
    work += send_reports();
    host_->on_timer(SystemClock::monotonic());
    if (connected_ && !socket_.open()) {
      connected_ = false;
      host_->on_disconnected();
    }
    return work;
  }

  int take_market() {
    int taken = 0;
    for (SpscRing<Event>* ring : market_) {
      for (int i = 0; i < kMarketBurst; ++i) {
        const Event* event = ring->front();
        if (event == nullptr) break;
        Event stamped = *event;
        ring->pop();
        stamped.sequence = ++market_events_;
        stamped.ts = now_;
        venue_.on_market(stamped);
        ++taken;
      }
    }
    return taken;
  }

  bool has_market() const {
    return std::any_of(market_.begin(), market_.end(),
                       [](const auto* ring) { return ring->size() > 0; });
  }

  int read_socket() {
    if (!socket_.readable()) return 0;
    char buffer[kReadBytes];
    const std::size_t got = socket_.read(buffer, sizeof buffer);
    if (got == 0) return 0;
    host_->on_bytes(buffer, got);
    return 1;
  }

  int send_reports() {
    int sent = 0;
    while (!outgoing_.empty() && host_->logged_on() && !host_->resend_pending()) {
      const SendOutcome outcome = std::visit(
          [this](const auto& message) { return host_->send(message); }, outgoing_.front());
      // No room or no session now: later. What was lost in the sending is recorded, and the session
      // resends it.
      if (outcome.result == SendResult::kNotLoggedOn || outcome.result == SendResult::kBackpressure)
        break;
      if (outcome.result == SendResult::kInvalid || outcome.result == SendResult::kStoreFailed) {
        give_up_report(outcome.result);
      }
      outgoing_.pop_front();
      ++sent;
    }
    return sent;
  }

  /// A report that cannot be written will never arrive: said and counted, so that positions which
  /// then differ have their reason.
  void give_up_report(SendResult result) {
    ++reports_lost_;
    const bool invalid = result == SendResult::kInvalid;
    SimulatorRecord record;
    record.kind = SimulatorRecord::Kind::kSession;
    record.text = absl::StrCat("a report could not be sent: ", to_string(result),
                               invalid ? ": " : "", invalid ? host_->last_problem() : "");
    keep(std::move(record));
  }

  DurationNs wait_for() const {
    const TimeNs due = venue_.next_due();
    if (due - now_ > kWaitMax) return kWaitMax;
    return std::clamp<DurationNs>(due - SystemClock().now(), 0, kWaitMax);
  }

  void log_out() {
    if (host_->logged_on()) host_->request_logout("the simulator ends");
    const TimeNs until = SystemClock::monotonic() + kLogoutWithin;
    while (connected_ && SystemClock::monotonic() < until) {
      turn();
      context_.restart();
      context_.run_one_for(std::chrono::milliseconds(1));
    }
    socket_.abort();
    error_code ignored;
    acceptor_.close(ignored);
    bell_watch_.close(ignored);
    context_.restart();
    context_.poll();  // who asked for a state gets it
  }

  SimulatorState snapshot() {
    SimulatorState state;
    state.venue = venue_.counts();
    state.positions = venue_.positions();
    state.live_orders = venue_.live_orders();
    state.market_events = market_events_;
    state.reports_waiting = outgoing_.size();
    state.sessions = sessions_;
    state.reports_lost = reports_lost_;
    state.logged_on = host_->logged_on();
    const std::lock_guard lock(records_mutex_);
    state.records_dropped = records_dropped_;
    return state;
  }

  void keep(SimulatorRecord record) {
    if (!keep_records_.load(std::memory_order_relaxed)) return;
    record.ts = now_;
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
  tcp::acceptor acceptor_;
  Doorbell& bell_;
  asio::posix::stream_descriptor bell_watch_;
  FixSocket socket_;
  SimulatorVenue venue_;
  std::unique_ptr<SessionHost> host_;
  std::deque<std::variant<ExecutionReport, CancelReject>> outgoing_;
  TimeNs now_ = 0;
  std::uint64_t market_events_ = 0;
  std::uint64_t sessions_ = 0;
  std::uint64_t reports_lost_ = 0;
  bool connected_ = false;
  std::uint16_t port_ = 0;
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
  auto impl = std::make_unique<Impl>(instruments, config, std::move(market), bell);
  if (absl::Status status = impl->open(); !status.ok()) return status;
  return std::unique_ptr<Simulator>(new Simulator(std::move(impl)));
}

Simulator::Simulator(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Simulator::~Simulator() { impl_->stop(); }
std::uint16_t Simulator::port() const { return impl_->port(); }
void Simulator::start() { impl_->start(); }
void Simulator::stop() { impl_->stop(); }
void Simulator::cut_connection() { impl_->cut_connection(); }
SimulatorState Simulator::state() { return impl_->state(); }
std::vector<SimulatorRecord> Simulator::take_records() { return impl_->take_records(); }
void Simulator::keep_records(bool keep) { impl_->keep_records(keep); }

}  // namespace evenkeel::fix
