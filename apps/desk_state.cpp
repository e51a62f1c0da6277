#include "apps/desk_state.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <limits>
#include <span>

#include "absl/strings/str_cat.h"
#include "core/archive.hpp"
#include "core/crc32c.hpp"
#include "core/mutation.hpp"

namespace evenkeel::apps {
namespace {

/// Counts changes of what is written: a state of another version is no state.
constexpr std::uint32_t kStateVersion = 2;
constexpr std::string_view kMagic = "EVKSNAP1";
constexpr std::size_t kHeaderBytes = 104;
constexpr std::size_t kCrcAt = 96;
constexpr std::string_view kPrefix = "snapshot-", kSuffix = ".evks";
constexpr std::size_t kDigits = 20;

absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }
std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

template <class A, class Core>
void archive_core(A& a, Core& core) {
  a.same(kStateVersion);
  // The market first: the book is valued by it.
  if (!mutated(Mutation::kSnapshotForgetsMarket)) a(core.books->market);
  a(core.books->book);
  if (!mutated(Mutation::kSnapshotForgetsRules)) a(core.rules);
  a(core.orders, core.engine);
}

// --- another configuration ---

constexpr const char* kWhatToDo =
    "; put it back as it was, or give the desk a new journal (another folder in [journal])";

absl::Status refuse(auto&&... parts) {
  return absl::FailedPreconditionError(absl::StrCat(parts..., kWhatToDo));
}

absl::Status compare_instruments(const InstrumentTable& from, const InstrumentTable& to) {
  for (std::uint16_t i = 0; i < from.currency_count(); ++i) {
    const auto code = to_absl(from.currency_code(CurrencyId{i}));
    if (i >= to.currency_count() || to_absl(to.currency_code(CurrencyId{i})) != code) {
      return refuse("currency ", code,
                    " has lost its place: currencies are only added, at the end");
    }
  }
  for (std::uint32_t i = 0; i < from.size(); ++i) {
    const Instrument& was = from[InstrumentId{i}];
    const auto symbol = to_absl(was.symbol.view());
    if (i >= to.size() || to[InstrumentId{i}].symbol != was.symbol) {
      return refuse("instrument ", symbol,
                    " has lost its place: instruments are only added, at the end");
    }
    const Instrument& is = to[InstrumentId{i}];
    if (is.kind != was.kind || is.currency != was.currency ||
        is.base_currency != was.base_currency || is.multiplier != was.multiplier) {
      return refuse("instrument ", symbol,
                    " has another kind, currency or multiplier: what was traded of it means "
                    "something else then");
    }
  }
  return absl::OkStatus();
}

absl::Status compare_portfolios(const DeskConfig& from, const DeskConfig& to) {
  for (std::size_t i = 0; i < from.portfolios.size(); ++i) {
    const PortfolioSpec& was = from.portfolios[i];
    if (i >= to.portfolios.size() || to.portfolios[i].name != was.name) {
      return refuse("portfolio ", was.name,
                    " has lost its place: portfolios are only added, at the end");
    }
    if (to.portfolios[i].base != was.base) {
      return refuse("portfolio ", was.name, " has another base currency");
    }
  }
  return absl::OkStatus();
}

/// Policies and sleeves by their names: their numbers may differ.
struct Renaming {
  const DeskConfig& from;
  const DeskConfig& to;
};
void rename_cause(const void* context, Cause& cause) {
  const Renaming& names = *static_cast<const Renaming*>(context);
  if (cause.model.index() >= names.from.policies.size()) return;
  const rules::Policy& was = names.from.policies[cause.model.index()];
  cause.model = ModelId::none();
  const SleeveId sleeve = cause.sleeve;
  cause.sleeve = SleeveId::none();
  for (std::size_t i = 0; i < names.to.policies.size(); ++i) {
    const rules::Policy& is = names.to.policies[i];
    if (is.name != was.name) continue;
    cause.model = ModelId::of(i);
    if (sleeve.index() < was.sleeves.size()) {
      cause.sleeve = is.find(was.sleeves[sleeve.index()].name.view());
    }
    return;
  }
}

std::vector<SourceId> match_feeds(const MachineSettings& from, const MachineSettings& to) {
  std::vector<SourceId> line_from(to.feeds.size());
  for (std::size_t i = 0; i < to.feeds.size(); ++i) {
    for (std::size_t j = 0; j < from.feeds.size(); ++j) {
      if (from.feeds[j].name == to.feeds[i].name) line_from[i] = SourceId::of(j);
    }
  }
  return line_from;
}

// --- files ---

std::optional<std::uint64_t> sequence_of(std::string_view name) {
  if (name.size() != kPrefix.size() + kDigits + kSuffix.size() ||
      name.substr(0, kPrefix.size()) != kPrefix ||
      name.substr(kPrefix.size() + kDigits) != kSuffix) {
    return std::nullopt;
  }
  std::uint64_t sequence = 0;
  const char* const end = name.data() + kPrefix.size() + kDigits;
  const auto parsed = std::from_chars(name.data() + kPrefix.size(), end, sequence);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return sequence;
}

template <class A, class S>
void archive_header(A& a, S& snapshot, std::uint64_t& state_bytes) {
  a(snapshot.sequence, snapshot.ts, snapshot.config, snapshot.digest, state_bytes);
}

std::uint32_t checksum(std::string_view file) {
  const std::uint32_t head = crc32c(bytes_of(file.substr(0, kCrcAt)));
  return crc32c(bytes_of(file.substr(kHeaderBytes)), head);
}

absl::StatusOr<std::string> read_whole(Storage& storage, const std::string& name) {
  auto file = storage.open(name, false);
  if (!file.ok()) return file.status();
  std::string content(static_cast<std::size_t>((*file)->size()), '\0');
  const auto got = (*file)->read(0, std::as_writable_bytes(std::span(content)));
  if (!got.ok()) return got.status();
  content.resize(*got);
  return content;
}

}  // namespace

