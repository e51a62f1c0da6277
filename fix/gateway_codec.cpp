#include "fix/gateway_codec.hpp"

#include <string_view>

#include "absl/strings/str_cat.h"

namespace evenkeel::fix {
namespace {

constexpr OrderId kOrdersOfARun = 1'000'000'000;

template <std::size_t kMax>
bool put(std::string_view from, Text<kMax>& to) {
  return to.assign(from.data(), from.size());
}
template <std::size_t kMax>
std::string_view view(const Text<kMax>& text) {
  return {text.data(), text.size()};
}

const char* security_type(InstrumentKind kind) {
  switch (kind) {
    case InstrumentKind::kEquity:
      return "CS";
    case InstrumentKind::kEtf:
      return "ETF";
    case InstrumentKind::kFund:
      return "MF";
    case InstrumentKind::kFuture:
      return "FUT";
    case InstrumentKind::kFx:
      return "FOR";
    case InstrumentKind::kCash:
      return "CASH";
  }
  return "";
}

char fix_side(Side side) { return side == Side::kBuy ? '1' : side == Side::kSell ? '2' : 0; }
Side core_side(char side) {
  if (side == '1') return Side::kBuy;
  return side == '2' || side == '5' || side == '6' ? Side::kSell : Side::kNone;
}

ExecType exec_type(char code) {
  switch (code) {
    case '0':
      return ExecType::kNew;
    case '1':  // FIX 4.2's fills
    case '2':
    case 'F':
      return ExecType::kTrade;
    case '3':
      return ExecType::kDoneForDay;
    case '4':
      return ExecType::kCanceled;
    case '5':
      return ExecType::kReplaced;
    case '6':
      return ExecType::kPendingCancel;
    case '7':
      return ExecType::kStopped;
    case '8':
      return ExecType::kRejected;
    case '9':
      return ExecType::kSuspended;
    case 'A':
      return ExecType::kPendingNew;
    case 'C':
      return ExecType::kExpired;
    case 'D':
      return ExecType::kRestated;
    case 'E':
      return ExecType::kPendingReplace;
    case 'G':
      return ExecType::kTradeCorrect;
    case 'H':
      return ExecType::kTradeCancel;
    case 'I':
      return ExecType::kStatus;
    default:
      return ExecType::kNone;
  }
}

OrdStatus ord_status(char code) {
  switch (code) {
    case '0':
      return OrdStatus::kNew;
    case '1':
      return OrdStatus::kPartiallyFilled;
    case '2':
      return OrdStatus::kFilled;
    case '3':
      return OrdStatus::kDoneForDay;
    case '4':
      return OrdStatus::kCanceled;
    case '5':
      return OrdStatus::kReplaced;
    case '6':
      return OrdStatus::kPendingCancel;
    case '7':
      return OrdStatus::kStopped;
    case '8':
      return OrdStatus::kRejected;
    case '9':
      return OrdStatus::kSuspended;
    case 'A':
      return OrdStatus::kPendingNew;
    case 'C':
      return OrdStatus::kExpired;
    case 'E':
      return OrdStatus::kPendingReplace;
    default:
      return OrdStatus::kNone;
  }
}

/// FIX reasons are from 0; events keep 0 for "none given".
std::uint32_t reason_plus_one(bool present, std::int32_t reason) {
  return present && reason >= 0 ? static_cast<std::uint32_t>(reason) + 1 : 0;
}

/// "YYYYMM" or "YYYYMMDD" agrees with an expiry as far as it goes.
bool same_expiry(std::string_view given, std::string_view day) {
  const std::size_t digits = given.size() == 8 && given[6] != 'w' ? 8 : 6;
  return given.size() >= 6 && day.size() == 8 && given.substr(0, digits) == day.substr(0, digits);
}

}  // namespace

absl::StatusOr<std::vector<InstrumentFields>> instrument_fields(
    const InstrumentTable& instruments) {
  std::vector<InstrumentFields> all(instruments.size());
  for (std::uint32_t i = 0; i < instruments.size(); ++i) {
    const Instrument& instrument = instruments[InstrumentId{i}];
    InstrumentFields& out = all[i];
    bool fits = put(instrument.symbol.view(), out.symbol) &&
                put(security_type(instrument.kind), out.security_type) &&
                put(instruments.currency_code(instrument.currency), out.currency);
    if (instrument.expiry_yyyymmdd > 0) {
      const std::string day = std::to_string(instrument.expiry_yyyymmdd);
      fits = fits && day.size() == 8 && put(day, out.maturity_date) &&
             put(std::string_view(day).substr(0, 6), out.maturity_month_year);
    }
    if (!fits) {
      return absl::InvalidArgumentError(absl::StrCat(
          "instrument ", std::string(instrument.symbol.view()), " cannot be named in FIX"));
    }
  }
  return all;
}

absl::StatusOr<GatewayCodec> GatewayCodec::create(const InstrumentTable& instruments,
                                                  const std::vector<std::string>& accounts,
                                                  const EngineCode& engine,
                                                  const EpochTable& epochs, SourceId source) {
  if (!engine_code(engine.view())) {
    return absl::InvalidArgumentError("engine id is not one to four characters of A-Z, 0-9");
  }
  if (epochs.entries().empty()) return absl::InvalidArgumentError("no epoch for ClOrdIDs");
  const EpochTable::Entry& run = epochs.entries().back();
  if (!format_cl_ord_id(engine, run.epoch, run.first + kOrdersOfARun)) {
    return absl::InvalidArgumentError("epoch leaves no room for order numbers in a ClOrdID");
  }
  GatewayCodec codec(instruments, engine, epochs, source);
  auto fields = instrument_fields(instruments);
  if (!fields.ok()) return fields.status();
  codec.fields_ = *std::move(fields);
  codec.accounts_.resize(accounts.size());
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    if (accounts[i].empty() || !put(accounts[i], codec.accounts_[i])) {
      return absl::InvalidArgumentError(absl::StrCat(
          "portfolio name \"", accounts[i],
          "\" cannot be a FIX account: it must have 1 to 32 characters, none a control"));
    }
  }
  return codec;
}

