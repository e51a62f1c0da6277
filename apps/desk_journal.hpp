// The journal of a desk at work: takes the folder, recovers what was decided before, records what
// is decided now, and keeps the folder in order in the background.
//
//   open      lock, newest snapshot, replay of the rest with every recorded intent compared, and
//   the
//             configuration as it stands now; the result is a core that knows everything it ever
//             did
//   agent     runs on the gateway's thread (a monitor's: on one of its own)
//   keeper    a thread at leisure: replays each finished segment on a shadow of the desk, compares
//             every intent, writes a snapshot and compresses the segment; makes the next one ahead
//   finish    once nothing runs any more: digest, orderly end, last snapshot
//
// Never: two desks on one folder; a start over damage; a state that differs from what was recorded.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "apps/assembly.hpp"
#include "apps/config/desk_config.hpp"
#include "apps/replay.hpp"
#include "core/agent_thread.hpp"
#include "core/journal.hpp"
#include "core/journal_agent.hpp"
#include "core/posix_storage.hpp"
#include "core/ring.hpp"

namespace evenkeel::apps {

/// What was found when a desk's journal was opened, for people.
struct RecoveryStory {
  bool journaled = false;  // there is a journal at all
  std::string folder{};
  bool recovered = false;                 // it held something
  bool ended_in_order = false;            // the run before
  bool config_changed = false;            // since the run before
  std::uint64_t snapshot_sequence = 0;    // 0: none was used
  std::uint64_t events = 0, intents = 0;  // replayed and compared
  std::uint64_t last_sequence = 0;
  std::uint64_t bytes_cut = 0;    // of a torn end that nothing depended on
  std::uint64_t open_orders = 0;  // to be asked about
  DurationNs took = 0;
  std::vector<std::string> notes{};  // what was passed over or cut
};

/// What the keeper has done.
struct KeeperCounts {
  std::uint64_t segments = 0, events = 0, intents = 0, snapshots = 0, compressed = 0;
};

class DeskJournal {
 public:
  static constexpr std::size_t kEntries = 65'536;

  /// `config` as it is now; without a journal (durability "none") nothing is recovered and nothing
  /// is kept. Errors: FailedPrecondition when the folder is held by another desk or belongs to
  /// another engine, DataLoss for damage and for a journal that does not replay to what it records,
  /// InvalidArgument when the configuration cannot go on from the one before, Unavailable and
  /// ResourceExhausted for the disk.
  static absl::StatusOr<std::unique_ptr<DeskJournal>> open(const DeskConfig& config);
  ~DeskJournal();
  DeskJournal(const DeskJournal&) = delete;
  DeskJournal& operator=(const DeskJournal&) = delete;

  const RecoveryStory& story() const { return story_; }
  /// The recovered core, or a fresh one; once.
  std::unique_ptr<DecisionCore> take_core() { return std::move(core_); }
  /// Where numbering and time go on.
  std::uint64_t last_sequence() const { return story_.last_sequence; }
  TimeNs last_ts() const { return last_ts_; }

  /// Before `start`: who sends what may be sent (null: nobody), what takes halts, whose events are
  /// counted as the FIX session's, and whose as its drop copy's.
  void connect(SpscRing<Intent>* intents, SpscRing<Event>* halts, SourceId fix_source,
               SourceId copy_source = {});
  SpscRing<JournalEntry>& entries() { return entries_; }
  JournalAgent& agent() { return *agent_; }
  const JournalProgress& progress() const { return agent_->progress(); }
  Durability durability() const { return durability_; }
  /// Starts the keeper.
  void start();
  /// Once engine and gateway have ended. The status of the journal's end.
  absl::Status finish(const DecisionCore& core);

  KeeperCounts keeper_counts() const;
  /// What the keeper found wrong; ok while nothing. Any thread.
  absl::Status keeper_problem() const;
  /// Of the last block; after `finish`.
  std::string chain_text() const;

 private:
  DeskJournal() = default;
  absl::Status recover(const DeskConfig& config);
  void stop_keeper();
  void keep();
  bool keep_segments(std::uint64_t last);
  absl::Status replay_to(std::uint64_t last);
  void keep_failed(const absl::Status& status);

  Durability durability_ = Durability::kDisk;
  std::string shadow_folder_;  // of the desk
  std::uint64_t segment_bytes_ = 0;
  bool compress_ = true;
  Sha256 config_hash_{};
  std::unique_ptr<PosixStorage> storage_;
  std::unique_ptr<JournalWriter> writer_;
  std::unique_ptr<DecisionCore> core_;
  RecoveryStory story_;
  TimeNs last_ts_ = 0;
  SpscRing<JournalEntry> entries_{kEntries};
  std::unique_ptr<JournalAgent> agent_;

  std::uint64_t kept_segment_ = 0;  // the keeper has seen to it
  std::thread keeper_;
  Doorbell keeper_bell_;
  std::atomic<bool> stop_keeper_{false};
  mutable std::mutex keeper_mutex_;
  KeeperCounts keeper_counts_;
  absl::Status keeper_problem_;
};

}  // namespace evenkeel::apps
