#ifndef EVENKEEL_FIX_QUICKFIX_NUMBER_TEXT_HPP_
#define EVENKEEL_FIX_QUICKFIX_NUMBER_TEXT_HPP_

// Exact conversions between the text of FIX fields and integers: decimals of a fixed scale, whole
// numbers, UTC times. Nothing here goes through a double, reads a locale, allocates or throws.

#include <cstddef>
#include <cstdint>

namespace evenkeel {
namespace fix {

constexpr int kPriceDecimals = 9;     // int64 prices are in units of 1e-9
constexpr int kQuantityDecimals = 6;  // int64 quantities are in units of 1e-6

enum class NumberError : std::uint8_t {
  kNone = 0,
  kEmpty,
  kNotANumber,       // a byte that does not belong in a FIX number: exponent, '+', space, letter
  kTooManyDecimals,  // a digit other than 0 beyond the scale: the value cannot be held exactly
  kOverflow,
};

// A phrase such as "is not a number", for messages.
const char* describe(NumberError error);

// Room that format_decimal needs at most: sign, 19 digits, point, and a leading zero.
constexpr std::size_t kDecimalTextMax = 24;

// Writes value / 10^decimals without trailing zeros ("100.25", "-0.5", "7"). Returns the length; no
// terminating zero. Precondition: 0 <= decimals <= 18.
std::size_t format_decimal(std::int64_t value, int decimals, char* out);

// Reads a FIX decimal: an optional '-', digits, at most one point. Trailing zeros beyond the scale
// are allowed, since they change nothing. *out is written only on kNone. Precondition: 0 <=
// decimals <= 18.
NumberError parse_decimal(const char* text, std::size_t size, int decimals, std::int64_t* out);

// The same, but digits beyond the scale are dropped, toward zero. Only for values that decide
// nothing, such as an average price that a broker prints with 15 decimals.
NumberError parse_decimal_truncating(const char* text, std::size_t size, int decimals,
                                     std::int64_t* out);

// Reads an optional '-' and digits.
NumberError parse_integer(const char* text, std::size_t size, std::int32_t* out);

constexpr std::size_t kTimestampTextMax = 27;

// YYYYMMDD-HH:MM:SS followed by a point and `fraction_digits` (0, 3 or 6) digits, the rest cut off.
// Returns the length. Times before 1970 or after 9999 are written as the nearest bound.
std::size_t format_utc_timestamp(std::int64_t ns_since_epoch, int fraction_digits, char* out);

// Reads YYYYMMDD-HH:MM:SS[.f...] with 1 to 9 fraction digits. A leap second (60) counts as the
// second after. False when the text is anything else or lies outside 1970..2261 (what int64
// nanoseconds hold).
bool parse_utc_timestamp(const char* text, std::size_t size, std::int64_t* ns_since_epoch);

}  // namespace fix
}  // namespace evenkeel

#endif  // EVENKEEL_FIX_QUICKFIX_NUMBER_TEXT_HPP_
