// The journal's layout on the disk: what segment headers, blocks and frames look like, and whether
// given bytes are one. docs/JOURNAL.md says it in words. Numbers are little-endian; nothing here
// reads or writes a file, and every length is checked before it is used.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/check.hpp"
#include "core/journal.hpp"

namespace evenkeel::journal_format {

static_assert(std::endian::native == std::endian::little, "records are stored as they lie");

/// Blocks begin at multiples of this: what a disk may spoil when the power goes is then never
/// shared by a block that was confirmed and one that was being written.
inline constexpr std::size_t kPageBytes = 4096;
inline constexpr std::uint64_t kSegmentBytesMin = 64 << 10;
inline constexpr std::uint64_t kSegmentBytesMax = 1 << 30;
inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::size_t kEngineBytesMax = 63;

/// The end of every message about damage.
inline constexpr std::string_view kWhatToDo =
    "Nothing was changed. Restore the file from a copy, or see \"Damage\" in docs/JOURNAL.md";

constexpr std::size_t round_up(std::size_t bytes, std::size_t to) {
  return (bytes + to - 1) / to * to;
}

// --- names -----------------------------------------------------------------------------------

/// "journal-00000001.evkj", "journal-00000001.evkj.zst".
std::string segment_name(std::uint64_t number, bool compressed = false);
struct SegmentName {
  std::uint64_t number = 0;
  bool compressed = false;
};
/// Nothing when it is no segment's name.
std::optional<SegmentName> parse_segment_name(std::string_view name);

// --- segment header --------------------------------------------------------------------------

/// A page of its own: these fields, zeroes, and at its end a CRC-32C over all before.
struct SegmentHeader {
  std::array<char, 8> magic = {'E', 'V', 'K', 'L', 'J', 'R', 'N', 'L'};
  std::uint32_t version = kVersion;
  std::uint32_t header_bytes = kPageBytes;
  std::uint64_t number = 0;
  std::uint64_t segment_bytes = 0;
  std::uint64_t sequence_before = 0;
  TimeNs ts_before = 0;
  std::uint64_t blocks_before = 0;
  Sha256 chain_before{};
  Text<64> engine;
};
static_assert(sizeof(SegmentHeader) == 152 && std::is_trivially_copyable_v<SegmentHeader>);

enum class HeaderState { kWhole, kZero, kBroken, kOtherVersion };
/// `page`: kPageBytes.
HeaderState read_header(std::span<const std::byte> page, SegmentHeader& out);
void write_header(const SegmentHeader& header, std::span<std::byte> page);

// --- block -----------------------------------------------------------------------------------

inline constexpr std::uint32_t kBlockMagic = 0x424B5645;  // "EVKB"
inline constexpr std::uint32_t kBlockClosed = 1;          // flag: the run ended in order

struct BlockHeader {
  std::uint32_t magic = kBlockMagic;
  std::uint32_t crc = 0;    // CRC-32C of the block from the next field to its end
  std::uint32_t bytes = 0;  // of the block with this header and the zeroes at its end: whole pages
  std::uint32_t payload_bytes = 0;  // of the frames
  std::uint32_t frames = 0;
  std::uint32_t flags = 0;
  std::uint64_t number = 0;  // 1, 2, 3... in the journal
  std::uint64_t sequence_before = 0;
  std::uint64_t segment = 0, offset = 0;  // where it belongs
  /// The journal was on the disk up to here when this block was written.
  std::uint64_t confirmed_segment = 0, confirmed_offset = 0;
  std::array<std::byte, 24> reserved{};
  /// SHA-256 of the block from `bytes` to its end, with the chain of the block before in this
  /// place.
  Sha256 chain{};
};
static_assert(sizeof(BlockHeader) == 128 && std::is_trivially_copyable_v<BlockHeader>);
inline constexpr std::size_t kCrcFrom = offsetof(BlockHeader, bytes);
inline constexpr std::size_t kChainAt = offsetof(BlockHeader, chain);
static_assert(kCrcFrom == 8 && kChainAt == 96);

/// Whether a whole block (by its lengths and its CRC-32C) begins here; `bytes` may go on behind it.
bool read_block(std::span<const std::byte> bytes, BlockHeader& out);
/// Cheap: whether something that could be one does.
bool looks_like_block(std::span<const std::byte> bytes, BlockHeader& out);
/// The chain after this block; its own field is unchanged afterwards. `block`: exactly its bytes.
Sha256 chain_of(std::span<std::byte> block, const Sha256& before);
/// Fills in the header, the chain and the CRC. `block`: exactly header.bytes, frames in place.
Sha256 seal_block(BlockHeader header, const Sha256& before, std::span<std::byte> block);

// --- frame -----------------------------------------------------------------------------------

struct FrameHeader {
  std::uint32_t length = 0;  // of the record, without the zeroes up to the next multiple of 8
  FrameKind kind = FrameKind::kEvent;
  std::array<std::byte, 3> reserved{};
};
static_assert(sizeof(FrameHeader) == 8 && std::is_trivially_copyable_v<FrameHeader>);

constexpr std::size_t frame_bytes(std::size_t length) {
  return sizeof(FrameHeader) + round_up(length, 8);
}

/// What the frame at `at` of `payload` says; false when it makes no sense, `why` then says in what
/// way. `out.text` and `out.name` point into the payload. `at` moves behind it.
bool read_frame(std::span<const std::byte> payload, std::size_t& at, JournalRecord& out,
                std::string_view& why);

// --- plain bytes -----------------------------------------------------------------------------

/// Bytes up to and with the last that is not zero.
std::size_t used_bytes(std::span<const std::byte> bytes);
inline bool all_zero(std::span<const std::byte> bytes) {
  // Compared with itself one byte on: as fast as memory.
  return bytes.empty() || (bytes[0] == std::byte{0} &&
                           std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}
template <class T>
T load(const std::byte* at) {
  static_assert(std::is_trivially_copyable_v<T>);
  T value;
  std::memcpy(static_cast<void*>(&value), at, sizeof value);
  return value;
}
template <class T>
void store(std::byte* at, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::memcpy(at, static_cast<const void*>(&value), sizeof value);
}

}  // namespace evenkeel::journal_format
