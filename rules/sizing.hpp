// From a breach to trades: how much each part of a portfolio should move, and how many whole lots
// or contracts that is. Pure functions of what they are given, in integers; nothing here remembers,
// allocates or decides whether to act.
//
// A *unit* is a part of the policy that is sized as one: a leaf sleeve for cash trading; for an
// overlay each sleeve with hedge contracts, and the leaves outside of those. Cash is always a unit,
// never traded: what the others need or leave.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/book.hpp"
#include "core/engine.hpp"
#include "rules/policy.hpp"

namespace evenkeel::rules {

inline constexpr std::size_t kTradesMax = 512;

/// A set of sleeves, a bit each.
using SleeveMask = std::uint64_t;
constexpr SleeveMask bit_of(std::size_t sleeve) { return SleeveMask{1} << sleeve; }

struct Unit {
  SleeveId sleeve;
  SleeveMask line_of_descent = 0;  // itself and its ancestors, without the root
  std::uint16_t top = 0;           // its ancestor right below the root, or itself
  bool tradable = false;
  bool is_cash = false;
  std::vector<InstrumentId> instruments{};
  std::vector<Ratio> weights{};
};

/// Targets and edges that hold at one time, by sleeve.
struct Regime {
  std::vector<Ratio> targets;
  std::vector<Edges> edges;
};

/// A policy made ready for deciding.
struct CompiledPolicy {
  Policy policy;
  std::vector<Unit> units;
  std::size_t cash_unit = 0;
  std::array<Regime, 2> regimes;  // usual, and while volatility is high
  explicit CompiledPolicy(Policy p);
};

/// What a portfolio looks like now.
struct Picture {
  Money nav;                              // > 0
  std::array<Money, kSleevesMax> weight;  // projected exposure by sleeve
  SleeveMask high = 0, low = 0;           // breached upwards, downwards
};

/// The signed change of each unit, in base currency.
using Changes = std::array<Money, kSleevesMax>;

/// How far each unit should move. `to_place`: what an episode planned to buy and has not yet asked
/// for (completion only). Untradable units and cash get zero.
Changes plan_changes(const CompiledPolicy& compiled, const Regime& regime, const Picture& picture,
                     bool completing, Money to_place);

struct Trade {
  InstrumentId instrument;
  Quantity quantity;  // signed
  Money value;        // |value| at the mark, base currency
  Price reference;
  std::uint16_t unit = 0;
};

struct Trades {
  std::array<Trade, kTradesMax> list;
  std::size_t count = 0;
  bool unsound = false;  // a price that sizing needs may not be acted on
  InstrumentId unsound_instrument;
  std::span<const Trade> all() const { return {list.data(), count}; }
};

/// Futures of every unit at once, both legs. Largest contract first, the smallest rounded to the
/// nearest (away from zero when the policy stops at an edge); never beyond the far edge of the
/// unit's band.
void size_overlay(const CompiledPolicy& compiled, const Regime& regime, const View& view,
                  PortfolioId portfolio, const Picture& picture, const Changes& changes,
                  Trades& out);

/// Sales only, rounded up to whole lots; never more than is held, never beyond the far edge.
void size_sales(const CompiledPolicy& compiled, const Regime& regime, const View& view,
                PortfolioId portfolio, const Picture& picture, const Changes& changes, Trades& out);

/// Purchases only, rounded down to whole lots and cut to `cash` (by currency, what may be spent,
/// costs included; reduced by what is spent). `wanted` receives what would be bought with enough
/// cash.
void size_purchases(const CompiledPolicy& compiled, const Regime& regime, const View& view,
                    PortfolioId portfolio, const Picture& picture, const Changes& changes,
                    std::span<Money> cash, Trades& out, Money& wanted);

/// The most a purchase may cost now: the ask (or the mark, when that is higher) and `reach` beyond
/// it, up to a whole tick.
Price funding_price(const View& view, InstrumentId instrument, Ratio reach);

/// A threshold for one portfolio now, in base currency; nothing when there is no rate.
std::optional<Money> resolve(const Threshold& threshold, const Book& book, PortfolioId portfolio,
                             Money nav);

/// What trading `amount` costs, rounded up: costs never come out a fraction short.
Money cost_of(Money amount, Ratio cost);

/// amount x numerator / denominator, rounded half away from zero; zero when denominator is zero.
Money scale(Money amount, Money numerator, Money denominator);

}  // namespace evenkeel::rules
