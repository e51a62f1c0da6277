// The core's own costs, each beside its floor: a line's value, the hand-over of an event between
// two threads, the sequencer, the revaluation of a book, and the engine from a quote to a decision.
// No sockets, no rules and no orders: those have benchmarks of their own.

#include <benchmark/benchmark.h>

#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "bench/support/answer.hpp"
#include "core/agent_thread.hpp"
#include "core/engine.hpp"
#include "core/sequencer.hpp"
#include "core/system_clock.hpp"

namespace evenkeel::bench {
namespace {

// --- the value of a line -------------------------------------------------------------------------

struct Lot {
  Price price;
  Quantity quantity;
};

/// Deterministic lots as they occur: prices of 1 to 1,000, up to a million shares.
std::vector<Lot> make_lots(std::size_t count) {
  std::vector<Lot> lots;
  std::uint64_t x = 1;
  for (std::size_t n = 0; n < count; ++n) {
    x = x * 6364136223846793005U + 1442695040888963407U;
    const auto price = static_cast<std::int64_t>((x >> 33) % 999'000'000'000 + 1'000'000'000);
    x = x * 6364136223846793005U + 1442695040888963407U;
    const auto quantity = static_cast<std::int64_t>((x >> 24) % 1'000'000'000'000);
    lots.push_back({Price::from_raw(price), Quantity::from_raw(n % 3 == 0 ? -quantity : quantity)});
  }
  return lots;
}

/// The reference rounds by remainder, as tests do.
Money notional_by_remainder(const Lot& lot, Multiplier) {
  constexpr Int128 kToMoney = 100'000'000'000;
  const Int128 product = static_cast<Int128>(lot.price.raw()) * lot.quantity.raw();
  const Int128 rest = product % kToMoney;
  const int away = (rest < 0 ? -rest : rest) * 2 >= kToMoney ? (product < 0 ? -1 : 1) : 0;
  return Money::from_raw(static_cast<std::int64_t>(product / kToMoney + away));
}
Money notional_checked(const Lot& lot, Multiplier multiplier) {
  return notional(lot.price, lot.quantity, multiplier).value_or(Money{});
}
/// The floor: the product alone, its high half for an answer.
Money product_only(const Lot& lot, Multiplier) {
  return Money::from_raw(
      static_cast<std::int64_t>((static_cast<Int128>(lot.price.raw()) * lot.quantity.raw()) >> 32));
}

template <auto kValue, auto kReference>
void value_of_a_line(benchmark::State& state) {
  const std::vector<Lot> lots = make_lots(1024);
  Answer reference;
  for (const Lot& lot : lots) reference.add(kReference(lot, kUnitMultiplier).raw());
  std::vector<Money> values(lots.size());
  for (auto _ : state) {
    for (std::size_t n = 0; n < lots.size(); ++n) values[n] = kValue(lots[n], kUnitMultiplier);
    benchmark::DoNotOptimize(values.data());
    benchmark::ClobberMemory();
  }
  Answer answer;
  for (const Money value : values) answer.add(value.raw());
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(lots.size()));
  expect_answer(state, answer, reference);
}
BENCHMARK(value_of_a_line<notional_checked, notional_by_remainder>)->Name("notional");
BENCHMARK(value_of_a_line<product_only, product_only>)->Name("notional/floor_product");

// --- the ring ------------------------------------------------------------------------------------

Event numbered_quote(std::uint64_t number) {
  Event event = Event::make(EventType::kQuote, SourceId{0}, 0);
  event.sequence = number;
  event.payload.quote.bid = Price::from_raw(static_cast<std::int64_t>(number * 3));
  event.payload.quote.ask = Price::from_raw(static_cast<std::int64_t>(number * 3 + 1));
  return event;
}

constexpr std::size_t kChunk = 1024;

/// The answer of every hand-over: the words that carry information of the first chunk of events.
Answer chunk_answer(std::span<const Event> events) {
  Answer answer;
  for (const Event& event : events) answer.add_bytes(&event, event_bytes(event.type));
  return answer;
}
std::vector<Event> chunk_of_quotes() {
  std::vector<Event> events;
  for (std::uint64_t n = 0; n < kChunk; ++n) events.push_back(numbered_quote(n));
  return events;
}

void ring_one_thread(benchmark::State& state) {
  const std::vector<Event> events = chunk_of_quotes();
  std::vector<Event> out(kChunk);
  SpscRing<Event> ring(4096);
  for (auto _ : state) {
    for (const Event& event : events) ring.try_push(event);
    for (Event& event : out) ring.try_pop(event);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kChunk));
  expect_answer(state, chunk_answer(out), chunk_answer(events));
}
BENCHMARK(ring_one_thread)->Name("ring/one_thread");

