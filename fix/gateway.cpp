#include "fix/gateway.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "core/system_clock.hpp"
#include "fix/gateway_core.hpp"
#include "fix/gateway_socket.hpp"

namespace evenkeel::fix {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kInputBytes = 64 * 1'024;
constexpr DurationNs kWaitMax = kSecond;

Moment moment() { return {SystemClock::monotonic(), SystemClock().now()}; }

}  // namespace

class Gateway::Impl {
 public:
  Impl(const GatewayConfig& config, SpscRing<Intent>& intents, Doorbell* engine_bell)
      : config_(config),
        intents_(intents),
        engine_bell_(engine_bell),
        socket_(context_, config.output_bytes_max),
        resolver_(context_),
        connecting_(context_),
        bell_wait_(context_, bell_.fd()),
        connect_within_(context_),
        input_(kInputBytes) {}
  ~Impl() {
    stop();
    bell_wait_.release();  // the bell's own
  }

  absl::Status open(const InstrumentTable& instruments, SpscRing<Event>& events);
  void start() {
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  }
  void stop() {
    stop_asked_.store(true, std::memory_order_release);
    bell_.ring();
    if (thread_.joinable()) thread_.join();
  }
  void commit_inbound() {
    if (!thread_.joinable()) core_->commit_inbound();
  }
  void wake() noexcept { bell_.notify(); }
  GatewayCounts counts() const;
  bool logged_on() const { return shown_logged_on_.load(std::memory_order_acquire); }
  bool next_note(GatewayNote& out) { return core_->next_note(out); }

 private:
  using Words = std::array<std::uint64_t, sizeof(GatewayCounts) / sizeof(std::uint64_t)>;

  // The thread.
  void run();
  int turn();
  void wait();
  void arm_bell();
  bool finish();
  void ring_engine();
  void publish();
  int upstream() {
    return config_.upstream.do_work == nullptr ? 0
                                               : config_.upstream.do_work(config_.upstream.self);
  }
  bool upstream_has_input() const {
    return config_.upstream.has_input != nullptr &&
           config_.upstream.has_input(config_.upstream.self);
  }
  bool stop_asked() const { return stop_asked_.load(std::memory_order_acquire); }

  // The connection.
  void connect();
  void resolved(const tcp::resolver::results_type& endpoints);
  void connected(const error_code& error);
  void connect_failed(std::string_view why);
  int read_socket(Moment at);
  bool feed(Moment at);
  void check_closed(Moment at);

  GatewayConfig config_;
  SpscRing<Intent>& intents_;
  Doorbell* engine_bell_;
  Doorbell bell_;
  asio::io_context context_{1};
  FixSocket socket_;
  tcp::resolver resolver_;
  tcp::socket connecting_;
  asio::posix::stream_descriptor bell_wait_;
  asio::steady_timer connect_within_;
  std::unique_ptr<GatewayCore> core_;

  std::vector<char> input_;  // [input_begin_, input_end_) was read and not taken by the session
  std::size_t input_begin_ = 0, input_end_ = 0;
  bool attempting_ = false;  // to connect
  std::uint64_t rung_ = 0;   // events the engine was woken for

  std::array<std::atomic<std::uint64_t>, std::tuple_size_v<Words>> shown_{};
  std::atomic<bool> shown_logged_on_{false};
  std::atomic<bool> stop_asked_{false};
  std::thread thread_;
};

// --- set-up ---

absl::Status Gateway::Impl::open(const InstrumentTable& instruments, SpscRing<Event>& events) {
  auto store = open_gateway_store(config_);
  if (!store.ok()) return store.status();
  auto core =
      GatewayCore::create(config_, instruments, intents_, events, *std::move(store), socket_);
  if (!core.ok()) return core.status();
  core_ = *std::move(core);
  return absl::OkStatus();
}

// --- the thread ---

void Gateway::Impl::run() {
  arm_bell();
  do {
    const int work = turn();
    publish();
    if (work == 0) {
      wait();
    } else {
      context_.poll();
    }
  } while (!finish());
  socket_.abort();
  ring_engine();
  publish();
}

int Gateway::Impl::turn() {
  int work = upstream();
  const Moment at = moment();
  work += read_socket(at);
  check_closed(at);
  work += core_->turn(at);
  if (core_->wants_connection(at.now) && !stop_asked()) connect();
  ring_engine();
  return work;
}

void Gateway::Impl::ring_engine() {
  if (rung_ == core_->events_pushed()) return;
  rung_ = core_->events_pushed();
  if (engine_bell_ != nullptr) engine_bell_->notify();
}

void Gateway::Impl::wait() {
  DurationNs most = std::min(kWaitMax, core_->wait_at_most(SystemClock::monotonic()));
  const UpstreamDuty& duty = config_.upstream;
  if (duty.wait_at_most != nullptr) most = std::min(most, duty.wait_at_most(duty.self));
  bell_.set_parked(true);
  const bool stop_now = stop_asked() && !core_->stopping();
  if (intents_.front() == nullptr && !upstream_has_input() && !stop_now) {
    context_.run_one_for(std::chrono::nanoseconds(std::max<DurationNs>(most, 0)));
  }
  bell_.set_parked(false);
  context_.poll();
}

