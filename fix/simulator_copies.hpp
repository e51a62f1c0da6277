// The FIX simulator's drop-copy session: a second FIX 4.4 session on which the desk, or whoever
// checks it, is sent a copy of each execution report. It takes no orders: what comes is answered by
// the session and otherwise not looked at. Without socket, thread and clock, as SimulatorCore is.
//
// Copies made while nobody is logged on wait, and go out after the next logon.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/time.hpp"
#include "fix/quickfix/session_host.hpp"
#include "fix/simulator_session.hpp"

namespace evenkeel::fix {

/// Who speaks, and where.
struct CopySettings {
  std::string sender{};    // SenderCompID: the simulator's
  std::string target{};    // who is sent the copies
  std::uint16_t port = 0;  // on the loopback; 0: the kernel chooses
};

class SimulatorCopies final : private Application {
 public:
  /// The transport outlives it. Errors: InvalidArgument.
  static absl::StatusOr<std::unique_ptr<SimulatorCopies>> create(const CopySettings& settings,
                                                                 Transport& transport);
  ~SimulatorCopies() override = default;
  SimulatorCopies(const SimulatorCopies&) = delete;
  SimulatorCopies& operator=(const SimulatorCopies&) = delete;

  /// A report that was made. Answers to status requests are nobody's executions and not copied.
  void add(const ExecutionReport& report);

  void on_connected();
  /// Takes all; what follows the session's end belongs to no session.
  void on_bytes(const char* data, std::size_t size) { host_->on_bytes(data, size); }
  /// Ignored when there is no connection.
  void on_closed();
  bool attached() const { return attached_; }
  /// Sends what waits and looks after the session. `timer`: any clock that only goes forward. How
  /// many copies were sent.
  int turn(TimeNs timer);
  void request_logout();

  std::uint64_t sent() const { return sent_; }
  std::uint64_t lost() const { return lost_; }  // could not be written as FIX, or not be stored
  std::uint64_t waiting() const { return outgoing_.waiting(); }

 private:
  SimulatorCopies() = default;
  void on_session_event(const SessionEvent&) noexcept override {}

  std::unique_ptr<SessionHost> host_;
  Outbox<ExecutionReport> outgoing_;
  std::uint64_t sent_ = 0, lost_ = 0;
  bool attached_ = false;
};

}  // namespace evenkeel::fix
