#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "apps/events.hpp"
#include "core/market.hpp"

namespace evenkeel::apps {
namespace {

using Json = nlohmann::json;

class EventTellerTest : public testing::Test {
 protected:
  EventTellerTest() {
    usd_ = *table_.add_currency("USD");
    Instrument cash;
    cash.symbol.assign("USD");
    cash.kind = InstrumentKind::kCash;
    cash.currency = usd_;
    cash.tick = kUnitPrice;
    cash.quoted = false;
    EXPECT_TRUE(table_.add(cash).ok());
    Instrument share;
    share.symbol.assign("VTI");
    share.currency = usd_;
    share.tick = Price::from_raw(10'000'000);
    share.feed = SourceId{0};
    vti_ = *table_.add(share);
    market_ = std::make_unique<MarketState>(table_, 1);
    book_ = std::make_unique<Book>(table_, *market_);
    Model model;
    model.name.assign("balanced");
    model.sleeves.resize(2);
    model.sleeves[0].name.assign("portfolio");
    model.sleeves[1].name.assign("equity");
    model.sleeves[1].parent = kRootSleeve;
    model.assignments = {{vti_, SleeveId{1}}};
    model_ = *book_->add_model(model);
    PortfolioSpec spec;
    spec.name = "growth";
    spec.base = usd_;
    spec.model = model_;
    spec.holdings = {{vti_, Quantity::from_whole(100), {}}};
    portfolio_ = *book_->add_portfolio(spec);
    book_->finish();
    rules::Policy policy;
    policy.name.assign("balanced");
    policy.sleeves.resize(2);
    policy.sleeves[0].name.assign("portfolio");
    policy.sleeves[1].name.assign("equity");
    policy.sleeves[1].parent = kRootSleeve;
    policies_ = {policy};
  }

