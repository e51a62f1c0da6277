#ifndef EVENKEEL_FIX_QUICKFIX_TEXT_HPP_
#define EVENKEEL_FIX_QUICKFIX_TEXT_HPP_

// A short string inside a plain record, for the ids and codes that FIX messages carry.
// It never truncates: what does not fit, or what could break a FIX field, is refused as a whole.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

namespace evenkeel {
namespace fix {

// True when every byte may stand in a FIX value: no control byte, above all no SOH, which would end
// the field and start another of the writer's choosing.
inline bool is_field_safe(const char* data, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    const unsigned char c = static_cast<unsigned char>(data[i]);
    if (c < 0x20 || c == 0x7F) return false;
  }
  return true;
}

template <std::size_t kMax>
struct Text {
  static_assert(kMax > 0 && kMax < 256, "the length is one byte");
  static constexpr std::size_t kCapacity = kMax;

  char bytes[kMax] = {};
  std::uint8_t length = 0;

  // False, and unchanged, when the text is longer than kMax or holds a control byte.
  bool assign(const char* data, std::size_t size) {
    if (size > kMax || !is_field_safe(data, size)) return false;
    std::memcpy(bytes, data, size);
    std::memset(bytes + size, 0, kMax - size);
    length = static_cast<std::uint8_t>(size);
    return true;
  }
  bool assign(const char* text) { return assign(text, std::strlen(text)); }
  bool assign(const std::string& text) { return assign(text.data(), text.size()); }
  void clear() { *this = Text(); }

  const char* data() const { return bytes; }
  std::size_t size() const { return length; }
  bool empty() const { return length == 0; }
  std::string str() const { return std::string(bytes, length); }

  bool equals(const char* data, std::size_t size) const {
    return size == length && std::memcmp(bytes, data, size) == 0;
  }
  friend bool operator==(const Text& a, const Text& b) { return a.equals(b.bytes, b.length); }
  friend bool operator!=(const Text& a, const Text& b) { return !(a == b); }
  friend bool operator==(const Text& a, const char* b) { return a.equals(b, std::strlen(b)); }
  friend bool operator!=(const Text& a, const char* b) { return !(a == b); }
};

template <std::size_t kMax>
constexpr std::size_t Text<kMax>::kCapacity;

}  // namespace fix
}  // namespace evenkeel

#endif  // EVENKEEL_FIX_QUICKFIX_TEXT_HPP_
