// The order desk against a ledger that was written naively and on its own: a counterparty that is
// right but inconvenient (delays, repetitions, busts, corrections, sessions lost) is played at
// random, and after every event positions, cash and working quantities have to be equal. Then a
// counterparty that is simply mad.
#include <array>
#include <cstring>
#include <deque>
#include <map>
#include <set>
#include <vector>

#include "rapidcheck.h"
#include "tests/fix/order_desk_world.hpp"

namespace evenkeel::fix {
namespace {

using namespace evenkeel::fix::testing;  // NOLINT(google-build-using-namespace)

/// One random step: what to do, and two numbers to choose by.
using Step = std::array<std::uint32_t, 3>;

/// Counts messages as a clerk would, from the messages alone.
class Ledger {
 public:
  struct Fill {
    OrderId order = 0;
    Quantity quantity;  // signed
    Price price;
    bool stands = true;
  };
  struct Entry {
    PortfolioId portfolio;
    InstrumentId instrument;
    Side side = Side::kNone;
    Quantity quantity;
    bool ended = false;
  };

  void sent(const Intent& intent) {
    if (intent.type == IntentType::kNewOrder) {
      root[intent.order_id] = intent.order_id;
      orders[intent.order_id] = {intent.portfolio, intent.instrument, intent.side, intent.quantity};
    } else if (intent.type == IntentType::kReplaceOrder ||
               intent.type == IntentType::kCancelOrder) {
      root[intent.order_id] = root.at(intent.orig_order_id);
    }
  }

  void heard(const Event& event) {
    if (event.type != EventType::kExecution) return;
    const ExecutionPayload& report = event.payload.execution;
    const std::string id(report.exec_id.view());
    if (report.exec_type != ExecType::kStatus && !seen.insert({id, report.exec_type}).second) {
      return;
    }
    const OrderId number = root.at(report.order_id);
    Entry& order = orders.at(number);
    const Quantity signed_last =
        order.side == Side::kBuy ? report.last_quantity : -report.last_quantity;
    if (report.exec_type == ExecType::kTrade) {
      fills[id] = {number, signed_last, report.last_price, true};
      if (filled(number) == order.quantity) order.ended = true;
      return;
    }
    if (report.exec_type == ExecType::kTradeCorrect || report.exec_type == ExecType::kTradeCancel) {
      const std::string ref(report.exec_ref_id.view());
      const std::string fill = alias.count(ref) > 0 ? alias.at(ref) : ref;
      alias[id] = fill;
      if (report.exec_type == ExecType::kTradeCancel) {
        fills.at(fill).stands = false;
      } else {
        fills.at(fill).quantity = signed_last;
        fills.at(fill).price = report.last_price;
      }
      order.ended = report.leaves_quantity.is_zero();
      return;
    }
    const OrdStatus status = report.ord_status;
    if (status == OrdStatus::kCanceled || status == OrdStatus::kExpired ||
        status == OrdStatus::kFilled) {
      order.ended = true;
    }
  }

  Quantity filled(OrderId number) const {
    Quantity total;
    for (const auto& [id, fill] : fills) {
      if (fill.order == number && fill.stands) total += fill.quantity.abs();
    }
    return total;
  }
  Quantity position(PortfolioId portfolio, InstrumentId instrument) const {
    Quantity total;
    for (const auto& [id, fill] : fills) {
      const Entry& order = orders.at(fill.order);
      if (fill.stands && order.portfolio == portfolio && order.instrument == instrument) {
        total += fill.quantity;
      }
    }
    return total;
  }
  Quantity working(PortfolioId portfolio, InstrumentId instrument, Side side) const {
    Quantity total;
    for (const auto& [number, order] : orders) {
      if (order.portfolio == portfolio && order.instrument == instrument && order.side == side &&
          !order.ended) {
        total += order.quantity - filled(number);
      }
    }
    return total;
  }
  /// What the fills of instruments paid for have cost, in 10^-6 of the currency.
  Quantity spent(const InstrumentTable& table, PortfolioId portfolio) const {
    Quantity total;
    for (const auto& [id, fill] : fills) {
      const Entry& order = orders.at(fill.order);
      if (!fill.stands || order.portfolio != portfolio || table[order.instrument].is_future())
        continue;
      total += cash_quantity(*notional(fill.price, fill.quantity, kUnitMultiplier));
    }
    return total;
  }

