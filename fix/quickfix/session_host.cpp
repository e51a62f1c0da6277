#include "fix/quickfix/session_host.hpp"

#include <quickfix/Application.h>
#include <quickfix/Log.h>
#include <quickfix/Responder.h>
#include <quickfix/Session.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>

#include "fix/quickfix/engine_setup.hpp"
#include "fix/quickfix/message_codec.hpp"
#include "fix/quickfix/number_text.hpp"
#include "fix/quickfix/wire_framer.hpp"

namespace evenkeel {
namespace fix {

constexpr std::size_t SessionHost::kOutputReserve;

namespace {

constexpr std::int64_t kNsPerSecond = 1000000000;
constexpr std::size_t kTestReqIdMax =
    256;  // echoed in our Heartbeat, so it must not be of any length
constexpr std::int32_t kPeerHeartbeatSecondsMax = 3600;
constexpr std::size_t kQueuedBytesPerMessage =
    1024;  // average of what may wait for a gap to be filled

// QuickFIX tells these by their wording only.
struct KnownNote {
  const char* text;
  SessionEventKind kind;
};
constexpr KnownNote kTimeoutNotes[] = {
    {"Timed out waiting for heartbeat", SessionEventKind::kHeartbeatTimeout},
    {"Timed out waiting for logon response", SessionEventKind::kLogonTimeout},
    {"Timed out waiting for logout response", SessionEventKind::kLogoutTimeout},
};

const char* text_of(const FIX::FieldMap& fields, int tag) {
  return fields.isSetField(tag) ? fields.getFieldRef(tag).getString().c_str() : "";
}

std::int32_t integer_of(const FIX::FieldMap& fields, int tag) {
  std::int32_t value = 0;
  if (!fields.isSetField(tag)) return 0;
  const std::string& text = fields.getFieldRef(tag).getString();
  return parse_integer(text.data(), text.size(), &value) == NumberError::kNone ? value : 0;
}

bool is_yes(const FIX::FieldMap& fields, int tag) {
  return fields.isSetField(tag) && fields.getFieldRef(tag).getString() == "Y";
}

bool contains(const Slice& message, const char* text) {
  const char* const end = message.data + message.size;
  return std::search(message.data, end, text, text + std::strlen(text)) != end;
}

}  // namespace

// The session and everything QuickFIX calls back.
class SessionHost::Impl {
 public:
  Impl(const SessionSettings& settings, std::shared_ptr<SequenceStore> store, Transport* transport,
       Application* application);
  ~Impl();

  void start_session();  // may throw what QuickFIX throws while it is set up

  void on_connected();
  void on_disconnected();
  std::size_t on_bytes(const char* data, std::size_t size);
  void on_timer(std::int64_t now_ns);
  void pause() { paused_ = true; }
  void resume();
  void request_logout(const char* reason);
  void disconnect();
  template <typename Record>
  SendOutcome send(const Record& record);
  bool send_unchecked(const NewOrder& order);
  void give_messages_to_resends() { adapter_.give_messages(); }
  bool probe(const char* id);
  void simulate_silence(std::int32_t seconds);

  bool connected() const { return connected_; }
  bool can_send() const;
  bool resend_pending() const;
  const SequenceStore& store() const { return *store_; }
  const SessionCounters& counters() const { return counters_; }
  const char* problem() const { return problem_ == nullptr ? "" : problem_; }

 private:
  // What QuickFIX calls, each a small object of its own because their functions' names collide.
  class Callbacks;
  class Connection;
  class EngineLog;
  class StoreSource;
  class LogSource;

  template <typename Work>
  bool guarded(Work work);
  void settle();
  void engine_error(const char* what);
  void clear_connection_state();
  void end_session();
  void close_connection();
  bool write(const std::string& bytes);
  SendOutcome hand_over(FIX::Message* message);

  void drain();
  void on_garbled(FrameStatus status);
  void on_frame(const Frame& frame);
  bool check_first_message(const Frame& frame);
  bool check_comp_ids(const Frame& frame);
  bool check_sequence(const Frame& frame);

  void on_outbound_session_message(const FIX::Message& message, const std::string& type);
  void on_inbound_session_message(const FIX::Message& message, const std::string& type);
  bool on_inbound_application_message(const FIX::Message& message, const std::string& type);
  bool may_leave(const FIX::Message& message);
  void note_reject(const FIX::Message& message);
  void check_heartbeat_interval(const FIX::Message& logon);
  void check_resend_request(const FIX::Message& request);
  template <typename Record>
  bool deliver(const FIX::Message& message, void (Application::*callback)(const Record&));
  [[noreturn]] void refuse(const DecodeProblem& problem);
  void on_note(const std::string& text);
  void emit(SessionEventKind kind, const char* text, std::int32_t expected = 0,
            std::int32_t received = 0, const char* msg_type = "");

