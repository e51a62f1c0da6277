// A day made of dice: a small desk with everything in it (two currencies, cash and futures, a
// statement price, a volatility trigger, tight limits), and events of every kind for it, from
// quotes that jump to reports that contradict each other. The same seed gives the same events in
// every build. For tests of what must hold on any path.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "apps/assembly.hpp"
#include "apps/config/desk_config.hpp"
#include "core/journal.hpp"
#include "core/proposal.hpp"
#include "feeds/random.hpp"

namespace evenkeel::apps::testing {

inline std::vector<ConfigText> random_day_texts() {
  return {
      {"evenkeel.toml", R"(name = "dice"
instruments = "instruments.toml"
limits = "limits.toml"
policies = ["overlay.toml", "balanced.toml"]
[engine]
id = "DICE"
clock = "feed"
[feed.one]
listen = "127.0.0.1:5001"
[feed.two]
listen = "127.0.0.1:5002"
[fix]
host = "127.0.0.1"
port = 9878
sender = "EVENKEEL"
target = "SIM"
[[portfolio]]
name = "pension"
file = "pension.csv"
policy = "overlay"
base = "USD"
[[portfolio]]
name = "foundation"
file = "foundation.csv"
policy = "balanced"
base = "USD"
[[portfolio]]
name = "stiftung"
file = "stiftung.csv"
policy = "balanced"
base = "USD"
)"},
      {"instruments.toml", R"(currencies = ["USD", "EUR"]
[[instrument]]
symbol = "EURUSD"
kind = "fx"
base = "EUR"
currency = "USD"
tick = 0.0001
feed = "two"
[[instrument]]
symbol = "SPY"
kind = "etf"
currency = "USD"
feed = "one"
[[instrument]]
symbol = "AGG"
kind = "etf"
currency = "USD"
feed = "one"
[[instrument]]
symbol = "EXSA"
kind = "etf"
currency = "EUR"
feed = "two"
[[instrument]]
symbol = "ESZ6"
kind = "future"
currency = "USD"
tick = 0.25
multiplier = 50
feed = "one"
[[instrument]]
symbol = "ZNZ6"
kind = "future"
currency = "USD"
tick = 0.0025
multiplier = 1000
beta = 0.9
feed = "one"
[[instrument]]
symbol = "PRIVEQ"
kind = "fund"
currency = "USD"
quoted = false
)"},
      {"overlay.toml", R"(name = "overlay"
action = "futures_overlay"
band = "2pp"
hold_for = "1s"
cool_down = "20s"
minimum_trade = "USD 50k"
[sleeves.equity]
target = "60%"
instruments = ["SPY"]
hedge = ["ESZ6"]
[sleeves.bonds]
target = "35%"
instruments = ["AGG"]
hedge = ["ZNZ6"]
[sleeves.cash]
target = "5%"
band = "none"
[volatility]
sleeve = "equity"
sample = "10s"
half_life = "2m"
when_above = "150%"
until_below = "130%"
target.equity = "50%"
)"},
      {"balanced.toml", R"(name = "balanced"
action = "cash"
destination = "half"
cool_down = "30s"
minimum_trade = "USD 5k"
cash_buffer = "0.5%"
trading_cost = "5bp"
[sleeves.equity]
target = "55%"
band = "3pp"
[sleeves.equity.us]
target = "35%"
band = "2pp"
instruments = ["SPY"]
[sleeves.equity.europe]
target = "20%"
band_relative = "10%"
instruments = ["EXSA"]
[sleeves.private]
target = "10%"
band = "8pp"
priced = "statement"
instruments = ["PRIVEQ"]
[sleeves.bonds]
target = "30%"
band = "2pp"
instruments = ["AGG"]
[sleeves.cash]
target = "5%"
band = "none"
)"},
      {"limits.toml", R"([desk]
orders_per_second = 6
orders_per_minute = 40
open_orders = 12
open_orders_per_portfolio = 6
daily_notional = "USD 900m"
day_starts_at = "22h"
[kind.etf]
order_quantity = 30_000
order_notional = "USD 6m"
price_collar = "2%"
quote_age = "1m"
[kind.future]
order_quantity = 60
order_notional = "USD 20m"
price_collar = "2%"
quote_age = "1m"
[orders]
reach = "5bp"
reprice_after = "3s"
reprices_max = 3
cancel_after = "40s"
ack_timeout = "8s"
status_timeout = "20s"
rejects_max = 4
rejects_within = "1m"
)"},
      {"pension.csv", R"(symbol,shares,price,class
SPY,"18,000",500.00,equity
AGG,"52,000",100.00,bonds
USD,"750,000.00",,cash
)"},
      {"foundation.csv", R"(symbol,shares,price,class
SPY,"7,000",500.00,us
EXSA,"36,000",50.00,europe
AGG,"30,000",100.00,bonds
PRIVEQ,"100,000",10.00,private
USD,"450,000.00",,cash
EUR,"60,000.00",,cash
)"},
      {"stiftung.csv", R"(symbol,shares,price,class
SPY,"3,500",500.00,us
EXSA,"18,000",50.00,europe
AGG,"15,000",100.00,bonds
PRIVEQ,"50,000",10.00,private
USD,"200,000.00",,cash
EUR,"50,000.00",,cash
)"},
  };
}

inline DeskConfig desk_of(const std::vector<ConfigText>& texts) {
  rules::Complaints complaints;
  auto desk = load_desk_from(texts, complaints);
  if (!desk.ok()) std::fprintf(stderr, "%s\n", std::string(desk.status().message()).c_str());
  EVENKEEL_CHECK(desk.ok());
  return *std::move(desk);
}

/// Makes events for a desk and lets it take them.
class RandomDay {
 public:
  static constexpr SourceId kSession{2};
  static constexpr TimeNs kStart = 20'600 * kCalendarDay + 14 * kHour + 30 * kMinute;

