// Nanoseconds a message from TOPS packets: decoding to wire values, and all the way to core events
// in the ring; each beside its floors, a memcpy of the same packets and a bare walk by message
// lengths. The packets are the first of a synthetic day, so nothing outside the tree is needed.
// Every figure is of work whose result is hashed and compared with a slow reading, byte by byte, of
// the same packets.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include "core/check.hpp"
#include "core/instrument.hpp"
#include "feeds/synthetic_market.hpp"
#include "feeds/tops.hpp"
#include "feeds/tops_feed.hpp"

namespace evenkeel::feeds {
namespace {

constexpr std::size_t kPackets = 2'000;

struct Packets {
  std::vector<std::byte> bytes;
  std::vector<std::size_t> starts;  // and the end of the last
  std::size_t messages = 0;
  std::uint64_t reference_hash = 0;

  std::span<const std::byte> operator[](std::size_t i) const {
    return std::span(bytes).subspan(starts[i], starts[i + 1] - starts[i]);
  }
  std::size_t size() const { return starts.size() - 1; }
};

constexpr std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  return (hash ^ value) * 0x9e3779b97f4a7c15U;
}

// The reference: one byte at a time, quotes and trades only, written from the specification's
// offsets.
std::uint64_t slow_integer(std::span<const std::byte> at, std::size_t offset, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value |= std::to_integer<std::uint64_t>(at[offset + i]) << (8 * i);
  }
  return value;
}

std::uint64_t slow_hash(const Packets& packets) {
  std::uint64_t hash = 0;
  for (std::size_t p = 0; p < packets.size(); ++p) {
    auto rest = packets[p].subspan(40);
    for (std::uint64_t n = slow_integer(packets[p], 14, 2); n > 0; --n) {
      const auto length = static_cast<std::size_t>(slow_integer(rest, 0, 2));
      const auto message = rest.subspan(2, length);
      rest = rest.subspan(2 + length);
      const char type = static_cast<char>(message[0]);
      if (type == 'Q') {
        hash = mix(hash, slow_integer(message, 22, 8));
        hash = mix(hash, slow_integer(message, 30, 8));
        hash = mix(hash, slow_integer(message, 18, 4) + slow_integer(message, 38, 4));
      } else if (type == 'T') {
        hash = mix(hash, slow_integer(message, 22, 8));
        hash = mix(hash, slow_integer(message, 18, 4));
      }
    }
  }
  return hash;
}

const Packets& packets() {
  static const Packets built = [] {
    MarketConfig config;
    config.instruments = example_market_instruments();
    auto market = SyntheticMarket::create(config).value();
    Packets out;
    out.starts.push_back(0);
    MarketPacket packet;
    while (out.size() < kPackets && market.next(packet)) {
      out.bytes.insert(out.bytes.end(), packet.bytes.begin(), packet.bytes.end());
      out.starts.push_back(out.bytes.size());
    }
    out.messages = market.messages();
    out.reference_hash = slow_hash(out);
    return out;
  }();
  return built;
}

struct HashingHandler {
  std::uint64_t hash = 0;
  void on_message(const tops::MessageMeta&, const tops::Quote& m) {
    hash = mix(hash, static_cast<std::uint64_t>(m.bid));
    hash = mix(hash, static_cast<std::uint64_t>(m.ask));
    hash = mix(hash, std::uint64_t{m.bid_size} + m.ask_size);
  }
  void on_message(const tops::MessageMeta&, const tops::Trade& m) {
    hash = mix(hash, static_cast<std::uint64_t>(m.price));
    hash = mix(hash, m.size);
  }
  template <typename Message>
  void on_message(const tops::MessageMeta&, const Message&) {}
  void on_unknown(const tops::MessageMeta&, char, std::size_t) { std::abort(); }
  void on_malformed(const tops::MessageMeta&, char, std::size_t) { std::abort(); }
};

void report(benchmark::State& state, std::uint64_t hash) {
  state.counters["per_message"] = benchmark::Counter(
      static_cast<double>(packets().messages),
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(packets().bytes.size()));
  state.SetLabel("hash " + std::to_string(hash));
}

