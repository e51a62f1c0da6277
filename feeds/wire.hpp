// Loads and stores of integers on the wire, one byte order each, no alignment needed.
// Never checks bounds: the caller has already measured the message by its length on the wire.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace evenkeel::feeds {

namespace wire_detail {

template <std::integral T>
constexpr T swap_bytes(T value) {
  using U = std::make_unsigned_t<T>;
  const auto bits = static_cast<U>(value);
  if constexpr (sizeof(T) == 1) {
    return value;
  } else if constexpr (sizeof(T) == 2) {
    return static_cast<T>(__builtin_bswap16(bits));
  } else if constexpr (sizeof(T) == 4) {
    return static_cast<T>(__builtin_bswap32(bits));
  } else {
    static_assert(sizeof(T) == 8);
    return static_cast<T>(__builtin_bswap64(bits));
  }
}

template <std::integral T, std::endian kOrder>
T load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return kOrder == std::endian::native ? value : swap_bytes(value);
}

template <std::integral T, std::endian kOrder>
void store(std::byte* to, T value) {
  if (kOrder != std::endian::native) value = swap_bytes(value);
  std::memcpy(to, &value, sizeof value);
}

}  // namespace wire_detail

// Precondition of all four: sizeof(T) bytes are readable (writable) at the pointer.
template <std::integral T>
T load_le(const std::byte* from) {
  return wire_detail::load<T, std::endian::little>(from);
}
template <std::integral T>
T load_be(const std::byte* from) {
  return wire_detail::load<T, std::endian::big>(from);
}
template <std::integral T>
void store_le(std::byte* to, T value) {
  wire_detail::store<T, std::endian::little>(to, value);
}
template <std::integral T>
void store_be(std::byte* to, T value) {
  wire_detail::store<T, std::endian::big>(to, value);
}

}  // namespace evenkeel::feeds
