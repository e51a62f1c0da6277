// What the exchanges publish about their days, as rules and as tables of what no rule foresees:
// whether a market trades on a date, and from when to when by its own clock. docs/CALENDARS.md says
// which is which. Pure functions of the date; never reads a clock or a file.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "rules/civil.hpp"

namespace evenkeel::rules {

/// The dates that the rules below answer for.
inline constexpr std::int32_t kMarketFirstYear = 2000;
inline constexpr std::int32_t kMarketLastYear = 2049;

enum class Market : std::uint8_t {
  kAlways = 0,  // every day, midnight to midnight UTC
  kNewYork,     // NYSE, Nasdaq: shares and funds
  kCmeIndex,    // CME equity index futures on Globex
  kLondon,      // London Stock Exchange
  kXetra,       // Deutsche Boerse, shares
  kEurex,       // Eurex, German rate and European index futures
  kTokyo,       // Tokyo Stock Exchange
  kFx,          // spot currencies, Monday morning in Asia to Friday evening in New York
};

struct MarketFacts {
  Market market;
  std::string_view name;  // as in a policy: "XNYS"
  Zone zone;
};
inline constexpr std::array<MarketFacts, 8> kMarkets = {{
    {Market::kAlways, "always", Zone::kUtc},
    {Market::kNewYork, "XNYS", Zone::kNewYork},
    {Market::kCmeIndex, "XCME", Zone::kChicago},
    {Market::kLondon, "XLON", Zone::kLondon},
    {Market::kXetra, "XETR", Zone::kBerlin},
    {Market::kEurex, "XEUR", Zone::kBerlin},
    {Market::kTokyo, "XTKS", Zone::kTokyo},
    {Market::kFx, "FX", Zone::kNewYork},
}};
constexpr const MarketFacts& facts_of(Market market) {
  return kMarkets[static_cast<std::size_t>(market)];
}

/// One date of a market, by the wall clock of its zone. `opens` is negative when the session begins
/// on the evening before. Nobody trades from `pauses` to `resumes` (equal: no pause).
struct DayPlan {
  bool trades = false;
  DurationNs opens = 0;
  DurationNs closes = 0;
  DurationNs pauses = 0, resumes = 0;
  bool early_close = false;
  friend constexpr bool operator==(const DayPlan&, const DayPlan&) = default;
};

/// Precondition: a day of the years above.
DayPlan day_plan(Market market, DayNumber day);

/// A public holiday of Japan, a substitute or a day between two of them included (weekend or not).
bool is_japanese_holiday(DayNumber day);

}  // namespace evenkeel::rules
