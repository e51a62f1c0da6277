// The shape of a policy that the book aggregates by: a tree of sleeves and which sleeve each
// instrument belongs to. Targets, bands and triggers are the rules' business; this is only where a
// position counts.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/ids.hpp"
#include "core/text.hpp"

namespace evenkeel {

inline constexpr SleeveId kRootSleeve{0};

struct Sleeve {
  Text<24> name;
  SleeveId parent;  // none for the root
};

/// Sleeves in an order in which parents come first; sleeve 0 is the whole portfolio. An instrument
/// counts in one leaf and in all its ancestors; one that is assigned nowhere counts in the root
/// alone.
struct Model {
  struct Assignment {
    InstrumentId instrument;
    SleeveId sleeve;
  };

  Text<24> name;
  std::vector<Sleeve> sleeves;
  std::vector<Assignment> assignments;  // sorted by instrument
  /// Where cash counts, and the financing of futures and the far side of working orders with it;
  /// the root when there is no cash sleeve.
  SleeveId cash_sleeve = kRootSleeve;

  SleeveId sleeve_of(InstrumentId instrument) const {
    const auto at = std::lower_bound(
        assignments.begin(), assignments.end(), instrument,
        [](const Assignment& a, InstrumentId wanted) { return a.instrument < wanted; });
    return at != assignments.end() && at->instrument == instrument ? at->sleeve : kRootSleeve;
  }
  /// Sleeve 0 is the only root, parents precede children, assignments are sorted without repeats
  /// and name sleeves that exist.
  bool well_formed() const;
};

}  // namespace evenkeel
