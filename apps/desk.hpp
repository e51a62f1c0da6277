// A desk at work: what decides, the threads around it, and the rings between them.
//
//   feed thread ──> events ──┐
//   gateway thread ─> events ┼──> engine thread ──> events, intents ──> journal ──> intents ──> FIX
//   drop-copy thread > events┤   (where there is a drop-copy session)
//   main thread ──> commands ┘          └──> reports, snapshots         (both on the gateway
//   thread)
//                                                  └──> main thread
//
// An order passes the journal on its way out, so none leaves before it is on record. A monitor has
// no gateway; its journal has a thread of its own.
//
// Only the engine's thread touches what decides, from `start` to `stop`. Nothing here formats or
// prints; that is the main thread's business (desk_watch.hpp).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "apps/assembly.hpp"
#include "apps/config/desk_config.hpp"
#include "apps/desk_engine.hpp"
#include "apps/desk_feeds.hpp"
#include "apps/desk_journal.hpp"
#include "apps/events.hpp"
#include "core/agent_thread.hpp"
#include "fix/gateway.hpp"

namespace evenkeel::apps {

/// What a command line says on top of the desk's own files.
struct DeskOverrides {
  std::string fix_host{};  // instead of the one in [fix], when not empty
  std::uint16_t fix_port = 0;
  std::uint16_t copy_port = 0;  // of the drop-copy session, at `fix_host`
  bool fix_in_memory = false;   // the session starts from number one and leaves nothing behind
  /// Instead of the one in [journal]: a rehearsal does not mix with what a desk really did.
  std::string journal_folder{};
  bool ask_again = false;  // the counterparty for everything it has sent (GatewayConfig)
};

class Desk {
 public:
  static constexpr std::size_t kCommandsInFlight = 64;
  static constexpr std::size_t kIntentsInFlight = 4'096;
  static constexpr std::size_t kReportsFromFix = 8'192;
  static constexpr std::size_t kReportsInFlight = 16'384;

  /// Recovers what the journal knows, opens the sockets of the feeds and prepares the FIX session;
  /// nothing runs yet. Errors: InvalidArgument for the configuration, Unavailable for sockets and
  /// the message store, those of DeskJournal::open, and DataLoss when the FIX store knows of more
  /// than the journal.
  static absl::StatusOr<std::unique_ptr<Desk>> build(DeskConfig config,
                                                     const DeskOverrides& overrides);
  ~Desk();
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  /// Passes each datagram of a feed line on to `to` ("ADDRESS:PORT"). Before `start`.
  absl::Status pass_on(std::size_t line, const std::string& to);
  /// Starts the threads; the first event is the engine's start, under a new epoch.
  void start();
  /// Ends the FIX session, then the engine, then the feeds; waits for each. What decides can be
  /// read afterwards. Does nothing the second time.
  void stop();

  /// From one thread. False when the engine has not taken the last `kCommandsInFlight` yet.
  bool command(Command command, PortfolioId portfolio = {});
  /// Commands the engine has not taken yet.
  std::size_t commands_waiting() const { return commands_.size(); }

  const DeskConfig& config() const { return config_; }
  /// No orders go anywhere.
  bool monitor() const { return gateway_ == nullptr; }
  const DeskNames& names() const { return names_; }
  FeedThread& feeds() { return *feeds_; }
  const EngineGauges& gauges() const { return agent_->gauges(); }
  const LineGauge& line(std::size_t feed) const { return agent_->line(SourceId::of(feed)); }
  SnapshotExchange& snapshots() { return agent_->exchange(); }
  /// Wakes the engine for a snapshot that was asked for.
  void nudge() { engine_bell_.notify(); }
  SpscRing<Report>& reports() { return reports_; }
  /// Null for a monitor.
  fix::Gateway* gateway() { return gateway_.get(); }
  /// The drop-copy session; null when there is none.
  fix::Gateway* copies() { return copies_.get(); }
  /// What decides. Only before `start` and after `stop`.
  const DecisionCore& core() const { return *core_; }
  /// A last copy of everything, after `stop`.
  const DeskSnapshot& final_snapshot();
  std::uint64_t epoch() const { return epoch_; }
  DeskJournal& journal() { return *journal_; }
  /// How the journal ended, after `stop`.
  const absl::Status& journal_end() const { return journal_end_; }

 private:
  explicit Desk(DeskConfig config);
  absl::Status open_gateway(const DeskOverrides& overrides);
  absl::Status open_copies(const DeskOverrides& overrides);
  fix::GatewayConfig session_config(const FixEndpoint& endpoint,
                                    const DeskOverrides& overrides) const;
  absl::Status settle_epoch(const DeskOverrides& overrides);
  fix::UpstreamDuty journal_duty();
  void wire();
  void run_engine();
  void run_journal();
  void drain_journal();
  DurationNs park_timeout() const;

  DeskConfig config_;
  std::unique_ptr<DeskJournal> journal_;
  std::unique_ptr<DecisionCore> core_;
  Doorbell engine_bell_;
  SpscRing<Event> commands_{kCommandsInFlight};
  SpscRing<Event> halts_{2};  // from the journal, when it fails
  SpscRing<Intent> intents_{kIntentsInFlight};
  SpscRing<Event> fix_events_{kReportsFromFix};
  SpscRing<Intent> copy_intents_{2};  // stays empty: nothing is sent on a drop copy
  SpscRing<Event> copy_events_{kReportsFromFix};
  SpscRing<Report> reports_{kReportsInFlight};
  std::unique_ptr<FeedThread> feeds_;
  std::unique_ptr<fix::Gateway> gateway_;
  std::unique_ptr<fix::Gateway> copies_;
  std::unique_ptr<Sequencer<SystemClock>> sequencer_;
  std::unique_ptr<DeskEngineAgent> agent_;
  DeskNames names_;
  std::uint64_t epoch_ = 0;
  std::atomic<bool> stop_engine_{false};
  std::thread engine_thread_;
  std::thread journal_thread_;  // of a monitor
  Doorbell journal_bell_;
  std::atomic<bool> stop_journal_{false};
  absl::Status journal_end_;
  bool running_ = false;
};

/// What a process exits with when a desk could not be built.
int build_exit_code(const absl::Status& status);

}  // namespace evenkeel::apps
