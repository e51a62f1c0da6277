// Text put together from pieces and whole numbers, for messages. Knows no locale and no format.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace evenkeel {

inline void append_piece(std::string& out, std::string_view piece) { out += piece; }
template <std::integral Number>
void append_piece(std::string& out, Number number) {
  out += std::to_string(number);
}

/// "block " and 7 and " is gone": one string of them.
template <class... Pieces>
std::string join(const Pieces&... pieces) {
  std::string out;
  (append_piece(out, pieces), ...);
  return out;
}

}  // namespace evenkeel
