// One step of a condition's arithmetic, on raw integers in which kNoValue is the absence of one.
// Inlined into the evaluator.
#pragma once

#include <cstdint>
#include <limits>

#include "core/units.hpp"
#include "rules/expression.hpp"

namespace evenkeel::rules {

/// Values lie within +-this.
inline constexpr std::int64_t kValueMax = std::numeric_limits<std::int64_t>::max();

constexpr std::int64_t value_or_none(Int128 value) {
  return value > kValueMax || value < -kValueMax ? kNoValue : static_cast<std::int64_t>(value);
}

constexpr Int128 scaled_product(std::int64_t a, std::int64_t b) {
  return divide_rounded(static_cast<Int128>(a) * b, kExpressionScale);
}
/// Precondition: b is not zero.
constexpr Int128 scaled_quotient(std::int64_t a, std::int64_t b) {
  const Int128 numerator = static_cast<Int128>(a) * kExpressionScale;
  return b > 0 ? divide_rounded(numerator, b) : divide_rounded(-numerator, -static_cast<Int128>(b));
}

/// kAdd .. kDivide, kMin, kMax.
constexpr std::int64_t combine(Op op, std::int64_t a, std::int64_t b) {
  if (a == kNoValue || b == kNoValue) return kNoValue;
  switch (op) {
    case Op::kAdd:
      return value_or_none(static_cast<Int128>(a) + b);
    case Op::kSubtract:
      return value_or_none(static_cast<Int128>(a) - b);
    case Op::kMultiply:
      return value_or_none(scaled_product(a, b));
    case Op::kDivide:
      return b == 0 ? kNoValue : value_or_none(scaled_quotient(a, b));
    case Op::kMin:
      return a < b ? a : b;
    default:
      return a > b ? a : b;
  }
}

/// kLess .. kNotEqual.
constexpr Truth compare(Op op, std::int64_t a, std::int64_t b) {
  if (a == kNoValue || b == kNoValue) return Truth::kUnknown;
  bool holds = false;
  switch (op) {
    case Op::kLess:
      holds = a < b;
      break;
    case Op::kLessEqual:
      holds = a <= b;
      break;
    case Op::kGreater:
      holds = a > b;
      break;
    case Op::kGreaterEqual:
      holds = a >= b;
      break;
    case Op::kEqual:
      holds = a == b;
      break;
    default:
      holds = a != b;
      break;
  }
  return holds ? Truth::kTrue : Truth::kFalse;
}

}  // namespace evenkeel::rules
