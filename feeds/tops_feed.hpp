// One IEX TOPS line: datagrams in, core events out into a ring. Judges sequence and silence, names
// instruments, and says what wire flags mean. Never reads a clock (times are handed in), never
// blocks, and never drops a break, status, session state or gap: when there is no room it refuses
// the datagram.
//
// Late messages (of a gap already announced) are counted and passed over, since newer data has gone
// by; only breaks are still delivered, because they name their trade whenever they come.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/ring.hpp"
#include "core/time.hpp"
#include "feeds/conflating_queue.hpp"
#include "feeds/counter.hpp"
#include "feeds/iex_tp.hpp"
#include "feeds/sequence_tracker.hpp"
#include "feeds/symbol_map.hpp"
#include "feeds/tops.hpp"

namespace evenkeel::feeds {

struct TopsFeedConfig {
  SourceId line;
  // A line sends a heartbeat after a second without messages; this long without anything is
  // silence.
  DurationNs silent_after = 3 * kSecond;
  // A busy line that brings nothing for us still shows as alive, this often.
  DurationNs alive_every = kSecond / 2;
};

// A snapshot for people.
struct TopsFeedCounts {
  std::uint64_t packets = 0;
  std::uint64_t messages = 0;
  std::uint64_t events = 0;  // made for the ring
  std::uint64_t quotes = 0;  // of known instruments, as all that follow
  std::uint64_t trades = 0;
  std::uint64_t breaks = 0;
  std::uint64_t statuses = 0;
  std::uint64_t unknown_symbols = 0;   // messages about instruments nobody holds
  std::uint64_t unknown_messages = 0;  // types this decoder does not know
  std::uint64_t malformed_messages = 0;
  std::uint64_t malformed_packets = 0;
  std::uint64_t absurd_prices = 0;  // beyond what a Price can hold
  std::uint64_t conflated = 0;
  std::uint64_t refused_packets = 0;  // there was no room; offered again later
  std::uint64_t silences = 0;
  SequenceCounts sequence;
};

// The last broken packet or message, for the log.
struct LastFault {
  std::string_view what;  // empty: none so far
  std::int64_t sequence = 0;
};

class TopsFeed {
 public:
  // `instrument_count`: of the whole table; ids in `symbols` are below it. Both outlive this.
  TopsFeed(const TopsFeedConfig& config, const SymbolMap& symbols, std::uint32_t instrument_count,
           SpscRing<Event>& ring)
      : config_(config),
        symbols_(symbols),
        queue_(ring, instrument_count, 2 * kPacketEventsMax),
        status_(instrument_count, InstrumentStatus::kUnknown),
        operational_halt_(instrument_count, 0) {}

  // Takes one datagram. `now`, here and below, is any clock that never goes back. False when there
  // may not be room for what the datagram holds: nothing was taken; flush() and offer the same one
  // again. Reading on without room would lose what must be kept.
  bool on_datagram(std::span<const std::byte> datagram, TimeNs now) {
    queue_.flush();
    if (queue_.room() < kPacketEventsMax) {
      ++counters_.refused_packets;
      return false;
    }
    ++counters_.packets;
    const IexTpPacket packet = parse_iex_tp(datagram);
    if (!packet.usable()) {
      note_fault(packet.fault, packet.header.first_sequence);
      return true;
    }
    const std::uint64_t events_before = events_made_;
    if (on_sound_header(packet)) note_alive(now, packet.header.send_time_ns, events_before);
    publish();
    return true;
  }

  // Tells silence when the line has been quiet too long; true when it just did. Call it now and
  // then.
  bool check_line(TimeNs now) {
    if (!watching_) {
      watching_ = true;
      heard_ = now;
    }
    const bool quiet = now - heard_ >= config_.silent_after;
    const bool may_say =
        state_ != FeedState::kSilent && state_ != FeedState::kEnded && queue_.room() > 0;
    if (!quiet || !may_say) return false;
    ++counters_.silences;
    push_line_state(FeedState::kSilent, 0);
    publish();
    return true;
  }

  // Hands over what waits for room in the ring; returns how many events.
  int flush() { return queue_.flush(); }

