// The state as bytes: nothing that decides may be missing, and the same everywhere.
#include "apps/desk_state.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "core/archive.hpp"
#include "tests/apps/random_day.hpp"
#include "tests/support/memory_storage.hpp"

namespace evenkeel::apps {
namespace {

using evenkeel::testing::MemoryStorage;
using testing::desk_of;
using testing::random_day_texts;
using testing::RandomDay;

std::unique_ptr<DecisionCore> build(const DeskConfig& desk) {
  return DecisionCore::build(desk).value();
}

void expect_audit(const DecisionCore& core) {
  for (std::uint32_t p = 0; p < core.books->book.portfolio_count(); ++p) {
    EXPECT_TRUE(core.books->book.audit(PortfolioId{p})) << p;
  }
}

/// Gives an event to a second desk and compares what both ask for.
void expect_same_intents(DecisionCore& core, const Event& event, std::span<const Intent> expected,
                         IntentBuffer& intents) {
  core.engine.on_event(event, intents);
  ASSERT_EQ(intents.intents().size(), expected.size()) << "event " << event.sequence;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(std::memcmp(&intents.intents()[i], &expected[i], sizeof(Intent)), 0)
        << "event " << event.sequence << ", intent " << i;
  }
}

TEST(RandomDays, VisitWhatThereIsToVisit) {
  const DeskConfig desk = desk_of(random_day_texts());
  std::set<EventType> types;
  std::set<AlertCode> alerts;
  std::set<IntentType> intents;
  fix::OrderDeskCounters orders;
  rules::RuleCounters rules;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    RandomDay day(desk, seed);
    for (int i = 0; i < 4'000; ++i) {
      types.insert(day.next().type);
      for (const Intent& intent : day.intents()) {
        intents.insert(intent.type);
        alerts.insert(intent.alert);
      }
    }
    expect_audit(day.core());
    const fix::OrderDeskCounters& seen = day.core().orders.counters();
    orders.fills += seen.fills;
    orders.replaced += seen.replaced;
    orders.busted += seen.busted;
    orders.corrected += seen.corrected;
    orders.duplicates += seen.duplicates;
    orders.mismatches += seen.mismatches;
    orders.status_answers += seen.status_answers;
    orders.sessions_lost += seen.sessions_lost;
    orders.refused += seen.refused;
    orders.halts += seen.halts;
    rules.completions += day.core().rules.counters().completions;
    rules.suspensions += day.core().rules.counters().suspensions;
    rules.regime_changes += day.core().rules.counters().regime_changes;
    rules.refused += day.core().rules.counters().refused;
  }
  EXPECT_GE(types.size(), 12U);
  EXPECT_GE(alerts.size(), 12U);
  EXPECT_GE(intents.size(), 5U);
  for (const std::uint64_t count :
       {orders.fills, orders.replaced, orders.busted, orders.corrected, orders.duplicates,
        orders.mismatches, orders.status_answers, orders.sessions_lost, orders.refused,
        orders.halts, rules.completions, rules.suspensions, rules.regime_changes, rules.refused}) {
    EXPECT_GT(count, 0U);
  }
}

