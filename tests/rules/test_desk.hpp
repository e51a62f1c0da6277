// A whole engine around the rules under test: instruments, market, book, and order logic that takes
// proposals as they come, counts them as working, and fills or cancels them on demand.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/decimal.hpp"
#include "core/engine.hpp"
#include "rules/explain.hpp"
#include "rules/rule_set.hpp"

namespace evenkeel::rules::testing {

template <class T>
T exact(std::string_view text) {
  const auto value = parse_exact<T>(text);
  EXPECT_TRUE(value.has_value()) << text;
  return value.value_or(T{});
}

/// Order logic for tests: accepts (or refuses) whole proposals and keeps what is working.
struct TestOrders {
  struct Told {
    Proposal proposal;
    std::vector<ProposalLine> lines;
    bool accepted = true;
  };
  struct Working {
    PortfolioId portfolio;
    InstrumentId instrument;
    Quantity quantity;  // signed
    Price price;
  };

  AlertCode refuse_with = AlertCode::kNone;
  std::vector<Told> proposals;
  std::vector<Told> alerts;
  std::vector<Working> working;
  std::vector<PortfolioId> touched;
  /// Called with each accepted proposal, once its orders count as working.
  std::function<void(const Told&)> on_taken;

  SubmitResult submit(const View&, Book& book, const Proposal& proposal,
                      std::span<const ProposalLine> lines, IntentBuffer&) {
    Told told{proposal, {lines.begin(), lines.end()}};
    if (proposal.alert != AlertCode::kNone) {
      alerts.push_back(told);
      return {true, AlertCode::kNone, {}};
    }
    told.accepted = refuse_with == AlertCode::kNone;
    proposals.push_back(told);
    if (!told.accepted) return {false, refuse_with, lines[0].instrument};
    for (const ProposalLine& line : lines) {
      working.push_back({proposal.portfolio, line.instrument, line.quantity, line.reference_price});
      count_working(book, proposal.portfolio, line.instrument);
    }
    if (on_taken) on_taken(told);
    return {true, AlertCode::kNone, {}};
  }

  void count_working(Book& book, PortfolioId portfolio, InstrumentId instrument) {
    Quantity buy, sell;
    for (const Working& w : working) {
      if (w.portfolio != portfolio || w.instrument != instrument) continue;
      (w.quantity.raw() > 0 ? buy : sell) += w.quantity.abs();
    }
    EXPECT_EQ(book.set_working(portfolio, instrument, buy, sell), FillResult::kApplied);
  }

  /// An execution event's order id is the index of a working order plus one.
  std::span<const PortfolioId> apply(const View&, Book& book, const Event& event, IntentBuffer&) {
    touched.clear();
    if (event.type != EventType::kExecution) return touched;
    const ExecutionPayload& report = event.payload.execution;
    Working& w = working[report.order_id - 1];
    touched.push_back(w.portfolio);
    if (report.exec_type == ExecType::kTrade) {
      const bool sell = w.quantity.raw() < 0;
      const Quantity filled = sell ? -report.last_quantity : report.last_quantity;
      w.quantity = w.quantity - filled;
      count_working(book, w.portfolio, w.instrument);
      EXPECT_EQ(book.apply_fill(w.portfolio, w.instrument, filled, report.last_price),
                FillResult::kApplied);
    } else {
      w.quantity = {};
      count_working(book, w.portfolio, w.instrument);
    }
    return touched;
  }
};
static_assert(OrderLogic<TestOrders>);

class TestDesk {
 public:
  TestDesk() { currency("USD"); }

  // --- building ---

