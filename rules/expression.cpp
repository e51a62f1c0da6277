#include "rules/expression.hpp"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/check.hpp"
#include "rules/expression_arithmetic.hpp"
#include "rules/expression_functions.hpp"
#include "rules/expression_tree.hpp"

namespace evenkeel::rules {

std::string_view function_name(Function function) { return spec_of(function).name; }

/// Turns a checked tree into a program, one node after the other.
class ProgramBuilder {
 public:
  /// Nothing, with the reason, when it exceeds a bound.
  static std::optional<Program> build(const Expression& expression, std::string& reason) {
    ProgramBuilder builder;
    for (const ExpressionNode& node : expression.nodes) {
      builder.add(node);
      if (builder.too_many_.empty()) continue;
      reason = absl::StrCat("the condition has ", builder.too_many_);
      return std::nullopt;
    }
    if (builder.program_.inputs_.empty()) {
      reason = "the condition reads nothing; it would always be the same";
      return std::nullopt;
    }
    return std::move(builder.program_);
  }

 private:
  void add(const ExpressionNode& node) {
    Instruction instruction{.op = node.op};
    switch (node.op) {
      case Op::kInput:
        instruction.a = input(node.input);
        ++stack_;
        break;
      case Op::kConstant:
        instruction.a = constant(node);
        ++stack_;
        break;
      case Op::kHold:
        instruction.a = static_cast<std::uint8_t>(program_.holds_.size());
        program_.holds_.push_back(node.value);
        if (program_.holds_.size() > Program::kHoldsMax) limit("holds ('for')", Program::kHoldsMax);
        break;
      case Op::kNegate:
      case Op::kAbs:
      case Op::kNot:
        break;
      default:
        --stack_;
        break;
    }
    if (stack_ > Program::kStackMax) limit("intermediate values", Program::kStackMax);
    program_.code_.push_back(instruction);
    join_test();
    if (program_.code_.size() > Program::kInstructionsMax)
      limit("steps", Program::kInstructionsMax);
  }

  /// Input, constant, comparison: one step instead of three.
  void join_test() {
    std::vector<Instruction>& code = program_.code_;
    if (code.size() < 3) return;
    const Instruction last = code.back();
    if (last.op < Op::kLess || last.op > Op::kNotEqual) return;
    const Instruction left = code[code.size() - 3], right = code[code.size() - 2];
    if (left.op != Op::kInput || right.op != Op::kConstant) return;
    code.resize(code.size() - 3);
    code.push_back({Op::kTest, static_cast<std::uint8_t>(last.op), left.a, right.a});
  }

  std::uint8_t input(const ExpressionInput& wanted) {
    std::vector<ExpressionInput>& inputs = program_.inputs_;
    const auto found = std::find(inputs.begin(), inputs.end(), wanted);
    const auto index = static_cast<std::uint8_t>(found - inputs.begin());
    if (found == inputs.end()) inputs.push_back(wanted);
    if (inputs.size() > Program::kInputsMax) limit("inputs", Program::kInputsMax);
    return index;
  }
  std::uint8_t constant(const ExpressionNode& node) {
    std::size_t index = 0;
    while (index < program_.constants_.size() && (program_.constants_[index] != node.value ||
                                                  program_.constant_types_[index] != node.type))
      ++index;
    if (index == program_.constants_.size()) {
      program_.constants_.push_back(node.value);
      program_.constant_types_.push_back(node.type);
    }
    if (program_.constants_.size() > Program::kConstantsMax)
      limit("constants", Program::kConstantsMax);
    return static_cast<std::uint8_t>(index);
  }
  void limit(std::string_view what, std::size_t bound) {
    if (too_many_.empty())
      too_many_ =
          absl::StrCat("more than ", bound, " ", absl::string_view(what.data(), what.size()));
  }

  Program program_;
  std::size_t stack_ = 0;
  std::string too_many_;
};

std::optional<Program> compile_expression(std::string_view text, const ExpressionScope& scope,
                                          std::string_view file, Position origin,
                                          Complaints& complaints) {
  const std::optional<Expression> expression =
      read_expression(text, scope, file, origin, complaints);
  if (!expression) return std::nullopt;
  std::string reason;
  std::optional<Program> program = ProgramBuilder::build(*expression, reason);
  if (!program) complaints.error(file, origin, reason);
  return program;
}

std::optional<Program> compile_expression(const Value& value, const ExpressionScope& scope,
                                          std::string_view file, Complaints& complaints) {
  const std::optional<std::string> text = value.string();
  if (!text) return std::nullopt;
  Position origin = value.position();
  if (text->find('\n') == std::string::npos) {
    ++origin.column;  // the quote
  } else {
    ++origin.line;
    origin.column = 1;
  }
  return compile_expression(*text, scope, file, origin, complaints);
}

// --- evaluation ------------------------------------------------------------------------------

namespace {

/// How long a hold has been running is at least `duration`.
bool lasted(TimeNs since, TimeNs now, DurationNs duration) {
  return since != kNotHolding && static_cast<Int128>(now) - since >= duration;
}

std::int64_t raw(Truth truth) { return static_cast<std::int64_t>(truth); }

}  // namespace

Verdict Program::evaluate(std::span<const std::int64_t> values, std::span<TimeNs> holds,
                          TimeNs now) const {
  EVENKEEL_CHECK(values.size() == inputs_.size() && holds.size() == holds_.size());
  std::array<std::int64_t, kStackMax> stack;
  std::int64_t* top = stack.data() - 1;  // the builder has bounded how far it goes
  bool running = false;
  for (const Instruction& step : code_) {
    switch (step.op) {
      case Op::kInput:
        *++top = values[step.a];
        break;
      case Op::kConstant:
        *++top = constants_[step.a];
        break;
      case Op::kTest:
        *++top = raw(compare(static_cast<Op>(step.a), values[step.b], constants_[step.c]));
        break;
      case Op::kNegate:
        if (*top != kNoValue) *top = -*top;
        break;
      case Op::kAbs:
        if (*top != kNoValue && *top < 0) *top = -*top;
        break;
      case Op::kNot:
        *top = raw(Truth::kTrue) - *top;
        break;
      case Op::kAnd:
        --top;
        *top = std::min(top[0], top[1]);
        break;
      case Op::kOr:
        --top;
        *top = std::max(top[0], top[1]);
        break;
      case Op::kHold: {
        TimeNs& since = holds[step.a];
        if (*top != raw(Truth::kTrue)) {
          since = kNotHolding;
          break;
        }
        if (since == kNotHolding) since = now;
        if (lasted(since, now, holds_[step.a])) break;
        *top = raw(Truth::kFalse);
        running = true;
        break;
      }
      case Op::kAdd:
      case Op::kSubtract:
      case Op::kMultiply:
      case Op::kDivide:
      case Op::kMin:
      case Op::kMax:
        --top;
        *top = combine(step.op, top[0], top[1]);
        break;
      default:
        --top;
        *top = raw(compare(step.op, top[0], top[1]));
        break;
    }
  }
  return {static_cast<Truth>(*top), running ? end_of_holds(holds, now) : kNeverWakes};
}

TimeNs Program::end_of_holds(std::span<const TimeNs> holds, TimeNs now) const {
  TimeNs first = kNeverWakes;
  for (std::size_t i = 0; i < holds.size(); ++i) {
    if (holds[i] == kNotHolding || lasted(holds[i], now, holds_[i])) continue;
    const Int128 end = static_cast<Int128>(holds[i]) + holds_[i];
    first = static_cast<TimeNs>(std::min<Int128>(first, end));
  }
  return first;
}

}  // namespace evenkeel::rules
