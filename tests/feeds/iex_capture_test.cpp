// The decoder against a recorded day of IEX, with totals found by an independent reading of the
// file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <set>

#include "feeds/capture_reader.hpp"
#include "feeds/decode_json.hpp"
#include "feeds/sequence_tracker.hpp"
#include "feeds/tops.hpp"

namespace evenkeel::feeds {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

const char* const kCapture = EVENKEEL_SHARED_DATA_DIR "/captures/iex_tops16_20170710.pcapng.gz";

struct Observer {
  std::map<char, int> by_type;
  std::set<std::string> symbols;
  std::vector<std::pair<char, std::int64_t>> system_events;
  std::vector<std::pair<std::int64_t, std::int64_t>> breaks;  // sequence, trade id
  std::int64_t first_sequence = 0;
  std::int64_t last_sequence = 0;
  std::int64_t quote_price_sum = 0;
  int last_sale_trades = 0;
  int odd = 0;

  template <typename Message>
  void on_message(const tops::MessageMeta& meta, const Message& m) {
    ++by_type[tops::kWireType<Message>];
    if (first_sequence == 0) first_sequence = meta.sequence;
    last_sequence = meta.sequence;
    if constexpr (requires { m.symbol; }) symbols.emplace(m.symbol.view());
    note(meta, m);
  }
  void on_unknown(const tops::MessageMeta&, char, std::size_t) { ++odd; }
  void on_malformed(const tops::MessageMeta&, char, std::size_t) { ++odd; }

 private:
  void note(const tops::MessageMeta&, const tops::Quote& m) { quote_price_sum += m.bid + m.ask; }
  void note(const tops::MessageMeta&, const tops::Trade& m) {
    if ((m.conditions & tops::kConditionNotLastSale) == 0) ++last_sale_trades;
  }
  void note(const tops::MessageMeta&, const tops::SystemEvent& m) {
    system_events.emplace_back(m.event, m.ts_ns);
  }
  void note(const tops::MessageMeta& meta, const tops::TradeBreak& m) {
    breaks.emplace_back(meta.sequence, m.trade_id);
  }
  template <typename Message>
  void note(const tops::MessageMeta&, const Message&) {}
};

TEST(IexCaptureTest, TotalsFirstAndLastMessages) {
  if (!std::filesystem::exists(kCapture)) GTEST_SKIP() << "no " << kCapture;
  auto reader = CaptureReader::open(kCapture);
  ASSERT_TRUE(reader.ok()) << reader.status();
  Observer observer;
  SequenceTracker tracker;
  CapturedDatagram datagram;
  int packets = 0;
  int messages = 0;
  while (reader->next(datagram).value()) {
    ++packets;
    const auto packet = parse_iex_tp(datagram.udp.payload);
    ASSERT_EQ(packet.fault, PacketFault::kNone);
    const auto verdict = tracker.on_packet(packet.header);
    ASSERT_EQ(verdict.skip, 0);
    const auto walked = tops::decode_packet(packet, 0, observer);
    ASSERT_EQ(walked.fault, PacketFault::kNone);
    messages += walked.messages;
  }
  EXPECT_EQ(packets, 13'022);
  EXPECT_EQ(messages, 57'674);
  EXPECT_EQ(observer.odd, 0);
  EXPECT_THAT(observer.by_type, ElementsAre(Pair('A', 642), Pair('B', 3), Pair('D', 10),
                                            Pair('H', 7'803), Pair('O', 7'801), Pair('P', 7'802),
                                            Pair('Q', 27'217), Pair('S', 6), Pair('T', 6'390)));
  EXPECT_EQ(observer.symbols.size(), 7'799u);
  EXPECT_EQ(observer.first_sequence, 1);
  EXPECT_EQ(observer.last_sequence, 57'674);
  EXPECT_EQ(observer.quote_price_sum, 3'181'224'400);
  EXPECT_EQ(observer.last_sale_trades, 2'947);
  EXPECT_THAT(
      observer.system_events,
      ElementsAre(Pair('O', 1'499'697'155'788'781'087), Pair('S', 1'499'697'208'181'136'409),
                  Pair('R', 1'499'697'277'643'876'560), Pair('M', 1'499'697'453'093'799'060),
                  Pair('E', 1'499'697'521'351'187'893), Pair('C', 1'499'697'531'866'064'457)));
  EXPECT_THAT(observer.breaks,
              ElementsAre(Pair(42'433, 171'978), Pair(43'796, 171'918), Pair(56'624, 283'798)));
  EXPECT_EQ(tracker.counts().gaps, 0u);
  EXPECT_EQ(tracker.counts().duplicates, 0u);
  EXPECT_EQ(tracker.counts().heartbeats, 237u);
}

TEST(IexCaptureTest, DecodePrintsALineForEveryMessageAndTheSameTotals) {
  if (!std::filesystem::exists(kCapture)) GTEST_SKIP() << "no " << kCapture;
  auto reader = CaptureReader::open(kCapture);
  ASSERT_TRUE(reader.ok()) << reader.status();
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* file = open_memstream(&text, &size);
  DecodeSummary summary;
  EXPECT_TRUE(decode_to_json(*reader, {}, file, summary).ok());
  std::fclose(file);
  const std::string_view printed(text, size);
  EXPECT_EQ(std::count(printed.begin(), printed.end(), '\n'), 57'674);
  std::free(text);
  EXPECT_EQ(summary.packets, 13'022u);
  EXPECT_EQ(summary.messages, 57'674u);
  EXPECT_EQ(summary.of('Q'), 27'217u);
  EXPECT_EQ(summary.of('T'), 6'390u);
  EXPECT_EQ(summary.of('B'), 3u);
  EXPECT_EQ(summary.sequence.gaps, 0u);
  EXPECT_EQ(summary.malformed_packets() + summary.malformed_messages, 0u);
}

}  // namespace
}  // namespace evenkeel::feeds
