// The tree obeys the table of layers; and the check finds what is planted, so its silence means
// something.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/layers/layer_check.hpp"
#include "tests/layers/layer_table.hpp"

namespace evenkeel::layers {

// What gtest prints: a line each, so that an editor can jump from one to the next.
void PrintTo(const Violation& violation, std::ostream* out) {
  *out << "\n" << to_string(violation);
}

namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<SourceFile> read_tree() {
  const fs::path root = EVENKEEL_SOURCE_DIR;
  std::set<std::string> tops;
  for (const FolderRule& rule : kFolders) {
    tops.emplace(rule.folder.substr(0, rule.folder.find('/')));
  }
  std::vector<SourceFile> files;
  for (const std::string& top : tops) {
    if (!fs::is_directory(root / top)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      const std::string extension = entry.path().extension().string();
      if (!entry.is_regular_file() || (extension != ".hpp" && extension != ".cpp")) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      files.push_back({fs::relative(entry.path(), root).generic_string(),
                       std::string(std::istreambuf_iterator<char>(in), {})});
    }
  }
  std::sort(files.begin(), files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

std::vector<std::string> found(const std::vector<Violation>& violations) {
  std::vector<std::string> lines;
  for (const Violation& violation : violations) lines.push_back(to_string(violation));
  return lines;
}

// --- The tree
// -------------------------------------------------------------------------------------

TEST(Tree, HasSourcesToCheck) {
  const std::vector<SourceFile> files = read_tree();
  EXPECT_TRUE(std::any_of(files.begin(), files.end(),
                          [](const SourceFile& f) { return f.path.starts_with("core/"); }));
}

TEST(Tree, IncludesFormAStar) { EXPECT_THAT(check_includes(read_tree()), IsEmpty()); }

TEST(Tree, DeterministicPartTouchesNothingElse) {
  EXPECT_THAT(check_determinism(read_tree()), IsEmpty());
}

TEST(Tree, HeadersSayWhatTheyAre) { EXPECT_THAT(check_headers(read_tree()), IsEmpty()); }

// --- Planted violations
// ---------------------------------------------------------------------------

struct Planted {
  std::string_view path;
  std::string_view line;
  std::string_view complaint;  // empty: no complaint
};

void PrintTo(const Planted& planted, std::ostream* out) {
  *out << planted.path << " with: " << planted.line;
}

// Two lines before the planted one, so that the line number is worth checking.
std::vector<SourceFile> plant(const Planted& planted) {
  return {{std::string(planted.path), "// Planted.\n\n" + std::string(planted.line) + "\n"}};
}

void expect_as_planted(const Planted& planted, const std::vector<Violation>& violations) {
  if (planted.complaint.empty()) {
    EXPECT_THAT(found(violations), IsEmpty());
    return;
  }
  const std::string where = std::string(planted.path) + ":3: ";
  EXPECT_THAT(found(violations), ElementsAre(::testing::AllOf(
                                     HasSubstr(where), HasSubstr(std::string(planted.complaint)))));
}

class PlantedInclude : public ::testing::TestWithParam<Planted> {};

TEST_P(PlantedInclude, IsJudged) {
  expect_as_planted(GetParam(), check_includes(plant(GetParam())));
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, PlantedInclude, ::testing::Values(
    //      file                    line                                          complaint
    Planted{"core/a.hpp",           "#include \"core/b.hpp\"",                    ""},
    Planted{"core/a.hpp",           "#include <vector>",                          ""},
    Planted{"core/a.hpp",           "#include \"absl/status/status.h\"",          ""},
    Planted{"core/a.hpp",           "#include \"feeds/b.hpp\"",                   "core/ may not include \"feeds/b.hpp\""},
    Planted{"core/a.hpp",           "#include <absl/container/flat_hash_map.h>",  "core/ may not include <absl/container"},
    Planted{"core/sub/a.hpp",       "  #  include \"rules/b.hpp\"",               "core/ may not include \"rules/b.hpp\""},
    Planted{"core/a.cpp",           "#include <boost/asio/io_context.hpp>",       "core/ may not include <boost/asio/io_context.hpp>"},
    Planted{"feeds/a.cpp",          "#include <boost/asio/io_context.hpp>",       ""},
    Planted{"feeds/a.cpp",          "#include \"rules/b.hpp\"",                   "feeds/ may not include \"rules/b.hpp\""},
    Planted{"feeds/a.cpp",          "#include \"apps/b.hpp\"",                    "feeds/ may not include \"apps/b.hpp\""},
    Planted{"rules/a.cpp",          "#include \"fix/order_desk.hpp\"",            "rules/ may not include \"fix/order_desk.hpp\""},
    Planted{"rules/a.cpp",          "#include <toml++/toml.h>",                   ""},
    Planted{"rules/a.hpp",          "#include <toml++/toml.h>",                   "in a header, only in a .cpp"},
    Planted{"rules/a.cpp",          "#include <boost/asio.hpp>",                  "rules/ may not include <boost/asio.hpp>"},
    Planted{"fix/a.cpp",            "#include \"fix/quickfix/b.hpp\"",            ""},
    Planted{"fix/a.cpp",            "#include <quickfix/Session.h>",              "fix/ may not include <quickfix/Session.h>"},
    Planted{"fix/a.cpp",            "#include \"feeds/b.hpp\"",                   "fix/ may not include \"feeds/b.hpp\""},
    Planted{"fix/quickfix/a.cpp",   "#include <quickfix/Session.h>",              ""},
    Planted{"fix/quickfix/a.cpp",   "#include \"core/b.hpp\"",                    "fix/quickfix/ may not include \"core/b.hpp\""},
    Planted{"apps/a.cpp",           "#include <quickfix/Session.h>",              "apps/ may not include <quickfix/Session.h>"},
    Planted{"apps/a.cpp",           "#include \"evenkeel/version.hpp\"",          ""},
    Planted{"apps/a.cpp",           "#include <CLI/CLI.hpp>",                     ""},
    Planted{"apps/a.hpp",           "#include <nlohmann/json.hpp>",               "in a header, only in a .cpp"},
    Planted{"apps/a.cpp",           "#include <sys/socket.h>",                    ""},
    Planted{"apps/a.cpp",           "#include <acme/magic.hpp>",                  "belongs to no library that the table knows"},
    Planted{"apps/a.cpp",           "#include \"b.hpp\"",                         "is not a path from the root"},
    Planted{"tests/core/a_test.cpp", "#include \"rules/b.hpp\"",                  "tests/core/ may not include \"rules/b.hpp\""},
    Planted{"bench/a_bench.cpp",    "#include <benchmark/benchmark.h>",           ""},
    Planted{"core/a.cpp",           "// #include \"feeds/b.hpp\"",                ""},
    Planted{"core/a.cpp",           "/* x */ int i;  // #include <quickfix/a.h>", ""}));
// clang-format on

TEST(PlantedIncludes, QuickfixThroughAHeaderIsFound) {
  const std::vector<SourceFile> files = {
      {"fix/quickfix/inner.hpp", "// Inner.\n#include <quickfix/Message.h>\n"},
      {"fix/quickfix/outer.hpp", "// Outer.\n#include \"fix/quickfix/inner.hpp\"\n"},
      {"fix/quickfix/clean.hpp", "// Clean.\n#include <string>\n"},
      {"fix/quickfix/use.cpp", "#include \"fix/quickfix/outer.hpp\"\n"},
      {"fix/gateway.cpp",
       "#include \"fix/quickfix/clean.hpp\"\n#include \"fix/quickfix/outer.hpp\"\n"},
  };
  EXPECT_THAT(found(check_includes(files)),
              ElementsAre("fix/gateway.cpp:2: \"fix/quickfix/outer.hpp\" brings QuickFIX with it; "
                          "only fix/quickfix/ may"));
}

class PlantedTouch : public ::testing::TestWithParam<Planted> {};

TEST_P(PlantedTouch, IsJudged) {
  expect_as_planted(GetParam(), check_determinism(plant(GetParam())));
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, PlantedTouch, ::testing::Values(
    //      file                      line                                             complaint
    Planted{"core/a.hpp",             "#include <chrono>",                             "clock: <chrono>"},
    Planted{"core/a.cpp",             "auto t = std::chrono::steady_clock::now();",    "clock: 'steady_clock'"},
    Planted{"core/a.cpp",             "clock_gettime(id, &ts);",                       "clock: 'clock_gettime'"},
    Planted{"core/a.cpp",             "#include \"core/system_clock.hpp\"",            "may not include the edge"},
    Planted{"core/a.cpp",             "#include <absl/time/clock.h>",                  "clock: <absl/time/clock.h>"},
    Planted{"rules/a.cpp",            "#include <random>",                             "random: <random>"},
    Planted{"rules/a.cpp",            "int x = rand();",                               "random: 'rand'"},
    Planted{"rules/a.cpp",            "std::mt19937 dice;",                            "random: 'mt19937'"},
    Planted{"core/a.cpp",             "#include <mutex>",                              "thread: <mutex>"},
    Planted{"core/a.cpp",             "thread_local int x;",                           "thread: 'thread_local'"},
    Planted{"core/a.cpp",             "#include <atomic>",                             ""},
    Planted{"fix/order_desk.cpp",     "#include <fstream>",                            "file: <fstream>"},
    Planted{"fix/order_desk_log.hpp", "std::cerr << x;",                               "file: 'cerr'"},
    Planted{"fix/limits.hpp",         "#include <sys/mman.h>",                         "file: <sys/mman.h>"},
    Planted{"fix/limits.cpp",         "const char* home = std::getenv(name);",         "environment: 'getenv'"},
    Planted{"rules/a.cpp",            "#include <sstream>",                            "locale: <sstream>"},
    Planted{"rules/a.cpp",            "auto x = std::stod(text);",                     "locale: 'stod'"},
    Planted{"core/a.cpp",             "if (std::isdigit(c)) {}",                       "locale: 'isdigit'"},
    Planted{"core/a.hpp",             "#include <unordered_map>",                      "unordered: <unordered_map>"},
    Planted{"core/a.cpp",             "absl::flat_hash_map<int, int> m;",              "unordered: 'flat_hash_map'"},
    Planted{"core/a.cpp",             "std::map<const Order*, int> m;",                "unordered: a container ordered by addresses"},
    Planted{"core/a.cpp",             "std::map<OrderId, Order*> m;",                  ""},
    Planted{"core/a.cpp",             "double weight = 0;",                            "float: 'double'"},
    Planted{"rules/a.hpp",            "float f(long x);",                              "float: 'float'"},
    Planted{"rules/a.cpp",            "#include <cmath>",                              "float: <cmath>"},
    // Who is excepted, and only from what the table says.
    Planted{"core/quantise.hpp",      "Ratio quantise(double value);",                 ""},
    Planted{"core/quantise.hpp",      "std::getenv(name);",                            "environment: 'getenv'"},
    Planted{"rules/volatility.cpp",   "double sum = 0;",                               ""},
    Planted{"rules/volatile.cpp",     "double sum = 0;",                               "float: 'double'"},
    Planted{"core/agent_thread.hpp",  "#include <thread>",                             ""},
    Planted{"core/agent_thread.hpp",  "double x;",                                     "float: 'double'"},
    // Words in comments and literals, as parts of longer words, and as members of ours.
    Planted{"core/a.cpp",             "int x;  // no double, no rand()",               ""},
    Planted{"core/a.cpp",             "/* double */ int x = 1'000'000;",               ""},
    Planted{"core/a.cpp",             "auto s = \"double \\\" float\"; char c = '\"';", ""},
    Planted{"core/a.cpp",             "auto s = R\"(double \" float)\";",              ""},
    Planted{"core/a.cpp",             "int doubled = node.is_floating_point();",       ""},
    Planted{"core/a.cpp",             "report.system = event.random;",                 ""},
    Planted{"core/a.cpp",             "auto s = \"// \"; double x;",                   "float: 'double'"},
    Planted{"core/a.cpp",             "long x = 1'000; double y = 2'000;",             "float: 'double'"},
    // The rest of the tree reads clocks as it likes.
    Planted{"feeds/a.cpp",            "#include <chrono>",                             ""},
    Planted{"fix/gateway.cpp",        "double x = clock_gettime(a, b);",               ""}));
// clang-format on

TEST(PlantedHeaders, AreJudged) {
  const std::vector<SourceFile> files = {
      {"core/good.hpp", "// Good.\n#pragma once\n"},
      {"core/old.hpp", "#ifndef OLD_HPP\n#define OLD_HPP\n\n// Good, too.\n#endif\n"},
      {"core/mute.hpp", "#pragma once\n\nint x;  // late\n"},
      {"core/twice.hpp", "// Twice. Never says #pragma once.\n"},
      {"core/source.cpp", "int x;\n"},
  };
  EXPECT_THAT(found(check_headers(files)),
              ElementsAre(HasSubstr("core/mute.hpp:1: a header opens"),
                          HasSubstr("core/twice.hpp:1: a header is guarded")));
}

TEST(PlantedFolder, ThatTheTableDoesNotKnowIsFound) {
  const std::vector<SourceFile> files = {{"attic/a.cpp", "int x;\n"}};
  EXPECT_THAT(found(check_includes(files)), ElementsAre(HasSubstr("attic/a.cpp:1: lies in")));
}

TEST(CodeOnly, KeepsLinesWhereTheyWere) {
  EXPECT_EQ(code_only("a /* x\ny */ b // c\nd"), "a     \n     b     \nd");
  EXPECT_EQ(code_only("R\"x(a\n)\" )x\" z"), "     \n       z");
}

}  // namespace
}  // namespace evenkeel::layers
