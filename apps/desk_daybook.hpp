// The story of a run, gathered on the reporting thread from copies: what the market did, why each
// rebalance happened, what it cost, and how the day would have gone with nobody trading. For people
// and for the summary; nothing here is read by anything that decides.
//
// The day without trades is a second set of books (the same code as the engine's) that holds the
// opening positions and is revalued at the same marks.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apps/assembly.hpp"
#include "apps/desk_snapshot.hpp"
#include "apps/events.hpp"
#include "apps/table.hpp"
#include "rules/sizing.hpp"

namespace evenkeel::apps {

/// How far a portfolio was from its policy over the looks taken at it.
struct DriftStory {
  Ratio drift_max;  // of the sleeve furthest from its target, exposure
  std::string sleeve_worst{};
  DurationNs outside = 0;  // market time with a sleeve beyond its band
  DurationNs watched = 0;  // market time looked at
};

struct SleeveStory {
  std::string name;
  int depth = 0;
  Ratio weight, target, low, high;
  bool banded = false;
  bool inside = true;
};

/// What one rebalance did in one instrument.
struct TradeStory {
  InstrumentId instrument;
  Quantity quantity;  // signed
  Price reference;    // the mark when it was first asked for
};

/// A rebalance with the purchases that followed its sales.
struct RebalanceStory {
  TimeNs ts = 0;
  PortfolioId portfolio;
  std::uint64_t proposal = 0;
  std::string why{};
  std::vector<TradeStory> trades{};
  std::vector<TradeStory> then{};  // bought with the proceeds
  std::uint64_t later_steps = 0;
};

struct PortfolioStory {
  std::string name, policy, currency;
  Money nav_start, nav_end;
  Money nav_untouched;  // had nobody traded
  DriftStory kept, untouched;
  std::vector<SleeveStory> sleeves{};
  std::uint64_t orders = 0, fills = 0;
  Money traded;  // gross, base currency
  Money cost;    // paid beyond the mark at the decision, base currency; negative: gained
  AlertCode halted = AlertCode::kNone;
  bool audited = false;        // books equal to a computation from scratch
  bool cash_negative = false;  // seen at any look
};

struct InstrumentStory {
  std::string symbol;
  Price first, low, high, last;
  TimeNs low_ts = 0;
};

/// Something that was promised and looked at.
struct Check {
  std::string name;
  bool passed = false;
  std::string detail{};
};

class DayBook {
 public:
  /// `untouched` are books of the same desk that nobody else uses.
  DayBook(const DeskNames& names, const std::vector<rules::Policy>& policies,
          std::unique_ptr<Books> untouched);

  /// In the order of telling, after the teller has taken note of the record.
  void note(const Report& report, const EventTeller& teller);
  /// A look at the desk. Looks count while a venue is in its regular session.
  void look(const DeskSnapshot& snapshot);

  /// What the table shows of the portfolios.
  std::vector<PortfolioView> portfolio_views(const DeskSnapshot& snapshot) const;

  /// Stories as of `snapshot`; `book` are the engine's, after it has ended.
  std::vector<PortfolioStory> portfolios(const DeskSnapshot& snapshot, const Book& book) const;
  /// Quoted instruments that had a price.
  std::vector<InstrumentStory> instruments() const;
  const std::vector<RebalanceStory>& rebalances() const { return rebalances_; }
  std::uint64_t rebalances_not_kept() const { return rebalances_not_kept_; }
  /// Orders that gave no reason, or a reason proposed twice.
  std::uint64_t orders_without_cause() const { return without_cause_; }
  std::uint64_t proposals_repeated() const { return proposals_repeated_; }
  TimeNs first_ts() const { return first_ts_; }
  TimeNs last_ts() const { return last_ts_; }

  static constexpr std::size_t kRebalancesMax = 10'000;

 private:
  struct Tracked {
    DriftStory kept, untouched;
    std::uint64_t orders = 0, fills = 0;
    Money traded, cost;
    bool cash_negative = false;
    TimeNs last_look = 0;
  };

  const rules::Regime& regime(ModelId model, const DeskSnapshot& snapshot) const;
  void note_order(const Intent& intent);
  void note_fill(const Event& event, const EventTeller& teller);
  void reprice_untouched(const DeskSnapshot& snapshot);
  void measure(DriftStory& story, ModelId model, const rules::Regime& regime, Money nav,
               const Money* exposure, DurationNs since) const;
  void note_marks(const DeskSnapshot& snapshot);

  DeskNames names_;
  std::vector<rules::CompiledPolicy> policies_;
  std::unique_ptr<Books> untouched_;
  std::uint64_t untouched_sequence_ = 0;
  std::vector<Tracked> tracked_;
  std::vector<InstrumentStory> marks_;
  std::vector<RebalanceStory> rebalances_;
  std::map<std::uint64_t, std::uint64_t> proposed_at_;  // first steps: proposal -> event
  std::uint64_t rebalances_not_kept_ = 0, without_cause_ = 0, proposals_repeated_ = 0;
  TimeNs first_ts_ = 0, last_ts_ = 0;
};

}  // namespace evenkeel::apps