  bool has_waiting() const { return queue_.waiting() != 0; }
  FeedState state() const { return state_; }
  const SequenceTracker& tracker() const { return tracker_; }
  const LastFault& last_fault() const { return last_fault_; }

  // Any thread.
  TopsFeedCounts counts() const { return counters_.snapshot(); }

  // --- the decoder's handler; public for it alone ------------------------------------------------

  void on_message(const tops::MessageMeta& meta, const tops::Quote& m) {
    if (meta.sequence < first_new_) return;
    const InstrumentId id = find(m.symbol);
    if (!id.valid()) return;
    ++counters_.quotes;
    Event event = Event::make(EventType::kQuote, config_.line, id.value);
    event.flags = kQuoteTellsPhase;  // TOPS marks each quote of the pre- and post-market session
    if ((m.flags & tops::kFlagHalted) != 0) event.flags |= kQuoteHalted;
    if ((m.flags & tops::kFlagPrePost) != 0) event.flags |= kQuoteOutsideRegular;
    QuotePayload& quote = event.payload.quote;
    quote.exchange_ts = m.ts_ns;
    quote.bid = price(m.bid);
    quote.ask = price(m.ask);
    quote.bid_size = Quantity::from_whole(m.bid_size);
    quote.ask_size = Quantity::from_whole(m.ask_size);
    push(event);
  }
  void on_message(const tops::MessageMeta& meta, const tops::Trade& m) {
    if (meta.sequence < first_new_) return;
    if (push_trade(EventType::kTrade, m)) ++counters_.trades;
  }
  void on_message(const tops::MessageMeta&, const tops::TradeBreak& m) {
    if (push_trade(EventType::kTradeBreak, m)) ++counters_.breaks;
  }
  void on_message(const tops::MessageMeta& meta, const tops::TradingStatus& m) {
    if (meta.sequence < first_new_) return;
    const InstrumentId id = find(m.symbol);
    if (!id.valid()) return;
    status_[id.index()] = status_of(m.status);
    push_status(id, m.ts_ns, m.reason);
  }
  void on_message(const tops::MessageMeta& meta, const tops::OperationalHalt& m) {
    if (meta.sequence < first_new_) return;
    const InstrumentId id = find(m.symbol);
    if (!id.valid()) return;
    const std::uint8_t halted = m.status == 'O' ? 1 : 0;
    if (operational_halt_[id.index()] == halted) return;
    operational_halt_[id.index()] = halted;
    push_status(id, m.ts_ns, {'I', 'E', 'X', ' '});
  }
  void on_message(const tops::MessageMeta& meta, const tops::SystemEvent& m) {
    if (meta.sequence < first_new_) return;
    const VenuePhase phase = phase_of(m.event);
    if (phase == VenuePhase::kUnknown) return;
    push_phase(phase, m.ts_ns);
    if (m.event == 'C') push_line_state(FeedState::kEnded, m.ts_ns);
  }
  // Known, and nothing a portfolio acts on.
  template <typename Message>
  void on_message(const tops::MessageMeta&, const Message&) {}
  void on_unknown(const tops::MessageMeta&, char, std::size_t) { ++counters_.unknown_messages; }
  void on_malformed(const tops::MessageMeta& meta, char, std::size_t) {
    ++counters_.malformed_messages;
    last_fault_ = {"message_too_short", meta.sequence};
  }

 private:
  // The smallest message that becomes an event takes 12 bytes of a datagram; a packet may also tell
  // of a new session, a gap, an end and a life sign.
  static constexpr std::size_t kPacketEventsMax = kIexTpDatagramBytesMax / 12 + 8;
  static constexpr std::int64_t kRawPerWire = Price::kScale / tops::kPriceScale;

  struct Counters {
    Counter packets, messages, events, quotes, trades, breaks, statuses, unknown_symbols;
    Counter unknown_messages, malformed_messages, malformed_packets, absurd_prices, conflated;
    Counter refused_packets, silences;
    Counter line_packets, heartbeats, gaps, missing, late, duplicates, session_changes;
    Counter old_session_packets, implausible_packets;

