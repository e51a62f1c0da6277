// Random policies, prices, fills and flows: the rules against an evaluator written from the
// definitions, and what must hold of every proposal.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/rules/test_desk.hpp"

namespace evenkeel::rules {
namespace {

using testing::TestDesk;

constexpr std::size_t kSleeves = 3;
constexpr std::array<const char*, kSleeves> kSymbols = {"AAA", "BBB", "CCC"};
constexpr std::array<const char*, kSleeves> kFutures = {"FA", "FB", "FC"};

/// What a case is made of, in plain numbers.
struct Case {
  std::array<int, kSleeves> target{};  // percent
  std::array<int, kSleeves> up{};      // tenths of a point
  std::array<int, kSleeves> down{};
  bool relative = false;  // bands in tenths of a percent of the target instead
  bool overlay = false;
  bool at_edge = false;
  std::string destination;
  int cost_bp = 0;
};

Case make_case(const std::vector<std::uint32_t>& seed) {
  const auto pick = [&](std::size_t i, std::uint32_t bound) {
    return static_cast<int>(seed[i % seed.size()] / (1 + i / seed.size()) % bound);
  };
  Case c;
  c.target[0] = 20 + pick(0, 31);
  c.target[1] = 10 + pick(1, 31);
  c.target[2] = 100 - c.target[0] - c.target[1];
  c.relative = pick(2, 2) == 1;
  for (std::size_t s = 0; s < kSleeves; ++s) {
    c.up[s] = 5 + pick(3 + s, c.relative ? 300 : 80);
    c.down[s] = pick(6, 3) == 0 ? 5 + pick(7 + s, c.relative ? 300 : 80) : c.up[s];
  }
  c.overlay = pick(10, 3) == 0;
  c.at_edge = pick(11, 4) == 0;
  constexpr const char* kDestinations[] = {"target", "half", "edge", "50%"};
  c.destination = kDestinations[pick(12, 4)];
  c.cost_bp = pick(13, 3) * 5;
  return c;
}

std::string policy_text(const Case& c) {
  std::string text = "name = 'random'\nreach = '0bp'\ncool_down = '0s'\naction = '" +
                     std::string(c.overlay ? "futures_overlay" : "cash") + "'\ndestination = '" +
                     c.destination + "'\ntrading_cost = '" + std::to_string(c.cost_bp) + "bp'\n" +
                     (c.at_edge ? "edge = 'at'\n" : "");
  const auto tenths = [](int value) {
    return std::to_string(value / 10) + "." + std::to_string(value % 10);
  };
  for (std::size_t s = 0; s < kSleeves; ++s) {
    const std::string unit = c.relative ? "%" : "pp";
    text += "[sleeves.s" + std::to_string(s) + "]\ntarget = '" + std::to_string(c.target[s]) +
            "%'\ninstruments = ['" + kSymbols[s] + "']\n" +
            (c.relative ? "band_relative = '+" : "band = '+") + tenths(c.up[s]) + unit + "/-" +
            tenths(c.down[s]) + unit + "'\n" +
            (c.overlay ? "hedge = ['" + std::string(kFutures[s]) + "']\n" : "");
  }
  return text;
}

/// The definition, from positions and marks: is the weight of sleeve `s`, with what works counted,
/// beyond (or at) an edge? Cross-multiplied in 128 bits with numbers of its own.
int side_of(const TestDesk& desk, const Case& c, PortfolioId p, std::size_t s) {
  Int128 nav = 0, weight = 0;
  for (const Line& line : desk.book->lines(p)) {
    const Instrument& instrument = desk.instruments[line.instrument];
    const Price mark = desk.market->mark(line.instrument);
    const Money value = notional(mark, line.quantity, instrument.multiplier).value_or(Money{});
    const Money then =
        notional(mark, line.quantity + line.working_buy - line.working_sell, instrument.multiplier)
            .value_or(Money{});
    nav += value.raw() - (instrument.is_future() ? line.cost.raw() : 0);
    if (instrument.symbol.view() == kSymbols[s] || instrument.symbol.view() == kFutures[s])
      weight += then.raw();
  }
  // Edges in millionths of the NAV: target percent, distance in tenths of a point or of a percent.
  const Int128 target = static_cast<Int128>(c.target[s]) * 10'000;
  const Int128 up = c.relative ? target * c.up[s] / 1'000 : static_cast<Int128>(c.up[s]) * 1'000;
  const Int128 down =
      c.relative ? target * c.down[s] / 1'000 : static_cast<Int128>(c.down[s]) * 1'000;
  const Int128 scaled = weight * 1'000'000;
  if (scaled > (target + up) * nav || (c.at_edge && scaled == (target + up) * nav)) return 1;
  if (scaled < (target - down) * nav || (c.at_edge && scaled == (target - down) * nav)) return -1;
  return 0;
}

bool breached(const TestDesk& desk, const Case& c, PortfolioId p) {
  for (std::size_t s = 0; s < kSleeves; ++s) {
    if (side_of(desk, c, p, s) != 0) return true;
  }
  return false;
}

struct World {
  explicit World(const Case& random_case) : c(random_case) {
    for (const char* symbol : kSymbols) desk.share(symbol);
    for (const char* symbol : kFutures) desk.future(symbol, "10");
    const ModelId model = desk.policy(policy_text(c));
    p = desk.portfolio(model, {{"AAA", "4000"}, {"BBB", "3000"}, {"CCC", "3000"}, {"USD", "5000"}});
    desk.start();
  }
  /// Everything that is working fills at what it was priced, or better.
  Price fill_price(std::size_t i) const {
    const auto& w = desk.orders.working[i];
    const Price mark = desk.market->mark(w.instrument);
    return w.quantity.raw() > 0 ? std::min(w.price, mark) : std::max(w.price, mark);
  }
  void step(std::uint32_t dice) {
    desk.now += (dice % 7) * 300 * kMillisecond;
    const std::uint32_t detail = dice / 16;
    const std::size_t s = detail % kSleeves;
    switch (dice % 16) {
      default: {
        const std::int64_t cents = 5'000 + detail / 3 % 15'000;
        const std::string price = std::to_string(cents / 100) + "." +
                                  (cents % 100 < 10 ? "0" : "") + std::to_string(cents % 100);
        desk.quote(kSymbols[s], price);
        if (c.overlay) desk.quote(kFutures[s], price);
        return;
      }
      case 0:
      case 1:
      case 2:
      case 3:
        return fill_some(detail);
      case 4:
        return cancel_some(detail);
      case 5:
        return desk.contribute(
            p, std::to_string(static_cast<std::int64_t>(detail % 400'000) - 100'000));
    }
  }
  std::vector<std::size_t> open() const {
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < desk.orders.working.size(); ++i) {
      if (!desk.orders.working[i].quantity.is_zero()) indices.push_back(i);
    }
    return indices;
  }
  void fill_some(std::uint32_t detail) {
    const auto indices = open();
    if (indices.empty()) return;
    const std::size_t i = indices[detail % indices.size()];
    const std::int64_t whole = desk.orders.working[i].quantity.abs().raw() / Quantity::kScale;
    const std::int64_t part = detail % 3 == 0 ? whole : 1 + detail / 3 % whole;
    desk.fill_at(i, Quantity::from_whole(part), fill_price(i));
  }
  void cancel_some(std::uint32_t detail) {
    const auto indices = open();
    if (!indices.empty()) desk.cancel(indices[detail % indices.size()]);
  }

