#include "rules/sizing.hpp"

#include <algorithm>
#include <utility>

namespace evenkeel::rules {
namespace {

constexpr std::int64_t kLotsMax = 1'000'000'000;

SleeveMask descent_of(const Policy& policy, std::size_t sleeve) {
  SleeveMask mask = 0;
  for (SleeveId s = SleeveId::of(sleeve); s.valid() && s != kRootSleeve;
       s = policy.sleeves[s.index()].parent)
    mask |= bit_of(s.index());
  return mask;
}

std::size_t top_of(const Policy& policy, std::size_t sleeve) {
  while (policy.sleeves[sleeve].parent.valid() && policy.sleeves[sleeve].parent != kRootSleeve)
    sleeve = policy.sleeves[sleeve].parent.index();
  return sleeve;
}

bool below_a_hedge(const Policy& policy, std::size_t sleeve) {
  for (SleeveId s = policy.sleeves[sleeve].parent; s.valid();
       s = policy.sleeves[s.index()].parent) {
    if (!policy.sleeves[s.index()].hedge.empty()) return true;
  }
  return false;
}

Money min_of(Money a, Money b) { return a < b ? a : b; }
Money positive(Money a) { return a.raw() > 0 ? a : Money{}; }

}  // namespace

Money scale(Money amount, Money numerator, Money denominator) {
  if (denominator.is_zero()) return {};
  const Int128 sign = denominator.raw() < 0 ? -1 : 1;
  const Int128 value = divide_rounded(sign * static_cast<Int128>(amount.raw()) * numerator.raw(),
                                      sign * static_cast<Int128>(denominator.raw()));
  return narrow<Money>(value, INT64_MAX).value_or(Money{});
}

Money cost_of(Money amount, Ratio cost) {
  const Int128 product = static_cast<Int128>(amount.raw()) * cost.raw();
  return Money::from_raw(static_cast<std::int64_t>((product + Ratio::kScale - 1) / Ratio::kScale));
}

CompiledPolicy::CompiledPolicy(Policy p) : policy(std::move(p)), regimes{} {
  const bool overlay = policy.action == Action::kFuturesOverlay;
  for (std::size_t i = 1; i < policy.sleeves.size(); ++i) {
    const PolicySleeve& sleeve = policy.sleeves[i];
    const bool hedged = overlay && !sleeve.hedge.empty();
    const bool is_unit = hedged || (sleeve.is_leaf && !(overlay && below_a_hedge(policy, i)));
    if (!is_unit) continue;
    Unit unit;
    unit.sleeve = SleeveId::of(i);
    unit.line_of_descent = descent_of(policy, i);
    unit.top = static_cast<std::uint16_t>(top_of(policy, i));
    unit.is_cash = unit.sleeve == policy.cash_sleeve;
    unit.instruments = overlay ? sleeve.hedge : sleeve.traded;
    if (!overlay) unit.weights = sleeve.weights;
    // Contracts stand in for a sleeve whether or not what it holds can be traded.
    unit.tradable = !unit.is_cash && !unit.instruments.empty() && (overlay || sleeve.tradable) &&
                    policy.action != Action::kMonitor;
    if (unit.is_cash) cash_unit = units.size();
    units.push_back(std::move(unit));
  }
  for (std::size_t r = 0; r < regimes.size(); ++r) {
    for (std::size_t i = 0; i < policy.sleeves.size(); ++i) {
      const Ratio target =
          r == 1 && policy.volatility ? policy.volatility->targets[i] : policy.sleeves[i].target;
      regimes[r].targets.push_back(target);
      regimes[r].edges.push_back(edges_around(target, policy.sleeves[i].band));
    }
  }
}

std::optional<Money> resolve(const Threshold& threshold, const Book& book, PortfolioId portfolio,
                             Money nav) {
  if (!threshold.currency.valid()) return fraction(nav, threshold.of_nav);
  return book.to_base(portfolio, threshold.currency, threshold.money);
}

Price funding_price(const View& view, InstrumentId instrument, Ratio reach) {
  const Quotation& quotation = view.market[instrument];
  const Instrument& definition = view.instruments[instrument];
  const Price now = definition.quoted ? std::max(quotation.ask, quotation.mark) : quotation.mark;
  if (reach.is_zero()) return now;
  const Int128 worst = static_cast<Int128>(now.raw()) * (Ratio::kScale + reach.raw());
  const Int128 step = static_cast<Int128>(definition.tick.raw()) * Ratio::kScale;
  const Int128 ticks = (worst + step - 1) / step;
  return narrow<Price>(ticks * definition.tick.raw(), INT64_MAX).value_or(Price::max());
}

// --- How far ---------------------------------------------------------------------------------

namespace {

/// Wishes of the units, and their sums: sources shrink, uses grow; `must` comes from breached
/// sleeves, `may` from the rest.
struct Wishes {
  Changes change{};
  std::array<bool, kSleevesMax> breached{};
  Money sources_must, sources_may, uses_must, uses_may;
};

/// Where a unit's target lies when proportions within a sleeve are kept.
Money target_of(const CompiledPolicy& compiled, const Regime& regime, const Picture& picture,
                const Unit& unit) {
  const Money own = fraction(picture.nav, regime.targets[unit.sleeve.index()]).value_or(Money{});
  if (!compiled.policy.in_proportion || unit.top == unit.sleeve.index()) return own;
  const Money top = picture.weight[unit.top];
  const Money here = picture.weight[unit.sleeve.index()];
  const SleeveMask inside = unit.line_of_descent & ~bit_of(unit.top);
  const bool inner_breach = ((picture.high | picture.low) & inside) != 0;
  if (inner_breach || top.raw() <= 0 || here.raw() < 0) return own;
  return scale(here, fraction(picture.nav, regime.targets[unit.top]).value_or(Money{}), top);
}

/// How much of `gap` a stop at part of the band undoes: enough for each breached sleeve above.
Money part_to_band(const CompiledPolicy& compiled, const Regime& regime, const Picture& picture,
                   const Unit& unit, Money gap) {
  Money most;
  for (std::size_t s = 1; s < compiled.policy.sleeves.size(); ++s) {
    if ((unit.line_of_descent & bit_of(s)) == 0) continue;
    const bool high = (picture.high & bit_of(s)) != 0;
    const bool low = (picture.low & bit_of(s)) != 0;
    if ((!high && !low) || (high && gap.raw() >= 0) || (low && gap.raw() <= 0)) continue;
    const Edges& edges = regime.edges[s];
    const Ratio target = regime.targets[s];
    const Ratio width = high ? edges.high - target : target - edges.low;
    const Money keep = fraction(fraction(picture.nav, width).value_or(Money{}),
                                compiled.policy.destination.fraction)
                           .value_or(Money{});
    const Money drift = (picture.weight[s] - fraction(picture.nav, target).value_or(Money{})).abs();
    const Money undone = scale(gap.abs(), positive(drift - keep), drift);
    if (undone > most) most = undone;
  }
  return gap.raw() < 0 ? -most : most;
}

Wishes collect_wishes(const CompiledPolicy& compiled, const Regime& regime,
                      const Picture& picture) {
  Wishes wishes;
  const Destination::Kind kind = compiled.policy.destination.kind;
  for (std::size_t u = 0; u < compiled.units.size(); ++u) {
    const Unit& unit = compiled.units[u];
    if (!unit.tradable && !unit.is_cash) continue;
    const Money gap =
        target_of(compiled, regime, picture, unit) - picture.weight[unit.sleeve.index()];
    const SleeveMask against = gap.raw() < 0 ? picture.high : picture.low;
    bool breached = (against & unit.line_of_descent) != 0;
    Money wish = gap;
    if (kind == Destination::Kind::kHalf) wish = Money::from_raw(gap.raw() / 2);
    if (kind == Destination::Kind::kBand && breached)
      wish = part_to_band(compiled, regime, picture, unit, gap);
    wishes.change[u] = wish;
    wishes.breached[u] = breached;
    Money& sum = wish.raw() < 0 ? (breached ? wishes.sources_must : wishes.sources_may)
                                : (breached ? wishes.uses_must : wishes.uses_may);
    sum += wish.abs();
  }
  return wishes;
}

/// Cuts the wishes of one kind so that they sum to `allowed`.
void cut(Wishes& wishes, std::size_t units, bool sources, bool breached, Money allowed, Money sum) {
  if (sum <= allowed) return;
  for (std::size_t u = 0; u < units; ++u) {
    const bool is_source = wishes.change[u].raw() < 0;
    if (wishes.change[u].is_zero() || is_source != sources || wishes.breached[u] != breached)
      continue;
    wishes.change[u] = scale(wishes.change[u], allowed, sum);
  }
}

/// Spare cash is used before anything is sold for room: takes from the tradable units first.
void cut_sources_may(Wishes& wishes, const CompiledPolicy& compiled, Money allowed) {
  const std::size_t c = compiled.cash_unit;
  const bool cash_is_source = wishes.change[c].raw() < 0 && !wishes.breached[c];
  const Money cash = cash_is_source ? wishes.change[c].abs() : Money{};
  const Money sold_sum = wishes.sources_may - cash;
  const Money cash_wish = wishes.change[c];
  cut(wishes, compiled.units.size(), true, false, positive(allowed - cash), sold_sum);
  wishes.change[c] = cash_wish;
}

/// The second step of an episode that does not go to its targets buys what the first one planned.
void limit_to_plan(Wishes& wishes, const CompiledPolicy& compiled, Money to_place) {
  const std::size_t units = compiled.units.size();
  cut(wishes, units, false, true, to_place, wishes.uses_must);
  cut(wishes, units, false, false, positive(to_place - wishes.uses_must), wishes.uses_may);
}

void balance(Wishes& wishes, const CompiledPolicy& compiled) {
  const std::size_t units = compiled.units.size();
  const Money sources = wishes.sources_must + wishes.sources_may;
  const Money uses = wishes.uses_must + wishes.uses_may;
  if (compiled.policy.destination.kind == Destination::Kind::kBand) {
    // The others only make room, or take what is left over.
    cut_sources_may(wishes, compiled, positive(wishes.uses_must - wishes.sources_must));
    cut(wishes, units, false, false, positive(wishes.sources_must - wishes.uses_must),
        wishes.uses_may);
    return;
  }
  if (uses > sources) {
    const Money missing = uses - sources;
    cut(wishes, units, false, false, positive(wishes.uses_may - missing), wishes.uses_may);
    // Contracts need no funding; shares do.
    if (compiled.policy.action == Action::kCash)
      cut(wishes, units, false, true, min_of(wishes.uses_must, sources), wishes.uses_must);
  } else if (sources > uses) {
    cut_sources_may(wishes, compiled, positive(uses - wishes.sources_must));
  }
}

}  // namespace

Changes plan_changes(const CompiledPolicy& compiled, const Regime& regime, const Picture& picture,
                     bool completing, Money to_place) {
  Wishes wishes = collect_wishes(compiled, regime, picture);
  if (completing && compiled.policy.destination.kind != Destination::Kind::kTarget) {
    limit_to_plan(wishes, compiled, to_place);
  } else {
    balance(wishes, compiled);
  }
  for (std::size_t u = 0; u < compiled.units.size(); ++u) {
    if (!compiled.units[u].tradable) wishes.change[u] = Money{};
  }
  return wishes.change;
}

// --- How many --------------------------------------------------------------------------------

namespace {

enum class Rounding : std::uint8_t { kDown, kNearest, kUp };

/// Values and rounds quantities of one instrument for one portfolio.
struct Pricing {
  const Instrument& instrument;
  const Book& book;
  PortfolioId portfolio;
  Price price;

