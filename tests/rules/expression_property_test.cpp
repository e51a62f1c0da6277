// Random conditions: the compiled program against an interpreter of the tree, its bounds against
// points within them, its text against itself.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/rules/expression_scene.hpp"

namespace evenkeel::rules {
namespace {

using testing::Dice;
using testing::random_value;
using testing::RandomText;
using testing::Reference;

struct Case {
  std::string text;
  Expression tree;
  Program program;
};

/// The condition of a seed; nothing when it reads no input or exceeds a bound, which is counted.
std::optional<Case> make_case(Dice& dice, const ExpressionScope& scope) {
  Case made;
  made.text = RandomText(dice).condition(1 + dice.below(4));
  Complaints complaints;
  auto program = compile_expression(made.text, scope, "random", {1, 1}, complaints);
  if (!program) {
    const std::string message = complaints.all().empty() ? "" : complaints.all()[0].message;
    EXPECT_TRUE(message.find("reads nothing") != std::string::npos ||
                message.find("more than") != std::string::npos ||
                message.find("divides by zero") != std::string::npos ||
                message.find("longer than") != std::string::npos)
        << made.text << "\n"
        << complaints.status();
    return std::nullopt;
  }
  made.program = *std::move(program);
  made.tree = *read_expression(made.text, scope, "random", {1, 1}, complaints);
  return made;
}

constexpr std::uint64_t kSeeds = 4'000;

/// Calls `check(case, dice)` for each seed's condition; most seeds make one.
template <class Check>
void for_each_case(std::uint64_t salt, Check&& check) {
  const ExpressionScope scope = testing::make_scope();
  std::uint64_t made = 0;
  for (std::uint64_t seed = 0; seed < kSeeds && !::testing::Test::HasFailure(); ++seed) {
    Dice dice(seed * 1'000 + salt);
    std::optional<Case> one = make_case(dice, scope);
    if (!one) continue;
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + one->text);
    ++made;
    check(*one, dice);
  }
  EXPECT_GT(made, kSeeds / 2);
}

TEST(ExpressionProperties, TheProgramAgreesWithAnInterpreterOfTheTree) {
  std::uint64_t counts[3] = {};
  for_each_case(1, [&](const Case& one, Dice& dice) {
    Reference reference(one.tree, one.program.inputs());
    std::vector<TimeNs> holds(one.program.hold_count(), kNotHolding);
    std::vector<std::int64_t> values(one.program.inputs().size());
    TimeNs now = 0;
    for (int step = 0; step < 12; ++step) {
      // Some values stay, so that holds get somewhere.
      for (std::int64_t& value : values) {
        if (step == 0 || dice.below(4) == 0) value = random_value(dice);
      }
      const Verdict verdict = one.program.evaluate(values, holds, now);
      ASSERT_EQ(verdict.truth, reference.evaluate(values, now)) << "step " << step;
      ++counts[static_cast<std::size_t>(verdict.truth)];
      ASSERT_GT(verdict.wake, now);
      now += dice.below(3) * kSecond + (dice.below(5) == 0 ? kMinute : 0);
    }
  });
  for (const std::uint64_t count : counts) EXPECT_GT(count, 1'000U);
}

TEST(ExpressionProperties, TheCanonicalTextGivesTheSameProgram) {
  const ExpressionScope scope = testing::make_scope();
  for_each_case(2, [&](const Case& one, Dice&) {
    const std::string text = one.program.text(scope);
    Complaints complaints;
    const auto again = compile_expression(text, scope, "canonical", {1, 1}, complaints);
    ASSERT_TRUE(again.has_value()) << text << "\n" << complaints.status();
    ASSERT_TRUE(*again == one.program) << text;
    ASSERT_EQ(again->text(scope), text);
  });
}

InputRange random_range(Dice& dice) {
  const std::int64_t at = random_value(dice);
  InputRange range = InputRange::of(at);
  if (at == kNoValue) return range;
  const std::int64_t width =
      dice.below(2) == 0 ? dice.below(2'000'000) : static_cast<std::int64_t>(dice.next() >> 10);
  range.high = at > INT64_MAX - width ? INT64_MAX : at + width;
  range.low = at < -INT64_MAX + width ? -INT64_MAX : at - (dice.below(2) == 0 ? width : 0);
  range.may_lack_value = dice.below(6) == 0;
  return range;
}

std::int64_t point_in(const InputRange& range, Dice& dice) {
  if (!range.may_have_value || (range.may_lack_value && dice.below(3) == 0)) return kNoValue;
  switch (dice.below(4)) {
    case 0:
      return range.low;
    case 1:
      return range.high;
    default: {
      const Int128 width = static_cast<Int128>(range.high) - range.low + 1;
      return static_cast<std::int64_t>(range.low + static_cast<Int128>(dice.next()) % width);
    }
  }
}

TEST(ExpressionProperties, TheBoundContainsEveryPoint) {
  std::uint64_t decided = 0, all = 0;
  for_each_case(3, [&](const Case& one, Dice& dice) {
    const std::size_t n = one.program.inputs().size();
    std::vector<TimeNs> holds(one.program.hold_count(), kNotHolding);
    const TimeNs now = 100 * kMinute;
    for (TimeNs& since : holds) {
      if (dice.below(2) == 0) since = now - dice.below(20) * kSecond;
    }
    for (int box = 0; box < 6; ++box) {
      std::vector<InputRange> ranges(n);
      for (InputRange& range : ranges) range = random_range(dice);
      const Bound bound = one.program.bound(ranges, holds, now);
      ++all;
      decided += bound.decided() ? 1 : 0;
      for (int point = 0; point < 12; ++point) {
        std::vector<std::int64_t> values(n);
        for (std::size_t i = 0; i < n; ++i) values[i] = point_in(ranges[i], dice);
        std::vector<TimeNs> state = holds;
        const Verdict verdict = one.program.evaluate(values, state, now);
        ASSERT_TRUE(bound.can_be(verdict.truth)) << static_cast<int>(verdict.truth);
        if (bound.settled) {
          ASSERT_EQ(state, holds) << "said that no hold would start or stop";
        }
      }
    }
  });
  EXPECT_GT(decided, all / 10) << "a bound that never decides is of no use";
  EXPECT_LT(decided, all);
}

TEST(ExpressionProperties, OfOnePointTheBoundIsTheAnswer) {
  for_each_case(4, [&](const Case& one, Dice& dice) {
    std::vector<TimeNs> holds(one.program.hold_count(), kNotHolding);
    std::vector<std::int64_t> values(one.program.inputs().size());
    for (std::int64_t& value : values) value = random_value(dice);
    std::vector<InputRange> ranges;
    for (const std::int64_t value : values) ranges.push_back(InputRange::of(value));
    const Verdict verdict = one.program.evaluate(values, holds, kSecond);
    const Bound bound = one.program.bound(ranges, holds, kSecond);
    ASSERT_TRUE(bound.steady());
    ASSERT_TRUE(bound.can_be(verdict.truth));
  });
}

/// Within a steady box nothing changes until the wake-up, whatever the inputs do there: skipping
/// every evaluation until then is exact.
TEST(ExpressionProperties, ASteadyBoxNeedsNoLookUntilTheWake) {
  std::uint64_t steady = 0;
  for_each_case(5, [&](const Case& one, Dice& dice) {
    const std::size_t n = one.program.inputs().size();
    std::vector<TimeNs> holds(one.program.hold_count(), kNotHolding);
    std::vector<InputRange> ranges(n);
    for (InputRange& range : ranges) range = random_range(dice);
    const auto evaluate = [&](TimeNs now) {
      std::vector<std::int64_t> values(n);
      for (std::size_t i = 0; i < n; ++i) values[i] = point_in(ranges[i], dice);
      return one.program.evaluate(values, holds, now);
    };
    const Verdict verdict = evaluate(kMinute);
    if (!one.program.bound(ranges, holds, kMinute).steady()) return;
    ++steady;
    const std::vector<TimeNs> before = holds;
    const TimeNs end = std::min(verdict.wake, 5 * kMinute);
    for (TimeNs now = kMinute; now < end; now += 700 * kMillisecond) {
      const Verdict again = evaluate(now);
      ASSERT_EQ(again.truth, verdict.truth);
      ASSERT_EQ(holds, before);
      ASSERT_EQ(again.wake, verdict.wake);
    }
  });
  EXPECT_GT(steady, kSeeds / 20);
}

/// Clocks run on by themselves: until the time that `quiet_until` tells nothing changes.
TEST(ExpressionProperties, NothingChangesBeforeTheQuietEnds) {
  std::uint64_t ended = 0, changed = 0;
  for_each_case(6, [&](const Case& one, Dice& dice) {
    const auto inputs = one.program.inputs();
    std::vector<TimeNs> holds(one.program.hold_count(), kNotHolding);
    std::vector<std::int64_t> start(inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const bool age = inputs[i].function == Function::kAge;
      const bool day = inputs[i].function == Function::kTimeOfDay;
      start[i] = age   ? dice.below(100) * kSecond
                 : day ? dice.below(86'400) * kSecond
                       : random_value(dice);
    }
    const auto values_at = [&](TimeNs now) {
      std::vector<std::int64_t> values = start;
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (inputs[i].function == Function::kAge) values[i] += now;
        if (inputs[i].function == Function::kTimeOfDay)
          values[i] = (values[i] + now) % kCalendarDay;
      }
      return values;
    };
    const Verdict verdict = one.program.evaluate(values_at(0), holds, 0);
    const TimeNs quiet = one.program.quiet_until(values_at(0), holds, 0);
    ASSERT_GT(quiet, 0);
    const std::vector<TimeNs> before = holds;
    for (int i = 0; i < 8; ++i) {
      const auto bound = static_cast<std::uint64_t>(std::min(quiet, 3 * kCalendarDay));
      const auto now =
          i == 0 ? static_cast<TimeNs>(bound) - 1 : static_cast<TimeNs>(dice.next() % bound);
      std::vector<TimeNs> state = before;
      ASSERT_EQ(one.program.evaluate(values_at(now), state, now).truth, verdict.truth) << now;
      ASSERT_EQ(state, before);
    }
    if (quiet >= kCalendarDay) return;
    ++ended;
    const Verdict after = one.program.evaluate(values_at(quiet), holds, quiet);
    changed += after.truth != verdict.truth || holds != before ? 1 : 0;
  });
  EXPECT_GT(ended, 50U);
  EXPECT_GT(changed, ended / 4) << "it is not told to look far too often";
}

}  // namespace
}  // namespace evenkeel::rules
