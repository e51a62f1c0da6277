// A trading day that never was, as TOPS packets: correlated instruments (one market factor, sector
// factors and their own noise), calm and stressed regimes, a crash with a partial recovery, futures
// that follow their underlying by cost of carry, and the day's phases from pre-open to close.
// Integer arithmetic only, so a seed gives the same bytes in every build. It knows day time alone
// and never looks at a clock; sending is market_sender.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/instrument.hpp"
#include "core/time.hpp"
#include "feeds/random.hpp"
#include "feeds/tops.hpp"
#include "feeds/tops_writer.hpp"

namespace evenkeel::feeds {

struct MarketInstrument {
  std::string symbol;  // up to eight characters
  InstrumentKind kind = InstrumentKind::kEtf;
  std::int64_t start_price = 0;  // 10^-4 of its currency
  std::int64_t tick = 100;       // 10^-4
  std::uint32_t annual_vol_bp = 1'600;
  std::int32_t beta_bp = 10'000;   // to the market factor; of a future: to its underlying
  std::uint32_t sector = 0;        // those of one sector share a part of their own noise
  std::uint32_t quote_size = 400;  // typical shares or contracts on a side
  std::uint32_t spread_ticks = 1;  // on a calm day
  std::uint32_t quotes_per_minute = 60;
  std::uint32_t trades_per_minute = 6;
  // Futures: the instrument followed, and its financing less its income, a year. The start price
  // stands for the underlying's start price, carry included; carry then decays through the day.
  std::string underlying = {};
  std::int32_t carry_bp = 0;
};

struct CrashScenario {
  std::uint32_t start_bp = 3'500;  // when: of the regular session, 10,000 its end
  std::uint32_t depth_bp = 0;      // fall of the market factor; 0: 20% to 34%, by the seed
  std::uint32_t fall_minutes = 12;
  std::uint32_t recovery_bp = 4'500;  // how much of the fall comes back
  std::uint32_t recovery_minutes = 120;
};

struct MarketConfig {
  std::uint64_t seed = 1;
  std::chrono::year_month_day date = std::chrono::year{2026} / 10 / 19;
  DurationNs step = kSecond;              // day time between moves; a packet or more for each
  std::uint32_t market_vol_bp = 1'600;    // of the market factor, a year, in calm
  std::uint32_t sector_share_bp = 3'500;  // of an instrument's own variance that its sector shares
  std::uint32_t stress_bp = 25'000;       // volatility in the stressed regime, 10,000 is calm
  std::uint32_t calm_minutes = 90;        // average length of the regimes
  std::uint32_t stressed_minutes = 12;
  std::optional<CrashScenario> crash = CrashScenario{};
  std::uint32_t channel = 1;
  std::vector<MarketInstrument> instruments;
};

// A small balanced universe: equities, bonds, real assets, a currency pair, two futures.
std::vector<MarketInstrument> example_market_instruments();

// The times of a day, UTC.
struct MarketDay {
  TimeNs messages_start = 0;  // 'O'
  TimeNs hours_start = 0;     // 'S': quotes begin, marked as pre-market
  TimeNs open = 0;            // 'R': 09:30 in New York
  TimeNs close = 0;           // 'M': 16:00
  TimeNs hours_end = 0;       // 'E': quotes are withdrawn
  TimeNs messages_end = 0;    // 'C'
};
// By the rules for daylight saving time in force since 2007.
MarketDay market_day(std::chrono::year_month_day date);

struct MarketPacket {
  TimeNs day_time = 0;               // when the exchange sends it
  std::span<const std::byte> bytes;  // valid until the next call
};

enum class MarketRegime : std::uint8_t { kCalm = 0, kStressed, kCrash };

class SyntheticMarket {
 public:
  // InvalidArgument names the instrument and what is wrong with it.
  static absl::StatusOr<SyntheticMarket> create(const MarketConfig& config);

  // The next packet of the day, in order of time; false at its end.
  bool next(MarketPacket& out);

  const MarketDay& day() const { return day_; }
  MarketRegime regime() const { return regime_; }
  std::uint64_t messages() const { return messages_out_; }  // in the packets handed out
  // The crash depth in use, from the configuration or the seed; 0 without a crash.
  std::uint32_t crash_depth_bp() const { return crash_depth_bp_; }

 private:
  enum class Phase : std::uint8_t { kBefore, kPreOpen, kRegular, kAfter, kDone };
  struct Quoted {  // an instrument and what it stands at
    MarketInstrument spec;
    tops::WireSymbol symbol;
    Random random;
    std::int64_t mid;            // 10^-9
    std::int64_t start;          // 10^-9
    std::int64_t own_sigma = 0;  // of its own noise, a step, 10^-12
    std::int64_t sector_sigma = 0;
    std::size_t underlying = 0;  // futures
    std::uint64_t quote_chance = 0;
    std::uint64_t trade_chance = 0;
    tops::Quote quote = {};  // the last one sent
    std::int64_t last_trade_id = 0;
    tops::Trade last_trade = {};
  };
  struct Stored {
    TimeNs day_time;
    std::uint16_t count;
    std::vector<std::byte> bytes;
  };

  SyntheticMarket(const MarketConfig& config, const MarketDay& day);
  absl::Status add(const MarketInstrument& spec);
  void set_volatilities(Quoted& quoted) const;

  void advance();
  void begin_messages();
  void step();
  void end_hours();
  void choose_regime();
  std::int64_t market_return();
  std::int64_t crash_return() const;
  void move_prices();
  void follow_underlying(Quoted& quoted);
  void quote(Quoted& quoted, bool always);
  void trade(Quoted& quoted);
  void system_event(char event);
  template <typename Message>
  void emit(const Message& message);
  void close_packet();
  TimeNs stamp() { return now_ + stamped_++; }

  MarketConfig config_;
  MarketDay day_;
  std::uint32_t crash_depth_bp_ = 0;
  std::vector<Quoted> quoted_;
  Random market_random_;
  Random regime_random_;
  std::vector<Random> sector_random_;
  std::vector<std::int64_t> sector_normal_;
  std::vector<std::size_t> sectors_used_;
  std::int64_t market_sigma_ = 0;  // a step, 10^-12
  std::int64_t crash_fall_ = 0;    // logarithms, 10^-12
  std::int64_t crash_recovery_ = 0;

  Phase phase_ = Phase::kBefore;
  MarketRegime regime_ = MarketRegime::kCalm;
  bool stressed_ = false;
  TimeNs now_ = 0;      // the step at hand
  TimeNs stamped_ = 0;  // messages stamped in it: a nanosecond apart, so that order shows
  std::int64_t next_trade_id_ = 1;
  tops::PacketWriter writer_;
  std::deque<Stored> ready_;
  Stored handed_out_{};
  std::uint64_t messages_out_ = 0;
};

}  // namespace evenkeel::feeds
