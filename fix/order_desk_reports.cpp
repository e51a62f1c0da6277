// The order desk's half that listens: execution reports and cancel rejects.

#include <algorithm>

#include "core/decimal.hpp"
#include "core/mutation.hpp"
#include "fix/order_desk.hpp"
#include "fix/short_text.hpp"

namespace evenkeel::fix {
namespace {

/// A fill so far beyond its order that booking it would do more harm than refusing it: more than
/// twice the quantity in all, or ten times the price.
bool plausible_fill(const Order& order, Quantity filled_before, const ExecutionPayload& report) {
  if (report.last_quantity.raw() <= 0 || report.last_price.raw() <= 0) return false;
  const Int128 after = static_cast<Int128>(filled_before.raw()) + report.last_quantity.raw();
  return after <= static_cast<Int128>(order.quantity.raw()) * 2 &&
         report.last_price.raw() <= static_cast<Int128>(order.worst_price.raw()) * 10;
}

/// How an OrdStatus says an order ended; kNone while it lives.
OrderState ended_as(OrdStatus status) {
  switch (status) {
    case OrdStatus::kFilled:
      return OrderState::kFilled;
    case OrdStatus::kDoneForDay:
      return OrderState::kDoneForDay;
    case OrdStatus::kCanceled:
      return OrderState::kCanceled;
    case OrdStatus::kRejected:
      return OrderState::kRejected;
    case OrdStatus::kExpired:
      return OrderState::kExpired;
    default:
      return OrderState::kNone;
  }
}

Quantity rest_of(const Order& order) { return std::max(order.quantity - order.filled, Quantity{}); }

Quantity signed_quantity(Side side, Quantity quantity) {
  return side == Side::kSell ? -quantity : quantity;
}

evenkeel::Text<40> two_quantities(std::string_view what, Quantity theirs, Quantity ours) {
  ShortText text{what};
  text.add({" ", format_exact(theirs).view(), ", ours ", format_exact(ours).view()});
  return text.text();
}

/// What in the report's quantities and status does not agree with the order, whose `filled` already
/// counts this report; an empty text when all does.
evenkeel::Text<40> fault_of(const ExecutionPayload& report, const Order& order) {
  const Quantity rest = rest_of(order);
  if (report.cumulative_quantity != order.filled && !mutated(Mutation::kIgnoreCumulative)) {
    return two_quantities("cum_qty", report.cumulative_quantity, order.filled);
  }
  const bool ended = ended_as(report.ord_status) != OrderState::kNone;
  const bool is_bust =
      report.exec_type == ExecType::kTradeCancel || report.exec_type == ExecType::kTradeCorrect;
  // A closed order has nothing open, unless a bust opens it again; with no status given, either.
  const bool may_be_none = ended || !order.open() || report.ord_status == OrdStatus::kNone;
  const bool may_be_rest = !ended && (order.open() || is_bust);
  const bool agrees = (may_be_none && report.leaves_quantity.is_zero()) ||
                      (may_be_rest && report.leaves_quantity == rest);
  if (!agrees) {
    return two_quantities("leaves_qty", report.leaves_quantity, may_be_rest ? rest : Quantity{});
  }
  if (report.ord_status == OrdStatus::kFilled && !rest.is_zero() && !is_bust) {
    return two_quantities("filled", order.filled, order.quantity);
  }
  return {};
}

}  // namespace

// --- which order, and is it news ---

void OrderDesk::on_execution(Context& c, const Event& event) {
  const ExecutionPayload& report = event.payload.execution;
  Order* order = find_order(report.order_id, report.orig_order_id);
  if (report.exec_type == ExecType::kNone) {
    ++counters_.malformed;
    return;
  }
  if (is_duplicate(c, report, order)) return;
  if (report.exec_type == ExecType::kTradeCorrect || report.exec_type == ExecType::kTradeCancel) {
    on_adjusted(c, event, order);
  } else if (order == nullptr) {
    on_unknown(c, event);
  } else {
    if (order->broker_order_id.empty()) order->broker_order_id = report.broker_order_id;
    on_order_report(c, event, *order);
  }
  if (config_.drop_copy.valid()) await_copy(c, report);
}

bool OrderDesk::is_duplicate(Context& c, const ExecutionPayload& report, const Order* order) {
  // A status answer changes nothing twice, and some counterparties number them all alike.
  if (report.exec_type == ExecType::kStatus || report.exec_id.empty()) return false;
  const std::uint32_t seen = log_.find(report.exec_id, report.exec_type);
  if (seen == kNoIndex || mutated(Mutation::kNoDedupe)) return false;
  const Execution& before = log_[seen];
  const bool named = report.order_id != 0 || report.orig_order_id != 0;
  const bool same_order =
      !named || before.order == (order == nullptr ? kNoIndex : index_of(*order));
  if (same_order && before.reported_quantity == report.last_quantity &&
      before.reported_price == report.last_price) {
    ++counters_.duplicates;
    return true;
  }
  // One id for two different executions: which of them happened is for people to find out.
  ++counters_.conflicting_duplicates;
  const Order* whose = order != nullptr           ? order
                       : before.order != kNoIndex ? &orders_[before.order]
                                                  : nullptr;
  if (whose != nullptr) {
    halt(c, whose->portfolio, AlertCode::kDuplicateExecution);
    alert(c, AlertCode::kDuplicateExecution, *whose, whose->id, report.exec_id);
  } else {
    alert_desk(c, AlertCode::kDuplicateExecution, Trigger::kOrderState, report.exec_id);
  }
  return true;
}

std::uint32_t OrderDesk::record(Context& c, const ExecutionPayload& report, const Order* order,
                                ExecutionState state, InstrumentId instrument) {
  if (report.exec_id.empty() || report.exec_type == ExecType::kStatus) return kNoIndex;
  // The last quarter of the log is kept for what moves positions, and the desk stops before it.
  const bool moves = moves_position(report.exec_type);
  if (log_.size() >= log_.capacity() - log_.capacity() / 4) {
    if (!log_warned_) {
      log_warned_ = true;
      halt_desk(c, AlertCode::kLimitBufferFull, Trigger::kOrderState,
                ShortText{"execution log nearly full"}.text());
    }
    if (!moves) return kNoIndex;
  }
  Execution execution;
  execution.exec_id = report.exec_id;
  execution.type = report.exec_type;
  execution.state = state;
  execution.instrument = instrument;
  execution.reported_quantity = report.last_quantity;
  execution.reported_price = report.last_price;
  execution.ts = c.view.now;
  if (order != nullptr) {
    execution.order = index_of(*order);
    execution.portfolio = order->portfolio;
    execution.instrument = order->instrument;
    if (report.last_quantity.raw() > 0) {
      execution.quantity = signed_quantity(order->side, report.last_quantity);
    }
    execution.price = report.last_price;
  }
  return log_.add(execution);
}

void OrderDesk::on_unknown(Context& c, const Event& event) {
  const ExecutionPayload& report = event.payload.execution;
  const InstrumentId instrument =
      event.subject < instruments_->size() ? event.instrument() : InstrumentId::none();
  record(c, report, nullptr, ExecutionState::kRefused, instrument);
  ++counters_.unknown_executions;
  Intent intent;
  intent.type = IntentType::kAlert;
  intent.instrument = instrument;
  intent.side = report.side;
  intent.order_id = report.order_id;
  intent.quantity = report.last_quantity;
  intent.limit_price = report.last_price;
  intent.alert = AlertCode::kUnknownExecution;
  intent.cause.trigger = Trigger::kOrderState;
  intent.text = report.exec_id;
  emit(c, intent);
  ++counters_.alerts;
  const bool retired = is_retired(report.order_id, report.orig_order_id);
  if (retired) ++counters_.retired_reports;
  // What was ours once is not disowned: most likely it has been counted long ago.
  if (report.exec_type != ExecType::kTrade || retired) return;
  intent.type = IntentType::kDontKnowTrade;
  intent.alert = AlertCode::kNone;
  emit(c, intent);
  ++counters_.dont_know_trades;
}

void OrderDesk::on_order_report(Context& c, const Event& event, Order& order) {
  const ExecutionPayload& report = event.payload.execution;
  if (report.exec_type == ExecType::kTrade) {
    on_trade(c, event, order);
    return;
  }
  record(c, report, &order, ExecutionState::kNoted, order.instrument);
  switch (report.exec_type) {
    case ExecType::kPendingNew:
    case ExecType::kNew:
    case ExecType::kStopped:
      on_acknowledged(c, report, order);
      break;
    case ExecType::kPendingCancel:
    case ExecType::kPendingReplace:
      on_pending(c, report, order);
      break;
    case ExecType::kCanceled:
      on_ended(c, report, order, OrderState::kCanceled);
      break;
    case ExecType::kExpired:
      on_ended(c, report, order, OrderState::kExpired);
      break;
    case ExecType::kDoneForDay:
      on_ended(c, report, order, OrderState::kDoneForDay);
      break;
    case ExecType::kRejected:
      on_rejected(c, report, order);
      break;
    case ExecType::kReplaced:
      on_replaced(c, report, order);
      break;
    case ExecType::kRestated:
      on_restated(c, report, order);
      break;
    case ExecType::kSuspended:
      on_suspended(c, report, order);
      break;
    case ExecType::kStatus:
      on_status(c, report, order);
      break;
    case ExecType::kNone:
    case ExecType::kTrade:
    case ExecType::kTradeCorrect:
    case ExecType::kTradeCancel:
      break;
  }
}

// --- fills, corrections, busts ---

void OrderDesk::on_trade(Context& c, const Event& event, Order& order) {
  const ExecutionPayload& report = event.payload.execution;
  if (mutated(Mutation::kIgnoreLateFill) && !order.open()) return;
  const bool ours = (report.side == Side::kNone || report.side == order.side) &&
                    (!event.instrument().valid() || event.instrument() == order.instrument);
  const bool plausible = plausible_fill(order, order.filled, report) && !report.exec_id.empty();
  if (!ours || !plausible) {
    record(c, report, &order, ExecutionState::kRefused, order.instrument);
    mismatch(c, report, order,
             ShortText{ours ? "fill not plausible" : "fill of something else"}.text());
    return;
  }
  const std::uint32_t index = record(c, report, &order, ExecutionState::kRefused, order.instrument);
  if (index == kNoIndex) {
    // It cannot be remembered, so it cannot be told from its repetition: people must book it.
    ++counters_.executions_lost;
    mismatch(c, report, order, ShortText{"execution log full"}.text());
    return;
  }
  const Execution& fill = log_[index];
  if (c.book.apply_fill(order.portfolio, order.instrument, fill.quantity, fill.price) !=
      FillResult::kApplied) {
    alert(c, AlertCode::kOverflow, order, order.id, report.exec_id);
    mismatch(c, report, order, ShortText{"fill not booked"}.text());
    return;
  }
  log_[index].state = ExecutionState::kBooked;
  order.filled += report.last_quantity;
  order.filled_value += notional(report.last_price, report.last_quantity,
                                 (*instruments_)[order.instrument].multiplier)
                            .value_or(Money{});
  order.acknowledged = true;
  order.heard_ts = c.view.now;
  ++counters_.fills;
  if (order.filled < order.quantity) ++counters_.partial_fills;
  touch(c, order.portfolio);
  settle_fill(c, report, order);
}

void OrderDesk::settle_fill(Context& c, const ExecutionPayload& report, Order& order) {
  const evenkeel::Text<40> fault = fault_of(report, order);
  const bool beyond = order.side == Side::kBuy ? report.last_price > order.worst_price
                                               : report.last_price < order.worst_price;
  if (order.filled > order.quantity) {
    ++counters_.overfills;
    mismatch(c, report, order, two_quantities("overfilled", order.filled, order.quantity));
    return;
  }
  if (!fault.empty()) {
    mismatch(c, report, order, fault);
    return;
  }
  if (!order.open()) {
    ++counters_.late_fills;
    const ShortText text{"fill after ", order_state_name(order.ended)};
    alert(c, AlertCode::kUnknownExecution, order, order.id, text.text());
    if (order.filled == order.quantity) order.ended = OrderState::kFilled;
  } else if (order.filled == order.quantity) {
    close(c, order, OrderState::kFilled);
  } else if (ended_as(report.ord_status) != OrderState::kNone) {
    close(c, order, ended_as(report.ord_status));
  } else {
    if (order.doubt == Order::Doubt::kNoAnswer) believe(c, order);
    recount(c, order);
  }
  if (beyond && order.type == OrderType::kLimit) {
    // It happened and counts; that it should not have is for people.
    halt(c, order.portfolio, AlertCode::kExecutionMismatch);
    ++counters_.mismatches;
    const ShortText text{"price ", format_exact(report.last_price).view(), " beyond limit"};
    alert(c, AlertCode::kExecutionMismatch, order, order.id, text.text());
  }
}

void OrderDesk::on_adjusted(Context& c, const Event& event, const Order* named) {
  const ExecutionPayload& report = event.payload.execution;
  const std::uint32_t at = log_.find_fill(report.exec_ref_id);
  if (at == kNoIndex || log_[at].order == kNoIndex || log_[at].state == ExecutionState::kRefused) {
    record(c, report, named, ExecutionState::kNoted, InstrumentId::none());
    ++counters_.unknown_executions;
    if (named == nullptr) {
      alert_desk(c, AlertCode::kUnknownExecution, Trigger::kOrderState, report.exec_ref_id);
      return;
    }
    halt(c, named->portfolio, AlertCode::kUnknownExecution);
    alert(c, AlertCode::kUnknownExecution, *named, named->id, report.exec_ref_id);
    return;
  }
  Order& order = orders_[log_[at].order];
  const std::uint32_t index = record(c, report, &order, ExecutionState::kNoted, order.instrument);
  if (index == kNoIndex) {
    ++counters_.executions_lost;
    mismatch(c, report, order, ShortText{"execution log full"}.text());
    return;
  }
  log_[index].root = at;
  if (named != nullptr && named != &order) {
    mismatch(c, report, order, ShortText{"adjusts another order's fill"}.text());
  } else if (log_[at].state == ExecutionState::kBusted) {
    mismatch(c, report, order, ShortText{"adjusts a busted fill"}.text());
  } else if (rebook(c, log_[at], order, report)) {
    settle_adjusted(c, report, order);
  }
}

bool OrderDesk::rebook(Context& c, Execution& fill, Order& order, const ExecutionPayload& report) {
  const bool bust = report.exec_type == ExecType::kTradeCancel;
  const bool plausible = bust || plausible_fill(order, order.filled - fill.quantity.abs(), report);
  if (!plausible) {
    mismatch(c, report, order, ShortText{"correction not plausible"}.text());
    return false;
  }
  const auto book = [&](Quantity quantity, Price price) {
    return c.book.apply_fill(order.portfolio, order.instrument, quantity, price) ==
           FillResult::kApplied;
  };
  const auto value = [&](Quantity quantity, Price price) {
    return notional(price, quantity.abs(), (*instruments_)[order.instrument].multiplier)
        .value_or(Money{});
  };
  const Quantity now = bust ? Quantity{} : signed_quantity(order.side, report.last_quantity);
  const bool undo = !mutated(bust ? Mutation::kIgnoreBust : Mutation::kCorrectionAdds);
  bool booked = !undo || book(-fill.quantity, fill.price);
  if (booked && !bust && !book(now, report.last_price)) {
    // The old fill goes back as it was: what was just undone can always be redone.
    EVENKEEL_CHECK(book(fill.quantity, fill.price));
    booked = false;
  }
  if (!booked) {
    alert(c, AlertCode::kOverflow, order, order.id, report.exec_id);
    mismatch(c, report, order, ShortText{"adjustment not booked"}.text());
    return false;
  }
  order.filled += now.abs() - fill.quantity.abs();
  order.filled_value += value(now, report.last_price) - value(fill.quantity, fill.price);
  fill.state = bust ? ExecutionState::kBusted : ExecutionState::kBooked;
  fill.quantity = bust ? fill.quantity : now;
  fill.price = bust ? fill.price : report.last_price;
  order.heard_ts = c.view.now;
  ++(bust ? counters_.busted : counters_.corrected);
  touch(c, order.portfolio);
  alert(c, bust ? AlertCode::kTradeBusted : AlertCode::kTradeCorrected, order, order.id,
        report.exec_ref_id);
  return true;
}

void OrderDesk::settle_adjusted(Context& c, const ExecutionPayload& report, Order& order) {
  const evenkeel::Text<40> fault = order.filled > order.quantity
                                       ? two_quantities("overfilled", order.filled, order.quantity)
                                       : fault_of(report, order);
  if (!fault.empty()) {
    mismatch(c, report, order, fault);
    return;
  }
  const bool complete = order.filled == order.quantity;
  const bool lives = !complete && !report.leaves_quantity.is_zero();
  if (lives) {
    if (!order.open()) {
      reopen(c, order);
    } else {
      recount(c, order);
    }
    return;
  }
  // Nothing is open any more: filled, or ended as the report says, or else its rest was cancelled.
  const OrderState said = ended_as(report.ord_status);
  const bool other_end = said != OrderState::kNone && said != OrderState::kFilled;
  const OrderState end = complete ? OrderState::kFilled : other_end ? said : OrderState::kCanceled;
  if (order.open()) {
    close(c, order, end);
  } else if (complete || order.ended == OrderState::kFilled) {
    order.ended = end;
  }
}

// --- acknowledgements and endings ---

void OrderDesk::on_acknowledged(Context& c, const ExecutionPayload& report, Order& order) {
  const bool acknowledges = report.exec_type != ExecType::kPendingNew;
  if (report.cumulative_quantity < order.filled || !order.open()) {
    // Overtaken by a fill: what it says of quantities was true before.
    if (report.cumulative_quantity > order.filled) {
      mismatch(c, report, order,
               two_quantities("cum_qty", report.cumulative_quantity, order.filled));
      return;
    }
    ++counters_.stale_reports;
  } else if (const auto fault = fault_of(report, order); !fault.empty()) {
    mismatch(c, report, order, fault);
    return;
  }
  if (!order.open()) return;
  order.heard_ts = c.view.now;
  if (!acknowledges) return;
  if (!order.acknowledged) order.priced_ts = c.view.now;
  order.acknowledged = true;
  order.suspended = false;
  ++counters_.acknowledged;
  if (order.doubt == Order::Doubt::kNoAnswer) {
    believe(c, order);
    recount(c, order);
  }
}

void OrderDesk::on_pending(Context& c, const ExecutionPayload& report, Order& order) {
  if (const auto fault = fault_of(report, order); !fault.empty()) {
    mismatch(c, report, order, fault);
    return;
  }
  if (order.pending == Order::Pending::kNone) {
    ++counters_.stale_reports;  // of a request answered before, or not from us
    return;
  }
  order.heard_ts = c.view.now;
}

void OrderDesk::on_ended(Context& c, const ExecutionPayload& report, Order& order,
                         OrderState state) {
  if (const auto fault = fault_of(report, order); !fault.empty()) {
    mismatch(c, report, order, fault);
    return;
  }
  if (!report.leaves_quantity.is_zero()) {
    mismatch(c, report, order, two_quantities("leaves_qty", report.leaves_quantity, Quantity{}));
    return;
  }
  if (!order.open()) {
    ++counters_.stale_reports;
    return;
  }
  const bool asked = order.cancels > 0 || order.time_in_force == TimeInForce::kImmediateOrCancel;
  close(c, order, state);
  if (state != OrderState::kCanceled || asked) return;
  ++counters_.unsolicited_cancels;
  alert(c, AlertCode::kOrderRejected, order, order.id,
        ShortText{"cancelled by the counterparty"}.text());
}

void OrderDesk::on_rejected(Context& c, const ExecutionPayload& report, Order& order) {
  const OrderId id = report.order_id;
  if (id != 0 && request(id)->kind != RequestKind::kNew) {
    // Some answer a refused cancel or replace so, instead of with a cancel reject.
    reject_request(c, order, id, report.reject_reason, OrdStatus::kNone);
    return;
  }
  if (!order.open()) {
    ++counters_.stale_reports;
    return;
  }
  if (const auto fault = fault_of(report, order); !fault.empty() || !order.filled.is_zero()) {
    mismatch(c, report, order, fault.empty() ? ShortText{"rejected after a fill"}.text() : fault);
    return;
  }
  order.reject_reason = report.reject_reason;
  close(c, order, OrderState::kRejected);
  ShortText text{"rejected"};
  if (report.reject_reason != 0) {
    text.add({", reason ", format_decimal(report.reject_reason - 1, 1).view()});
  }
  alert(c, AlertCode::kOrderRejected, order, order.id, text.text());
  count_reject(c);
}

void OrderDesk::count_reject(Context& c) {
  const std::size_t most = reject_times_.size();
  reject_times_[reject_count_ % most] = c.view.now;
  ++reject_count_;
  // The slot that comes next holds the oldest of the last `most`.
  if (reject_count_ < most ||
      c.view.now - reject_times_[reject_count_ % most] > config_.rejects_within) {
    return;
  }
  reject_count_ = 0;  // after a resume, as many again halt again
  const ShortText text{format_decimal(static_cast<std::int64_t>(most), 1).view(),
                       " rejects in short order"};
  halt_desk(c, AlertCode::kOrderRejected, Trigger::kOrderState, text.text());
}

void OrderDesk::on_replaced(Context& c, const ExecutionPayload& report, Order& order) {
  const OrderId id = report.order_id;
  const bool ours = id != 0 && request(id)->kind == RequestKind::kReplace;
  if (!ours) {
    on_restated(c, report, order);
    return;
  }
  if (const auto fault = fault_of(report, order); !fault.empty()) {
    mismatch(c, report, order, fault);
    return;
  }
  if (!order.open() || id <= order.current_id) {
    ++counters_.stale_reports;
    return;
  }
  order.heard_ts = c.view.now;
  order.acknowledged = true;
  if (order.pending_id == id) {
    order.pending = Order::Pending::kNone;
    order.pending_id = 0;
  }
  adopt(order, id);
  ++counters_.replaced;
  if (order.doubt == Order::Doubt::kNoAnswer) {
    believe(c, order);
    recount(c, order);
  }
}

void OrderDesk::on_restated(Context& c, const ExecutionPayload& report, Order& order) {
  // It may take from the order, never add to it.
  const Quantity rest = order.open() ? rest_of(order) : Quantity{};
  if (report.cumulative_quantity != order.filled || report.leaves_quantity.raw() < 0 ||
      report.leaves_quantity > rest) {
    mismatch(c, report, order, two_quantities("restated", report.leaves_quantity, rest));
    return;
  }
  if (!order.open()) {
    ++counters_.stale_reports;
    return;
  }
  ++counters_.restated;
  order.heard_ts = c.view.now;
  order.acknowledged = true;
  if (report.leaves_quantity.is_zero()) {
    const OrderState said = ended_as(report.ord_status);
    close(c, order, said == OrderState::kNone ? OrderState::kCanceled : said);
    return;
  }
  if (report.leaves_quantity == rest) return;
  order.quantity = order.filled + report.leaves_quantity;
  order.claimed_open = std::min(order.claimed_open, order.quantity);
  recount(c, order);
  touch(c, order.portfolio);
  alert(c, AlertCode::kOrderRejected, order, order.id, ShortText{"quantity restated"}.text());
}

void OrderDesk::on_suspended(Context& c, const ExecutionPayload& report, Order& order) {
  if (const auto fault = fault_of(report, order); !fault.empty()) {
    mismatch(c, report, order, fault);
    return;
  }
  if (!order.open()) {
    ++counters_.stale_reports;
    return;
  }
  order.heard_ts = c.view.now;
  order.acknowledged = true;
  order.suspended = true;
  ++counters_.suspended;
}

// --- answers to status requests ---

void OrderDesk::on_status(Context& c, const ExecutionPayload& report, Order& order) {
  if (report.ord_status == OrdStatus::kNone) {
    ++counters_.malformed;  // no answer at all
    return;
  }
  ++counters_.status_answers;
  if (mutated(Mutation::kStatusIsFill) && report.cumulative_quantity > order.filled) {
    const Quantity more = report.cumulative_quantity - order.filled;
    c.book.apply_fill(order.portfolio, order.instrument, signed_quantity(order.side, more),
                      order.reference_price);
    order.filled = report.cumulative_quantity;
  }
  // An answer shows how a request of ours fared only when the question was asked after it.
  const bool asked = order.asked_ts != 0;
  const bool about_pending = asked && order.asked_about == order.pending_id;
  if (!asked && report.poss_dup != 0 && !mutated(Mutation::kBelieveStaleStatus)) {
    ++counters_.stale_reports;  // sent again after a gap or a restart: it was true once
    return;
  }
  order.asked_ts = 0;
  if (report.ord_status == OrdStatus::kRejected) {
    on_status_rejected(c, report, order);
    return;
  }
  if (const auto fault = fault_of(report, order); !fault.empty()) {
    // Unasked it may be an old one that comes late: the answer to a question will tell.
    mismatch(c, report, order, fault, !asked);
    return;
  }
  if (!order.open()) return;
  if (ended_as(report.ord_status) != OrderState::kNone) {
    close(c, order, ended_as(report.ord_status));
    return;
  }
  if (!asked && order.doubt == Order::Doubt::kSessionLost) return;  // from before the loss
  order.heard_ts = c.view.now;
  if (report.ord_status != OrdStatus::kPendingNew) order.acknowledged = true;
  order.suspended = report.ord_status == OrdStatus::kSuspended;
  const bool still_pending = report.ord_status == OrdStatus::kPendingCancel ||
                             report.ord_status == OrdStatus::kPendingReplace;
  if (order.pending != Order::Pending::kNone && about_pending && !still_pending) {
    if (order.pending == Order::Pending::kReplace && report.order_id == order.pending_id) {
      adopt(order, order.pending_id);
      ++counters_.replaced;
    }
    // Otherwise the request never took effect; the order stands as it was.
    order.pending = Order::Pending::kNone;
    order.pending_id = 0;
  }
  believe(c, order);
  recount(c, order);
  touch(c, order.portfolio);
}

void OrderDesk::on_status_rejected(Context& c, const ExecutionPayload& report, Order& order) {
  if (!order.open()) return;
  if (order.pending == Order::Pending::kReplace && report.order_id == order.pending_id) {
    // The replace never arrived. How the order itself stands is the next question.
    order.pending = Order::Pending::kNone;
    order.pending_id = 0;
    order.wants_status = wanting_ = true;
    return;
  }
  if (order.acknowledged || !report.cumulative_quantity.is_zero()) {
    mismatch(c, report, order, ShortText{"said to be unknown"}.text(), false);
    return;
  }
  // It was never acknowledged and is not known there: it never arrived.
  order.reject_reason = report.reject_reason;
  close(c, order, OrderState::kRejected);
  alert(c, AlertCode::kOrderRejected, order, order.id, ShortText{"never arrived"}.text());
}

// --- cancel rejects ---

void OrderDesk::on_cancel_reject(Context& c, const CancelRejectPayload& reject) {
  Order* order = find_order(reject.order_id, reject.orig_order_id);
  if (order == nullptr) {
    ++counters_.unknown_executions;
    alert_desk(c, AlertCode::kCancelRejected, Trigger::kOrderState,
               ShortText{"of an unknown request"}.text());
    return;
  }
  const OrderId request = reject.order_id != 0 ? reject.order_id : order->pending_id;
  reject_request(c, *order, request, reject.reject_reason, reject.ord_status);
}

void OrderDesk::reject_request(Context& c, Order& order, OrderId request, std::uint32_t reason,
                               OrdStatus status) {
  if (!order.open() || order.pending == Order::Pending::kNone || order.pending_id != request) {
    ++counters_.stale_reports;  // too late to cancel what is over, or told twice
    return;
  }
  ++counters_.cancel_rejects;
  const bool was_cancel = order.pending == Order::Pending::kCancel;
  order.pending = Order::Pending::kNone;
  order.pending_id = 0;
  order.heard_ts = order.priced_ts = c.view.now;
  ShortText text{was_cancel ? "cancel rejected" : "replace rejected"};
  if (reason != 0) text.add({", reason ", format_decimal(reason - 1, 1).view()});
  alert(c, AlertCode::kCancelRejected, order, order.id, text.text());
  if (ended_as(status) != OrderState::kNone) {
    // It is said to be over, and we have not heard how: ask.
    doubt(order, Order::Doubt::kNoAnswer);
  } else if (order.doubt == Order::Doubt::kNoAnswer) {
    believe(c, order);
    recount(c, order);
  }
  touch(c, order.portfolio);
}

// --- disagreement ---

void OrderDesk::mismatch(Context& c, const ExecutionPayload& report, Order& order,
                         const evenkeel::Text<40>& text, bool ask) {
  ++counters_.mismatches;
  const Quantity claimed = std::clamp(report.leaves_quantity, Quantity{}, order.quantity);
  if (!order.open() && !claimed.is_zero()) reopen(c, order);
  if (order.open()) {
    doubt(order, Order::Doubt::kMismatch);
    order.wants_status = ask;
    order.claimed_open = claimed;
    release_desk(c, order);
    recount(c, order);
  }
  halt(c, order.portfolio, AlertCode::kExecutionMismatch);
  alert(c, AlertCode::kExecutionMismatch, order, order.id, text);
}

}  // namespace evenkeel::fix
