// The order identifier that goes over the wire (ClOrdID, tag 11), as a function of who the engine
// is, which run this is, and the order's number. So the same journal gives the same identifiers,
// and a report can be told ours or foreign by its text alone.
//
//   ENGINE-EPOCH-NUMBER      "EK1-TB5M80-2S"      at most 20 characters of [A-Z0-9-]
//
// Epoch and number are in base 36 without leading zeros: one text for one order, nothing else
// parses. It never cuts an identifier: what does not fit is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/ids.hpp"
#include "core/text.hpp"

namespace evenkeel::fix {

inline constexpr std::size_t kClOrdIdMax = 20;

/// An engine's short name: one to four characters of [A-Z0-9].
using EngineCode = evenkeel::Text<4>;
using ClOrdId = evenkeel::Text<kClOrdIdMax>;

/// Nothing unless `text` is one to four characters of [A-Z0-9].
std::optional<EngineCode> engine_code(std::string_view text);

struct ClOrdIdParts {
  std::uint64_t epoch = 0;
  OrderId order_id = 0;
  friend bool operator==(const ClOrdIdParts&, const ClOrdIdParts&) = default;
};

/// Nothing when `order_id` is 0 or the text would be longer than 20 characters. With a four
/// character engine, an epoch in milliseconds (eight digits) leaves room for two billion orders.
std::optional<ClOrdId> format_cl_ord_id(const EngineCode& engine, std::uint64_t epoch,
                                        OrderId order_id);

/// The parts of an identifier that `format_cl_ord_id` made for this engine; nothing for any other
/// text.
std::optional<ClOrdIdParts> parse_cl_ord_id(const EngineCode& engine, std::string_view text);

/// The order's number when the identifier is this engine's and this run's; 0 otherwise.
OrderId own_order_id(const EngineCode& engine, std::uint64_t epoch, std::string_view text);

}  // namespace evenkeel::fix
