// The proof that the simulation can fail: every deliberate bug of core/mutation.hpp is switched on,
// one at a time, and a bounded number of seeds and crash points must notice it. Each in a process
// of its own, because a bug may well break an invariant that ends the process.

#include "core/mutation.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>

#include "tests/simulation/crash_points.hpp"
#include "tests/simulation/world.hpp"

namespace evenkeel::simulation {
namespace {

struct Bug {
  Mutation which;
  const char* name;
  const char* text;
};
constexpr Bug kBugs[] = {
#define EVENKEEL_MUTATION_ROW(name, text) {Mutation::name, #name, text},
    EVENKEEL_MUTATIONS_LIST(EVENKEEL_MUTATION_ROW)
#undef EVENKEEL_MUTATION_ROW
};
static_assert(std::size(kBugs) >= 15);

/// EVENKEEL_MUTATION_SEEDS: more of them, for a longer look.
std::uint64_t seeds_wanted() {
  const char* text = std::getenv("EVENKEEL_MUTATION_SEEDS");
  return text == nullptr || *text == '\0' ? 150 : std::strtoull(text, nullptr, 10);
}

std::string look_at_seeds(std::uint64_t from, std::uint64_t to) {
  for (std::uint64_t seed = from; seed < to; ++seed) {
    SimulationOptions options;
    options.seed = seed;
    options.steps = 1'000;
    const SimulationResult result = simulate(options);
    if (!result.ok()) return "seed " + std::to_string(seed) + ": " + result.problem;
  }
  return {};
}

/// What noticed the bug; empty for nothing, as it should be when none is on.
std::string look() {
  constexpr std::uint64_t kFirst = 30;
  std::string found = look_at_seeds(1, kFirst);
  if (!found.empty()) return found;
  CrashPointsOptions points;
  points.every = 5;
  CrashPointsResult crashed = crash_everywhere(points);
  if (!crashed.problem.empty()) return crashed.where + ": " + crashed.problem;
  points.lazy_journal = true;
  points.steps = 300;
  crashed = crash_everywhere(points);
  if (!crashed.problem.empty()) return crashed.where + ": " + crashed.problem;
  return look_at_seeds(kFirst, seeds_wanted() + 1);
}

struct Verdict {
  bool caught = false;
  std::string by;
};

/// A child with the bug switched on.
struct Trial {
  pid_t process = 0;
  int output = -1;

  static Trial start(Mutation which) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) return {};
    std::cout.flush();
    const pid_t process = fork();
    if (process == 0) {
      close(ends[0]);
      // An invariant that breaks says so on stderr, and is no news here.
      close(STDERR_FILENO);
      active_mutation = which;
      const std::string found = look();
      [[maybe_unused]] const ssize_t told = write(ends[1], found.data(), found.size());
      _exit(found.empty() ? 0 : 1);
    }
    close(ends[1]);
    return {process, ends[0]};
  }
  Verdict finish() const {
    std::string text;
    std::array<char, 512> bytes{};
    for (ssize_t got = 0; (got = read(output, bytes.data(), bytes.size())) > 0;) {
      text.append(bytes.data(), static_cast<std::size_t>(got));
    }
    close(output);
    int status = 0;
    waitpid(process, &status, 0);
    if (WIFSIGNALED(status))
      return {true, "an invariant (" + std::string(strsignal(WTERMSIG(status))) + ")"};
    return {WEXITSTATUS(status) != 0, text};
  }
};

TEST(Mutations, EveryDeliberateBugIsCaught) {
  constexpr std::size_t kAtOnce = 2;
  std::vector<std::string> survivors;
  std::vector<std::pair<const Bug*, Trial>> running;
  std::size_t caught = 0;
  const auto finish_first = [&] {
    const auto [bug, trial] = running.front();
    running.erase(running.begin());
    const Verdict verdict = trial.finish();
    if (verdict.caught) ++caught;
    if (!verdict.caught) survivors.emplace_back(bug->name);
    std::cout << (verdict.caught ? "caught    " : "SURVIVES  ") << bug->name << ": " << bug->text
              << "\n            " << verdict.by << std::endl;
  };
  // EVENKEEL_MUTATION: only the one with this name.
  const char* only = std::getenv("EVENKEEL_MUTATION");
  for (const Bug& bug : kBugs) {
    if (only != nullptr && *only != '\0' && std::string(only) != bug.name) continue;
    if (running.size() == kAtOnce) finish_first();
    running.emplace_back(&bug, Trial::start(bug.which));
    ASSERT_GT(running.back().second.process, 0);
  }
  while (!running.empty()) finish_first();
  std::cout << caught << " of " << std::size(kBugs) << " deliberate bugs caught\n";
  for (const std::string& name : survivors) ADD_FAILURE() << "not caught: " << name;
}

TEST(Mutations, WithoutABugNothingIsFound) {
  const Verdict verdict = Trial::start(Mutation::kNone).finish();
  EXPECT_FALSE(verdict.caught) << verdict.by;
}

}  // namespace
}  // namespace evenkeel::simulation
