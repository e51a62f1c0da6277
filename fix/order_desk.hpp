// The order desk: proposals become orders, reports become positions. A pure state machine, a
// function of the events alone: it reads no clock, starts no thread, allocates nothing after
// start, and every table has a bound with a named answer when it is reached.
//
//   submit  a proposal is taken whole or refused whole, each refusal naming its limit
//   apply   execution reports, cancel rejects, session states, commands, and time
//
// What it holds to:
// - An order lives under its old terms until the counterparty says Replaced, and fills count
//   whenever they come: before the acknowledgement, while a cancel or a replace is pending, after
//   the cancel.
// - A report counts once, by full ExecID and kind. Busts and corrections unwind the fill they name,
//   exactly.
// - The counterparty's CumQty and LeavesQty are compared with ours at every report. When they
//   differ, the portfolio halts and the order is unknown.
// - An order whose state is unknown counts at its worst case, is asked about, and is never replaced
//   or sent again. After a reconnect nothing new goes out before every open order is answered for.
// - A cancel is never held back by a limit, and nothing is resumed but by the operator.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/engine.hpp"
#include "fix/execution_log.hpp"
#include "fix/limits.hpp"

namespace evenkeel::fix {

enum class OrderState : std::uint8_t {
  kNone = 0,
  kPendingNew,
  kNew,
  kPartlyFilled,
  kFilled,
  kPendingCancel,
  kCanceled,
  kPendingReplace,
  kReplaced,  // of a request that a later one took the place of; the order itself lives on
  kRejected,
  kExpired,
  kDoneForDay,
  kSuspended,
  kUnknown,
};
/// Lower case with underscores: "partly_filled".
std::string_view order_state_name(OrderState state);

struct OrderDeskConfig {
  std::uint32_t orders_max = 16'384;      // of a run
  std::uint32_t executions_max = 65'536;  // reports of a run
  std::uint32_t lines_max = 256;          // of one proposal
  OrderType order_type = OrderType::kLimit;
  TimeInForce time_in_force = TimeInForce::kDay;
  Ratio reach = Ratio::from_raw(1'000'000);  // beyond the far side of the quote: 10bp
  DurationNs reprice_after = 2 * kSecond;    // 0: never
  std::uint32_t reprices_max = 3;            // of one order
  DurationNs cancel_after = 30 * kSecond;    // 0: never
  std::uint32_t cancels_max = 5;             // requests for one order
  DurationNs ack_timeout = 5 * kSecond;      // then the order is unknown and asked about
  DurationNs status_timeout = 15 * kSecond;  // then its portfolio halts
  std::uint32_t rejects_max = 5;  // so many rejects within `rejects_within` halt the desk
  DurationNs rejects_within = kMinute;
  DurationNs refusal_alert_every = kMinute;  // the same refusal of a portfolio is told so often
};
/// InvalidArgument naming the field that is out of range.
absl::Status validate(const OrderDeskConfig& config);

/// One order, with all its replacements.
struct Order {
  enum class Pending : std::uint8_t { kNone = 0, kCancel, kReplace };
  enum class Doubt : std::uint8_t { kNone = 0, kNoAnswer, kSessionLost, kMismatch };  // by gravity

  OrderId id = 0;           // of its first request
  OrderId current_id = 0;   // of the last one the counterparty has accepted (or not yet answered)
  OrderId pending_id = 0;   // of a cancel or replace not answered yet
  OrderId asked_about = 0;  // `pending_id` when the status was last asked for
  PortfolioId portfolio;
  InstrumentId instrument;
  Side side = Side::kNone;
  OrderType type = OrderType::kLimit;
  TimeInForce time_in_force = TimeInForce::kDay;
  Pending pending = Pending::kNone;
  Doubt doubt = Doubt::kNone;            // anything else: the state is unknown
  OrderState ended = OrderState::kNone;  // how it ended; kNone while it is open
  bool acknowledged = false;
  bool suspended = false;
  Quantity quantity;      // whole order
  Quantity filled;        // by unique, unbusted executions
  Quantity claimed_open;  // in doubt: what the counterparty last said is open
  Quantity counted_open;  // as the book counts it
  Money filled_value;     // instrument's currency, unsigned
  Money committed;        // cash that its open quantity may cost, instrument's currency
  Price limit_price;      // of `current_id`; zero for a market order
  Price worst_price;      // the worst it may trade at under any request sent
  Price reference_price;
  TimeNs sent_ts = 0;
  TimeNs heard_ts = 0;    // last request or report
  TimeNs priced_ts = 0;   // when its price was last looked at
  TimeNs request_ts = 0;  // last cancel request
  TimeNs asked_ts = 0;    // last status request; 0 when none is out
  std::uint32_t reprices = 0;
  std::uint32_t cancels = 0;
  std::uint32_t reject_reason = 0;  // tag 103 + 1
  bool wants_cancel = false;
  bool wants_status = false;
  bool holds_desk = false;  // open at a reconnect and not answered for yet
  bool complained = false;  // its portfolio has been halted for want of an answer
  Trigger cancel_trigger = Trigger::kNone;
  Cause cause;
  evenkeel::Text<32> broker_order_id;
  std::uint32_t previous_open = kNoIndex, next_open = kNoIndex;

