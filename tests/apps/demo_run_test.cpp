// The demo, for machines: a whole day in a few seconds.
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <vector>

#include "tests/apps/desk_scene.hpp"

namespace evenkeel::apps {
namespace {

using testing::Json;
using testing::Program;
using testing::ScratchFolder;

TEST(Demo, ADayWithACrashEndsWithEveryCheckPassed) {
  ScratchFolder folder;
  Program demo({"demo", "--seconds", "12", "--json", "--keep", folder.path() + "/desk"},
               folder.path() + "/stderr");
  EXPECT_EQ(demo.finish(), 0) << folder.read("stderr");
  const Json summary = demo.summary();
  testing::expect_all_checks_passed(summary);
  EXPECT_EQ(summary["portfolios"].size(), 3U);
  EXPECT_EQ(summary["ended"], "the venue closed");
  EXPECT_GE(summary["rebalances"].size(), 3U);
  EXPECT_GT(summary["totals"]["fills"].get<int>(), 0);
  bool crashed = false;
  for (const Json& instrument : summary["instruments"]) {
    crashed = crashed || instrument["low"].get<double>() < 0.85 * instrument["first"].get<double>();
  }
  EXPECT_TRUE(crashed) << summary["instruments"].dump();
  EXPECT_FALSE(folder.read("desk/evenkeel.toml").empty()) << "--keep leaves the desk";
}

TEST(Demo, ItLeavesNothingRunningWhenItIsKilled) {
  ScratchFolder folder;
  Program demo({"demo", "--seconds", "60", "--json"}, folder.path() + "/stderr");
  demo.await_state("venue", "pre_market");
  const std::string id = std::to_string(demo.process().id());
  std::ifstream list("/proc/" + id + "/task/" + id + "/children");
  std::vector<int> processes;
  for (pid_t child = 0; list >> child;) {
    processes.push_back(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
  }
  ASSERT_EQ(processes.size(), 2U) << "a simulator and a market";
  demo.process().signal(SIGKILL);
  ASSERT_TRUE(demo.process().wait(testing::kPatience));
  for (const int process : processes) {
    pollfd waiter{process, POLLIN, 0};
    EXPECT_EQ(poll(&waiter, 1, 20'000), 1) << "a child outlived the demo";
    close(process);
  }
}

}  // namespace
}  // namespace evenkeel::apps
