#include "apps/check_report.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/book.hpp"
#include "core/market.hpp"
#include "fix/limits.hpp"
#include "rules/explain.hpp"
#include "rules/sizing.hpp"

namespace evenkeel::apps {
namespace {

using rules::Complaints;
using rules::Severity;

absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }

/// The desk's instruments as if each had a statement at its reference price: the book can then
/// value everything without a feed. Ids stay.
InstrumentTable priced_table(const DeskConfig& desk) {
  InstrumentTable table;
  const InstrumentTable& from = desk.instruments;
  for (std::uint16_t c = 0; c < from.currency_count(); ++c) {
    EVENKEEL_CHECK(table.add_currency(from.currency_code(CurrencyId{c})).ok());
  }
  for (std::uint32_t i = 0; i < from.size(); ++i) {
    Instrument instrument = from[InstrumentId{i}];
    if (instrument.quoted) instrument.statement_price = desk.reference_prices[i];
    instrument.quoted = false;
    EVENKEEL_CHECK(table.add(instrument).ok());
  }
  return table;
}

class Examiner {
 public:
  Examiner(const DeskConfig& desk, Complaints& complaints)
      : desk_(desk),
        complaints_(complaints),
        table_(priced_table(desk)),
        market_(table_, 0),
        book_(table_, market_) {}

  DeskReport run() {
    for (const rules::Policy& policy : desk_.policies) {
      EVENKEEL_CHECK(book_.add_model(policy.model()).ok());
    }
    // `load_desk` has tried the same, so that this cannot fail.
    for (const PortfolioSpec& spec : desk_.portfolios) {
      EVENKEEL_CHECK(book_.add_portfolio(spec).ok());
    }
    book_.finish();
    DeskReport report;
    for (std::size_t i = 0; i < desk_.portfolios.size(); ++i) {
      report.portfolios.push_back(value(PortfolioId::of(i)));
      check_rules(PortfolioId::of(i), report.portfolios.back());
    }
    if (desk_.machine.fix) check_limits(report);
    report.acts = std::any_of(report.portfolios.begin(), report.portfolios.end(),
                              [](const PortfolioReport& p) { return !p.blocked; });
    return report;
  }

 private:
  const rules::Policy& policy_of(PortfolioId id) const {
    return desk_.policies[desk_.portfolios[id.index()].model.index()];
  }

  // --- weights ---

  PortfolioReport value(PortfolioId id) const {
    PortfolioReport report;
    report.nav = book_.nav(id);
    for (const Line& line : book_.lines(id)) {
      if (line.unvalued != 0) report.unpriced.emplace_back(table_[line.instrument].symbol.view());
    }
    if (!report.unpriced.empty() || report.nav.raw() <= 0) return report;
    const rules::Policy& policy = policy_of(id);
    for (std::size_t s = 0; s < policy.sleeves.size(); ++s) {
      report.sleeves.push_back(weigh(id, policy, SleeveId::of(s), report.nav));
    }
    return report;
  }

  SleeveReport weigh(PortfolioId id, const rules::Policy& policy, SleeveId sleeve,
                     Money nav) const {
    const rules::PolicySleeve& shape = policy.sleeves[sleeve.index()];
    SleeveReport report;
    report.exposure = book_.exposure(id, sleeve);
    report.weight = ratio_of(report.exposure, nav);
    report.drift = report.weight - shape.target;
    const rules::Edges edges = rules::edges_around(shape.target, shape.band);
    if (!edges.banded) return report;
    const auto high = compare_weight(report.exposure, nav, edges.high);
    const auto low = compare_weight(report.exposure, nav, edges.low);
    report.standing = Standing::kInside;
    if (high > 0 || (policy.edge_inclusive && high == 0)) report.standing = Standing::kAbove;
    if (low < 0 || (policy.edge_inclusive && low == 0)) report.standing = Standing::kBelow;
    return report;
  }

  // --- rules ---

  /// What one unit of a currency is worth in the base currency; zero when unknown.
  Price rate(CurrencyId from, CurrencyId base) const {
    const FxLink link = table_.fx_link(from, base);
    if (!link.known) return {};
    if (!link.pair.valid()) return kUnitPrice;
    const Price price = market_.mark(link.pair);
    if (!link.inverse || price.raw() <= 0) return price;
    const Int128 one = static_cast<Int128>(Price::kScale) * Price::kScale;
    return narrow<Price>(divide_rounded(one, price.raw()), Price::max().raw()).value_or(Price{});
  }

