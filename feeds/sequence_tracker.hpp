// Follows the message numbers of one IEX-TP line: what is new, what was seen, what was lost. Time
// and sockets are none of its business; it never asks for lost messages and never holds a packet
// back.
//
// A line is one port and channel. Its first packet sets the expected number (joining late is no
// gap). Lost numbers are remembered for a while (kRecentGapsMax gaps) only to tell late messages
// from duplicates. A new session starts again from 1; packets of the session before it are dropped.
// One packet that jumps ahead by more than kJumpMax is not believed until the next one continues
// from it, so that a single corrupt packet cannot make the whole stream look old.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "feeds/iex_tp.hpp"

namespace evenkeel::feeds {

struct SequenceCounts {
  std::uint64_t packets = 0;
  std::uint64_t heartbeats = 0;
  std::uint64_t gaps = 0;
  std::uint64_t missing = 0;     // messages in those gaps
  std::uint64_t late = 0;        // messages that came after their gap was announced
  std::uint64_t duplicates = 0;  // messages seen before
  std::uint64_t session_changes = 0;
  std::uint64_t old_session_packets = 0;
  std::uint64_t implausible_packets = 0;

  SequenceCounts& operator+=(const SequenceCounts& other) {
    packets += other.packets;
    heartbeats += other.heartbeats;
    gaps += other.gaps;
    missing += other.missing;
    late += other.late;
    duplicates += other.duplicates;
    session_changes += other.session_changes;
    old_session_packets += other.old_session_packets;
    implausible_packets += other.implausible_packets;
    return *this;
  }
};

// What to do with a packet.
struct SequenceVerdict {
  bool drop = false;         // nothing in it may be used
  bool new_session = false;  // everything known of the line before is void
  bool late = false;         // some of the skipped messages fill a gap announced earlier
  std::uint16_t skip = 0;    // leading messages that are not new
  std::int64_t first_missing = 0;
  std::uint64_t missing = 0;  // messages lost just before this packet; 0: no gap
};

class SequenceTracker {
 public:
  static constexpr std::size_t kRecentGapsMax = 64;
  static constexpr std::int64_t kJumpMax = std::int64_t{1} << 24;

  // Takes note of a packet whose header is sound; the expected number moves past all its messages.
  // Precondition: first_sequence + message_count does not overflow (parse_iex_tp has checked).
  SequenceVerdict on_packet(const IexTpHeader& header) {
    ++counts_.packets;
    SequenceVerdict verdict;
    if (!started_) {
      start(header, header.first_sequence);
    } else if (header.session != session_) {
      if (has_previous_ && header.session == previous_session_) {
        ++counts_.old_session_packets;
        verdict.drop = true;
        return verdict;
      }
      verdict.new_session = true;
      ++counts_.session_changes;
      previous_session_ = session_;
      has_previous_ = true;
      start(header, std::min<std::int64_t>(1, header.first_sequence));
    }
    const std::int64_t first = header.first_sequence;
    const std::int64_t next = first + header.message_count;
    if (first - expected_ > kJumpMax && first != believed_if_next_) {
      believed_if_next_ = next;
      ++counts_.implausible_packets;
      verdict.drop = true;
      return verdict;
    }
    if (header.is_heartbeat()) ++counts_.heartbeats;
    if (first > expected_) {
      open_gap(expected_, first, verdict);
    } else if (first < expected_) {
      const std::int64_t seen_to = std::min(next, expected_);
      verdict.skip = static_cast<std::uint16_t>(seen_to - first);
      const std::uint64_t late = fill_gaps(first, seen_to);
      verdict.late = late != 0;
      counts_.late += late;
      counts_.duplicates += static_cast<std::uint64_t>(seen_to - first) - late;
    }
    expected_before_ = std::max(expected_, first);
    expected_ = std::max(expected_, next);
    return verdict;
  }

  // The packet last noted turned out to hold only its first `messages` messages. What it was the
  // first to announce and did not bring will show as a gap before the packet after it.
  void broke_off(const IexTpHeader& header, std::uint16_t messages) {
    if (header.first_sequence + header.message_count != expected_) return;
    expected_ = std::max(expected_before_, header.first_sequence + messages);
  }

  bool started() const { return started_; }
  std::int64_t expected() const { return expected_; }  // next message number
  std::uint32_t session() const { return session_; }
  const SequenceCounts& counts() const { return counts_; }

 private:
  struct Range {  // [begin, end); empty when equal
    std::int64_t begin = 0;
    std::int64_t end = 0;
  };

  void start(const IexTpHeader& header, std::int64_t expected) {
    started_ = true;
    session_ = header.session;
    expected_ = expected;
    believed_if_next_ = -1;
    recent_.fill(Range{});
  }

  void open_gap(std::int64_t begin, std::int64_t end, SequenceVerdict& verdict) {
    verdict.first_missing = begin;
    verdict.missing = static_cast<std::uint64_t>(end - begin);
    ++counts_.gaps;
    counts_.missing += verdict.missing;
    remember({begin, end});
  }

  // Forgets the oldest range when full.
  void remember(Range range) {
    recent_[next_slot_] = range;
    next_slot_ = (next_slot_ + 1) % kRecentGapsMax;
  }

  // How many of [begin, end) were missing until now; they no longer are.
  std::uint64_t fill_gaps(std::int64_t begin, std::int64_t end) {
    std::int64_t filled = 0;
    Range split;
    for (Range& gap : recent_) {
      const std::int64_t from = std::max(begin, gap.begin);
      const std::int64_t to = std::min(end, gap.end);
      if (from >= to) continue;
      filled += to - from;
      // A hole in the middle leaves two ranges; at most one gap can hold such a hole.
      if (from > gap.begin && to < gap.end) split = {to, gap.end};
      if (from > gap.begin) {
        gap.end = from;
      } else {
        gap.begin = to;
      }
    }
    if (split.begin < split.end) remember(split);
    return static_cast<std::uint64_t>(filled);
  }

  bool started_ = false;
  bool has_previous_ = false;
  std::uint32_t session_ = 0;
  std::uint32_t previous_session_ = 0;
  std::int64_t expected_ = 0;
  std::int64_t expected_before_ = 0;  // as it stood before the messages of the last packet
  std::int64_t believed_if_next_ = -1;
  std::size_t next_slot_ = 0;
  std::array<Range, kRecentGapsMax> recent_{};
  SequenceCounts counts_;
};

}  // namespace evenkeel::feeds
