// The main thread of a running desk: tells what happens (one live table at a terminal, lines or
// NDJSON otherwise), decides when the run is over, and ends it in order: no new orders, working
// ones cancelled, their answers awaited for a bounded time, then the summary. It reads copies and
// sends commands; it never touches what decides while the threads run.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "apps/cli.hpp"
#include "apps/desk.hpp"
#include "apps/desk_daybook.hpp"
#include "apps/desk_signals.hpp"
#include "apps/desk_summary.hpp"
#include "apps/table.hpp"

namespace evenkeel::apps {

/// What a command adds to watching: the simulator of a paper desk, the market of the demo.
class WatchHooks {
 public:
  virtual ~WatchHooks() = default;
  /// The desk listens and runs; whatever feeds it may start.
  virtual absl::Status started(Desk& /*desk*/) { return absl::OkStatus(); }
  /// Now and then. An error ends the run.
  virtual absl::Status turn(Desk& /*desk*/) { return absl::OkStatus(); }
  /// All orders are answered for and the FIX session is still up.
  virtual void settled(Desk& /*desk*/) {}
  /// Everything has stopped: adds checks and measurements. Returns an exit code other than kExitOk
  /// when one of them failed.
  virtual int finish(const Desk& /*desk*/, RunStory& /*story*/) { return kExitOk; }
};

class DeskWatch {
 public:
  /// How long answers to the last cancels are awaited.
  static constexpr DurationNs kPatience = 5 * kSecond;
  static constexpr std::size_t kLinesKept = 200;

  /// `desk` has not been started. `command` is its name ("paper"). All are borrowed.
  static absl::StatusOr<std::unique_ptr<DeskWatch>> create(Desk& desk, std::string command,
                                                           const WatchOptions& options,
                                                           const StopSignals& signals,
                                                           WatchHooks& hooks);
  /// Starts the desk, watches it, ends it. The exit code.
  int run();

 private:
  enum class Show { kTable, kLines, kJson, kNothing };

  DeskWatch(Desk& desk, std::string command, const WatchOptions& options,
            const StopSignals& signals, WatchHooks& hooks, std::unique_ptr<Books> untouched);
  void announce();
  void announce_recovery(std::string& out) const;
  void tell_reports();
  void tell_notes(std::string& out);
  void tell_notes(fix::Gateway& gateway, bool drop_copy, std::string& out);
  void tell(const std::string& text);
  void print(const std::string& text);
  void look();
  void draw(const DeskSnapshot& snapshot);
  TableView table_view(const DeskSnapshot& snapshot) const;
  /// Why the run is over; empty while it is not.
  std::string over();
  void shut_down();
  bool await_settled();
  int conclude(bool settled);
  RunStory story() const;
  void add_checks(RunStory& story, bool settled) const;

  Desk& desk_;
  std::string command_;
  WatchOptions options_;
  const StopSignals& signals_;
  WatchHooks& hooks_;
  Show show_;
  EventTeller teller_;
  DayBook daybook_;
  TablePainter painter_;
  TableSize last_size_;
  std::deque<std::string> lines_;
  std::string ended_;
  absl::Status trouble_;
  std::uint64_t dropped_told_ = 0;
  bool output_broken_ = false;
  bool halted_before_end_ = false;
  TimeNs started_ = 0;
  TimeNs drawn_ = 0;
};

}  // namespace evenkeel::apps
