#ifndef EVENKEEL_FIX_QUICKFIX_SESSION_HOST_HPP_
#define EVENKEEL_FIX_QUICKFIX_SESSION_HOST_HPP_

// One FIX 4.4 session, initiator or acceptor: QuickFIX keeps its state (numbers, heartbeats,
// resends, logon), the owner carries its bytes and its time. No socket, no thread, no file besides
// the store; QuickFIX itself stays out of sight.
//
//   bytes:   on_connected, on_bytes, on_disconnected -> QuickFIX -> Application (messages.hpp)
//   orders:  send(record) -> QuickFIX -> Transport::write
//
// What it never does:
//   - Send an order that was not sent at once. Not logged on, it refuses and uses no sequence
//     number; asked to resend, it answers with a gap fill. Only a session that is told so
//     (resend_application_messages, for a venue's fills) sends a message twice.
//   - Count an inbound message before Application's callback for it has returned. QuickFIX calls
//     the application first and increments the expected number after; when that becomes durable
//     is up to StoreOptions::inbound_commit.
//   - Let an exception out, grow a buffer without bound, or cut an id.
//
// One thread at a time. The clock of heartbeats and SendingTime is QuickFIX's own, the system's
// wall clock.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fix/quickfix/messages.hpp"
#include "fix/quickfix/sequence_store.hpp"

namespace evenkeel {
namespace fix {

enum class SessionRole : std::uint8_t { kInitiator, kAcceptor };

// When the session begins again at 1 by itself, in UTC. Outside its hours no logon is sent or
// accepted.
struct SessionSchedule {
  enum class Kind : std::uint8_t {
    kNonStop,  // never: numbers only start again when both sides are told to
    kDaily,    // from start to end each day; the two are equal for around the clock, starting again
               // at 00:00
    kWeekly,   // from start on start_day to end on end_day
  };
  Kind kind = Kind::kNonStop;
  std::int32_t start_second_of_day = 0;
  std::int32_t end_second_of_day = 0;
  std::int32_t start_day = 1;  // 1 Sunday ... 7 Saturday
  std::int32_t end_day = 7;
};

struct ExtraField {
  std::int32_t tag = 0;
  std::string value;
};

struct SessionSettings {
  SessionRole role = SessionRole::kInitiator;
  std::string sender_comp_id;  // ours
  std::string target_comp_id;  // the counterparty's
  std::string username;        // 553 and 554 of our Logon, when not empty
  std::string password;
  std::int32_t heartbeat_seconds = 30;  // 1 to 3600; an acceptor takes the initiator's
  std::int32_t logon_timeout_seconds = 10;
  std::int32_t logout_timeout_seconds = 2;
  std::int32_t latency_seconds_max = 120;  // SendingTime further off than this ends the session
  std::int32_t timestamp_digits = 3;       // 0, 3 or 6 digits of a second in what we send
  SessionSchedule schedule;
  std::vector<ExtraField> order_fields;      // added to every D and G: what one broker wants on top
  bool resend_application_messages = false;  // acceptors that report fills: true. Orders: never
  bool reset_on_logon = false;  // for rehearsals only: it makes both sides forget unseen messages
  std::size_t message_bytes_max = 65536;  // inbound; a longer one ends the connection
  std::int32_t queued_messages_max =
      4096;  // inbound ones that wait for a gap to be filled; beyond: disconnect
  std::int32_t garbled_in_a_row_max = 16;  // beyond: disconnect
};

enum class SessionEventKind : std::uint8_t {
  kConnected,
  kDisconnected,
  kLoggedOn,         // both logons exchanged; a resend may still be going on, see resend_pending()
  kLoggedOut,        // was logged on, is no more
  kLogonRefused,     // the peer's first message is not an acceptable logon; `text` says why
  kLogoutReceived,   // `text`: the peer's reason
  kLogoutSent,       // `text`: ours
  kSequenceTooLow,   // expected, received: the peer went back; QuickFIX logs out with a text that
                     // says so
  kSequenceGap,      // expected, received: messages are missing and are being asked for
  kResendRequested,  // expected = from, received = to (0 = all): we asked
  kPeerResendRequest,  // expected = from, received = to (0 = all): the peer asked
  kPeerSequenceReset,  // received = the peer's next number; `text` tells a gap fill from a reset
  kRejectSent,     // we refused the peer's message `received` of type msg_type; `text` says why. A
                   // refused ExecutionReport is a fill nobody counted: ask for the order's status
  kGarbled,        // bytes dropped; `text` says why
  kBadChecksum,    // a message dropped
  kOversized,      // the peer announced a message beyond message_bytes_max; disconnected
  kWrongCompId,    // SenderCompID or TargetCompID is not this session's
  kTooManyQueued,  // the gap is not being filled; disconnected
  kTestRequestSent,   // silence, or probe(): asking the peer whether it is there
  kProbeAnswered,     // `text`: the id given to probe()
  kHeartbeatTimeout,  // no answer; disconnected
  kLogonTimeout,      // disconnected
  kLogoutTimeout,     // disconnected
  kOutputOverflow,    // Transport refused what it said it had room for, or a session message;
                      // disconnected
  kStoreFailed,       // the store could not be written; nothing that depends on it was sent
  kEngineError,       // QuickFIX threw something unexpected; disconnected
  kNote,              // QuickFIX's own words, for a log
};

const char* to_string(SessionEventKind kind);

// Valid during the callback only.
struct SessionEvent {
  SessionEventKind kind = SessionEventKind::kNote;
  const char* text = "";
  std::size_t text_size = 0;
  std::int32_t expected = 0;
  std::int32_t received = 0;
  Text<4> msg_type;
};

// What the host needs of a connection. Callbacks come from inside the host's own functions; they
// must not call on_bytes() or on_timer(), nor destroy the host.
class Transport {
 public:
  virtual ~Transport() = default;
  // Bytes that write() will take now. Below kOutputReserve, send() refuses; session messages may
  // still use the rest.
  virtual std::size_t writable_bytes() noexcept = 0;
  // Takes all of it, or nothing and returns false, which ends the session.
  virtual bool write(const char* data, std::size_t size) noexcept = 0;
  // Close the connection once what was written has gone out. on_disconnected() may follow, or not.
  virtual void close() noexcept = 0;
};

// What comes in. send() may be called from these; a callback cannot refuse a message: before
// feeding bytes, keep room for what may come, and pause() when it gets short.
class Application {
 public:
  virtual ~Application() = default;
  virtual void on_session_event(const SessionEvent& event) noexcept = 0;
  // Every message as it was on the wire, for an audit trail; passwords included.
  virtual void on_wire(bool /*outbound*/, const char* /*data*/, std::size_t /*size*/) noexcept {}

