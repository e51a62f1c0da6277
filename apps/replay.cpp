#include "apps/replay.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "apps/events_text.hpp"

namespace evenkeel::apps {
namespace {

absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }

std::string_view type_name(IntentType type) {
  switch (type) {
    case IntentType::kNewOrder:
      return "new_order";
    case IntentType::kReplaceOrder:
      return "replace_order";
    case IntentType::kCancelOrder:
      return "cancel_order";
    case IntentType::kRequestStatus:
      return "request_status";
    case IntentType::kDontKnowTrade:
      return "dont_know_trade";
    case IntentType::kAlert:
      return "alert";
    case IntentType::kNone:
      break;
  }
  return "none";
}

template <class T>
std::string id_text(T id) {
  return id.valid() ? std::to_string(id.value) : std::string("none");
}

/// Collects fields in which two intents differ.
class FieldList {
 public:
  FieldList& field(const char* name, const std::string& recorded, const std::string& computed) {
    if (recorded == computed) return *this;
    absl::StrAppend(&text_, text_.empty() ? "" : "; ", name, " ", recorded, " recorded, ", computed,
                    " computed");
    return *this;
  }
  template <class T>
  FieldList& number(const char* name, T recorded, T computed) {
    return field(name, std::to_string(recorded), std::to_string(computed));
  }
  std::string text() const { return text_.empty() ? "bytes that no field names differ" : text_; }

 private:
  std::string text_;
};

void compare_causes(const Cause& a, const Cause& b, FieldList& fields) {
  fields.number("proposal", a.proposal, b.proposal)
      .field("policy", id_text(a.model), id_text(b.model))
      .field("sleeve", id_text(a.sleeve), id_text(b.sleeve))
      .field("trigger", std::string(name_of(a.trigger)), std::string(name_of(b.trigger)))
      .field("measured", exact(a.measured), exact(b.measured))
      .field("threshold", exact(a.threshold), exact(b.threshold))
      .field("target", exact(a.target), exact(b.target))
      .field("nav", exact(a.nav), exact(b.nav));
}

bool identical(const Intent& a, const Intent& b) { return std::memcmp(&a, &b, sizeof a) == 0; }

}  // namespace

std::string describe_intent(const Intent& intent) {
  std::string text(type_name(intent.type));
  if (intent.type == IntentType::kAlert)
    absl::StrAppend(&text, " ", to_absl(name_of(intent.alert)));
  if (intent.order_id != 0) absl::StrAppend(&text, " ", intent.order_id);
  if (intent.orig_order_id != 0) absl::StrAppend(&text, " of ", intent.orig_order_id);
  if (intent.portfolio.valid()) absl::StrAppend(&text, " portfolio ", intent.portfolio.value);
  if (intent.instrument.valid()) absl::StrAppend(&text, " instrument ", intent.instrument.value);
  if (intent.side != Side::kNone) {
    absl::StrAppend(&text, " ", to_absl(name_of(intent.side)), " ", exact(intent.quantity), " at ",
                    exact(intent.limit_price));
  }
  if (!intent.text.empty()) absl::StrAppend(&text, " \"", to_absl(intent.text.view()), "\"");
  return text;
}

std::string describe_difference(const Intent& a, const Intent& b) {
  FieldList fields;
  fields.number("event", a.event_sequence, b.event_sequence)
      .number("ts", a.ts, b.ts)
      .number("index", a.index, b.index)
      .field("type", std::string(type_name(a.type)), std::string(type_name(b.type)))
      .field("side", std::string(name_of(a.side)), std::string(name_of(b.side)))
      .number("order_type", static_cast<int>(a.order_type), static_cast<int>(b.order_type))
      .number("time_in_force", static_cast<int>(a.time_in_force), static_cast<int>(b.time_in_force))
      .number("order_id", a.order_id, b.order_id)
      .number("orig_order_id", a.orig_order_id, b.orig_order_id)
      .field("portfolio", id_text(a.portfolio), id_text(b.portfolio))
      .field("instrument", id_text(a.instrument), id_text(b.instrument))
      .field("quantity", exact(a.quantity), exact(b.quantity))
      .field("limit_price", exact(a.limit_price), exact(b.limit_price))
      .field("reference_price", exact(a.reference_price), exact(b.reference_price))
      .field("bid", exact(a.bid), exact(b.bid))
      .field("ask", exact(a.ask), exact(b.ask))
      .field("alert", std::string(name_of(a.alert)), std::string(name_of(b.alert)))
      .number("flags", static_cast<int>(a.flags), static_cast<int>(b.flags))
      .number("alert_value", a.alert_value, b.alert_value)
      .field("text", std::string(a.text.view()), std::string(b.text.view()));
  compare_causes(a.cause, b.cause, fields);
  return fields.text();
}