TEST(DeskState, IsWholeAtAnyMoment) {
  const DeskConfig desk = desk_of(random_day_texts());
  for (std::uint64_t seed = 1; seed <= 24; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomDay day(desk, seed);
    feeds::Random dice(seed ^ 0xabcdef);
    const std::uint32_t until = dice.below(2'500);
    for (std::uint32_t i = 0; i < until; ++i) day.next();
    const std::string saved = save_state(day.core());
    const auto loaded = build(desk);
    ASSERT_TRUE(load_state(saved, *loaded).ok());
    EXPECT_EQ(save_state(*loaded), saved) << "what was read is what was written";
    expect_audit(*loaded);
    IntentBuffer intents(DeskEngineAgent::kIntentsMax);
    for (int i = 0; i < 1'500; ++i) {
      const Event event = day.next();
      expect_same_intents(*loaded, event, day.intents(), intents);
      if (HasFatalFailure()) return;
    }
    EXPECT_EQ(state_digest(*loaded), state_digest(day.core()));
    expect_audit(*loaded);
  }
}

TEST(DeskState, TotalsAreComputedAnew) {
  const DeskConfig desk = desk_of(random_day_texts());
  RandomDay day(desk, 5);
  for (int i = 0; i < 1'000; ++i) day.next();
  const auto loaded = build(desk);
  ASSERT_TRUE(load_state(save_state(day.core()), *loaded).ok());
  for (std::uint32_t p = 0; p < 3; ++p) {
    EXPECT_EQ(loaded->books->book.totals(PortfolioId{p}),
              day.core().books->book.totals(PortfolioId{p}));
  }
}

TEST(DeskState, RefusesWhatIsNotItsOwn) {
  const DeskConfig desk = desk_of(random_day_texts());
  RandomDay day(desk, 7);
  for (int i = 0; i < 800; ++i) day.next();
  const std::string saved = save_state(day.core());
  feeds::Random dice(99);
  const auto target = build(desk);  // however often it was spoiled, it can be read into again
  for (int i = 0; i < 200; ++i) {
    const std::size_t cut = dice.below(static_cast<std::uint32_t>(saved.size()));
    EXPECT_FALSE(load_state(saved.substr(0, cut), *target).ok()) << cut;
  }
  EXPECT_FALSE(load_state(saved + "x", *target).ok());
  EXPECT_FALSE(load_state("", *target).ok());
  // Spoiled bytes are read as something else or refused; they never lead outside.
  for (int i = 0; i < 3'000; ++i) {
    std::string spoiled = saved;
    for (std::uint32_t n = 1 + dice.below(4); n > 0; --n) {
      spoiled[dice.below(static_cast<std::uint32_t>(saved.size()))] =
          static_cast<char>(dice.below(256));
    }
    const absl::Status status = load_state(spoiled, *target);
    EXPECT_TRUE(status.ok() || absl::IsFailedPrecondition(status));
  }
  ASSERT_TRUE(load_state(saved, *target).ok());
  EXPECT_EQ(save_state(*target), saved);
}

TEST(DeskState, RefusesAnotherDesk) {
  auto texts = random_day_texts();
  const DeskConfig desk = desk_of(texts);
  RandomDay day(desk, 3);
  for (int i = 0; i < 300; ++i) day.next();
  texts[2].content.replace(texts[2].content.find("[volatility]"), std::string::npos, "");
  const auto other = build(desk_of(texts));
  EXPECT_TRUE(absl::IsFailedPrecondition(load_state(save_state(day.core()), *other)));
}

/// Fixed when this was written: whoever changes what is decided, or what is saved, changes it here
/// and knows it. The same number in every build is what makes replay on another machine possible.
TEST(DeskState, TheSameSeedGivesTheSameStateEverywhere) {
  const DeskConfig desk = desk_of(random_day_texts());
  RandomDay day(desk, 20'261'019);
  Sha256Stream intents;
  for (int i = 0; i < 6'000; ++i) {
    day.next();
    intents.update(std::as_bytes(day.intents()));
  }
  EXPECT_EQ(to_hex(intents.finish()),
            "9158d06a9f83bb06b50bd73b4ba377fb02f92e6a4297bb60676f19c84391e77e");
  EXPECT_EQ(to_hex(state_digest(day.core())),
            "75a3fff2065968f72aadcf2a2a841b2bcef373a0e50f15dace28f1072b73d88c");
}

// --- another configuration ---

class CarryTest : public ::testing::Test {
 protected:
  CarryTest() : from_config_(desk_of(random_day_texts())), day_(from_config_, 12) {
    for (int i = 0; i < 1'200; ++i) day_.next();
    while (day_.core().orders.open_orders() < 3) day_.next();
  }
  /// Replaces a piece of one of the texts.
  void change(std::size_t file, const std::string& from, const std::string& to) {
    const std::size_t at = texts_[file].content.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    texts_[file].content.replace(at, from.size(), to);
  }
  absl::Status carry() {
    to_config_ = desk_of(texts_);
    to_ = build(to_config_);
    return carry_state(day_.core(), from_config_, *to_, to_config_);
  }

  DeskConfig from_config_;
  RandomDay day_;
  std::vector<ConfigText> texts_ = random_day_texts();
  DeskConfig to_config_;
  std::unique_ptr<DecisionCore> to_;
};

TEST_F(CarryTest, SettingsOfTheMachineChangeNothing) {
  change(0, "127.0.0.1:5001", "127.0.0.1:6001");
  change(0, "port = 9878", "port = 1234");
  ASSERT_TRUE(carry().ok());
  EXPECT_EQ(state_digest(*to_), state_digest(day_.core()));
}

TEST_F(CarryTest, ANewPolicyKeepsPositionsOrdersAndPrices) {
  change(3, "band = \"2pp\"\ninstruments = [\"AGG\"]", "band = \"1pp\"\ninstruments = [\"AGG\"]");
  ASSERT_TRUE(carry().ok());
  // Whole: nothing of market, book, orders and engine is left behind.
  const auto bytes = [](const auto& part) {
    std::string text;
    ArchiveWriter{text}(part);
    return text;
  };
  EXPECT_EQ(bytes(to_->books->market), bytes(day_.core().books->market));
  EXPECT_EQ(bytes(to_->books->book), bytes(day_.core().books->book));
  EXPECT_EQ(bytes(to_->orders), bytes(day_.core().orders));
  EXPECT_EQ(bytes(to_->engine), bytes(day_.core().engine));
  const Book& before = day_.core().books->book;
  const Book& after = to_->books->book;
  for (std::uint32_t p = 0; p < 3; ++p) {
    EXPECT_EQ(after.totals(PortfolioId{p}), before.totals(PortfolioId{p}));
  }
  EXPECT_EQ(to_->orders.orders().size(), day_.core().orders.orders().size());
  EXPECT_EQ(to_->orders.open_orders(), day_.core().orders.open_orders());
  EXPECT_EQ(to_->engine.last_sequence(), day_.core().engine.last_sequence());
  for (std::uint32_t p = 0; p < 3; ++p) {
    EXPECT_FALSE(to_->rules.standing(after, PortfolioId{p}).breached) << "the rules start afresh";
  }
  // And it goes on deciding.
  day_.adopt(std::move(to_));
  for (int i = 0; i < 1'500; ++i) day_.next();
  expect_audit(day_.core());
}

TEST_F(CarryTest, WhatIsAddedAtTheEndStartsFromItsFiles) {
  texts_[1].content +=
      "[[instrument]]\nsymbol = \"TLT\"\nkind = \"etf\"\ncurrency = \"USD\"\nfeed = \"one\"\n";
  texts_[0].content +=
      "[[portfolio]]\nname = \"new\"\nfile = \"new.csv\"\npolicy = \"balanced\"\nbase = "
      "\"USD\"\n";
  texts_.push_back({"new.csv", "symbol,shares,price,class\nSPY,700,500.00,us\nUSD,9000,,cash\n"});
  change(3, "instruments = [\"AGG\"]", "instruments = [\"AGG\", \"TLT\"]");
  ASSERT_TRUE(carry().ok());
  const Book& book = to_->books->book;
  ASSERT_EQ(book.portfolio_count(), 4U);
  EXPECT_EQ(book.line(PortfolioId{3}, book.lines(PortfolioId{3})[0].instrument)->quantity,
            book.lines(PortfolioId{3})[0].quantity);
  const InstrumentId tlt = to_->books->instruments.find("TLT");
  EXPECT_TRUE(book.line(PortfolioId{1}, tlt)->quantity.is_zero());
  for (std::uint32_t p = 0; p < 3; ++p) {
    for (const Line& line : day_.core().books->book.lines(PortfolioId{p})) {
      EXPECT_EQ(book.line(PortfolioId{p}, line.instrument)->quantity, line.quantity);
      EXPECT_EQ(book.line(PortfolioId{p}, line.instrument)->cost, line.cost);
    }
  }
  expect_audit(*to_);
}

TEST_F(CarryTest, APolicyInAnotherPlaceKeepsItsNameInTheCauses) {
  change(0, "[\"overlay.toml\", \"balanced.toml\"]", "[\"balanced.toml\", \"overlay.toml\"]");
  ASSERT_TRUE(carry().ok());
  int compared = 0;
  for (std::size_t i = 0; i < to_->orders.orders().size(); ++i) {
    const Cause& was = day_.core().orders.orders()[i].cause;
    const Cause& is = to_->orders.orders()[i].cause;
    ASSERT_TRUE(is.model.valid());
    const rules::Policy& before = from_config_.policies[was.model.index()];
    const rules::Policy& after = to_config_.policies[is.model.index()];
    EXPECT_EQ(before.name, after.name);
    EXPECT_EQ(before.sleeves[was.sleeve.index()].name, after.sleeves[is.sleeve.index()].name);
    ++compared;
  }
  EXPECT_GT(compared, 0);
}

TEST_F(CarryTest, RefusesWhatWouldMeanSomethingElse) {
  const struct {
    std::size_t file;
    const char* from;
    const char* to;
    const char* says;
  } cases[] = {
      {1, "multiplier = 50\n", "multiplier = 5\n",
       "instrument ESZ6 has another kind, currency or multiplier: what was traded of it means "
       "something else then; put it back as it was, or give the desk a new journal (another folder "
       "in [journal])"},
      {0, "name = \"foundation\"", "name = \"renamed\"",
       "portfolio foundation has lost its place: portfolios are only added, at the end; put it "
       "back as it was, or give the desk a new journal (another folder in [journal])"},
      {1, "[\"USD\", \"EUR\"]", "[\"EUR\", \"USD\"]",
       "currency USD has lost its place: currencies are only added, at the end; put it back as it "
       "was, or give the desk a new journal (another folder in [journal])"},
  };
  for (const auto& c : cases) {
    texts_ = random_day_texts();
    change(c.file, c.from, c.to);
    const absl::Status status = carry();
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << c.to;
    EXPECT_EQ(std::string(status.message()), c.says);
  }
}

// --- snapshots ---

class SnapshotTest : public ::testing::Test {
 protected:
  SnapshotTest() : desk_(desk_of(random_day_texts())), day_(desk_, 4) {}
  /// Lets `events` pass and writes one.
  std::uint64_t write(int events) {
    for (int i = 0; i < events; ++i) day_.next();
    Sha256 config{};
    config[0] = std::byte{42};
    const Snapshot snapshot = take_snapshot(day_.core(), config);
    EXPECT_TRUE(write_snapshot(storage_, snapshot).ok());
    return snapshot.sequence;
  }
  std::string content(const std::string& name) {
    auto file = storage_.open(name, false).value();
    std::string bytes(file->size(), '\0');
    EXPECT_TRUE(file->read(0, std::as_writable_bytes(std::span(bytes))).ok());
    return bytes;
  }

  DeskConfig desk_;
  RandomDay day_;
  MemoryStorage storage_;
};

TEST_F(SnapshotTest, ComesBackAsItWas) {
  const std::uint64_t sequence = write(500);
  EXPECT_EQ(snapshot_name(sequence), "snapshot-00000000000000000500.evks");
  const auto found = newest_snapshot(storage_, 1'000'000);
  ASSERT_TRUE(found.ok());
  ASSERT_TRUE(found->snapshot.has_value());
  EXPECT_TRUE(found->damaged.empty());
  EXPECT_EQ(found->snapshot->sequence, sequence);
  EXPECT_EQ(found->snapshot->ts, day_.now());
  EXPECT_EQ(found->snapshot->config[0], std::byte{42});
  EXPECT_EQ(found->snapshot->state, save_state(day_.core()));
  EXPECT_EQ(found->snapshot->digest, state_digest(day_.core()));
}

TEST_F(SnapshotTest, TheNewestUpToASequenceIsFoundAndOldOnesGo) {
  const std::uint64_t first = write(100), second = write(100), third = write(100);
  EXPECT_EQ(newest_snapshot(storage_, third - 1)->snapshot->sequence, second);
  EXPECT_EQ(newest_snapshot(storage_, first)->snapshot->sequence, first);
  EXPECT_FALSE(newest_snapshot(storage_, first - 1)->snapshot.has_value());
  ASSERT_TRUE(prune_snapshots(storage_, 2).ok());
  EXPECT_EQ(list_snapshots(storage_).value(), (std::vector<std::uint64_t>{second, third}));
}

TEST_F(SnapshotTest, EveryDamagedByteIsNoticedAndAnOlderOneIsUsed) {
  const std::uint64_t first = write(200), second = write(50);
  const std::string good = content(snapshot_name(second));
  feeds::Random dice(1);
  for (int i = 0; i < 150; ++i) {
    std::string bad = good;
    const std::size_t at =
        i < 104 ? static_cast<std::size_t>(i) : dice.below(static_cast<std::uint32_t>(good.size()));
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    if (at >= 100 && at < 104) continue;  // kept for later, and zero
    ASSERT_TRUE(storage_.put(snapshot_name(second), bad).ok());
    const auto found = newest_snapshot(storage_, second);
    ASSERT_TRUE(found.ok());
    ASSERT_TRUE(found->snapshot.has_value()) << at;
    EXPECT_EQ(found->snapshot->sequence, first) << at;
    ASSERT_EQ(found->damaged.size(), 1U) << at;
    EXPECT_NE(found->damaged[0].find(snapshot_name(second)), std::string::npos);
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{50}, good.size() - 1}) {
    ASSERT_TRUE(storage_.put(snapshot_name(second), good.substr(0, size)).ok());
    EXPECT_EQ(newest_snapshot(storage_, second)->damaged.size(), 1U);
  }
}

}  // namespace
}  // namespace evenkeel::apps
