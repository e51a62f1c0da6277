// Sends a recorded capture to a socket with its recorded timing, faster or slower, or as fast as a
// given rate allows. It never changes a payload: what was recorded is what is heard.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/time.hpp"
#include "feeds/capture_reader.hpp"
#include "feeds/pacer.hpp"
#include "feeds/udp_sender.hpp"

namespace evenkeel::feeds {

struct PlayOptions {
  // Recorded time passes this many times as fast; nothing: as fast as rate_max allows ("max").
  std::optional<double> speed = 1.0;
  // Packets a second at most, 0 for no limit. The default leaves a receiver on a busy two-core
  // machine with the kernel's ordinary buffers time to keep up.
  std::uint32_t rate_max = 20'000;
  std::optional<std::uint16_t> port = {};  // only datagrams recorded to this port
};

struct PlayProgress {
  std::uint64_t packets = 0;  // sent
  std::uint64_t bytes = 0;
  std::uint64_t filtered = 0;  // to other ports
  DurationNs recorded = 0;     // time covered in the recording
  DurationNs elapsed = 0;      // time taken
  bool stopped = false;        // before the end
};

// "max" gives nothing; otherwise a number above 0 (a decimal such as "2.5"). InvalidArgument.
absl::StatusOr<std::optional<double>> parse_speed(std::string_view text);

// Called from time to time (about ten times a second of playing) and at the end.
using PlayCallback = std::function<void(const PlayProgress&)>;

// Plays to the end, or until the pacer says stop. `progress` tells how far it came, also on an
// error: DataLoss from the capture, Unavailable from the socket.
absl::Status play(CaptureReader& capture, UdpSender& sender, const PlayOptions& options,
                  Pacer& pacer, const PlayCallback& callback, PlayProgress& progress);

}  // namespace evenkeel::feeds
