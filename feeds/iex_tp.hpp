// IEX-TP 1.26: the envelope of TOPS packets. Checks a datagram's header and walks its message
// blocks by the lengths on the wire. Never throws, allocates, or reads outside the span it is
// given; never looks inside a message and never judges sequence order (see sequence_tracker.hpp).
//
// What becomes of a broken packet:
//   header faults (short, oversized, version, protocol, sequence): nothing of it is delivered;
//   a payload that breaks part way: every message before the break is delivered, nothing after it;
//   bytes beyond what the header announces: ignored, the announced messages are delivered.
// Each is one PacketFault per packet, counted by the caller together with the packet's sequence.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "feeds/wire.hpp"

namespace evenkeel::feeds {

inline constexpr std::size_t kIexTpHeaderBytes = 40;
inline constexpr std::uint8_t kIexTpVersion = 1;
inline constexpr std::uint16_t kTopsProtocol = 0x8003;

// Packets fit an Ethernet frame; the longest taken is a jumbo frame and some. This bounds how many
// events one datagram can make.
inline constexpr std::size_t kIexTpDatagramBytesMax = 9'216;

enum class PacketFault : std::uint8_t {
  kNone = 0,
  kShortHeader,      // fewer than 40 bytes
  kOversized,        // longer than any packet may be
  kVersion,          // not IEX-TP version 1
  kProtocol,         // another message protocol (DEEP, say)
  kSequence,         // a first sequence that is negative or would overflow
  kCutShort,         // the datagram ends before the payload the header announces
  kBlockOverrun,     // a message length runs past the end of the payload
  kTooFewMessages,   // the payload ended before the announced number of messages
  kLeftOverPayload,  // payload remains after the announced number of messages
  kTrailingBytes,    // the datagram goes on after the announced payload
};
inline constexpr std::size_t kPacketFaultCount = 11;

constexpr std::string_view to_string(PacketFault fault) {
  constexpr std::array<std::string_view, kPacketFaultCount> kNames = {
      "none",          "short_header", "oversized",     "wrong_version",    "wrong_protocol",
      "bad_sequence",  "cut_short",    "block_overrun", "too_few_messages", "left_over_payload",
      "trailing_bytes"};
  return kNames[static_cast<std::size_t>(fault)];
}

struct IexTpHeader {
  std::uint16_t protocol = 0;
  std::uint32_t channel = 0;
  std::uint32_t session = 0;
  std::uint16_t payload_bytes = 0;
  std::uint16_t message_count = 0;  // 0: a heartbeat
  std::int64_t stream_offset = 0;
  std::int64_t first_sequence = 0;  // of the first message; of the next one in a heartbeat
  std::int64_t send_time_ns = 0;    // since 1970 UTC

  bool is_heartbeat() const { return message_count == 0; }
};

// A datagram whose header has been read. `payload` is what there is of the announced payload.
struct IexTpPacket {
  IexTpHeader header;
  std::span<const std::byte> payload;
  PacketFault fault = PacketFault::kNone;

  // False when nothing in the packet may be used: neither its messages nor its sequence.
  bool usable() const {
    return fault == PacketFault::kNone || fault == PacketFault::kCutShort ||
           fault == PacketFault::kTrailingBytes;
  }
};

// The outcome of walking a packet: how many messages were whole, and the first fault met.
struct WalkResult {
  std::uint16_t messages = 0;
  PacketFault fault = PacketFault::kNone;
};

inline IexTpHeader read_iex_tp_header(std::span<const std::byte, kIexTpHeaderBytes> bytes) {
  const std::byte* at = bytes.data();
  IexTpHeader header;
  header.protocol = load_le<std::uint16_t>(at + 2);
  header.channel = load_le<std::uint32_t>(at + 4);
  header.session = load_le<std::uint32_t>(at + 8);
  header.payload_bytes = load_le<std::uint16_t>(at + 12);
  header.message_count = load_le<std::uint16_t>(at + 14);
  header.stream_offset = load_le<std::int64_t>(at + 16);
  header.first_sequence = load_le<std::int64_t>(at + 24);
  header.send_time_ns = load_le<std::int64_t>(at + 32);
  return header;
}

// Reads and checks the header. A packet that is not usable() keeps whatever could be read of the
// header, for the log line only.
inline IexTpPacket parse_iex_tp(std::span<const std::byte> datagram,
                                std::uint16_t protocol = kTopsProtocol) {
  IexTpPacket packet;
  if (datagram.size() < kIexTpHeaderBytes) {
    packet.fault = PacketFault::kShortHeader;
    return packet;
  }
  if (datagram.size() > kIexTpDatagramBytesMax) {
    packet.fault = PacketFault::kOversized;
    return packet;
  }
  packet.header = read_iex_tp_header(datagram.first<kIexTpHeaderBytes>());
  const IexTpHeader& header = packet.header;
  constexpr std::int64_t kSequenceMax =
      std::numeric_limits<std::int64_t>::max() - std::numeric_limits<std::uint16_t>::max();
  if (std::to_integer<std::uint8_t>(datagram[0]) != kIexTpVersion) {
    packet.fault = PacketFault::kVersion;
  } else if (header.protocol != protocol) {
    packet.fault = PacketFault::kProtocol;
  } else if (header.first_sequence < 0 || header.first_sequence > kSequenceMax) {
    packet.fault = PacketFault::kSequence;
  }
  if (packet.fault != PacketFault::kNone) return packet;

  const auto rest = datagram.subspan(kIexTpHeaderBytes);
  if (rest.size() < header.payload_bytes) {
    packet.fault = PacketFault::kCutShort;
    packet.payload = rest;
  } else {
    if (rest.size() > header.payload_bytes) packet.fault = PacketFault::kTrailingBytes;
    packet.payload = rest.first(header.payload_bytes);
  }
  return packet;
}

// Calls on_message(sequence, bytes) for each whole message, in order.
// Precondition: packet.usable(). A fault found here takes the place of none or of trailing bytes;
// a cut-short packet stays cut short.
template <typename OnMessage>
WalkResult walk_messages(const IexTpPacket& packet, OnMessage&& on_message) {
  WalkResult result{0, packet.fault};
  const auto broken = [&result](PacketFault fault) {
    if (result.fault != PacketFault::kCutShort) result.fault = fault;
    return result;
  };
  const std::byte* at = packet.payload.data();
  std::size_t left = packet.payload.size();
  std::int64_t sequence = packet.header.first_sequence;
  while (result.messages < packet.header.message_count) {
    if (left == 0) return broken(PacketFault::kTooFewMessages);
    if (left < 2) return broken(PacketFault::kBlockOverrun);
    const std::size_t length = load_le<std::uint16_t>(at);
    if (length > left - 2) return broken(PacketFault::kBlockOverrun);
    on_message(sequence, std::span<const std::byte>(at + 2, length));
    at += 2 + length;
    left -= 2 + length;
    ++sequence;
    ++result.messages;
  }
  if (left != 0) return broken(PacketFault::kLeftOverPayload);
  return result;
}

}  // namespace evenkeel::feeds