  RandomDay(const DeskConfig& desk, std::uint64_t seed)
      : core_(DecisionCore::build(desk).value()), random_(seed) {
    mids_ = {1'100'000'000,  500'000'000'000,   100'000'000'000,
             50'000'000'000, 5'000'000'000'000, 110'000'000'000};
    for (std::uint32_t i = 0; i < core_->books->instruments.size(); ++i) {
      if (core_->books->instruments[InstrumentId{i}].quoted) quoted_.push_back(InstrumentId{i});
    }
    EVENKEEL_CHECK(quoted_.size() == mids_.size());
  }

  /// The next event, taken by this day's own desk. Its intents are `intents()`.
  Event next() {
    Event event = count_ < kOpening ? opening() : anything();
    ++count_;
    event.sequence = ++sequence_;
    event.ts = now_;
    core_->engine.on_event(event, intents_);
    return event;
  }
  std::span<const Intent> intents() const { return intents_.intents(); }
  DecisionCore& core() { return *core_; }
  /// Goes on with another desk in the same state.
  void adopt(std::unique_ptr<DecisionCore> core) { core_ = std::move(core); }
  TimeNs now() const { return now_; }

 private:
  static constexpr std::uint64_t kOpening = 4 + 6;

  Event opening() {
    if (count_ == 0) {
      return start();
    }
    if (count_ == 1) return session(SessionState::kLoggedOn);
    if (count_ < 4) return phase(SourceId::of(count_ - 2), VenuePhase::kRegular);
    return quote(static_cast<std::size_t>(count_ - 4), 0);
  }

  /// The first run, or another one behind it.
  Event start() {
    Event event = Event::make(EventType::kEngineStart, SourceId::none());
    event.payload.start.epoch = 1'700'000'000'000 + ++starts_;
    if (starts_ > 1 && dice(3) == 0) now_ += 8 * kCalendarDay;  // old orders are forgotten
    return event;
  }
  Event attempt() {
    Event event = Event::make(EventType::kSendAttempt, kSession);
    const auto orders = core_->orders.orders();
    SendAttemptPayload& attempt = event.payload.attempt;
    if (!orders.empty()) {
      const fix::Order& order = orders[dice(static_cast<std::uint32_t>(orders.size()))];
      attempt.order_id = order.pending_id != 0 ? order.pending_id : order.current_id;
    }
    attempt.message = ++messages_;
    attempt.result = dice(8) == 0 ? SendResultKind::kLost : SendResultKind::kSent;
    return event;
  }

