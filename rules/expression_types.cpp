// Which unit each part of a condition has, and what to say when two do not go together.
#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "rules/expression_tree.hpp"

namespace evenkeel::rules {
namespace {

absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }

using Node = ExpressionNode;

bool is_constant(const Node& node) { return node.op == Op::kConstant; }
/// A number made of constants: one that could be a price as well.
bool is_bare_number(const Node& node) { return node.constant && node.type.unit == Unit::kNumber; }
bool is_bare_zero(const Node& node) {
  return is_constant(node) && node.value == 0 && node.type.unit == Unit::kNumber;
}
/// Units that scale others without a unit of their own.
bool is_pure(Unit unit) {
  return unit == Unit::kNumber || unit == Unit::kQuotient || unit == Unit::kRatio ||
         unit == Unit::kBasisPoints;
}
bool is_share(Unit unit) {
  return unit == Unit::kRatio || unit == Unit::kPoints || unit == Unit::kBasisPoints;
}
bool has_arithmetic(Unit unit) {
  return unit != Unit::kCondition && unit != Unit::kTimeOfDay && unit != Unit::kInvalid;
}

std::string type_text(const Type& type) {
  switch (type.unit) {
    case Unit::kInvalid:
      return "something unknown";
    case Unit::kCondition:
      return "a condition";
    case Unit::kNumber:
      return "a plain number (like 1.5)";
    case Unit::kRatio:
      return "a ratio (like 25%)";
    case Unit::kPoints:
      return "a difference of ratios (like 3pp)";
    case Unit::kBasisPoints:
      return "a ratio or a difference (like 10bp)";
    case Unit::kQuotient:
      return "a quotient (like 1.5 or 150%)";
    case Unit::kDuration:
      return "a duration (like 30s)";
    case Unit::kTimeOfDay:
      return "a time of day (like 14:30)";
    case Unit::kMoney:
      return absl::StrCat("an amount of ", to_absl(type.currency.view()));
    case Unit::kPrice:
      return absl::StrCat("a price in ", to_absl(type.currency.view()));
  }
  return "?";
}

/// The unit in which two values can be compared, added or chosen from.
std::optional<Type> common_type(const Node& a, const Node& b) {
  if (a.type == b.type) return a.type;
  const auto fits = [](const Node& x, const Node& y) -> std::optional<Type> {
    const Unit from = x.type.unit, to = y.type.unit;
    if (is_bare_number(x) && to == Unit::kPrice) return y.type;
    if (is_bare_zero(x) && has_arithmetic(to)) return y.type;
    if (from == Unit::kBasisPoints && (to == Unit::kRatio || to == Unit::kPoints)) return y.type;
    if (from == Unit::kQuotient && (to == Unit::kNumber || to == Unit::kRatio)) return y.type;
    if (from == Unit::kQuotient && to == Unit::kBasisPoints) return Type{Unit::kRatio, {}};
    return std::nullopt;
  };
  const std::optional<Type> one = fits(a, b);
  return one ? one : fits(b, a);
}

std::optional<Type> sum_type(const Node& a, const Node& b) {
  const Unit left = a.type.unit, right = b.type.unit;
  if (left == Unit::kTimeOfDay && right == Unit::kDuration) return a.type;
  if (left == Unit::kDuration && right == Unit::kTimeOfDay) return b.type;
  if (left == Unit::kRatio && right == Unit::kPoints) return a.type;
  if (left == Unit::kPoints && right == Unit::kRatio) return b.type;
  if (left == Unit::kTimeOfDay || left == Unit::kCondition) return std::nullopt;
  return common_type(a, b);
}

std::optional<Type> difference_type(const Node& a, const Node& b) {
  const Unit left = a.type.unit, right = b.type.unit;
  if (left == Unit::kTimeOfDay && right == Unit::kTimeOfDay) return Type{Unit::kDuration, {}};
  if (left == Unit::kTimeOfDay && right == Unit::kDuration) return a.type;
  if (left == Unit::kRatio && (right == Unit::kPoints || right == Unit::kBasisPoints))
    return a.type;
  if (left == Unit::kCondition) return std::nullopt;
  std::optional<Type> type = common_type(a, b);
  if (type && type->unit == Unit::kRatio) type->unit = Unit::kPoints;
  return type;
}

std::optional<Type> product_type(const Node& a, const Node& b) {
  if (!has_arithmetic(a.type.unit) || !has_arithmetic(b.type.unit)) return std::nullopt;
  if (!is_pure(b.type.unit)) return is_pure(a.type.unit) ? std::optional(b.type) : std::nullopt;
  if (!is_pure(a.type.unit)) return a.type;
  // A part of a ratio ("25% * target(bonds)") is a ratio or a distance between two.
  if (is_share(a.type.unit) && is_share(b.type.unit)) return Type{Unit::kBasisPoints, {}};
  for (const Unit unit : {Unit::kRatio, Unit::kBasisPoints, Unit::kQuotient}) {
    if (a.type.unit == unit || b.type.unit == unit) return Type{unit, {}};
  }
  return a.type;
}

std::optional<Type> quotient_type(const Node& a, const Node& b) {
  if (!has_arithmetic(a.type.unit) || !has_arithmetic(b.type.unit)) return std::nullopt;
  if (a.type.unit == Unit::kNumber && b.type.unit == Unit::kNumber) return a.type;
  if (a.type == b.type || (is_share(a.type.unit) && is_share(b.type.unit)))
    return Type{Unit::kQuotient, {}};
  return is_pure(b.type.unit) ? std::optional(a.type) : std::nullopt;
}

/// "; write 3pp" where a constant is in the wrong unit and the right one can be guessed.
std::string rewrite(const Node& constant, const Type& wanted) {
  if (!is_constant(constant)) return {};
  const Unit unit = constant.type.unit;
  const bool whole = constant.value >= kExpressionScale || constant.value <= -kExpressionScale;
  std::int64_t value = constant.value;
  if (is_share(wanted.unit) && unit == Unit::kNumber) {
    // "3" was meant as three of a hundred, "0.03" as the share itself.
    if (whole) value /= 100;
  } else if (!(is_share(wanted.unit) && is_share(unit)) &&
             !((wanted.unit == Unit::kNumber || wanted.unit == Unit::kPrice) && is_share(unit)) &&
             !(wanted.unit == Unit::kDuration && unit == Unit::kNumber)) {
    return {};
  }
  return absl::StrCat("; write ", expression_constant_text(value, wanted), "?");
}

/// Goes through the nodes in order, which is children first.
class Checker {
 public:
  Checker(ExpressionPlaces& places, Expression& expression)
      : places_(places), nodes_(expression.nodes) {}

