#include "rules/rule_set.hpp"

#include <algorithm>
#include <utility>

namespace evenkeel::rules {
namespace {

constexpr DurationNs kBackOffFirst = kSecond;
constexpr DurationNs kBackOffMax = kMinute;
/// Second steps of an episode come at most this often, and so many.
constexpr DurationNs kStepPause = kSecond;
constexpr std::uint32_t kStepsMax = 64;
/// A suspension so soon after the last one's end is told only if it lasts until then.
constexpr DurationNs kSuspensionPause = 10 * kSecond;
/// When the buffer of an event was full.
constexpr DurationNs kRetry = kMillisecond;

std::size_t line_count(const Book& book) {
  std::size_t count = 0;
  for (std::uint32_t p = 0; p < book.portfolio_count(); ++p)
    count += book.lines(PortfolioId{p}).size();
  return count;
}

}  // namespace

struct RuleSet::Subject {
  const View& view;
  PortfolioId id;
  const CompiledPolicy& compiled;
  const Watch& watch;
  const Regime& regime;
  State& state;
  ProposalBuffer& out;
  Picture& picture;

  std::size_t first_currency() const { return id.index() * view.instruments.currency_count(); }
};

RuleSet::RuleSet(const InstrumentTable& instruments, const Book& book, std::vector<Policy> policies)
    : instruments_(instruments),
      watches_(policies.size()),
      followers_(policies.size()),
      states_(book.portfolio_count()),
      reserve_(std::size_t{book.portfolio_count()} * instruments.currency_count()),
      reserve_pending_(reserve_.size()),
      paid_up_to_(line_count(book)),
      timers_(book.portfolio_count()),
      cash_(instruments.currency_count()) {
  for (Policy& policy : policies) compiled_.emplace_back(std::move(policy));
  for (std::size_t i = 0; i < compiled_.size(); ++i) {
    if (const auto& trigger = compiled_[i].policy.volatility)
      watches_[i].estimator.emplace_back(trigger->settings, trigger->instruments.size());
    trades_in_.emplace_back(instruments.size(), false);
    for (const Unit& unit : compiled_[i].units) {
      if (!unit.tradable) continue;
      for (const InstrumentId id : unit.instruments) trades_in_[i][id.index()] = true;
    }
  }
  for (std::uint32_t p = 0; p < book.portfolio_count(); ++p) {
    const std::size_t model = book.model_id(PortfolioId{p}).index();
    EVENKEEL_CHECK(model < compiled_.size());
    followers_[model].push_back(p);
  }
  lines_.reserve(kTradesMax);
}

std::optional<Ratio> RuleSet::volatility(ModelId model) const {
  const Watch& watch = watches_[model.index()];
  if (watch.estimator.empty()) return std::nullopt;
  return watch.estimator.front().annual();
}

RuleStanding RuleSet::standing(const Book& book, PortfolioId portfolio) const {
  const State& state = states_[portfolio.index()];
  const Policy& policy = compiled_[book.model_id(portfolio).index()].policy;
  RuleStanding standing;
  standing.breached = state.breached;
  if (state.breached) {
    standing.breached_since = state.breached_since;
    standing.ripe_at = state.breached_since + policy.hold_for;
  }
  standing.not_before = state.not_before;
  standing.back_off = state.back_off;
  standing.suspended = state.suspended;
  standing.in_episode = state.active;
  if (state.active) standing.step_not_before = state.step_not_before;
  standing.wakes_at = timers_.deadline(portfolio.value);
  standing.told = state.told_code;
  return standing;
}

InstrumentId RuleSet::unsound_price(const View& view, PortfolioId portfolio) const {
  InstrumentId bad;
  prices_sound(view, portfolio, bad);
  return bad;
}

// --- Events ----------------------------------------------------------------------------------

void RuleSet::observe(const View& view, const Event& event, ProposalBuffer& out) {
  watch_volatility(view, event, out);
  take_deadlines(view, out);
}

void RuleSet::watch_volatility(const View& view, const Event& event, ProposalBuffer& out) {
  for (std::size_t m = 0; m < watches_.size(); ++m) {
    Watch& watch = watches_[m];
    if (watch.estimator.empty()) continue;
    VolatilityEstimator& estimator = watch.estimator.front();
    const bool sampled = estimator.advance(event.ts);
    const auto& watched = compiled_[m].policy.volatility->instruments;
    const bool one = event.type == EventType::kQuote && !view.market.phase_moved_by(event);
    if (event.type == EventType::kQuote || event.type == EventType::kInstrumentStatus ||
        event.type == EventType::kFeedGap || event.type == EventType::kFeedStatus ||
        event.type == EventType::kVenueSession) {
      for (std::size_t i = 0; i < watched.size(); ++i) {
        if (one && watched[i].value != event.subject) continue;
        estimator.see(i, view.market.mark(watched[i]), !any(view.market.soundness(watched[i])));
      }
    }
    if (!sampled || !change_regime(m)) continue;
    for (const std::uint32_t p : followers_[m]) evaluate(view, PortfolioId{p}, out);
  }
}

/// True when other targets hold from now on.
bool RuleSet::change_regime(std::size_t model) {
  Watch& watch = watches_[model];
  const auto measured = watch.estimator.front().annual();
  if (!measured) return false;
  watch.measured = *measured;
  const VolatilityTrigger& trigger = *compiled_[model].policy.volatility;
  const bool high = watch.high ? *measured >= trigger.until_below : *measured > trigger.when_above;
  if (high == watch.high) return false;
  watch.high = high;
  ++counters_.regime_changes;
  return true;
}

void RuleSet::take_deadlines(const View& view, ProposalBuffer& out) {
  // Whoever is evaluated sets its next deadline later than now, so this ends.
  while (timers_.due(view.now)) evaluate(view, PortfolioId{timers_.pop()}, out);
}

void RuleSet::wake(const Subject& subject, TimeNs at) {
  timers_.set_earlier(subject.id.value, std::max(at, subject.view.now + 1));
}

void RuleSet::evaluate(const View& view, PortfolioId portfolio, ProposalBuffer& out) {
  const std::size_t model = view.book.model_id(portfolio).index();
  const Watch& watch = watches_[model];
  const CompiledPolicy& compiled = compiled_[model];
  Subject subject{view,
                  portfolio,
                  compiled,
                  watch,
                  compiled.regimes[watch.high ? 1 : 0],
                  states_[portfolio.index()],
                  out,
                  picture_};
  State& state = subject.state;
  if (state.pending) return;
  if (view.book.unvalued_lines(portfolio) != 0 || view.book.nav(portfolio).raw() <= 0)
    return not_measurable(subject);
  const bool breached = measure(subject);
  if (state.active && !continue_episode(subject)) return;
  if (breached) {
    breach(subject);
  } else {
    calm(subject);
  }
}

// --- Measuring -------------------------------------------------------------------------------

/// Fills the picture. True when a band is breached.
bool RuleSet::measure(Subject& subject) const {
  Picture& picture = subject.picture;
  picture.high = picture.low = 0;
  picture.nav = subject.view.book.nav(subject.id);
  const bool inclusive = subject.compiled.policy.edge_inclusive;
  for (std::size_t s = 0; s < subject.regime.edges.size(); ++s) {
    const Money weight = subject.view.book.projected(subject.id, SleeveId::of(s));
    picture.weight[s] = weight;
    const Edges& edges = subject.regime.edges[s];
    if (!edges.banded || s == 0) continue;
    const auto up = compare_weight(weight, picture.nav, edges.high);
    const auto down = compare_weight(weight, picture.nav, edges.low);
    if (up > 0 || (inclusive && up == 0)) picture.high |= bit_of(s);
    if (down < 0 || (inclusive && down == 0)) picture.low |= bit_of(s);
  }
  return (picture.high | picture.low) != 0;
}

/// The sleeve farthest beyond its edge, and why it counts.
Cause RuleSet::cause_of(const Subject& subject) const {
  const Picture& picture = subject.picture;
  Int128 worst = -1;
  Cause cause;
  cause.model = subject.view.book.model_id(subject.id);
  cause.nav = picture.nav;
  for (std::size_t s = 1; s < subject.regime.edges.size(); ++s) {
    const bool high = (picture.high & bit_of(s)) != 0;
    if (!high && (picture.low & bit_of(s)) == 0) continue;
    const Edges& edges = subject.regime.edges[s];
    const Ratio edge = high ? edges.high : edges.low;
    const Int128 beyond = static_cast<Int128>(picture.weight[s].raw()) * Ratio::kScale -
                          static_cast<Int128>(edge.raw()) * picture.nav.raw();
    const Int128 distance = high ? beyond : -beyond;
    if (distance <= worst) continue;
    worst = distance;
    cause.sleeve = SleeveId::of(s);
    cause.trigger = high ? edges.high_trigger : edges.low_trigger;
    cause.measured = ratio_of(picture.weight[s], picture.nav);
    cause.threshold = edge;
    cause.target = subject.regime.targets[s];
  }
  if (subject.watch.high != subject.state.regime_seen && subject.compiled.policy.volatility) {
    const VolatilityTrigger& trigger = *subject.compiled.policy.volatility;
    cause.trigger = Trigger::kVolatility;
    cause.measured = subject.watch.measured;
    cause.threshold = subject.watch.high ? trigger.when_above : trigger.until_below;
  }
  return cause;
}

/// Whether every price that the portfolio's value rests on, or that its policy would trade at, may
/// be acted on.
bool RuleSet::prices_sound(const Subject& subject, InstrumentId& bad) const {
  return prices_sound(subject.view, subject.id, bad);
}

bool RuleSet::prices_sound(const View& view, PortfolioId portfolio, InstrumentId& bad) const {
  const auto& traded = trades_in_[view.book.model_id(portfolio).index()];
  for (const Line& line : view.book.lines(portfolio)) {
    const bool empty =
        line.quantity.is_zero() && line.projected_quantity().is_zero() && line.cost.is_zero();
    if (empty && !traded[line.instrument.index()]) continue;
    const FxLink& link = view.book.fx(portfolio, view.instruments[line.instrument].currency);
    const bool line_bad = any(view.market.soundness(line.instrument));
    if (!line_bad && !(link.pair.valid() && any(view.market.soundness(link.pair)))) continue;
    bad = line_bad ? line.instrument : link.pair;
    return false;
  }
  return true;
}

void RuleSet::not_measurable(Subject& subject) {
  State& state = subject.state;
  subject.picture.nav = subject.view.book.nav(subject.id);
  InstrumentId bad;
  // Before the first quotes there is nothing to tell; a loss or an overflow on good prices is.
  if (!prices_sound(subject, bad)) return;
  const AlertCode code = subject.view.book.unvalued_lines(subject.id) != 0
                             ? AlertCode::kOverflow
                             : AlertCode::kNavNotPositive;
  if (state.told_code == code) return;
  Cause cause;
  cause.model = subject.view.book.model_id(subject.id);
  cause.nav = subject.picture.nav;
  if (alert(subject, code, Trigger::kMarketState, cause)) {
    state.told_code = code;
    state.told = 0;
  }
}

// --- Calm, breached, suspended ---------------------------------------------------------------

void RuleSet::calm(Subject& subject) {
  State& state = subject.state;
  if (state.breached) {
    state.breached = false;
    timers_.clear(subject.id.value);
  }
  state.regime_seen = subject.watch.high;
  if (state.suspended) {
    InstrumentId bad;
    if (prices_sound(subject, bad)) resume(subject);
  }
  if (state.told_code == AlertCode::kNone) return;
  // Told again only after the weight has been clearly inside: nine tenths of the band.
  for (std::size_t s = 1; s < subject.regime.edges.size(); ++s) {
    if ((state.told & bit_of(s)) == 0) continue;
    const Ratio target = subject.regime.targets[s];
    const auto inner = [target](Ratio edge) {
      return target + Ratio::from_raw((edge - target).raw() / 10 * 9);
    };
    const Edges& edges = subject.regime.edges[s];
    const Money weight = subject.picture.weight[s];
    if (compare_weight(weight, subject.picture.nav, inner(edges.high)) < 0 &&
        compare_weight(weight, subject.picture.nav, inner(edges.low)) > 0)
      state.told &= ~bit_of(s);
  }
  if (state.told == 0) state.told_code = AlertCode::kNone;
}

void RuleSet::breach(Subject& subject) {
  State& state = subject.state;
  const TimeNs now = subject.view.now;
  if (!state.breached) {
    state.breached = true;
    state.breached_since = now;
    ++counters_.breaches;
  }
  const TimeNs ripe = state.breached_since + subject.compiled.policy.hold_for;
  if (now < ripe) return wake(subject, ripe);
  InstrumentId bad;
  if (!prices_sound(subject, bad)) return suspend(subject, bad);
  if (state.suspended) resume(subject);
  if (subject.compiled.policy.action == Action::kMonitor) return monitor(subject);
  if (now < state.not_before) return wake(subject, state.not_before);
  act(subject);
}

void RuleSet::monitor(Subject& subject) {
  State& state = subject.state;
  if (state.told_code != AlertCode::kBandBreached) state.told = 0;
  const SleeveMask high = subject.picture.high, low = subject.picture.low;
  const SleeveMask fresh = (high | low) & ~state.told;
  for (std::size_t s = 1; s < subject.regime.edges.size(); ++s) {
    if ((fresh & bit_of(s)) == 0) continue;
    subject.picture.high = high & bit_of(s);
    subject.picture.low = low & bit_of(s);
    const Cause cause = cause_of(subject);
    if (!alert(subject, AlertCode::kBandBreached, cause.trigger, cause)) return;
    state.told |= bit_of(s);
    state.told_code = AlertCode::kBandBreached;
  }
  state.regime_seen = subject.watch.high;
}

void RuleSet::suspend(Subject& subject, InstrumentId bad) {
  State& state = subject.state;
  if (state.suspended) return;
  const TimeNs allowed = state.resumed_at == 0 ? 0 : state.resumed_at + kSuspensionPause;
  if (subject.view.now < allowed) return wake(subject, allowed);
  if (!alert(subject, AlertCode::kSuspended, Trigger::kMarketState, cause_of(subject), bad)) return;
  state.suspended = true;
  ++counters_.suspensions;
}

void RuleSet::resume(Subject& subject) {
  State& state = subject.state;
  Cause cause = cause_of(subject);
  if (!alert(subject, AlertCode::kResumed, Trigger::kMarketState, cause)) return;
  state.suspended = false;
  state.resumed_at = subject.view.now;
}

bool RuleSet::alert(Subject& subject, AlertCode code, Trigger trigger, Cause cause,
                    InstrumentId instrument) {
  cause.trigger = trigger;
  Proposal proposal{.portfolio = subject.id, .cause = cause, .alert = code};
  const ProposalLine line{instrument, {}, {}};
  const std::size_t lines = instrument.valid() ? 1 : 0;
  if (subject.out.add(proposal, {&line, lines})) return true;
  wake(subject, subject.view.now + kRetry);
  return false;
}

void RuleSet::incurable(Subject& subject) {
  State& state = subject.state;
  const SleeveMask all = subject.picture.high | subject.picture.low;
  if (state.told_code == AlertCode::kIncurable && (all & ~state.told) == 0) return;
  if (!alert(subject, AlertCode::kIncurable, Trigger::kSizing, cause_of(subject))) return;
  if (state.told_code != AlertCode::kIncurable) state.told = 0;
  state.told |= all;
  state.told_code = AlertCode::kIncurable;
  ++counters_.incurable;
}

// --- Acting ----------------------------------------------------------------------------------

void RuleSet::act(Subject& subject) {
  Money planned;
  if (!size(subject, planned)) return;
  Cause cause = cause_of(subject);
  cause.proposal = last_proposal_ + 1;
  propose(subject, cause, planned);
}

/// Fills `trades_`. False when there is nothing to propose; that has then been told. `planned`
/// receives what is to be bought altogether.
bool RuleSet::size(Subject& subject, Money& planned) {
  const CompiledPolicy& compiled = subject.compiled;
  trades_.count = 0;
  trades_.unsound = false;
  const Changes changes = plan_changes(compiled, subject.regime, subject.picture, false, Money{});
  for (std::size_t u = 0; u < compiled.units.size(); ++u) {
    if (changes[u].raw() > 0) planned += changes[u];
  }
  if (compiled.policy.action == Action::kFuturesOverlay) {
    size_overlay(compiled, subject.regime, subject.view, subject.id, subject.picture, changes,
                 trades_);
  } else {
    size_sales(compiled, subject.regime, subject.view, subject.id, subject.picture, changes,
               trades_);
    Money wanted;
    if (!trades_.unsound && trades_.count == 0) {
      fill_cash(subject);
      size_purchases(compiled, subject.regime, subject.view, subject.id, subject.picture, changes,
                     cash_, trades_, wanted);
    }
  }
  if (trades_.unsound) {
    suspend(subject, trades_.unsound_instrument);
    return false;
  }
  if (trades_.count == 0 || !betters(subject, changes)) {
    incurable(subject);
    return false;
  }
  return true;
}

/// Whether the plan does something for a breached sleeve, and not only around it.
bool RuleSet::betters(const Subject& subject, const Changes& changes) const {
  const Picture& picture = subject.picture;
  const SleeveMask cash = bit_of(subject.compiled.policy.cash_sleeve.index());
  if (((picture.high | picture.low) & cash) != 0) return true;
  const auto helps = [&](const Unit& unit, bool up) {
    return ((up ? picture.low : picture.high) & unit.line_of_descent) != 0;
  };
  for (const Trade& trade : trades_.all()) {
    if (helps(subject.compiled.units[trade.unit], trade.quantity.raw() > 0)) return true;
  }
  // Sales that make room: the purchase they are for has to be one that can be made.
  if (subject.compiled.policy.action != Action::kCash) return false;
  const auto minimum =
      resolve(subject.compiled.policy.minimum_trade, subject.view.book, subject.id, picture.nav);
  for (std::size_t u = 0; u < subject.compiled.units.size(); ++u) {
    const Unit& unit = subject.compiled.units[u];
    if (changes[u].raw() <= 0 || !helps(unit, true) || !minimum || changes[u] < *minimum) continue;
    for (const InstrumentId id : unit.instruments) {
      const Instrument& instrument = instruments_[id];
      const auto lot =
          notional(subject.view.market.mark(id), instrument.lot, instrument.multiplier);
      const auto base =
          lot ? subject.view.book.to_base(subject.id, instrument.currency, *lot) : lot;
      if (base && *base <= changes[u]) return true;
    }
  }
  return false;
}

/// Proposes `trades_` under `cause`; pending until the order desk has answered.
void RuleSet::propose(Subject& subject, Cause cause, Money planned) {
  lines_.clear();
  for (const Trade& trade : trades_.all())
    lines_.push_back({trade.instrument, trade.quantity, trade.reference});
  const Proposal proposal{.portfolio = subject.id, .cause = cause};
  if (!subject.out.add(proposal, lines_)) return wake(subject, subject.view.now + kRetry);
  State& state = subject.state;
  state.pending = true;
  state.pending_planned = planned;
  state.pending_bought = Money{};
  state.pending_sold = 0;
  for (const Trade& trade : trades_.all()) {
    if (trade.quantity.raw() > 0) {
      state.pending_bought += trade.value;
    } else {
      state.pending_sold |= bit_of(trade.unit);
    }
  }
  hold_costs(subject);
  last_proposal_ = std::max(last_proposal_, cause.proposal);
  ++counters_.proposals;
  if (cause.trigger == Trigger::kCompletion) ++counters_.completions;
}

/// What the trades in `trades_` will cost, by currency, and up to which price purchases may go.
void RuleSet::hold_costs(const Subject& subject) {
  const View& view = subject.view;
  const Policy& policy = subject.compiled.policy;
  const std::size_t first = subject.first_currency();
  std::fill_n(reserve_pending_.begin() + static_cast<std::ptrdiff_t>(first), cash_.size(), Money{});
  for (const Trade& trade : trades_.all()) {
    const Instrument& instrument = instruments_[trade.instrument];
    Price price = trade.reference;
    if (trade.quantity.raw() > 0) {
      price = funding_price(view, trade.instrument, policy.reach);
      const Line& line = *view.book.line(subject.id, trade.instrument);
      Price& paid = paid_up_to(view, line);
      paid = line.working_buy.raw() > 0 ? std::max(paid, price) : price;
    }
    const auto local = notional(price, trade.quantity.abs(), instrument.multiplier);
    if (local)
      reserve_pending_[first + instrument.currency.index()] += cost_of(*local, policy.trading_cost);
  }
}

void RuleSet::on_submitted(const View& view, const Proposal& proposal, const SubmitResult& result) {
  if (proposal.alert != AlertCode::kNone) return;
  State& state = states_[proposal.portfolio.index()];
  state.pending = false;
  if (result.accepted) {
    accepted(view, proposal);
  } else {
    refused(view, proposal);
  }
}

void RuleSet::refused(const View& view, const Proposal& proposal) {
  State& state = states_[proposal.portfolio.index()];
  ++counters_.refused;
  state.back_off = state.back_off == 0 ? kBackOffFirst : std::min(kBackOffMax, 2 * state.back_off);
  const TimeNs again = view.now + state.back_off;
  state.not_before = std::max(state.not_before, again);
  state.step_not_before = again;
  timers_.set_earlier(proposal.portfolio.value, again);
}

void RuleSet::accepted(const View& view, const Proposal& proposal) {
  State& state = states_[proposal.portfolio.index()];
  const std::size_t model = view.book.model_id(proposal.portfolio).index();
  const Policy& policy = compiled_[model].policy;
  const bool step = proposal.cause.trigger == Trigger::kCompletion;
  state.back_off = 0;
  state.regime_seen = watches_[model].high;
  state.told = 0;
  state.told_code = AlertCode::kNone;
  if (!step) state.not_before = view.now + policy.cool_down;
  // Half the way may leave a breach standing; it is looked at again though no price moves.
  timers_.set_earlier(proposal.portfolio.value, state.not_before);
  if (policy.action != Action::kCash) return;
  state.sold |= state.pending_sold;
  if (!step) {
    state.steps = 0;
    state.cause = proposal.cause;
    state.to_place = state.pending_planned;
  }
  state.active = true;
  state.to_place = std::max(Money{}, state.to_place - state.pending_bought);
  state.step_not_before = step ? view.now + kStepPause : view.now;
  ++state.steps;
  const std::size_t first = proposal.portfolio.index() * cash_.size();
  for (std::size_t c = 0; c < cash_.size(); ++c) reserve_[first + c] += reserve_pending_[first + c];
}

// --- Episodes: purchases from what the sales brought in --------------------------------------

/// One look at a running episode. True when the portfolio may be judged afresh: the episode is
/// over, or a sleeve has grown beyond its band in spite of it.
bool RuleSet::continue_episode(Subject& subject) {
  State& state = subject.state;
  InstrumentId bad;
  if (!prices_sound(subject, bad)) {
    if ((subject.picture.high | subject.picture.low) != 0) suspend(subject, bad);
    return false;
  }
  if (state.suspended) resume(subject);
  // Sales count as cash at once; that cash waits for its purchases and is no breach.
  const SleeveMask cash = bit_of(subject.compiled.policy.cash_sleeve.index());
  if ((subject.picture.high & ~cash) != 0) return true;
  if (subject.view.now < state.step_not_before) {
    wake(subject, state.step_not_before);
    return false;
  }
  bool sells = false;
  const bool works = works_anything(subject, sells);
  if (state.steps < kStepsMax && buy_step(subject, sells)) return false;
  if (works) return false;
  end_episode(subject);
  return true;
}

/// Proposes purchases when they are worth a step: everything is sold, or half of what is wanted can
/// be paid.
bool RuleSet::buy_step(Subject& subject, bool sells) {
  Changes changes =
      plan_changes(subject.compiled, subject.regime, subject.picture, true, subject.state.to_place);
  // Sales round up to whole lots; buying the difference back would be a trade for nothing.
  for (std::size_t u = 0; u < subject.compiled.units.size(); ++u) {
    if ((subject.state.sold & bit_of(u)) != 0) changes[u] = Money{};
  }
  trades_.count = 0;
  trades_.unsound = false;
  Money wanted, affordable;
  fill_cash(subject);
  size_purchases(subject.compiled, subject.regime, subject.view, subject.id, subject.picture,
                 changes, cash_, trades_, wanted);
  for (const Trade& trade : trades_.all()) affordable += trade.value;
  if (trades_.unsound || trades_.count == 0) return false;
  if (sells && affordable + affordable < wanted) return false;
  Cause cause = subject.state.cause;
  cause.trigger = Trigger::kCompletion;
  cause.nav = subject.picture.nav;
  propose(subject, cause, Money{});
  return true;
}

void RuleSet::end_episode(Subject& subject) {
  subject.state.active = false;
  subject.state.to_place = Money{};
  subject.state.sold = 0;
  std::fill_n(reserve_.begin() + static_cast<std::ptrdiff_t>(subject.first_currency()),
              cash_.size(), Money{});
}

bool RuleSet::works_anything(const Subject& subject, bool& sells) const {
  bool buys = false;
  for (const Line& line : subject.view.book.lines(subject.id)) {
    sells = sells || line.working_sell.raw() > 0;
    buys = buys || line.working_buy.raw() > 0;
  }
  return buys || sells;
}

/// What may be spent, by currency: what is in the account, less what working purchases may take,
/// the costs of this episode's sales, and the buffer.
void RuleSet::fill_cash(const Subject& subject) {
  const View& view = subject.view;
  const Policy& policy = subject.compiled.policy;
  const std::size_t first = subject.first_currency();
  for (std::size_t c = 0; c < cash_.size(); ++c) cash_[c] = -reserve_[first + c];
  for (const Line& line : view.book.lines(subject.id)) {
    const Instrument& instrument = instruments_[line.instrument];
    Money& cash = cash_[instrument.currency.index()];
    if (instrument.is_cash()) {
      cash += Money::from_raw(line.quantity.raw() / (Quantity::kScale / Money::kScale));
    } else if (line.working_buy.raw() > 0 && !instrument.is_future()) {
      const Price price =
          std::max(paid_up_to(view, line), funding_price(view, line.instrument, policy.reach));
      const auto open = notional(price, line.working_buy, instrument.multiplier);
      const Money taken = open.value_or(Money::from_raw(kMaxLocalRaw));
      cash = cash - taken;
    }
  }
  const auto buffer = resolve(policy.cash_buffer, view.book, subject.id, subject.picture.nav);
  Money& base = cash_[view.book.base(subject.id).index()];
  base = base - buffer.value_or(Money::from_raw(kMaxLocalRaw));
}

}  // namespace evenkeel::rules
