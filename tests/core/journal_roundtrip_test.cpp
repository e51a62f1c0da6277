// What was appended is what is read, over blocks, segments, restarts and compression.
#include <rapidcheck.h>

#include "core/journal_format.hpp"
#include "tests/core/journal_scene.hpp"

namespace evenkeel {
namespace {

using namespace testing;

using Strings = std::vector<std::string>;

std::unique_ptr<JournalWriter> must_go_on(Storage& storage,
                                          std::vector<ConfigText> config = small_config(),
                                          const JournalOptions& options = small_options()) {
  auto writer = go_on(storage, std::move(config), options);
  EXPECT_TRUE(writer.ok()) << writer.status();
  return writer.ok() ? *std::move(writer) : nullptr;
}

TEST(JournalRoundTrip, AnEmptyFolderIsAnEmptyJournal) {
  MemoryStorage storage;
  const Reading reading = read_journal(storage);
  EXPECT_TRUE(reading.status.ok()) << reading.status;
  EXPECT_TRUE(reading.records.empty());
  EXPECT_EQ(reading.tail.segment, 0U);
  EXPECT_EQ(reading.engine, "");
  EXPECT_TRUE(journal_segments(storage)->empty());
}

TEST(JournalRoundTrip, RecordsOfEveryKindComeBack) {
  MemoryStorage storage;
  auto writer = must_go_on(storage);
  Strings said;
  for (std::uint64_t n = 1; n <= 10; ++n) ASSERT_TRUE(append_numbered(*writer, n, &said).ok());
  Sha256 digest{};
  digest[3] = std::byte{7};
  writer->append_digest(10, digest);
  said.push_back("digest 10 " + to_hex(digest));
  EXPECT_EQ(writer->written_sequence(), 0U);
  EXPECT_EQ(read_journal(storage).records, Strings())
      << "nothing is written before it is asked for";
  ASSERT_TRUE(writer->write().ok());
  EXPECT_EQ(writer->written_sequence(), 10U);
  EXPECT_EQ(writer->durable_sequence(), 0U);
  EXPECT_EQ(read_journal(storage).records, said);
  ASSERT_TRUE(writer->sync().ok());
  EXPECT_EQ(writer->durable_sequence(), 10U);
  EXPECT_FALSE(read_journal(storage).tail.closed);
  ASSERT_TRUE(writer->close().ok());

  const Reading reading = read_journal(storage);
  ASSERT_TRUE(reading.status.ok()) << reading.status;
  EXPECT_EQ(reading.records, said);
  EXPECT_EQ(reading.config, (Strings{"config evenkeel.toml=name = \"alpha\"\n",
                                     "config policy.toml=band = \"5%\"\n",
                                     "config end " + to_hex(config_hash(small_config()))}));
  EXPECT_EQ(reading.engine, "alpha");
  EXPECT_EQ(reading.tail.segment, 1U);
  EXPECT_EQ(reading.tail.last_sequence, 10U);
  EXPECT_EQ(reading.tail.last_ts, numbered_event(10).ts);
  EXPECT_EQ(reading.tail.chain, writer->chain());
  EXPECT_EQ(reading.tail.bytes_cut, 0U);
  EXPECT_TRUE(reading.tail.closed);
}

TEST(JournalRoundTrip, EventsOfEveryTypeComeBack) {
  MemoryStorage storage;
  auto writer = must_go_on(storage);
  Strings said;
  for (std::uint64_t n = 1; n <= static_cast<std::uint64_t>(kEventTypeLast); ++n) {
    Event event = Event::make(static_cast<EventType>(n), SourceId{2});
    event.sequence = n;
    writer->append(event);
    said.push_back(text_of(event));
  }
  ASSERT_TRUE(writer->sync().ok());
  const Reading reading = read_journal(storage);
  EXPECT_TRUE(reading.status.ok()) << reading.status;
  EXPECT_EQ(reading.records, said);
}

TEST(JournalRoundTrip, EverySegmentBeginsWithTheConfiguration) {
  MemoryStorage storage;
  auto writer = must_go_on(storage);
  Strings said;
  for (std::uint64_t n = 1; n <= 3'000; ++n) ASSERT_TRUE(append_numbered(*writer, n, &said).ok());
  ASSERT_TRUE(writer->sync().ok());
  const auto segments = journal_segments(storage);
  ASSERT_TRUE(segments.ok()) << segments.status();
  ASSERT_GT(segments->size(), 4U);
  EXPECT_EQ(segments->size(), writer->segment());
  EXPECT_EQ(read_journal(storage).records, said);
  for (const SegmentInfo& segment : *segments) {
    const Reading reading = read_journal(storage, segment.number);
    ASSERT_TRUE(reading.status.ok()) << reading.status;
    EXPECT_EQ(reading.config.size(), 3 * (segments->size() - segment.number + 1));
    EXPECT_EQ(reading.sequences.front(), segment.sequence_before + 1);
    EXPECT_EQ(reading.sequences.back(), 3'000U);
    EXPECT_EQ(reading.tail.chain, writer->chain());
  }
}

TEST(JournalRoundTrip, AChangedConfigurationIsRepeatedFromThenOn) {
  MemoryStorage storage;
  auto writer = must_go_on(storage);
  ASSERT_TRUE(append_numbered(*writer, 1).ok());
  const std::vector<ConfigText> changed = {{"policy.toml", "band = \"4%\"\n"}};
  ASSERT_TRUE(writer->change_config(changed).ok());
  for (std::uint64_t n = 2; n <= 1'000; ++n) ASSERT_TRUE(append_numbered(*writer, n).ok());
  ASSERT_TRUE(writer->sync().ok());
  ASSERT_GT(writer->segment(), 1U);
  const Reading reading = read_journal(storage);
  EXPECT_EQ(reading.config.size(), 3 + 2 * writer->segment());
  EXPECT_EQ(read_journal(storage, 2).config[0], "config policy.toml=band = \"4%\"\n");
}

TEST(JournalRoundTrip, AConfigurationThatDoesNotFitIsRefusedAndTheOldOneHolds) {
  MemoryStorage storage;
  auto writer = must_go_on(storage);
  const std::vector<ConfigText> large = {{"holdings.csv", std::string(40'000, 'x')}};
  EXPECT_TRUE(absl::IsInvalidArgument(writer->change_config(large)));
  EXPECT_FALSE(writer->failed());
  EXPECT_TRUE(absl::IsInvalidArgument(go_on(storage, large).status()));
  const std::vector<ConfigText> fits = {{"holdings.csv", std::string(30'000, 'x')}};
  ASSERT_TRUE(writer->change_config(fits).ok());
  for (std::uint64_t n = 1; n <= 1'000; ++n) ASSERT_TRUE(append_numbered(*writer, n).ok());
  ASSERT_TRUE(writer->close().ok());
  const Reading reading = read_journal(storage);
  EXPECT_TRUE(reading.status.ok()) << reading.status;
  EXPECT_EQ(reading.sequences.size(), 1'000U);
  EXPECT_GT(writer->segment(), 2U);
}

TEST(JournalRoundTrip, AnEventWithMoreIntentsThanABlockTakesGoesIntoSeveral) {
  MemoryStorage storage;
  auto writer = must_go_on(storage);
  Strings said;
  for (std::uint64_t n = 1; n <= 3; ++n) {
    writer->append(numbered_event(n));
    said.push_back(text_of(numbered_event(n)));
    for (std::uint32_t i = 0; i < 700; ++i) {
      writer->append(numbered_intent(n, i));
      said.push_back(text_of(numbered_intent(n, i)));
    }
  }
  ASSERT_TRUE(writer->sync().ok());
  const Reading reading = read_journal(storage);
  ASSERT_TRUE(reading.status.ok()) << reading.status;
  EXPECT_EQ(reading.records, said);
}

TEST(JournalRoundTrip, CompressedSegmentsReadLikeOthers) {
  MemoryStorage storage;
  auto writer = must_go_on(storage);
  for (std::uint64_t n = 1; n <= 2'000; ++n) ASSERT_TRUE(append_numbered(*writer, n).ok());
  ASSERT_TRUE(writer->sync().ok());
  const Reading before = read_journal(storage);
  const std::uint64_t last = writer->segment();
  ASSERT_GT(last, 3U);
  ASSERT_TRUE(compress_segment(storage, 2).ok());
  ASSERT_TRUE(compress_segment(storage, 2).ok()) << "again is no harm";
  ASSERT_TRUE(compress_segment(storage, 1).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(compress_segment(storage, last)));
  EXPECT_TRUE(absl::IsNotFound(compress_segment(storage, last + 1)));

  const auto segments = journal_segments(storage);
  ASSERT_TRUE(segments.ok()) << segments.status();
  EXPECT_TRUE((*segments)[0].compressed);
  EXPECT_EQ((*segments)[1].name, "journal-00000002.evkj.zst");
  EXPECT_LT((*segments)[1].bytes, 64U << 10);
  EXPECT_FALSE((*segments)[2].compressed);
  EXPECT_EQ(storage.content("journal-00000001.evkj"), "");
  const Reading after = read_journal(storage);
  ASSERT_TRUE(after.status.ok()) << after.status;
  EXPECT_EQ(after.records, before.records);
  EXPECT_EQ(after.config, before.config);
  EXPECT_EQ(after.tail.chain, before.tail.chain);
  EXPECT_EQ(read_journal(storage, 2).sequences.front(), (*segments)[1].sequence_before + 1);
}

TEST(JournalRoundTrip, PreparedSegmentsAreTakenAndAreNotPartOfTheJournal) {
  MemoryStorage storage;
  const JournalOptions options = small_options();
  auto writer = must_go_on(storage);
  JournalWriter::prepare_segment(storage, 2, options.segment_bytes);
  JournalWriter::prepare_segment(storage, 2, options.segment_bytes);
  JournalWriter::prepare_segment(storage, 1, options.segment_bytes);
  EXPECT_EQ(journal_segments(storage)->size(), 1U);
  EXPECT_EQ(read_journal(storage).tail.bytes_cut, 0U);
  const std::uint64_t before = storage.operations();
  int created = 0;
  storage.on_operation([&created](MemoryStorage::Operation operation, std::string_view) {
    created += operation == MemoryStorage::Operation::kCreate ? 1 : 0;
    return absl::OkStatus();
  });
  std::uint64_t n = 0;
  while (writer->segment() < 2) ASSERT_TRUE(append_numbered(*writer, ++n).ok());
  EXPECT_EQ(created, 0);
  EXPECT_GT(storage.operations(), before);
  while (writer->segment() < 3) ASSERT_TRUE(append_numbered(*writer, ++n).ok());
  EXPECT_EQ(created, 1) << "a segment that nobody prepared is made when it is needed";
}

TEST(JournalRoundTrip, AJournalBelongsToOneEngine) {
  MemoryStorage storage;
  must_go_on(storage);
  JournalOptions other = small_options();
  other.engine = "beta";
  const absl::Status status = go_on(storage, small_config(), other).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_NE(status.message().find("alpha"), std::string::npos);
  EXPECT_NE(status.message().find("beta"), std::string::npos);
}

TEST(JournalRoundTrip, OptionsThatMakeNoSenseAreRefused) {
  MemoryStorage storage;
  const auto refused = [&storage](auto change) {
    JournalOptions options = small_options();
    change(options);
    return absl::IsInvalidArgument(
        JournalWriter::open(storage, options, JournalTail(), {}).status());
  };
  EXPECT_TRUE(refused([](JournalOptions& o) { o.engine = ""; }));
  EXPECT_TRUE(refused([](JournalOptions& o) { o.engine = std::string(64, 'e'); }));
  EXPECT_TRUE(refused([](JournalOptions& o) { o.segment_bytes = 60 << 10; }));
  EXPECT_TRUE(refused([](JournalOptions& o) { o.segment_bytes = (64 << 10) + 512; }));
  EXPECT_TRUE(refused([](JournalOptions& o) { o.segment_bytes = 4ULL << 30; }));
  EXPECT_TRUE(refused([](JournalOptions& o) { o.block_bytes_max = 1'000; }));
  EXPECT_TRUE(storage.list()->empty());
}

TEST(JournalRoundTrip, NamesOfSegments) {
  using journal_format::parse_segment_name;
  using journal_format::segment_name;
  EXPECT_EQ(segment_name(1), "journal-00000001.evkj");
  EXPECT_EQ(segment_name(123'456'789, true), "journal-123456789.evkj.zst");
  EXPECT_EQ(parse_segment_name("journal-00000042.evkj")->number, 42U);
  EXPECT_TRUE(parse_segment_name("journal-00000042.evkj.zst")->compressed);
  for (const char* name :
       {"journal-42.evkj", "journal-00000000.evkj", "journal-0000004x.evkj", "journal-.evkj",
        "journal-", ".evkj", "", "journal-000000042.evkj", "journal-00000001.evkj.gz",
        "xjournal-00000001.evkj", "journal-99999999999999999999999.evkj"}) {
    EXPECT_FALSE(parse_segment_name(name).has_value()) << name;
  }
}

// Any order of appending, writing, syncing, closing, reopening, preparing and compressing.
TEST(JournalRoundTrip, AnyCourseOfThingsComesBackAsItWas) {
  const bool held = rc::check([] {
    MemoryStorage storage;
    auto writer = go_on(storage);
    RC_ASSERT(writer.ok());
    Strings said;
    std::uint64_t n = 0;
    for (int step = 0, steps = *rc::gen::inRange(1, 60); step < steps; ++step) {
      switch (*rc::gen::inRange(0, 9)) {
        case 0:
          RC_ASSERT((*writer)->sync().ok());
          RC_ASSERT((*writer)->durable_sequence() == n);
          break;
        case 1:
          RC_ASSERT((*writer)->write().ok());
          RC_ASSERT((*writer)->written_sequence() == n);
          break;
        case 2:
          RC_ASSERT((*writer)->close().ok());
          writer = go_on(storage);
          RC_ASSERT(writer.ok());
          break;
        case 3:
          JournalWriter::prepare_segment(storage, (*writer)->segment() + 1,
                                         small_options().segment_bytes);
          break;
        case 4:
          if ((*writer)->segment() > 1) {
            RC_ASSERT(compress_segment(storage, (*writer)->segment() - 1).ok());
          }
          break;
        default:
          for (int i = *rc::gen::inRange(1, 40); i > 0; --i) {
            RC_ASSERT(append_numbered(**writer, ++n, &said).ok());
          }
      }
    }
    RC_ASSERT((*writer)->write().ok());
    const Reading reading = read_journal(storage);
    RC_ASSERT(reading.status.ok());
    RC_ASSERT(reading.records == said);
    RC_ASSERT(reading.tail.last_sequence == n);
    RC_ASSERT(reading.tail.bytes_cut == 0U);
    RC_ASSERT(reading.tail.chain == (*writer)->chain());
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace evenkeel
