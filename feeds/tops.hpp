// IEX TOPS 1.66 messages: wire values as they are (prices are raw 1e-4 dollars, times are ns since
// 1970 UTC), handed to a handler by type. Never throws, allocates, or interprets: what a flag means
// for trading is decided in tops_feed.hpp. Messages longer than known are read by their known
// front; shorter ones are reported as malformed and skipped, the rest of the packet goes on.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "feeds/iex_tp.hpp"
#include "feeds/wire.hpp"

namespace evenkeel::feeds::tops {

// Eight characters, padded with spaces on the right. Whatever bytes were on the wire.
struct WireSymbol {
  std::array<char, 8> chars{};

  // Without the padding. Refers to this object.
  std::string_view view() const {
    std::size_t size = chars.size();
    while (size > 0 && chars[size - 1] == ' ') --size;
    return {chars.data(), size};
  }
  std::uint64_t key() const {
    std::uint64_t bits;
    std::memcpy(&bits, chars.data(), sizeof bits);
    return bits;
  }
  // Empty when the text is longer than eight characters or empty.
  static constexpr std::optional<WireSymbol> from(std::string_view text) {
    WireSymbol symbol;
    if (text.empty() || text.size() > symbol.chars.size()) return std::nullopt;
    symbol.chars.fill(' ');
    for (std::size_t i = 0; i < text.size(); ++i) symbol.chars[i] = text[i];
    return symbol;
  }
  auto operator<=>(const WireSymbol&) const = default;
};
static_assert(sizeof(WireSymbol) == 8);

inline constexpr std::int64_t kPriceScale = 10'000;  // raw price units in one dollar

// Quote flags.
inline constexpr std::uint8_t kFlagHalted = 0x80;   // halted, paused or not available on IEX
inline constexpr std::uint8_t kFlagPrePost = 0x40;  // outside the regular session
// Trade (and break) condition flags.
inline constexpr std::uint8_t kConditionIso = 0x80;
inline constexpr std::uint8_t kConditionExtendedHours = 0x40;
inline constexpr std::uint8_t kConditionOddLot = 0x20;
inline constexpr std::uint8_t kConditionTradeThroughExempt = 0x10;
inline constexpr std::uint8_t kConditionCross = 0x08;
inline constexpr std::uint8_t kConditionNotLastSale = kConditionExtendedHours | kConditionOddLot;

struct Quote {  // 'Q'; all prices and sizes zero: no quote
  std::uint8_t flags = 0;
  std::int64_t ts_ns = 0;
  WireSymbol symbol;
  std::uint32_t bid_size = 0;
  std::int64_t bid = 0;
  std::int64_t ask = 0;
  std::uint32_t ask_size = 0;
  bool operator==(const Quote&) const = default;
};
struct Trade {  // 'T'
  std::uint8_t conditions = 0;
  std::int64_t ts_ns = 0;
  WireSymbol symbol;
  std::uint32_t size = 0;
  std::int64_t price = 0;
  std::int64_t trade_id = 0;
  bool operator==(const Trade&) const = default;
};
struct TradeBreak {  // 'B': the trade with this id never was
  std::uint8_t conditions = 0;
  std::int64_t ts_ns = 0;
  WireSymbol symbol;
  std::uint32_t size = 0;
  std::int64_t price = 0;
  std::int64_t trade_id = 0;
  bool operator==(const TradeBreak&) const = default;
};
struct SystemEvent {  // 'S'; O messages start, S system hours, R regular hours, M, E, C: their ends
  char event = ' ';
  std::int64_t ts_ns = 0;
  bool operator==(const SystemEvent&) const = default;
};
struct SecurityDirectory {  // 'D'
  std::uint8_t flags = 0;
  std::int64_t ts_ns = 0;
  WireSymbol symbol;
  std::uint32_t round_lot = 0;
  std::int64_t adjusted_close = 0;
  std::uint8_t luld_tier = 0;
  bool operator==(const SecurityDirectory&) const = default;
};
struct TradingStatus {  // 'H'; H halted, O order acceptance, P paused, T trading
  char status = ' ';
  std::int64_t ts_ns = 0;
  WireSymbol symbol;
  std::array<char, 4> reason{};
  bool operator==(const TradingStatus&) const = default;
};
struct OperationalHalt {  // 'O'; O halted on IEX, N not halted
  char status = ' ';
  std::int64_t ts_ns = 0;
  WireSymbol symbol;
  bool operator==(const OperationalHalt&) const = default;
};
struct ShortSaleTest {  // 'P'
  std::uint8_t status = 0;
  std::int64_t ts_ns = 0;
  WireSymbol symbol;
  char detail = ' ';
  bool operator==(const ShortSaleTest&) const = default;
};
struct RetailLiquidity {  // 'I'
  char indicator = ' ';
  std::int64_t ts_ns = 0;
  WireSymbol symbol;
  bool operator==(const RetailLiquidity&) const = default;
};
struct OfficialPrice {  // 'X'; Q opening, M closing
  char kind = ' ';
  std::int64_t ts_ns = 0;
  WireSymbol symbol;
  std::int64_t price = 0;
  bool operator==(const OfficialPrice&) const = default;
};
struct AuctionInfo {  // 'A'
  char auction = ' ';
  std::int64_t ts_ns = 0;
  WireSymbol symbol;
  std::uint32_t paired_size = 0;
  std::int64_t reference_price = 0;
  std::int64_t indicative_price = 0;
  std::uint32_t imbalance_size = 0;
  char imbalance_side = ' ';
  std::uint8_t extensions = 0;
  std::uint32_t auction_time_s = 0;  // seconds since 1970 UTC
  std::int64_t book_price = 0;
  std::int64_t collar_reference = 0;
  std::int64_t collar_low = 0;
  std::int64_t collar_high = 0;
  bool operator==(const AuctionInfo&) const = default;
};

// Bytes on the wire, type byte included, without the block length.
template <typename Message>
inline constexpr std::size_t kWireBytes = 0;
template <>
inline constexpr std::size_t kWireBytes<Quote> = 42;
template <>
inline constexpr std::size_t kWireBytes<Trade> = 38;
template <>
inline constexpr std::size_t kWireBytes<TradeBreak> = 38;
template <>
inline constexpr std::size_t kWireBytes<SystemEvent> = 10;
template <>
inline constexpr std::size_t kWireBytes<SecurityDirectory> = 31;
template <>
inline constexpr std::size_t kWireBytes<TradingStatus> = 22;
template <>
inline constexpr std::size_t kWireBytes<OperationalHalt> = 18;
template <>
inline constexpr std::size_t kWireBytes<ShortSaleTest> = 19;
template <>
inline constexpr std::size_t kWireBytes<RetailLiquidity> = 18;
template <>
inline constexpr std::size_t kWireBytes<OfficialPrice> = 26;
template <>
inline constexpr std::size_t kWireBytes<AuctionInfo> = 80;

// The type byte of each message.
template <typename Message>
inline constexpr char kWireType = '\0';
template <>
inline constexpr char kWireType<Quote> = 'Q';
template <>
inline constexpr char kWireType<Trade> = 'T';
template <>
inline constexpr char kWireType<TradeBreak> = 'B';
template <>
inline constexpr char kWireType<SystemEvent> = 'S';
template <>
inline constexpr char kWireType<SecurityDirectory> = 'D';
template <>
inline constexpr char kWireType<TradingStatus> = 'H';
template <>
inline constexpr char kWireType<OperationalHalt> = 'O';
template <>
inline constexpr char kWireType<ShortSaleTest> = 'P';
template <>
inline constexpr char kWireType<RetailLiquidity> = 'I';
template <>
inline constexpr char kWireType<OfficialPrice> = 'X';
template <>
inline constexpr char kWireType<AuctionInfo> = 'A';

namespace detail {

inline char load_char(const std::byte* at) { return static_cast<char>(*at); }
inline std::uint8_t load_u8(const std::byte* at) { return std::to_integer<std::uint8_t>(*at); }
inline WireSymbol load_symbol(const std::byte* at) {
  WireSymbol symbol;
  std::memcpy(symbol.chars.data(), at, symbol.chars.size());
  return symbol;
}

// Each reads one message. Precondition: kWireBytes<Message> bytes at `at`, the type byte first.
inline void read(const std::byte* at, Quote& out) {
  out.flags = load_u8(at + 1);
  out.ts_ns = load_le<std::int64_t>(at + 2);
  out.symbol = load_symbol(at + 10);
  out.bid_size = load_le<std::uint32_t>(at + 18);
  out.bid = load_le<std::int64_t>(at + 22);
  out.ask = load_le<std::int64_t>(at + 30);
  out.ask_size = load_le<std::uint32_t>(at + 38);
}
template <typename TradeLike>
void read_trade_like(const std::byte* at, TradeLike& out) {
  out.conditions = load_u8(at + 1);
  out.ts_ns = load_le<std::int64_t>(at + 2);
  out.symbol = load_symbol(at + 10);
  out.size = load_le<std::uint32_t>(at + 18);
  out.price = load_le<std::int64_t>(at + 22);
  out.trade_id = load_le<std::int64_t>(at + 30);
}
inline void read(const std::byte* at, Trade& out) { read_trade_like(at, out); }
inline void read(const std::byte* at, TradeBreak& out) { read_trade_like(at, out); }
inline void read(const std::byte* at, SystemEvent& out) {
  out.event = load_char(at + 1);
  out.ts_ns = load_le<std::int64_t>(at + 2);
}
inline void read(const std::byte* at, SecurityDirectory& out) {
  out.flags = load_u8(at + 1);
  out.ts_ns = load_le<std::int64_t>(at + 2);
  out.symbol = load_symbol(at + 10);
  out.round_lot = load_le<std::uint32_t>(at + 18);
  out.adjusted_close = load_le<std::int64_t>(at + 22);
  out.luld_tier = load_u8(at + 30);
}
inline void read(const std::byte* at, TradingStatus& out) {
  out.status = load_char(at + 1);
  out.ts_ns = load_le<std::int64_t>(at + 2);
  out.symbol = load_symbol(at + 10);
  std::memcpy(out.reason.data(), at + 18, out.reason.size());
}
inline void read(const std::byte* at, OperationalHalt& out) {
  out.status = load_char(at + 1);
  out.ts_ns = load_le<std::int64_t>(at + 2);
  out.symbol = load_symbol(at + 10);
}
inline void read(const std::byte* at, ShortSaleTest& out) {
  out.status = load_u8(at + 1);
  out.ts_ns = load_le<std::int64_t>(at + 2);
  out.symbol = load_symbol(at + 10);
  out.detail = load_char(at + 18);
}
inline void read(const std::byte* at, RetailLiquidity& out) {
  out.indicator = load_char(at + 1);
  out.ts_ns = load_le<std::int64_t>(at + 2);
  out.symbol = load_symbol(at + 10);
}
inline void read(const std::byte* at, OfficialPrice& out) {
  out.kind = load_char(at + 1);
  out.ts_ns = load_le<std::int64_t>(at + 2);
  out.symbol = load_symbol(at + 10);
  out.price = load_le<std::int64_t>(at + 18);
}
inline void read(const std::byte* at, AuctionInfo& out) {
  out.auction = load_char(at + 1);
  out.ts_ns = load_le<std::int64_t>(at + 2);
  out.symbol = load_symbol(at + 10);
  out.paired_size = load_le<std::uint32_t>(at + 18);
  out.reference_price = load_le<std::int64_t>(at + 22);
  out.indicative_price = load_le<std::int64_t>(at + 30);
  out.imbalance_size = load_le<std::uint32_t>(at + 38);
  out.imbalance_side = load_char(at + 42);
  out.extensions = load_u8(at + 43);
  out.auction_time_s = load_le<std::uint32_t>(at + 44);
  out.book_price = load_le<std::int64_t>(at + 48);
  out.collar_reference = load_le<std::int64_t>(at + 56);
  out.collar_low = load_le<std::int64_t>(at + 64);
  out.collar_high = load_le<std::int64_t>(at + 72);
}

}  // namespace detail

// Where a message stood in the stream.
struct MessageMeta {
  std::int64_t sequence = 0;
  std::int64_t send_time_ns = 0;  // of its packet
};

// A handler has on_message(meta, M) for every message type above, and:
//   on_unknown(meta, type, length): a type this decoder does not know;
//   on_malformed(meta, type, length): a known type with too few bytes, or an empty message (type
//   0).
template <typename Handler>
void decode_message(const MessageMeta& meta, std::span<const std::byte> message, Handler& handler) {
  if (message.empty()) {
    handler.on_malformed(meta, '\0', std::size_t{0});
    return;
  }
  const char type = detail::load_char(message.data());
  const auto deliver = [&]<typename Message>(Message value) {
    if (message.size() < kWireBytes<Message>) {
      handler.on_malformed(meta, type, message.size());
      return;
    }
    detail::read(message.data(), value);
    handler.on_message(meta, static_cast<const Message&>(value));
  };
  switch (type) {
    case kWireType<Quote>:
      return deliver(Quote{});
    case kWireType<Trade>:
      return deliver(Trade{});
    case kWireType<TradeBreak>:
      return deliver(TradeBreak{});
    case kWireType<SystemEvent>:
      return deliver(SystemEvent{});
    case kWireType<SecurityDirectory>:
      return deliver(SecurityDirectory{});
    case kWireType<TradingStatus>:
      return deliver(TradingStatus{});
    case kWireType<OperationalHalt>:
      return deliver(OperationalHalt{});
    case kWireType<ShortSaleTest>:
      return deliver(ShortSaleTest{});
    case kWireType<RetailLiquidity>:
      return deliver(RetailLiquidity{});
    case kWireType<OfficialPrice>:
      return deliver(OfficialPrice{});
    case kWireType<AuctionInfo>:
      return deliver(AuctionInfo{});
    default:
      handler.on_unknown(meta, type, message.size());
  }
}

// Decodes the messages of a packet from number `skip` on (those already seen on another line or in
// an earlier packet). Precondition: packet.usable(). The result counts skipped messages, too.
template <typename Handler>
WalkResult decode_packet(const IexTpPacket& packet, std::uint16_t skip, Handler& handler) {
  const std::int64_t from = packet.header.first_sequence + skip;
  const std::int64_t send_time_ns = packet.header.send_time_ns;
  return walk_messages(packet, [&](std::int64_t sequence, std::span<const std::byte> message) {
    if (sequence < from) return;
    decode_message(MessageMeta{sequence, send_time_ns}, message, handler);
  });
}

}  // namespace evenkeel::feeds::tops
