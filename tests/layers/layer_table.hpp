// The layers of Evenkeel as data: which folder may include what, and what the deterministic part of
// the tree must not touch. This file holds tables only; layer_check.cpp reads them. To change a
// layer, change a line here.
#pragma once

#include <array>
#include <string_view>

namespace evenkeel::layers {

// The row with the longest folder that a file lies in decides. "ours" and "others" are path
// prefixes; one that ends in
// "(cpp)" is for .cpp files only, because a header would hand it on to everybody. Standard and
// system headers are free here; the deterministic part has its own table below.
struct FolderRule {
  std::string_view folder;
  std::string_view ours;
  std::string_view others;
};

// clang-format off
inline constexpr std::array kFolders = {
    //         folder          may include of ours                  and of others
    FolderRule{"core/",         "core/",                             "absl/status/ absl/strings/ absl/types/ absl/numeric/ zstd.h(cpp) openssl/(cpp)"},
    FolderRule{"feeds/",        "core/ feeds/",                      "absl/ boost/asio boost/system pcap zlib.h zstd.h(cpp) nlohmann/(cpp)"},
    FolderRule{"rules/",        "core/ rules/",                      "absl/status/ absl/strings/ absl/types/ absl/numeric/ toml++/(cpp)"},
    FolderRule{"fix/",          "core/ fix/",                        "absl/ boost/asio boost/system toml++/(cpp)"},
    FolderRule{"fix/quickfix/", "fix/quickfix/",                     "quickfix/"},
    FolderRule{"web/",          "core/ web/",                        "absl/ boost/asio boost/beast boost/system nlohmann/(cpp)"},
    FolderRule{"study/",        "core/ rules/ study/",               "absl/"},
    FolderRule{"apps/",         "core/ feeds/ rules/ fix/ web/ study/ apps/ evenkeel/",
                                                                     "absl/ boost/asio boost/system toml++/(cpp) CLI/(cpp) nlohmann/(cpp) spdlog/(cpp)"},
    FolderRule{"bench/",        "core/ feeds/ rules/ fix/ web/ study/ apps/ bench/ tests/support/ evenkeel/",
                                                                     "absl/ boost/asio boost/system benchmark/ nlohmann/(cpp)"},
    FolderRule{"tests/",        "core/ feeds/ rules/ fix/ web/ study/ apps/ tests/ evenkeel/",
                                                                     "absl/ boost/asio boost/system gtest/ gmock/ rapidcheck rapidcheck/ nlohmann/ toml++/ pcap zlib.h zstd.h"},
    // Tests and fakes of the inner layers see no more than what they test.
    FolderRule{"tests/core/",   "core/ tests/core/ tests/support/",  "absl/ gtest/ gmock/ rapidcheck rapidcheck/"},
    FolderRule{"tests/rules/",  "core/ rules/ tests/rules/ tests/support/", "absl/ gtest/ gmock/ rapidcheck rapidcheck/ toml++/"},
};

// Libraries that are not the standard's nor the system's. An include of anything else with a folder in its name, other
// than those of kSystemFolders, is reported as unknown rather than let through.
inline constexpr std::array<std::string_view, 18> kLibraries = {
    "absl/", "boost/", "quickfix/", "toml++/", "CLI/", "nlohmann/", "spdlog/", "fmt/", "pcap", "zlib.h", "zstd.h",
    "gtest/", "gmock/", "rapidcheck/", "rapidcheck.h", "benchmark/", "libxml/",
    "openssl/"};
inline constexpr std::array<std::string_view, 7> kSystemFolders = {
    "sys/", "netinet/", "net/", "arpa/", "linux/", "bits/", "asm/"};
// clang-format on

// The deterministic part: its files decide, so the same events must give the same bytes, on any
// machine, on any day.
inline constexpr std::array<std::string_view, 4> kDeterministic = {"core/", "rules/",
                                                                   "fix/order_desk", "fix/limits"};

// What it must not touch. Headers are matched as prefixes of what stands between the brackets,
// words as whole identifiers outside comments and literals ("std::" makes no difference).
struct Ban {
  std::string_view category;
  std::string_view headers;
  std::string_view words;
};

// clang-format off
inline constexpr std::array kBans = {
    Ban{"clock",       "chrono ctime time.h sys/time.h sys/timerfd.h absl/time/ x86intrin.h",
                       "system_clock steady_clock high_resolution_clock utc_clock clock_gettime gettimeofday "
                       "timespec_get localtime localtime_r gmtime gmtime_r strftime mktime __rdtsc __rdtscp rdtsc"},
    Ban{"random",      "random sys/random.h absl/random/",
                       "random_device mt19937 mt19937_64 minstd_rand default_random_engine rand srand rand_r random "
                       "drand48 getrandom getentropy arc4random BitGen InsecureBitGen"},
    Ban{"thread",      "thread mutex shared_mutex condition_variable future semaphore latch barrier stop_token pthread.h "
                       "sched.h absl/synchronization/ boost/",
                       "thread jthread this_thread mutex thread_local sleep usleep nanosleep sched_yield pthread_create "
                       "pthread_self"},
    Ban{"file",        "fstream filesystem iostream cstdio stdio.h fcntl.h unistd.h poll.h sys/ netinet/ arpa/ net/ linux/",
                       "fopen freopen ofstream ifstream fstream filesystem mmap printf fprintf cout cerr clog stdout stderr "
                       "scanf sscanf"},
    Ban{"environment", "",
                       "getenv secure_getenv setenv putenv environ gethostname getpid getppid getuid system popen"},
    Ban{"locale",      "locale clocale locale.h regex sstream iomanip cctype ctype.h cwctype",
                       "setlocale locale ostringstream istringstream stringstream stod stof stold strtod strtof strtold atof "
                       "isalpha isdigit isalnum isspace isupper islower toupper tolower strcoll"},
    // Order of a hash table, or of addresses, differs between runs.
    Ban{"unordered",   "unordered_map unordered_set absl/container/flat_hash absl/container/node_hash absl/hash/",
                       "unordered_map unordered_set unordered_multimap unordered_multiset flat_hash_map flat_hash_set "
                       "node_hash_map node_hash_set"},
    Ban{"float",       "cmath math.h cfenv numbers complex valarray",
                       "float double sqrt exp log pow lround llround"},
};

// Who may, in one thing each, and why. A pattern ends in '*' or is the whole path. An "edge" is a file of a deterministic
// folder that does not decide: nothing that decides may include it.
struct Exception {
  std::string_view files;
  std::string_view categories;
  bool edge;
  std::string_view because;
};
inline constexpr std::array kExceptions = {
    Exception{"core/agent_thread.*",  "thread file",  true,  "runs agents on threads and parks them on an eventfd"},
    Exception{"core/system_clock.*",  "clock",        true,  "the clock that the sequencer is given in live modes"},
    Exception{"core/posix_storage.*", "file environment", true, "the journal's folder on this machine's disk, and who holds it"},
    Exception{"core/check.hpp",       "file",         false, "says on stderr which invariant broke, then stops the process"},
    Exception{"core/quantise*",       "float",        false, "the named functions that turn a statistic into an exact number"},
    Exception{"rules/volatility*",    "float",        false, "estimates volatility, which is quantised before a rule sees it"},
};
// clang-format on

}  // namespace evenkeel::layers
