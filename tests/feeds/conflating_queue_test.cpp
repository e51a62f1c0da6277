// What waits for a full ring: quotes give way to newer ones, nothing else is lost, and no quote
// ever changes places with an event that must be kept. Checked event by event and against a model.
#include "feeds/conflating_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <vector>

namespace evenkeel::feeds {
namespace {

using ::testing::ElementsAre;

constexpr std::uint32_t kInstruments = 4;

// An event told apart by `mark`.
Event event(EventType type, std::uint32_t subject, std::int64_t mark) {
  Event e = Event::make(type, SourceId::of(0), subject);
  e.payload.quote.exchange_ts = mark;
  return e;
}
Event quote(std::uint32_t subject, std::int64_t mark) {
  return event(EventType::kQuote, subject, mark);
}
Event trade(std::uint32_t subject, std::int64_t mark) {
  return event(EventType::kTrade, subject, mark);
}
Event gap(std::int64_t mark) { return event(EventType::kFeedGap, 0, mark); }

std::vector<std::int64_t> drain(SpscRing<Event>& ring) {
  std::vector<std::int64_t> marks;
  for (Event e; ring.try_pop(e);) marks.push_back(e.payload.quote.exchange_ts);
  return marks;
}

// A ring of two that is already full, so that everything pushed has to wait.
struct Full {
  SpscRing<Event> ring{2};
  ConflatingQueue queue{ring, kInstruments, 8};
  Full() {
    queue.push(quote(0, -1));
    queue.push(quote(0, -2));
  }
  std::vector<std::int64_t> rest() {
    std::vector<std::int64_t> all;
    do {
      for (const auto mark : drain(ring)) all.push_back(mark);
    } while (queue.flush() > 0);
    return all;
  }
};

TEST(ConflatingQueueTest, PassesStraightThroughWhileThereIsRoom) {
  SpscRing<Event> ring(8);
  ConflatingQueue queue(ring, kInstruments, 8);
  queue.push(quote(1, 1));
  queue.push(quote(1, 2));
  queue.push(gap(3));
  EXPECT_THAT(drain(ring), ElementsAre(1, 2, 3));
  EXPECT_EQ(queue.conflated(), 0u);
  EXPECT_EQ(queue.handed_over(), 3u);
}

TEST(ConflatingQueueTest, NewestQuoteOfAnInstrumentWins) {
  Full full;
  full.queue.push(quote(1, 1));
  full.queue.push(quote(2, 2));
  full.queue.push(quote(1, 3));
  full.queue.push(trade(1, 4));
  EXPECT_THAT(full.rest(), ElementsAre(-1, -2, 3, 2, 4));
  EXPECT_EQ(full.queue.conflated(), 1u);
}

TEST(ConflatingQueueTest, AQuoteNeverMovesBeforeAGap) {
  Full full;
  full.queue.push(quote(1, 1));
  full.queue.push(gap(2));
  full.queue.push(quote(1, 3));
  full.queue.push(quote(1, 4));
  EXPECT_THAT(full.rest(), ElementsAre(-1, -2, 2, 4));
  EXPECT_EQ(full.queue.conflated(), 2u);
}

TEST(ConflatingQueueTest, RoomCountsWhatMustBeKept) {
  Full full;
  EXPECT_EQ(full.queue.room(), 8u);
  full.queue.push(quote(1, 1));
  EXPECT_EQ(full.queue.room(), 8u);
  full.queue.push(gap(2));
  EXPECT_EQ(full.queue.room(), 7u);
  full.rest();
  EXPECT_EQ(full.queue.room(), 8u);
}

TEST(ConflatingQueueDeathTest, OverfillingIsABrokenInvariant) {
  Full full;
  for (int i = 0; i < 8; ++i) full.queue.push(gap(i));
  EXPECT_DEATH(full.queue.push(gap(9)), "broken invariant");
}

// However pushes and pops interleave: every kept event comes out, in order; the last quote and
// trade of each instrument come out; what comes out of one instrument is in order; and between two
// kept events nothing appears that was pushed outside them.
RC_GTEST_PROP(ConflatingQueueProperty, LosesOnlyWhatIsSuperseded, ()) {
  SpscRing<Event> ring(4);
  ConflatingQueue queue(ring, kInstruments, 16);
  std::vector<std::int64_t> kept_in;
  std::vector<Event> out;
  std::map<std::pair<EventType, std::uint32_t>, std::int64_t> last_in;
  std::map<std::int64_t, std::size_t> epoch_of;  // how many kept events were pushed before
  std::size_t pushed = 0;
  const auto steps = *rc::gen::inRange(0, 400);
  for (std::int64_t mark = 0; mark < steps; ++mark) {
    const int what = *rc::gen::weightedElement<int>({{8, 0}, {3, 1}, {2, 2}, {5, 3}, {2, 4}});
    const auto subject = *rc::gen::inRange<std::uint32_t>(0, kInstruments);
    if (what == 0 || what == 1) {
      const Event e = what == 0 ? quote(subject, mark) : trade(subject, mark);
      epoch_of[mark] = kept_in.size();
      last_in[{e.type, subject}] = mark;
      queue.push(e);
      ++pushed;
    } else if (what == 2 && queue.room() > 0) {
      kept_in.push_back(mark);
      queue.push(gap(mark));
      ++pushed;
    } else if (what == 3) {
      if (Event e; ring.try_pop(e)) out.push_back(e);
    } else {
      queue.flush();
    }
  }
  do {
    for (Event e; ring.try_pop(e);) out.push_back(e);
  } while (queue.flush() > 0);
  RC_ASSERT(out.size() + queue.conflated() == pushed);
  std::vector<std::int64_t> kept_out;
  std::map<std::pair<EventType, std::uint32_t>, std::int64_t> last_out;
  for (const Event& e : out) {
    const std::int64_t mark = e.payload.quote.exchange_ts;
    if (!conflatable(e.type)) {
      kept_out.push_back(mark);
      continue;
    }
    RC_ASSERT(epoch_of.at(mark) == kept_out.size());
    const auto key = std::make_pair(e.type, e.subject);
    RC_ASSERT(!last_out.contains(key) || last_out[key] < mark);
    last_out[key] = mark;
  }
  RC_ASSERT(kept_out == kept_in);
  RC_ASSERT(last_out == last_in);
}

}  // namespace
}  // namespace evenkeel::feeds
