// Receives datagrams, unicast or multicast (any source, or one source), many a system call. Runs as
// an agent (poll it) or on an io_context (wait for it to be readable). Never blocks, never copies a
// datagram out of its buffer, and never loses one that its handler refused: that one is offered
// again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include "absl/status/statusor.h"
#include "core/time.hpp"
#include "feeds/counter.hpp"

namespace evenkeel::feeds {

struct UdpReceiverConfig {
  // The local address and port to bind; a multicast address is joined. Port 0: the kernel chooses.
  boost::asio::ip::udp::endpoint endpoint;
  std::string interface_name = {};  // to join on; empty: the kernel chooses
  // Source-specific multicast: only datagrams this host sends.
  std::optional<boost::asio::ip::address_v4> source = {};
  int receive_buffer_bytes = 8 * 1024 * 1024;
};

struct UdpReceiverCounts {
  std::uint64_t datagrams = 0;
  std::uint64_t bytes = 0;
  // Lost in the kernel because this process was too slow. The kernel tells with the next datagram
  // only.
  std::uint64_t kernel_drops = 0;
  std::uint64_t oversized = 0;  // longer than the buffer: cut, and dropped here
  std::uint64_t errors = 0;     // failed system calls
};

class UdpReceiver {
 public:
  static constexpr std::size_t kBatch = 32;
  static constexpr std::size_t kDatagramBytesMax = 9'216;  // a jumbo frame and some

  // InvalidArgument for a configuration that makes no sense, NotFound for the interface,
  // Unavailable when the kernel refuses (address in use, no route, no permission).
  static absl::StatusOr<std::unique_ptr<UdpReceiver>> open(boost::asio::io_context& context,
                                                           const UdpReceiverConfig& config);
  ~UdpReceiver();
  UdpReceiver(const UdpReceiver&) = delete;
  UdpReceiver& operator=(const UdpReceiver&) = delete;

  // Calls handler(bytes, received_ns) -> bool for each datagram waiting, at most one batch;
  // received_ns is the kernel's time of arrival, UTC. A handler that returns false keeps the
  // datagram here and ends the call. Returns how many were taken.
  template <typename Handler>
  int receive(Handler&& handler) {
    if (next_ == filled_) fill();
    int taken = 0;
    while (next_ < filled_) {
      const Slot& slot = slots_[next_];
      if (!slot.oversized && !handler(slot.bytes, slot.received_ns)) break;
      ++next_;
      ++taken;
    }
    return taken;
  }
  // A datagram was refused and waits here to be offered again.
  bool holds_refused() const { return next_ < filled_; }

  boost::asio::ip::udp::socket& socket() { return socket_; }
  int native_handle() { return socket_.native_handle(); }
  std::uint16_t local_port() const { return local_port_; }
  int buffer_asked() const { return buffer_asked_; }
  int buffer_granted() const { return buffer_granted_; }
  // What a person should know about the set-up ("asked for 8388608 bytes, granted 212992"); empty:
  // nothing.
  const std::string& warning() const { return warning_; }

  // Any thread.
  UdpReceiverCounts counts() const {
    return {datagrams_.value(), bytes_.value(), kernel_drops_.value(), oversized_.value(),
            errors_.value()};
  }

 private:
  struct Slot {
    std::span<const std::byte> bytes;
    TimeNs received_ns = 0;
    bool oversized = false;
  };
  struct Batch;  // the kernel's structures

  UdpReceiver(boost::asio::io_context& context, const UdpReceiverConfig& config);
  absl::Status set_up(const UdpReceiverConfig& config);
  absl::Status join(const UdpReceiverConfig& config);
  absl::Status set_buffer(int bytes);
  void fill();

  boost::asio::ip::udp::socket socket_;
  std::uint16_t local_port_ = 0;
  int buffer_asked_ = 0;
  int buffer_granted_ = 0;
  std::string warning_;
  std::unique_ptr<Batch> batch_;
  std::array<Slot, kBatch> slots_{};
  std::size_t next_ = 0;  // slots_[next_, filled_) wait to be handed over
  std::size_t filled_ = 0;
  std::uint32_t drops_seen_ = 0;  // the kernel's count wraps at 32 bits
  Counter datagrams_, bytes_, kernel_drops_, oversized_, errors_;
};

}  // namespace evenkeel::feeds
