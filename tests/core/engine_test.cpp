#include "core/engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tests/core/allocations.hpp"
#include "tests/core/world.hpp"

namespace evenkeel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace testing_world;

/// Writes down what is called, and proposes what the test has asked for.
struct FakeRules {
  std::vector<std::string>* calls = nullptr;
  std::vector<PortfolioId> propose_for;  // on evaluation
  bool alert_on_clock = false;
  std::vector<SubmitResult> results{};
  InstrumentId trade{};

  void note(std::string call) const {
    if (calls != nullptr) calls->push_back(std::move(call));
  }
  void observe(const View& view, const Event& event, ProposalBuffer& out) {
    note("observe");
    EXPECT_EQ(view.now, event.ts);
    EXPECT_EQ(view.sequence, event.sequence);
    if (alert_on_clock && event.type == EventType::kClock) {
      Proposal proposal;
      proposal.alert = AlertCode::kSuspended;
      EXPECT_TRUE(out.add(proposal, {}));
    }
  }
  void evaluate(const View& view, PortfolioId portfolio, ProposalBuffer& out) {
    note("evaluate " + std::to_string(portfolio.value));
    // The book has taken the event already.
    if (calls != nullptr) {
      EXPECT_TRUE(view.book.audit(portfolio));
    }
    for (const PortfolioId wanted : propose_for) {
      if (wanted != portfolio) continue;
      Proposal proposal;
      proposal.portfolio = portfolio;
      const ProposalLine line{trade, Quantity::from_whole(-1), view.market.mark(trade)};
      EXPECT_TRUE(out.add(proposal, {&line, 1}));
    }
  }
  void on_submitted(const View&, const Proposal& proposal, const SubmitResult& result) {
    note("submitted " + std::to_string(proposal.portfolio.value) + (result.accepted ? "+" : "-"));
    results.push_back(result);
  }
};

/// Accepts all but one portfolio's proposals; a command fills the subject's portfolio and touches
/// portfolio 0 as well.
struct FakeOrders {
  std::vector<std::string>* calls = nullptr;
  std::optional<PortfolioId> refuse{};
  InstrumentId trade{};

  SubmitResult submit(const View& view, Book& book, const Proposal& proposal,
                      std::span<const ProposalLine> lines, IntentBuffer& out) {
    if (calls != nullptr) calls->push_back("submit " + std::to_string(proposal.portfolio.value));
    if (proposal.portfolio == refuse) {
      return {.accepted = false, .blocked_by = AlertCode::kLimitRate, .instrument = trade};
    }
    for (const ProposalLine& line : lines) {
      Intent intent;
      intent.type = IntentType::kNewOrder;
      intent.portfolio = proposal.portfolio;
      intent.instrument = line.instrument;
      intent.quantity = line.quantity.abs();
      intent.bid = view.market[line.instrument].bid;
      EXPECT_TRUE(out.add(intent));
      EXPECT_EQ(book.set_working(proposal.portfolio, line.instrument, {}, line.quantity.abs()),
                FillResult::kApplied);
    }
    return {.accepted = true};
  }
  std::span<const PortfolioId> apply(const View&, Book& book, const Event& event, IntentBuffer&) {
    if (calls != nullptr) calls->push_back("apply");
    if (event.type != EventType::kCommand) return {};
    EXPECT_EQ(
        book.apply_fill(event.portfolio(), trade, Quantity::from_whole(1), Price::from_whole(100)),
        FillResult::kApplied);
    touched = {event.portfolio(), PortfolioId{0}};
    return touched;
  }
  std::array<PortfolioId, 2> touched{};
};
static_assert(RuleSet<FakeRules> && OrderLogic<FakeOrders>);
static_assert(!RuleSet<FakeOrders> && !OrderLogic<FakeRules>);

/// Portfolio 0 holds the stock and euros, 1 the bond, 2 the stock.
class EngineTest : public testing::Test {
 public:
  EngineTest() {
    Model flat;
    flat.sleeves.resize(1);
    const ModelId model = *book_.add_model(flat);
    const auto add = [&](const char* name, std::vector<Holding> holdings) {
      static_cast<void>(*book_.add_portfolio(
          {.name = name, .base = i_.usd, .model = model, .holdings = holdings}));
    };
    add("zero", {{i_.stock, Quantity::from_whole(10), {}}, {i_.eur_cash, kOne, {}}});
    add("one", {{i_.bond, kOne, {}}});
    add("two", {{i_.stock, Quantity::from_whole(5), {}}});
    book_.finish();
    rules_.calls = orders_.calls = &calls_;
    rules_.trade = orders_.trade = i_.stock;
    engine_.emplace(i_.table, market_, book_, rules_, orders_);
  }
  std::vector<std::string> on(const Event& event) {
    calls_.clear();
    engine_->on_event(event, out_);
    return calls_;
  }

