#include "apps/desk_relay.hpp"

#include <poll.h>

#include <span>

#include "feeds/endpoint.hpp"

namespace evenkeel::apps {
namespace {

constexpr int kIdleMs = 100;

}  // namespace

absl::StatusOr<std::unique_ptr<FeedRelay>> FeedRelay::open(const std::string& always) {
  std::unique_ptr<FeedRelay> relay(new FeedRelay);
  feeds::UdpSenderConfig sender;
  const auto to = feeds::parse_endpoint(always);
  if (!to.ok()) return to.status();
  sender.to = *to;
  auto opened = feeds::UdpSender::open(sender);
  if (!opened.ok()) return opened.status();
  relay->always_ = *std::move(opened);
  feeds::UdpReceiverConfig receiver;
  receiver.endpoint = {boost::asio::ip::address_v4::loopback(), 0};
  auto listening = feeds::UdpReceiver::open(relay->context_, receiver);
  if (!listening.ok()) return listening.status();
  relay->receiver_ = *std::move(listening);
  relay->thread_ = std::thread([self = relay.get()] { self->run(); });
  return relay;
}

FeedRelay::~FeedRelay() {
  stop_.store(true, std::memory_order_release);
  bell_.ring();
  if (thread_.joinable()) thread_.join();
}

void FeedRelay::run() {
  std::uint16_t port = 0;
  std::unique_ptr<feeds::UdpSender> also;
  while (!stop_.load(std::memory_order_acquire)) {
    const std::uint16_t wanted = also_.load(std::memory_order_acquire);
    if (wanted != port) {
      port = wanted;
      also.reset();
      feeds::UdpSenderConfig config;
      config.to = {boost::asio::ip::address_v4::loopback(), port};
      if (auto opened = feeds::UdpSender::open(config); port != 0 && opened.ok()) {
        also = *std::move(opened);
      }
    }
    const int taken = receiver_->receive([&](std::span<const std::byte> bytes, TimeNs) {
      always_->send(bytes).IgnoreError();
      if (also != nullptr) also->send(bytes).IgnoreError();
      passed_.fetch_add(1, std::memory_order_relaxed);
      return true;
    });
    if (taken > 0) continue;
    pollfd waiters[2] = {{receiver_->native_handle(), POLLIN, 0}, {bell_.fd(), POLLIN, 0}};
    poll(waiters, 2, kIdleMs);
  }
}

}  // namespace evenkeel::apps
