// Replay: the same events give the same intents, from the beginning and from any snapshot, and
// whatever does not is said with both sides.
#include "apps/replay.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/apps/random_day.hpp"
#include "tests/support/memory_storage.hpp"

namespace evenkeel::apps {
namespace {

using evenkeel::testing::MemoryStorage;
using testing::desk_of;
using testing::random_day_texts;
using testing::RandomDay;

/// A day that is being recorded.
class Recorder {
 public:
  Recorder(Storage& storage, std::vector<ConfigText> texts, std::uint64_t seed)
      : storage_(storage), desk_(desk_of(texts)), day_(desk_, seed) {
    JournalOptions options;
    options.engine = "DICE";
    options.segment_bytes = 128 << 10;
    options.block_bytes_max = 64 << 10;
    writer_ = JournalWriter::open(storage, options, JournalTail{}, std::move(texts)).value();
  }
  /// Records so many events with what they led to. `spoil` may change what is recorded.
  void record(int events, const std::function<void(Event&, std::vector<Intent>&)>& spoil = {}) {
    for (int i = 0; i < events; ++i) {
      Event event = day_.next();
      std::vector<Intent> intents(day_.intents().begin(), day_.intents().end());
      if (spoil) spoil(event, intents);
      if (!writer_->room(intents.size())) {
        ASSERT_TRUE(writer_->write().ok());
      }
      writer_->append(event);
      for (const Intent& intent : intents) writer_->append(intent);
      if (i % 100 == 99) {
        ASSERT_TRUE(writer_->write().ok());
      }
      intents_ += intents.size();
    }
  }
  void change(const std::vector<ConfigText>& texts) {
    DeskConfig next = desk_of(texts);
    auto core = DecisionCore::build(next).value();
    ASSERT_TRUE(carry_state(day_.core(), desk_, *core, next).ok());
    day_.adopt(std::move(core));
    desk_ = std::move(next);
    ASSERT_TRUE(writer_->change_config(texts).ok());
  }
  void digest() {
    writer_->append_digest(day_.core().engine.last_sequence(), state_digest(day_.core()));
  }
  void snapshot() {
    ASSERT_TRUE(
        write_snapshot(storage_, take_snapshot(day_.core(), config_hash(desk_.texts))).ok());
  }
  void end() { ASSERT_TRUE(writer_->close().ok()); }
  RandomDay& day() { return day_; }
  JournalWriter& writer() { return *writer_; }
  std::uint64_t intents() const { return intents_; }

