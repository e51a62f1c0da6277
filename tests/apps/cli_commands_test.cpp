// The command line: exit codes, where data and messages go.
#include <gtest/gtest.h>

#include "tests/apps/desk_scene.hpp"

namespace evenkeel::apps {
namespace {

using testing::ScratchFolder;

struct Answer {
  int code = -1;
  std::string out;
  std::string err;
};

Answer run(std::vector<std::string> arguments) {
  ScratchFolder folder;
  arguments.insert(arguments.begin(), EVENKEEL_BINARY);
  ChildProcess::Options options;
  options.error_file = folder.path() + "/stderr";
  auto child = ChildProcess::start(arguments, options);
  EXPECT_TRUE(child.ok()) << child.status();
  Answer answer;
  while (const auto line = child->read_line(testing::kPatience)) answer.out += *line + "\n";
  EXPECT_TRUE(child->wait(testing::kPatience));
  answer.code = child->exit_code();
  answer.err = folder.read("stderr");
  return answer;
}

TEST(Cli, HelpAndVersionAreData) {
  const Answer help = run({"--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_EQ(help.err, "");
  for (const char* command : {"init", "check", "run", "paper", "demo", "drill", "sim", "market",
                              "play", "decode", "journal", "replay", "explain"}) {
    EXPECT_NE(help.out.find(std::string("\n  ") + command + " "), std::string::npos) << command;
    EXPECT_EQ(run({command, "--help"}).code, 0) << command;
  }
  EXPECT_NE(help.out.find("Examples:"), std::string::npos);
  EXPECT_NE(help.out.find("7 integrity: a journal is damaged, the books do not audit"),
            std::string::npos);
  EXPECT_NE(help.out.find("8 a difference: a replay decides otherwise"), std::string::npos);
  const Answer version = run({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_EQ(version.out.rfind("evenkeel ", 0), 0U) << version.out;
}

TEST(Cli, WhatReadsTheRecordShowsExamples) {
  const std::pair<const char*, const char*> cases[] = {
      {"journal", "evenkeel journal verify desk"},
      {"replay", "evenkeel replay desk --verify"},
      {"explain", "evenkeel explain desk 17"},
      {"drill", "evenkeel drill --kills 20"},
  };
  for (const auto& [command, example] : cases) {
    const Answer help = run({command, "--help"});
    EXPECT_EQ(help.code, 0) << command;
    EXPECT_EQ(help.err, "") << command;
    const std::size_t at = help.out.find("Examples:\n");
    ASSERT_NE(at, std::string::npos) << command << "\n" << help.out;
    EXPECT_NE(help.out.find(example, at), std::string::npos) << command << "\n" << help.out;
  }
  for (const char* action : {"verify", "dump", "tail", "diff"}) {
    const Answer help = run({"journal", action, "--help"});
    EXPECT_EQ(help.code, 0) << action;
    EXPECT_NE(help.out.find("--json"), std::string::npos) << help.out;
  }
}

TEST(Cli, EachKindOfFailureHasItsCode) {
  ScratchFolder folder;
  folder.write("text.pcap", "this is no capture, whatever its name says");
  folder.write("broken/evenkeel.toml", "name = \"x\nnonsense = 5 shares\n");
  struct Case {
    std::vector<std::string> arguments;
    int code;
    const char* said;
  };
  const std::vector<Case> cases = {
      {{}, 2, "subcommand"},
      {{"trade"}, 2, ""},
      {{"run"}, 2, "desk"},
      {{"run", "x", "--until", "tomorrow"}, 2, "until"},
      {{"run", "x", "--for", "soon"}, 2, "--for"},
      {{"play", folder.path() + "/text.pcap", "--to", "nowhere"}, 2, "nowhere"},
      {{"init"}, 2, "folder"},
      {{"journal"}, 2, "subcommand"},
      {{"journal", "verify", folder.path() + "/nothing"}, 4, "nothing"},
      {{"replay", folder.path() + "/nothing"}, 4, "nothing"},
      {{"explain", folder.path() + "/nothing", "17"}, 4, "nothing"},
      {{"explain", folder.path() + "/nothing"}, 2, "what"},
      {{"drill", "--life-min", "2s", "--life-max", "1s"}, 2, "--life-max"},
      {{"run", folder.path() + "/broken"}, 3, "evenkeel.toml:1"},
      {{"sim", folder.path() + "/broken"}, 3, "evenkeel.toml:1"},
      {{"market", folder.path() + "/broken", "--to", "127.0.0.1:1"}, 3, "evenkeel.toml:1"},
      {{"decode", folder.path() + "/text.pcap", "--json"}, 4, "text.pcap"},
      {{"decode", folder.path() + "/nothing"}, 4, "nothing"},
      {{"play", folder.path() + "/nothing", "--to", "127.0.0.1:1"}, 4, "nothing"},
  };
  for (const Case& c : cases) {
    const Answer answer = run(c.arguments);
    std::string line = "evenkeel";
    for (const std::string& argument : c.arguments) line += " " + argument;
    EXPECT_EQ(answer.code, c.code) << line << "\n" << answer.err;
    EXPECT_EQ(answer.out, "") << line << ": messages belong on standard error";
    EXPECT_NE(answer.err.find(c.said), std::string::npos) << line << "\n" << answer.err;
  }
}

TEST(Cli, AnExampleIsWrittenCheckedAndWatchedForAMoment) {
  ScratchFolder folder;
  const std::string desk = folder.path() + "/desk";
  EXPECT_EQ(run({"init", desk, "--example", "monitor"}).code, 0);
  EXPECT_EQ(run({"init", desk, "--example", "monitor"}).code, 2) << "nothing is overwritten";
  EXPECT_EQ(run({"check", desk}).code, 0);
  folder.change("desk/evenkeel.toml", "127.0.0.1:5001", "127.0.0.1:0");
  const Answer watched = run({"run", desk, "--quiet", "--for", "200ms"});
  EXPECT_EQ(watched.code, 0) << watched.err;
  EXPECT_NE(watched.out.find("ended as asked"), std::string::npos) << watched.out;
}

}  // namespace
}  // namespace evenkeel::apps
