// Crashes one scenario at each of its writes.
#pragma once

#include <cstdint>
#include <string>

namespace evenkeel::simulation {

struct CrashPointsOptions {
  std::uint64_t seed = 27;  // trades at once
  std::uint32_t steps = 45;
  std::uint64_t every = 1;    // the so-manieth write only
  bool lazy_journal = false;  // with large blocks
  bool again = false;         // a second crash at each write of the start after the first
};

struct CrashPointsResult {
  std::string problem, where;  // of the first failure
  std::uint64_t points = 0;    // writes of the scenario
  std::uint64_t runs = 0;      // crashes tried
  std::uint64_t orders = 0;    // of the run without a crash
};

CrashPointsResult crash_everywhere(const CrashPointsOptions& options);

}  // namespace evenkeel::simulation
