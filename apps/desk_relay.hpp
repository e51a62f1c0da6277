// Passes datagrams on to several receivers that may come and go: so that a desk that is killed and
// started again, each time on a port of its own, goes on hearing the same market as the simulator.
// Never changes, holds back or reorders a datagram; one that nobody listens to is gone, as on any
// network.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/agent_thread.hpp"
#include "feeds/udp_receiver.hpp"
#include "feeds/udp_sender.hpp"

namespace evenkeel::apps {

class FeedRelay {
 public:
  /// Listens on the loopback, on a port that the kernel chooses, and passes on to `always`
  /// ("ADDRESS:PORT").
  static absl::StatusOr<std::unique_ptr<FeedRelay>> open(const std::string& always);
  ~FeedRelay();
  FeedRelay(const FeedRelay&) = delete;
  FeedRelay& operator=(const FeedRelay&) = delete;

  std::uint16_t port() const { return receiver_->local_port(); }
  /// From the next datagram on also to this loopback port; 0: to nobody else.
  void also_to(std::uint16_t port) { also_.store(port, std::memory_order_release); }
  std::uint64_t passed() const { return passed_.load(std::memory_order_relaxed); }

 private:
  FeedRelay() = default;
  void run();

  boost::asio::io_context context_;
  std::unique_ptr<feeds::UdpReceiver> receiver_;
  std::unique_ptr<feeds::UdpSender> always_;
  std::atomic<std::uint16_t> also_{0};
  std::atomic<std::uint64_t> passed_{0};
  std::atomic<bool> stop_{false};
  Doorbell bell_;
  std::thread thread_;
};

}  // namespace evenkeel::apps
