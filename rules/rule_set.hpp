// The rules of every portfolio: what the engine asks at each event. Measures projected weights
// (filled and working together) against the bands of the portfolio's policy as exact integers,
// decides when to act, sizes the trades, and tells why. It sends nothing itself, reads no clock and
// allocates nothing once it stands; state is dense, one record a portfolio.
//
// A portfolio goes through:
//   calm -> breached (waits `hold_for`) -> proposal (pending until the order desk has answered)
//     accepted: cool-down; with cash and sales, an *episode*: as sales fill, purchases follow under
//               the same proposal number, sized anew from live prices and the cash that is there
//     refused:  tried again after 1, 2, 4 ... 60 seconds (the order desk tells why)
//   A breach that no allowed trade betters is told once (kIncurable). A breach on a price that may
//   not be acted on is told once (kSuspended), and so is its end (kResumed).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/archive.hpp"
#include "core/engine.hpp"
#include "rules/policy.hpp"
#include "rules/sizing.hpp"
#include "rules/timers.hpp"

namespace evenkeel::rules {

struct RuleCounters {
  std::uint64_t breaches = 0;     // times a portfolio left its bands
  std::uint64_t proposals = 0;    // with trades, accepted or not
  std::uint64_t completions = 0;  // of those, second steps
  std::uint64_t suspensions = 0;
  std::uint64_t incurable = 0;
  std::uint64_t refused = 0;
  std::uint64_t regime_changes = 0;

  template <class A, class Self>
  static void archive(A& a, Self& s) {
    auto& [breaches, proposals, completions, suspensions, incurable, refused, regime_changes] = s;
    a(breaches, proposals, completions, suspensions, incurable, refused, regime_changes);
  }
};

/// Where the rules of one portfolio stand, for people. Times are zero when they mean nothing.
struct RuleStanding {
  bool breached = false;              // a band, or held over from before the last evaluation
  TimeNs breached_since = 0;          // while breached
  TimeNs ripe_at = 0;                 // breached: when `hold_for` is over
  TimeNs not_before = 0;              // cool-down or back-off: no new proposal before
  DurationNs back_off = 0;            // the last proposal was refused; the pause that this cost
  bool suspended = false;             // breached on a price that may not be acted on
  bool in_episode = false;            // buying with what its sales bring in
  TimeNs step_not_before = 0;         // in an episode: the next purchase
  TimeNs wakes_at = 0;                // it is looked at again then, though nothing else happens
  AlertCode told = AlertCode::kNone;  // a breach told and not cured
};

class RuleSet {
 public:
  /// `policies` by ModelId, in the order in which their models were added to `book`; `book` is
  /// finished. Portfolios follow the policy of their model.
  RuleSet(const InstrumentTable& instruments, const Book& book, std::vector<Policy> policies);

  // --- what core::RuleSet asks for ---
  void observe(const View& view, const Event& event, ProposalBuffer& out);
  void evaluate(const View& view, PortfolioId portfolio, ProposalBuffer& out);
  void on_submitted(const View& view, const Proposal& proposal, const SubmitResult& result);

  // --- reading, for tables and reports ---
  const Policy& policy(ModelId model) const { return compiled_[model.index()].policy; }
  std::size_t policy_count() const { return compiled_.size(); }
  /// The edges and targets that hold now.
  const Regime& regime(ModelId model) const {
    return compiled_[model.index()].regimes[watches_[model.index()].high ? 1 : 0];
  }
  bool volatility_high(ModelId model) const { return watches_[model.index()].high; }
  /// Annualised; nothing without a trigger or while warming up.
  std::optional<Ratio> volatility(ModelId model) const;
  bool suspended(PortfolioId portfolio) const { return states_[portfolio.index()].suspended; }
  /// Buying with what its sales brought in.
  bool in_episode(PortfolioId portfolio) const { return states_[portfolio.index()].active; }
  const RuleCounters& counters() const { return counters_; }
  RuleStanding standing(const Book& book, PortfolioId portfolio) const;
  /// A price that the portfolio's value or its trades rest on and that may not be acted on; none
  /// when all are sound.
  InstrumentId unsound_price(const View& view, PortfolioId portfolio) const;

  // --- state as bytes (core/archive.hpp) ---

  /// Into rules of the same policies, over the same book.
  template <class A, class Self>
  static void archive(A& a, Self& s) {
    // Followers and what may be traded come from the configuration; the last four work within one
    // evaluation.
    auto& [instruments, compiled, watches, followers, trades_in, states, reserve, reserve_pending,
           paid_up_to, timers, last_proposal, counters, cash, lines, trades, picture] = s;
    a.table(watches);
    a.table(states);
    a.table(reserve);
    a.table(reserve_pending);
    a.table(paid_up_to);
    a(timers, last_proposal, counters);
  }
  /// After a change of policies the rules start afresh; only proposals go on being numbered.
  void carry(const RuleSet& from) {
    last_proposal_ = from.last_proposal_;
    counters_ = from.counters_;
  }

