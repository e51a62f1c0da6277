// The engine as an agent: takes events from the sequencer, lets the engine decide, hands each event
// with its intents to the journal's ring and copies of what happened to the reporting ring. It
// allocates nothing, formats nothing and waits for nobody.
//
// The journal's ring full is the one thing it stops for: what was decided stays here and is handed
// over first, and no event is taken meanwhile; quotes are conflated where they come in. Nothing is
// lost.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "apps/desk_snapshot.hpp"
#include "apps/events.hpp"
#include "core/engine.hpp"
#include "core/journal_agent.hpp"
#include "core/ring.hpp"
#include "core/sequencer.hpp"
#include "core/system_clock.hpp"

namespace evenkeel::apps {

/// Events [begin, end) of a feed line, counted as they went into its ring, came in one datagram
/// that was received then.
struct ArrivalStamp {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  TimeNs received = 0;  // wall clock
};
using ArrivalRing = SpscRing<ArrivalStamp>;

/// Finds when an event was received. Stamps may be missing; then nobody knows.
class ArrivalReader {
 public:
  explicit ArrivalReader(ArrivalRing& ring) : ring_(&ring) {}
  /// Call for every event of the line, in order. 0 when it is not known.
  TimeNs received_next() {
    const std::uint64_t number = taken_++;
    const ArrivalStamp* stamp = ring_->front();
    while (stamp != nullptr && stamp->end <= number) {
      ring_->pop();
      stamp = ring_->front();
    }
    return stamp != nullptr && stamp->begin <= number ? stamp->received : 0;
  }

 private:
  ArrivalRing* ring_;
  std::uint64_t taken_ = 0;
};

/// What the engine's thread lets others see without asking: one word each, relaxed.
struct EngineGauges {
  std::atomic<std::uint64_t> events{0};
  std::atomic<std::uint32_t> open_orders{0};
  std::atomic<bool> logged_on{false};
  std::atomic<bool> halted{false};  // the desk, or a portfolio of it, at any time
  std::atomic<std::uint64_t> dropped_reports{0};
  std::atomic<std::uint64_t> journal_full{0};  // times the engine waited for room
};

/// What has happened on a feed line, for ending a run.
struct LineGauge {
  std::atomic<VenuePhase> phase{VenuePhase::kUnknown};
  std::atomic<FeedState> state{FeedState::kUnknown};
  std::atomic<bool> closed{false};  // regular hours are over
};

struct EngineAgentWiring {
  SpscRing<JournalEntry>* journal = nullptr;  // null: nobody records, nobody sends
  SpscRing<Report>* reports = nullptr;        // null: nobody wants to know
  std::vector<ArrivalReader> arrivals{};      // by SourceId of the feed lines
};

template <class Rules, class Orders, class ClockType = SystemClock>
class EngineAgent {
 public:
  static constexpr int kEventsPerCycle = 64;
  static constexpr std::size_t kIntentsMax = 8'192;
  static constexpr std::uint64_t kLookEvery = 1'024;  // events between looks at the ring

  /// Everything is borrowed and outlives the agent. `wake_journal` is called after something to be
  /// sent was handed over, or when the ring is half full; it must not block.
  EngineAgent(Sequencer<ClockType>& sequencer, Engine<Rules, Orders>& engine,
              const InstrumentTable& instruments, const Book& book, const MarketState& market,
              const Rules& rules, const Orders& orders, EngineAgentWiring wiring,
              void (*wake_journal)(void*), void* journal)
      : sequencer_(sequencer),
        engine_(engine),
        instruments_(instruments),
        book_(book),
        market_(market),
        rules_(rules),
        orders_(orders),
        wiring_(std::move(wiring)),
        wake_journal_(wake_journal),
        journal_(journal),
        intents_(kIntentsMax),
        nav_start_(book.portfolio_count()),
        unvalued_(book.portfolio_count()),
        lines_(market.line_count()) {
    size_snapshot();
  }

  /// A bounded batch of events, at most so many. Returns how many were handled.
  int do_work(int events_max = kEventsPerCycle) {
    int work = 0;
    if (!hand_over()) return 0;
    Event event;
    while (work < events_max && sequencer_.next(event)) {
      ++work;
      handle(event);
      if (!hand_over()) break;
    }
    if (work > 0) publish_gauges();
    if (exchange_.wanted()) exchange_.fill([this](DeskSnapshot& out) { copy(out); });
    return work;
  }
  /// For idle policies: something waits.
  bool has_input() const { return sequencer_.has_input() || exchange_.wanted(); }

