#include "tests/simulation/market.hpp"

#include <algorithm>
#include <utility>

namespace evenkeel::simulation {
namespace {

constexpr DurationNs kHeartbeat = kSecond / 2;

}  // namespace

Market::Market(std::uint64_t seed, const std::vector<PlainInstrument>& instruments, Faults& faults)
    : dice_(seed, "market"), network_(seed, "network"), faults_(faults) {
  for (const PlainInstrument& instrument : instruments) {
    Line line{instrument, instrument.price_e4, {}};
    requote(line);
    lines_.push_back(line);
  }
}

void Market::requote(Line& line) {
  const std::int64_t tick = line.instrument.tick_e4;
  const std::int64_t bid = std::max(line.mid_e4 / tick, std::int64_t{10}) * tick;
  line.quote.bid_e9 = bid * 100'000;
  line.quote.ask_e9 = (bid + tick * dice_.between(1, 3)) * 100'000;
  line.quote.size_e6 = dice_.between(20, 5'000) * 1'000'000;
}

void Market::move(Line& line) {
  // A fifth of a percent for each standard deviation; currencies a tenth of that.
  const std::int64_t scale = line.instrument.kind == PlainInstrument::Kind::kPair ? 5'000 : 500;
  line.mid_e4 += line.mid_e4 * dice_.normal_q16() / 65'536 / scale;
  if (faults_.happens(Fault::kPriceJump, network_)) {
    line.mid_e4 += line.mid_e4 * network_.between(-8, 8) / 100;
  }
  // Not too far from where it began, so that a long run stays a desk.
  const std::int64_t start = line.instrument.price_e4;
  line.mid_e4 = std::clamp(line.mid_e4, start * 2 / 3, start * 3 / 2);
  requote(line);
}

void Market::write_quote(const Line& line, TimeNs wall) {
  feeds::tops::Quote quote;
  quote.ts_ns = wall;
  quote.symbol = *feeds::tops::WireSymbol::from(line.instrument.symbol);
  quote.bid = line.quote.bid_e9 / 100'000;
  quote.ask = line.quote.ask_e9 / 100'000;
  quote.bid_size = quote.ask_size = static_cast<std::uint32_t>(line.quote.size_e6 / 1'000'000);
  if (line.quote.halted) quote.flags |= feeds::tops::kFlagHalted;
  writer_.add(quote);
}

void Market::step(TimeNs wall) {
  if (!opened_) {
    opened_ = true;
    writer_.add(feeds::tops::SystemEvent{'R', wall});
    for (const Line& line : lines_) write_quote(line, wall);
    send(wall);
    return;
  }
  const std::size_t moves = dice_.below(4);
  for (std::size_t i = 0; i < moves; ++i) {
    Line& line = lines_[dice_.below(static_cast<std::uint32_t>(lines_.size()))];
    move(line);
    if (faults_.happens(Fault::kInstrumentHalt, network_)) {
      line.quote.halted = true;
    } else if (line.quote.halted && (!faults_.on() || network_.below(8) == 0)) {
      line.quote.halted = false;
    }
    write_quote(line, wall);
    if (dice_.below(6) == 0) {
      feeds::tops::Trade trade;
      trade.ts_ns = wall;
      trade.symbol = *feeds::tops::WireSymbol::from(line.instrument.symbol);
      trade.price = line.quote.bid_e9 / 100'000;
      trade.size = 100;
      trade.trade_id = static_cast<std::int64_t>(dice_.next() >> 1);
      writer_.add(trade);
    }
  }
  if (moves > 0 || wall - sent_at_ >= kHeartbeat || wall < sent_at_) send(wall);
}

void Market::tell_all(TimeNs wall) {
  silent_until_ = 0;
  writer_.add(feeds::tops::SystemEvent{'R', wall});
  for (Line& line : lines_) {
    line.quote.halted = false;
    write_quote(line, wall);
  }
  send(wall);
}

void Market::send(TimeNs wall) {
  const auto bytes = writer_.finish(wall);
  sent_at_ = wall;
  std::string packet(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (faults_.happens(Fault::kLineSilent, network_)) {
    silent_until_ = wall + network_.between(1, 8) * kSecond;
  }
  if (wall < silent_until_ && wall > silent_until_ - 10 * kSecond) return;
  if (faults_.happens(Fault::kPacketLost, network_)) return;
  if (faults_.happens(Fault::kPacketCorrupt, network_)) {
    const auto at = network_.below(static_cast<std::uint32_t>(packet.size()));
    packet[at] = static_cast<char>(packet[at] ^ (1 << network_.below(8)));
  }
  if (held_back_.empty() && faults_.happens(Fault::kPacketLate, network_)) {
    held_back_ = std::move(packet);
    return;
  }
  deliver(packet);
  if (faults_.happens(Fault::kPacketTwice, network_)) deliver(std::move(packet));
  if (!held_back_.empty()) deliver(std::exchange(held_back_, {}));
}

void Market::deliver(std::string packet) { arriving_.push_back(std::move(packet)); }

const TrueQuote* Market::find(const std::string& symbol) const {
  for (const Line& line : lines_) {
    if (line.instrument.symbol == symbol) return &line.quote;
  }
  return nullptr;
}

}  // namespace evenkeel::simulation
