// A portfolio's holdings from a custodian-style CSV: symbol, shares, price and class, in any order
// and case of columns. Numbers are read exactly. Every complaint carries file, line and column, and
// all of them are collected; one error, and there are no holdings. Never guesses: what is
// contradictory is a complaint.
//
//   symbol, shares, price, class
//   SPY,    "5,000", 452.10, US Equity      class: a sleeve of the policy, or a sleeve above it
//   ESZ6,   -12,     4510.25, US Equity     futures: the price the variation counts from
//   USD,    250000,  ,        Cash          cash: the currency, or CASH-USD; price 1 or nothing
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/instrument.hpp"
#include "core/model.hpp"
#include "core/units.hpp"
#include "rules/config_reader.hpp"

namespace evenkeel::apps {

struct HoldingRow {
  InstrumentId instrument;
  Quantity quantity;  // negative for short futures only; cash: the amount
  Price price;        // > 0; cash: one
  rules::Position position;
};

/// What the rows are checked against. Everything is borrowed for the call.
struct HoldingsContext {
  const InstrumentTable& instruments;
  const Model* model = nullptr;  // the policy's sleeves; null: any class
  std::string_view policy = {};  // its name, for messages
  std::vector<std::string> ignored_columns = {};
};

/// The rows in file order. Empty after an error, which `complaints` then holds; a file without rows
/// is an error too.
std::vector<HoldingRow> parse_holdings(std::string_view text, std::string_view file,
                                       const HoldingsContext& context,
                                       rules::Complaints& complaints);

/// What is wrong with a number, or nothing. `raw` is set to the exact value in units of 1/scale.
/// Takes an optional sign, digits with or without thousands separators, and decimals. Error: text,
/// separators not in groups of three, more decimals than the scale holds, out of range.
std::string read_decimal(std::string_view text, std::int64_t scale, std::int64_t& raw);

}  // namespace evenkeel::apps