bool GatewayCodec::assign_id(OrderId id, ClientOrderId& out) const {
  const auto text = epochs_.format(engine_, id);
  return text && put(text->view(), out);
}

const char* GatewayCodec::check(const Intent& intent) const {
  if (intent.portfolio.index() >= accounts_.size()) return "no such portfolio";
  if (intent.instrument.index() >= fields_.size()) return "no such instrument";
  if (fix_side(intent.side) == 0) return "no side";
  if (intent.quantity.raw() <= 0) return "quantity is not positive";
  return nullptr;
}

const char* GatewayCodec::encode(const Intent& intent, TimeNs now, NewOrder& out) const {
  if (const char* problem = check(intent)) return problem;
  if (!assign_id(intent.order_id, out.cl_ord_id)) return "no ClOrdID for this order";
  const bool limit = intent.order_type == OrderType::kLimit;
  if (limit && intent.limit_price.raw() <= 0) return "limit price is not positive";
  out.account = accounts_[intent.portfolio.index()];
  out.instrument = fields_[intent.instrument.index()];
  out.side = fix_side(intent.side);
  out.ord_type = limit ? '2' : '1';
  out.time_in_force = intent.time_in_force == TimeInForce::kImmediateOrCancel ? '3' : '0';
  out.handl_inst = '1';
  out.quantity_e6 = intent.quantity.raw();
  out.has_price = limit;
  out.price_e9 = limit ? intent.limit_price.raw() : 0;
  out.transact_time_ns = now;
  out.text.clear();
  return nullptr;
}

