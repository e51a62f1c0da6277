// Finding UDP in frames: every link layer, VLAN tags, options, and frames that must be refused.
#include "feeds/frame.hpp"

#include <gtest/gtest.h>

#include "tests/feeds/capture_builder.hpp"

namespace evenkeel::feeds {
namespace {

using testing::Bytes;
using testing::bytes_of;
using testing::FrameOptions;
using testing::udp_frame;

constexpr int kEthernet = static_cast<int>(LinkType::kEthernet);
const Bytes kPayload = bytes_of(std::string("sixteen byte pay"));

void expect_udp(const UdpFrame& got) {
  EXPECT_EQ(got.kind, FrameKind::kUdp);
  EXPECT_EQ(bytes_of(got.payload), kPayload);
  EXPECT_EQ(got.source_address, 0x0a000001u);
  EXPECT_EQ(got.destination_address, 0xe9d71504u);
  EXPECT_EQ(got.source_port, 5'555);
  EXPECT_EQ(got.destination_port, 10'378);
}

TEST(FrameTest, EthernetWithUpToFourVlanTags) {
  for (int tags = 0; tags <= 4; ++tags) {
    expect_udp(parse_udp_frame(kEthernet, udp_frame(kPayload, {.vlan_tags = tags})));
  }
  EXPECT_EQ(parse_udp_frame(kEthernet, udp_frame(kPayload, {.vlan_tags = 5})).kind,
            FrameKind::kMalformed);
}

TEST(FrameTest, IpOptionsAndEthernetPaddingAreNotPayload) {
  Bytes frame = udp_frame(kPayload, {.ip_options = 8});
  frame.resize(frame.size() + 6);
  expect_udp(parse_udp_frame(kEthernet, frame));
}

TEST(FrameTest, OtherLinkLayers) {
  const Bytes ethernet = udp_frame(kPayload);
  const Bytes ip(ethernet.begin() + 14, ethernet.end());
  const auto with_header = [&](Bytes header) {
    testing::append(header, ip);
    return header;
  };
  expect_udp(parse_udp_frame(static_cast<int>(LinkType::kRaw), ip));
  expect_udp(parse_udp_frame(static_cast<int>(LinkType::kNull), with_header(Bytes(4))));
  Bytes cooked(16);
  store_be(cooked.data() + 14, std::uint16_t{0x0800});
  expect_udp(parse_udp_frame(static_cast<int>(LinkType::kLinuxCooked), with_header(cooked)));
  Bytes cooked2(20);
  store_be(cooked2.data(), std::uint16_t{0x0800});
  expect_udp(parse_udp_frame(static_cast<int>(LinkType::kLinuxCooked2), with_header(cooked2)));
}

TEST(FrameTest, RefusesWhatIsNotWholeUdpOverIpv4) {
  const auto kind = [](const FrameOptions& options) {
    return parse_udp_frame(kEthernet, udp_frame(kPayload, options)).kind;
  };
  EXPECT_EQ(kind({.fragment_bits = 0x2000}), FrameKind::kFragment);  // first fragment
  EXPECT_EQ(kind({.fragment_bits = 0x00b9}), FrameKind::kFragment);  // a later one
  EXPECT_EQ(kind({.protocol = 6}), FrameKind::kNotUdp);
  Bytes ipv6 = udp_frame(kPayload);
  store_be(ipv6.data() + 12, std::uint16_t{0x86dd});
  EXPECT_EQ(parse_udp_frame(kEthernet, ipv6).kind, FrameKind::kNotIpv4);
}

TEST(FrameTest, LengthsThatContradictTheFrame) {
  const auto with = [](std::size_t at, std::uint16_t value) {
    Bytes frame = udp_frame(kPayload);
    store_be(frame.data() + at, value);
    return parse_udp_frame(kEthernet, frame).kind;
  };
  EXPECT_EQ(with(16, 19), FrameKind::kMalformed);   // IP total shorter than its header
  EXPECT_EQ(with(16, 24), FrameKind::kMalformed);   // no room for a UDP header
  EXPECT_EQ(with(38, 7), FrameKind::kMalformed);    // UDP shorter than its header
  EXPECT_EQ(with(38, 400), FrameKind::kMalformed);  // UDP longer than its IP packet
}

TEST(FrameTest, CutAnywhereNeverReadsOutside) {
  const Bytes whole = udp_frame(kPayload);
  const std::size_t headers = whole.size() - kPayload.size();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::unique_ptr<std::byte[]> exact(new std::byte[size]);
    std::copy_n(whole.begin(), size, exact.get());
    const auto got = parse_udp_frame(kEthernet, {exact.get(), size});
    if (size < headers) {
      EXPECT_EQ(got.kind, FrameKind::kMalformed) << size;
    } else {
      EXPECT_EQ(got.kind, FrameKind::kUdpCutShort) << size;
      EXPECT_EQ(got.payload.size(), size - headers);
    }
  }
}

}  // namespace
}  // namespace evenkeel::feeds