  bool open() const { return ended == OrderState::kNone; }
  OrderState state() const;
  /// What may still be filled, at its worst.
  Quantity open_quantity() const;
};

struct OrderDeskCounters {
  std::uint64_t sent = 0, acknowledged = 0, fills = 0, partial_fills = 0, filled = 0;
  std::uint64_t replaces_sent = 0, replaced = 0, cancels_sent = 0, canceled = 0;
  std::uint64_t unsolicited_cancels = 0, cancel_rejects = 0;
  std::uint64_t rejected = 0, expired = 0, done_for_day = 0, suspended = 0, restated = 0;
  std::uint64_t busted = 0, corrected = 0, late_fills = 0, overfills = 0;
  std::uint64_t duplicates = 0, conflicting_duplicates = 0, stale_reports = 0;
  std::uint64_t unknown_executions = 0, mismatches = 0, executions_lost = 0, malformed = 0;
  std::uint64_t status_requests = 0, status_answers = 0, dont_know_trades = 0;
  std::uint64_t unanswered = 0;  // orders that became unknown for want of an answer
  std::uint64_t sessions_lost = 0, halts = 0, bad_commands = 0;
  std::uint64_t refused = 0;  // proposals and reprices; by limit: refusals()
  std::uint64_t alerts = 0, intents_dropped = 0;
};

class OrderDesk {
 public:
  /// The table outlives the desk. `portfolios` is how many the book has. Errors: those of the two
  /// validate functions.
  static absl::StatusOr<OrderDesk> create(const InstrumentTable& instruments,
                                          std::uint32_t portfolios, const Limits& limits,
                                          const OrderDeskConfig& config);

  // --- OrderLogic (core/engine.hpp) ---

  /// All lines as orders, or none. A proposal with an alert code is told and trades nothing.
  SubmitResult submit(const View& view, Book& book, const Proposal& proposal,
                      std::span<const ProposalLine> lines, IntentBuffer& out);
  /// Takes a report, a session state, a command or the time. The portfolios whose positions,
  /// working quantities or leave to trade changed, each once; valid until the next call.
  std::span<const PortfolioId> apply(const View& view, Book& book, const Event& event,
                                     IntentBuffer& out);

  // --- reading ---

  std::span<const Order> orders() const { return {orders_.data(), order_count_}; }
  /// By the number of any of its requests; null when there is none.
  const Order* find(OrderId id) const;
  /// The state of a request: as its order, or kReplaced when another took its place; kNone when it
  /// is not ours.
  OrderState state(OrderId id) const;
  /// Every execution acted on, in order of arrival.
  std::span<const Execution> executions() const { return log_.all(); }
  /// Sum of unique, unbusted executions, signed. Linear in `executions()`.
  Quantity executed(PortfolioId portfolio, InstrumentId instrument) const;
  const OrderDeskCounters& counters() const { return counters_; }
  std::uint64_t refusals(Limit limit) const { return refusals_[static_cast<std::size_t>(limit)]; }
  std::uint32_t open_orders() const { return open_count_; }
  std::uint32_t open_orders(PortfolioId id) const { return portfolios_[id.index()].open; }
  /// Gross notional sent on the day of the last order, base currency.
  Money sent_today(PortfolioId id) const { return portfolios_[id.index()].sent_today; }
  /// Why it is halted; kNone when it is not.
  AlertCode halted() const { return halted_; }
  AlertCode halted(PortfolioId id) const { return portfolios_[id.index()].halted; }
  bool logged_on() const { return logged_on_; }
  /// Open orders of the last reconnect that nobody has answered for yet.
  std::uint32_t unanswered() const { return unanswered_; }
  /// New orders may go out (limits permitting) for portfolios that are not halted.
  bool ready() const {
    return started_ && logged_on_ && unanswered_ == 0 && halted_ == AlertCode::kNone;
  }
  std::uint64_t epoch() const { return epoch_; }
  const LimitTable& limits() const { return limits_; }