const char* GatewayCodec::encode(const Intent& intent, TimeNs now, ReplaceOrder& out) const {
  if (const char* problem = encode(intent, now, out.order)) return problem;
  if (!assign_id(intent.orig_order_id, out.orig_cl_ord_id)) return "no OrigClOrdID";
  out.order_id.clear();
  return nullptr;
}

const char* GatewayCodec::encode(const Intent& intent, TimeNs now, CancelOrder& out) const {
  if (const char* problem = check(intent)) return problem;
  if (!assign_id(intent.order_id, out.cl_ord_id)) return "no ClOrdID for this cancel";
  if (!assign_id(intent.orig_order_id, out.orig_cl_ord_id)) return "no OrigClOrdID";
  out.order_id.clear();
  out.account = accounts_[intent.portfolio.index()];
  out.instrument = fields_[intent.instrument.index()];
  out.side = fix_side(intent.side);
  out.has_quantity = true;
  out.quantity_e6 = intent.quantity.raw();
  out.transact_time_ns = now;
  return nullptr;
}

const char* GatewayCodec::encode(const Intent& intent, TimeNs, StatusRequest& out) const {
  if (const char* problem = check(intent)) return problem;
  if (!assign_id(intent.orig_order_id, out.cl_ord_id)) return "no ClOrdID to ask about";
  out.order_id.clear();
  out.request_id.clear();
  out.account = accounts_[intent.portfolio.index()];
  out.instrument = fields_[intent.instrument.index()];
  out.side = fix_side(intent.side);
  return nullptr;
}

const char* GatewayCodec::encode(const Intent& intent, const BrokerId& broker_order_id,
                                 const InstrumentFields& instrument, DontKnowTrade& out) const {
  if (intent.text.empty() || !put(intent.text.view(), out.exec_id)) return "no ExecID";
  if (fix_side(intent.side) == 0) return "no side";
  out.order_id = broker_order_id;
  out.instrument = instrument;
  out.reason = 'D';  // no matching order
  out.side = fix_side(intent.side);
  out.has_order_quantity = false;
  out.has_last_quantity = intent.quantity.raw() > 0;
  out.last_quantity_e6 = intent.quantity.raw();
  out.has_last_price = intent.limit_price.raw() > 0;
  out.last_price_e9 = intent.limit_price.raw();
  out.text.clear();
  return nullptr;
}

const char* GatewayCodec::map_instrument(const InstrumentFields& fields, bool ours,
                                         Event& out) const {
  if (fields.symbol.empty()) return nullptr;
  const InstrumentId id = instruments_->find(view(fields.symbol));
  if (!id.valid()) return ours ? "a symbol nobody knows" : nullptr;
  const std::string_view day = view(fields_[id.index()].maturity_date);
  const bool month_differs = !fields.maturity_month_year.empty() && !day.empty() &&
                             !same_expiry(view(fields.maturity_month_year), day);
  const bool day_differs =
      !fields.maturity_date.empty() && !day.empty() && view(fields.maturity_date) != day;
  if (month_differs || day_differs) return "another expiry than the instrument's";
  out.subject = id.value;
  return nullptr;
}

std::uint32_t GatewayCodec::copied_account(const Account& account) const {
  if (account.empty()) return kAccountNotGiven;
  for (std::size_t i = 0; i < accounts_.size(); ++i) {
    if (view(accounts_[i]) == view(account)) return static_cast<std::uint32_t>(i + 1);
  }
  return kAccountForeign;
}

const char* GatewayCodec::decode_copy(const ExecutionReport& report, Event& out) const {
  if (const char* problem = decode(report, true, out)) return problem;
  out.payload.execution.copied_account = copied_account(report.account);
  return out.payload.execution.exec_id.empty() ? "a copy without an ExecID" : nullptr;
}

const char* GatewayCodec::decode(const ExecutionReport& report, Event& out) const {
  return decode(report, false, out);
}

