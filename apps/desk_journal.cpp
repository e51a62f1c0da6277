#include "apps/desk_journal.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "apps/desk_state.hpp"
#include "core/system_clock.hpp"

namespace evenkeel::apps {
namespace {

constexpr std::size_t kSnapshotsKept = 2;
constexpr DurationNs kKeeperLooksEvery = 250 * kMillisecond;

absl::Status no_folder(const std::string& folder, const std::error_code& error) {
  return absl::UnavailableError(
      absl::StrCat("cannot make the journal's folder ", folder, ": ", error.message()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<DeskJournal>> DeskJournal::open(const DeskConfig& config) {
  const JournalSettings& settings = config.machine.journal;
  std::unique_ptr<DeskJournal> journal(new DeskJournal);
  journal->durability_ = settings.durability;
  if (settings.durability == Durability::kNone) {
    auto core = DecisionCore::build(config);
    if (!core.ok()) return core.status();
    journal->core_ = *std::move(core);
    return journal;
  }
  std::error_code error;
  std::filesystem::create_directories(settings.folder, error);
  if (error) return no_folder(settings.folder, error);
  auto storage = PosixStorage::open(settings.folder);
  if (!storage.ok()) return storage.status();
  journal->storage_ = *std::move(storage);
  if (absl::Status locked = journal->storage_->lock(); !locked.ok()) return locked;
  if (absl::Status recovered = journal->recover(config); !recovered.ok()) return recovered;
  return journal;
}

absl::Status DeskJournal::recover(const DeskConfig& config) {
  const JournalSettings& settings = config.machine.journal;
  const TimeNs begun = SystemClock::monotonic();
  RecoverOptions options;
  options.folder = config.folder;
  auto found = apps::recover(*storage_, options);
  if (!found.ok()) return found.status();
  story_.journaled = true;
  story_.folder = settings.folder;
  story_.recovered = found->core != nullptr;
  story_.ended_in_order = found->tail.closed;
  story_.snapshot_sequence = found->snapshot;
  story_.events = found->counts.events;
  story_.intents = found->counts.intents;
  story_.last_sequence = found->sequence;
  story_.bytes_cut = found->tail.bytes_cut;
  story_.notes = std::move(found->notes);
  last_ts_ = found->ts;
  const Sha256 hash = evenkeel::config_hash(config.texts);
  story_.config_changed = story_.recovered && hash != found->config_hash;
  core_ = std::move(found->core);
  if (core_ == nullptr || story_.config_changed) {
    auto fresh = DecisionCore::build(config);
    if (!fresh.ok()) return fresh.status();
    if (core_ != nullptr) {
      const absl::Status carried = carry_state(*core_, found->config, **fresh, config);
      if (!carried.ok()) return carried;
    }
    core_ = *std::move(fresh);
  }
  story_.open_orders = core_->orders.open_orders();

  JournalOptions writing;
  writing.engine = std::string(config.machine.engine.id.view());
  writing.segment_bytes = settings.segment_bytes;
  // An event may lead to many intents, and they lie in one block.
  writing.block_bytes_max =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(4 << 20, settings.segment_bytes / 4));
  auto writer = JournalWriter::open(*storage_, writing, found->tail, config.texts);
  if (!writer.ok()) return writer.status();
  writer_ = *std::move(writer);
  if (story_.recovered) {
    if (story_.config_changed) {
      if (absl::Status changed = writer_->change_config(config.texts); !changed.ok()) {
        return changed;
      }
    } else {
      writer_->append_digest(story_.last_sequence, state_digest(*core_));
    }
  }
  config_hash_ = hash;
  segment_bytes_ = settings.segment_bytes;
  compress_ = settings.compress;
  shadow_folder_ = config.folder;
  story_.took = SystemClock::monotonic() - begun;
  return absl::OkStatus();
}

DeskJournal::~DeskJournal() { stop_keeper(); }

void DeskJournal::connect(SpscRing<Intent>* intents, SpscRing<Event>* halts, SourceId fix_source,
                          SourceId copy_source) {
  JournalAgentConfig config;
  config.durability = durability_;
  config.fix_source = fix_source;
  config.copy_source = copy_source;
  agent_ = std::make_unique<JournalAgent>(config, entries_, writer_.get(), intents, halts);
}

void DeskJournal::start() {
  if (writer_ != nullptr) keeper_ = std::thread([this] { keep(); });
}

void DeskJournal::stop_keeper() {
  stop_keeper_.store(true, std::memory_order_release);
  keeper_bell_.ring();
  if (keeper_.joinable()) keeper_.join();
}

absl::Status DeskJournal::finish(const DecisionCore& core) {
  stop_keeper();
  if (writer_ == nullptr) {
    agent_->finish({}).IgnoreError();
    return absl::OkStatus();
  }
  const absl::Status ended = agent_->finish(state_digest(core));
  if (!ended.ok()) return ended;
  const absl::Status written = write_snapshot(*storage_, take_snapshot(core, config_hash_));
  if (!written.ok()) return written;
  {
    const std::lock_guard lock(keeper_mutex_);
    ++keeper_counts_.snapshots;
  }
  return prune_snapshots(*storage_, kSnapshotsKept);
}

std::string DeskJournal::chain_text() const {
  if (writer_ == nullptr) return "";
  return to_hex(writer_->chain());
}

// --- the keeper ---

KeeperCounts DeskJournal::keeper_counts() const {
  const std::lock_guard lock(keeper_mutex_);
  return keeper_counts_;
}

absl::Status DeskJournal::keeper_problem() const {
  const std::lock_guard lock(keeper_mutex_);
  return keeper_problem_;
}

void DeskJournal::keep_failed(const absl::Status& status) {
  const std::lock_guard lock(keeper_mutex_);
  if (keeper_problem_.ok()) keeper_problem_ = status;
}

void DeskJournal::keep() {
  std::uint64_t prepared = 0;
  while (!stop_keeper_.load(std::memory_order_acquire)) {
    const std::uint64_t writing = agent_->progress().segment.load(std::memory_order_acquire);
    if (writing > prepared) {
      JournalWriter::prepare_segment(*storage_, writing + 1, segment_bytes_);
      prepared = writing;
    }
    if (writing > 1 && keeper_problem().ok() && keep_segments(writing - 1)) continue;
    keeper_bell_.park([this] { return stop_keeper_.load(std::memory_order_acquire); },
                      static_cast<int>(kKeeperLooksEvery / kMillisecond));
  }
}

// Replays finished segments up to `last` on the shadow, from the newest snapshot on; then a
// snapshot stands for them. True when there was something to do.
bool DeskJournal::keep_segments(std::uint64_t last) {
  if (last <= kept_segment_) return false;
  const absl::Status kept = replay_to(last);
  kept_segment_ = last;
  if (!kept.ok()) {
    keep_failed(kept);
    return true;
  }
  if (!compress_) return true;
  const auto segments = journal_segments(*storage_);
  if (!segments.ok()) {
    keep_failed(segments.status());
    return true;
  }
  for (const SegmentInfo& segment : *segments) {
    if (segment.number > last || segment.compressed) continue;
    const absl::Status compressed = compress_segment(*storage_, segment.number);
    if (!compressed.ok()) {
      keep_failed(compressed);
      return true;
    }
    const std::lock_guard lock(keeper_mutex_);
    ++keeper_counts_.compressed;
  }
  return true;
}

absl::Status DeskJournal::replay_to(std::uint64_t last) {
  Replayer replayer(shadow_folder_);
  auto found = newest_snapshot(*storage_, UINT64_MAX);
  if (!found.ok()) return found.status();
  std::uint64_t from = 0;
  if (found->snapshot) {
    const auto segment = segment_of(*storage_, found->snapshot->sequence);
    if (!segment.ok()) return segment.status();
    from = *segment;
    if (from > last) return absl::OkStatus();  // a snapshot of later stands already
    replayer.start_from(*std::move(found->snapshot));
  }
  auto reader = JournalReader::open(*storage_, from);
  if (!reader.ok()) return reader.status();
  JournalRecord record;
  const auto ended = replay_segments(**reader, replayer, last, record);
  if (!ended.ok()) return ended.status();
  if (replayer.core() == nullptr) return absl::OkStatus();
  {
    const std::lock_guard lock(keeper_mutex_);
    keeper_counts_.segments = last;
    keeper_counts_.events += replayer.counts().events;
    keeper_counts_.intents += replayer.counts().intents;
    ++keeper_counts_.snapshots;
  }
  const absl::Status written =
      write_snapshot(*storage_, take_snapshot(*replayer.core(), replayer.config_hash()));
  return written.ok() ? prune_snapshots(*storage_, kSnapshotsKept) : written;
}

}  // namespace evenkeel::apps
