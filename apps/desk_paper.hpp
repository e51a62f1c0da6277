// The simulator side of a paper desk: starts `evenkeel sim` as a child process, hears where it
// listens, and at the end compares its positions with ours, exactly.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "apps/cli.hpp"
#include "apps/desk_process.hpp"
#include "apps/desk_watch.hpp"

namespace evenkeel::apps {

/// A position as one side tells it: account, symbol, quantity; sorted, without zeros.
struct ToldPosition {
  std::string account;
  std::string symbol;
  Quantity quantity;
  friend bool operator==(const ToldPosition&, const ToldPosition&) = default;
};

/// What our executions add up to.
std::vector<ToldPosition> own_positions(const DecisionCore& core);
/// {"positions":[{"account","symbol","quantity"}...]}. InvalidArgument when it is anything else.
absl::StatusOr<std::vector<ToldPosition>> parse_positions(const std::string& json);
/// Where the two differ, a line each; empty when they agree.
std::string differences(const std::vector<ToldPosition>& ours,
                        const std::vector<ToldPosition>& theirs);

/// What the simulator has counted.
struct SimulatorCounts {
  std::uint64_t orders = 0, fills = 0, open_orders = 0, duplicates = 0, rejected = 0;
};

class SimulatorProcess {
 public:
  static constexpr DurationNs kStartWithin = 20 * kSecond;
  static constexpr DurationNs kAnswerWithin = 5 * kSecond;

  /// Starts it for a desk (folder or file) and waits until it listens. Unavailable when it does
  /// not.
  static absl::StatusOr<SimulatorProcess> start(const std::string& desk,
                                                const SimulatorBehaviour& behaviour,
                                                const std::string& error_file);
  std::uint16_t fix_port() const { return fix_port_; }
  /// Of the drop-copy session; 0 without one.
  std::uint16_t copy_port() const { return copy_port_; }
  /// "ADDRESS:PORT" by feed line.
  const std::vector<std::string>& feeds() const { return feeds_; }
  ChildProcess& process() { return process_; }
  /// Its positions now.
  absl::StatusOr<std::vector<ToldPosition>> positions();
  absl::StatusOr<SimulatorCounts> counts();

 private:
  SimulatorProcess(ChildProcess process, std::uint16_t port, std::uint16_t copy_port,
                   std::vector<std::string> feeds)
      : process_(std::move(process)),
        fix_port_(port),
        copy_port_(copy_port),
        feeds_(std::move(feeds)) {}

  absl::StatusOr<std::string> ask(const char* question, const char* answer_begins);

  ChildProcess process_;
  std::uint16_t fix_port_, copy_port_;
  std::vector<std::string> feeds_;
};

/// Watches the simulator while the desk runs and compares positions at the end.
class PaperHooks : public WatchHooks {
 public:
  explicit PaperHooks(SimulatorProcess& simulator) : simulator_(simulator) {}
  absl::Status turn(Desk& desk) override;
  int finish(const Desk& desk, RunStory& story) override;

 private:
  SimulatorProcess& simulator_;
};

/// A folder of its own for the journal of a rehearsal, beside the desk's: what was only practised
/// is never taken for what was done.
std::string rehearsal_journal(const DeskConfig& config);

/// Lets each feed's datagrams reach the simulator too: unicast lines are passed on, a multicast
/// group it has joined itself. Before the desk starts.
absl::Status pass_feeds_on(Desk& desk, const SimulatorProcess& simulator);

}  // namespace evenkeel::apps