 private:
  /// The volatility trigger of one policy at work.
  struct Watch {
    std::vector<VolatilityEstimator> estimator{};  // one or none
    bool high = false;
    Ratio measured;

    template <class A, class Self>
    static void archive(A& a, Self& s) {
      auto& [estimator, high, measured] = s;
      a.table(estimator);
      a(high, measured);
    }
  };
  struct State {
    // A band is breached: since when, and which proposal or refusal keeps the next one back.
    TimeNs breached_since = 0;
    TimeNs not_before = 0;
    DurationNs back_off = 0;
    // An episode: sales are out, purchases follow.
    Cause cause{};
    Money to_place;                  // planned purchases not yet proposed
    Money pending_bought;            // of the proposal that is pending
    Money pending_planned;           // its planned purchases, when it is a first step
    std::uint64_t pending_sold = 0;  // units that it sells
    std::uint64_t sold = 0;          // units that the episode has sold: not bought back
    TimeNs step_not_before = 0;
    std::uint32_t steps = 0;
    // What has been told, so that it is told once.
    SleeveMask told = 0;
    AlertCode told_code = AlertCode::kNone;
    TimeNs resumed_at = 0;
    bool breached = false;
    bool pending = false;
    bool active = false;
    bool suspended = false;
    bool regime_seen = false;

    template <class A, class Self>
    static void archive(A& a, Self& s) {
      auto& [breached_since, not_before, back_off, cause, to_place, pending_bought, pending_planned,
             pending_sold, sold, step_not_before, steps, told, told_code, resumed_at, breached,
             pending, active, suspended, regime_seen] = s;
      a(breached_since, not_before, back_off, cause, to_place, pending_bought, pending_planned,
        pending_sold, sold, step_not_before, steps, told, told_code, resumed_at, breached, pending,
        active, suspended, regime_seen);
    }
  };
  struct Subject;  // one evaluation: who, under which policy, and what it looks like

  void watch_volatility(const View& view, const Event& event, ProposalBuffer& out);
  bool change_regime(std::size_t model);
  void take_deadlines(const View& view, ProposalBuffer& out);

  bool measure(Subject& subject) const;
  Cause cause_of(const Subject& subject) const;
  bool prices_sound(const View& view, PortfolioId portfolio, InstrumentId& bad) const;
  bool prices_sound(const Subject& subject, InstrumentId& bad) const;
  void calm(Subject& subject);
  void breach(Subject& subject);
  void monitor(Subject& subject);
  void suspend(Subject& subject, InstrumentId bad);
  void resume(Subject& subject);
  void not_measurable(Subject& subject);
  void act(Subject& subject);
  bool size(Subject& subject, Money& planned);
  bool betters(const Subject& subject, const Changes& changes) const;
  void propose(Subject& subject, Cause cause, Money planned);
  void hold_costs(const Subject& subject);
  Price& paid_up_to(const View& view, const Line& line) {
    return paid_up_to_[static_cast<std::size_t>(&line - view.book.lines(PortfolioId{0}).data())];
  }
  void accepted(const View& view, const Proposal& proposal);
  void refused(const View& view, const Proposal& proposal);
  bool continue_episode(Subject& subject);
  bool buy_step(Subject& subject, bool sells);
  void end_episode(Subject& subject);
  void fill_cash(const Subject& subject);
  bool works_anything(const Subject& subject, bool& sells) const;
  bool alert(Subject& subject, AlertCode code, Trigger trigger, Cause cause,
             InstrumentId instrument = {});
  void incurable(Subject& subject);
  void wake(const Subject& subject, TimeNs at);

  const InstrumentTable& instruments_;
  std::vector<CompiledPolicy> compiled_;
  std::vector<Watch> watches_;
  std::vector<std::vector<std::uint32_t>> followers_;  // portfolios of each policy
  std::vector<std::vector<bool>> trades_in_;  // [policy][instrument]: may be bought or sold
  std::vector<State> states_;
  std::vector<Money> reserve_;          // [portfolio][currency]: costs of this episode's trades
  std::vector<Money> reserve_pending_;  // of the proposal that is pending
  std::vector<Price> paid_up_to_;       // by line of the book: what its working purchases may cost
  Timers timers_;
  std::uint64_t last_proposal_ = 0;
  RuleCounters counters_;
  // Working storage of one evaluation.
  std::vector<Money> cash_;
  std::vector<ProposalLine> lines_;
  Trades trades_;
  Picture picture_;
};

static_assert(evenkeel::RuleSet<rules::RuleSet>);

}  // namespace evenkeel::rules
