// A small market for the tests of core: two currencies with their cash and pair, equities, a
// future, a fund priced by statement; and the events that move them. Never a model of anything
// real.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/book.hpp"
#include "core/event.hpp"
#include "core/instrument.hpp"
#include "core/market.hpp"

namespace evenkeel::testing_world {

inline constexpr SourceId kLine{0};
inline constexpr SourceId kOtherLine{1};
inline constexpr TimeNs kOpen = 1'700'000'000 * kSecond;

/// Numbers and stamps events as the sequencer would.
class EventMaker {
 public:
  TimeNs now = kOpen;
  std::uint64_t sequence = 0;

  Event make(EventType type, SourceId source, std::uint32_t subject = 0xffffffff) {
    Event event = Event::make(type, source, subject);
    event.sequence = ++sequence;
    event.ts = now;
    return event;
  }
  /// Prices in raw 1e-9 units; a hundred on either side.
  Event quote_raw(InstrumentId id, std::int64_t bid, std::int64_t ask, std::uint8_t flags = 0,
                  SourceId source = kLine) {
    Event event = make(EventType::kQuote, source, id.value);
    event.flags = flags;
    event.payload.quote = {.exchange_ts = now,
                           .bid = Price::from_raw(bid),
                           .ask = Price::from_raw(ask),
                           .bid_size = Quantity::from_whole(bid == 0 ? 0 : 100),
                           .ask_size = Quantity::from_whole(ask == 0 ? 0 : 100)};
    return event;
  }
  /// Bid and ask in cents.
  Event quote(InstrumentId id, std::int64_t bid_cents, std::int64_t ask_cents,
              std::uint8_t flags = 0, SourceId source = kLine) {
    return quote_raw(id, bid_cents * 10'000'000, ask_cents * 10'000'000, flags, source);
  }
  /// Locked at one price: the mark is exactly it.
  Event price(InstrumentId id, std::int64_t cents) { return quote(id, cents, cents); }
  Event trade(InstrumentId id, std::int64_t cents, std::uint8_t flags = 0) {
    Event event = make(EventType::kTrade, kLine, id.value);
    event.flags = flags;
    event.payload.trade.price = Price::from_raw(cents * 10'000'000);
    event.payload.trade.size = Quantity::from_whole(100);
    return event;
  }
  Event status(InstrumentId id, InstrumentStatus status) {
    Event event = make(EventType::kInstrumentStatus, kLine, id.value);
    event.payload.status.status = status;
    return event;
  }
  Event phase(VenuePhase phase, SourceId source = kLine) {
    Event event = make(EventType::kVenueSession, source);
    event.payload.venue.phase = phase;
    return event;
  }
  Event feed(FeedState state, SourceId source = kLine) {
    Event event = make(EventType::kFeedStatus, source);
    event.payload.feed.state = state;
    return event;
  }
  Event gap(std::uint64_t count, SourceId source = kLine) {
    Event event = make(EventType::kFeedGap, source);
    event.payload.gap.count = count;
    return event;
  }
  Event cash_flow(PortfolioId portfolio, CurrencyId currency, Money amount) {
    Event event = make(EventType::kCashFlow, SourceId::none(), portfolio.value);
    event.payload.cash_flow.amount = amount;
    event.payload.cash_flow.currency = currency;
    return event;
  }
};

inline Instrument define(std::string_view symbol, InstrumentKind kind, CurrencyId currency) {
  Instrument instrument;
  instrument.symbol.assign(symbol);
  instrument.kind = kind;
  instrument.currency = currency;
  instrument.tick = Price::from_raw(10'000'000);
  instrument.feed = kLine;
  return instrument;
}

/// USD, EUR and CHF. EURUSD is direct towards USD; CHF is quoted the other way round (USDCHF), so a
/// USD book reads one pair direct and one inverse.
struct Instruments {
  InstrumentTable table;
  CurrencyId usd, eur, chf;
  InstrumentId usd_cash, eur_cash, chf_cash, eurusd, usdchf;
  InstrumentId stock, bond, euro_stock, future, fund;

  Instruments() {
    usd = *table.add_currency("USD");
    eur = *table.add_currency("EUR");
    chf = *table.add_currency("CHF");
    usd_cash = *table.add(define("USD", InstrumentKind::kCash, usd));
    eur_cash = *table.add(define("EUR", InstrumentKind::kCash, eur));
    chf_cash = *table.add(define("CHF", InstrumentKind::kCash, chf));
    eurusd = pair("EURUSD", eur, usd);
    usdchf = pair("USDCHF", usd, chf);
    stock = *table.add(define("STK", InstrumentKind::kEquity, usd));
    bond = *table.add(define("BND", InstrumentKind::kEtf, usd));
    euro_stock = *table.add(define("EUS", InstrumentKind::kEquity, eur));
    Instrument es = define("ESZ", InstrumentKind::kFuture, usd);
    es.multiplier = Multiplier::from_whole(50);
    future = *table.add(es);
    Instrument pe = define("PEF", InstrumentKind::kFund, usd);
    pe.quoted = false;
    pe.statement_price = Price::from_whole(20);
    fund = *table.add(pe);
  }
  InstrumentId pair(std::string_view symbol, CurrencyId base, CurrencyId quote) {
    Instrument fx = define(symbol, InstrumentKind::kFx, quote);
    fx.base_currency = base;
    return *table.add(fx);
  }
};

/// root > growth > (domestic, foreign); root > safe > cash. Assigned: stock and future to
/// domestic, euro_stock to foreign, bond to safe; the fund nowhere.
inline Model tree_model(const Instruments& i) {
  Model model;
  model.name.assign("tree");
  const auto add = [&model](std::string_view name, SleeveId parent) {
    Sleeve sleeve;
    sleeve.name.assign(name);
    sleeve.parent = parent;
    model.sleeves.push_back(sleeve);
    return SleeveId::of(model.sleeves.size() - 1);
  };
  const SleeveId root = add("all", SleeveId::none());
  const SleeveId growth = add("growth", root);
  const SleeveId domestic = add("domestic", growth);
  const SleeveId foreign = add("foreign", growth);
  const SleeveId safe = add("safe", root);
  model.cash_sleeve = add("cash", safe);
  model.assignments = {
      {i.stock, domestic}, {i.bond, safe}, {i.euro_stock, foreign}, {i.future, domestic}};
  return model;
}

inline constexpr SleeveId kGrowth{1}, kDomestic{2}, kForeign{3}, kSafe{4}, kCash{5};

}  // namespace evenkeel::testing_world
