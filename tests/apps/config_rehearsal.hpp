// A desk rehearsed in one thread: datagrams of a feed go through the decoder into the engine, and
// orders to a plain venue that fills at the touch, after a moment, at most what is shown. No
// socket, no clock: the same datagrams give the same run.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "apps/assembly.hpp"
#include "apps/config/desk_config.hpp"
#include "core/proposal.hpp"
#include "core/ring.hpp"
#include "feeds/symbol_map.hpp"
#include "feeds/tops_feed.hpp"

namespace evenkeel::apps {

class Rehearsal {
 public:
  explicit Rehearsal(const DeskConfig& desk)
      : core_(*DecisionCore::build(desk)),
        symbols_(*feeds::SymbolMap::build(core_->books->instruments, SourceId{0})),
        ring_(1 << 16),
        feed_({.line = SourceId{0}}, symbols_, core_->books->instruments.size(), ring_),
        session_(SourceId::of(desk.machine.feeds.size())) {
    Event start = Event::make(EventType::kEngineStart, session_);
    start.payload.start.epoch = 1;
    take(start, 0);
    Event logon = Event::make(EventType::kSessionStatus, session_);
    logon.payload.session.state = SessionState::kLoggedOn;
    take(logon, 0);
  }

  /// A datagram sent at `now`, a time of the feed.
  void datagram(std::span<const std::byte> bytes, TimeNs now) {
    while (last_tick_ + kTick < now) {
      last_tick_ = std::max(last_tick_ + kTick, now - kSecond);
      take(Event::make(EventType::kClock, SourceId::none()), last_tick_);
    }
    EVENKEEL_CHECK(feed_.on_datagram(bytes, now));
    Event event;
    while (ring_.try_pop(event)) take(event, now);
  }

  const DecisionCore& core() const { return *core_; }
  const std::vector<Intent>& orders() const { return orders_; }
  const std::vector<Intent>& alerts() const { return alerts_; }
  std::size_t venue_open() const { return open_.size(); }
  TimeNs now() const { return now_; }
  VenuePhase phase() const { return core_->books->market.line(SourceId{0}).phase; }
  /// What the venue says it has filled, signed.
  Quantity venue_position(PortfolioId portfolio, InstrumentId instrument) const {
    const auto at = positions_.find({portfolio, instrument});
    return at == positions_.end() ? Quantity{} : at->second;
  }
  Ratio weight(PortfolioId portfolio, SleeveId sleeve) const {
    return ratio_of(core_->books->book.exposure(portfolio, sleeve),
                    core_->books->book.nav(portfolio));
  }
  /// Every banded sleeve of a portfolio stands within the edges that hold now.
  bool within_bands(PortfolioId portfolio) const {
    const Book& book = core_->books->book;
    const rules::Regime& regime = core_->rules.regime(book.model_id(portfolio));
    for (std::size_t s = 1; s < regime.edges.size(); ++s) {
      if (!regime.edges[s].banded) continue;
      const Money exposure = book.exposure(portfolio, SleeveId::of(s));
      if (compare_weight(exposure, book.nav(portfolio), regime.edges[s].high) > 0) return false;
      if (compare_weight(exposure, book.nav(portfolio), regime.edges[s].low) < 0) return false;
    }
    return true;
  }

 private:
  static constexpr DurationNs kTick = 100 * kMillisecond;
  static constexpr DurationNs kLatency = 5 * kMillisecond;

  struct VenueOrder {
    PortfolioId portfolio;
    InstrumentId instrument;
    Side side;
    Quantity quantity, filled;
    Price limit;
    TimeNs active_at = 0;
    std::uint64_t filled_at_quote = 0;  // sequence of the quote that last filled it
  };

  void take(Event event, TimeNs now) {
    now_ = std::max(now, now_);
    event.ts = now_;
    event.sequence = ++sequence_;
    core_->engine.on_event(event, intents_);
    const std::vector<Intent> asked(intents_.intents().begin(), intents_.intents().end());
    for (const Intent& intent : asked) answer(intent);
    if (event.type == EventType::kQuote || event.type == EventType::kClock) match();
  }

