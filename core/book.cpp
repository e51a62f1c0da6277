#include "core/book.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

namespace evenkeel {
namespace {

absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }

std::optional<Quantity> add_checked(Quantity a, Quantity b) {
  std::int64_t raw = 0;
  if (__builtin_add_overflow(a.raw(), b.raw(), &raw)) return std::nullopt;
  return Quantity::from_raw(raw);
}

/// The line's quantity after `change`, when it and all it could become by working orders fit.
std::optional<Quantity> quantity_after(const Line& line, Quantity change) {
  const auto after = add_checked(line.quantity, change);
  if (!after || !add_checked(*after, line.working_buy) ||
      !add_checked(*after, -line.working_sell)) {
    return std::nullopt;
  }
  return after;
}

/// Cash lines hold Quantity = 100 x Money; both of an amount's forms have to fit.
bool fits_cash(Money amount) {
  return amount.raw() <= kMaxLocalRaw / 2 && amount.raw() >= -kMaxLocalRaw / 2;
}

}  // namespace

bool Model::well_formed() const {
  if (sleeves.empty() || sleeves.size() > SleeveId::none().index() || sleeves[0].parent.valid() ||
      cash_sleeve.index() >= sleeves.size()) {
    return false;
  }
  for (std::size_t i = 1; i < sleeves.size(); ++i) {
    if (sleeves[i].parent.index() >= i) return false;
  }
  for (std::size_t i = 0; i < assignments.size(); ++i) {
    if (assignments[i].sleeve.index() >= sleeves.size()) return false;
    if (i > 0 && assignments[i].instrument <= assignments[i - 1].instrument) return false;
  }
  return true;
}

absl::StatusOr<ModelId> Book::add_model(Model model) {
  if (!model.well_formed()) return absl::InvalidArgumentError("model is not well formed");
  for (const Model::Assignment& a : model.assignments) {
    if (a.instrument.index() >= instruments_.size()) {
      return absl::InvalidArgumentError(
          absl::StrCat("model ", to_absl(model.name.view()), " names an unknown instrument"));
    }
  }
  if (models_.size() >= ModelId::none().index())
    return absl::ResourceExhaustedError("too many models");
  models_.push_back(std::move(model));
  return ModelId::of(models_.size() - 1);
}

absl::Status Book::collect_holdings(const PortfolioSpec& spec, std::vector<Holding>& out) const {
  const auto refuse = [&](auto&&... parts) {
    return absl::InvalidArgumentError(absl::StrCat("portfolio ", spec.name, ": ", parts...));
  };
  const auto has = [&out](InstrumentId id) {
    return std::any_of(out.begin(), out.end(),
                       [id](const Holding& h) { return h.instrument == id; });
  };
  for (const Holding& holding : spec.holdings) {
    if (holding.instrument.index() >= instruments_.size()) return refuse("unknown instrument");
    const Instrument& instrument = instruments_[holding.instrument];
    if (has(holding.instrument)) return refuse(to_absl(instrument.symbol.view()), " is held twice");
    if (instrument.kind == InstrumentKind::kFx) {
      return refuse("the pair ", to_absl(instrument.symbol.view()),
                    " cannot be held; hold its currencies as cash");
    }
    out.push_back(holding);
  }
  for (const Model::Assignment& a : models_[spec.model.index()].assignments) {
    if (!has(a.instrument) && instruments_[a.instrument].kind != InstrumentKind::kFx) {
      out.push_back({a.instrument, {}, {}});
    }
  }
  std::vector<CurrencyId> currencies{spec.base};
  for (const Holding& holding : out)
    currencies.push_back(instruments_[holding.instrument].currency);
  std::sort(currencies.begin(), currencies.end());
  currencies.erase(std::unique(currencies.begin(), currencies.end()), currencies.end());
  for (const CurrencyId currency : currencies) {
    const auto code = to_absl(instruments_.currency_code(currency));
    const InstrumentId cash = instruments_.cash(currency);
    if (!cash.valid()) return refuse("no cash instrument for ", code);
    if (!instruments_.fx_link(currency, spec.base).known) {
      return refuse("no FX pair between ", code, " and ",
                    to_absl(instruments_.currency_code(spec.base)));
    }
    if (!has(cash)) out.push_back({cash, {}, {}});
  }
  if (out.size() > kMaxLinesPerPortfolio)
    return refuse("more than ", kMaxLinesPerPortfolio, " lines");
  std::sort(out.begin(), out.end(),
            [](const Holding& a, const Holding& b) { return a.instrument < b.instrument; });
  return absl::OkStatus();
}

