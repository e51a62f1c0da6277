// evenkeel replay: a journal once more, every decision and every digest compared with what was
// recorded. It only reads, and holds no lock.
#include <cstdio>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "apps/cli.hpp"
#include "apps/events_json.hpp"
#include "apps/events_text.hpp"
#include "apps/replay.hpp"
#include "core/posix_storage.hpp"
#include "core/system_clock.hpp"

namespace evenkeel::apps {
namespace {

int exit_code_of(const absl::Status& status) {
  if (absl::IsAborted(status)) return kExitMismatch;
  if (absl::IsDataLoss(status)) return kExitIntegrity;
  const bool config = absl::IsInvalidArgument(status) || absl::IsFailedPrecondition(status);
  return config ? kExitConfig : kExitData;
}

/// Compares the snapshots that there are with the state as it is replayed.
class SnapshotCheck {
 public:
  SnapshotCheck(Storage& storage, std::vector<std::uint64_t> sequences)
      : storage_(storage), sequences_(std::move(sequences)) {}

  void look(std::uint64_t sequence, const Replayer& replayer) {
    if (next_ == sequences_.size() || sequence < sequences_[next_]) return;
    const std::uint64_t wanted = sequences_[next_++];
    if (sequence != wanted || replayer.core() == nullptr || !problem_.ok()) return;
    const auto snapshot = read_snapshot(storage_, wanted);
    if (!snapshot.ok()) {
      damaged_.emplace_back(snapshot.status().message());
      return;
    }
    ++compared_;
    if (snapshot->digest == state_digest(*replayer.core())) return;
    problem_ = absl::AbortedError(absl::StrCat("event ", wanted, ": the state is not that of ",
                                               storage_.path(snapshot_name(wanted))));
  }
  const absl::Status& problem() const { return problem_; }
  const std::vector<std::string>& damaged() const { return damaged_; }
  std::uint64_t compared() const { return compared_; }

 private:
  Storage& storage_;
  std::vector<std::uint64_t> sequences_;
  std::size_t next_ = 0;
  std::uint64_t compared_ = 0;
  std::vector<std::string> damaged_;
  absl::Status problem_;
};

absl::Status audit(const DecisionCore* core) {
  if (core == nullptr) return absl::OkStatus();
  const Book& book = core->books->book;
  for (std::uint32_t p = 0; p < book.portfolio_count(); ++p) {
    if (book.audit(PortfolioId{p})) continue;
    const std::string name(book.name(PortfolioId{p}));
    return absl::AbortedError(absl::StrCat("the book of ", name, " does not audit at the end"));
  }
  return absl::OkStatus();
}

struct Result {
  ReplayCounts counts;
  std::uint64_t snapshots = 0;  // compared
  std::uint64_t from_snapshot = 0;
  std::uint64_t last_sequence = 0;
  std::vector<std::string> notes;
};

void print_json(const Result& result, const absl::Status& status) {
  std::string out;
  JsonLine line(out);
  line.boolean("identical", status.ok())
      .count("events", result.counts.events)
      .count("intents", result.counts.intents)
      .count("digests", result.counts.digests)
      .count("config_changes", result.counts.configs)
      .count("snapshots", result.snapshots)
      .count("from_snapshot", result.from_snapshot)
      .count("last_sequence", result.last_sequence);
  if (!status.ok()) line.text("difference", {status.message().data(), status.message().size()});
  line.open("notes", '[');
  std::string notes;
  for (const std::string& note : result.notes) {
    if (!notes.empty()) notes.push_back(',');
    append_json_string(notes, note);
  }
  out += notes;
  line.close(']').end();
  std::fputs(out.c_str(), stdout);
}

std::string counted(std::uint64_t count, const char* one, const char* many) {
  const auto number = grouped(Quantity::from_whole(static_cast<std::int64_t>(count)));
  return absl::StrCat(number, " ", count == 1 ? one : many);
}

void print_text(const Result& result, const absl::Status& status) {
  if (!status.ok()) {
    std::printf("%s\n", std::string(status.message()).c_str());
    return;
  }
  std::string text =
      absl::StrCat(counted(result.counts.events, "event", "events"), ", ",
                   counted(result.counts.intents, "intent", "intents"), ", identical");
  if (result.counts.digests > 0) {
    absl::StrAppend(&text, ", ", counted(result.counts.digests, "digest", "digests"));
  }
  if (result.snapshots > 0) {
    absl::StrAppend(&text, ", ", counted(result.snapshots, "snapshot", "snapshots"));
  }
  if (result.counts.configs > 0) {
    absl::StrAppend(&text, ", ", counted(result.counts.configs, "change", "changes"),
                    " of configuration");
  }
  if (result.from_snapshot > 0) {
    absl::StrAppend(&text, ", behind the snapshot of event ", result.from_snapshot);
  }
  std::printf("%s\n", text.c_str());
}

}  // namespace

int run_replay(const ReplayCommandOptions& options) {
  const auto folder = find_journal(options.journal);
  if (!folder.ok()) return fail(folder.status(), kExitData);
  auto storage = PosixStorage::open(*folder);
  if (!storage.ok()) return fail(storage.status(), kExitData);
  const auto segments = journal_segments(**storage);
  if (!segments.ok()) return fail(segments.status(), exit_code_of(segments.status()));
  auto sequences = list_snapshots(**storage);
  if (!sequences.ok()) return fail(sequences.status(), kExitData);
  if (!options.verify) sequences->clear();
  SnapshotCheck snapshots(**storage, *std::move(sequences));

  Result result;
  Progress progress("replaying");
  RecoverOptions recovery;
  recovery.folder = *folder;
  recovery.use_snapshot = options.from_snapshot;
  recovery.each = [&](const JournalRecord& record, const Replayer& replayer) {
    result.counts = replayer.counts();
    if (record.kind != FrameKind::kEvent) return;
    result.last_sequence = record.event.sequence;
    snapshots.look(record.event.sequence, replayer);
    if (result.counts.events % 16'384 != 0) return;
    const double done = static_cast<double>(record.segment - segments->front().number) /
                        static_cast<double>(segments->size());
    progress.show(done, absl::StrCat(result.counts.events, " events"));
  };
  const TimeNs began = SystemClock::monotonic();
  auto recovered = recover(**storage, recovery);
  const double seconds = static_cast<double>(SystemClock::monotonic() - began) / 1e9;
  absl::Status status = recovered.status();
  if (status.ok()) {
    result.counts = recovered->counts;
    result.from_snapshot = recovered->snapshot;
    result.notes = recovered->notes;
    status = snapshots.problem();
    if (status.ok() && options.verify) status = audit(recovered->core.get());
  }
  for (const std::string& damaged : snapshots.damaged()) result.notes.push_back(damaged);
  result.snapshots = snapshots.compared();
  for (const std::string& note : result.notes) std::fprintf(stderr, "evenkeel: %s\n", note.c_str());
  if (!status.ok() && !absl::IsAborted(status)) return fail(status, exit_code_of(status));
  options.json ? print_json(result, status) : print_text(result, status);
  if (status.ok() && seconds > 0 && result.counts.events > 0) {
    std::fprintf(stderr, "%.0f events/s\n", static_cast<double>(result.counts.events) / seconds);
  }
  if (std::fflush(stdout) != 0) return kExitConnectivity;
  return status.ok() ? kExitOk : kExitMismatch;
}

}  // namespace evenkeel::apps