Replayer::Replayer(std::string folder)
    : folder_(std::move(folder)), intents_(DeskEngineAgent::kIntentsMax) {}

void Replayer::start_from(Snapshot snapshot) { snapshot_ = std::move(snapshot); }

absl::Status Replayer::difference(const JournalRecord& at, const std::string& text) {
  differs_ = true;
  return absl::AbortedError(absl::StrCat("event ", last_sequence_, " at ", date_time(last_ts_),
                                         " (segment ", at.segment, ", offset ", at.offset,
                                         "): ", text));
}

absl::Status Replayer::take(const JournalRecord& record) {
  switch (record.kind) {
    case FrameKind::kEvent:
      return take_event(record);
    case FrameKind::kIntent:
      return take_intent(record);
    case FrameKind::kConfig:
      reading_.push_back({std::string(record.name), std::string(record.text)});
      return absl::OkStatus();
    case FrameKind::kConfigEnd:
      return take_config_end(record);
    case FrameKind::kDigest:
      return take_digest(record);
  }
  return absl::DataLossError(absl::StrCat("a record of unknown kind ",
                                          static_cast<int>(record.kind), " in segment ",
                                          record.segment, " at offset ", record.offset));
}

/// Everything that the last event led to has to be recorded by now.
absl::Status Replayer::close_event(const JournalRecord& next) {
  if (matched_ >= intents_.intents().size()) return absl::OkStatus();
  return difference(next, absl::StrCat("intent ", matched_, " is computed and not recorded: ",
                                       describe_intent(intents_.intents()[matched_])));
}

absl::Status Replayer::take_event(const JournalRecord& record) {
  if (absl::Status status = close_event(record); !status.ok()) return status;
  const Event& event = record.event;
  // Behind a snapshot a replay begins somewhere in a segment.
  const bool first = last_sequence_ == 0 && snapshot_.has_value();
  if ((!first && event.sequence != last_sequence_ + 1) || event.ts < last_ts_) {
    return absl::DataLossError(absl::StrCat("event ", event.sequence, " does not follow event ",
                                            last_sequence_, " (segment ", record.segment,
                                            ", offset ", record.offset, ")"));
  }
  if (snapshot_ && event.sequence <= snapshot_->sequence) {
    last_sequence_ = event.sequence;
    last_ts_ = event.ts;
    ++counts_.skipped;
    return absl::OkStatus();
  }
  if (absl::Status status = settle_config(); !status.ok()) return status;
  if (core_ == nullptr) {
    return absl::DataLossError(absl::StrCat("event ", event.sequence,
                                            " comes before any configuration (segment ",
                                            record.segment, ")"));
  }
  last_sequence_ = event.sequence;
  last_ts_ = event.ts;
  ++counts_.events;
  matched_ = 0;
  core_->engine.on_event(event, intents_);
  return absl::OkStatus();
}

absl::Status Replayer::take_intent(const JournalRecord& record) {
  if (snapshot_) return absl::OkStatus();  // of an event that was passed over
  const auto computed = intents_.intents();
  if (matched_ == computed.size()) {
    return difference(record, absl::StrCat("intent ", matched_, " is recorded and not computed: ",
                                           describe_intent(record.intent)));
  }
  const Intent& ours = computed[matched_];
  if (!identical(record.intent, ours)) {
    return difference(
        record, absl::StrCat("intent ", matched_, ": ", describe_difference(record.intent, ours),
                             "\n  recorded: ", describe_intent(record.intent),
                             "\n  computed: ", describe_intent(ours)));
  }
  ++matched_;
  ++counts_.intents;
  return absl::OkStatus();
}

absl::Status Replayer::take_config_end(const JournalRecord& record) {
  if (absl::Status status = close_event(record); !status.ok()) return status;
  pending_ = std::exchange(reading_, {});
  pending_hash_ = record.hash;
  pending_set_ = true;
  if (snapshot_ && record.hash == snapshot_->config) {
    snapshot_texts_ = pending_;
    snapshot_texts_seen_ = true;
  }
  return absl::OkStatus();
}

