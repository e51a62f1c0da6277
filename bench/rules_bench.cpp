// What one evaluation of a portfolio costs: quiet inside its bands, breached but cooling down, and
// firing with sizing; beside the floor, a bare sum of products and as many comparisons. The book is
// valued beforehand, as in the engine; no orders and no sockets.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/support/answer.hpp"
#include "core/engine.hpp"
#include "rules/rule_set.hpp"

namespace evenkeel::bench {
namespace {

constexpr std::size_t kSleeves = 8;
constexpr std::size_t kHoldings = 16;  // two a sleeve

/// One portfolio of sixteen holdings in eight banded sleeves, its market open.
struct Desk {
  explicit Desk(const std::string& action, const std::string& head = "") {
    add("USD", InstrumentKind::kCash);
    for (std::size_t i = 0; i < kHoldings; ++i) add("S" + std::to_string(i), InstrumentKind::kEtf);
    for (std::size_t s = 0; s < kSleeves; ++s)
      add("F" + std::to_string(s), InstrumentKind::kFuture);
    market = std::make_unique<MarketState>(instruments, std::uint16_t{1});
    book = std::make_unique<Book>(instruments, *market);
    auto policy = rules::parse_policy(policy_text(action, head), "bench.toml", instruments);
    EVENKEEL_CHECK(policy.ok());
    const auto model = book->add_model(policy->model());
    PortfolioSpec spec{.name = "bench", .base = CurrencyId{0}, .model = *model, .holdings = {}};
    for (std::size_t i = 0; i < kHoldings; ++i)
      spec.holdings.push_back(
          {instruments.find("S" + std::to_string(i)), Quantity::from_whole(6'250), {}});
    EVENKEEL_CHECK(book->add_portfolio(spec).ok());
    book->finish();
    std::vector<rules::Policy> policies;
    policies.push_back(*std::move(policy));
    rules = std::make_unique<rules::RuleSet>(instruments, *book, std::move(policies));
    Event open = Event::make(EventType::kVenueSession, SourceId{0});
    open.payload.venue.phase = VenuePhase::kRegular;
    market->apply(open);
    for (std::uint32_t i = 1; i < instruments.size(); ++i) quote(InstrumentId{i}, 100);
  }

  void add(const std::string& symbol, InstrumentKind kind) {
    Instrument instrument;
    EVENKEEL_CHECK(instrument.symbol.assign(symbol));
    instrument.kind = kind;
    instrument.currency = *instruments.add_currency("USD");
    instrument.tick = Price::from_raw(10'000'000);
    if (kind == InstrumentKind::kFuture) instrument.multiplier = Multiplier::from_whole(50);
    instrument.feed = SourceId{0};
    instrument.move_max = Ratio::from_whole(1'000);
    EVENKEEL_CHECK(instruments.add(instrument).ok());
  }
  static std::string policy_text(const std::string& action, const std::string& head) {
    std::string text = "name = 'bench'\naction = '" + action + "'\nband = '2pp'\n" + head + "\n";
    for (std::size_t s = 0; s < kSleeves; ++s) {
      text += "[sleeves.s" + std::to_string(s) + "]\ntarget = '12.5%'\ninstruments = ['S" +
              std::to_string(2 * s) + "', 'S" + std::to_string(2 * s + 1) + "']\n";
      if (action == "futures_overlay") text += "hedge = ['F" + std::to_string(s) + "']\n";
    }
    return text;
  }
  void quote(InstrumentId id, std::int64_t price) {
    Event event = Event::make(EventType::kQuote, SourceId{0}, id.value);
    event.payload.quote.bid = event.payload.quote.ask = Price::from_whole(price);
    event.payload.quote.bid_size = event.payload.quote.ask_size = Quantity::from_whole(1);
    if (market->apply(event)) book->reprice(id, [](PortfolioId) {});
  }
  View view() const { return {instruments, *market, *book, now, 1}; }

  InstrumentTable instruments;
  std::unique_ptr<MarketState> market;
  std::unique_ptr<Book> book;
  std::unique_ptr<rules::RuleSet> rules;
  ProposalBuffer proposals{64, 4096};
  TimeNs now = 1'700'000'000 * kSecond;
};

/// The floor: for each sleeve the sum of its holdings' products and two comparisons.
void floor_sum_of_products(benchmark::State& state) {
  std::vector<std::int64_t> prices(kHoldings, 100'000'000'000), lots(kHoldings, 6'250);
  benchmark::DoNotOptimize(prices.data());
  std::uint64_t breaches = 0;
  for (auto _ : state) {
    benchmark::ClobberMemory();
    Int128 nav = 0, weights[kSleeves] = {};
    for (std::size_t i = 0; i < kHoldings; ++i) {
      const Int128 value = static_cast<Int128>(prices[i]) * lots[i];
      weights[i / 2] += value;
      nav += value;
    }
    for (const Int128 weight : weights) {
      breaches += weight * 1'000 > nav * 145 ? 1 : 0;
      breaches += weight * 1'000 < nav * 105 ? 1 : 0;
    }
    benchmark::DoNotOptimize(breaches);
  }
  EVENKEEL_CHECK(breaches == 0);
}
BENCHMARK(floor_sum_of_products);

void evaluate_quiet(benchmark::State& state) {
  Desk desk("cash");
  const View view = desk.view();
  for (auto _ : state) {
    desk.rules->evaluate(view, PortfolioId{0}, desk.proposals);
    benchmark::ClobberMemory();
  }
  EVENKEEL_CHECK(desk.proposals.proposals().empty());
}
BENCHMARK(evaluate_quiet);

/// Breached and waiting: what each tick costs until the cool-down is over.
void evaluate_breached_waiting(benchmark::State& state) {
  Desk desk("cash", "hold_for = '30s'");
  desk.quote(desk.instruments.find("S0"), 160);
  const View view = desk.view();
  for (auto _ : state) {
    desk.rules->evaluate(view, PortfolioId{0}, desk.proposals);
    benchmark::ClobberMemory();
  }
  EVENKEEL_CHECK(desk.proposals.proposals().empty());
}
BENCHMARK(evaluate_breached_waiting);

/// The lines of one firing, by hand. The NAV is 10,375,000; the first sleeve is at 1,625,000 and
/// should be at 1,296,875, each other one is at 1,250,000. Cash: 328,125 are sold by holdings of
/// 160 and 100, rounded up. Contracts of 5,000: 65.6 and 9.4 of them.
Answer lines_by_hand(const std::string& action) {
  Answer answer;
  const bool overlay = action == "futures_overlay";
  for (const std::int64_t lots : overlay ? std::vector<std::int64_t>{-66, 9, 9, 9, 9, 9, 9, 9}
                                         : std::vector<std::int64_t>{-1263, -1261})
    answer.add(Quantity::from_whole(lots).raw());
  return answer;
}

/// A breach, sized and proposed, each time anew: the order desk's answer is a refusal, and time
/// then passes beyond the back-off.
void fire(benchmark::State& state, const std::string& action) {
  Desk desk(action);
  desk.quote(desk.instruments.find("S0"), 160);
  std::uint64_t fired = 0;
  for (auto _ : state) {
    desk.now += 2 * kMinute;
    desk.proposals.clear();
    const View view = desk.view();
    desk.rules->evaluate(view, PortfolioId{0}, desk.proposals);
    for (const Proposal& proposal : desk.proposals.proposals()) {
      desk.rules->on_submitted(view, proposal, {false, AlertCode::kLimitHalted, {}});
      ++fired;
    }
  }
  EVENKEEL_CHECK(fired == static_cast<std::uint64_t>(state.iterations()));
  Answer answer;
  for (const ProposalLine& line : desk.proposals.lines(desk.proposals.proposals()[0]))
    answer.add(line.quantity.raw());
  expect_answer(state, answer, lines_by_hand(action));
}
void fire_cash(benchmark::State& state) { fire(state, "cash"); }
void fire_overlay(benchmark::State& state) { fire(state, "futures_overlay"); }
BENCHMARK(fire_cash);
BENCHMARK(fire_overlay);

/// One sample of volatility, with its square root.
void volatility_sample(benchmark::State& state) {
  rules::VolatilityEstimator estimator({.sample = kMinute,
                                        .lambda = Ratio::from_raw(940'000'000),
                                        .year_numerator = 98'280,
                                        .year_denominator = 1,
                                        .warm_up = 1},
                                       1);
  TimeNs now = 0;
  std::int64_t price = 100'000'000'000;
  for (auto _ : state) {
    estimator.see(0, Price::from_raw(price), true);
    now += kMinute;
    price = price == 100'000'000'000 ? 100'100'000'000 : 100'000'000'000;
    estimator.advance(now);
    benchmark::DoNotOptimize(estimator.annual());
  }
}
BENCHMARK(volatility_sample);

}  // namespace
}  // namespace evenkeel::bench
