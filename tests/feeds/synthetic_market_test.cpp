// The synthetic day: the same bytes for the same seed, a sound stream, phases in order, prices on
// their grid, a crash of the asked depth, futures at their fair price, and correlations as
// configured.
#include "feeds/synthetic_market.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "feeds/endpoint.hpp"
#include "feeds/market_sender.hpp"
#include "feeds/sequence_tracker.hpp"
#include "feeds/udp_receiver.hpp"

namespace evenkeel::feeds {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A day read back from its packets.
struct DayReader {
  struct Point {
    TimeNs ts;
    double mid;
  };
  std::map<std::string, std::vector<Point>> mids;  // regular hours only
  std::map<std::string, std::vector<tops::Quote>> quotes;
  std::map<std::int64_t, tops::Trade> trades;
  std::vector<std::pair<char, TimeNs>> events;
  int breaks = 0;
  int odd = 0;
  TimeNs last_ts = 0;
  bool ordered = true;
  std::uint64_t hash = 0xcbf29ce484222325U;
  std::uint64_t packets = 0;
  SequenceCounts sequence;

  void read(SyntheticMarket& market) {
    SequenceTracker tracker;
    MarketPacket packet;
    TimeNs day_time = 0;
    while (market.next(packet)) {
      ++packets;
      ordered = ordered && packet.day_time >= day_time;
      day_time = packet.day_time;
      for (const std::byte b : packet.bytes) {
        hash = (hash ^ std::to_integer<std::uint64_t>(b)) * 0x100000001b3U;
      }
      const auto parsed = parse_iex_tp(packet.bytes);
      ASSERT_EQ(parsed.fault, PacketFault::kNone);
      tracker.on_packet(parsed.header);
      ASSERT_EQ(tops::decode_packet(parsed, 0, *this).fault, PacketFault::kNone);
    }
    sequence = tracker.counts();
  }

  void on_message(const tops::MessageMeta&, const tops::Quote& m) {
    note_time(m.ts_ns);
    const std::string symbol(m.symbol.view());
    quotes[symbol].push_back(m);
    if (m.flags == 0) {
      mids[symbol].push_back({m.ts_ns, static_cast<double>(m.bid + m.ask) / 2});
    }
  }
  void on_message(const tops::MessageMeta&, const tops::Trade& m) {
    note_time(m.ts_ns);
    EXPECT_TRUE(trades.emplace(m.trade_id, m).second);
  }
  void on_message(const tops::MessageMeta&, const tops::TradeBreak& m) {
    ++breaks;
    EXPECT_EQ(trades.at(m.trade_id).symbol, m.symbol);
  }
  void on_message(const tops::MessageMeta&, const tops::SystemEvent& m) {
    note_time(m.ts_ns);
    events.emplace_back(m.event, m.ts_ns);
  }
  template <typename Message>
  void on_message(const tops::MessageMeta&, const Message& m) {
    note_time(m.ts_ns);
  }
  void on_unknown(const tops::MessageMeta&, char, std::size_t) { ++odd; }
  void on_malformed(const tops::MessageMeta&, char, std::size_t) { ++odd; }

