// The functions of the language as a table: name, what each takes, what it gives. To add one, add a
// line here and to the enum, and have the host supply its value.
#pragma once

#include <array>
#include <string_view>

#include "rules/expression.hpp"

namespace evenkeel::rules {

enum class Parameter : std::uint8_t {
  kNone = 0,
  kSleeve,
  kInstrument,
  kWindow,
  kEstimator,  // may be left out
  kSignal,
};

struct FunctionSpec {
  std::string_view name;
  Function function;
  std::array<Parameter, 3> takes;
  Unit gives;  // kInvalid: the unit of the signal
  std::string_view example;
};

// clang-format off
inline constexpr std::array<FunctionSpec, kFunctions> kFunctionTable = {{
    {"drift",            Function::kDrift,          {Parameter::kSleeve},     Unit::kPoints,    "drift(equity)"},
    {"weight",           Function::kWeight,         {Parameter::kSleeve},     Unit::kRatio,     "weight(equity)"},
    {"target",           Function::kTarget,         {Parameter::kSleeve},     Unit::kRatio,     "target(equity)"},
    {"price",            Function::kPrice,          {Parameter::kInstrument}, Unit::kPrice,     "price(SPX)"},
    {"age",              Function::kAge,            {Parameter::kInstrument}, Unit::kDuration,  "age(SPX)"},
    {"spread",           Function::kSpread,         {Parameter::kInstrument}, Unit::kRatio,     "spread(SPX)"},
    {"vol",              Function::kVol,            {Parameter::kInstrument, Parameter::kWindow, Parameter::kEstimator},
                                                                              Unit::kRatio,     "vol(SPX, 20d)"},
    {"corr",             Function::kCorr,           {Parameter::kInstrument, Parameter::kInstrument, Parameter::kWindow},
                                                                              Unit::kNumber,    "corr(SPX, AGG, 60d)"},
    {"beta",             Function::kBeta,           {Parameter::kInstrument, Parameter::kInstrument, Parameter::kWindow},
                                                                              Unit::kNumber,    "beta(SPX, AGG, 60d)"},
    {"drawdown",         Function::kDrawdown,       {},                       Unit::kRatio,     "drawdown()"},
    {"nav",              Function::kNav,            {},                       Unit::kMoney,     "nav()"},
    {"cash",             Function::kCash,           {},                       Unit::kMoney,     "cash()"},
    {"exposure",         Function::kExposure,       {Parameter::kSleeve},     Unit::kMoney,     "exposure(equity)"},
    {"signal",           Function::kSignal,         {Parameter::kSignal},     Unit::kInvalid,   "signal(vix)"},
    {"time_of_day",      Function::kTimeOfDay,      {},                       Unit::kTimeOfDay, "time_of_day()"},
    {"days_since_trade", Function::kDaysSinceTrade, {},                       Unit::kNumber,    "days_since_trade()"},
    {"tracking_error",   Function::kTrackingError,  {},                       Unit::kRatio,     "tracking_error()"},
}};
// clang-format on

constexpr const FunctionSpec& spec_of(Function function) {
  return kFunctionTable[static_cast<std::size_t>(function)];
}

/// The line of each function is its own.
constexpr bool function_table_in_order() {
  for (std::size_t i = 0; i < kFunctions; ++i) {
    if (static_cast<std::size_t>(kFunctionTable[i].function) != i) return false;
  }
  return true;
}
static_assert(function_table_in_order());

}  // namespace evenkeel::rules