  /// Gives the journal the last event and what it asked for. False when its ring is full: call
  /// again.
  bool hand_over() {
    if (!handing_ || wiring_.journal == nullptr) return true;
    const auto intents = intents_.intents();
    if (next_intent_ == 0) {
      if (!wiring_.journal->try_push(JournalEntry::of(handed_event_, intents.size()))) {
        return stall();
      }
      next_intent_ = 1;
    }
    for (; next_intent_ <= intents.size(); ++next_intent_) {
      const Intent& intent = intents[next_intent_ - 1];
      if (!wiring_.journal->try_push(JournalEntry::of(intent))) return stall();
      to_send_ = to_send_ || intent.type != IntentType::kAlert;
    }
    handing_ = stalled_ = false;
    ++handed_;
    const bool filling =
        handed_ % kLookEvery == 0 && wiring_.journal->size() > wiring_.journal->capacity() / 2;
    if (to_send_ || filling) wake();
    to_send_ = false;
    return true;
  }

  const EngineGauges& gauges() const { return gauges_; }
  const LineGauge& line(SourceId id) const { return lines_[id.index()]; }
  SnapshotExchange& exchange() { return exchange_; }
  /// Once the thread has ended.
  const LatencyHistogram& decision_latency() const { return decision_; }
  /// Copies everything into `out`. On the engine's thread, or once it has ended.
  void copy(DeskSnapshot& out) const {
    out.ts = sequencer_.now();
    out.sequence = sequencer_.sequence();
    out.open_orders = orders_.open_orders();
    out.halted = orders_.halted();
    out.logged_on = orders_.logged_on();
    for (std::uint32_t p = 0; p < out.portfolios.size(); ++p) copy_portfolio(PortfolioId{p}, out);
    for (std::uint16_t i = 0; i < market_.line_count(); ++i)
      out.lines[i] = market_.line(SourceId{i});
    for (std::size_t m = 0; m < out.volatility_high.size(); ++m) {
      out.volatility_high[m] = rules_.volatility_high(ModelId::of(m));
    }
    for (std::uint32_t i = 0; i < out.marks.size(); ++i)
      out.marks[i] = market_.mark(InstrumentId{i});
    out.market = market_.counters();
    out.engine = engine_.counters();
    out.orders = orders_.counters();
    out.decision = decision_;
  }

 private:
  void handle(const Event& event) {
    const TimeNs received = arrival(event);
    engine_.on_event(event, intents_);
    std::int64_t decided = 0;
    if (received != 0) {
      decided = SystemClock().now();
      decision_.record(decided - received);
    }
    handed_event_ = event;
    handing_ = true;
    next_intent_ = 0;
    if (unvalued_ > 0) note_starts();
    note_line(event);
    if (wiring_.reports != nullptr) report(event, received, decided);
  }

  void note_starts() {
    for (std::uint32_t p = 0; p < nav_start_.size(); ++p) {
      if (nav_start_[p].is_zero() && book_.unvalued_lines(PortfolioId{p}) == 0) {
        nav_start_[p] = book_.nav(PortfolioId{p});
        if (!nav_start_[p].is_zero()) --unvalued_;
      }
    }
  }

  TimeNs arrival(const Event& event) {
    if (event.source.index() >= wiring_.arrivals.size()) return 0;
    return wiring_.arrivals[event.source.index()].received_next();
  }

  void note_line(const Event& event) {
    if (event.source.index() >= lines_.size()) return;
    LineGauge& line = lines_[event.source.index()];
    if (event.type == EventType::kFeedStatus) {
      line.state.store(event.payload.feed.state, std::memory_order_relaxed);
    } else if (event.type == EventType::kVenueSession) {
      const VenuePhase phase = event.payload.venue.phase;
      line.phase.store(phase, std::memory_order_relaxed);
      if (phase >= VenuePhase::kPostMarket) line.closed.store(true, std::memory_order_release);
    }
  }

