// Reading a short text word by word ("monthly on 3rd friday ..."): what the readers of schedules,
// hours, contract dates and rolls share. The first thing that is wrong stays, with the word at
// which it was found. Never throws and never guesses.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "rules/civil.hpp"
#include "rules/config_reader.hpp"

namespace evenkeel::rules {

/// "1st", "22nd", "13th".
inline std::string ordinal(std::int32_t n) {
  const bool teens = n % 100 >= 11 && n % 100 <= 13;
  const char* const ending = teens         ? "th"
                             : n % 10 == 1 ? "st"
                             : n % 10 == 2 ? "nd"
                             : n % 10 == 3 ? "rd"
                                           : "th";
  return absl::StrCat(n, ending);
}

/// A whole number of at most two digits, or -1.
constexpr std::int32_t small_number(std::string_view text) {
  if (text.empty() || text.size() > 2) return -1;
  std::int32_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

/// "3rd" as 3, or -1: with its right ending only.
inline std::int32_t ordinal_number(std::string_view text) {
  if (text.size() < 3) return -1;
  const std::int32_t n = small_number(text.substr(0, text.size() - 2));
  return n > 0 && ordinal(n) == text ? n : -1;
}

class Words {
 public:
  /// Words are what stands between spaces. `text` outlives this.
  explicit Words(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find(' ', at), text.size());
      if (end > at) words_.push_back(text.substr(at, end - at));
      at = end + 1;
    }
  }

  bool good() const { return status_.ok(); }
  const absl::Status& status() const { return status_; }
  /// The next word; empty at the end.
  std::string_view peek() const { return at_ < words_.size() ? words_[at_] : std::string_view{}; }
  void skip() { ++at_; }
  /// Goes on when the next word is this one.
  bool accept(std::string_view word) {
    if (word.empty() || peek() != word) return false;
    ++at_;
    return true;
  }
  /// "business day" or "business days".
  bool accept_business_day() {
    if (!accept("business")) return false;
    if (!accept("day") && !accept("days")) fail_at("'day'");
    return true;
  }

  void fail(const std::string& message) {
    if (good()) status_ = absl::InvalidArgumentError(message);
  }
  /// "'word' where it needs ..."; `hint` follows the word.
  void fail_at(const std::string& expected, const std::string& hint = "") {
    const std::string_view found = peek();
    fail(found.empty() ? absl::StrCat("ends where it needs ", expected)
                       : absl::StrCat("'", absl::string_view(found.data(), found.size()), "'", hint,
                                      " where it needs ", expected));
  }

  /// A day of the week. Anything else fails.
  Weekday weekday(const std::string& expected) {
    const std::optional<Weekday> found = weekday_by_name(peek());
    if (found) {
      ++at_;
      return *found;
    }
    std::vector<std::string_view> names;
    for (std::uint8_t i = 0; i < 7; ++i) names.push_back(weekday_name(static_cast<Weekday>(i)));
    fail_at(expected, did_you_mean(peek(), names));
    return Weekday::kMonday;
  }

 private:
  std::vector<std::string_view> words_;
  std::size_t at_ = 0;
  absl::Status status_;
};

}  // namespace evenkeel::rules
