// Short text of bounded length inside a record: zero-padded bytes, trivially copyable. Never
// truncates: what does not fit is refused, because a cut identifier is another identifier.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace evenkeel {

template <std::size_t kBytes>
struct Text {
  std::array<char, kBytes> bytes{};

  /// Sets the text; false (and unchanged) when it does not fit or holds a zero byte.
  constexpr bool assign(std::string_view text) {
    if (text.size() > kBytes || text.find('\0') != std::string_view::npos) return false;
    bytes = {};
    for (std::size_t i = 0; i < text.size(); ++i) bytes[i] = text[i];
    return true;
  }
  constexpr std::string_view view() const {
    std::size_t length = 0;
    while (length < kBytes && bytes[length] != '\0') ++length;
    return {bytes.data(), length};
  }
  constexpr bool empty() const { return bytes[0] == '\0'; }
  friend constexpr bool operator==(const Text&, const Text&) = default;
};

}  // namespace evenkeel
