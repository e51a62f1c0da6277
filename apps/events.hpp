// What a desk tells people and machines while it runs: one line for each thing worth knowing, as
// text or as NDJSON. The engine's thread only copies fixed records into a bounded ring; everything
// here runs on the reporting thread. Losing a record (the ring was full) is counted and told, and
// never slows the engine.
//
// Quotes, trades and clock ticks are not told. Nothing here decides anything: what it knows about
// orders it has read from the same records.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "apps/desk_latency.hpp"
#include "core/book.hpp"
#include "core/event.hpp"
#include "core/instrument.hpp"
#include "core/intent.hpp"
#include "rules/policy.hpp"

namespace evenkeel::apps {

enum class ReportKind : std::uint8_t {
  kNone = 0,
  kEvent,   // `event` was handled
  kIntent,  // `intent` was asked for
};

/// A copy of something the engine handled, with when (wall clock; 0: not known) the bytes that led
/// to it were received and when the engine was done with them.
struct Report {
  ReportKind kind = ReportKind::kNone;
  std::uint8_t reserved[7] = {};
  std::int64_t received_ns = 0;
  std::int64_t decided_ns = 0;
  union Body {
    Event event;
    Intent intent;
    std::uint8_t bytes[192];
    Body() : bytes{} {}
  } body;

  static Report of(const Event& event) {
    Report report;
    report.kind = ReportKind::kEvent;
    report.body.event = event;
    return report;
  }
  static Report of(const Intent& intent) {
    Report report;
    report.kind = ReportKind::kIntent;
    report.body.intent = intent;
    return report;
  }
};
static_assert(std::is_trivially_copyable_v<Report> && sizeof(Report) <= 256);

/// Whether an event of this type is worth a record.
constexpr bool worth_telling(EventType type) {
  return type >= EventType::kInstrumentStatus && type != EventType::kClock;
}

/// The names behind the ids. Everything is borrowed, immutable while the desk runs, and outlives
/// the reader.
struct DeskNames {
  const InstrumentTable* instruments = nullptr;
  const Book* book = nullptr;          // only names, models and currencies are read
  std::vector<std::string> sources{};  // by SourceId
  const std::vector<rules::Policy>* policies = nullptr;  // by ModelId
  SourceId drop_copy{};                                  // none: there is none

  /// Told on the drop-copy session, of what the order session tells.
  bool is_copy(const Event& event) const { return drop_copy.valid() && event.source == drop_copy; }
  std::string_view symbol(InstrumentId id) const;
  std::string_view portfolio(PortfolioId id) const;
  std::string_view source(SourceId id) const;
  std::string_view policy(ModelId id) const;
  std::string_view sleeve(ModelId model, SleeveId id) const;
  std::string_view base_currency(PortfolioId id) const;
};

/// An order as the records tell it. For people; the order desk in fix/ knows better.
struct ToldOrder {
  PortfolioId portfolio;
  InstrumentId instrument;
  Side side = Side::kNone;
  Quantity quantity;
  Quantity filled;
  Price limit_price;
  Price reference_price;
  Cause cause;
  TimeNs asked_ts = 0;
  std::int64_t decided_ns = 0;  // wall clock
  bool acknowledged = false;
  bool open = true;
};

/// What has been told so far, for tables and summaries.
struct Tally {
  std::uint64_t orders = 0, replaces = 0, cancels = 0, acks = 0, fills = 0, rejects = 0, busts = 0;
  std::uint64_t cancelled = 0, alerts = 0, gaps = 0, messages_lost = 0, dropped_records = 0;
  std::uint64_t copies = 0;
  std::uint64_t sends = 0, sends_lost = 0;  // requests handed to a connection, and refused by it
};

/// Why an intent was asked for, in one sentence without the portfolio; empty without a cause.
std::string explain(const DeskNames& names, const Cause& cause);

class EventTeller {
 public:
  enum class Format { kText, kJson };
  EventTeller(DeskNames names, Format format)
      : names_(std::move(names)), format_(format), feed_told_(names_.sources.size()) {}

  /// Takes note of a record and appends its line, with the newline, to `out`; some records have no
  /// line. Orders of the run are remembered (`kOrdersMax`; beyond it the oldest are forgotten).
  void tell(const Report& report, std::string& out);
  /// `count` more records were dropped since the last call.
  void tell_dropped(std::uint64_t count, std::string& out);

  const Tally& tally() const { return tally_; }
  /// From deciding on a new order to having its acknowledgement.
  const LatencyHistogram& round_trip() const { return round_trip_; }
  const DeskNames& names() const { return names_; }
  /// Null when it is not known.
  const ToldOrder* order(OrderId id) const;

  static constexpr std::size_t kOrdersMax = 65'536;

 private:
  void tell_event(const Report& report, std::string& out);
  bool is_repeated(const Event& event);
  void tell_intent(const Report& report, std::string& out);
  void tell_execution(const Report& report, std::string& out);
  void tell_copy(const Event& event, std::string& out);
  void note_execution(const Report& report, ToldOrder* order);
  void text_intent(const Intent& intent, std::string& out) const;
  void json_intent(const Report& report, std::string& out) const;
  void remember(const Report& report);
  ToldOrder* find(const ExecutionPayload& execution);

  DeskNames names_;
  Format format_;
  Tally tally_;
  LatencyHistogram round_trip_;
  std::unordered_map<OrderId, ToldOrder> orders_;
  std::vector<FeedState> feed_told_;  // by source
  std::vector<OrderId> by_age_;       // a circle once it is full
  std::size_t oldest_ = 0;
};

}  // namespace evenkeel::apps