  std::map<OrderId, OrderId> root;
  std::map<OrderId, Entry> orders;
  std::map<std::string, Fill> fills;
  std::map<std::string, std::string> alias;
  std::set<std::pair<std::string, ExecType>> seen;
};

/// A counterparty that keeps its books in order and reports everything, in order, when it pleases.
class Broker {
 public:
  struct Fill {
    std::string exec_id;
    Quantity quantity;
    bool busted = false;
  };
  struct Order {
    OrderId id = 0;
    InstrumentId instrument;
    Side side = Side::kNone;
    Quantity quantity, cum;
    Price limit, new_limit;
    bool open = true, acknowledged = false;
    OrdStatus end = OrdStatus::kNone;
    OrderId cancel = 0, replace = 0;
    std::vector<Fill> fills{};
    Quantity leaves() const { return open ? quantity - cum : Quantity{}; }
    OrdStatus status() const {
      if (cancel != 0) return OrdStatus::kPendingCancel;
      if (replace != 0) return OrdStatus::kPendingReplace;
      if (!open) return end;
      return cum.is_zero() ? OrdStatus::kNew : OrdStatus::kPartiallyFilled;
    }
  };

  void receive(const Intent& intent) {
    const auto of = [&](OrderId id) -> Order& { return orders[by_id.at(id)]; };
    switch (intent.type) {
      case IntentType::kNewOrder: {
        by_id[intent.order_id] = orders.size();
        Order order;
        order.id = intent.order_id;
        order.instrument = intent.instrument;
        order.side = intent.side;
        order.quantity = intent.quantity;
        order.limit = intent.limit_price;
        orders.push_back(order);
        return;
      }
      case IntentType::kCancelOrder:
        by_id[intent.order_id] = by_id.at(intent.orig_order_id);
        of(intent.order_id).cancel = intent.order_id;
        return;
      case IntentType::kReplaceOrder:
        by_id[intent.order_id] = by_id.at(intent.orig_order_id);
        of(intent.order_id).replace = intent.order_id;
        of(intent.order_id).new_limit = intent.limit_price;
        return;
      case IntentType::kRequestStatus:
        report(of(intent.orig_order_id), ExecType::kStatus);
        return;
      default:
        return;
    }
  }

  void acknowledge(Order& order) {
    if (order.acknowledged || !order.open) return;
    order.acknowledged = true;
    report(order, ExecType::kNew);
  }
  void fill(Order& order, std::uint32_t by) {
    // Now and then a trade was made before the cancel and is told after it.
    const bool late = !order.open && order.end == OrdStatus::kCanceled && by % 4 == 0;
    if (!order.open && !late) return;
    const std::int64_t rest = (order.quantity - order.cum).raw() / Quantity::kScale;
    if (rest == 0) return;
    const auto quantity = Quantity::from_whole(1 + by % rest);
    order.cum += quantity;
    if (order.cum == order.quantity) {
      order.open = false;
      order.end = OrdStatus::kFilled;
    }
    Event& event = report(order, ExecType::kTrade);
    event.payload.execution.last_quantity = quantity;
    event.payload.execution.last_price = inside(order, by);
    order.fills.push_back({std::string(event.payload.execution.exec_id.view()), quantity});
  }
  void adjust(Order& order, std::uint32_t which, std::uint32_t by) {
    if (order.fills.empty()) return;
    Fill& fill = order.fills[which % order.fills.size()];
    if (fill.busted) return;
    const bool bust = by % 2 == 0;
    // A correction of quantity takes away one; one that would take the last is of the price.
    Quantity now = bust ? Quantity{} : fill.quantity;
    if (!bust && by % 3 == 0 && now > Quantity::from_whole(1)) now -= Quantity::from_whole(1);
    order.cum += now - fill.quantity;
    fill.quantity = now;
    fill.busted = bust;
    if (!order.open && order.cum < order.quantity) {
      order.open = by % 5 == 0;
      if (order.end == OrdStatus::kFilled) order.end = OrdStatus::kCanceled;
    }
    Event& event = report(order, bust ? ExecType::kTradeCancel : ExecType::kTradeCorrect);
    event.payload.execution.last_quantity = now;
    event.payload.execution.last_price = bust ? Price{} : inside(order, by);
    event.payload.execution.exec_ref_id.assign(fill.exec_id);
    // The next one may name this report instead of the fill.
    if (!bust && by % 7 == 0) fill.exec_id = event.payload.execution.exec_id.view();
  }
  void end(Order& order, bool expired) {
    if (!order.open) return;
    order.open = false;
    order.end = expired ? OrdStatus::kExpired : OrdStatus::kCanceled;
    const OrderId asked = order.cancel;
    if (!expired) order.cancel = 0;
    Event& event = report(order, expired ? ExecType::kExpired : ExecType::kCanceled);
    event.payload.execution.ord_status = order.end;
    if (!expired && asked != 0) {
      event.payload.execution.order_id = asked;
      event.payload.execution.orig_order_id = order.id;
    }
  }
  void answer_request(Order& order, bool yes) {
    const OrderId request = order.cancel != 0 ? order.cancel : order.replace;
    if (request == 0) return;
    const bool cancel = request == order.cancel;
    if (yes && cancel && order.open) {
      end(order, false);
      return;
    }
    (cancel ? order.cancel : order.replace) = 0;
    if (yes && order.open) {
      order.limit = order.new_limit;
      const OrderId before = order.id;
      order.id = request;
      report(order, ExecType::kReplaced).payload.execution.orig_order_id = before;
      return;
    }
    Event event = Event::make(EventType::kCancelReject, World::kSession);
    event.payload.cancel_reject.order_id = request;
    event.payload.cancel_reject.orig_order_id = order.id;
    event.payload.cancel_reject.ord_status = order.status();
    wire.push_back(event);
  }