  Case c;
  TestDesk desk;
  PortfolioId p;
};

/// A proposal just taken (its lines are the last of `working`): never more than is held, never more
/// than can be paid, never beyond the far edge, and for a breach that is one.
void check_proposal(const World& world, const testing::TestOrders::Told& told) {
  const TestDesk& desk = world.desk;
  RC_ASSERT(!told.lines.empty());
  for (const ProposalLine& line : told.lines) {
    const Line& held = *desk.book->line(world.p, line.instrument);
    const bool buys = line.quantity.raw() > 0;
    RC_ASSERT(!line.quantity.is_zero());
    RC_ASSERT(line.quantity.raw() % desk.instruments[line.instrument].lot.raw() == 0);
    if (!world.c.overlay) RC_ASSERT(held.quantity >= held.working_sell);
    const auto symbol = desk.instruments[line.instrument].symbol.view();
    for (std::size_t s = 0; s < kSleeves; ++s) {
      if (symbol != kSymbols[s] && symbol != kFutures[s]) continue;
      RC_ASSERT(side_of(desk, world.c, world.p, s) != (buys ? 1 : -1) || world.c.at_edge);
    }
  }
  if (world.c.overlay) return;
  Int128 committed = 0;
  for (const auto& w : desk.orders.working) {
    if (w.quantity.raw() > 0) committed += notional(w.price, w.quantity, kUnitMultiplier)->raw();
  }
  const bool buys = told.lines[0].quantity.raw() > 0;
  if (buys) RC_ASSERT(committed <= desk.cash(world.p).raw());
}

RC_GTEST_PROP(RuleProperties, FireExactlyWhenTheDefinitionSays, ()) {
  const auto seed =
      *rc::gen::container<std::vector<std::uint32_t>>(14, rc::gen::arbitrary<std::uint32_t>());
  const auto steps = *rc::gen::arbitrary<std::vector<std::uint32_t>>();
  World world(make_case(seed));
  TestDesk& desk = world.desk;
  desk.orders.on_taken = [&](const auto& told) { check_proposal(world, told); };
  for (const char* symbol : kSymbols) desk.quote(symbol, "100");
  if (world.c.overlay) {
    for (const char* symbol : kFutures) desk.quote(symbol, "100");
  }
  std::size_t seen = 0;
  std::uint64_t told = 0;
  for (const std::uint32_t dice : steps) {
    const bool fired = seen < desk.orders.proposals.size();
    seen = desk.orders.proposals.size();
    RC_ASSERT(desk.book->audit(world.p));
    if (desk.book->nav(world.p).raw() <= 0) return;
    // A breach that stands, with all that works counted, has just been answered (half the way may
    // leave it standing), or waits for the money of its sales, or has been told as incurable.
    if (fired) told = desk.rules->counters().incurable;
    if (breached(desk, world.c, world.p)) {
      RC_ASSERT(fired || desk.rules->in_episode(world.p) ||
                desk.rules->counters().incurable > told);
    } else {
      told = desk.rules->counters().incurable;
    }
    world.step(dice);
  }
}

/// A proposal that is no second step comes only when the definition sees a breach. The book is
/// looked at as it was when the rules looked: with the proposal's own orders taken off again.
RC_GTEST_PROP(RuleProperties, AreQuietInsideTheBands, ()) {
  const auto seed =
      *rc::gen::container<std::vector<std::uint32_t>>(14, rc::gen::arbitrary<std::uint32_t>());
  const auto steps = *rc::gen::arbitrary<std::vector<std::uint32_t>>();
  World world(make_case(seed));
  TestDesk& desk = world.desk;
  desk.orders.refuse_with = AlertCode::kLimitHalted;  // then nothing ever works
  for (const char* symbol : kSymbols) desk.quote(symbol, "100");
  if (world.c.overlay) {
    for (const char* symbol : kFutures) desk.quote(symbol, "100");
  }
  for (const std::uint32_t dice : steps) {
    desk.now += 2 * kMinute;  // any back-off is over
    const std::size_t proposals = desk.orders.proposals.size();
    const auto incurable = desk.rules->counters().incurable;
    // Quotes only: each is one evaluation.
    desk.quote(kSymbols[dice % kSleeves], std::to_string(50 + dice / 3 % 150));
    const bool fired = desk.orders.proposals.size() > proposals;
    if (fired) RC_ASSERT(breached(desk, world.c, world.p));
    if (!breached(desk, world.c, world.p)) RC_ASSERT(incurable == desk.rules->counters().incurable);
  }
}

/// And it does come: a breach of a portfolio that can be cured is answered in the same event.
RC_GTEST_PROP(RuleProperties, AnswerEveryBreachAtOnce, ()) {
  const auto seed =
      *rc::gen::container<std::vector<std::uint32_t>>(14, rc::gen::arbitrary<std::uint32_t>());
  const auto prices =
      *rc::gen::container<std::vector<std::uint32_t>>(3, rc::gen::arbitrary<std::uint32_t>());
  Case c = make_case(seed);
  World world(c);
  TestDesk& desk = world.desk;
  std::size_t before = 0;
  for (std::size_t s = 0; s < kSleeves; ++s) {
    if (c.overlay) desk.quote(kFutures[s], "1");  // ten a contract: always curable
    const std::string price = std::to_string(80 + prices[s] % 40);
    before = desk.orders.proposals.size();
    desk.quote(kSymbols[s], price);
  }
  // The last quote valued everything for the first time.
  const bool fired = desk.orders.proposals.size() > before;
  if (fired) {
    // Judge as the rules did, before their orders.
    for (const auto& w : std::vector(desk.orders.working))
      RC_ASSERT(desk.book->set_working(world.p, w.instrument, {}, {}) == FillResult::kApplied);
  }
  RC_ASSERT(fired == breached(desk, c, world.p));
}

}  // namespace
}  // namespace evenkeel::rules
