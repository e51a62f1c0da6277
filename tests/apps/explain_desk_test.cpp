// Why an order was sent, and why none was: read off journals of days made of dice and of a day
// made by hand.
#include "apps/explain_desk.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/decimal.hpp"
#include "tests/apps/desk_scene.hpp"
#include "tests/apps/random_day.hpp"
#include "tests/support/memory_storage.hpp"

namespace evenkeel::apps {
namespace {

using evenkeel::testing::MemoryStorage;
using testing::desk_of;
using testing::Json;
using testing::random_day_texts;
using testing::RandomDay;

/// A day with a desk that is told, event by event, what happens; everything is recorded.
class Day {
 public:
  explicit Day(Storage& storage) : core_(DecisionCore::build(desk_of(random_day_texts())).value()) {
    JournalOptions options;
    options.engine = "DICE";
    options.segment_bytes = 256 << 10;
    options.block_bytes_max = 64 << 10;
    writer_ = JournalWriter::open(storage, options, JournalTail{}, random_day_texts()).value();
  }
  ~Day() { EXPECT_TRUE(writer_->close().ok()); }
  Day(const Day&) = delete;
  Day& operator=(const Day&) = delete;

  std::vector<Intent> give(Event event) {
    event.sequence = ++sequence_;
    event.ts = now;
    core_->engine.on_event(event, intents_);
    writer_->append(event);
    for (const Intent& intent : intents_.intents()) writer_->append(intent);
    return {intents_.intents().begin(), intents_.intents().end()};
  }
  void open() {
    Event start = Event::make(EventType::kEngineStart, SourceId::none());
    start.payload.start.epoch = 1'760'000'000'000;
    give(start);
    session(SessionState::kLoggedOn);
    for (const SourceId line : {SourceId{0}, SourceId{1}}) {
      Event event = Event::make(EventType::kVenueSession, line);
      event.payload.venue.phase = VenuePhase::kRegular;
      give(event);
    }
    quote("EURUSD", "1.1");
    quote("AGG", "100");
    quote("EXSA", "50");
    quote("ESZ6", "5000");
    quote("ZNZ6", "110");
    quote("SPY", "500");
  }
  void session(SessionState state) {
    Event event = Event::make(EventType::kSessionStatus, RandomDay::kSession);
    event.payload.session.state = state;
    give(event);
  }
  std::vector<Intent> quote(std::string_view symbol, std::string_view price) {
    const InstrumentId id = core_->books->instruments.find(symbol);
    Event event = Event::make(EventType::kQuote, core_->books->instruments[id].feed, id.value);
    QuotePayload& quote = event.payload.quote;
    quote.bid = quote.ask = parse_exact<Price>(price).value();
    quote.bid_size = quote.ask_size = Quantity::from_whole(1'000);
    return give(event);
  }
  std::vector<Intent> tick() { return give(Event::make(EventType::kClock, SourceId::none())); }
  void report(OrderId id, ExecType type, OrdStatus status, Quantity filled, Quantity left,
              Quantity last = {}, Price price = {}, std::string_view exec_id = "") {
    Event event = Event::make(EventType::kExecution, RandomDay::kSession);
    ExecutionPayload& report = event.payload.execution;
    report.order_id = id;
    report.exec_type = type;
    report.ord_status = status;
    report.cumulative_quantity = filled;
    report.leaves_quantity = left;
    report.last_quantity = last;
    report.last_price = price;
    report.exec_id.assign(exec_id.empty() ? "R" + std::to_string(sequence_) : std::string(exec_id));
    give(event);
  }

  TimeNs now = RandomDay::kStart;

 private:
  std::unique_ptr<DecisionCore> core_;
  std::unique_ptr<JournalWriter> writer_;
  IntentBuffer intents_{DeskEngineAgent::kIntentsMax};
  std::uint64_t sequence_ = 0;
};

/// The first order that some intents ask for; id 0 when there is none.
Intent first_order(const std::vector<Intent>& intents) {
  for (const Intent& intent : intents) {
    if (intent.type == IntentType::kNewOrder) return intent;
  }
  return {};
}

TEST(ExplainOrder, TellsItsReasonAndItsLife) {
  MemoryStorage storage;
  Intent order;
  {
    Day day(storage);
    day.open();
    day.now += kSecond;
    // Bonds fall: the foundation holds too few of them.
    std::vector<Intent> asked = day.quote("AGG", "88");
    order = first_order(asked);
    ASSERT_NE(order.order_id, 0U);
    day.now += 10 * kMillisecond;
    Event sent = Event::make(EventType::kSendAttempt, RandomDay::kSession);
    sent.payload.attempt.order_id = order.order_id;
    sent.payload.attempt.message = 7;
    sent.payload.attempt.result = SendResultKind::kSent;
    day.give(sent);
    const Quantity part = Quantity::from_whole(10);
    day.report(order.order_id, ExecType::kNew, OrdStatus::kNew, {}, order.quantity);
    day.report(order.order_id, ExecType::kTrade, OrdStatus::kPartiallyFilled, part,
               order.quantity - part, part, order.limit_price, "FILL-1");
    day.now += kSecond;
    day.report(order.order_id, ExecType::kTrade, OrdStatus::kFilled, order.quantity, {},
               order.quantity - part, order.limit_price, "FILL-2");
    // A bust names the fill alone.
    Event bust = Event::make(EventType::kExecution, RandomDay::kSession);
    bust.payload.execution.exec_type = ExecType::kTradeCancel;
    bust.payload.execution.exec_id.assign("BUST-1");
    bust.payload.execution.exec_ref_id.assign("FILL-1");
    bust.payload.execution.cumulative_quantity = order.quantity - part;
    day.give(bust);
  }
  const auto story = explain_order(storage, ".", std::to_string(order.order_id), false);
  ASSERT_TRUE(story.ok()) << story.status();
  EXPECT_EQ(story->order_id, order.order_id);
  EXPECT_EQ(story->intent.order_id, order.order_id);
  EXPECT_EQ(story->cl_ord_id.rfind("DICE-", 0), 0U) << story->cl_ord_id;
  EXPECT_FALSE(story->why.empty());
  EXPECT_EQ(story->policy, "balanced");
  EXPECT_FALSE(story->sleeve.empty());
  EXPECT_EQ(story->filled, order.quantity - Quantity::from_whole(10));
  std::vector<std::string> kinds;
  for (const OrderEntry& entry : story->life) {
    const std::size_t at = entry.text.find("  ");
    kinds.push_back(entry.text.substr(at + 2, entry.text.find(' ', at + 2) - at - 2));
  }
  ASSERT_GE(kinds.size(), 6U);
  EXPECT_EQ(std::vector<std::string>(kinds.begin(), kinds.begin() + 5),
            (std::vector<std::string>{"ORDER", "sent", "ack", "FILL", "FILL"}));
  EXPECT_NE(std::find(kinds.begin(), kinds.end(), "BUST"), kinds.end());
  const std::string text = render(*story);
  EXPECT_NE(text.find("went out as message 7"), std::string::npos) << text;
  EXPECT_NE(text.find(story->why), std::string::npos);
  EXPECT_NE(text.find("limit " + std::string(format_exact(order.limit_price).view())),
            std::string::npos);

  // The same by its ClOrdID, and for machines.
  const auto again = explain_order(storage, ".", story->cl_ord_id, true);
  ASSERT_TRUE(again.ok()) << again.status();
  const Json json = Json::parse(render_json(*again));
  EXPECT_EQ(json["order_id"], order.order_id);
  EXPECT_EQ(json["cause"]["policy"], "balanced");
  EXPECT_EQ(json["cause"]["why"], story->why);
  EXPECT_EQ(json["life"].size(), story->life.size());
  EXPECT_EQ(json["life"][0]["type"], "order_new");
  EXPECT_EQ(json["life"][1]["type"], "send_attempt");
}

TEST(ExplainOrder, AReplaceOrACancelStandsForItsOrder) {
  MemoryStorage storage;
  OrderId root = 0, request = 0;
  {
    Day day(storage);
    day.open();
    day.now += kSecond;
    const Intent order = first_order(day.quote("AGG", "88"));
    root = order.order_id;
    ASSERT_NE(root, 0U);
    day.report(root, ExecType::kNew, OrdStatus::kNew, {}, order.quantity);
    for (int i = 0; i < 60 && request == 0; ++i) {
      day.now += kSecond;
      for (const Intent& intent : day.tick()) {
        const bool asks =
            intent.type == IntentType::kReplaceOrder || intent.type == IntentType::kCancelOrder;
        if (asks && intent.orig_order_id == root) request = intent.order_id;
      }
    }
  }
  ASSERT_NE(request, 0U);
  const auto story = explain_order(storage, ".", std::to_string(request), false);
  ASSERT_TRUE(story.ok()) << story.status();
  EXPECT_EQ(story->order_id, root);
}

TEST(ExplainOrder, SaysWhenThereIsNone) {
  MemoryStorage storage;
  { Day(storage).open(); }
  for (const char* which : {"99", "0", "DICE-ABC-Z", "OTHER-1-1", "eleven"}) {
    const auto story = explain_order(storage, ".", which, false);
    EXPECT_TRUE(absl::IsNotFound(story.status())) << which << ": " << story.status();
  }
}

TEST(ExplainPortfolio, SaysWhatHoldsItBack) {
  MemoryStorage storage;
  const TimeNs start = RandomDay::kStart;  // 14:30:00
  {
    Day day(storage);
    day.open();
    day.now = start + 10 * kSecond;
    day.quote("ESZ6", "5000");
    // Prices of the pension fund move it out; it holds on for a second, then acts.
    day.quote("SPY", "560");
    day.now = start + 11 * kSecond + kMillisecond;
    ASSERT_NE(first_order(day.tick()).order_id, 0U);
    // Its session is lost, and a price goes bad.
    day.now = start + 20 * kSecond;
    day.session(SessionState::kDisconnected);
    day.now = start + 60 * kSecond;
    const InstrumentId spy{3};
    Event withdrawn = Event::make(EventType::kQuote, SourceId{0}, spy.value);
    day.give(withdrawn);
    Event halt = Event::make(EventType::kCommand, SourceId::none(), 1);
    halt.payload.command.command = Command::kHalt;
    day.give(halt);
    day.now = start + 100 * kSecond;
    day.tick();
  }
  const auto reasons = [&](const char* portfolio, const char* when) {
    const auto moment = explain_portfolio(storage, ".", portfolio, when);
    EXPECT_TRUE(moment.ok()) << moment.status();
    std::string all;
    for (const std::string& reason : moment->reasons) all += reason + "; ";
    return all + "=> " + moment->conclusion;
  };
  EXPECT_NE(reasons("pension", "14:30:10").find("held until 14:30:11.000 (hold_for)"),
            std::string::npos)
      << reasons("pension", "14:30:10");
  EXPECT_NE(reasons("pension", "14:30:12").find("cool-down until 14:30:31.001"), std::string::npos)
      << reasons("pension", "14:30:12");
  const std::string lost = reasons("pension", "14:30:25");
  EXPECT_NE(lost.find("the FIX session is not logged on"), std::string::npos) << lost;
  const std::string bad = reasons("pension", "14:31:20");
  EXPECT_NE(bad.find("the price of SPY (one_sided) may not be acted on"), std::string::npos) << bad;
  const std::string halted = reasons("foundation", "14:31:20");
  EXPECT_NE(halted.find("the portfolio is halted: halted"), std::string::npos) << halted;

  const auto moment = explain_portfolio(storage, ".", "pension", "14:30:12");
  ASSERT_TRUE(moment.ok());
  EXPECT_FALSE(moment->open_orders.empty());
  ASSERT_EQ(moment->sleeves.size(), 3U);
  EXPECT_EQ(moment->sleeves[0].name, "equity");
  EXPECT_TRUE(moment->sleeves[0].banded);
  EXPECT_GT(moment->sleeves[0].weight, moment->sleeves[0].projected) << "futures are being sold";
  EXPECT_FALSE(moment->sleeves[2].banded);
  const std::string text = render(*moment);
  EXPECT_NE(text.find("58.00% to 62.00%"), std::string::npos) << text;
  const Json json = Json::parse(render_json(*moment));
  EXPECT_EQ(json["portfolio"], "pension");
  EXPECT_EQ(json["sleeves"].size(), 3U);
  EXPECT_EQ(json["open_orders"].size(), moment->open_orders.size());
  EXPECT_EQ(json["conclusion"], moment->conclusion);
}

TEST(ExplainPortfolio, NamesTheLimitThatBlocked) {
  MemoryStorage storage;
  {
    Day day(storage);
    day.open();
    day.now += 2 * kMinute;  // quotes are too old to trade on now
    day.quote("SPY", "560");
    day.now += 2 * kSecond;
    day.tick();
  }
  const auto later = explain_portfolio(storage, ".", "pension", "14:32:02");
  ASSERT_TRUE(later.ok());
  EXPECT_NE(later->refusal.find("quote_age"), std::string::npos) << render(*later);
  bool refused = false;
  for (const std::string& reason : later->reasons) {
    refused = refused || reason.find("refused; tried again at ") != std::string::npos;
  }
  EXPECT_TRUE(refused) << render(*later);
}

TEST(ExplainPortfolio, SaysWhatItCannotAnswer) {
  MemoryStorage storage;
  { Day(storage).open(); }
  EXPECT_TRUE(absl::IsNotFound(explain_portfolio(storage, ".", "pensoin", "14:30:00").status()));
  EXPECT_EQ(std::string(explain_portfolio(storage, ".", "pensoin", "14:30:00").status().message()),
            "no portfolio 'pensoin' (did you mean 'pension'?)");
  EXPECT_TRUE(absl::IsInvalidArgument(
      explain_portfolio(storage, ".", "pension", "half past two").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      explain_portfolio(storage, ".", "pension", "2001-01-01 00:00:00").status()));
}

TEST(ParseMoment, TakesTimesOfTheDayAndWholeOnes) {
  const TimeNs day = 20'600 * kCalendarDay + 5 * kHour;
  const TimeNs midnight = 20'600 * kCalendarDay;
  EXPECT_EQ(parse_moment("16:12:30", day), midnight + 16 * kHour + 12 * kMinute + 30 * kSecond);
  EXPECT_EQ(parse_moment("00:00:00.25", day), midnight + 250 * kMillisecond);
  EXPECT_EQ(parse_moment("1970-01-02 00:00:01", day), kCalendarDay + kSecond);
  EXPECT_EQ(parse_moment("1970-01-02T00:00:01.5Z", day), kCalendarDay + 1'500 * kMillisecond);
  EXPECT_EQ(parse_moment("2024-02-29 12:00:00Z", day), 19'782 * kCalendarDay + 12 * kHour);
  for (const char* bad : {"", "16:12", "24:00:00", "12:60:00", "12:00:61", "x2:00:00",
                          "2023-02-29 12:00:00", "2023-02-2912:00:00", "12:00:00,5", "noon"}) {
    EXPECT_FALSE(parse_moment(bad, day).has_value()) << bad;
  }
}

// --- the commands ---

TEST(FindJournal, LooksWhereADeskKeepsIt) {
  testing::ScratchFolder folder;
  EXPECT_TRUE(absl::IsNotFound(find_journal(folder.path() + "/none").status()));
  EXPECT_TRUE(absl::IsNotFound(find_journal(folder.path()).status()));
  testing::write_small_desk(folder);
  EXPECT_TRUE(absl::IsNotFound(find_journal(folder.path()).status()));
  folder.write("journal-paper/9/journal-00000001.evkj", "");
  folder.write("journal-paper/10/journal-00000001.evkj", "");
  EXPECT_EQ(find_journal(folder.path()).value(), folder.path() + "/journal-paper/10");
  folder.write("journal/journal-00000001.evkj.zst", "");
  EXPECT_EQ(find_journal(folder.path()).value(), folder.path() + "/journal");
  EXPECT_EQ(find_journal(folder.path() + "/evenkeel.toml").value(), folder.path() + "/journal");
  EXPECT_EQ(find_journal(folder.path() + "/journal").value(), folder.path() + "/journal");
}

}  // namespace
}  // namespace evenkeel::apps
