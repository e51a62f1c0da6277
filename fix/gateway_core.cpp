#include "fix/gateway_core.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/check.hpp"
#include "core/mutation.hpp"

namespace evenkeel::fix {
namespace {

constexpr std::int32_t kQueuedMax = 4'096;        // messages a filled gap may deliver at once
constexpr std::size_t kEngineIntentsMax = 8'192;  // the engine may hold so many back at once
constexpr std::size_t kStatesMax = 64;            // session states that may wait
constexpr std::size_t kUnsettledMax = 32'768;     // events of messages, not durable yet
constexpr std::size_t kSentRemembered = 4'096;
constexpr int kIntentsPerTurn = 256;
constexpr std::size_t kQuestionsMax = 4'096;  // in one mass status request; more: one by one
constexpr DurationNs kMassAnswerWithin = 5 * kSecond;
constexpr DurationNs kTick = 250 * kMillisecond;
constexpr DurationNs kLookAgain = kMillisecond;         // while a ring is full
constexpr DurationNs kSettleEvery = 20 * kMillisecond;  // while events are not durable yet
constexpr DurationNs kResyncEvery = kSecond;
constexpr DurationNs kProbeEvery = kSecond;  // until one is answered
constexpr std::int32_t kReasonOther = 99;    // tags 102, 103

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

/// The value after `tag` (with the separator before it and "="); empty when there is none.
std::string_view field_of(std::string_view message, std::string_view tag) {
  const std::size_t at = message.find(tag);
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + tag.size();
  return message.substr(begin, message.find('\x01', begin) - begin);
}

SessionSettings session_settings(const GatewayConfig& config) {
  SessionSettings settings;
  settings.role = SessionRole::kInitiator;
  settings.resend_application_messages = mutated(Mutation::kResendOrders);
  settings.sender_comp_id = config.sender;
  settings.target_comp_id = config.target;
  settings.heartbeat_seconds = static_cast<std::int32_t>(config.heartbeat / kSecond);
  settings.queued_messages_max = kQueuedMax;
  return settings;
}

}  // namespace

absl::Status validate(const GatewayConfig& config) {
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

// --- set-up ---

StoreOptions gateway_store_options(const GatewayConfig& config) {
  StoreOptions options;
  options.path = config.store_file;
  options.identity = absl::StrCat("FIX.4.4:", config.sender, "->", config.target);
  options.inbound_commit = InboundCommit::kByOwner;
  options.sync = config.store_file.empty() ? SyncPolicy::kNone : config.store_sync;
  return options;
}

absl::StatusOr<std::shared_ptr<SequenceStore>> open_gateway_store(const GatewayConfig& config) {
  const StoreOptions options = gateway_store_options(config);
  std::string error;
  std::shared_ptr<SequenceStore> store = config.store_file.empty()
                                             ? SequenceStore::in_memory(options, &error)
                                             : SequenceStore::open_file(options, &error);
  if (store == nullptr) return absl::UnavailableError(absl::StrCat("FIX message store: ", error));
  return store;
}

namespace {

// Two records of one session: what the store calls seen, the journal must hold.
absl::Status match_journal(const GatewayConfig& config, SequenceStore& store) {
  if (config.ask_again && !store.set_next_target(1)) {
    return absl::UnavailableError("FIX message store: cannot be written");
  }
  if (config.durable_sequence == nullptr || config.ask_again ||
      store.committed_mark() <= config.journal_sequence) {
    return absl::OkStatus();
  }
  return absl::DataLossError(absl::StrCat(
      "the FIX message store knows of event ", store.committed_mark(),
      ", and the journal ends with ", config.journal_sequence,
      ": reports in between would be missed. Put the whole journal back, or have the counterparty "
      "send everything again (evenkeel run --ask-again)"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<GatewayCore>> GatewayCore::create(
    const GatewayConfig& config, const InstrumentTable& instruments, SpscRing<Intent>& intents,
    SpscRing<Event>& events, std::shared_ptr<SequenceStore> store, Transport& transport) {
  if (absl::Status status = validate(config); !status.ok()) return status;
  const EpochTable epochs =
      config.epochs.entries().empty() ? EpochTable(config.epoch) : config.epochs;
  if (epochs.entries().back().epoch != config.epoch) {
    return absl::InvalidArgumentError("the table of epochs does not end with this run's");
  }
  auto codec =
      GatewayCodec::create(instruments, config.accounts, config.engine, epochs, config.source);
  if (!codec.ok()) return codec.status();
  if (absl::Status status = match_journal(config, *store); !status.ok()) return status;
  std::unique_ptr<GatewayCore> core(
      new GatewayCore(config, *std::move(codec), intents, events, store));
  std::string error;
  core->host_ = SessionHost::create(session_settings(config), std::move(store), &transport,
                                    core.get(), &error);
  if (core->host_ == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("FIX session: ", error));
  }
  core->decide_undecided();
  return core;
}

GatewayCore::GatewayCore(const GatewayConfig& config, GatewayCodec codec, SpscRing<Intent>& intents,
                         SpscRing<Event>& events, std::shared_ptr<SequenceStore> store)
    : config_(config),
      codec_(std::move(codec)),
      intents_(intents),
      backlog_(events, kQueuedMax + kStatesMax + intents.capacity() + kEngineIntentsMax,
               kUnsettledMax),
      store_(std::move(store)),
      sent_(kSentRemembered),
      backoff_(config.reconnect_min) {}

// --- work ---

int GatewayCore::turn(Moment at) {
  at_ = at;
  int work = flush_events();
  settle_closed();
  if (at.now - ticked_at_ >= kTick) tick();
  work += take_intents(kIntentsPerTurn);
  work += ask_rest();
  ask_all();
  check_ready();
  commit_inbound();
  return work;
}

void GatewayCore::tick() {
  ticked_at_ = at_.now;
  if (attached_) host_->on_timer(at_.now);
  if (resync_wanted_) resync({});
}

DurationNs GatewayCore::wait_at_most(TimeNs now) const {
  DurationNs wait = ticked_at_ + kTick - now;
  if (!stopping_ && !attached_ && !attempting_) wait = std::min(wait, retry_at_ - now);
  if (stopping_) wait = std::min(wait, stop_by_ - now);
  // Nobody says when the engine has made room in its ring, or has heard of a loss: look.
  if (!backlog_.empty() || awaiting_engine()) wait = std::min(wait, kLookAgain);
  if (backlog_.first_unsettled() != 0) wait = std::min(wait, kSettleEvery);
  return std::max<DurationNs>(wait, 0);
}

bool GatewayCore::awaiting_engine() const {
  return attached_ && !told_logged_on_ && !backlog_.taken(loss_place_);
}

void GatewayCore::request_stop(Moment at) {
  if (stopping_) return;
  at_ = at;
  stopping_ = true;
  stop_by_ = at.now + config_.logout_within;
  take_intents(static_cast<int>(intents_.capacity()));
  if (attached_ && host_->logged_on()) {
    host_->request_logout("the desk ends");
  } else if (attached_) {
    host_->disconnect();
  }
}

bool GatewayCore::finished(Moment at) {
  if (!stopping_) return false;
  at_ = at;
  const bool late = at.now >= stop_by_;
  if (late && attached_) {
    host_->disconnect();
    closed_ = true;
  }
  settle_closed();
  flush_events();
  commit_inbound();
  return late || (!attached_ && backlog_.empty());
}

const GatewayCounts& GatewayCore::counts() {
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
  return counts_;
}

void GatewayCore::note(bool bad, std::string_view head, std::string_view tail) {
  GatewayNote out;
  out.ts = at_.wall;
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

bool GatewayCore::wants_connection(TimeNs now) const {
  // While the engine is far behind there is no new session: it has to catch up first.
  return !stopping_ && !attached_ && !attempting_ && backlog_.empty() && now >= retry_at_;
}

void GatewayCore::on_connected(Moment at) {
  EVENKEEL_CHECK(!attached_);
  at_ = at;
  attempting_ = false;
  ++counts_.connects;
  attached_ = true;
  closed_ = false;
  probe_wanted_ = true;
  probe_answered_ = false;
  tell_state(SessionState::kConnected);
  host_->on_connected();
}

void GatewayCore::on_connect_failed(Moment at, std::string_view why) {
  at_ = at;
  attempting_ = false;
  if (stopping_) return;
  ++counts_.connect_failures;
  note(true, absl::StrCat("cannot connect to ", config_.host, ":", config_.port, ": "), why);
  reconnect_later();
}

void GatewayCore::reconnect_later() {
  retry_at_ = at_.now + backoff_;
  backoff_ = std::min(backoff_ * 2, config_.reconnect_max);
}

std::size_t GatewayCore::on_bytes(Moment at, const char* data, std::size_t size) {
  at_ = at;
  if (holding_back_) return 0;
  const std::size_t taken = host_->on_bytes(data, size);
  return host_->connected() ? taken : size;  // the rest belongs to no session
}

void GatewayCore::on_closed(Moment at, std::string_view why) {
  if (!attached_) return;
  at_ = at;
  closed_ = true;
  closed_why_ = why;
  settle_closed();
}

void GatewayCore::settle_closed() {
  if (!attached_ || !closed_) return;
  // What the session still holds comes first: its reports were read before the end.
  if (holding_back_ && !stopping_) return;
  attached_ = closed_ = false;
  host_->on_disconnected();
  ++counts_.disconnects;
  // Nothing to say of an end that was ours: the logout told it.
  if (!stopping_ || !closed_why_.empty()) note(true, "connection ended: ", closed_why_);
  closed_why_.clear();
  lose(SessionState::kDisconnected);
  if (!stopping_) reconnect_later();
}

// --- the session as the desk sees it ---

void GatewayCore::check_ready() {
  if (attached_ && host_->logged_on()) probe();
  const bool ready = attached_ && host_->logged_on() && !host_->resend_pending() &&
                     (probe_answered_ || mutated(Mutation::kSendWithoutProbe));
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
void GatewayCore::probe() {
  const TimeNs now = at_.now;
  if (probe_answered_ || (!probe_wanted_ && now - probed_at_ < kProbeEvery)) return;
  probe_wanted_ = false;
  probed_at_ = now;
  host_->probe(probe_id(++probes_).c_str());
}

void GatewayCore::lose(SessionState state) {
  const bool known = told_logged_on_;
  told_logged_on_ = false;
  tell_state(state);
  // The desk asks anew after the next logon.
  to_ask_.clear();
  asked_.clear();
  mass_message_ = 0;
  if (known) loss_place_ = backlog_.pushed() + backlog_.size();
}

void GatewayCore::tell_state(SessionState state) {
  Event event = Event::make(EventType::kSessionStatus, config_.source);
  event.payload.session.state = state;
  event.payload.session.expected_inbound = static_cast<std::uint64_t>(host_->next_target());
  add(event, 0);
}

void GatewayCore::add(const Event& event, std::int32_t message) {
  backlog_.add(event, message);
  // A filled gap may still bring so many at once.
  const bool room = backlog_.unsettled_room() > kQueuedMax + kStatesMax;
  if ((backlog_.empty() && room) || holding_back_) return;
  holding_back_ = true;
  ++counts_.ring_full;
  host_->pause();
}

int GatewayCore::flush_events() {
  counts_.queued_max = std::max<std::uint64_t>(counts_.queued_max, backlog_.size());
  const int moved = backlog_.flush();
  settle_events();
  const bool room = backlog_.unsettled_room() > kQueuedMax + kStatesMax;
  if (backlog_.empty() && room && holding_back_) {
    holding_back_ = false;
    host_->resume();
  }
  return moved;
}

void GatewayCore::settle_events() {
  const std::uint64_t pushed = backlog_.pushed();
  backlog_.settle(config_.durable_events == nullptr || mutated(Mutation::kCommitInboundEarly)
                      ? pushed
                      : std::min(pushed, config_.durable_events->load(std::memory_order_acquire)));
}

// A number is recorded once the event made of its message is safe: in the journal, or, where there
// is none, in the ring. A message without an event goes with the one before it.
void GatewayCore::commit_inbound() {
  settle_events();
  // The first event of a run tells the desk that earlier requests may have left: from then on only
  // this run's are undecided.
  if (config_.durable_sequence != nullptr &&
      config_.durable_sequence->load(std::memory_order_acquire) > config_.journal_sequence) {
    store_->run_recorded();
  }
  const std::int32_t unsettled = backlog_.first_unsettled();
  const std::int32_t one_off = mutated(Mutation::kCommitInboundOneOff) ? 1 : 0;
  const std::int32_t next = unsettled == 0 ? store_->next_target() : unsettled + one_off;
  if (next <= store_->committed_target()) return;
  const std::uint64_t mark = config_.durable_sequence == nullptr
                                 ? 0
                                 : config_.durable_sequence->load(std::memory_order_acquire);
  store_->commit_inbound(next, mark);
}

// Something was reported that nobody could count. As after a reconnect, the desk asks about every
// open order.
void GatewayCore::resync(std::string_view why) {
  if (!why.empty()) note(true, "asking about all open orders: ", why);
  const TimeNs now = at_.now;
  resync_wanted_ = true;
  if (resynced_ && now - resynced_at_ < kResyncEvery) return;  // the tick comes back to it
  resync_wanted_ = false;
  resynced_ = true;
  resynced_at_ = now;
  if (told_logged_on_) lose(SessionState::kConnected);
}

void GatewayCore::on_session_event(const SessionEvent& event) noexcept {
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
    // What a copy copied is overdue in time, and halts.
    if (!config_.drop_copy) resync("a report was refused");
  }
}

// Only what moves positions is compared. What cannot be an event says so here, and its original is
// overdue in time.
void GatewayCore::on_copied_report(const ExecutionReport& report) {
  Event event;
  if (const char* problem = codec_.decode_copy(report, event)) {
    ++counts_.unusable_reports;
    note(true, "copy refused: ", problem);
    return;
  }
  if (!moves_position(event.payload.execution.exec_type)) {
    ++counts_.passed_over;
    return;
  }
  if (event.payload.execution.copied_account == kAccountForeign) ++counts_.foreign_reports;
  ++counts_.executions;
  add(event, report.header.msg_seq_num);
}

void GatewayCore::on_execution_report(const ExecutionReport& report) noexcept {
  if (config_.drop_copy) {
    on_copied_report(report);
    return;
  }
  Event event;
  if (const char* problem = codec_.decode(report, event)) {
    ++counts_.unusable_reports;
    resync(problem);
    return;
  }
  const ExecutionPayload& execution = event.payload.execution;
  if (execution.order_id == 0 && execution.orig_order_id == 0 && !is_mass_answer(report)) {
    ++counts_.foreign_reports;
    foreign_[foreign_next_++ % foreign_.size()] = {report.exec_id, report.order_id,
                                                   report.instrument};
  }
  if (is_mass_answer(report)) {
    note_mass_answer(report, event);
    // All orders of the session are told, and that there is none: the desk asked about its own.
    if (execution.order_id == 0 && execution.orig_order_id == 0) return;
  }
  ++counts_.executions;
  add(event, report.header.msg_seq_num);
}

void GatewayCore::on_cancel_reject(const CancelReject& reject) noexcept {
  if (config_.drop_copy) {
    ++counts_.passed_over;
    return;
  }
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
void GatewayCore::on_message_reject(const MessageReject& reject) noexcept {
  ++counts_.message_rejects;
  note(true, "a message of ours was rejected: ", {reject.text.data(), reject.text.size()});
  if (reject.ref_seq_num <= 0 || config_.drop_copy) return;
  if (reject.ref_seq_num == mass_message_) {
    mass_refused_ = true;
    mass_message_ = 0;
    return;
  }
  const Sent& sent = sent_[static_cast<std::size_t>(reject.ref_seq_num) % sent_.size()];
  if (sent.message != reject.ref_seq_num) return;
  Event event;
  if (codec_.refusal(sent.intent, kReasonOther, event)) add(event, reject.header.msg_seq_num);
}

// --- requests ---

int GatewayCore::take_intents(int most) {
  int taken = 0;
  // Each may need an answer, and be told as an attempt; without room the rest waits, and so does
  // the engine.
  while (taken < most && backlog_.room() > kQueuedMax + kStatesMax + 1) {
    const Intent* intent = intents_.front();
    if (intent == nullptr) break;
    handle(*intent);
    intents_.pop();
    ++taken;
  }
  return taken;
}

// Refuses what may not go out now. Cancels and questions always may.
bool GatewayCore::may_add_risk(const Intent& intent) {
  if ((intent.flags & kIntentNotDurable) != 0 && !mutated(Mutation::kSendUndurable)) {
    ++counts_.refused_not_durable;
    refuse(intent, "the journal has failed");
  } else if (!told_logged_on_) {
    ++counts_.refused_not_logged_on;
    refuse(intent, "not logged on");
  } else {
    return true;
  }
  return false;
}

void GatewayCore::handle(const Intent& intent) {
  if (config_.drop_copy) {
    ++counts_.refused_invalid;
    note(true, "not sent: this session only listens");
    return;
  }
  switch (intent.type) {
    case IntentType::kNewOrder:
      if (may_add_risk(intent)) send<NewOrder>(intent, counts_.orders);
      break;
    case IntentType::kReplaceOrder:
      if (may_add_risk(intent)) send<ReplaceOrder>(intent, counts_.replaces);
      break;
    case IntentType::kCancelOrder:
      send<CancelOrder>(intent, counts_.cancels);
      break;
    case IntentType::kRequestStatus:
      if (config_.mass_status && !mass_refused_ && to_ask_.size() < kQuestionsMax) {
        to_ask_.push_back(intent);
      } else {
        send<StatusRequest>(intent, counts_.status_requests);
      }
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
void GatewayCore::send(const Intent& intent, std::uint64_t& count) {
  Record record;
  if (const char* problem = codec_.encode(intent, at_.wall, record)) {
    ++counts_.refused_invalid;
    refuse(intent, problem);
    return;
  }
  settle(intent, host_->send(record), count);
}

void GatewayCore::send_dont_know(const Intent& intent) {
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
void GatewayCore::settle(const Intent& intent, const SendOutcome& outcome, std::uint64_t& count) {
  tell_attempt(intent, outcome);
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

// What may have left, or has used a number, is a fact of the journal. Questions are not: asked
// again they do no harm.
void GatewayCore::tell_attempt(const Intent& intent, const SendOutcome& outcome) {
  const bool order = intent.type == IntentType::kNewOrder ||
                     intent.type == IntentType::kReplaceOrder ||
                     intent.type == IntentType::kCancelOrder;
  if (!order || outcome.msg_seq_num == 0) return;
  Event event = Event::make(EventType::kSendAttempt, config_.source);
  event.payload.attempt.order_id = intent.order_id;
  event.payload.attempt.message = static_cast<std::uint32_t>(outcome.msg_seq_num);
  event.payload.attempt.result = outcome.sent() ? SendResultKind::kSent : SendResultKind::kLost;
  add(event, 0);
}

void GatewayCore::refuse(const Intent& intent, std::string_view why) {
  note(true, "not sent: ", why);
  Event event;
  if (codec_.refusal(intent, kReasonOther, event)) add(event, 0);
}

// --- status of all orders at once ---

// One request for all questions of a turn; those that come while it is out wait for the next.
void GatewayCore::ask_all() {
  if (to_ask_.empty() || mass_message_ != 0 || !asked_.empty()) return;
  MassStatusRequest request;
  request.request_id.assign(absl::StrCat("EVENKEEL-M", ++mass_number_));
  const SendOutcome outcome = host_->send(request);
  if (outcome.sent()) {
    ++counts_.mass_status_requests;
    mass_message_ = outcome.msg_seq_num;
    mass_answers_ = 0;
    mass_asked_at_ = at_.now;
    asked_next_ = 0;
    for (const Intent& intent : to_ask_) asked_.push_back({intent, false});
  } else {
    note(true, "not sent: ", to_string(outcome.result));  // the desk will ask again
  }
  to_ask_.clear();
}

// When all answers have come, or the request was refused, or nothing more comes: what was not
// answered is asked one by one.
int GatewayCore::ask_rest() {
  if (mass_message_ != 0 && at_.now - mass_asked_at_ >= kMassAnswerWithin) mass_message_ = 0;
  if (mass_message_ != 0) return 0;
  int sent = 0;
  for (; asked_next_ < asked_.size() && sent < kIntentsPerTurn; ++asked_next_) {
    if (asked_[asked_next_].answered) continue;
    send<StatusRequest>(asked_[asked_next_].intent, counts_.status_requests);
    ++sent;
  }
  if (asked_next_ >= asked_.size()) asked_.clear();
  return sent;
}

bool GatewayCore::is_mass_answer(const ExecutionReport& report) const {
  return report.exec_type == 'I' && !report.mass_status_request_id.empty();
}

void GatewayCore::note_mass_answer(const ExecutionReport& report, const Event& event) {
  const std::string id = absl::StrCat("EVENKEEL-M", mass_number_);
  if (mass_message_ == 0 || !report.mass_status_request_id.equals(id.data(), id.size())) return;
  const ExecutionPayload& said = event.payload.execution;
  for (Question& question : asked_) {
    // A replace that is not answered yet is asked about by its own number, and told of by its
    // order's.
    for (const OrderId about : {question.intent.orig_order_id, question.intent.order_id}) {
      if (about != 0 && (about == said.order_id || about == said.orig_order_id)) {
        question.answered = true;
      }
    }
  }
  ++mass_answers_;
  const bool all =
      report.has(ExecutionReport::kTotalReports) && mass_answers_ >= report.total_reports;
  if (all || report.last_report == 'Y') mass_message_ = 0;
}

// --- requests of an earlier run ---

// The store records a message before it leaves. So a request whose identifier no message has was
// never sent, if the store has all messages since the last one that the journal knows of. When it
// cannot be told, the desk goes on asking the counterparty.
void GatewayCore::decide_undecided() {
  if (config_.undecided.empty()) return;
  std::vector<OrderId> sent;
  const bool certain = sent_in_last_run(sent);
  for (const Intent& request : config_.undecided) {
    const bool found = std::binary_search(sent.begin(), sent.end(), request.order_id) !=
                       mutated(Mutation::kNeverAttemptedInverted);
    const bool may_have_left = (!certain || found) && !mutated(Mutation::kNeverAttemptedAlways);
    Event event;
    if (may_have_left || backlog_.room() <= kQueuedMax + kStatesMax ||
        !codec_.never_sent(request, event)) {
      ++counts_.left_undecided;
      continue;
    }
    ++counts_.never_sent;
    add(event, 0);
  }
  if (counts_.never_sent > 0)
    note(false,
         "requests of an earlier run that were never sent: ", absl::StrCat(counts_.never_sent));
  if (counts_.left_undecided > 0)
    note(true, "requests of an earlier run that may have been sent: ",
         absl::StrCat(counts_.left_undecided));
  config_.undecided.clear();
}

// The requests that the last run sent, as far as the journal does not know, in rising order. False
// when the store may lack one of its messages: it is older than the journal or new, was reset, has
// not kept them all, or was not synced when the machine went down.
bool GatewayCore::sent_in_last_run(std::vector<OrderId>& sent) const {
  const std::int32_t next = store_->next_sender();
  if (static_cast<std::uint32_t>(next) <= config_.last_sent_message) return false;
  if (!store_->last_run_whole()) return false;
  const std::int32_t first =
      std::max(store_->last_run_first(), static_cast<std::int32_t>(config_.last_sent_in_run) + 1);
  std::string message;
  for (std::int32_t seq = first; seq < next; ++seq) {
    if (!store_->get(seq, &message)) return false;
    const std::string_view type = field_of(message,
                                           "\x01"
                                           "35=");
    if (type != "D" && type != "G" && type != "F") continue;
    sent.push_back(codec_.own_order(field_of(message,
                                             "\x01"
                                             "11=")));
  }
  std::sort(sent.begin(), sent.end());
  return store_->last_run_first() < next;  // requests follow a logon, which has a number, too
}

}  // namespace evenkeel::fix