/// The floor: the same bytes copied in and out, with nobody to tell.
void ring_floor_memcpy(benchmark::State& state) {
  const std::vector<Event> events = chunk_of_quotes();
  std::vector<Event> slots(4096), out(kChunk);
  std::size_t at = 0;
  for (auto _ : state) {
    for (std::size_t n = 0; n < kChunk; ++n) {
      std::memcpy(static_cast<void*>(&slots[(at + n) & 4095]), &events[n], sizeof(Event));
    }
    benchmark::ClobberMemory();
    for (std::size_t n = 0; n < kChunk; ++n) {
      std::memcpy(static_cast<void*>(&out[n]), &slots[(at + n) & 4095], sizeof(Event));
    }
    at += kChunk;
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kChunk));
  expect_answer(state, chunk_answer(out), chunk_answer(events));
}
BENCHMARK(ring_floor_memcpy)->Name("ring/one_thread/floor_memcpy");

/// Events from a producer's thread as fast as they go: the throughput of the hand-over.
void ring_one_way(benchmark::State& state) {
  SpscRing<Event> ring(4096);
  std::atomic<bool> stop{false};
  std::thread producer([&ring, &stop] {
    SpinYield idle;
    for (std::uint64_t n = 0; !stop.load(std::memory_order_relaxed);) {
      const int pushed = ring.try_push(numbered_quote(n)) ? 1 : 0;
      n += static_cast<std::uint64_t>(pushed);
      idle.idle(pushed);
    }
  });
  SpinYield idle;
  std::uint64_t expected = 0, wrong = 0;
  std::vector<Event> first;
  first.reserve(kChunk);
  for (auto _ : state) {
    for (std::size_t n = 0; n < kChunk;) {
      const Event* event = ring.front();
      idle.idle(event == nullptr ? 0 : 1);
      if (event == nullptr) continue;
      wrong += event->sequence == expected ? 0 : 1;
      if (expected++ < kChunk) first.push_back(*event);
      ring.pop();
      ++n;
    }
  }
  stop.store(true, std::memory_order_relaxed);
  producer.join();
  EVENKEEL_CHECK(wrong == 0);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kChunk));
  expect_answer(state, chunk_answer(first), chunk_answer(chunk_of_quotes()));
}
BENCHMARK(ring_one_way)->Name("ring/two_threads/one_way")->UseRealTime();

/// There and back: one event to another thread and its answer. `Policy` is how both sides wait.
template <class MakeIdle>
void ping_pong(benchmark::State& state, MakeIdle make_idle) {
  SpscRing<Event> there(2), back(2);
  Doorbell there_bell, back_bell;
  std::atomic<bool> stop{false};
  std::thread echo([&] {
    auto idle = make_idle(there_bell, there, stop);
    Event event;
    while (!stop.load(std::memory_order_relaxed)) {
      const bool got = there.try_pop(event);
      if (got) {
        back.try_push(event);
        back_bell.notify();
      }
      idle.idle(got ? 1 : 0);
    }
  });
  auto idle = make_idle(back_bell, back, stop);
  std::vector<Event> first;
  first.reserve(kChunk);
  std::uint64_t number = 0, wrong = 0;
  Event event;
  for (auto _ : state) {
    there.try_push(numbered_quote(number));
    there_bell.notify();
    while (!back.try_pop(event)) idle.idle(0);
    idle.idle(1);
    wrong += event.sequence == number ? 0 : 1;
    if (number++ < kChunk) first.push_back(event);
  }
  stop.store(true, std::memory_order_relaxed);
  there_bell.ring();
  echo.join();
  EVENKEEL_CHECK(wrong == 0);
  const std::vector<Event> quotes = chunk_of_quotes();
  expect_answer(state, chunk_answer(first),
                chunk_answer({quotes.data(), std::min<std::size_t>(quotes.size(), number)}));
}

