#include "core/market.hpp"

#include <gtest/gtest.h>

#include "tests/core/world.hpp"

namespace evenkeel {
namespace {

using testing_world::EventMaker;
using testing_world::Instruments;
using testing_world::kLine;
using testing_world::kOtherLine;

class MarketTest : public testing::Test {
 protected:
  MarketTest() { market_.apply(make_.phase(VenuePhase::kRegular)); }
  Price mark() const { return market_.mark(i_.stock); }
  Unsound soundness() const { return market_.soundness(i_.stock); }
  bool sound() const { return soundness() == Unsound::kNone; }

  Instruments i_;
  MarketState market_{i_.table, 2};
  EventMaker make_;
};

constexpr Price cents(std::int64_t n) { return Price::from_raw(n * 10'000'000); }

TEST_F(MarketTest, TheMarkIsTheMidOfASoundQuote) {
  EXPECT_EQ(soundness(), Unsound::kNeverQuoted);
  EXPECT_EQ(mark(), Price{});
  EXPECT_TRUE(market_.apply(make_.quote(i_.stock, 9'999, 10'001)));
  EXPECT_EQ(mark(), cents(10'000));
  EXPECT_TRUE(sound());
  // The same mid by another spread is no change of the mark.
  EXPECT_FALSE(market_.apply(make_.quote(i_.stock, 9'998, 10'002)));
  EXPECT_EQ(market_[i_.stock].bid, cents(9'998));
  EXPECT_EQ(market_[i_.stock].generation, 1U);
  // An odd sum: half of the last digit is dropped.
  EXPECT_TRUE(market_.apply(make_.quote_raw(i_.stock, 100'000'000'000, 100'000'000'003)));
  EXPECT_EQ(mark(), Price::from_raw(100'000'000'001));
}

struct BadQuote {
  const char* name;
  std::int64_t bid, ask;  // cents
  std::uint8_t flags;
  Unsound bit;
};

TEST_F(MarketTest, EachKindOfBadQuoteKeepsTheMarkAndIsUnsound) {
  // clang-format off
  const BadQuote cases[] = {
      // name               bid     ask     flags                  bit
      {"no ask",            10'000, 0,      0,                     Unsound::kOneSided},
      {"no bid",            0,      10'000, 0,                     Unsound::kOneSided},
      {"withdrawn",         0,      0,      0,                     Unsound::kOneSided},
      {"crossed",           10'001, 10'000, 0,                     Unsound::kCrossed},
      {"wide",              10'000, 10'501, 0,                     Unsound::kWide},
      {"halted",            9'999,  10'001, kQuoteHalted,          Unsound::kHalted},
      {"before the open",   9'999,  10'001, kQuoteOutsideRegular,  Unsound::kNotRegular},
      {"negative",          -5,     10'000, 0,                     Unsound::kAbsurd},
      {"both negative",     -6,     -5,     0,                     Unsound::kAbsurd},
      {"beyond any price",  99'999'999'999, 100'000'000'001, 0,    Unsound::kAbsurd},
      {"a jump down",       7'000,  7'001,  0,                     Unsound::kAbsurd},
      {"a jump up",         13'000, 13'001, 0,                     Unsound::kAbsurd},
  };
  // clang-format on
  for (const BadQuote& c : cases) {
    ASSERT_TRUE(market_.apply(make_.price(i_.stock, 10'010)) ||
                market_.mark(i_.stock) == cents(10'010));
    ASSERT_TRUE(sound()) << c.name;
    const std::uint64_t unsound = market_.counters().unsound_quotes;
    EXPECT_FALSE(market_.apply(make_.quote(i_.stock, c.bid, c.ask, c.flags))) << c.name;
    EXPECT_EQ(soundness(), c.bit) << c.name << ": " << unsound_name(soundness());
    EXPECT_EQ(mark(), cents(10'010)) << c.name;
    EXPECT_EQ(market_.counters().unsound_quotes, unsound + 1) << c.name;
  }
}

TEST_F(MarketTest, ZeroSizesAreAWithdrawal) {
  market_.apply(make_.price(i_.stock, 10'000));
  Event quote = make_.price(i_.stock, 10'000);
  quote.payload.quote.bid_size = Quantity{};
  EXPECT_FALSE(market_.apply(quote));
  EXPECT_EQ(soundness(), Unsound::kOneSided);
  quote.payload.quote.bid_size = Quantity::from_whole(-1);
  EXPECT_FALSE(market_.apply(quote));
  EXPECT_EQ(soundness(), Unsound::kOneSided);
}

TEST_F(MarketTest, LockedIsSoundAndTheWidestSpreadToo) {
  EXPECT_TRUE(market_.apply(make_.quote(i_.stock, 10'000, 10'000)));
  EXPECT_TRUE(sound());
  EXPECT_TRUE(market_.apply(make_.quote(i_.stock, 10'000, 10'500)));  // 5% exactly
  EXPECT_TRUE(sound());
}

TEST_F(MarketTest, ExtremeRawPricesDoNoHarm) {
  for (const std::int64_t bid : {INT64_MIN, INT64_MIN + 1, INT64_MAX}) {
    for (const std::int64_t ask : {INT64_MIN, INT64_MAX, std::int64_t{1}}) {
      EXPECT_FALSE(market_.apply(make_.quote_raw(i_.stock, bid, ask)));
      EXPECT_TRUE(any(soundness() & Unsound::kAbsurd));
    }
  }
  EXPECT_EQ(mark(), Price{});
}

// --- jumps
// -----------------------------------------------------------------------------------------

TEST_F(MarketTest, AJumpIsBelievedWhenItStands) {
  market_.apply(make_.price(i_.stock, 10'000));
  make_.now += kSecond;
  EXPECT_FALSE(market_.apply(make_.price(i_.stock, 7'000)));
  make_.now += 2 * kSecond - 1;
  EXPECT_FALSE(market_.apply(make_.price(i_.stock, 7'050)));
  EXPECT_EQ(mark(), cents(10'000));
  EXPECT_EQ(soundness(), Unsound::kAbsurd);
  make_.now += 1;
  EXPECT_TRUE(market_.apply(make_.price(i_.stock, 7'020)));
  EXPECT_EQ(mark(), cents(7'020));
  EXPECT_TRUE(sound());
  EXPECT_EQ(market_.counters().absurd_prices, 2U);
}

TEST_F(MarketTest, AJumpThatGoesBackIsForgotten) {
  market_.apply(make_.price(i_.stock, 10'000));
  market_.apply(make_.price(i_.stock, 7'000));
  make_.now += kSecond;
  EXPECT_TRUE(market_.apply(make_.price(i_.stock, 10'010)));
  make_.now += 5 * kSecond;
  // The clock of a new jump starts anew.
  EXPECT_FALSE(market_.apply(make_.price(i_.stock, 7'000)));
  EXPECT_EQ(mark(), cents(10'010));
}

TEST_F(MarketTest, AJumpToElsewhereStartsAnew) {
  market_.apply(make_.price(i_.stock, 10'000));
  market_.apply(make_.price(i_.stock, 7'000));
  make_.now += 3 * kSecond;
  EXPECT_FALSE(market_.apply(make_.price(i_.stock, 15'000)));
  make_.now += kSecond;
  EXPECT_FALSE(market_.apply(make_.price(i_.stock, 15'000)));
  make_.now += kSecond;
  EXPECT_TRUE(market_.apply(make_.price(i_.stock, 15'000)));
  EXPECT_EQ(mark(), cents(15'000));
}

TEST_F(MarketTest, AMoveWithinTheLimitNeedsNoConfirmation) {
  market_.apply(make_.price(i_.stock, 10'000));
  EXPECT_TRUE(market_.apply(make_.price(i_.stock, 12'000)));  // 20% exactly
  EXPECT_TRUE(market_.apply(make_.price(i_.stock, 9'600)));
  EXPECT_TRUE(sound());
}

TEST_F(MarketTest, AWithdrawnQuoteNeitherConfirmsNorContradictsAJump) {
  market_.apply(make_.price(i_.stock, 10'000));
  market_.apply(make_.price(i_.stock, 7'000));
  make_.now += 5 * kSecond;
  EXPECT_FALSE(market_.apply(make_.quote(i_.stock, 7'000, 0)));
  EXPECT_EQ(mark(), cents(10'000));
  EXPECT_TRUE(market_.apply(make_.price(i_.stock, 7'000)));
  EXPECT_EQ(mark(), cents(7'000));
}

// --- lines, halts, phases
// -----------------------------------------------------------------------------

TEST_F(MarketTest, AGapIsClearedByANewQuoteOfEachInstrument) {
  market_.apply(make_.price(i_.stock, 10'000));
  market_.apply(make_.price(i_.bond, 5'000));
  market_.apply(make_.gap(7));
  EXPECT_EQ(soundness(), Unsound::kGapped);
  EXPECT_EQ(market_.soundness(i_.bond), Unsound::kGapped);
  EXPECT_FALSE(market_.apply(make_.price(i_.stock, 10'000)));
  EXPECT_TRUE(sound());
  EXPECT_EQ(market_.soundness(i_.bond), Unsound::kGapped);
  EXPECT_EQ(market_.counters().gaps, 1U);
  EXPECT_EQ(market_.counters().messages_lost, 7U);
}

TEST_F(MarketTest, AStartIsAGapOnEveryLineAndPhasesStay) {
  market_.apply(make_.price(i_.stock, 10'000));
  market_.apply(make_.price(i_.bond, 5'000));
  EXPECT_FALSE(market_.apply(make_.make(EventType::kEngineStart, SourceId::none())));
  EXPECT_EQ(soundness(), Unsound::kGapped);
  EXPECT_EQ(market_.soundness(i_.bond), Unsound::kGapped);
  EXPECT_EQ(mark(), cents(10'000));  // kept, but nothing acts on it
  EXPECT_EQ(market_.line(kLine).phase, VenuePhase::kRegular);
  EXPECT_NE(market_.line(kOtherLine).gap_sequence, 0U);
  EXPECT_FALSE(market_.apply(make_.price(i_.stock, 10'000)));
  EXPECT_TRUE(sound());
  EXPECT_EQ(market_.soundness(i_.bond), Unsound::kGapped);
  EXPECT_EQ(market_.counters().gaps, 0U);  // of a feed
  // Statement prices do not come from a feed.
  EXPECT_EQ(market_.soundness(i_.table.cash(i_.usd)), Unsound::kNone);
}

// --- what quotes tell of a phase whose announcement was lost ---

class LostPhaseTest : public MarketTest {
 protected:
  static constexpr std::uint8_t kInside = kQuoteTellsPhase;
  static constexpr std::uint8_t kOutside = kQuoteTellsPhase | kQuoteOutsideRegular;

  LostPhaseTest() { market_.apply(make_.phase(VenuePhase::kPreMarket)); }
  VenuePhase phase() const { return market_.line(kLine).phase; }
  /// The phase behind a quote of a hundred of the stock.
  VenuePhase after_quote(std::uint8_t flags) {
    market_.apply(make_.quote(i_.stock, 10'000, 10'000, flags));
    return phase();
  }
  Event start() { return make_.make(EventType::kEngineStart, SourceId::none()); }
};

TEST_F(LostPhaseTest, BehindAGapAQuoteOfRegularHoursRestoresThePhase) {
  for (const bool restart : {false, true}) {
    market_.apply(make_.phase(VenuePhase::kPreMarket));
    market_.apply(restart ? start() : make_.gap(3));
    EXPECT_EQ(after_quote(kInside), VenuePhase::kRegular);
    EXPECT_TRUE(sound());
  }
}

TEST_F(LostPhaseTest, WithoutAGapTheVenueAloneTellsItsPhase) {
  EXPECT_EQ(after_quote(kInside), VenuePhase::kPreMarket);
  EXPECT_EQ(soundness(), Unsound::kNotRegular);
  market_.apply(make_.phase(VenuePhase::kRegular));
  EXPECT_EQ(after_quote(kOutside), VenuePhase::kRegular);
  // Nor with a gap from before its last word.
  market_.apply(make_.gap(3));
  market_.apply(make_.phase(VenuePhase::kPostMarket));
  EXPECT_EQ(after_quote(kInside), VenuePhase::kPostMarket);
}

TEST_F(LostPhaseTest, ALineThatDoesNotMarkItsQuotesProvesNothing) {
  market_.apply(start());
  EXPECT_EQ(after_quote(0), VenuePhase::kPreMarket);
  EXPECT_EQ(soundness(), Unsound::kNotRegular);
}

TEST_F(LostPhaseTest, AQuoteThatIsNotSoundProvesNothing) {
  market_.apply(start());
  EXPECT_EQ(after_quote(kInside | kQuoteHalted), VenuePhase::kPreMarket);
  const std::pair<std::int64_t, std::int64_t> bad[] = {
      {10'000, 0}, {0, 0}, {10'001, 10'000}, {5'000, 10'000}};
  for (const auto& [bid, ask] : bad) {
    market_.apply(make_.quote(i_.stock, bid, ask, kInside));
    EXPECT_EQ(phase(), VenuePhase::kPreMarket) << bid << " " << ask;
  }
  market_.apply(make_.quote(i_.stock, 10'000, 10'000, kInside, kOtherLine));  // not its line
  EXPECT_EQ(phase(), VenuePhase::kPreMarket);
}

TEST_F(LostPhaseTest, BehindAGapAMarkedQuoteEndsTheRegularPhase) {
  market_.apply(make_.phase(VenuePhase::kRegular));
  market_.apply(make_.gap(3));
  // Even one that is worth nothing otherwise, of a line that says nothing of the others.
  market_.apply(make_.quote(i_.bond, 0, 0, kQuoteOutsideRegular));
  EXPECT_EQ(phase(), VenuePhase::kUnknown);
  market_.apply(make_.price(i_.stock, 10'000));
  EXPECT_EQ(soundness(), Unsound::kNotRegular);
  // The last one counts, until the venue speaks.
  EXPECT_EQ(after_quote(kInside), VenuePhase::kRegular);
  EXPECT_EQ(after_quote(kOutside), VenuePhase::kUnknown);
  market_.apply(make_.phase(VenuePhase::kPostMarket));
  EXPECT_EQ(after_quote(kInside), VenuePhase::kPostMarket);
}

TEST_F(LostPhaseTest, AMarkedQuoteLeavesAPhaseThatIsNotRegular) {
  market_.apply(start());
  EXPECT_EQ(after_quote(kOutside), VenuePhase::kPreMarket);
  EXPECT_FALSE(market_.phase_moved_by(make_.make(EventType::kClock, SourceId::none())));
}

TEST_F(LostPhaseTest, EachInstrumentStillNeedsItsOwnQuoteAndNoHalt) {
  market_.apply(make_.price(i_.bond, 5'000));
  market_.apply(make_.status(i_.stock, InstrumentStatus::kHalted));
  market_.apply(start());
  EXPECT_EQ(after_quote(kInside), VenuePhase::kRegular);
  EXPECT_EQ(soundness(), Unsound::kHalted);
  EXPECT_EQ(market_.soundness(i_.bond), Unsound::kGapped);
  market_.apply(make_.quote(i_.bond, 5'000, 5'000, kOutside));
  EXPECT_TRUE(any(market_.soundness(i_.bond) & Unsound::kNotRegular));
}

TEST_F(LostPhaseTest, OtherLinesKeepTheirPhase) {
  market_.apply(make_.phase(VenuePhase::kPreMarket, kOtherLine));
  market_.apply(start());
  EXPECT_EQ(after_quote(kInside), VenuePhase::kRegular);
  EXPECT_EQ(market_.line(kOtherLine).phase, VenuePhase::kPreMarket);
}

TEST_F(MarketTest, AGapOnAnotherLineIsNoneOfOurs) {
  market_.apply(make_.price(i_.stock, 10'000));
  market_.apply(make_.gap(1, kOtherLine));
  EXPECT_TRUE(sound());
}

TEST_F(MarketTest, HaltsByStatus) {
  market_.apply(make_.price(i_.stock, 10'000));
  for (const InstrumentStatus status :
       {InstrumentStatus::kHalted, InstrumentStatus::kPaused, InstrumentStatus::kOrderAcceptance,
        InstrumentStatus::kClosed}) {
    EXPECT_FALSE(market_.apply(make_.status(i_.stock, status)));
    EXPECT_EQ(soundness(), Unsound::kHalted);
    // A quote alone does not end a halt.
    market_.apply(make_.price(i_.stock, 10'000));
    EXPECT_EQ(soundness(), Unsound::kHalted);
    market_.apply(make_.status(i_.stock, InstrumentStatus::kTrading));
    EXPECT_TRUE(sound());
  }
  EXPECT_EQ(market_.soundness(i_.bond), Unsound::kNeverQuoted);
}

TEST_F(MarketTest, OnlyTheRegularPhaseIsSound) {
  market_.apply(make_.price(i_.stock, 10'000));
  for (const VenuePhase phase :
       {VenuePhase::kUnknown, VenuePhase::kStartOfMessages, VenuePhase::kPreMarket,
        VenuePhase::kPostMarket, VenuePhase::kEndOfMessages}) {
    market_.apply(make_.phase(phase));
    EXPECT_EQ(soundness(), Unsound::kNotRegular);
  }
  market_.apply(make_.phase(VenuePhase::kRegular));
  EXPECT_TRUE(sound());
  market_.apply(make_.phase(VenuePhase::kPostMarket, kOtherLine));
  EXPECT_TRUE(sound());
}

TEST_F(MarketTest, ASilentLineIsUnsoundUntilItIsAlive) {
  market_.apply(make_.price(i_.stock, 10'000));
  for (const FeedState state : {FeedState::kSilent, FeedState::kEnded}) {
    market_.apply(make_.feed(state));
    EXPECT_EQ(soundness(), Unsound::kSilentLine);
    market_.apply(make_.feed(FeedState::kAlive));
    EXPECT_TRUE(sound());
  }
}

TEST_F(MarketTest, ALineRemembersWhenItWasHeard) {
  make_.now += kSecond;
  market_.apply(make_.price(i_.stock, 10'000));
  EXPECT_EQ(market_.line(kLine).heard_ts, make_.now);
  const TimeNs heard = make_.now;
  make_.now += kSecond;
  market_.apply(make_.feed(FeedState::kSilent));
  EXPECT_EQ(market_.line(kLine).heard_ts, heard);  // silence is not hearing
  market_.apply(make_.feed(FeedState::kAlive));
  EXPECT_EQ(market_.line(kLine).heard_ts, make_.now);
}

TEST_F(MarketTest, ReasonsAddUp) {
  market_.apply(make_.quote(i_.stock, 10'000, 0));
  market_.apply(make_.status(i_.stock, InstrumentStatus::kHalted));
  market_.apply(make_.phase(VenuePhase::kPostMarket));
  market_.apply(make_.feed(FeedState::kEnded));
  market_.apply(make_.gap(1));
  EXPECT_EQ(soundness(), Unsound::kOneSided | Unsound::kHalted | Unsound::kNotRegular |
                             Unsound::kSilentLine | Unsound::kGapped);
  EXPECT_EQ(unsound_name(soundness()), "one_sided");
  EXPECT_EQ(unsound_name(Unsound::kNone), "sound");
  EXPECT_EQ(unsound_name(Unsound::kAbsurd), "absurd");
}

// --- trades, what is not quoted, strangers
// ---------------------------------------------------------------

TEST_F(MarketTest, ATradeSetsTheLastPriceAndNeverTheMark) {
  market_.apply(make_.price(i_.stock, 10'000));
  EXPECT_FALSE(market_.apply(make_.trade(i_.stock, 10'100)));
  EXPECT_EQ(market_[i_.stock].last, cents(10'100));
  EXPECT_EQ(mark(), cents(10'000));
  market_.apply(make_.trade(i_.stock, 10'200, kTradeNotLastSale));
  EXPECT_EQ(market_[i_.stock].last, cents(10'100));
  market_.apply(make_.trade(i_.stock, 0));
  market_.apply(make_.trade(i_.stock, -5));
  EXPECT_EQ(market_[i_.stock].last, cents(10'100));
  EXPECT_EQ(market_.counters().trades, 2U);
  EXPECT_EQ(market_.counters().absurd_prices, 2U);
  Event trade_break = make_.trade(i_.stock, 10'100);
  trade_break.type = EventType::kTradeBreak;
  EXPECT_FALSE(market_.apply(trade_break));
  EXPECT_EQ(market_.counters().breaks, 1U);
}

TEST_F(MarketTest, WhatIsNotQuotedHasItsStatementPrice) {
  EXPECT_EQ(market_.mark(i_.fund), Price::from_whole(20));
  EXPECT_EQ(market_.soundness(i_.fund), Unsound::kNone);
  EXPECT_EQ(market_.mark(i_.usd_cash), kUnitPrice);
  EXPECT_EQ(market_.soundness(i_.usd_cash), Unsound::kNone);
  // No feed moves it.
  EXPECT_FALSE(market_.apply(make_.price(i_.fund, 2'100)));
  EXPECT_FALSE(market_.apply(make_.price(i_.usd_cash, 200)));
  EXPECT_EQ(market_.mark(i_.fund), Price::from_whole(20));
  EXPECT_EQ(market_.mark(i_.usd_cash), kUnitPrice);
  EXPECT_EQ(market_.counters().unknown_subjects, 2U);
  // The regular hours of a line are nothing to it.
  market_.apply(make_.phase(VenuePhase::kPostMarket));
  EXPECT_EQ(market_.soundness(i_.fund), Unsound::kNone);
}

TEST_F(MarketTest, StrangersAreCountedAndChangeNothing) {
  EXPECT_FALSE(market_.apply(make_.price(InstrumentId{99}, 10'000)));
  EXPECT_FALSE(market_.apply(make_.price(InstrumentId::none(), 10'000)));
  EXPECT_FALSE(market_.apply(make_.quote(i_.stock, 10'000, 10'000, 0, SourceId{2})));
  EXPECT_FALSE(market_.apply(make_.quote(i_.stock, 10'000, 10'000, 0, SourceId::none())));
  // A known line that is not this instrument's: a gap of the right line could not be noticed.
  EXPECT_FALSE(market_.apply(make_.quote(i_.stock, 10'000, 10'000, 0, kOtherLine)));
  EXPECT_FALSE(market_.apply(make_.gap(1, SourceId{7})));
  EXPECT_EQ(market_.counters().unknown_subjects, 6U);
  EXPECT_EQ(mark(), Price{});
  EXPECT_EQ(soundness(), Unsound::kNeverQuoted);
  EXPECT_FALSE(market_.apply(make_.make(EventType::kClock, SourceId::none())));
  EXPECT_EQ(market_.counters().unknown_subjects, 6U);
}

TEST(Market, AnInstrumentWithoutALineIsNeverSound) {
  Instruments i;
  Instrument orphan = testing_world::define("ORP", InstrumentKind::kEquity, i.usd);
  orphan.feed = SourceId::none();
  const InstrumentId id = *i.table.add(orphan);
  const MarketState market(i.table, 2);
  EXPECT_TRUE(any(market.soundness(id) & Unsound::kSilentLine));
}

}  // namespace
}  // namespace evenkeel
