// A scope, random conditions in it, and an interpreter of the tree that shares nothing with the
// compiled program: numbers as optionals, products and quotients by floor division, holds by node.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rules/expression.hpp"
#include "rules/expression_tree.hpp"

namespace evenkeel::rules::testing {

inline Text<4> code(std::string_view letters) {
  Text<4> text;
  EXPECT_TRUE(text.assign(letters));
  return text;
}

inline ExpressionScope make_scope() {
  ExpressionScope scope;
  scope.sleeves = {"equity", "bonds", "real estate", "and", "us/large", "it's"};
  scope.instruments = {{"SPX", code("USD")},   {"AGG", code("USD")},  {"VEA", code("EUR")},
                       {"BRK.B", code("USD")}, {"6EZ6", code("USD")}, {"X Y", code("USD")}};
  scope.signals = {{"vix", Unit::kNumber}, {"cape yield", Unit::kRatio}, {"lag", Unit::kDuration}};
  scope.base_currency = code("USD");
  return scope;
}

/// SplitMix64: the same on every machine.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }
  int below(int bound) { return static_cast<int>(next() % static_cast<std::uint64_t>(bound)); }
  template <class... T>
  std::string one_of(T... texts) {
    const std::string all[] = {texts...};
    return all[below(sizeof...(T))];
  }

 private:
  std::uint64_t state_;
};

/// Conditions that are well typed, as text, with superfluous brackets now and then.
class RandomText {
 public:
  explicit RandomText(Dice& dice) : dice_(dice) {}

  std::string condition(int depth) {
    if (depth <= 0) return comparison(0);
    switch (dice_.below(8)) {
      case 0:
        return bracket(condition(depth - 1)) + " and " + bracket(condition(depth - 1));
      case 1:
        return bracket(condition(depth - 1)) + " or " + bracket(condition(depth - 1));
      case 2:
        return "not " + bracket(condition(depth - 1));
      case 3:
        if (++holds_ > static_cast<int>(Program::kHoldsMax)) return comparison(depth);
        return bracket(condition(depth - 1)) + " for " + dice_.one_of("3s", "10s", "2m", "250ms");
      default:
        return comparison(depth);
    }
  }

 private:
  std::string bracket(const std::string& text) { return "(" + text + ")"; }
  std::string maybe(const std::string& text) { return dice_.below(4) == 0 ? bracket(text) : text; }
  std::string comparison(int depth) {
    constexpr Unit kUnits[] = {Unit::kNumber,   Unit::kRatio, Unit::kPoints,   Unit::kMoney,
                               Unit::kDuration, Unit::kPrice, Unit::kTimeOfDay};
    const Unit unit = kUnits[dice_.below(7)];
    const std::string left = value(unit, depth);
    const std::string mark = dice_.one_of(" < ", " <= ", " > ", ">=", "==", " != ");
    // A constant that multiplies is a number; beside a price it is one.
    if (unit == Unit::kPrice && dice_.below(2) == 0)
      return left + mark + dice_.one_of("5000.25", "(3 + 2 * 7)", "-0.5");
    return left + mark + value(unit, depth);
  }
  std::string value(Unit unit, int depth) {
    if (depth <= 0) return leaf(unit);
    if (unit == Unit::kTimeOfDay) {
      return dice_.below(2) == 0 ? leaf(unit)
                                 : leaf(unit) + dice_.one_of(" + ", " - ") +
                                       bracket(value(Unit::kDuration, depth - 1));
    }
    const auto sub = [&] { return bracket(value(unit, depth - 1)); };
    switch (dice_.below(9)) {
      case 0:
        // A difference of ratios is in points.
        return unit == Unit::kRatio ? sub() + " + " + sub() : sub() + " - " + sub();
      case 1:
        return sub() + " + " + sub();
      case 2:
        return sub() + " * " + bracket(value(Unit::kNumber, depth - 1));
      case 3:
        return sub() + " / " + bracket(value(Unit::kNumber, depth - 1));
      case 4:
        return dice_.one_of("min", "max") + "(" + value(unit, depth - 1) + ", " +
               value(unit, depth - 1) + (dice_.below(2) == 0 ? "" : ", " + leaf(unit)) + ")";
      case 5:
        return "abs(" + value(unit, depth - 1) + ")";
      case 6:
        return "-" + sub();
      case 7:
        if (unit == Unit::kPoints)
          return bracket(value(Unit::kRatio, depth - 1)) + " - " +
                 bracket(value(Unit::kRatio, depth - 1));
        if (unit == Unit::kNumber) return bracket(value(Unit::kMoney, depth - 1)) + " / nav() + 0";
        return maybe(leaf(unit));
      default:
        return maybe(leaf(unit));
    }
  }
  std::string leaf(Unit unit) {
    switch (unit) {
      case Unit::kNumber:
        return dice_.one_of("1.5", "0.000000001", "-2", "corr(SPX, AGG, 60d)", "signal(vix)",
                            "beta(AGG, 'X Y', 30d)", "days_since_trade()", "7");
      case Unit::kRatio:
        return dice_.one_of("25%", "-3.5%", "weight(equity)", "vol(SPX, 20d)", "target(bonds)",
                            "vol(SPX, 20d, yang_zhang)", "drawdown()", "signal('cape yield')",
                            "spread(BRK.B)", "tracking_error()");
      case Unit::kPoints:
        return dice_.one_of("3pp", "-0.5pp", "25bp", "drift(equity)", "drift('real estate')",
                            "drift('and')");
      case Unit::kMoney:
        return dice_.one_of("USD 2m", "-USD 250k", "nav()", "cash()", "exposure(equity)",
                            "USD 0.0001");
      case Unit::kDuration:
        return dice_.one_of("30s", "90s", "1.5h", "age(SPX)", "age('6EZ6')", "signal(lag)");
      case Unit::kPrice:
        return dice_.one_of("price(SPX)", "price(AGG)", "price('X Y')", "price(6EZ6)");
      default:
        return dice_.one_of("time_of_day()", "14:30", "09:05:07");
    }
  }

