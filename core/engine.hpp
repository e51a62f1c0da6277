// The engine: state' = on_event(state, event) -> intents. One function, generic over the rules and
// the order logic, which it calls without knowing them. It reads no clock, allocates nothing and
// asks nobody: the same events give the same intents.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <utility>

#include "core/archive.hpp"
#include "core/book.hpp"
#include "core/event.hpp"
#include "core/market.hpp"
#include "core/proposal.hpp"

namespace evenkeel {

/// What rules and order logic may read while an event is being handled.
struct View {
  const InstrumentTable& instruments;
  const MarketState& market;
  const Book& book;
  TimeNs now;              // the event's time
  std::uint64_t sequence;  // the event's number
};

/// What decides that something must be done.
template <class R>
concept RuleSet = requires(R rules, const View& view, const Event& event, PortfolioId portfolio,
                           ProposalBuffer& out, const Proposal& proposal,
                           const SubmitResult& result) {
  /// Every event, after market and book have taken it: for estimators and timers.
  rules.observe(view, event, out);
  /// Something that the portfolio reads has changed.
  rules.evaluate(view, portfolio, out);
  /// What became of a proposal.
  rules.on_submitted(view, proposal, result);
};

/// What turns proposals into orders and reports into positions.
template <class O>
concept OrderLogic = requires(O orders, const View& view, Book& book, const Event& event,
                              const Proposal& proposal, std::span<const ProposalLine> lines,
                              IntentBuffer& out) {
  { orders.submit(view, book, proposal, lines, out) } -> std::same_as<SubmitResult>;
  /// Reports, session states, commands and clock ticks. Returns the portfolios whose positions,
  /// working quantities or leave to trade changed, each once; valid until the next call.
  { orders.apply(view, book, event, out) } -> std::same_as<std::span<const PortfolioId>>;
};

struct EngineCounters {
  std::uint64_t events = 0, evaluations = 0, proposals = 0, accepted = 0, blocked = 0, dropped = 0;
  std::uint64_t bad_cash_flows = 0;

  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [events, evaluations, proposals, accepted, blocked, dropped, bad_cash_flows] = s;
    a(events, evaluations, proposals, accepted, blocked, dropped, bad_cash_flows);
  }
};

template <RuleSet Rules, OrderLogic Orders>
class Engine {
 public:
  static constexpr std::size_t kProposalsMax = 4096;
  static constexpr std::size_t kProposalLinesMax = 65536;

  /// Everything is borrowed and outlives the engine. Precondition: the book is finished.
  Engine(const InstrumentTable& instruments, MarketState& market, Book& book, Rules& rules,
         Orders& orders)
      : instruments_(instruments),
        market_(market),
        book_(book),
        rules_(rules),
        orders_(orders),
        proposals_(kProposalsMax, kProposalLinesMax) {
    EVENKEEL_CHECK(book.finished());
  }

  /// Handles one event; its intents replace what `out` held. Precondition: events come in sequence,
  /// `ts` never decreasing.
  void on_event(const Event& event, IntentBuffer& out) {
    EVENKEEL_CHECK(event.sequence > last_sequence_ && event.ts >= last_ts_);
    last_sequence_ = event.sequence;
    last_ts_ = event.ts;
    ++counters_.events;
    out.begin(event);
    proposals_.clear();
    const View view = view_at(event);
    take(view, event, out);
    rules_.observe(view, event, proposals_);
    submit_all(view, out);
  }

  const EngineCounters& counters() const { return counters_; }
  /// Of the last event; zero before the first.
  std::uint64_t last_sequence() const { return last_sequence_; }
  TimeNs last_ts() const { return last_ts_; }
  /// What rules and order logic would see at time `now`.
  View view(TimeNs now) const { return {instruments_, market_, book_, now, last_sequence_}; }

