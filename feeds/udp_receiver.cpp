// See udp_receiver.hpp.
#include "feeds/udp_receiver.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include <cerrno>
#include <cstring>

#include "feeds/endpoint.hpp"

namespace evenkeel::feeds {
namespace {

using boost::asio::ip::udp;

absl::Status unavailable(const std::string& what, int error) {
  return absl::UnavailableError(what + ": " + std::strerror(error));
}

std::string text_of(const udp::endpoint& endpoint) {
  return endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
}

template <typename Value>
bool set_option(int fd, int level, int name, const Value& value) {
  return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

void store_ipv4(sockaddr_storage& to, const boost::asio::ip::address_v4& address) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(address.to_uint());
  std::memcpy(&to, &v4, sizeof v4);
}

TimeNs wall_clock() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

}  // namespace

struct UdpReceiver::Batch {
  static constexpr std::size_t kControlBytes = 128;
  std::array<std::array<std::byte, kDatagramBytesMax>, kBatch> data;
  std::array<std::array<char, kControlBytes>, kBatch> control;
  std::array<iovec, kBatch> vectors{};
  std::array<mmsghdr, kBatch> messages{};

  Batch() {
    for (std::size_t i = 0; i < kBatch; ++i) {
      vectors[i] = {data[i].data(), data[i].size()};
      messages[i].msg_hdr.msg_iov = &vectors[i];
      messages[i].msg_hdr.msg_iovlen = 1;
      messages[i].msg_hdr.msg_control = control[i].data();
    }
  }
};

UdpReceiver::UdpReceiver(boost::asio::io_context& context, const UdpReceiverConfig&)
    : socket_(context), batch_(std::make_unique<Batch>()) {}
UdpReceiver::~UdpReceiver() = default;

absl::StatusOr<std::unique_ptr<UdpReceiver>> UdpReceiver::open(boost::asio::io_context& context,
                                                               const UdpReceiverConfig& config) {
  if (!config.endpoint.address().is_v4()) {
    return absl::InvalidArgumentError("only IPv4 addresses are received");
  }
  if (config.source && !config.endpoint.address().is_multicast()) {
    return absl::InvalidArgumentError("a source goes with a multicast address");
  }
  std::unique_ptr<UdpReceiver> receiver(new UdpReceiver(context, config));
  const absl::Status status = receiver->set_up(config);
  if (!status.ok()) return status;
  return receiver;
}

absl::Status UdpReceiver::set_up(const UdpReceiverConfig& config) {
  const bool multicast = config.endpoint.address().is_multicast();
  boost::system::error_code error;
  socket_.open(udp::v4(), error);
  if (error) return unavailable("cannot open a socket", error.value());
  // Several programs on a machine may listen to one group; a unicast port has one owner.
  if (multicast) socket_.set_option(udp::socket::reuse_address(true), error);
  if (!error) socket_.bind(config.endpoint, error);
  if (error) return unavailable("cannot bind " + text_of(config.endpoint), error.value());
  socket_.non_blocking(true, error);
  if (error) return unavailable("cannot make the socket non-blocking", error.value());
  local_port_ = socket_.local_endpoint(error).port();

  const int fd = socket_.native_handle();
  const int on = 1;
  if (!set_option(fd, SOL_SOCKET, SO_RXQ_OVFL, on) ||
      !set_option(fd, SOL_SOCKET, SO_TIMESTAMPNS, on)) {
    return unavailable("cannot ask the kernel for drop counts and times", errno);
  }
  const absl::Status buffered = set_buffer(config.receive_buffer_bytes);
  if (!buffered.ok() || !multicast) return buffered;
  return join(config);
}

absl::Status UdpReceiver::join(const UdpReceiverConfig& config) {
  const auto index = interface_index(config.interface_name);
  if (!index.ok()) return index.status();
  const int fd = socket_.native_handle();
  // Without this Linux hands over every group that any program on the machine has joined.
  const int off = 0;
  bool joined = set_option(fd, IPPROTO_IP, IP_MULTICAST_ALL, off);
  if (config.source) {
    group_source_req request{};
    request.gsr_interface = *index;
    store_ipv4(request.gsr_group, config.endpoint.address().to_v4());
    store_ipv4(request.gsr_source, *config.source);
    joined = joined && set_option(fd, IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP, request);
  } else {
    group_req request{};
    request.gr_interface = *index;
    store_ipv4(request.gr_group, config.endpoint.address().to_v4());
    joined = joined && set_option(fd, IPPROTO_IP, MCAST_JOIN_GROUP, request);
  }
  if (joined) return absl::OkStatus();
  const int error = errno;
  return unavailable("cannot join " + text_of(config.endpoint) +
                         (config.interface_name.empty() ? "" : " on " + config.interface_name),
                     error);
}

absl::Status UdpReceiver::set_buffer(int bytes) {
  const int fd = socket_.native_handle();
  buffer_asked_ = bytes;
  if (!set_option(fd, SOL_SOCKET, SO_RCVBUF, bytes)) {
    return unavailable("cannot set the receive buffer", errno);
  }
  socklen_t length = sizeof buffer_granted_;
  if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer_granted_, &length) != 0) {
    return unavailable("cannot read the receive buffer", errno);
  }
  buffer_granted_ /= 2;  // the kernel doubles it for its own book-keeping and reports that
  if (buffer_granted_ < bytes) {
    warning_ = "receive buffer: asked for " + std::to_string(bytes) + " bytes, granted " +
               std::to_string(buffer_granted_) + "; raise net.core.rmem_max";
  }
  return absl::OkStatus();
}

void UdpReceiver::fill() {
  next_ = filled_ = 0;
  Batch& batch = *batch_;
  for (auto& message : batch.messages) message.msg_hdr.msg_controllen = Batch::kControlBytes;
  const int got =
      recvmmsg(socket_.native_handle(), batch.messages.data(), kBatch, MSG_DONTWAIT, nullptr);
  if (got <= 0) {
    if (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) ++errors_;
    return;
  }
  filled_ = static_cast<std::size_t>(got);
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < filled_; ++i) {
    msghdr& header = batch.messages[i].msg_hdr;
    const std::size_t length = batch.messages[i].msg_len;
    Slot& slot = slots_[i];
    slot.bytes = std::span<const std::byte>(batch.data[i].data(), length);
    slot.oversized = (header.msg_flags & MSG_TRUNC) != 0;
    slot.received_ns = 0;
    if (slot.oversized) ++oversized_;
    bytes += length;
    for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
      if (c->cmsg_level != SOL_SOCKET) continue;
      if (c->cmsg_type == SO_RXQ_OVFL) {
        std::uint32_t drops = 0;
        std::memcpy(&drops, CMSG_DATA(c), sizeof drops);
        kernel_drops_.add(drops - drops_seen_);
        drops_seen_ = drops;
      } else if (c->cmsg_type == SCM_TIMESTAMPNS) {
        timespec at{};
        std::memcpy(&at, CMSG_DATA(c), sizeof at);
        slot.received_ns = at.tv_sec * kSecond + at.tv_nsec;
      }
    }
    if (slot.received_ns == 0) slot.received_ns = wall_clock();
  }
  datagrams_.add(filled_);
  bytes_.add(bytes);
}

}  // namespace evenkeel::feeds
