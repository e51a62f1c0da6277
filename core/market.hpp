// What the market last said of each instrument, how old that is, and whether it may be acted on. A
// mark is the mid of the last sound two-sided quote; it is kept when quotes go bad, but then the
// instrument is unsound and no rule that reads it may act. Deterministic: time comes from events.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/archive.hpp"
#include "core/event.hpp"
#include "core/instrument.hpp"

namespace evenkeel {

/// Why a price may not be acted on. Bits; zero is sound.
enum class Unsound : std::uint16_t {
  kNone = 0,
  kNeverQuoted = 1 << 0,
  kOneSided = 1 << 1,    // or withdrawn altogether
  kCrossed = 1 << 2,     // bid above ask (locked is sound)
  kWide = 1 << 3,        // spread beyond the instrument's maximum
  kHalted = 1 << 4,      // halted, paused or in an auction
  kNotRegular = 1 << 5,  // outside regular hours
  kGapped = 1 << 6,      // messages were lost and no quote has come since
  kSilentLine = 1 << 7,  // the feed line is silent or has ended
  kAbsurd = 1 << 8,      // a jump not yet confirmed, or a price out of any range
};

constexpr Unsound operator|(Unsound a, Unsound b) {
  return static_cast<Unsound>(static_cast<std::uint16_t>(a) | static_cast<std::uint16_t>(b));
}
constexpr Unsound operator&(Unsound a, Unsound b) {
  return static_cast<Unsound>(static_cast<std::uint16_t>(a) & static_cast<std::uint16_t>(b));
}
constexpr bool any(Unsound bits) { return bits != Unsound::kNone; }

/// The name of the lowest bit set ("one_sided"), "sound" when none is.
std::string_view unsound_name(Unsound bits);

/// One instrument's market data.
struct Quotation {
  Price bid;
  Price ask;
  Quantity bid_size;
  Quantity ask_size;
  Price mark;           // zero until the first sound quote (statement price for what is not quoted)
  Price last;           // last eligible trade, zero when none
  TimeNs quote_ts = 0;  // of the last quote, sound or not
  TimeNs mark_ts = 0;   // when the mark was last confirmed
  std::uint64_t quote_sequence = 0;
  Price jump_mark;  // an unconfirmed jump: its first mark and since when; a quote that shows no
                    // mark (withdrawn, crossed) neither confirms nor contradicts it
  TimeNs jump_since = 0;
  std::uint32_t generation = 0;  // counts changes of the mark
  Unsound quote_bits = Unsound::kNeverQuoted;
  InstrumentStatus status = InstrumentStatus::kUnknown;
  std::uint8_t reserved = 0;

  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [bid, ask, bid_size, ask_size, mark, last, quote_ts, mark_ts, quote_sequence, jump_mark,
           jump_since, generation, quote_bits, status, reserved] = s;
    a(bid, ask, bid_size, ask_size, mark, last, quote_ts, mark_ts, quote_sequence, jump_mark,
      jump_since, generation, quote_bits, status);
  }
};

/// One feed line.
struct LineState {
  TimeNs heard_ts = 0;
  std::uint64_t gap_sequence = 0;  // sequence of the last gap event, or of the run's start
  std::uint64_t phase_told = 0;    // sequence of the venue's last word about its phase
  std::uint64_t phase_moved = 0;   // sequence of the event that last changed `phase`
  VenuePhase phase = VenuePhase::kUnknown;
  FeedState state = FeedState::kUnknown;

  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [heard_ts, gap_sequence, phase_told, phase_moved, phase, state] = s;
    a(heard_ts, gap_sequence, phase_told, phase_moved, phase, state);
  }
};

struct MarketCounters {
  std::uint64_t quotes = 0, trades = 0, breaks = 0, gaps = 0, messages_lost = 0;
  std::uint64_t unsound_quotes = 0, absurd_prices = 0;
  std::uint64_t unknown_subjects = 0;  // no such instrument or line, or not this line's instrument

  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [quotes, trades, breaks, gaps, messages_lost, unsound_quotes, absurd_prices,
           unknown_subjects] = s;
    a(quotes, trades, breaks, gaps, messages_lost, unsound_quotes, absurd_prices, unknown_subjects);
  }
};

class MarketState {
 public:
  /// Prices above this are absurd whatever came before (1 billion).
  static constexpr Price kPriceMax = Price::from_whole(1'000'000'000);

  /// `lines`: how many feed lines there are; SourceIds of market events are below it. The table
  /// outlives this.
  MarketState(const InstrumentTable& instruments, std::uint16_t lines);

  /// Applies a market event. True when the mark of the event's instrument changed. An instrument is
  /// moved by the line that quotes it only, since gaps and silence are known by line. The start of
  /// a run is a gap on every line. Events of other types are ignored.
  ///
  /// The venue's own word about its phase may be among what a gap has swallowed. Until it speaks
  /// again, the quotes after the gap tell the phase, as far as they can: a sound one whose line
  /// marks what is outside regular hours (kQuoteTellsPhase) and that is not marked shows that it is
  /// regular; a marked one shows that it is not. The last one counts.
  bool apply(const Event& event);
  /// Whether this event, the last that was applied, changed its line's phase.
  bool phase_moved_by(const Event& event) const {
    return event.source.index() < lines_.size() &&
           lines_[event.source.index()].phase_moved == event.sequence;
  }

  const Quotation& operator[](InstrumentId id) const { return quotations_[id.index()]; }
  const LineState& line(SourceId id) const { return lines_[id.index()]; }
  std::uint16_t line_count() const { return static_cast<std::uint16_t>(lines_.size()); }
  Price mark(InstrumentId id) const { return quotations_[id.index()].mark; }
  /// Why the instrument's price may not be acted on now; kNone when it may. Cash and statement
  /// prices are sound.
  Unsound soundness(InstrumentId id) const;
  const MarketCounters& counters() const { return counters_; }

  // --- state as bytes (core/archive.hpp), and in another table ---

  /// Into a market of the same table and as many lines.
  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [instruments, quotations, lines, counters] = s;
    a.table(quotations);
    a.table(lines);
    a(counters);
  }
  /// Takes the state of a market whose instruments are the first of this table's. `line_from[i]`:
  /// the line of `from` that is line i here; none when it is new. What has become priced by its
  /// statement, or is no longer, starts afresh; so does what another line quotes now.
  void carry(const MarketState& from, const std::vector<SourceId>& line_from);

 private:
  bool apply_quote(const Event& event);
  static void set_phase(LineState& line, VenuePhase phase, const Event& event);
  static void learn_phase(LineState& line, const Event& quote, Unsound bits);
  void apply_trade(const Event& event);
  bool accept_mark(const Instrument& instrument, Quotation& quotation, Price mid, TimeNs now);

  const InstrumentTable& instruments_;
  std::vector<Quotation> quotations_;
  std::vector<LineState> lines_;
  MarketCounters counters_;
};

}  // namespace evenkeel
