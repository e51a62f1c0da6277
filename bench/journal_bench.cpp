// What the journal costs, each beside its floor: writing blocks against a bare sequential write of
// the same bytes to the same kind of file, a commit against a bare fdatasync of as many bytes,
// reading against the reading and hashing of the same file. On the disk under the current folder;
// wall time, because a disk is waited for.

#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/support/answer.hpp"
#include "core/journal.hpp"
#include "core/posix_storage.hpp"
#include "core/sha256.hpp"

namespace evenkeel::bench {
namespace {

constexpr std::uint64_t kSegmentBytes = 16 << 20;
constexpr std::uint64_t kEventsPerBlock = 3'600;  // a little less than 256 KiB
constexpr std::uint64_t kBlocksPerStep = 4;
constexpr std::uint64_t kEventsCompared = 1'000;

/// A folder on this disk that goes with the object.
class Folder {
 public:
  Folder() {
    std::string name = "journal-bench-XXXXXX";
    EVENKEEL_CHECK(::mkdtemp(name.data()) != nullptr);
    path_ = name;
    auto storage = PosixStorage::open(path_);
    EVENKEEL_CHECK(storage.ok());
    storage_ = *std::move(storage);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  PosixStorage& storage() { return *storage_; }

 private:
  std::string path_;
  std::unique_ptr<PosixStorage> storage_;
};

Event quote(std::uint64_t sequence) {
  Event event =
      Event::make(EventType::kQuote, SourceId{0}, static_cast<std::uint32_t>(sequence % 100));
  event.sequence = sequence;
  event.ts = static_cast<TimeNs>(sequence) * 1'000;
  const auto price = static_cast<std::int64_t>(100'000'000'000 + sequence % 997 * 10'000'000);
  event.payload.quote.exchange_ts = event.ts - 20'000;
  event.payload.quote.bid = Price::from_raw(price);
  event.payload.quote.ask = Price::from_raw(price + 10'000'000);
  event.payload.quote.bid_size = Quantity::from_raw(static_cast<std::int64_t>(sequence % 89 + 1));
  event.payload.quote.ask_size = Quantity::from_raw(static_cast<std::int64_t>(sequence % 83 + 1));
  return event;
}

Intent order(std::uint64_t sequence) {
  Intent intent;
  intent.event_sequence = sequence;
  intent.type = IntentType::kNewOrder;
  intent.order_id = sequence;
  return intent;
}

std::unique_ptr<JournalWriter> open_writer(Storage& storage) {
  JournalOptions options;
  options.engine = "bench";
  options.segment_bytes = kSegmentBytes;
  auto writer = JournalWriter::open(storage, options, {}, {});
  EVENKEEL_CHECK(writer.ok());
  return *std::move(writer);
}

/// The first events that the journal holds, and those that were appended.
struct Answers {
  Answer answer, reference;
};
Answers answers_of(Storage& storage) {
  Answers answers;
  auto reader = JournalReader::open(storage);
  EVENKEEL_CHECK(reader.ok());
  JournalRecord record;
  for (std::uint64_t n = 1; n <= kEventsCompared;) {
    const absl::StatusOr<bool> more = (*reader)->next(record);
    EVENKEEL_CHECK(more.ok());
    if (!*more) break;
    if (record.kind != FrameKind::kEvent) continue;
    answers.answer.add_bytes(&record.event, sizeof(Event));
    const Event event = quote(n++);
    answers.reference.add_bytes(&event, sizeof event);
  }
  return answers;
}
void expect_events(benchmark::State& state, Storage& storage) {
  const Answers answers = answers_of(storage);
  expect_answer(state, answers.answer, answers.reference);
}

// --- writing -------------------------------------------------------------------------------------

/// Blocks of 256 KiB into the system's hands; segments are made ahead of time, as by the desk.
void write_blocks(benchmark::State& state) {
  Folder folder;
  auto writer = open_writer(folder.storage());
  std::uint64_t sequence = 0, prepared = 0;
  const std::uint64_t bytes_before = writer->bytes_written();
  std::optional<Answers> answers;
  for (auto _ : state) {
    if (prepared != writer->segment()) {
      state.PauseTiming();
      prepared = writer->segment();
      if (prepared > 2) {  // what is behind is looked at once, and goes
        if (!answers) answers = answers_of(folder.storage());
        const std::string oldest = (*journal_segments(folder.storage()))[0].name;
        EVENKEEL_CHECK(folder.storage().remove(oldest).ok());
      }
      JournalWriter::prepare_segment(folder.storage(), prepared + 1, kSegmentBytes);
      state.ResumeTiming();
    }
    for (std::uint64_t block = 0; block < kBlocksPerStep; ++block) {
      for (std::uint64_t n = 0; n < kEventsPerBlock; ++n) writer->append(quote(++sequence));
      EVENKEEL_CHECK(writer->write().ok());
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(writer->bytes_written() - bytes_before));
  state.SetItemsProcessed(static_cast<std::int64_t>(sequence));
  if (!answers) answers = answers_of(folder.storage());
  expect_answer(state, answers->answer, answers->reference);
}
BENCHMARK(write_blocks)->Name("journal/write")->UseRealTime();

/// The floor: the same bytes from memory, over and over into one made file.
void write_floor(benchmark::State& state) {
  Folder folder;
  auto file = folder.storage().create("raw", kSegmentBytes);
  EVENKEEL_CHECK(file.ok());
  const std::vector<std::byte> block(256 << 10, std::byte{0x5a});
  std::uint64_t offset = 0, bytes = 0;
  for (auto _ : state) {
    for (std::uint64_t n = 0; n < kBlocksPerStep; ++n) {
      if (offset + block.size() > kSegmentBytes) offset = 0;
      EVENKEEL_CHECK((*file)->write(offset, block).ok());
      offset += block.size();
      bytes += block.size();
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(write_floor)->Name("journal/write/floor_sequential_write")->UseRealTime();

/// Without the disk: what filling, hashing and checking a block costs.
void seal_floor(benchmark::State& state) {
  const std::vector<std::byte> block(256 << 10, std::byte{0x5a});
  for (auto _ : state) benchmark::DoNotOptimize(sha256(block));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(block.size()));
}
BENCHMARK(seal_floor)->Name("journal/write/floor_sha256")->UseRealTime();

// --- committing ----------------------------------------------------------------------------------

/// An event and its order, and the wait for the disk: what an order waits for with "disk".
void commit(benchmark::State& state) {
  Folder folder;
  auto writer = open_writer(folder.storage());
  std::uint64_t sequence = 0, prepared = 0;
  for (auto _ : state) {
    if (prepared != writer->segment()) {
      state.PauseTiming();
      prepared = writer->segment();
      JournalWriter::prepare_segment(folder.storage(), prepared + 1, kSegmentBytes);
      state.ResumeTiming();
    }
    writer->append(quote(++sequence));
    writer->append(order(sequence));
    EVENKEEL_CHECK(writer->sync().ok());
  }
  EVENKEEL_CHECK(writer->durable_sequence() == sequence);
  while (sequence < kEventsCompared) {
    writer->append(quote(++sequence));
    if (!writer->room(1)) EVENKEEL_CHECK(writer->write().ok());
  }
  EVENKEEL_CHECK(writer->sync().ok());
  expect_events(state, folder.storage());
}
BENCHMARK(commit)->Name("journal/commit")->UseRealTime()->Unit(benchmark::kMicrosecond);

/// The floor: a page written to a file that was made before, and fdatasync.
void commit_floor(benchmark::State& state) {
  Folder folder;
  auto file = folder.storage().create("raw", kSegmentBytes);
  EVENKEEL_CHECK(file.ok());
  const std::vector<std::byte> page(4096, std::byte{0x5a});
  std::uint64_t offset = 0;
  for (auto _ : state) {
    EVENKEEL_CHECK((*file)->write(offset, page).ok());
    EVENKEEL_CHECK((*file)->sync().ok());
    offset = (offset + page.size()) % kSegmentBytes;
  }
}
BENCHMARK(commit_floor)
    ->Name("journal/commit/floor_fdatasync")
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

/// With "os": the same without the wait.
void commit_os(benchmark::State& state) {
  Folder folder;
  auto writer = open_writer(folder.storage());
  std::uint64_t sequence = 0, prepared = 0;
  for (auto _ : state) {
    if (prepared != writer->segment()) {
      state.PauseTiming();
      prepared = writer->segment();
      JournalWriter::prepare_segment(folder.storage(), prepared + 1, kSegmentBytes);
      state.ResumeTiming();
    }
    writer->append(quote(++sequence));
    writer->append(order(sequence));
    EVENKEEL_CHECK(writer->write().ok());
  }
  EVENKEEL_CHECK(writer->written_sequence() == sequence);
}
BENCHMARK(commit_os)->Name("journal/commit_os")->UseRealTime()->Unit(benchmark::kMicrosecond);

// --- reading -------------------------------------------------------------------------------------

/// A full segment of quotes in the system's cache: every record checked and copied out.
void read_records(benchmark::State& state) {
  Folder folder;
  auto writer = open_writer(folder.storage());
  std::uint64_t appended = 0;
  while (writer->bytes_written() + (1 << 20) < kSegmentBytes) {
    for (std::uint64_t n = 0; n < kEventsPerBlock; ++n) writer->append(quote(++appended));
    EVENKEEL_CHECK(writer->write().ok());
  }
  EVENKEEL_CHECK(writer->close().ok());
  std::uint64_t records = 0;
  for (auto _ : state) {
    auto reader = JournalReader::open(folder.storage());
    EVENKEEL_CHECK(reader.ok());
    JournalRecord record;
    for (;;) {
      const absl::StatusOr<bool> more = (*reader)->next(record);
      EVENKEEL_CHECK(more.ok());
      if (!*more) break;
      ++records;
    }
    EVENKEEL_CHECK((*reader)->tail().last_sequence == appended);
    EVENKEEL_CHECK((*reader)->tail().chain == writer->chain());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(records));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kSegmentBytes));
  expect_events(state, folder.storage());
}
BENCHMARK(read_records)->Name("journal/read")->UseRealTime()->Unit(benchmark::kMillisecond);

/// The floor: the file into memory, and its hash.
void read_floor(benchmark::State& state) {
  Folder folder;
  auto file = folder.storage().create("raw", kSegmentBytes);
  EVENKEEL_CHECK(file.ok());
  std::vector<std::byte> bytes(kSegmentBytes);
  for (auto _ : state) {
    EVENKEEL_CHECK(*(*file)->read(0, bytes) == bytes.size());
    benchmark::DoNotOptimize(sha256(bytes));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kSegmentBytes));
}
BENCHMARK(read_floor)
    ->Name("journal/read/floor_read_and_sha256")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace evenkeel::bench
