#include "fix/simulator_venue.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace evenkeel::fix {
namespace {

constexpr std::size_t kIdBuckets = 4096;

std::size_t bucket_of(const ClientOrderId& id) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (std::size_t i = 0; i < id.size(); ++i) {
    hash = (hash ^ static_cast<unsigned char>(id.bytes[i])) * 0x100000001b3U;
  }
  return hash % kIdBuckets;
}

bool is_buy(const NewOrder& order) { return order.side == '1'; }

/// The limit allows trading at `price`.
bool within_limit(const NewOrder& order, Price price) {
  if (!order.has_price) return true;
  return is_buy(order) ? price.raw() <= order.price_e9 : price.raw() >= order.price_e9;
}

}  // namespace

SimulatorVenue::SimulatorVenue(const InstrumentTable& instruments, const VenueSettings& settings,
                               VenueListener& listener)
    : instruments_(instruments),
      settings_(settings),
      listener_(listener),
      market_(instruments, settings.lines),
      known_(kIdBuckets),
      taken_(instruments.size()),
      random_(settings.seed) {}

std::uint64_t SimulatorVenue::draw() {  // SplitMix64
  random_ += 0x9e3779b97f4a7c15U;
  std::uint64_t z = random_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

bool SimulatorVenue::draw(Ratio chance) {
  const std::uint64_t die = draw() % static_cast<std::uint64_t>(Ratio::kScale);
  return static_cast<std::int64_t>(die) < chance.raw();
}

DurationNs SimulatorVenue::delay(DurationNs least) {
  if (settings_.jitter <= 0) return least;
  return least + static_cast<DurationNs>(draw() % static_cast<std::uint64_t>(settings_.jitter + 1));
}

BrokerId SimulatorVenue::next_exec_id() {
  BrokerId id;
  id.assign("X" + settings_.run + "-" + std::to_string(++exec_count_));
  return id;
}

void SimulatorVenue::remember(const ClientOrderId& id, std::size_t order, bool accepted) {
  known_[bucket_of(id)].push_back({id, order, accepted});
}

SimulatorVenue::KnownId* SimulatorVenue::known(const ClientOrderId& id) {
  for (KnownId& known : known_[bucket_of(id)]) {
    if (known.id == id) return &known;
  }
  return nullptr;
}

SimulatorVenue::Order* SimulatorVenue::find(const ClientOrderId& id) {
  const KnownId* found = known(id);
  return found == nullptr ? nullptr : &orders_[found->order];
}

const SimulatorVenue::Pending* SimulatorVenue::pending_of(const Order& order) const {
  if (order.state == State::kDone) return nullptr;
  for (const Pending& pending : pending_) {
    if (pending.order == order.number - 1) return &pending;
  }
  return nullptr;
}

ExecutionReport SimulatorVenue::blank_report(const Order& order, char exec_type) {
  ExecutionReport report;
  report.cl_ord_id = order.request.cl_ord_id;
  report.order_id.assign("O" + settings_.run + "-" + std::to_string(order.number));
  report.exec_id = next_exec_id();
  report.account = order.request.account;
  report.instrument = order.request.instrument;
  report.exec_type = exec_type;
  report.ord_status = order.ord_status;
  report.side = order.request.side;
  report.ord_type = order.request.ord_type;
  report.time_in_force = order.request.time_in_force;
  report.present = ExecutionReport::kOrderQuantity;
  report.order_quantity_e6 = order.request.quantity_e6;
  if (order.request.has_price) {
    report.present |= ExecutionReport::kPrice;
    report.price_e9 = order.request.price_e9;
  }
  report.cumulative_quantity_e6 = order.cumulative_e6;
  report.leaves_quantity_e6 = order.leaves_e6();
  if (order.cumulative_e6 > 0) {
    report.present |= ExecutionReport::kAveragePrice;
    report.average_price_e9 = static_cast<std::int64_t>(order.paid / order.cumulative_e6);
  }
  return report;
}

void SimulatorVenue::refuse(const NewOrder& request, std::int32_t reason, const char* text) {
  ++counts_.rejected;
  Order stranger;
  stranger.request = request;
  stranger.state = State::kDone;
  stranger.ord_status = '8';
  ExecutionReport report = blank_report(stranger, '8');
  report.order_id.assign("NONE");
  report.present |= ExecutionReport::kOrdRejReason;
  report.ord_rej_reason = reason;
  report.text.assign(text);
  listener_.report(report);
}

void SimulatorVenue::refuse_cancel(const ClientOrderId& id, const ClientOrderId& orig, char status,
                                   char response_to, std::int32_t reason, const char* text) {
  ++counts_.cancel_rejects;
  CancelReject reject;
  reject.order_id.assign("NONE");
  if (const Order* order = find(orig)) {
    reject.order_id.assign("O" + settings_.run + "-" + std::to_string(order->number));
  }
  reject.cl_ord_id = id;
  reject.orig_cl_ord_id = orig;
  reject.ord_status = status;
  reject.response_to = response_to;
  reject.has_reason = true;
  reject.reason = reason;
  reject.text.assign(text);
  listener_.reject_cancel(reject);
}

SimulatorVenue::Order* SimulatorVenue::admit(const NewOrder& request, TimeNs now,
                                             const char*& refusal, std::int32_t& reason) {
  const InstrumentId instrument =
      instruments_.find({request.instrument.symbol.data(), request.instrument.symbol.size()});
  reason = 0;
  if (!instrument.valid()) {
    refusal = "unknown symbol";
    reason = 1;
  } else if (request.side != '1' && request.side != '2' && request.side != '5') {
    refusal = "side is not 1, 2 or 5";
  } else if (request.ord_type != '1' && request.ord_type != '2') {
    refusal = "only market and limit orders are taken";
    reason = 11;
  } else if (request.ord_type == '2' && (!request.has_price || request.price_e9 <= 0)) {
    refusal = "a limit order needs a positive price";
  } else if (request.quantity_e6 <= 0 ||
             request.quantity_e6 % instruments_[instrument].lot.raw() != 0) {
    refusal = "quantity is not a positive number of lots";
    reason = 13;
  } else if (orders_.size() == kOrdersMax) {
    refusal = "the simulator takes no more orders";
    reason = 3;
  }
  if (refusal != nullptr) return nullptr;
  Order order;
  order.request = request;
  order.first_id = request.cl_ord_id;
  order.number = orders_.size() + 1;
  order.instrument = instrument;
  order.reject_seeded = draw(settings_.reject);
  order.due = now + delay(settings_.acknowledge_after);
  orders_.push_back(order);
  live_.push_back(orders_.size() - 1);
  remember(request.cl_ord_id, orders_.size() - 1, true);
  return &orders_.back();
}

void SimulatorVenue::on_new_order(const NewOrder& order, TimeNs now) {
  ++counts_.orders;
  if (const Order* same = find(order.cl_ord_id)) {
    ++counts_.duplicates;
    if (order.header.poss_dup || order.header.poss_resend) {
      listener_.report(status_report(*same, order.cl_ord_id));
    } else {
      refuse(order, 6, "duplicate ClOrdID");
    }
    return;
  }
  const char* refusal = nullptr;
  std::int32_t reason = 0;
  if (admit(order, now, refusal, reason) == nullptr) refuse(order, reason, refusal);
}

void SimulatorVenue::on_cancel_order(const CancelOrder& cancel, TimeNs now) {
  const Order* order = find(cancel.orig_cl_ord_id);
  if (order == nullptr) {
    return refuse_cancel(cancel.cl_ord_id, cancel.orig_cl_ord_id, '8', '1', 1, "unknown order");
  }
  if (find(cancel.cl_ord_id) != nullptr) {
    return refuse_cancel(cancel.cl_ord_id, cancel.orig_cl_ord_id, order->ord_status, '1', 6,
                         "duplicate ClOrdID");
  }
  Pending pending;
  pending.due = now + delay(settings_.cancel_after);
  pending.order = order->number - 1;
  pending.replace.order.cl_ord_id = cancel.cl_ord_id;
  pending.replace.orig_cl_ord_id = cancel.orig_cl_ord_id;
  remember(cancel.cl_ord_id, pending.order, false);
  pending_.push_back(pending);
}

void SimulatorVenue::on_replace_order(const ReplaceOrder& replace, TimeNs now) {
  const Order* order = find(replace.orig_cl_ord_id);
  const ClientOrderId& id = replace.order.cl_ord_id;
  if (order == nullptr) {
    return refuse_cancel(id, replace.orig_cl_ord_id, '8', '2', 1, "unknown order");
  }
  if (find(id) != nullptr) {
    return refuse_cancel(id, replace.orig_cl_ord_id, order->ord_status, '2', 6,
                         "duplicate ClOrdID");
  }
  Pending pending;
  pending.due = now + delay(settings_.cancel_after);
  pending.order = order->number - 1;
  pending.is_replace = true;
  pending.replace = replace;
  remember(id, pending.order, false);
  pending_.push_back(pending);
}

ExecutionReport SimulatorVenue::status_report(const Order& order, const ClientOrderId& asked) {
  ExecutionReport report = blank_report(order, 'I');
  if (const Pending* pending = pending_of(order)) {
    report.ord_status = pending->is_replace ? 'E' : '6';
  } else {
    report.cl_ord_id = asked;
  }
  return report;
}

void SimulatorVenue::on_status_request(const StatusRequest& request) {
  ++counts_.status_requests;
  const KnownId* asked = known(request.cl_ord_id);
  const Order* order = asked == nullptr ? nullptr : &orders_[asked->order];
  if (order != nullptr && (asked->accepted || pending_of(*order) != nullptr)) {
    ExecutionReport report = status_report(*order, request.cl_ord_id);
    report.status_request_id = request.request_id;
    listener_.report(report);
    return;
  }
  listener_.report(unknown_order(request));
}

void SimulatorVenue::on_mass_status_request(const MassStatusRequest& request) {
  ++counts_.mass_status_requests;
  std::vector<const Order*> open;
  for (const std::size_t index : live_) {
    if (orders_[index].state != State::kDone) open.push_back(&orders_[index]);
  }
  const auto answer = [&](ExecutionReport report, bool last) {
    report.mass_status_request_id = request.request_id;
    report.present |= ExecutionReport::kTotalReports;
    report.total_reports = static_cast<std::int32_t>(open.size());
    report.last_report = last ? 'Y' : 'N';
    listener_.report(report);
  };
  if (open.empty()) {
    StatusRequest nothing;
    nothing.side = '1';
    nothing.instrument.symbol.assign("NONE");
    answer(unknown_order(nothing), true);
  }
  for (std::size_t i = 0; i < open.size(); ++i) {
    answer(status_report(*open[i], open[i]->request.cl_ord_id), i + 1 == open.size());
  }
}

ExecutionReport SimulatorVenue::unknown_order(const StatusRequest& request) {
  NewOrder unknown;
  unknown.cl_ord_id = request.cl_ord_id;
  unknown.account = request.account;
  unknown.instrument = request.instrument;
  unknown.side = request.side;
  Order stranger;
  stranger.request = unknown;
  stranger.state = State::kDone;
  stranger.ord_status = '8';
  ExecutionReport report = blank_report(stranger, 'I');
  report.order_id.assign("NONE");
  report.status_request_id = request.request_id;
  report.present |= ExecutionReport::kOrdRejReason;
  report.ord_rej_reason = 5;
  report.text.assign("unknown order");
  return report;
}

void SimulatorVenue::acknowledge(Order& order, TimeNs now) {
  if (order.reject_seeded) {
    ++counts_.rejected;
    order.state = State::kDone;
    order.ord_status = '8';
    ExecutionReport report = blank_report(order, '8');
    report.present |= ExecutionReport::kOrdRejReason;
    report.text.assign("rejected at random, as asked for");
    listener_.report(report);
    return;
  }
  order.state = State::kLive;
  order.ord_status = '0';
  order.due = now + delay(settings_.fill_after);
  listener_.report(blank_report(order, '0'));
}

void SimulatorVenue::finish(Order& order, char status, char exec_type,
                            const ClientOrderId* request_id) {
  order.state = State::kDone;
  order.ord_status = status;
  ExecutionReport report = blank_report(order, exec_type);
  if (request_id != nullptr) {
    report.orig_cl_ord_id = order.request.cl_ord_id;
    report.cl_ord_id = *request_id;
  }
  ++counts_.cancelled;
  listener_.report(report);
}

void SimulatorVenue::settle(const Pending& pending, TimeNs now) {
  Order& order = orders_[pending.order];
  const char response_to = pending.is_replace ? '2' : '1';
  // The request is about the order as it was then called; a chain of replacements may have renamed
  // it.
  if (order.state == State::kDone || order.request.cl_ord_id != pending.replace.orig_cl_ord_id) {
    const bool done = order.state == State::kDone;
    return refuse_cancel(pending.replace.order.cl_ord_id, pending.replace.orig_cl_ord_id,
                         order.ord_status, response_to, done ? 0 : 1,
                         done ? "too late" : "the order has another ClOrdID now");
  }
  if (order.state == State::kArrived) acknowledge(order, now);
  if (order.state == State::kDone) {
    return refuse_cancel(pending.replace.order.cl_ord_id, pending.replace.orig_cl_ord_id,
                         order.ord_status, response_to, 0, "too late");
  }
  if (!pending.is_replace) return finish(order, '4', '4', &pending.replace.order.cl_ord_id);
  replace_now(order, pending.replace);
}

void SimulatorVenue::replace_now(Order& order, const ReplaceOrder& replace) {
  const NewOrder& wanted = replace.order;
  const bool usable = wanted.quantity_e6 > order.cumulative_e6 &&
                      wanted.side == order.request.side &&
                      wanted.quantity_e6 % instruments_[order.instrument].lot.raw() == 0 &&
                      (wanted.ord_type == '1' ||
                       (wanted.ord_type == '2' && wanted.has_price && wanted.price_e9 > 0));
  if (!usable) {
    return refuse_cancel(wanted.cl_ord_id, replace.orig_cl_ord_id, order.ord_status, '2', 2,
                         "quantity, side or price cannot be changed so");
  }
  const ClientOrderId before = order.request.cl_ord_id;
  order.request.cl_ord_id = wanted.cl_ord_id;
  order.request.quantity_e6 = wanted.quantity_e6;
  order.request.has_price = wanted.ord_type == '2';
  order.request.price_e9 = wanted.price_e9;
  order.request.ord_type = wanted.ord_type;
  if (KnownId* now_known = known(wanted.cl_ord_id)) now_known->accepted = true;
  ++counts_.replaced;
  ExecutionReport report = blank_report(order, '5');
  report.orig_cl_ord_id = before;
  listener_.report(report);
}

std::int64_t SimulatorVenue::fillable(const Order& order, Price& price) const {
  if (any(market_.soundness(order.instrument))) return 0;
  const Quotation& quote = market_[order.instrument];
  const bool buy = is_buy(order.request);
  price = buy ? quote.ask : quote.bid;
  if (!within_limit(order.request, price)) return 0;
  if (settings_.size_multiple == 0) return order.leaves_e6();
  const Taken& taken = taken_[order.instrument.index()];
  const bool same_quote = taken.quote_sequence == quote.quote_sequence;
  const std::int64_t gone = !same_quote ? 0 : buy ? taken.ask_e6 : taken.bid_e6;
  const std::int64_t shown = (buy ? quote.ask_size : quote.bid_size).raw();
  const Int128 offered = std::min<Int128>(static_cast<Int128>(shown) * settings_.size_multiple,
                                          std::numeric_limits<std::int64_t>::max());
  const std::int64_t left = static_cast<std::int64_t>(offered) - gone;
  const std::int64_t lot = instruments_[order.instrument].lot.raw();
  return std::max<std::int64_t>(std::min(order.leaves_e6(), left) / lot * lot, 0);
}

bool SimulatorVenue::try_fill(Order& order, TimeNs now) {
  Price price;
  std::int64_t quantity = fillable(order, price);
  if (quantity > 0) {
    const std::int64_t lot = instruments_[order.instrument].lot.raw();
    const std::uint64_t lots = static_cast<std::uint64_t>(quantity / lot);
    if (lots > 1 && draw(settings_.partial)) {
      quantity = static_cast<std::int64_t>(1 + draw() % (lots - 1)) * lot;
    }
    fill(order, quantity, price, now);
  }
  const bool immediate = order.request.time_in_force == '3';
  if (order.state == State::kLive && immediate) finish(order, '4', '4', nullptr);
  return quantity > 0;
}

void SimulatorVenue::fill(Order& order, std::int64_t quantity_e6, Price price, TimeNs now) {
  const bool buy = is_buy(order.request);
  Taken& taken = taken_[order.instrument.index()];
  const std::uint64_t quote = market_[order.instrument].quote_sequence;
  if (taken.quote_sequence != quote) taken = {quote, 0, 0};
  (buy ? taken.ask_e6 : taken.bid_e6) += quantity_e6;
  order.cumulative_e6 += quantity_e6;
  order.paid += static_cast<Int128>(quantity_e6) * price.raw();
  order.due = now + delay(settings_.fill_after);
  const bool done = order.cumulative_e6 == order.request.quantity_e6;
  ++counts_.fills;
  ++(done ? counts_.filled_orders : counts_.partial_fills);
  if (done) order.state = State::kDone;
  order.ord_status = done ? '2' : '1';
  book_position(order, buy ? quantity_e6 : -quantity_e6);
  ExecutionReport report = blank_report(order, 'F');
  report.present |= ExecutionReport::kLastQuantity | ExecutionReport::kLastPrice;
  report.last_quantity_e6 = quantity_e6;
  report.last_price_e9 = price.raw();
  listener_.report(report);
}

void SimulatorVenue::book_position(const Order& order, std::int64_t signed_e6) {
  for (VenuePosition& position : positions_) {
    if (position.instrument == order.instrument && position.account == order.request.account) {
      position.quantity += Quantity::from_raw(signed_e6);
      return;
    }
  }
  positions_.push_back({order.request.account, order.instrument, Quantity::from_raw(signed_e6)});
}

void SimulatorVenue::advance(TimeNs now) {
  // Orders before the requests about them; both oldest first. A fill that is due beats a cancel
  // that is due.
  for (const std::size_t index : live_) {
    Order& order = orders_[index];
    if (order.state == State::kArrived && order.due <= now) acknowledge(order, now);
    if (order.state == State::kLive && order.due <= now) try_fill(order, now);
  }
  std::size_t kept = 0;
  for (const Pending& pending : pending_) {
    if (pending.due <= now) {
      settle(pending, now);
    } else {
      pending_[kept++] = pending;
    }
  }
  pending_.resize(kept);
  std::erase_if(live_, [this](std::size_t index) { return orders_[index].state == State::kDone; });
}

TimeNs SimulatorVenue::next_due() const {
  TimeNs due = std::numeric_limits<TimeNs>::max();
  for (const std::size_t index : live_) {
    const Order& order = orders_[index];
    // A live order that is past its time waits for a quote, not for the clock.
    if (order.state == State::kArrived) due = std::min(due, order.due);
    if (order.state == State::kLive && order.due > 0) {
      Price unused;
      if (fillable(order, unused) > 0) due = std::min(due, order.due);
    }
  }
  for (const Pending& pending : pending_) due = std::min(due, pending.due);
  return due;
}

}  // namespace evenkeel::fix