  SessionSettings settings_;
  std::shared_ptr<SequenceStore> store_;
  StoreAdapter adapter_;
  Transport* transport_;
  Application* application_;
  WireFramer framer_;
  Encoder encoder_;
  std::unique_ptr<Callbacks> callbacks_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<EngineLog> log_;
  std::unique_ptr<StoreSource> store_source_;
  std::unique_ptr<LogSource> log_source_;
  std::unique_ptr<FIX::Session> session_;
  FIX::SessionState* state_ = nullptr;

  SessionCounters counters_;
  const char* problem_ = nullptr;
  std::string inbound_;    // the message being handled, in the form QuickFIX takes
  DecodeProblem refusal_;  // why we are refusing it
  std::uint64_t store_failures_seen_ = 0;
  int depth_ = 0;  // of calls into QuickFIX
  bool connected_ = false;
  bool peer_is_gone_ = false;
  bool paused_ = false;
  bool draining_ = false;
  bool overflow_ = false;
  bool engine_failed_ = false;
  bool was_logged_on_ = false;
  bool sending_record_ = false;
  std::int64_t connected_since_ns_ = -1;
  std::int32_t garbled_in_a_row_ = 0;
  std::int32_t highest_queued_ = 0;
  std::int32_t queued_messages_ = 0;
  std::size_t queued_bytes_ = 0;
};

// --- What QuickFIX calls ---------------------------------------------------------------

class SessionHost::Impl::Callbacks : public FIX::Application {
 public:
  explicit Callbacks(Impl* host) : host_(host) {}

  void onCreate(const FIX::SessionID&) override {}
  void onLogon(const FIX::SessionID&) override {
    ++host_->counters_.logons;
    host_->was_logged_on_ = true;
    host_->emit(SessionEventKind::kLoggedOn, "");
  }
  void onLogout(const FIX::SessionID&) override {
    if (host_->was_logged_on_) host_->emit(SessionEventKind::kLoggedOut, "");
    host_->was_logged_on_ = false;
  }

  void toAdmin(FIX::Message& message, const FIX::SessionID&) override {
    const std::string& type = message.getHeader().getField(FIX::FIELD::MsgType);
    const SessionSettings& settings = host_->settings_;
    if (type == "A" && !settings.username.empty()) {
      message.setField(FIX::FIELD::Username, settings.username);
    }
    if (type == "A" && !settings.password.empty()) {
      message.setField(FIX::FIELD::Password, settings.password);
    }
    host_->on_outbound_session_message(message, type);
  }

  // The last gate before a message gets a number and is stored. QuickFIX would store it while
  // disconnected, too, and send it on the next resend request, however old.
  void toApp(FIX::Message& message, const FIX::SessionID&) throw(FIX::DoNotSend) override {
    if (!host_->may_leave(message)) throw FIX::DoNotSend();
    const std::string& type = message.getHeader().getField(FIX::FIELD::MsgType);
    if (type == "j" && !host_->sending_record_) host_->note_reject(message);
  }

  void fromAdmin(const FIX::Message& message,
                 const FIX::SessionID&) throw(FIX::FieldNotFound, FIX::IncorrectDataFormat,
                                              FIX::IncorrectTagValue, FIX::RejectLogon) override {
    host_->on_inbound_session_message(message, message.getHeader().getField(FIX::FIELD::MsgType));
  }

  void fromApp(const FIX::Message& message,
               const FIX::SessionID&) throw(FIX::FieldNotFound, FIX::IncorrectDataFormat,
                                            FIX::IncorrectTagValue,
                                            FIX::UnsupportedMessageType) override {
    const std::string& type = message.getHeader().getField(FIX::FIELD::MsgType);
    if (!host_->on_inbound_application_message(message, type)) {
      throw FIX::UnsupportedMessageType();
    }
  }

 private:
  Impl* host_;
};

class SessionHost::Impl::Connection : public FIX::Responder {
 public:
  explicit Connection(Impl* host) : host_(host) {}
  bool send(const std::string& bytes) override { return host_->write(bytes); }
  void disconnect() override { host_->close_connection(); }

