// See market_sender.hpp.
#include "feeds/market_sender.hpp"

#include "core/check.hpp"
#include "core/units.hpp"

namespace evenkeel::feeds {
namespace {

// Day time and wall time, one as a fraction of the other.
struct TimeScale {
  TimeNs day_start;
  DurationNs day_length;
  TimeNs wall_start;
  DurationNs wall_length;

  TimeNs to_wall(TimeNs day) const {
    return wall_start +
           static_cast<TimeNs>(static_cast<Int128>(day - day_start) * wall_length / day_length);
  }
  TimeNs to_day(TimeNs wall) const {
    return day_start +
           static_cast<TimeNs>(static_cast<Int128>(wall - wall_start) * day_length / wall_length);
  }
};

// A heartbeat announces the sequence of the packet that comes next.
absl::Status send_heartbeat(UdpSender& sender, const MarketPacket& next, TimeNs day_time) {
  const IexTpHeader header = parse_iex_tp(next.bytes).header;
  tops::PacketWriter writer(header.session, header.channel, header.first_sequence,
                            header.stream_offset);
  return sender.send(writer.finish(day_time));
}

}  // namespace

absl::Status send_market(SyntheticMarket& market, UdpSender& sender, DurationNs wall_time,
                         Pacer& pacer, const MarketCallback& callback, MarketProgress& progress) {
  EVENKEEL_CHECK(wall_time > 0);
  constexpr DurationNs kReportEvery = kSecond / 10;
  const MarketDay& day = market.day();
  const TimeNs start = pacer.now();
  const TimeScale scale{day.messages_start, day.messages_end - day.messages_start, start,
                        wall_time};
  TimeNs last_sent = start;
  TimeNs report_at = start + kReportEvery;
  MarketPacket packet;
  absl::Status status;
  while (status.ok() && !progress.stopped && market.next(packet)) {
    const TimeNs due = scale.to_wall(packet.day_time);
    while (due - last_sent > kSecond && status.ok() && pacer.wait_until(last_sent + kSecond)) {
      last_sent += kSecond;
      status = send_heartbeat(sender, packet, scale.to_day(last_sent));
      ++progress.heartbeats;
    }
    if (!status.ok()) break;
    if (!pacer.wait_until(due)) {
      progress.stopped = true;
      break;
    }
    status = sender.send(packet.bytes);
    if (!status.ok()) break;
    last_sent = pacer.now();
    ++progress.packets;
    progress.messages = market.messages();
    progress.day_time = packet.day_time;
    progress.elapsed = last_sent - start;
    if (callback && last_sent >= report_at) {
      callback(progress);
      report_at = last_sent + kReportEvery;
    }
  }
  progress.elapsed = pacer.now() - start;
  if (callback) callback(progress);
  return status;
}

}  // namespace evenkeel::feeds
