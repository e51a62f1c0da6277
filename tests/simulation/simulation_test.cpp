#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/simulation/world.hpp"
#include "tests/support/slow_build.hpp"

namespace evenkeel::simulation {
namespace {

/// EVENKEEL_SIMULATION_SEEDS makes the tests longer, or shorter where everything is slow.
std::uint64_t seeds_wanted(std::uint64_t otherwise) {
  const char* text = std::getenv("EVENKEEL_SIMULATION_SEEDS");
  if (text == nullptr || *text == '\0') return otherwise;
  return std::strtoull(text, nullptr, 10);
}

std::string repeat_with(std::uint64_t seed) {
  return "\nrepeat with: simulate --seed " + std::to_string(seed) + " --trace";
}

SimulationResult run_seed(std::uint64_t seed, std::uint32_t steps = 1'200) {
  SimulationOptions options;
  options.seed = seed;
  options.steps = steps;
  SimulationResult result = simulate(options);
  EXPECT_TRUE(result.ok()) << "seed " << seed << ": " << result.problem << repeat_with(seed);
  return result;
}

TEST(Simulation, SeedsThatOnceFailed) {
  std::ifstream file(std::string(EVENKEEL_SOURCE_DIR) + "/tests/simulation/seeds.txt");
  ASSERT_TRUE(file) << "tests/simulation/seeds.txt is missing";
  std::string line;
  while (std::getline(file, line)) {
    if (line.empty() || line[0] == '#') continue;
    run_seed(std::strtoull(line.c_str(), nullptr, 10), 2'000);
  }
}

TEST(Simulation, NothingIsLostOrDoubledUnderManySeeds) {
  const std::uint64_t seeds = seeds_wanted(kSlowBuild ? 25 : 200);
  FaultCounts faults{};
  SimulationResult all;
  for (std::uint64_t seed = 1; seed <= seeds && !HasFailure(); ++seed) {
    const SimulationResult one = run_seed(seed);
    all.events += one.events;
    all.intents += one.intents;
    all.orders_received += one.orders_received;
    all.recoveries += one.recoveries;
    all.fills += one.fills;
    all.simulated += one.simulated;
    for (std::size_t i = 0; i < kFaultCount; ++i) faults[i] += one.faults[i];
  }
  std::cout << seeds << " seeds, " << all.simulated / kMinute << " simulated minutes, "
            << all.events << " events, " << all.orders_received << " orders, " << all.fills
            << " fills, " << all.recoveries << " recoveries\n";
  if (seeds < 100) return;
  for (std::size_t i = 0; i < kFaultCount; ++i) {
    EXPECT_GT(faults[i], 0U) << "never happened: " << kFaultNames[i];
  }
}

TEST(Simulation, TheSameSeedGivesTheSameJournal) {
  for (std::uint64_t seed = 1'000; seed < (kSlowBuild ? 1'001 : 1'005); ++seed) {
    SimulationOptions options;
    options.seed = seed;
    const SimulationResult one = simulate(options), other = simulate(options);
    EXPECT_EQ(one.events, other.events) << "seed " << seed;
    EXPECT_EQ(one.digest, other.digest) << "seed " << seed;
    EXPECT_EQ(one.faults, other.faults) << "seed " << seed;
  }
}

}  // namespace
}  // namespace evenkeel::simulation
