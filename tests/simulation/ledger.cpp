#include "tests/simulation/ledger.hpp"

#include <algorithm>

namespace evenkeel::simulation {
namespace {

using Kind = PlainInstrument::Kind;
__extension__ typedef __int128 Wide;

/// In ten-thousandths of a currency unit, the half away from zero.
std::int64_t amount_e4(std::int64_t price_e9, std::int64_t quantity_e6, std::int64_t multiplier) {
  const Wide exact = static_cast<Wide>(price_e9) * quantity_e6 * multiplier;
  constexpr Wide kUnit = 100'000'000'000;
  const Wide size = exact < 0 ? -exact : exact;
  const auto rounded = static_cast<std::int64_t>((size * 2 + kUnit) / (kUnit * 2));
  return exact < 0 ? -rounded : rounded;
}

bool says_over(OrdStatus status) {
  return status == OrdStatus::kFilled || status == OrdStatus::kCanceled ||
         status == OrdStatus::kRejected || status == OrdStatus::kExpired ||
         status == OrdStatus::kDoneForDay;
}

}  // namespace

Ledger::Ledger(std::vector<PlainInstrument> instruments, std::vector<PlainPortfolio> portfolios,
               std::vector<std::string> currencies)
    : instruments_(std::move(instruments)),
      portfolios_(std::move(portfolios)),
      currencies_(std::move(currencies)) {
  for (std::size_t p = 0; p < portfolios_.size(); ++p) {
    for (const auto& [symbol, units] : portfolios_[p].units) {
      units_e6_[{p, symbol}] = units * 1'000'000;
    }
    for (const auto& [currency, amount] : portfolios_[p].cash_e4) cash_e4_[{p, currency}] = amount;
  }
}

std::int64_t Ledger::position_e6(std::size_t portfolio, const std::string& symbol) const {
  const auto found = units_e6_.find({portfolio, symbol});
  return found == units_e6_.end() ? 0 : found->second;
}
std::int64_t Ledger::cash_e4(std::size_t portfolio, const std::string& currency) const {
  const auto found = cash_e4_.find({portfolio, currency});
  return found == cash_e4_.end() ? 0 : found->second;
}
std::int64_t Ledger::cost_e4(std::size_t portfolio, const std::string& symbol) const {
  const auto found = cost_e4_.find({portfolio, symbol});
  return found == cost_e4_.end() ? 0 : found->second;
}
std::uint64_t Ledger::order_of(std::uint64_t request) const {
  const auto found = requests_.find(request);
  return found == requests_.end() ? 0 : found->second;
}

std::vector<std::pair<std::int64_t, std::int64_t>> Ledger::fills_of(std::uint64_t order) const {
  std::vector<std::pair<std::int64_t, std::int64_t>> found;
  for (const auto& [id, fill] : fills_) {
    if (fill.order == order && !fill.busted) found.push_back({fill.quantity_e6, fill.price_e9});
  }
  std::sort(found.begin(), found.end());
  return found;
}

void Ledger::take(const Intent& intent) {
  const auto fault = [&](const std::string& what) {
    faults_.push_back("event " + std::to_string(intent.event_sequence) + ": " + what);
  };
  const bool new_order = intent.type == IntentType::kNewOrder;
  if (!new_order && intent.type != IntentType::kReplaceOrder &&
      intent.type != IntentType::kCancelOrder) {
    return;
  }
  if (requests_.count(intent.order_id) != 0) {
    fault("order number " + std::to_string(intent.order_id) + " is used again");
    return;
  }
  if (!new_order) {
    const std::uint64_t order = order_of(intent.orig_order_id);
    if (order == 0) fault("a request about no order");
    requests_[intent.order_id] = order;
    return;
  }
  requests_[intent.order_id] = intent.order_id;
  LedgerOrder order;
  order.portfolio = intent.portfolio.index();
  order.instrument = intent.instrument.index();
  order.buys = intent.side == Side::kBuy;
  order.quantity_e6 = intent.quantity.raw();
  orders_[intent.order_id] = order;
  if (intent.cause.proposal == 0) {
    fault("an order nobody proposed");
  } else if (intent.cause.trigger != Trigger::kCompletion &&  // which has steps
             !proposals_.insert({intent.cause.proposal, order.instrument}).second) {
    fault("proposal " + std::to_string(intent.cause.proposal) + " is ordered a second time");
  }
}

void Ledger::take(const Event& event) {
  disputed_ = -1;
  if (event.type == EventType::kExecution) on_report(event.payload.execution);
  if (event.type == EventType::kCashFlow && event.subject < portfolios_.size()) {
    const CashFlowPayload& flow = event.payload.cash_flow;
    cash_e4_[{event.subject, currencies_.at(flow.currency.index())}] += flow.amount.raw();
  }
}

void Ledger::on_report(const ExecutionPayload& report) {
  const std::string exec_id(report.exec_id.view());
  const bool status = report.exec_type == ExecType::kStatus;
  if (!status && !exec_id.empty() &&
      !seen_.insert({exec_id, static_cast<int>(report.exec_type)}).second) {
    return;
  }
  if (report.exec_type == ExecType::kTradeCorrect || report.exec_type == ExecType::kTradeCancel) {
    on_adjustment(report);
    return;
  }
  const std::uint64_t id = order_of(report.order_id != 0 ? report.order_id : report.orig_order_id);
  if (id == 0) return;
  // A replacement or a cancel that was never taken up says nothing of the order.
  if (report.ord_status == OrdStatus::kRejected && report.order_id != 0 && report.order_id != id) {
    return;
  }
  if (status && report.poss_dup != 0) {
    orders_.at(id).unsure = true;
    return;
  }
  if (report.exec_type == ExecType::kTrade) on_fill(id, report);
  settle(orders_.at(id), report);
}

void Ledger::on_fill(std::uint64_t id, const ExecutionPayload& report) {
  LedgerOrder& order = orders_.at(id);
  const Fill fill{id, report.last_quantity.raw(), report.last_price.raw(), false};
  fills_[std::string(report.exec_id.view())] = fill;
  order.filled_e6 += fill.quantity_e6;
  move(order, fill.quantity_e6, fill.price_e9, 1);
}

void Ledger::on_adjustment(const ExecutionPayload& report) {
  std::string name(report.exec_ref_id.view());
  if (const auto first = same_fill_.find(name); first != same_fill_.end()) name = first->second;
  const auto found = fills_.find(name);
  if (found == fills_.end() || found->second.busted) return;
  Fill& fill = found->second;
  LedgerOrder& order = orders_.at(fill.order);
  move(order, fill.quantity_e6, fill.price_e9, -1);
  order.filled_e6 -= fill.quantity_e6;
  if (report.exec_type == ExecType::kTradeCancel) {
    fill.busted = true;
  } else {
    fill.quantity_e6 = report.last_quantity.raw();
    fill.price_e9 = report.last_price.raw();
    move(order, fill.quantity_e6, fill.price_e9, 1);
    order.filled_e6 += fill.quantity_e6;
    same_fill_[std::string(report.exec_id.view())] = name;
  }
  if (report.leaves_quantity.raw() > 0) order.over = false;
  settle(order, report);
}

void Ledger::settle(LedgerOrder& order, const ExecutionPayload& report) {
  const bool agrees = report.cumulative_quantity.raw() == order.filled_e6;
  const bool counts =
      report.exec_type == ExecType::kTrade || report.exec_type == ExecType::kCanceled ||
      report.exec_type == ExecType::kExpired || report.exec_type == ExecType::kDoneForDay;
  if (counts && !agrees) disputed_ = static_cast<std::int64_t>(order.portfolio);
  const bool acknowledges =
      report.exec_type == ExecType::kNew || report.exec_type == ExecType::kPendingNew;
  if (acknowledges && report.cumulative_quantity.raw() <= order.filled_e6) {
    if (!agrees) return;  // overtaken by a fill
  }
  if (!agrees || order.filled_e6 > order.quantity_e6) order.muddled = true;
  const std::int64_t rest = order.quantity_e6 - order.filled_e6;
  const std::int64_t leaves = report.leaves_quantity.raw();
  if (report.exec_type == ExecType::kRestated && agrees && !order.over && leaves <= rest) {
    order.quantity_e6 = order.filled_e6 + leaves;
  } else if (leaves != 0 && (leaves != rest || order.over)) {
    order.muddled = true;
  }
  if (agrees && says_over(report.ord_status) && leaves == 0) order.over = true;
  if (agrees && order.filled_e6 == order.quantity_e6) order.over = true;
}

void Ledger::move(const LedgerOrder& order, std::int64_t quantity_e6, std::int64_t price_e9,
                  int sign) {
  const PlainInstrument& instrument = instruments_.at(order.instrument);
  const int direction = order.buys ? sign : -sign;
  const std::int64_t amount = amount_e4(price_e9, quantity_e6, instrument.multiplier) * direction;
  const std::size_t p = order.portfolio;
  if (instrument.kind == Kind::kPair) {
    cash_e4_[{p, instrument.base}] += quantity_e6 / 100 * direction;
  } else {
    units_e6_[{p, instrument.symbol}] += quantity_e6 * direction;
  }
  if (instrument.kind == Kind::kFuture) {
    cost_e4_[{p, instrument.symbol}] += amount;
  } else {
    cash_e4_[{p, instrument.currency}] -= amount;
  }
}

}  // namespace evenkeel::simulation
