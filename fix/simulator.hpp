// The FIX simulator's front: accepts one FIX 4.4 session over TCP on a thread of its own, takes the
// desk's quotes from rings of events, and lets a SimulatorCore match. A rehearsal counterparty,
// never a venue for money: it keeps its store in memory, and forgets everything when it ends.
//
// Reports made while the desk is away wait here and go out after its next logon, as a venue's do;
// fills that were sent and not received are sent again when the session asks. With
// SimulatorConfig::copies it listens on a second port for a drop-copy session.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "core/agent_thread.hpp"
#include "core/event.hpp"
#include "core/instrument.hpp"
#include "core/ring.hpp"
#include "fix/simulator_core.hpp"

namespace evenkeel::fix {

class Simulator {
 public:
  static constexpr std::size_t kRecordsMax = 65'536;

  /// Listens. The table, the rings and the bell outlive it; it is the only consumer of the rings,
  /// and who pushes into them rings the bell. Errors: InvalidArgument for settings, Unavailable for
  /// the port.
  static absl::StatusOr<std::unique_ptr<Simulator>> create(const SimulatorConfig& config,
                                                           const InstrumentTable& instruments,
                                                           std::vector<SpscRing<Event>*> market,
                                                           Doorbell& bell);
  /// As `stop`.
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  std::uint16_t port() const;
  /// Of the drop-copy session; 0 without one.
  std::uint16_t copy_port() const;
  void start();
  /// Logs out, waits a bounded time for the answer, ends the thread. Again: nothing.
  void stop();
  /// Cuts the orders' connection without a logout, as a failing network would. For drills.
  void cut_connection();

  /// From the simulator's own thread, as of one moment between two messages; after `stop` the last
  /// state.
  SimulatorState state();
  /// Records since the last call. Beyond `kRecordsMax` waiting ones, new ones are dropped and
  /// counted.
  std::vector<SimulatorRecord> take_records();
  /// Keeps no records: nobody will take them.
  void keep_records(bool keep);

 private:
  class Impl;
  explicit Simulator(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace evenkeel::fix
