// What `decode --json` prints: exact decimals, valid JSON for any bytes, and the totals.
#include "feeds/decode_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>
#include <sstream>

#include <nlohmann/json.hpp>

#include "tests/feeds/capture_builder.hpp"
#include "tests/feeds/tops_recorder.hpp"

namespace evenkeel::feeds {
namespace {

using testing::AnyMessage;
using testing::Bytes;
using testing::bytes_of;
using testing::CaptureBuilder;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::symbol;
using testing::udp_frame;

struct Decoded {
  absl::Status status;
  DecodeSummary summary;
  std::vector<std::string> lines;
};

Decoded decode(const Bytes& capture, const DecodeOptions& options = {}) {
  Decoded out;
  auto reader = testing::open_bytes(capture);
  EXPECT_TRUE(reader.ok()) << reader.status();
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* file = open_memstream(&text, &size);
  out.status = decode_to_json(*reader, options, file, out.summary);
  std::fclose(file);
  std::istringstream stream(std::string(text, size));
  std::free(text);
  for (std::string line; std::getline(stream, line);) out.lines.push_back(line);
  return out;
}

TEST(DecodeJsonTest, PrintsAQuoteExactly) {
  tops::PacketWriter writer(1, 1);
  writer.add(
      tops::Quote{0x40, 1'499'697'155'788'781'087, symbol("AAPL"), 100, 1'450'600, 1'451'000, 7});
  CaptureBuilder builder;
  builder.add(0, udp_frame(writer.finish(5)));
  const auto got = decode(builder.bytes());
  ASSERT_THAT(got.lines, SizeIs(1));
  EXPECT_EQ(got.lines[0],
            R"({"ts_ns":1499697155788781087,"symbol":"AAPL","type":"quote","seq":1,"bid":145.06,)"
            R"("bid_size":100,"ask":145.1,"ask_size":7,"halted":false,"pre_post":true})");
}

TEST(DecodeJsonTest, PrintsABreakExactly) {
  tops::PacketWriter writer(1, 1, 42);
  writer.add(tops::TradeBreak{0x20, 9, symbol("ZIEXT"), 3860, 300'412, 172'042});
  CaptureBuilder builder;
  builder.add(0, udp_frame(writer.finish(5)));
  const auto got = decode(builder.bytes());
  ASSERT_THAT(got.lines, SizeIs(1));
  EXPECT_EQ(
      got.lines[0],
      R"({"ts_ns":9,"symbol":"ZIEXT","type":"break","seq":42,"price":30.0412,"size":3860,)"
      R"("trade_id":172042,"last_sale":false,"iso":false,"extended_hours":false,"odd_lot":true,)"
      R"("trade_through_exempt":false,"cross":false})");
}

std::string decimal(std::int64_t raw) {
  std::string out;
  append_decimal(out, raw);
  return out;
}

TEST(DecodeJsonTest, DecimalsAreExact) {
  EXPECT_EQ(decimal(0), "0");
  EXPECT_EQ(decimal(1), "0.0001");
  EXPECT_EQ(decimal(10'000), "1");
  EXPECT_EQ(decimal(10'010), "1.001");
  EXPECT_EQ(decimal(-5'000), "-0.5");
  EXPECT_EQ(decimal(std::numeric_limits<std::int64_t>::max()), "922337203685477.5807");
  EXPECT_EQ(decimal(std::numeric_limits<std::int64_t>::min()), "-922337203685477.5808");
}

RC_GTEST_PROP(DecodeJsonProperty, DecimalsReadBackToTheSameRawPrice, (std::int64_t raw)) {
  const std::string text = decimal(raw);
  const auto point = text.find('.');
  std::string digits = text.substr(0, point);
  std::string fraction = point == std::string::npos ? "" : text.substr(point + 1);
  RC_ASSERT(point == std::string::npos || (!fraction.empty() && fraction.back() != '0'));
  fraction.resize(4, '0');
  RC_ASSERT(std::stoll(digits + fraction) == raw);
}

RC_GTEST_PROP(DecodeJsonProperty, AnyMessageIsValidJson, ()) {
  const auto messages = *rc::gen::container<std::vector<AnyMessage>>(testing::any_message());
  tops::PacketWriter writer(1, 1);
  std::size_t written = 0;
  for (const auto& any : messages) {
    written += std::visit([&](const auto& message) { return writer.add(message); }, any) ? 1 : 0;
  }
  CaptureBuilder builder;
  builder.add(0, udp_frame(writer.finish(5)));
  const auto got = decode(builder.bytes());
  RC_ASSERT(got.lines.size() == written);
  for (const auto& line : got.lines) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    RC_ASSERT(json.is_object());
    RC_ASSERT(json.contains("ts_ns"));
    RC_ASSERT(json.at("symbol").is_string());
    RC_ASSERT(json.at("type").is_string());
  }
}

TEST(DecodeJsonTest, SymbolsAreEscaped) {
  std::string out;
  append_json_escaped(out, std::string_view("a\"\\\x01\xff", 5));
  EXPECT_EQ(out, "a\\\"\\\\\\u0001\\u00ff");
}

TEST(DecodeJsonTest, GapsDuplicatesAndDamageAreShownAndCounted) {
  CaptureBuilder builder;
  tops::PacketWriter writer(1, 1);
  writer.add(tops::SystemEvent{'O', 1});
  const Bytes first = bytes_of(writer.finish(1));
  writer.add(tops::SystemEvent{'S', 2});
  writer.finish(2);  // lost
  writer.add(tops::SystemEvent{'R', 3});
  const Bytes third = bytes_of(writer.finish(3));
  Bytes broken = third;
  broken[0] = std::byte{9};
  builder.add(1, udp_frame(first));
  builder.add(2, udp_frame(first));
  builder.add(3, udp_frame(broken));
  builder.add(4, udp_frame(third));
  const auto got = decode(builder.bytes());
  EXPECT_TRUE(got.status.ok()) << got.status;
  ASSERT_THAT(got.lines, SizeIs(5));
  EXPECT_THAT(got.lines[1], HasSubstr("\"duplicate\":true"));
  EXPECT_THAT(got.lines[2], HasSubstr("\"error\":\"wrong_version\",\"frame\":3"));
  EXPECT_THAT(got.lines[3],
              HasSubstr("\"type\":\"gap\",\"seq\":3,\"expected\":2,\"got\":3,\"missing\":1"));
  EXPECT_EQ(got.summary.packets, 4u);
  EXPECT_EQ(got.summary.messages, 3u);
  EXPECT_EQ(got.summary.of('S'), 3u);
  EXPECT_EQ(got.summary.malformed_packets(), 1u);
  EXPECT_EQ(got.summary.sequence.gaps, 1u);
  EXPECT_EQ(got.summary.sequence.missing, 1u);
  EXPECT_EQ(got.summary.sequence.duplicates, 1u);
}

TEST(DecodeJsonTest, CutPacketDeliversItsFrontAndTheRestIsAGap) {
  CaptureBuilder builder;
  tops::PacketWriter writer(1, 1);
  writer.add(tops::SystemEvent{'O', 1});
  writer.add(tops::SystemEvent{'S', 1});
  Bytes cut = bytes_of(writer.finish(1));
  cut.resize(cut.size() - 1);
  writer.add(tops::SystemEvent{'R', 3});
  builder.add(1, udp_frame(cut));
  builder.add(2, udp_frame(writer.finish(3)));
  const auto got = decode(builder.bytes());
  ASSERT_THAT(got.lines, SizeIs(4));
  EXPECT_THAT(got.lines[1], HasSubstr("cut_short"));
  EXPECT_THAT(got.lines[2], HasSubstr("\"expected\":2,\"got\":3,\"missing\":1"));
}

TEST(DecodeJsonTest, PortFilterAndTruncatedCapture) {
  tops::PacketWriter writer(1, 1);
  writer.add(tops::SystemEvent{'O', 1});
  const Bytes packet = bytes_of(writer.finish(1));
  CaptureBuilder builder;
  builder.add(1, udp_frame(packet, {.destination_port = 1'000}));
  builder.add(2, udp_frame(packet, {.destination_port = 2'000}));
  Bytes bytes = builder.bytes();
  EXPECT_EQ(decode(bytes, {.port = 2'000}).summary.packets, 1u);
  bytes.pop_back();
  const auto got = decode(bytes);
  EXPECT_EQ(got.status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(got.summary.packets, 1u);
  EXPECT_THAT(got.lines, SizeIs(1));
}

TEST(DecodeJsonTest, AFullDiskIsReported) {
  tops::PacketWriter writer(1, 1);
  writer.add(tops::SystemEvent{'O', 1});
  CaptureBuilder builder;
  builder.add(1, udp_frame(writer.finish(1)));
  auto reader = testing::open_bytes(builder.bytes());
  ASSERT_TRUE(reader.ok());
  std::FILE* full = std::fopen("/dev/full", "w");
  ASSERT_NE(full, nullptr);
  DecodeSummary summary;
  EXPECT_EQ(decode_to_json(*reader, {}, full, summary).code(), absl::StatusCode::kUnavailable);
  std::fclose(full);
}

}  // namespace
}  // namespace evenkeel::feeds
