// See player.hpp.
#include "feeds/player.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

namespace evenkeel::feeds {
namespace {

constexpr double kSpeedMax = 1e9;

// Says when each packet is due.
class Schedule {
 public:
  Schedule(const PlayOptions& options, TimeNs start)
      : speed_(options.speed),
        spacing_(options.rate_max == 0 ? 0 : kSecond / options.rate_max),
        start_(start),
        free_at_(start) {}

  TimeNs due(TimeNs recorded_ts) {
    if (!started_) first_ts_ = recorded_ts;
    started_ = true;
    if (!speed_) return free_at_;
    // Captures from several interfaces may step back a little; then the packet is simply due now.
    // Capped, so that absurd times in a file wait long instead of overflowing.
    const double offset =
        std::min(static_cast<double>(recorded_ts - first_ts_) / *speed_, kOffsetMax);
    return std::max(free_at_, start_ + static_cast<TimeNs>(offset));
  }
  void sent_at(TimeNs now) { free_at_ = std::max(free_at_, now - kCatchUp) + spacing_; }

 private:
  // After a late wake-up the rate may be exceeded for this long to make up for it.
  static constexpr DurationNs kCatchUp = kMillisecond;
  static constexpr double kOffsetMax = 1e18;  // 30 years

  std::optional<double> speed_;
  DurationNs spacing_;
  TimeNs start_;
  TimeNs free_at_;  // when the rate allows the next packet
  bool started_ = false;
  TimeNs first_ts_ = 0;
};

}  // namespace

absl::StatusOr<std::optional<double>> parse_speed(std::string_view text) {
  if (text == "max") return std::optional<double>();
  double speed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), speed);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || !std::isfinite(speed) || speed <= 0 || speed > kSpeedMax) {
    return absl::InvalidArgumentError("speed \"" + std::string(text) +
                                      "\": a number above 0, or max");
  }
  return std::optional<double>(speed);
}

absl::Status play(CaptureReader& capture, UdpSender& sender, const PlayOptions& options,
                  Pacer& pacer, const PlayCallback& callback, PlayProgress& progress) {
  constexpr DurationNs kReportEvery = kSecond / 10;
  const TimeNs start = pacer.now();
  Schedule schedule(options, start);
  TimeNs first_ts = 0;
  TimeNs report_at = start + kReportEvery;
  CapturedDatagram datagram;
  absl::Status status;
  while (true) {
    const absl::StatusOr<bool> more = capture.next(datagram);
    if (!more.ok()) status = more.status();
    if (!more.ok() || !*more) break;
    if (options.port && datagram.udp.destination_port != *options.port) {
      ++progress.filtered;
      continue;
    }
    if (!pacer.wait_until(schedule.due(datagram.ts_ns))) {
      progress.stopped = true;
      break;
    }
    status = sender.send(datagram.udp.payload);
    if (!status.ok()) break;
    const TimeNs now = pacer.now();
    schedule.sent_at(now);
    if (progress.packets == 0) first_ts = datagram.ts_ns;
    ++progress.packets;
    progress.bytes += datagram.udp.payload.size();
    progress.recorded = datagram.ts_ns - first_ts;
    progress.elapsed = now - start;
    if (callback && now >= report_at) {
      callback(progress);
      report_at = now + kReportEvery;
    }
  }
  progress.elapsed = pacer.now() - start;
  if (callback) callback(progress);
  return status;
}

}  // namespace evenkeel::feeds