std::string save_state(const DecisionCore& core) {
  std::string state;
  ArchiveWriter writer(state);
  archive_core(writer, core);
  return state;
}

absl::Status load_state(std::string_view state, DecisionCore& core) {
  ArchiveReader reader(state);
  archive_core(reader, core);
  if (reader.ok() && reader.at_end()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "the saved state does not fit a desk of this configuration and version");
}

Sha256 state_digest(const DecisionCore& core) { return sha256(bytes_of(save_state(core))); }

absl::Status carry_state(const DecisionCore& from, const DeskConfig& from_config, DecisionCore& to,
                         const DeskConfig& to_config) {
  if (same_decisions(from_config, to_config)) return load_state(save_state(from), to);
  for (const absl::Status& status :
       {compare_instruments(from.books->instruments, to.books->instruments),
        compare_portfolios(from_config, to_config)}) {
    if (!status.ok()) return status;
  }
  to.books->market.carry(from.books->market, match_feeds(from_config.machine, to_config.machine));
  if (absl::Status status = to.books->book.carry(from.books->book); !status.ok()) {
    return refuse(status.message());
  }
  const Renaming names{from_config, to_config};
  if (absl::Status status = to.orders.carry(from.orders, rename_cause, &names); !status.ok()) {
    return refuse(status.message());
  }
  to.rules.carry(from.rules);
  to.engine.carry(from.engine);
  return absl::OkStatus();
}

std::string snapshot_name(std::uint64_t sequence) {
  char digits[kDigits + 1];
  std::snprintf(digits, sizeof digits, "%020llu", static_cast<unsigned long long>(sequence));
  return absl::StrCat(to_absl(kPrefix), digits, to_absl(kSuffix));
}

Snapshot take_snapshot(const DecisionCore& core, const Sha256& config) {
  Snapshot snapshot;
  snapshot.sequence = core.engine.last_sequence();
  snapshot.ts = core.engine.last_ts();
  snapshot.config = config;
  snapshot.state = save_state(core);
  snapshot.digest = sha256(bytes_of(snapshot.state));
  return snapshot;
}

absl::Status write_snapshot(Storage& storage, const Snapshot& snapshot) {
  std::string file(kMagic);
  ArchiveWriter writer(file);
  std::uint64_t state_bytes = snapshot.state.size();
  archive_header(writer, snapshot, state_bytes);
  const std::uint32_t none = 0;
  writer(none, none);
  file += snapshot.state;
  std::string crc;
  ArchiveWriter{crc}(checksum(file));
  file.replace(kCrcAt, crc.size(), crc);
  return storage.put(snapshot_name(snapshot.sequence), file);
}

absl::StatusOr<Snapshot> read_snapshot(Storage& storage, std::uint64_t sequence) {
  const std::string name = snapshot_name(sequence);
  auto content = read_whole(storage, name);
  if (!content.ok()) return content.status();
  const std::string_view file = *content;
  const auto damaged = [&](absl::string_view what) {
    return absl::DataLossError(absl::StrCat(storage.path(name), ": ", what));
  };
  if (file.size() < kHeaderBytes) return damaged("is too short to be a snapshot");
  if (file.substr(0, kMagic.size()) != kMagic) return damaged("is no snapshot of this version");
  Snapshot snapshot;
  std::uint64_t state_bytes = 0;
  std::uint32_t crc = 0, reserved = 0;
  ArchiveReader reader(file.substr(kMagic.size(), kHeaderBytes - kMagic.size()));
  archive_header(reader, snapshot, state_bytes);
  reader(crc, reserved);
  if (state_bytes != file.size() - kHeaderBytes) return damaged("is cut short");
  if (crc != checksum(file)) return damaged("its checksum is wrong");
  if (snapshot.sequence != sequence) return damaged("is of another event than its name says");
  snapshot.state = file.substr(kHeaderBytes);
  if (snapshot.digest != sha256(bytes_of(snapshot.state))) return damaged("its digest is wrong");
  return snapshot;
}

absl::StatusOr<std::vector<std::uint64_t>> list_snapshots(Storage& storage) {
  const auto names = storage.list();
  if (!names.ok()) return names.status();
  std::vector<std::uint64_t> sequences;
  for (const std::string& name : *names) {
    if (const auto sequence = sequence_of(name)) sequences.push_back(*sequence);
  }
  std::sort(sequences.begin(), sequences.end());
  return sequences;
}

absl::StatusOr<FoundSnapshot> newest_snapshot(Storage& storage, std::uint64_t max_sequence) {
  auto sequences = list_snapshots(storage);
  if (!sequences.ok()) return sequences.status();
  FoundSnapshot found;
  std::reverse(sequences->begin(), sequences->end());
  for (const std::uint64_t sequence : *sequences) {
    if (sequence > max_sequence) continue;
    auto snapshot = read_snapshot(storage, sequence);
    if (snapshot.ok()) {
      found.snapshot = *std::move(snapshot);
      break;
    }
    found.damaged.emplace_back(snapshot.status().message());
  }
  return found;
}

absl::Status prune_snapshots(Storage& storage, std::size_t keep) {
  const auto sequences = list_snapshots(storage);
  if (!sequences.ok()) return sequences.status();
  for (std::size_t i = 0; i + keep < sequences->size(); ++i) {
    if (absl::Status status = storage.remove(snapshot_name((*sequences)[i])); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace evenkeel::apps
