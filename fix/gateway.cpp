#include "fix/gateway.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstring>
#include <string_view>
#include <thread>
#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "absl/strings/str_cat.h"
#include "core/system_clock.hpp"
#include "fix/gateway_backlog.hpp"
#include "fix/gateway_codec.hpp"
#include "fix/gateway_socket.hpp"

namespace evenkeel::fix {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::int32_t kQueuedMax = 4'096;        // messages a filled gap may deliver at once
constexpr std::size_t kEngineIntentsMax = 8'192;  // the engine may hold so many back at once
constexpr std::size_t kStatesMax = 64;            // session states that may wait
constexpr std::size_t kInputBytes = 64 * 1'024;
constexpr std::size_t kSentRemembered = 4'096;
constexpr std::size_t kFillsRemembered = 64;
constexpr int kIntentsPerTurn = 256;
constexpr DurationNs kTick = 250 * kMillisecond;
constexpr DurationNs kLookAgain = kMillisecond;  // while a ring is full
constexpr DurationNs kResyncEvery = kSecond;
constexpr DurationNs kProbeEvery = kSecond;  // until one is answered
constexpr std::int32_t kReasonOther = 99;    // tags 102, 103

std::chrono::nanoseconds chrono(DurationNs duration) { return std::chrono::nanoseconds(duration); }

/// Which part of what the session says is trouble, for notes.
bool is_bad(SessionEventKind kind) {
  switch (kind) {
    case SessionEventKind::kConnected:
    case SessionEventKind::kDisconnected:
    case SessionEventKind::kLoggedOn:
    case SessionEventKind::kLoggedOut:
    case SessionEventKind::kLogoutReceived:
    case SessionEventKind::kLogoutSent:
    case SessionEventKind::kTestRequestSent:
    case SessionEventKind::kProbeAnswered:
    case SessionEventKind::kPeerResendRequest:
    case SessionEventKind::kNote:
      return false;
    default:
      return true;
  }
}

std::string probe_id(std::uint64_t number) { return absl::StrCat("EVENKEEL-", number); }

SessionSettings session_settings(const GatewayConfig& config) {
  SessionSettings settings;
  settings.role = SessionRole::kInitiator;
  settings.sender_comp_id = config.sender;
  settings.target_comp_id = config.target;
  settings.heartbeat_seconds = static_cast<std::int32_t>(config.heartbeat / kSecond);
  settings.queued_messages_max = kQueuedMax;
  return settings;
}

}  // namespace

class Gateway::Impl final : public Application {
 public:
  Impl(const GatewayConfig& config, GatewayCodec codec, SpscRing<Intent>& intents,
       SpscRing<Event>& events, Doorbell* engine_bell)
      : config_(config),
        codec_(std::move(codec)),
        intents_(intents),
        engine_bell_(engine_bell),
        backlog_(events, kQueuedMax + kStatesMax + intents.capacity() + kEngineIntentsMax),
        socket_(context_, config.output_bytes_max),
        resolver_(context_),
        connecting_(context_),
        bell_wait_(context_, bell_.fd()),
        tick_(context_),
        retry_(context_),
        look_again_(context_),
        input_(kInputBytes),
        sent_(kSentRemembered),
        backoff_(config.reconnect_min) {}
  ~Impl() override {
    stop();
    bell_wait_.release();  // the bell's own
  }

  absl::Status open();
  void start() {
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  }
  void stop() {
    stop_asked_.store(true, std::memory_order_release);
    bell_.ring();
    if (thread_.joinable()) thread_.join();
  }
  void wake() noexcept { bell_.notify(); }
  GatewayCounts counts() const;
  bool logged_on() const { return shown_logged_on_.load(std::memory_order_acquire); }
  bool next_note(GatewayNote& out) { return notes_.try_pop(out); }

  // Application
  void on_session_event(const SessionEvent& event) noexcept override;
  void on_execution_report(const ExecutionReport& report) noexcept override;
  void on_cancel_reject(const CancelReject& reject) noexcept override;
  void on_message_reject(const MessageReject& reject) noexcept override;

