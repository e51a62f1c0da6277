#include "apps/journal_json.hpp"

#include <iterator>

#include "apps/events_json.hpp"
#include "apps/events_text.hpp"

namespace evenkeel::apps {
namespace {

template <class Tag, class Int>
void add_id(JsonLine& line, std::string_view key, Id<Tag, Int> id) {
  if (id.valid()) line.count(key, id.value);
}

void add_quote(JsonLine& line, const QuotePayload& quote) {
  line.integer("exchange_ts_ns", quote.exchange_ts)
      .number("bid", quote.bid)
      .number("ask", quote.ask)
      .number("bid_size", quote.bid_size)
      .number("ask_size", quote.ask_size);
}

void add_trade(JsonLine& line, const TradePayload& trade) {
  line.integer("exchange_ts_ns", trade.exchange_ts)
      .number("price", trade.price)
      .number("size", trade.size)
      .count("trade_id", trade.trade_id);
}

void add_execution(JsonLine& line, const ExecutionPayload& execution) {
  line.count("order_id", execution.order_id)
      .count("orig_order_id", execution.orig_order_id)
      .text("exec_type", name_of(execution.exec_type))
      .text("order_status", name_of(execution.ord_status))
      .text("side", name_of(execution.side))
      .number("last_quantity", execution.last_quantity)
      .number("last_price", execution.last_price)
      .number("cumulative_quantity", execution.cumulative_quantity)
      .number("leaves_quantity", execution.leaves_quantity)
      .text("exec_id", execution.exec_id.view())
      .text("exec_ref_id", execution.exec_ref_id.view())
      .text("broker_order_id", execution.broker_order_id.view())
      .boolean("poss_dup", execution.poss_dup != 0);
  const bool moves = moves_position(execution.exec_type);
  if (!moves && execution.reject_reason != 0) {
    line.count("reject_reason", execution.reject_reason - 1);
  }
  // Of a copy; of the order session's own reports it is not given.
  if (moves && execution.copied_account == kAccountForeign) {
    line.text("copied_account", "foreign");
  } else if (moves && execution.copied_account != kAccountNotGiven) {
    line.count("copied_account", execution.copied_account - 1);
  }
}

void add_cancel_reject(JsonLine& line, const CancelRejectPayload& reject) {
  line.count("order_id", reject.order_id)
      .count("orig_order_id", reject.orig_order_id)
      .text("order_status", name_of(reject.ord_status))
      .text("request", reject.response_to == 2 ? "replace" : "cancel");
  if (reject.reject_reason != 0) line.count("reject_reason", reject.reject_reason - 1);
}

void add_payload(JsonLine& line, const Event& event) {
  const Event::Payload& payload = event.payload;
  switch (event.type) {
    case EventType::kQuote:
      return add_quote(line, payload.quote);
    case EventType::kTrade:
    case EventType::kTradeBreak:
      return add_trade(line, payload.trade);
    case EventType::kInstrumentStatus:
      line.integer("exchange_ts_ns", payload.status.exchange_ts)
          .text("status", name_of(payload.status.status))
          .text("reason", payload.status.reason.view());
      return;
    case EventType::kVenueSession:
      line.integer("exchange_ts_ns", payload.venue.exchange_ts)
          .text("phase", name_of(payload.venue.phase));
      return;
    case EventType::kFeedGap:
      line.integer("exchange_ts_ns", payload.gap.exchange_ts)
          .count("session", payload.gap.session)
          .count("first_missing", payload.gap.first_missing)
          .count("count", payload.gap.count);
      return;
    case EventType::kFeedStatus:
      line.integer("exchange_ts_ns", payload.feed.exchange_ts)
          .text("state", name_of(payload.feed.state));
      return;
    case EventType::kExecution:
      return add_execution(line, payload.execution);
    case EventType::kCancelReject:
      return add_cancel_reject(line, payload.cancel_reject);
    case EventType::kSessionStatus:
      line.text("state", name_of(payload.session.state))
          .count("expected_inbound", payload.session.expected_inbound);
      return;
    case EventType::kCashFlow:
      line.text("kind", name_of(payload.cash_flow.kind)).number("amount", payload.cash_flow.amount);
      add_id(line, "currency", payload.cash_flow.currency);
      return;
    case EventType::kSignal:
      line.integer("exchange_ts_ns", payload.signal.exchange_ts)
          .number("value", payload.signal.value);
      return;
    case EventType::kCommand:
      line.text("command", name_of(payload.command.command))
          .count("order_id", payload.command.order_id);
      return;
    case EventType::kEngineStart:
      line.count("epoch", payload.start.epoch);
      return;
    case EventType::kSendAttempt:
      line.count("order_id", payload.attempt.order_id)
          .count("message", payload.attempt.message)
          .text("result", name_of(payload.attempt.result));
      return;
    case EventType::kClock:
    case EventType::kNone:
      return;
  }
}

void add_event(JsonLine& line, const Event& event) {
  line.count("sequence", event.sequence)
      .integer("ts_ns", event.ts)
      .text("type", name_of(event.type))
      .count("flags", event.flags);
  add_id(line, "source", event.source);
  add_id(line, "subject", event.instrument());
  add_payload(line, event);
}

void add_cause(JsonLine& line, const Cause& cause) {
  line.open("cause", '{').count("proposal", cause.proposal).text("trigger", name_of(cause.trigger));
  add_id(line, "model", cause.model);
  add_id(line, "sleeve", cause.sleeve);
  line.number("measured", cause.measured)
      .number("threshold", cause.threshold)
      .number("target", cause.target)
      .number("nav", cause.nav)
      .close('}');
}

void add_intent(JsonLine& line, const Intent& intent) {
  line.count("sequence", intent.event_sequence)
      .count("index", intent.index)
      .integer("ts_ns", intent.ts)
      .text("type", name_of(intent.type))
      .count("order_id", intent.order_id)
      .count("orig_order_id", intent.orig_order_id);
  add_id(line, "portfolio", intent.portfolio);
  add_id(line, "instrument", intent.instrument);
  line.text("side", name_of(intent.side))
      .text("order_type", intent.order_type == OrderType::kLimit ? "limit" : "market")
      .text("time_in_force",
            intent.time_in_force == TimeInForce::kDay ? "day" : "immediate_or_cancel")
      .number("quantity", intent.quantity)
      .number("limit", intent.limit_price)
      .number("reference", intent.reference_price)
      .number("bid", intent.bid)
      .number("ask", intent.ask)
      .text("alert", name_of(intent.alert))
      .count("alert_value", intent.alert_value)
      .text("text", intent.text.view());
  add_cause(line, intent.cause);
}

std::string_view name_of(FrameKind kind) {
  constexpr std::string_view kNames[] = {"none",   "event",      "intent",
                                         "config", "config_end", "digest"};
  const auto at = static_cast<std::size_t>(kind);
  return at < std::size(kNames) ? kNames[at] : "unknown";
}

}  // namespace

std::string_view name_of(EventType type) {
  constexpr std::string_view kNames[] = {
      "none",     "quote",       "trade",     "trade_break",   "instrument_status", "venue_session",
      "feed_gap", "feed_status", "execution", "cancel_reject", "session",           "cash_flow",
      "signal",   "command",     "clock",     "engine_start",  "send_attempt"};
  static_assert(std::size(kNames) == static_cast<std::size_t>(kEventTypeLast) + 1);
  const auto at = static_cast<std::size_t>(type);
  return at < std::size(kNames) ? kNames[at] : "unknown";
}

std::string_view name_of(IntentType type) {
  constexpr std::string_view kNames[] = {"none",         "new_order",      "replace_order",
                                         "cancel_order", "request_status", "dont_know_trade",
                                         "alert"};
  const auto at = static_cast<std::size_t>(type);
  return at < std::size(kNames) ? kNames[at] : "unknown";
}

void append_record_json(std::string& out, const JournalRecord& record, bool where) {
  JsonLine line(out);
  line.text("record", name_of(record.kind));
  if (where) line.count("segment", record.segment).count("offset", record.offset);
  switch (record.kind) {
    case FrameKind::kEvent:
      add_event(line, record.event);
      break;
    case FrameKind::kIntent:
      add_intent(line, record.intent);
      break;
    case FrameKind::kConfig:
      line.text("name", record.name).text("text", record.text);
      break;
    case FrameKind::kConfigEnd:
      line.text("sha256", to_hex(record.hash));
      break;
    case FrameKind::kDigest:
      line.count("sequence", record.sequence).text("sha256", to_hex(record.hash));
      break;
  }
  line.end();
}

}  // namespace evenkeel::apps
