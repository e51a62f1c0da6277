// Incremental equals from-scratch, to the bit: over random sleeve trees, portfolios in three
// currencies and streams of quotes (good, bad, absurd), trades, fills, busts, cash flows and
// working orders. After each event every portfolio is compared with Book's own audit and with an
// evaluator that shares no code with it.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/core/reference_book.hpp"
#include "tests/core/world.hpp"

namespace evenkeel {
namespace {

using namespace testing_world;

/// Choices for building a world, taken in order; zeros when they run out, so that shrinking works.
class Dice {
 public:
  explicit Dice(const std::vector<std::uint32_t>& rolls) : rolls_(rolls) {}
  std::uint32_t below(std::uint32_t bound) {
    const std::uint32_t roll = next_ < rolls_.size() ? rolls_[next_++] : 0;
    return roll % bound;
  }

 private:
  const std::vector<std::uint32_t>& rolls_;
  std::size_t next_ = 0;
};

/// One step of a stream; what the numbers mean depends on the kind.
struct Step {
  std::uint8_t kind = 0;
  std::uint8_t portfolio = 0;
  std::uint8_t instrument = 0;
  std::uint8_t variant = 0;
  std::int64_t x = 0;
  std::int64_t y = 0;
};

void showValue(const Step& step, std::ostream& os) {
  os << "{" << int{step.kind} << ", " << int{step.portfolio} << ", " << int{step.instrument} << ", "
     << int{step.variant} << ", " << step.x << ", " << step.y << "}";
}

/// Three currencies with all pairs between them, some quoted one way and some the other.
struct ThreeCurrencies {
  InstrumentTable table;
  std::vector<CurrencyId> currencies;
  std::vector<InstrumentId> holdable;  // everything but pairs

