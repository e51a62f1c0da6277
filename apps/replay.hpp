// Replay: a journal's events, given to a desk that was built from the journal's own configuration.
// Every intent that was recorded is compared with the one that is computed, to the byte, and every
// digest with the state. What comes out at the end is the state the desk was in: recovery, the
// check in the background, `evenkeel replay` and `evenkeel explain` are all this.
//
// It never changes a journal, sends nothing, reads no clock, and goes no further than the first
// difference: a desk that would decide otherwise than it did must not go on by itself.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "apps/assembly.hpp"
#include "apps/config/desk_config.hpp"
#include "apps/desk_state.hpp"
#include "core/journal.hpp"
#include "core/proposal.hpp"
#include "core/storage.hpp"

namespace evenkeel::apps {

struct ReplayCounts {
  std::uint64_t events = 0;   // given to the desk
  std::uint64_t intents = 0;  // compared
  std::uint64_t digests = 0;  // compared
  std::uint64_t configs = 0;  // changes of the configuration, the first not counted
  std::uint64_t skipped = 0;  // events that the snapshot holds
};

class Replayer {
 public:
  /// `folder`: what paths of the configuration are resolved against; nothing is read there.
  explicit Replayer(std::string folder = ".");

  /// Begins from a snapshot: events up to its sequence are passed over. Call before the first
  /// record, which has to lie in the segment that holds the snapshot's event, or before it.
  void start_from(Snapshot snapshot);

  /// The next record of the journal. Errors, after which no more is taken: Aborted for a
  /// difference, both sides told; DataLoss for a journal that does not follow itself;
  /// InvalidArgument or FailedPrecondition for a configuration that cannot be read or carried over.
  absl::Status take(const JournalRecord& record);
  /// The journal has ended here. Intents that the last event should have led to and that are not
  /// recorded were cut with the end: `cut()` has them. Errors: as above; DataLoss when the snapshot
  /// is of a later event than the journal has.
  absl::Status finish();

  /// Null before the first event (or `finish`). They stay until the next call.
  DecisionCore* core() { return core_.get(); }
  const DecisionCore* core() const { return core_.get(); }
  /// What the core was built from.
  const DeskConfig& config() const { return config_; }
  const Sha256& config_hash() const { return config_hash_; }
  /// Hands the core over; the replayer is then at its end.
  std::unique_ptr<DecisionCore> take_core() { return std::move(core_); }

  const ReplayCounts& counts() const { return counts_; }
  /// What the last event leads to, as computed.
  std::span<const Intent> intents() const { return intents_.intents(); }
  const std::vector<Intent>& cut() const { return cut_; }
  /// The last error was a difference.
  bool differs() const { return differs_; }

 private:
  absl::Status take_event(const JournalRecord& record);
  absl::Status take_intent(const JournalRecord& record);
  absl::Status take_config_end(const JournalRecord& record);
  absl::Status take_digest(const JournalRecord& record);
  absl::Status close_event(const JournalRecord& next);
  absl::Status settle_config();
  absl::Status build(const std::vector<ConfigText>& texts, const Sha256& hash);
  absl::Status difference(const JournalRecord& at, const std::string& text);

  std::string folder_;
  std::unique_ptr<DecisionCore> core_;
  DeskConfig config_;
  Sha256 config_hash_{};
  std::optional<Snapshot> snapshot_;        // not loaded yet
  std::vector<ConfigText> snapshot_texts_;  // of the snapshot's configuration, once seen
  bool snapshot_texts_seen_ = false;
  std::vector<ConfigText> reading_;  // files of a configuration that is not whole yet
  std::vector<ConfigText> pending_;  // holds from the next event on
  Sha256 pending_hash_{};
  bool pending_set_ = false;
  IntentBuffer intents_;
  std::size_t matched_ = 0;  // intents of the last event that were recorded
  std::uint64_t last_sequence_ = 0;
  TimeNs last_ts_ = 0;
  ReplayCounts counts_;
  std::vector<Intent> cut_;
  bool differs_ = false;
};

/// Both sides of a difference, field by field: "limit_price 100.02 recorded, 100.03 computed".
std::string describe_difference(const Intent& recorded, const Intent& computed);
/// An intent in one line, by numbers: "new_order 17 portfolio 0 instrument 3 sell 32 at 5000.25".
std::string describe_intent(const Intent& intent);

struct RecoverOptions {
  std::string folder = ".";  // of the desk, for the paths of its configuration
  bool use_snapshot = true;
  /// Called after every record that was taken; for progress and for reading along.
  std::function<void(const JournalRecord&, const Replayer&)> each = nullptr;
};

struct Recovered {
  std::unique_ptr<DecisionCore> core;  // null: the journal holds nothing
  DeskConfig config;                   // what it was built from
  Sha256 config_hash{};
  JournalTail tail;            // where the journal goes on
  std::uint64_t sequence = 0;  // of the last event
  TimeNs ts = 0;               // its time
  std::uint64_t snapshot = 0;  // sequence of the one that was used; 0: none
  ReplayCounts counts;
  std::vector<Intent> cut;         // of the last event: never recorded, so never sent
  std::vector<std::string> notes;  // what was passed over or cut, for people
};

/// The state at the end of a journal: the newest whole snapshot that fits, and the events after it.
/// Errors: those of the journal's reader and of Replayer; DataLoss when a snapshot is ahead of the
/// journal, which then has lost its end. Damaged snapshots are passed over with a note.
absl::StatusOr<Recovered> recover(Storage& storage, const RecoverOptions& options);

/// Takes the records of `reader` up to the end of segment `last` (0: all). True when the journal
/// has ended; `record` then holds nothing, and otherwise the first record behind, not taken.
absl::StatusOr<bool> replay_segments(JournalReader& reader, Replayer& replayer, std::uint64_t last,
                                     JournalRecord& record);

/// The segment from which a replay behind event `sequence` has to read; 0: from the first.
absl::StatusOr<std::uint64_t> segment_of(Storage& storage, std::uint64_t sequence);

/// Where the journal is that somebody means by `path`: a desk's folder (or its evenkeel.toml), or
/// the journal's own. NotFound, saying what was looked for.
absl::StatusOr<std::string> find_journal(const std::string& path);

}  // namespace evenkeel::apps
