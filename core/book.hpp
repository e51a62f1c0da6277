// The portfolio book: exact positions, net asset value, sleeve exposures and working quantities in
// each portfolio's base currency, maintained incrementally and equal, to the bit, to a computation
// from scratch (`audit`).
//
// How a line counts, in base currency, each amount rounded once (core/units.hpp):
//   physical  nav = exposure = quantity x mark x multiplier x rate
//   future    exposure = the same notional x the future's beta to its sleeve;
//             nav = notional - cost, the unrealised variation since the fills
//   projected = exposure as if every working quantity were filled at the mark
//
// What a line's exposure is more than its nav has to be financed: (nav - exposure) counts in the
// cash sleeve, and so does (nav - projected) of the projected view. So the root's exposure always
// equals the nav, and weights sum to one.
//
// It never decides anything, never rounds a sum, and never reads a clock.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/archive.hpp"
#include "core/instrument.hpp"
#include "core/market.hpp"
#include "core/model.hpp"

namespace evenkeel {

/// One holding of one portfolio.
struct Line {
  InstrumentId instrument;
  SleeveId sleeve;
  std::uint16_t unvalued = 0;  // 1 when it holds or works something that has no value now
  Quantity quantity;           // signed, filled
  Quantity working_buy;        // >= 0, open on buy orders, at its worst case
  Quantity working_sell;       // >= 0
  Money cost;                  // futures: signed notional paid, in the instrument's currency
  Money nav;                   // base currency
  Money exposure;              // base currency
  Money projected;             // base currency
  Quantity projected_quantity() const { return quantity + working_buy - working_sell; }

  /// What the values follow from; those are computed anew.
  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [instrument, sleeve, unvalued, quantity, working_buy, working_sell, cost, nav, exposure,
           projected] = s;
    a.same(instrument);
    a(quantity, working_buy, working_sell, cost);
  }
};

/// What a portfolio starts from.
struct Holding {
  InstrumentId instrument;
  Quantity quantity;
  Price cost_price;  // futures: the price its variation counts from; ignored otherwise
};

struct PortfolioSpec {
  std::string name;
  CurrencyId base;
  ModelId model;
  std::vector<Holding>
      holdings;  // any order; cash lines and the model's instruments are added as needed
};

enum class FillResult : std::uint8_t {
  kApplied = 0,
  kNoLine,    // the portfolio does not hold or watch the instrument, or has no cash line in its
              // currency; nothing was changed
  kOverflow,  // the amount is beyond what a line can hold; nothing was changed
};

/// Totals of one portfolio, for comparing incremental with from-scratch.
struct PortfolioTotals {
  Money nav;
  std::uint32_t unvalued_lines = 0;
  std::vector<Money> exposure{};   // by sleeve
  std::vector<Money> projected{};  // by sleeve
  friend bool operator==(const PortfolioTotals&, const PortfolioTotals&) = default;
};

class Book {
 public:
  /// The table and the market outlive the book.
  Book(const InstrumentTable& instruments, const MarketState& market)
      : instruments_(instruments), market_(market) {}

  // --- building, before the first event ---

  /// Errors: a tree that is not well formed, an unknown instrument, too many models.
  absl::StatusOr<ModelId> add_model(Model model);
  /// Errors: unknown ids, a repeated instrument, a currency without a cash instrument or without a
  /// rate to the base, too many lines. Precondition: not finished.
  absl::StatusOr<PortfolioId> add_portfolio(const PortfolioSpec& spec);
  /// Builds the index from instruments to lines and values everything. Call once, after the last
  /// portfolio; everything below needs it. The table does not change afterwards.
  void finish();
  bool finished() const { return !reader_begin_.empty(); }

  // --- updates ---

  /// The mark of `instrument` (a security, a future or an FX pair) changed: revalues each line that
  /// reads it and calls `touched(PortfolioId)` for each portfolio, once, in ascending order.
  template <class Touched>
  void reprice(InstrumentId instrument, Touched&& touched) {
    for_each_reader(
        instrument, [&](std::uint32_t line) { revalue(line); }, touched);
  }
  /// Calls `touched` for each portfolio with a line that reads the instrument, without revaluing.
  template <class Touched>
  void for_each_portfolio(InstrumentId instrument, Touched&& touched) const {
    for_each_reader(
        instrument, [](std::uint32_t) {}, touched);
  }
  /// A fill: `quantity` is signed (sells negative). Moves cash for what is paid for, cost for
  /// futures. The same call with the opposite quantity undoes it exactly. Precondition, here and
  /// below: the ids exist (an id that came from outside has been checked at the edge).
  FillResult apply_fill(PortfolioId portfolio, InstrumentId instrument, Quantity quantity,
                        Price price);
  /// Adds `amount` (signed) of a currency. kNoLine when the portfolio has no cash line in it.
  FillResult apply_cash_flow(PortfolioId portfolio, CurrencyId currency, Money amount);
  /// Replaces the working quantities of a line; both >= 0. For an FX pair the line is the cash of
  /// its base currency, so only one pair of a base currency can work at a time.
  FillResult set_working(PortfolioId portfolio, InstrumentId instrument, Quantity buy,
                         Quantity sell);