    TopsFeedCounts snapshot() const {
      TopsFeedCounts c;
      c.packets = packets.value();
      c.messages = messages.value();
      c.events = events.value();
      c.quotes = quotes.value();
      c.trades = trades.value();
      c.breaks = breaks.value();
      c.statuses = statuses.value();
      c.unknown_symbols = unknown_symbols.value();
      c.unknown_messages = unknown_messages.value();
      c.malformed_messages = malformed_messages.value();
      c.malformed_packets = malformed_packets.value();
      c.absurd_prices = absurd_prices.value();
      c.conflated = conflated.value();
      c.refused_packets = refused_packets.value();
      c.silences = silences.value();
      c.sequence = {line_packets.value(),
                    heartbeats.value(),
                    gaps.value(),
                    missing.value(),
                    late.value(),
                    duplicates.value(),
                    session_changes.value(),
                    old_session_packets.value(),
                    implausible_packets.value()};
      return c;
    }
  };

  static InstrumentStatus status_of(char code) {
    switch (code) {
      case 'T':
        return InstrumentStatus::kTrading;
      case 'H':
        return InstrumentStatus::kHalted;
      case 'P':
        return InstrumentStatus::kPaused;
      case 'O':
        return InstrumentStatus::kOrderAcceptance;
      default:
        return InstrumentStatus::kUnknown;
    }
  }
  static VenuePhase phase_of(char code) {
    switch (code) {
      case 'O':
        return VenuePhase::kStartOfMessages;
      case 'S':
        return VenuePhase::kPreMarket;
      case 'R':
        return VenuePhase::kRegular;
      case 'M':
        return VenuePhase::kPostMarket;
      case 'E':
      case 'C':
        return VenuePhase::kEndOfMessages;
      default:
        return VenuePhase::kUnknown;
    }
  }

  // False when the packet does not belong to the stream.
  bool on_sound_header(const IexTpPacket& packet) {
    const IexTpHeader& header = packet.header;
    const SequenceVerdict verdict = tracker_.on_packet(header);
    if (verdict.drop) return false;
    if (verdict.new_session) begin_session(header);
    if (verdict.missing != 0 || verdict.new_session) push_gap(header, verdict);
    // Late messages are looked at for breaks only; duplicates not at all.
    first_new_ = header.first_sequence + verdict.skip;
    const WalkResult walked = tops::decode_packet(packet, verdict.late ? 0 : verdict.skip, *this);
    counters_.messages.add(walked.messages);
    if (walked.messages < header.message_count) tracker_.broke_off(header, walked.messages);
    if (walked.fault != PacketFault::kNone) {
      note_fault(walked.fault, header.first_sequence + walked.messages);
    }
    return true;
  }

  // What was known of the line is void: no phase, no statuses, and (by the gap event that follows)
  // no price until it is quoted anew.
  void begin_session(const IexTpHeader& header) {
    status_.assign(status_.size(), InstrumentStatus::kUnknown);
    operational_halt_.assign(operational_halt_.size(), 0);
    state_ = FeedState::kUnknown;
    push_phase(VenuePhase::kUnknown, header.send_time_ns);
  }

  InstrumentId find(const tops::WireSymbol& symbol) {
    const InstrumentId id = symbols_.find(symbol);
    if (!id.valid()) ++counters_.unknown_symbols;
    return id;
  }

  // A price beyond what Price holds becomes the farthest one, which the market state calls absurd.
  Price price(std::int64_t wire) {
    constexpr std::int64_t kWireMax = std::numeric_limits<std::int64_t>::max() / kRawPerWire;
    if (wire > kWireMax || wire < -kWireMax) {
      ++counters_.absurd_prices;
      return wire > 0 ? Price::max() : -Price::max();
    }
    return Price::from_raw(wire * kRawPerWire);
  }

