#include "core/sequencer.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace evenkeel {
namespace {

/// A clock that says what the test says.
struct FakeClock {
  TimeNs* time;
  TimeNs now() const { return *time; }
};
struct NotAClock {
  int now() const { return 0; }
};
static_assert(Clock<FakeClock> && !Clock<NotAClock>);

constexpr TimeNs kStart = 1'700'000'000 * kSecond;
constexpr TimeNs kDay2017 = 1'499'693'400 * kSecond;

Event quote_at(TimeNs exchange_ts, std::uint16_t source = 0) {
  Event event = Event::make(EventType::kQuote, SourceId{source}, 0);
  event.payload.quote.exchange_ts = exchange_ts;
  return event;
}

class SequencerTest : public testing::Test {
 protected:
  Sequencer<FakeClock> make(ClockMode mode, DurationNs tick = kSecond) {
    return Sequencer<FakeClock>(FakeClock{&time_}, mode, tick);
  }
  /// Everything that comes out now.
  std::vector<Event> drain(Sequencer<FakeClock>& sequencer) {
    std::vector<Event> events;
    Event event;
    while (sequencer.next(event)) events.push_back(event);
    return events;
  }
  static int ticks(const std::vector<Event>& events) {
    return static_cast<int>(std::count_if(
        events.begin(), events.end(), [](const Event& e) { return e.type == EventType::kClock; }));
  }

  TimeNs time_ = kStart;
  SpscRing<Event> first_{1024}, second_{1024};
};

TEST_F(SequencerTest, GoesOnBehindARecord) {
  for (const ClockMode mode : {ClockMode::kWall, ClockMode::kFeed}) {
    auto sequencer = make(mode);
    sequencer.add_input(first_);
    sequencer.resume(41, kStart - 10 * kSecond);
    EXPECT_EQ(sequencer.sequence(), 41U);
    EXPECT_EQ(sequencer.now(), kStart - 10 * kSecond);
    ASSERT_TRUE(first_.try_push(Event::make(EventType::kCommand, SourceId::none())));
    const auto events = drain(sequencer);
    ASSERT_FALSE(events.empty());
    EXPECT_EQ(events[0].sequence, 42U);
    EXPECT_EQ(events[0].ts, mode == ClockMode::kWall ? kStart : kStart - 10 * kSecond);
  }
}

TEST_F(SequencerTest, IsNeverBeforeTheRecordThoughTheClockIs) {
  auto sequencer = make(ClockMode::kWall);
  sequencer.add_input(first_);
  const TimeNs recorded = kStart + 100 * kSecond;  // the clock has been set back since
  sequencer.resume(7, recorded);
  TimeNs last = recorded;
  for (int i = 0; i < 2'000; ++i) {
    time_ += kSecond;
    for (const Event& event : drain(sequencer)) {
      EXPECT_GE(event.ts, last);
      last = event.ts;
    }
  }
  EXPECT_EQ(last, time_) << "time went on all the while, slower, until the clock had caught up";
  EXPECT_GT(sequencer.sequence(), 7U + 1'500U) << "timers went on";
}

TEST_F(SequencerTest, AFeedsTimeGoesOnFromTheRecord) {
  auto sequencer = make(ClockMode::kFeed);
  sequencer.add_input(first_);
  sequencer.resume(100, kDay2017);
  ASSERT_TRUE(first_.try_push(quote_at(kDay2017 - kHour)));    // older than what is recorded
  ASSERT_TRUE(first_.try_push(quote_at(kDay2017 + kMinute)));  // and on
  const auto events = drain(sequencer);
  ASSERT_GE(events.size(), 2U);
  EXPECT_EQ(events[0].ts, kDay2017);
  EXPECT_EQ(events[1].ts, kDay2017 + kMinute);
  time_ += 3 * kSecond;
  ASSERT_TRUE(first_.try_push(quote_at(0)));
  EXPECT_EQ(drain(sequencer)[0].ts, kDay2017 + kMinute + 3 * kSecond);
}

TEST_F(SequencerTest, ARecordWithoutAFeedsTimeWaitsForIt) {
  auto sequencer = make(ClockMode::kFeed);
  sequencer.add_input(first_);
  sequencer.resume(3, 5 * kSecond);  // only counted, nothing was heard
  ASSERT_TRUE(first_.try_push(Event::make(EventType::kCommand, SourceId::none())));
  ASSERT_TRUE(first_.try_push(quote_at(kDay2017)));
  const auto events = drain(sequencer);
  ASSERT_GE(events.size(), 2U);
  EXPECT_EQ(events[0].ts, 5 * kSecond);
  EXPECT_EQ(events[1].ts, kDay2017) << "the first time that is heard is believed at once";
}

TEST_F(SequencerTest, NumbersFromOneAndStamps) {
  auto sequencer = make(ClockMode::kWall);
  sequencer.add_input(first_);
  ASSERT_TRUE(first_.try_push(quote_at(5)));
  ASSERT_TRUE(first_.try_push(quote_at(6)));
  EXPECT_TRUE(sequencer.has_input());
  const auto events = drain(sequencer);
  ASSERT_EQ(events.size(), 3U);  // and the first tick of the run
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].sequence, i + 1);
    EXPECT_EQ(events[i].ts, kStart);
  }
  EXPECT_EQ(events[0].payload.quote.exchange_ts, 5);
  EXPECT_EQ(events[1].payload.quote.exchange_ts, 6);
  EXPECT_EQ(events[2].type, EventType::kClock);
  EXPECT_FALSE(events[2].source.valid());
  EXPECT_EQ(sequencer.sequence(), 3U);
  EXPECT_EQ(sequencer.now(), kStart);
  EXPECT_FALSE(sequencer.has_input());
}

