#ifndef EVENKEEL_FIX_QUICKFIX_CRC32C_HPP_
#define EVENKEEL_FIX_QUICKFIX_CRC32C_HPP_

// CRC-32C (Castagnoli), the checksum of stored records. Portable, tables computed once.

#include <cstddef>
#include <cstdint>

namespace evenkeel {
namespace fix {

// `seed` is 0, or the result over the bytes before.
std::uint32_t crc32c(const void* data, std::size_t size, std::uint32_t seed = 0);

}  // namespace fix
}  // namespace evenkeel

#endif  // EVENKEEL_FIX_QUICKFIX_CRC32C_HPP_
