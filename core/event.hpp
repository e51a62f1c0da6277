// Everything the desk learns, as one record of plain bytes. The sequencer numbers and stamps
// events; after that they never change, and the engine is a function of them alone.
//
// The first 64 bytes hold all of a market-data event, so rings and the journal may copy
// `event_bytes(type)` bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "core/ids.hpp"
#include "core/text.hpp"
#include "core/time.hpp"
#include "core/units.hpp"

namespace evenkeel {

enum class EventType : std::uint8_t {
  kNone = 0,
  kQuote = 1,             // subject: instrument
  kTrade = 2,             // subject: instrument
  kTradeBreak = 3,        // subject: instrument
  kInstrumentStatus = 4,  // subject: instrument
  kVenueSession = 5,      // subject: unused; source: the feed line
  kFeedGap = 6,           // source: the feed line
  kFeedStatus = 7,        // source: the feed line
  kExecution = 8,         // subject: instrument as the session mapped it, or none
  kCancelReject = 9,      // subject: unused
  kSessionStatus = 10,    // source: the FIX session
  kCashFlow = 11,         // subject: portfolio
  kSignal = 12,           // subject: number of the named signal
  kCommand = 13,          // subject: portfolio, or none for the desk
  kClock = 14,            // time passes; nothing else
  kEngineStart = 15,      // first event of a run
  kSendAttempt = 16,      // source: the FIX session; subject: unused
};
/// The types are numbered without a gap up to this one.
inline constexpr EventType kEventTypeLast = EventType::kSendAttempt;

/// Quote flags.
inline constexpr std::uint8_t kQuoteHalted = 0x01;
inline constexpr std::uint8_t kQuoteOutsideRegular = 0x02;  // pre- or post-market
/// The line marks every quote from outside regular hours, so one without kQuoteOutsideRegular is
/// from within. Set only by a decoder whose format says so with each quote.
inline constexpr std::uint8_t kQuoteTellsPhase = 0x04;
/// Trade flags.
inline constexpr std::uint8_t kTradeNotLastSale =
    0x01;  // odd lot, extended hours, late: not for a last price
inline constexpr std::uint8_t kTradeIntermarketSweep = 0x02;
inline constexpr std::uint8_t kTradeCross = 0x04;

/// Best bid and offer. A side with zero price or size is absent.
struct QuotePayload {
  TimeNs exchange_ts;
  Price bid;
  Price ask;
  Quantity bid_size;
  Quantity ask_size;
};

/// A trade, or the breaking of one (same fields, naming the broken trade).
struct TradePayload {
  TimeNs exchange_ts;
  Price price;
  Quantity size;
  std::uint64_t trade_id;
  std::uint64_t reserved;
};

enum class InstrumentStatus : std::uint8_t {
  kUnknown = 0,
  kTrading = 1,
  kHalted = 2,
  kPaused = 3,
  kOrderAcceptance = 4,  // auction building up; no continuous trading
  kClosed = 5,
};

struct StatusPayload {
  TimeNs exchange_ts;
  InstrumentStatus status;
  std::uint8_t reserved[3];
  Text<4> reason;
  std::uint8_t reserved2[24];
};

enum class VenuePhase : std::uint8_t {
  kUnknown = 0,
  kStartOfMessages = 1,
  kPreMarket = 2,
  kRegular = 3,
  kPostMarket = 4,
  kEndOfMessages = 5,
};

struct VenueSessionPayload {
  TimeNs exchange_ts;
  VenuePhase phase;
  std::uint8_t reserved[31];
};

/// Messages lost on a line: [first_missing, first_missing + count).
struct FeedGapPayload {
  TimeNs exchange_ts;
  std::uint64_t session;
  std::uint64_t first_missing;
  std::uint64_t count;
  std::uint64_t reserved;
};

enum class FeedState : std::uint8_t { kUnknown = 0, kAlive = 1, kSilent = 2, kEnded = 3 };

struct FeedStatusPayload {
  TimeNs exchange_ts;
  FeedState state;
  std::uint8_t reserved[31];
};

/// FIX 4.4 ExecType (150), reduced to what changes state.
enum class ExecType : std::uint8_t {
  kNone = 0,
  kPendingNew,
  kNew,
  kTrade,         // F, and the fills of FIX 4.2
  kTradeCorrect,  // G
  kTradeCancel,   // H: a bust
  kPendingCancel,
  kCanceled,
  kPendingReplace,
  kReplaced,
  kRejected,
  kExpired,
  kDoneForDay,
  kStopped,
  kSuspended,
  kRestated,
  kStatus,  // I: an answer to a status request, never a fill
};

/// Fills, corrections and busts: what changes a position, and nothing else does.
constexpr bool moves_position(ExecType type) {
  return type == ExecType::kTrade || type == ExecType::kTradeCorrect ||
         type == ExecType::kTradeCancel;
}

/// FIX OrdStatus (39) as the counterparty reports it.
enum class OrdStatus : std::uint8_t {
  kNone = 0,
  kPendingNew,
  kNew,
  kPartiallyFilled,
  kFilled,
  kDoneForDay,
  kPendingCancel,
  kCanceled,
  kPendingReplace,
  kReplaced,
  kStopped,
  kSuspended,
  kRejected,
  kExpired,
};

enum class Side : std::uint8_t { kNone = 0, kBuy = 1, kSell = 2 };

/// FIX ids are at most this long here; a longer one is refused at the session, never cut.
using FixId = Text<40>;

/// Tag 1 of a copied report: PortfolioId + 1, or one of these.
inline constexpr std::uint32_t kAccountNotGiven = 0;
inline constexpr std::uint32_t kAccountForeign = 0xffffffff;

struct ExecutionPayload {
  OrderId order_id;       // from ClOrdID; 0 when it is none of ours
  OrderId orig_order_id;  // from OrigClOrdID; 0 when absent
  Quantity last_quantity;
  Price last_price;
  Quantity cumulative_quantity;
  Quantity leaves_quantity;
  ExecType exec_type;
  OrdStatus ord_status;
  Side side;
  std::uint8_t poss_dup;  // 43=Y
  union {
    std::uint32_t reject_reason;   // tag 103 + 1, 0 when absent
    std::uint32_t copied_account;  // of a report on a drop-copy session, see below
  };
  FixId exec_id;
  FixId exec_ref_id;
  Text<32> broker_order_id;
};

struct CancelRejectPayload {
  OrderId order_id;       // the cancel or replace request
  OrderId orig_order_id;  // the order it was about
  OrdStatus ord_status;
  std::uint8_t response_to;  // FIX 434: 1 cancel, 2 replace
  std::uint8_t reserved[2];
  std::uint32_t reject_reason;  // tag 102 + 1, 0 when absent
};

enum class SessionState : std::uint8_t {
  kUnknown = 0,
  kConnected,
  kLoggedOn,
  kLoggedOut,
  kDisconnected
};

struct SessionStatusPayload {
  SessionState state;
  std::uint8_t reserved[7];
  std::uint64_t expected_inbound;  // next expected sequence number
};

enum class CashFlowKind : std::uint8_t {
  kContribution = 0,
  kWithdrawal,
  kDividend,
  kFee,
  kInterest,
  kOther
};

struct CashFlowPayload {
  Money amount;  // signed; positive adds cash
  CurrencyId currency;
  CashFlowKind kind;
  std::uint8_t reserved[5];
};

struct SignalPayload {
  TimeNs exchange_ts;
  Ratio value;
};

enum class Command : std::uint8_t {
  kNone = 0,
  kHalt,  // no new orders for the subject (or the desk); cancels stay possible
  kResume,
  kCancelAll,  // cancel the working orders of the subject (or the desk)
  kShutdown,   // halt, cancel all, then end
};

struct CommandPayload {
  Command command;
  std::uint8_t reserved[7];
  OrderId order_id;
};

struct EngineStartPayload {
  std::uint64_t epoch;  // distinguishes this run's order ids from every other run's
};

/// What became of handing a message to the connection.
enum class SendResultKind : std::uint8_t {
  kNone = 0,
  kSent = 1,  // it is the counterparty's now, or lost with the connection: only they know
  kLost = 2,  // the connection refused it; it will never be sent
};

/// A request left, or tried to: a fact for whoever asks after a crash which ones may have.
struct SendAttemptPayload {
  OrderId order_id;       // of the request: order, replace or cancel
  std::uint32_t message;  // MsgSeqNum
  SendResultKind result;
  std::uint8_t reserved[3];
};

/// One event. 192 bytes, trivially copyable, no implicit padding.
struct Event {
  std::uint64_t sequence = 0;  // 1, 2, 3... given by the sequencer
  TimeNs ts = 0;               // the sequencer's time: never decreases
  EventType type = EventType::kNone;
  std::uint8_t flags = 0;
  SourceId source;
  std::uint32_t subject = 0xffffffff;
  union Payload {
    QuotePayload quote;
    TradePayload trade;
    StatusPayload status;
    VenueSessionPayload venue;
    FeedGapPayload gap;
    FeedStatusPayload feed;
    ExecutionPayload execution;
    CancelRejectPayload cancel_reject;
    SessionStatusPayload session;
    CashFlowPayload cash_flow;
    SignalPayload signal;
    CommandPayload command;
    EngineStartPayload start;
    SendAttemptPayload attempt;
    std::uint8_t bytes[168];
    Payload() : bytes{} {}
  } payload;

