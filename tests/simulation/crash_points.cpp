#include "tests/simulation/crash_points.hpp"

#include "tests/simulation/world.hpp"

namespace evenkeel::simulation {
namespace {

using Loss = testing::MemoryStorage::Loss;

constexpr CrashPlan kWays[] = {{.power = false, .loss = Loss::kNone},
                               {.power = true, .loss = Loss::kAll},
                               {.power = true, .loss = Loss::kRandom}};
constexpr std::uint64_t kRecoveryWrites = 8;

std::string name_of(const CrashPlan& plan) {
  const char* how = !plan.power               ? "the process"
                    : plan.loss == Loss::kAll ? "the machine, all that was not synced"
                                              : "the machine, some of what was not synced";
  std::string text = "write " + std::to_string(plan.at) + ", lost: " + how;
  if (plan.again != CrashPlan::kNever) text += ", and again at write " + std::to_string(plan.again);
  return text;
}

}  // namespace

CrashPointsResult crash_everywhere(const CrashPointsOptions& options) {
  SimulationOptions scenario;
  scenario.seed = options.seed;
  scenario.steps = options.steps;
  scenario.faults = false;
  scenario.lazy_journal = options.lazy_journal;
  CrashPointsResult result;
  const auto run = [&result](const SimulationOptions& how) {
    const SimulationResult one = simulate(how);
    if (one.ok()) return true;
    result.problem = one.problem;
    result.where = how.crash ? name_of(*how.crash) : "without any crash";
    return false;
  };
  const SimulationResult calm = simulate(scenario);
  if (!calm.ok()) {
    result.problem = calm.problem;
    result.where = "without any crash";
    return result;
  }
  result.points = calm.write_points;
  result.orders = calm.orders_received;
  for (std::uint64_t at = 0; at < result.points; at += options.every) {
    for (CrashPlan plan : kWays) {
      plan.at = at;
      for (std::uint64_t again = 0; again < (options.again ? kRecoveryWrites : 1); ++again) {
        plan.again = options.again ? again : CrashPlan::kNever;
        scenario.crash = plan;
        ++result.runs;
        if (!run(scenario)) return result;
      }
    }
  }
  return result;
}

}  // namespace evenkeel::simulation