  // To an initiator.
  virtual void on_execution_report(const ExecutionReport&) noexcept {}
  virtual void on_cancel_reject(const CancelReject&) noexcept {}
  virtual void on_mass_cancel_report(const MassCancelReport&) noexcept {}
  // To an acceptor.
  virtual void on_new_order(const NewOrder&) noexcept {}
  virtual void on_replace_order(const ReplaceOrder&) noexcept {}
  virtual void on_cancel_order(const CancelOrder&) noexcept {}
  virtual void on_status_request(const StatusRequest&) noexcept {}
  virtual void on_mass_status_request(const MassStatusRequest&) noexcept {}
  virtual void on_mass_cancel(const MassCancel&) noexcept {}
  virtual void on_dont_know_trade(const DontKnowTrade&) noexcept {}
  // To both.
  virtual void on_message_reject(const MessageReject&) noexcept {}
};

enum class SendResult : std::uint8_t {
  kSent,          // given to the transport under SendOutcome::msg_seq_num
  kNotLoggedOn,   // refused; nothing was stored, no number used
  kBackpressure,  // the transport has no room; nothing was stored, no number used
  kStoreFailed,   // could not be recorded; not sent, no number used
  kInvalid,  // a required field is missing or out of range; SessionHost::last_problem() says which
  kLost,     // recorded, but the transport refused it: it will never be sent, and the session ends
};

const char* to_string(SendResult result);

struct SendOutcome {
  SendResult result = SendResult::kNotLoggedOn;
  std::int32_t msg_seq_num = 0;  // of a message that was sent or lost, otherwise 0
  bool sent() const { return result == SendResult::kSent; }
};

struct SessionCounters {
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t messages_in = 0;
  std::uint64_t messages_out = 0;
  std::uint64_t application_in = 0;   // delivered to Application
  std::uint64_t application_out = 0;  // sent by send()
  std::uint64_t garbled = 0;
  std::uint64_t garbled_bytes = 0;
  std::uint64_t bad_checksums = 0;
  std::uint64_t oversized = 0;
  std::uint64_t wrong_comp_ids = 0;
  std::uint64_t sequence_too_low = 0;
  std::uint64_t sequence_gaps = 0;
  std::uint64_t resend_requests_in = 0;
  std::uint64_t resend_requests_out = 0;
  std::uint64_t suppressed_resends = 0;  // application messages that a resend would have repeated
  std::uint64_t rejects_in = 0;
  std::uint64_t rejects_out = 0;
  std::uint64_t refused_not_logged_on = 0;
  std::uint64_t refused_backpressure = 0;
  std::uint64_t refused_invalid = 0;
  std::uint64_t store_failures = 0;
  std::uint64_t output_overflows = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t engine_errors = 0;
  std::uint64_t connections = 0;
  std::uint64_t logons = 0;
};

class SessionHost {
 public:
  // Application messages are refused while the transport has less room than this: enough for one of
  // ours and for the session messages that must still get through.
  static constexpr std::size_t kOutputReserve = 8192;

