// Conditions in the policy's own small language, for what no named trigger covers:
//
//   when = "vol(SPX, 20d) > 25% and drift(equity) > 3pp for 30s"
//
// Text is parsed and checked once, at the edge, with units and with line and column of what is
// wrong; what comes out is a short postfix program over exact integers. Evaluating it allocates
// nothing, reads no clock and cannot fail: what has no value (a division by zero, a stale price, an
// overflow) makes every comparison that it is part of *unknown*, and unknown never fires. The
// program names the inputs that it reads; the host supplies their values, so that a condition is
// looked at only when one of them changed. Never decides to trade.
//
// Units, and which operation yields which (anything else is a complaint):
//   ratio (25%)     a level: weight, volatility, drawdown       10^-9
//   points (3pp)    a difference of ratios: drift               10^-9
//   10bp            fits both
//   number (1.5)    of no unit: correlation, beta               10^-9
//   price           per unit, in a currency; written as number  10^-9
//   money (USD 2m)  in a currency                               10^-4
//   duration (30s), time of day, UTC (14:30)                    nanoseconds
//   ratio - ratio -> points, ratio +- points -> ratio, otherwise X +- X -> X
//   X * number -> X, X * ratio -> X, X / number -> X, X / ratio -> X; ratio * ratio fits both
//     ratio and points, as 10bp does
//   X / X -> a quotient, which is compared with a number or with a ratio
//   time of day +- duration -> time of day; their difference is a duration
//   min, max, abs keep the unit. A bare 0 has any unit.
// A product or a quotient is rounded once, half away from zero, to the unit of its result; all else
// is exact. From the loosest: `for`, `or`, `and`, `not`, comparisons, + -, * /, unary minus. So
// `a and b for 30s` asks that both hold for thirty seconds; `a and (b for 30s)` only the second.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.hpp"
#include "core/time.hpp"
#include "rules/config_reader.hpp"
#include "rules/estimators.hpp"

namespace evenkeel::rules {

enum class Unit : std::uint8_t {
  kInvalid = 0,  // already complained about
  kCondition,
  kNumber,
  kRatio,
  kPoints,
  kBasisPoints,  // fits ratio and points; so does a part of a ratio
  kQuotient,     // fits number and ratio
  kDuration,
  kTimeOfDay,
  kMoney,
  kPrice,
};

struct Type {
  Unit unit = Unit::kInvalid;
  Text<4> currency{};  // of money and prices
  friend bool operator==(const Type&, const Type&) = default;
};

/// What the host can be asked for.
enum class Function : std::uint8_t {
  kDrift = 0,       // drift(sleeve): weight - target, points
  kWeight,          // weight(sleeve): ratio
  kTarget,          // target(sleeve): ratio
  kPrice,           // price(SYM): price
  kAge,             // age(SYM): since its mark was confirmed, duration
  kSpread,          // spread(SYM): of its mark, ratio
  kVol,             // vol(SYM, window [, estimator]): annual, ratio
  kCorr,            // corr(A, B, window): number
  kBeta,            // beta(A, B, window): of A on B, number
  kDrawdown,        // drawdown(): from the peak, ratio
  kNav,             // nav(): money
  kCash,            // cash(): money
  kExposure,        // exposure(sleeve): physical and futures, money
  kSignal,          // signal(name): of the signal's unit
  kTimeOfDay,       // time_of_day(): UTC
  kDaysSinceTrade,  // days_since_trade(): number
  kTrackingError,   // tracking_error(): annual, ratio
};
inline constexpr std::size_t kFunctions = 17;
std::string_view function_name(Function function);

/// One value that a program reads. Two programs that read the same have equal inputs.
struct ExpressionInput {
  static constexpr std::uint32_t kNone = 0xffffffff;
  Function function = Function::kNav;
  Estimator estimator = Estimator::kEwma;  // kVol only
  std::uint32_t subject = kNone;           // index of the sleeve, instrument or signal
  std::uint32_t other = kNone;             // the second instrument
  DurationNs window = 0;
  friend bool operator==(const ExpressionInput&, const ExpressionInput&) = default;
};

/// The names that a condition may use; an input's `subject` is an index into these.
struct ExpressionScope {
  struct Instrument {
    std::string symbol;
    Text<4> currency;
  };
  struct Signal {
    std::string name;
    Unit unit = Unit::kNumber;  // number, ratio, points or duration
  };
  std::vector<std::string> sleeves{};
  std::vector<Instrument> instruments{};
  std::vector<Signal> signals{};
  Text<4> base_currency{};
  Estimator estimator = Estimator::kEwma;  // where vol() names none
};

/// The value of an input (or of a part of a condition) that has none.
inline constexpr std::int64_t kNoValue = std::numeric_limits<std::int64_t>::min();
/// What values are shares of: the raw integer of 1 in all units but money and times.
inline constexpr std::int64_t kExpressionScale = 1'000'000'000;

/// Ordered so that `and` is the least and `or` the greatest.
enum class Truth : std::uint8_t { kFalse = 0, kUnknown = 1, kTrue = 2 };

inline constexpr TimeNs kNeverWakes = std::numeric_limits<TimeNs>::max();
/// A hold that is not running.
inline constexpr TimeNs kNotHolding = std::numeric_limits<TimeNs>::min();

struct Verdict {
  Truth truth = Truth::kUnknown;
  /// When the answer may change though no input does: the end of a hold.
  TimeNs wake = kNeverWakes;
  bool fires() const { return truth == Truth::kTrue; }
  friend bool operator==(const Verdict&, const Verdict&) = default;

  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [truth, wake] = s;
    a(truth, wake);
    if (truth > Truth::kTrue) a.fail();
  }
};