  // --- reading ---

  std::uint32_t portfolio_count() const { return static_cast<std::uint32_t>(portfolios_.size()); }
  std::string_view name(PortfolioId id) const { return portfolios_[id.index()].name; }
  CurrencyId base(PortfolioId id) const { return portfolios_[id.index()].base; }
  ModelId model_id(PortfolioId id) const { return portfolios_[id.index()].model; }
  const Model& model(ModelId id) const { return models_[id.index()]; }
  Money nav(PortfolioId id) const { return portfolios_[id.index()].nav; }
  /// Lines that hold or work something without a value (no mark, no rate, overflow). Nothing may
  /// act while it is not zero.
  std::uint32_t unvalued_lines(PortfolioId id) const {
    return portfolios_[id.index()].unvalued_lines;
  }
  Money exposure(PortfolioId id, SleeveId sleeve) const {
    return sleeve_state(id, sleeve).exposure;
  }
  Money projected(PortfolioId id, SleeveId sleeve) const {
    return sleeve_state(id, sleeve).projected;
  }
  /// Sorted by instrument.
  std::span<const Line> lines(PortfolioId id) const;
  /// Null when the portfolio has no such line.
  const Line* line(PortfolioId id, InstrumentId instrument) const;
  /// The rate link from an instrument's currency to the portfolio's base.
  const FxLink& fx(PortfolioId id, CurrencyId from) const {
    return fx_[from.index() * instruments_.currency_count() + portfolios_[id.index()].base.index()];
  }
  /// An amount in `from`, in the portfolio's base currency; nothing when there is no rate now.
  std::optional<Money> to_base(PortfolioId id, CurrencyId from, Money amount) const;

  PortfolioTotals totals(PortfolioId id) const;
  /// The same totals computed from positions, marks and working quantities alone.
  PortfolioTotals from_scratch(PortfolioId id) const;
  bool audit(PortfolioId id) const { return totals(id) == from_scratch(id); }

  // --- state as bytes (core/archive.hpp), and in another book ---

  /// Into a finished book of the same table, models and portfolios, whose market has been read
  /// before it: everything is valued anew.
  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [instruments, market, models, portfolios, lines, owner, sleeves, fx, reader_begin,
           readers] = s;
    a.table(lines);
    if constexpr (A::kLoading) {
      if (!s.take_lines()) a.fail();
    }
  }
  /// Takes the lines of a book whose portfolios and instruments are the first of this one's. Lines
  /// that are new here keep what they start from. FailedPrecondition, with nothing taken, when a
  /// line that holds or works something has no place here.
  absl::Status carry(const Book& from);

 private:
  struct Portfolio {
    std::string name;
    CurrencyId base;
    ModelId model;
    std::uint32_t first_line = 0, line_count = 0, first_sleeve = 0, unvalued_lines = 0;
    Money nav{};
  };
  struct SleeveState {
    Money exposure;
    Money projected;
  };
  struct Reader {  // a line that reads an instrument's mark
    std::uint32_t portfolio;
    std::uint32_t line;
  };
  struct Valuation {
    Money nav{}, exposure{}, projected{};
    bool valued = false;
  };

  template <class Each, class Touched>
  void for_each_reader(InstrumentId instrument, Each&& each, Touched&& touched) const {
    const std::uint32_t end = reader_begin_[instrument.index() + 1];
    std::uint32_t i = reader_begin_[instrument.index()];
    while (i < end) {
      const std::uint32_t portfolio = readers_[i].portfolio;
      for (; i < end && readers_[i].portfolio == portfolio; ++i) each(readers_[i].line);
      touched(PortfolioId{portfolio});
    }
  }
  template <class Touched>
  void for_each_reader(InstrumentId instrument, auto&& each, Touched&& touched) {
    std::as_const(*this).for_each_reader(instrument, each, touched);
  }

  const SleeveState& sleeve_state(PortfolioId id, SleeveId sleeve) const {
    return sleeves_[portfolios_[id.index()].first_sleeve + sleeve.index()];
  }
  Line* find_line(PortfolioId id, InstrumentId instrument);
  std::uint32_t index_of(const Line& line) const {
    return static_cast<std::uint32_t>(&line - lines_.data());
  }
  Valuation value(const Portfolio& portfolio, const Line& line) const;
  void revalue(std::uint32_t line_index);
  bool take_lines();
  void add_to_sleeves(const Portfolio& portfolio, SleeveId leaf, Money exposure, Money projected);
  absl::Status collect_holdings(const PortfolioSpec& spec, std::vector<Holding>& out) const;

  const InstrumentTable& instruments_;
  const MarketState& market_;
  std::vector<Model> models_;
  std::vector<Portfolio> portfolios_;
  std::vector<Line> lines_;
  std::vector<std::uint32_t> owner_;  // of each line
  std::vector<SleeveState> sleeves_;
  std::vector<FxLink> fx_;  // [from currency][base currency]
  std::vector<std::uint32_t> reader_begin_;
  std::vector<Reader> readers_;
};

}  // namespace evenkeel
