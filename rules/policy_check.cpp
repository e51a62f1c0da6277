// What is odd about a policy: see check_policy in rules/policy.hpp.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "rules/explain.hpp"
#include "rules/policy.hpp"
#include "rules/sizing.hpp"

namespace evenkeel::rules {
namespace {

absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }

std::string points(Ratio distance) {
  std::string text = percent_text(distance, 7);
  text.pop_back();
  return text + "pp";
}

/// The shape of a policy, and its fit to one portfolio's size.
class PolicyCheck {
 public:
  PolicyCheck(const Policy& policy, const InstrumentTable& instruments)
      : policy_(policy), instruments_(instruments), compiled_(policy) {
    for (const PolicySleeve& sleeve : policy.sleeves)
      edges_.push_back(edges_around(sleeve.target, sleeve.band));
  }

  std::vector<Complaint> run(Money nav, std::span<const Price> marks,
                             std::span<const Price> rates) {
    check_any_band();
    for (std::size_t s = 1; s < policy_.sleeves.size(); ++s) {
      if (!edges_[s].banded) continue;
      check_reach(s);
      check_collapse(s);
      check_curable(s);
    }
    if (nav.raw() > 0) {
      for (const Unit& unit : compiled_.units) {
        if (unit.tradable) check_fit(unit, nav, marks, rates);
      }
    }
    return std::move(found_);
  }

 private:
  bool has_up(std::size_t s) const { return edges_[s].high_trigger != Trigger::kNone; }
  bool has_down(std::size_t s) const { return edges_[s].low_trigger != Trigger::kNone; }
  Ratio up(std::size_t s) const { return edges_[s].high - policy_.sleeves[s].target; }
  Ratio down(std::size_t s) const { return policy_.sleeves[s].target - edges_[s].low; }
  std::string name(std::size_t s) const { return "'" + policy_.path(SleeveId::of(s)) + "'"; }

  void tell(Severity severity, Position position, std::string message) {
    found_.push_back({severity, policy_.file, position, std::move(message)});
  }
  void warn(std::size_t s, std::string message) {
    const PolicySleeve& sleeve = policy_.sleeves[s];
    tell(Severity::kWarning,
         sleeve.band_position.line != 0 ? sleeve.band_position : sleeve.position,
         std::move(message));
  }

  void check_any_band() {
    const bool any =
        std::any_of(edges_.begin(), edges_.end(), [](const Edges& e) { return e.banded; });
    if (!any) tell(Severity::kWarning, {1, 1}, "no sleeve has a band: this policy never acts");
  }

  /// Weights of holdings stay between nothing and the whole; only contracts go beyond.
  void check_reach(std::size_t s) {
    const PolicySleeve& sleeve = policy_.sleeves[s];
    if (policy_.action == Action::kFuturesOverlay || SleeveId::of(s) == policy_.cash_sleeve) return;
    const bool low_never = has_down(s) && edges_[s].low.raw() <= 0;
    const bool high_never = has_up(s) && edges_[s].high >= kWhole;
    if (sleeve.target.is_zero() && !sleeve.band.absolute_up.raw() &&
        sleeve.band.relative_up.raw()) {
      warn(s,
           absl::StrCat("the band of ", name(s), " is a part of a target of 0%: it has no width"));
      return;
    }
    const bool dead = (low_never || !has_down(s)) && (high_never || !has_up(s));
    if (dead) {
      warn(s,
           absl::StrCat("the band of ", name(s), " can never fire: no weight is below ",
                        percent_text(edges_[s].low), " or above ", percent_text(edges_[s].high)));
    } else if (low_never) {
      warn(s, absl::StrCat("the lower edge of ", name(s), ", ", percent_text(edges_[s].low),
                           ", can never be crossed by holdings"));
    } else if (high_never) {
      warn(s, absl::StrCat("the upper edge of ", name(s), ", ", percent_text(edges_[s].high),
                           ", can never be crossed by holdings"));
    }
  }