void Gateway::Impl::arm_bell() {
  bell_wait_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const error_code& error) {
    if (error) return;
    bell_.drain();
    arm_bell();
  });
}

// True when the thread may end.
bool Gateway::Impl::finish() {
  if (!stop_asked()) return false;
  if (!core_->stopping()) {
    // What has come to the desk's hand so far is still sent, if it may be.
    const TimeNs until = SystemClock::monotonic() + config_.logout_within;
    while (upstream_has_input() && SystemClock::monotonic() < until) turn();
    core_->request_stop(moment());
    resolver_.cancel();
    error_code ignored;
    connecting_.close(ignored);
  }
  const Moment at = moment();
  check_closed(at);
  return core_->finished(at);
}

void Gateway::Impl::publish() {
  const Words words = std::bit_cast<Words>(core_->counts());
  for (std::size_t i = 0; i < words.size(); ++i) {
    shown_[i].store(words[i], std::memory_order_relaxed);
  }
  shown_logged_on_.store(core_->logged_on(), std::memory_order_release);
}

GatewayCounts Gateway::Impl::counts() const {
  Words words{};
  for (std::size_t i = 0; i < words.size(); ++i) {
    words[i] = shown_[i].load(std::memory_order_relaxed);
  }
  return std::bit_cast<GatewayCounts>(words);
}

// --- the connection ---

void Gateway::Impl::connect() {
  core_->on_connecting();
  attempting_ = true;
  error_code error;
  const auto address = asio::ip::make_address(config_.host, error);
  if (!error) {
    const tcp::endpoint endpoint(address, config_.port);
    resolved(tcp::resolver::results_type::create(endpoint, config_.host, ""));
    return;
  }
  resolver_.async_resolve(
      config_.host, std::to_string(config_.port),
      [this](const error_code& failed, const tcp::resolver::results_type& endpoints) {
        if (failed) {
          connect_failed(failed.message());
        } else {
          resolved(endpoints);
        }
      });
}

void Gateway::Impl::resolved(const tcp::resolver::results_type& endpoints) {
  if (core_->stopping()) return;
  connecting_ = tcp::socket(context_);
  connect_within_.expires_after(std::chrono::nanoseconds(config_.connect_within));
  connect_within_.async_wait([this](const error_code& error) {
    error_code ignored;
    if (!error && attempting_) connecting_.close(ignored);
  });
  asio::async_connect(connecting_, endpoints,
                      [this](const error_code& error, const tcp::endpoint&) { connected(error); });
}

void Gateway::Impl::connected(const error_code& error) {
  if (error || core_->stopping()) {
    connect_failed(error.message());
    return;
  }
  attempting_ = false;
  connect_within_.cancel();
  input_begin_ = input_end_ = 0;
  if (!socket_.attach(std::move(connecting_))) {
    connect_failed(socket_.problem());
    return;
  }
  core_->on_connected(moment());
}

void Gateway::Impl::connect_failed(std::string_view why) {
  attempting_ = false;
  connect_within_.cancel();
  core_->on_connect_failed(moment(), why);
}

int Gateway::Impl::read_socket(Moment at) {
  int work = 0;
  while (core_->attached() && feed(at) && socket_.readable()) {
    const std::size_t got = socket_.read(input_.data(), input_.size());
    if (got == 0) break;
    input_begin_ = 0;
    input_end_ = got;
    ++work;
  }
  return work;
}

// Gives the session what was read. True when all of it was taken and more may be read.
bool Gateway::Impl::feed(Moment at) {
  if (input_begin_ < input_end_) {
    input_begin_ += core_->on_bytes(at, input_.data() + input_begin_, input_end_ - input_begin_);
  }
  return input_begin_ == input_end_ && !core_->holding_back();
}

void Gateway::Impl::check_closed(Moment at) {
  if (!core_->attached() || socket_.open() || input_begin_ < input_end_) return;
  core_->on_closed(at, socket_.problem());
}

// --- Gateway ---

absl::StatusOr<std::unique_ptr<Gateway>> Gateway::create(const GatewayConfig& config,
                                                         const InstrumentTable& instruments,
                                                         SpscRing<Intent>& intents,
                                                         SpscRing<Event>& events,
                                                         Doorbell* engine_bell) {
  if (config.host.empty() || config.port == 0) {
    return absl::InvalidArgumentError("FIX host or port is missing");
  }
  if (absl::Status status = validate(config); !status.ok()) return status;
  auto impl = std::make_unique<Impl>(config, intents, engine_bell);
  if (absl::Status status = impl->open(instruments, events); !status.ok()) return status;
  return std::unique_ptr<Gateway>(new Gateway(std::move(impl)));
}

Gateway::Gateway(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Gateway::~Gateway() = default;
void Gateway::start() { impl_->start(); }
void Gateway::stop() { impl_->stop(); }
void Gateway::commit_inbound() { impl_->commit_inbound(); }
void Gateway::wake() noexcept { impl_->wake(); }
GatewayCounts Gateway::counts() const { return impl_->counts(); }
bool Gateway::logged_on() const { return impl_->logged_on(); }
bool Gateway::next_note(GatewayNote& out) { return impl_->next_note(out); }

}  // namespace evenkeel::fix
