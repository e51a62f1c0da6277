// How fast a journal is replayed: the demo's day with its crash, recorded once, then read, given to
// a desk that is built from the journal's own configuration, and compared intent by intent. Beside
// it the floors: reading the journal and doing nothing, and what a restart costs behind a snapshot.
// The answer of every run is the digest of the state that it ends in, checked against that of the
// desk that was recorded.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "apps/assembly.hpp"
#include "apps/config/market_toml.hpp"
#include "apps/replay.hpp"
#include "bench/support/answer.hpp"
#include "core/posix_storage.hpp"
#include "core/sequencer.hpp"
#include "feeds/symbol_map.hpp"
#include "feeds/synthetic_market.hpp"
#include "feeds/tops_feed.hpp"

namespace evenkeel::apps {
namespace {

constexpr const char* kDesk = EVENKEEL_SOURCE_DIR "/examples/demo";

/// Time comes from the feed alone.
struct StoppedClock {
  TimeNs now() const { return 0; }
};

/// A day that is traded and recorded, or the beginning of one: every order is acknowledged and
/// filled at once, at its limit.
class RecordedDay {
 public:
  explicit RecordedDay(std::uint64_t events_max = UINT64_MAX) : events_max_(events_max) {
    std::string name = (std::filesystem::temp_directory_path() / "replay-bench-XXXXXX").string();
    EVENKEEL_CHECK(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    storage_ = PosixStorage::open(folder_).value();
    rules::Complaints complaints;
    const DeskConfig desk = load_desk(kDesk, complaints).value();
    core_ = DecisionCore::build(desk).value();
    JournalOptions options;
    options.engine = std::string(desk.machine.engine.id.view());
    options.segment_bytes = 8 << 20;
    writer_ = JournalWriter::open(*storage_, options, JournalTail{}, desk.texts).value();
    play(desk);
    digest_ = state_digest(*core_);
    EVENKEEL_CHECK(orders_ > 0 || events_max_ < UINT64_MAX);
    EVENKEEL_CHECK(writer_->close().ok());
    EVENKEEL_CHECK(write_snapshot(*storage_, take_snapshot(*core_, config_hash(desk.texts))).ok());
  }
  ~RecordedDay() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  RecordedDay(const RecordedDay&) = delete;
  RecordedDay& operator=(const RecordedDay&) = delete;

  Storage& storage() const { return *storage_; }
  std::uint64_t events() const { return events_; }
  const Sha256& digest() const { return digest_; }
  double megabytes() const {
    std::uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      if (entry.path().extension() != ".snapshot") bytes += entry.file_size();
    }
    return static_cast<double>(bytes) / 1e6;
  }

