// Loading a desk: what comes out of a good one, and every kind of bad input with its message.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "apps/config/desk_config.hpp"
#include "apps/config/examples.hpp"
#include "apps/config/instruments_toml.hpp"
#include "apps/config/limits_toml.hpp"
#include "apps/config/market_toml.hpp"
#include "tests/apps/config_scratch.hpp"

namespace evenkeel::apps {
namespace {

using ::evenkeel::rules::Complaints;

TEST(LoadDesk, ReadsEveryPart) {
  const ScratchDesk scratch("sixty-forty");
  Complaints complaints;
  const auto desk = load_desk(scratch.folder(), complaints);
  ASSERT_TRUE(desk.ok()) << desk.status();
  EXPECT_EQ(scratch.texts(complaints), "");
  EXPECT_EQ(desk->name, "sixty-forty");
  EXPECT_EQ(desk->file, scratch.path("evenkeel.toml"));
  EXPECT_EQ(desk->folder, scratch.folder());

  const MachineSettings& machine = desk->machine;
  EXPECT_EQ(machine.engine.id.view(), "EK1");
  EXPECT_EQ(machine.engine.clock, ClockMode::kWall);
  EXPECT_EQ(machine.engine.tick, 100 * kMillisecond);
  EXPECT_FALSE(machine.engine.spin);
  ASSERT_EQ(machine.feeds.size(), 1U);
  EXPECT_EQ(machine.feeds[0].name, "main");
  EXPECT_EQ(machine.feeds[0].listen, "127.0.0.1:5001");
  EXPECT_FALSE(machine.feeds[0].multicast);
  EXPECT_EQ(machine.feeds[0].silent_after, 3 * kSecond);
  ASSERT_TRUE(machine.fix.has_value());
  EXPECT_EQ(machine.fix->host, "127.0.0.1");
  EXPECT_EQ(machine.fix->port, 9878);
  EXPECT_EQ(machine.fix->sender, "EVENKEEL");
  EXPECT_EQ(machine.fix->target, "SIM");
  EXPECT_EQ(machine.fix->heartbeat, 30 * kSecond);
  EXPECT_EQ(machine.fix->store, scratch.path("fix_store"));
  EXPECT_FALSE(machine.fix->mass_status);

  EXPECT_EQ(machine.journal.folder, scratch.path("journal"));
  EXPECT_EQ(machine.journal.durability, Durability::kDisk);
  EXPECT_EQ(machine.journal.segment_bytes, 64U << 20);
  EXPECT_TRUE(machine.journal.compress);

  const InstrumentTable& table = desk->instruments;
  const InstrumentId es = table.find("ESZ6");
  ASSERT_TRUE(es.valid());
  EXPECT_EQ(table[es].kind, InstrumentKind::kFuture);
  EXPECT_EQ(table[es].multiplier, Multiplier::from_whole(50));
  EXPECT_EQ(table[es].tick, Price::from_raw(250'000'000));
  EXPECT_EQ(table[es].expiry_yyyymmdd, 20261218);
  EXPECT_EQ(table[es].feed, SourceId{0});
  EXPECT_EQ(table[es].spread_max, Ratio::from_raw(10'000'000));
  EXPECT_TRUE(table[es].quoted && table[es].tradable);
  EXPECT_TRUE(table.cash(table.find_currency("USD")).valid());
  EXPECT_EQ(desk->reference_prices[es.index()], Price::from_whole(6745));
  EXPECT_EQ(desk->reference_prices[table.find("SPY").index()], Price::from_whole(670));

  const fix::OrderLimits& future = desk->limits.kinds.at(0).limits;
  EXPECT_EQ(future.quantity_max, Quantity::from_whole(100));
  EXPECT_EQ(future.notional_max, Money::from_whole(20'000'000));
  EXPECT_EQ(future.collar, Ratio::from_raw(10'000'000));
  EXPECT_EQ(future.quote_age_max, 10 * kSecond);
  EXPECT_EQ(desk->limits.instruments.at(0).instrument, table.find("MESZ6"));
  EXPECT_EQ(desk->limits.orders_per_second, 10U);
  EXPECT_EQ(desk->limits.daily_notional, Money::from_whole(60'000'000));
  EXPECT_EQ(desk->limits.day_starts_at, 22 * kHour);
  EXPECT_EQ(desk->orders.order_type, OrderType::kLimit);
  EXPECT_EQ(desk->orders.reach, Ratio::from_raw(500'000));
  EXPECT_EQ(desk->orders.cancel_after, 30 * kSecond);

  ASSERT_EQ(desk->policies.size(), 1U);
  ASSERT_EQ(desk->portfolios.size(), 1U);
  const PortfolioSpec& spec = desk->portfolios[0];
  EXPECT_EQ(spec.name, "pension");
  EXPECT_EQ(spec.base, table.find_currency("USD"));
  EXPECT_EQ(spec.model, ModelId{0});
  ASSERT_EQ(spec.holdings.size(), 3U);
  EXPECT_EQ(spec.holdings[0].quantity, Quantity::from_whole(94'000));
  EXPECT_EQ(desk->sources[0].policy, "sixty_forty");
  EXPECT_EQ(desk->sources[0].file, scratch.path("portfolios/pension.csv"));
}

TEST(LoadDesk, TakesStatementPricesFromHoldings) {
  const ScratchDesk scratch("endowment");
  Complaints complaints;
  const auto desk = load_desk(scratch.path("evenkeel.toml"), complaints);
  ASSERT_TRUE(desk.ok()) << desk.status();
  const Instrument& fund = desk->instruments[desk->instruments.find("PRIVEQ")];
  EXPECT_FALSE(fund.quoted || fund.tradable);
  EXPECT_EQ(fund.statement_price, Price::from_whole(125));
}

TEST(LoadDesk, ReadsHowTheStatusOfOrdersIsAskedFor) {
  for (const bool mass : {false, true}) {
    const ScratchDesk scratch("sixty-forty");
    scratch.change("evenkeel.toml", "heartbeat = \"30s\"",
                   mass ? "status = \"mass\"" : "status = \"each\"");
    Complaints complaints;
    const auto desk = load_desk(scratch.folder(), complaints);
    ASSERT_TRUE(desk.ok()) << desk.status();
    ASSERT_TRUE(desk->machine.fix.has_value());
    EXPECT_EQ(desk->machine.fix->mass_status, mass);
    EXPECT_EQ(scratch.texts(complaints), "");
  }
}

TEST(LoadDesk, WithoutASessionItWatches) {
  const ScratchDesk scratch("monitor");
  Complaints complaints;
  const auto desk = load_desk(scratch.folder(), complaints);
  ASSERT_TRUE(desk.ok()) << desk.status();
  EXPECT_FALSE(desk->machine.fix.has_value());
  EXPECT_EQ(desk->limits_file, "");
  EXPECT_EQ(desk->portfolios.size(), 2U);
}

TEST(LoadDesk, ReadsMulticastFeeds) {
  const ScratchDesk scratch("monitor");
  scratch.change("evenkeel.toml", "listen = \"127.0.0.1:5001\"",
                 "listen = \"239.1.2.3:5001\"\ninterface = \"lo\"\nsource = \"10.1.2.3\"");
  Complaints complaints;
  const auto desk = load_desk(scratch.folder(), complaints);
  ASSERT_TRUE(desk.ok()) << desk.status();
  EXPECT_TRUE(desk->machine.feeds[0].multicast);
  EXPECT_EQ(desk->machine.feeds[0].interface_name, "lo");
  EXPECT_EQ(desk->machine.feeds[0].source, "10.1.2.3");
}

TEST(LoadDesk, ReadsTheJournalsSettings) {
  const ScratchDesk scratch("monitor");
  Complaints complaints;
  const auto without = load_desk(scratch.folder(), complaints);
  ASSERT_TRUE(without.ok()) << without.status();
  EXPECT_EQ(without->machine.journal.folder, scratch.path("journal"));
  EXPECT_EQ(without->machine.journal.durability, Durability::kDisk);
  scratch.write("evenkeel.toml", scratch.read("evenkeel.toml") +
                                     "\n[journal]\nfolder = \"../j\"\ndurability = \"os\"\n"
                                     "segment = \"256KiB\"\ncompress = false\n");
  const auto desk = load_desk(scratch.folder(), complaints);
  ASSERT_TRUE(desk.ok()) << desk.status();
  EXPECT_EQ(desk->machine.journal.folder,
            std::filesystem::path(scratch.path("../j")).lexically_normal().string());
  EXPECT_EQ(desk->machine.journal.durability, Durability::kOs);
  EXPECT_EQ(desk->machine.journal.segment_bytes, 256U << 10);
  EXPECT_FALSE(desk->machine.journal.compress);
}

// --- from texts ---

bool same_instruments(const InstrumentTable& a, const InstrumentTable& b) {
  bool same = a.size() == b.size() && a.currency_count() == b.currency_count();
  for (std::uint32_t i = 0; same && i < a.size(); ++i) {
    const Instrument& x = a[InstrumentId{i}];
    const Instrument& y = b[InstrumentId{i}];
    same = x.symbol == y.symbol && x.kind == y.kind && x.currency == y.currency &&
           x.tick == y.tick && x.lot == y.lot && x.multiplier == y.multiplier &&
           x.statement_price == y.statement_price && x.feed == y.feed && x.quoted == y.quoted;
  }
  return same;
}

TEST(LoadDesk, EveryExampleIsTheSameFromItsTexts) {
  for (const std::string_view name : example_names()) {
    SCOPED_TRACE(name);
    const ScratchDesk scratch(name);
    Complaints first, second;
    const auto desk = load_desk(scratch.folder(), first);
    ASSERT_TRUE(desk.ok()) << desk.status();
    EXPECT_EQ(desk->texts.front().name, "evenkeel.toml");
    EXPECT_GE(desk->texts.size(), 4U);
    for (const ConfigText& text : desk->texts) EXPECT_EQ(text.content, scratch.read(text.name));
    const auto again = load_desk_from(desk->texts, second, scratch.folder());
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(scratch.texts(first), scratch.texts(second))
        << "the same warnings, at the same place";
    EXPECT_EQ(again->texts, desk->texts);
    EXPECT_EQ(again->file, desk->file);
    EXPECT_EQ(again->name, desk->name);
    EXPECT_EQ(again->limits_file, desk->limits_file);
    EXPECT_EQ(again->reference_prices, desk->reference_prices);
    EXPECT_EQ(again->machine.journal.folder, desk->machine.journal.folder);
    EXPECT_TRUE(same_instruments(again->instruments, desk->instruments));
    EXPECT_TRUE(same_decisions(*again, *desk));
    // Elsewhere, without a single file, it decides alike.
    Complaints third;
    const auto elsewhere = load_desk_from(desk->texts, third, "/nowhere");
    ASSERT_TRUE(elsewhere.ok()) << elsewhere.status();
    EXPECT_TRUE(same_instruments(elsewhere->instruments, desk->instruments));
    EXPECT_TRUE(same_decisions(*elsewhere, *desk));
  }
}

TEST(LoadDesk, FilesOutsideOfTheFolderKeepTheirNames) {
  const ScratchDesk shared("sixty-forty");
  const ScratchDesk scratch("sixty-forty");
  scratch.change("evenkeel.toml", "\"limits.toml\"", "\"" + shared.path("limits.toml") + "\"");
  const std::string up = "../" + std::filesystem::path(shared.folder()).filename().string();
  scratch.change("evenkeel.toml", "\"instruments.toml\"",
                 "\"./" + up + "/policies/../instruments.toml\"");
  Complaints complaints;
  const auto desk = load_desk(scratch.folder(), complaints);
  ASSERT_TRUE(desk.ok()) << desk.status();
  std::vector<std::string> names;
  for (const ConfigText& text : desk->texts) names.push_back(text.name);
  EXPECT_EQ(names, (std::vector<std::string>{
                       "evenkeel.toml", up + "/instruments.toml", "policies/sixty_forty.toml",
                       shared.path("limits.toml"), "portfolios/pension.csv"}));
  EXPECT_TRUE(load_desk_from(desk->texts, complaints).ok());
}

TEST(LoadDesk, FromTextsSaysWhatIsMissing) {
  const ScratchDesk scratch("sixty-forty");
  Complaints complaints;
  auto texts = load_desk(scratch.folder(), complaints)->texts;
  texts.pop_back();
  EXPECT_FALSE(load_desk_from(texts, complaints).ok());
  ASSERT_FALSE(complaints.all().empty());
  EXPECT_EQ(complaints.all().back().message,
            "portfolio.file: portfolios/pension.csv: is not among the recorded files");
  EXPECT_TRUE(absl::IsNotFound(load_desk_from({}, complaints).status()));
}

TEST(LoadDesk, DecisionsDifferExactlyWhenAFileThatDecidesDoes) {
  const ScratchDesk scratch("sixty-forty");
  Complaints complaints;
  const auto before = load_desk(scratch.folder(), complaints);
  ASSERT_TRUE(before.ok());
  const struct {
    const char* file;
    const char* from;
    const char* to;
    bool same;
  } cases[] = {
      {"evenkeel.toml", "port = 9878", "port = 9879", true},
      {"evenkeel.toml", "tick = \"100ms\"", "tick = \"20ms\"", true},
      {"evenkeel.toml", "heartbeat = \"30s\"", "status = \"mass\"", true},
      {"evenkeel.toml", "durability = \"disk\"", "durability = \"os\"", true},
      {"evenkeel.toml", "[feed.main]", "[feed.other]", false},
      {"evenkeel.toml", "name = \"pension\"", "name = \"other\"", false},
      {"limits.toml", "[desk]", "[desk]  # the same, said otherwise", false},
      {"portfolios/pension.csv", "94,000", "94,001", false},
  };
  for (const auto& c : cases) {
    const ScratchDesk changed("sixty-forty");
    changed.change(c.file, c.from, c.to);
    Complaints own;
    const auto after = load_desk(changed.folder(), own);
    ASSERT_TRUE(after.ok()) << after.status();
    EXPECT_EQ(same_decisions(*before, *after), c.same) << c.to;
  }
}

TEST(LoadDesk, SaysWhatIsNotThere) {
  const ScratchDesk scratch;
  Complaints complaints;
  EXPECT_EQ(scratch.without_folder(
                std::string(load_desk(scratch.path("none"), complaints).status().ToString())),
            "NOT_FOUND: none: no such file");
  const auto empty = load_desk(scratch.folder(), complaints);
  EXPECT_EQ(empty.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(std::string(empty.status().message()), scratch.folder() +
                                                       ": holds no evenkeel.toml; `evenkeel init " +
                                                       scratch.folder() + "` writes a desk");
  EXPECT_TRUE(complaints.all().empty());
}

struct Spoiled {
  const char* file;
  const char* from;
  const char* to;
  const char* expected;
};

void expect_complaints(const char* example, const std::vector<Spoiled>& cases) {
  for (const Spoiled& c : cases) {
    const ScratchDesk scratch(example);
    scratch.change(c.file, c.from, c.to);
    Complaints complaints;
    const auto desk = load_desk(scratch.folder(), complaints);
    EXPECT_FALSE(desk.ok()) << c.to;
    EXPECT_EQ(scratch.texts(complaints), c.expected) << c.to;
    if (!desk.ok()) {
      EXPECT_EQ(desk.status().code(), absl::StatusCode::kInvalidArgument) << c.to;
    }
  }
}

TEST(LoadDesk, ComplainsOfTheProcessFile) {
  expect_complaints(
      "sixty-forty",
      {
          {"evenkeel.toml", "clock = \"wall\"", "clock = \"sun\"",
           "evenkeel.toml:13:9: engine.clock: unknown value 'sun'; it is one of: wall, feed\n"},
          {"evenkeel.toml", "id = \"EK1\"", "id = \"ek-1\"",
           "evenkeel.toml:12:6: engine.id: one to four characters of A-Z and 0-9 are expected\n"},
          {"evenkeel.toml", "tick = \"100ms\"", "tick = \"1h\"",
           "evenkeel.toml:14:8: engine.tick: a time from 1ms to 10s is expected\n"},
          {"evenkeel.toml", "tick = \"100ms\"", "tick = 100",
           "evenkeel.toml:14:8: engine.tick: '100' has no unit; write it like '250ms', '30s', '5m' "
           "or '2h'\n"},
          {"evenkeel.toml", "tick = \"100ms\"", "tock = \"100ms\"",
           "evenkeel.toml:14:1: [engine]: unknown key 'tock' (did you mean 'tick'?)\n"},
          {"evenkeel.toml", "\"127.0.0.1:5001\"", "\"localhost:5001\"",
           "evenkeel.toml:20:10: feed.main.listen: \"localhost:5001\": the address is an IPv4 "
           "address such as 127.0.0.1\n"},
          {"evenkeel.toml", "\"127.0.0.1:5001\"", "\"127.0.0.1:99999\"",
           "evenkeel.toml:20:10: feed.main.listen: \"127.0.0.1:99999\": the port is a number from "
           "0 to 65535\n"},
          {"evenkeel.toml", "silent_after = \"3s\"", "silent_after = \"3s\"\ninterface = \"lo\"",
           "evenkeel.toml:22:13: feed.main.interface: is for a multicast group only\n"},
          {"evenkeel.toml", "[fix]", "[feed.b]\nlisten = \"127.0.0.1:5001\"\n[fix]",
           "evenkeel.toml:25:10: feed.b.listen: feed 'main' listens there already\n"
           "instruments.toml:14:1: instrument: 'SPY' is quoted, and the desk has several feeds: "
           "say which\n"
           "instruments.toml:23:1: instrument: 'AGG' is quoted, and the desk has several feeds: "
           "say which\n"
           "instruments.toml:31:1: instrument: 'ESZ6' is quoted, and the desk has several feeds: "
           "say which\n"
           "instruments.toml:42:1: instrument: 'MESZ6' is quoted, and the desk has several feeds: "
           "say which\n"
           "instruments.toml:53:1: instrument: 'ZNZ6' is quoted, and the desk has several feeds: "
           "say which\n"},
          {"evenkeel.toml", "port = 9878", "port = 0",
           "evenkeel.toml:26:8: fix.port: 0 is not within 1 to 65535\n"},
          {"evenkeel.toml", "sender = \"EVENKEEL\"", "sender = \"A B\"",
           "evenkeel.toml:27:10: fix.sender: 1 to 40 printable characters without spaces and '=' "
           "are expected\n"},
          {"evenkeel.toml", "target = \"SIM\"", "",
           "evenkeel.toml:24:1: [fix]: missing key 'target'\n"},
          {"evenkeel.toml", "heartbeat = \"30s\"", "heartbeat = \"1500ms\"",
           "evenkeel.toml:29:13: fix.heartbeat: FIX counts in whole seconds\n"},
          {"evenkeel.toml", "heartbeat = \"30s\"", "status = \"mas\"",
           "evenkeel.toml:29:10: fix.status: unknown value 'mas' (did you mean 'mass'?); it is one "
           "of: each, mass\n"},
          {"evenkeel.toml", "heartbeat = \"30s\"", "status = true",
           "evenkeel.toml:29:10: fix.status: expected a string, found true or false\n"},
          {"evenkeel.toml", "limits = \"limits.toml\"", "",
           "evenkeel.toml:1:1: missing key 'limits'\n"},
          {"evenkeel.toml", "\"limits.toml\"", "\"limit.toml\"",
           "evenkeel.toml:8:10: limits: limit.toml: no such file\n"},
          {"evenkeel.toml", "[\"policies/sixty_forty.toml\"]", "[]",
           "evenkeel.toml:9:12: policies: is empty\n"
           "evenkeel.toml:46:10: portfolio.policy: no policy 'sixty_forty'\n"},
          {"evenkeel.toml", "[\"policies/sixty_forty.toml\"]",
           "[\"policies/sixty_forty.toml\", \"policies/sixty_forty.toml\"]",
           "evenkeel.toml:9:42: policies: a second policy named 'sixty_forty'\n"},
          {"evenkeel.toml", "policy = \"sixty_forty\"", "policy = \"sixty_fourty\"",
           "evenkeel.toml:46:10: portfolio.policy: no policy 'sixty_fourty' (did you mean "
           "'sixty_forty'?)\n"
           "evenkeel.toml:9:12: warning: policies: no portfolio follows policy 'sixty_forty'\n"},
          {"evenkeel.toml", "base = \"USD\"", "base = \"CHF\"",
           "limits.toml:9:18: desk.daily_notional: amounts are in the portfolio's base currency, "
           "which is CHF, not USD\n"
           "limits.toml:14:18: kind.future.order_notional: amounts are in the portfolio's base "
           "currency, which is CHF, not USD\n"
           "evenkeel.toml:47:8: portfolio.base: currency 'CHF' is not in currencies\n"},
          {"evenkeel.toml", "name = \"pension\"", "",
           "evenkeel.toml:43:1: [portfolio]: missing key 'name'\n"},
          {"evenkeel.toml", "\"portfolios/pension.csv\"", "\"portfolios\"",
           "evenkeel.toml:45:8: portfolio.file: portfolios: is a folder, not a file\n"},
          {"evenkeel.toml", "[[portfolio]]", "[portfolio]",
           "evenkeel.toml:43:1: portfolio: expected a list, found a table\n"
           "evenkeel.toml:1:1: no [[portfolio]]: there is nothing to watch\n"
           "evenkeel.toml:44:1: [portfolio]: unknown key 'name'\n"
           "evenkeel.toml:45:1: [portfolio]: unknown key 'file'\n"
           "evenkeel.toml:46:1: [portfolio]: unknown key 'policy'\n"
           "evenkeel.toml:47:1: [portfolio]: unknown key 'base'\n"},
          {"evenkeel.toml", "durability = \"disk\"", "durability = \"tape\"",
           "evenkeel.toml:52:14: journal.durability: unknown value 'tape'; it is one of: disk, os, "
           "none\n"},
          {"evenkeel.toml", "segment = \"64MiB\"", "segment = \"64MB\"",
           "evenkeel.toml:53:11: journal.segment: a size like '64MiB' is expected, from 64KiB to "
           "1GiB, in steps of 4KiB\n"},
          {"evenkeel.toml", "segment = \"64MiB\"", "segment = \"2GiB\"",
           "evenkeel.toml:53:11: journal.segment: a size like '64MiB' is expected, from 64KiB to "
           "1GiB, in steps of 4KiB\n"},
          {"evenkeel.toml", "segment = \"64MiB\"", "segment = \"66KiB\"",
           "evenkeel.toml:53:11: journal.segment: a size like '64MiB' is expected, from 64KiB to "
           "1GiB, in steps of 4KiB\n"},
          {"evenkeel.toml", "compress = true", "compres = true",
           "evenkeel.toml:54:1: [journal]: unknown key 'compres' (did you mean 'compress'?)\n"},
          {"evenkeel.toml", "folder = \"journal\"", "folder = \"\"",
           "evenkeel.toml:51:10: journal.folder: is empty\n"},
          {"evenkeel.toml", "[engine]", "[engine",
           "evenkeel.toml:11:8: Error while parsing table header: expected ']', saw '\\n"
           "'\n"},
      });
}

TEST(LoadDesk, ComplainsOfPoliciesAndHoldingsWhereTheyAre) {
  expect_complaints(
      "sixty-forty",
      {
          {"policies/sixty_forty.toml", "target = \"60%\"", "target = \"61%\"",
           "policies/sixty_forty.toml:12:1: the targets of the sleeves sum to 101%, not to 100%\n"},
          {"policies/sixty_forty.toml", "[\"SPY\"]", "[\"SPI\"]",
           "policies/sixty_forty.toml:14:16: sleeves.equity.instruments: unknown instrument 'SPI' "
           "(did you mean 'SPY'?)\n"},
          {"portfolios/pension.csv", "670.00", "n/a",
           "portfolios/pension.csv:4:14: 'n/a' is not a number\n"},
          {"portfolios/pension.csv", "AGG", "AGX",
           "portfolios/pension.csv:5:1: unknown symbol 'AGX' (did you mean 'AGG'?)\n"},
      });
}

TEST(LoadDesk, ComplainsOfWhatTheBookCannotHold) {
  expect_complaints(
      "balanced",
      {
          {"instruments.toml", "kind = \"fx\"\nbase = \"EUR\"", "kind = \"etf\"",
           "evenkeel.toml:26:1: portfolio: portfolio foundation: no FX pair between EUR and USD\n"},
      });
}

TEST(LoadDesk, ComplainsOfTwoPricesOfOneStatement) {
  const ScratchDesk scratch("endowment");
  scratch.change("instruments.toml", "symbol = \"PRIVEQ\"",
                 "symbol = \"PRIVEQ\"\nstatement_price = 124");
  Complaints complaints;
  EXPECT_FALSE(load_desk(scratch.folder(), complaints).ok());
  EXPECT_EQ(scratch.texts(complaints),
            "portfolios/endowment.csv:4:1: PRIVEQ has price 125 here and 124 in another file: a "
            "statement has one price\n");
}

// --- instruments.toml ---

std::string read_instruments_text(const std::string& item,
                                  const std::vector<std::string>& feeds = {"iex"}) {
  Complaints complaints;
  const auto definitions = read_instruments(
      "currencies = [\"USD\", \"EUR\"]\n[[instrument]]\n" + item, "i.toml", feeds, complaints);
  build_table(definitions, "i.toml", complaints);
  std::string out;
  for (const auto& complaint : complaints.all()) out += complaint.text() + "\n";
  return out;
}

TEST(ReadInstruments, ComplainsOfWhatMakesNoSense) {
  const std::string etf = "symbol = \"SPY\"\nkind = \"etf\"\ncurrency = \"USD\"\n";
  const std::string future =
      "symbol = \"ESZ6\"\nkind = \"future\"\ncurrency = \"USD\"\ntick = 0.25\nmultiplier = 50\n";
  const std::string fx = "symbol = \"EURUSD\"\nkind = \"fx\"\ncurrency = \"USD\"\ntick = 0.0001\n";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {etf, ""},
      {future, ""},
      {fx + "base = \"EUR\"", ""},
      {etf + "tick = 0", "i.toml:6:8: instrument.tick: must be above zero\n"},
      {etf + "tick = -0.01", "i.toml:6:8: instrument.tick: must be above zero\n"},
      {etf + "tick = \"a cent\"", "i.toml:6:8: instrument.tick: 'a cent' is not a number\n"},
      {etf + "lot = 0", "i.toml:6:7: instrument.lot: must be above zero\n"},
      {etf + "multiplier = 5", "i.toml:6:14: instrument.multiplier: is for futures only\n"},
      {etf + "beta = 1.1", "i.toml:6:8: instrument.beta: is for futures only\n"},
      {etf + "base = \"EUR\"", "i.toml:6:8: instrument.base: is for fx only\n"},
      {etf + "spread_max = 0.01",
       "i.toml:6:14: instrument.spread_max: '0.01' has no unit; write it like '60%' or '10bp'\n"},
      {etf + "spread_max = \"0%\"", "i.toml:6:14: instrument.spread_max: must be above zero\n"},
      {etf + "spread_max = \"101%\"", "i.toml:6:14: instrument.spread_max: is above 100%\n"},
      {etf + "move_max = \"5pp\"",
       "i.toml:6:12: instrument.move_max: '5pp' has another unit; write it like '60%' or '10bp'\n"},
      {etf + "statement_price = 5",
       "i.toml:6:19: instrument.statement_price: is for what no feed quotes; a quoted instrument "
       "may have a reference_price\n"},
      {etf + "quoted = false\nreference_price = 5",
       "i.toml:7:19: instrument.reference_price: is for what a feed quotes; this has a "
       "statement_price\n"},
      {etf + "quoted = false\ntradable = true",
       "i.toml:7:12: instrument.tradable: what nobody quotes cannot be traded\n"},
      {etf + "quoted = false\nfeed = \"iex\"",
       "i.toml:7:8: instrument.feed: nothing quotes this (quoted = false)\n"},
      {etf + "quoted = false\nstatement_price = 2_000_000_000",
       "i.toml:7:19: instrument.statement_price: is absurd: above 1,000,000,000\n"},
      {etf + "feed = \"iexx\"",
       "i.toml:6:8: instrument.feed: no feed 'iexx' (did you mean 'iex'?)\n"},
      {etf + "colour = \"red\"", "i.toml:6:1: [instrument]: unknown key 'colour'\n"},
      {etf + "[[instrument]]\n" + etf, "i.toml:7:10: instrument SPY is defined twice\n"},
      {"symbol = \"SPY\"\nkind = \"eft\"\ncurrency = \"USD\"\n",
       "i.toml:4:8: instrument.kind: unknown value 'eft'; it is one of: equity, etf, fund, future, "
       "fx, cash\n"},
      {"symbol = \"SPY\"\nkind = \"etf\"\ncurrency = \"CHF\"\n",
       "i.toml:5:12: instrument.currency: currency 'CHF' is not in currencies\n"},
      {"symbol = \"NINELONGX\"\nkind = \"etf\"\ncurrency = \"USD\"\n",
       "i.toml:3:10: instrument.symbol: a quoted symbol has at most 8 characters\n"},
      {"symbol = \"USD2\"\nkind = \"cash\"\ncurrency = \"USD\"\n",
       "i.toml:4:8: instrument.kind: list the currency in currencies: that defines its cash\n"},
      {"kind = \"etf\"\ncurrency = \"USD\"\n", "i.toml:2:1: [instrument]: missing key 'symbol'\n"},
      {"symbol = \"ESZ6\"\nkind = \"future\"\ncurrency = \"USD\"\n",
       "i.toml:2:1: [instrument]: missing key 'tick'\n"
       "i.toml:2:1: [instrument]: missing key 'multiplier'\n"},
      {future + "lot = 0.5", "i.toml:8:7: instrument.lot: a future trades in whole contracts\n"},
      {future + "expiry = \"soon\"",
       "i.toml:8:10: instrument.expiry: 'soon' is not a date; write it like 2026-12-18\n"},
      {fx, "i.toml:2:1: [instrument]: missing key 'base'\n"},
      {fx + "base = \"USD\"",
       "i.toml:7:8: instrument.base: a pair needs two different currencies\n"},
  };
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(read_instruments_text(text), expected) << text;
  EXPECT_EQ(read_instruments_text(etf, {}),
            "i.toml:2:1: instrument: 'SPY' is quoted, and the desk has no feed\n");
  EXPECT_EQ(read_instruments_text(etf, {"a", "b"}),
            "i.toml:2:1: instrument: 'SPY' is quoted, and the desk has several feeds: say which\n");
}

TEST(ReadInstruments, ComplainsOfCurrencies) {
  const std::pair<const char*, const char*> cases[] = {
      {"currencies = []\n",
       "i.toml:1:14: currencies: at least one currency is needed\n"
       "i.toml:1:1: no [[instrument]] is defined\n"},
      {"currencies = [\"usd\"]\n",
       "i.toml:1:15: currencies: 'usd' is not a currency: three capital letters are expected\n"
       "i.toml:1:14: currencies: at least one currency is needed\n"
       "i.toml:1:1: no [[instrument]] is defined\n"},
      {"currencies = [\"USD\", \"USD\"]\n",
       "i.toml:1:22: currencies: USD is listed twice\n"
       "i.toml:1:1: no [[instrument]] is defined\n"},
      {"x = 1\n",
       "i.toml:1:1: missing key 'currencies'\n"
       "i.toml:1:1: no [[instrument]] is defined\n"
       "i.toml:1:1: unknown key 'x'\n"},
  };
  for (const auto& [text, expected] : cases) {
    Complaints complaints;
    read_instruments(text, "i.toml", {"iex"}, complaints);
    std::string out;
    for (const auto& complaint : complaints.all()) out += complaint.text() + "\n";
    EXPECT_EQ(out, expected) << text;
  }
}

// --- limits.toml ---

TEST(ReadLimits, ComplainsAndLeavesAbsentWhatIsAbsent) {
  InstrumentTable table;
  const CurrencyId usd = *table.add_currency("USD");
  Instrument spy;
  spy.symbol.assign("SPY");
  spy.kind = InstrumentKind::kEtf;
  spy.currency = usd;
  spy.tick = Price::from_raw(10'000'000);
  ASSERT_TRUE(table.add(spy).ok());
  const std::pair<const char*, const char*> cases[] = {
      {"[desk]\n", ""},
      {"", "l.toml:1:1: no [desk] limits: without them every order is refused\n"},
      {"[desk]\norders_per_second = 0\n",
       "l.toml:2:21: desk.orders_per_second: 0 is not within 1 to 1000000\n"},
      {"[desk]\norders_per_second = 2.5\n",
       "l.toml:2:21: desk.orders_per_second: expected a whole number, found a number\n"},
      {"[desk]\norders_per_second = 9_999_999\n",
       "l.toml:2:21: desk.orders_per_second: 9999999 is not within 1 to 1000000\n"},
      {"[desk]\ndaily_notional = 5\n",
       "l.toml:2:18: desk.daily_notional: expected an amount like 'USD 250k', found a number\n"},
      {"[desk]\ndaily_notional = \"EUR 5m\"\n",
       "l.toml:2:18: desk.daily_notional: amounts are in the portfolio's base currency, which is "
       "USD, not EUR\n"},
      {"[desk]\ndaily_notional = \"USD 0\"\n",
       "l.toml:2:18: desk.daily_notional: must be above zero\n"},
      {"[desk]\ndaily_notional = \"USD 200bn\"\n",
       "l.toml:2:18: desk.daily_notional: is absurd: above 100 billion\n"},
      {"[desk]\nday_starts_at = \"25h\"\n",
       "l.toml:2:17: desk.day_starts_at: is a time after midnight UTC, below 24h\n"},
      {"[desk]\n[kind.eft]\n", "l.toml:2:1: kind.eft: unknown kind 'eft'\n"},
      {"[desk]\n[instrument.SPX]\n",
       "l.toml:2:1: instrument.SPX: unknown instrument 'SPX' (did you mean 'SPY'?)\n"},
      {"[desk]\n[kind.etf]\norder_quantity = -5\n",
       "l.toml:3:18: kind.etf.order_quantity: must be above zero\n"},
      {"[desk]\n[kind.etf]\norder_quantity = 2_000_000_000\n",
       "l.toml:3:18: kind.etf.order_quantity: is absurd: above 1 billion\n"},
      {"[desk]\n[kind.etf]\nprice_collar = \"60%\"\n",
       "l.toml:3:16: kind.etf.price_collar: is absurd: above 50%\n"},
      {"[desk]\n[kind.etf]\nprice_collar = \"1pp\"\n",
       "l.toml:3:16: kind.etf.price_collar: '1pp' has another unit; write it like '60%' or "
       "'10bp'\n"},
      {"[desk]\n[kind.etf]\nquote_age = \"0s\"\n",
       "l.toml:3:13: kind.etf.quote_age: is a time above zero, at most a day\n"},
      {"[desk]\n[kind.etf]\norder_size = 5\n",
       "l.toml:3:1: [kind.etf]: unknown key 'order_size'\n"},
      {"[desk]\n[orders]\ntype = \"stop\"\n",
       "l.toml:3:8: orders.type: unknown value 'stop'; it is one of: limit, market\n"},
      {"[desk]\n[orders]\nack_timeout = \"0s\"\n",
       "l.toml:2:1: orders: ack_timeout must be within a day\n"},
      {"[desk]\n[orders]\nretire_after = \"23h\"\n",
       "l.toml:2:1: orders: retire_after must be a day to a year\n"},
      {"[desk]\n[orders]\nretire_after = \"367d\"\n",
       "l.toml:2:1: orders: retire_after must be a day to a year\n"},
      {"[desk]\n[orders]\nretire_after = 7\n",
       "l.toml:3:16: orders.retire_after: '7' has no unit; write it like '250ms', '30s', '5m' or "
       "'2h'\n"},
      {"[desk]\n[orders]\nretires_after = \"7d\"\n",
       "l.toml:3:1: [orders]: unknown key 'retires_after' (did you mean 'retire_after'?)\n"},
  };
  for (const auto& [text, expected] : cases) {
    Complaints complaints;
    const LimitsFile read = read_limits(text, "l.toml", table, {"USD"}, complaints);
    std::string out;
    for (const auto& complaint : complaints.all()) out += complaint.text() + "\n";
    EXPECT_EQ(out, expected) << text;
    EXPECT_FALSE(read.limits.orders_per_second.has_value());
    EXPECT_FALSE(read.limits.daily_notional.has_value());
    EXPECT_FALSE(read.limits.open_orders.has_value());
    for (const auto& kind : read.limits.kinds) {
      EXPECT_FALSE(kind.limits.quantity_max.has_value());
      EXPECT_FALSE(kind.limits.collar.has_value());
      EXPECT_FALSE(kind.limits.quote_age_max.has_value());
    }
  }
}

TEST(ReadLimits, ReadsWhenEndedOrdersAreForgotten) {
  const std::pair<std::string, DurationNs> cases[] = {
      {"", 7 * kCalendarDay},
      {"retire_after = \"24h\"\n", kCalendarDay},
      {"retire_after = \"366d\"\n", 366 * kCalendarDay},
  };
  for (const auto& [line, expected] : cases) {
    Complaints complaints;
    const LimitsFile read =
        read_limits("[desk]\n[orders]\n" + line, "l.toml", InstrumentTable(), {"USD"}, complaints);
    EXPECT_TRUE(complaints.ok()) << line;
    EXPECT_EQ(read.orders.retire_after, expected) << line;
  }
}

// --- market.toml ---

TEST(ReadMarket, ReadsTheMarketOfADesk) {
  const ScratchDesk scratch("demo");
  Complaints complaints;
  const auto desk = load_desk(scratch.folder(), complaints);
  ASSERT_TRUE(desk.ok());
  const auto market = load_market(scratch.path("market.toml"), desk->instruments, complaints);
  ASSERT_TRUE(market.ok()) << market.status();
  EXPECT_EQ(market->seed, 1U);
  EXPECT_EQ(market->market_vol_bp, 1'600U);
  EXPECT_EQ(market->stress_bp, 25'000U);
  EXPECT_EQ(market->calm_minutes, 90U);
  EXPECT_EQ(market->date, std::chrono::year{2026} / 10 / 19);
  ASSERT_TRUE(market->crash.has_value());
  EXPECT_EQ(market->crash->start_bp, 4'000U);
  EXPECT_EQ(market->crash->depth_bp, 2'600U);
  ASSERT_EQ(market->instruments.size(), 11U);
  const feeds::MarketInstrument& spy = market->instruments[0];
  EXPECT_EQ(spy.symbol, "SPY");
  EXPECT_EQ(spy.start_price, 6'700'000);
  EXPECT_EQ(spy.tick, 100);
  EXPECT_EQ(spy.annual_vol_bp, 1'610U);
  EXPECT_EQ(spy.sector, 1U);
  EXPECT_EQ(spy.quote_size, 60'000U);
  const feeds::MarketInstrument& es = market->instruments[7];
  EXPECT_EQ(es.symbol, "ESZ6");
  EXPECT_EQ(es.kind, InstrumentKind::kFuture);
  EXPECT_EQ(es.tick, 2'500);
  EXPECT_EQ(es.underlying, "SPY");
  EXPECT_EQ(es.carry_bp, 300);
  EXPECT_EQ(es.sector, spy.sector);
}

TEST(ReadMarket, WithoutACrashTableThereIsNoCrash) {
  const ScratchDesk scratch("monitor");
  Complaints complaints;
  const auto desk = load_desk(scratch.folder(), complaints);
  ASSERT_TRUE(desk.ok());
  const auto market = read_market("[market]\n[instrument.VTI]\nprice = 1\n", "m.toml",
                                  desk->instruments, complaints);
  EXPECT_FALSE(market.crash.has_value());
  // What the market leaves out is worth a word each.
  EXPECT_EQ(complaints.all().size(), 3U);
  EXPECT_TRUE(complaints.ok());
}

TEST(ReadMarket, Complains) {
  const ScratchDesk scratch("demo");
  Complaints loading;
  const auto desk = load_desk(scratch.folder(), loading);
  ASSERT_TRUE(desk.ok());
  const std::pair<const char*, const char*> cases[] = {
      {"[market]\n", "m.toml:1:1: no [instrument.NAME]: the market is empty\n"},
      {"[instrument.SPI]\nprice = 1\n",
       "m.toml:1:1: instrument.SPI: the desk has no instrument 'SPI' (did you mean 'SPY'?)\n"},
      {"[instrument.PRIVEQ]\nprice = 1\n",
       "m.toml:1:1: instrument.PRIVEQ: 'PRIVEQ' is not quoted (quoted = false)\n"},
      {"[instrument.SPY]\n", "m.toml:1:1: [instrument.SPY]: missing key 'price'\n"},
      {"[instrument.SPY]\nprice = 0\n", "m.toml:2:9: instrument.SPY.price: must be above zero\n"},
      {"[instrument.SPY]\nprice = 1.00005\n",
       "m.toml:2:9: instrument.SPY.price: the price or its tick has more than the four decimals of "
       "the feed\n"},
      {"[instrument.SPY]\nprice = 1\nvolatility = \"16.005%\"\n",
       "m.toml:3:14: instrument.SPY.volatility: is not in whole basis points\n"},
      {"[instrument.SPY]\nprice = 1\nvolatility = \"900%\"\n",
       "m.toml:3:14: instrument.SPY.volatility: is not within 0bp to 50000bp\n"},
      {"[instrument.SPY]\nprice = 1\nbeta = 7\n",
       "m.toml:3:8: instrument.SPY.beta: is not within -5 to 5\n"},
      {"[instrument.SPY]\nprice = 1\nunderlying = \"AGG\"\n",
       "m.toml:1:1: instrument.SPY: only a future has an underlying\n"
       "m.toml:3:14: instrument.SPY.underlying: 'AGG' is not in this market\n"},
      {"[instrument.ESZ6]\nprice = 1\n",
       "m.toml:1:1: instrument.ESZ6: a future needs its underlying\n"},
      {"[instrument.ESZ6]\nprice = 1\nunderlying = \"SPY\"\n",
       "m.toml:3:14: instrument.ESZ6.underlying: 'SPY' is not in this market\n"},
      {"[crash]\nfall = \"90s\"\n[instrument.SPY]\nprice = 1\n",
       "m.toml:2:8: crash.fall: whole minutes from 1m to 390m are expected\n"},
      {"[market]\nstep = \"1h\"\n[instrument.SPY]\nprice = 1\n",
       "m.toml: the step is from a millisecond to a minute\n"},
  };
  for (const auto& [text, expected] : cases) {
    Complaints complaints;
    read_market(text, "m.toml", desk->instruments, complaints);
    std::string out;
    for (const auto& complaint : complaints.all()) {
      if (complaint.severity == rules::Severity::kError) out += complaint.text() + "\n";
    }
    EXPECT_EQ(out, expected) << text;
  }
}

}  // namespace
}  // namespace evenkeel::apps
