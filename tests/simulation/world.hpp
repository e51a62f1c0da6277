// A simulation: a market, a desk and its broker in one thread, on virtual time, everything that
// chance decides drawn from one seed. After every event the desk is compared with a ledger of its
// own; whatever reaches the broker is looked up on the disk at that moment; after every crash what
// is on the disk is compared with what was done; and at the end, when the trouble is over, desk and
// broker must agree on everything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/time.hpp"
#include "tests/simulation/faults.hpp"
#include "tests/support/memory_storage.hpp"

namespace evenkeel::simulation {

/// Where a scenario is to crash, and how.
struct CrashPlan {
  static constexpr std::uint64_t kNever = UINT64_MAX;
  std::uint64_t at = 0;  // the so-manieth writing operation of the journal's disk and FIX store
  bool power = false;    // the machine goes down, not only the process
  testing::MemoryStorage::Loss loss = testing::MemoryStorage::Loss::kNone;
  std::uint64_t again = kNever;  // and once more after so many operations of the next start
};

struct SimulationOptions {
  std::uint64_t seed = 1;
  std::uint32_t steps = 2'000;
  bool trace = false;
  /// Trouble of every kind by chance of the seed; otherwise only what `crash` says.
  bool faults = true;
  std::optional<CrashPlan> crash{};
  /// The journal is given a turn seldom, and so writes in large blocks.
  bool lazy_journal = false;
};

struct SimulationResult {
  std::string problem;  // empty: everything held
  FaultCounts faults{};
  std::uint64_t events = 0, intents = 0, starts = 0, recoveries = 0, logons = 0;
  std::uint64_t orders_received = 0;  // new ones, by the broker
  std::uint64_t orders_doubled = 0, orders_lost = 0;
  std::uint64_t fills = 0, write_points = 0;
  DurationNs simulated = 0;
  std::uint64_t digest = 0;  // of every event and intent of the journal
  std::string trace;

  bool ok() const { return problem.empty(); }
};

SimulationResult simulate(const SimulationOptions& options);

}  // namespace evenkeel::simulation