  /// In base currency; nothing when there is no rate or it is too large.
  std::optional<Money> value(Quantity quantity) const {
    const auto local = notional(price, quantity, instrument.multiplier);
    if (!local) return std::nullopt;
    return book.to_base(portfolio, instrument.currency, *local);
  }
  std::optional<Money> local(Money base) const {
    const FxLink& link = book.fx(portfolio, instrument.currency);
    if (!link.pair.valid()) return base;
    const auto one = book.to_base(portfolio, instrument.currency, Money::from_whole(1'000'000));
    if (!one || one->raw() <= 0) return std::nullopt;
    return scale(base, Money::from_whole(1'000'000), *one);
  }
  /// |amount| (the instrument's currency) as whole lots.
  std::int64_t lots(Money amount, Rounding rounding) const {
    constexpr Int128 kMoneyToProduct = Int128{100'000'000'000} * Multiplier::kScale;
    Int128 one = static_cast<Int128>(price.raw()) * instrument.lot.raw();
    Int128 wanted = 0;
    if (one <= 0 ||
        __builtin_mul_overflow(one, static_cast<Int128>(instrument.multiplier.raw()), &one) ||
        __builtin_mul_overflow(static_cast<Int128>(amount.abs().raw()), kMoneyToProduct, &wanted))
      return 0;
    Int128 count = wanted / one;
    const Int128 rest = wanted % one;
    // A tie goes down: it would not come nearer.
    if (rounding == Rounding::kUp && rest > 0) ++count;
    if (rounding == Rounding::kNearest && rest > one - rest) ++count;
    return count > kLotsMax ? 0 : static_cast<std::int64_t>(count);
  }
  std::optional<Quantity> quantity(std::int64_t lots) const {
    std::int64_t raw = 0;
    if (__builtin_mul_overflow(lots, instrument.lot.raw(), &raw)) return std::nullopt;
    return Quantity::from_raw(raw);
  }
};

Pricing pricing(const View& view, PortfolioId portfolio, InstrumentId id) {
  return {view.instruments[id], view.book, portfolio, view.market.mark(id)};
}

/// Whether the unit's sleeve, moved by `change`, lies beyond the edge on the far side.
bool beyond_far_edge(const Regime& regime, const Picture& picture, const Unit& unit, Money change) {
  const Edges& edges = regime.edges[unit.sleeve.index()];
  if (!edges.banded) return false;
  const Money after = picture.weight[unit.sleeve.index()] + change;
  return change.raw() > 0 ? compare_weight(after, picture.nav, edges.high) > 0
                          : compare_weight(after, picture.nav, edges.low) < 0;
}

bool sound(const View& view, PortfolioId portfolio, InstrumentId id, Trades& out) {
  const FxLink& link = view.book.fx(portfolio, view.instruments[id].currency);
  const bool bad = any(view.market.soundness(id)) || view.market.mark(id).raw() <= 0 ||
                   !link.known || (link.pair.valid() && any(view.market.soundness(link.pair)));
  if (bad && !out.unsound) {
    out.unsound = true;
    out.unsound_instrument = id;
  }
  return !bad;
}

void add_trade(Trades& out, const Pricing& pricing, InstrumentId id, std::int64_t lots, bool buy,
               std::size_t unit) {
  const auto quantity = pricing.quantity(lots);
  if (lots <= 0 || !quantity || out.count == kTradesMax) return;
  const auto value = pricing.value(*quantity);
  if (!value) return;
  out.list[out.count++] = {id, buy ? *quantity : -*quantity, *value, pricing.price,
                           static_cast<std::uint16_t>(unit)};
}

bool rounds_up(const CompiledPolicy& compiled, const Picture& picture, const Unit& unit) {
  // Short of an edge would still be beyond it.
  return compiled.policy.destination.kind == Destination::Kind::kBand &&
         ((picture.high | picture.low) & unit.line_of_descent) != 0;
}

/// Whole contracts of one hedge unit.
void size_hedge(const CompiledPolicy& compiled, const Regime& regime, const View& view,
                PortfolioId portfolio, const Picture& picture, std::size_t u, Money change,
                Money minimum, Trades& out) {
  const Unit& unit = compiled.units[u];
  const bool buy = change.raw() > 0;
  Money left = change.abs(), done;
  for (std::size_t i = 0; i < unit.instruments.size() && left.raw() > 0; ++i) {
    const InstrumentId id = unit.instruments[i];
    const Pricing price = pricing(view, portfolio, id);
    const bool last = i + 1 == unit.instruments.size();
    const Rounding rounding = !last                                ? Rounding::kDown
                              : rounds_up(compiled, picture, unit) ? Rounding::kUp
                                                                   : Rounding::kNearest;
    const auto local = price.local(left);
    if (!local) return;
    const Money by_beta =
        scale(*local, Money::from_raw(Ratio::kScale), Money::from_raw(price.instrument.beta.raw()));
    std::int64_t lots = price.lots(by_beta, rounding);
    std::optional<Money> value;
    for (; lots > 0; --lots) {
      const auto quantity = price.quantity(lots);
      value = quantity ? price.value(*quantity) : std::nullopt;
      if (!value) return;
      const Money total = done + exposure_of(price.instrument, value).value_or(Money{});
      if (!beyond_far_edge(regime, picture, unit, buy ? total : -total)) break;
    }
    if (lots == 0 || *value < minimum) continue;
    add_trade(out, price, id, lots, buy, u);
    const Money moved = exposure_of(price.instrument, value).value_or(Money{});
    done += moved;
    left = left - moved;
  }
}

}  // namespace

void size_overlay(const CompiledPolicy& compiled, const Regime& regime, const View& view,
                  PortfolioId portfolio, const Picture& picture, const Changes& changes,
                  Trades& out) {
  const Money minimum =
      resolve(compiled.policy.minimum_trade, view.book, portfolio, picture.nav).value_or(Money{});
  for (std::size_t u = 0; u < compiled.units.size(); ++u) {
    if (changes[u].is_zero()) continue;
    for (const InstrumentId id : compiled.units[u].instruments) {
      if (!sound(view, portfolio, id, out)) return;
    }
    size_hedge(compiled, regime, view, portfolio, picture, u, changes[u], minimum, out);
  }
}

namespace {

/// One instrument's part in a unit's trade.
struct Part {
  std::int64_t weight = 0;  // relative
  std::int64_t lots_max = 0;
  std::int64_t lots = 0;
};
using Parts = std::array<Part, kTradedMax>;

/// Weights of the split: as stated, or by holdings, or equal when nothing is held.
Int128 fill_parts(const Unit& unit, const View& view, PortfolioId portfolio, bool buy,
                  Parts& parts) {
  Int128 sum = 0;
  for (std::size_t i = 0; i < unit.instruments.size(); ++i) {
    const Line* line = view.book.line(portfolio, unit.instruments[i]);
    const std::int64_t held = line == nullptr ? 0 : std::max<std::int64_t>(0, line->exposure.raw());
    parts[i].weight = unit.weights.empty() ? held : unit.weights[i].raw();
    const std::int64_t lot = view.instruments[unit.instruments[i]].lot.raw();
    // What is working to be sold is sold; what is held short is none of ours to sell.
    parts[i].lots_max =
        buy ? kLotsMax
            : (line == nullptr
                   ? 0
                   : std::max<std::int64_t>(0, (line->quantity - line->working_sell).raw() / lot));
    if (line == nullptr) parts[i].lots_max = 0;
    // Nothing can come from here; the others make up for it.
    if (parts[i].lots_max == 0) parts[i].weight = 0;
    sum += parts[i].weight;
  }
  if (sum == 0) {
    for (std::size_t i = 0; i < unit.instruments.size(); ++i) {
      parts[i].weight = parts[i].lots_max > 0 ? 1 : 0;
      sum += parts[i].weight;
    }
  }
  return sum;
}

/// Splits `amount` (positive, base currency) over the unit's instruments into whole lots: each gets
/// what is missing to its cumulative share, so that rounding does not add up; a second round gives
/// what caps and the minimum left over to whoever can take it.
void split(const Unit& unit, const View& view, PortfolioId portfolio, Money amount, Money minimum,
           Int128 weight_sum, Rounding rounding, Parts& parts) {
  if (weight_sum == 0) return;
  Money done;
  Int128 weight = 0;
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < unit.instruments.size(); ++i) {
      Part& part = parts[i];
      weight += part.weight;
      const Money due = round == 1 ? amount
                                   : Money::from_raw(static_cast<std::int64_t>(divide_rounded(
                                         static_cast<Int128>(amount.raw()) * weight, weight_sum)));
      if (due <= done || part.weight == 0 || part.lots == part.lots_max) continue;
      const Pricing price = pricing(view, portfolio, unit.instruments[i]);
      const auto local = price.local(due - done);
      if (!local) continue;
      const std::int64_t lots = std::min(part.lots_max, part.lots + price.lots(*local, rounding));
      const auto quantity = price.quantity(lots);
      const auto value = quantity ? price.value(*quantity) : std::nullopt;
      const auto before = price.value(price.quantity(part.lots).value_or(Quantity{}));
      if (!value || !before || *value < minimum) continue;
      done += *value - *before;
      part.lots = lots;
    }
  }
}

Money minimum_of(const CompiledPolicy& compiled, const View& view, PortfolioId portfolio,
                 Money nav) {
  return resolve(compiled.policy.minimum_trade, view.book, portfolio, nav).value_or(Money{});
}

/// Takes lots away, the last instrument's first, until the unit stays within its far edge.
void stay_within(const Regime& regime, const View& view, PortfolioId portfolio,
                 const Picture& picture, const Unit& unit, bool buy, Parts& parts) {
  constexpr int kStepsMax = 256;  // rounding is a lot for each instrument; more is another mistake
  for (int step = 0; step < kStepsMax; ++step) {
    Money total;
    std::size_t last = unit.instruments.size();
    for (std::size_t i = 0; i < unit.instruments.size(); ++i) {
      if (parts[i].lots == 0) continue;
      const Pricing price = pricing(view, portfolio, unit.instruments[i]);
      total += price.value(price.quantity(parts[i].lots).value_or(Quantity{})).value_or(Money{});
      last = i;
    }
    if (last == unit.instruments.size() ||
        !beyond_far_edge(regime, picture, unit, buy ? total : -total))
      return;
    --parts[last].lots;
  }
  for (Part& part : parts) part.lots = 0;
}

bool all_sound(const View& view, PortfolioId portfolio, const Unit& unit, Trades& out) {
  for (const InstrumentId id : unit.instruments) {
    if (!sound(view, portfolio, id, out)) return false;
  }
  return true;
}

}  // namespace

