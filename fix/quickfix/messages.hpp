#ifndef EVENKEEL_FIX_QUICKFIX_MESSAGES_HPP_
#define EVENKEEL_FIX_QUICKFIX_MESSAGES_HPP_

// The business messages that cross the boundary to QuickFIX, as plain records: FIX tags in, FIX
// tags out, no meaning added. Codes (side, order type, execution type) keep FIX's own characters;
// numbers are exact scaled integers; an absent optional field is an empty text, a zero character,
// or a cleared bit of `present`. These records never own memory and never hold a truncated id: what
// does not fit is refused where it is read.

#include <cstdint>

#include "fix/quickfix/text.hpp"

namespace evenkeel {
namespace fix {

using ClientOrderId = Text<32>;  // 11, 41: ours
using BrokerId = Text<64>;       // 37, 17, 19: the counterparty's
using Account = Text<32>;
using FreeText = Text<128>;  // 58: for people, hence the one text that is cut, with `text_cut` set

// What identifies the instrument. `symbol` is required by FIX; futures add the contract month or
// date, or a security id.
struct InstrumentFields {
  Text<32> symbol;              // 55
  Text<8> security_type;        // 167: CS, ETF, FUT, MLEG ...
  Text<8> maturity_month_year;  // 200: YYYYMM, YYYYMMDD or YYYYMMwN
  Text<8> maturity_date;        // 541: YYYYMMDD
  Text<16> security_exchange;   // 207
  Text<8> cfi_code;             // 461
  Text<32> security_id;         // 48
  Text<4> security_id_source;   // 22
  Text<4> currency;             // 15
};

// Where an inbound message came from. Filled by the session host.
struct InboundHeader {
  std::int32_t msg_seq_num = 0;
  std::int64_t sending_time_ns = 0;  // UTC, since 1970; 0 when the peer's text could not be read
  bool poss_dup = false;             // 43=Y: sent before, perhaps seen before
  bool poss_resend = false;          // 97=Y: perhaps sent before under another number
};

// NewOrderSingle (D).
struct NewOrder {
  InboundHeader header;
  ClientOrderId cl_ord_id;  // required
  Account account;
  InstrumentFields instrument;        // symbol required
  char side = 0;                      // 54, required: 1 buy, 2 sell, 5 sell short
  char ord_type = 0;                  // 40, required: 1 market, 2 limit
  char time_in_force = 0;             // 59; 0 = absent (the counterparty's default)
  char handl_inst = 0;                // 21
  bool has_price = false;             // required for limit orders
  std::int64_t quantity_e6 = 0;       // 38, required, > 0
  std::int64_t price_e9 = 0;          // 44
  std::int64_t transact_time_ns = 0;  // 60, required
  FreeText text;
};

// OrderCancelReplaceRequest (G). The old order lives until it is reported Replaced.
struct ReplaceOrder {
  NewOrder order;                // the whole order as it should become, under its new cl_ord_id
  ClientOrderId orig_cl_ord_id;  // required
  BrokerId order_id;
};

// OrderCancelRequest (F).
struct CancelOrder {
  InboundHeader header;
  ClientOrderId cl_ord_id;       // required: the cancel request's own id
  ClientOrderId orig_cl_ord_id;  // required
  BrokerId order_id;
  Account account;
  InstrumentFields instrument;
  char side = 0;  // required
  bool has_quantity = false;
  std::int64_t quantity_e6 = 0;       // 38: the whole order's quantity
  std::int64_t transact_time_ns = 0;  // required
};

// OrderStatusRequest (H).
struct StatusRequest {
  InboundHeader header;
  ClientOrderId cl_ord_id;  // required: the order asked about
  BrokerId order_id;
  ClientOrderId request_id;  // 790
  Account account;
  InstrumentFields instrument;
  char side = 0;  // required
};

// OrderMassStatusRequest (AF), of all orders. Each is answered with an ExecutionReport that echoes
// `request_id` as its mass_status_request_id; of none, with one that says so.
struct MassStatusRequest {
  InboundHeader header;
  ClientOrderId request_id;  // 584, required
  char request_type = '7';   // 585, required: 7 all orders
};

// OrderMassCancelRequest (q).
struct MassCancel {
  InboundHeader header;
  ClientOrderId cl_ord_id;  // required
  char request_type = 0;    // 530, required: 1 one security, 7 everything
  char side = 0;
  InstrumentFields instrument;
  std::int64_t transact_time_ns = 0;  // required
};

// DontKnowTrade (Q): a fill we cannot account for.
struct DontKnowTrade {
  InboundHeader header;
  BrokerId order_id;  // required
  BrokerId exec_id;   // required
  char reason = 0;    // 127, required: D no matching order, E price exceeds limit, Z other ...
  char side = 0;      // required
  InstrumentFields instrument;
  bool has_order_quantity = false;
  bool has_last_quantity = false;
  bool has_last_price = false;
  std::int64_t order_quantity_e6 = 0;  // 38
  std::int64_t last_quantity_e6 = 0;   // 32
  std::int64_t last_price_e9 = 0;      // 31
  FreeText text;
};

// ExecutionReport (8).
struct ExecutionReport {
  enum Present : std::uint32_t {
    kOrderQuantity = 1U << 0,
    kPrice = 1U << 1,
    kLastQuantity = 1U << 2,
    kLastPrice = 1U << 3,
    kAveragePrice = 1U << 4,
    kTransactTime = 1U << 5,
    kOrdRejReason = 1U << 6,
    kRestatementReason = 1U << 7,
    kTotalReports = 1U << 8,
  };

