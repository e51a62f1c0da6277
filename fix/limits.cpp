#include "fix/limits.hpp"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "core/decimal.hpp"
#include "fix/short_text.hpp"

namespace evenkeel::fix {
namespace {

enum class Unit : std::uint8_t { kNothing, kCount, kQuantity, kMoney, kPrice, kDuration };

struct LimitInfo {
  std::string_view name;
  AlertCode code;
  Unit unit;
};

constexpr LimitInfo kInfo[kLimitCount] = {
    {"none", AlertCode::kNone, Unit::kNothing},
    {"halted", AlertCode::kLimitHalted, Unit::kNothing},
    {"session_down", AlertCode::kLimitSessionDown, Unit::kNothing},
    {"orders_unanswered", AlertCode::kLimitSessionDown, Unit::kCount},
    {"buffer_room", AlertCode::kLimitBufferFull, Unit::kCount},
    {"order_table", AlertCode::kLimitBufferFull, Unit::kCount},
    {"missing", AlertCode::kLimitMissing, Unit::kNothing},
    {"not_tradable", AlertCode::kLimitMissing, Unit::kNothing},
    {"lot", AlertCode::kLimitQuantity, Unit::kQuantity},
    {"order_quantity", AlertCode::kLimitQuantity, Unit::kQuantity},
    {"unsound", AlertCode::kLimitStalePrice, Unit::kNothing},
    {"no_quote", AlertCode::kLimitStalePrice, Unit::kNothing},
    {"quote_age_ms", AlertCode::kLimitStalePrice, Unit::kDuration},
    {"price_collar", AlertCode::kLimitCollar, Unit::kPrice},
    {"order_notional", AlertCode::kLimitNotional, Unit::kMoney},
    {"no_value", AlertCode::kLimitNotional, Unit::kNothing},
    {"short_sale", AlertCode::kLimitQuantity, Unit::kQuantity},
    {"buying_power", AlertCode::kLimitNotional, Unit::kMoney},
    {"open_orders_portfolio", AlertCode::kLimitOpenOrders, Unit::kCount},
    {"open_orders_desk", AlertCode::kLimitOpenOrders, Unit::kCount},
    {"daily_notional", AlertCode::kLimitNotional, Unit::kMoney},
    {"orders_per_second", AlertCode::kLimitRate, Unit::kCount},
    {"orders_per_minute", AlertCode::kLimitRate, Unit::kCount},
};
static_assert(static_cast<std::size_t>(Limit::kOrdersPerMinute) + 1 == kLimitCount);

const LimitInfo& info(Limit limit) { return kInfo[static_cast<std::size_t>(limit)]; }

std::int64_t scale_of(Unit unit) {
  switch (unit) {
    case Unit::kQuantity:
      return Quantity::kScale;
    case Unit::kMoney:
      return Money::kScale;
    case Unit::kPrice:
      return Price::kScale;
    case Unit::kDuration:
      return kMillisecond;
    case Unit::kNothing:
    case Unit::kCount:
      return 1;
  }
  return 1;
}

Breach missing_limit(Limit which) { return {Limit::kMissing, static_cast<std::int64_t>(which), 0}; }

std::int64_t clamp_raw(Int128 value) {
  constexpr Int128 kMax = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::clamp(value, -kMax, kMax));
}

/// The kind's limits overlaid with the instrument's.
OrderLimits overlay(OrderLimits base, const OrderLimits& own) {
  if (own.quantity_max) base.quantity_max = own.quantity_max;
  if (own.notional_max) base.notional_max = own.notional_max;
  if (own.collar) base.collar = own.collar;
  if (own.quote_age_max) base.quote_age_max = own.quote_age_max;
  return base;
}

template <class T>
absl::Status check_range(absl::string_view where, absl::string_view name,
                         const std::optional<T>& value, T most) {
  if (!value || (*value > T{} && *value <= most)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      where, name, *value > T{} ? " is absurdly large" : " must be greater than zero"));
}

