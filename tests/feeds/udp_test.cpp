// Datagrams over loopback: unicast, multicast, refused datagrams kept, and a whole line from sender
// to ring. Every wait is for the event itself.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <string>
#include <vector>

#include "feeds/endpoint.hpp"
#include "feeds/player.hpp"
#include "feeds/tops_feed_agent.hpp"
#include "feeds/udp_receiver.hpp"
#include "feeds/udp_sender.hpp"
#include "tests/feeds/capture_builder.hpp"
#include "tests/feeds/tops_recorder.hpp"

namespace evenkeel::feeds {
namespace {

using testing::Bytes;
using testing::bytes_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr int kPatienceMs = 20'000;

std::unique_ptr<UdpReceiver> open_receiver(boost::asio::io_context& context,
                                           const std::string& endpoint,
                                           const std::string& interface_name = "") {
  UdpReceiverConfig config;
  config.endpoint = parse_endpoint(endpoint).value();
  config.interface_name = interface_name;
  config.receive_buffer_bytes = 128 * 1024;
  auto receiver = UdpReceiver::open(context, config);
  EXPECT_TRUE(receiver.ok()) << receiver.status();
  return receiver.ok() ? *std::move(receiver) : nullptr;
}

std::unique_ptr<UdpSender> open_sender(const std::string& address, std::uint16_t port,
                                       const std::string& interface_name = "") {
  auto sender = UdpSender::open({.to = parse_endpoint(address + ":" + std::to_string(port)).value(),
                                 .interface_name = interface_name});
  EXPECT_TRUE(sender.ok()) << sender.status();
  return *std::move(sender);
}

// Waits for datagrams until there are `count`.
std::vector<Bytes> collect(UdpReceiver& receiver, std::size_t count) {
  std::vector<Bytes> got;
  while (got.size() < count) {
    pollfd waiter{receiver.native_handle(), POLLIN, 0};
    if (!receiver.holds_refused() && poll(&waiter, 1, kPatienceMs) != 1) break;
    receiver.receive([&](std::span<const std::byte> bytes, TimeNs received) {
      EXPECT_GT(received, 1'600'000'000 * kSecond) << "a wall-clock time";
      got.push_back(bytes_of(bytes));
      return true;
    });
  }
  return got;
}

TEST(EndpointTest, ParsesAddressAndPort) {
  const auto endpoint = parse_endpoint("233.215.21.4:10378");
  ASSERT_TRUE(endpoint.ok());
  EXPECT_EQ(endpoint->address().to_string(), "233.215.21.4");
  EXPECT_EQ(endpoint->port(), 10'378);
  for (const char* text : {"", "127.0.0.1", "127.0.0.1:", ":5", "localhost:5", "127.0.0.1:65536",
                           "127.0.0.1:-1", "127.0.0.1:5x", "1.2.3:5", "::1:5"}) {
    EXPECT_EQ(parse_endpoint(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  EXPECT_EQ(interface_index("").value(), 0u);
  EXPECT_GT(interface_index("lo").value(), 0u);
  EXPECT_EQ(interface_index("no-such-if").status().code(), absl::StatusCode::kNotFound);
}

TEST(UdpTest, UnicastArrivesInOrderWithTimes) {
  boost::asio::io_context context;
  const auto receiver = open_receiver(context, "127.0.0.1:0");
  ASSERT_NE(receiver, nullptr);
  const auto sender = open_sender("127.0.0.1", receiver->local_port());
  std::vector<Bytes> sent;
  for (int i = 0; i < 50; ++i) {
    sent.push_back(bytes_of("datagram " + std::to_string(i)));
    ASSERT_TRUE(sender->send(sent.back()).ok());
  }
  EXPECT_EQ(collect(*receiver, 50), sent);
  EXPECT_EQ(receiver->counts().datagrams, 50u);
  EXPECT_EQ(receiver->counts().kernel_drops, 0u);
  EXPECT_GT(receiver->buffer_granted(), 0);
}

TEST(UdpTest, MulticastOnTheLoopbackInterface) {
  boost::asio::io_context context;
  const auto receiver = open_receiver(context, "239.255.77.1:0", "lo");
  ASSERT_NE(receiver, nullptr);
  const auto sender = open_sender("239.255.77.1", receiver->local_port(), "lo");
  const Bytes message = bytes_of(std::string("to all"));
  ASSERT_TRUE(sender->send(message).ok());
  EXPECT_THAT(collect(*receiver, 1), ElementsAre(message));
}

TEST(UdpTest, SourceSpecificMulticastHearsItsSourceOnly) {
  boost::asio::io_context context;
  const auto open_for = [&](boost::asio::ip::address_v4 source) {
    UdpReceiverConfig config;
    config.endpoint = parse_endpoint("232.1.2.3:0").value();
    config.interface_name = "lo";
    config.source = source;
    config.receive_buffer_bytes = 64 * 1024;
    return UdpReceiver::open(context, config).value();
  };
  // Which of this machine's addresses multicast leaves from is the kernel's choice.
  const auto here = open_sender("232.1.2.3", 9, "lo")->local_endpoint().address().to_v4();
  const auto wanted = open_for(here);
  const auto other = open_for(boost::asio::ip::make_address_v4("192.0.2.9"));
  const auto to_wanted = open_sender("232.1.2.3", wanted->local_port(), "lo");
  const auto to_other = open_sender("232.1.2.3", other->local_port(), "lo");
  // What `other` must not hear is sent first, so it would be there when `wanted` has heard.
  ASSERT_TRUE(to_other->send(Bytes(1)).ok());
  ASSERT_TRUE(to_wanted->send(Bytes(1)).ok());
  EXPECT_THAT(collect(*wanted, 1), SizeIs(1));
  EXPECT_EQ(other->receive([](std::span<const std::byte>, TimeNs) { return true; }), 0);
}

TEST(UdpTest, ARefusedDatagramIsOfferedAgain) {
  boost::asio::io_context context;
  const auto receiver = open_receiver(context, "127.0.0.1:0");
  const auto sender = open_sender("127.0.0.1", receiver->local_port());
  ASSERT_TRUE(sender->send(bytes_of(std::string("first"))).ok());
  ASSERT_TRUE(sender->send(bytes_of(std::string("second"))).ok());
  pollfd waiter{receiver->native_handle(), POLLIN, 0};
  ASSERT_EQ(poll(&waiter, 1, kPatienceMs), 1);
  EXPECT_EQ(receiver->receive([](std::span<const std::byte>, TimeNs) { return false; }), 0);
  EXPECT_TRUE(receiver->holds_refused());
  EXPECT_THAT(collect(*receiver, 2),
              ElementsAre(bytes_of(std::string("first")), bytes_of(std::string("second"))));
}

TEST(UdpTest, OversizedDatagramsAreDroppedAndCounted) {
  boost::asio::io_context context;
  const auto receiver = open_receiver(context, "127.0.0.1:0");
  const auto sender = open_sender("127.0.0.1", receiver->local_port());
  ASSERT_TRUE(sender->send(Bytes(UdpReceiver::kDatagramBytesMax + 1)).ok());
  ASSERT_TRUE(sender->send(Bytes(3)).ok());
  EXPECT_THAT(collect(*receiver, 1), ElementsAre(Bytes(3)));
  EXPECT_EQ(receiver->counts().oversized, 1u);
}

TEST(UdpTest, KernelDropsAreCounted) {
  boost::asio::io_context context;
  const auto receiver = open_receiver(context, "127.0.0.1:0");
  const auto sender = open_sender("127.0.0.1", receiver->local_port());
  constexpr std::size_t kSent = 2'000;  // far beyond a buffer of 128 KiB
  for (std::size_t i = 0; i < kSent; ++i) ASSERT_TRUE(sender->send(Bytes(1'000)).ok());
  std::size_t got = 0;
  while (receiver->receive([&](std::span<const std::byte>, TimeNs) { return ++got, true; }) > 0) {
  }
  EXPECT_LT(got, kSent);
  // The kernel tells with the next datagram.
  ASSERT_TRUE(sender->send(Bytes(1)).ok());
  ASSERT_THAT(collect(*receiver, 1), SizeIs(1));
  EXPECT_EQ(got + receiver->counts().kernel_drops, kSent);
}

TEST(UdpTest, ABufferGrantedShortWarns) {
  boost::asio::io_context context;
  UdpReceiverConfig config;
  config.endpoint = parse_endpoint("127.0.0.1:0").value();
  config.receive_buffer_bytes = 1 << 30;
  const auto receiver = UdpReceiver::open(context, config);
  ASSERT_TRUE(receiver.ok());
  if ((*receiver)->buffer_granted() >= (1 << 30)) GTEST_SKIP() << "this machine grants a gigabyte";
  EXPECT_THAT((*receiver)->warning(), HasSubstr("asked for 1073741824 bytes, granted "));
}

TEST(UdpTest, WrongSetUpsAreRefusedWithReasons) {
  boost::asio::io_context context;
  const auto first = open_receiver(context, "127.0.0.1:0");
  UdpReceiverConfig config;
  config.endpoint = parse_endpoint("127.0.0.1:" + std::to_string(first->local_port())).value();
  EXPECT_EQ(UdpReceiver::open(context, config).status().code(), absl::StatusCode::kUnavailable);
  config.endpoint = parse_endpoint("239.1.1.1:0").value();
  config.interface_name = "no-such-if";
  EXPECT_EQ(UdpReceiver::open(context, config).status().code(), absl::StatusCode::kNotFound);
  config.endpoint = parse_endpoint("127.0.0.1:0").value();
  config.source = boost::asio::ip::make_address_v4("127.0.0.1");
  EXPECT_EQ(UdpReceiver::open(context, config).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(UdpSender::open({.to = parse_endpoint("127.0.0.1:0").value()}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(UdpTest, NobodyListeningIsNoErrorAndSendingGoesOn) {
  boost::asio::io_context context;
  auto receiver = open_receiver(context, "127.0.0.1:0");
  const auto port = receiver->local_port();
  const auto sender = open_sender("127.0.0.1", port);
  receiver.reset();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(sender->send(Bytes(10)).ok());
  receiver = open_receiver(context, "127.0.0.1:" + std::to_string(port));
  ASSERT_NE(receiver, nullptr);
  EXPECT_TRUE(sender->send(Bytes(11)).ok());
  EXPECT_THAT(collect(*receiver, 1), ElementsAre(Bytes(11)));
}

TEST(UdpTest, DrivenByAnIoContext) {
  boost::asio::io_context context;
  const auto receiver = open_receiver(context, "127.0.0.1:0");
  const auto sender = open_sender("127.0.0.1", receiver->local_port());
  int got = 0;
  receiver->socket().async_wait(
      boost::asio::ip::udp::socket::wait_read, [&](const boost::system::error_code& error) {
        EXPECT_FALSE(error);
        receiver->receive([&](std::span<const std::byte>, TimeNs) { return ++got, true; });
      });
  ASSERT_TRUE(sender->send(Bytes(1)).ok());
  context.run_for(std::chrono::milliseconds(kPatienceMs));
  EXPECT_EQ(got, 1);
}

// --- playing
// -----------------------------------------------------------------------------------------

// Time passes only by waiting; the wall is never looked at.
class CountingPacer final : public Pacer {
 public:
  TimeNs now() override { return now_; }
  bool wait_until(TimeNs when) override {
    if (now_ >= stop_at) return false;
    now_ = std::max(now_, when);
    waited_until.push_back(now_);
    return true;
  }
  std::vector<TimeNs> waited_until;
  TimeNs stop_at = std::numeric_limits<TimeNs>::max();

 private:
  TimeNs now_ = 1'000;
};

struct Played {
  std::vector<TimeNs> at;
  std::vector<Bytes> payloads;
  PlayProgress progress;
  absl::Status status;
};

Played play_three(const PlayOptions& options, TimeNs stop_at = std::numeric_limits<TimeNs>::max()) {
  testing::CaptureBuilder builder({.nanoseconds = true});
  builder.add(5'000'000'000, testing::udp_frame(Bytes(1)));
  builder.add(5'500'000'000, testing::udp_frame(Bytes(2), {.destination_port = 9}));
  builder.add(6'000'000'000, testing::udp_frame(Bytes(3)));
  auto capture = testing::open_bytes(builder.bytes()).value();
  boost::asio::io_context context;
  const auto receiver = open_receiver(context, "127.0.0.1:0");
  const auto sender = open_sender("127.0.0.1", receiver->local_port());
  CountingPacer pacer;
  pacer.stop_at = stop_at;
  Played played;
  int calls = 0;
  played.status = play(
      capture, *sender, options, pacer, [&](const PlayProgress&) { ++calls; }, played.progress);
  EXPECT_GE(calls, 1);
  played.at = pacer.waited_until;
  played.payloads = collect(*receiver, played.progress.packets);
  return played;
}

TEST(PlayerTest, KeepsRecordedTimingDividedBySpeed) {
  EXPECT_THAT(play_three({}).at, ElementsAre(1'000, 500'001'000, 1'000'001'000));
  const auto fast = play_three({.speed = 4.0});
  EXPECT_THAT(fast.at, ElementsAre(1'000, 125'001'000, 250'001'000));
  EXPECT_THAT(fast.payloads, ElementsAre(Bytes(1), Bytes(2), Bytes(3)));
  EXPECT_EQ(fast.progress.packets, 3u);
  EXPECT_EQ(fast.progress.recorded, kSecond);
  EXPECT_EQ(fast.progress.elapsed, kSecond / 4);
}

TEST(PlayerTest, MaxKeepsToTheRate) {
  EXPECT_THAT(play_three({.speed = std::nullopt, .rate_max = 1'000}).at,
              ElementsAre(1'000, 1'001'000, 2'001'000));
  EXPECT_THAT(play_three({.speed = std::nullopt, .rate_max = 0}).at,
              ElementsAre(1'000, 1'000, 1'000));
}

TEST(PlayerTest, FiltersByPortAndStopsWhenAsked) {
  const auto filtered = play_three({.port = std::uint16_t{9}});
  EXPECT_THAT(filtered.payloads, ElementsAre(Bytes(2)));
  EXPECT_EQ(filtered.progress.filtered, 2u);
  const auto stopped = play_three({}, 400'000'000);
  EXPECT_TRUE(stopped.progress.stopped);
  EXPECT_EQ(stopped.progress.packets, 2u);
}

TEST(PlayerTest, ParsesSpeeds) {
  EXPECT_EQ(parse_speed("max").value(), std::nullopt);
  EXPECT_EQ(parse_speed("2.5").value(), 2.5);
  for (const char* text : {"", "0", "-1", "nan", "inf", "fast", "1x", "1e99"}) {
    EXPECT_FALSE(parse_speed(text).ok()) << text;
  }
}

// --- a line from end to end
// ----------------------------------------------------------------------------

TEST(TopsFeedAgentTest, FromTheSocketToTheRing) {
  InstrumentTable table;
  Instrument spy;
  ASSERT_TRUE(spy.symbol.assign("SPY"));
  spy.currency = table.add_currency("USD").value();
  spy.tick = Price::from_raw(10'000'000);
  spy.feed = SourceId::of(0);
  ASSERT_TRUE(table.add(spy).ok());
  const auto symbols = SymbolMap::build(table, spy.feed).value();
  SpscRing<Event> ring(64);
  TopsFeed feed({.line = spy.feed}, symbols, table.size(), ring);
  boost::asio::io_context context;
  const auto receiver = open_receiver(context, "127.0.0.1:0");
  const auto sender = open_sender("127.0.0.1", receiver->local_port());
  Doorbell bell;
  TopsFeedAgent agent(*receiver, feed, &bell);
  std::vector<EventType> seen;
  {
    AgentThread thread(agent, SocketIdle(agent, 5));
    tops::PacketWriter writer(1, 1);
    writer.add(tops::SystemEvent{'R', 1});
    writer.add(tops::Quote{0, 2, testing::symbol("SPY"), 100, 5'000'000, 5'000'100, 100});
    ASSERT_TRUE(sender->send(writer.finish(3)).ok());
    while (seen.size() < 3) {
      bell.park([&] { return ring.size() > 0; }, kPatienceMs);
      const Event* event = ring.front();
      ASSERT_NE(event, nullptr) << "nothing came";
      for (; event != nullptr; event = ring.front()) {
        seen.push_back(event->type);
        ring.pop();
      }
    }
  }
  EXPECT_THAT(seen,
              ElementsAre(EventType::kVenueSession, EventType::kQuote, EventType::kFeedStatus));
}

}  // namespace
}  // namespace evenkeel::feeds