/// An input that lies anywhere within [low, high], low <= high; or has no value.
struct InputRange {
  std::int64_t low = 0, high = 0;
  bool may_lack_value = false;
  bool may_have_value = true;
  static constexpr InputRange of(std::int64_t value) {
    return value == kNoValue ? InputRange{0, 0, true, false}
                             : InputRange{value, value, false, true};
  }
};

/// What a condition can be while its inputs move within their ranges. It may say too much, never
/// too little.
struct Bound {
  std::uint8_t possible = 0;  // bit 1 << Truth
  /// No evaluation within the ranges would start or stop a hold.
  bool settled = true;
  bool can_be(Truth truth) const { return (possible >> static_cast<unsigned>(truth) & 1U) != 0; }
  bool always_true() const { return possible == 1U << 2; }
  bool always_false() const { return possible == 1U << 0; }
  bool decided() const { return (possible & (possible - 1)) == 0; }
  /// Nothing needs to be evaluated before `Verdict::wake` while inputs stay within their ranges.
  bool steady() const { return decided() && settled; }
};

enum class Op : std::uint8_t {
  kInput = 0,  // a: input
  kConstant,   // a: constant
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kNegate,
  kAbs,
  kMin,
  kMax,
  kLess,  // comparisons, in this order
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kEqual,
  kNotEqual,
  kAnd,
  kOr,
  kNot,
  kHold,  // a: hold
  kTest,  // a: a comparison, of input b with constant c: the common case in one step
};

struct Instruction {
  Op op = Op::kInput;
  std::uint8_t a = 0, b = 0, c = 0;
  friend bool operator==(const Instruction&, const Instruction&) = default;
};
static_assert(sizeof(Instruction) == 4);

struct Expression;

/// A compiled condition. Immutable; shared by the portfolios of a policy.
class Program {
 public:
  static constexpr std::size_t kTextMax = 2048;  // bytes
  static constexpr int kDepthMax = 32;           // of brackets and prefixes
  static constexpr std::size_t kInputsMax = 32;
  static constexpr std::size_t kConstantsMax = 64;
  static constexpr std::size_t kHoldsMax = 8;
  static constexpr std::size_t kInstructionsMax = 256;
  static constexpr std::size_t kStackMax = 40;

  /// What the program reads, each once, in the order of the text.
  std::span<const ExpressionInput> inputs() const { return inputs_; }
  std::size_t hold_count() const { return holds_.size(); }
  std::size_t size() const { return code_.size(); }

