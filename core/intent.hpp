// Everything the desk asks for: a new order, a replacement, a cancellation, a status request, an
// alert. Each carries its cause: which rule, what it measured, against what, at which prices. An
// intent is a record of plain bytes; nothing in it is read from a clock or a counter outside the
// journal.
#pragma once

#include <cstdint>
#include <type_traits>

#include "core/event.hpp"

namespace evenkeel {

enum class IntentType : std::uint8_t {
  kNone = 0,
  kNewOrder = 1,
  kReplaceOrder = 2,
  kCancelOrder = 3,
  kRequestStatus = 4,
  kDontKnowTrade = 5,
  kAlert = 6,
};

enum class OrderType : std::uint8_t { kMarket = 1, kLimit = 2 };
enum class TimeInForce : std::uint8_t { kDay = 0, kImmediateOrCancel = 3 };

/// What made a rule speak.
enum class Trigger : std::uint8_t {
  kNone = 0,
  kAbsoluteBand,
  kRelativeBand,
  kVolatility,
  kCompletion,   // the second step of a rebalance: buys released by the sales' proceeds
  kReprice,      // an order no longer marketable is replaced
  kTimeout,      // an order too long unfilled is cancelled
  kCommand,      // the operator
  kLimit,        // a hard limit blocked it (alerts)
  kOrderState,   // a report that needs eyes: reject, bust, unknown
  kMarketState,  // prices withdrawn, stale, gapped
  kSizing,       // a breach that no allowed trade can cure
};

/// Why an alert was raised. Each is an expected, named outcome.
enum class AlertCode : std::uint16_t {
  kNone = 0,
  kBandBreached,  // monitor mode: a rule fired, no order is asked for
  kIncurable,     // breached, yet no whole lot or contract improves it
  kSuspended,     // breached, yet a price it reads is not sound
  kResumed,       // the suspension is over
  kLimitQuantity,
  kLimitNotional,
  kLimitCollar,
  kLimitStalePrice,
  kLimitRate,
  kLimitMissing,
  kLimitOpenOrders,
  kLimitHalted,
  kLimitSessionDown,
  kLimitBufferFull,
  kOrderRejected,
  kOrderUnknown,
  kUnknownExecution,
  kDuplicateExecution,
  kExecutionMismatch,  // the broker's CumQty and ours differ
  kTradeBusted,
  kTradeCorrected,
  kCancelRejected,
  kNavNotPositive,
  kOverflow,
  kHalted,
  kSessionDown,
  kCopyMismatch,  // the drop copy of an execution says something else
  kCopyMissing,   // an execution has come on one session only, and the other is overdue
  kCopyForeign,   // a drop copy for an account that is none of ours
};

/// The reason of an intent, for people and for `explain`.
struct Cause {
  std::uint64_t proposal = 0;  // numbered from 1 by the rules; 0 when no rule was involved
  ModelId model;
  SleeveId sleeve;
  Trigger trigger = Trigger::kNone;
  std::uint8_t reserved[3] = {};
  Ratio measured;   // a weight, or an annualised volatility, at the event
  Ratio threshold;  // the edge that was crossed
  Ratio target;
  Money nav;  // base currency

  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [proposal, model, sleeve, trigger, reserved, measured, threshold, target, nav] = s;
    a(proposal, model, sleeve, trigger, measured, threshold, target, nav);
  }
};
static_assert(sizeof(Cause) == 48);

/// Set on the way to the session, never in a record: the journal could not take it, so an order
/// must not leave and is answered as not sent.
inline constexpr std::uint8_t kIntentNotDurable = 0x01;

/// One intent. 192 bytes, trivially copyable, no implicit padding.
struct Intent {
  std::uint64_t event_sequence = 0;  // the event that caused it
  TimeNs ts = 0;                     // that event's time
  std::uint32_t index = 0;           // 0, 1, 2... among the intents of that event
  IntentType type = IntentType::kNone;
  Side side = Side::kNone;
  OrderType order_type = OrderType::kLimit;
  TimeInForce time_in_force = TimeInForce::kDay;
  OrderId order_id = 0;       // the request's own id (each replace and cancel has one)
  OrderId orig_order_id = 0;  // the order a replace, cancel or status request is about
  PortfolioId portfolio;
  InstrumentId instrument;
  Quantity quantity;      // whole order quantity, positive
  Price limit_price;      // zero for a market order
  Price reference_price;  // the mark the sizing used
  Price bid;              // at the decision
  Price ask;
  AlertCode alert = AlertCode::kNone;
  std::uint8_t flags = 0;  // zero as recorded
  std::uint8_t reserved[5] = {};
  std::uint64_t alert_value = 0;  // meaning by code: a limit's raw value, an order id
  Cause cause;
  Text<40> text;  // an ExecID's head or a reason from outside; never needed for a decision
};
static_assert(sizeof(Intent) == 192 && std::is_trivially_copyable_v<Intent>);

}  // namespace evenkeel
