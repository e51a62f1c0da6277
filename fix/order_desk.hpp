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
// - What a drop-copy session tells never moves anything: it is compared with what the order session
//   told of the same ExecID. Where they differ, or one of them says nothing for too long, the
//   portfolio halts.
// - A cancel is never held back by a limit, and nothing is resumed but by the operator.
// - A run that starts over recovered state has lost its session: its open orders are in doubt, and
//   none is sent again.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/archive.hpp"
#include "core/engine.hpp"
#include "fix/clordid.hpp"
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
  std::uint32_t orders_max = 16'384;      // of a run, and of `retire_after` before it
  std::uint32_t executions_max = 65'536;  // reports, likewise
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
  /// At the start of a run, the oldest orders are forgotten that all ended longer ago than this,
  /// and their executions with them: so `orders_max` and `executions_max` are for that time, and
  /// what the counterparty repeats from before it is of an unknown order. A day to a year.
  DurationNs retire_after = 7 * kCalendarDay;
  /// Where copies of all executions come from; none: nowhere, and nothing is compared.
  SourceId drop_copy{};
  /// The two sessions have so long to say the same, while both are logged on.
  DurationNs copy_overdue = 30 * kSecond;
  std::uint32_t copies_max = 4'096;  // executions that have come on one session only; on either
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
  bool attempted = false;  // handed to a connection: the counterparty may have it
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

  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [id, current_id, pending_id, asked_about, portfolio, instrument, side, type,
           time_in_force, pending, doubt, ended, acknowledged, attempted, suspended, quantity,
           filled, claimed_open, counted_open, filled_value, committed, limit_price, worst_price,
           reference_price, sent_ts, heard_ts, priced_ts, request_ts, asked_ts, reprices, cancels,
           reject_reason, wants_cancel, wants_status, holds_desk, complained, cancel_trigger, cause,
           broker_order_id, previous_open, next_open] = s;
    a(id, current_id, pending_id, asked_about, portfolio, instrument, side, type, time_in_force,
      pending, doubt, ended, acknowledged, attempted, suspended, quantity, filled, claimed_open,
      counted_open, filled_value, committed, limit_price, worst_price, reference_price, sent_ts,
      heard_ts, priced_ts, request_ts, asked_ts, reprices, cancels, reject_reason, wants_cancel,
      wants_status, holds_desk, complained, cancel_trigger, cause, broker_order_id, previous_open,
      next_open);
  }
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
  std::uint64_t starts = 0;                        // of a run
  std::uint64_t attempts = 0;                      // requests handed to a connection
  std::uint64_t retired = 0, retired_reports = 0;  // orders forgotten, and reports of such
  // The drop copy's fills, busts and corrections, and what became of comparing them.
  std::uint64_t copies = 0, copies_matched = 0, copies_different = 0, copies_repeated = 0;
  std::uint64_t copies_foreign = 0;  // of accounts that are none of ours
  std::uint64_t copies_overdue = 0;  // executions of the order session that were not copied
  std::uint64_t copies_only = 0;     // copies of what the order session has not told
  std::uint64_t copies_dropped = 0;  // no room to remember that one is waited for
  std::uint64_t copy_sessions_lost = 0;

  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [sent, acknowledged, fills, partial_fills, filled, replaces_sent, replaced, cancels_sent,
           canceled, unsolicited_cancels, cancel_rejects, rejected, expired, done_for_day,
           suspended, restated, busted, corrected, late_fills, overfills, duplicates,
           conflicting_duplicates, stale_reports, unknown_executions, mismatches, executions_lost,
           malformed, status_requests, status_answers, dont_know_trades, unanswered, sessions_lost,
           halts, bad_commands, refused, alerts, intents_dropped, starts, attempts, retired,
           retired_reports, copies, copies_matched, copies_different, copies_repeated,
           copies_foreign, copies_overdue, copies_only, copies_dropped, copy_sessions_lost] = s;
    a(sent, acknowledged, fills, partial_fills, filled, replaces_sent, replaced, cancels_sent,
      canceled, unsolicited_cancels, cancel_rejects, rejected, expired, done_for_day, suspended,
      restated, busted, corrected, late_fills, overfills, duplicates, conflicting_duplicates,
      stale_reports, unknown_executions, mismatches, executions_lost, malformed, status_requests,
      status_answers, dont_know_trades, unanswered, sessions_lost, halts, bad_commands, refused,
      alerts, intents_dropped, starts, attempts, retired, retired_reports, copies, copies_matched,
      copies_different, copies_repeated, copies_foreign, copies_overdue, copies_only,
      copies_dropped, copy_sessions_lost);
  }
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
  /// By the number of any of its requests; null when there is none, or it is retired.
  const Order* find(OrderId id) const;
  /// The state of a request: as its order, or kReplaced when another took its place; kNone when it
  /// is not ours, or is retired.
  OrderState state(OrderId id) const;
  /// Every execution acted on, in order of arrival.
  std::span<const Execution> executions() const { return log_.all(); }
  /// Sum of unique, unbusted executions, those of retired orders included, signed. Linear in
  /// `executions()`.
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
  /// The drop-copy session is.
  bool copy_logged_on() const { return copy_logged_on_; }
  /// Executions whose copy is waited for, and copies whose execution is, in order of arrival.
  std::uint32_t copies_awaited() const { return static_cast<std::uint32_t>(awaited_.size()); }
  std::uint32_t copies_ahead() const { return static_cast<std::uint32_t>(ahead_.size()); }
  /// Open orders of the last reconnect that nobody has answered for yet.
  std::uint32_t unanswered() const { return unanswered_; }
  /// New orders may go out (limits permitting) for portfolios that are not halted.
  bool ready() const {
    return started_ && logged_on_ && unanswered_ == 0 && halted_ == AlertCode::kNone;
  }
  std::uint64_t epoch() const { return epoch_; }
  /// Which epoch each order number belongs to. Numbers go on counting from run to run.
  const EpochTable& epochs() const { return epochs_; }
  /// The table as it will be once a run with this epoch has started: what its gateway needs. Full:
  /// the oldest epochs leave, unless an order of theirs is open; then the new one is missing, and
  /// the desk will be halted.
  EpochTable epochs_for(std::uint64_t epoch) const;
  /// The number that the next request gets.
  OrderId next_request_id() const { return retired_requests_ + request_count_ + 1; }
  /// Numbers up to this one belong to retired orders.
  OrderId retired_requests() const { return retired_requests_; }
  /// The MsgSeqNum of the last request handed to a connection, in any run and in this one; 0: none.
  std::uint32_t last_sent_message() const { return last_sent_message_; }
  std::uint32_t last_sent_in_run() const { return last_sent_in_run_; }
  /// The requests of open orders that nobody has answered and that were not handed to a connection
  /// as far as the events tell. Only those of the present run: a start looks into them once, before
  /// its kEngineStart.
  std::vector<Intent> undecided() const;
  const LimitTable& limits() const { return limits_; }

  // --- state as bytes (core/archive.hpp) ---

  /// Into a desk built for the same instruments, portfolios, limits and configuration.
  template <class A, class Self>
  static void archive(A& a, Self& s);
  /// Takes the state of a desk built for other instruments, portfolios, limits or configuration, in
  /// which all that `from` knows keeps its id. What orders were sent for is named anew by `rename`.
  /// FailedPrecondition when the tables here are too small; nothing has then been taken.
  absl::Status carry(const OrderDesk& from, void (*rename)(const void* context, Cause& cause),
                     const void* context);

 private:
  enum class RequestKind : std::uint8_t { kNew, kCancel, kReplace };
  struct Request {
    Price limit_price;
    std::uint32_t order = kNoIndex;  // kNoIndex: a retired one
    RequestKind kind = RequestKind::kNew;
    bool accepted = false;       // a replace that became the order's terms
    bool may_have_left = false;  // handed to a connection, or of an earlier run

    template <class A, class Self>
    static void archive(A& a, Self& s) {
      auto& [limit_price, order, kind, accepted, may_have_left] = s;
      a(limit_price, order, kind, accepted, may_have_left);
    }
  };
  struct Executed {  // by retired orders
    PortfolioId portfolio;
    InstrumentId instrument;
    Quantity quantity;

    template <class A, class Self>
    static void archive(A& a, Self& s) {
      auto& [portfolio, instrument, quantity] = s;
      a(portfolio, instrument, quantity);
    }
  };
  struct Copy {  // has come, and the order session has not told it yet
    FixId exec_id, exec_ref_id;
    OrderId order_id = 0;
    ExecType type = ExecType::kNone;
    Side side = Side::kNone;
    bool told = false;      // that it is overdue
    PortfolioId portfolio;  // of its account; none: an account that is none of ours
    InstrumentId instrument;
    Quantity quantity;
    Price price;
    TimeNs ts = 0;

    template <class A, class Self>
    static void archive(A& a, Self& s) {
      auto& [exec_id, exec_ref_id, order_id, type, side, told, portfolio, instrument, quantity,
             price, ts] = s;
      a(exec_id, exec_ref_id, order_id, type, side, told, portfolio, instrument, quantity, price,
        ts);
    }
    friend bool operator==(const Copy&, const Copy&) = default;
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

    template <class A, class Self>
    static void archive(A& a, Self& s) {
      auto& [halted, told, told_instrument, told_ts, open, day, sent_today, touched] = s;
      a(halted, told, told_instrument, told_ts, open, day, sent_today, touched);
    }
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

  // Starts.
  void on_start(Context& c, std::uint64_t epoch);
  void start_again(Context& c);
  void retire(TimeNs now);
  void keep_executed(std::uint32_t orders);
  void on_send_attempt(const SendAttemptPayload& attempt);

  // Time, session, operator.
  void on_clock(Context& c);
  void on_clock(Context& c, Order& order);
  void on_session(Context& c, SessionState state);
  void on_logon(Context& c);
  void on_session_lost(Context& c);
  void lose_session();
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

  // The drop copy (order_desk_copies.cpp).
  bool from_drop_copy(const Event& event) const {
    return config_.drop_copy.valid() && event.source == config_.drop_copy;
  }
  void apply_copy(Context& c, const Event& event);
  void on_copy_session(Context& c, SessionState state);
  void on_copy(Context& c, const Event& event);
  void on_foreign_copy(Context& c, const Copy& copy);
  void hold_copy(Context& c, const Copy& copy);
  void await_copy(Context& c, const ExecutionPayload& report);
  void compare_copy(Context& c, const Copy& copy, Execution& execution);
  evenkeel::Text<40> copy_fault(const Copy& copy, const Execution& execution) const;
  void differ(Context& c, const Copy& copy, const Execution& execution,
              const evenkeel::Text<40>& text);
  void on_copy_clock(Context& c);
  void halt_for_copy(Context& c, const Copy& copy, AlertCode why);
  void tell_copy(Context& c, const Copy& copy, AlertCode code, const evenkeel::Text<40>& text);
  void tell_execution(Context& c, const Execution& execution, AlertCode code,
                      const evenkeel::Text<40>& text);
  void no_room_for_copy(Context& c);
  std::vector<Copy>::iterator find_ahead(const FixId& exec_id, ExecType type);
  void stop_awaiting(std::uint32_t index);
  /// Finds out anew which executions wait for their copy. False when they are too many.
  bool list_awaited();

  // An order's state.
  const Request* request(OrderId id) const {
    const bool ours = id > retired_requests_ && id - retired_requests_ <= request_count_;
    return ours ? &requests_[id - retired_requests_ - 1] : nullptr;
  }
  Request* request(OrderId id) {
    return const_cast<Request*>(static_cast<const OrderDesk*>(this)->request(id));
  }
  Order* find_order(OrderId order_id, OrderId orig_order_id);
  bool is_retired(OrderId order_id, OrderId orig_order_id) const;
  void adopt(Order& order, OrderId id);
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
  void raise(Context& c, Intent intent, AlertCode code, Trigger trigger,
             const evenkeel::Text<40>& text);
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
  /// Every index that was read points somewhere.
  bool well_linked() const;
  Int128& committed(PortfolioId portfolio, CurrencyId currency) {
    return committed_[portfolio.index() * instruments_->currency_count() + currency.index()];
  }

  const InstrumentTable* instruments_;
  LimitTable limits_;
  OrderDeskConfig config_;
  RateLimiter rates_;
  std::vector<Order> orders_;
  std::vector<Request> requests_;  // by number, from that after `retired_requests_` on
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
  EpochTable epochs_;
  OrderId retired_requests_ = 0;
  std::uint32_t last_sent_message_ = 0, last_sent_in_run_ = 0;
  std::vector<Executed> executed_before_;  // in order of portfolio and instrument
  AlertCode halted_ = AlertCode::kNone;
  bool halted_by_end_ = false;  // and by nothing else: over with the next start
  bool started_ = false, logged_on_ = false, shut_down_ = false, log_warned_ = false;
  bool wanting_ = false;                     // some order wants a cancel or a status request
  std::vector<std::uint32_t> awaited_;       // executions in the log, those overdue left out
  std::vector<Copy> ahead_;                  // copies of what has not come, those overdue included
  TimeNs copy_logon_ts_ = 0, logon_ts_ = 0;  // the last ones: waiting starts anew
  bool copy_logged_on_ = false, copies_full_ = false, foreign_told_ = false;
  OrderDeskCounters counters_;
  std::array<std::uint64_t, kLimitCount> refusals_{};
};