  /// `values` by input (kNoValue: none); `holds` is this portfolio's state, all kNotHolding at
  /// first, and is moved on. Times do not go backwards. Preconditions: sizes as above.
  Verdict evaluate(std::span<const std::int64_t> values, std::span<TimeNs> holds, TimeNs now) const;
  /// The same over ranges of values at the time `now`, without touching the state. Precondition:
  /// sizes as above; each range ordered and within +-INT64_MAX.
  Bound bound(std::span<const InputRange> ranges, std::span<const TimeNs> holds, TimeNs now) const;
  /// A time before which the condition needs no look unless an input is told to have changed: holds
  /// end and the inputs that are clocks (age, time of day) run on. `values` as of `now`, after an
  /// evaluation at `now`. Precondition: 0 <= `now` < kNeverWakes.
  TimeNs quiet_until(std::span<const std::int64_t> values, std::span<const TimeNs> holds,
                     TimeNs now) const;
  /// The canonical text: compiling it in the same scope gives an equal program.
  std::string text(const ExpressionScope& scope) const;
  /// For people: "vol(SPX, 20d) = 26.5%, drift(equity) has no value". Precondition: sizes as above.
  std::string values_text(std::span<const std::int64_t> values, const ExpressionScope& scope) const;

  friend bool operator==(const Program&, const Program&) = default;

 private:
  friend class ProgramBuilder;
  struct Constant {
    std::int64_t value = 0;
    Type type;
    friend bool operator==(const Constant&, const Constant&) = default;
  };
  TimeNs end_of_holds(std::span<const TimeNs> holds, TimeNs now) const;

  std::vector<Instruction> code_;
  std::vector<std::int64_t> constants_;
  std::vector<Type> constant_types_;
  std::vector<DurationNs> holds_;
  std::vector<ExpressionInput> inputs_;
};

/// Reads a condition. `origin` is where its first character stands in `file`. Nothing, and
/// complaints with their places, when it is not one.
std::optional<Program> compile_expression(std::string_view text, const ExpressionScope& scope,
                                          std::string_view file, Position origin,
                                          Complaints& complaints);

/// The condition in a value of a configuration file; places are exact for a string on one line
/// without escapes, and for one in triple quotes that begins on the next line.
std::optional<Program> compile_expression(const Value& value, const ExpressionScope& scope,
                                          std::string_view file, Complaints& complaints);

/// The type of an input's value.
Type expression_input_type(const ExpressionInput& input, const ExpressionScope& scope);
/// A constant of a type as the language writes it: "25%", "3pp", "30s", "USD 2000000".
std::string expression_constant_text(std::int64_t value, const Type& type);
/// A name as the language writes it: bare or in quotes.
std::string expression_name_text(std::string_view name);

/// One portfolio's condition: its inputs as last told and its holds. Evaluates only when an input
/// changed or a hold has ended. The program outlives it.
class Condition {
 public:
  explicit Condition(const Program& program)
      : program_(&program),
        values_(program.inputs().size(), kNoValue),
        holds_(program.hold_count(), kNotHolding) {}

  /// Input `index` of the program as it is now. True when that is a change.
  bool set(std::size_t index, std::int64_t value) {
    if (values_[index] == value) return false;
    values_[index] = value;
    changed_ = true;
    return true;
  }
  const Verdict& check(TimeNs now) {
    if (changed_ || verdict_.wake <= now) {
      verdict_ = program_->evaluate(values_, holds_, now);
      changed_ = false;
    }
    return verdict_;
  }
  const Program& program() const { return *program_; }
  std::span<const std::int64_t> values() const { return values_; }
  std::span<const TimeNs> holds() const { return holds_; }

  /// Into a condition of an equal program.
  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [program, values, holds, verdict, changed] = s;
    a.table(values);
    a.table(holds);
    a(verdict, changed);
  }

 private:
  const Program* program_;
  std::vector<std::int64_t> values_;
  std::vector<TimeNs> holds_;
  Verdict verdict_;
  bool changed_ = true;
};

}  // namespace evenkeel::rules
