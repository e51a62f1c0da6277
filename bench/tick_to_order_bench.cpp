// From the bytes of a packet to the desk's decision, through the objects that run live: decoder,
// ring, sequencer, book, rules, order desk. The input is the demo's day with its crash; orders are
// answered at once with a fill at their limit, so that rebalances run their course. Beside it two
// floors on the same bytes: copying them, and decoding them into events.
#include <benchmark/benchmark.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "apps/assembly.hpp"
#include "apps/config/market_toml.hpp"
#include "bench/support/answer.hpp"
#include "core/sequencer.hpp"
#include "feeds/symbol_map.hpp"
#include "feeds/synthetic_market.hpp"
#include "feeds/tops_feed.hpp"

namespace evenkeel::apps {
namespace {

constexpr const char* kDesk = EVENKEEL_SOURCE_DIR "/examples/demo";

struct Day {
  DeskConfig desk;
  std::vector<std::vector<std::byte>> packets;
  std::size_t bytes = 0;
  std::uint64_t messages = 0;
};

const Day& day() {
  static const Day made = [] {
    Day day;
    rules::Complaints complaints;
    auto desk = load_desk(kDesk, complaints);
    EVENKEEL_CHECK(desk.ok());
    day.desk = *std::move(desk);
    const auto config =
        load_market(std::string(kDesk) + "/market.toml", day.desk.instruments, complaints);
    EVENKEEL_CHECK(config.ok());
    auto market = feeds::SyntheticMarket::create(*config);
    EVENKEEL_CHECK(market.ok());
    feeds::MarketPacket packet;
    while (market->next(packet)) {
      day.packets.emplace_back(packet.bytes.begin(), packet.bytes.end());
      day.bytes += packet.bytes.size();
    }
    day.messages = market->messages();
    return day;
  }();
  return made;
}

/// Time comes from the feed alone, so a day is the same each time.
struct StoppedClock {
  TimeNs now() const { return 0; }
};

/// A desk and a counterparty that fills each order at once, at its limit.
class Pipeline {
 public:
  Pipeline()
      : core_(DecisionCore::build(day().desk).value()),
        symbols_(feeds::SymbolMap::build(core_->books->instruments, SourceId::of(0)).value()),
        feed_(feeds::TopsFeedConfig{.line = SourceId::of(0)}, symbols_,
              core_->books->instruments.size(), market_),
        sequencer_(StoppedClock{}, ClockMode::kFeed, day().desk.machine.engine.tick) {
    sequencer_.add_input(answers_);
    sequencer_.add_input(market_);
    Event start = Event::make(EventType::kEngineStart, SourceId::none());
    start.payload.start.epoch = 1;
    EVENKEEL_CHECK(answers_.try_push(start));
    Event session = Event::make(EventType::kSessionStatus, SourceId::of(1));
    session.payload.session.state = SessionState::kLoggedOn;
    EVENKEEL_CHECK(answers_.try_push(session));
  }

  /// `audit`: the slow reference; every portfolio is computed from scratch after every order.
  void take(const std::vector<std::byte>& packet, bool audit) {
    EVENKEEL_CHECK(feed_.on_datagram(packet, 0));
    while (sequencer_.next(event_)) {
      core_->engine.on_event(event_, intents_);
      ++events_;
      for (const Intent& intent : intents_.intents()) answer(intent);
      if (audit && !intents_.intents().empty()) check_books();
    }
  }
  bench::Answer result() const { return result_; }
  std::uint64_t orders() const { return orders_; }
  std::uint64_t events() const { return events_; }

 private:
  void answer(const Intent& intent) {
    result_.add_bytes(&intent, sizeof intent);
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
  void check_books() const {
    const Book& book = core_->books->book;
    for (std::uint32_t p = 0; p < book.portfolio_count(); ++p)
      EVENKEEL_CHECK(book.audit(PortfolioId{p}));
  }

  SpscRing<Event> market_{4096};
  SpscRing<Event> answers_{1024};
  std::unique_ptr<DecisionCore> core_;
  feeds::SymbolMap symbols_;
  feeds::TopsFeed feed_;
  Sequencer<StoppedClock> sequencer_;
  IntentBuffer intents_{8192};
  Event event_;
  bench::Answer result_;
  std::uint64_t orders_ = 0, events_ = 0;
};

void per_message(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(day().messages));
  state.counters["ns_per_message"] = benchmark::Counter(
      static_cast<double>(day().messages) * static_cast<double>(state.iterations()) / 1e9,
      benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void copy_packets(benchmark::State& state) {
  std::vector<std::byte> target(65'536);
  for (auto _ : state) {
    for (const auto& packet : day().packets) {
      std::memcpy(target.data(), packet.data(), packet.size());
      benchmark::DoNotOptimize(target.data());
      benchmark::ClobberMemory();
    }
  }
  per_message(state);
}
BENCHMARK(copy_packets)->Unit(benchmark::kMillisecond);

void tick_to_decision(benchmark::State& state) {
  static const bench::Answer reference = [] {
    Pipeline slow;
    for (const auto& packet : day().packets) slow.take(packet, true);
    EVENKEEL_CHECK(slow.orders() > 0);
    return slow.result();
  }();
  bench::Answer answer;
  std::uint64_t orders = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto pipeline = std::make_unique<Pipeline>();
    state.ResumeTiming();
    for (const auto& packet : day().packets) pipeline->take(packet, false);
    state.PauseTiming();
    answer = pipeline->result();
    orders = pipeline->orders();
    pipeline.reset();
    state.ResumeTiming();
  }
  bench::expect_answer(state, answer, reference);
  per_message(state);
  state.counters["orders"] = static_cast<double>(orders);
}
BENCHMARK(tick_to_decision)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace evenkeel::apps
