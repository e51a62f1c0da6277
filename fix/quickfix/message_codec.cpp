#include "fix/quickfix/message_codec.hpp"

#include <algorithm>

#include "fix/quickfix/number_text.hpp"

namespace evenkeel {
namespace fix {
namespace {

// Reads fields out of a message and remembers the first problem.
class FieldReader {
 public:
  explicit FieldReader(const FIX::FieldMap& fields) : fields_(fields) {}

  const DecodeProblem& problem() const { return problem_; }

  const std::string* find(int tag) const {
    return fields_.isSetField(tag) ? &fields_.getFieldRef(tag).getString() : nullptr;
  }

  template <std::size_t kMax>
  void text(int tag, Text<kMax>* out) {
    const std::string* value = find(tag);
    if (value == nullptr || out->assign(*value)) return;
    fail(DecodeProblem::Kind::kValue, tag, "is longer than allowed or holds a control byte");
  }
  template <std::size_t kMax>
  void required_text(int tag, Text<kMax>* out) {
    if (find(tag) == nullptr) return fail(DecodeProblem::Kind::kMissing, tag, "is missing");
    text(tag, out);
  }

  // Text for people: control bytes become '?', the end is cut.
  bool free_text(int tag, FreeText* out) {
    const std::string* value = find(tag);
    if (value == nullptr) return false;
    std::string clean = value->substr(0, FreeText::kCapacity);
    for (char& c : clean) {
      if (!is_field_safe(&c, 1)) c = '?';
    }
    out->assign(clean);
    return value->size() > FreeText::kCapacity;
  }

  void code(int tag, char* out) {
    const std::string* value = find(tag);
    if (value == nullptr) return;
    if (value->size() == 1 && is_field_safe(value->data(), 1)) {
      *out = (*value)[0];
    } else {
      fail(DecodeProblem::Kind::kFormat, tag, "is not one character");
    }
  }
  void required_code(int tag, char* out) {
    if (find(tag) == nullptr) return fail(DecodeProblem::Kind::kMissing, tag, "is missing");
    code(tag, out);
  }

  // True when the field is there and was read.
  bool decimal(int tag, int decimals, std::int64_t* out) {
    const std::string* value = find(tag);
    return value != nullptr &&
           number(tag, parse_decimal(value->data(), value->size(), decimals, out));
  }
  void required_decimal(int tag, int decimals, std::int64_t* out) {
    if (find(tag) == nullptr) return fail(DecodeProblem::Kind::kMissing, tag, "is missing");
    decimal(tag, decimals, out);
  }
  bool cut_decimal(int tag, int decimals, std::int64_t* out) {
    const std::string* value = find(tag);
    return value != nullptr &&
           number(tag, parse_decimal_truncating(value->data(), value->size(), decimals, out));
  }
  bool integer(int tag, std::int32_t* out) {
    const std::string* value = find(tag);
    return value != nullptr && number(tag, parse_integer(value->data(), value->size(), out));
  }

  bool time(int tag, std::int64_t* out) {
    const std::string* value = find(tag);
    if (value == nullptr) return false;
    if (parse_utc_timestamp(value->data(), value->size(), out)) return true;
    fail(DecodeProblem::Kind::kFormat, tag, "is not a UTC time");
    return false;
  }
  void required_time(int tag, std::int64_t* out) {
    if (find(tag) == nullptr) return fail(DecodeProblem::Kind::kMissing, tag, "is missing");
    time(tag, out);
  }

  void instrument(InstrumentFields* out) {
    text(55, &out->symbol);
    text(167, &out->security_type);
    text(200, &out->maturity_month_year);
    text(541, &out->maturity_date);
    text(207, &out->security_exchange);
    text(461, &out->cfi_code);
    text(48, &out->security_id);
    text(22, &out->security_id_source);
    text(15, &out->currency);
  }

  void fail(DecodeProblem::Kind kind, int tag, const char* what) {
    if (problem_) return;
    problem_.kind = kind;
    problem_.tag = tag;
    problem_.what = what;
  }

 private:
  bool number(int tag, NumberError error) {
    if (error == NumberError::kNone) return true;
    const bool value = error == NumberError::kOverflow || error == NumberError::kTooManyDecimals;
    fail(value ? DecodeProblem::Kind::kValue : DecodeProblem::Kind::kFormat, tag, describe(error));
    return false;
  }

