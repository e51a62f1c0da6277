// What a desk remembers: killed, ended in order, started twice, damaged, changed.
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>

#include "apps/config/desk_config.hpp"
#include "fix/simulator.hpp"
#include "tests/apps/desk_scene.hpp"

namespace evenkeel::apps {
namespace {

using testing::Json;
using testing::kPatience;
using testing::Program;
using testing::ScratchFolder;
using testing::TestMarket;

/// A counterparty that outlives the desk.
class Broker {
 public:
  explicit Broker(const InstrumentTable& instruments, DurationNs fill_after) {
    fix::SimulatorConfig config;
    config.sender = "SIM";
    config.target = "EVENKEEL";
    config.venue.run = "T";
    config.venue.fill_after = fill_after;
    simulator_ = *fix::Simulator::create(config, instruments, {&quotes_}, bell_);
    simulator_->start();
  }
  fix::SimulatorState state() { return simulator_->state(); }
  std::uint16_t port() const { return simulator_->port(); }
  /// What the desk sees, so that it fills.
  void open() {
    push(event(EventType::kVenueSession, 0xffffffff));
    quote(0, 100);
    quote(1, 100);
  }

 private:
  static Event event(EventType type, std::uint32_t subject) {
    Event event = Event::make(type, SourceId{0}, subject);
    if (type == EventType::kVenueSession) event.payload.venue.phase = VenuePhase::kRegular;
    return event;
  }
  void quote(std::uint32_t nth, std::int64_t mid) {
    // Instruments are numbered in the order of their file, behind the cash of the currency.
    Event quote = event(EventType::kQuote, nth + 1);
    quote.payload.quote.bid = Price::from_whole(mid);
    quote.payload.quote.ask = Price::from_whole(mid);
    quote.payload.quote.bid_size = quote.payload.quote.ask_size = Quantity::from_whole(1'000'000);
    push(quote);
  }
  void push(const Event& event) {
    ASSERT_TRUE(quotes_.try_push(event));
    bell_.ring();
  }

  SpscRing<Event> quotes_{64};
  Doorbell bell_;
  std::unique_ptr<fix::Simulator> simulator_;
};

class DeskJournalTest : public ::testing::Test {
 protected:
  DeskJournalTest() { testing::write_small_desk(folder_); }

  void meet(DurationNs fill_after) {
    rules::Complaints complaints;
    instruments_ = load_desk(folder_.path(), complaints)->instruments;
    broker_ = std::make_unique<Broker>(instruments_, fill_after);
    folder_.change("evenkeel.toml", "port = 1\n",
                   "port = " + std::to_string(broker_->port()) + "\n");
  }
  void start() {
    program_ = std::make_unique<Program>(std::vector<std::string>{"run", folder_.path(), "--json"},
                                         folder_.path() + "/stderr");
    const Json listening = program_->await_type("listening");
    ASSERT_FALSE(listening.is_null()) << folder_.read("stderr");
    market_ = std::make_unique<TestMarket>(listening["port"].get<std::uint16_t>());
    program_->await_state("session", "logged_on");
  }
  void kill_it() {
    program_->process().signal(SIGKILL);
    ASSERT_TRUE(program_->process().wait(kPatience));
  }
  int end_it() {
    program_->process().signal(SIGTERM);
    return program_->finish();
  }
  Json recovered() const {
    const auto lines = program_->of_type("recovered");
    return lines.empty() ? Json() : lines.front();
  }
  std::string journal() const { return folder_.path() + "/journal"; }
  std::string first_segment() const { return journal() + "/journal-00000001.evkj"; }