  ThreeCurrencies() {
    for (const char* code : {"USD", "EUR", "CHF"}) {
      currencies.push_back(*table.add_currency(code));
      holdable.push_back(*table.add(define(code, InstrumentKind::kCash, currencies.back())));
    }
    const CurrencyId usd = currencies[0], eur = currencies[1], chf = currencies[2];
    add_pair("EURUSD", eur, usd);
    add_pair("USDCHF", usd, chf);
    add_pair("EURCHF", eur, chf);
    add("US1", InstrumentKind::kEquity, usd, 1'000'000);
    add("US2", InstrumentKind::kEtf, usd, 1'000'000);
    add("EU1", InstrumentKind::kEquity, eur, 1'000'000);
    add("EU2", InstrumentKind::kEquity, eur, 333'333);
    add("CH1", InstrumentKind::kEquity, chf, 1'000'000);
    add("ESZ", InstrumentKind::kFuture, usd, 50'000'000);
    add("FDX", InstrumentKind::kFuture, eur, 25'000'000);
    Instrument fund = define("FND", InstrumentKind::kFund, chf);
    fund.quoted = false;
    fund.statement_price = Price::from_raw(12'345'678'901);
    holdable.push_back(*table.add(fund));
  }
  void add_pair(const char* symbol, CurrencyId base, CurrencyId quote) {
    Instrument pair = define(symbol, InstrumentKind::kFx, quote);
    pair.base_currency = base;
    static_cast<void>(*table.add(pair));
  }
  void add(const char* symbol, InstrumentKind kind, CurrencyId currency, std::int64_t multiplier) {
    Instrument instrument = define(symbol, kind, currency);
    instrument.multiplier = Multiplier::from_raw(multiplier);
    // An odd beta, so that its rounding is looked at, too.
    if (kind == InstrumentKind::kFuture && currency == currencies[1]) {
      instrument.beta = Ratio::from_raw(933'333'333);
    }
    holdable.push_back(*table.add(instrument));
  }
};

/// A random desk, the book on it, and a reference for each portfolio.
class Desk {
 public:
  explicit Desk(const std::vector<std::uint32_t>& rolls) {
    Dice dice(rolls);
    const std::uint32_t models = 1 + dice.below(2);
    for (std::uint32_t m = 0; m < models; ++m) models_.push_back(random_model(dice));
    for (const Model& model : models_) static_cast<void>(*book_.add_model(model));
    const std::uint32_t portfolios = 1 + dice.below(3);
    for (std::uint32_t p = 0; p < portfolios; ++p) add_portfolio(dice, p);
    book_.finish();
    market_.apply(make_.phase(VenuePhase::kRegular));
  }

  void take(const Step& step) {
    make_.now += 1 + (step.x < 0 ? -(step.x / 2) : step.x / 2) % (3 * kSecond);
    switch (step.kind % 8) {
      case 0:
      case 1:
      case 2:
        return take_quote(step);
      case 3:
        return take_other_market_event(step);
      case 4:
        return take_fill(step);
      case 5:
        return take_bust(step);
      case 6:
        return take_cash_flow(step);
      default:
        return take_working(step);
    }
  }

  /// What is wrong with a portfolio's totals against the reference at `marks`; empty when nothing.
  std::string difference(std::uint32_t p, const std::vector<std::int64_t>& marks) const {
    const PortfolioId id{p};
    const PortfolioTotals totals = book_.totals(id);
    const ReferenceBook::Totals wanted = references_[p].evaluate(marks);
    if (Int128{totals.nav.raw()} != wanted.nav) return "nav";
    if (totals.unvalued_lines != wanted.unvalued) return "unvalued lines";
    for (std::size_t s = 0; s < wanted.exposure.size(); ++s) {
      if (Int128{totals.exposure[s].raw()} != wanted.exposure[s]) return "exposure";
      if (Int128{totals.projected[s].raw()} != wanted.projected[s]) return "projected";
    }
    if (wanted.exposure[0] != wanted.nav || wanted.projected[0] != wanted.nav) return "root";
    return "";
  }
  std::vector<std::int64_t> marks() const {
    std::vector<std::int64_t> marks;
    for (std::uint32_t n = 0; n < world_.table.size(); ++n) {
      marks.push_back(market_.mark(InstrumentId{n}).raw());
    }
    return marks;
  }
  void expect_exact() const {
    const std::vector<std::int64_t> now = marks();
    for (std::uint32_t p = 0; p < references_.size(); ++p) {
      RC_ASSERT(difference(p, now) == "");
      RC_ASSERT(book_.audit(PortfolioId{p}));
    }
  }
  /// Each line's positions against the reference's.
  void expect_positions() {
    for (std::uint32_t p = 0; p < references_.size(); ++p) {
      for (const Line& line : book_.lines(PortfolioId{p})) {
        const auto& position = references_[p].position(line.instrument);
        RC_ASSERT(Int128{line.quantity.raw()} == position.quantity);
        RC_ASSERT(Int128{line.cost.raw()} == position.cost);
        RC_ASSERT(Int128{line.working_buy.raw()} == position.working_buy);
        RC_ASSERT(Int128{line.working_sell.raw()} == position.working_sell);
      }
    }
  }

  const ThreeCurrencies& world() const { return world_; }
  MarketState& market() { return market_; }
  Book& book() { return book_; }
  EventMaker& maker() { return make_; }
  std::uint64_t applied() const { return applied_; }

 private:
  struct Fill {
    PortfolioId portfolio;
    InstrumentId instrument;
    std::int64_t quantity, price;
  };

  Model random_model(Dice& dice) const {
    Model model;
    model.sleeves.resize(1 + dice.below(7));
    for (std::size_t s = 1; s < model.sleeves.size(); ++s) {
      model.sleeves[s].parent = SleeveId::of(dice.below(static_cast<std::uint32_t>(s)));
    }
    const auto count = static_cast<std::uint32_t>(model.sleeves.size());
    model.cash_sleeve = SleeveId::of(dice.below(count));
    for (std::uint32_t n = 0; n < world_.table.size(); ++n) {
      if (dice.below(3) == 0) continue;
      model.assignments.push_back({InstrumentId{n}, SleeveId::of(dice.below(count))});
    }
    return model;
  }
  void add_portfolio(Dice& dice, std::uint32_t number) {
    PortfolioSpec spec;
    spec.name = "p" + std::to_string(number);
    spec.base = world_.currencies[dice.below(3)];
    spec.model = ModelId::of(dice.below(static_cast<std::uint32_t>(models_.size())));
    ReferenceBook reference(world_.table, models_[spec.model.index()], spec.base);
    for (const InstrumentId id : world_.holdable) {
      if (dice.below(3) == 0) continue;
      const std::int64_t quantity =
          static_cast<std::int64_t>(dice.below(2'000'000'000)) - 1'000'000;
      const std::int64_t cost_price = static_cast<std::int64_t>(dice.below(2'000'000'000)) * 1'000;
      spec.holdings.push_back({id, Quantity::from_raw(quantity), Price::from_raw(cost_price)});
      if (world_.table[id].is_future()) {
        reference.fill(id, quantity, cost_price);
      } else {
        reference.position(id).quantity = quantity;
      }
    }
    static_cast<void>(*book_.add_portfolio(spec));
    references_.push_back(reference);
  }

  /// Any instrument of the table, or an id beyond it now and then.
  InstrumentId instrument(const Step& step) const {
    return InstrumentId{step.instrument % world_.table.size()};
  }
  PortfolioId portfolio(const Step& step) const {
    return PortfolioId{step.portfolio % book_.portfolio_count()};
  }

  void take_quote(const Step& step) {
    const InstrumentId id = instrument(step);
    const std::int64_t mark = market_.mark(id).raw() > 0 ? market_.mark(id).raw() : 1'000'000'000;
    std::int64_t bid = mark + step.x % (mark / 8 + 1), ask = bid + step.y % (mark / 50 + 1);
    switch (step.variant % 12) {
      case 0:  // withdrawn
        bid = ask = 0;
        break;
      case 1:
        ask = 0;
        break;
      case 2:  // crossed
        std::swap(bid, ask);
        ++bid;
        break;
      case 3:  // absurd
        bid = step.x;
        ask = step.y;
        break;
      case 4:  // a jump, perhaps to be confirmed
        bid *= 2;
        ask = bid;
        break;
      default:
        break;
    }
    const std::uint8_t flags = step.variant == 100 ? kQuoteHalted : std::uint8_t{0};
    if (market_.apply(make_.quote_raw(id, bid, ask, flags))) {
      ++applied_;
      book_.reprice(id, [](PortfolioId) {});
    }
  }
  void take_other_market_event(const Step& step) {
    const InstrumentId id = instrument(step);
    const Event events[] = {
        make_.trade(id, step.x / 10'000'000), make_.status(id, InstrumentStatus::kHalted),
        make_.gap(3), make_.phase(VenuePhase::kPostMarket), make_.price(InstrumentId{1'000}, 100)};
    RC_ASSERT(!market_.apply(events[step.variant % std::size(events)]));
  }
  void take_fill(const Step& step) {
    const Fill fill{portfolio(step), instrument(step), step.x, step.y};
    if (apply(fill)) fills_.push_back(fill);
  }
  void take_bust(const Step& step) {
    if (fills_.empty()) return;
    const std::size_t which = static_cast<std::size_t>(step.variant) % fills_.size();
    Fill undo = fills_[which];
    undo.quantity = -undo.quantity;
    if (apply(undo)) fills_.erase(fills_.begin() + static_cast<std::ptrdiff_t>(which));
  }
  bool apply(const Fill& fill) {
    const PortfolioTotals before = book_.totals(fill.portfolio);
    const FillResult result =
        book_.apply_fill(fill.portfolio, fill.instrument, Quantity::from_raw(fill.quantity),
                         Price::from_raw(fill.price));
    if (result != FillResult::kApplied) {
      RC_ASSERT(book_.totals(fill.portfolio) == before);
      return false;
    }
    ++applied_;
    references_[fill.portfolio.index()].fill(fill.instrument, fill.quantity, fill.price);
    return true;
  }
  void take_cash_flow(const Step& step) {
    const CurrencyId currency = world_.currencies[step.instrument % 3];
    if (book_.apply_cash_flow(portfolio(step), currency, Money::from_raw(step.x)) ==
        FillResult::kApplied) {
      ++applied_;
      references_[portfolio(step).index()].cash_flow(currency, step.x);
    }
  }
  void take_working(const Step& step) {
    const std::int64_t buy = step.x & INT64_MAX, sell = step.y & INT64_MAX;
    if (book_.set_working(portfolio(step), instrument(step), Quantity::from_raw(buy),
                          Quantity::from_raw(sell)) == FillResult::kApplied) {
      ++applied_;
      references_[portfolio(step).index()].set_working(instrument(step), buy, sell);
    }
  }

  ThreeCurrencies world_;
  std::vector<Model> models_;
  MarketState market_{world_.table, 1};
  Book book_{world_.table, market_};
  EventMaker make_;
  std::vector<ReferenceBook> references_;
  std::vector<Fill> fills_;
  std::uint64_t applied_ = 0;
};

/// Mostly numbers as they occur (shares by the thousand, prices by the hundred), some enormous.
rc::Gen<std::int64_t> amount() {
  return rc::gen::map(rc::gen::pair(rc::gen::resize(1000, rc::gen::arbitrary<std::int64_t>()),
                                    rc::gen::inRange(0, 44)),
                      [](const std::pair<std::int64_t, int>& p) {
                        return p.first >> (p.second < 2 ? p.second : p.second + 19);
                      });
}

rc::Gen<Step> any_step() {
  return rc::gen::build<Step>(rc::gen::set(&Step::kind), rc::gen::set(&Step::portfolio),
                              rc::gen::set(&Step::instrument), rc::gen::set(&Step::variant),
                              rc::gen::set(&Step::x, amount()), rc::gen::set(&Step::y, amount()));
}

rc::Gen<std::vector<std::uint32_t>> any_rolls() {
  return rc::gen::container<std::vector<std::uint32_t>>(
      96, rc::gen::resize(1000, rc::gen::inRange<std::uint32_t>(0, 0x7fffffff)));
}

/// Quotes for all, so that streams start from something that has values.
std::vector<Step> opening() {
  std::vector<Step> steps;
  for (std::uint8_t n = 0; n < 14; ++n) {
    steps.push_back({.kind = 0, .instrument = n, .variant = 7, .x = 40'000'000 * (n + 1), .y = n});
  }
  return steps;
}

TEST(BookProperty, IncrementalEqualsFromScratchToTheBit) {
  std::uint64_t applied = 0;
  EXPECT_TRUE(rc::check("after each event, for each portfolio", [&applied] {
    const auto rolls = *any_rolls();
    // Up to 250 steps whatever the run's size: short streams stay on easy ground.
    const auto steps = *rc::gen::resize(250, rc::gen::container<std::vector<Step>>(any_step()));
    Desk desk(rolls);
    desk.expect_exact();
    if (rolls[0] % 4 != 0) {
      for (const Step& step : opening()) desk.take(step);
    }
    const std::uint64_t at_opening = desk.applied();
    for (const Step& step : steps) {
      desk.take(step);
      desk.expect_exact();
    }
    desk.expect_positions();
    applied += desk.applied() - at_opening;
  }));
  // A generator that only makes what is refused proves nothing: about a third changes the book.
  EXPECT_GT(applied, 20'000U);
}

// --- the comparison itself is tried: what is broken on purpose must be found
// ---------------------------

/// A desk on which each instrument has a mark and portfolio 0 holds something of it.
std::unique_ptr<Desk> desk_with_everything() {
  std::vector<std::uint32_t> rolls(96, 1'999'999'999);
  auto desk = std::make_unique<Desk>(rolls);
  for (const Step& step : opening()) desk->take(step);
  return desk;
}

TEST(BookProperty, APerturbedMarkIsFound) {
  const auto desk = desk_with_everything();
  ASSERT_EQ(desk->difference(0, desk->marks()), "");
  int tried = 0;
  for (const Line& line : desk->book().lines(PortfolioId{0})) {
    if (line.quantity.is_zero()) continue;
    // The smallest change that moves the line by at least one unit of money.
    auto marks = desk->marks();
    marks[line.instrument.index()] += 1'000'000;
    EXPECT_NE(desk->difference(0, marks), "") << line.instrument.value;
    ++tried;
  }
  EXPECT_GE(tried, 5);
}

TEST(BookProperty, AQuoteThatTheBookMissedIsFound) {
  int tried = 0;
  for (std::uint32_t n = 0; n < ThreeCurrencies().table.size(); ++n) {
    const auto desk = desk_with_everything();
    const InstrumentId id{n};
    const std::int64_t mark = desk->market().mark(id).raw();
    std::vector<PortfolioId> readers;
    desk->book().for_each_portfolio(id, [&readers](PortfolioId p) { readers.push_back(p); });
    const Money before = desk->book().nav(PortfolioId{0});
    const std::int64_t moved = mark + mark / 16;
    if (!desk->market().apply(desk->maker().quote_raw(id, moved, moved))) continue;  // cash, fund
    const bool audited = desk->book().audit(PortfolioId{0});
    const std::string difference = desk->difference(0, desk->marks());
    EXPECT_EQ(desk->book().nav(PortfolioId{0}), before);
    desk->book().reprice(id, [](PortfolioId) {});
    if (desk->book().nav(PortfolioId{0}) == before) continue;  // nothing of it was held
    EXPECT_FALSE(audited) << n;
    EXPECT_NE(difference, "") << n;
    EXPECT_EQ(desk->difference(0, desk->marks()), "") << n;
    EXPECT_TRUE(desk->book().audit(PortfolioId{0})) << n;
    ++tried;
  }
  EXPECT_GE(tried, 5);
}

TEST(BookProperty, AFillThatTheReferenceMissedIsFound) {
  const auto desk = desk_with_everything();
  for (const Line& line : desk->book().lines(PortfolioId{0})) {
    const InstrumentId id = line.instrument;
    if (desk->book().apply_fill(PortfolioId{0}, id, Quantity::from_raw(1'000'000), kUnitPrice) !=
        FillResult::kApplied) {
      continue;
    }
    EXPECT_NE(desk->difference(0, desk->marks()), "") << id.value;
    ASSERT_EQ(
        desk->book().apply_fill(PortfolioId{0}, id, Quantity::from_raw(-1'000'000), kUnitPrice),
        FillResult::kApplied);
    EXPECT_EQ(desk->difference(0, desk->marks()), "") << id.value;
  }
}

}  // namespace
}  // namespace evenkeel