void ring_ping_pong_spin(benchmark::State& state) {
  ping_pong(state, [](Doorbell&, auto&, auto&) { return SpinYield{}; });
}
void ring_ping_pong_park(benchmark::State& state) {
  ping_pong(state, [](Doorbell& bell, auto& ring, auto& stop) {
    const auto has_work = [&ring, &stop] { return ring.size() > 0 || stop.load(); };
    return SpinPark(bell, has_work, -1, 0);
  });
}
BENCHMARK(ring_ping_pong_spin)->Name("ring/two_threads/round_trip_spin")->UseRealTime();
BENCHMARK(ring_ping_pong_park)->Name("ring/two_threads/round_trip_park")->UseRealTime();

/// The floor of a round trip: one word in a shared cache line, both sides spinning.
void ping_pong_floor(benchmark::State& state) {
  struct alignas(kCacheLine) Word {
    std::atomic<std::uint64_t> value{0};
  } there, back;
  std::atomic<bool> stop{false};
  std::thread echo([&] {
    SpinYield idle;
    std::uint64_t seen = 0;
    while (!stop.load(std::memory_order_relaxed)) {
      const std::uint64_t value = there.value.load(std::memory_order_acquire);
      if (value != seen) back.value.store(value, std::memory_order_release);
      idle.idle(value != seen ? 1 : 0);
      seen = value;
    }
  });
  SpinYield idle;
  std::uint64_t number = 0;
  for (auto _ : state) {
    there.value.store(++number, std::memory_order_release);
    while (back.value.load(std::memory_order_acquire) != number) idle.idle(0);
    idle.idle(1);
  }
  stop.store(true, std::memory_order_relaxed);
  echo.join();
  EVENKEEL_CHECK(back.value.load() == number);
}
BENCHMARK(ping_pong_floor)->Name("ring/two_threads/floor_word_round_trip")->UseRealTime();

// --- the sequencer -------------------------------------------------------------------------------

struct StillClock {
  TimeNs now() const { return kSecond; }
};

template <class C>
void sequencer_next(benchmark::State& state) {
  Sequencer<C> sequencer(C{}, ClockMode::kWall, kHour);
  SpscRing<Event> ring(4096), quiet(2), quieter(2);
  sequencer.add_input(ring);
  sequencer.add_input(quiet);
  sequencer.add_input(quieter);
  const std::vector<Event> events = chunk_of_quotes();
  Event tick;
  while (sequencer.next(tick)) continue;
  const std::uint64_t before = sequencer.sequence();
  std::vector<Event> out(kChunk);
  for (auto _ : state) {
    state.PauseTiming();
    for (const Event& event : events) ring.try_push(event);
    state.ResumeTiming();
    for (Event& event : out) sequencer.next(event);
  }
  // Renumbered by the sequencer; what an event says is as it was.
  for (std::size_t n = 0; n < kChunk; ++n) {
    EVENKEEL_CHECK(out[n].sequence ==
                   before + (static_cast<std::uint64_t>(state.iterations()) - 1) * kChunk + n + 1);
    out[n].sequence = events[n].sequence;
    out[n].ts = events[n].ts;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kChunk));
  expect_answer(state, chunk_answer(out), chunk_answer(events));
}
BENCHMARK(sequencer_next<SystemClock>)->Name("sequencer/next");
BENCHMARK(sequencer_next<StillClock>)->Name("sequencer/next/floor_no_clock");

