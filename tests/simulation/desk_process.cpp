#include "tests/simulation/desk_process.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "apps/desk_state.hpp"
#include "apps/replay.hpp"
#include "rules/config_reader.hpp"
#include "tests/simulation/small_desk.hpp"

namespace evenkeel::simulation {
namespace {

constexpr const char* kEpochFile = "epoch";
constexpr std::uint64_t kSegmentBytes = 64 << 10;  // small, so that segments end often

}  // namespace

DeskProcess::~DeskProcess() = default;

absl::StatusOr<std::unique_ptr<DeskProcess>> DeskProcess::start(const DeskSetup& setup,
                                                                Disks& disks,
                                                                fix::Transport& connection,
                                                                const VirtualTime& time) {
  std::unique_ptr<DeskProcess> desk(new DeskProcess(time, setup));
  if (absl::Status status = desk->recover(setup, disks); !status.ok()) return status;
  if (absl::Status status = desk->wire(setup); !status.ok()) return status;
  if (absl::Status status = desk->open_gateway(setup, disks, connection); !status.ok()) {
    return status;
  }
  Event first = Event::make(EventType::kEngineStart, SourceId::none());
  first.payload.start.epoch = desk->epoch_;
  EVENKEEL_CHECK(desk->commands_.try_push(first));
  return desk;
}

absl::Status DeskProcess::recover(const DeskSetup& setup, Disks& disks) {
  rules::Complaints complaints;
  auto config = apps::load_desk_from(*setup.files, complaints);
  if (!config.ok()) return config.status();
  config_ = *std::move(config);
  testing::MemoryStorage& journal = disks.journal();
  if (absl::Status status = journal.lock(); !status.ok()) return status;
  auto found = apps::recover(journal, {});
  if (!found.ok()) return found.status();
  recovered_ = found->sequence;
  recovered_ts_ = found->ts;
  std::uint64_t last_epoch = 0;
  if (found->core != nullptr) {
    core_ = std::move(found->core);
    last_epoch = core_->orders.epoch();
  } else {
    auto made = apps::DecisionCore::build(config_);
    if (!made.ok()) return made.status();
    core_ = *std::move(made);
  }
  if (absl::Status status = settle_epoch(last_epoch, disks.beside()); !status.ok()) return status;
  JournalOptions options;
  options.engine = kEngineId;
  options.segment_bytes = kSegmentBytes;
  options.block_bytes_max = kSegmentBytes / 4;
  auto writer = JournalWriter::open(journal, options, found->tail, config_.texts);
  if (!writer.ok()) return writer.status();
  writer_ = *std::move(writer);
  storage_ = &journal;
  config_hash_ = evenkeel::config_hash(config_.texts);
  if (recovered_ > 0) writer_->append_digest(recovered_, apps::state_digest(*core_));
  return absl::OkStatus();
}

// As apps/desk.cpp does: a run whose start never reached the journal may have sent cancels, which
// go without it, so its epoch is remembered beside the FIX store.
absl::Status DeskProcess::settle_epoch(std::uint64_t last, Storage& beside) {
  if (const auto file = beside.open(kEpochFile, false); file.ok()) {
    std::array<std::byte, 64> bytes{};
    const auto got = (*file)->read(0, bytes);
    if (!got.ok()) return got.status();
    std::uint64_t remembered = 0;
    if (!absl::SimpleAtoi(absl::string_view(reinterpret_cast<const char*>(bytes.data()), *got),
                          &remembered)) {
      return absl::DataLossError("the remembered epoch is no number");
    }
    last = std::max(last, remembered);
  }
  epoch_ = std::max(static_cast<std::uint64_t>(time_.wall / kMillisecond), last + 1);
  return beside.put(kEpochFile, absl::StrCat(epoch_));
}

absl::Status DeskProcess::open_gateway(const DeskSetup& setup, Disks& disks,
                                       fix::Transport& connection) {
  const apps::FixSettings& settings = *config_.machine.fix;
  fix::GatewayConfig gateway;
  gateway.host = "simulated";
  gateway.port = 1;
  gateway.sender = settings.sender;
  gateway.target = settings.target;
  gateway.heartbeat = settings.heartbeat;
  gateway.store_file = "image";
  gateway.store_sync =
      setup.durability == Durability::kDisk ? fix::SyncPolicy::kDisk : fix::SyncPolicy::kOs;
  gateway.engine = config_.machine.engine.id;
  gateway.epoch = epoch_;
  gateway.epochs = core_->orders.epochs_for(epoch_);
  gateway.undecided = core_->orders.undecided();
  gateway.last_sent_message = core_->orders.last_sent_message();
  gateway.last_sent_in_run = core_->orders.last_sent_in_run();
  gateway.journal_sequence = recovered_;
  gateway.durable_events = &journal_->progress().durable_from_fix;
  gateway.durable_sequence = &journal_->progress().durable_sequence;
  gateway.source = fix_source();
  for (const PortfolioSpec& spec : config_.portfolios) gateway.accounts.push_back(spec.name);
  fix::StoreOptions options = fix::gateway_store_options(gateway);
  options.slot_count = 1'024;
  options.slot_bytes = 512;
  std::string problem;
  auto store = disks.open_store(options, &problem);
  if (store == nullptr) return absl::UnavailableError("FIX store: " + problem);
  auto opened = fix::GatewayCore::create(gateway, core_->books->instruments, intents_, fix_events_,
                                         std::move(store), connection);
  if (!opened.ok()) return opened.status();
  gateway_ = *std::move(opened);
  return absl::OkStatus();
}

absl::Status DeskProcess::wire(const DeskSetup& setup) {
  auto symbols = feeds::SymbolMap::build(core_->books->instruments, SourceId{0});
  if (!symbols.ok()) return symbols.status();
  symbols_ = std::make_unique<feeds::SymbolMap>(*std::move(symbols));
  feeds::TopsFeedConfig line;
  line.line = SourceId{0};
  line.silent_after = config_.machine.feeds.front().silent_after;
  feed_ = std::make_unique<feeds::TopsFeed>(line, *symbols_, core_->books->instruments.size(),
                                            feed_events_);
  const apps::EngineSettings& engine = config_.machine.engine;
  sequencer_ =
      std::make_unique<Sequencer<VirtualClock>>(VirtualClock{&time_}, engine.clock, engine.tick);
  if (recovered_ > 0) sequencer_->resume(recovered_, recovered_ts_);
  sequencer_->add_input(halts_);
  sequencer_->add_input(commands_);
  sequencer_->add_input(fix_events_);
  sequencer_->add_input(feed_events_);
  apps::EngineAgentWiring wiring;
  wiring.journal = &engine_out_;
  agent_ = std::make_unique<Agent>(*sequencer_, core_->engine, core_->books->instruments,
                                   core_->books->book, core_->books->market, core_->rules,
                                   core_->orders, std::move(wiring), nullptr, nullptr);
  JournalAgentConfig journal;
  journal.durability = setup.durability;
  journal.fix_source = fix_source();
  journal_ =
      std::make_unique<JournalAgent>(journal, journal_in_, writer_.get(), &intents_, &halts_);
  return absl::OkStatus();
}

SourceId DeskProcess::fix_source() const { return SourceId::of(config_.machine.feeds.size()); }

void DeskProcess::feed_turn() {
  feed_->flush();
  feed_->check_line(time_.now);
}

bool DeskProcess::command(Command command, PortfolioId portfolio) {
  Event event = Event::make(EventType::kCommand, SourceId::none(), portfolio.value);
  event.payload.command.command = command;
  return commands_.try_push(event);
}

bool DeskProcess::cash_flow(PortfolioId portfolio, CurrencyId currency, Money amount) {
  Event event = Event::make(EventType::kCashFlow, SourceId::none(), portfolio.value);
  event.payload.cash_flow.amount = amount;
  event.payload.cash_flow.currency = currency;
  return commands_.try_push(event);
}

absl::Status DeskProcess::finish() {
  // As Desk::stop: what the engine could not hand over has its turn, and goes nowhere.
  Intent nowhere;
  while (!agent_->hand_over()) {
    journal_->do_work(time_.now);
    while (intents_.try_pop(nowhere)) {
    }
  }
  if (absl::Status status = journal_->finish(apps::state_digest(*core_)); !status.ok()) {
    return status;
  }
  gateway_->commit_inbound();
  return apps::write_snapshot(*storage_, apps::take_snapshot(*core_, config_hash_));
}

// As apps/desk_journal.cpp does in the background.
absl::Status DeskProcess::keep() {
  const std::uint64_t writing = journal_->progress().segment.load();
  if (writing > prepared_) JournalWriter::prepare_segment(*storage_, writing + 1, kSegmentBytes);
  prepared_ = writing;
  if (writing < 2 || writing - 1 <= kept_) return absl::OkStatus();
  const std::uint64_t last = writing - 1;
  kept_ = last;
  apps::Replayer replayer;
  auto found = apps::newest_snapshot(*storage_, UINT64_MAX);
  if (!found.ok()) return found.status();
  std::uint64_t from = 0;
  if (found->snapshot) {
    const auto segment = apps::segment_of(*storage_, found->snapshot->sequence);
    if (!segment.ok()) return segment.status();
    from = *segment;
    if (from > last) return absl::OkStatus();
    replayer.start_from(*std::move(found->snapshot));
  }
  auto reader = JournalReader::open(*storage_, from);
  if (!reader.ok()) return reader.status();
  JournalRecord record;
  const auto ended = apps::replay_segments(**reader, replayer, last, record);
  if (!ended.ok()) return ended.status();
  if (replayer.core() == nullptr) return absl::OkStatus();
  const apps::Snapshot snapshot = apps::take_snapshot(*replayer.core(), replayer.config_hash());
  if (absl::Status status = apps::write_snapshot(*storage_, snapshot); !status.ok()) return status;
  if (absl::Status status = apps::prune_snapshots(*storage_, 2); !status.ok()) return status;
  const auto segments = journal_segments(*storage_);
  if (!segments.ok()) return segments.status();
  for (const SegmentInfo& segment : *segments) {
    if (segment.number > last || segment.compressed) continue;
    if (absl::Status status = compress_segment(*storage_, segment.number); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

bool DeskProcess::idle() const {
  return engine_out_.size() == 0 && !journal_->has_input() && intents_.size() == 0 &&
         fix_events_.size() == 0 && commands_.size() == 0 && halts_.size() == 0;
}

}  // namespace evenkeel::simulation
