// market.toml: a synthetic market for the instruments of a desk. What an instrument is (kind, tick)
// comes from the desk's instruments.toml; how it moves comes from here. Read once, at start.
//
//   [market]          seed, date, step, volatility, sector_share, stress, calm, stressed
//   [crash]           at (of the session), depth (absent: 20% to 34%, by the seed), fall, recovery
//                     (of the fall), recovery_time; no table, no crash
//   [instrument.SPY]  price, volatility, beta, sector, size, spread_ticks, quotes_per_minute,
//                     trades_per_minute; futures: underlying, carry
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/instrument.hpp"
#include "feeds/synthetic_market.hpp"
#include "rules/config_reader.hpp"

namespace evenkeel::apps {

/// Errors and warnings go to `complaints`; after an error the result is not to be used. Quoted
/// instruments that the market leaves out are a warning: their portfolios would wait for ever.
feeds::MarketConfig read_market(std::string_view text, std::string_view file,
                                const InstrumentTable& instruments, rules::Complaints& complaints);

/// The same from a file. NotFound or Unavailable when it cannot be read, InvalidArgument with every
/// complaint, a line each.
absl::StatusOr<feeds::MarketConfig> load_market(const std::string& file,
                                                const InstrumentTable& instruments,
                                                rules::Complaints& complaints);

}  // namespace evenkeel::apps