absl::StatusOr<PortfolioId> Book::add_portfolio(const PortfolioSpec& spec) {
  EVENKEEL_CHECK(!finished());
  if (spec.model.index() >= models_.size()) {
    return absl::InvalidArgumentError(absl::StrCat("portfolio ", spec.name, ": unknown model"));
  }
  if (spec.base.index() >= instruments_.currency_count()) {
    return absl::InvalidArgumentError(
        absl::StrCat("portfolio ", spec.name, ": unknown base currency"));
  }
  std::vector<Holding> holdings;
  if (absl::Status status = collect_holdings(spec, holdings); !status.ok()) return status;
  const Model& model = models_[spec.model.index()];
  std::vector<Line> lines;
  for (const Holding& holding : holdings) {
    const Instrument& instrument = instruments_[holding.instrument];
    Line line;
    line.instrument = holding.instrument;
    line.sleeve = model.sleeve_of(holding.instrument);
    if (instrument.is_cash() && line.sleeve == kRootSleeve) line.sleeve = model.cash_sleeve;
    line.quantity = holding.quantity;
    if (instrument.is_future()) {
      const auto cost = notional(holding.cost_price, holding.quantity, instrument.multiplier);
      if (!cost) {
        return absl::OutOfRangeError(absl::StrCat("portfolio ", spec.name, ": the notional of ",
                                                  to_absl(instrument.symbol.view()),
                                                  " is too large"));
      }
      line.cost = *cost;
    }
    lines.push_back(line);
  }
  if (lines_.size() + lines.size() > std::numeric_limits<std::uint32_t>::max() / 2) {
    return absl::ResourceExhaustedError("too many lines in all portfolios together");
  }
  Portfolio portfolio{.name = spec.name, .base = spec.base, .model = spec.model};
  portfolio.first_line = static_cast<std::uint32_t>(lines_.size());
  portfolio.line_count = static_cast<std::uint32_t>(lines.size());
  portfolio.first_sleeve = static_cast<std::uint32_t>(sleeves_.size());
  lines_.insert(lines_.end(), lines.begin(), lines.end());
  owner_.insert(owner_.end(), lines.size(), static_cast<std::uint32_t>(portfolios_.size()));
  sleeves_.resize(sleeves_.size() + model.sleeves.size());
  portfolios_.push_back(std::move(portfolio));
  return PortfolioId::of(portfolios_.size() - 1);
}

void Book::finish() {
  EVENKEEL_CHECK(!finished());
  const std::size_t currencies = instruments_.currency_count();
  fx_.resize(currencies * currencies);
  for (std::size_t from = 0; from < currencies; ++from) {
    for (std::size_t to = 0; to < currencies; ++to) {
      fx_[from * currencies + to] = instruments_.fx_link(CurrencyId::of(from), CurrencyId::of(to));
    }
  }
  // Counting sort of (instrument read, portfolio, line): lines are visited in portfolio order, so
  // each list is too.
  reader_begin_.assign(instruments_.size() + 1, 0);
  const auto each_read = [this](auto&& visit) {
    for (std::uint32_t i = 0; i < lines_.size(); ++i) {
      visit(lines_[i].instrument, i);
      const FxLink& link = fx(PortfolioId{owner_[i]}, instruments_[lines_[i].instrument].currency);
      if (link.pair.valid()) visit(link.pair, i);
    }
  };
  each_read([this](InstrumentId id, std::uint32_t) { ++reader_begin_[id.index() + 1]; });
  for (std::size_t i = 1; i < reader_begin_.size(); ++i) reader_begin_[i] += reader_begin_[i - 1];
  readers_.resize(reader_begin_.back());
  std::vector<std::uint32_t> next(reader_begin_.begin(), reader_begin_.end() - 1);
  each_read([&](InstrumentId id, std::uint32_t i) {
    readers_[next[id.index()]++] = {owner_[i], i};
  });
  for (std::uint32_t i = 0; i < lines_.size(); ++i) revalue(i);
}

