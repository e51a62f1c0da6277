// CRC-32C (Castagnoli), the checksum of stored blocks: by the processor's own instruction where it
// has one, by tables elsewhere, the same number either way. It finds accidents, never intent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace evenkeel {

/// `seed`: 0, or the result over the bytes before.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t seed = 0);

/// The two ways, for tests and measurements.
std::uint32_t crc32c_portable(std::span<const std::byte> bytes, std::uint32_t seed = 0);
bool crc32c_in_hardware();
/// Precondition: crc32c_in_hardware().
std::uint32_t crc32c_hardware(std::span<const std::byte> bytes, std::uint32_t seed = 0);

}  // namespace evenkeel