 private:
  struct Sent {
    std::int32_t message = 0;
    Intent intent;
  };
  struct ForeignFill {
    BrokerId exec_id, order_id;
    InstrumentFields instrument;
  };
  using Words = std::array<std::uint64_t, sizeof(GatewayCounts) / sizeof(std::uint64_t)>;

  // The thread.
  void run();
  int turn();
  void wait();
  void arm_bell();
  void arm_tick();
  void arm_look_again();
  bool finish();
  void publish();

  // The connection.
  void connect();
  void resolved(const tcp::resolver::results_type& endpoints);
  void connected(const error_code& error);
  void connect_failed(std::string_view why);
  void reconnect_later();
  int read_socket();
  bool feed();
  void check_closed();

  // The session as the desk sees it.
  void check_ready();
  void probe();
  void tell_state(SessionState state);
  void lose(SessionState state);
  void add(const Event& event, std::int32_t message);
  int flush_events();
  void commit();
  void resync(std::string_view why);

  // Requests.
  int take_intents(int most);
  void handle(const Intent& intent);
  template <class Record>
  void send(const Intent& intent, std::uint64_t& count);
  void send_dont_know(const Intent& intent);
  void settle(const Intent& intent, const SendOutcome& outcome, std::uint64_t& count);
  void refuse(const Intent& intent, std::string_view why);

  void note(bool bad, std::string_view head, std::string_view tail = {});

  GatewayConfig config_;
  GatewayCodec codec_;
  SpscRing<Intent>& intents_;
  Doorbell* engine_bell_;
  EventBacklog backlog_;
  Doorbell bell_;
  asio::io_context context_{1};
  FixSocket socket_;
  tcp::resolver resolver_;
  tcp::socket connecting_;
  asio::posix::stream_descriptor bell_wait_;
  asio::steady_timer tick_, retry_, look_again_;
  std::shared_ptr<SequenceStore> store_;
  std::unique_ptr<SessionHost> host_;

  std::vector<char> input_;  // [input_begin_, input_end_) was read and not taken by the session
  std::size_t input_begin_ = 0, input_end_ = 0;
  std::vector<Sent> sent_;  // by sequence number
  std::array<ForeignFill, kFillsRemembered> foreign_{};
  std::size_t foreign_next_ = 0;

  DurationNs backoff_;
  bool attached_ = false;        // the session has a connection, or has not been told its end
  bool attempting_ = false;      // to connect
  bool told_logged_on_ = false;  // the desk has been told, or will be when it reads on
  bool holding_back_ = false;    // the event ring is full
  bool looking_again_ = false;
  std::uint64_t loss_place_ = 0;  // the last event that told the desk of a loss
  std::uint64_t rung_ = 0;        // events the engine was woken for
  std::uint64_t probes_ = 0;      // sent; the last one's number
  bool probe_wanted_ = false;     // the peer's view of our messages is to be settled (again)
  bool probe_answered_ = false;
  TimeNs probed_at_ = 0;
  bool resync_wanted_ = false;
  TimeNs resynced_at_ = 0;
  bool stopping_ = false;
  TimeNs stop_by_ = 0;

  GatewayCounts counts_;
  std::array<std::atomic<std::uint64_t>, std::tuple_size_v<Words>> shown_{};
  std::atomic<bool> shown_logged_on_{false};
  std::atomic<bool> stop_asked_{false};
  SpscRing<GatewayNote> notes_{256};
  std::thread thread_;
};

// --- set-up ---

absl::Status Gateway::Impl::open() {
  StoreOptions options;
  options.path = config_.store_file;
  options.identity = absl::StrCat("FIX.4.4:", config_.sender, "->", config_.target);
  options.inbound_commit = InboundCommit::kByOwner;
  std::string error;
  if (config_.store_file.empty()) {
    options.sync = SyncPolicy::kNone;
    store_ = SequenceStore::in_memory(options, &error);
  } else {
    store_ = SequenceStore::open_file(options, &error);
  }
  if (store_ == nullptr) return absl::UnavailableError(absl::StrCat("FIX message store: ", error));
  host_ = SessionHost::create(session_settings(config_), store_, &socket_, this, &error);
  if (host_ == nullptr) return absl::InvalidArgumentError(absl::StrCat("FIX session: ", error));
  return absl::OkStatus();
}