 private:
  enum class RequestKind : std::uint8_t { kNew, kCancel, kReplace };
  struct Request {
    Price limit_price;
    std::uint32_t order = kNoIndex;
    RequestKind kind = RequestKind::kNew;
    bool accepted = false;  // a replace that became the order's terms
  };
  struct PortfolioState {
    AlertCode halted = AlertCode::kNone;
    Limit told = Limit::kNone;  // the refusal last told, of which instrument, when
    InstrumentId told_instrument;
    TimeNs told_ts = 0;
    std::uint32_t open = 0;
    std::int64_t day = 0;
    Money sent_today;
    std::uint64_t touched = 0;  // sequence of the last event that did
  };
  struct Planned {  // one line of a proposal that has passed its limits
    InstrumentId instrument;
    InstrumentId held_as;  // the line it moves: for a currency pair, cash of its base currency
    Side side = Side::kNone;
    Quantity quantity;
    Price limit_price;
    Price worst_price;
    Money cost;  // instrument's currency; zero for what is not paid for
    Money notional;
    MarketFacts market;
  };
  struct Context {  // what one call works with
    const View& view;
    Book& book;
    IntentBuffer& out;
  };

  OrderDesk(const InstrumentTable& instruments, std::uint32_t portfolios, LimitTable limits,
            const OrderDeskConfig& config);

  // Admission.
  std::optional<Breach> gate(PortfolioId portfolio) const;
  std::optional<Breach> admit(Context& c, const Proposal& proposal,
                              std::span<const ProposalLine> lines, InstrumentId& blocked);
  std::optional<Breach> plan_line(Context& c, PortfolioId portfolio, const ProposalLine& line);
  std::optional<Breach> price_line(Context& c, const OrderLimits& limits, Planned& plan);
  std::optional<Breach> value_line(Context& c, PortfolioId portfolio, const OrderLimits& limits,
                                   Planned& plan);
  std::optional<Breach> check_portfolio(Context& c, PortfolioId portfolio);
  SubmitResult refuse(Context& c, PortfolioId portfolio, InstrumentId instrument,
                      const Breach& breach, const Cause& cause);
  void place(Context& c, const Proposal& proposal, const Planned& plan, Price reference_price);
  Int128 spendable(Context& c, PortfolioId portfolio, CurrencyId currency) const;
  MarketFacts market_facts(const View& view, InstrumentId instrument) const;
  Money& sent_on(PortfolioId portfolio, TimeNs now);

  // Requests about an order.
  OrderId new_request(std::uint32_t order, RequestKind kind, Price limit_price);
  Intent order_intent(IntentType type, const Order& order) const;
  void pump(Context& c);
  void send_cancel(Context& c, Order& order);
  void send_status_request(Context& c, Order& order);
  void reprice(Context& c, Order& order);
  std::optional<Breach> check_reprice(Context& c, const Order& order, Price price,
                                      Money& notional_more);

  // Time, session, operator.
  void on_clock(Context& c);
  void on_clock(Context& c, Order& order);
  void on_session(Context& c, SessionState state);
  void on_logon(Context& c);
  void on_session_lost(Context& c);
  void on_command(Context& c, const Event& event);
  void on_resume(Context& c, PortfolioId portfolio);
  void want_cancel(Order& order, Trigger trigger);

