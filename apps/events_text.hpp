// Exact numbers, names and times as text: JSON numbers that lose nothing, and shorter forms for
// people (thousands separators, percent). Never used for a decision, and never on the engine's
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/event.hpp"
#include "core/intent.hpp"
#include "core/units.hpp"

namespace evenkeel::apps {

/// Exact, as JSON numbers.
std::string exact(Price value);
std::string exact(Quantity value);
std::string exact(Money value);
std::string exact(Ratio value);

/// For people, rounded half away from zero: "1,234,567.89" with `decimals` (0..4) digits.
std::string grouped(Money value, int decimals);
/// A quantity in full, with separators: "12,500", "0.25".
std::string grouped(Quantity value);
/// "1.2m", "512.3k", "9,870": at most seven characters for amounts below a trillion.
std::string compact(Money value);
/// A ratio as a percentage with `decimals` (0..4) digits: 0.65321 -> "65.32".
std::string percent(Ratio value, int decimals);
/// The same with a sign in front, "+1.77" or "-0.30".
std::string signed_percent(Ratio value, int decimals);

/// UTC time of day, "14:31:02.118".
std::string time_of_day(TimeNs ts);
/// UTC date and time to the second, "2017-07-10 14:31:02".
std::string date_time(TimeNs ts);
/// A length of time for people: "850 ns", "12.3 us", "4.56 ms", "1.23 s", "2 min 05 s".
std::string duration_text(DurationNs duration);

/// Bytes of the well-formed UTF-8 character (two to four bytes) that `text` begins with; 0 when it
/// begins with none. Precondition: not empty.
std::size_t utf8_length(std::string_view text);

/// Appends a JSON string with its quotes. Well-formed UTF-8 stays; every other byte that is not
/// printable ASCII becomes \u00xx, so that whatever came from outside is valid JSON.
void append_json_string(std::string& out, std::string_view text);

/// Lower-case names as they stand in JSON.
std::string_view name_of(Side side);
std::string_view name_of(Trigger trigger);
std::string_view name_of(AlertCode code);
std::string_view name_of(ExecType type);
std::string_view name_of(OrdStatus status);
std::string_view name_of(InstrumentStatus status);
std::string_view name_of(VenuePhase phase);
std::string_view name_of(FeedState state);
std::string_view name_of(SessionState state);
std::string_view name_of(SendResultKind result);
std::string_view name_of(Command command);
std::string_view name_of(CashFlowKind kind);

}  // namespace evenkeel::apps
