// Builds IEX-TP packets of TOPS messages in a buffer of its own: for the synthetic market, for
// tests, and for fuzz seeds. The inverse of tops.hpp. Never allocates and never sends.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "feeds/iex_tp.hpp"
#include "feeds/tops.hpp"
#include "feeds/wire.hpp"

namespace evenkeel::feeds::tops {

namespace detail {

inline void store_char(std::byte* at, char value) { *at = static_cast<std::byte>(value); }
inline void store_u8(std::byte* at, std::uint8_t value) { *at = std::byte{value}; }

// Type, the byte after it, time and symbol stand alike in every message but the system event.
template <typename Byte>
void write_front(std::byte* at, char type, Byte second, std::int64_t ts_ns,
                 const WireSymbol& symbol) {
  store_char(at, type);
  at[1] = static_cast<std::byte>(second);
  store_le(at + 2, ts_ns);
  std::memcpy(at + 10, symbol.chars.data(), symbol.chars.size());
}

inline void write(std::byte* at, const Quote& m) {
  write_front(at, 'Q', m.flags, m.ts_ns, m.symbol);
  store_le(at + 18, m.bid_size);
  store_le(at + 22, m.bid);
  store_le(at + 30, m.ask);
  store_le(at + 38, m.ask_size);
}
template <typename TradeLike>
void write_trade_like(std::byte* at, const TradeLike& m) {
  write_front(at, kWireType<TradeLike>, m.conditions, m.ts_ns, m.symbol);
  store_le(at + 18, m.size);
  store_le(at + 22, m.price);
  store_le(at + 30, m.trade_id);
}
inline void write(std::byte* at, const Trade& m) { write_trade_like(at, m); }
inline void write(std::byte* at, const TradeBreak& m) { write_trade_like(at, m); }
inline void write(std::byte* at, const SystemEvent& m) {
  store_char(at, 'S');
  store_char(at + 1, m.event);
  store_le(at + 2, m.ts_ns);
}
inline void write(std::byte* at, const SecurityDirectory& m) {
  write_front(at, 'D', m.flags, m.ts_ns, m.symbol);
  store_le(at + 18, m.round_lot);
  store_le(at + 22, m.adjusted_close);
  store_u8(at + 30, m.luld_tier);
}
inline void write(std::byte* at, const TradingStatus& m) {
  write_front(at, 'H', m.status, m.ts_ns, m.symbol);
  std::memcpy(at + 18, m.reason.data(), m.reason.size());
}
inline void write(std::byte* at, const OperationalHalt& m) {
  write_front(at, 'O', m.status, m.ts_ns, m.symbol);
}
inline void write(std::byte* at, const ShortSaleTest& m) {
  write_front(at, 'P', m.status, m.ts_ns, m.symbol);
  store_char(at + 18, m.detail);
}
inline void write(std::byte* at, const RetailLiquidity& m) {
  write_front(at, 'I', m.indicator, m.ts_ns, m.symbol);
}
inline void write(std::byte* at, const OfficialPrice& m) {
  write_front(at, 'X', m.kind, m.ts_ns, m.symbol);
  store_le(at + 18, m.price);
}
inline void write(std::byte* at, const AuctionInfo& m) {
  write_front(at, 'A', m.auction, m.ts_ns, m.symbol);
  store_le(at + 18, m.paired_size);
  store_le(at + 22, m.reference_price);
  store_le(at + 30, m.indicative_price);
  store_le(at + 38, m.imbalance_size);
  store_char(at + 42, m.imbalance_side);
  store_u8(at + 43, m.extensions);
  store_le(at + 44, m.auction_time_s);
  store_le(at + 48, m.book_price);
  store_le(at + 56, m.collar_reference);
  store_le(at + 64, m.collar_low);
  store_le(at + 72, m.collar_high);
}

}  // namespace detail

// One stream of packets: keeps session, channel, next sequence and stream offset between packets.
class PacketWriter {
 public:
  static constexpr std::size_t kDatagramBytesMax = 1'472;  // what fits an Ethernet frame

  PacketWriter(std::uint32_t session, std::uint32_t channel, std::int64_t first_sequence = 1,
               std::int64_t stream_offset = 0)
      : session_(session),
        channel_(channel),
        sequence_(first_sequence),
        stream_offset_(stream_offset) {}

  // False when the packet is full: take it with finish() and add again.
  template <typename Message>
  bool add(const Message& message) {
    std::byte* at = reserve(kWireBytes<Message>);
    if (at == nullptr) return false;
    detail::write(at, message);
    return true;
  }
  // Any bytes as a message: types from the future, malformed ones.
  bool add_raw(std::span<const std::byte> message) {
    std::byte* at = reserve(message.size());
    if (at == nullptr) return false;
    if (!message.empty()) std::memcpy(at, message.data(), message.size());
    return true;
  }

  bool empty() const { return count_ == 0; }
  std::uint16_t count() const { return count_; }
  std::uint32_t session() const { return session_; }
  std::uint32_t channel() const { return channel_; }
  std::int64_t next_sequence() const { return sequence_ + count_; }

  // Completes the packet and begins the next. With no message added this is a heartbeat. The bytes
  // stay as they are until the next call of add, add_raw or finish.
  std::span<const std::byte> finish(std::int64_t send_time_ns) {
    std::byte* at = bytes_.data();
    const std::size_t payload = used_ - kIexTpHeaderBytes;
    detail::store_u8(at, kIexTpVersion);
    detail::store_u8(at + 1, 0);
    store_le(at + 2, kTopsProtocol);
    store_le(at + 4, channel_);
    store_le(at + 8, session_);
    store_le(at + 12, static_cast<std::uint16_t>(payload));
    store_le(at + 14, count_);
    store_le(at + 16, stream_offset_);
    store_le(at + 24, sequence_);
    store_le(at + 32, send_time_ns);
    const std::span<const std::byte> packet(bytes_.data(), used_);
    stream_offset_ += static_cast<std::int64_t>(payload);
    sequence_ += count_;
    count_ = 0;
    used_ = kIexTpHeaderBytes;
    return packet;
  }

 private:
  std::byte* reserve(std::size_t length) {
    if (used_ + 2 + length > kDatagramBytesMax) return nullptr;
    std::byte* at = bytes_.data() + used_;
    store_le(at, static_cast<std::uint16_t>(length));
    used_ += 2 + length;
    ++count_;
    return at + 2;
  }

  std::uint32_t session_;
  std::uint32_t channel_;
  std::int64_t sequence_;
  std::int64_t stream_offset_;
  std::size_t used_ = kIexTpHeaderBytes;
  std::uint16_t count_ = 0;
  std::array<std::byte, kDatagramBytesMax> bytes_{};
};

}  // namespace evenkeel::feeds::tops
