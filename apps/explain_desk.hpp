// Why: of an order, what made the rules ask for it and what became of it; of a portfolio at a
// moment, where each sleeve stood and what, if anything, held the rules back. Both are read off a
// replay of the journal, so they say what the desk itself knew then, and nothing else.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "apps/replay.hpp"
#include "core/storage.hpp"

namespace evenkeel::apps {

/// One thing that happened to an order.
struct OrderEntry {
  TimeNs ts = 0;
  std::uint64_t sequence = 0;  // of the event
  std::string text;            // an event line, or a JSON object, without newline
};

struct OrderStory {
  OrderId order_id = 0;  // of its first request
  std::string cl_ord_id;
  Intent intent;  // that asked for it
  std::string portfolio, symbol, policy, sleeve, currency;
  std::string why;    // one sentence
  std::string rule;   // "absolute_band"
  std::string state;  // at the end of the journal; empty when it is no longer remembered
  Quantity filled;
  std::vector<OrderId> together;   // orders of the same proposal
  std::vector<OrderEntry> life{};  // everything about it, in order
};

/// `which`: an order's number or its ClOrdID; a replace or a cancel stands for its order. NotFound
/// when the journal has no such order; otherwise the errors of a replay.
absl::StatusOr<OrderStory> explain_order(Storage& storage, const std::string& folder,
                                         std::string_view which, bool json);

struct SleeveStanding {
  std::string name;
  int depth = 0;
  Ratio weight, projected, target, low, high;
  bool banded = false, breached = false;
};

struct PortfolioMoment {
  TimeNs ts = 0;               // asked for
  std::uint64_t sequence = 0;  // of the last event until then
  TimeNs event_ts = 0;
  std::string portfolio, policy, currency;
  Money nav;
  std::uint32_t unvalued_lines = 0;
  bool measurable = false;  // weights mean something
  bool volatility_high = false;
  std::vector<SleeveStanding> sleeves{};
  std::vector<std::string> open_orders{};
  std::vector<std::string> reasons{};  // what the rules wait for, the gravest first
  std::string refusal;                 // the last one told, and when
  std::string conclusion;              // one sentence
};

/// `when`: "HH:MM:SS" of the journal's last day, or "YYYY-MM-DD HH:MM:SS" (also with a T, a Z at
/// the end, or decimals), UTC. NotFound for an unknown portfolio, InvalidArgument for a time that
/// is none or before the journal; otherwise the errors of a replay.
absl::StatusOr<PortfolioMoment> explain_portfolio(Storage& storage, const std::string& folder,
                                                  std::string_view portfolio,
                                                  std::string_view when);

std::string render(const OrderStory& story);
std::string render_json(const OrderStory& story);
std::string render(const PortfolioMoment& moment);
std::string render_json(const PortfolioMoment& moment);

/// A time as above; `day`: any time of the day that a time without a date belongs to.
std::optional<TimeNs> parse_moment(std::string_view text, TimeNs day);

}  // namespace evenkeel::apps
