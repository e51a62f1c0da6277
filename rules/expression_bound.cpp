// A program over ranges of values: what it can be, for safe zones and timers.
#include <algorithm>

#include "core/check.hpp"
#include "rules/expression_arithmetic.hpp"

namespace evenkeel::rules {
namespace {

using Set = std::uint8_t;  // of Truth, a bit each
constexpr Set bit(Truth truth) { return static_cast<Set>(1U << static_cast<unsigned>(truth)); }
constexpr Set kOnlyTrue = bit(Truth::kTrue);
constexpr bool can(Set set, Truth truth) { return (set & bit(truth)) != 0; }

/// A range that may reach beyond what a value can hold; there it has none.
InputRange clipped(Int128 low, Int128 high, bool may_lack) {
  if (low > kValueMax || high < -kValueMax) return {0, 0, true, false};
  const bool cut = low < -kValueMax || high > kValueMax;
  return {static_cast<std::int64_t>(std::max<Int128>(low, -kValueMax)),
          static_cast<std::int64_t>(std::min<Int128>(high, kValueMax)), may_lack || cut, true};
}

/// The extremes of a function of two numbers that is monotone in each: among its corners.
struct Corners {
  Int128 low = 0, high = 0;
  bool any = false;
  void add(Int128 value) {
    low = any ? std::min(low, value) : value;
    high = any ? std::max(high, value) : value;
    any = true;
  }
};

InputRange product(const InputRange& a, const InputRange& b, bool may_lack) {
  Corners corners;
  for (const std::int64_t x : {a.low, a.high}) {
    for (const std::int64_t y : {b.low, b.high}) corners.add(scaled_product(x, y));
  }
  return clipped(corners.low, corners.high, may_lack);
}

/// Below zero and above it apart; at zero there is no value.
InputRange quotient(const InputRange& a, const InputRange& b, bool may_lack) {
  Corners corners;
  const auto add = [&](std::int64_t low, std::int64_t high) {
    if (low > high) return;
    for (const std::int64_t x : {a.low, a.high}) {
      for (const std::int64_t y : {low, high}) corners.add(scaled_quotient(x, y));
    }
  };
  add(b.low, std::min<std::int64_t>(b.high, -1));
  add(std::max<std::int64_t>(b.low, 1), b.high);
  if (!corners.any) return {0, 0, true, false};
  const bool zero = b.low <= 0 && b.high >= 0;
  return clipped(corners.low, corners.high, may_lack || zero);
}

InputRange combine_ranges(Op op, const InputRange& a, const InputRange& b) {
  if (!a.may_have_value || !b.may_have_value) return {0, 0, true, false};
  const bool may_lack = a.may_lack_value || b.may_lack_value;
  switch (op) {
    case Op::kAdd:
      return clipped(static_cast<Int128>(a.low) + b.low, static_cast<Int128>(a.high) + b.high,
                     may_lack);
    case Op::kSubtract:
      return clipped(static_cast<Int128>(a.low) - b.high, static_cast<Int128>(a.high) - b.low,
                     may_lack);
    case Op::kMultiply:
      return product(a, b, may_lack);
    case Op::kDivide:
      return quotient(a, b, may_lack);
    case Op::kMin:
      return {std::min(a.low, b.low), std::min(a.high, b.high), may_lack, true};
    default:
      return {std::max(a.low, b.low), std::max(a.high, b.high), may_lack, true};
  }
}

InputRange negated(const InputRange& a) {
  return {-a.high, -a.low, a.may_lack_value, a.may_have_value};
}
InputRange absolute(const InputRange& a) {
  if (a.low >= 0) return a;
  if (a.high <= 0) return negated(a);
  return {0, std::max(-a.low, a.high), a.may_lack_value, a.may_have_value};
}

/// Of a < b: what it can be when both have a value.
Set less(const InputRange& a, const InputRange& b) {
  if (a.high < b.low) return bit(Truth::kTrue);
  if (a.low >= b.high) return bit(Truth::kFalse);
  return bit(Truth::kTrue) | bit(Truth::kFalse);
}
Set equal(const InputRange& a, const InputRange& b) {
  if (a.low == a.high && b.low == b.high && a.low == b.low) return bit(Truth::kTrue);
  if (a.high < b.low || b.high < a.low) return bit(Truth::kFalse);
  return bit(Truth::kTrue) | bit(Truth::kFalse);
}
/// True and false change places.
constexpr Set mirrored(Set set) {
  return static_cast<Set>((set & bit(Truth::kUnknown)) | (set & bit(Truth::kFalse)) << 2 |
                          (set & bit(Truth::kTrue)) >> 2);
}

Set compare_ranges(Op op, const InputRange& a, const InputRange& b) {
  if (!a.may_have_value || !b.may_have_value) return bit(Truth::kUnknown);
  Set set = 0;
  switch (op) {
    case Op::kLess:
      set = less(a, b);
      break;
    case Op::kLessEqual:
      set = mirrored(less(b, a));
      break;
    case Op::kGreater:
      set = less(b, a);
      break;
    case Op::kGreaterEqual:
      set = mirrored(less(a, b));
      break;
    case Op::kEqual:
      set = equal(a, b);
      break;
    default:
      set = mirrored(equal(a, b));
      break;
  }
  const bool may_lack = a.may_lack_value || b.may_lack_value;
  return may_lack ? static_cast<Set>(set | bit(Truth::kUnknown)) : set;
}

/// The least (and) or the greatest (or) of every pair.
Set pairs(Set a, Set b, bool least) {
  Set set = 0;
  for (const Truth x : {Truth::kFalse, Truth::kUnknown, Truth::kTrue}) {
    for (const Truth y : {Truth::kFalse, Truth::kUnknown, Truth::kTrue}) {
      if (can(a, x) && can(b, y)) set |= bit(least ? std::min(x, y) : std::max(x, y));
    }
  }
  return set;
}

/// What a hold can answer at `now`, and whether an evaluation could start or stop it.
Set hold(Set operand, TimeNs since, TimeNs now, DurationNs duration, bool& settled) {
  const bool holding = since != kNotHolding;
  const bool may_change = holding ? operand != kOnlyTrue : can(operand, Truth::kTrue);
  settled = settled && !may_change;
  if (!can(operand, Truth::kTrue)) return operand;
  const Set others = static_cast<Set>(operand & ~kOnlyTrue);
  const bool lasted = holding && static_cast<Int128>(now) - since >= duration;
  return static_cast<Set>(others | bit(lasted ? Truth::kTrue : Truth::kFalse));
}

}  // namespace

Bound Program::bound(std::span<const InputRange> ranges, std::span<const TimeNs> holds,
                     TimeNs now) const {
  EVENKEEL_CHECK(ranges.size() == inputs_.size() && holds.size() == holds_.size());
  // A condition is kept as its set in `low`.
  std::array<InputRange, kStackMax> stack;
  InputRange* top = stack.data() - 1;
  Bound result;
  const auto set_of = [](const InputRange& range) { return static_cast<Set>(range.low); };
  const auto push_set = [](Set set) { return InputRange{set, set, false, true}; };
  for (const Instruction& step : code_) {
    switch (step.op) {
      case Op::kInput:
        *++top = ranges[step.a];
        break;
      case Op::kConstant:
        *++top = InputRange::of(constants_[step.a]);
        break;
      case Op::kTest:
        *++top = push_set(compare_ranges(static_cast<Op>(step.a), ranges[step.b],
                                         InputRange::of(constants_[step.c])));
        break;
      case Op::kNegate:
        *top = negated(*top);
        break;
      case Op::kAbs:
        *top = absolute(*top);
        break;
      case Op::kNot:
        *top = push_set(mirrored(set_of(*top)));
        break;
      case Op::kAnd:
      case Op::kOr:
        --top;
        *top = push_set(pairs(set_of(top[0]), set_of(top[1]), step.op == Op::kAnd));
        break;
      case Op::kHold:
        *top = push_set(hold(set_of(*top), holds[step.a], now, holds_[step.a], result.settled));
        break;
      case Op::kAdd:
      case Op::kSubtract:
      case Op::kMultiply:
      case Op::kDivide:
      case Op::kMin:
      case Op::kMax:
        --top;
        *top = combine_ranges(step.op, top[0], top[1]);
        break;
      default:
        --top;
        *top = push_set(compare_ranges(step.op, top[0], top[1]));
        break;
    }
  }
  result.possible = set_of(*top);
  return result;
}

TimeNs Program::quiet_until(std::span<const std::int64_t> values, std::span<const TimeNs> holds,
                            TimeNs now) const {
  EVENKEEL_CHECK(values.size() == inputs_.size() && now >= 0 && now < kNeverWakes);
  const TimeNs wake = end_of_holds(holds, now);
  std::array<InputRange, kInputsMax> ranges;
  DurationNs room = kNeverWakes - 1 - now;
  bool clocks = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    ranges[i] = InputRange::of(values[i]);
    const bool day = inputs_[i].function == Function::kTimeOfDay;
    if ((!day && inputs_[i].function != Function::kAge) || values[i] == kNoValue) continue;
    clocks = true;
    // The day ends; and no value grows beyond what it can hold.
    const std::int64_t end = day ? kCalendarDay - 1 : kValueMax;
    room = std::min(room, values[i] < 0 ? 0 : std::max<std::int64_t>(end - values[i], 0));
  }
  if (!clocks) return wake;
  const auto steady_for = [&](DurationNs length) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool clock =
          inputs_[i].function == Function::kTimeOfDay || inputs_[i].function == Function::kAge;
      if (clock && values[i] != kNoValue) ranges[i].high = values[i] + length;
    }
    return bound({ranges.data(), values.size()}, holds, now).steady();
  };
  // The longest stretch, to the nanosecond: by halves, since a shorter one is within a longer one.
  DurationNs known = -1;
  while (known < room) {
    const DurationNs middle = known + 1 + (room - known - 1) / 2;
    if (steady_for(middle)) {
      known = middle;
    } else {
      room = middle - 1;
    }
  }
  return std::min(wake, now + known + 1);
}

}  // namespace evenkeel::rules