// The floor of moving the bytes at all: each packet copied out of its buffer.
void memcpy_floor(benchmark::State& state) {
  const Packets& all = packets();
  std::vector<std::byte> target(2'048);
  for (auto _ : state) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      std::memcpy(target.data(), all[i].data(), all[i].size());
      benchmark::ClobberMemory();
    }
  }
  report(state, 0);
}
BENCHMARK(memcpy_floor);

// The floor of parsing: headers checked, messages found by their lengths, none read.
void walk_lengths(benchmark::State& state) {
  const Packets& all = packets();
  std::size_t bytes = 0;
  for (auto _ : state) {
    bytes = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      walk_messages(parse_iex_tp(all[i]),
                    [&](std::int64_t, std::span<const std::byte> m) { bytes += m.size() + 2; });
    }
    benchmark::DoNotOptimize(bytes);
  }
  if (bytes + all.size() * kIexTpHeaderBytes != all.bytes.size())
    state.SkipWithError("wrong bytes");
  report(state, bytes);
}
BENCHMARK(walk_lengths);

void decode_messages(benchmark::State& state) {
  const Packets& all = packets();
  std::uint64_t hash = 0;
  for (auto _ : state) {
    HashingHandler handler;
    for (std::size_t i = 0; i < all.size(); ++i) {
      tops::decode_packet(parse_iex_tp(all[i]), 0, handler);
    }
    hash = handler.hash;
    benchmark::DoNotOptimize(hash);
  }
  if (hash != all.reference_hash) state.SkipWithError("the hash differs from the reference");
  report(state, hash);
}
BENCHMARK(decode_messages);

InstrumentTable table_of_all() {
  InstrumentTable table;
  Instrument instrument;
  instrument.currency = table.add_currency("USD").value();
  instrument.tick = Price::from_raw(100'000);
  instrument.feed = SourceId::of(0);
  for (const auto& spec : example_market_instruments()) {
    EVENKEEL_CHECK(instrument.symbol.assign(spec.symbol));
    EVENKEEL_CHECK(table.add(instrument).ok());
  }
  return table;
}

// Sequence tracking, symbols to ids, exact prices, events into the ring and out again.
void decode_to_events(benchmark::State& state) {
  const Packets& all = packets();
  const InstrumentTable table = table_of_all();
  const SymbolMap symbols = SymbolMap::build(table, SourceId::of(0)).value();
  std::uint64_t hash = 0;
  for (auto _ : state) {
    state.PauseTiming();  // a feed of its own for each run: the packets are old news to a used one
    SpscRing<Event> ring(1'024);
    auto feed = std::make_unique<TopsFeed>(TopsFeedConfig{.line = SourceId::of(0)}, symbols,
                                           table.size(), ring);
    hash = 0;
    state.ResumeTiming();
    for (std::size_t i = 0; i < all.size(); ++i) {
      feed->on_datagram(all[i], 0);
      for (const Event* e = ring.front(); e != nullptr; ring.pop(), e = ring.front()) {
        if (e->type == EventType::kQuote) {
          const QuotePayload& quote = e->payload.quote;
          hash = mix(hash, static_cast<std::uint64_t>(quote.bid.raw() / 100'000));
          hash = mix(hash, static_cast<std::uint64_t>(quote.ask.raw() / 100'000));
          hash = mix(hash, static_cast<std::uint64_t>((quote.bid_size + quote.ask_size).raw() /
                                                      Quantity::kScale));
        } else if (e->type == EventType::kTrade) {
          const TradePayload& trade = e->payload.trade;
          hash = mix(hash, static_cast<std::uint64_t>(trade.price.raw() / 100'000));
          hash = mix(hash, static_cast<std::uint64_t>(trade.size.raw() / Quantity::kScale));
        }
      }
    }
    state.PauseTiming();
    feed.reset();
    state.ResumeTiming();
  }
  if (hash != all.reference_hash) state.SkipWithError("the hash differs from the reference");
  report(state, hash);
}
BENCHMARK(decode_to_events);

}  // namespace
}  // namespace evenkeel::feeds
