// A desk's FIX session as the desk sees it: what to send and what to refuse, when the session may
// be called logged on, what waits for room, which inbound numbers are settled. No socket, no
// thread, no clock: the caller carries the bytes and says what time it is (fix/gateway.hpp does so
// over TCP, tests over a pipe in memory and with time of their own). QuickFIX below it reads the
// wall clock for heartbeats and SendingTime; nothing here depends on that.
//
// What it never does: see fix/gateway.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/event.hpp"
#include "core/instrument.hpp"
#include "core/intent.hpp"
#include "core/ring.hpp"
#include "fix/gateway_backlog.hpp"
#include "fix/gateway_codec.hpp"
#include "fix/gateway_config.hpp"
#include "fix/quickfix/sequence_store.hpp"
#include "fix/quickfix/session_host.hpp"

namespace evenkeel::fix {

/// One moment on two clocks.
struct Moment {
  TimeNs now = 0;   // any clock that only goes forward
  TimeNs wall = 0;  // UTC
};

/// InvalidArgument naming what is out of range, of the settings that are not the shell's alone.
absl::Status validate(const GatewayConfig& config);
/// What a gateway asks of its message store.
StoreOptions gateway_store_options(const GatewayConfig& config);
/// Opens the store of a gateway: the file, or memory when there is no name. Unavailable when it
/// cannot be opened.
absl::StatusOr<std::shared_ptr<SequenceStore>> open_gateway_store(const GatewayConfig& config);

class GatewayCore final : private Application {
 public:
  /// Host, port, store_file and upstream are the shell's. The table, the rings and the transport
  /// outlive it. This is the only consumer of `intents` and the only producer of `events`. Errors:
  /// InvalidArgument for settings, DataLoss when the journal is older than the store. What the
  /// store says of undecided requests is pushed at once.
  static absl::StatusOr<std::unique_ptr<GatewayCore>> create(
      const GatewayConfig& config, const InstrumentTable& instruments, SpscRing<Intent>& intents,
      SpscRing<Event>& events, std::shared_ptr<SequenceStore> store, Transport& transport);
  ~GatewayCore() override = default;
  GatewayCore(const GatewayCore&) = delete;
  GatewayCore& operator=(const GatewayCore&) = delete;

  // --- the connection: the caller makes one when it is wanted ---

  /// It is time for an attempt to connect. False while there is a connection or an attempt.
  bool wants_connection(TimeNs now) const;
  /// An attempt is under way; `on_connected` or `on_connect_failed` ends it.
  void on_connecting() { attempting_ = true; }
  void on_connect_failed(Moment at, std::string_view why);
  /// The connection stands, and the transport writes to it. Precondition: the last one's end has
  /// been told.
  void on_connected(Moment at);
  /// Bytes that came, in any pieces. Returns how many were taken; the rest is to be offered again,
  /// before anything that came after it, once `holding_back` is false.
  std::size_t on_bytes(Moment at, const char* data, std::size_t size);
  /// Nothing more is to be read now: events wait for room.
  bool holding_back() const { return holding_back_; }
  /// The connection has ended, by whichever side. To be told once everything that was read has been
  /// taken; what the session still holds comes first. `why` may be empty. Ignored when there is no
  /// connection.
  void on_closed(Moment at, std::string_view why);
  /// The session has a connection, or has not been told its end.
  bool attached() const { return attached_; }

  // --- work ---

  /// A bounded piece of everything that is due: events into their ring, requests out, timers,
  /// numbers. How much was done.
  int turn(Moment at);
  /// How long `turn` may be left alone when nothing comes in, no intent and no byte.
  DurationNs wait_at_most(TimeNs now) const;
  /// Records the inbound numbers whose events have become safe meanwhile, as `turn` does too. For
  /// once more after the end, when the journal has written its last.
  void commit_inbound();
  /// Events pushed into the ring so far.
  std::uint64_t events_pushed() const { return backlog_.pushed(); }

  /// Sends what is in the intents' ring, then logs out. Once.
  void request_stop(Moment at);
  bool stopping() const { return stopping_; }
  /// To be called after each turn once the stop was requested: true when nothing is left to do, or
  /// `logout_within` has passed. Then the caller cuts the connection, if it still stands.
  bool finished(Moment at);

  // --- reading ---

