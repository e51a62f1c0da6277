// Captures of every format, byte order and resolution read alike; damaged ones deliver what came
// before the damage and say where it is.
#include "feeds/capture_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/feeds/capture_builder.hpp"

namespace evenkeel::feeds {
namespace {

using testing::Bytes;
using testing::bytes_of;
using testing::CaptureBuilder;
using testing::CaptureOptions;
using testing::gzip;
using ::testing::HasSubstr;
using testing::open_bytes;
using testing::read_all;
using testing::Recorded;
using ::testing::SizeIs;
using testing::udp_frame;

constexpr std::int64_t kTime = 1'499'697'138'433'824'123;

Bytes sample(const CaptureOptions& options, int frames = 3) {
  CaptureBuilder builder(options);
  for (int i = 0; i < frames; ++i) {
    builder.add(kTime + i, udp_frame(bytes_of("payload " + std::to_string(i))));
  }
  return builder.bytes();
}

struct Format {
  bool pcapng;
  std::endian order;
  bool nanoseconds;
  bool gzipped;
};

class EveryFormat : public ::testing::TestWithParam<Format> {};

TEST_P(EveryFormat, DeliversTimesAndPayloads) {
  const Format& format = GetParam();
  Bytes bytes =
      sample({.pcapng = format.pcapng, .order = format.order, .nanoseconds = format.nanoseconds});
  if (format.gzipped) bytes = gzip(bytes);
  auto reader = open_bytes(bytes);
  ASSERT_TRUE(reader.ok()) << reader.status();
  absl::Status error;
  const auto got = read_all(*reader, &error);
  EXPECT_TRUE(error.ok()) << error;
  ASSERT_THAT(got, SizeIs(3));
  for (int i = 0; i < 3; ++i) {
    const std::int64_t ts = format.nanoseconds ? kTime + i : (kTime + i) / 1000 * 1000;
    EXPECT_EQ(got[static_cast<std::size_t>(i)],
              (Recorded{ts, bytes_of("payload " + std::to_string(i))}));
  }
  EXPECT_EQ(reader->counts().frames, 3u);
  EXPECT_EQ(reader->counts().datagrams(), 3u);
}

std::vector<Format> all_formats() {
  std::vector<Format> out;
  for (const bool pcapng : {false, true}) {
    for (const auto order : {std::endian::little, std::endian::big}) {
      for (const bool nanoseconds : {false, true}) {
        for (const bool gzipped : {false, true}) {
          out.push_back({pcapng, order, nanoseconds, gzipped});
        }
      }
    }
  }
  return out;
}

INSTANTIATE_TEST_SUITE_P(Captures, EveryFormat, ::testing::ValuesIn(all_formats()),
                         [](const auto& test) {
                           const Format& f = test.param;
                           return std::string(f.pcapng ? "pcapng" : "pcap") +
                                  (f.order == std::endian::big ? "_big" : "_little") +
                                  (f.nanoseconds ? "_ns" : "_us") + (f.gzipped ? "_gz" : "");
                         });

TEST(CaptureReaderTest, CountsWhatItPassesOver) {
  CaptureBuilder builder;
  const Bytes payload = bytes_of(std::string("x"));
  Bytes arp = udp_frame(payload);
  store_be(arp.data() + 12, std::uint16_t{0x0806});
  builder.add(1, udp_frame(payload, {.fragment_bits = 0x2000}));
  builder.add(2, udp_frame(payload, {.protocol = 6}));
  builder.add(3, arp);
  builder.add(4, Bytes(5));
  builder.add(5, udp_frame(payload, {.vlan_tags = 1}));
  auto reader = open_bytes(builder.bytes());
  ASSERT_TRUE(reader.ok()) << reader.status();
  CapturedDatagram datagram;
  ASSERT_TRUE(reader->next(datagram).value());
  EXPECT_EQ(datagram.frame_number, 5u);
  EXPECT_FALSE(reader->next(datagram).value());
  EXPECT_EQ(reader->counts().frames, 5u);
  EXPECT_EQ(reader->counts().of(FrameKind::kFragment), 1u);
  EXPECT_EQ(reader->counts().of(FrameKind::kNotUdp), 1u);
  EXPECT_EQ(reader->counts().of(FrameKind::kNotIpv4), 1u);
  EXPECT_EQ(reader->counts().of(FrameKind::kMalformed), 1u);
  EXPECT_EQ(reader->counts().datagrams(), 1u);
}

TEST(CaptureReaderTest, SnapLengthCutsAreMarked) {
  CaptureBuilder builder({.snap_length = 50});
  builder.add(1, udp_frame(bytes_of(std::string("0123456789"))));
  auto reader = open_bytes(builder.bytes());
  ASSERT_TRUE(reader.ok()) << reader.status();
  CapturedDatagram datagram;
  ASSERT_TRUE(reader->next(datagram).value());
  EXPECT_EQ(datagram.udp.kind, FrameKind::kUdpCutShort);
  EXPECT_EQ(bytes_of(datagram.udp.payload), bytes_of(std::string("01234567")));
}

// The frame before the cut arrives, then the error names the broken frame and where it begins.
void expect_cut_in_third_frame(const Bytes& bytes, std::size_t frame_start) {
  auto reader = open_bytes(bytes);
  ASSERT_TRUE(reader.ok()) << reader.status();
  absl::Status error;
  EXPECT_THAT(read_all(*reader, &error), SizeIs(2));
  EXPECT_EQ(error.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(error.message(), HasSubstr("frame 3, byte " + std::to_string(frame_start)));
  CapturedDatagram datagram;
  EXPECT_EQ(reader->next(datagram).status(), error) << "the error stays";
}

TEST(CaptureReaderTest, TruncationNamesFrameAndByte) {
  for (const bool pcapng : {false, true}) {
    const Bytes two = sample({.pcapng = pcapng}, 2);
    const Bytes three = sample({.pcapng = pcapng}, 3);
    for (std::size_t size = two.size() + 1; size < three.size(); ++size) {
      expect_cut_in_third_frame(Bytes(three.begin(), three.begin() + static_cast<long>(size)),
                                two.size());
    }
  }
}

TEST(CaptureReaderTest, TruncatedGzipIsAnErrorEvenBetweenFrames) {
  // Random payloads do not compress, so a cut late in the file leaves most frames readable.
  CaptureBuilder builder;
  std::uint32_t state = 1;
  for (int i = 0; i < 100; ++i) {
    Bytes payload(500);
    for (auto& b : payload)
      b = static_cast<std::byte>((state = state * 1664525u + 1013904223u) >> 24);
    builder.add(i, udp_frame(payload));
  }
  const Bytes packed = gzip(builder.bytes());
  for (const std::size_t cut :
       {std::size_t{1}, std::size_t{8}, std::size_t{9}, packed.size() / 2}) {
    auto reader = open_bytes(std::span(packed).first(packed.size() - cut));
    ASSERT_TRUE(reader.ok()) << reader.status();
    absl::Status error;
    const auto got = read_all(*reader, &error);
    EXPECT_GE(got.size(), cut < 100 ? 100u : 20u);
    EXPECT_EQ(error.code(), absl::StatusCode::kDataLoss) << "cut " << cut;
    EXPECT_THAT(error.message(), HasSubstr("compressed stream ends early"));
  }
}

TEST(CaptureReaderTest, CorruptGzipIsAnError) {
  Bytes packed = gzip(sample({}));
  packed[packed.size() - 6] ^= std::byte{0xff};  // the checksum
  auto reader = open_bytes(packed);
  absl::Status error = reader.status();
  if (reader.ok()) read_all(*reader, &error);
  EXPECT_THAT(error.message(), HasSubstr("compressed stream is damaged"));
}

TEST(CaptureReaderTest, RefusesWhatIsNoCapture) {
  EXPECT_EQ(open_bytes(bytes_of(std::string("not a capture at all, just words"))).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(open_bytes({}).status().code(), absl::StatusCode::kInvalidArgument);
  const auto wireless = open_bytes(sample({.link_type = 127}));
  EXPECT_EQ(wireless.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(wireless.status().message(), HasSubstr("link layer 127"));
  EXPECT_EQ(CaptureReader::open("/nonexistent/file.pcap").status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace evenkeel::feeds