  void check_rules(PortfolioId id, const PortfolioReport& report) {
    std::vector<Price> marks, rates;
    for (std::uint32_t i = 0; i < table_.size(); ++i)
      marks.push_back(market_.mark(InstrumentId{i}));
    for (std::uint16_t c = 0; c < table_.currency_count(); ++c) {
      rates.push_back(rate(CurrencyId{c}, book_.base(id)));
    }
    const Money nav = report.sleeves.empty() ? Money{} : report.nav;
    for (rules::Complaint& found :
         rules::check_policy(policy_of(id), desk_.instruments, nav, marks, rates)) {
      // What is odd about a policy in itself comes again with each portfolio.
      if (!told_.insert({found.file, found.message}).second) continue;
      complaints_.add(found.severity, found.file, found.position, std::move(found.message));
    }
    if (!report.unpriced.empty()) {
      warn(desk_.sources[id.index()].file,
           absl::StrCat("the nav is not known until these have a price: ",
                        absl::StrJoin(report.unpriced, ", ")));
    } else if (report.nav.raw() <= 0) {
      warn(desk_.sources[id.index()].file, "the nav is not above zero: no rule acts");
    }
  }

  void warn(const std::string& file, std::string message) {
    complaints_.add(Severity::kWarning, file, {}, std::move(message));
  }

  // --- limits ---

  void check_limits(DeskReport& report) {
    const auto limits = fix::LimitTable::create(desk_.limits, desk_.instruments);
    if (!limits.ok()) {
      complaints_.error(desk_.limits_file, {}, std::string(limits.status().message()));
      return;
    }
    check_desk_limits();
    for (std::size_t i = 0; i < report.portfolios.size(); ++i) {
      check_portfolio_limits(*limits, PortfolioId::of(i), report.portfolios[i]);
    }
  }

  void check_desk_limits() {
    const fix::Limits& desk = desk_.limits;
    const std::pair<bool, const char*> needed[] = {
        {desk.orders_per_second.has_value(), "orders_per_second"},
        {desk.orders_per_minute.has_value(), "orders_per_minute"},
        {desk.open_orders.has_value(), "open_orders"},
        {desk.open_orders_per_portfolio.has_value(), "open_orders_per_portfolio"},
        {desk.daily_notional.has_value(), "daily_notional"},
    };
    std::vector<std::string> missing;
    for (const auto& [given, name] : needed) {
      if (!given) missing.emplace_back(name);
    }
    if (missing.empty()) return;
    complaints_.error(
        desk_.limits_file, {},
        absl::StrCat("every order would be refused: [desk] lacks ", absl::StrJoin(missing, ", ")));
  }

  /// Why every order in the instrument would be refused; empty when some would pass.
  std::string refusal(const fix::LimitTable& limits, PortfolioId id,
                      InstrumentId instrument) const {
    const fix::OrderLimits& own = limits.of(instrument);
    const std::pair<bool, const char*> needed[] = {
        {own.quantity_max.has_value(), "order_quantity"},
        {own.notional_max.has_value(), "order_notional"},
        {own.collar.has_value(), "price_collar"},
        {own.quote_age_max.has_value(), "quote_age"},
    };
    std::vector<std::string> missing;
    for (const auto& [given, name] : needed) {
      if (!given) missing.emplace_back(name);
    }
    if (!missing.empty()) return absl::StrCat("no ", absl::StrJoin(missing, ", "));
    const Instrument& shape = desk_.instruments[instrument];
    if (shape.lot > *own.quantity_max) {
      return absl::StrCat("one lot is ", rules::quantity_text(shape.lot), ", order_quantity ",
                          rules::quantity_text(*own.quantity_max));
    }
    const auto lot = worth(id, instrument, shape.lot);
    if (lot && *lot > *own.notional_max) {
      return absl::StrCat("one lot is worth ", rules::money_text(*lot), ", order_notional is ",
                          rules::money_text(*own.notional_max));
    }
    return "";
  }

  /// In the portfolio's base currency; nothing without a price or a rate.
  std::optional<Money> worth(PortfolioId id, InstrumentId instrument, Quantity quantity) const {
    const Instrument& shape = table_[instrument];
    const Price mark = market_.mark(instrument);
    if (mark.raw() <= 0) return std::nullopt;
    const auto local = notional(mark, quantity, shape.multiplier);
    if (!local) return std::nullopt;
    return book_.to_base(id, shape.currency, *local);
  }

