#include "apps/desk_feeds.hpp"

#include <poll.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/system_clock.hpp"
#include "feeds/endpoint.hpp"

namespace evenkeel::apps {
namespace {

constexpr int kIdleMs = 50;

absl::Status about_feed(const std::string& name, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat("feed ", name, ": ", status.message()));
}

absl::StatusOr<feeds::UdpReceiverConfig> receiver_config(const FeedSettings& settings) {
  feeds::UdpReceiverConfig config;
  const auto endpoint = feeds::parse_endpoint(settings.listen);
  if (!endpoint.ok()) return endpoint.status();
  config.endpoint = *endpoint;
  config.interface_name = settings.interface_name;
  config.receive_buffer_bytes = settings.receive_buffer_bytes;
  if (!settings.source.empty()) {
    boost::system::error_code error;
    const auto source = boost::asio::ip::make_address_v4(settings.source, error);
    if (error) return absl::InvalidArgumentError("source is not an IPv4 address");
    config.source = source;
  }
  return config;
}

}  // namespace

absl::StatusOr<std::unique_ptr<FeedThread::Line>> FeedThread::open_line(
    boost::asio::io_context& context, const FeedSettings& settings, SourceId source,
    const InstrumentTable& instruments) {
  const auto config = receiver_config(settings);
  if (!config.ok()) return config.status();
  auto symbols = feeds::SymbolMap::build(instruments, source);
  if (!symbols.ok()) return symbols.status();
  auto receiver = feeds::UdpReceiver::open(context, *config);
  if (!receiver.ok()) return receiver.status();
  feeds::TopsFeedConfig feed;
  feed.line = source;
  feed.silent_after = settings.silent_after;
  return std::make_unique<Line>(settings.name, *std::move(symbols), feed, instruments.size(),
                                *std::move(receiver));
}

absl::StatusOr<std::unique_ptr<FeedThread>> FeedThread::open(
    const std::vector<FeedSettings>& settings, const InstrumentTable& instruments,
    Doorbell* engine_bell) {
  std::unique_ptr<FeedThread> thread(new FeedThread);
  thread->engine_bell_ = engine_bell;
  for (std::size_t i = 0; i < settings.size(); ++i) {
    auto line = open_line(thread->context_, settings[i], SourceId::of(i), instruments);
    if (!line.ok()) return about_feed(settings[i].name, line.status());
    thread->lines_.push_back(*std::move(line));
  }
  return thread;
}

void FeedThread::pass_on(std::size_t line, std::unique_ptr<feeds::UdpSender> to) {
  lines_[line]->passed_on = std::move(to);
}

void FeedThread::start() {
  thread_ = std::thread([this] { run(); });
}

void FeedThread::stop() {
  stop_.store(true, std::memory_order_release);
  own_bell_.ring();
  if (thread_.joinable()) thread_.join();
}

void FeedThread::run() {
  while (!stop_.load(std::memory_order_acquire)) {
    int work = 0;
    for (const auto& line : lines_) work += work_on(*line);
    if (work == 0) idle();
  }
}

int FeedThread::work_on(Line& line) {
  int work = line.feed.flush();
  work += line.receiver->receive([&](std::span<const std::byte> bytes, TimeNs received) {
    if (!line.feed.on_datagram(bytes, received)) return false;
    stamp(line, received);
    // Whom it is passed on to may have gone; that is seen elsewhere.
    if (line.passed_on != nullptr) line.passed_on->send(bytes).IgnoreError();
    return true;
  });
  if (work == 0) line.feed.check_line(SystemClock().now());
  if (work != 0 && engine_bell_ != nullptr) engine_bell_->notify();
  return work;
}

void FeedThread::stamp(Line& line, TimeNs received) {
  // While events wait for room, nobody can say which of them will reach the ring.
  if (line.feed.has_waiting()) return;
  const feeds::TopsFeedCounts counts = line.feed.counts();
  const std::uint64_t handed = counts.events - counts.conflated;
  if (handed == line.handed_before) return;
  // A full ring of stamps costs a measurement, nothing else.
  line.arrivals.try_push({line.handed_before, handed, received});
  line.handed_before = handed;
}

void FeedThread::idle() {
  std::vector<pollfd> waiters;
  waiters.reserve(lines_.size() + 1);
  for (const auto& line : lines_) {
    if (line->feed.has_waiting() || line->receiver->holds_refused()) {
      std::this_thread::yield();
      return;
    }
    waiters.push_back({line->receiver->native_handle(), POLLIN, 0});
  }
  waiters.push_back({own_bell_.fd(), POLLIN, 0});
  poll(waiters.data(), waiters.size(), kIdleMs);
}

}  // namespace evenkeel::apps
