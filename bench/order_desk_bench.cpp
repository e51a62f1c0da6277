// Nanoseconds to take a proposal of one line through every limit and make it an order, to book a
// fill, and to see that a report is a repetition; beside them what a copy of the record costs, and
// a lookup in a table of orders. Each answer is compared with a count made without the desk.

#include <benchmark/benchmark.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "core/check.hpp"
#include "fix/order_desk.hpp"

namespace evenkeel::fix {
namespace {

constexpr std::uint32_t kOrders = 8'192;
constexpr std::uint32_t kPortfolios = 64;
constexpr std::uint32_t kShares = 100;

Limits wide_limits() {
  OrderLimits order;
  order.quantity_max = Quantity::from_whole(100'000);
  order.notional_max = Money::from_whole(50'000'000);
  order.collar = Ratio::from_raw(50'000'000);
  order.quote_age_max = kCalendarDay;
  Limits limits;
  limits.kinds = {{InstrumentKind::kEtf, order}};
  limits.orders_per_second = limits.orders_per_minute = kRateMax;
  limits.open_orders_per_portfolio = limits.open_orders = kRateMax;
  limits.daily_notional = Money::from_raw(kMaxLocalRaw);
  return limits;
}

/// Sixty-four portfolios that hold one fund, a quoted market, and a desk that is logged on.
struct Desk {
  InstrumentTable instruments;
  std::unique_ptr<MarketState> market;
  std::unique_ptr<Book> book;
  std::unique_ptr<OrderDesk> desk;
  IntentBuffer out{16};
  InstrumentId fund;
  std::uint64_t sequence = 0;
  TimeNs now = 20'000 * kCalendarDay;

  Desk() {
    EVENKEEL_CHECK(instruments.add_currency("USD").ok());
    Instrument cash;
    cash.symbol.assign("USD");
    cash.kind = InstrumentKind::kCash;
    cash.currency = instruments.find_currency("USD");
    cash.tick = Price::from_raw(10'000'000);
    EVENKEEL_CHECK(instruments.add(cash).ok());
    Instrument etf = cash;
    etf.symbol.assign("SPY");
    etf.kind = InstrumentKind::kEtf;
    etf.feed = SourceId{0};
    fund = *instruments.add(etf);
    market = std::make_unique<MarketState>(instruments, std::uint16_t{1});
    book = std::make_unique<Book>(instruments, *market);
    fill_book();
    OrderDeskConfig config;
    config.orders_max = kOrders;
    config.executions_max = kOrders * 4;
    desk = std::make_unique<OrderDesk>(
        *OrderDesk::create(instruments, book->portfolio_count(), wide_limits(), config));
    start();
  }
  void fill_book() {
    Model model;
    model.sleeves.resize(2);
    model.sleeves[1].parent = kRootSleeve;
    model.assignments = {{fund, SleeveId{1}}};
    const ModelId model_id = *book->add_model(model);
    for (std::uint32_t p = 0; p < kPortfolios; ++p) {
      PortfolioSpec spec;
      spec.name = std::to_string(p);
      spec.base = instruments.find_currency("USD");
      spec.model = model_id;
      spec.holdings = {{instruments.find("USD"), Quantity::from_whole(1'000'000'000), {}}};
      EVENKEEL_CHECK(book->add_portfolio(spec).ok());
    }
    book->finish();
  }
  void start() {
    Event regular = Event::make(EventType::kVenueSession, SourceId{0});
    regular.payload.venue.phase = VenuePhase::kRegular;
    stamp(regular);
    market->apply(regular);
    Event quote = Event::make(EventType::kQuote, SourceId{0}, fund.value);
    quote.payload.quote = {now, Price::from_raw(499'990'000'000), Price::from_raw(500'010'000'000),
                           Quantity::from_whole(100), Quantity::from_whole(100)};
    stamp(quote);
    market->apply(quote);
    book->reprice(fund, [](PortfolioId) {});
    give(Event::make(EventType::kEngineStart, SourceId{2}));
    Event logon = Event::make(EventType::kSessionStatus, SourceId{1});
    logon.payload.session.state = SessionState::kLoggedOn;
    give(logon);
  }
  void stamp(Event& event) {
    event.sequence = ++sequence;
    event.ts = now += kMillisecond;
    out.begin(event);
  }
  View view() const { return {instruments, *market, *book, now, sequence}; }
  void give(Event event) {
    stamp(event);
    desk->apply(view(), *book, event, out);
  }
  SubmitResult submit(std::uint32_t portfolio) {
    Event clock;
    stamp(clock);
    Proposal proposal;
    proposal.portfolio = PortfolioId{portfolio};
    const ProposalLine line{fund, Quantity::from_whole(kShares), {}};
    return desk->submit(view(), *book, proposal, {&line, 1}, out);
  }
  /// The one fill of an order, complete.
  Event fill(OrderId order) const {
    Event event = Event::make(EventType::kExecution, SourceId{1}, fund.value);
    ExecutionPayload& report = event.payload.execution;
    report.exec_type = ExecType::kTrade;
    report.order_id = order;
    report.ord_status = OrdStatus::kFilled;
    report.last_quantity = report.cumulative_quantity = Quantity::from_whole(kShares);
    report.last_price = Price::from_raw(500'000'000'000);
    std::string id = "EXCHANGE-20260105-000000";
    id += std::to_string(order);
    report.exec_id.assign(id);
    return event;
  }
  /// Shares held and working over all portfolios.
  Quantity total(bool working) const {
    Quantity sum;
    for (std::uint32_t p = 0; p < kPortfolios; ++p) {
      const Line* line = book->line(PortfolioId{p}, fund);
      sum += working ? line->working_buy : line->quantity;
    }
    return sum;
  }
};

void submit_one_order(benchmark::State& state) {
  auto desk = std::make_unique<Desk>();
  std::uint32_t sent = 0;
  for (auto _ : state) {
    if (sent == kOrders) {
      state.PauseTiming();
      desk = std::make_unique<Desk>();
      sent = 0;
      state.ResumeTiming();
    }
    benchmark::DoNotOptimize(desk->submit(sent++ % kPortfolios));
  }
  EVENKEEL_CHECK(desk->desk->counters().sent == sent);
  EVENKEEL_CHECK(desk->total(true) == Quantity::from_whole(std::int64_t{sent} * kShares));
}
BENCHMARK(submit_one_order);

/// A desk with all its orders out, and a fill for each.
struct Filling {
  Desk desk;
  std::vector<Event> fills;
  Filling() {
    for (std::uint32_t i = 0; i < kOrders; ++i) {
      EVENKEEL_CHECK(desk.submit(i % kPortfolios).accepted);
      fills.push_back(desk.fill(i + 1));
    }
  }
};

void handle_one_fill(benchmark::State& state) {
  auto filling = std::make_unique<Filling>();
  std::uint32_t filled = 0;
  for (auto _ : state) {
    if (filled == kOrders) {
      state.PauseTiming();
      filling = std::make_unique<Filling>();
      filled = 0;
      state.ResumeTiming();
    }
    filling->desk.give(filling->fills[filled++]);
  }
  EVENKEEL_CHECK(filling->desk.total(false) ==
                 Quantity::from_whole(std::int64_t{filled} * kShares));
  EVENKEEL_CHECK(filling->desk.total(true) ==
                 Quantity::from_whole(std::int64_t{kOrders - filled} * kShares));
  EVENKEEL_CHECK(filling->desk.desk->counters().mismatches == 0);
}
BENCHMARK(handle_one_fill);

void handle_one_repetition(benchmark::State& state) {
  Filling filling;
  for (const Event& fill : filling.fills) filling.desk.give(fill);
  std::uint64_t repeated = 0;
  for (auto _ : state) filling.desk.give(filling.fills[repeated++ % kOrders]);
  EVENKEEL_CHECK(filling.desk.desk->counters().duplicates == repeated);
  EVENKEEL_CHECK(filling.desk.total(false) ==
                 Quantity::from_whole(std::int64_t{kOrders} * kShares));
}
BENCHMARK(handle_one_repetition);

/// The least that a fill could be: its record copied, its order's quantity changed.
void floor_copy_and_count(benchmark::State& state) {
  const Filling filling;
  std::vector<Event> log(kOrders);
  std::vector<Quantity> filled(kOrders);
  std::uint64_t done = 0;
  for (auto _ : state) {
    const Event& fill = filling.fills[done % kOrders];
    std::memcpy(&log[done % kOrders], &fill, sizeof fill);
    filled[fill.payload.execution.order_id - 1] = fill.payload.execution.last_quantity;
    ++done;
    benchmark::ClobberMemory();
  }
  EVENKEEL_CHECK(done == 0 || filled[0] == Quantity::from_whole(kShares));
}
BENCHMARK(floor_copy_and_count);

/// The least that an order could be: its intent written to the buffer.
void floor_write_intent(benchmark::State& state) {
  IntentBuffer out(16);
  Event clock;
  Intent intent;
  intent.type = IntentType::kNewOrder;
  for (auto _ : state) {
    out.begin(clock);
    ++intent.order_id;
    EVENKEEL_CHECK(out.add(intent));
    benchmark::DoNotOptimize(out.intents().data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(floor_write_intent);

}  // namespace
}  // namespace evenkeel::fix