  InboundHeader header;
  ClientOrderId cl_ord_id;               // absent on orders entered elsewhere
  ClientOrderId orig_cl_ord_id;          // 41
  ClientOrderId status_request_id;       // 790: echoes an OrderStatusRequest
  ClientOrderId mass_status_request_id;  // 584: echoes an OrderMassStatusRequest
  BrokerId order_id;                     // required
  BrokerId exec_id;                      // required; the same for a message seen twice
  BrokerId exec_ref_id;                  // 19: the fill that exec_type G or H corrects or cancels
  Account account;
  InstrumentFields instrument;
  char exec_type = 0;   // 150, required
  char ord_status = 0;  // 39, required
  char side = 0;        // 54, required
  char ord_type = 0;
  char time_in_force = 0;
  char last_report = 0;               // 912: Y on the last answer to a mass status request
  char multi_leg_reporting_type = 0;  // 442: 1 single, 2 leg of a spread, 3 the spread itself
  bool text_cut = false;              // the text was longer than FreeText
  std::uint32_t present = 0;
  std::int32_t ord_rej_reason = 0;          // 103
  std::int32_t restatement_reason = 0;      // 378
  std::int32_t total_reports = 0;           // 911: answers to a mass status request
  std::int64_t order_quantity_e6 = 0;       // 38
  std::int64_t price_e9 = 0;                // 44
  std::int64_t last_quantity_e6 = 0;        // 32
  std::int64_t last_price_e9 = 0;           // 31
  std::int64_t cumulative_quantity_e6 = 0;  // 14, required
  std::int64_t leaves_quantity_e6 = 0;      // 151, required
  std::int64_t average_price_e9 =
      0;  // 6: informative, digits beyond 1e-9 are cut; nothing may be decided on it
  std::int64_t transact_time_ns = 0;
  FreeText text;

  bool has(Present bit) const { return (present & bit) != 0; }
};

// OrderCancelReject (9).
struct CancelReject {
  InboundHeader header;
  BrokerId order_id;             // required ("NONE" for an unknown order)
  ClientOrderId cl_ord_id;       // required: the refused request
  ClientOrderId orig_cl_ord_id;  // required by FIX, left out by some
  char ord_status = 0;           // required
  char response_to = 0;          // 434, required: 1 cancel, 2 replace
  bool has_reason = false;
  bool text_cut = false;
  std::int32_t reason = 0;  // 102
  FreeText text;
};

// OrderMassCancelReport (r).
struct MassCancelReport {
  InboundHeader header;
  ClientOrderId cl_ord_id;
  BrokerId order_id;      // required
  char request_type = 0;  // 530, required
  char response = 0;      // 531, required: 0 refused, otherwise what was cancelled
  bool has_affected = false;
  bool text_cut = false;
  std::int32_t affected_orders = 0;  // 533
  FreeText text;
};

// Reject (3) or BusinessMessageReject (j): the counterparty refused a message of ours.
struct MessageReject {
  InboundHeader header;
  bool business = false;  // j rather than 3
  bool text_cut = false;
  std::int32_t ref_seq_num = 0;  // 45: our message's number, 0 when absent
  std::int32_t ref_tag = 0;      // 371, 0 when absent
  std::int32_t reason = 0;       // 373 or 380, -1 when absent
  Text<4> ref_msg_type;          // 372
  BrokerId business_ref_id;      // 379: usually the ClOrdID of the refused order
  FreeText text;
};

}  // namespace fix
}  // namespace evenkeel

#endif  // EVENKEEL_FIX_QUICKFIX_MESSAGES_HPP_
