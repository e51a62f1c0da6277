#include "core/market.hpp"

#include <iterator>

#include "core/mutation.hpp"

namespace evenkeel {
namespace {

/// Bits that the quote alone shows.
Unsound judge_quote(const Instrument& instrument, const QuotePayload& quote, std::uint8_t flags) {
  Unsound bits = Unsound::kNone;
  if ((flags & kQuoteHalted) != 0) bits = bits | Unsound::kHalted;
  if ((flags & kQuoteOutsideRegular) != 0) bits = bits | Unsound::kNotRegular;
  const bool two_sided = !quote.bid.is_zero() && !quote.ask.is_zero() && quote.bid_size.raw() > 0 &&
                         quote.ask_size.raw() > 0;
  if (!two_sided) return bits | Unsound::kOneSided;
  if (quote.bid.raw() < 0 || quote.ask.raw() < 0 || quote.ask > MarketState::kPriceMax ||
      quote.bid > MarketState::kPriceMax) {
    return bits | Unsound::kAbsurd;
  }
  if (quote.bid > quote.ask) return bits | Unsound::kCrossed;
  const Int128 spread = static_cast<Int128>(quote.ask.raw()) - quote.bid.raw();
  if (spread * Ratio::kScale > static_cast<Int128>(instrument.spread_max.raw()) * quote.bid.raw()) {
    bits = bits | Unsound::kWide;
  }
  return bits;
}

bool beyond_move(const Instrument& instrument, Price from, Price to) {
  const Int128 move = static_cast<Int128>(to.raw()) - from.raw();
  const Int128 distance = move < 0 ? -move : move;
  return distance * Ratio::kScale > static_cast<Int128>(instrument.move_max.raw()) * from.raw();
}

}  // namespace

std::string_view unsound_name(Unsound bits) {
  constexpr std::string_view kNames[] = {"never_quoted", "one_sided", "crossed", "wide",  "halted",
                                         "not_regular",  "gapped",    "silent",  "absurd"};
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    if ((static_cast<unsigned>(bits) >> i & 1U) != 0) return kNames[i];
  }
  return "sound";
}

MarketState::MarketState(const InstrumentTable& instruments, std::uint16_t lines)
    : instruments_(instruments), quotations_(instruments.size()), lines_(lines) {
  for (std::uint32_t i = 0; i < instruments.size(); ++i) {
    const Instrument& instrument = instruments[InstrumentId{i}];
    if (instrument.quoted) continue;
    quotations_[i].mark = instrument.statement_price;
    quotations_[i].quote_bits =
        instrument.statement_price.raw() > 0 ? Unsound::kNone : Unsound::kNeverQuoted;
  }
}

void MarketState::carry(const MarketState& from, const std::vector<SourceId>& line_from) {
  EVENKEEL_CHECK(from.quotations_.size() <= quotations_.size() &&
                 line_from.size() == lines_.size());
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (line_from[i].valid()) lines_[i] = from.lines_[line_from[i].index()];
  }
  for (std::uint32_t i = 0; i < from.quotations_.size(); ++i) {
    const Instrument& now = instruments_[InstrumentId{i}];
    const Instrument& before = from.instruments_[InstrumentId{i}];
    const bool same_line =
        now.feed.index() < lines_.size() && line_from[now.feed.index()] == before.feed;
    if (now.quoted && before.quoted && same_line) quotations_[i] = from.quotations_[i];
  }
  counters_ = from.counters_;
}

bool MarketState::apply(const Event& event) {
  if (event.type == EventType::kEngineStart) {
    // Whatever was said between the last run and this one was not heard: no price from before may
    // be acted on. What phase a venue is in stays until it, or a quote, says otherwise.
    if (mutated(Mutation::kStartKeepsPrices)) return false;
    for (LineState& line : lines_) line.gap_sequence = event.sequence;
    return false;
  }
  const bool about_instrument =
      event.type == EventType::kQuote || event.type == EventType::kTrade ||
      event.type == EventType::kTradeBreak || event.type == EventType::kInstrumentStatus;
  const bool about_line = event.type == EventType::kVenueSession ||
                          event.type == EventType::kFeedGap || event.type == EventType::kFeedStatus;
  if (!about_instrument && !about_line) return false;
  if (event.source.index() >= lines_.size() ||
      (about_instrument && (event.subject >= quotations_.size() ||
                            instruments_[event.instrument()].feed != event.source))) {
    ++counters_.unknown_subjects;
    return false;
  }
  LineState& line = lines_[event.source.index()];
  if (event.type != EventType::kFeedStatus) line.heard_ts = event.ts;
  switch (event.type) {
    case EventType::kQuote:
      return apply_quote(event);
    case EventType::kTrade:
      apply_trade(event);
      return false;
    case EventType::kTradeBreak:
      ++counters_.breaks;
      return false;
    case EventType::kInstrumentStatus:
      quotations_[event.subject].status = event.payload.status.status;
      return false;
    case EventType::kVenueSession:
      line.phase_told = event.sequence;
      set_phase(line, event.payload.venue.phase, event);
      return false;
    case EventType::kFeedGap:
      line.gap_sequence = event.sequence;
      ++counters_.gaps;
      counters_.messages_lost += event.payload.gap.count;
      return false;
    case EventType::kFeedStatus:
      line.state = event.payload.feed.state;
      if (line.state == FeedState::kAlive) line.heard_ts = event.ts;
      return false;
    default:
      return false;
  }
}