template <class A, class Self>
void OrderDesk::archive(A& a, Self& s) {
  // The first three are the configuration; plan and touched live within one event; awaited follows
  // from the executions.
  auto& [instruments, limits, config, rates, orders, requests, executions, portfolios, committed,
         plan, touched, reject_times, reject_count, order_count, open_count, request_count,
         plan_count, first_open, last_open, unanswered, epoch, epochs, retired_requests,
         last_sent_message, last_sent_in_run, executed_before, halted, halted_by_end, started,
         logged_on, shut_down, log_warned, wanting, awaited, ahead, copy_logon_ts, logon_ts,
         copy_logged_on, copies_full, foreign_told, counters, refusals] = s;
  a(rates);
  a.prefix(orders, order_count);
  a.prefix(requests, request_count);
  a(executions);
  a.table(portfolios);
  a.table(committed);
  a.table(reject_times);
  a(reject_count, open_count, first_open, last_open, unanswered, epoch, epochs, retired_requests,
    last_sent_message, last_sent_in_run);
  a.list(executed_before, portfolios.size() * instruments->size());
  a.list(ahead, config.copies_max);
  a(halted, halted_by_end, started, logged_on, shut_down, log_warned, wanting, copy_logon_ts,
    logon_ts, copy_logged_on, copies_full, foreign_told, counters, refusals);
  if constexpr (A::kLoading) {
    // Which executions wait for their copy stands with each of them.
    if (!s.well_linked() || !s.list_awaited()) a.fail();
  }
}

}  // namespace evenkeel::fix