std::optional<Money> Book::to_base(PortfolioId id, CurrencyId from, Money amount) const {
  const FxLink& link = fx(id, from);
  if (!link.known) return std::nullopt;
  if (!link.pair.valid()) return narrow<Money>(amount.raw(), kMaxLineRaw);
  return convert(amount, market_.mark(link.pair), link.inverse);
}

Book::Valuation Book::value(const Portfolio& portfolio, const Line& line) const {
  const Instrument& instrument = instruments_[line.instrument];
  const Quantity projected_quantity = line.projected_quantity();
  const bool flat = line.quantity.is_zero() && projected_quantity.is_zero();
  if (flat && line.cost.is_zero()) return {.valued = true};
  // A flat future has its realised gain or loss left, and no mark is needed to know it.
  const Price mark = market_.mark(line.instrument);
  if (mark.raw() <= 0 && !flat) return {};
  const PortfolioId id{static_cast<std::uint32_t>(&portfolio - portfolios_.data())};
  const auto worth = notional(mark, line.quantity, instrument.multiplier);
  const auto exposure = exposure_of(instrument, worth);
  if (!exposure) return {};
  const auto exposure_base = to_base(id, instrument.currency, *exposure);
  if (!exposure_base) return {};
  Valuation valuation{*exposure_base, *exposure_base, *exposure_base, true};
  if (projected_quantity != line.quantity) {
    const auto projected =
        exposure_of(instrument, notional(mark, projected_quantity, instrument.multiplier));
    if (!projected) return {};
    const auto projected_base = to_base(id, instrument.currency, *projected);
    if (!projected_base) return {};
    valuation.projected = *projected_base;
  }
  if (instrument.is_future()) {
    const auto nav_base = to_base(id, instrument.currency, *worth - line.cost);
    if (!nav_base) return {};
    valuation.nav = *nav_base;
  }
  return valuation;
}

void Book::add_to_sleeves(const Portfolio& portfolio, SleeveId leaf, Money exposure,
                          Money projected) {
  const Model& model = models_[portfolio.model.index()];
  for (SleeveId sleeve = leaf; sleeve.valid(); sleeve = model.sleeves[sleeve.index()].parent) {
    SleeveState& state = sleeves_[portfolio.first_sleeve + sleeve.index()];
    state.exposure += exposure;
    state.projected += projected;
  }
}

void Book::revalue(std::uint32_t line_index) {
  Line& line = lines_[line_index];
  Portfolio& portfolio = portfolios_[owner_[line_index]];
  const Valuation now = value(portfolio, line);
  const Money nav_change = now.nav - line.nav;
  const Money exposure_change = now.exposure - line.exposure;
  const Money projected_change = now.projected - line.projected;
  const std::uint16_t unvalued = now.valued ? 0 : 1;
  portfolio.unvalued_lines = portfolio.unvalued_lines + unvalued - line.unvalued;
  line.unvalued = unvalued;
  line.nav = now.nav;
  line.exposure = now.exposure;
  line.projected = now.projected;
  portfolio.nav += nav_change;
  add_to_sleeves(portfolio, line.sleeve, exposure_change, projected_change);
  // What is not paid for out of the line's own value is financed by cash.
  const Money exposure_offset = nav_change - exposure_change;
  const Money projected_offset = nav_change - projected_change;
  if (!exposure_offset.is_zero() || !projected_offset.is_zero()) {
    const SleeveId cash = models_[portfolio.model.index()].cash_sleeve;
    add_to_sleeves(portfolio, cash, exposure_offset, projected_offset);
  }
}

