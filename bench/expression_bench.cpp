// What one evaluation of a condition costs, beside the same condition written by hand in C++ as the
// floor, and its bound over ranges. Values change between evaluations, so that branches are not
// learnt by heart; each answer is compared with that of the floor.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "bench/support/answer.hpp"
#include "core/check.hpp"
#include "rules/expression.hpp"

namespace evenkeel::bench {
namespace {

using rules::ExpressionScope;
using rules::kNotHolding;
using rules::kNoValue;
using rules::Program;
using rules::Truth;

constexpr std::string_view kTwoTerms = "vol(SPX, 20d) > 25% and drift(equity) > 3pp";
constexpr std::string_view kTwoTermsHeld = "vol(SPX, 20d) > 25% and drift(equity) > 3pp for 30s";
constexpr std::string_view kSixTerms =
    "vol(SPX, 20d) > 25% and abs(drift(equity)) > 3pp and cash() / nav() < 2% and "
    "(signal(vix) > 30 or corr(SPX, AGG, 60d) > 0.5) and age(SPX) < 10s";

constexpr std::size_t kRows = 1'024;
constexpr std::size_t kInputsMax = 8;
constexpr std::int64_t kPercent = rules::kExpressionScale / 100;

Program compiled(std::string_view text) {
  ExpressionScope scope;
  EVENKEEL_CHECK(scope.base_currency.assign("USD"));
  scope.sleeves = {"equity"};
  scope.instruments = {{"SPX", scope.base_currency}, {"AGG", scope.base_currency}};
  scope.signals = {{"vix", rules::Unit::kNumber}};
  rules::Complaints complaints;
  auto program = rules::compile_expression(text, scope, "bench", {1, 1}, complaints);
  EVENKEEL_CHECK(program.has_value());
  return *std::move(program);
}

using Row = std::array<std::int64_t, kInputsMax>;

/// Rows of values in the order in which both conditions read them: volatility, drift, cash, NAV,
/// signal, correlation, age. About one in sixteen has no value.
std::vector<Row> make_rows() {
  std::vector<Row> rows(kRows);
  std::uint64_t state = 1;
  const auto below = [&](std::int64_t bound) {
    state = state * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
    return static_cast<std::int64_t>(state >> 33) % bound;
  };
  for (Row& row : rows) {
    row = {(20 + below(10)) * kPercent,
           (below(13) - 6) * kPercent,
           below(30'000) * 10'000,
           std::int64_t{1'000'000} * 10'000,
           (20 + below(20)) * rules::kExpressionScale,
           below(100) * kPercent,
           below(20) * kSecond,
           0};
    if (below(16) == 0) row[static_cast<std::size_t>(below(7))] = kNoValue;
  }
  return rows;
}

// --- by hand: the same three-valued answers ---

int above(std::int64_t value, std::int64_t bound) {
  return value == kNoValue ? 1 : value > bound ? 2 : 0;
}
int below(std::int64_t value, std::int64_t bound) {
  return value == kNoValue ? 1 : value < bound ? 2 : 0;
}
int two_terms(const Row& row) {
  return std::min(above(row[0], 25 * kPercent), above(row[1], 3 * kPercent));
}
int six_terms(const Row& row) {
  const std::int64_t drift = row[1] != kNoValue && row[1] < 0 ? -row[1] : row[1];
  std::int64_t share = kNoValue;
  if (row[2] != kNoValue && row[3] != kNoValue && row[3] != 0) {
    share = static_cast<std::int64_t>(
        divide_rounded(static_cast<Int128>(row[2]) * rules::kExpressionScale, row[3]));
  }
  const int signals =
      std::max(above(row[4], 30 * rules::kExpressionScale), above(row[5], 50 * kPercent));
  return std::min({above(row[0], 25 * kPercent), above(drift, 3 * kPercent),
                   below(share, 2 * kPercent), signals, below(row[6], 10 * kSecond)});
}

template <class Evaluate>
Answer answer_of(const std::vector<Row>& rows, Evaluate&& evaluate) {
  Answer answer;
  for (const Row& row : rows) answer.add(static_cast<std::int64_t>(evaluate(row)));
  return answer;
}

template <class Evaluate>
void run(benchmark::State& state, const std::vector<Row>& rows, Evaluate&& evaluate) {
  std::size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(evaluate(rows[at]));
    at = (at + 1) % kRows;
  }
}

void by_hand(benchmark::State& state, int (*condition)(const Row&)) {
  const std::vector<Row> rows = make_rows();
  run(state, rows, condition);
  expect_answer(state, answer_of(rows, condition), answer_of(rows, condition));
}

void program(benchmark::State& state, std::string_view text, int (*reference)(const Row&)) {
  const std::vector<Row> rows = make_rows();
  const Program program = compiled(text);
  const std::size_t inputs = program.inputs().size();
  const auto evaluate = [&](const Row& row) {
    return program.evaluate({row.data(), inputs}, {}, 0).truth;
  };
  run(state, rows, evaluate);
  expect_answer(state, answer_of(rows, evaluate), answer_of(rows, reference));
}

void two_terms_by_hand(benchmark::State& state) { by_hand(state, two_terms); }
void two_terms_program(benchmark::State& state) { program(state, kTwoTerms, two_terms); }
void six_terms_by_hand(benchmark::State& state) { by_hand(state, six_terms); }
void six_terms_program(benchmark::State& state) { program(state, kSixTerms, six_terms); }
BENCHMARK(two_terms_by_hand);
BENCHMARK(two_terms_program);
BENCHMARK(six_terms_by_hand);
BENCHMARK(six_terms_program);

/// With the state of a hold, a second of event time a step.
void two_terms_held_program(benchmark::State& state) {
  const std::vector<Row> rows = make_rows();
  const Program program = compiled(kTwoTermsHeld);
  TimeNs holds[] = {kNotHolding};
  TimeNs now = 0;
  run(state, rows, [&](const Row& row) {
    now += kSecond;
    return program.evaluate({row.data(), 2}, holds, now).truth;
  });
  // By hand: true for the thirty seconds before.
  holds[0] = kNotHolding;
  std::int64_t since = -1;
  Answer answer, reference;
  for (std::int64_t second = 0; second < 4'000; ++second) {
    const Row& row = rows[static_cast<std::size_t>(second / 50)];
    answer.add(static_cast<std::int64_t>(
        program.evaluate({row.data(), 2}, holds, second * kSecond).truth));
    const int truth = two_terms(row);
    since = truth != 2 ? -1 : since < 0 ? second : since;
    reference.add(static_cast<std::int64_t>(truth != 2 || second - since >= 30 ? truth : 0));
  }
  expect_answer(state, answer, reference);
}
BENCHMARK(two_terms_held_program);

/// Over ranges of one part in a thousand around each row; the answer is how many are decided, and
/// each decided one is that of its row.
void six_terms_bound(benchmark::State& state) {
  const std::vector<Row> rows = make_rows();
  const Program program = compiled(kSixTerms);
  const std::size_t inputs = program.inputs().size();
  std::vector<std::array<rules::InputRange, kInputsMax>> ranges(kRows);
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t i = 0; i < kInputsMax; ++i) {
      const std::int64_t value = rows[r][i];
      ranges[r][i] = rules::InputRange::of(value);
      if (value == kNoValue) continue;
      const std::int64_t width = (value < 0 ? -value : value) / 1'000;
      ranges[r][i] = {value - width, value + width, false, true};
    }
  }
  std::size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(program.bound({ranges[at].data(), inputs}, {}, 0));
    at = (at + 1) % kRows;
  }
  std::uint64_t decided = 0;
  for (std::size_t r = 0; r < kRows; ++r) {
    const rules::Bound bound = program.bound({ranges[r].data(), inputs}, {}, 0);
    EVENKEEL_CHECK(bound.can_be(static_cast<Truth>(six_terms(rows[r]))));
    decided += bound.decided() ? 1 : 0;
  }
  EVENKEEL_CHECK(decided > kRows / 2);
  state.counters["decided"] = static_cast<double>(decided) / kRows;
}
BENCHMARK(six_terms_bound);

/// What an unchanged condition costs: a look at whether something changed.
void unchanged_condition(benchmark::State& state) {
  const Program program = compiled(kTwoTerms);
  rules::Condition condition(program);
  condition.set(0, 30 * kPercent);
  condition.set(1, 4 * kPercent);
  TimeNs now = 0;
  for (auto _ : state) benchmark::DoNotOptimize(condition.check(++now).truth);
  EVENKEEL_CHECK(condition.check(now).fires());
}
BENCHMARK(unchanged_condition);

/// Reading a condition: once, at load.
void compile_six_terms(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(compiled(kSixTerms));
  EVENKEEL_CHECK(compiled(kSixTerms).inputs().size() == 7);
}
BENCHMARK(compile_six_terms);

}  // namespace
}  // namespace evenkeel::bench
