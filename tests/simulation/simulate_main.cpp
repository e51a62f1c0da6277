// Long simulations, and single ones told in full: see scripts/simulate.sh.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "tests/simulation/world.hpp"

namespace evenkeel::simulation {
namespace {

struct Arguments {
  std::uint64_t seeds = 1'000, from = 1, jobs = 1, seed = 0;
  std::uint32_t steps = 2'000;
  bool trace = false, calm = false;
};

/// What a child tells its parent, as plain bytes.
struct Totals {
  std::uint64_t seeds = 0, events = 0, intents = 0, starts = 0, recoveries = 0, logons = 0;
  std::uint64_t orders = 0, fills = 0, doubled = 0, lost = 0, write_points = 0;
  std::uint64_t failed_seed = 0;
  std::int64_t simulated = 0;
  FaultCounts faults{};

  void add(const SimulationResult& one) {
    ++seeds;
    events += one.events;
    intents += one.intents;
    starts += one.starts;
    recoveries += one.recoveries;
    logons += one.logons;
    orders += one.orders_received;
    fills += one.fills;
    doubled += one.orders_doubled;
    lost += one.orders_lost;
    write_points += one.write_points;
    simulated += one.simulated;
    for (std::size_t i = 0; i < kFaultCount; ++i) faults[i] += one.faults[i];
  }
  void add(const Totals& other) {
    seeds += other.seeds;
    events += other.events;
    intents += other.intents;
    starts += other.starts;
    recoveries += other.recoveries;
    logons += other.logons;
    orders += other.orders;
    fills += other.fills;
    doubled += other.doubled;
    lost += other.lost;
    write_points += other.write_points;
    simulated += other.simulated;
    if (failed_seed == 0) failed_seed = other.failed_seed;
    for (std::size_t i = 0; i < kFaultCount; ++i) faults[i] += other.faults[i];
  }
};

bool read_arguments(int count, char** values, Arguments& out) {
  for (int i = 1; i < count; ++i) {
    const std::string name = values[i];
    if (name == "--trace") {
      out.trace = true;
      continue;
    }
    if (name == "--calm") {
      out.calm = true;
      continue;
    }
    if (i + 1 == count) return false;
    const std::uint64_t value = std::strtoull(values[++i], nullptr, 10);
    if (name == "--seeds") {
      out.seeds = value;
    } else if (name == "--from") {
      out.from = value;
    } else if (name == "--jobs") {
      out.jobs = value == 0 ? 1 : value;
    } else if (name == "--seed") {
      out.seed = value;
    } else if (name == "--steps") {
      out.steps = static_cast<std::uint32_t>(value);
    } else {
      return false;
    }
  }
  return true;
}

SimulationOptions options_of(const Arguments& arguments, std::uint64_t seed) {
  SimulationOptions options;
  options.seed = seed;
  options.steps = arguments.steps;
  options.trace = arguments.trace;
  options.faults = !arguments.calm;
  return options;
}

int run_one(const Arguments& arguments) {
  const SimulationResult result = simulate(options_of(arguments, arguments.seed));
  std::fputs(result.trace.c_str(), stdout);
  std::printf("seed %llu: %s\n", static_cast<unsigned long long>(arguments.seed),
              result.ok() ? "everything held" : result.problem.c_str());
  std::printf("digest %016llx, %llu events, %llu orders, %llu fills, %llu recoveries\n",
              static_cast<unsigned long long>(result.digest),
              static_cast<unsigned long long>(result.events),
              static_cast<unsigned long long>(result.orders_received),
              static_cast<unsigned long long>(result.fills),
              static_cast<unsigned long long>(result.recoveries));
  return result.ok() ? 0 : 1;
}

/// Every `jobs`-th seed, in a process of its own.
[[noreturn]] void run_job(const Arguments& arguments, std::uint64_t job, int to_parent) {
  Totals totals;
  for (std::uint64_t i = job; i < arguments.seeds; i += arguments.jobs) {
    const std::uint64_t seed = arguments.from + i;
    const SimulationResult one = simulate(options_of(arguments, seed));
    totals.add(one);
    if (one.ok()) continue;
    std::printf("seed %llu FAILED: %s\n", static_cast<unsigned long long>(seed),
                one.problem.c_str());
    std::printf("  repeat with: scripts/simulate.sh --seed %llu --steps %u --trace\n",
                static_cast<unsigned long long>(seed), arguments.steps);
    std::fflush(stdout);
    totals.failed_seed = seed;
    break;
  }
  [[maybe_unused]] const ssize_t written = write(to_parent, &totals, sizeof totals);
  _exit(totals.failed_seed == 0 ? 0 : 1);
}

void print(const Totals& totals) {
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf("seeds                            %12llu\n", number(totals.seeds));
  std::printf("simulated hours                  %12.1f\n",
              static_cast<double>(totals.simulated) / static_cast<double>(kHour));
  std::printf("events, intents                  %12llu %12llu\n", number(totals.events),
              number(totals.intents));
  std::printf("starts, with a journal to recover%12llu %12llu\n", number(totals.starts),
              number(totals.recoveries));
  std::printf("logons                           %12llu\n", number(totals.logons));
  std::printf("write points                     %12llu\n", number(totals.write_points));
  std::printf("orders sent, fills               %12llu %12llu\n", number(totals.orders),
              number(totals.fills));
  std::printf("orders lost, doubled             %12llu %12llu\n", number(totals.lost),
              number(totals.doubled));
  std::printf("faults\n");
  for (std::size_t i = 0; i < kFaultCount; ++i) {
    std::printf("  %-31s%12llu\n", std::string(kFaultNames[i]).c_str(), number(totals.faults[i]));
  }
}

int run_many(const Arguments& arguments) {
  struct Child {
    pid_t id;
    int from;
  };
  std::vector<Child> children;
  std::fflush(stdout);
  for (std::uint64_t job = 0; job < arguments.jobs; ++job) {
    int ends[2];
    if (pipe(ends) != 0) return 2;
    const pid_t id = fork();
    if (id < 0) return 2;
    if (id == 0) run_job(arguments, job, ends[1]);
    close(ends[1]);
    children.push_back({id, ends[0]});
  }
  Totals all;
  bool ok = true;
  for (const Child& child : children) {
    Totals totals;
    const bool told = read(child.from, &totals, sizeof totals) == sizeof totals;
    close(child.from);
    int status = 0;
    waitpid(child.id, &status, 0);
    if (told) all.add(totals);
    if (!told) std::printf("a job ended without a result (status %d)\n", status);
    ok = ok && told && status == 0;
  }
  print(all);
  return ok ? 0 : 1;
}

}  // namespace
}  // namespace evenkeel::simulation

int main(int count, char** values) {
  evenkeel::simulation::Arguments arguments;
  if (!evenkeel::simulation::read_arguments(count, values, arguments)) {
    std::fputs(
        "usage: simulate [--seeds N] [--from S] [--jobs J] [--steps N]\n"
        "       simulate --seed S [--steps N] [--trace]\n"
        "--calm: nothing goes wrong\n",
        stderr);
    return 2;
  }
  return arguments.seed != 0 ? evenkeel::simulation::run_one(arguments)
                             : evenkeel::simulation::run_many(arguments);
}