/// Values everything from quantities, costs and marks alone. False when a line's quantities do not
/// go together; nothing has then a value.
bool Book::take_lines() {
  for (Portfolio& portfolio : portfolios_) {
    portfolio.nav = Money{};
    portfolio.unvalued_lines = 0;
  }
  std::fill(sleeves_.begin(), sleeves_.end(), SleeveState{});
  bool good = true;
  for (Line& line : lines_) {
    line.nav = line.exposure = line.projected = Money{};
    line.unvalued = 0;
    const bool sound = line.working_buy.raw() >= 0 && line.working_sell.raw() >= 0 &&
                       line.cost.raw() <= kMaxLocalRaw && line.cost.raw() >= -kMaxLocalRaw &&
                       line.quantity.raw() != std::numeric_limits<std::int64_t>::min() &&
                       quantity_after(line, Quantity{}).has_value();
    good = good && sound;
    if (!sound) {
      line.quantity = line.working_buy = line.working_sell = Quantity{};
      line.cost = Money{};
    }
  }
  for (std::uint32_t i = 0; i < lines_.size(); ++i) revalue(i);
  return good;
}

absl::Status Book::carry(const Book& from) {
  EVENKEEL_CHECK(finished() && from.portfolios_.size() <= portfolios_.size());
  for (int pass = 0; pass < 2; ++pass) {  // look first, then take
    for (std::uint32_t p = 0; p < from.portfolios_.size(); ++p) {
      for (const Line& held : from.lines(PortfolioId{p})) {
        Line* line = find_line(PortfolioId{p}, held.instrument);
        const bool empty = held.quantity.is_zero() && held.working_buy.is_zero() &&
                           held.working_sell.is_zero() && held.cost.is_zero();
        if (line == nullptr && !empty) {
          return absl::FailedPreconditionError(
              absl::StrCat("portfolio ", portfolios_[p].name, " holds ",
                           to_absl(instruments_[held.instrument].symbol.view()),
                           ", for which it has no line any more"));
        }
        if (line == nullptr || pass == 0) continue;
        line->quantity = held.quantity;
        line->working_buy = held.working_buy;
        line->working_sell = held.working_sell;
        line->cost = held.cost;
      }
    }
  }
  EVENKEEL_CHECK(take_lines());
  return absl::OkStatus();
}

std::span<const Line> Book::lines(PortfolioId id) const {
  const Portfolio& portfolio = portfolios_[id.index()];
  return {lines_.data() + portfolio.first_line, portfolio.line_count};
}

const Line* Book::line(PortfolioId id, InstrumentId instrument) const {
  const std::span<const Line> all = lines(id);
  const auto at =
      std::lower_bound(all.begin(), all.end(), instrument,
                       [](const Line& l, InstrumentId wanted) { return l.instrument < wanted; });
  return at != all.end() && at->instrument == instrument ? &*at : nullptr;
}

Line* Book::find_line(PortfolioId id, InstrumentId instrument) {
  return const_cast<Line*>(std::as_const(*this).line(id, instrument));
}

