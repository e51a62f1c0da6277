// The gateway: a desk's FIX session over TCP, on a thread of its own. Boost.Asio carries the bytes,
// fix/quickfix keeps the session; intents come in from a ring, events go out into another.
//
// What it never does:
//   - Keep an order for later. What cannot be sent now is answered as rejected, and only when it
//     certainly was not sent. Once an order was handed to the socket it is the counterparty's: when
//     the connection breaks, the desk asks what became of it.
//   - Report a session as logged on before the counterparty's missed messages have all come, and it
//     has been seen to miss none of ours.
//   - Lose a report. When the event ring is full, what has been read waits here in a queue of fixed
//     size and no more is read from the socket; a report's sequence number is recorded only after
//     its event is in the ring.
//   - Cut or guess: a report that cannot be an Event (an id too long, say) is refused, counted, and
//     the order it names is asked about.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/agent_thread.hpp"
#include "core/event.hpp"
#include "core/instrument.hpp"
#include "core/intent.hpp"
#include "core/ring.hpp"
#include "fix/clordid.hpp"

namespace evenkeel::fix {

struct GatewayConfig {
  std::string host{};      // an address, or a name to resolve
  std::uint16_t port = 0;  // of the counterparty
  std::string sender{};    // SenderCompID: ours
  std::string target{};    // TargetCompID
  DurationNs heartbeat = 30 * kSecond;
  std::string
      store_file{};     // sequence numbers and sent messages; empty: in memory, gone at the end
  EngineCode engine{};  // makes ClOrdIDs, with `epoch`: that of the kEngineStart event
  std::uint64_t epoch = 0;
  SourceId source{};                    // of the events
  std::vector<std::string> accounts{};  // tag 1 by PortfolioId; at most 32 characters each
  DurationNs reconnect_min = 100 * kMillisecond;  // doubles up to the maximum with each failure
  DurationNs reconnect_max = 10 * kSecond;
  DurationNs connect_within = 5 * kSecond;
  DurationNs logout_within = 2 * kSecond;  // then the connection is cut
  std::uint32_t output_bytes_max = 1 << 20;
};

/// All since start; any thread may read them at any time.
struct GatewayCounts {
  std::uint64_t orders = 0, replaces = 0, cancels = 0, status_requests = 0, dont_knows = 0;  // sent
  std::uint64_t refused_not_logged_on = 0, refused_backpressure = 0, refused_store = 0;
  std::uint64_t refused_invalid = 0;                 // could not be written as FIX
  std::uint64_t lost = 0;                            // the connection broke in the sending
  std::uint64_t executions = 0, cancel_rejects = 0;  // events made
  std::uint64_t unusable_reports = 0;                // that could not be events
  std::uint64_t foreign_reports = 0;                 // ClOrdIDs of another engine or another run
  std::uint64_t message_rejects = 0;                 // the counterparty refused a message of ours
  std::uint64_t connects = 0, connect_failures = 0, logons = 0, disconnects = 0;
  std::uint64_t garbled = 0, bad_checksums = 0, sequence_gaps = 0, sequence_too_low = 0;
  std::uint64_t rejects_sent = 0, timeouts = 0, suppressed_resends = 0;
  std::uint64_t bytes_in = 0, bytes_out = 0;
  std::uint64_t ring_full = 0;   // times reading was held back by the event ring
  std::uint64_t queued_max = 0;  // most events that waited for room
  std::uint64_t notes_dropped = 0;
};

/// A line for people: what the session said or what went wrong.
struct GatewayNote {
  TimeNs ts = 0;  // wall clock
  bool bad = false;
  evenkeel::Text<160> text;  // cut to fit: nothing decides on it
};

class Gateway {
 public:
  /// Opens the message store and checks the settings; connects when started. The table, the rings
  /// and the bell outlive it; `engine_bell` (may be null) is rung after events were pushed. This is
  /// the only consumer of `intents` and the only producer of `events`. Errors: InvalidArgument for
  /// settings, Unavailable for the store.
  static absl::StatusOr<std::unique_ptr<Gateway>> create(const GatewayConfig& config,
                                                         const InstrumentTable& instruments,
                                                         SpscRing<Intent>& intents,
                                                         SpscRing<Event>& events,
                                                         Doorbell* engine_bell);
  /// As `stop`.
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  /// Starts the thread, which connects and connects again until stopped. Once.
  void start();
  /// Sends what is in the intents' ring, logs out, waits at most `logout_within` for the answer,
  /// ends the thread. Events that still wait for room are pushed while the consumer makes any,
  /// within the same time. From one thread; again: nothing.
  void stop();
  /// After intents were pushed. Any thread; never blocks.
  void wake() noexcept;

  /// Any thread.
  GatewayCounts counts() const;
  bool logged_on() const;
  /// The next note. From one thread. False when there is none.
  bool next_note(GatewayNote& out);

 private:
  class Impl;
  explicit Gateway(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace evenkeel::fix