  void currency(std::string_view code) {
    const auto id = instruments.add_currency(code);
    ASSERT_TRUE(id.ok());
    Instrument cash;
    cash.symbol.assign(code);
    cash.kind = InstrumentKind::kCash;
    cash.currency = *id;
    cash.tick = exact<Price>("0.01");
    cash.lot = exact<Quantity>("0.01");
    add(cash);
  }
  void share(std::string_view symbol, std::string_view code = "USD", std::string_view lot = "1") {
    add(make(symbol, InstrumentKind::kEtf, code, lot));
  }
  void future(std::string_view symbol, std::string_view multiplier, std::string_view code = "USD",
              std::string_view beta = "1") {
    Instrument instrument = make(symbol, InstrumentKind::kFuture, code, "1");
    instrument.multiplier = exact<Multiplier>(multiplier);
    instrument.beta = exact<Ratio>(beta);
    add(instrument);
  }
  void statement(std::string_view symbol, std::string_view price) {
    Instrument instrument = make(symbol, InstrumentKind::kFund, "USD", "1");
    instrument.quoted = false;
    instrument.statement_price = exact<Price>(price);
    add(instrument);
  }
  void pair(std::string_view symbol, std::string_view base, std::string_view quote) {
    Instrument instrument = make(symbol, InstrumentKind::kFx, quote, "1");
    instrument.base_currency = instruments.find_currency(base);
    add(instrument);
  }
  void add(const Instrument& instrument) {
    const auto id = instruments.add(instrument);
    ASSERT_TRUE(id.ok()) << id.status().message();
  }

  ModelId policy(std::string_view text) {
    if (!market) {
      market = std::make_unique<MarketState>(instruments, std::uint16_t{1});
      book = std::make_unique<Book>(instruments, *market);
    }
    auto parsed = parse_policy(text, "test.toml", instruments, &warnings);
    EXPECT_TRUE(parsed.ok()) << parsed.status().message();
    if (!parsed.ok()) return {};
    const auto model = book->add_model(parsed->model());
    EXPECT_TRUE(model.ok()) << model.status().message();
    policies.push_back(*std::move(parsed));
    return *model;
  }
  PortfolioId portfolio(ModelId model,
                        std::vector<std::pair<std::string_view, std::string_view>> holdings,
                        std::string_view base = "USD") {
    PortfolioSpec spec;
    spec.name = "p" + std::to_string(book->portfolio_count());
    spec.base = instruments.find_currency(base);
    spec.model = model;
    for (const auto& [symbol, quantity] : holdings)
      spec.holdings.push_back({id(symbol), exact<Quantity>(quantity), {}});
    const auto added = book->add_portfolio(spec);
    EXPECT_TRUE(added.ok()) << added.status().message();
    return added.ok() ? *added : PortfolioId{};
  }
  /// The last step of building; the market opens.
  void start() {
    book->finish();
    rules = std::make_unique<RuleSet>(instruments, *book, policies);
    engine =
        std::make_unique<Engine<RuleSet, TestOrders>>(instruments, *market, *book, *rules, orders);
    phase(VenuePhase::kRegular);
  }

  // --- events ---

  void send(Event event) {
    event.sequence = ++sequence;
    event.ts = now;
    engine->on_event(event, intents);
  }
  void phase(VenuePhase venue_phase) {
    Event event = Event::make(EventType::kVenueSession, SourceId{0});
    event.payload.venue.phase = venue_phase;
    send(event);
  }
  void quote(std::string_view symbol, std::string_view bid, std::string_view ask) {
    Event event = Event::make(EventType::kQuote, SourceId{0}, id(symbol).value);
    event.payload.quote.bid = exact<Price>(bid);
    event.payload.quote.ask = exact<Price>(ask);
    event.payload.quote.bid_size = event.payload.quote.ask_size = Quantity::from_whole(100);
    if (tells_phase) event.flags = kQuoteTellsPhase;
    send(event);
  }
  void quote(std::string_view symbol, std::string_view mid) { quote(symbol, mid, mid); }
  void withdraw(std::string_view symbol) {
    Event event = Event::make(EventType::kQuote, SourceId{0}, id(symbol).value);
    send(event);
  }
  /// Time passes, nothing else.
  void wait(DurationNs duration) {
    now += duration;
    send(Event::make(EventType::kClock, SourceId::none()));
  }
  void contribute(PortfolioId portfolio, std::string_view amount) {
    Event event = Event::make(EventType::kCashFlow, SourceId{0}, portfolio.value);
    event.payload.cash_flow.amount = exact<Money>(amount);
    event.payload.cash_flow.currency = book->base(portfolio);
    send(event);
  }
  /// Fills part (or all that is left) of the working order `index` at its reference price.
  void fill(std::size_t index, std::string_view quantity = "") {
    const auto& w = orders.working[index];
    fill_at(index, quantity.empty() ? w.quantity.abs() : exact<Quantity>(quantity), w.price);
  }
  void fill_at(std::size_t index, Quantity quantity, Price price) {
    Event event = Event::make(EventType::kExecution, SourceId{0});
    event.payload.execution.order_id = index + 1;
    event.payload.execution.exec_type = ExecType::kTrade;
    event.payload.execution.last_quantity = quantity;
    event.payload.execution.last_price = price;
    send(event);
  }
  void cancel(std::size_t index) {
    Event event = Event::make(EventType::kExecution, SourceId{0});
    event.payload.execution.order_id = index + 1;
    event.payload.execution.exec_type = ExecType::kCanceled;
    send(event);
  }
  /// Fills whatever is working, and what that leads to, until nothing is.
  void fill_all() {
    for (int round = 0; round < 100; ++round) {
      bool any = false;
      for (std::size_t i = 0; i < orders.working.size(); ++i) {
        if (orders.working[i].quantity.is_zero()) continue;
        any = true;
        fill(i);
      }
      wait(2 * kSecond);
      if (!any) return;
    }
    ADD_FAILURE() << "never ends";
  }

