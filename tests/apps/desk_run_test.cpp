// The program as a process, against a simulator that the test holds in its hands.
#include <gtest/gtest.h>
#include <signal.h>

#include "apps/config/desk_config.hpp"
#include "apps/desk_feeds.hpp"
#include "fix/simulator.hpp"
#include "tests/apps/desk_scene.hpp"

namespace evenkeel::apps {
namespace {

using testing::Json;
using testing::kPatience;
using testing::Program;
using testing::ScratchFolder;
using testing::TestMarket;

/// The counterparty of the small desk.
class Counterparty {
 public:
  explicit Counterparty(DurationNs fill_after) {
    rules::Complaints complaints;
    ScratchFolder folder;
    testing::write_small_desk(folder);
    instruments_ = load_desk(folder.path(), complaints)->instruments;
    fix::SimulatorConfig config;
    config.sender = "SIM";
    config.target = "EVENKEEL";
    config.venue.run = "T";
    config.venue.fill_after = fill_after;
    simulator_ = *fix::Simulator::create(config, instruments_, {&quotes_}, bell_);
    simulator_->start();
  }
  fix::Simulator& simulator() { return *simulator_; }
  void vanish() { simulator_.reset(); }
  std::string address() const { return "127.0.0.1:" + std::to_string(simulator_->port()); }

 private:
  InstrumentTable instruments_;
  SpscRing<Event> quotes_{64};
  Doorbell bell_;
  std::unique_ptr<fix::Simulator> simulator_;
};

class DeskRunTest : public ::testing::Test {
 protected:
  DeskRunTest() { testing::write_small_desk(folder_); }
  void start(const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"paper", folder_.path(), "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    program_ = std::make_unique<Program>(arguments, folder_.path() + "/stderr");
    const Json listening = program_->await_type("listening");
    ASSERT_FALSE(listening.is_null()) << folder_.read("stderr");
    market_ = std::make_unique<TestMarket>(listening["port"].get<std::uint16_t>());
    program_->await_state("session", "logged_on");
  }

