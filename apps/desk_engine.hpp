// The engine as an agent: takes events from the sequencer, lets the engine decide, hands intents to
// the gateway's ring and copies of what happened to the reporting ring. It allocates nothing,
// formats nothing and waits for nobody.
//
// The gateway's ring full is the one thing it stops for: what was decided stays here and is handed
// over first, no event is taken meanwhile, and the desk halts as soon as it goes on. Nothing is
// lost.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "apps/desk_snapshot.hpp"
#include "apps/events.hpp"
#include "core/engine.hpp"
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
  std::atomic<bool> gateway_was_full{false};
};

/// What has happened on a feed line, for ending a run.
struct LineGauge {
  std::atomic<VenuePhase> phase{VenuePhase::kUnknown};
  std::atomic<FeedState> state{FeedState::kUnknown};
  std::atomic<bool> closed{false};  // regular hours are over
};

struct EngineAgentWiring {
  SpscRing<Intent>* intents = nullptr;    // null: nobody takes orders (monitor)
  SpscRing<Report>* reports = nullptr;    // null: nobody wants to know
  SpscRing<Event>* own_events = nullptr;  // an input of the sequencer that this agent alone fills
  std::vector<ArrivalReader> arrivals{};  // by SourceId of the feed lines
};

template <class Rules, class Orders, class ClockType = SystemClock>
class EngineAgent {
 public:
  static constexpr int kEventsPerCycle = 64;
  static constexpr std::size_t kIntentsMax = 8'192;

  /// Everything is borrowed and outlives the agent. `wake_gateway` is called after intents were
  /// handed over; it must not block.
  EngineAgent(Sequencer<ClockType>& sequencer, Engine<Rules, Orders>& engine,
              const InstrumentTable& instruments, const Book& book, const MarketState& market,
              const Rules& rules, const Orders& orders, EngineAgentWiring wiring,
              void (*wake_gateway)(void*), void* gateway)
      : sequencer_(sequencer),
        engine_(engine),
        instruments_(instruments),
        book_(book),
        market_(market),
        rules_(rules),
        orders_(orders),
        wiring_(std::move(wiring)),
        wake_gateway_(wake_gateway),
        gateway_(gateway),
        intents_(kIntentsMax),
        nav_start_(book.portfolio_count()),
        unvalued_(book.portfolio_count()),
        lines_(market.line_count()) {
    size_snapshot();
  }

  /// A bounded batch of events. Returns how many were handled.
  int do_work() {
    int work = 0;
    if (!hand_over()) return 0;
    Event event;
    while (work < kEventsPerCycle && sequencer_.next(event)) {
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

  /// Gives the gateway what the last event asked for. False when its ring is full: call again.
  bool hand_over() {
    const auto intents = intents_.intents();
    bool handed = false;
    while (next_intent_ < intents.size()) {
      const Intent& intent = intents[next_intent_];
      if (intent.type != IntentType::kAlert && wiring_.intents != nullptr) {
        if (!wiring_.intents->try_push(intent)) {
          if (!stalled_) stall();
          if (wake_gateway_ != nullptr) wake_gateway_(gateway_);
          return false;
        }
        handed = true;
      }
      ++next_intent_;
    }
    if (handed && wake_gateway_ != nullptr) wake_gateway_(gateway_);
    if (stalled_) halt_after_stall();
    return true;
  }
  void stall() {
    stalled_ = true;
    gauges_.gateway_was_full.store(true, std::memory_order_relaxed);
    if (wiring_.reports == nullptr) return;
    Report report;
    report.kind = ReportKind::kGatewayFull;
    report.body.event = Event::make(EventType::kNone, SourceId::none());
    report.body.event.ts = sequencer_.now();
    report.body.event.sequence = sequencer_.sequence();
    push_report(report, 0, 0);
  }
  void halt_after_stall() {
    Event halt = Event::make(EventType::kCommand, SourceId::none());
    halt.payload.command.command = Command::kHalt;
    // Full only when a halt is waiting there already.
    if (wiring_.own_events != nullptr) wiring_.own_events->try_push(halt);
    stalled_ = false;
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
  void (*wake_gateway_)(void*);
  void* gateway_;
  IntentBuffer intents_;
  std::size_t next_intent_ = 0;
  bool stalled_ = false;
  std::vector<Money> nav_start_;  // by portfolio, zero until everything in it has a price
  std::uint32_t unvalued_ = 0;    // portfolios without one
  LatencyHistogram decision_;
  EngineGauges gauges_;
  std::vector<LineGauge> lines_;
  SnapshotExchange exchange_;
};

}  // namespace evenkeel::apps