absl::Status Replayer::take_digest(const JournalRecord& record) {
  if (absl::Status status = close_event(record); !status.ok()) return status;
  if (snapshot_ && record.sequence <= snapshot_->sequence) return absl::OkStatus();
  if (core_ == nullptr || record.sequence != last_sequence_) {
    return absl::DataLossError(absl::StrCat("a digest of event ", record.sequence,
                                            " follows event ", last_sequence_, " (segment ",
                                            record.segment, ", offset ", record.offset, ")"));
  }
  ++counts_.digests;
  const Sha256 ours = state_digest(*core_);
  if (ours == record.hash) return absl::OkStatus();
  return difference(record, absl::StrCat("state digest ", to_hex(record.hash), " recorded, ",
                                         to_hex(ours), " computed"));
}

absl::Status Replayer::build(const std::vector<ConfigText>& texts, const Sha256& hash) {
  rules::Complaints complaints;
  auto config = load_desk_from(texts, complaints, folder_);
  if (!config.ok()) return config.status();
  auto core = DecisionCore::build(*config);
  if (!core.ok()) return core.status();
  if (core_ != nullptr) {
    if (absl::Status status = carry_state(*core_, config_, **core, *config); !status.ok()) {
      return status;
    }
    ++counts_.configs;
  }
  core_ = *std::move(core);
  config_ = *std::move(config);
  config_hash_ = hash;
  return absl::OkStatus();
}

/// Makes what was read of configurations, and the snapshot, hold: an event is about to be taken.
absl::Status Replayer::settle_config() {
  if (snapshot_) {
    if (last_sequence_ < snapshot_->sequence) {
      return absl::DataLossError(absl::StrCat("the snapshot is of event ", snapshot_->sequence,
                                              ", the journal before it ends with event ",
                                              last_sequence_));
    }
    if (!snapshot_texts_seen_) {
      return absl::DataLossError(
          "the snapshot is of a configuration that the journal does not hold");
    }
    if (absl::Status status = build(snapshot_texts_, snapshot_->config); !status.ok()) {
      return status;
    }
    if (absl::Status status = load_state(snapshot_->state, *core_); !status.ok()) return status;
    if (core_->engine.last_sequence() != last_sequence_ || core_->engine.last_ts() != last_ts_) {
      return absl::FailedPreconditionError("the snapshot is of another journal");
    }
    snapshot_.reset();
    snapshot_texts_.clear();
  }
  if (!pending_set_) return absl::OkStatus();
  pending_set_ = false;
  if (core_ != nullptr && pending_hash_ == config_hash_) return absl::OkStatus();
  return build(std::exchange(pending_, {}), pending_hash_);
}

absl::Status Replayer::finish() {
  const auto computed = intents_.intents();
  cut_.assign(computed.begin() + static_cast<std::ptrdiff_t>(matched_), computed.end());
  matched_ = computed.size();
  return settle_config();
}

absl::StatusOr<bool> replay_segments(JournalReader& reader, Replayer& replayer, std::uint64_t last,
                                     JournalRecord& record) {
  for (;;) {
    const auto more = reader.next(record);
    if (!more.ok()) return more.status();
    if (!*more) return true;
    if (last != 0 && record.segment > last) return false;
    if (absl::Status status = replayer.take(record); !status.ok()) return status;
  }
}

absl::StatusOr<std::uint64_t> segment_of(Storage& storage, std::uint64_t sequence) {
  const auto segments = journal_segments(storage);
  if (!segments.ok()) return segments.status();
  std::uint64_t number = 0;
  for (const SegmentInfo& segment : *segments) {
    if (segment.sequence_before < sequence) number = segment.number;
  }
  return number;
}