// --- the thread ---

void Gateway::Impl::run() {
  arm_bell();
  arm_tick();
  connect();
  do {
    const int work = turn();
    publish();
    if (work == 0) {
      wait();
    } else {
      context_.poll();
    }
  } while (!finish());
  publish();
}

int Gateway::Impl::turn() {
  int work = flush_events();
  work += read_socket();
  check_closed();
  work += take_intents(kIntentsPerTurn);
  check_ready();
  commit();
  if (rung_ != backlog_.pushed()) {
    rung_ = backlog_.pushed();
    if (engine_bell_ != nullptr) engine_bell_->notify();
  }
  return work;
}

void Gateway::Impl::wait() {
  arm_look_again();
  bell_.set_parked(true);
  if (intents_.front() == nullptr && !(stop_asked_.load(std::memory_order_acquire) && !stopping_)) {
    context_.run_one();
  }
  bell_.set_parked(false);
  context_.poll();
}

void Gateway::Impl::arm_bell() {
  bell_wait_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const error_code& error) {
    if (error) return;
    bell_.drain();
    arm_bell();
  });
}

void Gateway::Impl::arm_tick() {
  tick_.expires_after(chrono(kTick));
  tick_.async_wait([this](const error_code& error) {
    if (error) return;
    if (attached_) host_->on_timer(SystemClock::monotonic());
    if (resync_wanted_) resync({});
    arm_tick();
  });
}

// Nobody says when the engine has made room in its ring, or has heard of a loss: look.
void Gateway::Impl::arm_look_again() {
  const bool awaited = attached_ && !told_logged_on_ && !backlog_.taken(loss_place_);
  if (looking_again_ || (backlog_.empty() && !awaited)) return;
  looking_again_ = true;
  look_again_.expires_after(chrono(kLookAgain));
  look_again_.async_wait([this](const error_code&) { looking_again_ = false; });
}

// True when the thread may end.
bool Gateway::Impl::finish() {
  const TimeNs now = SystemClock::monotonic();
  if (!stopping_) {
    if (!stop_asked_.load(std::memory_order_acquire)) return false;
    stopping_ = true;
    stop_by_ = now + config_.logout_within;
    take_intents(static_cast<int>(intents_.capacity()));
    retry_.cancel();
    resolver_.cancel();
    error_code ignored;
    connecting_.close(ignored);
    if (attached_ && host_->logged_on()) {
      host_->request_logout("the desk ends");
    } else if (attached_) {
      host_->disconnect();
    }
    check_closed();
  }
  const bool late = now >= stop_by_;
  if (late && attached_) {
    host_->disconnect();
    socket_.abort();
    check_closed();
  }
  flush_events();
  commit();
  return late || (!attached_ && backlog_.empty());
}

void Gateway::Impl::publish() {
  const SessionCounters& session = host_->counters();
  counts_.garbled = session.garbled;
  counts_.bad_checksums = session.bad_checksums;
  counts_.sequence_gaps = session.sequence_gaps;
  counts_.sequence_too_low = session.sequence_too_low;
  counts_.rejects_sent = session.rejects_out;
  counts_.timeouts = session.timeouts;
  counts_.suppressed_resends = session.suppressed_resends;
  counts_.bytes_in = session.bytes_in;
  counts_.bytes_out = session.bytes_out;
  const Words words = std::bit_cast<Words>(counts_);
  for (std::size_t i = 0; i < words.size(); ++i) {
    shown_[i].store(words[i], std::memory_order_relaxed);
  }
  shown_logged_on_.store(told_logged_on_, std::memory_order_release);
}

