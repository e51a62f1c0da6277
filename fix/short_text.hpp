// Forty characters for people, put together in place: no allocation, no locale. A group of parts
// that does not fit is left out whole, so that no number is ever shown cut.
#pragma once

#include <initializer_list>
#include <string_view>

#include "core/text.hpp"

namespace evenkeel::fix {

class ShortText {
 public:
  ShortText() = default;
  ShortText(std::initializer_list<std::string_view> parts) { add(parts); }

  void add(std::initializer_list<std::string_view> parts) {
    std::size_t length = length_;
    for (const std::string_view part : parts) length += part.size();
    if (length > text_.bytes.size()) return;
    for (const std::string_view part : parts) {
      for (const char c : part) text_.bytes[length_++] = c;
    }
  }
  const evenkeel::Text<40>& text() const { return text_; }

 private:
  evenkeel::Text<40> text_;
  std::size_t length_ = 0;
};

}  // namespace evenkeel::fix
