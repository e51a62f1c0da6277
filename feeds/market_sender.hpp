// Sends a synthetic day over UDP, the whole day in a given wall time, with heartbeats when the line
// would be silent for a second.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "core/time.hpp"
#include "feeds/pacer.hpp"
#include "feeds/synthetic_market.hpp"
#include "feeds/udp_sender.hpp"

namespace evenkeel::feeds {

struct MarketProgress {
  std::uint64_t packets = 0;  // with messages
  std::uint64_t heartbeats = 0;
  std::uint64_t messages = 0;
  TimeNs day_time = 0;     // of the day being played
  DurationNs elapsed = 0;  // wall time since the start
  bool stopped = false;    // before the end of the day
};

using MarketCallback = std::function<void(const MarketProgress&)>;

// Precondition: wall_time > 0, the wall time from the first message of the day to the last. Ends
// with the day, or when the pacer says stop. The callback comes about ten times a second and at the
// end. Unavailable when the socket fails.
absl::Status send_market(SyntheticMarket& market, UdpSender& sender, DurationNs wall_time,
                         Pacer& pacer, const MarketCallback& callback, MarketProgress& progress);

}  // namespace evenkeel::feeds