void MarketState::set_phase(LineState& line, VenuePhase phase, const Event& event) {
  if (line.phase == phase) return;
  line.phase = phase;
  line.phase_moved = event.sequence;
}

// Only behind a gap that is younger than what the venue last said itself. A quote that is not sound
// on its own (halted, one-sided, crossed, wide, absurd) proves nothing in favour of trading.
void MarketState::learn_phase(LineState& line, const Event& quote, Unsound bits) {
  if (line.gap_sequence <= line.phase_told) return;
  if ((quote.flags & kQuoteOutsideRegular) != 0) {
    // Before or after is not said: whatever else was known stays.
    if (line.phase == VenuePhase::kRegular) set_phase(line, VenuePhase::kUnknown, quote);
  } else if ((quote.flags & kQuoteTellsPhase) != 0 && !any(bits)) {
    set_phase(line, VenuePhase::kRegular, quote);
  }
}

bool MarketState::apply_quote(const Event& event) {
  const Instrument& instrument = instruments_[event.instrument()];
  if (!instrument.quoted) {  // priced by its statement; cash is always one
    ++counters_.unknown_subjects;
    return false;
  }
  Quotation& quotation = quotations_[event.subject];
  const QuotePayload& quote = event.payload.quote;
  ++counters_.quotes;
  quotation.bid = quote.bid;
  quotation.ask = quote.ask;
  quotation.bid_size = quote.bid_size;
  quotation.ask_size = quote.ask_size;
  quotation.quote_ts = event.ts;
  quotation.quote_sequence = event.sequence;
  quotation.quote_bits = judge_quote(instrument, quote, event.flags);
  learn_phase(lines_[event.source.index()], event, quotation.quote_bits);
  if (any(quotation.quote_bits)) {
    ++counters_.unsound_quotes;
    if (any(quotation.quote_bits & Unsound::kAbsurd)) ++counters_.absurd_prices;
    return false;
  }
  // Halving the sum of two prices in range cannot overflow; an odd sum drops half of 10^-9.
  const Price mid = Price::from_raw((quote.bid.raw() + quote.ask.raw()) / 2);
  return accept_mark(instrument, quotation, mid, event.ts);
}

bool MarketState::accept_mark(const Instrument& instrument, Quotation& quotation, Price mid,
                              TimeNs now) {
  const bool jump = quotation.mark.raw() > 0 && beyond_move(instrument, quotation.mark, mid);
  if (jump) {
    // A jump is believed once quotes have stood near it for a while; until then the old mark stays,
    // unsound.
    const bool stands =
        quotation.jump_mark.raw() > 0 && !beyond_move(instrument, quotation.jump_mark, mid);
    if (!stands) {
      quotation.jump_mark = mid;
      quotation.jump_since = now;
    }
    if (!stands || now - quotation.jump_since < instrument.confirm_for) {
      quotation.quote_bits = quotation.quote_bits | Unsound::kAbsurd;
      ++counters_.absurd_prices;
      ++counters_.unsound_quotes;
      return false;
    }
  }
  quotation.jump_mark = Price{};
  quotation.jump_since = 0;
  quotation.mark_ts = now;
  if (quotation.mark == mid) return false;
  quotation.mark = mid;
  ++quotation.generation;
  return true;
}

void MarketState::apply_trade(const Event& event) {
  const TradePayload& trade = event.payload.trade;
  if (trade.price.raw() <= 0 || trade.price > kPriceMax || trade.size.raw() <= 0) {
    ++counters_.absurd_prices;
    return;
  }
  ++counters_.trades;
  if ((event.flags & kTradeNotLastSale) == 0) quotations_[event.subject].last = trade.price;
}

Unsound MarketState::soundness(InstrumentId id) const {
  const Instrument& instrument = instruments_[id];
  const Quotation& quotation = quotations_[id.index()];
  if (!instrument.quoted) return quotation.quote_bits;
  Unsound bits = quotation.quote_bits;
  if (quotation.status != InstrumentStatus::kUnknown &&
      quotation.status != InstrumentStatus::kTrading) {
    bits = bits | Unsound::kHalted;
  }
  if (instrument.feed.index() >= lines_.size()) return bits | Unsound::kSilentLine;
  const LineState& line = lines_[instrument.feed.index()];
  if (line.phase != VenuePhase::kRegular) bits = bits | Unsound::kNotRegular;
  if (line.state == FeedState::kSilent || line.state == FeedState::kEnded)
    bits = bits | Unsound::kSilentLine;
  if (quotation.quote_sequence < line.gap_sequence) bits = bits | Unsound::kGapped;
  return bits;
}

}  // namespace evenkeel
