#include "rules/expression.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "tests/rules/expression_scene.hpp"
#include "tests/rules/heap_count.hpp"
#include "tests/rules/saved.hpp"

namespace evenkeel::rules {
namespace {

using testing::heap_count;
using testing::make_scope;

std::optional<Program> compile(const std::string& text, std::string* complaint = nullptr) {
  Complaints complaints;
  auto program = compile_expression(text, make_scope(), "p.toml", {3, 9}, complaints);
  EXPECT_EQ(program.has_value(), complaints.ok());
  if (complaint != nullptr) {
    for (const Complaint& one : complaints.all())
      *complaint += (complaint->empty() ? "" : "\n") + one.text();
  } else {
    EXPECT_TRUE(complaints.ok()) << text << "\n" << complaints.status();
  }
  return program;
}

/// The canonical text of what `text` says.
std::string canonical(const std::string& text) {
  const auto program = compile(text);
  return program ? program->text(make_scope()) : "";
}

Truth evaluate(const std::string& text, std::vector<std::int64_t> values, TimeNs now = 0) {
  const auto program = compile(text);
  if (!program) return Truth::kUnknown;
  EXPECT_EQ(program->inputs().size(), values.size());
  std::vector<TimeNs> holds(program->hold_count(), kNotHolding);
  return program->evaluate(values, holds, now).truth;
}

constexpr std::int64_t kOne = kExpressionScale;
constexpr std::int64_t kPercent = kOne / 100;
constexpr std::int64_t kDollar = Money::kScale;

// --- what it means ---------------------------------------------------------------------------

TEST(Expression, TheExampleOfTheReference) {
  const auto program = compile("vol(SPX, 20d) > 25% and drift(equity) > 3pp for 30s");
  ASSERT_TRUE(program.has_value());
  ASSERT_EQ(program->inputs().size(), 2U);
  EXPECT_EQ(
      program->inputs()[0],
      (ExpressionInput{.function = Function::kVol, .subject = 0, .window = 20 * kCalendarDay}));
  EXPECT_EQ(program->inputs()[1], (ExpressionInput{.function = Function::kDrift, .subject = 0}));
  Condition condition(*program);
  EXPECT_EQ(condition.check(0).truth, Truth::kUnknown) << "nothing is known yet";
  condition.set(0, 26 * kPercent);
  condition.set(1, 3 * kPercent);
  EXPECT_EQ(condition.check(kSecond).truth, Truth::kFalse)
      << "three points are not more than three";
  condition.set(1, 3 * kPercent + 1);
  EXPECT_EQ(condition.check(2 * kSecond), (Verdict{Truth::kFalse, 32 * kSecond}));
  condition = testing::restored(condition, Condition(*program));
  EXPECT_EQ(condition.check(32 * kSecond - 1).truth, Truth::kFalse);
  EXPECT_TRUE(condition.check(32 * kSecond).fires());
  EXPECT_EQ(condition.check(33 * kSecond).wake, kNeverWakes);
  condition.set(0, 25 * kPercent);
  EXPECT_FALSE(condition.check(34 * kSecond).fires());
  condition.set(0, 26 * kPercent);
  EXPECT_EQ(condition.check(35 * kSecond).wake, 65 * kSecond) << "it begins anew";
  condition.set(0, kNoValue);
  EXPECT_EQ(condition.check(36 * kSecond), (Verdict{Truth::kUnknown, kNeverWakes}));
}

TEST(Expression, AConditionIsLookedAtOnlyWhenSomethingChanged) {
  const auto program = compile("nav() > USD 1m for 1m");
  Condition condition(*program);
  EXPECT_TRUE(condition.set(0, 2'000'000 * kDollar));
  EXPECT_FALSE(condition.set(0, 2'000'000 * kDollar));
  EXPECT_EQ(condition.check(10).wake, kMinute + 10);
  // Had it been evaluated without need, the hold would not have begun at 10.
  EXPECT_TRUE(condition.check(kMinute + 10).fires());
}

struct Meaning {
  const char* text;
  std::vector<std::int64_t> values;
  Truth truth;
};

TEST(Expression, Meanings) {
  constexpr Truth kYes = Truth::kTrue, kNo = Truth::kFalse, kWho = Truth::kUnknown;
  const Meaning meanings[] = {
      {"weight(equity) - target(equity) > 5pp", {66 * kPercent, 60 * kPercent}, kYes},
      {"weight(equity) - target(equity) > 6pp", {66 * kPercent, 60 * kPercent}, kNo},
      {"weight(equity) >= target(equity) + 6pp", {66 * kPercent, 60 * kPercent}, kYes},
      {"drift(equity) / target(equity) > 25%", {13 * kPercent, 50 * kPercent}, kYes},
      {"cash() / nav() < 2%", {19'999 * kDollar, 1'000'000 * kDollar}, kYes},
      {"cash() < nav() * 2%", {20'000 * kDollar, 1'000'000 * kDollar}, kNo},
      {"cash() < 0", {-1}, kYes},
      {"drift(equity) > 30bp", {31 * kPercent / 100}, kYes},
      {"spread(SPX) > 5bp", {kPercent / 20}, kNo},
      {"spread(SPX) >= 5bp", {kPercent / 20}, kYes},
      {"price(SPX) > 5000.25", {5'000 * kOne}, kNo},
      {"price(SPX) / price(AGG) > 50", {5'001 * kOne, 100 * kOne}, kYes},
      {"abs(drift(equity)) > 3pp", {-4 * kPercent}, kYes},
      {"max(drift(equity), drift(bonds), 1pp) > 2pp", {-4 * kPercent, 3 * kPercent}, kYes},
      {"min(drift(equity), drift(bonds), 1pp) > -4pp", {-4 * kPercent, 3 * kPercent}, kNo},
      {"corr(SPX, AGG, 60d) > 0.5", {kOne / 2}, kNo},
      {"beta(SPX, AGG, 60d) != 1", {kOne}, kNo},
      {"signal(vix) > 30 or signal('cape yield') < 3%", {20 * kOne, 2 * kPercent}, kYes},
      {"time_of_day() >= 14:30 and time_of_day() < 20:00", {15 * kHour}, kYes},
      {"time_of_day() - 14:30 > 30m", {15 * kHour}, kNo},
      {"time_of_day() > 09:30:15 + 2h", {11 * kHour + 30 * kMinute + 16 * kSecond}, kYes},
      {"days_since_trade() > 5 and age(SPX) < 10s", {6 * kOne, kSecond}, kYes},
      {"not drawdown() < 10%", {kPercent}, kNo},
      {"not (weight(equity) > 60% and weight(bonds) > 40%)", {kOne, 0}, kYes},
      {"exposure(equity) > USD 1.5m", {1'500'001 * kDollar}, kYes},
      {"exposure(equity) > USD 1.5bn / 3", {500'000'001 * kDollar}, kYes},
      {"-drift(equity) > 3pp", {-4 * kPercent}, kYes},
      {"drift(equity) - -1pp > 3pp", {2 * kPercent + 1}, kYes},
      {"abs(drift(equity)) > 25% * target(equity)", {-13 * kPercent, 50 * kPercent}, kYes},
      {"vol(SPX, 20d) > 80% * weight(equity)", {40 * kPercent, 50 * kPercent}, kNo},
      {"2 * weight(equity) > 100%", {50 * kPercent + 1}, kYes},
      {"weight(equity) - weight(bonds) - 1pp > 0", {42 * kPercent, 40 * kPercent}, kYes},
      {"tracking_error() > 2% or weight('us/large') > 10%", {0, 11 * kPercent}, kYes},
      // Without a value, or with a division by zero, an answer is unknown, unless the rest decides.
      {"nav() > 0", {kNoValue}, kWho},
      {"not nav() > 0", {kNoValue}, kWho},
      {"cash() / nav() < 2%", {1, 0}, kWho},
      {"not cash() / nav() < 2%", {1, 0}, kWho},
      {"cash() / nav() < 2% and weight(equity) > 60%", {1, 0, 50 * kPercent}, kNo},
      {"cash() / nav() < 2% and weight(equity) > 60%", {1, 0, 61 * kPercent}, kWho},
      {"cash() / nav() < 2% or weight(equity) > 60%", {1, 0, 61 * kPercent}, kYes},
      {"cash() / nav() < 2% or weight(equity) > 60%", {1, 0, 50 * kPercent}, kWho},
      {"nav() + nav() > 0", {INT64_MAX}, kWho},
      {"nav() * 2 == nav() * 2", {INT64_MAX}, kWho},
      {"abs(nav()) > 0", {-INT64_MAX}, kYes},
      {"max(nav(), USD 1) > 0", {kNoValue}, kWho},
  };
  for (const Meaning& one : meanings)
    EXPECT_EQ(evaluate(one.text, one.values), one.truth) << one.text;
}

TEST(Expression, ProductsAndQuotientsRoundHalfAwayFromZero) {
  // 1 / 3 = 0.333333333; 2 / 3 = 0.666666667; halves of the last unit go outwards.
  EXPECT_EQ(evaluate("signal(vix) / 3 == 0.333333333", {kOne}), Truth::kTrue);
  EXPECT_EQ(evaluate("signal(vix) / 3 == 0.666666667", {2 * kOne}), Truth::kTrue);
  EXPECT_EQ(evaluate("signal(vix) * 0.5 == 0.000000001", {1}), Truth::kTrue);
  EXPECT_EQ(evaluate("signal(vix) * 0.5 == -0.000000001", {-1}), Truth::kTrue);
  EXPECT_EQ(evaluate("1 / signal(vix) == -0.5", {-2 * kOne}), Truth::kTrue);
}

TEST(Expression, HoldsNest) {
  const auto program = compile("(nav() > 0 for 10s) and cash() > 0 for 5s");
  std::vector<TimeNs> holds(2, kNotHolding);
  const auto at = [&](TimeNs now, std::int64_t nav, std::int64_t cash) {
    return program->evaluate(std::vector<std::int64_t>{nav, cash}, holds, now);
  };
  EXPECT_EQ(at(0, 1, 1), (Verdict{Truth::kFalse, 10 * kSecond}));
  EXPECT_EQ(at(10 * kSecond, 1, 1), (Verdict{Truth::kFalse, 15 * kSecond}));
  EXPECT_EQ(at(12 * kSecond, 1, 0), (Verdict{Truth::kFalse, kNeverWakes}));
  EXPECT_EQ(at(13 * kSecond, 1, 1), (Verdict{Truth::kFalse, 18 * kSecond}));
  EXPECT_EQ(at(18 * kSecond, 1, 1), (Verdict{Truth::kTrue, kNeverWakes}));
}

TEST(Expression, EvaluatingAsksTheHeapForNothing) {
  if (!heap_count()) GTEST_SKIP() << "a sanitizer owns the heap here; the other builds count";
  const auto program = compile("vol(SPX, 20d) > 25% and max(drift(equity), 1pp) * 2 > 3pp for 30s");
  Condition condition(*program);
  std::uint64_t fired = 0;
  const std::uint64_t before = *heap_count();
  for (int i = 0; i < 1'000; ++i) {
    condition.set(0, (i % 400 < 100 ? 20 : 30) * kPercent);
    condition.set(1, (i % 7) * kPercent + 2 * kPercent);
    fired += condition.check(i * kSecond).fires() ? 1 : 0;
    const InputRange ranges[] = {InputRange::of(0), {0, i * kPercent, i % 2 == 0, true}};
    fired += program->bound(ranges, condition.holds(), i * kSecond).always_true() ? 1 : 0;
  }
  EXPECT_EQ(*heap_count() - before, 0U);
  EXPECT_GT(fired, 100U);
}

TEST(Expression, InputsAreNamedOnce) {
  const auto program = compile(
      "vol(SPX, 20d) > vol(SPX, 60d) and vol(SPX, 20d, ewma) > 1% and vol(SPX, 20d, parkinson) > "
      "1%");
  ASSERT_EQ(program->inputs().size(), 3U) << "ewma is what this scope means by vol()";
  EXPECT_EQ(program->inputs()[2].estimator, Estimator::kParkinson);
}

// --- bounds ----------------------------------------------------------------------------------

TEST(Expression, BoundsOverRanges) {
  const auto program = compile("price(SPX) / price(AGG) > 50 and drift(equity) > 3pp");
  const auto bound = [&](InputRange spx, InputRange agg, InputRange drift) {
    return program->bound(std::vector<InputRange>{spx, agg, drift}, {}, 0);
  };
  const InputRange low = {1 * kOne, 4'900 * kOne}, high = {5'100 * kOne, 6'000 * kOne};
  const InputRange agg = {99 * kOne, 101 * kOne};
  const InputRange out = {4 * kPercent, 9 * kPercent};
  EXPECT_TRUE(bound(low, agg, out).always_false());
  EXPECT_TRUE(bound(high, agg, out).always_true());
  EXPECT_FALSE(bound({4'900 * kOne, 5'100 * kOne}, agg, out).decided());
  // A false half decides, whatever the other is.
  EXPECT_TRUE(bound({1, 9'000 * kOne}, {-kOne, kOne}, InputRange::of(0)).always_false());
  // A divisor that may be zero: perhaps there is no value.
  const Bound zero = bound(high, {0, kOne}, out);
  EXPECT_TRUE(zero.can_be(Truth::kUnknown) && zero.can_be(Truth::kTrue));
  EXPECT_FALSE(zero.can_be(Truth::kFalse));
  EXPECT_FALSE(bound(high, InputRange::of(0), out).can_be(Truth::kTrue));
}

TEST(Expression, QuietUntilAClockMatters) {
  const auto program = compile("age(SPX) > 10s and time_of_day() > 14:30");
  std::vector<TimeNs> holds;
  const auto quiet = [&](DurationNs age, DurationNs day) {
    return program->quiet_until(std::vector<std::int64_t>{age, day}, holds, 1'000 * kHour);
  };
  constexpr TimeNs kNow = 1'000 * kHour;
  // 10s is not more than 10s: the first nanosecond beyond it is.
  EXPECT_EQ(quiet(4 * kSecond, 15 * kHour), kNow + 6 * kSecond + 1);
  EXPECT_EQ(quiet(0, 14 * kHour), kNow + 30 * kMinute + 1) << "both have to be";
  EXPECT_EQ(quiet(kMinute, 15 * kHour), kNow + 9 * kHour) << "until midnight";
  const auto still = compile("nav() > 0");
  EXPECT_EQ(still->quiet_until(std::vector<std::int64_t>{1}, holds, kNow), kNeverWakes);
}

// --- text ------------------------------------------------------------------------------------

TEST(Expression, CanonicalText) {
  const std::pair<const char*, const char*> texts[] = {
      {"nav()>USD 2m", "nav() > USD 2000000"},
      {"( ( nav() ) ) > ( USD 250k )", "nav() > USD 250000"},
      {"drift(equity)>300bp", "drift(equity) > 300bp"},
      {"weight('equity') > 60.50%", "weight(equity) > 60.5%"},
      {"weight('real estate') > 0", "weight('real estate') > 0"},
      {"weight('and') > weight(\"it's\")", "weight('and') > weight(\"it's\")"},
      {"price(6EZ6) > 1.10", "price('6EZ6') > 1.1"},
      {"age(BRK.B) > 120s", "age(BRK.B) > 2m"},
      {"time_of_day() > 09:30:00", "time_of_day() > 09:30"},
      {"max(max(nav(), cash()), USD 1) > 0", "max(nav(), cash(), USD 1) > 0"},
      {"max(nav(), max(cash(), USD 1)) > 0", "max(nav(), max(cash(), USD 1)) > 0"},
      {"not (not (nav() > 0))", "not not nav() > 0"},
      {"not (nav() > 0 or cash() > 0)", "not (nav() > 0 or cash() > 0)"},
      {"(nav() > 0 and cash() > 0) or nav() < 0", "nav() > 0 and cash() > 0 or nav() < 0"},
      {"nav() > 0 and (cash() > 0 or nav() < 0)", "nav() > 0 and (cash() > 0 or nav() < 0)"},
      {"nav() > 0 and (cash() > 0 for 1000ms)", "nav() > 0 and (cash() > 0 for 1s)"},
      {"(nav() > 0 and cash() > 0) for 1s", "nav() > 0 and cash() > 0 for 1s"},
      {"nav() - (cash() - USD 1) > 0", "nav() - (cash() - USD 1) > 0"},
      {"(nav() - cash()) - USD 1 > 0", "nav() - cash() - USD 1 > 0"},
      {"-(nav() + cash()) * 2 < -(-USD 3)", "-(nav() + cash()) * 2 < USD 3"},
      {"- -nav() > 0", "--nav() > 0"},
      {"vol(SPX, 20d, ewma) > 25%", "vol(SPX, 20d) > 25%"},
      {"vol(SPX, 480h, yang_zhang) > 25%", "vol(SPX, 20d, yang_zhang) > 25%"},
      {"corr(SPX, AGG, 60d) > .5", "corr(SPX, AGG, 60d) > 0.5"},
  };
  for (const auto& [text, expected] : texts) {
    EXPECT_EQ(canonical(text), expected);
    EXPECT_EQ(canonical(expected), expected);
  }
}

TEST(Expression, ValuesAsText) {
  const auto program = compile(
      "vol(SPX, 20d) > 25% and drift(equity) > 3pp and nav() > 0 and price(6EZ6) > 1 and age(SPX) "
      "< 5s and time_of_day() > 09:30 and signal(vix) > 3 and signal(lag) > 0s");
  EXPECT_EQ(program->values_text(
                std::vector<std::int64_t>{265 * kPercent / 10, kNoValue, -15'000, 11 * kOne / 10,
                                          1'500 * kMillisecond, 10 * kHour, 20 * kOne, kMinute},
                make_scope()),
            "vol(SPX, 20d) = 26.5%, drift(equity) has no value, nav() = -USD 1.5, price('6EZ6') = "
            "1.1, age(SPX) = 1500ms, time_of_day() = 10:00, signal(vix) = 20, signal(lag) = 1m");
}

/// Every condition that docs/EXPRESSIONS.md shows is one, and each has its sentence.
TEST(Expression, TheReferenceShowsWhatWorks) {
  std::ifstream file(EVENKEEL_SOURCE_DIR "/docs/EXPRESSIONS.md");
  ASSERT_TRUE(file.is_open());
  bool inside = false;
  int shown = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("```", 0) == 0) {
      inside = line == "```conditions";
      continue;
    }
    if (!inside) continue;
    const std::size_t comment = line.find('#');
    ASSERT_NE(comment, std::string::npos) << line;
    EXPECT_EQ(line.back(), '.') << line;
    const std::string text = line.substr(0, comment);
    EXPECT_TRUE(compile(text).has_value()) << text;
    ++shown;
  }
  EXPECT_GE(shown, 10);
}

// --- complaints ------------------------------------------------------------------------------

/// The text begins at line 3, column 9 of p.toml.
struct Wrong {
  const char* text;
  const char* complaint;
};

TEST(Expression, EachComplaintHasItsPlaceAndASuggestion) {
  const Wrong wrongs[] = {
      {"", "p.toml:3:9: the condition is empty"},
      {"drift(equity) > ", "p.toml:3:25: the condition ends where a value is expected"},
      {"drift(equty) > 3pp", "p.toml:3:15: unknown sleeve 'equty' (did you mean 'equity'?)"},
      {"dirft(equity) > 3pp", "p.toml:3:9: unknown function 'dirft' (did you mean 'drift'?)"},
      {"vol(SPY, 20d) > 5%", "p.toml:3:13: unknown instrument 'SPY' (did you mean 'SPX'?)"},
      {"vol(SPX, 20d, parkinsn) > 5%",
       "p.toml:3:23: unknown estimator 'parkinsn' (did you mean 'parkinson'?); it is one of: ewma, "
       "close_to_close, parkinson, garman_klass, rogers_satchell, yang_zhang, realised"},
      {"signal(vx) > 5", "p.toml:3:16: unknown signal 'vx' (did you mean 'vix'?)"},
      {"drift(equity) > 3%",
       "p.toml:3:25: cannot compare 'drift(equity)', a difference of ratios (like 3pp), and '3%', "
       "a "
       "ratio (like 25%); write 3pp?"},
      {"weight(equity) > 60pp",
       "p.toml:3:26: cannot compare 'weight(equity)', a ratio (like 25%), and '60pp', a difference "
       "of ratios (like 3pp); write 60%?"},
      {"weight(equity) > 0.6",
       "p.toml:3:26: cannot compare 'weight(equity)', a ratio (like 25%), and '0.6', a plain "
       "number "
       "(like 1.5); write 60%?"},
      {"3 < drift(equity)",
       "p.toml:3:9: cannot compare '3', a plain number (like 1.5), and 'drift(equity)', a "
       "difference of ratios (like 3pp); write 3pp?"},
      {"corr(SPX, AGG, 60d) > 50%",
       "p.toml:3:31: cannot compare 'corr(SPX, AGG, 60d)', a plain number (like 1.5), and '50%', a "
       "ratio (like 25%); write 0.5?"},
      {"age(SPX) > 5",
       "p.toml:3:20: cannot compare 'age(SPX)', a duration (like 30s), and '5', a plain number "
       "(like 1.5); write 5s?"},
      {"nav() > EUR 2m",
       "p.toml:3:17: cannot compare 'nav()', an amount of USD, and 'EUR 2m', an amount of EUR; "
       "they "
       "are in different currencies"},
      {"price(VEA) > price(SPX)",
       "p.toml:3:22: cannot compare 'price(VEA)', a price in EUR, and 'price(SPX)', a price in "
       "USD; "
       "they are in different currencies"},
      {"nav() * cash() > 0",
       "p.toml:3:17: cannot multiply 'nav()', an amount of USD, and 'cash()', an amount of USD"},
      {"nav() + weight(equity) > 0",
       "p.toml:3:17: cannot add 'nav()', an amount of USD, and 'weight(equity)', a ratio (like "
       "25%)"},
      {"drift(equity)",
       "p.toml:3:9: 'drift(equity)' is a difference of ratios (like 3pp), not a "
       "condition; compare it with something"},
      {"drift(equity) and nav() > 0",
       "p.toml:3:9: 'and' takes conditions; 'drift(equity)' is a difference of ratios (like 3pp)"},
      {"not nav()", "p.toml:3:13: 'not' takes conditions; 'nav()' is an amount of USD"},
      {"(nav() > 0) == (cash() > 0)",
       "p.toml:3:24: cannot compare '(nav() > 0)', a condition, and '(cash() > 0)', a condition"},
      {"-time_of_day() > 14:30",
       "p.toml:3:10: '-' does not go with 'time_of_day()', a time of day (like 14:30)"},
      {"time_of_day() > 25:00", "p.toml:3:25: '25:00' is not a time of day; write it like '14:30'"},
      {"nav() / 0 > 1", "p.toml:3:17: divides by zero; it would never have a value"},
      {"nav() = USD 5", "p.toml:3:15: unknown operator '='; write =="},
      {"nav() > 0 && cash() > 0", "p.toml:3:19: unknown operator '&&'; write and"},
      {"!nav() > 0", "p.toml:3:9: expected a value, found '!'; write not"},
      {"nav() > 0 AND cash() > 0",
       "p.toml:3:19: expected an operator, 'and', 'or' or 'for' before 'AND' (did you mean "
       "'and'?)"},
      {"drift(equity) > 3 pp",
       "p.toml:3:27: expected an operator, 'and', 'or' or 'for' before "
       "'pp'; a unit stands right behind its number"},
      {"USD 1 < nav() < USD 5", "p.toml:3:23: comparisons do not chain; write 'a < b and b < c'"},
      {"(nav() > 0", "p.toml:3:9: this '(' is not closed"},
      {"nav() > 0)", "p.toml:3:18: this ')' closes nothing"},
      {"nav() > 0 for", "p.toml:3:22: expected a duration like '30s' after 'for'"},
      {"nav() > 0 for 30",
       "p.toml:3:23: '30' has no unit; write it like '250ms', '30s', '5m' or "
       "'2h'"},
      {"nav() > 0 for 0s", "p.toml:3:23: a hold lasts longer than nothing"},
      {"SPX > 5000", "p.toml:3:9: a name alone is no value: 'SPX'; write price(SPX)"},
      {"nav > 5", "p.toml:3:9: a name alone is no value: 'nav'; write nav()"},
      {"equity > 5%",
       "p.toml:3:9: a name alone is no value: 'equity'; write weight(equity) or drift(equity)"},
      {"'SPX' > 5", "p.toml:3:9: ''SPX'' is a name; only functions take names, as in price('SPX')"},
      {"price('SPX) > 5", "p.toml:3:15: expected a name, found ''SPX) > 5'"},
      {"vol(SPX) > 5%", "p.toml:3:9: vol is written like vol(SPX, 20d)"},
      {"nav(SPX) > 5", "p.toml:3:13: nav takes nothing: nav()"},
      {"price(SPX AGG) > 5", "p.toml:3:19: expected ',' or ')' before 'AGG'"},
      {"vol(SPX, 0d) > 5%", "p.toml:3:18: the window is empty"},
      {"min(nav()) > 0", "p.toml:3:9: min takes two values or more"},
      {"abs(nav(), cash()) > 0", "p.toml:3:18: abs takes one value"},
      {"nav() > 2m",
       "p.toml:3:17: cannot compare 'nav()', an amount of USD, and '2m', a duration (like 30s)"},
      {"nav() > 2bn", "p.toml:3:17: '2bn' has no currency; write it like 'USD 2bn'"},
      {"drift(equity) > 3pq",
       "p.toml:3:25: unknown unit 'pq' in '3pq' (did you mean 'pp'?); it is "
       "one of: %, pp, bp, ns, us, ms, s, m, h, d"},
      {"signal(vix) > 1.2.3", "p.toml:3:23: '1.2.3' is not a number"},
      {"signal(vix) > 0.0000000001", "p.toml:3:23: '0.0000000001' has too many decimals"},
      {"signal(vix) > 99999999999", "p.toml:3:23: '99999999999' is too large"},
      {"1 < 2", "p.toml:3:9: the condition reads nothing; it would always be the same"},
      {"nav() > 0 \xe2\x82\xac",
       "p.toml:3:19: expected an operator, 'and', 'or' or 'for' before "
       "'\xe2\x82\xac'"},
      // Columns count characters, lines count in texts of several.
      {"weight('\xc3\xa9') > 0 and drift(x) > 0",
       "p.toml:3:16: unknown sleeve ''\xc3\xa9''\np.toml:3:35: unknown sleeve 'x'"},
      {"nav() > 0\n  and navv() > 0", "p.toml:4:7: unknown function 'navv' (did you mean 'nav'?)"},
  };
  for (const Wrong& one : wrongs) {
    std::string complaint;
    EXPECT_FALSE(compile(one.text, &complaint).has_value()) << one.text;
    EXPECT_EQ(complaint, one.complaint) << one.text;
  }
}

std::string repeated(const std::string& text, int count, const std::string& between = "") {
  std::string all;
  for (int i = 0; i < count; ++i) all += (i == 0 ? "" : between) + text;
  return all;
}

TEST(Expression, EverythingIsBounded) {
  const auto complaint_of = [](const std::string& text) {
    std::string complaint;
    EXPECT_FALSE(compile(text, &complaint).has_value());
    return complaint;
  };
  const int depth = Program::kDepthMax;
  const auto nested = [](int n) { return repeated("(", n) + "nav()" + repeated(")", n) + " > 0"; };
  EXPECT_TRUE(compile(nested(depth)).has_value());
  EXPECT_EQ(complaint_of(nested(depth + 1)),
            "p.toml:3:42: the condition is nested more than 32 deep");
  EXPECT_NE(complaint_of(repeated("not ", depth + 1) + "nav() > 0").find("nested"),
            std::string::npos);
  EXPECT_NE(complaint_of(repeated("-", 1'900) + "nav() > 0").find("nested"), std::string::npos);
  EXPECT_EQ(complaint_of("nav() > 0" + std::string(2'040, ' ')),
            "p.toml:3:9: the condition is longer than 2048 bytes");
  EXPECT_EQ(complaint_of(repeated("nav() > 0", 129, " or ")),
            "p.toml:3:9: the condition has more than 256 steps");
  std::string windows;
  for (int i = 1; i <= 33; ++i)
    windows += (i == 1 ? "vol(SPX," : " or vol(SPX,") + std::to_string(i) + "d)>1%";
  EXPECT_EQ(complaint_of(windows), "p.toml:3:9: the condition has more than 32 inputs");
  std::string constants;
  for (int i = 1; i <= 65; ++i)
    constants += (i == 1 ? "nav()>USD " : " or nav()>USD ") + std::to_string(i);
  EXPECT_EQ(complaint_of(constants), "p.toml:3:9: the condition has more than 64 constants");
  EXPECT_EQ(complaint_of("nav() > 0" + repeated(" for 1s", 9)),
            "p.toml:3:9: the condition has more than 8 holds ('for')");
  // The stack: each bracket keeps one value waiting.
  EXPECT_TRUE(compile(repeated("USD 1 + (", depth) + "nav()" + repeated(")", depth) + " > 0"));
}

TEST(Expression, InAFileTheColumnIsThatOfTheText) {
  Complaints complaints;
  Config config = Config::parse("x = 1\nwhen = \"drift(equty) > 3pp\"\n", "f.toml", complaints);
  const Table root = config.root();
  EXPECT_FALSE(compile_expression(root.get("when"), make_scope(), "f.toml", complaints));
  EXPECT_EQ(complaints.all().at(0).text(),
            "f.toml:2:15: unknown sleeve 'equty' (did you mean 'equity'?)");
  Complaints more;
  Config lines =
      Config::parse("when = \"\"\"\nnav() > 0\n and drift(equty) > 3pp\"\"\"", "f.toml", more);
  EXPECT_FALSE(compile_expression(lines.root().get("when"), make_scope(), "f.toml", more));
  EXPECT_EQ(more.all().at(0).text(),
            "f.toml:3:12: unknown sleeve 'equty' (did you mean 'equity'?)");
  Complaints wrong;
  Config number = Config::parse("when = 5", "f.toml", wrong);
  EXPECT_FALSE(compile_expression(number.root().get("when"), make_scope(), "f.toml", wrong));
  EXPECT_FALSE(wrong.ok());
  Complaints none;
  EXPECT_FALSE(compile_expression(Value(), make_scope(), "f.toml", none));
  EXPECT_TRUE(none.ok()) << "an absent value is no complaint";
}

}  // namespace
}  // namespace evenkeel::rules