  Dice& dice_;
  int holds_ = 0;
};

/// Values near each other, near zero, absent and as large as they get.
inline std::int64_t random_value(Dice& dice) {
  switch (dice.below(8)) {
    case 0:
      return kNoValue;
    case 1:
      return 0;
    case 2:
      return dice.below(5) - 2;
    case 3:
      return static_cast<std::int64_t>(dice.next() >> 1) * (dice.below(2) == 0 ? 1 : -1);
    default:
      return (static_cast<std::int64_t>(dice.next() % 4'000'000) - 2'000'000) * 1'000;
  }
}

class Reference {
 public:
  Reference(const Expression& tree, std::span<const ExpressionInput> inputs)
      : tree_(tree), inputs_(inputs.begin(), inputs.end()) {}

  Truth evaluate(std::span<const std::int64_t> values, TimeNs now) {
    values_ = values;
    now_ = now;
    return truth(static_cast<std::uint32_t>(tree_.nodes.size() - 1));
  }

 private:
  using Number = std::optional<std::int64_t>;

  static Number limited(Int128 value) {
    constexpr Int128 kMax = INT64_MAX;
    if (value > kMax || value < -kMax) return std::nullopt;
    return static_cast<std::int64_t>(value);
  }
  /// n / d to the nearest, halves away from zero.
  static Number nearest(Int128 n, Int128 d) {
    const bool negative = (n < 0) != (d < 0);
    const Int128 a = n < 0 ? -n : n, b = d < 0 ? -d : d;
    Int128 whole = a / b;
    if (a - whole * b >= b - (a - whole * b)) ++whole;
    return limited(negative ? -whole : whole);
  }
  Number number(std::uint32_t index) {
    const ExpressionNode& node = tree_.nodes[index];
    if (node.op == Op::kConstant) return node.value;
    if (node.op == Op::kInput) {
      const auto at = std::find(inputs_.begin(), inputs_.end(), node.input) - inputs_.begin();
      const std::int64_t value = values_[static_cast<std::size_t>(at)];
      return value == kNoValue ? Number() : Number(value);
    }
    const Number a = number(node.left);
    if (node.op == Op::kNegate) return a ? Number(-*a) : a;
    if (node.op == Op::kAbs) return a && *a < 0 ? Number(-*a) : a;
    const Number b = number(node.right);
    if (!a || !b) return std::nullopt;
    const Int128 x = *a, y = *b;
    switch (node.op) {
      case Op::kAdd:
        return limited(x + y);
      case Op::kSubtract:
        return limited(x - y);
      case Op::kMultiply:
        return nearest(x * y, 1'000'000'000);
      case Op::kDivide:
        return y == 0 ? Number() : nearest(x * 1'000'000'000, y);
      case Op::kMin:
        return std::min(*a, *b);
      default:
        return std::max(*a, *b);
    }
  }
  Truth truth(std::uint32_t index) {
    const ExpressionNode& node = tree_.nodes[index];
    switch (node.op) {
      case Op::kNot: {
        const Truth inner = truth(node.left);
        if (inner == Truth::kUnknown) return inner;
        return inner == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
      }
      case Op::kAnd: {
        const Truth a = truth(node.left), b = truth(node.right);
        if (a == Truth::kFalse || b == Truth::kFalse) return Truth::kFalse;
        return a == Truth::kTrue && b == Truth::kTrue ? Truth::kTrue : Truth::kUnknown;
      }
      case Op::kOr: {
        const Truth a = truth(node.left), b = truth(node.right);
        if (a == Truth::kTrue || b == Truth::kTrue) return Truth::kTrue;
        return a == Truth::kFalse && b == Truth::kFalse ? Truth::kFalse : Truth::kUnknown;
      }
      case Op::kHold: {
        const Truth inner = truth(node.left);
        if (inner != Truth::kTrue) {
          since_.erase(index);
          return inner;
        }
        const TimeNs since = since_.emplace(index, now_).first->second;
        return now_ - since >= node.value ? Truth::kTrue : Truth::kFalse;
      }
      default:
        break;
    }
    const Number a = number(node.left), b = number(node.right);
    if (!a || !b) return Truth::kUnknown;
    const bool holds = node.op == Op::kLess           ? *a < *b
                       : node.op == Op::kLessEqual    ? *a <= *b
                       : node.op == Op::kGreater      ? *a > *b
                       : node.op == Op::kGreaterEqual ? *a >= *b
                       : node.op == Op::kEqual        ? *a == *b
                                                      : *a != *b;
    return holds ? Truth::kTrue : Truth::kFalse;
  }

  const Expression& tree_;
  std::vector<ExpressionInput> inputs_;
  std::span<const std::int64_t> values_;
  TimeNs now_ = 0;
  std::map<std::uint32_t, TimeNs> since_;
};

}  // namespace evenkeel::rules::testing