  // Reports (order_desk_reports.cpp).
  void on_execution(Context& c, const Event& event);
  bool is_duplicate(Context& c, const ExecutionPayload& report, const Order* order);
  void on_order_report(Context& c, const Event& event, Order& order);
  void on_unknown(Context& c, const Event& event);
  void on_acknowledged(Context& c, const ExecutionPayload& report, Order& order);
  void on_trade(Context& c, const Event& event, Order& order);
  void settle_fill(Context& c, const ExecutionPayload& report, Order& order);
  void on_adjusted(Context& c, const Event& event, const Order* named);
  bool rebook(Context& c, Execution& fill, Order& order, const ExecutionPayload& report);
  void settle_adjusted(Context& c, const ExecutionPayload& report, Order& order);
  void on_ended(Context& c, const ExecutionPayload& report, Order& order, OrderState state);
  void on_rejected(Context& c, const ExecutionPayload& report, Order& order);
  void on_pending(Context& c, const ExecutionPayload& report, Order& order);
  void on_replaced(Context& c, const ExecutionPayload& report, Order& order);
  void on_restated(Context& c, const ExecutionPayload& report, Order& order);
  void on_suspended(Context& c, const ExecutionPayload& report, Order& order);
  void on_status(Context& c, const ExecutionPayload& report, Order& order);
  void on_status_rejected(Context& c, const ExecutionPayload& report, Order& order);
  void on_cancel_reject(Context& c, const CancelRejectPayload& reject);
  void reject_request(Context& c, Order& order, OrderId request, std::uint32_t reason,
                      OrdStatus status);
  void count_reject(Context& c);
  std::uint32_t record(Context& c, const ExecutionPayload& report, const Order* order,
                       ExecutionState state, InstrumentId instrument);

  // An order's state.
  Order* find_order(OrderId order_id, OrderId orig_order_id);
  void adopt(Order& order, OrderId request);
  void close(Context& c, Order& order, OrderState state);
  void reopen(Context& c, Order& order);
  void recount(Context& c, Order& order);
  void doubt(Order& order, Order::Doubt why);
  void believe(Context& c, Order& order);
  void release_desk(Context& c, Order& order);
  void mismatch(Context& c, const ExecutionPayload& report, Order& order,
                const evenkeel::Text<40>& text, bool ask = true);

  // Halts, alerts, bookkeeping.
  void halt(Context& c, PortfolioId portfolio, AlertCode why);
  void halt_desk(Context& c, AlertCode why, Trigger trigger, const evenkeel::Text<40>& text);
  void touch(Context& c, PortfolioId portfolio);
  void touch_all(Context& c);
  void emit(Context& c, const Intent& intent);
  void alert(Context& c, AlertCode code, const Order& order, std::uint64_t value,
             const evenkeel::Text<40>& text);
  void alert_desk(Context& c, AlertCode code, Trigger trigger, const evenkeel::Text<40>& text,
                  PortfolioId portfolio = PortfolioId::none());
  template <class Each>
  void for_each_open(Each&& each) {
    for (std::uint32_t at = first_open_; at != kNoIndex;) {
      const std::uint32_t next = orders_[at].next_open;  // `each` may close this one
      each(orders_[at]);
      at = next;
    }
  }
  std::uint32_t index_of(const Order& order) const {
    return static_cast<std::uint32_t>(&order - orders_.data());
  }
  Int128& committed(PortfolioId portfolio, CurrencyId currency) {
    return committed_[portfolio.index() * instruments_->currency_count() + currency.index()];
  }

  const InstrumentTable* instruments_;
  LimitTable limits_;
  OrderDeskConfig config_;
  RateLimiter rates_;
  std::vector<Order> orders_;
  std::vector<Request> requests_;  // by order id - 1
  ExecutionLog log_;
  std::vector<PortfolioState> portfolios_;
  std::vector<Int128> committed_;  // raw Money, [portfolio][currency]
  std::vector<Planned> plan_;
  std::vector<PortfolioId> touched_;
  std::vector<TimeNs> reject_times_;  // a ring
  std::uint64_t reject_count_ = 0;
  std::uint32_t order_count_ = 0, open_count_ = 0, request_count_ = 0, plan_count_ = 0;
  std::uint32_t first_open_ = kNoIndex, last_open_ = kNoIndex;
  std::uint32_t unanswered_ = 0;
  std::uint64_t epoch_ = 0;
  AlertCode halted_ = AlertCode::kNone;
  bool started_ = false, logged_on_ = false, shut_down_ = false, log_warned_ = false;
  bool wanting_ = false;  // some order wants a cancel or a status request
  OrderDeskCounters counters_;
  std::array<std::uint64_t, kLimitCount> refusals_{};
};

}  // namespace evenkeel::fix