void size_sales(const CompiledPolicy& compiled, const Regime& regime, const View& view,
                PortfolioId portfolio, const Picture& picture, const Changes& changes,
                Trades& out) {
  const Money minimum = minimum_of(compiled, view, portfolio, picture.nav);
  for (std::size_t u = 0; u < compiled.units.size(); ++u) {
    const Unit& unit = compiled.units[u];
    if (changes[u].raw() >= 0) continue;
    if (!all_sound(view, portfolio, unit, out)) return;
    Parts parts{};
    const Int128 sum = fill_parts(unit, view, portfolio, false, parts);
    split(unit, view, portfolio, changes[u].abs(), minimum, sum, Rounding::kUp, parts);
    stay_within(regime, view, portfolio, picture, unit, false, parts);
    for (std::size_t i = 0; i < unit.instruments.size(); ++i) {
      const Pricing price = pricing(view, portfolio, unit.instruments[i]);
      add_trade(out, price, unit.instruments[i], parts[i].lots, false, u);
    }
  }
}

namespace {

/// Cuts what `from` on was added to what each currency's cash can pay, in proportion, and never a
/// lot more.
void cut_to_cash(const CompiledPolicy& compiled, const View& view, PortfolioId portfolio,
                 Money minimum, std::span<Money> cash, std::size_t from, Trades& out) {
  const auto paid_for = [&](const Trade& trade, Quantity quantity) {
    const Instrument& instrument = view.instruments[trade.instrument];
    const auto local = notional(funding_price(view, trade.instrument, compiled.policy.reach),
                                quantity, instrument.multiplier);
    return local ? *local + cost_of(*local, compiled.policy.trading_cost)
                 : Money::from_raw(kMaxLocalRaw);
  };
  std::size_t kept = from;
  for (std::size_t c = 0; c < cash.size(); ++c) {
    const CurrencyId currency = CurrencyId::of(c);
    Money wanted;
    for (std::size_t i = from; i < out.count; ++i) {
      if (view.instruments[out.list[i].instrument].currency == currency)
        wanted += paid_for(out.list[i], out.list[i].quantity);
    }
    const Money limit = positive(cash[c]);
    for (std::size_t i = from; i < out.count; ++i) {
      Trade& trade = out.list[i];
      const Instrument& instrument = view.instruments[trade.instrument];
      if (instrument.currency != currency) continue;
      std::int64_t lots = trade.quantity.raw() / instrument.lot.raw();
      if (wanted > limit)
        lots = static_cast<std::int64_t>(static_cast<Int128>(lots) * limit.raw() / wanted.raw());
      trade.quantity = Quantity::from_raw(lots * instrument.lot.raw());
      const Pricing price = pricing(view, portfolio, trade.instrument);
      trade.value = price.value(trade.quantity).value_or(Money{});
      const Money cost = paid_for(trade, trade.quantity);
      if (lots == 0 || trade.value < minimum || cost > positive(cash[c])) {
        trade.quantity = {};
        continue;
      }
      cash[c] = cash[c] - cost;
    }
  }
  for (std::size_t i = from; i < out.count; ++i) {
    if (!out.list[i].quantity.is_zero()) out.list[kept++] = out.list[i];
  }
  out.count = kept;
}

}  // namespace

