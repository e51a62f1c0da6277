#include "fix/quickfix/crc32c.hpp"

#include <cstring>

namespace evenkeel {
namespace fix {
namespace {

// Eight tables: table[k][b] is the effect of byte b with k zero bytes after it, so that eight bytes
// cost eight look-ups that do not wait for one another.
struct Tables {
  std::uint32_t entry[8][256];

  Tables() {
    constexpr std::uint32_t kPolynomial = 0x82F63B78U;  // reflected
    for (std::uint32_t b = 0; b < 256; ++b) {
      std::uint32_t crc = b;
      for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? kPolynomial : 0U);
      entry[0][b] = crc;
    }
    for (std::uint32_t b = 0; b < 256; ++b) {
      for (int k = 1; k < 8; ++k) {
        entry[k][b] = (entry[k - 1][b] >> 8) ^ entry[0][entry[k - 1][b] & 0xFFU];
      }
    }
  }
};

}  // namespace

std::uint32_t crc32c(const void* data, std::size_t size, std::uint32_t seed) {
  static const Tables kTables;
  const unsigned char* p = static_cast<const unsigned char*>(data);
  std::uint32_t crc = ~seed;
  for (; size >= 8; size -= 8, p += 8) {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    std::memcpy(&low, p, 4);
    std::memcpy(&high, p + 4, 4);
    low ^= crc;
    crc = kTables.entry[7][low & 0xFFU] ^ kTables.entry[6][(low >> 8) & 0xFFU] ^
          kTables.entry[5][(low >> 16) & 0xFFU] ^ kTables.entry[4][low >> 24] ^
          kTables.entry[3][high & 0xFFU] ^ kTables.entry[2][(high >> 8) & 0xFFU] ^
          kTables.entry[1][(high >> 16) & 0xFFU] ^ kTables.entry[0][high >> 24];
  }
  for (; size > 0; --size, ++p) crc = (crc >> 8) ^ kTables.entry[0][(crc ^ *p) & 0xFFU];
  return ~crc;
}

}  // namespace fix
}  // namespace evenkeel
