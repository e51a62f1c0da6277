// Any text as a condition: either a program, whose text compiles to the same program, whose
// evaluation stays within its bounds and whose bound over ranges contains its answer at points; or
// complaints that all have a place. Never anything else.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/check.hpp"
#include "rules/expression.hpp"

namespace {

using namespace evenkeel;         // NOLINT: a program of one function
using namespace evenkeel::rules;  // NOLINT

ExpressionScope make_scope() {
  ExpressionScope scope;
  EVENKEEL_CHECK(scope.base_currency.assign("USD"));
  Text<4> euro;
  EVENKEEL_CHECK(euro.assign("EUR"));
  scope.sleeves = {"equity", "bonds", "real estate", "and"};
  scope.instruments = {
      {"SPX", scope.base_currency}, {"AGG", scope.base_currency}, {"VEA", euro}, {"6EZ6", euro}};
  scope.signals = {{"vix", Unit::kNumber}, {"lag", Unit::kDuration}, {"yield", Unit::kRatio}};
  return scope;
}

/// Values that are a function of the text, so that a failure reproduces.
class Values {
 public:
  explicit Values(std::string_view text) {
    for (const char c : text) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }
  std::int64_t value() {
    const std::uint64_t word = next();
    if (word % 7 == 0) return kNoValue;
    const auto magnitude = static_cast<std::int64_t>(next() >> (1 + word % 63));
    return word % 2 == 0 ? magnitude : -magnitude;
  }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325U;
};

void check_text(const Program& program, const ExpressionScope& scope) {
  const std::string text = program.text(scope);
  if (text.size() > Program::kTextMax) return;
  Complaints complaints;
  const auto again = compile_expression(text, scope, "again.toml", {1, 1}, complaints);
  EVENKEEL_CHECK(again.has_value());
  EVENKEEL_CHECK(*again == program);
}

void check_evaluation(const Program& program, Values& values) {
  const std::size_t inputs = program.inputs().size();
  std::vector<std::int64_t> point(inputs);
  std::vector<InputRange> ranges(inputs);
  std::vector<TimeNs> holds(program.hold_count(), kNotHolding);
  TimeNs now = 0;
  for (int step = 0; step < 8; ++step) {
    for (std::size_t i = 0; i < inputs; ++i) {
      if (step == 0 || values.next() % 3 == 0) point[i] = values.value();
      ranges[i] = InputRange::of(point[i]);
      if (point[i] == kNoValue) continue;
      const auto width = static_cast<std::int64_t>(values.next() >> (1 + values.next() % 63));
      if (point[i] > -INT64_MAX + width) ranges[i].low = point[i] - width;
      if (point[i] < INT64_MAX - width) ranges[i].high = point[i] + width;
    }
    const Bound bound = program.bound(ranges, holds, now);
    const Verdict verdict = program.evaluate(point, holds, now);
    EVENKEEL_CHECK(bound.can_be(verdict.truth));
    EVENKEEL_CHECK(verdict.wake > now);
    EVENKEEL_CHECK(program.quiet_until(point, holds, now) > now);
    now += static_cast<TimeNs>(values.next() % (kMinute * 2));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ExpressionScope kScope = make_scope();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Complaints complaints;
  const auto program = compile_expression(text, kScope, "fuzz.toml", {1, 1}, complaints);
  EVENKEEL_CHECK(program.has_value() == complaints.ok());
  if (!program) {
    for (const Complaint& complaint : complaints.all())
      EVENKEEL_CHECK(complaint.position.line > 0 && !complaint.message.empty());
    return 0;
  }
  check_text(*program, kScope);
  Values values(text);
  check_evaluation(*program, values);
  return 0;
}