  std::vector<Order> orders;
  std::map<OrderId, std::size_t> by_id;
  std::deque<Event> wire;      // written, not delivered
  std::vector<Event> history;  // delivered

 private:
  /// Within the order's limit, whichever side.
  static Price inside(const Order& order, std::uint32_t by) {
    const auto cents = Price::from_raw((by % 50) * 10'000'000);
    return order.side == Side::kBuy ? order.limit - cents : order.limit + cents;
  }
  Event& report(const Order& order, ExecType type) {
    Event event = Event::make(EventType::kExecution, World::kSession, order.instrument.value);
    ExecutionPayload& payload = event.payload.execution;
    payload.exec_type = type;
    payload.order_id = order.id;
    payload.side = order.side;
    payload.cumulative_quantity = order.cum;
    payload.leaves_quantity = order.leaves();
    payload.ord_status = order.status();
    payload.exec_id.assign("X" + std::to_string(++exec_ids_));
    wire.push_back(event);
    return wire.back();
  }
  std::uint64_t exec_ids_ = 0;
};

OrderDeskConfig busy_config() {
  OrderDeskConfig config = test_config();
  config.orders_max = 128;
  config.executions_max = 2048;
  config.reprice_after = kSecond;
  config.cancel_after = 20 * kSecond;
  return config;
}

/// Plays steps into a world, with broker and ledger beside it.
class Play {
 public:
  Play() : world(wide_limits(), busy_config()) {
    for (const char* symbol : {"SPY", "AGG", "ES"}) symbols.emplace_back(symbol);
    for (const PortfolioId p : {World::kAlpha, World::kBeta}) {
      for (const std::string& symbol : symbols) before.push_back(world.line(symbol, p).quantity);
      cash_before.push_back(world.line("USD", p).quantity);
    }
  }

  void step(const Step& step) {
    const auto [what, a, b] = step;
    Broker::Order* order =
        broker.orders.empty() ? nullptr : &broker.orders[a % broker.orders.size()];
    switch (what % 16) {
      case 0:
      case 1:
        submit(a, b);
        return;
      case 2:
        if (order != nullptr) broker.acknowledge(*order);
        return;
      case 3:
      case 4:
        if (order != nullptr) broker.fill(*order, b);
        return;
      case 5:
        if (order != nullptr) broker.adjust(*order, b, b / 64);
        return;
      case 6:
        if (order != nullptr && b % 3 == 0) broker.end(*order, b % 2 == 0);
        return;
      case 7:
      case 8:
        if (order != nullptr) broker.answer_request(*order, b % 3 != 0);
        return;
      case 9:
        if (order != nullptr) {
          world.command(Command::kCancelAll, PortfolioId::none(), order->id);
          carry();
        }
        return;
      case 10:
        pass(a, b);
        return;
      case 11:
        if (!broker.history.empty()) deliver(broker.history[a % broker.history.size()]);
        return;
      case 12:
        if (b % 4 == 0) {
          world.session(SessionState::kDisconnected);
          world.session(SessionState::kLoggedOn);
          carry();
        }
        return;
      default:
        for (std::uint32_t n = 0; n <= a % 4; ++n) deliver_next();
        return;
    }
  }
  void finish() {
    while (!broker.wire.empty()) deliver_next();
  }

