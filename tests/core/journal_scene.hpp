// Made-up events and intents, the journal they make, and reading it back: what the journal's tests
// have in common.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/journal.hpp"
#include "tests/support/memory_storage.hpp"

namespace evenkeel::testing {

/// A different one for every number, with every byte of the record in use.
inline Event numbered_event(std::uint64_t sequence) {
  const bool execution = sequence % 5 == 0;
  Event event = Event::make(execution ? EventType::kExecution : EventType::kQuote, SourceId{1},
                            static_cast<std::uint32_t>(sequence % 7));
  event.sequence = sequence;
  event.ts = 1'000 + static_cast<TimeNs>(sequence) * 10;
  std::uint64_t x = sequence;
  const std::size_t bytes = event_bytes(event.type) - offsetof(Event, payload);
  for (std::size_t i = 0; i < bytes; ++i) {
    x = x * 6364136223846793005U + 1442695040888963407U;
    event.payload.bytes[i] = static_cast<std::uint8_t>(x >> 56);
  }
  return event;
}

inline Intent numbered_intent(std::uint64_t sequence, std::uint32_t index) {
  Intent intent;
  intent.event_sequence = sequence;
  intent.ts = 1'000 + static_cast<TimeNs>(sequence) * 10;
  intent.index = index;
  intent.type = IntentType::kNewOrder;
  intent.order_id = sequence * 100 + index;
  intent.quantity = Quantity::from_raw(static_cast<std::int64_t>(sequence + 1));
  return intent;
}

inline std::uint32_t intents_of(std::uint64_t sequence) {
  return sequence % 4 == 0 ? static_cast<std::uint32_t>(sequence % 3 + 1) : 0;
}

/// A record in one comparable string.
inline std::string text_of(const JournalRecord& record) {
  const auto raw = [](const void* bytes, std::size_t size) {
    return std::string(static_cast<const char*>(bytes), size);
  };
  switch (record.kind) {
    case FrameKind::kEvent:
      return "event " + raw(&record.event, sizeof record.event);
    case FrameKind::kIntent:
      return "intent " + raw(&record.intent, sizeof record.intent);
    case FrameKind::kConfig:
      return "config " + std::string(record.name) + "=" + std::string(record.text);
    case FrameKind::kConfigEnd:
      return "config end " + to_hex(record.hash);
    case FrameKind::kDigest:
      return "digest " + std::to_string(record.sequence) + " " + to_hex(record.hash);
  }
  return "?";
}
inline std::string text_of(const Event& event) {
  JournalRecord record;
  record.event = event;
  return text_of(record);
}
inline std::string text_of(const Intent& intent) {
  JournalRecord record;
  record.kind = FrameKind::kIntent;
  record.intent = intent;
  return text_of(record);
}

/// Everything a journal says, and how the reading of it ended.
struct Reading {
  absl::Status status;
  std::vector<std::string> records;  // events, intents and digests
  std::vector<std::string> config;   // the rest
  std::vector<std::uint64_t> sequences;
  JournalTail tail;
  std::string engine;
};

inline Reading read_journal(Storage& storage, std::uint64_t from_segment = 0) {
  Reading reading;
  auto reader = JournalReader::open(storage, from_segment);
  if (!reader.ok()) {
    reading.status = reader.status();
    return reading;
  }
  JournalRecord record;
  for (;;) {
    const absl::StatusOr<bool> more = (*reader)->next(record);
    reading.status = more.status();
    if (!more.ok() || !*more) break;
    const bool config = record.kind == FrameKind::kConfig || record.kind == FrameKind::kConfigEnd;
    (config ? reading.config : reading.records).push_back(text_of(record));
    if (record.kind == FrameKind::kEvent) reading.sequences.push_back(record.event.sequence);
  }
  reading.tail = (*reader)->tail();
  reading.engine = (*reader)->engine();
  return reading;
}

inline JournalOptions small_options() {
  JournalOptions options;
  options.engine = "alpha";
  options.segment_bytes = 64 << 10;
  options.block_bytes_max = 8 << 10;
  return options;
}

inline std::vector<ConfigText> small_config() {
  return {{"evenkeel.toml", "name = \"alpha\"\n"}, {"policy.toml", "band = \"5%\"\n"}};
}

/// Opens a journal where it ends.
inline absl::StatusOr<std::unique_ptr<JournalWriter>> go_on(
    Storage& storage, std::vector<ConfigText> config = small_config(),
    const JournalOptions& options = small_options()) {
  const Reading reading = read_journal(storage);
  if (!reading.status.ok()) return reading.status;
  return JournalWriter::open(storage, options, reading.tail, std::move(config));
}

/// Appends one event with its intents, writing blocks as they fill. What was appended also goes to
/// `said`.
inline absl::Status append_numbered(JournalWriter& writer, std::uint64_t sequence,
                                    std::vector<std::string>* said = nullptr) {
  const std::uint32_t intents = intents_of(sequence);
  if (!writer.block_empty() && !writer.room(intents)) {
    absl::Status status = writer.write();
    if (!status.ok()) return status;
  }
  writer.append(numbered_event(sequence));
  if (said != nullptr) said->push_back(text_of(numbered_event(sequence)));
  for (std::uint32_t i = 0; i < intents; ++i) {
    writer.append(numbered_intent(sequence, i));
    if (said != nullptr) said->push_back(text_of(numbered_intent(sequence, i)));
  }
  return absl::OkStatus();
}

}  // namespace evenkeel::testing
