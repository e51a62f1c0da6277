#include "apps/desk_daybook.hpp"

#include <algorithm>

#include "apps/events_text.hpp"

namespace evenkeel::apps {
namespace {

int depth_of(const Model& model, SleeveId sleeve) {
  int depth = 0;
  while (sleeve != kRootSleeve && depth < 16) {
    sleeve = model.sleeves[sleeve.index()].parent;
    ++depth;
  }
  return depth;
}

bool in_regular_hours(const DeskSnapshot& snapshot) {
  return std::any_of(snapshot.lines.begin(), snapshot.lines.end(),
                     [](const LineState& line) { return line.phase == VenuePhase::kRegular; });
}

/// |weight - target| in 10^-9, for showing.
Ratio distance(Money part, Money nav, Ratio target) { return (ratio_of(part, nav) - target).abs(); }

/// Orders in one instrument count together.
void add_trade(std::vector<TradeStory>& trades, const Intent& intent) {
  const Quantity quantity = intent.side == Side::kSell ? -intent.quantity : intent.quantity;
  for (TradeStory& trade : trades) {
    if (trade.instrument != intent.instrument) continue;
    trade.quantity += quantity;
    return;
  }
  trades.push_back({intent.instrument, quantity, intent.reference_price});
}

bool outside(Money part, Money nav, const rules::Edges& edges) {
  if (!edges.banded || nav.raw() <= 0) return false;
  return compare_weight(part, nav, edges.high) > 0 || compare_weight(part, nav, edges.low) < 0;
}

}  // namespace

DayBook::DayBook(const DeskNames& names, const std::vector<rules::Policy>& policies,
                 std::unique_ptr<Books> untouched)
    : names_(names), untouched_(std::move(untouched)) {
  for (const rules::Policy& policy : policies) policies_.emplace_back(policy);
  tracked_.resize(untouched_->book.portfolio_count());
  marks_.resize(untouched_->instruments.size());
}

const rules::Regime& DayBook::regime(ModelId model, const DeskSnapshot& snapshot) const {
  return policies_[model.index()].regimes[snapshot.volatility_high[model.index()] ? 1 : 0];
}

// --- records ---

void DayBook::note(const Report& report, const EventTeller& teller) {
  if (report.kind == ReportKind::kIntent) {
    if (report.body.intent.type == IntentType::kNewOrder) note_order(report.body.intent);
  } else if (report.kind == ReportKind::kEvent && report.body.event.type == EventType::kExecution &&
             report.body.event.payload.execution.exec_type == ExecType::kTrade &&
             !teller.names().is_copy(report.body.event)) {
    note_fill(report.body.event, teller);
  }
}

void DayBook::note_order(const Intent& intent) {
  if (intent.portfolio.index() < tracked_.size()) ++tracked_[intent.portfolio.index()].orders;
  const Cause& cause = intent.cause;
  if (cause.trigger == Trigger::kNone || cause.proposal == 0) {
    ++without_cause_;
    return;
  }
  if (cause.trigger != Trigger::kCompletion) {
    const auto [at, fresh] = proposed_at_.emplace(cause.proposal, intent.event_sequence);
    if (!fresh && at->second != intent.event_sequence) ++proposals_repeated_;
  }
  const bool later = cause.trigger == Trigger::kCompletion;
  const auto same = [&](const RebalanceStory& story) {
    return story.proposal == cause.proposal && story.portfolio == intent.portfolio;
  };
  auto at = std::find_if(rebalances_.rbegin(), rebalances_.rend(), same);
  if (at == rebalances_.rend()) {
    if (rebalances_.size() == kRebalancesMax) {
      ++rebalances_not_kept_;
      return;
    }
    RebalanceStory story;
    story.ts = intent.ts;
    story.portfolio = intent.portfolio;
    story.proposal = cause.proposal;
    story.why = explain(names_, cause);
    rebalances_.push_back(std::move(story));
    at = rebalances_.rbegin();
  }
  if (later) ++at->later_steps;
  add_trade(later ? at->then : at->trades, intent);
}

void DayBook::note_fill(const Event& event, const EventTeller& teller) {
  const ExecutionPayload& fill = event.payload.execution;
  const ToldOrder* order = teller.order(fill.order_id);
  if (order == nullptr || order->portfolio.index() >= tracked_.size()) return;
  Tracked& tracked = tracked_[order->portfolio.index()];
  ++tracked.fills;
  const Instrument& instrument = (*names_.instruments)[order->instrument];
  const auto to_base = [&](Price price, Quantity quantity) -> Money {
    const auto local = notional(price, quantity, instrument.multiplier);
    if (!local) return {};
    return untouched_->book.to_base(order->portfolio, instrument.currency, *local)
        .value_or(Money{});
  };
  tracked.traded += to_base(fill.last_price, fill.last_quantity);
  const Price dearer = order->side == Side::kBuy ? fill.last_price - order->reference_price
                                                 : order->reference_price - fill.last_price;
  tracked.cost += to_base(dearer, fill.last_quantity);
}

// --- looks ---

void DayBook::note_marks(const DeskSnapshot& snapshot) {
  for (std::size_t i = 0; i < marks_.size(); ++i) {
    const Price mark = snapshot.marks[i];
    if (mark.raw() <= 0 || !(*names_.instruments)[InstrumentId::of(i)].quoted) continue;
    InstrumentStory& story = marks_[i];
    if (story.symbol.empty()) {
      story.symbol = names_.symbol(InstrumentId::of(i));
      story.first = story.low = story.high = mark;
      story.low_ts = snapshot.ts;
    }
    if (mark < story.low) {
      story.low = mark;
      story.low_ts = snapshot.ts;
    }
    story.high = std::max(story.high, mark);
    story.last = mark;
  }
}

void DayBook::reprice_untouched(const DeskSnapshot& snapshot) {
  for (std::size_t i = 0; i < snapshot.marks.size(); ++i) {
    const InstrumentId id = InstrumentId::of(i);
    const Price mark = snapshot.marks[i];
    if (mark.raw() <= 0 || mark == untouched_->market.mark(id)) continue;
    const Instrument& instrument = untouched_->instruments[id];
    if (!instrument.quoted || instrument.feed.index() >= snapshot.lines.size()) continue;
    // The engine believed this mark already: told twice, a jump is believed here, too.
    for (int time = 0; time < 2 && untouched_->market.mark(id) != mark; ++time) {
      Event quote = Event::make(EventType::kQuote, instrument.feed, id.value);
      quote.sequence = ++untouched_sequence_;
      quote.ts = snapshot.ts + time * instrument.confirm_for;
      quote.payload.quote.bid = quote.payload.quote.ask = mark;
      quote.payload.quote.bid_size = quote.payload.quote.ask_size = Quantity::from_whole(1);
      if (untouched_->market.apply(quote)) untouched_->book.reprice(id, [](PortfolioId) {});
    }
  }
}

void DayBook::measure(DriftStory& story, ModelId model, const rules::Regime& regime, Money nav,
                      const Money* exposure, DurationNs since) const {
  if (nav.raw() <= 0) return;
  const rules::Policy& policy = policies_[model.index()].policy;
  bool beyond = false;
  for (std::size_t s = 1; s < regime.edges.size(); ++s) {
    if (!regime.edges[s].banded) continue;
    beyond = beyond || outside(exposure[s], nav, regime.edges[s]);
    const Ratio drift = distance(exposure[s], nav, regime.targets[s]);
    if (drift > story.drift_max) {
      story.drift_max = drift;
      story.sleeve_worst = policy.path(SleeveId::of(s));
    }
  }
  story.watched += since;
  if (beyond) story.outside += since;
}

void DayBook::look(const DeskSnapshot& snapshot) {
  if (!in_regular_hours(snapshot) || snapshot.ts == last_ts_) return;
  if (first_ts_ == 0) first_ts_ = snapshot.ts;
  last_ts_ = snapshot.ts;
  note_marks(snapshot);
  reprice_untouched(snapshot);
  const Book& untouched = untouched_->book;
  for (std::uint32_t p = 0; p < tracked_.size(); ++p) {
    const PortfolioSnapshot& portfolio = snapshot.portfolios[p];
    Tracked& tracked = tracked_[p];
    tracked.cash_negative = tracked.cash_negative || portfolio.cash_negative;
    const PortfolioId id{p};
    if (portfolio.unvalued_lines > 0 || untouched.unvalued_lines(id) > 0) continue;
    const DurationNs since = tracked.last_look == 0 ? 0 : snapshot.ts - tracked.last_look;
    tracked.last_look = snapshot.ts;
    const ModelId model = untouched.model_id(id);
    const rules::Regime& now = regime(model, snapshot);
    measure(tracked.kept, model, now, portfolio.nav, &snapshot.exposure[portfolio.first_sleeve],
            since);
    std::vector<Money> exposure(now.edges.size());
    for (std::size_t s = 0; s < exposure.size(); ++s) {
      exposure[s] = untouched.exposure(id, SleeveId::of(s));
    }
    measure(tracked.untouched, model, now, untouched.nav(id), exposure.data(), since);
  }
}

// --- telling ---

std::vector<PortfolioView> DayBook::portfolio_views(const DeskSnapshot& snapshot) const {
  std::vector<PortfolioView> views;
  const Book& book = untouched_->book;
  for (std::uint32_t p = 0; p < snapshot.portfolios.size(); ++p) {
    const PortfolioSnapshot& portfolio = snapshot.portfolios[p];
    const PortfolioId id{p};
    const ModelId model_id = book.model_id(id);
    const Model& model = book.model(model_id);
    const rules::Regime& now = regime(model_id, snapshot);
    PortfolioView view;
    view.name = book.name(id);
    view.policy = names_.policy(model_id);
    view.currency = names_.base_currency(id);
    view.nav = portfolio.nav;
    view.nav_start = portfolio.nav_start;
    view.open_orders = portfolio.open_orders;
    bool breached = false;
    for (std::size_t s = 1; s < model.sleeves.size(); ++s) {
      SleeveView sleeve;
      sleeve.name = model.sleeves[s].name.view();
      sleeve.depth = depth_of(model, SleeveId::of(s));
      const Money exposure = snapshot.exposure[portfolio.first_sleeve + s];
      const Money projected = snapshot.projected[portfolio.first_sleeve + s];
      sleeve.weight = ratio_of(exposure, portfolio.nav);
      sleeve.projected = ratio_of(projected, portfolio.nav);
      sleeve.banded = now.edges[s].banded;
      sleeve.target = now.targets[s];
      sleeve.low = now.edges[s].low;
      sleeve.high = now.edges[s].high;
      sleeve.breached = outside(exposure, portfolio.nav, now.edges[s]);
      breached = breached || sleeve.breached;
      view.sleeves.push_back(std::move(sleeve));
    }
    view.status = portfolio.halted != AlertCode::kNone || snapshot.halted != AlertCode::kNone
                      ? PortfolioStatus::kHalted
                  : portfolio.nav_start.is_zero() ? PortfolioStatus::kWaiting
                  : portfolio.open_orders > 0     ? PortfolioStatus::kWorking
                  : portfolio.suspended           ? PortfolioStatus::kSuspended
                  : breached                      ? PortfolioStatus::kBreached
                                                  : PortfolioStatus::kOk;
    views.push_back(std::move(view));
  }
  return views;
}

std::vector<PortfolioStory> DayBook::portfolios(const DeskSnapshot& snapshot,
                                                const Book& book) const {
  std::vector<PortfolioStory> stories;
  const std::vector<PortfolioView> views = portfolio_views(snapshot);
  for (std::uint32_t p = 0; p < views.size(); ++p) {
    const PortfolioId id{p};
    const Tracked& tracked = tracked_[p];
    const PortfolioView& view = views[p];
    PortfolioStory story;
    story.name = view.name;
    story.policy = view.policy;
    story.currency = view.currency;
    story.nav_start = view.nav_start;
    story.nav_end = view.nav;
    story.nav_untouched = untouched_->book.nav(id);
    story.kept = tracked.kept;
    story.untouched = tracked.untouched;
    for (const SleeveView& sleeve : view.sleeves) {
      story.sleeves.push_back({sleeve.name, sleeve.depth, sleeve.weight, sleeve.target, sleeve.low,
                               sleeve.high, sleeve.banded, !sleeve.breached});
    }
    story.orders = tracked.orders;
    story.fills = tracked.fills;
    story.traded = tracked.traded;
    story.cost = tracked.cost;
    story.halted = snapshot.portfolios[p].halted;
    story.audited = book.audit(id);
    story.cash_negative = tracked.cash_negative || snapshot.portfolios[p].cash_negative;
    stories.push_back(std::move(story));
  }
  return stories;
}

std::vector<InstrumentStory> DayBook::instruments() const {
  std::vector<InstrumentStory> told;
  for (const InstrumentStory& story : marks_) {
    if (!story.symbol.empty()) told.push_back(story);
  }
  return told;
}

}  // namespace evenkeel::apps