  World world;
  Broker broker;
  Ledger ledger;
  std::vector<std::string> symbols;
  std::vector<Quantity> before, cash_before;
  std::string intents;  // every byte that came out

 private:
  void submit(std::uint32_t a, std::uint32_t b) {
    const auto quantity = static_cast<std::int64_t>(1 + b / 2 % 40);
    const ProposalLine line{world.id(symbols[a % symbols.size()]),
                            Quantity::from_whole(b % 2 == 0 ? quantity : -quantity),
                            {}};
    world.submit(std::span(&line, 1), a / 8 % 2 == 0 ? World::kAlpha : World::kBeta);
    carry();
  }
  void pass(std::uint32_t a, std::uint32_t b) {
    const std::int64_t cents = 49'900 + b % 400;
    const auto at = [](std::int64_t n) { return std::string(format_decimal(n, 100).view()); };
    world.quote("SPY", at(cents), at(cents + 2));
    world.pass((1 + a % 3000) * kMillisecond);
    carry();
  }
  void deliver_next() {
    if (broker.wire.empty()) return;
    const Event event = broker.wire.front();
    broker.wire.pop_front();
    broker.history.push_back(event);
    deliver(event);
  }
  void deliver(const Event& event) {
    // A status answer is not repeated by a resend: each is an answer of its time.
    const bool repeated = world.desk->counters().status_answers > 0 &&
                          event.type == EventType::kExecution &&
                          event.payload.execution.exec_type == ExecType::kStatus &&
                          !statuses_.insert(event.payload.execution.exec_id.view()).second;
    if (repeated) return;
    if (event.type == EventType::kExecution &&
        event.payload.execution.exec_type == ExecType::kStatus) {
      statuses_.insert(event.payload.execution.exec_id.view());
    }
    world.give(event);
    ledger.heard(event);
    carry();
  }
  /// Takes what came out to the broker and the ledger.
  void carry() {
    for (const Intent& intent : world.out.intents()) {
      ledger.sent(intent);
      broker.receive(intent);
      intents.append(reinterpret_cast<const char*>(&intent), sizeof intent);
    }
  }
  struct Ids {
    std::set<std::string> ids{};
    std::pair<std::set<std::string>::iterator, bool> insert(std::string_view id) {
      return ids.emplace(id);
    }
  };
  Ids statuses_;
};

void compare(const Play& play) {
  std::size_t i = 0;
  for (const PortfolioId p : {World::kAlpha, World::kBeta}) {
    for (const std::string& symbol : play.symbols) {
      const InstrumentId id = play.world.id(symbol);
      const Line& line = play.world.line(symbol, p);
      const Quantity position = play.ledger.position(p, id);
      RC_ASSERT(play.world.desk->executed(p, id) == position);
      RC_ASSERT(line.quantity == play.before[i] + position);
      RC_ASSERT(line.working_buy == play.ledger.working(p, id, Side::kBuy));
      RC_ASSERT(line.working_sell == play.ledger.working(p, id, Side::kSell));
      ++i;
    }
    const Quantity cash = play.world.line("USD", p).quantity;
    RC_ASSERT(cash == play.cash_before[p.index()] - play.ledger.spent(play.world.instruments, p));
  }
  RC_ASSERT(play.world.audit());
  RC_ASSERT(play.world.desk->counters().mismatches == 0u);
  RC_ASSERT(play.world.desk->counters().unknown_executions == 0u);
}

rc::Gen<std::vector<Step>> steps(int size) {
  const auto number = rc::gen::inRange<std::uint32_t>(0, 1U << 20);
  return rc::gen::resize(size,
                         rc::gen::container<std::vector<Step>>(rc::gen::container<Step>(number)));
}

TEST(OrderDeskLedgerTest, EqualsTheLedgerAfterEveryEvent) {
  EXPECT_TRUE(rc::check("positions, cash and working quantities equal the ledger's", [] {
    Play play;
    for (const Step& step : *steps(300)) {
      play.step(step);
      compare(play);
    }
    play.finish();
    compare(play);
    RC_CLASSIFY(play.world.desk->counters().busted > 0, "busted");
    RC_CLASSIFY(play.world.desk->counters().corrected > 0, "corrected");
    RC_CLASSIFY(play.world.desk->counters().duplicates > 0, "duplicates");
    RC_CLASSIFY(play.world.desk->counters().late_fills > 0, "late fills");
    RC_CLASSIFY(play.world.desk->counters().replaced > 0, "replaced");
    RC_CLASSIFY(play.world.desk->counters().sessions_lost > 0, "sessions lost");
  }));
}

TEST(OrderDeskLedgerTest, TheSameEventsGiveTheSameBytes) {
  EXPECT_TRUE(rc::check("two desks, one sequence of events", [] {
    const auto all = *steps(300);
    Play one, two;
    for (const Step& step : all) {
      one.step(step);
      two.step(step);
    }
    RC_ASSERT(one.intents == two.intents);
  }));
}

// --- a mad counterparty ---

Event nonsense(const World& world, const Step& step, std::uint32_t more) {
  const auto [what, a, b] = step;
  const std::array<std::int64_t, 8> quantities = {0,
                                                  1'000'000,
                                                  5'000'000,
                                                  -1'000'000,
                                                  100'000'000,
                                                  std::numeric_limits<std::int64_t>::max(),
                                                  std::numeric_limits<std::int64_t>::min(),
                                                  40'000'000};
  const std::array<std::int64_t, 6> prices = {0,
                                              500'000'000'000,
                                              -1,
                                              1,
                                              std::numeric_limits<std::int64_t>::max(),
                                              std::numeric_limits<std::int64_t>::min()};
  if (what % 8 == 7) {
    Event event = Event::make(EventType::kCancelReject, World::kSession);
    event.payload.cancel_reject.order_id = a % 9;
    event.payload.cancel_reject.orig_order_id = b % 9;
    event.payload.cancel_reject.ord_status = static_cast<OrdStatus>(more % 14);
    return event;
  }
  Event event = Event::make(EventType::kExecution, World::kSession);
  if (b % 3 == 0) event.subject = world.id(b % 2 == 0 ? "SPY" : "AGG").value;
  ExecutionPayload& report = event.payload.execution;
  report.exec_type = static_cast<ExecType>(what % 17);
  report.order_id = a % 9;
  report.orig_order_id = b / 4 % 9;
  report.ord_status = static_cast<OrdStatus>(b % 14);
  report.side = static_cast<Side>(more % 3);
  report.last_quantity = Quantity::from_raw(quantities[more / 3 % 8]);
  report.last_price = Price::from_raw(prices[more / 24 % 6]);
  report.cumulative_quantity = Quantity::from_raw(quantities[a / 16 % 8]);
  report.leaves_quantity = Quantity::from_raw(quantities[a / 128 % 8]);
  if (b / 64 % 8 != 0) report.exec_id.assign("E" + std::to_string(b / 512 % 40));
  report.exec_ref_id.assign("E" + std::to_string(a / 1024 % 40));
  return event;
}

TEST(OrderDeskLedgerTest, NonsenseNeverBreaksTheBooks) {
  EXPECT_TRUE(rc::check("whatever is reported, the sums hold", [] {
    World world(wide_limits(), busy_config());
    const Quantity before = world.line("SPY").quantity;
    std::uint32_t more = 0;
    for (const Step& step : *steps(400)) {
      more = more * 1'664'525U + step[2] + 1'013'904'223U;
      if (step[0] / 32 % 8 == 0) {
        world.submit(step[1] % 2 == 0 ? "SPY +40" : "SPY -5");
      } else if (step[0] / 32 % 8 == 1) {
        world.pass((step[1] % 8000) * kMillisecond);
        if (step[2] % 2 == 0) world.command(Command::kResume, World::kAlpha);
        if (step[2] % 5 == 0) world.command(Command::kCancelAll);
        if (step[2] % 11 == 0) world.session(static_cast<SessionState>(step[2] / 11 % 5));
        if (step[2] % 7 == 0) world.command(Command::kResume);
      } else {
        world.give(nonsense(world, step, more >> 8));
      }
      Quantity buys, sells;
      std::uint32_t open = 0;
      for (const Order& order : world.desk->orders()) {
        if (order.open()) ++open;
        RC_ASSERT(order.open_quantity() <= order.quantity);
        (order.side == Side::kBuy ? buys : sells) += order.open_quantity();
      }
      const Line& line = world.line("SPY");
      RC_ASSERT(line.working_buy == buys);
      RC_ASSERT(line.working_sell == sells);
      RC_ASSERT(open == world.desk->open_orders());
      RC_ASSERT(line.quantity == before + world.desk->executed(World::kAlpha, world.id("SPY")));
      RC_ASSERT(world.audit());
    }
  }));
}

}  // namespace
}  // namespace evenkeel::fix
