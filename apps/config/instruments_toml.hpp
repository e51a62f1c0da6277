// instruments.toml: what can be held, quoted and traded. Read into plain definitions first, so that
// prices found elsewhere (a custodian's statement) can be filled in before the table is built.
// Never guesses: a key that makes no sense for a kind is a complaint.
//
//   currencies = ["USD", "EUR"]      each gets a cash instrument of its own name
//   [[instrument]]                   symbol, kind, currency, tick, lot, multiplier, beta, expiry,
//   feed,
//                                    quoted, tradable, statement_price, spread_max, move_max,
//                                    confirm_for; base (fx: what one unit buys); reference_price
//                                    (of what is quoted: for checks until the feed speaks)
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/instrument.hpp"
#include "rules/config_reader.hpp"

namespace evenkeel::apps {

/// The definitions of instruments.toml in file order, cash first. Ids are given in that order.
struct InstrumentDefinitions {
  std::vector<std::string> currencies;  // CurrencyIds are given in this order
  std::vector<Instrument> instruments;
  std::vector<rules::Position> positions;  // of each instrument, for complaints
  std::vector<Price> references;           // `reference_price` of each, or zero: for showing only
};

/// `feeds`: the names of the feed lines; their SourceIds are their positions. What was wrong is in
/// `complaints`; definitions with errors are left out.
InstrumentDefinitions read_instruments(std::string_view text, std::string_view file,
                                       const std::vector<std::string>& feeds,
                                       rules::Complaints& complaints);

/// Adds everything to a fresh table. What the table refuses (duplicates) is a complaint.
InstrumentTable build_table(const InstrumentDefinitions& definitions, std::string_view file,
                            rules::Complaints& complaints);

}  // namespace evenkeel::apps