  EventTeller teller(EventTeller::Format format) {
    return EventTeller({&table_, book_.get(), {"iex", "FIX"}, &policies_}, format);
  }
  Intent order(OrderId id) const {
    Intent intent;
    intent.event_sequence = 7;
    intent.ts = 1'499'697'062 * kSecond;
    intent.type = IntentType::kNewOrder;
    intent.side = Side::kSell;
    intent.order_id = id;
    intent.portfolio = portfolio_;
    intent.instrument = vti_;
    intent.quantity = Quantity::from_whole(12);
    intent.limit_price = Price::from_raw(220'010'000'000);
    intent.reference_price = Price::from_raw(220'015'000'000);
    intent.bid = Price::from_raw(220'010'000'000);
    intent.ask = Price::from_raw(220'020'000'000);
    intent.cause.proposal = 3;
    intent.cause.model = model_;
    intent.cause.sleeve = SleeveId{1};
    intent.cause.trigger = Trigger::kAbsoluteBand;
    intent.cause.measured = Ratio::from_raw(653'200'000);
    intent.cause.threshold = Ratio::from_raw(650'000'000);
    intent.cause.target = Ratio::from_raw(600'000'000);
    intent.cause.nav = Money::from_whole(22'000);
    return intent;
  }
  Event execution(OrderId id, ExecType type, std::int64_t last, std::int64_t filled) const {
    Event event = Event::make(EventType::kExecution, SourceId{1}, vti_.value);
    event.sequence = 9;
    event.ts = 1'499'697'063 * kSecond;
    ExecutionPayload& e = event.payload.execution;
    e.order_id = id;
    e.exec_type = type;
    e.ord_status = OrdStatus::kPartiallyFilled;
    e.side = Side::kSell;
    e.last_quantity = Quantity::from_whole(last);
    e.last_price = Price::from_raw(220'010'000'000);
    e.cumulative_quantity = Quantity::from_whole(filled);
    e.leaves_quantity = Quantity::from_whole(12 - filled);
    e.exec_id.assign("X1");
    return event;
  }
  static std::string told(EventTeller& teller, const Report& report) {
    std::string out;
    teller.tell(report, out);
    return out;
  }

  InstrumentTable table_;
  std::unique_ptr<MarketState> market_;
  std::unique_ptr<Book> book_;
  std::vector<rules::Policy> policies_;
  CurrencyId usd_;
  InstrumentId vti_;
  ModelId model_;
  PortfolioId portfolio_;
};

TEST_F(EventTellerTest, AnOrderTellsItsWholeCause) {
  EventTeller json = teller(EventTeller::Format::kJson);
  const std::string line = told(json, Report::of(order(1)));
  EXPECT_EQ(line.back(), '\n');
  EXPECT_EQ(line.rfind("{\"ts_ns\":1499697062000000000,\"seq\":7,\"type\":\"order_new\"", 0), 0U)
      << line;
  const Json object = Json::parse(line);
  EXPECT_EQ(object["portfolio"], "growth");
  EXPECT_EQ(object["symbol"], "VTI");
  EXPECT_EQ(object["side"], "sell");
  EXPECT_EQ(object["quantity"], 12);
  EXPECT_NE(line.find("\"limit\":220.01,"), std::string::npos) << "exact decimals";
  EXPECT_EQ(object["cause"]["trigger"], "absolute_band");
  EXPECT_EQ(object["cause"]["policy"], "balanced");
  EXPECT_EQ(object["cause"]["sleeve"], "equity");
  EXPECT_EQ(object["cause"]["proposal"], 3);
  EXPECT_EQ(object["cause"]["why"], "equity 65.32% > 65% (target 60%, band 5pp)");

  EventTeller text = teller(EventTeller::Format::kText);
  EXPECT_EQ(told(text, Report::of(order(1))),
            "14:31:02.000  ORDER     growth         SELL 12 VTI @ 220.01   equity 65.32% > "
            "65% (target 60%, band 5pp)\n");
}

TEST_F(EventTellerTest, ReportsAreToldWithTheOrderTheyBelongTo) {
  EventTeller text = teller(EventTeller::Format::kText);
  told(text, Report::of(order(1)));
  EXPECT_EQ(told(text, Report::of(execution(1, ExecType::kNew, 0, 0))),
            "14:31:03.000  ack       growth         SELL 12 VTI\n");
  EXPECT_EQ(told(text, Report::of(execution(1, ExecType::kTrade, 5, 5))),
            "14:31:03.000  FILL      growth         SELL 5 VTI @ 220.01   5 of 12\n");
  EXPECT_EQ(text.order(1)->filled, Quantity::from_whole(5));
  EXPECT_TRUE(text.order(1)->open);
  EXPECT_EQ(text.tally().orders, 1U);
  EXPECT_EQ(text.tally().acks, 1U);
  EXPECT_EQ(text.tally().fills, 1U);
  const std::string stranger = told(text, Report::of(execution(99, ExecType::kTrade, 5, 5)));
  EXPECT_NE(stranger.find("no order of this run"), std::string::npos) << stranger;
}

TEST_F(EventTellerTest, EveryEventWorthTellingIsValidJson) {
  EventTeller json = teller(EventTeller::Format::kJson);
  for (int type = 1; type <= static_cast<int>(kEventTypeLast); ++type) {
    const auto event_type = static_cast<EventType>(type);
    Event event = Event::make(event_type, SourceId{0}, vti_.value);
    if (event_type == EventType::kFeedStatus) event.payload.feed.state = FeedState::kAlive;
    const std::string line = told(json, Report::of(event));
    if (line.empty()) {
      EXPECT_TRUE(!worth_telling(event_type) || event_type == EventType::kSignal) << type;
      continue;
    }
    EXPECT_TRUE(Json::parse(line).contains("ts_ns")) << line;
  }
}

TEST_F(EventTellerTest, WhatWasHandedToTheConnectionIsToldAndCounted) {
  const auto attempt = [](SendResultKind result) {
    Event event = Event::make(EventType::kSendAttempt, SourceId{1});
    event.sequence = 11;
    event.ts = 1'499'697'063 * kSecond;
    event.payload.attempt.order_id = 1;
    event.payload.attempt.message = 42;
    event.payload.attempt.result = result;
    return Report::of(event);
  };
  EventTeller json = teller(EventTeller::Format::kJson);
  told(json, Report::of(order(1)));
  EXPECT_EQ(
      told(json, attempt(SendResultKind::kSent)),
      "{\"ts_ns\":1499697063000000000,\"seq\":11,\"type\":\"send_attempt\",\"session\":\"FIX\","
      "\"order_id\":1,\"portfolio\":\"growth\",\"message\":42,\"result\":\"sent\"}\n");
  EXPECT_EQ(Json::parse(told(json, attempt(SendResultKind::kLost)))["result"], "lost");
  EXPECT_EQ(json.tally().sends, 1U);
  EXPECT_EQ(json.tally().sends_lost, 1U);

  EventTeller text = teller(EventTeller::Format::kText);
  told(text, Report::of(order(1)));
  EXPECT_EQ(told(text, attempt(SendResultKind::kSent)), "") << "the order has its line";
  EXPECT_EQ(told(text, attempt(SendResultKind::kLost)),
            "14:31:03.000  LOST      growth         request 1 did not go out, message 42\n");
}

TEST_F(EventTellerTest, AFeedThatKeepsSayingItLivesIsToldOnce) {
  EventTeller json = teller(EventTeller::Format::kJson);
  Event event = Event::make(EventType::kFeedStatus, SourceId{0});
  event.payload.feed.state = FeedState::kAlive;
  EXPECT_NE(told(json, Report::of(event)), "");
  EXPECT_EQ(told(json, Report::of(event)), "");
  event.payload.feed.state = FeedState::kSilent;
  EXPECT_NE(told(json, Report::of(event)), "");
  event.payload.feed.state = FeedState::kAlive;
  EXPECT_NE(told(json, Report::of(event)), "");
}

TEST_F(EventTellerTest, DroppedRecordsAreCounted) {
  EventTeller json = teller(EventTeller::Format::kJson);
  std::string out;
  json.tell_dropped(17, out);
  EXPECT_EQ(out, "{\"type\":\"dropped_records\",\"count\":17}\n");
  EXPECT_EQ(json.tally().dropped_records, 17U);
}

TEST_F(EventTellerTest, TextFromOutsideIsMadeHarmless) {
  EventTeller text = teller(EventTeller::Format::kText);
  Intent alert;
  alert.type = IntentType::kAlert;
  alert.alert = AlertCode::kOrderRejected;
  alert.text.assign("no\x1b[2J\nmoney");
  const std::string line = told(text, Report::of(alert));
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
}

}  // namespace
}  // namespace evenkeel::apps
