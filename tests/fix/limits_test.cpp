#include "fix/limits.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/decimal.hpp"
#include "gtest/gtest.h"
#include "rapidcheck.h"

namespace evenkeel::fix {
namespace {

Price price(const char* text) { return parse_exact<Price>(text).value(); }
Quantity quantity(const char* text) { return parse_exact<Quantity>(text).value(); }
Money money(const char* text) { return parse_exact<Money>(text).value(); }
constexpr Ratio basis_points(std::int64_t bp) { return Ratio::from_raw(bp * 100'000); }

OrderLimits order_limits() {
  OrderLimits limits;
  limits.quantity_max = quantity("500");
  limits.notional_max = money("100000");
  limits.collar = basis_points(100);
  limits.quote_age_max = kSecond;
  return limits;
}

std::string text_of(const std::optional<Breach>& breach) {
  return breach ? std::string(breach_text(*breach).view()) : "";
}

TEST(LimitsTest, ShapeOfAnOrder) {
  Instrument share;
  share.lot = quantity("10");
  Instrument cash = share;
  cash.kind = InstrumentKind::kCash;
  Instrument frozen = share;
  frozen.tradable = false;
  OrderLimits no_quantity = order_limits(), no_notional = order_limits();
  OrderLimits no_collar = order_limits(), no_age = order_limits();
  no_quantity.quantity_max.reset();
  no_notional.notional_max.reset();
  no_collar.collar.reset();
  no_age.quote_age_max.reset();
  struct Row {
    OrderLimits limits;
    Instrument instrument;
    const char* quantity;
    const char* text;
    AlertCode code;
  };
  const OrderLimits all = order_limits();
  const Row rows[] = {
      {all, share, "10", "", AlertCode::kNone},
      {all, share, "500", "", AlertCode::kNone},
      {all, share, "510", "order_quantity 510 > 500", AlertCode::kLimitQuantity},
      {all, share, "15", "lot 15 of 10", AlertCode::kLimitQuantity},
      {all, share, "10.5", "lot 10.5 of 10", AlertCode::kLimitQuantity},
      {all, share, "0", "lot 0 of 10", AlertCode::kLimitQuantity},
      {all, share, "-10", "lot -10 of 10", AlertCode::kLimitQuantity},
      {all, cash, "10", "not_tradable", AlertCode::kLimitMissing},
      {all, frozen, "10", "not_tradable", AlertCode::kLimitMissing},
      {no_quantity, share, "10", "missing order_quantity", AlertCode::kLimitMissing},
      {no_notional, share, "10", "missing order_notional", AlertCode::kLimitMissing},
      {no_collar, share, "10", "missing price_collar", AlertCode::kLimitMissing},
      {no_age, share, "10", "missing quote_age_ms", AlertCode::kLimitMissing},
      {OrderLimits{}, share, "10", "missing order_quantity", AlertCode::kLimitMissing},
  };
  for (const Row& row : rows) {
    const auto breach = check_shape(row.limits, row.instrument, quantity(row.quantity));
    EXPECT_EQ(text_of(breach), row.text) << row.quantity;
    EXPECT_EQ(breach ? alert_code(breach->limit) : AlertCode::kNone, row.code) << row.quantity;
  }
}

TEST(LimitsTest, StateOfTheMarket) {
  struct Row {
    const char* bid;
    const char* ask;
    const char* mark;
    DurationNs age;
    Unsound unsound;
    const char* text;
  };
  const Row rows[] = {
      {"99", "101", "100", 0, Unsound::kNone, ""},
      {"99", "101", "100", kSecond, Unsound::kNone, ""},
      {"99", "101", "100", kSecond + 1, Unsound::kNone, "quote_age_ms 1000.000001 > 1000"},
      {"99", "101", "100", 0, Unsound::kHalted, "unsound halted"},
      {"99", "101", "100", 0, Unsound::kWide | Unsound::kGapped, "unsound wide"},
      {"0", "101", "100", 0, Unsound::kNone, "no_quote"},
      {"99", "0", "100", 0, Unsound::kNone, "no_quote"},
      {"99", "101", "0", 0, Unsound::kNone, "no_quote"},
  };
  for (const Row& row : rows) {
    const MarketFacts market{price(row.bid), price(row.ask), price(row.mark), row.age, row.unsound};
    EXPECT_EQ(text_of(check_market(order_limits(), market)), row.text);
  }
}

TEST(LimitsTest, MarketablePriceIsPassiveOnTheTickAndInsideTheCollar) {
  struct Row {
    Side side;
    const char* bid;
    const char* ask;
    const char* mark;
    std::int64_t reach_bp;
    const char* tick;
    const char* expected;  // or the breach
  };
  const Row rows[] = {
      {Side::kBuy, "99.99", "100.01", "100", 10, "0.01", "100.11"},  // 100.11001
      {Side::kSell, "99.99", "100.01", "100", 10, "0.01", "99.9"},   // 99.89001, up
      {Side::kBuy, "99.99", "100.01", "100", 0, "0.01", "100.01"},
      {Side::kSell, "99.99", "100.01", "100", 0, "0.01", "99.99"},
      {Side::kBuy, "5000", "5000.25", "5000.125", 10, "0.25", "5005.25"},  // 5005.25025
      {Side::kSell, "5000", "5000.25", "5000.125", 10, "0.25", "4995"},
      {Side::kBuy, "99.99", "100.01", "100", 150, "0.01", "101"},  // held to the collar
      {Side::kSell, "99.99", "100.01", "100", 150, "0.01", "99"},
      {Side::kBuy, "100.8", "100.99", "100", 10, "0.01", "101"},  // mark is old, still inside
      {Side::kBuy, "101", "101.01", "100", 10, "0.01", "price_collar 101.01 > 101"},
      {Side::kSell, "98.99", "99", "100", 10, "0.01", "price_collar 98.99 < 99"},
      {Side::kBuy, "0.004", "0.005", "0.0045", 10, "0.01", "price_collar 0.005 > 0"},
      // No multiple of seven is both inside the collar and marketable.
      {Side::kSell, "99.99", "100.01", "100", 10, "7", "price_collar 99.99 < 105"},
  };
  for (const Row& row : rows) {
    const MarketFacts market{price(row.bid), price(row.ask), price(row.mark), 0, Unsound::kNone};
    const PricedOrder priced = marketable_price(order_limits(), market, row.side,
                                                basis_points(row.reach_bp), price(row.tick));
    const std::string got =
        priced.breach ? text_of(priced.breach) : std::string(format_exact(priced.price).view());
    EXPECT_EQ(got, row.expected) << row.bid << ' ' << row.ask << " tick " << row.tick;
  }
}

TEST(LimitsTest, MarketablePriceNeverLeavesTheCollar) {
  EXPECT_TRUE(rc::check("on tick, inside the collar, no further than asked", [] {
    const auto tick = Price::from_raw(*rc::gen::inRange<std::int64_t>(1, 500'000'000));
    const auto mark = Price::from_raw(*rc::gen::inRange<std::int64_t>(1, 1'000'000'000'000'000));
    const auto spread = *rc::gen::inRange<std::int64_t>(0, mark.raw() / 20 + 2);
    const MarketFacts market{Price::from_raw(std::max<std::int64_t>(mark.raw() - spread, 1)),
                             Price::from_raw(mark.raw() + spread), mark, 0, Unsound::kNone};
    OrderLimits limits = order_limits();
    limits.collar = Ratio::from_raw(*rc::gen::inRange<std::int64_t>(1, 500'000'000));
    const auto reach = Ratio::from_raw(*rc::gen::inRange<std::int64_t>(0, 500'000'000));
    const Side side = *rc::gen::element(Side::kBuy, Side::kSell);
    const PricedOrder priced = marketable_price(limits, market, side, reach, tick);
    if (priced.breach) return;
    const Int128 one = Ratio::kScale;
    const Int128 paid = static_cast<Int128>(priced.price.raw()) * one;
    RC_ASSERT(priced.price.raw() % tick.raw() == 0);
    RC_ASSERT(priced.price.raw() > 0);
    if (side == Side::kBuy) {
      RC_ASSERT(paid <= mark.raw() * (one + limits.collar->raw()));
      RC_ASSERT(paid <= market.ask.raw() * (one + reach.raw()));
    } else {
      RC_ASSERT(paid >= mark.raw() * (one - limits.collar->raw()));
      RC_ASSERT(paid >= market.bid.raw() * (one - reach.raw()));
    }
  }));
}

TEST(LimitsTest, AmountsAtTheirWorst) {
  struct Row {
    const char* notional;  // null: has no value
    const char* held_after;
    const char* cash_after;
    bool may_be_short;
    bool pays_cash;
    const char* text;
  };
  const Row rows[] = {
      {"100000", "0", "0", false, true, ""},
      {"100000.0001", "0", "0", false, true, "order_notional 100000.0001 > 100000"},
      {nullptr, "0", "0", false, true, "no_value"},
      {"1", "-0.000001", "0", false, false, "short_sale -0.000001 < 0"},
      {"1", "-5", "0", true, false, ""},
      {"1", "0", "-0.0001", false, true, "buying_power -0.0001 < 0"},
      {"1", "0", "-0.0001", false, false, ""},
  };
  for (const Row& row : rows) {
    AmountFacts facts;
    if (row.notional != nullptr) facts.notional = money(row.notional);
    facts.held_after = quantity(row.held_after);
    facts.cash_after = money(row.cash_after);
    facts.may_be_short = row.may_be_short;
    facts.pays_cash = row.pays_cash;
    EXPECT_EQ(text_of(check_amounts(order_limits(), facts)), row.text);
  }
}

TEST(LimitsTest, CountsOfPortfolioAndDesk) {
  Limits limits;
  limits.open_orders_per_portfolio = 10;
  limits.open_orders = 20;
  limits.daily_notional = money("1000");
  struct Row {
    std::uint32_t portfolio;
    std::uint32_t desk;
    std::int64_t sent;
    const char* text;
  };
  const Row rows[] = {
      {10, 20, 10'000'000, ""},
      {11, 20, 0, "open_orders_portfolio 11 > 10"},
      {10, 21, 0, "open_orders_desk 21 > 20"},
      {1, 1, 10'000'001, "daily_notional 1000.0001 > 1000"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(text_of(check_counts(limits, {row.portfolio, row.desk, row.sent})), row.text);
  }
  for (const char* what : {"open_orders_portfolio", "open_orders_desk", "daily_notional"}) {
    Limits without = limits;
    if (what == limit_name(Limit::kOpenOrdersPortfolio)) without.open_orders_per_portfolio.reset();
    if (what == limit_name(Limit::kOpenOrdersDesk)) without.open_orders.reset();
    if (what == limit_name(Limit::kDailyNotional)) without.daily_notional.reset();
    EXPECT_EQ(text_of(check_counts(without, {1, 1, 0})), std::string("missing ") + what);
  }
  const Int128 huge = static_cast<Int128>(Money::max().raw()) * 4;
  EXPECT_EQ(check_counts(limits, {1, 1, huge})->value, Money::max().raw());
}

TEST(LimitsTest, DaysStartWhereTold) {
  EXPECT_EQ(day_of(0, 0), 0);
  EXPECT_EQ(day_of(kCalendarDay - 1, 0), 0);
  EXPECT_EQ(day_of(kCalendarDay, 0), 1);
  EXPECT_EQ(day_of(0, 22 * kHour), -1);
  EXPECT_EQ(day_of(22 * kHour - 1, 22 * kHour), -1);
  EXPECT_EQ(day_of(22 * kHour, 22 * kHour), 0);
}

TEST(LimitsTest, RatesAreBucketsOnEventTime) {
  Limits limits;
  limits.orders_per_second = 3;
  limits.orders_per_minute = 5;
  RateLimiter rates(limits);
  const TimeNs start = 1'000 * kSecond;
  EXPECT_EQ(text_of(rates.check(start, 4)), "orders_per_second 4 > 3");
  EXPECT_FALSE(rates.check(start, 3));
  rates.take(start, 3);
  EXPECT_EQ(text_of(rates.check(start, 1)), "orders_per_second 1 > 0");
  // A third of a second is a token of three a second: not a nanosecond earlier.
  EXPECT_TRUE(rates.check(start + kSecond / 3, 1));
  EXPECT_FALSE(rates.check(start + kSecond / 3 + 1, 1));
  rates.take(start + kSecond, 2);
  EXPECT_EQ(text_of(rates.check(start + 3 * kSecond, 1)), "orders_per_minute 1 > 0");
  EXPECT_FALSE(rates.check(start + 12 * kSecond, 1));  // five a minute
  // What may not be held back takes what is there, and no debt is kept.
  rates.take(start + 12 * kSecond, 1'000);
  EXPECT_FALSE(rates.check(start + 24 * kSecond, 1));
  // However long it was silent, it is full, not fuller.
  EXPECT_FALSE(rates.check(start + 9'000 * kCalendarDay, 3));
  EXPECT_TRUE(rates.check(start + 9'000 * kCalendarDay, 4));
  Limits only_second = limits, only_minute = limits;
  only_second.orders_per_minute.reset();
  only_minute.orders_per_second.reset();
  EXPECT_EQ(text_of(RateLimiter(only_second).check(start, 1)), "missing orders_per_minute");
  EXPECT_EQ(text_of(RateLimiter(only_minute).check(start, 1)), "missing orders_per_second");
}

TEST(LimitsTest, BucketEqualsARecount) {
  EXPECT_TRUE(rc::check("tokens taken never exceed capacity plus what time gave", [] {
    const auto capacity = *rc::gen::inRange<std::uint32_t>(1, 50);
    TokenBucket bucket(capacity, kSecond);
    const TimeNs start = 1'000 * kSecond;
    TimeNs now = start;
    std::int64_t taken = 0;
    const auto steps = *rc::gen::container<std::vector<std::pair<std::uint32_t, std::uint32_t>>>(
        rc::gen::pair(rc::gen::inRange<std::uint32_t>(0, 400'000'000),
                      rc::gen::inRange<std::uint32_t>(0, 20)));
    for (const auto& [gap, wanted] : steps) {
      now += gap;
      bucket.advance(now);
      const std::uint32_t got = std::min(wanted, bucket.available());
      bucket.take(got);
      taken += got;
      RC_ASSERT((taken - capacity) * kSecond <= (now - start) * capacity);
    }
  }));
}

// --- as read from a file ---

InstrumentTable two_instruments() {
  InstrumentTable table;
  EXPECT_TRUE(table.add_currency("USD").ok());
  for (const char* symbol : {"SPY", "AGG"}) {
    Instrument instrument;
    instrument.symbol.assign(symbol);
    instrument.kind = InstrumentKind::kEtf;
    instrument.currency = table.find_currency("USD");
    instrument.tick = price("0.01");
    EXPECT_TRUE(table.add(instrument).ok());
  }
  return table;
}

TEST(LimitsTest, AnInstrumentsOwnLimitsWinFieldByField) {
  const InstrumentTable table = two_instruments();
  Limits limits;
  limits.kinds = {{InstrumentKind::kEtf, order_limits()}};
  OrderLimits own;
  own.quantity_max = quantity("7");
  limits.instruments = {{table.find("AGG"), own}};
  const auto made = LimitTable::create(limits, table);
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->of(table.find("SPY")).quantity_max, quantity("500"));
  EXPECT_EQ(made->of(table.find("AGG")).quantity_max, quantity("7"));
  EXPECT_EQ(made->of(table.find("AGG")).notional_max, money("100000"));
}

TEST(LimitsTest, NamesWhatIsMissing) {
  const InstrumentTable table = two_instruments();
  Limits limits;
  OrderLimits own;
  own.collar = basis_points(10);
  limits.instruments = {{table.find("AGG"), own}};
  limits.open_orders = 5;
  const auto made = LimitTable::create(limits, table);
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->missing(table.find("AGG")),
            (std::vector<std::string_view>{"order_quantity", "order_notional", "quote_age_ms",
                                           "open_orders_portfolio", "daily_notional",
                                           "orders_per_second", "orders_per_minute"}));
}

TEST(LimitsTest, ValidateRefusesWhatCannotBeMeant) {
  const InstrumentTable table = two_instruments();
  const InstrumentId spy = table.find("SPY");
  const auto with_kind = [](const OrderLimits& order) {
    Limits limits;
    limits.kinds = {{InstrumentKind::kEtf, order}};
    return limits;
  };
  OrderLimits zero_quantity, vast_quantity, minus_notional, wide_collar, zero_age;
  zero_quantity.quantity_max = Quantity{};
  vast_quantity.quantity_max = Quantity::max();
  minus_notional.notional_max = money("-1");
  wide_collar.collar = basis_points(5001);
  zero_age.quote_age_max = 0;
  Limits twice_kind, twice_instrument, stranger, no_orders, no_open, late_day, vast_rate;
  twice_kind.kinds = {{InstrumentKind::kEtf, {}}, {InstrumentKind::kEtf, {}}};
  twice_instrument.instruments = {{spy, {}}, {spy, {}}};
  stranger.instruments = {{InstrumentId{9}, {}}};
  no_orders.orders_per_second = 0;
  no_open.open_orders = 0;
  late_day.day_starts_at = kCalendarDay;
  vast_rate.orders_per_minute = kRateMax + 1;
  struct Row {
    Limits limits;
    const char* message;
  };
  const Row rows[] = {
      {with_kind(zero_quantity), "limits of etf: order_quantity must be greater than zero"},
      {with_kind(vast_quantity), "limits of etf: order_quantity is absurdly large"},
      {with_kind(minus_notional), "limits of etf: order_notional must be greater than zero"},
      {with_kind(wide_collar), "limits of etf: price_collar is absurdly large"},
      {with_kind(zero_age), "limits of etf: quote_age must be greater than zero"},
      {twice_kind, "limits of etf are given twice"},
      {twice_instrument, "limits of SPY are given twice"},
      {stranger, "limits name an instrument that does not exist"},
      {no_orders, "orders_per_second must be greater than zero"},
      {no_open, "open_orders must be greater than zero"},
      {vast_rate, "orders_per_minute is absurdly large"},
      {late_day, "day_starts_at must be within a day"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(validate(row.limits, table).message(), row.message);
    EXPECT_FALSE(LimitTable::create(row.limits, table).ok());
  }
  EXPECT_TRUE(validate(Limits{}, table).ok());  // nothing given: nothing may be sent
}

TEST(LimitsTest, EachLimitHasItsOwnNameAndATextThatFits) {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < kLimitCount; ++i) {
    const auto limit = static_cast<Limit>(i);
    const std::string_view name = limit_name(limit);
    EXPECT_EQ(std::count(names.begin(), names.end(), name), 0) << name;
    names.push_back(name);
    EXPECT_EQ(alert_code(limit) == AlertCode::kNone, limit == Limit::kNone);
    if (limit == Limit::kMissing || limit == Limit::kUnsound) continue;
    // Numbers that do not fit are left out, never cut.
    const Breach vast{limit, std::numeric_limits<std::int64_t>::max(),
                      std::numeric_limits<std::int64_t>::min() + 1};
    const std::string text(breach_text(vast).view());
    EXPECT_EQ(text.substr(0, name.size()), name);
  }
}

}  // namespace
}  // namespace evenkeel::fix