  InstrumentId instrument() const { return InstrumentId{subject}; }
  PortfolioId portfolio() const { return PortfolioId{subject}; }

  /// A zeroed event of a type, ready to fill in.
  static Event make(EventType type, SourceId source, std::uint32_t subject = 0xffffffff) {
    Event event;
    event.type = type;
    event.source = source;
    event.subject = subject;
    return event;
  }
};

static_assert(std::is_trivially_copyable_v<Event> && std::is_standard_layout_v<Event>);
static_assert(sizeof(Event) == 192 && offsetof(Event, payload) == 24);
static_assert(sizeof(QuotePayload) == 40 && sizeof(TradePayload) == 40 &&
              sizeof(StatusPayload) == 40);
static_assert(sizeof(VenueSessionPayload) == 40 && sizeof(FeedGapPayload) == 40);
static_assert(sizeof(FeedStatusPayload) == 40 && sizeof(ExecutionPayload) == 168);

/// How many leading bytes of an Event of this type carry information: 64 or 192. The rest are zero.
constexpr std::size_t event_bytes(EventType type) {
  return type == EventType::kExecution ? 192 : 64;
}

/// May be dropped in favour of a newer one of the same subject before the sequencer; nothing else
/// may.
constexpr bool conflatable(EventType type) {
  return type == EventType::kQuote || type == EventType::kTrade;
}

}  // namespace evenkeel
