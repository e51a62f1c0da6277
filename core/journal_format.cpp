#include "core/journal_format.hpp"

#include <charconv>

#include "core/crc32c.hpp"
#include "core/join.hpp"

namespace evenkeel::journal_format {
namespace {

constexpr std::string_view kPrefix = "journal-";
constexpr std::size_t kDigitsMin = 8;
constexpr std::string_view kSuffix = ".evkj";
constexpr std::string_view kCompressedSuffix = ".zst";
constexpr std::size_t kHeaderCrcAt = kPageBytes - sizeof(std::uint32_t);

}  // namespace

std::string segment_name(std::uint64_t number, bool compressed) {
  std::string digits = std::to_string(number);
  if (digits.size() < kDigitsMin) digits.insert(0, kDigitsMin - digits.size(), '0');
  return join(kPrefix, digits, kSuffix, compressed ? kCompressedSuffix : std::string_view());
}

std::optional<SegmentName> parse_segment_name(std::string_view name) {
  SegmentName parsed;
  std::string_view digits = name;
  parsed.compressed = digits.ends_with(kCompressedSuffix);
  if (parsed.compressed) digits.remove_suffix(kCompressedSuffix.size());
  if (!digits.starts_with(kPrefix) || !digits.ends_with(kSuffix) ||
      digits.size() < kPrefix.size() + kSuffix.size()) {
    return std::nullopt;
  }
  digits.remove_prefix(kPrefix.size());
  digits.remove_suffix(kSuffix.size());
  const char* const end = digits.data() + digits.size();
  if (std::from_chars(digits.data(), end, parsed.number).ptr != end || parsed.number == 0 ||
      segment_name(parsed.number, parsed.compressed) != name) {
    return std::nullopt;
  }
  return parsed;
}

HeaderState read_header(std::span<const std::byte> page, SegmentHeader& out) {
  EVENKEEL_CHECK(page.size() == kPageBytes);
  if (all_zero(page)) return HeaderState::kZero;
  out = load<SegmentHeader>(page.data());
  const SegmentHeader expected;
  if (out.magic != expected.magic ||
      crc32c(page.first(kHeaderCrcAt)) != load<std::uint32_t>(page.data() + kHeaderCrcAt)) {
    return HeaderState::kBroken;
  }
  if (out.version != kVersion || out.header_bytes != kPageBytes) return HeaderState::kOtherVersion;
  return HeaderState::kWhole;
}

void write_header(const SegmentHeader& header, std::span<std::byte> page) {
  EVENKEEL_CHECK(page.size() == kPageBytes);
  std::memset(page.data(), 0, page.size());
  store(page.data(), header);
  store(page.data() + kHeaderCrcAt, crc32c(page.first(kHeaderCrcAt)));
}

bool looks_like_block(std::span<const std::byte> bytes, BlockHeader& out) {
  if (bytes.size() < kPageBytes) return false;
  if (load<std::uint32_t>(bytes.data()) != kBlockMagic) return false;
  out = load<BlockHeader>(bytes.data());
  return out.bytes >= kPageBytes && out.bytes % kPageBytes == 0 && out.bytes <= bytes.size() &&
         out.payload_bytes <= out.bytes - sizeof(BlockHeader);
}

bool read_block(std::span<const std::byte> bytes, BlockHeader& out) {
  return looks_like_block(bytes, out) &&
         crc32c(bytes.first(out.bytes).subspan(kCrcFrom)) == out.crc;
}

Sha256 chain_of(std::span<std::byte> block, const Sha256& before) {
  const auto own = load<Sha256>(block.data() + kChainAt);
  store(block.data() + kChainAt, before);
  const Sha256 chain = sha256(block.subspan(kCrcFrom));
  store(block.data() + kChainAt, own);
  return chain;
}

Sha256 seal_block(BlockHeader header, const Sha256& before, std::span<std::byte> block) {
  EVENKEEL_CHECK(header.bytes == block.size());
  store(block.data(), header);
  const Sha256 chain = chain_of(block, before);
  store(block.data() + kChainAt, chain);
  store(block.data() + offsetof(BlockHeader, crc), crc32c(block.subspan(kCrcFrom)));
  return chain;
}

namespace {

bool read_config(std::span<const std::byte> record, JournalRecord& out) {
  if (record.size() < sizeof(std::uint32_t)) return false;
  const auto name_bytes = load<std::uint32_t>(record.data());
  record = record.subspan(sizeof(std::uint32_t));
  if (name_bytes > record.size()) return false;
  const char* text = reinterpret_cast<const char*>(record.data());
  out.name = {text, name_bytes};
  out.text = {text + name_bytes, record.size() - name_bytes};
  return true;
}

bool read_event(std::span<const std::byte> record, JournalRecord& out) {
  if (record.size() < 64) return false;
  const auto type = load<EventType>(record.data() + offsetof(Event, type));
  if (type < EventType::kQuote || type > kEventTypeLast) return false;
  if (record.size() != event_bytes(type)) return false;
  std::memcpy(static_cast<void*>(&out.event), record.data(), record.size());
  std::memset(reinterpret_cast<std::byte*>(&out.event) + record.size(), 0,
              sizeof(Event) - record.size());
  return true;
}

bool read_intent(std::span<const std::byte> record, JournalRecord& out) {
  if (record.size() != sizeof(Intent)) return false;
  const auto type = load<IntentType>(record.data() + offsetof(Intent, type));
  if (type < IntentType::kNewOrder || type > IntentType::kAlert) return false;
  out.intent = load<Intent>(record.data());
  return true;
}

bool read_record(std::span<const std::byte> record, JournalRecord& out) {
  switch (out.kind) {
    case FrameKind::kEvent:
      return read_event(record, out);
    case FrameKind::kIntent:
      return read_intent(record, out);
    case FrameKind::kConfig:
      return read_config(record, out);
    case FrameKind::kConfigEnd:
      if (record.size() != sizeof(Sha256)) return false;
      out.hash = load<Sha256>(record.data());
      return true;
    case FrameKind::kDigest:
      if (record.size() != sizeof(std::uint64_t) + sizeof(Sha256)) return false;
      out.sequence = load<std::uint64_t>(record.data());
      out.hash = load<Sha256>(record.data() + sizeof(std::uint64_t));
      return true;
  }
  return false;
}

}  // namespace

bool read_frame(std::span<const std::byte> payload, std::size_t& at, JournalRecord& out,
                std::string_view& why) {
  if (payload.size() - at < sizeof(FrameHeader)) {
    why = "a frame begins where there is no room for one";
    return false;
  }
  const auto header = load<FrameHeader>(payload.data() + at);
  if (header.length > payload.size() - at - sizeof(FrameHeader) ||
      frame_bytes(header.length) > payload.size() - at) {
    why = "a frame is longer than its block";
    return false;
  }
  out.kind = header.kind;
  if (!read_record(payload.subspan(at + sizeof(FrameHeader), header.length), out)) {
    why = "a frame's kind, type or length is not one that this version writes";
    return false;
  }
  at += frame_bytes(header.length);
  return true;
}

std::size_t used_bytes(std::span<const std::byte> bytes) {
  while (bytes.size() >= kPageBytes && all_zero(bytes.last(kPageBytes))) {
    bytes = bytes.first(bytes.size() - kPageBytes);
  }
  while (!bytes.empty() && bytes.back() == std::byte{0}) bytes = bytes.first(bytes.size() - 1);
  return bytes.size();
}

}  // namespace evenkeel::journal_format