  bool check() {
    for (Node& node : nodes_) {
      node.constant = node.op != Op::kInput;
      for (const std::uint32_t child : {node.left, node.right}) {
        if (child != Node::kNone) node.constant = node.constant && nodes_[child].constant;
      }
      if (node.op != Op::kInput && node.op != Op::kConstant) node.type = type_of(node);
    }
    const Node& root = nodes_.back();
    if (root.type.unit != Unit::kCondition && root.type.unit != Unit::kInvalid) {
      complain(root, absl::StrCat(slice(root), " is ", type_text(root.type),
                                  ", not a condition; compare it with something"));
    }
    return ok_;
  }

 private:
  const Node& left(const Node& node) const { return nodes_[node.left]; }
  const Node& right(const Node& node) const { return nodes_[node.right]; }

  std::string slice(const Node& node) const {
    const std::string_view whole = places_.text().substr(node.begin, node.end - node.begin);
    if (whole.size() <= 60) return absl::StrCat("'", to_absl(whole), "'");
    return "this part";
  }
  Type complain(const Node& node, const std::string& message) {
    places_.complain(node.begin, message);
    ok_ = false;
    return {};
  }

  Type type_of(const Node& node) {
    switch (node.op) {
      case Op::kAnd:
      case Op::kOr:
      case Op::kNot:
      case Op::kHold:
        return logical(node);
      case Op::kNegate:
      case Op::kAbs:
        return of_one(node);
      default:
        return of_two(node);
    }
  }

