// A small world for the order desk's tests: a market with a few instruments, two portfolios, and a
// counterparty that is spoken for by short messages of text. Scripts are aligned tables, one
// message a line, with what is expected after it:
//
//   message | state of each order | working | executed | intents
#pragma once

#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/decimal.hpp"
#include "fix/order_desk.hpp"
#include "gtest/gtest.h"

namespace evenkeel::fix::testing {

inline Price price(std::string_view text) { return parse_exact<Price>(text).value(); }
inline Quantity quantity(std::string_view text) { return parse_exact<Quantity>(text).value(); }
inline Money money(std::string_view text) { return parse_exact<Money>(text).value(); }

inline std::vector<std::string> words(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

/// Pads nothing, trims both ends.
inline std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

/// Generous limits: nothing that a test does not set stands in its way.
inline Limits wide_limits() {
  OrderLimits order;
  order.quantity_max = Quantity::from_whole(100'000);
  order.notional_max = Money::from_whole(50'000'000);
  order.collar = Ratio::from_raw(50'000'000);  // 5%
  order.quote_age_max = 10 * kSecond;
  Limits limits;
  for (const auto kind : {InstrumentKind::kEquity, InstrumentKind::kEtf, InstrumentKind::kFuture,
                          InstrumentKind::kFx}) {
    limits.kinds.push_back({kind, order});
  }
  limits.orders_per_second = 1'000;
  limits.orders_per_minute = 10'000;
  limits.open_orders_per_portfolio = 1'000;
  limits.open_orders = 1'000;
  limits.daily_notional = Money::from_whole(1'000'000'000);
  return limits;
}

inline OrderDeskConfig test_config() {
  OrderDeskConfig config;
  config.orders_max = 512;
  config.executions_max = 4096;
  config.reprice_after = 0;
  config.cancel_after = 0;
  return config;
}

class World {
 public:
  static constexpr SourceId kFeed{0};
  static constexpr SourceId kSession{1};
  static constexpr PortfolioId kAlpha{0};
  static constexpr PortfolioId kBeta{1};

  explicit World(const Limits& limits = wide_limits(),
                 const OrderDeskConfig& config = test_config(), bool start = true) {
    add_instruments();
    market = std::make_unique<MarketState>(instruments, std::uint16_t{1});
    book = std::make_unique<Book>(instruments, *market);
    add_portfolios();
    auto made = OrderDesk::create(instruments, book->portfolio_count(), limits, config);
    EVENKEEL_CHECK(made.ok());
    desk = std::make_unique<OrderDesk>(*std::move(made));
    open_market();
    if (start) {
      Event event = Event::make(EventType::kEngineStart, SourceId{2});
      event.payload.start.epoch = 7;
      give(event);
      session(SessionState::kLoggedOn);
    }
  }

  InstrumentId id(std::string_view symbol) const { return instruments.find(symbol); }

  /// Numbers and stamps an event and lets market or desk take it.
  void give(Event event) {
    event.sequence = ++sequence;
    event.ts = now;
    out.begin(event);
    touched.clear();
    if (event.type == EventType::kQuote || event.type == EventType::kVenueSession) {
      if (market->apply(event)) book->reprice(event.instrument(), [](PortfolioId) {});
      return;
    }
    const auto span = desk->apply(view(), *book, event, out);
    touched.assign(span.begin(), span.end());
  }
  View view() const { return {instruments, *market, *book, now, sequence}; }

  void quote(std::string_view symbol, std::string_view bid, std::string_view ask) {
    quotes[std::string(symbol)] = {std::string(bid), std::string(ask)};
    Event event = Event::make(EventType::kQuote, kFeed, id(symbol).value);
    event.payload.quote = {now, price(bid), price(ask), Quantity::from_whole(1000),
                           Quantity::from_whole(1000)};
    give(event);
  }
  /// Time passes; quotes keep coming as they were, then the clock ticks.
  void pass(DurationNs duration) {
    now += duration;
    const auto latest = quotes;
    for (const auto& [symbol, sides] : latest) quote(symbol, sides.first, sides.second);
    give(Event::make(EventType::kClock, SourceId{2}));
  }
  void session(SessionState state) {
    Event event = Event::make(EventType::kSessionStatus, kSession);
    event.payload.session.state = state;
    give(event);
  }
  void command(Command command, PortfolioId portfolio = PortfolioId::none(), OrderId order = 0) {
    Event event = Event::make(EventType::kCommand, SourceId{2}, portfolio.value);
    event.payload.command.command = command;
    event.payload.command.order_id = order;
    give(event);
  }
  /// `lines` as "SPY +100, ES -2".
  SubmitResult submit(std::string_view lines, PortfolioId portfolio = kAlpha) {
    std::vector<ProposalLine> trades;
    const auto text = words(lines);
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
      std::string amount = text[i + 1];
      if (amount.back() == ',') amount.pop_back();
      trades.push_back({id(text[i]), quantity(amount), {}});
    }
    return submit(trades, portfolio);
  }
  SubmitResult submit(std::span<const ProposalLine> trades, PortfolioId portfolio) {
    ++sequence;
    Event event = Event::make(EventType::kClock, SourceId{2});
    event.sequence = sequence;
    event.ts = now;
    out.begin(event);
    Proposal proposal;
    proposal.portfolio = portfolio;
    proposal.cause.proposal = sequence;
    proposal.cause.trigger = Trigger::kAbsoluteBand;
    return desk->submit(view(), *book, proposal, trades, out);
  }

  const Line& line(std::string_view symbol, PortfolioId portfolio = kAlpha) const {
    const Line* found = book->line(portfolio, id(symbol));
    EVENKEEL_CHECK(found != nullptr);
    return *found;
  }
  bool audit() const { return book->audit(kAlpha) && book->audit(kBeta); }

  InstrumentTable instruments;
  std::unique_ptr<MarketState> market;
  std::unique_ptr<Book> book;
  std::unique_ptr<OrderDesk> desk;
  IntentBuffer out{256};
  std::vector<PortfolioId> touched;
  std::map<std::string, std::pair<std::string, std::string>> quotes;
  std::uint64_t sequence = 0;
  TimeNs now = 20'000 * kCalendarDay + 15 * kHour;

 private:
  void add(std::string_view symbol, InstrumentKind kind, std::string_view currency,
           std::string_view tick, std::string_view multiplier = "1", std::string_view base = "") {
    Instrument instrument;
    instrument.symbol.assign(symbol);
    instrument.kind = kind;
    instrument.currency = instruments.find_currency(currency);
    if (!base.empty()) instrument.base_currency = instruments.find_currency(base);
    instrument.tick = price(tick);
    instrument.multiplier = parse_exact<Multiplier>(multiplier).value();
    instrument.feed = kFeed;
    instrument.quoted = kind != InstrumentKind::kCash;
    EVENKEEL_CHECK(instruments.add(instrument).ok());
  }
  void add_instruments() {
    EVENKEEL_CHECK(instruments.add_currency("USD").ok() && instruments.add_currency("EUR").ok());
    add("USD", InstrumentKind::kCash, "USD", "0.01");
    add("EUR", InstrumentKind::kCash, "EUR", "0.01");
    add("SPY", InstrumentKind::kEtf, "USD", "0.01");
    add("AGG", InstrumentKind::kEtf, "USD", "0.01");
    add("SAP", InstrumentKind::kEquity, "EUR", "0.02");
    add("ES", InstrumentKind::kFuture, "USD", "0.25", "50");
    add("EURUSD", InstrumentKind::kFx, "USD", "0.00005", "1", "EUR");
    add("GHOST", InstrumentKind::kEquity, "USD", "0.01");  // in no portfolio
  }
  void add_portfolios() {
    Model model;
    model.sleeves.resize(2);
    model.sleeves[1].parent = kRootSleeve;
    for (const char* symbol : {"SPY", "AGG", "SAP", "ES"}) {
      model.assignments.push_back({id(symbol), SleeveId{1}});
    }
    const auto model_id = book->add_model(model);
    EVENKEEL_CHECK(model_id.ok());
    for (const char* name : {"alpha", "beta"}) {
      PortfolioSpec spec;
      spec.name = name;
      spec.base = instruments.find_currency("USD");
      spec.model = *model_id;
      spec.holdings = {{id("USD"), quantity("1000000"), {}},
                       {id("EUR"), quantity("50000"), {}},
                       {id("SPY"), quantity("1000"), {}},
                       {id("AGG"), quantity("500"), {}}};
      EVENKEEL_CHECK(book->add_portfolio(spec).ok());
    }
    book->finish();
  }
  void open_market() {
    Event event = Event::make(EventType::kVenueSession, kFeed);
    event.payload.venue.phase = VenuePhase::kRegular;
    give(event);
    quote("SPY", "499.99", "500.01");
    quote("AGG", "99.99", "100.01");
    quote("SAP", "199.98", "200.02");
    quote("ES", "5000.00", "5000.25");
    quote("EURUSD", "1.09995", "1.10005");
    quote("GHOST", "9.99", "10.01");
  }
};

// --- reports as text ---

template <class Value>
Value named(const std::map<std::string, Value>& names, const std::string& name) {
  const auto at = names.find(name);
  if (at == names.end()) {
    ADD_FAILURE() << "no such name in a script: " << name;
    return Value{};
  }
  return at->second;
}

inline OrdStatus status_of(const std::string& name) {
  static const std::map<std::string, OrdStatus> kNames = {
      {"-", OrdStatus::kNone},
      {"pending_new", OrdStatus::kPendingNew},
      {"new", OrdStatus::kNew},
      {"partly", OrdStatus::kPartiallyFilled},
      {"filled", OrdStatus::kFilled},
      {"done", OrdStatus::kDoneForDay},
      {"pending_cancel", OrdStatus::kPendingCancel},
      {"canceled", OrdStatus::kCanceled},
      {"pending_replace", OrdStatus::kPendingReplace},
      {"replaced", OrdStatus::kReplaced},
      {"suspended", OrdStatus::kSuspended},
      {"rejected", OrdStatus::kRejected},
      {"expired", OrdStatus::kExpired},
  };
  return named(kNames, name);
}

inline const std::map<std::string, ExecType>& exec_types() {
  static const std::map<std::string, ExecType> kNames = {
      {"pending_new", ExecType::kPendingNew},
      {"new", ExecType::kNew},
      {"trade", ExecType::kTrade},
      {"correct", ExecType::kTradeCorrect},
      {"bust", ExecType::kTradeCancel},
      {"pending_cancel", ExecType::kPendingCancel},
      {"canceled", ExecType::kCanceled},
      {"pending_replace", ExecType::kPendingReplace},
      {"replaced", ExecType::kReplaced},
      {"rejected", ExecType::kRejected},
      {"expired", ExecType::kExpired},
      {"done", ExecType::kDoneForDay},
      {"stopped", ExecType::kStopped},
      {"suspended", ExecType::kSuspended},
      {"restated", ExecType::kRestated},
      {"status", ExecType::kStatus},
  };
  return kNames;
}

/// "trade 1 E2 40/60 partly 40@500.02", "bust 1 E9 0/100 new ref=E2", "canceled 2/1 E4 40/0
/// canceled": kind, order[/orig order], ExecID, CumQty/LeavesQty, OrdStatus, LastQty@LastPx; ref=,
/// side=, symbol=, reason=, dup.
inline Event execution(const World& world, std::string_view text) {
  const auto word = words(text);
  Event event = Event::make(EventType::kExecution, World::kSession);
  ExecutionPayload& report = event.payload.execution;
  report.exec_type = named(exec_types(), word[0]);
  const auto slash = word[1].find('/');
  report.order_id = std::stoull(word[1]);
  if (slash != std::string::npos) report.orig_order_id = std::stoull(word[1].substr(slash + 1));
  if (word[2] != "-") report.exec_id.assign(word[2]);
  const auto open = word[3].find('/');
  report.cumulative_quantity = quantity(word[3].substr(0, open));
  report.leaves_quantity = quantity(word[3].substr(open + 1));
  report.ord_status = status_of(word[4]);
  for (std::size_t i = 5; i < word.size(); ++i) {
    const std::string& extra = word[i];
    const auto at = extra.find('@'), equals = extra.find('=');
    const std::string value = equals == std::string::npos ? "" : extra.substr(equals + 1);
    if (at != std::string::npos) {
      report.last_quantity = quantity(extra.substr(0, at));
      report.last_price = price(extra.substr(at + 1));
    } else if (extra.rfind("ref=", 0) == 0) {
      report.exec_ref_id.assign(value);
    } else if (extra.rfind("side=", 0) == 0) {
      report.side = value == "buy" ? Side::kBuy : Side::kSell;
    } else if (extra.rfind("symbol=", 0) == 0) {
      event.subject = world.id(value).value;
    } else if (extra.rfind("reason=", 0) == 0) {
      report.reject_reason = static_cast<std::uint32_t>(std::stoul(value)) + 1;
    } else if (extra == "dup") {
      report.poss_dup = 1;
    } else {
      ADD_FAILURE() << "not understood in a script: " << extra;
    }
  }
  return event;
}

/// "reject 3/1 new", optionally "reason=1".
inline Event cancel_reject(std::string_view text) {
  const auto word = words(text);
  Event event = Event::make(EventType::kCancelReject, World::kSession);
  CancelRejectPayload& reject = event.payload.cancel_reject;
  reject.order_id = std::stoull(word[1]);
  const auto slash = word[1].find('/');
  if (slash != std::string::npos) reject.orig_order_id = std::stoull(word[1].substr(slash + 1));
  reject.ord_status = status_of(word[2]);
  if (word.size() > 3) {
    reject.reject_reason = static_cast<std::uint32_t>(std::stoul(word[3].substr(7))) + 1;
  }
  return event;
}

// --- what came out, as text ---

inline std::string_view alert_text(AlertCode code) {
  switch (code) {
    case AlertCode::kOrderRejected:
      return "rejected";
    case AlertCode::kOrderUnknown:
      return "order unknown";
    case AlertCode::kUnknownExecution:
      return "unknown execution";
    case AlertCode::kDuplicateExecution:
      return "duplicate";
    case AlertCode::kExecutionMismatch:
      return "mismatch";
    case AlertCode::kTradeBusted:
      return "busted";
    case AlertCode::kTradeCorrected:
      return "corrected";
    case AlertCode::kCancelRejected:
      return "cancel";
    case AlertCode::kOverflow:
      return "overflow";
    case AlertCode::kHalted:
      return "halt";
    case AlertCode::kSessionDown:
      return "session";
    case AlertCode::kCopyMismatch:
      return "copy differs";
    case AlertCode::kCopyMissing:
      return "copy missing";
    case AlertCode::kCopyForeign:
      return "copy foreign";
    default:
      return "limit";
  }
}

inline std::string intent_text(const Intent& intent) {
  std::ostringstream text;
  const std::string_view side = intent.side == Side::kBuy ? "buy" : "sell";
  switch (intent.type) {
    case IntentType::kNewOrder:
      text << "new " << intent.order_id << ' ' << side << ' '
           << format_exact(intent.quantity).view();
      if (intent.order_type == OrderType::kLimit) {
        text << '@' << format_exact(intent.limit_price).view();
      }
      break;
    case IntentType::kReplaceOrder:
      text << "replace " << intent.order_id << '/' << intent.orig_order_id << " @"
           << format_exact(intent.limit_price).view();
      break;
    case IntentType::kCancelOrder:
      text << "cancel " << intent.order_id << '/' << intent.orig_order_id;
      break;
    case IntentType::kRequestStatus:
      text << "ask " << intent.orig_order_id;
      break;
    case IntentType::kDontKnowTrade:
      text << "dk " << intent.text.view();
      break;
    case IntentType::kAlert:
      text << "!" << alert_text(intent.alert);
      if (!intent.text.empty()) text << ": " << intent.text.view();
      break;
    case IntentType::kNone:
      text << "nothing";
      break;
  }
  return text.str();
}

inline std::string intents_text(const World& world) {
  std::string all;
  for (const Intent& intent : world.out.intents()) {
    if (!all.empty()) all += "; ";
    all += intent_text(intent);
  }
  return all;
}

/// Runs one message of a script.
inline void say(World& world, std::string_view message) {
  const auto word = words(message);
  const PortfolioId whose = word.size() < 2     ? PortfolioId::none()
                            : word[1] == "beta" ? World::kBeta
                                                : World::kAlpha;
  if (word[0] == "submit") {
    world.submit(message.substr(7));
  } else if (word[0] == "quote") {
    world.quote(word[1], word[2], word[3]);
    world.out.begin(Event{});
  } else if (word[0] == "pass") {
    world.pass(std::stoll(word[1]) * kMillisecond);
  } else if (word[0] == "lost") {
    world.session(SessionState::kDisconnected);
  } else if (word[0] == "logon") {
    world.session(SessionState::kLoggedOn);
  } else if (word[0] == "halt") {
    world.command(Command::kHalt, whose);
  } else if (word[0] == "resume") {
    world.command(Command::kResume, whose);
  } else if (word[0] == "cancel_all") {
    world.command(Command::kCancelAll, whose);
  } else if (word[0] == "shutdown") {
    world.command(Command::kShutdown);
  } else if (word[0] == "reject") {
    world.give(cancel_reject(message));
  } else {
    world.give(execution(world, message));
  }
}

/// Runs a script and compares each line. The symbol is the one whose working and executed
/// quantities are shown.
inline void run(World& world, std::string_view symbol, std::string_view script) {
  const Quantity before =
      world.line(symbol).quantity - world.desk->executed(World::kAlpha, world.id(symbol));
  int number = 0;
  for (std::size_t at = 0; at < script.size();) {
    const std::size_t end = std::min(script.find('\n', at), script.size());
    const std::string text(script.substr(at, end - at));
    at = end + 1;
    ++number;
    if (trimmed(text).empty() || trimmed(text)[0] == '#') continue;
    std::vector<std::string> cells;
    std::istringstream in(text);
    for (std::string cell; std::getline(in, cell, '|');) cells.push_back(trimmed(cell));
    ASSERT_GE(cells.size(), 4u) << "line " << number << ": " << text;
    cells.resize(5);
    say(world, cells[0]);
    std::string states;
    for (const Order& order : world.desk->orders()) {
      states += (states.empty() ? "" : " ") + std::string(order_state_name(order.state()));
    }
    const Line& line = world.line(symbol);
    const Quantity working = line.working_buy - line.working_sell;
    const Quantity executed = world.desk->executed(World::kAlpha, world.id(symbol));
    EXPECT_EQ(states, cells[1]) << "state, line " << number << ": " << text;
    EXPECT_EQ(std::string(format_exact(working).view()), cells[2])
        << "working, line " << number << ": " << text;
    EXPECT_EQ(std::string(format_exact(executed).view()), cells[3])
        << "executed, line " << number << ": " << text;
    EXPECT_EQ(intents_text(world), cells[4]) << "intents, line " << number << ": " << text;
    EXPECT_EQ(line.quantity - before, executed) << "book, line " << number << ": " << text;
    EXPECT_TRUE(world.audit()) << "audit, line " << number << ": " << text;
  }
}

}  // namespace evenkeel::fix::testing
