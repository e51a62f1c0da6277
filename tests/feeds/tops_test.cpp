// The TOPS decoder against bytes laid out by hand from the specification, against its own writer
// over random messages, and against packets that are broken in every way the envelope can be.
#include "feeds/tops.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <string>

#include "feeds/tops_writer.hpp"
#include "tests/feeds/capture_builder.hpp"
#include "tests/feeds/tops_recorder.hpp"

namespace evenkeel::feeds {
namespace {

using testing::AnyMessage;
using testing::Bytes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Recorder;
using ::testing::SizeIs;
using testing::symbol;

Bytes hex(std::string_view text) {
  Bytes out;
  std::string digits;
  for (const char c : text) {
    if (c == ' ') continue;
    digits += c;
    if (digits.size() < 2) continue;
    out.push_back(static_cast<std::byte>(std::stoi(digits, nullptr, 16)));
    digits.clear();
  }
  return out;
}

Recorder decode_one(const Bytes& message) {
  Recorder recorder;
  tops::decode_message({7, 0}, message, recorder);
  return recorder;
}

// ZIEXT, 97.00 bid for 100, 99.05 offered at 1,000: offsets 1, 2, 10, 18, 22, 30, 38.
const char* const kQuoteHex =
    "51 40 ac63c02096868614 5a49455854202020 64000000 24ce0e0000000000 ec1d0f0000000000 e8030000";
// 100 ZIEXT at 99.05, id 429974: offsets 1, 2, 10, 18, 22, 30.
const char* const kTradeHex =
    "54 20 c3dfb97e86668614 5a49455854202020 64000000 ec1d0f0000000000 968f060000000000";

TEST(TopsTest, ReadsAQuoteAtItsPublishedOffsets) {
  const Recorder got = decode_one(hex(kQuoteHex));
  const tops::Quote expected{0x40, 0x14868696'20c063acLL, symbol("ZIEXT"), 100, 970'276, 990'700,
                             1'000};
  ASSERT_THAT(got.messages, SizeIs(1));
  EXPECT_EQ(got.messages[0], AnyMessage(expected));
  EXPECT_THAT(got.sequences, ElementsAre(7));
}

TEST(TopsTest, ReadsATradeAndABreakAtTheirPublishedOffsets) {
  Bytes bytes = hex(kTradeHex);
  const tops::Trade trade{0x20, 0x14866686'7eb9dfc3LL, symbol("ZIEXT"), 100, 990'700, 429'974};
  EXPECT_EQ(decode_one(bytes).messages.at(0), AnyMessage(trade));
  bytes[0] = std::byte{'B'};
  const tops::TradeBreak broken{0x20,   0x14866686'7eb9dfc3LL, symbol("ZIEXT"), 100, 990'700,
                                429'974};
  EXPECT_EQ(decode_one(bytes).messages.at(0), AnyMessage(broken));
}

TEST(TopsTest, MessagesThatGrewAreReadByTheirKnownFront) {
  Bytes bytes = hex(kQuoteHex);
  const auto before = decode_one(bytes).messages;
  bytes.resize(bytes.size() + 9, std::byte{0xff});
  EXPECT_EQ(decode_one(bytes).messages, before);
}

TEST(TopsTest, MessagesTooShortForTheirTypeAreMalformedAtEveryLength) {
  const Bytes whole = hex(kQuoteHex);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const Recorder got =
        decode_one(Bytes(whole.begin(), whole.begin() + static_cast<long>(length)));
    EXPECT_THAT(got.messages, IsEmpty());
    EXPECT_THAT(got.malformed, ElementsAre(Recorder::Odd{7, length == 0 ? '\0' : 'Q', length}));
  }
}

TEST(TopsTest, UnknownTypesAreReportedAndPassedOver) {
  tops::PacketWriter writer(1, 1);
  writer.add_raw(hex("7a 01 02 03"));
  writer.add(tops::SystemEvent{'O', 5});
  Recorder recorder;
  const auto packet = parse_iex_tp(writer.finish(9));
  const WalkResult result = tops::decode_packet(packet, 0, recorder);
  EXPECT_EQ(result.fault, PacketFault::kNone);
  EXPECT_EQ(result.messages, 2);
  EXPECT_THAT(recorder.unknown, ElementsAre(Recorder::Odd{1, 'z', 4}));
  EXPECT_THAT(recorder.messages, ElementsAre(AnyMessage(tops::SystemEvent{'O', 5})));
}

TEST(TopsTest, SymbolsLoseTheirPaddingOnly) {
  EXPECT_EQ(symbol("A").view(), "A");
  EXPECT_EQ(symbol("BRK.B").view(), "BRK.B");
  EXPECT_EQ(symbol("ABCDEFGH").view(), "ABCDEFGH");
  EXPECT_EQ(tops::WireSymbol::from("ABCDEFGHI"), std::nullopt);
  EXPECT_EQ(tops::WireSymbol::from(""), std::nullopt);
  EXPECT_NE(symbol("AB").key(), symbol("BA").key());
}

template <typename Message>
Bytes wire_of(const Message& message) {
  Bytes out(tops::kWireBytes<Message>);
  tops::detail::write(out.data(), message);
  return out;
}

TEST(TopsTest, EveryTypeHasItsPublishedLength) {
  EXPECT_EQ(tops::kWireBytes<tops::Quote>, 42u);
  EXPECT_EQ(tops::kWireBytes<tops::Trade>, 38u);
  EXPECT_EQ(tops::kWireBytes<tops::TradeBreak>, 38u);
  EXPECT_EQ(tops::kWireBytes<tops::SystemEvent>, 10u);
  EXPECT_EQ(tops::kWireBytes<tops::SecurityDirectory>, 31u);
  EXPECT_EQ(tops::kWireBytes<tops::TradingStatus>, 22u);
  EXPECT_EQ(tops::kWireBytes<tops::OperationalHalt>, 18u);
  EXPECT_EQ(tops::kWireBytes<tops::ShortSaleTest>, 19u);
  EXPECT_EQ(tops::kWireBytes<tops::RetailLiquidity>, 18u);
  EXPECT_EQ(tops::kWireBytes<tops::OfficialPrice>, 26u);
  EXPECT_EQ(tops::kWireBytes<tops::AuctionInfo>, 80u);
}

TEST(TopsTest, WriterLaysAQuoteOutAsPublished) {
  const tops::Quote quote{0x40, 0x14868696'20c063acLL, symbol("ZIEXT"), 100, 970'276, 990'700,
                          1'000};
  EXPECT_EQ(wire_of(quote), hex(kQuoteHex));
}

// Packs the messages into as many packets as they need and decodes them again.
std::vector<AnyMessage> round_trip(const std::vector<AnyMessage>& messages) {
  tops::PacketWriter writer(77, 3, 1'000);
  Recorder recorder;
  std::int64_t expected_sequence = 1'000;
  std::int64_t expected_offset = 0;
  const auto take = [&] {
    const auto count = writer.count();
    const auto packet = parse_iex_tp(writer.finish(123));
    RC_ASSERT(packet.fault == PacketFault::kNone);
    RC_ASSERT(packet.header.session == 77u);
    RC_ASSERT(packet.header.channel == 3u);
    RC_ASSERT(packet.header.send_time_ns == 123);
    RC_ASSERT(packet.header.first_sequence == expected_sequence);
    RC_ASSERT(packet.header.stream_offset == expected_offset);
    const WalkResult result = tops::decode_packet(packet, 0, recorder);
    RC_ASSERT(result.fault == PacketFault::kNone);
    RC_ASSERT(result.messages == count);
    expected_sequence += count;
    expected_offset += packet.header.payload_bytes;
  };
  for (const auto& any : messages) {
    std::visit(
        [&](const auto& message) {
          if (writer.add(message)) return;
          take();
          RC_ASSERT(writer.add(message));
        },
        any);
  }
  take();
  RC_ASSERT(recorder.unknown.empty());
  RC_ASSERT(recorder.malformed.empty());
  for (std::size_t i = 0; i < recorder.sequences.size(); ++i) {
    RC_ASSERT(recorder.sequences[i] == 1'000 + static_cast<std::int64_t>(i));
  }
  return recorder.messages;
}

RC_GTEST_PROP(TopsProperty, WhatIsWrittenIsRead, ()) {
  const auto messages = *rc::gen::container<std::vector<AnyMessage>>(testing::any_message());
  RC_ASSERT(round_trip(messages) == messages);
}

// --- The envelope
// ---------------------------------------------------------------------------------

Bytes three_event_packet() {
  tops::PacketWriter writer(9, 1, 50);
  writer.add(tops::SystemEvent{'O', 1});
  writer.add(tops::SystemEvent{'S', 2});
  writer.add(tops::SystemEvent{'R', 3});
  return testing::bytes_of(writer.finish(4));
}

struct Outcome {
  PacketFault fault;
  std::size_t delivered;
  bool operator==(const Outcome&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Outcome& o) {
  return out << to_string(o.fault) << " after " << o.delivered;
}

Outcome outcome_of(std::span<const std::byte> bytes) {
  const auto packet = parse_iex_tp(bytes);
  if (!packet.usable()) return {packet.fault, 0};
  Recorder recorder;
  const WalkResult result = tops::decode_packet(packet, 0, recorder);
  EXPECT_EQ(result.messages, recorder.messages.size());
  return {result.fault, recorder.messages.size()};
}

constexpr std::size_t kEventBlock = 12;  // length field and message

TEST(IexTpTest, SoundPacketAndHeartbeat) {
  EXPECT_EQ(outcome_of(three_event_packet()), (Outcome{PacketFault::kNone, 3}));
  tops::PacketWriter writer(9, 1, 50);
  const auto packet = parse_iex_tp(writer.finish(4));
  EXPECT_TRUE(packet.usable());
  EXPECT_TRUE(packet.header.is_heartbeat());
  EXPECT_EQ(packet.header.first_sequence, 50);
}

TEST(IexTpTest, TruncatedAnywhereDeliversTheWholeMessagesBeforeTheCut) {
  const Bytes whole = three_event_packet();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto got = outcome_of(std::span(whole).first(size));
    if (size < kIexTpHeaderBytes) {
      EXPECT_EQ(got, (Outcome{PacketFault::kShortHeader, 0}));
    } else {
      const std::size_t messages = (size - kIexTpHeaderBytes) / kEventBlock;
      EXPECT_EQ(got, (Outcome{PacketFault::kCutShort, messages}));
    }
  }
}

TEST(IexTpTest, HeaderFaultsDeliverNothing) {
  const auto with = [](std::size_t at, std::uint8_t value) {
    Bytes bytes = three_event_packet();
    bytes[at] = std::byte{value};
    return outcome_of(bytes);
  };
  EXPECT_EQ(with(0, 2), (Outcome{PacketFault::kVersion, 0}));
  EXPECT_EQ(with(2, 0x04), (Outcome{PacketFault::kProtocol, 0}));   // DEEP
  EXPECT_EQ(with(31, 0xff), (Outcome{PacketFault::kSequence, 0}));  // negative
  Bytes huge = three_event_packet();
  store_le(huge.data() + 24, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(outcome_of(huge), (Outcome{PacketFault::kSequence, 0}));
}

TEST(IexTpTest, OversizedDatagramsDeliverNothing) {
  Bytes bytes = three_event_packet();
  bytes.resize(kIexTpDatagramBytesMax);
  EXPECT_EQ(outcome_of(bytes), (Outcome{PacketFault::kTrailingBytes, 3}));
  bytes.resize(kIexTpDatagramBytesMax + 1);
  EXPECT_EQ(outcome_of(bytes), (Outcome{PacketFault::kOversized, 0}));
}

TEST(IexTpTest, EveryFaultHasAName) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kPacketFaultCount; ++i) {
    names.insert(to_string(static_cast<PacketFault>(i)));
  }
  EXPECT_EQ(names.size(), kPacketFaultCount);
  EXPECT_FALSE(names.contains(""));
  EXPECT_EQ(to_string(PacketFault::kTrailingBytes), "trailing_bytes");
}

TEST(IexTpTest, CountsAndLengthsThatDisagree) {
  Bytes bytes = three_event_packet();
  store_le(bytes.data() + 14, std::uint16_t{5});
  EXPECT_EQ(outcome_of(bytes), (Outcome{PacketFault::kTooFewMessages, 3}));

  bytes = three_event_packet();
  store_le(bytes.data() + 14, std::uint16_t{2});
  EXPECT_EQ(outcome_of(bytes), (Outcome{PacketFault::kLeftOverPayload, 2}));

  bytes = three_event_packet();
  bytes.push_back(std::byte{0});
  EXPECT_EQ(outcome_of(bytes), (Outcome{PacketFault::kTrailingBytes, 3}));

  bytes = three_event_packet();  // the second message claims to run past the end
  store_le(bytes.data() + kIexTpHeaderBytes + kEventBlock, std::uint16_t{0xffff});
  EXPECT_EQ(outcome_of(bytes), (Outcome{PacketFault::kBlockOverrun, 1}));

  bytes = three_event_packet();  // one byte is too little for a length
  store_le(bytes.data() + 12, static_cast<std::uint16_t>(2 * kEventBlock + 1));
  EXPECT_EQ(outcome_of(std::span(bytes).first(kIexTpHeaderBytes + 2 * kEventBlock + 1)),
            (Outcome{PacketFault::kBlockOverrun, 2}));
}

TEST(IexTpTest, SkipsMessagesAlreadySeen) {
  const Bytes bytes = three_event_packet();
  Recorder recorder;
  const WalkResult result = tops::decode_packet(parse_iex_tp(bytes), 2, recorder);
  EXPECT_EQ(result.messages, 3);
  EXPECT_THAT(recorder.sequences, ElementsAre(52));
}

// Any damage to any sound packet yields a count, never a wrong length or a crash, and what was
// delivered before the damage equals what a sound packet delivers.
RC_GTEST_PROP(IexTpProperty, DamagedPacketsNeverReadOutside, ()) {
  const auto messages = *rc::gen::container<std::vector<AnyMessage>>(testing::any_message());
  tops::PacketWriter writer(1, 1);
  for (const auto& any : messages) {
    std::visit([&](const auto& message) { writer.add(message); }, any);
  }
  Bytes bytes = testing::bytes_of(writer.finish(0));
  const auto hits = *rc::gen::inRange(1, 8);
  for (int i = 0; i < hits; ++i) {
    bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] =
        std::byte{*rc::gen::arbitrary<std::uint8_t>()};
  }
  bytes.resize(*rc::gen::inRange<std::size_t>(0, bytes.size() + 1));
  // An exact heap copy, so that the sanitizers see any byte read past the end.
  const std::unique_ptr<std::byte[]> exact(new std::byte[bytes.size()]);
  std::copy(bytes.begin(), bytes.end(), exact.get());
  const auto packet = parse_iex_tp({exact.get(), bytes.size()});
  if (!packet.usable()) return;
  Recorder recorder;
  const WalkResult result = tops::decode_packet(packet, 0, recorder);
  RC_ASSERT(result.messages <= packet.header.message_count);
  RC_ASSERT(result.messages ==
            recorder.messages.size() + recorder.unknown.size() + recorder.malformed.size());
  RC_ASSERT((result.fault == PacketFault::kNone || result.fault == PacketFault::kTrailingBytes) ==
                (result.messages == packet.header.message_count) ||
            result.fault == PacketFault::kLeftOverPayload ||
            result.fault == PacketFault::kCutShort);
}

}  // namespace
}  // namespace evenkeel::feeds