TEST_F(SequencerTest, WithoutInputsItStillTicks) {
  auto sequencer = make(ClockMode::kWall);
  EXPECT_EQ(drain(sequencer).size(), 1U);
  time_ += kSecond;
  EXPECT_EQ(drain(sequencer).size(), 1U);
}

TEST_F(SequencerTest, OneTickForEachDueTimeAndOneForAPause) {
  auto sequencer = make(ClockMode::kWall);
  sequencer.add_input(first_);
  EXPECT_EQ(ticks(drain(sequencer)), 1);
  for (int i = 0; i < 10; ++i) {
    time_ += kSecond / 2 - 1;
    EXPECT_EQ(ticks(drain(sequencer)), 0) << i;
    time_ += kSecond / 2 + 1;
    EXPECT_EQ(ticks(drain(sequencer)), 1) << i;
  }
  time_ += kHour;
  const auto events = drain(sequencer);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].ts, time_);
}

TEST_F(SequencerTest, StampsNeverGoBackAndTicksGoOnWhenTheClockIsSetBack) {
  auto sequencer = make(ClockMode::kWall);
  sequencer.add_input(first_);
  drain(sequencer);
  time_ += 10 * kSecond;
  drain(sequencer);
  TimeNs last = sequencer.now();
  time_ -= kHour;
  // A timer of ten seconds must not take an hour: ten seconds of the clock bring nearly as much.
  int seen = 0;
  for (int i = 0; i < 100; ++i) {
    time_ += kSecond / 10;
    ASSERT_TRUE(first_.try_push(quote_at(1)));
    for (const Event& event : drain(sequencer)) {
      EXPECT_GE(event.ts, last);
      last = event.ts;
      seen += event.type == EventType::kClock ? 1 : 0;
    }
  }
  EXPECT_GE(seen, 8);
  EXPECT_GE(last, kStart + 10 * kSecond + 8 * kSecond);
  // It runs slower until the clock has caught up, and then is the clock again.
  for (int i = 0; i < 9 * 3600; ++i) {
    time_ += kSecond;
    drain(sequencer);
  }
  EXPECT_EQ(sequencer.now(), time_);
}

