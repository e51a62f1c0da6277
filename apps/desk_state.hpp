// The state of everything that decides, as bytes: saved, loaded, digested, carried to a changed
// configuration, and kept in snapshot files, so that a restart costs the tail of the journal and
// not its history. The same state gives the same bytes in every build, so two desks are alike
// exactly when their digests are.
//
// A snapshot is a shortcut, never the record: whatever it says follows from the journal, and a
// damaged one is passed over.
//
//   snapshot-<sequence, 20 digits>.evks, little-endian:
//     8  "EVKSNAP1"          32  SHA-256 of the configuration (kConfigEnd of the journal)
//     8  sequence            32  SHA-256 of the state
//     8  time of that event   8  bytes of the state
//     4  CRC-32C of all that is before it, then of the state        4  zero
//     the state
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "apps/assembly.hpp"
#include "apps/config/desk_config.hpp"
#include "core/journal.hpp"
#include "core/sha256.hpp"
#include "core/storage.hpp"

namespace evenkeel::apps {

/// All of it: market, book, rules, order desk, engine.
std::string save_state(const DecisionCore& core);
/// Into a core that was built from the same configuration. FailedPrecondition when the bytes are
/// not the state of such a core; then it is not to be used any more.
absl::Status load_state(std::string_view state, DecisionCore& core);
/// SHA-256 of `save_state`.
Sha256 state_digest(const DecisionCore& core);

/// Makes `to`, freshly built from `to_config`, go on where `from` is. When only settings of the
/// machine differ, everything is taken over. Otherwise market, book and order desk are, and the
/// rules start afresh. Instruments, currencies and portfolios may be added, behind those that were
/// there. FailedPrecondition, saying what was changed and what to do, for anything else; then `to`
/// is not to be used any more.
absl::Status carry_state(const DecisionCore& from, const DeskConfig& from_config, DecisionCore& to,
                         const DeskConfig& to_config);

struct Snapshot {
  std::uint64_t sequence = 0;  // of the last event in it
  TimeNs ts = 0;
  Sha256 config{};
  Sha256 digest{};
  std::string state;
};
/// "snapshot-00000000000000001234.evks".
std::string snapshot_name(std::uint64_t sequence);
/// Of the state after the core's last event. `config`: the hash of what it was built from.
Snapshot take_snapshot(const DecisionCore& core, const Sha256& config);
/// Precondition: events up to its sequence are on the disk. Errors: those of `Storage::put`.
absl::Status write_snapshot(Storage& storage, const Snapshot& snapshot);
/// Errors: DataLoss for a damaged one, those of the storage.
absl::StatusOr<Snapshot> read_snapshot(Storage& storage, std::uint64_t sequence);
/// The sequences of those that there are, ascending.
absl::StatusOr<std::vector<std::uint64_t>> list_snapshots(Storage& storage);

struct FoundSnapshot {
  std::optional<Snapshot> snapshot;  // none: there is no whole one
  std::vector<std::string> damaged;  // passed over, and why
};
/// The newest whole one of a sequence up to `max_sequence`. Errors: those of listing.
absl::StatusOr<FoundSnapshot> newest_snapshot(Storage& storage, std::uint64_t max_sequence);
/// Removes all but the newest `keep`. Errors: those of the storage.
absl::Status prune_snapshots(Storage& storage, std::size_t keep);

}  // namespace evenkeel::apps