  /// The engine's own state as bytes (core/archive.hpp), without that of what it borrows.
  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [instruments, market, book, rules, orders, proposals, counters, last_sequence, last_ts] =
        s;
    a(counters, last_sequence, last_ts);
  }
  /// Goes on where another engine ended.
  void carry(const Engine& from) {
    counters_ = from.counters_;
    last_sequence_ = from.last_sequence_;
    last_ts_ = from.last_ts_;
  }

 private:
  View view_at(const Event& event) const {
    return {instruments_, market_, book_, event.ts, event.sequence};
  }

  void take(const View& view, const Event& event, IntentBuffer& out) {
    switch (event.type) {
      case EventType::kQuote:
        take_quote(view, event);
        return;
      case EventType::kTrade:
      case EventType::kTradeBreak:
      case EventType::kFeedGap:
        market_.apply(event);
        return;
      case EventType::kInstrumentStatus:
        market_.apply(event);
        if (event.subject < instruments_.size()) evaluate_readers(view, event.instrument());
        return;
      case EventType::kVenueSession:
      case EventType::kFeedStatus:
        market_.apply(event);
        evaluate_all(view);
        return;
      case EventType::kCashFlow:
        take_cash_flow(view, event);
        return;
      case EventType::kEngineStart:
        market_.apply(event);
        [[fallthrough]];
      case EventType::kExecution:
      case EventType::kCancelReject:
      case EventType::kSessionStatus:
      case EventType::kCommand:
      case EventType::kClock:
      case EventType::kSendAttempt:
        for (const PortfolioId touched : orders_.apply(view, book_, event, out)) {
          evaluate(view, touched);
        }
        return;
      case EventType::kSignal:
      case EventType::kNone:
        return;
    }
  }

  void take_quote(const View& view, const Event& event) {
    if (event.subject >= instruments_.size()) {
      market_.apply(event);  // counts it
      return;
    }
    const Unsound before = market_.soundness(event.instrument());
    const bool moved = market_.apply(event);
    if (market_.phase_moved_by(event)) {
      // As if the venue had said so: everything that its line quotes may have become sound, or not.
      if (moved) book_.reprice(event.instrument(), [](PortfolioId) {});
      evaluate_all(view);
    } else if (moved) {
      book_.reprice(event.instrument(), [&](PortfolioId p) { evaluate(view, p); });
    } else if (market_.soundness(event.instrument()) != before) {
      evaluate_readers(view, event.instrument());
    }
  }

  void take_cash_flow(const View& view, const Event& event) {
    const CashFlowPayload& flow = event.payload.cash_flow;
    if (event.subject >= book_.portfolio_count() ||
        book_.apply_cash_flow(event.portfolio(), flow.currency, flow.amount) !=
            FillResult::kApplied) {
      ++counters_.bad_cash_flows;
      return;
    }
    evaluate(view, event.portfolio());
  }

  void evaluate(const View& view, PortfolioId portfolio) {
    ++counters_.evaluations;
    rules_.evaluate(view, portfolio, proposals_);
  }
  void evaluate_readers(const View& view, InstrumentId instrument) {
    book_.for_each_portfolio(instrument, [&](PortfolioId p) { evaluate(view, p); });
  }
  void evaluate_all(const View& view) {
    for (std::uint32_t p = 0; p < book_.portfolio_count(); ++p) evaluate(view, PortfolioId{p});
  }

  void submit_all(const View& view, IntentBuffer& out) {
    counters_.dropped += proposals_.dropped();
    for (const Proposal& proposal : proposals_.proposals()) {
      ++counters_.proposals;
      const SubmitResult result =
          orders_.submit(view, book_, proposal, proposals_.lines(proposal), out);
      ++(result.accepted ? counters_.accepted : counters_.blocked);
      rules_.on_submitted(view, proposal, result);
    }
  }

  const InstrumentTable& instruments_;
  MarketState& market_;
  Book& book_;
  Rules& rules_;
  Orders& orders_;
  ProposalBuffer proposals_;
  EngineCounters counters_;
  std::uint64_t last_sequence_ = 0;
  TimeNs last_ts_ = 0;
};

}  // namespace evenkeel
