#include "rules/config_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace evenkeel::rules {
namespace {

/// What a getter makes of `key = <value>`, and the complaint when it makes nothing of it.
template <class Get>
std::string read(const std::string& line, Get get) {
  Complaints complaints;
  Config config = Config::parse(line + "\n", "f.toml", complaints);
  const std::vector<Value> entries = config.root().entries();
  std::string result = entries.empty() ? "" : get(entries[0]);
  config.finish();
  for (const Complaint& complaint : complaints.all()) result += "[" + complaint.text() + "]";
  return result;
}

template <class T>
std::string raw(const std::optional<T>& value) {
  return value ? std::to_string(value->raw()) : "";
}
std::string raw(const std::optional<std::int64_t>& value) {
  return value ? std::to_string(*value) : "";
}

TEST(ConfigReader, Ratios) {
  struct Row {
    const char* line;
    const char* result;
  };
  constexpr Row kRows[] = {
      {"b = '5pp'", "50000000"},
      {"b = '60%'", "600000000"},
      {"b = '10bp'", "1000000"},
      {"b = '-0.5 %'", "-5000000"},
      {"b = '0.0000001%'", "1"},
      {"b = '33.3333333%'", "333333333"},
      {"b_bp = 10", "1000000"},
      {"b_pp = 2.5", "25000000"},
      {"b_percent = 60", "600000000"},
      {"b = 5",
       "[f.toml:1:5: b: '5' has no unit; write it like '5pp' (percentage points) or '60%' or "
       "'10bp']"},
      {"b = 0.05",
       "[f.toml:1:5: b: '0.05' has no unit; write it like '5pp' (percentage points) or '60%' or "
       "'10bp']"},
      {"b = '5'",
       "[f.toml:1:5: b: '5' has no unit; write it like '5pp' (percentage points) or '60%' or "
       "'10bp']"},
      {"b = '5 apples'",
       "[f.toml:1:5: b: '5 apples' has another unit; write it like '5pp' (percentage points) or "
       "'60%' or '10bp']"},
      {"b = 'x%'",
       "[f.toml:1:5: b: 'x%' has another unit; write it like '5pp' (percentage points) "
       "or '60%' or '10bp']"},
      {"b = '1.2.3%'", "[f.toml:1:5: b: '1.2.3%' is not a number]"},
      {"b = '0.00000001%'", "[f.toml:1:5: b: '0.00000001%' has too many decimals]"},
      {"b = '99999999999999%'", "[f.toml:1:5: b: '99999999999999%' is too large]"},
      {"b = true",
       "[f.toml:1:5: b: expected '5pp' (percentage points) or '60%' or '10bp', found true or "
       "false]"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(read(row.line, [](const Value& v) { return raw(v.ratio()); }), row.result)
        << row.line;
  }
}

TEST(ConfigReader, Decimals) {
  struct Row {
    const char* line;
    const char* result;
  };
  constexpr Row kRows[] = {
      {"p = 0.1", "100000000"},  // a TOML float, yet exact
      {"p = 5000.25", "5000250000000"},
      {"p = 1_000.5", "1000500000000"},
      {"p = '0.25'", "250000000"},
      {"p = 3", "3000000000"},
      {"p = -3", "-3000000000"},
      {"p = +0.000000001", "1"},
      {"p = 0.0000000001", "[f.toml:1:5: p: '0.0000000001' has too many decimals]"},
      {"p = 1e3", "[f.toml:1:5: p: '1e3' is not a number]"},
      {"p = nan", "[f.toml:1:5: p: 'nan' is not a number]"},
      {"p = inf", "[f.toml:1:5: p: 'inf' is not a number]"},
      {"p = '12a'", "[f.toml:1:5: p: '12a' is not a number]"},
      {"p = 9300000000", "[f.toml:1:5: p: '9300000000' is too large]"},
      {"p = [1]", "[f.toml:1:5: p: expected a price, found a list]"},
      {"p = 1979-05-27", "[f.toml:1:5: p: expected a price, found a date]"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(read(row.line, [](const Value& v) { return raw(v.price()); }), row.result)
        << row.line;
  }
}

TEST(ConfigReader, FloatsBehindCharactersOfSeveralBytes) {
  EXPECT_EQ(read("'preis-in-\xE2\x82\xAC' = 0.1", [](const Value& v) { return raw(v.price()); }),
            "100000000");
  EXPECT_EQ(read("p = [\"\xC3\xA9\xC3\xA9\", 0.3]",
                 [](const Value& v) { return raw(v.array()[1].price()); }),
            "300000000");
}

TEST(ConfigReader, Durations) {
  struct Row {
    const char* line;
    const char* result;
  };
  constexpr Row kRows[] = {
      {"d = '250ms'", "250000000"},
      {"d = '30s'", "30000000000"},
      {"d = '5m'", "300000000000"},
      {"d = '2h'", "7200000000000"},
      {"d = '1.5h'", "5400000000000"},
      {"d = '0s'", "0"},
      {"d_ms = 250", "250000000"},
      {"d_s = 1.5", "1500000000"},
      {"d = '1d'", "86400000000000"},
      {"d = 30", "[f.toml:1:5: d: '30' has no unit; write it like '250ms', '30s', '5m' or '2h']"},
      {"d = '-3s'", "[f.toml:1:5: d: '-3s' is negative]"},
      {"d = '0.1ns'", "[f.toml:1:5: d: '0.1ns' is finer than a nanosecond]"},
      {"d = '999999d'", "[f.toml:1:5: d: '999999d' is longer than a hundred years]"},
      {"d = '3 weeks'",
       "[f.toml:1:5: d: '3 weeks' is not a duration; write it like '250ms', '30s', '5m' or '2h']"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(read(row.line, [](const Value& v) { return raw(v.duration()); }), row.result)
        << row.line;
  }
}

TEST(ConfigReader, Amounts) {
  struct Row {
    const char* line;
    const char* result;
  };
  constexpr Row kRows[] = {
      {"a = 'USD 2m'", "USD 20000000000"},
      {"a = 'USD 250k'", "USD 2500000000"},
      {"a = 'EUR 1.5bn'", "EUR 15000000000000"},
      {"a = 'USD 1500'", "USD 15000000"},
      {"a = 'USD 0.0001k'", "USD 1000"},
      {"a = '2m'", "[f.toml:1:5: a: '2m' is not an amount; write it like 'USD 250k', 'EUR 1.5m']"},
      {"a = 'usd 2m'",
       "[f.toml:1:5: a: 'usd 2m' is not an amount; write it like 'USD 250k', 'EUR 1.5m']"},
      {"a = 'USD 2q'",
       "[f.toml:1:5: a: 'USD 2q' is not an amount; write it like 'USD 250k', 'EUR 1.5m']"},
      {"a = 'USD'",
       "[f.toml:1:5: a: 'USD' is not an amount; write it like 'USD 250k', 'EUR "
       "1.5m']"},
      {"a = 2", "[f.toml:1:5: a: expected an amount like 'USD 250k', found a number]"},
      {"a = 'USD 99999999bn'", "[f.toml:1:5: a: 'USD 99999999bn' is too large]"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(read(row.line,
                   [](const Value& v) {
                     const auto amount = v.amount();
                     return amount ? std::string(amount->currency.view()) + " " +
                                         std::to_string(amount->money.raw())
                                   : "";
                   }),
              row.result)
        << row.line;
  }
}

TEST(ConfigReader, Dates) {
  const auto date = [](const Value& v) {
    const auto d = v.date();
    return d ? std::to_string(*d) : "";
  };
  EXPECT_EQ(read("d = 2026-12-18", date), "20261218");
  EXPECT_EQ(read("d = '2026-12-18'", date), "20261218");
  EXPECT_EQ(read("d = '2026-13-18'", date),
            "[f.toml:1:5: d: '2026-13-18' is not a date; write it like 2026-12-18]");
  EXPECT_EQ(read("d = 18", date),
            "[f.toml:1:5: d: expected a date like 2026-12-18, found a number]");
}

TEST(ConfigReader, WordsTextsAndBounds) {
  const auto word = [](const Value& v) {
    const auto index = v.one_of({"wall", "feed"});
    return index ? std::to_string(*index) : "";
  };
  EXPECT_EQ(read("c = 'feed'", word), "1");
  EXPECT_EQ(
      read("c = 'fed'", word),
      "[f.toml:1:5: c: unknown value 'fed' (did you mean 'feed'?); it is one of: wall, feed]");
  const auto text = [](const Value& v) {
    const auto t = v.text<4>();
    return t ? std::string(t->view()) : "";
  };
  EXPECT_EQ(read("t = 'abcd'", text), "abcd");
  EXPECT_EQ(read("t = 'abcde'", text), "[f.toml:1:5: t: 'abcde' is longer than 4 characters]");
  EXPECT_EQ(read("t = ''", text), "[f.toml:1:5: t: must not be empty]");
  EXPECT_EQ(read("t = \"a\\u0000\"", text), "[f.toml:1:5: t: contains a zero byte]");
  const auto port = [](const Value& v) { return raw(v.integer(1, 65535)); };
  EXPECT_EQ(read("i = 5001", port), "5001");
  EXPECT_EQ(read("i = 0", port), "[f.toml:1:5: i: 0 is not within 1 to 65535]");
  EXPECT_EQ(read("i = 1.5", port), "[f.toml:1:5: i: expected a whole number, found a number]");
}

TEST(ConfigReader, CollectsComplaintsWithPositions) {
  constexpr std::string_view kText =
      "name = 'x'\n"
      "wiat = '3s'\n"
      "\n"
      "[[instrument]]\n"
      "symbol = 'A'\n"
      "[[instrument]]\n"
      "symbl = 'B'\n"
      "tick = 'x'\n"
      "[feed.iex]\n"
      "[feed.sip]\n"
      "[nobody]\n"
      "knows = 1\n";
  Complaints complaints;
  Config config = Config::parse(kText, "desk.toml", complaints);
  const Table root = config.root();
  EXPECT_EQ(root.require("name").string(), "x");
  EXPECT_FALSE(root.get("wait").duration().has_value());
  EXPECT_FALSE(root.require("engine").present());
  for (const Table& instrument : root.tables("instrument")) {
    instrument.require("symbol").string();
    instrument.get("tick").price();
  }
  std::string feeds;
  for (const auto& [name, table] : root.table("feed")->named_tables()) feeds += name + " ";
  EXPECT_EQ(feeds, "iex sip ") << "in file order";
  config.finish();
  complaints.sort();
  std::string all;
  for (const Complaint& complaint : complaints.all()) all += complaint.text() + "\n";
  EXPECT_EQ(all,
            "desk.toml:1:1: missing key 'engine'\n"
            "desk.toml:2:1: unknown key 'wiat' (did you mean 'wait'?)\n"
            "desk.toml:6:1: [instrument]: missing key 'symbol'\n"
            "desk.toml:7:1: [instrument]: unknown key 'symbl' (did you mean 'symbol'?)\n"
            "desk.toml:8:8: instrument.tick: 'x' is not a number\n"
            "desk.toml:11:2: unknown key 'nobody'\n");
  EXPECT_EQ(complaints.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(complaints.error_count(), 6U);
}

TEST(ConfigReader, SyntaxErrorsAreComplaintsWithAPosition) {
  struct Row {
    const char* text;
    Position position;
  };
  constexpr Row kRows[] = {
      {"a = \n", {1, 5}}, {"a = 1\na = 2\n", {2, 5}}, {"\n[x\n", {2, 3}}, {"a = 'x", {1, 7}}};
  for (const Row& row : kRows) {
    Complaints complaints;
    Config config = Config::parse(row.text, "bad.toml", complaints);
    EXPECT_FALSE(config.syntax_ok());
    config.finish();
    ASSERT_EQ(complaints.error_count(), 1U) << row.text;
    EXPECT_EQ(complaints.all()[0].position, row.position) << complaints.all()[0].text();
    EXPECT_FALSE(config.root().get("a").present());
  }
}

TEST(ConfigReader, WarningsDoNotFail) {
  Complaints complaints;
  Config config = Config::parse("a = 1\n", "f.toml", complaints);
  config.root().get("a").warn("odd");
  EXPECT_TRUE(complaints.ok());
  EXPECT_TRUE(complaints.status().ok());
  EXPECT_EQ(complaints.all()[0].text(), "f.toml:1:5: warning: a: odd");
}

TEST(ConfigReader, ManyComplaintsAreBounded) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "k" + std::to_string(i) + " = 1\n";
  Complaints complaints;
  Config config = Config::parse(text, "f.toml", complaints);
  config.finish();
  EXPECT_EQ(complaints.error_count(), 500U);
  EXPECT_EQ(complaints.all().size(), Complaints::kMax);
  EXPECT_TRUE(std::string(complaints.status().message()).ends_with("... and 436 more"));
}

TEST(ConfigReader, NearestName) {
  const std::vector<std::string_view> known{"target", "band", "instruments", "ESZ6"};
  EXPECT_EQ(nearest_name("traget", known), "target");
  EXPECT_EQ(nearest_name("bnad", known), "band");
  EXPECT_EQ(nearest_name("MESZ6", known), "ESZ6");
  EXPECT_EQ(nearest_name("Instrument", known), "instruments");
  EXPECT_EQ(nearest_name("colour", known), "");
}

}  // namespace
}  // namespace evenkeel::rules