const char* GatewayCodec::decode(const ExecutionReport& report, bool copy, Event& out) const {
  out = Event::make(EventType::kExecution, source_);
  ExecutionPayload& to = out.payload.execution;
  to.order_id = own_order(report.cl_ord_id);
  to.orig_order_id = own_order(report.orig_cl_ord_id);
  const bool ours = to.order_id != 0 || to.orig_order_id != 0;
  const char* problem = map_instrument(report.instrument, ours, out);
  if (problem != nullptr && !copy) return problem;
  to.exec_type = exec_type(report.exec_type);
  if (to.exec_type == ExecType::kNone) return "an ExecType nobody knows";
  // A status answer is never counted, so it needs no id; everything else is known by it.
  const bool status = to.exec_type == ExecType::kStatus;
  if (!to.exec_id.assign(view(report.exec_id)) && !status) return "an ExecID too long";
  if (!to.exec_ref_id.assign(view(report.exec_ref_id))) return "an ExecRefID too long";
  // For people only, so a longer one is left out.
  static_cast<void>(to.broker_order_id.assign(view(report.order_id)));
  to.last_quantity =
      Quantity::from_raw(report.has(ExecutionReport::kLastQuantity) ? report.last_quantity_e6 : 0);
  to.last_price =
      Price::from_raw(report.has(ExecutionReport::kLastPrice) ? report.last_price_e9 : 0);
  to.cumulative_quantity = Quantity::from_raw(report.cumulative_quantity_e6);
  to.leaves_quantity = Quantity::from_raw(report.leaves_quantity_e6);
  to.ord_status = ord_status(report.ord_status);
  to.side = core_side(report.side);
  to.poss_dup = report.header.poss_dup ? 1 : 0;
  to.reject_reason =
      reason_plus_one(report.has(ExecutionReport::kOrdRejReason), report.ord_rej_reason);
  return nullptr;
}

const char* GatewayCodec::decode(const CancelReject& reject, Event& out) const {
  out = Event::make(EventType::kCancelReject, source_);
  CancelRejectPayload& to = out.payload.cancel_reject;
  to.order_id = own_order(reject.cl_ord_id);
  to.orig_order_id = own_order(reject.orig_cl_ord_id);
  if (to.order_id == 0 && to.orig_order_id == 0) return "a cancel reject of nothing of ours";
  to.ord_status = ord_status(reject.ord_status);
  to.response_to = reject.response_to == '2' ? 2 : 1;
  to.reject_reason = reason_plus_one(reject.has_reason, reject.reason);
  return nullptr;
}

bool GatewayCodec::refusal(const Intent& request, std::int32_t reason, Event& out) const {
  if (request.type == IntentType::kNewOrder) {
    out = Event::make(EventType::kExecution, source_, request.instrument.value);
    ExecutionPayload& to = out.payload.execution;
    to.order_id = request.order_id;
    to.exec_type = ExecType::kRejected;
    to.ord_status = OrdStatus::kRejected;
    to.side = request.side;
    to.reject_reason = reason_plus_one(true, reason);
    return true;
  }
  if (request.type != IntentType::kReplaceOrder && request.type != IntentType::kCancelOrder) {
    return false;
  }
  out = Event::make(EventType::kCancelReject, source_);
  CancelRejectPayload& to = out.payload.cancel_reject;
  to.order_id = request.order_id;
  to.orig_order_id = request.orig_order_id;
  to.response_to = request.type == IntentType::kReplaceOrder ? 2 : 1;
  to.reject_reason = reason_plus_one(true, reason);
  return true;
}

bool GatewayCodec::never_sent(const Intent& request, Event& out) const {
  constexpr std::int32_t kOther = 99;
  if (!refusal(request, kOther, out)) return false;
  if (request.type == IntentType::kNewOrder) {
    out.payload.execution.exec_type = ExecType::kExpired;
    out.payload.execution.ord_status = OrdStatus::kExpired;
    out.payload.execution.reject_reason = 0;
  }
  return true;
}

}  // namespace evenkeel::fix
