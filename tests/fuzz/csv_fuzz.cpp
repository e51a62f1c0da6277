// Holdings files of any content: they are read or refused with complaints, and what is read obeys
// what a book relies on.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "apps/config/holdings_csv.hpp"
#include "core/check.hpp"
#include "core/market.hpp"

namespace {

using namespace evenkeel;

struct Fixture {
  InstrumentTable table;
  Model model;

  Fixture() {
    const CurrencyId usd = *table.add_currency("USD");
    const CurrencyId eur = *table.add_currency("EUR");
    add("USD", InstrumentKind::kCash, usd);
    add("EUR", InstrumentKind::kCash, eur);
    add("SPY", InstrumentKind::kEtf, usd);
    add("AGG", InstrumentKind::kEtf, usd);
    add("ESZ6", InstrumentKind::kFuture, usd);
    sleeve("all", SleeveId::none());
    sleeve("equity", SleeveId{0});
    sleeve("bonds", SleeveId{0});
    sleeve("cash", SleeveId{0});
    model.cash_sleeve = SleeveId{3};
    model.assignments = {{table.find("SPY"), SleeveId{1}}, {table.find("AGG"), SleeveId{2}}};
  }
  void add(std::string_view symbol, InstrumentKind kind, CurrencyId currency) {
    Instrument instrument;
    EVENKEEL_CHECK(instrument.symbol.assign(symbol));
    instrument.kind = kind;
    instrument.currency = currency;
    instrument.tick = Price::from_raw(10'000'000);
    EVENKEEL_CHECK(table.add(instrument).ok());
  }
  void sleeve(std::string_view name, SleeveId parent) {
    Sleeve sleeve{.name = {}, .parent = parent};
    EVENKEEL_CHECK(sleeve.name.assign(name));
    model.sleeves.push_back(sleeve);
  }
};

void check_row(const apps::HoldingRow& row, const InstrumentTable& table) {
  EVENKEEL_CHECK(row.instrument.index() < table.size());
  const Instrument& instrument = table[row.instrument];
  EVENKEEL_CHECK(row.price.raw() > 0 && row.price <= MarketState::kPriceMax);
  EVENKEEL_CHECK(row.quantity.raw() >= 0 || instrument.is_future());
  EVENKEEL_CHECK(!instrument.is_cash() || row.price == kUnitPrice);
  const auto value = notional(row.price, row.quantity, instrument.multiplier);
  EVENKEEL_CHECK(value && value->abs().raw() <= kMaxLineRaw);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Fixture fixture;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const apps::HoldingsContext context{fixture.table, &fixture.model, "fuzz", {"Account"}};
  rules::Complaints complaints;
  const auto rows = apps::parse_holdings(text, "fuzz.csv", context, complaints);
  // One or the other: holdings, or the reason why not.
  EVENKEEL_CHECK(rows.empty() != complaints.ok());
  std::vector<bool> seen(fixture.table.size());
  for (const apps::HoldingRow& row : rows) {
    check_row(row, fixture.table);
    EVENKEEL_CHECK(!seen[row.instrument.index()]);
    seen[row.instrument.index()] = true;
  }
  return 0;
}
