// Any text as a policy: either a policy that is well formed, whose check and compilation go
// through, or complaints that all have a place. Never anything else.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "core/check.hpp"
#include "rules/policy.hpp"
#include "rules/sizing.hpp"

namespace {

using namespace evenkeel;  // NOLINT: a program of one function

InstrumentTable make_instruments() {
  InstrumentTable table;
  const auto add = [&](std::string_view symbol, InstrumentKind kind, std::string_view currency,
                       bool quoted) {
    Instrument instrument;
    EVENKEEL_CHECK(instrument.symbol.assign(symbol));
    instrument.kind = kind;
    instrument.currency = *table.add_currency(currency);
    if (kind == InstrumentKind::kFx) instrument.base_currency = *table.add_currency("EUR");
    instrument.tick = Price::from_raw(10'000'000);
    if (kind == InstrumentKind::kFuture) instrument.multiplier = Multiplier::from_whole(50);
    instrument.quoted = quoted;
    if (!quoted) instrument.statement_price = Price::from_whole(100);
    EVENKEEL_CHECK(table.add(instrument).ok());
  };
  add("USD", InstrumentKind::kCash, "USD", false);
  add("EUR", InstrumentKind::kCash, "EUR", false);
  add("EURUSD", InstrumentKind::kFx, "USD", true);
  add("SPY", InstrumentKind::kEtf, "USD", true);
  add("VEA", InstrumentKind::kEtf, "EUR", true);
  add("AGG", InstrumentKind::kEtf, "USD", true);
  add("PRIV", InstrumentKind::kFund, "USD", false);
  add("ESZ6", InstrumentKind::kFuture, "USD", true);
  add("ZNZ6", InstrumentKind::kFuture, "USD", true);
  return table;
}

void check_sound(const rules::Policy& policy, const InstrumentTable& instruments) {
  EVENKEEL_CHECK(policy.model().well_formed());
  EVENKEEL_CHECK(policy.sleeves.size() <= rules::kSleevesMax);
  EVENKEEL_CHECK(policy.cash_sleeve.index() < policy.sleeves.size());
  Ratio leaves;
  for (const rules::PolicySleeve& sleeve : policy.sleeves) {
    EVENKEEL_CHECK(sleeve.target.raw() >= 0 && sleeve.target <= kWhole);
    if (sleeve.is_leaf) leaves += sleeve.target;
  }
  EVENKEEL_CHECK(leaves == kWhole);
  const rules::CompiledPolicy compiled(policy);
  EVENKEEL_CHECK(!compiled.units.empty());
  const std::vector<Price> marks(instruments.size(), Price::from_whole(100));
  const std::vector<Price> rates(instruments.currency_count(), kUnitPrice);
  for (const std::int64_t nav : {std::int64_t{0}, std::int64_t{1}, std::int64_t{90'000'000'000}})
    check_policy(policy, instruments, Money::from_whole(nav), marks, rates);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const InstrumentTable kInstruments = make_instruments();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<rules::Complaint> warnings;
  const auto policy = rules::parse_policy(text, "fuzz.toml", kInstruments, &warnings);
  if (policy.ok()) {
    check_sound(*policy, kInstruments);
  } else {
    EVENKEEL_CHECK(policy.status().message().find("fuzz.toml:") == 0);
  }
  return 0;
}