FillResult Book::apply_fill(PortfolioId portfolio, InstrumentId instrument, Quantity quantity,
                            Price price) {
  const Instrument& definition = instruments_[instrument];
  const auto amount = notional(price, quantity, definition.multiplier);
  if (!amount || !fits_cash(*amount)) return FillResult::kOverflow;
  // An FX trade moves two cash lines; anything else moves its own line, and cash unless it is a
  // future.
  const bool is_fx = definition.kind == InstrumentKind::kFx;
  Line* held =
      find_line(portfolio, is_fx ? instruments_.cash(definition.base_currency) : instrument);
  if (held == nullptr) return FillResult::kNoLine;
  const auto held_after = quantity_after(*held, quantity);
  if (!held_after) return FillResult::kOverflow;
  if (definition.is_future()) {
    const auto cost_after =
        narrow<Money>(static_cast<Int128>(held->cost.raw()) + amount->raw(), kMaxLocalRaw);
    if (!cost_after) return FillResult::kOverflow;
    held->cost = *cost_after;
  } else {
    Line* cash = find_line(portfolio, instruments_.cash(definition.currency));
    if (cash == nullptr || cash == held) return FillResult::kNoLine;  // cash is not traded
    const auto cash_after = quantity_after(*cash, -cash_quantity(*amount));
    if (!cash_after) return FillResult::kOverflow;
    cash->quantity = *cash_after;
    revalue(index_of(*cash));
  }
  held->quantity = *held_after;
  revalue(index_of(*held));
  return FillResult::kApplied;
}

FillResult Book::apply_cash_flow(PortfolioId portfolio, CurrencyId currency, Money amount) {
  if (currency.index() >= instruments_.currency_count()) return FillResult::kNoLine;
  const InstrumentId instrument = instruments_.cash(currency);
  Line* cash = instrument.valid() ? find_line(portfolio, instrument) : nullptr;
  if (cash == nullptr) return FillResult::kNoLine;
  if (!fits_cash(amount)) return FillResult::kOverflow;
  const auto after = quantity_after(*cash, cash_quantity(amount));
  if (!after) return FillResult::kOverflow;
  cash->quantity = *after;
  revalue(index_of(*cash));
  return FillResult::kApplied;
}

FillResult Book::set_working(PortfolioId portfolio, InstrumentId instrument, Quantity buy,
                             Quantity sell) {
  EVENKEEL_CHECK(buy.raw() >= 0 && sell.raw() >= 0);
  const Instrument& definition = instruments_[instrument];
  // A working FX order shows as working in the currency bought or sold.
  const bool is_fx = definition.kind == InstrumentKind::kFx;
  Line* line =
      find_line(portfolio, is_fx ? instruments_.cash(definition.base_currency) : instrument);
  if (line == nullptr) return FillResult::kNoLine;
  const auto high = add_checked(line->quantity, buy);
  const auto low = add_checked(line->quantity, -sell);
  if (!high || !low) return FillResult::kOverflow;
  line->working_buy = buy;
  line->working_sell = sell;
  revalue(index_of(*line));
  return FillResult::kApplied;
}

PortfolioTotals Book::totals(PortfolioId id) const {
  const Portfolio& portfolio = portfolios_[id.index()];
  PortfolioTotals totals{.nav = portfolio.nav, .unvalued_lines = portfolio.unvalued_lines};
  for (std::size_t i = 0; i < models_[portfolio.model.index()].sleeves.size(); ++i) {
    totals.exposure.push_back(sleeves_[portfolio.first_sleeve + i].exposure);
    totals.projected.push_back(sleeves_[portfolio.first_sleeve + i].projected);
  }
  return totals;
}

PortfolioTotals Book::from_scratch(PortfolioId id) const {
  const Portfolio& portfolio = portfolios_[id.index()];
  const Model& model = models_[portfolio.model.index()];
  PortfolioTotals totals;
  totals.exposure.resize(model.sleeves.size());
  totals.projected.resize(model.sleeves.size());
  const auto add = [&](SleeveId leaf, Money exposure, Money projected) {
    for (SleeveId s = leaf; s.valid(); s = model.sleeves[s.index()].parent) {
      totals.exposure[s.index()] += exposure;
      totals.projected[s.index()] += projected;
    }
  };
  for (const Line& line : lines(id)) {
    const Valuation valuation = value(portfolio, line);
    totals.nav += valuation.nav;
    totals.unvalued_lines += valuation.valued ? 0 : 1;
    add(line.sleeve, valuation.exposure, valuation.projected);
    add(model.cash_sleeve, valuation.nav - valuation.exposure, valuation.nav - valuation.projected);
  }
  return totals;
}

}  // namespace evenkeel
