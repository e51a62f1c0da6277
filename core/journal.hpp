// The journal: the one record of a desk. Every event in the order in which the engine took it,
// every intent it answered with, and, at each start and change, the configuration that decides. A
// desk's state is a function of its journal.
//
//   folder    journal-00000001.evkj, journal-00000002.evkj ...: segments of fixed size, zeroed
//             before they are used; old ones as .evkj.zst
//   segment   header, then blocks, then zeroes
//   block     header, then frames; written with one write, checked with one CRC-32C, linked to the
//             block before by SHA-256, and naming how far the journal was on the disk when it was
//             written
//   frame     8 bytes of header (kind, length), then the record, padded to 8 bytes
//
// docs/JOURNAL.md has the layout byte by byte.
//
// What it never does: change or reorder what it was given, call something durable that the disk has
// not confirmed, go on after a failed write or sync, or repair damage in silence. A block that was
// never confirmed and is not whole at the end is cut, and said; one that was confirmed and is not
// whole is damage, and nothing is opened.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/event.hpp"
#include "core/intent.hpp"
#include "core/sha256.hpp"
#include "core/storage.hpp"

namespace evenkeel {

/// When an order may leave.
enum class Durability : std::uint8_t {
  kNone = 0,  // nothing is written: for measuring what the journal costs
  kOs = 1,    // once the system has it: survives the process, not the machine
  kDisk = 2,  // once the disk has confirmed it: survives the machine
};

enum class FrameKind : std::uint8_t {
  kEvent = 1,      // event_bytes(type) bytes of an Event
  kIntent = 2,     // an Intent
  kConfig = 3,     // one file of the configuration: u32 name length, name, content
  kConfigEnd = 4,  // the files before it are whole and hold from here on; 32 bytes: SHA-256 of them
  kDigest = 5,     // u64 sequence, 32 bytes: SHA-256 of the state after that event
};

/// One file of the configuration, by its name in the desk's folder.
struct ConfigText {
  std::string name;
  std::string content;
  friend bool operator==(const ConfigText&, const ConfigText&) = default;
};

struct JournalOptions {
  std::string engine;                      // the engine's id; a journal belongs to one
  std::uint64_t segment_bytes = 64 << 20;  // a multiple of 4096, at least 64 KiB
  std::uint32_t block_bytes_max = 1 << 20;
};

/// SHA-256 of configuration files as a journal holds them: what kConfigEnd carries.
Sha256 config_hash(const std::vector<ConfigText>& config);

/// Where a journal ends, as found when it was opened.
struct JournalTail {
  std::uint64_t segment = 0;        // number of the last segment; 0: the journal is empty
  std::uint64_t offset = 0;         // where the next block goes
  std::uint64_t last_sequence = 0;  // of the last event; 0: none
  TimeNs last_ts = 0;
  Sha256 chain{};
  std::uint64_t bytes_cut = 0;  // of a torn end that was never confirmed
  bool closed = false;          // the last run ended in order
  std::uint64_t blocks = 0;     // in the whole journal
  /// Of the last segment, what its blocks say was on the disk: the rest may have been in the
  /// system's hands only.
  std::uint64_t confirmed_offset = 0;
};

/// What was read. `text` and `bytes` live until the next call.
struct JournalRecord {
  FrameKind kind = FrameKind::kEvent;
  std::uint64_t segment = 0, offset = 0;  // of the frame
  Event event;                            // kEvent
  Intent intent;                          // kIntent
  std::string_view name, text;            // kConfig
  std::uint64_t sequence = 0;             // kDigest
  Sha256 hash{};                          // kConfigEnd, kDigest
};

/// Reads a journal in order, from any segment on. Errors: DataLoss for damage, with file and offset
/// and what to do; Unavailable for the storage.
class JournalReader {
 public:
  /// `from_segment`: 0 is the first. A compressed segment reads like any other.
  static absl::StatusOr<std::unique_ptr<JournalReader>> open(Storage& storage,
                                                             std::uint64_t from_segment = 0);
  ~JournalReader();
  /// False at the end.
  absl::StatusOr<bool> next(JournalRecord& out);
  /// Once `next` has said the end.
  const JournalTail& tail() const;
  /// Number of the segment being read; 0: there is none.
  std::uint64_t segment() const;
  /// The id of the engine whose journal it is; empty when the journal is.
  std::string_view engine() const;

 private:
  class Impl;
  explicit JournalReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The journal's segments, in order, with the sequence of the last event before each.
struct SegmentInfo {
  std::uint64_t number = 0;
  std::uint64_t sequence_before = 0;  // events up to this one lie in earlier segments
  std::string name;
  std::uint64_t bytes = 0;
  bool compressed = false;
};
absl::StatusOr<std::vector<SegmentInfo>> journal_segments(Storage& storage);

/// Appends. One thread. The order of calls: `append`s fill a block, `write` gives it to the system,
/// `sync` to the disk.
class JournalWriter {
 public:
  /// Goes on behind `tail`, which a reader has found at the end of the same storage: cuts what is
  /// torn and writes zeroes over it. An empty journal begins with segment 1. The configuration is
  /// repeated at the head of every segment. Errors: those of the storage; FailedPrecondition when
  /// the journal belongs to another engine.
  static absl::StatusOr<std::unique_ptr<JournalWriter>> open(Storage& storage,
                                                             const JournalOptions& options,
                                                             const JournalTail& tail,
                                                             const std::vector<ConfigText>& config);
  ~JournalWriter();

  /// Into the block under construction. Precondition: room(). A change of configuration ends with
  /// the next event.
  void append(const Event& event);
  void append(const Intent& intent);
  void append_digest(std::uint64_t sequence, const Sha256& digest);
  /// Writes frames of a new configuration, and repeats it from now on.
  absl::Status change_config(const std::vector<ConfigText>& config);
  /// Whether an event with `intents` intents fits into the block; if not, `write` first.
  bool room(std::size_t intents) const;
  bool block_empty() const;

  /// Writes the block, if there is anything in it; begins the next segment when this one is full.
  /// After an error nothing more is taken: `failed` stays true.
  absl::Status write();
  /// `write`, and waits for the disk.
  absl::Status sync();
  /// The last thing: marks that the run ended in order, and syncs.
  absl::Status close();

  bool failed() const;
  /// Events up to this one are in the system's hands.
  std::uint64_t written_sequence() const;
  /// Events up to this one are on the disk.
  std::uint64_t durable_sequence() const;
  const Sha256& chain() const;
  std::uint64_t segment() const;
  std::uint64_t bytes_written() const;
  /// Makes the next segment's file ahead of time, if it is not there: the slow part of beginning
  /// one. Errors are told by the `write` that needs it, not here. May be called from another thread
  /// than the rest.
  static void prepare_segment(Storage& storage, std::uint64_t number, std::uint64_t bytes);

 private:
  class Impl;
  explicit JournalWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Replaces a finished segment by its compressed form, which the reader takes as well. Errors:
/// those of the storage; the segment then stays as it was.
absl::Status compress_segment(Storage& storage, std::uint64_t number);

}  // namespace evenkeel
