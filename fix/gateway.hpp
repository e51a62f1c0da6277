// The gateway: a desk's FIX session over TCP, on a thread of its own. Boost.Asio carries the bytes,
// fix/gateway_core decides, fix/quickfix keeps the session; intents come in from a ring, events go
// out into another.
//
// What it never does:
//   - Keep an order for later. What cannot be sent now is answered as rejected, and only when it
//     certainly was not sent. Once an order was handed to the socket it is the counterparty's, and
//     that is told as an event: when the connection breaks, the desk asks what became of it.
//   - Report a session as logged on before the counterparty's missed messages have all come, and it
//     has been seen to miss none of ours.
//   - Lose a report. When the event ring is full, what has been read waits here in a queue of fixed
//     size and no more is read from the socket; a report's sequence number is recorded only after
//     its event is durable in the journal (or, without one, in the ring).
//   - Cut or guess: a report that cannot be an Event (an id too long, say) is refused, counted, and
//     the order it names is asked about.
#pragma once

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "core/agent_thread.hpp"
#include "core/event.hpp"
#include "core/instrument.hpp"
#include "core/intent.hpp"
#include "core/ring.hpp"
#include "fix/gateway_config.hpp"

namespace evenkeel::fix {

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
  /// After `stop`: records the inbound numbers whose events the journal has made durable since.
  void commit_inbound();
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