 private:
  Impl* host_;
};

class SessionHost::Impl::EngineLog : public FIX::Log {
 public:
  explicit EngineLog(Impl* host) : host_(host) {}
  void clear() override {}
  void backup() override {}
  void onIncoming(const std::string& message) override {
    host_->application_->on_wire(false, message.data(), message.size());
  }
  void onOutgoing(const std::string& message) override {
    host_->application_->on_wire(true, message.data(), message.size());
  }
  void onEvent(const std::string& text) override { host_->on_note(text); }

 private:
  Impl* host_;
};

class SessionHost::Impl::StoreSource : public FIX::MessageStoreFactory {
 public:
  explicit StoreSource(FIX::MessageStore* store) : store_(store) {}
  FIX::MessageStore* create(const FIX::SessionID&) override { return store_; }
  void destroy(FIX::MessageStore*) override {}  // the host's own

 private:
  FIX::MessageStore* store_;
};

class SessionHost::Impl::LogSource : public FIX::LogFactory {
 public:
  explicit LogSource(FIX::Log* log) : log_(log) {}
  FIX::Log* create() override { return log_; }
  FIX::Log* create(const FIX::SessionID&) override { return log_; }
  void destroy(FIX::Log*) override {}

 private:
  FIX::Log* log_;
};

// --- Life ------------------------------------------------------------------------------

SessionHost::Impl::Impl(const SessionSettings& settings, std::shared_ptr<SequenceStore> store,
                        Transport* transport, Application* application)
    : settings_(settings),
      store_(std::move(store)),
      adapter_(store_.get(), settings.schedule.kind == SessionSchedule::Kind::kNonStop,
               settings.resend_application_messages),
      transport_(transport),
      application_(application),
      framer_(settings.message_bytes_max),
      encoder_(settings.timestamp_digits, settings.order_fields),
      callbacks_(new Callbacks(this)),
      connection_(new Connection(this)),
      log_(new EngineLog(this)),
      store_source_(new StoreSource(&adapter_)),
      log_source_(new LogSource(log_.get())) {}

SessionHost::Impl::~Impl() = default;

void SessionHost::Impl::start_session() {
  const bool initiator = settings_.role == SessionRole::kInitiator;
  const FIX::SessionID id(FIX::BeginString(kBeginString),
                          FIX::SenderCompID(settings_.sender_comp_id),
                          FIX::TargetCompID(settings_.target_comp_id));
  // QuickFIX takes a heartbeat interval of 0 to mean "acceptor".
  session_ = std::make_unique<FIX::Session>(
      *callbacks_, *store_source_, id, shared_dictionary(), make_time_range(settings_.schedule),
      initiator ? settings_.heartbeat_seconds : 0, log_source_.get());
  // getLog() returns the session's state, whose class is public: the only way to what Session does
  // not show, namely whether a resend is under way and when the last messages went.
  state_ = static_cast<FIX::SessionState*>(session_->getLog());
  session_->setLogonTimeout(settings_.logon_timeout_seconds);
  session_->setLogoutTimeout(settings_.logout_timeout_seconds);
  session_->setMaxLatency(settings_.latency_seconds_max);
  session_->setTimestampPrecision(settings_.timestamp_digits);
  session_->setResetOnLogon(settings_.reset_on_logon);
  session_->setPersistMessages(true);
}

// Runs `work`, which calls QuickFIX. True when it threw nothing. Nested calls, as when a callback
// sends, leave the consequences to the outermost one.
template <typename Work>
bool SessionHost::Impl::guarded(Work work) {
  bool ok = false;
  ++depth_;
  try {
    work();
    ok = true;
  } catch (const std::exception& e) {
    engine_error(e.what());
  } catch (...) {
    engine_error("an exception of unknown type");
  }
  --depth_;
  if (depth_ == 0) settle();
  return ok;
}

// What had to wait until QuickFIX was done.
void SessionHost::Impl::settle() {
  if (adapter_.failures() != store_failures_seen_) {
    counters_.store_failures += adapter_.failures() - store_failures_seen_;
    store_failures_seen_ = adapter_.failures();
    emit(SessionEventKind::kStoreFailed, "the FIX store could not be written");
    // QuickFIX thinks that it has said what was not recorded and so did not leave, such as that it
    // asked for missing messages. A refused record is its sender's to know of.
    if (connected_ && !sending_record_) end_session();
  }
  if (overflow_) {
    overflow_ = false;
    ++counters_.output_overflows;
    emit(SessionEventKind::kOutputOverflow, "the connection does not take what must be sent");
    end_session();
  }
  if (engine_failed_) {
    engine_failed_ = false;
    end_session();
  }
}

void SessionHost::Impl::engine_error(const char* what) {
  ++counters_.engine_errors;
  engine_failed_ = true;
  emit(SessionEventKind::kEngineError, what);
}

void SessionHost::Impl::clear_connection_state() {
  framer_.reset();
  paused_ = false;
  overflow_ = false;
  engine_failed_ = false;
  was_logged_on_ = false;
  connected_since_ns_ = -1;
  garbled_in_a_row_ = 0;
  highest_queued_ = 0;
  queued_messages_ = 0;
  queued_bytes_ = 0;
}

void SessionHost::Impl::on_connected() {
  if (connected_) on_disconnected();
  clear_connection_state();
  connected_ = true;
  ++counters_.connections;
  emit(SessionEventKind::kConnected, "");
  guarded([this] {
    session_->logon();
    session_->setResponder(connection_.get());
    if (settings_.role == SessionRole::kInitiator) session_->next();
  });
}

void SessionHost::Impl::on_disconnected() {
  if (!connected_) return;
  peer_is_gone_ = true;
  end_session();
  peer_is_gone_ = false;
}

void SessionHost::Impl::disconnect() {
  if (connected_) end_session();
}

// Session::disconnect() comes back through close_connection(), unless QuickFIX did not know of the
// connection.
void SessionHost::Impl::end_session() {
  try {
    session_->disconnect();
  } catch (const std::exception& e) {
    ++counters_.engine_errors;
    emit(SessionEventKind::kEngineError, e.what());
  }
  close_connection();
}

void SessionHost::Impl::close_connection() {
  if (!connected_) return;
  connected_ = false;
  if (!peer_is_gone_) transport_->close();
  emit(SessionEventKind::kDisconnected, "");
}

void SessionHost::Impl::request_logout(const char* reason) {
  guarded([this, reason] {
    session_->logout(reason);
    if (session_->isLoggedOn()) session_->next();
  });
}

void SessionHost::Impl::on_timer(std::int64_t now_ns) {
  if (depth_ > 0 || !connected_) return;
  if (!session_->receivedLogon()) {
    if (connected_since_ns_ < 0) connected_since_ns_ = now_ns;
    if (now_ns - connected_since_ns_ >= settings_.logon_timeout_seconds * kNsPerSecond) {
      ++counters_.timeouts;
      emit(SessionEventKind::kLogonTimeout, "the connection stands but there is no logon");
      end_session();
      return;
    }
  }
  guarded([this] { session_->next(); });
}

bool SessionHost::Impl::probe(const char* id) {
  if (!can_send()) return false;
  bool accepted = false;
  guarded([&] {
    FIX::Message message;
    message.getHeader().setField(FIX::FIELD::MsgType, "1");
    message.setField(FIX::FIELD::TestReqID, id);
    accepted = session_->send(message);
  });
  return accepted;
}

void SessionHost::Impl::simulate_silence(std::int32_t seconds) {
  FIX::UtcTimeStamp sent = state_->lastSentTime();
  FIX::UtcTimeStamp received = state_->lastReceivedTime();
  sent += -seconds;
  received += -seconds;
  state_->lastSentTime(sent);
  state_->lastReceivedTime(received);
}

bool SessionHost::Impl::can_send() const {
  return connected_ && session_->isLoggedOn() && !session_->sentLogout() && !overflow_;
}

// QuickFIX forgets the range only with the first message after it, on a quiet session a heartbeat.
bool SessionHost::Impl::resend_pending() const {
  return connected_ && state_->resendRequested() &&
         store_->next_target() <= state_->resendRange().second;
}

// --- Bytes in --------------------------------------------------------------------------

std::size_t SessionHost::Impl::on_bytes(const char* data, std::size_t size) {
  if (depth_ > 0 || draining_) return 0;
  std::size_t taken = 0;
  while (connected_) {
    const std::size_t n = framer_.append(data + taken, size - taken);
    taken += n;
    counters_.bytes_in += n;
    drain();
    if (taken == size || paused_) break;
  }
  return taken;
}

void SessionHost::Impl::resume() {
  paused_ = false;
  if (depth_ == 0) drain();
}

void SessionHost::Impl::drain() {
  if (draining_) return;
  draining_ = true;
  Frame frame;
  while (connected_ && !paused_) {
    const FrameStatus status = framer_.next(&frame);
    if (status == FrameStatus::kNeedMore) break;
    if (status == FrameStatus::kMessage) {
      garbled_in_a_row_ = 0;
      on_frame(frame);
    } else {
      on_garbled(status);
    }
  }
  draining_ = false;
}

// FIX lets garbled messages pass unanswered: the next good one shows the gap. Before a logon there
// is no reason for such patience, and none without end.
void SessionHost::Impl::on_garbled(FrameStatus status) {
  counters_.garbled_bytes += framer_.dropped_bytes();
  bool give_up = ++garbled_in_a_row_ > settings_.garbled_in_a_row_max || !session_->receivedLogon();
  if (status == FrameStatus::kOversized) {
    ++counters_.oversized;
    emit(SessionEventKind::kOversized, framer_.reason());
    give_up = true;
  } else if (status == FrameStatus::kBadChecksum) {
    ++counters_.bad_checksums;
    emit(SessionEventKind::kBadChecksum, framer_.reason());
  } else {
    ++counters_.garbled;
    emit(SessionEventKind::kGarbled, framer_.reason());
  }
  if (give_up) end_session();
}

void SessionHost::Impl::on_frame(const Frame& frame) {
  ++counters_.messages_in;
  if (!check_first_message(frame) || !check_comp_ids(frame) || !check_sequence(frame)) {
    end_session();
    return;
  }
  inbound_.assign(frame.message.data, frame.message.size);
  refusal_ = DecodeProblem();
  guarded([this] { session_->next(inbound_, FIX::UtcTimeStamp()); });
  // QuickFIX takes a gap for open until a message beyond it has come in order. When the next one is
  // missing, too, it would think it had asked for that already, and wait for ever.
  if (state_->resendRequested() && store_->next_target() > state_->resendRange().second) {
    state_->resendRange(0, 0);
  }
  if (store_->next_target() > highest_queued_) {
    highest_queued_ = 0;
    queued_messages_ = 0;
    queued_bytes_ = 0;
  }
}

// An acceptor's connection begins with a Logon. An initiator may also be answered with a Logout
// that says why not.
bool SessionHost::Impl::check_first_message(const Frame& frame) {
  if (settings_.role == SessionRole::kInitiator || session_->receivedLogon()) return true;
  if (frame.msg_type.equals("A", 1)) return true;
  emit(SessionEventKind::kLogonRefused, "the first message is not a Logon");
  return false;
}

bool SessionHost::Impl::check_comp_ids(const Frame& frame) {
  const bool right =
      frame.sender_comp_id.equals(settings_.target_comp_id.data(),
                                  settings_.target_comp_id.size()) &&
      frame.target_comp_id.equals(settings_.sender_comp_id.data(), settings_.sender_comp_id.size());
  if (right) return true;
  ++counters_.wrong_comp_ids;
  const std::string text =
      "SenderCompID " + std::string(frame.sender_comp_id.data, frame.sender_comp_id.size) +
      ", TargetCompID " + std::string(frame.target_comp_id.data, frame.target_comp_id.size);
  emit(SessionEventKind::kWrongCompId, text.c_str());
  // Inside a session QuickFIX answers with a Reject and a Logout, as FIX asks; strangers get no
  // answer.
  return session_->receivedLogon();
}

// Tells what QuickFIX is going to do about the number, and bounds what it keeps behind a gap.
bool SessionHost::Impl::check_sequence(const Frame& frame) {
  const bool renumbers =
      (frame.msg_type.equals("4", 1) && !contains(frame.message, "\001123=Y\001")) ||
      (frame.msg_type.equals("A", 1) && contains(frame.message, "\001141=Y\001"));
  const std::int32_t expected = store_->next_target();
  if (renumbers || frame.msg_seq_num == expected) return true;
  const std::string type(frame.msg_type.data, frame.msg_type.size);
  if (frame.msg_seq_num < expected) {
    if (frame.poss_dup) return true;
    ++counters_.sequence_too_low;
    const std::string text = "MsgSeqNum too low, expecting " + std::to_string(expected) +
                             " but received " + std::to_string(frame.msg_seq_num);
    emit(SessionEventKind::kSequenceTooLow, text.c_str(), expected, frame.msg_seq_num,
         type.c_str());
    return true;
  }
  if (highest_queued_ == 0) {
    ++counters_.sequence_gaps;
    const std::string text = "messages " + std::to_string(expected) + " to " +
                             std::to_string(frame.msg_seq_num - 1) + " are missing";
    emit(SessionEventKind::kSequenceGap, text.c_str(), expected, frame.msg_seq_num, type.c_str());
  }
  highest_queued_ = std::max(highest_queued_, frame.msg_seq_num);
  ++queued_messages_;
  queued_bytes_ += frame.message.size;
  const std::size_t bytes_max =
      static_cast<std::size_t>(settings_.queued_messages_max) * kQueuedBytesPerMessage;
  if (queued_messages_ <= settings_.queued_messages_max &&
      queued_bytes_ <= std::max(bytes_max, settings_.message_bytes_max)) {
    return true;
  }
  emit(SessionEventKind::kTooManyQueued, "the gap is not being filled", expected,
       frame.msg_seq_num);
  return false;
}

// --- Messages in -----------------------------------------------------------------------

void SessionHost::Impl::on_inbound_session_message(const FIX::Message& message,
                                                   const std::string& type) {
  switch (type[0]) {
    case 'A':
      check_heartbeat_interval(message);
      break;
    case '0':
      if (message.isSetField(FIX::FIELD::TestReqID)) {
        emit(SessionEventKind::kProbeAnswered, text_of(message, FIX::FIELD::TestReqID));
      }
      break;
    case '1':
      if (std::strlen(text_of(message, FIX::FIELD::TestReqID)) > kTestReqIdMax) {
        throw FIX::IncorrectTagValue(FIX::FIELD::TestReqID);
      }
      break;
    case '2':
      check_resend_request(message);
      break;
    case '3':
      ++counters_.rejects_in;
      deliver<MessageReject>(message, &Application::on_message_reject);
      break;
    case '4':
      emit(SessionEventKind::kPeerSequenceReset,
           is_yes(message, FIX::FIELD::GapFillFlag) ? "gap fill" : "reset", store_->next_target(),
           integer_of(message, FIX::FIELD::NewSeqNo));
      break;
    case '5':
      emit(SessionEventKind::kLogoutReceived, text_of(message, FIX::FIELD::Text));
      break;
    default:
      break;
  }
}

// QuickFIX takes any interval from an initiator, and with 0 it never looks again whether the peer
// lives.
void SessionHost::Impl::check_heartbeat_interval(const FIX::Message& logon) {
  if (settings_.role == SessionRole::kInitiator) return;
  const std::int32_t seconds = integer_of(logon, FIX::FIELD::HeartBtInt);
  if (seconds >= 1 && seconds <= kPeerHeartbeatSecondsMax) return;
  const char* const text = "HeartBtInt (108) must be 1 to 3600 seconds";
  emit(SessionEventKind::kLogonRefused, text);
  throw FIX::RejectLogon(text);
}

void SessionHost::Impl::check_resend_request(const FIX::Message& request) {
  const std::int32_t begin = integer_of(request, FIX::FIELD::BeginSeqNo);
  const std::int32_t end = integer_of(request, FIX::FIELD::EndSeqNo);
  ++counters_.resend_requests_in;
  emit(SessionEventKind::kPeerResendRequest, "", begin, end);
  if (begin < 1 || begin >= store_->next_sender()) {
    throw FIX::IncorrectTagValue(FIX::FIELD::BeginSeqNo);
  }
  if (end != 0 && end < begin) throw FIX::IncorrectTagValue(FIX::FIELD::EndSeqNo);
}

// False when this side of a session does not take messages of this type.
bool SessionHost::Impl::on_inbound_application_message(const FIX::Message& message,
                                                       const std::string& type) {
  const bool initiator = settings_.role == SessionRole::kInitiator;
  if (type == "AF") {
    return !initiator && deliver<MassStatusRequest>(message, &Application::on_mass_status_request);
  }
  if (type.size() != 1) return false;
  switch (type[0]) {
    case 'j':
      ++counters_.rejects_in;
      return deliver<MessageReject>(message, &Application::on_message_reject);
    case '8':
      return initiator && deliver<ExecutionReport>(message, &Application::on_execution_report);
    case '9':
      return initiator && deliver<CancelReject>(message, &Application::on_cancel_reject);
    case 'r':
      return initiator && deliver<MassCancelReport>(message, &Application::on_mass_cancel_report);
    case 'D':
      return !initiator && deliver<NewOrder>(message, &Application::on_new_order);
    case 'G':
      return !initiator && deliver<ReplaceOrder>(message, &Application::on_replace_order);
    case 'F':
      return !initiator && deliver<CancelOrder>(message, &Application::on_cancel_order);
    case 'H':
      return !initiator && deliver<StatusRequest>(message, &Application::on_status_request);
    case 'q':
      return !initiator && deliver<MassCancel>(message, &Application::on_mass_cancel);
    case 'Q':
      return !initiator && deliver<DontKnowTrade>(message, &Application::on_dont_know_trade);
    default:
      return false;
  }
}

// QuickFIX increments the expected number only after this has returned.
template <typename Record>
bool SessionHost::Impl::deliver(const FIX::Message& message,
                                void (Application::*callback)(const Record&)) {
  Record record;
  const DecodeProblem problem = decode(message, &record);
  if (problem) refuse(problem);
  ++counters_.application_in;
  (application_->*callback)(record);
  return true;
}

// The exceptions by which QuickFIX is told to answer with a BusinessMessageReject or a Reject.
void SessionHost::Impl::refuse(const DecodeProblem& problem) {
  refusal_ = problem;
  switch (problem.kind) {
    case DecodeProblem::Kind::kMissing:
      throw FIX::FieldNotFound(problem.tag);
    case DecodeProblem::Kind::kValue:
      throw FIX::IncorrectTagValue(problem.tag);
    case DecodeProblem::Kind::kFormat:
      break;
  }
  throw FIX::IncorrectDataFormat(problem.tag, problem.what);
}

// --- Messages out ----------------------------------------------------------------------

template <typename Record>
SendOutcome SessionHost::Impl::send(const Record& record) {
  SendOutcome outcome;
  if (!can_send()) {
    ++counters_.refused_not_logged_on;
    return outcome;
  }
  FIX::Message* message = nullptr;
  guarded([&] { message = encoder_.encode(record, &problem_); });
  if (message == nullptr) {
    ++counters_.refused_invalid;
    outcome.result = SendResult::kInvalid;
    return outcome;
  }
  if (transport_->writable_bytes() < kOutputReserve) {
    ++counters_.refused_backpressure;
    outcome.result = SendResult::kBackpressure;
    return outcome;
  }
  return hand_over(message);
}

SendOutcome SessionHost::Impl::hand_over(FIX::Message* message) {
  SendOutcome outcome;
  const std::int32_t seq = store_->next_sender();
  const std::uint64_t failures = adapter_.failures();
  bool accepted = false;
  bool written = false;
  sending_record_ = true;
  guarded([&] {
    const std::uint64_t before = counters_.messages_out;
    accepted = session_->send(*message);
    written = counters_.messages_out != before;
  });
  sending_record_ = false;
  if (accepted) outcome.msg_seq_num = seq;
  if (accepted && written) {
    ++counters_.application_out;
    outcome.result = SendResult::kSent;
  } else if (accepted) {
    outcome.result = SendResult::kLost;
  } else if (adapter_.failures() != failures) {
    outcome.result = SendResult::kStoreFailed;
  } else {
    ++counters_.refused_not_logged_on;
  }
  return outcome;
}

bool SessionHost::Impl::send_unchecked(const NewOrder& order) {
  FIX::Message* const message = encoder_.encode(order, &problem_);
  bool accepted = false;
  guarded([&] { accepted = message != nullptr && session_->send(*message); });
  return accepted;
}

// Whether an application message may be sent, or sent again.
bool SessionHost::Impl::may_leave(const FIX::Message& message) {
  if (is_yes(message.getHeader(), FIX::FIELD::PossDupFlag) &&
      !settings_.resend_application_messages) {
    ++counters_.suppressed_resends;
    return false;
  }
  return can_send();
}

bool SessionHost::Impl::write(const std::string& bytes) {
  if (!connected_ || overflow_) return false;
  if (!transport_->write(bytes.data(), bytes.size())) {
    overflow_ = true;  // ended in settle(): QuickFIX is in the middle of something
    return false;
  }
  counters_.bytes_out += bytes.size();
  ++counters_.messages_out;
  return true;
}

void SessionHost::Impl::on_outbound_session_message(const FIX::Message& message,
                                                    const std::string& type) {
  if (!connected_) return;  // QuickFIX also makes a Logout when it resets an idle session
  switch (type[0]) {
    case '1':
      emit(SessionEventKind::kTestRequestSent, "");
      break;
    case '2':
      ++counters_.resend_requests_out;
      emit(SessionEventKind::kResendRequested, "", integer_of(message, FIX::FIELD::BeginSeqNo),
           integer_of(message, FIX::FIELD::EndSeqNo));
      break;
    case '3':
      note_reject(message);
      break;
    case '5':
      emit(SessionEventKind::kLogoutSent, text_of(message, FIX::FIELD::Text));
      break;
    default:
      break;
  }
}

void SessionHost::Impl::note_reject(const FIX::Message& message) {
  ++counters_.rejects_out;
  std::string text = text_of(message, FIX::FIELD::Text);
  const std::int32_t tag = integer_of(message, FIX::FIELD::RefTagID);
  if (refusal_) {
    text = "tag " + std::to_string(refusal_.tag) + " " + refusal_.what;
  } else if (tag != 0) {
    text += ", tag " + std::to_string(tag);
  }
  emit(SessionEventKind::kRejectSent, text.c_str(), 0, integer_of(message, FIX::FIELD::RefSeqNum),
       text_of(message, FIX::FIELD::RefMsgType));
}

void SessionHost::Impl::on_note(const std::string& text) {
  for (const KnownNote& note : kTimeoutNotes) {
    if (text != note.text) continue;
    ++counters_.timeouts;
    emit(note.kind, note.text);
    return;
  }
  emit(SessionEventKind::kNote, text.c_str());
}

void SessionHost::Impl::emit(SessionEventKind kind, const char* text, std::int32_t expected,
                             std::int32_t received, const char* msg_type) {
  SessionEvent event;
  event.kind = kind;
  event.text = text;
  event.text_size = std::strlen(text);
  event.expected = expected;
  event.received = received;
  event.msg_type.assign(msg_type);
  application_->on_session_event(event);
}

// --- SessionHost -----------------------------------------------------------------------

SessionHost::SessionHost(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SessionHost::~SessionHost() = default;

std::unique_ptr<SessionHost> SessionHost::create(const SessionSettings& settings,
                                                 std::shared_ptr<SequenceStore> store,
                                                 Transport* transport, Application* application,
                                                 std::string* error) {
  const char* problem = problem_of(settings);
  if (problem == nullptr && (store == nullptr || transport == nullptr || application == nullptr)) {
    problem = "a store, a transport and an application are needed";
  }
  if (problem != nullptr) {
    *error = std::string("FIX session: ") + problem;
    return nullptr;
  }
  try {
    std::unique_ptr<Impl> impl(new Impl(settings, std::move(store), transport, application));
    impl->start_session();
    return std::unique_ptr<SessionHost>(new SessionHost(std::move(impl)));
  } catch (const std::exception& e) {
    *error = std::string("FIX session: ") + e.what();
    return nullptr;
  }
}

void SessionHost::on_connected() { impl_->on_connected(); }
void SessionHost::on_disconnected() { impl_->on_disconnected(); }
std::size_t SessionHost::on_bytes(const char* data, std::size_t size) {
  return impl_->on_bytes(data, size);
}
void SessionHost::on_timer(std::int64_t now_ns) { impl_->on_timer(now_ns); }
void SessionHost::pause() { impl_->pause(); }
void SessionHost::resume() { impl_->resume(); }
void SessionHost::request_logout(const char* reason) { impl_->request_logout(reason); }
void SessionHost::disconnect() { impl_->disconnect(); }
bool SessionHost::probe(const char* id) { return impl_->probe(id); }

SendOutcome SessionHost::send(const NewOrder& order) { return impl_->send(order); }
SendOutcome SessionHost::send(const ReplaceOrder& order) { return impl_->send(order); }
SendOutcome SessionHost::send(const CancelOrder& order) { return impl_->send(order); }
SendOutcome SessionHost::send(const StatusRequest& request) { return impl_->send(request); }
SendOutcome SessionHost::send(const MassStatusRequest& request) { return impl_->send(request); }
SendOutcome SessionHost::send(const MassCancel& request) { return impl_->send(request); }
SendOutcome SessionHost::send(const DontKnowTrade& trade) { return impl_->send(trade); }
SendOutcome SessionHost::send(const ExecutionReport& report) { return impl_->send(report); }
SendOutcome SessionHost::send(const CancelReject& reject) { return impl_->send(reject); }
SendOutcome SessionHost::send(const MassCancelReport& report) { return impl_->send(report); }
SendOutcome SessionHost::send(const MessageReject& reject) { return impl_->send(reject); }

bool SessionHost::connected() const { return impl_->connected(); }
bool SessionHost::logged_on() const { return impl_->can_send(); }
bool SessionHost::resend_pending() const { return impl_->resend_pending(); }
std::int32_t SessionHost::next_sender() const { return impl_->store().next_sender(); }
std::int32_t SessionHost::next_target() const { return impl_->store().next_target(); }
const SessionCounters& SessionHost::counters() const { return impl_->counters(); }
const char* SessionHost::last_problem() const { return impl_->problem(); }
void SessionHost::simulate_silence(std::int32_t seconds) { impl_->simulate_silence(seconds); }

bool SessionHostProbe::send_unchecked(SessionHost* host, const NewOrder& order) {
  return host->impl_->send_unchecked(order);
}

void SessionHostProbe::give_messages_to_resends(SessionHost* host) {
  host->impl_->give_messages_to_resends();
}

}  // namespace fix
}  // namespace evenkeel
