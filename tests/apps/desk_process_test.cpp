#include "apps/desk_process.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace evenkeel::apps {
namespace {

constexpr DurationNs kPatience = 20 * kSecond;

ChildProcess shell(const std::string& script) {
  auto child = ChildProcess::start({"/bin/sh", "-c", script}, {});
  EXPECT_TRUE(child.ok()) << child.status();
  return *std::move(child);
}

TEST(ChildProcess, LinesComeOneByOneAndTheLastNeedsNoNewline) {
  ChildProcess child = shell("echo one; echo two; printf three");
  EXPECT_EQ(child.read_line(kPatience), "one");
  EXPECT_EQ(child.read_line(kPatience), "two");
  EXPECT_EQ(child.read_line(kPatience), "three");
  EXPECT_EQ(child.read_line(kPatience), std::nullopt);
  EXPECT_TRUE(child.output_ended());
  EXPECT_TRUE(child.wait(kPatience));
  EXPECT_EQ(child.exit_code(), 0);
}

TEST(ChildProcess, ItAnswersWhatIsWrittenToIt) {
  ChildProcess child = shell("while read line; do echo \"got $line\"; done; exit 7");
  ASSERT_TRUE(child.write_line("positions").ok());
  EXPECT_EQ(child.read_line(kPatience), "got positions");
  EXPECT_EQ(child.read_line_now(), std::nullopt) << "does not wait";
  EXPECT_FALSE(child.ended());
  child.stop(kPatience);
  EXPECT_EQ(child.exit_code(), 128 + SIGTERM);
}

TEST(ChildProcess, AProgramThatIsNotThereEndsWith127) {
  auto child = ChildProcess::start({"/no/such/program"}, {});
  ASSERT_TRUE(child.ok());
  EXPECT_TRUE(child->wait(kPatience));
  EXPECT_EQ(child->exit_code(), 127);
}

TEST(ChildProcess, OneThatIgnoresSigtermIsKilled) {
  ChildProcess child = shell("trap '' TERM; echo ready; while :; do sleep 0.05; done");
  ASSERT_EQ(child.read_line(kPatience), "ready");
  child.stop(50 * kMillisecond);
  EXPECT_EQ(child.exit_code(), 128 + SIGKILL);
}

TEST(ChildProcess, ItsGroupIsNotOursSoThatCtrlCReachesTheParentAlone) {
  ChildProcess child = shell("echo ready; read line");
  ASSERT_EQ(child.read_line(kPatience), "ready");
  EXPECT_EQ(getpgid(child.id()), child.id());
  EXPECT_NE(getpgid(child.id()), getpgrp());
}

TEST(ChildProcess, ItDiesWithItsParent) {
  // A parent in between, which is killed without a chance to clean up.
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t parent = fork();
  if (parent == 0) {
    auto child = ChildProcess::start({"/bin/sh", "-c", "echo up; read line"}, {});
    if (!child.ok() || child->read_line(kPatience) != "up") _exit(1);
    const pid_t id = child->id();
    [[maybe_unused]] const ssize_t put = write(ends[1], &id, sizeof id);
    pause();
    _exit(0);
  }
  close(ends[1]);
  pid_t grandchild = 0;
  ASSERT_EQ(read(ends[0], &grandchild, sizeof grandchild), static_cast<ssize_t>(sizeof grandchild));
  kill(parent, SIGKILL);
  ASSERT_EQ(waitpid(parent, nullptr, 0), parent);
  // The grandchild inherited the pipe, too: its end comes only when both are gone.
  char byte = 0;
  EXPECT_EQ(read(ends[0], &byte, 1), 0);
  close(ends[0]);
}

TEST(ChildProcess, TheOwnProgramIsThisTest) {
  EXPECT_NE(own_program().find("apps_tests"), std::string::npos) << own_program();
}

}  // namespace
}  // namespace evenkeel::apps