GatewayCounts Gateway::Impl::counts() const {
  Words words{};
  for (std::size_t i = 0; i < words.size(); ++i) {
    words[i] = shown_[i].load(std::memory_order_relaxed);
  }
  return std::bit_cast<GatewayCounts>(words);
}

void Gateway::Impl::note(bool bad, std::string_view head, std::string_view tail) {
  GatewayNote out;
  out.ts = SystemClock().now();
  out.bad = bad;
  char text[sizeof out.text.bytes];
  const std::size_t first = std::min(head.size(), sizeof text);
  const std::size_t second = std::min(tail.size(), sizeof text - first);
  std::memcpy(text, head.data(), first);
  if (second > 0) std::memcpy(text + first, tail.data(), second);
  std::replace(text, text + first + second, '\0', ' ');
  out.text.assign({text, first + second});
  if (!notes_.try_push(out)) ++counts_.notes_dropped;
}

// --- the connection ---

void Gateway::Impl::connect() {
  if (stopping_ || stop_asked_.load(std::memory_order_acquire)) return;
  if (!backlog_.empty()) {  // the engine is far behind: no new session before it has caught up
    reconnect_later();
    return;
  }
  attempting_ = true;
  error_code error;
  const auto address = asio::ip::make_address(config_.host, error);
  if (!error) {
    const tcp::endpoint endpoint(address, config_.port);
    resolved(tcp::resolver::results_type::create(endpoint, config_.host, ""));
    return;
  }
  resolver_.async_resolve(
      config_.host, std::to_string(config_.port),
      [this](const error_code& failed, const tcp::resolver::results_type& endpoints) {
        if (failed) {
          connect_failed(failed.message());
        } else {
          resolved(endpoints);
        }
      });
}

void Gateway::Impl::resolved(const tcp::resolver::results_type& endpoints) {
  if (stopping_) return;
  connecting_ = tcp::socket(context_);
  retry_.expires_after(chrono(config_.connect_within));
  retry_.async_wait([this](const error_code& error) {
    error_code ignored;
    if (!error && attempting_) connecting_.close(ignored);
  });
  asio::async_connect(connecting_, endpoints,
                      [this](const error_code& error, const tcp::endpoint&) { connected(error); });
}

void Gateway::Impl::connected(const error_code& error) {
  if (error || stopping_) {
    connect_failed(error.message());
    return;
  }
  attempting_ = false;
  retry_.cancel();
  input_begin_ = input_end_ = 0;
  if (!socket_.attach(std::move(connecting_))) {
    connect_failed(socket_.problem());
    return;
  }
  ++counts_.connects;
  attached_ = true;
  probe_wanted_ = true;
  probe_answered_ = false;
  tell_state(SessionState::kConnected);
  host_->on_connected();
}

void Gateway::Impl::connect_failed(std::string_view why) {
  attempting_ = false;
  retry_.cancel();
  if (stopping_) return;
  ++counts_.connect_failures;
  note(true, absl::StrCat("cannot connect to ", config_.host, ":", config_.port, ": "), why);
  reconnect_later();
}

void Gateway::Impl::reconnect_later() {
  retry_.expires_after(chrono(backoff_));
  backoff_ = std::min(backoff_ * 2, config_.reconnect_max);
  retry_.async_wait([this](const error_code& error) {
    if (!error) connect();
  });
}

int Gateway::Impl::read_socket() {
  int work = 0;
  while (attached_ && feed() && socket_.readable()) {
    const std::size_t got = socket_.read(input_.data(), input_.size());
    if (got == 0) break;
    input_begin_ = 0;
    input_end_ = got;
    ++work;
  }
  return work;
}

// Gives the session what was read. True when all of it was taken and more may be read.
bool Gateway::Impl::feed() {
  if (holding_back_) return false;
  if (input_begin_ < input_end_) {
    input_begin_ += host_->on_bytes(input_.data() + input_begin_, input_end_ - input_begin_);
    if (!host_->connected()) input_begin_ = input_end_;  // the rest belongs to no session
  }
  return input_begin_ == input_end_ && !holding_back_;
}