  const FIX::FieldMap& fields_;
  DecodeProblem problem_;
};

void read_header(const FIX::Message& message, InboundHeader* out) {
  FieldReader header(message.getHeader());
  header.integer(34, &out->msg_seq_num);
  header.time(52, &out->sending_time_ns);
  const std::string* poss_dup = header.find(43);
  out->poss_dup = poss_dup != nullptr && *poss_dup == "Y";
  const std::string* poss_resend = header.find(97);
  out->poss_resend = poss_resend != nullptr && *poss_resend == "Y";
}

void read_order(FieldReader* r, NewOrder* out) {
  r->required_text(11, &out->cl_ord_id);
  r->text(1, &out->account);
  r->instrument(&out->instrument);
  r->required_code(54, &out->side);
  r->required_code(40, &out->ord_type);
  r->code(59, &out->time_in_force);
  r->code(21, &out->handl_inst);
  r->required_decimal(38, kQuantityDecimals, &out->quantity_e6);
  out->has_price = r->decimal(44, kPriceDecimals, &out->price_e9);
  r->required_time(60, &out->transact_time_ns);
  r->free_text(58, &out->text);
}

void write_instrument(ReusedMessage* m, const InstrumentFields& instrument) {
  m->put(55, instrument.symbol);
  m->put(167, instrument.security_type);
  m->put(200, instrument.maturity_month_year);
  m->put(541, instrument.maturity_date);
  m->put(207, instrument.security_exchange);
  m->put(461, instrument.cfi_code);
  m->put(48, instrument.security_id);
  m->put(22, instrument.security_id_source);
  m->put(15, instrument.currency);
}

void put_optional_decimal(ReusedMessage* m, int tag, bool present, std::int64_t value,
                          int decimals) {
  if (present) {
    m->put_decimal(tag, value, decimals);
  } else {
    m->remove(tag);
  }
}

void put_optional_integer(ReusedMessage* m, int tag, bool present, std::int32_t value) {
  if (present) {
    m->put_integer(tag, value);
  } else {
    m->remove(tag);
  }
}

const char* problem_of_order(const NewOrder& order) {
  if (order.cl_ord_id.empty()) return "ClOrdID (11) is empty";
  if (order.instrument.symbol.empty()) return "Symbol (55) is empty";
  if (order.side == 0) return "Side (54) is missing";
  if (order.ord_type == 0) return "OrdType (40) is missing";
  if (order.quantity_e6 <= 0) return "OrderQty (38) must be positive";
  if (order.ord_type == '2' && !order.has_price) return "a limit order needs Price (44)";
  if (order.ord_type == '1' && order.has_price) return "a market order must not carry Price (44)";
  if (order.transact_time_ns <= 0) return "TransactTime (60) is missing";
  return nullptr;
}

void write_order(ReusedMessage* m, const NewOrder& order) {
  m->put(11, order.cl_ord_id);
  m->put(1, order.account);
  write_instrument(m, order.instrument);
  m->put_code(54, order.side);
  m->put_code(40, order.ord_type);
  m->put_code(59, order.time_in_force);
  m->put_code(21, order.handl_inst);
  m->put_decimal(38, order.quantity_e6, kQuantityDecimals);
  put_optional_decimal(m, 44, order.has_price, order.price_e9, kPriceDecimals);
  m->put_time(60, order.transact_time_ns);
  m->put(58, order.text);
}

}  // namespace

// --- Decoding --------------------------------------------------------------------------

DecodeProblem decode(const FIX::Message& message, ExecutionReport* out) {
  FieldReader r(message);
  read_header(message, &out->header);
  r.text(11, &out->cl_ord_id);
  r.text(41, &out->orig_cl_ord_id);
  r.text(790, &out->status_request_id);
  r.text(584, &out->mass_status_request_id);
  r.code(912, &out->last_report);
  r.required_text(37, &out->order_id);
  r.required_text(17, &out->exec_id);
  r.text(19, &out->exec_ref_id);
  r.text(1, &out->account);
  r.instrument(&out->instrument);
  r.required_code(150, &out->exec_type);
  r.required_code(39, &out->ord_status);
  r.required_code(54, &out->side);
  r.code(40, &out->ord_type);
  r.code(59, &out->time_in_force);
  r.code(442, &out->multi_leg_reporting_type);
  r.required_decimal(14, kQuantityDecimals, &out->cumulative_quantity_e6);
  r.required_decimal(151, kQuantityDecimals, &out->leaves_quantity_e6);
  const auto mark = [out](bool present, ExecutionReport::Present bit) {
    if (present) out->present |= bit;
  };
  mark(r.integer(103, &out->ord_rej_reason), ExecutionReport::kOrdRejReason);
  mark(r.integer(378, &out->restatement_reason), ExecutionReport::kRestatementReason);
  mark(r.integer(911, &out->total_reports), ExecutionReport::kTotalReports);
  mark(r.decimal(38, kQuantityDecimals, &out->order_quantity_e6), ExecutionReport::kOrderQuantity);
  mark(r.decimal(44, kPriceDecimals, &out->price_e9), ExecutionReport::kPrice);
  mark(r.decimal(32, kQuantityDecimals, &out->last_quantity_e6), ExecutionReport::kLastQuantity);
  mark(r.decimal(31, kPriceDecimals, &out->last_price_e9), ExecutionReport::kLastPrice);
  mark(r.cut_decimal(6, kPriceDecimals, &out->average_price_e9), ExecutionReport::kAveragePrice);
  mark(r.time(60, &out->transact_time_ns), ExecutionReport::kTransactTime);
  out->text_cut = r.free_text(58, &out->text);
  return r.problem();
}

DecodeProblem decode(const FIX::Message& message, CancelReject* out) {
  FieldReader r(message);
  read_header(message, &out->header);
  r.required_text(37, &out->order_id);
  r.required_text(11, &out->cl_ord_id);
  r.text(41, &out->orig_cl_ord_id);
  r.required_code(39, &out->ord_status);
  r.required_code(434, &out->response_to);
  out->has_reason = r.integer(102, &out->reason);
  out->text_cut = r.free_text(58, &out->text);
  return r.problem();
}

DecodeProblem decode(const FIX::Message& message, MassCancelReport* out) {
  FieldReader r(message);
  read_header(message, &out->header);
  r.text(11, &out->cl_ord_id);
  r.required_text(37, &out->order_id);
  r.required_code(530, &out->request_type);
  r.required_code(531, &out->response);
  out->has_affected = r.integer(533, &out->affected_orders);
  out->text_cut = r.free_text(58, &out->text);
  return r.problem();
}

// Lenient: a refusal that is odd in itself must still be heard.
DecodeProblem decode(const FIX::Message& message, MessageReject* out) {
  FieldReader r(message);
  read_header(message, &out->header);
  out->business = message.getHeader().getField(FIX::FIELD::MsgType) == "j";
  r.integer(45, &out->ref_seq_num);
  r.integer(371, &out->ref_tag);
  if (!r.integer(out->business ? 380 : 373, &out->reason)) out->reason = -1;
  r.text(372, &out->ref_msg_type);
  r.text(379, &out->business_ref_id);
  out->text_cut = r.free_text(58, &out->text);
  return DecodeProblem();
}

DecodeProblem decode(const FIX::Message& message, NewOrder* out) {
  FieldReader r(message);
  read_header(message, &out->header);
  read_order(&r, out);
  return r.problem();
}

DecodeProblem decode(const FIX::Message& message, ReplaceOrder* out) {
  FieldReader r(message);
  read_header(message, &out->order.header);
  read_order(&r, &out->order);
  r.required_text(41, &out->orig_cl_ord_id);
  r.text(37, &out->order_id);
  return r.problem();
}

DecodeProblem decode(const FIX::Message& message, CancelOrder* out) {
  FieldReader r(message);
  read_header(message, &out->header);
  r.required_text(11, &out->cl_ord_id);
  r.required_text(41, &out->orig_cl_ord_id);
  r.text(37, &out->order_id);
  r.text(1, &out->account);
  r.instrument(&out->instrument);
  r.required_code(54, &out->side);
  out->has_quantity = r.decimal(38, kQuantityDecimals, &out->quantity_e6);
  r.required_time(60, &out->transact_time_ns);
  return r.problem();
}

DecodeProblem decode(const FIX::Message& message, StatusRequest* out) {
  FieldReader r(message);
  read_header(message, &out->header);
  r.required_text(11, &out->cl_ord_id);
  r.text(37, &out->order_id);
  r.text(790, &out->request_id);
  r.text(1, &out->account);
  r.instrument(&out->instrument);
  r.required_code(54, &out->side);
  return r.problem();
}

DecodeProblem decode(const FIX::Message& message, MassStatusRequest* out) {
  FieldReader r(message);
  read_header(message, &out->header);
  r.required_text(584, &out->request_id);
  r.required_code(585, &out->request_type);
  return r.problem();
}

DecodeProblem decode(const FIX::Message& message, MassCancel* out) {
  FieldReader r(message);
  read_header(message, &out->header);
  r.required_text(11, &out->cl_ord_id);
  r.required_code(530, &out->request_type);
  r.code(54, &out->side);
  r.instrument(&out->instrument);
  r.required_time(60, &out->transact_time_ns);
  return r.problem();
}

DecodeProblem decode(const FIX::Message& message, DontKnowTrade* out) {
  FieldReader r(message);
  read_header(message, &out->header);
  r.required_text(37, &out->order_id);
  r.required_text(17, &out->exec_id);
  r.required_code(127, &out->reason);
  r.required_code(54, &out->side);
  r.instrument(&out->instrument);
  out->has_order_quantity = r.decimal(38, kQuantityDecimals, &out->order_quantity_e6);
  out->has_last_quantity = r.decimal(32, kQuantityDecimals, &out->last_quantity_e6);
  out->has_last_price = r.decimal(31, kPriceDecimals, &out->last_price_e9);
  r.free_text(58, &out->text);
  return r.problem();
}

// --- Encoding --------------------------------------------------------------------------

ReusedMessage::ReusedMessage(const char* msg_type, int timestamp_digits)
    : field_(FIX::FIELD::MsgType, msg_type), timestamp_digits_(timestamp_digits) {
  message_.getHeader().setField(field_);
  value_.reserve(FreeText::kCapacity);
}

void ReusedMessage::remove(int tag) { message_.removeField(tag); }

void ReusedMessage::put(int tag, const char* data, std::size_t size) {
  if (size == 0) return remove(tag);
  value_.assign(data, size);
  field_.setTag(tag);
  field_.setString(value_);
  message_.setField(field_);
}

void ReusedMessage::put_code(int tag, char code) {
  // A control byte could end the field; it is no code of FIX either, so the field is left out.
  put(tag, &code, is_field_safe(&code, 1) ? 1 : 0);
}

void ReusedMessage::put_decimal(int tag, std::int64_t value, int decimals) {
  char text[kDecimalTextMax];
  put(tag, text, format_decimal(value, decimals, text));
}

void ReusedMessage::put_integer(int tag, std::int32_t value) { put_decimal(tag, value, 0); }

void ReusedMessage::put_time(int tag, std::int64_t ns_since_epoch) {
  char text[kTimestampTextMax];
  put(tag, text, format_utc_timestamp(ns_since_epoch, timestamp_digits_, text));
}

Encoder::Encoder(int timestamp_digits, const std::vector<ExtraField>& order_fields)
    : new_order_("D", timestamp_digits),
      replace_order_("G", timestamp_digits),
      cancel_order_("F", timestamp_digits),
      status_request_("H", timestamp_digits),
      mass_status_("AF", timestamp_digits),
      mass_cancel_("q", timestamp_digits),
      dont_know_trade_("Q", timestamp_digits),
      execution_report_("8", timestamp_digits),
      cancel_reject_("9", timestamp_digits),
      mass_cancel_report_("r", timestamp_digits),
      business_reject_("j", timestamp_digits) {
  for (const ExtraField& extra : order_fields) {
    new_order_.put(extra.tag, extra.value.data(), extra.value.size());
    replace_order_.put(extra.tag, extra.value.data(), extra.value.size());
  }
}

FIX::Message* Encoder::encode(const NewOrder& order, const char** problem) {
  *problem = problem_of_order(order);
  if (*problem != nullptr) return nullptr;
  write_order(&new_order_, order);
  return &new_order_.message();
}

FIX::Message* Encoder::encode(const ReplaceOrder& order, const char** problem) {
  *problem = problem_of_order(order.order);
  if (order.orig_cl_ord_id.empty()) *problem = "OrigClOrdID (41) is empty";
  if (*problem != nullptr) return nullptr;
  write_order(&replace_order_, order.order);
  replace_order_.put(41, order.orig_cl_ord_id);
  replace_order_.put(37, order.order_id);
  return &replace_order_.message();
}

FIX::Message* Encoder::encode(const CancelOrder& order, const char** problem) {
  *problem = order.cl_ord_id.empty()           ? "ClOrdID (11) is empty"
             : order.orig_cl_ord_id.empty()    ? "OrigClOrdID (41) is empty"
             : order.instrument.symbol.empty() ? "Symbol (55) is empty"
             : order.side == 0                 ? "Side (54) is missing"
             : order.transact_time_ns <= 0     ? "TransactTime (60) is missing"
                                               : nullptr;
  if (*problem != nullptr) return nullptr;
  ReusedMessage& m = cancel_order_;
  m.put(11, order.cl_ord_id);
  m.put(41, order.orig_cl_ord_id);
  m.put(37, order.order_id);
  m.put(1, order.account);
  write_instrument(&m, order.instrument);
  m.put_code(54, order.side);
  put_optional_decimal(&m, 38, order.has_quantity, order.quantity_e6, kQuantityDecimals);
  m.put_time(60, order.transact_time_ns);
  return &m.message();
}

FIX::Message* Encoder::encode(const StatusRequest& request, const char** problem) {
  *problem = request.cl_ord_id.empty()           ? "ClOrdID (11) is empty"
             : request.instrument.symbol.empty() ? "Symbol (55) is empty"
             : request.side == 0                 ? "Side (54) is missing"
                                                 : nullptr;
  if (*problem != nullptr) return nullptr;
  ReusedMessage& m = status_request_;
  m.put(11, request.cl_ord_id);
  m.put(37, request.order_id);
  m.put(790, request.request_id);
  m.put(1, request.account);
  write_instrument(&m, request.instrument);
  m.put_code(54, request.side);
  return &m.message();
}

FIX::Message* Encoder::encode(const MassStatusRequest& request, const char** problem) {
  *problem = request.request_id.empty()  ? "MassStatusReqID (584) is empty"
             : request.request_type == 0 ? "MassStatusReqType (585) is missing"
                                         : nullptr;
  if (*problem != nullptr) return nullptr;
  ReusedMessage& m = mass_status_;
  m.put(584, request.request_id);
  m.put_code(585, request.request_type);
  return &m.message();
}

FIX::Message* Encoder::encode(const MassCancel& request, const char** problem) {
  *problem = request.cl_ord_id.empty()       ? "ClOrdID (11) is empty"
             : request.request_type == 0     ? "MassCancelRequestType (530) is missing"
             : request.transact_time_ns <= 0 ? "TransactTime (60) is missing"
             : request.request_type == '1' && request.instrument.symbol.empty()
                 ? "a mass cancel of one security needs Symbol (55)"
                 : nullptr;
  if (*problem != nullptr) return nullptr;
  ReusedMessage& m = mass_cancel_;
  m.put(11, request.cl_ord_id);
  m.put_code(530, request.request_type);
  m.put_code(54, request.side);
  write_instrument(&m, request.instrument);
  m.put_time(60, request.transact_time_ns);
  return &m.message();
}

FIX::Message* Encoder::encode(const DontKnowTrade& trade, const char** problem) {
  *problem = trade.order_id.empty()            ? "OrderID (37) is empty"
             : trade.exec_id.empty()           ? "ExecID (17) is empty"
             : trade.reason == 0               ? "DKReason (127) is missing"
             : trade.side == 0                 ? "Side (54) is missing"
             : trade.instrument.symbol.empty() ? "Symbol (55) is empty"
                                               : nullptr;
  if (*problem != nullptr) return nullptr;
  ReusedMessage& m = dont_know_trade_;
  m.put(37, trade.order_id);
  m.put(17, trade.exec_id);
  m.put_code(127, trade.reason);
  m.put_code(54, trade.side);
  write_instrument(&m, trade.instrument);
  put_optional_decimal(&m, 38, trade.has_order_quantity, trade.order_quantity_e6,
                       kQuantityDecimals);
  put_optional_decimal(&m, 32, trade.has_last_quantity, trade.last_quantity_e6, kQuantityDecimals);
  put_optional_decimal(&m, 31, trade.has_last_price, trade.last_price_e9, kPriceDecimals);
  m.put(58, trade.text);
  return &m.message();
}

FIX::Message* Encoder::encode(const ExecutionReport& report, const char** problem) {
  *problem = report.order_id.empty()  ? "OrderID (37) is empty"
             : report.exec_id.empty() ? "ExecID (17) is empty"
             : report.exec_type == 0  ? "ExecType (150) is missing"
             : report.ord_status == 0 ? "OrdStatus (39) is missing"
             : report.side == 0       ? "Side (54) is missing"
                                      : nullptr;
  if (*problem != nullptr) return nullptr;
  ReusedMessage& m = execution_report_;
  if (report.header.poss_resend) {
    m.message().getHeader().setField(FIX::FIELD::PossResend, "Y");
  } else {
    m.message().getHeader().removeField(FIX::FIELD::PossResend);
  }
  m.put(11, report.cl_ord_id);
  m.put(41, report.orig_cl_ord_id);
  m.put(790, report.status_request_id);
  m.put(584, report.mass_status_request_id);
  m.put_code(912, report.last_report);
  m.put(37, report.order_id);
  m.put(17, report.exec_id);
  m.put(19, report.exec_ref_id);
  m.put(1, report.account);
  write_instrument(&m, report.instrument);
  m.put_code(150, report.exec_type);
  m.put_code(39, report.ord_status);
  m.put_code(54, report.side);
  m.put_code(40, report.ord_type);
  m.put_code(59, report.time_in_force);
  m.put_code(442, report.multi_leg_reporting_type);
  using R = ExecutionReport;
  put_optional_integer(&m, 103, report.has(R::kOrdRejReason), report.ord_rej_reason);
  put_optional_integer(&m, 378, report.has(R::kRestatementReason), report.restatement_reason);
  put_optional_integer(&m, 911, report.has(R::kTotalReports), report.total_reports);
  put_optional_decimal(&m, 38, report.has(R::kOrderQuantity), report.order_quantity_e6,
                       kQuantityDecimals);
  put_optional_decimal(&m, 44, report.has(R::kPrice), report.price_e9, kPriceDecimals);
  put_optional_decimal(&m, 32, report.has(R::kLastQuantity), report.last_quantity_e6,
                       kQuantityDecimals);
  put_optional_decimal(&m, 31, report.has(R::kLastPrice), report.last_price_e9, kPriceDecimals);
  m.put_decimal(14, report.cumulative_quantity_e6, kQuantityDecimals);
  m.put_decimal(151, report.leaves_quantity_e6, kQuantityDecimals);
  // Required by FIX even where there is no average yet.
  m.put_decimal(6, report.has(R::kAveragePrice) ? report.average_price_e9 : 0, kPriceDecimals);
  if (report.has(R::kTransactTime)) {
    m.put_time(60, report.transact_time_ns);
  } else {
    m.remove(60);
  }
  m.put(58, report.text);
  return &m.message();
}

FIX::Message* Encoder::encode(const CancelReject& reject, const char** problem) {
  *problem = reject.order_id.empty()    ? "OrderID (37) is empty"
             : reject.cl_ord_id.empty() ? "ClOrdID (11) is empty"
             : reject.ord_status == 0   ? "OrdStatus (39) is missing"
             : reject.response_to == 0  ? "CxlRejResponseTo (434) is missing"
                                        : nullptr;
  if (*problem != nullptr) return nullptr;
  ReusedMessage& m = cancel_reject_;
  m.put(37, reject.order_id);
  m.put(11, reject.cl_ord_id);
  m.put(41, reject.orig_cl_ord_id);
  m.put_code(39, reject.ord_status);
  m.put_code(434, reject.response_to);
  put_optional_integer(&m, 102, reject.has_reason, reject.reason);
  m.put(58, reject.text);
  return &m.message();
}

FIX::Message* Encoder::encode(const MassCancelReport& report, const char** problem) {
  *problem = report.order_id.empty()    ? "OrderID (37) is empty"
             : report.request_type == 0 ? "MassCancelRequestType (530) is missing"
             : report.response == 0     ? "MassCancelResponse (531) is missing"
                                        : nullptr;
  if (*problem != nullptr) return nullptr;
  ReusedMessage& m = mass_cancel_report_;
  m.put(11, report.cl_ord_id);
  m.put(37, report.order_id);
  m.put_code(530, report.request_type);
  m.put_code(531, report.response);
  put_optional_integer(&m, 533, report.has_affected, report.affected_orders);
  m.put(58, report.text);
  return &m.message();
}

FIX::Message* Encoder::encode(const MessageReject& reject, const char** problem) {
  *problem = reject.ref_msg_type.empty() ? "RefMsgType (372) is empty"
             : reject.reason < 0         ? "BusinessRejectReason (380) is missing"
                                         : nullptr;
  if (*problem != nullptr) return nullptr;
  ReusedMessage& m = business_reject_;
  put_optional_integer(&m, 45, reject.ref_seq_num > 0, reject.ref_seq_num);
  m.put(372, reject.ref_msg_type);
  m.put(379, reject.business_ref_id);
  m.put_integer(380, reject.reason);
  m.put(58, reject.text);
  return &m.message();
}

}  // namespace fix
}  // namespace evenkeel