  // --- looking ---

  InstrumentId id(std::string_view symbol) const {
    const InstrumentId found = instruments.find(symbol);
    EXPECT_TRUE(found.valid()) << symbol;
    return found;
  }
  std::string lines_text(const std::vector<ProposalLine>& lines) const {
    std::string text;
    for (const ProposalLine& line : lines) {
      if (!text.empty()) text += ", ";
      text += line.quantity.raw() < 0 ? "sell " : "buy ";
      text += quantity_text(line.quantity.abs());
      text += " ";
      text += instruments[line.instrument].symbol.view();
    }
    return text;
  }
  /// "sell 32 ES" of the proposal `index`; "" when there is none.
  std::string trades(std::size_t index) const {
    return index < orders.proposals.size() ? lines_text(orders.proposals[index].lines) : "";
  }
  std::string last_trades() const {
    return orders.proposals.empty() ? "" : lines_text(orders.proposals.back().lines);
  }
  std::string why(std::size_t index) const {
    const auto& told = orders.proposals[index];
    return explain_cause(told.proposal.cause, policies[told.proposal.cause.model.index()]);
  }
  std::string last_alert() const {
    if (orders.alerts.empty()) return "";
    const auto& told = orders.alerts.back();
    return explain(told.proposal, told.lines, policies[told.proposal.cause.model.index()],
                   instruments);
  }
  Money cash(PortfolioId portfolio, std::string_view code = "USD") const {
    return Money::from_raw(book->line(portfolio, id(code))->quantity.raw() / 100);
  }
  Quantity held(PortfolioId portfolio, std::string_view symbol) const {
    return book->line(portfolio, id(symbol))->quantity;
  }
  /// "61.765%", rounded to three decimals.
  std::string weight(PortfolioId portfolio, std::string_view sleeve) const {
    const Policy& p = policies[book->model_id(portfolio).index()];
    return percent_text(ratio_of(book->projected(portfolio, p.find(sleeve)), book->nav(portfolio)),
                        3);
  }

  InstrumentTable instruments;
  std::unique_ptr<MarketState> market;
  std::unique_ptr<Book> book;
  std::vector<Policy> policies;
  std::vector<Complaint> warnings;
  std::unique_ptr<RuleSet> rules;
  TestOrders orders;
  std::unique_ptr<Engine<RuleSet, TestOrders>> engine;
  IntentBuffer intents{1024};
  std::uint64_t sequence = 0;
  TimeNs now = 1'700'000'000 * kSecond;
  bool tells_phase = false;  // quotes are marked as those of regular hours

 private:
  Instrument make(std::string_view symbol, InstrumentKind kind, std::string_view code,
                  std::string_view lot) const {
    Instrument instrument;
    EXPECT_TRUE(instrument.symbol.assign(symbol));
    instrument.kind = kind;
    instrument.currency = instruments.find_currency(code);
    instrument.tick = exact<Price>("0.0001");
    instrument.lot = exact<Quantity>(lot);
    instrument.feed = SourceId{0};
    instrument.move_max = Ratio::from_whole(1'000);
    return instrument;
  }
};

}  // namespace evenkeel::rules::testing
