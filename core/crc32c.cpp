#include "core/crc32c.hpp"

#include <array>
#include <cstring>

#include "core/check.hpp"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace evenkeel {
namespace {

// Row r, column b: what byte b does to the checksum when r more bytes follow it. Eight rows let one
// step take eight bytes by look-ups that do not wait for one another.
using Table = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Table make_table() {
  constexpr std::uint32_t kPolynomialReflected = 0x82F63B78U;
  Table table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit) {
      rest = (rest & 1U) != 0 ? (rest >> 1) ^ kPolynomialReflected : rest >> 1;
    }
    table[0][byte] = rest;
  }
  for (std::size_t row = 1; row < table.size(); ++row) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = table[row - 1][byte];
      table[row][byte] = (before >> 8) ^ table[0][before & 0xFFU];
    }
  }
  return table;
}
constexpr Table kTable = make_table();

}  // namespace

std::uint32_t crc32c_portable(std::span<const std::byte> bytes, std::uint32_t seed) {
  std::uint64_t rest = ~seed;
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    word ^= rest;
    rest = 0;
    for (std::size_t i = 0; i < 8; ++i) rest ^= kTable[7 - i][(word >> (8 * i)) & 0xFFU];
  }
  for (; left > 0; --left, ++at) {
    rest = (rest >> 8) ^ kTable[0][(rest ^ std::to_integer<std::uint64_t>(*at)) & 0xFFU];
  }
  return ~static_cast<std::uint32_t>(rest);
}

#if defined(__x86_64__)

bool crc32c_in_hardware() {
  static const bool kHas = __builtin_cpu_supports("sse4.2") != 0;
  return kHas;
}

__attribute__((target("sse4.2"))) std::uint32_t crc32c_hardware(std::span<const std::byte> bytes,
                                                                std::uint32_t seed) {
  EVENKEEL_CHECK(crc32c_in_hardware());
  std::uint64_t rest = static_cast<std::uint32_t>(~seed);
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    rest = _mm_crc32_u64(rest, word);
  }
  for (; left > 0; --left, ++at) {
    rest = _mm_crc32_u8(static_cast<std::uint32_t>(rest), std::to_integer<unsigned char>(*at));
  }
  return ~static_cast<std::uint32_t>(rest);
}

#else

bool crc32c_in_hardware() { return false; }
std::uint32_t crc32c_hardware(std::span<const std::byte> bytes, std::uint32_t seed) {
  EVENKEEL_CHECK(crc32c_in_hardware());
  return crc32c_portable(bytes, seed);
}

#endif

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t seed) {
  return crc32c_in_hardware() ? crc32c_hardware(bytes, seed) : crc32c_portable(bytes, seed);
}

}  // namespace evenkeel
