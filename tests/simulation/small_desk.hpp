// The desk of the simulations: its files as text, and the same facts once more as plain values for
// whoever checks it and must not trust its readers.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/journal.hpp"

namespace evenkeel::simulation {

/// What an instrument is, in plain numbers.
struct PlainInstrument {
  enum class Kind { kPaid, kFuture, kPair };
  Kind kind = Kind::kPaid;
  std::string symbol;
  std::string currency;  // of its price
  std::string base;      // of a pair
  std::int64_t multiplier = 1;
  std::int64_t price_e4 = 0;  // at the start
  std::int64_t tick_e4 = 100;
};

struct PlainPortfolio {
  std::string name;
  std::map<std::string, std::int64_t> units;    // by symbol, whole ones
  std::map<std::string, std::int64_t> cash_e4;  // by currency
};

struct SmallDesk {
  std::vector<ConfigText> files;
  std::vector<PlainInstrument> instruments;
  std::vector<PlainPortfolio> portfolios;  // by PortfolioId
};

/// Two to four portfolios, by chance of the seed.
SmallDesk small_desk(std::uint64_t seed);

inline constexpr const char* kEngineId = "SIM1";

}  // namespace evenkeel::simulation
