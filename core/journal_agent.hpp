// Between the engine and whoever sends orders: takes events with their intents from the engine's
// ring, writes them to the journal, and hands an intent on only when it, and every event before it,
// is as durable as was asked for. An agent: no thread, no clock, no file of its own; the caller
// says what time it is.
//
// Ticks never wait for the disk here: they fill the ring and are written in blocks. The disk is
// waited for when a block holds something to be sent, and now and then.
//
// When the journal fails (disk full, an error, read-only) it stays failed: what could not be
// written is not called durable, new and replacing orders go no further (`Sink` is told, and
// answers them as not sent), cancels and status requests still pass, and the engine is told to
// halt.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "core/intent.hpp"
#include "core/journal.hpp"
#include "core/ring.hpp"

namespace evenkeel {

/// What the engine hands over: an event, then its intents.
struct JournalEntry {
  enum class Kind : std::uint8_t { kEvent, kIntent };
  Kind kind = Kind::kEvent;
  std::uint8_t reserved[3] = {};
  std::uint32_t intents = 0;  // of an event: how many intents follow
  union Body {
    Event event;
    Intent intent;
    Body() : event() {}
  } body;

  static JournalEntry of(const Event& event, std::size_t intents) {
    JournalEntry entry;
    entry.intents = static_cast<std::uint32_t>(intents);
    entry.body.event = event;
    return entry;
  }
  static JournalEntry of(const Intent& intent) {
    JournalEntry entry;
    entry.kind = Kind::kIntent;
    entry.body.intent = intent;
    return entry;
  }
};
static_assert(sizeof(JournalEntry) == 200 && std::is_trivially_copyable_v<JournalEntry>);

/// How far the journal is, for other threads.
struct JournalProgress {
  std::atomic<std::uint64_t> durable_sequence{0};   // as `Durability` understands it
  std::atomic<std::uint64_t> durable_from_fix{0};   // events of the FIX session among them
  std::atomic<std::uint64_t> durable_from_copy{0};  // and of the drop-copy session
  std::atomic<std::uint64_t> segment{0};            // that is being written
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> blocks{0}, syncs{0};
  std::atomic<std::uint64_t> intents_held_max{0};
  std::atomic<bool> failed{false};
};

struct JournalAgentConfig {
  Durability durability = Durability::kDisk;
  SourceId fix_source{};                        // whose events are counted; none: nobody's
  SourceId copy_source{};                       // those of the drop-copy session, apart
  DurationNs flush_every = 100 * kMillisecond;  // what holds no intent waits so long at most
  DurationNs quiet_every = kSecond;             // and what says only that time passes, so long
  DurationNs sync_every = kSecond;          // with kOs, what is written waits so long for the disk
  std::size_t write_at_bytes = 256 * 1024;  // or until it is this much
};

class JournalAgent {
 public:
  static constexpr int kEntriesPerCycle = 4'096;

  /// Everything is borrowed and outlives the agent. `writer`: null when durability is kNone.
  /// `intents`: where what may be sent goes; null: nobody sends (a monitor). `halts`: an input of
  /// the engine's sequencer that only this fills.
  JournalAgent(const JournalAgentConfig& config, SpscRing<JournalEntry>& entries,
               JournalWriter* writer, SpscRing<Intent>* intents, SpscRing<Event>* halts);

  /// A bounded piece of work: takes entries, writes and syncs as needed, hands on what is durable.
  /// `now`: any clock that only goes forward.
  int do_work(TimeNs now);
  bool has_input() const { return entries_.size() > 0 || next_ready_ < ready_; }
  /// How long it may be left alone when nothing comes in and nothing is wanted. While events may
  /// come, somebody has to look now and then: the engine wakes nobody for a tick.
  DurationNs wait_at_most(TimeNs now) const;
  /// Writes and syncs everything that is in the ring, once nobody fills it any more, and ends the
  /// journal in order: with the digest of the state after the last event.
  absl::Status finish(const Sha256& digest);

  const JournalProgress& progress() const { return progress_; }
  bool failed() const { return failed_; }
  /// Why it failed. On the agent's thread, or after it.
  const absl::Status& problem() const { return problem_; }

 private:
  int take_entries();
  void take_event(const JournalEntry& entry);
  void take_intent(const Intent& intent);
  void flush(TimeNs now, bool to_disk);
  void fail(const absl::Status& status);
  void release();
  int hand_on();
  bool block_has_room(std::size_t intents) const;
  DurationNs may_wait() const { return quiet_ ? config_.quiet_every : config_.flush_every; }

  JournalAgentConfig config_;
  SpscRing<JournalEntry>& entries_;
  JournalWriter* writer_;
  SpscRing<Intent>* intents_;
  SpscRing<Event>* halts_;
  JournalProgress progress_;
  absl::Status problem_;
  std::vector<Intent> held_;  // to be sent: [next_ready_, ready_) may go, the rest is not durable
  std::size_t next_ready_ = 0;
  std::size_t ready_ = 0;
  std::uint32_t intents_due_ = 0;  // of the last event, not seen yet
  std::uint64_t taken_sequence_ = 0;
  std::uint64_t taken_from_fix_ = 0, taken_from_copy_ = 0;
  std::size_t bytes_pending_ = 0;
  TimeNs now_ = 0, flushed_at_ = 0, synced_at_ = 0;
  bool dirty_ = false;     // taken and not written
  bool quiet_ = false;     // and all of that are clock ticks that led to nothing
  bool unsynced_ = false;  // written and not synced
  bool started_ = false;
  bool failed_ = false;
  bool halt_told_ = false;
};

}  // namespace evenkeel