void clock_read(benchmark::State& state) {
  const SystemClock clock;
  TimeNs last = 0;
  for (auto _ : state) benchmark::DoNotOptimize(last = clock.now());
  EVENKEEL_CHECK(last > 1'500'000'000 * kSecond);
}
BENCHMARK(clock_read)->Name("sequencer/floor_clock_read");

// --- the book
// --------------------------------------------------------------------------------------

Instrument define(std::string_view symbol, InstrumentKind kind, CurrencyId currency) {
  Instrument instrument;
  instrument.symbol.assign(symbol);
  instrument.kind = kind;
  instrument.currency = currency;
  instrument.tick = Price::from_raw(10'000'000);
  instrument.feed = SourceId{0};
  return instrument;
}

/// Portfolios of one stock and cash each, in a tree three deep; `foreign`: held through a rate.
struct Desk {
  InstrumentTable table;
  InstrumentId stock, pair;
  std::optional<MarketState> market;
  std::optional<Book> book;
  std::vector<std::int64_t> quantities;
  std::uint64_t sequence = 0;

  Desk(std::int64_t portfolios, bool foreign) {
    const CurrencyId usd = *table.add_currency("USD"), eur = *table.add_currency("EUR");
    static_cast<void>(*table.add(define("USD", InstrumentKind::kCash, usd)));
    static_cast<void>(*table.add(define("EUR", InstrumentKind::kCash, eur)));
    Instrument eurusd = define("EURUSD", InstrumentKind::kFx, usd);
    eurusd.base_currency = eur;
    pair = *table.add(eurusd);
    stock = *table.add(define("STK", InstrumentKind::kEquity, foreign ? eur : usd));
    market.emplace(table, std::uint16_t{1});
    book.emplace(table, *market);
    Model model;
    model.sleeves.resize(4);
    model.sleeves[1].parent = model.sleeves[3].parent = kRootSleeve;
    model.sleeves[2].parent = SleeveId{1};
    model.cash_sleeve = SleeveId{3};
    model.assignments = {{stock, SleeveId{2}}};
    const ModelId id = *book->add_model(model);
    for (std::int64_t p = 0; p < portfolios; ++p) {
      quantities.push_back((p % 977 + 1) * 1'000'000);
      PortfolioSpec spec{.name = std::to_string(p), .base = usd, .model = id, .holdings = {}};
      spec.holdings = {{stock, Quantity::from_raw(quantities.back()), {}}};
      static_cast<void>(*book->add_portfolio(spec));
    }
    book->finish();
    market->apply(quote(pair, 125'000'000, 1));
    book->reprice(pair, [](PortfolioId) {});
  }
  /// Bid and ask in steps of 10^-8 around; a locked quote when `spread` is zero.
  Event quote(InstrumentId id, std::int64_t bid, std::int64_t spread) {
    Event event = Event::make(EventType::kQuote, SourceId{0}, id.value);
    event.sequence = ++sequence;
    event.ts = kSecond;
    event.payload.quote = {.exchange_ts = kSecond,
                           .bid = Price::from_raw(bid * 10),
                           .ask = Price::from_raw((bid + spread) * 10),
                           .bid_size = Quantity::from_whole(100),
                           .ask_size = Quantity::from_whole(100)};
    return event;
  }
  /// The price of a step in a walk that comes back, so that no move is beyond belief.
  Event next_quote() {
    return quote(stock, 10'000'000'000 + static_cast<std::int64_t>(sequence % 1'000) * 1'000'000,
                 0);
  }
  Answer answer() const {
    Answer answer;
    for (std::uint32_t p = 0; p < book->portfolio_count(); ++p) {
      answer.add(book->nav(PortfolioId{p}).raw());
      answer.add(book->exposure(PortfolioId{p}, SleeveId{1}).raw());
    }
    return answer;
  }
  Answer from_scratch() const {
    Answer answer;
    for (std::uint32_t p = 0; p < book->portfolio_count(); ++p) {
      const PortfolioTotals totals = book->from_scratch(PortfolioId{p});
      answer.add(totals.nav.raw());
      answer.add(totals.exposure[1].raw());
    }
    return answer;
  }
  /// Puts the last price where every run ends, whatever its length, so that answers compare.
  template <class OnQuote>
  void settle(OnQuote on_quote) {
    on_quote(quote(stock, 10'123'456'789, 0));
  }
};

template <bool kForeign>
void book_reprice(benchmark::State& state) {
  Desk desk(state.range(0), kForeign);
  std::uint64_t touched = 0;
  const auto reprice = [&](const Event& event) {
    desk.market->apply(event);
    desk.book->reprice(desk.stock, [&touched](PortfolioId) { ++touched; });
  };
  for (auto _ : state) reprice(desk.next_quote());
  desk.settle(reprice);
  EVENKEEL_CHECK(touched == static_cast<std::uint64_t>((state.iterations() + 1) * state.range(0)));
  state.SetItemsProcessed(state.iterations() * state.range(0));
  expect_answer(state, desk.answer(), desk.from_scratch());
}
BENCHMARK(book_reprice<false>)->Name("book/reprice")->Arg(1)->Arg(100)->Arg(10'000);
BENCHMARK(book_reprice<true>)->Name("book/reprice_foreign")->Arg(1)->Arg(100)->Arg(10'000);

/// The floor: price times quantity added to a total of each portfolio, unscaled and unchecked.
void book_floor(benchmark::State& state) {
  Desk desk(state.range(0), false);
  std::vector<std::int64_t> totals(desk.quantities.size());
  const auto add = [&](std::int64_t change) {
    for (std::size_t n = 0; n < totals.size(); ++n) totals[n] += change * desk.quantities[n];
  };
  std::int64_t sign = 1;
  for (auto _ : state) {
    add(sign);
    sign = -sign;
    benchmark::DoNotOptimize(totals.data());
    benchmark::ClobberMemory();
  }
  if (sign < 0) add(-1);
  Answer answer, zero;
  for (const std::int64_t total : totals) {
    answer.add(total);
    zero.add(std::int64_t{0});
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  expect_answer(state, answer, zero);
}
BENCHMARK(book_floor)->Name("book/floor_multiply_add")->Arg(1)->Arg(100)->Arg(10'000);

void book_fill(benchmark::State& state) {
  Desk desk(1, false);
  desk.settle([&](const Event& event) {
    desk.market->apply(event);
    desk.book->reprice(desk.stock, [](PortfolioId) {});
  });
  const Answer before = desk.answer();
  const Quantity lot = Quantity::from_whole(1);
  const Price price = Price::from_whole(100);
  for (auto _ : state) {
    desk.book->apply_fill(PortfolioId{0}, desk.stock, lot, price);
    desk.book->apply_fill(PortfolioId{0}, desk.stock, -lot, price);
  }
  state.SetItemsProcessed(state.iterations() * 2);
  EVENKEEL_CHECK(desk.answer() == desk.from_scratch());
  expect_answer(state, desk.answer(), before);
}
BENCHMARK(book_fill)->Name("book/fill");

// --- the engine
// --------------------------------------------------------------------------------------

/// The least a rule can do: compare one weight with a band, exactly, and propose on a breach.
struct OneBand {
  Ratio high = Ratio::from_raw(999'999'999);
  InstrumentId trade;
  std::uint64_t inside = 0, breached = 0;

  void observe(const View&, const Event&, ProposalBuffer&) {}
  void evaluate(const View& view, PortfolioId portfolio, ProposalBuffer& out) {
    const Money nav = view.book.nav(portfolio);
    if (nav.raw() <= 0 ||
        compare_weight(view.book.projected(portfolio, SleeveId{1}), nav, high) <= 0) {
      ++inside;
      return;
    }
    ++breached;
    Proposal proposal;
    proposal.portfolio = portfolio;
    const ProposalLine line{trade, Quantity::from_whole(-1), view.market.mark(trade)};
    out.add(proposal, {&line, 1});
  }
  void on_submitted(const View&, const Proposal&, const SubmitResult&) {}
};

/// The least an order desk can do: one intent a line.
struct OneIntent {
  SubmitResult submit(const View&, Book&, const Proposal& proposal,
                      std::span<const ProposalLine> lines, IntentBuffer& out) {
    for (const ProposalLine& line : lines) {
      Intent intent;
      intent.type = IntentType::kNewOrder;
      intent.portfolio = proposal.portfolio;
      intent.instrument = line.instrument;
      intent.quantity = line.quantity.abs();
      intent.cause = proposal.cause;
      if (!out.add(intent)) return {.blocked_by = AlertCode::kLimitBufferFull};
    }
    return {.accepted = true};
  }
  std::span<const PortfolioId> apply(const View&, Book&, const Event&, IntentBuffer&) { return {}; }
};

/// `kBreach`: whether each quote also makes a proposal and an intent for each portfolio.
template <bool kBreach>
void engine_quote(benchmark::State& state) {
  Desk desk(state.range(0), false);
  OneBand rules{.high = kBreach ? Ratio{} : Ratio::from_whole(2), .trade = desk.stock};
  OneIntent orders;
  Engine<OneBand, OneIntent> engine(desk.table, *desk.market, *desk.book, rules, orders);
  IntentBuffer intents(4096);
  for (auto _ : state) engine.on_event(desk.next_quote(), intents);
  desk.settle([&](const Event& event) { engine.on_event(event, intents); });
  const auto portfolios = static_cast<std::uint64_t>(state.range(0));
  EVENKEEL_CHECK(rules.inside + rules.breached ==
                 (static_cast<std::uint64_t>(state.iterations()) + 1) * portfolios);
  EVENKEEL_CHECK((kBreach ? rules.inside : rules.breached) == 0);
  EVENKEEL_CHECK(intents.intents().size() == (kBreach ? portfolios : 0));
  state.SetItemsProcessed(state.iterations());
  expect_answer(state, desk.answer(), desk.from_scratch());
}
BENCHMARK(engine_quote<false>)->Name("engine/quote_inside_bands")->Arg(1)->Arg(3)->Arg(100);
BENCHMARK(engine_quote<true>)->Name("engine/quote_to_intent")->Arg(1)->Arg(3)->Arg(100);

/// From the producer's push to the intent in the buffer, on one thread: the software's own part of
/// tick-to-decision, without the hand-over's travel between cores.
void tick_to_decision(benchmark::State& state) {
  Desk desk(3, false);
  OneBand rules{.high = Ratio{}, .trade = desk.stock};
  OneIntent orders;
  Engine<OneBand, OneIntent> engine(desk.table, *desk.market, *desk.book, rules, orders);
  IntentBuffer intents(4096);
  SpscRing<Event> ring(64);
  Sequencer<SystemClock> sequencer(SystemClock{}, ClockMode::kWall, kHour);
  sequencer.add_input(ring);
  std::uint64_t made = 0, ticks = 0;
  const auto decide = [&](const Event& event) {
    ring.try_push(event);
    Event next;
    do {
      sequencer.next(next);
      engine.on_event(next, intents);
      ticks += next.type == EventType::kClock ? 1 : 0;
    } while (next.type != EventType::kQuote);
    made += intents.intents().size();
  };
  for (auto _ : state) decide(desk.next_quote());
  desk.settle(decide);
  EVENKEEL_CHECK(made == static_cast<std::uint64_t>(state.iterations() + 1) * 3 &&
                 ticks <= sequencer.sequence() / 2);
  expect_answer(state, desk.answer(), desk.from_scratch());
}
BENCHMARK(tick_to_decision)->Name("engine/ring_to_intent");

}  // namespace
}  // namespace evenkeel::bench
