// A portfolio evaluated the slow and obvious way, for comparing the book with: positions in maps,
// every total summed anew over all lines, rounding by remainder. It shares no arithmetic with
// core/book.cpp or core/units.hpp. Never used outside of tests.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/book.hpp"

namespace evenkeel::testing_world {

class ReferenceBook {
 public:
  using Wide = Int128;

  struct Position {
    Wide quantity = 0, cost = 0, working_buy = 0, working_sell = 0;  // raw units
  };
  struct Totals {
    Wide nav = 0;
    std::uint32_t unvalued = 0;
    std::vector<Wide> exposure, projected;
  };

  ReferenceBook(const InstrumentTable& table, const Model& model, CurrencyId base)
      : table_(table), model_(model), base_(base) {}

  Position& position(InstrumentId id) { return positions_[id.value]; }

  void fill(InstrumentId id, std::int64_t quantity, std::int64_t price) {
    const Instrument& instrument = table_[id];
    const Wide amount = *notional_of(price, quantity, instrument.multiplier.raw());
    if (instrument.kind == InstrumentKind::kFx) {
      position(table_.cash(instrument.base_currency)).quantity += quantity;
      position(table_.cash(instrument.currency)).quantity -= amount * 100;
      return;
    }
    position(id).quantity += quantity;
    if (instrument.kind == InstrumentKind::kFuture) {
      position(id).cost += amount;
    } else {
      position(table_.cash(instrument.currency)).quantity -= amount * 100;
    }
  }
  void cash_flow(CurrencyId currency, std::int64_t amount) {
    position(table_.cash(currency)).quantity += Wide{amount} * 100;
  }
  void set_working(InstrumentId id, std::int64_t buy, std::int64_t sell) {
    const Instrument& instrument = table_[id];
    Position& working = position(
        instrument.kind == InstrumentKind::kFx ? table_.cash(instrument.base_currency) : id);
    working.working_buy = buy;
    working.working_sell = sell;
  }

  /// `marks`: raw price by instrument.
  Totals evaluate(const std::vector<std::int64_t>& marks) const {
    Totals totals;
    totals.exposure.resize(model_.sleeves.size());
    totals.projected.resize(model_.sleeves.size());
    for (const auto& [index, position] : positions_) {
      const InstrumentId id{index};
      const auto values = line_values(id, position, marks);
      if (!values) {
        ++totals.unvalued;
        continue;
      }
      totals.nav += values->nav;
      for (std::size_t s = 0; s < model_.sleeves.size(); ++s) {
        if (within(leaf_of(id), s)) {
          totals.exposure[s] += values->exposure;
          totals.projected[s] += values->projected;
        }
        if (within(model_.cash_sleeve, s)) {
          totals.exposure[s] += values->nav - values->exposure;
          totals.projected[s] += values->nav - values->projected;
        }
      }
    }
    return totals;
  }

 private:
  struct LineValues {
    Wide nav, exposure, projected;
  };

  static Wide rounded(Wide numerator, Wide denominator) {
    const Wide quotient = numerator / denominator;
    const Wide rest = numerator % denominator;
    if ((rest < 0 ? -rest : rest) * 2 < denominator) return quotient;
    return quotient + (numerator < 0 ? -1 : 1);
  }
  static std::optional<Wide> within_limit(Wide value, Wide limit) {
    if (value > limit || value < -limit) return std::nullopt;
    return value;
  }
  static std::optional<Wide> notional_of(Wide price, Wide quantity, Wide multiplier) {
    Wide product = 0;
    if (__builtin_mul_overflow(price, quantity, &product) ||
        __builtin_mul_overflow(product, multiplier, &product)) {
      return std::nullopt;
    }
    constexpr Wide kTenTo17 = 100'000'000'000'000'000;
    return within_limit(rounded(product, kTenTo17), kTenTo17);
  }
  std::optional<Wide> in_base(CurrencyId from, Wide amount,
                              const std::vector<std::int64_t>& marks) const {
    constexpr Wide kLimit = 1'000'000'000'000'000;
    if (from == base_) return within_limit(amount, kLimit);
    for (std::uint32_t n = 0; n < table_.size(); ++n) {
      const Instrument& pair = table_[InstrumentId{n}];
      if (pair.kind != InstrumentKind::kFx) continue;
      const Wide rate = marks[n];
      if (pair.base_currency == from && pair.currency == base_) {
        if (rate <= 0) return std::nullopt;
        return within_limit(rounded(amount * rate, 1'000'000'000), kLimit);
      }
      if (pair.base_currency == base_ && pair.currency == from) {
        if (rate <= 0) return std::nullopt;
        return within_limit(rounded(amount * 1'000'000'000, rate), kLimit);
      }
    }
    return std::nullopt;
  }
  std::optional<LineValues> line_values(InstrumentId id, const Position& p,
                                        const std::vector<std::int64_t>& marks) const {
    const Instrument& instrument = table_[id];
    const Wide projected_quantity = p.quantity + p.working_buy - p.working_sell;
    const bool flat = p.quantity == 0 && projected_quantity == 0;
    if (flat && p.cost == 0) return LineValues{0, 0, 0};
    const Wide mark = marks[id.index()];
    if (!flat && mark <= 0) return std::nullopt;
    const auto now = notional_of(mark, p.quantity, instrument.multiplier.raw());
    const auto then = notional_of(mark, projected_quantity, instrument.multiplier.raw());
    if (!now || !then) return std::nullopt;
    const bool future = instrument.kind == InstrumentKind::kFuture;
    const Wide beta = future ? instrument.beta.raw() : 1'000'000'000;
    const auto exposure = in_base(instrument.currency, rounded(*now * beta, 1'000'000'000), marks);
    const auto projected =
        in_base(instrument.currency, rounded(*then * beta, 1'000'000'000), marks);
    const auto nav = in_base(instrument.currency, future ? *now - p.cost : *now, marks);
    if (!exposure || !projected || !nav) return std::nullopt;
    return LineValues{*nav, *exposure, *projected};
  }
  SleeveId leaf_of(InstrumentId id) const {
    for (const Model::Assignment& a : model_.assignments) {
      if (a.instrument == id && a.sleeve != kRootSleeve) return a.sleeve;
    }
    return table_[id].kind == InstrumentKind::kCash ? model_.cash_sleeve : kRootSleeve;
  }
  /// Whether `leaf` is sleeve `s` or below it.
  bool within(SleeveId leaf, std::size_t s) const {
    while (leaf.valid() && leaf.index() != s) leaf = model_.sleeves[leaf.index()].parent;
    return leaf.valid();
  }

  const InstrumentTable& table_;
  const Model& model_;
  CurrencyId base_;
  std::map<std::uint32_t, Position> positions_;
};

}  // namespace evenkeel::testing_world