void Gateway::Impl::check_closed() {
  if (!attached_ || socket_.open() || input_begin_ < input_end_) return;
  // What the session still holds comes first: its reports were read before the end.
  if (holding_back_ && !stopping_) return;
  attached_ = false;
  host_->on_disconnected();
  ++counts_.disconnects;
  // Nothing to say of an end that was ours: the logout told it.
  if (!stopping_ || !socket_.problem().empty()) {
    note(true, "connection ended: ", socket_.problem());
  }
  lose(SessionState::kDisconnected);
  if (!stopping_) reconnect_later();
}

// --- the session as the desk sees it ---

void Gateway::Impl::check_ready() {
  if (attached_ && host_->logged_on()) probe();
  const bool ready = attached_ && host_->logged_on() && probe_answered_ && !host_->resend_pending();
  if (told_logged_on_) {
    if (!ready) lose(host_->logged_on() ? SessionState::kConnected : SessionState::kLoggedOut);
    return;
  }
  // Requests that the desk made before it heard of the loss belong to the old connection. Once it
  // has taken that event it makes no more, so those in the ring now are the last of them.
  if (!ready || stopping_ || !backlog_.empty() || !backlog_.taken(loss_place_)) return;
  take_intents(static_cast<int>(intents_.capacity()));
  told_logged_on_ = true;
  backoff_ = config_.reconnect_min;
  ++counts_.logons;
  tell_state(SessionState::kLoggedOn);
}

// A peer that has missed messages of ours asks for them after its logon, and the answer to that is
// a gap fill, which also covers what we send before the question arrives: such an order would be
// passed over in silence. So nothing is sent before a test request has come back, and it is sent
// again when the peer has asked.
void Gateway::Impl::probe() {
  const TimeNs now = SystemClock::monotonic();
  if (probe_answered_ || (!probe_wanted_ && now - probed_at_ < kProbeEvery)) return;
  probe_wanted_ = false;
  probed_at_ = now;
  host_->probe(probe_id(++probes_).c_str());
}

void Gateway::Impl::lose(SessionState state) {
  const bool known = told_logged_on_;
  told_logged_on_ = false;
  tell_state(state);
  if (known) loss_place_ = backlog_.pushed() + backlog_.size();
}

void Gateway::Impl::tell_state(SessionState state) {
  Event event = Event::make(EventType::kSessionStatus, config_.source);
  event.payload.session.state = state;
  event.payload.session.expected_inbound = static_cast<std::uint64_t>(host_->next_target());
  add(event, 0);
}

void Gateway::Impl::add(const Event& event, std::int32_t message) {
  backlog_.add(event, message);
  if (backlog_.empty() || holding_back_) return;
  holding_back_ = true;
  ++counts_.ring_full;
  host_->pause();
}

int Gateway::Impl::flush_events() {
  counts_.queued_max = std::max<std::uint64_t>(counts_.queued_max, backlog_.size());
  const int moved = backlog_.flush();
  if (backlog_.empty() && holding_back_) {
    holding_back_ = false;
    host_->resume();
  }
  return moved;
}

// A number is recorded once every event up to it is in the ring.
void Gateway::Impl::commit() {
  const std::int32_t next = backlog_.empty() ? store_->next_target() : backlog_.last_message() + 1;
  if (next > store_->committed_target()) store_->commit_inbound(next);
}

// Something was reported that nobody could count. As after a reconnect, the desk asks about every
// open order.
void Gateway::Impl::resync(std::string_view why) {
  if (!why.empty()) note(true, "asking about all open orders: ", why);
  const TimeNs now = SystemClock::monotonic();
  resync_wanted_ = true;
  if (resynced_at_ != 0 && now - resynced_at_ < kResyncEvery) return;  // the tick comes back to it
  resync_wanted_ = false;
  resynced_at_ = now;
  if (told_logged_on_) lose(SessionState::kConnected);
}

