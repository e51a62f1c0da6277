#include "apps/desk.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "core/system_clock.hpp"
#include "feeds/endpoint.hpp"

namespace evenkeel::apps {
namespace {

/// Idle looks before the engine parks; "never" when it may spin.
constexpr int kSpinsBeforeParking = 200;

/// A desk that sends nothing watches: the same bands, told instead of cured.
void make_monitors(std::vector<rules::Policy>& policies) {
  for (rules::Policy& policy : policies) policy.action = rules::Action::kMonitor;
}

std::vector<std::string> source_names(const DeskConfig& config) {
  std::vector<std::string> names;
  for (const FeedSettings& feed : config.machine.feeds) names.push_back(feed.name);
  names.emplace_back("FIX");
  return names;
}

}  // namespace

Desk::Desk(DeskConfig config) : config_(std::move(config)) {}

Desk::~Desk() { stop(); }

absl::StatusOr<std::unique_ptr<Desk>> Desk::build(DeskConfig config,
                                                  const DeskOverrides& overrides) {
  if (!config.machine.fix) make_monitors(config.policies);
  std::unique_ptr<Desk> desk(new Desk(std::move(config)));
  auto core = DecisionCore::build(desk->config_);
  if (!core.ok()) return core.status();
  desk->core_ = *std::move(core);
  auto feeds = FeedThread::open(desk->config_.machine.feeds, desk->core_->books->instruments,
                                &desk->engine_bell_);
  if (!feeds.ok()) return feeds.status();
  desk->feeds_ = *std::move(feeds);
  // Distinguishes this run's order ids from those of every other run of this engine.
  desk->epoch_ = static_cast<std::uint64_t>(SystemClock().now() / kMillisecond);
  if (desk->config_.machine.fix) {
    const absl::Status opened = desk->open_gateway(overrides);
    if (!opened.ok()) return opened;
  }
  desk->wire();
  return desk;
}

absl::Status Desk::open_gateway(const DeskOverrides& overrides) {
  const FixSettings& settings = *config_.machine.fix;
  fix::GatewayConfig gateway;
  gateway.host = overrides.fix_host.empty() ? settings.host : overrides.fix_host;
  gateway.port = overrides.fix_port == 0 ? settings.port : overrides.fix_port;
  gateway.sender = settings.sender;
  gateway.target = settings.target;
  gateway.heartbeat = settings.heartbeat;
  gateway.engine = config_.machine.engine.id;
  gateway.epoch = epoch_;
  gateway.source = SourceId::of(config_.machine.feeds.size());
  for (const PortfolioSpec& spec : config_.portfolios) gateway.accounts.push_back(spec.name);
  if (!overrides.fix_in_memory) {
    std::error_code error;
    std::filesystem::create_directories(settings.store, error);
    if (error) {
      return absl::UnavailableError("cannot make the folder of the FIX store " + settings.store +
                                    ": " + error.message());
    }
    gateway.store_file = settings.store + "/" + settings.sender + "-" + settings.target + ".store";
  }
  auto opened = fix::Gateway::create(gateway, core_->books->instruments, intents_, fix_events_,
                                     &engine_bell_);
  if (!opened.ok()) return opened.status();
  gateway_ = *std::move(opened);
  return absl::OkStatus();
}

void Desk::wire() {
  const EngineSettings& settings = config_.machine.engine;
  names_ = {&core_->books->instruments, &core_->books->book, source_names(config_),
            &config_.policies};
  sequencer_ =
      std::make_unique<Sequencer<SystemClock>>(SystemClock(), settings.clock, settings.tick);
  // Commands first, then what the broker says, then prices.
  sequencer_->add_input(own_events_);
  sequencer_->add_input(commands_);
  EngineAgentWiring wiring;
  wiring.reports = &reports_;
  if (gateway_ != nullptr) {
    sequencer_->add_input(fix_events_);
    wiring.intents = &intents_;
  }
  wiring.own_events = &own_events_;
  for (std::size_t i = 0; i < feeds_->size(); ++i) {
    sequencer_->add_input(feeds_->events(i));
    wiring.arrivals.emplace_back(feeds_->arrivals(i));
  }
  agent_ = std::make_unique<DeskEngineAgent>(
      *sequencer_, core_->engine, core_->books->instruments, core_->books->book,
      core_->books->market, core_->rules, core_->orders, std::move(wiring),
      gateway_ == nullptr ? nullptr
                          : +[](void* gateway) { static_cast<fix::Gateway*>(gateway)->wake(); },
      gateway_.get());
}

absl::Status Desk::pass_on(std::size_t line, const std::string& to) {
  feeds::UdpSenderConfig config;
  const auto endpoint = feeds::parse_endpoint(to);
  if (!endpoint.ok()) return endpoint.status();
  config.to = *endpoint;
  auto sender = feeds::UdpSender::open(config);
  if (!sender.ok()) return sender.status();
  feeds_->pass_on(line, *std::move(sender));
  return absl::OkStatus();
}

DurationNs Desk::park_timeout() const {
  // Late for a tick by a fraction of it at most, and never asleep for long.
  const DurationNs tick = config_.machine.engine.tick;
  return std::clamp<DurationNs>(tick / 4, kMillisecond, 50 * kMillisecond);
}

void Desk::start() {
  Event first = Event::make(EventType::kEngineStart, SourceId::none());
  first.payload.start.epoch = epoch_;
  EVENKEEL_CHECK(commands_.try_push(first));
  running_ = true;
  const int timeout_ms = static_cast<int>(park_timeout() / kMillisecond);
  const bool spin = config_.machine.engine.spin;
  engine_thread_ = std::thread([this, timeout_ms, spin] {
    SpinPark idle(
        engine_bell_, [this] { return agent_->has_input(); }, timeout_ms, kSpinsBeforeParking);
    BusySpin busy;
    while (!stop_engine_.load(std::memory_order_acquire)) {
      const int work = agent_->do_work();
      if (spin) {
        busy.idle(work);
      } else {
        idle.idle(work);
      }
    }
  });
  feeds_->start();
  if (gateway_ != nullptr) gateway_->start();
}

void Desk::stop() {
  if (!running_) return;
  running_ = false;
  // The engine takes what the gateway still brings, and goes last.
  if (gateway_ != nullptr) gateway_->stop();
  feeds_->stop();
  stop_engine_.store(true, std::memory_order_release);
  engine_bell_.ring();
  engine_thread_.join();
}

bool Desk::command(Command command, PortfolioId portfolio) {
  Event event = Event::make(EventType::kCommand, SourceId::none(), portfolio.value);
  event.payload.command.command = command;
  if (!commands_.try_push(event)) return false;
  engine_bell_.notify();
  return true;
}

const DeskSnapshot& Desk::final_snapshot() {
  EVENKEEL_CHECK(!running_);
  DeskSnapshot& buffer = agent_->exchange().buffer();
  agent_->copy(buffer);
  return buffer;
}

}  // namespace evenkeel::apps
