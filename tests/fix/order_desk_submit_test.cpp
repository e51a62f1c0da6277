// Proposals: taken whole or refused whole, each refusal with its limit, its value and its bound.
#include "tests/fix/order_desk_world.hpp"

namespace evenkeel::fix {
namespace {

using namespace evenkeel::fix::testing;  // NOLINT(google-build-using-namespace)

TEST(OrderDeskSubmitTest, AnOrderCarriesItsWholeCause) {
  World world;
  ProposalLine line{world.id("SPY"), quantity("-7"), price("500")};
  Proposal proposal;
  proposal.portfolio = World::kBeta;
  proposal.cause.proposal = 12;
  proposal.cause.sleeve = SleeveId{1};
  proposal.cause.trigger = Trigger::kVolatility;
  proposal.cause.measured = Ratio::from_raw(111);
  proposal.cause.threshold = Ratio::from_raw(222);
  proposal.cause.nav = money("5");
  Event event = Event::make(EventType::kClock, SourceId{2});
  event.sequence = ++world.sequence;
  event.ts = world.now;
  world.out.begin(event);
  const SubmitResult result =
      world.desk->submit(world.view(), *world.book, proposal, {&line, 1}, world.out);
  EXPECT_TRUE(result.accepted);
  ASSERT_EQ(world.out.intents().size(), 1u);
  const Intent& intent = world.out.intents()[0];
  EXPECT_EQ(intent.type, IntentType::kNewOrder);
  EXPECT_EQ(intent.event_sequence, world.sequence);
  EXPECT_EQ(intent.ts, world.now);
  EXPECT_EQ(intent.side, Side::kSell);
  EXPECT_EQ(intent.order_type, OrderType::kLimit);
  EXPECT_EQ(intent.time_in_force, TimeInForce::kDay);
  EXPECT_EQ(intent.order_id, 1u);
  EXPECT_EQ(intent.orig_order_id, 0u);
  EXPECT_EQ(intent.portfolio, World::kBeta);
  EXPECT_EQ(intent.instrument, world.id("SPY"));
  EXPECT_EQ(intent.quantity, quantity("7"));
  EXPECT_EQ(intent.limit_price, price("499.50"));
  EXPECT_EQ(intent.reference_price, price("500"));
  EXPECT_EQ(intent.bid, price("499.99"));
  EXPECT_EQ(intent.ask, price("500.01"));
  EXPECT_EQ(intent.cause.proposal, 12u);
  EXPECT_EQ(intent.cause.trigger, Trigger::kVolatility);
  EXPECT_EQ(intent.cause.measured, Ratio::from_raw(111));
  EXPECT_EQ(intent.cause.nav, money("5"));
  EXPECT_EQ(world.line("SPY", World::kBeta).working_sell, quantity("7"));
  EXPECT_TRUE(world.audit());
}

TEST(OrderDeskSubmitTest, WholeOrNothing) {
  World world;
  EXPECT_TRUE(world.submit("SPY -10, ES +2, AGG +5").accepted);
  EXPECT_EQ(intents_text(world), "new 1 sell 10@499.5; new 2 buy 2@5005.25; new 3 buy 5@100.11");
  const auto result = world.submit("SPY -10, ES +2, AGG +200000");
  EXPECT_FALSE(result.accepted);
  EXPECT_EQ(result.blocked_by, AlertCode::kLimitQuantity);
  EXPECT_EQ(result.instrument, world.id("AGG"));
  EXPECT_EQ(intents_text(world), "!limit: order_quantity 200000 > 100000");
  EXPECT_EQ(world.out.intents()[0].alert, AlertCode::kLimitQuantity);
  EXPECT_EQ(world.out.intents()[0].alert_value, 200'000'000'000u);
  EXPECT_EQ(world.desk->orders().size(), 3u);
  EXPECT_EQ(world.line("SPY").working_sell, quantity("10"));
  EXPECT_TRUE(world.audit());
  EXPECT_EQ(world.desk->refusals(Limit::kOrderQuantity), 1u);
}

TEST(OrderDeskSubmitTest, EachRefusalNamesItsLimit) {
  struct Row {
    const char* what;
    void (*prepare)(World&, Limits&);  // with a null limits first, then with the world
    const char* lines;
    AlertCode code;
    const char* text;
  };
  const Row rows[] = {
      {"missing for the kind", [](World&, Limits& limits) { limits.kinds.clear(); }, "SPY +1",
       AlertCode::kLimitMissing, "missing order_quantity"},
      {"missing rate", [](World&, Limits& limits) { limits.orders_per_minute.reset(); }, "SPY +1",
       AlertCode::kLimitMissing, "missing orders_per_minute"},
      {"cash", nullptr, "USD +1", AlertCode::kLimitMissing, "not_tradable"},
      {"not in the portfolio", nullptr, "GHOST +1", AlertCode::kLimitMissing, "not_tradable"},
      {"no quantity", nullptr, "SPY 0", AlertCode::kLimitQuantity, "lot 0 of 1"},
      {"part of a lot", nullptr, "SPY +1.5", AlertCode::kLimitQuantity, "lot 1.5 of 1"},
      {"nothing at all", nullptr, "", AlertCode::kLimitQuantity, "lot 0 of 0"},
      {"notional", nullptr, "ES +201", AlertCode::kLimitNotional,
       "order_notional 50302762.5 > 50000000"},
      {"short", nullptr, "SPY -1001", AlertCode::kLimitQuantity, "short_sale -1 < 0"},
      {"short in two parts", nullptr, "SPY -600, SPY -600", AlertCode::kLimitQuantity,
       "short_sale -200 < 0"},
      {"buying power", nullptr, "SPY +2000", AlertCode::kLimitNotional, "buying_power -1020 < 0"},
      {"buying power in two parts", nullptr, "SPY +1000, AGG +5000", AlertCode::kLimitNotional,
       "buying_power -1060 < 0"},
      {"proceeds of a sale are not there yet", nullptr, "AGG -500, SPY +1999",
       AlertCode::kLimitNotional, "buying_power -519.49 < 0"},
      {"euros are not dollars", nullptr, "SAP +300", AlertCode::kLimitNotional,
       "buying_power -10066 < 0"},
      {"open orders of the portfolio",
       [](World&, Limits& limits) { limits.open_orders_per_portfolio = 1; }, "SPY +1, AGG +1",
       AlertCode::kLimitOpenOrders, "open_orders_portfolio 2 > 1"},
      {"open orders of the desk", [](World&, Limits& limits) { limits.open_orders = 1; },
       "SPY +1, AGG +1", AlertCode::kLimitOpenOrders, "open_orders_desk 2 > 1"},
      {"daily notional",
       [](World&, Limits& limits) { limits.daily_notional = Money::from_whole(1000); },
       "SPY +1, SPY +1", AlertCode::kLimitNotional, "daily_notional 1001.02 > 1000"},
      {"rate", [](World&, Limits& limits) { limits.orders_per_second = 1; }, "SPY +1, SPY +1",
       AlertCode::kLimitRate, "orders_per_second 2 > 1"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    Limits limits = wide_limits();
    World unused;
    if (row.prepare != nullptr) row.prepare(unused, limits);
    World world(limits);
    const SubmitResult result = world.submit(row.lines);
    EXPECT_FALSE(result.accepted);
    EXPECT_EQ(result.blocked_by, row.code);
    ASSERT_EQ(world.out.intents().size(), 1u);
    EXPECT_EQ(world.out.intents()[0].text.view(), row.text);
    EXPECT_EQ(world.desk->open_orders(), 0u);
    EXPECT_EQ(world.desk->counters().sent, 0u);
    EXPECT_EQ(world.desk->counters().refused, 1u);
    EXPECT_TRUE(world.audit());
  }
}

TEST(OrderDeskSubmitTest, TheMarketHasToBeThere) {
  World world;
  Event halt = Event::make(EventType::kQuote, World::kFeed, world.id("SPY").value);
  halt.flags = kQuoteHalted;
  halt.payload.quote = {world.now, price("499.99"), price("500.01"), quantity("1"), quantity("1")};
  world.give(halt);
  EXPECT_EQ(world.submit("SPY +1").blocked_by, AlertCode::kLimitStalePrice);
  EXPECT_EQ(intents_text(world), "!limit: unsound halted");
  world.quote("SPY", "499.99", "500.01");
  world.now += 10 * kSecond;
  EXPECT_TRUE(world.submit("SPY +1").accepted);
  world.now += kMillisecond;
  EXPECT_EQ(world.submit("SPY +1").blocked_by, AlertCode::kLimitStalePrice);
  EXPECT_EQ(intents_text(world), "!limit: quote_age_ms 10001 > 10000");
}

TEST(OrderDeskSubmitTest, WorkingOrdersCountAtTheirWorst) {
  World world;
  EXPECT_TRUE(world.submit("SPY -600").accepted);
  EXPECT_EQ(world.submit("SPY -401").blocked_by, AlertCode::kLimitQuantity);
  EXPECT_TRUE(world.submit("SPY -400").accepted);
  // A purchase still working does not cover a sale.
  EXPECT_TRUE(world.submit("SPY +100").accepted);
  EXPECT_EQ(world.submit("SPY -1").blocked_by, AlertCode::kLimitQuantity);
  // 100 x 500.51 are promised.
  EXPECT_FALSE(world.submit("AGG +9490").accepted);
  EXPECT_EQ(intents_text(world), "!limit: buying_power -94.9 < 0");
  EXPECT_TRUE(world.submit("AGG +9489").accepted);
}

TEST(OrderDeskSubmitTest, PromisedCashComesBackWithTheFillOrTheCancel) {
  World world;
  EXPECT_TRUE(world.submit("SPY +1900").accepted);  // promises 950,969
  EXPECT_FALSE(world.submit("AGG +490").accepted);  // 49,053.90 of 49,031
  EXPECT_TRUE(world.submit("AGG +100").accepted);
  say(world, "trade 1 E1 1900/0 filled 1900@500");  // cost 950,000 only
  EXPECT_TRUE(world.submit("AGG +390").accepted);
  say(world, "canceled 2 E2 0/0 canceled");
  EXPECT_FALSE(world.submit("AGG +200").accepted);
  EXPECT_TRUE(world.submit("AGG +100").accepted);
}

TEST(OrderDeskSubmitTest, CurrencyPairsMoveTwoCashLines) {
  World world;
  // Sells of EURUSD sell euros: 50,000 are there.
  EXPECT_FALSE(world.submit("EURUSD -50001").accepted);
  EXPECT_EQ(intents_text(world), "!limit: short_sale -1 < 0");
  EXPECT_TRUE(world.submit("EURUSD -20000").accepted);
  EXPECT_EQ(world.line("EUR").working_sell, quantity("20000"));
  // Those euros are gone for shares, and euros promised for shares cannot be sold.
  EXPECT_FALSE(world.submit("SAP +150").accepted);
  EXPECT_EQ(intents_text(world), "!limit: buying_power -33 < 0");
  EXPECT_TRUE(world.submit("SAP +100").accepted);  // promises 20,022 (limit 200.22)
  EXPECT_FALSE(world.submit("EURUSD -10000").accepted);
  EXPECT_EQ(intents_text(world), "!limit: short_sale -22 < 0");
  say(world, "trade 1 E1 20000/0 filled 20000@1.1");
  EXPECT_EQ(world.line("EUR").quantity, quantity("30000"));
  EXPECT_EQ(world.line("USD").quantity, quantity("1022000"));
  EXPECT_EQ(world.line("EUR").working_sell, quantity("0"));
  EXPECT_TRUE(world.audit());
}

TEST(OrderDeskSubmitTest, FuturesMayBeShortAndNeedNoCash) {
  World world;
  EXPECT_TRUE(world.submit("ES -150").accepted);
  EXPECT_TRUE(world.submit("ES +150").accepted);
  EXPECT_TRUE(world.submit("ES +150").accepted);
  EXPECT_EQ(world.line("ES").working_buy, quantity("300"));
  EXPECT_EQ(world.line("ES").working_sell, quantity("150"));
}

TEST(OrderDeskSubmitTest, MarketOrdersAreTakenAtTheCollar) {
  OrderDeskConfig config = test_config();
  config.order_type = OrderType::kMarket;
  World world(wide_limits(), config);
  EXPECT_TRUE(world.submit("SPY +1900").accepted);  // 1,900 x 525 = 997,500
  EXPECT_EQ(intents_text(world), "new 1 buy 1900");
  EXPECT_EQ(world.out.intents()[0].limit_price, Price{});
  EXPECT_EQ(world.desk->orders()[0].worst_price, price("525"));
  EXPECT_FALSE(world.submit("AGG +24").accepted);  // 24 x 105 = 2,520
  EXPECT_TRUE(world.submit("AGG +23").accepted);
  world.quote("SPY", "529.99", "530.01");
  say(world, "trade 1 E1 1900/0 filled 1900@530.01");  // no limit to be beyond
  EXPECT_EQ(world.desk->counters().mismatches, 0u);
}

TEST(OrderDeskSubmitTest, TheSameRefusalIsToldOnceAMinute) {
  World world;
  const auto told = [&] { return world.out.intents().size(); };
  world.submit("SPY -2000");
  EXPECT_EQ(told(), 1u);
  world.submit("SPY -2000");
  EXPECT_EQ(told(), 0u);
  world.submit("AGG -2000");  // another instrument
  EXPECT_EQ(told(), 1u);
  world.submit("AGG -2000", World::kBeta);  // another portfolio
  EXPECT_EQ(told(), 1u);
  world.submit("AGG -2000");
  EXPECT_EQ(told(), 0u);
  world.pass(kMinute);
  world.submit("AGG -2000");
  EXPECT_EQ(told(), 1u);
  world.submit("AGG -1");  // accepted: the next refusal is news
  world.submit("AGG -2000");
  EXPECT_EQ(told(), 1u);
  EXPECT_EQ(world.desk->refusals(Limit::kShortSale), 7u);
  EXPECT_EQ(world.desk->counters().refused, 7u);
}

TEST(OrderDeskSubmitTest, DailyNotionalStartsAnewWithTheDay) {
  Limits limits = wide_limits();
  limits.daily_notional = Money::from_whole(60'000);
  limits.day_starts_at = 22 * kHour;
  World world(limits);  // at 15:00
  EXPECT_TRUE(world.submit("SPY +100").accepted);
  EXPECT_EQ(world.desk->sent_today(World::kAlpha), money("50051"));
  EXPECT_FALSE(world.submit("SPY +100").accepted);
  EXPECT_TRUE(world.submit("SPY +100", World::kBeta).accepted);
  say(world, "canceled 1 E1 0/0 canceled");  // sent is sent
  EXPECT_FALSE(world.submit("SPY +100").accepted);
  world.pass(7 * kHour - 1);
  EXPECT_FALSE(world.submit("SPY +100").accepted);
  world.pass(1);
  EXPECT_TRUE(world.submit("SPY +100").accepted);
}

TEST(OrderDeskSubmitTest, TablesAndBuffersHaveEnds) {
  OrderDeskConfig config = test_config();
  config.orders_max = 3;
  config.lines_max = 2;
  World world(wide_limits(), config);
  EXPECT_EQ(world.submit("SPY +1, SPY +1, SPY +1").blocked_by, AlertCode::kLimitBufferFull);
  EXPECT_EQ(intents_text(world), "!limit: buffer_room 3 > 2");
  EXPECT_TRUE(world.submit("SPY +1, SPY +1").accepted);
  EXPECT_EQ(world.submit("SPY +1, SPY +1").blocked_by, AlertCode::kLimitBufferFull);
  EXPECT_EQ(intents_text(world), "!limit: order_table 2 > 1");
  world.out = IntentBuffer(1);
  EXPECT_EQ(world.submit("SPY +1, SPY +1").blocked_by, AlertCode::kLimitBufferFull);
  EXPECT_TRUE(world.submit("SPY +1").accepted);
  EXPECT_EQ(world.desk->open_orders(), 3u);
  EXPECT_EQ(world.desk->refusals(Limit::kBufferFull), 2u);
  EXPECT_EQ(world.desk->refusals(Limit::kTableFull), 1u);
}

TEST(OrderDeskSubmitTest, AnAlertIsToldAndTradesNothing) {
  World world(wide_limits(), test_config(), false);  // even before the start
  Proposal proposal;
  proposal.portfolio = World::kAlpha;
  proposal.alert = AlertCode::kBandBreached;
  proposal.cause.proposal = 3;
  const SubmitResult result =
      world.desk->submit(world.view(), *world.book, proposal, {}, world.out);
  EXPECT_TRUE(result.accepted);
  ASSERT_EQ(world.out.intents().size(), 1u);
  EXPECT_EQ(world.out.intents()[0].alert, AlertCode::kBandBreached);
  EXPECT_EQ(world.out.intents()[0].cause.proposal, 3u);
  EXPECT_FALSE(world.out.intents()[0].instrument.valid());
  // The instrument it is about goes with it.
  const InstrumentId spy = world.id("SPY");
  const ProposalLine about{spy, Quantity{}, Price{}};
  world.out = IntentBuffer(1);
  EXPECT_TRUE(
      world.desk->submit(world.view(), *world.book, proposal, {&about, 1}, world.out).accepted);
  ASSERT_EQ(world.out.intents().size(), 1u);
  EXPECT_EQ(world.out.intents()[0].instrument, spy);
  EXPECT_EQ(world.desk->open_orders(), 0u);
  world.out = IntentBuffer(0);
  EXPECT_FALSE(world.desk->submit(world.view(), *world.book, proposal, {}, world.out).accepted);
}

TEST(OrderDeskSubmitTest, RepricingObeysTheSameLimits) {
  OrderDeskConfig config = test_config();
  config.reprice_after = kSecond;
  Limits limits = wide_limits();
  limits.daily_notional = Money::from_whole(1'000'000);
  World world(limits, config);
  EXPECT_TRUE(world.submit("SPY +1997").accepted);  // 999,518.47 of a million
  say(world, "new 1 E1 0/1997 new");
  world.quote("SPY", "500.59", "500.61");
  world.pass(kSecond);  // 501.11 x 1,997 is more than there is
  EXPECT_EQ(intents_text(world), "!limit: buying_power -716.67 < 0");
  world.pass(kSecond);
  EXPECT_EQ(intents_text(world), "");
  EXPECT_EQ(world.desk->refusals(Limit::kBuyingPower), 2u);
  EXPECT_EQ(world.desk->state(1), OrderState::kNew);
  say(world, "halt alpha");
  world.pass(kSecond);
  EXPECT_EQ(world.desk->refusals(Limit::kBuyingPower), 2u);
  World seller(limits, config);
  EXPECT_TRUE(seller.submit("SPY -100").accepted);
  say(seller, "new 1 E1 0/100 new");
  seller.quote("SPY", "498.99", "499.01");
  seller.pass(kSecond);
  EXPECT_EQ(intents_text(seller), "replace 2/1 @498.5");
  // What the first price sent is not sent twice.
  EXPECT_EQ(seller.desk->sent_today(World::kAlpha), money("50000"));
}

TEST(OrderDeskSubmitTest, ConfigurationsThatCannotBeMeantAreRefused) {
  const auto broken = [](auto change) {
    OrderDeskConfig config;
    change(config);
    return validate(config).ok();
  };
  EXPECT_TRUE(broken([](OrderDeskConfig&) {}));
  EXPECT_FALSE(broken([](OrderDeskConfig& c) { c.orders_max = 0; }));
  EXPECT_FALSE(broken([](OrderDeskConfig& c) { c.executions_max = 0; }));
  EXPECT_FALSE(broken([](OrderDeskConfig& c) { c.lines_max = 0; }));
  EXPECT_FALSE(broken([](OrderDeskConfig& c) { c.reach = Ratio::from_raw(-1); }));
  EXPECT_FALSE(broken([](OrderDeskConfig& c) { c.reach = kWhole; }));
  EXPECT_FALSE(broken([](OrderDeskConfig& c) { c.reprices_max = 101; }));
  EXPECT_FALSE(broken([](OrderDeskConfig& c) { c.cancels_max = 0; }));
  EXPECT_FALSE(broken([](OrderDeskConfig& c) { c.reprice_after = -1; }));
  EXPECT_FALSE(broken([](OrderDeskConfig& c) { c.cancel_after = -1; }));
  EXPECT_FALSE(broken([](OrderDeskConfig& c) { c.ack_timeout = 0; }));
  EXPECT_FALSE(broken([](OrderDeskConfig& c) { c.status_timeout = 0; }));
  EXPECT_FALSE(broken([](OrderDeskConfig& c) { c.rejects_max = 0; }));
  EXPECT_FALSE(broken([](OrderDeskConfig& c) { c.rejects_within = 0; }));
  EXPECT_FALSE(broken([](OrderDeskConfig& c) { c.refusal_alert_every = 0; }));
}

static_assert(OrderLogic<OrderDesk>);

}  // namespace
}  // namespace evenkeel::fix