  // Null, and *error says why, when the settings are not usable. `transport` and `application` must
  // outlive the host; the store belongs to one host at a time.
  static std::unique_ptr<SessionHost> create(const SessionSettings& settings,
                                             std::shared_ptr<SequenceStore> store,
                                             Transport* transport, Application* application,
                                             std::string* error);
  ~SessionHost();
  SessionHost(const SessionHost&) = delete;
  SessionHost& operator=(const SessionHost&) = delete;

  // The connection stands. An initiator sends its Logon.
  void on_connected();
  // The connection is gone. Ignored when there is none.
  void on_disconnected();
  // Bytes from the peer, in any pieces. Returns how many were taken: fewer than `size` while paused
  // with a full buffer (offer the rest again after resume()), or when the connection ended on the
  // way.
  std::size_t on_bytes(const char* data, std::size_t size);
  // To be called about once a second or more often: heartbeats, test requests, timeouts. `now_ns`
  // is any clock that only goes forward.
  void on_timer(std::int64_t now_ns);

  // After the message being handled, hand out no more until resume(). May be called from a
  // callback.
  void pause();
  void resume();

  // Sends a TestRequest with this id, whose answer is reported as kProbeAnswered. Everything that
  // the peer had to say before it, such as a resend request after a logon, has then been heard.
  // False when not logged on, or when QuickFIX does not take it.
  bool probe(const char* id);

  // Logs out in order; the connection ends with the peer's answer or after logout_timeout_seconds.
  // The next on_connected() logs on again.
  void request_logout(const char* reason);
  // Ends the connection without a logout.
  void disconnect();

  SendOutcome send(const NewOrder& order);
  SendOutcome send(const ReplaceOrder& order);
  SendOutcome send(const CancelOrder& order);
  SendOutcome send(const StatusRequest& request);
  SendOutcome send(const MassStatusRequest& request);
  SendOutcome send(const MassCancel& request);
  SendOutcome send(const DontKnowTrade& trade);
  // What an acceptor answers. `header` and text_cut are not sent, but header.poss_resend is.
  SendOutcome send(const ExecutionReport& report);
  SendOutcome send(const CancelReject& reject);
  SendOutcome send(const MassCancelReport& report);
  SendOutcome send(const MessageReject& reject);  // always as BusinessMessageReject (j)

  bool connected() const;
  bool logged_on() const;
  // True while messages that the peer sent before are still missing: do not trade yet.
  bool resend_pending() const;
  std::int32_t next_sender() const;
  std::int32_t next_target() const;
  const SessionCounters& counters() const;
  // Why the last send() was kInvalid. A string of static storage.
  const char* last_problem() const;

  // Makes the session believe that neither side has sent anything for this much longer. For tests
  // and drills of heartbeats and timeouts: QuickFIX reads the system's clock.
  void simulate_silence(std::int32_t seconds);

 private:
  friend struct SessionHostProbe;
  class Impl;
  explicit SessionHost(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// For tests: takes away the first line of defence, to show that the second one (throwing DoNotSend
// from toApp) holds by itself.
struct SessionHostProbe {
  // Hands an order to QuickFIX past the host's own checks. True when QuickFIX stored and sent it.
  static bool send_unchecked(SessionHost* host, const NewOrder& order);
  // Lets QuickFIX find the orders of the past when the peer asks for a resend.
  static void give_messages_to_resends(SessionHost* host);
};

}  // namespace fix
}  // namespace evenkeel

#endif  // EVENKEEL_FIX_QUICKFIX_SESSION_HOST_HPP_