  static constexpr Quantity kOne = Quantity::from_whole(1);
  Instruments i_;
  MarketState market_{i_.table, 2};
  Book book_{i_.table, market_};
  FakeRules rules_;
  FakeOrders orders_;
  std::vector<std::string> calls_;
  IntentBuffer out_{8};
  EventMaker make_;
  std::optional<Engine<FakeRules, FakeOrders>> engine_;  // built when the book is finished
};

TEST_F(EngineTest, AQuoteEvaluatesItsReadersOnceInOrderThenObserves) {
  EXPECT_THAT(on(make_.price(i_.stock, 10'000)),
              ElementsAre("evaluate 0", "evaluate 2", "observe"));
  EXPECT_THAT(on(make_.price(i_.bond, 5'000)), ElementsAre("evaluate 1", "observe"));
  EXPECT_THAT(on(make_.price(i_.eurusd, 120)), ElementsAre("evaluate 0", "observe"));
  EXPECT_THAT(on(make_.price(i_.euro_stock, 120)), ElementsAre("observe"));  // nobody holds it
  EXPECT_EQ(engine_->counters().evaluations, 4U);
  EXPECT_EQ(engine_->counters().events, 4U);
}

TEST_F(EngineTest, AQuoteThatChangesNothingEvaluatesNobody) {
  on(make_.phase(VenuePhase::kRegular));
  on(make_.price(i_.stock, 10'000));
  EXPECT_THAT(on(make_.price(i_.stock, 10'000)), ElementsAre("observe"));
  // The mark stays when the quote goes bad, but what may be acted on has changed.
  EXPECT_THAT(on(make_.quote(i_.stock, 10'000, 0)),
              ElementsAre("evaluate 0", "evaluate 2", "observe"));
  EXPECT_THAT(on(make_.quote(i_.stock, 9'000, 0)), ElementsAre("observe"));
  EXPECT_THAT(on(make_.price(i_.stock, 10'000)),
              ElementsAre("evaluate 0", "evaluate 2", "observe"));
}

TEST_F(EngineTest, AQuoteThatTellsThePhaseEvaluatesEverybodyOnce) {
  on(make_.phase(VenuePhase::kRegular));
  on(make_.price(i_.stock, 10'000));
  on(make_.gap(1));
  EXPECT_THAT(on(make_.quote(i_.stock, 11'000, 11'000, kQuoteTellsPhase | kQuoteOutsideRegular)),
              ElementsAre("evaluate 0", "evaluate 1", "evaluate 2", "observe"));
  // A new mark on top: the book knows it before anybody is asked.
  EXPECT_THAT(on(make_.quote(i_.stock, 11'000, 11'000, kQuoteTellsPhase)),
              ElementsAre("evaluate 0", "evaluate 1", "evaluate 2", "observe"));
  EXPECT_EQ(market_.line(testing_world::kLine).phase, VenuePhase::kRegular);
  EXPECT_THAT(on(make_.quote(i_.stock, 11'001, 11'001, kQuoteTellsPhase)),
              ElementsAre("evaluate 0", "evaluate 2", "observe"));
}

TEST_F(EngineTest, OtherMarketEvents) {
  EXPECT_THAT(on(make_.phase(VenuePhase::kRegular)),
              ElementsAre("evaluate 0", "evaluate 1", "evaluate 2", "observe"));
  EXPECT_THAT(on(make_.feed(FeedState::kSilent)),
              ElementsAre("evaluate 0", "evaluate 1", "evaluate 2", "observe"));
  EXPECT_THAT(on(make_.status(i_.bond, InstrumentStatus::kHalted)),
              ElementsAre("evaluate 1", "observe"));
  EXPECT_THAT(on(make_.trade(i_.stock, 10'000)), ElementsAre("observe"));
  EXPECT_THAT(on(make_.gap(2)), ElementsAre("observe"));
  EXPECT_EQ(market_.counters().gaps, 1U);
  EXPECT_EQ(market_.counters().trades, 1U);
}

TEST_F(EngineTest, OrdersHearOfReportsCommandsAndTime) {
  for (const EventType type :
       {EventType::kExecution, EventType::kCancelReject, EventType::kSessionStatus,
        EventType::kClock, EventType::kEngineStart, EventType::kSendAttempt}) {
    EXPECT_THAT(on(make_.make(type, SourceId{0})), ElementsAre("apply", "observe"));
  }
  // What they touched is evaluated, with the fill in the book.
  EXPECT_THAT(on(make_.make(EventType::kCommand, SourceId{0}, 2)),
              ElementsAre("apply", "evaluate 2", "evaluate 0", "observe"));
  EXPECT_EQ(book_.line(PortfolioId{2}, i_.stock)->quantity, Quantity::from_whole(6));
  EXPECT_THAT(on(make_.make(EventType::kSignal, SourceId{0}, 0)), ElementsAre("observe"));
  EXPECT_THAT(on(make_.make(EventType::kNone, SourceId{0})), ElementsAre("observe"));
}

TEST_F(EngineTest, ACashFlowIsBookedAndEvaluated) {
  EXPECT_THAT(on(make_.cash_flow(PortfolioId{1}, i_.usd, Money::from_whole(100))),
              ElementsAre("evaluate 1", "observe"));
  EXPECT_EQ(book_.nav(PortfolioId{1}), Money::from_whole(100));
}

TEST_F(EngineTest, BadEventsAreCountedAndChangeNothing) {
  EXPECT_THAT(on(make_.cash_flow(PortfolioId{9}, i_.usd, Money::from_whole(1))),
              ElementsAre("observe"));
  EXPECT_THAT(on(make_.cash_flow(PortfolioId::none(), i_.usd, Money::from_whole(1))),
              ElementsAre("observe"));
  EXPECT_THAT(on(make_.cash_flow(PortfolioId{1}, i_.chf, Money::from_whole(1))),
              ElementsAre("observe"));
  EXPECT_THAT(on(make_.cash_flow(PortfolioId{1}, CurrencyId{77}, Money::from_whole(1))),
              ElementsAre("observe"));
  EXPECT_THAT(on(make_.cash_flow(PortfolioId{1}, i_.usd, Money::max())), ElementsAre("observe"));
  EXPECT_EQ(engine_->counters().bad_cash_flows, 5U);
  EXPECT_THAT(on(make_.price(InstrumentId{500}, 100)), ElementsAre("observe"));
  EXPECT_THAT(on(make_.status(InstrumentId{500}, InstrumentStatus::kHalted)),
              ElementsAre("observe"));
  EXPECT_THAT(on(make_.gap(1, SourceId{500})), ElementsAre("observe"));
  EXPECT_EQ(market_.counters().unknown_subjects, 3U);
  EXPECT_EQ(book_.nav(PortfolioId{1}), Money{});
}

TEST_F(EngineTest, ProposalsAreSubmittedInTheirOrderAfterObserving) {
  rules_.propose_for = {PortfolioId{0}, PortfolioId{2}};
  orders_.refuse = PortfolioId{0};
  EXPECT_THAT(on(make_.price(i_.stock, 10'000)),
              ElementsAre("evaluate 0", "evaluate 2", "observe", "submit 0", "submitted 0-",
                          "submit 2", "submitted 2+"));
  ASSERT_EQ(out_.intents().size(), 1U);
  const Intent& intent = out_.intents()[0];
  EXPECT_EQ(intent.event_sequence, 1U);
  EXPECT_EQ(intent.ts, make_.now);
  EXPECT_EQ(intent.index, 0U);
  EXPECT_EQ(intent.portfolio, PortfolioId{2});
  EXPECT_EQ(intent.bid, Price::from_whole(100));
  ASSERT_EQ(rules_.results.size(), 2U);
  EXPECT_EQ(rules_.results[0].blocked_by, AlertCode::kLimitRate);
  EXPECT_EQ(engine_->counters().proposals, 2U);
  EXPECT_EQ(engine_->counters().accepted, 1U);
  EXPECT_EQ(engine_->counters().blocked, 1U);
  // What works counts at once.
  EXPECT_EQ(book_.line(PortfolioId{2}, i_.stock)->working_sell, kOne);
  // The next event starts with nothing left over.
  rules_.propose_for = {};
  EXPECT_THAT(on(make_.price(i_.bond, 5'000)), ElementsAre("evaluate 1", "observe"));
  EXPECT_THAT(out_.intents(), IsEmpty());
}

TEST_F(EngineTest, WhatIsProposedWhileObservingIsSubmittedToo) {
  rules_.alert_on_clock = true;
  EXPECT_THAT(on(make_.make(EventType::kClock, SourceId::none())),
              ElementsAre("apply", "observe", "submit 4294967295", "submitted 4294967295+"));
}

TEST_F(EngineTest, TheSameEventsGiveTheSameIntents) {
  const auto run = [] {
    struct Fresh : EngineTest {
      void TestBody() override {}
    } fresh;
    fresh.rules_.propose_for = {PortfolioId{0}, PortfolioId{1}, PortfolioId{2}};
    fresh.orders_.refuse = PortfolioId{1};
    std::vector<Intent> all;
    for (int n = 0; n < 200; ++n) {
      fresh.make_.now += n * 1'000;
      fresh.on(fresh.make_.price(n % 3 == 0 ? fresh.i_.bond : fresh.i_.stock, 10'000 + n * 7 % 50));
      all.insert(all.end(), fresh.out_.intents().begin(), fresh.out_.intents().end());
    }
    return all;
  };
  const std::vector<Intent> a = run(), b = run();
  ASSERT_GT(a.size(), 100U);
  ASSERT_EQ(a.size(), b.size());
  EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(Intent)), 0);
}

TEST_F(EngineTest, AllocatesNothingOnceItRuns) {
  rules_.calls = orders_.calls = nullptr;
  rules_.propose_for = {PortfolioId{0}, PortfolioId{2}};
  rules_.results.reserve(10'000);
  const std::vector<Event> events = [this] {
    std::vector<Event> made;
    for (int n = 0; n < 1'000; ++n) {
      made.push_back(make_.price(i_.stock, 10'000 + n % 20));
      made.push_back(make_.quote(i_.bond, 5'000, n % 2 == 0 ? 0 : 5'001));
      made.push_back(make_.price(i_.eurusd, 120 + n % 3));
      made.push_back(make_.trade(i_.stock, 10'000));
      made.push_back(make_.cash_flow(PortfolioId{1}, i_.usd, Money::from_whole(n)));
      made.push_back(make_.cash_flow(PortfolioId{9}, i_.usd, Money::from_whole(n)));
      made.push_back(make_.make(EventType::kClock, SourceId::none()));
      made.push_back(make_.make(EventType::kCommand, SourceId::none(), 2));
      made.push_back(make_.status(i_.bond, InstrumentStatus::kTrading));
      made.push_back(make_.phase(VenuePhase::kRegular));
      made.push_back(make_.gap(1));
    }
    return made;
  }();
  const std::uint64_t before = allocations();
  for (const Event& event : events) engine_->on_event(event, out_);
  EXPECT_EQ(allocations(), before);
  EXPECT_GT(engine_->counters().accepted, 1'000U);
  EXPECT_EQ(engine_->counters().bad_cash_flows, 1'000U);
}

TEST(Allocations, AreCounted) {
  const std::uint64_t before = allocations();
  const auto made = std::make_unique<std::vector<int>>(100);
  EXPECT_EQ(allocations(), before + 2);
  EXPECT_EQ(made->size(), 100U);
}

using EngineDeathTest = EngineTest;

TEST_F(EngineDeathTest, EventsComeInSequence) {
  on(make_.price(i_.stock, 10'000));
  Event again = make_.price(i_.stock, 10'000);
  again.sequence = 1;
  EXPECT_DEATH(on(again), "sequence");
  Event earlier = make_.price(i_.stock, 10'000);
  earlier.ts -= 1;
  EXPECT_DEATH(on(earlier), "last_ts_");
}

TEST_F(EngineDeathTest, NeedsAFinishedBook) {
  Book unfinished(i_.table, market_);
  EXPECT_DEATH((Engine<FakeRules, FakeOrders>(i_.table, market_, unfinished, rules_, orders_)),
               "finished");
}

}  // namespace
}  // namespace evenkeel