  template <typename TradeLike>
  bool push_trade(EventType type, const TradeLike& m) {
    const InstrumentId id = find(m.symbol);
    if (!id.valid()) return false;
    Event event = Event::make(type, config_.line, id.value);
    if ((m.conditions & tops::kConditionNotLastSale) != 0) event.flags |= kTradeNotLastSale;
    if ((m.conditions & tops::kConditionIso) != 0) event.flags |= kTradeIntermarketSweep;
    if ((m.conditions & tops::kConditionCross) != 0) event.flags |= kTradeCross;
    TradePayload& trade = event.payload.trade;
    trade.exchange_ts = m.ts_ns;
    trade.price = price(m.price);
    trade.size = Quantity::from_whole(m.size);
    trade.trade_id = static_cast<std::uint64_t>(m.trade_id);
    push(event);
    return true;
  }

  void push_status(InstrumentId id, TimeNs ts, std::array<char, 4> reason) {
    ++counters_.statuses;
    Event event = Event::make(EventType::kInstrumentStatus, config_.line, id.value);
    StatusPayload& status = event.payload.status;
    status.exchange_ts = ts;
    status.status =
        operational_halt_[id.index()] != 0 ? InstrumentStatus::kHalted : status_[id.index()];
    status.reason.bytes = reason;
    push(event);
  }
  void push_phase(VenuePhase phase, TimeNs ts) {
    Event event = Event::make(EventType::kVenueSession, config_.line);
    event.payload.venue.exchange_ts = ts;
    event.payload.venue.phase = phase;
    push(event);
  }
  void push_gap(const IexTpHeader& header, const SequenceVerdict& verdict) {
    Event event = Event::make(EventType::kFeedGap, config_.line);
    FeedGapPayload& gap = event.payload.gap;
    gap.exchange_ts = header.send_time_ns;
    gap.session = header.session;
    gap.first_missing = static_cast<std::uint64_t>(verdict.first_missing);
    gap.count = verdict.missing;
    push(event);
  }
  void push_line_state(FeedState state, TimeNs ts) {
    state_ = state;
    Event event = Event::make(EventType::kFeedStatus, config_.line);
    event.payload.feed.exchange_ts = ts;
    event.payload.feed.state = state;
    push(event);
  }

  // A packet was heard. Says so when the line was silent or new, or nothing else has said it
  // lately.
  void note_alive(TimeNs now, TimeNs send_time, std::uint64_t events_before) {
    watching_ = true;
    heard_ = now;
    if (state_ == FeedState::kEnded) return;
    if (state_ != FeedState::kAlive ||
        (events_made_ == events_before && now - told_ >= config_.alive_every)) {
      push_line_state(FeedState::kAlive, send_time);
    }
    if (events_made_ != events_before) told_ = now;
  }

  void push(const Event& event) {
    queue_.push(event);
    ++events_made_;
  }
  void note_fault(PacketFault fault, std::int64_t sequence) {
    ++counters_.malformed_packets;
    last_fault_ = {to_string(fault), sequence};
  }
  void publish() {
    counters_.events.set(events_made_);
    counters_.conflated.set(queue_.conflated());
    const SequenceCounts& s = tracker_.counts();
    counters_.line_packets.set(s.packets);
    counters_.heartbeats.set(s.heartbeats);
    counters_.gaps.set(s.gaps);
    counters_.missing.set(s.missing);
    counters_.late.set(s.late);
    counters_.duplicates.set(s.duplicates);
    counters_.session_changes.set(s.session_changes);
    counters_.old_session_packets.set(s.old_session_packets);
    counters_.implausible_packets.set(s.implausible_packets);
  }

  TopsFeedConfig config_;
  const SymbolMap& symbols_;
  ConflatingQueue queue_;
  SequenceTracker tracker_;
  std::vector<InstrumentStatus> status_;        // as the exchange last said, by instrument
  std::vector<std::uint8_t> operational_halt_;  // halted on this venue alone
  std::int64_t first_new_ = 0;                  // of the packet at hand
  std::uint64_t events_made_ = 0;
  FeedState state_ = FeedState::kUnknown;
  bool watching_ = false;
  TimeNs heard_ = 0;  // when the last packet came
  TimeNs told_ = 0;   // when the last event was made
  LastFault last_fault_;
  Counters counters_;
};

}  // namespace evenkeel::feeds
