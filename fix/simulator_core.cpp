#include "fix/simulator_core.hpp"

#include <utility>

#include "absl/strings/str_cat.h"

namespace evenkeel::fix {

absl::StatusOr<std::unique_ptr<SimulatorCore>> SimulatorCore::create(
    const SimulatorConfig& config, const InstrumentTable& instruments, Transport& transport,
    Keep keep) {
  std::unique_ptr<SimulatorCore> core(new SimulatorCore(config, instruments, std::move(keep)));
  auto host = open_acceptor(config.sender, config.target, "", transport, *core);
  if (!host.ok()) return host.status();
  core->host_ = *std::move(host);
  return core;
}

SimulatorCore::SimulatorCore(const SimulatorConfig& config, const InstrumentTable& instruments,
                             Keep keep)
    : keep_(std::move(keep)), venue_(instruments, config.venue, *this) {}

// --- connection, market, time ---

void SimulatorCore::on_connected() {
  attached_ = true;
  host_->on_connected();
}

void SimulatorCore::on_bytes(const char* data, std::size_t size) { host_->on_bytes(data, size); }

void SimulatorCore::on_closed() {
  if (!attached_) return;
  attached_ = false;
  host_->on_disconnected();
}

void SimulatorCore::on_market(const Event& event) {
  Event stamped = event;
  stamped.sequence = ++market_events_;
  stamped.ts = now_;
  venue_.on_market(stamped);
}

int SimulatorCore::turn(TimeNs timer) {
  venue_.advance(now_);
  const int sent = send_reports();
  host_->on_timer(timer);
  return sent;
}

void SimulatorCore::request_logout() {
  if (host_->logged_on()) host_->request_logout("the simulator ends");
}

SimulatorState SimulatorCore::state() const {
  SimulatorState state;
  state.venue = venue_.counts();
  state.positions = venue_.positions();
  state.live_orders = venue_.live_orders();
  state.market_events = market_events_;
  state.reports_waiting = outgoing_.waiting();
  state.sessions = sessions_;
  state.reports_lost = reports_lost_;
  state.logged_on = host_->logged_on();
  return state;
}

void SimulatorCore::keep(SimulatorRecord record) {
  if (keep_ == nullptr) return;
  record.ts = now_;
  keep_(std::move(record));
}

// --- what the session says ---

void SimulatorCore::on_session_event(const SessionEvent& event) noexcept {
  if (event.kind == SessionEventKind::kLoggedOn) ++sessions_;
  SimulatorRecord record;
  record.kind = SimulatorRecord::Kind::kSession;
  record.text = absl::StrCat(to_string(event.kind), event.text_size > 0 ? ": " : "",
                             absl::string_view(event.text, event.text_size));
  keep(std::move(record));
}

void SimulatorCore::on_new_order(const NewOrder& order) noexcept {
  SimulatorRecord record;
  record.order = order;
  keep(std::move(record));
  venue_.on_new_order(order, now_);
}

void SimulatorCore::on_replace_order(const ReplaceOrder& replace) noexcept {
  SimulatorRecord record;
  record.kind = SimulatorRecord::Kind::kReplace;
  record.order = replace.order;
  record.orig_cl_ord_id = replace.orig_cl_ord_id;
  keep(std::move(record));
  venue_.on_replace_order(replace, now_);
}

void SimulatorCore::on_cancel_order(const CancelOrder& cancel) noexcept {
  SimulatorRecord record;
  record.kind = SimulatorRecord::Kind::kCancel;
  record.order.cl_ord_id = cancel.cl_ord_id;
  record.order.account = cancel.account;
  record.order.instrument = cancel.instrument;
  record.order.side = cancel.side;
  record.orig_cl_ord_id = cancel.orig_cl_ord_id;
  keep(std::move(record));
  venue_.on_cancel_order(cancel, now_);
}

void SimulatorCore::on_status_request(const StatusRequest& request) noexcept {
  venue_.on_status_request(request);
}

void SimulatorCore::on_mass_status_request(const MassStatusRequest& request) noexcept {
  venue_.on_mass_status_request(request);
}

// --- what the venue says ---

void SimulatorCore::report(const ExecutionReport& report) {
  SimulatorRecord record;
  record.kind = SimulatorRecord::Kind::kReport;
  record.report = report;
  keep(std::move(record));
  outgoing_.add(report);
}

void SimulatorCore::reject_cancel(const CancelReject& reject) {
  SimulatorRecord record;
  record.kind = SimulatorRecord::Kind::kCancelReject;
  record.reject = reject;
  keep(std::move(record));
  outgoing_.add(reject);
}

// --- reports out ---

int SimulatorCore::send_reports() {
  return outgoing_.send(
      *host_,
      [this](const auto& waiting) {
        return std::visit([this](const auto& message) { return host_->send(message); }, waiting);
      },
      [this](SendResult result) { give_up_report(result); });
}

// A report that cannot be written will never arrive: said and counted, so that positions which
// then differ have their reason.
void SimulatorCore::give_up_report(SendResult result) {
  ++reports_lost_;
  const bool invalid = result == SendResult::kInvalid;
  SimulatorRecord record;
  record.kind = SimulatorRecord::Kind::kSession;
  record.text = absl::StrCat("a report could not be sent: ", to_string(result), invalid ? ": " : "",
                             invalid ? host_->last_problem() : "");
  keep(std::move(record));
}

}  // namespace evenkeel::fix
