// Reads UDP datagrams from a recorded capture: pcap or pcapng, either byte order, microsecond or
// nanosecond times, plain or gzipped; all found out from the content, never from the file's name.
// libpcap reads the formats over a zlib stream. Never loads the file into memory, joins fragments,
// or goes on after a damaged record: whatever came before it has been delivered by then.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/time.hpp"
#include "feeds/frame.hpp"

namespace evenkeel::feeds {

struct CapturedDatagram {
  TimeNs ts_ns = 0;                // when it was captured
  std::uint64_t frame_number = 0;  // 1 for the first frame in the file, as Wireshark counts
  UdpFrame udp;                    // kind kUdp or kUdpCutShort; payload valid until next()
};

struct CaptureCounts {
  std::uint64_t frames = 0;
  std::array<std::uint64_t, kFrameKindCount> by_kind{};  // indexed by FrameKind

  std::uint64_t of(FrameKind kind) const { return by_kind[static_cast<std::size_t>(kind)]; }
  std::uint64_t datagrams() const { return of(FrameKind::kUdp) + of(FrameKind::kUdpCutShort); }
};

class CaptureReader {
 public:
  // NotFound or PermissionDenied for the file, InvalidArgument when it is no capture or its link
  // layer is not understood.
  static absl::StatusOr<CaptureReader> open(const std::string& path);
  // Takes over the descriptor, closing it even on failure; `name` is for messages.
  static absl::StatusOr<CaptureReader> open_descriptor(int descriptor, const std::string& name);

  CaptureReader(CaptureReader&&) noexcept;
  CaptureReader& operator=(CaptureReader&&) noexcept;
  ~CaptureReader();

  // True with the next datagram; false at the end of the file. Frames that are not whole UDP over
  // IPv4 are counted and passed over. DataLoss names the frame and the byte offset (of the
  // uncompressed file) where the file is cut or damaged; calling again gives the same error.
  absl::StatusOr<bool> next(CapturedDatagram& out);

  const CaptureCounts& counts() const;

 private:
  class Impl;
  explicit CaptureReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace evenkeel::feeds
