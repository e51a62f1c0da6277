// Hard limits: what no order may exceed, whatever a rule wants. Pure functions of plain facts, and
// a token bucket on event time. A limit that is not given refuses: nothing here defaults to
// infinity. It never changes an order to make it fit and never reads a clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/archive.hpp"
#include "core/instrument.hpp"
#include "core/intent.hpp"
#include "core/market.hpp"
#include "core/time.hpp"
#include "core/units.hpp"

namespace evenkeel::fix {

/// What refused an order. Each has a name, an alert code and a counter of its own.
enum class Limit : std::uint8_t {
  kNone = 0,
  kHalted,       // the desk or the portfolio is halted, or the engine has not started
  kSessionDown,  // the FIX session is not logged on
  kUnanswered,   // orders from before a reconnect are still being asked about
  kBufferFull,   // no room for the intents of this event
  kTableFull,    // the desk's table of orders is used up
  kMissing,      // a limit that this order needs was not given
  kNotTradable,  // cash, an instrument marked so, or one the portfolio has no line for
  kLot,          // zero, or not a multiple of the lot
  kOrderQuantity,
  kUnsound,  // the price may not be acted on (core/market.hpp)
  kNoQuote,  // no two-sided quote to be marketable against
  kQuoteAge,
  kCollar,  // the market is further from the mark than the collar
  kOrderNotional,
  kNoValue,      // no mark or rate gives the order a value, or it overflows
  kShortSale,    // worst-case quantity below zero
  kBuyingPower,  // worst-case cash below zero
  kOpenOrdersPortfolio,
  kOpenOrdersDesk,
  kDailyNotional,
  kOrdersPerSecond,
  kOrdersPerMinute,
};
inline constexpr std::size_t kLimitCount = 23;

/// Lower case with underscores, as in files and tables: "order_quantity".
std::string_view limit_name(Limit limit);
AlertCode alert_code(Limit limit);

/// A refusal: which limit, what was measured, against what. The integers are raw in the limit's own
/// unit: Quantity, Money, Price, nanoseconds or a count.
struct Breach {
  Limit limit = Limit::kNone;
  std::int64_t value = 0;
  std::int64_t bound = 0;
  friend bool operator==(const Breach&, const Breach&) = default;
};
/// "order_quantity 500 > 400", for people; numbers are left out when they do not fit.
evenkeel::Text<40> breach_text(const Breach& breach);

/// Limits of one order. Each field that is absent refuses.
struct OrderLimits {
  std::optional<Quantity> quantity_max{};
  std::optional<Money> notional_max{};  // in the portfolio's base currency
  std::optional<Ratio> collar{};        // how far from the mark an order may trade
  std::optional<DurationNs> quote_age_max{};
};

/// Everything, as read from a file.
struct Limits {
  struct ByKind {
    InstrumentKind kind = InstrumentKind::kEquity;
    OrderLimits limits;
  };
  struct ByInstrument {
    InstrumentId instrument;
    OrderLimits limits;  // each field given here wins over the kind's
  };
  std::vector<ByKind> kinds{};
  std::vector<ByInstrument> instruments{};
  std::optional<std::uint32_t> orders_per_second{};  // new and replace; a cancel is never held back
  std::optional<std::uint32_t> orders_per_minute{};
  std::optional<std::uint32_t> open_orders_per_portfolio{};
  std::optional<std::uint32_t> open_orders{};  // of the whole desk
  std::optional<Money> daily_notional{};       // sent, gross, per portfolio, in its base currency
  DurationNs day_starts_at = 0;  // after midnight UTC, when daily_notional starts anew
};

inline constexpr std::uint32_t kRateMax = 1'000'000;
/// A billion shares or contracts: more is a mistake.
inline constexpr Quantity kOrderQuantityMax = Quantity::from_whole(1'000'000'000);
inline constexpr Ratio kCollarMax = Ratio::from_raw(500'000'000);

/// InvalidArgument, naming the field, when a limit given is not positive, is absurd, is given
/// twice, or names an instrument that does not exist. An absent limit is not an error here.
absl::Status validate(const Limits& limits, const InstrumentTable& instruments);

/// The limits of each instrument, resolved once.
class LimitTable {
 public:
  /// Errors: those of `validate`.
  static absl::StatusOr<LimitTable> create(const Limits& limits,
                                           const InstrumentTable& instruments);
  const OrderLimits& of(InstrumentId id) const { return resolved_[id.index()]; }
  const Limits& desk() const { return limits_; }
  /// Names of limits that an order in this instrument needs and that were not given; such an order
  /// will be refused. For checking a configuration.
  std::vector<std::string_view> missing(InstrumentId id) const;

 private:
  Limits limits_;
  std::vector<OrderLimits> resolved_;
};

// --- one order ---

/// What the market shows of an instrument now.
struct MarketFacts {
  Price bid;
  Price ask;
  Price mark;
  DurationNs quote_age = 0;
  Unsound unsound = Unsound::kNone;
};

/// Whether the instrument may be traded, every limit is there, and the quantity (positive) is whole
/// lots within its limit.
std::optional<Breach> check_shape(const OrderLimits& limits, const Instrument& instrument,
                                  Quantity quantity);
/// Whether the price is sound, two-sided and fresh. Precondition: `check_shape` passed.
std::optional<Breach> check_market(const OrderLimits& limits, const MarketFacts& market);

/// The worst price an order may have: a buy's highest (rounded down to tick), a sell's lowest
/// (rounded up). Precondition: mark > 0, 0 <= collar < 1, tick > 0.
Price collar_bound(Side side, Price mark, Ratio collar, Price tick);

/// Far side of the quote and `reach` beyond it, rounded to tick towards the passive side, and never
/// beyond the collar. A breach when the far side itself is beyond the collar: no price could then
/// be both allowed and marketable. Precondition: `check_shape` and `check_market` passed.
struct PricedOrder {
  Price price;
  std::optional<Breach> breach;
};
PricedOrder marketable_price(const OrderLimits& limits, const MarketFacts& market, Side side,
                             Ratio reach, Price tick);

/// What an order would do at its worst.
struct AmountFacts {
  std::optional<Money> notional{};  // base currency, at the worst price; absent: has no value
  Quantity held_after{};            // with every working sale and this one filled, no purchase
  Money cash_after{};               // with every working purchase and this one filled, no sale
  bool may_be_short = false;        // futures
  bool pays_cash = false;           // purchases of what is paid for
};
std::optional<Breach> check_amounts(const OrderLimits& limits, const AmountFacts& facts);

// --- the portfolio and the desk ---

struct CountFacts {
  std::uint32_t open_in_portfolio = 0;  // with the new ones
  std::uint32_t open_in_desk = 0;
  Int128 sent_today = 0;  // raw Money, with the new ones
};
std::optional<Breach> check_counts(const Limits& limits, const CountFacts& facts);

/// The day that `ts` belongs to, when days start `starts_at` after midnight UTC.
std::int64_t day_of(TimeNs ts, DurationNs starts_at);

/// At most `capacity` at once and `capacity` a period from then on, in exact integers. (So one
/// period may see a full bucket and its refill.)
class TokenBucket {
 public:
  /// Starts full. Precondition: 0 < capacity <= kRateMax, 0 < period <= a minute.
  TokenBucket(std::uint32_t capacity, DurationNs period)
      : capacity_(capacity), period_(period), level_(full()) {}
  /// Lets time pass up to `now`; earlier times change nothing.
  void advance(TimeNs now);
  /// Whole tokens now.
  std::uint32_t available() const { return static_cast<std::uint32_t>(level_ / period_); }
  std::uint32_t capacity() const { return static_cast<std::uint32_t>(capacity_); }
  /// Takes `count`, or what is there.
  void take(std::uint32_t count);
  /// What is left in another bucket, as far as this one holds it.
  void carry(const TokenBucket& from);

  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [capacity, period, level, at] = s;
    a.same(capacity);
    a.same(period);
    a(level, at);
  }

 private:
  std::int64_t full() const { return static_cast<std::int64_t>(capacity_) * period_; }
  std::int64_t capacity_, period_;
  std::int64_t level_;  // tokens x period: a nanosecond adds `capacity_`
  TimeNs at_ = 0;
};

/// Both message rates. Absent limits refuse.
class RateLimiter {
 public:
  explicit RateLimiter(const Limits& limits);
  /// Whether `count` orders may go out now.
  std::optional<Breach> check(TimeNs now, std::uint32_t count);
  /// They do, or something that may not be held back does.
  void take(TimeNs now, std::uint32_t count);
  /// What is left of other rates; a rate that had no limit starts full.
  void carry(const RateLimiter& from);

  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [second, minute] = s;
    for (auto* bucket : {&second, &minute}) {
      a.same(bucket->has_value());
      if (*bucket) a(**bucket);
    }
  }

 private:
  std::optional<TokenBucket> second_, minute_;
};

}  // namespace evenkeel::fix
