#include "fix/simulator_copies.hpp"

#include <utility>

namespace evenkeel::fix {

absl::StatusOr<std::unique_ptr<SimulatorCopies>> SimulatorCopies::create(
    const CopySettings& settings, Transport& transport) {
  std::unique_ptr<SimulatorCopies> copies(new SimulatorCopies());
  auto host = open_acceptor(settings.sender, settings.target, ":copies", transport, *copies);
  if (!host.ok()) return host.status();
  copies->host_ = *std::move(host);
  return copies;
}

void SimulatorCopies::add(const ExecutionReport& report) {
  constexpr char kStatus = 'I';
  if (report.exec_type != kStatus) outgoing_.add(report);
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
  const std::uint64_t lost = lost_;
  const int done = outgoing_.send(
      *host_, [this](const ExecutionReport& report) { return host_->send(report); },
      [this](SendResult) { ++lost_; });
  sent_ += static_cast<std::uint64_t>(done) - (lost_ - lost);
  host_->on_timer(timer);
  return done;
}

void SimulatorCopies::request_logout() {
  if (host_->logged_on()) host_->request_logout("the simulator ends");
}

}  // namespace evenkeel::fix
