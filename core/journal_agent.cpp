#include "core/journal_agent.hpp"

#include <algorithm>

#include "core/mutation.hpp"

namespace evenkeel {
namespace {

/// An event's intents and the intents that are held: the engine gives at most so many for one
/// event.
constexpr std::size_t kHeldMax = 16'384;

/// What a failed journal still lets through: it takes risk away or only asks.
bool passes_without_journal(IntentType type) {
  return type == IntentType::kCancelOrder || type == IntentType::kRequestStatus ||
         type == IntentType::kDontKnowTrade;
}

}  // namespace

JournalAgent::JournalAgent(const JournalAgentConfig& config, SpscRing<JournalEntry>& entries,
                           JournalWriter* writer, SpscRing<Intent>* intents, SpscRing<Event>* halts)
    : config_(config), entries_(entries), writer_(writer), intents_(intents), halts_(halts) {
  EVENKEEL_CHECK((writer == nullptr) == (config.durability == Durability::kNone));
  held_.reserve(2 * kHeldMax);
  if (writer_ != nullptr) progress_.segment.store(writer_->segment(), std::memory_order_relaxed);
}

int JournalAgent::do_work(TimeNs now) {
  if (!started_) flushed_at_ = synced_at_ = now;
  started_ = true;
  now_ = now;
  int work = hand_on();
  if (next_ready_ < ready_) return work;  // whoever sends has no room: nothing new meanwhile
  work += take_entries();
  const bool disk = config_.durability == Durability::kDisk;
  if (intents_due_ > 0)
    return work;  // the engine is handing over: an event and its intents are one
  if (mutated(Mutation::kReleaseEarly)) release();
  const bool wanted = held_.size() > ready_;
  const bool late = dirty_ && now - flushed_at_ >= may_wait();
  const bool sync_late =
      unsynced_ && now - synced_at_ >= (disk ? config_.flush_every : config_.sync_every);
  if (wanted || late || sync_late || bytes_pending_ >= config_.write_at_bytes) {
    flush(now, sync_late || (disk && (wanted || late)));
    ++work;
  }
  return work + hand_on();
}

DurationNs JournalAgent::wait_at_most(TimeNs now) const {
  constexpr DurationNs kLookEvery = 20 * kMillisecond;
  if (next_ready_ < ready_) return kMillisecond;
  if (!dirty_) return kLookEvery;
  return std::clamp<DurationNs>(may_wait() - (now - flushed_at_), kMillisecond, kLookEvery);
}

int JournalAgent::take_entries() {
  int taken = 0;
  while (const JournalEntry* entry = entries_.front()) {
    if (entry->kind == JournalEntry::Kind::kEvent) {
      // An event whose intents have all come is a place to stop; inside of one it goes on.
      if (taken >= kEntriesPerCycle || !block_has_room(entry->intents)) break;
      take_event(*entry);
    } else {
      take_intent(entry->body.intent);
    }
    entries_.pop();
    ++taken;
  }
  return taken;
}

bool JournalAgent::block_has_room(std::size_t intents) const {
  if (held_.size() + intents > kHeldMax && !held_.empty()) return false;
  return writer_ == nullptr || failed_ || writer_->block_empty() || writer_->room(intents);
}

void JournalAgent::take_event(const JournalEntry& entry) {
  const Event& event = entry.body.event;
  EVENKEEL_CHECK(intents_due_ == 0);
  intents_due_ = entry.intents;
  if (failed_) return;
  if (writer_ != nullptr) writer_->append(event);
  bytes_pending_ += event_bytes(event.type);
  // What waits, waits from its first event on, not from the last time that something was written.
  // A tick that led to nothing may wait longer: the next run has a clock of its own. It goes with
  // whatever comes after it.
  const bool quiet = event.type == EventType::kClock && entry.intents == 0;
  if (!dirty_ || (quiet_ && !quiet)) flushed_at_ = now_;
  quiet_ = quiet && (quiet_ || !dirty_);
  taken_sequence_ = event.sequence;
  const bool from_fix =
      event.source == config_.fix_source || mutated(Mutation::kCountForeignEvents);
  if (config_.fix_source.valid() && from_fix) ++taken_from_fix_;
  if (config_.copy_source.valid() && event.source == config_.copy_source) ++taken_from_copy_;
  dirty_ = true;
}

void JournalAgent::take_intent(const Intent& intent) {
  EVENKEEL_CHECK(intents_due_ > 0);
  --intents_due_;
  if (!failed_ && writer_ != nullptr) writer_->append(intent);
  bytes_pending_ += sizeof intent;
  if (intent.type == IntentType::kAlert || intents_ == nullptr) return;
  held_.push_back(intent);
}

void JournalAgent::flush(TimeNs now, bool to_disk) {
  flushed_at_ = now;
  if (to_disk) synced_at_ = now;
  bytes_pending_ = 0;
  if (!failed_ && writer_ != nullptr) {
    const bool sync = to_disk && !mutated(Mutation::kSkipSync);
    const absl::Status status = sync ? writer_->sync() : writer_->write();
    if (!status.ok() && !mutated(Mutation::kIgnoreWriteFailure)) fail(status);
  }
  if (!failed_) {
    unsynced_ = writer_ != nullptr && !to_disk;
    dirty_ = false;
    progress_.blocks.fetch_add(1, std::memory_order_relaxed);
    if (to_disk) progress_.syncs.fetch_add(1, std::memory_order_relaxed);
    if (writer_ != nullptr) {
      progress_.segment.store(writer_->segment(), std::memory_order_release);
      progress_.bytes.store(writer_->bytes_written(), std::memory_order_relaxed);
    }
    if (to_disk || config_.durability != Durability::kDisk) {
      progress_.durable_from_fix.store(taken_from_fix_, std::memory_order_release);
      progress_.durable_from_copy.store(taken_from_copy_, std::memory_order_release);
      progress_.durable_sequence.store(taken_sequence_, std::memory_order_release);
      release();
    }
  } else {
    release();
  }
}

// What is held may go now; of a journal that has failed, only what takes risk away.
void JournalAgent::release() {
  ready_ = held_.size();
  const std::uint64_t most = progress_.intents_held_max.load(std::memory_order_relaxed);
  if (ready_ > most) progress_.intents_held_max.store(ready_, std::memory_order_relaxed);
}

void JournalAgent::fail(const absl::Status& status) {
  failed_ = true;
  dirty_ = unsynced_ = false;
  problem_ = status;
  progress_.failed.store(true, std::memory_order_release);
  if (halts_ == nullptr || halt_told_) return;
  Event halt = Event::make(EventType::kCommand, SourceId::none());
  halt.payload.command.command = Command::kHalt;
  halt_told_ = halts_->try_push(halt);
}

int JournalAgent::hand_on() {
  int handed = 0;
  while (next_ready_ < ready_) {
    Intent& intent = held_[next_ready_];
    // Marked, not dropped: whoever sends answers it as not sent, so that the desk knows.
    if (failed_ && !passes_without_journal(intent.type)) intent.flags |= kIntentNotDurable;
    if (!intents_->try_push(intent)) return handed;
    ++next_ready_;
    ++handed;
  }
  if (next_ready_ == held_.size()) {
    held_.clear();
    next_ready_ = ready_ = 0;
  }
  return handed;
}

absl::Status JournalAgent::finish(const Sha256& digest) {
  while (entries_.size() > 0) {
    if (take_entries() == 0) {
      flush(flushed_at_, true);
      if (next_ready_ < ready_) held_.clear(), next_ready_ = ready_ = 0;
    }
  }
  held_.clear();
  next_ready_ = ready_ = 0;
  flush(flushed_at_, true);
  if (failed_) return problem_;
  if (writer_ == nullptr) return absl::OkStatus();
  writer_->append_digest(taken_sequence_, digest);
  if (const absl::Status status = writer_->close(); !status.ok()) fail(status);
  return problem_;
}

}  // namespace evenkeel
