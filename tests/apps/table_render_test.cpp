#include <gtest/gtest.h>

#include "apps/table.hpp"

namespace evenkeel::apps {
namespace {

Ratio pp(double points) { return Ratio::from_raw(static_cast<std::int64_t>(points * 10'000'000)); }

SleeveView sleeve(std::string name, double weight, double target, double band) {
  SleeveView view;
  view.name = std::move(name);
  view.depth = 1;
  view.weight = view.projected = pp(weight);
  view.target = pp(target);
  view.low = pp(target - band);
  view.high = pp(target + band);
  view.banded = true;
  view.breached = weight > target + band || weight < target - band;
  return view;
}

TableView sample() {
  TableView view;
  view.title = "evenkeel paper: demo";
  view.market_ts = 1'499'697'062 * kSecond;
  view.running = 12 * kSecond;
  view.fix = SessionState::kLoggedOn;
  view.orders = 2;
  view.fills = 1;
  FeedView feed;
  feed.name = "iex";
  feed.state = FeedState::kAlive;
  feed.phase = VenuePhase::kRegular;
  feed.age = 3 * kMillisecond;
  feed.packets = 13'022;
  view.feeds.push_back(feed);
  PortfolioView growth;
  growth.name = "growth";
  growth.currency = "USD";
  growth.nav = Money::from_whole(101'250'000);
  growth.nav_start = Money::from_whole(100'000'000);
  growth.status = PortfolioStatus::kWorking;
  growth.open_orders = 1;
  growth.sleeves = {sleeve("equity", 65.32, 60, 5), sleeve("bonds", 34.68, 40, 5)};
  growth.sleeves[0].projected = pp(60);
  view.portfolios.push_back(growth);
  view.last_lines = {"14:31:01.000  ORDER  growth  SELL 33 ES @ 4987.25", "14:31:02.000  ack"};
  return view;
}

/// Characters on the screen: UTF-8 continuation bytes and escape sequences take no column.
int columns_of(const std::string& line) {
  int columns = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\x1b') {
      i = line.find('m', i);
    } else if ((static_cast<unsigned char>(line[i]) & 0xc0U) != 0x80) {
      ++columns;
    }
  }
  return columns;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

TEST(Table, LooksLikeThisAtEightyColumns) {
  TableSize size;
  size.utf8 = false;
  EXPECT_EQ(joined(render_table(sample(), size)),
            R"(evenkeel paper: demo  2017-07-10 14:31:02 UTC  up 12.0 s
FIX logged_on  2 orders, 1 fill, 0 rejects, 0 alerts
feed iex alive, regular, 3.00 ms ago, 13022 packets
--------------------------------------------------------------------------------
growth                 USD 101,250,000    +1.25m   +1.25%  working, 1 open
  equity                 65.32% ........[-------o-------]O.......  55.0..65.0%
  bonds                  34.68% .......O[-------|-------]........  35.0..45.0%
--------------------------------------------------------------------------------
14:31:01.000  ORDER  growth  SELL 33 ES @ 4987.25
14:31:02.000  ack
)");
}

TEST(Table, NeverExceedsTheTerminal) {
  TableView view = sample();
  for (int i = 0; i < 40; ++i) view.portfolios.push_back(view.portfolios.front());
  view.portfolios[3].name = std::string(300, 'x');
  for (int i = 0; i < 100; ++i) view.last_lines.push_back(std::string(500, 'y'));
  for (const bool colour : {false, true}) {
    for (int columns = 1; columns <= 200; columns += 7) {
      for (int rows = 1; rows <= 60; rows += 3) {
        const auto lines = render_table(view, TableSize{columns, rows, colour, true});
        EXPECT_LE(lines.size(), static_cast<std::size_t>(rows));
        for (const std::string& line : lines) EXPECT_LE(columns_of(line), columns) << line;
      }
    }
  }
}

TEST(Table, SaysHowManyPortfoliosDoNotFit) {
  TableView view = sample();
  for (int i = 0; i < 40; ++i) view.portfolios.push_back(view.portfolios.front());
  const std::string text = joined(render_table(view, TableSize{80, 24, false, false}));
  EXPECT_NE(text.find("... and 22 more portfolios"), std::string::npos) << text;
}

TEST(Table, SubSleevesGiveWayToTheLastEvents) {
  TableView view = sample();
  SleeveView deep = sleeve("us_large", 35, 35, 5);
  deep.depth = 2;
  for (int i = 0; i < 10; ++i) view.portfolios[0].sleeves.push_back(deep);
  const std::string roomy = joined(render_table(view, TableSize{80, 24, false, false}));
  EXPECT_NE(roomy.find("us_large"), std::string::npos) << roomy;
  const std::string tight = joined(render_table(view, TableSize{80, 16, false, false}));
  EXPECT_EQ(tight.find("us_large"), std::string::npos) << tight;
  EXPECT_NE(tight.find("bonds"), std::string::npos) << tight;
  EXPECT_NE(tight.find("SELL 33 ES"), std::string::npos) << tight;
}

TEST(Table, BytesFromOutsideCannotMoveTheCursor) {
  TableView view = sample();
  view.portfolios[0].name = "a\x1b[2Jb\r\n\xff";
  const std::string text = joined(render_table(view, TableSize{80, 24, false, true}));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_NE(text.find("a?[2Jb???"), std::string::npos) << text;
}

TEST(Table, BeforeTheMarketItSaysSo) {
  TableView view;
  view.title = "evenkeel run: x";
  view.monitor = true;
  view.feeds.resize(1);
  view.feeds[0].name = "iex";
  const std::string text = joined(render_table(view, TableSize{80, 24, false, false}));
  EXPECT_NE(text.find("waiting for the market"), std::string::npos);
  EXPECT_NE(text.find("watching only"), std::string::npos);
  EXPECT_NE(text.find("never heard"), std::string::npos);
}

TEST(Gauge, MarksWhereTheWeightIs) {
  EXPECT_EQ(render_gauge(sleeve("x", 60, 60, 5), 21, false), ".....[----O----].....");
  EXPECT_EQ(render_gauge(sleeve("x", 66, 60, 5), 21, false), ".....[----|----]O....");
  EXPECT_EQ(render_gauge(sleeve("x", 20, 60, 5), 21, false), "O....[----|----].....");
  EXPECT_EQ(render_gauge(sleeve("x", 99, 60, 5), 21, false), ".....[----|----]....O");
  EXPECT_EQ(render_gauge(sleeve("x", 55, 60, 0), 9, false).size(), 9U) << "a band of no width";
}

TEST(TablePainter, RedrawsInPlace) {
  TablePainter painter;
  EXPECT_EQ(painter.frame({"a", "b"}), "\x1b[?25la\x1b[K\nb\x1b[K\n\x1b[J\x1b[?25h");
  EXPECT_EQ(painter.frame({"c"}), "\x1b[?25l\x1b[2A\rc\x1b[K\n\x1b[J\x1b[?25h");
  painter.forget();
  EXPECT_EQ(painter.frame({}), "\x1b[?25l\x1b[J\x1b[?25h");
}

}  // namespace
}  // namespace evenkeel::apps
