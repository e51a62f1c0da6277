// A short scenario, crashed at every single write to the journal's disk and the FIX store, in every
// way; each time the desk recovers, goes on, and must end in agreement with its broker.

#include "tests/simulation/crash_points.hpp"

#include <gtest/gtest.h>

#include <iostream>
#include <string>

#include "tests/support/slow_build.hpp"

namespace evenkeel::simulation {
namespace {

TEST(CrashPoints, EveryWriteOfAScenarioInEveryWay) {
  CrashPointsOptions options;
  options.every = kSlowBuild ? 16 : 1;
  const CrashPointsResult result = crash_everywhere(options);
  EXPECT_EQ(result.problem, "") << result.where;
  EXPECT_GT(result.points, 200U);
  EXPECT_GT(result.orders, 5U) << "the scenario must trade";
  std::cout << result.points << " write points, crashed in " << result.runs << " ways\n";
}

TEST(CrashPoints, LargeBlocksTornAnywhere) {
  CrashPointsOptions options;
  options.lazy_journal = true;
  options.steps = 300;
  options.every = kSlowBuild ? 32 : 2;
  const CrashPointsResult result = crash_everywhere(options);
  EXPECT_EQ(result.problem, "") << result.where;
  std::cout << result.points << " write points, crashed in " << result.runs << " ways\n";
}

TEST(CrashPoints, AndOnceMoreWhileItRecovers) {
  CrashPointsOptions options;
  options.again = true;
  options.every = kSlowBuild ? 301 : 23;
  const CrashPointsResult result = crash_everywhere(options);
  EXPECT_EQ(result.problem, "") << result.where;
  std::cout << result.runs << " crashes within recoveries\n";
}

}  // namespace
}  // namespace evenkeel::simulation
