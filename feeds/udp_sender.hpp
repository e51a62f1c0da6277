// Sends datagrams to one address, unicast or multicast. It waits for the kernel's buffer rather
// than lose a datagram here; what the network or a slow receiver loses it cannot know.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace evenkeel::feeds {

struct UdpSenderConfig {
  boost::asio::ip::udp::endpoint to;
  std::string interface_name = {};  // for multicast; empty: the kernel chooses
  // Hops for multicast. 0 stays on this machine.
  int multicast_ttl = 0;
};

class UdpSender {
 public:
  // InvalidArgument, NotFound for the interface, Unavailable when the kernel refuses.
  static absl::StatusOr<std::unique_ptr<UdpSender>> open(const UdpSenderConfig& config);
  UdpSender(const UdpSender&) = delete;
  UdpSender& operator=(const UdpSender&) = delete;

  // Unavailable with the kernel's reason. Nobody listening on a unicast port is no error: the
  // refusal (ICMP) is counted, and the sender goes on, since a listener may come.
  absl::Status send(std::span<const std::byte> datagram);

  // Where datagrams come from, as a receiver sees it.
  boost::asio::ip::udp::endpoint local_endpoint() const;
  std::uint64_t sent() const { return sent_; }
  std::uint64_t refused() const { return refused_; }

 private:
  UdpSender() : socket_(context_) {}
  absl::Status set_up(const UdpSenderConfig& config);

  boost::asio::io_context context_;
  boost::asio::ip::udp::socket socket_;
  std::uint64_t sent_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace evenkeel::feeds