TEST_F(SequencerTest, AFloodDoesNotHoldBackTime) {
  auto sequencer = make(ClockMode::kWall);
  sequencer.add_input(first_);
  sequencer.add_input(second_);
  drain(sequencer);
  int since_tick = 0, worst = 0, count = 0;
  Event event;
  for (int i = 0; i < 5'000; ++i) {
    while (first_.try_push(quote_at(1))) continue;
    while (second_.try_push(quote_at(1, 1))) continue;
    time_ += kMillisecond * 10;
    ASSERT_TRUE(sequencer.next(event));
    if (event.type == EventType::kClock) {
      ++count;
      since_tick = 0;
    } else {
      worst = std::max(worst, ++since_tick);
    }
  }
  EXPECT_GE(count, 20);
  EXPECT_LE(worst, 100 + 2 * 64);  // a tick's worth of events, and a burst of each input
}

TEST_F(SequencerTest, NoInputStarves) {
  auto sequencer = make(ClockMode::kWall, kHour);
  sequencer.add_input(first_);
  sequencer.add_input(second_);
  drain(sequencer);
  ASSERT_TRUE(second_.try_push(quote_at(1, 1)));
  Event event;
  int waited = 0;
  do {
    while (first_.try_push(quote_at(1, 0))) continue;
    ASSERT_TRUE(sequencer.next(event));
    ++waited;
  } while (event.source != SourceId{1});
  EXPECT_LE(waited, 65);
}

TEST_F(SequencerTest, ALongInputComesOutWithoutAPause) {
  for (int inputs = 1; inputs <= 2; ++inputs) {
    auto sequencer = make(ClockMode::kWall, kHour);
    sequencer.add_input(first_);
    if (inputs == 2) sequencer.add_input(second_);
    drain(sequencer);
    for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(first_.try_push(quote_at(i)));
    const auto events = drain(sequencer);  // stops at the first false
    ASSERT_EQ(events.size(), 1'000U);
    for (int i = 0; i < 1'000; ++i) EXPECT_EQ(events[i].payload.quote.exchange_ts, i);
  }
}

TEST_F(SequencerTest, TheSameInputGivesTheSameRecord) {
  const auto run = [this] {
    time_ = kStart;
    auto sequencer = make(ClockMode::kFeed, kMillisecond);
    sequencer.add_input(first_);
    sequencer.add_input(second_);
    std::vector<std::uint64_t> record;
    for (int i = 0; i < 500; ++i) {
      if (i % 3 != 0) first_.try_push(quote_at(kDay2017 + i * kMicrosecond));
      if (i % 7 == 0) second_.try_push(quote_at(kDay2017 + i * 700, 1));
      time_ += 13 * kMicrosecond;
      for (const Event& event : drain(sequencer)) {
        record.push_back(event.sequence);
        record.push_back(static_cast<std::uint64_t>(event.ts));
        record.push_back(static_cast<std::uint64_t>(event.type));
      }
    }
    return record;
  };
  const auto record = run();
  EXPECT_GT(record.size(), 1'000U);
  EXPECT_EQ(record, run());
}

// --- the feed's clock ----------------------------------------------------------------------------

TEST_F(SequencerTest, FeedTimeCountsFromZeroAndJumpsToTheFirstExchangeTime) {
  auto sequencer = make(ClockMode::kFeed);
  sequencer.add_input(first_);
  EXPECT_EQ(drain(sequencer).size(), 0U);
  time_ += 1500 * kMillisecond;
  auto events = drain(sequencer);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].ts, 1500 * kMillisecond);

  ASSERT_TRUE(first_.try_push(quote_at(kDay2017)));
  events = drain(sequencer);
  ASSERT_EQ(events.size(), 2U);  // the quote, then one tick for all the years between
  EXPECT_EQ(events[0].ts, kDay2017);
  EXPECT_EQ(events[1].type, EventType::kClock);
  EXPECT_EQ(events[1].ts, kDay2017);
}

TEST_F(SequencerTest, FeedTimeGoesOnByTheWallBetweenQuotes) {
  auto sequencer = make(ClockMode::kFeed);
  sequencer.add_input(first_);
  ASSERT_TRUE(first_.try_push(quote_at(kDay2017)));
  drain(sequencer);
  time_ += 2 * kSecond;
  auto events = drain(sequencer);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].ts, kDay2017 + 2 * kSecond);

  // A compressed day: exchange time runs ahead of the wall.
  ASSERT_TRUE(first_.try_push(quote_at(kDay2017 + kMinute)));
  events = drain(sequencer);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].ts, kDay2017 + kMinute);

  // A late or repeated exchange time does not turn time back.
  ASSERT_TRUE(first_.try_push(quote_at(kDay2017 + kSecond)));
  time_ += kMillisecond;
  events = drain(sequencer);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].ts, kDay2017 + kMinute + kMillisecond);
}