  /// Siblings sum to a constant: one cannot be far above unless others are below. When their lower
  /// edges together are nearer than its upper edge, one of them always fires first.
  void check_collapse(std::size_t s) {
    const bool tight_up = has_up(s) && reach(s, true) < up(s);
    const bool tight_down = has_down(s) && reach(s, false) < down(s);
    if (!tight_up && !tight_down) return;
    const Ratio up_now = tight_up ? reach(s, true) : up(s);
    const Ratio down_now = tight_down ? reach(s, false) : down(s);
    warn(s, absl::StrCat("the band of ", name(s), " (", side("+", has_up(s), up(s)), "/",
                         side("-", has_down(s), down(s)), ") collapses to ",
                         side("+", has_up(s) || tight_up, up_now), "/",
                         side("-", has_down(s) || tight_down, down_now), ": the ",
                         tight_up && tight_down ? "other edges"
                         : tight_up             ? "lower edges"
                                                : "upper edges",
                         " of its siblings are nearer and fire first"));
  }
  static std::string side(const char* sign, bool given, Ratio distance) {
    return given ? sign + points(distance) : absl::StrCat(sign, "none");
  }
  /// How far sleeve `s` can drift up (down) before one of its siblings must have fired. The
  /// parent's own drift is left out: this is about the sleeves among themselves.
  Ratio reach(std::size_t s, bool upwards) const {
    constexpr Ratio kFar = Ratio::from_whole(1'000);
    Ratio sum;
    for (std::size_t i = 1; i < policy_.sleeves.size(); ++i) {
      if (i == s || policy_.sleeves[i].parent != policy_.sleeves[s].parent) continue;
      const PolicySleeve& sibling = policy_.sleeves[i];
      const bool idle_cash = SleeveId::of(i) == policy_.cash_sleeve && sibling.target.is_zero();
      if (idle_cash && !edges_[i].banded) continue;
      if (upwards) {
        // Holdings can lose at most all of their target.
        sum += has_down(i) ? std::min(down(i), sibling.target) : sibling.target;
      } else {
        if (!has_up(i)) return kFar;
        sum += up(i);
      }
    }
    return sum;
  }

  /// A band on something that the action cannot move.
  void check_curable(std::size_t s) {
    if (policy_.action == Action::kMonitor || SleeveId::of(s) == policy_.cash_sleeve) return;
    const bool movable = std::any_of(
        compiled_.units.begin(), compiled_.units.end(),
        [s](const Unit& u) { return u.tradable && (u.line_of_descent & bit_of(s)) != 0; });
    if (movable) return;
    warn(s, absl::StrCat(name(s), " has a band but nothing that ",
                         to_absl(action_name(policy_.action)),
                         " can trade: a breach is told and not cured"));
  }

  // --- for a portfolio of a size ---

  /// What one lot moves in its sleeve, base currency; zero when a price is not known.
  Money lot_value(InstrumentId id, std::span<const Price> marks,
                  std::span<const Price> rates) const {
    const Instrument& instrument = instruments_[id];
    if (id.index() >= marks.size() || instrument.currency.index() >= rates.size()) return {};
    const auto local =
        exposure_of(instrument, notional(marks[id.index()], instrument.lot, instrument.multiplier));
    const auto base = local ? convert(*local, rates[instrument.currency.index()], false) : local;
    return base.value_or(Money{});
  }
  /// The least that the unit can trade; zero when unknown.
  Money step_of(const Unit& unit, std::span<const Price> marks, std::span<const Price> rates,
                InstrumentId& which) const {
    Money step;
    for (const InstrumentId id : unit.instruments) {
      const Money lot = lot_value(id, marks, rates);
      if (lot.raw() > 0 && (step.is_zero() || lot < step)) {
        step = lot;
        which = id;
      }
    }
    return step;
  }
  Money minimum(Money nav, std::span<const Price> rates) const {
    const Threshold& threshold = policy_.minimum_trade;
    if (!threshold.currency.valid()) return fraction(nav, threshold.of_nav).value_or(Money{});
    if (threshold.currency.index() >= rates.size()) return {};
    return convert(threshold.money, rates[threshold.currency.index()], false).value_or(Money{});
  }

  /// At the edge of each band on the unit, is the move worth a whole lot, and the minimum?
  void check_fit(const Unit& unit, Money nav, std::span<const Price> marks,
                 std::span<const Price> rates) {
    InstrumentId which;
    const Money step = step_of(unit, marks, rates, which);
    if (step.is_zero()) return;
    const std::size_t s = unit.sleeve.index();
    if (!edges_[s].banded) return;
    const bool overlay = policy_.action == Action::kFuturesOverlay;
    Ratio nearest = has_up(s) ? up(s) : down(s);
    if (has_down(s)) nearest = std::min(nearest, down(s));
    const Money move = moved(fraction(nav, nearest).value_or(Money{}));
    // Contracts round to the nearest, purchases down.
    const Money needed = overlay ? Money::from_raw(step.raw() / 2) : step;
    const std::string lot =
        absl::StrCat("one ", overlay ? "contract" : "lot", " of ",
                     to_absl(instruments_[which].symbol.view()), " is ", money_text(step));
    if (move <= needed) {
      warn(s, absl::StrCat("a breach of ", name(s), " could not be cured at a nav of ",
                           money_text(nav), ": it calls for a trade of ", money_text(move),
                           " at the edge, and ", lot));
    } else if (move < minimum(nav, rates)) {
      warn(s, absl::StrCat("a breach of ", name(s), " could not be cured at a nav of ",
                           money_text(nav), ": it calls for a trade of ", money_text(move),
                           " at the edge, and the minimum trade is ",
                           money_text(minimum(nav, rates))));
    }
  }
  Money moved(Money drift) const {
    if (policy_.destination.kind == Destination::Kind::kHalf)
      return Money::from_raw(drift.raw() / 2);
    // A stop at the edge moves by what is beyond it, rounded up to a lot: curable.
    if (policy_.destination.kind == Destination::Kind::kBand) return drift;
    return drift;
  }

  const Policy& policy_;
  const InstrumentTable& instruments_;
  CompiledPolicy compiled_;
  std::vector<Edges> edges_;
  std::vector<Complaint> found_;
};

}  // namespace

std::vector<Complaint> check_policy(const Policy& policy, const InstrumentTable& instruments,
                                    Money nav, std::span<const Price> marks,
                                    std::span<const Price> rates) {
  return PolicyCheck(policy, instruments).run(nav, marks, rates);
}

}  // namespace evenkeel::rules
