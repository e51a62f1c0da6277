// The example desks: each loads, and those with a day to trade do what their texts say.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "apps/check_report.hpp"
#include "apps/config/desk_config.hpp"
#include "apps/config/examples.hpp"
#include "apps/config/market_toml.hpp"
#include "feeds/capture_reader.hpp"
#include "feeds/synthetic_market.hpp"
#include "tests/apps/config_rehearsal.hpp"

namespace evenkeel::apps {
namespace {

namespace files = std::filesystem;

DeskConfig load_example(const std::string& name) {
  rules::Complaints complaints;
  auto desk = load_desk(std::string(EVENKEEL_SOURCE_DIR) + "/examples/" + name, complaints);
  EVENKEEL_CHECK(desk.ok());
  return *std::move(desk);
}

TEST(Examples, AllLoadWithoutErrorsAndCouldDoTheirWork) {
  ASSERT_EQ(example_names().size(), 7U);
  for (const std::string_view name : example_names()) {
    rules::Complaints complaints;
    const auto desk =
        load_desk(std::string(EVENKEEL_SOURCE_DIR) + "/examples/" + std::string(name), complaints);
    ASSERT_TRUE(desk.ok()) << desk.status();
    const DeskReport report = examine(*desk, complaints);
    EXPECT_TRUE(complaints.ok()) << complaints.status();
    for (const PortfolioReport& portfolio : report.portfolios) {
      EXPECT_TRUE(portfolio.unpriced.empty()) << name;
      EXPECT_FALSE(portfolio.sleeves.empty()) << name;
    }
    const std::string market = desk->folder + "/market.toml";
    if (!files::exists(market)) continue;
    const auto config = load_market(market, desk->instruments, complaints);
    EXPECT_TRUE(config.ok()) << config.status();
  }
}

TEST(Examples, OnlyTheUntradableSleevesAreWarnedOf) {
  for (const std::string_view name : example_names()) {
    rules::Complaints complaints;
    const auto desk =
        load_desk(std::string(EVENKEEL_SOURCE_DIR) + "/examples/" + std::string(name), complaints);
    ASSERT_TRUE(desk.ok());
    examine(*desk, complaints);
    const bool illiquid = name == "endowment" || name == "demo" || name == "drill";
    EXPECT_EQ(complaints.all().size(), illiquid ? 2U : 0U) << name;
    for (const rules::Complaint& complaint : complaints.all()) {
      EXPECT_NE(complaint.message.find("a breach is told and not cured"), std::string::npos)
          << complaint.text();
    }
  }
}

void expect_agreement(const Rehearsal& rehearsal) {
  const Book& book = rehearsal.core().books->book;
  for (std::uint32_t p = 0; p < book.portfolio_count(); ++p) {
    EXPECT_TRUE(book.audit(PortfolioId{p}));
    for (const Line& line : book.lines(PortfolioId{p})) {
      EXPECT_EQ(rehearsal.core().orders.executed(PortfolioId{p}, line.instrument),
                rehearsal.venue_position(PortfolioId{p}, line.instrument));
    }
  }
}

TEST(Examples, IexTradesARecordedDayBackIntoItsBands) {
  const std::string path =
      std::string(EVENKEEL_SHARED_DATA_DIR) + "/captures/iex_tops16_20170710.pcapng.gz";
  if (!files::exists(path)) GTEST_SKIP() << "no capture at " << path;
  auto capture = feeds::CaptureReader::open(path);
  ASSERT_TRUE(capture.ok());
  Rehearsal rehearsal(load_example("iex"));
  feeds::CapturedDatagram datagram;
  std::size_t orders_at_close = 0;
  TimeNs open_ts = 0, close_ts = 0;
  while (true) {
    const auto more = capture->next(datagram);
    ASSERT_TRUE(more.ok());
    if (!*more) break;
    const VenuePhase before = rehearsal.phase();
    rehearsal.datagram(datagram.udp.payload, datagram.ts_ns);
    if (rehearsal.phase() == before) continue;
    if (rehearsal.phase() == VenuePhase::kRegular) {
      EXPECT_TRUE(rehearsal.orders().empty()) << "an order before regular hours";
      open_ts = rehearsal.now();
    }
    if (rehearsal.phase() == VenuePhase::kPostMarket) {
      close_ts = rehearsal.now();
      orders_at_close = rehearsal.orders().size();
      EXPECT_EQ(rehearsal.venue_open(), 0U);
      for (std::uint32_t p = 0; p < 2; ++p) EXPECT_TRUE(rehearsal.within_bands(PortfolioId{p}));
    }
  }
  ASSERT_GT(close_ts, open_ts);
  EXPECT_GE(orders_at_close, 8U);
  // Converged well before the close, and nothing after it.
  EXPECT_LT(rehearsal.orders().back().ts, open_ts + (close_ts - open_ts) / 2);
  EXPECT_EQ(rehearsal.orders().size(), orders_at_close);
  for (const Intent& order : rehearsal.orders()) {
    EXPECT_NE(order.cause.trigger, Trigger::kNone);
    EXPECT_NE(order.cause.proposal, 0U);
    EXPECT_GT(order.cause.nav.raw(), 0);
    EXPECT_GT(order.reference_price.raw(), 0);
  }
  expect_agreement(rehearsal);
}

/// The day of a desk's own market, start to end.
void play_market(const DeskConfig& desk, Rehearsal& rehearsal) {
  rules::Complaints complaints;
  const auto config = load_market(desk.folder + "/market.toml", desk.instruments, complaints);
  ASSERT_TRUE(config.ok()) << config.status();
  auto market = feeds::SyntheticMarket::create(*config);
  ASSERT_TRUE(market.ok());
  feeds::MarketPacket packet;
  while (market->next(packet)) rehearsal.datagram(packet.bytes, packet.day_time);
}

bool portfolio_traded(const Rehearsal& rehearsal, std::uint32_t portfolio, Trigger trigger,
                      Side side) {
  return std::any_of(rehearsal.orders().begin(), rehearsal.orders().end(), [&](const Intent& o) {
    return o.portfolio == PortfolioId{portfolio} && o.cause.trigger == trigger && o.side == side;
  });
}

TEST(Examples, DemoHasSomethingToDoForEveryPortfolioInTheCrash) {
  const DeskConfig desk = load_example("demo");
  Rehearsal rehearsal(desk);
  play_market(desk, rehearsal);
  const InstrumentTable& instruments = rehearsal.core().books->instruments;
  // The pension fund moves futures alone, and its volatility trigger speaks.
  EXPECT_TRUE(portfolio_traded(rehearsal, 0, Trigger::kVolatility, Side::kSell));
  for (const Intent& order : rehearsal.orders()) {
    EXPECT_EQ(instruments[order.instrument].is_future(), order.portfolio == PortfolioId{0});
    EXPECT_TRUE(instruments[order.instrument].tradable);
  }
  // The foundation begins with too many small companies; sales come before purchases.
  EXPECT_TRUE(portfolio_traded(rehearsal, 1, Trigger::kRelativeBand, Side::kSell));
  EXPECT_TRUE(portfolio_traded(rehearsal, 1, Trigger::kCompletion, Side::kBuy));
  // The endowment sells public equity at the open and buys it back in the crash.
  EXPECT_TRUE(portfolio_traded(rehearsal, 2, Trigger::kAbsoluteBand, Side::kSell));
  EXPECT_TRUE(portfolio_traded(rehearsal, 2, Trigger::kCompletion, Side::kBuy));
  for (std::uint32_t p = 0; p < 3; ++p) EXPECT_TRUE(rehearsal.within_bands(PortfolioId{p})) << p;
  EXPECT_EQ(rehearsal.venue_open(), 0U);
  expect_agreement(rehearsal);
}

}  // namespace
}  // namespace evenkeel::apps
