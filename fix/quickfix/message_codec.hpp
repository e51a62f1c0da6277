#ifndef EVENKEEL_FIX_QUICKFIX_MESSAGE_CODEC_HPP_
#define EVENKEEL_FIX_QUICKFIX_MESSAGE_CODEC_HPP_

// Between the records of messages.hpp and QuickFIX's messages. Internal to fix/quickfix: it
// includes QuickFIX. Numbers go through number_text.hpp only; QuickFIX's field classes with their
// doubles are not used.

#include <quickfix/Message.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "fix/quickfix/messages.hpp"
#include "fix/quickfix/session_host.hpp"

namespace evenkeel {
namespace fix {

// Why a message cannot be turned into a record. `what` is null when there is no problem.
struct DecodeProblem {
  enum class Kind : std::uint8_t { kMissing, kFormat, kValue };
  Kind kind = Kind::kFormat;
  std::int32_t tag = 0;
  const char* what = nullptr;
  explicit operator bool() const { return what != nullptr; }
};

DecodeProblem decode(const FIX::Message& message, ExecutionReport* out);
DecodeProblem decode(const FIX::Message& message, CancelReject* out);
DecodeProblem decode(const FIX::Message& message, MassCancelReport* out);
DecodeProblem decode(const FIX::Message& message, MessageReject* out);
DecodeProblem decode(const FIX::Message& message, NewOrder* out);
DecodeProblem decode(const FIX::Message& message, ReplaceOrder* out);
DecodeProblem decode(const FIX::Message& message, CancelOrder* out);
DecodeProblem decode(const FIX::Message& message, StatusRequest* out);
DecodeProblem decode(const FIX::Message& message, MassStatusRequest* out);
DecodeProblem decode(const FIX::Message& message, MassCancel* out);
DecodeProblem decode(const FIX::Message& message, DontKnowTrade* out);

// A QuickFIX message that is filled again and again: fields that are there already are overwritten
// in place, which is several times cheaper than building it anew.
class ReusedMessage {
 public:
  ReusedMessage(const char* msg_type, int timestamp_digits);

  void put(int tag, const char* data, std::size_t size);  // size 0 removes the field
  void put_code(int tag, char code);                      // 0 or a control byte removes the field
  void put_decimal(int tag, std::int64_t value, int decimals);
  void put_integer(int tag, std::int32_t value);
  void put_time(int tag, std::int64_t ns_since_epoch);
  void remove(int tag);
  template <std::size_t kMax>
  void put(int tag, const Text<kMax>& text) {
    put(tag, text.data(), text.size());
  }

  FIX::Message& message() { return message_; }

 private:
  FIX::Message message_;
  FIX::FieldBase field_;
  std::string value_;
  int timestamp_digits_;
};

// The outbound messages of one session, each reused.
class Encoder {
 public:
  Encoder(int timestamp_digits, const std::vector<ExtraField>& order_fields);

  // Null, and *problem says why, when a required field is missing or out of range.
  FIX::Message* encode(const NewOrder& order, const char** problem);
  FIX::Message* encode(const ReplaceOrder& order, const char** problem);
  FIX::Message* encode(const CancelOrder& order, const char** problem);
  FIX::Message* encode(const StatusRequest& request, const char** problem);
  FIX::Message* encode(const MassStatusRequest& request, const char** problem);
  FIX::Message* encode(const MassCancel& request, const char** problem);
  FIX::Message* encode(const DontKnowTrade& trade, const char** problem);
  FIX::Message* encode(const ExecutionReport& report, const char** problem);
  FIX::Message* encode(const CancelReject& reject, const char** problem);
  FIX::Message* encode(const MassCancelReport& report, const char** problem);
  FIX::Message* encode(const MessageReject& reject, const char** problem);

 private:
  ReusedMessage new_order_;
  ReusedMessage replace_order_;
  ReusedMessage cancel_order_;
  ReusedMessage status_request_;
  ReusedMessage mass_status_;
  ReusedMessage mass_cancel_;
  ReusedMessage dont_know_trade_;
  ReusedMessage execution_report_;
  ReusedMessage cancel_reject_;
  ReusedMessage mass_cancel_report_;
  ReusedMessage business_reject_;
};

}  // namespace fix
}  // namespace evenkeel

#endif  // EVENKEEL_FIX_QUICKFIX_MESSAGE_CODEC_HPP_
