// Decimal text to exact integers and back: "5000.25" is a Price, "0.1" is a tenth and nothing near
// it. One piece of code for files, JSON and FIX. Never rounds, never touches floating point, never
// allocates, knows no locale. Text that a type cannot hold exactly is refused, with the reason.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "core/units.hpp"

namespace evenkeel {

enum class DecimalError : std::uint8_t {
  kNone = 0,
  kNotANumber,       // empty, or a character that is not part of a plain decimal
  kTooManyDecimals,  // digits beyond the scale that are not zero
  kTooLarge,
};

/// For messages: "is not a number", "has too many decimals", "is too large".
constexpr std::string_view decimal_error_text(DecimalError error) {
  switch (error) {
    case DecimalError::kNone:
      return "is fine";
    case DecimalError::kNotANumber:
      return "is not a number";
    case DecimalError::kTooManyDecimals:
      return "has too many decimals";
    case DecimalError::kTooLarge:
      return "is too large";
  }
  return "?";
}

struct DecimalResult {
  std::int64_t raw = 0;
  DecimalError error = DecimalError::kNone;
  constexpr bool ok() const { return error == DecimalError::kNone; }
};

/// `text` x `scale` as an integer, exactly. Form: [+-] digits [. digits], at least one digit, no
/// exponent, no spaces, no separators. `scale` is a power of ten up to 10^18.
constexpr DecimalResult parse_decimal(std::string_view text, std::int64_t scale) {
  const auto fail = [](DecimalError error) { return DecimalResult{0, error}; };
  std::size_t at = 0;
  const bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) ++at;
  if (at == text.size()) return fail(DecimalError::kNotANumber);
  constexpr Int128 kLimit = std::numeric_limits<std::int64_t>::max();
  Int128 value = 0;  // scaled
  Int128 place = scale;
  bool digits = false, point = false, too_large = false, too_fine = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.') {
      if (point) return fail(DecimalError::kNotANumber);
      point = true;
      continue;
    }
    if (c < '0' || c > '9') return fail(DecimalError::kNotANumber);
    digits = true;
    const int digit = c - '0';
    if (!point) {
      value = value * 10 + static_cast<Int128>(digit) * scale;
    } else if (place > 1) {
      place /= 10;
      value += digit * place;
    } else if (digit != 0) {
      too_fine = true;
    }
    if (value > kLimit) {
      too_large = true;
      value = 0;  // keep reading: what is not a number is that first
    }
  }
  if (!digits) return fail(DecimalError::kNotANumber);
  if (too_large) return fail(DecimalError::kTooLarge);
  if (too_fine) return fail(DecimalError::kTooManyDecimals);
  const auto raw = static_cast<std::int64_t>(value);
  return {negative ? -raw : raw, DecimalError::kNone};
}

/// A Price, Quantity, Money... from text, exactly; nothing when it is not one.
template <class T>
constexpr std::optional<T> parse_exact(std::string_view text) {
  const DecimalResult result = parse_decimal(text, T::kScale);
  if (!result.ok()) return std::nullopt;
  return T::from_raw(result.raw);
}

/// A number as text, held in place: at most 40 characters.
struct DecimalText {
  std::array<char, 40> bytes{};
  std::uint8_t length = 0;
  constexpr std::string_view view() const { return {bytes.data(), length}; }
  // Text is what it is: every caller appends or prints it.
  // NOLINTNEXTLINE(google-explicit-constructor)
  constexpr operator std::string_view() const { return view(); }
};

/// raw / scale as plain decimal text, exact: trailing zeros are dropped down to `decimals_min`
/// decimals. `parse_decimal` gives `raw` back. `grouped` puts commas between thousands (for people
/// only; it does not parse).
constexpr DecimalText format_decimal(std::int64_t raw, std::int64_t scale, int decimals_min = 0,
                                     bool grouped = false) {
  std::array<char, 40> reversed{};
  std::size_t count = 0;
  std::uint64_t left =
      raw < 0 ? 0 - static_cast<std::uint64_t>(raw) : static_cast<std::uint64_t>(raw);
  int decimals = 0;
  for (std::int64_t s = scale; s > 1; s /= 10) ++decimals;
  bool significant = false;
  for (int place = decimals; place > 0; --place) {
    const auto digit = static_cast<char>('0' + left % 10);
    left /= 10;
    significant = significant || digit != '0' || place <= decimals_min;
    if (significant) reversed[count++] = digit;
  }
  if (significant) reversed[count++] = '.';
  int group = 0;
  do {
    if (grouped && group == 3) {
      reversed[count++] = ',';
      group = 0;
    }
    reversed[count++] = static_cast<char>('0' + left % 10);
    left /= 10;
    ++group;
  } while (left != 0);
  if (raw < 0) reversed[count++] = '-';
  DecimalText text;
  while (count > 0) text.bytes[text.length++] = reversed[--count];
  return text;
}

template <class T>
constexpr DecimalText format_exact(T value, int decimals_min = 0, bool grouped = false) {
  return format_decimal(value.raw(), T::kScale, decimals_min, grouped);
}

/// `raw / scale` rounded half away from zero to `decimals` decimals, for people only.
/// Precondition: 10^decimals <= scale.
constexpr DecimalText format_rounded(std::int64_t raw, std::int64_t scale, int decimals,
                                     bool grouped = false) {
  std::int64_t kept = 1;
  for (int i = 0; i < decimals; ++i) kept *= 10;
  const auto rounded = static_cast<std::int64_t>(divide_rounded(raw, scale / kept));
  return format_decimal(rounded, kept, decimals, grouped);
}

}  // namespace evenkeel
