// A crash at every single operation, with every kind of loss: what was confirmed is there, what is
// there was appended, nothing that a crash leaves is taken for damage, and it goes on.
#include "core/journal_format.hpp"
#include "tests/core/journal_scene.hpp"

namespace evenkeel {
namespace {

using namespace testing;
using Loss = MemoryStorage::Loss;
using Strings = std::vector<std::string>;

bool is_prefix(const Strings& shorter, const Strings& longer) {
  return shorter.size() <= longer.size() &&
         std::equal(shorter.begin(), shorter.end(), longer.begin());
}

/// What a run of the journal has said and been told.
struct Told {
  Strings appended;
  std::size_t confirmed = 0;  // so many of them, by `sync`
  std::uint64_t sequence = 0;
  absl::Status status;
};

/// A run with everything in it: blocks, syncs, a change of configuration, segments that fill up,
/// are prepared, are compressed, and an orderly end. Stops at the first error.
void run_once(MemoryStorage& storage, Told& told) {
  const auto sync = [&told](JournalWriter& writer) {
    const std::size_t appended = told.appended.size();
    absl::Status status = writer.sync();
    if (status.ok()) told.confirmed = appended;
    return status;
  };
  auto opened = go_on(storage);
  told.status = opened.status();
  if (!opened.ok()) return;
  JournalWriter& writer = **opened;
  for (int step = 0; step < 26 && told.status.ok(); ++step) {
    for (int i = 0; i < 1 + step % 4 * 9 && told.status.ok(); ++i) {
      told.status = append_numbered(writer, ++told.sequence, &told.appended);
    }
    if (told.status.ok() && step % 3 == 0) told.status = writer.write();
    if (told.status.ok() && step % 3 == 1) told.status = sync(writer);
    if (told.status.ok() && step == 7) {
      told.status = writer.change_config({{"policy.toml", "band = \"4%\"\n"}});
    }
    if (step == 9) {
      JournalWriter::prepare_segment(storage, writer.segment() + 1, small_options().segment_bytes);
    }
    if (told.status.ok() && step % 8 == 7 && writer.segment() > 1) {
      told.status = compress_segment(storage, writer.segment() - 1);
    }
  }
  if (!told.status.ok()) return;
  const std::size_t appended = told.appended.size();
  told.status = writer.close();
  if (told.status.ok()) told.confirmed = appended;
}

/// Holds a journal that was crashed against what its writer was told, and takes from it where to go
/// on.
void check_and_follow(MemoryStorage& storage, Told& told, const std::string& where) {
  const Reading reading = read_journal(storage);
  ASSERT_TRUE(reading.status.ok()) << where << ": " << reading.status;
  ASSERT_GE(reading.records.size(), told.confirmed) << where;
  ASSERT_TRUE(is_prefix(reading.records, told.appended)) << where;
  told.appended = reading.records;
  told.confirmed = 0;  // of this run
  told.sequence = reading.tail.last_sequence;
}

/// Another run on what is there, in which nothing goes wrong.
void goes_on(MemoryStorage& storage, Told told, const std::string& where) {
  run_once(storage, told);
  ASSERT_TRUE(told.status.ok()) << where << ": " << told.status;
  const Reading reading = read_journal(storage);
  ASSERT_TRUE(reading.status.ok()) << where << ": " << reading.status;
  ASSERT_EQ(reading.records, told.appended) << where;
  ASSERT_EQ(reading.tail.bytes_cut, 0U) << where;
  ASSERT_TRUE(reading.tail.closed) << where;
}

struct Variant {
  const char* name;
  Loss loss;
  std::uint64_t seed;
};
constexpr Variant kVariants[] = {{"all lost", Loss::kAll, 0},  {"all kept", Loss::kNone, 0},
                                 {"torn 1", Loss::kRandom, 1}, {"torn 2", Loss::kRandom, 2},
                                 {"torn 3", Loss::kRandom, 3}, {"torn 4", Loss::kRandom, 4}};

std::uint64_t operations_of_a_run() {
  MemoryStorage storage;
  Told told;
  run_once(storage, told);
  EXPECT_TRUE(told.status.ok()) << told.status;
  EXPECT_GT(journal_segments(storage)->size(), 2U);
  return storage.operations();
}

TEST(JournalCrash, AtEveryOperationNothingConfirmedIsLost) {
  const std::uint64_t operations = operations_of_a_run();
  ASSERT_GT(operations, 40U);
  std::uint64_t cut = 0;
  for (const Variant& variant : kVariants) {
    for (std::uint64_t at = 0; at < operations; ++at) {
      const std::string where = std::string(variant.name) + ", stopped at " + std::to_string(at);
      MemoryStorage storage;
      storage.stop_after(at);
      Told told;
      run_once(storage, told);
      // A segment that is prepared ahead may fail unseen; the next operation then says it.
      ASSERT_TRUE(absl::IsAborted(told.status)) << where << ": " << told.status;
      storage.crash(variant.loss, variant.seed * 1'000 + at);
      check_and_follow(storage, told, where);
      if (HasFatalFailure()) return;
      cut += read_journal(storage).tail.bytes_cut;
      goes_on(storage, told, where);
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(cut, 0U) << "some of these crashes must have torn something";
}

TEST(JournalCrash, AgainAtEveryOperationOfTheRecovery) {
  const std::uint64_t operations = operations_of_a_run();
  for (std::uint64_t first = 3; first < operations; first += 4) {
    for (std::uint64_t second = 0; second < 12; ++second) {
      const std::string where =
          "stopped at " + std::to_string(first) + ", then at " + std::to_string(second);
      MemoryStorage storage;
      storage.stop_after(first);
      Told told;
      run_once(storage, told);
      storage.crash(Loss::kRandom, first);
      check_and_follow(storage, told, where);
      if (HasFatalFailure()) return;
      // All that this reading found is on the disk only once a writer says so; a second crash may
      // take what was never confirmed.
      const std::size_t survived = told.appended.size();
      storage.stop_after(second);
      run_once(storage, told);
      ASSERT_TRUE(absl::IsAborted(told.status)) << where;
      storage.crash(Loss::kRandom, second);
      if (told.confirmed > 0) {
        ASSERT_GE(told.confirmed, survived);
      }
      check_and_follow(storage, told, where);
      if (HasFatalFailure()) return;
      goes_on(storage, told, where);
      if (HasFatalFailure()) return;
    }
  }
}

TEST(JournalCrash, WhatAWriterOpenedOnIsOnTheDisk) {
  // A block that was written and never synced, found by the next process: once that has opened the
  // journal, no power failure takes it away.
  MemoryStorage storage;
  {
    auto writer = go_on(storage);
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE(append_numbered(**writer, 1).ok());
    ASSERT_TRUE((*writer)->write().ok());
    storage.restart();
  }
  auto writer = go_on(storage);
  ASSERT_TRUE(writer.ok());
  EXPECT_EQ((*writer)->durable_sequence(), 1U);
  storage.crash(Loss::kAll);
  EXPECT_EQ(read_journal(storage).tail.last_sequence, 1U);
}

TEST(JournalCrash, WhatASyncFailedToWriteIsWrittenAgainByTheNextProcess) {
  // After a failed sync Linux calls the pages clean: they read well, and would never be written.
  MemoryStorage storage;
  {
    auto writer = go_on(storage);
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE(append_numbered(**writer, 1).ok());
    storage.fail_at(2, absl::UnavailableError("cannot sync: Input/output error"));
    EXPECT_TRUE(absl::IsUnavailable((*writer)->sync()));
    EXPECT_EQ((*writer)->durable_sequence(), 0U);
    storage.restart();
  }
  ASSERT_EQ(read_journal(storage).tail.last_sequence, 1U) << "the system's copy looks fine";
  auto writer = go_on(storage);
  ASSERT_TRUE(writer.ok());
  storage.crash(Loss::kAll);
  EXPECT_EQ(read_journal(storage).tail.last_sequence, 1U);
}

TEST(JournalFailure, AtEveryOperationItStaysFailedAndLosesNothingConfirmed) {
  const std::uint64_t operations = operations_of_a_run();
  const absl::Status kinds[] = {absl::UnavailableError("cannot write: Input/output error"),
                                absl::ResourceExhaustedError("cannot write: No space left")};
  for (const absl::Status& kind : kinds) {
    for (std::uint64_t at = 1; at <= operations; ++at) {
      const std::string where = "failed at " + std::to_string(at);
      for (const bool machine_too : {false, true}) {
        MemoryStorage storage;
        storage.fail_at(at, kind);
        Told told;
        run_once(storage, told);
        // Only preparing ahead may fail in silence.
        if (!told.status.ok()) {
          ASSERT_EQ(told.status, kind) << where;
        }
        machine_too ? storage.crash(Loss::kRandom, at) : storage.restart();
        check_and_follow(storage, told, where);
        if (HasFatalFailure()) return;
        goes_on(storage, told, where);
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST(JournalFailure, OnceFailedNothingMoreIsTaken) {
  for (const std::uint64_t at : {1U, 2U}) {
    MemoryStorage storage;
    auto writer = go_on(storage);
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE(append_numbered(**writer, 1).ok());
    ASSERT_TRUE((*writer)->sync().ok());
    const Sha256 chain = (*writer)->chain();
    ASSERT_TRUE(append_numbered(**writer, 2).ok());
    const absl::Status error = absl::UnavailableError("journal: cannot write: Input/output error");
    storage.fail_at(at, error);
    EXPECT_EQ((*writer)->sync(), error);
    EXPECT_TRUE((*writer)->failed());
    EXPECT_EQ((*writer)->durable_sequence(), 1U);
    const std::uint64_t operations = storage.operations();
    (*writer)->append(numbered_event(3));
    EXPECT_EQ((*writer)->write(), error);
    EXPECT_EQ((*writer)->sync(), error) << "a sync that succeeds now would prove nothing";
    EXPECT_EQ((*writer)->change_config({}), error);
    EXPECT_EQ((*writer)->close(), error);
    EXPECT_EQ(storage.operations(), operations);
    EXPECT_EQ((*writer)->durable_sequence(), 1U);
    if (at == 1) {
      EXPECT_EQ((*writer)->chain(), chain);
    }
  }
}

TEST(JournalFailure, AFullDiskStopsAtTheNextSegmentAndGoesOnWhenThereIsRoom) {
  MemoryStorage storage;
  Told told;
  {
    auto writer = go_on(storage);
    ASSERT_TRUE(writer.ok());
    storage.set_capacity(100'000);  // one segment and no second
    JournalWriter::prepare_segment(storage, 2, small_options().segment_bytes);
    absl::Status status;
    while (status.ok()) {
      status = append_numbered(**writer, ++told.sequence, &told.appended);
      const std::size_t appended = told.appended.size();
      if (status.ok()) status = (*writer)->sync();
      if (status.ok()) told.confirmed = appended;
      ASSERT_LT(told.sequence, 1'000U);
    }
    EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
    EXPECT_NE(status.message().find("journal-00000002.evkj"), std::string::npos) << status;
    EXPECT_GT(told.confirmed, 10U);
    storage.restart();
  }
  const Reading reading = read_journal(storage);
  ASSERT_TRUE(reading.status.ok());
  EXPECT_EQ(reading.records.size(), told.confirmed);
  told.appended = reading.records;
  told.sequence = reading.tail.last_sequence;
  goes_on(storage, told, "with room");
}

TEST(JournalFailure, AReadOnlyFolderIsToldAtTheStart) {
  MemoryStorage storage;
  const absl::Status read_only = absl::UnavailableError("cannot create: Read-only file system");
  storage.fail_at(1, read_only);
  EXPECT_EQ(go_on(storage).status(), read_only);
}

TEST(JournalTail, ALaterSegmentLeftByACrashIsCleanBeforeItIsUsed) {
  // Blocks of a segment whose header was lost must not come back when it gets a new header.
  MemoryStorage storage;
  auto writer = go_on(storage);
  std::uint64_t n = 0;
  while ((*writer)->segment() < 2) ASSERT_TRUE(append_numbered(**writer, ++n).ok());
  std::string second = storage.content("journal-00000002.evkj");
  // The crash right when segment 2 was begun: its configuration block came to lie on the disk, its
  // header did not.
  second.replace(0, 4096, 4096, '\0');
  second.replace(8192, second.size() - 8192, second.size() - 8192, '\0');
  storage.set_content("journal-00000002.evkj", second);
  const Reading reading = read_journal(storage);
  ASSERT_TRUE(reading.status.ok()) << reading.status;
  EXPECT_EQ(reading.tail.segment, 1U);
  EXPECT_GT(reading.tail.bytes_cut, 0U);
  ASSERT_TRUE(go_on(storage).ok());
  EXPECT_EQ(read_journal(storage).tail.bytes_cut, 0U);
}

TEST(JournalTail, ABlockBehindTheCutNeverComesBack) {
  // Two blocks that were never confirmed; a crash took the first and left the second whole. The
  // next writer's first block takes the place of the first and ends where the second begins.
  for (std::uint64_t stop = 0; stop < 8; ++stop) {
    for (std::uint64_t seed = 0; seed < 16; ++seed) {
      MemoryStorage storage;
      {
        auto writer = go_on(storage);
        ASSERT_TRUE(writer.ok());
        for (std::uint64_t n = 1; n <= 2; ++n) {
          ASSERT_TRUE(append_numbered(**writer, n).ok());
          ASSERT_TRUE((*writer)->write().ok());
        }
        storage.restart();
      }
      std::string content = storage.content("journal-00000001.evkj");
      content.replace(8192, 4096, 4096, '\0');
      storage.set_content("journal-00000001.evkj", content);
      ASSERT_EQ(read_journal(storage).tail.bytes_cut > 0, true);
      storage.stop_after(stop);
      const bool opened = go_on(storage).ok();
      storage.crash(Loss::kRandom, seed);
      const Reading reading = read_journal(storage);
      ASSERT_TRUE(reading.status.ok()) << stop << ", " << seed << ": " << reading.status;
      ASSERT_TRUE(reading.records.empty()) << stop << ", " << seed;
      if (opened) {
        ASSERT_EQ(reading.tail.bytes_cut, 0U) << stop << ", " << seed;
      }
    }
  }
}

TEST(JournalTail, ASegmentThatWasBegunIsOnTheDisk) {
  MemoryStorage storage;
  auto writer = go_on(storage);
  ASSERT_TRUE(writer.ok());
  std::uint64_t n = 0;
  while ((*writer)->segment() < 2) {
    ASSERT_TRUE(append_numbered(**writer, ++n).ok());
  }
  const std::uint64_t written = (*writer)->durable_sequence();
  storage.crash(Loss::kAll);
  EXPECT_EQ(journal_segments(storage)->size(), 2U);
  const Reading reading = read_journal(storage);
  ASSERT_TRUE(reading.status.ok()) << reading.status;
  EXPECT_EQ(reading.tail.segment, 2U);
  EXPECT_EQ(reading.tail.last_sequence, written);
  EXPECT_EQ(reading.config.size(), 6U);
}

TEST(JournalTail, PreparedSegmentsOfAnotherSizeAreReplaced) {
  MemoryStorage storage;
  ASSERT_TRUE(go_on(storage).ok());
  JournalWriter::prepare_segment(storage, 2, 64 << 10);
  JournalOptions larger = small_options();
  larger.segment_bytes = 128 << 10;
  auto writer = go_on(storage, small_config(), larger);
  ASSERT_TRUE(writer.ok()) << writer.status();
  std::uint64_t n = 0;
  while ((*writer)->segment() < 3) ASSERT_TRUE(append_numbered(**writer, ++n).ok());
  ASSERT_TRUE((*writer)->sync().ok());
  EXPECT_EQ(storage.content("journal-00000002.evkj").size(), 128U << 10);
  EXPECT_EQ(read_journal(storage).tail.last_sequence, n);
}

TEST(JournalTail, AHoleInFrontOfFilesThatWereNeverUsedIsNoDamage) {
  MemoryStorage storage;
  ASSERT_TRUE(go_on(storage).ok());
  JournalWriter::prepare_segment(storage, 3, small_options().segment_bytes);
  EXPECT_TRUE(read_journal(storage).status.ok());
  auto writer = go_on(storage);
  ASSERT_TRUE(writer.ok());
  std::uint64_t n = 0;
  while ((*writer)->segment() < 4) ASSERT_TRUE(append_numbered(**writer, ++n).ok());
  ASSERT_TRUE((*writer)->sync().ok());
  EXPECT_EQ(read_journal(storage).tail.last_sequence, n);
}

TEST(JournalTail, AJournalWhoseLastSegmentIsCompressedGoesOnInTheNext) {
  MemoryStorage storage;
  Told told;
  run_once(storage, told);
  // Somebody restored a copy that ends with a compressed segment.
  const auto segments = journal_segments(storage);
  std::uint64_t last = 0;
  for (const SegmentInfo& segment : *segments) {
    if (segment.compressed) last = segment.number;
  }
  ASSERT_GT(last, 0U);
  for (const SegmentInfo& segment : *segments) {
    if (segment.number > last) storage.drop(segment.name);
  }
  storage.restart();
  told.confirmed = 0;
  check_and_follow(storage, told, "restored");
  if (HasFatalFailure()) return;
  goes_on(storage, told, "restored");
}

}  // namespace
}  // namespace evenkeel
