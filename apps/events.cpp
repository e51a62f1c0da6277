#include "apps/events.hpp"

#include <utility>

#include "apps/events_json.hpp"
#include "apps/events_text.hpp"
#include "rules/explain.hpp"

namespace evenkeel::apps {
namespace {

void append_column(std::string& out, std::string_view text, std::size_t width) {
  out += text;
  if (text.size() < width) out.append(width - text.size(), ' ');
  out.push_back(' ');
}

/// "14:31:02.118  ORDER  name          "
void begin_text(std::string& out, TimeNs ts, std::string_view what, std::string_view who) {
  out += time_of_day(ts);
  out += "  ";
  append_column(out, what, 9);
  append_column(out, who, 14);
}

std::string_view order_event_name(IntentType type) {
  switch (type) {
    case IntentType::kNewOrder:
      return "order_new";
    case IntentType::kReplaceOrder:
      return "order_replace";
    case IntentType::kCancelOrder:
      return "order_cancel";
    case IntentType::kRequestStatus:
      return "order_status_request";
    case IntentType::kDontKnowTrade:
      return "dont_know_trade";
    case IntentType::kAlert:
      return "alert";
    case IntentType::kNone:
      break;
  }
  return "none";
}

/// Alerts that show an execution as one of the two sessions told it.
bool about_copy(AlertCode code) {
  return code == AlertCode::kCopyMismatch || code == AlertCode::kCopyMissing ||
         code == AlertCode::kCopyForeign;
}

std::string_view text_label(IntentType type) {
  switch (type) {
    case IntentType::kNewOrder:
      return "ORDER";
    case IntentType::kReplaceOrder:
      return "REPLACE";
    case IntentType::kCancelOrder:
      return "CANCEL";
    case IntentType::kRequestStatus:
      return "STATUS?";
    case IntentType::kDontKnowTrade:
      return "DKTRADE";
    default:
      return "ALERT";
  }
}

std::string_view text_label(ExecType type) {
  switch (type) {
    case ExecType::kNew:
      return "ack";
    case ExecType::kTrade:
      return "FILL";
    case ExecType::kTradeCancel:
      return "BUST";
    case ExecType::kTradeCorrect:
      return "CORRECT";
    case ExecType::kRejected:
      return "REJECT";
    case ExecType::kCanceled:
      return "cancelled";
    case ExecType::kExpired:
      return "EXPIRED";
    case ExecType::kReplaced:
      return "replaced";
    default:
      return "report";
  }
}

std::string_view json_name(ExecType type) {
  switch (type) {
    case ExecType::kNew:
      return "ack";
    case ExecType::kTrade:
      return "fill";
    case ExecType::kTradeCancel:
      return "bust";
    case ExecType::kTradeCorrect:
      return "correction";
    case ExecType::kRejected:
      return "reject";
    case ExecType::kCanceled:
      return "cancelled";
    case ExecType::kExpired:
      return "expired";
    case ExecType::kReplaced:
      return "replaced";
    default:
      return "order_report";
  }
}

/// `name`, or "desk" when nobody in particular is meant.
std::string_view or_desk(std::string_view name) { return name.empty() ? "desk" : name; }

std::string trade_words(Side side, Quantity quantity, std::string_view symbol) {
  std::string out(side == Side::kBuy ? "BUY " : "SELL ");
  out += grouped(quantity);
  out.push_back(' ');
  out += symbol;
  return out;
}

JsonLine begin_json(std::string& out, TimeNs ts, std::uint64_t sequence, std::string_view type) {
  JsonLine line(out);
  line.integer("ts_ns", ts).count("seq", sequence).text("type", type);
  return line;
}

}  // namespace

// --- names ---

std::string_view DeskNames::symbol(InstrumentId id) const {
  return id.valid() && id.value < instruments->size() ? (*instruments)[id].symbol.view()
                                                      : std::string_view();
}
std::string_view DeskNames::portfolio(PortfolioId id) const {
  return id.valid() && id.value < book->portfolio_count() ? book->name(id) : std::string_view();
}
std::string_view DeskNames::source(SourceId id) const {
  return id.valid() && id.index() < sources.size() ? std::string_view(sources[id.index()])
                                                   : std::string_view();
}
std::string_view DeskNames::policy(ModelId id) const {
  return id.valid() ? book->model(id).name.view() : std::string_view();
}
std::string_view DeskNames::sleeve(ModelId model, SleeveId id) const {
  if (!model.valid() || !id.valid()) return {};
  const auto& sleeves = book->model(model).sleeves;
  return id.index() < sleeves.size() ? sleeves[id.index()].name.view() : std::string_view();
}
std::string_view DeskNames::base_currency(PortfolioId id) const {
  return id.valid() && id.value < book->portfolio_count()
             ? instruments->currency_code(book->base(id))
             : std::string_view();
}

std::string explain(const DeskNames& names, const Cause& cause) {
  switch (cause.trigger) {
    case Trigger::kNone:
      return "";
    case Trigger::kReprice:
      return "the market moved away from the order";
    case Trigger::kTimeout:
      return "too long unfilled";
    case Trigger::kCommand:
      return "asked for by the operator";
    default:
      break;
  }
  if (names.policies == nullptr || cause.model.index() >= names.policies->size()) return "";
  return rules::explain_cause(cause, (*names.policies)[cause.model.index()]);
}

// --- teller ---

const ToldOrder* EventTeller::order(OrderId id) const {
  const auto at = orders_.find(id);
  return at == orders_.end() ? nullptr : &at->second;
}

ToldOrder* EventTeller::find(const ExecutionPayload& execution) {
  for (const OrderId id : {execution.order_id, execution.orig_order_id}) {
    const auto at = orders_.find(id);
    if (id != 0 && at != orders_.end()) return &at->second;
  }
  return nullptr;
}

void EventTeller::remember(const Report& report) {
  const Intent& intent = report.body.intent;
  ToldOrder order;
  order.decided_ns = report.decided_ns;
  order.portfolio = intent.portfolio;
  order.instrument = intent.instrument;
  order.side = intent.side;
  order.quantity = intent.quantity;
  order.limit_price = intent.limit_price;
  order.reference_price = intent.reference_price;
  order.cause = intent.cause;
  order.asked_ts = intent.ts;
  // A replacement goes on where its order stood.
  if (const ToldOrder* before = this->order(intent.orig_order_id)) order.filled = before->filled;
  if (by_age_.size() < kOrdersMax) {
    by_age_.push_back(intent.order_id);
  } else {
    orders_.erase(by_age_[oldest_]);
    by_age_[oldest_] = intent.order_id;
    oldest_ = (oldest_ + 1) % kOrdersMax;
  }
  orders_[intent.order_id] = order;
}

void EventTeller::tell(const Report& report, std::string& out) {
  switch (report.kind) {
    case ReportKind::kEvent:
      tell_event(report, out);
      return;
    case ReportKind::kIntent:
      tell_intent(report, out);
      return;
    case ReportKind::kNone:
      return;
  }
}

void EventTeller::tell_dropped(std::uint64_t count, std::string& out) {
  tally_.dropped_records += count;
  if (format_ == Format::kJson) {
    JsonLine(out).text("type", "dropped_records").count("count", count).end();
  } else {
    out += "(" + std::to_string(count) +
           " records were dropped because this output is slow; the engine was not)\n";
  }
}

/// A feed says that it lives again and again; only a change is news.
bool EventTeller::is_repeated(const Event& event) {
  if (event.type != EventType::kFeedStatus || event.source.index() >= feed_told_.size()) {
    return false;
  }
  FeedState& told = feed_told_[event.source.index()];
  return std::exchange(told, event.payload.feed.state) == event.payload.feed.state;
}

void EventTeller::tell_event(const Report& report, std::string& out) {
  const Event& event = report.body.event;
  if (is_repeated(event)) return;
  const bool json = format_ == Format::kJson;
  const std::string_view source = names_.source(event.source);
  switch (event.type) {
    case EventType::kExecution:
      tell_execution(report, out);
      return;
    case EventType::kCancelReject: {
      ++tally_.rejects;
      const CancelRejectPayload& reject = event.payload.cancel_reject;
      const ToldOrder* order = this->order(reject.orig_order_id);
      const std::string_view who = order ? names_.portfolio(order->portfolio) : "";
      const std::string_view what = reject.response_to == 2 ? "replace" : "cancel";
      if (json) {
        begin_json(out, event.ts, event.sequence, "cancel_reject")
            .count("order_id", reject.order_id)
            .count("orig_order_id", reject.orig_order_id)
            .text("portfolio", who)
            .text("request", what)
            .text("order_status", name_of(reject.ord_status))
            .integer("reason", static_cast<std::int64_t>(reject.reject_reason) - 1)
            .end();
      } else {
        begin_text(out, event.ts, "REJECT", or_desk(who));
        out += "the broker refused to ";
        out += what;
        out += " order " + std::to_string(reject.orig_order_id) + " (it is ";
        out += name_of(reject.ord_status);
        out += ")\n";
      }
      return;
    }
    case EventType::kSessionStatus: {
      const SessionStatusPayload& session = event.payload.session;
      if (json) {
        begin_json(out, event.ts, event.sequence, "session")
            .text("session", source)
            .text("state", name_of(session.state))
            .count("expected_inbound", session.expected_inbound)
            .end();
      } else {
        begin_text(out, event.ts, "session", source);
        out += name_of(session.state);
        out.push_back('\n');
      }
      return;
    }
    case EventType::kFeedStatus:
    case EventType::kVenueSession: {
      const bool venue = event.type == EventType::kVenueSession;
      const std::string_view state =
          venue ? name_of(event.payload.venue.phase) : name_of(event.payload.feed.state);
      if (json) {
        begin_json(out, event.ts, event.sequence, venue ? "venue" : "feed")
            .text("feed", source)
            .text(venue ? "phase" : "state", state)
            .integer("exchange_ts_ns", event.payload.venue.exchange_ts)
            .end();
      } else {
        begin_text(out, event.ts, venue ? "venue" : "feed", source);
        out += state;
        out.push_back('\n');
      }
      return;
    }
    case EventType::kFeedGap: {
      const FeedGapPayload& gap = event.payload.gap;
      ++tally_.gaps;
      tally_.messages_lost += gap.count;
      if (json) {
        begin_json(out, event.ts, event.sequence, "gap")
            .text("feed", source)
            .count("first_missing", gap.first_missing)
            .count("count", gap.count)
            .end();
      } else {
        begin_text(out, event.ts, "GAP", source);
        out += std::to_string(gap.count) + " messages lost from number " +
               std::to_string(gap.first_missing) + "\n";
      }
      return;
    }
    case EventType::kInstrumentStatus: {
      const StatusPayload& status = event.payload.status;
      const std::string_view symbol = names_.symbol(event.instrument());
      // A venue states each instrument's status before the day begins: only what changes hands
      // between trading and not trading is worth a person's line.
      if (json) {
        begin_json(out, event.ts, event.sequence, "instrument")
            .text("symbol", symbol)
            .text("status", name_of(status.status))
            .text("reason", status.reason.view())
            .end();
      } else if (status.status != InstrumentStatus::kTrading) {
        begin_text(out, event.ts, "market", symbol);
        out += name_of(status.status);
        out.push_back('\n');
      }
      return;
    }
    case EventType::kCashFlow: {
      const CashFlowPayload& flow = event.payload.cash_flow;
      const std::string_view currency = names_.instruments->currency_code(flow.currency);
      if (json) {
        begin_json(out, event.ts, event.sequence, "cash_flow")
            .text("portfolio", names_.portfolio(event.portfolio()))
            .text("kind", name_of(flow.kind))
            .text("currency", currency)
            .number("amount", flow.amount)
            .end();
      } else {
        begin_text(out, event.ts, "cash", names_.portfolio(event.portfolio()));
        out += name_of(flow.kind);
        out.push_back(' ');
        out += currency;
        out += " " + grouped(flow.amount, 2) + "\n";
      }
      return;
    }
    case EventType::kCommand: {
      const std::string_view command = name_of(event.payload.command.command);
      const std::string_view who = names_.portfolio(event.portfolio());
      if (json) {
        begin_json(out, event.ts, event.sequence, "command")
            .text("command", command)
            .text("portfolio", who)
            .end();
      } else {
        begin_text(out, event.ts, "command", or_desk(who));
        out += command;
        out.push_back('\n');
      }
      return;
    }
    case EventType::kSendAttempt: {
      const SendAttemptPayload& attempt = event.payload.attempt;
      ++(attempt.result == SendResultKind::kLost ? tally_.sends_lost : tally_.sends);
      const ToldOrder* order = this->order(attempt.order_id);
      const std::string_view who = order ? names_.portfolio(order->portfolio) : "";
      // That something went out is no news to a person: what was asked for has a line already.
      if (json) {
        begin_json(out, event.ts, event.sequence, "send_attempt")
            .text("session", source)
            .count("order_id", attempt.order_id)
            .text("portfolio", who)
            .count("message", attempt.message)
            .text("result", name_of(attempt.result))
            .end();
      } else if (attempt.result == SendResultKind::kLost) {
        begin_text(out, event.ts, "LOST", or_desk(who));
        out += "request " + std::to_string(attempt.order_id) + " did not go out, message " +
               std::to_string(attempt.message) + "\n";
      }
      return;
    }
    case EventType::kEngineStart:
      if (json) {
        begin_json(out, event.ts, event.sequence, "engine_start")
            .count("epoch", event.payload.start.epoch)
            .end();
      }
      return;
    default:
      return;
  }
}

void EventTeller::note_execution(const Report& report, ToldOrder* order) {
  const ExecutionPayload& execution = report.body.event.payload.execution;
  switch (execution.exec_type) {
    case ExecType::kNew:
      ++tally_.acks;
      break;
    case ExecType::kTrade:
      ++tally_.fills;
      break;
    case ExecType::kTradeCancel:
      ++tally_.busts;
      break;
    case ExecType::kRejected:
      ++tally_.rejects;
      break;
    case ExecType::kCanceled:
      ++tally_.cancelled;
      break;
    default:
      break;
  }
  if (order == nullptr) return;
  if (!order->acknowledged && order->decided_ns != 0 && report.decided_ns != 0) {
    round_trip_.record(report.decided_ns - order->decided_ns);
  }
  order->acknowledged = true;
  order->filled = execution.cumulative_quantity;
  order->open = execution.leaves_quantity.raw() > 0 && execution.exec_type != ExecType::kCanceled &&
                execution.exec_type != ExecType::kRejected;
}

/// A copy tells nothing new of its order.
void EventTeller::tell_copy(const Event& event, std::string& out) {
  ++tally_.copies;
  const ExecutionPayload& copy = event.payload.execution;
  const bool named =
      copy.copied_account != kAccountNotGiven && copy.copied_account != kAccountForeign;
  const ToldOrder* order = find(copy);
  const std::string_view who = named   ? names_.portfolio(PortfolioId{copy.copied_account - 1})
                               : order ? names_.portfolio(order->portfolio)
                                       : "";
  const std::string_view symbol = names_.symbol(event.instrument());
  if (format_ == Format::kJson) {
    JsonLine line = begin_json(out, event.ts, event.sequence, "copy");
    line.count("order_id", copy.order_id)
        .text("portfolio", who)
        .boolean("foreign", copy.copied_account == kAccountForeign)
        .text("symbol", symbol)
        .text("side", name_of(copy.side))
        .number("quantity", copy.last_quantity)
        .number("price", copy.last_price)
        .text("exec_type", name_of(copy.exec_type))
        .text("exec_id", copy.exec_id.view());
    if (!copy.exec_ref_id.empty()) line.text("exec_ref_id", copy.exec_ref_id.view());
    if (copy.poss_dup != 0) line.boolean("poss_dup", true);
    line.end();
    return;
  }
  begin_text(out, event.ts, "copy", or_desk(who));
  out += name_of(copy.exec_type);
  out += " " + trade_words(copy.side, copy.last_quantity, symbol) + " @ " + exact(copy.last_price);
  out.push_back('\n');
}

void EventTeller::tell_execution(const Report& report, std::string& out) {
  const Event& event = report.body.event;
  if (names_.is_copy(event)) return tell_copy(event, out);
  const ExecutionPayload& execution = event.payload.execution;
  ToldOrder* order = find(execution);
  note_execution(report, order);
  const std::string_view who = order ? names_.portfolio(order->portfolio) : "";
  const std::string_view symbol =
      order ? names_.symbol(order->instrument) : names_.symbol(event.instrument());
  const bool traded = moves_position(execution.exec_type);
  if (format_ == Format::kJson) {
    JsonLine line = begin_json(out, event.ts, event.sequence, json_name(execution.exec_type));
    line.count("order_id", execution.order_id);
    if (execution.orig_order_id != 0) line.count("orig_order_id", execution.orig_order_id);
    line.text("portfolio", who).text("symbol", symbol).text("side", name_of(execution.side));
    if (traded) {
      line.number("quantity", execution.last_quantity).number("price", execution.last_price);
    }
    line.number("filled", execution.cumulative_quantity)
        .number("open", execution.leaves_quantity)
        .text("exec_type", name_of(execution.exec_type))
        .text("order_status", name_of(execution.ord_status))
        .text("exec_id", execution.exec_id.view());
    if (!execution.exec_ref_id.empty()) line.text("exec_ref_id", execution.exec_ref_id.view());
    if (execution.poss_dup != 0) line.boolean("poss_dup", true);
    if (execution.reject_reason != 0) {
      line.integer("reason", static_cast<std::int64_t>(execution.reject_reason) - 1);
    }
    line.end();
    return;
  }
  begin_text(out, event.ts, text_label(execution.exec_type), or_desk(who));
  if (traded) {
    out += trade_words(execution.side, execution.last_quantity, symbol) + " @ " +
           exact(execution.last_price);
    if (order) out += "   " + grouped(order->filled) + " of " + grouped(order->quantity);
  } else {
    const Quantity quantity = order ? order->quantity : execution.leaves_quantity;
    out += trade_words(order ? order->side : execution.side, quantity, symbol);
    const bool named = text_label(execution.exec_type) != "report";
    if (!named) {
      out += "   ";
      out += name_of(execution.exec_type);
    }
    if (order && execution.exec_type != ExecType::kNew) {
      out += "   " + grouped(execution.cumulative_quantity) + " filled";
    }
  }
  if (order == nullptr) out += "   (no order of this run)";
  out.push_back('\n');
}

void EventTeller::tell_intent(const Report& report, std::string& out) {
  const Intent& intent = report.body.intent;
  switch (intent.type) {
    case IntentType::kNewOrder:
      ++tally_.orders;
      remember(report);
      break;
    case IntentType::kReplaceOrder:
      ++tally_.replaces;
      remember(report);
      break;
    case IntentType::kCancelOrder:
      ++tally_.cancels;
      break;
    case IntentType::kAlert:
      ++tally_.alerts;
      break;
    default:
      break;
  }
  if (format_ == Format::kJson) {
    json_intent(report, out);
  } else {
    text_intent(intent, out);
  }
}

void EventTeller::text_intent(const Intent& intent, std::string& out) const {
  begin_text(out, intent.ts, text_label(intent.type), or_desk(names_.portfolio(intent.portfolio)));
  const std::string_view symbol = names_.symbol(intent.instrument);
  std::string why = explain(names_, intent.cause);
  switch (intent.type) {
    case IntentType::kNewOrder:
    case IntentType::kReplaceOrder:
      out += trade_words(intent.side, intent.quantity, symbol);
      out += intent.limit_price.is_zero() ? " at market" : " @ " + exact(intent.limit_price);
      break;
    case IntentType::kCancelOrder:
    case IntentType::kRequestStatus:
    case IntentType::kDontKnowTrade:
      out += "order " + std::to_string(intent.orig_order_id) + " ";
      out += symbol;
      break;
    default:
      if (!symbol.empty()) {
        out += symbol;
        out += ": ";
      }
      out += rules::alert_text(intent.alert);
      if (about_copy(intent.alert)) {
        out += ": " + trade_words(intent.side, intent.quantity, symbol) + " @ " +
               exact(intent.limit_price);
      }
      break;
  }
  if (!why.empty()) out += "   " + why;
  if (!intent.text.empty()) {
    out += "   ";
    append_json_string(out, intent.text.view());  // bytes from outside, made harmless
  }
  out.push_back('\n');
}

void EventTeller::json_intent(const Report& report, std::string& out) const {
  const Intent& intent = report.body.intent;
  const Cause& cause = intent.cause;
  JsonLine line = begin_json(out, intent.ts, intent.event_sequence, order_event_name(intent.type));
  line.count("index", intent.index);
  if (intent.type == IntentType::kAlert) {
    line.text("code", name_of(intent.alert)).text("what", rules::alert_text(intent.alert));
  } else {
    line.count("order_id", intent.order_id);
  }
  if (intent.orig_order_id != 0) line.count("orig_order_id", intent.orig_order_id);
  line.text("portfolio", names_.portfolio(intent.portfolio));
  if (intent.instrument.valid()) line.text("symbol", names_.symbol(intent.instrument));
  if (intent.type == IntentType::kNewOrder || intent.type == IntentType::kReplaceOrder) {
    line.text("side", name_of(intent.side)).number("quantity", intent.quantity);
    line.text("order_type", intent.order_type == OrderType::kLimit ? "limit" : "market");
    if (intent.order_type == OrderType::kLimit) line.number("limit", intent.limit_price);
    line.text("time_in_force",
              intent.time_in_force == TimeInForce::kDay ? "day" : "immediate_or_cancel");
    line.number("reference", intent.reference_price)
        .number("bid", intent.bid)
        .number("ask", intent.ask);
  }
  if (about_copy(intent.alert)) {
    line.count("order_id", intent.order_id).text("side", name_of(intent.side));
    line.number("quantity", intent.quantity).number("price", intent.limit_price);
  }
  if (intent.alert_value != 0) line.integer("value", static_cast<std::int64_t>(intent.alert_value));
  if (!intent.text.empty()) line.text("text", intent.text.view());
  if (cause.trigger != Trigger::kNone) {
    line.open("cause", '{')
        .count("proposal", cause.proposal)
        .text("trigger", name_of(cause.trigger))
        .text("policy", names_.policy(cause.model))
        .text("sleeve", names_.sleeve(cause.model, cause.sleeve))
        .number("measured", cause.measured)
        .number("threshold", cause.threshold)
        .number("target", cause.target)
        .number("nav", cause.nav)
        .text("currency", names_.base_currency(intent.portfolio))
        .text("why", explain(names_, cause))
        .close('}');
  }
  if (report.received_ns != 0) {
    line.integer("receive_to_decision_ns", report.decided_ns - report.received_ns);
  }
  line.end();
}

}  // namespace evenkeel::apps