  void answer(const Intent& intent) {
    switch (intent.type) {
      case IntentType::kNewOrder:
        orders_.push_back(intent);
        open_[intent.order_id] = {intent.portfolio, intent.instrument, intent.side,
                                  intent.quantity,  Quantity{},        intent.limit_price,
                                  now_ + kLatency};
        report(intent.order_id, 0, open_[intent.order_id], ExecType::kNew, OrdStatus::kNew);
        return;
      case IntentType::kReplaceOrder:
        replace(intent);
        return;
      case IntentType::kCancelOrder:
        if (const auto at = open_.find(intent.orig_order_id); at != open_.end()) {
          VenueOrder gone = at->second;
          open_.erase(at);
          gone.quantity = gone.filled;
          report(intent.order_id, intent.orig_order_id, gone, ExecType::kCanceled,
                 OrdStatus::kCanceled);
        }
        return;
      case IntentType::kAlert:
        alerts_.push_back(intent);
        return;
      default:
        return;
    }
  }

  void replace(const Intent& intent) {
    const auto at = open_.find(intent.orig_order_id);
    if (at == open_.end()) return;
    VenueOrder order = at->second;
    open_.erase(at);
    order.limit = intent.limit_price;
    open_[intent.order_id] = order;
    report(intent.order_id, intent.orig_order_id, order, ExecType::kReplaced, OrdStatus::kReplaced);
  }

  void match() {
    std::vector<OrderId> ids;
    for (const auto& [id, order] : open_) ids.push_back(id);
    for (const OrderId id : ids) {
      const auto at = open_.find(id);
      if (at != open_.end()) match(id, at->second);
    }
  }
  void match(OrderId id, VenueOrder& order) {
    const MarketState& market = core_->books->market;
    const Quotation& quote = market[order.instrument];
    if (now_ < order.active_at || any(market.soundness(order.instrument))) return;
    if (order.filled_at_quote == quote.quote_sequence) return;
    const bool buys = order.side == Side::kBuy;
    const Price touch = buys ? quote.ask : quote.bid;
    if (buys ? touch > order.limit : touch < order.limit) return;
    order.filled_at_quote = quote.quote_sequence;
    const Quantity size =
        std::min(buys ? quote.ask_size : quote.bid_size, order.quantity - order.filled);
    order.filled += size;
    positions_[{order.portfolio, order.instrument}] += buys ? size : -size;
    const VenueOrder now = order;
    const bool done = now.filled == now.quantity;
    if (done) open_.erase(id);
    report(id, 0, now, ExecType::kTrade, done ? OrdStatus::kFilled : OrdStatus::kPartiallyFilled,
           size, touch);
  }

  void report(OrderId id, OrderId original, const VenueOrder& order, ExecType type,
              OrdStatus status, Quantity last = {}, Price price = {}) {
    Event event = Event::make(EventType::kExecution, session_, order.instrument.value);
    ExecutionPayload& execution = event.payload.execution;
    execution.order_id = id;
    execution.orig_order_id = original;
    execution.last_quantity = last;
    execution.last_price = price;
    execution.cumulative_quantity = order.filled;
    execution.leaves_quantity = order.quantity - order.filled;
    execution.exec_type = type;
    execution.ord_status = status;
    execution.side = order.side;
    execution.exec_id.assign("X" + std::to_string(++executions_));
    take(event, now_);
  }

  std::unique_ptr<DecisionCore> core_;
  feeds::SymbolMap symbols_;
  SpscRing<Event> ring_;
  feeds::TopsFeed feed_;
  SourceId session_;
  IntentBuffer intents_{4096};
  std::map<OrderId, VenueOrder> open_;
  std::map<std::pair<PortfolioId, InstrumentId>, Quantity> positions_;
  std::vector<Intent> orders_, alerts_;
  TimeNs now_ = 0, last_tick_ = 0;
  std::uint64_t sequence_ = 0, executions_ = 0;
};

}  // namespace evenkeel::apps