TEST_F(SequencerTest, OtherEventsTakeTheFeedsTimeButDoNotSetIt) {
  auto sequencer = make(ClockMode::kFeed);
  sequencer.add_input(first_);
  ASSERT_TRUE(first_.try_push(quote_at(kDay2017)));
  Event report = Event::make(EventType::kExecution, SourceId{1});
  report.payload.quote.exchange_ts = kDay2017 + kHour;  // bytes that are no time
  ASSERT_TRUE(first_.try_push(report));
  const auto events = drain(sequencer);
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[1].ts, kDay2017);
}

TEST_F(SequencerTest, OneMarketEventAloneCannotThrowTimeFarAhead) {
  auto sequencer = make(ClockMode::kFeed);
  sequencer.add_input(first_);
  ASSERT_TRUE(first_.try_push(quote_at(kDay2017)));
  ASSERT_TRUE(first_.try_push(quote_at(kDay2017 + 400 * kCalendarDay)));
  ASSERT_TRUE(first_.try_push(quote_at(INT64_MAX)));
  ASSERT_TRUE(first_.try_push(quote_at(INT64_MIN)));
  ASSERT_TRUE(first_.try_push(quote_at(kDay2017 + kSecond)));
  drain(sequencer);
  EXPECT_EQ(sequencer.now(), kDay2017 + kSecond);
  EXPECT_EQ(sequencer.feed_jumps_refused(), 2U);

  // A weekend between two recorded days is believed at once, another year when two events agree.
  ASSERT_TRUE(first_.try_push(quote_at(kDay2017 + 3 * kCalendarDay)));
  drain(sequencer);
  EXPECT_EQ(sequencer.now(), kDay2017 + 3 * kCalendarDay);
  ASSERT_TRUE(first_.try_push(quote_at(kDay2017 + 400 * kCalendarDay)));
  ASSERT_TRUE(first_.try_push(quote_at(kDay2017 + 400 * kCalendarDay + kSecond)));
  drain(sequencer);
  EXPECT_EQ(sequencer.now(), kDay2017 + 400 * kCalendarDay + kSecond);
}

TEST_F(SequencerTest, AnImpossibleFirstTimeIsNotBelieved) {
  auto sequencer = make(ClockMode::kFeed);
  sequencer.add_input(first_);
  ASSERT_TRUE(first_.try_push(quote_at(INT64_MAX)));
  ASSERT_TRUE(first_.try_push(quote_at(INT64_MAX - 1)));
  ASSERT_TRUE(first_.try_push(quote_at(kDay2017)));
  drain(sequencer);
  EXPECT_EQ(sequencer.now(), kDay2017);
  EXPECT_EQ(sequencer.feed_jumps_refused(), 2U);
}

}  // namespace
}  // namespace evenkeel