  ScratchFolder folder_;
  InstrumentTable instruments_;
  std::unique_ptr<Broker> broker_;
  std::unique_ptr<Program> program_;
  std::unique_ptr<TestMarket> market_;
};

TEST_F(DeskJournalTest, AnOrderThatWasWorkingWhenTheDeskWasKilledIsAskedAboutAndNotSentAgain) {
  meet(kHour);  // acknowledges, and never fills by itself
  start();
  EXPECT_TRUE(recovered().is_null()) << "nothing to recover";
  market_->open();
  program_->await_type("ack");
  kill_it();
  const std::uint64_t orders = broker_->state().venue.orders;
  ASSERT_GE(orders, 1U);

  start();
  const Json story = recovered();
  ASSERT_FALSE(story.is_null());
  EXPECT_GE(story["open_orders"].get<int>(), 1);
  EXPECT_FALSE(story["ended_in_order"].get<bool>());
  market_->open();
  program_->await_type("order_status_request");
  EXPECT_EQ(end_it(), 0) << folder_.read("stderr");
  EXPECT_TRUE(program_->of_type("order_new").empty()) << "the working order counts";
  EXPECT_FALSE(program_->of_type("cancelled").empty());
  const fix::SimulatorState state = broker_->state();
  EXPECT_EQ(state.venue.orders, orders);
  EXPECT_EQ(state.venue.duplicates, 0U);
  EXPECT_EQ(state.live_orders, 0U);
}

TEST_F(DeskJournalTest, FillsOfOneRunArePositionsOfTheNext) {
  meet(kMillisecond);
  start();
  broker_->open();
  market_->open();
  program_->await(
      [](const Json& o) { return o.value("type", "") == "fill" && o["side"] == "buy"; });
  EXPECT_EQ(end_it(), 0) << folder_.read("stderr");
  const std::uint64_t orders = broker_->state().venue.orders;

  start();
  const Json story = recovered();
  ASSERT_FALSE(story.is_null());
  EXPECT_TRUE(story["ended_in_order"].get<bool>());
  EXPECT_GT(story["snapshot_sequence"].get<std::uint64_t>(), 0U);
  EXPECT_EQ(story["events"].get<int>(), 0) << "an orderly end leaves nothing to replay";
  market_->open();
  program_->await_state("venue", "regular");
  EXPECT_EQ(end_it(), 0) << folder_.read("stderr");
  EXPECT_EQ(broker_->state().venue.orders, orders) << "it is within its bands already";
  EXPECT_TRUE(program_->of_type("order_new").empty());
}

TEST_F(DeskJournalTest, TwoDesksCannotHaveOneJournal) {
  meet(kHour);
  start();
  Program second({"run", folder_.path(), "--json"}, folder_.path() + "/second");
  EXPECT_EQ(second.finish(), 7);
  EXPECT_NE(folder_.read("second").find("journal"), std::string::npos) << folder_.read("second");
  EXPECT_EQ(end_it(), 0);
}

TEST_F(DeskJournalTest, OverDamageNoDeskStarts) {
  meet(kMillisecond);
  start();
  broker_->open();
  market_->open();
  program_->await_type("fill");
  kill_it();
  {
    // A byte of an early block, which later blocks say was on the disk.
    std::fstream file(first_segment(), std::ios::in | std::ios::out | std::ios::binary);
    ASSERT_TRUE(file) << first_segment();
    file.seekg(4096 + 300);
    const char was = static_cast<char>(file.get());
    file.seekp(4096 + 300);
    file.put(static_cast<char>(was ^ 0x20));
  }
  Program again({"run", folder_.path(), "--json"}, folder_.path() + "/again");
  EXPECT_EQ(again.finish(), 7);
  const std::string said = folder_.read("again");
  EXPECT_NE(said.find(".evkj"), std::string::npos) << "names the file: " << said;
}

TEST_F(DeskJournalTest, AChangedPolicyGoesOnFromTheSamePositions) {
  meet(kMillisecond);
  start();
  broker_->open();
  market_->open();
  program_->await(
      [](const Json& o) { return o.value("type", "") == "fill" && o["side"] == "buy"; });
  EXPECT_EQ(end_it(), 0);
  folder_.change("policy.toml", "target = \"50%\"", "target = \"40%\"");
  folder_.change("policy.toml", "target = \"45%\"", "target = \"55%\"");
  start();
  EXPECT_TRUE(recovered()["config_changed"].get<bool>());
  market_->open();
  const Json order = program_->await_type("order_new");
  EXPECT_EQ(order["symbol"], "AAA");
  EXPECT_EQ(order["side"], "sell");
  EXPECT_NEAR(order["quantity"].get<double>(), 100, 15) << "from 50% to 40% of a hundred thousand";
  end_it();
}

TEST_F(DeskJournalTest, APortfolioThatIsGoneStopsTheStart) {
  meet(kHour);
  start();
  market_->open();
  program_->await_type("ack");
  EXPECT_EQ(end_it(), 0);
  folder_.change("evenkeel.toml", "name = \"small\"\nfile", "name = \"other\"\nfile");
  Program again({"run", folder_.path(), "--json"}, folder_.path() + "/again");
  EXPECT_EQ(again.finish(), 7);
  EXPECT_NE(folder_.read("again").find("small"), std::string::npos) << folder_.read("again");
}

TEST_F(DeskJournalTest, WhatTheJournalSaysIsWhatReplays) {
  meet(kMillisecond);
  start();
  broker_->open();
  market_->open();
  program_->await_type("fill");
  EXPECT_EQ(end_it(), 0);
  const Json summary = program_->summary();
  testing::expect_all_checks_passed(summary);
  Program replay({"replay", folder_.path(), "--json"}, folder_.path() + "/replay");
  EXPECT_EQ(replay.finish(), 0) << folder_.read("replay");
  Program verify({"journal", "verify", folder_.path(), "--json", "--expect",
                  summary["journal"]["chain"].get<std::string>()},
                 folder_.path() + "/verify");
  EXPECT_EQ(verify.finish(), 0) << folder_.read("verify");
}

TEST(Drill, KilledAgainAndAgainItLosesAndDoublesNothing) {
  ScratchFolder folder;
  Program drill({"drill", "--kills", "8", "--market", "60s", "--json", "--seed", "3", "--keep",
                 folder.path() + "/desk"},
                folder.path() + "/stderr");
  // It says nothing before its end: a minute of market, and starts that a sanitizer makes slow.
  EXPECT_EQ(drill.finish(5 * kPatience), 0) << folder.read("stderr");
  const auto found = drill.of_type("drill");
  ASSERT_EQ(found.size(), 1U) << folder.read("stderr");
  const Json& result = found.front();
  EXPECT_TRUE(result["good"].get<bool>()) << result.dump();
  EXPECT_EQ(result["kills"], 8);
  EXPECT_EQ(result["doubled"], 0);
  // A desk that is killed before anything of it was on the disk has never been.
  EXPECT_GE(result["epochs"].get<int>(), 2);
  EXPECT_LE(result["epochs"].get<int>(), 9);
  EXPECT_GT(result["fills"].get<int>(), 0) << "it traded";
}

}  // namespace
}  // namespace evenkeel::apps
