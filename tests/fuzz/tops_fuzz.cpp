// Any bytes as a line of datagrams, through the decoder, the feed and a small ring. Input:
// datagrams, each after its length in two little-endian bytes.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "core/check.hpp"
#include "core/instrument.hpp"
#include "feeds/tops_feed.hpp"

namespace evenkeel::feeds {
namespace {

struct Line {
  InstrumentTable table;
  SymbolMap symbols;
  static InstrumentTable make_table() {
    InstrumentTable table;
    Instrument instrument;
    instrument.currency = table.add_currency("USD").value();
    instrument.tick = Price::from_raw(10'000'000);
    instrument.feed = SourceId::of(0);
    for (const char* symbol : {"SPY", "AGG", "ESZ6"}) {
      EVENKEEL_CHECK(instrument.symbol.assign(symbol));
      EVENKEEL_CHECK(table.add(instrument).ok());
    }
    return table;
  }
  Line() : table(make_table()), symbols(SymbolMap::build(table, SourceId::of(0)).value()) {}
};

void run(std::span<const std::byte> input) {
  static const Line line;
  SpscRing<Event> ring(16);
  TopsFeed feed({.line = SourceId::of(0)}, line.symbols, line.table.size(), ring);
  TimeNs now = 0;
  std::uint64_t handed_over = 0;
  Event event;
  const auto drain = [&] {
    do {
      while (ring.try_pop(event)) ++handed_over;
    } while (feed.flush() > 0);
  };
  while (input.size() >= 2) {
    const std::size_t length = load_le<std::uint16_t>(input.data());
    input = input.subspan(2);
    const auto datagram = input.first(std::min(length, input.size()));
    input = input.subspan(datagram.size());
    now += kMillisecond * static_cast<TimeNs>(length);
    feed.check_line(now);
    if (!feed.on_datagram(datagram, now)) {
      drain();
      EVENKEEL_CHECK(feed.on_datagram(datagram, now));
    }
    if (length % 3 == 0) drain();
  }
  drain();
  // Whatever came in: every event made was handed over or gave way to a newer one.
  const TopsFeedCounts counts = feed.counts();
  EVENKEEL_CHECK(handed_over + counts.conflated == counts.events);
  EVENKEEL_CHECK(counts.quotes + counts.trades + counts.breaks <= counts.messages);
}

}  // namespace
}  // namespace evenkeel::feeds

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  evenkeel::feeds::run({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
