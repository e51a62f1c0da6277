// evenkeel journal: is it whole, what does it say, what are its last words, where do two differ. It
// only reads, and holds no lock: a desk may be writing meanwhile.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "apps/cli.hpp"
#include "apps/events_json.hpp"
#include "apps/events_text.hpp"
#include "apps/journal_json.hpp"
#include "apps/replay.hpp"
#include "core/journal.hpp"
#include "core/posix_storage.hpp"

namespace evenkeel::apps {
namespace {

int exit_code_of(const absl::Status& status) {
  return absl::IsDataLoss(status) ? kExitIntegrity : kExitData;
}
int fail(const absl::Status& status) { return apps::fail(status, exit_code_of(status)); }

/// Standard output took it all.
int printed() { return std::fflush(stdout) == 0 ? kExitOk : kExitConnectivity; }

/// A journal that is being read, from the first segment that is there or the one that holds an
/// event.
struct OpenJournal {
  std::string folder;
  std::unique_ptr<PosixStorage> storage;
  std::vector<SegmentInfo> segments;
  std::unique_ptr<JournalReader> reader;
};

absl::StatusOr<OpenJournal> open_journal(const std::string& path, std::uint64_t sequence = 0) {
  OpenJournal journal;
  absl::StatusOr<std::string> folder = find_journal(path);
  if (!folder.ok()) return folder.status();
  journal.folder = *std::move(folder);
  auto storage = PosixStorage::open(journal.folder);
  if (!storage.ok()) return storage.status();
  journal.storage = *std::move(storage);
  auto segments = journal_segments(*journal.storage);
  if (!segments.ok()) return segments.status();
  journal.segments = *std::move(segments);
  std::uint64_t from = 0;
  for (const SegmentInfo& segment : journal.segments) {
    if (from == 0 || segment.sequence_before < sequence) from = segment.number;
  }
  auto reader = JournalReader::open(*journal.storage, from);
  if (!reader.ok()) return reader.status();
  journal.reader = *std::move(reader);
  return journal;
}

// --- verify --------------------------------------------------------------------------------------

struct Counts {
  std::uint64_t events = 0, intents = 0, configurations = 0, digests = 0, runs = 0;
  std::uint64_t segments = 0, compressed = 0, bytes = 0;
  std::uint64_t first_segment = 0, first_sequence = 0;
};

void count(const JournalRecord& record, std::optional<Sha256>& config, Counts& counts) {
  switch (record.kind) {
    case FrameKind::kEvent:
      ++counts.events;
      counts.runs += record.event.type == EventType::kEngineStart ? 1 : 0;
      if (counts.first_sequence == 0) counts.first_sequence = record.event.sequence;
      break;
    case FrameKind::kIntent:
      ++counts.intents;
      break;
    case FrameKind::kConfigEnd:
      // Every segment repeats it; only another one counts.
      counts.configurations += config == record.hash ? 0 : 1;
      config = record.hash;
      break;
    case FrameKind::kDigest:
      ++counts.digests;
      break;
    case FrameKind::kConfig:
      break;
  }
}

absl::StatusOr<Counts> read_all(OpenJournal& journal) {
  Counts counts;
  for (const SegmentInfo& segment : journal.segments) {
    ++counts.segments;
    counts.compressed += segment.compressed ? 1 : 0;
    counts.bytes += segment.bytes;
    if (counts.first_segment == 0) counts.first_segment = segment.number;
  }
  Progress progress("checking");
  std::optional<Sha256> config;
  JournalRecord record;
  for (;;) {
    const absl::StatusOr<bool> more = journal.reader->next(record);
    if (!more.ok()) return more.status();
    if (!*more) return counts;
    count(record, config, counts);
    if ((counts.events + 1) % 65'536 == 0) {
      progress.show(-1, absl::StrCat(counts.events, " events"));
    }
  }
}

std::string verify_json(const OpenJournal& journal, const Counts& counts, bool as_expected) {
  const JournalTail& tail = journal.reader->tail();
  std::string out;
  JsonLine line(out);
  line.text("journal", journal.folder)
      .text("engine", journal.reader->engine())
      .count("segments", counts.segments)
      .count("compressed", counts.compressed)
      .count("first_segment", counts.first_segment)
      .count("bytes", counts.bytes)
      .count("events", counts.events)
      .count("intents", counts.intents)
      .count("configurations", counts.configurations)
      .count("digests", counts.digests)
      .count("runs", counts.runs)
      .count("first_sequence", counts.first_sequence)
      .count("last_sequence", tail.last_sequence)
      .integer("last_ts_ns", tail.last_ts)
      .count("blocks", tail.blocks)
      .count("bytes_torn", tail.bytes_cut)
      .boolean("closed", tail.closed)
      .text("chain", to_hex(tail.chain))
      .boolean("as_expected", as_expected);
  line.end();
  return out;
}

std::string verify_text(const OpenJournal& journal, const Counts& counts) {
  const JournalTail& tail = journal.reader->tail();
  std::string out = absl::StrCat("journal    ", journal.folder);
  if (counts.segments > 0) {
    absl::StrAppend(&out, ", of engine ", std::string(journal.reader->engine()));
  }
  absl::StrAppend(&out, "\nsegments   ", counts.segments, " (", counts.compressed, " compressed), ",
                  counts.bytes, " bytes, ", tail.blocks, " blocks");
  if (counts.first_segment > 1) {
    absl::StrAppend(&out, "; begins with segment ", counts.first_segment,
                    ", what was before is not here");
  }
  absl::StrAppend(&out, "\nevents     ", counts.events, " in ", counts.runs, " runs, the last is ",
                  tail.last_sequence);
  if (tail.last_sequence > 0) absl::StrAppend(&out, " at ", date_time(tail.last_ts), " UTC");
  absl::StrAppend(
      &out, "\nintents    ", counts.intents, "\nconfigs    ", counts.configurations,
      "\ndigests    ", counts.digests, "\nend        ",
      tail.closed ? "in order" : "open: it is being written, or its writer was cut off");
  if (tail.bytes_cut > 0) {
    absl::StrAppend(&out, "\ntorn       ", tail.bytes_cut,
                    " bytes at the end were never confirmed; the next start cuts them");
  }
  absl::StrAppend(&out, "\nchain      ", to_hex(tail.chain), "\n");
  return out;
}

bool is_hash(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

int verify(const JournalCommandOptions& options) {
  if (!options.expect.empty() && !is_hash(options.expect)) {
    return apps::fail(
        absl::InvalidArgumentError("--expect: a chain hash is 64 digits of 0-9 and a-f"),
        kExitUsage);
  }
  absl::StatusOr<OpenJournal> journal = open_journal(options.journal);
  if (!journal.ok()) return fail(journal.status());
  const absl::StatusOr<Counts> counts = read_all(*journal);
  if (!counts.ok()) return fail(counts.status());
  const std::string chain = to_hex(journal->reader->tail().chain);
  const bool as_expected = options.expect.empty() || options.expect == chain;
  std::fputs(
      (options.json ? verify_json(*journal, *counts, as_expected) : verify_text(*journal, *counts))
          .c_str(),
      stdout);
  const int code = printed();
  if (as_expected) return code;
  return apps::fail(
      absl::DataLossError(absl::StrCat(
          journal->folder, ": the chain ends with ", chain, ", not with ", options.expect,
          " as expected: something was added, lost or changed since that was noted")),
      kExitIntegrity);
}

// --- dump and tail -------------------------------------------------------------------------------

std::uint64_t sequence_of(const JournalRecord& record, std::uint64_t last) {
  switch (record.kind) {
    case FrameKind::kEvent:
      return record.event.sequence;
    case FrameKind::kIntent:
      return record.intent.event_sequence;
    default:
      return last;
  }
}

int dump(const JournalCommandOptions& options) {
  absl::StatusOr<OpenJournal> journal = open_journal(options.journal, options.from);
  if (!journal.ok()) return fail(journal.status());
  JournalRecord record;
  std::string out;
  std::uint64_t sequence = 0;
  for (;;) {
    const absl::StatusOr<bool> more = journal->reader->next(record);
    if (!more.ok() || !*more || (sequence = sequence_of(record, sequence)) > options.to) {
      std::fputs(out.c_str(), stdout);
      const int code = printed();
      return more.ok() ? code : fail(more.status());
    }
    if (sequence < options.from) continue;
    append_record_json(out, record);
    if (out.size() < 65'536) continue;
    if (std::fputs(out.c_str(), stdout) < 0) return kExitConnectivity;
    out.clear();
  }
}

absl::Status last_lines(JournalReader& reader, std::size_t wanted, std::deque<std::string>& lines) {
  lines.clear();
  JournalRecord record;
  for (;;) {
    const absl::StatusOr<bool> more = reader.next(record);
    if (!more.ok() || !*more) return more.status();
    lines.emplace_back();
    append_record_json(lines.back(), record);
    if (lines.size() > wanted) lines.pop_front();
  }
}

int tail(const JournalCommandOptions& options) {
  absl::StatusOr<OpenJournal> journal = open_journal(options.journal);
  if (!journal.ok()) return fail(journal.status());
  // Only as much is read as may be wanted: from the last segments that hold so many lines, or from
  // the beginning.
  const std::vector<SegmentInfo> segments = journal->segments;
  std::deque<std::string> lines;
  absl::Status status;
  for (std::size_t back = std::min<std::size_t>(1, segments.size()); back > 0;) {
    auto reader = JournalReader::open(*journal->storage, segments[segments.size() - back].number);
    if (!reader.ok()) return fail(reader.status());
    status = last_lines(**reader, options.lines, lines);
    if (!status.ok() || lines.size() >= options.lines || back == segments.size()) break;
    back = std::min(2 * back, segments.size());
  }
  for (const std::string& line : lines) std::fputs(line.c_str(), stdout);
  const int code = printed();
  return status.ok() ? code : fail(status);
}

// --- diff ----------------------------------------------------------------------------------------

/// A journal's records without what only its segments make: the configuration counts when it is
/// another one than before.
class Story {
 public:
  explicit Story(JournalReader& reader) : reader_(reader) {}
  /// False at the end.
  absl::StatusOr<bool> next(JournalRecord& record) {
    for (;;) {
      const absl::StatusOr<bool> more = reader_.next(record);
      if (!more.ok() || !*more) return more;
      if (record.kind == FrameKind::kConfig) continue;
      if (record.kind != FrameKind::kConfigEnd) return true;
      if (config_ == record.hash) continue;
      config_ = record.hash;
      return true;
    }
  }

 private:
  JournalReader& reader_;
  std::optional<Sha256> config_;
};

bool same(const JournalRecord& a, const JournalRecord& b) {
  if (a.kind != b.kind) return false;
  const auto same_bytes = [](const auto& x, const auto& y) {
    // Records are plain bytes without gaps: what is written is what is compared.
    // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison)
    return std::memcmp(&x, &y, sizeof x) == 0;
  };
  switch (a.kind) {
    case FrameKind::kEvent:
      return same_bytes(a.event, b.event);
    case FrameKind::kIntent:
      return same_bytes(a.intent, b.intent);
    case FrameKind::kDigest:
      return a.sequence == b.sequence && a.hash == b.hash;
    default:
      return a.hash == b.hash;
  }
}

struct Difference {
  std::uint64_t events = 0, intents = 0;  // the same before it
  std::string sides[2];                   // the record's line, or empty: that journal ends
  bool found = false;
};

absl::StatusOr<Difference> first_difference(JournalReader& a, JournalReader& b) {
  Story stories[2] = {Story(a), Story(b)};
  JournalRecord records[2];
  Difference difference;
  for (;;) {
    bool more[2] = {};
    for (std::size_t side = 0; side < 2; ++side) {
      const absl::StatusOr<bool> got = stories[side].next(records[side]);
      if (!got.ok()) return got.status();
      more[side] = *got;
    }
    if (!more[0] && !more[1]) return difference;
    if (more[0] && more[1] && same(records[0], records[1])) {
      difference.events += records[0].kind == FrameKind::kEvent ? 1 : 0;
      difference.intents += records[0].kind == FrameKind::kIntent ? 1 : 0;
      continue;
    }
    difference.found = true;
    for (std::size_t side = 0; side < 2; ++side) {
      if (more[side]) append_record_json(difference.sides[side], records[side]);
    }
    return difference;
  }
}

std::string diff_json(const Difference& difference) {
  std::string out;
  JsonLine line(out);
  line.boolean("identical", !difference.found)
      .count("events", difference.events)
      .count("intents", difference.intents);
  if (difference.found) {
    for (std::size_t side = 0; side < 2; ++side) {
      const std::string& text = difference.sides[side];
      line.raw(side == 0 ? "a" : "b", text.empty() ? "null" : text.substr(0, text.size() - 1));
    }
  }
  line.end();
  return out;
}

std::string diff_text(const Difference& difference, const JournalCommandOptions& options) {
  if (!difference.found) {
    return absl::StrCat(difference.events, " events, ", difference.intents,
                        " intents, identical\n");
  }
  std::string out = absl::StrCat("the same for ", difference.events, " events and ",
                                 difference.intents, " intents, then\n");
  for (std::size_t side = 0; side < 2; ++side) {
    const std::string& text = difference.sides[side];
    absl::StrAppend(&out, side == 0 ? options.journal : options.other, ":\n  ",
                    text.empty() ? "ends\n" : text);
  }
  return out;
}

int diff(const JournalCommandOptions& options) {
  absl::StatusOr<OpenJournal> a = open_journal(options.journal);
  if (!a.ok()) return fail(a.status());
  absl::StatusOr<OpenJournal> b = open_journal(options.other);
  if (!b.ok()) return fail(b.status());
  const absl::StatusOr<Difference> difference = first_difference(*a->reader, *b->reader);
  if (!difference.ok()) return fail(difference.status());
  std::fputs((options.json ? diff_json(*difference) : diff_text(*difference, options)).c_str(),
             stdout);
  const int code = printed();
  return difference->found ? kExitMismatch : code;
}

}  // namespace

int run_journal(const JournalCommandOptions& options) {
  switch (options.action) {
    case JournalAction::kVerify:
      return verify(options);
    case JournalAction::kDump:
      return dump(options);
    case JournalAction::kTail:
      return tail(options);
    case JournalAction::kDiff:
      return diff(options);
  }
  return kExitUsage;
}

}  // namespace evenkeel::apps