  void check_portfolio_limits(const fix::LimitTable& limits, PortfolioId id,
                              PortfolioReport& report) {
    const rules::CompiledPolicy compiled(policy_of(id));
    if (compiled.policy.action == rules::Action::kMonitor) return;
    bool any = false, any_open = false;
    for (const rules::Unit& unit : compiled.units) {
      if (!unit.tradable) continue;
      bool open = false;
      for (const InstrumentId instrument : unit.instruments) {
        any = true;
        const std::string why = refusal(limits, id, instrument);
        open = open || why.empty();
        if (why.empty() || !told_.insert({desk_.limits_file, symbol(instrument)}).second) continue;
        warn(desk_.limits_file,
             absl::StrCat("every order in ", symbol(instrument), " would be refused: ", why));
      }
      any_open = any_open || open;
      if (open) check_capacity(limits, id, compiled.policy, unit, report);
    }
    report.blocked = any && !any_open;
    if (!report.blocked) return;
    complaints_.error(
        desk_.limits_file, {},
        absl::StrCat("portfolio '", desk_.portfolios[id.index()].name,
                     "' could never trade: the limits refuse every order that policy '",
                     to_absl(compiled.policy.name.view()), "' may ask for"));
  }

  std::string symbol(InstrumentId id) const {
    return std::string(desk_.instruments[id].symbol.view());
  }

  /// Is a breach of the unit's own band, at its edge, already more than the limits let through?
  void check_capacity(const fix::LimitTable& limits, PortfolioId id, const rules::Policy& policy,
                      const rules::Unit& unit, const PortfolioReport& report) {
    if (report.sleeves.empty()) return;
    const auto needed = least_cure(policy, unit.sleeve, report.nav);
    if (!needed) return;
    Int128 capacity = 0;
    for (const InstrumentId instrument : unit.instruments) {
      const fix::OrderLimits& own = limits.of(instrument);
      if (!refusal(limits, id, instrument).empty()) continue;
      const auto most = worth(id, instrument, *own.quantity_max);
      // Without a price, or beyond what a line can hold: the notional alone limits it.
      capacity += most ? std::min(*most, *own.notional_max).raw() : own.notional_max->raw();
    }
    const std::string who = absl::StrCat("a breach of '", policy.path(unit.sleeve), "' of '",
                                         desk_.portfolios[id.index()].name, "' moves at least ",
                                         rules::money_text(*needed));
    if (needed->raw() > capacity) {
      warn(desk_.limits_file,
           absl::StrCat(who, ", and the orders it may send together at most ",
                        rules::money_text(Money::from_raw(static_cast<std::int64_t>(capacity))),
                        ": it would be refused"));
    } else if (limits.desk().daily_notional && *needed > *limits.desk().daily_notional) {
      warn(desk_.limits_file,
           absl::StrCat(who, ", and daily_notional is ",
                        rules::money_text(*limits.desk().daily_notional), ": it would be refused"));
    }
  }

  /// What a breach at the nearer edge moves; nothing where it may be as small as one likes.
  static std::optional<Money> least_cure(const rules::Policy& policy, SleeveId sleeve, Money nav) {
    const rules::PolicySleeve& shape = policy.sleeves[sleeve.index()];
    const rules::Edges edges = rules::edges_around(shape.target, shape.band);
    std::optional<Ratio> nearest;
    if (edges.high_trigger != Trigger::kNone) nearest = edges.high - shape.target;
    if (edges.low_trigger != Trigger::kNone) {
      const Ratio down = shape.target - edges.low;
      nearest = nearest ? std::min(*nearest, down) : down;
    }
    if (!nearest || policy.destination.kind == rules::Destination::Kind::kBand) return std::nullopt;
    const auto whole = fraction(nav, *nearest);
    if (!whole || policy.destination.kind == rules::Destination::Kind::kTarget) return whole;
    return Money::from_raw(whole->raw() / 2);
  }

  const DeskConfig& desk_;
  Complaints& complaints_;
  InstrumentTable table_;
  MarketState market_;
  Book book_;
  std::set<std::pair<std::string, std::string>> told_;
};

}  // namespace

std::string_view standing_name(Standing standing) {
  switch (standing) {
    case Standing::kNoBand:
      return "no_band";
    case Standing::kInside:
      return "inside";
    case Standing::kAbove:
      return "above";
    case Standing::kBelow:
      return "below";
  }
  return "?";
}

DeskReport examine(const DeskConfig& desk, Complaints& complaints) {
  return Examiner(desk, complaints).run();
}

}  // namespace evenkeel::apps
