#include "apps/events_text.hpp"

#include <cstddef>
#include <cstdio>
#include <ctime>
#include <iterator>

#include "core/decimal.hpp"

namespace evenkeel::apps {
namespace {

template <std::size_t kCount>
std::string_view pick(const std::string_view (&names)[kCount], std::size_t index) {
  return index < kCount ? names[index] : std::string_view("unknown");
}

std::string with_unit(double value, const char* unit) {
  char text[48];
  const char* format = value < 10 ? "%.2f %s" : value < 100 ? "%.1f %s" : "%.0f %s";
  std::snprintf(text, sizeof text, format, value, unit);
  return text;
}

}  // namespace

std::string exact(Price value) { return std::string(format_exact(value)); }
std::string exact(Quantity value) { return std::string(format_exact(value)); }
std::string exact(Money value) { return std::string(format_exact(value)); }
std::string exact(Ratio value) { return std::string(format_exact(value)); }

std::string grouped(Money value, int decimals) {
  return std::string(format_rounded(value.raw(), Money::kScale, decimals, true));
}
std::string grouped(Quantity value) { return std::string(format_exact(value, 0, true)); }

std::string compact(Money value) {
  struct Unit {
    std::int64_t scale;  // raw money in one
    std::string_view letter;
  };
  constexpr Unit kUnits[] = {{10'000'000, "k"},
                             {10'000'000'000, "m"},
                             {10'000'000'000'000, "b"},
                             {10'000'000'000'000'000, "t"}};
  const Int128 size = value.raw() < 0 ? -static_cast<Int128>(value.raw()) : value.raw();
  if (size < 10 * kUnits[0].scale) return grouped(value, 0);
  std::size_t unit = 0;
  while (unit + 1 < std::size(kUnits) && size >= kUnits[unit + 1].scale) ++unit;
  const Unit& chosen = kUnits[unit];
  const int decimals = size < 100 * static_cast<Int128>(chosen.scale) ? 2 : 1;
  std::string text(format_rounded(value.raw(), chosen.scale, decimals, true));
  return text += chosen.letter;
}

std::string percent(Ratio value, int decimals) {
  return std::string(format_rounded(value.raw(), Ratio::kScale / 100, decimals));
}

std::string signed_percent(Ratio value, int decimals) {
  const std::string text = percent(value, decimals);
  return text.front() == '-' ? text : "+" + text;
}

std::string time_of_day(TimeNs ts) {
  const std::int64_t day = ((ts % kCalendarDay) + kCalendarDay) % kCalendarDay;
  char text[32];
  std::snprintf(text, sizeof text, "%02d:%02d:%02d.%03d", static_cast<int>(day / kHour),
                static_cast<int>(day / kMinute % 60), static_cast<int>(day / kSecond % 60),
                static_cast<int>(day / kMillisecond % 1000));
  return text;
}

std::string date_time(TimeNs ts) {
  const std::time_t seconds = static_cast<std::time_t>(ts / kSecond);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  return text;
}

std::string duration_text(DurationNs duration) {
  const auto value = static_cast<double>(duration);
  if (duration < kMicrosecond) return std::to_string(duration) + " ns";
  if (duration < kMillisecond) return with_unit(value / kMicrosecond, "us");
  if (duration < kSecond) return with_unit(value / kMillisecond, "ms");
  if (duration < 2 * kMinute) return with_unit(value / kSecond, "s");
  char text[48];
  std::snprintf(text, sizeof text, "%lld min %02lld s", static_cast<long long>(duration / kMinute),
                static_cast<long long>(duration / kSecond % 60));
  return text;
}

std::size_t utf8_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = at(0);
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xc0U) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what lies beyond Unicode.
  if ((lead == 0xe0 && at(1) < 0xa0) || (lead == 0xed && at(1) > 0x9f) ||
      (lead == 0xf0 && at(1) < 0x90) || (lead == 0xf4 && at(1) > 0x8f)) {
    return 0;
  }
  return length;
}

void append_json_string(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  out.push_back('"');
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    const std::size_t wide = byte >= 0x80 ? utf8_length(text.substr(i)) : 0;
    if (wide != 0) {
      out += text.substr(i, wide);
      i += wide - 1;
    } else if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += "\\u00";
      out.push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 15]);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

std::string_view name_of(Side side) {
  constexpr std::string_view kNames[] = {"none", "buy", "sell"};
  return pick(kNames, static_cast<std::size_t>(side));
}

std::string_view name_of(Trigger trigger) {
  constexpr std::string_view kNames[] = {
      "none",    "absolute_band", "relative_band", "volatility",  "completion",   "reprice",
      "timeout", "command",       "limit",         "order_state", "market_state", "sizing"};
  return pick(kNames, static_cast<std::size_t>(trigger));
}

std::string_view name_of(AlertCode code) {
  constexpr std::string_view kNames[] = {"none",
                                         "band_breached",
                                         "incurable",
                                         "suspended",
                                         "resumed",
                                         "limit_quantity",
                                         "limit_notional",
                                         "limit_collar",
                                         "limit_stale_price",
                                         "limit_rate",
                                         "limit_missing",
                                         "limit_open_orders",
                                         "limit_halted",
                                         "limit_session_down",
                                         "limit_buffer_full",
                                         "order_rejected",
                                         "order_unknown",
                                         "unknown_execution",
                                         "duplicate_execution",
                                         "execution_mismatch",
                                         "trade_busted",
                                         "trade_corrected",
                                         "cancel_rejected",
                                         "nav_not_positive",
                                         "overflow",
                                         "halted",
                                         "session_down",
                                         "copy_mismatch",
                                         "copy_missing",
                                         "copy_foreign"};
  return pick(kNames, static_cast<std::size_t>(code));
}

std::string_view name_of(ExecType type) {
  constexpr std::string_view kNames[] = {
      "none",         "pending_new",    "new",          "trade",           "trade_correct",
      "trade_cancel", "pending_cancel", "canceled",     "pending_replace", "replaced",
      "rejected",     "expired",        "done_for_day", "stopped",         "suspended",
      "restated",     "status"};
  return pick(kNames, static_cast<std::size_t>(type));
}

std::string_view name_of(OrdStatus status) {
  constexpr std::string_view kNames[] = {
      "none",         "pending_new",    "new",      "partially_filled", "filled",
      "done_for_day", "pending_cancel", "canceled", "pending_replace",  "replaced",
      "stopped",      "suspended",      "rejected", "expired"};
  return pick(kNames, static_cast<std::size_t>(status));
}

std::string_view name_of(InstrumentStatus status) {
  constexpr std::string_view kNames[] = {"unknown", "trading",          "halted",
                                         "paused",  "order_acceptance", "closed"};
  return pick(kNames, static_cast<std::size_t>(status));
}

std::string_view name_of(VenuePhase phase) {
  constexpr std::string_view kNames[] = {"unknown", "start_of_messages", "pre_market",
                                         "regular", "post_market",       "end_of_messages"};
  return pick(kNames, static_cast<std::size_t>(phase));
}

std::string_view name_of(FeedState state) {
  constexpr std::string_view kNames[] = {"unknown", "alive", "silent", "ended"};
  return pick(kNames, static_cast<std::size_t>(state));
}

std::string_view name_of(SessionState state) {
  constexpr std::string_view kNames[] = {"unknown", "connected", "logged_on", "logged_out",
                                         "disconnected"};
  return pick(kNames, static_cast<std::size_t>(state));
}

std::string_view name_of(SendResultKind result) {
  constexpr std::string_view kNames[] = {"none", "sent", "lost"};
  return pick(kNames, static_cast<std::size_t>(result));
}

std::string_view name_of(Command command) {
  constexpr std::string_view kNames[] = {"none", "halt", "resume", "cancel_all", "shutdown"};
  return pick(kNames, static_cast<std::size_t>(command));
}

std::string_view name_of(CashFlowKind kind) {
  constexpr std::string_view kNames[] = {"contribution", "withdrawal", "dividend",
                                         "fee",          "interest",   "other"};
  return pick(kNames, static_cast<std::size_t>(kind));
}

}  // namespace evenkeel::apps
