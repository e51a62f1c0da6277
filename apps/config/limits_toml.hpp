// limits.toml: the hard limits and how orders are worked, read into the plain values that fix
// checks. A limit that is absent stays absent, and then refuses orders. Never fills in a limit.
//
//   [desk]              orders_per_second, orders_per_minute, open_orders,
//                       open_orders_per_portfolio, daily_notional, day_starts_at
//   [kind.etf]          order_quantity, order_notional, price_collar, quote_age
//   [instrument.ESZ6]   the same; each key given here wins over the kind's
//   [orders]            type, time_in_force, reach, reprice_after, reprices_max, cancel_after,
//                       ack_timeout, status_timeout, rejects_max, rejects_within, retire_after,
//                       orders_max, executions_max; these have defaults (fix/order_desk.hpp)
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/instrument.hpp"
#include "fix/limits.hpp"
#include "fix/order_desk.hpp"
#include "rules/config_reader.hpp"

namespace evenkeel::apps {

struct LimitsFile {
  fix::Limits limits;
  fix::OrderDeskConfig orders;
};

/// Amounts are in the base currency of the portfolio that trades, so `base_currencies`, those of
/// all portfolios, decides which currency an amount may be written in.
LimitsFile read_limits(std::string_view text, std::string_view file,
                       const InstrumentTable& instruments,
                       const std::vector<std::string>& base_currencies,
                       rules::Complaints& complaints);

}  // namespace evenkeel::apps
