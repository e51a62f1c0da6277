#include "tests/simulation/small_desk.hpp"

#include "tests/simulation/dice.hpp"

namespace evenkeel::simulation {
namespace {

using Kind = PlainInstrument::Kind;

const char* const kInstruments = R"(currencies = ["USD", "EUR"]
[[instrument]]
symbol = "EURUSD"
kind = "fx"
base = "EUR"
currency = "USD"
tick = 0.0001
reference_price = 1.1650
[[instrument]]
symbol = "AAA"
kind = "etf"
currency = "USD"
[[instrument]]
symbol = "BBB"
kind = "etf"
currency = "USD"
[[instrument]]
symbol = "EEE"
kind = "etf"
currency = "EUR"
[[instrument]]
symbol = "AFUT"
kind = "future"
currency = "USD"
tick = 0.25
multiplier = 50
expiry = 2026-12-18
reference_price = 5000.00
[[instrument]]
symbol = "BFUT"
kind = "future"
currency = "USD"
tick = 0.0025
multiplier = 1000
expiry = 2026-12-21
reference_price = 110.00
)";

const char* const kHalves = R"(name = "halves"
action = "cash"
band = "1pp"
cool_down = "3s"
minimum_trade = "USD 500"
cash_buffer = "0.5%"
trading_cost = "5bp"
[sleeves.a]
target = "50%"
instruments = ["AAA"]
[sleeves.b]
target = "45%"
instruments = ["BBB"]
[sleeves.cash]
target = "5%"
band = "none"
)";

const char* const kOverlay = R"(name = "overlay"
action = "futures_overlay"
band = "1pp"
cool_down = "3s"
minimum_trade = "USD 20k"
[sleeves.a]
target = "60%"
instruments = ["AAA"]
hedge = ["AFUT"]
[sleeves.b]
target = "38%"
instruments = ["BBB"]
hedge = ["BFUT"]
[sleeves.cash]
target = "2%"
band = "none"
[volatility]
sleeve = "a"
sample = "10s"
half_life = "1m"
when_above = "60%"
until_below = "40%"
target.a = "55%"
)";

const char* const kEurope = R"(name = "europe"
action = "cash"
band = "1pp"
destination = "half"
hold_for = "500ms"
cool_down = "2s"
minimum_trade = "USD 500"
[sleeves.a]
target = "40%"
instruments = ["AAA"]
[sleeves.e]
target = "40%"
instruments = ["EEE"]
[sleeves.cash]
target = "20%"
band = "none"
)";

const char* const kLimits = R"([desk]
orders_per_second = 20
orders_per_minute = 200
open_orders = 40
open_orders_per_portfolio = 10
daily_notional = "USD 2000m"
[kind.etf]
order_quantity = 100_000
order_notional = "USD 10m"
price_collar = "3%"
quote_age = "20s"
[kind.future]
order_quantity = 100
order_notional = "USD 20m"
price_collar = "3%"
quote_age = "20s"
[orders]
reach = "10bp"
reprice_after = "2s"
reprices_max = 4
cancel_after = "9s"
ack_timeout = "4s"
status_timeout = "6s"
rejects_max = 5
rejects_within = "1m"
orders_max = 512
executions_max = 8192
)";

struct Choice {
  const char* policy;
  const char* file;
  std::map<std::string, std::int64_t> units;
  std::map<std::string, std::int64_t> cash;  // whole
};

/// Every "1pp" as this.
std::string with_band(std::string text, const std::string& band) {
  for (std::size_t at = text.find("\"1pp\""); at != std::string::npos; at = text.find("\"1pp\"")) {
    text.replace(at + 1, 3, band);
  }
  return text;
}

std::string money(std::int64_t whole) { return std::to_string(whole) + ".00"; }

}  // namespace

SmallDesk small_desk(std::uint64_t seed) {
  Dice dice(seed, "desk");
  SmallDesk desk;
  desk.instruments = {
      {Kind::kPair, "EURUSD", "USD", "EUR", 1, 11'650, 1},
      {Kind::kPaid, "AAA", "USD", "", 1, 1'000'000, 100},
      {Kind::kPaid, "BBB", "USD", "", 1, 500'000, 100},
      {Kind::kPaid, "EEE", "EUR", "", 1, 400'000, 100},
      {Kind::kFuture, "AFUT", "USD", "", 50, 50'000'000, 2'500},
      {Kind::kFuture, "BFUT", "USD", "", 1'000, 1'100'000, 25},
  };
  const std::vector<Choice> choices = {
      {"halves", "one", {{"AAA", dice.between(4'700, 5'300)}, {"BBB", 9'000}}, {{"USD", 50'000}}},
      {"overlay", "two", {{"AAA", 150'000}, {"BBB", 190'000}}, {{"USD", 500'000}}},
      {"europe",
       "three",
       {{"AAA", 8'000}, {"EEE", dice.between(16'000, 19'000)}},
       {{"USD", 300'000}, {"EUR", 80'000}}},
      {"halves", "four", {{"AAA", 60'000}, {"BBB", 100'000}}, {{"USD", 800'000}}},
  };
  const std::size_t count = 2 + dice.below(3);
  const std::string band = dice.below(2) == 0 ? "0.3pp" : "0.8pp";  // never still for long
  std::string process = R"(name = "simulated"
instruments = "instruments.toml"
limits = "limits.toml"
policies = ["halves.toml", "overlay.toml", "europe.toml"]
[engine]
id = ")" + std::string(kEngineId) +
                        R"("
clock = "wall"
tick = "100ms"
[feed.main]
listen = "127.0.0.1:0"
silent_after = "3s"
[fix]
host = "127.0.0.1"
port = 1
sender = "DESK"
target = "BROKER"
heartbeat = "3600s"
)";
  std::vector<ConfigText> holdings;
  for (std::size_t i = 0; i < count; ++i) {
    const Choice& choice = choices[i];
    process += "[[portfolio]]\nname = \"" + std::string(choice.file) + "\"\nfile = \"" +
               choice.file + ".csv\"\npolicy = \"" + choice.policy + "\"\nbase = \"USD\"\n";
    PlainPortfolio plain;
    plain.name = choice.file;
    std::string csv = "symbol,shares,price,class\n";
    for (const auto& [symbol, units] : choice.units) {
      const char* sleeve = symbol == "AAA" ? "a" : symbol == "BBB" ? "b" : "e";
      const char* price = symbol == "AAA" ? "100" : symbol == "BBB" ? "50" : "40";
      csv += symbol + "," + std::to_string(units) + "," + price + "," + sleeve + "\n";
      plain.units[symbol] = units;
    }
    for (const auto& [currency, whole] : choice.cash) {
      csv += currency + "," + money(whole) + ",,\n";
      plain.cash_e4[currency] = whole * 10'000;
    }
    holdings.push_back({std::string(choice.file) + ".csv", csv});
    desk.portfolios.push_back(plain);
  }
  desk.files = {{"evenkeel.toml", process},
                {"instruments.toml", kInstruments},
                {"limits.toml", kLimits},
                {"halves.toml", with_band(kHalves, band)},
                {"overlay.toml", with_band(kOverlay, band)},
                {"europe.toml", with_band(kEurope, band)}};
  desk.files.insert(desk.files.end(), holdings.begin(), holdings.end());
  return desk;
}

}  // namespace evenkeel::simulation
