// A small desk in a folder of its own, a market that sends what a test says, and the program run as
// a process whose NDJSON a test waits for. No sleeps: every wait ends with a line, a process, or a
// test that failed.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/desk_process.hpp"
#include "core/system_clock.hpp"
#include "feeds/endpoint.hpp"
#include "feeds/tops_writer.hpp"
#include "feeds/udp_sender.hpp"

namespace evenkeel::apps::testing {

using Json = nlohmann::json;
inline constexpr DurationNs kPatience = 60 * kSecond;

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "evenkeel-test-XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }
  void write(const std::string& name, const std::string& text) const {
    const std::filesystem::path file = std::filesystem::path(path_) / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  std::string read(const std::string& name) const {
    std::ifstream in(std::filesystem::path(path_) / name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  /// Replaces the first occurrence; it must be there.
  void change(const std::string& name, const std::string& from, const std::string& to) const {
    std::string text = read(name);
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << name << " has no '" << from << "'";
    write(name, text.replace(at, from.size(), to));
  }

 private:
  std::string path_;
};

/// Two funds at 62% and 33% against 50% and 45%: out of their bands as soon as both have a price.
inline void write_small_desk(const ScratchFolder& folder) {
  folder.write("evenkeel.toml", R"(name = "small"
instruments = "instruments.toml"
limits = "limits.toml"
policies = ["policy.toml"]
[engine]
id = "T1"
tick = "20ms"
[feed.main]
listen = "127.0.0.1:0"
silent_after = "1h"
[fix]
host = "127.0.0.1"
port = 1
sender = "EVENKEEL"
target = "SIM"
[[portfolio]]
name = "small"
file = "small.csv"
policy = "halves"
base = "USD"
)");
  folder.write("instruments.toml", R"(currencies = ["USD"]
[[instrument]]
symbol = "AAA"
kind = "etf"
currency = "USD"
[[instrument]]
symbol = "BBB"
kind = "etf"
currency = "USD"
)");
  folder.write("policy.toml", R"(name = "halves"
action = "cash"
band = "5pp"
[sleeves.a]
target = "50%"
instruments = ["AAA"]
[sleeves.b]
target = "45%"
instruments = ["BBB"]
[sleeves.cash]
target = "5%"
)");
  folder.write("limits.toml", R"([desk]
orders_per_second = 20
orders_per_minute = 200
open_orders = 40
open_orders_per_portfolio = 20
daily_notional = "USD 10m"
[kind.etf]
order_quantity = 10_000
order_notional = "USD 1m"
price_collar = "2%"
quote_age = "1h"
[orders]
reprice_after = "1h"
cancel_after = "2h"
ack_timeout = "10m"
status_timeout = "20m"
)");
  folder.write("small.csv",
               "symbol,shares,price,class\nAAA,620,100,a\nBBB,330,100,b\nUSD,5000,,\n");
}

/// Sends TOPS packets with today's time.
class TestMarket {
 public:
  explicit TestMarket(std::uint16_t port) {
    feeds::UdpSenderConfig config;
    config.to = *feeds::parse_endpoint("127.0.0.1:" + std::to_string(port));
    sender_ = *feeds::UdpSender::open(config);
  }
  void system_event(char event) { send(feeds::tops::SystemEvent{event, now()}); }
  /// A two-sided quote around `mid` dollars, a cent on each side.
  void quote(const std::string& symbol, std::int64_t mid) {
    feeds::tops::Quote quote;
    quote.ts_ns = now();
    quote.symbol = *feeds::tops::WireSymbol::from(symbol);
    quote.bid = mid * feeds::tops::kPriceScale - 100;
    quote.ask = mid * feeds::tops::kPriceScale + 100;
    quote.bid_size = quote.ask_size = 100'000;
    send(quote);
  }
  void raw(const std::string& bytes) {
    ASSERT_TRUE(sender_->send(std::as_bytes(std::span(bytes.data(), bytes.size()))).ok());
  }
  void open() {
    system_event('R');
    quote("AAA", 100);
    quote("BBB", 100);
  }

 private:
  static TimeNs now() { return SystemClock().now(); }
  template <class Message>
  void send(const Message& message) {
    ASSERT_TRUE(writer_.add(message));
    ASSERT_TRUE(sender_->send(writer_.finish(now())).ok());
  }
  feeds::tops::PacketWriter writer_{77, 1};
  std::unique_ptr<feeds::UdpSender> sender_;
};

/// The program, run with --json or anything else that prints objects.
class Program {
 public:
  explicit Program(const std::vector<std::string>& arguments, const std::string& error_file = "") {
    std::vector<std::string> all{EVENKEEL_BINARY};
    all.insert(all.end(), arguments.begin(), arguments.end());
    ChildProcess::Options options;
    options.error_file = error_file;
    auto started = ChildProcess::start(all, options);
    EXPECT_TRUE(started.ok()) << started.status();
    process_.emplace(*std::move(started));
  }
  ChildProcess& process() { return *process_; }

  /// Reads on until an object that `wanted` accepts; all objects read are kept in `seen`. Null
  /// after the end of output.
  Json await(const std::function<bool(const Json&)>& wanted) {
    for (;;) {
      const auto line = process_->read_line(kPatience);
      if (!line) {
        ADD_FAILURE() << "the program ended or said nothing more; last: "
                      << (seen_.empty() ? "" : seen_.back().dump());
        return {};
      }
      Json object = Json::parse(*line, nullptr, false);
      EXPECT_FALSE(object.is_discarded()) << *line;
      seen_.push_back(object);
      if (wanted(object)) return object;
    }
  }
  Json await_type(const std::string& type) {
    return await([&](const Json& object) { return object.value("type", "") == type; });
  }
  Json await_state(const std::string& type, const std::string& state) {
    return await([&](const Json& object) {
      return object.value("type", "") == type &&
             (object.value("state", "") == state || object.value("phase", "") == state);
    });
  }
  /// The rest of the output, then the exit code. `patience`: for the next line, and for the end.
  int finish(DurationNs patience = kPatience) {
    while (const auto line = process_->read_line(patience)) {
      seen_.push_back(Json::parse(*line, nullptr, false));
      EXPECT_FALSE(seen_.back().is_discarded()) << *line;
    }
    EXPECT_TRUE(process_->wait(patience));
    return process_->exit_code();
  }
  const std::vector<Json>& seen() const { return seen_; }
  std::vector<Json> of_type(const std::string& type) const {
    std::vector<Json> found;
    for (const Json& object : seen_) {
      if (object.value("type", "") == type) found.push_back(object);
    }
    return found;
  }
  Json summary() const {
    const auto found = of_type("summary");
    EXPECT_EQ(found.size(), 1U);
    return found.empty() ? Json() : found.front();
  }

 private:
  std::optional<ChildProcess> process_;
  std::vector<Json> seen_;
};

inline bool check_passed(const Json& summary, const std::string& part_of_name) {
  for (const Json& check : summary["checks"]) {
    if (check["name"].get<std::string>().find(part_of_name) != std::string::npos) {
      return check["passed"].get<bool>();
    }
  }
  ADD_FAILURE() << "no check about '" << part_of_name << "' in " << summary["checks"].dump();
  return false;
}

inline void expect_all_checks_passed(const Json& summary) {
  ASSERT_FALSE(summary.is_null());
  EXPECT_FALSE(summary["checks"].empty());
  for (const Json& check : summary["checks"]) {
    EXPECT_TRUE(check["passed"].get<bool>()) << check.dump();
  }
}

}  // namespace evenkeel::apps::testing
