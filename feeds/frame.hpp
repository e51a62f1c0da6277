// Finds the UDP payload in a captured link-layer frame: Ethernet (VLAN tags stacked up to four),
// Linux cooked, loopback, or raw IP; IPv4 only. Never allocates or reads outside the frame, never
// joins fragments (a fragment is refused), never checks checksums (capturing hosts often see them
// unset).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "feeds/wire.hpp"

namespace evenkeel::feeds {

// The link-layer types understood, by their libpcap numbers.
enum class LinkType : int {
  kNull = 0,  // BSD loopback: 4 bytes of address family
  kEthernet = 1,
  kRaw = 12,    // DLT_RAW as libpcap reports it
  kLoop = 108,  // OpenBSD loopback
  kLinuxCooked = 113,
  kLinuxCooked2 = 276,
};

constexpr bool known_link_type(int link_type) {
  switch (static_cast<LinkType>(link_type)) {
    case LinkType::kNull:
    case LinkType::kEthernet:
    case LinkType::kRaw:
    case LinkType::kLoop:
    case LinkType::kLinuxCooked:
    case LinkType::kLinuxCooked2:
      return true;
  }
  return false;
}

enum class FrameKind : std::uint8_t {
  kUdp = 0,      // a datagram, whole
  kUdpCutShort,  // a datagram whose end was not captured: what there is of it
  kNotIpv4,      // ARP, IPv6, ...
  kNotUdp,       // TCP, ICMP, IGMP, ...
  kFragment,     // part of a fragmented datagram
  kMalformed,    // headers that contradict themselves or the frame's length
};
inline constexpr std::size_t kFrameKindCount = 6;

constexpr std::string_view to_string(FrameKind kind) {
  constexpr std::array<std::string_view, kFrameKindCount> kNames = {
      "udp", "udp_cut_short", "not_ipv4", "not_udp", "fragment", "malformed"};
  return kNames[static_cast<std::size_t>(kind)];
}

struct UdpFrame {
  FrameKind kind = FrameKind::kMalformed;
  std::uint32_t source_address = 0;  // host byte order
  std::uint32_t destination_address = 0;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::span<const std::byte> payload;  // within the frame
};

namespace frame_detail {

inline constexpr std::uint16_t kEtherIpv4 = 0x0800;

// What follows the link layer and its ethertype; a malformed frame yields an empty span with type
// 0.
struct NetworkPart {
  std::uint16_t ether_type = 0;
  std::span<const std::byte> bytes;
};

inline NetworkPart skip_ethernet(std::span<const std::byte> frame) {
  constexpr int kVlanTagsMax = 4;
  std::size_t at = 12;
  for (int tag = 0; tag <= kVlanTagsMax; ++tag) {
    if (frame.size() < at + 2) return {};
    const auto type = load_be<std::uint16_t>(frame.data() + at);
    const bool vlan = type == 0x8100 || type == 0x88a8 || type == 0x9100;
    if (!vlan) return {type, frame.subspan(at + 2)};
    at += 4;
  }
  return {};
}

inline NetworkPart skip_fixed(std::span<const std::byte> frame, std::size_t header,
                              std::size_t type_at) {
  if (frame.size() < header) return {};
  return {load_be<std::uint16_t>(frame.data() + type_at), frame.subspan(header)};
}

// Loopback and raw frames carry no ethertype: the IP version nibble decides.
inline NetworkPart skip_to_ip(std::span<const std::byte> frame, std::size_t header) {
  if (frame.size() <= header) return {};
  const auto rest = frame.subspan(header);
  const bool ipv4 = (std::to_integer<unsigned>(rest[0]) >> 4) == 4;
  return {ipv4 ? kEtherIpv4 : std::uint16_t{0xffff}, rest};
}

inline NetworkPart skip_link_layer(int link_type, std::span<const std::byte> frame) {
  switch (static_cast<LinkType>(link_type)) {
    case LinkType::kEthernet:
      return skip_ethernet(frame);
    case LinkType::kLinuxCooked:
      return skip_fixed(frame, 16, 14);
    case LinkType::kLinuxCooked2:
      return skip_fixed(frame, 20, 0);
    case LinkType::kNull:
    case LinkType::kLoop:
      return skip_to_ip(frame, 4);
    case LinkType::kRaw:
      return skip_to_ip(frame, 0);
  }
  return {};
}

}  // namespace frame_detail

// Precondition: known_link_type(link_type).
inline UdpFrame parse_udp_frame(int link_type, std::span<const std::byte> frame) {
  constexpr std::size_t kIpHeaderMin = 20;
  constexpr std::size_t kUdpHeader = 8;
  constexpr std::uint8_t kProtocolUdp = 17;
  UdpFrame out;
  const auto network = frame_detail::skip_link_layer(link_type, frame);
  if (network.bytes.empty()) return out;
  if (network.ether_type != frame_detail::kEtherIpv4) {
    out.kind = FrameKind::kNotIpv4;
    return out;
  }
  const auto ip = network.bytes;
  if (ip.size() < kIpHeaderMin) return out;
  const auto first = std::to_integer<unsigned>(ip[0]);
  const std::size_t ip_header = (first & 0x0f) * std::size_t{4};
  const std::size_t total = load_be<std::uint16_t>(ip.data() + 2);
  if ((first >> 4) != 4 || ip_header < kIpHeaderMin || total < ip_header) return out;
  // More-fragments set or an offset: either way not a whole datagram.
  if ((load_be<std::uint16_t>(ip.data() + 6) & 0x3fff) != 0) {
    out.kind = FrameKind::kFragment;
    return out;
  }
  if (std::to_integer<std::uint8_t>(ip[9]) != kProtocolUdp) {
    out.kind = FrameKind::kNotUdp;
    return out;
  }
  if (ip.size() < ip_header + kUdpHeader || total < ip_header + kUdpHeader) return out;
  const std::byte* udp = ip.data() + ip_header;
  const std::size_t udp_bytes = load_be<std::uint16_t>(udp + 4);
  if (udp_bytes < kUdpHeader || udp_bytes > total - ip_header) return out;
  const std::size_t captured = ip.size() - ip_header;
  const bool whole = captured >= udp_bytes;
  out.kind = whole ? FrameKind::kUdp : FrameKind::kUdpCutShort;
  out.source_address = load_be<std::uint32_t>(ip.data() + 12);
  out.destination_address = load_be<std::uint32_t>(ip.data() + 16);
  out.source_port = load_be<std::uint16_t>(udp);
  out.destination_port = load_be<std::uint16_t>(udp + 2);
  out.payload = ip.subspan(ip_header + kUdpHeader, (whole ? udp_bytes : captured) - kUdpHeader);
  return out;
}

}  // namespace evenkeel::feeds