  Type logical(const Node& node) {
    const std::string_view word = node.op == Op::kAnd   ? "and"
                                  : node.op == Op::kOr  ? "or"
                                  : node.op == Op::kNot ? "not"
                                                        : "for";
    for (const std::uint32_t index : {node.left, node.right}) {
      if (index == Node::kNone) continue;
      const Node& operand = nodes_[index];
      if (operand.type.unit == Unit::kCondition || operand.type.unit == Unit::kInvalid) continue;
      complain(operand, absl::StrCat("'", to_absl(word), "' takes conditions; ", slice(operand),
                                     " is ", type_text(operand.type)));
    }
    return {Unit::kCondition, {}};
  }

  Type of_one(const Node& node) {
    const Node& operand = left(node);
    if (operand.type.unit == Unit::kInvalid) return {};
    if (has_arithmetic(operand.type.unit)) return operand.type;
    return complain(operand, absl::StrCat(node.op == Op::kAbs ? "abs" : "'-'", " does not go with ",
                                          slice(operand), ", ", type_text(operand.type)));
  }

  Type of_two(const Node& node) {
    const Node& a = left(node);
    const Node& b = right(node);
    const bool compares = node.op >= Op::kLess && node.op <= Op::kNotEqual;
    const Type condition{Unit::kCondition, {}};
    if (a.type.unit == Unit::kInvalid || b.type.unit == Unit::kInvalid)
      return compares ? condition : Type{};
    if (node.op == Op::kDivide && is_constant(b) && b.value == 0)
      return complain(b, "divides by zero; it would never have a value");
    std::optional<Type> type;
    switch (node.op) {
      case Op::kAdd:
        type = sum_type(a, b);
        break;
      case Op::kSubtract:
        type = difference_type(a, b);
        break;
      case Op::kMultiply:
        type = product_type(a, b);
        break;
      case Op::kDivide:
        type = quotient_type(a, b);
        break;
      default:
        if (a.type.unit != Unit::kCondition) type = common_type(a, b);
        break;
    }
    if (!type) mismatch(node, a, b);
    if (compares) return condition;
    return type.value_or(Type{});
  }

  void mismatch(const Node& node, const Node& a, const Node& b) {
    std::string hint = is_constant(b) ? rewrite(b, a.type) : rewrite(a, b.type);
    const bool scales = node.op == Op::kMultiply || node.op == Op::kDivide;
    if (scales) hint.clear();
    if (hint.empty() && a.type.unit == b.type.unit && a.type.unit != Unit::kCondition && !scales)
      hint = "; they are in different currencies";
    const Node& place = is_constant(b) || !is_constant(a) ? b : a;
    complain(place,
             absl::StrCat("cannot ", to_absl(verb(node.op)), " ", slice(a), ", ", type_text(a.type),
                          ", and ", slice(b), ", ", type_text(b.type), hint));
  }
  static std::string_view verb(Op op) {
    switch (op) {
      case Op::kAdd:
        return "add";
      case Op::kSubtract:
        return "take the difference of";
      case Op::kMultiply:
        return "multiply";
      case Op::kDivide:
        return "divide";
      case Op::kMin:
      case Op::kMax:
        return "choose from";
      default:
        return "compare";
    }
  }

  ExpressionPlaces& places_;
  std::vector<Node>& nodes_;
  bool ok_ = true;
};

}  // namespace

bool check_expression(ExpressionPlaces& places, Expression& expression) {
  return Checker(places, expression).check();
}

}  // namespace evenkeel::rules