 private:
  Storage& storage_;
  DeskConfig desk_;
  RandomDay day_;
  std::unique_ptr<JournalWriter> writer_;
  std::uint64_t intents_ = 0;
};

RecoverOptions from_beginning() {
  RecoverOptions options;
  options.use_snapshot = false;
  return options;
}

TEST(Replay, GivesTheSameIntentsAndTheSameState) {
  MemoryStorage storage;
  Recorder recorder(storage, random_day_texts(), 21);
  recorder.record(3'000);
  recorder.digest();
  recorder.record(2'000);
  recorder.digest();
  recorder.end();
  const auto recovered = recover(storage, from_beginning());
  ASSERT_TRUE(recovered.ok()) << recovered.status();
  EXPECT_EQ(recovered->counts.events, 5'000U);
  EXPECT_EQ(recovered->counts.intents, recorder.intents());
  EXPECT_GT(recorder.intents(), 100U);
  EXPECT_EQ(recovered->counts.digests, 2U);
  EXPECT_EQ(recovered->counts.configs, 0U) << "segment heads repeat what holds";
  EXPECT_GT(recovered->tail.segment, 2U);
  EXPECT_EQ(recovered->sequence, 5'000U);
  EXPECT_EQ(recovered->ts, recorder.day().now());
  EXPECT_EQ(recovered->config.texts, random_day_texts());
  EXPECT_EQ(recovered->config_hash, config_hash(random_day_texts()));
  EXPECT_EQ(state_digest(*recovered->core), state_digest(recorder.day().core()));
  EXPECT_TRUE(recovered->notes.empty());
}

TEST(Replay, APhaseThatQuotesToldIsToldAgain) {
  MemoryStorage storage;
  Recorder recorder(storage, random_day_texts(), 24);
  int opened = 0, closed = 0;
  const auto watch = [&](Event& event, std::vector<Intent>&) {
    const MarketState& market = recorder.day().core().books->market;
    if (event.type != EventType::kQuote || !market.phase_moved_by(event)) return;
    ++(market.line(event.source).phase == VenuePhase::kRegular ? opened : closed);
  };
  for (int part = 0; part < 10; ++part) {
    recorder.record(1'500, watch);
    recorder.digest();
  }
  recorder.end();
  EXPECT_GT(opened, 3);
  EXPECT_GT(closed, 3);
  const auto recovered = recover(storage, from_beginning());
  ASSERT_TRUE(recovered.ok()) << recovered.status();
  EXPECT_EQ(recovered->counts.intents, recorder.intents());
  EXPECT_EQ(recovered->counts.digests, 10U);
  EXPECT_EQ(state_digest(*recovered->core), state_digest(recorder.day().core()));
}

// The opening was heard and not yet on the disk when the process died.
TEST(Replay, ADeskThatLostTheOpeningWithItsJournalsEndTradesOn) {
  const DeskConfig desk = desk_of(random_day_texts());
  const InstrumentTable& table = desk.instruments;
  for (const bool marked : {true, false}) {
    auto core = DecisionCore::build(desk).value();
    IntentBuffer intents(4'096);
    std::uint64_t sequence = 0;
    const auto feed = [&](Event event) {
      event.sequence = ++sequence;
      event.ts = static_cast<TimeNs>(1'700'000'000 * kSecond + sequence * kMillisecond);
      core->engine.on_event(event, intents);
    };
    // Of the last run only its start and the hours before the opening are left.
    feed(Event::make(EventType::kEngineStart, SourceId::none()));
    Event phase = Event::make(EventType::kVenueSession, SourceId{0});
    phase.payload.venue.phase = VenuePhase::kPreMarket;
    feed(phase);
    // Saved and loaded, as a restart does; then the next run and its first quotes.
    auto loaded = DecisionCore::build(desk).value();
    ASSERT_TRUE(load_state(save_state(*core), *loaded).ok());
    core = std::move(loaded);
    feed(Event::make(EventType::kEngineStart, SourceId::none()));
    for (std::uint32_t i = 0; i < table.size(); ++i) {
      const InstrumentId id{i};
      if (!table[id].quoted || table[id].feed != SourceId{0}) continue;
      Event quote = Event::make(EventType::kQuote, SourceId{0}, i);
      quote.flags = marked ? kQuoteTellsPhase : std::uint8_t{0};
      quote.payload.quote.bid = quote.payload.quote.ask = Price::from_whole(100);
      quote.payload.quote.bid_size = quote.payload.quote.ask_size = Quantity::from_whole(100);
      feed(quote);
      EXPECT_EQ(core->books->market.soundness(id), marked ? Unsound::kNone : Unsound::kNotRegular)
          << table[id].symbol.view();
    }
  }
}

TEST(Replay, FromASnapshotCostsTheTail) {
  for (const int at : {1, 57, 99, 100, 740, 1'500, 1'999, 2'000}) {
    SCOPED_TRACE(at);
    MemoryStorage storage;
    Recorder recorder(storage, random_day_texts(), 22);
    recorder.record(at);
    recorder.snapshot();
    recorder.record(2'000 - at);
    recorder.end();
    const auto recovered = recover(storage, RecoverOptions{});
    ASSERT_TRUE(recovered.ok()) << recovered.status();
    EXPECT_EQ(recovered->snapshot, static_cast<std::uint64_t>(at));
    EXPECT_EQ(recovered->counts.events, static_cast<std::uint64_t>(2'000 - at));
    EXPECT_LE(recovered->counts.skipped, static_cast<std::uint64_t>(at));
    EXPECT_EQ(recovered->sequence, 2'000U);
    EXPECT_EQ(state_digest(*recovered->core), state_digest(recorder.day().core()));
  }
}

TEST(Replay, ASnapshotNeedsOnlyItsSegmentsAndThoseAfter) {
  MemoryStorage storage;
  Recorder recorder(storage, random_day_texts(), 23);
  recorder.record(4'000);
  recorder.snapshot();
  recorder.record(200);
  recorder.end();
  const auto segments = journal_segments(storage);
  ASSERT_TRUE(segments.ok());
  ASSERT_GT(segments->size(), 3U);
  const auto first = segment_of(storage, 4'000);
  ASSERT_TRUE(first.ok());
  EXPECT_GT(*first, 1U);
  const auto recovered = recover(storage, RecoverOptions{});
  ASSERT_TRUE(recovered.ok()) << recovered.status();
  EXPECT_LT(recovered->counts.skipped, 4'000U);
  EXPECT_EQ(state_digest(*recovered->core), state_digest(recorder.day().core()));
}

TEST(Replay, SnapshotsThatAreDamagedOrAheadArePassedOver) {
  MemoryStorage storage;
  Recorder recorder(storage, random_day_texts(), 24);
  recorder.record(500);
  recorder.snapshot();
  recorder.record(500);
  recorder.snapshot();
  ASSERT_TRUE(storage.put(snapshot_name(1'000), "EVKSNAP1 and then nothing").ok());
  recorder.end();
  recorder.day().next();  // decided, and never recorded
  Snapshot ahead = take_snapshot(recorder.day().core(), config_hash(random_day_texts()));
  ASSERT_TRUE(write_snapshot(storage, ahead).ok());
  const auto lost = recover(storage, RecoverOptions{});
  EXPECT_TRUE(absl::IsDataLoss(lost.status())) << "the journal has lost its end: " << lost.status();
  EXPECT_NE(std::string(lost.status().message()).find("ends with event 1000"), std::string::npos)
      << lost.status();
  ASSERT_TRUE(storage.remove(snapshot_name(1'001)).ok());
  const auto recovered = recover(storage, RecoverOptions{});
  ASSERT_TRUE(recovered.ok()) << recovered.status();
  EXPECT_EQ(recovered->snapshot, 500U);
  EXPECT_EQ(recovered->counts.events, 500U);
  ASSERT_EQ(recovered->notes.size(), 1U);
  EXPECT_NE(recovered->notes[0].find("is too short"), std::string::npos);
}

TEST(Replay, ASnapshotOfAnotherDayIsPassedOver) {
  MemoryStorage storage;
  Recorder recorder(storage, random_day_texts(), 25);
  recorder.record(1'500);
  RandomDay other(desk_of(random_day_texts()), 26);
  for (int i = 0; i < 1'500; ++i) other.next();
  Snapshot wrong = take_snapshot(other.core(), config_hash(random_day_texts()));
  ASSERT_TRUE(write_snapshot(storage, wrong).ok());
  recorder.record(1'500);
  recorder.digest();
  recorder.end();
  const auto recovered = recover(storage, RecoverOptions{});
  ASSERT_TRUE(recovered.ok()) << recovered.status();
  EXPECT_EQ(recovered->snapshot, 0U);
  ASSERT_EQ(recovered->notes.size(), 1U);
  EXPECT_NE(recovered->notes[0].find("is of another journal"), std::string::npos);
}

TEST(Replay, AStateThatNeverWasIsFoundOut) {
  MemoryStorage storage;
  Recorder recorder(storage, random_day_texts(), 25);
  recorder.record(1'500);
  auto forged = DecisionCore::build(desk_of(random_day_texts())).value();
  ASSERT_TRUE(load_state(save_state(recorder.day().core()), *forged).ok());
  ASSERT_EQ(
      forged->books->book.apply_cash_flow(PortfolioId{1}, CurrencyId{0}, Money::from_whole(1)),
      FillResult::kApplied);
  ASSERT_TRUE(
      write_snapshot(storage, take_snapshot(*forged, config_hash(random_day_texts()))).ok());
  recorder.record(1'500);
  recorder.digest();
  recorder.end();
  EXPECT_TRUE(absl::IsAborted(recover(storage, RecoverOptions{}).status()));
  EXPECT_TRUE(recover(storage, from_beginning()).ok());
}

// --- differences ---

absl::Status replay_spoiled(const std::function<void(Event&, std::vector<Intent>&)>& spoil) {
  MemoryStorage storage;
  Recorder recorder(storage, random_day_texts(), 27);
  recorder.record(2'000, spoil);
  recorder.digest();
  recorder.end();
  return recover(storage, from_beginning()).status();
}

TEST(Replay, AnIntentThatDiffersIsToldWithBothSides) {
  bool done = false;
  const absl::Status status = replay_spoiled([&](Event&, std::vector<Intent>& intents) {
    if (done || intents.empty() || intents[0].type != IntentType::kNewOrder) return;
    intents[0].quantity += Quantity::from_whole(1);
    intents[0].cause.threshold += Ratio::from_raw(1);
    done = true;
  });
  ASSERT_TRUE(done);
  EXPECT_TRUE(absl::IsAborted(status)) << status;
  const std::string text(status.message());
  EXPECT_NE(text.find("intent 0: quantity "), std::string::npos) << text;
  EXPECT_NE(text.find(" recorded, "), std::string::npos) << text;
  EXPECT_NE(text.find("threshold "), std::string::npos) << text;
  EXPECT_NE(text.find("\n  recorded: new_order "), std::string::npos) << text;
  EXPECT_NE(text.find("\n  computed: new_order "), std::string::npos) << text;
}

TEST(Replay, AnIntentTooMuchOrTooFewIsTold) {
  bool done = false;
  const absl::Status fewer = replay_spoiled([&](Event&, std::vector<Intent>& intents) {
    if (done || intents.empty()) return;
    intents.pop_back();
    done = true;
  });
  EXPECT_TRUE(absl::IsAborted(fewer));
  EXPECT_NE(fewer.message().find("is computed and not recorded: "), std::string::npos) << fewer;
  done = false;
  const absl::Status more = replay_spoiled([&](Event& event, std::vector<Intent>& intents) {
    if (done || event.sequence < 700 || !intents.empty()) return;
    Intent intent;
    intent.event_sequence = event.sequence;
    intent.type = IntentType::kCancelOrder;
    intents.push_back(intent);
    done = true;
  });
  EXPECT_TRUE(absl::IsAborted(more));
  EXPECT_NE(more.message().find("is recorded and not computed: cancel_order"), std::string::npos)
      << more;
}

TEST(Replay, AnEventThatWasChangedShows) {
  bool done = false;
  const absl::Status status = replay_spoiled([&](Event& event, std::vector<Intent>&) {
    if (done || event.sequence < 300 || event.type != EventType::kQuote) return;
    event.payload.quote.bid = event.payload.quote.ask = Price::from_whole(3);
    done = true;
  });
  EXPECT_FALSE(status.ok());
}

TEST(Replay, AWrongDigestIsTold) {
  MemoryStorage storage;
  Recorder recorder(storage, random_day_texts(), 28);
  recorder.record(100);
  recorder.writer().append_digest(100, Sha256{});
  recorder.record(10);
  recorder.end();
  const auto recovered = recover(storage, from_beginning());
  EXPECT_TRUE(absl::IsAborted(recovered.status())) << recovered.status();
  EXPECT_NE(recovered.status().message().find("state digest 00000000"), std::string::npos);
}

TEST(Replay, IntentsCutAtTheVeryEndAreSaidAndKept) {
  MemoryStorage storage;
  Recorder recorder(storage, random_day_texts(), 27);
  bool cut = false;
  std::size_t lost = 0;
  while (!cut) {
    recorder.record(1, [&](Event& event, std::vector<Intent>& intents) {
      if (event.sequence < 200 || intents.empty()) return;
      lost = intents.size();
      intents.clear();
      cut = true;
    });
  }
  recorder.end();
  const auto recovered = recover(storage, from_beginning());
  ASSERT_TRUE(recovered.ok()) << recovered.status();
  ASSERT_EQ(recovered->cut.size(), lost);
  EXPECT_EQ(recovered->cut[0].event_sequence, recovered->sequence);
  ASSERT_EQ(recovered->notes.size(), 1U);
  EXPECT_NE(recovered->notes[0].find("were cut with the end"), std::string::npos);
  EXPECT_EQ(state_digest(*recovered->core), state_digest(recorder.day().core()));
}

// --- configuration ---

TEST(Replay, AChangedConfigurationIsCarriedOver) {
  auto changed = random_day_texts();
  const std::size_t at = changed[3].content.find("band = \"3pp\"");
  ASSERT_NE(at, std::string::npos);
  changed[3].content.replace(at, 12, "band = \"2pp\"");
  for (const int snapshot_at : {0, 400, 800, 801, 1'200}) {
    SCOPED_TRACE(snapshot_at);
    MemoryStorage storage;
    Recorder recorder(storage, random_day_texts(), 29);
    const auto up_to = [&](int from, int to) {
      if (snapshot_at > from && snapshot_at <= to) {
        recorder.record(snapshot_at - from);
        recorder.snapshot();
        recorder.record(to - snapshot_at);
      } else {
        recorder.record(to - from);
      }
    };
    up_to(0, 800);
    recorder.change(changed);
    up_to(800, 2'000);
    recorder.digest();
    recorder.end();
    const auto recovered = recover(storage, RecoverOptions{});
    ASSERT_TRUE(recovered.ok()) << recovered.status();
    EXPECT_EQ(recovered->counts.configs, snapshot_at > 800 ? 0U : 1U);
    EXPECT_EQ(recovered->config.texts, changed);
    EXPECT_EQ(recovered->config_hash, config_hash(changed));
    EXPECT_EQ(state_digest(*recovered->core), state_digest(recorder.day().core()));
  }
}

TEST(Replay, AChangeWithNothingBehindItHolds) {
  auto changed = random_day_texts();
  changed[2].content += "# a remark\n";
  MemoryStorage storage;
  Recorder recorder(storage, random_day_texts(), 30);
  recorder.record(300);
  recorder.change(changed);
  recorder.end();
  const auto recovered = recover(storage, from_beginning());
  ASSERT_TRUE(recovered.ok()) << recovered.status();
  EXPECT_EQ(recovered->config.texts, changed);
  EXPECT_EQ(state_digest(*recovered->core), state_digest(recorder.day().core()));
}

TEST(Replay, AnEmptyJournalIsNobody) {
  MemoryStorage storage;
  const auto recovered = recover(storage, RecoverOptions{});
  ASSERT_TRUE(recovered.ok()) << recovered.status();
  EXPECT_EQ(recovered->core, nullptr);
  EXPECT_EQ(recovered->sequence, 0U);
}

TEST(Replay, EventsThatDoNotFollowEachOtherAreDamage) {
  Replayer replayer;
  JournalRecord record;
  for (const ConfigText& text : random_day_texts()) {
    record.kind = FrameKind::kConfig;
    record.name = text.name;
    record.text = text.content;
    ASSERT_TRUE(replayer.take(record).ok());
  }
  record.kind = FrameKind::kConfigEnd;
  ASSERT_TRUE(replayer.take(record).ok());
  record.kind = FrameKind::kEvent;
  record.event = Event::make(EventType::kClock, SourceId::none());
  record.event.sequence = 1;
  record.event.ts = 100;
  ASSERT_TRUE(replayer.take(record).ok());
  record.event.sequence = 3;
  EXPECT_TRUE(absl::IsDataLoss(replayer.take(record)));
  record.event.sequence = 2;
  record.event.ts = 99;
  EXPECT_TRUE(absl::IsDataLoss(replayer.take(record)));
}

}  // namespace
}  // namespace evenkeel::apps