void size_purchases(const CompiledPolicy& compiled, const Regime& regime, const View& view,
                    PortfolioId portfolio, const Picture& picture, const Changes& changes,
                    std::span<Money> cash, Trades& out, Money& wanted) {
  const Money minimum = minimum_of(compiled, view, portfolio, picture.nav);
  const std::size_t from = out.count;
  for (std::size_t u = 0; u < compiled.units.size(); ++u) {
    const Unit& unit = compiled.units[u];
    if (changes[u].raw() <= 0) continue;
    if (!all_sound(view, portfolio, unit, out)) return;
    Parts parts{};
    const Int128 sum = fill_parts(unit, view, portfolio, true, parts);
    const Rounding rounding = rounds_up(compiled, picture, unit) ? Rounding::kUp : Rounding::kDown;
    split(unit, view, portfolio, changes[u], minimum, sum, rounding, parts);
    stay_within(regime, view, portfolio, picture, unit, true, parts);
    for (std::size_t i = 0; i < unit.instruments.size(); ++i) {
      const Pricing price = pricing(view, portfolio, unit.instruments[i]);
      add_trade(out, price, unit.instruments[i], parts[i].lots, true, u);
    }
  }
  for (std::size_t i = from; i < out.count; ++i) wanted += out.list[i].value;
  cut_to_cash(compiled, view, portfolio, minimum, cash, from, out);
}

}  // namespace evenkeel::rules