absl::Status validate_order(absl::string_view where, const OrderLimits& limits) {
  for (const absl::Status& status : {
           check_range(where, "order_quantity", limits.quantity_max, kOrderQuantityMax),
           check_range(where, "order_notional", limits.notional_max, Money::from_raw(kMaxLineRaw)),
           check_range(where, "price_collar", limits.collar, kCollarMax),
           check_range(where, "quote_age", limits.quote_age_max, kCalendarDay),
       }) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::string_view to_absl(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

std::string_view limit_name(Limit limit) { return info(limit).name; }
AlertCode alert_code(Limit limit) { return info(limit).code; }

evenkeel::Text<40> breach_text(const Breach& breach) {
  const LimitInfo& what = info(breach.limit);
  ShortText out{what.name};
  if (breach.limit == Limit::kMissing) {
    out.add({" ", limit_name(static_cast<Limit>(breach.value))});
  } else if (breach.limit == Limit::kUnsound) {
    out.add({" ", unsound_name(static_cast<Unsound>(breach.value))});
  } else if (what.unit != Unit::kNothing) {
    const std::int64_t scale = scale_of(what.unit);
    out.add({" ", format_decimal(breach.value, scale).view(),
             breach.limit == Limit::kLot   ? " of "
             : breach.value > breach.bound ? " > "
                                           : " < ",
             format_decimal(breach.bound, scale).view()});
  }
  return out.text();
}

absl::Status validate(const Limits& limits, const InstrumentTable& instruments) {
  for (std::size_t i = 0; i < limits.kinds.size(); ++i) {
    const absl::string_view kind = to_absl(kind_name(limits.kinds[i].kind));
    for (std::size_t j = 0; j < i; ++j) {
      if (limits.kinds[j].kind == limits.kinds[i].kind) {
        return absl::InvalidArgumentError(absl::StrCat("limits of ", kind, " are given twice"));
      }
    }
    const auto status =
        validate_order(absl::StrCat("limits of ", kind, ": "), limits.kinds[i].limits);
    if (!status.ok()) return status;
  }
  for (std::size_t i = 0; i < limits.instruments.size(); ++i) {
    const Limits::ByInstrument& entry = limits.instruments[i];
    if (entry.instrument.index() >= instruments.size()) {
      return absl::InvalidArgumentError("limits name an instrument that does not exist");
    }
    const absl::string_view symbol = to_absl(instruments[entry.instrument].symbol.view());
    for (std::size_t j = 0; j < i; ++j) {
      if (limits.instruments[j].instrument == entry.instrument) {
        return absl::InvalidArgumentError(absl::StrCat("limits of ", symbol, " are given twice"));
      }
    }
    const auto status = validate_order(absl::StrCat("limits of ", symbol, ": "), entry.limits);
    if (!status.ok()) return status;
  }
  for (const absl::Status& status : {
           check_range("", "orders_per_second", limits.orders_per_second, kRateMax),
           check_range("", "orders_per_minute", limits.orders_per_minute, kRateMax),
           check_range("", "open_orders_per_portfolio", limits.open_orders_per_portfolio, kRateMax),
           check_range("", "open_orders", limits.open_orders, kRateMax),
           check_range("", "daily_notional", limits.daily_notional, Money::from_raw(kMaxLocalRaw)),
       }) {
    if (!status.ok()) return status;
  }
  if (limits.day_starts_at < 0 || limits.day_starts_at >= kCalendarDay) {
    return absl::InvalidArgumentError("day_starts_at must be within a day");
  }
  return absl::OkStatus();
}

absl::StatusOr<LimitTable> LimitTable::create(const Limits& limits,
                                              const InstrumentTable& instruments) {
  if (absl::Status status = validate(limits, instruments); !status.ok()) return status;
  LimitTable table;
  table.limits_ = limits;
  table.resolved_.resize(instruments.size());
  for (std::uint32_t i = 0; i < instruments.size(); ++i) {
    for (const Limits::ByKind& entry : limits.kinds) {
      if (entry.kind == instruments[InstrumentId{i}].kind) table.resolved_[i] = entry.limits;
    }
  }
  for (const Limits::ByInstrument& entry : limits.instruments) {
    OrderLimits& own = table.resolved_[entry.instrument.index()];
    own = overlay(own, entry.limits);
  }
  return table;
}

std::vector<std::string_view> LimitTable::missing(InstrumentId id) const {
  const OrderLimits& own = of(id);
  std::vector<std::string_view> names;
  const auto need = [&names](bool given, Limit limit) {
    if (!given) names.push_back(limit_name(limit));
  };
  need(own.quantity_max.has_value(), Limit::kOrderQuantity);
  need(own.notional_max.has_value(), Limit::kOrderNotional);
  need(own.collar.has_value(), Limit::kCollar);
  need(own.quote_age_max.has_value(), Limit::kQuoteAge);
  need(limits_.open_orders_per_portfolio.has_value(), Limit::kOpenOrdersPortfolio);
  need(limits_.open_orders.has_value(), Limit::kOpenOrdersDesk);
  need(limits_.daily_notional.has_value(), Limit::kDailyNotional);
  need(limits_.orders_per_second.has_value(), Limit::kOrdersPerSecond);
  need(limits_.orders_per_minute.has_value(), Limit::kOrdersPerMinute);
  return names;
}

std::optional<Breach> check_shape(const OrderLimits& limits, const Instrument& instrument,
                                  Quantity quantity) {
  if (instrument.is_cash() || !instrument.tradable) return Breach{Limit::kNotTradable, 0, 0};
  if (!limits.quantity_max) return missing_limit(Limit::kOrderQuantity);
  if (!limits.notional_max) return missing_limit(Limit::kOrderNotional);
  if (!limits.collar) return missing_limit(Limit::kCollar);
  if (!limits.quote_age_max) return missing_limit(Limit::kQuoteAge);
  if (quantity.raw() <= 0 || quantity.raw() % instrument.lot.raw() != 0) {
    return Breach{Limit::kLot, quantity.raw(), instrument.lot.raw()};
  }
  if (quantity > *limits.quantity_max) {
    return Breach{Limit::kOrderQuantity, quantity.raw(), limits.quantity_max->raw()};
  }
  return std::nullopt;
}

std::optional<Breach> check_market(const OrderLimits& limits, const MarketFacts& market) {
  if (any(market.unsound)) {
    return Breach{Limit::kUnsound, static_cast<std::int64_t>(market.unsound), 0};
  }
  if (market.bid.raw() <= 0 || market.ask.raw() <= 0 || market.mark.raw() <= 0) {
    return Breach{Limit::kNoQuote, 0, 0};
  }
  if (market.quote_age > *limits.quote_age_max) {
    return Breach{Limit::kQuoteAge, market.quote_age, *limits.quote_age_max};
  }
  return std::nullopt;
}

namespace {

/// price x (1 + reach) for a buy, x (1 - reach) for a sell, on the tick at or inside it.
Price reach_to_tick(Side side, Price price, Ratio reach, Price tick) {
  const bool buy = side == Side::kBuy;
  const Int128 factor = static_cast<Int128>(Ratio::kScale) + (buy ? reach.raw() : -reach.raw());
  const Int128 scaled = factor * price.raw();
  const Int128 step = static_cast<Int128>(tick.raw()) * Ratio::kScale;
  const Int128 ticks = buy ? scaled / step : (scaled + step - 1) / step;
  return Price::from_raw(clamp_raw(ticks * tick.raw()));
}

}  // namespace

Price collar_bound(Side side, Price mark, Ratio collar, Price tick) {
  return reach_to_tick(side, mark, collar, tick);
}

PricedOrder marketable_price(const OrderLimits& limits, const MarketFacts& market, Side side,
                             Ratio reach, Price tick) {
  const bool buy = side == Side::kBuy;
  const Price far = buy ? market.ask : market.bid;
  const Price bound = collar_bound(side, market.mark, *limits.collar, tick);
  if (buy ? far > bound : far < bound) {
    return {{}, Breach{Limit::kCollar, far.raw(), bound.raw()}};
  }
  const Price wanted = reach_to_tick(side, far, reach, tick);
  const Price price = buy ? std::min(wanted, bound) : std::max(wanted, bound);
  if (price.raw() <= 0) return {{}, Breach{Limit::kCollar, price.raw(), tick.raw()}};
  return {price, std::nullopt};
}

std::optional<Breach> check_amounts(const OrderLimits& limits, const AmountFacts& facts) {
  if (!facts.notional) return Breach{Limit::kNoValue, 0, 0};
  if (*facts.notional > *limits.notional_max) {
    return Breach{Limit::kOrderNotional, facts.notional->raw(), limits.notional_max->raw()};
  }
  if (!facts.may_be_short && facts.held_after.raw() < 0) {
    return Breach{Limit::kShortSale, facts.held_after.raw(), 0};
  }
  if (facts.pays_cash && facts.cash_after.raw() < 0) {
    return Breach{Limit::kBuyingPower, facts.cash_after.raw(), 0};
  }
  return std::nullopt;
}

std::optional<Breach> check_counts(const Limits& limits, const CountFacts& facts) {
  if (!limits.open_orders_per_portfolio) return missing_limit(Limit::kOpenOrdersPortfolio);
  if (!limits.open_orders) return missing_limit(Limit::kOpenOrdersDesk);
  if (!limits.daily_notional) return missing_limit(Limit::kDailyNotional);
  if (facts.open_in_portfolio > *limits.open_orders_per_portfolio) {
    return Breach{Limit::kOpenOrdersPortfolio, facts.open_in_portfolio,
                  *limits.open_orders_per_portfolio};
  }
  if (facts.open_in_desk > *limits.open_orders) {
    return Breach{Limit::kOpenOrdersDesk, facts.open_in_desk, *limits.open_orders};
  }
  if (facts.sent_today > limits.daily_notional->raw()) {
    return Breach{Limit::kDailyNotional, clamp_raw(facts.sent_today), limits.daily_notional->raw()};
  }
  return std::nullopt;
}

std::int64_t day_of(TimeNs ts, DurationNs starts_at) {
  const TimeNs shifted = ts - starts_at;
  const std::int64_t day = shifted / kCalendarDay;
  return shifted % kCalendarDay < 0 ? day - 1 : day;
}

void TokenBucket::advance(TimeNs now) {
  if (now <= at_) return;
  // A whole period fills it: longer gaps cannot overflow.
  const std::int64_t elapsed = std::min(now - at_, period_);
  level_ = std::min(level_ + elapsed * capacity_, full());
  at_ = now;
}

void TokenBucket::take(std::uint32_t count) {
  const std::int64_t taken = std::min<std::int64_t>(count, capacity_) * period_;
  level_ = std::max<std::int64_t>(level_ - taken, 0);
}

void TokenBucket::carry(const TokenBucket& from) {
  EVENKEEL_CHECK(period_ == from.period_);
  level_ = std::min(from.level_, full());
  at_ = from.at_;
}

RateLimiter::RateLimiter(const Limits& limits) {
  if (limits.orders_per_second) second_.emplace(*limits.orders_per_second, kSecond);
  if (limits.orders_per_minute) minute_.emplace(*limits.orders_per_minute, kMinute);
}

std::optional<Breach> RateLimiter::check(TimeNs now, std::uint32_t count) {
  if (!second_) return missing_limit(Limit::kOrdersPerSecond);
  if (!minute_) return missing_limit(Limit::kOrdersPerMinute);
  second_->advance(now);
  minute_->advance(now);
  if (count > second_->available()) {
    return Breach{Limit::kOrdersPerSecond, count, second_->available()};
  }
  if (count > minute_->available()) {
    return Breach{Limit::kOrdersPerMinute, count, minute_->available()};
  }
  return std::nullopt;
}

void RateLimiter::carry(const RateLimiter& from) {
  if (second_ && from.second_) second_->carry(*from.second_);
  if (minute_ && from.minute_) minute_->carry(*from.minute_);
}

void RateLimiter::take(TimeNs now, std::uint32_t count) {
  for (std::optional<TokenBucket>* bucket : {&second_, &minute_}) {
    if (!*bucket) continue;
    (*bucket)->advance(now);
    (*bucket)->take(count);
  }
}

}  // namespace evenkeel::fix