  Event anything() {
    now_ += dice(8) == 0 ? dice(3'000) * kMillisecond : dice(200) * kMillisecond;
    const std::uint32_t roll = dice(1'000);
    if (roll < 470) return any_quote();
    if (roll < 500) return attempt();
    if (roll < 820) return report();
    if (roll < 900) return Event::make(EventType::kClock, SourceId::none());
    if (roll < 915) return trade();
    if (roll < 925) return cash_flow();
    if (roll < 945) return command();
    if (roll < 965) return line_event();
    if (roll < 985) return status();
    if (roll < 987)
      return session(dice(2) == 0 ? SessionState::kDisconnected : SessionState::kLoggedOut);
    if (roll < 999) return session(SessionState::kLoggedOn);
    return start();
  }

  Event any_quote() {
    const std::size_t i = dice(static_cast<std::uint32_t>(quoted_.size()));
    std::int64_t& mid = mids_[i];
    const std::uint32_t shock = dice(60);
    const std::int64_t normal = random_.normal_q16();  // 65,536 is one deviation
    const std::int64_t parts = shock == 0 ? 20'000 : shock < 4 ? 5'000 : 1'000;  // of a million
    mid += mid / 1'000'000 * parts * (normal / 64) / 1'024;
    mid = std::max<std::int64_t>(mid, 500'000'000);
    return quote(i, dice(150));
  }
  Event quote(std::size_t i, std::uint32_t how) {
    const InstrumentId id = quoted_[i];
    const Instrument& instrument = core_->books->instruments[id];
    Event event = Event::make(EventType::kQuote, instrument.feed, id.value);
    QuotePayload& quote = event.payload.quote;
    const std::int64_t tick = instrument.tick.raw();
    const std::int64_t bid = mids_[i] / tick * tick;
    quote.exchange_ts = now_;
    quote.bid = Price::from_raw(bid);
    quote.ask = Price::from_raw(bid + tick * (1 + dice(3)));
    quote.bid_size = Quantity::from_whole(100 + dice(900));
    quote.ask_size = Quantity::from_whole(100 + dice(900));
    if (how == 1) quote.ask = quote.bid - Price::from_raw(tick);  // crossed
    if (how == 2) quote.ask_size = Quantity{};                    // withdrawn
    if (how == 3) quote.ask = Price::from_raw(bid + bid / 10);    // wide
    if (how == 4) event.flags = kQuoteHalted;
    if (how == 5) quote.bid = quote.ask = Price::from_raw(bid * 2);  // absurd
    // One line marks what is outside regular hours, the other says nothing of it.
    if (instrument.feed == SourceId{0}) event.flags |= kQuoteTellsPhase;
    if (how >= 6 && how < 9) event.flags |= kQuoteOutsideRegular;
    return event;
  }
  Event trade() {
    // One throw a statement: in which order arguments are computed is up to the compiler.
    const EventType type = dice(5) == 0 ? EventType::kTradeBreak : EventType::kTrade;
    const SourceId line = SourceId::of(dice(3));
    Event event = Event::make(type, line, dice(8));
    event.payload.trade.price = Price::from_raw(mids_[dice(6)]);
    event.payload.trade.size = Quantity::from_whole(dice(500));
    return event;
  }
  Event cash_flow() {
    Event event = Event::make(EventType::kCashFlow, SourceId::none(), dice(4));
    event.payload.cash_flow.amount =
        Money::from_whole(static_cast<std::int64_t>(dice(300'000)) - 120'000);
    event.payload.cash_flow.currency = CurrencyId::of(dice(2));
    return event;
  }
  Event command() {
    Event event = Event::make(EventType::kCommand, SourceId::none());
    if (dice(2) == 0) event.subject = dice(3);
    const std::uint32_t roll = dice(40);
    event.payload.command.command = roll == 0   ? Command::kHalt
                                    : roll == 1 ? Command::kCancelAll
                                                : Command::kResume;
    return event;
  }
  Event phase(SourceId line, VenuePhase phase) {
    Event event = Event::make(EventType::kVenueSession, line);
    event.payload.venue.phase = phase;
    return event;
  }
  Event line_event() {
    const SourceId line = SourceId::of(dice(2));
    const std::uint32_t roll = dice(24);
    if (roll == 0) {
      Event event = Event::make(EventType::kFeedGap, line);
      event.payload.gap.count = 1 + dice(20);
      return event;
    }
    if (roll < 12) {
      Event event = Event::make(EventType::kFeedStatus, line);
      event.payload.feed.state = roll == 1 ? FeedState::kSilent : FeedState::kAlive;
      return event;
    }
    return phase(line, roll == 12 ? VenuePhase::kPreMarket : VenuePhase::kRegular);
  }
  Event status() {
    InstrumentId id = quoted_[dice(6)];
    for (const InstrumentId halted : quoted_) {
      if (core_->books->market[halted].status == InstrumentStatus::kHalted) id = halted;
    }
    Event event =
        Event::make(EventType::kInstrumentStatus, core_->books->instruments[id].feed, id.value);
    event.payload.status.status =
        dice(12) == 0 ? InstrumentStatus::kHalted : InstrumentStatus::kTrading;
    return event;
  }
  Event session(SessionState state) {
    Event event = Event::make(EventType::kSessionStatus, kSession);
    event.payload.session.state = state;
    return event;
  }

  // --- the counterparty ---

  Event report() {
    if (!reports_.empty() && dice(12) == 0) {
      return reports_[dice(static_cast<std::uint32_t>(reports_.size()))];  // told twice
    }
    if (!reports_.empty() && dice(25) == 0) return adjustment();
    std::vector<const fix::Order*> open;
    for (const fix::Order& order : core_->orders.orders()) {
      if (order.open()) open.push_back(&order);
    }
    if (open.empty()) return any_quote();
    const fix::Order& order = *open[dice(static_cast<std::uint32_t>(open.size()))];
    if (order.pending != fix::Order::Pending::kNone && dice(6) == 0) return cancel_reject(order);
    Event event = report_of(order);
    reports_.push_back(event);
    return event;
  }
  Event report_of(const fix::Order& order) {
    Event event = Event::make(EventType::kExecution, kSession, order.instrument.value);
    ExecutionPayload& report = event.payload.execution;
    report.exec_id.assign("X" + std::to_string(++executions_));
    report.order_id = order.current_id;
    report.side = order.side;
    const Quantity left = std::max(order.quantity - order.filled, Quantity{});
    report.cumulative_quantity = order.filled;
    report.leaves_quantity = left;
    const bool partly = !order.filled.is_zero();
    report.ord_status = partly ? OrdStatus::kPartiallyFilled : OrdStatus::kNew;
    const std::uint32_t roll = dice(100);
    if (order.asked_ts != 0 && roll < 50) {
      report.exec_type = ExecType::kStatus;
    } else if (!order.acknowledged && roll < 70) {
      report.exec_type = ExecType::kNew;
    } else if (order.pending != fix::Order::Pending::kNone && roll < 60) {
      report.order_id = order.pending_id;
      report.orig_order_id = order.current_id;
      if (order.pending == fix::Order::Pending::kCancel) {
        end(report, ExecType::kCanceled, OrdStatus::kCanceled);
      } else {
        report.exec_type = ExecType::kReplaced;
      }
    } else if (roll < 90 && left.raw() > 0) {
      fill(order, left, report);
    } else if (roll < 94 && !partly) {
      end(report, ExecType::kRejected, OrdStatus::kRejected);
      report.reject_reason = dice(5);
    } else if (roll < 97) {
      end(report, ExecType::kCanceled, OrdStatus::kCanceled);
    } else {
      report.exec_type = ExecType::kNew;
      report.cumulative_quantity += Quantity::from_whole(1);  // the quantities disagree
    }
    return event;
  }
  static void end(ExecutionPayload& report, ExecType type, OrdStatus status) {
    report.exec_type = type;
    report.ord_status = status;
    report.leaves_quantity = Quantity{};
  }
  void fill(const fix::Order& order, Quantity left, ExecutionPayload& report) {
    const std::int64_t whole = left.raw() / Quantity::kScale;
    const Quantity size =
        dice(3) == 0 || whole < 2
            ? left
            : Quantity::from_whole(1 + dice(static_cast<std::uint32_t>(whole - 1)));
    report.exec_type = ExecType::kTrade;
    report.last_quantity = size;
    report.last_price = order.limit_price;
    report.cumulative_quantity = order.filled + size;
    report.leaves_quantity = left - size;
    report.ord_status =
        report.leaves_quantity.is_zero() ? OrdStatus::kFilled : OrdStatus::kPartiallyFilled;
  }
  Event adjustment() {
    Event event = reports_[dice(static_cast<std::uint32_t>(reports_.size()))];
    ExecutionPayload& report = event.payload.execution;
    const fix::Order* order = core_->orders.find(report.order_id);
    report.exec_ref_id = report.exec_id;
    report.exec_id.assign("A" + std::to_string(++executions_));
    report.exec_type = dice(2) == 0 ? ExecType::kTradeCancel : ExecType::kTradeCorrect;
    if (report.exec_type == ExecType::kTradeCorrect) {
      report.last_price += Price::from_raw(10'000'000);
    } else if (order != nullptr) {
      report.cumulative_quantity = std::max(order->filled - report.last_quantity, Quantity{});
    }
    return event;
  }
  Event cancel_reject(const fix::Order& order) {
    Event event = Event::make(EventType::kCancelReject, kSession);
    event.payload.cancel_reject.order_id = order.pending_id;
    event.payload.cancel_reject.orig_order_id = order.current_id;
    event.payload.cancel_reject.ord_status = OrdStatus::kNew;
    return event;
  }

  std::uint32_t dice(std::uint32_t sides) { return random_.below(sides); }

  std::unique_ptr<DecisionCore> core_;
  feeds::Random random_;
  IntentBuffer intents_{DeskEngineAgent::kIntentsMax};
  std::vector<InstrumentId> quoted_;
  std::vector<std::int64_t> mids_;  // by position in `quoted_`
  std::vector<Event> reports_;
  std::uint64_t count_ = 0, sequence_ = 0, executions_ = 0, starts_ = 0;
  std::uint32_t messages_ = 0;
  TimeNs now_ = kStart;
};

}  // namespace evenkeel::apps::testing
