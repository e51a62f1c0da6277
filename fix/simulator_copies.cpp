#include "fix/simulator_copies.hpp"

#include "absl/strings/str_cat.h"

namespace evenkeel::fix {

absl::StatusOr<std::unique_ptr<SimulatorCopies>> SimulatorCopies::create(
    const CopySettings& settings, Transport& transport) {
  SessionSettings session;
  session.role = SessionRole::kAcceptor;
  session.sender_comp_id = settings.sender;
  session.target_comp_id = settings.target;
  session.resend_application_messages = true;
  StoreOptions store;
  store.identity = absl::StrCat("FIX.4.4:", settings.sender, "->", settings.target, ":copies");
  std::unique_ptr<SimulatorCopies> copies(new SimulatorCopies());
  std::string problem;
  copies->host_ = SessionHost::create(session, SequenceStore::in_memory(store, &problem),
                                      &transport, copies.get(), &problem);
  if (copies->host_ == nullptr) return absl::InvalidArgumentError(problem);
  return copies;
}

void SimulatorCopies::add(const ExecutionReport& report) {
  constexpr char kStatus = 'I';
  if (report.exec_type != kStatus) outgoing_.push_back(report);
}

void SimulatorCopies::on_connected() {
  attached_ = true;
  host_->on_connected();
}

void SimulatorCopies::on_closed() {
  if (!attached_) return;
  attached_ = false;
  host_->on_disconnected();
}

int SimulatorCopies::turn(TimeNs timer) {
  int sent = 0;
  while (!outgoing_.empty() && host_->logged_on() && !host_->resend_pending()) {
    const SendOutcome outcome = host_->send(outgoing_.front());
    // No room or no session now: later. What was lost in the sending is recorded, and the session
    // sends it again.
    if (outcome.result == SendResult::kNotLoggedOn || outcome.result == SendResult::kBackpressure)
      break;
    const bool gone =
        outcome.result == SendResult::kInvalid || outcome.result == SendResult::kStoreFailed;
    ++(gone ? lost_ : sent_);
    outgoing_.pop_front();
    ++sent;
  }
  host_->on_timer(timer);
  return sent;
}

void SimulatorCopies::request_logout() {
  if (host_->logged_on()) host_->request_logout("the simulator ends");
}

}  // namespace evenkeel::fix
