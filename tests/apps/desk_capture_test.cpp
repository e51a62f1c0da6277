// A real day of an exchange, recorded, over UDP into a paper desk, with orders and fills over FIX.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/apps/desk_scene.hpp"

namespace evenkeel::apps {
namespace {

using testing::Json;
using testing::Program;
using testing::ScratchFolder;

TEST(DeskCapture, ARecordedDayThroughAPaperDesk) {
  const std::string capture =
      std::string(EVENKEEL_SHARED_DATA_DIR) + "/captures/iex_tops16_20170710.pcapng.gz";
  if (!std::filesystem::exists(capture)) GTEST_SKIP() << "there is no " << capture;
  ScratchFolder folder;
  std::filesystem::copy(std::string(EVENKEEL_SOURCE_DIR) + "/examples/iex", folder.path(),
                        std::filesystem::copy_options::recursive);
  folder.change("evenkeel.toml", "127.0.0.1:16642", "127.0.0.1:0");
  // Played forty times as fast, a busy machine's pause of a tenth of a second is four seconds.
  folder.change("limits.toml", "[orders]\ntype",
                "[orders]\nack_timeout = \"2m\"\nstatus_timeout = \"4m\"\ntype");

  Program paper({"paper", folder.path(), "--json", "--until", "end"}, folder.path() + "/stderr");
  const Json listening = paper.await_type("listening");
  ASSERT_FALSE(listening.is_null()) << folder.read("stderr");
  paper.await_state("session", "logged_on");
  Program player(
      {"play", capture, "--to", "127.0.0.1:" + std::to_string(listening["port"].get<int>()),
       "--speed", "40", "--json"},
      folder.path() + "/play.stderr");
  EXPECT_EQ(paper.finish(), 0) << folder.read("stderr");
  player.process().stop(testing::kPatience);  // nobody listens any more

  TimeNs opened = 0, closed = 0;
  for (const Json& venue : paper.of_type("venue")) {
    if (venue["phase"] == "regular") opened = venue["ts_ns"].get<TimeNs>();
    if (venue["phase"] == "post_market") closed = venue["ts_ns"].get<TimeNs>();
  }
  ASSERT_GT(opened, 0);
  ASSERT_GT(closed, opened);
  const auto orders = paper.of_type("order_new");
  EXPECT_GE(orders.size(), 8U) << "two portfolios, both off policy";
  for (const Json& order : orders) {
    const auto ts = order["ts_ns"].get<TimeNs>();
    EXPECT_GE(ts, opened) << order.dump();
    EXPECT_LT(ts, closed) << order.dump();
    EXPECT_GT(order["bid"].get<double>(), 0) << order.dump();
    EXPECT_GT(order["ask"].get<double>(), order["bid"].get<double>()) << order.dump();
    EXPECT_GT(order["cause"]["proposal"].get<int>(), 0) << order.dump();
    EXPECT_FALSE(order["cause"]["why"].get<std::string>().empty()) << order.dump();
  }
  const Json summary = paper.summary();
  testing::expect_all_checks_passed(summary);
  EXPECT_EQ(summary["ended"], "the venue ended");
  const Json feed = summary["feeds"][0];
  EXPECT_EQ(feed["gaps"], 0) << feed.dump();
  EXPECT_EQ(feed["malformed"], 0) << feed.dump();
  EXPECT_EQ(summary["totals"]["rejects"], 0);
  for (const Json& portfolio : summary["portfolios"]) {
    EXPECT_GT(portfolio["fills"].get<int>(), 0) << portfolio["name"];
    for (const Json& sleeve : portfolio["sleeves"]) {
      EXPECT_TRUE(sleeve["inside"].get<bool>()) << portfolio["name"] << " " << sleeve.dump();
    }
  }
}

}  // namespace
}  // namespace evenkeel::apps