  ScratchFolder folder_;
  std::unique_ptr<Program> program_;
  std::unique_ptr<TestMarket> market_;
};

TEST_F(DeskRunTest, AnOrderGoesOutIsFilledAndTheBooksAgree) {
  start({});
  market_->open();
  const Json order = program_->await_type("order_new");
  EXPECT_EQ(order["portfolio"], "small");
  EXPECT_EQ(order["symbol"], "AAA");
  EXPECT_EQ(order["side"], "sell");
  EXPECT_EQ(order["cause"]["trigger"], "absolute_band");
  EXPECT_EQ(order["cause"]["sleeve"], "a");
  program_->await(
      [](const Json& o) { return o.value("type", "") == "fill" && o["side"] == "buy"; });
  market_->system_event('M');
  program_->await_state("venue", "post_market");
  program_->process().signal(SIGINT);
  EXPECT_EQ(program_->finish(), 0) << folder_.read("stderr");
  const Json summary = program_->summary();
  testing::expect_all_checks_passed(summary);
  EXPECT_GE(summary["totals"]["fills"].get<int>(), 2);
  EXPECT_EQ(summary["portfolios"][0]["name"], "small");
}

TEST_F(DeskRunTest, CtrlCCancelsWorkingOrdersAndEndsCleanly) {
  Counterparty counterparty(kHour);  // acknowledges, and never fills
  start({"--fix", counterparty.address()});
  market_->open();
  program_->await_type("ack");
  program_->process().signal(SIGINT);
  EXPECT_EQ(program_->finish(), 0) << folder_.read("stderr");
  EXPECT_FALSE(program_->of_type("order_cancel").empty());
  EXPECT_FALSE(program_->of_type("cancelled").empty());
  EXPECT_EQ(program_->summary()["ended"], "stopped by a signal");
  EXPECT_TRUE(testing::check_passed(program_->summary(), "answered for"));
  const fix::SimulatorState state = counterparty.simulator().state();
  EXPECT_EQ(state.live_orders, 0U);
  EXPECT_GE(state.venue.cancelled, 1U);
}

TEST_F(DeskRunTest, APeerThatVanishesMidOrderLeavesAnUnknownOrderAndNoMoreOrders) {
  Counterparty counterparty(kHour);
  start({"--fix", counterparty.address()});
  market_->open();
  program_->await_type("ack");
  const std::size_t orders_before = program_->of_type("order_new").size();
  counterparty.vanish();
  program_->await(
      [](const Json& o) { return o.value("type", "") == "alert" && o["code"] == "session_down"; });
  // Further out than before: with the session up this would be traded.
  market_->quote("AAA", 104);
  program_->process().signal(SIGTERM);
  EXPECT_EQ(program_->finish(), 5) << "the order was never answered for";
  EXPECT_EQ(program_->of_type("order_new").size(), orders_before);
  EXPECT_FALSE(testing::check_passed(program_->summary(), "answered for"));
  EXPECT_TRUE(testing::check_passed(program_->summary(), "from scratch"));
}

TEST_F(DeskRunTest, TheSecondCtrlCQuitsAtOnce) {
  Counterparty counterparty(kHour);
  start({"--fix", counterparty.address()});
  market_->open();
  program_->await_type("ack");
  counterparty.vanish();
  program_->await_state("session", "disconnected");
  program_->process().signal(SIGINT);
  program_->await(
      [](const Json& o) { return o.value("type", "") == "command" && o["command"] == "shutdown"; });
  program_->process().signal(SIGINT);
  EXPECT_TRUE(program_->process().wait(kPatience));
  EXPECT_EQ(program_->process().exit_code(), 130);
}

TEST_F(DeskRunTest, GarbageOnTheFeedIsCountedAndChangesNothing) {
  start({});
  market_->raw("");
  market_->raw("garbage");
  market_->raw(std::string(40, '\xff'));
  market_->raw(std::string(9'000, '\x01'));
  // A sound header whose message claims more bytes than the packet holds.
  feeds::tops::PacketWriter writer(77, 1);
  writer.add(feeds::tops::SystemEvent{'O', 1});
  const auto packet = writer.finish(1);
  std::string cut(reinterpret_cast<const char*>(packet.data()), packet.size());
  cut[40] = '\x7f';
  market_->raw(cut);
  market_->open();
  program_->await_type("fill");
  program_->process().signal(SIGINT);
  EXPECT_EQ(program_->finish(), 0) << folder_.read("stderr");
  const Json feed = program_->summary()["feeds"][0];
  EXPECT_GE(feed["malformed"].get<int>(), 4) << feed.dump();
  testing::expect_all_checks_passed(program_->summary());
}

TEST_F(DeskRunTest, WithoutTheSimulatorTheRunEnds) {
  start({});
  const pid_t simulator = [&] {
    // The only child of the program.
    const std::string id = std::to_string(program_->process().id());
    std::ifstream children("/proc/" + id + "/task/" + id + "/children");
    pid_t child = 0;
    children >> child;
    return child;
  }();
  ASSERT_GT(simulator, 0);
  kill(simulator, SIGKILL);
  EXPECT_NE(program_->finish(), 0);
  EXPECT_EQ(program_->summary()["ended"], "broken off");
}

TEST_F(DeskRunTest, WithoutAFixSectionItWatches) {
  folder_.change("evenkeel.toml",
                 "[fix]\nhost = \"127.0.0.1\"\nport = 1\nsender = \"EVENKEEL\"\ntarget = \"SIM\"\n",
                 "");
  Program program({"run", folder_.path(), "--json", "--until", "close"},
                  folder_.path() + "/stderr");
  const Json listening = program.await_type("listening");
  ASSERT_FALSE(listening.is_null()) << folder_.read("stderr");
  TestMarket market(listening["port"].get<std::uint16_t>());
  market.open();
  const Json alert = program.await_type("alert");
  EXPECT_EQ(alert["code"], "band_breached");
  EXPECT_EQ(alert["cause"]["sleeve"], "a");
  market.system_event('M');
  EXPECT_EQ(program.finish(), 0) << folder_.read("stderr");
  EXPECT_EQ(program.summary()["ended"], "the venue closed");
  EXPECT_EQ(program.summary()["totals"]["orders"], 0);
  Program paper({"paper", folder_.path()}, folder_.path() + "/stderr");
  EXPECT_EQ(paper.finish(), 3) << "paper trading needs to know who it is";
}

TEST_F(DeskRunTest, FillsAreComparedWithTheirDropCopies) {
  folder_.change("evenkeel.toml", "[[portfolio]]", R"([fix.drop_copy]
host = "127.0.0.1"
port = 1
sender = "EVENKEEL-DC"
target = "SIM"
[[portfolio]])");
  start({});
  market_->open();
  program_->await(
      [](const Json& o) { return o.value("type", "") == "fill" && o["side"] == "buy"; });
  program_->process().signal(SIGINT);
  EXPECT_EQ(program_->finish(), 0) << folder_.read("stderr");
  const Json summary = program_->summary();
  testing::expect_all_checks_passed(summary);
  const Json& copies = summary["drop_copy"];
  EXPECT_GT(copies["matched"].get<int>(), 0) << summary.dump();
  EXPECT_EQ(copies["different"], 0);
  EXPECT_EQ(copies["overdue"], 0);
}

TEST_F(DeskRunTest, ARunCanBeBoundInTime) {
  Program program({"paper", folder_.path(), "--json", "--for", "300ms"},
                  folder_.path() + "/stderr");
  EXPECT_EQ(program.finish(), 0) << folder_.read("stderr");
  EXPECT_EQ(program.summary()["ended"], "ended as asked");
}

TEST_F(DeskRunTest, APortThatIsTakenIsSaidWithTheFeed) {
  boost::asio::io_context context;
  feeds::UdpReceiverConfig config;
  config.endpoint = *feeds::parse_endpoint("127.0.0.1:0");
  const auto taken = *feeds::UdpReceiver::open(context, config);
  folder_.change("evenkeel.toml", "127.0.0.1:0",
                 "127.0.0.1:" + std::to_string(taken->local_port()));
  Program program({"run", folder_.path(), "--json"}, folder_.path() + "/stderr");
  EXPECT_EQ(program.finish(), 5);
  EXPECT_NE(folder_.read("stderr").find("feed main: "), std::string::npos)
      << folder_.read("stderr");
}

}  // namespace
}  // namespace evenkeel::apps
