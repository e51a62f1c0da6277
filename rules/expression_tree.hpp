// A condition between text and program: its nodes, children before parents (so that the nodes in
// order are the postfix program), with the place and the type of each. For compiling and for tests
// that interpret it another way. Never evaluated in production.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "rules/expression.hpp"

namespace evenkeel::rules {

struct ExpressionNode {
  static constexpr std::uint32_t kNone = 0xffffffff;
  Op op = Op::kConstant;  // never kTest
  std::uint32_t left = kNone, right = kNone;
  std::int64_t value = 0;  // kConstant: raw; kHold: nanoseconds
  ExpressionInput input;   // kInput
  Type type;
  bool constant = false;             // reads no input
  std::uint32_t begin = 0, end = 0;  // bytes of the text
};

struct Expression {
  std::vector<ExpressionNode> nodes;  // the root is the last
};

/// Places in a text, for complaints.
class ExpressionPlaces {
 public:
  ExpressionPlaces(std::string_view text, std::string_view file, Position origin,
                   Complaints& complaints)
      : text_(text), file_(file), origin_(origin), complaints_(complaints) {}
  std::string_view text() const { return text_; }
  Position position(std::size_t offset) const;
  void complain(std::size_t offset, const std::string& message) {
    complaints_.error(file_, position(offset), message);
  }

 private:
  std::string_view text_, file_;
  Position origin_;
  Complaints& complaints_;
};

/// Parses; names are resolved and inputs and constants have types. Nothing after a syntax error.
std::optional<Expression> parse_expression(ExpressionPlaces& places, const ExpressionScope& scope);

/// Gives each node its type. False when there were complaints.
bool check_expression(ExpressionPlaces& places, Expression& expression);

/// Parses and checks; the bounds of a program are not looked at.
std::optional<Expression> read_expression(std::string_view text, const ExpressionScope& scope,
                                          std::string_view file, Position origin,
                                          Complaints& complaints);

}  // namespace evenkeel::rules
