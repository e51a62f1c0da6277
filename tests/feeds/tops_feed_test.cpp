// From packets to core events: values, flags, statuses, phases, gaps, silence, and a full ring.
#include "feeds/tops_feed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "feeds/capture_reader.hpp"
#include "feeds/tops_writer.hpp"
#include "tests/feeds/capture_builder.hpp"
#include "tests/feeds/tops_recorder.hpp"

namespace evenkeel::feeds {
namespace {

using testing::Bytes;
using testing::bytes_of;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::symbol;

constexpr SourceId kLine = SourceId::of(0);

InstrumentTable table_of(const std::vector<std::string>& symbols) {
  InstrumentTable table;
  const CurrencyId usd = table.add_currency("USD").value();
  for (const auto& text : symbols) {
    Instrument instrument;
    EXPECT_TRUE(instrument.symbol.assign(text));
    instrument.currency = usd;
    instrument.tick = Price::from_raw(10'000'000);
    instrument.feed = kLine;
    EXPECT_TRUE(table.add(instrument).ok());
  }
  return table;
}

struct Desk {
  InstrumentTable table;
  SymbolMap symbols;
  SpscRing<Event> ring;
  TopsFeed feed;
  tops::PacketWriter writer{7, 1};
  TimeNs now = 0;

  explicit Desk(std::size_t ring_size = 1'024)
      : table(table_of({"AAPL", "SPY"})),
        symbols(SymbolMap::build(table, kLine).value()),
        ring(ring_size),
        feed({.line = kLine}, symbols, table.size(), ring) {}

  bool send() { return feed.on_datagram(writer.finish(1'000 + now), now); }
  template <typename... Messages>
  void say(const Messages&... messages) {
    (writer.add(messages), ...);
    EXPECT_TRUE(send());
  }
  std::vector<Event> drain() {
    std::vector<Event> out;
    do {
      for (Event e; ring.try_pop(e);) out.push_back(e);
    } while (feed.flush() > 0);
    return out;
  }
  // Without the first life sign.
  std::vector<Event> drain_data() {
    auto out = drain();
    std::erase_if(out, [](const Event& e) { return e.type == EventType::kFeedStatus; });
    return out;
  }
};

tops::Quote quote_of(const char* name, std::int64_t bid, std::int64_t ask, std::uint8_t flags = 0) {
  return {flags, 55, symbol(name), 100, bid, ask, 300};
}

TEST(SymbolMapTest, FindsItsLinesInstrumentsOnly) {
  InstrumentTable table = table_of({"A", "AA", "BRK.B", "ABCDEFGH"});
  Instrument other = table[InstrumentId{0}];
  ASSERT_TRUE(other.symbol.assign("OTHER"));
  other.feed = SourceId::of(1);
  ASSERT_TRUE(table.add(other).ok());
  const auto map = SymbolMap::build(table, kLine).value();
  EXPECT_EQ(map.size(), 4u);
  for (std::uint32_t i = 0; i < 4; ++i) {
    EXPECT_EQ(map.find(symbol(table[InstrumentId{i}].symbol.view())), InstrumentId{i});
  }
  EXPECT_FALSE(map.find(symbol("OTHER")).valid());
  EXPECT_FALSE(map.find(symbol("B")).valid());
  EXPECT_FALSE(map.find(tops::WireSymbol{}).valid()) << "eight zero bytes are no symbol";
}

TEST(SymbolMapTest, RefusesSymbolsTheWireCannotCarry) {
  const auto map = SymbolMap::build(table_of({"ABCDEFGHI"}), kLine);
  EXPECT_EQ(map.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(TopsFeedTest, QuoteBecomesAnExactEvent) {
  Desk desk;
  desk.say(quote_of("SPY", 5'001'234, 5'001'300, tops::kFlagHalted | tops::kFlagPrePost));
  const auto events = desk.drain_data();
  ASSERT_THAT(events, SizeIs(1));
  const Event& e = events[0];
  EXPECT_EQ(e.type, EventType::kQuote);
  EXPECT_EQ(e.instrument(), desk.table.find("SPY"));
  EXPECT_EQ(e.source, kLine);
  EXPECT_EQ(e.flags, kQuoteHalted | kQuoteOutsideRegular | kQuoteTellsPhase);
  EXPECT_EQ(e.payload.quote.exchange_ts, 55);
  EXPECT_EQ(e.payload.quote.bid, Price::from_raw(500'123'400'000));
  EXPECT_EQ(e.payload.quote.ask, Price::from_raw(500'130'000'000));
  EXPECT_EQ(e.payload.quote.bid_size, Quantity::from_whole(100));
  EXPECT_EQ(e.payload.quote.ask_size, Quantity::from_whole(300));
}

TEST(TopsFeedTest, AQuoteTellsWhetherItIsOfRegularHours) {
  const auto flags_of = [](std::uint8_t flags) {
    Desk desk;
    desk.say(quote_of("SPY", 5'001'234, 5'001'300, flags));
    const auto events = desk.drain_data();
    EXPECT_THAT(events, SizeIs(1));
    return events.at(0).flags;
  };
  EXPECT_EQ(flags_of(0), kQuoteTellsPhase);
  EXPECT_EQ(flags_of(tops::kFlagPrePost), kQuoteTellsPhase | kQuoteOutsideRegular);
  EXPECT_EQ(flags_of(tops::kFlagHalted), kQuoteTellsPhase | kQuoteHalted);
}

TEST(TopsFeedTest, OnlyRegularRoundLotsAreLastSales) {
  const auto flags_of = [](std::uint8_t conditions) {
    Desk desk;
    desk.say(tops::Trade{conditions, 1, symbol("SPY"), 10, 5'000'000, 9});
    const auto events = desk.drain_data();
    EXPECT_THAT(events, SizeIs(1));
    EXPECT_EQ(events.at(0).payload.trade.trade_id, 9u);
    return events.at(0).flags;
  };
  EXPECT_EQ(flags_of(0), 0);
  EXPECT_EQ(flags_of(tops::kConditionTradeThroughExempt), 0);
  EXPECT_EQ(flags_of(tops::kConditionExtendedHours), kTradeNotLastSale);
  EXPECT_EQ(flags_of(tops::kConditionOddLot), kTradeNotLastSale);
  EXPECT_EQ(flags_of(tops::kConditionIso), kTradeIntermarketSweep);
  EXPECT_EQ(flags_of(tops::kConditionCross), kTradeCross);
}

TEST(TopsFeedTest, StatusesAndOperationalHaltsCombine) {
  Desk desk;
  const auto says = [&](const auto& message) {
    desk.say(message);
    const auto events = desk.drain_data();
    return events.empty() ? InstrumentStatus::kClosed : events.at(0).payload.status.status;
  };
  const auto none = InstrumentStatus::kClosed;
  EXPECT_EQ(says(tops::OperationalHalt{'N', 1, symbol("SPY")}), none);
  EXPECT_EQ(says(tops::TradingStatus{'T', 1, symbol("SPY"), {}}), InstrumentStatus::kTrading);
  EXPECT_EQ(says(tops::OperationalHalt{'O', 1, symbol("SPY")}), InstrumentStatus::kHalted);
  EXPECT_EQ(says(tops::TradingStatus{'P', 1, symbol("SPY"), {}}), InstrumentStatus::kHalted);
  EXPECT_EQ(says(tops::OperationalHalt{'N', 1, symbol("SPY")}), InstrumentStatus::kPaused);
  EXPECT_EQ(says(tops::TradingStatus{'O', 1, symbol("SPY"), {}}),
            InstrumentStatus::kOrderAcceptance);
  EXPECT_EQ(says(tops::TradingStatus{'H', 1, symbol("SPY"), {}}), InstrumentStatus::kHalted);
}

TEST(TopsFeedTest, SystemEventsArePhasesAndCEndsTheLine) {
  Desk desk;
  std::vector<VenuePhase> phases;
  for (const char c : {'O', 'S', 'R', 'M', 'E', 'C'}) {
    desk.say(tops::SystemEvent{c, 77});
    for (const Event& e : desk.drain_data()) {
      EXPECT_EQ(e.payload.venue.exchange_ts, 77);
      phases.push_back(e.payload.venue.phase);
    }
  }
  EXPECT_THAT(phases,
              ::testing::ElementsAre(VenuePhase::kStartOfMessages, VenuePhase::kPreMarket,
                                     VenuePhase::kRegular, VenuePhase::kPostMarket,
                                     VenuePhase::kEndOfMessages, VenuePhase::kEndOfMessages));
  EXPECT_EQ(desk.feed.state(), FeedState::kEnded);
  EXPECT_FALSE(desk.feed.check_line(1'000 * kSecond)) << "an ended line is not silent";
}

TEST(TopsFeedTest, UnknownSymbolsAreCountedAndCostNoEvent) {
  Desk desk;
  desk.say(quote_of("MSFT", 1, 2), tops::Trade{0, 1, symbol("MSFT"), 1, 1, 1});
  EXPECT_THAT(desk.drain_data(), IsEmpty());
  EXPECT_EQ(desk.feed.counts().unknown_symbols, 2u);
  EXPECT_EQ(desk.feed.counts().messages, 2u);
}

TEST(TopsFeedTest, PricesBeyondRangeSaturateAndAreCounted) {
  Desk desk;
  desk.say(quote_of("SPY", std::numeric_limits<std::int64_t>::min(),
                    std::numeric_limits<std::int64_t>::max()));
  const auto events = desk.drain_data();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].payload.quote.bid, -Price::max());
  EXPECT_EQ(events[0].payload.quote.ask, Price::max());
  EXPECT_EQ(desk.feed.counts().absurd_prices, 2u);
}

TEST(TopsFeedTest, GapComesBeforeTheMessagesAfterIt) {
  Desk desk;
  desk.say(quote_of("SPY", 1, 2));
  desk.writer.add(quote_of("SPY", 3, 4));
  desk.writer.finish(0);  // lost
  desk.say(quote_of("SPY", 5, 6));
  const auto events = desk.drain_data();
  ASSERT_THAT(events, SizeIs(3));
  EXPECT_EQ(events[1].type, EventType::kFeedGap);
  EXPECT_EQ(events[1].payload.gap.session, 7u);
  EXPECT_EQ(events[1].payload.gap.first_missing, 2u);
  EXPECT_EQ(events[1].payload.gap.count, 1u);
  EXPECT_EQ(events[2].type, EventType::kQuote);
  EXPECT_EQ(desk.feed.counts().sequence.gaps, 1u);
}

TEST(TopsFeedTest, DuplicatesAreDroppedAndOfLatePacketsOnlyBreaksCount) {
  Desk desk;
  desk.writer.add(quote_of("SPY", 1, 2));
  const Bytes first = bytes_of(desk.writer.finish(0));
  desk.writer.add(quote_of("SPY", 3, 4));
  desk.writer.add(tops::TradeBreak{0, 1, symbol("SPY"), 1, 1, 42});
  const Bytes late = bytes_of(desk.writer.finish(0));
  desk.feed.on_datagram(first, 0);
  desk.feed.on_datagram(first, 0);
  desk.say(quote_of("SPY", 5, 6));
  desk.drain();
  desk.feed.on_datagram(late, 0);
  desk.feed.on_datagram(late, 0);
  const auto events = desk.drain_data();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].type, EventType::kTradeBreak);
  EXPECT_EQ(events[0].payload.trade.trade_id, 42u);
  EXPECT_EQ(desk.feed.counts().sequence.late, 2u);
  EXPECT_EQ(desk.feed.counts().sequence.duplicates, 3u);
}

TEST(TopsFeedTest, BrokenPacketsAreCountedAndLeaveTheStreamAsItWas) {
  Desk desk;
  desk.say(quote_of("SPY", 1, 2));
  desk.drain();
  const Bytes garbage(100, std::byte{0xee});
  EXPECT_TRUE(desk.feed.on_datagram(garbage, 0));
  EXPECT_THAT(desk.drain(), IsEmpty());
  EXPECT_EQ(desk.feed.counts().malformed_packets, 1u);
  EXPECT_EQ(desk.feed.last_fault().what, "wrong_version");
  desk.say(quote_of("SPY", 3, 4));
  EXPECT_THAT(desk.drain_data(), SizeIs(1));
}

TEST(TopsFeedTest, CutPacketDeliversItsFrontAndTheRestIsAGap) {
  Desk desk;
  desk.writer.add(quote_of("SPY", 1, 2));
  desk.writer.add(quote_of("SPY", 3, 4));
  Bytes cut = bytes_of(desk.writer.finish(0));
  cut.pop_back();
  EXPECT_TRUE(desk.feed.on_datagram(cut, 0));
  EXPECT_THAT(desk.drain_data(), SizeIs(1));
  desk.say(quote_of("SPY", 5, 6));
  const auto events = desk.drain_data();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].payload.gap.first_missing, 2u);
}

TEST(TopsFeedTest, NewSessionVoidsPhaseAndPrices) {
  Desk desk;
  desk.say(tops::SystemEvent{'R', 1});
  desk.drain();
  tops::PacketWriter tomorrow(8, 1);
  tomorrow.add(tops::SystemEvent{'O', 2});
  desk.feed.on_datagram(tomorrow.finish(2), 0);
  const auto events = desk.drain();
  ASSERT_THAT(events, SizeIs(4));
  EXPECT_EQ(events[0].payload.venue.phase, VenuePhase::kUnknown);
  EXPECT_EQ(events[1].type, EventType::kFeedGap);
  EXPECT_EQ(events[1].payload.gap.count, 0u);
  EXPECT_EQ(events[2].payload.venue.phase, VenuePhase::kStartOfMessages);
  EXPECT_EQ(events[3].payload.feed.state, FeedState::kAlive);
}

// --- life and silence
// ------------------------------------------------------------------------------

TEST(TopsFeedTest, TellsSilenceOnceAndLifeWhenItReturns) {
  Desk desk;
  EXPECT_TRUE(desk.send());  // a heartbeat
  auto events = desk.drain();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].payload.feed.state, FeedState::kAlive);
  EXPECT_FALSE(desk.feed.check_line(3 * kSecond - 1));
  EXPECT_TRUE(desk.feed.check_line(3 * kSecond));
  EXPECT_FALSE(desk.feed.check_line(4 * kSecond)) << "once";
  events = desk.drain();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].payload.feed.state, FeedState::kSilent);
  desk.now = 5 * kSecond;
  EXPECT_TRUE(desk.send());
  events = desk.drain();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].payload.feed.state, FeedState::kAlive);
  EXPECT_EQ(desk.feed.counts().silences, 1u);
}

TEST(TopsFeedTest, ALineThatNeverSpokeIsSilent) {
  Desk desk;
  EXPECT_FALSE(desk.feed.check_line(100 * kSecond));
  EXPECT_TRUE(desk.feed.check_line(103 * kSecond));
}

TEST(TopsFeedTest, HeartbeatsShowLifeButNotMoreOftenThanAsked) {
  Desk desk;
  desk.send();
  desk.drain();
  desk.now = kSecond / 4;
  desk.send();
  EXPECT_THAT(desk.drain(), IsEmpty());
  desk.now = kSecond;
  desk.send();
  EXPECT_THAT(desk.drain(), SizeIs(1));
}

// --- a full ring
// -----------------------------------------------------------------------------------

TEST(TopsFeedTest, FullRingConflatesQuotesAndKeepsTheRest) {
  Desk desk(2);
  for (int i = 1; i <= 50; ++i) {
    desk.say(quote_of("SPY", i * 100, i * 100 + 1), quote_of("AAPL", i, i + 1));
  }
  desk.say(tops::TradeBreak{0, 1, symbol("SPY"), 1, 1, 42}, tops::SystemEvent{'M', 1});
  const auto events = desk.drain();
  int kept = 0;
  Price last_spy;
  for (const Event& e : events) {
    if (e.type == EventType::kTradeBreak || e.type == EventType::kVenueSession) ++kept;
    if (e.type == EventType::kQuote && e.instrument() == desk.table.find("SPY")) {
      last_spy = e.payload.quote.bid;
    }
  }
  EXPECT_EQ(kept, 2);
  EXPECT_EQ(last_spy, Price::from_raw(5'000 * 100'000));
  EXPECT_LT(events.size(), 12u);
  EXPECT_EQ(desk.feed.counts().conflated + events.size(), desk.feed.counts().events);
}

TEST(TopsFeedTest, WithoutRoomItRefusesTheDatagramAndTakesItLater) {
  Desk desk(2);
  std::uint64_t breaks = 0;
  std::int64_t id = 0;
  const auto fill = [&] {
    while (desk.writer.add(tops::TradeBreak{0, 1, symbol("SPY"), 1, 1, id + 1})) ++id;
    return bytes_of(desk.writer.finish(0));
  };
  Bytes packet = fill();
  while (desk.feed.on_datagram(packet, 0)) packet = fill();
  EXPECT_EQ(desk.feed.counts().refused_packets, 1u);
  EXPECT_FALSE(desk.feed.on_datagram(packet, 0)) << "still no room";
  for (const Event& e : desk.drain()) {
    if (e.type != EventType::kTradeBreak) continue;
    EXPECT_EQ(e.payload.trade.trade_id, ++breaks);
  }
  EXPECT_TRUE(desk.feed.on_datagram(packet, 0));
  for (const Event& e : desk.drain()) {
    if (e.type != EventType::kTradeBreak) continue;
    EXPECT_EQ(e.payload.trade.trade_id, ++breaks);
  }
  EXPECT_EQ(breaks, static_cast<std::uint64_t>(id)) << "none lost, none twice";
  EXPECT_EQ(desk.feed.counts().sequence.gaps, 0u);
}

// --- a recorded day
// -------------------------------------------------------------------------------

TEST(TopsFeedTest, RecordedDayBecomesEvents) {
  const char* const path = EVENKEEL_SHARED_DATA_DIR "/captures/iex_tops16_20170710.pcapng.gz";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
  Desk desk(65'536);
  auto reader = CaptureReader::open(path);
  ASSERT_TRUE(reader.ok()) << reader.status();
  CapturedDatagram datagram;
  while (reader->next(datagram).value()) {
    ASSERT_TRUE(desk.feed.on_datagram(datagram.udp.payload, datagram.ts_ns));
  }
  const auto counts = desk.feed.counts();
  EXPECT_EQ(counts.packets, 13'022u);
  EXPECT_EQ(counts.messages, 57'674u);
  EXPECT_EQ(counts.malformed_packets + counts.malformed_messages + counts.unknown_messages, 0u);
  EXPECT_EQ(counts.sequence.gaps, 0u);
  EXPECT_EQ(desk.feed.state(), FeedState::kEnded);
  std::vector<VenuePhase> phases;
  std::uint64_t quotes = 0;
  Quantity last_size = Quantity::from_whole(1);
  for (const Event& e : desk.drain()) {
    if (e.type == EventType::kVenueSession) phases.push_back(e.payload.venue.phase);
    if (e.type != EventType::kQuote) continue;
    ++quotes;
    last_size = e.payload.quote.bid_size;
  }
  EXPECT_THAT(phases, SizeIs(6));
  EXPECT_EQ(quotes, counts.quotes);
  EXPECT_GT(quotes, 0u);
  EXPECT_TRUE(last_size.is_zero()) << "quotes are withdrawn at the end";
}

}  // namespace
}  // namespace evenkeel::feeds
