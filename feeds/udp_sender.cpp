// See udp_sender.hpp.
#include "feeds/udp_sender.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include <boost/asio/buffer.hpp>

#include "feeds/endpoint.hpp"

namespace evenkeel::feeds {

using boost::asio::ip::udp;

absl::StatusOr<std::unique_ptr<UdpSender>> UdpSender::open(const UdpSenderConfig& config) {
  if (!config.to.address().is_v4() || config.to.port() == 0) {
    return absl::InvalidArgumentError("cannot send to " + config.to.address().to_string() + ":" +
                                      std::to_string(config.to.port()));
  }
  if (config.multicast_ttl < 0 || config.multicast_ttl > 255) {
    return absl::InvalidArgumentError("the multicast TTL is a number from 0 to 255");
  }
  std::unique_ptr<UdpSender> sender(new UdpSender());
  const absl::Status status = sender->set_up(config);
  if (!status.ok()) return status;
  return sender;
}

absl::Status UdpSender::set_up(const UdpSenderConfig& config) {
  boost::system::error_code error;
  socket_.open(udp::v4(), error);
  if (!error && config.to.address().is_multicast()) {
    const auto index = interface_index(config.interface_name);
    if (!index.ok()) return index.status();
    ip_mreqn request{};
    request.imr_ifindex = static_cast<int>(*index);
    const int ttl = config.multicast_ttl;
    const int loop = 1;  // listeners on this machine hear it, too
    const int fd = socket_.native_handle();
    if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof request) != 0 ||
        setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof ttl) != 0 ||
        setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &loop, sizeof loop) != 0) {
      return absl::UnavailableError(std::string("cannot set up multicast: ") +
                                    std::strerror(errno));
    }
  }
  if (!error) socket_.connect(config.to, error);
  if (error) {
    return absl::UnavailableError("cannot send to " + config.to.address().to_string() + ": " +
                                  error.message());
  }
  return absl::OkStatus();
}

udp::endpoint UdpSender::local_endpoint() const {
  boost::system::error_code error;
  return socket_.local_endpoint(error);
}

absl::Status UdpSender::send(std::span<const std::byte> datagram) {
  boost::system::error_code error;
  const auto buffer = boost::asio::buffer(datagram.data(), datagram.size());
  socket_.send(buffer, 0, error);
  // A refusal answers an earlier datagram and cancels this one: send it once more.
  if (error == boost::asio::error::connection_refused) {
    ++refused_;
    socket_.send(buffer, 0, error);
    if (error == boost::asio::error::connection_refused) error.clear();
  }
  if (error) return absl::UnavailableError("cannot send: " + error.message());
  ++sent_;
  return absl::OkStatus();
}

}  // namespace evenkeel::feeds
