// The end of a run, told: as text that a person enjoys reading, or as one JSON object. Pure
// functions from what was gathered to text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/desk_daybook.hpp"
#include "apps/desk_latency.hpp"
#include "apps/events.hpp"
#include "fix/gateway_config.hpp"
#include "fix/order_desk.hpp"

namespace evenkeel::apps {

struct FeedStory {
  std::string name;
  std::uint64_t packets = 0, messages = 0, quotes = 0, trades = 0, breaks = 0;
  std::uint64_t gaps = 0, lost = 0, malformed = 0, unknown_symbols = 0, conflated = 0;
  std::uint64_t kernel_drops = 0;
};

/// A latency, as it was measured over a run.
struct LatencyStory {
  std::string name;
  std::uint64_t count = 0;
  DurationNs p50 = 0, p90 = 0, p99 = 0, max = 0;
  static LatencyStory of(std::string name, const LatencyHistogram& histogram);
};

/// What was recorded.
struct JournalStory {
  bool kept = false;
  std::string folder{};
  std::string chain{};  // of the last block
  std::uint64_t bytes = 0, blocks = 0, syncs = 0;
  std::uint64_t waits = 0;  // times the engine waited for room
};

/// What became of comparing executions with their drop copies, in all runs that are remembered.
struct CopyStory {
  bool kept = false;
  std::uint64_t copies = 0, matched = 0, different = 0, overdue = 0, only = 0, foreign = 0;
  std::uint64_t awaited = 0;  // executions that are not copied yet
};

/// What went through the FIX session.
struct SessionStory {
  bool used = false;              // false: the desk is a monitor
  fix::GatewayCounts gateway{};   // of this run
  fix::OrderDeskCounters desk{};  // over the whole journal
};

struct RunStory {
  std::string command;  // "run", "paper", "demo"
  std::string desk;
  bool monitor = false;
  std::string ended;  // why: "the venue closed", "Ctrl-C"
  DurationNs elapsed = 0;
  TimeNs first_ts = 0, last_ts = 0;  // market time looked at
  Tally tally;
  const InstrumentTable* table = nullptr;  // names of what was traded
  std::vector<FeedStory> feeds{};
  JournalStory journal{};
  CopyStory copies{};
  SessionStory session{};
  std::vector<InstrumentStory> instruments{};
  std::vector<PortfolioStory> portfolios{};
  std::vector<RebalanceStory> rebalances{};
  std::uint64_t rebalances_not_kept = 0;
  std::vector<LatencyStory> latencies{};
  std::vector<Check> checks{};
  std::uint64_t events = 0, evaluations = 0, proposals = 0, blocked = 0;
  int exit_code = 0;
};

/// Several lines, at most `columns` wide where words allow it.
std::string summary_text(const RunStory& story, int columns);
/// {"type":"summary",...} and a newline.
std::string summary_json(const RunStory& story);

}  // namespace evenkeel::apps