void Gateway::Impl::on_session_event(const SessionEvent& event) noexcept {
  note(is_bad(event.kind), absl::StrCat(to_string(event.kind), event.text_size > 0 ? ": " : ""),
       {event.text, event.text_size});
  if (event.kind == SessionEventKind::kPeerResendRequest) {
    probe_wanted_ = true;
    probe_answered_ = false;
  }
  if (event.kind == SessionEventKind::kProbeAnswered && !probe_wanted_ &&
      probe_id(probes_) == std::string_view(event.text, event.text_size)) {
    probe_answered_ = true;
  }
  const bool report = event.msg_type == "8" || event.msg_type == "9";
  if (event.kind == SessionEventKind::kRejectSent && report) {
    ++counts_.unusable_reports;
    resync("a report was refused");
  }
}

void Gateway::Impl::on_execution_report(const ExecutionReport& report) noexcept {
  Event event;
  if (const char* problem = codec_.decode(report, event)) {
    ++counts_.unusable_reports;
    resync(problem);
    return;
  }
  const ExecutionPayload& execution = event.payload.execution;
  if (execution.order_id == 0 && execution.orig_order_id == 0) {
    ++counts_.foreign_reports;
    foreign_[foreign_next_++ % foreign_.size()] = {report.exec_id, report.order_id,
                                                   report.instrument};
  }
  ++counts_.executions;
  add(event, report.header.msg_seq_num);
}

void Gateway::Impl::on_cancel_reject(const CancelReject& reject) noexcept {
  Event event;
  if (const char* problem = codec_.decode(reject, event)) {
    ++counts_.unusable_reports;
    note(true, "cancel reject refused: ", problem);
    return;
  }
  ++counts_.cancel_rejects;
  add(event, reject.header.msg_seq_num);
}

// The counterparty could not read a message of ours: what it asked for will not happen.
void Gateway::Impl::on_message_reject(const MessageReject& reject) noexcept {
  ++counts_.message_rejects;
  note(true, "a message of ours was rejected: ", {reject.text.data(), reject.text.size()});
  if (reject.ref_seq_num <= 0) return;
  const Sent& sent = sent_[static_cast<std::size_t>(reject.ref_seq_num) % sent_.size()];
  if (sent.message != reject.ref_seq_num) return;
  Event event;
  if (codec_.refusal(sent.intent, kReasonOther, event)) add(event, reject.header.msg_seq_num);
}

// --- requests ---

int Gateway::Impl::take_intents(int most) {
  int taken = 0;
  // Each may need an answer; without room for one the rest waits, and so does the engine.
  while (taken < most && backlog_.room() > kQueuedMax + kStatesMax) {
    const Intent* intent = intents_.front();
    if (intent == nullptr) break;
    handle(*intent);
    intents_.pop();
    ++taken;
  }
  return taken;
}

void Gateway::Impl::handle(const Intent& intent) {
  switch (intent.type) {
    case IntentType::kNewOrder:
      if (!told_logged_on_) {
        ++counts_.refused_not_logged_on;
        refuse(intent, "not logged on");
      } else {
        send<NewOrder>(intent, counts_.orders);
      }
      break;
    case IntentType::kReplaceOrder:
      if (!told_logged_on_) {
        ++counts_.refused_not_logged_on;
        refuse(intent, "not logged on");
      } else {
        send<ReplaceOrder>(intent, counts_.replaces);
      }
      break;
    case IntentType::kCancelOrder:
      send<CancelOrder>(intent, counts_.cancels);
      break;
    case IntentType::kRequestStatus:
      send<StatusRequest>(intent, counts_.status_requests);
      break;
    case IntentType::kDontKnowTrade:
      send_dont_know(intent);
      break;
    case IntentType::kAlert:
    case IntentType::kNone:
      break;
  }
}

template <class Record>
void Gateway::Impl::send(const Intent& intent, std::uint64_t& count) {
  Record record;
  if (const char* problem = codec_.encode(intent, SystemClock().now(), record)) {
    ++counts_.refused_invalid;
    refuse(intent, problem);
    return;
  }
  settle(intent, host_->send(record), count);
}

