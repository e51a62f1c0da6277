// What `evenkeel check` finds out about a desk that loads: each portfolio against its policy at the
// prices of its files, and which rules could never work. Pure: it reads the desk and nothing else.
#pragma once

#include <string>
#include <vector>

#include "apps/config/desk_config.hpp"
#include "core/units.hpp"
#include "rules/config_reader.hpp"
#include "rules/policy.hpp"

namespace evenkeel::apps {

/// Where a sleeve's weight stands now.
enum class Standing : std::uint8_t { kNoBand = 0, kInside, kAbove, kBelow };
std::string_view standing_name(Standing standing);

struct SleeveReport {
  Money exposure;  // base currency, at the files' prices
  Ratio weight;    // of the NAV, rounded: for showing
  Ratio drift;     // weight less target
  Standing standing = Standing::kNoBand;
};

struct PortfolioReport {
  Money nav;                            // base currency; counts only what has a price
  std::vector<std::string> unpriced{};  // what is held without a price or a rate: no NAV is known
  std::vector<SleeveReport> sleeves{};  // as the policy's; empty without a NAV above zero
  bool blocked = false;                 // the limits refuse every order it could ask for
};

struct DeskReport {
  std::vector<PortfolioReport> portfolios;  // as the desk's
  bool acts = true;                         // false: nothing could ever be traded or told
};

/// Examines a desk. What cannot work is added to `complaints`: errors when nothing of a portfolio
/// could work, warnings for parts.
DeskReport examine(const DeskConfig& desk, rules::Complaints& complaints);

}  // namespace evenkeel::apps
