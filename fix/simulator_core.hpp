// The FIX simulator without its socket, thread and clock: one FIX 4.4 session, a SimulatorVenue
// behind it, and the reports that wait for the desk. The caller carries the bytes and the market
// and says what time it is (fix/simulator.hpp does so over TCP, tests over a pipe in memory).
//
// Reports made while the desk is away wait here and go out after its next logon; those that were
// sent and not received are sent again when the session asks.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "core/event.hpp"
#include "core/instrument.hpp"
#include "fix/quickfix/session_host.hpp"
#include "fix/simulator_copies.hpp"
#include "fix/simulator_session.hpp"
#include "fix/simulator_venue.hpp"

namespace evenkeel::fix {

struct SimulatorConfig {
  std::string sender{};    // SenderCompID: the simulator's
  std::string target{};    // the desk's
  std::uint16_t port = 0;  // on the loopback; 0: the kernel chooses
  VenueSettings venue{};
  std::optional<CopySettings> copies{};  // a drop-copy session beside it
};

/// What happened, for people and for comparing; copied out of the simulator's thread.
struct SimulatorRecord {
  enum class Kind : std::uint8_t { kOrder, kReplace, kCancel, kReport, kCancelReject, kSession };
  Kind kind = Kind::kOrder;
  TimeNs ts = 0;                 // wall clock
  NewOrder order;                // kOrder, kReplace
  ClientOrderId orig_cl_ord_id;  // kReplace, kCancel
  ExecutionReport report;
  CancelReject reject;
  std::string text;  // kSession
};

struct SimulatorState {
  VenueCounts venue;
  std::vector<VenuePosition> positions;  // flat ones included
  std::uint64_t live_orders = 0, market_events = 0, reports_waiting = 0, sessions = 0;
  std::uint64_t reports_lost = 0;  // could not be written as FIX, or not be stored
  std::uint64_t records_dropped = 0;
  std::uint64_t copies_sent = 0, copies_waiting = 0, copies_lost = 0;  // on a drop-copy session
  bool logged_on = false;
};

class SimulatorCore final : private Application, private VenueListener {
 public:
  using Keep = std::function<void(SimulatorRecord&&)>;

  /// The table and the transport outlive it; `keep` (may be empty) is called with each record, from
  /// inside the other functions. Errors: InvalidArgument.
  static absl::StatusOr<std::unique_ptr<SimulatorCore>> create(const SimulatorConfig& config,
                                                               const InstrumentTable& instruments,
                                                               Transport& transport, Keep keep);
  ~SimulatorCore() override = default;
  SimulatorCore(const SimulatorCore&) = delete;
  SimulatorCore& operator=(const SimulatorCore&) = delete;

  /// The time of what follows: UTC. Going back changes nothing.
  void at(TimeNs now) { now_ = now > now_ ? now : now_; }
  TimeNs now() const { return now_; }

  void on_connected();
  /// Takes all; what follows the session's end belongs to no session.
  void on_bytes(const char* data, std::size_t size);
  /// Ignored when there is no connection.
  void on_closed();
  bool attached() const { return attached_; }

  /// Any market event; numbered and stamped here.
  void on_market(const Event& event);
  /// Matches, sends what waits, and looks after the session. `timer`: any clock that only goes
  /// forward. How many reports were sent.
  int turn(TimeNs timer);
  /// When something is due next at the latest; the maximum of TimeNs when nothing waits for time.
  TimeNs next_due() const { return venue_.next_due(); }
  void request_logout();

  /// `records_dropped` is its keeper's, and the copies are another session's.
  SimulatorState state() const;
  const SimulatorVenue& venue() const { return venue_; }
  /// For tests and drills (see SessionHost::simulate_silence).
  SessionHost& session() { return *host_; }

 private:
  SimulatorCore(const SimulatorConfig& config, const InstrumentTable& instruments, Keep keep);

  // What the session says.
  void on_session_event(const SessionEvent& event) noexcept override;
  void on_new_order(const NewOrder& order) noexcept override;
  void on_replace_order(const ReplaceOrder& replace) noexcept override;
  void on_cancel_order(const CancelOrder& cancel) noexcept override;
  void on_status_request(const StatusRequest& request) noexcept override;
  void on_mass_status_request(const MassStatusRequest& request) noexcept override;
  // What the venue says.
  void report(const ExecutionReport& report) override;
  void reject_cancel(const CancelReject& reject) override;

  int send_reports();
  void give_up_report(SendResult result);
  void keep(SimulatorRecord record);

  Keep keep_;
  SimulatorVenue venue_;
  std::unique_ptr<SessionHost> host_;
  Outbox<std::variant<ExecutionReport, CancelReject>> outgoing_;
  TimeNs now_ = 0;
  std::uint64_t market_events_ = 0;
  std::uint64_t sessions_ = 0;
  std::uint64_t reports_lost_ = 0;
  bool attached_ = false;
};

}  // namespace evenkeel::fix