 private:
  void play(const DeskConfig& desk) {
    rules::Complaints complaints;
    const auto config =
        load_market(std::string(kDesk) + "/market.toml", desk.instruments, complaints);
    auto market = feeds::SyntheticMarket::create(config.value()).value();
    const auto symbols =
        feeds::SymbolMap::build(core_->books->instruments, SourceId::of(0)).value();
    SpscRing<Event> quotes(4'096);
    feeds::TopsFeed feed(feeds::TopsFeedConfig{.line = SourceId::of(0)}, symbols,
                         core_->books->instruments.size(), quotes);
    Sequencer<StoppedClock> sequencer(StoppedClock{}, ClockMode::kFeed, desk.machine.engine.tick);
    sequencer.add_input(answers_);
    sequencer.add_input(quotes);
    Event start = Event::make(EventType::kEngineStart, SourceId::none());
    start.payload.start.epoch = 1;
    EVENKEEL_CHECK(answers_.try_push(start));
    Event session = Event::make(EventType::kSessionStatus, SourceId::of(1));
    session.payload.session.state = SessionState::kLoggedOn;
    EVENKEEL_CHECK(answers_.try_push(session));
    feeds::MarketPacket packet;
    Event event;
    while (events_ < events_max_ && market.next(packet)) {
      EVENKEEL_CHECK(feed.on_datagram(packet.bytes, 0));
      while (sequencer.next(event)) take(event);
    }
  }
  void take(const Event& event) {
    core_->engine.on_event(event, intents_);
    if (!writer_->room(intents_.intents().size())) EVENKEEL_CHECK(writer_->write().ok());
    writer_->append(event);
    for (const Intent& intent : intents_.intents()) {
      writer_->append(intent);
      answer(intent);
    }
    ++events_;
  }
  void answer(const Intent& intent) {
    if (intent.type != IntentType::kNewOrder) return;
    ++orders_;
    Event report = Event::make(EventType::kExecution, SourceId::of(1), intent.instrument.value);
    ExecutionPayload& execution = report.payload.execution;
    execution.order_id = intent.order_id;
    execution.side = intent.side;
    execution.exec_type = ExecType::kNew;
    execution.ord_status = OrdStatus::kNew;
    execution.leaves_quantity = intent.quantity;
    EVENKEEL_CHECK(execution.exec_id.assign("N" + std::to_string(intent.order_id)));
    EVENKEEL_CHECK(answers_.try_push(report));
    execution.exec_type = ExecType::kTrade;
    execution.ord_status = OrdStatus::kFilled;
    execution.last_quantity = execution.cumulative_quantity = intent.quantity;
    execution.last_price = intent.limit_price;
    execution.leaves_quantity = Quantity{};
    EVENKEEL_CHECK(execution.exec_id.assign("F" + std::to_string(intent.order_id)));
    EVENKEEL_CHECK(answers_.try_push(report));
  }

  std::uint64_t events_max_;
  std::string folder_;
  std::unique_ptr<PosixStorage> storage_;
  std::unique_ptr<DecisionCore> core_;
  std::unique_ptr<JournalWriter> writer_;
  SpscRing<Event> answers_{1'024};
  IntentBuffer intents_{DeskEngineAgent::kIntentsMax};
  Sha256 digest_{};
  std::uint64_t events_ = 0, orders_ = 0;
};

const RecordedDay& day() {
  static const RecordedDay made;
  return made;
}

bench::Answer answer_of(const Sha256& digest) {
  bench::Answer answer;
  answer.add_bytes(digest.data(), digest.size());
  return answer;
}

void count_events(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(day().events()));
}

void read_journal(benchmark::State& state) {
  std::uint64_t events = 0;
  for (auto _ : state) {
    events = 0;
    const auto reader = JournalReader::open(day().storage()).value();
    JournalRecord record;
    while (reader->next(record).value()) events += record.kind == FrameKind::kEvent ? 1 : 0;
  }
  EVENKEEL_CHECK(events == day().events());
  count_events(state);
}
BENCHMARK(read_journal)->Unit(benchmark::kMillisecond);

void replay_day(benchmark::State& state) {
  Sha256 digest{};
  for (auto _ : state) {
    RecoverOptions options;
    options.use_snapshot = false;
    const auto recovered = recover(day().storage(), options);
    EVENKEEL_CHECK(recovered.ok());
    state.PauseTiming();
    EVENKEEL_CHECK(recovered->counts.events == day().events());
    digest = state_digest(*recovered->core);
    state.ResumeTiming();
  }
  bench::expect_answer(state, answer_of(digest), answer_of(day().digest()));
  count_events(state);
}
BENCHMARK(replay_day)->Unit(benchmark::kMillisecond);

/// A restart after so many events, nothing but the journal at hand: how it grows.
void restart_from_journal_alone(benchmark::State& state) {
  const RecordedDay begun(static_cast<std::uint64_t>(state.range(0)));
  for (auto _ : state) {
    RecoverOptions options;
    options.use_snapshot = false;
    const auto recovered = recover(begun.storage(), options);
    EVENKEEL_CHECK(recovered.ok() && recovered->counts.events == begun.events());
    state.PauseTiming();
    EVENKEEL_CHECK(state_digest(*recovered->core) == begun.digest());
    state.ResumeTiming();
  }
  state.counters["events"] = static_cast<double>(begun.events());
  state.counters["journal_MB"] = begun.megabytes();
}
BENCHMARK(restart_from_journal_alone)
    ->Arg(1'000)
    ->Arg(50'000)
    ->Arg(100'000)
    ->Arg(200'000)
    ->Unit(benchmark::kMillisecond);

/// A restart at the day's end: the snapshot is loaded, the events of its segment are read past.
void restart_behind_snapshot(benchmark::State& state) {
  Sha256 digest{};
  for (auto _ : state) {
    const auto recovered = recover(day().storage(), RecoverOptions{});
    EVENKEEL_CHECK(recovered.ok());
    state.PauseTiming();
    EVENKEEL_CHECK(recovered->counts.events == 0);
    digest = state_digest(*recovered->core);
    state.ResumeTiming();
  }
  bench::expect_answer(state, answer_of(digest), answer_of(day().digest()));
}
BENCHMARK(restart_behind_snapshot)->Unit(benchmark::kMillisecond);

void save_whole_state(benchmark::State& state) {
  rules::Complaints complaints;
  const auto recovered = recover(day().storage(), RecoverOptions{}).value();
  std::size_t bytes = 0;
  for (auto _ : state) {
    const std::string saved = save_state(*recovered.core);
    bytes = saved.size();
    benchmark::DoNotOptimize(saved.data());
  }
  bench::expect_answer(state, answer_of(state_digest(*recovered.core)), answer_of(day().digest()));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}
BENCHMARK(save_whole_state)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace evenkeel::apps
