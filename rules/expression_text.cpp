// A program back as text, with brackets only where they are needed.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/check.hpp"
#include "core/decimal.hpp"
#include "rules/expression_functions.hpp"
#include "rules/expression_lexer.hpp"

namespace evenkeel::rules {
namespace {

absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }

/// How tightly a text holds together; from the loosest.
enum class Tightness : std::uint8_t {
  kHold = 0,
  kOr,
  kAnd,
  kNot,
  kComparison,
  kSum,
  kProduct,
  kPrefix,
  kWhole,
};
Tightness tighter(Tightness tightness) {
  return static_cast<Tightness>(static_cast<std::uint8_t>(tightness) + 1);
}

struct Piece {
  std::string text;
  Tightness tightness = Tightness::kWhole;
  Op call = Op::kInput;  // kMin, kMax: a call that can take one more value
};

std::string at_least(const Piece& piece, Tightness wanted) {
  return piece.tightness >= wanted ? piece.text : absl::StrCat("(", piece.text, ")");
}

struct Infix {
  std::string_view word;
  Tightness tightness;
};
Infix infix_of(Op op) {
  switch (op) {
    case Op::kAdd:
      return {"+", Tightness::kSum};
    case Op::kSubtract:
      return {"-", Tightness::kSum};
    case Op::kMultiply:
      return {"*", Tightness::kProduct};
    case Op::kDivide:
      return {"/", Tightness::kProduct};
    case Op::kAnd:
      return {"and", Tightness::kAnd};
    case Op::kOr:
      return {"or", Tightness::kOr};
    case Op::kLess:
      return {"<", Tightness::kComparison};
    case Op::kLessEqual:
      return {"<=", Tightness::kComparison};
    case Op::kGreater:
      return {">", Tightness::kComparison};
    case Op::kGreaterEqual:
      return {">=", Tightness::kComparison};
    case Op::kEqual:
      return {"==", Tightness::kComparison};
    default:
      return {"!=", Tightness::kComparison};
  }
}

std::string duration_text(DurationNs value) {
  constexpr std::pair<DurationNs, const char*> kUnits[] = {
      {kCalendarDay, "d"},  {kHour, "h"},         {kMinute, "m"}, {kSecond, "s"},
      {kMillisecond, "ms"}, {kMicrosecond, "us"}, {1, "ns"}};
  for (const auto& [one, name] : kUnits) {
    if (value % one == 0 && value != 0) return absl::StrCat(value / one, name);
  }
  return "0s";
}

std::string clock_text(std::int64_t value) {
  const auto two = [](std::int64_t number) { return absl::StrCat(number < 10 ? "0" : "", number); };
  const std::int64_t seconds = value / kSecond % 60;
  return absl::StrCat(two(value / kHour), ":", two(value / kMinute % 60),
                      seconds == 0 ? "" : absl::StrCat(":", two(seconds)));
}

std::string magnitude_text(std::int64_t value, const Type& type) {
  const auto decimal = [&](std::int64_t scale) {
    return std::string(format_decimal(value, scale).view());
  };
  switch (type.unit) {
    case Unit::kRatio:
      return decimal(kExpressionScale / 100) + "%";
    case Unit::kPoints:
      return decimal(kExpressionScale / 100) + "pp";
    case Unit::kBasisPoints:
      return decimal(kExpressionScale / 10'000) + "bp";
    case Unit::kDuration:
      return duration_text(value);
    case Unit::kTimeOfDay:
      return clock_text(value);
    case Unit::kMoney:
      return absl::StrCat(to_absl(type.currency.view()), " ", decimal(Money::kScale));
    default:
      return decimal(kExpressionScale);
  }
}

std::string input_text(const ExpressionInput& input, const ExpressionScope& scope) {
  const FunctionSpec& spec = spec_of(input.function);
  std::string text = absl::StrCat(to_absl(spec.name), "(");
  const char* comma = "";
  const auto argument = [&](std::string_view one) {
    absl::StrAppend(&text, comma, to_absl(one));
    comma = ", ";
  };
  bool second = false;
  for (const Parameter parameter : spec.takes) {
    switch (parameter) {
      case Parameter::kNone:
        break;
      case Parameter::kSleeve:
        argument(expression_name_text(scope.sleeves[input.subject]));
        break;
      case Parameter::kInstrument:
        argument(
            expression_name_text(scope.instruments[second ? input.other : input.subject].symbol));
        second = true;
        break;
      case Parameter::kSignal:
        argument(expression_name_text(scope.signals[input.subject].name));
        break;
      case Parameter::kWindow:
        argument(duration_text(input.window));
        break;
      case Parameter::kEstimator:
        if (input.estimator != scope.estimator) argument(estimator_name(input.estimator));
        break;
    }
  }
  return text + ")";
}

/// The pieces that stand for the values on the stack.
class Writer {
 public:
  void push(Piece piece) { stack_.push_back(std::move(piece)); }
  Piece pop() {
    Piece piece = std::move(stack_.back());
    stack_.pop_back();
    return piece;
  }
  void constant(std::int64_t value, const Type& type) {
    push({expression_constant_text(value, type), value < 0 ? Tightness::kPrefix : Tightness::kWhole,
          Op::kInput});
  }
  void infix(Op op) {
    const Infix infix = infix_of(op);
    const Piece right = pop(), left = pop();
    // Comparisons do not chain; everything else goes from left to right.
    const bool chains = infix.tightness != Tightness::kComparison;
    push({absl::StrCat(at_least(left, chains ? infix.tightness : tighter(infix.tightness)), " ",
                       to_absl(infix.word), " ", at_least(right, tighter(infix.tightness))),
          infix.tightness, Op::kInput});
  }
  void extreme(Op op) {
    const Piece right = pop();
    Piece left = pop();
    if (left.call == op) {
      left.text.pop_back();
    } else {
      left.text = absl::StrCat(op == Op::kMin ? "min(" : "max(", left.text);
    }
    push({absl::StrCat(left.text, ", ", right.text, ")"), Tightness::kWhole, op});
  }
  void prefix(std::string_view word, Tightness tightness) {
    const Piece operand = pop();
    push({absl::StrCat(to_absl(word), at_least(operand, tightness)), tightness, Op::kInput});
  }
  void absolute() { push({absl::StrCat("abs(", pop().text, ")"), Tightness::kWhole, Op::kInput}); }
  void hold(DurationNs duration) {
    push(
        {absl::StrCat(pop().text, " for ", duration_text(duration)), Tightness::kHold, Op::kInput});
  }

 private:
  std::vector<Piece> stack_;
};

}  // namespace

std::string expression_constant_text(std::int64_t value, const Type& type) {
  if (value < 0) return absl::StrCat("-", magnitude_text(-value, type));
  return magnitude_text(value, type);
}

std::string expression_name_text(std::string_view name) {
  if (is_bare_name(name)) return std::string(name);
  const char* quote = name.find('\'') == std::string_view::npos ? "'" : "\"";
  return absl::StrCat(quote, to_absl(name), quote);
}

Type expression_input_type(const ExpressionInput& input, const ExpressionScope& scope) {
  Type type{spec_of(input.function).gives, {}};
  if (type.unit == Unit::kMoney) type.currency = scope.base_currency;
  if (type.unit == Unit::kPrice) type.currency = scope.instruments[input.subject].currency;
  if (input.function == Function::kSignal) type.unit = scope.signals[input.subject].unit;
  return type;
}

std::string Program::values_text(std::span<const std::int64_t> values,
                                 const ExpressionScope& scope) const {
  EVENKEEL_CHECK(values.size() == inputs_.size());
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ", ", input_text(inputs_[i], scope));
    if (values[i] == kNoValue) {
      absl::StrAppend(&text, " has no value");
    } else {
      absl::StrAppend(
          &text, " = ",
          expression_constant_text(values[i], expression_input_type(inputs_[i], scope)));
    }
  }
  return text;
}

std::string Program::text(const ExpressionScope& scope) const {
  Writer writer;
  for (const Instruction& step : code_) {
    switch (step.op) {
      case Op::kInput:
        writer.push({input_text(inputs_[step.a], scope), Tightness::kWhole, Op::kInput});
        break;
      case Op::kConstant:
        writer.constant(constants_[step.a], constant_types_[step.a]);
        break;
      case Op::kTest:
        writer.push({input_text(inputs_[step.b], scope), Tightness::kWhole, Op::kInput});
        writer.constant(constants_[step.c], constant_types_[step.c]);
        writer.infix(static_cast<Op>(step.a));
        break;
      case Op::kNegate:
        writer.prefix("-", Tightness::kPrefix);
        break;
      case Op::kNot:
        writer.prefix("not ", Tightness::kNot);
        break;
      case Op::kAbs:
        writer.absolute();
        break;
      case Op::kHold:
        writer.hold(holds_[step.a]);
        break;
      case Op::kMin:
      case Op::kMax:
        writer.extreme(step.op);
        break;
      default:
        writer.infix(step.op);
        break;
    }
  }
  return writer.pop().text;
}

}  // namespace evenkeel::rules
