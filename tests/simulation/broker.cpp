#include "tests/simulation/broker.hpp"

#include <algorithm>
#include <utility>

#include "core/check.hpp"
#include "core/system_clock.hpp"
#include "fix/quickfix/number_text.hpp"

namespace evenkeel::simulation {
namespace {

using fix::ClientOrderId;
using fix::ExecutionReport;
using State = BrokerOrder::State;

constexpr std::int64_t kOne = 1'000'000;  // of a quantity

std::string utc_now() {
  char text[fix::kTimestampTextMax];
  return {text, fix::format_utc_timestamp(SystemClock().now(), 3, text)};
}

/// A whole message around a body written with SOH.
std::string framed(const std::string& body) {
  std::string message =
      "8=FIX.4.4\x01"
      "9=" +
      std::to_string(body.size()) + "\x01" + body;
  unsigned sum = 0;
  for (const char c : message) sum += static_cast<unsigned char>(c);
  return message + "10=" + std::to_string(1000 + sum % 256).substr(1) + "\x01";
}

}  // namespace

Broker::Broker(std::uint64_t seed, const Market& market, fix::Transport& transport, Faults& faults,
               Watcher watcher)
    : dice_(seed, "broker"),
      market_(market),
      transport_(transport),
      faults_(faults),
      watcher_(std::move(watcher)) {
  fix::SessionSettings settings;
  settings.role = fix::SessionRole::kAcceptor;
  settings.sender_comp_id = "BROKER";
  settings.target_comp_id = "DESK";
  settings.resend_application_messages = true;
  fix::StoreOptions options;
  options.identity = "FIX.4.4:BROKER->DESK";
  options.slot_bytes = 512;
  options.slot_count = 4'096;
  std::string problem;
  store_ = fix::SequenceStore::in_memory(options, &problem);
  host_ = fix::SessionHost::create(settings, store_, &transport, this, &problem);
  EVENKEEL_CHECK(host_ != nullptr);
}

// --- the connection ---

void Broker::on_connected() {
  attached_ = true;
  received_.clear();
  host_->on_connected();
}

void Broker::on_bytes(const char* data, std::size_t size) { host_->on_bytes(data, size); }

void Broker::on_closed() {
  if (!attached_) return;
  attached_ = false;
  host_->on_disconnected();
}

void Broker::on_session_event(const fix::SessionEvent& event) noexcept {
  watcher_.trace("broker: " + std::string(to_string(event.kind)) + " " +
                 std::string(event.text, event.text_size));
}

bool Broker::send_raw(const std::string& type, const std::string& fields, std::int32_t number) {
  if (!attached_ || !host_->logged_on() || host_->resend_pending()) return false;
  const std::string message = framed("35=" + type +
                                     "\x01"
                                     "34=" +
                                     std::to_string(number) +
                                     "\x01"
                                     "49=BROKER\x01"
                                     "52=" +
                                     utc_now() +
                                     "\x01"
                                     "56=DESK\x01" +
                                     fields);
  return transport_.write(message.data(), message.size());
}

bool Broker::skip_number() {
  if (!attached_ || !host_->logged_on()) return false;
  return store_->set_next_sender(store_->next_sender() + 1);
}

bool Broker::send_low_number(std::int32_t expected) {
  return expected > 2 && send_raw("0", "", expected - 1);
}

bool Broker::ask_resend(std::int32_t from, std::int32_t to) {
  const std::int32_t next = store_->next_sender();
  const std::string fields = "7=" + std::to_string(from) +
                             "\x01"
                             "16=" +
                             std::to_string(to) + "\x01";
  if (!send_raw("2", fields, next)) return false;
  return store_->set_next_sender(next + 1);
}

bool Broker::send_garbage() {
  if (!attached_ || !host_->logged_on()) return false;
  std::string message = framed(
      "35=8\x01"
      "34=1\x01"
      "49=BROKER\x01"
      "56=DESK\x01");
  message[message.size() - 3] ^= 1;  // the checksum
  return transport_.write(message.data(), message.size());
}

// --- what comes in ---

void Broker::on_new_order(const fix::NewOrder& order) noexcept {
  const std::string id = order.cl_ord_id.str();
  ++requests_;
  received_.insert(order.header.msg_seq_num);
  if (order.header.poss_dup || order.header.poss_resend) {
    watcher_.on_trouble("order " + id + " was sent again");
    return;
  }
  if (!seen_ids_.insert(id).second) {
    watcher_.on_trouble("ClOrdID " + id + " came a second time, as a new order");
    return;
  }
  watcher_.on_request('D', id);
  BrokerOrder made;
  made.first_id = id;
  made.terms = order;
  made.number = orders_.size() + 1;
  made.due = now_ + dice_.between(1, 40) * kMillisecond;
  if (faults_.happens(Fault::kOrderIgnored, dice_)) made.due += dice_.between(4, 15) * kSecond;
  watcher_.trace("broker: order " + id + " " + order.instrument.symbol.str() + " " +
                 (made.buys() ? "buy " : "sell ") + std::to_string(order.quantity_e6 / kOne));
  by_id_[id] = orders_.size();
  live_.push_back(orders_.size());
  orders_.push_back(made);
}

void Broker::on_replace_order(const fix::ReplaceOrder& replace) noexcept {
  received_.insert(replace.order.header.msg_seq_num);
  request_arrives(replace.order.cl_ord_id, replace.orig_cl_ord_id, true, replace);
}

void Broker::on_cancel_order(const fix::CancelOrder& cancel) noexcept {
  received_.insert(cancel.header.msg_seq_num);
  fix::ReplaceOrder request;
  request.order.cl_ord_id = cancel.cl_ord_id;
  request.orig_cl_ord_id = cancel.orig_cl_ord_id;
  request_arrives(cancel.cl_ord_id, cancel.orig_cl_ord_id, false, request);
}

void Broker::request_arrives(const ClientOrderId& id, const ClientOrderId& orig, bool is_replace,
                             const fix::ReplaceOrder& request) {
  ++requests_;
  if (!seen_ids_.insert(id.str()).second) {
    watcher_.on_trouble("ClOrdID " + id.str() + " came a second time");
    return;
  }
  watcher_.on_request(is_replace ? 'G' : 'F', id.str());
  watcher_.trace("broker: " + std::string(is_replace ? "replace " : "cancel ") + id.str() + " of " +
                 orig.str());
  const auto known = by_id_.find(orig.str());
  if (known == by_id_.end()) {
    refuse_request(id, orig, '8', is_replace);
    return;
  }
  if (faults_.happens(Fault::kCancelRejected, dice_)) {
    refuse_request(id, orig, orders_[known->second].status, is_replace);
    return;
  }
  Pending pending;
  pending.due = now_ + dice_.between(1, 60) * kMillisecond;
  pending.order = known->second;
  pending.is_replace = is_replace;
  pending.request = request;
  pending_.push_back(pending);
}

void Broker::refuse_request(const ClientOrderId& id, const ClientOrderId& orig, char status,
                            bool is_replace) {
  fix::CancelReject reject;
  reject.order_id.assign("NONE");
  reject.cl_ord_id = id;
  reject.orig_cl_ord_id = orig;
  reject.ord_status = status;
  reject.response_to = is_replace ? '2' : '1';
  reject.has_reason = true;
  reject.reason = 0;
  say(reject);
}

void Broker::on_status_request(const fix::StatusRequest& request) noexcept {
  ++requests_;
  received_.insert(request.header.msg_seq_num);
  watcher_.trace("broker: asked about " + request.cl_ord_id.str());
  if (faults_.happens(Fault::kStatusUnanswered, dice_)) return;
  const auto known = by_id_.find(request.cl_ord_id.str());
  if (known != by_id_.end()) {
    const BrokerOrder& order = orders_[known->second];
    ExecutionReport answer = report_of(order, 'I');
    if (const Pending* pending = pending_of(order)) {
      answer.ord_status = pending->is_replace ? 'E' : '6';
    } else {
      answer.cl_ord_id = request.cl_ord_id;
    }
    answer.status_request_id = request.request_id;
    say(answer);
    return;
  }
  ExecutionReport answer;
  answer.cl_ord_id = request.cl_ord_id;
  answer.order_id.assign("NONE");
  answer.exec_id.assign("S" + std::to_string(++executions_));
  answer.account = request.account;
  answer.instrument = request.instrument;
  answer.side = request.side;
  answer.exec_type = 'I';
  answer.ord_status = '8';
  answer.present = ExecutionReport::kOrdRejReason;
  answer.ord_rej_reason = 5;
  // An id that came and was never taken up, such as a replacement still under way: its order is.
  for (const Pending& pending : pending_) {
    if (pending.request.order.cl_ord_id == request.cl_ord_id) {
      answer = report_of(orders_[pending.order], 'I');
      answer.ord_status = pending.is_replace ? 'E' : '6';
    }
  }
  say(answer);
}

void Broker::on_dont_know_trade(const fix::DontKnowTrade& trade) noexcept {
  ++requests_;
  received_.insert(trade.header.msg_seq_num);
}

// --- what goes out ---

ExecutionReport Broker::report_of(const BrokerOrder& order, char exec_type) {
  ExecutionReport report;
  report.cl_ord_id = order.terms.cl_ord_id;
  report.order_id.assign("B" + std::to_string(order.number));
  report.exec_id.assign("E" + std::to_string(++executions_));
  report.account = order.terms.account;
  report.instrument = order.terms.instrument;
  report.exec_type = exec_type;
  report.ord_status = order.status;
  report.side = order.terms.side;
  report.ord_type = order.terms.ord_type;
  report.present = ExecutionReport::kOrderQuantity;
  report.order_quantity_e6 = order.terms.quantity_e6;
  report.cumulative_quantity_e6 = order.filled_e6;
  report.leaves_quantity_e6 = order.leaves_e6();
  return report;
}

void Broker::say(const ExecutionReport& report, DurationNs later) {
  watcher_.trace("broker: says " + std::string(1, report.exec_type) + std::string(1, '/') +
                 std::string(1, report.ord_status) + " " + report.exec_id.str() + " of " +
                 report.cl_ord_id.str() + " last " +
                 std::to_string(report.last_quantity_e6 / kOne) + " cum " +
                 std::to_string(report.cumulative_quantity_e6 / kOne) + " leaves " +
                 std::to_string(report.leaves_quantity_e6 / kOne));
  // What changes the order's terms, or a fill already told, overtakes nothing of the order and is
  // not overtaken: no message could make good for it. Everything else may come in any order.
  const bool barrier = report.exec_type == 'D' || report.exec_type == 'G' ||
                       report.exec_type == 'H' || report.exec_type == '5';
  if (faults_.happens(Fault::kReportsSwapped, dice_))
    later += dice_.between(20, 400) * kMillisecond;
  TimeNs due = std::max(now_ + later, not_before_[report.order_id.str()]);
  if (barrier) {
    for (const Waiting& waiting : waiting_) {
      const auto* other = std::get_if<ExecutionReport>(&waiting.message);
      if (other != nullptr && other->order_id == report.order_id) due = std::max(due, waiting.due);
    }
    not_before_[report.order_id.str()] = due;
  }
  waiting_.push_back({due, report});
  if (faults_.happens(Fault::kReportTwice, dice_)) {
    ExecutionReport again = report;
    again.header.poss_resend = dice_.below(2) == 0;
    waiting_.push_back({due + dice_.between(0, 200) * kMillisecond, again});
  }
}

void Broker::say(const fix::CancelReject& reject) { waiting_.push_back({now_, reject}); }

void Broker::send_waiting() {
  std::stable_sort(waiting_.begin(), waiting_.end(),
                   [](const Waiting& a, const Waiting& b) { return a.due < b.due; });
  while (!waiting_.empty() && waiting_.front().due <= now_ && host_->logged_on() &&
         !host_->resend_pending()) {
    const fix::SendOutcome outcome = std::visit(
        [this](const auto& message) { return host_->send(message); }, waiting_.front().message);
    if (outcome.result == fix::SendResult::kNotLoggedOn ||
        outcome.result == fix::SendResult::kBackpressure) {
      return;
    }
    watcher_.trace("broker: message " + std::to_string(outcome.msg_seq_num) + " " +
                   to_string(outcome.result));
    if (outcome.result != fix::SendResult::kSent && outcome.result != fix::SendResult::kLost) {
      watcher_.on_trouble(std::string("the broker could not say something: ") +
                          host_->last_problem());
    }
    waiting_.pop_front();
  }
}

// --- what happens to orders ---

const BrokerOrder* Broker::find(const std::string& id) const {
  const auto known = by_id_.find(id);
  return known == by_id_.end() ? nullptr : &orders_[known->second];
}

const Broker::Pending* Broker::pending_of(const BrokerOrder& order) const {
  if (order.state == State::kDone) return nullptr;
  for (const Pending& pending : pending_) {
    if (pending.order == order.number - 1) return &pending;
  }
  return nullptr;
}

bool Broker::quiet() const {
  return waiting_.empty() && pending_.empty() &&
         std::none_of(live_.begin(), live_.end(), [this](std::size_t index) {
           return orders_[index].state == State::kArrived;
         });
}

void Broker::turn(TimeNs now) {
  now_ = std::max(now_, now);
  if (faults_.happens(Fault::kRejectStorm, dice_)) {
    storm_until_ = now_ + dice_.between(2, 20) * kSecond;
  }
  for (std::size_t i = 0; i < live_.size(); ++i) {
    BrokerOrder& order = orders_[live_[i]];
    if (order.due <= now_ && order.state != State::kDone) step(order);
  }
  std::vector<Pending> due;
  std::erase_if(pending_, [&](const Pending& pending) {
    if (pending.due <= now_) due.push_back(pending);
    return pending.due <= now_;
  });
  for (const Pending& pending : due) settle(pending);
  if (!orders_.empty()) {
    const auto recent = std::min<std::size_t>(orders_.size(), 8);
    meddle(orders_[orders_.size() - 1 - dice_.below(static_cast<std::uint32_t>(recent))]);
  }
  std::erase_if(live_, [this](std::size_t at) { return orders_[at].state == State::kDone; });
  send_waiting();
  host_->on_timer(now_);
}

void Broker::step(BrokerOrder& order) {
  if (order.state == State::kArrived) {
    acknowledge(order);
  } else {
    fill(order);
  }
}

void Broker::acknowledge(BrokerOrder& order) {
  const bool storm = faults_.on() && now_ < storm_until_;
  if (storm || faults_.happens(Fault::kReject, dice_)) {
    order.state = State::kDone;
    order.status = '8';
    ExecutionReport report = report_of(order, '8');
    report.present |= ExecutionReport::kOrdRejReason;
    say(report);
    return;
  }
  if (dice_.below(5) == 0) say(report_of(order, 'A'));
  order.state = State::kLive;
  order.status = '0';
  const ExecutionReport acknowledgement = report_of(order, '0');
  order.due = now_ + dice_.between(0, 100) * kMillisecond;
  if (faults_.wanted(Fault::kFillBeforeNew, dice_) && fill(order)) {
    faults_.note(Fault::kFillBeforeNew);
  }
  say(acknowledgement);
}

std::int64_t Broker::fillable(const BrokerOrder& order, std::int64_t& price_e9) const {
  const TrueQuote* quote = market_.find(order.symbol());
  if (quote == nullptr || quote->halted) return 0;
  price_e9 = order.buys() ? quote->ask_e9 : quote->bid_e9;
  if (order.terms.has_price) {
    const bool reached =
        order.buys() ? price_e9 <= order.terms.price_e9 : price_e9 >= order.terms.price_e9;
    if (!reached) return 0;
  }
  return std::min(order.leaves_e6(), quote->size_e6);
}

ExecutionReport Broker::book_fill(BrokerOrder& order, std::int64_t quantity_e6,
                                  std::int64_t price_e9) {
  order.filled_e6 += quantity_e6;
  if (order.state != State::kDone) {
    const bool complete = order.filled_e6 == order.terms.quantity_e6;
    order.status = complete ? '2' : '1';
    if (complete) order.state = State::kDone;
  }
  ExecutionReport report = report_of(order, 'F');
  report.present |= ExecutionReport::kLastQuantity | ExecutionReport::kLastPrice;
  report.last_quantity_e6 = quantity_e6;
  report.last_price_e9 = price_e9;
  order.fills.push_back({report.exec_id.str(), quantity_e6, price_e9, false});
  if (faults_.happens(Fault::kWrongCumulative, dice_)) report.cumulative_quantity_e6 += kOne;
  return report;
}

bool Broker::fill(BrokerOrder& order) {
  std::int64_t price_e9 = 0;
  std::int64_t units = fillable(order, price_e9) / kOne;
  order.due = now_ + dice_.between(20, 800) * kMillisecond;
  if (units <= 0) return false;
  if (units > 1 && dice_.below(2) == 0) units = dice_.between(1, units - 1);
  say(book_fill(order, units * kOne, price_e9));
  return true;
}

void Broker::settle(const Pending& pending) {
  BrokerOrder& order = orders_[pending.order];
  const ClientOrderId& id = pending.request.order.cl_ord_id;
  if (order.state == State::kArrived) {
    order.due = now_;
    acknowledge(order);
  }
  // It is about the order as it was then called.
  if (order.state == State::kDone || !(order.terms.cl_ord_id == pending.request.orig_cl_ord_id)) {
    refuse_request(id, pending.request.orig_cl_ord_id, order.status, pending.is_replace);
    return;
  }
  if (pending.is_replace) {
    replace_now(order, pending.request);
  } else {
    end(order, '4', &id);
  }
}

void Broker::replace_now(BrokerOrder& order, const fix::ReplaceOrder& replace) {
  if (replace.order.quantity_e6 <= order.filled_e6 ||
      replace.order.quantity_e6 != order.terms.quantity_e6) {
    refuse_request(replace.order.cl_ord_id, replace.orig_cl_ord_id, order.status, true);
    return;
  }
  order.terms.cl_ord_id = replace.order.cl_ord_id;
  order.terms.price_e9 = replace.order.price_e9;
  by_id_[replace.order.cl_ord_id.str()] = order.number - 1;
  ExecutionReport report = report_of(order, '5');
  report.orig_cl_ord_id = replace.orig_cl_ord_id;
  say(report);
}

void Broker::end(BrokerOrder& order, char status, const ClientOrderId* request) {
  // What traded just before may be heard of just after.
  std::int64_t price_e9 = 0;
  const std::int64_t units = fillable(order, price_e9) / kOne;
  const bool late = units > 0 && faults_.happens(Fault::kLateFill, dice_);
  order.state = State::kDone;
  order.status = status;
  ExecutionReport report = report_of(order, status);
  if (request != nullptr) {
    report.orig_cl_ord_id = order.terms.cl_ord_id;
    report.cl_ord_id = *request;
  }
  say(report);
  if (late) {
    const std::int64_t part = dice_.between(1, units);
    say(book_fill(order, part * kOne, price_e9), dice_.between(1, 2'000) * kMillisecond);
  }
}

// --- what nobody asked for ---

void Broker::meddle(BrokerOrder& order) {
  if (order.state == State::kLive) {
    if (faults_.happens(Fault::kUnsolicitedCancel, dice_)) {
      end(order, '4', nullptr);
    } else if (faults_.happens(Fault::kOtherEnding, dice_)) {
      end(order, dice_.below(2) == 0 ? 'C' : '3', nullptr);
    } else if (order.leaves_e6() > kOne && faults_.happens(Fault::kRestated, dice_)) {
      order.terms.quantity_e6 -= dice_.between(1, order.leaves_e6() / kOne - 1) * kOne;
      say(report_of(order, 'D'));
    }
  }
  if (order.state != State::kArrived && order.filled_e6 > 0) {
    if (faults_.wanted(Fault::kBust, dice_)) adjust(order, true);
    if (faults_.wanted(Fault::kCorrection, dice_)) adjust(order, false);
  }
  if (faults_.happens(Fault::kForeignReport, dice_)) {
    ExecutionReport report = report_of(order, 'F');
    report.cl_ord_id.assign("BYHAND-" + std::to_string(executions_));
    report.present |= ExecutionReport::kLastQuantity | ExecutionReport::kLastPrice;
    report.last_quantity_e6 = kOne;
    report.last_price_e9 = kOne * 1'000;
    say(report);
  }
}

void Broker::adjust(BrokerOrder& order, bool bust) {
  std::vector<BrokerFill*> standing;
  for (BrokerFill& fill : order.fills) {
    if (!fill.busted) standing.push_back(&fill);
  }
  if (standing.empty()) return;
  BrokerFill& fill = *standing[dice_.below(static_cast<std::uint32_t>(standing.size()))];
  const std::string before = fill.exec_id;
  const bool was_filled = order.state == State::kDone && order.status == '2';
  if (bust) {
    order.filled_e6 -= fill.quantity_e6;
    fill.busted = true;
  } else {
    // Fewer units, or another price within a thousandth.
    const std::int64_t units = fill.quantity_e6 / kOne;
    const std::int64_t now = dice_.below(2) == 0 ? units : dice_.between(1, units);
    order.filled_e6 += now * kOne - fill.quantity_e6;
    fill.quantity_e6 = now * kOne;
    fill.price_e9 += fill.price_e9 / 1'000'000 * dice_.between(-1'000, 1'000);
  }
  faults_.note(bust ? Fault::kBust : Fault::kCorrection);
  if (order.state == State::kLive) {
    order.status = order.filled_e6 > 0 ? '1' : '0';
  } else if (was_filled && order.filled_e6 < order.terms.quantity_e6) {
    if (dice_.below(2) == 0) {
      order.state = State::kLive;
      order.status = order.filled_e6 > 0 ? '1' : '0';
      order.due = now_ + kSecond;
      live_.push_back(order.number - 1);
    } else {
      order.status = '4';
    }
  }
  ExecutionReport report = report_of(order, bust ? 'H' : 'G');
  report.exec_ref_id.assign(before);
  if (!bust) {
    report.present |= ExecutionReport::kLastQuantity | ExecutionReport::kLastPrice;
    report.last_quantity_e6 = fill.quantity_e6;
    report.last_price_e9 = fill.price_e9;
    fill.exec_id = report.exec_id.str();
  }
  say(report);
}

}  // namespace evenkeel::simulation