void Gateway::Impl::send_dont_know(const Intent& intent) {
  static const ForeignFill kUnknown = [] {
    ForeignFill fill;
    fill.order_id.assign("UNKNOWN");
    fill.instrument.symbol.assign("UNKNOWN");
    return fill;
  }();
  const std::string_view id = intent.text.view();
  const auto known = std::find_if(foreign_.begin(), foreign_.end(), [id](const ForeignFill& fill) {
    return fill.exec_id.equals(id.data(), id.size());
  });
  const ForeignFill& fill = known == foreign_.end() ? kUnknown : *known;
  DontKnowTrade record;
  if (const char* problem = codec_.encode(intent, fill.order_id, fill.instrument, record)) {
    ++counts_.refused_invalid;
    refuse(intent, problem);
    return;
  }
  settle(intent, host_->send(record), counts_.dont_knows);
}

// No result but kSent left this process; so every other is a definite no.
void Gateway::Impl::settle(const Intent& intent, const SendOutcome& outcome, std::uint64_t& count) {
  switch (outcome.result) {
    case SendResult::kSent:
      ++count;
      sent_[static_cast<std::size_t>(outcome.msg_seq_num) % sent_.size()] = {outcome.msg_seq_num,
                                                                             intent};
      return;
    case SendResult::kNotLoggedOn:
      ++counts_.refused_not_logged_on;
      break;
    case SendResult::kBackpressure:
      ++counts_.refused_backpressure;
      break;
    case SendResult::kStoreFailed:
      ++counts_.refused_store;
      break;
    case SendResult::kInvalid:
      ++counts_.refused_invalid;
      break;
    case SendResult::kLost:
      ++counts_.lost;
      break;
  }
  refuse(intent, outcome.result == SendResult::kInvalid ? host_->last_problem()
                                                        : to_string(outcome.result));
}

void Gateway::Impl::refuse(const Intent& intent, std::string_view why) {
  note(true, "not sent: ", why);
  Event event;
  if (codec_.refusal(intent, kReasonOther, event)) add(event, 0);
}

// --- Gateway ---

namespace {

absl::Status check(const GatewayConfig& config) {
  if (config.host.empty() || config.port == 0) {
    return absl::InvalidArgumentError("FIX host or port is missing");
  }
  if (config.heartbeat < kSecond || config.heartbeat % kSecond != 0) {
    return absl::InvalidArgumentError("FIX heartbeat must be whole seconds, at least one");
  }
  if (config.reconnect_min <= 0 || config.reconnect_max < config.reconnect_min ||
      config.connect_within <= 0 || config.logout_within <= 0) {
    return absl::InvalidArgumentError("FIX reconnect, connect and logout times must be positive");
  }
  if (config.output_bytes_max < 2 * SessionHost::kOutputReserve) {
    return absl::InvalidArgumentError("FIX output buffer is too small");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Gateway>> Gateway::create(const GatewayConfig& config,
                                                         const InstrumentTable& instruments,
                                                         SpscRing<Intent>& intents,
                                                         SpscRing<Event>& events,
                                                         Doorbell* engine_bell) {
  if (absl::Status status = check(config); !status.ok()) return status;
  auto codec = GatewayCodec::create(instruments, config.accounts, config.engine, config.epoch,
                                    config.source);
  if (!codec.ok()) return codec.status();
  auto impl = std::make_unique<Impl>(config, *std::move(codec), intents, events, engine_bell);
  if (absl::Status status = impl->open(); !status.ok()) return status;
  return std::unique_ptr<Gateway>(new Gateway(std::move(impl)));
}

Gateway::Gateway(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Gateway::~Gateway() = default;
void Gateway::start() { impl_->start(); }
void Gateway::stop() { impl_->stop(); }
void Gateway::wake() noexcept { impl_->wake(); }
GatewayCounts Gateway::counts() const { return impl_->counts(); }
bool Gateway::logged_on() const { return impl_->logged_on(); }
bool Gateway::next_note(GatewayNote& out) { return impl_->next_note(out); }

}  // namespace evenkeel::fix
