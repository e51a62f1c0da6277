// See synthetic_market.hpp. Returns are logarithms in 10^-12; prices inside are 10^-9, on the wire
// 10^-4.
#include "feeds/synthetic_market.hpp"

#include <algorithm>

#include "core/check.hpp"
#include "core/units.hpp"

namespace evenkeel::feeds {
namespace {

constexpr std::int64_t kOne = 1'000'000'000'000;  // a return of 100%
constexpr std::int64_t kBp = 10'000;
constexpr std::int64_t kPerWire = 100'000;  // inside units in one wire unit
constexpr DurationNs kDay = 24 * kHour;
constexpr DurationNs kSessionLength = 390 * kMinute;
constexpr std::int64_t kSessionsAYear = 252;
constexpr std::uint64_t kCertain = std::uint64_t{1} << 32;
constexpr std::int64_t kStartPriceMax = 1'000'000'000'000;  // 10^-4: a hundred million
constexpr std::uint32_t kSectorsMax = 64;
constexpr std::size_t kInstrumentsMax = 4'096;

// The largest integer whose square is at most `value`.
std::int64_t integer_sqrt(Int128 value) {
  std::int64_t root = 0;
  for (std::int64_t bit = std::int64_t{1} << 62; bit != 0; bit >>= 1) {
    const Int128 candidate = static_cast<Int128>(root) + bit;
    if (candidate * candidate <= value) root += bit;
  }
  return root;
}

std::int64_t scale(std::int64_t value, std::int64_t by, std::int64_t over) {
  return static_cast<std::int64_t>(divide_rounded(static_cast<Int128>(value) * by, over));
}

// ln(1 - x) for 0 <= x < 1, both in 10^-12, by its series.
std::int64_t log_one_minus(std::int64_t x) {
  Int128 power = x;
  Int128 sum = 0;
  for (int n = 1; n <= 200 && power > 0; ++n) {
    sum += power / n;
    power = power * x / kOne;
  }
  return static_cast<std::int64_t>(-sum);
}

// price x exp(r), for |r| of some percent: three terms of the series.
std::int64_t grow(std::int64_t price, std::int64_t r) {
  constexpr std::int64_t kStepMax = kOne / 5;
  const Int128 x = std::clamp(r, -kStepMax, kStepMax);
  const Int128 growth = x + x * x / (2 * kOne) + x * x / kOne * x / (6 * static_cast<Int128>(kOne));
  return price + static_cast<std::int64_t>(divide_rounded(growth * price, kOne));
}

// A yearly volatility as that of one step.
std::int64_t sigma_of_step(std::int64_t vol_bp, DurationNs step) {
  constexpr Int128 kYear = static_cast<Int128>(kSessionsAYear) * kSessionLength;
  const Int128 yearly = static_cast<Int128>(vol_bp) * (kOne / kBp);
  return integer_sqrt(yearly * yearly * step / kYear);
}

std::uint64_t chance_of(std::uint32_t per_minute, DurationNs step) {
  const Int128 chance = static_cast<Int128>(per_minute) * step * kCertain / kMinute;
  return static_cast<std::uint64_t>(std::min<Int128>(chance, kCertain));
}

std::uint32_t session_of(const MarketConfig& config) {
  return static_cast<std::uint32_t>(Random::named(config.seed, "session").next() >> 32) | 1U;
}

bool daylight_saving(std::chrono::year_month_day date) {
  using std::chrono::Sunday;
  using std::chrono::sys_days;
  const sys_days start = date.year() / std::chrono::March / Sunday[2];
  const sys_days end = date.year() / std::chrono::November / Sunday[1];
  return sys_days(date) >= start && sys_days(date) < end;
}

std::int64_t regime_spread(MarketRegime regime) {
  switch (regime) {
    case MarketRegime::kCalm:
      return 1;
    case MarketRegime::kStressed:
      return 2;
    case MarketRegime::kCrash:
      return 4;
  }
  return 1;
}

absl::Status wrong(const MarketInstrument& spec, const std::string& why) {
  return absl::InvalidArgumentError("instrument \"" + spec.symbol + "\": " + why);
}

absl::Status check(const MarketInstrument& spec) {
  if (!tops::WireSymbol::from(spec.symbol)) return wrong(spec, "one to eight characters");
  if (spec.tick <= 0) return wrong(spec, "the tick is above 0");
  if (spec.start_price < spec.tick || spec.start_price > kStartPriceMax) {
    return wrong(spec, "the start price is from one tick to 100,000,000");
  }
  if (spec.annual_vol_bp > 50'000) return wrong(spec, "the volatility is at most 500% a year");
  if (spec.beta_bp > 50'000 || spec.beta_bp < -50'000) return wrong(spec, "beta is from -5 to 5");
  if (spec.carry_bp > 10'000 || spec.carry_bp < -10'000) {
    return wrong(spec, "the carry is from -100% to 100% a year");
  }
  if (spec.sector >= kSectorsMax) return wrong(spec, "the sector is below 64");
  if (spec.quote_size == 0 || spec.spread_ticks == 0 || spec.spread_ticks > 1'000) {
    return wrong(spec, "the quote size is above 0, the spread from 1 to 1,000 ticks");
  }
  if ((spec.kind == InstrumentKind::kFuture) != !spec.underlying.empty()) {
    return wrong(spec, "futures, and only they, have an underlying");
  }
  return absl::OkStatus();
}

absl::Status check(const MarketConfig& config) {
  if (!config.date.ok()) return absl::InvalidArgumentError("no such date");
  if (config.step < kMillisecond || config.step > kMinute) {
    return absl::InvalidArgumentError("the step is from a millisecond to a minute");
  }
  if (config.instruments.empty() || config.instruments.size() > kInstrumentsMax) {
    return absl::InvalidArgumentError("a market has 1 to 4,096 instruments");
  }
  if (config.market_vol_bp > 50'000 || config.sector_share_bp > 10'000 ||
      config.stress_bp > 200'000 || config.calm_minutes == 0 || config.stressed_minutes == 0) {
    return absl::InvalidArgumentError("market volatility, sector share or regimes out of range");
  }
  if (!config.crash) return absl::OkStatus();
  const CrashScenario& crash = *config.crash;
  const auto some_minutes = [](std::uint32_t minutes) { return minutes >= 1 && minutes <= 390; };
  if (crash.start_bp >= 10'000 || crash.depth_bp > 9'000 || crash.recovery_bp > 10'000 ||
      !some_minutes(crash.fall_minutes) || !some_minutes(crash.recovery_minutes)) {
    return absl::InvalidArgumentError("the crash is out of range");
  }
  return absl::OkStatus();
}

}  // namespace

MarketDay market_day(std::chrono::year_month_day date) {
  const auto midnight = std::chrono::sys_days(date).time_since_epoch().count() * kDay;
  const DurationNs behind_utc = (daylight_saving(date) ? 4 : 5) * kHour;
  MarketDay day;
  day.open = midnight + behind_utc + 9 * kHour + 30 * kMinute;
  day.messages_start = day.open - 5 * kMinute;
  day.hours_start = day.open - 4 * kMinute;
  day.close = day.open + kSessionLength;
  day.hours_end = day.close + kMinute;
  day.messages_end = day.hours_end + 10 * kSecond;
  return day;
}

SyntheticMarket::SyntheticMarket(const MarketConfig& config, const MarketDay& day)
    : config_(config),
      day_(day),
      market_random_(Random::named(config.seed, "market factor")),
      regime_random_(Random::named(config.seed, "regime")),
      sector_normal_(kSectorsMax),
      market_sigma_(sigma_of_step(config.market_vol_bp, config.step)),
      writer_(session_of(config), config.channel) {
  for (std::uint32_t sector = 0; sector < kSectorsMax; ++sector) {
    sector_random_.push_back(Random::named(config.seed, "sector " + std::to_string(sector)));
  }
  if (!config_.crash) return;
  const CrashScenario& crash = *config_.crash;
  const std::uint32_t by_seed = 2'000 + Random::named(config.seed, "crash depth").below(1'401);
  crash_depth_bp_ = crash.depth_bp != 0 ? crash.depth_bp : by_seed;
  const std::int64_t depth = crash_depth_bp_ * (kOne / kBp);
  const std::int64_t left = scale(depth, kBp - crash.recovery_bp, kBp);
  crash_fall_ = log_one_minus(depth);
  crash_recovery_ = log_one_minus(left) - crash_fall_;
}

absl::StatusOr<SyntheticMarket> SyntheticMarket::create(const MarketConfig& config) {
  absl::Status status = check(config);
  if (!status.ok()) return status;
  SyntheticMarket market(config, market_day(config.date));
  for (const MarketInstrument& spec : config.instruments) {
    status = market.add(spec);
    if (!status.ok()) return status;
  }
  return market;
}

absl::Status SyntheticMarket::add(const MarketInstrument& spec) {
  const absl::Status status = check(spec);
  if (!status.ok()) return status;
  const auto named = [this](const std::string& symbol) {
    return std::find_if(quoted_.begin(), quoted_.end(),
                        [&](const Quoted& q) { return q.spec.symbol == symbol; });
  };
  if (named(spec.symbol) != quoted_.end()) return wrong(spec, "it is there twice");
  Quoted quoted{.spec = spec,
                .symbol = *tops::WireSymbol::from(spec.symbol),
                .random = Random::named(config_.seed, spec.symbol),
                .mid = spec.start_price * kPerWire,
                .start = spec.start_price * kPerWire};
  quoted.quote_chance = chance_of(spec.quotes_per_minute, config_.step);
  quoted.trade_chance = chance_of(spec.trades_per_minute, config_.step);
  if (!spec.underlying.empty()) {
    const auto underlying = named(spec.underlying);
    if (underlying == quoted_.end() || !underlying->spec.underlying.empty()) {
      return wrong(spec, "its underlying \"" + spec.underlying +
                             "\" is an instrument before it, not a future");
    }
    quoted.underlying = static_cast<std::size_t>(underlying - quoted_.begin());
  }
  if (std::find(sectors_used_.begin(), sectors_used_.end(), spec.sector) == sectors_used_.end()) {
    sectors_used_.push_back(spec.sector);
  }
  set_volatilities(quoted);
  quoted_.push_back(std::move(quoted));
  return absl::OkStatus();
}

// What the market factor does not explain of an instrument's variance is its own; its sector shares
// a part.
void SyntheticMarket::set_volatilities(Quoted& quoted) const {
  const Int128 total = sigma_of_step(quoted.spec.annual_vol_bp, config_.step);
  const Int128 market = scale(market_sigma_, quoted.spec.beta_bp, kBp);
  const Int128 own = std::max<Int128>(total * total - market * market, 0);
  quoted.sector_sigma = integer_sqrt(own * config_.sector_share_bp / kBp);
  quoted.own_sigma = integer_sqrt(own * (kBp - config_.sector_share_bp) / kBp);
}

bool SyntheticMarket::next(MarketPacket& out) {
  while (ready_.empty() && phase_ != Phase::kDone) advance();
  if (ready_.empty()) return false;
  handed_out_ = std::move(ready_.front());
  ready_.pop_front();
  messages_out_ += handed_out_.count;
  out = {handed_out_.day_time, handed_out_.bytes};
  return true;
}

// One moment of the day.
void SyntheticMarket::advance() {
  stamped_ = 0;
  switch (phase_) {
    case Phase::kBefore:
      now_ = day_.messages_start;
      begin_messages();
      now_ = day_.hours_start;
      stamped_ = 0;
      phase_ = Phase::kPreOpen;
      system_event('S');
      for (Quoted& quoted : quoted_) quote(quoted, true);
      break;
    case Phase::kPreOpen:
      now_ += config_.step;
      if (now_ >= day_.open) {
        now_ = day_.open;
        phase_ = Phase::kRegular;
        system_event('R');
      }
      step();
      break;
    case Phase::kRegular:
      now_ += config_.step;
      if (now_ < day_.close) {
        step();
      } else {
        now_ = day_.close;
        phase_ = Phase::kAfter;
        system_event('M');
        for (Quoted& quoted : quoted_) quote(quoted, true);
      }
      break;
    case Phase::kAfter:
      end_hours();
      phase_ = Phase::kDone;
      break;
    case Phase::kDone:
      break;
  }
  close_packet();
}

void SyntheticMarket::begin_messages() {
  system_event('O');
  for (const Quoted& quoted : quoted_) {
    emit(tops::SecurityDirectory{0, stamp(), quoted.symbol, 100, quoted.spec.start_price, 1});
    emit(tops::TradingStatus{'T', stamp(), quoted.symbol, {' ', ' ', ' ', ' '}});
  }
  close_packet();
}

// Quotes are withdrawn, then the messages end.
void SyntheticMarket::end_hours() {
  now_ = day_.hours_end;
  system_event('E');
  for (Quoted& quoted : quoted_) {
    emit(tops::Quote{tops::kFlagPrePost, stamp(), quoted.symbol, 0, 0, 0, 0});
  }
  close_packet();
  now_ = day_.messages_end;
  stamped_ = 0;
  system_event('C');
}

void SyntheticMarket::step() {
  const bool opening = now_ == day_.open;
  choose_regime();
  move_prices();
  for (Quoted& quoted : quoted_) {
    // Busier when it moves; every instrument quotes at the open, when the flags change.
    const std::uint64_t chance = quoted.quote_chance * (regime_ == MarketRegime::kCalm ? 1 : 2);
    const bool quotes = quoted.random.chance(chance);
    if (opening || quotes) quote(quoted, opening);
    const bool trades = quoted.random.chance(quoted.trade_chance);
    if (trades && phase_ == Phase::kRegular) trade(quoted);
  }
}

void SyntheticMarket::choose_regime() {
  const std::uint32_t minutes = stressed_ ? config_.stressed_minutes : config_.calm_minutes;
  const auto leave = static_cast<std::uint64_t>(static_cast<Int128>(config_.step) * kCertain /
                                                (static_cast<Int128>(minutes) * kMinute));
  if (regime_random_.chance(leave)) stressed_ = !stressed_;
  regime_ = stressed_ ? MarketRegime::kStressed : MarketRegime::kCalm;
  if (!config_.crash) return;
  const TimeNs start = day_.open + scale(kSessionLength, config_.crash->start_bp, kBp);
  const TimeNs end = start + config_.crash->fall_minutes * kMinute;
  const TimeNs calmer = end + config_.crash->recovery_minutes * kMinute;
  // The fall is not over when it has ended: spreads stay wide a little longer.
  if (now_ >= start && now_ < end + 2 * kMinute) {
    regime_ = MarketRegime::kCrash;
  } else if (now_ >= start && now_ < calmer) {
    regime_ = MarketRegime::kStressed;
  }
}

// What the scenario adds to the market factor in this step. The fall begins and ends gently, the
// recovery begins at its fastest; both are differences of a curve, so that they sum to exactly what
// was asked.
std::int64_t SyntheticMarket::crash_return() const {
  if (!config_.crash) return 0;
  const CrashScenario& crash = *config_.crash;
  const TimeNs start = day_.open + scale(kSessionLength, crash.start_bp, kBp);
  const auto millis = [](DurationNs d) { return static_cast<Int128>(d / kMillisecond); };
  const Int128 fall = millis(crash.fall_minutes * kMinute);
  const Int128 recovery = millis(crash.recovery_minutes * kMinute);
  const auto level = [&](TimeNs at) -> Int128 {
    const Int128 t = std::clamp<Int128>(millis(at - start), 0, fall);
    const Int128 u = std::clamp<Int128>(millis(at - start) - fall, 0, recovery);
    const Int128 fallen = crash_fall_ * t / fall * (3 * fall - 2 * t) / fall * t / fall;
    const Int128 back = crash_recovery_ * u / recovery * (2 * recovery - u) / recovery;
    return fallen + back;
  };
  return static_cast<std::int64_t>(level(now_) - level(now_ - config_.step));
}

std::int64_t SyntheticMarket::market_return() {
  return scale(market_sigma_, market_random_.normal_q16(), 65'536);
}

void SyntheticMarket::move_prices() {
  const std::int64_t volatility = regime_ == MarketRegime::kCalm       ? kBp
                                  : regime_ == MarketRegime::kStressed ? config_.stress_bp
                                                                       : config_.stress_bp * 8 / 5;
  const std::int64_t market = scale(market_return(), volatility, kBp) + crash_return();
  for (const std::size_t s : sectors_used_) sector_normal_[s] = sector_random_[s].normal_q16();
  for (Quoted& quoted : quoted_) {
    const std::int64_t own = scale(quoted.own_sigma, quoted.random.normal_q16(), 65'536) +
                             scale(quoted.sector_sigma, sector_normal_[quoted.spec.sector], 65'536);
    if (!quoted.spec.underlying.empty()) {
      follow_underlying(quoted);
      continue;
    }
    const std::int64_t r = scale(market, quoted.spec.beta_bp, kBp) + scale(own, volatility, kBp);
    // Never below a tick, nor beyond what the wire's arithmetic is sure of.
    quoted.mid = std::clamp(grow(quoted.mid, r), quoted.spec.tick * kPerWire,
                            std::int64_t{1'000'000'000} * Price::kScale);
  }
}

// start x (1 + beta x the underlying's return) less the carry that has run off since the open.
void SyntheticMarket::follow_underlying(Quoted& quoted) {
  const Quoted& underlying = quoted_[quoted.underlying];
  const std::int64_t move = scale(underlying.mid - underlying.start, kOne, underlying.start);
  const std::int64_t with_beta = scale(move, quoted.spec.beta_bp, kBp);
  const DurationNs elapsed = std::max<DurationNs>(now_ - day_.open, 0);
  const std::int64_t carry =
      scale(quoted.spec.carry_bp * (kOne / kBp), elapsed / kSecond, 365 * (kDay / kSecond));
  const std::int64_t fair = scale(scale(quoted.start, kOne + with_beta, kOne), kOne - carry, kOne);
  quoted.mid = std::max(fair, quoted.spec.tick * kPerWire);
}

void SyntheticMarket::quote(Quoted& quoted, bool always) {
  const MarketInstrument& spec = quoted.spec;
  const bool outside = phase_ != Phase::kRegular;
  std::int64_t spread = spec.spread_ticks * regime_spread(regime_) * (outside ? 2 : 1);
  if (regime_ != MarketRegime::kCalm) spread += quoted.random.below(2);
  const std::int64_t tick = spec.tick * kPerWire;
  // Floor to the grid, so that the mid lies within the spread.
  const std::int64_t bid =
      std::max<std::int64_t>((quoted.mid - spread * tick / 2 + tick / 2) / tick, 1);
  const bool round_lots = spec.kind == InstrumentKind::kEquity || spec.kind == InstrumentKind::kEtf;
  const std::uint32_t unit = round_lots && spec.quote_size >= 100 ? 100 : 1;
  const auto size = [&] {
    const std::uint64_t around = std::uint64_t{spec.quote_size} * (1 + quoted.random.below(7)) / 4;
    const std::uint64_t thin = around / static_cast<std::uint64_t>(regime_spread(regime_));
    return static_cast<std::uint32_t>(std::max<std::uint64_t>(thin / unit, 1) * unit);
  };
  const std::uint32_t bid_size = size();
  const std::uint32_t ask_size = size();
  tops::Quote next{outside ? tops::kFlagPrePost : std::uint8_t{0},
                   quoted.quote.ts_ns,
                   quoted.symbol,
                   bid_size,
                   bid * spec.tick,
                   (bid + spread) * spec.tick,
                   ask_size};
  if (!always && next == quoted.quote) return;
  next.ts_ns = stamp();
  quoted.quote = next;
  emit(next);
}

// At the bid or the ask; now and then an odd lot or a sweep, and rarely a trade is broken again.
void SyntheticMarket::trade(Quoted& quoted) {
  constexpr std::uint32_t kOneBreakIn = 20'000;
  const tops::Quote& standing = quoted.quote;
  if (standing.bid_size == 0 || standing.ask_size == 0) return;
  const bool at_ask = quoted.random.below(2) == 0;
  const bool odd_lot = standing.bid_size >= 100 && quoted.random.below(8) == 0;
  const bool sweep = quoted.random.below(10) == 0;
  const std::uint32_t most = odd_lot ? 99 : at_ask ? standing.ask_size : standing.bid_size;
  std::uint32_t size = 1 + quoted.random.below(most);
  if (!odd_lot && most >= 100) size = (size + 99) / 100 * 100;
  tops::Trade trade;
  trade.conditions = static_cast<std::uint8_t>((odd_lot ? tops::kConditionOddLot : 0) |
                                               (sweep ? tops::kConditionIso : 0));
  trade.ts_ns = stamp();
  trade.symbol = quoted.symbol;
  trade.size = size;
  trade.price = at_ask ? standing.ask : standing.bid;
  trade.trade_id = next_trade_id_++;
  emit(trade);
  if (quoted.random.below(kOneBreakIn) != 0) return;
  emit(tops::TradeBreak{trade.conditions, stamp(), trade.symbol, trade.size, trade.price,
                        trade.trade_id});
}

void SyntheticMarket::system_event(char event) { emit(tops::SystemEvent{event, stamp()}); }

template <typename Message>
void SyntheticMarket::emit(const Message& message) {
  if (writer_.add(message)) return;
  close_packet();
  EVENKEEL_CHECK(writer_.add(message));
}

void SyntheticMarket::close_packet() {
  if (writer_.empty()) return;
  const std::uint16_t count = writer_.count();
  const auto bytes = writer_.finish(now_ + stamped_);
  ready_.push_back({now_, count, {bytes.begin(), bytes.end()}});
}

std::vector<MarketInstrument> example_market_instruments() {
  using Kind = InstrumentKind;
  std::vector<MarketInstrument> list;
  const auto add = [&](const char* symbol, Kind kind, std::int64_t price, std::int64_t tick,
                       std::uint32_t vol_bp, std::int32_t beta_bp, std::uint32_t sector,
                       std::uint32_t size) {
    MarketInstrument spec;
    spec.symbol = symbol;
    spec.kind = kind;
    spec.start_price = price;
    spec.tick = tick;
    spec.annual_vol_bp = vol_bp;
    spec.beta_bp = beta_bp;
    spec.sector = sector;
    spec.quote_size = size;
    list.push_back(spec);
  };
  add("SPY", Kind::kEtf, 6'700'000, 100, 1'610, 10'000, 1, 800);
  add("IWM", Kind::kEtf, 2'450'000, 100, 2'200, 11'500, 1, 600);
  add("EFA", Kind::kEtf, 940'000, 100, 1'700, 8'500, 2, 900);
  add("EEM", Kind::kEtf, 540'000, 100, 2'000, 9'000, 2, 1'200);
  add("AGG", Kind::kEtf, 1'001'000, 100, 550, -500, 3, 900);
  add("IEF", Kind::kEtf, 968'000, 100, 650, -700, 3, 900);
  add("TIP", Kind::kEtf, 1'110'000, 100, 600, -200, 3, 500);
  add("VNQ", Kind::kEtf, 915'000, 100, 2'000, 9'000, 4, 500);
  add("GLD", Kind::kEtf, 3'900'000, 100, 1'500, -300, 5, 400);
  add("EURUSD", Kind::kFx, 11'650, 1, 700, 300, 6, 1'000'000);
  add("ESZ6", Kind::kFuture, 67'450'000, 2'500, 1'610, 10'000, 1, 40);
  list.back().underlying = "SPY";
  list.back().carry_bp = 300;
  add("ZNZ6", Kind::kFuture, 1'127'500, 100, 650, 10'000, 3, 300);
  list.back().underlying = "IEF";
  list.back().carry_bp = -50;
  return list;
}

}  // namespace evenkeel::feeds
