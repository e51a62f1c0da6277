#include "apps/desk.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "apps/cli.hpp"
#include "core/posix_storage.hpp"
#include "core/system_clock.hpp"
#include "feeds/endpoint.hpp"

namespace evenkeel::apps {
namespace {

/// Idle looks before the engine parks; "never" when it may spin.
constexpr int kSpinsBeforeParking = 200;
/// Beside the FIX store: the last epoch that was used.
constexpr const char* kEpochFile = "epoch";

/// A desk that sends nothing watches: the same bands, told instead of cured.
void make_monitors(std::vector<rules::Policy>& policies) {
  for (rules::Policy& policy : policies) policy.action = rules::Action::kMonitor;
}

absl::StatusOr<std::string> read_small(Storage& storage, std::string_view name) {
  auto file = storage.open(name, false);
  if (!file.ok()) return file.status();
  std::array<std::byte, 64> bytes{};
  const auto got = (*file)->read(0, bytes);
  if (!got.ok()) return got.status();
  return std::string(reinterpret_cast<const char*>(bytes.data()), *got);
}

std::vector<std::string> source_names(const DeskConfig& config) {
  std::vector<std::string> names;
  for (const FeedSettings& feed : config.machine.feeds) names.push_back(feed.name);
  names.emplace_back("FIX");
  names.emplace_back("drop copy");
  return names;
}

}  // namespace

Desk::Desk(DeskConfig config) : config_(std::move(config)) {}

Desk::~Desk() { stop(); }

absl::StatusOr<std::unique_ptr<Desk>> Desk::build(DeskConfig config,
                                                  const DeskOverrides& overrides) {
  if (!config.machine.fix) make_monitors(config.policies);
  if (!overrides.journal_folder.empty()) config.machine.journal.folder = overrides.journal_folder;
  std::unique_ptr<Desk> desk(new Desk(std::move(config)));
  auto journal = DeskJournal::open(desk->config_);
  if (!journal.ok()) return journal.status();
  desk->journal_ = *std::move(journal);
  desk->core_ = desk->journal_->take_core();
  auto feeds = FeedThread::open(desk->config_.machine.feeds, desk->core_->books->instruments,
                                &desk->engine_bell_);
  if (!feeds.ok()) return feeds.status();
  desk->feeds_ = *std::move(feeds);
  if (absl::Status settled = desk->settle_epoch(overrides); !settled.ok()) return settled;
  if (desk->config_.machine.fix) {
    const absl::Status opened = desk->open_gateway(overrides);
    if (!opened.ok()) return opened;
    if (desk->config_.machine.fix->drop_copy) {
      const absl::Status copies = desk->open_copies(overrides);
      if (!copies.ok()) return copies;
    }
  }
  desk->wire();
  return desk;
}

// Distinguishes this run's order ids from those of every other run of this engine: later than any
// that the journal knows, than any that this machine remembers beside the FIX store (should the
// journal have been put back from an old copy), and than the clock's own.
absl::Status Desk::settle_epoch(const DeskOverrides& overrides) {
  std::uint64_t last = core_->orders.epoch();
  std::unique_ptr<PosixStorage> beside;
  if (config_.machine.fix && !overrides.fix_in_memory) {
    auto opened = PosixStorage::make(config_.machine.fix->store);
    if (!opened.ok()) return opened.status();
    beside = *std::move(opened);
    if (const auto text = read_small(*beside, kEpochFile); text.ok()) {
      std::uint64_t remembered = 0;
      if (!absl::SimpleAtoi(*text, &remembered)) {
        return absl::DataLossError(absl::StrCat(beside->path(kEpochFile),
                                                " should hold a number and holds something else; "
                                                "remove it if the journal is whole"));
      }
      last = std::max(last, remembered);
    } else if (!absl::IsNotFound(text.status())) {
      return text.status();
    }
  }
  const auto now = static_cast<std::uint64_t>(SystemClock().now() / kMillisecond);
  epoch_ = std::max(now, last + 1);
  return beside == nullptr ? absl::OkStatus() : beside->put(kEpochFile, absl::StrCat(epoch_));
}

/// What both sessions have in common.
fix::GatewayConfig Desk::session_config(const FixEndpoint& endpoint,
                                        const DeskOverrides& overrides) const {
  fix::GatewayConfig gateway;
  gateway.sender = endpoint.sender;
  gateway.target = endpoint.target;
  gateway.heartbeat = endpoint.heartbeat;
  gateway.engine = config_.machine.engine.id;
  gateway.epoch = epoch_;
  gateway.epochs = core_->orders.epochs_for(epoch_);
  for (const PortfolioSpec& spec : config_.portfolios) gateway.accounts.push_back(spec.name);
  if (journal_->durability() == Durability::kDisk) gateway.store_sync = fix::SyncPolicy::kDisk;
  gateway.journal_sequence = journal_->last_sequence();
  gateway.ask_again = overrides.ask_again;
  return gateway;
}

absl::Status Desk::open_gateway(const DeskOverrides& overrides) {
  const FixSettings& settings = *config_.machine.fix;
  fix::GatewayConfig gateway = session_config(settings, overrides);
  gateway.host = overrides.fix_host.empty() ? settings.host : overrides.fix_host;
  gateway.port = overrides.fix_port == 0 ? settings.port : overrides.fix_port;
  gateway.mass_status = settings.mass_status;
  gateway.source = fix_source(config_.machine);
  if (!overrides.fix_in_memory) {
    gateway.store_file = settings.store + "/" + settings.sender + "-" + settings.target + ".store";
  }
  journal_->connect(&intents_, &halts_, gateway.source,
                    settings.drop_copy ? drop_copy_source(config_.machine) : SourceId::none());
  gateway.upstream = journal_duty();
  gateway.undecided = core_->orders.undecided();
  gateway.last_sent_message = core_->orders.last_sent_message();
  gateway.last_sent_in_run = core_->orders.last_sent_in_run();
  gateway.durable_events = &journal_->progress().durable_from_fix;
  gateway.durable_sequence = &journal_->progress().durable_sequence;
  auto opened = fix::Gateway::create(gateway, core_->books->instruments, intents_, fix_events_,
                                     &engine_bell_);
  if (!opened.ok()) return opened.status();
  gateway_ = *std::move(opened);
  return absl::OkStatus();
}

// The second session: it only listens, on a thread of its own. Its numbers wait for the journal as
// those of the first do.
absl::Status Desk::open_copies(const DeskOverrides& overrides) {
  const DropCopySettings& settings = *config_.machine.fix->drop_copy;
  fix::GatewayConfig gateway = session_config(settings, overrides);
  gateway.drop_copy = true;
  const bool moved = overrides.copy_port != 0;
  gateway.host = moved && !overrides.fix_host.empty() ? overrides.fix_host : settings.host;
  gateway.port = moved ? overrides.copy_port : settings.port;
  gateway.source = drop_copy_source(config_.machine);
  if (!overrides.fix_in_memory) {
    // Both sessions may have the same names: the broker tells them apart by port.
    gateway.store_file =
        settings.store + "/" + settings.sender + "-" + settings.target + ".drop_copy.store";
    std::error_code error;
    std::filesystem::create_directories(settings.store, error);
    if (error) {
      return absl::UnavailableError(
          absl::StrCat("cannot make the folder ", settings.store, ": ", error.message()));
    }
  }
  gateway.durable_events = &journal_->progress().durable_from_copy;
  gateway.durable_sequence = &journal_->progress().durable_sequence;
  auto opened = fix::Gateway::create(gateway, core_->books->instruments, copy_intents_,
                                     copy_events_, &engine_bell_);
  if (!opened.ok()) return opened.status();
  copies_ = *std::move(opened);
  return absl::OkStatus();
}

fix::UpstreamDuty Desk::journal_duty() {
  fix::UpstreamDuty duty;
  duty.self = &journal_->agent();
  duty.do_work = [](void* agent) {
    return static_cast<JournalAgent*>(agent)->do_work(SystemClock::monotonic());
  };
  duty.has_input = [](void* agent) { return static_cast<JournalAgent*>(agent)->has_input(); };
  duty.wait_at_most = [](void* agent) {
    return static_cast<JournalAgent*>(agent)->wait_at_most(SystemClock::monotonic());
  };
  return duty;
}

void Desk::wire() {
  const EngineSettings& settings = config_.machine.engine;
  names_ = {&core_->books->instruments, &core_->books->book, source_names(config_),
            &config_.policies};
  if (copies_ != nullptr) names_.drop_copy = drop_copy_source(config_.machine);
  sequencer_ =
      std::make_unique<Sequencer<SystemClock>>(SystemClock(), settings.clock, settings.tick);
  sequencer_->resume(journal_->last_sequence(), journal_->last_ts());
  // Halts and commands first, then what the broker says, then prices.
  sequencer_->add_input(halts_);
  sequencer_->add_input(commands_);
  EngineAgentWiring wiring;
  wiring.reports = &reports_;
  if (gateway_ != nullptr) {
    sequencer_->add_input(fix_events_);
    if (copies_ != nullptr) sequencer_->add_input(copy_events_);
  } else {
    journal_->connect(nullptr, &halts_, SourceId::none());
  }
  wiring.journal = &journal_->entries();
  for (std::size_t i = 0; i < feeds_->size(); ++i) {
    sequencer_->add_input(feeds_->events(i));
    wiring.arrivals.emplace_back(feeds_->arrivals(i));
  }
  agent_ = std::make_unique<DeskEngineAgent>(
      *sequencer_, core_->engine, core_->books->instruments, core_->books->book,
      core_->books->market, core_->rules, core_->orders, std::move(wiring),
      [](void* self) {
        Desk* desk = static_cast<Desk*>(self);
        if (desk->gateway_ != nullptr) {
          desk->gateway_->wake();
        } else {
          desk->journal_bell_.notify();
        }
      },
      this);
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
  engine_thread_ = std::thread([this] { run_engine(); });
  feeds_->start();
  if (gateway_ != nullptr) {
    gateway_->start();
    if (copies_ != nullptr) copies_->start();
  } else {
    journal_thread_ = std::thread([this] { run_journal(); });
  }
  journal_->start();
}

void Desk::run_engine() {
  const int timeout_ms = static_cast<int>(park_timeout() / kMillisecond);
  SpinPark idle(
      engine_bell_, [this] { return agent_->has_input(); }, timeout_ms, kSpinsBeforeParking);
  BusySpin busy;
  while (!stop_engine_.load(std::memory_order_acquire)) {
    const int work = agent_->do_work();
    if (config_.machine.engine.spin) {
      busy.idle(work);
    } else {
      idle.idle(work);
    }
  }
}

void Desk::run_journal() {
  JournalAgent& journal = journal_->agent();
  while (!stop_journal_.load(std::memory_order_acquire)) {
    if (journal.do_work(SystemClock::monotonic()) > 0) continue;
    const DurationNs wait = journal.wait_at_most(SystemClock::monotonic());
    journal_bell_.park([&] { return journal.has_input(); },
                       static_cast<int>(std::max<DurationNs>(wait / kMillisecond, 1)));
  }
}

void Desk::stop() {
  if (!running_) return;
  running_ = false;
  // The engine takes what the gateway still brings, and goes last; the journal ends after it.
  // The journal runs on the order session's thread, so that session is the second to go.
  if (copies_ != nullptr) copies_->stop();
  if (gateway_ != nullptr) gateway_->stop();
  feeds_->stop();
  stop_engine_.store(true, std::memory_order_release);
  engine_bell_.ring();
  engine_thread_.join();
  if (journal_thread_.joinable()) {
    stop_journal_.store(true, std::memory_order_release);
    journal_bell_.ring();
    journal_thread_.join();
  }
  drain_journal();
  journal_end_ = journal_->finish(*core_);
  // The last reports are on the disk now: their numbers may be recorded, too.
  if (gateway_ != nullptr) gateway_->commit_inbound();
  if (copies_ != nullptr) copies_->commit_inbound();
}

// Nobody else runs any more: what the engine could not hand over has its turn here. What would be
// sent goes nowhere; the desk that starts next finds it never sent.
void Desk::drain_journal() {
  Intent nowhere;
  while (!agent_->hand_over()) {
    journal_->agent().do_work(SystemClock::monotonic());
    while (intents_.try_pop(nowhere)) {
    }
  }
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

int build_exit_code(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return kExitConfig;
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kResourceExhausted:
      return kExitIntegrity;
    default:
      return kExitConnectivity;
  }
}

}  // namespace evenkeel::apps