namespace {

/// One attempt, from a snapshot or from the beginning. OutOfRange: the snapshot is ahead of the
/// journal.
absl::Status replay_once(Storage& storage, const RecoverOptions& options,
                         std::optional<Snapshot> snapshot, Recovered& out) {
  Replayer replayer(options.folder);
  std::uint64_t from = 0;
  const std::uint64_t wanted = snapshot ? snapshot->sequence : 0;
  if (snapshot) {
    const auto segment = segment_of(storage, wanted);
    if (!segment.ok()) return segment.status();
    from = *segment;
    replayer.start_from(*std::move(snapshot));
  }
  auto reader = JournalReader::open(storage, from);
  if (!reader.ok()) return reader.status();
  JournalRecord record;
  std::uint64_t last = 0;
  TimeNs last_ts = 0;
  for (;;) {
    const auto more = (*reader)->next(record);
    if (!more.ok()) return more.status();
    if (!*more) break;
    if (record.kind == FrameKind::kEvent) {
      last = record.event.sequence;
      last_ts = record.event.ts;
    }
    if (absl::Status status = replayer.take(record); !status.ok()) return status;
    if (options.each) options.each(record, replayer);
  }
  if (last < wanted) return absl::OutOfRangeError(absl::StrCat("ends with event ", last));
  if (absl::Status status = replayer.finish(); !status.ok()) return status;
  out.tail = (*reader)->tail();
  out.sequence = last;
  out.ts = last_ts;
  out.snapshot = wanted;
  out.counts = replayer.counts();
  out.cut = replayer.cut();
  out.config = replayer.config();
  out.config_hash = replayer.config_hash();
  out.core = replayer.take_core();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Recovered> recover(Storage& storage, const RecoverOptions& options) {
  Recovered out;
  std::uint64_t newest = std::numeric_limits<std::uint64_t>::max();
  for (;;) {
    FoundSnapshot found;
    if (options.use_snapshot && newest > 0) {
      auto search = newest_snapshot(storage, newest);
      if (!search.ok()) return search.status();
      found = *std::move(search);
      for (const std::string& damaged : found.damaged) {
        out.notes.push_back(absl::StrCat("passed over: ", damaged));
      }
    }
    const std::uint64_t sequence = found.snapshot ? found.snapshot->sequence : 0;
    const bool some = found.snapshot.has_value();
    const absl::Status status = replay_once(storage, options, std::move(found.snapshot), out);
    if (some && absl::IsOutOfRange(status)) {
      // Snapshots are made of what the disk has confirmed: the journal has lost its end since.
      return absl::DataLossError(absl::StrCat(
          storage.path(snapshot_name(sequence)), ": was made at event ", sequence,
          ", and the journal ", status.message(),
          ": it has lost its end. Put the whole journal back; if it is gone for "
          "good, move this snapshot away and have the counterparty send everything again (evenkeel "
          "run --ask-again)"));
    }
    if (some && absl::IsFailedPrecondition(status)) {
      out.notes.push_back(absl::StrCat("passed over: ", storage.path(snapshot_name(sequence)), ": ",
                                       status.message()));
      newest = sequence - 1;
      continue;
    }
    if (!status.ok()) return status;
    if (!out.cut.empty()) {
      out.notes.push_back(absl::StrCat(out.cut.size(), " intents of the last event (", out.sequence,
                                       ") were cut with the end of the journal"));
    }
    return out;
  }
}

namespace {

namespace files = std::filesystem;

bool holds_journal(const files::path& folder) {
  std::error_code error;
  for (const auto& entry : files::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("journal-", 0) == 0 && name.find(".evkj") != std::string::npos) return true;
  }
  return false;
}

/// A paper desk begins a journal of its own each time: the newest of them.
std::optional<std::string> newest_within(const files::path& folder) {
  std::error_code error;
  std::string newest;
  for (const auto& entry : files::directory_iterator(folder, error)) {
    const std::string name = entry.path().string();
    const bool later =
        name.size() > newest.size() || (name.size() == newest.size() && name > newest);
    if (entry.is_directory(error) && holds_journal(entry.path()) && later) newest = name;
  }
  if (newest.empty()) return std::nullopt;
  return newest;
}

}  // namespace

absl::StatusOr<std::string> find_journal(const std::string& path) {
  std::error_code error;
  if (!files::exists(path, error)) {
    return absl::NotFoundError(absl::StrCat(path, ": no such folder"));
  }
  const bool is_folder = files::is_directory(path, error);
  if (is_folder && holds_journal(path)) return path;
  const files::path file = is_folder ? files::path(path) / "evenkeel.toml" : files::path(path);
  if (!files::exists(file, error)) {
    return absl::NotFoundError(
        absl::StrCat(path, ": holds neither a journal nor an evenkeel.toml that names one"));
  }
  // Only one key is wanted: a desk whose other files are wrong by now still has its journal.
  rules::Complaints complaints;
  const auto desk = load_desk(file.string(), complaints);
  const std::string folder =
      desk.ok() ? desk->machine.journal.folder : (file.parent_path() / "journal").string();
  if (holds_journal(folder)) return folder;
  if (const auto paper = newest_within(folder + "-paper")) return *paper;
  return absl::NotFoundError(absl::StrCat(folder, ": there is no journal"));
}

}  // namespace evenkeel::apps