  void report(const Event& event, TimeNs received, std::int64_t decided) {
    const bool telling = worth_telling(event.type);
    if (!telling && intents_.intents().empty()) return;
    if (decided == 0) decided = SystemClock().now();
    if (telling) push_report(Report::of(event), received, decided);
    for (const Intent& intent : intents_.intents()) {
      push_report(Report::of(intent), received, decided);
    }
  }
  void push_report(Report report, TimeNs received, std::int64_t decided) {
    report.received_ns = received;
    report.decided_ns = decided;
    if (!wiring_.reports->try_push(report)) {
      gauges_.dropped_reports.fetch_add(1, std::memory_order_relaxed);
    }
  }

  bool stall() {
    if (!stalled_) gauges_.journal_full.fetch_add(1, std::memory_order_relaxed);
    stalled_ = true;
    wake();
    return false;
  }
  void wake() {
    if (wake_journal_ != nullptr) wake_journal_(journal_);
  }

  void publish_gauges() {
    gauges_.events.store(sequencer_.sequence(), std::memory_order_relaxed);
    gauges_.open_orders.store(orders_.open_orders(), std::memory_order_relaxed);
    gauges_.logged_on.store(orders_.logged_on(), std::memory_order_relaxed);
    if (orders_.halted() != AlertCode::kNone) {
      gauges_.halted.store(true, std::memory_order_relaxed);
    }
  }

  void size_snapshot() {
    DeskSnapshot& out = exchange_.buffer();
    std::uint32_t sleeves = 0;
    for (std::uint32_t p = 0; p < book_.portfolio_count(); ++p) {
      PortfolioSnapshot portfolio;
      portfolio.first_sleeve = sleeves;
      out.portfolios.push_back(portfolio);
      sleeves +=
          static_cast<std::uint32_t>(book_.model(book_.model_id(PortfolioId{p})).sleeves.size());
    }
    out.exposure.resize(sleeves);
    out.projected.resize(sleeves);
    out.volatility_high.resize(rules_.policy_count());
    out.marks.resize(instruments_.size());
    out.lines.resize(market_.line_count());
  }
  void copy_portfolio(PortfolioId id, DeskSnapshot& out) const {
    PortfolioSnapshot& portfolio = out.portfolios[id.index()];
    portfolio.nav = book_.nav(id);
    portfolio.nav_start = nav_start_[id.index()];
    portfolio.unvalued_lines = book_.unvalued_lines(id);
    portfolio.open_orders = orders_.open_orders(id);
    portfolio.halted = orders_.halted(id);
    portfolio.suspended = rules_.suspended(id);
    portfolio.cash_negative = false;
    for (const Line& line : book_.lines(id)) {
      const bool cash = instruments_[line.instrument].is_cash();
      portfolio.cash_negative = portfolio.cash_negative || (cash && line.quantity.raw() < 0);
    }
    portfolio.in_episode = rules_.in_episode(id);
    const Model& model = book_.model(book_.model_id(id));
    for (std::size_t s = 0; s < model.sleeves.size(); ++s) {
      const SleeveId sleeve = SleeveId::of(s);
      out.exposure[portfolio.first_sleeve + s] = book_.exposure(id, sleeve);
      out.projected[portfolio.first_sleeve + s] = book_.projected(id, sleeve);
    }
  }

  Sequencer<ClockType>& sequencer_;
  Engine<Rules, Orders>& engine_;
  const InstrumentTable& instruments_;
  const Book& book_;
  const MarketState& market_;
  const Rules& rules_;
  const Orders& orders_;
  EngineAgentWiring wiring_;
  void (*wake_journal_)(void*);
  void* journal_;
  IntentBuffer intents_;
  Event handed_event_;           // the last one
  std::size_t next_intent_ = 0;  // 0: the event itself is next, n: its intent n - 1
  std::uint64_t handed_ = 0;     // events
  bool handing_ = false, to_send_ = false, stalled_ = false;
  std::vector<Money> nav_start_;  // by portfolio, zero until everything in it has a price
  std::uint32_t unvalued_ = 0;    // portfolios without one
  LatencyHistogram decision_;
  EngineGauges gauges_;
  std::vector<LineGauge> lines_;
  SnapshotExchange exchange_;
};

}  // namespace evenkeel::apps
