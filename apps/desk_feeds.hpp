// The feed lines of a desk on one thread: datagrams from their sockets, decoded into each line's
// ring of events. It also says when each datagram came (for measuring) and can pass datagrams on as
// they are (to the simulator of a paper desk, which lives on the same feed). It decides nothing
// about prices and never blocks on the engine: what waits for room in a ring waits here.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "absl/status/statusor.h"
#include "apps/config/desk_config.hpp"
#include "apps/desk_engine.hpp"
#include "core/agent_thread.hpp"
#include "core/instrument.hpp"
#include "core/ring.hpp"
#include "feeds/symbol_map.hpp"
#include "feeds/tops_feed.hpp"
#include "feeds/udp_receiver.hpp"
#include "feeds/udp_sender.hpp"

namespace evenkeel::apps {

struct FeedLineCounts {
  feeds::TopsFeedCounts feed;
  feeds::UdpReceiverCounts socket;
};

class FeedThread {
 public:
  static constexpr std::size_t kEventsInFlight = 8'192;
  static constexpr std::size_t kStampsInFlight = 8'192;

  /// Opens every line's socket. The table outlives this; `engine_bell` may be null. Errors name the
  /// feed: InvalidArgument for settings, Unavailable when the kernel refuses.
  static absl::StatusOr<std::unique_ptr<FeedThread>> open(const std::vector<FeedSettings>& settings,
                                                          const InstrumentTable& instruments,
                                                          Doorbell* engine_bell);
  ~FeedThread() { stop(); }

  /// Passes each datagram of a line on, after it was decoded. Before `start`.
  void pass_on(std::size_t line, std::unique_ptr<feeds::UdpSender> to);
  void start();
  void stop();

  std::size_t size() const { return lines_.size(); }
  SpscRing<Event>& events(std::size_t line) { return lines_[line]->events; }
  ArrivalRing& arrivals(std::size_t line) { return lines_[line]->arrivals; }
  const std::string& name(std::size_t line) const { return lines_[line]->name; }
  std::uint16_t port(std::size_t line) const { return lines_[line]->receiver->local_port(); }
  /// What a person should know about a line's socket; empty: nothing.
  const std::string& warning(std::size_t line) const { return lines_[line]->receiver->warning(); }
  /// Any thread.
  FeedLineCounts counts(std::size_t line) const {
    return {lines_[line]->feed.counts(), lines_[line]->receiver->counts()};
  }

 private:
  struct Line {
    Line(std::string line_name, feeds::SymbolMap map, const feeds::TopsFeedConfig& config,
         std::uint32_t instruments, std::unique_ptr<feeds::UdpReceiver> socket)
        : name(std::move(line_name)),
          symbols(std::move(map)),
          events(kEventsInFlight),
          arrivals(kStampsInFlight),
          receiver(std::move(socket)),
          feed(config, symbols, instruments, events) {}
    std::string name;
    feeds::SymbolMap symbols;
    SpscRing<Event> events;
    ArrivalRing arrivals;
    std::unique_ptr<feeds::UdpReceiver> receiver;
    feeds::TopsFeed feed;
    std::unique_ptr<feeds::UdpSender> passed_on{};
    std::uint64_t handed_before = 0;
  };

  FeedThread() = default;
  static absl::StatusOr<std::unique_ptr<Line>> open_line(boost::asio::io_context& context,
                                                         const FeedSettings& settings,
                                                         SourceId source,
                                                         const InstrumentTable& instruments);
  void run();
  int work_on(Line& line);
  void stamp(Line& line, TimeNs received);
  void idle();

  boost::asio::io_context context_;
  std::vector<std::unique_ptr<Line>> lines_;
  Doorbell* engine_bell_ = nullptr;
  Doorbell own_bell_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace evenkeel::apps
