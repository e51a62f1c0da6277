// What can be held or quoted: instruments with currency, tick, lot, multiplier and kind, and the
// currencies with the pairs that convert them. Built once at the edge, immutable afterwards. Never
// holds a price that moves.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/ids.hpp"
#include "core/text.hpp"
#include "core/time.hpp"
#include "core/units.hpp"

namespace evenkeel {

enum class InstrumentKind : std::uint8_t { kEquity = 0, kEtf, kFund, kFuture, kFx, kCash };

/// The lower-case name used in files ("equity", "etf", "fund", "future", "fx", "cash").
std::string_view kind_name(InstrumentKind kind);

struct Instrument {
  Text<16> symbol;
  InstrumentKind kind = InstrumentKind::kEquity;
  CurrencyId currency;                      // the currency of its price; for FX the quote currency
  CurrencyId base_currency;                 // FX only: what one unit of the price buys
  Price tick;                               // > 0
  Quantity lot = Quantity::from_whole(1);   // smallest tradable step, > 0
  Multiplier multiplier = kUnitMultiplier;  // currency units for a price of one, > 0
  Ratio beta = kWhole;                      // of a future to the sleeve it hedges
  bool quoted = true;                       // a feed quotes it; false: priced by statement, or cash
  bool tradable = true;
  SourceId feed;          // the line that quotes it
  Price statement_price;  // for what is not quoted: its last statement price
  Ratio spread_max = Ratio::from_raw(50'000'000);  // wider is not a sound quote (5%)
  Ratio move_max = Ratio::from_raw(200'000'000);   // a larger jump needs confirmation (20%)
  DurationNs confirm_for = 2 * kSecond;            // how long a jump must stand to be believed
  std::int32_t expiry_yyyymmdd = 0;                // futures

  bool is_future() const { return kind == InstrumentKind::kFuture; }
  bool is_cash() const { return kind == InstrumentKind::kCash; }
};

/// What a notional counts as in its sleeve: a future's by its beta to the sleeve, anything else's
/// as it is. Same currency. Nothing when it does not fit, or when there is no notional.
inline std::optional<Money> exposure_of(const Instrument& instrument, std::optional<Money> worth) {
  if (!worth || !instrument.is_future() || instrument.beta == kWhole) return worth;
  return fraction(*worth, instrument.beta);
}

/// How an amount in one currency becomes one in another: through `pair`, or not at all when they
/// are the same.
struct FxLink {
  InstrumentId pair;     // none: the same currency (rate one)
  bool inverse = false;  // the pair is quoted target/source
  bool known = false;    // false: no pair is known; the amount cannot be converted
};

/// All instruments and currencies, indexed by id. Ids are given in the order of adding.
class InstrumentTable {
 public:
  /// The id of a currency by ISO code, added when new. Error: not three capital letters.
  absl::StatusOr<CurrencyId> add_currency(std::string_view code);
  /// Adds an instrument. Errors: duplicate or empty symbol, tick, lot or multiplier not positive,
  /// a negative statement price or tolerance, unknown currency, an FX pair without two different
  /// currencies or with a multiplier. Cash gets price one, and one cash instrument a currency.
  absl::StatusOr<InstrumentId> add(const Instrument& instrument);

  const Instrument& operator[](InstrumentId id) const { return instruments_[id.index()]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(instruments_.size()); }
  /// None when unknown. Binary search: not for the hot path.
  InstrumentId find(std::string_view symbol) const;
  CurrencyId find_currency(std::string_view code) const;
  std::string_view currency_code(CurrencyId id) const {
    return currencies_[id.index()].code.view();
  }
  std::uint16_t currency_count() const { return static_cast<std::uint16_t>(currencies_.size()); }
  /// The cash instrument of a currency; none when there is none.
  InstrumentId cash(CurrencyId currency) const { return currencies_[currency.index()].cash; }
  /// How `from` becomes `to`. The first pair added between the two is used.
  FxLink fx_link(CurrencyId from, CurrencyId to) const;

 private:
  struct Currency {
    Text<4> code;
    InstrumentId cash;
  };
  std::vector<Instrument> instruments_;
  std::vector<InstrumentId> by_symbol_;  // sorted by symbol
  std::vector<Currency> currencies_;
};

}  // namespace evenkeel
