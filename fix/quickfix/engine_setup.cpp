#include "fix/quickfix/engine_setup.hpp"

#include <memory>
#include <sstream>
#include <string>

#include "fix/quickfix/fix44_dictionary.hpp"

namespace evenkeel {
namespace fix {
namespace {

constexpr std::int32_t kHeartbeatSecondsMax = 3600;

FIX::DataDictionaryProvider make_dictionary() {
  std::istringstream xml(std::string(kFix44Dictionary, kFix44DictionarySize));
  std::shared_ptr<FIX::DataDictionary> dictionary(new FIX::DataDictionary(xml));
  // Brokers add fields, their own and standard ones, in places of their own. A fill must not be
  // refused for that.
  dictionary->allowUnknownMsgFields(true);
  dictionary->checkUserDefinedFields(false);
  dictionary->checkFieldsOutOfOrder(false);
  FIX::DataDictionaryProvider provider;
  provider.addTransportDataDictionary(FIX::BeginString(kBeginString), dictionary);
  return provider;
}

FIX::UtcTimeOnly time_of_day(std::int32_t second) {
  return FIX::UtcTimeOnly(second / 3600, second / 60 % 60, second % 60);
}

bool valid_comp_id(const std::string& id) {
  return !id.empty() && id.size() <= 64 && is_field_safe(id.data(), id.size());
}

}  // namespace

const char* problem_of(const SessionSettings& s) {
  const SessionSchedule& t = s.schedule;
  const auto second_of_day = [](std::int32_t second) { return second >= 0 && second < 86400; };
  const auto day = [](std::int32_t d) { return d >= 1 && d <= 7; };
  if (!valid_comp_id(s.sender_comp_id)) return "SenderCompID must have 1 to 64 printable bytes";
  if (!valid_comp_id(s.target_comp_id)) return "TargetCompID must have 1 to 64 printable bytes";
  if (s.sender_comp_id == s.target_comp_id) return "SenderCompID and TargetCompID are the same";
  if (s.heartbeat_seconds < 1 || s.heartbeat_seconds > kHeartbeatSecondsMax) {
    return "the heartbeat interval must be 1 to 3600 seconds";
  }
  if (s.logon_timeout_seconds < 1 || s.logout_timeout_seconds < 1) {
    return "the logon and logout timeouts must be at least 1 second";
  }
  if (s.latency_seconds_max < 1) return "the allowed latency must be at least 1 second";
  if (s.timestamp_digits != 0 && s.timestamp_digits != 3 && s.timestamp_digits != 6) {
    return "timestamps have 0, 3 or 6 digits of a second";
  }
  if (!second_of_day(t.start_second_of_day) || !second_of_day(t.end_second_of_day) ||
      !day(t.start_day) || !day(t.end_day)) {
    return "the session's schedule is out of range";
  }
  if (s.message_bytes_max < 1024 || s.message_bytes_max > 1048576) {
    return "the largest message must be 1024 to 1048576 bytes";
  }
  if (s.queued_messages_max < 1 || s.garbled_in_a_row_max < 1) {
    return "the limits on queued and garbled messages must be at least 1";
  }
  for (const ExtraField& extra : s.order_fields) {
    if (extra.tag < 1 || extra.tag > 99999 || extra.value.empty() ||
        !is_field_safe(extra.value.data(), extra.value.size())) {
      return "an extra order field needs a tag of 1 to 99999 and a printable value";
    }
  }
  return nullptr;
}

// Parsed once for all sessions of the process.
const FIX::DataDictionaryProvider& shared_dictionary() {
  static const FIX::DataDictionaryProvider kProvider = make_dictionary();
  return kProvider;
}

FIX::TimeRange make_time_range(const SessionSchedule& schedule) {
  switch (schedule.kind) {
    case SessionSchedule::Kind::kDaily:
      return FIX::TimeRange(time_of_day(schedule.start_second_of_day),
                            time_of_day(schedule.end_second_of_day));
    case SessionSchedule::Kind::kWeekly:
      return FIX::TimeRange(time_of_day(schedule.start_second_of_day),
                            time_of_day(schedule.end_second_of_day), schedule.start_day,
                            schedule.end_day);
    case SessionSchedule::Kind::kNonStop:
      break;
  }
  // QuickFIX has no session without an end. A range that starts one nanosecond after it ends has no
  // gap that a clock can hit, and together with a creation time that is always now (see
  // StoreAdapter) it never changes either. Equal times would not do: QuickFIX then begins again at
  // midnight.
  return FIX::TimeRange(FIX::UtcTimeOnly(12, 0, 0, 1, 9), FIX::UtcTimeOnly(12, 0, 0, 0, 9));
}

}  // namespace fix
}  // namespace evenkeel
