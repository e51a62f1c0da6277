// The live table: one screen that says how the desk stands. A pure function from a plain snapshot
// to text, redrawn in place; it reads no clock, no terminal and no engine state.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "core/units.hpp"

namespace evenkeel::apps {

enum class PortfolioStatus : std::uint8_t {
  kWaiting = 0,  // no prices yet
  kOk,           // within its bands
  kBreached,     // outside, nothing under way
  kWorking,      // orders are open
  kSuspended,    // outside, waiting for sound prices
  kHalted,
};
std::string_view name_of(PortfolioStatus status);

struct SleeveView {
  std::string name;
  int depth = 0;  // 1 for a child of the root
  Ratio weight;   // filled positions
  Ratio projected;
  Ratio target;
  Ratio low;
  Ratio high;
  bool banded = false;  // target, low and high mean something
  bool breached = false;
};

struct PortfolioView {
  std::string name;
  std::string policy;
  std::string currency;
  Money nav;
  Money nav_start;
  PortfolioStatus status = PortfolioStatus::kWaiting;
  std::uint32_t open_orders = 0;
  std::vector<SleeveView> sleeves{};
};

struct FeedView {
  std::string name;
  FeedState state = FeedState::kUnknown;
  VenuePhase phase = VenuePhase::kUnknown;
  DurationNs age = -1;  // since it was last heard, negative: never
  std::uint64_t packets = 0;
  std::uint64_t gaps = 0;
  std::uint64_t lost = 0;       // messages in the gaps
  std::uint64_t malformed = 0;  // packets and messages
};

struct TableView {
  std::string title;       // "evenkeel paper: demo desk"
  TimeNs market_ts = 0;    // the sequencer's time, 0: none yet
  DurationNs running = 0;  // wall time since the start
  SessionState fix = SessionState::kUnknown;
  bool monitor = false;  // no FIX section: nothing is ever sent
  std::vector<FeedView> feeds{};
  std::vector<PortfolioView> portfolios{};
  std::vector<std::string> last_lines{};  // event lines, newest last, without newline
  std::uint64_t events = 0, orders = 0, fills = 0, rejects = 0, alerts = 0, dropped_records = 0;
  DurationNs decision_p50 = 0, decision_p99 = 0;  // receive to decision; 0: not measured
};

struct TableSize {
  int columns = 80;
  int rows = 24;
  bool colour = false;
  bool utf8 = true;
};

/// The table as lines, none wider than `size.columns` and not more than `size.rows` of them. When
/// not all fits, the oldest event lines go first, then sub-sleeves, then sleeves, then portfolios
/// ("... and 3 more").
std::vector<std::string> render_table(const TableView& view, const TableSize& size);

/// A gauge of `width` characters: where `weight` stands between the edges of its band, with the
/// target marked. Exposed for tests.
std::string render_gauge(const SleeveView& sleeve, int width, bool utf8);

/// Draws frames in place on a terminal: moves up over the last frame, rewrites each line and clears
/// what is left of it, in one write.
class TablePainter {
 public:
  /// The bytes to write for this frame.
  std::string frame(const std::vector<std::string>& lines);
  /// Leaves the last frame on the screen and the cursor below it.
  void forget() { lines_before_ = 0; }

 private:
  std::size_t lines_before_ = 0;
};

}  // namespace evenkeel::apps