  const GatewayCounts& counts();
  /// As the desk has been told.
  bool logged_on() const { return told_logged_on_; }
  /// The next note. From one thread, any. False when there is none.
  bool next_note(GatewayNote& out) { return notes_.try_pop(out); }
  /// For tests and drills (see SessionHost::simulate_silence).
  SessionHost& session() { return *host_; }
  const SequenceStore& store() const { return *store_; }

 private:
  struct Sent {
    std::int32_t message = 0;
    Intent intent;
  };
  struct ForeignFill {
    BrokerId exec_id, order_id;
    InstrumentFields instrument;
  };
  static constexpr std::size_t kFillsRemembered = 64;

  GatewayCore(const GatewayConfig& config, GatewayCodec codec, SpscRing<Intent>& intents,
              SpscRing<Event>& events, std::shared_ptr<SequenceStore> store);

  // Application
  void on_session_event(const SessionEvent& event) noexcept override;
  void on_execution_report(const ExecutionReport& report) noexcept override;
  void on_cancel_reject(const CancelReject& reject) noexcept override;
  void on_message_reject(const MessageReject& reject) noexcept override;
  void on_copied_report(const ExecutionReport& report);

  // The connection.
  void settle_closed();
  void reconnect_later();

  // The session as the desk sees it.
  void tick();
  void check_ready();
  void probe();
  void tell_state(SessionState state);
  void lose(SessionState state);
  void add(const Event& event, std::int32_t message);
  int flush_events();
  void settle_events();
  void resync(std::string_view why);
  bool awaiting_engine() const;

  // Requests.
  int take_intents(int most);
  void handle(const Intent& intent);
  bool may_add_risk(const Intent& intent);
  template <class Record>
  void send(const Intent& intent, std::uint64_t& count);
  void send_dont_know(const Intent& intent);
  void settle(const Intent& intent, const SendOutcome& outcome, std::uint64_t& count);
  void refuse(const Intent& intent, std::string_view why);
  void tell_attempt(const Intent& intent, const SendOutcome& outcome);
  void decide_undecided();
  // Status of all orders at once.
  void ask_all();
  int ask_rest();
  bool is_mass_answer(const ExecutionReport& report) const;
  void note_mass_answer(const ExecutionReport& report, const Event& event);

  bool sent_in_last_run(std::vector<OrderId>& sent) const;

  void note(bool bad, std::string_view head, std::string_view tail = {});

  GatewayConfig config_;
  GatewayCodec codec_;
  SpscRing<Intent>& intents_;
  EventBacklog backlog_;
  std::shared_ptr<SequenceStore> store_;
  std::unique_ptr<SessionHost> host_;
  std::vector<Sent> sent_;  // by sequence number
  std::array<ForeignFill, kFillsRemembered> foreign_{};
  std::size_t foreign_next_ = 0;

  Moment at_;  // of the call being handled
  DurationNs backoff_;
  TimeNs retry_at_ = 0;
  TimeNs ticked_at_ = 0;
  bool attached_ = false;  // the session has a connection, or has not been told its end
  bool closed_ = false;    // the connection has ended, and the session is to be told
  std::string closed_why_;
  bool attempting_ = false;       // to connect
  bool told_logged_on_ = false;   // the desk has been told, or will be when it reads on
  bool holding_back_ = false;     // the event ring is full
  std::uint64_t loss_place_ = 0;  // the last event that told the desk of a loss
  std::uint64_t probes_ = 0;      // sent; the last one's number
  bool probe_wanted_ = false;     // the peer's view of our messages is to be settled (again)
  bool probe_answered_ = false;
  TimeNs probed_at_ = 0;
  struct Question {
    Intent intent;
    bool answered = false;
  };
  std::vector<Intent> to_ask_;     // with the next mass status request
  std::vector<Question> asked_;    // with the one that is out
  std::size_t asked_next_ = 0;     // once it is over: the next to look at
  std::uint64_t mass_number_ = 0;  // of the last one
  std::int32_t mass_message_ = 0;  // its MsgSeqNum; 0: none is out
  std::int32_t mass_answers_ = 0;
  TimeNs mass_asked_at_ = 0;
  bool mass_refused_ = false;  // by this counterparty: not tried again
  bool resync_wanted_ = false;
  bool resynced_ = false;
  TimeNs resynced_at_ = 0;
  bool stopping_ = false;
  TimeNs stop_by_ = 0;

  GatewayCounts counts_;
  SpscRing<GatewayNote> notes_{256};
};

}  // namespace evenkeel::fix
