// What the journal of a drilled desk says, by replaying it: every intent compared on the way, and
// the positions, orders and lives counted. Reads; never changes the journal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "apps/desk_paper.hpp"

namespace evenkeel::apps {

struct DrillLedger {
  std::uint64_t events = 0, intents = 0;
  std::uint64_t orders = 0;        // new ones asked for
  std::uint64_t acknowledged = 0;  // of those, the counterparty has answered for
  std::uint64_t never_sent = 0;    // of those, refused here because they had certainly not left
  std::uint64_t open = 0;          // at the end
  std::uint64_t epochs = 0;        // lives of the desk
  std::vector<ToldPosition> positions;
  std::string chain;
};

/// `folder`: the desk's. DataLoss or Internal when the journal is damaged or does not replay to the
/// same intents.
absl::StatusOr<DrillLedger> read_drill_ledger(const std::string& folder);

}  // namespace evenkeel::apps
