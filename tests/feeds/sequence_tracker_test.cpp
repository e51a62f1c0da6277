// Gaps, duplicates, late messages, sessions and heartbeats, packet by packet, and a model over
// random losses, repeats and shuffles.
#include "feeds/sequence_tracker.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <vector>

namespace evenkeel::feeds {
namespace {

IexTpHeader packet(std::int64_t first, std::uint16_t count, std::uint32_t session = 1) {
  IexTpHeader header;
  header.first_sequence = first;
  header.message_count = count;
  header.session = session;
  return header;
}

TEST(SequenceTrackerTest, JoiningLateIsNoGap) {
  SequenceTracker tracker;
  const auto verdict = tracker.on_packet(packet(1'000, 5));
  EXPECT_EQ(verdict.missing, 0u);
  EXPECT_EQ(verdict.skip, 0);
  EXPECT_EQ(tracker.expected(), 1'005);
}

TEST(SequenceTrackerTest, GapTellsFirstMissingAndCount) {
  SequenceTracker tracker;
  tracker.on_packet(packet(1, 5));
  const auto verdict = tracker.on_packet(packet(9, 2));
  EXPECT_EQ(verdict.first_missing, 6);
  EXPECT_EQ(verdict.missing, 3u);
  EXPECT_EQ(verdict.skip, 0);
  EXPECT_EQ(tracker.counts().gaps, 1u);
  EXPECT_EQ(tracker.counts().missing, 3u);
}

TEST(SequenceTrackerTest, HeartbeatsShowGapsToo) {
  SequenceTracker tracker;
  tracker.on_packet(packet(1, 5));
  EXPECT_EQ(tracker.on_packet(packet(6, 0)).missing, 0u);
  EXPECT_EQ(tracker.on_packet(packet(8, 0)).missing, 2u);
  EXPECT_EQ(tracker.counts().heartbeats, 2u);
  EXPECT_EQ(tracker.expected(), 8);
}

TEST(SequenceTrackerTest, DuplicatesAreSkippedWhollyOrInPart) {
  SequenceTracker tracker;
  tracker.on_packet(packet(1, 5));
  EXPECT_EQ(tracker.on_packet(packet(1, 5)).skip, 5);
  EXPECT_EQ(tracker.on_packet(packet(4, 5)).skip, 2);
  EXPECT_EQ(tracker.counts().duplicates, 7u);
  EXPECT_EQ(tracker.expected(), 9);
}

TEST(SequenceTrackerTest, LateMessagesAreNotDuplicates) {
  SequenceTracker tracker;
  tracker.on_packet(packet(1, 5));
  tracker.on_packet(packet(11, 5));  // 6..10 lost
  const auto late = tracker.on_packet(packet(7, 2));
  EXPECT_EQ(late.skip, 2);
  EXPECT_TRUE(late.late);
  EXPECT_EQ(tracker.counts().late, 2u);
  EXPECT_EQ(tracker.counts().duplicates, 0u);
  tracker.on_packet(packet(5, 6));  // 5 seen, 6 late, 7 and 8 seen, 9 and 10 late
  EXPECT_EQ(tracker.counts().late, 5u);
  EXPECT_EQ(tracker.counts().duplicates, 3u);
  EXPECT_EQ(tracker.expected(), 16);
}

TEST(SequenceTrackerTest, NewSessionStartsFromOneAndTheOldOneIsDropped) {
  SequenceTracker tracker;
  tracker.on_packet(packet(1'000, 5, 1));
  auto verdict = tracker.on_packet(packet(1, 2, 2));
  EXPECT_TRUE(verdict.new_session);
  EXPECT_EQ(verdict.missing, 0u);
  EXPECT_TRUE(tracker.on_packet(packet(1'005, 1, 1)).drop);
  EXPECT_EQ(tracker.expected(), 3);
  verdict = tracker.on_packet(packet(4, 1, 3));
  EXPECT_TRUE(verdict.new_session);
  EXPECT_EQ(verdict.first_missing, 1);
  EXPECT_EQ(verdict.missing, 3u);
  EXPECT_EQ(tracker.counts().session_changes, 2u);
  EXPECT_EQ(tracker.counts().old_session_packets, 1u);
}

TEST(SequenceTrackerTest, OneCorruptJumpDoesNotPoisonTheStream) {
  SequenceTracker tracker;
  tracker.on_packet(packet(1, 5));
  EXPECT_TRUE(tracker.on_packet(packet(std::int64_t{1} << 60, 3)).drop);
  const auto verdict = tracker.on_packet(packet(6, 1));
  EXPECT_FALSE(verdict.drop);
  EXPECT_EQ(verdict.missing, 0u);
  EXPECT_EQ(tracker.counts().implausible_packets, 1u);
}

TEST(SequenceTrackerTest, AJumpThatContinuesIsBelieved) {
  SequenceTracker tracker;
  tracker.on_packet(packet(1, 5));
  const std::int64_t far = std::int64_t{1} << 40;
  EXPECT_TRUE(tracker.on_packet(packet(far, 3)).drop);
  const auto verdict = tracker.on_packet(packet(far + 3, 1));
  EXPECT_FALSE(verdict.drop);
  EXPECT_EQ(verdict.first_missing, 6);
  EXPECT_EQ(verdict.missing, static_cast<std::uint64_t>(far + 3 - 6));
}

TEST(SequenceTrackerTest, ABrokenPacketsRestShowsAsTheNextGap) {
  SequenceTracker tracker;
  tracker.on_packet(packet(1, 10));
  tracker.broke_off(packet(1, 10), 4);
  const auto verdict = tracker.on_packet(packet(11, 1));
  EXPECT_EQ(verdict.first_missing, 5);
  EXPECT_EQ(verdict.missing, 6u);
}

TEST(SequenceTrackerTest, ABrokenOldPacketTakesNothingBack) {
  SequenceTracker tracker;
  tracker.on_packet(packet(1, 10));
  tracker.on_packet(packet(3, 4));
  tracker.broke_off(packet(3, 4), 1);
  EXPECT_EQ(tracker.expected(), 11);
  tracker.on_packet(packet(8, 6));  // 8..13, of which 11..13 are new
  tracker.broke_off(packet(8, 6), 1);
  EXPECT_EQ(tracker.expected(), 11);
}

// Against a set of all numbers seen: whatever is lost, repeated or shuffled, no message is taken
// twice, and taken, late and missing add up.
RC_GTEST_PROP(SequenceTrackerProperty, NothingIsTakenTwiceAndTheCountsAddUp, ()) {
  std::vector<IexTpHeader> packets;
  std::int64_t next = 1;
  const auto counts =
      *rc::gen::container<std::vector<std::uint8_t>>(rc::gen::inRange<std::uint8_t>(0, 6));
  for (const auto count : counts) {
    packets.push_back(packet(next, count));
    next += count;
  }
  std::vector<IexTpHeader> sent;
  for (const auto& p : packets) {
    const int fate = *rc::gen::weightedElement<int>({{6, 1}, {2, 0}, {1, 2}});
    for (int i = 0; i < fate; ++i) sent.push_back(p);
  }
  for (std::size_t i = 1; i < sent.size(); ++i) {
    if (*rc::gen::inRange(0, 5) == 0) std::swap(sent[i - 1], sent[i]);
  }
  SequenceTracker tracker;
  std::set<std::int64_t> taken;
  std::uint64_t missing = 0;
  for (const auto& p : sent) {
    const bool first = !tracker.started();
    const auto verdict = tracker.on_packet(p);
    if (first) next = p.first_sequence;
    missing += verdict.missing;
    for (std::int64_t n = p.first_sequence + verdict.skip; n < p.first_sequence + p.message_count;
         ++n) {
      RC_ASSERT(taken.insert(n).second);
    }
  }
  if (sent.empty()) return;
  const auto span = static_cast<std::uint64_t>(tracker.expected() - next);
  RC_ASSERT(taken.size() + missing == span);
  RC_ASSERT(tracker.counts().missing == missing);
  RC_ASSERT(tracker.counts().late <= missing);
}

}  // namespace
}  // namespace evenkeel::feeds
