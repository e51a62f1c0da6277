// evenkeel init: writes what is in examples/, overwrites nothing unasked, and says what went wrong.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "apps/check.hpp"
#include "apps/cli.hpp"
#include "apps/init.hpp"
#include "tests/apps/config_scratch.hpp"

namespace evenkeel::apps {
namespace {

namespace files = std::filesystem;

struct Outcome {
  int code = 0;
  std::string out, err;
};
Outcome init(const InitRequest& request) {
  std::ostringstream out, err;
  Outcome outcome;
  outcome.code = init_desk(request, out, err);
  outcome.out = out.str();
  outcome.err = err.str();
  return outcome;
}

std::string read_source(const std::string& path) {
  std::ifstream stream(std::string(EVENKEEL_SOURCE_DIR) + "/examples/" + path, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  return content.str();
}

TEST(InitDesk, WritesEveryExampleByteForByteAndEachPassesTheCheck) {
  for (const std::string_view name : example_names()) {
    const ScratchDesk scratch;
    const std::string folder = scratch.path("deep/desk");
    const Outcome outcome = init({.folder = folder, .example = std::string(name)});
    EXPECT_EQ(outcome.code, kExitOk) << outcome.err;
    EXPECT_EQ(outcome.out.rfind("wrote " + folder + ": ", 0), 0U) << outcome.out;
    EXPECT_NE(outcome.out.find("  evenkeel check " + folder + "\n"), std::string::npos);
    std::size_t written = 0;
    for (const auto& entry : files::recursive_directory_iterator(folder)) {
      written += entry.is_regular_file() ? 1 : 0;
    }
    std::size_t expected = 0;
    for (const ExampleFile& file : example_files()) {
      if (file.example != name) continue;
      ++expected;
      const std::string path(file.path);
      EXPECT_EQ(scratch.read("deep/desk/" + path), read_source(std::string(name) + "/" + path));
    }
    EXPECT_EQ(written, expected);
    std::ostringstream out, err;
    EXPECT_EQ(check_desk({folder, false}, out, err), kExitOk) << err.str();
  }
}

TEST(InitDesk, EmbedsEveryFileOfTheExamples) {
  std::size_t on_disk = 0;
  const files::path root = std::string(EVENKEEL_SOURCE_DIR) + "/examples";
  for (const auto& entry : files::recursive_directory_iterator(root)) {
    on_disk += entry.is_regular_file() && entry.path().parent_path() != root ? 1 : 0;
  }
  EXPECT_EQ(example_files().size(), on_disk);
}

TEST(InitDesk, OverwritesOnlyWhenTold) {
  const ScratchDesk scratch("monitor");
  scratch.change("instruments.toml", "VTI", "MINE");
  scratch.write("notes.txt", "mine");
  const Outcome refused = init({.folder = scratch.folder(), .example = "monitor"});
  EXPECT_EQ(refused.code, kExitUsage);
  EXPECT_EQ(scratch.without_folder(refused.err),
            "evenkeel: evenkeel.toml: is there already; nothing was written\n"
            "--force overwrites the example's files and leaves all others\n");
  EXPECT_NE(scratch.read("instruments.toml").find("MINE"), std::string::npos);
  const Outcome forced = init({.folder = scratch.folder(), .example = "monitor", .force = true});
  EXPECT_EQ(forced.code, kExitOk);
  EXPECT_EQ(scratch.read("instruments.toml"), read_source("monitor/instruments.toml"));
  EXPECT_EQ(scratch.read("notes.txt"), "mine");
}

TEST(InitDesk, WritesNothingWhenOneFileIsInTheWay) {
  const ScratchDesk scratch;
  scratch.write("portfolios/smith.csv", "mine");
  EXPECT_EQ(init({.folder = scratch.folder(), .example = "monitor"}).code, kExitUsage);
  EXPECT_FALSE(files::exists(scratch.path("evenkeel.toml")));
  EXPECT_EQ(scratch.read("portfolios/smith.csv"), "mine");
}

TEST(InitDesk, NamesTheExamplesWhenOneIsUnknown) {
  const ScratchDesk scratch;
  const Outcome outcome = init({.folder = scratch.path("x"), .example = "sixty-fourty"});
  EXPECT_EQ(outcome.code, kExitUsage);
  EXPECT_EQ(outcome.err.rfind("evenkeel: no example 'sixty-fourty' (did you mean 'sixty-forty'?)\n"
                              "examples:\n  balanced ",
                              0),
            0U)
      << outcome.err;
  EXPECT_FALSE(files::exists(scratch.path("x")));
}

TEST(InitDesk, RefusesAFileInPlaceOfTheFolder) {
  const ScratchDesk scratch;
  scratch.write("file", "mine");
  const Outcome outcome = init({.folder = scratch.path("file")});
  EXPECT_EQ(outcome.code, kExitUsage);
  EXPECT_EQ(scratch.without_folder(outcome.err), "evenkeel: file: is a file, not a folder\n");
  EXPECT_EQ(scratch.read("file"), "mine");
}

TEST(InitDesk, SaysWhyItCouldNotWrite) {
  if (geteuid() == 0) {
    // Root may write anywhere but here.
    const Outcome outcome = init({.folder = "/proc/evenkeel"});
    EXPECT_EQ(outcome.code, kExitConfig);
    EXPECT_EQ(outcome.err.rfind("evenkeel: /proc/evenkeel: ", 0), 0U) << outcome.err;
    return;
  }
  const ScratchDesk scratch;
  ASSERT_EQ(chmod(scratch.folder().c_str(), 0500), 0);
  const Outcome outcome = init({.folder = scratch.path("x")});
  EXPECT_EQ(outcome.code, kExitConfig);
  EXPECT_NE(outcome.err.find("Permission denied"), std::string::npos) << outcome.err;
  ASSERT_EQ(chmod(scratch.folder().c_str(), 0700), 0);
}

TEST(InitDesk, ListsTheExamples) {
  const Outcome outcome = init({.list = true});
  EXPECT_EQ(outcome.code, kExitOk);
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 7);
  for (const std::string_view name : example_names()) {
    EXPECT_NE(outcome.out.find("  " + std::string(name) + "  "), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace evenkeel::apps
