#include "fix/order_desk.hpp"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/decimal.hpp"
#include "core/mutation.hpp"
#include "fix/short_text.hpp"

namespace evenkeel::fix {
namespace {

constexpr std::string_view kStateNames[] = {
    "none",      "pending_new",     "new",      "partly_filled", "filled",  "pending_cancel",
    "canceled",  "pending_replace", "replaced", "rejected",      "expired", "done_for_day",
    "suspended", "unknown"};

/// Cash as Money; what is less than a hundredth of a hundredth does not count.
Int128 cash_money(Quantity quantity) {
  constexpr std::int64_t kPerMoney = Quantity::kScale / Money::kScale;
  const std::int64_t raw = quantity.raw();
  return raw >= 0 ? raw / kPerMoney : (raw - kPerMoney + 1) / kPerMoney;
}

}  // namespace

std::string_view order_state_name(OrderState state) {
  return kStateNames[static_cast<std::size_t>(state)];
}

absl::Status validate(const OrderDeskConfig& config) {
  const auto refuse = [](absl::string_view what) { return absl::InvalidArgumentError(what); };
  const auto table = [](std::uint32_t value) { return value > 0 && value <= (1U << 24); };
  const auto time = [](DurationNs value) { return value > 0 && value <= kCalendarDay; };
  if (!table(config.orders_max)) return refuse("orders_max must be 1 to 16777216");
  if (!table(config.executions_max)) return refuse("executions_max must be 1 to 16777216");
  if (config.lines_max == 0 || config.lines_max > kMaxLinesPerPortfolio) {
    return refuse("lines_max must be 1 to 4096");
  }
  if (config.reach < Ratio{} || config.reach > kCollarMax) {
    return refuse("reach must be 0 to 50%");
  }
  if (config.reprices_max > 100) return refuse("reprices_max must be at most 100");
  if (config.cancels_max == 0 || config.cancels_max > 100) {
    return refuse("cancels_max must be 1 to 100");
  }
  if (config.reprice_after < 0 || config.reprice_after > kCalendarDay) {
    return refuse("reprice_after must be 0 (never) to a day");
  }
  if (config.cancel_after < 0 || config.cancel_after > kCalendarDay) {
    return refuse("cancel_after must be 0 (never) to a day");
  }
  if (!time(config.ack_timeout)) return refuse("ack_timeout must be within a day");
  if (!time(config.status_timeout)) return refuse("status_timeout must be within a day");
  if (!time(config.rejects_within)) return refuse("rejects_within must be within a day");
  if (config.retire_after < kCalendarDay || config.retire_after > 366 * kCalendarDay) {
    return refuse("retire_after must be a day to a year");
  }
  if (!time(config.copy_overdue)) return refuse("copy_overdue must be within a day");
  if (!table(config.copies_max)) return refuse("copies_max must be 1 to 16777216");
  if (!time(config.refusal_alert_every)) return refuse("refusal_alert_every must be within a day");
  if (config.rejects_max == 0 || config.rejects_max > 10'000) {
    return refuse("rejects_max must be 1 to 10000");
  }
  return absl::OkStatus();
}

// --- an order ---

OrderState Order::state() const {
  if (!open()) return ended;
  if (doubt != Doubt::kNone) return OrderState::kUnknown;
  if (pending == Pending::kCancel) return OrderState::kPendingCancel;
  if (pending == Pending::kReplace) return OrderState::kPendingReplace;
  if (suspended) return OrderState::kSuspended;
  if (!filled.is_zero()) return OrderState::kPartlyFilled;
  return acknowledged ? OrderState::kNew : OrderState::kPendingNew;
}

Quantity Order::open_quantity() const {
  if (!open()) return Quantity{};
  const Quantity rest = std::max(quantity - filled, Quantity{});
  return doubt == Doubt::kNone ? rest : std::max(rest, claimed_open);
}

// --- building ---

absl::StatusOr<OrderDesk> OrderDesk::create(const InstrumentTable& instruments,
                                            std::uint32_t portfolios, const Limits& limits,
                                            const OrderDeskConfig& config) {
  if (absl::Status status = validate(config); !status.ok()) return status;
  auto table = LimitTable::create(limits, instruments);
  if (!table.ok()) return table.status();
  return OrderDesk(instruments, portfolios, *std::move(table), config);
}

OrderDesk::OrderDesk(const InstrumentTable& instruments, std::uint32_t portfolios,
                     LimitTable limits, const OrderDeskConfig& config)
    : instruments_(&instruments),
      limits_(std::move(limits)),
      config_(config),
      rates_(limits_.desk()),
      orders_(config.orders_max),
      // What each order can ask for is bounded, so no request ever lacks a place; a retired order
      // may leave as many behind, made while an order that is still here was open.
      requests_(std::size_t{config.orders_max} *
                (1 + 2 * std::size_t{config.reprices_max + config.cancels_max})),
      log_(config.executions_max),
      portfolios_(portfolios),
      committed_(std::size_t{portfolios} * instruments.currency_count()),
      plan_(config.lines_max),
      reject_times_(config.rejects_max) {
  touched_.reserve(portfolios);
  if (config.drop_copy.valid()) {
    awaited_.reserve(config.copies_max);
    ahead_.reserve(config.copies_max);
  }
}

// --- state ---

bool OrderDesk::well_linked() const {
  const auto within = [](std::uint32_t index, std::size_t count) {
    return index == kNoIndex || index < count;
  };
  const auto known = [this](OrderId id) { return request(id) != nullptr; };
  for (const Order& order : orders()) {
    if (order.portfolio.index() >= portfolios_.size() ||
        order.instrument.index() >= instruments_->size() || order.ended > OrderState::kUnknown ||
        !known(order.id) || !known(order.current_id) ||
        (order.pending_id != 0 && !known(order.pending_id)) ||
        !within(order.previous_open, order_count_) || !within(order.next_open, order_count_)) {
      return false;
    }
  }
  for (std::uint32_t i = 0; i < request_count_; ++i) {
    if (!within(requests_[i].order, order_count_)) return false;
  }
  for (const Copy& copy : ahead_) {
    const bool placed = !copy.portfolio.valid() || copy.portfolio.index() < portfolios_.size();
    const bool named = !copy.instrument.valid() || copy.instrument.index() < instruments_->size();
    if (!placed || !named) return false;
  }
  for (const Execution& execution : log_.all()) {
    if (!within(execution.order, order_count_) || !within(execution.root, log_.size()))
      return false;
  }
  return within(first_open_, order_count_) && within(last_open_, order_count_);
}

absl::Status OrderDesk::carry(const OrderDesk& from, void (*rename)(const void*, Cause&),
                              const void* context) {
  const auto refuse = [](absl::string_view what, std::size_t used, std::size_t now) {
    return absl::FailedPreconditionError(
        absl::StrCat(what, " must be at least ", used, ", which is in use; it is ", now));
  };
  if (from.order_count_ > orders_.size()) {
    return refuse("orders_max", from.order_count_, orders_.size());
  }
  if (from.request_count_ > requests_.size()) {
    return refuse("the number of requests (orders_max, reprices_max, cancels_max)",
                  from.request_count_, requests_.size());
  }
  if (from.log_.size() > log_.capacity()) {
    return refuse("executions_max", from.log_.size(), log_.capacity());
  }
  const bool compares = config_.drop_copy.valid();
  const std::size_t unmatched = std::max(from.awaited_.size(), from.ahead_.size());
  if (compares && unmatched > config_.copies_max) {
    return refuse("copies_max", unmatched, config_.copies_max);
  }
  EVENKEEL_CHECK(from.portfolios_.size() <= portfolios_.size());
  EVENKEEL_CHECK(from.instruments_->currency_count() <= instruments_->currency_count());
  std::copy(from.orders_.begin(), from.orders_.begin() + from.order_count_, orders_.begin());
  for (std::uint32_t i = 0; i < from.order_count_; ++i) rename(context, orders_[i].cause);
  std::copy(from.requests_.begin(), from.requests_.begin() + from.request_count_,
            requests_.begin());
  log_.carry(from.log_);
  std::copy(from.portfolios_.begin(), from.portfolios_.end(), portfolios_.begin());
  const std::size_t had = from.instruments_->currency_count();
  const std::size_t has = instruments_->currency_count();
  for (std::size_t i = 0; i < from.committed_.size(); ++i) {
    committed_[i / had * has + i % had] = from.committed_[i];
  }
  rates_.carry(from.rates_);
  if (from.reject_times_.size() == reject_times_.size()) {
    reject_times_ = from.reject_times_;
    reject_count_ = from.reject_count_;
  }
  order_count_ = from.order_count_;
  open_count_ = from.open_count_;
  request_count_ = from.request_count_;
  first_open_ = from.first_open_;
  last_open_ = from.last_open_;
  unanswered_ = from.unanswered_;
  epoch_ = from.epoch_;
  epochs_ = from.epochs_;
  retired_requests_ = from.retired_requests_;
  last_sent_message_ = from.last_sent_message_;
  last_sent_in_run_ = from.last_sent_in_run_;
  executed_before_ = from.executed_before_;
  halted_ = from.halted_;
  halted_by_end_ = from.halted_by_end_;
  started_ = from.started_;
  logged_on_ = from.logged_on_;
  shut_down_ = from.shut_down_;
  log_warned_ = from.log_warned_;
  wanting_ = from.wanting_;
  copy_logon_ts_ = from.copy_logon_ts_;
  logon_ts_ = from.logon_ts_;
  // Without a drop copy from now on, nothing is waited for any more.
  copy_logged_on_ = compares && from.copy_logged_on_;
  copies_full_ = compares && from.copies_full_;
  foreign_told_ = compares && from.foreign_told_;
  for (std::uint32_t i = 0; i < log_.size() && !compares; ++i) {
    if (log_[i].copy == CopyState::kAwaited) log_[i].copy = CopyState::kNone;
  }
  if (compares) ahead_.assign(from.ahead_.begin(), from.ahead_.end());
  EVENKEEL_CHECK(list_awaited());
  counters_ = from.counters_;
  refusals_ = from.refusals_;
  return absl::OkStatus();
}

// --- reading ---

const Order* OrderDesk::find(OrderId id) const {
  const Request* found = request(id);
  return found == nullptr || found->order == kNoIndex ? nullptr : &orders_[found->order];
}

OrderState OrderDesk::state(OrderId id) const {
  const Order* order = find(id);
  if (order == nullptr) return OrderState::kNone;
  const Request& asked = *request(id);
  if (asked.kind == RequestKind::kCancel || id == order->current_id) return order->state();
  if (id == order->pending_id) return OrderState::kPendingReplace;
  return asked.accepted ? OrderState::kReplaced : OrderState::kRejected;
}

EpochTable OrderDesk::epochs_for(std::uint64_t epoch) const {
  EpochTable table = epochs_;
  if (table.full()) {
    OrderId oldest = next_request_id();
    for (std::uint32_t at = first_open_; at != kNoIndex; at = orders_[at].next_open) {
      oldest = std::min(oldest, orders_[at].id);
    }
    table.forget_before(oldest);
  }
  static_cast<void>(table.add(next_request_id(), epoch));
  return table;
}

std::vector<Intent> OrderDesk::undecided() const {
  std::vector<Intent> all;
  for (const Order& order : orders()) {
    if (!order.open()) continue;
    const bool answered = order.acknowledged || !order.filled.is_zero();
    if (!answered && !request(order.id)->may_have_left) {
      Intent intent = order_intent(IntentType::kNewOrder, order);
      intent.order_id = order.id;
      intent.orig_order_id = 0;
      all.push_back(intent);
    }
    if (order.pending != Order::Pending::kNone && !request(order.pending_id)->may_have_left) {
      const bool cancel = order.pending == Order::Pending::kCancel;
      Intent intent =
          order_intent(cancel ? IntentType::kCancelOrder : IntentType::kReplaceOrder, order);
      intent.order_id = order.pending_id;
      all.push_back(intent);
    }
  }
  return all;
}

Quantity OrderDesk::executed(PortfolioId portfolio, InstrumentId instrument) const {
  Quantity total;
  for (const Execution& execution : log_.all()) {
    if (execution.state == ExecutionState::kBooked && execution.portfolio == portfolio &&
        execution.instrument == instrument) {
      total += execution.quantity;
    }
  }
  for (const Executed& before : executed_before_) {
    if (before.portfolio == portfolio && before.instrument == instrument) total += before.quantity;
  }
  return total;
}

// --- admission ---

SubmitResult OrderDesk::submit(const View& view, Book& book, const Proposal& proposal,
                               std::span<const ProposalLine> lines, IntentBuffer& out) {
  EVENKEEL_CHECK(proposal.portfolio.index() < portfolios_.size());
  Context c{view, book, out};
  if (proposal.alert != AlertCode::kNone) {
    Intent intent;
    intent.type = IntentType::kAlert;
    intent.portfolio = proposal.portfolio;
    // What it is about, when the rules name one: the instrument whose price holds a breach back.
    if (!lines.empty()) intent.instrument = lines.front().instrument;
    intent.alert = proposal.alert;
    intent.cause = proposal.cause;
    const bool told = out.room() > 0;
    emit(c, intent);
    ++counters_.alerts;
    return {told, told ? AlertCode::kNone : AlertCode::kLimitBufferFull, InstrumentId::none()};
  }
  InstrumentId blocked;
  if (const auto breach = admit(c, proposal, lines, blocked)) {
    return refuse(c, proposal.portfolio, blocked, *breach, proposal.cause);
  }
  for (std::uint32_t i = 0; i < plan_count_; ++i) {
    place(c, proposal, plan_[i], lines[i].reference_price);
  }
  portfolios_[proposal.portfolio.index()].told = Limit::kNone;
  return {true, AlertCode::kNone, InstrumentId::none()};
}

std::optional<Breach> OrderDesk::gate(PortfolioId portfolio) const {
  const AlertCode own = portfolios_[portfolio.index()].halted;
  if (!started_ || halted_ != AlertCode::kNone || own != AlertCode::kNone) {
    const AlertCode why = halted_ != AlertCode::kNone ? halted_ : own;
    return Breach{Limit::kHalted, static_cast<std::int64_t>(why), 0};
  }
  if (!logged_on_) return Breach{Limit::kSessionDown, 0, 0};
  if (unanswered_ > 0) return Breach{Limit::kUnanswered, unanswered_, 0};
  return std::nullopt;
}

std::optional<Breach> OrderDesk::admit(Context& c, const Proposal& proposal,
                                       std::span<const ProposalLine> lines, InstrumentId& blocked) {
  plan_count_ = 0;
  if (const auto breach = gate(proposal.portfolio)) return breach;
  if (lines.empty()) return Breach{Limit::kLot, 0, 0};
  const std::size_t lines_most = std::min<std::size_t>(config_.lines_max, c.out.room());
  const auto line_count = static_cast<std::int64_t>(lines.size());
  if (lines.size() > lines_most) {
    return Breach{Limit::kBufferFull, line_count, static_cast<std::int64_t>(lines_most)};
  }
  if (lines.size() > orders_.size() - order_count_) {
    return Breach{Limit::kTableFull, line_count,
                  static_cast<std::int64_t>(orders_.size() - order_count_)};
  }
  for (const ProposalLine& line : lines) {
    if (const auto breach = plan_line(c, proposal.portfolio, line)) {
      blocked = line.instrument;
      return breach;
    }
    ++plan_count_;
  }
  return check_portfolio(c, proposal.portfolio);
}

MarketFacts OrderDesk::market_facts(const View& view, InstrumentId instrument) const {
  const Quotation& quotation = view.market[instrument];
  return {quotation.bid, quotation.ask, quotation.mark, view.now - quotation.quote_ts,
          view.market.soundness(instrument)};
}

std::optional<Breach> OrderDesk::plan_line(Context& c, PortfolioId portfolio,
                                           const ProposalLine& line) {
  if (line.instrument.index() >= instruments_->size()) return Breach{Limit::kNotTradable, 0, 0};
  const Instrument& instrument = (*instruments_)[line.instrument];
  const OrderLimits& limits = limits_.of(line.instrument);
  Planned& plan = plan_[plan_count_];
  plan = Planned{};
  plan.instrument = line.instrument;
  plan.side = line.quantity.sign() >= 0 ? Side::kBuy : Side::kSell;
  plan.quantity = line.quantity.abs();
  if (const auto breach = check_shape(limits, instrument, plan.quantity)) return breach;
  plan.market = market_facts(c.view, line.instrument);
  if (const auto breach = check_market(limits, plan.market)) return breach;
  if (const auto breach = price_line(c, limits, plan)) return breach;
  return value_line(c, portfolio, limits, plan);
}

std::optional<Breach> OrderDesk::price_line(Context& c, const OrderLimits& limits, Planned& plan) {
  const Price tick = c.view.instruments[plan.instrument].tick;
  const PricedOrder priced = marketable_price(limits, plan.market, plan.side, config_.reach, tick);
  if (priced.breach) return priced.breach;
  if (config_.order_type == OrderType::kLimit) {
    plan.limit_price = plan.worst_price = priced.price;
  } else {
    // A market order has no price of its own: it is taken to trade as badly as the collar allows.
    plan.worst_price = collar_bound(plan.side, plan.market.mark, *limits.collar, tick);
  }
  return std::nullopt;
}

Int128 OrderDesk::spendable(Context& c, PortfolioId portfolio, CurrencyId currency) const {
  const Line* cash = c.book.line(portfolio, instruments_->cash(currency));
  if (cash == nullptr) return 0;
  // Sales of the currency itself are working on its line.
  return cash_money(cash->quantity - cash->working_sell) -
         committed_[portfolio.index() * instruments_->currency_count() + currency.index()];
}

std::optional<Breach> OrderDesk::value_line(Context& c, PortfolioId portfolio,
                                            const OrderLimits& limits, Planned& plan) {
  const Instrument& instrument = (*instruments_)[plan.instrument];
  const bool is_fx = instrument.kind == InstrumentKind::kFx;
  plan.held_as = is_fx ? instruments_->cash(instrument.base_currency) : plan.instrument;
  const Line* held = c.book.line(portfolio, plan.held_as);
  const InstrumentId cash = instruments_->cash(instrument.currency);
  const bool pays = !instrument.is_future();
  if (held == nullptr || (pays && c.book.line(portfolio, cash) == nullptr)) {
    return Breach{Limit::kNotTradable, 0, 0};
  }
  AmountFacts facts;
  facts.may_be_short = !pays || plan.side == Side::kBuy;
  facts.pays_cash = pays && plan.side == Side::kBuy;
  // A sale is worth the mark even when its limit is lower.
  const auto local =
      notional(std::max(plan.worst_price, plan.market.mark), plan.quantity, instrument.multiplier);
  if (local) facts.notional = c.book.to_base(portfolio, instrument.currency, *local);
  const auto cost = notional(plan.worst_price, plan.quantity, instrument.multiplier);
  if (!facts.notional || !cost) return check_amounts(limits, AmountFacts{});
  Int128 spent = cost->raw();  // with the purchases of this proposal before it
  Quantity sold = plan.quantity;
  for (std::uint32_t i = 0; i < plan_count_; ++i) {
    const Planned& other = plan_[i];
    const bool same_cash = (*instruments_)[other.instrument].currency == instrument.currency;
    if (same_cash && other.side == Side::kBuy) spent += other.cost.raw();
    if (other.side == Side::kSell && other.held_as == plan.held_as) sold += other.quantity;
    if (other.side == Side::kSell && other.held_as == cash) spent += cash_money(other.quantity);
  }
  constexpr Int128 kLimit = std::numeric_limits<std::int64_t>::max();
  const Int128 cash_after = spendable(c, portfolio, instrument.currency) - spent;
  facts.cash_after =
      Money::from_raw(static_cast<std::int64_t>(std::clamp(cash_after, -kLimit, kLimit)));
  facts.held_after = held->quantity - held->working_sell - sold;
  if (is_fx) {
    // What buys of its base currency's own instruments have been promised is not there to sell.
    Int128 promised = committed_[portfolio.index() * instruments_->currency_count() +
                                 instrument.base_currency.index()];
    for (std::uint32_t i = 0; i < plan_count_; ++i) {
      const bool spends = (*instruments_)[plan_[i].instrument].currency == instrument.base_currency;
      if (spends && plan_[i].side == Side::kBuy) promised += plan_[i].cost.raw();
    }
    const Int128 left = facts.held_after.raw() - promised * (Quantity::kScale / Money::kScale);
    facts.held_after =
        Quantity::from_raw(static_cast<std::int64_t>(std::clamp(left, -kLimit, kLimit)));
  }
  if (pays && plan.side == Side::kBuy) plan.cost = *cost;
  plan.notional = *facts.notional;
  return check_amounts(limits, facts);
}

Money& OrderDesk::sent_on(PortfolioId portfolio, TimeNs now) {
  PortfolioState& state = portfolios_[portfolio.index()];
  const std::int64_t day = day_of(now, limits_.desk().day_starts_at);
  if (day != state.day) {
    state.day = day;
    state.sent_today = Money{};
  }
  return state.sent_today;
}

std::optional<Breach> OrderDesk::check_portfolio(Context& c, PortfolioId portfolio) {
  CountFacts facts;
  facts.open_in_portfolio = portfolios_[portfolio.index()].open + plan_count_;
  facts.open_in_desk = open_count_ + plan_count_;
  facts.sent_today = sent_on(portfolio, c.view.now).raw();
  for (std::uint32_t i = 0; i < plan_count_; ++i) facts.sent_today += plan_[i].notional.raw();
  if (const auto breach = check_counts(limits_.desk(), facts)) return breach;
  return rates_.check(c.view.now, plan_count_);
}

SubmitResult OrderDesk::refuse(Context& c, PortfolioId portfolio, InstrumentId instrument,
                               const Breach& breach, const Cause& cause) {
  ++counters_.refused;
  ++refusals_[static_cast<std::size_t>(breach.limit)];
  PortfolioState& state = portfolios_[portfolio.index()];
  const bool told = state.told == breach.limit && state.told_instrument == instrument &&
                    c.view.now - state.told_ts < config_.refusal_alert_every;
  if (!told) {
    state.told = breach.limit;
    state.told_instrument = instrument;
    state.told_ts = c.view.now;
    Intent intent;
    intent.type = IntentType::kAlert;
    intent.portfolio = portfolio;
    intent.instrument = instrument;
    intent.alert = alert_code(breach.limit);
    intent.alert_value = static_cast<std::uint64_t>(breach.value);
    intent.cause = cause;
    intent.text = breach_text(breach);
    emit(c, intent);
    ++counters_.alerts;
  }
  return {false, alert_code(breach.limit), instrument};
}

void OrderDesk::place(Context& c, const Proposal& proposal, const Planned& plan,
                      Price reference_price) {
  Order& order = orders_[order_count_];
  order = Order{};
  order.id = order.current_id = new_request(order_count_, RequestKind::kNew, plan.limit_price);
  ++order_count_;
  order.portfolio = proposal.portfolio;
  order.instrument = plan.instrument;
  order.side = plan.side;
  order.type = config_.order_type;
  order.time_in_force = config_.time_in_force;
  order.quantity = plan.quantity;
  order.limit_price = plan.limit_price;
  order.worst_price = plan.worst_price;
  order.reference_price = reference_price;
  order.sent_ts = order.heard_ts = order.priced_ts = c.view.now;
  order.cause = proposal.cause;
  order.ended = OrderState::kNone;
  reopen(c, order);
  sent_on(order.portfolio, c.view.now) += plan.notional;
  rates_.take(c.view.now, 1);
  ++counters_.sent;
  Intent intent = order_intent(IntentType::kNewOrder, order);
  intent.order_id = order.id;
  intent.orig_order_id = 0;
  intent.bid = plan.market.bid;
  intent.ask = plan.market.ask;
  emit(c, intent);
}

// --- requests about an order ---

OrderId OrderDesk::new_request(std::uint32_t order, RequestKind kind, Price limit_price) {
  EVENKEEL_CHECK(request_count_ < requests_.size());
  requests_[request_count_] = {limit_price, order, kind, kind == RequestKind::kNew, false};
  return retired_requests_ + ++request_count_;
}

Intent OrderDesk::order_intent(IntentType type, const Order& order) const {
  Intent intent;
  intent.type = type;
  intent.side = order.side;
  intent.order_type = order.type;
  intent.time_in_force = order.time_in_force;
  intent.order_id = order.current_id;
  intent.orig_order_id = order.current_id;
  intent.portfolio = order.portfolio;
  intent.instrument = order.instrument;
  intent.quantity = order.quantity;
  intent.limit_price = order.limit_price;
  intent.reference_price = order.reference_price;
  intent.cause = order.cause;
  return intent;
}

void OrderDesk::pump(Context& c) {
  if (!wanting_ || !logged_on_) return;
  wanting_ = false;
  for_each_open([&](Order& order) {
    if (order.wants_status) send_status_request(c, order);
    if (order.wants_cancel) send_cancel(c, order);
    wanting_ = wanting_ || order.wants_status || order.wants_cancel;
  });
}

void OrderDesk::send_cancel(Context& c, Order& order) {
  // The operator's word goes out even for an order in doubt; a timer's waits until it is known.
  const bool by_operator = order.cancel_trigger == Trigger::kCommand;
  if (order.pending != Order::Pending::kNone) return;
  if (order.doubt != Order::Doubt::kNone && !by_operator) return;
  if (order.cancels > 0 && c.view.now - order.request_ts < config_.ack_timeout) return;
  if (c.out.room() == 0) return;
  if (order.cancels == config_.cancels_max) {
    order.wants_cancel = false;
    alert(c, AlertCode::kCancelRejected, order, order.cancels, ShortText{"cancel given up"}.text());
    return;
  }
  ++order.cancels;
  order.pending = Order::Pending::kCancel;
  order.pending_id = new_request(index_of(order), RequestKind::kCancel, Price{});
  order.request_ts = order.heard_ts = c.view.now;
  rates_.take(c.view.now, 1);
  ++counters_.cancels_sent;
  Intent intent = order_intent(IntentType::kCancelOrder, order);
  intent.order_id = order.pending_id;
  intent.cause.trigger = order.cancel_trigger;
  if (mutated(Mutation::kCancelFreesAtOnce)) {
    order.quantity = order.filled;
    recount(c, order);
  }
  emit(c, intent);
}

void OrderDesk::send_status_request(Context& c, Order& order) {
  if (c.out.room() == 0) return;
  order.wants_status = false;
  order.asked_ts = c.view.now;
  order.asked_about = order.pending_id;
  ++counters_.status_requests;
  Intent intent = order_intent(IntentType::kRequestStatus, order);
  // A replace that was taken has made the old number unknown there: ask by the new one first.
  if (order.pending == Order::Pending::kReplace) intent.orig_order_id = order.pending_id;
  intent.cause.trigger = Trigger::kOrderState;
  emit(c, intent);
}

void OrderDesk::reprice(Context& c, Order& order) {
  const bool still = order.acknowledged && order.pending == Order::Pending::kNone &&
                     order.doubt == Order::Doubt::kNone && !order.suspended && !order.wants_cancel;
  if (!still || config_.reprice_after == 0 || order.type != OrderType::kLimit ||
      order.time_in_force == TimeInForce::kImmediateOrCancel ||
      order.reprices == config_.reprices_max ||
      c.view.now - order.priced_ts < config_.reprice_after || gate(order.portfolio)) {
    return;
  }
  const bool buy = order.side == Side::kBuy;
  const MarketFacts market = market_facts(c.view, order.instrument);
  const OrderLimits& limits = limits_.of(order.instrument);
  if (check_market(limits, market)) return;  // no price to go by now
  if (buy ? order.limit_price >= market.ask : order.limit_price <= market.bid) return;
  order.priced_ts = c.view.now;
  const Price tick = (*instruments_)[order.instrument].tick;
  const PricedOrder priced = marketable_price(limits, market, order.side, config_.reach, tick);
  if (!priced.breach &&
      (buy ? priced.price <= order.limit_price : priced.price >= order.limit_price))
    return;
  Money more;
  const auto breach = priced.breach ? priced.breach : check_reprice(c, order, priced.price, more);
  if (breach) {
    refuse(c, order.portfolio, order.instrument, *breach, order.cause);
    return;
  }
  ++order.reprices;
  order.pending = Order::Pending::kReplace;
  order.pending_id = new_request(index_of(order), RequestKind::kReplace, priced.price);
  order.heard_ts = c.view.now;
  // A replace that was thought lost may yet be taken: the worst of all prices sent stays.
  order.worst_price =
      buy ? std::max(order.worst_price, priced.price) : std::min(order.worst_price, priced.price);
  recount(c, order);
  sent_on(order.portfolio, c.view.now) += more;
  rates_.take(c.view.now, 1);
  ++counters_.replaces_sent;
  Intent intent = order_intent(IntentType::kReplaceOrder, order);
  intent.order_id = order.pending_id;
  intent.limit_price = priced.price;
  intent.bid = market.bid;
  intent.ask = market.ask;
  intent.cause.trigger = Trigger::kReprice;
  emit(c, intent);
}

std::optional<Breach> OrderDesk::check_reprice(Context& c, const Order& order, Price price,
                                               Money& notional_more) {
  const Instrument& instrument = (*instruments_)[order.instrument];
  const bool pays = !instrument.is_future() && order.side == Side::kBuy;
  const Price mark = c.view.market.mark(order.instrument);
  AmountFacts facts;
  facts.may_be_short = true;  // the quantity does not change
  facts.pays_cash = pays;
  const auto local = notional(std::max(price, mark), order.quantity, instrument.multiplier);
  if (local) facts.notional = c.book.to_base(order.portfolio, instrument.currency, *local);
  const auto cost = notional(price, order.open_quantity(), instrument.multiplier);
  if (!facts.notional || !cost) return check_amounts(limits_.of(order.instrument), AmountFacts{});
  const Int128 cash_after =
      spendable(c, order.portfolio, instrument.currency) + order.committed.raw() - cost->raw();
  if (pays && cash_after < 0) {
    facts.cash_after = narrow<Money>(cash_after, kMaxLocalRaw).value_or(Money::from_raw(-1));
  }
  if (const auto breach = check_amounts(limits_.of(order.instrument), facts)) return breach;
  // Only what the new price adds has not been counted yet.
  const auto before = notional(order.limit_price, order.quantity, instrument.multiplier);
  const auto after = notional(price, order.quantity, instrument.multiplier);
  if (before && after && *after > *before) {
    notional_more =
        c.book.to_base(order.portfolio, instrument.currency, *after - *before).value_or(Money{});
  }
  const PortfolioState& state = portfolios_[order.portfolio.index()];
  const bool same_day = state.day == day_of(c.view.now, limits_.desk().day_starts_at);
  CountFacts counts;
  counts.open_in_portfolio = state.open;
  counts.open_in_desk = open_count_;
  counts.sent_today =
      (same_day ? static_cast<Int128>(state.sent_today.raw()) : 0) + notional_more.raw();
  if (const auto breach = check_counts(limits_.desk(), counts)) return breach;
  if (c.out.room() == 0) return Breach{Limit::kBufferFull, 1, 0};
  return rates_.check(c.view.now, 1);
}

// --- events ---

std::span<const PortfolioId> OrderDesk::apply(const View& view, Book& book, const Event& event,
                                              IntentBuffer& out) {
  Context c{view, book, out};
  touched_.clear();
  if (from_drop_copy(event)) {
    apply_copy(c, event);
    return touched_;
  }
  switch (event.type) {
    case EventType::kExecution:
      on_execution(c, event);
      break;
    case EventType::kCancelReject:
      on_cancel_reject(c, event.payload.cancel_reject);
      break;
    case EventType::kSessionStatus:
      on_session(c, event.payload.session.state);
      break;
    case EventType::kCommand:
      on_command(c, event);
      break;
    case EventType::kClock:
      on_clock(c);
      break;
    case EventType::kEngineStart:
      on_start(c, event.payload.start.epoch);
      break;
    case EventType::kSendAttempt:
      on_send_attempt(event.payload.attempt);
      break;
    default:
      break;
  }
  pump(c);
  return touched_;
}

// --- starts ---

void OrderDesk::on_start(Context& c, std::uint64_t epoch) {
  ++counters_.starts;
  if (started_) start_again(c);
  started_ = true;
  epoch_ = epoch;
  if (!mutated(Mutation::kStaleEpochs) || counters_.starts == 1) epochs_ = epochs_for(epoch);
  if (epochs_.entries().back() != EpochTable::Entry{next_request_id(), epoch}) {
    // Without an epoch of its own, a new order could not be told from one of another run.
    halt_desk(c, AlertCode::kLimitBufferFull, Trigger::kOrderState,
              ShortText{"no room for another epoch"}.text());
  }
  touch_all(c);
}

// The process that all this was recovered from is gone, and its session with it. What it had asked
// for may have left or not: each open order counts at its worst and is asked about after the logon.
void OrderDesk::start_again(Context& c) {
  if (logged_on_) ++counters_.sessions_lost;
  lose_session();
  if (copy_logged_on_) ++counters_.copy_sessions_lost;
  copy_logged_on_ = foreign_told_ = false;
  for_each_open([&](Order& order) {
    // Looked into once, before this start: never declared unsent by a later one, which knows less.
    request(order.id)->may_have_left = true;
    if (Request* pending = request(order.pending_id)) pending->may_have_left = true;
  });
  last_sent_in_run_ = 0;
  shut_down_ = false;
  if (mutated(Mutation::kReuseOrderIds)) request_count_ = 0;
  if (mutated(Mutation::kStartClearsHalt)) halted_ = AlertCode::kNone;
  if (halted_by_end_) halted_ = AlertCode::kNone;
  halted_by_end_ = false;
  retire(c.view.now);
  alert_desk(
      c, AlertCode::kSessionDown, Trigger::kOrderState,
      ShortText{"started again, ", format_decimal(open_count_, 1).view(), " orders open"}.text());
}

// Forgets the oldest orders, those that all ended long ago, with their requests and executions. An
// order that is younger than one that still matters stays, so that the table remains in order.
void OrderDesk::retire(TimeNs now) {
  const TimeNs before = now - config_.retire_after;
  std::uint32_t gone = 0;
  while (gone < order_count_ && !orders_[gone].open() && orders_[gone].heard_ts < before) ++gone;
  keep_executed(gone);
  log_.retire(gone, before);
  EVENKEEL_CHECK(list_awaited());
  if (log_.size() < log_.capacity() - log_.capacity() / 4) log_warned_ = false;
  if (gone == 0) return;
  // All requests before the first one that stays are of orders that go; some after it may be, too.
  const OrderId first = gone < order_count_ ? orders_[gone].id : next_request_id();
  const auto requests = static_cast<std::uint32_t>(first - 1 - retired_requests_);
  std::copy(requests_.begin() + requests, requests_.begin() + request_count_, requests_.begin());
  request_count_ -= requests;
  retired_requests_ += requests;
  std::copy(orders_.begin() + gone, orders_.begin() + order_count_, orders_.begin());
  order_count_ -= gone;
  counters_.retired += gone;
  const auto move = [gone](std::uint32_t& index) {
    if (index != kNoIndex) index = index < gone ? kNoIndex : index - gone;
  };
  for (std::uint32_t i = 0; i < request_count_; ++i) move(requests_[i].order);
  for (std::uint32_t i = 0; i < order_count_; ++i) {
    move(orders_[i].previous_open);
    move(orders_[i].next_open);
  }
  move(first_open_);
  move(last_open_);
}

// What the first `orders` orders executed still counts, though the executions are forgotten.
void OrderDesk::keep_executed(std::uint32_t orders) {
  for (const Execution& execution : log_.all()) {
    const bool counts = execution.state == ExecutionState::kBooked && execution.order != kNoIndex &&
                        execution.order < orders;
    if (!counts) continue;
    const auto key = [](const Executed& e) {
      return std::pair(e.portfolio.value, e.instrument.value);
    };
    const Executed entry{execution.portfolio, execution.instrument, Quantity{}};
    auto at =
        std::lower_bound(executed_before_.begin(), executed_before_.end(), entry,
                         [&](const Executed& a, const Executed& b) { return key(a) < key(b); });
    if (at == executed_before_.end() || key(*at) != key(entry)) {
      at = executed_before_.insert(at, entry);
    }
    at->quantity += execution.quantity;
  }
}

// A fact for the next start. It moves nothing: the order counted from when it was asked for.
void OrderDesk::on_send_attempt(const SendAttemptPayload& attempt) {
  ++counters_.attempts;
  last_sent_message_ = last_sent_in_run_ = attempt.message;
  Request* asked = request(attempt.order_id);
  if (asked == nullptr || asked->order == kNoIndex) return;
  asked->may_have_left = true;
  if (asked->kind == RequestKind::kNew) orders_[asked->order].attempted = true;
}

// --- time, session, operator ---

void OrderDesk::on_clock(Context& c) {
  for_each_open([&](Order& order) { on_clock(c, order); });
  if (config_.drop_copy.valid()) on_copy_clock(c);
}

void OrderDesk::on_clock(Context& c, Order& order) {
  const TimeNs now = c.view.now;
  const bool unanswered = order.pending != Order::Pending::kNone || !order.acknowledged;
  if (logged_on_ && order.doubt == Order::Doubt::kNone && unanswered &&
      now - order.heard_ts >= config_.ack_timeout) {
    ++counters_.unanswered;
    doubt(order, Order::Doubt::kNoAnswer);
    alert(c, AlertCode::kOrderUnknown, order, order.id, ShortText{"no answer to a request"}.text());
  }
  if (logged_on_ && order.doubt != Order::Doubt::kNone && order.asked_ts != 0 &&
      now - order.asked_ts >= config_.status_timeout) {
    if (!order.complained) {
      order.complained = true;
      halt(c, order.portfolio, AlertCode::kOrderUnknown);
      alert(c, AlertCode::kOrderUnknown, order, order.id,
            ShortText{"status request unanswered"}.text());
      release_desk(c, order);
    }
    order.wants_status = wanting_ = true;
  }
  if (config_.cancel_after > 0 && !order.wants_cancel && order.pending == Order::Pending::kNone &&
      order.cancels == 0 && now - order.sent_ts >= config_.cancel_after) {
    want_cancel(order, Trigger::kTimeout);
  }
  reprice(c, order);
}

void OrderDesk::want_cancel(Order& order, Trigger trigger) {
  order.wants_cancel = wanting_ = true;
  order.cancel_trigger = trigger;
}

void OrderDesk::on_session(Context& c, SessionState state) {
  if (state == SessionState::kLoggedOn) {
    if (!logged_on_) on_logon(c);
  } else if (logged_on_) {
    on_session_lost(c);
  }
}

void OrderDesk::on_logon(Context& c) {
  logged_on_ = true;
  logon_ts_ = c.view.now;
  for_each_open([&](Order& order) {
    if (mutated(Mutation::kNoDoubtAfterLoss)) return;
    doubt(order, Order::Doubt::kSessionLost);
    order.holds_desk = true;
    ++unanswered_;
  });
  if (unanswered_ == 0) touch_all(c);
}

void OrderDesk::lose_session() {
  logged_on_ = false;
  unanswered_ = 0;
  for_each_open([&](Order& order) {
    if (mutated(Mutation::kNoDoubtAfterLoss)) return;
    doubt(order, Order::Doubt::kSessionLost);
    order.holds_desk = order.complained = false;
    order.asked_ts = 0;
  });
}

void OrderDesk::on_session_lost(Context& c) {
  ++counters_.sessions_lost;
  lose_session();
  alert_desk(
      c, AlertCode::kSessionDown, Trigger::kOrderState,
      ShortText{"session lost, ", format_decimal(open_count_, 1).view(), " orders open"}.text());
}

void OrderDesk::on_command(Context& c, const Event& event) {
  const PortfolioId portfolio = event.portfolio();
  const CommandPayload& payload = event.payload.command;
  const bool whole = !portfolio.valid();
  if (!whole && portfolio.index() >= portfolios_.size()) {
    ++counters_.bad_commands;
    return;
  }
  const Command command = payload.command;
  if (command == Command::kHalt || command == Command::kShutdown) {
    shut_down_ = shut_down_ || command == Command::kShutdown;
    const auto text = ShortText{command == Command::kHalt ? "halted" : "shutting down"}.text();
    if (whole || command == Command::kShutdown) {
      const bool by_end =
          command == Command::kShutdown && (halted_ == AlertCode::kNone || halted_by_end_);
      halt_desk(c, AlertCode::kHalted, Trigger::kCommand, text);
      halted_by_end_ = by_end;
    } else {
      halt(c, portfolio, AlertCode::kHalted);
      alert_desk(c, AlertCode::kHalted, Trigger::kCommand, text, portfolio);
    }
  }
  if (command == Command::kResume) on_resume(c, portfolio);
  if (command == Command::kCancelAll || command == Command::kShutdown) {
    for_each_open([&](Order& order) {
      const Order* named = payload.order_id == 0 ? nullptr : find(payload.order_id);
      if (payload.order_id != 0 && named != &order) return;
      if (whole || command == Command::kShutdown || order.portfolio == portfolio) {
        want_cancel(order, Trigger::kCommand);
      }
    });
  }
  if (command == Command::kNone) ++counters_.bad_commands;
}

void OrderDesk::on_resume(Context& c, PortfolioId portfolio) {
  if (portfolio.valid()) {
    portfolios_[portfolio.index()].halted = AlertCode::kNone;
    touch(c, portfolio);
  } else if (shut_down_) {
    ++counters_.bad_commands;  // what is ending is not started again
  } else {
    halted_ = AlertCode::kNone;
    touch_all(c);
  }
}

// --- an order's state ---

Order* OrderDesk::find_order(OrderId order_id, OrderId orig_order_id) {
  return const_cast<Order*>(find(order_id != 0 ? order_id : orig_order_id));
}

bool OrderDesk::is_retired(OrderId order_id, OrderId orig_order_id) const {
  const OrderId id = order_id != 0 ? order_id : orig_order_id;
  const Request* found = request(id);
  return found == nullptr ? id != 0 && id <= retired_requests_ : found->order == kNoIndex;
}

void OrderDesk::adopt(Order& order, OrderId id) {
  Request& asked = *request(id);
  asked.accepted = true;
  order.current_id = id;
  order.limit_price = asked.limit_price;
  order.priced_ts = std::max(order.priced_ts, order.heard_ts);
}

void OrderDesk::close(Context& c, Order& order, OrderState state) {
  order.ended = state;
  order.heard_ts = c.view.now;
  order.pending = Order::Pending::kNone;
  order.pending_id = 0;
  order.wants_cancel = order.wants_status = false;
  believe(c, order);
  const std::uint32_t before = order.previous_open, after = order.next_open;
  (before == kNoIndex ? first_open_ : orders_[before].next_open) = after;
  (after == kNoIndex ? last_open_ : orders_[after].previous_open) = before;
  order.previous_open = order.next_open = kNoIndex;
  --open_count_;
  --portfolios_[order.portfolio.index()].open;
  if (state == OrderState::kFilled) ++counters_.filled;
  if (state == OrderState::kCanceled) ++counters_.canceled;
  if (state == OrderState::kRejected) ++counters_.rejected;
  if (state == OrderState::kExpired) ++counters_.expired;
  if (state == OrderState::kDoneForDay) ++counters_.done_for_day;
  recount(c, order);
  touch(c, order.portfolio);
}

void OrderDesk::reopen(Context& c, Order& order) {
  order.ended = OrderState::kNone;
  const std::uint32_t index = index_of(order);
  order.previous_open = last_open_;
  (last_open_ == kNoIndex ? first_open_ : orders_[last_open_].next_open) = index;
  last_open_ = index;
  ++open_count_;
  ++portfolios_[order.portfolio.index()].open;
  recount(c, order);
}

void OrderDesk::recount(Context& c, Order& order) {
  const Instrument& instrument = (*instruments_)[order.instrument];
  const Quantity open = order.open_quantity();
  const bool buy = order.side == Side::kBuy;
  if (open != order.counted_open) {
    const bool is_fx = instrument.kind == InstrumentKind::kFx;
    const Line* line = c.book.line(
        order.portfolio, is_fx ? instruments_->cash(instrument.base_currency) : order.instrument);
    const Quantity change = open - order.counted_open;
    const FillResult result = c.book.set_working(
        order.portfolio, order.instrument, buy ? line->working_buy + change : line->working_buy,
        buy ? line->working_sell : line->working_sell + change);
    EVENKEEL_CHECK(result == FillResult::kApplied);
    order.counted_open = open;
  }
  if (buy && !instrument.is_future()) {
    // Checked when the order was sent: a part of it has a value, too.
    const Money cost =
        notional(order.worst_price, open, instrument.multiplier).value_or(order.committed);
    committed(order.portfolio, instrument.currency) +=
        static_cast<Int128>(cost.raw()) - order.committed.raw();
    order.committed = cost;
  }
}

void OrderDesk::doubt(Order& order, Order::Doubt why) {
  order.doubt = std::max(order.doubt, why);  // the graver reason asks for the better answer
  order.wants_status = wanting_ = true;
}

void OrderDesk::believe(Context& c, Order& order) {
  order.doubt = Order::Doubt::kNone;
  order.claimed_open = Quantity{};
  order.wants_status = order.complained = false;
  order.asked_ts = 0;
  release_desk(c, order);
}

void OrderDesk::release_desk(Context& c, Order& order) {
  if (!order.holds_desk) return;
  order.holds_desk = false;
  if (--unanswered_ == 0) touch_all(c);
}

// --- halts, alerts, bookkeeping ---

void OrderDesk::halt(Context& c, PortfolioId portfolio, AlertCode why) {
  PortfolioState& state = portfolios_[portfolio.index()];
  if (state.halted == AlertCode::kNone) {
    state.halted = why;
    ++counters_.halts;
  }
  touch(c, portfolio);
}

void OrderDesk::halt_desk(Context& c, AlertCode why, Trigger trigger,
                          const evenkeel::Text<40>& text) {
  if (halted_ == AlertCode::kNone || halted_by_end_) {
    halted_ = why;
    halted_by_end_ = false;  // a reason that outlives the end
    ++counters_.halts;
  }
  alert_desk(c, AlertCode::kHalted, trigger, text);
}

void OrderDesk::touch(Context& c, PortfolioId portfolio) {
  PortfolioState& state = portfolios_[portfolio.index()];
  if (state.touched == c.view.sequence) return;
  state.touched = c.view.sequence;
  touched_.push_back(portfolio);
}

void OrderDesk::touch_all(Context& c) {
  for (std::uint32_t p = 0; p < portfolios_.size(); ++p) touch(c, PortfolioId{p});
}

void OrderDesk::emit(Context& c, const Intent& intent) {
  if (!c.out.add(intent)) ++counters_.intents_dropped;
}

/// Completes `intent`, which says what the alert is about.
void OrderDesk::raise(Context& c, Intent intent, AlertCode code, Trigger trigger,
                      const evenkeel::Text<40>& text) {
  intent.type = IntentType::kAlert;
  intent.alert = code;
  intent.cause.trigger = trigger;
  intent.text = text;
  ++counters_.alerts;
  emit(c, intent);
}

void OrderDesk::alert(Context& c, AlertCode code, const Order& order, std::uint64_t value,
                      const evenkeel::Text<40>& text) {
  Intent intent = order_intent(IntentType::kAlert, order);
  intent.order_id = order.id;
  intent.alert_value = value;
  raise(c, intent, code, Trigger::kOrderState, text);
}

void OrderDesk::alert_desk(Context& c, AlertCode code, Trigger trigger,
                           const evenkeel::Text<40>& text, PortfolioId portfolio) {
  Intent intent;
  intent.portfolio = portfolio;
  raise(c, intent, code, trigger, text);
}

}  // namespace evenkeel::fix