 private:
  void note_time(TimeNs ts) {
    ordered = ordered && ts > last_ts;
    last_ts = ts;
  }
};

MarketConfig example_config(std::uint64_t seed = 7) {
  MarketConfig config;
  config.seed = seed;
  config.instruments = example_market_instruments();
  return config;
}

DayReader read_day(const MarketConfig& config) {
  auto market = SyntheticMarket::create(config);
  EXPECT_TRUE(market.ok()) << market.status();
  DayReader day;
  day.read(*market);
  return day;
}

// Built once: several tests look at the same day.
const DayReader& example_day() {
  static const DayReader day = read_day(example_config());
  return day;
}

TEST(RandomTest, IsXoshiroSeededBySplitMix) {
  // The first outputs of xoshiro256** whose state is SplitMix64(0): e220a8397b1dcdaf, ...
  Random random(0);
  EXPECT_EQ(random.next(), 0x99ec5f36cb75f2b4U);
  EXPECT_EQ(random.next(), 0xbf6e1f784956452aU);
}

TEST(RandomTest, NormalHasMeanZeroAndUnitDeviation) {
  Random random(3);
  double sum = 0;
  double squares = 0;
  constexpr int kDraws = 200'000;
  for (int i = 0; i < kDraws; ++i) {
    const double x = static_cast<double>(random.normal_q16()) / 65'536;
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / kDraws, 0, 0.01);
  EXPECT_NEAR(squares / kDraws, 1, 0.01);
}

TEST(MarketDayTest, OpensAtHalfPastNineInNewYork) {
  using namespace std::chrono;
  // 2026-10-19 is in summer time (UTC-4), 2026-11-02 no longer (UTC-5); 8 March 2026 it began.
  EXPECT_EQ(market_day(year{2026} / 10 / 19).open, 1'792'416'600 * kSecond);
  EXPECT_EQ(market_day(year{2026} / 11 / 2).open, 1'793'629'800 * kSecond);
  EXPECT_EQ(market_day(year{2026} / 3 / 6).open % (24 * kHour), 14 * kHour + 30 * kMinute);
  EXPECT_EQ(market_day(year{2026} / 3 / 9).open % (24 * kHour), 13 * kHour + 30 * kMinute);
  const MarketDay day = market_day(year{2026} / 10 / 19);
  EXPECT_EQ(day.close - day.open, 390 * kMinute);
}

TEST(SyntheticMarketTest, SameSeedSameBytesInEveryBuild) {
  // Found with g++ at -O1; clang, other optimisation levels and the sanitizers must agree.
  EXPECT_EQ(example_day().hash, 7'006'860'314'849'708'807U) << "the bytes of this day changed";
  EXPECT_NE(read_day(example_config(8)).hash, example_day().hash);
}

TEST(SyntheticMarketTest, TheStreamIsSound) {
  const DayReader& day = example_day();
  EXPECT_TRUE(day.ordered);
  EXPECT_EQ(day.odd, 0);
  EXPECT_EQ(day.sequence.gaps, 0u);
  EXPECT_EQ(day.sequence.duplicates, 0u);
  EXPECT_GT(day.packets, 10'000u);
  EXPECT_GT(day.trades.size(), 1'000u);
}

TEST(SyntheticMarketTest, PhasesComeInOrderAtTheirTimes) {
  const MarketDay day = market_day(example_config().date);
  std::vector<char> codes;
  for (const auto& [code, ts] : example_day().events) {
    codes.push_back(code);
    EXPECT_TRUE(code != 'R' || ts == day.open);
    EXPECT_TRUE(code != 'M' || ts == day.close);
  }
  EXPECT_THAT(codes, ElementsAre('O', 'S', 'R', 'M', 'E', 'C'));
}

TEST(SyntheticMarketTest, QuotesAreOnTheGridTwoSidedAndMarkedOutsideTheSession) {
  const MarketDay times = market_day(example_config().date);
  for (const auto& spec : example_market_instruments()) {
    const auto& quotes = example_day().quotes.at(spec.symbol);
    for (std::size_t i = 0; i < quotes.size(); ++i) {
      const tops::Quote& q = quotes[i];
      if (i + 1 == quotes.size()) {
        EXPECT_TRUE(q.bid == 0 && q.ask == 0 && q.bid_size == 0 && q.ask_size == 0);
        EXPECT_GE(q.ts_ns, times.hours_end);
        break;
      }
      ASSERT_GT(q.bid, 0);
      ASSERT_LT(q.bid, q.ask);
      ASSERT_EQ(q.bid % spec.tick, 0);
      ASSERT_EQ(q.ask % spec.tick, 0);
      ASSERT_GT(q.bid_size, 0u);
      ASSERT_GT(q.ask_size, 0u);
      const bool regular = q.ts_ns >= times.open && q.ts_ns < times.close;
      ASSERT_EQ(q.flags, regular ? 0 : tops::kFlagPrePost);
    }
  }
}

double fall_of(const std::vector<DayReader::Point>& path) {
  double lowest = path.front().mid;
  for (const auto& p : path) lowest = std::min(lowest, p.mid);
  return 1 - lowest / path.front().mid;
}

TEST(SyntheticMarketTest, TheCrashIsAsDeepAsAskedAndPartlyRecovers) {
  MarketConfig config = example_config();
  config.crash->depth_bp = 2'500;
  config.crash->recovery_bp = 4'000;
  const DayReader day = read_day(config);
  const auto& spy = day.mids.at("SPY");
  EXPECT_NEAR(fall_of(spy), 0.25, 0.04);
  EXPECT_NEAR(1 - spy.back().mid / spy.front().mid, 0.15, 0.05);
  EXPECT_GT(day.mids.at("AGG").back().mid, day.mids.at("AGG").front().mid * 0.995);
  config.crash.reset();
  EXPECT_LT(fall_of(read_day(config).mids.at("SPY")), 0.08);
}

TEST(SyntheticMarketTest, TheSeedChoosesADepthFrom20To34Percent) {
  std::uint32_t lowest = 10'000;
  std::uint32_t highest = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto depth = SyntheticMarket::create(example_config(seed))->crash_depth_bp();
    lowest = std::min(lowest, depth);
    highest = std::max(highest, depth);
  }
  EXPECT_GE(lowest, 2'000u);
  EXPECT_LE(highest, 3'400u);
  EXPECT_GT(highest - lowest, 1'000u);
}

double mean_spread(const std::vector<tops::Quote>& quotes, TimeNs from, TimeNs to) {
  double sum = 0;
  int count = 0;
  for (const auto& q : quotes) {
    if (q.ts_ns < from || q.ts_ns >= to || q.flags != 0) continue;
    sum += static_cast<double>(q.ask - q.bid);
    ++count;
  }
  return sum / count;
}

TEST(SyntheticMarketTest, SpreadsWidenInTheCrash) {
  const MarketDay times = market_day(example_config().date);
  const TimeNs crash = times.open + 390 * kMinute * 35 / 100;
  const auto& spy = example_day().quotes.at("SPY");
  EXPECT_GT(mean_spread(spy, crash, crash + 10 * kMinute),
            2 * mean_spread(spy, times.open, times.open + 30 * kMinute));
}

TEST(SyntheticMarketTest, FuturesKeepToTheirFairPrice) {
  const auto& spy = example_day().mids.at("SPY");
  const auto& es = example_day().mids.at("ESZ6");
  std::size_t at = 0;
  const double start = 67'450'000;
  for (const auto& future : es) {
    while (at + 1 < spy.size() && spy[at + 1].ts <= future.ts) ++at;
    if (future.ts - spy[at].ts > kSecond) continue;
    const double fair = start * spy[at].mid / 6'700'000;
    // Grid, spread and the quote's age, in the worst of the crash.
    ASSERT_NEAR(future.mid / fair, 1, 0.004) << future.ts;
  }
  const double end_ratio = es.back().mid / spy.back().mid;
  EXPECT_NEAR(end_ratio / (start / 6'700'000), 1, 0.0005);
}

// Returns from one five-minute mark to the next, forward-filled.
std::vector<double> returns_of(const std::vector<DayReader::Point>& path) {
  std::vector<double> out;
  double last = path.front().mid;
  double base = last;
  TimeNs edge = path.front().ts + 5 * kMinute;
  for (const auto& p : path) {
    for (; p.ts >= edge; edge += 5 * kMinute) {
      out.push_back(std::log(last / base));
      base = last;
    }
    last = p.mid;
  }
  return out;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
  const double n = static_cast<double>(std::min(a.size(), b.size()));
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    sa += a[i];
    sb += b[i];
    saa += a[i] * a[i];
    sbb += b[i] * b[i];
    sab += a[i] * b[i];
  }
  return (sab - sa * sb / n) / std::sqrt((saa - sa * sa / n) * (sbb - sb * sb / n));
}

TEST(SyntheticMarketTest, VolatilityAndCorrelationAreAsConfigured) {
  MarketConfig config = example_config();
  config.crash.reset();
  config.stress_bp = 10'000;  // one regime
  config.date = std::chrono::year{2026} / 10 / 20;
  std::vector<double> spy, iwm, agg;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    config.seed = seed;
    const DayReader day = read_day(config);
    for (const double r : returns_of(day.mids.at("SPY"))) spy.push_back(r);
    for (const double r : returns_of(day.mids.at("IWM"))) iwm.push_back(r);
    for (const double r : returns_of(day.mids.at("AGG"))) agg.push_back(r);
  }
  double squares = 0;
  for (const double r : spy) squares += r * r;
  const double yearly = std::sqrt(squares / static_cast<double>(spy.size()) * 78 * 252);
  EXPECT_NEAR(yearly, 0.161, 0.02);
  EXPECT_NEAR(correlation(spy, iwm), 1.15 * 0.16 / 0.22, 0.08);
  EXPECT_LT(correlation(spy, agg), 0.05);
}

TEST(SyntheticMarketTest, AnInstrumentMoreLeavesTheOthersAsTheyWere) {
  MarketConfig config = example_config();
  MarketInstrument more = config.instruments[0];
  more.symbol = "MORE";
  config.instruments.push_back(more);
  const DayReader day = read_day(config);
  const auto& before = example_day().mids.at("GLD");
  const auto& after = day.mids.at("GLD");
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) ASSERT_EQ(before[i].mid, after[i].mid);
}

TEST(SyntheticMarketTest, SaysWhatIsWrongWithAConfiguration) {
  const auto with = [](const std::function<void(MarketConfig&)>& change) {
    MarketConfig config = example_config();
    change(config);
    return std::string(SyntheticMarket::create(config).status().message());
  };
  EXPECT_THAT(with([](auto& c) { c.instruments.clear(); }), HasSubstr("1 to 4,096"));
  EXPECT_THAT(with([](auto& c) { c.instruments[0].symbol = "TOOLONGSYM"; }),
              HasSubstr("\"TOOLONGSYM\": one to eight characters"));
  EXPECT_THAT(with([](auto& c) { c.instruments[1].tick = 0; }), HasSubstr("\"IWM\": the tick"));
  EXPECT_THAT(with([](auto& c) { c.instruments[1].start_price = -5; }), HasSubstr("start price"));
  EXPECT_THAT(with([](auto& c) { c.instruments[1].symbol = "SPY"; }), HasSubstr("there twice"));
  EXPECT_THAT(with([](auto& c) { c.instruments[10].underlying = "NONE"; }), HasSubstr("\"NONE\""));
  EXPECT_THAT(with([](auto& c) { c.instruments[10].underlying = ""; }), HasSubstr("underlying"));
  EXPECT_THAT(with([](auto& c) { c.crash->fall_minutes = 0; }), HasSubstr("crash"));
  EXPECT_THAT(with([](auto& c) { c.step = 0; }), HasSubstr("step"));
  EXPECT_THAT(with([](auto& c) { c.date = std::chrono::year{2026} / 2 / 30; }), HasSubstr("date"));
}

// --- sending
// -------------------------------------------------------------------------------------------

// Time passes only by waiting.
class JumpingPacer final : public Pacer {
 public:
  TimeNs now() override { return now_; }
  bool wait_until(TimeNs when) override {
    if (when > stop_at) return false;
    now_ = std::max(now_, when);
    return true;
  }
  TimeNs stop_at = std::numeric_limits<TimeNs>::max();

 private:
  TimeNs now_ = 0;
};

struct SentDay {
  MarketProgress progress;
  std::uint64_t gaps = 0;
  std::uint64_t heartbeats = 0;
};

SentDay send_small_day(DurationNs wall_time, TimeNs stop_at) {
  MarketConfig config = example_config();
  config.instruments.resize(1);
  config.step = kMinute;  // few packets, so that the receiver's buffer holds them all
  auto market = SyntheticMarket::create(config).value();
  boost::asio::io_context context;
  UdpReceiverConfig listen;
  listen.endpoint = parse_endpoint("127.0.0.1:0").value();
  const auto receiver = UdpReceiver::open(context, listen).value();
  const auto sender =
      UdpSender::open(
          {.to = parse_endpoint("127.0.0.1:" + std::to_string(receiver->local_port())).value()})
          .value();
  JumpingPacer pacer;
  pacer.stop_at = stop_at;
  SentDay sent;
  SequenceTracker tracker;
  const auto drain = [&](const MarketProgress&) {
    while (receiver->receive([&](std::span<const std::byte> bytes, TimeNs) {
      tracker.on_packet(parse_iex_tp(bytes).header);
      return true;
    }) > 0) {
    }
  };
  EXPECT_TRUE(send_market(market, *sender, wall_time, pacer, drain, sent.progress).ok());
  const std::uint64_t all = sent.progress.packets + sent.progress.heartbeats;
  while (tracker.counts().packets < all) {
    pollfd waiter{receiver->native_handle(), POLLIN, 0};
    if (poll(&waiter, 1, 20'000) != 1) break;
    drain({});
  }
  sent.gaps = tracker.counts().gaps;
  sent.heartbeats = tracker.counts().heartbeats;
  return sent;
}

TEST(MarketSenderTest, SendsTheWholeDayInTheWallTimeGiven) {
  const SentDay day = send_small_day(60 * kSecond, std::numeric_limits<TimeNs>::max());
  EXPECT_FALSE(day.progress.stopped);
  EXPECT_EQ(day.progress.elapsed, 60 * kSecond);
  EXPECT_EQ(day.progress.day_time, market_day(example_config().date).messages_end);
  EXPECT_EQ(day.gaps, 0u);
  EXPECT_EQ(day.progress.heartbeats, 0u);
}

TEST(MarketSenderTest, HeartbeatsFillTheSilencesOfASlowDay) {
  const SentDay day = send_small_day(600 * kSecond, std::numeric_limits<TimeNs>::max());
  EXPECT_GT(day.progress.heartbeats, 100u);
  EXPECT_EQ(day.heartbeats, day.progress.heartbeats);
  EXPECT_EQ(day.gaps, 0u) << "a heartbeat announces the packet that follows it";
}

TEST(MarketSenderTest, StopsWhenAsked) {
  const SentDay day = send_small_day(60 * kSecond, 10 * kSecond);
  EXPECT_TRUE(day.progress.stopped);
  EXPECT_LE(day.progress.elapsed, 10 * kSecond);
}

}  // namespace
}  // namespace evenkeel::feeds
