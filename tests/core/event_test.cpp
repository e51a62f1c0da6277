#include "core/event.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <vector>

#include "core/intent.hpp"

namespace evenkeel {
namespace {

// A type whose every byte belongs to a value has no padding that could go uninitialised into a
// ring or a file.
static_assert(std::has_unique_object_representations_v<QuotePayload>);
static_assert(std::has_unique_object_representations_v<TradePayload>);
static_assert(std::has_unique_object_representations_v<StatusPayload>);
static_assert(std::has_unique_object_representations_v<VenueSessionPayload>);
static_assert(std::has_unique_object_representations_v<FeedGapPayload>);
static_assert(std::has_unique_object_representations_v<FeedStatusPayload>);
static_assert(std::has_unique_object_representations_v<ExecutionPayload>);
static_assert(std::has_unique_object_representations_v<CancelRejectPayload>);
static_assert(std::has_unique_object_representations_v<SessionStatusPayload>);
static_assert(std::has_unique_object_representations_v<CashFlowPayload>);
static_assert(std::has_unique_object_representations_v<SignalPayload>);
static_assert(std::has_unique_object_representations_v<CommandPayload>);
static_assert(std::has_unique_object_representations_v<EngineStartPayload>);
static_assert(std::has_unique_object_representations_v<Cause>);
static_assert(std::has_unique_object_representations_v<Intent>);

// The sequencer reads the exchange's time of any market event through the quote.
static_assert(offsetof(QuotePayload, exchange_ts) == 0 && offsetof(TradePayload, exchange_ts) == 0);
static_assert(offsetof(StatusPayload, exchange_ts) == 0);
static_assert(offsetof(VenueSessionPayload, exchange_ts) == 0);
static_assert(offsetof(FeedGapPayload, exchange_ts) == 0);
static_assert(offsetof(FeedStatusPayload, exchange_ts) == 0);

TEST(Event, HasTheOffsetsThatFilesRelyOn) {
  EXPECT_EQ(sizeof(Event), 192U);
  EXPECT_EQ(offsetof(Event, sequence), 0U);
  EXPECT_EQ(offsetof(Event, ts), 8U);
  EXPECT_EQ(offsetof(Event, type), 16U);
  EXPECT_EQ(offsetof(Event, flags), 17U);
  EXPECT_EQ(offsetof(Event, source), 18U);
  EXPECT_EQ(offsetof(Event, subject), 20U);
  EXPECT_EQ(offsetof(Event, payload), 24U);
  EXPECT_EQ(offsetof(ExecutionPayload, exec_id), 56U);
  EXPECT_EQ(offsetof(ExecutionPayload, broker_order_id), 136U);
  EXPECT_EQ(offsetof(QuotePayload, bid), 8U);
  EXPECT_EQ(offsetof(QuotePayload, ask_size), 32U);
}

TEST(Intent, HasTheOffsetsThatFilesRelyOn) {
  EXPECT_EQ(sizeof(Intent), 192U);
  EXPECT_EQ(offsetof(Intent, index), 16U);
  EXPECT_EQ(offsetof(Intent, type), 20U);
  EXPECT_EQ(offsetof(Intent, order_id), 24U);
  EXPECT_EQ(offsetof(Intent, portfolio), 40U);
  EXPECT_EQ(offsetof(Intent, quantity), 48U);
  EXPECT_EQ(offsetof(Intent, alert), 88U);
  EXPECT_EQ(offsetof(Intent, cause), 104U);
  EXPECT_EQ(offsetof(Intent, text), 152U);
}

/// Constructs a T by `make` in memory full of `noise` and returns its bytes.
template <class T, class Make>
std::vector<std::byte> bytes_over(std::byte noise, Make make) {
  alignas(T) std::byte memory[sizeof(T)];
  std::memset(memory, static_cast<int>(noise), sizeof memory);
  T* made = make(memory);
  std::vector<std::byte> bytes(sizeof(T));
  std::memcpy(bytes.data(), made, sizeof(T));
  return bytes;
}

TEST(Event, NoByteIsLeftAsItWas) {
  const auto make = [](void* memory) {
    auto* event = new (memory) Event(Event::make(EventType::kQuote, SourceId{3}, 17));
    event->payload.quote = {.exchange_ts = 5,
                            .bid = Price::from_raw(1),
                            .ask = Price::from_raw(2),
                            .bid_size = Quantity::from_raw(3),
                            .ask_size = Quantity::from_raw(4)};
    return event;
  };
  const auto a = bytes_over<Event>(std::byte{0xaa}, make);
  EXPECT_EQ(a, bytes_over<Event>(std::byte{0x55}, make));
  // Beyond the market payload everything is zero: that is what `event_bytes` promises.
  for (std::size_t i = event_bytes(EventType::kQuote); i < sizeof(Event); ++i) {
    EXPECT_EQ(a[i], std::byte{0}) << i;
  }
}

TEST(Intent, NoByteIsLeftAsItWas) {
  const auto make = [](void* memory) { return new (memory) Intent{}; };
  EXPECT_EQ(bytes_over<Intent>(std::byte{0xaa}, make), bytes_over<Intent>(std::byte{0x55}, make));
}

TEST(Event, PayloadsFitIntoTheBytesThatAreCopied) {
  constexpr std::size_t kHeader = offsetof(Event, payload);
  EXPECT_EQ(event_bytes(EventType::kExecution), kHeader + sizeof(ExecutionPayload));
  for (const std::size_t size :
       {sizeof(QuotePayload), sizeof(TradePayload), sizeof(StatusPayload),
        sizeof(VenueSessionPayload), sizeof(FeedGapPayload), sizeof(FeedStatusPayload),
        sizeof(CancelRejectPayload), sizeof(SessionStatusPayload), sizeof(CashFlowPayload),
        sizeof(SignalPayload), sizeof(CommandPayload), sizeof(EngineStartPayload),
        sizeof(SendAttemptPayload)}) {
    EXPECT_LE(kHeader + size, 64U);
  }
  for (int type = 0; type <= static_cast<int>(kEventTypeLast); ++type) {
    const auto t = static_cast<EventType>(type);
    EXPECT_EQ(event_bytes(t), t == EventType::kExecution ? 192U : 64U) << type;
  }
}

TEST(Event, OnlyQuotesAndTradesMayBeConflated) {
  for (int type = 0; type <= static_cast<int>(kEventTypeLast); ++type) {
    const auto t = static_cast<EventType>(type);
    EXPECT_EQ(conflatable(t), t == EventType::kQuote || t == EventType::kTrade) << type;
  }
}

TEST(Event, MakeNamesItsSubject) {
  const Event event = Event::make(EventType::kCashFlow, SourceId{2}, 9);
  EXPECT_EQ(event.type, EventType::kCashFlow);
  EXPECT_EQ(event.source, SourceId{2});
  EXPECT_EQ(event.portfolio(), PortfolioId{9});
  EXPECT_EQ(event.instrument(), InstrumentId{9});
  EXPECT_FALSE(Event::make(EventType::kClock, SourceId::none()).portfolio().valid());
}

}  // namespace
}  // namespace evenkeel
